"""Clips: every beat of a finished film, and the film itself, ready to be put into a lecture.

A film is made of segments that each begin with a whole picture, and every beat begins with a
segment: so the pictures of a clip are copied packet by packet, and nothing is lost. The sound is
decoded, cut at the sample and encoded once more.

All of a film's clips are made in a folder of their own and moved into place at the end. The list
of clips (``clips.json``) goes first and comes back last: what it lists is there, and is whole.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from scenes.studio import catalogue, film, formats, settings, stills
from scenes.studio.errors import StudioError
from scenes.studio.fingerprint import digest
from scenes.studio.forms import Form
from scenes.studio.manifest import (
    BeatEntry,
    ClipEntry,
    FilmEntry,
    Manifest,
    as_json,
    read_manifest,
)
from scenes.studio.orders import Order
from scenes.studio.outputs import made_in, put
from scenes.words import captions
from scenes.words.captions import Cue, Mark
from scenes.words.wav import RATE

LIST = "clips.json"
FORMAT = 2
"""Version of the list's layout."""

EXTRAS = ("loop", "gif", "webm", "still")
"""What can be made of each beat besides its clip."""

Progress = Callable[[str], None]
"""Is told the title of each clip that is made."""


# -- a finished film


@dataclass(frozen=True)
class FinishedFilm:
    """A film on disk that is what its manifest says, and what was asked for."""

    order: Order
    manifest: Manifest
    cues: tuple[Cue, ...]

    @property
    def path(self) -> Path:
        return self.order.target

    @property
    def rate(self) -> Fraction:
        """Frames a second, exactly."""
        return Fraction(self.manifest["fps"]).limit_denominator(1001)

    @property
    def title(self) -> str:
        """Its name in words."""
        return self.manifest["title"] or self.manifest["scene"]

    @property
    def name(self) -> str:
        """A name that sorts like the films and says which one it is: ``04-chain_rule``."""
        stem = self.order.path.stem
        stems = [entry.stem for entry in catalogue.entries()]
        number = stems.index(stem) if stem in stems else len(stems)
        return f"{number:02}-{stem}"


def read(order: Order) -> FinishedFilm:
    """The film that was asked for; StudioError, with the command that makes it, where it is not."""
    again = f"studio film {order.name}{order.form.flags}"
    path = order.target
    if not (path.is_file() and path.with_suffix(".json").is_file()):
        width, height = order.form.size
        raise StudioError(
            f"{order.name}: there is no film yet at {width}×{height}, {order.form.rate} frames "
            f"a second ({again})"
        )
    try:
        manifest = read_manifest(path)
        spoken = captions.from_srt(path.with_suffix(".srt").read_text(encoding="utf-8"))
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            found = (video.width, video.height)
        lesson, size = manifest["lesson"], tuple(manifest["size"])
        is_whole = manifest["complete"] and film.count_frames(path) == manifest["frames"]
    except (OSError, ValueError, KeyError, av.FFmpegError, IndexError) as problem:
        raise StudioError(f"{path.name}: cannot be read ({again} --force)") from problem
    is_current = manifest["fingerprint"] == order.fingerprint_of(manifest["reads"])
    if lesson["digest"] != order.lesson.digest and not is_current:
        now = order.lesson.source.name
        raise StudioError(
            f"{path.name}: was made of the lesson {lesson['file']}, and now it is "
            f"{now if now != lesson['file'] else f'another {now}'} ({again})"
        )
    if found != size:
        raise StudioError(
            f"{path.name}: its pictures are {found[0]}×{found[1]}, and its manifest says "
            f"{size[0]}×{size[1]} ({again} --force)"
        )
    if size != order.form.size or manifest["fps"] != order.form.rate:
        raise StudioError(
            f"{path.name}: is {size[0]}×{size[1]} at {manifest['fps']:g} frames a second, not "
            f"{order.form.size[0]}×{order.form.size[1]} at {order.form.rate} ({again} --force)"
        )
    if not is_whole:
        raise StudioError(f"{path.name}: is not the whole film ({again} --force)")
    if not is_current:
        raise StudioError(
            f"{path.name}: its sources, its voice or its theme have changed since ({again})"
        )
    return FinishedFilm(order, manifest, spoken)


