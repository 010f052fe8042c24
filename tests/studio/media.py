"""What is in a finished file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray


def packets(path: Path, kind: str = "video") -> list[Any]:
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [p for p in container.demux(stream) if p.size]


def frames(path: Path, form: str = "rgb24") -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [
            frame.to_ndarray(format=form).astype(np.uint8) for frame in container.decode(video=0)
        ]


def sound(path: Path) -> NDArray[np.float32]:
    """The first channel as it is played: what a codec puts before zero is left out."""
    with av.open(str(path)) as container:
        parts = [
            frame.to_ndarray()[0]
            for frame in container.decode(audio=0)
            if frame.pts is not None and frame.pts >= 0
        ]
    return np.concatenate(parts).astype(np.float32)


def streams(path: Path) -> set[str]:
    """The kinds of streams."""
    with av.open(str(path)) as container:
        return {stream.type for stream in container.streams}


def played(path: Path) -> tuple[list[bytes], bytes]:
    """All that is seen and heard, to be compared."""
    return [frame.tobytes() for frame in frames(path)], sound(path).tobytes()
