"""The formulas on screen, in Typst's notation: printed from SymPy's expressions, never typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from scenes.maths.derivation import (
    FUNCTIONS,
    ChainRule,
    Derivation,
    Factor,
    elementary,
    settling_steps,
    symbol,
)
from scenes.maths.display.number import Bound, Number
from scenes.maths.key import key_of
from scenes.maths.landscape.cost_curve import CostCurve
from scenes.maths.lesson.model import NetworkLesson
from scenes.maths.typst import typst, typst_product

_FEW = 3
"""Terms that a sum may have before it is written with a running index."""


def _alpha_lambda() -> str:
    return typst_product([symbol("learning_rate"), symbol("lambda")])


def _column(numbers: Sequence[Number]) -> str:
    return f"vec({', '.join(number.typst for number in numbers)})"


def _relation(numbers: Sequence[Number]) -> str:
    return "=" if all(number.exact for number in numbers) else "approx"


def _set(expression: sp.Basic) -> str:
    return str(typst(expression))


def _squared_norm(vector: str) -> str:
    return f"norm({vector})^{_set(sp.Integer(2))}"


def _of_moves(above: str, below: str) -> str:
    return f"frac(Delta {above}, Delta {below})"


def _equation(*sides: sp.Basic) -> str:
    return " = ".join(_set(side) for side in sides)


class Symbols:
    """The formulas of one network.  Layers count from 1, neurons from 0."""

    def __init__(self, lesson: NetworkLesson) -> None:
        self.derivation = Derivation(lesson.layers, lesson.activation)

    def weighted_sum(self, layer: int, j: int) -> str:
        """z = w₁x₁ + w₂x₂ + b, or with a running index where there are many inputs."""
        d = self.derivation
        if d.sizes[layer - 1] <= _FEW:
            return _equation(d.z(layer, j), d.weighted_sum(layer, j))
        z = sp.IndexedBase(key_of("z", layer))[sp.Idx("j")]
        return _equation(z, d.weighted_sum_in_general(layer))

    def activation(self) -> str:
        """a = f(z), with the function's definition where it has one of its own."""
        z = symbol("z")
        function = FUNCTIONS[self.derivation.activation](z)
        sides = [symbol("a"), function]
        if elementary(function) != function:
            sides.append(elementary(function))
        return _equation(*sides)

    def layer_sum(self, layer: int) -> str:
        """z = W x + b."""
        d = self.derivation
        return _equation(d.vector("z", layer), d.layer_sum(layer))

    def layer_activation_of_z(self, layer: int) -> str:
        """a = f(z), for a layer."""
        d = self.derivation
        return _equation(d.vector("a", layer), d.layer_activation(layer))

    def layer_activation(self, layer: int) -> str:
        """a = f(W x + b)."""
        d = self.derivation
        return _equation(d.vector("a", layer), d.layer_activation(layer, d.layer_sum(layer)))

    def cost(self) -> str:
        """C = ½ Σ (a − y)²."""
        d = self.derivation
        few = d.sizes[-1] < _FEW
        return _equation(d.cost, d.cost_expression() if few else d.cost_in_general())

    def cost_name(self) -> str:
        """C."""
        return _set(self.derivation.cost)

    def cost_value(self, number: Number) -> str:
        """C with its value."""
        return f"{self.cost_name()} {number.relation_typst} {number.typst}"

    def kept(self) -> list[tuple[str, str]]:
        """The names of z and a, layer by layer."""
        d = self.derivation
        return [
            (_set(d.vector("z", layer)), _set(d.vector("a", layer)))
            for layer in range(1, d.depth + 1)
        ]

    def question(self, layer: int, j: int, k: int) -> str:
        """∂C/∂w of one weight, asked for."""
        return _set(self.derivation.weight_rule(layer, j, k).derivative) + ' = "?"'


