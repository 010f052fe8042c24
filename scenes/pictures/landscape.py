"""A terrain from above, as a shaded map in fog.

The ground is an image that NumPy computes from the terrain's own heights and slopes; the fog is
part of it, so that nothing shows through where the climber cannot see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    ImageMobject,
    ManimColor,
    VMobject,
)
from manim.constants import RESAMPLING_ALGORITHMS

from scenes.maths.arrays import Array
from scenes.maths.landscape.terrain import Terrain
from scenes.maths.lesson.model import MAP
from scenes.pictures import theme
from scenes.pictures.shading import contour_lines, pixel_grid, relief
from scenes.pictures.stage import Point, Zone

MapPlace = Sequence[float] | Array
"""Two coordinates on the map."""


_COLUMNS = 880
"""Pixels of the map from west to east; about one for each of a 1080p frame."""


_LEVELS = np.linspace(8.4, 9.6, 25)
"""Contours from the ground to the highest summit, about: as many as meet no summit."""


def _rgb(colour: ManimColor) -> Array:
    return np.asarray(colour.to_rgb(), dtype=np.float64)


_MIST = {False: 0.12, True: 0.38}
"""The fog's colour on a dark and on a light page, as a share of the way from the page's to the
muted one: on both it is darker than the ground that shows in it."""


def smooth(t: Array) -> Array:
    """From 0 to 1 without a corner."""
    t = np.clip(t, 0.0, 1.0)
    return t * t * (3 - 2 * t)


def _spacing(terrain: Terrain) -> float:
    """The heights' distance from contour to contour: no summit lies on one, as a mere speck."""
    top = terrain.summits[0].height

    def clearance(levels: float) -> float:
        ranks = [levels * summit.height / top for summit in terrain.summits]
        return min(abs(rank - round(rank)) for rank in ranks)

    return top / float(max(_LEVELS, key=clearance))


def painted(terrain: Terrain, points: Array, line: float, *, turned: bool = False) -> Array:
    """The ground's colours, shape (…, 3): lighter the higher, lit from the north-west.

    line: width of a contour in the map's units; turned: the landscape upside down.
    """
    colours = theme.palette()
    low, high = _rgb(colours.background), _rgb(colours.text)
    top = terrain.summits[0].height
    share = terrain.value(points) / top
    # Seen from the other side, the lamp stands in the south-east.
    shade = relief(terrain, points, azimuth=135.0 if turned else 315.0, steepness=1.6 / top)
    base = 0.12 if low.mean() > 0.5 else 0.16
    tint = base + (0.18 * (1 - share) if turned else 0.28 * share)
    ground = low + tint[..., None] * (high - low)
    flat = np.sqrt(0.5)
    ground = ground * np.clip(0.35 + 0.65 * shade / flat, 0.0, 1.3)[..., None]
    if low.mean() > 0.5:  # on a light page shadows are enough
        ground = low + 1.6 * tint[..., None] * (high - low) * (1.6 - shade / flat)[..., None]
    cover = 0.42 * contour_lines(terrain, points, _spacing(terrain), line)[..., None]
    return np.asarray(np.clip((1 - cover) * ground + cover * high, 0.0, 1.0))


@dataclass(frozen=True)
class View:
    """What can be seen of the map: a disc, in map units; `lift` and `turn` run from 0 to 1."""

    place: tuple[float, float]
    radius: float
    lift: float = 0.0
    turn: float = 0.0

    def towards(self, other: View, share: float) -> View:
        """The view between this one and another."""

        def mix(a: float, b: float) -> float:
            return a + share * (b - a)

        place = (mix(self.place[0], other.place[0]), mix(self.place[1], other.place[1]))
        return View(
            place,
            mix(self.radius, other.radius),
            mix(self.lift, other.lift),
            mix(self.turn, other.turn),
        )


class FogMap(ImageMobject):
    """The map from above, in fog but for what the view shows."""

    def __init__(self, terrain: Terrain, zone: Zone) -> None:
        (west, east), (south, north) = MAP
        rows = round(_COLUMNS * (north - south) / (east - west))
        self._points = pixel_grid(MAP[0], MAP[1], _COLUMNS, rows)
        line = 2.2 * (east - west) / _COLUMNS
        self._ground = painted(terrain, self._points, line)
        self._turned = painted(terrain, self._points, line, turned=True)
        colours = theme.palette()
        x, y = self._points[..., 0], self._points[..., 1]
        # Banks of fog: a few long waves, alike on every machine.
        banks = np.sin(1.1 * x + 0.7 * y) + np.sin(0.6 * x - 1.3 * y + 1.0) + np.sin(1.9 * y + 0.4)
        page, muted = _rgb(colours.background), _rgb(colours.muted)
        mist = _MIST[bool(page.mean() > 0.5)] + 0.02 * banks
        self._fog = page + mist[..., None] * (muted - page)
        self.view = View((0.0, 0.0), 0.0)
        super().__init__(np.zeros((rows, _COLUMNS, 4), dtype=np.uint8))
        self.set_resampling_algorithm(RESAMPLING_ALGORITHMS["linear"])
        self.height = min(zone.height, zone.width * (north - south) / (east - west))
        self.move_to(zone.center)
        self.paint(self.view)

    def paint(self, view: View) -> FogMap:
        """Paint what a view shows."""
        self.view = view
        off = np.hypot(self._points[..., 0] - view.place[0], self._points[..., 1] - view.place[1])
        (west, east), (south, north) = MAP
        reach = view.radius + view.lift * np.hypot(east - west, north - south)
        soft = min(0.35, view.radius) + 1.5 * view.lift
        clear = smooth((reach - off) / soft + 0.5) if reach > 0 else np.zeros_like(off)
        ground = self._ground
        if view.turn > 0:
            ground = ground + view.turn * (self._turned - ground)
        image = self._fog + clear[..., None] * (ground - self._fog)
        self.pixel_array[..., :3] = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
        self.pixel_array[..., 3] = 255
        return self

    def holds(self, thing: VMobject) -> bool:
        """Whether a thing stands on the map with all of its extent."""
        low, high = thing.get_corner(LEFT + DOWN), thing.get_corner(RIGHT + UP)
        mine = self.get_corner(LEFT + DOWN), self.get_corner(RIGHT + UP)
        return bool(np.all(low[:2] >= mine[0][:2]) and np.all(high[:2] <= mine[1][:2]))

    @property
    def unit(self) -> float:
        """Frame units in one of the map's."""
        return float(self.width) / (MAP[0][1] - MAP[0][0])

    def at(self, place: MapPlace) -> Point:
        """A place of the map as a point of the frame."""
        middle = np.array([sum(MAP[0]) / 2, sum(MAP[1]) / 2])
        x, y = (np.asarray(place, dtype=np.float64) - middle) * self.unit
        return np.asarray(self.get_center() + np.array([x, y, 0.0]))


class See(Animation):
    """The view of a map changes to another one."""

    def __init__(self, fog: FogMap, view: View, **kwargs: Any) -> None:
        self._fog, self._to = fog, view
        super().__init__(fog, **kwargs)

    def begin(self) -> None:
        self._from = self._fog.view
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        self._fog.paint(self._from.towards(self._to, self.rate_func(alpha)))
