"""What a check has to say against a film."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from scenes.proof.watching import Moment, Pixels

GROUPS = ("numbers", "formulas", "layout", "colour", "time", "words")


@dataclass(frozen=True)
class Finding:
    """One thing that is not right: in which check, where, and what."""

    group: str
    beat: str
    text: str
    film: str = ""
    lesson: str = ""
    form: str = ""
    phase: str = ""
    still: Pixels | None = field(default=None, repr=False, compare=False)

    @property
    def where(self) -> str:
        """Film, beat and phase, as far as they are known."""
        return " ".join(part for part in (self.film, self.beat, self.phase) if part)


class Findings:
    """What has been found in one film; the same thing found again is one finding."""

    def __init__(self, film: str, lesson: str, form: str) -> None:
        self.film, self.lesson, self.form = film, lesson, form
        self._found: dict[tuple[str, str, str], Finding] = {}
        self.looked: Counter[str] = Counter()
        """How many things each check has looked at."""
        self.ends: dict[str, Pixels] = {}
        """The picture at the end of each beat, for what is wrong with its sound or words."""

    def add(self, group: str, beat: str, text: str, moment: Moment | None = None) -> None:
        """Note what is wrong, with a still of the moment where there is one."""
        if (group, beat, text) not in self._found:
            phase, still = (moment.phase, moment.pixels) if moment else ("", None)
            found = Finding(group, beat, text, self.film, self.lesson, self.form, phase, still)
            self._found[group, beat, text] = found

    def count(self, group: str, things: int = 1) -> None:
        """Note that so many things were looked at."""
        self.looked[group] += things

    @property
    def all(self) -> list[Finding]:
        """In the order in which they were found."""
        return [
            found if found.still is not None else replace(found, still=self.ends.get(found.beat))
            for found in self._found.values()
        ]
