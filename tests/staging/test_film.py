"""The base of all films: its heading, its stage, and what beats leave on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from manim import RIGHT, Circle, Create, FadeIn, Mobject, Square, VGroup

from scenes.maths.lesson.reader import load_lesson
from scenes.pictures.network import NetworkPicture
from scenes.pictures.stage import Stage
from scenes.pictures.titles import Heading
from scenes.staging.film import Film
from scenes.studio.narrated import beat
from scenes.words.silent import SilentVoice
from tests.stages import small_frames


class Shapes(Film):
    """Three beats, each with things of its own."""

    voice = SilentVoice()
    beats: tuple[str, ...] = ("two_shapes", "one_of_them", "nothing_old")

    def construct(self) -> None:
        for name in self.beats:
            getattr(self, name)()

    def prepare(self) -> None:
        self.circle, self.square = Circle(), Square()
        self.pair = VGroup(self.circle, self.square)

    @beat("Two shapes come.")
    def two_shapes(self) -> None:
        self.turn_to("Two shapes")
        self.at("come").quick(FadeIn(self.pair))

    @beat("One of them stays.")
    def one_of_them(self) -> None:
        self.turn_to("One of them", keep=[self.circle])

    @beat("Another moves.")
    def nothing_old(self) -> None:
        self.turn_to("Nothing old", self.square.animate.shift(RIGHT), Create(Circle()))


@pytest.fixture
def stage(tmp_path: Path) -> object:
    with small_frames(tmp_path):
        yield


def played(*beats: str) -> Shapes:
    scene = type("Some", (Shapes,), {"beats": beats})(skip_animations=True)
    scene.render()
    assert isinstance(scene, Shapes)
    return scene


def shown(scene: Shapes) -> list[Mobject]:
    family = scene.get_mobject_family_members()
    return [part for part in family if part.has_points() and isinstance(part, Circle | Square)]


@pytest.mark.usefixtures("stage")
class TestTurning:
    def test_what_is_kept_stays_and_the_rest_leaves(self) -> None:
        scene = played("two_shapes", "one_of_them")
        assert shown(scene) == [scene.circle]

    def test_what_takes_part_in_a_move_stays_with_what_the_move_brings(self) -> None:
        scene = played("two_shapes", "nothing_old")
        assert scene.square in shown(scene)
        assert scene.circle not in shown(scene)
        assert len(shown(scene)) == 2

    def test_what_is_kept_comes_in_where_the_beat_before_is_dropped(self) -> None:
        scene = played("one_of_them")
        assert shown(scene) == [scene.circle]

    def test_beats_leave_nothing_behind_in_whatever_order(self) -> None:
        scene = played("one_of_them", "two_shapes", "one_of_them")
        assert shown(scene) == [scene.circle]

    def test_one_heading_stands_at_a_time(self) -> None:
        scene = played("two_shapes", "one_of_them")
        (heading,) = [m for m in scene.get_mobject_family_members() if isinstance(m, Heading)]
        assert heading.plain == "One of them"

    def test_to_build_a_change_of_heading_changes_nothing(self) -> None:
        scene = played("two_shapes")
        before = list(scene.mobjects)
        scene.heading("Never played")
        assert scene.mobjects == before


@pytest.mark.usefixtures("stage")
def test_to_build_an_animation_of_the_network_changes_nothing() -> None:
    scene = played("two_shapes")
    network = NetworkPicture(load_lesson().network, Stage.now().network)
    numbers = [scene.numbers.a(1, j) for j in range(network.sizes[1])]
    wires = dict(network.wires)
    network.light(1, numbers)
    network.rewire([[[1.0] * 2] * 3, [[1.0] * 3] * 2])
    assert all(neuron.value is None for neuron in network.layers[1])
    assert network.wires == wires


@pytest.mark.usefixtures("stage")
def test_new_weights_take_the_place_of_the_old_ones_in_the_network() -> None:
    scene = played("two_shapes")
    network = NetworkPicture(load_lesson().network, Stage.now().network)
    numbers = [scene.numbers.a(1, j) for j in range(network.sizes[1])]
    scene.play(FadeIn(network))
    scene.play(*network.light(1, numbers))
    assert [neuron.shows for neuron in network.layers[1]] == numbers
    scene.play(network.rewire([[[1.0] * 2] * 3, [[1.0] * 3] * 2]))
    assert all(neuron.drawn == [neuron.body] for neuron in network.layers[1])
    assert set(network.wires.values()) <= set(network.get_family())
    assert set(network.wires.values()) <= set(scene.get_mobject_family_members())
