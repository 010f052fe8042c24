"""Which films there are, as their files in ``scenes`` state it; none is imported for that."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenes.studio import settings

TITLE = "Backpropagation, seen"
"""The name of the whole film."""


@dataclass(frozen=True)
class Entry:
    """What a film's class states of itself; what each means stands at ``NarratedScene``."""

    path: Path
    film: str
    """The name of the class."""
    title: str
    place: float | None = None
    listed: bool = True

    @property
    def stem(self) -> str:
        """The name that its file has in each layer."""
        return self.path.stem


def entries() -> list[Entry]:
    """All films, in the order of their places; those without one come last."""
    found = [
        Entry(path, **stated)
        for path in sorted(settings.SCENES.glob("*.py"))
        if "title" in (stated := _stated(path))
    ]
    return sorted(found, key=lambda e: (e.place is None, e.place, e.stem))


def in_whole_film() -> list[Entry]:
    """The films of which the whole one is made, in its order."""
    return [entry for entry in entries() if entry.place is not None]


def _stated(path: Path) -> Mapping[str, Any]:
    """What the first class with a title states of itself, as constants."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            stated = {
                target.id: line.value.value
                for line in node.body
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
                for target in line.targets
                if isinstance(target, ast.Name) and target.id in ("title", "place", "listed")
            }
            if "title" in stated:
                return {"film": node.name, **stated}
    return {}
