from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.words.script import LineError, Token, render_line
from tests.words.conftest import LECTURE, VALUES, Value


def test_a_value_is_shown_in_digits_and_spoken_in_words() -> None:
    line = render_line("The sum is {z}.", VALUES)
    assert line.shown == "The sum is −0.42."
    assert line.spoken == "The sum is minus zero point four two."
    assert line.tokens[-1] == Token(
        "−0.42.", ("minus", "zero", "point", "four", "two"), ("z",), "."
    )
    assert dict(line.values) == {"z": VALUES["z"]}


def test_a_word_can_have_a_spoken_form_of_its_own() -> None:
    line = render_line("Its activation [a|ay] is [∂C/∂w|partial C by partial w].", {})
    assert line.shown == "Its activation a is ∂C/∂w."
    assert line.spoken == "Its activation ay is partial c by partial w."
    assert len(line.tokens) == 5


def test_the_voice_is_told_where_a_sentence_begins_even_with_a_number() -> None:
    line = render_line("It is done. {z} is left. “Good”: SymPy agrees.", VALUES)
    assert line.spoken == ("It is done. Minus zero point four two is left. Good: SymPy agrees.")


def test_a_phrase_whose_words_are_shown_as_spoken_is_timed_word_by_word_yet_kept_together() -> None:
    tokens = render_line("It has {inputs}, and a bias.", VALUES).tokens
    assert [(t.shown, t.joined, t.keys) for t in tokens[2:4]] == [
        ("two", True, ("inputs",)),
        ("inputs,", False, ("inputs",)),
    ]


def test_values_touch_punctuation_and_other_words() -> None:
    line = render_line("({z}) and {inputs}’s weights", VALUES)
    assert line.shown == "(−0.42) and two inputs’s weights"
    assert line.spoken == "Minus zero point four two and two inputs's weights"


@pytest.mark.parametrize(
    ("template", "shown", "spoken"),
    [
        ("It’s one", "It’s one", "It's one"),
        ("one number — the cost", "one number — the cost", "One number, the cost"),
        ("one number—the cost", "one number — the cost", "One number, the cost"),
        ("one number – the cost", "one number — the cost", "One number, the cost"),
        ("the pre-activation", "the pre-activation", "The pre-activation"),
        ("Jacobian–vector products", "Jacobian–vector products", "Jacobian-vector products"),
        ("the “way back”: wait!", "the “way back”: wait!", "The way back: wait!"),
        ("and so on…", "and so on…", "And so on."),
        ("a naïve ‘guess’", "a naïve ‘guess’", "A naive guess"),
        ("  spaces \n and  lines ", "spaces and lines", "Spaces and lines"),
    ],
)
def test_print_typography_is_spoken_plainly(template: str, shown: str, spoken: str) -> None:
    line = render_line(template, {})
    assert (line.shown, line.spoken) == (shown, spoken)


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("the sum is {q}", "unknown value {q} (known: a, inputs, z)"),
        ("2 inputs", "'2' cannot be spoken"),
        ("x = y", "'=' cannot be spoken"),
        ("σ bends it", "'σ' cannot be spoken"),
        ("[a|2]", "[a|2]: '2' cannot be spoken"),
        ("[a|]", "has no spoken form"),
        ("[|ay] word", "shows nothing"),
        ("[a] word", "stray '['"),
        ("an open {z", "stray '{'"),
        ("— the cost", "begins with '—'"),
        ("  ", "holds no words"),
    ],
)
def test_a_line_that_cannot_be_said_is_refused_in_one_line(template: str, complaint: str) -> None:
    with pytest.raises(LineError) as refusal:
        render_line(template, VALUES)
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("spoken", ["zero point 4", "−1", "", "two, three", "çé1"])
def test_a_value_must_bring_its_own_words(spoken: str) -> None:
    with pytest.raises(LineError, match=r"value \{v\}"):
        render_line("It is {v}.", {"v": Value("4", spoken)})


@given(st.text(max_size=60))
def test_whatever_is_written_the_voice_gets_plain_words_or_the_line_is_refused(text: str) -> None:
    try:
        line = render_line(text, VALUES)
    except LineError:
        return
    assert re.fullmatch(r"[A-Za-z'-]+[.,?!;:]?( [A-Za-z'-]+[.,?!;:]?)*", line.spoken)
    assert line.shown == " ".join(token.shown for token in line.tokens)
    assert all(token.spoken and token.shown for token in line.tokens)


@pytest.mark.parametrize("template", LECTURE)
def test_nothing_of_a_lecture_sentence_is_lost(template: str) -> None:
    line = render_line(template, VALUES)
    filled = template.format(**{name: value.shown for name, value in VALUES.items()})
    assert line.shown == filled
    assert re.split(r"[\s-]+", re.sub("[,.]", "", line.spoken).lower()) == list(line.words)
