"""Softmax: bars as long as shares."""

from __future__ import annotations

from collections.abc import Sequence

from manim import DOWN, LEFT, RIGHT, Rectangle, VGroup

from scenes.maths.display.number import Number
from scenes.maths.lesson.model import Lesson
from scenes.pictures import theme
from scenes.pictures.equations import Formula
from scenes.pictures.stage import Zone


class Bars(VGroup):
    """A bar for each share, and its number."""

    def __init__(self, shares: Sequence[Number], zone: Zone) -> None:
        super().__init__(*(_bar(share) for share in shares))
        self.arrange(DOWN, buff=theme.SPACE.wide, aligned_edge=LEFT)
        zone.fit(self)


def _bar(share: Number) -> VGroup:
    colour = theme.palette().signal
    bar = Rectangle(width=6 * share.value, height=0.8, color=colour, fill_opacity=1)
    text = Formula(f"{share.relation_typst} {share.typst}", size=theme.SIZE.formula)
    return VGroup(bar, text.next_to(bar, RIGHT, buff=theme.SPACE.gap))


def emblem(_: Lesson) -> VGroup:
    """Two bars."""
    colour = theme.palette().signal
    bars = (Rectangle(width=w, height=0.2, color=colour, fill_opacity=1) for w in (0.9, 0.5))
    return VGroup(*bars).arrange(DOWN, buff=0.2, aligned_edge=LEFT)
