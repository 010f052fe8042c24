"""What several modules look at: a studio with films and clips, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.studio.browser import chromium
from tests.studio.house import House


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Two films and all that can be cut out of them; the third one has not been made.

    Not to be changed: what is made in it goes to a folder that no other module looks at.
    """
    made = House(tmp_path_factory.mktemp("house"))
    made.done("film", "Curtain")
    made.done("film", "Hill")
    made.done("clips", "Curtain", "Hill", "--loop", "--gif", "--webm", "--still")
    return made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened
