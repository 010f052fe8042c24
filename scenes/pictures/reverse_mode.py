"""Matrices as rectangles of cells, the products carried out on them, and what those cost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    Animation,
    ApplyMethod,
    Dot,
    GrowFromEdge,
    LaggedStart,
    Line,
    ManimColor,
    Polygon,
    Rectangle,
    Square,
    VGroup,
    VMobject,
    linear,
    there_and_back_with_pause,
)

from scenes.maths.accumulation import Product
from scenes.maths.display.number import Number, integer
from scenes.maths.lesson.model import Lesson
from scenes.pictures import theme
from scenes.pictures.axes import plain_axes
from scenes.pictures.equations import Formula, Words
from scenes.pictures.readouts import Odometer
from scenes.pictures.stage import Point, Zone, at

_FAINT, _FULL = 0.12, 0.85
"""Opacity of a cell that waits, and of one that is at work or done."""


class Tally(VGroup):
    """What a mode has cost so far: its name, and an odometer below."""

    def __init__(self, title: str, most: Number, colour: ManimColor) -> None:
        self.title = Words(title, size=theme.SIZE.label, color=colour)
        self.odometer = Odometer(most, colour, theme.SIZE.title)
        self.unit = Words("multiplications", size=theme.SIZE.small, color=theme.palette().muted)
        super().__init__(self.title, self.odometer, self.unit)
        self.arrange(DOWN, buff=0.2, aligned_edge=LEFT)
        self.odometer.align_to(self.title, LEFT)

    def shade(self, opacity: float) -> Self:
        """Show all of it at another opacity."""
        self.odometer.shade(opacity)
        VGroup(self.title, self.unit).set_opacity(opacity)
        return self


class MatrixPicture(VGroup):
    """A matrix as a grid of cells, with its name above and its size below."""

    def __init__(
        self, rows: int, columns: int, cell: float, colour: ManimColor, symbol: str | None = None
    ) -> None:
        self.cells = [[Square(cell) for _ in range(columns)] for _ in range(rows)]
        self.grid = VGroup(*(c for row in self.cells for c in row))
        self.grid.arrange_in_grid(rows, columns, buff=0)
        self.grid.set_stroke(colour, theme.STROKE.hair).set_fill(colour, _FAINT)
        sides = [integer("side", side).shown for side in (rows, columns)]
        self.size = Words(" × ".join(sides), size=theme.SIZE.small)
        self.size.set_color(theme.palette().muted)
        self.size.next_to(self.grid, DOWN, buff=0.15)
        super().__init__(self.grid, self.size)
        self.symbol: Formula | None = None
        if symbol is not None:
            self.symbol = self.above(symbol)
            self.add(self.symbol)

    def above(self, symbol: str) -> Formula:
        """A name, above the cells."""
        return Formula(symbol, size=theme.SIZE.label).next_to(self.grid, UP, buff=0.2)

    def column(self, k: int) -> VGroup:
        """The cells of a column."""
        return VGroup(*(row[k] for row in self.cells))

    def row(self, k: int) -> VGroup:
        """The cells of a row."""
        return VGroup(*self.cells[k])

    @staticmethod
    def flash(cells: VGroup) -> Animation:
        """Let a row or a column be bright for a moment."""
        return ApplyMethod(cells.set_fill, None, _FULL, rate_func=there_and_back_with_pause)

    @staticmethod
    def tint(cells: VGroup, colour: ManimColor) -> Animation:
        """Give a row or a column another colour."""
        return ApplyMethod(cells.set_fill, colour, _FULL)


_SIZE_BELOW = 0.45
"""Room for a matrix's size below it."""


