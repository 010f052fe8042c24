"""Panels: tables and equations that stand in the frame's fixed place for formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import sympy as sp
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Create,
    FadeIn,
    Line,
    ManimColor,
    Mobject,
    RoundedRectangle,
    VGroup,
    VMobject,
)

from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Number
from scenes.maths.typst import typst
from scenes.pictures import theme
from scenes.pictures.equations import Formula, Words
from scenes.pictures.moves import as_animation
from scenes.pictures.stage import Zone

_ROW = 0.72
"""Distance of a table's baselines at full size, in frame units."""


def _cell(source: str, colour: ManimColor | None = None, size: float = theme.SIZE.body) -> Formula:
    cell = Formula(source, size=size)
    return cell if colour is None else cell.set_color(colour)


def _rule(width: float) -> Line:
    colour = theme.palette().muted
    return Line(ORIGIN, width * RIGHT, color=colour, stroke_width=theme.STROKE.line)


def _decimals_width(number: Number) -> int:
    return number.decimals + 1 if number.decimals else 0


def _flush(cells: Sequence[Formula]) -> None:
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


class WeightedSum(VGroup):
    """How one neuron comes to its pre-activation: a product a row, the bias, a rule, the sum."""

    def __init__(self, numbers: Numbers, layer: int, j: int, formula: str, zone: Zone) -> None:
        colours = theme.palette()
        inputs = len(numbers.lesson.network.weights[layer - 1][j])
        incoming = [numbers.x(k) if layer == 1 else numbers.a(layer - 1, k) for k in range(inputs)]
        self.formula = Formula(formula, size=theme.SIZE.formula)
        self.weights = [
            _cell(w.typst, colours.negative if w.value < 0 else colours.positive)
            for w in (numbers.w(layer, j, k) for k in range(inputs))
        ]
        self.inputs = [_cell(value.typst, colours.signal) for value in incoming]
        self.times = [_cell("times") for _ in range(inputs)]
        products = [numbers.product(layer, j, k) for k in range(inputs)]
        self.products = [_cell(p.typst) for p in products]
        self.equals = [_cell(p.relation_typst) for p in products]
        bias, total = numbers.b(layer, j), numbers.z(layer, j)
        self.bias_name = Words("bias", size=theme.SIZE.label, color=colours.muted)
        self.bias = _cell(bias.typst)
        self.sum_name = _cell("z", colours.signal, theme.SIZE.formula)
        self.sum_relation = _cell(total.relation_typst, size=theme.SIZE.formula)
        self.total = _cell(total.typst, colours.signal, theme.SIZE.formula)
        rows: list[list[VMobject | None]] = [
            [self.weights[k], self.times[k], self.inputs[k], self.equals[k], self.products[k]]
            for k in range(inputs)
        ]
        rows.append([None, None, self.bias_name, None, self.bias])
        rows.append([None, None, self.sum_name, self.sum_relation, self.total])
        body = table(rows, "rcrcr", [0.18, 0.18, 0.3, 0.3])
        self._on_points([*self.products, self.bias, self.total], [*products, bias, total])
        self.rule = _rule(body.width).move_to(body)
        self.rule.set_y((self.bias.get_bottom()[1] + self.total.get_top()[1]) / 2)
        VGroup(self.sum_name, self.sum_relation, self.total).shift(0.12 * DOWN)
        self.table = VGroup(body, self.rule)
        top, rest = zone.split(0.2)
        super().__init__(self.formula, self.table)
        top.fit(self.formula)
        rest.fit(self.table)

    @staticmethod
    def _on_points(cells: Sequence[VMobject], numbers: Sequence[Number]) -> None:
        """Shift right-aligned numbers so that their decimal points stand in one column."""
        most = max(numbers, key=lambda n: n.decimals)
        for cell, number in zip(cells, numbers, strict=True):
            missing = _decimals_width(most) - _decimals_width(number)
            if missing > 0:
                tail = _cell("0" * missing if number.decimals else "." + "0" * (missing - 1))
                cell.shift(LEFT * (tail.width + 0.02))

    def result(self, k: int) -> VGroup:
        """What product ``k`` comes to."""
        return VGroup(self.equals[k], self.products[k])

    @property
    def bottom_line(self) -> VGroup:
        """The sum: its name, the relation, and its value."""
        return VGroup(self.sum_name, self.sum_relation, self.total)


