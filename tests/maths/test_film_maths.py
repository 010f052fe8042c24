"""What the films claim, checked by means that share nothing with the code that shows it."""

from __future__ import annotations

import math
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from scenes.maths.accumulation import (
    Chain,
    forward_accumulation,
    multiply,
    reverse_accumulation,
)
from scenes.maths.arrays import Array
from scenes.maths.chain_rule import NUDGES, UPDATES, WayBack
from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Bound
from scenes.maths.lesson.model import Lesson
from scenes.maths.lesson.reader import load_lesson
from scenes.maths.minima import STEP_NAMES, Descents
from scenes.maths.mountain import DIRECTIONS, FEELER, Climb
from scenes.maths.network import Network, forward
from scenes.maths.reverse_mode import BROAD, DEEP, WIDTHS, Modes

LESSONS = Path(__file__).parents[1] / "lessons"
NAMES = [None, "one", "two", "wide", "deep", "full"]


def lesson_of(name: str | None) -> Lesson:
    return load_lesson(name and LESSONS / f"{name}.toml")


landscapes = pytest.mark.parametrize("name", [None, "wide"])
networks = pytest.mark.parametrize("name", NAMES)


# The mountain.


def height(climb: Climb, x: float, y: float) -> float:
    return sum(
        h.height
        * math.exp(-((x - h.position[0]) ** 2 + (y - h.position[1]) ** 2) / (2 * h.width**2))
        for h in climb.lesson.terrain.hills
    )


@landscapes
def test_the_felt_slopes_are_those_of_small_steps(name: str | None) -> None:
    climb = Climb(lesson_of(name))
    x, y = climb.path[0]
    h = 1e-6
    for i in range(DIRECTIONS):
        angle = 2 * math.pi * i / DIRECTIONS
        dx, dy = h * math.cos(angle), h * math.sin(angle)
        slope = (height(climb, x + dx, y + dy) - height(climb, x - dx, y - dy)) / (2 * h)
        assert climb.slopes[i] == pytest.approx(slope, abs=1e-7)
        assert climb.slopes[i] <= climb.steepness.value + 1e-12


@landscapes
def test_no_direction_is_steeper_than_the_gradient(name: str | None) -> None:
    climb = Climb(lesson_of(name))
    angles = np.linspace(0, 2 * np.pi, 3601)
    slopes = climb.terrain.directional_derivative(climb.path[0], angles)
    assert slopes.max() == pytest.approx(climb.steepness.value, rel=1e-5)
    assert abs(math.remainder(angles[slopes.argmax()] - climb.bearing, 2 * math.pi)) < 2e-3


@landscapes
def test_the_climb_rises_and_ends_on_a_lesser_summit(name: str | None) -> None:
    climb = Climb(lesson_of(name))
    heights = [height(climb, *place) for place in climb.path]
    assert all(a < b for a, b in pairwise(heights))
    x, y = climb.reached.position
    for i in range(DIRECTIONS):
        angle = 2 * math.pi * i / DIRECTIONS
        there = height(climb, x + FEELER * math.cos(angle), y + FEELER * math.sin(angle))
        assert climb.changes[i] == pytest.approx(there - height(climb, x, y), abs=1e-12)
        assert climb.changes[i] < 0
    grid = [height(climb, a, b) for a in np.linspace(-4, 4, 161) for b in np.linspace(-3, 3, 121)]
    assert max(grid) <= climb.highest.height + 1e-12
    assert climb.highest.height - max(grid) < 0.01 * climb.highest.height
    assert climb.reached.height < climb.highest.height


@landscapes
def test_the_first_step_is_right_as_printed(name: str | None) -> None:
    climb = Climb(lesson_of(name))
    for old, slope, new in zip(*climb.first_step, strict=True):
        by_hand = old.printed + climb.alpha.printed * slope.printed
        assert abs(by_hand - new.printed) <= sp.Rational(1, 2) / 10**new.decimals


@landscapes
@pytest.mark.parametrize("sight", [0.01, 0.75, 50.0])
def test_the_first_step_can_be_seen_in_its_lens(name: str | None, sight: float) -> None:
    climb = Climb(lesson_of(name))
    share = np.linalg.norm(climb.path[1] - climb.path[0]) / climb.lens_reach(sight)
    assert 0.119 < share < 0.701
    assert sight != 0.75 or climb.lens_reach(sight) == sight


