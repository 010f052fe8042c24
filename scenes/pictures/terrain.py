"""A landscape that fills the frame behind everything, and what stands and lies on it.

Its picture is known by its state (land, shot, theme) and painted only when a camera draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from math import atan2, log10
from pathlib import Path
from typing import Any

import numpy as np
from manim import Animation, ImageMobject, Mobject, VMobject, config
from manim.constants import RESAMPLING_ALGORITHMS
from numpy.typing import NDArray

from scenes.maths.arrays import Array
from scenes.maths.mountain import Climb
from scenes.pictures import terrain_light, terrain_view, theme
from scenes.pictures.stage import Point
from scenes.pictures.terrain_light import Ground, Painter
from scenes.pictures.terrain_view import Land, Shot, Sight, even, project

_CODE = b"".join(
    Path(module.__file__ or "").read_bytes() for module in (terrain_view, terrain_light)
)
"""The painter is a part of what a picture is known by, since its pixels are not."""


_LIFT = 0.012
"""How far above the ground lines and arrows lie."""


def level_step(top: float) -> float:
    """A round distance of heights that makes about ten contours: 0.2 for a top of 2."""
    rounds = [m * 10.0**k for k in range(-6, 7) for m in (1, 2, 5)]
    return min(rounds, key=lambda step: abs(log10(top / step / 10)))


@lru_cache(maxsize=4)
def ground_of(climb: Climb) -> Ground:
    """A lesson's landscape, with a texture of its own; the same for the same hills and path."""
    hills = climb.terrain
    seed = int.from_bytes(blake2b(repr(hills.hills).encode(), digest_size=4).digest())
    low = np.min([np.array(h.position) - 3.2 * h.width for h in hills.hills], axis=0)
    high = np.max([np.array(h.position) + 3.2 * h.width for h in hills.hills], axis=0)
    land = Land(hills, ((low[0], high[0]), (low[1], high[1])), climb.path, seed)
    return Ground(land, seed, level_step(land.top))


@lru_cache(maxsize=2)
def _picture(
    ground: Ground, shot: Shot, size: tuple[int, int], known_by: bytes
) -> NDArray[np.uint8]:
    del known_by  # a theme is read where a picture is painted
    return Painter(Sight(ground.land, shot, size), ground).paint()


