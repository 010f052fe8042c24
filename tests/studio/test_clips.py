"""Clips cut from films of a few seconds, and measured against the film they were cut from."""

from __future__ import annotations

import json
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import RED
from PIL import Image

from scenes.studio import film as films
from scenes.words import captions
from tests.studio.house import FPS, House
from tests.studio.media import frames, packets, sound, streams

BLINK = 0.01
"""Seconds by which rounding may move a caption."""


@pytest.fixture
def copy(house: House, tmp_path: Path) -> House:
    """The same, to be spoilt."""
    made = House(tmp_path)
    shutil.copytree(house.renders, made.renders)
    return made


def all_clips(house: House) -> list[tuple[Any, Any]]:
    """Each clip with its film, the films' own clips too."""
    return [(film, clip) for film in house.listed() for clip in (film, *film["beats"])]


def film_of(house: House, film: dict[str, Any]) -> Path:
    (found,) = house.renders.glob(f"videos/*/*/{film['scene']}.mp4")
    return found


def test_there_is_a_clip_of_each_beat_and_of_each_film(house: House) -> None:
    names = [clip["name"] for _, clip in all_clips(house)]
    assert names == [
        *("00-curtain", "00-curtain-01-begin"),
        *("01-hill", "01-hill-01-begin", "01-hill-02-move"),
    ]


def test_nothing_is_there_that_is_not_listed(house: House) -> None:
    there = {path.name for path in house.clips().iterdir()}
    told = {name for _, clip in all_clips(house) for name in clip["files"].values()}
    assert there == told | {"clips.json"}


def test_the_pictures_are_the_films_own_byte_for_byte(house: House) -> None:
    for film, clip in all_clips(house):
        whole = packets(film_of(house, film), "video")
        whole.sort(key=lambda packet: packet.pts)
        first = clip["first_frame"]
        own = sorted(packets(house.clips() / clip["files"]["mp4"], "video"), key=lambda p: p.pts)
        assert [bytes(p) for p in own] == [bytes(p) for p in whole[first : first + clip["frames"]]]


def test_a_clip_is_as_long_as_its_beat_to_the_frame(house: House) -> None:
    for film, clip in all_clips(house):
        manifest = json.loads(film_of(house, film).with_suffix(".json").read_text("utf-8"))
        beats = {b["name"]: b["last_frame"] + 1 - b["first_frame"] for b in manifest["beats"]}
        wanted = beats[clip["beat"]] if "beat" in clip else manifest["frames"]
        for kind in ("mp4", "webm"):
            path = house.clips() / clip["files"][kind]
            times = sorted(p.pts * p.time_base * FPS for p in packets(path, "video"))
            assert [float(t) for t in times] == pytest.approx(range(wanted), abs=0.02)
            heard = max((p.pts + p.duration) * p.time_base for p in packets(path, "audio"))
            assert float(heard) == pytest.approx(wanted / FPS, abs=0.03)


def test_a_clips_sound_is_the_films_sound_at_that_place(house: House) -> None:
    for film, clip in all_clips(house):
        whole = sound(film_of(house, film))
        start = round(clip["first_frame"] * 48_000 / FPS)
        wanted = whole[start : start + round(clip["frames"] * 48_000 / FPS)]
        for kind in ("mp4", "webm"):
            own = sound(house.clips() / clip["files"][kind])
            length = min(own.size, wanted.size)
            assert length >= wanted.size - 1024
            match = np.fft.irfft(
                np.fft.rfft(own[:length], 2 * length)
                * np.conj(np.fft.rfft(wanted[:length], 2 * length))
            )
            lag = int(np.argmax(match))
            lag -= 2 * length if lag > length else 0
            likeness = match.max() / np.linalg.norm(own[:length]) / np.linalg.norm(wanted[:length])
            assert abs(lag) <= 48, (clip["name"], kind, lag)
            assert likeness > 0.95, (clip["name"], kind, likeness)


