"""A landscape seen in perspective: the land as a raster, the camera, and what a ray meets.

A vertical plane through the eye cuts the land in a profile.  Along it, a ray that rises by the
angle θ meets the ground where the profile first reaches θ, and the running maximum of the
profile's angles tells where that is, for any heading and tilt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import atan2, cos, hypot, pi, sin, tan
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scenes.maths.arrays import Array

Floats: TypeAlias = NDArray[np.floating[Any]]
"""Of a picture's many pixels: single precision will do."""


_CELLS = 800
"""Cells of the land's raster along its longer side."""
_HIGHEST, _STEEPEST = 1.7, 1.25
"""The drawn land: the height of its top in the map's units, and its slope, at most."""
_GULLIES = 0.078, 0.026
"""Depths of gullies, wide and narrow."""
_SEA = -0.3, 1.35
"""Where the fog's top is when there is none and when all is in it, in heights of the peak."""
_FAR, _SLICES = 70.0, 420
"""How far a ray is followed, in the map's units, and at how many distances."""


class Field(Protocol):
    """Heights over two coordinates, which are the last axis of a point."""

    def value(self, point: Array) -> Array: ...

    def gradient(self, point: Array) -> Array: ...


def bilinear(raster: Floats, column: Floats, row: Floats) -> Floats:
    """A raster's values, shape (n, …), at places between its nodes; outside it, its border's."""
    rows, columns = raster.shape[:2]
    column = np.clip(column, 0, columns - 1.001)
    row = np.clip(row, 0, rows - 1.001)
    i, j = row.astype(np.int32), column.astype(np.int32)
    shape = (-1,) + (1,) * (raster.ndim - 2)
    down, right = (row - i).reshape(shape), (column - j).reshape(shape)
    flat, k = raster.reshape(rows * columns, *raster.shape[2:]), i * columns + j
    upper = flat[k] + right * (flat[k + 1] - flat[k])
    lower = flat[k + columns] + right * (flat[k + columns + 1] - flat[k + columns])
    return np.asarray(upper + down * (lower - upper), np.float32)


def noise(seed: int, fall: float, least: float = 0.0, size: int = 512) -> Floats:
    """A tile of random waves, mean 0 and deviation 1, whose strength falls with their number.

    least: a wave's least length in cells, about.
    """
    waves = np.fft.rfft2(np.random.default_rng(seed).standard_normal((size, size)))
    number = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    waves *= np.exp(-((number * least) ** 2)) / np.maximum(number * size, 1.0) ** fall
    tile = np.fft.irfft2(waves, (size, size))
    return np.asarray((tile - tile.mean()) / tile.std(), np.float32)


def _down_the_slope(slope: Floats, tiles: Floats, length: int = 16) -> Floats:
    """Tiles of noise drawn out along the fall line, as water would; shape (rows, columns, …)."""
    steep = np.hypot(slope[..., 0], slope[..., 1])
    unit = slope / np.maximum(steep, 1e-4)[..., None]
    columns = steep.shape[1]
    unit, last = unit.reshape(-1, 2), np.array(steep.shape)[:, None] - 1
    nodes = np.indices(steep.shape, np.float32).reshape(2, -1)
    i, j = nodes.astype(np.int32) % len(tiles)
    drawn = tiles[i, j]
    for _ in range(2):  # twice, for a trace that begins and ends gently
        total = drawn.copy()
        for sign in (1.0, -1.0):
            here = nodes.copy()
            for _ in range(length):
                row, column = np.clip(np.rint(here), 0, last).astype(np.int32)
                way = unit[row * columns + column]
                here += sign * way.T[::-1]
                total += drawn[row * columns + column]
        drawn = total / total.std(0)
    return np.asarray(drawn.reshape(*steep.shape, -1))


def even(places: Array, step: float) -> Array:
    """Points along a line through places, about so far from one another; at least 24."""
    length = np.insert(np.cumsum(np.hypot(*np.diff(places, axis=0).T)), 0, 0.0)
    along = np.linspace(0, length[-1], int(np.clip(length[-1] / step, 24, 600)))
    return np.stack([np.interp(along, length, axis) for axis in places.T], -1)


