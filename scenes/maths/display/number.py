"""The only place where a number is rounded: how it is written on screen and said by the voice.

"=" stands only before a decimal that is the value itself; a rounded value has "≈" on screen and
"about" in the voice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from scenes.maths.display.spelling import spell_decimal
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
        return as_printed(self.value, self.rational, self.decimals)

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
class Said:
    """A number inside a sentence, for captions and voice alike: a rounded one is "about 0.60"."""

    number: Number

    @property
    def shown(self) -> str:
        return self.number.read if self.number.exact else f"about {self.number.read}"

    @property
    def spoken(self) -> str:
        return self.number.spoken


def integer(key: str, n: int) -> Number:
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
    needed = None if rational is None else decimals_needed(rational)
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


_NEARLY = Fraction(1, 10**7)
"""Of the last decimal: a float this near to a tie is one, which its own error cannot decide."""


def as_printed(value: float, rational: Fraction | None, decimals: int) -> Decimal:
    """The decimal that stands for a value; `rational` is the value free of binary rounding."""
    if rational is not None:
        return rounded(rational, decimals)
    q = Fraction(value)
    return rounded(q + (1 if q > 0 else -1 if q < 0 else 0) * _NEARLY / 10**decimals, decimals)


def rounded(q: Fraction, decimals: int) -> Decimal:
    """A fraction rounded, ties away from zero."""
    scaled = abs(q) * 10**decimals
    n = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(f"{-n if q < 0 else n}E-{decimals}")


def decimals_needed(q: Fraction) -> int | None:
    """Decimals that write `q` in full, or None where no number of decimals does."""
    twos = (q.denominator & -q.denominator).bit_length() - 1
    rest, fives = q.denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None
