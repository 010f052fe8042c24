"""Type: words and formulas, set by Typst in the bundled fonts; parts can be picked out."""

from __future__ import annotations

import atexit
import os
import pickle
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
from manim import LEFT, UP, MathTypst, Typst, VGroup, config

from scenes.maths.provenance import Quote, unmarked
from scenes.pictures import theme

# `fallback: false`: a glyph that the bundled fonts lack is an empty box, on every machine alike,
# and never some other font that happens to be installed.
_PREAMBLE = f"""\
#set text(font: "{theme.TEXT_FONT}", weight: 500, fallback: false)
#set text(top-edge: "bounds", bottom-edge: "bounds", number-width: "tabular")
#show math.equation: set text(font: "{theme.MATH_FONT}", weight: 400, fallback: false)
#set math.mat(column-gap: 0.9em, row-gap: 0.45em, align: right)
#set math.vec(gap: 0.45em, align: right)
"""


@lru_cache(maxsize=1)
def _typst_folder() -> str:
    """A folder for this process alone: Manim's Typst cache is neither keyed by font nor atomic."""
    folder = tempfile.mkdtemp(prefix="backprop-typst-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def _own_folder() -> Iterator[None]:
    """Let Typst work in that folder.  Manim's tempconfig would set all settings anew."""
    before = config.tex_dir
    config.tex_dir = _typst_folder()
    try:
        yield
    finally:
        config.tex_dir = before


_PAGE = re.compile(r'<svg viewBox="0 0 [\d.]+ ([\d.]+)"')
_GLYPH = re.compile(r'<g transform="matrix\(1 0 0 -1 [-\d.]+ ([-\d.]+)\)"><use')


def _baseline_share(svg: str) -> float:
    """How far above the ink's bottom the first glyph stands, as a share of the ink's height.

    The page is as high as the ink.  Manim 0.22 takes the page's top for the baseline of all.
    """
    page, origin = _PAGE.search(svg), _GLYPH.search(svg)
    if page is None or origin is None:
        return 0.0
    return 1.0 - float(origin[1]) / float(page[1])


def _style(kwargs: dict[str, Any]) -> dict[str, Any]:
    """What words and formulas have in common."""
    return {
        "color": theme.palette().text,
        "typst_preamble": _PREAMBLE,
        "font_paths": [str(theme.FONT_FOLDER)],
        **kwargs,
    }


_STROKE = 1080 / 8 / 2
"""Manim's stroke width for a bar one unit wide, as it is at 1080p."""


@dataclass(frozen=True)
class Setting:
    """What type was set from; each glyph knows it, also where a film shows it by itself."""

    source: str
    quotes: tuple[Quote, ...]

    def __deepcopy__(self, memo: dict[int, Any]) -> Setting:
        return self


_SET: dict[str, bytes] = {}
"""Type that was set in this run."""


def _keep(file: Path, contents: bytes) -> None:
    """Put type that was set into the cache; without one, it is set anew each time."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(contents)
        partial.replace(file)


@lru_cache(maxsize=1)
def _set_by() -> str:
    """What else the look of type depends on: fonts, and the versions of what sets it."""
    fonts = (file.read_bytes() for file in sorted(theme.FONT_FOLDER.iterdir()))
    versions = [version(name) for name in ("manim", "typst", "numpy")]
    return sha256(b"".join(fonts) + repr((versions, _PREAMBLE)).encode()).hexdigest()


class _OnBaseline(Typst):
    """Knows where its first glyph stands."""

    def set_once(self, kind: type[Typst], source: str, size: float, **kwargs: Any) -> None:
        """Let Typst set the type, or take it as it was set before, in this run or an earlier one.

        To compile a formula and to read what comes out takes longer than to draw it.
        """
        style = _style(kwargs)
        asked = (type(self).__name__, source, size, sorted(style.items()), _set_by())
        key = sha256(repr(asked).encode()).hexdigest()[:32]
        file = Path(config.media_dir) / "type" / key
        if key not in _SET and file.is_file():
            _SET[key] = file.read_bytes()
        if key not in _SET:
            with _own_folder():
                kind.__init__(self, source, font_size=size, **style)
            self._settle()
            _SET[key] = pickle.dumps(self.__dict__)
            _keep(file, _SET[key])
        # The first one, too: whoever comes after it is to be just like it.
        self.__dict__.update(pickle.loads(_SET[key]))

    def _settle(self) -> None:
        """Find the baseline, and forget what the points were made from."""
        for glyph in self.get_family():
            # Manim would copy it with each copy of the glyph; each animation copies what it moves.
            glyph.__dict__.pop("path_obj", None)
        file = Path(str(self.file_name))
        self._baseline = _baseline_share(file.read_text(encoding="utf-8"))
        # The content's hash names the file; the folder differs from run to run.
        self.file_name = Path(file.name)

    def remember(self, source: str, quotes: tuple[Quote, ...]) -> None:
        """What it was set from; to be called once the type is set."""
        setting = Setting(source, quotes)
        for glyph in self.get_family():
            glyph.__dict__["setting"] = setting  # Manim's classes know nothing of it

    def _refresh_svg_stroke_widths(self) -> None:
        # Manim 0.22 counts a fraction's bar in pixels of the picture, so that it would be thinner
        # beside its glyphs the smaller the picture is, and forgets it where a formula is set anew.
        for bar in self.get_family():
            told = bar.__dict__
            if "_typst_source_stroke_width" in told:
                size = max(bar.width, bar.height) / told["_typst_reference_size"]
                bar.set_stroke(
                    width=_STROKE * size * told["_typst_source_stroke_width"], family=False
                )

    def baseline(self) -> float:
        """Height (y) of the baseline of the first glyph."""
        return float(self.get_bottom()[1] + self._baseline * self.height)

    def on_baseline_of(self, other: _OnBaseline) -> Self:
        """Shift vertically so that both stand on one baseline."""
        return self.shift(np.array([0.0, other.baseline() - self.baseline(), 0.0]))


class Words(_OnBaseline):
    """Plain words in the text font; ``weight`` as in CSS (400, 500, 600)."""

    def __init__(
        self, text: str, size: float = theme.SIZE.body, weight: int = 500, **kwargs: Any
    ) -> None:
        self.plain, quotes = unmarked(text)
        escaped = "".join(f"\\{c}" if c in _SPECIAL else c for c in self.plain)
        source = f"#text(weight: {weight})[{escaped}]"
        self.set_once(Typst, source, size, **kwargs)
        self.remember(self.plain, quotes)


_SPECIAL = set("\\#$*_`<>@[]~=-+/'\"")


class Paragraph(VGroup):
    """Words on as many lines as a width asks for; one line where it can be."""

    def __init__(self, text: str, width: float, **kwargs: Any) -> None:
        lines: list[tuple[str, Words]] = []
        for word in text.split():
            longer = f"{lines[-1][0]} {word}" if lines else word
            line = Words(longer, **kwargs)
            if not lines:
                lines.append((longer, line))
            elif line.width <= width:
                lines[-1] = (longer, line)
            else:
                lines.append((word, Words(word, **kwargs)))
        super().__init__(*(line for _, line in lines))
        for (_, above), (_, line) in pairwise(lines):
            line.align_to(above, LEFT)
            line.shift((above.baseline() - _LEADING * line.font_size - line.baseline()) * UP)


_LEADING = 0.0145
"""Distance between baselines in a paragraph, in frame units for each unit of type size."""


class Formula(_OnBaseline, MathTypst):
    """A formula in Typst's notation; ``{{ part : label }}`` can be picked with ``part(label)``."""

    def __init__(self, source: str, size: float = theme.SIZE.formula, **kwargs: Any) -> None:
        self.source, quotes = unmarked(source)
        self.set_once(MathTypst, self.source, size, **kwargs)
        self.remember(self.source, quotes)

    def part(self, label: str) -> VGroup:
        """The glyphs of a labelled part."""
        return self.select(label)
