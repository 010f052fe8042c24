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

Pictures = Callable[[], Iterator[av.VideoFrame]]
"""Frames in order; asked again, the same frames again."""

DISSOLVE = 0.4
"""Seconds in which the end of a loop turns into its beginning; a beat rests as long at its end."""
_GIF_TICKS = 8
"""Hundredths of a second a picture of a GIF stands: its clock knows no smaller unit."""
_RGBA = av.VideoFormat("rgba")
_TICK = Fraction(1, 25)
"""Seconds; filters want a clock, and any will do."""
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
    {"crf": "14", "preset": "medium", "x264-params": "bframes=5:aq-strength=0.6"},
)
VP9 = Codec("libvpx-vp9", "yuv420p", _VP9)
VP9_ALPHA = Codec("libvpx-vp9", "yuva420p", _VP9 | {"auto-alt-ref": "0"})
QTRLE = Codec("qtrle", "argb", {})


def pictures(path: Path, first: int, end: int) -> Iterator[av.VideoFrame]:
    """The frames of a film from ``first`` until before ``end``."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        rate, base = Fraction(stream.average_rate or 1), Fraction(stream.time_base or 1)
        container.seek(round(first / rate / base), stream=stream)  # to the keyframe before it
        for frame in container.decode(stream):
            number = round(Fraction(frame.pts or 0) * base * rate)
            if number >= end:
                return
            if number >= first:
                yield frame


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
    small = _Chain(("scale", f"w='min({_GIF_WIDTH},iw)':h=-2:flags=lanczos"))
    palette = _palette(small.each(_thinned(frames, rate)))
    painter = _Painter(palette)
    with av.open(str(target), "w", options={"loop": "0"}) as out:
        stream: Any = None
        small = _Chain(("scale", f"w='min({_GIF_WIDTH},iw)':h=-2:flags=lanczos"))
        for number, frame in enumerate(small.each(_thinned(frames, rate))):
            picture = painter.paint(frame, number)
            if stream is None:
                stream = out.add_stream("gif", rate=Fraction(100, _GIF_TICKS))
                stream.width, stream.height = picture.width, picture.height
                stream.pix_fmt = "pal8"
            picture.pts, picture.time_base = number, Fraction(_GIF_TICKS, 100)
            out.mux(stream.encode(picture))
        if stream is not None:
            out.mux(stream.encode(None))


def _thinned(frames: Pictures, rate: Fraction) -> Iterator[av.VideoFrame]:
    """The frames at which a GIF's clock ticks."""
    ticks = 0
    for number, frame in enumerate(frames()):
        if number + 1 > ticks * _GIF_TICKS * rate / 100:
            ticks += 1
            yield frame


class _Chain:
    """A filter of libav, from one row of frames to another."""

    def __init__(self, step: tuple[str, str]) -> None:
        self._step = step

    def each(self, frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """The frames, filtered; what the filter holds back comes at the end."""
        graph: Graph | None = None
        for number, frame in enumerate(frames):
            if graph is None:
                graph = Graph()
                source = graph.add_buffer(
                    width=frame.width,
                    height=frame.height,
                    format=frame.format,
                    time_base=_TICK,
                )
                graph.link_nodes(
                    source, graph.add(*self._step), graph.add("buffersink")
                ).configure()
            frame.pts, frame.time_base = number, _TICK
            graph.vpush(frame)
            yield from _pulled(graph)
        if graph is not None:
            graph.vpush(None)
            yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return


def _palette(frames: Iterator[av.VideoFrame]) -> av.VideoFrame:
    (found,) = _Chain(("palettegen", "stats_mode=full")).each(
        frame.reformat(format="rgba") for frame in frames
    )
    return found


class _Painter:
    """Turns frames into pictures of 256 colours."""

    def __init__(self, palette: av.VideoFrame) -> None:
        self._palette = palette
        self._graph: Graph | None = None

    def paint(self, frame: av.VideoFrame, number: int) -> av.VideoFrame:
        """The frame in the colours of the palette."""
        frame = frame.reformat(format="rgba")
        if self._graph is None:
            graph = self._graph = Graph()
            buffers = [
                graph.add_buffer(width=f.width, height=f.height, format=_RGBA, time_base=_TICK)
                for f in (frame, self._palette)
            ]
            paint = graph.add("paletteuse", "dither=none:diff_mode=rectangle")
            for port, buffer in enumerate(buffers):
                buffer.link_to(paint, 0, port)
            paint.link_to(graph.add("buffersink"))
            graph.configure()
            self._source = buffers[0]
            self._palette.pts, self._palette.time_base = 0, _TICK
            buffers[1].push(self._palette)
            buffers[1].push(None)
        frame.pts, frame.time_base = number, _TICK
        self._source.push(frame)
        return self._graph.vpull()