class Land:
    """A field's heights and slopes on a raster, scaled so that they look like mountains.

    Gullies are carved into what is drawn: none on a summit, on level ground, and on the trail.
    """

    def __init__(
        self,
        field: Field,
        box: tuple[tuple[float, float], tuple[float, float]],
        trail: Array,
        seed: int,
    ) -> None:
        (west, east), (south, north) = box
        self.corner = np.array([west, south])
        self.cell = max(east - west, north - south) / _CELLS
        self.shape = (round((north - south) / self.cell) + 1, round((east - west) / self.cell) + 1)
        rows, columns = (np.arange(n) * self.cell for n in self.shape)
        points = np.stack(np.meshgrid(west + columns, south + rows), -1)
        value, slope = field.value(points), field.gradient(points)
        self.top = float(np.abs(value).max())
        steepest = float(np.hypot(slope[..., 0], slope[..., 1]).max())
        self.scale = min(_HIGHEST / self.top, _STEEPEST / steepest)
        """Drawn height for each unit of height."""
        self.peak = self.scale * self.top
        true = (self.scale * value).astype(np.float32)
        slope = (self.scale * slope).astype(np.float32)
        coarse = slope[::2, ::2]
        tiles = np.stack([noise(seed, 0.8, 5.0), noise(seed + 1, 0.2, 2.2)], -1)
        gullies = _down_the_slope(coarse, tiles)
        depth = -np.sqrt(gullies**2 + 0.06) @ np.array(_GULLIES, np.float32)
        steep = np.hypot(coarse[..., 0], coarse[..., 1])
        depth *= np.clip(steep / 0.4, 0, 1) ** 1.3
        off = points[::2, ::2] - even(trail, 0.1)[:, None, None]
        depth *= 1 - np.exp(-(((off**2).sum(-1).min(0) / 0.2**2) ** 1.5))
        for axis in (0, 1):  # no creases narrower than the raster can show
            depth = (np.roll(depth, 1, axis) + 2 * depth + np.roll(depth, -1, axis)) / 4
        rows, columns = np.indices(self.shape, np.float32).reshape(2, -1) / 2
        carved = true + bilinear(depth, columns, rows).reshape(self.shape)
        self.slopes: Floats = slope
        """Of the height without gullies."""
        south, west_east = np.gradient(carved, self.cell)
        self.raster: Floats = np.stack([carved, west_east, south, true], -1).astype(np.float32)
        """Drawn height, its two slopes, and the height without gullies, from south to north."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Land:
        return self  # it never changes, and copies of pictures share it

    def at(self, x: Floats, y: Floats) -> Floats:
        """What the raster has at places of the map, shape (n, 4)."""
        return self.sampled(self.raster, x, y)

    def height(self, x: Floats, y: Floats) -> Floats:
        """Drawn height, shape (n)."""
        return self.sampled(self.raster[..., 0], x, y)

    def sea(self, fog: float) -> float:
        """The drawn height of the fog's top: below all ground at 0, above all summits at 1."""
        return self.peak * (_SEA[0] + fog * (_SEA[1] - _SEA[0]))

    def fog(self, sea: float) -> float:
        """The fog whose top is at a drawn height."""
        return (sea / self.peak - _SEA[0]) / (_SEA[1] - _SEA[0])

    def sampled(self, raster: Floats, x: Floats, y: Floats) -> Floats:
        """Any raster that covers the land, at places of the map."""
        ratio = (raster.shape[1] - 1) / (self.shape[1] - 1) / self.cell
        return bilinear(raster, (x - self.corner[0]) * ratio, (y - self.corner[1]) * ratio)


