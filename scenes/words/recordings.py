"""A person's own voice: a folder of recordings, one a beat, and another voice for the rest.

``recordings/ForwardPass/bend_it.wav`` (or .flac, .mp3, .m4a; without the film's folder, too) is the
line of one beat, as it was spoken. Beside it may lie ``bend_it.txt``, the line that was read: where
the beat's line is another one by now, the recording is stale and is not used.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenes.words import forced, sound, verbatim
from scenes.words.voice import SpokenWord, Synthesis, Voice, VoiceError, share_out, words_of
from scenes.words.wav import RATE, read_sound, resample

_LOG = logging.getLogger(__name__)

SUFFIXES = (".wav", ".flac", ".mp3", ".m4a")
LONGEST = 120.0
"""Seconds that a recording of one line may last."""
MISSING, STALE = "not yet recorded", "changed since it was recorded"
"""Why a beat has no recording that can be used."""
_MEND = "record it again, or delete the file"

_BEFORE, _AFTER = 0.1, 0.2
"""Seconds that are kept before the first word and after the last."""
_SILENT = 0.003
"""Level (of full scale) that a voice surely reaches."""


class Refused(ValueError):
    """A recording that is not that of its line; ``str(error)`` says in what."""


@dataclass(frozen=True)
class Recording:
    """The recording of one beat: a voice that can say one line."""

    path: Path
    shown_path: str
    """The file as the user knows it."""
    name = "recording"

    @property
    def settings(self) -> Mapping[str, str | float]:
        try:
            return {"digest": hashlib.sha256(self.path.read_bytes()).hexdigest()}
        except OSError as problem:
            raise VoiceError(f"{self.shown_path}: {problem.strerror} ({_MEND})") from None

    @property
    def version(self) -> str:
        """Changes with how recordings are read, and where the recogniser comes or goes."""
        return f"1 {'heard' if forced.is_here() else 'unheard'}"

    def check(self) -> None:
        """A file needs nothing of this computer."""

    def speak(self, text: str) -> Synthesis:
        """The recording, trimmed and levelled; VoiceError where it says another line."""
        try:
            return take(read_sound(self.path, LONGEST), text, self.shown_path)
        except ValueError as problem:
            raise VoiceError(f"{self.shown_path}: {problem} ({_MEND})") from None


@dataclass(frozen=True)
class StandIn:
    """A voice that speaks beside recordings, and as loud as they do."""

    voice: Voice

    @property
    def name(self) -> str:
        return self.voice.name

    @property
    def settings(self) -> Mapping[str, str | float]:
        return {**self.voice.settings, "loudness": sound.LOUDNESS}

    @property
    def version(self) -> str:
        return self.voice.version

    def check(self) -> None:
        self.voice.check()

    def speak(self, text: str) -> Synthesis:
        """Say a line, levelled."""
        said = self.voice.speak(text)
        samples = resample(said.samples, said.rate)
        return Synthesis(sound.level(samples), RATE, said.words)


@dataclass(frozen=True)
class Recordings:
    """A folder of recordings; as a voice by itself, the one that stands in."""

    folder: Path
    shown_path: str
    """The folder as the user knows it."""
    stand_in: Voice
    name = "recordings"
    version = "1"

    @property
    def settings(self) -> Mapping[str, str | float]:
        """Who stands in; each beat's voice has settings of its own."""
        return {"stand-in": self.stand_in.name}

    def check(self) -> None:
        self.stand_in.check()

    def speak(self, text: str) -> Synthesis:
        """Let the stand-in say a line of no beat."""
        return self.stand_in.speak(text)

    def voice_of(self, films: Sequence[str], beat: str, text: str) -> Voice:
        """Who says the line of a beat of a film, which may go by several names."""
        path = self.file_of(films, beat)
        if path is None or is_stale(path, text):
            return StandIn(self.stand_in)
        return Recording(path, self._shown_path(path))

    def lacks(self, films: Sequence[str], beat: str, text: str) -> str:
        """Why the beat has no recording that can be used; nothing where it has one."""
        path = self.file_of(films, beat)
        return MISSING if path is None else STALE if is_stale(path, text) else ""

    def file_of(self, films: Sequence[str], beat: str) -> Path | None:
        """The beat's file; VoiceError where there are two."""
        for folder in (*(self.folder / film for film in films), self.folder):
            found = [p for p in sorted(folder.glob("*")) if p.stem == beat and is_sound(p)]
            if len(found) > 1:
                names = f"{self._shown_path(found[0])} and {found[1].name}"
                raise VoiceError(f"{names}: two recordings of one beat (allowed: one)")
            if found:
                return found[0]
        return None

    def _shown_path(self, path: Path) -> str:
        return f"{self.shown_path.rstrip('/')}/{path.relative_to(self.folder).as_posix()}"


