"""Numbers: each numeral comes from the engine, and says what a fresh computation says."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import zip_longest

import mpmath
import sympy as sp

from scenes.maths.display.number import Bound, Number, Said, counted
from scenes.maths.display.spelling import Phrase
from scenes.maths.provenance import Citation, Quote
from scenes.pictures.readouts import Odometer
from scenes.proof.film import FilmProof
from scenes.proof.finding import Findings
from scenes.proof.watching import END, REST, Moment, Run, Type
from scenes.studio import film

NUMERAL = re.compile(r"\d+(?:(?:,|\",\")\d{3})*(?:\.\d+)?")
ALLOWED = {"0", "1"}
"""What may stand on screen without an origin: nothing and one are what a formula is made of."""
ALLOWED_WORDS = {
    "one": "an article in most lines, and what is said of a single thing",
    "zero": "what a slope is compared with",
    "two": "the bound of the step size, and the two modes",
    "first": "an order in what is shown",
    "second": "the derivative of second order",
    "third": "the derivative of third order",
    "half": "of the sum of squares",
}
"""Number words that a line may hold without quoting a value, and why."""
_LABEL = re.compile(r" : [A-Za-z_][\w-]* (?=\}\})")
_SIGN = re.compile(r"approx|≈|(?<![<>!:])=|arrow\.l|<|>")


class Figures:
    """Checks each number of a film against what its lesson says it is."""

    def __init__(self, found: Findings, proof: FilmProof) -> None:
        self._found, self._proof = found, proof
        self._known: dict[tuple[str, Decimal], str] = {}

    def look(self, moment: Moment) -> None:
        """Check one moment of a play."""
        for one in moment.types:
            self._origins(one, moment)
            for quote in one.quotes:
                if isinstance(quote.origin, Number):
                    self._number(quote.origin, moment.beat, moment)
                    self._relation(one, quote, moment)
                elif isinstance(quote.origin, Bound):
                    self._bound(quote.origin, moment)
        if moment.phase == END:
            self._cells(moment)
        if moment.phase in (END, REST):
            self._odometers(moment)

    # -- where a numeral comes from

    def _origins(self, one: Type, moment: Moment) -> None:
        # The names of labelled parts are not shown.
        source = _LABEL.sub(lambda label: " " * len(label[0]), one.source)
        for numeral in NUMERAL.finditer(source):
            self._found.count("numbers")
            covered = any(
                q.start <= numeral.start() and numeral.end() <= q.end
                for q in one.quotes
                if isinstance(q.origin, Number | Bound | Citation | sp.Basic | tuple | Odometer)
            )
            if not covered and numeral[0] not in ALLOWED:
                text = f"{numeral[0]!r} in {one.source!r} comes from no computation"
                self._found.add("numbers", moment.beat, text, moment)

    # -- what it is

    def _number(self, number: Number, beat: str, moment: Moment | None) -> None:
        key = (number.key, number.printed)
        if key not in self._known:
            self._known[key] = self._against_fresh(number)
        if self._known[key]:
            self._found.add("numbers", beat, self._known[key], moment)

    def _against_fresh(self, number: Number) -> str:
        """What is wrong with a number; nothing where nothing is."""
        key, printed = number.key, number.printed
        values = self._proof.values(key, float(printed))
        if not values:
            return f"{key}: names no quantity of this film, and is shown as {number.read}"
        value = next((v for v in values if rounded(v, number.decimals) == printed), None)
        if value is None:
            return f"{key}: shown as {number.read}, computed anew {mpmath.nstr(values[0], 12)}"
        if number.exact and abs(value - mpmath.mpmathify(printed)) > 1e-16:
            return f"{key}: {printed} is called exact, and is {mpmath.nstr(value, 20)}"
        return ""

    def _relation(self, one: Type, quote: Quote, moment: Moment) -> None:
        before = [m for m in _SIGN.finditer(one.source) if m.start() < quote.start]
        if before and before[-1][0] == "=" and not quote.origin.exact:
            text = f"'=' stands before {quote.origin.read}, which is rounded, in {one.source!r}"
            self._found.add("numbers", moment.beat, text, moment)

    def _cells(self, moment: Moment) -> None:
        """The same where relation and number are cells of their own."""
        for one in (t for t in moment.types if t.source == "="):
            for other in moment.types:
                beside = 0 < other.box[0] - one.box[1] < 0.8
                if not (beside and abs(other.baseline - one.baseline) < 0.2):
                    continue
                for origin in (quote.origin for quote in other.quotes):
                    if isinstance(origin, Number) and not origin.exact:
                        text = f"'=' stands before {origin.read}, which is rounded"
                        self._found.add("numbers", moment.beat, text, moment)

    def _bound(self, bound: Bound, moment: Moment) -> None:
        if bound.value and not abs(bound.value) < 10.0**bound.exponent:
            text = f"{bound.key}: {bound.typst} does not hold for {bound.value}"
            self._found.add("numbers", moment.beat, text, moment)

    def _odometers(self, moment: Moment) -> None:
        counters: dict[int, tuple[Odometer, list[Type]]] = {}
        for one in moment.types:
            for quote in one.quotes:
                if isinstance(quote.origin, Odometer):
                    counters.setdefault(id(quote.origin), (quote.origin, []))[1].append(one)
        for counter, digits in counters.values():
            self._found.count("numbers")
            self._number(counter.most, moment.beat, moment)
            shown = "".join(t.source for t in sorted(digits, key=lambda t: t.box[0]))
            most, problem = int(counter.most.value), ""
            if shown != counted(counter.count):
                problem = f"shows {shown} and stands at {counter.count}"
            elif moment.phase == REST and counter.count not in (0, most):
                problem = f"rests at {shown}, not at its end, {most}"
            if problem:
                text = f"a counter of {counter.most.key} {problem}"
                self._found.add("numbers", moment.beat, text, moment)

    # -- what is said

    def listen(self, run: Run) -> None:
        """Check each line: spoken is printed, and printed is computed."""
        self._transcript(run)
        for record in run.scene.records:
            beat = record.script.name
            if numeral := NUMERAL.search(record.script.alt):
                text = f"{numeral[0]!r} is typed into the alternative text"
                self._found.add("numbers", beat, text)
            for name, value in record.line.values.items():
                self._found.count("numbers")
                if isinstance(value, Said):
                    self._number(value.number, beat, None)
                    self._said(value, beat)
                elif isinstance(value, Phrase) and value.shown.lower() != value.spoken.lower():
                    text = f"{{{name}}} is shown as {value.shown!r} and said {value.spoken!r}"
                    self._found.add("numbers", beat, text)
            typed = " ".join(token.shown for token in record.line.tokens if not token.keys)
            for word in re.findall(r"\S*\d\S*|[a-z]+", typed.lower()):
                known = word not in NUMBER_WORDS or word in ALLOWED_WORDS
                if not known or re.search(r"\d", word):
                    self._found.add("numbers", beat, f"{word!r} is typed into the line")

    def _transcript(self, run: Run) -> None:
        """The transcript says what the lines say, whose numbers are checked."""
        beats = re.findall(r"^## .+\n\n(.+)$", film.transcript(run.scene), re.MULTILINE)
        written = [re.sub(r"\\(.)", r"\1", text) for text in beats]
        spoken = [record.line.shown for record in run.scene.records]
        for text, line in zip_longest(written, spoken, fillvalue=""):
            self._found.count("numbers")
            if text != line:
                found = f"the transcript says {text!r}, and the line {line!r}"
                self._found.add("numbers", "", found)

    def _said(self, said: Said, beat: str) -> None:
        number, words = said.number, said.spoken.removeprefix("about ")
        try:
            heard = as_number(words)
        except ValueError:
            self._found.add("numbers", beat, f"{said.spoken!r} is no number")
            return
        if heard != number.printed:
            text = f"{number.key}: {number.read} is shown, and {said.spoken!r} is said"
            self._found.add("numbers", beat, text)
        if number.exact in (words != said.spoken, said.shown.startswith("about ")):
            text = f"{number.key}: {said.shown!r} is said {said.spoken!r}, exact: {number.exact}"
            self._found.add("numbers", beat, text)


def rounded(value: mpmath.mpf, decimals: int) -> Decimal:
    """A value as a decimal; ties go away from zero, as by hand."""
    # Both roads end in rounding errors far below what is printed: a tie is a tie.
    n = int(mpmath.floor(abs(value) * mpmath.mpf(10) ** decimals + 0.5 + 1e-12))
    return Decimal(-n if value < 0 else n).scaleb(-decimals)


_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
NUMBER_WORDS = {
    *_UNITS,
    *_TENS,
    *_SCALES,
    *("hundred", "first", "second", "third", "fourth", "fifth", "half", "twice", "thrice"),
}


def as_number(words: str) -> Decimal:
    """What spoken words come to: "minus zero point four two" is −0.42.

    Written anew, not by turning round what spells a number.  Raises ValueError for other words.
    """
    sign, rest = (-1, words[6:]) if words.startswith("minus ") else (1, words)
    whole, _, decimals = rest.partition(" point ")
    total = part = 0
    for word in whole.split():
        if word in _UNITS:
            part += _UNITS.index(word)
        elif word in _TENS:
            part += 10 * (_TENS.index(word) + 2)
        elif word == "hundred":
            part *= 100
        elif word in _SCALES:
            total, part = total + part * _SCALES[word], 0
        elif word != "and":
            raise ValueError(f"{word!r} is no part of a number")
    digits = "".join(str(_UNITS.index(word)) for word in decimals.split())
    number = Decimal(f"{total + part}.{digits}" if digits else total + part)
    return sign * number
