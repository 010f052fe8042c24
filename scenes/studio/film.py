"""From silent segments to a finished film: sound, captions, poster, transcript, manifest.

Everything is made under temporary names in one folder and moved into place at the end, so that an
interrupted render leaves what was there before. The manifest comes last: only it says that a film
is up to date.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.subtitles.subtitle import SubtitleSet
from manim import config
from numpy.typing import NDArray
from PIL import Image

from scenes.maths.display.number import Said
from scenes.studio.beats import BeatRecord, PlayedFilm
from scenes.studio.errors import StudioError
from scenes.studio.manifest import Beat, Manifest, as_json, read_manifest
from scenes.words import captions, sound
from scenes.words.alignment import TimedToken
from scenes.words.captions import Cue
from scenes.words.wav import RATE

FORMAT = 3
"""Version of the manifest's layout."""
COMPANIONS = (".srt", ".vtt", ".md", ".png")
"""What lies beside each film, besides its manifest."""

_SOUND_CODEC = {".mp4": "aac", ".mov": "aac", ".webm": "libopus"}
_CAPTION_CODEC = {".mp4": "mov_text", ".mov": "mov_text", ".webm": "webvtt"}
_BLOCK = 1024

# A text track wants a style; white is what players expect to find and then override.
_STYLE_HEADER = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, \
Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,sans-serif,18,&HFFFFFF,&HFFFFFF,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class FilmedBeat:
    """A beat on the film's own clock, in frames; ``end`` is the frame after the last."""

    record: BeatRecord
    first: int
    end: int


@dataclass(frozen=True)
class Chapter:
    """A named part of a film, in frames; ``end`` is the frame after the last."""

    title: str
    first: int
    end: int


@dataclass(frozen=True)
class Span:
    """Frames of a film: from ``first`` until before ``end``, or until its own end."""

    path: Path
    first: int = 0
    end: int | None = None


def filmed_beats(scene: PlayedFilm) -> list[FilmedBeat]:
    """The beats of which at least one frame is in the film."""
    to_film = scene.timeline.to_film
    beats = [FilmedBeat(r, to_film(r.first), to_film(r.end)) for r in scene.records]
    return [b for b in beats if b.end > b.first]


def filmed_words(scene: PlayedFilm, record: BeatRecord) -> list[TimedToken]:
    """The words of a beat's line that begin in the film."""
    to_film, fps = scene.timeline.to_film, scene.timeline.fps
    frames = [record.voice + int(token.start * fps) for token in record.tokens]
    return [
        token
        for token, frame in zip(record.tokens, frames, strict=True)
        if to_film(frame + 1) > to_film(frame)
    ]


def narration(scene: PlayedFilm) -> NDArray[np.float32]:
    """The film's sound: each line from its beat's voice frame on, levelled.

    Shape (samples,), 48 kHz, exactly as long as the film's frames.
    """
    fps = scene.timeline.fps

    def sample(frame: int) -> int:
        return round(frame * RATE / fps)

    # A beat that was cut off in its lead has no voice in the film.
    spoken = [r for r in scene.records if r.voice < scene.timeline.frame]
    placed = [(sample(r.voice), r.utterance.samples()) for r in spoken]
    whole = sound.assemble(placed, sample(scene.timeline.frame))
    spans = scene.timeline.filmed_spans()
    cut = [whole[sample(first) : sample(end)] for first, end in spans]
    track = np.concatenate(cut) if cut else np.zeros(0, np.float32)
    length = sample(scene.timeline.film_frames)
    # A cut at a frame that is not a whole sample may be one sample off; the film's length rules.
    track = np.pad(track[:length], (0, max(0, length - track.size)))
    return sound.level(track.astype(np.float32))


def cues(scene: PlayedFilm) -> list[Cue]:
    """The captions on the film's clock, in seconds; a cue never runs over a beat's end."""
    fps = scene.timeline.fps
    made: list[Cue] = []
    for record in scene.records:
        start = record.voice / fps
        until = (record.end - record.voice) / fps
        for cue in captions.make_cues(filmed_words(scene, record), until=until):
            first = _film_seconds(scene, start + cue.start)
            end = _film_seconds(scene, start + cue.end)
            if end - first > 1 / fps:
                made.append(Cue(first, end, cue.text))
    return made


