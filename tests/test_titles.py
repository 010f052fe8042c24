"""Opening and credits as played, with nothing rendered: words, layout, whose titles they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scenes.pictures.stage import Stage
from scenes.pictures.titles import Heading
from scenes.proof.examine import Scope, examine
from scenes.proof.watching import MIDDLE
from scenes.studio import catalogue
from scenes.studio.catalogue import Entry
from scenes.studio.settings import SCENES
from scenes.words.silent import SilentVoice
from tests.stages import film, lesson_file, played, small_frames, sources

LONG = {
    "mountain": "The mountain in the fog",
    "minima": "Local and global minima",
    "forward_pass": "The forward pass",
    "chain_rule": "The chain rule from the cost back to each weight",
    "reverse_mode": "Backpropagation's cost",
}
ONE = {"forward_pass": LONG["forward_pass"]}


@pytest.fixture(autouse=True)
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with small_frames(tmp_path_factory.mktemp("media")):
        yield


def entries(titles: dict[str, str]) -> list[Entry]:
    return [Entry(SCENES / f"{name}.py", "", title, 1) for name, title in titles.items()]


@pytest.mark.parametrize(
    ("titles", "lesson", "aspect"),
    [
        *((LONG, lesson, "16:9") for lesson in ("default", "one", "wide", "deep", "full")),
        (ONE, "default", "16:9"),
        (LONG, "default", "9:16"),
    ],
)
def test_nothing_is_wrong_with_an_opening_of_other_titles(
    titles: dict[str, str], lesson: str, aspect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "entries", lambda: entries(titles))
    monkeypatch.setenv("BACKPROP_VOICE", "silent")
    scope = Scope((aspect,), ("dark",))
    report = examine(SCENES / "opening.py", film("opening"), lesson_file(lesson), scope)
    # Titles as long as these take more room while they come in, for a moment.
    resting = [found for found in report.findings if found.phase != MIDDLE]
    assert not [f"{found.where}: {found.text}" for found in resting]


def test_the_opening_names_the_films_in_turn_and_shows_each_title(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalogue, "entries", lambda: entries(LONG))
    run, ends = played(film("opening"))
    said, shown = run.scene.records[0].line.shown, sources(ends)
    places = [said.index(title) for title in LONG.values()]
    assert places == sorted(places)
    assert all(title in shown for title in LONG.values())
    assert said.startswith(catalogue.TITLE)
    assert "five films" in shown


def test_the_titles_are_those_of_the_films() -> None:
    for entry in catalogue.entries():
        cls = film(entry.stem)
        assert (cls.title, cls.place, cls.listed) == (entry.title, entry.place, entry.listed)


def test_another_title_makes_another_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    made = set()
    for titles in (LONG, LONG | {"minima": "Valleys"}):
        monkeypatch.setattr(catalogue, "entries", lambda titles=titles: entries(titles))
        scene = film("opening")(skip_animations=True)
        scene.load()
        made.add(scene.made_by)
    assert len(made) == 2


def test_the_credits_name_no_voice_that_does_not_speak() -> None:
    class Hibari(SilentVoice):
        name = "hibari-heart"

    for voice, named in ((SilentVoice(), False), (Hibari(), True)):
        run, ends = played(film("credits"), voice=voice)
        assert run.scene.records[0].line.shown.endswith("; the voice is Hibari.") == named
        assert ("voice" in run.scene.records[0].line.shown) == named
        assert ("Hibari, Heart" in sources(ends)) == named


def test_the_credits_name_the_sources_and_the_licence() -> None:
    _, ends = played(film("credits"))
    for author in ("Rumelhart", "Griewank", "Naumann", "Goodfellow", "Goh", "Baydin"):
        assert author in sources(ends)
    licence = Path(SCENES.parent / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith("MIT License")
    assert "MIT" in sources(ends)


def test_headings_stand_on_one_line_whatever_their_letters() -> None:
    stage = Stage.now()
    headings = [Heading(text, stage) for text in ("Not convex", "Basins", "A way: up", "Iiii")]
    assert {round(h.baseline(), 3) for h in headings} == {round(headings[0].baseline(), 3)}
    assert all(h.get_top()[1] <= stage.title.top + 0.1 for h in headings)