def is_sound(path: Path) -> bool:
    """Whether a file's name is that of a recording."""
    return path.suffix.lower() in SUFFIXES


def is_stale(path: Path, text: str) -> bool:
    """Whether the line that a recording was read from, if that is known, is another one now."""
    try:
        read = path.with_suffix(".txt").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return words_of(read) != words_of(text)


def take(samples: NDArray[np.float32], text: str, shown_path: str) -> Synthesis:
    """A recording (at RATE) of a line, trimmed and levelled, with the times of its words.

    Raises Refused where it is silent or says another line. Where the recogniser is missing, or a
    word's sounds are not known, a warning that begins with ``shown_path`` says what was not done.
    """
    first, end = _voiced(samples)
    words = words_of(text)
    part = samples[first:end]
    try:
        if not forced.is_here():
            raise forced.UnknownWord("the recogniser, pocketsphinx, is not installed")
        heard = verbatim.listen(words, part, RATE)
    except forced.UnknownWord as problem:
        reason = f"not compared with its line, times by syllables: {problem}"
        _LOG.warning("%s: %s", shown_path, reason)
        shared = share_out(text, 0.0, len(part) / RATE)
        return Synthesis(sound.level(part), RATE, shared)
    other = verbatim.difference(words, heard)
    if other is not None:
        raise Refused(_telling(other, part, first))
    try:
        spans = forced.find_words(words, part, RATE)
        heard = [SpokenWord(w, a, b) for w, (a, b) in zip(words, spans, strict=True)]
    except ValueError:
        pass  # the times at which they were heard are nearly as good
    start = max(0.0, heard[0].start - _BEFORE)
    stop = min(len(part) / RATE, heard[-1].end + _AFTER)
    cut = part[round(start * RATE) : round(stop * RATE)]
    length = len(cut) / RATE
    timed = (
        SpokenWord(w.text, max(0.0, w.start - start), min(length, w.end - start)) for w in heard
    )
    return Synthesis(sound.level(cut), RATE, tuple(timed))


def _voiced(samples: NDArray[np.float32]) -> tuple[int, int]:
    """The samples from which, and until before which, there is more than the noise of a room."""
    block = RATE // 50
    blocks = samples[: len(samples) // block * block].astype(np.float64).reshape(-1, block)
    level = 20 * np.log10(np.sqrt(np.mean(blocks**2, axis=1)) + 1e-5)
    if not len(level) or np.abs(samples).max() < _SILENT:
        raise Refused("is silent")
    quiet, loud = np.percentile(level, (10, 95))
    heard = np.flatnonzero(level > min(max(quiet + 8, loud - 40), loud - 20))
    around = round(_AFTER * RATE)
    first, end = int(heard[0]) * block - around, (int(heard[-1]) + 1) * block + around
    return max(0, first), min(len(samples), end)


def _telling(other: verbatim.Difference, part: NDArray[np.float32], first: int) -> str:
    """Where a recording leaves its line, in words."""
    heard = other.heard or verbatim.words_near(part, RATE, other.at)
    when = f"at {first / RATE + other.at:.1f} s"
    instead = f'something like "{heard}"' if heard else "something else"
    if not other.expected:
        return f"{when}, {instead} is heard, which is not in the line"
    return f'{when}, "{other.expected}" was expected and {instead} is heard'
