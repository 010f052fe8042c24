"""A film played with nothing written, and all that stands in its frame, play by play.

Each play is looked at when it begins, half way, and when it has ended.  What is looked at is the
scene itself, not a copy: its mobjects, and the pixels that Manim's camera makes of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from manim import (
    DL,
    UR,
    Camera,
    ImageMobject,
    ManimColor,
    Mobject,
    VMobject,
    Wait,
    config,
    tempconfig,
)
from manim.utils.family import extract_mobject_family_members
from numpy.typing import NDArray

from scenes.maths.provenance import Quote, tracing
from scenes.pictures.equations import Formula, Words
from scenes.studio.forms import Form
from scenes.studio.narrated import NarratedScene

Pixels = NDArray[np.uint8]
"""A picture, shape (height, width, 3)."""
Box = tuple[float, float, float, float]
"""Left, right, bottom and top in frame units."""

BEGIN, MIDDLE, END, REST = "begin", "middle", "end", "rest"
"""Phases of a play, and the moment at which a beat has come to its end."""
SEEN = 0.01
"""Opacity from which on a thing can be seen at all."""
GLANCES = 12.0
"""Small pictures a second, taken while something moves, in which flashes are looked for."""
_SMALL = 128
"""Pixels of the longer side of these."""


@dataclass(frozen=True)
class Type:
    """A piece of type in the frame: what it was set from, and where and how it stands."""

    source: str
    quotes: tuple[Quote, ...]
    is_formula: bool
    is_whole: bool
    """Whether all of it is there, and not only some of its parts."""
    size: float
    box: Box
    baseline: float
    opacity: float
    colours: frozenset[str]
    order: int
    moves: bool

    @property
    def width(self) -> float:
        """Horizontal extent."""
        return self.box[1] - self.box[0]

    @property
    def height(self) -> float:
        """Vertical extent."""
        return self.box[3] - self.box[2]


@dataclass(frozen=True)
class Stroke:
    """A visible line: points along it, and how it is drawn."""

    points: NDArray[np.float64]
    width: float
    opacity: float
    colour: str
    order: int
    kind: str
    fill: str
    """The colour of what it encloses, where that is filled."""
    of_type: bool
    """Whether it is a part of type, such as a fraction's bar."""


@dataclass(frozen=True)
class Plate:
    """A filled shape that hides what was drawn before it."""

    box: Box
    order: int


@dataclass
class Moment:
    """The frame at one moment of a play."""

    beat: str
    phase: str
    types: list[Type]
    box: Box
    _mobjects: list[Mobject] = field(repr=False)
    _draw: Callable[[], Pixels] = field(repr=False)

    @cached_property
    def pixels(self) -> Pixels:
        """The picture as the camera makes it; to be asked for before the scene goes on."""
        return self._draw()

    @cached_property
    def lines(self) -> tuple[list[Stroke], list[Plate]]:
        """Visible lines, and the plates that hide some of them."""
        return _lines(self._mobjects)


@dataclass
class Run:
    """What a film was when it was played."""

    scene: NarratedScene
    form: Form
    restless: list[str] = field(default_factory=list)
    stills: list[tuple[int, int]] = field(default_factory=list)
    """Frames from which, and until before which, the picture stood still in one go."""
    glances: list[tuple[float, NDArray[np.float32]]] = field(default_factory=list)
    """Times in seconds, each with the luminance of a small picture."""
    boxes: list[tuple[str, Box]] = field(default_factory=list)
    """All type at each play's end, in the order of drawing: one theme's is the other's."""
    numerals: dict[str, set[str]] = field(default_factory=dict)
    """The numerals at each beat's end: one shape's are the other's, where they can be read."""

    @property
    def now(self) -> float:
        """Seconds that have been played."""
        return self.scene.timeline.frame / self.scene.timeline.fps


Looker = Callable[[Run, Moment], None]


@contextmanager
def playing(form: Form, path: Path, *, fps: int, voices: Path | None = None) -> Iterator[None]:
    """The settings under which a film can be watched: small, and with no film written.

    ``voices`` is a folder for what is spoken; else it is the one that all films share.
    """
    width, height = form.size
    small = _SMALL / max(width, height)
    size = {"pixel_width": round(width * small), "pixel_height": round(height * small)}
    media = {"media_dir": str(voices)} if voices else {}
    wished = {**size, **media, "frame_rate": fps, "dry_run": True}
    with form.applied(path), tempconfig(wished), tracing():
        yield


