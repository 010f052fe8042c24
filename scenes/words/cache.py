"""What was said: a folder of utterances that any number of processes may share."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenes.words.voice import SpokenWord, Synthesis, Voice, VoiceError
from scenes.words.wav import RATE, read_wav, resample, wav_bytes


@dataclass(frozen=True)
class Utterance:
    """A line of sound in the cache: a mono 16 bit WAV at 48 kHz, and its words."""

    wav: Path
    duration: float
    words: tuple[SpokenWord, ...]

    def samples(self) -> NDArray[np.float32]:
        """The sound as mono float samples in [-1, 1]."""
        return read_wav(self.wav)[0]


class VoiceCache:
    """A folder of utterances, found by what makes their sound: text, voice, settings, version.

    An entry is ``<key>.json`` (words, and the name and digest of the sound) beside
    ``<digest>.wav``. Both are written under another name and then renamed, the WAV first, so any
    number of processes may share the folder; an entry whose parts do not fit together is remade.
    """

    def __init__(self, folder: Path | str) -> None:
        """``folder`` is made when the first utterance is stored."""
        self.folder = Path(folder)

    def utter(self, voice: Voice, text: str) -> Utterance:
        """The utterance of ``text``, from the folder or else from the voice.

        Raises VoiceError when the voice cannot speak or the folder cannot be written.
        """
        recipe = {
            "text": text,
            "voice": voice.name,
            "settings": dict(sorted(voice.settings.items())),
            "version": voice.version,
            "rate": RATE,
        }
        described = json.dumps(recipe, sort_keys=True)
        entry = self.folder / f"{hashlib.sha256(described.encode()).hexdigest()[:32]}.json"
        return self._read(entry) or self._store(entry, recipe, voice.speak(text))

    def _read(self, entry: Path) -> Utterance | None:
        try:
            stored = json.loads(entry.read_text(encoding="utf-8"))
            digest = str(stored["sound"])
            wav = entry.with_name(f"{digest}.wav")
            if not re.fullmatch("[0-9a-f]{64}", digest) or _digest(wav.read_bytes()) != digest:
                return None
            words = tuple(SpokenWord(str(w), float(s), float(e)) for w, s, e in stored["words"])
            return Utterance(wav, float(stored["duration"]), words)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _store(self, entry: Path, recipe: Mapping[str, object], said: Synthesis) -> Utterance:
        samples = resample(said.samples, said.rate)
        sound = wav_bytes(samples)
        digest = _digest(sound)
        utterance = Utterance(entry.with_name(f"{digest}.wav"), len(samples) / RATE, said.words)
        stored = {
            **recipe,
            "sound": digest,
            "duration": utterance.duration,
            "words": [[word.text, word.start, word.end] for word in said.words],
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(utterance.wav, sound)
            write_whole(entry, json.dumps(stored, indent=1).encode())
        except OSError as error:
            raise VoiceError(
                f"voice cache {self.folder}: cannot be written ({error.strerror}); "
                "make the folder writable or choose another media folder"
            ) from None
        return utterance


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees a part of it."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)  # mkstemp makes files that only their owner can read
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
