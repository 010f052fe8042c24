"""BackwardChainRule: nudges at true size, factors in their places, shares that add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    ArcBetweenPoints,
    Arrow,
    Brace,
    Circle,
    Dot,
    Line,
    ManimColor,
    Rectangle,
    Triangle,
    VGroup,
    VMobject,
    config,
)
from numpy.typing import NDArray

from scenes.maths.derivation import NetworkPlace
from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Bound, Number
from scenes.maths.lesson.model import Lesson
from scenes.pictures import theme
from scenes.pictures.axes import plain_axes
from scenes.pictures.equations import Formula, Words
from scenes.pictures.network import CostNode, NetworkPicture
from scenes.pictures.stage import Point, Zone, at
from scenes.pictures.tables import matrix_rows, some, table, vector

Array = NDArray[np.float64]


def mark(network: NetworkPicture, cost: CostNode, place: NetworkPlace) -> VMobject:
    """A highlight of the place where a factor lives, in the gradient's colour."""
    colour = theme.palette().gradient
    if place.kind == "error":
        link = cost.links[place.neuron]
        line = Line(link.get_start(), link.get_end())
        return line.set_stroke(colour, theme.STROKE.heavy).set_z_index(_ABOVE_WIRES)
    if place.kind == "weight" and place.source is not None:
        path = network.paths[place.layer, place.neuron, place.source]
        return path.copy().set_stroke(colour, theme.STROKE.heavy).set_z_index(_ABOVE_WIRES)
    neuron = network.neuron(place.layer, place.neuron)
    ring = Circle(radius=neuron.radius + 0.06, color=colour).move_to(neuron.body)
    return ring.set_stroke(width=theme.STROKE.heavy).set_z_index(3)


_ABOVE_WIRES = 1.5
"""The z index of a mark on a wire: over all wires, and under the neurons."""


_ANGLES = (20, 30, 40, 50, 60, 75, 90)
"""Degrees from the horizontal at which a text may stand beside its output, the best first."""


def beside_outputs(
    network: NetworkPicture, cost: CostNode, texts: Sequence[Words], clear: Sequence[VMobject] = ()
) -> VGroup:
    """Texts beside the outputs, clear of all that stands there; none where there is no room."""
    middle = cost.body.get_y()
    for degrees in _ANGLES:
        for neuron, text in zip(network.layers[-1], texts, strict=True):
            # Away from the cost: its links come together there.
            side = UP if neuron.get_y() > middle - theme.SPACE.snug else DOWN
            angle = np.radians(degrees)
            way = np.cos(angle) * RIGHT + np.sin(angle) * side
            reach = abs(way[0]) * text.width / 2 + abs(way[1]) * text.height / 2
            text.move_to(neuron.body.get_center() + way * (neuron.radius + reach + 0.12))
        if all(_has_room(text, texts, network, cost, clear) for text in texts):
            return VGroup(*texts).set_z_index(3)
    return VGroup()


def _has_room(
    text: Words,
    texts: Sequence[Words],
    network: NetworkPicture,
    cost: CostNode,
    clear: Sequence[VMobject],
) -> bool:
    margin = 0.07
    left, right = text.get_left()[0] - margin, text.get_right()[0] + margin
    low, high = text.get_bottom()[1] - margin, text.get_top()[1] + margin
    for body in (cost.body, *(neuron.body for neuron in network.layers[-1])):
        x, y, _ = body.get_center()
        if np.hypot(x - np.clip(x, left, right), y - np.clip(y, low, high)) < body.width / 2:
            return False
    for link in cost.links:
        points = np.linspace(link.get_start(), link.get_end(), 40)
        inside = (points[:, 0] > left) & (points[:, 0] < right)
        if (inside & (points[:, 1] > low) & (points[:, 1] < high)).any():
            return False
    for other in (*(t for t in texts if t is not text), *clear):
        apart = other.get_left()[0] > right or other.get_right()[0] < left
        if not (apart or other.get_bottom()[1] > high or other.get_top()[1] < low):
            return False
    return True


