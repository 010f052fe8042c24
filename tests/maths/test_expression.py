"""Expressions: what the grammar says is read, all else is refused, and bounds are bounds."""

from __future__ import annotations

import ast
import math
import operator
import random

import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scenes.maths.expression import LONGEST, ExpressionError, UnboundedError, bounder, parse

NUMBERS = st.sampled_from(["1", "2", "0.5", "3.25", ".75", "10"])


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda e: f"-({e})"),
        st.tuples(inner, st.integers(0, 3)).map(lambda t: f"({t[0]})**{t[1]}"),
        st.tuples(st.sampled_from(["exp", "sin", "cos", "tanh"]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
    )


EXPRESSIONS = st.recursive(st.one_of(NUMBERS, st.just("w")), compound, max_leaves=6)


def read(text: str) -> sp.Expr:
    try:
        return parse(text)
    except ExpressionError:
        assume(False)
        raise


BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def by_python(node: ast.AST, w: float) -> float:
    """The same text read by Python's own parser: another grammar, with the same meaning."""
    match node:
        case ast.Expression(body=body):
            return by_python(body, w)
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name():
            return w
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -by_python(operand, w)
        case ast.UnaryOp(operand=operand):
            return by_python(operand, w)
        case ast.BinOp(left=left, op=op, right=right):
            return float(BINARY[type(op)](by_python(left, w), by_python(right, w)))
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return float(getattr(math, name)(by_python(argument, w)))
    raise AssertionError(node)


@settings(max_examples=80, deadline=None)
@given(EXPRESSIONS, st.floats(-1.5, 1.5))
def test_an_expression_means_what_it_means_in_python(text: str, w: float) -> None:
    expression = read(text)
    try:
        expected = by_python(ast.parse(text, mode="eval"), w)
    except OverflowError:
        return
    assume(abs(expected) < 1e6)
    found = float(expression.subs(sp.Symbol("w", real=True), w).evalf())
    assert math.isclose(found, expected, rel_tol=1e-6, abs_tol=1e-6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-w**2", -4),
        ("2 - 3 - 4", -5),
        ("8/4/2", 1),
        ("2*-w", -4),
        ("--w", 2),
        ("1 - w + 1", 0),
        ("(w+1)*(w-1)", 3),
        ("0.1*10", 1),
        ("sqrt(2*w)", 2),
        ("log(exp(w))", 2),
    ],
)
def test_order_of_operations(text: str, value: int) -> None:
    assert parse(text).subs(sp.Symbol("w", real=True), 2) == value


REFUSED = [
    *("", " ", "w +", "* w", "(w", "w)", "w w", "2w", "w(2)", "sin w", "sin", "x", "W", "w**w"),
    *("w**-1", "w**0.5", "w**9", "w**2**2", "(w**8)**8", "w**8*w**8", "1/0", "1/(w-w)", "log(0)"),
    *("__import__('os')", "w.real", "w[0]", "lambda: 1", "w if w else 1", "w;w", "w,w", "w=1"),
    *("1e5", "0x10", "1_000", "w\x00", "ŵ", "π", "∞", "inf", "nan", "True", "eval(w)", "sin(w, w)"),
    *("9" * 20, "w" + "+w" * LONGEST, "(" * 30 + "w" + ")" * 30, "-" * 40 + "w", "'w'", "w//2"),
    *("exp(exp(exp(99)))", "exp(exp(exp(exp(9))))", "w*cos(99999999**8)", "(w*99999999)**8*w"),
    *(
        "((((((9**8)**8)**8)**8)**8)**8)**8",
        "exp(8**7*log(.3))",
        "1/log(tanh(99999999))",
        "sqrt(cos(2))",
        "exp(99999999*log(w))",
    ),
    *("w+((((((1/3)**8)**8)**8)**8)**8)**8", "w**(-2)"),
    *("sqrt(-1)", "exp(exp(exp(exp(exp(exp(exp(exp(exp(w)))))))))", "w^2", "abs(w)", "²", "w²"),
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_in_the_grammar_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert len(str(caught.value).splitlines()) == 1


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(parse(text), sp.Expr)
    except ExpressionError as problem:
        assert len(str(problem)) < 200  # noqa: PT017


def test_tokens_stirred_are_read_or_refused_quickly() -> None:
    chance = random.Random(3)
    tokens = [*"w()+-*/", "**", "2", "8", "0.3", "99999999", "exp(", "sin(", "sqrt(", "log(", " "]
    for _ in range(600):
        text = "".join(chance.choice(tokens) for _ in range(chance.randint(1, 25)))
        try:
            parse(text)
        except ExpressionError:
            continue


@settings(max_examples=80, deadline=None)
@given(EXPRESSIONS, st.floats(-2, 2), st.floats(0, 1))
def test_bounds_hold_at_every_point_of_the_interval(text: str, low: float, width: float) -> None:
    expression = read(text)
    symbol = sp.Symbol("w", real=True)
    for derivative in (expression, sp.diff(expression, symbol)):
        bottom, top = bounder(derivative)((low, low + width))
        for share in (0.0, 0.31, 0.5, 0.77, 1.0):
            value = derivative.subs(symbol, sp.Float(low + share * width, 40)).evalf(30)
            assert bottom <= value <= top


def test_bounds_of_a_cosine_hold_at_a_point() -> None:
    slope = sp.diff(parse("sin(w)"), sp.Symbol("w", real=True))
    bottom, top = bounder(slope)((-1.5, -1.5))
    assert bottom <= sp.cos(sp.Rational(3, 2)).evalf(40) <= top


@pytest.mark.parametrize("text", ["1/w", "log(w)", "sqrt(w)", "1/(w*w - 1/2)", "log(w**2)"])
def test_no_bounds_where_the_expression_may_be_undefined(text: str) -> None:
    with pytest.raises(UnboundedError):
        bounder(parse(text))((-1.0, 1.0))


def test_bounds_of_narrow_intervals_are_narrow() -> None:
    for text in ("exp(w)", "sin(w)", "cos(3*w)", "tanh(w)", "log(2+w)", "sqrt(1+w**2)", "w**3"):
        bottom, top = bounder(parse(text))((0.7, 0.7 + 1e-9))
        assert top - bottom < 1e-7