class Terrain(ImageMobject):
    """A land from a shot's camera.  ``terrain.animate.shoot(fog=0.4)`` films a change of shot."""

    def __init__(self, ground: Ground, shot: Shot) -> None:
        self.ground, self.shot, self.opacity = ground, shot, 1.0
        super().__init__(np.zeros((1, 1, 4), np.uint8))
        # One pixel for each of the frame's: there is nothing to blend.
        self.set_resampling_algorithm(RESAMPLING_ALGORITHMS["nearest"])
        self.set_z_index(-10)

    # -- what it shows

    @property
    def painted_from(self) -> bytes:
        """What its pixels depend on."""
        facts = (self.shot, self.opacity, theme.chosen(), theme.land(), theme.palette().cost)
        return blake2b(_CODE + self.ground.digest + repr(facts).encode(), digest_size=20).digest()

    @property
    def pixels(self) -> tuple[int, int]:
        """Columns and rows: those that it covers in the frame."""
        across = config.pixel_width / config.frame_width
        return max(round(self.width * across), 8), max(round(self.height * across), 8)

    def get_pixel_array(self) -> Any:
        """The picture, which is painted here."""
        picture = _picture(self.ground, self.shot, self.pixels, self.painted_from)
        veil = np.full((*picture.shape[:2], 1), round(255 * self.opacity), np.uint8)
        return np.concatenate([picture, veil], -1)

    def reset_points(self) -> Terrain:
        """The corners of the camera's frame, and so little more that no border stays free."""
        x = 0.5000001 * config.frame_width
        y = x * config.pixel_height / config.pixel_width
        self.points = np.array([[-x, y, 0], [x, y, 0], [-x, -y, 0], [x, -y, 0]])
        return self

    def shoot(self, shot: Shot | None = None, **changes: Any) -> Terrain:
        """Show another shot, or this one with changes."""
        self.shot = replace(shot or self.shot, **changes)
        return self

    def set_opacity(self, alpha: float) -> Terrain:
        """From 0 to 1."""
        self.opacity = float(alpha)
        return self

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Terrain:
        """What a transform shows between two terrains of one land: the shots between theirs."""
        assert isinstance(mobject1, Terrain)
        assert isinstance(mobject2, Terrain)
        self.shot = mobject1.shot.towards(mobject2.shot, alpha)
        self.opacity = mobject1.opacity + alpha * (mobject2.opacity - mobject1.opacity)
        return self

    # -- what stands on it

    def points_at(
        self, places: Array, lift: float | None = None
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Points of the frame for places of the map, shape (n, 2), and which can be seen.

        lift: how far above the ground without its gullies, which is as high as the field says.
        """
        size = (self.width, self.height)
        points, seen = project(self.ground.land, self.shot, places, size, lift)
        return np.insert(points, 2, 0.0, axis=1) + self.get_center(), seen

    def project(self, x: float, y: float) -> Point:
        """The point of the frame at which a place of the map is seen."""
        return np.asarray(self.points_at(np.array([[x, y]]))[0][0])

    def is_hidden(self, x: float, y: float) -> bool:
        """Whether the ground hides a place, or it lies behind the camera."""
        return not self.points_at(np.array([[x, y]]))[1][0]

    def unit_at(self, x: float, y: float) -> float:
        """How long one of the map's units looks at a place, across the view, in frame units."""
        here, right = np.array([x, y]), self.shot.axes[1, :2]
        points, _ = self.points_at(np.array([here - 0.005 * right, here + 0.005 * right]))
        return float(abs(points[1, 0] - points[0, 0]) / 0.01)

    def height_at(self, x: float, y: float) -> float:
        """The drawn height of a place: what a shot's eye and target are measured in."""
        height = self.ground.land.height(np.array([x]), np.array([y]))
        return self.shot.rise * float(height[0])


class GroundLine(VMobject):
    """A line along places of the map, shape (n, 2), as far as it can be seen.

    It keeps to the ground while the camera moves; ``share`` is how much of it is there.
    """

    def __init__(self, terrain: Terrain, places: Array, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._terrain, self.share = terrain, 1.0
        self._places = even(places, 0.02)
        self._laid: object = None
        self.add_updater(lambda line: line.lay())
        self.lay()

    def lay(self) -> GroundLine:
        """Draw it anew if the view has changed."""
        terrain = self._terrain
        wanted = (terrain.shot, self.share, terrain.points.tobytes())
        if wanted == self._laid:
            return self
        self._laid = wanted
        count = round(self.share * len(self._places))
        points, seen = terrain.points_at(self._places[: max(count, 1)], _LIFT)
        self.clear_points()
        for run in np.split(np.arange(len(seen)), np.nonzero(np.diff(seen))[0] + 1):
            if seen[run[0]] and len(run) > 1:
                self.start_new_path(points[run[0]])
                self.add_points_as_corners(points[run[1:]])
        return self


class Grow(Animation):
    """A line on the ground grows from its first place to its last."""

    def __init__(self, line: GroundLine, **kwargs: Any) -> None:
        self._line = line
        super().__init__(line, introducer=True, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        self._line.share = self.rate_func(alpha)
        self._line.lay()


class GroundArrow(VMobject):
    """A flat arrow that lies on the ground from a place along a vector of the map."""

    def __init__(
        self, terrain: Terrain, place: Sequence[float] | Array, vector: Array, width: float = 0.07
    ) -> None:
        super().__init__()
        self._terrain = terrain
        self.set_fill(theme.palette().gradient, 1).set_stroke(width=0)
        self.point_along(place, vector, width)
        self.add_updater(lambda arrow: arrow.lay())

    def point_along(
        self, place: Sequence[float] | Array, vector: Array, width: float = 0.07
    ) -> GroundArrow:
        """Lie elsewhere, or along another vector."""
        size = float(np.hypot(*vector))
        tip = min(3.2 * width, 0.6 * size)
        body, half = size - tip, width / 2
        outline = [(0, half), (body, half), (body, 2.6 * half), (size, 0.0)]
        outline += [(body, -2.6 * half), (body, -half), (0, -half), (0, half)]
        turn = atan2(vector[1], vector[0])
        along = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        parts = np.linspace(0, len(outline) - 1, 12 * (len(outline) - 1) + 1)
        flat = [np.interp(parts, range(len(outline)), axis) for axis in np.array(outline).T]
        self._outline = np.asarray(place) + np.stack(flat, -1) @ along
        self._laid: object = None
        return self.lay()

    def lay(self) -> GroundArrow:
        """Draw it anew if the view has changed."""
        wanted = (self._terrain.shot, self._terrain.points.tobytes())
        if wanted != self._laid:
            self._laid = wanted
            self.set_points_as_corners(self._terrain.points_at(self._outline, _LIFT)[0])
        return self


class Fly(Animation):
    """A camera's flight: the shot for each share of the way, from 0 to 1."""

    def __init__(self, terrain: Terrain, way: Callable[[float], Shot], **kwargs: Any) -> None:
        self._terrain, self._way = terrain, way
        super().__init__(terrain, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        self._terrain.shoot(self._way(self.rate_func(alpha)))