@dataclass(frozen=True)
class Shot:
    """What a landscape's picture depends on: camera, fog and light.

    eye: its place on the map and its height as drawn; heading: in radians from the first axis;
    tilt: in radians above the level, −π/2 straight down; fov: the angle across a frame of 16:9,
    in degrees (frames of other shapes have the same scale); fog: 0 none to 1 over all summits;
    drift: how far the fog has moved; boots, clear: the place around which one sees so far in fog;
    sun: bearing and altitude in radians; rise: a factor of all heights, −1 turns them over;
    cost: how much height is coloured as cost.
    """

    eye: tuple[float, float, float]
    heading: float
    tilt: float = 0.0
    fov: float = 38.0
    fog: float = 0.0
    drift: float = 0.0
    boots: tuple[float, float] = (0.0, 0.0)
    clear: float = 0.9
    sun: tuple[float, float] = (2.4, 0.5)
    rise: float = 1.0
    cost: float = 0.0

    def look_at(self, target: Sequence[float]) -> Shot:
        """The same eye turned to a point: two coordinates and a drawn height."""
        dx, dy, dz = (t - e for t, e in zip(target, self.eye, strict=True))
        return replace(self, heading=atan2(dy, dx), tilt=atan2(dz, hypot(dx, dy)))

    def towards(self, other: Shot, share: float, keep: Sequence[float] | None = None) -> Shot:
        """The shot between this one and another; the heading turns the shorter way.

        keep: a point (as for look_at) that goes straight across the frame meanwhile, so that a
        crane or an orbit does not lose it.
        """

        def mix(a: Any, b: Any) -> Any:
            if isinstance(a, tuple):
                return tuple(mix(p, q) for p, q in zip(a, b, strict=True))
            return a + share * (b - a)

        made = {f.name: mix(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        turn = (other.heading - self.heading + pi) % (2 * pi) - pi
        made["heading"] = self.heading + share * turn
        shot = Shot(**made)
        if keep is None:
            return shot
        point = np.array(keep)
        old, new = (one.axes @ (point - one.eye) for one in (self, other))
        x, y, z = point - mix(old, new) @ shot.axes
        return replace(shot, eye=(float(x), float(y), float(z)))

    @property
    def axes(self) -> Array:
        """Forward, right and up of the camera, as rows."""
        c, s, ct, st = cos(self.heading), sin(self.heading), cos(self.tilt), sin(self.tilt)
        return np.array([[ct * c, ct * s, st], [s, -c, 0.0], [-st * c, -st * s, ct]])

    @property
    def light(self) -> Array:
        """Towards the sun."""
        bearing, altitude = self.sun
        flat = cos(altitude)
        return np.array([flat * cos(bearing), flat * sin(bearing), sin(altitude)])


def focal(shot: Shot, width: float, height: float) -> float:
    """Focal length in the unit of the frame's sides: frames of one area have one scale."""
    return float(np.sqrt(width * height * 16 / 9) / 2 / tan(np.radians(shot.fov) / 2))


@dataclass(frozen=True)
class Hits:
    """Where rays meet the ground: directions (n, 3), distances, places (n, 3), slopes (n, 2), and
    heights without gullies.

    A ray that meets none ends far away, and ``is_sky`` there.
    """

    ways: Floats
    distance: Floats
    places: Floats
    slopes: Floats
    levels: Floats
    is_sky: NDArray[np.bool_]


class Sight:
    """All that can be seen of a land from a shot's eye, in a frame of some size in pixels."""

    def __init__(self, land: Land, shot: Shot, size: tuple[int, int]) -> None:
        self._land, self.shot, self.size = land, shot, size
        self.focal = focal(shot, *size)
        self.axes = shot.axes.astype(np.float32)
        width, height = size
        edge = np.linspace(0, 1, 33)
        border = [(edge * width, 0 * edge + y) for y in (0, height)]
        border += [(0 * edge + x, edge * height) for x in (0, width)]
        rim = self.ways(
            *(np.concatenate(part).astype(np.float32) for part in zip(*border, strict=True))
        )
        bearing = np.arctan2(rim[:, 1], rim[:, 0]) - shot.heading
        self._turn = np.abs((bearing + np.pi) % (2 * np.pi) - np.pi).max() + 0.01
        down = self.axes @ np.array([0, 0, 1.0 if shot.tilt > 0 else -1.0])
        if down[0] > 0 and abs(down[2] / down[0]) * self.focal < height / 2 + 2:
            self._turn = np.pi
        count = int(np.clip(2 * self._turn * self.focal / 3, 200, 1400))
        self._bearings = np.linspace(-self._turn, self._turn, count)
        unit = 0.25 * max(shot.eye[2], 0.4)
        self._reach = unit * np.sinh(np.linspace(0, np.arcsinh(_FAR / unit), _SLICES))
        self._reach = self._reach.astype(np.float32)
        turns = (shot.heading + self._bearings).astype(np.float32)
        x = shot.eye[0] + np.cos(turns)[:, None] * self._reach
        y = shot.eye[1] + np.sin(turns)[:, None] * self._reach
        z = shot.rise * land.height(x.ravel(), y.ravel()).reshape(x.shape)
        angle = np.arctan2(z - shot.eye[2], np.maximum(self._reach, 1e-4))
        self._angle = np.maximum.accumulate(angle, axis=1).astype(np.float32)

    def ways(self, column: Floats, row: Floats) -> Floats:
        """Directions of the rays through points of the frame (in pixels, rows downwards)."""
        right = (column - self.size[0] / 2) / self.focal
        up = (self.size[1] / 2 - row) / self.focal
        way = self.axes[0] + right[:, None] * self.axes[1] + up[:, None] * self.axes[2]
        return np.asarray(way / np.linalg.norm(way, axis=1, keepdims=True), np.float32)

    def _column(self, x: Floats, y: Floats) -> tuple[NDArray[np.int32], Floats]:
        """The bearing of a direction as an index into the table, and what is left of it."""
        turn = (np.arctan2(y, x) - np.float32(self.shot.heading) + np.pi) % (2 * np.pi) - np.pi
        k = (turn + self._turn) / (2 * self._turn) * (len(self._bearings) - 1)
        k = np.clip(k, 0, len(self._bearings) - 1.001).astype(np.float32)
        whole = k.astype(np.int32)
        return whole, k - whole

    def _skyline(self, k: NDArray[np.int32], part: Floats, j: NDArray[np.int32]) -> Floats:
        near = self._angle[k, j]
        return np.asarray(near + part * (self._angle[k + 1, j] - near), np.float32)

    def trace(self, column: Floats, row: Floats) -> Hits:
        """What the rays through points of the frame meet."""
        shot, land, ways = self.shot, self._land, self.ways(column, row)
        level = np.maximum(np.hypot(ways[:, 0], ways[:, 1]), 1e-6)
        climb = ways[:, 2] / level
        angle = np.arctan(climb)
        k, part = self._column(ways[:, 0], ways[:, 1])
        low = np.zeros(len(k), np.int32)
        high = np.full(len(k), _SLICES - 1, np.int32)
        is_sky = self._skyline(k, part, high) < angle
        for _ in range(int(np.ceil(np.log2(_SLICES)))):
            middle = (low + high) // 2
            above = self._skyline(k, part, middle) < angle
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        cx, cy = ways[:, 0] / level, ways[:, 1] / level

        def gap(reach: Floats) -> Floats:
            ground = land.height(shot.eye[0] + reach * cx, shot.eye[1] + reach * cy)
            return np.asarray(shot.rise * ground - shot.eye[2] - reach * climb, np.float32)

        near, far = self._reach[low], self._reach[high]
        below, over = gap(near), gap(far)
        for _ in range(2):  # false position between two slices
            share = np.clip(below / np.where(below == over, 1, below - over), 0, 1)
            reach = near + share * (far - near)
            miss = gap(reach)
            under = miss < 0
            near, below = np.where(under, reach, near), np.where(under, miss, below)
            far, over = np.where(under, far, reach), np.where(under, over, miss)
        share = np.clip(below / np.where(below == over, 1, below - over), 0, 1)
        reach = np.where(is_sky, _FAR, near + share * (far - near)).astype(np.float32)
        x, y = shot.eye[0] + reach * cx, shot.eye[1] + reach * cy
        ground = land.at(x, y)
        levels = ground[:, 3].copy()
        ground *= np.float32(shot.rise)
        z = np.where(is_sky, shot.eye[2] + reach * climb, ground[:, 0])
        places = np.stack([x, y, z], -1).astype(np.float32)
        return Hits(ways, reach / level, places, ground[:, 1:3], levels, is_sky)


def project(
    land: Land, shot: Shot, places: Array, size: tuple[float, float], lift: float | None = None
) -> tuple[Array, NDArray[np.bool_]]:
    """Where places on the ground are in a frame, and which of them can be seen.

    lift: how far above the ground without gullies, if not on the ground as it is drawn.  The
    frame's middle is (0, 0), its second coordinate goes up; what is behind the eye is far outside.
    """
    eye, layer = np.array(shot.eye), 0 if lift is None else 3

    def off(x: Array, y: Array, layer: int = 0) -> Array:
        height = shot.rise * land.at(x.ravel(), y.ravel())[:, layer].reshape(x.shape)
        return np.asarray(np.stack([x, y, height], -1) - eye)

    there = off(places[:, 0], places[:, 1], layer)
    there[:, 2] += lift or 0.0
    depth, right, up = (there @ shot.axes.T).T
    ahead = depth > 1e-3
    points = focal(shot, *size) * np.stack([right, up], -1) / np.maximum(depth, 1e-3)[:, None]
    # What stands on the way, up to a little before the place itself.
    way = np.linspace(0.01, 0.985, 160)[:, None]
    passed = off(eye[0] + way * there[:, 0], eye[1] + way * there[:, 1])
    hidden = (passed[..., 2] > way * there[:, 2] + 2e-3).any(0)
    return np.asarray(points), np.asarray(ahead & ~hidden)
