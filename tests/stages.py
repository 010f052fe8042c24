"""Play a film with nothing rendered, and look at what stands in the frame at each beat's end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manim import ImageMobject, Mobject, Wait, config, tempconfig

from scenes.pictures import theme
from scenes.pictures.equations import Formula, Words
from scenes.studio.beats import BeatScript
from scenes.studio.narrated import NarratedScene
from scenes.studio.orders import films_in
from scenes.studio.settings import SCENES
from scenes.words.silent import SilentVoice
from scenes.words.voice import Voice

LESSONS = Path(__file__).parent / "lessons"


@dataclass(frozen=True)
class Text:
    """A piece of type in the frame: what it was set from, its size and its box."""

    source: str
    size: float
    left: float
    right: float
    bottom: float
    top: float

    def overlaps(self, other: Text, slack: float = 0.02) -> bool:
        """Whether the two boxes have a common inside."""
        return (
            self.left + slack < other.right
            and other.left + slack < self.right
            and self.bottom + slack < other.top
            and other.bottom + slack < self.top
        )


@dataclass(frozen=True)
class Frame:
    """The frame at a beat's end."""

    beat: str
    texts: tuple[Text, ...]
    box: tuple[float, float, float, float]  # left, right, bottom, top of all that is drawn


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


def film(name: str) -> type[NarratedScene]:
    """The film in scenes/NAME.py."""
    (found,) = films_in(SCENES / f"{name}.py")
    return found


def play(
    cls: type[NarratedScene], lesson: Path | None = None, voice: Voice | None = None
) -> tuple[Any, list[Frame]]:
    """The scene after its last beat, and the frame at the end of each beat.

    The scene gets `longest_wait`, the most frames for which a picture stood still in one go,
    `restless`, the beats that end while the picture still moves, and `moments`, the frame at the
    end of each play that is no wait.
    """
    frames: list[Frame] = []

    class Watched(cls):  # type: ignore[misc, valid-type]
        def _play_beat(self, script: BeatScript, body: Callable[[Any], None]) -> None:
            super()._play_beat(script, body)
            rested = getattr(self, "still_since", 0) == self.timeline.frame
            self.restless = [*getattr(self, "restless", []), *([] if rested else [script.name])]
            frames.append(_frame(script.name, self.mobjects))

        def play(self, *args: Any, **kwargs: Any) -> None:
            super().play(*args, **kwargs)
            waits = len(args) == 1 and isinstance(args[0], Wait)
            if self.records and self.mobjects and not waits:
                moment = _frame(self.records[-1].script.name, self.mobjects)
                self.moments = [*getattr(self, "moments", []), moment]

        def wait_frames(self, frames: int) -> None:
            self.longest_wait = max(getattr(self, "longest_wait", 0), frames)
            super().wait_frames(frames)
            self.still_since = self.timeline.frame if frames > 0 else 0

    Watched.__name__ = cls.__name__
    Watched.lesson = lesson
    Watched.voice = voice or SilentVoice()
    scene = Watched(skip_animations=True)
    scene.render()
    return scene, frames


def _frame(name: str, mobjects: list[Mobject]) -> Frame:
    texts: dict[int, Text] = {}
    points = []
    for mobject in mobjects:
        for part in mobject.get_family():
            if isinstance(part, Words | Formula) and _visible(part):
                source = part.source if isinstance(part, Formula) else part.plain
                texts[id(part)] = Text(
                    source,
                    float(part.font_size),
                    float(part.get_left()[0]),
                    float(part.get_right()[0]),
                    float(part.get_bottom()[1]),
                    float(part.get_top()[1]),
                )
            if part.has_points() and (isinstance(part, ImageMobject) or _visible(part)):
                points.append(part)
    box = (
        min(p.get_left()[0] for p in points),
        max(p.get_right()[0] for p in points),
        min(p.get_bottom()[1] for p in points),
        max(p.get_top()[1] for p in points),
    )
    return Frame(name, tuple(texts.values()), box)


def _visible(part: Any) -> bool:
    family = [p for p in part.get_family() if p.has_points()]
    return any(p.get_fill_opacity() > 0.01 or p.get_stroke_opacity() > 0.01 for p in family)


def caption_line() -> float:
    """Height (y) under which the frame is left to the captions."""
    return float(-config.frame_height / 2 + config.frame_height / 8)


def assert_all_inside(frames: list[Frame]) -> None:
    """Nothing leaves the frame or stands in the captions' strip."""
    for frame in frames:
        left, right, bottom, top = frame.box
        assert -config.frame_width / 2 <= left, frame.beat
        assert right <= config.frame_width / 2, frame.beat
        assert top <= config.frame_height / 2, frame.beat
        assert bottom >= caption_line() - 0.01, frame.beat


def assert_all_large_enough(frames: list[Frame]) -> None:
    """No text is too small to read."""
    small = [
        (frame.beat, text.source, round(text.size, 1))
        for frame in frames
        for text in frame.texts
        if text.size < 0.97 * theme.SIZE.least
    ]
    assert not small


def assert_none_covered(frames: list[Frame]) -> None:
    """No text covers another."""
    covered = [
        (frame.beat, one.source, other.source)
        for frame in frames
        for number, one in enumerate(frame.texts)
        for other in frame.texts[number + 1 :]
        if one.overlaps(other)
    ]
    assert not covered
