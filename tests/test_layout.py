"""What is committed: where it is, and that it names no machine and needs no LaTeX."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
from pathlib import Path

import pytest
from manim._config.utils import ManimConfig, make_config_parser

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {
    *("scenes", "assets", "renders", "tests"),
    *("pyproject.toml", "requirements.lock", "requirements-tests.lock", "manim.cfg", "Makefile"),
    *("README.md", "LICENSE"),
}
# Fonts are the only binary files that are text's business to no one.
BINARY = {".ttf", ".otf", ".png"}


def committed() -> list[Path]:
    """The files of the next commit, relative to the root; the whole tree where there is no git."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git clone")
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    return [
        (path, (ROOT / path).read_text(encoding="utf-8"))
        for path in committed()
        if path.suffix not in BINARY
    ]


def locks() -> str:
    """What the films and what the tests need, locked."""
    names = ("requirements.lock", "requirements-tests.lock")
    return "".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def found(pattern: str, *spared: str) -> list[str]:
    """Where a pattern stands in the committed files, but for the spared ones."""
    return [
        f"{path}:{number}: {line.strip()[:80]}"
        for path, text in texts()
        if str(path) not in spared
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_every_top_level_name_has_its_place() -> None:
    top = {path.parts[0] for path in committed()}
    assert {name for name in top if not name.startswith(".")} <= ALLOWED


def test_each_file_directly_in_scenes_is_a_film_on_the_common_base() -> None:
    for path in sorted((ROOT / "scenes").glob("[a-z]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        bases = [ast.unparse(b) for c in tree.body if isinstance(c, ast.ClassDef) for b in c.bases]
        assert bases == ["Film"], path.name


def test_only_a_gallery_of_renders_is_committed() -> None:
    assert all(path.parts[1] == "gallery" for path in committed() if path.parts[0] == "renders")


def test_no_file_names_a_path_of_one_machine() -> None:
    assert not found(
        r"(^|[\s'\"=(:])/(work|root|Users|home/(?!linuxbrew))\b", "tests/test_layout.py"
    )


def test_no_file_names_a_host_of_packages() -> None:
    hosts = r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|index-url|find-links|trusted-host"
    assert not found(hosts, "tests/test_layout.py")


def test_no_programme_uses_latex() -> None:
    manims = r"\b(Tex|MathTex|SingleStringMathTex|BulletedList|Title|MathTable|DecimalTable)\("
    own = r"\b(pdflatex|xelatex|dvisvgm|TexTemplate)\b"
    assert not found(rf"{manims}|{own}", "tests/test_layout.py", "README.md")


def test_every_locked_package_has_a_hash() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", locks(), flags=re.M)
    pins = [entry for entry in entries if entry.strip()]
    assert len(pins) > 40
    assert not [pin.split()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin]


def test_every_direct_requirement_is_locked() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = set(re.findall(r'^    "([a-z-]+)[\[><=]', project, re.MULTILINE))
    locked = set(re.findall(r"^([a-z0-9-]+)==", locks(), re.M))
    assert {"manim", "av", "hibari-tts", "pytest", "setuptools"} <= wanted <= locked


def test_every_font_has_its_licence_and_its_source() -> None:
    folder = ROOT / "assets" / "fonts"
    table = (folder / "README.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row for row in table.splitlines() if row.startswith("| `")}
    assert set(rows) == {path.name for path in folder.glob("*.[ot]tf")}
    for row in rows.values():
        (licence,) = re.findall(r"\]\((OFL-\w+\.txt)\)", row)
        text = (folder / licence).read_text(encoding="utf-8")
        assert text.startswith("Copyright")
        assert "SIL OPEN FONT LICENSE Version 1.1" in text


def test_manim_reads_every_setting_of_manim_cfg() -> None:
    path = ROOT / "manim.cfg"
    ours = configparser.ConfigParser(interpolation=None)
    ours.read(path, encoding="utf-8")
    config = ManimConfig().digest_parser(make_config_parser(path))
    for key, text in ours["CLI"].items():
        assert str(config[key]) in {text, f"{text}.0"}, key
    assert config.video_encoder_options == dict(ours["video_encoder.options"])


def test_ci_runs_the_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in script
    assert "make test-all" in script
