"""Beats: their words, their clock, their cache keys; nothing is rendered to a file here."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from manim import tempconfig

from scenes.maths.lesson.model import LessonError
from scenes.studio.errors import StudioError
from scenes.studio.narrated import NarratedScene, beat, beats_of
from scenes.words.script import LineError
from scenes.words.silent import SilentVoice
from tests.studio.small_film import Small


@pytest.fixture(autouse=True)
def fast(tmp_path: Path) -> Iterator[None]:
    settings = {
        "dry_run": True,
        "pixel_width": 320,
        "pixel_height": 180,
        "frame_rate": 15,
        "media_dir": str(tmp_path),
        "progress_bar": "none",
        "verbosity": "ERROR",
    }
    with tempconfig(settings):
        yield


def played(cls: type[NarratedScene]) -> NarratedScene:
    cls.voice = SilentVoice()
    scene = cls(skip_animations=True)
    scene.render()
    return scene


def test_the_lines_are_known_with_nothing_rendered() -> None:
    names = [script.name for script in beats_of(Small)]
    assert names == ["show_a_circle", "move_by_a_field", "say_goodbye"]
    assert beats_of(Small)[0].title == "Show a circle"


def test_beats_follow_each_other_without_a_gap() -> None:
    scene = played(Small)
    assert [r.script.name for r in scene.records] == [s.name for s in beats_of(Small)]
    edges = [(r.first, r.end) for r in scene.records]
    assert edges[0][0] == 0
    assert all(before[1] == after[0] for before, after in itertools.pairwise(edges))
    assert edges[-1][1] == scene.timeline.frame


def test_a_beat_lasts_as_long_as_its_line_and_its_rest() -> None:
    for record in played(Small).records:
        seconds = record.script.lead + record.utterance.duration + record.script.rest
        assert abs(record.end - record.first - seconds * 15) <= 1


def test_pieces_and_values_stand_in_the_line_and_in_the_voice_alike() -> None:
    line = played(Small).records[0].line
    assert line.shown == "Here is a circle, and the first input is 0.5."
    assert line.spoken == "Here is a circle, and the first input is zero point five."


def test_a_picture_change_waits_for_its_word() -> None:
    scene = played(Small)
    record = scene.records[0]
    spoken = next(t for t in record.tokens if t.token.shown == "first")
    starts = [play.first for play in scene.timeline.plays]
    assert record.voice + round(spoken.start * 15) in starts
    assert record.cues_late == {}


def test_a_word_that_is_not_in_the_line_is_an_error_that_names_it() -> None:
    class Wrong(Small):
        @beat("It moves.")
        def move_by_a_field(self) -> None:
            self.at("flies")

    with pytest.raises(StudioError, match=r"move_by_a_field: at\('flies'\)"):
        played(Wrong)


def test_a_value_that_is_not_there_is_an_error_that_names_it() -> None:
    class Wrong(Small):
        @beat("It is {nowhere}.")
        def move_by_a_field(self) -> None:
            pass

    with pytest.raises(LineError, match="nowhere"):
        played(Wrong)


def test_a_subclass_may_bring_its_own_lesson(tmp_path: Path) -> None:
    class Missing(Small):
        lesson = tmp_path / "none.toml"

    with pytest.raises(LessonError, match=r"none\.toml"):
        played(Missing)


def test_the_scene_ends_where_the_frames_say_it_does() -> None:
    scene = played(Small)
    assert scene.time == pytest.approx(scene.timeline.frame / 15)


def test_speaking_outside_a_beat_is_refused() -> None:
    class Loose(Small):
        def construct(self) -> None:
            self.at("word")

    with pytest.raises(StudioError, match="inside a method made by @beat"):
        played(Loose)


def test_progress_is_told_after_each_play() -> None:
    seen: list[tuple[int, str]] = []

    class Watched(Small):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.on_progress = lambda frame, name: seen.append((frame, name))

    scene = played(Watched)
    assert seen[-1] == (scene.timeline.frame, "say_goodbye")
    assert len(seen) == len(scene.timeline.plays)
