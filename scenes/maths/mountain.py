"""The mountain: what is felt at the start, each step of the climb, and every number shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scenes.maths.arrays import Array
from scenes.maths.display.number import Number, measured, stated
from scenes.maths.key import key_of
from scenes.maths.landscape.descent import walk
from scenes.maths.landscape.terrain import CriticalPoint, Terrain
from scenes.maths.lesson.model import MAP, Lesson

DIRECTIONS = 8
"""Directions in which the climber feels the ground, evenly around, the first along the axis x₁."""
FEELER = 0.5
"""How far from the summit the ground is felt, in the map's units."""
_NEARLY = 0.02
"""Of the way: steps that come nearer than this to the end are not shown one by one."""


@dataclass(frozen=True)
class Climb:
    """Gradient ascent on a lesson's terrain, from its start to the summit where it ends."""

    lesson: Lesson

    @cached_property
    def terrain(self) -> Terrain:
        return Terrain(self.lesson.terrain.hills)

    @cached_property
    def path(self) -> Array:
        """Places from the start to the first that is as good as the summit, shape (n + 1, 2)."""
        given = self.lesson.terrain
        whole = walk(self.terrain.gradient, given.start, given.step_size, given.steps, uphill=True)
        left = np.linalg.norm(whole - whole[-1], axis=1)
        near = np.nonzero(left <= _NEARLY * left[0])[0]
        return np.asarray(whole[: int(near[0]) + 1])

    @property
    def steps(self) -> int:
        return len(self.path) - 1

    @cached_property
    def reached(self) -> CriticalPoint:
        """The summit at the path's end."""
        return min(
            self.terrain.summits, key=lambda s: float(np.hypot(*(s.position - self.path[-1])))
        )

    @property
    def highest(self) -> CriticalPoint:
        """The summit that the climber does not know of."""
        return self.terrain.summits[0]

    @property
    def angles(self) -> Array:
        """The felt directions, in radians from the axis x₁."""
        return np.asarray(2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS)

    @cached_property
    def slopes(self) -> Array:
        """Directional derivatives at the start, one for each direction."""
        return self.terrain.directional_derivative(self.path[0], self.angles)

    @property
    def steepest(self) -> int:
        """The direction of the largest felt slope."""
        return int(np.argmax(self.slopes))

    @cached_property
    def gradient(self) -> Array:
        """∇f at the start."""
        return self.terrain.gradient(self.path[0])

    def lens_reach(self, sight: float) -> float:
        """How much ground a lens shows, so that the first step in it is neither tiny nor too long.

        It is the ground that can be felt, ``sight``, wherever that will do.
        """
        step = float(np.hypot(*(self.path[1] - self.path[0])))
        return float(np.clip(sight, step / 0.7, step / 0.12))

    @property
    def steepest_place(self) -> Array:
        """The place of the path where the ground is steepest, if possible not near the map's edge,
        so that an arrow has room on both sides."""
        low, high = np.array(MAP).T
        room = np.minimum(self.path - low, high - self.path).min(axis=1)
        steepness = np.linalg.norm(self.terrain.gradient(self.path), axis=-1)
        return np.asarray(self.path[int(np.argmax(np.where(room >= 1, 1.0, 1e-6) * steepness))])

    @property
    def bearing(self) -> float:
        """Direction of ∇f at the start, in radians from the axis x₁."""
        return float(np.arctan2(self.gradient[1], self.gradient[0]))

    @cached_property
    def changes(self) -> Array:
        """Height gained at the distance FEELER from the reached summit, for each direction."""
        ring = FEELER * np.stack([np.cos(self.angles), np.sin(self.angles)], -1)
        return self.terrain.value(self.reached.position + ring) - self.reached.height

    @cached_property
    def plateau(self) -> Array | None:
        """A place where the slope is least though no summit is near, if the terrain has one.

        Least slope: a local minimum of ‖∇f‖ where ∇f is not zero.  It counts as a plateau below a
        tenth of the climb's steepest slope, on ground at least a fifth as high as the highest.
        """
        steep = float(np.linalg.norm(self.terrain.gradient(self.path), axis=1).max())
        found = [
            (float(np.linalg.norm(self.terrain.gradient(place))), place)
            for place in self._least_slopes()
            if all(np.hypot(*(place - p.position)) > 0.3 for p in self.terrain.critical_points)
            and self.terrain.value(place) > 0.2 * self.highest.height
        ]
        found = [(slope, place) for slope, place in found if 0 < slope < 0.1 * steep]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    @property
    def level_place(self) -> Array:
        """Nearly level ground that is no summit: the plateau, or the highest pass."""
        if self.plateau is not None:
            return self.plateau
        return np.array(self.terrain.saddles[0].position)

    @property
    def ways_up(self) -> list[float]:
        """Directions in which the ground rises from the level place, in radians from x₁."""
        if self.plateau is not None:
            slope = self.terrain.gradient(self.plateau)
            return [float(np.arctan2(slope[1], slope[0]))]
        bend, ways = np.linalg.eigh(self.terrain.hessian(self.level_place))
        angle = float(np.arctan2(*ways[::-1, int(np.argmax(bend))]))
        return [angle, angle + np.pi]

    def _least_slopes(self) -> list[Array]:
        centres = np.array([hill.position for hill in self.lesson.terrain.hills])
        low, high = centres.min(0), centres.max(0)
        axes = [np.linspace(low[i], high[i], 161) for i in (0, 1)]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
        slope = np.linalg.norm(self.terrain.gradient(grid), axis=-1)
        inner = slope[1:-1, 1:-1]
        ring = [(i, j) for i in (0, 1, 2) for j in (0, 1, 2) if (i, j) != (1, 1)]
        lowest = np.all([inner <= slope[i : i + 159, j : j + 159] for i, j in ring], axis=0)
        return [self._settled(place) for place in grid[1:-1, 1:-1][lowest]]

    def _settled(self, place: Array) -> Array:
        """The place of least slope near by, on finer and finer grids."""
        reach = 0.05
        for _ in range(12):
            shifts = np.linspace(-reach, reach, 9)
            near = place + np.stack(np.meshgrid(shifts, shifts), -1)
            slope = np.linalg.norm(self.terrain.gradient(near), axis=-1)
            place = near[np.unravel_index(int(np.argmin(slope)), slope.shape)]
            reach /= 2
        return np.asarray(place)

    # What is printed and said.

    @property
    def _decimals(self) -> int:
        return self.lesson.display.decimals

    @property
    def alpha(self) -> Number:
        return stated("step_size", self.lesson.terrain.step_size)

    def slope(self, i: int) -> Number:
        """Slope in direction i at the start."""
        return measured(key_of("slope", i), float(self.slopes[i]), self._decimals)

    @property
    def steepness(self) -> Number:
        """‖∇f‖ at the start, the slope in the steepest direction."""
        return measured("steepness", float(np.linalg.norm(self.gradient)), self._decimals)

    @cached_property
    def _step_decimals(self) -> int:
        """As few as let the first step be worked out by hand from what is printed."""
        most = self.lesson.display.most_decimals
        for decimals in range(self._decimals, most):
            alpha = float(self.alpha.printed)
            by_hand = [
                round(float(old.printed) + alpha * float(slope.printed), decimals)
                for old, slope in zip(self._olds(), self._partials(decimals), strict=True)
            ]
            shown = [float(place.printed) for place in self._news(decimals)]
            if np.allclose(by_hand, shown, atol=1e-9, rtol=0):
                return decimals
        return most

    def _olds(self) -> list[Number]:
        return [stated(key_of("place", 0, k), self.lesson.terrain.start[k]) for k in (0, 1)]

    def _partials(self, decimals: int) -> list[Number]:
        return [measured(key_of("partial", k), float(self.gradient[k]), decimals) for k in (0, 1)]

    def _news(self, decimals: int) -> list[Number]:
        return [measured(key_of("place", 1, k), float(self.path[1][k]), decimals) for k in (0, 1)]

    @property
    def partials(self) -> list[Number]:
        """∂f/∂x₁ and ∂f/∂x₂ at the start."""
        return self._partials(self._step_decimals)

    @property
    def first_step(self) -> tuple[list[Number], list[Number], list[Number]]:
        """The start, the gradient there, and the place after one step, two numbers each."""
        return self._olds(), self.partials, self._news(self._step_decimals)

    def height(self, k: int) -> Number:
        return measured(
            key_of("height", k), float(self.terrain.value(self.path[k])), self._decimals
        )

    def summit_height(self, summit: CriticalPoint) -> Number:
        rank = self.terrain.summits.index(summit)
        return measured(key_of("summit", rank), summit.height, self._decimals)

    def change(self, i: int) -> Number:
        """Height gained from the summit in direction i."""
        return measured(key_of("change", i), float(self.changes[i]), self._decimals)

    @property
    def least_slope(self) -> Number | None:
        """‖∇f‖ on the plateau, with as many decimals as show that it is not zero."""
        if self.plateau is None:
            return None
        value = float(np.linalg.norm(self.terrain.gradient(self.plateau)))
        decimals = max(self._decimals, int(np.ceil(-np.log10(value))))
        return measured("least_slope", value, decimals)
