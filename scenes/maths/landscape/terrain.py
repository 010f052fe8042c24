"""A terrain of hills in two coordinates: height, gradient, summits and saddles, contours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from scenes.maths.arrays import Array
from scenes.maths.landscape import LandscapeError
from scenes.maths.lesson.model import Hill

Spot = Literal["summit", "saddle", "hollow"]


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
