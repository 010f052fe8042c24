"""The palettes' claims: what is read and what carries meaning stands out from the background."""

from __future__ import annotations

from dataclasses import fields

import pytest
from manim import ManimColor

from scenes.pictures import theme

ROLES = [field.name for field in fields(theme.Palette) if field.name != "background"]


def luminance(colour: ManimColor) -> float:
    """Relative luminance as WCAG 2 defines it."""
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in colour.to_rgb()
    ]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def contrast(one: ManimColor, other: ManimColor) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_it_is_defined() -> None:
    assert contrast(ManimColor("#000000"), ManimColor("#FFFFFF")) == pytest.approx(21)
    assert contrast(ManimColor("#777777"), ManimColor("#FFFFFF")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", theme.PALETTES)
@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_be_read_on_the_background(name: str, role: str) -> None:
    # Every role's colour is used for type somewhere, so all have to keep to what type needs.
    palette = theme.PALETTES[name]
    assert contrast(getattr(palette, role), palette.background) >= 4.5
