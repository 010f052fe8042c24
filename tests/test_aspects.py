"""All shapes of frame have one area; what is laid out in them is examined by the proof."""

from __future__ import annotations

import pytest
from manim import config, tempconfig

from scenes.studio import forms
from scenes.studio.settings import shape_frame


@pytest.mark.parametrize("aspect", forms.ASPECTS)
def test_the_frame_has_the_shape_of_the_picture_and_always_the_same_area(
    aspect: str,
) -> None:
    width, height = forms.Form("m", aspect).size
    with tempconfig({"pixel_width": width, "pixel_height": height}):
        shape_frame()
        assert config.frame_width / config.frame_height == pytest.approx(width / height, rel=0.01)
        assert config.frame_width * config.frame_height == pytest.approx(8 * 128 / 9)
