"""Arithmetic: the printed operands of a step, worked out by hand, give its printed result.

What stands in one frame is looked at together, whether it is set as one formula or as cells of a
table: where a result and all it is made of are shown, a pocket calculator has to agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, product

import mpmath

from scenes.maths.display.number import Number
from scenes.maths.key import Key, activation_key, key_of
from scenes.proof.finding import Findings
from scenes.proof.network import NetworkProof
from scenes.proof.numbers_shown import rounded
from scenes.proof.watching import END, Moment

Operation = Callable[[Sequence[Fraction]], Fraction]
Step = tuple[str, Operation, tuple[str, ...]]
"""What the operation is called, what it does, and the keys of its operands."""


def _sum(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0))


def _product(values: Sequence[Fraction]) -> Fraction:
    return math.prod(values, start=Fraction(1))


def _sum_of_products(values: Sequence[Fraction]) -> Fraction:
    return _sum([a * b for a, b in zip(values[::2], values[1::2], strict=True)])


class Arithmetic:
    """Checks the sums and products of the network's films."""

    def __init__(self, found: Findings, proof: NetworkProof) -> None:
        self._found, self._proof = found, proof
        self._sizes = proof.lesson.network.layers
        self._done: set[tuple[str, Number, tuple[frozenset[Number], ...]]] = set()

    def look(self, moment: Moment) -> None:
        """Check one moment of a play."""
        if moment.phase != END:
            return
        shown: dict[str, set[Number]] = {}
        for one in moment.types:
            for quote in one.quotes:
                # What stands in the neurons is rounded for their small room.
                if isinstance(quote.origin, Number) and one.is_formula:
                    shown.setdefault(quote.origin.key, set()).add(quote.origin)
        for key, results in shown.items():
            for name, operation, keys in self.steps(key):
                if all(k in shown for k in keys):
                    for result in results:
                        self._step(name, operation, result, [shown[k] for k in keys], moment)

    def _step(
        self,
        name: str,
        operation: Operation,
        result: Number,
        operands: Sequence[set[Number]],
        moment: Moment,
    ) -> None:
        """One result; an operand that is printed in two ways may be meant in either."""
        choices = list(product(*operands))
        key = (name, result, tuple(map(frozenset, operands)))
        if key in self._done or not result.agrees:
            return
        self._done.add(key)
        self._found.count("numbers")
        by_hand = [operation([Fraction(n.printed) for n in choice]) for choice in choices]
        if not any(_agrees(value, result) for value in by_hand):
            printed = ", ".join(str(n.printed) for n in choices[0])
            text = f"{result.key} is printed as {result.read}: the {name} of {printed} is not that"
            self._found.add("numbers", moment.beat, text, moment)

    def steps(self, key: str) -> Iterator[Step]:
        """Every way in which a quantity of the network comes from others."""
        sizes, last = self._sizes, len(self._sizes) - 1
        match Key.parse(key):
            case Key("product", (layer, j, k)):
                yield "product", _product, (key_of("w", layer, j, k), activation_key(layer - 1, k))
            case Key("z", (layer, j)):
                terms = [key_of("product", layer, j, k) for k in range(sizes[layer - 1])]
                yield "sum", _sum, (*terms, key_of("b", layer, j))
            case Key("error", (i,)):
                yield "difference", lambda v: v[0] - v[1], (key_of("a", last, i), key_of("y", i))
            case Key("squared_error", (i,)):
                yield "square", lambda v: v[0] ** 2, (key_of("error", i),)
            case Key("cost"):
                squares = tuple(key_of("squared_error", i) for i in range(sizes[-1]))
                yield "half the sum", lambda v: _sum(v) / 2, squares
            case Key("share", (layer, j, i)):
                factors = (key_of("w", layer + 1, i, j), key_of("delta", layer + 1, i))
                yield "product", _product, factors
            case Key("da", (layer, j)):
                after = range(sizes[layer + 1])
                yield "sum", _sum, tuple(key_of("share", layer, j, i) for i in after)
                pairs = [
                    (key_of("w", layer + 1, i, j), key_of("delta", layer + 1, i)) for i in after
                ]
                yield "sum of products", _sum_of_products, tuple(chain.from_iterable(pairs))
            case Key("delta", (layer, j)):
                back = key_of("error", j) if layer == last else key_of("da", layer, j)
                yield "product", _product, (back, key_of("slope", layer, j))
            case Key("dw", (layer, j, k)):
                factors = (key_of("delta", layer, j), activation_key(layer - 1, k))
                yield "product", _product, factors
            case Key("path"):
                layer, i, k = self._proof.weight
                back = activation_key(layer - 1, k)
                yield "product", _product, (key_of("error", i), key_of("slope", layer, i), back)
            case Key("whole ratio", (nudge,)):
                yield "product", _product, tuple(key_of("ratio", nudge, k) for k in range(3))


def _agrees(by_hand: Fraction, result: Number) -> bool:
    if result.exact:
        return Fraction(result.printed) == by_hand
    return rounded(mpmath.mpmathify(by_hand), result.decimals) == result.printed