def _film_seconds(scene: PlayedFilm, seconds: float) -> float:
    """A time of the scene on the film's clock; only whole frames were left out."""
    fps = scene.timeline.fps
    frame = int(seconds * fps)
    film = scene.timeline.to_film(frame)
    inside = scene.timeline.to_film(frame + 1) > film
    return film / fps + (seconds - frame / fps if inside else 0.0)


def finish(scene: PlayedFilm, picture: Path, target: Path, folder: Path) -> None:
    """Make the finished film at ``target`` and its companions beside it.

    ``picture`` is the silent film; ``folder`` a temporary folder on the same disk.
    Raises StudioError where the picture is not as long as planned.
    """
    planned = scene.timeline.film_frames
    still_moving = target.suffix not in _SOUND_CODEC
    if still_moving:
        os.replace(picture, target)
        return
    counted = count_frames(picture)
    if counted != planned:
        raise StudioError(
            f"{target.name}: {counted} frames in the segments, {planned} planned: the cache is "
            "damaged (render once with --disable_caching)"
        )
    spoken = cues(scene)
    track = narration(scene)
    ready = folder / target.name
    encoder: Any = scene.renderer.file_writer.video_encoder
    mux([Span(picture)], ready, track, spoken, title=_title(scene), rate=encoder.frame_rate)
    made = {
        ".srt": captions.to_srt(spoken),
        ".vtt": captions.to_vtt(spoken),
        ".md": transcript(scene),
        ".json": as_json(manifest(scene, target)),
    }
    for ending, text in made.items():
        ready.with_suffix(ending).write_text(text, encoding="utf-8")
    save_frame(ready, poster_frame(scene), ready.with_suffix(".png"))
    move_into_place(ready, target, (*COMPANIONS, target.suffix))


def is_current(
    target: Path, fingerprint_of: Callable[[Iterable[str]], str], companions: Sequence[str]
) -> bool:
    """Whether a whole film of just these sources, lesson, voice and quality is there."""
    try:
        told = read_manifest(target)
    except (OSError, ValueError):
        return False
    made = told.get("complete") and told.get("fingerprint") == fingerprint_of(told.get("reads", ()))
    beside = (target.with_suffix(ending) for ending in companions)
    return bool(made) and target.is_file() and all(path.is_file() for path in beside)


def move_into_place(ready: Path, target: Path, endings: Sequence[str]) -> None:
    """Put a finished film and its companions where they belong.

    The old manifest goes first and the new one comes last: between them nothing is up to date.
    """
    target.with_suffix(".json").unlink(missing_ok=True)
    for ending in (*endings, ".json"):
        os.replace(ready.with_suffix(ending), target.with_suffix(ending))


def _title(scene: PlayedFilm) -> str:
    return scene.title or type(scene).__name__


def count_frames(path: Path) -> int:
    """Frames in a video file, by its packets."""
    with av.open(str(path)) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)


