"""The whole film: opening, films and credits joined into one, with chapters.

The pictures are copied packet by packet. The sound is decoded, put at its exact sample, levelled
film by film and encoded once. Times are counted in whole frames, so nothing drifts.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from scenes.studio import film, settings
from scenes.studio.catalogue import TITLE
from scenes.studio.errors import StudioError
from scenes.studio.fingerprint import digest
from scenes.studio.writer import sweep
from scenes.words import captions, sound
from scenes.words.captions import Cue, Mark
from scenes.words.wav import RATE

COMPANIONS = (".srt", ".vtt", ".chapters.vtt", ".md", ".png")
"""What lies beside the whole film, besides its manifest."""

_AGAIN = "render it again with --force"


def target(variant: str = "") -> Path:
    """Where the whole film is written: the one that is made by default, or a variant of it."""
    folder = settings.RENDERS / "variants" / variant if variant else settings.RENDERS
    return folder / "film" / "backpropagation.mp4"


# -- the parts


@dataclass(frozen=True)
class Part:
    """A finished film, where it begins in the whole one, and its own manifest."""

    path: Path
    told: Mapping[str, Any]
    first: int

    @property
    def frames(self) -> int:
        """Its length."""
        return int(self.told["frames"])

    @property
    def title(self) -> str:
        """Its name as a chapter."""
        return str(self.told["title"] or self.told["scene"])

    def at(self, frame: int) -> int:
        """A frame of the part as a frame of the whole."""
        return self.first + frame


def read_parts(paths: Iterable[Path]) -> list[Part]:
    """The finished films, one after the other; StudioError where one is missing or cut."""
    parts: list[Part] = []
    for path in paths:
        try:
            told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise StudioError(f"{path.name}: is not finished ({_AGAIN})") from problem
        missing = [e for e in (path.suffix, ".srt", ".png") if not path.with_suffix(e).is_file()]
        if missing or not told["complete"]:
            raise StudioError(f"{path.name}: is not finished ({_AGAIN})")
        parts.append(Part(path, told, parts[-1].at(parts[-1].frames) if parts else 0))
    if not parts:
        raise StudioError("there is no film to join")
    _refuse_strangers(parts)
    return parts


def _refuse_strangers(parts: Sequence[Part]) -> None:
    """All parts are to be coded alike, or a player would show rubbish from the second one on."""
    looks = [_look(part) for part in parts]
    for part, look in zip(parts, looks, strict=True):
        if look != looks[0]:
            raise StudioError(
                f"{part.path.name}: its pictures are not coded like those of "
                f"{parts[0].path.name} (render both again with --force)"
            )


def _look(part: Part) -> tuple[Any, ...]:
    """What has to be alike: rate, codec, size, kind of pixels, and the codec's own header."""
    try:
        frames = film.count_frames(part.path)
        with av.open(str(part.path)) as container:
            codec: Any = container.streams.video[0].codec_context
            size = (codec.width, codec.height)
            header = bytes(codec.extradata or b"")
    except (av.FFmpegError, IndexError) as problem:
        raise StudioError(f"{part.path.name}: cannot be read ({_AGAIN})") from problem
    if frames != part.frames:
        raise StudioError(f"{part.path.name}: is not as long as its manifest says ({_AGAIN})")
    return part.told["fps"], codec.name, size, codec.pix_fmt, header


def fingerprint(parts: Sequence[Part]) -> str:
    """A digest of all that the whole film depends on: its parts, and their order."""
    return digest(film.FORMAT, TITLE, [(part.title, part.told["fingerprint"]) for part in parts])


# -- joining


