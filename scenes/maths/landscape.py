"""Landscapes and how one moves on them: a terrain of hills, a cost curve, and one update rule.

Going uphill and downhill, with momentum and without, in one dimension and in two, is done by
`walk` alone.  A walk that overflows ends there: divergence is a result, not an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from scenes.maths.expression import UnboundedError, bounder, parse

if TYPE_CHECKING:
    from scenes.maths.lesson import ConvexLesson, NonconvexLesson, TerrainLesson

Array = NDArray[np.float64]
Kind = Literal["minimum", "maximum", "stationary inflection"]
Spot = Literal["summit", "saddle", "hollow"]


class LandscapeError(ValueError):
    """A landscape whose shape cannot be worked out; the text is one line."""


def walk(
    gradient: Callable[[Array], Array],
    start: float | Sequence[float],
    step_size: float,
    steps: int,
    *,
    momentum: float = 0.0,
    uphill: bool = False,
    still: float = 0.0,
) -> Array:
    """Positions from `start` on, shape (steps + 1, …).

    Fewer where a position is no longer finite, or once ten moves on end are below `still`.

    v ← βv ∓ α∇f(x), x ← x + v: gradient descent (ascent if `uphill`), and with a momentum β
    the heavy ball of Polyak (1964), which starts at rest.
    """
    here = np.asarray(start, dtype=np.float64)
    velocity = np.zeros_like(here)
    sign = 1.0 if uphill else -1.0
    positions = [here]
    small = 0
    with np.errstate(all="ignore"):
        for _ in range(steps):
            velocity = momentum * velocity + sign * step_size * np.asarray(gradient(here))
            here = here + velocity
            if not np.all(np.isfinite(here)):
                break
            positions.append(here)
            small = small + 1 if np.max(np.abs(velocity)) < still else 0
            if small == 10:
                break
    return np.array(positions)


# Two parameters: a terrain.


@dataclass(frozen=True)
class Hill:
    """height · exp(−|x − position|² / (2 width²))."""

    height: float
    position: tuple[float, float]
    width: float


@dataclass(frozen=True)
class CriticalPoint:
    """A place without slope: gradient zero, kind by the signs of the Hessian's eigenvalues."""

    position: tuple[float, float]
    height: float
    kind: Spot


