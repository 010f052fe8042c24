"""The proof finds what it is there to find: planted faults, every one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any
from unittest.mock import patch

import pytest
from manim import logger

from scenes.proof.examine import ONE_FORM, examine
from scenes.proof.finding import Findings
from scenes.studio.settings import SCENES
from tests.proof.faults import FAULTS
from tests.stages import film


class FaultFound(Exception):
    """The fault is found: the rest of the film need not be played."""


def _missed(name: str) -> list[str] | None:
    """What is found in a film with a fault in it; nothing at all once the fault is."""
    logger.setLevel("ERROR")
    fault = FAULTS[name]
    path, cls = SCENES / f"{fault.film}.py", film(fault.film, *fault.beats)
    add = Findings.add

    def note(self: Findings, group: str, beat: str, text: str, *more: Any) -> None:
        add(self, group, beat, text, *more)
        if group == fault.group and re.search(fault.says, text):
            raise FaultFound

    with fault.plant(cls), patch.object(Findings, "add", note):
        try:
            return [f"{f.group}: {f.text}" for f in examine(path, cls, None, ONE_FORM).findings]
        except FaultFound:
            return None


Missed = Future[list[str] | None]


@pytest.fixture(scope="module")
def missed(request: pytest.FixtureRequest) -> Iterator[dict[str, Missed]]:
    """What was found instead, fault by fault; each in a fresh process."""
    asked = [getattr(item, "callspec", None) for item in request.session.items]
    names = [call.params["name"] for call in asked if call and call.params.get("name") in FAULTS]
    # A fault stays in no process that looks for another.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        yield {name: pool.submit(_missed, name) for name in names}


def test_at_least_twenty_faults_of_every_kind_are_planted() -> None:
    assert len(FAULTS) >= 20
    assert {fault.group for fault in FAULTS.values()} == {
        *("numbers", "formulas", "layout", "colour", "time", "words")
    }


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, missed: dict[str, Missed]) -> None:
    assert missed[name].result() is None
