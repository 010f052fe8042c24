"""A film as it was played: its beats, their words and their frames, for whoever finishes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from scenes.maths.lesson.model import Lesson
from scenes.studio.reads import Reads
from scenes.studio.timeline import Timeline
from scenes.words.alignment import TimedToken
from scenes.words.cache import Utterance
from scenes.words.script import Line


@dataclass(frozen=True)
class BeatScript:
    """What ``@beat`` keeps on a method: testable with nothing rendered."""

    name: str
    line: str
    lead: float
    rest: float
    shows: str = ""

    @property
    def alt(self) -> str:
        """The beat's picture in words, for those who cannot see it: one line of plain text."""
        return self.shows or f"{self.title}."

    @property
    def title(self) -> str:
        """The name as a heading: ``meet_the_neuron`` becomes "Meet the neuron"."""
        return self.name.replace("_", " ").capitalize()


@dataclass
class BeatRecord:
    """One beat as played, in frames of the scene."""

    script: BeatScript
    line: Line
    utterance: Utterance
    tokens: tuple[TimedToken, ...]
    first: int
    voice: int
    end: int = 0
    cues_late: dict[str, int] = field(default_factory=dict)
    cues: list[tuple[TimedToken, int]] = field(default_factory=list)
    """The words that the picture waited for, each with the frame at which it went on."""


class PlayedFilm(Protocol):
    """What a finished film is made of, besides its pictures."""

    timeline: Timeline
    records: list[BeatRecord]
    cut_short: bool
    lesson: Lesson
    reads: Reads
    renderer: Any

    @property
    def title(self) -> str:
        """The film's title, if it has one."""

    @property
    def poster(self) -> str:
        """The name of the beat that the poster shows, if there is one."""

    def fingerprint_of(self, reads: Iterable[str]) -> str:
        """A digest of all that a film depends on that reads this of the lesson."""

    @property
    def voice_name(self) -> str:
        """Name and version of the voice that speaks."""
