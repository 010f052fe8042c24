"""What was measured, told: a table, a chart, and the machine."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from statistics import median

from scenes.studio.errors import StudioError
from tests.bench.project import Run

Runs = Mapping[str, Mapping[str, Sequence[Run]]]
"""By what was done, and by whom."""

WHO = {"studio": "`studio`", "manim": "Manim alone", "encoder": "encoder alone"}
_COLOURS = {"studio": "#106cc7", "manim": "#9b6611", "encoder": "#6f727d"}


def seconds(runs: Sequence[Run]) -> float:
    """What a run takes: the median."""
    return median(run.seconds for run in runs)


def memory(runs: Runs, who: str) -> float:
    """The most that a single process had, in MB."""
    return max((run.memory for by in runs.values() for run in by.get(who, ())), default=0.0)


def table(title: str, runs: Runs) -> str:
    """The medians as Markdown, with how many runs they are of, and how they compare."""
    rows = [[title, *WHO.values(), "faster by"], ["---"] * (len(WHO) + 2)]
    for done, by in runs.items():
        told = [f"{seconds(by[who]):.1f} s ({len(by[who])})" if who in by else "" for who in WHO]
        both = "manim" in by and "studio" in by
        ratio = f"{seconds(by['manim']) / seconds(by['studio']):.1f} ×" if both else ""
        rows.append([done, *told, ratio])
    most = [f"{memory(runs, who):.0f} MB" if memory(runs, who) else "" for who in WHO]
    rows.append(["the most memory that a process had", *most, ""])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def chart(title: str, runs: Runs) -> str:
    """The medians as bars, an SVG."""
    bars = [(done, who, seconds(by[who])) for done, by in runs.items() for who in WHO if who in by]
    longest, high = max(value for *_, value in bars), 20 * len(bars) + 40
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="{high}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="10" y="22" font-size="15">{escape(title)}: seconds</text>'
    ]
    for number, (done, who, value) in enumerate(bars):
        y, width = 20 * number + 36, 380 * value / longest
        label = escape(f"{done}: {WHO[who].strip('`')}")
        drawn.append(
            f'<text x="440" y="{y + 12}" text-anchor="end">{label}</text>'
            f'<rect x="446" y="{y}" width="{width:.1f}" height="16" fill="{_COLOURS[who]}"/>'
            f'<text x="{450 + width:.1f}" y="{y + 12}">{value:.1f}</text>'
        )
    return "\n".join([*drawn, "</svg>\n"])


def machine() -> str:
    """The computer that it was measured on."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    processor, told = platform.processor() or platform.machine(), Path("/proc/cpuinfo")
    if told.is_file() and (named := re.search(r"model name\s*: (.+)", told.read_text("utf-8"))):
        processor = named[1]
    system = platform.platform(terse=True)
    with suppress(OSError):
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return (
        f"{os.cpu_count()} cores ({processor}), {gigabytes:.0f} GB of memory, "
        f"{system}, Python {platform.python_version()}"
    )


def put_in(text: str, name: str, told: str) -> str:
    """A text with what it tells between two remarks replaced; StudioError without these."""
    begin, end = f"<!-- bench: {name} -->\n", f"<!-- end of bench: {name} -->"
    place = re.compile(f"(?<={begin}).*?(?={end})", re.DOTALL)
    if len(place.findall(text)) != 1:
        raise StudioError(f"README.md: {begin.strip()} and {end} are to stand there, each once")
    return place.sub(lambda _: f"{told}\n", text)