class WayBackSymbols:
    """The formulas of the way back.  Layers count from 1, neurons from 0."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation

    def moving(self, layer: int, i: int, k: int) -> list[str]:
        """w, z, a and C: what moves when the weight is nudged."""
        d = self.derivation
        return [_set(s) for s in (d.w(layer, i, k), d.z(layer, i), d.a(layer, i), d.cost)]

    def rule(self, rule: ChainRule) -> tuple[str, str]:
        """∂C/∂w, and after it the factors of its only path, each labelled by its name."""
        (path,) = rule.paths
        parts = [f"{{{{ {_set(f.derivative)} : {f.name} }}}}" for f in path.factors]
        return _set(rule.derivative), "= " + " dot ".join(parts)

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
        return f"{_set(factor.derivative)} {self.result(number)}"

    def derivative_of(self, parameter: str) -> str:
        """∂C/∂w of the parameter with this key."""
        return _set(sp.Derivative(self.derivation.cost, symbol(parameter), evaluate=False))

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
        sign = _relation(list(values.values()))
        return f"{sign} {typst_product(list(values), names, values)}"

    def delta(self, layer: int, i: int) -> str:
        """δ of one neuron."""
        return _set(self.delta_symbol(layer, i))

    @staticmethod
    def delta_symbol(layer: int, i: int) -> sp.Symbol:
        """δ of one neuron, as a symbol."""
        return symbol("delta", layer, i)

    def delta_is(self, layer: int, i: int, number: Number) -> str:
        """δ = ∂C/∂z, with its value."""
        d = self.derivation
        derivative = sp.Derivative(d.cost, d.z(layer, i), evaluate=False)
        return f"{self.delta(layer, i)} = {_set(derivative)} {number.relation_typst} {number.typst}"

    def by_activation(self, layer: int, j: int) -> str:
        """∂C/∂a of a hidden neuron."""
        return _set(self.derivation.activation_rule(layer, j).derivative)

    def shares(self, layer: int, j: int) -> str:
        """∂C/∂a = w δ + w δ, one term for each neuron of the next layer."""
        d = self.derivation
        terms = [
            _set(d.w(layer + 1, i, j)) + " " + self.delta(layer + 1, i)
            for i in range(d.sizes[layer + 1])
        ]
        if len(terms) > _FEW:
            terms = [terms[0], terms[1], "dots.c", terms[-1]]
        return f"{self.by_activation(layer, j)} = {' + '.join(terms)}"

    def layer_delta(self, layer: int) -> str:
        """δ = Wᵀ δ ⊙ f′(z), for a hidden layer."""
        d = self.derivation
        return _equation(d.vector("delta", layer), d.layer_delta(layer))

    def weight_gradient(self, layer: int) -> str:
        """∂C/∂W = δ aᵀ."""
        d = self.derivation
        matrix = _set(d.matrix(layer))
        return f"frac(partial {_set(d.cost)}, partial {matrix}) = {_set(d.weight_gradient(layer))}"

    def updates(self) -> list[str]:
        """w ← w − α ∂C/∂w, and the same for b."""
        alpha, cost = symbol("learning_rate"), self.derivation.cost
        rules = []
        for each in (symbol("w"), symbol("b")):
            slope = sp.Derivative(cost, each, evaluate=False)
            rules.append(f"{_set(each)} arrow.l {_set(each - alpha * slope)}")
        return rules

    def rate(self, number: Number) -> str:
        """α with its value."""
        return f"{_set(symbol('learning_rate'))} {self.result(number)}"

    def predicted(self) -> str:
        """−α ‖∇C‖²."""
        gradient = _set(sp.MatrixSymbol("gradient_C", 1, 1))
        return f"-{_set(symbol('learning_rate'))} {_squared_norm(gradient)}"


class AscentSymbols:
    """The formulas of gradient ascent on a terrain of two coordinates."""

    def __init__(self) -> None:
        self._alpha = symbol("learning_rate")
        self._place = sp.MatrixSymbol("x", 2, 1)
        self._gradient = sp.MatrixSymbol("gradient_f", 2, 1)
        self._loss_gradient = sp.MatrixSymbol("gradient_C", 2, 1)

    def coordinates(self) -> list[str]:
        """x₁ and x₂."""
        return [_set(symbol("x", k)) for k in (0, 1)]

    def gradient(self) -> str:
        """∇f as the vector of partial derivatives."""
        f = symbol("f")
        parts = [sp.Derivative(f, symbol("x", k), evaluate=False) for k in (0, 1)]
        return f"{_set(self._gradient)} = vec({', '.join(_set(part) for part in parts)})"

    def gradient_name(self) -> str:
        """∇f."""
        return _set(self._gradient)

    def cost_gradient_name(self) -> str:
        """∇C."""
        return _set(self._loss_gradient)

    def step_name(self) -> str:
        """−∇C."""
        return f"-{self.cost_gradient_name()}"

    def share_name(self) -> str:
        """α∇f."""
        return _set(self._alpha * self._gradient)

    def weight_and_cost(self) -> tuple[str, str]:
        """w and C, for the axes of a cost of one weight."""
        return _set(symbol("w")), _set(symbol("cost"))

    def gradient_value(self, numbers: Sequence[Number]) -> str:
        """∇f as partial derivatives, and with its numbers."""
        return f"{self.gradient()} {_relation(numbers)} {_column(numbers)}"

    def slope(self, number: Number) -> str:
        """The length of ∇f."""
        return f"abs({self.gradient_name()}) {number.relation_typst} {number.typst}"

    def ascent_in_numbers(
        self, old: Sequence[Number], alpha: Number, slope: Sequence[Number], new: Sequence[Number]
    ) -> str:
        """x + α ∇f with numbers, and what it comes to; ∇f is the part "gradient"."""
        sign, labelled = _relation([*slope, *new]), f"{{{{ {_column(slope)} : gradient }}}}"
        return f"{_column(old)} + {alpha.typst} dot {labelled} {sign} {_column(new)}"

    def cost(self) -> str:
        """C = −f."""
        return _equation(symbol("cost"), -symbol("f"))

    def height(self, number: Number) -> str:
        """f with its value."""
        return f"{_set(symbol('f'))} {number.relation_typst} {number.typst}"

    def ascent(self) -> str:
        """x ← x + α ∇f; ∇f is the part "gradient"."""
        return self._update("+", self._gradient)

    def descent(self) -> str:
        """x ← x − α ∇C; ∇C is the part "gradient"."""
        return self._update("-", self._loss_gradient)

    def _update(self, sign: str, gradient: sp.MatrixExpr) -> str:
        place, step = _set(self._place), str(typst(self._alpha * gradient, {gradient: "gradient"}))
        return f"{place} arrow.l {place} {sign} {step}"


class CurveSymbols:
    """The formulas of a cost curve of one parameter and of descent on it."""

    def __init__(self, curve: CostCurve) -> None:
        self._curve = curve
        self._name = f"{_set(symbol('cost'))}({_set(curve.symbol)})"
        self._slope = f"{_set(symbol('cost'))}'({_set(curve.symbol)})"

    def parameter(self) -> str:
        """w."""
        return _set(self._curve.symbol)

    def curve(self) -> str:
        """C(w), written out."""
        return f"{self._name} = {_set(self._curve.expression)}"

    def cost_name(self) -> str:
        """C."""
        return _set(symbol("cost"))

    def level(self) -> str:
        """C′(w) = 0, written out."""
        return f"{self._slope} = {_set(self._curve.derivatives[1])} = 0"

    def root(self, number: Number) -> str:
        """w with its value."""
        return f"{self.parameter()} {number.relation_typst} {number.typst}"

    def slope(self, number: Number) -> str:
        """C′ with its value."""
        return f"{self._slope} {number.relation_typst} {number.typst}"

    def update(self) -> str:
        """w ← w − α C′(w)."""
        w, alpha = self.parameter(), _set(symbol("learning_rate"))
        return f"{w} arrow.l {w} - {alpha} {self._slope}"

    def step_size(self, number: Number) -> str:
        """α with its value."""
        return f"{_set(symbol('learning_rate'))} {number.relation_typst} {number.typst}"

    def momentum(self, number: Number) -> list[str]:
        """v ← βv − α C′(w), w ← w + v, and β with its value."""
        v, beta, alpha = "v", _set(symbol("beta")), _set(symbol("learning_rate"))
        w = self.parameter()
        return [
            f"{v} arrow.l {beta} {v} - {alpha} {self._slope}",
            f"{w} arrow.l {w} + {v}",
            f"{beta} {number.relation_typst} {number.typst}",
        ]

    @staticmethod
    def example(curve: CostCurve) -> str:
        """f, a curve that stands for its kind, written out."""
        return f"f = {_set(curve.expression)}"

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
        return f"{_set(symbol('lambda'))} = {self.cost_name()}''"

    @staticmethod
    def bound() -> str:
        """0 < αλ < 2."""
        low, high = (_set(end) for end in settling_steps())
        return f"{low} < {_alpha_lambda()} < {high}"

    @staticmethod
    def product() -> str:
        """αλ."""
        return _alpha_lambda()

    @staticmethod
    def alpha_lambda(number: Number) -> str:
        """αλ with its value."""
        return f"{_alpha_lambda()} {number.relation_typst} {number.typst}"


class ModeSymbols:
    """The formulas of automatic differentiation on a lesson's network."""

    def __init__(self, derivation: Derivation) -> None:
        self._d = derivation

    def record(self) -> list[str]:
        """What a run of the network does, step by step, down to the cost."""
        d = self._d
        steps = []
        for layer in range(1, d.depth + 1):
            steps.append(_equation(d.vector("z", layer), d.layer_sum(layer)))
            if d.activation != "identity":
                steps.append(_equation(d.vector("a", layer), d.layer_activation(layer)))
        error = f"{_set(d.vector('a', d.depth))} - {_set(sp.MatrixSymbol('y', 1, 1))}"
        return [*steps, f"{_set(d.cost)} = {_set(sp.S.Half)} {_squared_norm(error)}"]

    def jacobians(self) -> list[str]:
        """The names of the chain's Jacobians, the first layer's first, the cost's row last."""
        d = self._d
        names = [_set(sp.MatrixSymbol(key_of("J", layer), 1, 1)) for layer in range(1, d.depth + 1)]
        row = f"frac(partial {_set(d.cost)}, partial {_set(d.vector('a', d.depth))})"
        return [*names, row]

    def weights(self) -> list[str]:
        """The names of the weight matrices in their places, as in ``jacobians``."""
        d = self._d
        return [*(_set(d.matrix(layer)) for layer in range(1, d.depth + 1)), self.jacobians()[-1]]

    def gradient_name(self) -> str:
        """∂C/∂x."""
        return f"frac(partial {_set(self._d.cost)}, partial {_set(self._d.vector('a', 0))})"

    def jacobian(self) -> str:
        """J = diag(f′(z)) W."""
        d = self._d
        name, slopes = _set(sp.MatrixSymbol(key_of("J", 1), 1, 1)), _set(d.vector("slope", 1))
        return f'{name} = "diag"({slopes}) {_set(d.matrix(1))}'

    def gradient(self, numbers: Sequence[Number]) -> str:
        """∂C/∂x with its numbers."""
        row = ", ".join(number.typst for number in numbers)
        return f"{self.gradient_name()} {_relation(numbers)} mat({row})"

    @staticmethod
    def difference(bound: Bound) -> str:
        """How far two results are apart at most."""
        return f'"difference" {bound.typst}'
