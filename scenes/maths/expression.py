"""Expressions of one variable that a lesson may state: a small grammar, and bounds on an interval.

    sum     := product (("+" | "-") product)*
    product := signed (("*" | "/") signed)*
    signed  := ("+" | "-") signed | power
    power   := atom ("**" whole number)?
    atom    := number | variable | function "(" sum ")" | "(" sum ")"

It is a part of Python's grammar, and Python's parser reads it; the text is never run, and what is
not in the grammar is refused.  Numbers are kept as fractions, so that 0.1 means one tenth.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

import sympy as sp

FUNCTIONS: Mapping[str, Callable[[sp.Expr], sp.Expr]] = {
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": sp.sqrt,
    "sin": sp.sin,
    "cos": sp.cos,
    "tanh": sp.tanh,
}
GRAMMAR = "an expression in w of numbers, + - * / **, brackets and " + ", ".join(FUNCTIONS)
LONGEST = 120  # characters
DEEPEST = 8  # brackets within one another, and signs in a row
HIGHEST_POWER = 8
HIGHEST_DEGREE = 12  # of powers of powers and of products
MOST_DIGITS = 8
LEAST_NUMBER, LARGEST_NUMBER, LARGEST_DENOMINATOR = 1e-30, 10**15, 10**40

_NUMBER = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)
_STRANGE = re.compile(r"[^\w.+\-*/()\s]|[\d.][A-Za-z_]", re.ASCII)
_SIGNS = re.compile(rf"([+-]\s*){{{DEEPEST + 1}}}")


class ExpressionError(ValueError):
    """An expression outside the grammar; the text is one line."""


def parse(text: str, variable: str = "w") -> sp.Expr:
    """The expression that `text` states, in one real variable of that name.

    Raises ExpressionError for anything but the grammar above, within its limits.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"is longer than {LONGEST} characters")
    strange = _STRANGE.search(text)
    if strange:
        raise ExpressionError(f"has {strange[0]!r}, which means nothing here")
    text = " ".join(text.split())
    if not text:
        raise ExpressionError("is empty")
    # Before Python's parser sees it, which has limits of its own.
    brackets = accumulate((c == "(") - (c == ")") for c in text)
    if max(brackets) > DEEPEST or _SIGNS.search(text):
        raise ExpressionError(f"is nested more than {DEEPEST} deep")
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as problem:
        rest = text[(problem.offset or 1) - 1 :][:20]
        where = f"at {rest!r}" if rest else "to its end"
        raise ExpressionError(f"cannot be read {where}") from None
    return _part(tree.body, text, variable).expr


@dataclass(frozen=True)
class _Part:
    """An expression and the degree it would have if all its functions were of degree one."""

    expr: sp.Expr
    degree: int

    def __post_init__(self) -> None:
        if self.degree > HIGHEST_DEGREE:
            raise ExpressionError(f"has a degree of {self.degree}; at most {HIGHEST_DEGREE}")
        value = self.expr.evalf() if self.expr.is_number else sp.S.One
        if self.expr.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I) or not value.is_real:
            raise ExpressionError("has a part that is not a number, such as 1/0")
        # Powers and functions of numbers soon make numbers that nothing could work with.
        fits = self.expr == 0 or LEAST_NUMBER <= abs(value) <= LARGEST_NUMBER
        rationals = self.expr.atoms(sp.Rational)
        if not fits or any(abs(n) > LARGEST_NUMBER or n.q > LARGEST_DENOMINATOR for n in rationals):
            raise ExpressionError("has a part that is a number too large or too small")


_OPERATIONS: Mapping[type[ast.operator], Callable[[sp.Expr, sp.Expr], sp.Expr]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _part(node: ast.expr, text: str, variable: str) -> _Part:
    """What a node of the syntax tree stands for; `text` is in ASCII."""
    source = text[node.col_offset : node.end_col_offset]
    match node:
        case ast.Name(id=name) if name == variable:
            return _Part(sp.Symbol(variable, real=True), 1)
        case ast.Constant() if _NUMBER.fullmatch(source):
            if sum(c.isdigit() for c in source) > MOST_DIGITS:
                raise ExpressionError(f"has a number of more than {MOST_DIGITS} digits")
            value = Fraction(source)
            return _Part(sp.Rational(value.numerator, value.denominator), 0)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub() as sign, operand=operand):
            inside = _part(operand, text, variable)
            return _Part(-inside.expr if isinstance(sign, ast.USub) else inside.expr, inside.degree)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base = _part(left, text, variable)
            exponent = text[right.col_offset : right.end_col_offset]
            if not exponent.isdigit() or int(exponent) > HIGHEST_POWER:
                raise ExpressionError(
                    f"has the exponent {exponent[:20]!r}; exponents are whole numbers "
                    f"from 0 to {HIGHEST_POWER}"
                )
            return _Part(base.expr ** int(exponent), base.degree * int(exponent))
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
            one, other = _part(left, text, variable), _part(right, text, variable)
            if isinstance(operation, ast.Div) and other.expr == 0:
                raise ExpressionError("divides by zero")
            sums = isinstance(operation, ast.Add | ast.Sub)
            degree = max(one.degree, other.degree) if sums else one.degree + other.degree
            return _Part(_OPERATIONS[type(operation)](one.expr, other.expr), degree)
        case ast.Call(func=ast.Name(id=name), args=[argument]) if name in FUNCTIONS:
            inside = _part(argument, text, variable)
            if name == "exp" and inside.expr.has(sp.log):  # SymPy would make a power of the two
                raise ExpressionError("has a logarithm within an exponential")
            return _Part(FUNCTIONS[name](inside.expr), max(1, inside.degree))
    raise ExpressionError(f"has {source[:20]!r}, which means nothing here")


