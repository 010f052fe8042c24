"""What is true of softmax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath

from scenes.maths.key import Key, key_of
from scenes.proof.film import Claims
from scenes.proof.network import NetworkProof, RecomputedNetwork


class Proof(NetworkProof):
    """Of Softmax."""

    true_of_all = (r"Together, they come to one",)

    def _shares(self) -> list[Any]:
        network, sizes = RecomputedNetwork(self.lesson.network), self.lesson.network.layers
        raised = [mpmath.exp(network[key_of("a", network.depth, i)]) for i in range(sizes[-1])]
        return [part / sum(raised) for part in raised]

    def values(self, key: str, printed: float) -> Iterator[Any]:
        yield from super().values(key, printed)
        if (parsed := Key.parse(key)).name == "softmax":
            yield self._shares()[parsed.at[0]]

    def claims(self) -> Claims:
        def first_is_largest() -> bool:
            return bool(self._shares()[0] == max(self._shares()))

        return {
            r"The first of them is the largest": first_is_largest,
            r"The first of them is not the largest": lambda: not first_is_largest(),
            r"A single output has all of it": lambda: self.lesson.network.layers[-1] == 1,
        }
