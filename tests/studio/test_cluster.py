"""Films drawn by the workers of a Dask cluster, each in a checkout of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from distributed import Client, KilledWorker, LocalCluster, get_worker

from scenes.studio import cli
from scenes.studio import cluster as workers
from scenes.studio.errors import StudioError
from tests.project import ROOT, STUDIO, Project, finished
from tests.studio import media

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

def name_segment_and_stop(self, key, name_segment=FilmWriter.name_segment):
    name_segment(self, key)
    pathlib.Path("stopped").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.05)

FilmWriter.name_segment = name_segment_and_stop
"""
# A process that was begun in the background would not hear of an interruption.
CODE = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {STUDIO}"
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
        return self.start("-c", CODE, "film", "Told", "--quality", "l", *flags, **told)

    @property
    def segments(self) -> set[str]:
        return {p.name for p in self.root.glob("renders/**/partial_movie_files/Told/[!.]*.mp4")}

    @property
    def files(self) -> dict[str, Any]:
        (film,) = self.root.glob("renders/videos/**/Told.mp4")
        files = {path.name: path.read_bytes() for path in film.parent.glob("Told.*")}
        return files | {film.name: media.played(film)}


@dataclass
class Cluster:
    """A scheduler, workers, and a computer that asks them for films."""

    root: Path
    processes: dict[str, subprocess.Popen[bytes]]

    def begin(self, name: str, *command: str, **variables: str) -> None:
        """Start Dask in a folder, by the folder's name."""
        # What it says goes nowhere: a full pipe would stop it.
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            cwd=self.root / name,
            env=os.environ | {"PYTHONPATH": str(self.root / name)} | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def work(self, name: str, *flags: str) -> None:
        """Start a worker that has a voice which is not there: none is needed."""
        plain = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", "scratch")
        command = ("worker", self.address, "--name", name, *plain, *flags)
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
    # The scheduler has no films.
    (root / "scheduler").mkdir()
    (root / "scheduler" / "scenes.py").write_text("", encoding="utf-8")
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
    cluster.work("other", "--preload", "standstill.py")
    with Client(cluster.address) as client:
        client.wait_for_workers(2, LONG)
    making = caller.film("--scheduler", cluster.address)
    wait_for(lambda: (other.root / "stopped").is_file() or making.poll() is not None)
    cluster.end("other")
    made = finished(making)
    assert made.returncode == 0, made.stderr
    assert one.segments == caller.segments
    return caller


def test_a_film_is_whole_and_the_same_though_a_worker_dies(
    cluster: Cluster, caller: Computer
) -> None:
    alone = cluster.computer("alone")
    made = finished(alone.film("--jobs", "1"))
    assert made.returncode == 0, made.stderr
    assert caller.files == alone.files
    assert {"Told.mp4", "Told.srt", "Told.json"} <= caller.files.keys()


def test_only_what_the_caller_has_not_got_is_drawn(cluster: Cluster, caller: Computer) -> None:
    files, segments = caller.files, caller.segments
    shutil.rmtree(cluster.root / "one" / "renders")
    lost = min(segments)
    (path,) = caller.root.glob(f"renders/videos/**/{lost}")
    path.unlink()
    made = finished(caller.film("--force", "--scheduler", cluster.address))
    assert made.returncode == 0, made.stderr
    assert {path.name for path in cluster.root.glob("one/renders/**/*.mp4")} == {lost}
    assert (caller.files, caller.segments) == (files, segments)


def test_a_worker_with_other_sources_is_refused(cluster: Cluster, caller: Computer) -> None:
    with (caller.root / "scenes" / "maths" / "key.py").open("a", encoding="utf-8") as file:
        file.write("# Changed.\n")
    made = finished(caller.film("--scheduler", cluster.address))
    assert made.returncode == 2
    (line,) = made.stderr.splitlines()
    assert "tcp://127.0.0.1:" in line
    assert "has not the sources, fonts and versions" in line


def test_a_worker_stops_when_nobody_waits_any_more(cluster: Cluster) -> None:
    slow = cluster.computer("slow")
    if "one" in cluster.processes:
        cluster.end("one")
    cluster.work("slow", "--preload", "standstill.py")
    making = slow.film("--scheduler", cluster.address)
    wait_for(lambda: (slow.root / "stopped").is_file() or making.poll() is not None)
    making.send_signal(signal.SIGINT)
    assert finished(making).returncode == 130
    with Client(cluster.address) as client:
        done = client.submit(len, "after the part")
        (slow.root / "go").touch()
        done.result(LONG)
    assert len(slow.segments) == 1


# -- what is wrong, in one line


def here(**asked: int) -> Any:
    """A cluster in this process."""
    return LocalCluster(processes=False, protocol="tcp", dashboard_address=":0", **asked)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 0.5)


def refused(address: str) -> str:
    with pytest.raises(StudioError) as problem, workers.workers(address):
        pass
    return str(problem.value)


@pytest.mark.parametrize("address", ["", "nonsense", "http://127.0.0.1:1", "tcp://here"])
def test_an_address_has_a_port(address: str) -> None:
    assert f"--scheduler: {address!r} is no address (allowed: tcp://HOST:PORT" in refused(address)


@pytest.mark.usefixtures("impatient")
def test_a_scheduler_that_does_not_answer() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        assert f"no scheduler answers at {address}" in refused(address)


@pytest.mark.usefixtures("impatient")
def test_a_scheduler_without_workers() -> None:
    with here(n_workers=0) as cluster:
        assert "has no worker" in refused(cluster.scheduler_address)


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    line = refused("tcp://127.0.0.1:1")
    assert "the extra 'cluster'" in line
    assert f"-m pip install -e '{ROOT}[cluster]'" in line


def test_who_draws_is_said_once() -> None:
    asked = CliRunner().invoke(cli.film, ["--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"])
    assert str(asked.exception).startswith("--jobs: 2 is of no use with --scheduler")


def tell(topic: str) -> None:
    get_worker().log_event(topic, ("Film", "beat", 3))


def test_workers_tell_how_far_they_are() -> None:
    with (
        here(n_workers=1, threads_per_worker=1) as cluster,
        workers.workers(cluster.scheduler_address) as crew,
    ):
        crew.executor.submit(tell, crew.topic)
        wait_for(lambda: not crew.news.empty())
        assert tuple(crew.news.get()) == ("Film", "beat", 3)


def test_a_worker_draws_in_one_thread_only() -> None:
    with (
        here(n_workers=1, threads_per_worker=2) as cluster,
        workers.workers(cluster.scheduler_address) as crew,
        pytest.raises(StudioError, match=r"works in 2 threads, .* \(dask worker … --nthreads 1"),
    ):
        crew.executor.submit(workers.draw, "scenes/credits.py", "", "", b"").result()


class Asked:
    """As much of an order as is spoken of."""

    name = "Film"


NOBODY: Any = None


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (CancelledError(), "Film: the scheduler is gone"),
        (KilledWorker("part", NOBODY, 3), "Film: 4 workers died of the same part"),
        (ModuleNotFoundError("No module named 'scenes'"), "a worker has no module named 'scenes'"),
    ],
)
def test_what_goes_wrong_elsewhere_is_one_line(problem: Exception, line: str) -> None:
    drawn: Future[Any] = Future()
    drawn.set_exception(problem)
    order: Any = Asked()
    with pytest.raises(StudioError, match=line):
        workers.Cluster(1, ThreadPoolExecutor()).take(order, drawn)
