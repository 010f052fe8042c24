"""Beats that are remembered: after any single change the film is as one made from scratch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import Circle, tempconfig

from scenes.maths.lesson.reader import DEFAULT_LESSON, load_lesson
from scenes.studio import orders
from scenes.studio.looks import Look
from scenes.studio.manifest import read_manifest
from scenes.studio.reads import Reads
from scenes.studio.recall import told
from tests.studio.media import frames, sound

FILM = '''
from manim import DOWN, RIGHT, Circle, Create, FadeIn, Square
from scenes.studio.narrated import NarratedScene, beat
from scenes.words.silent import SilentVoice

PACE = 150

def wide():
    return 1.0

class Three(NarratedScene):
    """Three beats, whose pictures hang together in hidden ways."""

    voice = SilentVoice(PACE)
    way = RIGHT

    def construct(self):
        self.first()
        self.second()
        self.third()

    @beat("Here is a circle.")
    def first(self):
        self.steps = [1]
        self.circle = Circle(0.5)
        self.play(Create(self.circle), run_time=0.3)

    @beat("It moves, and a square comes in.")
    def second(self):
        by = self.lesson.network.learning_rate * self.steps[0]
        self.circle.add_updater(lambda one, dt, by=by: one.shift(by * dt * self.way))
        self.play(FadeIn(Square(wide())), run_time=0.4)
        self.circle.clear_updaters()

    @beat("That is all.")
    def third(self):
        self.play(self.circle.animate.scale(0.7), run_time=0.3)
'''


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("scenes.studio.settings.apply_house_settings", lambda given=None: None)
    settings = {
        "pixel_width": 160,
        "pixel_height": 90,
        "frame_rate": 15,
        "progress_bar": "none",
        "verbosity": "ERROR",
    }
    with tempconfig(settings):
        yield


@dataclass
class Made:
    """A film that was made, and the beats whose frames were looked at for it."""

    pictures: list[bytes]
    sound: bytes
    captions: str
    looked: set[str]


def make(
    media: Path, tmp_path: Path, *changes: tuple[str, str], lesson: str = "", theme: str = "dark"
) -> Made:
    """The film with pieces of its source and of its lesson changed."""
    text = FILM
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "three.py"
    file.write_text(text, encoding="utf-8")
    given = DEFAULT_LESSON.read_text(encoding="utf-8")
    if lesson:
        key = lesson.partition("=")[0]
        (line,) = [line for line in given.splitlines() if line.startswith(key)]
        given = given.replace(line, lesson)
    (tmp_path / "lesson.toml").write_text(given, encoding="utf-8")
    looked: set[str] = set()

    class Spy(Look):
        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            looked.add(scene.records[-1].script.name)

    with pytest.MonkeyPatch.context() as patch, tempconfig({"media_dir": str(media)}):
        patch.setenv("BACKPROP_LESSON", str(tmp_path / "lesson.toml"))
        patch.setenv("BACKPROP_THEME", theme)
        patch.setattr("scenes.studio.renderer.Look", Spy)
        (cls,) = orders.films_in(file)
        scene: Any = cls()
        scene.render()
        path = scene.renderer.file_writer.movie_file_path
    captions = path.with_suffix(".srt").read_text("utf-8")
    seen = [picture.tobytes() for picture in frames(path)]
    return Made(seen, sound(path).tobytes(), captions, looked)


ALL = {"first", "second", "third"}
CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "nothing": ({}, set()),
    "a word of the first line": ({"changes": ("a circle.", "a round circle.")}, {"first"}),
    "a word of the last line": ({"changes": ("is all", "was all")}, {"third"}),
    "the code of a beat": ({"changes": ("scale(0.7)", "scale(0.9)")}, {"third"}),
    "code whose result is the same": ({"changes": ("Circle(0.5)", "Circle(1 / 2)")}, {"first"}),
    "a picture": ({"changes": ("Circle(0.5)", "Circle(0.6)")}, ALL),
    "what is hidden in the state": (
        {"changes": ("self.steps = [1]", "self.steps = [2]")},
        ALL,
    ),
    "what beats share": ({"changes": ("return 1.0", "return 1.5")}, ALL),
    "a field of the class": ({"changes": ("way = RIGHT", "way = DOWN")}, ALL),
    "a number that is read": ({"lesson": "learning_rate = 0.7"}, {"second", "third"}),
    "a number that is not read": ({"lesson": "target = [0.9, 0.1]"}, set()),
    "the theme": ({"theme": "light"}, ALL),
    "the voice": ({"changes": ("PACE = 150", "PACE = 180")}, ALL),
}


@pytest.mark.parametrize("name", CHANGES)
def test_after_a_change_the_film_is_as_one_made_from_scratch(name: str, tmp_path: Path) -> None:
    change, looked = CHANGES[name]
    asked = {"lesson": "", "theme": "dark"} | change
    changes = [asked.pop("changes")] if "changes" in asked else []
    before = make(tmp_path / "kept", tmp_path)
    assert before.looked == ALL
    after = make(tmp_path / "kept", tmp_path, *changes, **asked)
    scratch = make(tmp_path / "new", tmp_path, *changes, **asked)
    assert after.pictures == scratch.pictures
    assert (after.sound, after.captions) == (scratch.sound, scratch.captions)
    assert after.looked == looked
    assert scratch.looked == ALL


def test_what_was_changed_back_is_remembered(tmp_path: Path) -> None:
    for lesson in ("learning_rate = 0.7", "learning_rate = 0.2"):
        make(tmp_path / "kept", tmp_path, lesson=lesson)
    assert make(tmp_path / "kept", tmp_path, lesson="learning_rate = 0.7").looked == set()


def test_segments_that_are_gone_are_drawn_again(tmp_path: Path) -> None:
    first = make(tmp_path / "kept", tmp_path)
    victim = min((tmp_path / "kept").rglob("partial_movie_files/*/*.mp4"))
    victim.unlink()
    second = make(tmp_path / "kept", tmp_path)
    assert second.pictures == first.pictures
    assert len(second.looked) == 1


def test_a_memory_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    first = make(tmp_path / "kept", tmp_path)
    for file in (tmp_path / "kept" / "beats").iterdir():
        file.write_text('[{"values": 1', encoding="utf-8")
    second = make(tmp_path / "kept", tmp_path)
    assert (second.pictures, second.looked) == (first.pictures, ALL)


# -- what is told of a state


def test_whatever_an_object_holds_is_told() -> None:
    def with_updater(by: float) -> Circle:
        return Circle().add_updater(lambda one: one.shift(by))

    states: list[Any] = [
        Circle(),
        Circle(2.0),
        with_updater(1.0),
        with_updater(2.0),
        [1, 2],
        (1, 2),
        {"a": 1},
        np.arange(3),
        np.arange(3.0),
        lambda: 1,
        lambda: 2,
        lambda x=1: x,
        lambda x=2: x,
        Circle,
        "circle",
    ]
    assert len({told(state) for state in states}) == len(states)
    assert told(with_updater(1.0)) == told(with_updater(1.0))
    assert told(Circle().copy()) == told(Circle())


def test_of_what_cannot_be_told_nothing_is_said() -> None:
    assert told([open]) is not None
    assert told(iter(())) is not None
    with DEFAULT_LESSON.open(encoding="utf-8") as file:
        assert told({"file": file}) is None
    assert told(i for i in "generators") is None


# -- what is read of a lesson


def test_reads_are_noted_where_they_happen() -> None:
    reads, given = Reads(), load_lesson(DEFAULT_LESSON)
    lesson = reads.of(given)
    assert lesson.network.layers == given.network.layers
    assert lesson.curve.convex.starts == given.curve.convex.starts
    assert reads == {"network.layers", "curve.convex.starts"}
    reads.lately.clear()
    assert lesson.network.layers
    assert reads.lately == {"network.layers"}
    assert lesson.digest == given.digest
    assert len(reads) == 2


def test_a_film_says_what_it_has_read(tmp_path: Path) -> None:
    make(tmp_path / "kept", tmp_path)
    (file,) = (tmp_path / "kept").rglob("*/Three.json")
    assert read_manifest(file)["reads"] == ["network.learning_rate"]
