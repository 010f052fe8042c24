"""What the tests of words share."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from scenes.words.cache import Utterance, VoiceCache
from scenes.words.flite import FliteVoice
from scenes.words.hibari import HibariVoice, NotHere
from scenes.words.script import Line, render_line
from scenes.words.voice import VoiceError


@dataclass(frozen=True)
class Value:
    """A value to quote in a line."""

    shown: str
    spoken: str


VALUES = {
    "z": Value("−0.42", "minus zero point four two"),
    "a": Value("0.6", "about zero point six"),
    "inputs": Value("two inputs", "two inputs"),
}

# Sentences of the kind the films are made of.
LECTURE = (
    "The forward pass. A signal enters the network on the left, and leaves it as one number, "
    "the cost.",
    "This is one neuron. It has {inputs}, a weight on each wire, and a bias of its own.",
    "Each input is multiplied by the weight of its wire.",
    "Add the products, then the bias, and the sum is {z}. It is called the pre-activation.",
    "The sigmoid bends it into the activation, {a}.",
    "The same happens in every neuron of the layer, and a matrix times a vector says it all at "
    "once.",
    "The output is compared with the target, and half the squared difference is the cost.",
    "Where two paths leave a neuron, their contributions add.",
    "Keep every sum and every activation, because the way back needs them.",
    "The Jacobian of each layer is a matrix, and reverse mode multiplies from the cost.",
    "A program records the graph, and reverse mode multiplies a vector by a matrix.",
    "The gradient points uphill, so we take one small step in the opposite direction.",
)


@pytest.fixture(scope="session")
def voice() -> HibariVoice:
    """The default voice; where it cannot be loaded the test is skipped, but never in CI."""
    one = HibariVoice()
    try:
        one.check()
    except NotHere as error:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"the default voice must be there in CI: {error}")
        pytest.skip(str(error))
    return one


@pytest.fixture(scope="session")
def flite() -> FliteVoice:
    """The older voice, which is the system's; where its library is missing the test is skipped."""
    one = FliteVoice()
    try:
        one.check()
    except VoiceError as error:
        pytest.skip(str(error))
    return one


@pytest.fixture(scope="session")
def say(
    voice: HibariVoice, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Line, Utterance]]:
    """Render a template and speak it once per test session."""
    cache = VoiceCache(Path(tmp_path_factory.mktemp("voice")))

    def spoken(template: str) -> tuple[Line, Utterance]:
        line = render_line(template, VALUES)
        return line, cache.utter(voice, line.spoken)

    return spoken
