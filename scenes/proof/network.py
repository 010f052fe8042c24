"""What is true of a network: its values from their definitions, its derivatives by nudging."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import mpmath
import sympy as sp

from scenes.maths.chain_rule import WayBack
from scenes.maths.display.network import Numbers
from scenes.maths.key import Key, activation_key, key_of
from scenes.maths.lesson.model import Lesson, NetworkLesson
from scenes.proof.algebra import of_layer
from scenes.proof.exact import DIGITS, as_sympy, exactly, slope
from scenes.proof.film import FilmProof, Step


def sum_of(values: Sequence[Fraction]) -> Fraction:
    """All of them, added."""
    return sum(values, Fraction(0))


def product_of(values: Sequence[Fraction]) -> Fraction:
    """All of them, multiplied."""
    return math.prod(values, start=Fraction(1))


def sum_of_products(values: Sequence[Fraction]) -> Fraction:
    """The first times the second, and so on, added."""
    return sum_of([a * b for a, b in zip(values[::2], values[1::2], strict=True)])


class RecomputedNetwork:
    """A network's cost as a function of anything in it that can be nudged."""

    def __init__(self, lesson: NetworkLesson, weights: Mapping[str, Any] | None = None) -> None:
        self.lesson, self.depth = lesson, len(lesson.layers) - 1
        self.given = dict(weights or _stated(lesson))
        self.x = [exactly(v) for v in lesson.input]
        self.y = [exactly(v) for v in lesson.target]
        # A ReLU's branch is that of the network as it is: at its kink the slope is taken for 0.
        self._open: dict[str, bool] | None = None
        self.values = self.run({})
        self._open = {k: v > 0 for k, v in self.values.items() if k.startswith("z[")}

    def run(self, nudges: Mapping[str, Any]) -> dict[str, Any]:
        """Every quantity by its key, with some of them moved by so much."""
        with mpmath.workdps(DIGITS):
            found: dict[str, Any] = {}

            def put(key: str, value: Any) -> Any:
                found[key] = value + nudges.get(key, 0)
                return found[key]

            before = [put(key_of("x", k), v) for k, v in enumerate(self.x)]
            for layer in range(1, self.depth + 1):
                after = []
                for j in range(self.lesson.layers[layer]):
                    total = put(key_of("b", layer, j), self.given[key_of("b", layer, j)])
                    for k, a in enumerate(before):
                        w = key_of("w", layer, j, k)
                        product = put(w, self.given[w]) * a
                        total += put(key_of("product", layer, j, k), product)
                    z = put(key_of("z", layer, j), total)
                    after.append(put(key_of("a", layer, j), self.activation(z, layer, j)))
                before = after
            squares = []
            for i, (a, y) in enumerate(zip(before, self.y, strict=True)):
                put(key_of("y", i), y)
                error = put(key_of("error", i), a - y)
                squares.append(put(key_of("squared_error", i), error**2))
            put("cost", sum(squares) / 2)
            return found

    def activation(self, z: Any, layer: int, j: int) -> Any:
        """The activation function by its definition."""
        name = self.lesson.activation
        if name == "sigmoid":
            return 1 / (1 + mpmath.exp(-z))
        if name == "tanh":
            return (mpmath.exp(z) - mpmath.exp(-z)) / (mpmath.exp(z) + mpmath.exp(-z))
        if name == "relu":
            branch = z > 0 if self._open is None else self._open[key_of("z", layer, j)]
            return z if branch else mpmath.mpf(0)
        return z

    @lru_cache  # noqa: B019  (one network is one film's)
    def by(self, key: str, of: str = "cost") -> Any:
        """∂of/∂key, by nudging."""
        return slope(lambda h: self.run({key: h})[of], mpmath.mpf(0))

    def __getitem__(self, key: str) -> Any:
        """What the number with this key of scenes.maths.display is; None for no such key."""
        if key in self.values:
            return self.values[key]
        try:
            parsed = Key.parse(key)
        except ValueError:
            return None
        name, at = parsed.name, parsed.at
        z, a, w = (key_of(letter, *at) for letter in "zaw")
        if name == "slope" and z in self.values:
            return self.by(z, a)
        for derivative, by in (("delta", z), ("da", a), ("dw", w)):
            if name == derivative and by in self.values:
                return self.by(by)
        if name == "share" and len(at) == 3:
            layer, j, i = at
            if key_of("w", layer + 1, i, j) in self.values:
                # What comes back by one way only: nudge the product, not the activation.
                onward = self.by(key_of("product", layer + 1, i, j))
                return self.values[key_of("w", layer + 1, i, j)] * onward
        return None

    def stepped(self) -> RecomputedNetwork:
        """The network after one step of gradient descent."""
        with mpmath.workdps(DIGITS):
            rate = exactly(self.lesson.learning_rate)
            after = {key: value - rate * self.by(key) for key, value in self.given.items()}
        return RecomputedNetwork(self.lesson, after)

    def unbranched(self) -> RecomputedNetwork:
        """The same network for nudges of visible size, which may take a ReLU over its kink."""
        free = RecomputedNetwork(self.lesson, self.given)
        free._open = None
        return free

    @property
    def squared_norm(self) -> Any:
        """‖∇C‖² over all weights and biases."""
        with mpmath.workdps(DIGITS):
            return sum((self.by(key) ** 2 for key in self.given), mpmath.mpf(0))


