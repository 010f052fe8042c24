"""An independent listener: what pocketsphinx hears in a sound, and how far that is from the text.

Set up as measured for the choice of the voice: the wheel's en-us models, ``cmn="batch"``, 16 kHz
mono, RMS 0.08 of full scale, 0.3 s of silence at both ends, faint seeded noise. It is a recogniser
of an older kind; use it to rank voices and to catch regressions, not as what people hear. Where a
given word is in a sound, though, it finds to within a few hundredths of a second.
"""

from __future__ import annotations

import importlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.words.pronounce import PHONES
from scenes.words.voice import resample

RATE = 16_000
_AROUND = 0.3
"""Seconds of silence that are put around a sound."""

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
    sound = np.pad(sound, round(_AROUND * RATE))
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


# Words of the films that the recogniser's dictionary lacks and Flite says rightly by itself.
_SOUNDS: Mapping[str, str] = {
    "backpropagation": "B AE K P R AA P AH G EY SH AH N",
    "activations": "AE K T AH V EY SH AH N Z",
    "blindfolded": "B L AY N D F OW L D AH D",
    "differentiates": "D IH F ER EH N SH IY EY T S",
    "flite": "F L AY T",
    "minima": "M IH N AH M AH",
    "zigzag": "Z IH G Z AE G",
}


_QUIET = 0.02
"""Share of a sound's peak under which it counts as silence."""
_PAUSE = 0.15
"""Seconds of silence that are no part of a word; a stop consonant's are shorter."""

_SHORTEST = 0.1
"""Seconds of sound that may be a word."""


class UnknownWord(ValueError):
    """A word that the recogniser has no sounds for."""


def _learn(decoder: Any, word: str) -> None:
    """Give the recogniser the sounds of a word; raises UnknownWord where nobody knows them."""
    sounds = _SOUNDS.get(word)
    if word in PHONES:
        sounds = re.sub(r"\d", "", PHONES[word]).upper().replace("AX", "AH")
    elif sounds is None and decoder.lookup_word(word) is not None:
        return
    elif sounds is None and word.endswith("'s") and decoder.lookup_word(word[:-2]) is not None:
        sounds = f"{decoder.lookup_word(word[:-2])} Z"
    elif sounds is None and word.endswith("s") and decoder.lookup_word(word[:-1]) is not None:
        sounds = f"{decoder.lookup_word(word[:-1])} Z"
    if sounds is None:
        raise UnknownWord(word)
    if decoder.lookup_word(word) is None:
        decoder.add_word(word, sounds, True)
    elif word in PHONES and decoder.lookup_word(f"{word}(9)") is None:
        decoder.add_word(f"{word}(9)", sounds, True)


def find_words(
    words: Sequence[str], samples: NDArray[np.float32], rate: int
) -> list[tuple[float, float]]:
    """Start and end of each word in a sound that says just these, in seconds (forced alignment).

    Raises UnknownWord for a word without known sounds, and ValueError where the words do not fit
    the sound.
    """
    decoder = _decoder()
    for word in words:
        _learn(decoder, word)
    decoder.reinit_feat()
    try:
        decoder.set_align_text(" ".join(words))
        decoder.start_utt()
        decoder.process_raw(prepare(samples, rate), full_utt=True)
        decoder.end_utt()
        found = [
            (segment.start_frame / 100 - _AROUND, (segment.end_frame + 1) / 100 - _AROUND)
            for segment in decoder.seg() or ()
            if not segment.word.startswith(("<", "["))
        ]
    except RuntimeError as problem:
        raise ValueError(str(problem)) from None
    finally:
        decoder.activate_search("_default")
    if len(found) != len(words):
        raise ValueError(f"{len(found)} of {len(words)} words are found")
    return [_without_silence(span, samples, rate) for span in found]


def _without_silence(
    span: tuple[float, float], samples: NDArray[np.float32], rate: int
) -> tuple[float, float]:
    """A word's span without the silence that the recogniser counts in before a short word."""
    start, end = span
    first = max(0, round(start * rate))
    block = rate // 100
    part = np.abs(samples[first : round(end * rate)])
    level = part[: len(part) // block * block].reshape(-1, block).max(axis=1)
    quiet = level <= _QUIET * float(np.abs(samples).max(initial=0.0))
    run = 0
    for k, silent in enumerate([*quiet, False]):
        before = k - run
        # What sounds before the pause is no word if it is so short, but the last one's end.
        if not silent and run >= round(100 * _PAUSE) and before < round(100 * _SHORTEST):
            return first / rate + k / 100, max(end, first / rate + k / 100)
        run = run + 1 if silent else 0
    return start, end


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
