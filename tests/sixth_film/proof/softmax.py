"""What is true of softmax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mpmath

from scenes.proof.film import Claims
from scenes.proof.network import NetworkProof, RecomputedNetwork


class Proof(NetworkProof):
    """Of Softmax."""

    true_of_all = (r"Together, they come to one",)

    def _share(self, i: int) -> Any:
        network = RecomputedNetwork(self.lesson.network)
        last = network.depth
        outputs = [network[f"a[{last}][{k}]"] for k in range(self.lesson.network.layers[last])]
        return mpmath.exp(outputs[i]) / sum(mpmath.exp(a) for a in outputs)

    def values(self, key: str, printed: float) -> Iterator[Any]:
        yield from super().values(key, printed)
        if key.startswith("softmax["):
            yield self._share(int(key[8:-1]))

    def claims(self) -> Claims:
        return {
            r"The first share is the larger one": lambda: self._share(0) > self._share(1),
            r"The first share is no larger": lambda: self._share(0) <= self._share(1),
        }