def test_a_clips_captions_begin_at_zero_and_are_the_films(house: House) -> None:
    folder = house.clips()
    for film, clip in all_clips(house):
        path = film_of(house, film).with_suffix(".srt")
        whole = captions.from_srt(path.read_text("utf-8"))
        start, length = clip["first_frame"] / FPS, clip["frames"] / FPS
        wanted = [cue for cue in whole if -BLINK < cue.start - start < length - BLINK]
        own = captions.from_srt((folder / clip["files"]["srt"]).read_text("utf-8"))
        assert [cue.text for cue in own] == [cue.text for cue in wanted]
        for cue, there in zip(own, wanted, strict=True):
            assert cue.start == pytest.approx(there.start - start, abs=0.002)
            assert 0 <= cue.start < cue.end <= length + 0.001
        vtt = (folder / clip["files"]["vtt"]).read_text("utf-8")
        assert vtt.startswith("WEBVTT\n")
        assert vtt.count("-->") == len(own)
        for kind in ("mp4", "webm"):
            inside = packets(folder / clip["files"][kind], "subtitle")
            begins = [float(p.pts * p.time_base) for p in inside if len(bytes(p)) > 2]
            assert begins == pytest.approx([cue.start for cue in own], abs=0.002)


def test_a_clips_words_are_on_its_own_clock(house: House) -> None:
    for _, clip in all_clips(house):
        assert " ".join(word["word"] for word in clip["words"]) == clip["line"]
        assert clip["words"][0]["start"] >= 0
        assert clip["words"][-1]["end"] <= clip["frames"] / FPS


def test_a_poster_is_the_last_picture_of_its_beat(house: House) -> None:
    for film, clip in all_clips(house):
        pictures = frames(film_of(house, film))
        poster = np.asarray(Image.open(house.clips() / clip["files"]["poster"]))
        assert np.array_equal(poster, pictures[clip["first_frame"] + clip["poster_frame"]])
        if "beat" in clip:
            assert clip["poster_frame"] == clip["frames"] - 1


def test_alternative_text_is_one_line_that_tells_the_picture(house: House) -> None:
    texts = {c["name"]: house.clips() / c["files"]["txt"] for _, c in all_clips(house)}
    told = {name: path.read_text("utf-8") for name, path in texts.items()}
    assert told["01-hill-02-move"] == "A circle at the right.\n"
    assert told["01-hill-01-begin"] == "Begin.\n"
    assert all(text.count("\n") == 1 for text in told.values())


def test_a_film_has_its_beats_as_chapters(house: House) -> None:
    hill = house.listed()[1]
    for kind in ("mp4", "webm"):
        with av.open(str(house.clips() / hill["files"][kind])) as container:
            titles = [chapter["metadata"]["title"] for chapter in container.chapters()]
        assert titles == ["Begin", "Move"]
    text = (house.clips() / hill["files"]["chapters.vtt"]).read_text("utf-8")
    assert text.count("-->") == 2


def test_a_loop_ends_as_it_begins_and_is_silent(house: House) -> None:
    for _, clip in all_clips(house):
        if "beat" not in clip:
            assert "loop" not in clip["files"]
            continue
        path = house.clips() / clip["files"]["loop"]
        assert streams(path) == {"video"}
        pictures = [picture.astype(float) for picture in frames(path)]
        assert len(pictures) == clip["frames"]
        steps = [np.abs(b - a).mean() for a, b in pairwise(pictures)]
        assert np.abs(pictures[0] - pictures[-1]).mean() <= max(steps) + 0.2


def test_a_gif_runs_for_ever_and_as_long_as_its_beat(house: House) -> None:
    for _, clip in all_clips(house):
        if "beat" not in clip:
            continue
        with Image.open(house.clips() / clip["files"]["gif"]) as gif:
            assert gif.info["loop"] == 0
            length = 0.0
            for index in range(getattr(gif, "n_frames", 1)):
                gif.seek(index)
                length += gif.info["duration"] / 1000
            last = np.asarray(gif.convert("RGB")).astype(float)
        assert length == pytest.approx(clip["frames"] / FPS, abs=0.09)
        loop = frames(house.clips() / clip["files"]["loop"])
        assert np.abs(last - loop[-1]).mean() < 8


def test_a_drawing_shows_the_beats_last_picture(house: House) -> None:
    for _, clip in all_clips(house):
        if "beat" not in clip:
            continue
        svg = (house.clips() / clip["files"]["svg"]).read_text("utf-8")
        assert 'width="960pt"' in svg or 'width="960"' in svg
        assert "<image" not in svg  # a circle is a path, not pixels
        red, green, blue = (round(100 * share) for share in RED.to_rgb())
        strokes = re.findall(r"stroke[=:]\"?rgb\(([\d.]+)%, ?([\d.]+)%, ?([\d.]+)%\)", svg)
        found = {tuple(round(float(share)) for share in stroke) for stroke in strokes}
        assert (red, green, blue) in found
        assert svg.count("<path") >= 1
        assert (house.clips() / clip["files"]["pdf"]).read_bytes().startswith(b"%PDF")


