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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from scenes.studio import film, formats, settings, stills, whole
from scenes.studio.errors import StudioError
from scenes.studio.fingerprint import digest
from scenes.studio.forms import Form
from scenes.studio.orders import Order
from scenes.studio.outputs import made_in, put
from scenes.words import captions
from scenes.words.captions import Cue, Mark
from scenes.words.wav import RATE

LIST = "clips.json"
FORMAT = 2
"""Version of the list's layout."""

Hear = Callable[[str], None]
"""Is told the name of each clip that is made."""


@dataclass(frozen=True)
class Extras:
    """What is made of each beat besides its clip."""

    loop: bool = False
    gif: bool = False
    webm: bool = False
    still: bool = False

    def and_those_of(self, entry: Mapping[str, Any]) -> Extras:
        """These, and those that a list has of a film."""
        return Extras(**dict.fromkeys({*self.names, *entry.get("extras", ())}, True))

    @property
    def names(self) -> list[str]:
        """What is asked for, by name."""
        asked = {"loop": self.loop, "gif": self.gif, "webm": self.webm, "still": self.still}
        return [name for name, wanted in asked.items() if wanted]


# -- a finished film


@dataclass(frozen=True)
class FinishedFilm:
    """A film on disk that is what its manifest says, and what was asked for."""

    order: Order
    told: Mapping[str, Any]
    cues: tuple[Cue, ...]

    @property
    def path(self) -> Path:
        """The film itself."""
        return self.order.target

    @property
    def frames(self) -> int:
        """Its length."""
        return int(self.told["frames"])

    @property
    def fps(self) -> float:
        """Frames a second."""
        return float(self.told["fps"])

    @property
    def rate(self) -> Fraction:
        """Frames a second, exactly."""
        return Fraction(self.fps).limit_denominator(1001)

    def captions_of(self, clip: Clip) -> tuple[Cue, ...]:
        """The captions of a clip, on its own clock."""
        return captions.clip(self.cues, clip.first / self.fps, clip.end / self.fps)

    @property
    def title(self) -> str:
        """Its name in words."""
        return str(self.told["title"] or self.told["scene"])

    @property
    def name(self) -> str:
        """A name that sorts like the films and says which one it is: ``04-chain_rule``."""
        stem = self.order.path.stem
        number = whole.ORDER.index(stem) if stem in whole.ORDER else len(whole.ORDER)
        return f"{number:02}-{stem}"


def read(order: Order) -> FinishedFilm:
    """The film that was asked for; StudioError, with the command that makes it, where it is not."""
    again = f"studio film {order.name}{order.form.flags}"
    path = order.target
    manifest = path.with_suffix(".json")
    if not (path.is_file() and manifest.is_file()):
        width, height = order.form.size
        raise StudioError(
            f"{order.name}: there is no film yet at {width}×{height}, {order.form.rate} frames "
            f"a second ({again})"
        )
    try:
        told = json.loads(manifest.read_text(encoding="utf-8"))
        spoken = captions.from_srt(path.with_suffix(".srt").read_text(encoding="utf-8"))
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            found = (video.width, video.height)
        lesson, size = told["lesson"], tuple(told["size"])
        whole_film = told["complete"] and film.count_frames(path) == told["frames"]
    except (OSError, ValueError, KeyError, av.FFmpegError, IndexError) as problem:
        raise StudioError(f"{path.name}: cannot be read ({again} --force)") from problem
    if lesson["digest"] != order.lesson[1]:
        raise StudioError(
            f"{path.name}: was made of the lesson {lesson['file']}, "
            f"and now it is {_another(lesson['file'], order.lesson[0])} ({again})"
        )
    if found != size:
        raise StudioError(
            f"{path.name}: its pictures are {found[0]}×{found[1]}, and its manifest says "
            f"{size[0]}×{size[1]} ({again} --force)"
        )
    if size != order.form.size or told["fps"] != order.form.rate:
        raise StudioError(
            f"{path.name}: is {size[0]}×{size[1]} at {told['fps']:g} frames a second, not "
            f"{order.form.size[0]}×{order.form.size[1]} at {order.form.rate} ({again} --force)"
        )
    if not whole_film:
        raise StudioError(f"{path.name}: is not the whole film ({again} --force)")
    if told["fingerprint"] != order.fingerprint:
        raise StudioError(
            f"{path.name}: its sources, its voice or its theme have changed since ({again})"
        )
    return FinishedFilm(order, told, spoken)


