"""The chain rule, factor by factor, is the derivative of the whole."""

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

from scenes.maths.arrays import frozen
from scenes.maths.derivation import (
    ChainPath,
    Derivation,
    elementary,
    relu,
    sigma,
    step,
    symbol,
    values,
)
from scenes.maths.display.network import Numbers
from scenes.maths.lesson.reader import load_lesson
from scenes.maths.network import ACTIVATION, BackwardTrace, ForwardTrace, Network, backward, forward

SIZES = [(1, 1), (1, 1, 1), (2, 3, 2), (3, 2, 1, 2)]
networks = pytest.mark.parametrize(
    ("sizes", "activation"),
    [(sizes, activation) for sizes in SIZES for activation in list(ACTIVATION)]
    + [((4, 5, 3, 2), "tanh")],
)


def random_trace(sizes: tuple[int, ...], activation: str) -> tuple[ForwardTrace, BackwardTrace]:
    chance = np.random.default_rng(sum(sizes))
    network = Network(
        tuple(frozen(chance.normal(size=(n, m))) for m, n in pairwise(sizes)),
        tuple(frozen(chance.normal(size=n)) for n in sizes[1:]),
        ACTIVATION[activation],
    )
    trace = forward(network, chance.normal(size=sizes[0]), chance.normal(size=sizes[-1]))
    return trace, backward(network, trace)


def value(path: ChainPath, known: dict[sp.Symbol, float]) -> float:
    """The product of a path's factors as a number."""
    return math.prod(float(elementary(factor.expression).subs(known)) for factor in path.factors)


@networks
def test_the_sum_over_paths_is_the_engines_gradient(
    sizes: tuple[int, ...], activation: str
) -> None:
    trace, back = random_trace(sizes, activation)
    derivation, known = Derivation(sizes, activation), values(trace)
    for layer in range(1, derivation.depth + 1):
        for j in {0, sizes[layer] - 1}:
            k = sizes[layer - 1] - 1
            expected = back.layer(layer).dW[j, k]
            rule = derivation.weight_rule(layer, j, k)
            total = sum(value(path, known) for path in rule.paths)
            assert total == pytest.approx(expected, rel=1e-9, abs=1e-14)


@networks
def test_the_derivative_of_the_whole_is_the_engines_gradient(
    sizes: tuple[int, ...], activation: str
) -> None:
    trace, back = random_trace(sizes, activation)
    found = Derivation(sizes, activation).gradient(trace)
    scale = max(float(np.max(np.abs(layer.dW))) for layer in back.layers)
    for layer, there in enumerate(back.layers, start=1):
        for j, row in enumerate(there.dW):
            assert found[f"b[{layer}][{j}]"] == pytest.approx(
                there.db[j], rel=1e-9, abs=1e-11 * scale
            )
            for k, expected in enumerate(row):
                key = f"w[{layer}][{j}][{k}]"
                assert found[key] == pytest.approx(expected, rel=1e-9, abs=1e-11 * scale)


@pytest.mark.parametrize("activation", ["tanh", "identity", "sigmoid"])
def test_the_sum_over_paths_is_the_derivative_of_the_whole_in_symbols(activation: str) -> None:
    derivation = Derivation((2, 2, 1), activation)
    paths = derivation.weight_rule(1, 0, 1).paths
    found = sum(sp.Mul(*(factor.expression for factor in path.factors)) for path in paths)
    for layer in (2, 1):
        for j in range(derivation.sizes[layer]):
            found = found.subs(derivation.a(layer, j), derivation.activated(layer, j))
            found = found.subs(derivation.z(layer, j), derivation.weighted_sum(layer, j))
    whole = sp.diff(derivation.composed_cost, derivation.w(1, 0, 1))
    assert sp.expand(found - whole) == 0


@networks
def test_every_factor_is_the_derivative_of_the_expression_beside_it(
    sizes: tuple[int, ...], activation: str
) -> None:
    trace, _ = random_trace(sizes, activation)
    known = values(trace)
    derivation = Derivation(sizes, activation)
    for path in derivation.weight_rule(1, 0, 0).paths:
        for factor in path.factors:
            stated = elementary(factor.local).subs(known)
            assert float(stated) == pytest.approx(known[factor.numerator], rel=1e-12, abs=1e-15)
            slope = elementary(sp.diff(factor.local, factor.denominator)).subs(known)
            stated = elementary(factor.expression).subs(known)
            assert float(stated) == pytest.approx(float(slope), rel=1e-12, abs=1e-15)


