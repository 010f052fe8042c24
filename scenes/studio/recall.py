"""What a beat was drawn as, remembered by all that its frames depend on.

A beat's frames follow from its line and when its words are spoken, its own code, the code that all
beats share, what it reads of the lesson, and the state in which the beat before has left the film.
Where all of these are as they were, its segments are as they were, and no frame of it has to be
looked at.  What cannot be told for certain is not remembered.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from operator import itemgetter
from pathlib import Path
from sys import intern
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from manim import Mobject, Scene

from scenes.maths.lesson.model import Lesson
from scenes.studio.reads import is_noted, of_film
from scenes.words.cache import write_whole

_NOT_SEEN = ("original_id", "_bezier_t_values")
"""What a mobject has that is no part of it: where it was copied from, and a constant."""
_OTHERS = 7
"""How many other lessons a beat is remembered with."""


class _Sink:
    """Where a pickle goes that is only digested."""

    def __init__(self) -> None:
        self.sha = blake2b(digest_size=20)

    def write(self, data: bytes) -> None:
        self.sha.update(data)


class _Told(pickle.Pickler):
    """Objects told in full and in order, also those that cannot be unpickled."""

    def reducer_override(self, thing: Any) -> Any:
        """Tell functions by what they do, and leave out what is told elsewhere."""
        if isinstance(thing, Scene):
            return _stand_in, ("the film",)
        if is_noted(thing):
            return _stand_in, ("of the lesson",)
        if isinstance(thing, Mobject):
            # One object for each name: a pickle tells equal strings and the same one apart.
            parts = [(intern(k), v) for k, v in thing.__dict__.items() if k not in _NOT_SEEN]
            return _stand_in, (type(thing),), sorted(parts, key=itemgetter(0))
        if isinstance(thing, FunctionType) and thing is not _stand_in:
            cells = [cell.cell_contents for cell in thing.__closure__ or ()]
            told = (thing.__qualname__, _code(thing.__code__))
            defaults = (thing.__defaults__, thing.__kwdefaults__)
            return _stand_in, told, {"cells": cells, "defaults": defaults}
        if isinstance(thing, MethodType):
            return _stand_in, (thing.__self__, thing.__func__)
        if isinstance(thing, (type, ModuleType)):
            return _stand_in, (getattr(thing, "__qualname__", thing.__name__),)
        return NotImplemented


def _stand_in(*told: Any) -> Any:
    """Where a pickle of ours would begin to be read; none ever is."""
    raise NotImplementedError(told)


def _code(code: CodeType) -> tuple[Any, ...]:
    constants = tuple(_code(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts)
    return code.co_code, constants, code.co_names


def told(state: object) -> str | None:
    """A digest of objects and of all that they hold; None where one of them cannot be told."""
    sink = _Sink()
    try:
        _Told(sink, protocol=5).dump(state)
    except (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError):
        return None
    return sink.sha.hexdigest()


class Recall:
    """The memory of a film's beats, in a folder of its own."""

    def __init__(self, folder: Path, lesson: Lesson) -> None:
        self._folder, self._lesson = folder, lesson

    def segments(self, key: str) -> Sequence[str]:
        """The names of the segments in which a beat was drawn; none where it is new.

        ``key`` stands for all that the beat depends on but what it reads of the lesson.
        """
        for entry in self._known(key):
            if entry["values"] == self._values(entry["reads"]):
                return [str(segment) for segment in entry["segments"]]
        return ()

    def keep(self, key: str, reads: Iterable[str], segments: Sequence[str]) -> None:
        """Remember a beat that was drawn, and what it has read."""
        new = {"reads": sorted(reads), "values": self._values(reads), "segments": segments}
        others = [entry for entry in self._known(key) if entry["values"] != new["values"]]
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._file(key), json.dumps([new, *others[:_OTHERS]]).encode())

    def _known(self, key: str) -> list[dict[str, Any]]:
        try:
            known: list[dict[str, Any]] = json.loads(self._file(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return known

    def _values(self, reads: Iterable[str]) -> str:
        return of_film("", self._lesson, reads)

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"
