"""The smaller commands: captions, transcript, doctor, voices, new-lesson; and the notebook."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import Browser

import scenes.studio
from scenes.maths.lesson.reader import load_lesson
from scenes.studio import commands, doctor, forms
from scenes.studio.errors import StudioError
from scenes.studio.fingerprint import unfiled
from scenes.studio.settings import ROOT
from scenes.words import captions, voices
from scenes.words.hibari import HibariVoice, NotHere
from scenes.words.wav import read_wav
from tests.studio.browser import Watched
from tests.studio.house import House, one_line


def studio(*words: str) -> Result:
    return CliRunner().invoke(commands.main, list(words))


# -- captions and transcript


def test_captions_of_films_and_beats_are_written(house: House, tmp_path: Path) -> None:
    house.done("captions", "Hill", "--out", str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}.{kind}"
        for name in ("01-hill", "01-hill-01-begin", "01-hill-02-move")
        for kind in ("srt", "vtt")
    }
    film = captions.from_srt((tmp_path / "01-hill.srt").read_text("utf-8"))
    beats = [
        cue
        for name in ("01-hill-01-begin", "01-hill-02-move")
        for cue in captions.from_srt((tmp_path / f"{name}.srt").read_text("utf-8"))
    ]
    assert [cue.text for cue in film] == [cue.text for cue in beats]


def test_captions_can_be_of_one_kind(house: House, tmp_path: Path) -> None:
    house.done("captions", "Hill", "--to", "vtt", "--out", str(tmp_path))
    assert {path.suffix for path in tmp_path.iterdir()} == {".vtt"}
    line = house.refused("captions", "Hill", "--to", "ass")
    assert line == "--to: 'ass' is not known (allowed: srt, vtt, both)"


def test_a_transcript_has_a_still_and_the_words_of_each_beat(house: House, tmp_path: Path) -> None:
    house.done("transcript", "Curtain", "Hill", "--out", str(tmp_path))
    text = (tmp_path / "transcript.md").read_text("utf-8")
    assert "# Backpropagation, seen\n" in text
    assert "## The hill\n" in text
    assert "### Move (0:0" in text
    assert "The circle moves in The hill; it stops here." in text
    pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", text)
    assert [alt for alt, _ in pictures] == ["Begin.", "Begin.", "A circle at the right."]
    assert all((tmp_path / path).is_file() for _, path in pictures)


def test_a_folder_that_cannot_be_written_is_refused(house: House, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    line = house.refused("transcript", "Hill", "--out", str(tmp_path / "file"))
    assert (
        line == f"{tmp_path / 'file'}: is not a folder (allowed: one, or a name that is not taken)"
    )
    line = one_line(studio("voices", "silent", "--sample", str(tmp_path / "file" / "a.wav")))
    assert line.startswith(f"{tmp_path / 'file' / 'a.wav'}: cannot be written (")
    assert (tmp_path / "file").read_text("utf-8") == "mine"


# -- the doctor


def test_the_doctor_finds_all_that_the_films_need() -> None:
    findings = {finding.what: finding for finding in doctor.examine()}
    assert findings["Manim"].found.startswith("0.22")
    assert findings["lesson"].found == "lesson.toml"
    assert all(findings[what].well for what in ("cairo", "encoders", "fonts", "disk"))
    assert all(finding.mend for finding in findings.values() if not finding.well)


def test_the_doctor_says_what_mends_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    monkeypatch.setenv("BACKPROP_LESSON", "no_such.toml")
    monkeypatch.setenv("PATH", "/nowhere")
    assert doctor.main() == 2
    said = capsys.readouterr().out
    assert re.search(r"NO +lesson +.*no_such\.toml", said)
    assert re.search(r"-- +browser, for tests +is not there\n +mend it with: ", said)
    assert "Missing: " in said


def run_entry(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The command, in a Python where something was broken first."""
    program = f"import sys; sys.argv[1:] = {list(words)!r}; {code}; from scenes.studio.entry import"
    return subprocess.run(
        [sys.executable, "-c", f"{program} main; main()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_library_the_doctor_still_speaks() -> None:
    broken = "sys.modules['cairo'] = None"
    assert "studio doctor says what mends it" in one_line(run_entry(broken, "film"))
    done = run_entry(broken, "doctor")
    assert done.returncode == 2
    assert re.search(r"NO +cairo +.*\n +mend it with: .*cairo", done.stdout)


def test_the_command_has_help_with_an_example_for_each_of_its_own() -> None:
    listed = studio("--help").output
    for name in commands.COMMANDS:
        assert re.search(rf"^  {name}  ", listed, re.MULTILINE), name
        helped = studio(name, "--help")
        assert helped.exit_code == 0
        assert f"studio {name}" in helped.output.partition("xample")[2], name


def test_the_list_of_commands_is_there_before_manim_is() -> None:
    assert run_entry("sys.modules['manim'] = sys.modules['sympy'] = None", "--help").returncode == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("clips", "--colour"), "studio clips: No such option"),
        (("clips", "--fps", "ten"), "studio clips: Invalid value for '--fps': 'ten' is not"),
        (("slides",), "studio slides: Missing option '--to'."),
        (("film!",), "studio: No such command 'film!'."),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(words: tuple[str, ...], line: str) -> None:
    assert one_line(CliRunner().invoke(commands.main, words, prog_name="studio")).startswith(line)


# -- voices


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (("--voice", "bob"), "--voice: 'bob' is no voice (allowed: hibari, flite, say, silent,"),
        (("--voice", "bob.onnx"), "--voice: bob.onnx: there is no such voice file"),
        (("--pace", "20"), "--pace: '20' is no pace (allowed: 100 to 200 words a minute)"),
        (("--voice", "flite", "--silent"), "--voice: 'flite' cannot speak in a silent film"),
    ],
)
def test_a_voice_that_cannot_be_had_is_refused_before_anything_is_made(
    flags: tuple[str, ...], line: str
) -> None:
    assert one_line(studio("film", "Opening", *flags)).startswith(line)


