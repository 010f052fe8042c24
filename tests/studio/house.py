"""A studio of its own in a temporary folder: three films of a few seconds, and the command."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from scenes.studio import catalogue, clips, commands, forms, settings, shooting
from scenes.studio.catalogue import Entry
from scenes.studio.manifest import FilmEntry
from scenes.words.silent import SilentVoice
from scenes.words.voice import Synthesis

FPS = 15


class NoisyVoice:
    """A hiss with a pulse of its own for each line: easy to find again in a long track."""

    name = "noisy"
    version = "1"

    def __init__(self, loudness: float = 0.2) -> None:
        self.loudness = loudness

    @property
    def settings(self) -> Mapping[str, str | float]:
        return {"loudness": self.loudness}

    def check(self) -> None:
        """It needs nothing."""

    def speak(self, text: str) -> Synthesis:
        silent = SilentVoice(pace=200).speak(text)
        seed = np.random.default_rng(list(text.encode()))
        samples = self.loudness * seed.uniform(-1, 1, silent.samples.size)
        return replace(silent, samples=samples.astype(np.float32))


FILM = """
from manim import RIGHT, Circle, Create

from scenes.studio.narrated import NarratedScene, beat
from tests.studio.house import NoisyVoice


class {name}(NarratedScene):
    title = "{title}"
    voice = NoisyVoice({loudness})

    def construct(self):
        self.begin()
        {more}

    @beat("{title} begins, with a circle.", lead=0.27)
    def begin(self):
        self.circle = Circle(sum(self.lesson.network.input))
        self.play(Create(self.circle), run_time=0.41)

    @beat("The circle moves in {title}; it stops here.", shows="A circle at the right.")
    def move(self):
        self.play(self.circle.animate.shift(RIGHT), run_time=0.77)
"""


def write_films(folder: Path) -> list[Path]:
    """An opening of one beat, and two films of two beats; one speaks softly."""
    files = []
    for name, title, loudness, more in (
        ("Curtain", "Curtain & all", 0.1, ""),
        ("Hill", "The hill", 0.02, "self.move()"),
        ("Dale", "The dale", 0.5, "self.move()"),
    ):
        files.append(folder / f"{name.lower()}.py")
        text = FILM.format(name=name, title=title, loudness=loudness, more=more)
        if not more:
            text = text[: text.rindex("    @beat")]
        files[-1].write_text(text.replace("& all begins", "and all begins"), encoding="utf-8")
    return files


def one_line(done: Result | CompletedProcess[str]) -> str:
    """What a command said that failed with exit code 2: one line, and no traceback."""
    code = done.exit_code if isinstance(done, Result) else done.returncode
    assert code == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    (line,) = filter(str.strip, done.stderr.splitlines())
    return line.strip()


class House:
    """A studio of its own in a temporary folder: films, renders, and the command."""

    def __init__(self, folder: Path) -> None:
        self.renders = folder / "renders"
        self.files = write_films(folder)
        self.film = self.renders / "film" / "backpropagation.mp4"

    def entries(self) -> list[Entry]:
        """The films, in their order."""
        return [
            Entry(file, file.stem.title(), file.stem, place)
            for place, file in enumerate(self.files)
        ]

    @contextmanager
    def entered(self) -> Iterator[pytest.MonkeyPatch]:
        """Its films are all there are, small ones, and nothing is set in the environment."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(settings, "RENDERS", self.renders)
            patch.setattr(catalogue, "entries", self.entries)
            # What is patched here is not so in other processes.
            patch.setattr(shooting, "cores", lambda: 1)
            patch.setitem(forms.QUALITIES, "l", (180, FPS))
            for name in ("THEME", "LESSON", "VOICE", "PACE"):
                patch.delenv(f"BACKPROP_{name}", raising=False)
            yield patch

    def studio(self, command: str, *flags: str, lesson: Path | None = None) -> Result:
        """Run the command."""
        with self.entered() as patch:
            if lesson is not None:
                patch.setenv("BACKPROP_LESSON", str(lesson))
            return CliRunner().invoke(commands.main, [command, "--quality", "l", *flags])

    def done(self, command: str, *flags: str, lesson: Path | None = None) -> str:
        """Run the command, which has to succeed; what it says."""
        done = self.studio(command, *flags, lesson=lesson)
        assert done.exit_code == 0, done.output
        return done.output

    def refused(self, command: str, *flags: str, lesson: Path | None = None) -> str:
        """Run the command, which has to fail; its one line."""
        return one_line(self.studio(command, *flags, lesson=lesson))

    def clips(self) -> Path:
        return self.renders / "clips" / "180p15"

    def listed(self) -> list[FilmEntry]:
        """The films in the list of clips."""
        return clips.read_list(self.clips())

    def parts(self) -> list[Path]:
        return [
            next(self.renders.glob(f"videos/{file.stem}/*/{file.stem.capitalize()}.mp4"))
            for file in self.files
        ]

    def manifest(self) -> Any:
        return json.loads(self.text(".json"))

    def text(self, ending: str) -> str:
        return self.film.with_suffix(ending).read_text(encoding="utf-8")
