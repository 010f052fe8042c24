"""Formulas: what stands on screen is read back, and put to the test.

The reader knows Typst's notation and nothing of the printer that wrote it.  Each side of a
displayed equation is worked out with the lesson's values (the film's own proof), and, where no
numbers of the lesson stand in it, with letters (scenes.proof.algebra), so that a displayed
derivative is SymPy's of the displayed function for every network and not by chance for this one.
What cannot be worked out has to be one of a few things, each with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import sympy as sp

from scenes.maths.display.number import Number
from scenes.maths.key import key_of
from scenes.proof.algebra import Algebra
from scenes.proof.film import FilmProof
from scenes.proof.finding import Findings
from scenes.proof.network import NetworkProof
from scenes.proof.watching import Moment, Type

_TOKEN = re.compile(
    r'\d+(?:","\d{3})*(?:\.\d+)?|"[^"]*"|[A-Za-z]+(?:\.[a-z]+)?|<=|>=|!=|[-+=<>()^_,;&/\'?]|(\S)'
)
_RELATIONS = ("=", "!=", "approx", "<", ">", "arrow.l")
_LABEL = re.compile(r"\{\{ (.*?) : [A-Za-z_][\w-]* \}\}")

Value: TypeAlias = sp.Expr | sp.MatrixBase


class UnreadableError(ValueError):
    """A formula with a part that has no value: dots, words, a question mark."""


NOT_WORKED_OUT = r"dots\.c"
"""Statements that are shortened; their numbers are compared one by one."""


@dataclass(frozen=True)
class Side:
    """One side of a relation: the sign before it, and its source."""

    sign: str
    source: str


def without_labels(source: str) -> str:
    """A source without the braces and names of its labelled parts."""
    return _LABEL.sub(r"\1", source)


def sides(source: str) -> list[list[Side]]:
    """The statements of a source, which `quad` parts, each as its sides."""
    return [_parted(statement.source, _RELATIONS) for statement in _parted(source, ("quad",))]


def _parted(source: str, signs: tuple[str, ...]) -> list[Side]:
    """A source cut at signs that stand outside all brackets."""
    pieces, sign, depth, start = [], "", 0, 0
    for token in _TOKEN.finditer(source):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0 and token[0] in signs:
            pieces.append(Side(sign, source[start : token.start()].strip()))
            sign, start = token[0], token.end()
    return [*pieces, Side(sign, source[start:].strip())]


# -- reading

Values = Callable[[str], Value | None]
"""The value of a canonical name such as "w[1][0][1]"; None where it has none."""
Partial = Callable[[str, str], Value | None]
"""∂ of one canonical name by another."""

_APPLIED: Mapping[str, Callable[[sp.Expr], sp.Expr]] = {
    "sigma": lambda z: 1 / (1 + sp.exp(-z)),
    "tanh": sp.tanh,
    "ln": sp.log,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "sqrt": sp.sqrt,
}
_ENDS = ("+", "-", ")", ",", ";", "&", "quad", "<", ">", "<=", ">=", "=", "!=", "approx")
"""What a product ends at, besides what has no value at all."""


def read(source: str, values: Values, partial: Partial = lambda above, below: None) -> Value:
    """What a source comes to; raises UnreadableError where that is nothing."""
    return _Reader(source, values, partial).all()


class _Reader:
    """Works one source out, from left to right, as a person reads it."""

    def __init__(self, source: str, values: Values, partial: Partial) -> None:
        self._values, self._partial = values, partial
        self._tokens = list(_TOKEN.finditer(source))
        if unknown := next((token[0] for token in self._tokens if token[1]), ""):
            raise UnreadableError(repr(unknown))
        self._at = 0
        self._bound: dict[str, int] = {}

    def all(self) -> Value:
        """The value of the whole source."""
        value = self._sum()
        if word := self._word():
            raise UnreadableError(f"{word!r} is left over")
        return value

    # tokens

    def _word(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place][0] if place < len(self._tokens) else ""

    def _take(self) -> str:
        word = self._word()
        if not word:
            raise UnreadableError("it ends too early")
        self._at += 1
        return word

    def _skip(self, *expected: str) -> None:
        for word in expected:
            if (found := self._take()) != word:
                raise UnreadableError(f"{word} is missing at {found!r}")

    def _opens(self) -> bool:
        """Whether a bracket follows without a space."""
        before = self._tokens[self._at - 1]
        return self._word() == "(" and self._tokens[self._at].start() == before.end()

    # grammar

    def _sum(self) -> Value:
        terms: list[Value] = []
        while not terms or self._word() in ("+", "-"):
            sign = self._take() if terms or self._word() == "-" else "+"
            term = self._product()
            terms.append(-term if sign == "-" else term)
        return sum(terms[1:], start=terms[0])

    def _product(self) -> Value:
        value = self._power()
        while (word := self._word()) and word not in _ENDS:
            if word in ("dot", "dot.o", "times", "thin", "/"):
                self._take()
            factor = self._power()
            if word == "dot.o":
                value = sp.Matrix(value).multiply_elementwise(sp.Matrix(factor))
            else:
                value = value / factor if word == "/" else value * factor
        return value

    def _power(self) -> Value:
        value = self._atom()
        while self._word() == "^":
            self._take()
            if self._word() == "upright":
                self._skip("upright", "(", "T", ")")
                value = sp.Matrix(value).T
            else:
                value = value ** (
                    self._group() if self._word() == "(" else sp.Integer(self._take())
                )
        return value

    def _group(self) -> Value:
        self._skip("(")
        value = self._sum()
        self._skip(")")
        return value

    def _rows(self) -> list[list[Value]]:
        """What stands in a bracket, parted by commas, and rows of it by semicolons."""
        self._skip("(")
        rows = [[self._sum()]]
        while (sign := self._take()) != ")":
            if sign == ";":
                rows.append([])
            elif sign != ",":
                raise UnreadableError(repr(sign))
            rows[-1].append(self._sum())
        return rows

    def _atom(self) -> Value:
        if self._word() == "(":
            return self._group()
        word = self._take()
        if word[0].isdigit():
            return sp.Rational(word.replace('","', ""))
        if word == '"diag"':
            return sp.diag(*sp.Matrix(self._group()))
        if not word[0].isalpha() or word in ("dots.c", "arrow.l"):
            raise UnreadableError(repr(word))
        return self._named(word)

    def _named(self, word: str) -> Value:
        if word == "frac":
            return self._fraction()
        if word == "vec":
            return sp.Matrix(self._rows()[0])
        if word == "mat":
            return sp.Matrix(self._rows())
        if word == "max":
            return _each(self._rows()[0][-1], lambda v: sp.Max(0, v))
        if word == "cases":
            return self._cases()
        if word in ("abs", "norm"):
            value = self._group()
            return value.norm() if hasattr(value, "norm") else sp.Abs(value)
        if word == "sum":
            return self._running_sum()
        if word == "Delta":
            return self._known(f"move of {self._name(self._take())}")
        if word in _APPLIED and self._opens():
            return _each(self._group(), _APPLIED[word])
        if word == "e" and self._word() == "^":
            self._take()
            return sp.exp(self._group())
        name = self._name(word)
        if name.rstrip("'") in ("cost", "f") and self._opens():
            self._skip("(")
            name = f"{name}({self._name(self._take())})"
            self._skip(")")
        return self._known(name)

    def _known(self, name: str) -> Value:
        value = self._values(name)
        if value is None:
            raise UnreadableError(f"{name} has no value")
        return value

    def _fraction(self) -> Value:
        if self._word(1) != "partial":
            ((above, below),) = self._rows()
            return above / below
        self._skip("(", "partial")
        of = self._name(self._take())
        self._skip(",", "partial")
        by = self._name(self._take())
        self._skip(")")
        value = self._partial(of, by)
        if value is None:
            raise UnreadableError(f"{of} by {by} has no value")
        return value

    def _cases(self) -> sp.Piecewise:
        self._skip("(")
        pieces = []
        while True:
            value = self._sum()
            self._skip("quad", "&")
            left, sign, right = self._sum(), self._take(), self._sum()
            pieces.append((value, sp.Rel(left, right, sign)))
            if self._take() == ")":
                return sp.Piecewise(*pieces)

    def _running_sum(self) -> Value:
        self._skip("_", "(")
        index = self._take()
        self._skip("=")
        first = int(self._take())
        self._skip(")", "^", "(")
        last = int(self._take())
        self._skip(")")
        start, terms = self._at, []
        for k in range(first, last + 1):
            self._at, self._bound[index] = start, k
            terms.append(self._product())
        del self._bound[index]
        return sum(terms[1:], start=terms[0])

    def _name(self, word: str) -> str:
        """A quantity's canonical name: base, layer and indices, counted as the engine does."""
        if word == "bold":
            self._skip("(")
            word = self._take()
            if word == "nabla":
                word = f"nabla {self._take()}"
            self._skip(")")
        base = {"C": "cost", "alpha": "learning_rate", "e": "error"}.get(word, word)
        while self._word() == "'":
            base += self._take()
        indices: list[int] = []
        if self._word() == "_":
            self._skip("_")
            indices = self._indices()
        if [self._word(ahead) for ahead in range(3)] == ["^", "(", "("]:
            self._skip("^", "(", "(")
            indices = [int(self._take()), *indices]
            self._skip(")", ")")
        return key_of(base, *indices)

    def _indices(self) -> list[int]:
        self._skip("(")
        words = []
        while (word := self._take()) != ")":
            words.append(word)
        found: list[int] = []
        for word in words:
            if word.isdigit():
                # "12" is 1 and 2, but for "10,2", where a comma parts them.
                found += [int(n) - 1 for n in ([word] if "," in words else word)]
            elif word != ",":
                found.append(self._bound.get(word, 1) - 1)
        return found


