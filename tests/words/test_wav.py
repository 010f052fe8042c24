from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenes.words.wav import RATE, read_wav, resample, wav_bytes


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_resampling_keeps_length_place_and_loudness(rate: int) -> None:
    samples = np.zeros(rate, np.float32)
    burst = slice(round(0.4 * rate), round(0.6 * rate))
    samples[burst] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)[burst]
    result = resample(samples, rate)
    assert len(result) == RATE
    loud = np.flatnonzero(np.abs(result) > 0.1) / RATE
    assert (loud[0], loud[-1]) == pytest.approx((0.4, 0.6), abs=0.003)
    assert np.sqrt(np.mean(result**2)) == pytest.approx(np.sqrt(np.mean(samples**2)), rel=0.02)


def test_a_wav_is_read_as_it_was_written(tmp_path: Path) -> None:
    samples = np.array([0.0, 0.5, -0.5, 1.5, -1.5], np.float32)
    (tmp_path / "a.wav").write_bytes(wav_bytes(samples))
    read, rate = read_wav(tmp_path / "a.wav")
    assert rate == RATE
    assert read == pytest.approx([0.0, 0.5, -0.5, 1.0, -1.0], abs=1e-4)
