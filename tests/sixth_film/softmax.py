"""Softmax: outputs turned into shares.  A film as somebody else might add it."""

from __future__ import annotations

from collections.abc import Mapping

from manim import FadeIn
from scenes.maths.softmax import shares
from scenes.pictures.softmax import Bars

from scenes.maths.display.spelling import count
from scenes.staging.film import Film
from scenes.studio.narrated import Quotable, beat

# Lines that depend on the lesson; values() chooses.
FIRST = {
    "largest": "The first of them is the largest.",
    "not the largest": "The first of them is not the largest.",
    "alone": "A single output has all of it.",
}


class Softmax(Film):
    """What softmax makes of the network's outputs."""

    title = "Softmax"
    place = 6

    def construct(self) -> None:
        self.make_shares()
        self.compare_them()

    def values(self) -> Mapping[str, Quotable]:
        self.shares = shares(self.numbers)
        first, *others = (share.value for share in self.shares)
        case = "largest" if first >= max(others, default=0) else "not the largest"
        return {
            "outputs": count(len(self.shares), "output"),
            "first": self.shares[0],
            "comparison": FIRST[case if others else "alone"],
        }

    def prepare(self) -> None:
        self.bars = Bars(self.shares, self.stage.whole)

    @beat(
        "[Softmax|soft max] makes shares of {outputs}: {first} for the first.",
        shows="A bar for each output, with its share.",
    )
    def make_shares(self) -> None:
        self.quick(self.heading("Shares"))
        self.at("shares").quick(FadeIn(self.bars))

    @beat("{comparison} Together, they come to one.", shows="The bars again.")
    def compare_them(self) -> None:
        self.slow(self.bars.animate.set_color(self.colours.cost))
