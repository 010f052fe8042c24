"""The chain rule for a lesson's network, worked out by SymPy in named, placed factors.

Symbols bear the keys of the numbers shown (scenes.maths.key): Symbol("z[1][0]") is the sum of the
first neuron of layer 1, Symbol("x[1]") the second input, Symbol("cost") the cost.  Every
factor of a product is sympy.diff of an expression that can be put on screen beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import sympy as sp

from scenes.maths.key import Key, activation_key, key_of
from scenes.maths.lesson.model import Lesson
from scenes.maths.network import ForwardTrace


def symbol(name: str, *at: int) -> sp.Symbol:
    """The symbol of the number with this key: symbol("w", 1, 0, 1) is w[1][0][1]."""
    return sp.Symbol(key_of(name, *at), real=True)


@cache
def settling_steps() -> tuple[sp.Expr, sp.Expr]:
    """Between which values of αλ descent settles at a minimum of curvature λ.

    One step takes the distance u from the minimum to (1 − αλ) u, up to terms of second order; it
    shrinks where |1 − αλ| < 1 (Goodfellow, Bengio & Courville, section 4.3.1).
    """
    product = sp.Symbol("product", real=True)
    settles = sp.solveset(sp.Abs(1 - product) < 1, product, sp.S.Reals)
    return settles.start, settles.end


class sigma(sp.Function):  # type: ignore[misc]
    """σ(z) = 1 / (1 + e^(−z)), the logistic sigmoid."""

    @classmethod
    def definition(cls, z: sp.Expr) -> sp.Expr:
        return 1 / (1 + sp.exp(-z))

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """σ′ in terms of σ itself; worked out from the definition, not stated."""
        slope, s = _slope_of_sigma()
        return slope.subs(s, self)


@cache
def _slope_of_sigma() -> tuple[sp.Expr, sp.Symbol]:
    """σ′, and the symbol that stands for σ in it."""
    z, s = sp.symbols("z s")
    definition = sigma.definition(z)
    (power,) = sp.solve(sp.Eq(s, definition), sp.exp(-z))
    slope = sp.factor(sp.diff(definition, z).subs(sp.exp(-z), power))
    sign, factors = slope.as_coeff_mul()
    if sign < 0:  # SymPy prefers −s (s − 1); people write s (1 − s)
        slope = sp.Mul(-sign, *(sp.expand(-f) if f.is_Add else f for f in factors))
    return slope, s


class relu(sp.Function):  # type: ignore[misc]
    """relu(z) = max(0, z); it has no derivative at 0, where 0 is taken by convention."""

    @classmethod
    def definition(cls, z: sp.Expr) -> sp.Expr:
        return sp.Piecewise((z, z > 0), (0, True))

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The step function."""
        return step(self.args[0])


class step(sp.Function):  # type: ignore[misc]
    """step(z) = relu′(z): 1 where z > 0, else 0."""

    @classmethod
    def definition(cls, z: sp.Expr) -> sp.Expr:
        u = sp.Symbol("u", real=True)
        return sp.diff(relu.definition(u), u).subs(u, z)


FUNCTIONS: Mapping[str, Any] = {
    "sigmoid": sigma,
    "tanh": sp.tanh,
    "relu": relu,
    "identity": lambda z: z,
}


def elementary(expression: sp.Expr) -> sp.Expr:
    """The expression with σ, relu and step replaced by their definitions."""
    for function in (sigma, relu, step):
        expression = expression.replace(function, function.definition)
    return expression


@cache
def _as_programs() -> dict[str, Callable[..., Any]]:
    """σ, relu and step for lambdify, made from their definitions."""
    z = sp.Symbol("z", real=True)
    return {f.__name__: sp.lambdify(z, f.definition(z), "numpy") for f in (sigma, relu, step)}


