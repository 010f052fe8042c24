"""What can be read: captions as files, and a transcript with a still of each beat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scenes.studio import catalogue
from scenes.studio.manifest import FilmEntry
from scenes.studio.outputs import deliver
from scenes.words import captions

STILLS = "stills"
"""The folder beside the transcript that holds its pictures."""


def write_captions(
    films: Sequence[FilmEntry], clips: Path, folder: Path, kinds: Sequence[str]
) -> list[Path]:
    """Captions of films and of their beats, each on its own clock; the paths of what was written.

    ``films`` are entries of the list in ``clips``; ``kinds`` are ``srt`` and ``vtt``.
    """
    names = [
        clip["files"][kind] for film in films for clip in (film, *film["beats"]) for kind in kinds
    ]
    return deliver(folder, {name: clips / name for name in names}, {})


def write_transcript(films: Sequence[FilmEntry], clips: Path, folder: Path) -> Path:
    """The transcript as Markdown, with a still at each beat."""
    parts = [captions.transcript(catalogue.TITLE, ())]
    pictures: dict[str, Path] = {}
    for film in films:
        beats = []
        for beat in film["beats"]:
            still = beat["files"]["poster"]
            pictures[f"{STILLS}/{still}"] = clips / still
            start = beat["first_frame"] / film["fps"]
            beats.append((beat["title"], start, beat["line"], f"{STILLS}/{still}", beat["alt"]))
        parts.append(captions.illustrated(film["title"], beats, depth=2))
    *_, target = deliver(folder, pictures, {"transcript.md": "\n".join(parts)})
    return target
