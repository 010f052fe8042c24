"""Both orders of accumulation: what they compute, what they cost, and that the count is true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.maths import accumulation as acc
from scenes.maths.lesson.reader import load_lesson
from scenes.maths.network import Network, backward, forward

MNIST = (784, 16, 16, 10, 1)
some_sizes = st.lists(st.integers(1, 9), min_size=2, max_size=7).map(tuple)
brief = settings(max_examples=40, deadline=None)


class Counted:
    """A number that counts each time it is multiplied."""

    executed = 0

    def __init__(self, value: float) -> None:
        self.value = value

    def __mul__(self, other: Counted) -> Counted:
        Counted.executed += 1
        return Counted(self.value * other.value)

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.value + other.value)


@brief
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_a_product_counts_each_multiplication_it_executes(
    n: int, k: int, m: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    A, B = chance.normal(size=(n, k)), chance.normal(size=(k, m))
    wrap = np.vectorize(Counted, otypes=[object])
    Counted.executed = 0
    counted = acc.multiply(wrap(A), wrap(B))
    assert counted.multiplications == Counted.executed == n * k * m
    assert list(counted.counts) == [n * m * (i + 1) for i in range(k)]
    found = acc.multiply(A, B).result
    np.testing.assert_allclose(found, A @ B, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(found, [[c.value for c in row] for row in counted.result])


def test_the_real_size() -> None:
    chain = acc.Chain.of_sizes(MNIST)
    there, back = acc.forward_accumulation(chain), acc.reverse_accumulation(chain)
    assert there.multiplications == 333_984
    assert back.multiplications == 12_960
    assert [p.multiplications for p in there.products] == [200_704, 125_440, 7_840]
    assert [p.multiplications for p in back.products] == [160, 256, 12_544]


def test_flipping_the_shape_swaps_the_two_counts() -> None:
    chain = acc.Chain.of_sizes(MNIST).flipped()
    assert chain.sizes == MNIST[::-1]
    assert acc.forward_accumulation(chain).multiplications == 12_960
    assert acc.reverse_accumulation(chain).multiplications == 333_984


@brief
@given(some_sizes)
def test_both_orders_give_the_same_matrix_and_cost_what_their_formula_says(
    sizes: tuple[int, ...],
) -> None:
    chain = acc.Chain.of_sizes(sizes)
    there, back = acc.forward_accumulation(chain), acc.reverse_accumulation(chain)
    expected = np.linalg.multi_dot([*chain.jacobians[::-1], np.eye(sizes[0])])
    for way in (there, back):
        np.testing.assert_allclose(way.result, expected, rtol=1e-12, atol=1e-12)
    assert there.multiplications == acc.forward_multiplications(sizes)
    assert back.multiplications == acc.reverse_multiplications(sizes)


def test_running_counts_go_on_from_product_to_product() -> None:
    there = acc.forward_accumulation(acc.Chain.of_sizes((2, 3, 2, 1)))
    assert there.running_counts == ((4, 8, 12), (14, 16))


def costs_of_all_orders(sizes: Sequence[int]) -> list[int]:
    """The multiplications of each way to set brackets, which are set in every place."""
    return [
        left + right + sizes[0] * sizes[cut] * sizes[-1]
        for cut in range(1, len(sizes) - 1)
        for right in costs_of_all_orders(sizes[: cut + 1])
        for left in costs_of_all_orders(sizes[cut:])
    ] or [0]


@brief
@given(some_sizes)
def test_no_order_is_cheaper_than_the_least(sizes: tuple[int, ...]) -> None:
    assert acc.least_multiplications(sizes) == min(costs_of_all_orders(sizes))


@brief
@given(st.lists(st.integers(2, 40), min_size=1, max_size=6))
def test_reverse_is_the_one_optimum_for_a_scalar_and_widths_of_two_or_more(
    widths: Sequence[int],
) -> None:
    sizes = (*widths, 1)
    every = costs_of_all_orders(sizes)
    assert every.count(min(every)) == 1
    assert acc.reverse_multiplications(sizes) == min(every)


def test_reverse_need_not_be_optimal_through_a_bottleneck_of_one() -> None:
    sizes = (2, 5, 1, 9, 1)
    assert acc.least_multiplications(sizes) < acc.reverse_multiplications(sizes)


def test_the_chain_of_a_network_gives_the_gradient_of_backpropagation() -> None:
    lesson = load_lesson().network
    network = Network.from_lesson(lesson)
    trace = forward(network, lesson.input, lesson.target)
    chain = acc.Chain.of_trace(network, trace)
    assert chain.sizes == (*lesson.layers, 1)
    expected = backward(network, trace).dinput[None, :]
    for way in (acc.forward_accumulation, acc.reverse_accumulation):
        np.testing.assert_allclose(way(chain).result, expected, rtol=1e-12)


def test_a_jacobian_holds_the_slopes_of_its_layer() -> None:
    lesson = load_lesson().network
    network = Network.from_lesson(lesson)
    trace = forward(network, lesson.input, lesson.target)
    first = acc.Chain.of_trace(network, trace).jacobians[0]
    h = 1e-6
    for k, step in enumerate(np.eye(lesson.layers[0]) * h):
        above = forward(network, trace.input + step, trace.target).layer(1).a
        below = forward(network, trace.input - step, trace.target).layer(1).a
        np.testing.assert_allclose(first[:, k], (above - below) / (2 * h), rtol=1e-8)


def test_matrices_of_given_sizes_are_the_same_in_each_run() -> None:
    for one, other in zip(
        acc.Chain.of_sizes(MNIST).jacobians, acc.Chain.of_sizes(MNIST).jacobians, strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_memory_of_forward_mode_does_not_grow_with_depth_and_that_of_reverse_does() -> None:
    for depth in (2, 5, 9):
        sizes = (8,) * (depth + 1)
        assert max(acc.forward_memory(sizes)) == 32
        assert max(acc.reverse_memory(sizes)) == 8 * depth + 16
    assert acc.forward_memory((2, 3, 1)) == (10, 8)
    assert acc.reverse_memory((2, 3, 1)) == (5, 6, 9, 7)


@pytest.mark.parametrize("sizes", [(), (3,), (3, 0, 1), (-1, 2)])
def test_sizes_that_make_no_chain_are_refused(sizes: tuple[int, ...]) -> None:
    for check in (acc.forward_multiplications, acc.least_multiplications, acc.Chain.of_sizes):
        with pytest.raises(ValueError, match="positive whole numbers"):
            check(sizes)


def test_what_cannot_be_multiplied_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        acc.multiply(np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match="cannot follow"):
        acc.Chain((np.ones((2, 3)), np.ones((2, 3))))
