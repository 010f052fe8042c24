"""A lesson: every number the films start from.  It is read by scenes.maths.lesson.reader."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

MAP = ((-4.0, 4.0), (-3.0, 3.0))
"""The terrain's extent, west to east and south to north."""
HOPS = 12
"""Hops that the films show when they compare step sizes."""


class LessonError(ValueError):
    """A lesson that cannot be used; `str(error)` is one line fit for the terminal."""


@dataclass(frozen=True)
class NetworkLesson:
    """The network and its one training example; weights[l][j][k] goes into j and comes from k."""

    layers: tuple[int, ...]
    activation: str
    weights: tuple[tuple[tuple[float, ...], ...], ...]
    biases: tuple[tuple[float, ...], ...]
    input: tuple[float, ...]
    target: tuple[float, ...]
    learning_rate: float


@dataclass(frozen=True)
class Hill:
    """height · exp(−|x − position|² / (2 width²))."""

    height: float
    position: tuple[float, float]
    width: float


@dataclass(frozen=True)
class TerrainLesson:
    """A terrain of hills on the map, and a climber's steps x ← x + α∇f(x)."""

    hills: tuple[Hill, ...]
    start: tuple[float, float]
    step_size: float
    steps: int


@dataclass(frozen=True)
class ConvexLesson:
    """A convex cost curve; four step sizes to be tried from `step_start`."""

    expression: str
    interval: tuple[float, float]
    starts: tuple[float, ...]
    step_start: float
    too_small: float
    well_chosen: float
    zigzag: float
    divergent: float


@dataclass(frozen=True)
class NonconvexLesson:
    """A cost curve of several minima; `crowd` starts are spread evenly over the interval."""

    expression: str
    interval: tuple[float, float]
    start: float
    step_size: float
    crowd: int
    momentum: float
    restarts: tuple[float, ...]


@dataclass(frozen=True)
class CurveLesson:
    """The two cost curves."""

    convex: ConvexLesson
    nonconvex: NonconvexLesson


@dataclass(frozen=True)
class ChainLesson:
    """Sizes of the vectors that a chain of Jacobians leads through; the last is the cost, 1."""

    sizes: tuple[int, ...]


@dataclass(frozen=True)
class DisplayLesson:
    """Decimals shown for computed numbers: the usual count, and the limit where more are needed."""

    decimals: int
    most_decimals: int


@dataclass(frozen=True)
class VoiceLesson:
    """Who speaks: a voice's name, or a file or folder beside the lesson; and words a minute."""

    name: str = "hibari"
    pace: float = 150.0


@dataclass(frozen=True)
class Lesson:
    """A checked lesson and the file it came from."""

    source: Path
    network: NetworkLesson
    display: DisplayLesson
    terrain: TerrainLesson
    curve: CurveLesson
    chain: ChainLesson
    voice: VoiceLesson

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the lesson says; comments, spacing and the file's place do not count.

        Nor does the voice: it speaks for itself, wherever what it changes is compared.
        """
        content = asdict(self)
        del content["source"], content["voice"]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
