"""What an independent listener makes of the default voice."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from scenes.proof.listener import as_heard, prepare, word_errors
from scenes.words import voice as voices
from scenes.words.pronounce import PHONES
from scenes.words.script import Line
from scenes.words.voice import FliteVoice, Synthesis, Utterance
from tests.words.conftest import LECTURE

pocketsphinx = pytest.importorskip(
    "pocketsphinx", reason="the listener, pocketsphinx, has no wheel for this Python"
)

# What Flite makes of these words when left to itself.
BY_ITSELF: Mapping[str, str] = {
    "cauchy": "k ao ch iy",
    "eta": "eh t ax",
    "feedforward": "f iy d f r w er d",
    "griewank": "g r iy y uw ae ng k",
    "hadamard": "hh aa d ax m er d",
    "jacobian": "jh ae k ax b iy ax n",
    "jacobians": "jh ae k ax b iy ax n z",
    "leibniz": "l iy b n ih z",
    "manim": "m aa n iy m",
    "matrices": "m ey t r ih s ax z",
    "numpy": "n ah m p iy",
    "preactivation": "p r ax k t ax v ey sh ax n",
    "preactivations": "p r ax k t ax v ey sh ax n z",
    "relu": "r iy l uw",
    "stochastic": "s t aa ch ae s t ih k",
    "superscript": "s uw p er z k r ih p t",
    "sympy": "s ih m p iy",
    "tanh": "t ae n",
}


def _heard_as(said: Synthesis, right: str, wrong: str) -> str:
    """Which of two pronunciations the listener hears in "the … again"."""
    decoder = pocketsphinx.Decoder(cmn="batch", loglevel="FATAL", lm=None)
    for name, phones in (("said_right", right), ("said_wrong", wrong)):
        arpabet = re.sub(r"\d", "", phones).upper().replace("AX", "AH")
        decoder.add_word(name, arpabet, name == "said_wrong")
    decoder.add_jsgf_string(
        "choice",
        "#JSGF V1.0; grammar choice; public <all> = the (said_right | said_wrong) again;",
    )
    decoder.activate_search("choice")
    decoder.start_utt()
    decoder.process_raw(prepare(said.samples, said.rate), full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return hypothesis.hypstr.split()[1].removeprefix("said_") if hypothesis else "nothing"


def test_each_respelled_word_has_a_rival() -> None:
    assert set(BY_ITSELF) == set(PHONES)


@pytest.mark.parametrize("word", sorted(PHONES))
def test_a_word_of_the_field_is_heard_as_the_table_says(word: str, flite: FliteVoice) -> None:
    said = flite.speak(f"the {word} again.")
    assert _heard_as(said, PHONES[word], BY_ITSELF[word]) == "right"


@pytest.mark.parametrize("word", ["jacobian", "stochastic", "numpy"])
def test_without_the_table_the_voice_says_it_wrongly(
    word: str, flite: FliteVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices, "PHONES", {})
    said = flite.speak(f"the {word} again.")
    assert _heard_as(said, PHONES[word], BY_ITSELF[word]) == "wrong"


def test_lecture_sentences_are_understood(
    say: Callable[[str], tuple[Line, Utterance]],
) -> None:
    # Four of the sentences: the listener needs about as long as the voice speaks.
    spoken = [say(LECTURE[i]) for i in (0, 3, 8, 9)]
    hearing = word_errors(
        (line.spoken, utterance.samples(), utterance.rate) for line, utterance in spoken
    )
    print(f"word error rate {hearing.wer:.1%} of {hearing.words} words; worst: {hearing.worst}")
    assert hearing.wer <= 0.30, hearing.worst


def test_the_listener_is_not_deaf_and_not_obliging() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 32_000).astype(np.float32)
    assert word_errors([("each input is multiplied", noise, 16_000)]).wer >= 0.75


def test_the_listener_reads_a_script_in_its_own_spelling() -> None:
    assert as_heard("Backpropagation, then: NumPy; it's done.") == (
        "back propagation then numb pie it's done"
    )
