"""Title cards, the heading line at the top left, and small print."""

from __future__ import annotations

from collections.abc import Sequence

from manim import DOWN, LEFT, Line, ManimColor, VGroup

from scenes.pictures import theme
from scenes.pictures.equations import Words
from scenes.pictures.stage import Stage, Zone


class TitleCard(VGroup):
    """A film's name, large, with one line under it and a rule in the film's colour."""

    def __init__(self, title: str, subtitle: str, colour: ManimColor, stage: Stage) -> None:
        self.name_line = Words(title, size=theme.SIZE.title, weight=600)
        self.rule = Line(
            self.name_line.get_left(), self.name_line.get_right(), stroke_width=theme.STROKE.strong
        ).set_color(colour)
        self.rule.next_to(self.name_line, DOWN, buff=theme.SPACE.gap)
        self.under = Words(subtitle, size=theme.SIZE.heading, color=theme.palette().muted)
        self.under.next_to(self.rule, DOWN, buff=theme.SPACE.gap, aligned_edge=LEFT)
        super().__init__(self.name_line, self.rule, self.under)
        stage.whole.fit(self)


class Heading(Words):
    """What is spoken of now, in the top left corner."""

    def __init__(self, text: str, stage: Stage) -> None:
        super().__init__(text, size=theme.SIZE.heading, weight=600)
        self.scale(min(1.0, stage.title.width / self.width))
        stage.place_title(self)
        # Whatever letters it has, each heading stands on the line of the one before.
        capital = Words("H", size=theme.SIZE.heading, weight=600)
        stage.place_title(capital)
        self.on_baseline_of(capital)


class Note(VGroup):
    """A few short lines of small type, one below the other."""

    def __init__(self, lines: Sequence[str], zone: Zone) -> None:
        colour = theme.palette().muted
        super().__init__(*(Words(line, size=theme.SIZE.small, color=colour) for line in lines))
        self.arrange(DOWN, buff=0.18, aligned_edge=LEFT)
        zone.fit(self).align_to(zone.edge(LEFT), LEFT)
