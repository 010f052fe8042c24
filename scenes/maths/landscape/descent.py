"""Moving on a landscape: one update rule, and where descents on a cost curve come to rest.

Going uphill and downhill, with momentum and without, in one dimension and in two, is done by
`walk` alone.  A walk that overflows ends there: divergence is a result, not an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from scenes.maths.arrays import Array
from scenes.maths.landscape.cost_curve import CostCurve, StationaryPoint


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

    Fewer where a position is no longer finite, or once ten steps on end are shorter than `still`.

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


@dataclass(frozen=True)
class Descent:
    """A descent: its positions, and the minimum or inflection it comes to rest at, if it does."""

    positions: Array
    rest: StationaryPoint | None
    diverged: bool


@dataclass(frozen=True)
class Basin:
    """Starts from `left` to `right` from which descent comes to rest at the same point."""

    left: float
    right: float
    rest: StationaryPoint | None


def descend(
    curve: CostCurve, start: float, step_size: float, momentum: float = 0.0, most: int = 4000
) -> Descent:
    """Descend until at rest, or `most` steps; rest is None where it does not come to rest."""
    width = curve.interval[1] - curve.interval[0]
    near = 1e-6 * width
    positions = walk(curve.slope, start, step_size, most, momentum=momentum, still=1e-12 * width)
    last = np.abs(np.diff(positions[-11:]))
    resting = len(last) > 0 and float(last.max()) < near
    overflown = not resting and len(positions) <= most
    diverged = overflown or bool(abs(positions[-1] - start) > 1e3 * width)
    rest = None
    if resting:
        # Towards an inflection the steps shrink without end, and it is never quite reached.
        reach = {"minimum": near, "maximum": near, "stationary inflection": 1e3 * near}
        here = positions[-1]
        hits = [p for p in curve.stationary_points if abs(here - p.position) < reach[p.kind]]
        rest = hits[0] if hits else None
        away = np.nonzero(np.abs(positions - here) > near)[0]
        positions = positions[: int(away.max(initial=-1)) + 3]
    return Descent(positions, rest, diverged)


def basins(curve: CostCurve, step_size: float, cells: int = 240) -> tuple[Basin, ...]:
    """Basins of attraction of gradient descent, from left to right over the whole interval.

    Borders are found by bisection between neighbouring starts on a grid of `cells`.
    """
    starts = np.linspace(*curve.interval, cells + 1)
    rests = _rests(curve, starts, step_size)
    found, left = [], curve.interval[0]
    for i in range(cells):
        if rests[i] == rests[i + 1]:
            continue
        a, b = float(starts[i]), float(starts[i + 1])
        for _ in range(30):
            middle = (a + b) / 2
            if _rests(curve, np.array([middle]), step_size)[0] == rests[i]:
                a = middle
            else:
                b = middle
        found.append(Basin(left, a, rests[i]))
        left = b
    found.append(Basin(left, curve.interval[1], rests[-1]))
    return tuple(found)


def _rests(
    curve: CostCurve, starts: Array, step_size: float, steps: int = 2000
) -> list[StationaryPoint | None]:
    """The stationary point at which each start ends, None for none; all at once."""
    here = starts.astype(np.float64)
    with np.errstate(all="ignore"):
        for n in range(steps):
            change = step_size * curve.slope(here)
            here = here - change
            if n % 50 == 0 and np.all(~np.isfinite(here) | (np.abs(change) < 1e-13)):
                break
    near = 1e-3 * (curve.interval[1] - curve.interval[0])
    points = curve.stationary_points
    return [next((p for p in points if abs(w - p.position) < near), None) for w in here]
