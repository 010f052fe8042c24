"""The ``studio`` command: what Manim's own command leaves undone."""

from __future__ import annotations

import importlib.util
import inspect
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import click
from manim import tempconfig
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from scenes.maths.lesson import LessonError
from scenes.studio import settings, whole
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
    """Render what is not up to date: the whole film, or only the SCENEs named.

    Example: studio film ForwardPass --quality l
    """
    if quality not in QUALITIES:
        allowed = ", ".join(q for q in QUALITIES if q)
        fail(f"--quality: {quality!r} is not a quality (allowed: {allowed}, or nothing)")
    try:
        settings.theme_name()  # before a scene file asks for its colours
    except StudioError as problem:
        fail(problem)
    chosen = {cls.__name__: (path, cls) for path in whole.files() for cls in films_in(path)}
    unknown = [name for name in scene if name not in chosen]
    if unknown:
        fail(f"SCENE: {unknown[0]!r} is not a film (allowed: {', '.join(chosen)})")
    wanted = [chosen[name] for name in scene or chosen]
    # What a film has to say against the lesson or the voice is said before an hour of rendering.
    orders = [_order(path, cls, quality) for path, cls in wanted]
    for order in orders:
        if not force and _is_current(order.target, order.fingerprint, COMPANIONS):
            click.echo(f"{order.cls.__name__}: up to date, {_short(order.target)}")
        else:
            _render(order, quality)
    if not scene:
        _join([order.target for order in orders], force)


COMPANIONS = (".srt", ".vtt", ".md", ".png")
"""What lies beside each film, besides its manifest."""


@dataclass(frozen=True)
class _Order:
    """A film to be rendered: where to, and what it depends on."""

    path: Path
    cls: type[NarratedScene]
    target: Path
    fingerprint: str


def _order(path: Path, cls: type[NarratedScene], quality: str) -> _Order:
    with _as_manim_would(path, quality):
        scene = cls()
        scene.load()
        return _Order(path, cls, scene.renderer.file_writer.movie_file_path, scene.fingerprint)


def _render(order: _Order, quality: str) -> None:
    with _as_manim_would(order.path, quality):
        scene = order.cls()
        scene.load()
        with _progress(scene):
            scene.render()
    click.echo(f"{order.cls.__name__}: {_short(order.target)}")


def _join(films: Sequence[Path], force: bool) -> None:
    """Make the whole film of its parts, unless it is made of just these already."""
    target = whole.target()
    with _one_clear_line(target.name):
        parts = whole.read_parts(films)
        if not force and _is_current(target, whole.fingerprint(parts), whole.COMPANIONS):
            click.echo(f"{whole.TITLE}: up to date, {_short(target)}")
            return
        whole.join(parts, target)
    click.echo(f"{whole.TITLE}: {_short(target)}")


_SET_HERE = ("pixel_width", "pixel_height", "frame_rate", "media_dir", "progress_bar", "verbosity")


@contextmanager
def _as_manim_would(path: Path, quality: str) -> Iterator[None]:
    """Settings for the scenes of a file; a problem ends the programme in one clear line."""
    width, height, fps = QUALITIES[quality]
    wished = {
        "pixel_width": width,
        "pixel_height": height,
        "frame_rate": fps,
        "input_file": str(path),
        "media_dir": str(settings.RENDERS),
        "progress_bar": "none",
        "verbosity": "WARNING",
    }
    with tempconfig(wished), _one_clear_line(path.name):
        settings.apply_house_settings(given=frozenset(_SET_HERE))
        yield


@contextmanager
def _one_clear_line(name: str) -> Iterator[None]:
    try:
        yield
    except PROBLEMS as problem:
        fail(problem)
    except OSError as problem:
        fail(f"{problem.filename or name}: {problem.strerror or problem}")


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _is_current(target: Path, fingerprint: str, companions: Sequence[str]) -> bool:
    """Whether a whole film of just these sources, lesson, voice and quality is there."""
    try:
        manifest = json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    made = manifest.get("complete") and manifest.get("fingerprint") == fingerprint
    beside = (target.with_suffix(ending) for ending in companions)
    return bool(made) and target.is_file() and all(path.is_file() for path in beside)


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
