"""``Film``: what every film stands on, so that a film's own file reads as its storyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from functools import cached_property

from manim import UP, Animation, AnimationGroup, FadeIn, FadeOut, ManimColor, Mobject

from scenes.maths.display.network import Numbers
from scenes.pictures import theme
from scenes.pictures.moves import Move, as_animation
from scenes.pictures.stage import Stage
from scenes.pictures.titles import Heading, TitleCard
from scenes.studio.narrated import NarratedScene


class Film(NarratedScene):
    """A narrated scene with the stage, the theme's colours and a heading line."""

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

    def heading(self, text: str) -> Animation:
        """The change to a new heading, in place of the one that is shown."""
        shown = [part for part in self.get_mobject_family_members() if isinstance(part, Heading)]
        gone = [FadeOut(old, shift=0.2 * UP) for old in shown]
        come = FadeIn(Heading(text, self.stage), shift=0.2 * UP)
        # One after the other: two headings at half strength in one place can't be read.
        return AnimationGroup(*gone, come, lag_ratio=0.8, run_time=theme.TEMPO.move)

    def turn_to(
        self,
        heading: str,
        *moves: Move,
        keep: Iterable[Mobject] = (),
        run_time: float | None = theme.TEMPO.quick,
    ) -> None:
        """Put up a new heading, while all leaves that neither is kept nor takes part in a move.

        With ``run_time=None`` each move takes the time that it has of its own.
        """
        played = [as_animation(move) for move in moves]
        kept = {id(part) for thing in keep for part in thing.get_family()}
        moved = {id(part) for move in played for part in move.mobject.get_family()}
        old = [part for thing in self.mobjects for part in _outside(thing, kept | moved)]
        gone = [FadeOut(*old)] if old else []
        self.play(*gone, self.heading(heading), *played, run_time=run_time)

    def open_with(self, subtitle: str, colour: ManimColor, *, until: str, heading: str) -> None:
        """Show the film's title until a word of its first line, then its first heading."""
        card = TitleCard(self.title, subtitle, colour, self.stage)
        self.quick(FadeIn(card, shift=0.2 * UP))
        self.at(until).turn_to(heading)


def _outside(thing: Mobject, stays: Set[int]) -> Iterator[Mobject]:
    """The parts of a thing that are to leave, as large as they can be; a heading is none."""
    family = thing.get_family()
    if id(thing) in stays or isinstance(thing, Heading):
        return
    if any(id(part) in stays or isinstance(part, Heading) for part in family):
        for part in thing.submobjects:
            yield from _outside(part, stays)
    elif thing.family_members_with_points():
        yield thing
