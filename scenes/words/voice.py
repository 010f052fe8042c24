"""Voices: text in; sound and the time of every word out; and a cache of what was said.

To add a voice, write a class with the four members of `Voice` and hand an instance of it to
`VoiceCache.utter`:

- ``name`` tells voices apart; ``settings`` holds whatever changes the sound (rate, pitch, model);
  ``version`` changes whenever the same text and settings would sound different. All three are part
  of the cache's key.
- ``speak(text)`` gets lower-case words with the marks ``. , ? ;`` and returns a `Synthesis`: mono
  samples in [-1, 1], their rate in hertz, and the words with start and end in seconds, in order.
  A voice may split or join words, or return none: `align` mends that. It raises VoiceError, one
  line with the command or the choice that mends it, when it cannot speak.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from numpy.typing import NDArray

from scenes.words.flite import MISSING
from scenes.words.pronounce import PHONES
from scenes.words.script import Line, Token

RATE = 48_000  # samples a second of everything that leaves this module
CHOICES = ("flite", "silent", "say")


class VoiceError(RuntimeError):
    """A voice cannot speak; ``str(error)`` is one line that says how to mend it."""


@dataclass(frozen=True)
class SpokenWord:
    """A word as the voice said it, with start and end in seconds from the sound's start."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Synthesis:
    """What a voice returns: mono float samples in [-1, 1], their rate in hertz, word times."""

    samples: NDArray[np.float32]
    rate: int
    words: tuple[SpokenWord, ...]


@dataclass(frozen=True)
class Utterance:
    """A line of sound in the cache: a mono 16 bit WAV at 48 kHz, and its words."""

    wav: Path
    duration: float
    words: tuple[SpokenWord, ...]

    @property
    def rate(self) -> int:
        """Samples a second."""
        return RATE

    def samples(self) -> NDArray[np.float32]:
        """The sound as mono float samples in [-1, 1]."""
        return read_wav(self.wav)[0]


@dataclass(frozen=True)
class TimedToken:
    """A token of a line with the time it is spoken, in seconds."""

    token: Token
    start: float
    end: float


class Voice(Protocol):
    """Anything that can read a line aloud; the module's text says what each member means."""

    @property
    def name(self) -> str:
        """Tells voices apart."""

    @property
    def settings(self) -> Mapping[str, str | float]:
        """Whatever changes the sound."""

    @property
    def version(self) -> str:
        """Changes whenever the same text and settings would sound different."""

    def speak(self, text: str) -> Synthesis:
        """Say lower-case words with the marks ``. , ? ;``; raise VoiceError when it cannot."""


# --- voices ---------------------------------------------------------------------------------

# The shortest silence after each mark, in seconds.
PAUSES = {",": 0.22, ";": 0.32, ".": 0.45, "?": 0.5}


class FliteVoice:
    """Flite's ``cmu_us_rms``, through the system's C library, in a fresh process for each line."""

    name = "flite-cmu_us_rms"
    version = "1"

    def __init__(self, stretch: float = 1.03) -> None:
        """``stretch`` is the length of every sound relative to Flite's own."""
        self.stretch = stretch

    @property
    def settings(self) -> Mapping[str, str | float]:
        """Stretch, pauses and pronunciations."""
        return {
            "stretch": self.stretch,
            "pauses": json.dumps(PAUSES, sort_keys=True),
            "phones": json.dumps(PHONES, sort_keys=True),
        }

    def check(self) -> None:
        """Raise VoiceError where the library is missing."""
        self._ask({"probe": True})

    def speak(self, text: str) -> Synthesis:
        """Say ``text``; VoiceError where the library is missing or fails."""
        if not re.fullmatch(r"[a-z' .,?;]*[a-z][a-z' .,?;]*", text):
            raise VoiceError(
                f"Flite cannot say {text!r} (allowed: lower-case words of a to z, and . , ? ;)"
            )
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder, "line.wav")
            request = {"text": text, "wav": str(wav), "stretch": self.stretch}
            answer = self._ask({**request, "phones": PHONES, "pauses": PAUSES})
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
                [sys.executable, "-P", "-m", "scenes.words.flite"],
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
                f"{_install_command()} (or BACKPROP_VOICE=silent for a film without sound)"
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


