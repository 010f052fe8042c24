"""Contrast and colour, measured on the pixels that Manim draws.

Contrast is that of WCAG 2: type against the ground it really stands on at least 4.5 to 1, lines
that mean something at least 3 to 1.  What is dimmed on purpose, because it is not spoken of, has
the theme's one opacity for that and no other.  The roles' colours have to stay apart for
colour-blind eyes too: CIEDE2000 after the simulation of each kind by ColorAide.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, pairwise

import numpy as np
from coloraide import Color
from manim import config
from numpy.typing import NDArray

from scenes.pictures import theme
from scenes.proof.finding import Findings
from scenes.proof.watching import (
    END,
    GLANCES,
    WEIGHTS,
    Box,
    Moment,
    Pixels,
    Run,
    Stroke,
    Type,
    linear,
)

TYPE, LINE = 4.5, 3.0
"""Least contrast of type, and of lines that mean something."""
APART = 10.0
"""Least CIEDE2000 between two roles in one frame, for every kind of eye."""
EYES = ("", "protan", "deutan", "tritan")
FLASHES = 3
"""Flashes a second that are not surpassed (WCAG 2.3.1)."""
_FLASH = 0.1
"""Change of relative luminance that counts, where the darker state is below 0.8."""
_AREA = 0.25
"""Share of the picture that has to change for a flash to count, as of a field of view."""
_FULL = 0.985
_NEARLY = 0.02
_MEASURED = 0.93
"""Share of a contrast that is found where a glyph's thin strokes mix with their ground."""


def look(found: Findings, run: Run, moment: Moment) -> None:
    """Check one moment of a play: what has come to rest."""
    del run
    if moment.phase != END:
        return
    strokes, _ = moment.lines
    light = linear(moment.pixels) @ WEIGHTS
    for one in moment.types:
        found.count("colour")
        _type_stands_out(found, one, light, moment)
    for stroke in strokes:
        found.count("colour")
        _line_stands_out(found, stroke, light, moment)
    _roles_apart(found, moment)


# -- contrast