def join(parts: Sequence[Part], target: Path) -> None:
    """Make the whole film at ``target``, and its companions beside it.

    All is made under temporary names and moved into place at the end, the manifest last.
    """
    fps = float(parts[0].told["fps"])
    frames = parts[-1].at(parts[-1].frames)
    spoken = [cue for part in parts for cue in _cues(part, fps)]
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target.parent.glob(".film-*"))
    with tempfile.TemporaryDirectory(prefix=".film-", dir=target.parent) as folder:
        ready = Path(folder) / target.name
        film.mux(
            [film.Span(part.path) for part in parts],
            ready,
            np.concatenate([_narration(part, fps) for part in parts]),
            spoken,
            title=TITLE,
            rate=Fraction(fps).limit_denominator(1001),
            chapters=[film.Chapter(p.title, p.first, p.at(p.frames)) for p in parts],
        )
        if film.count_frames(ready) != frames:
            raise StudioError(f"{target.name}: lost frames while it was joined (a full disk?)")
        made = {
            ".srt": captions.to_srt(spoken),
            ".vtt": captions.to_vtt(spoken),
            ".chapters.vtt": captions.to_chapters(_marks(parts, fps)),
            ".md": _transcript(parts, fps),
            ".json": json.dumps(_manifest(parts, target), ensure_ascii=False, indent=1) + "\n",
        }
        for ending, text in made.items():
            ready.with_suffix(ending).write_text(text, encoding="utf-8")
        shutil.copy(parts[0].path.with_suffix(".png"), ready.with_suffix(".png"))
        film.move_into_place(ready, target, (*COMPANIONS, target.suffix))


def _narration(part: Part, fps: float) -> NDArray[np.float32]:
    """A part's sound, levelled, and exactly as long as its frames are in the whole film."""
    first, end = (round(part.at(frame) * RATE / fps) for frame in (0, part.frames))
    return sound.level(film.read_sound(part.path, end - first))


def _cues(part: Part, fps: float) -> tuple[Cue, ...]:
    text = part.path.with_suffix(".srt").read_text(encoding="utf-8")
    return captions.shift(captions.from_srt(text), part.first / fps)


# -- what the whole film says about itself


def _marks(parts: Sequence[Part], fps: float) -> list[Mark]:
    """A chapter for each film, and inside it one for each of its beats where it has several."""
    marks = []
    for part in parts:
        marks.append(Mark(part.first / fps, part.at(part.frames) / fps, part.title))
        beats = part.told["beats"]
        for beat in beats if len(beats) > 1 else ():
            first, end = part.at(beat["first_frame"]), part.at(beat["last_frame"] + 1)
            marks.append(Mark(first / fps, end / fps, f"{part.title}: {beat['title']}"))
    return marks


def _transcript(parts: Sequence[Part], fps: float) -> str:
    """What is said: films as headings, and below each its beats."""
    told = [captions.transcript(TITLE, ())]
    for part in parts:
        beats = [
            (beat["title"], part.at(beat["first_frame"]) / fps, beat["line"])
            for beat in part.told["beats"]
        ]
        told.append(captions.transcript(part.title, beats, depth=2))
    return "\n".join(told)


def _manifest(parts: Sequence[Part], target: Path) -> dict[str, Any]:
    """As a film's own manifest, with a list of films; frames and times are the whole film's."""
    first = parts[0].told
    return {
        "format": film.FORMAT,
        "title": TITLE,
        "file": target.name,
        "fps": first["fps"],
        "frames": parts[-1].at(parts[-1].frames),
        "size": first["size"],
        "complete": True,
        "fingerprint": fingerprint(parts),
        "lesson": first["lesson"],
        "voice": first["voice"],
        "films": [_film_entry(part) for part in parts],
    }


def _film_entry(part: Part) -> dict[str, Any]:
    return {
        "scene": part.told["scene"],
        "title": part.title,
        "first_frame": part.first,
        "last_frame": part.at(part.frames) - 1,
        "fingerprint": part.told["fingerprint"],
        "beats": [_beat_entry(part, beat) for beat in part.told["beats"]],
    }


def _beat_entry(part: Part, beat: Mapping[str, Any]) -> dict[str, Any]:
    seconds = part.first / part.told["fps"]
    moved = {key: part.at(beat[key]) for key in ("first_frame", "last_frame", "voice_frame")}
    words = [
        word | {key: round(word[key] + seconds, 4) for key in ("start", "end")}
        for word in beat["words"]
    ]
    return {**beat, **moved, "words": words}
