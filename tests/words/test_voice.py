from __future__ import annotations

import glob
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scenes.words import flite as helper
from scenes.words.script import Line
from scenes.words.voice import (
    PAUSES,
    RATE,
    FliteVoice,
    SayVoice,
    SilentVoice,
    Utterance,
    VoiceError,
    default_voice,
    read_wav,
    resample,
    syllables,
    wav_bytes,
)
from tests.words.conftest import LECTURE

TEXT = "add the products, then the bias; and it's minus zero point four two. is it done?"
Say = Callable[[str], tuple[Line, Utterance]]


def test_the_voice_times_every_word_of_the_text(flite: FliteVoice) -> None:
    said = flite.speak(TEXT)
    assert [word.text for word in said.words] == [w.rstrip(".,?;") for w in TEXT.split()]
    times = [t for word in said.words for t in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= len(said.samples) / said.rate


def test_sound_is_where_the_word_times_say(flite: FliteVoice) -> None:
    said = flite.speak("one. two. three.")
    level = np.abs(said.samples)
    spoken = np.zeros(len(level), bool)
    for word in said.words:
        spoken[round(word.start * said.rate) : round(word.end * said.rate)] = True
        assert level[spoken].max() > 0.1
    # Between sentences there is nothing but the fading breath of the last word.
    assert level[~spoken].max() < 0.06


def test_marks_make_pauses(flite: FliteVoice) -> None:
    words = flite.speak(TEXT).words
    for word, following, written in zip(words, words[1:], TEXT.split(), strict=False):
        wanted = PAUSES.get(written[-1], 0.0)
        assert following.start - word.end >= wanted - 0.002, written


def test_two_syntheses_are_equal_byte_for_byte(flite: FliteVoice) -> None:
    first, second = flite.speak(TEXT), flite.speak(TEXT)
    assert wav_bytes(first.samples, first.rate) == wav_bytes(second.samples, second.rate)
    assert first.words == second.words


def test_the_voice_speaks_from_any_folder(
    flite: FliteVoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Neither a stray module nor a stray package there is taken for the real one.
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scenes" / "__init__.py").write_text("")
    monkeypatch.chdir(tmp_path)
    assert flite.speak("hello").words[0].text == "hello"


def test_the_voice_speaks_at_a_lecturer_s_pace(say: Say) -> None:
    spoken, seconds = 0, 0.0
    for template in LECTURE:
        _, utterance = say(template)
        spoken += len(utterance.words)
        seconds += utterance.duration  # its pauses for breath included
    assert 130 <= 60 * spoken / seconds <= 165


@pytest.mark.parametrize("text", ["", " . ", "4 words", "Capital", "naïve", "a\nb"])
def test_what_the_voice_would_garble_is_refused(text: str) -> None:
    with pytest.raises(VoiceError, match="allowed"):
        FliteVoice().speak(text)


def test_a_missing_library_is_one_line_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = "import sys; from scenes.words import flite; flite._LIBRARIES = ('no_such_flite',); "
    run = subprocess.run

    def without_library(command: list[str], **options: object) -> object:
        code = gone + "sys.exit(flite.main())"
        return run([command[0], "-P", "-c", code], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", without_library)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "apt-get" else None)
    with pytest.raises(VoiceError) as refusal:
        FliteVoice().speak("hello")
    message = str(refusal.value)
    assert "libno_such_flite could not be loaded" in message
    assert "apt-get install -y libflite1" in message
    assert len(message.splitlines()) == 1
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(VoiceError, match="brew install flite"):
        FliteVoice().check()


def test_a_fault_in_the_library_ends_the_helper_and_not_the_film(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = subprocess.run

    def crashing(command: list[str], **options: object) -> object:
        code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
        return run([command[0], "-c", code], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", crashing)
    with pytest.raises(VoiceError, match="Flite failed on 'hello'"):
        FliteVoice().speak("hello")


def test_library_names_are_sought_as_each_system_writes_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert helper._candidates("flite")[0] == "libflite.so.1"
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(glob, "glob", lambda pattern: [pattern.replace("*", "2.2.")])
    assert "/opt/homebrew/lib/libflite.2.2.dylib" in helper._candidates("flite")


# --- the other voices -----------------------------------------------------------------------


def test_the_silent_voice_reads_at_its_speed_and_makes_no_sound() -> None:
    said = SilentVoice().speak(TEXT)
    assert not said.samples.any()
    assert [w.text for w in said.words] == [w.rstrip(".,?;") for w in TEXT.split()]
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


# --- samples --------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_resampling_keeps_length_place_and_loudness(rate: int) -> None:
    samples = np.zeros(rate, np.float32)
    burst = slice(round(0.4 * rate), round(0.6 * rate))
    samples[burst] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)[burst]
    result = resample(samples, rate)
    assert len(result) == RATE
    loud = np.flatnonzero(np.abs(result) > 0.1) / RATE
    assert (loud[0], loud[-1]) == pytest.approx((0.4, 0.6), abs=0.003)
    assert np.sqrt(np.mean(result**2)) == pytest.approx(np.sqrt(np.mean(samples**2)), rel=0.02)


def test_a_wav_is_read_as_it_was_written(tmp_path: Path) -> None:
    samples = np.array([0.0, 0.5, -0.5, 1.5, -1.5], np.float32)
    (tmp_path / "a.wav").write_bytes(wav_bytes(samples))
    read, rate = read_wav(tmp_path / "a.wav")
    assert rate == RATE
    assert read == pytest.approx([0.0, 0.5, -0.5, 1.0, -1.0], abs=1e-4)