def contrast(one: float, other: float) -> float:
    """WCAG 2's ratio of two relative luminances."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _type_stands_out(
    found: Findings, one: Type, light: NDArray[np.float64], moment: Moment
) -> None:
    if one.opacity < _FULL:
        if abs(one.opacity - theme.DIM) > _NEARLY:
            text = f"{one.source!r} rests at an opacity of {one.opacity:.2f}"
            found.add("colour", moment.beat, text, moment)
        return
    patch = _patch(light, one.box, moment.pixels)
    if patch.size == 0:
        return
    ground = float(np.median(_rim(light, one.box, moment.pixels)))
    ratios = [contrast(float(v), ground) for v in (patch.max(), patch.min())]
    if max(ratios) < _MEASURED * TYPE:
        text = f"{one.source!r} has a contrast of {max(ratios):.1f} to 1 (least: {TYPE})"
        found.add("colour", moment.beat, text, moment)


def _line_stands_out(
    found: Findings, stroke: Stroke, light: NDArray[np.float64], moment: Moment
) -> None:
    # A line in the colour of the page is the rim of something, and no line to be seen.
    # The rim of a shape of its own colour is seen as the shape.
    rim = stroke.colour in (theme.palette().background.to_hex(), stroke.fill)
    dimmed = abs(stroke.opacity - theme.DIM) <= _NEARLY
    if rim or dimmed or len(stroke.points) < 2:
        return
    rows, columns = _pixels_of(stroke.points, moment.pixels)
    reach = 4 + int(stroke.width / 100 * moment.pixels.shape[0] / config.frame_height)
    best = []
    for row, column in list(zip(rows, columns, strict=True))[:: max(1, len(rows) // 24)]:
        near = light[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        far = light[max(0, row - reach) : row + reach + 1, :][
            :, max(0, column - reach) : column + reach + 1
        ]
        if near.size and far.size:
            sides = (float(near.max()), float(near.min()))
            grounds = (float(far.max()), float(far.min()))
            best.append(max(contrast(s, g) for s in sides for g in grounds))
    if best and float(np.median(best)) < _MEASURED * LINE:
        text = (
            f"a line ({stroke.kind}, {stroke.colour}) has a contrast of "
            f"{float(np.median(best)):.1f} to 1 (least: {LINE})"
        )
        found.add("colour", moment.beat, text, moment)


def _pixels_of(
    points: NDArray[np.float64], pixels: Pixels
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    height, width = pixels.shape[:2]
    columns = (points[:, 0] / config.frame_width + 0.5) * width
    rows = (0.5 - points[:, 1] / config.frame_height) * height
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    return rows[inside].astype(np.int64), columns[inside].astype(np.int64)


def _corners(box: Box, pixels: Pixels, margin: int) -> tuple[int, int, int, int]:
    height, width = pixels.shape[:2]
    left = int((box[0] / config.frame_width + 0.5) * width) - margin
    right = int((box[1] / config.frame_width + 0.5) * width) + 1 + margin
    top = int((0.5 - box[3] / config.frame_height) * height) - margin
    bottom = int((0.5 - box[2] / config.frame_height) * height) + 1 + margin
    return max(0, top), min(height, bottom), max(0, left), min(width, right)


def _patch(light: NDArray[np.float64], box: Box, pixels: Pixels) -> NDArray[np.float64]:
    top, bottom, left, right = _corners(box, pixels, 0)
    return light[top:bottom, left:right]


def _rim(light: NDArray[np.float64], box: Box, pixels: Pixels) -> NDArray[np.float64]:
    """The pixels just around a box."""
    top, bottom, left, right = _corners(box, pixels, 2)
    part = light[top:bottom, left:right]
    return np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])


# -- roles


SECOND_CUES = {
    frozenset(("text", "negative")): "a negative weight's wire is dashed",
}
"""Pairs of roles that something besides colour tells apart."""


def _roles_apart(found: Findings, moment: Moment) -> None:
    palette = theme.palette()
    roles = {getattr(palette, role).to_hex(): role for role in ROLES}
    strokes, _ = moment.lines
    here = {c for t in moment.types if t.opacity > _FULL for c in t.colours}
    here |= {s.colour for s in strokes if s.opacity > _FULL}
    for one, other in combinations(sorted(here & set(roles)), 2):
        names = frozenset((roles[one], roles[other]))
        distance, eye = nearest(one, other)
        if distance < APART and names not in SECOND_CUES:
            who = {"": "everybody", "protan": "protanopes"}.get(eye, f"{eye}opes")
            text = f"{' and '.join(sorted(names))} are {distance:.1f} apart for {who}"
            found.add("colour", moment.beat, text, moment)


ROLES = ("text", "signal", "gradient", "target", "cost", "muted", "negative")


@lru_cache(maxsize=1024)
def nearest(one: str, other: str) -> tuple[float, str]:
    """The least CIEDE2000 between two colours over all kinds of eyes, and whose it is."""
    return min((_seen(one, eye).delta_e(_seen(other, eye), method="2000"), eye) for eye in EYES)


def _seen(colour: str, eye: str) -> Color:
    plain = Color(colour)
    return plain.filter(eye).clip() if eye else plain


# -- flashes


def flashes(found: Findings, run: Run) -> None:
    """Check that no large part of the picture flashes more often than three times a second.

    A flash is a pair of opposite changes of luminance.  The film is sampled GLANCES times a
    second while it moves, so that up to half as many flashes a second are seen.
    """
    found.count("colour", len(run.glances))
    changes: list[tuple[float, int]] = []  # when a large part became brighter (1) or darker (-1)
    for (_, before), (when, after) in pairwise(run.glances):
        step = after - before
        dark = np.minimum(before, after) < 0.8
        for sign in (1, -1):
            if float(((sign * step >= _FLASH) & dark).mean()) >= _AREA:
                changes.append((when, sign))
    turns = [when for (_, a), (when, b) in pairwise(changes) if a != b]
    for k, when in enumerate(turns):
        within = [t for t in turns[k:] if t - when <= 1.0]
        if len(within) + 1 > 2 * FLASHES:
            found.add("colour", "", f"the picture flashes at {when:.1f} s: {GLANCES:.0f} looks a s")
            return
