from __future__ import annotations

import itertools
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scenes.words import forced, hibari
from scenes.words.hibari import BETWEEN, EDGE, RATE, HibariVoice, marked
from scenes.words.pronounce import PHONES, as_ipa, phones
from scenes.words.script import render_line
from scenes.words.voice import Synthesis, VoiceError, bare
from scenes.words.wav import wav_bytes
from tests.words.conftest import LECTURE, VALUES

TEXT = "Add the products, then the bias: it's minus zero point four two. Is it done? Yes!"


def test_the_voice_times_every_word_of_the_text(voice: HibariVoice) -> None:
    said = voice.speak(TEXT)
    assert [word.text for word in said.words] == [bare(w) for w in TEXT.split()]
    times = [t for word in said.words for t in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= len(said.samples) / said.rate + 1e-9


def test_the_model_tells_its_lengths_and_they_add_up_to_the_sound(voice: HibariVoice) -> None:
    engine = hibari._engine(None, False)
    samples, lengths = engine._run("həlˈO ðˈɛɹ.", 0.8)
    assert len(lengths) == len("həlˈO ðˈɛɹ.") + 2
    assert sum(lengths) == pytest.approx(len(samples) / RATE)


def test_a_model_that_does_not_tell_its_lengths_is_timed_by_ear(
    voice: HibariVoice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("pocketsphinx")
    told = voice.speak(TEXT)
    monkeypatch.setattr(hibari, "_LENGTHS", "/no_such_tensor")
    engine = hibari._Engine(None, False)
    monkeypatch.setattr(hibari, "_engine", lambda model, british: engine)
    heard = voice.speak(TEXT)
    assert np.array_equal(heard.samples, told.samples)
    off = [abs(a.start - b.start) for a, b in zip(told.words, heard.words, strict=True)]
    assert max(off) < 0.1
    assert any("forced alignment" in line for line in caplog.messages)


def _distances(voice: HibariVoice, templates: tuple[str, ...]) -> list[float]:
    """How far the model's word times are from what a recogniser finds in the sound, in seconds."""
    off = []
    for template in templates:
        line = render_line(template, VALUES)
        said = voice.speak(line.spoken)
        spans = forced.find_words(line.words, said.samples, said.rate)
        heard = dict(zip(_beginnings(line.words, said), spans, strict=True))
        off += [abs(word.start - heard[number][0]) for number, word in enumerate(said.words)]
    return off


def _beginnings(words: tuple[str, ...], said: Synthesis) -> list[int | None]:
    """For each spoken word the number of the voice's word that it begins, if it begins one."""
    numbers: list[int | None] = []
    for number, word in enumerate(said.words):
        pieces = word.text.lower().split("-")
        numbers += [number, *[None] * (len(pieces) - 1)]
    assert len(numbers) == len(words)
    return numbers


def test_word_times_are_those_that_a_recogniser_finds(voice: HibariVoice) -> None:
    pytest.importorskip("pocketsphinx")
    off = _distances(voice, LECTURE)
    assert len(off) > 150
    print(f"median {np.median(off):.3f} s, 95 of 100 within {np.quantile(off, 0.95):.3f} s")
    assert np.median(off) <= 0.03
    assert np.quantile(off, 0.95) <= 0.08


def test_sentences_are_said_whole_with_silence_between_them_only(voice: HibariVoice) -> None:
    whole = voice.speak("Is it done? Yes.")
    parts = [voice.speak(text).samples for text in ("Is it done?", "Yes.")]
    between = round((BETWEEN - 2 * EDGE) * RATE)
    assert len(whole.samples) == sum(map(len, parts)) + between
    assert np.array_equal(whole.samples[: len(parts[0])], parts[0])
    assert not whole.samples[len(parts[0]) : len(parts[0]) + between].any()


def test_a_comma_is_a_pause_of_the_voice_s_own(voice: HibariVoice) -> None:
    words = voice.speak("Add the products, then the bias.").words
    gaps = [b.start - a.end for a, b in itertools.pairwise(words)]
    assert max(gaps) == gaps[2] > 0.05


@pytest.mark.parametrize("pace", [120, 150, 180])
def test_the_voice_speaks_at_the_pace_asked_for(voice: HibariVoice, pace: float) -> None:
    spoken, seconds = 0, 0.0
    for template in LECTURE:
        line = render_line(template, VALUES)
        said = HibariVoice(pace).speak(line.spoken)
        spoken += len(line.words)
        seconds += len(said.samples) / said.rate  # its pauses for breath included
    assert 60 * spoken / seconds == pytest.approx(pace, rel=0.08)


@pytest.mark.parametrize(("setting", "threads"), [("1", "1"), ("4", "2")])
def test_the_same_line_in_another_process_gives_the_same_samples(
    voice: HibariVoice, setting: str, threads: str
) -> None:
    code = (
        "import sys; from scenes.words.hibari import HibariVoice; "
        "from scenes.words.wav import wav_bytes; HibariVoice().speak('Something else first.'); "
        f"said = HibariVoice().speak({TEXT!r}); "
        "sys.stdout.buffer.write(wav_bytes(said.samples, said.rate))"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": setting, "OPENBLAS_NUM_THREADS": threads}
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, check=True
    )
    said = voice.speak(TEXT)
    assert done.stdout == wav_bytes(said.samples, said.rate)


def test_nothing_is_fetched_while_speaking(
    voice: HibariVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert len(hibari._Engine(None, False).say("Hello.", 0.8).samples)


@pytest.mark.parametrize("text", ["", " . ", "42"])
def test_what_holds_no_words_is_refused(voice: HibariVoice, text: str) -> None:
    with pytest.raises(VoiceError, match="allowed"):
        voice.speak(text)


# --- pronunciations -------------------------------------------------------------------------


def test_the_table_s_phones_are_the_model_s(voice: HibariVoice) -> None:
    vocabulary = hibari._engine(None, False)._hibari.vocab
    for word, said in PHONES.items():
        assert set(as_ipa(said)) <= set(vocabulary), word


@pytest.mark.parametrize(
    ("word", "said"),
    [("relu", "ɹˈɛlu"), ("ay", "ˈA"), ("jacobian", "ʤəkˈObiən"), ("superscript", "sˈupəɹskɹˌɪpt")],
)
def test_phones_are_written_in_the_model_s_alphabet(word: str, said: str) -> None:
    assert as_ipa(PHONES[word]) == said


def test_words_of_the_table_are_marked_wherever_they_stand() -> None:
    assert marked("Ask SymPy's ReLU, twice.") == "Ask [SymPy's](/sˈɪmpIz/) [ReLU](/ɹˈɛlu/), twice."
    assert phones("nothing") is None


@pytest.mark.parametrize("word", sorted(PHONES))
def test_a_word_of_the_field_stays_one_word_of_the_voice(voice: HibariVoice, word: str) -> None:
    written = hibari._engine(None, False)._hibari.phonemize(marked(f"The {word} again."))
    assert re.fullmatch(rf"\S+ {as_ipa(PHONES[word])} \S+", written[0])


def test_a_letter_is_told_from_the_article(voice: HibariVoice) -> None:
    line = render_line("The activation [a|ay] is a number.", {})
    (written,) = hibari._engine(None, False)._hibari.phonemize(marked(line.spoken))
    assert written.split()[2] == "ˈA"
    assert written.split()[4] == "ɐ"
