"""Arithmetic of the proof: 50 digits, and derivatives as central differences.

The engine (scenes.maths) differentiates by formulas.  The proof differentiates nothing: only what
the films are about is defined, the network's cost, the terrain's height and the cost curves; every
derivative is a central difference of those.  An error in a formula, a sign or an index of the
engine cannot be made here too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import sympy as sp

DIGITS = 50
_H = mpmath.mpf(10) ** -17


def exactly(value: float) -> Any:
    """A number of the lesson as it stands there, not as binary has it."""
    with mpmath.workdps(DIGITS):
        return mpmath.mpf(repr(float(value)))


def slope(function: Callable[[Any], Any], at: Any) -> Any:
    """The derivative as a central difference; good to some 30 digits."""
    with mpmath.workdps(DIGITS):
        return (function(at + _H) - function(at - _H)) / (2 * _H)


def as_sympy(value: Any) -> sp.Float:
    """The same number for SymPy, with 40 digits."""
    with mpmath.workdps(DIGITS):
        return sp.Float(mpmath.nstr(mpmath.mpf(value), 40, strip_zeros=False), 40)
