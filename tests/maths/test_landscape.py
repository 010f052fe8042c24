"""Landscapes against independent means: differences, SymPy, brute force over grids."""

from __future__ import annotations

import math
import random
import time
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.maths.expression import ExpressionError, parse
from scenes.maths.landscape import LandscapeError
from scenes.maths.landscape.cost_curve import CostCurve
from scenes.maths.landscape.descent import basins, descend, walk
from scenes.maths.landscape.terrain import Terrain
from scenes.maths.lesson.model import Hill
from scenes.maths.lesson.reader import load_lesson
from scenes.pictures.shading import pixel_grid

W = sp.Symbol("w", real=True)

HILLS = st.lists(
    st.builds(
        Hill,
        st.floats(0.3, 3),
        st.tuples(st.floats(-3, 3), st.floats(-2, 2)),
        st.floats(0.4, 1.5),
    ),
    min_size=1,
    max_size=4,
)


def terrain() -> Terrain:
    return Terrain(load_lesson().terrain.hills)


# Terrain.


@settings(max_examples=30, deadline=None)
@given(HILLS, st.tuples(st.floats(-3, 3), st.floats(-3, 3)))
def test_gradient_and_hessian_are_those_of_the_height(
    hills: list[Hill], place: tuple[float, float]
) -> None:
    land, point, h = Terrain(tuple(hills)), np.array(place), 1e-5
    moves = np.eye(2) * h
    slope = [(land.value(point + e) - land.value(point - e)) / (2 * h) for e in moves]
    bend = [(land.gradient(point + e) - land.gradient(point - e)) / (2 * h) for e in moves]
    assert np.allclose(land.gradient(point), slope, atol=1e-6)
    assert np.allclose(land.hessian(point), bend, atol=1e-5)


def test_height_is_the_sum_that_sympy_writes() -> None:
    x, y = sp.symbols("x y")
    land = terrain()
    total = sum(
        h.height * sp.exp(-((x - h.position[0]) ** 2 + (y - h.position[1]) ** 2) / (2 * h.width**2))
        for h in land.hills
    )
    at = {x: 0.3, y: -1.1}
    point = np.array([0.3, -1.1])
    assert math.isclose(float(land.value(point)), float(total.subs(at)), rel_tol=1e-12)
    assert np.allclose(land.gradient(point), [float(sp.diff(total, v).subs(at)) for v in (x, y)])


@settings(max_examples=25, deadline=None)
@given(HILLS)
def test_every_summit_of_a_fine_grid_is_found(hills: list[Hill]) -> None:
    land = Terrain(tuple(hills))
    try:
        summits = land.summits
    except LandscapeError:
        return  # hills that all but merge; said, not guessed
    grid = pixel_grid((-3.2, 3.2), (-2.2, 2.2), 320, 220)
    height = land.value(grid)
    core = height[1:-1, 1:-1]
    around = [
        height[1 + i : 219 + i, 1 + j : 319 + j]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if (i, j) != (0, 0)
    ]
    tops = grid[1:-1, 1:-1][(core > np.max(around, axis=0))]
    for top in tops:
        assert min(math.dist(top, summit.position) for summit in summits) < 0.06
    for point in land.critical_points:
        assert np.linalg.norm(land.gradient(np.array(point.position))) < 1e-10


def test_the_lessons_climber_rises_at_each_step_and_ends_on_a_lesser_summit() -> None:
    lesson, land = load_lesson().terrain, terrain()
    path = walk(land.gradient, lesson.start, lesson.step_size, lesson.steps, uphill=True)
    assert len(path) == lesson.steps + 1
    assert np.all(np.diff(land.value(path)) > 0)
    assert land.value(path[-1]) < land.summits[0].height
    around = path[-1] + 0.2 * np.array(
        [[math.cos(t), math.sin(t)] for t in np.linspace(0, 6.2, 16)]
    )
    assert np.all(land.value(around) < land.value(path[-1]))


