"""LocalVersusGlobalMinima: the cost curve, the ball, its hops, and where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    Arrow,
    Dot,
    Line,
    ManimColor,
    Rectangle,
    Triangle,
    VGroup,
    VMobject,
    linear,
)
from numpy.typing import NDArray

from scenes.maths.derivation import settling_steps
from scenes.maths.display.number import integer
from scenes.maths.landscape.cost_curve import CostCurve, StationaryPoint
from scenes.maths.landscape.descent import Basin
from scenes.maths.lesson.model import Lesson
from scenes.pictures import theme
from scenes.pictures.emblems import SAMPLES, curve_with_ball
from scenes.pictures.equations import Formula, Words
from scenes.pictures.stage import Point, Zone

Array = NDArray[np.float64]


_LEAST_ARROW = 0.3
"""Frame units."""


class CurveGraph(VGroup):
    """The graph of a cost curve over its interval, with its two axes."""

    def __init__(self, curve: CostCurve, zone: Zone, names: tuple[str, str] | None = None) -> None:
        colours = theme.palette()
        self.cost, self.zone = curve, zone
        low, high = curve.interval
        w = np.linspace(low, high, 321)
        heights = curve.value(w)
        self._foot = float(heights.min()) - 0.12 * float(np.ptp(heights))
        room, below = (0.55, 1.05) if names else (0.0, 0.0)  # for names; for marks below the axis
        self._scale = (
            (zone.width - room) / (high - low),
            (zone.height - room - below) / (float(heights.max()) - self._foot),
        )
        self._corner = np.array([zone.left, zone.bottom + below, 0.0])
        points = [self._point(a, b) for a, b in zip(w, heights, strict=True)]
        self.line = VMobject().set_points_as_corners(points)
        self.line.set_stroke(colours.text, theme.STROKE.strong)
        self.axis = Line(self.floor(low), self.floor(high))
        self.axis.set_stroke(colours.muted, theme.STROKE.line)
        super().__init__(self.axis, self.line)
        self.names = VGroup()
        if names:
            side = Line(self._corner, self._corner + (zone.height - room - below) * UP)
            side.set_stroke(colours.muted, theme.STROKE.line)
            across = Formula(names[0], size=theme.SIZE.label, color=colours.muted)
            across.next_to(self.floor(high), RIGHT, buff=0.15)
            up = Formula(names[1], size=theme.SIZE.label, color=colours.cost)
            up.next_to(side, UP, buff=0.1)
            self.names.add(side, across, up)
            self.add(self.names)

    def strength(self, opacity: float) -> list[Any]:
        """Changes to how strongly all of the graph is drawn."""
        lines, names = VGroup(self.axis, self.line, *self.names[:1]), VGroup(*self.names[1:])
        return [lines.animate.set_stroke(opacity=opacity), names.animate.set_opacity(opacity)]

    def _point(self, w: float, height: float) -> Point:
        offset = np.array([w - self.cost.interval[0], height - self._foot, 0.0])
        return np.asarray(self._corner + offset * (*self._scale, 0.0))

    def at(self, w: float) -> Point:
        """The point of the curve over w."""
        return self._point(w, float(self.cost.value(w)))

    def floor(self, w: float) -> Point:
        """The point of the axis at w."""
        return self._point(w, self._foot)

    def tangent(self, w: float, reach: float) -> Line:
        """A piece of the tangent at w, `reach` frame units to either side."""
        way = np.array([self._scale[0], float(self.cost.slope(w)) * self._scale[1], 0.0])
        way = reach * way / np.linalg.norm(way)
        line = Line(self.at(w) - way, self.at(w) + way)
        return line.set_stroke(theme.palette().gradient, theme.STROKE.heavy).set_z_index(2)

    def way_down(self, w: float, to: float) -> Arrow:
        """An arrow along the axis, from w to where the next step leads.

        A step too short to be seen is pointed at by an arrow of the least length.
        """
        start, end = self.floor(w), self.floor(to)
        if (length := float(np.linalg.norm(end - start))) < _LEAST_ARROW:
            end = start + (_LEAST_ARROW / length if length else 0.0) * (end - start)
        arrow = Arrow(
            start,
            end,
            buff=0,
            tip_length=min(0.2, 0.6 * float(np.linalg.norm(end - start))),
            max_tip_length_to_length_ratio=1,
            max_stroke_width_to_length_ratio=100,
            stroke_width=theme.STROKE.strong,
        )
        return arrow.shift(0.22 * UP).set_color(theme.palette().signal)

    def level(self, w: float) -> Line:
        """A short level line at a stationary point."""
        line = Line(self.at(w) + 0.4 * LEFT, self.at(w) + 0.4 * RIGHT)
        return line.set_stroke(theme.palette().gradient, theme.STROKE.strong).set_z_index(2)


class Ball(Dot):
    """Where we are."""

    def __init__(self, point: Point, radius: float = 0.14) -> None:
        colours = theme.palette()
        super().__init__(point, radius=radius, color=colours.signal)
        self.set_stroke(colours.background, theme.STROKE.hair).set_z_index(4)


class Hops(Animation):
    """Balls go through their positions on a graph, all in step; each hop is an arc.

    Where `rolling`, a ball keeps to the curve between two positions, and the longer a step is, the
    more time it has: much goes to the way, and little to the settling at its end.
    """

    def __init__(
        self,
        graph: CurveGraph,
        balls: Sequence[Ball],
        walks: Sequence[Array],
        *,
        arch: float = 0.5,
        rolling: bool = False,
        **kwargs: Any,
    ) -> None:
        self._graph, self._balls, self._walks = graph, list(balls), list(walks)
        self._arch, self._rolling = arch, rolling
        self._most = max(len(walk) for walk in walks) - 1
        self._clock = np.linspace(0.0, 1.0, self._most + 1)
        if rolling:
            (walk,) = walks
            took = np.concatenate([[0.0], np.cumsum(np.sqrt(np.abs(np.diff(walk))))])
            self._clock = took / took[-1]
        super().__init__(VGroup(*balls), rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        s = float(np.interp(alpha, self._clock, np.arange(self._most + 1)))
        for ball, walk in zip(self._balls, self._walks, strict=True):
            ball.move_to(self._place(walk, s))

    def _place(self, walk: Array, s: float) -> Point:
        if s >= len(walk) - 1:
            return self._graph.at(float(walk[-1]))
        k = int(s)
        t = s - k
        if self._rolling:
            return self._graph.at(float(walk[k] + t * (walk[k + 1] - walk[k])))
        t = t * t * (3 - 2 * t)
        a, b = self._graph.at(float(walk[k])), self._graph.at(float(walk[k + 1]))
        high = self._arch * min(1.0, float(np.linalg.norm(b - a)))
        return np.asarray(a + t * (b - a) + 4 * t * (1 - t) * high * UP)


def footprints(graph: CurveGraph, walk: Array) -> VGroup:
    """Where the ball has been: a dot for each place."""
    dots = (Dot(graph.at(float(w)), radius=0.06) for w in walk)
    return VGroup(*dots).set_color(theme.palette().signal).set_opacity(0.6).set_z_index(3)


class Pointer(VGroup):
    """A small triangle on the axis, which points up to w, and lines of type under it."""

    def __init__(self, graph: CurveGraph, w: float, colour: ManimColor, *lines: VMobject) -> None:
        self._zone = graph.zone
        mark = Triangle().scale_to_fit_height(0.2).set_fill(colour, 1).set_stroke(width=0)
        mark.next_to(graph.floor(w), DOWN, buff=0.06)
        self.text = VGroup(*lines).set_color(colour).arrange(DOWN, buff=0.08)
        super().__init__(mark, self.text.next_to(mark, DOWN, buff=0.1))
        self._stay_inside(self)

    def keep_apart(self, other: Pointer) -> None:
        """Move the lines of two pointers aside where they would meet."""
        one, two = sorted((self, other), key=lambda pointer: float(pointer[0].get_x()))
        over = one.text.get_right()[0] + theme.SPACE.gap - two.text.get_left()[0]
        if over > 0:
            one.text.shift(LEFT * over / 2)
            two.text.shift(RIGHT * over / 2)
            one._stay_inside(one, two)
            two._stay_inside(one, two)

    def _stay_inside(self, *moved: Pointer) -> None:
        """Shift lines of pointers by as much as this one's reach out of the picture."""
        left = max(0.0, self._zone.left - self.text.get_left()[0])
        right = max(0.0, self.text.get_right()[0] - self._zone.right)
        for pointer in moved:
            pointer.text.shift(RIGHT * (left - right))


