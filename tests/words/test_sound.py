from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from scenes.words.cache import Utterance
from scenes.words.script import Line
from scenes.words.sound import (
    FADE,
    LOUDNESS,
    TRUE_PEAK,
    SoundError,
    assemble,
    level,
    measure,
)
from scenes.words.wav import RATE
from tests.words.conftest import LECTURE

Say = Callable[[str], tuple[Line, Utterance]]


def _tone(seconds: float, amplitude: float, hertz: float = 997.0) -> NDArray[np.float32]:
    time = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def test_sounds_stand_at_their_samples_and_the_track_has_the_length_asked_for() -> None:
    ones = np.ones(4800, np.float32)
    track = assemble([(1000, ones), (20_001, ones)], 30_011)
    assert len(track) == 30_011
    fade = round(FADE * RATE)
    for offset in (1000, 20_001):
        assert not track[offset - 1]
        assert track[offset + fade : offset + 4800 - fade] == pytest.approx(1.0)
        assert not track[offset + 4800]


def test_sounds_fade_in_and_out_and_are_not_changed_themselves() -> None:
    ones = np.ones(4800, np.float32)
    track = assemble([(0, ones)], 4800)
    assert track[0] == 0 == track[-1]
    assert np.max(np.abs(np.diff(track))) <= 1 / (FADE * RATE) + 1e-6
    assert ones.min() == 1


def test_what_reaches_beyond_the_end_is_faded_at_the_cut() -> None:
    track = assemble([(100, np.ones(9600, np.float32))], 5000)
    assert len(track) == 5000
    assert track[-1] == 0


@pytest.mark.parametrize("offset", [-1, 101])
def test_a_sound_outside_the_track_is_refused(offset: int) -> None:
    with pytest.raises(SoundError, match=f"sample {offset} .*0 to 100"):
        assemble([(offset, np.ones(10, np.float32))], 100)


def test_loudness_is_measured_as_the_standard_says() -> None:
    # EBU Tech 3341: a 1 kHz sine of -23 dBFS in two channels is -23 LUFS, 3 LU more than in one.
    found = measure(_tone(5, 10 ** (-20 / 20), 1000))
    assert found.integrated == pytest.approx(-23.0, abs=0.1)
    assert found.true_peak == pytest.approx(-20.0, abs=0.1)


def test_a_true_peak_between_the_samples_is_seen() -> None:
    # At a quarter of the rate and 45 degrees, no sample reaches the crest of the wave.
    phase = np.pi / 2 * np.arange(2 * RATE) + np.pi / 4
    wave = 0.5 * np.sin(phase) * np.hanning(2 * RATE)
    found = measure(wave.astype(np.float32))
    assert np.max(np.abs(wave)) < 0.36
    assert found.true_peak == pytest.approx(20 * math.log10(0.5), abs=0.2)


def test_narration_comes_out_at_the_target_with_its_peaks_held(say: Say) -> None:
    placed, at = [], 0
    for template in LECTURE[:5]:
        sound = say(template)[1].samples()
        placed.append((at, sound))
        at += len(sound) + RATE // 2
    track = assemble(placed, at + 77)
    result = level(track)
    found = measure(result)
    assert found.integrated == pytest.approx(LOUDNESS, abs=0.5)
    assert found.true_peak <= TRUE_PEAK
    assert len(result) == len(track)
    # The limiter has not moved the sound.
    loudest = int(np.argmax(np.abs(track[: 10 * RATE])))
    here = slice(max(0, loudest - 2400), loudest + 2400)
    shifts = [float(np.dot(track[here], np.roll(result, -k)[here])) for k in range(-50, 51)]
    assert int(np.argmax(shifts)) - 50 == 0


@pytest.mark.parametrize("amplitude", [0.001, 0.1, 0.99])
def test_quiet_and_loud_tracks_meet_in_the_middle(amplitude: float) -> None:
    found = measure(level(_tone(3, amplitude)))
    assert found.integrated == pytest.approx(LOUDNESS, abs=0.2)
    assert found.true_peak <= TRUE_PEAK


def test_where_loudness_and_peak_cannot_both_be_had_the_peak_wins() -> None:
    clicks = np.zeros(3 * RATE, np.float32)
    clicks[:: RATE // 4] = 0.9
    assert measure(level(clicks)).true_peak <= TRUE_PEAK


@pytest.mark.parametrize("length", [0, 1, 100, 4801, 2 * RATE + 1])
def test_silence_stays_silent_at_any_length(length: int) -> None:
    result = level(np.zeros(length, np.float32))
    assert len(result) == length
    assert not result.any()


def test_a_track_too_short_to_measure_is_left_as_it_is() -> None:
    short = _tone(0.2, 0.1)
    assert np.array_equal(level(short), short)
