"""Expressions of one variable that a lesson may state: a small grammar, and bounds on an interval.

    sum     := product (("+" | "-") product)*
    product := signed (("*" | "/") signed)*
    signed  := ("+" | "-") signed | power
    power   := atom ("**" whole number)?
    atom    := number | variable | function "(" sum ")" | "(" sum ")"

The text is never run.  Numbers are kept as fractions, so that 0.1 means one tenth.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
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
DEEPEST = 8  # brackets and signs within one another
HIGHEST_POWER = 8
HIGHEST_DEGREE = 12  # of powers of powers and of products
MOST_DIGITS = 8

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*|\.\d+)|([A-Za-z_]\w*)|(\*\*|[-+*/()]))", re.ASCII)


class ExpressionError(ValueError):
    """An expression outside the grammar; the text is one line."""


def parse(text: str, variable: str = "w") -> sp.Expr:
    """The expression that `text` states, in one real variable of that name.

    Raises ExpressionError for anything but the grammar above, within its limits.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"is longer than {LONGEST} characters")
    return _Parser(text, variable).whole()


@dataclass(frozen=True)
class _Part:
    """An expression and the degree it would have if all its functions were of degree one."""

    expr: sp.Expr
    degree: int


class _Parser:
    def __init__(self, text: str, variable: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0
        self._variable = variable

    def whole(self) -> sp.Expr:
        if not self._tokens:
            raise ExpressionError("is empty")
        part = self._sum()
        if self._next < len(self._tokens):
            raise ExpressionError(f"cannot be read from {self._peek()!r} on")
        if part.expr.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
            raise ExpressionError("has a part that is not a number, such as 1/0")
        return part.expr

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._next += 1
        return token

    def _deeper(self, read: Callable[[], _Part]) -> _Part:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError(f"is nested more than {DEEPEST} deep")
        part = read()
        self._depth -= 1
        return part

    def _sum(self) -> _Part:
        total = self._product()
        while self._peek() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            term = self._product()
            total = _Part(total.expr + sign * term.expr, max(total.degree, term.degree))
        return total

    def _product(self) -> _Part:
        total = self._signed()
        while self._peek() in ("*", "/"):
            times = self._take() == "*"
            factor = self._signed()
            if not times and factor.expr == 0:
                raise ExpressionError("divides by zero")
            expr = total.expr * factor.expr if times else total.expr / factor.expr
            total = _limited(expr, total.degree + factor.degree)
        return total

    def _signed(self) -> _Part:
        if self._peek() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            part = self._deeper(self._signed)
            return _Part(sign * part.expr, part.degree)
        return self._power()

    def _power(self) -> _Part:
        base = self._atom()
        if self._peek() != "**":
            return base
        self._take()
        exponent = self._take()
        if not exponent.isdigit() or int(exponent) > HIGHEST_POWER:
            raise ExpressionError(
                f"has the exponent {exponent or 'nothing'!r}; exponents are whole numbers "
                f"from 0 to {HIGHEST_POWER}"
            )
        if self._peek() == "**":
            raise ExpressionError("has a power of a power without brackets")
        n = int(exponent)
        return _limited(base.expr**n, base.degree * n)

    def _atom(self) -> _Part:
        token = self._take()
        if token == "(":
            return self._bracketed()
        if token == self._variable:
            return _Part(sp.Symbol(self._variable, real=True), 1)
        if token in FUNCTIONS:
            if self._take() != "(":
                raise ExpressionError(f"has {token} without brackets after it")
            inside = self._bracketed()
            return _Part(FUNCTIONS[token](inside.expr), max(1, inside.degree))
        if token[:1].isdigit() or token[:1] == ".":
            if sum(c.isdigit() for c in token) > MOST_DIGITS:
                raise ExpressionError(f"has a number of more than {MOST_DIGITS} digits")
            value = Fraction(token)
            return _Part(sp.Rational(value.numerator, value.denominator), 0)
        if not token:
            raise ExpressionError("stops where a number, a name or a bracket should follow")
        if token[0].isalpha() or token[0] == "_":
            raise ExpressionError(f"has {token[:20]!r}, which is no name known here")
        raise ExpressionError(f"has {token!r} where a number, a name or a bracket should stand")

    def _bracketed(self) -> _Part:
        part = self._deeper(self._sum)
        if self._take() != ")":
            raise ExpressionError("has a bracket that is not closed")
        return part


def _limited(expr: sp.Expr, degree: int) -> _Part:
    if degree > HIGHEST_DEGREE:
        raise ExpressionError(f"has a degree of {degree}; at most {HIGHEST_DEGREE}")
    return _Part(expr, degree)


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            rest = text[place:].lstrip()
            raise ExpressionError(f"has {rest[:1]!r}, which stands for nothing here")
        tokens.append(match[0].strip())
        place = match.end()
    return tokens


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
