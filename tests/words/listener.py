"""An independent listener: what pocketsphinx hears in a sound, and how far that is from the text.

Set up as measured for the choice of the voice: the wheel's en-us models, ``cmn="batch"``, 16 kHz
mono, RMS 0.08 of full scale, 0.3 s of silence at both ends, faint seeded noise. It is a recogniser
of an older kind; use it to rank voices and to catch regressions, not as what people hear. Where a
given word is in a sound, though, it finds to within a few hundredths of a second.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

import jiwer
import numpy as np
from numpy.typing import NDArray

from scenes.words import forced

# Words the recogniser's dictionary lacks, as what it would write for the right sound.
HEARD_AS: Mapping[str, str] = {
    "backpropagation": "back propagation",
    "preactivation": "pre activation",
    "preactivations": "pre activations",
    "softmax": "soft max",
    "feedforward": "feed forward",
    "elementwise": "element wise",
    "numpy": "numb pie",
    "sympy": "sim pie",
    "ay": "a",
}


@dataclass(frozen=True)
class Hearing:
    """What was heard: word error rate (0 is perfect), and the words most often missed."""

    wer: float
    words: int
    worst: list[tuple[tuple[str, str], int]]  # (said, heard) and how often, most frequent first


def hear(samples: NDArray[np.float32], rate: int) -> str:
    """The words the recogniser finds in a sound (a line, or a minute or two)."""
    one = forced.decoder()
    # Each hearing starts afresh: what was heard before must not bend it.
    one.reinit_feat()
    one.start_utt()
    one.process_raw(forced.prepare(samples, rate), full_utt=True)
    one.end_utt()
    hypothesis = one.hyp()
    return hypothesis.hypstr if hypothesis else ""


def as_heard(text: str) -> str:
    """A spoken text as the recogniser would write it: bare words, its own spellings."""
    words = re.sub(r"[^a-z' ]+", " ", text.lower()).split()
    return " ".join(HEARD_AS.get(word, word) for word in words)


def word_errors(lines: Iterable[tuple[str, NDArray[np.float32], int]]) -> Hearing:
    """Compare (spoken text, samples, rate) of each line, or of a whole film, with what is heard.

    The text must be in words ("minus zero point four two"), as `Line.spoken` is.
    """
    said, heard = [], []
    for text, samples, rate in lines:
        said.append(as_heard(text))
        heard.append(hear(samples, rate))
    result = jiwer.process_words(said, heard)
    missed: Counter[tuple[str, str]] = Counter()
    compared = zip(result.references, result.hypotheses, result.alignments, strict=True)
    for reference, hypothesis, chunks in compared:
        for chunk in (c for c in chunks if c.type != "equal"):
            lost = reference[chunk.ref_start_idx : chunk.ref_end_idx]
            found = hypothesis[chunk.hyp_start_idx : chunk.hyp_end_idx]
            missed.update(zip_longest(lost, found, fillvalue=""))
    words = sum(len(text.split()) for text in said)
    return Hearing(float(result.wer), words, missed.most_common(10))
