"""What ``studio watch`` runs after each change: beats that are not as they were become clips."""

from __future__ import annotations

import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from scenes.studio import film, orders, settings
from scenes.studio.errors import PROBLEMS, fail
from scenes.studio.forms import Form
from scenes.studio.narrated import NarratedScene
from scenes.studio.outputs import made_in, put
from scenes.words import captions, sound
from scenes.words.wav import RATE

Shown = dict[str, str]
"""What each beat was drawn as, last time."""
Told = tuple[str, str, Path | None]
"""A beat that is done, what it was drawn as, and its clip, where it is not as it was shown."""


def draw(sender: Connection, path: Path, name: str, form: Form, shown: Shown) -> None:
    """Draw a film's beats that are not as they were shown; in a process of its own."""
    try:
        (cls,) = (one for one in orders.films_in(path) if one.__name__ == name)
        with form.scene(path, cls) as scene:
            folder = settings.RENDERS / "watch" / form.folder
            renderer, first = scene.renderer, 0
            renderer.file_writer.is_whole = lambda: False

            def tell(beat: str) -> None:
                nonlocal first
                names = [renderer.segments[number] for number in range(first, renderer.num_plays)]
                first = renderer.num_plays
                drawn_as = f"{scene.records[-1].utterance.wav.name} {names}"
                is_new = bool(shown) and drawn_as != shown.get(beat)
                sender.send((beat, drawn_as, _clip(scene, names, folder) if is_new else None))

            scene.on_beat_end = tell
            scene.render()
    except PROBLEMS as problem:
        fail(problem)
    except Exception:  # what somebody is writing may go wrong in any way
        traceback.print_exc(limit=-1)
        raise SystemExit(1) from None


def _clip(scene: NarratedScene, segments: list[str], folder: Path) -> Path:
    """The beat that was played last, in these segments, as a film of its own."""
    record, fps, writer = scene.records[-1], scene.timeline.fps, scene.renderer.file_writer
    writer.join_all_encode_jobs()
    lead = (record.voice - record.first) / fps
    length = round((record.end - record.first) * RATE / fps)
    track = sound.level(sound.assemble([(round(lead * RATE), record.utterance.samples())], length))
    spoken = captions.make_cues(record.tokens, until=(record.end - record.voice) / fps)
    cues = [captions.Cue(lead + cue.start, lead + cue.end, cue.text) for cue in spoken]
    paths = [writer.output_plan.segment_path(key) for key in segments]
    name = f"{type(scene).__name__}.{record.script.name}{paths[0].suffix}"
    encoder: Any = writer.video_encoder
    with made_in(folder) as ready:
        picture = ready / f"picture{paths[0].suffix}"
        writer.combine_files([str(path) for path in paths], picture)
        title, rate = record.script.title, encoder.frame_rate
        film.mux([film.Span(picture)], ready / name, track, cues, title=title, rate=rate)
        put([name], ready, folder)
    return folder / name
