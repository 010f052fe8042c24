"""Softmax: outputs turned into shares.  A film as somebody else might add it."""

from __future__ import annotations

from collections.abc import Mapping

from scenes.maths.softmax import shares
from scenes.pictures.softmax import Bars

from scenes.staging.film import Film
from scenes.studio.narrated import Quotable, beat

LARGER = {True: "The first share is the larger one.", False: "The first share is no larger."}


class Softmax(Film):
    """What softmax makes of the network's outputs."""

    title = "Softmax"
    place = 6

    def construct(self) -> None:
        self.make_shares()
        self.compare_them()

    def values(self) -> Mapping[str, Quotable]:
        self.shares = shares(self.lesson)
        first, second = self.shares[:2]
        return {
            "first": first,
            "second": second,
            "larger": LARGER[first.value > second.value],
        }

    def prepare(self) -> None:
        self.bars = Bars(self.shares, self.stage.whole)

    @beat(
        "[Softmax|soft max] makes shares of the outputs: here {first} and {second}.",
        shows="Two bars, one for each output, with their numbers.",
    )
    def make_shares(self) -> None:
        self.quick(self.heading("Shares"))
        self.reveal(self.bars, ("first", "second"))

    @beat("{larger} Together, they come to one.", shows="The two bars again.")
    def compare_them(self) -> None:
        self.slow(self.bars.animate.set_color(self.colours.cost))
