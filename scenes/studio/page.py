"""The lecture page: films, clips, captions, chapters and transcript in one offline web page.

The page is plain HTML with its style and script inside. Its films lie in a folder beside it, or,
for a page of one single file, inside it. A browser that opens a page from disk refuses to load
captions from files, so they are always inside.
"""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scenes.studio import settings, snippets, whole
from scenes.studio.errors import StudioError
from scenes.studio.making import Form
from scenes.studio.writer import sweep

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
    if target.exists() and f'content="{_GENERATOR}"' not in target.read_text("utf-8", "replace"):
        raise StudioError(f"{target}: is not a page of ours (allowed: another folder with --out)")
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder.glob(".page-*"))
    with tempfile.TemporaryDirectory(prefix=".page-", dir=folder) as made:
        ready = Path(made)
        (ready / target.name).write_text(_page(films, clips, single_file), encoding="utf-8")
        if not single_file:
            names = sorted({name for film in films for clip in _all(film) for name in _files(clip)})
            (ready / MEDIA).mkdir()
            for name in names:
                link(clips / name, ready / MEDIA / name)
            (folder / MEDIA).mkdir(exist_ok=True)
            for name in names:
                os.replace(ready / MEDIA / name, folder / MEDIA / name)
        os.replace(ready / target.name, target)
    return target


def link(source: Path, target: Path) -> None:
    """The same file under another name, where the disk can do that; else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _page(films: Sequence[Mapping[str, Any]], clips: Path, embedded: bool) -> str:
    house = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    house.filters["clock"] = clock
    return house.get_template("page.html").render(
        title=whole.TITLE,
        generator=_GENERATOR,
        style=Markup((ASSETS / "page.css").read_text(encoding="utf-8")),
        script=Markup((ASSETS / "page.js").read_text(encoding="utf-8")),
        lesson=films[0]["lesson"]["file"],
        voice=films[0]["voice"],
        seconds=sum(film["seconds"] for film in films),
        embedded=embedded,
        films=[_film(film, clips, embedded) for film in films],
        clips=[]
        if embedded
        else [_clip(clip, film, clips) for film in films for clip in _all(film)],
    )


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


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
        "chapters": _inside(clips, film["files"].get("chapters.vtt"), "text/vtt"),
        "beats": [_beat(beat, fps, clips, embedded) for beat in film["beats"]],
    }
    if embedded:
        name = film["files"][playable(film)[0]]
        shown["data"] = base64.b64encode((clips / name).read_bytes()).decode()
    return shown


def _beat(beat: Mapping[str, Any], fps: float, clips: Path, embedded: bool) -> dict[str, Any]:
    start = beat["first_frame"] / fps
    return {
        "name": beat["name"],
        "beat": beat["beat"],
        "title": beat["title"],
        "start": round(start, 4),
        "end": round(start + beat["seconds"], 4),
        "poster": _poster(beat, clips, embedded),
        "words": [
            {"word": word["word"], "start": round(word["start"] + start, 3)}
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
        "captions": _inside(clips, files["vtt"], "text/vtt"),
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
    return _inside(clips, name, "image/png") if embedded else f"{MEDIA}/{name}"


def _inside(clips: Path, name: str | None, kind: str) -> str:
    """A file as an address that holds all of it."""
    if name is None:
        return ""
    data = base64.b64encode((clips / name).read_bytes()).decode()
    return f"data:{kind};base64,{data}"
