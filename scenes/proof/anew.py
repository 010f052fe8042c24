"""Every number and every truth of the films, computed anew from the lesson by another road.

The engine (scenes.maths) differentiates by formulas.  Here nothing is differentiated: only what
the films are about is defined, the network's cost, the terrain's height and the cost curves, with
50 digits; every derivative is a central difference of those.  An error in a formula, a sign or an
index of the engine cannot be made here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from scenes.maths.chain_rule import NUDGES, UPDATES, WayBack
from scenes.maths.display.network import Numbers
from scenes.maths.expression import parse
from scenes.maths.key import Key, key_of
from scenes.maths.lesson.model import ConvexLesson, Lesson, NetworkLesson, NonconvexLesson
from scenes.maths.minima import STEP_NAMES
from scenes.maths.mountain import DIRECTIONS, FEELER, Climb
from scenes.maths.reverse_mode import BATCH, BROAD, DEEP, WIDTHS

DIGITS = 50
_H = mpmath.mpf(10) ** -17
_CENTRAL = 1e-8
"""How far off a central difference in floats may be."""


NETWORK_FILMS = ("ForwardPass", "BackwardChainRule", "ReverseModeCost")


def exactly(value: float) -> Any:
    """A number of the lesson as it stands there, not as binary has it."""
    with mpmath.workdps(DIGITS):
        return mpmath.mpf(repr(float(value)))


def slope(function: Callable[[Any], Any], at: Any) -> Any:
    """The derivative as a central difference; good to some 30 digits."""
    with mpmath.workdps(DIGITS):
        return (function(at + _H) - function(at - _H)) / (2 * _H)


# -- the network


class NetworkAnew:
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

    def stepped(self) -> NetworkAnew:
        """The network after one step of gradient descent."""
        with mpmath.workdps(DIGITS):
            rate = exactly(self.lesson.learning_rate)
            after = {key: value - rate * self.by(key) for key, value in self.given.items()}
        return NetworkAnew(self.lesson, after)

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


def descend(network: NetworkAnew, steps: int) -> tuple[list[float], dict[str, Any]]:
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


# -- the terrain


class TerrainAnew:
    """The terrain's height, and what a climber on it meets."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson.terrain
        self._hills = [
            (exactly(h.height), [exactly(c) for c in h.position], exactly(h.width))
            for h in self.lesson.hills
        ]

    def height(self, place: Sequence[Any]) -> Any:
        """The sum of the hills."""
        with mpmath.workdps(DIGITS):
            return sum(
                h
                * mpmath.exp(-sum((p - c) ** 2 for p, c in zip(place, at, strict=True)) / 2 / w**2)
                for h, at, w in self._hills
            )

    def gradient(self, place: Sequence[Any]) -> list[Any]:
        """∇f by central differences."""
        x, y = place
        return [
            slope(lambda u: self.height([u, y]), x),
            slope(lambda u: self.height([x, u]), y),
        ]

    @cached_property
    def path(self) -> list[list[Any]]:
        """The start and the place after each step."""
        with mpmath.workdps(DIGITS):
            places = [[exactly(c) for c in self.lesson.start]]
            alpha = exactly(self.lesson.step_size)
            for _ in range(self.lesson.steps):
                g = self.gradient(places[-1])
                places.append([p + alpha * d for p, d in zip(places[-1], g, strict=True)])
            return places

    @cached_property
    def summits(self) -> list[tuple[Any, list[Any]]]:
        """Height and place of every summit, the highest first: up from each hill's middle."""
        found: list[tuple[Any, list[Any]]] = []
        for _, middle, _ in self._hills:
            place = self._settled(middle)
            if place is not None and all(self._far(place, other) for _, other in found):
                found.append((self.height(place), place))
        return sorted(found, key=lambda pair: -pair[0])

    @staticmethod
    def _far(one: Sequence[Any], other: Sequence[Any]) -> bool:
        return bool(mpmath.hypot(one[0] - other[0], one[1] - other[1]) > 1e-6)

    def _settled(self, start: Sequence[Any]) -> list[Any] | None:
        """The summit above a place: uphill in floats, then to many digits."""
        place = np.array([float(c) for c in start])
        hills = [(float(h), np.array([float(c) for c in at]), float(w)) for h, at, w in self._hills]

        def f(p: Any) -> float:
            return float(sum(h * np.exp(-((p - c) ** 2).sum() / 2 / w**2) for h, c, w in hills))

        reach = 0.2
        while reach > 1e-9:
            ring = [
                place + reach * np.array([np.cos(t), np.sin(t)])
                for t in np.linspace(0, 2 * np.pi, 24, endpoint=False)
            ]
            best = max(ring, key=f)
            if f(best) > f(place):
                place = best
            else:
                reach /= 2
        with mpmath.workdps(DIGITS):
            try:
                root = mpmath.findroot(
                    lambda x, y: self.gradient([x, y]), [mpmath.mpf(float(c)) for c in place]
                )
            except (ValueError, ZeroDivisionError):
                return None
            return [root[0], root[1]]

    @cached_property
    def reached(self) -> int:
        """The rank of the summit at which the climb ends."""
        end = self.path[-1]
        away = [mpmath.hypot(p[0] - end[0], p[1] - end[1]) for _, p in self.summits]
        return away.index(min(away))

    def around(self, i: int, reach: Any) -> list[Any]:
        """A step of that length in direction i."""
        with mpmath.workdps(DIGITS):
            angle = 2 * mpmath.pi * i / DIRECTIONS
            return [reach * mpmath.cos(angle), reach * mpmath.sin(angle)]

    def felt(self, i: int) -> Any:
        """The slope at the start in direction i."""
        with mpmath.workdps(DIGITS):
            start, way = self.path[0], self.around(i, mpmath.mpf(1))
            return slope(
                lambda s: self.height([p + s * d for p, d in zip(start, way, strict=True)]),
                mpmath.mpf(0),
            )

    def gained(self, i: int) -> Any:
        """The height gained from the reached summit in direction i."""
        with mpmath.workdps(DIGITS):
            top, place = self.summits[self.reached]
            way = self.around(i, exactly(FEELER))
            return self.height([p + d for p, d in zip(place, way, strict=True)]) - top

    def steepness(self, place: Sequence[Any]) -> Any:
        """‖∇f‖."""
        with mpmath.workdps(DIGITS):
            return mpmath.hypot(*self.gradient(place))

    def least_slope(self, near: Sequence[float]) -> Any:
        """The least ‖∇f‖ near by, by finer and finer compass steps."""
        place, reach = [mpmath.mpf(float(c)) for c in near], mpmath.mpf("0.02")
        best = self.steepness(place)
        while reach > 1e-7:
            for i in range(DIRECTIONS):
                other = [p + d for p, d in zip(place, self.around(i, reach), strict=True)]
                if (there := self.steepness(other)) < best:
                    place, best = other, there
                    break
            else:
                reach /= 2
        return best

    def __getitem__(self, key: str) -> Any:
        """What the number with this key of scenes.maths.mountain is; None for no such key."""
        simple: dict[str, Callable[[], Any]] = {
            "step_size": lambda: exactly(self.lesson.step_size),
            "steepness": lambda: self.steepness(self.path[0]),
            "feeler": lambda: exactly(FEELER),
        }
        if key in simple:
            return simple[key]()
        parsed = Key.parse(key)
        indexed: dict[str, Callable[..., Any]] = {
            "slope": self.felt,
            "change": self.gained,
            "height": lambda k: self.height(self.path[k]),
            "place": lambda k, c: self.path[k][c],
            "partial": lambda c: self.gradient(self.path[0])[c],
            "summit": lambda k: self.summits[k][0],
        }
        return indexed[parsed.name](*parsed.at) if parsed.name in indexed else None


