"""``studio watch``: a film's beats drawn anew as they change, for as long as somebody works on it.

A process of its own, whose libraries are there already, draws what each change has touched: it
loads the project as it now is, jumps over the beats that are remembered, and draws the others.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event
from typing import Any

import click
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from scenes.maths.lesson.reader import load_lesson
from scenes.studio import orders, redrawing, settings
from scenes.studio.cli import in_a_form
from scenes.studio.forms import Form
from scenes.studio.outputs import short
from scenes.studio.redrawing import Shown, Told

_LIBRARIES = ["manim", "sympy", "typst", "av", "mpmath", "lxml", "jinja2", "scenes.setup"]
_SETTLED = 0.05
"""Seconds without another change after which a file counts as saved."""
_WRITTEN = {"modified", "created", "moved", "deleted"}


class _Changes(FileSystemEventHandler):
    """Tells that a source or a lesson was saved."""

    def __init__(self, lesson: Path) -> None:
        self.happened = Event()
        self._lesson = lesson.resolve()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog, for each file of the folders that it watches."""
        paths = {Path(os.fsdecode(p)).resolve() for p in (event.src_path, event.dest_path) if p}
        ours = any(path.suffix == ".py" or path == self._lesson for path in paths)
        if ours and event.event_type in _WRITTEN:
            self.happened.set()

    def settle(self) -> None:
        """Wait until no more is written."""
        while self.happened.is_set():
            self.happened.clear()
            time.sleep(_SETTLED)


@click.command()
@click.argument("scene")
@in_a_form
@click.option("--open", "opened", is_flag=True, help="Play what was drawn.")
def watch(scene: str, form: Form, opened: bool) -> None:
    """Draw each beat of a film anew as you change it, until you press Ctrl+C.

    What you save is drawn: a line, a number of the lesson, a picture. Each beat that has changed
    becomes a clip of its own, with sound and captions, at 480p or in the form you ask for.

    Example: studio watch ForwardPass --open
    """
    form = form if form.quality else replace(form, quality="l")
    ((path, cls),) = orders.chosen([scene])
    lesson = load_lesson(cls.lesson if isinstance(cls.lesson, (str, Path)) else None).source
    changes = _Changes(lesson)
    observer = Observer()
    for folder in {settings.SCENES, lesson.resolve().parent}:
        observer.schedule(changes, str(folder), recursive=folder == settings.SCENES)
    observer.start()
    try:
        _watch(path, scene, form, changes, click.launch if opened else None)
    finally:
        observer.stop()


def _watch(
    path: Path, name: str, form: Form, changes: _Changes, play: Callable[[str], object] | None
) -> None:
    context = _context()
    shown: Shown = {}
    click.echo(f"{name}: drawing what is not drawn yet")
    while True:
        changes.settle()
        began, before = time.monotonic(), dict(shown)
        with _start(context, path, name, form, before) as drawing:
            while (told := drawing.told(changes.happened)) is not None:
                beat, drawn_as, file = told
                shown[beat] = drawn_as
                if file:
                    click.echo(f"{name}.{beat}: {short(file)} ({time.monotonic() - began:.1f} s)")
                    if play is not None:
                        play(str(file))
            if drawing.succeeded(changes.happened) and not before:
                click.echo(f"{name}: {len(shown)} beats; save a change, and see")
            elif drawing.succeeded(changes.happened) and shown == before:
                click.echo(f"{name}: nothing has changed")
        changes.happened.wait()


def _context() -> BaseContext:
    """Processes that begin with the libraries loaded, where the system is good at that."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LIBRARIES)
    return context


class _Drawing:
    """A process that draws, and what it tells."""

    def __init__(self, process: BaseProcess, receiver: Connection) -> None:
        self._process, self._receiver = process, receiver

    def __enter__(self) -> _Drawing:
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.terminate()
        self._process.join()
        self._receiver.close()

    def told(self, stop: Event) -> Told | None:
        """The next beat that is done; None after the last one, or where it is no longer wanted."""
        while not stop.is_set():
            with suppress(EOFError):
                if self._receiver.poll(_SETTLED):
                    told: Told = self._receiver.recv()
                    return told
                continue
            return None
        return None

    def succeeded(self, stop: Event) -> bool:
        """Whether it has come to its end, and a good one."""
        if stop.is_set():
            return False
        self._process.join()
        return self._process.exitcode == 0


def _start(context: Any, path: Path, name: str, form: Form, shown: Shown) -> _Drawing:
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=redrawing.draw, args=(sender, path, name, form, shown), daemon=True
    )
    process.start()
    sender.close()
    return _Drawing(process, receiver)
