"""The only place where a number is rounded: how it is written on screen and said by the voice.

"=" stands only before a decimal that is the value itself; a rounded value has "≈" on screen and
"about" in the voice.  Pocket-calculator rule: what is printed, worked out by hand from what is
printed and rounded to as many decimals, gives what is printed.  Decimals are chosen for each
kind of number, layer by layer, as few as the rule allows; where no choice within the lesson's
limit obeys it, the numbers concerned have `agrees` False.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, NamedTuple

from scenes.maths.lesson import DisplayLesson, Lesson
from scenes.maths.network import (
    ACTIVATION,
    BackwardTrace,
    ForwardTrace,
    Network,
    backward,
    forward,
)
from scenes.maths.provenance import marked

MINUS = "\N{MINUS SIGN}"
ALMOST_EQUAL = "\N{ALMOST EQUAL TO}"


@dataclass(frozen=True)
class Number:
    """A number as the films show it.

    key: its name, such as "z[1][0]" (layer from 1, neuron from 0); value: what the engine
    computed; decimals: how many are printed; exact: the printed decimal is the value; agrees:
    every equation it is the result of obeys the pocket-calculator rule; rational: the value
    free of binary rounding, where it is known.
    """

    key: str
    value: float
    decimals: int
    exact: bool
    agrees: bool = True
    rational: Fraction | None = field(default=None, repr=False)

    @property
    def printed(self) -> Decimal:
        """The decimal that is printed; ties are rounded away from zero, as by hand."""
        return _printed(self.value, self.rational, self.decimals)

    @property
    def shown(self) -> str:
        """For captions and text: "−0.42", "1,728"."""
        return marked(self.read, self)

    @property
    def read(self) -> str:
        """The same for a sentence, which knows by itself what it quotes."""
        return self._written(MINUS, ",")

    @property
    def typst(self) -> str:
        """For Typst maths: "-0.42"."""
        return marked(self._written("-", '","'), self)

    @property
    def size_typst(self) -> str:
        """The same without its sign: "0.42"."""
        return marked(self._written("", '","'), self)

    @property
    def spoken(self) -> str:
        """For the voice: "minus zero point four two", with "about" before a rounded value.

        Zeros that end an exact number stand in a column but are not read out: 1.0 is "one".
        """
        if not self.exact:
            return f"about {spell_decimal(self.printed)}"
        return spell_decimal(self.printed.normalize())

    @property
    def relation(self) -> str:
        """The sign that may stand before it on screen."""
        return "=" if self.exact else ALMOST_EQUAL

    @property
    def relation_typst(self) -> str:
        """The same sign in Typst maths."""
        return "=" if self.exact else "approx"

    def _written(self, minus: str, comma: str) -> str:
        digits = f"{abs(self.printed):,f}".replace(",", comma)
        return minus + digits if self.printed < 0 else digits


@dataclass(frozen=True)
class Phrase:
    """Words that vary with the lesson, as shown and as spoken."""

    shown: str
    spoken: str


@dataclass(frozen=True)
class Said:
    """A number inside a sentence, for captions and voice alike: a rounded one is "about 0.60"."""

    number: Number

    @property
    def shown(self) -> str:
        """For captions."""
        return self.number.read if self.number.exact else f"about {self.number.read}"

    @property
    def spoken(self) -> str:
        """For the voice."""
        return self.number.spoken


def whole(key: str, n: int) -> Number:
    """A whole number, which is printed in full."""
    return Number(key, float(n), 0, True, rational=Fraction(n))


def counted(n: int) -> str:
    """A counter's reading, grouped as the number it stops at will be."""
    return f"{n:,}"


def stated(key: str, value: float, most: int = 6) -> Number:
    """A number that a lesson states, printed as it stands there, up to `most` decimals."""
    return measured(key, value, most, Fraction(repr(float(value))))


def measured(key: str, value: float, decimals: int, rational: Fraction | None = None) -> Number:
    """A number that was worked out: printed in full where `rational` says that this takes no more
    than `decimals`, else rounded to them."""
    needed = None if rational is None else _decimals_needed(rational)
    if rational is not None and needed is not None and needed <= decimals:
        return Number(key, value, needed, True, rational=rational)
    return Number(key, value, decimals, False, rational=rational)