# Bounds.  Every result is widened outwards, so that the true range always lies inside.

Interval = tuple[float, float]


class UnboundedError(ValueError):
    """An expression that may be undefined somewhere on the interval."""


def bounder(expr: sp.Expr) -> Callable[[Interval], Interval]:
    """A function from an interval of the one variable to bounds of the expression on it.

    The bounds hold for every number of the interval (natural interval extension, rounded
    outwards); they may be wider than the range.  The function raises UnboundedError where the
    expression may be undefined.
    """
    if expr.is_Symbol:
        return lambda x: x
    if expr.is_number:
        value = _wide(float(expr))
        return lambda x: value
    parts = [bounder(part) for part in expr.args]
    if expr.is_Add:
        return lambda x: _total([part(x) for part in parts])
    if expr.is_Mul:
        return lambda x: _times([part(x) for part in parts])
    if expr.is_Pow and expr.exp.is_Rational:
        return _power_bounder(parts[0], expr.exp)
    function = _BOUNDS.get(expr.func)
    if function is None:
        raise UnboundedError(f"{expr.func} has no bounds here")
    return lambda x: function(parts[0](x))


def _wide(low: float, high: float | None = None) -> Interval:
    """Outwards by more than the error of one operation or of one function of the C library."""
    high = low if high is None else high
    if math.isnan(low) or math.isnan(high):
        return -math.inf, math.inf
    return low - 4e-16 * abs(low) - 5e-324, high + 4e-16 * abs(high) + 5e-324


def _total(parts: list[Interval]) -> Interval:
    low = high = 0.0
    for a, b in parts:
        low, high = _wide(low + a, high + b)
    return low, high


def _times(parts: list[Interval]) -> Interval:
    low = high = 1.0
    for a, b in parts:
        products = [_product(u, v) for u in (low, high) for v in (a, b)]
        low, high = _wide(min(products), max(products))
    return low, high


def _product(u: float, v: float) -> float:
    return 0.0 if u == 0 or v == 0 else u * v  # 0 × ∞: a bound of 0 stays one


def _safely(function: Callable[[float], float]) -> Callable[[float], float]:
    def of(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.inf

    return of


def _rising(function: Callable[[float], float]) -> Callable[[Interval], Interval]:
    safe = _safely(function)
    return lambda x: _wide(safe(x[0]), safe(x[1]))


def _power_bounder(
    base: Callable[[Interval], Interval], exponent: Any
) -> Callable[[Interval], Interval]:
    n = float(exponent)
    power = _safely(lambda u: u**n)

    def of(x: Interval) -> Interval:
        low, high = base(x)
        if exponent < 0 and low <= 0 <= high:
            raise UnboundedError("divides by what may be zero")
        if not exponent.is_Integer and low < 0:
            raise UnboundedError("takes a root of what may be negative")
        ends = sorted((power(low), power(high)) if exponent.is_Integer else _ends(low, high))
        if exponent.is_Integer and exponent % 2 == 0 and low <= 0 <= high:
            ends[0] = 0.0
        return _wide(*_wide(*ends))

    def _ends(low: float, high: float) -> tuple[float, float]:
        return power(max(low, 0.0)), power(high)

    return of


def _log(x: Interval) -> Interval:
    if x[0] <= 0:
        raise UnboundedError("takes a logarithm of what may be zero or less")
    return _wide(math.log(x[0]), math.log(x[1]))


def _sine(x: Interval) -> Interval:
    low, high = x
    # The argument is itself only known to rounding; far out nothing is known of the phase.
    if not high - low < 2 * math.pi or max(abs(low), abs(high)) > 1e6:
        return -1.0, 1.0
    ends = (math.sin(low), math.sin(high))
    slack = 1e-9
    has_top = _has_phase(low - slack, high + slack, math.pi / 2)
    has_bottom = _has_phase(low - slack, high + slack, -math.pi / 2)
    bottom, top = _wide(min(ends), max(ends))
    return (-1.0 if has_bottom else bottom), (1.0 if has_top else top)


def _has_phase(low: float, high: float, phase: float) -> bool:
    turn = math.ceil((low - phase) / (2 * math.pi))
    return phase + 2 * math.pi * turn <= high


_BOUNDS: Mapping[Any, Callable[[Interval], Interval]] = {
    sp.exp: _rising(math.exp),
    sp.tanh: _rising(math.tanh),
    sp.log: _log,
    sp.sin: _sine,
    # A quarter turn is itself rounded, by less than 2e-16.
    sp.cos: lambda x: _sine(_wide(x[0] + math.pi / 2 - 2e-16, x[1] + math.pi / 2 + 2e-16)),
}