def watch(
    cls: type[NarratedScene],
    form: Form,
    looker: Looker,
    *,
    lesson: Path | None = None,
    glance: bool = False,
) -> Run:
    """Play a film from its first beat to its last, and let the looker see each moment.

    To be called while :func:`playing` holds.  ``glance`` also takes small pictures all the way.
    """
    runs: list[Run] = []

    class Watched(cls):  # type: ignore[misc, valid-type]
        def _look(self, phase: str) -> None:
            if self.mobjects:
                beat = self.records[-1].script.name if self.records else ""
                looker(runs[0], _moment(self, beat, phase, form))

        def _play_beat(self, script: Any, body: Callable[[Any], None]) -> None:
            super()._play_beat(script, body)
            if getattr(self, "still_since", 0) != self.timeline.frame:
                runs[0].restless.append(script.name)
            self._look(REST)

        def play(self, *args: Any, **kwargs: Any) -> None:
            waits = len(args) == 1 and isinstance(args[0], Wait)
            self.looked_at = [] if waits else [BEGIN, MIDDLE]
            self.glanced_at = self.timeline.frame / self.timeline.fps
            super().play(*args, **kwargs)
            if args and not waits:
                self._look(END)

        def wait_frames(self, frames: int) -> None:
            if frames > 0:
                now = self.timeline.frame
                runs[0].stills.append((now, now + frames))
            super().wait_frames(frames)
            self.still_since = self.timeline.frame if frames > 0 else 0

        def get_time_progression(self, run_time: float, *args: Any, **kwargs: Any) -> Any:
            bar = super().get_time_progression(run_time, *args, **kwargs)
            if self.looked_at:
                times = [0.0, run_time / 2, run_time]
                if glance:
                    steps = max(2, 2 * round(run_time * GLANCES / 2))
                    times = [run_time * k / steps for k in range(steps + 1)]
                self.middle = times[len(times) // 2]
                bar.iterable, bar.total = np.array(times), len(times)
            return bar

        def update_to_time(self, t: float) -> None:
            super().update_to_time(t)
            if self.looked_at and (self.looked_at[0] == BEGIN or t >= self.middle):
                self._look(self.looked_at.pop(0))
            if glance:
                self.renderer.update_frame(self, self.moving_mobjects)
                seen = _luminance(self.renderer.get_frame()[:, :, :3])
                runs[0].glances.append((self.glanced_at + t, seen))

    Watched.__name__ = cls.__name__
    Watched.__module__ = cls.__module__
    if lesson is not None:
        Watched.lesson = lesson
    scene = Watched(skip_animations=True)
    scene.skip_animation_preview = True  # frames are drawn where somebody looks
    if not glance:
        scene.renderer.update_frame = lambda *args, **kwargs: None
    runs.append(Run(scene, form))
    scene.render()
    return runs[0]


# -- what stands in the frame


def _moment(scene: NarratedScene, beat: str, phase: str, form: Form) -> Moment:
    moving = _movers(scene) if phase in (BEGIN, MIDDLE) else frozenset()
    drawn = extract_mobject_family_members(scene.mobjects, use_z_index=True)
    types = list(_types(drawn, moving))
    wide, high = form.size
    scale = 720 / min(wide, high)

    def draw() -> Pixels:
        return _shot(scene, round(wide * scale), round(high * scale))

    return Moment(beat, phase, types, _extent(drawn), drawn, draw)


def _movers(scene: NarratedScene) -> frozenset[int]:
    found: set[int] = set()
    for animation in scene.animations or []:
        for thing in _things(animation):
            found |= {id(part) for part in thing.get_family()}
    return frozenset(found)


def _things(animation: Any) -> Iterator[Mobject]:
    yield animation.mobject
    for name in ("target_mobject", "starting_mobject", "to_add_on_completion", "group"):
        thing = getattr(animation, name, None)
        if isinstance(thing, Mobject):
            yield thing
    for part in getattr(animation, "animations", []):
        yield from _things(part)


def opacity(part: Mobject) -> float:
    """How much of a thing can be seen: of its most visible member."""
    members = (m for m in part.get_family() if isinstance(m, VMobject) and m.has_points())
    return max((max(m.get_fill_opacity(), _stroke_opacity(m)) for m in members), default=0.0)


def _stroke_opacity(part: VMobject) -> float:
    return float(part.get_stroke_opacity()) if part.get_stroke_width() > 0 else 0.0


def _types(drawn: Sequence[Mobject], moving: frozenset[int]) -> Iterator[Type]:
    """Whole pieces of type, and the parts of others that stand in the frame by themselves."""
    done: set[int] = set()
    parts: dict[int, list[tuple[int, Mobject]]] = {}
    for order, part in enumerate(drawn):
        if isinstance(part, Words | Formula):
            done |= {id(glyph) for glyph in part.get_family()}
            if opacity(part) > SEEN:
                yield _type(part, part.get_family(), order, id(part) in moving)
    for order, part in enumerate(drawn):
        alone = id(part) not in done and part.has_points() and hasattr(part, "setting")
        if alone and opacity(part) > SEEN:
            parts.setdefault(id(part.setting), []).append((order, part))
    for glyphs in parts.values():
        moves = any(id(glyph) in moving for _, glyph in glyphs)
        yield _type(glyphs[0][1], [glyph for _, glyph in glyphs], glyphs[-1][0], moves)


def _type(part: Any, family: Sequence[Mobject], order: int, moves: bool) -> Type:
    whole = isinstance(part, Words | Formula)
    glyphs = [g for g in family if g.has_points()]
    boxes = np.array([_box(g) for g in glyphs])
    return Type(
        source=part.setting.source,
        quotes=part.setting.quotes,
        is_formula=not isinstance(part, Words),
        is_whole=whole,
        size=float(part.font_size) if whole else math.nan,
        box=(boxes[:, 0].min(), boxes[:, 1].max(), boxes[:, 2].min(), boxes[:, 3].max()),
        baseline=part.baseline() if whole else math.nan,
        opacity=max(opacity(g) for g in glyphs),
        colours=frozenset(ManimColor(g.get_fill_color()).to_hex() for g in glyphs),
        order=order,
        moves=moves,
    )


def _box(part: Mobject) -> Box:
    (left, bottom, _), (right, top, _) = part.get_corner(DL), part.get_corner(UR)
    return float(left), float(right), float(bottom), float(top)


def _extent(drawn: Sequence[Mobject]) -> Box:
    seen = [p for p in drawn if p.has_points() and (isinstance(p, ImageMobject) or _is_seen(p))]
    if not seen:
        return (0.0, 0.0, 0.0, 0.0)
    points = np.concatenate([p.points[:, :2] for p in seen])
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    return float(left), float(right), float(bottom), float(top)


def _is_seen(part: Any) -> bool:
    return bool(part.get_fill_opacity() > SEEN or _stroke_opacity(part) > SEEN)


def _lines(drawn: Sequence[Mobject]) -> tuple[list[Stroke], list[Plate]]:
    strokes, plates = [], []
    for order, part in enumerate(drawn):
        if not isinstance(part, VMobject) or not part.has_points():
            continue
        of_type = hasattr(part, "setting")
        if part.get_fill_opacity() >= PLATE and not of_type:
            plates.append(Plate(_box(part), order))
        seen = _stroke_opacity(part)
        if seen > SEEN:
            fill = ManimColor(part.get_fill_color()).to_hex()
            strokes.append(
                Stroke(
                    _along(part),
                    float(part.get_stroke_width()),
                    seen,
                    ManimColor(part.get_stroke_color()).to_hex(),
                    order,
                    type(part).__name__,
                    fill if part.get_fill_opacity() > 0.5 else "",
                    of_type,
                )
            )
    return strokes, plates


PLATE = 0.75
"""Opacity of a fill from which on what lies below no longer disturbs."""
_STEP = 0.03
"""Distance of the points along a line, in frame units; at most."""


def _along(part: VMobject) -> NDArray[np.float64]:
    """Points along a line, close to each other."""
    pieces = []
    for curve in part.get_cubic_bezier_tuples():
        length = float(np.linalg.norm(np.diff(curve, axis=0), axis=1).sum())
        t = np.linspace(0, 1, max(2, min(400, int(length / _STEP) + 2)))[:, None]
        a, b, c, d = curve
        s = 1 - t
        pieces.append(s**3 * a + 3 * s**2 * t * b + 3 * s * t**2 * c + t**3 * d)
    return np.concatenate(pieces)[:, :2] if pieces else np.zeros((0, 2))


# -- pixels


def _shot(scene: NarratedScene, width: int, height: int) -> Pixels:
    frame = (float(config.frame_width), float(config.frame_height))
    camera = _camera(width, height, ManimColor(scene.background).to_hex(), frame)
    camera.reset()
    camera.capture_mobjects(scene.mobjects)
    return np.array(camera.pixel_array[:, :, :3])


@lru_cache
def _camera(width: int, height: int, background: str, frame: tuple[float, float]) -> Camera:
    return Camera(
        pixel_width=width,
        pixel_height=height,
        frame_width=frame[0],
        frame_height=frame[1],
        background_color=background,
    )


def _luminance(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(linear(pixels) @ WEIGHTS, dtype=np.float32)


WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
"""Shares of red, green and blue in relative luminance (WCAG 2)."""


_CHANNEL = np.arange(256) / 255
_LINEAR = np.where(_CHANNEL <= 0.04045, _CHANNEL / 12.92, ((_CHANNEL + 0.055) / 1.055) ** 2.4)


def linear(pixels: Pixels) -> NDArray[np.float64]:
    """Light in each channel, 0 to 1, as WCAG 2 has it from sRGB."""
    return _LINEAR[pixels]
