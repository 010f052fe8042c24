from __future__ import annotations

import logging
import stat
import sys
from pathlib import Path

import pytest

from scenes.words import voices
from scenes.words.flite import FliteVoice
from scenes.words.hibari import HibariVoice, NotHere
from scenes.words.say import SayVoice
from scenes.words.silent import SilentVoice
from scenes.words.voice import VoiceError, bare, syllables
from scenes.words.voices import chosen, voice_named

TEXT = "Add the products, then the bias; and it's minus zero point four two. Is it done?"


def test_the_silent_voice_reads_at_its_speed_and_makes_no_sound() -> None:
    said = SilentVoice().speak(TEXT)
    assert not said.samples.any()
    assert [w.text for w in said.words] == [bare(w) for w in TEXT.split()]
    assert said.words[-1].end == pytest.approx(len(said.samples) / said.rate, abs=1e-3)
    talking = sum(word.end - word.start for word in said.words)
    assert 120 <= 60 * len(said.words) / talking <= 180


def test_the_silent_voice_can_read_faster() -> None:
    slow, fast = SilentVoice(100).speak("one two"), SilentVoice(200).speak("one two")
    assert slow.words[-1].end == pytest.approx(2 * fast.words[-1].end)


@pytest.fixture
def a_say_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the program of macOS: silence, a second of tone, silence."""
    program = tmp_path / "say"
    program.write_text(
        "#!/bin/sh\n"
        f"exec '{sys.executable}' - \"$@\" <<'END'\n"
        "import math, struct, sys, wave\n"
        "assert sys.argv[5:7] == ['--file-format=WAVE', '--data-format=LEI16@22050']\n"
        "tone = [round(9000 * math.sin(i / 10)) for i in range(22050)]\n"
        "samples = [0] * 11025 + tone + [0] * 11025\n"
        "with wave.open(sys.argv[sys.argv.index('-o') + 1], 'wb') as file:\n"
        "    file.setparams((1, 2, 22050, 0, 'NONE', ''))\n"
        "    file.writeframes(struct.pack(f'<{len(samples)}h', *samples))\n"
        "END\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    return program


@pytest.mark.usefixtures("a_say_program")
def test_the_voice_of_a_mac_shares_the_measured_length_out_by_syllables() -> None:
    said = SayVoice().speak("one, activation.")
    assert [word.text for word in said.words] == ["one", "activation"]
    assert said.words[0].start == pytest.approx(0.5, abs=0.01)
    assert said.words[1].end == pytest.approx(1.5, abs=0.01)
    lengths = [word.end - word.start for word in said.words]
    assert lengths[1] == pytest.approx(4 * lengths[0])


def test_a_failing_say_is_one_line(a_say_program: Path) -> None:
    a_say_program.write_text("#!/bin/sh\necho 'Voice not found' >&2; exit 1\n")
    with pytest.raises(VoiceError, match="say failed on 'one': Voice not found"):
        SayVoice().speak("one")


def test_say_is_refused_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VoiceError, match="BACKPROP_VOICE"):
        SayVoice().speak("one")


@pytest.mark.parametrize(
    ("choice", "kind"), [("flite", FliteVoice), ("silent", SilentVoice), ("say", SayVoice)]
)
def test_the_environment_chooses_the_voice(
    choice: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKPROP_VOICE", choice)
    assert type(default_voice()) is kind


def test_an_unknown_voice_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKPROP_VOICE", "hal")
    with pytest.raises(VoiceError, match=r"BACKPROP_VOICE='hal' .*flite, silent, say"):
        default_voice()


@pytest.mark.usefixtures("a_say_program")
def test_only_a_mac_without_flite_falls_back_on_its_own_voice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(self: FliteVoice) -> None:
        raise VoiceError("no library")

    monkeypatch.delenv("BACKPROP_VOICE", raising=False)
    monkeypatch.setattr(FliteVoice, "check", missing)
    monkeypatch.setattr(sys, "platform", "linux")
    assert type(default_voice()) is FliteVoice
    monkeypatch.setattr(sys, "platform", "darwin")
    assert type(default_voice()) is SayVoice
    monkeypatch.setenv("BACKPROP_VOICE", "flite")
    assert type(default_voice()) is FliteVoice


@pytest.mark.parametrize(
    ("word", "count"),
    [("a", 1), ("one", 1), ("wire", 1), ("input", 2), ("circle", 2), ("activation", 4), ("z", 1)],
)
def test_syllables_are_counted_from_the_spelling(word: str, count: int) -> None:
    assert syllables(word) == count
