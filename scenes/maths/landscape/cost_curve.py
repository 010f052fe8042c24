"""A cost curve of one parameter: values, derivatives, stationary points, convexity."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
import sympy as sp

from scenes.maths.arrays import Array
from scenes.maths.expression import UnboundedError, bounder, parse
from scenes.maths.landscape import LandscapeError
from scenes.maths.lesson.model import ConvexLesson, NonconvexLesson

Kind = Literal["minimum", "maximum", "stationary inflection"]


@dataclass(frozen=True)
class StationaryPoint:
    """Where f′ = 0.  exact: the position as a fraction, where it is one; curvature: λ = f″."""

    position: float
    value: float
    kind: Kind
    curvature: float
    exact: Fraction | None = None


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

    def _polynomial(self, order: int) -> sp.Poly | None:
        """The derivative of that order, if it is a polynomial whose roots SymPy can isolate."""
        derivative = self.derivatives[order]
        poly = sp.Poly(derivative, self.symbol) if derivative.is_polynomial(self.symbol) else None
        return poly if poly is not None and poly.domain in (sp.ZZ, sp.QQ) else None

    @cached_property
    def stationary_points(self) -> tuple[StationaryPoint, ...]:
        """All points of the interval's inside with f′ = 0, from left to right.

        Of a polynomial they are SymPy's exact roots.  Else the interval is cut until on each
        piece f′ has no root or (f″ ≠ 0) at most one; a piece too narrow to be cut on is a root
        where f′ changes sign, or where it comes within 1e-10 of its size from zero.
        """
        polynomial = self._polynomial(1)
        if polynomial is not None:
            return self._stationary_points_of_polynomial(polynomial)
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
            height, curvature = self.rational(exact), self.rational(exact, 2)
            value = value if height is None else float(height)
            bend = bend if curvature is None else float(curvature)
        return StationaryPoint(position, value, kind, bend, exact)

    def _root_pieces(self) -> list[tuple[float, float]]:
        """Disjoint pieces, from left to right, outside of which f′ has no root."""
        low, high = self.interval
        narrow = 1e-5 * (high - low)
        todo, pieces = [(low, high)], []
        for _ in range(30_000):
            if not todo:
                break
            a, b = todo.pop()
            s = self._range(1, a, b)
            if s[0] > 0 or s[1] < 0:
                continue
            c = self._range(2, a, b)
            if b - a < narrow or c[0] > 0 or c[1] < 0:
                pieces.append((a, b))
                continue
            middle = a + 0.4871 * (b - a)  # not in the middle, where roots like to be
            todo += [(middle, b), (a, middle)]
        else:
            raise LandscapeError("is too intricate for its stationary points to be found")
        return self._joined(pieces, narrow)

    def _range(self, order: int, a: float, b: float) -> tuple[float, float]:
        """Bounds of a derivative from a to b: none where only parts of that can be bounded."""
        try:
            return self._bounds[order]((a, b))
        except UnboundedError:
            return -math.inf, math.inf

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
        polynomial = self._polynomial(2)
        if polynomial is not None:
            return self._polynomial_is_nonnegative(polynomial)
        todo = [self.interval]
        for _ in range(20_000):
            if not todo:
                return True
            a, b = todo.pop()
            low, high = self._range(2, a, b)
            if high < 0:
                return False
            if low < 0:
                middle = (a + b) / 2
                if self._range(2, middle, middle)[1] < 0:
                    return False
                todo += [(a, middle), (middle, b)]
        return None

    def _polynomial_is_nonnegative(self, bend: sp.Poly) -> bool:
        low, high = (sp.Rational(repr(end)) for end in self.interval)
        cuts = [r for r in dict.fromkeys(bend.real_roots()) if low < r < high]
        numbers = [low, *cuts, high]
        return all(bend.eval(sp.Rational((a + b).evalf(20) / 2)) >= 0 for a, b in pairwise(numbers))

    def largest_step(self, minimum: StationaryPoint) -> float:
        """2/λ: gradient descent can settle at the minimum only if 0 < αλ < 2, up to equality."""
        return 2 / minimum.curvature if minimum.curvature > 0 else math.inf

    def spread(self, count: int) -> Array:
        """Starts in the middles of `count` equal parts of the interval, from left to right."""
        left, right = self.interval
        return np.asarray(left + (np.arange(count) + 0.5) * (right - left) / count)


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
