"""``studio check`` as people use it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from scenes.proof import command, report
from scenes.proof.examine import Report, Task
from scenes.proof.finding import GROUPS, Finding
from scenes.studio import orders
from scenes.studio.errors import StudioError
from scenes.studio.settings import SCENES
from tests.proof.faults import FAULTS

STILL = np.full((90, 160, 3), 40, np.uint8)


def reports(*findings: Finding) -> list[Report]:
    return [Report("ForwardPass", "lesson.toml", findings, dict.fromkeys(GROUPS, 1000))]


FOUND = Finding(
    "layout", "bend_it", "'a' and <b> cover each other", "ForwardPass", "lesson.toml",
    "16:9 dark", "end", STILL,
)  # fmt: skip


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command.check, arguments)
    return result.exit_code, result.output


def test_what_is_found_is_told_in_a_line_and_a_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "examine_all", lambda tasks, workers: reports(FOUND))
    code, said = run("ForwardPass", "--out", str(tmp_path))
    assert code == 1
    assert "ForwardPass bend_it end: layout: 'a' and <b> cover each other [16:9 dark]" in said
    assert "1 finding among 6,000 things looked at" in said
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "&lt;b&gt; cover each other" in page
    assert (tmp_path / "finding-001.png").read_bytes().startswith(b"\x89PNG")
    assert 'src="finding-001.png"' in page


def test_a_fault_in_a_film_is_found_by_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BACKPROP_VOICE", "silent")
    (cls,) = orders.films_in(SCENES / "opening.py")
    with FAULTS["a_title_that_leaves_the_frame"].plant(cls):
        code, said = run("Opening", "--quick", "--out", str(tmp_path))
    assert code == 1
    assert re.search(r"Opening name_the_films \w+: layout: something is .* beyond the left", said)
    with Image.open(tmp_path / "finding-001.png") as still:
        assert still.size == (1280, 720)


def test_where_nothing_is_found_all_is_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    report.write(reports(FOUND), tmp_path)
    monkeypatch.setattr(command, "examine_all", lambda tasks, workers: reports())
    code, said = run("--out", str(tmp_path))
    assert code == 0
    assert "no findings among 6,000 things looked at" in said
    assert not list(tmp_path.glob("finding-*.png"))


def test_every_film_and_every_lesson_is_examined(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Task] = []

    def examine_all(tasks: list[Task], workers: int) -> list[Report]:
        asked.extend(tasks)
        return reports()

    monkeypatch.setattr(command, "examine_all", examine_all)
    lesson = "tests/lessons/one.toml"
    run("--lesson", lesson, "--lesson", "assets/lesson.toml", "--out", str(tmp_path))
    assert len(asked) == 14
    assert {task.lesson for task in asked} == {Path(lesson), Path("assets/lesson.toml")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Nothing",), "SCENE: 'Nothing' is not a film"),
        (("--jobs", "0"), "--jobs: 0 is out of range"),
        (("--lesson", "missing.toml"), "missing.toml"),
    ],
)
def test_a_mistake_is_told_in_one_line(arguments: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(command.check, arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_strangers_page_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("mine", encoding="utf-8")
    with pytest.raises(StudioError, match="not a page of ours"):
        report.write(reports(), tmp_path)


def test_the_table_has_a_column_for_each_check() -> None:
    head, row = report.table(reports(FOUND)).splitlines()
    assert head.split() == list(GROUPS)
    assert "1/1000" in row
