"""The chain rule: a nudge, a fork, four ways to one gradient, updates, and every number shown.

Each figure is worked out by the engine; what is printed of it is chosen here, so that a pocket
calculator agrees wherever a choice of decimals can make it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
import sympy as sp

from scenes.maths.arrays import Array, frozen
from scenes.maths.derivation import Derivation, NetworkPlace
from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Number, integer, measured, stated
from scenes.maths.dual import dual_gradient
from scenes.maths.key import Key, key_of
from scenes.maths.network import ForwardTrace, Network, backward, forward, update

NUDGES = (0.5, 0.05, 0.005)
"""How far the weight is moved, first and then in ever smaller nudges."""
UPDATES = 60
"""Steps of gradient descent on the film's chart."""
PROBE = 1e-5
"""Half the distance of a central difference."""
_MANY = 60
"""Parameters up to which SymPy differentiates by each of them; beyond, by _SOME of them."""
_SOME = 8


def agreeing(first: int, last: int, holds: Callable[[int], bool]) -> int:
    """The fewest decimals from `first` on for which an equation holds as printed, else `last`."""
    return next((d for d in range(first, last) if holds(d)), last)


# A nudge.


@dataclass(frozen=True)
class Nudge:
    """A weight of the last layer moved a little: how far z, a and C move with it.

    moves: Δw, Δz, Δa and ΔC, each worked out by running the network with the moved weight.
    """

    moves: tuple[float, float, float, float]

    @property
    def ratios(self) -> tuple[float, float, float]:
        """Δz/Δw, Δa/Δz and ΔC/Δa; 0 where nothing moves."""
        pairs = zip(self.moves[1:], self.moves[:-1], strict=True)
        dz, da, dc = (b / a if a else 0.0 for b, a in pairs)
        return dz, da, dc

    @property
    def whole(self) -> float:
        """ΔC/Δw."""
        return self.moves[3] / self.moves[0]


