"""``Film``: what every film stands on, so that a film's own file reads as its storyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from functools import cached_property

from manim import UP, Animation, AnimationGroup, FadeIn, FadeOut, ManimColor, Mobject

from scenes.maths.display.network import Numbers
from scenes.pictures import theme
from scenes.pictures.animations import Move, as_animation
from scenes.pictures.network import CostNode, NetworkPicture
from scenes.pictures.stage import Stage
from scenes.pictures.titles import Heading, TitleCard
from scenes.studio.narrated import NarratedScene


class Film(NarratedScene):
    """A narrated scene with the stage, the theme's colours, a heading, and verbs for its beats.

    A beat turns to what it is about, and lets things come and move at the words of its line::

        @beat("Add the bias, and the sum is {z}.")
        def add_the_bias(self) -> None:
            self.turn_to("The sum", keep=[self.network])
            self.at("bias").quick(enter(self.bias))
            self.at("z").play(Write(self.total))

    What a beat leaves behind is cleared by the next one that turns to something else, and what that
    one keeps comes in if it is not there: beats can be moved and dropped.
    """

    @property
    def background(self) -> ManimColor:
        """The theme's."""
        return self.colours.background

    @cached_property
    def colours(self) -> theme.Palette:
        """The theme's colours, by what they mean."""
        return theme.palette()

    @cached_property
    def stage(self) -> Stage:
        """Where things go in the frame in use."""
        return Stage.now()

    # -- the lesson's network

    @cached_property
    def numbers(self) -> Numbers:
        """Every number of the network, as it is shown and said."""
        return Numbers.of(self.lesson)

    @property
    def depth(self) -> int:
        """How many layers follow the inputs."""
        return len(self.lesson.network.layers) - 1

    @property
    def pace(self) -> float:
        """Seconds for one layer: a deep network takes no longer than a shallow one."""
        return theme.TEMPO.move * min(1.0, 2 / self.depth)

    def signal_through(self, network: NetworkPicture, pace: float) -> None:
        """Let the signal run through all layers, each in so many seconds."""
        for layer in range(1, self.depth + 1):
            self.play(network.pulses_into(layer), run_time=pace)

    def gradient_through(self, cost: CostNode, network: NetworkPicture, pace: float) -> None:
        """Let the gradient run back from the cost through all layers, each in so many seconds."""
        self.play(cost.sparks(back=True), run_time=pace)
        for layer in range(self.depth, 0, -1):
            self.play(network.pulses_back(layer), run_time=pace)

    # -- plays

    def quick(self, *moves: Move, by: str | None = None) -> None:
        """Play moves in a moment."""
        self.play(*moves, run_time=theme.TEMPO.quick, by=by)

    def slow(self, *moves: Move, by: str | None = None) -> None:
        """Play moves that the eye is to follow."""
        self.play(*moves, run_time=theme.TEMPO.slow, by=by)

    def reveal(
        self,
        things: Iterable[Mobject],
        words: Iterable[str],
        how: Callable[[Mobject], Move] = FadeIn,
        by: str | None = None,
    ) -> None:
        """Let each thing come in at its word of the line."""
        for thing, word in zip(things, words, strict=True):
            self.at(word).quick(how(thing), by=by)

    # -- the heading

    def _headings(self) -> list[Heading]:
        """What stands on the heading's line."""
        return [part for part in self.get_mobject_family_members() if isinstance(part, Heading)]

    def heading(self, text: str) -> Animation:
        """The change to a new heading, in place of the one that is shown."""
        gone = [FadeOut(old, shift=0.2 * UP) for old in self._headings()]
        come = FadeIn(Heading(text, self.stage), shift=0.2 * UP)
        # One after the other: two headings at half strength in one place can't be read.
        return AnimationGroup(*gone, come, lag_ratio=0.8, run_time=theme.TEMPO.move)

    def turn_to(
        self,
        heading: str,
        *moves: Move,
        keep: Sequence[Mobject] = (),
        run_time: float | None = theme.TEMPO.quick,
    ) -> None:
        """Put up a new heading, and clear the stage for what comes under it.

        What is kept stays, or comes in if it does not stand there yet; what takes part in a move is
        left to it; all else leaves.  With ``run_time=None`` each move takes its own time.
        """
        played = [as_animation(move) for move in moves]
        moved = {id(part) for move in played for part in move.mobject.get_family()}
        old = _outside(self.mobjects, moved | _parts([*keep, *self._headings()]))
        new = _outside(keep, moved | _parts(self.mobjects))
        change = [*([FadeOut(*old)] if old else []), *([FadeIn(*new)] if new else [])]
        self.play(*change, self.heading(heading), *played, run_time=run_time)

    def open_with(self, subtitle: str, colour: ManimColor, *, until: str, heading: str) -> None:
        """Show the film's title until a word of its first line, then its first heading."""
        card = TitleCard(self.title, subtitle, colour, self.stage)
        self.quick(FadeIn(card, shift=0.2 * UP))
        self.at(until).turn_to(heading)


def _parts(things: Iterable[Mobject]) -> frozenset[int]:
    """The identities of things and of all their parts."""
    return frozenset(id(part) for thing in things for part in thing.get_family())


def _outside(things: Iterable[Mobject], known: Set[int]) -> list[Mobject]:
    """What there is of things besides the parts that are known, in pieces as large as can be."""
    found: list[Mobject] = []
    for thing in things:
        if id(thing) in known:
            continue
        if known & _parts([thing]):
            found += _outside(thing.submobjects, known)
        elif thing.family_members_with_points():
            found.append(thing)
    return found
