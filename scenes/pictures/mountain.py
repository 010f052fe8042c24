"""MountainAnalogy: the climber, the ground under the feet, the steps, and the way from the side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
    DashedLine,
    Dot,
    FadeIn,
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

from scenes.maths.arrays import Array
from scenes.maths.display.number import Number
from scenes.maths.landscape.terrain import Terrain
from scenes.maths.lesson.model import Lesson
from scenes.maths.mountain import Climb
from scenes.pictures import theme
from scenes.pictures.emblems import SAMPLES, curve_with_ball
from scenes.pictures.equations import Formula, Words
from scenes.pictures.landscape import FogMap, MapPlace, painted, smooth
from scenes.pictures.readouts import Readout
from scenes.pictures.shading import pixel_grid
from scenes.pictures.stage import Point, Zone, at

_PATCH = 0.95
"""Opacity of the patch behind a text on the map: as much as leaves the text its contrast."""


def _along(places: Sequence[Array] | Array, s: float) -> Array:
    """Where one is after s steps from place to place, a part of a step included."""
    k = min(int(s), len(places) - 2)
    return np.asarray(places[k] + (s - k) * (places[k + 1] - places[k]))


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


class Climber(VGroup):
    """A head with a band over the eyes."""

    def __init__(self, radius: float = 0.15) -> None:
        colours = theme.palette()
        head = Circle(radius=radius).set_fill(colours.signal, 1)
        head.set_stroke(colours.background, theme.STROKE.line)
        # Inside the head, whose two halves the rim still joins on a ground of the band's colour.
        band = Rectangle(width=1.5 * radius, height=0.45 * radius).set_fill(colours.background, 1)
        band.set_stroke(width=0).move_to(head).shift(0.12 * radius * UP)
        knot = VMobject().set_points_as_corners(
            [0.55 * radius * UP, np.zeros(3), 0.45 * radius * (RIGHT + 0.6 * DOWN)]
        )
        knot.set_stroke(colours.signal, theme.STROKE.line)
        knot.next_to(head, RIGHT, buff=-0.05 * radius).match_y(band)
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


def direction_sign(start: Point, way: Point, length: float, colour: ManimColor) -> VGroup:
    """A thin dashed arrow with an open head: it shows a direction, and no size."""
    end = start + length * way
    barbs = [end + 0.2 * rotate_vector(way, turn) for turn in (0.83 * PI, -0.83 * PI)]
    sign = VGroup()
    for ink, extra in ((theme.palette().background, 4.0), (colour, 0.0)):
        shaft = DashedLine(start, end, dash_length=0.13, dashed_ratio=0.6)
        head = VMobject().set_points_as_corners([barbs[0], end, barbs[1]])
        sign.add(VGroup(shaft, head).set_stroke(ink, theme.STROKE.strong + extra))
    return sign


_SHORT, _LONG, _SIGN = 0.3, 1.4, 0.9
"""Lengths of an arrow on the map: shortest and longest that is drawn true to the map's scale, in
frame units, and that of the sign which stands for all others."""


class MapArrow(VGroup):
    """A slope on the map: true to the map's scale, or, where that cannot be, a direction alone."""

    def __init__(self, fog: FogMap, place: MapPlace, slope: Array) -> None:
        colour = theme.palette().gradient
        size = float(np.hypot(*slope))
        way = np.array([*slope, 0.0]) / max(size, 1e-9)
        length = size * fog.unit
        true = _SHORT <= length <= _LONG
        self._map, self.foot = fog, fog.at(place)
        self.tip = self.foot + (length if true else _SIGN) * way
        if true:
            drawn = haloed_arrow(self.foot, self.tip, colour, theme.STROKE.strong)
        else:
            drawn = direction_sign(self.foot, way, _SIGN, colour)
        super().__init__(*drawn)
        self.set_z_index(7)

    def named(self, text: VMobject) -> VGroup:
        """A text at the tip, on the far side of it as far as the map has room there."""
        way = self.tip - self.foot
        sides = sorted((UP, DOWN, LEFT, RIGHT), key=lambda side: -float(side @ way))
        placed = [on_map(text.copy(), self.tip, side) for side in sides]
        return next((label for label in placed if self._map.holds(label)), placed[0])


