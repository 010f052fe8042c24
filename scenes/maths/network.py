"""A multilayer perceptron: forward pass, backpropagation, one step of gradient descent.

Layers are numbered 1..L and layer 0 is the input (Goodfellow, Bengio & Courville 2016, §6.5):
z = W a_in + b, a = f(z), and the cost of one example is C = ½ Σ (a − y)².  Arrays are float64;
a layer of n neurons fed by m has W of shape (n, m) and b, z, a, δ of shape (n,).  Nothing is
mutated: every pass returns a frozen trace, because a film needs the history.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scenes.maths.arrays import Array, frozen
from scenes.maths.lesson.model import NetworkLesson


@dataclass(frozen=True)
class Activation:
    """An elementwise activation function f and its derivative f′."""

    name: str
    function: Callable[[Array], Array]
    derivative: Callable[[Array], Array]


def _sigmoid(z: Array) -> Array:
    e = np.exp(-np.abs(z))  # never above 1, so nothing overflows
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def _sigmoid_derivative(z: Array) -> Array:
    e = np.exp(-np.abs(z))  # equals a (1 − a), without the cancellation in 1 − a
    return e / (1.0 + e) ** 2


ACTIVATION: dict[str, Activation] = {
    "sigmoid": Activation("sigmoid", _sigmoid, _sigmoid_derivative),
    "tanh": Activation("tanh", np.tanh, lambda z: 4.0 * _sigmoid_derivative(2.0 * z)),
    # ReLU has no derivative at 0; by convention relu′(0) = 0 here.
    "relu": Activation("relu", lambda z: np.maximum(z, 0.0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "identity": Activation("identity", lambda z: z + 0.0, np.ones_like),
}


@dataclass(frozen=True, eq=False)
class Network:
    """Weights W[l−1][j, k] (into neuron j, from neuron k), biases, and one activation for all."""

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    activation: Activation

    def __post_init__(self) -> None:
        for layer, (W, b) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            fed_by = W.shape[1] if layer == 1 else self.biases[layer - 2].shape[0]
            if W.shape != (b.shape[0], fed_by):
                raise ValueError(
                    f"layer {layer}: W has shape {W.shape}, not {(b.shape[0], fed_by)}"
                )

    @classmethod
    def from_lesson(cls, lesson: NetworkLesson) -> Network:
        weights = tuple(frozen(W) for W in lesson.weights)
        return cls(weights, tuple(frozen(b) for b in lesson.biases), ACTIVATION[lesson.activation])

    @property
    def depth(self) -> int:
        """L, the number of layers after the input."""
        return len(self.weights)


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """What one layer saw and gave: W, b, incoming activations a_in, sums z, and a = f(z)."""

    W: Array
    b: Array
    a_in: Array
    z: Array
    a: Array


@dataclass(frozen=True, eq=False)
class ForwardTrace:
    """One example's way through the network; error is a − y at the output."""

    input: Array
    target: Array
    layers: tuple[LayerTrace, ...]
    output: Array
    error: Array
    cost: float

    def layer(self, layer: int) -> LayerTrace:
        """Layer l, 1..L."""
        return self.layers[_index(layer, len(self.layers))]


@dataclass(frozen=True, eq=False)
class LayerGradient:
    """δ = ∂C/∂z, dW = ∂C/∂W and db = ∂C/∂b of one layer."""

    delta: Array
    dW: Array
    db: Array


@dataclass(frozen=True, eq=False)
class BackwardTrace:
    """The gradient of the cost; dinput = ∂C/∂x; squared_norm = ‖∇C‖² over all W and b."""

    layers: tuple[LayerGradient, ...]
    dinput: Array
    squared_norm: float

    def layer(self, layer: int) -> LayerGradient:
        """Layer l, 1..L."""
        return self.layers[_index(layer, len(self.layers))]


def forward(network: Network, x: ArrayLike, y: ArrayLike) -> ForwardTrace:
    """Run input `x` through the network and compare the output with target `y`."""
    a = x = frozen(x)
    y = frozen(y)
    if x.shape != network.weights[0].shape[1:] or y.shape != network.biases[-1].shape:
        raise ValueError(f"input of shape {x.shape} and target of shape {y.shape} do not fit")
    layers = []
    for W, b in zip(network.weights, network.biases, strict=True):
        z = frozen(W @ a + b)
        layers.append(LayerTrace(W, b, a, z, frozen(network.activation.function(z))))
        a = layers[-1].a
    error = frozen(a - y)
    return ForwardTrace(x, y, tuple(layers), a, error, float(0.5 * np.sum(error**2)))


def backward(network: Network, trace: ForwardTrace) -> BackwardTrace:
    """Backpropagation: from the cost back to every weight and bias, each δ made from the next."""
    layers: list[LayerGradient] = []
    da = trace.error  # ∂C/∂a of the layer at hand; at the output it is a − y
    for layer in reversed(trace.layers):
        delta = frozen(da * network.activation.derivative(layer.z))
        layers.append(LayerGradient(delta, frozen(np.outer(delta, layer.a_in)), delta))
        da = layer.W.T @ delta  # every path from a neuron to the cost adds its share
    squares = sum(float(np.sum(g.dW**2) + np.sum(g.db**2)) for g in layers)
    return BackwardTrace(tuple(reversed(layers)), frozen(da), squares)


def update(network: Network, gradient: BackwardTrace, learning_rate: float) -> Network:
    """One step of gradient descent: w ← w − α ∂C/∂w for every weight and bias."""
    pairs = list(zip(network.weights, network.biases, gradient.layers, strict=True))
    return Network(
        tuple(frozen(W - learning_rate * g.dW) for W, _, g in pairs),
        tuple(frozen(b - learning_rate * g.db) for _, b, g in pairs),
        network.activation,
    )


def _index(layer: int, depth: int) -> int:
    if not 1 <= layer <= depth:
        raise IndexError(f"layer {layer} does not exist (layers are 1 to {depth})")
    return layer - 1
