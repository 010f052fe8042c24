"""``studio record``: the lecturer's own voice, line by line, from a microphone.

What is kept is written as a whole; the command goes on where it was left, at the first line not
recorded or changed since.
"""

from __future__ import annotations

import importlib
import os
import select
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from manim import tempconfig
from numpy.typing import NDArray
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from scenes.maths.lesson.reader import load_lesson
from scenes.studio import orders, outputs
from scenes.studio.doctor import installing
from scenes.studio.errors import StudioError, one_clear_line
from scenes.studio.forms import Form
from scenes.studio.outputs import short
from scenes.words import voices
from scenes.words.recordings import LONGEST, Recordings, Refused, is_sound, take
from scenes.words.script import Line
from scenes.words.silent import SilentVoice
from scenes.words.voice import words_of
from scenes.words.wav import RATE, resample, wav_bytes

CLIPPED = 20
"""Samples at full scale from which on a take counts as clipped."""
QUIET = 0.03
"""Peak (of full scale) under which a take is too quiet to be good."""
COUNT = 0.7
"""Seconds for each count before a take."""
_STEP = 0.1
"""Seconds between two looks at the level."""


# -- the microphone and the terminal of this computer


class Microphone:
    """The system's microphone and loudspeaker, through PortAudio."""

    def __init__(self) -> None:
        pip = f"{shlex.quote(sys.executable)} -m pip install sounddevice"
        portaudio = installing("libportaudio2", "portaudio")
        try:
            # By name, as it comes without types.
            self._library: Any = importlib.import_module("sounddevice")
        except ImportError:
            raise StudioError(f"studio record needs the package sounddevice: {pip}") from None
        except OSError:
            raise StudioError(f"studio record needs the library PortAudio: {portaudio}") from None
        try:
            self._rate = round(self._library.query_devices(kind="input")["default_samplerate"])
        except (self._library.PortAudioError, ValueError):
            raise StudioError(
                "studio record finds no microphone: plug one in, or choose it as the system's "
                f"input (then look with: {shlex.quote(sys.executable)} -m sounddevice)"
            ) from None
        self._parts: list[NDArray[np.float32]] = []
        self._peak = 0.0
        self._stream: Any = None

    def start(self) -> None:
        self._parts, self._peak = [], 0.0
        try:
            self._stream = self._library.InputStream(
                samplerate=self._rate, channels=1, dtype="float32", callback=self._hear
            )
            self._stream.start()
        except self._library.PortAudioError as problem:
            raise StudioError(f"the microphone cannot be used: {problem}") from None

    def _hear(self, block: NDArray[np.float32], *_: object) -> None:
        self._parts.append(block[:, 0].copy())
        self._peak = max(self._peak, float(np.abs(block).max(initial=0.0)))

    def level(self) -> float:
        """The peak since the last look, 0 to 1."""
        peak, self._peak = self._peak, 0.0
        return peak

    def stop(self) -> NDArray[np.float32]:
        """End the recording: mono samples at RATE."""
        if self._stream is not None:
            self._stream.stop()
            self._stream.close()
        return resample(np.concatenate([np.zeros(0, np.float32), *self._parts]), self._rate)

    def play(self, samples: NDArray[np.float32]) -> None:
        """Play samples at RATE until they end."""
        try:
            self._library.play(samples, RATE)
            self._library.wait()
        except self._library.PortAudioError as problem:
            raise StudioError(f"the loudspeaker cannot be used: {problem}") from None


class Terminal:
    """The terminal, through rich."""

    def __init__(self) -> None:
        if not sys.stdin.isatty():
            raise StudioError("studio record needs a terminal to show lines in (and a keyboard)")
        self._console = Console()

    def line(self, heading: str, text: str) -> None:
        """Show a line to be read, large."""
        self._console.clear()
        large = Text(text, style="bold", justify="center")
        width = min(self._console.width, 72)
        self._console.print(Panel(large, title=heading, padding=(2, 4), width=width))

    def say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False)

    def meter(self, level: float, seconds: float) -> None:
        """Show how loud it is, and for how long it has been recorded."""
        loudness = 20 * np.log10(max(level, 1e-3))
        bar = "█" * round((60 + loudness) / 2)
        self._console.print(f"{seconds:5.1f} s  {bar:<30}", end="\r", highlight=False)

    def entered(self, seconds: float) -> bool:
        """Wait for Enter, at most so long; whether it was pressed."""
        if not select.select([sys.stdin], [], [], seconds)[0]:
            return False
        sys.stdin.readline()
        self._console.print()
        return True

    def ask(self, question: str) -> str:
        """Put a question; the answer's first letter, or nothing for a bare Enter."""
        try:
            answer = self._console.input(Text(f"{question}: "))
        except EOFError:
            return "q"
        return answer.strip().lower()[:1]


