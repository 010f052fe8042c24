"""All films of the default lesson in every form, and all films of other lessons: nothing found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scenes.maths.provenance import tracing
from scenes.proof.examine import ONE_FORM, Report, Scope, Task, carry_out
from scenes.proof.finding import GROUPS
from scenes.studio import catalogue
from scenes.studio.forms import ASPECTS
from scenes.studio.settings import SCENES
from tests.shared import common_folder, once
from tests.stages import film, lesson_file, played, small_frames

FILMS = [entry.stem for entry in catalogue.in_whole_film()]
NETWORKS = ("forward_pass", "chain_rule", "reverse_mode")
LANDSCAPES = ("mountain", "minima")
# The widest frame and the highest, and those between: together every shape, each of them once.
ENDS, BETWEEN = Scope(("16:9", "9:16")), Scope(("4:3", "1:1"))
OTHERS = Scope(("4:3", "1:1", "9:16"), ("dark",))
Examination = tuple[str, str, Scope]
"""A film, a lesson, and the forms in which it is looked at."""
TELLING: list[Examination] = [
    *((name, "default", ENDS) for name in FILMS),
    *((name, lesson, ONE_FORM) for name in NETWORKS for lesson in ("one", "full")),
    *((name, "wide", ONE_FORM) for name in LANDSCAPES),
]
MORE: list[Examination] = [
    *((name, "default", BETWEEN) for name in FILMS),
    *((name, "one", OTHERS) for name in NETWORKS),
    *((name, lesson, ONE_FORM) for name in NETWORKS for lesson in ("two", "wide", "deep")),
    *((name, "one", ONE_FORM) for name in LANDSCAPES),
    # What the proof has found in lessons made at random, and what has been mended since.
    *((name, "odd", ONE_FORM) for name in (*NETWORKS, *LANDSCAPES)),
    ("mountain", "south", ONE_FORM),
]
MATTER = {"opening": ("formulas",), "credits": ("formulas",)}
"""Groups that have nothing to look at in a film."""
LASTS = {"opening": (5, 20), "credits": (12, 25)}
"""Seconds, from and to; of the others the proof itself knows it."""


Examined = Callable[[str, str, Scope], Report]


@pytest.fixture(scope="session")
def examined(tmp_path_factory: pytest.TempPathFactory) -> Examined:
    """The report on a film of a lesson; each is examined once."""
    folder = common_folder(tmp_path_factory)

    def report(name: str, lesson: str, scope: Scope) -> Report:
        task = Task(SCENES / f"{name}.py", film(name).__name__, lesson_file(lesson), scope)
        return once(folder, repr(task), lambda: carry_out(task))

    return report


def told(one: Examination) -> str:
    name, lesson, scope = one
    return "-".join([name, lesson, *scope.aspects])


@pytest.mark.parametrize(
    "one",
    [
        *(pytest.param(one, id=told(one)) for one in TELLING),
        *(pytest.param(one, id=told(one), marks=pytest.mark.long) for one in MORE),
    ],
)
def test_all_is_looked_at_and_nothing_is_found(one: Examination, examined: Examined) -> None:
    name, lesson, scope = one
    report = examined(name, lesson, scope)
    assert not [f"{f.form} {f.beat} {f.phase}: {f.group}: {f.text}" for f in report.findings]
    for group in GROUPS if "16:9" in scope.aspects else ("layout",):
        if group not in MATTER.get(name, ()):
            assert report.looked[group] > 0, group


@pytest.mark.parametrize("scope", [ENDS, pytest.param(BETWEEN, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", FILMS)
def test_no_number_is_missing_in_any_shape(name: str, scope: Scope, examined: Examined) -> None:
    # Numbers too long for a small neuron may be left out of it; the default lesson has none.
    first = examined(name, "default", ENDS).numerals["16:9 dark"]
    numerals = examined(name, "default", scope).numerals
    assert len(numerals) == len(scope.aspects) * len(scope.themes)
    assert all(found == first for found in numerals.values())


def test_every_shape_is_looked_at() -> None:
    assert sorted((*ENDS.aspects, *BETWEEN.aspects)) == sorted(ASPECTS)
    assert sorted((*ONE_FORM.aspects, *OTHERS.aspects)) == sorted(ASPECTS)


def test_the_whole_lasts_6_to_11_minutes(examined: Examined) -> None:
    seconds = {name: examined(name, "default", ENDS).seconds for name in FILMS}
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
