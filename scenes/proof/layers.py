"""Names of a network's vectors and matrices, and the keys of what they are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import sympy as sp

from scenes.maths.key import Key, key_of

_SLOPES = re.compile(r"f'\(z(.*)\)")


def parsed(name: str) -> Key:
    """The base and the indices of a canonical name; f'(z[1]) has the base "slope"."""
    slopes = _SLOPES.fullmatch(name)
    return Key.parse(f"slope{slopes[1]}" if slopes else name)


def gathered(
    name: str, sizes: Sequence[int], value: Callable[[str], sp.Expr | None]
) -> sp.Matrix | None:
    """A layer's column or its weight matrix, of the values of its keys; None for other names."""
    key = parsed(name)
    if name in ("x", "y"):
        rows = [[key_of(name, k)] for k in range(sizes[0 if name == "x" else -1])]
    elif len(key.at) != 1:
        return None
    elif key.name == "W":
        across = range(sizes[key.at[0] - 1])
        rows = [[key_of("w", *key.at, j, k) for k in across] for j in range(sizes[key.at[0]])]
    elif key.name in ("z", "a", "b", "delta", "slope"):
        rows = [[key_of(key.name, *key.at, j)] for j in range(sizes[key.at[0]])]
    else:
        return None
    return sp.Matrix([[value(cell) for cell in row] for row in rows])


def derivatives(
    name: str, sizes: Sequence[int], value: Callable[[str], sp.Expr | None]
) -> sp.Matrix | None:
    """The same for derivatives of the cost: by a vector they are a row."""
    found = gathered(name, sizes, value)
    return found if found is None or name.startswith("W") else found.T
