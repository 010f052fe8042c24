"""The narration track: utterances at their places, then one loudness for the whole film.

Loudness follows EBU R 128 (ITU-R BS.1770): integrated loudness in LUFS and true peak in dBTP, both
measured by libav's ``ebur128`` filter. Tracks are mono float samples in [-1, 1] at 48 kHz; played
as two equal channels, a mono track measures 3 LU more.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from scenes.words.wav import RATE

FADE = 0.01  # seconds
LOUDNESS = -16.0  # LUFS
TRUE_PEAK = -1.5  # dBTP
_SILENCE = -69.9  # LUFS; the filter's scale begins at -70
_CLOSE = 0.1  # LU that the result may be off the target


class SoundError(ValueError):
    """A track that cannot be made as asked; ``str(error)`` is one line."""


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS (-70 for silence) and true peak in dBTP (-inf for silence)."""

    integrated: float
    true_peak: float


def assemble(placed: Iterable[tuple[int, NDArray[np.float32]]], length: int) -> NDArray[np.float32]:
    """A track of ``length`` samples with each (offset in samples, sound) in its place.

    Every sound fades in and out over 10 ms; what reaches beyond the end is cut there, with the same
    fade. Raises SoundError for an offset outside the track.
    """
    track = np.zeros(length, np.float32)
    for offset, sound in placed:
        if not 0 <= offset <= length:
            raise SoundError(f"a sound at sample {offset} (allowed: 0 to {length})")
        part = sound[: length - offset].astype(np.float32)
        slope = min(round(FADE * RATE), len(part) // 2)
        if slope:
            ramp = np.arange(slope, dtype=np.float32) / slope
            part[:slope] *= ramp
            part[-slope:] *= ramp[::-1]
        track[offset : offset + len(part)] += part
    return track


def measure(track: NDArray[np.float32]) -> Loudness:
    """How loud a track is."""
    _, found = _filter(track, "ebur128", "peak=true:metadata=1")
    integrated = float(found.get("lavfi.r128.I", "-70"))
    peak = float(found.get("lavfi.r128.true_peak", "0"))
    return Loudness(
        integrated if math.isfinite(integrated) else -70.0,
        20 * math.log10(peak) if peak > 0 else -math.inf,
    )


def level(track: NDArray[np.float32]) -> NDArray[np.float32]:
    """The track at LOUDNESS, no true peak above TRUE_PEAK, its length unchanged.

    One gain for the whole track, so that the voice keeps its own dynamics; a limiter takes only the
    peaks that would go over. Where both cannot be had, the peak wins. A silent track stays silent.
    """
    found = measure(track)
    if found.integrated <= _SILENCE:
        return track.astype(np.float32)
    gain, limit = LOUDNESS - found.integrated, TRUE_PEAK
    result = _limited(track, gain, limit)
    # The limiter costs some loudness and works on samples, between which the wave may go higher:
    # measure and correct both until they fit.
    for _ in range(8):
        found = measure(result)
        over = found.true_peak - TRUE_PEAK
        missing = LOUDNESS - found.integrated
        if over <= 0 and abs(missing) <= _CLOSE:
            return result
        limit -= max(0.0, over) + 0.02 * (over > 0)
        gain = min(gain + missing, 60.0)
        result = _limited(track, gain, limit)
    # Never above the limit, whatever was not reached.
    over = measure(result).true_peak - TRUE_PEAK
    return result if over <= 0 else (result * 10 ** (-over / 20)).astype(np.float32)


def _limited(track: NDArray[np.float32], gain: float, limit: float) -> NDArray[np.float32]:
    """The track with a gain in dB, and its peaks held below ``limit`` dBFS."""
    louder = (track * 10 ** (gain / 20)).astype(np.float32)
    ceiling = 10 ** (limit / 20)
    if not len(louder) or float(np.max(np.abs(louder))) <= ceiling:
        return louder
    arguments = f"limit={ceiling:.6f}:attack=5:release=50:level=0:latency=1"
    result, _ = _filter(louder, "alimiter", arguments)
    if len(result) != len(track):
        raise SoundError(f"the limiter made {len(result)} samples of {len(track)}")
    return result


def _filter(
    track: NDArray[np.float32], name: str, arguments: str
) -> tuple[NDArray[np.float32], dict[str, str]]:
    """Run a track through a filter of libav's: the samples, and the last frame's measurements."""
    graph = av.filter.Graph()
    tick = Fraction(1, RATE)
    source = graph.add_abuffer(format="flt", sample_rate=RATE, layout="mono", time_base=tick)
    sink = graph.add("abuffersink")
    graph.link_nodes(source, graph.add(name, arguments), sink).configure()
    parts: list[NDArray[np.float32]] = []
    found: dict[str, str] = {}

    def drain() -> None:
        while True:
            try:
                frame = graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            parts.append(frame.to_ndarray().ravel().astype(np.float32))
            found.update(frame.metadata)

    step = RATE // 10
    for start in range(0, len(track), step):
        block = np.ascontiguousarray(track[np.newaxis, start : start + step], dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, tick
        graph.push(frame)
        drain()
    graph.push(None)
    drain()
    return (np.concatenate(parts) if parts else np.zeros(0, np.float32)), found
