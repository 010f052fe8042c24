"""A terrain as an image: north at the top, lit from the north-west, contours at their levels."""

import numpy as np

from scenes.maths.landscape.terrain import Terrain
from scenes.maths.lesson.model import Hill
from scenes.pictures.shading import contour_lines, pixel_grid, relief


def test_fields_are_images_with_north_at_the_top() -> None:
    land = Terrain((Hill(2.0, (0.0, 2.0), 0.7),))
    grid = pixel_grid((-4, 4), (-3, 3), 80, 60)
    assert grid.shape == (60, 80, 2)
    row, column = np.unravel_index(np.argmax(land.value(grid)), (60, 80))
    assert abs(row - 9.5) < 1
    assert abs(column - 39.5) < 1
    light = relief(land, grid)
    assert light.min() >= 0
    assert light.max() <= 1
    north_west, south_east = np.array([-0.5, 2.5]), np.array([0.5, 1.5])
    assert relief(land, north_west) > relief(land, south_east)
    lines = contour_lines(land, grid, 0.25, 0.05)
    off = np.abs(land.value(grid) / 0.25 - np.round(land.value(grid) / 0.25))
    assert np.all(off[lines > 0.9] < 0.2)
