"""The plain ``manim`` command on a film of a few seconds, as a user would call it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import click
import pytest
from click.testing import CliRunner, Result
from manim import tempconfig
from manim.__main__ import main as manim_command

from scenes.studio import commands
from scenes.studio.settings import ROOT
from tests.studio.house import one_line

FILM = ROOT / "tests" / "studio" / "small_film.py"
SIZE = ("-r", "320,180", "--fps", "15")


def run(
    name: str, *arguments: str, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command as it is installed."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROP_")}
    return subprocess.run(
        [Path(sys.executable).with_name(name), *arguments],
        cwd=cwd,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def manim(
    media: Path | None, *flags: str, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    where = ["--media_dir", str(media)] if media is not None else []
    environment = {"BACKPROP_VOICE": "silent"} | environment
    return run("manim", *flags, *where, str(FILM), "Small", cwd=cwd, **environment)


def manim_here(
    media: Path, *flags: str, file: Path = FILM, environment: dict[str, str] | None = None
) -> Result:
    """The same in this process, which has loaded Manim already."""
    given = {"BACKPROP_VOICE": "silent"} | (environment or {})
    return here(
        manim_command, [*SIZE, *flags, "--media_dir", str(media), str(file), "Small"], given
    )


def here(command: click.Command, arguments: list[str], environment: dict[str, str]) -> Result:
    with pytest.MonkeyPatch.context() as patch, tempconfig({}):
        for name in [name for name in os.environ if name.startswith("BACKPROP_")]:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.chdir(ROOT)
        return CliRunner().invoke(command, arguments)


def made(media: Path, ending: str) -> Path:
    (found,) = [
        p
        for p in media.rglob(f"Small*{ending}")
        if not {"partial_movie_files", "sections"} & set(p.parts)
    ]
    return found


def manifest(media: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(made(media, ".json").read_text(encoding="utf-8"))
    return loaded


def length(path: Path, kind: str) -> float:
    with av.open(str(path)) as container:
        stream: Any = next(s for s in container.streams if s.type == kind)
        packets = [p for p in container.demux(stream) if p.size]
        return float(max((p.pts + p.duration) * p.time_base for p in packets))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    media = tmp_path_factory.mktemp("whole")
    done = manim(media, *SIZE, "--save_sections")
    assert done.returncode == 0, done.stderr
    return media


def test_a_film_comes_with_its_companions_and_sections(whole: Path) -> None:
    film = made(whole, ".mp4")
    assert {p.suffix for p in film.parent.iterdir() if p.is_file()} == {
        *(".mp4", ".srt", ".vtt", ".md", ".png", ".json"),
    }
    assert len(list((film.parent / "sections").glob("*.mp4"))) == 3
    seconds = manifest(whole)["frames"] / 15
    assert length(film, "video") == pytest.approx(seconds)
    assert length(film, "audio") == pytest.approx(seconds, abs=1024 / 48_000)


def test_only_some_animations_have_only_their_sound_and_captions(
    whole: Path, tmp_path: Path
) -> None:
    assert manim_here(tmp_path, "-n", "1,3").exit_code == 0
    some, all_of_it = manifest(tmp_path), manifest(whole)
    seconds = some["frames"] / 15
    assert 0 < some["frames"] < all_of_it["frames"]
    assert not some["complete"]
    film = made(tmp_path, ".mp4")
    assert length(film, "video") == pytest.approx(seconds)
    assert length(film, "audio") == pytest.approx(seconds, abs=1024 / 48_000)
    assert max(w["end"] for b in some["beats"] for w in b["words"]) <= seconds + 1 / 15
    assert "Goodbye" not in made(tmp_path, ".srt").read_text(encoding="utf-8")


def test_from_another_folder_the_houses_settings_hold(tmp_path: Path) -> None:
    media = tmp_path / "media"
    done = manim(media, "-r", "320,180", "-n", "0,1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert manifest(media)["fps"] == 30
    assert manifest(media)["size"] == [320, 180]


def test_from_another_folder_films_go_to_the_repository(tmp_path: Path) -> None:
    done = manim(None, "-s", "-r", "321,181", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    stills = list((ROOT / "renders" / "images" / "small_film").glob("Small*.png"))
    for still in stills:
        still.unlink()
    assert len(stills) == 1
    assert not list(tmp_path.iterdir())


def test_a_still_needs_no_voice(tmp_path: Path) -> None:
    done = manim(tmp_path, "-s", *SIZE, BACKPROP_VOICE="flite", LD_LIBRARY_PATH="/nowhere")
    assert done.returncode == 0, done.stderr
    assert made(tmp_path, ".png").is_file()


@pytest.mark.parametrize(
    ("flags", "ending", "codec", "alpha"),
    [
        (("--format", "webm"), ".webm", "vp9", False),
        (("--format", "gif"), ".gif", "gif", False),
        (("-t",), ".mov", "", True),
    ],
)
def test_other_formats(
    tmp_path: Path, flags: tuple[str, ...], ending: str, codec: str, alpha: bool
) -> None:
    done = manim_here(tmp_path, *flags)
    assert done.exit_code == 0, done.stderr
    film = made(tmp_path, ending)
    with av.open(str(film)) as container:
        stream: Any = container.streams.video[0]
        assert codec in stream.codec_context.name
        if ending != ".gif":  # a GIF is decoded with alpha, whether it uses it or not
            assert any(c.is_alpha for c in stream.codec_context.format.components) == alpha
        assert bool(container.streams.audio) == (ending != ".gif")


def test_a_dry_run_writes_no_film(tmp_path: Path) -> None:
    done = manim_here(tmp_path, "--dry_run")
    assert done.exit_code == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["voice"]


def test_two_renders_side_by_side_do_not_hurt_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(manim, tmp_path, *SIZE) for _ in range(2)]
    assert [done.result().returncode for done in both] == [0, 0], both[0].result().stderr
    film = made(tmp_path, ".mp4")
    assert length(film, "video") == pytest.approx(manifest(tmp_path)["frames"] / 15)


def test_a_field_that_an_updater_reads_leaves_no_stale_clip(whole: Path, tmp_path: Path) -> None:
    wider = tmp_path / "small_film.py"
    source = FILM.read_text(encoding="utf-8")
    assert "width = 1.0" in source
    wider.write_text(source.replace("width = 1.0", "width = 2.5"), encoding="utf-8")
    media = tmp_path / "media"
    shutil.copytree(whole, media)
    before = made(media, ".mp4").read_bytes()
    assert manim_here(media, file=wider).exit_code == 0
    assert made(media, ".mp4").read_bytes() != before


BAD_LESSON = {
    "missing": None,
    "not TOML": "[network\n",
    "unknown key": "[network]\nlayer = [1, 1]\n",
    "a string": Path(ROOT / "assets" / "lesson.toml")
    .read_text(encoding="utf-8")
    .replace("learning_rate = 1.0", 'learning_rate = "fast"'),
}


@pytest.mark.parametrize("fault", BAD_LESSON)
def test_a_bad_lesson_is_one_line_and_exit_code_2(tmp_path: Path, fault: str) -> None:
    lesson = tmp_path / "mine.toml"
    if (text := BAD_LESSON[fault]) is not None:
        lesson.write_text(text, encoding="utf-8")
    media = tmp_path / "media"
    assert "mine.toml" in one_line(manim_here(media, environment={"BACKPROP_LESSON": str(lesson)}))
    assert not [p for p in tmp_path.rglob("*") if p.suffix in {".mp4", ".json", ".srt"}]


@pytest.mark.parametrize("name", ["BACKPROP_THEME", "BACKPROP_VOICE"])
def test_a_wish_that_cannot_be_met_is_one_line_and_exit_code_2(tmp_path: Path, name: str) -> None:
    assert name in one_line(manim_here(tmp_path, environment={name: "pink"}))


def test_another_renderer_is_refused_in_one_line(tmp_path: Path) -> None:
    assert "opengl" in one_line(manim(tmp_path, *SIZE, "--renderer", "opengl"))


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        (["Nothing"], {}, "ForwardPass"),
        (["--quality", "x"], {}, "allowed: l, m, h, k"),
        ([], {"BACKPROP_THEME": "pink"}, "BACKPROP_THEME"),
        ([], {"BACKPROP_VOICE": "opera"}, "BACKPROP_VOICE"),
        ([], {"BACKPROP_LESSON": "nowhere.toml"}, "nowhere.toml"),
    ],
)
def test_what_studio_cannot_do_is_one_line_and_exit_code_2(
    arguments: list[str], environment: dict[str, str], named: str
) -> None:
    done = here(commands.main, ["film", *arguments], environment)
    assert named in one_line(done)
    assert not done.stdout


def test_a_theme_that_is_not_known_is_refused_before_a_film_asks_for_its_colours() -> None:
    done = run("studio", "film", BACKPROP_THEME="pink")
    assert "BACKPROP_THEME" in one_line(done)
    assert not done.stdout
