"""SymPy to Typst maths, with labelled parts and with numbers in the place of symbols.

A symbol is named by the key of its number: "w[1][0][1]" is written w with the subscript 12 and
the superscript (1), as neurons are counted from 1 on screen.  A labelled part comes out as
`{{ part : label }}`, which manim's MathTypst can select.  A bare float is refused: numbers are
rounded in scenes.maths.display and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.printing.printer import Printer

from scenes.maths.display.number import Number
from scenes.maths.key import Key
from scenes.maths.provenance import bare, marked

Labels = Mapping[sp.Basic, str]
Substitution = Mapping[sp.Symbol, Number]

_NAME = re.compile(r"[A-Za-z_]+")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LAYERED = ("w", "b", "z", "a", "delta", "W", "J")  # the first index is the layer
_WRITTEN = {"cost": "C", "learning_rate": "alpha", "error": "e", "slope_of_cost": "C'(w)"}
_WRITTEN |= {"gradient_f": "nabla f", "gradient_C": "nabla C"}
_GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "eta", "lambda", "mu", "sigma", "theta")
_FUNCTIONS = {"sigma": "sigma", "tanh": "tanh", "log": "ln", "sin": "sin", "cos": "cos"}
_FUNCTIONS |= {"tan": "tan", "sinh": "sinh", "cosh": "cosh"}
# The order in which people write the factors of a term, and the terms of a sum.
_RANK = {"w": 0, "x": 1, "a": 2, "z": 3, "b": 4, "y": 5}

# How tightly a written part holds together.
_SUM, _PRODUCT, _POWER, _ATOM = range(4)


def typst(
    expression: sp.Basic, labels: Labels | None = None, values: Substitution | None = None
) -> str:
    """`expression` in Typst maths.

    labels: parts of the expression, each with a name for it; a part that occurs several times is
    labelled each time.  values: numbers, as shown, to stand in the place of symbols.
    """
    return marked(str(TypstPrinter(labels, values).doprint(expression)), expression)


def typst_product(
    factors: Sequence[sp.Basic],
    names: Sequence[str] | None = None,
    values: Substitution | None = None,
) -> str:
    """The product of `factors` in the order given, which SymPy's own product would not keep.

    names: a label for each factor, as equal factors may stand for different things.
    """
    return marked(TypstPrinter(None, values).product(factors, names), tuple(factors))


class TypstPrinter(Printer):  # type: ignore[misc]
    """Prints SymPy expressions as Typst maths; see `typst`."""

    printmethod = "_typst"

    def __init__(self, labels: Labels | None = None, values: Substitution | None = None) -> None:
        super().__init__()
        self._labels, self._values = dict(labels or {}), dict(values or {})
        for part, label in self._labels.items():
            _labelled(str(part), label)

    def _print(self, expr: Any, **kwargs: Any) -> str:
        return self._write(expr)

    def _write(self, expr: Any, need: int = _SUM, lead: bool = True) -> str:
        """The part in brackets if it holds less tightly than `need`, or if it would open with a
        minus sign where it may not `lead`; brackets belong to what is labelled."""
        written = str(super()._print(expr)) if lead else self._unled(expr)
        if self._binding(expr) < need or (not lead and bare(written).startswith("-")):
            written = f"({written})"
        label = self._labels.get(expr) if isinstance(expr, Hashable) else None
        return _labelled(written, label) if label else written

    def _unled(self, expr: Any) -> str:
        if isinstance(expr, sp.Mul) and not isinstance(expr, sp.MatMul) and not _negative(expr):
            return self._multiplied(expr, lead=False)
        return str(super()._print(expr))

    def _binding(self, expr: Any) -> int:
        if isinstance(expr, sp.Symbol) and expr in self._values:
            return _PRODUCT if self._values[expr].printed < 0 else _ATOM
        if isinstance(expr, (sp.MatMul, sp.HadamardProduct, sp.Sum)):
            return _PRODUCT
        if isinstance(expr, sp.Mul):
            is_fraction = _fraction(expr)[1] != 1 and not _negative(expr)
            return _ATOM if is_fraction else _PRODUCT
        if isinstance(expr, sp.Pow):
            return _ATOM if _fraction(expr)[1] != 1 or expr.exp == sp.S.Half else _POWER
        if isinstance(expr, (sp.Add, sp.MatAdd, sp.Rel)):
            return _SUM
        if _negative(expr):
            return _PRODUCT
        if isinstance(expr, (sp.Symbol, sp.MatrixSymbol, sp.Indexed, sp.exp, sp.Transpose)):
            return _POWER if "^" in str(super()._print(expr)) else _ATOM
        return _ATOM

    def emptyPrinter(self, expr: Any) -> str:
        """Refuse what has no Typst form here, rather than print something else."""
        raise TypeError(f"{type(expr).__name__} has no Typst form: {expr}")

    # Atoms.

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return self._values[expr].typst if expr in self._values else _named(expr.name)

    def _print_Idx(self, expr: sp.Idx) -> str:
        return str(expr.label.name)

    def _print_Integer(self, expr: sp.Integer) -> str:
        return str(expr.p)

    def _print_Rational(self, expr: sp.Rational) -> str:
        return f"{'-' if expr.p < 0 else ''}frac({abs(expr.p)}, {expr.q})"

    def _print_Float(self, expr: sp.Float) -> str:
        raise TypeError(f"{expr} is a bare float; numbers are written by scenes.maths.display")

    def _print_Exp1(self, expr: sp.Basic) -> str:
        return "e"

    def _print_Pi(self, expr: sp.Basic) -> str:
        return "pi"

    # Sums.

    def _print_Add(self, expr: sp.Add) -> str:
        written = ""
        for term in _terms(expr):
            minus, body = self._term(term, lead=not written)
            if written:
                written += " - " if minus else " + "
            elif minus:
                written = "-"
            written += body
        return written

    def _term(self, term: sp.Expr, lead: bool) -> tuple[bool, str]:
        """Whether the term is taken away, and what is added or taken away."""
        if term not in self._labels:
            value = self._values.get(term)
            if value is not None and value.printed < 0:
                return True, value.size_typst
            if _negative(term):
                return True, self._write(-term, _PRODUCT, lead=False)
        return False, self._write(term, _PRODUCT, lead)

    def _print_Sum(self, expr: sp.Sum) -> str:
        body = self._write(expr.function, _PRODUCT, lead=False)
        ((index, first, last),) = expr.limits
        return f"sum_({self._print(index)} = {self._print(first)})^({self._print(last)}) {body}"

    # Products and powers.

    def product(
        self, factors: Sequence[sp.Basic], names: Sequence[str] | None = None, lead: bool = True
    ) -> str:
        """The factors in the order given; numbers have a dot between them."""
        written = ""
        for i, factor in enumerate(factors):
            if i:
                written += " dot " if self._needs_dot(factors[i - 1], factor) else " "
            part = self._write(factor, _PRODUCT, lead=lead and i == 0)
            written += _labelled(part, names[i]) if names else part
        return written or "1"

    def _needs_dot(self, left: sp.Basic, right: sp.Basic) -> bool:
        numeric = self._values.keys() & (left.free_symbols | right.free_symbols)
        return bool(numeric) or bool(getattr(right, "is_number", False))

    def _print_Mul(self, expr: sp.Mul) -> str:
        if _negative(expr):
            return "-" + self._write(-expr, _PRODUCT, lead=False)
        return self._multiplied(expr, lead=True)

    def _multiplied(self, expr: sp.Mul, lead: bool) -> str:
        if (written := self._as_fraction(expr)) is not None:
            return written
        return self.product(sorted(expr.args, key=_factor_rank), lead=lead)

    def _as_fraction(self, expr: sp.Expr) -> str | None:
        above, below = _fraction(expr)
        return f"frac({self._print(above)}, {self._print(below)})" if below != 1 else None

    def _print_Pow(self, expr: sp.Pow) -> str:
        if (written := self._as_fraction(expr)) is not None:
            return written
        if expr.exp == sp.S.Half:
            return f"sqrt({self._print(expr.base)})"
        return f"{self._write(expr.base, _ATOM)}^({self._print(expr.exp)})"

    def _print_exp(self, expr: sp.exp) -> str:
        return f"e^({self._print(expr.args[0])})"

    # Functions and derivatives.

    def _print_Function(self, expr: sp.Function) -> str:
        name = type(expr).__name__
        if name not in _FUNCTIONS:
            return self.emptyPrinter(expr)
        return f"{_FUNCTIONS[name]}({self._print(expr.args[0])})"

    def _print_relu(self, expr: sp.Function) -> str:
        return f"max(0, {self._print(expr.args[0])})"

    def _print_step(self, expr: sp.Function) -> str:
        return self._print(type(expr).definition(expr.args[0]))

    def _print_Abs(self, expr: sp.Abs) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        pieces, before = [], sp.false
        for value, condition in expr.args:
            where = sp.Not(before) if condition == sp.true else condition
            before = sp.Or(before, condition)
            pieces.append(f"{self._print(value)} quad & {self._print(where)}")
        return f"cases({', '.join(pieces)})"

    def _print_Derivative(self, expr: sp.Derivative) -> str:
        (variable, times), *others = expr.variable_count
        if others or times != 1:
            return self.emptyPrinter(expr)
        above = self._write(expr.expr, _PRODUCT, lead=False)
        return f"frac(partial {above}, partial {self._print(variable)})"

    def _print_Relational(self, expr: sp.Rel) -> str:
        sign = {"==": "=", "!=": "!="}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    # Vectors and matrices.

    def _print_Indexed(self, expr: sp.Indexed) -> str:
        below = " ".join(self._print(index) for index in expr.indices)
        return _named(expr.base.label.name, f"_({below})")

    def _print_MatrixSymbol(self, expr: sp.MatrixSymbol) -> str:
        key = Key.parse(expr.name)
        if key.name == "slope" and key.at:
            return f"f'({_named(str(Key('z', key.at)), bold=True)})"
        return _named(expr.name, bold=True)

    def _print_MatAdd(self, expr: sp.MatAdd) -> str:
        parts = sorted(expr.args, key=lambda part: isinstance(part, sp.MatrixSymbol))
        return " + ".join(self._write(part, _PRODUCT, lead=False) for part in parts)

    def _print_MatMul(self, expr: sp.MatMul) -> str:
        return self.product(expr.args)

    def _print_HadamardProduct(self, expr: sp.HadamardProduct) -> str:
        return " dot.o ".join(self._write(part, _POWER, lead=False) for part in expr.args)

    def _print_ElementwiseApplyFunction(self, expr: sp.MatrixExpr) -> str:
        """f applied to every element: written f(z), as the field does."""
        mark = sp.Symbol("z")
        function = self._print(expr.function(mark))
        return function.replace("z", self._print(expr.expr))

    def _print_Transpose(self, expr: sp.Transpose) -> str:
        return f"{self._write(expr.arg, _ATOM)}^upright(T)"

    def _print_MatrixBase(self, expr: sp.MatrixBase) -> str:
        rows = (", ".join(self._print(cell) for cell in expr.row(i)) for i in range(expr.rows))
        return f"mat({'; '.join(rows)})"


def _labelled(written: str, label: str) -> str:
    if not _LABEL.fullmatch(label):
        raise ValueError(f"{label!r} cannot be a label (allowed: letters, digits, _ and -)")
    return f"{{{{ {written} : {label} }}}}"


def _named(text: str, subscript: str = "", bold: bool = False) -> str:
    """A key such as "w[1][0][1]" as base, subscript and superscript."""
    key = Key.parse(text)
    if not _NAME.fullmatch(key.name):
        raise ValueError(f"{text!r} names no symbol of ours")
    base, indices = _WRITTEN.get(key.name, key.name), list(key.at)
    if len(base) > 1 and base not in _GREEK and key.name not in _WRITTEN:
        base = f'"{base}"'
    above = f"^(({indices.pop(0)}))" if indices and key.name in _LAYERED else ""
    if indices:  # neurons are counted from 1 on screen; a gap only where 1 and 12 could mix
        numbers = [str(index + 1) for index in indices]
        subscript = f"_({('' if max(indices) < 9 else ',').join(numbers)})"
    return (f"bold({base})" if bold else base) + subscript + above


def _negative(expr: Any) -> bool:
    """Whether the part is written with a minus sign in front."""
    if isinstance(expr, sp.Mul):
        return bool(expr.as_coeff_Mul()[0].is_negative)
    return isinstance(expr, sp.Number) and bool(expr.is_negative)


def _fraction(expr: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Numerator and denominator; a rational coefficient such as ½ stays a factor in front."""
    above, below = [], []
    for factor in sp.Mul.make_args(expr):
        if isinstance(factor, sp.Pow) and _negative(factor.exp):
            below.append(sp.Pow(factor.base, -factor.exp))
        else:
            above.append(factor)
    if not below:
        return expr, sp.S.One
    return sp.Mul(*above), sp.Mul(*below)