@dataclass(frozen=True)
class Session:
    """The lines of a film by beat, where their recordings go, and what they are recorded with."""

    film: str
    names: tuple[str, ...]
    lines: Mapping[str, Line]
    recordings: Recordings
    microphone: Microphone
    screen: Terminal

    def lacks(self, beat: str) -> str:
        """Why a line is to be recorded; nothing where it is recorded."""
        return self.recordings.lacks(self.names, beat, self.lines[beat].spoken)

    def run(self, beats: Sequence[str]) -> None:
        """Record lines, until all are done or the reader leaves."""
        for beat in beats:
            if not self._record(beat, self.lines[beat]):
                break
        done = sum(not self.lacks(beat) for beat in self.lines)
        self.screen.say(f"{self.film}: {done} of {len(self.lines)} lines are recorded.")

    def _record(self, beat: str, line: Line) -> bool:
        """Record a line until a take is kept or the line skipped; whether to go on."""
        number = [*self.lines].index(beat) + 1
        why = self.lacks(beat)
        state = f" ({why})" if why else ""
        heading = f"{number} of {len(self.lines)}: {beat.replace('_', ' ')}{state}"
        while True:
            self.screen.line(heading, line.shown)
            answer = self.screen.ask("Enter to record, [s]kip or [q]uit")
            if answer in ("s", "q"):
                return answer == "s"
            sound = self._take()
            self.screen.say(verdict(sound, beat, line))
            question = "[k]eep, [r]etake, [p]lay, [s]kip or [q]uit"
            while (answer := self.screen.ask(question)) not in ("k", "r", "s", "q"):
                if answer == "p":
                    self.microphone.play(sound)
            if answer == "k":
                self._keep(beat, line, sound)
            if answer != "r":
                return answer != "q"

    def _take(self) -> NDArray[np.float32]:
        for count in ("3", "2", "1"):
            self.screen.say(count)
            time.sleep(COUNT)
        self.screen.say("Read now; Enter stops.")
        self.microphone.start()
        try:
            seconds = 0.0
            while seconds < LONGEST and not self.screen.entered(_STEP):
                seconds += _STEP
                self.screen.meter(self.microphone.level(), seconds)
        finally:
            sound = self.microphone.stop()
        return sound[: round(LONGEST * RATE)]

    def _keep(self, beat: str, line: Line, sound: NDArray[np.float32]) -> None:
        folder = self.recordings.folder / self.film
        target = folder / f"{beat}.wav"
        for other in folder.glob(f"{beat}.*"):
            if is_sound(other) and other != target:
                other.rename(other.with_name(f"{other.name}.old"))
        # The sound before its line: whoever stops this in between has a stale recording, and never
        # old words that pass for new ones.
        outputs.write(target, wav_bytes(sound))
        outputs.write(target.with_suffix(".txt"), f"{line.spoken}\n".encode())


def verdict(sound: NDArray[np.float32], beat: str, line: Line) -> str:
    """What is to be said of a take at once."""
    peak = float(np.abs(sound).max(initial=0.0))
    remarks = []
    if np.count_nonzero(np.abs(sound) > 0.999) >= CLIPPED:
        remarks.append("It is clipped: speak more softly, or turn the microphone down.")
    elif peak < QUIET:
        remarks.append("It is too quiet: come nearer, or turn the microphone up.")
    try:
        said = take(sound, line.spoken, beat)
    except Refused as problem:
        remarks.append(f"It is not the line: {problem}.")
    else:
        seconds = len(said.samples) / said.rate
        pace = 60 * len(words_of(line.spoken)) / seconds
        remarks.append(f"{seconds:.1f} s, {pace:.0f} words a minute.")
    return " ".join(remarks)


# -- the command


def _folder(to: str | None) -> tuple[Path, str]:
    """Where recordings go, and its name for the user: as given, or where voices are looked for."""
    if to is not None:
        return Path(to).expanduser(), to
    asked = os.environ.get(voices.VARIABLE, "")
    lesson = load_lesson()
    base = None if asked else lesson.source.parent
    name = asked or lesson.voice.name
    return voices.folder_named(name, base) or Path("recordings"), "recordings"


@click.command(name="record")
@click.argument("scene")
@click.option("--to", help="Folder; else the lesson's, or recordings.")
@click.option("--beat", "beat_name", help="Only the line of this beat, recorded or not.")
@click.option("--again", is_flag=True, help="All lines, also those that are recorded.")
def record(scene: str, to: str | None, beat_name: str | None, again: bool) -> None:
    """Show the lines of a film one by one, and record each from the microphone.

    A take is compared with its line at once. Leave when you like: the same command goes on at the
    first line that is not recorded, or has changed since.

    \b
    Examples: studio record ForwardPass
              studio record ForwardPass --beat bend_it --to recordings
    """
    with one_clear_line():
        ((path, cls),) = orders.chosen([scene])
        folder, known_as = _folder(to)
        if folder.exists() and not folder.is_dir():
            raise StudioError(f"--to: {folder} is a file (allowed: a folder, or a name for one)")
        recordings = Recordings(folder, known_as, SilentVoice())
        with Form().applied(path), tempconfig({"dry_run": True}):
            film = cls(skip_animations=True)
            film.voice = recordings
            film.load()
            lines = {script.name: line for script, line in film.beat_lines()}
        if beat_name is not None and beat_name not in lines:
            raise StudioError(f"--beat: {beat_name!r} is no beat (allowed: {', '.join(lines)})")
        session = Session(scene, film.names, lines, recordings, Microphone(), Terminal())
        if beat_name is not None:
            session.run([beat_name])
        else:
            session.run([beat for beat in lines if again or session.lacks(beat)])
        click.echo(f"studio film {scene} --voice {shlex.quote(short(folder))}/")