# -- cutting


def folder_of(form: Form) -> Path:
    """Where clips of films in this form go."""
    return settings.RENDERS / "clips" / form.folder


def cut(
    finished: FinishedFilm,
    extras: Collection[str],
    folder: Path,
    progress: Progress = lambda title: None,
) -> None:
    """Make the clips of a film in a folder, and enter them in its list.

    ``extras`` are some of EXTRAS; those that the folder had of the film before are made again too.
    """
    with made_in(folder) as ready:
        entry = _planned(finished, _with_those_there(finished, extras, folder))
        _refuse_full_disk(finished, len(entry["extras"]), folder)
        _Cutter(finished, entry, ready).cut(progress)
        _move_into_place(ready, folder, entry)


def _refuse_full_disk(finished: FinishedFilm, extras: int, folder: Path) -> None:
    """Before an hour's work rather than after it; twice the film and a little for the pictures."""
    times = 3 + 3 * extras + 6 * finished.order.form.transparent
    needed = times * finished.path.stat().st_size
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StudioError(
            f"{folder}: {free // 10**6} MB are free, and the clips of {finished.path.name} need "
            f"about {needed // 10**6} MB"
        )


def _planned(finished: FinishedFilm, extras: list[str]) -> FilmEntry:
    """What the list will say of a film and its beats, but for their files."""
    manifest, fps = finished.manifest, finished.manifest["fps"]
    beats: list[BeatEntry] = []
    for number, beat in enumerate(manifest["beats"], start=1):
        name = f"{finished.name}-{number:02}-{beat['name']}"
        frames = beat["last_frame"] + 1 - beat["first_frame"]
        clip = _clip(name, beat, beat["first_frame"], frames, fps)
        beats.append({**clip, "poster_frame": frames - 1, "beat": beat["name"]})
    telling = next((beat for beat in beats if beat["beat"] == manifest["poster"]), None)
    frames = manifest["frames"]
    content = {
        "title": finished.title,
        "alt": telling["alt"] if telling else f"{finished.title}.",
        "line": " ".join(beat["line"] for beat in beats),
        "words": [word for beat in manifest["beats"] for word in beat["words"]],
    }
    return {
        **_clip(finished.name, content, 0, frames, fps),
        "poster_frame": _end(telling) - 1 if telling else frames // 2,
        "scene": manifest["scene"],
        "size": manifest["size"],
        "theme": finished.order.form.ground,
        "fps": fps,
        "lesson": manifest["lesson"],
        "voice": manifest["voice"],
        "fingerprint": _fingerprint(finished, extras),
        "cut_from": manifest["fingerprint"],
        "extras": extras,
        "beats": beats,
    }


def _clip(name: str, content: Mapping[str, Any], first: int, frames: int, fps: float) -> ClipEntry:
    """A clip of some frames, with the title, line, words and picture in words of its content."""
    shift = first / fps
    return {
        "name": name,
        "title": content["title"],
        "alt": content["alt"],
        "line": content["line"],
        "first_frame": first,
        "frames": frames,
        "seconds": round(frames / fps, 4),
        "poster_frame": 0,
        "files": {},
        "words": [
            word | {key: round(word[key] - shift, 4) for key in ("start", "end")}
            for word in content["words"]
        ],
    }


def _end(clip: ClipEntry) -> int:
    """The frame of the film after a clip's last."""
    return clip["first_frame"] + clip["frames"]


