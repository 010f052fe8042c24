"""What is true of the cost curves and of the descents on them, from their expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from itertools import pairwise

import mpmath
import numpy as np
import sympy as sp

from scenes.maths.expression import parse
from scenes.maths.key import Key
from scenes.maths.lesson.model import ConvexLesson, Lesson, NonconvexLesson
from scenes.maths.minima import STEP_NAMES
from scenes.proof.exact import exactly
from scenes.proof.film import Claims, Counts, FilmProof

_W = sp.Symbol("w")


class RecomputedCurve:
    """A cost curve of one parameter."""

    def __init__(self, lesson: ConvexLesson | NonconvexLesson) -> None:
        self.interval = lesson.interval
        expression = parse(lesson.expression)
        (symbol,) = expression.free_symbols
        self.expression = expression.subs(symbol, _W)
        self.value = sp.lambdify(_W, self.expression, "mpmath")
        self._few = sp.lambdify(_W, self.expression, "numpy")

    def slope(self, w: mpmath.mpf, order: int = 1) -> mpmath.mpf:
        """A derivative of C by differences."""
        return mpmath.diff(self.value, w, order)

    @cached_property
    def level_places(self) -> list[mpmath.mpf]:
        """Where the slope is zero inside the interval, from left to right."""
        low, high = self.interval
        grid = np.linspace(low, high, 4001)
        with np.errstate(all="ignore"):
            slopes = np.array([self.slope_in_floats(w) for w in grid])
        found: list[mpmath.mpf] = []
        for k, (a, b) in enumerate(pairwise(slopes)):
            touches = k > 0 and abs(a) < abs(slopes[k - 1]) and abs(a) <= abs(b) and abs(a) < 1e-4
            if a * b < 0 or touches:
                found += self._root(float(grid[k]), float(grid[k + 1]))
        return [w for k, w in enumerate(found) if all(abs(w - v) > 1e-6 for v in found[:k])]

    def _root(self, left: float, right: float) -> list[mpmath.mpf]:
        try:
            root = mpmath.findroot(self.slope, (left, right))
        except (ValueError, ZeroDivisionError):
            return []
        return [root] if self.interval[0] < root < self.interval[1] else []

    def slope_in_floats(self, w: float) -> float:
        """C′(w), good to some eight digits."""
        return float(self._few(w + 1e-6) - self._few(w - 1e-6)) / 2e-6

    def kind(self, w: mpmath.mpf) -> str:
        """What a level place is: by the values beside it."""
        step = mpmath.mpf("1e-3")
        here, left, right = self.value(w), self.value(w - step), self.value(w + step)
        if left > here < right:
            return "minimum"
        return "maximum" if left < here > right else "stationary inflection"

    @cached_property
    def minima(self) -> list[mpmath.mpf]:
        """Its minima inside the interval, from left to right."""
        return [w for w in self.level_places if self.kind(w) == "minimum"]

    @cached_property
    def goal(self) -> mpmath.mpf:
        """The deepest of them."""
        return min(self.minima, key=self.value)

    def rest(self, start: float, step_size: float, momentum: float = 0.0) -> mpmath.mpf | None:
        """The minimum at which descent ends, in floats; None where it ends at none."""
        w, speed = float(start), 0.0
        for _ in range(200_000):
            speed = momentum * speed - step_size * self.slope_in_floats(w)
            w += speed
            if not np.isfinite(w) or abs(w) > 1e6:
                return None
            if abs(speed) < 1e-9 and abs(self.slope_in_floats(w)) < 1e-6:
                break
        return next((m for m in self.minima if abs(m - w) < 1e-3), None)


EXAMPLES = {"minimum": (2, 1), "maximum": (2, -1), "stationary inflection": (3, 1)}
"""Power and sign of the simplest curve of each kind."""


class Proof(FilmProof):
    """Of LocalVersusGlobalMinima."""

    named = (
        (r"w", r"bottom|stationary\[\d+\]"),
        (r"C'\(w\)", r"slope"),
        (r"alpha", r"step_size"),
        (r"alpha lambda", r"alpha lambda: \w+"),
        (r"beta", r"momentum"),
        (r"f''", r"[a-z ]+ 2"),
        (r"f'''", r"[a-z ]+ 3"),
    )
    not_worked_out = (
        r"lambda = C''",  # a definition
        r"0 < alpha lambda < 2",  # by SymPy; its ends are compared where they stand alone
    )
    true_of_all = (
        r"against the slope",
        r"their count in the deepest",  # what is counted; the count itself is checked
    )

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson)
        self.convex = RecomputedCurve(lesson.curve.convex)
        self.rough = RecomputedCurve(lesson.curve.nonconvex)
        self.given = lesson.curve.nonconvex

    def values(self, key: str, printed: float) -> Sequence[mpmath.mpf]:
        if key == "step bound":
            return (mpmath.mpf(0), mpmath.mpf(2))
        return super().values(key, printed)

    def value(self, key: str) -> mpmath.mpf | None:
        simple: dict[str, Callable[[], mpmath.mpf]] = {
            "bottom": lambda: self.convex.goal,
            "slope": lambda: self._slope,
            "step_size": lambda: exactly(self.given.step_size),
            "momentum": lambda: exactly(self.given.momentum),
            "crowd: arrived": lambda: self._crowd_arrived,
            "crowd: all": lambda: self.given.crowd,
            "restarts: arrived": lambda: self._restarts_arrived,
            "restarts: all": lambda: len(self.given.restarts),
            **{f"alpha lambda: {step}": partial(self._bend, step) for step in STEP_NAMES},
        }
        if key in simple:
            return simple[key]()
        parsed = Key.parse(key)
        if parsed.name == "stationary":
            return dict(enumerate(self.rough.level_places)).get(*parsed.at)
        kind, _, order = key.rpartition(" ")
        if kind in EXAMPLES and order.isdigit():
            power, sign = EXAMPLES[kind]
            return mpmath.diff(lambda w: sign * w**power, 0, int(order))
        return None

    def curves(self) -> Sequence[sp.Expr]:
        return [curve.expression for curve in (self.convex, self.rough)]

    def examples(self) -> Sequence[sp.Expr]:
        return [sign * _W**power for power, sign in EXAMPLES.values()]

    @cached_property
    def _slope(self) -> mpmath.mpf:
        """The slope where the ball starts."""
        return self.rough.slope(exactly(self.given.start))

    def _bend(self, step: str) -> mpmath.mpf:
        """The step size of that name times the curvature at the bottom."""
        size = exactly(getattr(self.lesson.curve.convex, step))
        return size * self.convex.slope(self.convex.goal, 2)

    def _rest(self, start: float, momentum: float = 0.0) -> mpmath.mpf | None:
        """The minimum of the curve with several of them at which descent ends."""
        return self.rough.rest(start, self.given.step_size, momentum)

    @cached_property
    def _crowd_arrived(self) -> int:
        """How many of the crowd end in the global minimum."""
        low, high = self.given.interval
        width = (high - low) / self.given.crowd
        starts = [low + (k + 0.5) * width for k in range(self.given.crowd)]
        return sum(self._rest(w) == self.rough.goal for w in starts)

    @cached_property
    def _restarts_arrived(self) -> int:
        """How many of the new starts end there."""
        return [self._rest(w) for w in self.given.restarts].count(self.rough.goal)

    @cached_property
    def _stop(self) -> mpmath.mpf | None:
        """Where plain descent from the ball's start ends."""
        return self._rest(self.given.start)

    @cached_property
    def _rolled(self) -> mpmath.mpf | None:
        """Where descent with momentum from there ends."""
        return self._rest(self.given.start, self.given.momentum)

    # -- what is said

    def counts(self) -> Counts:
        return {
            "starts": lambda: len(self.lesson.curve.convex.starts),
            "crowd": lambda: self.given.crowd,
            "arrived": lambda: self._crowd_arrived,
            "places": lambda: len(self.given.restarts),
            "good_count": lambda: self._restarts_arrived,
        }

    def claims(self) -> Claims:
        smooth, rough, given = self.convex, self.rough, self.lesson.curve.convex
        return {
            r"It is convex: one valley": lambda: (
                len(smooth.level_places) == len(smooth.minima) == 1
            ),
            r"descent ends in the same place": lambda: all(
                smooth.rest(w, given.well_chosen) == smooth.goal for w in given.starts
            ),
            r"Most costs have more than one valley": lambda: len(rough.minima) > 1,
            r"It is positive, so the cost falls to the left": lambda: self._slope > 0,
            r"It is negative, so the cost falls to the right": lambda: self._slope < 0,
            r"ever shorter": self._hops_shrink,
            r"[Tt]he deepest valley is elsewhere": lambda: (
                self._stop is not None and self._stop != rough.goal
            ),
            r"of them in the deepest, the global minimum": lambda: (
                0 < self._crowd_arrived < self.given.crowd
            ),
            r"Too small, it takes long": lambda: 0 < self._bend("too_small") < 0.35,
            r"Well chosen": lambda: 0.35 < self._bend("well_chosen") < 1.4,
            r"Zigzag": lambda: 1 < self._bend("zigzag") < 2,
            r"Too large, it flies away": lambda: 2 < self._bend("divergent") < 100,
            r"rolls on until it ends in the global minimum": lambda: self._rolled == rough.goal,
            r"not enough: it ends in a local minimum again": lambda: (
                self._rolled is not None and self._rolled != rough.goal
            ),
            r"all of them end in a local minimum": lambda: self._restarts_arrived == 0,
            r"of them ends? in the global minimum": lambda: self._restarts_arrived > 0,
        }

    def _hops_shrink(self) -> bool:
        """Each hop of the blue ball is shorter than the one before."""
        w, hops = self.given.start, []
        for _ in range(25):
            hops.append(self.given.step_size * self.rough.slope_in_floats(w))
            w -= hops[-1]
        return all(abs(b) < abs(a) or abs(b) < 1e-6 for a, b in pairwise(hops))
