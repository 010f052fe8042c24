"""Names of the quantities: "w[1][0][1]", "z[2][0]", "cost"; they are made and read here alone.

Layers count from 1, neurons from 0.  The first index is the layer, where a quantity has one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"([^\[\]]+)((?:\[\d+\])*)")


@dataclass(frozen=True)
class Key:
    """A name and its indices; `str(Key("w", (1, 0, 1)))` is "w[1][0][1]"."""

    name: str
    at: tuple[int, ...] = ()

    def __str__(self) -> str:
        return key_of(self.name, *self.at)

    @classmethod
    def parse(cls, text: str) -> Key:
        """The key written so.  Raises ValueError for what is no key."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no key")
        return cls(match[1], tuple(int(index) for index in re.findall(r"\d+", match[2])))

    @property
    def group(self) -> str:
        """Those that are written alike: the same name, in the same layer where there is one."""
        return key_of(self.name, *self.at[:1]) if len(self.at) > 1 else self.name

    @property
    def label(self) -> str:
        """The same as a label in Typst: "w_1_0_1"."""
        return "_".join([self.name, *map(str, self.at)])


def key_of(name: str, *at: int) -> str:
    """A key as text: key_of("w", 1, 0, 1) is "w[1][0][1]"."""
    return name + "".join(f"[{index}]" for index in at)


def activation_key(layer: int, j: int) -> str:
    """The key of neuron j's activation; in layer 0 it is the input's."""
    return key_of("a", layer, j) if layer else key_of("x", j)
