"""The benchmark, but for what it measures: sums, table, and that Manim alone is Manim alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scenes.studio.errors import StudioError
from tests.bench import __main__ as bench
from tests.bench import report
from tests.bench.project import Change, Copy, Run
from tests.project import ROOT

LITTLE = '''
"""A film of two plays."""

from manim import FadeIn

from scenes.pictures.equations import Words
from scenes.studio.narrated import NarratedScene, beat
from scenes.words.silent import SilentVoice


class Little(NarratedScene):
    """It says a word, and then another."""

    title = "Little"
    voice = SilentVoice()

    def construct(self):
        self.one()
        self.two()

    @beat("One.")
    def one(self):
        self.play(FadeIn(Words("one")))

    @beat("Two.")
    def two(self):
        self.play(FadeIn(Words("two")))
'''
COPIES = "from manim import Mobject; print(Mobject.__deepcopy__.__code__.co_filename)"
BY_MANIM = f"from tests.bench.plain import render; render(*{{}}); {COPIES}"


def runs(*seconds: float, memory: float = 0.0) -> list[Run]:
    return [Run(number, 0.0, memory) for number in seconds]


def test_the_table_has_medians_how_many_and_ratios() -> None:
    table = report.table(
        "Film",
        {
            "anew": {"studio": runs(9.0, 2.0, 4.0, memory=90), "manim": runs(10.0, memory=70)},
            "again": {"studio": [*runs(1.0, 2.0), *runs(0.5, memory=300)]},
        },
    )
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    assert len({len(row) for row in rows}) == 1
    assert rows[0][0] == "Film"
    assert rows[2] == ["anew", "4.0 s (3)", "10.0 s (1)", "", "2.5 ×"]
    assert rows[3] == ["again", "1.0 s (3)", "", "", ""]
    assert rows[4][1:] == ["300 MB", "70 MB", "", ""]


def test_the_chart_has_bars_as_long_as_the_medians() -> None:
    chart = report.chart("A & B", {"anew": {"studio": runs(1.0, 2.0, 9.0), "manim": runs(4.0)}})
    ours, theirs = (float(w) for w in re.findall(r'<rect x="\d+" y="\d+" width="([\d.]+)"', chart))
    assert theirs == 2 * ours > 0
    assert "A &amp; B" in chart


def test_the_table_takes_its_own_place_only() -> None:
    text = "a\n<!-- bench: x -->\nold\n<!-- end of bench: x -->\nb\n"
    new = report.put_in(text, "x", "new")
    assert new == text.replace("old", "new")
    assert report.put_in(new, "x", "new") == new
    with pytest.raises(StudioError, match=r"README\.md"):
        report.put_in(text, "y", "new")


@pytest.mark.parametrize("name", ["short", "full"])
def test_the_readme_has_a_place_for_each_table(name: str) -> None:
    report.put_in((ROOT / "README.md").read_text("utf-8"), name, "")


@pytest.mark.parametrize("change", [*bench.CHANGES.values(), *bench.ONCE.values()], ids=str)
def test_what_is_changed_is_there(change: Change) -> None:
    text = (ROOT / change.file).read_text("utf-8")
    assert change.of(text) != text
    with pytest.raises(StudioError, match=r"stands there 0 times"):
        change.of(change.of(text))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    made = Copy(tmp_path_factory.mktemp("bench"))
    made.renders.mkdir()
    (made.root / "scenes" / "little.py").write_text(LITTLE, "utf-8")
    return made


def test_memory_is_that_of_the_largest_process(copy: Copy) -> None:
    small = copy.run("-c", "pass").memory
    large = f"b'x' * ({int(small) + 100} * 2**20)"
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {large!r}])"
    assert copy.run("-c", inner).memory > small + 100


def test_what_fails_is_said_in_its_last_line(copy: Copy) -> None:
    with pytest.raises(StudioError, match="no such thing"):
        copy.run("-c", "import sys; print('first'); sys.exit('no such thing')")


def test_a_change_leaves_no_trace(copy: Copy) -> None:
    lesson, made = copy.root / bench.NUMBER.file, copy.renders / "made"
    before = lesson.read_text("utf-8")
    made.mkdir()
    (made / "film").write_text("old")
    copy.keep()
    with copy.changed(bench.NUMBER, bench.UNSEEN):
        assert lesson.read_text("utf-8") == bench.UNSEEN.of(bench.NUMBER.of(before))
        (made / "film").write_text("new")
    assert lesson.read_text("utf-8") == before
    assert (made / "film").read_text() == "old"


def named(folder: Path, pattern: str) -> list[str]:
    return [path.name for path in folder.rglob(pattern)]


def test_manim_alone_has_its_own_renderer_key_writer_copies_and_type(copy: Copy) -> None:
    copy.run("-c", BY_MANIM.format(("Little", "l")))
    assert copy.said.strip().splitlines()[-1].endswith(str(Path("manim", "mobject", "mobject.py")))
    segments = {Path(name).stem for name in named(copy.renders, "partial_movie_files/*/*.mp4")}
    assert len(segments) >= 4  # two plays, and the rests after them
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in segments)
    assert not named(copy.renders, "Little.json")
    assert len(named(copy.renders / "Tex", "*.svg")) == 2
    assert not (copy.renders / "type").exists()

    copy.run("-c", BY_MANIM.format(("Little", "l")))
    assert {Path(n).stem for n in named(copy.renders, "partial_movie_files/*/*.mp4")} == segments
    (film,) = copy.renders.rglob("Little.mp4")
    copy.run("-m", "tests.bench.encoder", str(film))
    assert float(copy.said) > 0


def test_manim_alone_makes_the_still_of_a_beat(copy: Copy) -> None:
    copy.forget()
    stills = set()
    for beat in ("one", "two"):
        copy.run("-c", BY_MANIM.format(("Little", "l", beat)))
        (still,) = copy.renders.rglob("Little*.png")
        stills.add(still.read_bytes())
    assert len(stills) == 2
    assert not named(copy.renders, "*.mp4")
