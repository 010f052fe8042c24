"""Curves of one variable, drawn from the engine's own functions."""

from __future__ import annotations

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Axes,
    DashedLine,
    Dot,
    Line,
    VGroup,
    VMobject,
)

from scenes.maths.display.number import Number, integer
from scenes.maths.network import Activation
from scenes.pictures import theme
from scenes.pictures.equations import Formula, Words
from scenes.pictures.stage import Zone

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
        self.axes = Axes(
            x_range=[-reach, reach, reach],
            y_range=[low - pad, high + pad, high - low],
            x_length=zone.width * 0.86,
            y_length=zone.height * 0.76,
            axis_config={
                "include_ticks": False,
                "include_tip": False,
                "stroke_color": colours.muted,
                "stroke_width": theme.STROKE.hair,
            },
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
