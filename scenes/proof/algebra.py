"""A lesson's network with letters for all its numbers, so that SymPy can differentiate it.

Inputs, weights, biases, targets and pre-activations are letters.  An activation is the function's
definition at its pre-activation; the cost is half the sum of squares.  Every derivative here is
``sympy.diff`` of those definitions: nothing of the rules that the films derive is used, but for
what a delta is.  To first order the cost changes by delta times the change of z (Goodfellow, Bengio
& Courville, section 6.5.6), which is how a layer's delta stands for all that comes after it.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from random import Random
from typing import Any

import sympy as sp

from scenes.maths.key import Key, activation_key, key_of
from scenes.maths.lesson.model import NetworkLesson

_SLOPES = re.compile(r"f'\(z(.*)\)")


class Algebra:
    """What each name in a formula stands for, as an expression in letters."""

    def __init__(self, lesson: NetworkLesson) -> None:
        self.sizes, self.depth = lesson.layers, len(lesson.layers) - 1
        self._activation = lesson.activation

    # -- definitions

    def function(self, z: Any) -> Any:
        """The activation function at z, by its definition."""
        if self._activation == "sigmoid":
            return 1 / (1 + sp.exp(-z))
        if self._activation == "tanh":
            return sp.tanh(z)
        return sp.Max(0, z) if self._activation == "relu" else z

    def slope(self, of: Any, by: Any) -> Any:
        """∂of/∂by; a ReLU's kink has the slope 0, as the films say."""
        return sp.diff(of, by).replace(
            sp.Heaviside, lambda z, *_: sp.Piecewise((1, z > 0), (0, z <= 0))
        )

    def source(self, layer: int, k: int) -> Any:
        """What comes into layer 1, or out of an earlier one."""
        return self.function(self.z(layer, k)) if layer else self.letter(key_of("x", k))

    def z(self, layer: int, j: int) -> Any:
        """A pre-activation's letter."""
        return self.letter(key_of("z", layer, j))

    def weighted_sum(self, layer: int, j: int) -> Any:
        """What that letter stands for, with letters for what comes in, which may be nudged."""
        terms = (
            self.letter(key_of("w", layer, j, k)) * self._incoming(layer, k)
            for k in range(self.sizes[layer - 1])
        )
        return sum(terms, self.letter(key_of("b", layer, j)))

    def _incoming(self, layer: int, k: int) -> Any:
        return self.letter(activation_key(layer - 1, k))

    def cost(self) -> Any:
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

    def settled(self, expression: Any) -> Any:
        """With activations as functions of their pre-activations."""
        letters = {
            self.letter(key_of("a", layer, k)): self.source(layer, k)
            for layer in range(1, self.depth + 1)
            for k in range(self.sizes[layer])
        }
        return expression.xreplace(letters)

    def spelled_out(self, expression: Any, layer: int) -> Any:
        """With a layer's pre-activations as weighted sums of what comes in."""
        rows = range(self.sizes[layer])
        return expression.xreplace(
            {self.z(layer, j): self.settled(self.weighted_sum(layer, j)) for j in rows}
        )

    # -- derivatives

    def delta(self, layer: int, j: int) -> Any:
        """∂C/∂z of a neuron."""
        return self.of_cost(key_of("z", layer, j))

    @cache  # noqa: B019  (one network is one film's)
    def of_cost(self, key: str) -> Any:
        """∂C/∂key."""
        base, at = _parts(key)
        letter = self.letter(key)
        layer = 0 if base == "x" else at[0]
        if base in ("w", "b"):
            through = self.weighted_sum(layer, at[1])
            return self.settled(self.delta(layer, at[1]) * self.slope(through, letter))
        if base == "z":
            a = self.letter(key_of("a", layer, at[1]))
            after = self._after(layer).xreplace({a: self.function(letter)})
            return self.settled(self.slope(after, letter))
        return self.settled(self.slope(self._after(layer), letter))

    def _after(self, layer: int) -> Any:
        """The cost by the outputs of a layer, to first order where layers follow."""
        if layer == self.depth:
            return self.cost()
        following = range(self.sizes[layer + 1])
        return sum(self.delta(layer + 1, i) * self.weighted_sum(layer + 1, i) for i in following)

    def partial(self, above: str, below: str) -> Any:
        """∂above/∂below of two canonical names; None where the films speak of no such thing."""
        if above == "cost":
            return self._of_cost(below)
        (base, at), (by, there) = _parts(above), _parts(below)
        letter = self.letter(below)
        if base == "z" and at:
            return self.settled(self.slope(self.weighted_sum(*at), letter))
        if base == "a" and at and by == "z" and there:
            return self.slope(self.function(self.z(*at)), letter)
        return None

    def _of_cost(self, below: str) -> Any:
        base, at = _parts(below)
        if base == "W":
            (layer,) = at
            rows, columns = range(self.sizes[layer]), range(self.sizes[layer - 1])
            return sp.Matrix(
                [[self.of_cost(key_of("w", layer, j, k)) for k in columns] for j in rows]
            )
        keys = self._keys(below)
        if keys is not None:
            return sp.Matrix([[self.of_cost(key) for key in keys]])
        return self.of_cost(below) if at else None

    # -- names

    def values(self, name: str) -> Any:
        """What a canonical name stands for; None for one that has no meaning here."""
        if name == "cost":
            return self.settled(self.cost())
        if name in ("z", "a"):  # of any one neuron
            name = key_of(name, 1, 0)
        base, at = _parts(name)
        if base == "a" and len(at) == 2:
            return self.source(*at)
        if base == "delta" and len(at) == 2:
            return self.delta(*at)
        if (base in ("x", "y") and len(at) == 1) or (base in ("w", "b", "z") and len(at) > 1):
            return self.letter(name)
        return self._of_layer(name)

    def _of_layer(self, name: str) -> Any:
        """A layer's vector or matrix."""
        key = of_layer(name)
        if key is None:
            return None
        base, (layer,) = key.name, key.at
        rows = range(self.sizes[layer])
        if base == "slope":
            z = [self.z(layer, j) for j in rows]
            return sp.Matrix([self.slope(self.function(v), v) for v in z])
        if base == "W":
            columns = range(self.sizes[layer - 1])
            return sp.Matrix(
                [[self.letter(key_of("w", layer, j, k)) for k in columns] for j in rows]
            )
        if base == "J":
            return sp.Matrix(
                [[self._jacobian(layer, j, k) for k in range(self.sizes[layer - 1])] for j in rows]
            )
        keys = self._keys(name)
        return None if keys is None else sp.Matrix([self.values(key) for key in keys])

    def _jacobian(self, layer: int, j: int, k: int) -> Any:
        """∂a/∂(what comes in)."""
        a = self.function(self.weighted_sum(layer, j))
        return self.settled(self.slope(a, self._incoming(layer, k)))

    def _keys(self, name: str) -> list[str] | None:
        """The quantities of a vector."""
        if name in ("x", "y"):
            return [key_of(name, k) for k in range(self.sizes[0 if name == "x" else -1])]
        base, at = _parts(name)
        if base in ("z", "a", "b", "delta") and len(at) == 1:
            return [key_of(base, *at, j) for j in range(self.sizes[at[0]])]
        return None

    # -- equality

    @cached_property
    def _somewhere(self) -> dict[sp.Symbol, Any]:
        """Numbers for all letters, drawn by their names, with sums that fit."""
        found: dict[sp.Symbol, Any] = {}

        def draw(key: str) -> None:
            drawn = Random(key).randint(-2000, 2000)
            found[self.letter(key)] = sp.Rational(drawn, 1000)

        for k in range(self.sizes[0]):
            draw(key_of("x", k))
        for i in range(self.sizes[-1]):
            draw(key_of("y", i))
        for layer in range(1, self.depth + 1):
            for j in range(self.sizes[layer]):
                draw(key_of("b", layer, j))
                for k in range(self.sizes[layer - 1]):
                    draw(key_of("w", layer, j, k))
                total = self.settled(self.weighted_sum(layer, j)).xreplace(found)
                found[self.z(layer, j)] = sp.N(total, 60)
        return found

    def same(self, one: Any, other: Any) -> bool:
        """Whether two expressions, or matrices of them, are equal for all numbers there are."""
        ones, others = _cells(one), _cells(other)
        return len(ones) == len(others) and all(map(self._same, ones, others))

    def _same(self, one: Any, other: Any) -> bool:
        difference = sp.sympify(one) - other
        # What is false is false at almost every point; SymPy could search long for a reason.
        if abs(sp.N(difference.xreplace(self._somewhere), 30)) > sp.Float("1e-20"):
            return False
        ways = [difference]
        ways += [self.spelled_out(difference, layer) for layer in range(1, self.depth + 1)]
        expanded = [sp.expand(way) for way in ways]
        return any(e == 0 for e in expanded) or any(
            sp.simplify(e.rewrite(sp.Piecewise)) == 0 for e in expanded
        )


def of_layer(name: str) -> Key | None:
    """The key of a layer's vector or matrix, if a canonical name is one's."""
    base, at = _parts(name)
    return Key(base, at or (0,)) if base.isalpha() and len(at) < 2 else None


def _parts(name: str) -> tuple[str, tuple[int, ...]]:
    """The base and the indices of a canonical name; f'(z[1]) has the base "slope"."""
    slopes = _SLOPES.fullmatch(name)
    key = Key.parse(f"slope{slopes[1]}" if slopes else name)
    return key.name, key.at


def _cells(value: Any) -> list[Any]:
    return list(value) if hasattr(value, "shape") else [value]
