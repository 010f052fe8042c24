"""In which form films are asked for: their size, pace, looks, and whether they speak."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from manim import tempconfig

from scenes.studio import settings
from scenes.studio.narrated import NarratedScene
from scenes.words import voices
from scenes.words.silent import SilentVoice

QUALITIES = {"": (1080, 30), "l": (480, 15), "m": (720, 30), "h": (1080, 60), "k": (2160, 60)}
"""Shorter side in pixels, frames a second; the letters are those of ``manim -q``."""

ASPECTS = {"16:9": (16, 9), "4:3": (4, 3), "1:1": (1, 1), "9:16": (9, 16)}


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
    def folder(self) -> str:
        """A folder's name that tells this form from all others."""
        size = f"{self.size[1]}p{self.rate}"
        return f"{size}-{self.variant}" if self.variant else size

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