# -- the cost curves


class CurveAnew:
    """A cost curve of one parameter."""

    def __init__(self, lesson: ConvexLesson | NonconvexLesson) -> None:
        self.lesson, self.interval = lesson, lesson.interval
        expression = parse(lesson.expression)
        (self.symbol,) = expression.free_symbols
        self.expression = expression
        self._many = sp.lambdify(self.symbol, expression, "mpmath")
        self._few = sp.lambdify(self.symbol, expression, "numpy")

    def value(self, w: Any) -> Any:
        """C(w)."""
        with mpmath.workdps(DIGITS):
            return self._many(w)

    def slope(self, w: Any, order: int = 1) -> Any:
        """A derivative of C by central differences."""
        if order == 0:
            return self.value(w)
        with mpmath.workdps(DIGITS):
            h = mpmath.mpf(10) ** -10
            return (self.slope(w + h, order - 1) - self.slope(w - h, order - 1)) / (2 * h)

    @cached_property
    def level_places(self) -> list[Any]:
        """Where the slope is zero inside the interval, from left to right."""
        low, high = self.interval
        grid = np.linspace(low, high, 4001)
        with np.errstate(all="ignore"):
            slopes = np.array([self._quick(w) for w in grid])
        found: list[Any] = []
        for k, (a, b) in enumerate(pairwise(slopes)):
            touches = k > 0 and abs(a) < abs(slopes[k - 1]) and abs(a) <= abs(b) and abs(a) < 1e-4
            if a * b < 0 or touches:
                found += self._root(float(grid[k]), float(grid[k + 1]))
        return [w for k, w in enumerate(found) if all(abs(w - v) > 1e-6 for v in found[:k])]

    def _root(self, left: float, right: float) -> list[Any]:
        with mpmath.workdps(DIGITS):
            try:
                root = mpmath.findroot(
                    lambda w: self.slope(w), (mpmath.mpf(left), mpmath.mpf(right))
                )
            except (ValueError, ZeroDivisionError):
                return []
            inside = self.interval[0] < root < self.interval[1]
            return [root] if inside else []

    def _quick(self, w: float) -> float:
        return float(self._few(w + 1e-6) - self._few(w - 1e-6)) / 2e-6

    def kind(self, w: Any) -> str:
        """What a level place is: by the values beside it."""
        step = mpmath.mpf("1e-3")
        here, left, right = self.value(w), self.value(w - step), self.value(w + step)
        if left > here < right:
            return "minimum"
        return "maximum" if left < here > right else "stationary inflection"

    @cached_property
    def minima(self) -> list[Any]:
        """Its minima inside the interval, from left to right."""
        return [w for w in self.level_places if self.kind(w) == "minimum"]

    @cached_property
    def goal(self) -> Any:
        """The deepest of them."""
        return min(self.minima, key=self.value)

    def rest(self, start: float, step_size: float, momentum: float = 0.0) -> Any:
        """The minimum at which descent ends, in floats; None where it ends at none."""
        w, speed = float(start), 0.0
        for _ in range(200_000):
            speed = momentum * speed - step_size * self._quick(w)
            w += speed
            if not np.isfinite(w) or abs(w) > 1e6:
                return None
            if abs(speed) < 1e-9 and abs(self._quick(w)) < 1e-6:
                break
        near = [m for m in self.minima if abs(float(m) - w) < 1e-3]
        return near[0] if near else None


