"""What is true of the forward pass."""

from __future__ import annotations

from collections.abc import Sequence

import mpmath

from scenes.proof.film import Claims, Counts
from scenes.proof.network import NetworkProof


class Proof(NetworkProof):
    """Of ForwardPass."""

    not_worked_out = (r'= "\?"',)  # a question
    true_of_all = (
        r"A wider wire carries a weight of larger size",  # how the wires are drawn
        r"the larger its activation",  # how the neurons are filled
        r"lets a positive z through",  # the definition of ReLU
    )

    def values(self, key: str, printed: float) -> Sequence[mpmath.mpf]:
        if key == "bound" and printed in (-1, 0, 1):  # at the ends of an activation's graph
            return (mpmath.mpf(printed),)
        return super().values(key, printed)

    def counts(self) -> Counts:
        return {"inputs": lambda: self.lesson.network.layers[0]}

    def claims(self) -> Claims:
        given = self.lesson.network
        return {
            r"a dashed wire a negative weight": lambda: any(
                w < 0 for matrix in given.weights for row in matrix for w in row
            ),
            r"squeezes any z into a value between zero and one": lambda: (
                given.activation == "sigmoid"
            ),
            r"between minus one and one": lambda: given.activation == "tanh",
            r"turns a negative one into zero": lambda: given.activation == "relu",
            r"This layer has a single neuron": lambda: given.layers[1] == 1,
        }