def test_no_direction_is_steeper_than_the_gradient() -> None:
    land, point = terrain(), np.array([-2.5, -1.5])
    angles = np.linspace(0, 2 * math.pi, 721)
    slopes = land.directional_derivative(point, angles)
    h = 1e-6
    ahead = point + h * np.stack([np.cos(angles), np.sin(angles)], -1)
    assert np.allclose(slopes, (land.value(ahead) - land.value(point)) / h, atol=1e-5)
    gradient = land.gradient(point)
    assert np.max(slopes) <= np.linalg.norm(gradient) + 1e-12
    best = angles[np.argmax(slopes)]
    assert abs(best - math.atan2(gradient[1], gradient[0]) % (2 * math.pi)) < 0.01


def test_a_contour_keeps_its_level_closes_and_is_perpendicular_to_the_gradient() -> None:
    land = terrain()
    line = land.contour(np.array([-2.5, -1.0]))
    assert np.array_equal(line[0], line[-1])
    assert np.allclose(land.value(line), land.value(line[0]), atol=1e-9)
    along = line[2:] - line[:-2]
    slope = land.gradient(line[1:-1])
    cosine = (along * slope).sum(-1) / np.linalg.norm(along, axis=-1)
    assert np.max(np.abs(cosine / np.linalg.norm(slope, axis=-1))) < 0.02


# Cost curves.

CURVES = [
    ("w**4/4 + w**3/6 - 3*w**2/2 + 4", (-3.0, 2.5)),
    ("sin(3*w) + w**2/4", (-3.0, 3.0)),
    ("exp(w) - w", (-2.0, 2.0)),
    ("w**5 - w**3", (-1.2, 1.2)),
    ("(exp(w) - 1)**3", (-1.0, 1.0)),
    ("log(1 + exp(2*w)) - w + w**2/10", (-3.0, 3.0)),
    ("tanh(3*w - 3) * tanh(3*w + 2) + w**2/8", (-2.0, 2.0)),
    ("w**3", (-1.0, 1.0)),
    ("cos(w) / (2 + w**2)", (-7.0, 7.0)),
    ("sqrt(2)*w**4/4 - w**2 + sin(1)*w", (-2.0, 2.0)),
]


@pytest.mark.parametrize(("text", "interval"), CURVES)
def test_stationary_points_are_those_a_fine_grid_shows(
    text: str, interval: tuple[float, float]
) -> None:
    curve = CostCurve(parse(text), interval)
    w = np.linspace(*interval, 40_002)
    f = curve.value(w)
    inner = f[1:-1]
    shown = [
        *((float(x), "minimum") for x in w[1:-1][(inner <= f[:-2]) & (inner < f[2:])]),
        *((float(x), "maximum") for x in w[1:-1][(inner >= f[:-2]) & (inner > f[2:])]),
    ]
    found = [p for p in curve.stationary_points if p.kind != "stationary inflection"]
    assert len(shown) == len(found)
    for (place, kind), point in zip(sorted(shown), found, strict=True):
        assert point.kind == kind
        assert abs(point.position - place) < 1e-3
    for point in curve.stationary_points:
        assert abs(float(curve.slope(point.position))) < 1e-9


def test_three_kinds_of_stationary_point_are_told_apart() -> None:
    curve = CostCurve(parse("w**5 - w**3"), (-1.2, 1.2))
    kinds = [point.kind for point in curve.stationary_points]
    assert kinds == ["maximum", "stationary inflection", "minimum"]
    smooth = CostCurve(parse("exp(-w**2) * w**3"), (-3.0, 3.0))
    assert [p.kind for p in smooth.stationary_points] == [
        "minimum",
        "stationary inflection",
        "maximum",
    ]
    (flat,) = CostCurve(parse("w**4"), (-1.0, 1.0)).stationary_points
    assert (flat.kind, flat.curvature) == ("minimum", 0.0)  # where the second derivative is mute


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-8, 8), min_size=2, max_size=4, unique=True))
def test_stationary_points_of_polynomials_are_exact(roots: list[int]) -> None:
    slope = sp.Mul(*(W - sp.Rational(r, 4) for r in roots))
    curve = CostCurve(sp.integrate(sp.expand(slope), W), (-2.3, 2.3))
    found = [point.exact for point in curve.stationary_points]
    assert found == [Fraction(r, 4) for r in sorted(roots)]
    assert curve.convex is (len(roots) == 1)


