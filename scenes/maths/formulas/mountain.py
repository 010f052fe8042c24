"""The formulas of MountainAnalogy."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from scenes.maths.derivation import (
    symbol,
)
from scenes.maths.display.number import Number
from scenes.maths.formulas.notation import equation, relation, update, written


def _column(numbers: Sequence[Number]) -> str:
    return f"vec({', '.join(number.typst for number in numbers)})"


class MountainFormulas:
    """The formulas of gradient ascent on a terrain of two coordinates."""

    def __init__(self) -> None:
        self._alpha = symbol("learning_rate")
        self._place = sp.MatrixSymbol("x", 2, 1)
        self._gradient = sp.MatrixSymbol("gradient_f", 2, 1)
        self._loss_gradient = sp.MatrixSymbol("gradient_C", 2, 1)

    def coordinates(self) -> list[str]:
        """x₁ and x₂."""
        return [written(symbol("x", k)) for k in (0, 1)]

    def gradient(self) -> str:
        """∇f as the vector of partial derivatives."""
        f = symbol("f")
        parts = [sp.Derivative(f, symbol("x", k), evaluate=False) for k in (0, 1)]
        return f"{written(self._gradient)} = vec({', '.join(written(part) for part in parts)})"

    def gradient_name(self) -> str:
        """∇f."""
        return written(self._gradient)

    def cost_gradient_name(self) -> str:
        """∇C."""
        return written(self._loss_gradient)

    def step_name(self) -> str:
        """−∇C."""
        return f"-{self.cost_gradient_name()}"

    def share_name(self) -> str:
        """α∇f."""
        return written(self._alpha * self._gradient)

    def weight_and_cost(self) -> tuple[str, str]:
        """w and C, for the axes of a cost of one weight."""
        return written(symbol("w")), written(symbol("cost"))

    def gradient_value(self, numbers: Sequence[Number]) -> str:
        """∇f as partial derivatives, and with its numbers."""
        return f"{self.gradient()} {relation(numbers)} {_column(numbers)}"

    def slope(self, number: Number) -> str:
        """The length of ∇f."""
        return f"abs({self.gradient_name()}) {number.relation_typst} {number.typst}"

    def ascent_in_numbers(
        self, old: Sequence[Number], alpha: Number, slope: Sequence[Number], new: Sequence[Number]
    ) -> str:
        """x + α ∇f with numbers, and what it comes to; ∇f is the part "gradient"."""
        sign, labelled = relation([*slope, *new]), f"{{{{ {_column(slope)} : gradient }}}}"
        return f"{_column(old)} + {alpha.typst} dot {labelled} {sign} {_column(new)}"

    def cost(self) -> str:
        """C = −f."""
        return equation(symbol("cost"), -symbol("f"))

    def height(self, number: Number) -> str:
        """f with its value."""
        return f"{written(symbol('f'))} {number.relation_typst} {number.typst}"

    def ascent(self) -> str:
        """x ← x + α ∇f; ∇f is the part "gradient"."""
        step = self._alpha * self._gradient
        return update(self._place, step, "+", labels={self._gradient: "gradient"})

    def descent(self) -> str:
        """x ← x − α ∇C; ∇C is the part "gradient"."""
        step = self._alpha * self._loss_gradient
        return update(self._place, step, labels={self._loss_gradient: "gradient"})
