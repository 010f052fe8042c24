"""``studio watch``: what is saved is drawn, and what cannot be is said."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Thread

import av
import pytest

from tests.project import STUDIO, Project

PATIENCE = 120
"""Seconds, beside whatever else a machine does."""


class Watching:
    """The command in a copy of the project, and what it says."""

    def __init__(self, root: Path) -> None:
        self.root, self.lines = root, Queue[str]()
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROP_")}
        self.process = subprocess.Popen(
            [sys.executable, "-uc", STUDIO, "watch", "Softmax", "--silent", "--fps", "10"],
            cwd=root,
            env=kept | {"PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.lines.put(line)

    def hears(self, words: str) -> str:
        """The next line with these words."""
        while words not in (line := self.lines.get(timeout=PATIENCE)):
            pass
        return line

    def change(self, name: str, old: str, new: str) -> None:
        file = self.root / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    watching = Watching(Project(tmp_path).root)
    yield watching
    watching.process.terminate()
    watching.process.wait()


def test_what_is_saved_is_drawn(watching: Watching) -> None:
    watching.hears("Softmax: 2 beats")
    watching.change("scenes/softmax.py", "they come to one", "they make one")
    said = watching.hears("Softmax.compare_them: ")
    clip = watching.root / said.split(": ")[1].partition(" (")[0]
    with av.open(str(clip)) as container:
        assert container.streams.audio
        assert container.streams.subtitles
        assert sum(1 for _ in container.decode(video=0)) > 10
    watching.change("scenes/softmax.py", "class Softmax", "klass Softmax")
    watching.hears("SyntaxError")
    watching.change("scenes/softmax.py", "klass Softmax", "class Softmax")
    watching.hears("nothing has changed")
    watching.change("assets/lesson.toml", "input = [", "input = 5 # [")
    assert "lesson.toml" in watching.hears("input")
    watching.change("assets/lesson.toml", "input = 5 # [", "input = [")
    watching.hears("nothing has changed")
    assert not list(clip.parent.glob(".*"))
