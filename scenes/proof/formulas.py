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
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from scenes.maths.display.number import Number
from scenes.maths.key import key_of
from scenes.proof.algebra import Algebra
from scenes.proof.exact import as_sympy
from scenes.proof.film import FilmProof
from scenes.proof.finding import Findings
from scenes.proof.network import NetworkProof
from scenes.proof.watching import Moment, Run, Type

_TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+(?:","\d{3})*(?:\.\d+)?)|(?P<text>"[^"]*")|(?P<name>[A-Za-z]+(?:\.[a-z]+)?)'
    r"|(?P<sign><=|>=|!=|[-+=<>()^_,;&/'?]))"
)
_RELATIONS = ("=", "!=", "approx", "<", ">", "arrow.l")
_LABEL = re.compile(r"\{\{ (.*?) : [A-Za-z_][\w-]* \}\}")


class UnreadableError(ValueError):
    """A formula with a part that has no value: dots, words, a question mark."""


NOT_WORKED_OUT = r"dots\.c"
"""Statements that are shortened; their numbers are compared one by one."""


@dataclass(frozen=True)
class Side:
    """One side of a relation: the sign before it, its source, and where that stands."""

    sign: str
    source: str


def without_labels(source: str) -> str:
    """A source without the braces and names of its labelled parts."""
    return _LABEL.sub(r"\1", source)


def sides(source: str) -> list[list[Side]]:
    """The statements of a source, which `quad` parts, each as its sides."""
    return [_cut(part) for part in _at_top(source, ("quad",), keep=False)]


def _cut(statement: str) -> list[Side]:
    pieces = _at_top(statement, _RELATIONS, keep=True)
    found, sign = [], ""
    for piece in pieces:
        if piece in _RELATIONS:
            sign = piece
        else:
            found.append(Side(sign, piece.strip()))
    return found


def _at_top(source: str, cuts: tuple[str, ...], *, keep: bool) -> list[str]:
    """A source cut at words that stand outside all brackets."""
    pieces, depth, start = [], 0, 0
    for token in re.finditer(r'"[^"]*"|[A-Za-z]+(?:\.[a-z]+)?|<=|>=|!=|[-+=<>()]', source):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0 and token[0] in cuts:
            pieces.append(source[start : token.start()])
            pieces += [token[0]] if keep else []
            start = token.end()
    return [*pieces, source[start:]]


# -- reading

Values = Callable[[str], Any]
"""The value of a canonical name such as "w[1][0][1]"; None where it has none."""
Partial = Callable[[str, str], Any]
"""∂ of one canonical name by another."""

