"""What is true of the mountain: heights, slopes and the climb, from the sum of its hills."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from scenes.maths.key import Key
from scenes.maths.lesson.model import Lesson
from scenes.maths.mountain import DIRECTIONS, FEELER, Climb
from scenes.proof.exact import DIGITS, as_sympy, exactly, slope
from scenes.proof.film import Claims, Counts, FilmProof


class RecomputedTerrain:
    """The terrain's height, and what a climber on it meets."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson.terrain
        self._hills = [
            (exactly(h.height), [exactly(c) for c in h.position], exactly(h.width))
            for h in self.lesson.hills
        ]

    def height(self, place: Sequence[Any]) -> Any:
        """The sum of the hills."""
        with mpmath.workdps(DIGITS):
            return sum(
                h
                * mpmath.exp(-sum((p - c) ** 2 for p, c in zip(place, at, strict=True)) / 2 / w**2)
                for h, at, w in self._hills
            )

    def gradient(self, place: Sequence[Any]) -> list[Any]:
        """∇f by central differences."""
        x, y = place
        return [
            slope(lambda u: self.height([u, y]), x),
            slope(lambda u: self.height([x, u]), y),
        ]

    @cached_property
    def path(self) -> list[list[Any]]:
        """The start and the place after each step."""
        with mpmath.workdps(DIGITS):
            places = [[exactly(c) for c in self.lesson.start]]
            alpha = exactly(self.lesson.step_size)
            for _ in range(self.lesson.steps):
                g = self.gradient(places[-1])
                places.append([p + alpha * d for p, d in zip(places[-1], g, strict=True)])
            return places

    @cached_property
    def summits(self) -> list[tuple[Any, list[Any]]]:
        """Height and place of every summit, the highest first: up from each hill's middle."""
        found: list[tuple[Any, list[Any]]] = []
        for _, middle, _ in self._hills:
            place = self._settled(middle)
            if place is not None and all(self._far(place, other) for _, other in found):
                found.append((self.height(place), place))
        return sorted(found, key=lambda pair: -pair[0])

    @staticmethod
    def _far(one: Sequence[Any], other: Sequence[Any]) -> bool:
        return bool(mpmath.hypot(one[0] - other[0], one[1] - other[1]) > 1e-6)

    def _settled(self, start: Sequence[Any]) -> list[Any] | None:
        """The summit above a place: uphill in floats, then to many digits."""
        place = np.array([float(c) for c in start])
        hills = [(float(h), np.array([float(c) for c in at]), float(w)) for h, at, w in self._hills]

        def f(p: Any) -> float:
            return float(sum(h * np.exp(-((p - c) ** 2).sum() / 2 / w**2) for h, c, w in hills))

        reach = 0.2
        while reach > 1e-9:
            ring = [
                place + reach * np.array([np.cos(t), np.sin(t)])
                for t in np.linspace(0, 2 * np.pi, 24, endpoint=False)
            ]
            best = max(ring, key=f)
            if f(best) > f(place):
                place = best
            else:
                reach /= 2
        with mpmath.workdps(DIGITS):
            try:
                root = mpmath.findroot(
                    lambda x, y: self.gradient([x, y]), [mpmath.mpf(float(c)) for c in place]
                )
            except (ValueError, ZeroDivisionError):
                return None
            return [root[0], root[1]]

    @cached_property
    def reached(self) -> int:
        """The rank of the summit at which the climb ends."""
        end = self.path[-1]
        away = [mpmath.hypot(p[0] - end[0], p[1] - end[1]) for _, p in self.summits]
        return away.index(min(away))

    def around(self, i: int, reach: Any) -> list[Any]:
        """A step of that length in direction i."""
        with mpmath.workdps(DIGITS):
            angle = 2 * mpmath.pi * i / DIRECTIONS
            return [reach * mpmath.cos(angle), reach * mpmath.sin(angle)]

    def felt(self, i: int) -> Any:
        """The slope at the start in direction i."""
        with mpmath.workdps(DIGITS):
            start, way = self.path[0], self.around(i, mpmath.mpf(1))
            return slope(
                lambda s: self.height([p + s * d for p, d in zip(start, way, strict=True)]),
                mpmath.mpf(0),
            )

    def gained(self, i: int) -> Any:
        """The height gained from the reached summit in direction i."""
        with mpmath.workdps(DIGITS):
            top, place = self.summits[self.reached]
            way = self.around(i, exactly(FEELER))
            return self.height([p + d for p, d in zip(place, way, strict=True)]) - top

    def steepness(self, place: Sequence[Any]) -> Any:
        """‖∇f‖."""
        with mpmath.workdps(DIGITS):
            return mpmath.hypot(*self.gradient(place))

    def least_slope(self, near: Sequence[float]) -> Any:
        """The least ‖∇f‖ near by, by finer and finer compass steps."""
        place, reach = [mpmath.mpf(float(c)) for c in near], mpmath.mpf("0.02")
        best = self.steepness(place)
        while reach > 1e-7:
            for i in range(DIRECTIONS):
                other = [p + d for p, d in zip(place, self.around(i, reach), strict=True)]
                if (there := self.steepness(other)) < best:
                    place, best = other, there
                    break
            else:
                reach /= 2
        return best

    def __getitem__(self, key: str) -> Any:
        """What the number with this key of scenes.maths.mountain is; None for no such key."""
        simple: dict[str, Callable[[], Any]] = {
            "step_size": lambda: exactly(self.lesson.step_size),
            "steepness": lambda: self.steepness(self.path[0]),
            "feeler": lambda: exactly(FEELER),
        }
        if key in simple:
            return simple[key]()
        parsed = Key.parse(key)
        indexed: dict[str, Callable[..., Any]] = {
            "slope": self.felt,
            "change": self.gained,
            "height": lambda k: self.height(self.path[k]),
            "place": lambda k, c: self.path[k][c],
            "partial": lambda c: self.gradient(self.path[0])[c],
            "summit": lambda k: self.summits[k][0],
        }
        return indexed[parsed.name](*parsed.at) if parsed.name in indexed else None


