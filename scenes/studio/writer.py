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
from manim import SceneFileWriter, config
from manim._config.video_encoder import VideoEncoderSpec
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
    """A segment that appears in the cache only once it is whole."""

    def __init__(self, *, target: Path, spec: VideoEncoderSpec) -> None:
        self._final = target
        partial = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
        super().__init__(target=partial, spec=spec)

    def write_frame(self, pixels: Any, *, repeat: int = 1) -> None:
        see_through = self.spec.pixel_format in _WITH_ALPHA
        super().write_frame(straight(pixels) if see_through else pixels, repeat=repeat)

    def finish(self) -> None:
        super().finish()
        self.target.replace(self._final)


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
    """Manim's writer, with safe cache keys and a film that is finished when it is written."""

    key_of: Callable[[str], str]
    """Makes Manim's key of a play depend on all that the play can depend on."""
    complete: Callable[[Path, Path, Path], None]
    """Makes the film of the joined segments, at a target, with a folder to work in."""

    def add_partial_movie_file(self, hash_animation: str | None) -> None:
        super().add_partial_movie_file(self._key(hash_animation))

    def is_already_cached(self, hash_invocation: str) -> bool:
        return super().is_already_cached(self._key(hash_invocation) or hash_invocation)

    def _key(self, key: str | None) -> str | None:
        if key is None or key.startswith("uncached_"):
            return key
        return self.key_of(key)

    def _create_segment_encoder(self, target: Path) -> VideoSegmentEncoder:
        if self.video_encoder is None:
            raise RuntimeError("a segment needs resolved encoder settings")
        return _AtomicSegmentEncoder(target=target, spec=self.video_encoder)

    def combine_to_movie(self) -> None:
        """Join the segments, add sound and captions, and put the finished files in place."""
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
