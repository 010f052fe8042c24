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
from av.video.reformatter import Interpolation
from PIL import Image

Pictures = Callable[[], Iterator[av.VideoFrame]]
"""Frames in order; asked again, the same frames again."""

DISSOLVE = 0.4
"""Seconds in which the end of a loop turns into its beginning; a beat rests as long at its end."""
_GIF_TICKS = 8
"""Hundredths of a second a picture of a GIF stands: its clock knows no smaller unit."""
_TICK = Fraction(1, 25)
"""Seconds; a filter wants a clock, and any will do."""
_TRANSPARENT = 255
"""What stands for no colour in a GIF."""
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
    palette = _palette(_small(frames, rate))
    painted = [_painted(frame, palette) for frame in _small(frames, rate)]
    see_through = any(frame.getextrema()[1] == _TRANSPARENT for frame in painted)
    painted[0].save(
        target,
        save_all=True,
        append_images=painted[1:],
        duration=10 * _GIF_TICKS,
        loop=0,
        optimize=False,
        transparency=_TRANSPARENT,
        disposal=2 if see_through else 1,
    )


def _small(frames: Pictures, rate: Fraction) -> Iterator[av.VideoFrame]:
    """The frames at which a GIF's clock ticks, no wider than it may be."""
    ticks = 0
    for number, frame in enumerate(frames()):
        if number + 1 > ticks * _GIF_TICKS * rate / 100:
            ticks += 1
            width = min(_GIF_WIDTH, frame.width)
            height = 2 * round(frame.height * width / frame.width / 2)
            yield frame.reformat(width, height, "rgba", interpolation=Interpolation.LANCZOS)


def _palette(frames: Iterator[av.VideoFrame]) -> Image.Image:
    """The 255 colours that suit all frames best; the last one is there twice."""
    graph = Graph()
    for number, frame in enumerate(frames):
        if number == 0:
            source = graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=_TICK
            )
            finder = graph.add("palettegen", "stats_mode=full")
            graph.link_nodes(source, finder, graph.add("buffersink")).configure()
        frame.pts, frame.time_base = number, _TICK
        graph.vpush(frame)
    graph.vpush(None)
    colours = graph.vpull().to_ndarray(format="rgb24").reshape(-1, 3)
    colours[_TRANSPARENT] = colours[_TRANSPARENT - 1]
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours.tobytes())
    return palette


def _painted(frame: av.VideoFrame, palette: Image.Image) -> Image.Image:
    """A frame in the colours of the palette."""
    pixels = frame.to_ndarray()
    opaque = Image.fromarray(pixels[..., 3]).point([255 * (level < 128) for level in range(256)])
    picture = Image.fromarray(pixels[..., :3]).quantize(palette=palette, dither=Image.Dither.NONE)
    picture.paste(_TRANSPARENT, mask=opaque)
    return picture
