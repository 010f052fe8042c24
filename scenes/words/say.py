"""The voice of macOS, through its program ``say``."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenes.words.voice import PACE, Synthesis, VoiceError, share_out
from scenes.words.wav import read_wav

OTHERWISE = "choose another voice, such as hibari or silent"


@dataclass(frozen=True)
class SayVoice:
    """The voice of macOS; its word times are shared out by syllables.

    ``pace``, in words a minute, is handed to the program ``say``.
    """

    pace: float = PACE
    name = "say"
    version = "2"

    @property
    def settings(self) -> Mapping[str, str | float]:
        """Pace; the person speaking is the system's choice."""
        return {"pace": self.pace}

    def check(self) -> None:
        if shutil.which("say") is None:
            raise VoiceError(f"the voice 'say' needs the program say of macOS; {OTHERWISE}")

    def speak(self, text: str) -> Synthesis:
        """Say ``text``; VoiceError where there is no program ``say`` or it fails."""
        self.check()
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder, "line.wav")
            form = ["--file-format=WAVE", "--data-format=LEI16@22050"]
            rate = ["-r", str(round(self.pace))]
            done = subprocess.run(
                ["say", *rate, "-o", str(wav), *form, text], capture_output=True, text=True
            )
            if done.returncode or not wav.is_file():
                reason = (done.stderr.strip().splitlines() or ["no sound was written"])[-1]
                raise VoiceError(f"say failed on {text!r}: {reason}; {OTHERWISE}")
            samples, hertz = read_wav(wav)
        loud = np.flatnonzero(np.abs(samples) > 0.005)
        start, end = (loud[0] / hertz, loud[-1] / hertz) if len(loud) else (0.0, 0.0)
        return Synthesis(samples, hertz, share_out(text, start, end))