def test_a_second_call_does_nothing(copy: House) -> None:
    flags = ("Curtain", "Hill", "--loop", "--gif", "--webm", "--still")
    before = {path: path.stat().st_mtime_ns for path in copy.clips().iterdir()}
    assert copy.done("clips", *flags).count("up to date") == 2
    assert before == {path: path.stat().st_mtime_ns for path in copy.clips().iterdir()}


def test_what_was_asked_for_before_stays(copy: House) -> None:
    folder = copy.clips()
    before = {path.name for path in folder.iterdir()}
    done = copy.studio("clips", "Hill")
    assert "up to date" in done.output
    copy.done("clips", "Hill", "--gif", "--force")
    assert {path.name for path in folder.iterdir()} == before


def test_clips_of_a_beat_that_is_gone_are_taken_away(copy: House) -> None:
    path = copy.files[1]
    text = path.read_text("utf-8").replace("        self.move()\n", "")
    path.write_text(text, encoding="utf-8")
    for command in ("film", "clips"):
        copy.done(command, "Hill")
    folder = copy.clips()
    assert not list(folder.glob("01-hill-02*"))
    assert list(folder.glob("01-hill-01*.gif"))
    assert [film["name"] for film in copy.listed()] == ["00-curtain", "01-hill"]


def test_a_silent_film_is_made_and_cut(copy: House) -> None:
    copy.done("clips", "Hill", "--silent")
    (folder,) = copy.renders.glob("clips/*-silent")
    for path in folder.glob("*.mp4"):
        assert "audio" not in streams(path)
    assert "begins, with a circle" in (folder / "01-hill-01-begin.srt").read_text("utf-8")


def test_transparent_clips_have_an_alpha_channel_and_the_same_sound(copy: House) -> None:
    copy.done("clips", "Hill", "--transparent")
    (folder,) = copy.renders.glob("clips/*-transparent")
    with av.open(str(folder / "01-hill-02-move.mov")) as container:
        pictures = list(container.decode(video=0))
    alpha = pictures[-1].to_ndarray(format="rgba")[..., 3]
    assert alpha.min() == 0
    assert alpha.max() > 200
    poster = np.asarray(Image.open(folder / "01-hill-02-move.png"))
    assert np.array_equal(poster[..., 3], alpha)
    # The edges of a red line are red through and through, and not darker than its middle.
    edge = poster[(alpha > 40) & (alpha < 160)][:, :3].astype(int)
    assert len(edge) > 50
    assert np.abs(edge - np.array(RED.to_int_rgb())).max() <= 8
    # The element AlphaMode of the video track, set: players look at nothing else.
    assert b"\x53\xc0\x81\x01" in (folder / "01-hill-02-move.webm").read_bytes()
    with av.open(str(folder / "01-hill-02-move.webm")) as container:
        decoder = av.CodecContext.create("libvpx-vp9", "r")
        shown = [f for packet in container.demux(video=0) for f in decoder.decode(packet)]
    assert shown[-1].to_ndarray(format="rgba")[..., 3].max() > 200
    for name in ("01-hill", "01-hill-01-begin", "01-hill-02-move"):
        assert sound(folder / f"{name}.mov").size == pytest.approx(
            sound(folder / f"{name}.webm").size, abs=2048
        )


@pytest.mark.parametrize(
    ("flags", "size", "rate"),
    [
        (("--aspect", "9:16"), (180, 320), 15),
        (("--aspect", "1:1", "--theme", "light"), (180, 180), 15),
        (("--fps", "10"), (320, 180), 10),
    ],
)
def test_another_form_is_made_anew(
    copy: House, flags: tuple[str, ...], size: tuple[int, int], rate: int
) -> None:
    copy.done("clips", "Curtain", *flags)
    made = copy.renders.glob("clips/*/00-curtain.mp4")
    (path,) = [p for p in made if p.parent != copy.clips()]
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == size
        assert video.average_rate == rate


# -- bad input


def refused(house: House, *flags: str, **more: Any) -> str:
    """The one line that the command says; what was there before is still there."""
    before = stamps(house.renders)
    line = house.refused("clips", *flags, **more)
    assert stamps(house.renders) == before
    return line


