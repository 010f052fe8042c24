"""Films beyond one computer: their parts are drawn by the workers of a Dask cluster.

No disk is shared.  A worker draws from its own checkout into its own renders/, with the caller's
lesson, theme and spoken lines, and sends back the segments that the caller has not got.  If it
dies, Dask gives the part to another one.  The film is put together on the caller's computer.
"""

from __future__ import annotations

import logging
import pickle
import platform
import queue
import re
import shlex
import sys
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cairo
import manimpango

from scenes.maths.lesson.model import Lesson
from scenes.maths.lesson.reader import load_lesson
from scenes.studio import fingerprint, orders, outputs, settings, shooting
from scenes.studio.errors import StudioError
from scenes.studio.orders import Order
from scenes.studio.renderer import UNNAMED
from scenes.studio.shooting import News, Part, Segments
from scenes.words.cache import Utterance
from scenes.words.silent import SilentVoice

_ADDRESS = re.compile(r"(tcp|tls|wss?)://[^/\s]+:\d+")
PATIENCE = 5
"""Seconds within which a scheduler has to answer, and to have a worker."""


@dataclass(frozen=True)
class Script:
    """What a film depends on that a worker cannot know."""

    lesson: Lesson
    voice_name: str
    said: Mapping[str, Utterance]
    """The spoken lines, by beat: a worker takes their times, and needs no voice."""
    known: frozenset[str]
    """The keys of the segments that the caller has."""


@dataclass(frozen=True)
class _Job:
    """A call of :func:`draw` that is made where it is unpickled."""

    part: Part
    script: Script
    topic: str

    def __reduce__(self) -> tuple[Any, ...]:
        path = self.part.path
        packed = pickle.dumps((self.part, self.script))
        return draw, (str(path.relative_to(settings.ROOT)), _sources(path), self.topic, packed)


# -- on the caller's computer


@contextmanager
def workers(address: str) -> Iterator[Cluster]:
    """The workers of the scheduler at this address; StudioError where there are none."""
    allowed = "tcp://HOST:PORT of a running one; start one with: dask scheduler"
    if not _ADDRESS.fullmatch(address):
        raise StudioError(f"--scheduler: {address!r} is no address (allowed: {allowed})")
    try:
        from distributed import Client
    except ImportError:
        extra = shlex.quote(f"{settings.ROOT}[cluster]")
        pip = f"{shlex.quote(sys.executable)} -m pip install -e {extra}"
        raise StudioError(f"--scheduler: needs Dask, the extra 'cluster': {pip}") from None
    for logger in ("distributed", "distributed.client"):
        # What it says in many lines is said here in one.
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except OSError:
        raise StudioError(
            f"--scheduler: no scheduler answers at {address} (allowed: {allowed})"
        ) from None
    with client:
        try:
            client.wait_for_workers(1, PATIENCE)
        except TimeoutError:
            raise StudioError(
                f"--scheduler: {address} has no worker (start some with: dask worker {address} "
                "--nthreads 1)"
            ) from None
        crew = Cluster(len(client.nthreads()), client.get_executor(pure=False))
        client.subscribe_topic(crew.topic, lambda event: crew.news.put(event[1]))
        yield crew