def _stated(lesson: NetworkLesson) -> dict[str, Any]:
    found = {}
    for layer, (matrix, biases) in enumerate(
        zip(lesson.weights, lesson.biases, strict=True), start=1
    ):
        for j, (row, bias) in enumerate(zip(matrix, biases, strict=True)):
            found[key_of("b", layer, j)] = exactly(bias)
            for k, weight in enumerate(row):
                found[key_of("w", layer, j, k)] = exactly(weight)
    return found


class NetworkProof(FilmProof):
    """Of a film that shows the lesson's network."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson)
        self.network = RecomputedNetwork(lesson.network)

    @cached_property
    def weight(self) -> tuple[int, int, int]:
        """The weight of the last layer that the way back follows, as the engine chose it."""
        return WayBack(Numbers.of(self.lesson)).weight

    def values(self, key: str, printed: float) -> Iterator[Any]:
        found = self.value(key)
        if found is not None:
            yield mpmath.mpf(found)

    def value(self, key: str) -> Any:
        """What the number with this key is; None for a key that names nothing."""
        if key == "learning_rate":
            return exactly(self.lesson.network.learning_rate)
        return self.network[key]

    @property
    def _sizes(self) -> tuple[int, ...]:
        return self.lesson.network.layers

    def steps(self, key: str) -> Iterator[Step]:
        parsed = Key.parse(key)
        steps: dict[str, Callable[..., Iterator[Step]]] = {
            "product": self._product,
            "z": self._z,
            "error": self._error,
            "squared_error": self._square,
            "share": self._share,
            "da": self._da,
            "delta": self._delta,
            "dw": self._dw,
        }
        if key == "cost":
            squares = tuple(key_of("squared_error", i) for i in range(self._sizes[-1]))
            yield "half the sum", lambda v: sum_of(v) / 2, squares
        elif parsed.name in steps:
            yield from steps[parsed.name](*parsed.at)

    def _product(self, layer: int, j: int, k: int) -> Iterator[Step]:
        yield "product", product_of, (key_of("w", layer, j, k), activation_key(layer - 1, k))

    def _z(self, layer: int, j: int) -> Iterator[Step]:
        incoming = range(self._sizes[layer - 1])
        terms = (*(key_of("product", layer, j, k) for k in incoming), key_of("b", layer, j))
        yield "sum", sum_of, terms

    def _error(self, i: int) -> Iterator[Step]:
        last = len(self._sizes) - 1
        yield "difference", lambda v: v[0] - v[1], (key_of("a", last, i), key_of("y", i))

    def _square(self, i: int) -> Iterator[Step]:
        yield "square", lambda v: v[0] ** 2, (key_of("error", i),)

    def _share(self, layer: int, j: int, i: int) -> Iterator[Step]:
        yield "product", product_of, (key_of("w", layer + 1, i, j), key_of("delta", layer + 1, i))

    def _da(self, layer: int, j: int) -> Iterator[Step]:
        after = range(self._sizes[layer + 1])
        yield "sum", sum_of, tuple(key_of("share", layer, j, i) for i in after)
        pairs = [(key_of("w", layer + 1, i, j), key_of("delta", layer + 1, i)) for i in after]
        yield "sum of products", sum_of_products, tuple(key for pair in pairs for key in pair)

    def _delta(self, layer: int, j: int) -> Iterator[Step]:
        last = layer == len(self._sizes) - 1
        back = key_of("error", j) if last else key_of("da", layer, j)
        yield "product", product_of, (back, key_of("slope", layer, j))

    def _dw(self, layer: int, j: int, k: int) -> Iterator[Step]:
        yield "product", product_of, (key_of("delta", layer, j), activation_key(layer - 1, k))

    def meant(self, name: str) -> Any:
        if name in ("z", "a"):  # of any one neuron: the first one's
            name = f"{name}[1][0]"
        found = NetworkProof.value(self, name)  # of the network itself, whatever else a film shows
        return self._vector(name) if found is None else as_sympy(found)

    def _vector(self, name: str) -> Any:
        """A layer's vector or matrix, of the quantities of its neurons."""
        key = of_layer(name)
        if key is None:
            return None
        base, (layer,) = key.name, key.at
        sizes, network = self.lesson.network.layers, self.network
        if base in ("W", "J"):
            rows = range(sizes[layer])
            columns = range(sizes[layer - 1])
            if base == "W":
                cells = [[network[key_of("w", layer, j, k)] for k in columns] for j in rows]
            else:
                cells = [
                    [
                        network.by(activation_key(layer - 1, k), key_of("a", layer, j))
                        for k in columns
                    ]
                    for j in rows
                ]
            return sp.Matrix([[as_sympy(cell) for cell in row] for row in cells])
        keys = {
            "x": [key_of("x", k) for k in range(sizes[0])],
            "y": [key_of("y", i) for i in range(sizes[-1])],
        }.get(base, [key_of(base, layer, j) for j in range(sizes[layer])])
        found = [network[key] for key in keys]
        return None if None in found else sp.Matrix([as_sympy(v) for v in found])

    def partial(self, above: str, below: str) -> Any:
        network = self.network
        if above in network.values and below in network.values:
            return as_sympy(network.by(below, above))
        if above != "cost":
            return None
        of = self._vector(below)
        if of is None:
            return None
        base, at = (key := Key.parse(below)).name, key.at
        if base == "W":
            (layer,) = at
            cells = [
                [as_sympy(network.by(key_of("w", layer, j, k))) for k in range(of.cols)]
                for j in range(of.rows)
            ]
            return sp.Matrix(cells)
        by = (network.by(key_of(base, *at, j)) for j in range(of.rows))
        return sp.Matrix([[as_sympy(derivative) for derivative in by]])
