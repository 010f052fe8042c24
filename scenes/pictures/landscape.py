"""A terrain as a shaded map in fog, the ground under one's feet, and the way's profile.

The ground is an image that NumPy computes from the terrain's own heights and slopes; the fog is
part of it, so that nothing shows through where the climber cannot see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    Animation,
    Arrow,
    BackgroundRectangle,
    Circle,
    Dot,
    FadeOut,
    Group,
    ImageMobject,
    Line,
    ManimColor,
    Rectangle,
    RightAngle,
    VGroup,
    VMobject,
    linear,
    rotate_vector,
)
from manim.constants import RESAMPLING_ALGORITHMS
from numpy.typing import NDArray

from scenes.maths.climb import Climb
from scenes.maths.display import Number
from scenes.maths.landscape import Terrain
from scenes.maths.lesson import MAP
from scenes.pictures import theme
from scenes.pictures.equations import Formula, Words
from scenes.pictures.stage import Point, Zone, at

Array = NDArray[np.float64]
Place = Sequence[float] | Array
"""Two coordinates on the map."""

_COLUMNS = 880
"""Pixels of the map from west to east; about one for each of a 1080p frame."""
_LEVELS = 9
"""Contours from the ground to the highest summit, about."""


def _rgb(colour: ManimColor) -> Array:
    return np.asarray(colour.to_rgb(), dtype=np.float64)


_PATCH = 0.95
"""Opacity of the patch behind a text on the map: as much as leaves the text its contrast."""


def _smooth(t: Array) -> Array:
    t = np.clip(t, 0.0, 1.0)
    return t * t * (3 - 2 * t)


def _painted(terrain: Terrain, points: Array, line: float, *, turned: bool = False) -> Array:
    """The ground's colours, shape (…, 3): lighter the higher, lit from the north-west.

    line: width of a contour in the map's units; turned: the landscape upside down.
    """
    colours = theme.palette()
    low, high = _rgb(colours.background), _rgb(colours.text)
    top = terrain.summits[0].height
    share = terrain.value(points) / top
    # Seen from the other side, the lamp stands in the south-east.
    shade = terrain.relief(points, azimuth=135.0 if turned else 315.0, steepness=1.6 / top)
    tint = 0.12 + (0.20 * (1 - share) if turned else 0.32 * share)
    ground = low + tint[..., None] * (high - low)
    flat = np.sqrt(0.5)
    ground = ground * np.clip(0.35 + 0.65 * shade / flat, 0.0, 1.3)[..., None]
    if low.mean() > 0.5:  # on a light page shadows are enough
        ground = low + 1.6 * tint[..., None] * (high - low) * (1.6 - shade / flat)[..., None]
    cover = 0.42 * terrain.contour_lines(points, top / _LEVELS, line)[..., None]
    return np.asarray(np.clip((1 - cover) * ground + cover * high, 0.0, 1.0))


def _along(places: Sequence[Array] | Array, s: float) -> Array:
    """Where one is after s steps from place to place, a part of a step included."""
    k = min(int(s), len(places) - 2)
    return np.asarray(places[k] + (s - k) * (places[k + 1] - places[k]))


@dataclass(frozen=True)
class View:
    """What can be seen of the map: a disc, in map units; `lift` and `turn` run from 0 to 1."""

    place: tuple[float, float]
    radius: float
    lift: float = 0.0
    turn: float = 0.0

    def towards(self, other: View, share: float) -> View:
        """The view between this one and another."""

        def mix(a: float, b: float) -> float:
            return a + share * (b - a)

        place = (mix(self.place[0], other.place[0]), mix(self.place[1], other.place[1]))
        return View(
            place,
            mix(self.radius, other.radius),
            mix(self.lift, other.lift),
            mix(self.turn, other.turn),
        )


class FogMap(ImageMobject):
    """The map from above, in fog but for what the view shows."""

    def __init__(self, terrain: Terrain, zone: Zone) -> None:
        (west, east), (south, north) = MAP
        rows = round(_COLUMNS * (north - south) / (east - west))
        self._points = terrain.grid(MAP[0], MAP[1], _COLUMNS, rows)
        line = 2.2 * (east - west) / _COLUMNS
        self._ground = _painted(terrain, self._points, line)
        self._turned = _painted(terrain, self._points, line, turned=True)
        colours = theme.palette()
        x, y = self._points[..., 0], self._points[..., 1]
        # Banks of fog: a few long waves, alike on every machine.
        banks = np.sin(1.1 * x + 0.7 * y) + np.sin(0.6 * x - 1.3 * y + 1.0) + np.sin(1.9 * y + 0.4)
        mist = 0.36 + 0.03 * banks
        page, muted = _rgb(colours.background), _rgb(colours.muted)
        self._fog = page + mist[..., None] * (muted - page)
        self.view = View((0.0, 0.0), 0.0)
        super().__init__(np.zeros((rows, _COLUMNS, 4), dtype=np.uint8))
        self.set_resampling_algorithm(RESAMPLING_ALGORITHMS["linear"])
        self.height = min(zone.height, zone.width * (north - south) / (east - west))
        self.move_to(zone.center)
        self.paint(self.view)

    def paint(self, view: View) -> FogMap:
        """Paint what a view shows."""
        self.view = view
        off = np.hypot(self._points[..., 0] - view.place[0], self._points[..., 1] - view.place[1])
        (west, east), (south, north) = MAP
        reach = view.radius + view.lift * np.hypot(east - west, north - south)
        soft = 0.35 + 1.5 * view.lift
        clear = _smooth((reach - off) / soft + 0.5) if reach > 0 else np.zeros_like(off)
        ground = self._ground
        if view.turn > 0:
            ground = ground + view.turn * (self._turned - ground)
        image = self._fog + clear[..., None] * (ground - self._fog)
        self.pixel_array[..., :3] = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
        self.pixel_array[..., 3] = 255
        return self

    @property
    def unit(self) -> float:
        """Frame units in one of the map's."""
        return float(self.width) / (MAP[0][1] - MAP[0][0])

    def at(self, place: Place) -> Point:
        """A place of the map as a point of the frame."""
        middle = np.array([sum(MAP[0]) / 2, sum(MAP[1]) / 2])
        x, y = (np.asarray(place, dtype=np.float64) - middle) * self.unit
        return np.asarray(self.get_center() + np.array([x, y, 0.0]))


