"""The proof finds what it is there to find: planted faults, every one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from manim import logger

from scenes.proof.examine import ONE_FORM, Report, examine
from scenes.studio import making
from scenes.studio.settings import SCENES
from tests.proof.faults import FAULTS, planted


def _examined(name: str) -> Report:
    """The film of a fault, with the fault in it."""
    logger.setLevel("ERROR")
    path = SCENES / f"{FAULTS[name].film}.py"
    (cls,) = making.films_in(path)
    with planted(name, cls):
        return examine(path, cls, None, ONE_FORM)


@pytest.fixture(scope="module")
def examined(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Report]]]:
    """What was found, fault by fault; they are looked for side by side, each in a fresh process."""
    asked = [getattr(item, "callspec", None) for item in request.session.items]
    names = [call.params["name"] for call in asked if call and call.params.get("name") in FAULTS]
    # A fault stays in no process that looks for another.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        yield {name: pool.submit(_examined, name) for name in names}


def test_at_least_twenty_faults_of_every_kind_are_planted() -> None:
    assert len(FAULTS) >= 20
    assert {fault.group for fault in FAULTS.values()} == {
        *("numbers", "formulas", "layout", "colour", "time", "words")
    }


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, examined: dict[str, Future[Report]]) -> None:
    fault, report = FAULTS[name], examined[name].result()
    found = [f for f in report.findings if f.group == fault.group]
    assert any(re.search(fault.says, f.text) for f in found), [f.text for f in report.findings]
