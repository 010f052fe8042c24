"""The climber: a small figure in a blue coat, with a staff, and a band over the eyes.

Each pose is drawn from a few joints with the same parts, and each part with the same number of
points: any pose turns into any other by an ordinary transform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from manim import ManimColor, VGroup, VMobject, interpolate_color

from scenes.maths.arrays import Array
from scenes.pictures import theme
from scenes.pictures.stage import Point

Joint = tuple[float, float]
"""A place on the figure, which is 1 high, looks to the right, and stands at (0, 0)."""


@dataclass(frozen=True)
class Pose:
    """Where the joints are.  feet: the far one first; band: 1 over the eyes, 0 around the neck."""

    hip: Joint = (0.0, 0.37)
    neck: Joint = (0.015, 0.69)
    head: Joint = (0.04, 0.835)
    feet: tuple[Joint, Joint] = ((-0.06, 0.0), (0.06, 0.0))
    toes: tuple[float, float] = (0.0, 0.0)
    knees: tuple[float, float] = (0.02, 0.02)
    hands: tuple[Joint, Joint] = ((-0.14, 0.42), (0.225, 0.50))
    staff: tuple[Joint, Joint] = ((0.27, 0.0), (0.215, 0.93))
    hem: float = 0.25
    band: float = 1.0
    nod: float = 0.0


POSES = {
    "stand": Pose(),
    "feel": Pose(
        hip=(-0.04, 0.36),
        neck=(-0.05, 0.68),
        head=(-0.04, 0.825),
        feet=((-0.08, 0.0), (0.23, 0.035)),
        toes=(0.0, 0.25),
        knees=(0.05, 0.03),
        hands=((-0.27, 0.55), (0.20, 0.53)),
        staff=((0.10, -0.01), (0.235, 0.93)),
        nod=-0.12,
    ),
    "step": Pose(
        hip=(0.03, 0.35),
        neck=(0.10, 0.66),
        head=(0.15, 0.80),
        feet=((-0.19, 0.02), (0.20, 0.0)),
        toes=(-0.55, 0.0),
        knees=(0.02, 0.07),
        hands=((-0.13, 0.47), (0.345, 0.50)),
        staff=((0.345, 0.0), (0.345, 0.92)),
        nod=-0.08,
    ),
    "look": Pose(
        neck=(0.0, 0.695),
        head=(0.015, 0.845),
        hands=((-0.19, 0.50), (0.155, 0.895)),
        staff=((-0.24, 0.0), (-0.175, 0.93)),
        band=0.0,
        nod=0.12,
    ),
    "sit": Pose(
        hip=(-0.08, 0.13),
        neck=(-0.05, 0.44),
        head=(-0.01, 0.585),
        feet=((0.17, 0.0), (0.24, 0.0)),
        knees=(0.14, 0.15),
        hands=((0.08, 0.24), (0.19, 0.27)),
        staff=((0.33, 0.0), (0.115, 0.80)),
        hem=0.262,
    ),
}


def feeling(across: float, up: float) -> Pose:
    """One foot feels the ground so far to the front and so far up, in heights of the figure."""
    base = POSES["feel"]
    (x, y), (u, v) = base.neck, base.head
    lean = 0.2 - across
    return replace(
        base,
        neck=(x + 0.25 * lean, y),
        head=(u + 0.3 * lean, v),
        feet=(base.feet[0], (0.03 + across, 0.035 + up)),
        toes=(0.0, 0.25 + 1.5 * up),
    )


def _blob(corners: Sequence[Joint] | Sequence[Array]) -> VMobject:
    """A smooth closed shape through corners."""
    points = [np.array([*corner, 0.0]) for corner in (*corners, corners[0])]
    return VMobject().set_points_smoothly(points)


def _limb(a: Joint, bend: float, b: Joint, radii: tuple[float, float, float]) -> VMobject:
    """From a joint to another, bent to the front by so much in the middle."""
    start, end = np.array(a), np.array(b)
    way = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    side = np.array([-way[1], way[0]])
    middle = (start + end) / 2 + bend * side
    p, q, r = radii
    return _blob(
        [
            start + p * side,
            middle + q * side,
            end + r * side,
            end + r * way,
            end - r * side,
            middle - q * side,
            start - p * side,
            start - p * way,
        ]
    )


def _stick(foot: Joint, top: Joint) -> VMobject:
    corners = [(foot[0] + 0.010, foot[1]), (top[0] + 0.015, top[1])]
    corners += [(top[0] - 0.015, top[1]), (foot[0] - 0.010, foot[1])]
    points = [np.array([x, y, 0.0]) for x, y in (*corners, corners[0])]
    return VMobject().set_points_as_corners(points)


def _turned(corners: Sequence[Joint], angle: float, about: Joint) -> list[Joint]:
    c, s = np.cos(angle), np.sin(angle)
    return [(about[0] + c * x - s * y, about[1] + s * x + c * y) for x, y in corners]


def _ellipse(middle: Joint, across: float, up: float, angle: float = 0.0) -> VMobject:
    turn = np.linspace(0, 2 * np.pi, 9)[:-1]
    ring = [(across * np.cos(t), up * np.sin(t)) for t in turn]
    return _blob(_turned(ring, angle, middle))


def _drawn(pose: Pose) -> list[tuple[VMobject, ManimColor, float]]:
    """The parts from back to front, with colours and opacities."""
    c = theme.land()
    dark = interpolate_color(c.coat, c.ink, 0.42)
    light = interpolate_color(c.coat, c.cloth, 0.30)
    boot = interpolate_color(c.wood, c.ink, 0.6)
    trousers = interpolate_color(c.rock, c.ink, 0.1)
    (hx, hy), (nx, ny), head = pose.hip, pose.neck, pose.head

    def leg(k: int, tint: ManimColor) -> list[tuple[VMobject, ManimColor, float]]:
        x, y = pose.feet[k]
        hip = (hx + (0.03 if k else -0.03), hy)
        sole = [(-0.04, 0.0), (0.085, 0.0), (0.105, 0.03), (0.055, 0.062), (0.03, 0.12)]
        sole += [(-0.045, 0.12), (-0.05, 0.05)]
        return [
            (_limb(hip, pose.knees[k], (x, y + 0.10), (0.055, 0.048, 0.040)), tint, 1.0),
            (_blob(_turned(sole, pose.toes[k], (x, y))), boot, 1.0),
        ]

    def arm(k: int, tint: ManimColor) -> list[tuple[VMobject, ManimColor, float]]:
        shoulder = (nx + (0.015 if k else -0.02), ny - 0.065)
        (x, y), (u, v) = pose.hands[k], shoulder
        away = 0.042 / max(float(np.hypot(x - u, y - v)), 1e-6)
        cuff = (x + away * (u - x), y + away * (v - y))
        sleeve = _limb(shoulder, -0.035 if k else 0.02, cuff, (0.05, 0.046, 0.040))
        return [(_ellipse((x, y), 0.040, 0.040), c.skin, 1.0), (sleeve, tint, 1.0)]

    low = hy - 0.37 + pose.hem
    coat = [
        (nx - 0.075, ny),
        (nx - 0.115, ny - 0.10),
        (hx - 0.145, (hy + low) / 2 + 0.08),
        (hx - 0.185, low),
        (hx - 0.03, low - 0.028),
        (hx + 0.15, low),
        (hx + 0.115, (hy + low) / 2 + 0.08),
        (nx + 0.095, ny - 0.10),
        (nx + 0.07, ny),
    ]
    shade = [
        (nx - 0.055, ny - 0.01),
        (nx - 0.098, ny - 0.10),
        (hx - 0.125, (hy + low) / 2 + 0.08),
        (hx - 0.163, low + 0.01),
        (hx - 0.10, low - 0.005),
        (hx - 0.075, (hy + low) / 2 + 0.08),
        (nx - 0.055, ny - 0.12),
    ]

    def on_head(corners: Sequence[Joint]) -> VMobject:
        return _blob(_turned(corners, pose.nod, head))

    hair = [(-0.128, -0.03), (-0.13, 0.06), (-0.06, 0.128), (0.05, 0.135), (0.125, 0.07)]
    hair += [(0.04, 0.055), (-0.05, 0.03), (-0.075, -0.07)]
    wide, y = 0.125, -0.155 + 0.165 * pose.band
    band = [(-wide, y - 0.005), (-wide, y + 0.06), (0.0, y + 0.045), (wide, y + 0.042)]
    band += [(wide + 0.002, y - 0.022), (0.0, y - 0.028)]
    knot = (-0.125, y + 0.028)
    tails = [
        [(0.0, 0.02), (-0.07, 0.035), (-0.15, -0.01), (-0.145, -0.05), (-0.07, -0.015)],
        [(0.0, 0.0), (-0.05, -0.02), (-0.095, -0.10), (-0.06, -0.115), (-0.02, -0.05)],
    ]
    tail_shapes = [on_head([(knot[0] + p, knot[1] + q) for p, q in tail]) for tail in tails]
    pack = [(-0.09, 0.02), (-0.20, 0.0), (-0.225, -0.13), (-0.20, -0.235), (-0.10, -0.24)]
    return [
        (_ellipse((0.0, 0.0), _SHADOW, 0.045), c.ink, 0.35),
        *arm(0, dark),
        *leg(0, interpolate_color(trousers, c.ink, 0.3)),
        *leg(1, trousers),
        (_blob([(nx + p, ny + q) for p, q in pack]), interpolate_color(c.wood, c.ink, 0.35), 1.0),
        (_blob(coat), c.coat, 1.0),
        (_blob(shade), light, 0.75),
        (tail_shapes[1], interpolate_color(c.cloth, c.ink, 0.18), 1.0),
        (_ellipse(head, 0.125, 0.13, pose.nod), c.skin, 1.0),
        (on_head([(0.11, -0.005), (0.15, -0.025), (0.145, -0.05), (0.105, -0.05)]), c.skin, 1.0),
        (on_head([(0.062, 0.012), (0.075, 0.034), (0.088, 0.012), (0.075, -0.01)]), c.ink, 1.0),
        (on_head(hair), interpolate_color(c.wood, c.ink, 0.45), 1.0),
        (tail_shapes[0], c.cloth, 1.0),
        (on_head(band), c.cloth, 1.0),
        (_stick(*pose.staff), c.wood, 1.0),
        *arm(1, interpolate_color(c.coat, c.ink, 0.14)),
    ]


_SHADOW = 0.27
"""Half of the shadow's width on the ground."""


