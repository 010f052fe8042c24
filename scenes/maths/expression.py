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
from mpmath import iv

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


# Bounds: interval arithmetic, in which every result is rounded outwards.

Interval = tuple[float, float]


class UnboundedError(ValueError):
    """An expression that may be undefined somewhere on the interval."""


def bounder(expr: sp.Expr) -> Callable[[Interval], Interval]:
    """A function from an interval of the one variable to bounds of the expression on it.

    The bounds hold for every number of the interval (natural interval extension, rounded
    outwards); they may be wider than the range.  The function raises UnboundedError where the
    expression may be undefined.
    """
    bounds = _bounds(expr)
    return lambda interval: _as_floats(bounds(iv.mpf(interval)))


def _as_floats(x: Any) -> Interval:
    return _as_float(x.a, -math.inf), _as_float(x.b, math.inf)


def _as_float(end: Any, outwards: float) -> float:
    near = float(end)
    return near if iv.mpf(near) == end else math.nextafter(near, outwards)


def _bounds(expr: sp.Expr) -> Callable[[Any], Any]:
    """The same, from intervals of mpmath's to such."""
    if expr.is_Symbol:
        return lambda x: x
    if expr.is_number:
        value = float(expr) * iv.mpf((1 - 4e-16, 1 + 4e-16))
        return lambda x: value
    parts = [_bounds(part) for part in expr.args]
    if expr.is_Add:
        return lambda x: sum(part(x) for part in parts)
    if expr.is_Mul:
        return lambda x: math.prod(part(x) for part in parts)
    if expr.is_Pow and expr.exp.is_Rational:
        return lambda x: _power(parts[0](x), expr.exp)
    if expr.func not in _FUNCTION_BOUNDS:
        raise UnboundedError(f"{expr.func} has no bounds here")
    function = _FUNCTION_BOUNDS[expr.func]
    # Numbers that are no floats have too many digits to be worked on.
    return lambda x: function(iv.mpf(_as_floats(parts[0](x))))


def _power(base: Any, exponent: sp.Rational) -> Any:
    if exponent < 0 and 0 in base:
        raise UnboundedError("divides by what may be zero")
    if exponent.is_Integer:
        return base ** int(exponent)
    if base.a < 0:
        raise UnboundedError("takes a root of what may be negative")
    return base ** (iv.mpf(exponent.p) / exponent.q)


def _log(x: Any) -> Any:
    if x.a <= 0:
        raise UnboundedError("takes a logarithm of what may be zero or less")
    return iv.log(x)


_FUNCTION_BOUNDS: Mapping[Any, Callable[[Any], Any]] = {
    sp.exp: iv.exp,
    sp.tanh: lambda x: 1 - 2 / (iv.exp(2 * x) + 1),
    sp.log: _log,
    sp.sin: iv.sin,
    sp.cos: iv.cos,
}
