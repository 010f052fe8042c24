"""Looks by meaning: colours, type sizes and spacing, named for what they say and not how they look.

Palettes are safe for colour-blind viewers: roles stay apart under normal vision, protanopia,
deuteranopia and tritanopia (``scenes/proof/colour.py`` says how far); text has a contrast of at
least 4.5:1 on the background and strokes that carry meaning at least 3:1.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from manim import ManimColor, config

FONT_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "fonts"
TEXT_FONT = "Fira Sans"
MATH_FONT = "Fira Math"


class ThemeError(ValueError):
    """A theme that does not exist; the text is one line."""


@dataclass(frozen=True)
class Palette:
    """One colour per role; a change of one changes all films.

    signal: what runs forward, and where one is (ball, climber); gradient: what comes back; target:
    what is wanted; cost: how far from it; muted: what is not spoken of; negative: such a weight.
    """

    background: ManimColor
    text: ManimColor
    signal: ManimColor
    gradient: ManimColor
    target: ManimColor
    cost: ManimColor
    muted: ManimColor
    negative: ManimColor

    @property
    def positive(self) -> ManimColor:
        """A weight above zero: plain, since its wire is drawn whole and a negative one dashed."""
        return self.text

    @classmethod
    def of(cls, **roles: str) -> Palette:
        """A palette from hexadecimal colours."""
        return cls(**{role: ManimColor(colour) for role, colour in roles.items()})


PALETTES = {
    "dark": Palette.of(
        background="#11151F",
        text="#F2F0E8",
        signal="#4798FF",
        gradient="#C78303",
        target="#1CED74",
        cost="#FF2B7C",
        muted="#979AA9",
        negative="#FFB8F5",
    ),
    "light": Palette.of(
        background="#FBFAF6",
        text="#1B1F2A",
        signal="#106CC7",
        gradient="#9B6611",
        target="#214F34",
        cost="#B90C54",
        muted="#6F727D",
        negative="#520A7A",
    ),
}


@dataclass(frozen=True)
class LandColours:
    """What a landscape is painted with: sky overhead and at the horizon, fog, rock in shade, rock
    in the key light, the light that comes round its edges, contours, and the climber."""

    sky: ManimColor
    horizon: ManimColor
    fog: ManimColor
    rock: ManimColor
    lit: ManimColor
    rim: ManimColor
    glow: ManimColor
    contour: ManimColor
    coat: ManimColor
    skin: ManimColor
    cloth: ManimColor
    wood: ManimColor
    ink: ManimColor

    @classmethod
    def of(cls, **roles: str) -> LandColours:
        """From hexadecimal colours."""
        return cls(**{role: ManimColor(colour) for role, colour in roles.items()})


LANDS = {
    "dark": LandColours.of(
        sky="#0B1220",
        horizon="#1D2B44",
        fog="#AEB9C9",
        rock="#3A4660",
        lit="#C9B79C",
        rim="#6E93CF",
        glow="#D39A72",
        contour="#F2F0E8",
        coat="#4DA3FF",
        skin="#E9C9A6",
        cloth="#F2F0E8",
        wood="#C99567",
        ink="#0B1220",
    ),
    "light": LandColours.of(
        sky="#F5F1E8",
        horizon="#DCE3EA",
        fog="#FFFFFF",
        rock="#8E97A8",
        lit="#F3E3C6",
        rim="#B9CBE6",
        glow="#F6D9B4",
        contour="#1B1F2A",
        coat="#1768D1",
        skin="#EBC8A2",
        cloth="#FFFFFF",
        wood="#80593A",
        ink="#1B1F2A",
    ),
}


def wide_frame() -> bool:
    """Whether the frame in use is so much wider than high that two things fit side by side."""
    return bool(config.frame_width > 1.5 * config.frame_height)


@dataclass(frozen=True)
class TypeSizes:
    """Manim font sizes; nothing is set smaller than ``least``."""

    title: float = 64
    heading: float = 38
    formula: float = 42
    body: float = 34

    @property
    def least(self) -> float:
        """An em of 20 pixels where the picture's shorter side has 720, for the frame in use."""
        return 22 * min(config.frame_width, config.frame_height) / 8

    @property
    def small(self) -> float:
        """For names on axes and the like."""
        return max(26.0, self.least)

    @property
    def label(self) -> float:
        """For names and numbers in a picture."""
        return max(30.0, self.least)


@dataclass(frozen=True)
class Strokes:
    """Line widths in Manim's units (hundredths of a frame unit at 1080p)."""

    hair: float = 1.5
    line: float = 2.5
    strong: float = 4.0
    heavy: float = 6.0


@dataclass(frozen=True)
class Spacing:
    """Distances in frame units; the frame is 8 high and as wide as the aspect ratio makes it."""

    margin: float = 0.5
    snug: float = 0.05
    gap: float = 0.25
    wide: float = 0.5
    caption_share: float = 1 / 8  # of the frame's height, left free at the bottom


@dataclass(frozen=True)
class Tempo:
    """Seconds that a move takes."""

    quick: float = 0.6
    move: float = 0.9
    slow: float = 1.4


SIZE = TypeSizes()
STROKE = Strokes()
SPACE = Spacing()
TEMPO = Tempo()
DIM = 0.28
"""Opacity of what is on screen but not spoken of."""


def palette() -> Palette:
    """The palette of the theme in $BACKPROP_THEME (``dark`` unless set).

    Raises ThemeError for an unknown theme.
    """
    return PALETTES[chosen()]


def land() -> LandColours:
    """A landscape's colours in the same theme; raises ThemeError, too."""
    return LANDS[chosen()]


def chosen() -> str:
    """The theme's name; raises ThemeError, too."""
    name = os.environ.get("BACKPROP_THEME", "dark")
    if name not in PALETTES:
        raise ThemeError(
            f"BACKPROP_THEME: {name!r} is not a theme (allowed: {', '.join(PALETTES)})"
        )
    return name
