"""Numbers in words, for the voice and for sentences."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Phrase:
    """Words that vary with the lesson, as shown and as spoken."""

    shown: str
    spoken: str


def count(n: int, singular: str, plural: str | None = None) -> Phrase:
    """`n` things in words: count(2, "input") is "two inputs"."""
    if plural is None:
        plural = singular + ("es" if singular.endswith(("s", "x", "ch", "sh")) else "s")
    words = f"{spell_integer(n)} {singular if n == 1 else plural}"
    return Phrase(words, words)


def in_words(n: int) -> Phrase:
    """A whole number in words: in_words(8) is "eight"."""
    return Phrase(spell_integer(n), spell_integer(n))


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
