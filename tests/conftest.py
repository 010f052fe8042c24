"""Which tests go to one process together, and in which order, where several run side by side."""

from __future__ import annotations

import pytest

DEALT_OUT = ("tests/proof/test_proof.py", "tests/proof/test_faults.py")
"""Files of which each test stands alone and takes long: they fill what the others leave idle."""
LONGEST = ("tests/test_film.py", "tests/proof/test_proof.py")
"""What would keep one process busy at the end, if it did not begin first."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests together, since they share what they make, and begin with the longest."""

    def file(item: pytest.Item) -> str:
        return item.nodeid.partition("::")[0]

    def place(item: pytest.Item) -> int:
        if file(item) in LONGEST:
            return LONGEST.index(file(item))
        return len(LONGEST) + (file(item) in DEALT_OUT)

    items.sort(key=place)
    for item in items:
        if file(item) not in DEALT_OUT:
            item.add_marker(pytest.mark.xdist_group(file(item)))