class NudgeLines(VGroup):
    """Number lines below each other, all at one scale: how far each quantity moves."""

    def __init__(self, names: Sequence[str], moves: Sequence[float], zone: Zone) -> None:
        colours = theme.palette()
        lies, gap = zone.lies, theme.SPACE.gap
        self._fill = 0.85 if lies else 0.78  # of the room between two lines
        zone, under = zone.part(0.5, gap) if lies else zone.split(0.74, gap)
        # Room for a ring around what will stand there; the long line may begin under the cost.
        edge = theme.SPACE.margin - config.frame_width / 2
        self._under = replace(
            under,
            left=under.left if lies else max(edge, under.left - theme.SPACE.wide),
            bottom=under.bottom + 2 * theme.SPACE.snug,
        )
        left, self._right = zone.part(0.53 if lies else 0.6, gap=0.3)
        labels = [Formula(name, size=theme.SIZE.label) for name in names]
        indent = max(label.width for label in labels) + 0.25
        start, end = left.left + indent, left.right
        down, up = -min(0.0, *moves), max(0.0, *moves)
        self._unit = 0.92 * (end - start) / (down + up)
        self._zero = start + 0.04 * (end - start) + down * self._unit
        above, below = (0.75, 0.25) if left.height > 5 else (0.55, 0.15)
        levels = np.linspace(left.top - above, left.bottom + below, len(names))
        self.lines: list[VGroup] = []
        for label, level in zip(labels, levels, strict=True):
            line = Line(at(start, level), at(end, level), color=colours.muted)
            line.set_stroke(width=theme.STROKE.hair)
            tick = Line(self._foot(level) + 0.12 * DOWN, self._foot(level) + 0.12 * UP)
            tick.set_stroke(colours.muted, theme.STROKE.line)
            label.move_to(at(start - 0.2, level), aligned_edge=RIGHT)
            self.lines.append(VGroup(label, line, tick))
        self._levels, self._end = levels, end
        super().__init__(*self.lines)

    def _foot(self, level: float) -> Point:
        return at(self._zero, level)

    def arrow(self, k: int, move: float, number: Number) -> VGroup:
        """A move on line k, in true size, with its number above."""
        colour = theme.palette().gradient
        foot = self._foot(self._levels[k])
        length = move * self._unit
        text = Words(
            number.shown if number.exact else f"{number.relation} {number.shown}",
            size=theme.SIZE.small,
            weight=600,
            color=colour,
        )
        if abs(length) < 0.04:
            shaft: VMobject = Dot(foot + length * RIGHT, radius=0.06, color=colour)
        else:
            shaft = Arrow(
                foot,
                foot + length * RIGHT,
                buff=0,
                stroke_width=theme.STROKE.heavy,
                tip_length=min(0.2, 0.6 * abs(length)),
                max_tip_length_to_length_ratio=1,
                max_stroke_width_to_length_ratio=100,
                color=colour,
            )
        text.next_to(foot + max(length, 0.0) * RIGHT, UP, buff=0.16, aligned_edge=RIGHT)
        text.shift(RIGHT * max(0.0, self._zero - 0.1 - text.get_left()[0]))
        # The quotients stand beside the lines.
        text.shift(LEFT * max(0.0, text.get_right()[0] - self._end))
        return VGroup(shaft, text).set_z_index(3)

    def ratio(self, k: int, source: str) -> Formula:
        """A ratio between lines k and k + 1."""
        level = (self._levels[k] + self._levels[k + 1]) / 2
        formula = Formula(source, size=theme.SIZE.body)
        between = self._fill * abs(self._levels[k] - self._levels[k + 1])
        formula.scale(min(1.0, self._right.width / formula.width, between / formula.height))
        return formula.move_to(at(self._right.left, level), aligned_edge=LEFT)

    def conclusion(self, *sources: str) -> VGroup:
        """What follows from all the ratios, in a line under them, or beside in a flat zone."""
        parts = VGroup(*(Formula(source, size=theme.SIZE.body) for source in sources))
        self._under.fit(parts.arrange(RIGHT, buff=0.2))
        return parts.align_to(self._under.edge(LEFT), LEFT)


class Steps(VGroup):
    """Lines of one calculation, the relation signs below each other; its result is large."""

    def __init__(self, subject: str, lines: Sequence[str], result: str, zone: Zone) -> None:
        self.subject = Formula(subject, size=theme.SIZE.formula)
        self.lines = [Formula(line, size=theme.SIZE.body) for line in lines]
        self.lines.append(Formula(result, size=theme.SIZE.title, color=theme.palette().gradient))
        column = VGroup(*self.lines).arrange(DOWN, buff=0.55, aligned_edge=LEFT)
        self.subject.next_to(self.lines[0], LEFT, buff=0.2)
        self.subject.set_color(theme.palette().gradient)
        super().__init__(self.subject, *column)
        zone.fit(self)


