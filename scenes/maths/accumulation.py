"""The order in which a chain of Jacobians is multiplied, and what each order costs.

A chain maps d_0 numbers to d_1, to d_2, … to d_L; step l has a Jacobian J_l of shape
(d_l, d_(l−1)), and the whole has J_L ⋯ J_2 J_1.  Forward accumulation multiplies from the input,
reverse accumulation from the output (Griewank & Walther 2008, ch. 3; Baydin et al. 2018, §3).

What is counted is scalar multiplications in matrix products, as they are executed: neither
additions nor the evaluation of the functions nor that of the Jacobians.  Seeds (an identity at the
input, a one at the output) cost nothing, as no product is carried out for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.maths.arrays import Array, frozen
from scenes.maths.network import ForwardTrace, Network


@dataclass(frozen=True, eq=False)
class Chain:
    """Jacobians J_1 … J_L in the order of the forward pass; J_l has shape (d_l, d_(l−1))."""

    jacobians: tuple[Array, ...]

    def __post_init__(self) -> None:
        if not self.jacobians:
            raise ValueError("a chain has at least one Jacobian")
        for number, (first, then) in enumerate(pairwise(self.jacobians), start=1):
            if first.ndim != 2 or then.ndim != 2 or then.shape[1] != first.shape[0]:
                raise ValueError(
                    f"Jacobian {number + 1} of shape {then.shape} cannot follow {first.shape}"
                )

    @classmethod
    def of_trace(cls, network: Network, trace: ForwardTrace) -> Chain:
        """The chain from the input to the cost, at the point of a forward pass.

        A layer has J = diag(f′(z)) W, and C = ½ Σ (a − y)² has the row (a − y)ᵀ.
        """
        layers = [network.activation.derivative(t.z)[:, None] * t.W for t in trace.layers]
        return cls((*(frozen(J) for J in layers), frozen(trace.error[None, :])))

    @classmethod
    def of_sizes(cls, sizes: Sequence[int]) -> Chain:
        """Dense matrices of the given sizes d_0 … d_L, filled from a seeded generator."""
        check_sizes(sizes)
        chance = np.random.default_rng(0)
        # Entries of size 1/√m keep a product of many such matrices neither huge nor tiny.
        return cls(
            tuple(frozen(chance.normal(size=(n, m)) / np.sqrt(m)) for m, n in pairwise(sizes))
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """d_0 … d_L."""
        return (self.jacobians[0].shape[1], *(J.shape[0] for J in self.jacobians))

    def flipped(self) -> Chain:
        """The chain run the other way: inputs become outputs, each Jacobian its transpose."""
        return Chain(tuple(frozen(J.T) for J in reversed(self.jacobians)))


@dataclass(frozen=True, eq=False)
class Product:
    """One matrix product as it was executed.

    counts: scalar multiplications executed so far within this product, after each column of
    `left` was multiplied with the row of `right` that it meets.
    """

    left: Array
    right: Array
    result: Array
    counts: tuple[int, ...]

    @property
    def multiplications(self) -> int:
        return self.counts[-1]


def multiply(left: NDArray[Any], right: NDArray[Any]) -> Product:
    """left · right, counting the scalar multiplications as they are executed.

    The product is a sum of outer products, column by row; each is carried out in full, and the
    numbers that come out of it are counted.  Entries may be of any type that can be multiplied.
    """
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[0]:
        raise ValueError(f"shapes {left.shape} and {right.shape} do not fit")
    if left.shape[1] == 0:
        raise ValueError(f"shapes {left.shape} and {right.shape} leave nothing to multiply")
    total: NDArray[Any] | None = None
    counts: list[int] = []
    for column, row in zip(left.T, right, strict=True):
        terms = np.multiply.outer(column, row)
        counts.append((counts[-1] if counts else 0) + terms.size)
        total = terms if total is None else total + terms
    assert total is not None
    total.setflags(write=False)
    return Product(left, right, total, tuple(counts))


@dataclass(frozen=True, eq=False)
class Accumulation:
    """A chain multiplied out: the products in the order of execution, and J_L ⋯ J_1."""

    products: tuple[Product, ...]
    result: Array

    @cached_property
    def multiplications(self) -> int:
        return sum(product.multiplications for product in self.products)

    @cached_property
    def running_counts(self) -> tuple[tuple[int, ...], ...]:
        """For each product its `counts`, continued from the products before it."""
        starts = accumulate((p.multiplications for p in self.products), initial=0)
        return tuple(
            tuple(start + count for count in product.counts)
            for start, product in zip(starts, self.products, strict=False)
        )


def forward_accumulation(chain: Chain) -> Accumulation:
    """J_L (⋯ (J_2 J_1)): from the input, one column for each of the d_0 inputs."""
    products: list[Product] = []
    result, *others = chain.jacobians
    for jacobian in others:
        products.append(multiply(jacobian, result))
        result = products[-1].result
    return Accumulation(tuple(products), result)


def reverse_accumulation(chain: Chain) -> Accumulation:
    """((J_L J_(L−1)) ⋯) J_1: from the output, one row for each of the d_L outputs."""
    products: list[Product] = []
    *others, result = chain.jacobians
    for jacobian in reversed(others):
        products.append(multiply(result, jacobian))
        result = products[-1].result
    return Accumulation(tuple(products), result)


def check_sizes(sizes: Sequence[int]) -> None:
    """Raise ValueError unless `sizes` are d_0 … d_L with L ≥ 1 and each a positive integer."""
    if len(sizes) < 2 or any(d < 1 for d in sizes):
        raise ValueError(f"sizes {tuple(sizes)} are not two or more positive whole numbers")


def forward_multiplications(sizes: Sequence[int]) -> int:
    """Closed formula for forward accumulation: d_0 Σ d_l d_(l−1), l = 2 … L."""
    check_sizes(sizes)
    return sizes[0] * sum(n * m for m, n in pairwise(sizes[1:]))


def reverse_multiplications(sizes: Sequence[int]) -> int:
    """Closed formula for reverse accumulation: d_L Σ d_l d_(l−1), l = 1 … L − 1."""
    return forward_multiplications(tuple(reversed(sizes)))


def least_multiplications(sizes: Sequence[int]) -> int:
    """The fewest multiplications that any order takes, by dynamic programming.

    The matrix chain problem (Cormen et al., Introduction to Algorithms, "Matrix-chain
    multiplication"), O(L³).  It is easy because a chain of dense matrices is no general graph:
    for those, finding the cheapest way to a Jacobian is NP-complete (Naumann 2008).
    """
    check_sizes(sizes)
    length = len(sizes) - 1
    least = {(i, i): 0 for i in range(1, length + 1)}
    for span in range(1, length):
        for first in range(1, length + 1 - span):
            last = first + span
            least[first, last] = min(
                least[first, cut]
                + least[cut + 1, last]
                + sizes[last] * sizes[cut] * sizes[first - 1]
                for cut in range(first, last)
            )
    return least[1, length]


def forward_memory(sizes: Sequence[int]) -> tuple[int, ...]:
    """Numbers that forward mode holds at once for one input direction, step by step (L steps).

    A step reads one layer and writes the next; for both it holds the activations and their
    derivatives.  What lies further back is forgotten.  Weights are held in either mode and are
    not counted.
    """
    check_sizes(sizes)
    return tuple(2 * (n + m) for m, n in pairwise(sizes))


def reverse_memory(sizes: Sequence[int]) -> tuple[int, ...]:
    """Numbers that reverse mode holds at once for one output: L steps there, L steps back.

    On the way there every layer's activations pile up (from them the slopes of sigmoid, tanh and
    ReLU can be had again).  A step back from layer l reads its adjoint, writes that of layer
    l − 1, and forgets the activations of layer l.  Weights are not counted.
    """
    check_sizes(sizes)
    piled = list(accumulate(sizes))
    steps = range(len(sizes) - 1, 0, -1)
    back = [piled[step - 1] + sizes[step] + sizes[step - 1] for step in steps]
    return (*piled[1:], *back)
