"""Pictures in other codecs than the film's own: WebM, loops and GIF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.filter import Graph
from av.video.reformatter import Interpolation, VideoReformatter

Pictures = Callable[[], Iterator[av.VideoFrame]]
"""Frames in order; asked again, the same frames again."""

DISSOLVE = 0.4
"""Seconds in which the end of a loop turns into its beginning; a beat rests as long at its end."""
_GIF_TICKS = 8
"""Hundredths of a second a picture of a GIF stands: its clock knows no smaller unit."""
_TICK = Fraction(1, 25)
"""Seconds; a filter wants a clock, and any will do."""
_GIF_WIDTH = 800
"""Pixels; a wider one is too heavy to be put on a page."""


@dataclass(frozen=True)
class Codec:
    """An encoder, the kind of pixels it gets, and its settings."""

    name: str
    pixels: str
    options: dict[str, str]


# Constant quality at which no difference to the film can be seen.
_VP9 = {"crf": "20", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
H264 = Codec(
    "libx264",
    "yuv420p",
    {"crf": "14", "preset": "medium", "x264-params": "bframes=5:aq-strength=0.6:threads=1"},
)
VP9 = Codec("libvpx-vp9", "yuv420p", _VP9)
VP9_ALPHA = Codec("libvpx-vp9", "yuva420p", _VP9 | {"auto-alt-ref": "0"})
QTRLE = Codec("qtrle", "argb", {})
GIF = Codec("gif", "pal8", {})


def encode(frames: Iterator[av.VideoFrame], target: Path, codec: Codec, rate: Fraction) -> None:
    """Write frames as a silent film."""
    with av.open(str(target), "w") as out:
        stream: Any = None
        for number, frame in enumerate(frames):
            if stream is None:
                stream = out.add_stream(codec.name, rate=rate, options=codec.options)
                stream.width, stream.height = frame.width, frame.height
                stream.pix_fmt = codec.pixels
                if codec.pixels.startswith("yuva") and target.suffix == ".webm":
                    stream.metadata["alpha_mode"] = "1"
            picture = frame.reformat(format=codec.pixels)
            picture.pts, picture.time_base = number, 1 / rate
            out.mux(stream.encode(picture))
        if stream is not None:
            out.mux(stream.encode(None))


def looped(frames: Pictures, count: int, rate: Fraction) -> Pictures:
    """The same frames, whose end dissolves into their beginning."""

    def run() -> Iterator[av.VideoFrame]:
        length = min(round(DISSOLVE * rate), count // 2)
        beginning: Any = None
        for number, frame in enumerate(frames()):
            # Blended as they are coded: no colour is converted there and back.
            now = frame.to_ndarray().astype(np.float32)
            beginning = now if beginning is None else beginning
            step = number - (count - length) + 1
            if step <= 0:
                yield frame
                continue
            share = step / (length + 1)
            mixed = np.rint((1 - share) * now + share * beginning).astype(np.uint8)
            yield av.VideoFrame.from_ndarray(mixed, format=frame.format.name)

    return run


def write_gif(frames: Pictures, target: Path, rate: Fraction) -> None:
    """Write an animated GIF that runs for ever, with a palette of its own."""
    (palette,) = _filtered(_small(frames, rate), "palettegen", "stats_mode=full")
    palette.pts, palette.time_base = 0, _TICK
    painting = "dither=none:diff_mode=rectangle"
    painted = _filtered(_small(frames, rate), "paletteuse", painting, palette)
    encode(painted, target, GIF, Fraction(100, _GIF_TICKS))


def _small(frames: Pictures, rate: Fraction) -> Iterator[av.VideoFrame]:
    """The frames at which a GIF's clock ticks, no wider than it may be."""
    ticks = 0
    resizing, colouring = VideoReformatter(), VideoReformatter()
    for number, frame in enumerate(frames()):
        if number + 1 > ticks * _GIF_TICKS * rate / 100:
            ticks += 1
            width = min(_GIF_WIDTH, frame.width)
            height = 2 * round(frame.height * width / frame.width / 2)
            small = resizing.reformat(frame, width, height, interpolation=Interpolation.LANCZOS)
            yield colouring.reformat(small, format="rgba")


def _filtered(
    frames: Iterator[av.VideoFrame], name: str, options: str, second: av.VideoFrame | None = None
) -> Iterator[av.VideoFrame]:
    """Frames, led through a filter of libav; ``second`` is what it takes besides them."""
    graph: Graph | None = None
    for number, frame in enumerate(frames):
        if graph is None:
            graph = Graph()
            node = graph.add(name, options)
            sources = [
                graph.add_buffer(width=f.width, height=f.height, format=f.format, time_base=_TICK)
                for f in (frame, second)
                if f is not None
            ]
            for port, source in enumerate(sources):
                source.link_to(node, 0, port)
            node.link_to(graph.add("buffersink"))
            graph.configure()
            for source in sources[1:]:
                source.push(second)
                source.push(None)
        frame.pts, frame.time_base = number, _TICK
        sources[0].push(frame)
        yield from _pulled(graph)
    if graph is not None:
        sources[0].push(None)
        yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
