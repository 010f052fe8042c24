from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.words.alignment import align
from scenes.words.cache import Utterance, VoiceCache
from scenes.words.hibari import HibariVoice
from scenes.words.script import Line, render_line
from scenes.words.voice import SpokenWord
from tests.words.conftest import LECTURE, VALUES

LINE = render_line("The sum is {z}, it’s the pre-activation.", VALUES)
Say = Callable[[str], tuple[Line, Utterance]]


def _spoken(*words: tuple[str, float, float], duration: float = 10.0) -> Utterance:
    return Utterance(Path("none.wav"), duration, tuple(SpokenWord(*word) for word in words))


def _regular(*words: str) -> Utterance:
    return _spoken(*((word, i + 0.1, i + 0.9) for i, word in enumerate(words)), duration=20.0)


def test_a_value_is_spoken_from_its_first_word_to_its_last() -> None:
    said = _regular(*LINE.words)
    timed = {t.token.shown: (t.start, t.end) for t in align(LINE, said)}
    assert timed["sum"] == pytest.approx((1.1, 1.9))
    assert timed["−0.42,"] == pytest.approx((3.1, 7.9))
    assert timed["pre-activation."] == pytest.approx((10.1, 11.9))


def test_times_can_start_where_the_line_is_placed() -> None:
    said = _regular(*LINE.words)
    early, late = align(LINE, said), align(LINE, said, offset=60.0)
    assert [t.start + 60 for t in early] == pytest.approx([t.start for t in late])


@pytest.mark.parametrize(
    "heard",
    [
        ["the", "sum", "is", "minus", "zero", "point", "four", "two", "it", "'s", "the", "pre",
         "activation"],
        ["The", "sum", "is", "minus", "zeropoint", "four", "two", "it's", "the", "pre-activation"],
        ["the", "sum", "is", "minus", "zero", "point", "fore", "too", "its", "the", "pre",
         "activa", "tion"],
    ],
)  # fmt: skip
def test_a_voice_may_split_join_and_respell_words(heard: list[str]) -> None:
    said = _regular(*heard)
    timed = align(LINE, said)
    by_shown = {t.token.shown: t for t in timed}
    assert by_shown["is"].start == pytest.approx(2.1)
    assert by_shown["−0.42,"].start == pytest.approx(3.1)
    last = said.words[-1]
    assert by_shown["pre-activation."].end == pytest.approx(last.end, abs=0.3)
    at = next(i for i, word in enumerate(heard) if word.startswith("it"))
    assert by_shown["it’s"].start == pytest.approx(at + 0.1, abs=0.3)


def test_a_word_the_voice_leaves_out_gets_the_time_between_its_neighbours() -> None:
    line = render_line("one two three", {})
    timed = align(line, _spoken(("one", 0, 1), ("three", 2, 3)))
    assert [(t.start, t.end) for t in timed] == [(0, 1), (1, 2), (2, 3)]


def test_a_voice_without_word_times_has_them_shared_out() -> None:
    timed = align(LINE, _spoken(duration=12.0))
    assert timed[0].start == 0.0
    assert timed[-1].end == pytest.approx(12.0)
    assert all(one.end <= two.start + 1e-9 for one, two in itertools.pairwise(timed))


@settings(max_examples=60)
@given(st.lists(st.text("abcdesumiszt' ", max_size=8), max_size=12), st.floats(0.1, 20))
def test_whatever_the_voice_claims_times_run_forward_within_the_sound(
    heard: list[str], duration: float
) -> None:
    step = duration / max(1, len(heard))
    said = _spoken(
        *((word, i * step, (i + 1) * step) for i, word in enumerate(heard)), duration=duration
    )
    timed = align(LINE, said)
    assert tuple(t.token for t in timed) == LINE.tokens
    times = [t for one in timed for t in (one.start, one.end)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= duration


@pytest.mark.parametrize("template", LECTURE)
def test_the_default_voice_s_words_are_the_line_s_words(template: str, say: Say) -> None:
    line, utterance = say(template)
    spelled = "-".join(word.text.lower() for word in utterance.words)
    assert tuple(spelled.split("-")) == line.words
    starts = {word.start for word in utterance.words}
    assert all(timed.start in starts for timed in align(line, utterance))


def test_the_cache_gives_back_the_same_times(say: Say, voice: HibariVoice, tmp_path: Path) -> None:
    line, utterance = say(LECTURE[2])
    again = VoiceCache(tmp_path).utter(voice, line.spoken)
    assert again.words == utterance.words
    assert again.wav.read_bytes() == utterance.wav.read_bytes()
