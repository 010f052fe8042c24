"""A lesson's network with letters for all its numbers, so that SymPy can differentiate it.

Inputs, weights, biases, targets and pre-activations are letters.  An activation is the function's
definition at its pre-activation; the cost is half the sum of squares.  Every derivative here is
``sympy.diff`` of those definitions: nothing of the rules that the films derive is used, but for
what a delta is.  To first order the cost changes by delta times the change of z (Goodfellow, Bengio
& Courville, section 6.5.6), which is how a layer's delta stands for all that comes after it.
"""

from __future__ import annotations

from functools import cache
from random import Random

import sympy as sp

from scenes.maths.key import Key, activation_key, key_of
from scenes.maths.lesson.model import NetworkLesson
from scenes.proof.layers import derivatives, gathered, parsed


class Algebra:
    """What each name in a formula stands for, as an expression in letters."""

    def __init__(self, lesson: NetworkLesson) -> None:
        self.sizes, self.depth = lesson.layers, len(lesson.layers) - 1
        self._activation = lesson.activation

    # -- definitions

    def function(self, z: sp.Expr) -> sp.Expr:
        """The activation function at z, by its definition."""
        if self._activation == "sigmoid":
            return 1 / (1 + sp.exp(-z))
        if self._activation == "tanh":
            return sp.tanh(z)
        return sp.Max(0, z) if self._activation == "relu" else z

    def slope(self, of: sp.Expr, by: sp.Symbol) -> sp.Expr:
        """∂of/∂by; a ReLU's kink has the slope 0, as the films say."""
        return sp.diff(of, by).replace(
            sp.Heaviside, lambda z, *_: sp.Piecewise((1, z > 0), (0, z <= 0))
        )

    def activation(self, layer: int, j: int) -> sp.Expr:
        """The activation function at a pre-activation's letter."""
        return self.function(self.letter(key_of("z", layer, j)))

    def weighted_sum(self, layer: int, j: int) -> sp.Expr:
        """A pre-activation, with letters for what comes in, which may be nudged."""
        terms = (
            self.letter(key_of("w", layer, j, k)) * self.letter(activation_key(layer - 1, k))
            for k in range(self.sizes[layer - 1])
        )
        return sum(terms, self.letter(key_of("b", layer, j)))

    def cost(self) -> sp.Expr:
        """Half the sum of squares, with letters for the outputs."""
        return sum(
            (self.letter(key_of("a", self.depth, i)) - self.letter(key_of("y", i))) ** 2
            for i in range(self.sizes[-1])
        ) / sp.Integer(2)

    @staticmethod
    @cache
    def letter(key: str) -> sp.Symbol:
        """The letter of a quantity."""
        return sp.Symbol(key, real=True)

    def settled(self, expression: sp.Expr) -> sp.Expr:
        """With activations as functions of their pre-activations."""
        letters = {
            self.letter(key_of("a", layer, k)): self.activation(layer, k)
            for layer in range(1, self.depth + 1)
            for k in range(self.sizes[layer])
        }
        return expression.xreplace(letters)

    def spelled_out(self, expression: sp.Expr, layer: int) -> sp.Expr:
        """With a layer's pre-activations as weighted sums of what comes in."""
        sums = {
            self.letter(key_of("z", layer, j)): self.settled(self.weighted_sum(layer, j))
            for j in range(self.sizes[layer])
        }
        return expression.xreplace(sums)

    # -- derivatives

    @cache  # noqa: B019  (one network is one film's)
    def of_cost(self, key: str) -> sp.Expr:
        """∂C/∂key."""
        base, at = (of := Key.parse(key)).name, of.at
        letter = self.letter(key)
        layer = 0 if base == "x" else at[0]
        if base in ("w", "b"):
            through = self.weighted_sum(layer, at[1])
            delta = self.of_cost(key_of("z", layer, at[1]))
            return self.settled(delta * self.slope(through, letter))
        after = self._after(layer)
        if base == "z":
            after = after.xreplace({self.letter(key_of("a", *at)): self.function(letter)})
        return self.settled(self.slope(after, letter))

    def _after(self, layer: int) -> sp.Expr:
        """The cost by the outputs of a layer, to first order where layers follow."""
        if layer == self.depth:
            return self.cost()
        return sum(
            self.of_cost(key_of("z", layer + 1, i)) * self.weighted_sum(layer + 1, i)
            for i in range(self.sizes[layer + 1])
        )

    def partial(self, above: str, below: str) -> sp.Expr | None:
        """∂above/∂below of two canonical names; None where the films speak of no such thing."""
        of, by = parsed(above), parsed(below)
        if above == "cost":
            found = derivatives(below, self.sizes, self.of_cost)
            return self.of_cost(below) if found is None and by.at else found
        if of.name == "z" and of.at:
            return self.settled(self.slope(self.weighted_sum(*of.at), self.letter(below)))
        if of.name == "a" and of.at and by.name == "z" and by.at:
            return self.slope(self.activation(*of.at), self.letter(below))
        return None

    # -- names

    def values(self, name: str) -> sp.Expr | None:
        """What a canonical name stands for; None for one that has no meaning here."""
        if name == "cost":
            return self.settled(self.cost())
        if name in ("z", "a"):  # of any one neuron
            name = key_of(name, 1, 0)
        base, at = (of := parsed(name)).name, of.at
        if base in ("a", "slope") and len(at) == 2:
            value = self.activation(*at)
            return value if base == "a" else self.slope(value, self.letter(key_of("z", *at)))
        if base == "delta" and len(at) == 2:
            return self.of_cost(key_of("z", *at))
        if (base in ("x", "y") and len(at) == 1) or (base in ("w", "b", "z") and len(at) > 1):
            return self.letter(name)
        if base == "J" and len(at) == 1:
            (layer,) = at
            return sp.Matrix(
                self.sizes[layer], self.sizes[layer - 1], lambda j, k: self._through(layer, j, k)
            )
        return gathered(name, self.sizes, self.values)

    def _through(self, layer: int, j: int, k: int) -> sp.Expr:
        """∂a/∂(what comes in)."""
        a = self.function(self.weighted_sum(layer, j))
        return self.settled(self.slope(a, self.letter(activation_key(layer - 1, k))))

    # -- equality

    @cache  # noqa: B019  (one network is one film's)
    def _drawn(self, letter: sp.Symbol) -> sp.Expr:
        """A number for a letter, drawn by its name; a pre-activation is the sum of others."""
        key = Key.parse(letter.name)
        if key.name == "z":
            return sp.N(self._somewhere(self.settled(self.weighted_sum(*key.at))), 60)
        return sp.Rational(Random(letter.name).randint(-2000, 2000), 1000)

    def _somewhere(self, expression: sp.Expr) -> sp.Expr:
        """An expression with numbers for all letters."""
        return expression.xreplace({one: self._drawn(one) for one in expression.free_symbols})

    def same(self, one: sp.Expr | sp.Matrix, other: sp.Expr | sp.Matrix) -> bool:
        """Whether two expressions, or matrices of them, are equal for all numbers there are."""
        ones, others = sp.flatten([one]), sp.flatten([other])
        return len(ones) == len(others) and all(map(self._same, ones, others))

    def _same(self, one: sp.Expr, other: sp.Expr) -> bool:
        difference = sp.sympify(one) - other
        # What is false is false at almost every point; SymPy could search long for a reason.
        if abs(sp.N(self._somewhere(difference), 30)) > sp.Float("1e-20"):
            return False
        ways = [difference]
        ways += [self.spelled_out(difference, layer) for layer in range(1, self.depth + 1)]
        expanded = [sp.expand(way) for way in ways]
        return any(e == 0 for e in expanded) or any(
            sp.simplify(e.rewrite(sp.Piecewise)) == 0 for e in expanded
        )
