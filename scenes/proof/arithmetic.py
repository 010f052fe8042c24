"""Arithmetic: the printed operands of a step, worked out by hand, give its printed result.

What stands in one frame is looked at together, whether it is set as one formula or as cells of a
table: where a result and all it is made of are shown, a pocket calculator has to agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import mpmath

from scenes.maths.display.number import Number
from scenes.proof.film import FilmProof, Operation
from scenes.proof.finding import Findings
from scenes.proof.numbers_shown import rounded
from scenes.proof.watching import END, Moment


class Arithmetic:
    """Checks the sums and products of a film."""

    def __init__(self, found: Findings, proof: FilmProof) -> None:
        self._found, self._proof = found, proof
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
            for name, operation, keys in self._proof.steps(key):
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


def _agrees(by_hand: Fraction, result: Number) -> bool:
    if result.exact:
        return Fraction(result.printed) == by_hand
    return rounded(mpmath.mpmathify(by_hand), result.decimals) == result.printed