def _each(value: Value, function: Callable[[sp.Expr], sp.Expr]) -> Value:
    return value.applyfunc(function) if hasattr(value, "applyfunc") else function(value)


# -- checking


class Formulas:
    """Checks every formula that a film shows."""

    def __init__(self, found: Findings, proof: FilmProof) -> None:
        self._found, self._proof = found, proof
        self._seen: dict[str, list[str]] = {}
        self._curve: sp.Expr | None = None
        self._factors: dict[str, tuple[Value, Value, str]] = {}
        self._algebra = Algebra(proof.lesson.network)

    def look(self, moment: Moment) -> None:
        """Check one moment of a play."""
        for one in moment.types:
            if not one.is_formula or not one.is_whole:
                continue
            if one.source not in self._seen:
                self._seen[one.source] = self._examined(one)
            for text in self._seen[one.source]:
                self._found.add("formulas", moment.beat, text, moment)

    def _examined(self, one: Type) -> list[str]:
        found: list[str] = []
        shown = without_labels(one.source).strip()
        numbers = [q.origin for q in one.quotes if isinstance(q.origin, Number)]
        for statement in sides(shown):
            if len(statement) < 2:
                continue
            self._found.count("formulas")
            try:
                found += [f"{shown!r} {text}" for text in self._problems(statement, shown, numbers)]
            except UnreadableError as problem:
                found.append(f"{shown!r} cannot be read: {problem}")
        return found + self._labelled(one.source)

    def _problems(self, statement: list[Side], shown: str, numbers: list[Number]) -> Iterator[str]:
        """What is wrong with a statement of any kind; raises UnreadableError."""
        left, right = statement[0].source, statement[1]
        if right.sign == "arrow.l":
            yield from self._rule(right.source, "with" if "nabla f" in shown else "against")
        elif left in ("C(w)", "C'(w)") and not numbers:
            yield from self._curve_of(left, self._in_w(right.source))
        elif left == "f" and not numbers:
            displayed = self._in_w(right.source)
            if not any(sp.expand(displayed - example) == 0 for example in self._proof.examples()):
                yield "is no curve that stands for its kind"
        else:
            yield from self._of_statement(statement, shown, numbers)

    def _of_statement(
        self, statement: list[Side], shown: str, numbers: list[Number]
    ) -> Iterator[str]:
        """Of a statement of equality, or of one thing being less than another."""
        left = statement[0].source
        allowed = [keys for name, keys in self._proof.named if re.fullmatch(name, left)]
        strangers = [n.key for n in numbers if not any(re.fullmatch(k, n.key) for k in allowed)]
        if allowed and strangers:
            yield f"is wrong: {left} is no name of {strangers[0]}"
            return
        # Where no choice of decimals lets a calculator agree, the film says "about" and no more.
        if any(n.key in self._proof.later or not n.agrees for n in numbers):
            return
        if not _cancels(statement):
            yield "is wrong: the moves do not cancel to that"
            return
        compared = list(_compared(statement, self._value))
        for known, side, value in compared:
            if not _holds(known, side.sign, value, side.source):
                yield f"says {_short(known)} {side.sign} {_short(value)}, which is false"
        # Without a left side it goes on from a statement beside it (scenes.proof.arithmetic).
        known = (NOT_WORKED_OUT, *self._proof.not_worked_out)
        argued = not left or any(re.search(pattern, shown) for pattern in known)
        if not (compared or allowed or argued):
            yield "says something, and nothing tests it"
        if compared and not numbers and isinstance(self._proof, NetworkProof):
            lettered = _compared(statement, self._lettered)
            if not all(self._algebra.same(known, value) for known, _, value in lettered):
                yield "does not hold for every network"

    def _lettered(self, source: str) -> Value:
        """What a source stands for, in letters."""
        return read(source, self._algebra.values, self._algebra.partial)

    def _labelled(self, source: str) -> list[str]:
        """Factors of one label are one thing, as a derivative, as an expression, as a number."""
        problems, product, lettered = [], sp.Integer(1), sp.Integer(1)
        labels = re.findall(r"\{\{ (.*?) : ((?:error|slope|a)_[\w-]*) \}\}", source)
        for part, label in labels:
            try:
                value, letters = self._value(part), self._lettered(part)
            except UnreadableError as problem:
                return [f"{part!r}: cannot be read: {problem}"]
            number = re.fullmatch(r"[-\d.()]+", part)
            product, lettered = product * value, lettered * letters
            before, meant, said = self._factors.setdefault(label, (value, letters, part))
            if not _holds(before, "approx" if number else "=", value, part):
                problems.append(f"{said!r} is not {part!r}: {_short(before)}, {_short(value)}")
            elif not number and not self._algebra.same(meant, letters):
                problems.append(f"{said!r} is not {part!r} for every network")
        if labels and "partial" in source and isinstance(self._proof, NetworkProof):
            key = key_of("w", *self._proof.weight)
            whole = sp.sympify(self._proof.network.by(key))
            if not _holds(whole, "=", product, ""):
                problems.append(f"{without_labels(source)!r} is {_short(product)}, not ∂C/∂w")
            elif not self._algebra.same(self._algebra.of_cost(key), lettered):
                problems.append(f"{without_labels(source)!r} is not ∂C/∂w for every network")
        return problems

    def _value(self, source: str) -> Value:
        return read(source, self._proof.meant, self._proof.partial)

    def _curve_of(self, left: str, displayed: sp.Expr) -> Iterator[str]:
        """Of a cost curve, and of its derivative where that is displayed."""
        if left == "C(w)":
            self._curve = displayed
            if not any(sp.simplify(displayed - curve) == 0 for curve in self._proof.curves()):
                yield "is no curve of this lesson"
        elif self._curve is None or sp.simplify(self._curve.diff("w") - displayed) != 0:
            yield f"is not the derivative of {self._curve}"

    @staticmethod
    def _in_w(source: str) -> sp.Expr:
        """What a source stands for, in the letter w."""
        return read(source, {"w": sp.Symbol("w")}.get)

    def _rule(self, source: str, way: str) -> Iterator[str]:
        """Of an update: a cost's gradient is taken off, a height's is added."""
        slope, rate, place, beta = sp.symbols("slope rate place beta")

        def values(name: str) -> sp.Expr:
            known = {"learning_rate": rate, "beta": beta}
            if "nabla" in name or name.startswith("cost'"):
                return slope
            return known.get(name, sp.Symbol(name) if name in ("v", "w", "x") else place)

        after = read(source, values, lambda above, below: slope)
        if not after.has(slope):  # where to the step just made leads
            if after != sp.Symbol("w") + sp.Symbol("v"):
                yield "is no step"
        elif sp.expand(after.diff(slope) - (rate if way == "with" else -rate)) != 0:
            yield f"does not step {way} its gradient, times the rate"


