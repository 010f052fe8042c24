"""The machine, set up: system libraries, virtual environment, locked requirements.

``make`` runs this file with the system's Python before anything is installed, so it uses the
standard library only, and no syntax newer than Python 3.7: an old Python must reach the line that
says it is too old. A second run finds the work done and says nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator  # noqa: UP035 (collections.abc's cannot be subscripted in 3.8)

ROOT = Path(__file__).resolve().parents[2]
OLDEST_PYTHON = (3, 11)
LAST_LINES = 25

Hear = Callable[[str], None]


class SetUpError(Exception):
    """What stands in the way, and what to do about it, in one line."""


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code, and standard output and error together."""

    code: int
    output: str


class Machine:
    """The computer, as far as set-up asks it and changes it."""

    system = platform.system()
    processor = platform.machine()
    python = (sys.version_info[0], sys.version_info[1])
    python_program = sys.executable
    # A Python of the distribution gets its headers and its ensurepip from the distribution.
    python_is_the_systems = sys.base_prefix == "/usr"
    python_headers = Path(sysconfig.get_path("include"))
    # Set where the user named a Python: make passes its variables on.
    python_is_chosen = "PYTHON" in os.environ

    def is_root(self) -> bool:
        """Whether the user may install without asking."""
        return os.geteuid() == 0

    def has_terminal(self) -> bool:
        """Whether somebody can be asked for a password."""
        return sys.stdin is not None and sys.stdin.isatty()

    def which(self, program: str) -> str | None:
        return shutil.which(program)

    def say(self, line: str) -> None:
        print(line, flush=True)

    def run(self, command: list[str], typed: str = "", hear: Hear | None = None) -> Done:
        """Run a command with ``typed`` as its whole input; ``hear`` gets each line as it comes."""
        environment = dict(os.environ)
        # These would lead Python or pip out of the virtual environment.
        for name in ("PYTHONHOME", "PYTHONPATH", "PIP_PREFIX", "PIP_TARGET", "PIP_USER"):
            environment.pop(name, None)
        environment.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
        lines = []
        try:
            process = subprocess.Popen(
                command,
                cwd=str(ROOT),
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            return Done(127, f"{command[0]}: {error.strerror}")
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(typed)
                process.stdin.close()
            for line in process.stdout:
                lines.append(line)
                if hear is not None:
                    hear(line.rstrip())
        return Done(process.returncode, "".join(lines))


# --- system libraries -------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """Something of the system that the films need: what, why, and its packages."""

    what: str
    why: str
    met: Callable[[Machine], bool]
    apt: tuple[str, ...] = ()
    brew: tuple[str, ...] = ()


def _compiles(language: str, source: str) -> Callable[[Machine], bool]:
    program = {"c": "cc", "c++": "c++"}[language]

    def met(machine: Machine) -> bool:
        if machine.which(program) is None:
            return False
        # On a Mac without developer tools, cc is a stub that opens a window.
        if machine.system == "Darwin" and machine.run(["xcode-select", "-p"]).code != 0:
            return False
        command = [program, "-x", language, "-fsyntax-only", "-"]
        return machine.run(command, typed=source).code == 0

    return met


def _has_library(name: str) -> Callable[[Machine], bool]:
    return lambda machine: machine.run(["pkg-config", "--exists", name]).code == 0


def _has_program(*names: str) -> Callable[[Machine], bool]:
    return lambda machine: any(machine.which(name) is not None for name in names)


def needs(machine: Machine) -> list[Need]:
    """All that the films need of this system."""
    why = "parts of Manim are built from source"
    compiler = Need(
        "a C compiler", why, _compiles("c", "#include <stdio.h>\n"), ("gcc", "libc6-dev")
    )
    pkg_config = Need(
        "pkg-config",
        "it tells the compiler where cairo is",
        _has_program("pkg-config"),
        apt=("pkg-config",),
        brew=("pkgconf",),
    )
    cairo = Need(
        "cairo", "it draws the pictures", _has_library("cairo"), ("libcairo2-dev",), ("cairo",)
    )
    if machine.system == "Darwin":
        # The wheel for Macs brings its own pango; every Python there comes with headers and venv.
        return [compiler, pkg_config, cairo]
    pango = Need("pango", "it sets the text", _has_library("pangocairo"), ("libpango1.0-dev",))
    version = _version(machine)
    headers = Need(
        f"the C headers of Python {version}",
        why,
        lambda machine: (machine.python_headers / "Python.h").is_file(),
        apt=(f"python{version}-dev",) if machine.python_is_the_systems else (),
    )
    make_venv = [machine.python_program, "-c", "import ensurepip, venv"]
    venv = Need(
        "Python's venv module",
        "the films get a virtual environment of their own",
        lambda machine: machine.run(make_venv).code == 0,
        apt=(f"python{version}-venv",) if machine.python_is_the_systems else (),
    )
    compilers = [compiler]
    if machine.processor != "x86_64":
        why = "parts of Manim come ready-made for x86-64 only"
        compilers += [
            Need("a C++ compiler", why, _compiles("c++", "#include <vector>\n"), ("g++",))
        ]
    return [*compilers, pkg_config, cairo, pango, headers, venv]


def install_what_is_missing(machine: Machine) -> None:
    """Install the system libraries that are missing, or say in one line what to install.

    Raises:
        SetUpError: where set-up may not or cannot install.
    """
    missing = [need for need in needs(machine) if not need.met(machine)]
    if not missing:
        return
    install = _brew if machine.system == "Darwin" else _apt
    install(machine, missing)
    still = [need for need in needs(machine) if not need.met(machine)]
    if still:
        raise SetUpError(f"still missing after the installation: {_listed(still)}")


_OPEN, _LOOK = "the tests open the slides in it", "the tests look at the slides through it"
TEST_TOOLS = (
    Need(
        "Chromium",
        "the tests open the page and the slides in it",
        _has_program("chromium", "chromium-browser", "google-chrome"),
        ("chromium",),
    ),
    Need("LibreOffice Impress", _OPEN, _has_program("soffice"), ("libreoffice-impress",)),
    Need("pdftoppm", _LOOK, _has_program("pdftoppm"), ("poppler-utils",)),
)


def install_test_tools(machine: Machine) -> None:
    """Install what only tests need, where nobody has to be asked; else say what is left out."""
    missing = [need for need in TEST_TOOLS if not need.met(machine)]
    if not missing:
        return
    sudo = [] if machine.is_root() else ["sudo", "-n"]
    able = machine.which("apt-get") is not None
    if able and sudo:
        able = machine.which("sudo") is not None and machine.run([*sudo, "true"]).code == 0
    if able:
        _apt_get(machine, sudo, missing)
    still = [need for need in TEST_TOOLS if not need.met(machine)]
    if still:
        machine.say(
            f"Without {_listed(still)}, the tests that need it are skipped (Debian's names: "
            f"{', '.join(_debian_packages(missing))})"
        )


def _debian_packages(missing: list[Need]) -> list[str]:
    return sorted({name for need in missing for name in need.apt})


def _apt(machine: Machine, missing: list[Need]) -> None:
    packages = _debian_packages(missing)
    lack = f"this computer lacks {_listed(missing)}"
    if machine.which("apt-get") is None:
        raise SetUpError(
            f"{lack}; install that with the system's package manager (set-up itself can use "
            "apt-get and Homebrew only), and run make again"
        )
    stuck = [need for need in missing if not need.apt]
    if stuck:
        raise SetUpError(
            f"{_listed(stuck)}: missing from {machine.python_program}; complete that Python, or "
            "name another one: make PYTHON=/usr/bin/python3"
        )
    sudo: list[str] = []
    if not machine.is_root():
        by_hand = shlex.join(["apt-get", "install", *packages])
        if machine.which("sudo") is None:
            raise SetUpError(f"{lack}; as the administrator run: {by_hand}")
        sudo = ["sudo"] if machine.has_terminal() else ["sudo", "-n"]
        if "-n" in sudo and machine.run([*sudo, "true"]).code != 0:
            raise SetUpError(f"{lack}, and sudo wants a password; run: sudo {by_hand}")
    updated, installed = _apt_get(machine, sudo, missing)
    if installed.code != 0:
        # With the lists of packages out of date, that may be the cause.
        _show(
            machine, f"{updated.output}\n{installed.output}" if updated.code else installed.output
        )
        raise SetUpError(
            f"apt-get could not install {', '.join(packages)}: its last words stand above"
        )


def _apt_get(machine: Machine, sudo: list[str], missing: list[Need]) -> tuple[Done, Done]:
    """Update the lists of packages and install; waits for another apt-get, and asks nothing."""
    _announce(machine, missing, " ".join([*sudo[:1], "apt-get"]))
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    apt_get = [*sudo, *quiet, "-o", "DPkg::Lock::Timeout=300"]
    updated = machine.run([*apt_get, "update"])
    install = [*apt_get, "install", "-y", "--no-install-recommends"]
    return updated, machine.run([*install, *_debian_packages(missing)])


def _brew(machine: Machine, missing: list[Need]) -> None:
    lack = f"this Mac lacks {_listed(missing)}"
    if any(not need.brew for need in missing):
        raise SetUpError(f"{lack}; run: xcode-select --install, and then make again")
    packages = [name for need in missing for name in need.brew]
    by_hand = shlex.join(["brew", "install", *packages])
    if machine.which("brew") is None:
        raise SetUpError(f"{lack}; install Homebrew, and then run: {by_hand}")
    if machine.is_root():
        raise SetUpError(f"{lack}, and Homebrew does not run as root; without sudo run: {by_hand}")
    _announce(machine, missing, "Homebrew")
    installed = machine.run(["brew", "install", "--quiet", *packages])
    if installed.code != 0:
        _show(machine, installed.output)
        raise SetUpError(
            f"Homebrew could not install {', '.join(packages)}: its last words stand above"
        )


def _announce(machine: Machine, missing: list[Need], by: str) -> None:
    machine.say(f"Installing with {by} what this computer lacks (a minute or two):")
    for need in missing:
        packages = need.brew if machine.system == "Darwin" else need.apt
        machine.say(f"  {need.what}: {need.why} ({', '.join(packages)})")


def _listed(missing: list[Need]) -> str:
    return ", ".join(need.what for need in missing)


def _show(machine: Machine, output: str) -> None:
    for line in output.splitlines()[-LAST_LINES:]:
        machine.say(f"  | {line}")


# --- virtual environment ----------------------------------------------------------------------


class Environment:
    """The virtual environment of the project at ``root``, and its stamp, which is written last.

    An environment without a stamp was interrupted.
    """

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / ".venv"
        self.program = str(self.folder / "bin" / "python")
        self.stamp = self.folder / "set-up.json"

    def locks(self, for_tests: bool) -> list[Path]:
        """The locked requirements of the films, and what linters and tests need besides."""
        names = ["requirements.lock", *(["requirements-tests.lock"] if for_tests else [])]
        return [self.root / name for name in names]

    def read_stamp(self) -> dict[str, str]:
        """The stamp, empty where there is none or it cannot be read."""
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def digest(self, for_tests: bool = False) -> str:
        """A hash of all that decides what is installed."""
        digest = hashlib.sha256()
        lock, *more = self.locks(for_tests)
        for path in (lock, self.root / "pyproject.toml", *more):
            digest.update(path.read_bytes() + b"\0")
        return digest.hexdigest()

    def write_stamp(self, version: str, for_tests: bool) -> None:
        """Declare the environment finished; ``version`` is the Python's it was made with."""
        stamp = {"digest": self.digest(), "python": version, "root": str(self.root)}
        if for_tests:
            stamp["tests"] = self.digest(for_tests=True)
        unfinished = self.stamp.with_suffix(".part")
        unfinished.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
        os.replace(str(unfinished), str(self.stamp))

    def is_usable(self, machine: Machine) -> bool:
        """Whether it was finished, here, and its Python and the system's libraries still work."""
        stamp = self.read_stamp()
        # The scripts of an environment hold its path: a moved one is of no use.
        if stamp.get("root") != str(self.root):
            return False
        if machine.python_is_chosen and stamp.get("python") != _version(machine):
            return False
        look = "import sys, cairo, manimpango; assert '%d.%d' % sys.version_info[:2] == '{}'"
        return machine.run([self.program, "-c", look.format(stamp["python"])]).code == 0

    def is_current(self, machine: Machine, for_tests: bool = False) -> bool:
        """Whether there is nothing to do."""
        stamp = self.read_stamp()
        if for_tests and stamp.get("tests") != self.digest(for_tests=True):
            return False
        return stamp.get("digest") == self.digest() and self.is_usable(machine)


def _version(machine: Machine) -> str:
    return "{}.{}".format(*machine.python)


def build(machine: Machine, environment: Environment, for_tests: bool) -> None:
    """Make the environment, or bring a finished one up to date, with the locked requirements.

    Those of the tests are left out unless asked for.

    Raises:
        SetUpError: where venv or pip fails; the end of its output has been shown.
    """
    if environment.is_usable(machine):
        version = environment.read_stamp()["python"]
        environment.stamp.unlink()
    else:
        version = _version(machine)
        machine.say(f"Making a virtual environment with Python {version}")
        command = [machine.python_program, "-m", "venv", "--clear", str(environment.folder)]
        made = machine.run(command)
        if made.code != 0:
            _show(machine, made.output)
            raise SetUpError(f"no virtual environment could be made in {environment.folder}")
    pip = [environment.program, "-m", "pip", "install", "--progress-bar", "off"]
    machine.say("Installing the locked requirements (a minute or two)")
    locks = environment.locks(for_tests)
    wanted = [word for lock in locks for word in ("-r", str(lock))]
    pins = sum(_pins(lock) for lock in locks)
    _pip(machine, [*pip, "--require-hashes", *wanted], Progress(machine, pins))
    editable = ["--no-deps", "--no-build-isolation", "--no-index", "--editable"]
    _pip(machine, [*pip, *editable, str(environment.root)])
    # The build leaves this beside the sources; what is installed has its own copy.
    for leftover in (*environment.root.glob("*.egg-info"), environment.root / "build"):
        shutil.rmtree(str(leftover), ignore_errors=True)
    environment.write_stamp(version, for_tests)


def _pins(lock: Path) -> int:
    return len(re.findall(r"^[A-Za-z0-9].*==", lock.read_text(encoding="utf-8"), re.MULTILINE))


def _pip(machine: Machine, command: list[str], hear: Hear | None = None) -> None:
    done = machine.run(command, hear=hear)
    if done.code != 0:
        _show(machine, done.output)
        raise SetUpError(
            "pip could not install the requirements: its last words stand above; with the network "
            "back, the next make goes on from here"
        )


class Progress:
    """Turns what pip says into a few short lines, and on a terminal into a running count."""

    def __init__(self, machine: Machine, pins: int) -> None:
        self._machine, self._packages = machine, pins
        self._seen: set[str] = set()
        self._live = sys.stdout.isatty()

    def __call__(self, line: str) -> None:
        """Hear one line of pip's."""
        if line.startswith("Ignoring "):
            self._packages -= 1
            return
        collecting = re.match(r"Collecting ([\w.-]+)", line)
        if collecting:
            if not self._seen:
                self._machine.say(f"  fetching {self._packages} packages")
            self._seen.add(collecting.group(1))
            if self._live:
                count = f"  {len(self._seen)} of {self._packages}: {collecting.group(1)}"
                print(f"\r\x1b[K{count}\r", end="", flush=True)
            return
        for start, meaning in (
            ("Building wheels for collected packages: ", "building from source: {}"),
            ("Installing collected packages: ", "unpacking"),
        ):
            if line.startswith(start):
                print("\r\x1b[K" if self._live else "", end="")
                self._machine.say("  " + meaning.format(line[len(start) :]))


# --- all of it --------------------------------------------------------------------------------


@contextlib.contextmanager
def alone(machine: Machine, root: Path) -> Iterator[None]:
    """Hold off a second set-up of the same project until this one is done."""
    import fcntl  # Windows has none, and must get as far as the line that says so.

    with (root / "pyproject.toml").open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            machine.say("Waiting for another set-up of this project to finish")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def set_up(machine: Machine, root: Path = ROOT, for_tests: bool = False) -> None:
    """Do what is left to do until the films can be made, or tested; nothing where all is done.

    Raises:
        SetUpError: with what to do about it, in one line.
    """
    if machine.system not in ("Linux", "Darwin"):
        raise SetUpError(
            f"{machine.system} is not known here: use Linux or macOS (on Windows, use WSL)"
        )
    environment = Environment(root)
    if environment.is_current(machine, for_tests):
        return
    if machine.python < OLDEST_PYTHON:
        raise SetUpError(
            "Python {}.{} or newer is needed, ".format(*OLDEST_PYTHON)
            + f"and {machine.python_program} is {_version(machine)}; "
            "install a newer one and name it, for example: make film PYTHON=python3.12"
        )
    with alone(machine, root):
        if environment.is_current(machine, for_tests):
            return
        started = time.monotonic()
        install_what_is_missing(machine)
        build(machine, environment, for_tests)
        machine.say(f"Set up in {time.monotonic() - started:.0f} seconds")


def main() -> int:
    """Set this machine up; the exit code is 2 where the user has to do something first.

    With ``--for-lint``, the packages of linters and tests are installed too; with ``--for-tests``
    also the programs that only tests need, where that is possible.
    """
    for_tests = "--for-tests" in sys.argv[1:]
    try:
        set_up(Machine(), for_tests=for_tests or "--for-lint" in sys.argv[1:])
        if for_tests:
            install_test_tools(Machine())
    except SetUpError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nset-up: interrupted; the next make goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
