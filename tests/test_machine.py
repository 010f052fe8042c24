"""Set-up: what it installs, what it says where it may not, and that it stops when all is done."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scenes.setup import machine as set_up_file
from scenes.setup.machine import (
    ROOT,
    Done,
    Environment,
    Hear,
    Machine,
    SetUpError,
    install_test_tools,
    set_up,
)

EVERYTHING = {"cc", "c++", "pkg-config", "cairo", "pangocairo", "venv", "headers"}
INSTALLS = {
    "gcc": "cc",
    "libc6-dev": "cc",
    "g++": "c++",
    "pkg-config": "pkg-config",
    "pkgconf": "pkg-config",
    "libcairo2-dev": "cairo",
    "cairo": "cairo",
    "libpango1.0-dev": "pangocairo",
    "python3.11-dev": "headers",
    "python3.11-venv": "venv",
    "chromium": "chromium",
    "libreoffice-impress": "soffice",
    "poppler-utils": "pdftoppm",
}


class PretendedMachine(Machine):
    """A computer with nothing installed that plays along with apt-get, brew, venv and pip."""

    system = "Linux"
    processor = "x86_64"
    python = (3, 11)
    python_program = "/usr/bin/python3"
    python_is_the_systems = True
    python_is_chosen = False

    def __init__(self, folder: Path) -> None:
        self.python_headers = folder / "headers"
        self.python_headers.mkdir()
        self.has: set[str] = set()
        self.programs = {"apt-get"}
        self.root = True
        self.terminal = False
        self.failing: dict[str, str] = {}
        self.ran: list[list[str]] = []
        self.said: list[str] = []

    def is_root(self) -> bool:
        return self.root

    def has_terminal(self) -> bool:
        return self.terminal

    def which(self, program: str) -> str | None:
        return f"/usr/bin/{program}" if program in self.programs | self.has else None

    def say(self, line: str) -> None:
        self.said.append(line)

    def install(self, *packages: str) -> None:
        self.has |= {INSTALLS[name] for name in packages if name in INSTALLS}
        if "headers" in self.has:
            (self.python_headers / "Python.h").touch()

    def run(self, command: list[str], typed: str = "", hear: Hear | None = None) -> Done:
        self.ran.append(command)
        line = " ".join(command)
        for words, output in self.failing.items():
            if words in line:
                return Done(1, output)
        if {"apt-get", "brew"} & set(command) and "install" in command:
            self.install(*command)
            return Done(0, "")
        if "venv" in command:
            program = Path(command[-1]) / "bin" / "python"
            program.parent.mkdir(parents=True)
            program.touch()
        probes = {
            "-fsyntax-only": command[0],
            "--exists": command[-1],
            "import ensurepip": "venv",
            "import sys, cairo": "cairo",
        }
        for words, thing in probes.items():
            if words in line:
                return Done(0 if thing in self.has else 1, "")
        return Done(0, "3.11\n")

    def calls(self, *words: str) -> list[str]:
        """The command lines with all these words among theirs."""
        return [" ".join(command) for command in self.ran if set(words) <= set(command)]


@pytest.fixture
def machine(tmp_path: Path) -> PretendedMachine:
    return PretendedMachine(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    for name in ("pyproject.toml", "requirements.lock", "requirements-tests.lock"):
        shutil.copy(ROOT / name, folder)
    return folder


def refusal(machine: PretendedMachine, project: Path) -> str:
    with pytest.raises(SetUpError) as caught:
        set_up(machine, project)
    line = str(caught.value)
    assert "\n" not in line
    assert not (project / ".venv").exists()
    return line


def test_debian_as_root_gets_what_it_lacks_without_sudo_and_is_told_why(
    machine: PretendedMachine, project: Path
) -> None:
    set_up(machine, project)
    update, install = machine.calls("apt-get")
    assert machine.ran.index(update.split()) < machine.ran.index(install.split())
    assert install.startswith("env DEBIAN_FRONTEND=noninteractive apt-get")
    assert install.split("--no-install-recommends ")[1].split() == [
        *("gcc", "libc6-dev", "libcairo2-dev", "libpango1.0-dev", "pkg-config"),
        *("python3.11-dev", "python3.11-venv"),
    ]
    assert not machine.calls("sudo")
    assert "  cairo: it draws the pictures (libcairo2-dev)" in machine.said
    assert machine.said[-1].startswith("Set up in ")


@pytest.mark.parametrize("missing", [["libpango1.0-dev"], []])
def test_only_what_is_missing_is_installed(
    machine: PretendedMachine, project: Path, missing: list[str]
) -> None:
    machine.has = EVERYTHING - {INSTALLS[name] for name in missing}
    (machine.python_headers / "Python.h").touch()
    set_up(machine, project)
    installs = machine.calls("apt-get", "install")
    assert [call.split("--no-install-recommends ")[1] for call in installs] == missing
    assert bool(machine.calls("apt-get")) == bool(missing)


@pytest.mark.parametrize(("terminal", "sudo"), [(False, "sudo -n"), (True, "sudo")])
def test_ubuntu_installs_through_sudo_which_may_ask_for_a_password_on_a_terminal(
    machine: PretendedMachine, project: Path, terminal: bool, sudo: str
) -> None:
    machine.root, machine.terminal = False, terminal
    machine.programs.add("sudo")
    set_up(machine, project)
    (install,) = machine.calls("apt-get", "install")
    assert install.startswith(f"{sudo} env DEBIAN_FRONTEND")
    assert machine.said[0].startswith("Installing with sudo apt-get")


def test_sudo_that_wants_a_password_and_nobody_there(
    machine: PretendedMachine, project: Path
) -> None:
    machine.root = False
    machine.programs.add("sudo")
    machine.failing = {"sudo -n true": "sudo: a password is required"}
    assert "run: sudo apt-get install gcc libc6-dev" in refusal(machine, project)


def test_without_sudo_the_administrator_is_told_what_to_run(
    machine: PretendedMachine, project: Path
) -> None:
    machine.root = False
    line = refusal(machine, project)
    assert "as the administrator run: apt-get install gcc libc6-dev libcairo2-dev" in line
    assert not machine.calls("apt-get", "install")


def test_an_unknown_package_manager_gets_a_list(machine: PretendedMachine, project: Path) -> None:
    machine.programs.clear()
    line = refusal(machine, project)
    for what in ("a C compiler", "pkg-config", "cairo", "pango", "C headers of Python"):
        assert what in line


def test_a_failed_installation_shows_the_last_words(
    machine: PretendedMachine, project: Path
) -> None:
    machine.failing = {"apt-get": "E: no space left"}
    assert refusal(machine, project).startswith("apt-get could not install gcc, libc6-dev")
    assert "  | E: no space left" in machine.said


def test_a_list_of_packages_that_cannot_be_fetched_stops_nothing(
    machine: PretendedMachine, project: Path
) -> None:
    machine.failing = {"Timeout=300 update": "E: no network"}
    set_up(machine, project)
    assert "  | E: no network" not in machine.said


def test_an_installation_without_effect_is_noticed(
    machine: PretendedMachine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(INSTALLS, "libpango1.0-dev", "something else")
    assert refusal(machine, project) == "still missing after the installation: pango"


def test_a_python_of_ones_own_without_headers_is_not_mended_by_apt(
    machine: PretendedMachine, project: Path
) -> None:
    machine.python_is_the_systems = False
    machine.python_program = "/opt/python/bin/python3"
    line = refusal(machine, project)
    assert line.startswith("the C headers of Python 3.11, Python's venv module: missing from /opt")
    assert "PYTHON=" in line


def test_other_processors_get_a_cxx_compiler(machine: PretendedMachine, project: Path) -> None:
    machine.processor = "aarch64"
    set_up(machine, project)
    assert " g++ " in machine.calls("apt-get", "install")[0]


@pytest.fixture
def mac(machine: PretendedMachine) -> PretendedMachine:
    machine.system, machine.processor = "Darwin", "arm64"
    machine.root, machine.python_is_the_systems = False, False
    machine.programs, machine.has = {"brew"}, {"cc", "c++"}
    return machine


def test_a_mac_gets_what_it_lacks_from_homebrew(mac: PretendedMachine, project: Path) -> None:
    set_up(mac, project)
    assert mac.calls("brew") == ["brew install --quiet pkgconf cairo"]


def test_a_mac_without_homebrew(mac: PretendedMachine, project: Path) -> None:
    mac.programs.clear()
    assert refusal(mac, project).endswith(
        "install Homebrew, and then run: brew install pkgconf cairo"
    )


def test_a_mac_without_developer_tools(mac: PretendedMachine, project: Path) -> None:
    mac.failing = {"xcode-select -p": ""}
    assert "xcode-select --install" in refusal(mac, project)
    assert not list(mac.calls("-fsyntax-only"))


def test_homebrew_is_not_run_as_root(mac: PretendedMachine, project: Path) -> None:
    mac.root = True
    assert "without sudo run: brew install" in refusal(mac, project)


def test_what_only_tests_need_is_installed_where_nobody_is_asked(
    machine: PretendedMachine,
) -> None:
    machine.has = {"chromium"}
    install_test_tools(machine)
    (install,) = machine.calls("apt-get", "install")
    assert install.endswith("--no-install-recommends libreoffice-impress poppler-utils")
    assert not any("skipped" in line for line in machine.said)
    machine.ran.clear()
    install_test_tools(machine)
    assert not machine.ran


@pytest.mark.parametrize("lacking", ["apt-get", "sudo", "a password"])
def test_what_only_tests_need_stops_nobody(machine: PretendedMachine, lacking: str) -> None:
    machine.root = False
    machine.programs = {"apt-get", "sudo"} - {lacking}
    machine.failing = {"sudo -n true": "a password is required"} if lacking == "a password" else {}
    install_test_tools(machine)
    assert not machine.calls("apt-get", "install")
    (line,) = machine.said
    assert line.startswith("Without Chromium, LibreOffice Impress, pdftoppm, the tests")
    assert "chromium, libreoffice-impress, poppler-utils" in line


def test_a_test_tool_that_cannot_be_installed_is_left_out(machine: PretendedMachine) -> None:
    machine.failing = {"apt-get": "E: Unable to locate package chromium"}
    install_test_tools(machine)
    assert machine.said[-1].startswith("Without Chromium")


def test_an_old_python_is_named_with_its_remedy(machine: PretendedMachine, project: Path) -> None:
    machine.python = (3, 10)
    line = refusal(machine, project)
    assert "Python 3.11 or newer is needed, and /usr/bin/python3 is 3.10" in line
    assert "make film PYTHON=" in line
    assert not machine.ran


def test_an_old_python_can_read_the_file() -> None:
    source = Path(set_up_file.__file__).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))


def test_set_up_needs_the_standard_library_only() -> None:
    tree = ast.parse(Path(set_up_file.__file__).read_text(encoding="utf-8"))
    named = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "relative"]
        )
    }
    assert named <= sys.stdlib_module_names


def test_windows_is_told_where_to_go(machine: PretendedMachine, project: Path) -> None:
    machine.system = "Windows"
    assert "Linux or macOS" in refusal(machine, project)


def test_requirements_are_installed_by_hash_and_the_project_without_the_network(
    machine: PretendedMachine, project: Path
) -> None:
    set_up(machine, project)
    locked, editable = machine.calls("pip", "install")
    assert "--require-hashes -r " in locked
    assert "--no-deps --no-build-isolation --no-index --editable " in editable
    assert editable.endswith(str(project))


def test_a_second_call_does_nothing(machine: PretendedMachine, project: Path) -> None:
    set_up(machine, project)
    machine.ran.clear()
    machine.said.clear()
    set_up(machine, project)
    (look,) = machine.ran
    assert look[0] == str(project / ".venv" / "bin" / "python")
    assert not machine.said


def test_an_interrupted_environment_is_made_anew(machine: PretendedMachine, project: Path) -> None:
    machine.failing = {"--require-hashes": "ERROR: connection lost"}
    with pytest.raises(SetUpError, match="pip could not install"):
        set_up(machine, project)
    assert "  | ERROR: connection lost" in machine.said
    shutil.rmtree(project / ".venv")
    machine.failing = {}
    machine.ran.clear()
    set_up(machine, project)
    assert machine.calls("venv", "--clear")
    assert Environment(project).is_current(machine)


def test_what_tests_need_is_left_out_until_it_is_asked_for(
    machine: PretendedMachine, project: Path
) -> None:
    set_up(machine, project)
    assert "requirements-tests.lock" not in machine.calls("pip", "install")[0]
    set_up(machine, project, for_tests=True)
    assert machine.calls("pip", "install")[2].endswith("requirements-tests.lock")
    assert not machine.calls("venv", "--clear")[1:]
    machine.ran.clear()
    set_up(machine, project)
    set_up(machine, project, for_tests=True)
    assert not machine.calls("pip", "install")


def test_the_tests_lock_holds_only_what_the_films_do_without() -> None:
    films, tests = (
        {line.split("==")[0] for line in (ROOT / name).read_text().splitlines() if "==" in line}
        for name in ("requirements.lock", "requirements-tests.lock")
    )
    assert "hibari-tts" in films
    assert "pytest" in tests
    assert not films & tests


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_changed_requirements_are_installed_over_the_finished_environment(
    machine: PretendedMachine, project: Path, name: str
) -> None:
    set_up(machine, project)
    with (project / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    machine.ran.clear()
    set_up(machine, project)
    assert not machine.calls("venv", "--clear")
    assert machine.calls("pip", "install", "--require-hashes")


def test_a_moved_project_gets_a_new_environment(machine: PretendedMachine, project: Path) -> None:
    set_up(machine, project)
    moved = project.rename(project.with_name("moved"))
    assert not Environment(moved).is_usable(machine)


def test_another_python_asked_for_gets_a_new_environment(
    machine: PretendedMachine, project: Path
) -> None:
    set_up(machine, project)
    machine.python = (3, 12)
    assert Environment(project).is_current(machine)
    machine.python_is_chosen = True
    assert not Environment(project).is_current(machine)


def test_a_system_library_gone_missing_is_installed_again(
    machine: PretendedMachine, project: Path
) -> None:
    set_up(machine, project)
    machine.has.remove("cairo")
    machine.ran.clear()
    set_up(machine, project)
    assert machine.calls("apt-get", "install", "libcairo2-dev")
    assert not machine.calls("venv", "--clear")


def test_a_command_that_is_not_there_is_a_failure_and_no_traceback() -> None:
    assert Machine().run(["no such program"]).code == 127


def test_a_command_gets_its_input_and_its_lines_are_heard() -> None:
    heard: list[str] = []
    code = "import sys; print(sys.stdin.read()); print('wrong', file=sys.stderr)"
    done = Machine().run([sys.executable, "-c", code], typed="a\nb", hear=heard.append)
    assert done.code == 0
    assert sorted(heard) == ["a", "b", "wrong"]


def test_pips_words_become_a_few_lines(machine: PretendedMachine) -> None:
    progress = set_up_file.Progress(machine, 3)
    for line in (
        "Ignoring colorama: markers 'sys_platform == \"win32\"' don't match your environment",
        "Collecting numpy==2.4.6 (from -r requirements.lock (line 1))",
        "  Downloading numpy-2.4.6.whl (16.6 MB)",
        "Collecting pycairo==1.29.2 (from -r requirements.lock (line 9))",
        "Building wheels for collected packages: pycairo",
        "Installing collected packages: numpy, pycairo",
    ):
        progress(line)
    assert machine.said == [
        "  fetching 2 packages",
        "  building from source: pycairo",
        "  unpacking",
    ]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_help_is_what_make_says_and_lists_every_target() -> None:
    done = make()
    assert done.returncode == 0
    named = [line.split()[1] for line in done.stdout.splitlines()]
    targets = "help film check test test-all lint bench setup clean distclean"
    assert named == targets.split()


@pytest.mark.parametrize("quality", ["x", "lm", "l m", "1080p"])
def test_an_unknown_quality_is_one_line_and_exit_2(quality: str) -> None:
    done = make("film", f"QUALITY={quality}")
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert f"QUALITY={quality} is not known: use l (480p), m (720p), h (1080p) or k" in line


@pytest.mark.parametrize(("asked", "flag"), [("l", " --quality l"), ("", "")])
def test_the_quality_reaches_the_studio(asked: str, flag: str) -> None:
    done = make("--dry-run", "film", f"QUALITY={asked}")
    assert done.stdout.rstrip().endswith(f"studio film{flag}")


def test_a_python_that_is_not_there_is_said_in_one_line() -> None:
    done = make("setup", "PYTHON=no-such-python")
    assert done.returncode == 2
    assert done.stderr.startswith("set-up: no no-such-python here")
