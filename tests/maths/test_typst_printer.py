"""Every kind of formula we print is Typst that compiles, and says what it should."""

import dataclasses
import re

import pytest
import sympy as sp
import typst as compiler

from scenes.maths.derivation import Derivation, relu, sigma, step, symbol
from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Number
from scenes.maths.lesson.reader import load_lesson
from scenes.maths.network import ACTIVATION
from scenes.maths.typst import typst, typst_product

x, y = sp.symbols("x y", real=True)


def compiled(maths: str) -> bytes:
    """The SVG of a formula, its labelled groups found as manim finds them."""
    from manim.mobject.text.typst_mobject import MathTypst

    body, _ = MathTypst._preprocess_groups(maths)
    page = "#set page(width: auto, height: auto)\n#let manimgrp(label, body) = { body }\n"
    return bytes(compiler.compile(f"{page}$ {body} $".encode(), format="svg"))


def numbers_with(activation: str) -> Numbers:
    lesson = load_lesson()
    network = dataclasses.replace(lesson.network, activation=activation)
    return Numbers.of(dataclasses.replace(lesson, network=network))


@pytest.mark.parametrize("activation", list(ACTIVATION))
def test_every_formula_of_a_network_compiles_in_symbols_in_parts_and_in_numbers(
    activation: str,
) -> None:
    numbers = numbers_with(activation)
    shown = {symbol(key): number for key, number in numbers.all().items()}
    d = Derivation.of(numbers.lesson)
    rule = d.weight_rule(1, 0, 1)
    formulas = [
        sp.Eq(d.z(1, 0), d.weighted_sum(1, 0)),
        d.weighted_sum(2, 1),
        d.activated(1, 0),
        d.cost_expression(),
        rule.derivative,
        sum(sp.Mul(*(factor.expression for factor in path.factors)) for path in rule.paths),
        *(factor.derivative for path in rule.paths for factor in path.factors),
        *(factor.expression for path in rule.paths for factor in path.factors),
    ]
    pieces = []
    for formula in formulas:
        parts = {s: re.sub(r"\W", "_", s.name) for s in formula.free_symbols}
        if not formula.has(sp.Derivative):  # ∂C/∂0.3 would mean nothing
            pieces += [typst(formula, None, shown), typst(formula, parts, shown)]
        pieces += [typst(formula), typst(formula, parts)]
    for path in rule.paths:
        expressions = [factor.expression for factor in path.factors]
        names = [factor.name for factor in path.factors]
        pieces += [typst_product(expressions, names), typst_product(expressions, names, shown)]
        pieces.append(typst_product([factor.derivative for factor in path.factors]))
    general = [d.weighted_sum_in_general(1), d.weighted_sum_in_general(2), d.cost_in_general()]
    whole_layers = [d.layer_sum(1), d.layer_sum(2), d.layer_back(1), d.weight_gradient(2)]
    whole_layers.append(sp.HadamardProduct(d.layer_back(1), d.vector("delta", 1)))
    pieces += [typst(formula) for formula in (*general, *whole_layers)]
    pieces.append(typst(d.layer_sum(2), {d.matrix(2): "W", d.vector("b", 2): "b"}))
    for piece in dict.fromkeys(pieces):
        assert b"<svg" in compiled(piece)


KINDS = {
    x**4 - 3 * x**2 + x + sp.Rational(1, 2): "x^(4) - 3 x^(2) + x + frac(1, 2)",
    sigma.definition(x): "frac(1, 1 + e^(-x))",
    sp.exp(-(x**2)) / x: "frac(e^(-x^(2)), x)",
    sp.sqrt(x) + sp.pi * x: "sqrt(x) + pi x",
    -x: "-x",
    -x - 1: "-x - 1",
    1 - x: "1 - x",
    -2 * x * sp.sin(x): "-2 x sin(x)",
    x**-2: "frac(1, x^(2))",
    x / y: "frac(x, y)",
    sp.tanh(x) ** 2: "tanh(x)^(2)",
    sp.Abs(x) + sp.E: "abs(x) + e",
    (x - 1) * (x + 2): "(x - 1) (x + 2)",
    sp.Rational(-3, 4) * x: "-frac(3, 4) x",
    (1 - x) / (x + 2): "frac(1 - x, x + 2)",
    (-2) ** x: "(-2)^(x)",
    2 ** (x + 1): "2^(x + 1)",
    (x + 1) ** 3: "(x + 1)^(3)",
    sp.Pow(sp.Pow(x, 2, evaluate=False), y, evaluate=False): "(x^(2))^(y)",
    sp.log(x) + sp.cos(x): "ln(x) + cos(x)",
    relu(x): "max(0, x)",
    sigma(x): "sigma(x)",
    step(x): "cases(1 quad & x > 0, 0 quad & x <= 0)",
    sp.Derivative(sp.Symbol("cost"), x): "frac(partial C, partial x)",
    sp.Eq(x, 2 * y): "x = 2 y",
    sp.Ne(x, 2): "x != 2",
    sp.ImmutableMatrix([[x, 1], [2, y]]): "mat(x, 1; 2, y)",
    sp.Symbol("learning_rate"): "alpha",
    sp.Symbol("delta[2][0]"): "delta_(1)^((2))",
    sp.Symbol("w[1][0][1]"): "w_(12)^((1))",
    sp.Symbol("x[0]"): "x_(1)",
    sp.Symbol("height"): '"height"',
    sp.Symbol("a[1][0]") ** 2: "(a_(1)^((1)))^(2)",
}