class WayBack:
    """Everything that the film about the chain rule shows of one lesson."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers, self.lesson = numbers, numbers.lesson
        self.network, self.trace = numbers.network, numbers.forward
        self.derivation = Derivation.of(numbers.lesson)
        self.depth = self.network.depth
        self._usual, self._most = self.lesson.display.decimals, self.lesson.display.most_decimals

    # One weight of the last layer: there is one path to it.

    @cached_property
    def weight(self) -> tuple[int, int, int]:
        """Layer, neuron and source of the weight in the last layer that counts most."""
        size = np.abs(self.numbers.backward.layer(self.depth).dW)
        i, k = np.unravel_index(int(np.argmax(size)), size.shape)
        return self.depth, int(i), int(k)

    @property
    def smooth(self) -> bool:
        """Whether the activation has a derivative everywhere; ReLU has none at zero."""
        return self.lesson.network.activation != "relu"

    @property
    def weight_place(self) -> NetworkPlace:
        layer, i, k = self.weight
        return NetworkPlace("weight", layer, i, k)

    def ways_on(self, layer: int, j: int) -> list[NetworkPlace]:
        """The wires from a neuron to the next layer."""
        return [
            NetworkPlace("weight", layer + 1, i, j)
            for i in range(self.lesson.network.layers[layer + 1])
        ]

    def ways_in(self, layer: int, i: int) -> list[NetworkPlace]:
        """The wires into a neuron."""
        sources = range(self.lesson.network.layers[layer - 1])
        return [NetworkPlace("weight", layer, i, k) for k in sources]

    def route(self, layer: int, j: int) -> list[list[NetworkPlace]]:
        """All that lies on the ways from the cost to a neuron, step by step from the cost on."""
        outputs = range(self.lesson.network.layers[-1])
        steps = [[NetworkPlace("error", self.depth, i) for i in outputs]]
        for here in range(self.depth, layer, -1):
            steps.append(self.layer_places(here))
            sources = range(self.lesson.network.layers[here - 1])
            chosen = [j] if here == layer + 1 else sources
            steps.append([place for k in chosen for place in self.ways_on(here - 1, k)])
        return steps

    def layer_places(self, layer: int) -> list[NetworkPlace]:
        """The neurons of a layer, whose slopes are taken."""
        return [NetworkPlace("slope", layer, j) for j in range(self.lesson.network.layers[layer])]

    def nudged(self, by: float) -> Nudge:
        """Move that weight and run the network."""
        layer, i, _ = self.weight
        after = self._run_with(Key("w", self.weight), by)
        there, here = after.layer(layer), self.trace.layer(layer)
        dz, da = float(there.z[i] - here.z[i]), float(there.a[i] - here.a[i])
        return Nudge((by, dz, da, after.cost - self.trace.cost))

    def _run_with(self, moved: Key, by: float) -> ForwardTrace:
        """The forward pass of the network with one weight or bias moved."""
        arrays = {
            "w": [W.copy() for W in self.network.weights],
            "b": [b.copy() for b in self.network.biases],
        }
        layer, *place = moved.at
        arrays[moved.name][layer - 1][tuple(place)] += by
        weights, biases = (tuple(frozen(a) for a in arrays[name]) for name in ("w", "b"))
        network = Network(weights, biases, self.network.activation)
        return forward(network, self.trace.input, self.trace.target)

    @property
    def nudge(self) -> Number:
        return stated("nudge", NUDGES[0])

    def move(self, n: int, k: int) -> Number:
        """Δw, Δz, Δa or ΔC (k = 0 … 3) of nudge n, with decimals that show the ratios right."""
        if k == 0:
            return stated(key_of("move", n, 0), NUDGES[n])
        value, decimals = self.nudged(NUDGES[n]).moves[k], self._move_decimals(n)
        return measured(key_of("move", n, k), value, decimals)

    def _move_decimals(self, n: int) -> int:
        moves, ratios = self.nudged(NUDGES[n]).moves, [self.ratio(n, k) for k in range(3)]

        def holds(decimals: int) -> bool:
            shown = [float(stated("w", NUDGES[n]).printed)]
            shown += [float(measured("m", m, decimals).printed) for m in moves[1:]]
            return all(
                a == 0 or math.isclose(round(b / a, r.decimals), float(r.printed), abs_tol=1e-12)
                for a, b, r in zip(shown, shown[1:], ratios, strict=False)
            )

        return agreeing(self._usual, self._most + 2, holds)

    def ratio(self, n: int, k: int) -> Number:
        """Δz/Δw, Δa/Δz or ΔC/Δa (k = 0, 1, 2) of nudge n."""
        value, decimals = self.nudged(NUDGES[n]).ratios[k], self._ratio_decimals(n)
        return measured(key_of("ratio", n, k), value, decimals)

    def whole_ratio(self, n: int) -> Number:
        """ΔC/Δw of nudge n, which is the product of the three ratios."""
        whole = self._whole_ratio(n)
        return replace(whole, agrees=self._multiplies(n, self._ratio_decimals(n), whole))

    def _whole_ratio(self, n: int) -> Number:
        value = self.nudged(NUDGES[n]).whole
        return measured(key_of("whole ratio", n), value, self._telling_decimals(value))

    def _telling_decimals(self, value: float) -> int:
        """The usual decimals, or more where a value that is not zero would be printed as zero."""
        decimals = self._usual
        while decimals < self._most and 0 < abs(value) < 10.0**-decimals:
            decimals += 1
        return decimals

    def _ratio_decimals(self, n: int) -> int:
        """So many that the printed ratios, multiplied by hand, give the whole one as printed."""
        whole = self._whole_ratio(n)
        return agreeing(self._usual, self._most, lambda d: self._multiplies(n, d, whole))

    def _multiplies(self, n: int, decimals: int, whole: Number) -> bool:
        ratios = [measured("ratio", r, decimals) for r in self.nudged(NUDGES[n]).ratios]
        by_hand = Fraction(math.prod(Fraction(ratio.printed) for ratio in ratios))
        return measured("by hand", float(by_hand), whole.decimals, by_hand).printed == whole.printed

    def moves_at(self, n: int, k: int) -> bool:
        """Whether quantity k moves at all under nudge n; if not, a ratio to it says nothing."""
        return self.nudged(NUDGES[n]).moves[k] != 0

    def limit(self, k: int) -> Number:
        """What ratio k comes to as the nudge shrinks: the derivative."""
        layer, i, source = self.weight
        n = self.numbers
        return (n.a(layer - 1, source), n.slope(layer, i), n.error(i))[k]

    @property
    def path_keys(self) -> tuple[str, ...]:
        """Keys of the factors of ∂C/∂w, the cost's end first."""
        (path,) = self.derivation.weight_rule(*self.weight).paths
        return path.keys

    @cached_property
    def path_value(self) -> Number:
        """∂C/∂w, with as many decimals as its printed factors give when multiplied by hand."""
        numbers = self.numbers.all()
        factors = [numbers[key] for key in self.path_keys]
        value = math.prod(factor.value for factor in factors)
        by_hand = Fraction(math.prod(Fraction(factor.printed) for factor in factors))
        if all(factor.exact for factor in factors):
            return measured("path", value, self._most, by_hand)
        for decimals in range(self._usual + 1, 1, -1):
            number = measured("path", value, decimals)
            if measured("by hand", float(by_hand), decimals, by_hand).printed == number.printed:
                return number
        return measured("path", value, 1)

    # A fork.

    @cached_property
    def fork(self) -> tuple[int, int] | None:
        """The first neuron of the last hidden layer that has several ways on, if there is one."""
        sizes = self.lesson.network.layers
        layers = [layer for layer in range(self.depth - 1, 0, -1) if sizes[layer + 1] > 1]
        return (layers[0], 0) if layers else None

    # Four ways to the same gradient.

    @cached_property
    def compared(self) -> tuple[sp.Symbol, ...]:
        """The parameters by which all four ways differentiate: all, or of many some."""
        everything = self.derivation.parameters
        if len(everything) <= _MANY:
            return everything
        step = len(everything) // _SOME
        return everything[-1::-step][:_SOME]

    @cached_property
    def four_ways(self) -> dict[str, dict[str, float]]:
        """∂C/∂parameter by SymPy, by reverse mode, by dual numbers and by central differences."""
        keys = [p.name for p in self.compared]
        network, x, y = self.network, self.trace.input, self.trace.target
        back, dual = self.numbers.backward, dual_gradient(network, x, y)
        return {
            "SymPy": self.derivation.gradient(self.trace, self.compared),
            "reverse mode": {k: _of([(g.dW, g.db) for g in back.layers], k) for k in keys},
            "dual numbers": {k: _of(dual, k) for k in keys},
            "central difference": {k: self._central(k) for k in keys},
        }

    def _central(self, name: str) -> float:
        above, below = (self._run_with(Key.parse(name), by).cost for by in (PROBE, -PROBE))
        return (above - below) / (2 * PROBE)

    def differences(self) -> dict[str, float]:
        """For each way but SymPy the largest distance from SymPy's derivative."""
        exact = self.four_ways["SymPy"]
        return {
            way: max(abs(found[k] - exact[k]) for k in exact)
            for way, found in self.four_ways.items()
            if way != "SymPy"
        }

    @property
    def all_agree(self) -> bool:
        """Whether the four ways differ by no more than each of them must by rounding."""
        off = self.differences()
        return max(off["reverse mode"], off["dual numbers"]) < 1e-12 and (
            off["central difference"] < 1e-7
        )

    @property
    def asked(self) -> str:
        """The key of the weight that the film before asked for, or of the last one compared."""
        first = self.derivation.w(1, 0, 0)
        return str((first if first in self.compared else self.compared[-1]).name)

    def by_way(self, way: str) -> Number:
        """The derivative asked for, as one of the ways finds it, with many decimals."""
        return measured(f"{way}: {self.asked}", self.four_ways[way][self.asked], 12)

    # Updates.

    @cached_property
    def _descent(self) -> tuple[Array, Network]:
        """The costs, and the network that has the last of them."""
        network, costs = self.network, [self.trace.cost]
        with np.errstate(all="ignore"):
            for _ in range(UPDATES):
                trace = forward(network, self.trace.input, self.trace.target)
                after = update(network, backward(network, trace), self.lesson.network.learning_rate)
                cost = forward(after, self.trace.input, self.trace.target).cost
                if not math.isfinite(cost):
                    break
                network = after
                costs.append(cost)
        return np.array(costs), network

    @property
    def costs(self) -> Array:
        """The cost before any update and after each of UPDATES, shape (UPDATES + 1).

        Shorter where the cost is no longer finite.
        """
        return self._descent[0]

    @property
    def trained(self) -> Network:
        return self._descent[1]

    @property
    def story(self) -> str:
        """What the updates do: "falls" at each step, "wavers" but ends lower, "stays", "grows"."""
        costs = self.costs
        if self.numbers.backward.squared_norm == 0:
            return "stays"
        if len(costs) <= UPDATES or not costs[-1] < costs[0]:
            return "grows"
        return "falls" if np.all(np.diff(costs) <= 1e-15) else "wavers"

    @cached_property
    def updated(self) -> Network:
        rate = self.lesson.network.learning_rate
        return update(self.network, self.numbers.backward, rate)

    def activations_after(self) -> list[list[Number]]:
        """Input and activations after one update, written as the forward pass writes them."""
        return self._activations("after", self.updated)

    def activations_at_last(self) -> list[list[Number]]:
        """The same after all updates."""
        return self._activations("trained", self.trained)

    def _activations(self, when: str, network: Network) -> list[list[Number]]:
        n, x, y = self.numbers, self.trace.input, self.trace.target
        run = forward(network, x, y)
        return [
            [n.x(k) for k in range(len(x))],
            *(
                [
                    measured(f"{when} {n.a(layer, j).key}", float(v), n.a(layer, j).decimals)
                    for j, v in enumerate(here.a)
                ]
                for layer, here in enumerate(run.layers, start=1)
            ),
        ]

    @property
    def predicted(self) -> float:
        """−α ‖∇C‖², what the cost would change by if it went on as steeply as it begins."""
        return -self.lesson.network.learning_rate * self.numbers.backward.squared_norm

    @property
    def changed(self) -> float:
        """What one update changes the cost by."""
        return float(self.costs[1] - self.costs[0]) if len(self.costs) > 1 else math.inf

    @cached_property
    def fall(self) -> tuple[Number, Number, Number, Number]:
        """Cost before and after one update, the change, and the change predicted.

        Decimals: so many that before + change = after as printed, and that the two changes can be
        told apart.
        """

        def shown(decimals: int) -> tuple[Number, Number, Number, Number]:
            exact: Fraction | None = Fraction(0) if self.story == "stays" else None
            return (
                measured("cost", self.trace.cost, decimals, self.numbers.cost().rational),
                measured("cost after", float(self.costs[1]), decimals),
                measured("change", self.changed, decimals, exact),
                measured("predicted change", self.predicted, decimals, exact),
            )

        def holds(decimals: int) -> bool:
            before, after, change, predicted = shown(decimals)
            adds_up = before.printed + change.printed == after.printed
            return adds_up and (change.printed != predicted.printed or self.story == "stays")

        return shown(agreeing(self.numbers.cost().decimals, self._most + 2, holds))

    @property
    def last_cost(self) -> Number:
        value = float(self.costs[-1])
        return measured("last cost", value, self._telling_decimals(value))

    @property
    def updates(self) -> Number:
        return integer("updates", UPDATES)


def _of(layers: Sequence[tuple[Array, Array]], name: str) -> float:
    """The derivative by the weight or bias with this key, from arrays by W and by b."""
    key = Key.parse(name)
    layer, *place = key.at
    by_W, by_b = layers[layer - 1]
    return float((by_W if key.name == "w" else by_b)[tuple(place)])
