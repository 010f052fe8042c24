"""Emblems of the films: small pictures in a ring."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Circle,
    Create,
    Dot,
    FadeIn,
    GrowFromCenter,
    LaggedStart,
    Line,
    ShowPassingFlash,
    VGroup,
    VMobject,
)
from numpy.typing import NDArray

from scenes.pictures import theme
from scenes.pictures.animations import spark
from scenes.pictures.equations import Words
from scenes.pictures.stage import Zone

_SHARE = 1.45
"""Width of a picture, in radii of its ring."""
SAMPLES = 60
"""Points of a curve in an emblem."""


class Emblem(VGroup):
    """A ring and, inside it, the picture of a film."""

    def __init__(self, picture: VGroup, radius: float) -> None:
        colours = theme.palette()
        self.ring = Circle(radius=radius, color=colours.text, stroke_width=theme.STROKE.line)
        self.ring.set_fill(colours.background, opacity=1)
        self.picture = picture
        widest = _SHARE * radius
        self.picture.scale(widest / max(self.picture.width, 1.25 * self.picture.height))
        self.picture.move_to(self.ring)
        super().__init__(self.ring, self.picture)
        self.set_z_index(2)


def curve_with_ball(
    x: NDArray[np.float64], y: NDArray[np.float64], height: float, sample: int
) -> VGroup:
    """A curve as wide as 1 and as high as ``height``, and a ball on it at one of its samples."""
    x, y = (x - x.min()) / np.ptp(x), (y - y.min()) / np.ptp(y)
    curve = VMobject(stroke_color=theme.palette().text, stroke_width=theme.STROKE.line)
    curve.set_points_smoothly([np.array([a, height * b, 0.0]) for a, b in zip(x, y, strict=True)])
    anchors = curve.get_anchors()[::2]
    before, after = anchors[max(0, sample - 1)], anchors[min(len(anchors) - 1, sample + 1)]
    along = (after - before) / np.linalg.norm(after - before)
    upright = np.array([-along[1], along[0], 0.0])
    radius = 0.085
    ball = Dot(anchors[sample] + radius * upright, radius=radius, color=theme.palette().signal)
    return VGroup(curve, ball)


class Contents(VGroup):
    """The films as a chain of emblems, each with its title, in a row or (upright) in a column."""

    def __init__(self, titles: Sequence[str], pictures: Sequence[VGroup], zone: Zone) -> None:
        across = zone.width >= _WIDE * zone.height
        pitch = (zone.width if across else zone.height) / len(titles)
        radius = min(_LARGEST_RADIUS, 0.36 * pitch)
        room = 0.94 * pitch if across else zone.width - 2 * radius - theme.SPACE.gap
        self.names = [_name(title, room, centred=across) for title in titles]
        if across:
            tallest = max(float(name.height) for name in self.names)
            radius = min(radius, (zone.height - theme.SPACE.gap - tallest) / 2)
        self.emblems = [Emblem(picture, radius) for picture in pictures]
        chain = VGroup(*self.emblems).arrange(RIGHT if across else DOWN, buff=pitch - 2 * radius)
        chain.move_to(zone.edge(UP) if across else zone.edge(LEFT), UP if across else LEFT)
        for emblem, name in zip(self.emblems, self.names, strict=True):
            name.next_to(emblem.ring, DOWN if across else RIGHT, buff=theme.SPACE.gap)
        if across:  # one baseline for all, whatever letters a title has
            lowest = min(name[0].baseline() for name in self.names)
            for name in self.names:
                name.shift((lowest - name[0].baseline()) * UP)
        self.wires = [
            Line(one.ring, two.ring, buff=0).set_stroke(theme.palette().muted, theme.STROKE.line)
            for one, two in pairwise(self.emblems)
        ]
        super().__init__(*self.wires, *self.emblems, *self.names)

    def enter(self, i: int) -> Animation:
        """The next emblem, with the signal that reaches it from the one before."""
        emblem = self.emblems[i]
        arrive = [GrowFromCenter(emblem.ring), FadeIn(self.names[i], shift=0.1 * UP)]
        if not i:
            return AnimationGroup(*arrive)
        wire = self.wires[i - 1]
        run = spark(wire.get_start(), wire.get_end(), theme.palette().signal)
        return AnimationGroup(Create(wire), run, *arrive)

    def draw(self, i: int) -> Animation:
        """The picture inside an emblem."""
        return Create(self.emblems[i].picture)

    def way_back(self) -> Animation:
        """Gradient through the whole chain, from the last emblem to the first."""
        colour = theme.palette().gradient
        moves: list[Animation] = []
        for emblem, wire in zip(self.emblems[::-1], [*self.wires[::-1], None], strict=True):
            moves.append(ShowPassingFlash(emblem.ring.copy().set_fill(opacity=0).set_color(colour)))
            if wire is not None:
                moves.append(spark(wire.get_end(), wire.get_start(), colour))
        return LaggedStart(*moves, lag_ratio=0.5)


def _name(title: str, room: float, *, centred: bool) -> VGroup:
    """A title in as few lines as fit, alike in width, the first baseline at height 0."""
    group = VGroup()
    for number, line in enumerate(_lines(title.split(), room)):
        line.scale(min(1.0, room / line.width))
        line.next_to(ORIGIN, ORIGIN if centred else RIGHT, buff=0)
        group.add(line.shift((-number * _LEADING - line.baseline()) * UP))
    return group


def _lines(words: Sequence[str], room: float) -> list[Words]:
    """The words on as few lines as fit the room, cut where the longest line is shortest."""
    widths = [float(Words(word, size=theme.SIZE.label).width) for word in words]

    def widest(edges: Sequence[int]) -> float:
        return max(sum(widths[a:b]) + (b - a - 1) * _SPACE for a, b in pairwise(edges))

    for cuts in range(len(words)):
        cut = [(0, *places, len(words)) for places in combinations(range(1, len(words)), cuts)]
        best = min(cut, key=widest)
        if widest(best) <= room:
            break
    return [Words(" ".join(words[a:b]), size=theme.SIZE.label) for a, b in pairwise(best)]


_LARGEST_RADIUS = 0.78
_WIDE = 1.5
"""Width of a zone, in heights, from which on the films stand in a row."""
_SPACE = 0.1
"""About the width of a space of that size."""
_LEADING = 0.46
"""Distance between the baselines of a title's lines, in frame units."""
