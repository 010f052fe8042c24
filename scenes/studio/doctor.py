"""What the films need of this computer: what is there, what is missing, and what mends it.

Nothing here is imported before it is tried, so that the doctor can still speak where Manim cannot.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
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
    mend: str = ""
    needed: bool = True


class _Ill(Exception):
    """What is wrong with a thing."""


@dataclass(frozen=True)
class _Look:
    what: str
    at: Callable[[], str]
    mend: str
    needed: bool = True


def examine() -> list[Finding]:
    """Look at everything; nothing is changed."""
    findings = []
    for look in _looks():
        try:
            findings.append(Finding(look.what, True, look.at(), needed=look.needed))
        except Exception as problem:  # whatever it is, it is a finding and no crash
            reason = " ".join(str(problem).split()) or type(problem).__name__
            findings.append(Finding(look.what, False, reason, look.mend, look.needed))
    return findings


def _looks() -> list[_Look]:
    setup = "make setup"
    mac = sys.platform == "darwin"
    system = "brew install {1}" if mac else "sudo apt-get install -y {0}"
    return [
        _Look("Python", _python, "make setup PYTHON=python3.12"),
        _Look("virtual environment", _environment, setup),
        _Look("cairo", _imports("cairo"), system.format("libcairo2-dev", "cairo")),
        _Look("pango", _imports("manimpango"), system.format("libpango1.0-dev", "pango")),
        _Look("Manim", _package("manim", "0.22"), setup),
        _Look("Typst", _package("typst"), setup),
        _Look("numbers", _package("numpy"), setup),
        _Look("formulas", _package("sympy"), setup),
        _Look("encoders", _encoders, setup),
        _Look("fonts", _fonts, "git checkout assets/fonts"),
        _Look("voice", _voice, f"{setup}, or BACKPROP_VOICE=silent"),
        _Look("lesson", _lesson, "mend what the line says"),
        _Look("folder of films", _writable, f"chmod -R u+w {RENDERS}"),
        _Look("disk", _disk, "make clean, or make room"),
        _Look("slides", _package("manim_slides"), setup, needed=False),
        _Look(
            "browser, for tests",
            _program("chromium", "chromium-browser", "google-chrome"),
            "brew install --cask chromium" if mac else system.format("chromium", ""),
            needed=False,
        ),
        _Look(
            "LibreOffice, for tests",
            _program("soffice"),
            "brew install --cask libreoffice"
            if mac
            else system.format("libreoffice-impress poppler-utils", ""),
            needed=False,
        ),
    ]


def _python() -> str:
    return "{}.{}.{}".format(*sys.version_info[:3])


def _environment() -> str:
    folder = ROOT / ".venv"
    if Path(sys.prefix).resolve() != folder.resolve():
        raise _Ill(f"this is {sys.prefix}, not the project's own")
    return str(folder)


def _imports(module: str) -> Callable[[], str]:
    def look() -> str:
        return str(getattr(importlib.import_module(module), "__version__", "is there"))

    return look


def _package(module: str, series: str = "") -> Callable[[], str]:
    def look() -> str:
        importlib.import_module(module)
        try:
            found = version(module.replace("_", "-"))
        except PackageNotFoundError as problem:
            raise _Ill("is there, but was not installed with its version") from problem
        if not found.startswith(series):
            raise _Ill(f"{found} (allowed: {series})")
        return found

    return look


def _encoders() -> str:
    import av

    names = ("libx264", "aac", "mov_text", "libvpx-vp9", "libopus", "qtrle", "gif")
    for name in names:
        av.codec.Codec(name, "w")
    return f"PyAV {version('av')}: {', '.join(names)}"


def _fonts() -> str:
    found = sorted(path.name for path in (ROOT / "assets" / "fonts").glob("*.[ot]tf"))
    if not found:
        raise _Ill("none in assets/fonts")
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
        raise _Ill(f"{free / 1e9:.1f} GB are free, and all films and clips take {ROOM / 1e9:.0f}")
    return f"{free / 1e9:.0f} GB are free"


def _program(*names: str) -> Callable[[], str]:
    def look() -> str:
        found = next(filter(None, map(shutil.which, names)), None)
        if found is None:
            raise _Ill("is not there")
        return found

    return look


def report(findings: list[Finding]) -> str:
    """The findings, one a line, and below each ill one what mends it."""
    width = max(len(finding.what) for finding in findings)
    lines = []
    for finding in findings:
        mark = "ok " if finding.well else "NO " if finding.needed else "-- "
        lines.append(f"{mark} {finding.what:<{width}}  {finding.found}")
        if not finding.well:
            lines.append(f"    {'':<{width}}  mend it with: {finding.mend}")
    ill = sum(not finding.well and finding.needed for finding in findings)
    lines.append("")
    lines.append("All is well." if not ill else f"Missing: {ill}; make film mends what it can.")
    return os.linesep.join(lines)


def main() -> int:
    """Print the report; the exit code is 2 where something is missing that films need."""
    findings = examine()
    print(report(findings))
    return 2 if any(not finding.well and finding.needed for finding in findings) else 0
