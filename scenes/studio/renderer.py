"""The renderer: plays that look as they did before are taken from the cache, all others drawn.

Manim's own key of a play is made of the code and the mobjects that it can see; it takes as long as
drawing, and misses what, say, an updater reads from a field of the scene.  Here each frame of a
play is known before it is drawn (:mod:`scenes.studio.looks`), and the play's key is made of its
frames.  Frames in a row that look alike are drawn once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from importlib.metadata import version
from typing import Any

from manim import CairoRenderer, Mobject, Scene, config
from manim._config.video_encoder import video_encoder_fingerprint
from manim.utils.iterables import list_update

from scenes.studio import film
from scenes.studio.looks import Look
from scenes.studio.writer import FilmWriter

MOST_KEPT = 64 * 2**20
"""Bytes of frames that wait until it is known whether they have to be drawn."""
UNNAMED = "uncached"
"""How the names of segments begin that are not found again."""
_DRAWN_BY = ("manim", "pycairo", "numpy", "av")


class FilmRenderer(CairoRenderer):
    """Cairo, with our file writer, and with frames that are known before they are drawn."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(file_writer_class=FilmWriter, **kwargs)
        self._frames: _Frames | None = None
        self.segments: dict[int, str] = {}
        """The keys of segments by the number of their play; what is in here is not looked at."""
        self.beats: frozenset[str] = frozenset()
        """The beats that alone are drawn, where there are any."""
        self.known: frozenset[str] = frozenset()
        """The keys of segments that are kept elsewhere, and need not be drawn."""

    def init_scene(self, scene: Any, *args: Any, **kwargs: Any) -> None:
        """Let the writer finish this scene's film."""
        super().init_scene(scene, *args, **kwargs)
        self.file_writer.complete = partial(film.finish, scene)
        self.file_writer.is_whole = lambda: not self.beats

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Play as Manim does, in whole frames, and draw only what no segment shows yet."""
        self.skip_animations = self._original_skipping_status
        self.update_skipping_status()
        scene.compile_animation_data(*args, **kwargs)
        scene.begin_animations()
        still = scene.is_current_animation_frozen_frame()
        key = self.segments.get(self.num_plays)
        if self.skip_animations or key is not None or self._is_left_to_others(scene):
            self.skip_animations = True
            self.file_writer.add_partial_movie_file(key)
            if not still:
                scene.play_internal(skip_rendering=True)
                scene.update_mobjects(0)
        else:
            frames = self._frames = _Frames(self, scene)
            if still:
                frames.add(scene.moving_mobjects, round(scene.duration * self.camera.frame_rate))
            else:
                scene.play_internal()
            self._frames = None
            key = frames.finish()
            if key is not None:
                self.segments[self.num_plays] = key
        self.num_plays += 1

    def _is_left_to_others(self, scene: Any) -> bool:
        # What is played between two beats goes with the one before it.
        played = scene.records[-1].script.name if scene.records else None
        return bool(self.beats) and played not in self.beats

    def may_recall(self, beat: str) -> bool:
        """Whether this beat is drawn here and now, and its segments get names to be found by."""
        named = self.file_writer.output_spec.is_video and not config.disable_caching
        skipped = self._original_skipping_status or config.from_animation_number > 0
        drawn = not skipped and self.num_plays not in self.segments
        return named and drawn and (not self.beats or beat in self.beats)

    @property
    def drawn_as(self) -> tuple[object, ...]:
        """All that a frame depends on besides what is in it."""
        camera = self.camera
        frame = (camera.frame_width, camera.frame_height, tuple(camera.frame_center))
        size = (camera.pixel_width, camera.pixel_height, frame)
        ground = (str(camera.background_color), camera.background_opacity)
        return (
            *(version(name) for name in _DRAWN_BY),
            (*size, *ground, camera.cairo_line_width_multiple),
            video_encoder_fingerprint(self.file_writer.video_encoder),
        )

    @contextmanager
    def recalling(self, segments: Sequence[str]) -> Iterator[list[str]]:
        """Take the plays from now on from these segments, where all of them are there.

        Gives a list which afterwards has the segments of all plays; none, if one has no name.
        """
        first = self.num_plays
        there = all(self.file_writer.is_already_cached(key) for key in segments)
        recalled = dict(enumerate(segments, start=first)) if there else {}
        self.segments |= recalled
        played: list[str] = []
        yield played
        for number in recalled:
            if number >= self.num_plays:
                del self.segments[number]
        names = [self.segments.get(number, UNNAMED) for number in range(first, self.num_plays)]
        if not any(name.startswith(UNNAMED) for name in names):
            played += names

    def render(
        self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None
    ) -> None:
        """Take up the frame that Manim would draw here."""
        del time
        if self._frames is not None:
            every = list_update(scene.mobjects, scene.foreground_mobjects)
            self._frames.add(moving_mobjects or every, 1)


class _Frames:
    """The frames of one play, on their way into its segment."""

    def __init__(self, renderer: FilmRenderer, scene: Scene) -> None:
        self._camera, self._writer = renderer.camera, renderer.file_writer
        self._elsewhere = renderer.known
        self._number = renderer.num_plays
        self._behind = Look(self._camera, scene.static_mobjects)
        self._background: Any = None
        self._waiting: list[tuple[Look, int]] = []
        self._bytes = 0
        self._key = blake2b(repr(renderer.drawn_as).encode(), digest_size=20)
        self._is_known = not config.disable_caching
        self._is_open = False
        self._take(self._behind)

    def _take(self, look: Look, times: int = 1) -> None:
        if look.digest is None:
            self._is_known = False
        else:
            self._key.update(look.digest * times)

    def add(self, mobjects: Iterable[Mobject], times: int) -> None:
        """A frame of these mobjects in front of those that do not move, so many times."""
        look = Look(self._camera, mobjects)
        self._take(look, times)
        if self._waiting and look.digest is not None and look.digest == self._waiting[-1][0].digest:
            self._waiting[-1] = (look, self._waiting[-1][1] + times)
            return
        self._waiting.append((look, times))
        self._bytes += look.size
        if self._bytes > MOST_KEPT:
            self._draw(self._waiting[:-1])
            self._waiting, self._bytes = self._waiting[-1:], look.size

    def finish(self) -> str | None:
        """Draw what is still to be drawn, and give the segment its name, which is returned."""
        output = self._writer.output_spec
        key = self._key.hexdigest() if self._is_known else f"{UNNAMED}_{self._number:05}"
        if not output.is_video:
            if output.is_image_sequence:
                self._draw(self._waiting)
            return None
        if self._is_open or not (self._is_known and self._is_kept(key)):
            self._draw(self._waiting)
            self._writer.name_segment(key)
        self._writer.add_partial_movie_file(key)
        return key

    def _is_kept(self, key: str) -> bool:
        return key in self._elsewhere or self._writer.is_already_cached(key)

    def _draw(self, looks: Iterable[tuple[Look, int]]) -> None:
        camera = self._camera
        if self._background is None:
            camera.reset()
            self._behind.draw(camera)
            self._background = camera.pixel_array.copy()
        if self._writer.output_spec.is_video and not self._is_open:
            self._writer.open_segment(self._number)
            self._is_open = True
        for look, times in looks:
            camera.set_frame_to_background(self._background)
            look.draw(camera)
            self._writer.write_frame(camera.pixel_array.copy(), repeat=times)
