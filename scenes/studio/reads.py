"""Which of a lesson's values a film has read: a change of the others makes no other film."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from scenes.maths.lesson.model import Lesson
from scenes.studio.fingerprint import digest


class Reads(set[str]):
    """The places of the values that were read, such as ``network.learning_rate``."""

    def __init__(self) -> None:
        super().__init__()
        self.lately: set[str] = set()
        """Those that were read since it was last emptied."""

    def _note(self, place: str) -> None:
        self.add(place)
        self.lately.add(place)

    def of(self, lesson: Lesson) -> Lesson:
        """The same lesson; what is read of it from now on is noted here."""
        noted: Lesson = _noting(lesson, "", self._note)
        noted.__dict__["digest"] = lesson.digest  # to compare lessons is not to read them
        return noted


def of_film(made_by: str, lesson: Lesson, reads: Iterable[str]) -> str:
    """The digest of a film by what it is made by besides, and what it reads of its lesson."""
    values = []
    for place in sorted(reads):
        value: Any = lesson
        for name in place.split("."):
            value = getattr(value, "__dict__", {}).get(name)
        values.append((place, value))
    return digest(made_by, values)


def is_noted(thing: object) -> bool:
    """Whether it is a lesson, or a part of one, that notes what is read of it."""
    return "_note" in getattr(thing, "__dict__", ())


def _noting(part: Any, place: str, note: Callable[[str], None]) -> Any:
    kind: type = type(part)
    made: Any = object.__new__(_kind_that_notes(kind))
    made.__dict__["_note"] = lambda name: note(f"{place}{name}")
    for field in fields(part):
        value = getattr(part, field.name)
        if is_dataclass(value):
            value = _noting(value, f"{place}{field.name}.", note)
        made.__dict__[field.name] = value
    return made


@cache
def _kind_that_notes(kind: type) -> type:
    """A class of the same name and fields whose values note that they are read."""
    names = frozenset(field.name for field in fields(kind))

    def read(self: Any, name: str) -> Any:
        value = object.__getattribute__(self, name)
        note = object.__getattribute__(self, "__dict__").get("_note")  # a changed copy has none
        if note is not None and name in names and not is_dataclass(value):
            note(name)
        return value

    return type(kind.__name__, (kind,), {"__getattribute__": read, "__module__": kind.__module__})
