"""Measure: ``python -m tests.bench``, a few minutes; with ``--full`` all films, an hour."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from scenes.studio.errors import PROBLEMS, fail
from scenes.words.cache import write_whole
from tests.bench import report
from tests.bench.project import Change, Copy, Run
from tests.project import ROOT

FILM, BEAT, QUALITY = "ForwardPass", "bend_it", "l"
NUMBER = Change("assets/lesson.toml", "[0.7, -1.0],", "[0.6, -1.0],")
UNSEEN = Change("assets/lesson.toml", "learning_rate = 1.0", "learning_rate = 0.9")
WORD = Change("scenes/forward_pass.py", "That takes memory, but", "That costs memory, but")
CHANGES = {
    "a number changed that the film shows": NUMBER,
    "a number changed that it does not show": UNSEEN,
    "a word of one line changed": WORD,
}
COLD = "from nothing but the spoken lines"
RUNS = 3
BUDGET = 340.0
"""Seconds for the short benchmark; what Manim takes alone is measured once, then as time allows."""

Command = Callable[[], Run]


class Bench:
    """The measurements, on a copy of the project for either side."""

    def __init__(self, folder: Path) -> None:
        self.ours, self.alone = Copy(folder / "studio"), Copy(folder / "manim")
        self.runs: dict[str, dict[str, list[Run]]] = {}
        self._start = time.monotonic()

    def passed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._start

    def say(self, what: str) -> None:
        print(f"{self.passed():5.0f} s  {what}", flush=True)

    def take(self, done: str, who: str, command: Command) -> None:
        """Measure one run."""
        self.say(f"{done}: {who} ...")
        made = command()
        self.runs.setdefault(done, {}).setdefault(who, []).append(made)
        self.say(f"{done}: {who} {made.seconds:.1f} s")

    def speak(self, *films: str) -> list[str]:
        """Have lines spoken, which are all that is there at the beginning; names of the films."""
        self.say("the lines are spoken")
        self.alone.speak(*films)
        return self.ours.speak(*films)

    def encode(self) -> Run:
        """The encoder alone, on the frames of the films that were made."""
        films = [str(path.with_suffix(".mp4")) for path in self.manifests()]
        self.ours.run("-m", "tests.bench.encoder", *films)
        return Run(float(self.ours.said), 0.0, 0.0)

    def manifests(self) -> list[Path]:
        """Those of the films that were made."""
        return sorted(self.ours.renders.glob("videos/*/*/*.json"))

    def length(self) -> float:
        """Seconds of film that were made."""
        made = [json.loads(path.read_text("utf-8")) for path in self.manifests()]
        return sum(float(film["frames"] / film["fps"]) for film in made)


def short(bench: Bench) -> str:
    """One film, small: what it takes anew, and after a change."""

    def tour(who: str, copy: Copy, film: Command, still: Command, begin: Command) -> float:
        began = bench.passed()
        copy.forget()
        bench.take(COLD, who, film)
        bench.take("nothing changed", who, film)
        copy.keep()
        for done, change in CHANGES.items():
            with copy.changed(change):
                bench.take(done, who, film)
        with copy.changed(NUMBER):
            bench.take("a still, after the first of these changes", who, still)
        bench.take("`--help`", who, begin)
        return bench.passed() - began

    def manim(*beat: str) -> Command:
        return lambda: bench.alone.run("-m", "tests.bench.plain", FILM, QUALITY, *beat)

    def studio(*flags: str) -> Command:
        return lambda: bench.ours.studio(*flags)

    def start() -> Run:
        return bench.alone.run("-m", "manim", "--help")

    size = ("--quality", QUALITY)
    bench.speak(FILM)
    left = 0.0
    for number in range(RUNS):
        bench.say(f"round {number + 1} of {RUNS}")
        ours = tour(
            "studio",
            bench.ours,
            studio("film", FILM, *size),
            studio("still", f"{FILM}.{BEAT}", *size),
            studio("--help"),
        )
        bench.take(COLD, "encoder", bench.encode)
        if bench.passed() + (RUNS - 1 - number) * ours + left <= BUDGET:
            left = tour("manim", bench.alone, manim(), manim(BEAT), start)
    return f"{FILM} ({bench.length():.0f} s), 480p, 15 frames a second"


def full(bench: Bench) -> str:
    """All films as `make film` makes them, from nothing, once."""
    films = bench.speak()
    bench.take(COLD, "studio", lambda: bench.ours.studio("film", *films))
    bench.take(COLD, "encoder", bench.encode)

    def one_by_one() -> Run:
        made = [bench.alone.run("-m", "tests.bench.plain", film) for film in films]
        return Run(
            sum(run.seconds for run in made),
            sum(run.cpu for run in made),
            max(run.memory for run in made),
        )

    bench.take(COLD, "manim", one_by_one)
    return f"{len(films)} films ({bench.length():.0f} s), 1080p, 30 frames a second"


class _Flags(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        fail(f"tests.bench: {message} (--help)")


def main() -> None:
    flags = _Flags(prog="tests.bench", description="What films take, beside Manim alone.")
    flags.add_argument("--full", action="store_true", help="all films at 1080p: an hour or so")
    flags.add_argument("--readme", action="store_true", help="put the table into README.md")
    flags.add_argument("--out", type=Path, default=ROOT / "renders" / "bench", help="a folder")
    asked = flags.parse_args()
    name, readme = "full" if asked.full else "short", ROOT / "README.md"
    try:
        if asked.readme:  # before an hour's work
            report.put_in(readme.read_text("utf-8"), name, "")
        asked.out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="backprop-bench-") as folder:
            bench = Bench(Path(folder))
            title = full(bench) if asked.full else short(bench)
        runs = {
            d: {w: [asdict(r) for r in rs] for w, rs in by.items()} for d, by in bench.runs.items()
        }
        told = {"title": title, "machine": report.machine(), "runs": runs}
        table = f"{report.table(title, bench.runs)}\n\nMeasured on {report.machine()}."
        write_whole(asked.out / f"{name}.json", json.dumps(told, indent=1).encode())
        write_whole(asked.out / f"{name}.svg", report.chart(title, bench.runs).encode())
        print(f"\n{table}\n\n{asked.out / name}.json, .svg")
        if asked.readme:
            write_whole(readme, report.put_in(readme.read_text("utf-8"), name, table).encode())
    except PROBLEMS as problem:
        fail(problem)


if __name__ == "__main__":
    main()
