"""Layout: nothing overlaps that should be apart, nothing leaves the frame, all can be read."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
from manim import config

from scenes.pictures import theme
from scenes.proof.finding import Findings
from scenes.proof.watching import END, REST, Moment, Plate, Run, Stroke, Type

_SLACK = 0.02
"""Frame units by which boxes may touch: a pixel and a half at 720p."""
_INK = 0.06
"""Frame units by which a box of type is larger than what a line through it disturbs."""
_CROSSED = 0.12
"""Frame units of a line inside type from which on it disturbs."""
_SMALLER = 0.97
"""Share of the least size down to which type may be scaled: a rounding of the layout."""
_NUMBER = re.compile(r"(=|approx|≈|times)|(=|approx|≈)?\s*[-−]?[\d,\".]+")
"""A number, with or without its relation, or a sign that stands between numbers."""
_NUMERAL = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_BASELINE = 0.03
_NEIGHBOUR = 0.8


def look(found: Findings, run: Run, moment: Moment) -> None:
    """Check one moment of a play."""
    if moment.phase == REST:  # seen already, at the end of the beat's last play
        texts = (t.source.replace("−", "-") for t in moment.types)
        run.numerals[moment.beat] = {n for text in texts for n in _NUMERAL.findall(text)}
        return
    found.count("layout", len(moment.types))
    _inside(found, moment)
    _large_enough(found, moment)
    _apart(found, moment)
    if moment.phase == END:
        _uncrossed(found, moment)
        _in_rows(found, moment)
        run.boxes += [(f"{moment.beat}: {t.source}", t.box) for t in moment.types]


def _inside(found: Findings, moment: Moment) -> None:
    left, right, bottom, top = moment.box
    half_width, half_height = config.frame_width / 2, config.frame_height / 2
    edges = {
        "left": left + half_width,
        "right": half_width - right,
        "upper": half_height - top,
        "captions'": bottom + half_height - theme.SPACE.caption_share * config.frame_height + 0.01,
    }
    for name, room in edges.items():
        if room < -1e-6:
            text = f"something is {-room:.2f} units beyond the {name} edge"
            found.add("layout", moment.beat, text, moment)


def _large_enough(found: Findings, moment: Moment) -> None:
    # What grows or shrinks is measured when it has come to rest.
    for one in moment.types:
        if not one.moves and one.size < _SMALLER * theme.SIZE.least:
            pixels = 20 * one.size / theme.SIZE.least
            found.add("layout", moment.beat, f"{one.source!r} is {pixels:.0f} px at 720p", moment)


def _apart(found: Findings, moment: Moment) -> None:
    for one, other in combinations(moment.types, 2):
        if not (one.moves or other.moves) and overlap(one, other):
            text = f"{one.source!r} and {other.source!r} cover each other"
            found.add("layout", moment.beat, text, moment)


def overlap(one: Type, other: Type) -> bool:
    """Whether the boxes of two pieces of type have a common inside."""
    return (
        one.box[0] + _SLACK < other.box[1]
        and other.box[0] + _SLACK < one.box[1]
        and one.box[2] + _SLACK < other.box[3]
        and other.box[2] + _SLACK < one.box[3]
    )


def _uncrossed(found: Findings, moment: Moment) -> None:
    lines, plates = moment.lines
    strokes = [line for line in lines if not line.of_type]
    for one in moment.types:
        if one.opacity < theme.DIM:
            continue
        ground = max((p.order for p in plates if _carries(p, one)), default=-1)
        for stroke in strokes:
            if stroke.order > ground and (length := _length_inside(stroke, one)) > _CROSSED:
                text = f"a line ({stroke.kind}) runs {length:.2f} units through {one.source!r}"
                found.add("layout", moment.beat, text, moment)


def _carries(plate: Plate, one: Type) -> bool:
    """Whether a plate lies under the whole of a piece of type."""
    left, right, bottom, top = plate.box
    return (
        plate.order < one.order
        and left - _SLACK <= one.box[0]
        and one.box[1] <= right + _SLACK
        and bottom - _SLACK <= one.box[2]
        and one.box[3] <= top + _SLACK
    )


def _length_inside(stroke: Stroke, one: Type) -> float:
    points = stroke.points
    margin = min(_INK, one.width / 4, one.height / 4)
    left, right, bottom, top = one.box
    low, high = (left + margin, bottom + margin), (right - margin, top - margin)
    inside = np.asarray(((points > low) & (points < high)).all(axis=1))
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    both = inside[1:] & inside[:-1]
    return float(steps[both & (steps < 0.2)].sum())


def _in_rows(found: Findings, moment: Moment) -> None:
    """Numbers side by side stand on one baseline."""
    numbers = [t for t in moment.types if _NUMBER.fullmatch(t.source) and t.opacity > theme.DIM]
    _, plates = moment.lines
    for one, other in combinations(numbers, 2):
        beside = min(abs(one.box[0] - other.box[1]), abs(other.box[0] - one.box[1]))
        shared = min(one.box[3], other.box[3]) - max(one.box[2], other.box[2])
        in_row = shared > 0.5 * min(one.height, other.height) and beside < _NEIGHBOUR
        alike = abs(one.size - other.size) < 0.1
        # What stands in a neuron is no part of a row that passes by.
        apart = any(_carries(plate, one) != _carries(plate, other) for plate in plates)
        if in_row and alike and not apart and abs(one.baseline - other.baseline) > _BASELINE:
            text = f"{one.source!r} and {other.source!r} stand beside each other, not on one line"
            found.add("layout", moment.beat, text, moment)


def same_in_both(found: Findings, one: Run, other: Run) -> None:
    """Type stands in the same places, whatever the theme."""
    found.count("layout", len(one.boxes))
    if len(one.boxes) != len(other.boxes):
        found.add("layout", "", f"{len(one.boxes)} and {len(other.boxes)} texts in the two themes")
        return
    for (name, box), (_, there) in zip(one.boxes, other.boxes, strict=True):
        if not np.allclose(box, there, atol=1e-4):
            found.add("layout", name.split(":")[0], f"{name} stands elsewhere in the other theme")