@dataclass
class Cluster:
    """The workers of a cluster, as a crew that draws."""

    size: int
    executor: Executor
    finishes: bool = False
    news: Any = field(default_factory=queue.SimpleQueue)
    topic: str = field(default_factory=lambda: f"films-{uuid.uuid4()}")
    _films: dict[str, tuple[Script, Path]] = field(default_factory=dict)

    def submit(self, order: Order, part: Part) -> Future[Any]:
        if order.name not in self._films:
            self._films[order.name] = _script_of(order)
        script, _ = self._films[order.name]
        part = replace(
            part,
            form=replace(part.form, theme=part.form.ground),
            beats=part.beats or frozenset(script.said),
        )
        job = pickle.dumps(_Job(part, script, self.topic))
        # The scheduler unpickles what it passes on, and has no films: to it, these are bytes.
        return self.executor.submit(pickle.loads, job)

    def take(self, order: Order, drawn: Future[Any]) -> Segments:
        from distributed import KilledWorker

        try:
            segments, files = drawn.result()
        except CancelledError:
            raise StudioError(
                f"{order.name}: the scheduler is gone; what is drawn, stays"
            ) from None
        except KilledWorker as problem:
            times = problem.allowed_failures + 1
            raise StudioError(f"{order.name}: {times} workers died of the same part") from None
        except ModuleNotFoundError as problem:
            raise StudioError(
                f"--scheduler: a worker has {str(problem).lower()} (start it with the project's "
                ".venv/bin/dask)"
            ) from None
        for name, data in files.items():
            outputs.write(self._films[order.name][1] / name, data)
        return dict(segments)


def _script_of(order: Order) -> tuple[Script, Path]:
    """What workers have to be told of a film, and where its segments are kept."""
    given = order.film.lesson
    with order.scene() as scene:
        folder = scene.renderer.file_writer.output_plan.segment_path("any").parent
        script = Script(
            given if isinstance(given, Lesson) else load_lesson(given),
            scene.voice_name,
            {beat.name: scene.utter(beat, line) for beat, line in scene.beat_lines()},
            # Half-products have a dot before their names.
            frozenset(p.stem for p in folder.glob("[!.]*") if not p.stem.startswith(UNNAMED)),
        )
        return script, folder


# -- on both


def _sources(path: Path) -> str:
    """A digest of what draws a film: the same on computers that draw it alike."""
    return fingerprint.digest(_of_all_films(), path.read_bytes() if path.is_file() else b"")


@lru_cache(maxsize=1)
def _of_all_films() -> str:
    """A digest of what was loaded: it is not taken again where a file changes later."""
    files = [settings.MANIM_CFG, *sorted((settings.SCENES / "studio").glob("*.py"))]
    return fingerprint.digest(
        fingerprint.library_digest(),
        [path.read_bytes() for path in files],
        (platform.machine(), cairo.cairo_version_string(), manimpango.pango_version()),
    )


# -- on a worker


def draw(name: str, sources: str, topic: str, packed: bytes) -> tuple[Segments, dict[str, bytes]]:
    """Draw a part of a film; also gives the files of segments that the caller has not got.

    ``packed`` are the part and its script, which another version might not be able to read.
    """
    from distributed import get_worker

    worker = get_worker()
    task, path = worker.get_current_task(), settings.ROOT / name
    if worker.state.nthreads != 1:
        raise StudioError(
            f"{worker.address}: works in {worker.state.nthreads} threads, and films are drawn in "
            "one (dask worker … --nthreads 1)"
        )
    if _sources(path) != sources:
        raise StudioError(
            f"{worker.address}: has not the sources, fonts and versions that are here (give it "
            "the same checkout and make setup, and start it again)"
        )
    part, script = pickle.loads(packed)

    def tell(news: News) -> None:
        state = worker.state.tasks.get(task)
        if state is None or state.state == "cancelled":
            raise StudioError("nobody waits for it any more")
        worker.log_event(topic, news)

    (film,) = (cls for cls in orders.films_in(path) if cls.__name__ == part.film)
    told = {
        "lesson": script.lesson,
        "voice": SilentVoice(),
        "voice_name": script.voice_name,
        "utter": lambda self, beat, line: script.said[beat.name],
    }
    try:
        with part.form.scene(path, type(film.__name__, (film,), told)) as scene:
            scene.renderer.known = script.known
            segments = shooting.draw(scene, part.beats, tell)
            plan = scene.renderer.file_writer.output_plan
            made = {plan.segment_path(key) for key in segments.values() if key not in script.known}
            return segments, {path.name: path.read_bytes() for path in made}
    except OSError as problem:
        raise StudioError(f"{worker.address}: {problem}") from None
