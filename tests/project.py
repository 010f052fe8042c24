"""A copy of the project in a folder of its own, and the command in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STUDIO = "from scenes.studio.entry import main; main()"


def finished(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """What a process has come to, once it is done."""
    out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


class Project:
    """The films, their lesson and the tests' lessons, and a sixth film."""

    def __init__(self, root: Path) -> None:
        self.root = root
        kept = ("scenes", "assets", "manim.cfg", "pyproject.toml")
        for name in kept:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, root / name)
        shutil.copytree(ROOT / "tests" / "lessons", root, dirs_exist_ok=True)
        shutil.copytree(ROOT / "tests" / "sixth_film", root / "scenes", dirs_exist_ok=True)

    def run(self, code: str, *flags: str) -> subprocess.CompletedProcess[str]:
        """Run Python on the copy."""
        return finished(self.start("-c", code, *flags))

    def start(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        """Have Python begin something on the copy, with these variables of the environment."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROP_")}
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.root,
            env=kept | {"PYTHONPATH": str(self.root)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def studio(self, *flags: str) -> subprocess.CompletedProcess[str]:
        """Run the command on the copy."""
        return self.run(STUDIO, *flags)
