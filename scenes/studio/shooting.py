"""Rendering on all cores: films side by side, and a single film in parts, beat by beat.

A process that draws a part jumps over all other plays.  What it draws goes into the cache of
segments, as always; the film is then put together of the segments, in one jump through it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from scenes.studio import orders
from scenes.studio.forms import Form
from scenes.studio.orders import Order

Segments = dict[int, str]
"""The keys of plays' segments, by the number of the play."""
_TICK = 0.2
"""Seconds from one look at the processes to the next."""


def cores() -> int:
    """How many processes are of use here."""
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Part:
    """Beats of a film that one process draws; all of it, finished, where ``beats`` is empty."""

    path: Path
    film: str
    form: Form
    beats: frozenset[str] = frozenset()


def shoot(
    lengths: Sequence[tuple[Order, Mapping[str, int]]],
    jobs: int,
    show: Callable[[int, str], None],
) -> Iterator[Order]:
    """Render films in so many processes; each film is given back when it is done.

    ``lengths`` has the frames of each film's beats; ``show`` is told the frames done, and where.
    """
    context = get_context("spawn")
    queue: SimpleQueue[tuple[str, int]] = context.SimpleQueue()
    done, each = 0, -(-jobs // len(lengths))

    def look() -> None:
        nonlocal done
        while not queue.empty():
            label, frames = queue.get()
            done += frames
            show(done, label)

    # So that no core is idle in the end.
    longest_first = sorted(lengths, key=lambda pair: -sum(pair[1].values()))
    with ProcessPoolExecutor(jobs, context, _begin, (queue,)) as pool:
        waiting = {
            order.name: (
                order,
                [pool.submit(_draw, part) for part in parts_of(order, frames, each)],
            )
            for order, frames in longest_first
        }
        try:
            while waiting:
                wait([f for _, fs in waiting.values() for f in fs], _TICK, "FIRST_COMPLETED")
                look()
                for name, (order, futures) in list(waiting.items()):
                    if all(future.done() for future in futures):
                        del waiting[name]
                        _put_together(order, futures)
                        yield order
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


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


def _put_together(order: Order, futures: Sequence[Future[Segments]]) -> None:
    segments = {number: key for future in futures for number, key in future.result().items()}
    if len(futures) > 1:
        with order.scene() as scene:
            scene.renderer.segments = segments
            scene.render()


_queue: SimpleQueue[tuple[str, int]]


def _begin(queue: SimpleQueue[tuple[str, int]]) -> None:
    global _queue
    _queue = queue


def _draw(part: Part) -> Segments:
    """Draw a part of a film, in a process of its own."""
    (film,) = (cls for cls in orders.films_in(part.path) if cls.__name__ == part.film)
    with part.form.scene(part.path, film) as scene:
        told = 0

        def tell(frame: int, beat: str) -> None:
            nonlocal told
            if not part.beats or beat in part.beats:
                _queue.put((f"{part.film}: {beat.replace('_', ' ')}", frame - told))
            told = frame

        scene.on_progress = tell
        scene.renderer.beats = part.beats
        scene.render()
        return dict(scene.renderer.segments)