def _compared(
    statement: list[Side], value_of: Callable[[str], Value]
) -> Iterator[tuple[Value, Side, Value]]:
    """Each side that can be read after another: the value before it, itself, and its value."""
    known = None
    for side in statement:
        if not side.source:
            continue
        try:
            value = value_of(side.source)
        except UnreadableError:
            continue
        if known is not None:
            yield known, side, value
        known = value


def _cancels(statement: list[Side]) -> bool:
    """Whether sides made of moves are equal whatever the moves are."""
    moves = [side for side in statement if "Delta" in side.source]
    compared = _compared(moves, lambda source: read(source, sp.Symbol))
    return all(sp.cancel(known - value) == 0 for known, _, value in compared)


def _holds(one: Value, sign: str, other: Value, source: str) -> bool:
    """Whether a displayed relation holds, to the decimals that are printed on its right."""
    ones, others = sp.flatten([one]), sp.flatten([other])
    if len(ones) != len(others):
        return False
    if sign in ("<", ">", "!="):
        return all(bool(sp.Rel(a, b, sign)) for a, b in zip(ones, others, strict=True))
    slack = sp.Float("1e-12")
    if sign == "approx":
        printed = [len(decimals) for decimals in re.findall(r"\d\.(\d+)", source)]
        slack += sp.Rational(1, 2) / 10 ** max(printed, default=0)
    return all(abs(sp.N(a - b, 40)) <= slack for a, b in zip(ones, others, strict=True))


def _short(value: Value) -> str:
    cells = ", ".join(str(sp.N(v, 6)) for v in sp.flatten([value]))
    return f"({cells})" if hasattr(value, "shape") else cells
