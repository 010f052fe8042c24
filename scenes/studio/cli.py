"""The ``studio`` command: what Manim's own command leaves undone."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from scenes.maths.lesson import LessonError
from scenes.studio import clips, making, page, settings, whole
from scenes.studio.errors import StudioError
from scenes.studio.making import ASPECTS, QUALITIES, Form, Order
from scenes.studio.narrated import NarratedScene
from scenes.words.script import LineError
from scenes.words.voice import VoiceError

PROBLEMS = (LessonError, LineError, VoiceError, StudioError)


def fail(problem: BaseException | str) -> NoReturn:
    """One clear line, exit code 2."""
    sys.stderr.write(str(problem).replace("\n", " ") + "\n")
    raise SystemExit(2)


@click.group()
def main() -> None:
    """Make, and later take apart, the films of "Backpropagation, seen"."""


def _form_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say in which form films are wanted; the command gets a ``form``."""

    @functools.wraps(command)
    def with_form(
        *args: Any,
        quality: str,
        aspect: str,
        fps: int | None,
        theme: str | None,
        silent: bool,
        transparent: bool,
        **kwargs: Any,
    ) -> None:
        with one_clear_line():
            settings.theme_name()  # before a scene file asks for its colours
            form = Form(
                _allowed("--quality", quality, [*QUALITIES]),
                _allowed("--aspect", aspect, [*ASPECTS]),
                _frame_rate(fps),
                _allowed("--theme", theme, [None, *settings.THEMES]),
                silent,
                transparent,
            )
            command(*args, form=form, **kwargs)

    options = [
        click.option(
            "--quality", default="", help="l, m, h or k, as manim -q; else 1080p, 30 fps."
        ),
        click.option("--aspect", default="16:9", help="Laid out anew for 16:9, 4:3, 1:1 or 9:16."),
        click.option("--fps", type=int, help="Frames a second."),
        click.option("--theme", help="dark or light."),
        click.option("--silent", is_flag=True, help="No voice, at reading pace: you speak."),
        click.option("--transparent", is_flag=True, help="No background: QuickTime and WebM."),
    ]
    decorated = with_form
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def _allowed(flag: str, value: Any, choices: Sequence[Any]) -> Any:
    if value not in choices:
        allowed = ", ".join(str(choice) for choice in choices if choice)
        raise StudioError(f"{flag}: {value!r} is not known (allowed: {allowed}, or left out)")
    return value


def _frame_rate(fps: int | None) -> int | None:
    if fps is not None and not 10 <= fps <= 120:
        raise StudioError(f"--fps: {fps} is out of range (allowed: 10 to 120)")
    return fps


@main.command()
@click.argument("scene", nargs=-1)
@_form_options
@click.option("--force", is_flag=True, help="Render again what is up to date.")
def film(scene: tuple[str, ...], form: Form, force: bool) -> None:
    """Render what is not up to date: the whole film, or only the SCENEs named.

    Example: studio film ForwardPass --quality l
    """
    orders = _orders(scene, form)
    for order in orders:
        if not force and order.is_current:
            click.echo(f"{order.name}: up to date, {_short(order.target)}")
        else:
            _render(order)
    if not scene:
        _join([order.target for order in orders], whole.target(form.variant), force)


@main.command(name="clips")
@click.argument("scene", nargs=-1)
@_form_options
@click.option("--loop", is_flag=True, help="Also of each beat a silent clip that runs on and on.")
@click.option("--gif", is_flag=True, help="Also of each beat an animated GIF.")
@click.option("--webm", is_flag=True, help="Also WebM (VP9 and Opus).")
@click.option("--still", is_flag=True, help="Also of each beat's end a drawing (SVG and PDF).")
@click.option("--out", type=click.Path(path_type=Path), help="Folder; else one in renders/clips.")
@click.option("--force", is_flag=True, help="Cut again what is up to date.")
def cut_clips(
    scene: tuple[str, ...],
    form: Form,
    loop: bool,
    gif: bool,
    webm: bool,
    still: bool,
    out: Path | None,
    force: bool,
) -> None:
    """Cut finished films into clips: one a beat and one a film, each with sound and captions.

    A film in another form than `studio film` makes (another theme, aspect, frame rate, silent or
    transparent) is rendered first, where it is not there yet.

    \b
    Examples: studio clips BackwardChainRule
              studio clips ForwardPass --silent --loop --gif
              studio clips --aspect 9:16 --theme light
    """
    extras = clips.Extras(loop, gif, webm, still)
    folder = out or clips.folder_of(form)
    orders = _orders(scene, form)
    for order in orders:
        if form.variant and not order.is_current:
            _render(order)
    films = [clips.read(order) for order in orders]
    for finished in films:
        if not force and clips.is_current(finished, extras, folder):
            click.echo(f"{finished.order.name}: up to date, {_short(folder)}")
            continue
        count = len(finished.told["beats"]) + 1
        with _bar(finished.order.name, count) as advance:
            clips.cut(finished, extras, folder, advance)
        click.echo(f"{finished.order.name}: {count} clips in {_short(folder)}")