@dataclass(frozen=True)
class Bound:
    """How small a figure is: zero, or below a power of ten; for errors of rounding."""

    key: str
    value: float

    @property
    def exponent(self) -> int:
        """The least n for which the figure is below 10^n."""
        n = math.floor(math.log10(abs(self.value)))
        while abs(self.value) >= 10.0**n:
            n += 1
        return n

    @property
    def typst(self) -> str:
        """For Typst maths, with its relation: "< 10^(-16)", or "= 0"."""
        return marked("= 0" if self.value == 0 else f"< 10^({self.exponent})", self)


def count(n: int, singular: str, plural: str | None = None) -> Phrase:
    """`n` things in words: count(2, "input") is "two inputs"."""
    if plural is None:
        plural = singular + ("es" if singular.endswith(("s", "x", "ch", "sh")) else "s")
    words = f"{spell_integer(n)} {singular if n == 1 else plural}"
    return Phrase(words, words)


def in_words(n: int) -> Phrase:
    """A whole number in words: in_words(8) is "eight"."""
    return Phrase(spell_integer(n), spell_integer(n))


def ordinal(n: int) -> Phrase:
    """`n` as an ordinal in words: ordinal(2) is "second"."""
    head, _, last = spell_integer(n).rpartition(" ")
    if last in _ORDINALS:
        last = _ORDINALS[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last += "th"
    words = f"{head} {last}".strip()
    return Phrase(words, words)


_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


def spell_integer(n: int) -> str:
    """A whole number in words, below 10^15 in size: "three hundred and thirty three thousand"."""
    if abs(n) >= 10**15:
        raise ValueError(f"{n} is too large to be said in words")
    if n < 0:
        return f"minus {spell_integer(-n)}"
    if n < 20:
        return _SMALL[n]
    if n < 100:
        tens, ones = divmod(n, 10)
        return _TENS[tens - 2] + (f" {_SMALL[ones]}" if ones else "")
    if n < 1000:
        hundreds, rest = divmod(n, 100)
        return f"{_SMALL[hundreds]} hundred" + (f" and {spell_integer(rest)}" if rest else "")
    unit, name = next((unit, name) for unit, name in _SCALES if n >= unit)
    high, rest = divmod(n, unit)
    joint = " and " if rest < 100 else " "
    return f"{spell_integer(high)} {name}" + (f"{joint}{spell_integer(rest)}" if rest else "")


def spell_decimal(number: Decimal) -> str:
    """A decimal in words, each decimal by itself: "minus zero point four two"."""
    whole, _, decimals = f"{abs(number):f}".partition(".")
    words = [spell_integer(int(whole))]
    if decimals:
        words += ["point", *(_SMALL[int(digit)] for digit in decimals)]
    return " ".join(["minus", *words] if number < 0 else words)


@dataclass(frozen=True)
class Equation:
    """One step a viewer can check: `operation` on the operands gives the result."""

    result: Number
    operands: tuple[Number, ...]
    operation: str

    def by_hand(self) -> Decimal:
        """The result worked out from the printed operands, not yet rounded (30 digits)."""
        with localcontext(prec=30):
            return _BY_HAND[self.operation]([number.printed for number in self.operands])

    @property
    def holds(self) -> bool:
        """The pocket-calculator rule: the printed operands give the printed result."""
        return _agree(self.by_hand(), self.result.printed, self.result.decimals)


class Numbers:
    """Every number of a lesson's network, as shown.  Layers count from 1, neurons from 0.

    forward, backward and network are what the engine computed; `lesson` is where it began.
    """

    def __init__(
        self, lesson: Lesson, network: Network, trace: ForwardTrace, gradient: BackwardTrace
    ) -> None:
        self.lesson, self.network = lesson, network
        self.forward, self.backward = trace, gradient
        self._sheet = _Sheet(lesson.display)
        _write_forward(self._sheet, lesson, trace)
        self._sheet.choose_decimals()
        # The way back is chosen second: the forward pass reads the same in every film.
        _write_backward(self._sheet, lesson, trace, gradient)
        self._sheet.choose_decimals()
        self._numbers, self._equations = self._sheet.finish()

    @classmethod
    def of(cls, lesson: Lesson) -> Numbers:
        """Run the engine on the lesson and decide how each of its numbers is written."""
        network = Network.from_lesson(lesson.network)
        trace = forward(network, lesson.network.input, lesson.network.target)
        return cls(lesson, network, trace, backward(network, trace))

    def x(self, k: int) -> Number:
        """Input x_k."""
        return self._numbers[f"x[{k}]"]

    def y(self, i: int) -> Number:
        """Target y_i."""
        return self._numbers[f"y[{i}]"]

    def w(self, layer: int, j: int, k: int) -> Number:
        """Weight into neuron j of layer l from neuron k of the layer before."""
        return self._numbers[f"w[{layer}][{j}][{k}]"]

    def b(self, layer: int, j: int) -> Number:
        """Bias of neuron j of layer l."""
        return self._numbers[f"b[{layer}][{j}]"]

    def product(self, layer: int, j: int, k: int) -> Number:
        """Weight times incoming activation, one term of the weighted sum."""
        return self._numbers[f"product[{layer}][{j}][{k}]"]

    def z(self, layer: int, j: int) -> Number:
        """Weighted sum plus bias."""
        return self._numbers[f"z[{layer}][{j}]"]

    def a(self, layer: int, j: int) -> Number:
        """Activation; layer 0 is the input."""
        return self.x(j) if layer == 0 else self._numbers[f"a[{layer}][{j}]"]

    def error(self, i: int) -> Number:
        """a_i − y_i at output i."""
        return self._numbers[f"error[{i}]"]

    def squared_error(self, i: int) -> Number:
        """(a_i − y_i)² at output i."""
        return self._numbers[f"squared_error[{i}]"]

    def cost(self) -> Number:
        """C = ½ Σ (a_i − y_i)²."""
        return self._numbers["cost"]

    def learning_rate(self) -> Number:
        """α, as the lesson gives it."""
        return self._numbers["learning_rate"]

    def slope(self, layer: int, j: int) -> Number:
        """∂a/∂z = f′(z) of neuron j of layer l."""
        return self._numbers[f"slope[{layer}][{j}]"]

    def delta(self, layer: int, j: int) -> Number:
        """δ = ∂C/∂z of neuron j of layer l; it is also ∂C/∂b."""
        return self._numbers[f"delta[{layer}][{j}]"]

    def share(self, layer: int, j: int, i: int) -> Number:
        """What neuron i of layer l + 1 passes back to neuron j of layer l: w · δ_i."""
        return self._numbers[f"share[{layer}][{j}][{i}]"]

    def da(self, layer: int, j: int) -> Number:
        """∂C/∂a of hidden neuron j of layer l: the sum of its shares."""
        return self._numbers[f"da[{layer}][{j}]"]

    def dw(self, layer: int, j: int, k: int) -> Number:
        """∂C/∂w of the weight into neuron j of layer l from neuron k."""
        return self._numbers[f"dw[{layer}][{j}][{k}]"]

    def sum_of_paths(self, result: str, paths: Sequence[Sequence[str]]) -> tuple[Equation, ...]:
        """The chain rule in numbers: one product for each path, then their sum.

        result: a key for the derivative, such as "path to w[1][0][0]"; paths: for each path the
        keys of its factors (ChainPath.keys of scenes.maths.derivation).  Path p has the key
        "<result>, p".
        """
        sheet = self._sheet.copy()
        total = 0.0
        for p, keys in enumerate(paths):
            value = math.prod(self._numbers[key].value for key in keys)
            sheet.work_out(f"dw: {result}", f"{result}, {p}", value, _Step("product", tuple(keys)))
            total += value
        terms = tuple(f"{result}, {p}" for p in range(len(paths)))
        sheet.work_out(f"dw: {result}, sum", result, total, _Step("sum", terms))
        sheet.choose_decimals()
        return sheet.finish()[1][len(self._equations) :]

    def all(self) -> dict[str, Number]:
        """Every number by its key."""
        return dict(self._numbers)

    def equations(self) -> tuple[Equation, ...]:
        """Every step that leads from printed numbers to a printed number."""
        return self._equations


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


_NEARLY = Fraction(1, 10**7)
"""Of the last decimal: a float this near to a tie is one, which its own error cannot decide."""


def _printed(value: float, rational: Fraction | None, decimals: int) -> Decimal:
    if rational is not None:
        return _rounded(rational, decimals)
    q = Fraction(value)
    return _rounded(q + (1 if q > 0 else -1 if q < 0 else 0) * _NEARLY / 10**decimals, decimals)


def _rounded(q: Fraction, decimals: int) -> Decimal:
    scaled = abs(q) * 10**decimals
    n = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(f"{-n if q < 0 else n}E-{decimals}")


def _agree(by_hand: Decimal, printed: Decimal, decimals: int) -> bool:
    return _rounded(Fraction(by_hand), decimals) == printed


def _decimals_needed(q: Fraction) -> int | None:
    """Decimals that write `q` in full, or None where no number of decimals does."""
    twos = (q.denominator & -q.denominator).bit_length() - 1
    rest, fives = q.denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


class _Step(NamedTuple):
    operation: str
    operands: tuple[str, ...]


class _Cell(NamedTuple):
    value: float
    rational: Fraction | None
    group: str
    steps: tuple[_Step, ...]


class _Sheet:
    """Numbers in the order they arise, and the search for their decimals, one for each group."""

    def __init__(self, display: DisplayLesson) -> None:
        self._usual, self._most = display.decimals, display.most_decimals
        self._cells: dict[str, _Cell] = {}
        self._members: dict[str, list[str]] = {}
        self._decimals: dict[str, int] = {}

    def copy(self) -> _Sheet:
        """A sheet to go on with, this one staying as it is."""
        other = _Sheet.__new__(_Sheet)
        other._usual, other._most = self._usual, self._most
        other._cells, other._decimals = dict(self._cells), dict(self._decimals)
        other._members = {group: list(keys) for group, keys in self._members.items()}
        return other

    def give(self, group: str, key: str, value: float) -> None:
        """Enter a number that the lesson states."""
        self._enter(key, _Cell(value, Fraction(repr(float(value))), group, ()))

    def work_out(self, group: str, key: str, value: float, *steps: _Step) -> None:
        """Enter a number that the engine computed, and the steps that lead to it."""
        known = [self._cells[operand].rational for operand in steps[0].operands]
        cell = _Cell(float(value), _exactly(steps[0].operation, known), group, steps)
        self._enter(key, cell)

    def _enter(self, key: str, cell: _Cell) -> None:
        self._cells[key] = cell
        self._members.setdefault(cell.group, []).append(key)

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
            needed.append(None if rational is None else _decimals_needed(rational))
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
        return _printed(cell.value, cell.rational, decimals[cell.group])

    def _failing(self, group: str, decimals: Mapping[str, int]) -> int:
        fails = 0
        with localcontext(prec=30):
            for key in self._members[group]:
                result = self._printed(key, decimals)
                for step in self._cells[key].steps:
                    operands = [self._printed(operand, decimals) for operand in step.operands]
                    by_hand = _BY_HAND[step.operation](operands)
                    fails += not _agree(by_hand, result, decimals[group])
        return fails

    def finish(self) -> tuple[dict[str, Number], tuple[Equation, ...]]:
        """The numbers with their decimals, and the equations between them."""
        numbers: dict[str, Number] = {}
        equations: list[Equation] = []
        for key, (value, rational, group, steps) in self._cells.items():
            decimals = self._decimals[group]
            in_full = rational is not None and _rounded(rational, decimals) == rational
            number = Number(key, value, decimals, in_full, True, rational)
            operands = [tuple(numbers[operand] for operand in step.operands) for step in steps]
            tried = [Equation(number, o, s.operation) for o, s in zip(operands, steps, strict=True)]
            number = replace(
                number,
                exact=in_full and all(_carries_exactness(equation) for equation in tried),
                agrees=all(equation.holds for equation in tried),
            )
            numbers[key] = number
            equations += [replace(equation, result=number) for equation in tried]
        return numbers, tuple(equations)


def _carries_exactness(equation: Equation) -> bool:
    """Whether an exact result follows: from exact operands, or because no operand's rest counts."""
    if all(number.exact for number in equation.operands):
        return True
    indifferent = (
        equation.operation in ("slope of relu", "slope of identity")
        or (equation.operation == "relu" and equation.result.rational == 0)
        or (
            equation.operation == "product"
            and any(number.exact and number.rational == 0 for number in equation.operands)
        )
    )
    return indifferent and equation.holds


def _write_forward(sheet: _Sheet, lesson: Lesson, trace: ForwardTrace) -> None:
    given = lesson.network
    for k, value in enumerate(given.input):
        sheet.give("x", f"x[{k}]", value)
    for i, value in enumerate(given.target):
        sheet.give("y", f"y[{i}]", value)
    sheet.give("learning_rate", "learning_rate", given.learning_rate)
    for layer, here in enumerate(trace.layers, start=1):
        neurons, sources = range(here.W.shape[0]), range(here.W.shape[1])
        into = [_a(layer - 1, k) for k in sources]
        for j in neurons:
            for k in sources:
                sheet.give(f"w[{layer}]", _w(layer, j, k), given.weights[layer - 1][j][k])
        for j in neurons:
            sheet.give(f"b[{layer}]", f"b[{layer}][{j}]", given.biases[layer - 1][j])
        for j in neurons:
            for k in sources:
                step = _Step("product", (_w(layer, j, k), into[k]))
                value = float(here.W[j, k] * here.a_in[k])
                sheet.work_out(f"product[{layer}]", f"product[{layer}][{j}][{k}]", value, step)
        for j in neurons:
            pairs = [key for k in sources for key in (_w(layer, j, k), into[k])]
            products = [f"product[{layer}][{j}][{k}]" for k in sources]
            steps = (
                _Step("sum", (*products, f"b[{layer}][{j}]")),
                _Step("weighted sum", (*pairs, f"b[{layer}][{j}]")),
            )
            sheet.work_out(f"z[{layer}]", f"z[{layer}][{j}]", float(here.z[j]), *steps)
        for j in neurons:
            step = _Step(given.activation, (f"z[{layer}][{j}]",))
            sheet.work_out(f"a[{layer}]", _a(layer, j), float(here.a[j]), step)
    outputs = range(len(given.target))
    for i in outputs:
        step = _Step("difference", (_a(len(trace.layers), i), f"y[{i}]"))
        sheet.work_out("error", f"error[{i}]", float(trace.error[i]), step)
    for i in outputs:
        square, step = float(trace.error[i] ** 2), _Step("square", (f"error[{i}]",))
        sheet.work_out("squared_error", f"squared_error[{i}]", square, step)
    steps = (
        _Step("half the sum", tuple(f"squared_error[{i}]" for i in outputs)),
        _Step("half the sum of squares", tuple(f"error[{i}]" for i in outputs)),
    )
    sheet.work_out("cost", "cost", trace.cost, *steps)


def _write_backward(
    sheet: _Sheet, lesson: Lesson, trace: ForwardTrace, gradient: BackwardTrace
) -> None:
    activation, depth = lesson.network.activation, len(trace.layers)
    slope_of = "a" if activation in ("sigmoid", "tanh") else "z"
    for layer in range(depth, 0, -1):
        here, back = trace.layer(layer), gradient.layer(layer)
        neurons, sources = range(here.W.shape[0]), range(here.W.shape[1])
        derivative = ACTIVATION[activation].derivative(here.z)
        for j in neurons:
            step = _Step(f"slope of {activation}", (f"{slope_of}[{layer}][{j}]",))
            sheet.work_out(f"slope[{layer}]", f"slope[{layer}][{j}]", float(derivative[j]), step)
        da = [f"error[{j}]" if layer == depth else f"da[{layer}][{j}]" for j in neurons]
        if layer < depth:
            after, W = gradient.layer(layer + 1).delta, trace.layer(layer + 1).W
            for j in neurons:
                for i, delta in enumerate(after):
                    step = _Step("product", (_w(layer + 1, i, j), f"delta[{layer + 1}][{i}]"))
                    value = float(W[i, j] * delta)
                    sheet.work_out(f"share[{layer}]", f"share[{layer}][{j}][{i}]", value, step)
            for j in neurons:
                ways = range(len(after))
                pairs = [k for i in ways for k in (_w(layer + 1, i, j), f"delta[{layer + 1}][{i}]")]
                steps = (
                    _Step("sum", tuple(f"share[{layer}][{j}][{i}]" for i in ways)),
                    _Step("sum of products", tuple(pairs)),
                )
                sheet.work_out(f"da[{layer}]", da[j], float(W[:, j] @ after), *steps)
        for j in neurons:
            step = _Step("product", (da[j], f"slope[{layer}][{j}]"))
            sheet.work_out(f"delta[{layer}]", f"delta[{layer}][{j}]", float(back.delta[j]), step)
        for j in neurons:
            for k in sources:
                steps = (
                    _Step("product", (f"delta[{layer}][{j}]", _a(layer - 1, k))),
                    _Step("product", (da[j], f"slope[{layer}][{j}]", _a(layer - 1, k))),
                )
                value = float(back.dW[j, k])
                sheet.work_out(f"dw[{layer}]", f"dw[{layer}][{j}][{k}]", value, *steps)


def _w(layer: int, j: int, k: int) -> str:
    return f"w[{layer}][{j}][{k}]"


def _a(layer: int, j: int) -> str:
    return f"x[{j}]" if layer == 0 else f"a[{layer}][{j}]"