def _another(before: str, now: str) -> str:
    return now if now != before else f"another {now}"


# -- what is cut


@dataclass(frozen=True)
class Clip:
    """A beat, or a whole film: frames of the film, and the words that go with them."""

    name: str
    title: str
    alt: str
    line: str
    first: int
    end: int
    poster: int
    words: Sequence[Mapping[str, Any]]
    beat: str | None = None
    marks: tuple[Mark, ...] = ()
    files: dict[str, str] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """Its length."""
        return self.end - self.first


def clips_of(finished: FinishedFilm) -> tuple[Clip, list[Clip]]:
    """The clip of the film, and those of its beats."""
    told, fps = finished.told, finished.fps
    beats = []
    for number, beat in enumerate(told["beats"], start=1):
        first, end = beat["first_frame"], beat["last_frame"] + 1
        shift = first / fps
        words = [
            word | {key: round(word[key] - shift, 4) for key in ("start", "end")}
            for word in beat["words"]
        ]
        beats.append(
            Clip(
                name=f"{finished.name}-{number:02}-{beat['name']}",
                title=beat["title"],
                alt=beat["alt"],
                line=beat["line"],
                first=first,
                end=end,
                poster=end - 1,
                words=words,
                beat=beat["name"],
            )
        )
    telling = next((b for b in beats if b.beat == told["poster"]), None)
    marks = (Mark(b.first / fps, b.end / fps, b.title) for b in beats)
    whole_film = Clip(
        name=finished.name,
        title=finished.title,
        alt=telling.alt if telling else f"{finished.title}.",
        line=" ".join(b.line for b in beats),
        first=0,
        end=finished.frames,
        poster=telling.poster if telling else finished.frames // 2,
        words=[word for beat in told["beats"] for word in beat["words"]],
        marks=tuple(marks) if len(beats) > 1 else (),
    )
    return whole_film, beats


# -- cutting


def folder_of(form: Form) -> Path:
    """Where clips of films in this form go."""
    size = f"{form.size[1]}p{form.rate}"
    return settings.RENDERS / "clips" / "-".join(part for part in (size, form.variant) if part)


def cut(
    finished: FinishedFilm, extras: Extras, folder: Path, hear: Hear = lambda name: None
) -> None:
    """Make the clips of a film in a folder, and enter them in its list.

    Extras that the folder had of the film before are made again too.
    """
    extras = extras.and_those_of(_listed(finished, folder))
    with made_in(folder) as ready:
        _refuse_full_disk(finished, extras, folder)
        entry = _Knife(finished, extras, ready).cut(hear)
        _move_into_place(ready, folder, entry)