@main.command(name="page")
@click.argument("scene", nargs=-1)
@_form_options
@click.option("--single-file", is_flag=True, help="All in one file, films too; no clips to take.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder; else one in renders/page.")
def make_page(scene: tuple[str, ...], form: Form, single_file: bool, out: Path | None) -> None:
    """Make the lecture page: films, chapters, transcript and clips in one offline web page.

    \b
    Examples: studio page
              studio page ForwardPass --theme light --single-file --out my_page
    """
    films, folder = _clips_of(scene, form)
    click.echo(
        _short(page.make(films, folder, out or page.folder_of(form), single_file=single_file))
    )


def _clips_of(names: Sequence[str], form: Form) -> tuple[list[dict[str, Any]], Path]:
    """What the list of clips says of films, and its folder; clips that are missing are cut."""
    folder = clips.folder_of(form)
    films = [clips.read(order) for order in _orders(names, form)]
    for finished in films:
        try:
            clips.entries([finished], folder)
        except StudioError:
            with _bar(finished.order.name, len(finished.told["beats"]) + 1) as advance:
                clips.cut(finished, clips.Extras(), folder, advance)
    return clips.entries(films, folder), folder


def _orders(names: Sequence[str], form: Form) -> list[Order]:
    """What is asked for.

    What a film has to say against the lesson or the voice is said here: before an hour's rendering.
    """
    return [making.order(path, cls, form) for path, cls in making.chosen(names)]


def _render(order: Order) -> None:
    with order.scene() as scene, _progress(scene):
        scene.render()
    click.echo(f"{order.name}: {_short(order.target)}")


def _join(films: Sequence[Path], target: Path, force: bool) -> None:
    """Make the whole film of its parts, unless it is made of just these already."""
    parts = whole.read_parts(films)
    target = target.with_suffix(films[0].suffix)
    if not force and making.is_current(target, whole.fingerprint(parts), whole.COMPANIONS):
        click.echo(f"{whole.TITLE}: up to date, {_short(target)}")
        return
    whole.join(parts, target)
    click.echo(f"{whole.TITLE}: {_short(target)}")


@contextmanager
def one_clear_line() -> Iterator[None]:
    """A problem ends the programme in one clear line, and exit code 2."""
    try:
        yield
    except PROBLEMS as problem:
        fail(problem)
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        fail(f"{where}{problem.strerror or problem}")


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _progress_bar() -> Progress:
    """A bar on the terminal, gone when it is done; none in a log file."""
    console = Console(stderr=True)
    return Progress(*_COLUMNS, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def _bar(name: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar that is told what comes next."""
    with _progress_bar() as bar:
        task = bar.add_task(name, total=total)
        done = -1

        def advance(label: str) -> None:
            nonlocal done
            done += 1
            bar.update(task, completed=done, description=f"{name}: {label}")

        yield advance
        bar.update(task, completed=total)


_COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    TextColumn("{task.percentage:>3.0f} %"),
    TimeRemainingColumn(),
)


@contextmanager
def _progress(scene: NarratedScene) -> Iterator[None]:
    """A bar with the time left, measured in frames of narration still to be drawn."""
    total = scene.expected_frames()
    with _progress_bar() as bar:
        task = bar.add_task(type(scene).__name__, total=total)

        def advance(frame: int, beat_name: str) -> None:
            label = f"{type(scene).__name__}: {beat_name.replace('_', ' ')}"
            bar.update(task, completed=min(frame, total), description=label)

        scene.on_progress = advance
        yield
        bar.update(task, completed=total)