@networks
def test_factors_hang_together_from_the_cost_to_the_variable(
    sizes: tuple[int, ...], activation: str
) -> None:
    derivation = Derivation(sizes, activation)
    rules = [derivation.weight_rule(1, 0, 0), derivation.activation_rule(0, 0)]
    for rule in rules:
        for path in rule.paths:
            assert path.factors[0].numerator == rule.cost
            assert path.factors[-1].denominator == rule.variable
            for before, after in pairwise(path.factors):
                assert before.denominator == after.numerator


def test_there_is_a_path_for_every_way_through_the_layers_after() -> None:
    derivation = Derivation((4, 5, 3, 2), "tanh")
    assert len(derivation.weight_rule(1, 0, 0).paths) == 3 * 2
    assert len(derivation.weight_rule(2, 0, 0).paths) == 2
    assert len(derivation.weight_rule(3, 0, 0).paths) == 1
    assert len(derivation.activation_rule(1, 4).paths) == 6


@pytest.mark.parametrize("activation", list(ACTIVATION))
def test_every_factor_is_a_number_shown_at_its_place(activation: str) -> None:
    lesson = load_lesson()
    network = dataclasses.replace(lesson.network, activation=activation)
    numbers = Numbers.of(dataclasses.replace(lesson, network=network))
    derivation = Derivation(network.layers, activation)
    known = values(numbers.forward)
    shown = {"slope": numbers.slope, "activation": numbers.a, "input": numbers.a}
    for rule in (derivation.weight_rule(1, 1, 1), derivation.weight_rule(2, 0, 2)):
        for path in rule.paths:
            for factor in path.factors:
                place = factor.place
                if place.kind == "error":
                    number = numbers.error(place.neuron)
                elif place.kind == "weight":
                    assert place.source is not None
                    number = numbers.w(place.layer, place.neuron, place.source)
                else:
                    number = shown[place.kind](place.layer, place.neuron)
                assert number.key == factor.key
                assert number.value == pytest.approx(
                    value(ChainPath((factor,)), known), rel=1e-12, abs=1e-15
                )


def test_factor_names_differ_along_a_path_and_serve_as_labels() -> None:
    for path in Derivation((2, 3, 2), "relu").weight_rule(1, 2, 1).paths:
        names = [factor.name for factor in path.factors]
        assert len(set(names)) == len(names)
        assert all(name.isidentifier() and name.isascii() for name in names)


def test_slope_of_sigma_is_worked_out() -> None:
    z = sp.Symbol("z")
    assert sp.diff(sigma(z), z) == sigma(z) * (1 - sigma(z))
    assert sp.simplify(elementary(sp.diff(sigma(z), z)) - sp.diff(sigma.definition(z), z)) == 0


def test_slope_of_relu_is_the_step_and_zero_at_zero() -> None:
    z = sp.Symbol("z", real=True)
    assert sp.diff(relu(3 * z), z) == 3 * step(3 * z)
    assert [elementary(step(sp.Integer(v))) for v in (-1, 0, 1)] == [0, 0, 1]


def test_symbols_bear_the_keys_of_the_numbers() -> None:
    numbers = Numbers.of(load_lesson())
    for known, value in values(numbers.forward).items():
        assert numbers.all()[known.name].value == value
    assert symbol("z[1][0]") == Derivation((2, 3, 2), "tanh").z(1, 0)


def test_general_formulas_are_the_particular_ones() -> None:
    derivation = Derivation((2, 3, 2), "sigmoid")
    written_out = derivation.cost_in_general().doit()
    assert len(written_out.atoms(sp.Indexed)) == 4
    assert sp.simplify(derivation.layer_sum(1).shape[0] - 3) == 0
    assert derivation.weight_gradient(2).shape == derivation.matrix(2).shape
    assert derivation.layer_back(1).shape == derivation.vector("a", 1).shape
