"""The formulas of a network, as several films show them."""

from __future__ import annotations

import sympy as sp

from scenes.maths.derivation import (
    FUNCTIONS,
    Derivation,
    elementary,
    symbol,
)
from scenes.maths.display.number import Number
from scenes.maths.formulas.notation import FEW, equation, written
from scenes.maths.key import key_of
from scenes.maths.lesson.model import NetworkLesson


class NetworkFormulas:
    """The formulas of one network.  Layers count from 1, neurons from 0."""

    def __init__(self, lesson: NetworkLesson) -> None:
        self.derivation = Derivation(lesson.layers, lesson.activation)

    def weighted_sum(self, layer: int, j: int) -> str:
        """z = w₁x₁ + w₂x₂ + b, or with a running index where there are many inputs."""
        d = self.derivation
        if d.sizes[layer - 1] <= FEW:
            return equation(d.z(layer, j), d.weighted_sum(layer, j))
        z = sp.IndexedBase(key_of("z", layer))[sp.Idx("j")]
        return equation(z, d.weighted_sum_in_general(layer))

    def activation(self) -> str:
        """a = f(z), with the function's definition where it has one of its own."""
        z = symbol("z")
        function = FUNCTIONS[self.derivation.activation](z)
        sides = [symbol("a"), function]
        if elementary(function) != function:
            sides.append(elementary(function))
        return equation(*sides)

    def layer_sum(self, layer: int) -> str:
        """z = W x + b."""
        d = self.derivation
        return equation(d.vector("z", layer), d.layer_sum(layer))

    def layer_activation_of_z(self, layer: int) -> str:
        """a = f(z), for a layer."""
        d = self.derivation
        return equation(d.vector("a", layer), d.layer_activation(layer))

    def layer_activation(self, layer: int) -> str:
        """a = f(W x + b)."""
        d = self.derivation
        return equation(d.vector("a", layer), d.layer_activation(layer, d.layer_sum(layer)))

    def cost(self) -> str:
        """C = ½ Σ (a − y)²."""
        d = self.derivation
        few = d.sizes[-1] < FEW
        return equation(d.cost, d.cost_expression() if few else d.cost_in_general())

    def cost_name(self) -> str:
        """C."""
        return written(self.derivation.cost)

    def cost_value(self, number: Number) -> str:
        """C with its value."""
        return f"{self.cost_name()} {number.relation_typst} {number.typst}"

    def kept(self) -> list[tuple[str, str]]:
        """The names of z and a, layer by layer."""
        d = self.derivation
        return [
            (written(d.vector("z", layer)), written(d.vector("a", layer)))
            for layer in range(1, d.depth + 1)
        ]

    def question(self, layer: int, j: int, k: int) -> str:
        """∂C/∂w of one weight, asked for."""
        return written(self.derivation.weight_rule(layer, j, k).derivative) + ' = "?"'