class Named(VGroup):
    """A brace under some factors of a product, and below it the name of what they make."""

    def __init__(self, factors: VGroup, name: str, zone: Zone) -> None:
        colour = theme.palette().gradient
        self.brace = Brace(factors, DOWN, buff=theme.SPACE.gap / 2, color=colour)
        self.name_line = Formula(name, size=theme.SIZE.formula, color=colour)
        # Room for a ring around it.
        ring, gap = 2 * theme.SPACE.snug, theme.SPACE.gap
        high = float(self.brace.get_bottom()[1]) - gap - ring - zone.bottom
        scale = min(zone.width / self.name_line.width, high / self.name_line.height)
        self.name_line.scale(min(1.0, scale)).next_to(self.brace, DOWN, buff=gap)
        self.name_line.shift(RIGHT * max(0.0, zone.left - self.name_line.get_left()[0]))
        self.name_line.shift(LEFT * max(0.0, self.name_line.get_right()[0] - zone.right))
        super().__init__(self.brace, self.name_line)


class Shares(VGroup):
    """What each way on brings back to a neuron: weight times δ, and the shares' sum."""

    def __init__(
        self, numbers: Numbers, layer: int, j: int, zone: Zone, formula: str, lhs: str
    ) -> None:
        colours = theme.palette()
        self.formula = Formula(formula, size=theme.SIZE.formula)
        shown = some(numbers.lesson.network.layers[layer + 1], 4)
        self.ways = [i for i in shown if i is not None]
        self.rows: dict[int, VGroup] = {}
        cells: list[list[VMobject | None]] = []
        for i in shown:
            if i is None:
                dots = Formula("dots.c", size=theme.SIZE.body, color=colours.muted)
                cells.append([dots, None, None, None, dots.copy()])
                continue
            w, delta = numbers.w(layer + 1, i, j), numbers.delta(layer + 1, i)
            share = numbers.share(layer, j, i)
            sign = colours.negative if w.value < 0 else colours.positive
            row = [
                Formula(w.typst, size=theme.SIZE.body, color=sign),
                Formula("times", size=theme.SIZE.body),
                Formula(_bracketed(delta), size=theme.SIZE.body, color=colours.gradient),
                Formula(share.relation_typst, size=theme.SIZE.body),
                Formula(share.typst, size=theme.SIZE.body),
            ]
            self.rows[i] = VGroup(*row)
            cells.append([*row])
        total = numbers.da(layer, j)
        self.name_cell = Formula(lhs, size=theme.SIZE.formula, color=colours.gradient)
        self.total = VGroup(
            Formula(total.relation_typst, size=theme.SIZE.formula),
            Formula(total.typst, size=theme.SIZE.formula, color=colours.gradient),
        )
        body = table(cells, "rcrcr", [0.18, 0.18, 0.3, 0.3])
        self.rule = Line(body.get_corner(LEFT + DOWN), body.get_corner(RIGHT + DOWN))
        self.rule.set_stroke(colours.muted, theme.STROKE.line).shift(0.22 * DOWN)
        line = VGroup(self.name_cell, self.total.arrange(RIGHT, buff=0.3)).arrange(RIGHT, buff=0.3)
        line.next_to(self.rule, DOWN, buff=0.25, aligned_edge=RIGHT)
        self.dots = VGroup(*(c for row in cells if row[1] is None for c in row if c is not None))
        self.bottom_line = VGroup(self.name_cell, self.total)
        self.table = VGroup(body, self.rule, self.bottom_line)
        super().__init__(self.formula, self.table)
        top, rest = zone.split(0.28)
        top.fit(self.formula)
        rest.fit(self.table)


def _bracketed(number: Number) -> str:
    return f"({number.typst})" if number.printed < 0 else number.typst


