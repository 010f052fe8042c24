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
    Moment,
    Run,
    Stroke,
    Type,
    linear,
)

Light = NDArray[np.float64]
"""Relative luminance of each pixel."""
Indices = NDArray[np.int64]

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


def look(found: Findings, moment: Moment) -> None:
    """Check one moment of a play: what has come to rest."""
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


def _type_stands_out(found: Findings, one: Type, light: Light, moment: Moment) -> None:
    if one.opacity < _FULL:
        if abs(one.opacity - theme.DIM) > _NEARLY:
            text = f"{one.source!r} rests at an opacity of {one.opacity:.2f}"
            found.add("colour", moment.beat, text, moment)
        return
    left, right, bottom, top = one.box
    rows, columns = _pixels_of(np.array([(left, top), (right, bottom)]), light)
    patch, around = _window(light, rows, columns, 0), _window(light, rows, columns, 2)
    if patch.size == 0:
        return
    rim = np.concatenate([around[0], around[-1], around[:, 0], around[:, -1]])
    ground = float(np.median(rim))
    most = max(contrast(float(v), ground) for v in (patch.max(), patch.min()))
    if most < _MEASURED * TYPE:
        text = f"{one.source!r} has a contrast of {most:.1f} to 1 (least: {TYPE})"
        found.add("colour", moment.beat, text, moment)


def _line_stands_out(found: Findings, stroke: Stroke, light: Light, moment: Moment) -> None:
    # A line in the colour of the page is the rim of something, and no line to be seen.
    # The rim of a shape of its own colour is seen as the shape.
    rim = stroke.colour in (theme.palette().background.to_hex(), stroke.fill)
    dimmed = abs(stroke.opacity - theme.DIM) <= _NEARLY
    if rim or dimmed or len(stroke.points) < 2:
        return
    rows, columns = _pixels_of(stroke.points, light)
    inside = (rows >= 0) & (rows < light.shape[0]) & (columns >= 0) & (columns < light.shape[1])
    rows, columns = rows[inside], columns[inside]
    reach = 4 + int(stroke.width / 100 * light.shape[0] / config.frame_height)
    ratios = []
    for n in range(0, len(rows), max(1, len(rows) // 24)):
        here = rows[n : n + 1], columns[n : n + 1]
        near, far = _window(light, *here, 1), _window(light, *here, reach)
        sides = (float(near.max()), float(near.min()))
        grounds = (float(far.max()), float(far.min()))
        ratios.append(max(contrast(s, g) for s in sides for g in grounds))
    if ratios and (ratio := float(np.median(ratios))) < _MEASURED * LINE:
        text = (
            f"a line ({stroke.kind}, {stroke.colour}) has a contrast of "
            f"{ratio:.1f} to 1 (least: {LINE})"
        )
        found.add("colour", moment.beat, text, moment)


def _pixels_of(points: NDArray[np.float64], light: Light) -> tuple[Indices, Indices]:
    """Rows and columns of places in frame units."""
    height, width = light.shape
    columns = (points[:, 0] / config.frame_width + 0.5) * width
    rows = (0.5 - points[:, 1] / config.frame_height) * height
    return np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)


def _window(light: Light, rows: Indices, columns: Indices, margin: int) -> Light:
    """The pixels from the first row and column to the last, and some around them."""
    top, left = max(0, rows[0] - margin), max(0, columns[0] - margin)
    return light[top : rows[-1] + 1 + margin, left : columns[-1] + 1 + margin]


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