EXAMPLES = {"minimum": (2, 1), "maximum": (2, -1), "stationary inflection": (3, 1)}
"""Power and sign of the simplest curve of each kind."""


class DescentsAnew:
    """Both curves of a lesson, and the descents on them."""

    def __init__(self, lesson: Lesson) -> None:
        self.convex = CurveAnew(lesson.curve.convex)
        self.rough = CurveAnew(lesson.curve.nonconvex)
        self.given = lesson.curve

    @cached_property
    def crowd_arrived(self) -> int:
        """How many of the crowd end in the global minimum."""
        given = self.given.nonconvex
        low, high = given.interval
        width = (high - low) / given.crowd
        starts = [low + (k + 0.5) * width for k in range(given.crowd)]
        return sum(self.rough.rest(w, given.step_size) == self.rough.goal for w in starts)

    @cached_property
    def restarts_arrived(self) -> int:
        """How many of the new starts end there."""
        given = self.given.nonconvex
        ends = [self.rough.rest(w, given.step_size) for w in given.restarts]
        return ends.count(self.rough.goal)

    @cached_property
    def stop(self) -> Any:
        """Where plain descent from the ball's start ends."""
        return self.rough.rest(self.given.nonconvex.start, self.given.nonconvex.step_size)

    @cached_property
    def rolled(self) -> Any:
        """Where descent with momentum from there ends."""
        given = self.given.nonconvex
        return self.rough.rest(given.start, given.step_size, given.momentum)

    def __getitem__(self, key: str) -> Any:
        """What the number with this key of scenes.maths.minima is; None for no such key."""
        rough, smooth = self.given.nonconvex, self.given.convex
        simple: dict[str, Callable[[], Any]] = {
            "bottom": lambda: self.convex.goal,
            "slope": lambda: self.rough.slope(exactly(rough.start)),
            "step_size": lambda: exactly(rough.step_size),
            "momentum": lambda: exactly(rough.momentum),
            "crowd: arrived": lambda: self.crowd_arrived,
            "crowd: all": lambda: rough.crowd,
            "restarts: arrived": lambda: self.restarts_arrived,
            "restarts: all": lambda: len(rough.restarts),
        }
        if key in simple:
            return mpmath.mpf(simple[key]())
        parsed = Key.parse(key)
        if parsed.name == "stationary":
            (place,) = parsed.at
            return self.rough.level_places[place] if place < len(self.rough.level_places) else None
        name, _, step = key.partition(": ")
        if name == "alpha lambda" and step in STEP_NAMES:
            bend = self.convex.slope(self.convex.goal, 2)
            return exactly(getattr(smooth, step)) * bend
        kind, _, order = key.rpartition(" ")
        if kind in EXAMPLES and order.isdigit():
            power, sign = EXAMPLES[kind]
            h = mpmath.mpf("1e-6")  # the lowest differences of a power are exact at 0
            terms = range(int(order) + 1)
            total = sum(
                (-1) ** k
                * mpmath.binomial(int(order), k)
                * sign
                * ((int(order) / 2 - k) * h) ** power
                for k in terms
            )
            return mpmath.nint(total / h ** int(order))
        return None


