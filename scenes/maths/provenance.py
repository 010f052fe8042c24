"""Where displayed text comes from, carried along by the text itself.

While :func:`tracing` is on, whatever writes a number or prints an expression puts the text between
marks that name its origin.  The marks are characters of Unicode's private use area: they survive
any joining of strings, nobody types them, and type is set from the text without them.  A numeral
on screen that stands between no marks was put there by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

_OPEN, _CLOSE, _ZERO = "\ue000", "\ue001", 0xE010
_MARK = re.compile(f"{_OPEN}([{chr(_ZERO)}-{chr(_ZERO + 9)}]+)|{_CLOSE}")

_ledger: ContextVar[list[Any] | None] = ContextVar("_ledger", default=None)


@dataclass(frozen=True)
class Quote:
    """A stretch of text, from ``start`` until before ``end``, and what it was written from."""

    start: int
    end: int
    origin: Any

    def __deepcopy__(self, memo: dict[int, Any]) -> Quote:
        # Manim copies things as deep as they go; what a text was written from stays one thing.
        return self


@dataclass(frozen=True)
class Citation:
    """What is no result at all but stands in a work's own name, such as its year."""

    work: str


@contextmanager
def tracing() -> Iterator[None]:
    """Let all text that is made meanwhile tell where it comes from."""
    token = _ledger.set([])
    try:
        yield
    finally:
        _ledger.reset(token)


def marked(text: str, origin: Any) -> str:
    """The text between marks that name its origin; as it is where nobody traces."""
    ledger = _ledger.get()
    if ledger is None:
        return text
    ledger.append(origin)
    number = "".join(chr(_ZERO + int(digit)) for digit in str(len(ledger) - 1))
    return f"{_OPEN}{number}{text}{_CLOSE}"


def bare(text: str) -> str:
    """The text without marks."""
    return _MARK.sub("", text)


def unmarked(text: str) -> tuple[str, tuple[Quote, ...]]:
    """The text without marks, and what they said; an outer quote comes before those inside it."""
    ledger = _ledger.get() or []
    written, at = "", 0
    quotes: list[Quote | None] = []
    waiting: list[tuple[int, int, Any]] = []
    for mark in _MARK.finditer(text):
        written += text[at : mark.start()]
        at = mark.end()
        if mark[1] is not None:
            origin = ledger[int("".join(str(ord(c) - _ZERO) for c in mark[1]))]
            waiting.append((len(quotes), len(written), origin))
            quotes.append(None)
        elif waiting:
            place, start, origin = waiting.pop()
            quotes[place] = Quote(start, len(written), origin)
    return written + text[at:], tuple(quote for quote in quotes if quote is not None)
