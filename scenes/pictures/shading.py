"""A terrain as an image: its pixels, how a lamp lights them, and where contours cross them."""

from __future__ import annotations

import math

import numpy as np

from scenes.maths.arrays import Array
from scenes.maths.landscape.terrain import Terrain


def pixel_grid(x: tuple[float, float], y: tuple[float, float], columns: int, rows: int) -> Array:
    """The centres of an image's pixels, the top row (largest second coordinate) first.

    Their shape is (rows, columns, 2).
    """
    across = x[0] + (np.arange(columns) + 0.5) * (x[1] - x[0]) / columns
    down = y[1] - (np.arange(rows) + 0.5) * (y[1] - y[0]) / rows
    return np.stack(np.meshgrid(across, down), -1)


def relief(
    terrain: Terrain,
    points: Array,
    azimuth: float = 315.0,
    altitude: float = 45.0,
    steepness: float = 1.0,
) -> Array:
    """How brightly a lamp lights the ground, 0 to 1, shape (…): hill shading by Lambert's law.

    azimuth: where the lamp stands, in degrees clockwise from north; altitude: above the
    horizon; steepness: factor by which heights are drawn out.
    """
    turn, rise = math.radians(azimuth), math.radians(altitude)
    lamp = (math.sin(turn) * math.cos(rise), math.cos(turn) * math.cos(rise), math.sin(rise))
    slope = steepness * terrain.gradient(points)
    light = lamp[2] - slope[..., 0] * lamp[0] - slope[..., 1] * lamp[1]
    return np.asarray(np.clip(light / np.sqrt(1 + (slope**2).sum(-1)), 0.0, 1.0))


def contour_lines(terrain: Terrain, points: Array, spacing: float, width: float) -> Array:
    """How much a contour covers each point, 0 to 1, shape (…).

    spacing: of the heights; width: of the drawn line in the map's units, the same at every
    slope, since the height's distance from a level is divided by the slope.
    """
    height = terrain.value(points)
    level = np.rint(height / spacing)
    slope = np.linalg.norm(terrain.gradient(points), axis=-1)
    distance = np.abs(height - spacing * level) / np.maximum(slope, 1e-12)
    cover = np.clip(1.5 - distance / (width / 2), 0.0, 1.0)
    return np.where(level > 0, cover, 0.0)
