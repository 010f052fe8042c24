"""Tables, vectors and matrices of numbers, with dots where there are too many of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import (
    LEFT,
    ORIGIN,
    RIGHT,
    Line,
    ManimColor,
    VGroup,
    VMobject,
)

from scenes.maths.display.number import Number
from scenes.pictures import theme
from scenes.pictures.equations import Formula

_ROW = 0.72
"""Distance of a table's baselines at full size, in frame units."""


def cell_of(
    source: str, colour: ManimColor | None = None, size: float = theme.SIZE.body
) -> Formula:
    """What stands in one place of a table."""
    cell = Formula(source, size=size)
    return cell if colour is None else cell.set_color(colour)


def rule_of(width: float) -> Line:
    """The line above a sum."""
    colour = theme.palette().muted
    return Line(ORIGIN, width * RIGHT, color=colour, stroke_width=theme.STROKE.line)


def decimals_width(number: Number) -> int:
    """How many characters its decimals take, the point included."""
    return number.decimals + 1 if number.decimals else 0


def flush(cells: Sequence[Formula]) -> None:
    """Let numbers of one column end at one place, and their relations begin at one."""
    widest = max(cells, key=lambda cell: float(cell.width))
    for cell in cells:
        cell.align_to(widest, RIGHT)
        if cell.source.startswith(("=", "approx")):
            cell[0].align_to(widest, LEFT)


def table(rows: Sequence[Sequence[VMobject | None]], align: str, gaps: Sequence[float]) -> VGroup:
    """Lay cells out in columns on common baselines.

    ``align`` holds a letter a column: l, r or c; ``gaps`` the space before each column but the
    first.  A cell that is None stays empty.
    """
    x = 0.0
    for column, how in enumerate(align):
        cells = [row[column] for row in rows if column < len(row) and row[column] is not None]
        width = max((cell.width for cell in cells if cell is not None), default=0.0)
        x += gaps[column - 1] if column else 0.0
        for number, row in enumerate(rows):
            cell = row[column] if column < len(row) else None
            if cell is None:
                continue
            place = {"l": x + cell.width / 2, "r": x + width - cell.width / 2, "c": x + width / 2}
            baseline = getattr(cell, "baseline", None)
            rise = baseline() if baseline is not None else cell.get_bottom()[1]
            cell.shift(np.array([place[how] - cell.get_x(), -number * _ROW - rise, 0.0]))
        x += width
    return VGroup(*(cell for row in rows for cell in row if cell is not None))


def some(count: int, keep: int) -> list[int | None]:
    """Which of ``count`` things to show when ``keep`` are enough; None stands for dots."""
    if count <= keep:
        return list(range(count))
    return [*range(keep - 1), None, count - 1]


def vector(values: Sequence[Number], keep: int) -> str:
    """A column of numbers in Typst maths; dots where there are more than ``keep``."""
    shown = ("dots.c" if i is None else values[i].typst for i in some(len(values), keep))
    return f"vec({', '.join(shown)})"


def matrix_rows(matrix: Sequence[Sequence[Number]], keep: int) -> str:
    """The rows of a matrix in Typst maths, with dots as in ``vector``."""
    columns = some(len(matrix[0]), keep)
    lines = []
    for j in some(len(matrix), keep):
        if j is None:
            cells = ["dots.c"] * len(columns)
        else:
            cells = ["dots.c" if k is None else matrix[j][k].typst for k in columns]
        lines.append(", ".join(cells))
    return "; ".join(lines)
