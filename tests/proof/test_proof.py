"""All films of the default lesson in every form, and all films of other lessons: nothing found."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from scenes.maths.provenance import Quote
from scenes.proof.examine import ONE_FORM, WHOLE, Report, Scope, Task, carry_out
from scenes.proof.finding import GROUPS
from scenes.proof.watching import REST, Moment, Run, playing, watch
from scenes.studio import catalogue, orders
from scenes.studio.forms import ASPECTS, Form
from scenes.studio.settings import SCENES
from tests.stages import LESSONS, film, play, small_frames

FILMS = [entry.stem for entry in catalogue.in_whole_film()]
NETWORKS = ("forward_pass", "chain_rule", "reverse_mode")
LANDSCAPES = ("mountain", "minima")
ALL_SHAPES = Scope(themes=("dark",))
EXAMINED: dict[tuple[str, str], Scope] = {
    **{(name, "default"): WHOLE for name in FILMS},
    **{(name, "one"): ALL_SHAPES for name in NETWORKS},
    **{(name, lesson): ONE_FORM for name in NETWORKS for lesson in ("two", "wide")},
    **{(name, lesson): ONE_FORM for name in LANDSCAPES for lesson in ("one", "wide")},
    # What the proof has found in lessons made at random, and what has been mended since.
    **{(name, "odd"): ONE_FORM for name in (*NETWORKS, *LANDSCAPES)},
    ("mountain", "south"): ONE_FORM,
}
MATTER = {"opening": ("formulas",), "credits": ("formulas",)}
"""Groups that have nothing to look at in a film."""


def task(name: str, lesson: str, scope: Scope) -> Task:
    path = SCENES / f"{name}.py"
    (cls,) = orders.films_in(path)
    return Task(
        path, cls.__name__, None if lesson == "default" else LESSONS / f"{lesson}.toml", scope
    )


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


def test_tracing_changes_nothing_that_is_seen(tmp_path: Path) -> None:
    # The proof's films tell where their numbers come from; all others do not.
    with small_frames(tmp_path):
        _, frames = play(film("minima"))
    plain = {frame.beat: sorted(text.source for text in frame.texts) for frame in frames}
    traced: dict[str, list[str]] = {}
    quoted: list[Quote] = []

    def look(run: Run, moment: Moment) -> None:
        quoted.extend(quote for one in moment.types for quote in one.quotes)
        if moment.phase == REST:
            traced[moment.beat] = sorted(t.source for t in moment.types if t.is_whole)

    path = SCENES / "minima.py"
    with playing(Form("m"), path, fps=15, voices=tmp_path):
        (cls,) = orders.films_in(path)
        watch(cls, Form("m"), look)
    assert traced == plain
    assert quoted
