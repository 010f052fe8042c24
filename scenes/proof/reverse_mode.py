"""What is true of forward and reverse mode: their multiplications and their memory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import pairwise

import mpmath

from scenes.maths.key import Key, key_of
from scenes.maths.reverse_mode import BATCH, BROAD, DEEP, WIDTHS
from scenes.proof.film import Claims, Counts
from scenes.proof.network import NetworkProof


class Proof(NetworkProof):
    """Of ReverseModeCost."""

    not_worked_out = (r'"difference" ',)  # a bound, compared with the difference itself
    true_of_all = (
        r"Both find the same gradient, but for rounding",
        r"the largest difference between them",  # what is measured; the number itself is checked
    )

    def values(self, key: str, printed: float) -> Sequence[mpmath.mpf]:
        shown = {
            "side": {*self.lesson.network.layers, 1, BATCH},
            "size": {*self.lesson.chain.sizes},
            "width": {*WIDTHS},
        }
        if printed in shown.get(key, ()):
            return (mpmath.mpf(printed),)
        return super().values(key, printed)

    @staticmethod
    def multiplications(sizes: Sequence[int], *, back: bool) -> int:
        """Scalar multiplications of a chain from one end to the other: rows × inner × columns."""
        first, *others = reversed(sizes) if back else sizes
        return sum(first * inner * last for inner, last in pairwise(others))

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

    def value(self, key: str) -> mpmath.mpf | None:
        parsed = Key.parse(key)
        if parsed.name == "gradient":
            return self.network.by(key_of("x", *parsed.at))
        large = self.lesson.chain.sizes
        chains = {
            "": self.jacobian_sizes,
            "large ": large,
            "flipped ": large[::-1],
            "widest, ": (WIDTHS[-1],) * 4 + (1,),
        }
        counts = {"held there": self.held_there, "held back": self.held_back}
        counts |= {"wide": BROAD, "deep": DEEP}
        for name, sizes in chains.items():
            way = " mode" if name.endswith(", ") else ""
            counts[f"{name}forward{way}"], counts[f"{name}reverse{way}"] = self._both(sizes)
        return counts[key] if key in counts else super().value(key)

    # -- what is said

    def counts(self) -> Counts:
        forward, back = self._both(self.jacobian_sizes)
        return {
            "inputs": lambda: self.lesson.network.layers[0],
            "forward_count": lambda: forward,
            "reverse_count": lambda: back,
        }

    def claims(self) -> Claims:
        small, large = self._both(self.jacobian_sizes), self._both(self.lesson.chain.sizes)
        cheapest = self.cheapest(self.lesson.chain.sizes)
        return {
            r"their price, not their value": lambda: small[1] < small[0],
            r"at the same price": lambda: small[1] >= small[0],
            r"the tangents are stacked: matrix times matrix": lambda: (
                self.lesson.network.layers[0] > 1
            ),
            r"one direction is enough": lambda: self.lesson.network.layers[0] == 1,
            r"no order of these products beats reverse mode": lambda: cheapest == large[1],
            r"a mixed order would even beat both": lambda: cheapest < min(large),
            r"The wider the layers, the further the two come apart": self._come_apart,
            r"forward mode wins|square of forward mode is the smaller one": lambda: (
                large[1] < large[0]
            ),
            r"all values are kept": lambda: self.held_back > self.held_there,
        }

    def _both(self, sizes: Sequence[int]) -> tuple[int, int]:
        """Multiplications forward and back."""
        return self.multiplications(sizes, back=False), self.multiplications(sizes, back=True)

    def _come_apart(self) -> bool:
        """The difference of the two counts grows with the width."""
        counts = [self._both((n, n, n, n, 1)) for n in (4, 8, 12, 16, 20, 24)]
        gaps = [forward - back for forward, back in counts]
        return all(low < high for low, high in pairwise(gaps))
