"""The proof finds what it is there to find: planted faults, every one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from manim import logger

from scenes.proof.examine import ONE_FORM, examine
from scenes.proof.finding import Findings
from scenes.studio.settings import SCENES
from tests.proof.faults import FAULTS
from tests.shared import common_folder
from tests.stages import film


class FaultFound(Exception):
    """The fault is found: the rest of the film need not be played."""


def _missed(name: str, kept: Path) -> list[str] | None:
    """What is found in a film with a fault in it; nothing at all once the fault is."""
    logger.setLevel("ERROR")
    fault = FAULTS[name]
    path, cls = SCENES / f"{fault.film}.py", film(fault.film, *fault.beats)
    add = Findings.add
    if fault.group != "time":
        os.environ["BACKPROP_VOICE"] = "silent"  # what is seen and read is the same

    def note(self: Findings, group: str, beat: str, text: str, *more: Any) -> None:
        add(self, group, beat, text, *more)
        if group == fault.group and re.search(fault.says, text):
            raise FaultFound

    with fault.plant(cls), patch.object(Findings, "add", note):
        try:
            report = examine(path, cls, None, ONE_FORM, kept)
            return [f"{f.group}: {f.text}" for f in report.findings]
        except FaultFound:
            return None


@pytest.fixture(scope="session")
def missed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[str] | None]]:
    """What is found instead of a fault, in a process of its own."""
    kept = common_folder(tmp_path_factory) / "faults"
    context = get_context("forkserver")
    # Manim is loaded once, by a process that draws nothing, and each fault has a fork of that.
    context.set_forkserver_preload([__name__])
    # A fault stays in no process that looks for another.
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        yield lambda name: pool.submit(_missed, name, kept).result()


def test_at_least_twenty_faults_of_every_kind_are_planted() -> None:
    assert len(FAULTS) >= 20
    assert {fault.group for fault in FAULTS.values()} == {
        *("numbers", "formulas", "layout", "colour", "time", "words")
    }


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, missed: Callable[[str], list[str] | None]) -> None:
    assert missed(name) is None
