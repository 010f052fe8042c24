"""Films on several cores: the same files as on one, and every beat drawn once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scenes.studio import orders, shooting
from scenes.studio.forms import Form
from scenes.studio.orders import Order
from tests.project import Project
from tests.studio import media
from tests.studio.house import House

FRAMES = {"one": 30, "two": 200, "three": 20, "four": 90, "five": 60}


class Asked:
    """As much of an order as is cut into parts."""

    path, name, form = Path("film.py"), "Film", Form("l")


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_parts_share_the_beats(count: int) -> None:
    asked: Any = Asked()
    parts = shooting.parts_of(asked, FRAMES, count)
    assert 1 <= len(parts) <= count
    if count == 1:
        assert not parts[0].beats
        return
    assert sorted(beat for part in parts for beat in part.beats) == sorted(FRAMES)
    lengths = [sum(FRAMES[beat] for beat in part.beats) for part in parts]
    assert max(lengths) <= sum(FRAMES.values()) / count + max(FRAMES.values())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project"))


def test_a_film_in_parts_and_films_side_by_side_are_as_from_one_process(project: Project) -> None:
    made = []
    for names, jobs in ((["Softmax"], 1), (["Softmax"], 2), (["Softmax", "Credits"], 2)):
        done = project.studio(
            "film", *names, "--quality", "l", "--silent", "--force", "--jobs", str(jobs)
        )
        assert done.returncode == 0, done.stderr
        (path,) = (project.root / "renders").rglob("softmax/*/Softmax.mp4")
        made.append((media.played(path), path.with_suffix(".srt").read_text("utf-8")))
        for segment in path.parent.rglob("partial_movie_files/*/*.mp4"):
            segment.unlink()
    assert made[0] == made[1] == made[2]
    assert (project.root / "renders").rglob("credits/*/Credits.mp4")


@pytest.mark.parametrize(
    ("old", "new", "little"),
    [("it stops here", "it rests there", True), ("Circle(sum(", "Circle(0.5 * sum(", False)],
)
def test_one_process_makes_a_film_of_which_little_is_new(
    old: str, new: str, little: bool, tmp_path: Path
) -> None:
    house = House(tmp_path)
    house.done("film", "Hill")
    file = house.files[1]
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with house.entered():
        ((path, film),) = orders.chosen(["Hill"])
        order = Order.of(path, film, Form("l"))
        before = media.played(order.target)
        assert order.is_there
        assert shooting.little_is_new(order, lambda done, label: None) == little
        assert order.is_current == little
    assert (media.played(order.target) == before) != little
    assert not [p for p in house.renders.rglob(".*") if p.is_file()]


def test_what_is_wrong_in_a_process_is_one_line(project: Project) -> None:
    film = project.root / "scenes" / "softmax.py"
    text = film.read_text(encoding="utf-8")
    film.write_text(text.replace('self.at("shares")', 'self.at("nowhere")'), encoding="utf-8")
    try:
        done = project.studio("film", "Softmax", "--quality", "l", "--silent", "--jobs", "2")
    finally:
        film.write_text(text, encoding="utf-8")
    assert done.returncode == 2
    assert "no such word" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


WORKING = """
import os, time
from scenes.studio import shooting
if __name__ == "__main__":
    with shooting.processes(1) as crew:
        print(crew.pool.submit(os.getpid).result(), flush=True)
        crew.pool.submit(time.sleep, 600).result()
"""


def test_who_draws_does_not_outlive_a_command_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "working.py"
    script.write_text(WORKING, encoding="utf-8")
    command = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert command.stdout is not None
    worker = int(command.stdout.readline())
    os.kill(worker, 0)  # it is there
    command.kill()
    assert command.stdout.read() == ""  # until the worker, too, has let go of it
    command.wait()


def test_no_jobs_are_refused(project: Project) -> None:
    done = project.studio("film", "Softmax", "--jobs", "0")
    assert done.returncode == 2
    assert "--jobs: 0 is out of range" in done.stderr
