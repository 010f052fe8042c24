"""A clip in the lecturer's own tool: the lines to be copied, for each tool."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scenes.studio import settings
from scenes.studio.manifest import ClipEntry
from scenes.studio.outputs import TYPES, playable

TOOLS = ("HTML", "Markdown", "reveal.js", "Quarto", "Beamer", "PowerPoint")
"""The tools, each with a template of its own."""

_TEX = {
    **{letter: rf"\{letter}" for letter in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "≈": r"$\approx$",
    "−": r"$-$",
    "×": r"$\times$",
}


def of(clip: ClipEntry, size: Sequence[int], folder: str) -> list[dict[str, str]]:
    """Name of the tool and text to copy, for each tool; the clip's files lie in ``folder``."""
    templates = Environment(
        loader=FileSystemLoader(settings.ASSETS / "snippets"),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    templates.filters |= {"html": html.escape, "markdown": _markdown, "tex": _tex}
    given = {
        "clip": clip,
        "size": size,
        "at": {kind: f"{folder}/{name}" for kind, name in clip["files"].items()},
        "kinds": playable(clip),
        "types": TYPES,
    }
    made = []
    for tool in TOOLS:
        template = templates.get_template(f"{tool.lower().removesuffix('.js')}.txt")
        made.append({"name": tool, "text": template.render(given).strip()})
    return made


def _markdown(text: str) -> str:
    return re.sub(r"([\\\[\]])", r"\\\1", text)


def _tex(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in text)