def poster_beat(scene: PlayedFilm) -> FilmedBeat | None:
    """The film's telling beat: the one named by the class, or the middle one."""
    beats = filmed_beats(scene)
    named = [b for b in beats if b.record.script.name == scene.poster]
    return named[0] if named else beats[len(beats) // 2] if beats else None


def poster_frame(scene: PlayedFilm) -> int:
    """The film's telling frame: the last of its telling beat."""
    chosen = poster_beat(scene)
    return chosen.end - 1 if chosen else scene.timeline.film_frames // 2


def pictures(path: Path, first: int, end: int) -> Iterator[av.VideoFrame]:
    """The frames of a film from ``first`` until before ``end``."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        rate, base = Fraction(stream.average_rate or 1), Fraction(stream.time_base or 1)
        container.seek(round(first / rate / base), stream=stream)  # to the keyframe before it
        for frame in container.decode(stream):
            number = round(Fraction(frame.pts or 0) * base * rate)
            if number >= end:
                return
            if number >= first:
                yield frame


def save_frame(film: Path, index: int, target: Path) -> None:
    """Write frame ``index`` of a film as PNG."""
    for frame in pictures(film, index, index + 1):
        form = "rgba" if any(c.is_alpha for c in frame.format.components) else "rgb24"
        Image.fromarray(frame.to_ndarray(format=form)).save(target, format="PNG")
        return
    raise StudioError(f"{film.name}: has no frame {index}")


# -- the container


def mux(
    pictures: Sequence[Span],
    target: Path,
    track: NDArray[np.float32] | None,
    spoken: Sequence[Cue],
    *,
    title: str,
    rate: Fraction,
    chapters: Sequence[Chapter] = (),
) -> None:
    """Write pictures, sound, captions and chapters into one file; the pictures are copied.

    ``pictures`` are parts of films of one encoding that follow each other, at ``rate`` frames a
    second; ``track`` is a sound of the same length, or None for a film without. Raises StudioError
    for a part that does not begin where its film can be cut.
    """
    ending = target.suffix
    options = {} if ending == ".webm" else {"movflags": "+faststart"}
    with ExitStack() as opened:
        sources = [opened.enter_context(av.open(str(span.path))) for span in pictures]
        out = opened.enter_context(av.open(str(target), "w", options=options))
        out.metadata["title"] = title
        out.metadata["comment"] = f"Rendered with Manim Community v{version('manim')}"
        video_in = sources[0].streams.video[0]
        video = out.add_stream_from_template(video_in)
        # How WebM says that it is transparent; some readers give the name in capitals.
        if "1" in (video_in.metadata.get(name) for name in ("alpha_mode", "ALPHA_MODE")):
            video.metadata["alpha_mode"] = "1"
        rows = [_picture_packets(sources, pictures, video, rate)]
        if track is not None:
            audio: Any = out.add_stream(_SOUND_CODEC[ending], rate=RATE, layout="mono")
            audio.bit_rate = 128_000
            audio.metadata["language"] = "eng"
            rows.append(_sound_packets(audio, track))
        if spoken:
            text: Any = out.add_stream(_CAPTION_CODEC[ending])
            text.metadata["language"] = "eng"
            text.codec_context.subtitle_header = _STYLE_HEADER
            text.time_base = Fraction(1, 1000)
            rows.append(_caption_packets(text, spoken))
        if chapters:
            out.set_chapters(
                [
                    {
                        "id": number,
                        "start": chapter.first,
                        "end": chapter.end,
                        "time_base": 1 / rate,
                        "metadata": {"title": chapter.title},
                    }
                    for number, chapter in enumerate(chapters, start=1)
                ]
            )
        for packet in heapq.merge(*rows, key=_when):
            out.mux(packet)


def _when(packet: Any) -> Fraction:
    stamp = packet.dts if packet.dts is not None else packet.pts
    return Fraction(Fraction(stamp) * packet.time_base)


def _picture_packets(
    sources: Sequence[Any], spans: Sequence[Span], stream: Any, rate: Fraction
) -> Iterator[Any]:
    done = 0
    for source, span in zip(sources, spans, strict=True):
        frames = 0
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is None:
                continue
            # Joining the segments rounds each one's length: put every frame back on the clock.
            tick = packet.time_base * rate
            packet.pts, packet.dts = round(packet.pts * tick), round(packet.dts * tick)
            if packet.pts < span.first or (span.end is not None and packet.pts >= span.end):
                continue
            if not frames and (packet.pts != span.first or not packet.is_keyframe):
                raise StudioError(f"{span.path.name}: cannot be cut at frame {span.first}")
            shift = done - span.first
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.duration, packet.time_base = 1, 1 / rate
            packet.stream = stream
            frames += 1
            yield packet
        if span.end is not None and frames != span.end - span.first:
            raise StudioError(f"{span.path.name}: has no frames {span.first} to {span.end - 1}")
        done += frames


def read_sound(path: Path, length: int) -> NDArray[np.float32]:
    """A film's sound as it is played: mono samples at 48 kHz, cut or filled up to ``length``."""
    track = np.zeros(length, np.float32)
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            # The encoder's priming stands before zero: what counts is the frame's own time.
            start = round(Fraction(frame.pts or 0) * Fraction(frame.time_base or 0) * RATE)
            samples = frame.to_ndarray()[0][max(0, -start) : max(0, track.size - start)]
            start = max(0, start)
            track[start : start + samples.size] = samples
    return track


def _sound_packets(stream: Any, track: NDArray[np.float32]) -> Iterator[Any]:
    whole = np.clip(np.rint(track * 32767), -32768, 32767).astype(np.int16)
    for start in range(0, whole.size, _BLOCK):
        block = whole[None, start : start + _BLOCK]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "s16", "mono")
        frame.sample_rate = RATE
        frame.pts = start
        frame.time_base = Fraction(1, RATE)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _caption_packets(stream: Any, spoken: Sequence[Cue]) -> Iterator[Any]:
    for cue in spoken:
        line = cue.text.replace("\n", "\\N")
        start, end = round(cue.start * 1000), round(cue.end * 1000)
        packed = SubtitleSet.create(
            text=f"0,0,Default,,0,0,0,,{line}".encode(), start=0, end=end - start
        )
        packet = stream.codec_context.encode_subtitle(packed)
        packet.stream = stream
        packet.time_base = Fraction(1, 1000)
        packet.pts = packet.dts = start
        packet.duration = end - start
        yield packet


