"""The least that a film can take: its frames are there, and have only to be encoded."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import av
from manim import config

from scenes.studio.film import count_frames, pictures
from scenes.studio.formats import Codec, encode


def seconds(path: Path, first: int, end: int) -> float:
    """What the encoder works on some frames of a film, at the settings of the films."""
    decoding = 0.0

    def frames() -> Iterator[av.VideoFrame]:
        nonlocal decoding
        source = pictures(path, first, end)
        while True:
            start = time.thread_time()
            frame = next(source, None)
            decoding += time.thread_time() - start
            if frame is None:
                return
            frame.pict_type = 0  # the encoder decides anew which are keyframes
            yield frame

    with av.open(str(path)) as film:
        rate = Fraction(film.streams.video[0].average_rate or 1)
    codec = Codec("libx264", "yuv420p", dict(config.video_encoder_options))
    with tempfile.TemporaryDirectory() as folder:
        start = time.thread_time()
        encode(frames(), Path(folder) / "film.mp4", codec, rate)
        return time.thread_time() - start - decoding


def main(films: list[Path]) -> None:
    """Print the seconds for films, each of them shared out between all cores."""
    cores, longest = os.cpu_count() or 1, 0.0
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        for film in films:
            cuts = [count_frames(film) * n // cores for n in range(cores + 1)]
            longest += max(pool.map(seconds, [film] * cores, cuts, cuts[1:]))
    print(longest)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
