"""What is true of softmax."""

from __future__ import annotations

import mpmath

from scenes.maths.key import Key, key_of
from scenes.proof.film import Claims
from scenes.proof.network import NetworkProof


class Proof(NetworkProof):
    """Of Softmax."""

    true_of_all = (r"Together, they come to one",)

    def _shares(self) -> list[mpmath.mpf]:
        network, sizes = self.network, self.lesson.network.layers
        raised = [mpmath.exp(network[key_of("a", network.depth, i)]) for i in range(sizes[-1])]
        return [part / sum(raised) for part in raised]

    def value(self, key: str) -> mpmath.mpf | None:
        match Key.parse(key):
            case Key("softmax", (i,)):
                return self._shares()[i]
            case _:
                return super().value(key)

    def claims(self) -> Claims:
        def first_is_largest() -> bool:
            return bool(self._shares()[0] == max(self._shares()))

        return {
            r"The first of them is the largest": first_is_largest,
            r"The first of them is not the largest": lambda: not first_is_largest(),
            r"A single output has all of it": lambda: self.lesson.network.layers[-1] == 1,
        }
