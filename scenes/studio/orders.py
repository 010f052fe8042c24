"""Which films there are, and those asked for: where each one is, and whether it is current."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from scenes.maths.lesson.model import Lesson
from scenes.studio import catalogue, film
from scenes.studio.errors import StudioError
from scenes.studio.forms import Form
from scenes.studio.narrated import NarratedScene
from scenes.studio.reads import of_film


def load_file(path: Path) -> ModuleType:
    """Load a scene file as Manim's command does: by its path."""
    spec = importlib.util.spec_from_file_location(f"film_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise StudioError(f"{path.name}: is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def films_in(path: Path) -> list[type[NarratedScene]]:
    """The films that a scene file defines."""
    module = load_file(path)
    return [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, NarratedScene) and member.__module__ == module.__name__
    ]


def chosen(names: Sequence[str]) -> list[tuple[Path, type[NarratedScene]]]:
    """The films of these names, or those of the whole film, in its order, each with its file.

    Raises StudioError for a name that no film has.
    """
    entries = catalogue.entries()
    asked = [entry for entry in entries if entry.film in names]
    # No file is loaded for nothing, unless a name may stand anywhere.
    searched = asked if names and len(asked) == len(set(names)) else entries
    films = {cls.__name__: (entry, cls) for entry in searched for cls in films_in(entry.path)}
    unknown = [name for name in names if name not in films]
    if unknown:
        raise StudioError(f"SCENE: {unknown[0]!r} is not a film (allowed: {', '.join(films)})")
    return [
        (entry.path, cls)
        for name, (entry, cls) in films.items()
        if (name in names if names else entry.place is not None)
    ]


@dataclass(frozen=True)
class Order:
    """A film asked for: where it goes, and what it depends on."""

    path: Path
    film: type[NarratedScene]
    form: Form
    target: Path
    made_by: str
    """A digest of what it depends on besides its lesson."""
    lesson: Lesson

    @classmethod
    def of(cls, path: Path, film: type[NarratedScene], form: Form) -> Order:
        """Ask for a film; what it has to say against its lesson or its voice is said here."""
        with form.scene(path, film) as scene:
            target = scene.renderer.file_writer.movie_file_path
            return cls(path, film, form, target, scene.made_by, scene.lesson)

    @property
    def name(self) -> str:
        """The film's name, as the command line knows it."""
        return self.film.__name__

    def scene(self, *, dry: bool = False) -> AbstractContextManager[NarratedScene]:
        """The film, loaded; see :meth:`Form.scene`."""
        return self.form.scene(self.path, self.film, dry=dry)

    def fingerprint_of(self, reads: Iterable[str]) -> str:
        """A digest of all that the film depends on, where it reads this of the lesson."""
        return of_film(self.made_by, self.lesson, reads)

    @property
    def is_there(self) -> bool:
        """Whether there is such a film, whatever it was made of."""
        return self.target.is_file()

    @property
    def is_current(self) -> bool:
        """Whether the film is there, made of just these sources, lesson, voice and form."""
        return film.is_current(self.target, self.fingerprint_of, film.COMPANIONS)