class _Knife:
    """Cuts one film into a folder."""

    def __init__(self, finished: FinishedFilm, extras: Extras, ready: Path) -> None:
        self._film = finished
        self._extras = extras
        self._ready = ready
        self._sound: NDArray[np.float32] | None = None
        if not finished.order.form.silent:
            samples = round(finished.frames * RATE / finished.fps)
            self._sound = film.read_sound(finished.path, samples)

    def cut(self, hear: Hear) -> dict[str, Any]:
        """Make all clips; what the list has to say of them."""
        whole_film, beats = clips_of(self._film)
        pictures: list[film.Span] = []
        for clip in beats:
            hear(clip.title)
            self._write(clip, self._film.path.suffix, [self._span(clip)])
            self._write_words(clip)
            if self._wants_webm:
                pictures.append(self._webm_pictures(clip))
                self._write(clip, ".webm", pictures[-1:])
            self._write_extras(clip)
        if self._extras.still:
            self._draw(beats)
        hear(self._film.title)
        self._write(whole_film, self._film.path.suffix, [self._span(whole_film)])
        self._write_words(whole_film)
        if self._wants_webm:
            # Out of its beats' pictures, where there is nothing between them: none is coded twice.
            all_there = sum(clip.frames for clip in beats) == whole_film.frames
            self._write(
                whole_film, ".webm", pictures if all_there else [self._webm_pictures(whole_film)]
            )
        return _entry(self._film, whole_film, beats, self._extras)

    @property
    def _wants_webm(self) -> bool:
        return self._extras.webm or self._film.order.form.transparent

    def _span(self, clip: Clip) -> film.Span:
        return film.Span(self._film.path, clip.first, clip.end)

    def _write(self, clip: Clip, ending: str, pictures: Sequence[film.Span]) -> None:
        """A clip with sound, captions and chapters inside."""
        finished, fps = self._film, self._film.fps
        first, end = (round(frame * RATE / fps) for frame in (clip.first, clip.end))
        film.mux(
            pictures,
            self._ready / f"{clip.name}{ending}",
            self._sound[first:end] if self._sound is not None else None,
            finished.captions_of(clip),
            title=clip.title,
            rate=finished.rate,
            chapters=[
                film.Chapter(m.title, round(m.start * fps), round(m.end * fps)) for m in clip.marks
            ],
        )
        clip.files[ending.removeprefix(".")] = f"{clip.name}{ending}"

    def _write_words(self, clip: Clip) -> None:
        """Captions, chapters, the picture in words, and the poster."""
        spoken = self._film.captions_of(clip)
        texts = {
            "srt": captions.to_srt(spoken),
            "vtt": captions.to_vtt(spoken),
            "txt": f"{clip.alt}\n",
        }
        if clip.marks:
            texts["chapters.vtt"] = captions.to_chapters(clip.marks)
        for ending, text in texts.items():
            clip.files[ending] = f"{clip.name}.{ending}"
            (self._ready / clip.files[ending]).write_text(text, encoding="utf-8")
        clip.files["poster"] = f"{clip.name}.png"
        film.save_frame(self._film.path, clip.poster, self._ready / clip.files["poster"])

    def _webm_pictures(self, clip: Clip) -> film.Span:
        target = self._ready / f"{clip.name}.pictures.webm"
        codec = formats.VP9_ALPHA if self._film.order.form.transparent else formats.VP9
        formats.encode(self._frames(clip)(), target, codec, self._film.rate)
        return film.Span(target)

    def _write_extras(self, clip: Clip) -> None:
        """A loop without sound, and a GIF: of the loop, where there is one."""
        frames, rate = self._frames(clip), self._film.rate
        if self._extras.loop:
            frames = formats.looped(frames, clip.frames, rate)
            ending = self._film.path.suffix
            codec = formats.H264 if ending == ".mp4" else formats.QTRLE
            clip.files["loop"] = f"{clip.name}-loop{ending}"
            target = self._ready / clip.files["loop"]
            formats.encode(frames(), target, codec, rate)
        if self._extras.gif:
            clip.files["gif"] = f"{clip.name}.gif"
            formats.write_gif(frames, self._ready / clip.files["gif"], rate)

    def _draw(self, beats: Sequence[Clip]) -> None:
        targets = {str(clip.beat): self._ready / clip.name for clip in beats}
        stills.draw_beats(self._film.order, targets)
        for clip in beats:
            for ending in ("svg", "pdf"):
                clip.files[ending] = f"{clip.name}.{ending}"

    def _frames(self, clip: Clip) -> formats.Pictures:
        return lambda: formats.pictures(self._film.path, clip.first, clip.end)


def _refuse_full_disk(finished: FinishedFilm, extras: Extras, folder: Path) -> None:
    """Before an hour's work rather than after it; twice the film and a little for the pictures."""
    times = 3 + 3 * len(extras.names) + 6 * finished.order.form.transparent
    needed = times * finished.path.stat().st_size
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StudioError(
            f"{folder}: {free // 10**6} MB are free, and the clips of {finished.path.name} need "
            f"about {needed // 10**6} MB"
        )


# -- the list of what is there


def read_list(folder: Path) -> dict[str, Any]:
    """The list of a folder's clips; StudioError where there is none."""
    path = folder / LIST
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT or not told["films"]:
            raise ValueError(told["format"])
    except FileNotFoundError as problem:
        raise StudioError(f"{folder}: there are no clips yet (studio clips)") from problem
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise StudioError(f"{path}: cannot be read (studio clips --force)") from problem
    for entry in told["films"]:
        for clip in (entry, *entry["beats"]):
            for name in clip["files"].values():
                if not (folder / name).is_file():
                    raise StudioError(f"{folder}: {name} is missing (studio clips --force)")
    return told


