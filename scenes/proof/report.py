"""What was found, as a short table and as a page with a still of each finding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from scenes.proof.examine import Report
from scenes.proof.finding import GROUPS
from scenes.studio import catalogue, outputs, settings

FOLDER = settings.RENDERS / "proof"
_TEMPLATE = settings.ASSETS / "proof" / "report.html"
_GENERATOR = "Backpropagation, seen: the proof"
_PAGE = "report.html"


def table(reports: Sequence[Report]) -> str:
    """A line for each film, with what was found of what was looked at."""
    names = [
        f"{report.film} ({report.lesson})" if report.lesson else report.film for report in reports
    ]
    wide = max(map(len, names))
    lines = [" " * wide + "".join(f"{group:>14}" for group in GROUPS)]
    for name, report in zip(names, reports, strict=True):
        cells = (f"{report.found(group)}/{report.looked[group]}" for group in GROUPS)
        lines.append(f"{name:<{wide}}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(lines)


def verdict(reports: Sequence[Report]) -> str:
    """What came of it, in one sentence."""
    found = sum(len(report.findings) for report in reports)
    looked = sum(sum(report.looked.values()) for report in reports)
    things = "finding" if found == 1 else "findings"
    return f"{found or 'no'} {things} among {looked:,} things looked at"


def lines(reports: Sequence[Report]) -> list[str]:
    """A line for each finding."""
    return [
        f"{f.where}: {f.group}: {f.text}" + (f" [{f.form}]" if f.form else "")
        for report in reports
        for f in report.findings
    ]


def notes(reports: Sequence[Report]) -> list[str]:
    """A line for each beat that somebody else speaks, in films with a person's own voice."""
    return [
        f"{report.film} {beat}: {reason}"
        for report in reports
        for beat, reason in report.not_recorded.items()
    ]


def write(reports: Sequence[Report], folder: Path = FOLDER) -> Path:
    """Write the page with a still of each finding; stills of an earlier one go."""
    page = folder / _PAGE
    outputs.refuse_strangers(page, _GENERATOR)
    findings = [finding for report in reports for finding in report.findings]
    stills = {
        f"finding-{number:03}.png": finding.still
        for number, finding in enumerate(findings, 1)
        if finding.still is not None
    }
    text = outputs.rendered(
        _TEMPLATE,
        title=catalogue.TITLE,
        generator=_GENERATOR,
        verdict=f"{verdict(reports).capitalize()}.",
        groups=GROUPS,
        reports=reports,
        findings=findings,
        stills=stills,
    )
    with outputs.made_in(folder) as ready:
        for name, pixels in stills.items():
            Image.fromarray(pixels).save(ready / name)
        (ready / _PAGE).write_text(text, encoding="utf-8")
        outputs.put([*stills, _PAGE], ready, folder)
    for old in folder.glob("finding-*.png"):
        if old.name not in stills:
            old.unlink()
    return page