@landscapes
def test_no_place_of_the_path_is_steeper_than_the_steepest(name: str | None) -> None:
    climb = Climb(lesson_of(name))
    slopes = np.linalg.norm(climb.terrain.gradient(climb.path), axis=-1)
    there = np.linalg.norm(climb.terrain.gradient(climb.steepest_place))
    assert there == pytest.approx(slopes.max())


@landscapes
def test_level_ground_is_nearly_level_and_yet_leads_up(name: str | None) -> None:
    climb = Climb(lesson_of(name))
    x, y = climb.level_place
    h = 1e-5
    slope = math.hypot(
        (height(climb, x + h, y) - height(climb, x - h, y)) / (2 * h),
        (height(climb, x, y + h) - height(climb, x, y - h)) / (2 * h),
    )
    assert slope < 0.1 * max(climb.steepness.value, 1e-9)
    for way in climb.ways_up:
        up = height(climb, x + 0.3 * math.cos(way), y + 0.3 * math.sin(way))
        assert up > height(climb, x, y)
    assert (climb.plateau is None) == (name == "wide")


# Descents.


@landscapes
def test_the_crowd_is_counted_right(name: str | None) -> None:
    descents = Descents(lesson_of(name))
    given = descents.lesson.curve.nonconvex
    w = sp.Symbol("w", real=True)
    slope = sp.lambdify(w, sp.diff(sp.sympify(given.expression, {"w": w}), w), "math")
    low, high = given.interval
    arrived = 0
    for k in range(given.crowd):
        here = low + (k + 0.5) * (high - low) / given.crowd
        for _ in range(5000):
            here -= given.step_size * slope(here)
        arrived += abs(here - descents.goal.position) < 1e-3
    assert descents.arrived == arrived
    assert 0 < arrived < given.crowd


@landscapes
def test_one_way_out_works_and_the_other_fails(name: str | None) -> None:
    descents = Descents(lesson_of(name))
    given = descents.lesson.curve.nonconvex
    w, v = given.start, 0.0
    for _ in range(5000):
        v = given.momentum * v - given.step_size * float(descents.rough.slope(w))
        w += v
    assert descents.momentum_works == (abs(w - descents.goal.position) < 1e-6)
    assert descents.momentum_works == (abs(descents.rolling[-1] - descents.goal.position) < 0.01)
    assert descents.momentum_works != (descents.restarts_arrived > 0)


@landscapes
def test_walks_end_where_the_slope_is_nothing(name: str | None) -> None:
    descents = Descents(lesson_of(name))
    reach = 0.0015 * (descents.rough.interval[1] - descents.rough.interval[0])
    for walk in [descents.walk, *descents.crowd, *descents.restarts, descents.rolling]:
        assert min(abs(walk[-1] - p.position) for p in descents.rough.minima) < reach
    for walk in descents.walks_of_convex():
        assert abs(walk[-1] - descents.bottom.position) < reach


@landscapes
def test_the_bound_on_the_step_tells_which_step_sizes_settle(name: str | None) -> None:
    descents = Descents(lesson_of(name))
    h = 1e-4
    f = descents.convex.value
    w = descents.bottom.position
    bend = float(f(w + h) - 2 * f(w) + f(w - h)) / h**2
    for step in STEP_NAMES:
        product = getattr(descents.lesson.curve.convex, step) * bend
        assert descents.lambda_steps(step) == pytest.approx(product, rel=1e-4)
        assert (0 < product < 2) == (step != "divergent")


def test_the_minimum_that_is_a_fraction_is_printed_as_one() -> None:
    default, wide = Descents(lesson_of(None)), Descents(lesson_of("wide"))
    assert default.position(default.bottom).shown == "−0.5"
    assert default.position(default.goal).exact
    assert wide.position(wide.goal).exact  # of a curve with a cosine
    assert not wide.position(wide.bottom).exact


def test_the_three_kinds_have_the_derivatives_that_are_shown() -> None:
    descents = Descents(lesson_of(None))
    facts = {
        ("minimum", 2): 2,
        ("maximum", 2): -2,
        ("stationary inflection", 2): 0,
        ("stationary inflection", 3): 6,
    }
    for (kind, order), value in facts.items():
        assert descents.derivative_at_zero(kind, order).value == value


# The way back.


