"""What stands beside films and clips as JSON, for tools to read: its shape, in one place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict, cast


class Word(TypedDict):
    """A word as it is captioned, and when it is spoken, in seconds."""

    word: str
    start: float
    end: float


class Source(TypedDict):
    """The lesson that a film was made of."""

    file: str
    digest: str


class Beat(TypedDict):
    """A beat of a film; its frames and times are the film's."""

    name: str
    title: str
    alt: str
    first_frame: int
    last_frame: int
    voice_frame: int
    line: str
    spoken: str
    words: list[Word]
    values: list[dict[str, Any]]
    late_frames: dict[str, int]


class Manifest(TypedDict):
    """A film, in the JSON file beside it."""

    format: int
    scene: str
    title: str
    file: str
    fps: float
    frames: int
    size: list[int]
    complete: bool
    reads: list[str]
    """The places of the values that the film has read of its lesson."""
    fingerprint: str
    lesson: Source
    voice: str
    poster: str | None
    beats: list[Beat]


class ClipEntry(TypedDict):
    """A clip, in the list of a folder's clips; its words and its poster are on its own clock."""

    name: str
    title: str
    alt: str
    line: str
    first_frame: int
    frames: int
    seconds: float
    poster_frame: int
    files: dict[str, str]
    words: list[Word]


class BeatEntry(ClipEntry):
    """The clip of a beat."""

    beat: str


class FilmEntry(ClipEntry):
    """The clip of a whole film, and those of its beats."""

    scene: str
    size: list[int]
    theme: str
    fps: float
    lesson: Source
    voice: str
    fingerprint: str
    cut_from: str
    extras: list[str]
    beats: list[BeatEntry]


def read_manifest(film: Path) -> Manifest:
    """What stands beside a film; OSError or ValueError where that cannot be read."""
    return cast(Manifest, json.loads(film.with_suffix(".json").read_text(encoding="utf-8")))


def as_json(value: Mapping[str, Any]) -> str:
    """A file's text."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