class SilentVoice:
    """No sound, and the times at which a reader of ordinary speed would say each word."""

    name = "silent"
    version = "1"

    def __init__(self, words_per_minute: float = 150.0) -> None:
        """``words_per_minute`` is the speed between pauses, for words of ordinary length."""
        self.words_per_minute = words_per_minute

    @property
    def settings(self) -> Mapping[str, str | float]:
        """Reading speed and pauses."""
        pauses = json.dumps(PAUSES, sort_keys=True)
        return {"words_per_minute": self.words_per_minute, "pauses": pauses}

    def speak(self, text: str) -> Synthesis:
        """Be silent for as long as ``text`` takes."""
        now, pause = 0.0, 0.0
        words = []
        for written in text.split():
            bare = written.rstrip(".,?;")
            # Ordinary text has about 1.4 syllables a word.
            length = 60 / self.words_per_minute * (0.3 + 0.5 * syllables(bare))
            words.append(SpokenWord(bare, now + pause, now + pause + length))
            now += pause + length
            pause = PAUSES.get(written[-1], 0.0)
        return Synthesis(np.zeros(round(now * 16_000), np.float32), 16_000, tuple(words))


class SayVoice:
    """The voice of macOS; its word times are shared out by syllables."""

    name = "say"
    version = "1"

    def __init__(self, words_per_minute: float = 150.0) -> None:
        """``words_per_minute`` is handed to the program ``say``."""
        self.words_per_minute = words_per_minute

    @property
    def settings(self) -> Mapping[str, str | float]:
        """Speed; the person speaking is the system's choice."""
        return {"words_per_minute": self.words_per_minute}

    def check(self) -> str:
        """The program's path; VoiceError where there is none."""
        program = shutil.which("say")
        if program is None:
            raise VoiceError(
                "BACKPROP_VOICE=say needs the program say of macOS; unset BACKPROP_VOICE for Flite"
            )
        return program

    def speak(self, text: str) -> Synthesis:
        """Say ``text``; VoiceError where there is no program ``say`` or it fails."""
        program = self.check()
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder, "line.wav")
            form = ["--file-format=WAVE", "--data-format=LEI16@22050"]
            rate = ["-r", str(round(self.words_per_minute))]
            done = subprocess.run(
                [program, *rate, "-o", str(wav), *form, text], capture_output=True, text=True
            )
            if done.returncode or not wav.is_file():
                reason = (done.stderr.strip().splitlines() or ["no sound was written"])[-1]
                raise VoiceError(
                    f"say failed on {text!r}: {reason}; unset BACKPROP_VOICE for Flite"
                )
            samples, hertz = read_wav(wav)
        loud = np.flatnonzero(np.abs(samples) > 0.005)
        start, end = (loud[0] / hertz, loud[-1] / hertz) if len(loud) else (0.0, 0.0)
        return Synthesis(samples, hertz, _share_out(text, start, end))


def default_voice() -> Voice:
    """The voice that $BACKPROP_VOICE names; without it Flite, or ``say`` on a Mac without Flite."""
    choice = os.environ.get("BACKPROP_VOICE", "")
    if choice:
        return voice_named(choice, "BACKPROP_VOICE=")
    voice = FliteVoice()
    if sys.platform == "darwin" and shutil.which("say"):
        try:
            voice.check()
        except VoiceError:
            return SayVoice()
    return voice


def voice_named(name: str, asked: str = "") -> Voice:
    """One of the voices in CHOICES; VoiceError for another name, which tells who ``asked``."""
    made: dict[str, type[Voice]] = {"flite": FliteVoice, "silent": SilentVoice, "say": SayVoice}
    if name not in made:
        raise VoiceError(f"{asked}{name!r} is no voice (allowed: {', '.join(CHOICES)})")
    return made[name]()


def check(voice: Voice) -> None:
    """Raise VoiceError where a voice cannot speak on this computer."""
    if isinstance(voice, FliteVoice | SayVoice):
        voice.check()


def syllables(word: str) -> int:
    """About how many syllables an English word has, counted from its spelling; at least 1."""
    groups = len(re.findall(r"[aeiouy]+", word))
    silent_e = word.endswith("e") and not word.endswith("le") and groups > 1
    return max(1, groups - silent_e)


def _share_out(text: str, start: float, end: float) -> tuple[SpokenWord, ...]:
    """Share a time out over words by syllables; a pause counts as one syllable more."""
    written = text.split()
    weights = [syllables(w.rstrip(".,?;")) + (w[-1] in ".,?;") for w in written]
    if weights:
        weights[-1] -= written[-1][-1] in ".,?;"
    unit = (end - start) / max(1, sum(weights))
    words, now = [], start
    for word, weight in zip(written, weights, strict=True):
        bare = word.rstrip(".,?;")
        spoken = unit * min(weight, syllables(bare))
        words.append(SpokenWord(bare, now, now + spoken))
        now += unit * weight
    return tuple(words)


