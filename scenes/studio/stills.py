"""A beat's end as a picture, and drawings of it for handouts: SVG and PDF, sharp at any size.

A film is played with nothing rendered, and the mobjects that stand in the frame are drawn by
Manim's own camera, onto paper in place of pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import cairo
import numpy as np
from manim import Camera, config
from manim.mobject.types.image_mobject import AbstractImageMobject
from manim.utils.exceptions import EndSceneEarlyException
from numpy.typing import NDArray
from PIL import Image

from scenes.studio.forms import Form
from scenes.studio.narrated import NarratedScene
from scenes.studio.orders import Order
from scenes.studio.outputs import write
from scenes.studio.writer import straight

WIDTH = 960.0
"""Points of the page's longer side."""

_SURFACES = {".pdf": cairo.PDFSurface, ".svg": cairo.SVGSurface}


class _PaperCamera(Camera):
    """Manim's camera, whose shapes go onto a cairo surface; images go there as images."""

    def __init__(self, surface: cairo.Surface, width: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._context = cairo.Context(surface)
        self._points_per_pixel = width / self.pixel_width
        if self.background_opacity:
            self._context.set_source_rgb(*self.background_color.to_rgb())
            self._context.paint()
        unit = width / self.frame_width
        middle = (width / 2, width / 2 * self.pixel_height / self.pixel_width)
        self._context.set_matrix(cairo.Matrix(unit, 0, 0, -unit, *middle))

    def get_cairo_context(self, pixel_array: Any) -> Any:
        """The paper's, whatever the pixels."""
        return self._context

    def set_cairo_context_color(self, ctx: Any, rgbas: Any, vmobject: Any) -> Any:
        """Red first: Manim turns colours round, for pixels that have blue first."""
        return super().set_cairo_context_color(ctx, rgbas[:, [2, 1, 0, 3]], vmobject)

    def display_image_mobject(
        self, image_mobject: AbstractImageMobject, pixel_array: NDArray[Any]
    ) -> None:
        """Let Manim put the image among transparent pixels, and lay these on the paper."""
        pixels = np.zeros((self.pixel_height, self.pixel_width, 4), np.uint8)
        super().display_image_mobject(image_mobject, pixels)
        # Cairo wants blue first, and colours multiplied by their opacity.
        share = pixels[..., 3:].astype(np.float64) / 255
        ready = np.empty_like(pixels)
        ready[..., :3] = np.rint(pixels[..., 2::-1] * share)
        ready[..., 3] = pixels[..., 3]
        sheet = cairo.ImageSurface.create_for_data(
            ready.data, cairo.FORMAT_ARGB32, self.pixel_width, self.pixel_height
        )
        self._context.save()
        self._context.identity_matrix()
        self._context.scale(self._points_per_pixel, self._points_per_pixel)
        self._context.set_source_surface(sheet)
        self._context.paint()
        self._context.restore()


def draw(scene: NarratedScene, target: Path) -> None:
    """Draw what stands in a scene's frame as SVG or PDF, by the file's ending."""
    longer = max(config.pixel_width, config.pixel_height)
    width, height = (WIDTH * side / longer for side in (config.pixel_width, config.pixel_height))
    with _SURFACES[target.suffix](str(target), width, height) as surface:
        camera: Any = scene.camera
        paper = _PaperCamera(
            surface,
            width,
            background_color=camera.background_color,
            background_opacity=camera.background_opacity,
        )
        paper.capture_mobjects(scene.mobjects)


def save_still(path: Path, film: type[NarratedScene], form: Form, beat: str, target: Path) -> None:
    """Save the picture at the end of a film's beat as PNG; nothing after it is played."""
    # The lines need not be spoken for their pictures.
    with replace(form, silent=True, voice=None).scene(path, film, dry=True) as scene:

        def at_end(name: str) -> None:
            if name == beat:
                raise EndSceneEarlyException

        scene.on_beat_end = at_end
        scene.render()
        camera: Any = scene.camera
        camera.capture_mobjects(scene.mobjects)
        image = BytesIO()
        Image.fromarray(straight(camera.pixel_array)).save(image, format="PNG")
    write(target, image.getvalue())


def draw_beats(order: Order, targets: Mapping[str, Sequence[Path]]) -> None:
    """Draw the ends of a film's beats, by name, to the files that each is to have."""
    with order.scene(dry=True) as scene:

        def at_end(name: str) -> None:
            for target in targets.get(name, ()):
                draw(scene, target)

        scene.on_beat_end = at_end
        scene.render()
