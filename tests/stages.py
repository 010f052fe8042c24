"""Films as the proof watches them: small, in silence, and with nothing rendered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from manim import tempconfig

from scenes.proof.watching import REST, Moment, Run, Type, watch
from scenes.studio.forms import Form
from scenes.studio.narrated import NarratedScene
from scenes.studio.orders import films_in
from scenes.studio.settings import SCENES
from scenes.words.silent import SilentVoice
from scenes.words.voice import Voice

LESSONS = Path(__file__).parent / "lessons"


def lesson_file(name: str) -> Path | None:
    """A lesson of the tests; nothing for the one that everybody sees."""
    return None if name == "default" else LESSONS / f"{name}.toml"


@contextmanager
def small_frames(media: Path) -> Iterator[None]:
    """Settings under which a film plays quickly and writes nothing."""
    settings = {
        "dry_run": True,
        "pixel_width": 320,
        "pixel_height": 180,
        "frame_rate": 15,
        "media_dir": str(media),
        "progress_bar": "none",
        "verbosity": "ERROR",
    }
    with tempconfig(settings):
        yield


def film(name: str, *beats: str) -> type[NarratedScene]:
    """The film in scenes/NAME.py, or only some beats of it."""
    (found,) = films_in(SCENES / f"{name}.py")

    def construct(self: NarratedScene) -> None:
        for beat in beats:
            getattr(self, beat)()

    return _with(found, construct=construct) if beats else found


def _with(cls: type[NarratedScene], **attributes: Any) -> type[NarratedScene]:
    return type(cls.__name__, (cls,), {"__module__": cls.__module__, **attributes})


Ends = dict[str, list[Type]]
"""All type in the frame at the end of each beat."""


def played(
    cls: type[NarratedScene], lesson: Path | None = None, voice: Voice | None = None
) -> tuple[Run, Ends]:
    """A film after its last beat; in silence unless a voice is given."""
    ends: Ends = {}

    def look(run: Run, moment: Moment) -> None:
        if moment.phase == REST:
            ends[moment.beat] = moment.types

    spoken = _with(cls, voice=voice or SilentVoice())
    return watch(spoken, Form("l"), look, lesson=lesson), ends


def sources(ends: Ends) -> str:
    """All that is to be read at the ends of the beats."""
    return " ".join(one.source for types in ends.values() for one in types)