@pytest.mark.parametrize(
    ("text", "convex"),
    [
        ("w**2", True),
        ("w**4", True),
        ("w**4 - w**2/100", False),
        ("exp(w)", True),
        ("log(1+exp(w))", True),
        ("sqrt(1+w**2)", True),
        ("w**2 + sin(w)", True),
        ("sqrt(2)*w**2 - w", True),
        ("log(3)*w**2 - w**3", False),
        ("w**2 + 3*sin(w)", False),
        ("tanh(w)", False),
        ("w**3", False),
        ("cos(w)", False),
    ],
)
def test_convexity_is_decided_as_its_definition_has_it(text: str, convex: bool) -> None:
    curve = CostCurve(parse(text), (-2.0, 2.0))
    assert curve.convex is convex
    a, b = np.meshgrid(np.linspace(-2, 2, 81), np.linspace(-2, 2, 81))
    chord = (curve.value(a) + curve.value(b)) / 2 - curve.value((a + b) / 2)
    assert bool(np.all(chord >= -1e-12)) is convex


def test_derivatives_agree_with_differences() -> None:
    curve, w, h = CostCurve(parse("sin(3*w) + w**2/4"), (-3.0, 3.0)), np.linspace(-3, 3, 50), 1e-5
    assert np.allclose(
        curve.slope(w), (curve.value(w + h) - curve.value(w - h)) / (2 * h), atol=1e-7
    )
    assert np.allclose(
        curve.curvature(w), (curve.slope(w + h) - curve.slope(w - h)) / (2 * h), atol=1e-7
    )


def test_global_minimum_is_the_lowest_of_the_interval_or_none() -> None:
    curve = CostCurve(parse("w**4/4 + w**3/6 - 3*w**2/2 + 4"), (-3.0, 2.5))
    assert curve.global_minimum is not None
    assert curve.global_minimum.value <= np.min(curve.value(np.linspace(-3, 2.5, 10_001)))
    assert CostCurve(parse("w"), (0.0, 1.0)).global_minimum is None


def test_any_curve_of_the_grammar_is_understood_or_refused_in_good_time() -> None:
    chance = random.Random(11)

    def drawn(depth: int) -> str:
        kind = chance.random()
        if depth == 0 or kind < 0.2:
            return chance.choice(["w", "w", "2", "0.3", "99999999", ".5"])
        one, other = drawn(depth - 1), drawn(depth - 1)
        if kind < 0.55:
            return f"({one}{chance.choice('+-*/')}{other})"
        if kind < 0.75:
            return f"({one})**{chance.choice([1, 2, 3, 8])}"
        return f"{chance.choice(['exp', 'sin', 'cos', 'tanh', 'sqrt', 'log'])}({one})"

    for _ in range(150):
        text, start = drawn(4), time.process_time()
        try:
            curve = CostCurve(parse(text), (-2.0, 2.0))
            assert curve.convex in (True, False, None)
            assert all(-2 < point.position < 2 for point in curve.stationary_points)
        except (ExpressionError, LandscapeError):
            pass
        assert time.process_time() - start < 30, text


@pytest.mark.parametrize("text", ["1/w", "log(w)", "sqrt(w)", "exp(w**8*9999)", "3"])
def test_a_curve_that_cannot_be_drawn_is_refused(text: str) -> None:
    with pytest.raises(LandscapeError):
        assert CostCurve(parse(text), (-2.0, 2.0)).stationary_points is None


# Descent.


def plainly(slope: sp.Expr, w: float, step: float, steps: int, momentum: float) -> list[float]:
    """The update rule once more, as simply as can be."""
    velocity, places = 0.0, [w]
    for _ in range(steps):
        velocity = momentum * velocity - step * float(slope.subs(W, w))
        w += velocity
        places.append(w)
    return places


