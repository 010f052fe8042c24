"""The lecture page: films, clips, captions, chapters and transcript in one offline web page.

The page is plain HTML with its style and script inside. Its films lie in a folder beside it, or,
for a page of one single file, inside it. A browser that opens a page from disk refuses to load
captions from files, so they are always inside.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scenes.studio import settings, snippets, whole
from scenes.studio.errors import StudioError
from scenes.studio.forms import Form
from scenes.studio.outputs import as_it_is, inside, link, made_in, put, refuse_strangers, rendered

ASSETS = settings.ASSETS / "page"
GROUNDS = {"dark": "#11151f", "light": "#fbfaf6"}
"""What stands behind films of each theme, where they are transparent."""
MEDIA = "clips"
"""The folder beside the page that holds its films and clips."""

_GENERATOR = "Backpropagation, seen"
# In the order in which a browser should try them: the first is transparent where any is.
TYPES = {"mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime"}
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


def folder_of(form: Form) -> Path:
    """Where the page of films in this form goes."""
    size = f"{form.size[1]}p{form.rate}"
    return settings.RENDERS / "page" / "-".join(part for part in (size, form.variant) if part)


def make(
    films: Sequence[Mapping[str, Any]], clips: Path, folder: Path, *, single_file: bool = False
) -> Path:
    """Make the page of films in a folder; ``films`` are entries of the list in ``clips``.

    Raises StudioError where a page of somebody else stands in its place.
    """
    target = folder / "index.html"
    refuse_strangers(target, _GENERATOR)
    with made_in(folder) as ready:
        (ready / target.name).write_text(_page(films, clips, single_file), encoding="utf-8")
        names: list[str] = []
        if not single_file:
            names = sorted({name for film in films for clip in _all(film) for name in _files(clip)})
        for name in names:
            link(clips / name, ready / MEDIA / name)
        put([*(f"{MEDIA}/{name}" for name in names), target.name], ready, folder)
    return target


def _page(films: Sequence[Mapping[str, Any]], clips: Path, embedded: bool) -> str:
    return rendered(
        ASSETS / "page.html",
        title=whole.TITLE,
        generator=_GENERATOR,
        style=as_it_is(ASSETS / "page.css"),
        script=as_it_is(ASSETS / "page.js"),
        lesson=films[0]["lesson"]["file"],
        voice=films[0]["voice"],
        seconds=sum(film["seconds"] for film in films),
        embedded=embedded,
        films=[_film(film, clips, embedded) for film in films],
        clips=[]
        if embedded
        else [_clip(clip, film, clips) for film in films for clip in _all(film)],
    )


def _all(film: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [film, *film["beats"]]


def _files(clip: Mapping[str, Any]) -> list[str]:
    return list(clip["files"].values())


# -- what the page's template is given


def _film(film: Mapping[str, Any], clips: Path, embedded: bool) -> dict[str, Any]:
    fps = film["fps"]
    shown = {
        **_shown(film, clips, embedded),
        "id": film["name"].partition("-")[2],
        "size": film["size"],
        "ground": GROUNDS[film["theme"]],
        "seconds": film["seconds"],
        "chapters": _chapters(film, clips),
        "beats": [_beat(beat, fps, clips, embedded) for beat in film["beats"]],
    }
    if embedded:
        name = film["files"][playable(film)[0]]
        shown["data"] = base64.b64encode((clips / name).read_bytes()).decode()
    return shown


def _beat(beat: Mapping[str, Any], fps: float, clips: Path, embedded: bool) -> dict[str, Any]:
    start = beat["first_frame"] / fps
    # A player sent to the very beginning of a frame may show the one before: half a frame in.
    jump = start + 0.5 / fps
    return {
        "name": beat["name"],
        "beat": beat["beat"],
        "title": beat["title"],
        "start": round(jump, 4),
        "end": round(jump + beat["seconds"], 4),
        "poster": _poster(beat, clips, embedded),
        "words": [
            {"word": word["word"], "start": round(max(word["start"] + start, jump), 4)}
            for word in beat["words"]
        ],
    }


def _clip(clip: Mapping[str, Any], film: Mapping[str, Any], clips: Path) -> dict[str, Any]:
    files = clip["files"]
    return {
        **_shown(clip, clips, embedded=False),
        "size": film["size"],
        "ground": GROUNDS[film["theme"]],
        "downloads": [
            {"url": f"{MEDIA}/{files[kind]}", "label": label}
            for kind, label in _LABELS.items()
            if kind in files
        ],
        "snippets": snippets.of(clip, film["size"], MEDIA),
    }


def _shown(clip: Mapping[str, Any], clips: Path, embedded: bool) -> dict[str, Any]:
    files = clip["files"]
    return {
        "name": clip["name"],
        "title": clip["title"],
        "alt": clip["alt"],
        "poster": _poster(clip, clips, embedded),
        "captions": inside(clips / files["vtt"], "text/vtt"),
        "sources": [
            {"url": f"{MEDIA}/{files[kind]}", "type": TYPES[kind]} for kind in playable(clip)
        ],
    }


def playable(clip: Mapping[str, Any]) -> list[str]:
    """Kinds of film that a browser can be offered, the best first."""
    kinds = [kind for kind in TYPES if kind in clip["files"]]
    if not kinds:
        raise StudioError(f"{clip['name']}: there is no film that a browser plays (studio clips)")
    return kinds


def _poster(clip: Mapping[str, Any], clips: Path, embedded: bool) -> str:
    name = clip["files"]["poster"]
    return inside(clips / name, "image/png") if embedded else f"{MEDIA}/{name}"


def _chapters(film: Mapping[str, Any], clips: Path) -> str:
    name = film["files"].get("chapters.vtt")
    return inside(clips / name, "text/vtt") if name else ""
