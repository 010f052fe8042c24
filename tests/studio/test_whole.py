"""The whole film, joined of three films of a few seconds and measured in the finished file."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from scenes.studio import joining
from scenes.studio.errors import StudioError
from scenes.words import captions
from scenes.words.cache import VoiceCache
from scenes.words.sound import measure
from tests.studio.house import FPS, House, NoisyVoice
from tests.studio.media import frames, packets, sound


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = House(tmp_path_factory.mktemp("house"))
    made.done("film")
    return made


@pytest.fixture
def copy(house: House, tmp_path: Path) -> House:
    """The same studio, for a test that changes it."""
    shutil.copytree(house.renders, tmp_path / "renders")
    made = House(tmp_path)
    made.files = house.files
    return made


def test_the_pictures_are_those_of_the_parts_byte_for_byte(house: House) -> None:
    parts = [packet for path in house.parts() for packet in packets(path)]
    joined = packets(house.film)
    assert [bytes(p) for p in joined] == [bytes(p) for p in parts]
    assert house.manifest()["frames"] == len(joined)
    shown = sorted(p.pts * p.time_base * FPS for p in joined)
    assert shown == list(range(len(joined)))
    assert all(one.dts < two.dts for one, two in pairwise(joined))


def test_every_frame_can_be_decoded(house: House) -> None:
    shown = frames(house.film, "gray8")
    for film, part in zip(house.manifest()["films"], house.parts(), strict=True):
        alone = frames(part, "gray8")
        cut = shown[film["first_frame"] : film["last_frame"] + 1]
        assert len(cut) == len(alone)
        assert all(np.array_equal(a, b) for a, b in zip(cut, alone, strict=True))


def test_the_films_follow_each_other_without_a_gap(house: House) -> None:
    told = house.manifest()
    assert [film["scene"] for film in told["films"]] == ["Curtain", "Hill", "Dale"]
    assert told["films"][0]["first_frame"] == 0
    assert told["films"][-1]["last_frame"] == told["frames"] - 1
    beats = [beat for film in told["films"] for beat in film["beats"]]
    for row in (told["films"], beats):
        assert all(b["first_frame"] == a["last_frame"] + 1 for a, b in pairwise(row))
    for beat in beats:
        assert beat["first_frame"] / FPS <= beat["words"][0]["start"] + 1e-4
        assert beat["words"][-1]["end"] <= (beat["last_frame"] + 1) / FPS + 1e-4


def onset(track: NDArray[np.float32], line: NDArray[np.float32], guess: float) -> float:
    """Where in a track a line begins, in seconds, near a guess, by cross-correlation."""
    start = max(0, round((guess - 0.4) * 48_000))
    pattern = line[:40_000]
    match = np.correlate(track[start : start + pattern.size + 38_400], pattern, "valid")
    return (start + int(np.argmax(match))) / 48_000


def test_each_line_is_heard_where_its_beat_speaks(house: House) -> None:
    track, told = sound(house.film), house.manifest()
    assert track.size / 48_000 == pytest.approx(told["frames"] / FPS, abs=1024 / 48_000)
    cache = VoiceCache(house.renders / "voice")
    for film, loudness in zip(told["films"], (0.1, 0.02, 0.5), strict=True):
        for beat in film["beats"]:
            line = cache.utter(NoisyVoice(loudness), beat["spoken"]).samples()
            spoken_at = beat["voice_frame"] / FPS
            # Nothing but rounding to samples: a priming forgotten once would be 21 ms.
            assert abs(onset(track, line, spoken_at) - spoken_at) < 0.001, beat["name"]


def test_soft_and_loud_films_come_out_alike(house: House) -> None:
    track = sound(house.film)
    loudness = measure(track)
    assert loudness.integrated == pytest.approx(-16.0, abs=0.5)
    assert loudness.true_peak < -1.0
    for film in house.manifest()["films"]:
        first, end = (round(f * 48_000 / FPS) for f in (film["first_frame"], film["last_frame"]))
        assert measure(track[first:end]).integrated == pytest.approx(-16.0, abs=0.5)


def test_a_chapter_for_each_film(house: House) -> None:
    told = house.manifest()
    with av.open(str(house.film)) as container:
        assert container.metadata["title"] == "Backpropagation, seen"
        chapters: list[Any] = container.chapters()
    names = ["Curtain & all", "The hill", "The dale"]
    assert [chapter["metadata"]["title"] for chapter in chapters] == names
    for chapter, film in zip(chapters, told["films"], strict=True):
        edges = [float(chapter[end] * chapter["time_base"]) for end in ("start", "end")]
        wanted = [film["first_frame"] / FPS, (film["last_frame"] + 1) / FPS]
        assert edges == pytest.approx(wanted, abs=0.001)


def test_chapters_for_the_web_nest_beats_in_films(house: House) -> None:
    text = house.text(".chapters.vtt")
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> ")
    blocks = [block.split("\n") for block in text.strip().split("\n\n")[1:]]
    assert [lines[1] for lines in blocks] == [
        "Curtain &amp; all",
        *("The hill", "The hill: Begin", "The hill: Move"),
        *("The dale", "The dale: Begin", "The dale: Move"),
    ]
    starts, ends = zip(*(lines[0].split(" --> ") for lines in blocks), strict=True)
    assert starts[1] == starts[2] == ends[0]
    assert ends[1] == ends[3] == starts[4]
    assert starts[3] == ends[2]


def test_captions_inside_and_beside_are_those_of_the_parts_moved_by_whole_frames(
    house: House,
) -> None:
    told = house.manifest()
    wanted = [
        cue
        for film, part in zip(told["films"], house.parts(), strict=True)
        for cue in captions.shift(
            captions.from_srt(part.with_suffix(".srt").read_text("utf-8")),
            film["first_frame"] / FPS,
        )
    ]
    assert house.text(".srt") == captions.to_srt(wanted)
    assert house.text(".vtt") == captions.to_vtt(wanted)
    with av.open(str(house.film)) as container:
        inside: list[Any] = [p for p in container.demux(container.streams.subtitles[0]) if p.size]
        found = [
            captions.Cue(
                float(p.pts * p.time_base),
                float((p.pts + p.duration) * p.time_base),
                bytes(p)[2:].decode(),
            )
            for p in inside
            if bytes(p)[2:]
        ]
    assert captions.to_srt(found) == captions.to_srt(wanted)
    # "Begins" is captioned while it is said.
    words = [word for film in told["films"] for beat in film["beats"] for word in beat["words"]]
    for cue in wanted:
        said = [w["word"] for w in words if cue.start - 0.001 <= w["start"] < cue.end]
        assert " ".join(said) == cue.text.replace("\n", " ")


def test_the_transcript_has_films_as_headings_and_beats_below(house: House) -> None:
    headings = [line for line in house.text(".md").splitlines() if line.startswith("#")]
    assert headings[:3] == ["# Backpropagation, seen", "## Curtain \\& all", "### Begin (0:00)"]
    assert [line.split(" (")[0] for line in headings[3:]] == [
        *("## The hill", "### Begin", "### Move"),
        *("## The dale", "### Begin", "### Move"),
    ]
    assert "The circle moves in The dale; it stops here." in house.text(".md")


def test_nothing_but_the_film_and_its_companions_is_left(house: House) -> None:
    endings = ("mp4", "srt", "vtt", "chapters.vtt", "md", "png", "json")
    names = {path.name for path in house.film.parent.iterdir()}
    assert names == {f"backpropagation.{ending}" for ending in endings}
    data = house.film.read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


def stamps(house: House) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in house.film.parent.iterdir()}


def test_a_second_call_does_nothing(copy: House) -> None:
    before = stamps(copy)
    said = copy.done("film")
    assert [line.split(",")[0] for line in said.splitlines()] == [
        *("Curtain: up to date", "Hill: up to date", "Dale: up to date"),
        "Backpropagation",
    ]
    assert said.count("up to date") == 4
    assert stamps(copy) == before


def test_a_changed_order_or_a_lost_companion_makes_it_again(copy: House) -> None:
    before = copy.manifest()
    copy.film.with_suffix(".chapters.vtt").unlink()
    assert copy.studio("film").output.count("up to date") == 3
    assert copy.manifest() == before
    copy.files = [copy.files[0], *reversed(copy.files[1:])]
    assert copy.studio("film").output.count("up to date") == 3
    after = copy.manifest()
    assert [film["title"] for film in after["films"]] == ["Curtain & all", "The dale", "The hill"]
    assert after["frames"] == before["frames"]
    assert after["fingerprint"] != before["fingerprint"]


def test_with_a_name_only_that_film_is_made(copy: House) -> None:
    shutil.rmtree(copy.film.parent)
    copy.parts()[1].unlink()
    assert copy.done("film", "Hill").startswith("Hill: ")
    assert copy.parts()[1].is_file()
    assert not copy.film.parent.exists()


def refused(paths: list[Path], told: str) -> None:
    with pytest.raises(StudioError, match=told) as problem:
        joining.read_parts(paths)
    assert "\n" not in str(problem.value)


def test_a_transparent_whole_is_quicktime(tmp_path: Path) -> None:
    mine = House(tmp_path)
    mine.done("film", "--transparent")
    (path,) = mine.renders.glob("variants/transparent/film/backpropagation.mov")
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        kinds = [stream.type for stream in container.streams]
    assert kinds[:3] == ["video", "audio", "subtitle"]
    told = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert len(frames) == told["frames"]
    assert frames[0].to_ndarray(format="rgba")[..., 3].max() == 0


def test_a_part_that_is_missing_or_cut_is_refused(copy: House) -> None:
    refused([], "no film")
    parts = copy.parts()
    refused([*parts, parts[0].with_name("Other.mp4")], r"Other\.mp4: is not finished")
    manifest = parts[1].with_suffix(".json")
    told = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps(told | {"complete": False}), encoding="utf-8")
    refused(parts, r"Hill\.mp4: is not finished")
    manifest.write_text(json.dumps(told | {"frames": told["frames"] + 1}), encoding="utf-8")
    refused(parts, r"Hill\.mp4: is not as long as its manifest says")
    parts[1].write_bytes(b"no film at all")
    refused(parts, r"Hill\.mp4: cannot be read")
    parts[1].with_suffix(".srt").unlink()
    refused(parts, r"Hill\.mp4: is not finished")


def test_a_part_that_is_coded_differently_is_refused(copy: House) -> None:
    part = copy.parts()[2]
    told = json.loads(part.with_suffix(".json").read_text("utf-8"))
    with av.open(str(part), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"bf": "0", "refs": "1"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(told["frames"]):
            frame = av.VideoFrame.from_ndarray(np.zeros((180, 320, 3), np.uint8), "rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    refused(copy.parts(), r"Dale\.mp4: its pictures are not coded like those of Curtain\.mp4")


def test_an_interrupted_joining_leaves_what_was_there(
    copy: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stamps(copy)
    monkeypatch.setattr(captions, "to_chapters", lambda marks: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        joining.join(joining.read_parts(copy.parts()), copy.film)
    assert stamps(copy) == before


def test_a_refused_lesson_is_one_line_and_nothing_is_joined(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = tmp_path / "mine.toml"
    lesson.write_text("[network]\nlayer = [1, 1]\n", encoding="utf-8")
    mine = House(tmp_path)
    mine.files = [tmp_path / file.name for file in house.files]
    for file in mine.files:
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("    voice", f"    lesson = {str(lesson)!r}\n    voice"))
    done = mine.studio("film")
    assert done.exit_code == 2
    (line,) = done.output.splitlines()
    assert "mine.toml" in line
    assert not list(tmp_path.rglob("*.mp4"))
    assert not mine.film.parent.exists()
