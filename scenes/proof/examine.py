"""All checks on one film, in every form in which it is offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from manim import logger

from scenes.maths.lesson.reader import load_lesson
from scenes.proof import claims, colour, layout, scan, timing
from scenes.proof.arithmetic import Arithmetic
from scenes.proof.film import FilmProof, proof_of
from scenes.proof.finding import Finding, Findings
from scenes.proof.formulas import Formulas
from scenes.proof.jumps import Jumps
from scenes.proof.numbers_shown import Figures
from scenes.proof.watching import REST, Moment, Run, playing, watch
from scenes.studio import orders, settings
from scenes.studio.forms import ASPECTS, Form
from scenes.studio.narrated import NarratedScene

FPS = 30
"""Frames a second: those of the films as they are made by default."""


@dataclass(frozen=True)
class Scope:
    """How much is looked at.

    Layout is examined in every aspect and theme, colour in 16:9 in every theme, and what depends
    on neither, the numbers, the formulas, the time and the words, once.
    """

    aspects: tuple[str, ...] = tuple(ASPECTS)
    themes: tuple[str, ...] = settings.THEMES


WHOLE = Scope()
ONE_FORM = Scope(aspects=("16:9",), themes=("dark",))


@dataclass(frozen=True)
class Report:
    """What was found in one film of one lesson, and how much was looked at."""

    film: str
    lesson: str
    findings: tuple[Finding, ...]
    looked: Mapping[str, int]
    seconds: float = 0
    """How long the film lasts."""
    numerals: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """For each form the numerals that stand in the frame at the end of each beat."""
    not_recorded: dict[str, str] = field(default_factory=dict)
    """Beats of a film in a person's own voice that another speaks, each with the reason."""

    def found(self, group: str) -> int:
        """How much one check has found."""
        return sum(finding.group == group for finding in self.findings)


def examine(
    path: Path,
    cls: type[NarratedScene],
    lesson: Path | None = None,
    scope: Scope = WHOLE,
    folder: Path | None = None,
) -> Report:
    """Play a film in all forms of a scope, and check it.

    ``folder`` keeps what is spoken and what is set; without one, all is spoken and set anew.
    """
    read = load_lesson(lesson)
    name, told = cls.__name__, read.source.name
    proof = proof_of(path.stem)(read)
    findings: list[Finding] = []
    looked: Counter[str] = Counter()
    numerals: dict[str, dict[str, set[str]]] = {}
    with nullcontext(folder) if folder else TemporaryDirectory(prefix="backprop-proof-") as kept:
        for aspect in scope.aspects:
            first: Run | None = None
            for theme in scope.themes:
                form = Form("m", aspect, theme=theme)
                found = Findings(name, told, f"{aspect} {theme}")
                run = _play(path, cls, read.source, form, found, proof, Path(kept))
                if first is not None:
                    layout.same_in_both(found, first, run)
                    # What the first run has spoken is there for the others.
                    timing.same_when_warm(found, first, run)
                first = first or run
                numerals[found.form] = run.numerals
                findings += found.all
                looked.update(found.looked)
    lacking = run.scene.not_recorded()
    return Report(name, told, tuple(findings), looked, run.now, numerals, lacking)


def _play(
    path: Path,
    cls: type[NarratedScene],
    lesson: Path,
    form: Form,
    found: Findings,
    proof: FilmProof,
    folder: Path,
) -> Run:
    wide = form.aspect == "16:9"
    first = wide and form.theme == settings.THEMES[0]
    figures, formulas, jumps = Figures(found, proof), Formulas(found, proof), Jumps(found)
    arithmetic = Arithmetic(found, proof)

    def look(run: Run, moment: Moment) -> None:
        layout.look(found, run, moment)
        if wide:
            colour.look(found, moment)
        if first:
            figures.look(moment)
            formulas.look(moment)
            jumps.look(run, moment)
            arithmetic.look(moment)
            claims.look(found, moment)
            if moment.phase == REST:
                found.ends[moment.beat] = moment.pixels

    with playing(form, path, fps=FPS, voices=folder):
        run = watch(cls, form, look, lesson=lesson, glance=wide)
        if wide:
            colour.flashes(found, run)
        if first:
            figures.listen(run)
            claims.listen(found, proof, run)
            timing.examine(found, run)
    return run


# -- several films


@dataclass(frozen=True)
class Task:
    """A film to be examined."""

    path: Path
    scene: str
    lesson: Path | None
    scope: Scope


def carry_out(task: Task) -> Report:
    """Examine one film; in a process of its own or in this."""
    logger.setLevel("ERROR")
    (cls,) = (c for c in orders.films_in(task.path) if c.__name__ == task.scene)
    return examine(task.path, cls, task.lesson, task.scope)


def examine_all(tasks: Sequence[Task], workers: int) -> list[Report]:
    """Examine films side by side, and the sources once; reports come in the tasks' order."""
    sources = Findings("the sources", "", "")
    scan.scan(sources)
    reports = [Report("the sources", "", tuple(sources.all), sources.looked)]
    if workers < 2 or len(tasks) < 2:
        return reports + [carry_out(task) for task in tasks]
    # Cairo and Pango do not outlive a fork in good order: each worker starts afresh.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return reports + list(pool.map(carry_out, tasks))