@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_hops_are_the_update_rule(momentum: float) -> None:
    curve = CostCurve(parse("w**4/4 + w**3/6 - 3*w**2/2 + 4"), (-3.0, 2.5))
    expected = plainly(curve.derivatives[1], 2.3, 0.05, 12, momentum)
    assert np.allclose(walk(curve.slope, 2.3, 0.05, 12, momentum=momentum), expected, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 5), st.floats(0.02, 2.6))
def test_on_a_parabola_descent_converges_exactly_below_the_bound(
    curve: float, share: float
) -> None:
    if abs(share - 2) < 0.02:
        return
    bowl = CostCurve(sp.Rational(repr(curve)) / 2 * W**2, (-2.0, 2.0))
    (minimum,) = bowl.minima
    assert math.isclose(bowl.largest_step(minimum), 2 / curve, rel_tol=1e-12)
    step = share / curve
    descent = descend(bowl, 1.0, step)
    assert (descent.rest == minimum) is (share < 2)
    assert descent.diverged is (share > 2)
    hops = walk(bowl.slope, 1.0, step, 8)
    assert np.allclose(hops, (1 - share) ** np.arange(9), atol=1e-9)


def test_divergence_is_data() -> None:
    curve = CostCurve(parse("w**8"), (-2.0, 2.0))
    descent = descend(curve, 2.0, 1.0)
    assert descent.diverged
    assert descent.rest is None
    assert np.all(np.isfinite(descent.positions))
    assert len(walk(lambda x: -x * 1e300, 1.0, 1.0, 5)) < 6


@pytest.mark.parametrize("step", [0.02, 0.1, 0.25])
@pytest.mark.parametrize(("text", "interval"), CURVES[:2])
def test_basins_say_where_each_start_ends(
    text: str, interval: tuple[float, float], step: float
) -> None:
    curve = CostCurve(parse(text), interval)
    found = basins(curve, step)
    assert (found[0].left, found[-1].right) == interval
    for basin in found:
        for share in (0.1, 0.5, 0.9):
            start = basin.left + share * (basin.right - basin.left)
            assert descend(curve, start, step).rest == basin.rest


def test_with_small_steps_basins_end_at_the_maxima() -> None:
    curve = CostCurve(parse("w**4/4 + w**3/6 - 3*w**2/2 + 4"), (-3.0, 2.5))
    left, right = basins(curve, 0.02)
    assert abs(left.right) < 1e-6
    assert abs(right.left) < 1e-6
    assert (left.rest, right.rest) == curve.minima


def test_the_lessons_two_ways_out_end_differently() -> None:
    lesson = load_lesson().curve.nonconvex
    curve = CostCurve.from_lesson(lesson)
    goal = curve.global_minimum
    assert descend(curve, lesson.start, lesson.step_size).rest != goal
    heavy = plainly(curve.derivatives[1], lesson.start, lesson.step_size, 400, lesson.momentum)
    again = [
        plainly(curve.derivatives[1], w, lesson.step_size, 200, 0.0)[-1] for w in lesson.restarts
    ]
    assert goal is not None
    assert (abs(heavy[-1] - goal.position) < 1e-4) != any(
        abs(w - goal.position) < 1e-4 for w in again
    )


def test_the_lessons_four_step_sizes_do_what_they_are_called() -> None:
    lesson = load_lesson().curve.convex
    curve = CostCurve.from_lesson(lesson)
    (minimum,) = curve.minima
    slope = curve.derivatives[1]
    off = {
        name: np.array(plainly(slope, lesson.step_start, getattr(lesson, name), 12, 0))
        - minimum.position
        for name in ("too_small", "well_chosen", "zigzag", "divergent")
    }
    assert abs(off["too_small"][-1]) > abs(off["too_small"][0]) / 2
    assert abs(off["well_chosen"][-1]) < abs(off["well_chosen"][0]) / 100
    assert np.all(off["zigzag"][1:] * off["zigzag"][:-1] < 0)
    assert abs(off["zigzag"][-1]) < abs(off["zigzag"][0])
    assert np.all(np.diff(np.abs(off["divergent"])) > 0)
