"""The formulas of LocalVersusGlobalMinima."""

from __future__ import annotations

from scenes.maths.derivation import (
    settling_steps,
    symbol,
)
from scenes.maths.display.number import Number
from scenes.maths.formulas.notation import update, written
from scenes.maths.landscape.cost_curve import CostCurve
from scenes.maths.typst import typst_product


def _alpha_lambda() -> str:
    return typst_product([symbol("learning_rate"), symbol("lambda")])


class MinimaFormulas:
    """The formulas of a cost curve of one parameter and of descent on it."""

    def __init__(self, curve: CostCurve) -> None:
        self._curve = curve
        self._name = f"{written(symbol('cost'))}({written(curve.symbol)})"
        self._slope = written(symbol("slope_of_cost"))

    def parameter(self) -> str:
        """w."""
        return written(self._curve.symbol)

    def curve(self) -> str:
        """C(w), written out."""
        return f"{self._name} = {written(self._curve.expression)}"

    def cost_name(self) -> str:
        """C."""
        return written(symbol("cost"))

    def level(self) -> str:
        """C′(w) = 0, written out."""
        return f"{self._slope} = {written(self._curve.derivatives[1])} = 0"

    def root(self, number: Number) -> str:
        """w with its value."""
        return f"{self.parameter()} {number.relation_typst} {number.typst}"

    def slope(self, number: Number) -> str:
        """C′ with its value."""
        return f"{self._slope} {number.relation_typst} {number.typst}"

    def update(self) -> str:
        """w ← w − α C′(w)."""
        w, step = self._curve.symbol, symbol("learning_rate") * symbol("slope_of_cost")
        return update(w, step)

    def step_size(self, number: Number) -> str:
        """α with its value."""
        return f"{written(symbol('learning_rate'))} {number.relation_typst} {number.typst}"

    def momentum(self, number: Number) -> list[str]:
        """v ← βv − α C′(w), w ← w + v, and β with its value."""
        v, w, beta = symbol("v"), self._curve.symbol, symbol("beta")
        step = symbol("learning_rate") * symbol("slope_of_cost")
        return [
            update(v, step, kept=beta * v),
            update(w, v, "+"),
            f"{written(beta)} {number.relation_typst} {number.typst}",
        ]

    @staticmethod
    def example(curve: CostCurve) -> str:
        """f, a curve that stands for its kind, written out."""
        return f"f = {written(curve.expression)}"

    @staticmethod
    def order(order: int, number: Number) -> str:
        """A higher derivative of f with its value, and how it stands to zero.

        A second one tells by its sign, a third one by being another number than zero.
        """
        sign = " > 0" if number.value > 0 else " < 0"
        if order > 2:
            sign = " != 0"
        return f"f{chr(39) * order} = {number.typst}{sign if number.value else ''}"

    def curvature(self) -> str:
        """λ = C″."""
        return f"{written(symbol('lambda'))} = {self.cost_name()}''"

    @staticmethod
    def bound() -> str:
        """0 < αλ < 2."""
        low, high = (written(end) for end in settling_steps())
        return f"{low} < {_alpha_lambda()} < {high}"

    @staticmethod
    def product() -> str:
        """αλ."""
        return _alpha_lambda()

    @staticmethod
    def alpha_lambda(number: Number) -> str:
        """αλ with its value."""
        return f"{_alpha_lambda()} {number.relation_typst} {number.typst}"
