"""Which voice speaks: by name or by file, as the command line or the lesson asks for it."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from scenes.words.flite import FliteVoice
from scenes.words.hibari import HibariVoice, NotHere
from scenes.words.kokoro import KokoroVoice
from scenes.words.recordings import Recordings
from scenes.words.say import SayVoice
from scenes.words.silent import SilentVoice
from scenes.words.voice import PACE, Voice, VoiceError

_LOG = logging.getLogger(__name__)

VARIABLE, PACE_VARIABLE = "BACKPROP_VOICE", "BACKPROP_PACE"
DEFAULT = "hibari"
SLOWEST, FASTEST = 100.0, 200.0
"""Words a minute that may be asked for."""

_OF_HIBARI = ("emma", "fenrir", "fable", "kore")
"""Other voices of Hibari, which are files of their own."""
_MADE: dict[str, Callable[[float], Voice]] = {
    "hibari": HibariVoice,
    "flite": FliteVoice,
    "say": SayVoice,
    "silent": SilentVoice,
}
CHOICES = (*_MADE, *_OF_HIBARI)


def chosen(name: str = DEFAULT, pace: float = PACE, lesson: Path | None = None) -> Voice:
    """The voice that is asked for: by the environment, or else by a lesson's ``name`` and ``pace``.

    A file or folder that a lesson names is looked for beside the file of the ``lesson``. Where
    Hibari cannot be loaded, the default is another voice, and a warning says so. Raises VoiceError.
    """
    asked = os.environ.get(VARIABLE, "")
    wanted = os.environ.get(PACE_VARIABLE, "")
    if wanted:
        pace = read_pace(wanted, f"{PACE_VARIABLE}: ")
    if asked:
        return voice_named(asked, pace, asked=f"{VARIABLE}: ")
    if name == DEFAULT:
        return default(pace)
    base = lesson.parent if lesson else None
    return voice_named(name, pace, base, f"{lesson.name}: voice.name: " if lesson else "")


def read_pace(text: str, asked: str) -> float:
    """Words a minute; VoiceError, which says where it was ``asked`` for, for anything else."""
    try:
        pace = float(text)
    except ValueError:
        pace = 0.0
    if not SLOWEST <= pace <= FASTEST:
        limits = f"{SLOWEST:.0f} to {FASTEST:.0f} words a minute"
        raise VoiceError(f"{asked}{text!r} is no pace (allowed: {limits})")
    return pace


def default(pace: float = PACE) -> Voice:
    """Hibari, or, where it cannot be loaded, another voice, and a warning."""
    voice = HibariVoice(pace)
    if (problem := _trouble()) is None:
        return voice
    instead: Voice = SayVoice(pace) if sys.platform == "darwin" else FliteVoice(pace)
    _warn_once(f"{problem}; {instead.name} speaks instead")
    return instead


@cache
def _trouble() -> str | None:
    """What keeps Hibari from being loaded on this computer, if anything does."""
    try:
        HibariVoice().check()
    except NotHere as problem:
        return str(problem)
    return None


@cache
def _warn_once(line: str) -> None:
    _LOG.warning(line)


def voice_named(name: str, pace: float = PACE, base: Path | None = None, asked: str = "") -> Voice:
    """A voice by its name, or by the file or folder that holds it; VoiceError for any other."""
    if name in _MADE:
        return _MADE[name](pace)
    if name in _OF_HIBARI:
        return _of_hibari(name, pace)
    file, _, speaker = name.partition(":")
    path = (base or Path()) / Path(file).expanduser()
    if (folder := folder_named(name, base)) is not None:
        if not folder.is_dir():
            raise VoiceError(
                f"{asked}{name}: there is no such folder of recordings (make one with: "
                f"studio record ForwardPass --to {shlex.quote(str(folder))}; or choose one of "
                f"{', '.join(CHOICES)})"
            )
        return Recordings(folder, name, default(pace))
    if path.suffix == ".onnx":
        if not path.is_file():
            raise VoiceError(f"{asked}{file}: there is no such voice file (allowed: {_ALLOWED})")
        if "kokoro" in path.stem.lower():
            return KokoroVoice(pace, path, *([speaker] if speaker else []))
        return HibariVoice(pace, path, british=path.stem.startswith(("bf_", "bm_")))
    raise VoiceError(f"{asked}{name!r} is no voice (allowed: {_ALLOWED})")


_ALLOWED = (
    f"{', '.join(CHOICES)}, the .onnx file of a Hibari or Kokoro voice, or a folder of recordings"
)


def folder_named(name: str, base: Path | None = None) -> Path | None:
    """The folder that a voice's name means, be it there or not; None where it means no folder."""
    path = (base or Path()) / Path(name).expanduser()
    return path if name.endswith("/") or (name not in CHOICES and path.is_dir()) else None


def _of_hibari(name: str, pace: float) -> Voice:
    """Another voice of Hibari, from where its own command puts it."""
    try:
        from hibari.voices import VOICES, voice_path
    except ImportError as problem:
        raise NotHere(f"the voice {name!r} cannot be loaded here ({problem})") from None
    try:
        path = Path(voice_path(name, download_missing=False))
    except FileNotFoundError as missing:
        raise VoiceError(
            f"the voice {name!r} is not on this computer ({missing}); get it with: "
            f"{Path(sys.prefix) / 'bin' / 'hibari'} --voice {name} Hello -o hello.wav"
        ) from None
    return HibariVoice(pace, path, british=bool(VOICES[name]["british"]))
