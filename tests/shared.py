"""What takes long to make and is looked at by many tests: made once, whichever process asks."""

from __future__ import annotations

import fcntl
import pickle
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def common_folder(factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that all processes of this run of pytest have in common."""
    own = factory.getbasetemp()
    # Each process of pytest-xdist has a folder inside that of the run.
    folder = (own.parent if own.name.startswith("popen-") else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


def once(folder: Path, name: str, make: Callable[[], Made]) -> Made:
    """What ``make`` returns; the first process to ask makes it, the others wait and read it."""
    file = folder / sha256(name.encode()).hexdigest()[:32]
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.is_file():
            file.write_bytes(pickle.dumps(make()))
    made: Made = pickle.loads(file.read_bytes())
    return made
