"""The ``studio`` command: what Manim's own command leaves undone."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import shlex
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from scenes.maths.lesson.reader import load_lesson
from scenes.studio import (
    catalogue,
    clips,
    cluster,
    handouts,
    joining,
    orders,
    outputs,
    page,
    settings,
    shooting,
    slides,
    stills,
)
from scenes.studio.errors import StudioError
from scenes.studio.film import is_current
from scenes.studio.forms import ASPECTS, QUALITIES, Form
from scenes.studio.manifest import FilmEntry
from scenes.studio.narrated import beats_of
from scenes.studio.orders import Order
from scenes.studio.outputs import short
from scenes.studio.speaker import speaker_of
from scenes.words import voices as voicing
from scenes.words.script import render_line
from scenes.words.voice import Voice, VoiceError
from scenes.words.wav import resample, wav_bytes

SAMPLE = "Each weight has a share in the cost, and the chain rule finds it."
"""What a voice says to be judged by."""


# -- what the commands have in common


def in_a_form(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say in which form films are asked for; the command gets a ``form``."""

    @functools.wraps(command)
    def with_form(**kwargs: Any) -> None:
        form = Form(**{field.name: kwargs.pop(field.name) for field in dataclasses.fields(Form)})
        _check(form)
        command(form=form, **kwargs)

    parameters = [
        click.option(
            "--quality", default="", help="l, m, h or k, as manim -q; else 1080p, 30 fps."
        ),
        click.option("--aspect", default="16:9", help="Laid out anew for 16:9, 4:3, 1:1 or 9:16."),
        click.option("--fps", type=int, help="Frames a second."),
        click.option("--theme", help="dark or light."),
        click.option("--silent", is_flag=True, help="No voice, at reading pace: you speak."),
        click.option("--voice", help="Who speaks: a name (studio voices), a file or a folder."),
        click.option("--pace", type=float, help="Words a minute, 100 to 200."),
        click.option("--transparent", is_flag=True, help="No background: QuickTime and WebM."),
    ]
    decorated = with_form
    for parameter in reversed(parameters):
        decorated = parameter(decorated)
    return decorated


def _of_films(command: Callable[..., None]) -> Callable[..., None]:
    """The films, and their form."""
    return click.argument("scene", nargs=-1)(in_a_form(command))


def _check(form: Form) -> None:
    """StudioError or VoiceError for a form that cannot be had."""
    settings.theme_name()  # before a scene file asks for its colours
    if form.silent and form.voice:
        raise StudioError(f"--voice: {form.voice!r} cannot speak in a silent film")
    if form.pace is not None:
        voicing.read_pace(f"{form.pace:g}", "--pace: ")
    if form.voice:
        voicing.voice_named(form.voice, asked="--voice: ")
    _allow("--quality", form.quality, QUALITIES)
    _allow("--aspect", form.aspect, ASPECTS)
    if form.fps is not None and not 10 <= form.fps <= 120:
        raise StudioError(f"--fps: {form.fps} is out of range (allowed: 10 to 120)")
    _allow("--theme", form.theme, [None, *settings.THEMES])


def _allow(flag: str, value: str | None, choices: Collection[str | None]) -> None:
    """StudioError for a value that is none of the choices."""
    if value not in choices:
        allowed = ", ".join(choice for choice in choices if choice)
        nothing = ", or left out" if None in choices or "" in choices else ""
        raise StudioError(f"{flag}: {value!r} is not known (allowed: {allowed}{nothing})")


def _out(where: str) -> Callable[..., Any]:
    """The option that names a folder."""
    return click.option(
        "--out", type=click.Path(path_type=Path), help=f"Folder; else one in {where}."
    )


def _orders(names: Sequence[str], form: Form) -> list[Order]:
    """What is asked for.

    What a film has to say against the lesson or the voice is said here: before an hour's rendering.
    """
    return [Order.of(path, cls, form) for path, cls in orders.chosen(names)]


def _clips_of(names: Sequence[str], form: Form) -> tuple[list[FilmEntry], Path]:
    """What the list of clips says of films, and its folder; clips that are missing are cut."""
    folder = clips.folder_of(form)
    films = [clips.read(order) for order in _orders(names, form)]
    count = sum(len(film.manifest["beats"]) + 1 for film in films)
    with _counting_bar("Clips", count) as advance:
        return clips.entries_or_cut(films, folder, advance), folder


def _render(order: Order) -> None:
    with (
        order.scene() as scene,
        # The time left, measured in frames of narration still to be drawn.
        _bar(order.name, sum(scene.expected_frames().values())) as show,
    ):
        scene.on_progress = lambda frame, beat: show(frame, beat.replace("_", " "))
        scene.render()
    click.echo(f"{order.name}: {short(order.target)}")


def _render_all(ordered: Sequence[Order], jobs: int, scheduler: str | None) -> None:
    if not ordered or (jobs == 1 and scheduler is None):
        for order in ordered:
            _render(order)
        return
    with shooting.processes(jobs) if scheduler is None else cluster.workers(scheduler) as crew:
        lengths = [(order, shooting.frames_of(order)) for order in ordered]
        total = sum(sum(frames.values()) for _, frames in lengths)
        with _bar("Films", total) as show:
            # A film that was there before is mostly as it was.
            again = scheduler is None and len(ordered) == 1 and ordered[0].is_there
            done = again and shooting.little_is_new(ordered[0], show)
            for order in ordered if done else shooting.shoot(lengths, crew, show):
                click.echo(f"{order.name}: {short(order.target)}")


@contextmanager
def _bar(name: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """A bar on the terminal, gone when it is done; none in a log file.

    It is told how much is done, and what is being done.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(name, total=total)

        def show(done: int, label: str) -> None:
            bar.update(task, completed=min(done, total), description=f"{name}: {label}")

        yield show
        bar.update(task, completed=total)


@contextmanager
def _counting_bar(name: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar that is told what comes next."""
    with _bar(name, total) as show:
        done = itertools.count()
        yield lambda label: show(next(done), label)


# -- the commands


@click.command()
@_of_films
@click.option("--force", is_flag=True, help="Render again what is up to date.")
@click.option("--jobs", type=int, default=None, help="Processes; else one for each core.")
@click.option("--scheduler", help="Have Dask's workers draw: tcp://HOST:PORT of their scheduler.")
def film(
    scene: tuple[str, ...], form: Form, force: bool, jobs: int | None, scheduler: str | None
) -> None:
    """Render what is not up to date: the whole film, or only the SCENEs named.

    Example: studio film ForwardPass --quality l
    """
    if jobs is not None and jobs < 1:
        raise StudioError(f"--jobs: {jobs} is out of range (allowed: 1 or more)")
    if jobs is not None and scheduler is not None:
        raise StudioError(f"--jobs: {jobs} is of no use with --scheduler (its workers count)")
    ordered, asked = _orders(scene, form), []
    for order in ordered:
        if not force and order.is_current:
            click.echo(f"{order.name}: up to date, {short(order.target)}")
        else:
            asked.append(order)
    _render_all(asked, jobs or shooting.cores(), scheduler)
    if not scene:
        _join([order.target for order in ordered], joining.target(form.variant), force)


def _join(films: Sequence[Path], target: Path, force: bool) -> None:
    """Make the whole film of its parts, unless it is made of just these already."""
    parts = joining.read_parts(films)
    target = target.with_suffix(films[0].suffix)
    if not force and is_current(target, lambda _: joining.fingerprint(parts), joining.COMPANIONS):
        click.echo(f"{catalogue.TITLE}: up to date, {short(target)}")
        return
    joining.join(parts, target)
    click.echo(f"{catalogue.TITLE}: {short(target)}")


@click.command()
@click.argument("place", metavar="SCENE.BEAT")
@in_a_form
@click.option("--out", type=click.Path(path_type=Path), help="PNG; else one in renders/stills.")
def still(place: str, form: Form, out: Path | None) -> None:
    """Draw the picture at the end of a beat, and nothing before it.

    Example: studio still ForwardPass.bend_it
    """
    name, _, beat = place.partition(".")
    ((path, cls),) = orders.chosen([name])
    beats = [script.name for script in beats_of(cls)]
    if beat not in beats:
        allowed = ", ".join(beats)
        raise StudioError(f"SCENE.BEAT: {name} has no beat {beat!r} (allowed: {allowed})")
    target = out or settings.RENDERS / "stills" / form.folder / f"{name}.{beat}.png"
    stills.save_still(path, cls, form, beat, target)
    click.echo(short(target))


@click.command(name="clips")
@_of_films
@click.option("--loop", is_flag=True, help="Also of each beat a silent clip that runs on and on.")
@click.option("--gif", is_flag=True, help="Also of each beat an animated GIF.")
@click.option("--webm", is_flag=True, help="Also WebM (VP9 and Opus).")
@click.option("--still", is_flag=True, help="Also of each beat's end a drawing (SVG and PDF).")
@_out("renders/clips")
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
    asked = {"loop": loop, "gif": gif, "webm": webm, "still": still}
    extras = [name for name, wanted in asked.items() if wanted]
    folder = out or clips.folder_of(form)
    ordered = _orders(scene, form)
    for order in ordered:
        if (form.variant or form.fps) and not order.is_current:
            _render(order)
    films = [clips.read(order) for order in ordered]
    for finished in films:
        if not force and clips.is_current(finished, extras, folder):
            click.echo(f"{finished.order.name}: up to date, {short(folder)}")
            continue
        count = len(finished.manifest["beats"]) + 1
        with _counting_bar(finished.order.name, count) as advance:
            clips.cut(finished, extras, folder, advance)
        click.echo(f"{finished.order.name}: {count} clips in {short(folder)}")


@click.command(name="page")
@_of_films
@click.option("--single-file", is_flag=True, help="All in one file, films too; no clips to take.")
@_out("renders/page")
def make_page(scene: tuple[str, ...], form: Form, single_file: bool, out: Path | None) -> None:
    """Make the lecture page: films, chapters, transcript and clips in one offline web page.

    \b
    Examples: studio page
              studio page ForwardPass --theme light --single-file --out my_page
    """
    films, folder = _clips_of(scene, form)
    target = out or settings.RENDERS / "page" / form.folder
    click.echo(short(page.make(films, folder, target, single_file=single_file)))


@click.command(name="slides")
@_of_films
@click.option("--to", required=True, help="html or pptx.")
@_out("renders/slides")
def make_slides(scene: tuple[str, ...], form: Form, to: str, out: Path | None) -> None:
    """Make a deck: one clip a slide, captions kept, the narration as the speaker's notes.

    \b
    Examples: studio slides --to html
              studio slides BackwardChainRule --to pptx --out my_deck
    """
    makers = {"html": slides.make_html, "pptx": slides.make_pptx}
    _allow("--to", to, makers)
    films, folder = _clips_of(scene, form)
    target = out or settings.RENDERS / "slides" / form.folder
    click.echo(short(makers[to](films, folder, target)))


@click.command(name="captions")
@_of_films
@click.option("--to", default="both", help="srt, vtt or both.")
@_out("renders")
def write_captions(scene: tuple[str, ...], form: Form, to: str, out: Path | None) -> None:
    """Write the captions of films and of each of their beats as files.

    Example: studio captions ForwardPass --to vtt
    """
    kinds = {"srt": ["srt"], "vtt": ["vtt"], "both": ["srt", "vtt"]}
    _allow("--to", to, kinds)
    films, folder = _clips_of(scene, form)
    target = out or settings.RENDERS / "captions" / form.folder
    written = handouts.write_captions(films, folder, target, kinds[to])
    click.echo(f"{len(written)} files in {short(target)}")


@click.command()
@_of_films
@_out("renders")
def transcript(scene: tuple[str, ...], form: Form, out: Path | None) -> None:
    """Write the transcript as Markdown, with a still of each beat.

    Example: studio transcript MountainAnalogy BackwardChainRule
    """
    films, folder = _clips_of(scene, form)
    target = out or settings.RENDERS / "transcript" / form.folder
    click.echo(short(handouts.write_transcript(films, folder, target)))


@click.command()
@click.argument("name", required=False)
@click.option("--sample", type=click.Path(path_type=Path), help="WAV to play a sample to.")
@click.option("--text", default=SAMPLE, help="What the sample says: plain words.")
def voices(name: str | None, sample: Path | None, text: str) -> None:
    """List the voices, or let one speak a sample into a file.

    \b
    Examples: studio voices
              studio voices hibari --sample hello.wav
    """
    chosen = speaker_of(load_lesson())
    if sample is None:
        if name and name not in voicing.CHOICES:
            voicing.voice_named(name)
        for choice in [name] if name else voicing.CHOICES:
            click.echo(_voice_line(choice, chosen))
        return
    voice = voicing.voice_named(name) if name else chosen
    said = voice.speak(render_line(text, {}).spoken)
    outputs.write(sample, wav_bytes(resample(said.samples, said.rate)))
    click.echo(f"{voice.name}: {short(sample)}")


def _voice_line(choice: str, chosen: Voice) -> str:
    here = " "
    try:
        voice = voicing.voice_named(choice)
        here = "*" if voice.name == chosen.name else " "
        voice.check()
        return f"{choice:<7} {here}  {voice.name} {voice.version}"
    except VoiceError as problem:
        return f"{choice:<7} {here}  cannot speak: {problem}"


@click.command(name="new-lesson")
@click.argument("name", type=click.Path(path_type=Path))
def new_lesson(name: Path) -> None:
    """Copy the lesson, with its remarks, to a file of your own to start from.

    Example: studio new-lesson mine
    """
    target = name if name.suffix == ".toml" else name.with_name(f"{name.name}.toml")
    if target.exists():
        raise StudioError(f"{target}: is there already (allowed: a name that is not taken)")
    if not target.parent.is_dir():
        raise StudioError(f"{target.parent}: is not a folder (allowed: one that is there)")
    outputs.write(target, (settings.ASSETS / "lesson.toml").read_bytes())
    whole_path = shlex.quote(str(target.resolve()))
    click.echo(f"{target}: change its numbers, and then: BACKPROP_LESSON={whole_path} make film")
