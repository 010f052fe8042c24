from __future__ import annotations

import glob
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scenes.words import flite_process as helper
from scenes.words.flite import FliteVoice
from scenes.words.voice import PAUSES, VoiceError
from scenes.words.wav import wav_bytes

TEXT = "Add the products, then the bias; and it's minus zero point four two. Is it done?"


def test_the_voice_times_every_word_of_the_text(flite: FliteVoice) -> None:
    said = flite.speak(TEXT)
    assert [word.text for word in said.words] == [w.rstrip(".,?;").lower() for w in TEXT.split()]
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


@pytest.mark.parametrize("text", ["", " . ", "4 words", "naïve", "a\nb"])
def test_what_the_voice_would_garble_is_refused(text: str) -> None:
    with pytest.raises(VoiceError, match="allowed"):
        FliteVoice().speak(text)


def test_a_missing_library_is_one_line_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = (
        "import sys; from scenes.words import flite_process as flite; "
        "flite._LIBRARIES = ('no_such_flite',); "
    )
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
