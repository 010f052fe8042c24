"""All films in all shapes of frame, laid out anew: nothing leaves it, nothing covers another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from manim import config, tempconfig

from scenes.studio import making, whole
from scenes.studio.settings import shape_frame
from tests.stages import (
    LESSONS,
    NUMERAL,
    Frame,
    assert_all_inside,
    assert_all_large_enough,
    assert_none_covered,
    film,
    play,
    small_frames,
)

SHAPES = {"4:3": (240, 180), "1:1": (180, 180), "9:16": (180, 320)}
NETWORKS = ("forward_pass", "chain_rule", "reverse_mode")
PLAYED = [
    *((shape, name, None) for shape in SHAPES for name in whole.ORDER),
    *((shape, name, "one") for shape in SHAPES for name in NETWORKS),
]


@dataclass(frozen=True)
class Played:
    """A film in a frame of another shape: at the end of each beat, and of each play."""

    name: str
    lesson: str | None
    frames: list[Frame]
    moments: list[Frame]


@pytest.fixture(
    scope="module", params=PLAYED, ids=lambda told: f"{told[0]}-{told[1]}-{told[2] or 'default'}"
)
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    shape, name, lesson = request.param
    width, height = SHAPES[shape]
    media = tmp_path_factory.mktemp("media")
    with small_frames(media), tempconfig({"pixel_width": width, "pixel_height": height}):
        scene, frames = play(film(name), LESSONS / f"{lesson}.toml" if lesson else None)
        yield Played(name, lesson, frames, scene.moments)


def test_everything_stays_inside_the_frame_and_above_the_captions(played: Played) -> None:
    assert_all_inside(played.moments)


def test_no_text_is_too_small_to_read(played: Played) -> None:
    assert_all_large_enough(played.moments)


def test_no_text_covers_another(played: Played) -> None:
    assert_none_covered(played.moments)


def numbers(frames: list[Frame]) -> dict[str, set[str]]:
    """The numbers in the frame, by beat."""
    return {
        frame.beat: {n for text in frame.texts for n in NUMERAL.findall(text.source)}
        for frame in (replace_minus(frame) for frame in frames)
    }


def replace_minus(frame: Frame) -> Frame:
    """Type has a minus sign of its own, formulas have a hyphen in their source."""
    texts = tuple(replace(text, source=text.source.replace("−", "-")) for text in frame.texts)
    return replace(frame, texts=texts)


@lru_cache
def numbers_in_16_9(name: str) -> dict[str, set[str]]:
    with TemporaryDirectory() as media, small_frames(Path(media)):
        return numbers(play(film(name))[1])


def test_no_number_is_missing_in_any_shape(played: Played) -> None:
    # Numbers too long for a small neuron may be left out of it; the default lesson has none.
    if played.lesson is None:
        assert numbers(played.frames) == numbers_in_16_9(played.name)


@pytest.mark.parametrize("aspect", making.ASPECTS)
def test_the_frame_has_the_shape_of_the_picture_and_always_the_same_area(
    aspect: str, tmp_path: Path
) -> None:
    width, height = making.Form("m", aspect).size
    with tempconfig({"pixel_width": width, "pixel_height": height}):
        shape_frame()
        assert config.frame_width / config.frame_height == pytest.approx(width / height, rel=0.01)
        assert config.frame_width * config.frame_height == pytest.approx(8 * 128 / 9)