class Compass(VGroup):
    """The map's two axes, small, in its lower right corner."""

    def __init__(self, fog: FogMap, names: Sequence[str]) -> None:
        super().__init__()
        colour = theme.palette().text
        corner = fog.get_corner(RIGHT + DOWN) + 1.25 * LEFT + 0.25 * UP
        for k, way in enumerate((RIGHT, UP)):
            arrow = Arrow(corner, corner + 0.7 * way, buff=0, tip_length=0.14, stroke_width=2.5)
            name = Formula(names[k], size=theme.SIZE.least, color=colour)
            self.add(arrow.set_color(colour), name.next_to(arrow, way, buff=0.1))
        self.set_z_index(5)  # a step lays the map anew on top of what has the map's own


class See(Animation):
    """The view of a map changes to another one."""

    def __init__(self, fog: FogMap, view: View, **kwargs: Any) -> None:
        self._fog, self._to = fog, view
        super().__init__(fog, **kwargs)

    def begin(self) -> None:
        self._from = self._fog.view
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        self._fog.paint(self._from.towards(self._to, self.rate_func(alpha)))


class Climber(VGroup):
    """A head with a band over the eyes."""

    def __init__(self, radius: float = 0.15) -> None:
        colours = theme.palette()
        head = Circle(radius=radius).set_fill(colours.signal, 1)
        head.set_stroke(colours.background, theme.STROKE.line)
        band = Rectangle(width=1.9 * radius, height=0.5 * radius).set_fill(colours.background, 1)
        band.set_stroke(width=0).move_to(head).shift(0.12 * radius * UP)
        knot = VMobject().set_points_as_corners(
            [0.55 * radius * UP, np.zeros(3), 0.45 * radius * (RIGHT + 0.6 * DOWN)]
        )
        knot.set_stroke(colours.background, theme.STROKE.line)
        knot.next_to(band, RIGHT, buff=-0.05 * radius)
        super().__init__(head, band, knot)
        self.head = head
        self.set_z_index(6)

    def stand_at(self, point: Point) -> Climber:
        """Put the head's middle at a point."""
        self.shift(point - self.head.get_center())
        return self