# -- what a film says about itself


def transcript(scene: PlayedFilm) -> str:
    """What is said, beat by beat, as Markdown."""
    fps = scene.timeline.fps
    beats = [
        (b.record.script.title, b.first / fps, b.record.line.shown) for b in filmed_beats(scene)
    ]
    return captions.transcript(_title(scene), beats)


def manifest(scene: PlayedFilm, target: Path) -> Manifest:
    """Everything a tool needs to cut, check or caption the film; times in seconds of the film."""
    timeline = scene.timeline
    beats = filmed_beats(scene)
    poster = poster_beat(scene)
    return {
        "format": FORMAT,
        "scene": type(scene).__name__,
        "title": scene.title,
        "file": target.name,
        "fps": timeline.fps,
        "frames": timeline.film_frames,
        "size": [config.pixel_width, config.pixel_height],
        "complete": all(play.filmed for play in timeline.plays) and not scene.cut_short,
        "reads": sorted(scene.reads),
        "fingerprint": scene.fingerprint_of(scene.reads),
        "lesson": {"file": scene.lesson.source.name, "digest": scene.lesson.digest},
        "voice": scene.voice_name,
        "poster": poster.record.script.name if poster else None,
        "beats": [_beat_entry(scene, beat) for beat in beats],
    }


def _beat_entry(scene: PlayedFilm, filmed: FilmedBeat) -> Beat:
    record, fps = filmed.record, scene.timeline.fps
    start = record.voice / fps
    return {
        "name": record.script.name,
        "title": record.script.title,
        "alt": record.script.alt,
        "first_frame": filmed.first,
        "last_frame": filmed.end - 1,
        "voice_frame": scene.timeline.to_film(record.voice),
        "line": record.line.shown,
        "spoken": record.line.spoken,
        "words": [
            {
                "word": token.token.shown,
                "start": round(_film_seconds(scene, start + token.start), 4),
                "end": round(_film_seconds(scene, start + token.end), 4),
            }
            for token in filmed_words(scene, record)
        ],
        "values": [_value_entry(name, value) for name, value in record.line.values.items()],
        "late_frames": record.cues_late,
    }


def _value_entry(name: str, value: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name, "shown": value.shown, "spoken": value.spoken}
    if isinstance(value, Said):
        fields = ("key", "value", "decimals", "exact")
        entry |= {field: getattr(value.number, field) for field in fields}
    return entry
