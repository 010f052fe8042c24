"""Whole frames only: the one clock of sound, picture and captions.

A film is a row of plays, each a whole number of frames long.  Plays may be left out of the file
(``manim -n 3,7``, a skipped section), so a frame of the *scene* is not always the same frame of
the *film*; this module keeps both and translates.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Play:
    """One ``Scene.play``: its first frame in the scene, its length, and whether it was filmed."""

    first: int
    frames: int
    filmed: bool

    @property
    def end(self) -> int:
        """The frame after the last one."""
        return self.first + self.frames


@dataclass
class Timeline:
    """The plays so far, in order, on a clock of ``fps`` frames a second."""

    fps: float
    plays: list[Play] = field(default_factory=list)

    @property
    def frame(self) -> int:
        """Frames of the scene played so far."""
        return self.plays[-1].end if self.plays else 0

    @property
    def film_frames(self) -> int:
        """Frames of the film: those of the plays that were filmed."""
        return sum(play.frames for play in self.plays if play.filmed)

    def add(self, frames: int, *, filmed: bool) -> None:
        """Append a play of a whole number of frames."""
        if frames < 1:
            raise ValueError(f"a play lasts at least one frame, not {frames}")
        self.plays.append(Play(self.frame, frames, filmed))

    def to_film(self, frame: int) -> int:
        """The frame of the film at which frame ``frame`` of the scene stands.

        A frame that was left out maps to the next one that was filmed.
        """
        passed = 0
        for play in self.plays:
            if play.first >= frame:
                break
            if play.filmed:
                passed += min(frame, play.end) - play.first
        return passed

    def filmed_spans(self) -> list[tuple[int, int]]:
        """The scene's frames that are in the film, as half-open spans, neighbours merged."""
        spans: list[tuple[int, int]] = []
        for play in self.plays:
            if not play.filmed:
                continue
            if spans and spans[-1][1] == play.first:
                spans[-1] = (spans[-1][0], play.end)
            else:
                spans.append((play.first, play.end))
        return spans


class Pacer:
    """Turns wished-for seconds into whole frames without letting the rounding add up."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._wished = 0.0
        self._given = 0

    def frames_for(self, seconds: float) -> int:
        """Whole frames for the next ``seconds``, at least one."""
        self._wished += seconds * self._fps
        frames = max(1, round(self._wished - self._given))
        self._given += frames
        return frames
