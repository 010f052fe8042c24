"""Every number of a lesson's network, as the films show it."""

from __future__ import annotations

from scenes.maths.display.decimals import Sheet, Step
from scenes.maths.display.number import Number
from scenes.maths.key import activation_key, key_of
from scenes.maths.lesson.model import Lesson
from scenes.maths.network import (
    ACTIVATION,
    BackwardTrace,
    ForwardTrace,
    Network,
    backward,
    forward,
)


class Numbers:
    """Every number of a lesson's network, as shown.  Layers count from 1, neurons from 0.

    forward, backward and network are what the engine computed; `lesson` is where it began.
    """

    def __init__(
        self, lesson: Lesson, network: Network, trace: ForwardTrace, gradient: BackwardTrace
    ) -> None:
        self.lesson, self.network = lesson, network
        self.forward, self.backward = trace, gradient
        sheet = Sheet(lesson.display)
        _write_forward(sheet, lesson, trace)
        sheet.choose_decimals()
        # The way back is chosen second: the forward pass reads the same in every film.
        _write_backward(sheet, lesson, trace, gradient)
        sheet.choose_decimals()
        self._numbers = sheet.finish()

    @classmethod
    def of(cls, lesson: Lesson) -> Numbers:
        """Run the engine on the lesson and decide how each of its numbers is written."""
        network = Network.from_lesson(lesson.network)
        trace = forward(network, lesson.network.input, lesson.network.target)
        return cls(lesson, network, trace, backward(network, trace))

    def x(self, k: int) -> Number:
        return self._numbers[key_of("x", k)]

    def y(self, i: int) -> Number:
        return self._numbers[key_of("y", i)]

    def w(self, layer: int, j: int, k: int) -> Number:
        """Weight into neuron j of layer l from neuron k of the layer before."""
        return self._numbers[key_of("w", layer, j, k)]

    def b(self, layer: int, j: int) -> Number:
        """Bias of neuron j of layer l."""
        return self._numbers[key_of("b", layer, j)]

    def product(self, layer: int, j: int, k: int) -> Number:
        """Weight times incoming activation, one term of the weighted sum."""
        return self._numbers[key_of("product", layer, j, k)]

    def z(self, layer: int, j: int) -> Number:
        """Weighted sum plus bias."""
        return self._numbers[key_of("z", layer, j)]

    def a(self, layer: int, j: int) -> Number:
        """Activation; layer 0 is the input."""
        return self.x(j) if layer == 0 else self._numbers[key_of("a", layer, j)]

    def error(self, i: int) -> Number:
        """a_i − y_i at output i."""
        return self._numbers[key_of("error", i)]

    def squared_error(self, i: int) -> Number:
        """(a_i − y_i)² at output i."""
        return self._numbers[key_of("squared_error", i)]

    def cost(self) -> Number:
        """C = ½ Σ (a_i − y_i)²."""
        return self._numbers["cost"]

    def learning_rate(self) -> Number:
        """α, as the lesson gives it; read only by those who ask."""
        sheet = Sheet(self.lesson.display)
        sheet.give("learning_rate", self.lesson.network.learning_rate)
        sheet.choose_decimals()
        return sheet.finish()["learning_rate"]

    def slope(self, layer: int, j: int) -> Number:
        """∂a/∂z = f′(z) of neuron j of layer l."""
        return self._numbers[key_of("slope", layer, j)]

    def delta(self, layer: int, j: int) -> Number:
        """δ = ∂C/∂z of neuron j of layer l; it is also ∂C/∂b."""
        return self._numbers[key_of("delta", layer, j)]

    def share(self, layer: int, j: int, i: int) -> Number:
        """What neuron i of layer l + 1 passes back to neuron j of layer l: w · δ_i."""
        return self._numbers[key_of("share", layer, j, i)]

    def da(self, layer: int, j: int) -> Number:
        """∂C/∂a of hidden neuron j of layer l: the sum of its shares."""
        return self._numbers[key_of("da", layer, j)]

    def dw(self, layer: int, j: int, k: int) -> Number:
        """∂C/∂w of the weight into neuron j of layer l from neuron k."""
        return self._numbers[key_of("dw", layer, j, k)]

    def all(self) -> dict[str, Number]:
        """Every number by its key."""
        return dict(self._numbers)


