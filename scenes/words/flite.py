"""Flite's ``cmu_us_rms``: a small voice of the system's C library."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scenes.words.flite_process import MISSING
from scenes.words.pronounce import PHONES
from scenes.words.voice import PACE, PAUSES, SpokenWord, Synthesis, VoiceError
from scenes.words.wav import read_wav

_STRETCH = 1.03
"""Length of every sound, relative to Flite's own, at which it speaks at the usual pace."""
# Flite knows two degrees of stress, and four marks.
_PHONES = {word: phones.replace("2", "0") for word, phones in PHONES.items()}
_MARKS = str.maketrans({":": ";", "!": ".", "-": " "})
_PAUSES = {mark: PAUSES[mark] for mark in ".,?;"}


class FliteVoice:
    """Flite's ``cmu_us_rms``, through the system's C library, in a fresh process for each line."""

    name = "flite-cmu_us_rms"
    version = "2"

    def __init__(self, pace: float = PACE) -> None:
        """``pace`` is in words a minute, pauses included."""
        self.stretch = _STRETCH * PACE / pace

    @property
    def settings(self) -> Mapping[str, str | float]:
        return {
            "stretch": self.stretch,
            "pauses": json.dumps(_PAUSES, sort_keys=True),
            "phones": json.dumps(_PHONES, sort_keys=True),
        }

    def check(self) -> None:
        self._ask({"probe": True})

    def speak(self, text: str) -> Synthesis:
        """Say ``text``; VoiceError where the library is missing or fails."""
        plain = text.lower().translate(_MARKS)
        if not re.fullmatch(r"[a-z' .,?;]*[a-z][a-z' .,?;]*", plain):
            raise VoiceError(
                f"Flite cannot say {text!r} (allowed: words of a to z, and . , ? ! ; :)"
            )
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder, "line.wav")
            request = {"text": plain, "wav": str(wav), "stretch": self.stretch}
            answer = self._ask({**request, "phones": _PHONES, "pauses": _PAUSES})
            samples, rate = read_wav(wav)
        words = tuple(SpokenWord(str(w), float(s), float(e)) for w, s, e in answer["words"])
        return Synthesis(samples, rate, words)

    def _ask(self, request: Mapping[str, object]) -> dict[str, list[tuple[str, float, float]]]:
        # The helper finds this package from any folder, and -P keeps a stray module in the
        # current one (a json.py, say) from being taken for the standard library's.
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "scenes.words.flite_process"],
                input=json.dumps(request),
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=120,
                env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
            )
        except subprocess.TimeoutExpired:
            raise VoiceError(
                f"Flite did not finish within 120 s: {request.get('text')!r}"
            ) from None
        if done.returncode == MISSING:
            raise VoiceError(
                f"the voice needs Flite, and {done.stderr.strip().splitlines()[-1]}: "
                f"{_install_command()} (or choose the voice 'silent' for a film without sound)"
            )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
            raise VoiceError(f"Flite failed on {request.get('text')!r}: {last}")
        answer: dict[str, list[tuple[str, float, float]]] = json.loads(done.stdout)
        return answer


def _install_command() -> str:
    if sys.platform == "darwin":
        return "brew install flite"
    for program, command in (
        ("apt-get", "sudo apt-get install -y libflite1"),
        ("dnf", "sudo dnf install -y flite"),
        ("pacman", "sudo pacman -S flite"),
    ):
        if shutil.which(program):
            return command
    return "install Flite's shared libraries (Debian's name for the package: libflite1)"
