"""Opening and credits as played, with nothing rendered: words, layout, whose titles they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from manim import tempconfig

from scenes.pictures.stage import Stage
from scenes.pictures.titles import Heading
from scenes.studio import catalogue
from scenes.studio.catalogue import Entry
from scenes.studio.orders import films_in
from scenes.studio.settings import SCENES
from scenes.words.silent import SilentVoice
from tests.stages import (
    LESSONS,
    Frame,
    assert_all_inside,
    assert_all_large_enough,
    assert_none_covered,
    film,
    play,
    small_frames,
)

LONG = {
    "mountain": "The mountain in the fog",
    "minima": "Local and global minima",
    "forward_pass": "The forward pass",
    "chain_rule": "The chain rule, from the cost back to each weight",
    "reverse_mode": "Backpropagation's cost",
}
Played = tuple[Any, list[Frame]]


@pytest.fixture(scope="module", autouse=True)
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with small_frames(tmp_path_factory.mktemp("media")):
        yield


def entries(titles: dict[str, str]) -> list[Entry]:
    return [Entry(SCENES / f"{name}.py", title, 1) for name, title in titles.items()]


def opening(titles: dict[str, str], lesson: str | None = None) -> Played:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "entries", lambda: entries(titles))
        return play(film("opening"), lesson and LESSONS / f"{lesson}.toml")  # type: ignore[arg-type]


CASES = [
    "default",
    "one",
    "wide",
    "deep",
    "full",
    "one film",
    "upright",
    "credits",
    "upright credits",
]


@pytest.fixture(scope="module", params=CASES)
def played(request: pytest.FixtureRequest) -> Iterator[Played]:
    case = request.param
    upright = {"pixel_width": 180, "pixel_height": 320, "frame_width": 8.0, "frame_height": 128 / 9}
    with tempconfig(upright if "upright" in case else {}):
        if "credits" in case:
            yield play(film("credits"))
        elif case == "one film":
            yield opening({"forward_pass": LONG["forward_pass"]})
        else:
            yield opening(LONG, case if (LESSONS / f"{case}.toml").is_file() else None)


def test_a_picture_keeps_up_with_its_words(played: Played) -> None:
    scene, _ = played
    late = {r.script.name: r.cues_late for r in scene.records if r.cues_late}
    assert all(frames <= 2 for cues in late.values() for frames in cues.values()), late


def test_everything_stays_inside_the_frame_and_above_the_captions(played: Played) -> None:
    _, frames = played
    assert_all_inside(frames)


def test_no_text_is_too_small_to_read_or_covers_another(played: Played) -> None:
    _, frames = played
    assert_all_large_enough(frames)
    assert_none_covered(frames)


def test_the_opening_names_the_films_in_turn_and_shows_each_title() -> None:
    scene, (frame,) = opening(LONG)
    said = scene.records[0].line.shown
    shown = " ".join(text.source for text in frame.texts)
    places = [said.index(title) for title in LONG.values()]
    assert places == sorted(places)
    assert all(title in shown for title in LONG.values())
    assert said.startswith(catalogue.TITLE)
    assert "five films" in shown


def test_the_titles_are_those_of_the_films() -> None:
    for entry in catalogue.entries():
        (cls,) = films_in(entry.path)
        assert (cls.title, cls.place, cls.listed) == (entry.title, entry.place, entry.listed)


def test_another_title_makes_another_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    made = set()
    for titles in (LONG, LONG | {"minima": "Valleys"}):
        monkeypatch.setattr(catalogue, "entries", lambda titles=titles: entries(titles))
        scene = film("opening")(skip_animations=True)
        scene.load()
        made.add(scene.fingerprint)
    assert len(made) == 2


def test_opening_and_credits_are_short() -> None:
    for name, least, most in (("opening", 5, 20), ("credits", 12, 25)):
        scene, _ = play(film(name))
        assert least <= scene.timeline.frame / scene.timeline.fps <= most


def test_the_credits_name_no_voice_that_does_not_speak() -> None:
    cls = film("credits")
    scene, frames = play(cls)
    assert "voice" not in scene.records[0].line.shown
    assert not any("Hibari" in text.source for text in frames[0].texts)

    class Hibari(SilentVoice):
        name = "hibari-heart"

    cls.voice = Hibari()
    spoken: Any = cls(skip_animations=True)
    spoken.render()
    assert spoken.records[0].line.shown.endswith("; the voice is Hibari.")
    assert "Hibari, Heart" in spoken.makers.rows[-1][1].plain


def test_the_credits_name_the_sources_and_the_licence() -> None:
    _, frames = play(film("credits"))
    shown = " ".join(text.source for text in frames[-1].texts)
    for author in ("Rumelhart", "Griewank", "Naumann", "Goodfellow", "Goh", "Baydin"):
        assert author in shown
    licence = Path(SCENES.parent / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith("MIT License")
    assert "MIT" in shown


def test_headings_stand_on_one_line_whatever_their_letters() -> None:
    stage = Stage.now()
    headings = [Heading(text, stage) for text in ("Not convex", "Basins", "A way: up", "Iiii")]
    assert {round(h.baseline(), 3) for h in headings} == {round(headings[0].baseline(), 3)}
    assert all(h.get_top()[1] <= stage.title.top + 0.1 for h in headings)
