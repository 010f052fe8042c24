"""Films drawn by the workers of a Dask cluster, each in a checkout of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from tests.project import ROOT, STUDIO, Project, finished

# What it shows and says, and for how long, depends on the lesson, the theme and the voice.
FILM = """
from scenes.staging.film import Film
from scenes.studio.narrated import beat


class Told(Film):
    title = "Told"

    def construct(self):
        self.who_speaks()
        self.what_comes_in()

    def values(self):
        return {"first": self.numbers.x(0)}

    @beat("The first input is {first}.")
    def who_speaks(self):
        self.quick(self.heading(self.voice_name))
        self.at("first").quick(self.heading("One"))
        self.quick(self.heading("Two"))

    @beat("And here it is again: {first}.")
    def what_comes_in(self):
        self.at("again").quick(self.heading(self.numbers.x(0).shown))
        self.quick(self.heading("Three"))
"""
# Stands still as soon as it has drawn a segment.
STANDSTILL = """
import pathlib, time
from scenes.studio.writer import FilmWriter

name_segment = FilmWriter.name_segment

def name_segment_and_stop(self, key):
    name_segment(self, key)
    pathlib.Path("stopped").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.05)

FilmWriter.name_segment = name_segment_and_stop
"""
FILE = ("--scheduler-file", "told.json", "--no-dashboard")
LONG = 120.0


def wait_for(happens: Callable[[], Any]) -> None:
    end = time.monotonic() + LONG
    while not happens():
        assert time.monotonic() < end, "it has not come to this"
        time.sleep(0.02)


class Computer(Project):
    """A checkout with one more film, and what it has made of that."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        super().__init__(root)
        (root / "scenes" / "told.py").write_text(FILM, encoding="utf-8")
        (root / "standstill.py").write_text(STANDSTILL, encoding="utf-8")

    def film(self, *flags: str) -> subprocess.Popen[str]:
        told = {"BACKPROP_LESSON": "../mine.toml", "BACKPROP_THEME": "light"}
        return self.start("-c", STUDIO, "film", "Told", "--quality", "l", *flags, **told)

    @property
    def segments(self) -> set[str]:
        return {p.name for p in self.root.glob("renders/**/partial_movie_files/Told/[!.]*.mp4")}

    @property
    def files(self) -> dict[str, bytes]:
        (film,) = self.root.glob("renders/videos/**/Told.mp4")
        return {path.name: path.read_bytes() for path in film.parent.glob("Told.*")}


@dataclass
class Cluster:
    """A scheduler, workers, and a computer that asks them for films."""

    root: Path
    processes: dict[str, subprocess.Popen[str]]

    def begin(self, name: str, *command: str, **variables: str) -> None:
        """Start Dask in a folder, by the folder's name."""
        # What it says goes nowhere: a full pipe would stop it.
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            cwd=self.root / name,
            env=os.environ | {"PYTHONPATH": str(self.root / name)} | variables,
            stdout=open(self.root / name / 'log','w'),
            stderr=subprocess.STDOUT,
        )

    def work(self, name: str, *flags: str) -> None:
        """Start a worker that has a voice which is not there: none is needed."""
        plain = ("--no-nanny", "--no-dashboard", "--local-directory", "scratch", "--name", name)
        command = ("worker", self.address, *plain, *(flags or ("--nthreads", "1")))
        self.begin(name, *command, BACKPROP_VOICE="nowhere.onnx")

    def end(self, name: str) -> None:
        """Kill a worker, and leave it no time."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    @property
    def address(self) -> str:
        told = (self.root / "scheduler" / "told.json").read_text(encoding="utf-8")
        return str(json.loads(told)["address"])

    def computer(self, name: str) -> Computer:
        return Computer(self.root / name)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    root = tmp_path_factory.mktemp("cluster")
    made = Cluster(root, {})
    lesson = (ROOT / "assets" / "lesson.toml").read_text(encoding="utf-8")
    (root / "mine.toml").write_text(lesson.replace("input = [0.5,", "input = [0.25,"), "utf-8")
    # Neither the scheduler nor one of the workers has films.
    for name in ("scheduler", "stranger"):
        (root / name).mkdir()
        (root / name / "scenes.py").write_text("", encoding="utf-8")
    made.begin("scheduler", "scheduler", "--host", "127.0.0.1", "--port", "0", *FILE)
    wait_for((root / "scheduler" / "told.json").is_file)
    yield made
    for name in list(made.processes):
        made.end(name)


@pytest.fixture(scope="module")
def caller(cluster: Cluster) -> Computer:
    """Has had its film made by two workers, of which one was killed when it had begun."""
    one, other, caller = (cluster.computer(name) for name in ("one", "other", "caller"))
    cluster.work("one")
    cluster.work("other", "--nthreads", "1", "--preload", "standstill.py")
    with Client(cluster.address) as client:
        client.wait_for_workers(2, LONG)
    making = caller.film("--scheduler", cluster.address)
    wait_for(lambda: (other.root / "stopped").is_file() or making.poll() is not None)
    cluster.end("other")
    made = finished(making)
    assert made.returncode == 0, made.stderr
    assert other.segments < one.segments
    return caller


def test_a_film_is_whole_and_the_same_though_a_worker_dies(
    cluster: Cluster, caller: Computer
) -> None:
    alone = cluster.computer("alone")
    made = finished(alone.film("--jobs", "1"))
    assert made.returncode == 0, made.stderr
    assert caller.files == alone.files
    assert {"Told.mp4", "Told.srt", "Told.json"} <= caller.files.keys()


def test_what_the_caller_has_is_not_drawn_again(cluster: Cluster, caller: Computer) -> None:
    files = caller.files
    shutil.rmtree(cluster.root / "one" / "renders")
    kept = sorted(caller.segments)
    (lost,) = caller.root.glob(f"renders/videos/**/{kept[0]}")
    lost.unlink()
    made = finished(caller.film("--force", "--scheduler", cluster.address))
    assert made.returncode == 0, made.stderr
    assert caller.files == files
    assert {path.name for path in cluster.root.glob("one/renders/**/*.mp4")} == {lost.name}


def test_a_worker_stops_when_nobody_waits_any_more(cluster: Cluster) -> None:
    slow, other = cluster.computer("slow"), cluster.computer("asks")
    del other


def refused(cluster: Cluster, computer: Computer, *flags: str) -> str:
    made = finished(computer.film("--force", *(flags or ("--scheduler", cluster.address))))
    assert made.returncode == 2, made.stderr
    (line,) = made.stderr.strip().splitlines()
    return line