class _Cutter:
    """Cuts one film into a folder, and enters each file where it belongs."""

    def __init__(self, finished: FinishedFilm, entry: FilmEntry, ready: Path) -> None:
        self._film = finished
        self._entry = entry
        self._ready = ready
        self._transparent = finished.order.form.transparent
        self._wants_webm = "webm" in entry["extras"] or self._transparent
        self._sound: NDArray[np.float32] | None = None
        if not finished.order.form.silent:
            self._sound = film.read_sound(finished.path, self._sample(entry["frames"]))

    def cut(self, progress: Progress) -> None:
        beats = self._entry["beats"]
        pictures: list[film.Span] = []
        for beat in beats:
            progress(beat["title"])
            self._write_film(beat)
            self._write_words(beat)
            if self._wants_webm:
                pictures.append(self._webm_pictures(beat))
                self._write(beat, ".webm", pictures[-1:])
            self._write_extras(beat)
        if "still" in self._entry["extras"]:
            self._draw(beats)
        progress(self._film.title)
        self._write_film(self._entry)
        self._write_words(self._entry)
        if self._wants_webm:
            # Out of its beats' pictures, where there is nothing between them: none is coded twice.
            if sum(beat["frames"] for beat in beats) != self._entry["frames"]:
                pictures = [self._webm_pictures(self._entry)]
            self._write(self._entry, ".webm", pictures)
        for clip in (self._entry, *beats):
            clip["files"] = dict(sorted(clip["files"].items()))

    def _sample(self, frame: int) -> int:
        return round(frame * RATE / self._entry["fps"])

    def _marks(self, clip: ClipEntry) -> list[Mark]:
        """The chapters of a clip: a film has its beats, where there are several."""
        fps, beats = self._entry["fps"], self._entry["beats"]
        if clip is not self._entry or len(beats) == 1:
            return []
        return [Mark(b["first_frame"] / fps, _end(b) / fps, b["title"]) for b in beats]

    def _new(self, clip: ClipEntry, kind: str, ending: str = "") -> Path:
        """Enter a file of a clip; where it is to be written."""
        clip["files"][kind] = f"{clip['name']}{ending or f'.{kind}'}"
        return self._ready / clip["files"][kind]

    def _captions(self, clip: ClipEntry) -> tuple[Cue, ...]:
        """The captions of a clip, on its own clock."""
        fps = self._entry["fps"]
        return captions.clip(self._film.cues, clip["first_frame"] / fps, _end(clip) / fps)

    def _write_film(self, clip: ClipEntry) -> None:
        """A clip whose pictures are the film's own."""
        span = film.Span(self._film.path, clip["first_frame"], _end(clip))
        self._write(clip, self._film.path.suffix, [span])

    def _write(self, clip: ClipEntry, ending: str, pictures: Sequence[film.Span]) -> None:
        """A clip with sound, captions and chapters inside."""
        fps = self._entry["fps"]
        first, end = self._sample(clip["first_frame"]), self._sample(_end(clip))
        film.mux(
            pictures,
            self._new(clip, ending.removeprefix(".")),
            self._sound[first:end] if self._sound is not None else None,
            self._captions(clip),
            title=clip["title"],
            rate=self._film.rate,
            chapters=[
                film.Chapter(mark.title, round(mark.start * fps), round(mark.end * fps))
                for mark in self._marks(clip)
            ],
        )

    def _write_words(self, clip: ClipEntry) -> None:
        """Captions, chapters, the picture in words, and the poster."""
        spoken = self._captions(clip)
        texts = {
            "srt": captions.to_srt(spoken),
            "vtt": captions.to_vtt(spoken),
            "txt": f"{clip['alt']}\n",
        }
        if marks := self._marks(clip):
            texts["chapters.vtt"] = captions.to_chapters(marks)
        for kind, text in texts.items():
            self._new(clip, kind).write_text(text, encoding="utf-8")
        frame = clip["first_frame"] + clip["poster_frame"]
        film.save_frame(self._film.path, frame, self._new(clip, "poster", ".png"))

    def _webm_pictures(self, clip: ClipEntry) -> film.Span:
        target = self._ready / f"{clip['name']}.pictures.webm"
        codec = formats.VP9_ALPHA if self._transparent else formats.VP9
        formats.encode(self._frames(clip)(), target, codec, self._film.rate)
        return film.Span(target)

    def _write_extras(self, beat: BeatEntry) -> None:
        """A loop without sound, and a GIF: of the loop, where there is one."""
        frames, rate, extras = self._frames(beat), self._film.rate, self._entry["extras"]
        if "loop" in extras:
            frames = formats.looped(frames, beat["frames"], rate)
            ending = self._film.path.suffix
            codec = formats.H264 if ending == ".mp4" else formats.QTRLE
            formats.encode(frames(), self._new(beat, "loop", f"-loop{ending}"), codec, rate)
        if "gif" in extras:
            formats.write_gif(frames, self._new(beat, "gif"), rate)

    def _draw(self, beats: Sequence[BeatEntry]) -> None:
        targets = {
            beat["beat"]: [self._new(beat, kind) for kind in ("svg", "pdf")] for beat in beats
        }
        stills.draw_beats(self._film.order, targets)

    def _frames(self, clip: ClipEntry) -> formats.Pictures:
        return partial(film.pictures, self._film.path, clip["first_frame"], _end(clip))