def _tangents(one: Circle, other: Circle) -> list[tuple[Point, Line]]:
    """The outer tangents of two circles, each with the direction that leads away from both."""
    way = other.get_center() - one.get_center()
    far, wider = float(np.linalg.norm(way)), one.width / 2 - other.width / 2
    if far <= abs(wider):
        return []
    turn = float(np.arccos(wider / far))
    sides = [rotate_vector(way / far, angle) for angle in (turn, -turn)]
    starts = [one.get_center() + one.width / 2 * side for side in sides]
    ends = [other.get_center() + other.width / 2 * side for side in sides]
    return [(side, Line(start, end)) for side, start, end in zip(sides, starts, ends, strict=True)]


class Lens(Group):
    """The ground around one place, much enlarged, as the feet feel it."""

    def __init__(
        self, terrain: Terrain, place: MapPlace, reach: float, zone: Zone, margin: float = 0.0
    ) -> None:
        self.place, self.reach = np.asarray(place, dtype=np.float64), reach
        self.radius = min(zone.width, zone.height) / 2 - margin
        pixels = 420
        span = [(p - reach, p + reach) for p in self.place]
        points = pixel_grid(span[0], span[1], pixels, pixels)
        image = np.zeros((pixels, pixels, 4), dtype=np.uint8)
        ground = painted(terrain, points, 4.0 * reach / pixels)
        image[..., :3] = np.rint(255 * ground).astype(np.uint8)
        off = np.hypot(*np.moveaxis(points - self.place, -1, 0)) / reach
        image[..., 3] = (255 * np.clip((1 - off) * pixels / 2, 0, 1)).astype(np.uint8)
        self.ground = ImageMobject(image)
        self.ground.set_resampling_algorithm(RESAMPLING_ALGORITHMS["linear"])
        self.ground.height = 2 * self.radius
        self.ground.move_to(zone.center)
        self.rim = Circle(radius=self.radius, color=theme.palette().text)
        self.rim.set_stroke(width=theme.STROKE.line).move_to(zone.center)
        super().__init__(self.ground, self.rim)

    def at(self, place: MapPlace) -> Point:
        """A place of the map as a point of the frame."""
        x, y = (np.asarray(place, dtype=np.float64) - self.place) * self.radius / self.reach
        return np.asarray(self.rim.get_center() + np.array([x, y, 0.0]))

    def sign(self, angle: float) -> VGroup:
        """From the middle, a direction alone."""
        way, colour = rotate_vector(RIGHT, angle), theme.palette().gradient
        middle = self.rim.get_center()
        return direction_sign(middle, way, 0.6 * self.radius, colour).set_z_index(5)

    def _disc(self, fog: FogMap) -> Circle:
        return Circle(radius=self.reach * fog.unit).move_to(fog.at(self.place))

    def callout(self, fog: FogMap) -> VGroup:
        """The place's disc on the map, and lines that lead from it to the lens."""
        colour, disc = theme.palette().text, self._disc(fog)
        lines = VGroup(*(line for _, line in _tangents(disc, self.rim)))
        lines.set_stroke(colour, theme.STROKE.hair, 0.55)
        return VGroup(disc.set_stroke(colour, theme.STROKE.line), lines).set_z_index(4)

    def over_the_disc(self, text: VMobject, fog: FogMap) -> VMobject:
        """Put a text outside the place's disc on the map, above it if possible, off the lines."""
        disc = self._disc(fog)
        sides = [side for side, _ in _tangents(disc, self.rim)]
        sides.append(-(self.rim.get_center() - disc.get_center()))
        places = []
        for side in sides:
            way = side / np.linalg.norm(side)
            room = abs(way[0]) * text.width / 2 + abs(way[1]) * text.height / 2 + 0.2
            places.append(disc.get_center() + (disc.radius + room) * way)
        places.sort(key=lambda place: -float(place[1]))
        held = [place for place in places if fog.holds(text.move_to(place))]
        return text.move_to([*held, *places][0])

    def become_another(self, other: Lens, *more: VMobject) -> list[Animation]:
        """The lens, with what is drawn in it, moves to where another one is, and is that one."""
        scale = other.radius / self.radius
        there, here = other.rim.get_center(), self.rim.get_center()
        return [
            FadeOut(Group(self, *more), target_position=there, scale=scale),
            FadeIn(other, target_position=here, scale=1 / scale),
        ]

    def shrink_to(self, fog: FogMap, *more: VMobject) -> Animation:
        """The lens, with what is drawn in it, goes back to its disc on the map."""
        disc = self._disc(fog)
        return FadeOut(
            Group(self, *more),
            target_position=disc.get_center(),
            scale=disc.radius / self.radius,
        )

    def note(self, text: VMobject, zone: Zone) -> VMobject:
        """Put a text right beside the lens, or below it where the zone has no room there."""
        text.next_to(self.rim, RIGHT, buff=theme.SPACE.gap)
        if text.get_right()[0] > zone.right:
            text.next_to(self.rim, DOWN, buff=theme.SPACE.gap)
        return text


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


