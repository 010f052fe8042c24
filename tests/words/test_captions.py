from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable
from dataclasses import replace

import av
import pytest
import srt
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.words.alignment import TimedToken, align
from scenes.words.cache import Utterance
from scenes.words.captions import (
    GAP,
    LINE,
    PACE,
    SHORTEST,
    Cue,
    clip,
    make_cues,
    shift,
    to_srt,
    to_vtt,
    transcript,
)
from scenes.words.script import Line, Token, render_line
from scenes.words.silent import SilentVoice
from scenes.words.voice import SpokenWord
from tests.words.conftest import LECTURE, VALUES

Say = Callable[[str], tuple[Line, Utterance]]


def _timed(*tokens: Token, each: float = 0.4) -> list[TimedToken]:
    return [TimedToken(token, i * each, (i + 1) * each) for i, token in enumerate(tokens)]


def _read(template: str, offset: float = 0.0) -> list[TimedToken]:
    """A line timed by reading speed."""
    from pathlib import Path

    line = render_line(template, VALUES)
    words: tuple[SpokenWord, ...] = SilentVoice().speak(line.spoken).words
    return list(align(line, Utterance(Path("none.wav"), words[-1].end, words), offset))


def _one_line(cues: tuple[Cue, ...]) -> list[str]:
    return [cue.text.replace("\n", " ") for cue in cues]


# --- what holds for every text --------------------------------------------------------------

_WORDS = st.one_of(
    st.text("abcdeghilmnorstuwy", min_size=1, max_size=12),
    st.sampled_from(["the", "of", "and", "−0.42", "(about", "≈ 0.6031", "two inputs"]),
)
_MARKS = st.sampled_from(["", "", "", "", "", ",", ";", ":", ".", "?", "!", " —"])


@st.composite
def _speech(draw: st.DrawFn) -> list[TimedToken]:
    timed, now = [], draw(st.floats(0, 100))
    for _ in range(draw(st.integers(1, 50))):
        mark = draw(_MARKS)
        token = Token(
            draw(_WORDS) + mark, ("word",), punctuation=mark.strip(),
            joined=not mark and draw(st.integers(0, 9)) == 0,
        )  # fmt: skip
        length = draw(st.floats(0.06, 0.7))
        timed.append(TimedToken(token, now, now + length))
        now += length + draw(st.sampled_from([0.0, 0.0, 0.0, 0.3, 0.6, 3.0]))
    return timed


@settings(max_examples=80, deadline=None)
@given(_speech())
def test_captions_hold_to_their_rules_whatever_is_said(timed: list[TimedToken]) -> None:
    until = timed[-1].end + 0.5
    cues = make_cues(timed, until)
    # Every token is shown once, in order, and stands whole in one line.
    said = " ".join(t.token.shown for t in timed)
    assert " ".join(_one_line(cues)) == said
    lines = [line for cue in cues for line in cue.text.split("\n")]
    at = iter(lines)
    line = ""
    for t in timed:
        while not line.startswith(t.token.shown):
            assert not line
            line = next(at)
        line = line[len(t.token.shown) :].lstrip()
    # Two lines of 42 characters.
    assert all(len(cue.text.split("\n")) <= 2 for cue in cues)
    assert all(0 < len(line) <= LINE for line in lines)
    # Each cue begins with its first word; cues do not overlap; none outlasts the picture.
    starts = {t.start for t in timed}
    assert all(cue.start in starts for cue in cues)
    assert all(cue.start < cue.end <= until for cue in cues)
    for one, two in itertools.pairwise(cues):
        assert one.end < two.start
    # Where a cue is read too fast or is gone too soon, the next one left it no more time.
    for cue, limit in zip(cues, [*(two.start for two in cues[1:]), until], strict=True):
        hurried = len(cue.text) / (cue.end - cue.start) > PACE + 1e-6
        brief = cue.end - cue.start < SHORTEST - 1e-6
        if hurried or brief:
            assert limit - cue.end <= GAP + 1e-9


@settings(max_examples=40, deadline=None)
@given(_speech())
def test_a_phrase_that_belongs_together_stays_in_one_line(timed: list[TimedToken]) -> None:
    lines = [line for cue in make_cues(timed) for line in cue.text.split("\n")]
    text, phrase = "\n".join(lines), ""
    for t in timed:
        phrase = f"{phrase} {t.token.shown}".strip()
        if t.token.joined:
            continue
        if len(phrase) <= LINE:
            assert phrase in text
        phrase = ""


def test_nothing_said_needs_no_captions() -> None:
    assert make_cues([]) == ()
    assert to_srt(()) == ""
    assert to_vtt(()) == "WEBVTT\n"


# --- how it reads ---------------------------------------------------------------------------


def test_cues_end_with_sentences_and_clauses() -> None:
    text = "This is one neuron. It has {inputs}, a weight on each wire, and a bias of its own."
    cues = make_cues(_read(text))
    assert _one_line(cues) == [
        "This is one neuron.",
        "It has two inputs, a weight on each wire, and a bias of its own.",
    ]


def test_lines_break_before_a_preposition_or_conjunction_and_are_of_like_length() -> None:
    (cue,) = make_cues(_read("Each input is multiplied by the weight of its wire, as you see."))
    first, second = cue.text.split("\n")
    assert abs(len(first) - len(second)) <= 16
    assert second.split()[0] in ("by", "as", "of")


