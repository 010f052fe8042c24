"""ForwardPass: a weighted sum, an activation's curve, a layer, the cost, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import sympy as sp
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Create,
    DashedLine,
    Dot,
    FadeIn,
    Line,
    Mobject,
    RoundedRectangle,
    VGroup,
    VMobject,
)

from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Number, integer
from scenes.maths.formulas.notation import relation
from scenes.maths.lesson.model import Lesson
from scenes.maths.network import Activation
from scenes.maths.typst import typst
from scenes.pictures import theme
from scenes.pictures.animations import as_animation
from scenes.pictures.axes import plain_axes
from scenes.pictures.equations import Formula, Words
from scenes.pictures.stage import Zone
from scenes.pictures.tables import (
    cell_of,
    decimals_width,
    flush,
    matrix_rows,
    rule_of,
    some,
    table,
    vector,
)


class WeightedSum(VGroup):
    """How one neuron comes to its pre-activation: a product a row, the bias, a rule, the sum."""

    def __init__(self, numbers: Numbers, layer: int, j: int, formula: str, zone: Zone) -> None:
        colours = theme.palette()
        inputs = len(numbers.lesson.network.weights[layer - 1][j])
        incoming = [numbers.x(k) if layer == 1 else numbers.a(layer - 1, k) for k in range(inputs)]
        self.formula = Formula(formula, size=theme.SIZE.formula)
        self.weights = [
            cell_of(w.typst, colours.negative if w.value < 0 else colours.positive)
            for w in (numbers.w(layer, j, k) for k in range(inputs))
        ]
        self.inputs = [cell_of(value.typst, colours.signal) for value in incoming]
        self.times = [cell_of("times") for _ in range(inputs)]
        products = [numbers.product(layer, j, k) for k in range(inputs)]
        self.products = [cell_of(p.typst) for p in products]
        self.equals = [cell_of(p.relation_typst) for p in products]
        bias, total = numbers.b(layer, j), numbers.z(layer, j)
        self.bias_name = Words("bias", size=theme.SIZE.label, color=colours.muted)
        self.bias = cell_of(bias.typst)
        self.sum_name = cell_of("z", colours.signal, theme.SIZE.formula)
        self.sum_relation = cell_of(total.relation_typst, size=theme.SIZE.formula)
        self.total = cell_of(total.typst, colours.signal, theme.SIZE.formula)
        rows: list[list[VMobject | None]] = [
            [self.weights[k], self.times[k], self.inputs[k], self.equals[k], self.products[k]]
            for k in range(inputs)
        ]
        rows.append([None, None, self.bias_name, None, self.bias])
        rows.append([None, None, self.sum_name, self.sum_relation, self.total])
        body = table(rows, "rcrcr", [0.18, 0.18, 0.3, 0.3])
        self._on_points([*self.products, self.bias, self.total], [*products, bias, total])
        self.rule = rule_of(body.width).move_to(body)
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
            missing = decimals_width(most) - decimals_width(number)
            if missing > 0:
                tail = cell_of("0" * missing if number.decimals else "." + "0" * (missing - 1))
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
                f"{{{{ {vector(z, keep)} : z }}}} {relation(z)} "
                f"{{{{ mat({matrix_rows(w, keep)}) : W }}}} thin {{{{ {vector(x, keep)} : x }}}} "
                f"+ {{{{ {vector(b, keep)} : b }}}}",
                size=theme.SIZE.body,
            )
            self.activation_line = Formula(
                f"{after} {relation(a)} {vector(a, keep)}", size=theme.SIZE.body
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
        self.outputs = [cell_of(n.typst, colours.signal) for n in a]
        self.targets = [cell_of(n.typst, colours.target) for n in y]
        self.minus = [cell_of("-") for _ in a]
        self.errors = [cell_of(f"{e.relation_typst} {e.typst}") for e in errors]
        self.squares = [cell_of(f"{s.relation_typst} {s.typst}", colours.cost) for s in squares]
        self.heads = [
            Words(text, size=theme.SIZE.label, color=colours.muted)
            for text in ("output", "target", "difference", "squared")
        ]
        heads = [self.heads[0], None, self.heads[1], self.heads[2], self.heads[3]]
        shown = some(outputs, 3)
        self.rows = [i for i in shown if i is not None]
        """The outputs that have a row; dots stand for the others."""
        self.dots = [cell_of("dots.c", colours.muted) for _ in range(4 * (None in shown))]
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
            flush([column[i] for i in self.rows])
        self.rule = rule_of(body.width).next_to(body, DOWN, buff=theme.SPACE.gap)
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


_BOUNDED = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


class ActivationCurve(VGroup):
    """An activation's graph and one point: from z on the axis up to the curve, across to a."""

    def __init__(self, activation: Activation, z: Number, a: Number, zone: Zone) -> None:
        colours = theme.palette()
        self.activation = activation
        reach = max(4.0 if activation.name in _BOUNDED else 2.0, 1.25 * abs(z.value))
        low, high = _BOUNDED.get(
            activation.name, (0.0 if activation.name == "relu" else -reach, reach)
        )
        pad = 0.12 * (high - low)
        self.axes = plain_axes(
            [-reach, reach, reach],
            [low - pad, high + pad, high - low],
            zone.width * 0.86,
            zone.height * 0.76,
            theme.STROKE.hair,
        )
        self.axes.move_to(zone.center)
        self.graph = self.axes.plot(self._height, use_smoothing=activation.name != "relu")
        self.graph.set_stroke(colours.text, theme.STROKE.strong)
        self.bounds = self._bounds(low, high)
        names = (Formula("z", size=theme.SIZE.label), Formula("a", size=theme.SIZE.label))
        names[0].next_to(self.axes.x_axis.get_right(), RIGHT, buff=0.12)
        names[1].next_to(self.axes.y_axis.get_top(), UP, buff=0.12)
        self.names = VGroup(*names).set_color(colours.muted)
        self._point(z, a)
        self.marks = VGroup(self.z_dot, self.up, self.across, self.z_name, self.a_name)
        super().__init__(self.axes, self.bounds, self.names, self.graph)

    def _height(self, z: float) -> float:
        return float(self.activation.function(np.array([z]))[0])

    def _bounds(self, low: float, high: float) -> VGroup:
        """The values that the curve only nears, as faint lines with their numbers."""
        group = VGroup()
        if self.activation.name not in _BOUNDED:
            return group
        colours = theme.palette()
        left, right = self.axes.x_range[0], self.axes.x_range[1]
        for bound in (low, high):
            line = DashedLine(self.axes.c2p(left, bound), self.axes.c2p(right, bound))
            line.set_stroke(colours.muted, theme.STROKE.hair)
            name = Words(integer("bound", round(bound)).shown, size=theme.SIZE.small)
            name.set_color(colours.muted).next_to(line, LEFT, buff=0.12)
            group.add(line, name)
        return group

    def _point(self, z: Number, a: Number) -> None:
        """The marks of the one point; they are shown by the film, in turn."""
        colours = theme.palette()
        foot, peak = self.axes.c2p(z.value, 0), self.axes.c2p(z.value, a.value)
        side = self.axes.c2p(0, a.value)
        self.z_dot = Dot(foot, color=colours.signal, radius=0.09).set_z_index(3)
        self.up = DashedLine(foot, peak, dash_length=0.08) if a.value else VMobject()
        self.up.set_stroke(colours.signal, theme.STROKE.line)
        self.across = DashedLine(peak, side, dash_length=0.08) if z.value else VMobject()
        self.across.set_stroke(colours.signal, theme.STROKE.line)
        self.climb = Line(foot, peak)
        self.carry = Line(peak, side)
        below = DOWN if a.value >= 0 else UP
        self.z_name = Formula(f"z {z.relation_typst} {z.typst}", size=theme.SIZE.small)
        # On its own side of the upright axis, which would run through it otherwise.
        outward = LEFT if z.value < 0 else RIGHT
        self.z_name.set_color(colours.signal).next_to(foot, below, buff=0.18)
        self.z_name.align_to(foot - 0.12 * outward, -outward)
        self.z_name.set_z_index(4)  # it comes out of a neuron
        self.a_name = Formula(f"a {a.relation_typst} {a.typst}", size=theme.SIZE.label)
        self.a_name.set_color(colours.signal)
        self.a_name.next_to(side, RIGHT if z.value < 0 else LEFT, buff=0.2)
        level = self.axes.c2p(0, 0)[1]
        if abs(self.a_name.get_y() - level) < self.a_name.height:  # the level axis runs through it
            # The curve rises to the right: above the name there, and below it on the left.
            off = (-1.4 if z.value < 0 else 1.4) * self.a_name.height
            self.a_name.shift(UP * (level + off - self.a_name.get_y()))


def emblem(lesson: Lesson) -> VGroup:
    """The network's neurons and wires."""
    colours, sizes = theme.palette(), lesson.network.layers
    pitch = 0.8 / max(2, *sizes)
    columns = []
    for x, size in zip(np.linspace(0, 1, len(sizes)), sizes, strict=True):
        heights = (np.arange(size) - (size - 1) / 2) * pitch
        columns.append([np.array([x, y, 0.0]) for y in heights])
    wires = VGroup(
        *(
            Line(start, end).set_stroke(colours.muted, theme.STROKE.hair)
            for before, after in pairwise(columns)
            for start in before
            for end in after
        )
    )
    radius = min(0.085, 0.36 * pitch)
    dots = VGroup(
        *(Dot(point, radius=radius, color=colours.signal) for row in columns for point in row)
    )
    return VGroup(wires, dots)