def cost_with(way: WayBack, change: dict[tuple[int, int, int], float]) -> float:
    weights = [np.array(W) for W in way.network.weights]
    for (layer, i, k), by in change.items():
        weights[layer - 1][i, k] += by
    moved = Network(tuple(weights), way.network.biases, way.network.activation)
    return forward(moved, way.trace.input, way.trace.target).cost


@networks
def test_a_nudge_moves_the_cost_as_shown_and_its_ratios_multiply(name: str | None) -> None:
    way = WayBack(Numbers.of(lesson_of(name)))
    for size in NUDGES:
        nudge = way.nudged(size)
        true = cost_with(way, {way.weight: size}) - way.trace.cost
        assert nudge.moves[3] == pytest.approx(true, abs=1e-15)
        assert math.prod(nudge.ratios) * size == pytest.approx(true, abs=1e-12)
    slopes = [way.limit(k).value for k in range(3)]
    for k, ratio in enumerate(way.nudged(NUDGES[-1]).ratios):
        assert ratio == pytest.approx(slopes[k], abs=0.02) or not way.moves_at(len(NUDGES) - 1, k)
    assert math.prod(slopes) == pytest.approx(way.path_value.value, abs=1e-12)


@networks
def test_the_ratios_multiply_as_printed(name: str | None) -> None:
    way = WayBack(Numbers.of(lesson_of(name)))
    for n, size in enumerate(NUDGES):
        whole = way.whole_ratio(n)
        true = cost_with(way, {way.weight: size}) - way.trace.cost
        assert whole.value == pytest.approx(true / size, abs=1e-12)
        by_hand = math.prod(float(way.ratio(n, k).printed) for k in range(3))
        assert whole.agrees
        assert abs(by_hand - float(whole.printed)) <= 0.5001 * 10**-whole.decimals


@networks
def test_a_route_holds_all_links_neurons_and_wires_on_the_ways_to_a_neuron(
    name: str | None,
) -> None:
    way = WayBack(Numbers.of(lesson_of(name)))
    sizes = way.lesson.network.layers
    layer, j = way.fork or (way.depth - 1, 0)
    route = way.route(layer, j)
    assert [place.kind for place in route[0]] == ["error"] * sizes[-1]
    assert route[-1] == way.ways_on(layer, j)
    slopes = [step for step in route if step[0].kind == "slope"]
    assert [len(step) for step in slopes] == list(reversed(sizes[layer + 1 :]))


@networks
def test_the_product_is_right_as_printed(name: str | None) -> None:
    way = WayBack(Numbers.of(lesson_of(name)))
    numbers = way.numbers.all()
    by_hand = math.prod(float(numbers[key].printed) for key in way.path_keys)
    assert abs(by_hand - float(way.path_value.printed)) <= 0.5001 * 10**-way.path_value.decimals


@networks
def test_four_ways_agree(name: str | None) -> None:
    way = WayBack(Numbers.of(lesson_of(name)))
    assert way.all_agree
    assert len(way.compared) >= min(4, len(way.derivation.parameters))
    for key in way.four_ways["SymPy"]:
        values = [found[key] for found in way.four_ways.values()]
        assert max(values) - min(values) < 1e-8


@networks
def test_the_update_changes_the_cost_as_shown(name: str | None) -> None:
    way = WayBack(Numbers.of(lesson_of(name)))
    before, after, change, predicted = way.fall
    assert before.printed + change.printed == after.printed or way.story == "grows"
    true = forward(way.updated, way.trace.input, way.trace.target).cost
    assert after.value == pytest.approx(true, abs=1e-15)
    # The prediction is the slope along the step: a tiny step falls just so.
    rate, tiny = way.lesson.network.learning_rate, 1e-6
    moved = Network(
        tuple(
            W - tiny * rate * g.dW
            for W, g in zip(way.network.weights, way.numbers.backward.layers, strict=True)
        ),
        tuple(
            b - tiny * rate * g.db
            for b, g in zip(way.network.biases, way.numbers.backward.layers, strict=True)
        ),
        way.network.activation,
    )
    slope = (forward(moved, way.trace.input, way.trace.target).cost - way.trace.cost) / tiny
    assert predicted.value == pytest.approx(slope, abs=2e-5)