@dataclass(frozen=True)
class Terrain:
    """A sum of Gaussian hills.  A point's two coordinates are the last axis, shape (…, 2)."""

    hills: tuple[Hill, ...]

    @classmethod
    def from_lesson(cls, lesson: TerrainLesson) -> Terrain:
        """The terrain that a lesson states."""
        return cls(lesson.hills)

    @cached_property
    def _centres(self) -> Array:
        return np.array([hill.position for hill in self.hills], dtype=np.float64)

    def _terms(self, point: Array) -> tuple[Array, Array, Array]:
        """Offsets from each hill (…, n, 2), each hill's part of the height (…, n), 1/width² (n)."""
        offsets = np.asarray(point, dtype=np.float64)[..., None, :] - self._centres
        inverse = np.array([hill.width**-2 for hill in self.hills])
        heights = np.array([hill.height for hill in self.hills])
        return offsets, heights * np.exp(-0.5 * inverse * (offsets**2).sum(-1)), inverse

    def value(self, point: Array) -> Array:
        """Height f, shape (…)."""
        return np.asarray(self._terms(point)[1].sum(-1))

    def gradient(self, point: Array) -> Array:
        """∇f, shape (…, 2)."""
        offsets, parts, inverse = self._terms(point)
        return np.asarray(-((parts * inverse)[..., None] * offsets).sum(-2))

    def hessian(self, point: Array) -> Array:
        """Second derivatives, shape (…, 2, 2)."""
        offsets, parts, inverse = self._terms(point)
        outer = offsets[..., :, None] * offsets[..., None, :]
        curvature = inverse[:, None, None] * outer - np.eye(2)
        return np.asarray(((parts * inverse)[..., None, None] * curvature).sum(-3))

    @cached_property
    def critical_points(self) -> tuple[CriticalPoint, ...]:
        """All places without slope, the highest first.

        With hills upwards all of them lie in the box around the hills' centres, since ∇f is a
        positive combination of the directions to the centres.  That none is missing is checked
        by summits − saddles + hollows = 1 (Morse), on finer and finer grids.
        """
        for cells in (60, 120, 240, 480):
            found = self._critical_points(cells)
            kinds = [point.kind for point in found]
            if kinds.count("summit") - kinds.count("saddle") + kinds.count("hollow") == 1:
                return found
        raise LandscapeError("hills whose summits and saddles cannot be told apart")

    def _critical_points(self, cells: int) -> tuple[CriticalPoint, ...]:
        pad = 0.05 * min(hill.width for hill in self.hills)
        low, high = self._centres.min(0) - pad, self._centres.max(0) + pad
        grid = np.stack(
            np.meshgrid(*(np.linspace(low[i], high[i], cells + 1) for i in (0, 1)), indexing="ij"),
            -1,
        )
        slope = self.gradient(grid)
        corners = np.stack([slope[:-1, :-1], slope[1:, :-1], slope[:-1, 1:], slope[1:, 1:]])
        # A cell counts where both parts of the gradient may change sign in it or just beside it.
        spread = np.ptp(corners, axis=0)
        near = (corners.min(0) <= spread) & (corners.max(0) >= -spread)
        seeds = (grid[:-1, :-1] + grid[1:, 1:])[near.all(-1)] / 2
        found: list[CriticalPoint] = []
        for seed in seeds:
            place = self._polished(seed)
            if place is None or np.any(place < low) or np.any(place > high):
                continue
            if any(math.dist(place, other.position) < 1e-6 for other in found):
                continue
            low_bend, high_bend = np.linalg.eigvalsh(self.hessian(place))
            kind: Spot = "summit" if high_bend < 0 else "hollow" if low_bend > 0 else "saddle"
            position = (float(place[0]), float(place[1]))
            found.append(CriticalPoint(position, float(self.value(place)), kind))
        return tuple(sorted(found, key=lambda point: -point.height))

    def _polished(self, seed: Array) -> Array | None:
        """Newton's method on ∇f = 0."""
        place = seed
        for _ in range(40):
            try:
                move = np.asarray(
                    np.linalg.solve(self.hessian(place), self.gradient(place)), np.float64
                )
            except np.linalg.LinAlgError:
                return None
            if not np.all(np.abs(move) < 10):
                return None
            place = place - move
            if np.max(np.abs(move)) < 1e-14 * (1 + np.max(np.abs(place))):
                break
        scale = max(hill.height / hill.width for hill in self.hills)
        return place if np.linalg.norm(self.gradient(place)) < 1e-12 * scale else None

    @property
    def summits(self) -> tuple[CriticalPoint, ...]:
        """The highest first."""
        return tuple(point for point in self.critical_points if point.kind == "summit")

    @property
    def saddles(self) -> tuple[CriticalPoint, ...]:
        """The highest first."""
        return tuple(point for point in self.critical_points if point.kind == "saddle")

    def summit_near(self, point: Array, within: float) -> CriticalPoint | None:
        """The summit not further than `within` from a point, if there is one."""
        nearest = min(self.summits, key=lambda summit: math.dist(summit.position, point))
        return nearest if math.dist(nearest.position, point) <= within else None

    def directional_derivative(self, point: Array, angles: Array) -> Array:
        """Slope in the directions at `angles` (radians from the first axis), shape of `angles`."""
        directions = np.stack([np.cos(angles), np.sin(angles)], -1)
        return np.asarray(directions @ self.gradient(point))

    # Fields for pictures: rows run from the top (largest second coordinate) down.

    def grid(
        self, x: tuple[float, float], y: tuple[float, float], columns: int, rows: int
    ) -> Array:
        """The centres of an image's pixels, shape (rows, columns, 2)."""
        across = x[0] + (np.arange(columns) + 0.5) * (x[1] - x[0]) / columns
        down = y[1] - (np.arange(rows) + 0.5) * (y[1] - y[0]) / rows
        return np.stack(np.meshgrid(across, down), -1)

    def relief(
        self, points: Array, azimuth: float = 315.0, altitude: float = 45.0, steepness: float = 1.0
    ) -> Array:
        """How brightly a lamp lights the ground, 0 to 1, shape (…): hill shading by Lambert's law.

        azimuth: where the lamp stands, in degrees clockwise from north; altitude: above the
        horizon; steepness: factor by which heights are drawn out.
        """
        turn, rise = math.radians(azimuth), math.radians(altitude)
        lamp = (math.sin(turn) * math.cos(rise), math.cos(turn) * math.cos(rise), math.sin(rise))
        slope = steepness * self.gradient(points)
        light = lamp[2] - slope[..., 0] * lamp[0] - slope[..., 1] * lamp[1]
        return np.asarray(np.clip(light / np.sqrt(1 + (slope**2).sum(-1)), 0.0, 1.0))

    def contour_lines(self, points: Array, spacing: float, width: float) -> Array:
        """How much a contour covers each point, 0 to 1, shape (…).

        spacing: of the heights; width: of the drawn line in the map's units, the same at every
        slope, since the height's distance from a level is divided by the slope.
        """
        height = self.value(points)
        off = np.abs(height - spacing * np.round(height / spacing))
        slope = np.linalg.norm(self.gradient(points), axis=-1)
        distance = off / np.maximum(slope, 1e-12)
        cover = np.clip(1.5 - distance / (width / 2), 0.0, 1.0)
        return np.where(np.round(height / spacing) > 0, cover, 0.0)

    def contour(self, through: Array, step: float = 0.02, most: int = 20_000) -> Array:
        """The contour line through a point, followed until it closes; shape (n, 2)."""
        start = np.asarray(through, dtype=np.float64)
        level, here, line = float(self.value(start)), start, [start]
        for n in range(most):
            slope = self.gradient(here)
            size = float(np.linalg.norm(slope))
            if size < 1e-9:
                break
            here = here + step * np.array([-slope[1], slope[0]]) / size
            for _ in range(3):  # back onto the level, along the gradient
                slope = self.gradient(here)
                here = here + (level - self.value(here)) * slope / max(float(slope @ slope), 1e-18)
            if n > 2 and np.linalg.norm(here - start) < 0.75 * step:
                return np.array([*line, start])
            line.append(here)
        return np.array(line)

    # Paths.

    def ascent(self, start: Sequence[float], step_size: float, steps: int) -> Array:
        """x ← x + α∇f(x), shape (steps + 1, 2)."""
        return walk(self.gradient, start, step_size, steps, uphill=True)

    def descent_of_cost(self, start: Sequence[float], step_size: float, steps: int) -> Array:
        """Gradient descent on the landscape turned over, −f: x ← x − α∇(−f)(x)."""
        return walk(lambda x: -self.gradient(x), start, step_size, steps)


