"""Backpropagation against three independent means, over many random networks."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.maths.arrays import frozen
from scenes.maths.derivation import Derivation, values
from scenes.maths.dual import dual_gradient
from scenes.maths.lesson.reader import load_lesson
from scenes.maths.network import ACTIVATION, Network, backward, forward, update

SIZES = [(1, 1), (2, 3, 2), (3, 2, 1, 2), (2, 2, 2, 2, 2)]


def example(sizes: Sequence[int], activation: str, seed: int) -> tuple[Network, Any, Any]:
    """A network with one example, away from the kink of relu."""
    chance = np.random.default_rng(seed)
    while True:
        network = Network(
            tuple(frozen(chance.normal(size=(n, m))) for m, n in pairwise(sizes)),
            tuple(frozen(chance.normal(size=n)) for n in sizes[1:]),
            ACTIVATION[activation],
        )
        x, y = chance.normal(size=sizes[0]), chance.normal(size=sizes[-1])
        if min(np.min(np.abs(t.z)) for t in forward(network, x, y).layers) > 1e-3:
            return network, x, y


def flat(arrays: Sequence[Any]) -> Any:
    return np.concatenate([np.ravel(array) for array in arrays])


def gradient(network: Network, x: Any, y: Any) -> Any:
    layers = backward(network, forward(network, x, y)).layers
    return flat([part for layer in layers for part in (layer.dW, layer.db)])


def with_parameters(
    network: Network, parameters: Sequence[Any], number: Callable[[Any], Any]
) -> Any:
    """Nested lists of weights and biases, filled from a flat list."""
    rest = iter(parameters)
    return [
        ([[number(next(rest)) for _ in row] for row in W], [number(next(rest)) for _ in b])
        for W, b in zip(network.weights, network.biases, strict=True)
    ]


def parameters(network: Network) -> Any:
    return flat([p for pair in zip(network.weights, network.biases, strict=True) for p in pair])


def relative_error(found: Any, expected: Any) -> float:
    scale = float(np.max(np.abs(expected)))
    difference = float(np.max(np.abs(found - expected)))
    return difference / scale if scale > 0 else difference


random_networks = given(
    sizes=st.sampled_from(SIZES),
    activation=st.sampled_from(list(ACTIVATION)),
    seed=st.integers(0, 2**32 - 1),
)


@cache
def symbolic_gradient(sizes: tuple[int, ...], activation: str) -> Callable[..., Any]:
    """∂C/∂(every parameter) from SymPy's own derivative of the whole cost, as a program."""
    derivation = Derivation(sizes, activation)
    given_symbols = sorted(derivation.composed_cost.free_symbols, key=lambda s: s.name)
    pieces = {
        "relu": lambda z: np.maximum(z, 0.0),
        "step": lambda z: np.heaviside(z, 0.0),
        "sigma": lambda z: 1 / (1 + np.exp(-z)),
    }
    derivatives = [sp.diff(derivation.composed_cost, p) for p in derivation.parameters]
    program = sp.lambdify(given_symbols, derivatives, modules=[pieces, "numpy"], cse=True)

    def run(known: dict[Any, float]) -> Any:
        return np.array(program(*(known[s] for s in given_symbols)), dtype=float)

    return run


@settings(max_examples=80, deadline=None)
@random_networks
def test_backward_agrees_with_sympy(sizes: tuple[int, ...], activation: str, seed: int) -> None:
    network, x, y = example(sizes, activation, seed)
    expected = symbolic_gradient(sizes, activation)(values(forward(network, x, y)))
    assert relative_error(gradient(network, x, y), expected) <= 1e-9


@settings(max_examples=60, deadline=None)
@random_networks
def test_backward_agrees_with_dual_numbers(
    sizes: tuple[int, ...], activation: str, seed: int
) -> None:
    network, x, y = example(sizes, activation, seed)
    expected = flat([part for pair in dual_gradient(network, x, y) for part in pair])
    assert relative_error(gradient(network, x, y), expected) <= 1e-9


def cost_at(network: Network, point: Any, x: Any, y: Any) -> float:
    layers = with_parameters(network, point, float)
    weights, biases = (tuple(frozen(part) for part in parts) for parts in zip(*layers, strict=True))
    return forward(Network(weights, biases, network.activation), x, y).cost


@settings(max_examples=60, deadline=None)
@random_networks
def test_backward_agrees_with_central_differences(
    sizes: tuple[int, ...], activation: str, seed: int
) -> None:
    network, x, y = example(sizes, activation, seed)
    point, h = parameters(network), 1e-5
    steps = np.eye(len(point)) * h
    expected = np.array(
        [
            (cost_at(network, point + s, x, y) - cost_at(network, point - s, x, y)) / (2 * h)
            for s in steps
        ]
    )
    assert np.max(np.abs(gradient(network, x, y) - expected)) <= 1e-6 * max(
        1.0, np.max(np.abs(expected))
    )


