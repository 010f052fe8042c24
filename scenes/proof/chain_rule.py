"""What is true of the way back: nudges, updates, and where they lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from scenes.maths.chain_rule import NUDGES, PROBE, UPDATES
from scenes.maths.key import Key, activation_key, key_of
from scenes.proof.exact import exactly
from scenes.proof.film import Claims, Counts, Step
from scenes.proof.network import NetworkProof, RecomputedNetwork, product_of

_CENTRAL = 1e-8
"""How far off a central difference in floats may be."""
_CHANGE = r"frac\(Delta {}.*, Delta {}.*\)"
_ACTIVATIONS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z.real > 0, z, 0),
    "identity": lambda z: z,
}


def descend(network: RecomputedNetwork, steps: int) -> tuple[list[float], dict[str, mpmath.mpf]]:
    """The cost before any step of gradient descent and after each; shorter where it overflows.

    With them come the weights and biases at which it ends.

    In floats, with derivatives by complex steps: what is told of it is whether it falls, and a few
    digits.
    """
    lesson = network.lesson

    def cost(point: NDArray[Any]) -> Any:
        a, at = np.array(lesson.input), 0
        for before, after in pairwise(lesson.layers):
            # In the order of ``given``: of each neuron its bias, and then its weights.
            rows = point[at : at + after * (before + 1)].reshape(after, before + 1)
            a, at = _ACTIVATIONS[lesson.activation](rows[:, 0] + rows[:, 1:] @ a), at + rows.size
        return ((a - lesson.target) ** 2).sum() / 2

    point = np.array([float(value) for value in network.given.values()])
    nudges = 1e-30j * np.eye(len(point))
    costs: list[float] = []
    end = point
    with np.errstate(all="ignore"):
        while len(costs) <= steps and np.isfinite(now := cost(point)):
            costs.append(float(now))
            end = point
            gradient = np.array([cost(point + nudge).imag for nudge in nudges]) / 1e-30
            point = point - lesson.learning_rate * gradient
    return costs, {key: exactly(value) for key, value in zip(network.given, end, strict=True)}


class Proof(NetworkProof):
    """Of BackwardChainRule."""

    named = (
        (_CHANGE.format("z", "w"), r"ratio\[\d\]\[0\]"),
        (_CHANGE.format("a", "z"), r"ratio\[\d\]\[1\]"),
        (_CHANGE.format("C", "a"), r"ratio\[\d\]\[2\]"),
        (_CHANGE.format("C", "w"), r"whole ratio\[\d\]"),
        (r"C", r"cost|cost after|last cost"),
    )
    later = ("last cost", "cost after")
    true_of_all = (
        r"That reuse makes it fast",
        r"Four ways",
        r"all wires into the same neuron",  # how they are drawn
    )

    def steps(self, key: str) -> Iterator[Step]:
        match Key.parse(key):
            case Key("path"):
                layer, i, k = self.weight
                back = activation_key(layer - 1, k)
                yield "product", product_of, (key_of("error", i), key_of("slope", layer, i), back)
            case Key("whole ratio", (nudge,)):
                yield "product", product_of, tuple(key_of("ratio", nudge, k) for k in range(3))
            case _:
                yield from super().steps(key)

    def values(self, key: str, printed: float) -> Sequence[mpmath.mpf]:
        way, _, parameter = key.partition(": ")
        # That way's own error is what it is shown for: it has to be small, no more.
        if way == "central difference" and abs(printed - self.network.by(parameter)) < _CENTRAL:
            return (mpmath.mpf(printed),)
        return super().values(key, printed)

    @cached_property
    def _after(self) -> RecomputedNetwork:
        """The network after one update."""
        return self.network.stepped()

    @cached_property
    def _descent(self) -> tuple[list[float], dict[str, mpmath.mpf]]:
        return descend(self.network, UPDATES)

    @property
    def costs(self) -> list[float]:
        """The cost before any update and after each."""
        return self._descent[0]

    @cached_property
    def trained(self) -> RecomputedNetwork:
        """The network after all updates."""
        return RecomputedNetwork(self.lesson.network, self._descent[1])

    def moved(self, nudge: float) -> list[mpmath.mpf]:
        """Δw, Δz, Δa and ΔC for a nudge of that weight."""
        layer, i, k = self.weight
        keys = (key_of("w", layer, i, k), key_of("z", layer, i), key_of("a", layer, i), "cost")
        there = self.network.run({keys[0]: exactly(nudge)}, over_kinks=True)
        return [there[key] - self.network.values[key] for key in keys]

    def value(self, key: str) -> mpmath.mpf | None:
        n, name, at = self.network, (parsed := Key.parse(key)).name, parsed.at
        if name in ("move", "ratio", "whole ratio"):
            moves = self.moved(NUDGES[at[0]])
            if name == "whole ratio":
                return moves[3] / moves[0]
            k = at[1]
            if name == "move":
                return moves[k]
            return moves[k + 1] / moves[k] if moves[k] else mpmath.mpf(0)
        for when, network in (("after ", self._after), ("trained ", self.trained)):
            if key.startswith(when):
                return network[key.removeprefix(when)]
        if (parameter := key.partition(": ")[2]) in n.given:
            return n.by(parameter)
        rate = exactly(self.lesson.network.learning_rate)
        simple: dict[str, Callable[[], mpmath.mpf]] = {
            "nudge": lambda: exactly(NUDGES[0]),
            "path": lambda: n.by(key_of("w", *self.weight)),
            "cost after": lambda: self._after.values["cost"],
            "change": lambda: self._after.values["cost"] - n.values["cost"],
            "predicted change": lambda: -rate * n.squared_norm,
            "last cost": lambda: self.costs[-1],
            "updates": lambda: UPDATES,
        }
        return simple[key]() if key in simple else super().value(key)

    # -- what is said

    def counts(self) -> Counts:
        return {"ways": lambda: self._ways, "updates": lambda: len(self.costs) - 1}

    def claims(self) -> Claims:
        return {
            r"All agree, but for rounding": lambda: self._ways_agree,
            r"Where they differ, a ReLU stands at its kink": lambda: not self._ways_agree,
            r"reaches the cost by one way only": lambda: self._ways == 1,
            r"A hidden neuron has two ways to the cost": lambda: self._ways == 2,
            r"A hidden neuron reaches the cost by": lambda: self._ways > 2,
            r"the cost has fallen to": lambda: self._story == "falls",
            r"not all of them downhill": lambda: self._story == "wavers",
            r"the cost does not fall but grows": lambda: self._story == "grows",
            r"nothing changes": lambda: self._story == "stays",
            r"And so on, layer by layer": lambda: len(self.lesson.network.layers) > 3,
        }

    @property
    def _ways(self) -> int:
        """Out of a neuron of the hidden layer at which the film looks: the last with a fork."""
        sizes = self.lesson.network.layers
        forks = [sizes[layer + 1] for layer in range(len(sizes) - 2, 0, -1) if sizes[layer + 1] > 1]
        return forks[0] if forks else 1

    @property
    def _story(self) -> str:
        """What the updates do to the cost."""
        if self.network.squared_norm == 0:
            return "stays"
        if len(self.costs) <= UPDATES or not self.costs[-1] < self.costs[0]:
            return "grows"
        return "falls" if all(b <= a + 1e-15 for a, b in pairwise(self.costs)) else "wavers"

    @property
    def _ways_agree(self) -> bool:
        """The four ways differ only where a probe takes a ReLU over its kink."""
        if self.lesson.network.activation != "relu":
            return True
        sums = [abs(float(v)) for k, v in self.network.values.items() if k.startswith("z[")]
        return min(sums) > 2 * PROBE
