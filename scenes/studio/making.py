"""Films, asked for in a form: where each one is, whether it is up to date, and how it is made."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import ModuleType

from manim import tempconfig

from scenes.studio import catalogue, settings
from scenes.studio.errors import StudioError
from scenes.studio.narrated import NarratedScene
from scenes.words import voices
from scenes.words.silent import SilentVoice

QUALITIES = {"": (1080, 30), "l": (480, 15), "m": (720, 30), "h": (1080, 60), "k": (2160, 60)}
"""Shorter side in pixels, frames a second; the letters are those of ``manim -q``."""

ASPECTS = {"16:9": (16, 9), "4:3": (4, 3), "1:1": (1, 1), "9:16": (9, 16)}

COMPANIONS = (".srt", ".vtt", ".md", ".png")
"""What lies beside each film, besides its manifest."""


@dataclass(frozen=True)
class Form:
    """What films are asked for as: their size, pace, looks, and whether they speak."""

    quality: str = ""
    aspect: str = "16:9"
    fps: int | None = None
    theme: str | None = None
    silent: bool = False
    transparent: bool = False
    voice: str | None = None
    """Who speaks, by name or by file; else whom the lesson names."""
    pace: float | None = None
    """Words a minute; else what the lesson says."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, both even, as the encoders want them."""
        side, _ = QUALITIES[self.quality]
        wide, high = ASPECTS[self.aspect]
        longer = Fraction(side * max(wide, high), min(wide, high))
        even = 2 * -int(-longer // 2)
        return (even, side) if wide >= high else (side, even)

    @property
    def rate(self) -> int:
        """Frames a second."""
        return self.fps or QUALITIES[self.quality][1]

    @property
    def variant(self) -> str:
        """What it differs in from the films as they are made by default; nothing where in nothing.

        Quality and frame rate are left out: Manim gives each of them a folder of its own.
        """
        theme = self.theme if self.theme != settings.theme_name() else None
        asked = (
            theme,
            self.aspect.replace(":", "x") if self.aspect != "16:9" else None,
            "silent" if self.silent else None,
            "transparent" if self.transparent else None,
            re.sub(r"\W+", "_", self.voice).strip("_") if self.voice else None,
            f"pace_{self.pace:g}" if self.pace else None,
        )
        return "-".join(part for part in asked if part)

    @property
    def ground(self) -> str:
        """The theme whose colours the films have, and with which they go together."""
        return self.theme or settings.theme_name()

    @property
    def flags(self) -> str:
        """The flags of the ``studio`` command that ask for this form."""
        asked = {
            "--quality": self.quality,
            "--aspect": self.aspect if self.aspect != "16:9" else "",
            "--fps": str(self.fps or ""),
            "--theme": self.theme or "",
            "--voice": self.voice or "",
            "--pace": f"{self.pace:g}" if self.pace else "",
        }
        given = [f"{flag} {shlex.quote(value)}" for flag, value in asked.items() if value]
        given += ["--silent"] if self.silent else []
        given += ["--transparent"] if self.transparent else []
        return "".join(f" {flag}" for flag in given)

    @contextmanager
    def applied(self, path: Path) -> Iterator[None]:
        """The settings under which a scene file's films come out in this form."""
        width, height = self.size
        folder = settings.RENDERS / ("variants" if self.variant else "videos") / self.variant
        wished = {
            "pixel_width": width,
            "pixel_height": height,
            "frame_rate": self.rate,
            "input_file": str(path),
            "media_dir": str(settings.RENDERS),
            "video_dir": f"{folder}/{{module_name}}/{{quality}}",
            "transparent": self.transparent,
            "progress_bar": "none",
            "verbosity": "WARNING",
        }
        asked = {
            "BACKPROP_THEME": self.theme,
            voices.VARIABLE: self.voice,
            voices.PACE_VARIABLE: f"{self.pace:g}" if self.pace else None,
        }
        given = {name: value for name, value in asked.items() if value}
        with tempconfig(wished), _environment(given):
            settings.apply_house_settings(given=frozenset(wished))
            yield

    @contextmanager
    def scene(
        self, path: Path, cls: type[NarratedScene], *, dry: bool = False
    ) -> Iterator[NarratedScene]:
        """A film of a scene file, loaded; to be used while the settings of this form hold.

        A ``dry`` one jumps from play to play and writes nothing.
        """
        with self.applied(path), tempconfig({"dry_run": dry}):
            scene = cls(skip_animations=dry)
            if self.silent:
                scene.voice = SilentVoice()
            scene.load()
            yield scene


@contextmanager
def _environment(wished: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in wished}
    os.environ.update(wished)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


# -- which films there are


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
    films = {
        cls.__name__: (entry, cls) for entry in catalogue.entries() for cls in films_in(entry.path)
    }
    unknown = [name for name in names if name not in films]
    if unknown:
        raise StudioError(f"SCENE: {unknown[0]!r} is not a film (allowed: {', '.join(films)})")
    return [
        (entry.path, cls)
        for name, (entry, cls) in films.items()
        if (name in names if names else entry.place is not None)
    ]


# -- making them


@dataclass(frozen=True)
class Order:
    """A film asked for: where it goes, and what it depends on."""

    path: Path
    cls: type[NarratedScene]
    form: Form
    target: Path
    fingerprint: str
    lesson: tuple[str, str]
    """File name and digest of the lesson."""

    @property
    def name(self) -> str:
        """The film's name, as the command line knows it."""
        return self.cls.__name__

    def scene(self, *, dry: bool = False) -> AbstractContextManager[NarratedScene]:
        """The film, loaded, as :meth:`Form.scene` gives it."""
        return self.form.scene(self.path, self.cls, dry=dry)

    @property
    def is_current(self) -> bool:
        """Whether the film is there, made of just these sources, lesson, voice and form."""
        return is_current(self.target, self.fingerprint, COMPANIONS)


def order(path: Path, cls: type[NarratedScene], form: Form) -> Order:
    """Ask for a film; what it has to say against its lesson or its voice is said here."""
    with form.scene(path, cls) as scene:
        lesson = (scene.lesson.source.name, scene.lesson.digest)
        target = scene.renderer.file_writer.movie_file_path
        return Order(path, cls, form, target, scene.fingerprint, lesson)


def is_current(target: Path, fingerprint: str, companions: Sequence[str]) -> bool:
    """Whether a whole film of just these sources, lesson, voice and quality is there."""
    try:
        manifest = json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    made = manifest.get("complete") and manifest.get("fingerprint") == fingerprint
    beside = (target.with_suffix(ending) for ending in companions)
    return bool(made) and target.is_file() and all(path.is_file() for path in beside)