class MatrixChain(VGroup):
    """The Jacobians of a chain in a row, the cost's first, with room below for a product."""

    def __init__(self, sizes: Sequence[int], symbols: Sequence[str], zone: Zone) -> None:
        self._zone = zone
        columns, gap = sum(sizes[:-1]), 0.5
        width = zone.width - gap * (len(sizes) - 2)
        # Below the tallest of the row there is room for the tallest result, and for names of both.
        rows = max(sizes[1:]) + max(sizes[2:], default=1)
        self.cell = min(0.62, width / columns, (zone.height - 2.3) / rows)
        text = theme.palette().text
        self.factors = [
            MatrixPicture(n, m, self.cell, text, symbol)
            for (m, n), symbol in zip(pairwise(sizes), symbols, strict=True)
        ]
        row = list(reversed(self.factors))
        pitch = [max(m.grid.width, m.width) for m in row]
        x = zone.center[0] - (sum(pitch) + gap * (len(pitch) - 1)) / 2
        self._level = zone.top - 0.36 * zone.height
        for matrix, wide in zip(row, pitch, strict=True):
            matrix.shift(at(x + wide / 2, self._level) - matrix.grid.get_center())
            x += wide + gap
        tallest = max(m.grid.height for m in self.factors)
        for matrix in self.factors:
            if matrix.symbol is not None:
                top = self._level + tallest / 2
                matrix.symbol.set_y(top + 0.2 + matrix.symbol.height / 2)
            matrix.size.set_y(self._level - tallest / 2 - 0.15 - matrix.size.height / 2)
        super().__init__(*row)

    def result(
        self, product: Product, left: VMobject, right: VMobject, colour: ManimColor
    ) -> MatrixPicture:
        """The empty result of a product, below the two matrices that it is made from."""
        rows, columns = product.result.shape
        matrix = MatrixPicture(rows, columns, self.cell, colour)
        matrix.grid.set_fill(colour, 0)
        middle = (left.get_left()[0] + right.get_right()[0]) / 2
        height = max(0.22 * self._zone.height, matrix.grid.height / 2 + _SIZE_BELOW)
        target = at(middle, self._zone.bottom + height)
        return matrix.shift(target - matrix.grid.get_center())

    def lift(self, matrix: MatrixPicture, *, last: bool) -> Point:
        """How far a result is from its place in the row; the last one's is the row's middle."""
        aside = self._zone.center[0] - float(matrix.grid.get_x()) if last else 0.0
        return at(aside, self._level - float(matrix.grid.get_y()))

    def rename(self, symbols: Sequence[str]) -> tuple[VGroup, VGroup]:
        """Names of the Jacobians that are no longer parts of the chain: the old and the new."""
        old, new = VGroup(), VGroup()
        for matrix, symbol in zip(self.factors[:-1], symbols[:-1], strict=True):
            if matrix.symbol is not None:
                matrix.remove(matrix.symbol)
                old.add(matrix.symbol)
                new.add(Formula(symbol, size=theme.SIZE.label).move_to(matrix.symbol))
        return old, new

    def stacked(self, rows: int) -> MatrixPicture:
        """The cost's row, and as many more as a batch has, in the place of the one."""
        row = self.factors[-1]
        columns = len(row.cells[0])
        stack = MatrixPicture(rows, columns, self.cell, theme.palette().text)
        return stack.shift(row.grid.get_center() - stack.grid.get_center())