def haloed_arrow(start: Point, end: Point, colour: ManimColor, width: float) -> VGroup:
    """An arrow that reads on any ground: with a rim of the page's colour."""
    arrows = VGroup()
    for ink, extra in ((theme.palette().background, 4.0), (colour, 0.0)):
        arrow = Arrow(
            start,
            end,
            buff=0,
            stroke_width=width + extra,
            tip_length=0.24,
            max_tip_length_to_length_ratio=0.45,
            max_stroke_width_to_length_ratio=100,
            color=ink,
        )
        if extra:
            arrow.tip.set_stroke(ink, extra)
        arrows.add(arrow)
    return arrows


class Lens(Group):
    """The ground around one place, much enlarged, as the feet feel it."""

    def __init__(
        self, terrain: Terrain, place: Place, reach: float, zone: Zone, margin: float = 0.0
    ) -> None:
        self.place, self.reach = np.asarray(place, dtype=np.float64), reach
        self.radius = min(zone.width, zone.height) / 2 - margin
        pixels = 420
        span = [(p - reach, p + reach) for p in self.place]
        points = terrain.grid(span[0], span[1], pixels, pixels)
        image = np.zeros((pixels, pixels, 4), dtype=np.uint8)
        painted = _painted(terrain, points, 4.0 * reach / pixels)
        image[..., :3] = np.rint(255 * painted).astype(np.uint8)
        off = np.hypot(*np.moveaxis(points - self.place, -1, 0)) / reach
        image[..., 3] = (255 * np.clip((1 - off) * pixels / 2, 0, 1)).astype(np.uint8)
        self.ground = ImageMobject(image)
        self.ground.set_resampling_algorithm(RESAMPLING_ALGORITHMS["linear"])
        self.ground.height = 2 * self.radius
        self.ground.move_to(zone.center)
        self.rim = Circle(radius=self.radius, color=theme.palette().text)
        self.rim.set_stroke(width=theme.STROKE.line).move_to(zone.center)
        super().__init__(self.ground, self.rim)

    def at(self, place: Place) -> Point:
        """A place of the map as a point of the frame."""
        x, y = (np.asarray(place, dtype=np.float64) - self.place) * self.radius / self.reach
        return np.asarray(self.rim.get_center() + np.array([x, y, 0.0]))

    def arrow(self, angle: float) -> VGroup:
        """An arrow from the middle, which shows a direction and no size."""
        middle = self.rim.get_center()
        end = middle + 0.6 * self.radius * rotate_vector(RIGHT, angle)
        colour = theme.palette().gradient
        return haloed_arrow(middle, end, colour, theme.STROKE.heavy).set_z_index(5)

    def callout(self, fog: FogMap) -> VGroup:
        """The place's disc on the map, and lines that lead from it to the lens."""
        colour = theme.palette().text
        disc = Circle(radius=self.reach * fog.unit, color=colour).move_to(fog.at(self.place))
        way = self.rim.get_center() - disc.get_center()
        lines = VGroup()
        for side in (UP, DOWN) if abs(way[0]) > abs(way[1]) else (LEFT, RIGHT):
            start = disc.get_center() + side * disc.radius
            line = Line(start, self.rim.get_center() + side * self.radius)
            lines.add(line.set_stroke(colour, theme.STROKE.hair, 0.55))
        return VGroup(disc.set_stroke(width=theme.STROKE.line), lines).set_z_index(4)


class Spoke(VGroup):
    """One felt direction: an arrow uphill or a dash downhill, long as the slope, and a number."""

    def __init__(
        self, middle: Point, angle: float, length: float, number: Number, label_at: float
    ) -> None:
        colours = theme.palette()
        way = rotate_vector(RIGHT, angle)
        up = number.value > 0
        if up:
            self.shaft: VMobject = haloed_arrow(
                middle, middle + max(length, 0.3) * way, colours.gradient, theme.STROKE.heavy
            )
        else:
            self.shaft = Line(middle, middle + max(length, 0.12) * way)
            self.shaft.set_stroke(colours.text, theme.STROKE.strong)
        words = Words(number.shown, size=theme.SIZE.small, weight=600)
        words.set_color(colours.gradient if up else colours.text)
        patch = BackgroundRectangle(words, color=colours.background, fill_opacity=_PATCH, buff=0.06)
        self.label = VGroup(patch, words).move_to(middle + label_at * way)
        super().__init__(self.shaft, self.label)
        self.set_z_index(5)


