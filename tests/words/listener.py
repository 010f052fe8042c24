"""An independent listener: what pocketsphinx hears in a sound, and how far that is from the text.

Set up as measured for the choice of the voice: the wheel's en-us models, ``cmn="batch"``, 16 kHz
mono, RMS 0.08 of full scale, 0.3 s of silence at both ends, faint seeded noise. It is a recogniser
of an older kind; use it to rank voices and to catch regressions, not as what people hear.
"""

from __future__ import annotations

import importlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.words.voice import resample

RATE = 16_000

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
    worst: tuple[tuple[str, str, int], ...]  # (said, heard, how often), the most frequent first
    heard: tuple[str, ...]


@cache
def _decoder() -> Any:
    # By name, as it comes without types.
    return importlib.import_module("pocketsphinx").Decoder(cmn="batch", loglevel="FATAL")


def prepare(samples: NDArray[np.float32], rate: int) -> bytes:
    """The sound as the recogniser wants it: 16 bit PCM at 16 kHz."""
    sound = resample(samples, rate, RATE).astype(np.float64)
    level = float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0
    sound *= 0.08 / max(level, 1e-9)
    sound = np.pad(sound, round(0.3 * RATE))
    sound += np.random.default_rng(0).normal(0.0, 0.0005, len(sound))
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def hear(samples: NDArray[np.float32], rate: int) -> str:
    """The words the recogniser finds in a sound (a line, or a minute or two)."""
    decoder = _decoder()
    # Each hearing starts afresh: what was heard before must not bend it.
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(prepare(samples, rate), full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return hypothesis.hypstr if hypothesis else ""


def as_heard(text: str) -> str:
    """A spoken text as the recogniser would write it: bare words, its own spellings."""
    words = re.sub(r"[^a-z' ]+", " ", text.lower()).split()
    return " ".join(HEARD_AS.get(word, word) for word in words)


def word_errors(lines: Iterable[tuple[str, NDArray[np.float32], int]], worst: int = 10) -> Hearing:
    """Compare (spoken text, samples, rate) of each line, or of a whole film, with what is heard.

    The text must be in words ("minus zero point four two"), as `Line.spoken` is.
    """
    import jiwer

    said, heard = [], []
    for text, samples, rate in lines:
        said.append(as_heard(text))
        heard.append(hear(samples, rate))
    result = jiwer.process_words(said, heard)
    missed: Counter[tuple[str, str]] = Counter()
    for reference, hypothesis, chunks in zip(
        result.references, result.hypotheses, result.alignments, strict=True
    ):
        for chunk in chunks:
            if chunk.type == "equal":
                continue
            lost = reference[chunk.ref_start_idx : chunk.ref_end_idx]
            found = hypothesis[chunk.hyp_start_idx : chunk.hyp_end_idx]
            for i in range(max(len(lost), len(found))):
                missed[("".join(lost[i : i + 1]), "".join(found[i : i + 1]))] += 1
    total = sum(len(text.split()) for text in said)
    ranked = tuple((a, b, n) for (a, b), n in missed.most_common(worst))
    return Hearing(float(result.wer), total, ranked, tuple(heard))
