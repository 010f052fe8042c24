"""No voice: the times at which a reader would say each word, for a film to speak over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scenes.words.voice import PACE, PAUSES, SpokenWord, Synthesis, bare, syllables


@dataclass(frozen=True)
class SilentVoice:
    """No sound, and the times at which a reader of ordinary speed would say each word.

    ``pace`` is the speed in words a minute between pauses, for words of ordinary length.
    """

    pace: float = PACE
    name = "silent"
    version = "2"

    @property
    def settings(self) -> Mapping[str, str | float]:
        return {"pace": self.pace, "pauses": json.dumps(PAUSES, sort_keys=True)}

    def check(self) -> None:
        """Silence is everywhere."""

    def speak(self, text: str) -> Synthesis:
        now, pause = 0.0, 0.0
        words = []
        for written in text.split():
            word = bare(written)
            # Ordinary text has about 1.4 syllables a word.
            length = 60 / self.pace * (0.3 + 0.5 * syllables(word))
            words.append(SpokenWord(word, now + pause, now + pause + length))
            now += pause + length
            pause = PAUSES.get(written[-1], 0.0)
        return Synthesis(np.zeros(round(now * 16_000), np.float32), 16_000, tuple(words))