# -- the list of what is there


def read_list(folder: Path) -> list[FilmEntry]:
    """The films in the list of a folder's clips; StudioError where there is no good list."""
    path = folder / LIST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        films: list[FilmEntry] = found["films"]
        if found["format"] != FORMAT or not films:
            raise ValueError(found["format"])
    except FileNotFoundError as problem:
        raise StudioError(f"{folder}: there are no clips yet (studio clips)") from problem
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise StudioError(f"{path}: cannot be read (studio clips --force)") from problem
    for name in (name for entry in films for name in _files_of(entry)):
        if not (folder / name).is_file():
            raise StudioError(f"{folder}: {name} is missing (studio clips --force)")
    return films


def _listed(folder: Path) -> list[FilmEntry]:
    """The films of a folder's list; none where there is no good list."""
    try:
        return read_list(folder)
    except StudioError:
        return []


def _with_those_there(finished: FinishedFilm, extras: Collection[str], folder: Path) -> list[str]:
    """These extras, and those that a folder has of a film, in the order of EXTRAS."""
    wanted = set(extras)
    for entry in _listed(folder):
        if entry["name"] == finished.name:
            wanted |= {*entry["extras"]}
    return [name for name in EXTRAS if name in wanted]


def _fingerprint(finished: FinishedFilm, extras: list[str]) -> str:
    return digest(FORMAT, finished.manifest["fingerprint"], extras)


def is_current(finished: FinishedFilm, extras: Collection[str], folder: Path) -> bool:
    """Whether these clips of just this film are there."""
    wanted = _fingerprint(finished, _with_those_there(finished, extras, folder))
    return any(
        entry["name"] == finished.name and entry["fingerprint"] == wanted
        for entry in _listed(folder)
    )


def entries_or_cut(
    films: Sequence[FinishedFilm], folder: Path, progress: Progress = lambda title: None
) -> list[FilmEntry]:
    """What a folder's list says of films; clips that are not there are cut."""
    there = {entry["cut_from"] for entry in _listed(folder)}
    for finished in films:
        if finished.manifest["fingerprint"] not in there:
            cut(finished, (), folder, progress)
    listed = {entry["cut_from"]: entry for entry in read_list(folder)}
    return [listed[finished.manifest["fingerprint"]] for finished in films]


def _move_into_place(ready: Path, folder: Path, entry: FilmEntry) -> None:
    """Put clips where they belong; between the old list and the new one, none is listed."""
    films = [film for film in _listed(folder) if film["name"] != entry["name"]]
    films = sorted([*films, entry], key=lambda film: film["name"])
    kept = {name for film in films for name in _files_of(film)}
    old = _files_in_list(folder)
    (folder / LIST).unlink(missing_ok=True)
    put(_files_of(entry), ready, folder)
    for name in old - kept:
        (folder / name).unlink(missing_ok=True)
    text = as_json({"format": FORMAT, "title": catalogue.TITLE, "films": films})
    (ready / LIST).write_text(text, encoding="utf-8")
    put([LIST], ready, folder)


def _files_of(film_entry: FilmEntry) -> list[str]:
    clips = (film_entry, *film_entry["beats"])
    return [name for clip in clips for name in clip["files"].values()]


def _files_in_list(folder: Path) -> set[str]:
    """The files of a list, whether it is good or not."""
    try:
        films = json.loads((folder / LIST).read_text(encoding="utf-8"))["films"]
        return {name for entry in films for name in _files_of(entry)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