def stamps(folder: Path) -> dict[Path, int]:
    """The files of a folder, but for what the voice said, and when each was written."""
    paths = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".wav", ".json")]
    return {path: path.stat().st_mtime_ns for path in paths}


def test_an_unknown_film_is_refused(copy: House) -> None:
    line = refused(copy, "Valley")
    assert "'Valley' is not a film (allowed: Curtain, Hill, Dale)" in line


def test_a_film_with_pictures_between_its_beats_is_whole_as_webm(copy: House) -> None:
    path = copy.files[1]
    text = path.read_text("utf-8")
    between = "        self.wait(1)\n        self.move()\n"
    path.write_text(text.replace("        self.move()\n", between), encoding="utf-8")
    shutil.rmtree(copy.clips())
    copy.done("film", "Hill")
    copy.done("clips", "Hill", "--webm")
    (hill,) = copy.listed()
    assert sum(beat["frames"] for beat in hill["beats"]) == hill["frames"] - FPS
    for kind in ("mp4", "webm"):
        assert len(packets(copy.clips() / hill["files"][kind], "video")) == hill["frames"]


def test_a_film_that_is_not_there_yet_is_refused_with_the_command_that_makes_it(
    copy: House,
) -> None:
    line = refused(copy, "Dale")
    assert line.startswith("Dale: there is no film yet at 320×180")
    assert "studio film Dale --quality l" in line


def test_a_film_of_another_lesson_is_refused(copy: House, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    lesson = (Path(__file__).parents[2] / "assets" / "lesson.toml").read_text("utf-8")
    other.write_text(lesson.replace("learning_rate = ", "learning_rate = 1"), encoding="utf-8")
    copy.done("clips", "Hill", lesson=other)  # the film does not read that
    other.write_text(lesson.replace("input = [0.5", "input = [0.6"), encoding="utf-8")
    line = refused(copy, "Hill", lesson=other)
    assert "Hill.mp4: was made of the lesson lesson.toml, and now it is other.toml" in line


def test_a_film_of_another_quality_is_refused(copy: House) -> None:
    (folder,) = copy.renders.glob("videos/hill/180p15")
    copy.done("film", "Hill", "--fps", "10")
    shutil.rmtree(folder)
    (folder.parent / "180p10").rename(folder)
    assert "is 320×180 at 10 frames a second, not 320×180 at 15" in refused(copy, "Hill")


def test_a_film_of_older_sources_is_refused(copy: House) -> None:
    path = copy.files[1]
    path.write_text(path.read_text("utf-8") + "\n# changed\n", encoding="utf-8")
    line = refused(copy, "Hill")
    assert "its sources, its voice or its theme have changed since" in line


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"size": [640, 360]}, "its pictures are 320×180, and its manifest says 640×360"),
        ({"complete": False}, "is not the whole film"),
        (None, "cannot be read (studio film Hill --quality l --force)"),
    ],
)
def test_a_film_that_is_not_what_its_manifest_says_is_refused(
    copy: House, change: dict[str, Any] | None, line: str
) -> None:
    (path,) = copy.renders.glob("videos/hill/*/Hill.json")
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text("{" if change is None else json.dumps(manifest | change), encoding="utf-8")
    assert refused(copy, "Hill").startswith(f"Hill.mp4: {line}")


def test_a_full_disk_is_refused_before_anything_is_written(
    copy: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(9, 9, 0))
    line = refused(copy, "Hill", "--force")
    assert "0 MB are free" in line


def test_a_disk_that_fills_up_leaves_what_was_there(
    copy: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device", "x.mp4")

    monkeypatch.setattr(films, "mux", full)
    assert refused(copy, "Hill", "--force") == "x.mp4: No space left on device"


def test_a_folder_that_is_a_file_is_refused(copy: House, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    line = refused(copy, "Hill", "--out", str(tmp_path / "taken"))
    assert "taken" in line
    assert (tmp_path / "taken").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (("--aspect", "2:1"), "--aspect: '2:1' is not known (allowed: 16:9, 4:3, 1:1, 9:16"),
        (("--theme", "pink"), "--theme: 'pink' is not known (allowed: dark, light"),
        (("--fps", "0"), "--fps: 0 is out of range (allowed: 10 to 120)"),
    ],
)
def test_an_option_that_is_not_known_is_refused(
    copy: House, flags: tuple[str, ...], line: str
) -> None:
    assert line in refused(copy, "Hill", *flags)