# --- cache ----------------------------------------------------------------------------------


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


# --- samples --------------------------------------------------------------------------------


def read_wav(path: Path) -> tuple[NDArray[np.float32], int]:
    """Samples in [-1, 1] of a 16 bit WAV (channels are averaged), and its rate in hertz."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path}: {8 * file.getsampwidth()} bit samples (allowed: 16 bit)")
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        mono = data.reshape(-1, file.getnchannels()).mean(axis=1)
        return (mono / 32768).astype(np.float32), file.getframerate()


def wav_bytes(samples: NDArray[np.float32], rate: int = RATE) -> bytes:
    """A 16 bit mono WAV of samples in [-1, 1]; what lies beyond is clipped."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        scaled = np.clip(np.rint(samples.astype(np.float64) * 32768), -32768, 32767)
        file.writeframes(scaled.astype("<i2").tobytes())
    return buffer.getvalue()


def resample(samples: NDArray[np.float32], rate: int, to: int = RATE) -> NDArray[np.float32]:
    """The same sound at ``to`` samples a second: n samples become round(n * to / rate)."""
    length = round(len(samples) * to / rate)
    if rate == to or not length:
        return samples.astype(np.float32)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=to)
    # What the filter needs beyond the end, so that it has given all the samples asked for.
    padded = np.concatenate([samples.astype(np.float32), np.zeros(rate // 10, np.float32)])
    frame = av.AudioFrame.from_ndarray(padded[np.newaxis], format="flt", layout="mono")
    frame.sample_rate = rate
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    whole = np.concatenate([part.to_ndarray().ravel() for part in frames])
    return whole[:length].astype(np.float32)


# --- words onto tokens ----------------------------------------------------------------------


def align(line: Line, utterance: Utterance, offset: float = 0.0) -> tuple[TimedToken, ...]:
    """When each token of a line is spoken, in seconds, where the utterance begins at ``offset``.

    The voice's words are matched letter by letter with the line's, so it does not matter whether
    the voice splits a word, joins two, or spells one in its own way; what it leaves out gets the
    time between its neighbours. Times never run backwards and stay within the utterance.
    """
    heard = utterance.words or _share_out(line.spoken, 0.0, utterance.duration)
    edges = _letter_edges(line.words, heard)
    timed, at, floor = [], 0, 0.0
    for token in line.tokens:
        stop = at + sum(map(len, token.spoken))
        start = min(max(floor, edges[at][0]), utterance.duration)
        end = min(max(start, edges[stop - 1][1]), utterance.duration)
        timed.append(TimedToken(token, offset + start, offset + end))
        at, floor = stop, end
    return tuple(timed)


def _letter_edges(
    expected: Sequence[str], heard: Sequence[SpokenWord]
) -> list[tuple[float, float]]:
    """Start and end of each letter of the expected words."""
    wanted = "".join(expected)
    spelled: list[tuple[str, float, float]] = []
    for word in heard:
        text = word.text.lower() or " "
        step = (word.end - word.start) / len(text)
        spelled += [
            (c, word.start + i * step, word.start + (i + 1) * step) for i, c in enumerate(text)
        ]
    matcher = SequenceMatcher(None, wanted, "".join(c for c, _, _ in spelled), autojunk=False)
    edges: list[tuple[float, float] | None] = [None] * len(wanted)
    for block in matcher.get_matching_blocks():
        for k in range(block.size):
            _, start, end = spelled[block.b + k]
            edges[block.a + k] = (start, end)
    return _fill(edges, spelled[0][1], spelled[-1][2])


def _fill(
    edges: Sequence[tuple[float, float] | None], first: float, last: float
) -> list[tuple[float, float]]:
    """Share the time between known letters out over the unknown ones between them."""
    filled: list[tuple[float, float]] = []
    i = 0
    while i < len(edges):
        edge = edges[i]
        if edge is not None:
            filled.append(edge)
            i += 1
            continue
        j = i
        while j < len(edges) and edges[j] is None:
            j += 1
        before = filled[-1][1] if filled else first
        after = edges[j] if j < len(edges) else None
        step = ((after[0] if after else last) - before) / (j - i)
        filled += [(before + k * step, before + (k + 1) * step) for k in range(j - i)]
        i = j
    return filled
