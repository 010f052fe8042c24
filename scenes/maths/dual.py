"""Dual numbers: forward-mode differentiation, one direction at a time.

A dual number is v + s ε with ε² = 0; arithmetic on it carries the derivative s along with the
value v (Griewank & Walther 2008, §3.1; Baydin et al. 2018, §3.1.1).  Nothing here is shared with
the backpropagation of scenes.maths.network, so that the two can be held against each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scenes.maths.arrays import Array, frozen
from scenes.maths.network import Network


@dataclass(frozen=True)
class Dual:
    """value + slope ε, with ε² = 0; a plain number counts as one of slope 0."""

    value: float
    slope: float = 0.0

    def __add__(self, other: Dual | float) -> Dual:
        other = _dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.slope)

    def __sub__(self, other: Dual | float) -> Dual:
        return self + -_dual(other)

    def __rsub__(self, other: float) -> Dual:
        return _dual(other) - self

    def __mul__(self, other: Dual | float) -> Dual:
        other = _dual(other)
        slope = self.slope * other.value + self.value * other.slope
        return Dual(self.value * other.value, slope)

    def __truediv__(self, other: Dual | float) -> Dual:
        other = _dual(other)
        value = self.value / other.value
        return Dual(value, (self.slope - value * other.slope) / other.value)

    __radd__ = __add__
    __rmul__ = __mul__

    def exp(self) -> Dual:
        """e to this power."""
        value = math.exp(self.value)
        return Dual(value, self.slope * value)


def _dual(number: Dual | float) -> Dual:
    return number if isinstance(number, Dual) else Dual(float(number))


def _sigmoid(z: Dual) -> Dual:
    if z.value < 0:  # so that no exponential overflows
        e = z.exp()
        return e / (1.0 + e)
    return Dual(1.0) / (1.0 + (-z).exp())


def _tanh(z: Dual) -> Dual:
    return 2.0 * _sigmoid(2.0 * z) - 1.0


def _relu(z: Dual) -> Dual:
    return z if z.value > 0 else Dual(0.0)  # at 0 the slope 0, by convention


DUAL_ACTIVATION: Mapping[str, Callable[[Dual], Dual]] = {
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "identity": lambda z: z,
}


def dual_gradient(network: Network, x: ArrayLike, y: ArrayLike) -> list[tuple[Array, Array]]:
    """∂C/∂W and ∂C/∂b of each layer, layer 1 first: one run for each weight and each bias."""
    arrays = [a for pair in zip(network.weights, network.biases, strict=True) for a in pair]
    inputs, target = _seeded(np.asarray(x, dtype=np.float64), None), np.asarray(y).tolist()
    found: list[Array] = []
    for chosen, array in enumerate(arrays):
        slopes = np.empty(array.shape)
        for place in np.ndindex(array.shape):
            seeded = [_seeded(a, place if i == chosen else None) for i, a in enumerate(arrays)]
            layers = list(zip(seeded[::2], seeded[1::2], strict=True))
            slopes[place] = _cost(layers, network.activation.name, inputs, target).slope
        found.append(frozen(slopes))
    return list(zip(found[::2], found[1::2], strict=True))


def _seeded(array: Array, place: tuple[int, ...] | None) -> Any:
    """Nested lists of dual numbers; the one at `place` has slope 1, all others 0."""
    duals = np.array([Dual(float(v)) for v in array.flat], dtype=object).reshape(array.shape)
    if place is not None:
        duals[place] = Dual(duals[place].value, 1.0)
    return duals.tolist()


def _cost(layers: Sequence[Any], activation: str, x: Sequence[Dual], y: Sequence[float]) -> Dual:
    """C = ½ Σ (a − y)² of a network whose numbers are dual."""
    bend = DUAL_ACTIVATION[activation]
    a = x
    for W, b in layers:
        a = [
            bend(_sum(w * v for w, v in zip(row, a, strict=True)) + c)
            for row, c in zip(W, b, strict=True)
        ]
    errors = [v - t for v, t in zip(a, y, strict=True)]
    return 0.5 * _sum(e * e for e in errors)


def _sum(terms: Iterable[Dual]) -> Dual:
    return sum(terms, Dual(0.0))
