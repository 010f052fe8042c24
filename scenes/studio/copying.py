"""Copies of mobjects, made in half the time: Manim copies whatever an animation is to move.

``copy.deepcopy`` asks of each of a mobject's forty attributes anew how it is copied.  Here numbers,
text, colours and the like are taken over as they are, and arrays, lists and dictionaries are copied
directly; all else is left to ``copy.deepcopy``.  The result is the same.
"""

from __future__ import annotations

import copy
from enum import Enum
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np
from manim import CapStyleType, LineJointType, ManimColor, Mobject

_UNCHANGING = {int, float, complex, bool, str, bytes, type(None), type, np.float64, ManimColor}
_UNCHANGING |= {FunctionType, BuiltinFunctionType, LineJointType, CapStyleType, type(Path())}
_KEPT = frozenset({"sheen_direction", "_bezier_t_values"})
"""Arrays that Manim replaces and never writes into."""


def copy_quickly() -> None:
    """Let Manim's mobjects be copied that way from now on."""
    setattr(Mobject, "__deepcopy__", _copied)  # noqa: B010  (no method of ours)


def _copied(mobject: Mobject, memo: dict[int, Any]) -> Mobject:
    kind = mobject.__class__
    made = kind.__new__(kind)
    memo[id(mobject)] = made
    new = made.__dict__
    new.update(mobject.__dict__)
    for name, value in mobject.__dict__.items():
        if value.__class__ not in _UNCHANGING and name not in _KEPT:
            new[name] = _value(value, memo)
    new["original_id"] = str(id(mobject))
    return made


def _value(value: Any, memo: dict[int, Any]) -> Any:
    kind = value.__class__
    if kind in _UNCHANGING:
        return value
    known = memo.get(id(value))
    if known is not None:
        return known
    if kind is np.ndarray and not value.dtype.hasobject:
        made: Any = value.copy()
    elif kind is list:
        made = memo[id(value)] = []
        made.extend([_value(part, memo) for part in value])
    elif kind is dict:
        made = memo[id(value)] = {}
        for key, part in value.items():
            made[_value(key, memo)] = _value(part, memo)
    elif getattr(kind, "__deepcopy__", None) is _copied:
        return _copied(value, memo)
    elif isinstance(value, Enum):
        return value
    else:
        return copy.deepcopy(value, memo)
    memo[id(value)] = made
    return made