def _write_forward(sheet: Sheet, lesson: Lesson, trace: ForwardTrace) -> None:
    given = lesson.network
    for k, value in enumerate(given.input):
        sheet.give(key_of("x", k), value)
    for i, value in enumerate(given.target):
        sheet.give(key_of("y", i), value)
    for layer, here in enumerate(trace.layers, start=1):
        for j, row in enumerate(given.weights[layer - 1]):
            b, z = key_of("b", layer, j), key_of("z", layer, j)
            products: list[str] = []
            pairs: list[str] = []
            for k, weight in enumerate(row):
                pair = key_of("w", layer, j, k), activation_key(layer - 1, k)
                sheet.give(pair[0], weight)
                products.append(key_of("product", layer, j, k))
                pairs += pair
            sheet.give(b, given.biases[layer - 1][j])
            for k, product in enumerate(products):
                value = float(here.W[j, k] * here.a_in[k])
                sheet.work_out(product, value, Step("product", tuple(pairs[2 * k : 2 * k + 2])))
            total, at_once = Step("sum", (*products, b)), Step("weighted sum", (*pairs, b))
            sheet.work_out(z, float(here.z[j]), total, at_once)
            sheet.work_out(key_of("a", layer, j), float(here.a[j]), Step(given.activation, (z,)))
    errors = [key_of("error", i) for i in range(len(given.target))]
    squares = [key_of("squared_error", i) for i in range(len(given.target))]
    for i, error in enumerate(errors):
        step = Step("difference", (activation_key(len(trace.layers), i), key_of("y", i)))
        sheet.work_out(error, float(trace.error[i]), step)
        sheet.work_out(squares[i], float(trace.error[i] ** 2), Step("square", (error,)))
    half, at_once = Step("half the sum", (*squares,)), Step("half the sum of squares", (*errors,))
    sheet.work_out("cost", trace.cost, half, at_once)


def _write_backward(
    sheet: Sheet, lesson: Lesson, trace: ForwardTrace, gradient: BackwardTrace
) -> None:
    activation, depth = lesson.network.activation, len(trace.layers)
    slope_of = "a" if activation in ("sigmoid", "tanh") else "z"
    for layer in range(depth, 0, -1):
        here, back = trace.layer(layer), gradient.layer(layer)
        slopes = ACTIVATION[activation].derivative(here.z)
        for j in range(len(here.z)):
            slope, delta = key_of("slope", layer, j), key_of("delta", layer, j)
            step = Step(f"slope of {activation}", (key_of(slope_of, layer, j),))
            sheet.work_out(slope, float(slopes[j]), step)
            da = key_of("error", j)
            if layer < depth:
                da = key_of("da", layer, j)
                _write_paths(sheet, layer, j, trace, gradient)
            sheet.work_out(delta, float(back.delta[j]), Step("product", (da, slope)))
            for k in range(len(here.a_in)):
                incoming = activation_key(layer - 1, k)
                by_delta, at_once = (delta, incoming), (da, slope, incoming)
                steps = Step("product", by_delta), Step("product", at_once)
                sheet.work_out(key_of("dw", layer, j, k), float(back.dW[j, k]), *steps)


def _write_paths(
    sheet: Sheet, layer: int, j: int, trace: ForwardTrace, gradient: BackwardTrace
) -> None:
    """∂C/∂a of a hidden neuron: what comes back on each of its ways on, and the sum."""
    after, W = gradient.layer(layer + 1).delta, trace.layer(layer + 1).W
    shares: list[str] = []
    pairs: list[str] = []
    for i, delta in enumerate(after):
        pair = key_of("w", layer + 1, i, j), key_of("delta", layer + 1, i)
        shares.append(key_of("share", layer, j, i))
        pairs += pair
        sheet.work_out(shares[-1], float(W[i, j] * delta), Step("product", pair))
    total, at_once = Step("sum", (*shares,)), Step("sum of products", (*pairs,))
    sheet.work_out(key_of("da", layer, j), float(W[:, j] @ after), total, at_once)
