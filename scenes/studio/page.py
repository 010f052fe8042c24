"""The lecture page: films, clips, captions, chapters and transcript in one offline web page.

The page is plain HTML with its style and script inside. Its films lie in a folder beside it, or,
for a page of one single file, inside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scenes.studio import catalogue, settings, snippets
from scenes.studio.manifest import BeatEntry, ClipEntry, FilmEntry
from scenes.studio.outputs import (
    MEDIA,
    as_it_is,
    base64_of,
    deliver,
    inside,
    playable,
    refuse_strangers,
    rendered,
    shown,
)

ASSETS = settings.ASSETS / "page"
_GENERATOR = "Backpropagation, seen"
_LABELS = {
    "mp4": "MP4",
    "webm": "WebM",
    "mov": "QuickTime",
    "loop": "loop",
    "gif": "GIF",
    "poster": "picture",
    "svg": "SVG",
    "pdf": "PDF",
    "vtt": "captions (VTT)",
    "srt": "captions (SRT)",
    "txt": "picture in words",
}


def make(
    films: Sequence[FilmEntry], clips: Path, folder: Path, *, single_file: bool = False
) -> Path:
    """Make the page of films in a folder; ``films`` are entries of the list in ``clips``.

    Raises StudioError where a page of somebody else stands in its place.
    """
    target = folder / "index.html"
    refuse_strangers(target, _GENERATOR)
    beside = [(film, clip) for film in films for clip in (film, *film["beats"])]
    if single_file:
        beside = []
    page = rendered(
        ASSETS / "page.html",
        title=catalogue.TITLE,
        generator=_GENERATOR,
        style=as_it_is(ASSETS / "page.css"),
        script=as_it_is(ASSETS / "page.js"),
        lesson=films[0]["lesson"]["file"],
        voice=films[0]["voice"],
        seconds=sum(film["seconds"] for film in films),
        embedded=single_file,
        films=[_film(film, clips, single_file) for film in films],
        clips=[_clip(clip, film, clips) for film, clip in beside],
    )
    names = sorted({name for _, clip in beside for name in clip["files"].values()})
    deliver(folder, {f"{MEDIA}/{name}": clips / name for name in names}, {target.name: page})
    return target


# -- what the page's template is given


def _film(film: FilmEntry, clips: Path, embedded: bool) -> dict[str, Any]:
    files = film["files"]
    chapters = files.get("chapters.vtt")
    return {
        **shown(film, clips, embedded=embedded),
        "id": film["name"].partition("-")[2],
        "ground": settings.COLOURS[film["theme"]].ground,
        "chapters": inside(clips / chapters) if chapters else "",
        "beats": [_beat(beat, film["fps"], clips, embedded) for beat in film["beats"]],
        "data": base64_of(clips / files[playable(film)[0]]) if embedded else "",
    }


def _beat(beat: BeatEntry, fps: float, clips: Path, embedded: bool) -> dict[str, Any]:
    start = beat["first_frame"] / fps
    # A player sent to the very beginning of a frame may show the one before: half a frame in.
    jump = start + 0.5 / fps
    return {
        **shown(beat, clips, embedded=embedded),
        "start": round(jump, 4),
        "end": round(jump + beat["seconds"], 4),
        "words": [
            {"word": word["word"], "start": round(max(word["start"] + start, jump), 4)}
            for word in beat["words"]
        ],
    }


def _clip(clip: ClipEntry, film: FilmEntry, clips: Path) -> dict[str, Any]:
    files = clip["files"]
    return {
        **shown(clip, clips),
        "size": film["size"],
        "ground": settings.COLOURS[film["theme"]].ground,
        "downloads": [
            {"url": f"{MEDIA}/{files[kind]}", "label": label}
            for kind, label in _LABELS.items()
            if kind in files
        ],
        "snippets": snippets.of(clip, film["size"], MEDIA),
    }
