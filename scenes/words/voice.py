"""What a voice is: text in; sound and the time of every word out.

To add a voice, write a class with the members of `Voice` and hand an instance of it to
`VoiceCache.utter`:

- ``name`` tells voices apart; ``settings`` holds whatever changes the sound (pace, pitch, model);
  ``version`` changes whenever the same text and settings would sound different. All three are part
  of the cache's key.
- ``check()`` raises VoiceError where the voice cannot speak on this computer.
- ``speak(text)`` gets a line as it is written, with its capitals and the marks ``. , ? ! ; :``,
  but with numbers and symbols in words (`Line.spoken`), and returns a `Synthesis`: mono samples in
  [-1, 1], their rate in hertz, and the words with start and end in seconds, in order. A voice may
  split or join words, or return none: `alignment.align` mends that. It raises VoiceError, one line
  with the command or the choice that mends it, when it cannot speak.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

PACE = 150.0
"""Words a minute, pauses for breath included: a lecturer's."""

PAUSES = {",": 0.22, ";": 0.32, ":": 0.32, ".": 0.45, "!": 0.45, "?": 0.5}
"""The shortest silence after each mark, in seconds, of a voice that makes no pauses of its own."""


class VoiceError(RuntimeError):
    """A voice cannot speak; ``str(error)`` is one line that says how to mend it."""


@dataclass(frozen=True)
class SpokenWord:
    """A word as the voice said it, with start and end in seconds from the sound's start."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Synthesis:
    """What a voice returns: mono float samples in [-1, 1], their rate in hertz, word times."""

    samples: NDArray[np.float32]
    rate: int
    words: tuple[SpokenWord, ...]


class Voice(Protocol):
    """Anything that can read a line aloud; the module's text says what each member means."""

    @property
    def name(self) -> str:
        """Tells voices apart."""

    @property
    def settings(self) -> Mapping[str, str | float]:
        """Whatever changes the sound."""

    @property
    def version(self) -> str:
        """Changes whenever the same text and settings would sound different."""

    def check(self) -> None:
        """Raise VoiceError where it cannot speak on this computer."""

    def speak(self, text: str) -> Synthesis:
        """Say a line; raise VoiceError when it cannot."""


def bare(word: str) -> str:
    """A written word without the marks after it."""
    return word.rstrip(".,?!;:")


def words_of(text: str) -> list[str]:
    """The bare words of a line, in lower case."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower())


def syllables(word: str) -> int:
    """About how many syllables an English word has, counted from its spelling; at least 1."""
    letters = word.lower()
    groups = len(re.findall(r"[aeiouy]+", letters))
    silent_e = letters.endswith("e") and not letters.endswith("le") and groups > 1
    return max(1, groups - silent_e)


def share_out(text: str, start: float, end: float) -> tuple[SpokenWord, ...]:
    """Share a time out over words by syllables; a pause counts as one syllable more."""
    written = text.split()
    pauses = [word != bare(word) for word in written[:-1]] + [False]
    lengths = [syllables(bare(word)) for word in written]
    unit = (end - start) / max(1, sum(lengths) + sum(pauses))
    words, now = [], start
    for word, length, pause in zip(written, lengths, pauses, strict=True):
        words.append(SpokenWord(bare(word), now, now + unit * length))
        now += unit * (length + pause)
    return tuple(words)
