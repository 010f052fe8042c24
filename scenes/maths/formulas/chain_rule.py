"""The formulas of BackwardChainRule."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from scenes.maths.derivation import (
    ChainRule,
    Derivation,
    Factor,
    symbol,
)
from scenes.maths.display.number import Number
from scenes.maths.formulas.notation import FEW, equation, relation, squared_norm, update, written
from scenes.maths.typst import typst_product


def _of_moves(above: str, below: str) -> str:
    return f"frac(Delta {above}, Delta {below})"


class ChainRuleFormulas:
    """The formulas of the way back.  Layers count from 1, neurons from 0."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation

    def moving(self, layer: int, i: int, k: int) -> list[str]:
        """w, z, a and C: what moves when the weight is nudged."""
        d = self.derivation
        return [written(s) for s in (d.w(layer, i, k), d.z(layer, i), d.a(layer, i), d.cost)]

    def rule(self, rule: ChainRule) -> tuple[str, str]:
        """∂C/∂w, and after it the factors of its only path, each labelled by its name."""
        (path,) = rule.paths
        parts = [f"{{{{ {written(f.derivative)} : {f.name} }}}}" for f in path.factors]
        return written(rule.derivative), "= " + " dot ".join(parts)

    def quotient(self, weight: tuple[int, int, int], k: int, ratio: Number | None) -> str:
        """A move over the one before it, with its value; None where there is no move."""
        names = self.moving(*weight)
        value = '"(no move)"' if ratio is None else self.result(ratio)
        return f"{_of_moves(names[k + 1], names[k])} {value}"

    def product_of_quotients(self, weight: tuple[int, int, int], whole: Number | None) -> str:
        """ΔC/Δw as the product of the three, with its value; none where something does not move."""
        names = self.moving(*weight)
        ratios = [_of_moves(names[k + 1], names[k]) for k in (2, 1, 0)]
        value = "" if whole is None else f" {self.result(whole)}"
        return f"{_of_moves(names[3], names[0])} = {' dot '.join(ratios)}{value}"

    def factor(self, factor: Factor, number: Number) -> str:
        """One local derivative, with its value."""
        return f"{written(factor.derivative)} {self.result(number)}"

    def derivative_of(self, parameter: str) -> str:
        """∂C/∂w of the parameter with this key."""
        return written(sp.Derivative(self.derivation.cost, symbol(parameter), evaluate=False))

    def result(self, number: Number) -> str:
        """What a calculation comes to."""
        return f"{number.relation_typst} {number.typst}"

    def factors(self, rule: ChainRule) -> str:
        """The same factors worked out."""
        (path,) = rule.paths
        names = [factor.name for factor in path.factors]
        return "= " + typst_product([f.expression for f in path.factors], names)

    def factors_in_numbers(self, rule: ChainRule, numbers: Mapping[str, Number]) -> str:
        """The same factors as numbers."""
        (path,) = rule.paths
        values = {symbol(f.key): numbers[f.key] for f in path.factors}
        names = [factor.name for factor in path.factors]
        sign = relation(list(values.values()))
        return f"{sign} {typst_product(list(values), names, values)}"

    def delta(self, layer: int, i: int) -> str:
        """δ of one neuron."""
        return written(self.delta_symbol(layer, i))

    @staticmethod
    def delta_symbol(layer: int, i: int) -> sp.Symbol:
        """δ of one neuron, as a symbol."""
        return symbol("delta", layer, i)

    def delta_is(self, layer: int, i: int, number: Number) -> str:
        """δ = ∂C/∂z, with its value."""
        d = self.derivation
        derivative = sp.Derivative(d.cost, d.z(layer, i), evaluate=False)
        return (
            f"{self.delta(layer, i)} = {written(derivative)} {number.relation_typst} {number.typst}"
        )

    def by_activation(self, layer: int, j: int) -> str:
        """∂C/∂a of a hidden neuron."""
        return written(self.derivation.activation_rule(layer, j).derivative)

    def shares(self, layer: int, j: int) -> str:
        """∂C/∂a = w δ + w δ, one term for each neuron of the next layer."""
        d = self.derivation
        terms = [
            written(d.w(layer + 1, i, j)) + " " + self.delta(layer + 1, i)
            for i in range(d.sizes[layer + 1])
        ]
        if len(terms) > FEW:
            terms = [terms[0], terms[1], "dots.c", terms[-1]]
        return f"{self.by_activation(layer, j)} = {' + '.join(terms)}"

    def layer_delta(self, layer: int) -> str:
        """δ = Wᵀ δ ⊙ f′(z), for a hidden layer."""
        d = self.derivation
        return equation(d.vector("delta", layer), d.layer_delta(layer))

    def weight_gradient(self, layer: int) -> str:
        """∂C/∂W = δ aᵀ."""
        d = self.derivation
        quotient = f"frac(partial {written(d.cost)}, partial {written(d.matrix(layer))})"
        return f"{quotient} = {written(d.weight_gradient(layer))}"

    def updates(self) -> list[str]:
        """w ← w − α ∂C/∂w, and the same for b."""
        alpha, cost = symbol("learning_rate"), self.derivation.cost
        rules = []
        for each in (symbol("w"), symbol("b")):
            slope = sp.Derivative(cost, each, evaluate=False)
            rules.append(update(each, alpha * slope))
        return rules

    def rate(self, number: Number) -> str:
        """α with its value."""
        return f"{written(symbol('learning_rate'))} {self.result(number)}"

    def predicted(self) -> str:
        """−α ‖∇C‖²."""
        gradient = written(sp.MatrixSymbol("gradient_C", 1, 1))
        return f"-{written(symbol('learning_rate'))} {squared_norm(gradient)}"
