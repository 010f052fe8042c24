"""Credits: what the films are made with, and the works that they stand on."""

from __future__ import annotations

from collections.abc import Mapping

from manim import LaggedStart

from scenes.pictures import theme
from scenes.pictures.animations import enter
from scenes.pictures.cards import Makers, Sources
from scenes.staging.film import Film
from scenes.studio.narrated import Quotable, beat

# Each part of the films, what made it, and the word of the line at which it is shown.
MADE_WITH = (
    ("numbers", "NumPy", "computed"),
    ("formulas", "SymPy", "derived"),
    ("pictures", "Manim Community", "Manim"),
    ("type", "Typst, in Fira Sans and Fira Math", "Typst"),
)
# What is said of the voice that speaks, and how it is written; nothing of any other.
VOICES = {
    "hibari-heart": ("; the voice is Hibari", "Hibari, Heart"),
    "flite-cmu_us_rms": ("; the voice is Flite", "Flite, cmu_us_rms"),
    "recordings": ("; the voice is the lecturer's own", "the lecturer's own"),
    "say": ("; the voice is that of the Mac", "say, macOS"),
}
SOURCES = (
    (
        "Rumelhart, Hinton and Williams, 1986",
        "Learning representations by back-propagating errors",
    ),
    ("Griewank and Walther, 2008", "Evaluating Derivatives"),
    ("Naumann, 2008", "Optimal Jacobian accumulation is NP-complete"),
    ("Goodfellow, Bengio and Courville, 2016", "Deep Learning"),
    ("Goh, 2017", "Why momentum really works"),
    (
        "Baydin, Pearlmutter, Radul and Siskind, 2018",
        "Automatic differentiation in machine learning: a survey",
    ),
)
LICENCE = "MIT licence: free to use, to change and to share"


class Credits(Film):
    """The closing titles of the whole film."""

    title = "Credits and sources"
    place = 100
    listed = False
    poster = "name_the_sources"

    def construct(self) -> None:
        self.name_the_makers()
        self.name_the_sources()

    @property
    def spoken_by(self) -> tuple[str, str] | None:
        """What to say and to write of the voice that speaks."""
        return next(
            (told for name, told in VOICES.items() if self.voice_name.startswith(name)), None
        )

    def values(self) -> Mapping[str, Quotable]:
        return {"spoken_by": self.spoken_by[0] if self.spoken_by else ""}

    def prepare(self) -> None:
        self.made_with = list(MADE_WITH)
        if self.spoken_by is not None:
            self.made_with.append(("voice", self.spoken_by[1], "voice"))
        self.makers = Makers([(part, name) for part, name, _ in self.made_with], self.stage.whole)
        self.sources = Sources(SOURCES, LICENCE, self.stage.whole)

    @beat(
        "Every number was computed, and every formula derived. "
        "Manim drew the pictures, and Typst set the type{spoken_by}.",
        lead=0.4,
        shows="A list: what made the numbers, the formulas, the pictures and the type.",
    )
    def name_the_makers(self) -> None:
        self.quick(self.heading("Made with"))
        self.reveal(self.makers.rows, (word for _, _, word in self.made_with), enter)

    @beat(
        "The ideas come from these works. "
        "The films are free to use, to change and to share, under the [MIT|em eye tee] licence.",
        rest=2.5,
        shows="A list of works, and the licence of the films.",
    )
    def name_the_sources(self) -> None:
        self.turn_to("Sources")
        appear = (enter(entry) for entry in self.sources.entries)
        entries = LaggedStart(*appear, lag_ratio=0.5)
        self.play(entries, run_time=2 * theme.TEMPO.slow, by="free")
        self.at("free").play(enter(self.sources.licence))
