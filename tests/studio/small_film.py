"""A film of a few seconds, to try the studio on."""

from __future__ import annotations

from collections.abc import Mapping

from manim import RIGHT, Circle, Create, FadeOut, Square, ValueTracker, always_redraw

from scenes.maths.display.network import Numbers
from scenes.studio.narrated import NarratedScene, Quotable, beat


class Small(NarratedScene):
    """Three beats: a move tied to a word, an updater that reads a field, and a farewell."""

    title = "Small"
    poster = "show_a_circle"
    width = 1.0

    def construct(self) -> None:
        self.show_a_circle()
        self.move_by_a_field()
        self.say_goodbye()

    def values(self) -> Mapping[str, Quotable]:
        return {"first": Numbers.of(self.lesson).x(0), "thing": "a circle"}

    @beat("Here is {thing}, and the first input is {first}.", lead=0.3)
    def show_a_circle(self) -> None:
        self.circle = Circle()
        self.play(Create(self.circle), run_time=0.41)
        self.at("first")
        self.play(self.circle.animate.shift(RIGHT), run_time=0.333)

    @beat("It moves.")
    def move_by_a_field(self) -> None:
        tracker = ValueTracker(0.0)
        square = always_redraw(lambda: Square(self.width).shift(tracker.get_value() * RIGHT))
        self.add(square)
        self.play(tracker.animate.set_value(1.0), run_time=0.37)
        square.clear_updaters()

    @beat("Goodbye.")
    def say_goodbye(self) -> None:
        self.play(FadeOut(self.circle), run_time=0.2)
