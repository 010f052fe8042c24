"""What a frame will look like, known before it is drawn.

Cairo draws a frame from the points, colours and strokes of what is to be seen, and from nothing
else.  A digest of these is therefore a key of the frame under which no stale picture can be found:
it does not matter which code, lesson or line of speech has led to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from manim import Camera, ImageMobject, Mobject, VMobject

_ARRAYS = ("points", "fill_rgbas", "stroke_rgbas", "background_stroke_rgbas", "pixel_array")


class Look:
    """Mobjects as they are now, whatever becomes of them, in the order in which they are drawn."""

    def __init__(self, camera: Camera, mobjects: Iterable[Mobject]) -> None:
        drawn = camera.get_mobjects_to_display(mobjects)
        self._parts = [_as_it_is(mobject) for mobject in drawn]
        self.digest = _digest(self._parts)
        """Of all that is drawn; None where something is of a kind that is not known here."""

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        arrays = (part.__dict__.get(name) for part in self._parts for name in _ARRAYS)
        return sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))

    def draw(self, camera: Camera) -> None:
        """Draw it on top of what the camera's pixels show."""
        for kind, group in itertools.groupby(self._parts, camera.type_or_raise):
            camera.display_funcs[kind](list(group), camera.pixel_array)


def _as_it_is(mobject: Mobject) -> Mobject:
    """A stand-in with the mobject's own arrays, without its parts."""
    made = object.__new__(mobject.__class__)
    known = made.__dict__
    known.update(mobject.__dict__)
    known["submobjects"] = []
    for name in _ARRAYS:
        array = known.get(name)
        if array is not None:
            known[name] = array.copy()
    return made


def _digest(parts: Sequence[Mobject]) -> bytes | None:
    sha = blake2b(digest_size=20)
    for part in parts:
        facts = next((fact for kind, fact in _FACTS if isinstance(part, kind)), None)
        told = facts(part) if facts else None
        if told is None:
            return None
        sha.update(told)
    return sha.digest()


def _of_type(part: Any) -> bytes | None:
    """All that the camera asks of a vectorized mobject."""
    if part.get_background_image() is not None:
        return None
    fill, stroke = part.get_fill_rgbas(), part.get_stroke_rgbas()
    width, behind = part.get_stroke_width(), part.get_stroke_width(background=True)
    told = [part.points.tobytes(), fill.tobytes(), stroke.tobytes()]
    facts = (len(part.points), fill.shape, stroke.shape, width, behind)
    if behind:
        told.append(part.get_stroke_rgbas(background=True).tobytes())
    if len(fill) > 1 or len(stroke) > 1:
        told.append(np.asarray(part.get_gradient_start_and_end_points()).tobytes())
    told.append(f"{facts}{part.joint_type}{part.cap_style}{part.shade_in_3d}".encode())
    return b"|".join(told)


def _of_image(part: Any) -> bytes | None:
    points = part.points
    facts = repr((points.shape, part.resampling_algorithm)).encode()
    # A picture that is painted only when the camera draws it tells what it will be painted from.
    told = getattr(part, "painted_from", None)
    if told is None:
        pixels = part.get_pixel_array()
        told = repr(pixels.shape).encode() + pixels.tobytes()
    return b"|".join((told, points.tobytes(), facts))


_FACTS: tuple[tuple[type, Callable[[Any], bytes | None]], ...] = (
    (VMobject, _of_type),
    (ImageMobject, _of_image),
)