@dataclass(frozen=True)
class NetworkPlace:
    """Where in the network something stands.

    kind: "error" (at output `neuron`), "slope" (inside the neuron), "weight" (on the wire from
    neuron `source` of the layer before), "activation" or "input" (layer 0).  Layers count from 1,
    neurons from 0.
    """

    kind: str
    layer: int
    neuron: int
    source: int | None = None


@dataclass(frozen=True)
class Factor:
    """One local derivative ∂numerator/∂denominator on the way from the cost.

    local: the expression for the numerator; expression: its derivative, with activations by
    name; place: where to read it off; key: the number it is equal to.
    """

    numerator: sp.Symbol
    denominator: sp.Symbol
    local: sp.Expr
    expression: sp.Expr
    place: NetworkPlace
    key: str

    @property
    def name(self) -> str:
        """A name that serves as a Typst label, such as "slope_2_0"."""
        return Key.parse(self.key).label

    @property
    def derivative(self) -> sp.Expr:
        """∂numerator/∂denominator, not carried out."""
        return sp.Derivative(self.numerator, self.denominator, evaluate=False)


@dataclass(frozen=True)
class ChainPath:
    """One path from the cost to a variable: a product of factors, the cost's end first."""

    factors: tuple[Factor, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the numbers that are multiplied."""
        return tuple(factor.key for factor in self.factors)


@dataclass(frozen=True)
class ChainRule:
    """∂cost/∂variable as a sum over all paths from the cost to the variable."""

    cost: sp.Symbol
    variable: sp.Symbol
    paths: tuple[ChainPath, ...]

    @property
    def derivative(self) -> sp.Expr:
        """∂cost/∂variable, not carried out."""
        return sp.Derivative(self.cost, self.variable, evaluate=False)


@dataclass(frozen=True)
class Derivation:
    """The formulas of a network: neurons per layer (the input first) and its activation."""

    sizes: tuple[int, ...]
    activation: str

    @classmethod
    def of(cls, lesson: Lesson) -> Derivation:
        return cls(lesson.network.layers, lesson.network.activation)

    @property
    def depth(self) -> int:
        """L, the number of layers after the input."""
        return len(self.sizes) - 1

    # Symbols.

    @property
    def cost(self) -> sp.Symbol:
        return symbol("cost")

    def x(self, k: int) -> sp.Symbol:
        return symbol("x", k)

    def y(self, i: int) -> sp.Symbol:
        return symbol("y", i)

    def w(self, layer: int, j: int, k: int) -> sp.Symbol:
        """Weight into neuron j of the layer from neuron k of the layer before."""
        return symbol("w", layer, j, k)

    def b(self, layer: int, j: int) -> sp.Symbol:
        return symbol("b", layer, j)

    def z(self, layer: int, j: int) -> sp.Symbol:
        """Weighted sum plus bias."""
        return symbol("z", layer, j)

    def a(self, layer: int, j: int) -> sp.Symbol:
        """Activation; in layer 0 the input."""
        return symbol(activation_key(layer, j))

    # Local expressions, each in the symbols it is made of.

    def weighted_sum(self, layer: int, j: int) -> sp.Expr:
        """z of neuron j: Σ w a + b."""
        terms = [self.w(layer, j, k) * self.a(layer - 1, k) for k in range(self.sizes[layer - 1])]
        return sp.Add(*terms, self.b(layer, j))

    def activated(self, layer: int, j: int) -> sp.Expr:
        """a of neuron j: f(z)."""
        return FUNCTIONS[self.activation](self.z(layer, j))

    def squared_error(self, i: int) -> sp.Expr:
        """(a_i − y_i)²."""
        return (self.a(self.depth, i) - self.y(i)) ** 2

    def cost_expression(self) -> sp.Expr:
        """C = ½ Σ (a_i − y_i)²."""
        return _half(sp.Add(*(self.squared_error(i) for i in range(self.sizes[-1]))))

    # The same in general, with a running index, for a layer of any width.

    def weighted_sum_in_general(self, layer: int) -> sp.Expr:
        """z_j = Σ_k w_jk a_k + b_j."""
        j, k = sp.Idx("j"), sp.Idx("k")
        w, b = sp.IndexedBase(key_of("w", layer)), sp.IndexedBase(key_of("b", layer))
        a = sp.IndexedBase("x" if layer == 1 else key_of("a", layer - 1))
        return sp.Sum(w[j, k] * a[k], (k, 1, self.sizes[layer - 1])) + b[j]

    def cost_in_general(self) -> sp.Expr:
        """C = ½ Σ_i (a_i − y_i)²."""
        i = sp.Idx("i")
        a, y = sp.IndexedBase(key_of("a", self.depth)), sp.IndexedBase("y")
        return _half(sp.Sum((a[i] - y[i]) ** 2, (i, 1, self.sizes[-1])))

    # A layer at a time.

    def matrix(self, layer: int) -> sp.MatrixSymbol:
        """W of the layer."""
        return sp.MatrixSymbol(key_of("W", layer), self.sizes[layer], self.sizes[layer - 1])

    def vector(self, name: str, layer: int) -> sp.MatrixSymbol:
        """The vector `name` ("a", "z", "b", "delta") of the layer; "a" of layer 0 is x."""
        named = "x" if (name, layer) == ("a", 0) else key_of(name, layer)
        return sp.MatrixSymbol(named, self.sizes[layer], 1)

    def layer_sum(self, layer: int) -> sp.MatrixExpr:
        """z = W a + b for the whole layer."""
        return self.matrix(layer) * self.vector("a", layer - 1) + self.vector("b", layer)

    def layer_activation(self, layer: int, inner: sp.MatrixExpr | None = None) -> sp.MatrixExpr:
        """a = f(z) for the whole layer, neuron by neuron; `inner` stands in place of z."""
        z = self.vector("z", layer) if inner is None else inner
        return z if self.activation == "identity" else z.applyfunc(FUNCTIONS[self.activation])

    def layer_back(self, layer: int) -> sp.MatrixExpr:
        """∂C/∂a of a hidden layer: Wᵀ δ of the layer after."""
        return self.matrix(layer + 1).T * self.vector("delta", layer + 1)

    def layer_delta(self, layer: int) -> sp.MatrixExpr:
        """δ = ∂C/∂z of a hidden layer: ∂C/∂a times the slopes f′(z), neuron by neuron."""
        return sp.HadamardProduct(self.layer_back(layer), self.vector("slope", layer))

    def weight_gradient(self, layer: int) -> sp.MatrixExpr:
        """∂C/∂W = δ aᵀ, an outer product."""
        return self.vector("delta", layer) * self.vector("a", layer - 1).T

    # The chain rule.

    def weight_rule(self, layer: int, j: int, k: int) -> ChainRule:
        """∂C/∂w for the weight into neuron j of the layer from neuron k."""
        w, incoming = self.w(layer, j, k), activation_key(layer - 1, k)
        place = NetworkPlace("input" if layer == 1 else "activation", layer - 1, k)
        last = self._factor(self.z(layer, j), self.weighted_sum(layer, j), w, place, incoming)
        paths = (
            ChainPath((*factors, self._slope(layer, j), last)) for factors in self._paths(layer, j)
        )
        return ChainRule(self.cost, w, tuple(paths))

    def activation_rule(self, layer: int, j: int) -> ChainRule:
        """∂C/∂a for neuron j of the layer: one path for each way on to the cost."""
        paths = tuple(ChainPath(factors) for factors in self._paths(layer, j))
        return ChainRule(self.cost, self.a(layer, j), paths)

    def _paths(self, layer: int, j: int) -> list[tuple[Factor, ...]]:
        """All ways from the cost to the activation of neuron j of the layer."""
        if layer == self.depth:
            place = NetworkPlace("error", layer, j)
            local, a = self.cost_expression(), self.a(layer, j)
            return [(self._factor(self.cost, local, a, place, key_of("error", j)),)]
        ways = []
        for i in range(self.sizes[layer + 1]):
            wire = self._factor(
                self.z(layer + 1, i),
                self.weighted_sum(layer + 1, i),
                self.a(layer, j),
                NetworkPlace("weight", layer + 1, i, j),
                key_of("w", layer + 1, i, j),
            )
            slope = self._slope(layer + 1, i)
            ways += [(*factors, slope, wire) for factors in self._paths(layer + 1, i)]
        return ways

    def _slope(self, layer: int, j: int) -> Factor:
        a, z = self.a(layer, j), self.z(layer, j)
        place = NetworkPlace("slope", layer, j)
        return self._factor(a, self.activated(layer, j), z, place, key_of("slope", layer, j))

    def _factor(
        self,
        numerator: sp.Symbol,
        local: sp.Expr,
        denominator: sp.Symbol,
        place: NetworkPlace,
        name: str,
    ) -> Factor:
        expression = sp.diff(local, denominator)
        if self.activation in ("sigmoid", "tanh") and place.kind == "slope":
            expression = expression.subs(local, numerator)  # f(z) is known by its name, a
        return Factor(numerator, denominator, local, expression, place, name)

    # The whole, to check the parts against.

    @cached_property
    def composed_cost(self) -> sp.Expr:
        """C in inputs, weights, biases and targets alone."""
        a: list[sp.Expr] = [self.x(k) for k in range(self.sizes[0])]
        f = FUNCTIONS[self.activation]
        for layer in range(1, self.depth + 1):
            known = {self.a(layer - 1, k): value for k, value in enumerate(a)}
            sums = [self.weighted_sum(layer, j).xreplace(known) for j in range(self.sizes[layer])]
            a = [f(z) for z in sums]
        known = {self.a(self.depth, i): value for i, value in enumerate(a)}
        return self.cost_expression().xreplace(known)

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Every weight and bias, layer by layer, the weights first."""
        found: list[sp.Symbol] = []
        for layer in range(1, self.depth + 1):
            neurons, sources = range(self.sizes[layer]), range(self.sizes[layer - 1])
            found += [self.w(layer, j, k) for j in neurons for k in sources]
            found += [self.b(layer, j) for j in neurons]
        return tuple(found)

    def gradient(
        self, trace: ForwardTrace, only: Sequence[sp.Symbol] | None = None
    ) -> dict[str, float]:
        """∂C/∂parameter by differentiating the composed cost, keyed as the parameters are.

        only: the parameters to differentiate by, all if not given.

        It takes from the trace only inputs, weights, biases and targets: none of the engine's
        results.
        """
        known = values(trace)
        given = {s: known[s] for s in known if Key.parse(s.name).name in ("x", "y", "w", "b")}
        wanted = self.parameters if only is None else tuple(only)
        derivatives = [sp.diff(self.composed_cost, p) for p in wanted]
        modules = [_as_programs(), "numpy"]
        function = sp.lambdify(list(given), derivatives, modules=modules, cse=True)
        results = function(*given.values())
        return {p.name: float(r) for p, r in zip(wanted, results, strict=True)}


def values(trace: ForwardTrace) -> dict[sp.Symbol, float]:
    """Every symbol's value in a forward pass."""
    found = {symbol("cost"): trace.cost}
    found |= {symbol("x", k): float(v) for k, v in enumerate(trace.input)}
    found |= {symbol("y", i): float(v) for i, v in enumerate(trace.target)}
    for layer, here in enumerate(trace.layers, start=1):
        for (j, k), v in np.ndenumerate(here.W):
            found[symbol("w", layer, j, k)] = float(v)
        for name, vector in (("b", here.b), ("z", here.z), ("a", here.a)):
            found |= {symbol(name, layer, j): float(v) for j, v in enumerate(vector)}
    return found


def _half(expression: sp.Expr) -> sp.Expr:
    # Left alone, SymPy would multiply the ½ into the sum.
    return sp.Mul(sp.Rational(1, 2), expression, evaluate=False)
