"""What an independent listener makes of the default voice."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from scenes.studio import orders
from scenes.studio.forms import Form
from scenes.studio.narrated import beats_of
from scenes.words import forced, hibari
from scenes.words.cache import Utterance
from scenes.words.hibari import HibariVoice
from scenes.words.pronounce import PHONES
from scenes.words.script import Line
from scenes.words.voice import Synthesis
from scenes.words.wav import RATE
from tests.words.conftest import LECTURE
from tests.words.listener import as_heard, word_errors

pocketsphinx = pytest.importorskip(
    "pocketsphinx", reason="the listener, pocketsphinx, has no wheel for this Python"
)

# Words that Hibari says wrongly when left to itself, and how, in ARPAbet.
BY_ITSELF: Mapping[str, str] = {
    "ay": "ay",
    "GELU": "jh iy iy eh l y uw",
    "ReLU": "r ey eh l y uw",
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
    decoder.process_raw(forced.prepare(said.samples, said.rate), full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return hypothesis.hypstr.split()[1].removeprefix("said_") if hypothesis else "nothing"


@pytest.mark.parametrize("word", sorted(BY_ITSELF))
def test_a_word_of_the_field_is_heard_as_the_table_says(
    word: str, voice: HibariVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"The {word} again."
    assert _heard_as(voice.speak(text), PHONES[word.lower()], BY_ITSELF[word]) == "right"
    monkeypatch.setattr(hibari, "marked", lambda sentence: sentence)
    assert _heard_as(voice.speak(text), PHONES[word.lower()], BY_ITSELF[word]) == "wrong"


# Flite's, with the same listener: 28 %, 21 %, 25 %, 29 % and 20 %.
FILMS = {
    "MountainAnalogy": 0.24,
    "LocalVersusGlobalMinima": 0.21,
    "ForwardPass": 0.17,
    "BackwardChainRule": 0.22,
    "ReverseModeCost": 0.21,
}


# ForwardPass is heard as it is on the finished film, in tests/test_film.py, too.
@pytest.mark.parametrize(
    "film",
    [
        pytest.param(name, marks=[] if name == "BackwardChainRule" else pytest.mark.long)
        for name in FILMS
    ],
)
def test_the_films_are_understood(film: str, voice: HibariVoice) -> None:
    ((path, cls),) = orders.chosen([film])
    with Form(silent=True).scene(path, cls, dry=True) as scene:
        lines = [scene.line_of(script).spoken for script in beats_of(cls)]
    hearing = word_errors((line, (said := voice.speak(line)).samples, said.rate) for line in lines)
    print(f"word error rate {hearing.wer:.1%} of {hearing.words} words; worst: {hearing.worst}")
    assert hearing.wer <= FILMS[film], hearing.worst


def test_lecture_sentences_are_understood(
    say: Callable[[str], tuple[Line, Utterance]],
) -> None:
    # Four of the sentences: the listener needs about as long as the voice speaks.
    spoken = [say(LECTURE[i]) for i in (0, 3, 8, 9)]
    hearing = word_errors((line.spoken, utterance.samples(), RATE) for line, utterance in spoken)
    print(f"word error rate {hearing.wer:.1%} of {hearing.words} words; worst: {hearing.worst}")
    assert hearing.wer <= 0.20, hearing.worst


def test_the_listener_is_not_deaf_and_not_obliging() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 32_000).astype(np.float32)
    assert word_errors([("each input is multiplied", noise, 16_000)]).wer >= 0.75


def test_the_listener_reads_a_script_in_its_own_spelling() -> None:
    assert as_heard("Backpropagation, then: NumPy; it's done.") == (
        "back propagation then numb pie it's done"
    )
