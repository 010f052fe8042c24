"""Which tests go to one process together, and in which order, where several run side by side."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

DEALT_OUT = ("tests/proof/test_proof.py", "tests/proof/test_faults.py")
"""Files of which each test stands alone and takes long: they fill what the others leave idle."""
LONGEST = ("tests/test_film.py", "tests/proof/test_proof.py")
"""What would keep one process busy at the end, if it did not begin first."""


def file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of a file go to one process, since they share what they make; some are dealt out."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if file_of(nodeid) in DEALT_OUT else file_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Deal out the tests that way."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest, and end with those that are dealt out."""

    def place(item: pytest.Item) -> int:
        file = file_of(item.nodeid)
        return LONGEST.index(file) if file in LONGEST else len(LONGEST) + (file in DEALT_OUT)

    items.sort(key=place)
