"""ForwardPass as played, with nothing rendered: words, numbers and layout, for many lessons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Said
from scenes.studio import film as film_making
from scenes.studio.narrated import beats_of
from tests.stages import (
    LESSONS,
    Frame,
    assert_all_inside,
    assert_all_large_enough,
    assert_none_covered,
    film,
    play,
    small_frames,
)

DEFAULT = None
NAMES = [DEFAULT, "one", "two", "wide", "deep", "full"]


@pytest.fixture(scope="module", autouse=True)
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with small_frames(tmp_path_factory.mktemp("media")):
        yield


@pytest.fixture(scope="module", params=NAMES, ids=lambda name: name or "default")
def played(request: pytest.FixtureRequest) -> tuple[Any, list[Frame]]:
    lesson = request.param and LESSONS / f"{request.param}.toml"
    return play(film("forward_pass"), lesson)


Played = tuple[Any, list[Frame]]


def test_construct_plays_each_beat_once_in_the_order_written(played: Played) -> None:
    scene, _ = played
    written = [script.name for script in beats_of(film("forward_pass"))]
    assert [record.script.name for record in scene.records] == written


def test_film_lasts_one_to_two_and_a_half_minutes(played: Played) -> None:
    scene, _ = played
    assert 60 <= scene.timeline.frame / scene.timeline.fps <= 150


def test_no_beat_is_over_25_seconds(played: Played) -> None:
    scene, _ = played
    for record in scene.records:
        assert (record.end - record.first) / scene.timeline.fps <= 25, record.script.name


def test_a_picture_keeps_up_with_its_words(played: Played) -> None:
    scene, _ = played
    late = {r.script.name: r.cues_late for r in scene.records if r.cues_late}
    assert all(frames <= 2 for cues in late.values() for frames in cues.values()), late


def test_everything_stays_inside_the_frame_and_above_the_captions(played: Played) -> None:
    _, frames = played
    assert_all_inside(frames)


def test_no_text_is_too_small_to_read(played: Played) -> None:
    _, frames = played
    assert_all_large_enough(frames)


def test_no_text_covers_another(played: Played) -> None:
    _, frames = played
    assert_none_covered(frames)


DECIMAL = re.compile(r"[-−]?\d+\.\d+")


def test_every_decimal_on_screen_comes_from_the_engine(played: Played) -> None:
    scene, frames = played
    known = {n.typst for n in Numbers.of(scene.lesson).all().values()}
    shown = {
        numeral.replace("−", "-")
        for frame in frames
        for text in frame.texts
        for numeral in DECIMAL.findall(text.source)
    }
    assert shown, "no numbers on screen at all"
    # A difference such as "0.46 - 1" is set in pieces, so a sign always belongs to its number.
    assert shown <= known


def test_every_number_spoken_comes_from_the_engine(played: Played) -> None:
    scene, _ = played
    fresh = Numbers.of(scene.lesson).all()
    quoted = [v for r in scene.records for v in r.line.values.values() if isinstance(v, Said)]
    assert len(quoted) >= 6
    for said in quoted:
        assert said.number == fresh[said.number.key]
    for record in scene.records:
        bare = record.line.shown
        for shown in sorted((v.shown for v in record.line.values.values()), key=len, reverse=True):
            bare = bare.replace(shown, "")
        assert not re.search(r"\d", bare), f"{record.script.name}: a digit typed into the line"


def test_a_rounded_number_is_never_said_without_about(played: Played) -> None:
    scene, _ = played
    for record in scene.records:
        for value in record.line.values.values():
            if isinstance(value, Said) and not value.number.exact:
                assert value.shown.startswith("about ")
                assert value.spoken.startswith("about ")


def changed_lesson(folder: Path) -> Path:
    text = Path("assets/lesson.toml").read_text(encoding="utf-8")
    assert "[0.7, -1.0]" in text
    path = folder / "changed.toml"
    path.write_text(text.replace("[0.7, -1.0]", "[0.9, -1.0]", 1), encoding="utf-8")
    return path


def test_one_changed_weight_changes_numbers_speech_captions_and_transcript(
    tmp_path: Path,
) -> None:
    cls = film("forward_pass")
    before, frames_before = play(cls)
    after, frames_after = play(cls, changed_lesson(tmp_path))

    def sources(frames: list[Frame]) -> str:
        return " ".join(text.source for frame in frames for text in frame.texts)

    for scene, frames, weight, total in (
        (before, frames_before, "0.7", "-0.85"),
        (after, frames_after, "0.9", "-0.75"),
    ):
        line = scene.records[2].line
        assert f"{weight} times 0.5" in line.shown
        assert weight in sources(frames)
        assert total in sources(frames)
        captions = " ".join(cue.text.replace("\n", " ") for cue in film_making.cues(scene))
        assert f"{weight} times 0.5" in captions
        assert f"{weight} times 0.5" in film_making.transcript(scene)
    assert "Zero point seven times" in before.records[2].line.spoken
    assert "Zero point nine times" in after.records[2].line.spoken
    assert "-0.85" not in sources(frames_after)
    assert before.fingerprint != after.fingerprint
