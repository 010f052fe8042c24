"""Where each word is in a sound of which the words are known: forced alignment by pocketsphinx.

The recogniser's English models come with its package. It takes 16 kHz mono, is set up as measured
to work best (``cmn="batch"``, RMS 0.08 of full scale, silence with faint seeded noise around the
sound), and finds a word to within a few hundredths of a second.
"""

from __future__ import annotations

import importlib.util
import logging
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.words import pronounce
from scenes.words.voice import SpokenWord, share_out, words_of
from scenes.words.wav import peaks, resample

_LOG = logging.getLogger(__name__)

RATE = 16_000
AROUND = 0.3
"""Seconds of silence that are put around a sound."""

# Words that the recogniser's dictionary lacks and that every voice says rightly by itself.
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
"""Share of a voice's peak under which a sound counts as silence."""
_PAUSE = 0.15
"""Seconds of silence that are no part of a word; a stop consonant's are shorter."""
_SHORTEST = 0.1
"""Seconds of sound that may be a word."""


class UnknownWord(ValueError):
    """A word that the recogniser has no sounds for."""


def is_here() -> bool:
    """Whether the recogniser is installed."""
    return importlib.util.find_spec("pocketsphinx") is not None


def new_decoder(**settings: str | float) -> Any:
    """A recogniser of English, or of what the files hold that the settings name."""
    from pocketsphinx import Decoder  # not on every computer: see is_here

    return Decoder(cmn="batch", loglevel="FATAL", **settings)


decoder = cache(new_decoder)


def hear(one: Any, sound: bytes) -> list[SpokenWord]:
    """Each word that a recogniser hears in a prepared sound; silence and noise are left out."""
    one.start_utt()
    one.process_raw(sound, full_utt=True)
    one.end_utt()
    return [
        SpokenWord(
            re.sub(r"\(\d+\)$", "", segment.word),
            segment.start_frame / 100,
            (segment.end_frame + 1) / 100,
        )
        for segment in one.seg() or ()
        if not segment.word.startswith(("<", "["))
    ]


def prepare(samples: NDArray[np.float32], rate: int, around: float = AROUND) -> bytes:
    """The sound as the recogniser wants it: 16 bit PCM at 16 kHz."""
    sound = resample(samples, rate, RATE).astype(np.float64)
    level = float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0
    sound *= 0.08 / max(level, 1e-9)
    sound = np.pad(sound, round(around * RATE))
    sound += np.random.default_rng(0).normal(0.0, 0.0005, len(sound))
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


def learn(one: Any, word: str) -> None:
    """Give a recogniser the sounds of a word; raises UnknownWord where nobody knows them."""
    known = one.lookup_word(word) is not None
    taught = pronounce.phones(word)
    sounds = _SOUNDS.get(word)
    if taught is not None:
        sounds = re.sub(r"\d", "", taught).upper().replace("AX", "AH")
    elif sounds is None and known:
        return
    elif sounds is None and word.endswith("'s") and one.lookup_word(word[:-2]) is not None:
        sounds = f"{one.lookup_word(word[:-2])} Z"
    elif sounds is None and word.endswith("s") and one.lookup_word(word[:-1]) is not None:
        sounds = f"{one.lookup_word(word[:-1])} Z"
    if sounds is None:
        raise UnknownWord(word)
    if not known:
        one.add_word(word, sounds, True)
    elif taught is not None and one.lookup_word(f"{word}(9)") is None:
        one.add_word(f"{word}(9)", sounds, True)


def find_words(
    words: Sequence[str], samples: NDArray[np.float32], rate: int
) -> list[tuple[float, float]]:
    """Start and end of each word in a sound that says just these, in seconds.

    ``words`` are lower-case. Raises UnknownWord for a word without known sounds, and ValueError
    where the words do not fit the sound.
    """
    problem: ValueError | None = None
    # Where the usual search loses its way, wider ones and another edge find it again.
    for around, beams in _LADDER:
        try:
            found = _aligned(words, prepare(samples, rate, around), decoder(**beams))
        except ValueError as one:
            problem = problem or one
            if isinstance(one, UnknownWord):
                break
            continue
        spans = [(start - around, end - around) for start, end in found]
        level = peaks(samples, rate)
        # A click is louder than the voice, and shorter than one in a hundred of its moments.
        quiet = level <= _QUIET * float(np.percentile(level, 99, method="higher"))
        return [_without_silence(span, quiet) for span in spans]
    assert problem is not None
    raise problem


_WIDE = {"beam": 1e-60, "wbeam": 1e-40}
_WIDEST = {"beam": 1e-80, "wbeam": 1e-60}
_LADDER: tuple[tuple[float, dict[str, float]], ...] = (
    (AROUND, {}),
    (AROUND, _WIDE),
    (0.1, _WIDE),
    (0.5, _WIDEST),
)


def _aligned(words: Sequence[str], sound: bytes, one: Any) -> list[tuple[float, float]]:
    for word in words:
        learn(one, word)
    # Each hearing starts afresh: what was heard before must not bend it.
    one.reinit_feat()
    try:
        one.set_align_text(" ".join(words))
        found = hear(one, sound)
    except RuntimeError as problem:
        raise ValueError(str(problem)) from None
    finally:
        one.activate_search("_default")
    if [word.text for word in found] != list(words):
        raise ValueError(f"{len(found)} of {len(words)} words are found")
    return [(word.start, word.end) for word in found]


def _without_silence(span: tuple[float, float], quiet: NDArray[np.bool_]) -> tuple[float, float]:
    """A word's span without the silence that the recogniser counts in before a short word.

    ``quiet`` tells of each hundredth of a second whether it is silent.
    """
    start, end = span
    first = max(0, round(100 * start))
    run = 0
    for k, silent in enumerate([*quiet[first : round(100 * end)], False]):
        before = k - run
        # What sounds before the pause is no word if it is so short, but the last one's end.
        if not silent and run >= round(100 * _PAUSE) and before < round(100 * _SHORTEST):
            return (first + k) / 100, max(end, (first + k) / 100)
        run = run + 1 if silent else 0
    return start, end


def word_times(text: str, samples: NDArray[np.float32], rate: int) -> tuple[SpokenWord, ...]:
    """The words of a written text with their times in a sound that says it.

    Where the recogniser is missing or does not find them, they are shared out by syllables; either
    way a warning is logged, since a voice's own times are better.
    """
    words = words_of(text)
    seconds = len(samples) / rate
    try:
        if not is_here():
            raise ValueError("pocketsphinx is not installed")
        spans = find_words(words, samples, rate)
    except ValueError as problem:
        _LOG.warning("times of words by syllables, in %r: %s", text, problem)
        return share_out(text, 0.0, seconds)
    _LOG.warning("times of words by forced alignment, in %r", text)
    return tuple(
        SpokenWord(word, max(0.0, start), min(end, seconds))
        for word, (start, end) in zip(words, spans, strict=True)
    )
