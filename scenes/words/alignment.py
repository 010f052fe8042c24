"""When each token of a line is spoken: the voice's words, laid onto the line's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from scenes.words.cache import Utterance
from scenes.words.script import Line, Token
from scenes.words.voice import SpokenWord, share_out


@dataclass(frozen=True)
class TimedToken:
    """A token of a line with the time it is spoken, in seconds."""

    token: Token
    start: float
    end: float


def align(line: Line, utterance: Utterance, offset: float = 0.0) -> tuple[TimedToken, ...]:
    """When each token of a line is spoken, in seconds, where the utterance begins at ``offset``.

    The voice's words are matched letter by letter with the line's, so it does not matter whether
    the voice splits a word, joins two, or spells one in its own way; what it leaves out gets the
    time between its neighbours. Times never run backwards and stay within the utterance.
    """
    heard = utterance.words or share_out(line.spoken, 0.0, utterance.duration)
    edges = _letter_edges(line.words, heard)
    timed, at, floor = [], 0, 0.0
    for token in line.tokens:
        stop = at + sum(map(len, token.spoken))
        start = min(max(floor, edges[at][0]), utterance.duration)
        end = min(max(start, edges[stop - 1][1]), utterance.duration)
        timed.append(TimedToken(token, offset + start, offset + end))
        at, floor = stop, end
    return tuple(timed)


def _letter_edges(
    expected: Sequence[str], heard: Sequence[SpokenWord]
) -> list[tuple[float, float]]:
    """Start and end of each letter of the expected words."""
    wanted = "".join(expected)
    spelled: list[tuple[str, float, float]] = []
    for word in heard:
        text = word.text.lower() or " "
        step = (word.end - word.start) / len(text)
        spelled += [
            (c, word.start + i * step, word.start + (i + 1) * step) for i, c in enumerate(text)
        ]
    matcher = SequenceMatcher(None, wanted, "".join(c for c, _, _ in spelled), autojunk=False)
    edges: list[tuple[float, float] | None] = [None] * len(wanted)
    for block in matcher.get_matching_blocks():
        for k in range(block.size):
            _, start, end = spelled[block.b + k]
            edges[block.a + k] = (start, end)
    return _fill(edges, spelled[0][1], spelled[-1][2])


def _fill(
    edges: Sequence[tuple[float, float] | None], first: float, last: float
) -> list[tuple[float, float]]:
    """Share the time between known letters out over the unknown ones between them."""
    filled: list[tuple[float, float]] = []
    i = 0
    while i < len(edges):
        edge = edges[i]
        if edge is not None:
            filled.append(edge)
            i += 1
            continue
        j = i
        while j < len(edges) and edges[j] is None:
            j += 1
        before = filled[-1][1] if filled else first
        after = edges[j] if j < len(edges) else None
        step = ((after[0] if after else last) - before) / (j - i)
        filled += [(before + k * step, before + (k + 1) * step) for k in range(j - i)]
        i = j
    return filled
