"""All films as played, with nothing rendered: words, numbers, layout and pace, for many lessons."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from scenes.maths.chain_rule import NUDGES, WayBack
from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Number, Said
from scenes.maths.minima import STEP_NAMES, Descents
from scenes.maths.mountain import DIRECTIONS, Climb
from scenes.maths.reverse_mode import Modes
from scenes.studio.narrated import beats_of
from scenes.words.hibari import HibariVoice, NotHere
from scenes.words.voice import Voice
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

NETWORKS = [None, "one", "two", "wide", "deep", "full"]
LANDSCAPES = [None, "wide"]
PLAYED = [
    *(("mountain", lesson) for lesson in LANDSCAPES),
    *(("minima", lesson) for lesson in LANDSCAPES),
    *(("chain_rule", lesson) for lesson in NETWORKS),
    *(("reverse_mode", lesson) for lesson in NETWORKS),
]


def real_voice() -> Voice | None:
    """Hibari where it can be loaded; it has to be where CI runs."""
    voice = HibariVoice()
    try:
        voice.check()
    except NotHere:
        if os.environ.get("CI"):
            raise
        return None
    return voice


@pytest.fixture(scope="module", autouse=True)
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with small_frames(tmp_path_factory.mktemp("media")):
        yield


Played = tuple[str, Any, list[Frame]]


@pytest.fixture(scope="module", params=PLAYED, ids=lambda pair: f"{pair[0]}-{pair[1] or 'default'}")
def played(request: pytest.FixtureRequest) -> Played:
    name, lesson = request.param
    path = lesson and LESSONS / f"{lesson}.toml"
    # The lesson that everybody sees is timed with the voice that everybody hears.
    return name, *play(film(name), path, None if lesson else real_voice())


def test_construct_plays_each_beat_once_in_the_order_written(played: Played) -> None:
    name, scene, _ = played
    written = [script.name for script in beats_of(film(name))]
    assert [record.script.name for record in scene.records] == written


def test_film_lasts_one_to_two_and_a_half_minutes(played: Played) -> None:
    _, scene, _ = played
    assert 60 <= scene.timeline.frame / scene.timeline.fps <= 150


def test_no_beat_is_over_25_seconds(played: Played) -> None:
    _, scene, _ = played
    for record in scene.records:
        assert (record.end - record.first) / scene.timeline.fps <= 25, record.script.name


def test_a_picture_keeps_up_with_its_words(played: Played) -> None:
    _, scene, _ = played
    late = {r.script.name: r.cues_late for r in scene.records if r.cues_late}
    assert all(frames <= 3 for cues in late.values() for frames in cues.values()), late


def test_a_picture_is_done_soon_after_its_line(played: Played) -> None:
    _, scene, _ = played
    fps = scene.timeline.fps
    for before, after in pairwise(scene.records):
        silence = (after.voice - before.voice) / fps - before.utterance.duration
        assert silence <= 2.5, before.script.name


def test_every_picture_has_come_to_rest_when_its_beat_ends(played: Played) -> None:
    _, scene, _ = played
    assert not scene.restless


def test_no_picture_stands_still_for_long(played: Played) -> None:
    _, scene, _ = played
    assert scene.longest_wait / scene.timeline.fps <= 6


def test_everything_stays_inside_the_frame_and_above_the_captions(played: Played) -> None:
    _, scene, _ = played
    assert_all_inside(scene.moments)


def test_no_text_is_too_small_to_read(played: Played) -> None:
    _, scene, _ = played
    assert_all_large_enough(scene.moments)


def test_no_text_covers_another(played: Played) -> None:
    _, scene, _ = played
    assert_none_covered(scene.moments)


def numbers_of(name: str, scene: Any) -> list[Number]:
    """Every number that a film may show, worked out anew from its lesson."""
    lesson = scene.lesson
    if name == "mountain":
        climb = Climb(lesson)
        steps = range(climb.steps + 1)
        return [
            climb.alpha,
            climb.steepness,
            *(climb.slope(i) for i in range(DIRECTIONS)),
            *(climb.change(i) for i in range(DIRECTIONS)),
            *(climb.height(k) for k in steps),
            *(number for column in climb.first_step for number in column),
            climb.summit_height(climb.reached),
            climb.summit_height(climb.highest),
            *([climb.least_slope] if climb.least_slope else []),
        ]
    if name == "minima":
        descents = Descents(lesson)
        points = [*descents.rough.stationary_points, descents.bottom]
        return [
            descents.alpha,
            descents.beta,
            descents.slope,
            *(descents.position(p) for p in points),
            *(descents.alpha_lambda(step) for step in STEP_NAMES),
        ]
    if name == "chain_rule":
        way = WayBack(Numbers.of(lesson))
        nudges = range(len(NUDGES))
        return [
            *way.numbers.all().values(),
            *(way.move(n, k) for n in nudges for k in range(4)),
            *(way.ratio(n, k) for n in nudges for k in range(3)),
            *(way.whole_ratio(n) for n in nudges),
            way.path_value,
            *(way.by_way(w) for w in way.four_ways),
            *way.fall,
            way.last_cost,
            *(number for layer in way.activations_after() for number in layer),
            *(number for layer in way.activations_at_last() for number in layer),
        ]
    modes = Modes(lesson)
    return [*modes.gradient(modes.forward), *modes.gradient(modes.reverse)]


DECIMAL = re.compile(r"[-−]?\d+\.\d+")


def test_every_decimal_on_screen_comes_from_the_engine(played: Played) -> None:
    name, scene, frames = played
    known = {number.typst for number in numbers_of(name, scene)}
    known |= {"0.5"} if name == "mountain" else set()  # how far from the summit it is felt
    shown = {
        numeral.replace("−", "-")
        for frame in frames
        for text in frame.texts
        for numeral in DECIMAL.findall(text.source)
    }
    assert shown, "no numbers on screen at all"
    # A difference such as "1 - 0.46" is set with its sign apart, or with it.
    assert {s for s in shown if s not in known and s.lstrip("-") not in known} == set()


def test_no_digit_is_typed_into_a_line(played: Played) -> None:
    _, scene, _ = played
    for record in scene.records:
        bare = record.line.shown
        for shown in sorted((v.shown for v in record.line.values.values()), key=len, reverse=True):
            bare = bare.replace(shown, "")
        assert not re.search(r"\d", bare), record.script.name


def test_a_rounded_number_is_never_said_without_about(played: Played) -> None:
    _, scene, _ = played
    for record in scene.records:
        for value in record.line.values.values():
            if isinstance(value, Said) and not value.number.exact:
                assert value.shown.startswith("about ")
                assert value.spoken.startswith("about ")


WHOLE = ["opening", "mountain", "minima", "forward_pass", "chain_rule", "reverse_mode", "credits"]


def test_the_voice_keeps_a_lecturers_pace_and_the_whole_lasts_6_to_11_minutes() -> None:
    voice = real_voice()
    if voice is None:
        pytest.skip("no voice library here")
    seconds = 0.0
    for name in WHOLE:
        scene, _ = play(film(name), None, voice)
        seconds += scene.timeline.frame / scene.timeline.fps
        words = sum(len(record.line.words) for record in scene.records)
        spoken = sum(record.utterance.duration for record in scene.records)
        if name not in ("opening", "credits"):
            assert 130 <= 60 * words / spoken <= 165, name
    assert 6 * 60 <= seconds <= 11 * 60