@pytest.mark.parametrize("expression", KINDS, ids=str)
def test_each_kind_of_expression_is_written_so_and_compiles(expression: sp.Basic) -> None:
    assert typst(expression) == KINDS[expression]
    assert b"<svg" in compiled(typst(expression))


def test_numbers_stand_in_the_place_of_symbols() -> None:
    d = Derivation((2, 1), "sigmoid")
    written = {d.w(1, 0, 0): 0.7, d.x(0): 0.5, d.w(1, 0, 1): -1.0, d.x(1): 1.0, d.b(1, 0): -0.2}
    shown = {s: Number(s.name, value, 1, True) for s, value in written.items()}
    assert typst(d.weighted_sum(1, 0), None, shown) == "0.7 dot 0.5 + (-1.0) dot 1.0 - 0.2"


def with_numbers(expression: sp.Expr, **written: str) -> str:
    shown = {
        sp.Symbol(name, real=True): Number(name, float(text), len(text.partition(".")[2]), True)
        for name, text in written.items()
    }
    return typst(expression, None, shown)


def test_a_negative_number_never_meets_an_operator_without_brackets() -> None:
    assert with_numbers(x * y, x="-0.5", y="-2.0") == "-0.5 dot (-2.0)"
    assert with_numbers(1 + x * y, x="-0.5", y="2.0") == "-0.5 dot 2.0 + 1"
    assert with_numbers(x**2 + x * y, x="-0.5", y="2.0") == "(-0.5)^(2) + (-0.5) dot 2.0"
    assert with_numbers(x - y, x="0.5", y="-2.0") == "0.5 - (-2.0)"
    assert with_numbers(x + y, x="0.5", y="-2.0") == "0.5 - 2.0"
    assert with_numbers(x**2, x="-0.5") == "(-0.5)^(2)"
    assert with_numbers(-x, x="-0.5") == "-(-0.5)"
    assert with_numbers(2 * x, x="0.5") == "2 dot 0.5"


def test_a_labelled_negative_number_keeps_its_sign_inside() -> None:
    shown = {x: Number("x", 0.5, 1, True), y: Number("y", -2.0, 1, True)}
    assert typst(x + y, {y: "bias"}, shown) == "0.5 + {{ (-2.0) : bias }}"
    assert typst(x * y, {y: "w"}, shown) == "0.5 dot {{ (-2.0) : w }}"


def test_nested_parts_can_be_labelled() -> None:
    written = typst((x + y) ** 2, {x + y: "inner", x: "first"})
    assert written == "{{ ({{ x : first }} + y) : inner }}^(2)"
    assert b"<svg" in compiled(written)


def test_a_product_keeps_the_order_it_is_given_in() -> None:
    assert typst_product([y, x - 1, x]) == "y (x - 1) x"
    assert typst_product([sp.S.One, y], ["one", "other"]) == "{{ 1 : one }} {{ y : other }}"


@pytest.mark.parametrize("label", ["", "1a", "a b", "a:b", "ä", "a}}"])
def test_a_label_typst_cannot_read_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="cannot be a label"):
        typst(x, {x: label})


def test_a_bare_float_is_refused() -> None:
    with pytest.raises(TypeError, match="bare float"):
        typst(x + sp.Float(0.1))


def test_what_has_no_form_is_refused_not_guessed() -> None:
    for odd in (sp.gamma(x), sp.Integral(x, x), sp.Function("f")(x), sp.Derivative(x**2, x, x)):
        with pytest.raises(TypeError, match="no Typst form"):
            typst(odd)


def test_neurons_past_nine_have_a_comma_between_their_indices() -> None:
    assert typst(sp.Symbol("w[1][9][0]")) == "w_(10,1)^((1))"