def _factor_rank(factor: sp.Expr) -> tuple[Any, ...]:
    if factor.is_number:
        return (0,)
    base = factor.base if isinstance(factor, sp.Pow) else factor
    if isinstance(base, (sp.Symbol, sp.Indexed)):
        return (1, *_symbol_rank(base))
    return (3 if isinstance(base, sp.Add) else 2, sp.default_sort_key(factor))


def _symbol_rank(part: sp.Expr) -> tuple[Any, ...]:
    key = Key.parse(part.base.label.name if isinstance(part, sp.Indexed) else part.name)
    return (_RANK.get(key.name, len(_RANK)), key.name, key.at)


def _terms(expr: sp.Add) -> list[sp.Expr]:
    """Terms as people order them: of the network w x before b, a before y; else by degree."""
    terms = list(expr.as_ordered_terms())
    if any("[" in str(s) for s in expr.free_symbols):
        terms.sort(key=_term_rank)
    first = next((i for i, term in enumerate(terms) if not _negative(term)), 0)
    return [terms[first], *terms[:first], *terms[first + 1 :]] if _negative(terms[0]) else terms


def _term_rank(term: sp.Expr) -> list[Any]:
    parts = term.atoms(sp.Indexed) or term.free_symbols
    return sorted(_symbol_rank(part) for part in parts)