def test_a_value_of_many_spoken_words_is_never_cut() -> None:
    for text in ("{z} " * 30, "Their sum, as you can see in this figure here, is {z}. Nice."):
        for cue in make_cues(_read(text)):
            assert cue.text.replace("\n", " ").count("−") == len(re.findall("−0.42", cue.text))


def test_a_value_longer_than_a_line_is_laid_out_over_several() -> None:
    shown = "(0.12 0.34 0.56 0.78) (0.12 0.34 0.56 0.78) (0.12 0.34 0.56 0.78)."
    cues = make_cues(_timed(Token("Look:", ("look",), (), ":"), Token(shown, ("much",), (), ".")))
    assert " ".join(_one_line(cues)) == f"Look: {shown}"
    assert max(len(line) for cue in cues for line in cue.text.split("\n")) <= LINE


def test_a_single_endless_word_still_gets_its_cue() -> None:
    endless = "x" * 50
    cues = make_cues(_timed(Token("A", ("a",)), Token(endless, ("x",)), Token("z.", ("z",))))
    assert [cue.text for cue in cues] == ["A", endless, "z."]


def test_one_short_sentence_does_not_flash_by_alone() -> None:
    cues = make_cues(_read("Now watch the whole network. Go. It lights up layer by layer."))
    assert "Go." not in _one_line(cues)


def test_a_caption_does_not_tell_what_comes_after_a_rest() -> None:
    cues = make_cues([*_read("Where does it go?"), *_read("Downhill, and fast.", offset=9.0)])
    assert _one_line(cues) == ["Where does it go?", "Downhill, and fast."]
    assert cues[1].start == 9.0
    assert cues[0].end < 4.0


@pytest.mark.parametrize("template", LECTURE)
def test_lecture_sentences_can_be_read_in_time(template: str, say: Say) -> None:
    line, utterance = say(template)
    cues = make_cues(align(line, utterance), utterance.duration + 0.5)
    assert " ".join(_one_line(cues)) == line.shown
    for cue in cues:
        assert len(cue.text) / (cue.end - cue.start) <= PACE
        assert cue.end - cue.start >= SHORTEST
        assert len(cue.text.split()) > 1


# --- files ----------------------------------------------------------------------------------

_CUES = (
    Cue(0.0, 1.2504, "1 < 2 & 3 > 2"),
    Cue(61.5, 62.0, "−0.42 ≈ “z”\nsecond line"),
    Cue(3599.9996, 3661.0, "--> late"),
)


def test_subrip_is_read_back_by_another_reader() -> None:
    read = list(srt.parse(to_srt(_CUES), ignore_errors=False))
    assert [entry.index for entry in read] == [1, 2, 3]
    assert [entry.content for entry in read] == [cue.text for cue in _CUES]
    assert [entry.start.total_seconds() for entry in read] == [0.0, 61.5, 3600.0]
    assert [entry.end.total_seconds() for entry in read] == [1.25, 62.0, 3661.0]


def test_webvtt_escapes_what_would_be_markup() -> None:
    text = to_vtt(_CUES)
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.250\n1 &lt; 2 &amp; 3 &gt; 2\n\n")
    assert "--&gt; late" in text
    assert text.count("-->") == len(_CUES)


@pytest.mark.parametrize(("name", "write"), [("srt", to_srt), ("webvtt", to_vtt)])
def test_libav_finds_every_caption(name: str, write: Callable[[tuple[Cue, ...]], str]) -> None:
    with av.open(io.BytesIO(write(_CUES).encode()), "r", format=name) as container:
        packets = [packet for packet in container.demux() if packet.size]
        found = [float((packet.pts or 0) * (packet.time_base or 0)) for packet in packets]
    assert found == pytest.approx([0.0, 61.5, 3600.0])


def test_cues_can_be_moved_and_cut_to_a_clip() -> None:
    cues = (Cue(0, 1, "a"), Cue(1, 3, "b"), Cue(3, 5, "c"), Cue(5, 6, "d"))
    assert shift(cues[:1], 2.5) == (Cue(2.5, 3.5, "a"),)
    assert clip(cues, 2, 5) == (Cue(0, 1, "b"), Cue(1, 3, "c"))


def test_the_transcript_is_markdown_with_a_heading_and_time_for_each_beat() -> None:
    text = transcript(
        "Forward pass",
        [("meet_the_neuron", 0.0, "This is one neuron."), ("weigh", 75.9, "w_1 * a <is> −0.42")],
    )
    assert text == (
        "# Forward pass\n\n"
        "## Meet the neuron (0:00)\n\nThis is one neuron.\n\n"
        "## Weigh (1:15)\n\nw\\_1 \\* a \\<is\\> −0.42\n"
    )


def test_a_beat_s_text_never_becomes_a_heading_or_a_list() -> None:
    text = transcript("t", [("a", 0, "# one"), ("b", 1, "1. two"), ("c", 2, "- three")])
    for line in ("\\# one", "1\\. two", "\\- three"):
        assert line in text


def test_tokens_are_not_changed_by_captioning() -> None:
    timed = _read("The sum is {z}.")
    copy = [replace(t) for t in timed]
    make_cues(timed)
    assert timed == copy