# One parameter: a cost curve.


@dataclass(frozen=True)
class StationaryPoint:
    """Where f′ = 0.  exact: the position as a fraction, where it is one; curvature: λ = f″."""

    position: float
    value: float
    kind: Kind
    curvature: float
    exact: Fraction | None = None


@dataclass(frozen=True)
class Descent:
    """A descent: its positions, and the minimum or inflection it comes to rest at, if it does."""

    positions: Array
    step_size: float
    momentum: float
    rest: StationaryPoint | None
    diverged: bool


@dataclass(frozen=True)
class Basin:
    """Starts from `left` to `right` from which descent comes to rest at the same point."""

    left: float
    right: float
    rest: StationaryPoint | None


class CostCurve:
    """f(w) on a closed interval, from an expression in one variable.

    Raises LandscapeError where f may be undefined on the interval.
    """

    def __init__(self, expression: sp.Expr, interval: tuple[float, float]) -> None:
        self.expression, self.interval = expression, interval
        self.symbol: sp.Symbol = next(iter(expression.free_symbols), sp.Symbol("w", real=True))
        self.derivatives: list[sp.Expr] = [expression]
        for _ in range(3):
            self.derivatives.append(sp.diff(self.derivatives[-1], self.symbol))
        self._functions = [_compiled(self.symbol, d) for d in self.derivatives]
        try:
            self._bounds = [bounder(d) for d in self.derivatives]
            for bounds in self._bounds[:3]:
                if not all(math.isfinite(end) for end in _bounded(bounds, interval)):
                    raise LandscapeError("grows beyond all bounds on the interval")
        except UnboundedError as problem:
            raise LandscapeError(f"may not be defined on the whole interval: {problem}") from None

    @classmethod
    def from_lesson(cls, lesson: ConvexLesson | NonconvexLesson) -> CostCurve:
        """The curve that a lesson states."""
        return cls(parse(lesson.expression), lesson.interval)

    def value(self, w: float | Array) -> Array:
        """f(w), of the shape of w; infinite where it overflows."""
        return self._functions[0](w)

    def slope(self, w: float | Array) -> Array:
        """f′(w)."""
        return self._functions[1](w)

    def curvature(self, w: float | Array) -> Array:
        """f″(w)."""
        return self._functions[2](w)

    def rational(self, w: Fraction, order: int = 0) -> Fraction | None:
        """The derivative of that order at a fraction as a fraction, or None if it is not one."""
        value = self.derivatives[order].subs(self.symbol, sp.Rational(w.numerator, w.denominator))
        return Fraction(int(value.p), int(value.q)) if value.is_Rational else None

    @cached_property
    def _polynomial(self) -> sp.Poly | None:
        return (
            sp.Poly(self.derivatives[1], self.symbol)
            if self.derivatives[1].is_polynomial(self.symbol)
            else None
        )

    @cached_property
    def stationary_points(self) -> tuple[StationaryPoint, ...]:
        """All points of the interval's inside with f′ = 0, from left to right.

        Of a polynomial they are SymPy's exact roots.  Else the interval is cut until on each
        piece f′ has no root or (f″ ≠ 0) at most one; a piece too narrow to be cut on is a root
        where f′ changes sign, or where it comes within 1e-10 of its size from zero.
        """
        if self._polynomial is not None:
            return self._stationary_points_of_polynomial(self._polynomial)
        points: list[StationaryPoint] = []
        for left, right in self._root_pieces():
            signs = (np.sign(self.slope(left)), np.sign(self.slope(right)))
            position = self._root(left, right) if signs[0] * signs[1] < 0 else None
            if position is None:
                position = self._touching(left, right)
            if position is None or not self.interval[0] < position < self.interval[1]:
                continue
            if points and position - points[-1].position < 1e-9 * (right - left + 1):
                continue
            points.append(self._point(position, None, (left, right)))
        return tuple(points)

    def _stationary_points_of_polynomial(self, slope: sp.Poly) -> tuple[StationaryPoint, ...]:
        low, high = self.interval
        if slope.is_zero:
            raise LandscapeError("is flat")
        roots = slope.real_roots(multiple=True)
        inside = [r for r in dict.fromkeys(roots) if low < float(r.evalf(30)) < high]
        floats = [float(root.evalf(30)) for root in inside]
        points = []
        for i, (root, position) in enumerate(zip(inside, floats, strict=True)):
            left = floats[i - 1] if i else low
            right = floats[i + 1] if i + 1 < len(floats) else high
            around = ((left + position) / 2, (position + right) / 2)
            exact = Fraction(int(root.p), int(root.q)) if root.is_Rational else None
            points.append(self._point(position, exact, around))
        return tuple(points)

    def _point(
        self, position: float, exact: Fraction | None, around: tuple[float, float]
    ) -> StationaryPoint:
        """Classified by the sign of f′ on its left and on its right, where no other root is."""
        before, after = (float(self.slope(w)) for w in around)
        kind: Kind = "stationary inflection"
        if before < 0 < after:
            kind = "minimum"
        elif after < 0 < before:
            kind = "maximum"
        value, bend = float(self.value(position)), float(self.curvature(position))
        if exact is not None:
            value = float(self.rational(exact) or 0) if self.rational(exact) is not None else value
            bend_exact = self.rational(exact, 2)
            bend = bend if bend_exact is None else float(bend_exact)
        return StationaryPoint(position, value, kind, bend, exact)

    def _root_pieces(self) -> list[tuple[float, float]]:
        """Disjoint pieces, from left to right, outside of which f′ has no root."""
        slope, bend = self._bounds[1], self._bounds[2]
        low, high = self.interval
        narrow = 1e-5 * (high - low)
        todo, pieces = [(low, high)], []
        for _ in range(200_000):
            if not todo:
                break
            a, b = todo.pop()
            s = slope((a, b))
            if s[0] > 0 or s[1] < 0:
                continue
            c = bend((a, b))
            if b - a < narrow or c[0] > 0 or c[1] < 0:
                pieces.append((a, b))
                continue
            middle = a + 0.4871 * (b - a)  # not in the middle, where roots like to be
            todo += [(middle, b), (a, middle)]
        else:
            raise LandscapeError("is too intricate for its stationary points to be found")
        return self._joined(pieces, narrow)

    def _joined(
        self, pieces: list[tuple[float, float]], narrow: float
    ) -> list[tuple[float, float]]:
        """Neighbours joined, and each drawn out a little so that it does not end at a root."""
        joined: list[tuple[float, float]] = []
        for a, b in pieces:
            both_narrow = bool(joined) and max(b - a, joined[-1][1] - joined[-1][0]) < 100 * narrow
            if joined and a <= joined[-1][1] and both_narrow:
                joined[-1] = (joined[-1][0], b)
            else:
                joined.append((a, b))
        out = []
        for i, (a, b) in enumerate(joined):
            before = joined[i - 1][1] if i else self.interval[0]
            after = joined[i + 1][0] if i + 1 < len(joined) else self.interval[1]
            out.append((max(a - narrow, (a + before) / 2), min(b + narrow, (b + after) / 2)))
        return out

    def _root(self, left: float, right: float) -> float:
        """Where f′ changes sign, by bisection to the last bit."""
        rising = float(self.slope(right)) > 0
        while True:
            middle = left + (right - left) / 2
            if middle in (left, right):
                return middle
            here = float(self.slope(middle))
            if here == 0:
                return middle
            if (here > 0) == rising:
                right = middle
            else:
                left = middle

    def _touching(self, left: float, right: float) -> float | None:
        """Where f′ touches zero without a change of sign, as near as floats can tell."""
        trial = np.linspace(left, right, 4001)
        size = np.abs(self.slope(trial))
        scale = float(np.max(np.abs(self.slope(np.linspace(*self.interval, 201)))))
        best = int(np.argmin(size))
        return float(trial[best]) if size[best] <= 1e-10 * scale else None

    @property
    def minima(self) -> tuple[StationaryPoint, ...]:
        """From left to right."""
        return tuple(point for point in self.stationary_points if point.kind == "minimum")

    @property
    def global_minimum(self) -> StationaryPoint | None:
        """The lowest point, or None where an end of the interval is as low."""
        lowest = min(self.minima, key=lambda point: point.value, default=None)
        ends = min(float(self.value(end)) for end in self.interval)
        return lowest if lowest is not None and lowest.value < ends else None

    @cached_property
    def convex(self) -> bool | None:
        """Whether f″ ≥ 0 on the whole interval; None where that can be neither proven nor refuted.

        Proven by SymPy for polynomials (Sturm) and where its assumptions tell, else by bounds.
        """
        bend = self.derivatives[2]
        if bend.is_nonnegative:
            return True
        if bend.is_polynomial(self.symbol):
            return self._polynomial_is_nonnegative(sp.Poly(bend, self.symbol))
        todo = [self.interval]
        for _ in range(20_000):
            if not todo:
                return True
            a, b = todo.pop()
            low, high = self._bounds[2]((a, b))
            if high < 0:
                return False
            if low < 0:
                middle = (a + b) / 2
                if self._bounds[2]((middle, middle))[1] < 0:
                    return False
                todo += [(a, middle), (middle, b)]
        return None

    def _polynomial_is_nonnegative(self, bend: sp.Poly) -> bool:
        low, high = (sp.Rational(repr(end)) for end in self.interval)
        cuts = [r for r in dict.fromkeys(bend.real_roots()) if low < r < high]
        numbers = [low, *cuts, high]
        return all(bend.eval(sp.Rational((a + b).evalf(20) / 2)) >= 0 for a, b in pairwise(numbers))

    # Descent.

    def largest_step(self, minimum: StationaryPoint) -> float:
        """2/λ: gradient descent can settle at the minimum only if 0 < αλ < 2, up to equality."""
        return 2 / minimum.curvature if minimum.curvature > 0 else math.inf

    def descend(
        self, start: float, step_size: float, momentum: float = 0.0, most: int = 4000
    ) -> Descent:
        """Descend until at rest, or `most` steps; rest is None where it does not come to rest."""
        width = self.interval[1] - self.interval[0]
        near = 1e-6 * width
        positions = walk(
            lambda w: self.slope(w),
            start,
            step_size,
            most,
            momentum=momentum,
            still=1e-12 * width,
        )
        moves = np.abs(np.diff(positions[-11:]))
        resting = len(moves) > 0 and float(moves.max()) < near
        overflown = not resting and len(positions) <= most
        diverged = overflown or bool(abs(positions[-1] - start) > 1e3 * width)
        rest = None
        if resting:
            # Towards an inflection the steps shrink without end, and it is never quite reached.
            reach = {"minimum": near, "maximum": near, "stationary inflection": 1e3 * near}
            here = positions[-1]
            hits = [p for p in self.stationary_points if abs(here - p.position) < reach[p.kind]]
            rest = hits[0] if hits else None
            away = np.nonzero(np.abs(positions - here) > near)[0]
            positions = positions[: int(away.max(initial=-1)) + 3]
        return Descent(positions, step_size, momentum, rest, diverged)

    def hops(self, start: float, step_size: float, steps: int, momentum: float = 0.0) -> Array:
        """The first positions of a descent, shape (steps + 1), fewer where it overflows."""
        return walk(lambda w: self.slope(float(w)), start, step_size, steps, momentum=momentum)

    def spread(self, count: int) -> Array:
        """Starts in the middles of `count` equal parts of the interval, from left to right."""
        left, right = self.interval
        return np.asarray(left + (np.arange(count) + 0.5) * (right - left) / count)

    def restart(self, starts: Sequence[float], step_size: float) -> tuple[Descent, ...]:
        """A descent from each start; the lowest rest is the one to keep."""
        return tuple(self.descend(start, step_size) for start in starts)

    def basins(self, step_size: float, cells: int = 240) -> tuple[Basin, ...]:
        """Basins of attraction of gradient descent, from left to right over the whole interval.

        Borders are found by bisection between neighbouring starts on a grid of `cells`.
        """
        starts = np.linspace(*self.interval, cells + 1)
        rests = self._rests(starts, step_size)
        basins, left = [], self.interval[0]
        for i in range(cells):
            if rests[i] == rests[i + 1]:
                continue
            a, b = float(starts[i]), float(starts[i + 1])
            for _ in range(30):
                middle = (a + b) / 2
                if self._rests(np.array([middle]), step_size)[0] == rests[i]:
                    a = middle
                else:
                    b = middle
            basins.append(Basin(left, a, self._named(rests[i])))
            left = b
        basins.append(Basin(left, self.interval[1], self._named(rests[-1])))
        return tuple(basins)

    def _named(self, index: int) -> StationaryPoint | None:
        return None if index < 0 else self.stationary_points[index]

    def _rests(self, starts: Array, step_size: float, steps: int = 2000) -> list[int]:
        """The index of the stationary point at which each start ends, −1 for none; all at once."""
        here = starts.astype(np.float64)
        with np.errstate(all="ignore"):
            for n in range(steps):
                move = step_size * self.slope(here)
                here = here - move
                if n % 50 == 0 and np.all(~np.isfinite(here) | (np.abs(move) < 1e-13)):
                    break
        rests = []
        near = 1e-3 * (self.interval[1] - self.interval[0])
        for w in here:
            hits = [i for i, p in enumerate(self.stationary_points) if abs(w - p.position) < near]
            rests.append(hits[0] if hits else -1)
        return rests


def _compiled(symbol: sp.Symbol, expression: sp.Expr) -> Callable[[float | Array], Array]:
    function = sp.lambdify(symbol, expression, "numpy")

    def of(w: float | Array) -> Array:
        w = np.asarray(w, dtype=np.float64)
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(function(w), dtype=np.float64), w.shape)

    return of


def _bounded(
    bounds: Callable[[tuple[float, float]], tuple[float, float]],
    interval: tuple[float, float],
    pieces: int = 64,
) -> tuple[float, float]:
    """Bounds over the interval cut into pieces, which are tighter than over the whole."""
    cuts = np.linspace(*interval, pieces + 1)
    parts = [bounds((float(a), float(b))) for a, b in pairwise(cuts)]
    return min(low for low, _ in parts), max(high for _, high in parts)
