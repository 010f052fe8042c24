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
    with pytest.raises(VoiceError, match="choose another voice"):
        SayVoice().speak("one")


# --- which voice speaks ---------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nothing_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (voices.VARIABLE, voices.PACE_VARIABLE):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("hibari", HibariVoice), ("flite", FliteVoice), ("silent", SilentVoice), ("say", SayVoice)],
)
def test_the_lesson_names_the_voice_and_the_environment_another(
    name: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert type(chosen(name)) is kind
    monkeypatch.setenv("BACKPROP_VOICE", name)
    assert type(chosen("nobody")) is kind


def test_the_pace_is_the_lesson_s_or_the_one_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen("say", 130).settings == {"pace": 130}
    monkeypatch.setenv("BACKPROP_PACE", "110")
    assert chosen("say", 130).settings == {"pace": 110}


@pytest.mark.parametrize("pace", ["fast", "99", "201", "nan", "1e9"])
def test_a_pace_that_nobody_speaks_at_is_refused(
    pace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKPROP_PACE", pace)
    with pytest.raises(VoiceError, match=f"BACKPROP_PACE: '{pace}' .*100 to 200 words a minute"):
        chosen()


def test_an_unknown_voice_is_refused_where_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(VoiceError, match=r"my\.toml: voice\.name: 'hal' .*hibari, flite, say, sil"):
        chosen("hal", lesson=tmp_path / "my.toml")
    monkeypatch.setenv("BACKPROP_VOICE", "hal")
    with pytest.raises(VoiceError, match=r"BACKPROP_VOICE: 'hal' is no voice"):
        chosen()


def test_a_file_that_a_lesson_names_lies_beside_the_lesson(tmp_path: Path) -> None:
    (tmp_path / "bf_emma.int8.onnx").write_bytes(b"")
    voice = chosen("bf_emma.int8.onnx", lesson=tmp_path / "my.toml")
    assert isinstance(voice, HibariVoice)
    assert voice.model == tmp_path / "bf_emma.int8.onnx"
    assert voice.british
    with pytest.raises(VoiceError, match=r"my\.toml: voice\.name: emma\.onnx: there is no such"):
        chosen("emma.onnx", lesson=tmp_path / "my.toml")


def test_a_voice_that_was_never_fetched_names_the_command_that_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("hibari")
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", None)  # nothing is downloaded
    with pytest.raises(VoiceError) as refusal:
        voice_named("emma")
    message = str(refusal.value)
    assert str(tmp_path / "bf_emma.int8.onnx") in message
    assert message.endswith("bin/hibari --voice emma Hello -o hello.wav")
    assert "\n" not in message
    (tmp_path / "bf_emma.int8.onnx").write_bytes(b"no model")
    with pytest.raises(VoiceError, match="is no voice of Hibari"):
        voice_named("emma").check()


@pytest.mark.parametrize(("system", "kind"), [("linux", FliteVoice), ("darwin", SayVoice)])
def test_where_hibari_cannot_be_loaded_another_voice_speaks_and_one_line_says_so(
    system: str, kind: type, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(self: HibariVoice) -> None:
        raise NotHere("the voice hibari cannot be loaded here (No module named 'onnxruntime')")

    monkeypatch.setattr(HibariVoice, "check", missing)
    monkeypatch.setattr(sys, "platform", system)
    voices._trouble.cache_clear()
    voices._warn_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert {type(chosen()), type(chosen())} == {kind}
    (line,) = caplog.messages
    assert line.startswith("the voice hibari cannot be loaded here (No module named")
    assert line.endswith(f"; {kind(150.0).name} speaks instead")
    # Whoever asks for Hibari by name is told, and gets no other voice unasked.
    monkeypatch.setenv("BACKPROP_VOICE", "hibari")
    assert type(chosen()) is HibariVoice
    voices._trouble.cache_clear()


@pytest.mark.parametrize(
    ("word", "count"),
    [("a", 1), ("one", 1), ("wire", 1), ("input", 2), ("circle", 2), ("activation", 4), ("z", 1)],
)
def test_syllables_are_counted_from_the_spelling(word: str, count: int) -> None:
    assert syllables(word) == count
