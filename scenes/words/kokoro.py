"""Kokoro: the large neural voices from which Hibari's were distilled, from files of the user's own.

The model (``kokoro-v1.0.onnx`` or another export with the inputs ``tokens`` or ``input_ids``,
``style`` and ``speed``) and the voices (``voices-v1.0.bin``, beside it) are fetched by the user.
Hibari's reading rules give the phonemes, which are Kokoro's own alphabet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.words import forced, hibari
from scenes.words.voice import Synthesis, VoiceError

RATE = 24_000
_NATURAL = 175.0
"""About how many words a minute Kokoro speaks at speed 1."""
_LONGEST = 510
"""Phonemes that the model reads at once."""


@dataclass(frozen=True)
class KokoroVoice:
    """A voice of Kokoro, from the model's file and the file of voices beside it.

    ``pace`` is in words a minute; ``speaker`` is a name in the file of voices.
    """

    pace: float
    model: Path
    speaker: str = "af_heart"
    version = "1"

    @property
    def name(self) -> str:
        return f"kokoro-{self.speaker}"

    @property
    def settings(self) -> Mapping[str, str | float]:
        return {"speed": self.speed, "model": hibari.state_of(self.model)}

    @property
    def speed(self) -> float:
        """The model's speed for the pace: 1 is its own."""
        return round(self.pace / _NATURAL, 3)

    def check(self) -> None:
        _engine(self.model, self.speaker)

    def speak(self, text: str) -> Synthesis:
        """Say a line; the times of words are found in the sound (forced alignment)."""
        samples = _engine(self.model, self.speaker).say(text, self.speed)
        return Synthesis(samples, RATE, forced.word_times(text, samples, RATE))


class _Engine:
    """The model, the style of one speaker, and the reading rules; loaded once in a process."""

    def __init__(self, model: Path, speaker: str) -> None:
        # The imports take a moment, and are for those who speak.
        import onnxruntime
        from hibari import Hibari
        from hibari.voices import voice_path

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        # Hibari's own model is never run; it comes with the reading rules.
        small_model = str(voice_path("heart", download_missing=False))
        voice = "emma" if speaker.startswith("b") else "heart"
        self._rules: Any = Hibari(voice=voice, model=small_model)
        self._style = _style(model, speaker)

    def say(self, text: str, speed: float) -> NDArray[np.float32]:
        """Samples of a line."""
        parts = [np.zeros(0, np.float32)]
        for phonemes in self._rules.phonemize(hibari.marked(text)):
            ids = self._rules.ids(phonemes[:_LONGEST])
            fed: dict[str, NDArray[Any]] = {
                "style": self._style[min(len(ids) - 2, len(self._style) - 1)].reshape(1, -1)
            }
            for one in self._session.get_inputs():
                if one.name in ("tokens", "input_ids"):
                    fed[one.name] = np.asarray([ids], np.int64)
                elif one.name == "speed":
                    kind = np.int32 if "int" in one.type else np.float32
                    fed[one.name] = np.asarray([speed], kind)
            parts.append(np.ravel(self._session.run(None, fed)[0]).astype(np.float32))
        return np.concatenate(parts)


def _style(model: Path, speaker: str) -> NDArray[np.float32]:
    """A speaker's style vectors, one for each number of phonemes: (numbers, 256)."""
    beside = sorted(model.parent.glob("voices*.bin")) + sorted(model.parent.glob("voices*.npz"))
    if not beside:
        raise VoiceError(
            f"{model}: beside it is no file of voices (allowed: voices-v1.0.bin, which comes from "
            "the same page as the model)"
        )
    with np.load(beside[0]) as voices:
        if speaker not in voices:
            some = ", ".join(sorted(voices)[:8])
            raise VoiceError(f"{beside[0]}: has no {speaker!r} (allowed: {some}, …)")
        return np.asarray(voices[speaker], np.float32).reshape(len(voices[speaker]), -1)


@lru_cache(maxsize=1)
def _engine(model: Path, speaker: str) -> _Engine:
    try:
        return _Engine(model, speaker)
    except VoiceError:
        raise
    except ImportError as problem:
        raise VoiceError(f"Kokoro needs hibari-tts and onnxruntime ({problem})") from None
    except Exception as problem:  # onnxruntime has many ways to say so
        reason = " ".join(str(problem).split())[:160]
        raise VoiceError(f"{model}: is no model of Kokoro: {reason}") from None
