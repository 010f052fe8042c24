"""Jumps: what comes or goes does so by a move, and not from one frame to the next."""

from __future__ import annotations

import numpy as np

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
            here, before = moment.pixels, self._before
            change = np.maximum(here, before) - np.minimum(here, before)
            changed = np.asarray((change > _SEEN).any(axis=2))
            columns = changed[:-2] & changed[1:-1] & changed[2:]
            patches = columns[:, :-2] & columns[:, 1:-1] & columns[:, 2:]
            if patches.sum() > _AREA:
                text = (
                    f"the picture jumps at {run.now:.1f} s: something comes or goes without a move"
                )
                self._found.add("layout", moment.beat, text, moment)
        self._before = moment.pixels
