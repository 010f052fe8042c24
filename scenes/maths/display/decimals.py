"""How many decimals each number takes, so that what is printed agrees with what is printed.

Pocket-calculator rule: what is printed, worked out by hand from what is printed and rounded to as
many decimals, gives what is printed.  Decimals are chosen for each group of numbers, as few as
the rule allows; where no choice within the lesson's limit obeys it, the numbers concerned have
`agrees` False.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, NamedTuple

from scenes.maths.display.number import Number, as_printed, decimals_needed, rounded
from scenes.maths.key import Key
from scenes.maths.lesson.model import DisplayLesson

# The arithmetic of each step.  Sums and products serve decimals (by hand) and fractions alike.


def _weighted_sum(v: Sequence[Any]) -> Any:
    """Weight, activation, weight, activation, …, bias."""
    return sum((w * a for w, a in zip(v[:-1:2], v[1:-1:2], strict=True)), v[-1])


_ARITHMETIC: dict[str, Callable[[Sequence[Any]], Any]] = {
    "product": math.prod,
    "sum": sum,
    "weighted sum": _weighted_sum,
    "sum of products": lambda v: _weighted_sum([*v, v[0] * 0]),
    "difference": lambda v: v[0] - v[1],
    "square": lambda v: v[0] * v[0],
    "half the sum": lambda v: sum(v) / 2,
    "half the sum of squares": lambda v: sum(u * u for u in v) / 2,
    "identity": lambda v: v[0],
    "relu": lambda v: max(v[0], v[0] * 0),
    "slope of sigmoid": lambda v: v[0] * (1 - v[0]),  # of a
    "slope of tanh": lambda v: 1 - v[0] * v[0],  # of a
    "slope of relu": lambda v: v[0] * 0 + (1 if v[0] > 0 else 0),  # of z
    "slope of identity": lambda v: v[0] * 0 + 1,  # of z
}


def _sigmoid_by_hand(v: Sequence[Decimal]) -> Decimal:
    e = (-abs(v[0])).exp()
    return (1 if v[0] >= 0 else e) / (1 + e)


def _tanh_by_hand(v: Sequence[Decimal]) -> Decimal:
    e = (-2 * abs(v[0])).exp()
    return ((1 - e) / (1 + e)).copy_sign(v[0])


_BY_HAND: dict[str, Callable[[Sequence[Decimal]], Decimal]] = {
    **_ARITHMETIC,
    "sigmoid": _sigmoid_by_hand,
    "tanh": _tanh_by_hand,
}


def _exactly(operation: str, operands: Sequence[Fraction | None]) -> Fraction | None:
    """The result as a fraction, or None where it is not one or cannot be known to be."""
    known = [q for q in operands if q is not None]
    if len(known) < len(operands):
        return Fraction(0) if operation == "product" and 0 in known else None
    if operation in _ARITHMETIC:
        return Fraction(_ARITHMETIC[operation](known))
    # By the Lindemann-Weierstrass theorem exp of a fraction other than 0 is no fraction.
    return {"sigmoid": Fraction(1, 2), "tanh": Fraction(0)}[operation] if known[0] == 0 else None


def _agree(by_hand: Decimal, printed: Decimal, decimals: int) -> bool:
    return rounded(Fraction(by_hand), decimals) == printed


class Step(NamedTuple):
    """A step a viewer can check: an operation on operands, which are named by their keys."""

    operation: str
    operands: tuple[str, ...]

    def by_hand(self, printed: Sequence[Decimal]) -> Decimal:
        """The result worked out from the printed operands, not yet rounded."""
        with localcontext(prec=30):
            return _BY_HAND[self.operation](printed)

    def carries_exactness(self, result: Number, operands: Sequence[Number]) -> bool:
        """Whether an exact result follows: the operands are exact, or their rest does not count."""
        if all(number.exact for number in operands):
            return True
        indifferent = (
            self.operation in ("slope of relu", "slope of identity")
            or (self.operation == "relu" and result.rational == 0)
            or (
                self.operation == "product"
                and any(number.exact and number.rational == 0 for number in operands)
            )
        )
        return indifferent and self.holds(result, operands)

    def holds(self, result: Number, operands: Sequence[Number]) -> bool:
        """The pocket-calculator rule: the printed operands give the printed result."""
        by_hand = self.by_hand([number.printed for number in operands])
        return _agree(by_hand, result.printed, result.decimals)


class _Cell(NamedTuple):
    value: float
    rational: Fraction | None
    group: str
    steps: tuple[Step, ...]


class Sheet:
    """Numbers in the order they arise, and the search for their decimals, one for each group."""

    def __init__(self, display: DisplayLesson) -> None:
        self._usual, self._most = display.decimals, display.most_decimals
        self._cells: dict[str, _Cell] = {}
        self._members: dict[str, list[str]] = {}
        self._decimals: dict[str, int] = {}

    def give(self, key: str, value: float) -> None:
        """Enter a number that the lesson states."""
        self._enter(key, value, Fraction(repr(float(value))))

    def work_out(self, key: str, value: float, *steps: Step) -> None:
        """Enter a number that the engine computed, and the steps that lead to it."""
        known = [self._cells[operand].rational for operand in steps[0].operands]
        self._enter(key, float(value), _exactly(steps[0].operation, known), *steps)

    def _enter(self, key: str, value: float, rational: Fraction | None, *steps: Step) -> None:
        group = Key.parse(key).group
        self._cells[key] = _Cell(value, rational, group, steps)
        self._members.setdefault(group, []).append(key)

    def choose_decimals(self) -> None:
        """Decide for every group entered since the last call: as few decimals as hold.

        Exact search (dynamic programming over the groups, in order) for the least number of
        steps that fail, and among those the tidiest choice.
        """
        groups = [group for group in self._members if group not in self._decimals]
        linked = {group: self._linked(group) for group in groups}
        last_use = {g: max(i for i, h in enumerate(groups) if g in linked[h]) for g in groups}
        failing: dict[tuple[str, tuple[int, ...]], int] = {}
        states: dict[tuple[int, ...], tuple[tuple[int, int], dict[str, int]]]
        states = {(): ((0, 0), dict(self._decimals))}
        for i, group in enumerate(groups):
            reached: dict[tuple[int, ...], tuple[tuple[int, int], dict[str, int]]] = {}
            for (fails, untidy), chosen in states.values():
                for decimals in self._candidates(group):
                    trial = {**chosen, group: decimals}
                    key = (group, tuple(trial[g] for g in linked[group]))
                    if key not in failing:
                        failing[key] = self._failing(group, trial)
                    score = (fails + failing[key], untidy + self._untidiness(group, decimals))
                    live = tuple(trial[g] for g in groups[: i + 1] if last_use[g] > i)
                    if live not in reached or score < reached[live][0]:
                        reached[live] = (score, trial)
            states = reached
        (_, self._decimals), *_ = states.values()

    def _linked(self, group: str) -> list[str]:
        """The group itself and those its steps take operands from."""
        steps = [step for key in self._members[group] for step in self._cells[key].steps]
        keys = [key for step in steps for key in step.operands]
        return list(dict.fromkeys([group, *(self._cells[key].group for key in keys)]))

    def _in_full(self, group: str) -> int | None:
        """Decimals that write every number of the group in full, or None."""
        needed = []
        for key in self._members[group]:
            rational = self._cells[key].rational
            needed.append(None if rational is None else decimals_needed(rational))
        known = [n for n in needed if n is not None]
        return max(known) if len(known) == len(needed) else None

    def _fewest(self, group: str) -> int:
        # Gradients are about ten times smaller than activations.
        gradient = group.startswith(("share", "da", "delta", "dw"))
        return min(self._usual + gradient, self._most)

    def _candidates(self, group: str) -> Sequence[int]:
        in_full = self._in_full(group)
        if not any(self._cells[key].steps for key in self._members[group]):
            return [self._most if in_full is None else min(in_full, self._most)]
        if in_full is not None and in_full <= self._fewest(group):
            return [in_full]
        return range(self._fewest(group), self._most + 1)

    def _untidiness(self, group: str, decimals: int) -> int:
        # Two decimals more are worse than one more in two places, and one more is
        # worth it where the number is then written in full.
        in_full = self._in_full(group)
        cut_short = in_full is not None and decimals < in_full <= self._most
        return (1 << 2 * max(0, decimals - self._fewest(group))) - 1 + 4 * cut_short

    def _printed(self, key: str, decimals: Mapping[str, int]) -> Decimal:
        cell = self._cells[key]
        return as_printed(cell.value, cell.rational, decimals[cell.group])

    def _failing(self, group: str, decimals: Mapping[str, int]) -> int:
        fails = 0
        for key in self._members[group]:
            result = self._printed(key, decimals)
            for step in self._cells[key].steps:
                by_hand = step.by_hand([self._printed(k, decimals) for k in step.operands])
                fails += not _agree(by_hand, result, decimals[group])
        return fails

    def finish(self) -> dict[str, Number]:
        """The numbers by their keys, with their decimals."""
        numbers: dict[str, Number] = {}
        for key, (value, rational, group, steps) in self._cells.items():
            decimals = self._decimals[group]
            in_full = rational is not None and rounded(rational, decimals) == rational
            number = Number(key, value, decimals, in_full, True, rational)
            tried = [(step, [numbers[operand] for operand in step.operands]) for step in steps]
            numbers[key] = replace(
                number,
                exact=in_full and all(step.carries_exactness(number, by) for step, by in tried),
                agrees=all(step.holds(number, by) for step, by in tried),
            )
        return numbers
