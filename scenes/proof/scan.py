"""Sources: no numeral is typed where it would reach the screen, and no number is rounded there.

The films and pictures as they are played say where their numbers come from; this looks at what is
not played, too: branches for other lessons, and what a later hand may add.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scenes.proof.finding import Findings
from scenes.studio.settings import ROOT, SCENES

_NUMERAL = re.compile(r"(?<![\w.{}<>(^_-])[-−]?\d+(?:\.\d+)?(?![\w}])")
_ROUNDING = {"round", "format", "str", "repr"}

ALLOWED: dict[tuple[str, str], str] = {
    ("credits.py", r", (19|20)\d\d$"): "the year of a work, which is part of its name",
    ("pictures/equations.py", r"weight: \d+"): "settings of Typst's",
    ("pictures/readouts.py", r"^0123456789"): "the wheels of a counter, each digit of its own",
}
"""Literals with numerals that are no numbers of a film, by file and pattern, and why."""
NUMBERLESS: dict[tuple[str, str], str] = {
    (
        "pictures/forward_pass.py",
        "round",
    ): "-1.0, 0.0 and 1.0 as whole numbers, written by integer()",
    ("pictures/equations.py", "repr"): "the key of what was set before",
    ("pictures/equations.py", "str"): "the path of a folder or file",
    ("pictures/landscape.py", "round"): "rows of the map's pixels",
    ("pictures/reverse_mode.py", "round"): "which of the counts a counter stands at",
    ("pictures/terrain.py", "round"): "a picture's pixels, and the points of a line",
    ("pictures/terrain.py", "repr"): "what a picture is known by",
    ("pictures/terrain_light.py", "round"): "by what a shadow is kept",
    ("pictures/terrain_view.py", "round"): "rows and columns of a raster",
    ("maths/formulas/notation.py", "str"): "a formula that is text already",
    ("maths/formulas/mountain.py", "str"): "a formula that is text already",
}
"""Calls that look like rounding and are none, by file and by name, and why."""


def scan(found: Findings) -> None:
    """Check the sources of all films, of what they stand on, and of all pictures."""
    folders = [SCENES / name for name in ("", "staging", "pictures", "maths/formulas")]
    for path in (path for folder in folders for path in sorted(folder.glob("*.py"))):
        name = str(path.relative_to(SCENES))
        for text in problems(path.read_text(encoding="utf-8"), name):
            found.add("numbers", "", f"{path.relative_to(ROOT)}: {text}")
        found.count("numbers")


def problems(source: str, name: str) -> Iterator[str]:
    """What is wrong with a source: typed numerals in texts, formatting, rounding."""
    tree = ast.parse(source)
    spared = {id(node) for node in _no_texts(tree)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in spared
        ):
            bare = re.sub(r"\{[^{}]*\}", "", node.value)
            typed = [n for n in _NUMERAL.findall(bare) if n not in ("0", "1")]
            if typed and not _allowed(name, node.value):
                yield f"line {node.lineno}: {typed[0]!r} is typed into {node.value[:40]!r}"
        elif isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            yield f"line {node.lineno}: a number is formatted outside scenes.maths.display"
        elif isinstance(node, ast.Call) and _rounds(name, _called(node)):
            yield f"line {node.lineno}: {_called(node)}() outside scenes.maths.display"


def _rounds(file: str, called: str) -> bool:
    return called in _ROUNDING and (file, called) not in NUMBERLESS


def _allowed(name: str, text: str) -> bool:
    return any(file == name and re.search(pattern, text) for file, pattern in ALLOWED)


def _no_texts(tree: ast.Module) -> Iterator[ast.AST]:
    """String constants that are no texts for the screen: docstrings, colours, keys, patterns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Call) and _called(node) in _NOT_SHOWN:
            yield from ast.walk(node)


_NOT_SHOWN = {"of", "compile", "ManimColor", "sub"}
"""Calls whose strings are colours and patterns."""


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))
