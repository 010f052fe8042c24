"""Axes without ticks and tips: where a curve stands says enough."""

from __future__ import annotations

from collections.abc import Sequence

from manim import Axes

from scenes.pictures import theme


def plain_axes(
    x: Sequence[float], y: Sequence[float], width: float, height: float, stroke: float
) -> Axes:
    """Axes over two ranges, each (low, high, step), so many frame units wide and high."""
    return Axes(
        x_range=x,
        y_range=y,
        x_length=width,
        y_length=height,
        axis_config={
            "include_ticks": False,
            "include_tip": False,
            "stroke_color": theme.palette().muted,
            "stroke_width": stroke,
        },
    )
