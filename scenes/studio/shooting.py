"""Rendering on all cores: films side by side, and a single film in parts, beat by beat.

A process that draws a part jumps over all other plays.  What it draws goes into the cache of
segments, as always; the film is then put together of the segments, in one jump through it.
"""

from __future__ import annotations

import os
import queue
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

from scenes.studio import orders
from scenes.studio.forms import Form
from scenes.studio.narrated import NarratedScene
from scenes.studio.orders import Order

Segments = dict[int, str]
"""The keys of plays' segments, by the number of the play."""
News = tuple[str, str, int]
"""A film, one of its beats, and how many frames of that are done."""
LITTLE = 1 / 8
"""The share of a film that one process draws as soon as several would."""
_TICK = 0.2
"""Seconds from one look at what is done to the next."""


def _spaced(beat: str) -> str:
    return beat.replace("_", " ")


def cores() -> int:
    """How many processes are of use here."""
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Part:
    """Beats of a film that are drawn in one go; all of it, where ``beats`` is empty."""

    path: Path
    film: str
    form: Form
    beats: frozenset[str] = frozenset()


class Crew(Protocol):
    """Those who draw: processes here, or workers on other computers."""

    size: int
    finishes: bool
    """Whether what draws all of a film makes the finished film, too."""
    news: SimpleQueue[News] | queue.SimpleQueue[News]

    def submit(self, order: Order, part: Part) -> Future[Any]:
        """Have a part of a film drawn."""

    def take(self, order: Order, drawn: Future[Any]) -> Segments:
        """What a part has come to, once it is done; its segments are then in the cache."""


def shoot(
    lengths: Sequence[tuple[Order, Mapping[str, int]]],
    crew: Crew,
    show: Callable[[int, str], None],
) -> Iterator[Order]:
    """Let a crew render films; each film is given back when it is done.

    ``lengths`` has the frames of each film's beats; ``show`` is told the frames done, and where.
    """
    each = -(-crew.size // len(lengths))
    # So that nobody is idle in the end.
    longest_first = sorted(lengths, key=lambda pair: -sum(pair[1].values()))
    waiting = {
        order.name: (
            order,
            [crew.submit(order, part) for part in parts_of(order, frames, each)],
        )
        for order, frames in longest_first
    }
    taken: dict[Future[Any], Segments] = {}
    # By beat: a part that has to be drawn again elsewhere is not counted twice.
    done: dict[tuple[str, str], int] = {}
    while waiting:
        left = [f for _, futures in waiting.values() for f in futures if f not in taken]
        wait(left, _TICK, "FIRST_COMPLETED")
        while not crew.news.empty():
            film, beat, frames_done = crew.news.get()
            done[film, beat] = frames_done
            show(sum(done.values()), f"{film}: {_spaced(beat)}")
        for name, (order, futures) in list(waiting.items()):
            taken |= {f: crew.take(order, f) for f in futures if f.done() and f not in taken}
            if all(future in taken for future in futures):
                del waiting[name]
                if len(futures) > 1 or not crew.finishes:
                    _put_together(order, [taken[future] for future in futures])
                yield order


class _MuchIsNew(Exception):
    pass


def little_is_new(order: Order, show: Callable[[int, str], None]) -> bool:
    """Make a film here and now, in one go, if no more than a few of its beats are new.

    That is where to have others draw would take longer.  It is given up at the second new beat,
    unless those are ``LITTLE`` of the film; what was drawn until then is kept.
    """
    with order.scene() as scene:
        frames = scene.expected_frames()
        new: list[str] = []

        def count(beat: str) -> None:
            new.append(beat)
            if len(new) > 1 and sum(frames[b] for b in new) > LITTLE * sum(frames.values()):
                raise _MuchIsNew

        scene.on_new_beat = count
        scene.on_progress = lambda frame, beat: show(frame, f"{order.name}: {_spaced(beat)}")
        try:
            scene.render()
        except _MuchIsNew:
            return False
    return True


def frames_of(order: Order) -> dict[str, int]:
    """About how many frames each beat of a film has; its lines are spoken for that."""
    with order.scene() as scene:
        return scene.expected_frames()


def parts_of(order: Order, frames: Mapping[str, int], count: int) -> list[Part]:
    """A film cut between beats into so many parts of about equal length, or fewer."""
    part = Part(order.path, order.name, order.form)
    if count == 1:
        return [part]
    total, passed = sum(frames.values()), 0
    groups: list[set[str]] = [set() for _ in range(count)]
    for beat, length in frames.items():
        groups[min(count - 1, int((passed + length / 2) * count / total))].add(beat)
        passed += length
    return [replace(part, beats=frozenset(group)) for group in groups if group]


def _put_together(order: Order, parts: Sequence[Segments]) -> None:
    with order.scene() as scene:
        scene.renderer.segments = {number: key for part in parts for number, key in part.items()}
        scene.render()


def draw(scene: NarratedScene, beats: frozenset[str], tell: Callable[[News], None]) -> Segments:
    """Draw these beats of a film, or all of it and finish it, where there are none."""
    told, frames = 0, Counter[str]()

    def progress(frame: int, beat: str) -> None:
        nonlocal told
        frames[beat] += frame - told
        told = frame
        if not beats or beat in beats:
            tell((type(scene).__name__, beat, frames[beat]))

    scene.on_progress = progress
    scene.renderer.beats = beats
    scene.render()
    return dict(scene.renderer.segments)


# -- on this computer


@contextmanager
def processes(count: int) -> Iterator[Crew]:
    """So many processes, which draw into the cache of segments here."""
    context = get_context("spawn")
    news: SimpleQueue[News] = context.SimpleQueue()
    with ProcessPoolExecutor(count, context, _begin, (news,)) as pool:
        try:
            yield _Processes(count, news, pool)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@dataclass
class _Processes:
    size: int
    news: SimpleQueue[News] | queue.SimpleQueue[News]
    pool: ProcessPoolExecutor
    finishes: bool = True

    def submit(self, order: Order, part: Part) -> Future[Any]:
        del order
        return self.pool.submit(_draw, part)

    def take(self, order: Order, drawn: Future[Any]) -> Segments:
        del order
        segments: Segments = drawn.result()
        return segments


_news: SimpleQueue[News]


def _begin(news: SimpleQueue[News]) -> None:
    global _news
    _news = news
    Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    """Nobody would take what is drawn after the command was killed."""
    parent.join()
    os._exit(1)


def _draw(part: Part) -> Segments:
    """Draw a part of a film, in a process of its own."""
    (film,) = (cls for cls in orders.films_in(part.path) if cls.__name__ == part.film)
    with part.form.scene(part.path, film) as scene:
        return draw(scene, part.beats, _news.put)
