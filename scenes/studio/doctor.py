"""What the films need of this computer: what is there, what is missing, and what mends it.

Nothing here is imported before it is tried, so that the doctor can still speak where Manim cannot.
"""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RENDERS = ROOT / "renders"
ROOM = 5 * 10**9
"""Bytes of disk that all films at 1080p, their clips and caches take, and a little more."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, what was found, and what mends it."""

    what: str
    well: bool
    found: str
    mend: str
    needed: bool


class _Problem(Exception):
    """What is wrong with a thing."""


Look = Callable[[], str]
"""Looks at a thing and says what it found; raises what is wrong with it."""


def examine() -> list[Finding]:
    """Look at everything; nothing is changed."""
    return [
        _finding(what, look, mend, needed)
        for needed, looks in ((True, _needed()), (False, _useful()))
        for what, look, mend in looks
    ]


def _finding(what: str, look: Look, mend: str, needed: bool) -> Finding:
    try:
        return Finding(what, True, look(), mend, needed)
    except Exception as problem:  # whatever it is, it is a finding and no crash
        reason = " ".join(str(problem).split()) or type(problem).__name__
        return Finding(what, False, reason, mend, needed)


SETUP = "make setup"


def installing(apt: str, brew: str) -> str:
    """What installs a package of the system."""
    return f"brew install {brew}" if sys.platform == "darwin" else f"sudo apt-get install -y {apt}"


def _needed() -> list[tuple[str, Look, str]]:
    """What films need: its name, what looks at it, and what mends it."""
    return [
        ("Python", _python, "make setup PYTHON=python3.12"),
        ("virtual environment", _environment, SETUP),
        ("cairo", partial(_import, "cairo"), installing("libcairo2-dev", "cairo")),
        ("pango", partial(_import, "manimpango"), installing("libpango1.0-dev", "pango")),
        ("Manim", partial(_package, "manim", "0.22"), SETUP),
        ("Typst", partial(_package, "typst"), SETUP),
        ("numbers", partial(_package, "numpy"), SETUP),
        ("formulas", partial(_package, "sympy"), SETUP),
        ("encoders", _encoders, SETUP),
        ("fonts", _fonts, "git checkout assets/fonts"),
        ("voice", _voice, f"{SETUP}, or BACKPROP_VOICE=silent"),
        ("lesson", _lesson, "mend what the line says"),
        ("folder of films", _writable, f"chmod -R u+w {RENDERS}"),
        ("disk", _disk, "make clean, or make room"),
    ]


def _useful() -> list[tuple[str, Look, str]]:
    """What films can be made without."""
    browsers = ("chromium", "chromium-browser", "google-chrome")
    office = installing("libreoffice-impress poppler-utils", "--cask libreoffice")
    return [
        ("slides", partial(_package, "manim_slides"), SETUP),
        (
            "browser, for tests",
            partial(_program, *browsers),
            installing("chromium", "--cask chromium"),
        ),
        ("LibreOffice, for tests", partial(_program, "soffice"), office),
    ]


def _python() -> str:
    return "{}.{}.{}".format(*sys.version_info[:3])


def _environment() -> str:
    folder = ROOT / ".venv"
    if Path(sys.prefix).resolve() != folder.resolve():
        raise _Problem(f"this is {sys.prefix}, not the project's own")
    return str(folder)


def _import(module: str) -> str:
    return str(getattr(importlib.import_module(module), "__version__", "is there"))


def _package(module: str, series: str = "") -> str:
    importlib.import_module(module)
    try:
        found = version(module.replace("_", "-"))
    except PackageNotFoundError as problem:
        raise _Problem("is there, but was not installed with its version") from problem
    if not found.startswith(series):
        raise _Problem(f"{found} (allowed: {series})")
    return found


def _encoders() -> str:
    import av

    names = ("libx264", "aac", "mov_text", "libvpx-vp9", "libopus", "qtrle", "gif")
    for name in names:
        av.codec.Codec(name, "w")
    return f"PyAV {version('av')}: {', '.join(names)}"


def _fonts() -> str:
    found = sorted(path.name for path in (ROOT / "assets" / "fonts").glob("*.[ot]tf"))
    if not found:
        raise _Problem("none in assets/fonts")
    return f"{len(found)} in assets/fonts"


def _voice() -> str:
    from scenes.maths.lesson.reader import load_lesson
    from scenes.studio.speaker import speaker_of

    voice = speaker_of(load_lesson(None))
    voice.check()
    return f"{voice.name} {voice.version}"


def _lesson() -> str:
    from scenes.maths.lesson.reader import load_lesson

    return load_lesson(None).source.name


def _writable() -> str:
    RENDERS.mkdir(exist_ok=True)
    with tempfile.TemporaryFile(dir=RENDERS):
        return str(RENDERS)


def _disk() -> str:
    free = shutil.disk_usage(ROOT).free
    if free < ROOM:
        raise _Problem(
            f"{free / 1e9:.1f} GB are free, and all films and clips take {ROOM / 1e9:.0f}"
        )
    return f"{free / 1e9:.0f} GB are free"


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise _Problem("is not there")


def main() -> int:
    """Print what was found; the exit code is 2 where something is missing that films need."""
    findings = examine()
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = "ok " if finding.well else "NO " if finding.needed else "-- "
        print(f"{mark} {finding.what:<{width}}  {finding.found}")
        if not finding.well:
            print(f"    {'':<{width}}  mend it with: {finding.mend}")
    missing = sum(not finding.well and finding.needed for finding in findings)
    print(
        "\n" + (f"Missing: {missing}; make film mends what it can." if missing else "All is well.")
    )
    return 2 if missing else 0
