"""Forward and reverse mode: on the lesson's network and at real size, and every number shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scenes.maths.accumulation import (
    Accumulation,
    Chain,
    forward_accumulation,
    forward_memory,
    least_multiplications,
    reverse_accumulation,
    reverse_memory,
    reverse_multiplications,
)
from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Bound, Number, integer, measured
from scenes.maths.key import key_of
from scenes.maths.lesson.model import Lesson

WIDTHS = (4, 8, 12, 16, 20, 24)
"""Widths at which the chart's products are carried out."""
DEEP, BROAD = 12, 16
"""Layers, and numbers in each, of the network whose memory is shown."""
BATCH = 4
"""Examples in the batch that is shown."""


@dataclass(frozen=True)
class Modes:
    """Both orders of multiplying a chain of Jacobians, for one lesson."""

    lesson: Lesson

    @cached_property
    def numbers(self) -> Numbers:
        return Numbers.of(self.lesson)

    @cached_property
    def chain(self) -> Chain:
        """The network's Jacobians, from the input to the cost."""
        return Chain.of_trace(self.numbers.network, self.numbers.forward)

    @cached_property
    def forward(self) -> Accumulation:
        return forward_accumulation(self.chain)

    @cached_property
    def reverse(self) -> Accumulation:
        return reverse_accumulation(self.chain)

    @property
    def forward_count(self) -> Number:
        return integer("forward", self.forward.multiplications)

    @property
    def reverse_count(self) -> Number:
        return integer("reverse", self.reverse.multiplications)

    @property
    def cheaper(self) -> bool:
        return self.reverse.multiplications < self.forward.multiplications

    @property
    def difference(self) -> Bound:
        """The largest distance between the two results."""
        off = np.abs(self.forward.result - self.reverse.result).max()
        return Bound("forward - reverse", float(off))

    def gradient(self, mode: Accumulation) -> list[Number]:
        """∂C/∂x as a mode finds it."""
        decimals = min(self.lesson.display.decimals + 2, 6)
        return [
            measured(key_of("gradient", k), float(v), decimals)
            for k, v in enumerate(mode.result[0])
        ]

    # A real size.

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.lesson.chain.sizes

    @cached_property
    def large(self) -> tuple[Accumulation, Accumulation]:
        """Both modes, carried out on matrices of these sizes."""
        chain = Chain.of_sizes(self.sizes)
        return forward_accumulation(chain), reverse_accumulation(chain)

    @cached_property
    def flipped(self) -> tuple[Accumulation, Accumulation]:
        """Both modes on the chain turned around: one input, many outputs."""
        chain = Chain.of_sizes(self.sizes).flipped()
        return forward_accumulation(chain), reverse_accumulation(chain)

    @property
    def reverse_is_best(self) -> bool:
        """Whether no order of the large chain takes fewer multiplications than reverse mode."""
        return least_multiplications(self.sizes) == reverse_multiplications(self.sizes)

    # Wider and wider.

    @staticmethod
    def square(width: int) -> tuple[int, ...]:
        """Three layers as wide as their input, and a cost."""
        return (width, width, width, width, 1)

    def executed(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """(width, multiplications) as carried out, forward and reverse."""
        chains = {n: Chain.of_sizes(self.square(n)) for n in WIDTHS}
        return (
            [(n, forward_accumulation(chain).multiplications) for n, chain in chains.items()],
            [(n, reverse_accumulation(chain).multiplications) for n, chain in chains.items()],
        )

    # Memory.

    @property
    def deep(self) -> tuple[int, ...]:
        """The network whose memory is shown."""
        return (*(BROAD for _ in range(DEEP)), 1)

    def memory(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Numbers held at once, step by step: one run of forward mode, and reverse mode."""
        return forward_memory(self.deep), reverse_memory(self.deep)

    @property
    def most_held(self) -> tuple[Number, Number]:
        """The most numbers held at once: in one run of forward mode, and in reverse mode."""
        there, back = self.memory()
        return integer("held there", max(there)), integer("held back", max(back))