class Climber(VGroup):
    """The figure, so high from the ground to the top of the head when it stands.

    All that it is lies in its points, so that it still knows after any transform how large it is,
    where it stands and where it looks.
    """

    def __init__(self, height: float = 1.2, pose: str | Pose = "stand", facing: float = 1) -> None:
        super().__init__()
        for shape, colour, opacity in _drawn(POSES[pose] if isinstance(pose, str) else pose):
            shape.set_fill(colour, opacity).set_stroke(width=0)
            shape.stretch(facing * height, 0, about_point=np.zeros(3))
            self.add(shape.stretch(height, 1, about_point=np.zeros(3)))

    @property
    def feet(self) -> Point:
        """Where it stands."""
        return np.asarray(self[0].get_center())

    @property
    def _across(self) -> float:
        return float(self[0].points[0, 0] - self.feet[0]) / _SHADOW

    def stand_at(self, point: Point) -> Climber:
        """Put the feet at a point."""
        self.shift(point - self.feet)
        return self

    def pose(
        self, pose: str | Pose, facing: float | None = None, height: float | None = None
    ) -> Climber:
        """Take a pose where it stands; ``climber.animate.pose("step")`` moves into it.

        facing: 1 to the right, -1 to the left; as before if not given, like the height.
        """
        facing = facing or float(np.sign(self._across))
        made = Climber(height or abs(self._across), pose, facing).stand_at(self.feet)
        for part, other in zip(self, made, strict=True):
            part.set_points(other.points)
        return self
