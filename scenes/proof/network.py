"""What is true of a network: its values from their definitions, its derivatives by nudging."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain

import mpmath
import sympy as sp

from scenes.maths.chain_rule import WayBack
from scenes.maths.display.network import Numbers
from scenes.maths.key import Key, activation_key, key_of
from scenes.maths.lesson.model import Lesson, NetworkLesson
from scenes.proof.exact import exactly
from scenes.proof.film import FilmProof, Step
from scenes.proof.layers import derivatives, gathered, parsed


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

    def __init__(
        self, lesson: NetworkLesson, weights: Mapping[str, mpmath.mpf] | None = None
    ) -> None:
        self.lesson, self.depth = lesson, len(lesson.layers) - 1
        self.given = dict(weights or _stated(lesson))
        self.x = [exactly(v) for v in lesson.input]
        self.y = [exactly(v) for v in lesson.target]
        self.values = self.run({}, over_kinks=True)

    def run(
        self, nudges: Mapping[str, mpmath.mpf], *, over_kinks: bool = False
    ) -> dict[str, mpmath.mpf]:
        """Every quantity by its key, with some of them moved by so much.

        A ReLU's branch is that of the network as it is, and at its kink the slope is taken for 0;
        only nudges of visible size may take it ``over_kinks``.
        """
        found: dict[str, mpmath.mpf] = {}

        def put(key: str, value: mpmath.mpf) -> mpmath.mpf:
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
                is_open = (z if over_kinks else self.values[key_of("z", layer, j)]) > 0
                after.append(put(key_of("a", layer, j), self.activation(z, is_open)))
            before = after
        squares = []
        for i, (a, y) in enumerate(zip(before, self.y, strict=True)):
            put(key_of("y", i), y)
            error = put(key_of("error", i), a - y)
            squares.append(put(key_of("squared_error", i), error**2))
        put("cost", sum(squares) / 2)
        return found

    def activation(self, z: mpmath.mpf, is_open: bool) -> mpmath.mpf:
        """The activation function by its definition; a ReLU's lets z through where it is open."""
        name = self.lesson.activation
        if name == "sigmoid":
            return 1 / (1 + mpmath.exp(-z))
        if name == "tanh":
            return (mpmath.exp(z) - mpmath.exp(-z)) / (mpmath.exp(z) + mpmath.exp(-z))
        if name == "relu":
            return z if is_open else mpmath.mpf(0)
        return z

    @lru_cache  # noqa: B019  (one network is one film's)
    def by(self, key: str, of: str = "cost") -> mpmath.mpf:
        """∂of/∂key, by nudging."""
        return mpmath.diff(lambda h: self.run({key: h})[of], 0)

    def __getitem__(self, key: str) -> mpmath.mpf | None:
        """What the number with this key of scenes.maths.display is; None for no such key."""
        if key in self.values:
            return self.values[key]
        name, at = (of := parsed(key)).name, of.at
        if name == "share" and len(at) == 3:
            layer, j, i = at
            if (w := key_of("w", layer + 1, i, j)) in self.values:
                # What comes back by one way only: nudge the product, not the activation.
                return self.values[w] * self.by(key_of("product", layer + 1, i, j))
        by = key_of({"slope": "z", "delta": "z", "da": "a", "dw": "w"}.get(name, ""), *at)
        if by not in self.values:
            return None
        return self.by(by, key_of("a", *at) if name == "slope" else "cost")

    def stepped(self) -> RecomputedNetwork:
        """The network after one step of gradient descent."""
        rate = exactly(self.lesson.learning_rate)
        after = {key: value - rate * self.by(key) for key, value in self.given.items()}
        return RecomputedNetwork(self.lesson, after)

    @property
    def squared_norm(self) -> mpmath.mpf:
        """‖∇C‖² over all weights and biases."""
        return mpmath.fsum(self.by(key) ** 2 for key in self.given)


def _stated(lesson: NetworkLesson) -> dict[str, mpmath.mpf]:
    found = {}
    stated = zip(lesson.weights, lesson.biases, strict=True)
    for layer, (matrix, biases) in enumerate(stated, start=1):
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

    def value(self, key: str) -> mpmath.mpf | None:
        if key == "learning_rate":
            return exactly(self.lesson.network.learning_rate)
        return self.network[key]

    def steps(self, key: str) -> Iterator[Step]:
        sizes = self.lesson.network.layers
        last = len(sizes) - 1
        match Key.parse(key):
            case Key("product", (layer, j, k)):
                yield (
                    "product",
                    product_of,
                    (key_of("w", layer, j, k), activation_key(layer - 1, k)),
                )
            case Key("z", (layer, j)):
                terms = [key_of("product", layer, j, k) for k in range(sizes[layer - 1])]
                yield "sum", sum_of, (*terms, key_of("b", layer, j))
            case Key("error", (i,)):
                yield "difference", lambda v: v[0] - v[1], (key_of("a", last, i), key_of("y", i))
            case Key("squared_error", (i,)):
                yield "square", lambda v: v[0] ** 2, (key_of("error", i),)
            case Key("cost"):
                squares = tuple(key_of("squared_error", i) for i in range(sizes[-1]))
                yield "half the sum", lambda v: sum_of(v) / 2, squares
            case Key("share", (layer, j, i)):
                factors = (key_of("w", layer + 1, i, j), key_of("delta", layer + 1, i))
                yield "product", product_of, factors
            case Key("da", (layer, j)):
                after = range(sizes[layer + 1])
                yield "sum", sum_of, tuple(key_of("share", layer, j, i) for i in after)
                pairs = [
                    (key_of("w", layer + 1, i, j), key_of("delta", layer + 1, i)) for i in after
                ]
                yield "sum of products", sum_of_products, tuple(chain.from_iterable(pairs))
            case Key("delta", (layer, j)):
                back = key_of("error", j) if layer == last else key_of("da", layer, j)
                yield "product", product_of, (back, key_of("slope", layer, j))
            case Key("dw", (layer, j, k)):
                factors = (key_of("delta", layer, j), activation_key(layer - 1, k))
                yield "product", product_of, factors

    def meant(self, name: str) -> sp.Expr | None:
        if name in ("z", "a"):  # of any one neuron: the first one's
            name = key_of(name, 1, 0)
        found = NetworkProof.value(self, name)  # of the network itself, whatever else a film shows
        if found is not None:
            return sp.sympify(found)
        key, network, sizes = parsed(name), self.network, self.lesson.network.layers
        if key.name == "J" and len(key.at) == 1:
            (layer,) = key.at
            return sp.Matrix(
                sizes[layer],
                sizes[layer - 1],
                lambda j, k: network.by(activation_key(layer - 1, k), key_of("a", layer, j)),
            )
        return gathered(name, sizes, network.__getitem__)

    def partial(self, above: str, below: str) -> sp.Expr | None:
        network = self.network
        if above in network.values and below in network.values:
            return sp.sympify(network.by(below, above))
        return (
            derivatives(below, self.lesson.network.layers, network.by) if above == "cost" else None
        )