class Transposed(VGroup):
    """δ carried back through Wᵀ, then scaled by the slopes, as formula and in numbers."""

    def __init__(self, numbers: Numbers, layer: int, formula: str, zone: Zone) -> None:
        sizes = numbers.lesson.network.layers
        here, after = range(sizes[layer]), range(sizes[layer + 1])
        delta = [numbers.delta(layer + 1, i) for i in after]
        da = [numbers.da(layer, j) for j in here]
        slope = [numbers.slope(layer, j) for j in here]
        result = [numbers.delta(layer, j) for j in here]
        transposed = [[numbers.w(layer + 1, i, j) for i in after] for j in here]
        super().__init__()
        for keep in (6, 3, 2):
            self.formula = Formula(formula, size=theme.SIZE.formula)
            self.product = Formula(
                f"mat({matrix_rows(transposed, keep)}) {vector(delta, keep)} "
                f"approx {vector(da, keep)}",
                size=theme.SIZE.body,
            )
            self.scaled = Formula(
                f"{vector(da, keep)} dot.o {vector(slope, keep)} approx "
                f"{{{{ {vector(result, keep)} : delta }}}}",
                size=theme.SIZE.body,
            )
            lines = VGroup(self.formula, self.product, self.scaled)
            lines.arrange(DOWN, buff=theme.SPACE.wide)
            zone.fit(lines)
            smallest = min(float(f.font_size) for f in (self.product, self.scaled))
            if smallest >= 0.98 * theme.SIZE.least:
                break
        self.scaled.part("delta").set_color(theme.palette().gradient)
        self.add(*lines)


class OuterProduct(VGroup):
    """δ down the side, the activations that came in along the top, and all their products."""

    def __init__(self, numbers: Numbers, layer: int, formula: str, zone: Zone) -> None:
        colours = theme.palette()
        sizes = numbers.lesson.network.layers
        self.formula = Formula(formula, size=theme.SIZE.formula)
        rows, columns = some(sizes[layer], 4), some(sizes[layer - 1], 3)
        size = theme.SIZE.label

        def cell(source: str, colour: ManimColor) -> Formula:
            return Formula(source, size=size, color=colour)

        dots = "dots.c"
        top = [
            cell(dots if k is None else numbers.a(layer - 1, k).typst, colours.signal)
            for k in columns
        ]
        side = [
            cell(dots if j is None else numbers.delta(layer, j).typst, colours.gradient)
            for j in rows
        ]
        self.cells = [
            [
                cell(
                    dots if j is None or k is None else numbers.dw(layer, j, k).typst, colours.text
                )
                for k in columns
            ]
            for j in rows
        ]
        body = table(
            [[None, *top], *([s, *row] for s, row in zip(side, self.cells, strict=True))],
            "r" + "r" * len(columns),
            [0.6] + [0.5] * (len(columns) - 1),
        )
        self.top, self.side = VGroup(*top), VGroup(*side)
        upright = Line(UP, DOWN).set_stroke(colours.muted, theme.STROKE.line)
        upright.stretch_to_fit_height(body.height + 0.2)
        upright.move_to(at(self.side.get_right()[0] + 0.28, body.get_y()))
        level = (self.top.get_bottom()[1] + VGroup(*self.cells[0]).get_top()[1]) / 2
        across = Line(body.get_left(), body.get_right()).set_stroke(
            colours.muted, theme.STROKE.line
        )
        across.set_y(level)
        self.rules = VGroup(upright, across)
        self.table = VGroup(body, self.rules)
        super().__init__(self.formula, self.table)
        head, rest = zone.split(0.28)
        head.fit(self.formula)
        rest.fit(self.table)

    @property
    def products(self) -> list[VGroup]:
        """The products, a row for each neuron."""
        return [VGroup(*row) for row in self.cells]


class AgreeingWays(VGroup):
    """One derivative as several ways find it; digits on which all agree stand out."""

    def __init__(
        self, rows: Sequence[tuple[str, Number, Bound | None]], heads: tuple[str, str], zone: Zone
    ) -> None:
        colours = theme.palette()
        shared = _shared_digits([number.read for _, number, _ in rows])
        head = [
            Formula(heads[0], size=theme.SIZE.formula, color=colours.gradient),
            Words(heads[1], size=theme.SIZE.label, color=colours.muted),
        ]
        names, values, offs = [], [], []
        for name, number, bound in rows:
            digits = Words(f"{number.relation} {number.shown}", size=theme.SIZE.formula)
            glyphs = len(number.relation) + shared
            digits.set_color(colours.muted)
            VGroup(*digits.submobjects[:glyphs]).set_color(colours.target)
            names.append(Words(name, size=theme.SIZE.body))
            values.append(digits)
            offs.append(None if bound is None else Formula(bound.typst, size=theme.SIZE.formula))
        if theme.wide_frame():
            body = table(list(zip(names, values, offs, strict=True)), "llc", [0.7, 0.9])
            step = 0.22
        else:  # there, the names stand above what they name
            body = table(list(zip(values, offs, strict=True)), "lc", [0.9])
            for name_line, digits in zip(names, values, strict=True):
                name_line.set_color(colours.muted)
                body.add(name_line.next_to(digits, UP, buff=0.18, aligned_edge=LEFT))
            step = 0.75
        lines = list(zip(names, values, offs, strict=True))
        self.rows = [VGroup(*(c for c in line if c is not None)) for line in lines]
        for k, row in enumerate(self.rows):
            row.shift(step * k * DOWN)
        self.heads = VGroup(*head)
        for column, text in enumerate(head, start=1):
            cells = VGroup(*(c for line in lines if (c := line[column]) is not None))
            text.next_to(self.rows[0], UP, buff=0.5).set_x(cells.get_x())
        super().__init__(body, self.heads)
        zone.fit(self)


