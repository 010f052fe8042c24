"""What is true of the way back: nudges, updates, and where they lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

from scenes.maths.chain_rule import NUDGES, PROBE, UPDATES
from scenes.maths.key import Key, activation_key, key_of
from scenes.proof.exact import DIGITS, exactly
from scenes.proof.film import Claims, Counts, Step
from scenes.proof.network import NetworkProof, RecomputedNetwork, product_of

_CENTRAL = 1e-8
"""How far off a central difference in floats may be."""
_CHANGE = r"frac\(Delta {}.*, Delta {}.*\)"


def descend(network: RecomputedNetwork, steps: int) -> tuple[list[float], dict[str, Any]]:
    """The cost before any step of gradient descent and after each; shorter where it overflows.

    With them come the weights and biases at which it ends.

    In floats, with derivatives by complex steps for smooth activations and by the nudged cost
    else: what is told of it is whether it falls, and a few digits.
    """
    lesson = network.lesson
    sizes = lesson.layers
    keys = list(network.given)
    point = np.array([float(network.given[key]) for key in keys])
    x, y = np.array(lesson.input, dtype=float), np.array(lesson.target, dtype=float)

    def cost(values: Any, masks: list[Any] | None = None) -> tuple[Any, list[Any]]:
        given = dict(zip(keys, values, strict=True))
        a, used = x.astype(values.dtype), []
        for layer in range(1, len(sizes)):
            z = np.array(
                [
                    given[key_of("b", layer, j)]
                    + sum(given[key_of("w", layer, j, k)] * a[k] for k in range(sizes[layer - 1]))
                    for j in range(sizes[layer])
                ]
            )
            used.append(z.real > 0)
            branch = used[-1] if masks is None else masks[layer - 1]
            if lesson.activation == "sigmoid":
                a = 1 / (1 + np.exp(-z))
            elif lesson.activation == "tanh":
                a = np.tanh(z)
            else:
                a = np.where(branch, z, 0) if lesson.activation == "relu" else z
        return ((a - y) ** 2).sum() / 2, used

    costs, end = [], point
    with np.errstate(all="ignore"):
        for step in range(steps + 1):
            now, masks = cost(point)
            if not np.isfinite(now):
                break
            costs.append(float(now))
            end = point
            if step == steps:
                break
            gradient = np.empty_like(point)
            for n in range(len(point)):
                nudged = point.astype(complex)
                nudged[n] += 1e-30j
                gradient[n] = cost(nudged, masks)[0].imag / 1e-30
            point = point - lesson.learning_rate * gradient
    return costs, {key: exactly(value) for key, value in zip(keys, end, strict=True)}


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
        parsed = Key.parse(key)
        if key == "path":
            layer, i, k = self.weight
            incoming = activation_key(layer - 1, k)
            factors = (key_of("error", i), key_of("slope", layer, i), incoming)
            yield "product", product_of, factors
        elif parsed.name == "whole ratio":
            yield "product", product_of, tuple(key_of("ratio", *parsed.at, k) for k in range(3))
        else:
            yield from super().steps(key)

    def values(self, key: str, printed: float) -> Iterator[Any]:
        way, _, parameter = key.partition(": ")
        if way == "central difference":
            # That way's own error is what it is shown for: it has to be small, no more.
            true = self.network.by(parameter)
            yield mpmath.mpf(printed) if abs(printed - true) < _CENTRAL else true
        else:
            yield from super().values(key, printed)

    @cached_property
    def _after(self) -> RecomputedNetwork:
        """The network after one update."""
        return self.network.stepped()

    @cached_property
    def _descent(self) -> tuple[list[float], dict[str, Any]]:
        return descend(self.network, UPDATES)

    @property
    def costs(self) -> list[float]:
        """The cost before any update and after each."""
        return self._descent[0]

    @cached_property
    def trained(self) -> RecomputedNetwork:
        """The network after all updates."""
        return RecomputedNetwork(self.lesson.network, self._descent[1])

    def moved(self, nudge: float) -> list[Any]:
        """Δw, Δz, Δa and ΔC for a nudge of that weight."""
        layer, i, k = self.weight
        keys = (key_of("w", layer, i, k), key_of("z", layer, i), key_of("a", layer, i), "cost")
        with mpmath.workdps(DIGITS):
            there = self.network.unbranched().run({keys[0]: exactly(nudge)})
            return [there[key] - self.network.values[key] for key in keys]

    def value(self, key: str) -> Any:
        found = self._of_way_back(key)
        return super().value(key) if found is None else found

    def _of_way_back(self, key: str) -> Any:
        n = self.network
        with mpmath.workdps(DIGITS):
            parsed = Key.parse(key)
            if parsed.name in ("move", "ratio", "whole ratio"):
                nudge, *quantity = parsed.at
                moves = self.moved(NUDGES[nudge])
                if parsed.name == "whole ratio":
                    return moves[3] / moves[0]
                (k,) = quantity
                if parsed.name == "move":
                    return moves[k]
                return moves[k + 1] / moves[k] if moves[k] else mpmath.mpf(0)
            if key.startswith("after "):
                return self._after[key.removeprefix("after ")]
            if key.startswith("trained "):
                return self.trained[key.removeprefix("trained ")]
            _, way, parameter = key.partition(": ")
            if way and parameter in n.given:
                return n.by(parameter)
            simple: dict[str, Callable[[], Any]] = {
                "nudge": lambda: exactly(NUDGES[0]),
                "path": lambda: n.by(key_of("w", *self.weight)),
                "cost after": lambda: self._after.values["cost"],
                "change": lambda: self._after.values["cost"] - n.values["cost"],
                "predicted change": lambda: (
                    -exactly(self.lesson.network.learning_rate) * n.squared_norm
                ),
                "last cost": lambda: mpmath.mpf(self.costs[-1]),
                "updates": lambda: mpmath.mpf(UPDATES),
            }
            return simple[key]() if key in simple else None

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
