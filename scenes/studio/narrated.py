"""``NarratedScene``: a Manim scene made of beats, each a spoken line and a change of picture.

Manim's own clock is not used for anything that must be in step: a play that comes from the cache
lasts its nominal time there and a rendered one whole frames.  Here each play is given a whole
number of frames before it starts, and sound, captions and manifest count those.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Self, cast

import numpy as np
from manim import Animation, Camera, Scene, config

from scenes.maths.display.number import Number, Said
from scenes.maths.lesson.model import Lesson
from scenes.maths.lesson.reader import load_lesson
from scenes.studio import film, settings
from scenes.studio.beats import BeatRecord, BeatScript
from scenes.studio.copying import copy_quickly
from scenes.studio.errors import PROBLEMS, StudioError
from scenes.studio.fingerprint import digest, source_of, sources_of
from scenes.studio.reads import Reads, of_film
from scenes.studio.recall import Recall, told
from scenes.studio.renderer import FilmRenderer
from scenes.studio.speaker import speaker_of
from scenes.studio.timeline import Pacer, Timeline
from scenes.words.alignment import TimedToken, align
from scenes.words.cache import Utterance, VoiceCache
from scenes.words.recordings import Recordings
from scenes.words.script import Line, Sayable, render_line
from scenes.words.silent import SilentVoice
from scenes.words.voice import Voice

copy_quickly()

REST = 0.5
"""Seconds of quiet after a beat's line: a moment to take it in."""

SETTLE = 0.3
"""Seconds for which a picture rests that was not done when its line was."""

SHORTEST = 0.25
"""Seconds of a play that is made shorter for the sake of a word."""

_PER_PLAY = frozenset(
    "animations moving_mobjects static_mobjects stop_condition duration time_progression last_t "  # noqa: SIM905
    "lesson voice _voice _voice_cache _values _recall _machinery _shared_code".split()
)
"""Fields of a scene that are set for a play, or stand for what is told apart."""

Quotable = Sayable | str
"""What a line can quote: a value, or a piece of the line itself as a plain string."""


def beat(
    line: str, *, lead: float = 0.0, rest: float = REST, shows: str = ""
) -> Callable[[Any], Any]:
    """Make a scene's method a beat that speaks ``line`` while it plays.

    ``line`` may hold ``{name}`` (a value of :meth:`NarratedScene.values`) and ``[shown|spoken]``
    (a word with a spoken form of its own).  ``lead`` and ``rest`` are the seconds of quiet before
    and after the line; ``shows`` tells in one line of plain text what is to be seen at the beat's
    end.  The method then opens a Manim section of its own name, speaks, runs its
    body, and waits until the line is out.
    """

    def decorate(body: Callable[[Any], None]) -> Any:
        script = BeatScript(body.__name__, line, lead, rest, shows)

        @functools.wraps(body)
        def method(self: NarratedScene) -> None:
            self._play_beat(script, body)

        cast(Any, method).script = script
        return method

    return decorate


def beats_of(scene_class: type) -> tuple[BeatScript, ...]:
    """The beats of a scene class in the order in which they are written down."""
    found: dict[str, BeatScript] = {}
    for base in reversed(scene_class.__mro__):
        for name, member in vars(base).items():
            if (script := _script_of(member)) is not None:
                found[name] = script
    return tuple(found.values())


def _script_of(member: object) -> BeatScript | None:
    script = getattr(member, "script", None)
    return script if isinstance(script, BeatScript) else None


def _bare(shown: str) -> str:
    """A caption's word without its punctuation, for comparison."""
    return shown.strip(".,;:!?—…()“”\"'").casefold()