def strength(spokes: Sequence[Spoke], opacity: float, size: float = 1.0) -> list[Any]:
    """Changes to how strongly spokes are drawn, and by what their numbers grow."""
    changes: list[Any] = []
    for spoke in spokes:
        patch, words = spoke.label
        changes += [
            spoke.shaft.animate.set_opacity(opacity),
            words.animate.set_opacity(opacity).scale(size),
            patch.animate.scale(size),
        ]
    return changes


class Feelers(VGroup):
    """The fan of directions around the climber's feet, with what each is worth."""

    def __init__(
        self,
        lens: Lens,
        angles: Array,
        values: Array,
        numbers: Sequence[Number],
        *,
        distance: float | None = None,
    ) -> None:
        """``values`` are slopes; or with a ``distance`` what is gained so far away, which the
        spokes then reach."""
        self.lens, self.middle = lens, lens.rim.get_center()
        most, scale = max(float(np.max(np.abs(values))), 1e-9), lens.radius / lens.reach
        # True to the lens's scale where such arrows can be seen and stay clear of the numbers.
        self._unit = float(np.clip(scale, 0.35 * lens.radius / most, 0.56 * lens.radius / most))
        label_at = 0.8 * lens.radius if distance is None else lens.radius + 0.42
        self.spokes = [
            Spoke(
                self.middle,
                float(angle),
                abs(float(v)) * self._unit if distance is None else distance * scale,
                n,
                label_at,
            )
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


class StepInLens(VGroup):
    """A step of ascent true to a lens's scale: ∇f, its share α∇f, and the climber who goes along.

    A gradient that leads out of the lens is cut off at the rim: it has no tip there.
    """

    def __init__(self, lens: Lens, slope: Array, alpha: float, names: tuple[str, str]) -> None:
        colour = theme.palette().gradient
        middle, tip = lens.at(lens.place), lens.at(lens.place + slope)
        self.goal = lens.at(lens.place + alpha * slope)
        way = (tip - middle) / np.linalg.norm(tip - middle)
        texts = [Formula(name, size=theme.SIZE.label, color=colour) for name in names]
        width = 1.4 * theme.STROKE.heavy
        if np.linalg.norm(tip - middle) < 0.85 * lens.radius:
            whole = haloed_arrow(middle, tip, colour, width)
        else:
            cut, rim = (middle + share * lens.radius * way for share in (0.7, 0.97))
            halo = Line(middle, rim).set_stroke(theme.palette().background, width + 4.0)
            shaft = VGroup(Line(middle, cut), DashedLine(cut, rim, dash_length=0.12))
            whole = VGroup(halo, shaft.set_stroke(colour, width))
            tip = middle + 0.45 * lens.radius * way
        steep = abs(way[1]) > abs(way[0])
        side = RIGHT if steep else UP
        self.whole = VGroup(whole, on_map(texts[0], tip, -side))
        share = haloed_arrow(middle, self.goal, colour, width)
        self.share = VGroup(share, on_map(texts[1], (middle + self.goal) / 2, side))
        self.origin = Dot(middle, radius=0.07, color=theme.palette().signal)
        self.climber = Climber(0.12).stand_at(middle)
        super().__init__(self.whole, self.share, self.origin, self.climber)
        self.set_z_index(7)
        self.origin.set_z_index(8)
        self.climber.set_z_index(9)

    def dim_the_whole(self) -> list[Any]:
        """∇f steps back, so that its share stands out."""
        arrow, (patch, name) = self.whole
        dimmed = [part.animate.set_opacity(theme.DIM) for part in (*arrow, name)]
        return [*dimmed, patch.animate.set_opacity(0)]

    def go(self) -> Any:
        """The climber goes along the share, to its end."""
        return self.climber.animate.shift(self.goal - self.origin.get_center())


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


_PIECES = 12
"""Pieces in which the profile of a step is drawn."""


class Profile(VGroup):
    """The way from the side: height over distance walked, and on to the highest summit.

    The way on runs straight from the summit where the climb ends; it is drawn by the film when the
    fog has lifted.
    """

    def __init__(self, climb: Climb, zone: Zone) -> None:
        colours = theme.palette()
        self._climb, self._zone = climb, zone
        self._corners = np.array([*climb.path, climb.reached.position, climb.highest.position])
        self._far = np.cumsum([0.0, *np.hypot(*np.diff(self._corners, axis=0).T)])
        self._free = zone.left  # what the height read out may not reach beyond
        self.name_line = Words("height along the way", size=theme.SIZE.small, color=colours.muted)
        self.name_line.move_to(zone.edge(LEFT + UP), aligned_edge=LEFT + UP)
        self.climber = Dot(radius=0.12, color=colours.signal).set_z_index(6)
        self.climber.set_stroke(colours.background, theme.STROKE.line)
        heights, walked = climb.terrain.value(climb.path), self._far[: climb.steps + 1]
        across, up = zone.width / self._far[-1], (zone.height - 0.5) / climb.highest.height
        # On low ground the climber, who stands with his middle on the curve, needs room below.
        self._ground = zone.bottom + max(0.0, self.climber.height / 2 - heights.min() * up)
        # Where a climb is steep and short, the height read out above him stays below the name.
        under_name = heights[walked * across < self.name_line.width + 1]
        room = zone.top - 1.05 - self._ground
        self._scale = (
            across,
            min(up * (zone.top - self._ground) / zone.height, room / under_name.max()),
        )
        self._way = [self.along(k / _PIECES) for k in range(_PIECES * climb.steps + 1)]
        last = len(self._corners) - 1
        self._beyond = [self.along(s) for s in np.linspace(climb.steps, last, 181)]
        self.floor = Line(at(zone.left, self._ground), at(zone.right, self._ground))
        self.floor.set_stroke(colours.muted, theme.STROKE.line)
        self.trace = self._curve(self._way[:1] * 2, colours.signal)
        self.rest = self._curve(self._beyond, colours.text)
        self.climber.move_to(self._way[0])
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
        far = float(np.interp(s, np.arange(len(self._far)), self._far))
        return self._at(far, float(self._climb.terrain.value(_along(self._corners, s))))

    def walked(self, s: float) -> list[Point]:
        """The curve as far as s steps."""
        return [*self._way[: int(s * _PIECES) + 1], self.along(s)]

    def from_the_start(self, text: VMobject) -> VGroup:
        """A dot at the curve's start, and a text: under the curve where it soon rises high enough,
        else above it, and then what is read out stays beside it."""
        start, roof = self._way[0], self._ground + text.height + 0.2
        free = [p[0] for p in self._way if p[1] > roof]
        if free and free[0] - start[0] < text.width:
            text.move_to(at(max(free[0], start[0] + 0.2) + 0.1, self._ground + 0.08))
            text.shift(text.get_center() - text.get_corner(LEFT + DOWN))
        else:
            self.beside(text, start)
            self._free = text.get_right()[0] + theme.SPACE.gap
        return VGroup(Dot(start, radius=0.07, color=theme.palette().signal), text)

    def mark_the_top(self, text: VMobject) -> VGroup:
        """A ring at the curve's far end, the highest summit, and a text beside it."""
        ring = summit_ring(self.top, theme.palette().target)
        text.next_to(ring, LEFT, buff=0.12).align_to(self.top, DOWN)
        name = self.name_line
        if text.get_left()[0] < name.get_right()[0] + theme.SPACE.gap:  # narrow: below the name
            text.shift(min(0.0, name.get_bottom()[1] - 0.08 - text.get_top()[1]) * UP)
        return VGroup(ring, text)

    def readout(self) -> Readout:
        """The height, above the climber."""
        numbers = [self._climb.height(k) for k in range(self._climb.steps + 1)]
        texts = [f"f {n.relation_typst} {n.typst}" for n in numbers]
        return Readout([Formula(t, size=theme.SIZE.label) for t in texts])

    def beside(self, text: VMobject, point: Point) -> VMobject:
        """Put a text above a point, and no further to the left than there is room."""
        text.next_to(point, UP, buff=0.28)
        return text.shift(max(0.0, self._free - text.get_left()[0]) * RIGHT)

    @property
    def _middle(self) -> float:
        return float((self._ground + self.top[1]) / 2)

    def cost_name(self) -> Words:
        """What the profile shows once it is turned over."""
        name = Words("cost along the way", size=theme.SIZE.small, color=theme.palette().muted)
        return name.move_to(self._zone.edge(LEFT + DOWN), aligned_edge=LEFT + DOWN)

    def as_cost(self, names: tuple[str, str], zone: Zone) -> tuple[VMobject, VGroup]:
        """The curve turned over, in one piece, to fill a zone, and two axes with their names."""
        colours = theme.palette()
        curve = self._curve([*self._way, *self._beyond[1:]], colours.text).stretch(-1, 1)
        room = Zone(
            zone.left + 0.3, zone.right - 0.6, zone.bottom + 0.3, zone.bottom + 0.85 * zone.height
        )
        curve.stretch_to_fit_width(0.94 * room.width).stretch_to_fit_height(0.8 * room.height)
        curve.move_to(room.edge(UP), aligned_edge=UP)
        corner = room.edge(LEFT + DOWN)
        axes = VGroup(*(Line(corner, room.edge(way)) for way in (RIGHT + DOWN, LEFT + UP)))
        axes.set_stroke(colours.muted, theme.STROKE.line)
        across = Formula(names[0], size=theme.SIZE.label, color=colours.muted)
        up = Formula(names[1], size=theme.SIZE.label, color=colours.cost)
        across.next_to(axes[0], RIGHT, buff=0.15)
        return curve, VGroup(axes, across, up.next_to(axes[1], UP, buff=0.1))

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

    @property
    def free_side(self) -> Point:
        """The side of its end that it does not come from."""
        back = self.places[0] - self.places[-1]
        return min((UP, DOWN, LEFT, RIGHT), key=lambda side: float(side @ back))


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
        s = min(float(last), first + whole + float(smooth(np.asarray(1.25 * part))))
        place = _along(self._climb.path, s)
        self._fog.paint(replace(self._fog.view, place=(float(place[0]), float(place[1]))))
        self.stand(s)

    def stand(self, s: float) -> None:
        """All but the view as it is after s steps."""
        self._trail.reach(s)
        self._climber.stand_at(self._trail.along(s))
        self._profile.trace.set_points_as_corners(self._profile.walked(s))
        here = self._profile.along(s)
        self._profile.climber.move_to(here)
        self._profile.beside(self._readout.turn_to(min(int(s + 1e-9), self._steps[1])), here)


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
        way, across = (RIGHT, UP) if zone.lies else (DOWN, RIGHT)
        boxes = VGroup(*self.boxes).arrange(way, buff=1.5)
        start, end = boxes[0].get_edge_center(way), boxes[1].get_edge_center(-way)
        link = Arrow(start, end, buff=0.12, tip_length=0.24)
        link.set_color(theme.palette().gradient)
        gift = Formula(handed, size=theme.SIZE.formula, color=theme.palette().gradient)
        gift.next_to(link, across, buff=0.2)
        self.link = VGroup(link, gift)
        super().__init__(*self.boxes, self.link)
        zone.fit(self)


def emblem(lesson: Lesson) -> VGroup:
    """The terrain along the line through its two highest summits, and a climber on the lesser."""
    terrain = Terrain(lesson.terrain.hills)
    lesser = np.array(terrain.summits[1].position)
    west, east = sorted((np.array(summit.position) for summit in terrain.summits[:2]), key=tuple)
    line = west + np.linspace(-0.7, 1.7, SAMPLES)[:, None] * (east - west)
    nearest = np.linalg.norm(line - lesser, axis=1).argmin()
    return curve_with_ball(np.linspace(0, 1, SAMPLES), terrain.value(line), 0.62, int(nearest))
