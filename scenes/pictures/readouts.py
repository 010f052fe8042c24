"""Texts that show one of several values at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from manim import (
    ManimColor,
    VGroup,
    VMobject,
)

from scenes.maths.display.number import Number, counted
from scenes.maths.provenance import marked
from scenes.pictures import theme
from scenes.pictures.equations import Formula, Words


class Readout(VGroup):
    """One of several texts at a time; the others are there, and cannot be seen."""

    def __init__(self, texts: Sequence[Formula]) -> None:
        super().__init__(*texts)
        self.turn_to(0)

    def turn_to(self, k: int) -> VMobject:
        """Let text k be seen."""
        for number, text in enumerate(self):
            text.set_opacity(1.0 if number == k else 0.0)
        return self.submobjects[k]


class Odometer(VGroup):
    """A counter from 0 up to `most`; its digits keep their places while it runs.

    Every place holds all the digits it may show, of which one can be seen.
    """

    def __init__(self, most: Number, colour: ManimColor, size: float = theme.SIZE.formula) -> None:
        self.most, self._strength = most, 1.0
        pattern = counted(int(most.value))
        glyphs = {
            c: Words(marked(c, self), size=size, weight=600, color=colour) for c in "0123456789,"
        }
        pitch = 1.12 * glyphs["0"].width
        x, self._places = 0.0, []
        for mark in reversed(pattern):  # a counter is read from the right
            choices = "," if mark == "," else "0123456789"
            step = 0.6 * pitch if mark == "," else pitch
            x -= step
            place = {c: glyphs[c].copy().on_baseline_of(glyphs["0"]) for c in choices}
            for glyph in place.values():
                glyph.set_x(x + step / 2)
            self._places.append(place)
        super().__init__(*(glyph for place in self._places for glyph in place.values()))
        self.turn_to(0)

    def turn_to(self, count: int) -> None:
        """Let it stand at a count."""
        shown = dict(enumerate(reversed(counted(count))))
        for k, place in enumerate(self._places):
            for mark, glyph in place.items():
                glyph.set_opacity(self._strength if shown.get(k) == mark else 0.0)
        self.count = count

    def shade(self, opacity: float) -> Self:
        """Show the digits that it shows at another opacity."""
        self._strength = opacity
        self.turn_to(self.count)
        return self
