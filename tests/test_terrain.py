"""The landscape in perspective: what stands on it stands on what is drawn, and when it is drawn."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from math import pi
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from manim import Camera, FadeIn, Line, tempconfig

from scenes.maths.lesson.reader import load_lesson
from scenes.maths.mountain import Climb
from scenes.pictures import terrain, theme
from scenes.pictures.climber import POSES, Climber, Pose, feeling
from scenes.pictures.terrain import Fly, GroundArrow, GroundLine, Terrain, ground_of, level_step
from scenes.pictures.terrain_light import Painter
from scenes.pictures.terrain_view import Shot, Sight
from scenes.studio import forms
from scenes.studio.looks import Look
from scenes.studio.narrated import NarratedScene, beat
from scenes.studio.settings import shape_frame
from scenes.words.silent import SilentVoice

SIZE = (160, 90)
FOLDER = Path(__file__).parent / "lessons"
LESSONS = [None, FOLDER / "odd.toml", FOLDER / "south.toml"]


@pytest.fixture(autouse=True)
def small(tmp_path: Path) -> Iterator[None]:
    settings = {
        "pixel_width": SIZE[0],
        "pixel_height": SIZE[1],
        "frame_rate": 15,
        "media_dir": str(tmp_path),
        "progress_bar": "none",
        "verbosity": "ERROR",
    }
    with tempconfig(settings):
        shape_frame()
        terrain._picture.cache_clear()
        yield


@lru_cache
def climb(lesson: Path | None = None) -> Climb:
    return Climb(load_lesson(lesson))


def behind(c: Climb, **changes: Any) -> Terrain:
    """From behind the place where the climb ends, towards the highest summit."""
    here, there = np.array(c.reached.position), np.array(c.highest.position)
    way = (there - here) / np.linalg.norm(there - here)
    eye = here - 3 * way + 0.6 * np.array([way[1], -way[0]])
    land = ground_of(c).land
    shot = Shot((float(eye[0]), float(eye[1]), land.peak), 0.0).look_at(
        (*map(float, there), 0.5 * land.peak)
    )
    return Terrain(ground_of(c), replace(shot, **changes))


def pixel(picture: Terrain, point: Any) -> tuple[float, float]:
    """Column and row of a point of the frame, in a picture that fills it."""
    width, height = picture.pixels
    return width * (0.5 + point[0] / picture.width), height * (0.5 - point[1] / picture.height)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem if path else "default")
def test_what_is_drawn_is_the_lessons_land(lesson: Path | None) -> None:
    c = climb(lesson)
    land = ground_of(c).land
    for point in c.terrain.critical_points:
        x, y = (np.array([p]) for p in point.position)
        true = land.scale * point.height
        assert land.at(x, y)[0, 3] == pytest.approx(true, abs=2e-3 * land.peak)
        assert -0.2 < land.height(x, y)[0] - true < 2e-3  # gullies only take away
    for summit in c.terrain.summits[:1]:
        x, y = (np.array([p]) for p in summit.position)
        assert land.height(x, y)[0] == pytest.approx(land.peak, abs=0.03)


@pytest.mark.parametrize("tilt", [None, -pi / 2 + 1e-4, -0.9])
def test_a_place_is_seen_where_its_ray_meets_the_ground(tilt: float | None) -> None:
    picture = behind(climb())
    if tilt is not None:
        picture.shoot(eye=(0.0, -1.0, 7.0), heading=pi / 2, tilt=tilt)
    sight = Sight(picture.ground.land, picture.shot, picture.pixels)
    generator = np.random.default_rng(5)
    column, row = (generator.uniform(2, side - 2, 400) for side in SIZE)
    hits = sight.trace(column, row)
    ground = ~hits.is_sky & (hits.distance < 12)
    assert ground.sum() > 100
    points, seen = picture.points_at(hits.places[ground, :2].astype(np.float64))
    back = np.array([pixel(picture, point) for point in points])
    off = np.hypot(back[:, 0] - column[ground], back[:, 1] - row[ground])
    assert np.quantile(off, 0.98) < 0.1
    assert np.mean(seen) > 0.97


def test_a_place_behind_a_hill_is_hidden_and_what_hides_it_is_nearer() -> None:
    picture = behind(climb())
    land, shot = picture.ground.land, picture.shot
    generator = np.random.default_rng(6)
    places = generator.uniform((-3, -3), (4, 3), (600, 2))
    points, seen = picture.points_at(places)
    inside = (np.abs(points[:, 0]) < picture.width / 2) & (
        np.abs(points[:, 1]) < picture.height / 2
    )
    at = np.array([pixel(picture, point) for point in points])
    hits = Sight(land, shot, picture.pixels).trace(*at[inside].T)
    height = land.height(*places[inside].T)
    distance = np.linalg.norm(np.column_stack([places[inside], height]) - shot.eye, axis=1)
    nearer = hits.distance < distance - 0.05
    assert 0.05 < np.mean(nearer) < 0.95
    assert np.mean(nearer == ~seen[inside]) > 0.97
    k = np.nonzero(inside)[0][np.nonzero(nearer)[0][0]]
    assert picture.is_hidden(*places[k]) == (not seen[k])


def test_a_crane_keeps_its_subject_on_a_straight_way_through_the_frame() -> None:
    picture = behind(climb())
    low = picture.shot
    high = replace(low, eye=(0.0, 0.0, 9.0), heading=low.heading + 2, tilt=-pi / 2 + 1e-3)
    x, y = climb().reached.position
    point = (x, y, picture.height_at(x, y))
    assert low.towards(high, 0.0, point).eye == pytest.approx(low.eye)
    assert low.towards(high, 1.0, point).eye == pytest.approx(high.eye)
    lost = [abs(picture.shoot(low.towards(high, s)).project(x, y)).max() for s in (0.3, 0.5, 0.7)]
    kept = [
        abs(picture.shoot(low.towards(high, s, point)).project(x, y)).max() for s in (0.3, 0.5, 0.7)
    ]
    assert max(kept) < 4 < max(lost)


def test_things_look_smaller_far_away() -> None:
    picture = behind(climb())
    x, y, _ = picture.shot.eye
    way = picture.shot.axes[0]
    sizes = [picture.unit_at(x + d * way[0], y + d * way[1]) * d for d in (2.0, 4.0, 8.0)]
    assert sizes[1] / sizes[0] == pytest.approx(1, abs=0.25)
    assert sizes[2] / sizes[1] == pytest.approx(1, abs=0.1)


def test_what_is_behind_the_camera_is_hidden() -> None:
    picture = behind(climb())
    x, y, _ = picture.shot.eye
    way = picture.shot.axes[0]
    assert picture.is_hidden(x - way[0], y - way[1])


def test_the_same_lesson_gives_the_same_pixels_and_another_one_others() -> None:
    first = behind(climb(), fog=0.4).get_pixel_array()
    terrain._picture.cache_clear()
    ground_of.cache_clear()
    assert np.array_equal(first, behind(Climb(load_lesson()), fog=0.4).get_pixel_array())
    other = behind(climb(LESSONS[-1]), fog=0.4)
    assert not np.array_equal(first, other.get_pixel_array())


@pytest.mark.parametrize("aspect", forms.ASPECTS)
def test_it_fills_the_frame_of_every_shape(aspect: str) -> None:
    width, height = (side // 8 for side in forms.Form("l", aspect).size)
    with tempconfig({"pixel_width": width, "pixel_height": height}):
        shape_frame()
        picture = behind(climb(), fog=0.5)
        camera = Camera(background_color="#FF00FF")
        camera.reset()
        camera.capture_mobjects([picture])
        drawn = np.array(camera.pixel_array)
        assert drawn.shape == (height, width, 4)
        assert np.array_equal(drawn[..., :3], picture.get_pixel_array()[..., :3])


@pytest.mark.parametrize("name", theme.LANDS)
def test_fog_hides_all_but_what_is_near_and_sinks(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKPROP_THEME", name)
    c = climb()
    boots = (float(c.reached.position[0]), float(c.reached.position[1]))

    def picture(fog: float) -> Any:
        return behind(c, fog=fog, boots=boots).get_pixel_array()[..., :3].astype(float)

    shown = behind(c)
    top = [int(v) for v in pixel(shown, shown.project(*c.highest.position))]
    near = [int(v) for v in pixel(shown, shown.project(*boots))]
    clear, sunk, thick = picture(0.0), picture(0.4), picture(1.0)

    def contrast(image: Any, at: list[int]) -> float:
        return float(np.ptp(image[at[1] : at[1] + 9, at[0] - 4 : at[0] + 5], axis=(0, 1)).max())

    assert contrast(thick, top) < 12 < contrast(clear, top)
    assert contrast(sunk, top) > 12
    assert contrast(thick, near) > 12


STATES: dict[str, dict[str, Any]] = {
    "camera": {"heading": 1.0},
    "fog": {"fog": 0.3},
    "drift": {"drift": 0.1},
    "light": {"sun": (2.4, 0.6)},
    "boots": {"boots": (0.5, 0.0)},
    "turned over": {"rise": -1.0},
    "cost": {"cost": 0.5},
}


@pytest.mark.parametrize("name", STATES)
def test_a_look_knows_what_is_shown_and_paints_nothing(name: str) -> None:
    picture = behind(climb())
    with patch.object(Painter, "paint", side_effect=AssertionError("painted")):
        before = Look(Camera(), [picture]).digest
        assert before is not None
        assert Look(Camera(), [copy.deepcopy(picture)]).digest == before
        assert Look(Camera(), [picture.shoot(**STATES[name])]).digest != before


def test_a_look_keeps_the_shot_of_its_moment() -> None:
    picture, camera = behind(climb()), Camera()
    expected = picture.get_pixel_array()[..., :3].copy()
    look = Look(camera, [picture])
    picture.shoot(heading=picture.shot.heading + 1)
    camera.reset()
    look.draw(camera)
    assert np.array_equal(camera.pixel_array[..., :3], expected)


class Flight(NarratedScene):
    """A landscape that comes, and is flown over."""

    voice = SilentVoice()

    def construct(self) -> None:
        self.fly()

    @beat("Up and away.")
    def fly(self) -> None:
        picture = behind(climb())
        start = picture.shot
        path = GroundLine(picture, climb().path)
        self.play(FadeIn(picture), run_time=0.4)
        self.add(path)
        self.play(picture.animate.shoot(fog=0.5), run_time=0.4)
        assert picture.shot.fog == 0.5
        self.play(Fly(picture, lambda s: replace(start, heading=start.heading + s)), run_time=0.4)
        self.moved = picture.shot.heading - start.heading
        self.line, self.anew = path, GroundLine(picture, climb().path)


def test_a_jump_paints_nothing_and_a_drawn_frame_is_painted_once() -> None:
    real = Painter.paint
    with patch.object(Painter, "paint", side_effect=AssertionError("painted")):
        scene = Flight(skip_animations=True)
        scene.render()
    assert scene.moved == pytest.approx(1.0)
    assert np.array_equal(scene.line.points, scene.anew.points)
    assert len(scene.line.points)
    with patch.object(Painter, "paint", autospec=True, side_effect=real) as paint:
        Flight().render()
        drawn = paint.call_count
        assert 6 <= drawn <= 19  # three plays of six frames; stills and fades cost nothing more
        Flight().render()
        assert paint.call_count == drawn


def test_a_line_has_no_parts_behind_hills() -> None:
    picture = behind(climb(), fov=80.0)
    places = climb().terrain.contour(climb().path[0])
    line = GroundLine(picture, places)
    _, seen = picture.points_at(places, 0.012)
    assert 0.02 < np.mean(seen) < 0.98
    assert line.get_num_curves() > 0
    longest = max(float(Line(a, d).get_length()) for a, _, _, d in line.get_cubic_bezier_tuples())
    assert longest < 0.5  # no stroke across a gap


def test_an_arrow_points_from_its_foot_along_its_vector() -> None:
    picture = behind(climb())
    picture.shoot(eye=(0.0, 0.0, 11.0), heading=pi / 2, tilt=-pi / 2 + 1e-4, fov=60.0)
    foot, vector = np.array([2.0, 0.8]), np.array([0.0, 1.0])
    arrow = GroundArrow(picture, foot, vector)
    (start, end), _ = picture.points_at(np.array([foot, foot + vector]), 0.012)
    assert np.abs(arrow.points - end).sum(1).min() < 1e-6
    middle = (arrow.points[0] + arrow.points[-1]) / 2
    assert np.linalg.norm(middle - start) < 0.1


@pytest.mark.parametrize(("top", "step"), [(2.0, 0.2), (9.0, 1.0), (1.9, 0.2), (7.7, 1.0)])
def test_contours_are_at_round_heights(top: float, step: float) -> None:
    assert level_step(top) == pytest.approx(step)


def test_all_poses_have_the_same_parts_and_points() -> None:
    poses: list[str | Pose] = [*POSES, feeling(0.2, 0.1), feeling(-0.1, -0.05)]
    shapes = {tuple(len(part.points) for part in Climber(pose=pose)) for pose in poses}
    assert len(shapes) == 1


def test_a_pose_keeps_place_size_and_facing_after_any_transform() -> None:
    point = np.array([1.0, -2.0, 0.0])
    climber = Climber(0.8).stand_at(point)
    for name in POSES:
        climber.become(climber.copy().pose(name, facing=-1))
        assert climber.feet == pytest.approx(point)
    climber.scale(2, about_point=climber.feet).pose("stand")
    fresh = Climber(1.6, facing=-1).stand_at(point)
    for part, other in zip(climber, fresh, strict=True):
        assert part.points == pytest.approx(other.points)
