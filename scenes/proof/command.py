"""``studio check``: the proof as a command."""

from __future__ import annotations

import os
from pathlib import Path

import click

from scenes.maths.lesson.reader import load_lesson
from scenes.proof import report
from scenes.proof.examine import ONE_FORM, WHOLE, Task, examine_all
from scenes.studio import orders, settings
from scenes.studio.errors import StudioError, one_clear_line
from scenes.studio.outputs import short
from scenes.studio.speaker import speaker_of


@click.command(name="check")
@click.argument("scene", nargs=-1)
@click.option(
    "--lesson",
    "lessons",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A lesson file; may be given several times.",
)
@click.option("--quick", is_flag=True, help="In 16:9 and the dark theme only.")
@click.option("--jobs", type=int, default=None, help="Films at a time; else one for each core.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder; else renders/proof.")
def check(
    scene: tuple[str, ...],
    lessons: tuple[Path, ...],
    quick: bool,
    jobs: int | None,
    out: Path | None,
) -> None:
    """Play films and check each number, formula, frame, sound and word of them.

    Prints a table of what was found of how many things looked at, and writes a page with a still
    of each finding. Ends with status 1 where something was found.

    \b
    Examples: studio check
              studio check ForwardPass --lesson mine.toml
    """  # fmt: skip
    with one_clear_line():
        settings.theme_name()
        if jobs is not None and jobs < 1:
            raise StudioError(f"--jobs: {jobs} is out of range (allowed: 1 or more)")
        given = lessons or (None,)
        for lesson in given:
            speaker_of(load_lesson(lesson)).check()
        films = orders.chosen(scene)
        scope = ONE_FORM if quick else WHOLE
        # The longest films first, so that no core is left with one at the end.
        tasks = [Task(p, c.__name__, lesson, scope) for lesson in given for p, c in films]
        reports = examine_all(tasks, jobs or os.cpu_count() or 1)
        click.echo(report.table(reports))
        for line in [*report.notes(reports), *report.lines(reports)]:
            click.echo(line)
        page = report.write(reports, *([out] if out else []))
        click.echo(f"{report.verdict(reports)}: {short(page)}")
    if any(r.findings for r in reports):
        raise SystemExit(1)