class LayerEquation(VGroup):
    """A whole layer at once: z = W x + b with its numbers, and under it the activations.

    Rows and columns are left out, with dots in their place, where there are too many to be read.
    """

    def __init__(self, numbers: Numbers, layer: int, symbols: str, after: str, zone: Zone) -> None:
        network = numbers.lesson.network
        rows, columns = network.layers[layer], network.layers[layer - 1]
        z = [numbers.z(layer, j) for j in range(rows)]
        a = [numbers.a(layer, j) for j in range(rows)]
        b = [numbers.b(layer, j) for j in range(rows)]
        x = [numbers.a(layer - 1, k) for k in range(columns)]
        w = [[numbers.w(layer, j, k) for k in range(columns)] for j in range(rows)]
        super().__init__()
        for keep in (max(rows, columns), 3, 2):
            self.symbols = Formula(symbols, size=theme.SIZE.formula)
            self.sum_line = Formula(
                f"{{{{ {vector(z, keep)} : z }}}} {_relation(z)} "
                f"{{{{ mat({matrix_rows(w, keep)}) : W }}}} thin {{{{ {vector(x, keep)} : x }}}} "
                f"+ {{{{ {vector(b, keep)} : b }}}}",
                size=theme.SIZE.body,
            )
            self.activation_line = Formula(
                f"{after} {_relation(a)} {vector(a, keep)}", size=theme.SIZE.body
            )
            lines = VGroup(self.symbols, self.sum_line, self.activation_line)
            lines.arrange(DOWN, buff=theme.SPACE.wide)
            zone.fit(lines)
            if self.sum_line.font_size >= 0.98 * theme.SIZE.least:
                break
        self.add(*lines)
        self._pieces = self._cut()

    def piece(self, name: str) -> VGroup:
        """A part of the line of numbers with the sign before it: W, x, b or z."""
        return self._pieces[name]

    def _cut(self) -> dict[str, VGroup]:
        """Divide the line's glyphs among its labelled parts; a sign goes with the part after it."""
        named = {name: self.sum_line.part(name) for name in ("z", "W", "x", "b")}
        owner = {id(glyph): name for name, part in named.items() for glyph in part}
        rest = [glyph for glyph in self.sum_line if id(glyph) not in owner]
        plus = max(rest, key=lambda glyph: glyph.get_x())
        pieces = {name: VGroup(*part) for name, part in named.items()}
        for glyph in rest:
            pieces["b" if glyph is plus else "z"].add(glyph)
        return pieces


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


def _relation(values: Sequence[Number]) -> str:
    return "=" if all(value.exact for value in values) else "approx"


class CostTable(VGroup):
    """Outputs, targets, differences and squares in columns; half their sum is the cost."""

    ring = 0.14
    """Room between the cost and a ring around it, in frame units."""

    def __init__(self, numbers: Numbers, formula: str, zone: Zone) -> None:
        colours = theme.palette()
        depth, outputs = len(numbers.lesson.network.layers) - 1, len(numbers.lesson.network.target)
        self.formula = Formula(formula, size=theme.SIZE.formula)
        a = [numbers.a(depth, i) for i in range(outputs)]
        y = [numbers.y(i) for i in range(outputs)]
        errors = [numbers.error(i) for i in range(outputs)]
        squares = [numbers.squared_error(i) for i in range(outputs)]
        self.outputs = [_cell(n.typst, colours.signal) for n in a]
        self.targets = [_cell(n.typst, colours.target) for n in y]
        self.minus = [_cell("-") for _ in a]
        self.errors = [_cell(f"{e.relation_typst} {e.typst}") for e in errors]
        self.squares = [_cell(f"{s.relation_typst} {s.typst}", colours.cost) for s in squares]
        self.heads = [
            Words(text, size=theme.SIZE.label, color=colours.muted)
            for text in ("output", "target", "difference", "squared")
        ]
        heads = [self.heads[0], None, self.heads[1], self.heads[2], self.heads[3]]
        shown = some(outputs, 3)
        self.rows = [i for i in shown if i is not None]
        """The outputs that have a row; dots stand for the others."""
        self.dots = [_cell("dots.c", colours.muted) for _ in range(4 * (None in shown))]
        rows: list[list[VMobject | None]] = [list(heads)]
        for i in shown:
            if i is None:
                rows.append([self.dots[0], None, *self.dots[1:]])
                continue
            rows.append(
                [self.outputs[i], self.minus[i], self.targets[i], self.errors[i], self.squares[i]]
            )
        body = table(rows, "ccccc", [0.22, 0.22, 0.4, 0.5])
        for column in (self.outputs, self.targets, self.errors, self.squares):
            _flush([column[i] for i in self.rows])
        self.rule = _rule(body.width).next_to(body, DOWN, buff=theme.SPACE.gap)
        cost = numbers.cost()
        total = " + ".join("dots.c" if i is None else squares[i].typst for i in shown)
        self.half = Formula(
            f"C {cost.relation_typst} {typst(sp.S.Half)} ({total})", size=theme.SIZE.body
        )
        self.result = Formula(
            f"C {cost.relation_typst} {cost.typst}", size=theme.SIZE.title, color=colours.cost
        )
        # In a flat panel the sum and the cost stand side by side, so that nothing has to shrink.
        under = theme.SPACE.gap + self.ring
        way, gap = (RIGHT, 2 * theme.SPACE.wide) if zone.lies else (DOWN, under)
        below = VGroup(self.half, self.result).arrange(way, buff=gap)
        below.next_to(self.rule, DOWN, buff=theme.SPACE.gap)
        self.table = VGroup(body, self.rule, below)
        super().__init__(self.formula, self.table)
        top, rest = zone.split(0.2)
        top.fit(self.formula)
        replace(rest, bottom=rest.bottom + self.ring + theme.SPACE.snug).fit(self.table)

    def differences(self) -> VGroup:
        """The column of differences, as far as it is shown."""
        return VGroup(*(self.errors[i] for i in self.rows), *self.dots[2:3])

    def squared(self) -> VGroup:
        """The column of squares, as far as it is shown."""
        return VGroup(*(self.squares[i] for i in self.rows), *self.dots[3:4])


