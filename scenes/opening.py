"""Opening: the name, and the films as a chain that the signal runs along."""

from __future__ import annotations

import re
from collections.abc import Mapping

from manim import UP, Create, FadeIn

from scenes.maths.display.spelling import Phrase, count
from scenes.pictures.animations import enter
from scenes.pictures.emblems import Contents
from scenes.pictures.titles import TitleCard
from scenes.staging.emblems import emblem_of
from scenes.staging.film import Film
from scenes.studio import catalogue
from scenes.studio.narrated import Quotable, beat

FILMS = tuple(entry for entry in catalogue.in_whole_film() if entry.listed)


class Opening(Film):
    """The title sequence of the whole film."""

    title = "Opening"
    place = 0
    listed = False
    # A film's new title makes a new opening.
    films = tuple((entry.stem, entry.title) for entry in FILMS)

    def construct(self) -> None:
        self.name_the_films()

    def values(self) -> Mapping[str, Quotable]:
        names = {
            film: Phrase(title, " ".join(re.findall("[a-z']+", title.lower())))
            for film, title in self.films
        }
        in_turn = ". ".join(f"{{{film}}}" for film in names)
        return {"titles": in_turn, **names}

    def prepare(self) -> None:
        above, below = self.stage.whole.split(0.4)
        about = f"{count(len(self.films), 'film').shown} on how a network learns"
        self.card = TitleCard(catalogue.TITLE, about, self.colours.gradient, self.stage)
        above.fit(self.card)
        emblems = [emblem_of(entry, self.lesson) for entry in FILMS]
        self.contents = Contents([title for _, title in self.films], emblems, below)

    @beat(
        "Backpropagation, seen: {titles}.",
        lead=0.5,
        rest=1.5,
        shows=(
            "The title, and the films one after another, joined by a line, each with its title and "
            "a small drawing in a ring."
        ),
    )
    def name_the_films(self) -> None:
        self.quick(FadeIn(self.card.name_line, shift=0.2 * UP))
        under = enter(self.card.under)
        self.quick(Create(self.card.rule), under)
        for number, (film, _) in enumerate(self.films):
            self.at(film).quick(self.contents.enter(number))
            following = dict(enumerate(name for name, _ in self.films)).get(number + 1)
            self.quick(self.contents.draw(number), by=following)
        self.slow(self.contents.way_back())
