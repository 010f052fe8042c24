"""A copy of the project in a folder of its own, and the command in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STUDIO = "from scenes.studio.entry import main; main()"


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
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROP_")}
        return subprocess.run(
            [sys.executable, "-c", code, *flags],
            cwd=self.root,
            env=kept | {"PYTHONPATH": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )

    def studio(self, *flags: str) -> subprocess.CompletedProcess[str]:
        """Run the command on the copy."""
        return self.run(STUDIO, *flags)
