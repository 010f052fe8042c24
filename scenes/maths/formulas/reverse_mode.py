"""The formulas of ReverseModeCost."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from scenes.maths.derivation import (
    Derivation,
)
from scenes.maths.display.number import Bound, Number
from scenes.maths.formulas.notation import equation, relation, squared_norm, written
from scenes.maths.key import key_of


class ReverseModeFormulas:
    """The formulas of automatic differentiation on a lesson's network."""

    def __init__(self, derivation: Derivation) -> None:
        self._d = derivation

    def record(self) -> list[str]:
        """What a run of the network does, step by step, down to the cost."""
        d = self._d
        steps = []
        for layer in range(1, d.depth + 1):
            steps.append(equation(d.vector("z", layer), d.layer_sum(layer)))
            if d.activation != "identity":
                steps.append(equation(d.vector("a", layer), d.layer_activation(layer)))
        error = f"{written(d.vector('a', d.depth))} - {written(sp.MatrixSymbol('y', 1, 1))}"
        return [*steps, f"{written(d.cost)} = {written(sp.S.Half)} {squared_norm(error)}"]

    def jacobians(self) -> list[str]:
        """The names of the chain's Jacobians, the first layer's first, the cost's row last."""
        d = self._d
        names = [
            written(sp.MatrixSymbol(key_of("J", layer), 1, 1)) for layer in range(1, d.depth + 1)
        ]
        row = f"frac(partial {written(d.cost)}, partial {written(d.vector('a', d.depth))})"
        return [*names, row]

    def weights(self) -> list[str]:
        """The names of the weight matrices in their places, as in ``jacobians``."""
        d = self._d
        return [
            *(written(d.matrix(layer)) for layer in range(1, d.depth + 1)),
            self.jacobians()[-1],
        ]

    def gradient_name(self) -> str:
        """∂C/∂x."""
        return f"frac(partial {written(self._d.cost)}, partial {written(self._d.vector('a', 0))})"

    def jacobian(self) -> str:
        """J = diag(f′(z)) W."""
        d = self._d
        name, slopes = written(sp.MatrixSymbol(key_of("J", 1), 1, 1)), written(d.vector("slope", 1))
        return f'{name} = "diag"({slopes}) {written(d.matrix(1))}'

    def gradient(self, numbers: Sequence[Number]) -> str:
        """∂C/∂x with its numbers."""
        row = ", ".join(number.typst for number in numbers)
        return f"{self.gradient_name()} {relation(numbers)} mat({row})"

    @staticmethod
    def difference(bound: Bound) -> str:
        """How far two results are apart at most."""
        return f'"difference" {bound.typst}'