class Proof(FilmProof):
    """Of MountainAnalogy."""

    named = (
        (r"f", r"height\[\d+\]|summit\[\d+\]"),
        (r"abs\(bold\(nabla f\)\)", r"steepness|least_slope"),
    )
    later = ("least_slope",)
    not_worked_out = (r"C = -f",)  # the definition of the cost of a mountain
    true_of_all = (
        r"The steepest",
        r"The same arrow, the opposite sign",  # the gradient of −f is minus that of f
        r"the line of equal height",
    )

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson)
        self.terrain = RecomputedTerrain(lesson)

    def values(self, key: str, printed: float) -> Iterator[Any]:
        if key == "least_slope":
            yield self.terrain.least_slope([float(c) for c in self.level_place])
        elif (found := self.terrain[key]) is not None:
            yield found

    def meant(self, name: str) -> Any:
        return sp.Matrix(self._gradient) if name == "nabla f" else None

    def partial(self, above: str, below: str) -> Any:
        if above == "f" and below.startswith("x["):
            return self._gradient[Key.parse(below).at[0]]
        return None

    @cached_property
    def _gradient(self) -> list[sp.Float]:
        found = self.terrain.gradient(self.terrain.path[0])
        return [as_sympy(value) for value in found]

    @cached_property
    def level_place(self) -> list[Any]:
        """The nearly level place that the film visits, as the engine chose it."""
        return [mpmath.mpf(float(c)) for c in Climb(self.lesson).level_place]

    # -- what is said

    def counts(self) -> Counts:
        return {
            "directions": lambda: DIRECTIONS,
            "eight": lambda: DIRECTIONS,
            "steps": lambda: self._steps_told,
        }

    def claims(self) -> Claims:
        terrain = self.terrain
        return {
            r"Uphill, a slope is positive; downhill, negative": lambda: (
                max(self._felt) > 0 > min(self._felt)
            ),
            r"The largest of these": lambda: max(self._felt) > 0,
            r"Turn a little further, and it grows": lambda: self._missed > 0,
            r"no way is steeper": lambda: self._missed < 0.05,
            r"Where the ground is steep, steps are long": self._is_longest_where_steepest,
            r"the height goes from": lambda: all(
                low < high for low, high in pairwise(self._heights)
            ),
            r"every direction (leads down|the height gained is negative)": lambda: all(
                terrain.gained(i) < 0 for i in range(DIRECTIONS)
            ),
            r"A summit, but the highest\?|The highest summit is elsewhere": lambda: (
                terrain.reached > 0
            ),
            r"a slope of nearly nothing is not yet a summit": lambda: (
                0 < self._level < 0.1 * max(self._strides)[0]
            ),
            r"still it leads up": self._leads_up,
            r"a slope of nothing is not yet a summit": lambda: self._level < 1e-6,
            r"stands on a lesser one|on a lesser summit|around the highest one": lambda: (
                terrain.summits[terrain.reached][0] < terrain.summits[0][0]
            ),
        }

    @cached_property
    def _felt(self) -> list[Any]:
        return [self.terrain.felt(i) for i in range(DIRECTIONS)]

    @property
    def _missed(self) -> Any:
        """By how much the steepest way of all is steeper than the best of those felt."""
        return self.terrain.steepness(self.terrain.path[0]) - max(self._felt)

    @cached_property
    def _steps_told(self) -> int:
        """Steps until the climber is as good as there: within a fiftieth of the whole way."""
        path = [[float(c) for c in place] for place in self.terrain.path]
        left = [((x - path[-1][0]) ** 2 + (y - path[-1][1]) ** 2) ** 0.5 for x, y in path]
        return next(k for k, rest in enumerate(left) if rest <= 0.02 * left[0])

    @property
    def _heights(self) -> list[Any]:
        return [self.terrain.height(place) for place in self.terrain.path[: self._steps_told + 1]]

    @cached_property
    def _strides(self) -> list[tuple[float, float]]:
        """Slope at a place and length of the step made there."""
        path = [[float(c) for c in place] for place in self.terrain.path]
        steps = [((q[0] - p[0]) ** 2 + (q[1] - p[1]) ** 2) ** 0.5 for p, q in pairwise(path)]
        slopes = [float(self.terrain.steepness(place)) for place in self.terrain.path]
        return list(zip(slopes, steps, strict=False))

    def _is_longest_where_steepest(self) -> bool:
        return max(self._strides)[1] == max(length for _, length in self._strides)

    @cached_property
    def _level(self) -> float:
        """The slope at the place that the film calls level."""
        return float(self.terrain.steepness(self.level_place))

    def _leads_up(self) -> bool:
        """Whether some way leads up from there."""
        place = self.level_place
        ways = [self.terrain.around(i, exactly(0.05)) for i in range(DIRECTIONS)]
        there = [[p + d for p, d in zip(place, way, strict=True)] for way in ways]
        return any(self.terrain.height(p) > self.terrain.height(place) for p in there)
