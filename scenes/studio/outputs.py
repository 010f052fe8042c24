"""Folders that commands fill: all is made under a temporary name first, and nobody's files go.

Also the templates of pages, and what they have in common.
"""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scenes.studio.errors import StudioError
from scenes.studio.manifest import ClipEntry
from scenes.studio.writer import sweep
from scenes.words.cache import write_whole

MEDIA = "clips"
"""The folder beside a page that holds its films and clips."""
TYPES = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "vtt": "text/vtt",
    "png": "image/png",
}
"""Media types, by a file's ending."""
_PREFIX = ".making-"


@contextmanager
def made_in(folder: Path) -> Iterator[Path]:
    """A temporary folder inside a folder, to make things in that :func:`put` then moves out.

    Raises StudioError where the folder's name is that of a file.
    """
    if folder.exists() and not folder.is_dir():
        raise StudioError(f"{folder}: is not a folder (allowed: one, or a name that is not taken)")
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder.glob(f"{_PREFIX}*"))
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder) as made:
        yield Path(made)


def put(names: Iterable[str], ready: Path, folder: Path) -> None:
    """Move files, whose names may hold a folder, to where they belong, in this order."""
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        os.replace(ready / name, folder / name)


def _link(source: Path, target: Path) -> None:
    """The same file under another name, where the disk can do that; else a copy."""
    target.parent.mkdir(exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def deliver(folder: Path, copies: Mapping[str, Path], texts: Mapping[str, str]) -> list[Path]:
    """Copy and write files; all are made before the first one is put in its place, in this order.

    The paths of what was made.
    """
    with made_in(folder) as ready:
        for name, source in copies.items():
            _link(source, ready / name)
        for name, text in texts.items():
            (ready / name).parent.mkdir(exist_ok=True)
            (ready / name).write_text(text, encoding="utf-8")
        put([*copies, *texts], ready, folder)
    return [folder / name for name in (*copies, *texts)]


def write(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all; StudioError, which names it, where that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as problem:
        raise StudioError(f"{path}: cannot be written ({problem.strerror})") from problem


# -- pages


def refuse_strangers(page: Path, generator: str) -> None:
    """StudioError where a page stands that another programme, or a person, has made."""
    if page.exists() and f'content="{generator}"' not in page.read_text("utf-8", "replace"):
        raise StudioError(f"{page}: is not a page of ours (allowed: another folder with --out)")


def rendered(template: Path, **values: Any) -> str:
    """A template filled in; what is put in is escaped."""
    house = Environment(
        loader=FileSystemLoader(template.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    house.filters["clock"] = _clock
    return house.get_template(template.name).render(**values)


def as_it_is(path: Path) -> Markup:
    """A style or a script of our own, to stand inside a page."""
    return Markup(path.read_text(encoding="utf-8").replace("</script", r"<\/script"))


def base64_of(path: Path) -> str:
    """A file as text."""
    return base64.b64encode(path.read_bytes()).decode()


def inside(path: Path) -> str:
    """A file as an address that holds all of it."""
    return f"data:{TYPES[path.suffix.removeprefix('.')]};base64,{base64_of(path)}"


def shown(clip: ClipEntry, folder: Path, *, embedded: bool = False) -> dict[str, Any]:
    """A clip as pages show it: its poster, its captions, and where its films are.

    Captions are always inside: a browser that opens a page from disk refuses to load them from
    files. An ``embedded`` poster is, too.
    """
    files = clip["files"]
    poster = folder / files["poster"]
    return {
        **clip,
        "poster": inside(poster) if embedded else f"{MEDIA}/{poster.name}",
        "captions": inside(folder / files["vtt"]),
        "sources": [
            {"url": f"{MEDIA}/{files[kind]}", "type": TYPES[kind]} for kind in playable(clip)
        ],
    }


def playable(clip: ClipEntry) -> list[str]:
    """Kinds of film that a browser can be offered, the best first."""
    # The first is transparent where any is.
    kinds: list[str] = [kind for kind in ("mp4", "webm", "mov") if kind in clip["files"]]
    if not kinds:
        raise StudioError(f"{clip['name']}: there is no film that a browser plays (studio clips)")
    return kinds


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def short(path: Path) -> str:
    """A path as seen from the current folder, where it lies in it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
