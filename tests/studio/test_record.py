from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from scenes.studio import orders, record
from scenes.studio.errors import StudioError
from scenes.words import forced
from scenes.words.hibari import HibariVoice
from scenes.words.wav import RATE, read_wav, resample
from tests.studio.small_film import Small

pytestmark = pytest.mark.skipif(not forced.is_here(), reason="pocketsphinx is not installed")

FILM = Path(__file__).with_name("small_film.py")
OTHER_WORDS = "Something else is said here."


class Reader:
    """A microphone into which a voice reads whatever the screen shows, or something else."""

    def __init__(self, screen: Screen, changes: dict[int, Any]) -> None:
        self.screen, self.changes, self.takes = screen, changes, 0
        self.played: list[NDArray[np.float32]] = []

    def start(self) -> None:
        self.takes += 1

    def level(self) -> float:
        return 0.2

    def stop(self) -> NDArray[np.float32]:
        change = self.changes.get(self.takes, 1.0)
        text = change if isinstance(change, str) else self.screen.shown[-1]
        said = HibariVoice(120).speak(text)
        gain = float(change) if isinstance(change, float) else 1.0
        return np.float32(gain) * resample(said.samples, said.rate)

    def play(self, samples: NDArray[np.float32]) -> None:
        self.played.append(samples)


class Screen:
    """A terminal at which somebody answers as was decided before."""

    def __init__(self, answers: Iterable[str]) -> None:
        self.answers = iter(answers)
        self.headings: list[str] = []
        self.shown: list[str] = []
        self.said: list[str] = []

    def line(self, heading: str, text: str) -> None:
        self.headings.append(heading)
        self.shown.append(text)

    def say(self, text: str) -> None:
        self.said.append(text)

    def meter(self, level: float, seconds: float) -> None:
        assert 0 <= level <= 1

    def entered(self, seconds: float) -> bool:
        return True

    def ask(self, question: str) -> str:
        return next(self.answers)


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(orders, "chosen", lambda names: [(FILM, Small)])
    monkeypatch.setattr(record, "COUNT", 0.0)
    monkeypatch.delenv("BACKPROP_VOICE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "recordings" / "Small"


def session(
    monkeypatch: pytest.MonkeyPatch,
    answers: Iterable[str],
    *flags: str,
    changes: dict[int, Any] | None = None,
) -> tuple[Screen, Reader, Result]:
    screen = Screen(answers)
    reader = Reader(screen, changes or {})
    monkeypatch.setattr(record, "Terminal", lambda: screen)
    monkeypatch.setattr(record, "Microphone", lambda: reader)
    return screen, reader, CliRunner().invoke(record.record, ["Small", *flags])


def test_a_session_can_be_left_and_taken_up_again(
    studio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The last line is kept, and then the reader leaves at the one before it.
    screen, _, done = session(monkeypatch, ["s", "", "k", "q"])
    assert done.exit_code == 0, done.output
    assert screen.headings[0].startswith("1 of 3: show a circle (not yet recorded)")
    assert screen.said[-1] == "Small: 1 of 3 lines are recorded."
    assert sorted(p.name for p in studio.iterdir()) == [
        "move_by_a_field.txt",
        "move_by_a_field.wav",
    ]
    assert (studio / "move_by_a_field.txt").read_text() == "It moves.\n"
    assert read_wav(studio / "move_by_a_field.wav")[1] == RATE
    screen, _, done = session(monkeypatch, ["s", "q"])
    assert [heading.split(":")[0] for heading in screen.headings] == ["1 of 3", "3 of 3"]
    # A line that has changed comes again.
    (studio / "move_by_a_field.txt").write_text("It stands.\n")
    screen, _, _ = session(monkeypatch, ["s", "q"])
    assert "changed since it was recorded" in screen.headings[1]


def test_what_is_wrong_with_a_take_is_said_at_once(
    studio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {1: OTHER_WORDS, 2: 0.02, 3: 9.0}
    answers = ["", "r", "", "r", "", "r", "", "p", "k"]
    screen, reader, done = session(
        monkeypatch, answers, "--beat", "move_by_a_field", changes=changes
    )
    assert done.exit_code == 0, done.output
    told = [text for text in screen.said if text.startswith("It is ") or "minute" in text]
    assert told[0].startswith("It is not the line: at 0.")
    assert told[1].startswith("It is too quiet")
    assert told[2].startswith("It is clipped")
    assert "words a minute" in told[3]
    assert reader.takes == 4
    assert len(reader.played) == 1
    assert done.output.strip() == "studio film Small --voice recordings/"


def test_a_new_take_takes_the_place_of_another_file(
    studio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.mkdir(parents=True)
    (studio / "say_goodbye.mp3").touch()
    _, _, done = session(monkeypatch, ["", "k"], "--beat", "say_goodbye")
    assert done.exit_code == 0, done.output
    names = sorted(p.name for p in studio.iterdir())
    assert names == ["say_goodbye.mp3.old", "say_goodbye.txt", "say_goodbye.wav"]


def test_mistakes_are_answered_in_a_line(studio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, done = session(monkeypatch, [], "--beat", "nowhere")
    assert done.exit_code == 2
    assert "--beat: 'nowhere' is no beat (allowed: show_a_circle" in done.output
    Path("taken").touch()
    _, _, done = session(monkeypatch, [], "--to", "taken")
    assert done.exit_code == 2
    assert "--to: taken is a file" in done.output


class NoMicrophone:
    class PortAudioError(Exception):
        pass

    def query_devices(self, kind: str) -> dict[str, float]:
        raise self.PortAudioError(kind)


@pytest.mark.parametrize(
    ("found", "mends"),
    [
        (ImportError(), "pip install sounddevice"),
        (OSError("PortAudio library not found"), "portaudio"),
        (NoMicrophone(), "plug one in"),
    ],
)
def test_without_a_microphone_a_line_says_what_mends_it(
    monkeypatch: pytest.MonkeyPatch, found: object, mends: str
) -> None:
    def load(name: str) -> object:
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(importlib, "import_module", load)
    with pytest.raises(StudioError, match=mends):
        record.Microphone()


def test_without_a_terminal_a_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(StudioError, match="terminal"):
        record.Terminal()
