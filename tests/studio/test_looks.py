"""Frames that are known before they are drawn: no picture is stale, and none is drawn in vain."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import (
    BLUE,
    LEFT,
    RED,
    RIGHT,
    UP,
    Camera,
    Circle,
    Create,
    FadeIn,
    Group,
    ImageMobject,
    Line,
    Mobject,
    PMobject,
    Square,
    VGroup,
    tempconfig,
)
from manim.scene.video_segment_encoder import VideoSegmentEncoder

from scenes.pictures.equations import Formula, Words
from scenes.studio import copying, renderer
from scenes.studio.looks import Look
from scenes.studio.narrated import NarratedScene, beat
from scenes.studio.writer import FilmWriter
from scenes.words.silent import SilentVoice


@pytest.fixture(autouse=True)
def small(tmp_path: Path) -> Iterator[None]:
    settings = {
        "pixel_width": 160,
        "pixel_height": 90,
        "frame_rate": 15,
        "media_dir": str(tmp_path),
        "progress_bar": "none",
        "verbosity": "ERROR",
    }
    with tempconfig(settings):
        yield


# -- looks


def things() -> Any:
    return VGroup(Circle(), Square().shift(RIGHT), Line(LEFT, UP))


def digest(*mobjects: Mobject) -> bytes | None:
    return Look(Camera(), mobjects).digest


CHANGES: dict[str, Callable[[Any], Any]] = {
    "place": lambda g: g[1].shift(1e-9 * UP),
    "fill": lambda g: g[0].set_fill(RED, 0.5),
    "opacity": lambda g: g[0].set_stroke(opacity=0.999),
    "stroke": lambda g: g[2].set_stroke(width=4.001),
    "colour": lambda g: g[2].set_stroke(BLUE),
    "gradient": lambda g: g[0].set_fill([RED, BLUE], 1),
    "direction of a gradient": lambda g: g[0].set_fill([RED, BLUE], 1).set_sheen_direction(UP),
    "behind": lambda g: g[1].set_stroke(RED, 3, background=True),
    "order": lambda g: g[0].set_z_index(1),
    "number": lambda g: g.remove(g[0]),
    "more points": lambda g: g[0].insert_n_curves(1),
    "cap": lambda g: setattr(g[2], "cap_style", "round"),
}


def test_whatever_is_seen_is_in_the_digest() -> None:
    seen = {digest(things())}
    for change in CHANGES.values():
        group = things()
        change(group)
        seen.add(digest(group))
    assert len(seen) == 1 + len(CHANGES)
    assert None not in seen


def test_what_looks_alike_has_one_digest() -> None:
    group = things()
    group.name, group[0].tag = "other", object()
    assert digest(group) == digest(things()) == digest(*things())


def test_an_image_is_known_by_its_pixels() -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    other = pixels.copy()
    other[2, 2, 1] = 1
    assert digest(ImageMobject(pixels)) == digest(ImageMobject(pixels.copy()))
    assert digest(ImageMobject(pixels)) != digest(ImageMobject(other))


def test_of_an_unknown_kind_nothing_is_said() -> None:
    cloud = PMobject()
    cloud.add_points([RIGHT], color=RED)
    assert digest(cloud) is None


def test_a_look_stays_as_it_was() -> None:
    camera, group = Camera(), things()
    look = Look(camera, [group])
    camera.reset()
    look.draw(camera)
    before = camera.pixel_array.copy()
    group.shift(RIGHT).set_color(RED)
    camera.reset()
    look.draw(camera)
    assert (camera.pixel_array == before).all()
    assert before.any()


# -- copies


def test_copies_are_those_that_manim_makes() -> None:
    def own(mobject: Mobject, memo: dict[int, Any]) -> Mobject:
        made = mobject.__class__.__new__(mobject.__class__)
        memo[id(mobject)] = made
        for name, value in mobject.__dict__.items():
            setattr(made, name, copy.deepcopy(value, memo))
        made.original_id = str(id(mobject))
        return made

    image = ImageMobject(np.zeros((2, 2, 4)))
    group: Any = Group(Circle(), Words("word"), Formula("x^2"), image)
    group.kept = {"first": group[0], "all": [group[0], (group[1], 1)]}
    group[0].add_updater(lambda mobject: mobject)
    quick: Any = copying._copied(group, {})
    slow = own(group, {})
    for one, other in zip(quick.get_family(), slow.get_family(), strict=True):
        assert type(one) is type(other)
        assert list(one.__dict__) == list(other.__dict__)
        assert one.original_id == other.original_id
        for name, value in one.__dict__.items():
            if isinstance(value, np.ndarray):
                assert (value == other.__dict__[name]).all()
    assert quick.kept["first"] is quick.kept["all"][0] is quick[0] is not group[0]
    assert quick[0].updaters == group[0].updaters
    quick[0].points[:] = 0
    assert group[0].points.any()


# -- type


@pytest.mark.parametrize(("kind", "source"), [(Words, "Some words"), (Formula, "a^2 {{ b : c }}")])
def test_type_that_was_set_before_is_the_same(kind: Any, source: str, tmp_path: Path) -> None:
    from scenes.pictures import equations

    made = []
    for _ in range(3):
        made.append(kind(source))
        if len(made) == 2:
            equations._SET.clear()  # as in another run
    assert len(list((tmp_path / "type").iterdir())) == 1
    assert len({digest(one) for one in made}) == 1
    assert len({one.baseline() for one in made}) == 1
    assert made[0][0] is not made[1][0]
    assert digest(kind(source, size=30)) != digest(made[0])
    if kind is Formula:
        assert digest(made[2].part("c")) == digest(made[0].part("c"))


# -- films


class Plain(NarratedScene):
    """Two beats, of which the second has a wait and a thing that moves on its own."""

    voice = SilentVoice()
    radius, side, line = 1.0, 1.0, "It goes on."

    def construct(self) -> None:
        self.first()
        self.second()

    @beat("Here is a circle.")
    def first(self) -> None:
        self.circle = Circle(self.radius, fill_opacity=0.5)
        self.play(Create(self.circle), run_time=0.5)
        self.play(self.circle.animate.shift(RIGHT), run_time=0.5)

    @beat("{what}")
    def second(self) -> None:
        square = Square(self.side).add_updater(lambda one, dt: one.rotate(dt))
        self.play(FadeIn(square), run_time=0.4)
        self.wait(0.4)
        square.clear_updaters()

    def values(self) -> dict[str, Any]:
        return {"what": self.line}


def film(folder: Path, **changes: Any) -> tuple[Any, list[bytes]]:
    """A variant of the film, rendered into a folder: the scene, and the decoded pictures."""
    cls = type("Plain", (Plain,), changes)
    with tempconfig({"media_dir": str(folder), "input_file": "plain.py"}):
        scene: Any = cls()
        scene.render()
    with av.open(str(scene.renderer.file_writer.movie_file_path)) as container:
        pictures = [
            frame.to_ndarray(format="rgb24").tobytes() for frame in container.decode(video=0)
        ]
    return scene, pictures


def segments(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("partial_movie_files/*/*.mp4")}


VARIANTS: dict[str, dict[str, Any]] = {
    "a value of the first beat": {"radius": 1.5},
    "a value of the second": {"side": 2.0},
    "a line": {"line": "It goes on, and on, and on."},
    "colours": {"background": property(lambda self: RED)},
}


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_a_changed_film_is_as_one_made_from_scratch(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    film(tmp_path / "kept")
    before = segments(tmp_path / "kept")
    _, after = film(tmp_path / "kept", **changes)
    _, scratch = film(tmp_path / "new", **changes)
    assert after == scratch
    new = segments(tmp_path / "kept") - before
    assert new == segments(tmp_path / "new") - before


def test_only_what_has_changed_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Look] = []
    right = Look.draw

    def draw(look: Look, camera: Camera) -> None:
        drawn.append(look)
        right(look, camera)

    monkeypatch.setattr(Look, "draw", draw)
    film(tmp_path)
    cold = len(drawn)
    film(tmp_path)
    assert len(drawn) == cold
    film(tmp_path, side=2.0)
    second = len(drawn) - cold
    assert 0 < second < cold
    film(tmp_path, line="It goes on now.")
    assert len(drawn) - cold - second <= 2  # the last picture stays longer


def test_a_play_too_long_to_be_kept_is_drawn_as_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, expected = film(tmp_path / "kept")
    monkeypatch.setattr(renderer, "MOST_KEPT", 1)
    _, pictures = film(tmp_path / "drawn")
    assert pictures == expected
    assert segments(tmp_path / "drawn") == segments(tmp_path / "kept")


@pytest.mark.parametrize("most", [1, 2])
def test_an_encoder_is_forgotten_with_its_segment(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Any]] = []
    right = FilmWriter._create_segment_encoder

    def create(writer: FilmWriter, target: Path) -> VideoSegmentEncoder:
        assert sum(encoder() is not None for encoder in made) < most
        encoder = right(writer, target)
        made.append(weakref.ref(encoder))
        return encoder

    monkeypatch.setattr(FilmWriter, "_create_segment_encoder", create)
    with tempconfig({"max_inflight_encoders": most}):
        film(tmp_path)
    assert len(made) > most


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    film(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]