def _shared_digits(texts: Sequence[str]) -> int:
    """How many characters all texts begin with."""
    columns = list(zip(*texts, strict=False))
    return next((k for k, c in enumerate(columns) if len(set(c)) > 1), len(columns))


class UpdateRules(VGroup):
    """What one update does to each parameter, and the rate; ``rest`` is the room under it."""

    def __init__(self, rules: Sequence[str], rate: str, zone: Zone) -> None:
        self.rules = [Formula(rule, size=theme.SIZE.body) for rule in rules]
        self.rate = Formula(rate, size=theme.SIZE.body)
        lines = VGroup(*self.rules)
        if zone.lies:
            VGroup(*lines, self.rate).arrange(RIGHT, buff=2 * theme.SPACE.wide)
        else:
            lines.arrange(DOWN, buff=theme.SPACE.gap, aligned_edge=LEFT)
            self.rate.next_to(lines, RIGHT, buff=2 * theme.SPACE.wide)
        super().__init__(lines, self.rate)
        zone.fit(self).align_to(zone.edge(UP), UP)
        self.rest = replace(zone, top=float(self.get_bottom()[1]) - theme.SPACE.wide)


class Falls(VGroup):
    """How much the cost changes in one update: as the slope predicts, and in truth.

    Each change has a name, a formula or none, a number, and a colour.
    """

    def __init__(
        self,
        before: Number,
        changes: Sequence[tuple[str, str, Number, ManimColor]],
        symbol: str,
        zone: Zone,
    ) -> None:
        colours = theme.palette()
        most = max(abs(number.value) for _, _, number, _ in changes)
        falling = all(number.value <= 0 for _, _, number, _ in changes)
        level = zone.top - 0.55 if falling else zone.center[1]
        length = zone.height - 2.1 if falling else 0.5 * zone.height - 1.4
        self.level = Line(at(zone.left, level), at(zone.right, level))
        self.level.set_stroke(colours.cost, theme.STROKE.line)
        name = Formula(f"{symbol} {before.relation_typst} {before.typst}", size=theme.SIZE.label)
        when = Words("before:", size=theme.SIZE.label, color=colours.cost)
        name.set_color(colours.cost).next_to(when, RIGHT, buff=0.15).on_baseline_of(when)
        self.level_name = VGroup(when, name).next_to(self.level, UP, buff=0.12)
        self.bars: list[VGroup] = []
        labels: list[list[VMobject]] = []
        for k, (text, formula, number, colour) in enumerate(changes):
            x = zone.left + (k + 0.5) * zone.width / len(changes)
            height = abs(number.value) / most * length if most else 0.0
            bar = Rectangle(width=0.9, height=max(height, 0.02)).set_fill(colour, 0.85)
            bar.set_stroke(width=0)
            below = number.value <= 0
            bar.move_to(at(x, level), aligned_edge=UP if below else DOWN)
            value = Formula(f"{number.relation_typst} {number.typst}", size=theme.SIZE.label)
            what = Words(text, size=theme.SIZE.small, color=colours.muted)
            label: list[VMobject] = [value, what]
            if formula:
                label.append(Formula(formula, size=theme.SIZE.small, color=colours.muted))
            labels.append(label)
            self.bars.append(VGroup(bar, VGroup(*label).arrange(DOWN, buff=0.14).set_x(x)))
        self._in_rows(labels)
        super().__init__(self.level, self.level_name, *self.bars)

    def _in_rows(self, labels: Sequence[Sequence[Any]]) -> None:
        """Put the labels on common baselines, under all bars, or above them where none falls."""
        captions = VGroup(*(bar[1] for bar in self.bars))
        bars = VGroup(self.level, *(bar[0] for bar in self.bars))
        falls = any(bar[0].get_y() < self.level.get_y() for bar in self.bars)
        for caption in captions:
            caption.next_to(bars, DOWN if falls else UP, buff=0.15, coor_mask=UP)
        first, *others = labels
        for label in others:
            for part, model in zip(label, first, strict=False):
                part.on_baseline_of(model)


