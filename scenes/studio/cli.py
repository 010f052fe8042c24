"""The ``studio`` command: what Manim's own command leaves undone."""

from __future__ import annotations

import importlib.util
import inspect
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import click
from manim import tempconfig
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from scenes.maths.lesson import LessonError
from scenes.studio import settings
from scenes.studio.errors import StudioError
from scenes.studio.narrated import NarratedScene
from scenes.words.script import LineError
from scenes.words.voice import VoiceError

QUALITIES = {
    "": (1920, 1080, 30),
    "l": (854, 480, 15),
    "m": (1280, 720, 30),
    "h": (1920, 1080, 60),
    "k": (3840, 2160, 60),
}
"""Width and height in pixels, frames a second; the letters are those of ``manim -q``."""

PROBLEMS = (LessonError, LineError, VoiceError, StudioError)


def fail(problem: BaseException | str) -> NoReturn:
    """One clear line, exit code 2."""
    sys.stderr.write(str(problem).replace("\n", " ") + "\n")
    raise SystemExit(2)


def film_files() -> list[Path]:
    """The scene files, in the order of the whole film."""
    order = ["mountain", "minima", "forward_pass", "chain_rule", "reverse_mode"]
    return [path for name in order if (path := settings.SCENES / f"{name}.py").is_file()]


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


@click.group()
def main() -> None:
    """Make, and later take apart, the films of "Backpropagation, seen"."""


@main.command()
@click.argument("scene", nargs=-1)
@click.option("--quality", default="", help="l, m, h or k, as manim -q; default: 1080p, 30 fps.")
@click.option("--force", is_flag=True, help="Render again what is up to date.")
def film(scene: tuple[str, ...], quality: str, force: bool) -> None:
    """Render the films (all, or the SCENEs named) that are not up to date.

    Example: studio film ForwardPass --quality l
    """
    if quality not in QUALITIES:
        allowed = ", ".join(q for q in QUALITIES if q)
        fail(f"--quality: {quality!r} is not a quality (allowed: {allowed}, or nothing)")
    try:
        settings.theme_name()  # before a scene file asks for its colours
    except StudioError as problem:
        fail(problem)
    width, height, fps = QUALITIES[quality]
    chosen = {cls.__name__: (path, cls) for path in film_files() for cls in films_in(path)}
    unknown = [name for name in scene if name not in chosen]
    if unknown:
        fail(f"SCENE: {unknown[0]!r} is not a film (allowed: {', '.join(chosen)})")
    for name in scene or tuple(chosen):
        path, cls = chosen[name]
        with tempconfig(
            {
                "pixel_width": width,
                "pixel_height": height,
                "frame_rate": fps,
                "input_file": str(path),
                "media_dir": str(settings.RENDERS),
                "progress_bar": "none",
                "verbosity": "WARNING",
            }
        ):
            settings.apply_house_settings(given=frozenset(_SET_HERE))
            try:
                _render(cls, force)
            except PROBLEMS as problem:
                fail(problem)
            except OSError as problem:
                fail(f"{problem.filename or name}: {problem.strerror or problem}")


_SET_HERE = ("pixel_width", "pixel_height", "frame_rate", "media_dir", "progress_bar", "verbosity")


def _render(cls: type[NarratedScene], force: bool) -> None:
    scene = cls()
    scene.load()
    target = scene.renderer.file_writer.movie_file_path
    if not force and _is_current(target, scene.fingerprint):
        click.echo(f"{cls.__name__}: up to date, {_short(target)}")
        return
    with _progress(scene):
        scene.render()
    click.echo(f"{cls.__name__}: {_short(target)}")


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _is_current(target: Path, fingerprint: str) -> bool:
    """Whether a whole film of just these sources, lesson, voice and quality is there."""
    companions = [target.with_suffix(ending) for ending in (".srt", ".vtt", ".md", ".png")]
    try:
        manifest = json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    whole = manifest.get("complete") and manifest.get("fingerprint") == fingerprint
    return bool(whole) and target.is_file() and all(path.is_file() for path in companions)


@contextmanager
def _progress(scene: NarratedScene) -> Iterator[None]:
    """A bar with the time left, measured in frames of narration still to be drawn."""
    total = scene.expected_frames()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(type(scene).__name__, total=total)

        def advance(frame: int, beat_name: str) -> None:
            label = f"{type(scene).__name__}: {beat_name.replace('_', ' ')}"
            bar.update(task, completed=min(frame, total), description=label)

        scene.on_progress = advance
        yield
        bar.update(task, completed=total)