class NarratedScene(Scene):
    """A film: ``construct()`` lists the beats, and reads as the storyboard.

    A subclass may set ``lesson`` (a :class:`Lesson` or the path of a lesson file), ``voice``, and
    ``poster`` (the name of the beat whose last frame is the film's poster).
    """

    title: ClassVar[str] = ""
    place: ClassVar[float | None] = None
    """Where it is shown in the whole film, by comparison; None where it is no part of that."""
    listed: ClassVar[bool] = True
    """Whether the opening names it."""
    poster: ClassVar[str] = ""
    lesson: Any = None
    voice: Voice | None = None
    renderer: FilmRenderer

    def __init__(self, renderer: Any = None, **kwargs: Any) -> None:
        settings.apply_house_settings()
        settings.shape_frame()
        try:
            if config.renderer.name != "CAIRO":
                raise StudioError(
                    "--renderer: opengl: the films are drawn with cairo (allowed: cairo)"
                )
            settings.theme_name()
        except StudioError as problem:
            settings.leave(problem)
        skip = bool(kwargs.pop("skip_animations", False))
        camera_class = kwargs.pop("camera_class", None)
        renderer = renderer or FilmRenderer(camera_class=camera_class, skip_animations=skip)
        self.timeline = Timeline(float(config.frame_rate))
        self.records: list[BeatRecord] = []
        self.cut_short = False
        self.on_progress: Callable[[int, str], None] | None = None
        self.on_beat_end: Callable[[str], None] | None = None
        self.on_new_beat: Callable[[str], None] | None = None
        self._pacer = Pacer(self.timeline.fps)
        self._frames_of_play: int | None = None
        self._wished_frames: int | None = None
        self._most_frames = math.inf
        self._is_loaded = False
        self.reads = Reads()
        """Which of the lesson's values the film has read so far."""
        super().__init__(renderer=renderer, skip_animations=skip, **kwargs)
        cast(Camera, self.camera).background_color = self.background
        self._machinery = _PER_PLAY | vars(self).keys()
        """What a scene has that is no part of what it shows."""

    # -- what a film defines

    @property
    def background(self) -> Any:
        """The colour behind everything."""
        return "#000000"

    def values(self) -> Mapping[str, Quotable]:
        """What the lines quote, by name: values, and (as plain strings) pieces of a line."""
        return {}

    # -- the life of a scene

    def render(self, preview: bool = False) -> bool:
        """Render, and let bad input end in one clear line and exit code 2 on the command line.

        Manim's command leaves a film alone that is there, made of just what it would be made of.
        """
        try:
            if settings.is_manims_command() and self._is_there():
                return False
            return super().render(preview)
        except PROBLEMS as problem:
            settings.leave(problem)

    def _is_there(self) -> bool:
        writer = self.renderer.file_writer
        asked_for_more = (
            config.disable_caching,
            config.save_sections,
            config.from_animation_number > 0,
            config.upto_animation_number != math.inf,
            not writer.output_spec.is_video or writer.output_spec.is_gif,
        )
        if any(asked_for_more):
            return False
        self.load()
        target = writer.movie_file_path
        if not film.is_current(target, self.fingerprint_of, film.COMPANIONS):
            return False
        writer.print_file_ready_message(str(target))
        return True

    def load(self) -> None:
        """Load the lesson, the voice and what the lines quote; nothing is drawn."""
        if self._is_loaded:
            return
        if not isinstance(self.lesson, Lesson):
            self.lesson = load_lesson(self.lesson)
        self.lesson = self.reads.of(self.lesson)
        self._voice = self._choose_voice()
        self._voice_cache = VoiceCache(settings.voice_folder())
        self._values = dict(self.values())
        self._recall = Recall(settings.media_folder() / "beats", self.lesson)
        self._is_loaded = True

    def setup(self) -> None:
        """Load, and make the pictures that several beats share."""
        super().setup()
        self.load()
        self.prepare()

    @property
    def voice_name(self) -> str:
        """Name and version of the voice that speaks."""
        return f"{self._voice.name} {self._voice.version}"

    def fingerprint_of(self, reads: Iterable[str]) -> str:
        """A digest of all that a film depends on that reads this of the lesson."""
        return of_film(self.made_by, self.lesson, reads)

    @property
    def made_by(self) -> str:
        """A digest of what the film depends on besides its lesson: sources, voice, size …"""
        voice = (self.voice_name, sorted(self._voice.settings.items()))
        return digest(sources_of(type(self)), self._form, voice, self._of_recordings())

    @property
    def _form(self) -> tuple[object, ...]:
        """Theme, size and encoder."""
        encoder = repr(self.renderer.file_writer.settings.video_encoder)
        size = (config.pixel_width, config.pixel_height, self.timeline.fps)
        return settings.theme_name(), size, encoder

    def _of_recordings(self) -> list[tuple[str, str, list[tuple[str, str | float]]]]:
        """Who says each beat, where some are recorded, and from what."""
        if not isinstance(self._voice, Recordings):
            return []
        voices = [self.voice_of(script, line) for script, line in self.beat_lines()]
        return [(one.name, one.version, sorted(one.settings.items())) for one in voices]

    def expected_frames(self) -> dict[str, int]:
        """About how many frames each beat has, from the length of its line; speaks them all."""
        return {
            script.name: self._frames(script.lead + self.utter(script, line).duration + script.rest)
            for script, line in self.beat_lines()
        }

    def prepare(self) -> None:
        """Make the pictures that several beats share; runs once, after the lesson is loaded."""

    def _choose_voice(self) -> Voice:
        if self.voice is not None:
            return self.voice
        # A still has no sound: no voice library is needed to draw one.
        still = self.renderer.file_writer.output_spec.is_still
        return SilentVoice() if still else speaker_of(self.lesson)

    # -- a beat

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which recordings know the film: its own, and those it builds on."""
        films = (c for c in type(self).__mro__ if issubclass(c, NarratedScene))
        return tuple(dict.fromkeys(c.__name__ for c in films if c is not NarratedScene))

    def voice_of(self, script: BeatScript, line: Line) -> Voice:
        """Who says the line of a beat."""
        if isinstance(self._voice, Recordings):
            return self._voice.voice_of(self.names, script.name, line.spoken)
        return self._voice

    def not_recorded(self) -> dict[str, str]:
        """The beats that a folder of recordings lacks, each with the reason."""
        if not isinstance(self._voice, Recordings):
            return {}
        found = {
            script.name: self._voice.lacks(self.names, script.name, line.spoken)
            for script, line in self.beat_lines()
        }
        return {name: reason for name, reason in found.items() if reason}

    def utter(self, script: BeatScript, line: Line) -> Utterance:
        """The line of a beat, spoken."""
        return self._voice_cache.utter(self.voice_of(script, line), line.spoken)

    def beat_lines(self) -> list[tuple[BeatScript, Line]]:
        """The beats with their lines, in the order in which they are written down."""
        return [(script, self.line_of(script)) for script in beats_of(type(self))]

    def line_of(self, script: BeatScript) -> Line:
        """The line of a beat with its pieces and values put in."""
        text = script.line
        for name, piece in self._values.items():
            if isinstance(piece, str):
                text = text.replace(f"{{{name}}}", piece)
        values = {n: v for n, v in self._values.items() if not isinstance(v, str)}
        return render_line(
            text, {n: Said(v) if isinstance(v, Number) else v for n, v in values.items()}
        )

    def _play_beat(self, script: BeatScript, body: Callable[[Any], None]) -> None:
        line = self.line_of(script)
        utterance = self.utter(script, line)
        tokens = align(line, utterance)
        first = self.timeline.frame
        self._pacer = Pacer(self.timeline.fps)
        record = BeatRecord(
            script, line, utterance, tokens, first, first + self._frames(script.lead)
        )
        self.next_section(script.name)
        self.records.append(record)
        try:
            with self._recalling(record, body):
                if script.lead:
                    self.wait_frames(self._frames(script.lead))
                body(self)
                end = record.voice + self._frames(utterance.duration + script.rest)
                # A picture that outlasts its line comes to rest, too, before the next one.
                left = end - self.timeline.frame
                self.wait_frames(left if left > 0 else self._frames(SETTLE))
        except BaseException:  # among others Manim's, where -n stops the film
            self.cut_short = True
            raise
        finally:
            record.end = self.timeline.frame
        if self.on_beat_end is not None:
            self.on_beat_end(script.name)

    @contextmanager
    def _recalling(self, record: BeatRecord, body: Callable[[Any], None]) -> Iterator[None]:
        """Around a beat: where it was drawn before, and nothing has changed, it is only jumped."""
        key = self._key_of(record, body) if self.renderer.may_recall(record.script.name) else None
        segments = self._recall.segments(key) if key is not None else ()
        if not segments and self.on_new_beat is not None:
            self.on_new_beat(record.script.name)
        if key is None:
            yield
            return
        self.reads.lately.clear()
        with self.renderer.recalling(segments) as played:
            yield
        if played:
            self._recall.keep(key, self.reads.lately, played)

    def _key_of(self, record: BeatRecord, body: Callable[[Any], None]) -> str | None:
        """All that a beat's frames depend on, but what it reads of the lesson."""
        state = {name: part for name, part in vars(self).items() if name not in self._machinery}
        state["seen"] = (self.mobjects, self.foreground_mobjects, self.updaters)
        if (known := told(state)) is None:
            return None
        times = [(one.token, one.start, one.end) for one in record.tokens]
        line = (record.utterance.duration, times, record.script.lead, record.script.rest)
        drawn_as = (settings.theme_name(), self.renderer.drawn_as)
        return digest(self._shared_code, source_of(body), drawn_as, line, known)[:40]

    @functools.cached_property
    def _shared_code(self) -> str:
        """A digest of all code of the film but that of its beats."""
        members = (member for base in type(self).__mro__ for member in vars(base).values())
        beats = [inspect.unwrap(m) for m in members if _script_of(m)]
        return sources_of(type(self), without=beats)

    @property
    def _beat(self) -> BeatRecord:
        if not self.records:
            raise StudioError("self.at() and self.until() belong inside a method made by @beat")
        return self.records[-1]

    @property
    def quoted(self) -> frozenset[str]:
        """The names of the values that the beat's line quotes."""
        return frozenset(self._beat.line.values)

    def says(self, word: str) -> bool:
        """Whether the beat's line holds a word, as shown."""
        return any(_bare(token.token.shown) == word.casefold() for token in self._beat.tokens)

    def until(self, word: str, occurrence: int = 1) -> float:
        """Seconds from now until ``word`` of the beat's line is spoken; at least one frame.

        ``word`` is a word as shown, or the name of a value in the line.
        """
        frame = self._frame_of(word, occurrence)
        return max(1, frame - self.timeline.frame) / self.timeline.fps

    def at(self, word: str, occurrence: int = 1) -> Self:
        """Hold the picture until ``word`` of the beat's line is spoken; a play may follow."""
        late = self.timeline.frame - self._frame_of(word, occurrence)
        if late > 0:
            self._beat.cues_late[word] = late
        self.wait_frames(-late)
        self._beat.cues.append((self._token_of(word, occurrence), self.timeline.frame))
        return self

    def when(self, word: str) -> Self:
        """As :meth:`at`, where the line may be without the word in another lesson."""
        return self.at(word) if word in self.quoted or self.says(word) else self

    def _frame_of(self, word: str, occurrence: int) -> int:
        return self._beat.voice + self._frames(self._token_of(word, occurrence).start)

    def _token_of(self, word: str, occurrence: int) -> TimedToken:
        record = self._beat
        wanted = word.casefold()
        seen = 0
        previous: tuple[str, ...] = ()
        for token in record.tokens:
            keys = tuple(key for key in token.token.keys if key not in previous)
            previous = token.token.keys
            if wanted == _bare(token.token.shown) or word in keys:
                seen += 1
                if seen == occurrence:
                    return token
        found = f"stands there {seen} times" if seen else "no such word"
        raise StudioError(
            f"{type(self).__name__}.{record.script.name}: at({word!r}): {found} in "
            f"{record.line.shown!r}"
        )

    # -- the clock

    def _frames(self, seconds: float) -> int:
        return round(seconds * self.timeline.fps)

    def wait_frames(self, frames: int) -> None:
        """Hold the picture for a number of frames; none or fewer is no wait."""
        if frames > 0:
            self._frames_of_play = frames
            self.wait(frames / self.timeline.fps)

    def play(
        self, *args: Any, by: str | None = None, run_time: float | None = None, **kwargs: Any
    ) -> None:
        """Play as Manim does, for a whole number of frames; nothing to play takes no time.

        With no ``run_time`` each animation takes the time that it has of its own.  With ``by`` the
        play is made shorter, where it would else not be over when that word of the line is spoken.
        """
        if not args:
            return
        wished, self._frames_of_play = self._frames_of_play, None
        self._wished_frames = wished
        left = self._frame_of(by, 1) - self.timeline.frame if by is not None else math.inf
        self._most_frames = max(left, self._frames(SHORTEST))
        if run_time is not None:
            kwargs["run_time"] = run_time
        super().play(*args, **kwargs)
        self.timeline.add(self._frames_played(), filmed=self._was_filmed())
        self.renderer.time = self.timeline.frame / self.timeline.fps
        if self.on_progress is not None:
            name = self.records[-1].script.name if self.records else ""
            self.on_progress(self.timeline.frame, name)

    def _frames_played(self) -> int:
        frames, self._frames_of_play = self._frames_of_play, None
        assert frames is not None
        return frames

    def _was_filmed(self) -> bool:
        writer = self.renderer.file_writer
        return not writer.output_spec.is_video or writer.partial_movie_files[-1] is not None

    def get_run_time(self, animations: list[Animation]) -> float:
        """The run time of the coming play, in whole frames; Manim asks twice."""
        if self._frames_of_play is None:
            seconds = super().get_run_time(animations)
            seconds = min(seconds, self._most_frames / self.timeline.fps)
            self._frames_of_play = self._wished_frames or self._pacer.frames_for(seconds)
        return self._frames_of_play / self.timeline.fps

    def get_time_progression(self, run_time: float, *args: Any, **kwargs: Any) -> Any:
        """Manim's progress over the frames' times; exactly as many as were planned."""
        bar = super().get_time_progression(run_time, *args, **kwargs)
        skipping = self.renderer.skip_animations and not kwargs.get("override_skip_animations")
        # What moves by the clock has to be moved frame by frame, or it would end elsewhere.
        skipping = skipping and not any(
            part.has_time_based_updater() for part in self.get_mobject_family_members()
        )
        if not skipping:
            frames = round(run_time * self.timeline.fps)
            bar.iterable = np.arange(frames) / self.timeline.fps
            bar.total = frames
        return bar
