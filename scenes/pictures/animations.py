"""Moves that several pictures share."""

from __future__ import annotations

from typing import Any

from manim import (
    UP,
    Animation,
    Dot,
    FadeIn,
    FadeOut,
    FadeTransform,
    Line,
    ManimColor,
    Mobject,
    MoveAlongPath,
    Succession,
    VMobject,
    there_and_back,
)
from manim.animation.animation import prepare_animation
from manim.mobject.mobject import _AnimationBuilder

from scenes.pictures import theme
from scenes.pictures.stage import Point

Move = Animation | Mobject | _AnimationBuilder
"""What can be played: an animation, or ``thing.animate.…``, which passes for the thing itself."""


def as_animation(change: Any) -> Animation:
    """The animation that ``thing.animate.…`` stands for."""
    return prepare_animation(change)


def enter(*things: Mobject, way: Point = UP) -> Animation:
    """Things come in by a small move along a way."""
    return FadeIn(*things, shift=0.1 * way)


def spark(
    start: Point, end: Point, colour: ManimColor, run_time: float = theme.TEMPO.move
) -> Animation:
    """A dot that runs from one point to another, and is gone at the end."""
    dot = Dot(start, radius=0.09, color=colour).set_z_index(3)
    return Succession(
        FadeIn(dot, run_time=0.1 * run_time),
        MoveAlongPath(dot, Line(start, end), run_time=0.8 * run_time),
        FadeOut(dot, run_time=0.1 * run_time),
    )


_ABOVE_ALL = 6
"""The z index of what flies."""


def fly(thing: VMobject, to: VMobject) -> Animation:
    """A copy of a piece of type flies, above all else, to where it is set again.

    The two are faded over: glyphs of two fonts, bent into each other, are shards on the way.
    """
    return FadeTransform(thing.copy().set_z_index(_ABOVE_ALL), to, stretch=False)


class Swell(Animation):
    """A wire grows wider and comes back; its position stays."""

    def __init__(self, wire: VMobject, factor: float = 2.0, **kwargs: Any) -> None:
        self._factor = factor
        self._wire = wire
        self._width = wire.get_stroke_width()
        if wire.submobjects:
            self._width = wire[0].get_stroke_width()
        super().__init__(wire, rate_func=there_and_back, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        share = self.rate_func(alpha)
        self._wire.set_stroke(width=self._width * (1 + (self._factor - 1) * share))