def start_marks(graph: CurveGraph, walks: Sequence[Array], good: Sequence[bool]) -> VGroup:
    """Where balls started, on the axis: filled where they reach the global minimum."""
    colours = theme.palette()
    marks = VGroup()
    for walk, arrives in zip(walks, good, strict=True):
        dot = Dot(graph.floor(float(walk[0])), radius=0.06).set_z_index(3)
        colour = colours.target if arrives else colours.muted
        dot.set_fill(colour if arrives else colours.background, 1)
        marks.add(dot.set_stroke(colour, theme.STROKE.hair))
    return marks


class BasinBand(VGroup):
    """The axis tinted by where a descent from there ends: filled for the global minimum."""

    def __init__(self, graph: CurveGraph, basins: Sequence[Basin], goal: StationaryPoint) -> None:
        colours = theme.palette()
        super().__init__()
        for basin in basins:
            left, right = graph.floor(basin.left), graph.floor(basin.right)
            band = Rectangle(width=max(right[0] - left[0], 0.01), height=0.2)
            band.move_to((left + right) / 2).shift(0.2 * DOWN)
            best = basin.rest == goal
            colour = colours.target if best else colours.muted
            band.set_stroke(colour, theme.STROKE.line).set_fill(colour, 0.9 if best else 0.0)
            self.add(band)


