"""Hibari: a small neural voice that comes with its package, and speaks without a network.

Its model is a distilled Kokoro-82M (Apache-2.0). It reads a sentence at a time, so that its own
melody and pauses stay whole; only between sentences is silence added. The times of words are the
model's own: an inner tensor holds how long each phoneme lasts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.words import forced, pronounce
from scenes.words.voice import PACE, SpokenWord, Synthesis, VoiceError, bare

RATE = 24_000
FRAME = 600
"""Samples in the model's unit of length, 25 ms."""
BETWEEN = 0.5
"""Seconds of silence between two sentences of a line."""
EDGE = 0.06
"""Seconds of the model's own silence that are kept at both ends of a line."""

_SPEEDS = ((95, 0.5), (115, 0.6), (131, 0.7), (150, 0.8), (163, 0.82), (177, 0.9), (208, 1.25))
"""Words a minute, pauses included, and the model's speed that gave it over the films' lines."""
_LENGTHS = "/Clip_output_0"
"""The model's inner tensor with each phoneme's length."""
_LEAD, _GAP, _HISS = 0.055, 0.1, 0.02
"""Seconds: by which the sound runs ahead of the lengths, at speed 1; of the longest gap of which
half belongs to the word after it; and by which a hiss begins earlier still.

Kokoro's own times of words are reckoned in the same way. Measured against forced alignment of the
films' lines: without them words come 0.1 s late, with them 4 ms early, half of them within 16 ms
and 95 of 100 within 46 ms.
"""
_SEED = 0
"""Breath and hiss are noise: the same for the same sentence."""
_QUIET = 0.004


class NotHere(VoiceError):
    """Hibari cannot be loaded on this computer: onnxruntime has no package for it."""


@dataclass(frozen=True)
class _Sentence:
    samples: NDArray[np.float32]
    words: tuple[SpokenWord, ...] | None
    """None where the model does not tell its lengths."""


@dataclass(frozen=True)
class HibariVoice:
    """A voice of Hibari: by default the American one in the package, else one from a file.

    ``pace`` is in words a minute; ``model`` is the ONNX file of another voice.
    """

    pace: float = PACE
    model: Path | None = None
    _: KW_ONLY
    british: bool = False

    @property
    def name(self) -> str:
        return f"hibari-{self.model.stem}" if self.model else "hibari-heart"

    @property
    def version(self) -> str:
        """The versions of what makes the sound."""
        try:
            makers = (f"{name} {version(name)}" for name in ("hibari-tts", "onnxruntime"))
            return "2, " + ", ".join(makers)
        except PackageNotFoundError as problem:
            raise NotHere(_not_here(problem)) from None

    @property
    def settings(self) -> Mapping[str, str | float]:
        phones = repr(sorted(pronounce.PHONES.items()))
        model = {} if self.model is None else {"model": state_of(self.model)}
        return {"speed": self.speed, "between": BETWEEN, "phones": phones, **model}

    @property
    def speed(self) -> float:
        """The model's speed for the pace: 1 is its own."""
        paces, speeds = zip(*_SPEEDS, strict=True)
        return round(float(np.interp(self.pace, paces, speeds)), 3)

    def check(self) -> None:
        _engine(self.model, self.british)

    def speak(self, text: str) -> Synthesis:
        """Say a line, sentence by sentence; VoiceError where it cannot be loaded."""
        if not re.search("[A-Za-z]", text):
            raise VoiceError(f"Hibari cannot say {text!r} (allowed: words of letters)")
        engine = _engine(self.model, self.british)
        said = [engine.say(part, self.speed) for part in re.split(r"(?<=[.?!])\s+", text.strip())]
        return _joined(text, said)


def state_of(model: Path) -> str:
    """What tells a model's file from another one of its name."""
    if not model.is_file():
        return "none"
    known = model.stat()
    return f"{known.st_size} bytes, {known.st_mtime_ns}"


def _joined(text: str, said: Sequence[_Sentence]) -> Synthesis:
    """Sentences one after the other, with silence between them and little at the ends."""
    parts: list[NDArray[np.float32]] = []
    words: list[SpokenWord] = []
    now, timed = 0.0, True
    for number, sentence in enumerate(said):
        onset, last = _heard(sentence.samples)
        edge = round(EDGE * RATE)
        first, end = max(0, onset - edge), min(len(sentence.samples), last + edge)
        pause = max(0.0, BETWEEN - 2 * EDGE) if number else 0.0
        parts += [np.zeros(round(pause * RATE), np.float32), sentence.samples[first:end]]
        offset = now + round(pause * RATE) / RATE - first / RATE
        now = offset + end / RATE
        timed = timed and sentence.words is not None
        begins = offset + onset / RATE
        words += [
            SpokenWord(w.text, max(begins, offset + w.start), min(now, offset + w.end))
            for w in sentence.words or ()
        ]
    samples = np.concatenate(parts)
    if not timed:
        words = list(forced.word_times(text, samples, RATE))
    return Synthesis(samples, RATE, tuple(words))


