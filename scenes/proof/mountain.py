"""What is true of the mountain: heights, slopes and the climb, from the sum of its hills."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import pairwise

import mpmath
import sympy as sp

from scenes.maths.key import Key
from scenes.maths.lesson.model import Lesson, TerrainLesson
from scenes.maths.mountain import DIRECTIONS, FEELER, Climb
from scenes.proof.exact import exactly
from scenes.proof.film import Claims, Counts, FilmProof


def _place(coordinates: Iterable[float]) -> mpmath.matrix:
    return mpmath.matrix([exactly(c) for c in coordinates])


def _around(i: int, reach: float) -> mpmath.matrix:
    """A step of that length in direction i."""
    angle = 2 * mpmath.pi * i / DIRECTIONS
    return reach * mpmath.matrix([mpmath.cos(angle), mpmath.sin(angle)])


def _best_near(
    place: mpmath.matrix, value: Callable[[mpmath.matrix], mpmath.mpf], reach: float, least: float
) -> mpmath.matrix:
    """Where a value is largest near by: uphill in all directions, by ever shorter steps."""
    while reach > least:
        best = max((place + _around(i, reach) for i in range(DIRECTIONS)), key=value)
        if value(best) > value(place):
            place = best
        else:
            reach /= 2
    return place


class RecomputedTerrain:
    """The terrain's height, and what a climber on it meets."""

    def __init__(self, lesson: TerrainLesson) -> None:
        self.lesson = lesson
        self._hills = [
            (exactly(h.height), _place(h.position), exactly(h.width)) for h in lesson.hills
        ]

    def height(self, place: mpmath.matrix) -> mpmath.mpf:
        """The sum of the hills."""
        return mpmath.fsum(
            h * mpmath.exp(-(mpmath.norm(place - middle) ** 2) / 2 / w**2)
            for h, middle, w in self._hills
        )

    def slope(self, place: mpmath.matrix, way: mpmath.matrix) -> mpmath.mpf:
        """The slope in the direction of a way of length 1."""
        return mpmath.diff(lambda s: self.height(place + s * way), 0)

    def gradient(self, place: mpmath.matrix) -> mpmath.matrix:
        """∇f by differences."""
        ways = (mpmath.matrix([1, 0]), mpmath.matrix([0, 1]))
        return mpmath.matrix([self.slope(place, way) for way in ways])

    def steepness(self, place: mpmath.matrix) -> mpmath.mpf:
        """‖∇f‖."""
        return mpmath.norm(self.gradient(place))

    @cached_property
    def path(self) -> list[mpmath.matrix]:
        """The start and the place after each step."""
        places, alpha = [_place(self.lesson.start)], exactly(self.lesson.step_size)
        for _ in range(self.lesson.steps):
            places.append(places[-1] + alpha * self.gradient(places[-1]))
        return places

    @cached_property
    def summits(self) -> list[mpmath.matrix]:
        """Every summit, the highest first: up from each hill's middle."""
        found: list[mpmath.matrix] = []
        for _, middle, _ in self._hills:
            near = _best_near(middle, self.height, 0.2, 1e-9)
            try:
                place = mpmath.findroot(
                    lambda x, y: self.gradient(mpmath.matrix([x, y])), list(near)
                )
            except (ValueError, ZeroDivisionError):
                continue
            if all(mpmath.norm(place - other) > 1e-6 for other in found):
                found.append(place)
        return sorted(found, key=self.height, reverse=True)

    @cached_property
    def reached(self) -> int:
        """The rank of the summit at which the climb ends."""
        away = [mpmath.norm(summit - self.path[-1]) for summit in self.summits]
        return away.index(min(away))

    def felt(self, i: int) -> mpmath.mpf:
        """The slope at the start in direction i."""
        return self.slope(self.path[0], _around(i, 1))

    def gained(self, i: int) -> mpmath.mpf:
        """The height gained from the reached summit in direction i."""
        top = self.summits[self.reached]
        return self.height(top + _around(i, exactly(FEELER))) - self.height(top)


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
        self.terrain = RecomputedTerrain(lesson.terrain)

    def value(self, key: str) -> mpmath.mpf | None:
        terrain, parsed = self.terrain, Key.parse(key)
        known: dict[str, Callable[..., mpmath.mpf]] = {
            "step_size": lambda: exactly(terrain.lesson.step_size),
            "steepness": lambda: terrain.steepness(terrain.path[0]),
            "feeler": lambda: exactly(FEELER),
            "least_slope": lambda: terrain.steepness(self._least_steep),
            "slope": terrain.felt,
            "change": terrain.gained,
            "height": lambda k: terrain.height(terrain.path[k]),
            "place": lambda k, c: terrain.path[k][c],
            "partial": lambda c: self._gradient[c],
            "summit": lambda k: terrain.height(terrain.summits[k]),
        }
        return known[parsed.name](*parsed.at) if parsed.name in known else None

    def meant(self, name: str) -> sp.Matrix | None:
        return sp.Matrix(list(self._gradient)) if name == "nabla f" else None

    def partial(self, above: str, below: str) -> sp.Expr | None:
        if above == "f" and below.startswith("x["):
            return sp.sympify(self._gradient[Key.parse(below).at[0]])
        return None

    @cached_property
    def _gradient(self) -> mpmath.matrix:
        return self.terrain.gradient(self.terrain.path[0])

    @cached_property
    def level_place(self) -> mpmath.matrix:
        """The nearly level place that the film visits, as the engine chose it."""
        return _place(Climb(self.lesson).level_place)

    @cached_property
    def _least_steep(self) -> mpmath.matrix:
        """The least steep place near by."""
        return _best_near(
            self.level_place, lambda place: -self.terrain.steepness(place), 0.02, 1e-7
        )

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
                terrain.height(terrain.summits[terrain.reached])
                < terrain.height(terrain.summits[0])
            ),
        }

    @cached_property
    def _felt(self) -> list[mpmath.mpf]:
        return [self.terrain.felt(i) for i in range(DIRECTIONS)]

    @property
    def _missed(self) -> mpmath.mpf:
        """By how much the steepest way of all is steeper than the best of those felt."""
        return self.terrain.steepness(self.terrain.path[0]) - max(self._felt)

    @cached_property
    def _steps_told(self) -> int:
        """Steps until the climber is as good as there: within a fiftieth of the whole way."""
        left = [mpmath.norm(place - self.terrain.path[-1]) for place in self.terrain.path]
        return next(k for k, rest in enumerate(left) if rest <= 0.02 * left[0])

    @property
    def _heights(self) -> list[mpmath.mpf]:
        return [self.terrain.height(place) for place in self.terrain.path[: self._steps_told + 1]]

    @cached_property
    def _strides(self) -> list[tuple[mpmath.mpf, mpmath.mpf]]:
        """Slope at a place and length of the step made there."""
        steps = pairwise(self.terrain.path)
        return [(self.terrain.steepness(p), mpmath.norm(q - p)) for p, q in steps]

    def _is_longest_where_steepest(self) -> bool:
        return bool(max(self._strides)[1] == max(length for _, length in self._strides))

    @cached_property
    def _level(self) -> mpmath.mpf:
        """The slope at the place that the film calls level."""
        return self.terrain.steepness(self.level_place)

    def _leads_up(self) -> bool:
        """Whether some way leads up from there."""
        height, place = self.terrain.height, self.level_place
        return any(height(place + _around(i, 0.05)) > height(place) for i in range(DIRECTIONS))