class CostChart(VGroup):
    """The cost over the updates of gradient descent."""

    def __init__(
        self, costs: Array, first: Number, steps: Number, names: tuple[str, str], zone: Zone
    ) -> None:
        colours = theme.palette()
        top = 1.15 * float(costs[0])
        count = int(steps.value)
        start = Words(first.shown, size=theme.SIZE.small, color=colours.cost)
        room, gap = start.width + theme.SPACE.gap, theme.SPACE.gap / 2
        self.axes = plain_axes(
            [0, count, count],
            [0, top, top],
            zone.width - room - 0.45,
            zone.height - 1.3,
            theme.STROKE.line,
        )
        self.axes.move_to(zone.center).align_to(zone.edge(RIGHT) + 0.45 * LEFT, RIGHT)
        # What rises out of the picture is cut off at its upper edge.
        inside = costs <= top
        last = len(costs) if inside.all() else int(np.argmin(inside))
        self._points = [self.axes.c2p(n, float(c)) for n, c in enumerate(costs[:last])]
        self.curve = VMobject().set_points_as_corners(
            self._points if last > 1 else self._points * 2
        )
        self.curve.set_stroke(colours.cost, theme.STROKE.strong)
        self.end = Dot(self._points[-1], radius=0.09, color=colours.cost)
        y_name = Formula(names[1], size=theme.SIZE.label, color=colours.cost)
        y_name.next_to(self.axes.c2p(0, top), UP, buff=gap)
        start.next_to(self.axes.c2p(0, float(costs[0])), LEFT, buff=gap)
        nothing = Words("0", size=theme.SIZE.small, color=colours.muted)
        nothing.next_to(self.axes.c2p(0, 0), LEFT, buff=gap)
        x_name = Words(names[0], size=theme.SIZE.small, color=colours.muted)
        x_name.next_to(self.axes.c2p(count / 2, 0), DOWN, buff=0.18)
        tick = Words(steps.shown, size=theme.SIZE.small, color=colours.muted)
        tick.next_to(self.axes.c2p(count, 0), DOWN, buff=0.18)
        self.frame_lines = VGroup(self.axes, y_name, start, nothing, x_name, tick)
        super().__init__(self.frame_lines)

    def value(self, source: str) -> Formula:
        """The last cost, above the curve's end."""
        text = Formula(source, size=theme.SIZE.formula, color=theme.palette().cost)
        text.next_to(self.end, UP, buff=0.25)
        text.align_to(self.axes.c2p(self.axes.x_range[1], 0), RIGHT)
        left, bottom, _ = text.get_corner(LEFT + DOWN)
        below = [y for x, y, _ in self._points if x > left - 0.25]
        return text.shift(UP * max(0.0, max(below, default=bottom) + 0.25 - bottom))


def emblem(_: Lesson) -> VGroup:
    """Three links, and the factors that come back along them."""
    colours = theme.palette()
    places = [x * RIGHT for x in (0.0, 0.5, 1.0)]
    dots = VGroup(*(Dot(place, radius=0.085, color=colours.text) for place in places))
    back = VGroup()
    for left, right in pairwise(places):
        arc = ArcBetweenPoints(right + 0.16 * UP, left + 0.16 * UP, angle=0.6 * PI)
        arc.set_stroke(colours.gradient, theme.STROKE.strong)
        tip = Triangle(color=colours.gradient, fill_opacity=1, stroke_width=0).scale(0.07)
        end = arc.points[-1]
        heading = end - arc.point_from_proportion(0.9)
        tip.rotate(np.arctan2(heading[1], heading[0]) - PI / 2).move_to(end)
        back.add(VGroup(arc, tip))
    wires = VGroup(
        *(Line(a, b).set_stroke(colours.muted, theme.STROKE.hair) for a, b in pairwise(places))
    )
    return VGroup(wires, dots, back)
