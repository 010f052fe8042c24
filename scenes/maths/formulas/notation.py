"""How formulas are written, in Typst's notation: printed from SymPy's expressions, never typed."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from scenes.maths.display.number import Number
from scenes.maths.typst import Labels, typst

FEW = 3
"""Terms that a sum may have before it is written with a running index."""


def relation(numbers: Sequence[Number]) -> str:
    """The sign before what numbers come to: equal only where all are shown in full."""
    return "=" if all(number.exact for number in numbers) else "approx"


def written(expression: sp.Basic) -> str:
    """An expression in Typst's notation."""
    return str(typst(expression))


def squared_norm(vector: str) -> str:
    """‖v‖²."""
    return f"norm({vector})^{written(sp.Integer(2))}"


def update(
    place: sp.Basic,
    step: sp.Basic,
    sign: str = "-",
    kept: sp.Basic | None = None,
    labels: Labels | None = None,
) -> str:
    """place ← place − step; of the place, ``kept`` may be what is left."""
    before = written(place if kept is None else kept)
    return f"{written(place)} arrow.l {before} {sign} {typst(step, labels)}"


def equation(*sides: sp.Basic) -> str:
    """The sides with equals signs between."""
    return " = ".join(written(side) for side in sides)