_APPLIED: Mapping[str, Callable[[Any], Any]] = {
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


@dataclass
class Reader:
    """Works one source out, from left to right, as a person reads it."""

    source: str
    values: Values
    partial: Partial
    bound: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tokens: list[tuple[str, str, int]] = []
        at = 0
        text = self.source.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise UnreadableError(f"{text[at:]!r}")
            kind = str(match.lastgroup)
            self._tokens.append((kind, match[kind], match.start(kind)))
            at = match.end()
        self._at = 0

    def all(self) -> Any:
        """The value of the whole source."""
        value = self._sum()
        if self._at < len(self._tokens):
            raise UnreadableError(f"{self._word()!r} is left over")
        return value

    # tokens

    def _word(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place][1] if place < len(self._tokens) else ""

    def _take(self, expected: str = "") -> str:
        word = self._word()
        if not word or (expected and word != expected):
            raise UnreadableError(f"{expected or 'more'} is missing at {word!r}")
        self._at += 1
        return word

    def _glued(self) -> bool:
        """Whether the next token follows without a space."""
        _, before, start = self._tokens[self._at - 1]
        return self._at < len(self._tokens) and self._tokens[self._at][2] == start + len(before)

    # grammar

    def _sum(self) -> Any:
        sign = -1 if self._word() == "-" else 1
        if sign < 0:
            self._take()
        total = self._product() if sign > 0 else -self._product()
        while self._word() in ("+", "-"):
            minus = self._take() == "-"
            term = self._product()
            total = total - term if minus else total + term
        return total

    def _product(self) -> Any:
        value = self._power()
        while (word := self._word()) and word not in ("+", "-", ")", ",", ";", "&", *_ENDS):
            if word == "dot.o":
                self._take()
                value = sp.Matrix(value).multiply_elementwise(sp.Matrix(self._power()))
                continue
            if word in ("dot", "times", "thin"):
                self._take()
            if word == "/":
                self._take()
                value = value / self._power()
                continue
            value = value * self._power()
        return value

    def _power(self) -> Any:
        value = self._atom()
        while self._word() == "^":
            self._take()
            if self._word() == "upright":
                self._skip_group()
                value = sp.Matrix(value).T
            elif self._word() == "(":
                value = value ** self._group()
            else:
                value = value ** sp.Integer(self._take())
        return value

    def _group(self) -> Any:
        self._take("(")
        value = self._sum()
        self._take(")")
        return value

    def _skip_group(self) -> str:
        """A word and its bracket, taken as text."""
        start = self._at
        self._take()
        if self._word() == "(":
            depth = 0
            while True:
                depth += {"(": 1, ")": -1}.get(word := self._take(), 0)
                if word == ")" and depth == 0:
                    break
        return " ".join(word for _, word, _ in self._tokens[start : self._at])

    def _atom(self) -> Any:
        kind = self._tokens[self._at][0] if self._at < len(self._tokens) else ""
        word = self._word()
        if kind == "number":
            return sp.Rational(self._take().replace('","', ""))
        if word == "(":
            return self._group()
        if kind == "text" and word == '"diag"':
            self._take()
            return sp.diag(*sp.Matrix(self._group()))
        if kind != "name" or word == "dots.c":
            raise UnreadableError(repr(word))
        return self._named()

    def _named(self) -> Any:
        word = self._take()
        if word == "frac":
            return self._fraction()
        if word in ("vec", "mat"):
            return self._matrix(upright=word == "vec")
        if word == "max":
            self._take("(")
            self._sum()
            self._take(",")
            value = self._sum()
            self._take(")")
            return _each(value, lambda v: sp.Max(0, v))
        if word == "cases":
            return self._cases()
        if word in ("abs", "norm"):
            value = self._group()
            return sp.Matrix(value).norm() if hasattr(value, "shape") else sp.Abs(value)
        if word == "sum":
            return self._running_sum()
        if word == "Delta":
            move = f"move of {self._name(self._take())}"
            return _known(self.values(move), move)
        if word in _APPLIED and self._glued() and self._word() == "(":
            return _each(self._group(), _APPLIED[word])
        if word == "e" and self._word() == "^":
            self._take()
            return sp.exp(self._group())
        return self._quantity(word)

    def _fraction(self) -> Any:
        self._take("(")
        if self._word() == "partial":
            self._take()
            above = self._name(self._take())
            self._take(",")
            self._take("partial")
            below = self._name(self._take())
            self._take(")")
            return _known(self.partial(above, below), f"{above} by {below}")
        above = self._sum()
        self._take(",")
        below = self._sum()
        self._take(")")
        return above / below

    def _matrix(self, *, upright: bool) -> Any:
        self._take("(")
        rows = [[self._sum()]]
        while self._word() in (",", ";"):
            if self._take() == ";":
                rows.append([])
            rows[-1].append(self._sum())
        self._take(")")
        return sp.Matrix(rows[0] if upright else rows)

    def _cases(self) -> Any:
        self._take("(")
        pieces = []
        while True:
            value = self._sum()
            self._take("quad")
            self._take("&")
            left, sign, right = self._sum(), self._take(), self._sum()
            pieces.append((value, sp.Rel(left, right, sign)))
            if self._take() == ")":
                return sp.Piecewise(*pieces)

    def _running_sum(self) -> Any:
        self._take("_")
        self._take("(")
        index = self._take()
        self._take("=")
        first = int(self._take())
        self._take(")")
        self._take("^")
        self._take("(")
        last = int(self._take())
        self._take(")")
        start, total = self._at, sp.Integer(0)
        for k in range(first, last + 1):
            self._at = start
            self.bound[index] = k
            total += self._product()
        del self.bound[index]
        return total

    def _quantity(self, word: str) -> Any:
        name = self._name(word)
        if self._word() == "(" and self._glued() and name.rstrip("'") in ("cost", "f"):
            inner = self._skip_bracket()
            name = f"{name}({inner})"
        return _known(self.values(name), name)

    def _skip_bracket(self) -> str:
        self._take("(")
        inner = self._name(self._take())
        self._take(")")
        return inner

    def _name(self, word: str) -> str:
        """A quantity's canonical name: base, layer and indices, counted as the engine does."""
        if word == "bold":
            self._take("(")
            word = self._take()
            if word == "nabla":
                word = f"nabla {self._take()}"
            self._take(")")
        base = {"C": "cost", "alpha": "learning_rate", "e": "error"}.get(word, word)
        while self._word() == "'":
            base += self._take()
        indices: list[int] = []
        if self._word() == "_":
            self._take()
            indices = self._indices()
        if self._word() == "^" and self._word(1) == "(" and self._word(2) == "(":
            for _ in range(3):
                self._take()
            indices = [int(self._take()), *indices]
            self._take(")")
            self._take(")")
        return key_of(base, *indices)

    def _indices(self) -> list[int]:
        self._take("(")
        found: list[int] = []
        while (word := self._take()) != ")":
            if word == ",":
                continue
            if word.isdigit():
                # "12" is 1 and 2, but for "10,2", where a comma parts them.
                alone = self._word() == "," or (found and self._tokens[self._at - 2][1] == ",")
                found += [int(word) - 1] if alone else [int(digit) - 1 for digit in word]
            else:
                found.append(self.bound.get(word, 1) - 1)
        return found


_ENDS = ("quad", "<", ">", "<=", ">=", "=", "!=", "approx", "arrow.l", "'", "?")


def _each(value: Any, function: Callable[[Any], Any]) -> Any:
    return value.applyfunc(function) if hasattr(value, "applyfunc") else function(value)


def _known(value: Any, name: str) -> Any:
    if value is None:
        raise UnreadableError(f"{name} has no value")
    return value


# -- checking


class Formulas:
    """Checks every formula that a film shows."""

    def __init__(self, found: Findings, proof: FilmProof) -> None:
        self._found, self._proof = found, proof
        self._seen: dict[str, list[str]] = {}
        self._curve: sp.Expr | None = None
        self._factors: dict[str, tuple[Any, Any, str]] = {}
        self._algebra = Algebra(proof.lesson.network)

    def look(self, run: Run, moment: Moment) -> None:
        """Check one moment of a play."""
        del run
        for one in moment.types:
            if not one.is_formula or not one.is_whole:
                continue
            if one.source not in self._seen:
                self._seen[one.source] = self._examined(one)
            for text in self._seen[one.source]:
                self._found.add("formulas", moment.beat, text, moment)

    def _examined(self, one: Type) -> list[str]:
        problems: list[str] = []
        source = without_labels(one.source)
        numbers = [q.origin for q in one.quotes if isinstance(q.origin, Number)]
        for statement in sides(source):
            if len(statement) < 2:
                continue
            self._found.count("formulas")
            shown = source.strip()
            try:
                problems += self._put_to_the_test(statement, shown, numbers)
            except UnreadableError as problem:
                problems.append(f"{shown!r}: cannot be read: {problem}")
        return problems + self._labelled(one.source)

    def _put_to_the_test(
        self, statement: list[Side], shown: str, numbers: list[Number]
    ) -> list[str]:
        """What is wrong with a statement of any kind; raises UnreadableError."""
        if statement[1].sign == "arrow.l":
            return self._rule(statement, shown)
        if statement[0].source in ("C(w)", "C'(w)") and not numbers:
            return self._curve_of(statement, shown)
        if statement[0].source == "f" and not numbers:
            return self._example(statement, shown)
        return self._statement(statement, shown, numbers)

    def _statement(self, statement: list[Side], shown: str, numbers: list[Number]) -> list[str]:
        """What is wrong with a statement of equality, or of one thing being less than another."""
        left = statement[0].source
        allowed = [keys for name, keys in self._proof.named if re.fullmatch(name, left)]
        strangers = [n.key for n in numbers if not any(re.fullmatch(k, n.key) for k in allowed)]
        if allowed and strangers:
            return [f"{shown!r}: {left} is no name of {strangers[0]}"]
        # Where no choice of decimals lets a calculator agree, the film says "about" and no more.
        if any(n.key in self._proof.later or not n.agrees for n in numbers):
            return []
        if not _cancels(statement):
            return [f"{shown!r}: the moves do not cancel to that"]
        problems, compared = self._equal(statement, shown)
        # Without a left side it goes on from a statement beside it (scenes.proof.arithmetic).
        known = (NOT_WORKED_OUT, *self._proof.not_worked_out)
        argued = not left or any(re.search(pattern, shown) for pattern in known)
        if not (compared or allowed or argued):
            problems.append(f"{shown!r}: nothing tests it")
        if compared and not numbers and isinstance(self._proof, NetworkProof):
            problems += self._for_all_networks(statement, shown)
        return problems

    def _for_all_networks(self, statement: list[Side], shown: str) -> list[str]:
        """The same with letters for all numbers."""
        compared = _compared(statement, self._lettered)
        if all(self._algebra.same(known, value) for known, _, value in compared):
            return []
        return [f"{shown!r} does not hold for every network"]

    def _lettered(self, source: str) -> Any:
        """What a source stands for, in letters."""
        return Reader(source, self._algebra.values, self._algebra.partial).all()

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
            whole = as_sympy(self._proof.network.by(key))
            if not _holds(whole, "=", product, ""):
                problems.append(f"{without_labels(source)!r} is {_short(product)}, not ∂C/∂w")
            elif not self._algebra.same(self._algebra.of_cost(key), lettered):
                problems.append(f"{without_labels(source)!r} is not ∂C/∂w for every network")
        return problems

    def _value(self, source: str) -> Any:
        return Reader(source, self._proof.meant, self._proof.partial).all()

    def _equal(self, statement: list[Side], shown: str) -> tuple[list[str], bool]:
        """What is false with the lesson's values, and whether anything could be compared."""
        compared = list(_compared(statement, self._value))
        return [
            f"{shown!r}: {_short(known)} {side.sign} {_short(value)} is false"
            for known, side, value in compared
            if not _holds(known, side.sign, value, side.source)
        ], bool(compared)

    def _example(self, statement: list[Side], shown: str) -> list[str]:
        """The simplest curve of a kind of stationary point."""
        displayed = self._in_w(statement[1].source)
        if not any(sp.expand(displayed - example) == 0 for example in self._proof.examples()):
            return [f"{shown!r} is no curve that stands for its kind"]
        return []

    def _curve_of(self, statement: list[Side], shown: str) -> list[str]:
        """A cost curve, and its derivative where that is displayed."""
        w = sp.Symbol("w")
        displayed = self._in_w(statement[1].source)
        if statement[0].source == "C(w)":
            self._curve = displayed
            curves = self._proof.curves()
            if not any(sp.simplify(displayed - expression) == 0 for expression in curves):
                return [f"{shown!r} is no curve of this lesson"]
            return []
        if self._curve is None or sp.simplify(sp.diff(self._curve, w) - displayed) != 0:
            return [f"{shown!r} is not the derivative of {self._curve}"]
        return []

    @staticmethod
    def _in_w(source: str) -> Any:
        """What a source stands for, in the letter w."""
        letters = {"w": sp.Symbol("w")}
        return Reader(source, letters.get, lambda above, below: None).all()

    def _rule(self, statement: list[Side], shown: str) -> list[str]:
        """An update: a cost's gradient is taken off, a height's is added."""
        slope, rate, place, beta = sp.symbols("slope rate place beta")
        against = 1 if any(mark in shown for mark in ("nabla f",)) else -1

        def values(name: str) -> Any:
            known = {"learning_rate": rate, "beta": beta}
            if "nabla" in name or name.startswith("cost'"):
                return slope
            return known.get(name, sp.Symbol(name) if name in ("v", "w", "x") else place)

        after = Reader(statement[1].source, values, lambda above, below: slope).all()
        if not after.has(slope):  # where to the step just made leads
            return [] if after == sp.Symbol("w") + sp.Symbol("v") else [f"{shown!r} is no step"]
        if sp.expand(sp.diff(after, slope) - against * rate) != 0:
            way = "with" if against > 0 else "against"
            return [f"{shown!r} does not step {way} its gradient, times the rate"]
        return []


def _compared(statement: list[Side], read: Callable[[str], Any]) -> Iterator[tuple[Any, Side, Any]]:
    """Each side that can be read after another: the value before it, itself, and its value."""
    known = None
    for side in statement:
        if not side.source:
            continue
        try:
            value = read(side.source)
        except UnreadableError:
            continue
        if known is not None:
            yield known, side, value
        known = value


def _cancels(statement: list[Side]) -> bool:
    """Whether sides made of moves are equal whatever the moves are."""
    moves = [side for side in statement if "Delta" in side.source]

    def read(source: str) -> Any:
        return Reader(source, sp.Symbol, lambda above, below: None).all()

    return all(sp.cancel(known - value) == 0 for known, _, value in _compared(moves, read))


def _holds(one: Any, sign: str, other: Any, source: str) -> bool:
    """Whether a displayed relation holds, to the decimals that are printed on its right."""
    cells = list(zip(_flat(one), _flat(other), strict=False))
    if len(_flat(one)) != len(_flat(other)):
        return False
    printed = re.findall(r"\d\.(\d+)", source)
    half = sp.Rational(1, 2) / 10 ** max((len(d) for d in printed), default=0)
    if re.fullmatch(r"[^A-Za-z]*\d+", source) and not printed and sign == "approx":
        half = sp.Rational(1, 2)
    for a, b in cells:
        if sign in ("<", ">", "!="):
            if not bool(sp.Rel(a, b, sign)):
                return False
            continue
        slack = half if sign == "approx" else sp.Float("1e-12")
        if abs(sp.N(a - b, 40)) > slack + sp.Float("1e-12"):
            return False
    return True


def _flat(value: Any) -> list[Any]:
    return list(value) if hasattr(value, "shape") else [value]


def _short(value: Any) -> str:
    cells = ", ".join(str(sp.N(v, 6)) for v in _flat(value))
    return f"({cells})" if hasattr(value, "shape") else cells