class Multiplying(Animation):
    """A product as it was carried out: column by row, every cell of the result a term richer.

    counts: the odometer's readings after each column and row.
    """

    def __init__(
        self,
        left: MatrixPicture,
        right: MatrixPicture,
        result: MatrixPicture,
        odometer: Odometer,
        counts: Sequence[int],
        **kwargs: Any,
    ) -> None:
        self._parts, self._counts = (left, right, result), counts
        self._before = [float(m.cells[0][0].get_fill_opacity()) for m in (left, right)]
        self._odometer, self._start = odometer, odometer.count
        super().__init__(VGroup(left, right, result, odometer), rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        left, right, result = self._parts
        inner = len(self._counts)
        done = min(inner, int(alpha * inner + 1e-9))
        for matrix, before in zip((left, right), self._before, strict=True):
            now = before + min(1.0, 5 * alpha * inner) * (_FAINT - before)
            for row in matrix.cells:  # the grid may have got more members where it came from wires
                VGroup(*row).set_fill(opacity=now)
        if done < inner:
            come = min(1.0, 5 * (alpha * inner - done))
            for cells in (left.column(done), right.row(done)):
                dark = float(cells[0].get_fill_opacity())
                cells.set_fill(opacity=dark + come * (_FULL - dark))
        result.grid.set_fill(opacity=_FULL * alpha * 0.8)
        self._odometer.turn_to(self._counts[done - 1] if done else self._start)


class WorkSquare(VGroup):
    """A count as a square of true area, below its odometer."""

    def __init__(
        self, title: str, count: Number, most: int, colour: ManimColor, zone: Zone
    ) -> None:
        self._most = most
        self.tally = Tally(title, count, colour)
        self.tally.move_to(zone.edge(LEFT + UP), aligned_edge=LEFT + UP)
        top = self.tally.get_bottom()[1] - 0.25
        self._side = min(top - zone.bottom, zone.width)
        self._corner = at(zone.left, top)
        self.square = Square(self._side).set_stroke(width=0).set_fill(colour, _FULL)
        super().__init__(self.tally, self.square)
        self.grow_to(0)

    def grow_to(self, count: int) -> None:
        """Let it stand at a count."""
        self.tally.odometer.turn_to(count)
        side = max(self._side * (count / self._most) ** 0.5, 1e-3)
        self.square.set(width=side).move_to(self._corner, aligned_edge=LEFT + UP)


class CountUp(Animation):
    """A square and its odometer run through the counts of an accumulation."""

    def __init__(self, work: WorkSquare, counts: Sequence[int], **kwargs: Any) -> None:
        self._work, self._counts = work, (0, *counts)
        super().__init__(work, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        place = self.rate_func(alpha) * (len(self._counts) - 1)
        self._work.grow_to(self._counts[round(place)])


class Funnel(VGroup):
    """A network as its widths: a bar of true height for each layer, joined by sloping sides."""

    def __init__(self, sizes: Sequence[int], zone: Zone) -> None:
        colours = theme.palette()
        unit = (zone.height - 0.8) / max(sizes)
        xs = np.linspace(zone.left + 0.4, zone.right - 0.4, len(sizes))
        middle = zone.center[1] + 0.3
        self.bars, self.sides, self.labels = VGroup(), VGroup(), VGroup()
        for x, d in zip(xs, sizes, strict=True):
            half = max(d * unit / 2, 0.02)
            bar = Line(at(x, middle - half), at(x, middle + half))
            self.bars.add(bar.set_stroke(colours.text, theme.STROKE.heavy))
            label = Words(integer("size", d).shown, size=theme.SIZE.label)
            self.labels.add(label.move_to(at(x, zone.bottom + 0.15)))
        for one, other in pairwise(self.bars):
            ends = (one.get_start(), one.get_end(), other.get_end(), other.get_start())
            side = Polygon(*ends).set_stroke(width=0).set_fill(colours.muted, 0.25)
            self.sides.add(side)
        super().__init__(self.sides, self.bars, self.labels)


class GrowthChart(VGroup):
    """Two counts over a width: dots from products carried out, joined by the closed formulas."""

    def __init__(
        self,
        curves: Sequence[tuple[str, Sequence[tuple[int, int]], Sequence[int], ManimColor]],
        names: tuple[str, str],
        zone: Zone,
    ) -> None:
        colours = theme.palette()
        widest = max(n for _, dots, _, _ in curves for n, _ in dots)
        most = max(count for _, dots, _, _ in curves for _, count in dots)
        self.axes = plain_axes(
            [0, widest * 1.04, widest],
            [0, most * 1.04, most],
            zone.width - 3.4,
            zone.height - 0.9,
            theme.STROKE.line,
        )
        self.axes.move_to(zone.edge(LEFT + UP) + 1.5 * RIGHT, aligned_edge=LEFT + UP)
        self.labels = VGroup()
        for n, _ in curves[0][1]:
            tick = Words(integer("width", n).shown, size=theme.SIZE.small, color=colours.muted)
            self.labels.add(tick.next_to(self.axes.c2p(n, 0), DOWN, buff=0.18))
        across, up = (Words(n, size=theme.SIZE.small, color=colours.muted) for n in names)
        across.next_to(self.labels, DOWN, buff=0.15)
        up.move_to(self.axes.c2p(0, most) + 0.2 * RIGHT, aligned_edge=LEFT + UP)
        self.labels.add(across, up)
        self.lines: list[VMobject] = []
        self.dots: list[VGroup] = []
        for title, dots, formula, colour in curves:
            points = [self.axes.c2p(n, count) for n, count in enumerate(formula)]
            line = VMobject().set_points_as_corners(points)
            self.lines.append(line.set_stroke(colour, theme.STROKE.strong))
            marks = VGroup(*(Dot(self.axes.c2p(*d), radius=0.08, color=colour) for d in dots))
            end = self.axes.c2p(*dots[-1])
            number = integer(f"widest, {title}", dots[-1][1])
            last = Words(number.shown, size=theme.SIZE.label, weight=600)
            text = VGroup(Words(title, size=theme.SIZE.small), last.set_color(colour))
            text.set_color(colour).arrange(DOWN, buff=0.12, aligned_edge=LEFT)
            marks.add(text.next_to(end, RIGHT, buff=0.25))
            text.shift(UP * max(0.0, self.axes.c2p(0, 0)[1] + 0.2 - text.get_bottom()[1]))
            text.shift(DOWN * max(0.0, text.get_top()[1] - zone.top))
            self.dots.append(marks)
        super().__init__(self.axes, self.labels)


class MemoryBars(VGroup):
    """Numbers held at once, step by step, as bars that stand on a line.

    The bars of the way there are outlined, and those of the way back, from `turn` on, are full.
    """

    def __init__(
        self,
        title: str,
        held: Sequence[int],
        peak: Number,
        turn: int,
        slots: int,
        most: int,
        colour: ManimColor,
        zone: Zone,
    ) -> None:
        self.title = Words(title, size=theme.SIZE.label, weight=600, color=colour)
        self.title.scale(min(1.0, zone.width / self.title.width))
        self.title.move_to(zone.edge(LEFT + UP), aligned_edge=LEFT + UP)
        self.peak = Words(f"at most {peak.shown}", size=theme.SIZE.label, color=colour)
        unit = (zone.height - self.title.height - self.peak.height - 0.35) / most
        pitch = zone.width / slots
        bars = []
        for number, count in enumerate(held):
            bar = Rectangle(width=0.78 * pitch, height=count * unit)
            bar.set_stroke(colour, theme.STROKE.hair)
            bar.set_fill(colour, _FULL if number >= turn else _FAINT)
            foot = at(zone.left + (number + 0.5) * pitch, zone.bottom)
            bars.append(bar.move_to(foot, aligned_edge=DOWN))
        self.there, self.back = VGroup(*bars[:turn]), VGroup(*bars[turn:])
        self.floor = Line(at(zone.left, zone.bottom), at(zone.left + slots * pitch, zone.bottom))
        self.floor.set_stroke(theme.palette().muted, theme.STROKE.line)
        highest = bars[held.index(max(held))]
        self.peak.next_to(highest, UP, buff=0.12)
        self.peak.shift(max(0.0, zone.left - self.peak.get_left()[0]) * RIGHT)
        super().__init__(self.title, self.floor)
        self.drawn = VGroup(*bars, self.peak)

    @staticmethod
    def grow(bars: VGroup) -> Animation:
        """Let bars grow one after another."""
        return LaggedStart(*(GrowFromEdge(bar, DOWN) for bar in bars), lag_ratio=0.3)


class Tape(VGroup):
    """The record of a run: one row a step, in the order of execution."""

    def __init__(self, steps: Sequence[str], zone: Zone) -> None:
        self.rows = [Formula(step, size=theme.SIZE.formula) for step in steps]
        super().__init__(*self.rows)
        self.arrange(DOWN, buff=0.34, aligned_edge=LEFT)
        zone.fit(self)

    def by_layer(self, depth: int) -> list[VGroup]:
        """The rows of each layer, and last the cost's."""
        each = (len(self.rows) - 1) // depth
        layers = [VGroup(*self.rows[k * each : (k + 1) * each]) for k in range(depth)]
        return [*layers, VGroup(self.rows[-1])]


def emblem(_: Lesson) -> VGroup:
    """A row vector before a matrix: what reverse mode multiplies."""
    colours = theme.palette()
    row = Rectangle(width=0.4, height=0.1, color=colours.gradient, fill_opacity=1, stroke_width=0)
    matrix = Rectangle(width=0.4, height=0.4, color=colours.text, stroke_width=theme.STROKE.line)
    lines = VGroup()
    for share in (1 / 3, 2 / 3):
        up = Line(matrix.get_corner(UP + LEFT), matrix.get_corner(UP + RIGHT))
        lines.add(up.copy().shift(share * 0.4 * (-UP)), up.copy().rotate(PI / 2).move_to(matrix))
        lines[-1].shift((share - 0.5) * 0.4 * RIGHT)
    lines.set_stroke(colours.muted, theme.STROKE.hair)
    return VGroup(row, VGroup(matrix, lines)).arrange(RIGHT, buff=0.12)