class KindCard(VGroup):
    """One meaning of a slope of nothing: a small curve with its name, and what derivatives say."""

    def __init__(
        self, name: str, curve: CostCurve, formula: str, lines: Sequence[str], zone: Zone
    ) -> None:
        colours = theme.palette()
        left, right = zone.part(0.34)
        self.graph = CurveGraph(curve, left)
        self.graph.remove(self.graph.axis)
        self.mark = self.graph.level(0.0)
        title = Words(name, size=theme.SIZE.label, weight=600)
        example = Formula(formula, size=theme.SIZE.label)
        facts = [Formula(line, size=theme.SIZE.label, color=colours.gradient) for line in lines]
        self.head, self.facts = VGroup(title, example), facts
        said = VGroup(*facts).arrange(RIGHT, buff=0.5)
        text = VGroup(title, example, said).arrange(DOWN, buff=0.22, aligned_edge=LEFT)
        if text.height > right.height:  # where it lies flat, the formulas stand in one line
            formulas = VGroup(example, said).arrange(RIGHT, buff=0.8)
            text = VGroup(title, formulas).arrange(DOWN, buff=0.22, aligned_edge=LEFT)
        right.fit(text)
        text.align_to(right.edge(LEFT), LEFT)
        super().__init__(self.graph, self.mark, text)


class Bowl(VGroup):
    """A small graph of its own for one step size, with its name and αλ above."""

    def __init__(self, curve: CostCurve, name: str, product: str, zone: Zone) -> None:
        head, room = zone.split(0.3, gap=0.2)
        self.graph = CurveGraph(curve, room)
        title = Words(name, size=theme.SIZE.label, weight=600)
        fact = Formula(product, size=theme.SIZE.label, color=theme.palette().gradient)
        level = head.edge(UP)[1] - 0.45  # so that the names of all bowls stand on one line
        for text, drop in ((title, 0.0), (fact, 0.55)):
            text.set_x(head.center[0]).shift((level - drop - text.baseline()) * UP)
        self.heads = VGroup(title, fact)
        super().__init__(self.graph, self.heads)


class StepLine(VGroup):
    """The line of αλ, with the part where a descent can settle, and marks on it."""

    def __init__(
        self, values: Sequence[float], name: str, bound: str, meaning: str, zone: Zone
    ) -> None:
        colours = theme.palette()
        ends = [int(end) for end in settling_steps()]
        top = 1.15 * max(*ends, *values)
        axis = Formula(name, size=theme.SIZE.label, color=colours.gradient)
        length = zone.width - axis.width - 0.15
        level = zone.top - 0.55

        def at(x: float) -> Point:
            return np.array([zone.left + x / top * length, level, 0.0])

        self.line = Line(at(0), at(top)).set_stroke(colours.text, theme.STROKE.line)
        first, last = (at(end) for end in ends)
        self.safe = Rectangle(width=last[0] - first[0], height=0.26).move_to((first + last) / 2)
        self.safe.set_fill(colours.target, 0.45).set_stroke(colours.target, theme.STROKE.hair)
        names = VGroup()
        for value in ends:
            tick = Line(at(value) + 0.2 * DOWN, at(value) + 0.2 * UP)
            tick.set_stroke(colours.text, theme.STROKE.line)
            label = Words(integer("step bound", value).shown, size=theme.SIZE.label)
            names.add(tick, label.next_to(tick, DOWN, buff=0.12))
        axis.next_to(at(top), RIGHT, buff=0.15)
        self.bound = Formula(bound, size=theme.SIZE.body, color=colours.target)
        curvature = Formula(meaning, size=theme.SIZE.body, color=colours.gradient)
        where = Words("at the minimum", size=theme.SIZE.label, color=colours.muted)
        where.next_to(curvature, RIGHT, buff=0.2).on_baseline_of(curvature)
        self.meaning = VGroup(curvature, where)
        below = VGroup(self.bound, self.meaning).arrange(RIGHT, buff=2 * theme.SPACE.wide)
        self.bound.on_baseline_of(curvature)
        replace(zone, top=names.get_bottom()[1] - 0.15).fit(below)
        self.marks = [
            Triangle()
            .scale_to_fit_height(0.2)
            .rotate(np.pi)
            .set_fill(colours.signal, 1)
            .set_stroke(width=0)
            .next_to(at(value), UP, buff=0.18)
            for value in values
        ]
        self.frame_lines = VGroup(self.line, names, axis)
        super().__init__(self.frame_lines, self.safe)


def emblem(lesson: Lesson) -> VGroup:
    """The curve of several minima, and the ball at its start."""
    stated = lesson.curve.nonconvex
    w = np.linspace(*stated.interval, SAMPLES)
    sample = int(np.argmin(np.abs(w - stated.start)))
    return curve_with_ball(w, CostCurve.from_lesson(stated).value(w), 0.7, sample)
