"""Measure: ``python -m tests.bench``, a few minutes; with ``--full`` all films, an hour."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from scenes.studio.errors import PROBLEMS, fail
from scenes.words.cache import write_whole
from tests.bench import report
from tests.bench.project import Change, Copy, Run
from tests.project import ROOT, STUDIO

FILM, BEAT, QUALITY = "ForwardPass", "bend_it", "l"
NUMBER = Change("assets/lesson.toml", "[0.7, -1.0],", "[0.6, -1.0],")
UNSEEN = Change("assets/lesson.toml", "learning_rate = 1.0", "learning_rate = 0.9")
WORD = Change("scenes/forward_pass.py", "That takes memory, but", "That costs memory, but")
CHANGES = {
    "a number changed that the film shows": NUMBER,
    "a number changed that it does not show": UNSEEN,
    "a word of one line changed": WORD,
}
ONCE = {
    "a number changed that one film shows": Change(
        "assets/lesson.toml", "momentum = 0.9", "momentum = 0.88"
    ),
    "a word of one line changed": WORD,
}
COLD, STILL = "from nothing but the spoken lines", "a still, after the first of these changes"
OURS, ALONE = ("-c", STUDIO), ("-m", "tests.bench.plain")
COMMANDS = {
    "studio": {
        "film": (*OURS, "film", FILM, "--quality", QUALITY),
        "still": (*OURS, "still", f"{FILM}.{BEAT}", "--quality", QUALITY),
        "help": (*OURS, "--help"),
    },
    "manim": {
        "film": (*ALONE, FILM, QUALITY),
        "still": (*ALONE, FILM, QUALITY, BEAT),
        "help": ("-m", "manim", "--help"),
    },
}
RUNS = 3
BUDGET = 340.0
"""Seconds for the short benchmark; what Manim takes alone is measured once, then as time allows."""


class Bench:
    """The measurements, on a copy of the project for either side."""

    def __init__(self, folder: Path) -> None:
        self.copies = {who: Copy(folder / who) for who in COMMANDS}
        self.runs: dict[str, dict[str, list[Run]]] = {}
        self._start = time.monotonic()

    def passed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._start

    def speak(self, *films: str) -> list[str]:
        """Have lines spoken, which are all that is there at the beginning; names of the films."""
        print("      the lines are spoken", flush=True)
        self.copies["manim"].speak(*films)
        return self.copies["studio"].speak(*films)

    def take(self, done: str, who: str, *commands: tuple[str, ...]) -> None:
        """Measure commands, one after the other, as one run."""
        made = [self.copies[who].run(*command) for command in commands]
        seconds, cpu = sum(run.seconds for run in made), sum(run.cpu for run in made)
        self.add(done, who, Run(seconds, cpu, max(run.memory for run in made)))

    def add(self, done: str, who: str, run: Run) -> None:
        """Note a run."""
        self.runs.setdefault(done, {}).setdefault(who, []).append(run)
        print(f"{self.passed():5.0f} s  {done}: {who} {run.seconds:.1f} s", flush=True)

    def encode(self) -> float:
        """Measure the encoder alone, on the films that were made; seconds of film."""
        ours = self.copies["studio"]
        films = sorted(ours.renders.glob("videos/*/*/*.json"))
        ours.run("-m", "tests.bench.encoder", *(str(film.with_suffix(".mp4")) for film in films))
        self.add(COLD, "encoder", Run(float(ours.said), 0.0, 0.0))
        told = [json.loads(film.read_text("utf-8")) for film in films]
        return sum(float(film["frames"] / film["fps"]) for film in told)

    def tour(self, who: str) -> float:
        """One film, anew and after each change; the seconds that all this took."""
        began, copy, command = self.passed(), self.copies[who], COMMANDS[who]
        copy.forget()
        self.take(COLD, who, command["film"])
        self.take("nothing changed", who, command["film"])
        copy.keep()
        for done, change in CHANGES.items():
            with copy.changed(change):
                self.take(done, who, command["film"])
        with copy.changed(NUMBER):
            self.take(STILL, who, command["still"])
        self.take("the command's `--help`", who, command["help"])
        return self.passed() - began

    def short(self) -> str:
        """One film, small, with changes: several runs."""
        self.speak(FILM)
        alone = 0.0
        for left in reversed(range(RUNS)):
            ours = self.tour("studio")
            length = self.encode()
            if self.passed() + left * ours + alone <= BUDGET or not alone:
                alone = self.tour("manim")
        return f"{FILM} ({length:.0f} s), 480p, 15 frames a second"

    def full(self) -> str:
        """All films as `make film` makes them, from nothing and after changes, once."""
        films = self.speak()
        commands: dict[str, list[tuple[str, ...]]] = {
            "studio": [(*OURS, "film", *films)],
            "manim": [(*ALONE, film) for film in films],
        }
        for who, command in commands.items():
            self.take(COLD, who, *command)
            self.take("nothing changed", who, *command)
        length, ours = self.encode(), self.copies["studio"]
        ours.keep()
        for done, change in ONCE.items():
            with ours.changed(change):
                self.take(done, "studio", *commands["studio"])
        return f"{len(films)} films ({length:.0f} s), 1080p, 30 frames a second"


class _Flags(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        fail(f"tests.bench: {message} (--help)")


def main() -> None:
    """Measure, and write down what was found."""
    flags = _Flags(prog="tests.bench", description="What films take, beside Manim alone.")
    flags.add_argument("--full", action="store_true", help="all films at 1080p: an hour or so")
    flags.add_argument("--readme", action="store_true", help="put the table into README.md")
    asked = flags.parse_args()
    name, readme, out = (
        "full" if asked.full else "short",
        ROOT / "README.md",
        ROOT / "renders/bench",
    )
    try:
        report.put_in(readme.read_text("utf-8"), name, "")  # said before an hour's work
        with tempfile.TemporaryDirectory(prefix="backprop-bench-") as folder:
            bench = Bench(Path(folder))
            title = bench.full() if asked.full else bench.short()
        told = {"title": title, "machine": report.machine(), "runs": bench.runs}
        table = f"{report.table(title, bench.runs)}\n\nMeasured on {report.machine()}."
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / f"{name}.json", json.dumps(told, default=asdict, indent=1).encode())
        write_whole(out / f"{name}.svg", report.chart(title, bench.runs).encode())
        print(f"\n{table}\n\n{out / name}.json, .svg")
        if asked.readme:
            write_whole(readme, report.put_in(readme.read_text("utf-8"), name, table).encode())
    except PROBLEMS as problem:
        fail(problem)


if __name__ == "__main__":
    main()
