"""Jumps: what comes or goes does so by a move, and not from one frame to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.proof.finding import Findings
from scenes.proof.watching import END, MIDDLE, Moment, Pixels, Run

_SEEN = 24
"""Difference of a channel, of 255, that an eye notices."""
_AREA = 20
"""Pixels at 720p in the middle of a changed patch of three by three.

The rims of type are drawn anew, a little bolder, where a copy of it sets out: they are thinner.
"""


class Jumps:
    """Compares the first frame of each play, and each beat's rest, with the frame before it."""

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._before: Pixels | None = None

    def look(self, run: Run, moment: Moment) -> None:
        """Check one moment of a play."""
        if moment.phase == MIDDLE:
            return
        if moment.phase != END and self._before is not None:
            self._found.count("layout")
            change = np.abs(moment.pixels.astype(np.int16) - self._before.astype(np.int16))
            if _whole_patches(change.max(axis=2) > _SEEN) > _AREA:
                when = run.scene.timeline.frame / run.scene.timeline.fps
                text = f"the picture jumps at {when:.1f} s: something comes or goes without a move"
                self._found.add("layout", moment.beat, text, moment)
        self._before = moment.pixels


def _whole_patches(changed: NDArray[np.bool_]) -> int:
    """In how many places three by three pixels are all changed."""
    height, width = changed.shape
    whole = np.ones((height - 2, width - 2), dtype=bool)
    for down in range(3):
        for right in range(3):
            whole &= changed[down : height - 2 + down, right : width - 2 + right]
    return int(whole.sum())
