"""The file writer that makes a finished film out of Manim's silent segments."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from av import FFmpegError, VideoFrame
from manim import SceneFileWriter, config
from manim.scene.video_segment_encoder import VideoSegmentEncoder
from manim.utils.file_ops import modify_atime

from scenes.studio.errors import StudioError

FORGOTTEN = 3600.0
"""Seconds after which a half-product that nobody has touched is that of a killed render."""


def sweep(half_products: Iterable[Path]) -> None:
    """Remove the half-products of renders that were killed, and none of those still running."""
    for path in half_products:
        with suppress(OSError):
            if time.time() - path.stat().st_mtime < FORGOTTEN:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


class _AtomicSegmentEncoder(VideoSegmentEncoder):
    """A segment that appears in the cache only once it is whole, under the name that it gets."""

    name: Path

    def write_frame(self, pixels: Any, *, repeat: int = 1) -> None:
        self._validate_frame(pixels, repeat)
        frame: Any = VideoFrame.from_ndarray(
            straight(pixels) if self.spec.pixel_format in _WITH_ALPHA else pixels, format="rgba"
        )
        # A picture that stays is converted once.
        frame = frame.reformat(format=self.spec.pixel_format)
        frame.time_base = 1 / self.spec.frame_rate
        try:
            for _ in range(repeat):
                frame.pts = self._next_pts
                self._next_pts += 1
                stream: Any = self._stream
                self._container.mux(stream.encode(frame))
        except FFmpegError as error:
            raise self._operation_error("encode", error) from error

    def finish(self) -> None:
        super().finish()
        self.target.replace(self.name)


_WITH_ALPHA = ("argb", "yuva420p")


def straight(pixels: Any) -> Any:
    """Pixels (rows, columns, RGBA in uint8) with colours that are not multiplied by their opacity.

    Cairo draws with colours multiplied; every film with an alpha channel is read as if they were
    not, and edges would come out dark.
    """
    alpha = pixels[..., 3]
    partly = (alpha > 0) & (alpha < 255)
    made = pixels.copy()
    whole = made[partly].astype(np.float64)
    whole[:, :3] *= 255 / whole[:, 3:]
    made[partly] = np.clip(np.rint(whole), 0, 255).astype(np.uint8)
    return made


class FilmWriter(SceneFileWriter):
    """Manim's writer; segments get their names at their end, and a written film is finished."""

    is_whole: Callable[[], bool]
    """Whether it is a film that is made, and not only segments of it."""
    complete: Callable[[Path, Path, Path], None]
    """Makes the film of the joined segments, at a target, with a folder to work in."""

    def open_segment(self, number: int) -> None:
        """Begin the segment of a play; its name may follow."""
        path = self.output_plan.segment_path(f".{number:05}.{os.getpid()}")
        self.open_partial_movie_stream(animation_index=number, file_path=path)

    def name_segment(self, key: str) -> None:
        """No more frames: the segment is put into the cache under this key."""
        job: Any = self._current_encode_job
        path = self.output_plan.segment_path(key)
        job.encoder.name = path
        # Before it is closed: what waits no longer is forgotten then, with its encoder's memory.
        self._inflight_by_path[str(path)] = job
        self.close_partial_movie_stream()

    def _join_job(self, job: Any) -> None:
        super()._join_job(job)
        for path in [path for path, other in self._inflight_by_path.items() if other is job]:
            del self._inflight_by_path[path]

    def _create_segment_encoder(self, target: Path) -> VideoSegmentEncoder:
        if self.video_encoder is None:
            raise RuntimeError("a segment needs resolved encoder settings")
        return _AtomicSegmentEncoder(target=target, spec=self.video_encoder)

    def combine_to_movie(self) -> None:
        """Join the segments, add sound and captions, and put the finished files in place."""
        if not self.is_whole():
            return
        segments = [path for path in self.partial_movie_files if path is not None]
        if not segments and self.partial_movie_files and config.from_animation_number > 0:
            raise StudioError(
                f"-n {config.from_animation_number}: there is no such animation "
                f"(allowed: 0 to {len(self.partial_movie_files) - 1})"
            )
        if not segments:
            super().combine_to_movie()
            return
        target = self.movie_file_path
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent.glob(".film-*"))
        sweep(self.partial_movie_directory.glob(".*"))
        with tempfile.TemporaryDirectory(prefix=".film-", dir=target.parent) as folder:
            picture = Path(folder) / f"picture{target.suffix}"
            self.combine_files(segments, picture, self.output_spec.is_gif)
            self.complete(picture, target, Path(folder))
        self.print_file_ready_message(str(target))
        for path in segments:
            modify_atime(path)

    def save_image(self, pixels: Any) -> None:
        """Write the last frame as a still."""
        super().save_image(straight(pixels) if self.output_spec.transparent else pixels)

    def write_subcaption_file(self) -> None:
        """Captions are written with the film; Manim's own file would replace them."""
