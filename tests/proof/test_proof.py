"""All films of the default lesson in every form, and all films of other lessons: nothing found."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from scenes.maths.provenance import tracing
from scenes.proof.examine import ONE_FORM, WHOLE, Report, Scope, Task, carry_out
from scenes.proof.finding import GROUPS
from scenes.studio import catalogue
from scenes.studio.forms import ASPECTS
from scenes.studio.settings import SCENES
from tests.stages import film, lesson_file, played, small_frames

FILMS = [entry.stem for entry in catalogue.in_whole_film()]
NETWORKS = ("forward_pass", "chain_rule", "reverse_mode")
LANDSCAPES = ("mountain", "minima")
ALL_SHAPES = Scope(themes=("dark",))
EXAMINED: dict[tuple[str, str], Scope] = {
    **{(name, "default"): WHOLE for name in FILMS},
    **{(name, "one"): ALL_SHAPES for name in NETWORKS},
    **{(name, lesson): ONE_FORM for name in NETWORKS for lesson in ("two", "wide", "deep", "full")},
    **{(name, lesson): ONE_FORM for name in LANDSCAPES for lesson in ("one", "wide")},
    # What the proof has found in lessons made at random, and what has been mended since.
    **{(name, "odd"): ONE_FORM for name in (*NETWORKS, *LANDSCAPES)},
    ("mountain", "south"): ONE_FORM,
}
MATTER = {"opening": ("formulas",), "credits": ("formulas",)}
"""Groups that have nothing to look at in a film."""
LASTS = {"opening": (5, 20), "credits": (12, 25)}
"""Seconds, from and to; of the others the proof itself knows it."""


def task(name: str, lesson: str, scope: Scope) -> Task:
    return Task(SCENES / f"{name}.py", film(name).__name__, lesson_file(lesson), scope)


@pytest.fixture(scope="module")
def examined() -> Iterator[dict[tuple[str, str], Future[Report]]]:
    """All reports; the films are examined side by side."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield {
            (name, lesson): pool.submit(carry_out, task(name, lesson, scope))
            for (name, lesson), scope in EXAMINED.items()
        }


Examined = dict[tuple[str, str], Future[Report]]


@pytest.mark.parametrize(("name", "lesson"), EXAMINED)
def test_nothing_is_found(name: str, lesson: str, examined: Examined) -> None:
    report = examined[name, lesson].result()
    assert not [f"{f.form} {f.beat} {f.phase}: {f.group}: {f.text}" for f in report.findings]


@pytest.mark.parametrize(("name", "lesson"), EXAMINED)
def test_every_check_has_looked_at_something(name: str, lesson: str, examined: Examined) -> None:
    report = examined[name, lesson].result()
    for group in GROUPS:
        if group not in MATTER.get(name, ()):
            assert report.looked[group] > 0, group


@pytest.mark.parametrize("name", FILMS)
def test_no_number_is_missing_in_any_shape(name: str, examined: Examined) -> None:
    # Numbers too long for a small neuron may be left out of it; the default lesson has none.
    numerals = examined[name, "default"].result().numerals
    assert len(numerals) == 2 * len(ASPECTS)
    first = numerals["16:9 dark"]
    assert all(found == first for found in numerals.values())


def test_the_whole_lasts_6_to_11_minutes(examined: Examined) -> None:
    seconds = {name: examined[name, "default"].result().seconds for name in FILMS}
    assert 6 * 60 <= sum(seconds.values()) <= 11 * 60
    assert all(least <= seconds[name] <= most for name, (least, most) in LASTS.items())


def test_tracing_changes_nothing_that_is_seen(tmp_path: Path) -> None:
    # The proof's films tell where their numbers come from; all others do not.
    with small_frames(tmp_path):
        _, plain = played(film("minima"))
        with tracing():
            _, traced = played(film("minima"))
    there, here = (
        {beat: sorted(one.source for one in types) for beat, types in ends.items()}
        for ends in (traced, plain)
    )
    assert there == here
    assert any(one.quotes for types in traced.values() for one in types)