@settings(max_examples=30, deadline=None)
@random_networks
def test_gradient_of_the_input_agrees_with_central_differences(
    sizes: tuple[int, ...], activation: str, seed: int
) -> None:
    network, x, y = example(sizes, activation, seed)
    h, found = 1e-5, backward(network, forward(network, x, y)).dinput
    expected = np.array(
        [
            (forward(network, x + s, y).cost - forward(network, x - s, y).cost) / (2 * h)
            for s in np.eye(len(x)) * h
        ]
    )
    assert np.max(np.abs(found - expected)) <= 1e-6 * max(1.0, np.max(np.abs(expected)))


@settings(max_examples=30, deadline=None)
@random_networks
def test_traces_hold_what_they_say(sizes: tuple[int, ...], activation: str, seed: int) -> None:
    network, x, y = example(sizes, activation, seed)
    trace = forward(network, x, y)
    back = backward(network, trace)
    assert network.depth == len(sizes) - 1 == len(trace.layers) == len(back.layers)
    for layer in range(1, network.depth + 1):
        here, there = trace.layer(layer), back.layer(layer)
        assert here.W is network.weights[layer - 1]
        np.testing.assert_allclose(here.W @ here.a_in + here.b, here.z, rtol=1e-12)
        np.testing.assert_array_equal(there.dW, np.outer(there.delta, here.a_in))
        np.testing.assert_array_equal(there.db, there.delta)
    np.testing.assert_array_equal(trace.error, trace.output - trace.target)
    assert trace.cost == pytest.approx(np.sum(trace.error**2) / 2, rel=1e-14)
    assert back.squared_norm == pytest.approx(np.sum(gradient(network, x, y) ** 2), rel=1e-12)


def test_nothing_in_a_trace_can_be_changed() -> None:
    network, x, y = example((2, 3, 2), "tanh", 1)
    trace = forward(network, x, y)
    for array in (trace.input, trace.layer(1).z, trace.layer(2).W, backward(network, trace).dinput):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    x[0] = 99.0
    assert trace.input[0] != 99.0


def test_update_takes_the_learning_rate_times_the_gradient_off() -> None:
    network, x, y = example((2, 3, 2), "sigmoid", 2)
    back = backward(network, forward(network, x, y))
    stepped = update(network, back, 0.25)
    expected = parameters(network) - 0.25 * gradient(network, x, y)
    np.testing.assert_array_equal(parameters(stepped), expected)


def test_a_small_step_lowers_the_cost_as_predicted() -> None:
    network, x, y = example((2, 3, 2), "sigmoid", 3)
    trace = forward(network, x, y)
    back = backward(network, trace)
    rate = 1e-6
    fall = trace.cost - forward(update(network, back, rate), x, y).cost
    assert fall == pytest.approx(rate * back.squared_norm, rel=1e-4)


@pytest.mark.parametrize("activation", list(ACTIVATION))
def test_activations_are_finite_and_quiet_for_huge_sums(activation: str) -> None:
    z = np.array([-1e308, -1e4, -750.0, 0.0, 750.0, 1e4, 1e308])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        f, slope = ACTIVATION[activation].function(z), ACTIVATION[activation].derivative(z / 4)
    assert np.all(np.isfinite(f))
    assert np.all(np.isfinite(slope))
    if activation == "sigmoid":
        assert f[0] == 0.0
        assert f[3] == 0.5
        assert f[-1] == 1.0


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_activations_are_exact_to_many_digits_in_the_tails(activation: str) -> None:
    for z in (-36.0, -20.0, -3.0, -0.1, 0.1, 3.0, 20.0):
        u = sp.Symbol("u")
        f = 1 / (1 + sp.exp(-u)) if activation == "sigmoid" else sp.tanh(u)
        known, point = ACTIVATION[activation], np.array([z])
        exact = sp.Rational(str(z))
        slope = sp.N(sp.diff(f, u).subs(u, exact), 40)
        assert known.function(point)[0] == pytest.approx(
            float(sp.N(f.subs(u, exact), 40)), rel=1e-14
        )
        assert known.derivative(point)[0] == pytest.approx(float(slope), rel=1e-13)


def test_relu_has_slope_zero_at_zero_by_convention() -> None:
    assert ACTIVATION["relu"].derivative(np.array([0.0]))[0] == 0.0


def test_shapes_that_do_not_fit_are_refused() -> None:
    network, x, y = example((2, 3, 2), "relu", 4)
    with pytest.raises(ValueError, match="do not fit"):
        forward(network, x[:1], y)
    with pytest.raises(ValueError, match="do not fit"):
        forward(network, x, y[:1])
    with pytest.raises(ValueError, match="layer 2"):
        Network(network.weights, (network.biases[0], frozen([1.0])), network.activation)
    with pytest.raises(IndexError, match="layers are 1 to 2"):
        forward(network, x, y).layer(0)


def test_the_default_lesson_learns() -> None:
    lesson = load_lesson().network
    network = Network.from_lesson(lesson)
    trace = forward(network, lesson.input, lesson.target)
    stepped = update(network, backward(network, trace), lesson.learning_rate)
    assert forward(stepped, lesson.input, lesson.target).cost < 0.85 * trace.cost
