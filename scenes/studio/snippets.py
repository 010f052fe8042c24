"""A clip in the lecturer's own tool: the lines to be copied, for each tool."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

_TYPES = {"mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime"}
_TEX = {
    **{letter: rf"\{letter}" for letter in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "≈": r"$\approx$",
    "−": r"$-$",
    "×": r"$\times$",
}


def of(clip: Mapping[str, Any], size: Sequence[int], folder: str) -> list[dict[str, str]]:
    """Name of the tool and text to copy, for each tool; the clip's files lie in ``folder``."""
    made = _Snippets(clip, size, folder)
    return [
        {"name": "HTML", "text": made.html()},
        {"name": "Markdown", "text": made.markdown()},
        {"name": "reveal.js", "text": made.reveal()},
        {"name": "Quarto", "text": made.quarto()},
        {"name": "Beamer", "text": made.beamer()},
        {"name": "PowerPoint", "text": made.powerpoint()},
    ]


class _Snippets:
    """One clip, for each tool."""

    def __init__(self, clip: Mapping[str, Any], size: Sequence[int], folder: str) -> None:
        self._clip = clip
        self._size = size
        self._at = {kind: f"{folder}/{name}" for kind, name in clip["files"].items()}
        self._kind = next(kind for kind in _TYPES if kind in self._at)

    def html(self) -> str:
        """A ``video`` element with its captions."""
        width, height = self._size
        return "\n".join(
            [
                f'<video controls playsinline preload="metadata" width="{width}" height="{height}"',
                f'       poster="{self._at["poster"]}" aria-label="{_quoted(self._clip["alt"])}">',
                *self._inside("  "),
                "</video>",
            ]
        )

    def _inside(self, indent: str) -> list[str]:
        sources = [
            f'{indent}<source src="{self._at[kind]}" type="{_TYPES[kind]}">'
            for kind in _TYPES
            if kind in self._at
        ]
        captions = f'<track kind="captions" srclang="en" label="English" src="{self._at["vtt"]}">'
        return [*sources, f"{indent}{captions}"]

    def markdown(self) -> str:
        """The GIF where there is one, since Markdown plays no film; else a poster with a link."""
        alt = re.sub(r"([\\\[\]])", r"\\\1", self._clip["alt"])
        if "gif" in self._at:
            return f"![{alt}]({self._at['gif']})"
        return f"[![{alt}]({self._at['poster']})]({self._at[self._kind]})"

    def reveal(self) -> str:
        """A slide that plays by itself, with the narration as its notes."""
        return "\n".join(
            [
                "<section>",
                f"  <h2>{html.escape(self._clip['title'])}</h2>",
                f'  <video data-autoplay controls poster="{self._at["poster"]}"',
                f'         aria-label="{_quoted(self._clip["alt"])}">',
                *self._inside("    "),
                "  </video>",
                f'  <aside class="notes">{html.escape(self._clip["line"])}</aside>',
                "</section>",
            ]
        )

    def quarto(self) -> str:
        """A slide or a section, with the narration as its notes."""
        title = self._clip["title"].replace('"', "'")
        return "\n".join(
            [
                f"## {title}",
                "",
                f'{{{{< video {self._at[self._kind]} title="{title}" >}}}}',
                "",
                "::: {.notes}",
                self._clip["line"],
                ":::",
            ]
        )

    def beamer(self) -> str:
        """A frame; the film plays where the PDF viewer can."""
        width, height = self._size
        picture = rf"\includegraphics[width=\linewidth]{{{self._at['poster']}}}"
        size = rf"width=\linewidth,height={height / width:.4f}\linewidth"
        return "\n".join(
            [
                r"% in the preamble: \usepackage{multimedia}",
                rf"\begin{{frame}}{{{_tex(self._clip['title'])}}}",
                rf"  \movie[{size}]%",
                rf"    {{{picture}}}{{{self._at[self._kind]}}}",
                rf"  \note{{{_tex(self._clip['line'])}}}",
                r"\end{frame}",
            ]
        )

    def powerpoint(self) -> str:
        """What to click: PowerPoint takes no lines."""
        files = self._clip["files"]
        return "\n".join(
            [
                f"1. Insert, Video, This Device: {files[self._kind]}",
                f"2. Video Format, Poster Frame, Image from File: {files['poster']}",
                f"3. Playback, Insert Captions: {files['vtt']}",
                f"4. Alt Text: {self._clip['alt']}",
                "A whole deck at once: studio slides --to pptx",
            ]
        )


def _quoted(text: str) -> str:
    return html.escape(text, quote=True)


def _tex(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in text)
