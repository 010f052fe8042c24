"""Local and global minima: descents on the lesson's two cost curves, and every number shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np

from scenes.maths.arrays import Array
from scenes.maths.display.number import Number, integer, measured, stated
from scenes.maths.expression import parse
from scenes.maths.key import key_of
from scenes.maths.landscape.cost_curve import CostCurve, StationaryPoint
from scenes.maths.landscape.descent import Basin, basins, descend, walk
from scenes.maths.lesson.model import HOPS, Lesson

StepName = Literal["too_small", "well_chosen", "zigzag", "divergent"]

STEP_NAMES: tuple[StepName, ...] = ("too_small", "well_chosen", "zigzag", "divergent")
_NEAR = 0.001
"""Share of the interval: steps nearer than this to the end are not shown; it is about a pixel."""


@dataclass(frozen=True)
class Descents:
    """The convex and the non-convex curve of a lesson, and the descents on them."""

    lesson: Lesson

    @cached_property
    def convex(self) -> CostCurve:
        """The curve with one minimum."""
        return CostCurve.from_lesson(self.lesson.curve.convex)

    @cached_property
    def rough(self) -> CostCurve:
        """The curve with several."""
        return CostCurve.from_lesson(self.lesson.curve.nonconvex)

    @property
    def bottom(self) -> StationaryPoint:
        (minimum,) = self.convex.minima
        return minimum

    @property
    def goal(self) -> StationaryPoint:
        """The global minimum of the curve with several."""
        goal = self.rough.global_minimum
        assert goal is not None  # the lesson's reader sees to that
        return goal

    def walks_of_convex(self) -> list[Array]:
        """From each start to the one minimum."""
        given = self.lesson.curve.convex
        return [self._shown(self.convex, w, given.well_chosen) for w in given.starts]

    def step_walk(self, name: StepName) -> Array:
        """The first hops with one of the four step sizes, as far as they stay in the picture."""
        given = self.lesson.curve.convex
        hops = walk(self.convex.slope, given.step_start, getattr(given, name), HOPS)
        low, high = given.interval
        out = np.nonzero((hops < low) | (hops > high))[0]
        return np.asarray(hops[: int(out[0])] if len(out) else hops)

    def lambda_steps(self, name: StepName) -> float:
        """αλ at the convex curve's minimum."""
        return float(getattr(self.lesson.curve.convex, name) * self.bottom.curvature)

    @cached_property
    def walk(self) -> Array:
        """Plain descent from the ball's start on the rough curve."""
        given = self.lesson.curve.nonconvex
        return self._shown(self.rough, given.start, given.step_size)

    @property
    def hops_shrink(self) -> bool:
        """Whether each hop of that descent is shorter than the one before."""
        lengths = np.abs(np.diff(self.walk))
        return bool(np.all(lengths[1:] < lengths[:-1]))

    @property
    def stop(self) -> StationaryPoint:
        """The local minimum at which it ends."""
        return self._nearest(float(self.walk[-1]))

    @cached_property
    def crowd(self) -> list[Array]:
        """Plain descents from starts spread over the whole interval."""
        given = self.lesson.curve.nonconvex
        starts = self.rough.spread(given.crowd)
        return [self._shown(self.rough, float(w), given.step_size) for w in starts]

    @cached_property
    def basins(self) -> tuple[Basin, ...]:
        """The basins of attraction of plain descent on the rough curve."""
        return basins(self.rough, self.lesson.curve.nonconvex.step_size)

    @property
    def arrived(self) -> int:
        """How many of the crowd reach the global minimum."""
        return sum(self.arrivals)

    @property
    def arrivals(self) -> list[bool]:
        """For each of the crowd whether it reaches the global minimum."""
        return self._arrive(self.crowd)

    @cached_property
    def rolling(self) -> Array:
        """The steps with momentum, from the ball's start to its rest."""
        given = self.lesson.curve.nonconvex
        return self._shown(self.rough, given.start, given.step_size, given.momentum)

    @cached_property
    def momentum_works(self) -> bool:
        given = self.lesson.curve.nonconvex
        descent = descend(self.rough, given.start, given.step_size, given.momentum)
        return descent.rest == self.goal

    @cached_property
    def restarts(self) -> list[Array]:
        """Descents from the other starts."""
        given = self.lesson.curve.nonconvex
        return [self._shown(self.rough, w, given.step_size) for w in given.restarts]

    @property
    def restarts_arrived(self) -> int:
        """How many of these reach the global minimum."""
        return sum(self.restart_arrivals)

    @property
    def restart_arrivals(self) -> list[bool]:
        """For each of these whether it reaches the global minimum."""
        return self._arrive(self.restarts)

    def _arrive(self, walks: Sequence[Array]) -> list[bool]:
        return [self._nearest(float(walk[-1])) == self.goal for walk in walks]

    def _nearest(self, w: float) -> StationaryPoint:
        return min(self.rough.stationary_points, key=lambda p: abs(p.position - w))

    @staticmethod
    def _shown(curve: CostCurve, start: float, step_size: float, momentum: float = 0.0) -> Array:
        """The steps of a descent that can be seen: until they are all but at its end."""
        descent = descend(curve, start, step_size, momentum)
        end = descent.rest.position if descent.rest is not None else descent.positions[-1]
        near = _NEAR * (curve.interval[1] - curve.interval[0])
        away = np.nonzero(np.abs(descent.positions - end) > near)[0]
        return np.asarray(descent.positions[: int(away.max(initial=0)) + 2])

    @cached_property
    def kinds(self) -> dict[str, CostCurve]:
        """The simplest curve for each kind of stationary point."""
        examples = {"minimum": "w**2", "maximum": "-w**2", "stationary inflection": "w**3"}
        return {kind: CostCurve(parse(text), (-1.0, 1.0)) for kind, text in examples.items()}

    # What is printed and said.

    def position(self, point: StationaryPoint) -> Number:
        decimals, exact = self.lesson.display.decimals, point.exact
        if exact is None:  # of other curves than polynomials the roots are found in floats
            near = Fraction(point.position).limit_denominator(1000)
            curve = self.convex if point == self.bottom else self.rough
            exact = near if curve.rational(near, 1) == 0 else None
        name = "bottom"
        if point not in self.convex.stationary_points:
            name = key_of("stationary", self.rough.stationary_points.index(point))
        return measured(name, point.position, decimals, exact)

    @property
    def slope(self) -> Number:
        """The slope under the ball at its start."""
        given = self.lesson.curve.nonconvex
        value = float(self.rough.slope(given.start))
        return measured("slope", value, self.lesson.display.decimals)

    @property
    def alpha(self) -> Number:
        return stated("step_size", self.lesson.curve.nonconvex.step_size)

    @property
    def beta(self) -> Number:
        return stated("momentum", self.lesson.curve.nonconvex.momentum)

    def alpha_lambda(self, name: StepName) -> Number:
        """αλ for one of the four step sizes."""
        step = Fraction(repr(float(getattr(self.lesson.curve.convex, name))))
        place = self.bottom.exact
        bend = None if place is None else self.convex.rational(place, 2)
        return measured(
            f"alpha lambda: {name}",
            self.lambda_steps(name),
            self.lesson.display.decimals,
            None if bend is None else step * bend,
        )

    def derivative_at_zero(self, kind: str, order: int) -> Number:
        curve = self.kinds[kind]
        value = curve.derivatives[order].subs(curve.symbol, 0)
        return integer(f"{kind} {order}", int(value))