# -- all of a lesson


class Anew:
    """A lesson's numbers, film by film."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson

    @cached_property
    def network(self) -> NetworkAnew:
        """The lesson's network."""
        return NetworkAnew(self.lesson.network)

    @cached_property
    def after(self) -> NetworkAnew:
        """The same after one update."""
        return self.network.stepped()

    @cached_property
    def _descent(self) -> tuple[list[float], dict[str, Any]]:
        return descend(self.network, UPDATES)

    @property
    def costs(self) -> list[float]:
        """The cost before any update and after each."""
        return self._descent[0]

    @cached_property
    def trained(self) -> NetworkAnew:
        """The network after all updates."""
        return NetworkAnew(self.lesson.network, self._descent[1])

    @cached_property
    def terrain(self) -> TerrainAnew:
        """The lesson's terrain."""
        return TerrainAnew(self.lesson)

    @cached_property
    def descents(self) -> DescentsAnew:
        """The lesson's cost curves."""
        return DescentsAnew(self.lesson)

    def values(self, film: str, key: str, printed: float) -> Iterator[Any]:
        """What the number with this key may be in a film; nothing for a key that names nothing.

        ``printed`` is only asked for by counts that are shown of several things alike.
        """
        if key.startswith("central difference: "):
            # That way's own error is what it is shown for: it has to be small, no more.
            true = self.network.by(key.partition(": ")[2])
            yield mpmath.mpf(printed) if abs(printed - true) < _CENTRAL else true
        elif film in NETWORK_FILMS and (found := self._of_network(film, key)) is not None:
            yield mpmath.mpf(found)
        if film == "MountainAnalogy":
            if key == "least_slope":
                yield self.terrain.least_slope([float(c) for c in self.level_place])
            elif (found := self.terrain[key]) is not None:
                yield found
        if film == "LocalVersusGlobalMinima":
            if key == "step bound":
                yield from (mpmath.mpf(0), mpmath.mpf(2))
            elif (found := self.descents[key]) is not None:
                yield found
        if film == "ReverseModeCost" and key in ("side", "size", "width"):
            layers = self.lesson.network.layers
            shown = {
                "side": {*layers, 1, BATCH},
                "size": {*self.lesson.chain.sizes},
                "width": {*WIDTHS},
            }
            yield from (mpmath.mpf(n) for n in shown[key] if n == printed)
        if key == "bound":
            yield from (mpmath.mpf(n) for n in (-1, 0, 1) if n == printed)

    @cached_property
    def level_place(self) -> list[Any]:
        """The nearly level place that the film visits, as the engine chose it."""
        return [mpmath.mpf(float(c)) for c in Climb(self.lesson).level_place]

    def _of_network(self, film: str, key: str) -> Any:
        n = self.network
        if key == "learning_rate":
            return exactly(self.lesson.network.learning_rate)
        if film == "BackwardChainRule" and (found := self._of_way_back(key)) is not None:
            return found
        if film == "ReverseModeCost":
            found = self._of_modes(key)
            return found if found is not None else n[key]
        return n[key]

    # -- the way back

    @cached_property
    def weight(self) -> tuple[int, int, int]:
        """The weight of the last layer that the film follows, as the engine chose it."""
        return WayBack(Numbers.of(self.lesson)).weight

    def moved(self, nudge: float) -> list[Any]:
        """Δw, Δz, Δa and ΔC for a nudge of that weight."""
        layer, i, k = self.weight
        keys = (key_of("w", layer, i, k), key_of("z", layer, i), key_of("a", layer, i), "cost")
        probe = NetworkAnew(
            self.lesson.network, {**self.network.given, keys[0]: self.network.given[keys[0]]}
        )
        probe._open = None  # a nudge of visible size may well take a ReLU over its kink
        with mpmath.workdps(DIGITS):
            there = probe.run({keys[0]: exactly(nudge)})
            return [there[key] - self.network.values[key] for key in keys]

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
                return self.after[key.removeprefix("after ")]
            if key.startswith("trained "):
                return self.trained[key.removeprefix("trained ")]
            _, way, parameter = key.partition(": ")
            if way and parameter in n.given:
                return n.by(parameter)
            simple: dict[str, Callable[[], Any]] = {
                "nudge": lambda: exactly(NUDGES[0]),
                "path": lambda: n.by(key_of("w", *self.weight)),
                "cost after": lambda: self.after.values["cost"],
                "change": lambda: self.after.values["cost"] - n.values["cost"],
                "predicted change": lambda: (
                    -exactly(self.lesson.network.learning_rate) * n.squared_norm
                ),
                "last cost": lambda: mpmath.mpf(self.costs[-1]),
                "updates": lambda: mpmath.mpf(UPDATES),
            }
            return simple[key]() if key in simple else None

    # -- forward and reverse mode

    def multiplications(self, sizes: Sequence[int], *, back: bool) -> int:
        """Scalar multiplications of a chain from one end to the other: rows × inner × columns."""
        ordered = list(reversed(sizes)) if back else list(sizes)
        first = ordered[0]
        return sum(first * inner * last for inner, last in pairwise(ordered[1:]))

    @cached_property
    def jacobian_sizes(self) -> tuple[int, ...]:
        """Sizes of the lesson's own chain: the layers, and the cost."""
        return (*self.lesson.network.layers, 1)

    def cheapest(self, sizes: tuple[int, ...]) -> int:
        """The fewest multiplications of all bracketings, by trying each."""

        @lru_cache
        def least(first: int, last: int) -> int:
            if last - first == 1:
                return 0
            return min(
                least(first, cut) + least(cut, last) + sizes[first] * sizes[cut] * sizes[last]
                for cut in range(first + 1, last)
            )

        return least(0, len(sizes) - 1)

    @property
    def held_there(self) -> int:
        """Most numbers at once in one run of forward mode: two layers, and a tangent of each."""
        widths = [BROAD] * DEEP + [1]
        return max(2 * (a + b) for a, b in pairwise(widths))

    @property
    def held_back(self) -> int:
        """Most numbers at once in reverse mode: layers pile up; the way back takes them off."""
        widths = [BROAD] * DEEP + [1]
        held = most = widths[0]
        for width in widths[1:]:
            held += width
            most = max(most, held)
        for layer in range(len(widths) - 1, 0, -1):
            held -= widths[layer]  # its activations are not needed: the slopes come from below
            most = max(most, held + widths[layer] + widths[layer - 1])
        return most

    def _of_modes(self, key: str) -> Any:
        large = self.lesson.chain.sizes
        flipped = tuple(reversed(large))
        parsed = Key.parse(key)
        if parsed.name == "gradient":
            return self.network.by(key_of("x", *parsed.at))
        widest = (WIDTHS[-1],) * 4 + (1,)
        counts = {
            "forward": (self.jacobian_sizes, False),
            "reverse": (self.jacobian_sizes, True),
            "large forward": (large, False),
            "large reverse": (large, True),
            "flipped forward": (flipped, False),
            "flipped reverse": (flipped, True),
            "widest, forward mode": (widest, False),
            "widest, reverse mode": (widest, True),
        }
        if key in counts:
            sizes, back = counts[key]
            return self.multiplications(sizes, back=back)
        simple = {
            "held there": self.held_there,
            "held back": self.held_back,
            "wide": BROAD,
            "deep": DEEP,
        }
        return simple.get(key)