def test_another_voice_or_pace_is_another_film_and_the_flags_say_so() -> None:
    form = forms.Form("l", voice="my own/voice", pace=130)
    assert form.variant == "my_own_voice-pace_130"
    assert form.flags == " --quality l --voice 'my own/voice' --pace 130"
    with form.applied(Path("opening.py")):
        assert (os.environ["BACKPROP_VOICE"], os.environ["BACKPROP_PACE"]) == (form.voice, "130")
    assert "BACKPROP_PACE" not in os.environ


def test_voices_are_listed_and_the_missing_one_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKPROP_VOICE", "silent")
    monkeypatch.setenv("PATH", "/nowhere")
    lines = studio("voices").output.splitlines()
    assert [line.split()[0] for line in lines] == list(voices.CHOICES)
    assert lines[3].split() == ["silent", "*", "silent", "2"]
    assert "cannot speak" in lines[2]


def test_a_voice_speaks_a_sample_into_a_file(tmp_path: Path) -> None:
    try:
        HibariVoice().check()
    except NotHere:
        if os.environ.get("CI"):
            raise
        pytest.skip("no Hibari here")
    path = tmp_path / "new" / "sample.wav"
    done = studio("voices", "hibari", "--sample", str(path), "--text", "The chain rule.")
    assert done.exit_code == 0, done.output
    samples, rate = read_wav(path)
    assert rate == 48_000
    assert 0.5 < len(samples) / rate < 3
    assert np.abs(samples).max() > 0.05


def test_an_unknown_voice_and_an_unsayable_text_are_refused(tmp_path: Path) -> None:
    line = one_line(studio("voices", "bob"))
    assert line.startswith("'bob' is no voice (allowed: hibari, flite, say, silent, emma, ")
    path = tmp_path / "sample.wav"
    line = one_line(studio("voices", "silent", "--sample", str(path), "--text", "7 %"))
    assert "cannot be spoken" in line
    assert not path.exists()


# -- a lesson of one's own


def test_a_new_lesson_is_the_default_one_with_its_remarks(tmp_path: Path) -> None:
    done = studio("new-lesson", str(tmp_path / "mine"))
    assert done.exit_code == 0, done.output
    made = tmp_path / "mine.toml"
    assert f"BACKPROP_LESSON={made}" in done.output
    assert made.read_bytes() == (ROOT / "assets" / "lesson.toml").read_bytes()
    assert load_lesson(made).digest == load_lesson(None).digest


