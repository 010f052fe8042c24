"""Closing titles: who made what, and the works to read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from manim import DOWN, LEFT, RIGHT, UP, Line, VGroup

from scenes.maths.provenance import Citation, marked
from scenes.pictures import theme
from scenes.pictures.equations import Paragraph, Words
from scenes.pictures.stage import Zone


class Makers(VGroup):
    """Parts on the left of an unseen axis, and on its right what made them."""

    def __init__(self, made: Sequence[tuple[str, str]], zone: Zone) -> None:
        self.rows = []
        for number, (part, name) in enumerate(made):
            left = Words(part, size=theme.SIZE.heading, color=theme.palette().muted)
            right = Words(name, size=theme.SIZE.heading, weight=600)
            right.next_to(left, RIGHT, buff=2 * theme.SPACE.wide).on_baseline_of(left)
            row = VGroup(left, right)
            axis = (left.get_right() + right.get_left()) / 2
            row.shift(-axis + (axis[1] - left.baseline() - number * _LEADING) * UP)
            self.rows.append(row)
        super().__init__(*self.rows)
        zone.fit(self)


class Sources(VGroup):
    """Works, each as authors and title, and the licence under a rule."""

    def __init__(self, works: Sequence[tuple[str, str]], licence: str, zone: Zone) -> None:
        colours = theme.palette()
        columns = 2 if zone.width >= zone.height else 1
        gap = 2 * theme.SPACE.wide
        room = (zone.width - (columns - 1) * gap) / columns
        # Titles are broken only where the type would shrink too far without.
        for width in (2 * zone.width, room):
            self.entries = [self._entry(*work, width) for work in works]
            works_table = VGroup(*self.entries).arrange_in_grid(
                cols=columns, flow_order="dr", cell_alignment=LEFT, buff=(gap, theme.SPACE.wide)
            )
            if works_table.width * theme.SIZE.least <= zone.width * theme.SIZE.small:
                break
        words = Words(licence, size=theme.SIZE.label)
        rule = Line(works_table.get_left(), works_table.get_right())
        rule.set_stroke(colours.gradient, theme.STROKE.strong)
        rule.next_to(works_table, DOWN, buff=theme.SPACE.wide)
        words.next_to(rule, DOWN, buff=theme.SPACE.gap, aligned_edge=LEFT)
        self.licence = VGroup(rule, words)
        super().__init__(*self.entries, self.licence)
        zone.fit(self)

    @staticmethod
    def _entry(authors: str, title: str, width: float) -> VGroup:
        authors = re.sub(r"\d+", lambda year: marked(year[0], Citation(title)), authors)
        upper = Paragraph(authors, width, size=theme.SIZE.small, weight=600)
        lower = Paragraph(title, width, size=theme.SIZE.small, color=theme.palette().muted)
        lower.next_to(upper, DOWN, aligned_edge=LEFT)
        lower.shift((upper[-1].baseline() - _CLOSE - lower[0].baseline()) * UP)
        return VGroup(upper, lower)


_LEADING = 0.9
"""Distance between the baselines of two rows, in frame units."""
_CLOSE = 0.42
"""Distance between the baselines of two lines of one entry."""