def _heard(samples: NDArray[np.float32]) -> tuple[int, int]:
    """The first sample that is heard, and the one after the last."""
    loud = np.flatnonzero(np.abs(samples) > _QUIET)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, len(samples))


def marked(text: str) -> str:
    """A sentence with the pronunciations of the table put in, as Hibari reads them."""
    words = []
    for written in text.split():
        word = bare(written)
        phones = pronounce.phones(word)
        said = f"[{word}](/{pronounce.as_ipa(phones)}/)" if phones else word
        words.append(said + written[len(word) :])
    return " ".join(words)


class _Engine:
    """The model and its reading rules, loaded once in a process."""

    def __init__(self, model: Path | None, british: bool) -> None:
        # The import takes a moment, and is for those who speak.
        from hibari import Hibari, dsp
        from hibari.voices import voice_path

        self._dsp = dsp
        path = model or Path(voice_path("heart", download_missing=False))
        # One thread: the same samples whatever the computer has.
        settings = {"voice": "emma" if british else "heart", "threads": 1}
        try:
            self._hibari: Any = Hibari(model=_telling(path), **settings)
            self._tells = True
        except Exception:  # a model without that tensor, which onnxruntime tells in many ways
            self._hibari = Hibari(model=str(path), **settings)
            self._tells = False

    def say(self, sentence: str, speed: float) -> _Sentence:
        """A sentence's samples, and its words with their times."""
        spelled = [bare(word) for word in sentence.split()]
        parts, words = [], []
        now = 0.0
        for written in self._hibari.phonemize(marked(sentence)):
            phonemes = "".join(c for c in written if c in self._hibari.vocab)
            samples, lengths = self._run(phonemes, speed)
            parts.append(samples)
            words += [
                (now + a, now + b)
                for a, b in (_word_spans(phonemes, lengths, _LEAD / speed) if lengths else ())
            ]
            now += len(samples) / RATE
        sound = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        if len(words) != len(spelled):
            return _Sentence(sound, None)
        timed = (SpokenWord(w, a, b) for w, (a, b) in zip(spelled, words, strict=True))
        return _Sentence(sound, tuple(timed))

    def _run(self, phonemes: str, speed: float) -> tuple[NDArray[np.float32], list[float]]:
        """Samples, and the length in seconds of the leading silence, each phoneme, the trailing."""
        ids = self._hibari.ids(phonemes)
        fed = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        spectra = self._hibari.sess.run(None, fed)
        lengths: list[float] = []
        if self._tells:
            *spectra, frames = spectra
            lengths = [float(n) * FRAME / RATE for n in frames.ravel()]
        noise = np.random.default_rng(_SEED)
        return self._dsp.synth(*(one[0] for one in spectra), noise), lengths


def _word_spans(phonemes: str, lengths: Sequence[float], lead: float) -> list[tuple[float, float]]:
    """Start and end of each word, from the length of each phoneme and of the silence around."""
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    spans: list[tuple[float, float]] = []
    inside = False
    for k, character in enumerate(phonemes):
        if character == " ":
            inside = False
        elif character not in ".,?!;:—…":
            if inside:
                start, _ = spans.pop()
            else:
                early = lead + 0.5 * min(lengths[k], _GAP)
                early += _HISS if phonemes[k : k + 2].lstrip("ˈˌ")[:1] in "sʃfθ" else 0.0
                start = max(0.0, float(edges[k + 1]) - early)
            spans.append((start, max(start, float(edges[k + 2]) - lead)))
            inside = True
    return spans


def _telling(model: Path) -> bytes:
    """The model with the phonemes' lengths as one more output.

    Serialised messages of the same kind merge when they are put one behind the other: this adds a
    `ModelProto.graph.output` with a name and the type of a tensor of floats.
    """

    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    of_floats = field(1, b"\x08\x01")
    output = field(1, _LENGTHS.encode()) + field(2, of_floats)
    return model.read_bytes() + field(7, field(12, output))


@lru_cache(maxsize=2)
def _engine(model: Path | None, british: bool) -> _Engine:
    if model is not None and not model.is_file():
        raise VoiceError(f"{model}: there is no such voice file")
    try:
        return _Engine(model, british)
    except ImportError as problem:
        raise NotHere(_not_here(problem)) from None
    except Exception as problem:
        reason = " ".join(str(problem).split())[:160]
        raise VoiceError(f"{model or 'hibari'}: is no voice of Hibari: {reason}") from None


def _not_here(problem: BaseException) -> str:
    return f"the voice hibari cannot be loaded here ({problem})"
