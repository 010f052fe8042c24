"""A copy of the project that is rendered, changed and measured; the user's own is left alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scenes.studio.errors import StudioError
from tests.project import ROOT

SPEAK = """
import sys
from scenes.studio.forms import Form
from scenes.studio.orders import chosen
for path, film in chosen(sys.argv[1:]):
    with Form().scene(path, film) as scene:
        scene.expected_frames()
    print(film.__name__)
"""


@dataclass(frozen=True)
class Run:
    """What a command and all the processes that it began have taken."""

    seconds: float
    cpu: float
    """Seconds of work, on whichever core."""
    memory: float
    """The most that any single process had, in MB."""


@dataclass(frozen=True)
class Change:
    """A change of one place in one file."""

    file: str
    old: str
    new: str

    def of(self, text: str) -> str:
        """The changed text; StudioError where the place is not to be found in it."""
        if text.count(self.old) != 1:
            raise StudioError(
                f"{self.file}: {self.old!r} stands there {text.count(self.old)} times "
                "(allowed: once; what is changed is named in tests/bench)"
            )
        return text.replace(self.old, self.new)


class Copy:
    """The project as a user has it, in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root, self.renders, self._kept = root / "it", root / "it" / "renders", root / "kept"
        for name in ("scenes", "assets"):
            shutil.copytree(ROOT / name, self.root / name)
        for name in ("manim.cfg", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root)
        self.said = ""

    def run(self, *command: str) -> Run:
        """Run Python here; StudioError, with the last line that it wrote, where it fails."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROP_")}
        # The films are the copy's own; this package is found where it is.
        path = os.pathsep.join((str(self.root), str(ROOT)))
        with tempfile.TemporaryFile("w+") as out:
            start = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=self.root,
                env=kept | {"PYTHONPATH": path},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            self.said = out.read()
        if process.returncode:
            said = self.said.strip().splitlines() or ["nothing said"]
            raise StudioError(f"{' '.join(command[-4:])}: failed ({said[-1]})")
        unit = 2**20 if sys.platform == "darwin" else 2**10
        return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)

    def speak(self, *films: str) -> list[str]:
        """Speak the lines of these films, or of all, and give their names."""
        self.run("-c", SPEAK, *films)
        return self.said.split()

    def keep(self) -> None:
        """Keep what is rendered now, to come back to it."""
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(self.renders, self._kept)

    def back(self) -> None:
        """Have rendered again what was kept, and nothing since."""
        shutil.rmtree(self.renders)
        shutil.copytree(self._kept, self.renders)

    def forget(self) -> None:
        """Delete all that was rendered; what was spoken stays."""
        for part in self.renders.iterdir():
            if part.name != "voice":
                shutil.rmtree(part)

    @contextmanager
    def changed(self, *changes: Change) -> Iterator[None]:
        """The project with something changed; afterwards it is as it was, films and all."""
        before = {c.file: (self.root / c.file).read_text("utf-8") for c in changes}
        try:
            for change in changes:
                file = self.root / change.file
                file.write_text(change.of(file.read_text("utf-8")), "utf-8")
            yield
        finally:
            for name, text in before.items():
                (self.root / name).write_text(text, "utf-8")
            self.back()
