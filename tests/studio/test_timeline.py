"""The clock: whole frames, no drift, and frames that were left out of the film."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.studio.timeline import Pacer, Timeline


@given(st.lists(st.floats(0.05, 5.0), min_size=1, max_size=60), st.sampled_from([15, 30, 60]))
def test_rounding_to_frames_does_not_add_up(seconds: list[float], fps: int) -> None:
    pacer = Pacer(fps)
    given_frames = [pacer.frames_for(s) for s in seconds]
    assert all(frames >= 1 for frames in given_frames)
    if all(s * fps >= 1 for s in seconds):
        assert abs(sum(given_frames) - sum(seconds) * fps) <= 0.5 + 1e-6


def test_a_play_shorter_than_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        Timeline(30).add(0, filmed=True)


def test_frames_left_out_do_not_count_in_the_film() -> None:
    timeline = Timeline(30)
    for frames, filmed in ((10, False), (5, True), (7, True), (20, False), (3, True)):
        timeline.add(frames, filmed=filmed)
    assert timeline.frame == 45
    assert timeline.film_frames == 15
    assert timeline.filmed_spans() == [(10, 22), (42, 45)]
    assert [timeline.to_film(f) for f in (0, 10, 12, 22, 30, 42, 44, 45)] == [
        0, 0, 2, 12, 12, 12, 14, 15,
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=30))
def test_film_frames_are_the_filmed_spans_in_order(plays: list[tuple[int, bool]]) -> None:
    timeline = Timeline(30)
    for frames, filmed in plays:
        timeline.add(frames, filmed=filmed)
    filmed_frames = [f for first, end in timeline.filmed_spans() for f in range(first, end)]
    assert [timeline.to_film(f) for f in filmed_frames] == list(range(timeline.film_frames))