def is_current(finished: FinishedFilm, extras: Extras, folder: Path) -> bool:
    """Whether these clips of just this film are there."""
    entry = _listed(finished, folder)
    wanted = _fingerprint(finished, extras.and_those_of(entry))
    return bool(entry) and entry["fingerprint"] == wanted


def _listed(finished: FinishedFilm, folder: Path) -> dict[str, Any]:
    """What a folder's list says of a film; nothing where there is no good list."""
    try:
        films = read_list(folder)["films"]
    except StudioError:
        return {}
    return next((entry for entry in films if entry["name"] == finished.name), {})


def entries(films: Sequence[FinishedFilm], folder: Path) -> list[dict[str, Any]]:
    """What a folder's list says of films, with whatever extras; StudioError where it does not."""
    listed = {entry["cut_from"]: entry for entry in read_list(folder)["films"]}
    for finished in films:
        if finished.told["fingerprint"] not in listed:
            raise StudioError(
                f"{folder}: there are no clips of {finished.path.name} as it is now (studio clips "
                f"{finished.order.name}{finished.order.form.flags})"
            )
    return [listed[finished.told["fingerprint"]] for finished in films]


def entries_or_cut(
    films: Sequence[FinishedFilm], folder: Path, hear: Hear = lambda name: None
) -> list[dict[str, Any]]:
    """As :func:`entries`; clips that are not there are cut."""
    for finished in films:
        try:
            entries([finished], folder)
        except StudioError:
            cut(finished, Extras(), folder, hear)
    return entries(films, folder)


def _fingerprint(finished: FinishedFilm, extras: Extras) -> str:
    return digest(FORMAT, finished.told["fingerprint"], extras.names)


def _entry(
    finished: FinishedFilm, whole_film: Clip, beats: Sequence[Clip], extras: Extras
) -> dict[str, Any]:
    return {
        **_clip_entry(finished, whole_film),
        "scene": finished.told["scene"],
        "size": list(finished.told["size"]),
        "theme": finished.order.form.ground,
        "fps": finished.fps,
        "lesson": finished.told["lesson"],
        "voice": finished.told["voice"],
        "fingerprint": _fingerprint(finished, extras),
        "cut_from": finished.told["fingerprint"],
        "extras": extras.names,
        "beats": [_clip_entry(finished, clip) | {"beat": clip.beat} for clip in beats],
    }


def _clip_entry(finished: FinishedFilm, clip: Clip) -> dict[str, Any]:
    return {
        "name": clip.name,
        "title": clip.title,
        "alt": clip.alt,
        "line": clip.line,
        "first_frame": clip.first,
        "frames": clip.frames,
        "seconds": round(clip.frames / finished.fps, 4),
        "poster_frame": clip.poster - clip.first,
        "files": dict(sorted(clip.files.items())),
        "words": list(clip.words),
    }


def _move_into_place(ready: Path, folder: Path, entry: dict[str, Any]) -> None:
    """Put clips where they belong; between the old list and the new one, none is listed."""
    told = _list_without(folder, entry)
    told["films"] = sorted([*told["films"], entry], key=lambda film: str(film["name"]))
    kept = {name for film in told["films"] for name in _files_of(film)}
    old = _files_in_list(folder)
    (folder / LIST).unlink(missing_ok=True)
    put(_files_of(entry), ready, folder)
    for name in old - kept:
        (folder / name).unlink(missing_ok=True)
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    (ready / LIST).write_text(text, encoding="utf-8")
    put([LIST], ready, folder)


def _files_of(film_entry: Mapping[str, Any]) -> list[str]:
    clips = (film_entry, *film_entry["beats"])
    return [name for clip in clips for name in clip["files"].values()]


def _files_in_list(folder: Path) -> set[str]:
    try:
        films = json.loads((folder / LIST).read_text(encoding="utf-8"))["films"]
        return {name for entry in films for name in _files_of(entry)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _list_without(folder: Path, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The folder's list but for a film, or a new one where it has none."""
    try:
        films = [f for f in read_list(folder)["films"] if f["name"] != entry["name"]]
    except StudioError:
        films = []
    return {"format": FORMAT, "title": whole.TITLE, "films": films}
