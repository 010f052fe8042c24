"""Whether a sound says the words of a line, and where it says other ones.

Forced alignment finds the words of a line in almost any speech. So a recogniser listens that
expects the line, but may leave it at any word for another: for one of a few that are easily
mistaken, or for any row of sounds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from math import log10
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenes.words import forced
from scenes.words.voice import SpokenWord

_AS_WRITTEN = 0.99
"""How likely a reader is to go on with the next word of the line."""
_TRUST = {"lw": 5.0, "fwdflatlw": 6.5, "bestpathlw": 7.0}
"""How much such likelihoods count beside the sound, in the recogniser's three passes.

With its own, which are higher, one other word in twelve goes unnoticed; with much lower ones right
words are refused.
"""
_ANYTHING = 0.3
"""How likely another word is to be none that is known here, but a row of sounds."""
_PHONES = (
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW "
    "V W Y Z ZH"
)
_MISTAKEN = (
    "zero one two three four five six seven eight nine ten hundred thousand million point minus "
    "plus times positive negative a an the and or but not no never in on out of off to from up "
    "down is are was were has have it its this that these all each every some more less fewer most "
    "least before after first last left right forward backward backwards into with without input "
    "inputs output outputs layer layers weight weights same different large small"
)
_SOUND = "ph_"
_ARTICLES = {"a", "an", "the"}
"""Which of these is said changes nothing, and even people mishear them."""
_NOISE = 2
"""Sounds between two words that may be a breath or a click."""


@dataclass(frozen=True)
class Difference:
    """Where a sound first says something else than the line."""

    at: float
    """Seconds from the sound's start."""
    expected: str
    """The words of the line, three at most; empty where something is said that it has not."""
    heard: str
    """What is heard instead; empty for nothing, or for nothing that is a word."""


def listen(words: Sequence[str], samples: NDArray[np.float32], rate: int) -> list[SpokenWord]:
    """What is heard in a sound that should say these words; a sound that is no word is ``ph_…``.

    Raises forced.UnknownWord for a word without known sounds.
    """
    with tempfile.TemporaryDirectory() as folder:
        model, sounds = Path(folder, "line.lm"), Path(folder, "line.dict")
        model.write_text(_model(words), encoding="ascii")
        sounds.write_text(_sounds(words), encoding="ascii")
        one = forced.new_decoder(lm=str(model), dict=str(sounds), **_TRUST)
    return [
        SpokenWord(word.text, word.start - forced.AROUND, word.end - forced.AROUND)
        for word in forced.hear(one, forced.prepare(samples, rate))
    ]


def difference(words: Sequence[str], heard: Sequence[SpokenWord]) -> Difference | None:
    """The first difference that matters between a line's words and what is heard."""
    said = [word.text for word in heard]
    matcher = SequenceMatcher(None, list(words), said, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        wanted, got = words[a:b], said[c:d]
        noise = not wanted and len(got) <= _NOISE and all(w.startswith(_SOUND) for w in got)
        if kind == "equal" or noise or {*wanted, *got} <= _ARTICLES:
            continue
        at = heard[c].start if c < len(heard) else heard[-1].end if heard else 0.0
        known = " ".join(word for word in got[:3] if not word.startswith(_SOUND))
        return Difference(max(0.0, at), " ".join(wanted[:3]), known)
    return None


def _sounds(words: Sequence[str]) -> str:
    """The words that may be heard with their sounds, in the recogniser's format.

    With all of English in it, it would take seconds to make ready.
    """
    known = forced.decoder()
    lines = [f"{_SOUND}{phone.lower()} {phone}" for phone in _PHONES.split()]
    for word in sorted({*words, *_MISTAKEN.split()}):
        forced.learn(known, word)
        ways = [word, *(f"{word}({number})" for number in range(2, 10))]
        lines += [f"{way} {said}" for way in ways if (said := known.lookup_word(way)) is not None]
    return "\n".join([*lines, ""])


def _model(words: Sequence[str]) -> str:
    """The line as a language model of three words in a row, in the ARPA format."""
    phones = _PHONES.split()
    row = ["<s>", *words, "</s>"]
    pool = sorted({*words, *_MISTAKEN.split()})
    # One in twenty is kept for the end of the line.
    single = {word: 0.95 * (1 - _ANYTHING) / len(pool) for word in pool}
    single |= {_SOUND + p.lower(): 0.95 * _ANYTHING / len(phones) for p in phones}
    single |= {"<s>": 1e-99, "</s>": 0.05}
    pairs = _shares(pairwise(row))
    triples = _shares(((f"{a} {b}", c) for a, b, c in zip(row, row[1:], row[2:], strict=False)))
    away = f"{log10(1 - _AS_WRITTEN):.4f}"
    known = ({first for first, _ in pairs}, {first for first, _ in triples})
    ones = [f"{log10(p):.4f} {w} {away if w in known[0] else 0}" for w, p in single.items()]
    twos = [
        f"{log10(p):.4f} {a} {b} {away if f'{a} {b}' in known[1] else 0}"
        for (a, b), p in pairs.items()
    ]
    threes = [f"{log10(p):.4f} {a} {b}" for (a, b), p in triples.items()]
    groups = list(enumerate((ones, twos, threes), 1))
    lines = ["\\data\\", *(f"ngram {n}={len(group)}" for n, group in groups)]
    for n, group in groups:
        lines += ["", f"\\{n}-grams:", *group]
    return "\n".join([*lines, "", "\\end\\", ""])


def _shares(steps: Iterable[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """How likely each step is, among those from the same place."""
    counts: dict[tuple[str, str], int] = {}
    for step in steps:
        counts[step] = counts.get(step, 0) + 1
    whole: dict[str, int] = {}
    for (first, _), n in counts.items():
        whole[first] = whole.get(first, 0) + n
    return {step: _AS_WRITTEN * n / whole[step[0]] for step, n in counts.items()}


def words_near(samples: NDArray[np.float32], rate: int, at: float, reach: float = 0.4) -> str:
    """What a recogniser that expects no line hears around a time."""
    first = max(0, round((at - 0.1) * rate))
    one = forced.decoder()
    one.reinit_feat()
    forced.hear(one, forced.prepare(samples[first : round((at + reach) * rate)], rate))
    hypothesis = one.hyp()
    return hypothesis.hypstr if hypothesis else ""
