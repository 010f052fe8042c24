"""What is true of a film: its numbers, the names in its formulas, the claims of its words.

Each film has its own in the file of its name in this package, computed from the lesson by another
road than the engine's.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from importlib.util import find_spec
from typing import ClassVar

import mpmath
import sympy as sp

from scenes.maths.lesson.model import Lesson

Claims = Mapping[str, Callable[[], bool]]
"""Words (a regular expression on a line as it is shown), and whether they are true."""
Counts = Mapping[str, Callable[[], int]]
"""What a counted phrase of a line counts, by its key: how many there are."""
Operation = Callable[[Sequence[Fraction]], Fraction]
Step = tuple[str, Operation, tuple[str, ...]]
"""What an operation is called, what it does, and the keys of its operands."""


class FilmProof:
    """Nothing is known of a film that has no proof of its own."""

    named: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Names that stand before a number and have other values elsewhere in the film, and the keys
    of the numbers that they may stand before; both as regular expressions."""
    true_of_all: ClassVar[tuple[str, ...]] = ()
    """Words that compare and are true whatever the lesson, by definition or by how it is drawn."""

    later: ClassVar[tuple[str, ...]] = ()
    """Keys of numbers that a quantity has at another place or time than formulas speak of."""
    not_worked_out: ClassVar[tuple[str, ...]] = ()
    """Statements (regular expressions) whose sides have no values that could be compared."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson

    def value(self, key: str) -> mpmath.mpf | None:
        """What the number with this key is; None for a key that names nothing."""
        return None

    def values(self, key: str, printed: float) -> Sequence[mpmath.mpf]:
        """What the number with this key may be, where several things alike have one key.

        Which of them is meant can be told from what is ``printed`` alone.
        """
        found = self.value(key)
        return () if found is None else (mpmath.mpf(found),)

    def steps(self, key: str) -> Iterator[Step]:
        """Every way in which the number with this key is worked out from others that are shown."""
        yield from ()

    def meant(self, name: str) -> sp.Expr | sp.Matrix | None:
        """What a name in a formula stands for; None where it has no value."""
        return None

    def partial(self, above: str, below: str) -> sp.Expr | sp.Matrix | None:
        """A partial derivative in a formula; None where it has no value."""
        return None

    def curves(self) -> Sequence[sp.Expr]:
        """What a formula of a curve, C(w), may be, in the letter w."""
        return ()

    def examples(self) -> Sequence[sp.Expr]:
        """What a formula of an example, f, may be, in the letter w."""
        return ()

    def claims(self) -> Claims:
        """The claims of its words that depend on the lesson."""
        return {}

    def counts(self) -> Counts:
        """What its lines count."""
        return {}


def proof_of(stem: str) -> type[FilmProof]:
    """The proof of the film in the file of that name; one that knows nothing where it has none."""
    name = f"scenes.proof.{stem}"
    found = getattr(importlib.import_module(name), "Proof", None) if find_spec(name) else None
    return found if isinstance(found, type) and issubclass(found, FilmProof) else FilmProof
