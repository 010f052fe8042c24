"""Samples: 16 bit mono WAV in and out, other rates, and sound files of any kind.

Everything that the voices hand on has RATE samples a second.
"""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000  # samples a second of everything that is heard


def read_wav(path: Path) -> tuple[NDArray[np.float32], int]:
    """Samples in [-1, 1] of a 16 bit WAV (channels are averaged), and its rate in hertz."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path}: {8 * file.getsampwidth()} bit samples (allowed: 16 bit)")
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        mono = data.reshape(-1, file.getnchannels()).mean(axis=1)
        return (mono / 32768).astype(np.float32), file.getframerate()


def read_sound(path: Path, longest: float) -> NDArray[np.float32]:
    """Samples in [-1, 1] at RATE of any sound file (channels are averaged).

    Raises ValueError, in a few words without the file's name, for a file that holds no sound, or
    more than ``longest`` seconds of it.
    """
    parts: list[NDArray[np.float32]] = []
    seconds = 0.0
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise ValueError("holds no sound")
            resampler = av.AudioResampler(format="fltp", rate=RATE)
            for frame in container.decode(container.streams.audio[0]):
                seconds += frame.samples / frame.sample_rate
                if seconds > longest:
                    raise ValueError(f"is longer than {longest:.0f} s")
                parts += [one.to_ndarray().mean(axis=0) for one in resampler.resample(frame)]
            if parts:
                parts += [one.to_ndarray().mean(axis=0) for one in resampler.resample(None)]
    except (av.FFmpegError, OSError) as problem:
        raise ValueError(f"is no sound file ({problem.strerror})") from None
    if not parts:
        raise ValueError("holds no sound")
    return np.concatenate(parts).astype(np.float32)


def peaks(samples: NDArray[np.float32], rate: int = RATE) -> NDArray[np.float32]:
    """The largest sample, without its sign, of each hundredth of a second that is whole."""
    block = rate // 100
    whole = np.abs(samples[: len(samples) // block * block]).reshape(-1, block)
    return np.asarray(whole.max(axis=1), np.float32)


def wav_bytes(samples: NDArray[np.float32], rate: int = RATE) -> bytes:
    """A 16 bit mono WAV of samples in [-1, 1]; what lies beyond is clipped."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        scaled = np.clip(np.rint(samples.astype(np.float64) * 32768), -32768, 32767)
        file.writeframes(scaled.astype("<i2").tobytes())
    return buffer.getvalue()


def resample(samples: NDArray[np.float32], rate: int, to: int = RATE) -> NDArray[np.float32]:
    """The same sound at ``to`` samples a second: n samples become round(n * to / rate)."""
    length = round(len(samples) * to / rate)
    if rate == to or not length:
        return samples.astype(np.float32)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=to)
    # What the filter needs beyond the end, so that it has given all the samples asked for.
    padded = np.concatenate([samples.astype(np.float32), np.zeros(rate // 10, np.float32)])
    frame = av.AudioFrame.from_ndarray(padded[np.newaxis], format="flt", layout="mono")
    frame.sample_rate = rate
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    whole = np.concatenate([part.to_ndarray().ravel() for part in frames])
    return whole[:length].astype(np.float32)
