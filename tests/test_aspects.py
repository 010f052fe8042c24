"""All films in all shapes of frame, laid out anew: nothing leaves it, nothing covers another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from manim import config, tempconfig

from scenes.studio import making, whole
from scenes.studio.settings import shape_frame
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

SHAPES = {"4:3": (240, 180), "1:1": (180, 180), "9:16": (180, 320)}
NETWORKS = ("forward_pass", "chain_rule", "reverse_mode")
PLAYED = [
    *((shape, name, None) for shape in SHAPES for name in whole.ORDER),
    *((shape, name, "one") for shape in SHAPES for name in NETWORKS),
]


@pytest.fixture(
    scope="module", params=PLAYED, ids=lambda told: f"{told[0]}-{told[1]}-{told[2] or 'default'}"
)
def frames(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Frame]]:
    shape, name, lesson = request.param
    width, height = SHAPES[shape]
    media = tmp_path_factory.mktemp("media")
    with small_frames(media), tempconfig({"pixel_width": width, "pixel_height": height}):
        _, played = play(film(name), lesson and LESSONS / f"{lesson}.toml")
        yield played


def test_everything_stays_inside_the_frame_and_above_the_captions(frames: list[Frame]) -> None:
    assert_all_inside(frames)


def test_no_text_is_too_small_to_read(frames: list[Frame]) -> None:
    assert_all_large_enough(frames)


def test_no_text_covers_another(frames: list[Frame]) -> None:
    assert_none_covered(frames)


@pytest.mark.parametrize("aspect", making.ASPECTS)
def test_the_frame_has_the_shape_of_the_picture_and_always_the_same_area(
    aspect: str, tmp_path: Path
) -> None:
    width, height = making.Form("m", aspect).size
    with tempconfig({"pixel_width": width, "pixel_height": height}):
        shape_frame()
        assert config.frame_width / config.frame_height == pytest.approx(width / height, rel=0.01)
        assert config.frame_width * config.frame_height == pytest.approx(8 * 128 / 9)