class Feelers(VGroup):
    """The fan of directions around the climber's feet, with what each is worth."""

    def __init__(
        self,
        lens: Lens,
        angles: Array,
        values: Array,
        numbers: Sequence[Number],
        *,
        outside: bool = False,
    ) -> None:
        self.lens, self.middle = lens, lens.rim.get_center()
        most = float(np.max(np.abs(values)))
        self._unit = (0.85 if outside else 0.56) * lens.radius / most if most else 0.0
        label_at = lens.radius + 0.42 if outside else 0.8 * lens.radius
        self.spokes = [
            Spoke(self.middle, float(angle), abs(float(v)) * self._unit, n, label_at)
            for angle, v, n in zip(angles, values, numbers, strict=True)
        ]
        super().__init__(*self.spokes)

    def arrow(self, angle: float, slope: float) -> VGroup:
        """An arrow at the fan's scale."""
        end = self.middle + slope * self._unit * rotate_vector(RIGHT, angle)
        colours = theme.palette()
        return haloed_arrow(
            self.middle, end, colours.gradient, 1.4 * theme.STROKE.heavy
        ).set_z_index(7)


class Turning(Animation):
    """An arrow turns about its foot, and grows to its new length."""

    def __init__(
        self,
        fan: Feelers,
        arrow: VGroup,
        start: tuple[float, float],
        end: tuple[float, float],
        **kwargs: Any,
    ) -> None:
        self._fan, self._arrow, self._start, self._end = fan, arrow, start, end
        super().__init__(arrow, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        share = self.rate_func(alpha)
        angle, slope = (a + share * (b - a) for a, b in zip(self._start, self._end, strict=True))
        self._arrow.become(self._fan.arrow(angle, slope))


class ContourMark(VGroup):
    """The contour through the lens's middle, and its right angle with the gradient."""

    def __init__(self, lens: Lens, terrain: Terrain, bearing: float) -> None:
        colours = theme.palette()
        line = terrain.contour(lens.place)
        off = np.hypot(*(line - lens.place).T)
        inside = off < 0.97 * lens.reach
        # From the place on in both directions, as far as the lens reaches.
        ahead = line[: int(np.argmin(inside))] if not inside.all() else line
        behind = line[len(line) - int(np.argmin(inside[::-1])) :] if not inside.all() else line[:0]
        points = [lens.at(p) for p in (*behind, *ahead)]
        self.line = VMobject().set_points_as_corners(points)
        self.line.set_stroke(colours.text, theme.STROKE.strong)
        middle = lens.rim.get_center()
        along = Line(middle, middle + rotate_vector(RIGHT, bearing - PI / 2))
        up = Line(middle, middle + rotate_vector(RIGHT, bearing))
        self.corner = RightAngle(along, up, length=0.24, color=colours.text)
        self.corner.set_stroke(width=theme.STROKE.line)
        super().__init__(self.line, self.corner)
        self.set_z_index(5)


class Readout(VGroup):
    """One of several texts at a time; the others are there, and cannot be seen."""

    def __init__(self, texts: Sequence[Formula]) -> None:
        super().__init__(*texts)
        self.turn_to(0)

    def turn_to(self, k: int) -> VMobject:
        """Let text k be seen."""
        for number, text in enumerate(self):
            text.set_opacity(1.0 if number == k else 0.0)
        return self.submobjects[k]


class Profile(VGroup):
    """The way from the side: height over distance walked, and on to the highest summit.

    The way on runs straight from the summit where the climb ends; it is drawn by the film when the
    fog has lifted.
    """

    def __init__(self, climb: Climb, zone: Zone) -> None:
        colours = theme.palette()
        self._climb, self._zone = climb, zone
        walked = np.cumsum([0.0, *np.hypot(*np.diff(climb.path, axis=0).T)])
        goal = np.array([climb.reached.position, climb.highest.position])
        share = np.linspace(0.0, 1.0, 121)[:, None]
        beyond = goal[0] + share * (goal[1] - goal[0])
        far = walked[-1] + np.hypot(*(beyond - climb.path[-1]).T)
        self.name_line = Words("height along the way", size=theme.SIZE.small, color=colours.muted)
        self.name_line.move_to(zone.edge(LEFT + UP), aligned_edge=LEFT + UP)
        self.climber = Climber()
        heights = np.array([float(climb.terrain.value(p)) for p in climb.path])
        across, up = zone.width / far[-1], (zone.height - 0.5) / climb.highest.height
        # On low ground the climber, who stands with his middle on the curve, needs room below.
        self._ground = zone.bottom + max(0.0, self.climber.height / 2 - heights.min() * up)
        # Where a climb is steep and short, the height read out above him stays below the name.
        under_name = heights[walked * across < self.name_line.width + 1]
        room = zone.top - 1.05 - self._ground
        self._scale = (
            across,
            min(up * (zone.top - self._ground) / zone.height, room / under_name.max()),
        )
        self.points_at = [self._at(d, float(h)) for d, h in zip(walked, heights, strict=True)]
        self._beyond = [
            self._at(d, float(climb.terrain.value(p))) for d, p in zip(far, beyond, strict=True)
        ]
        self.floor = Line(at(zone.left, self._ground), at(zone.right, self._ground))
        self.floor.set_stroke(colours.muted, theme.STROKE.line)
        self.trace = self._curve(self.points_at[:1] * 2, colours.signal)
        self.rest = self._curve(self._beyond, colours.text)
        self.climber.stand_at(self.points_at[0])
        super().__init__(self.floor, self.name_line)

    def _at(self, distance: float, height: float) -> Point:
        across, up = self._scale
        return at(self._zone.left + distance * across, self._ground + height * up)

    @staticmethod
    def _curve(points: Sequence[Point], colour: ManimColor) -> VMobject:
        return VMobject().set_points_as_corners(points).set_stroke(colour, theme.STROKE.strong)

    @property
    def top(self) -> Point:
        """The highest summit on the curve."""
        return np.asarray(self._beyond[-1])

    def along(self, s: float) -> Point:
        """Where the climber stands after s steps, a part of a step included."""
        return _along(self.points_at, s)

    def walked(self, s: float) -> list[Point]:
        """The curve as far as s steps."""
        return [*self.points_at[: int(s) + 1], self.along(s)]

    def readout(self) -> Readout:
        """The height, above the climber."""
        numbers = [self._climb.height(k) for k in range(self._climb.steps + 1)]
        texts = [f"f {n.relation_typst} {n.typst}" for n in numbers]
        return Readout([Formula(t, size=theme.SIZE.label) for t in texts])

    def beside(self, text: VMobject, point: Point) -> VMobject:
        """Put a text above a point, and no further to the left than the curve begins."""
        text.next_to(point, UP, buff=0.28)
        return (
            text.align_to(self._zone.edge(LEFT), LEFT)
            if text.get_left()[0] < self._zone.left
            else text
        )

    @property
    def _middle(self) -> float:
        return float((self._ground + self.top[1]) / 2)

    def cost_name(self) -> Words:
        """What the profile shows once it is turned over."""
        name = Words("cost along the way", size=theme.SIZE.small, color=theme.palette().muted)
        return name.move_to(self._zone.edge(LEFT + DOWN), aligned_edge=LEFT + DOWN)

    def take_the_stage(self, name: VMobject, zone: Zone) -> list[Any]:
        """The curve alone, grown to fill a zone, without its name."""
        sides = VGroup(self.trace, self.rest, self.floor)
        scale = min(zone.width / sides.width, 0.7 * zone.height / sides.height)
        return [FadeOut(name), sides.animate.scale(scale).move_to(zone.center)]

    def turn_over(self) -> list[Any]:
        """Curve and floor upside down: height becomes cost."""
        pivot = np.array([0.0, self._middle, 0.0])
        sides = VGroup(self.trace, self.rest, self.floor)
        return [sides.animate.stretch(-1, 1, about_point=pivot)]


class Trail(VGroup):
    """The steps taken, on the map: a dot for each place and a line between two."""

    def __init__(self, fog: FogMap, path: Array) -> None:
        colours = theme.palette()
        self.places = [fog.at(place) for place in path]
        self.line = VMobject().set_points_as_corners(self.places[:1] * 2)
        self.line.set_stroke(colours.signal, theme.STROKE.line)
        self.dots = [
            Dot(place, radius=0.055, color=colours.signal).set_stroke(colours.background, 1.0)
            for place in self.places
        ]
        super().__init__(self.line, *(dot.set_opacity(0) for dot in self.dots))
        self.set_z_index(3)

    def reach(self, s: float) -> None:
        """As far as s steps."""
        self.line.set_points_as_corners([*self.places[: int(s) + 1], self.along(s)])
        for k, dot in enumerate(self.dots):
            dot.set_opacity(1.0 if k <= s else 0.0)

    def along(self, s: float) -> Point:
        """Where the climber is after s steps."""
        return _along(self.places, s)


class Hike(Animation):
    """Steps of a climb, on the map and on the profile at once, with the height read out."""

    def __init__(
        self,
        fog: FogMap,
        climb: Climb,
        trail: Trail,
        climber: Climber,
        profile: Profile,
        readout: Readout,
        steps: tuple[int, int],
        **kwargs: Any,
    ) -> None:
        self._fog, self._climb, self._trail = fog, climb, trail
        self._climber, self._profile, self._readout = climber, profile, readout
        self._steps = steps
        moving = Group(fog, trail, climber, profile.trace, profile.climber, readout)
        super().__init__(moving, rate_func=linear, **kwargs)

    def interpolate_mobject(self, alpha: float) -> None:
        first, last = self._steps
        whole, part = divmod(alpha * (last - first), 1.0)
        # Each step by itself begins and ends gently: the climber feels, then steps.
        s = min(float(last), first + whole + float(_smooth(np.asarray(1.25 * part))))
        place = _along(self._climb.path, s)
        self._fog.paint(replace(self._fog.view, place=(float(place[0]), float(place[1]))))
        self._trail.reach(s)
        self._climber.stand_at(self._trail.along(s))
        self._profile.trace.set_points_as_corners(self._profile.walked(s))
        here = self._profile.along(s)
        self._profile.climber.stand_at(here)
        self._profile.beside(self._readout.turn_to(min(int(s + 1e-9), last)), here)


def at_tip(text: VMobject, arrow: VGroup) -> VGroup:
    """A text at the tip of a haloed arrow, above it or below, away from the shaft."""
    shaft = arrow[1]
    side = UP if shaft.get_end()[1] >= shaft.get_start()[1] else DOWN
    return on_map(text, shaft.get_end(), side)


def on_map(text: VMobject, point: Point | VMobject, side: Point) -> VGroup:
    """A text beside a place of the map, on a patch of its own."""
    patch = BackgroundRectangle(
        text, color=theme.palette().background, fill_opacity=_PATCH, buff=0.08
    )
    return VGroup(patch, text).next_to(point, side, buff=0.25).set_z_index(6)


def summit_ring(point: Point, colour: ManimColor) -> Circle:
    """A ring around a place of the map."""
    ring = Circle(radius=0.22, color=colour).set_stroke(width=theme.STROKE.heavy)
    return ring.move_to(point).set_z_index(5)


class Note(VGroup):
    """A few short lines of small type, one below the other."""

    def __init__(self, lines: Sequence[str], zone: Zone) -> None:
        colour = theme.palette().muted
        super().__init__(*(Words(line, size=theme.SIZE.small, color=colour) for line in lines))
        self.arrange(DOWN, buff=0.18, aligned_edge=LEFT)
        zone.fit(self).align_to(zone.edge(LEFT), LEFT)


class Division(VGroup):
    """Two tasks, and what one hands to the other."""

    def __init__(
        self, tasks: Sequence[tuple[str, str, ManimColor]], handed: str, zone: Zone
    ) -> None:
        self.boxes: list[VGroup] = []
        for name, task, colour in tasks:
            head = Words(name, size=theme.SIZE.body, weight=600, color=colour)
            below = Words(task, size=theme.SIZE.label)
            text = VGroup(head, below).arrange(DOWN, buff=0.2)
            frame = Rectangle(width=text.width + 0.7, height=text.height + 0.6)
            frame.set_stroke(colour, theme.STROKE.strong).move_to(text)
            self.boxes.append(VGroup(frame, text))
        boxes = VGroup(*self.boxes).arrange(DOWN, buff=1.5)
        # Side by side where there is no room for one above the other.
        upright = boxes.height <= zone.height
        way, across = (DOWN, RIGHT) if upright else (RIGHT, UP)
        boxes.arrange(way, buff=1.5)
        start, end = boxes[0].get_edge_center(way), boxes[1].get_edge_center(-way)
        link = Arrow(start, end, buff=0.12, tip_length=0.24)
        link.set_color(theme.palette().gradient)
        gift = Formula(handed, size=theme.SIZE.formula, color=theme.palette().gradient)
        gift.next_to(link, across, buff=0.2)
        self.link = VGroup(link, gift)
        super().__init__(*self.boxes, self.link)
        zone.fit(self)
