"""Arithmetic of the proof: 50 digits, and derivatives as differences.

The engine (scenes.maths) differentiates by formulas.  The proof differentiates nothing: only what
the films are about is defined, the network's cost, the terrain's height and the cost curves; every
derivative is a difference of those (``mpmath.diff``).  An error in a formula, a sign or an index of
the engine cannot be made here too.
"""

from __future__ import annotations

import mpmath

mpmath.mp.dps = 50  # SymPy, which uses mpmath too, asks for the precision that it needs itself


def exactly(value: float) -> mpmath.mpf:
    """A number of the lesson as it stands there, not as binary has it."""
    return mpmath.mpf(repr(float(value)))