@networks
def test_the_story_of_the_updates_is_true(name: str | None) -> None:
    way = WayBack(Numbers.of(lesson_of(name)))
    if way.story in ("falls", "wavers"):
        assert len(way.costs) == UPDATES + 1
        assert way.costs[-1] < way.costs[0]
    if way.story == "falls":
        assert np.all(np.diff(way.costs) <= 1e-15)
    if way.story == "stays":
        assert np.ptp(way.costs) == 0
    # The network at the end is the one that has the last cost.
    end = forward(way.trained, way.trace.input, way.trace.target)
    assert end.cost == way.costs[-1]
    outputs = [number.value for number in way.activations_at_last()[-1]]
    assert outputs == list(end.output)


def test_a_learning_rate_that_is_too_large_is_told_as_such(tmp_path: Path) -> None:
    text = (LESSONS / "one.toml").read_text(encoding="utf-8")
    path = tmp_path / "fast.toml"
    path.write_text(text.replace("learning_rate = 0.5", "learning_rate = 5"), encoding="utf-8")
    assert WayBack(Numbers.of(load_lesson(path))).story == "grows"


def test_a_bound_is_the_next_power_of_ten() -> None:
    assert Bound("x", 0.0).typst == "= 0"
    assert Bound("x", 2.7e-17).exponent == -16
    assert Bound("x", 1e-16).exponent == -15
    assert Bound("x", 0.5).exponent == 0


# The modes.


@networks
def test_both_modes_find_the_gradient_that_small_changes_of_the_input_show(
    name: str | None,
) -> None:
    modes = Modes(lesson_of(name))
    numbers = modes.numbers
    x, y, h = np.array(numbers.forward.input), numbers.forward.target, 1e-6
    for k in range(len(x)):
        costs = [forward(numbers.network, x + s * h * np.eye(len(x))[k], y).cost for s in (1, -1)]
        slope = (costs[0] - costs[1]) / (2 * h)
        assert modes.forward.result[0, k] == pytest.approx(slope, abs=1e-7)
        assert modes.reverse.result[0, k] == pytest.approx(slope, abs=1e-7)


@networks
def test_no_order_is_cheaper_than_reverse_mode_where_that_is_said(name: str | None) -> None:
    modes = Modes(lesson_of(name))
    jacobians = Chain.of_sizes(modes.sizes).jacobians

    def orders(first: int, last: int) -> list[tuple[int, Array]]:
        """The multiplications that each order executes, and what comes out."""
        if first == last:
            return [(0, jacobians[first])]
        found = []
        for cut in range(first, last):
            for (n, right), (m, left) in product(orders(first, cut), orders(cut + 1, last)):
                done = multiply(left, right)
                found.append((n + m + done.multiplications, done.result))
        return found

    least = min(count for count, _ in orders(0, len(jacobians) - 1))
    assert modes.reverse_is_best == (least == modes.large[1].multiplications)


def test_the_counts_of_the_real_size_are_the_well_known_ones() -> None:
    forward_mode, reverse_mode = Modes(lesson_of(None)).large
    assert (forward_mode.multiplications, reverse_mode.multiplications) == (333_984, 12_960)


@networks
def test_turned_around_the_modes_change_places(name: str | None) -> None:
    modes = Modes(lesson_of(name))
    there, back = (mode.multiplications for mode in modes.large)
    assert [mode.multiplications for mode in modes.flipped] == [back, there]


def test_the_charts_dots_lie_on_their_cubic_and_square_curves() -> None:
    forward_dots, reverse_dots = Modes(lesson_of(None)).executed()
    assert [n for n, _ in forward_dots] == list(WIDTHS)
    for n, count in forward_dots:
        assert count == 2 * n**3 + n**2
    for n, count in reverse_dots:
        assert count == 3 * n**2


def test_memory_is_what_a_run_holds() -> None:
    there, back = Modes(lesson_of(None)).memory()
    sizes = [BROAD] * DEEP + [1]
    assert list(there) == [2 * (a + b) for a, b in pairwise(sizes)]
    kept = [sum(sizes[: k + 1]) for k in range(1, len(sizes))]
    assert list(back[: len(kept)]) == kept
    assert max(back) == sum(sizes) + BROAD


def test_a_single_direction_is_a_column_of_what_is_stacked() -> None:
    chain = Modes(lesson_of("deep")).chain
    for k in range(chain.sizes[0]):
        first = chain.jacobians[0][:, k : k + 1]
        one = Chain((first, *chain.jacobians[1:]))
        assert forward_accumulation(one).result == pytest.approx(
            reverse_accumulation(chain).result[:, k : k + 1], abs=1e-12
        )
