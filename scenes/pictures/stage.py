"""Where things go: the frame's zones, alike in all films, laid out anew for each shape of frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from manim import LEFT, RIGHT, UP, Mobject, config
from numpy.typing import NDArray

from scenes.pictures import theme

Point = NDArray[np.float64]
"""Three coordinates in frame units."""


def at(x: float, y: float) -> Point:
    """A point of the frame."""
    return np.array([x, y, 0.0])


@dataclass(frozen=True)
class Zone:
    """A rectangle of the frame, in frame units."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def width(self) -> float:
        """Horizontal extent."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Vertical extent."""
        return self.top - self.bottom

    @property
    def center(self) -> Point:
        """The middle, as a point."""
        return np.array([(self.left + self.right) / 2, (self.bottom + self.top) / 2, 0.0])

    def edge(self, direction: Point) -> Point:
        """The point of the border in a direction, such as UP or LEFT + UP."""
        half = np.array([self.width / 2, self.height / 2, 0.0])
        return np.asarray(self.center + half * np.sign(direction), dtype=np.float64)

    def fit(self, thing: Mobject) -> Mobject:
        """Shrink a thing that is too large, and put it in the middle."""
        scale = min(1.0, self.width / thing.width, self.height / thing.height)
        return thing.scale(scale).move_to(self.center)

    def split(self, share: float, gap: float = 2 * theme.SPACE.gap) -> tuple[Zone, Zone]:
        """An upper part of ``share`` of the height, and the rest."""
        cut = self.top - share * self.height
        return (
            Zone(self.left, self.right, cut + gap / 2, self.top),
            Zone(self.left, self.right, self.bottom, cut - gap / 2),
        )

    def columns(self, count: int, gap: float = 2 * theme.SPACE.gap) -> list[Zone]:
        """Parts of equal width, side by side."""
        width = (self.width - (count - 1) * gap) / count
        lefts = [self.left + k * (width + gap) for k in range(count)]
        return [Zone(left, left + width, self.bottom, self.top) for left in lefts]

    def part(self, share: float, gap: float = 2 * theme.SPACE.gap) -> tuple[Zone, Zone]:
        """A left part of ``share`` of the width, and the rest."""
        cut = self.left + share * self.width
        return (
            Zone(self.left, cut - gap / 2, self.bottom, self.top),
            Zone(cut + gap / 2, self.right, self.bottom, self.top),
        )

    @property
    def lies(self) -> bool:
        """Whether it is so much wider than high that two things fit better side by side."""
        return self.width > 1.25 * self.height

    def shared(self, share: float) -> tuple[Zone, Zone]:
        """A first part and the rest: left and right where the zone lies, else upper and lower."""
        return self.part(share) if self.lies else self.split(share)

    def one_and_two(self) -> tuple[Zone, Zone, Zone]:
        """Three parts side by side where the zone lies, else one above two."""
        if self.lies:
            one, two, three = self.columns(3)
        else:
            one, rest = self.split(0.42)
            two, three = rest.columns(2)
        return one, two, three

    def four(self) -> list[Zone]:
        """Four parts of one size: in a row, or in two where that would leave them too narrow."""
        if self.width > self.height:
            return self.columns(4)
        return [cell for row in self.split(0.5) for cell in row.columns(2)]


_PANEL = 5.4
"""The least width of a panel beside a picture, in frame units: formulas are made for it."""
_ABOVE = 0.45
"""The picture's share of the height where the panel stands under it."""
_FLOW = 0.84
"""The network's share of the picture's width there; the rest is for the cost."""


@dataclass(frozen=True)
class Stage:
    """Title line, picture on the left (above), panel for formulas on the right (below).

    A network stands in ``network``, and what it comes to, its cost, in ``outcome``.
    """

    whole: Zone
    title: Zone
    picture: Zone
    panel: Zone
    network: Zone
    outcome: Zone

    @classmethod
    def now(cls) -> Stage:
        """The stage for the frame in use."""
        half_width, half_height = config.frame_width / 2, config.frame_height / 2
        margin = theme.SPACE.margin
        floor = -half_height + config.frame_height * theme.SPACE.caption_share
        left, right = -half_width + margin, half_width - margin
        title = Zone(left, right, half_height - 0.95, half_height - 0.3)
        whole = Zone(left, right, floor, title.bottom - theme.SPACE.gap)
        if config.frame_width > 1.2 * config.frame_height:
            gap = theme.SPACE.wide / 2
            cut = min(left + 0.56 * whole.width, right - gap - _PANEL)
            picture = Zone(left, cut - gap, whole.bottom, whole.top)
            panel = Zone(cut + gap, right, whole.bottom, whole.top)
            return cls(whole, title, picture, panel, network=picture, outcome=panel)
        picture, panel = whole.split(_ABOVE)
        network, outcome = picture.part(_FLOW, gap=0.0)
        return cls(whole, title, picture, panel, network, outcome)

    @property
    def beside(self) -> bool:
        """Whether the panel stands beside the picture, and not under it."""
        return self.panel.left > self.picture.right

    def place_title(self, title: Mobject) -> Mobject:
        """Put a title line in its corner."""
        return title.move_to(self.title.edge(LEFT), aligned_edge=LEFT).align_to(
            self.title.edge(UP), UP
        )

    def place_question(self, question: Mobject, level: float) -> Mobject:
        """Put a question on a level at the right edge, or in the panel under the picture."""
        if not self.beside:
            return self.panel.fit(question)
        return question.align_to(self.panel.edge(RIGHT), RIGHT).set_y(level)