def _frame_around(content: Mobject, width: float) -> RoundedRectangle:
    frame = RoundedRectangle(width=width, height=content.height + 0.4, corner_radius=0.12)
    frame.set_stroke(theme.palette().muted, theme.STROKE.line)
    return frame.move_to(content)


class Memory(VGroup):
    """The shelf on which the forward pass leaves every z and every a, layer by layer."""

    def __init__(self, numbers: Numbers, names: Sequence[tuple[str, str]], zone: Zone) -> None:
        colours = theme.palette()
        sizes = numbers.lesson.network.layers
        keep = 5 if len(names) <= 3 else 3
        self.cards: list[tuple[VGroup, VGroup]] = []
        for layer, (z_name, a_name) in enumerate(names, start=1):
            z = [numbers.z(layer, j) for j in range(sizes[layer])]
            a = [numbers.a(layer, j) for j in range(sizes[layer])]
            self.cards.append((self._card(z_name, z, keep), self._card(a_name, a, keep)))
        super().__init__(*(card for pair in self.cards for card in pair))
        widest = max(card.width for pair in self.cards for card in pair)
        for pair in self.cards:
            for card in pair:
                card[0].become(_frame_around(card[1:], widest))
        by_layer = VGroup(*(VGroup(*pair) for pair in self.cards))
        if len(self.cards) <= 2:  # a row a layer; with more layers a column each
            for row in by_layer:
                row.arrange(RIGHT, buff=theme.SPACE.gap)
            by_layer.arrange(DOWN, buff=theme.SPACE.gap)
        else:
            for column in by_layer:
                column.arrange(DOWN, buff=theme.SPACE.gap)
            by_layer.arrange(RIGHT, buff=theme.SPACE.gap)
        zone.fit(self)
        self.set_z_index(3)
        self.colours = colours

    def _card(self, name: str, values: Sequence[Number], keep: int) -> VGroup:
        colours = theme.palette()
        head = Formula(name, size=theme.SIZE.body)
        body = Formula(vector(values, keep), size=theme.SIZE.body, color=colours.signal)
        column = VGroup(head, body).arrange(DOWN, buff=theme.SPACE.gap)
        return VGroup(_frame_around(column, column.width + 0.4), head, body)

    def put_up(self) -> Animation:
        """Draw all cards with their names, still without values."""
        cards = [card for pair in self.cards for card in pair]
        return AnimationGroup(
            *(Create(frame) for frame, _, _ in cards), *(FadeIn(head) for _, head, _ in cards)
        )

    @staticmethod
    def store(card: VGroup) -> Animation:
        """Let the values come in on a card; flying there, they would cross other cards."""
        return FadeIn(card[2], shift=0.1 * UP)

    def lock(self) -> Animation:
        """Outline the cards: these stay."""
        frames = VGroup(*(card[0] for pair in self.cards for card in pair))
        return as_animation(frames.animate.set_stroke(self.colours.signal, theme.STROKE.strong))