def test_a_lesson_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("# mine", "utf-8")
    assert "is there already" in one_line(studio("new-lesson", str(tmp_path / "mine.toml")))
    assert (tmp_path / "mine.toml").read_text("utf-8") == "# mine"
    assert "is not a folder" in one_line(studio("new-lesson", str(tmp_path / "no" / "mine")))


# -- notebooks


@pytest.fixture
def at_home(house: House) -> Iterator[None]:
    """The house's films, as `show` finds them."""
    with house.entered():
        yield


def test_a_notebook_shows_a_clip_with_its_captions(
    at_home: None, browser: Browser, tmp_path: Path
) -> None:
    shown = scenes.studio.show("Hill", beat="move", quality="l")
    (tmp_path / "cell.html").write_text(f"<title>A</title>{shown._repr_html_()}", "utf-8")
    watched = Watched(browser, (tmp_path / "cell.html").as_uri())
    told = watched.page.evaluate(
        """async () => {
          const video = document.querySelector("video");
          await video.play();
          await new Promise((done) => video.addEventListener("timeupdate", done, {once: true}));
          return [...video.textTracks[0].cues].map((cue) => cue.text);
        }"""
    )
    assert told == ["The circle moves in The hill;\nit stops here."]
    assert watched.page.locator("video").get_attribute("aria-label") == "A circle at the right."
    assert not watched.wrong
    watched.context.close()


def test_show_refuses_in_one_line_what_is_not_there(at_home: None) -> None:
    for wanted, line in (
        (("Valley",), "'Valley' is not a film"),
        (("Hill", "fly"), "Hill: 'fly' is not a beat (allowed: begin, move)"),
        (("Dale",), "Dale: there is no film yet"),
    ):
        with pytest.raises(StudioError, match=re.escape(line)):
            scenes.studio.show(*wanted, quality="l")


def test_nothing_else_is_taken_for_a_part_of_the_studio() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'shows'"):
        _ = scenes.studio.shows


CELLS = (
    "# as it is",
    """
from scenes.studio.narrated import beat

class Small(Small):
    title = "Mine"
""",
    """
from manim import Circle, FadeIn
from scenes.studio.narrated import NarratedScene, beat

class Small(NarratedScene):
    def construct(self):
        self.appear()

    @beat("A circle.")
    def appear(self):
        self.play(FadeIn(Circle()))
""",
)
NOTEBOOK = f"""
import os
from IPython.testing.globalipapp import start_ipython
shell = start_ipython()
import manim.utils.ipython_magic as magic
def display(film):
    print("SHOWN", os.path.getsize(film.filename), film.filename, flush=True)
magic.display = display
shell.run_cell("import manim").raise_error()
shell.run_cell("from tests.studio.small_film import Small").raise_error()
for cell in {CELLS!r}:
    shell.run_cell_magic("manim", "-r 160,90 --fps 15 Small", cell)
"""


def test_the_magic_of_manim_renders_our_scenes_also_those_written_in_a_cell(
    tmp_path: Path,
) -> None:
    kept: dict[str, Any] = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROP_")}
    kept |= {"BACKPROP_VOICE": "silent", "IPYTHONDIR": str(tmp_path / "ipython")}
    kept["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK],
        cwd=tmp_path,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shown = re.findall(r"^SHOWN [1-9]\d* (.*)\.mp4$", done.stdout, re.MULTILINE)
    assert len(shown) == len(CELLS)


def test_another_cell_is_another_film() -> None:
    def told(radius: float) -> list[str]:
        cell = (
            "from scenes.studio.narrated import NarratedScene, beat\n"
            "class Small(NarratedScene):\n"
            "    def helper(self):\n"
            f"        return {radius}\n"
            '    @beat("A circle.")\n'
            "    def appear(self):\n"
            "        return self.helper()\n"
        )
        names: dict[str, Any] = {"__name__": "no_file_has_this_name"}
        exec(cell, names)
        return unfiled(names["Small"])

    assert told(1.0) == told(1.0) != told(2.0)
    assert len(told(1.0)) == 2
