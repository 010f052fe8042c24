"""Captions from timed words: cues, SubRip, WebVTT, and the transcript.

A cue holds at most 2 lines of 42 characters and is read at 17 characters a second or less where
the voice leaves the time. Where to cut is a shortest-path problem: each cut and each line break
costs what it takes from the reader (nothing at the end of a sentence, much inside a phrase), and
the cheapest way through the film is taken.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import srt

from scenes.words.alignment import TimedToken

LINE = 42  # characters
FULL = 20  # characters; a shorter cue reads as a scrap
PACE = 17.0  # characters a second
SHORTEST = 1.0  # seconds a cue stands, where the voice leaves the time
LONGEST = 7.0
GAP = 0.08  # seconds without a cue between two, so that the change is seen
_BLINK = 0.02  # seconds; shorter than a picture stands
LINGER = 0.4  # seconds a cue may stay after its last word


@dataclass(frozen=True)
class Cue:
    """One caption: start and end in seconds, and one or two lines of text joined by a newline."""

    start: float
    end: float
    text: str


# --- where to cut ---------------------------------------------------------------------------

_SENTENCE, _CLAUSE, _COMMA, _BEFORE_LINK, _PLAIN, _AFTER_LINK, _JOINED = 0, 1, 2, 4, 9, 15, 1000
# fmt: off
_CONJUNCTIONS = frozenset((
    "and", "or", "but", "so", "because", "that", "which", "who", "where", "when", "while", "if",
    "then", "than", "as", "until",
))
_PREPOSITIONS = frozenset((
    "of", "in", "on", "at", "to", "from", "by", "with", "for", "into", "through", "along",
    "across", "between", "about", "over", "under",
))
_VERBS = frozenset((
    "is", "are", "was", "were", "has", "have", "does", "can", "will", "gets", "gives", "makes",
    "becomes",
))
_LINKS = _CONJUNCTIONS | _PREPOSITIONS | _VERBS
# Words that lean on the next one: no cut after them.
_LEANING = _LINKS | {
    "a", "an", "the", "its", "their", "our", "this", "that", "each", "every", "one", "no", "not",
    "we", "it", "she", "half",
}
# fmt: on


def _cut_cost(before: TimedToken, after: TimedToken | None) -> float:
    """What a cut between two tokens takes from the reader."""
    mark = before.token.punctuation
    if after is None or mark in (".", "?", "!"):
        return _SENTENCE
    if before.token.joined:
        return _JOINED
    if mark in (";", ":", "—"):
        return _CLAUSE
    if mark == ",":
        return _COMMA
    if " ".join(before.token.spoken) in _LEANING:
        return _AFTER_LINK
    if after.token.spoken and after.token.spoken[0] in _LINKS:
        return _BEFORE_LINK
    return _PLAIN


def _width(tokens: Sequence[TimedToken]) -> int:
    return sum(len(timed.token.shown) for timed in tokens) + len(tokens) - 1


def _lay_out(tokens: Sequence[TimedToken]) -> tuple[float, str] | None:
    """The best one or two lines for a cue and what they cost; None where they do not fit."""
    words = [timed.token.shown for timed in tokens]
    if _width(tokens) <= LINE:
        return 0.0, " ".join(words)
    best: tuple[float, str] | None = None
    for i in range(1, len(tokens)):
        first, second = _width(tokens[:i]), _width(tokens[i:])
        if max(first, second) > LINE:
            continue
        cost = 0.5 * _cut_cost(tokens[i - 1], tokens[i]) + 0.1 * abs(first - second)
        if best is None or cost < best[0]:
            best = cost, " ".join(words[:i]) + "\n" + " ".join(words[i:])
    return best


def _cue_cost(tokens: Sequence[TimedToken], following: TimedToken | None) -> float | None:
    """What a cue of these tokens takes from the reader; None where it does not fit."""
    layout = _lay_out(tokens)
    if layout is None:
        return None
    cost = 6.0 + layout[0] + _cut_cost(tokens[-1], following)
    cost += 0.8 * max(0, FULL - _width(tokens))
    if len(tokens) == 1:
        cost += 12.0
    if following is not None:
        seconds = max(following.start - GAP - tokens[0].start, 0.001)
        cost += 4.0 * max(0.0, _width(tokens) / seconds - PACE)
        cost += 20.0 * max(0.0, SHORTEST - seconds)
    cost += 5.0 * max(0.0, tokens[-1].end - tokens[0].start - LONGEST)
    for one, two in itertools.pairwise(tokens):
        # A cue should not tell what comes after a pause, nor run on into the next sentence.
        cost += 8.0 * max(0.0, two.start - one.end - 0.3)
        cost += 7.0 if one.token.punctuation in (".", "?", "!") else 0.0
    return cost


def make_cues(tokens: Iterable[TimedToken], until: float | None = None) -> tuple[Cue, ...]:
    """Cues for tokens in the order of their times: those of a line, or of a whole film.

    ``until`` is the time in seconds at which the picture ends; no cue stays longer.
    """
    parts = [part for timed in tokens for part in _fitting(timed)]
    # best[j] is the least cost of captioning the first j tokens, and where the last cue begins.
    best: list[tuple[float, int]] = [(0.0, 0)]
    for j in range(1, len(parts) + 1):
        following = parts[j] if j < len(parts) else None
        options = []
        for i in range(j - 1, -1, -1):
            cost = _cue_cost(parts[i:j], following)
            if cost is None:
                # A single token always stands, even one word of more than 42 letters.
                if i < j - 1:
                    break
                cost = _JOINED
            options.append((best[i][0] + cost, i))
        best.append(min(options))
    cuts, j = [], len(parts)
    while j:
        cuts.append((best[j][1], j))
        j = best[j][1]
    return _timed([parts[i:j] for i, j in reversed(cuts)], until)


def _fitting(timed: TimedToken) -> list[TimedToken]:
    """The token itself, or a value too long for one line as parts that fit."""
    shown, token = timed.token.shown, timed.token
    if len(shown) <= LINE or " " not in shown:
        return [timed]
    lines: list[str] = []
    for word in shown.split():
        if lines and len(lines[-1]) + 1 + len(word) <= LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    parts, step = [], (timed.end - timed.start) / len(lines)
    for i, line in enumerate(lines):
        last = i == len(lines) - 1
        part = replace(
            token,
            shown=line,
            punctuation=token.punctuation if last else "",
            joined=token.joined or not last,
        )
        parts.append(TimedToken(part, timed.start + i * step, timed.start + (i + 1) * step))
    return parts


def _timed(groups: Sequence[Sequence[TimedToken]], until: float | None) -> tuple[Cue, ...]:
    """Give each cue its time: from its first word until the next cue or ``until`` at most."""
    cues: list[Cue] = []
    for k, group in enumerate(groups):
        layout = _lay_out(group)
        text = layout[1] if layout else " ".join(timed.token.shown for timed in group)
        start, spoken_until = group[0].start, group[-1].end
        end = max(spoken_until + LINGER, start + SHORTEST, start + len(text) / PACE)
        if k + 1 < len(groups):
            following = groups[k + 1][0].start
            room = following - min(GAP, 0.25 * (following - start))
            # A cue that would vanish for a blink stays until the next one.
            end = room if end > following - 2 * GAP - LINGER else end
        elif until is not None:
            end = min(end, until)
        cues.append(Cue(start, end, text))
    return tuple(cues)


# --- files ----------------------------------------------------------------------------------


def shift(cues: Iterable[Cue], seconds: float) -> tuple[Cue, ...]:
    """The same cues later by ``seconds``."""
    return tuple(Cue(cue.start + seconds, cue.end + seconds, cue.text) for cue in cues)


def clip(cues: Iterable[Cue], start: float, end: float) -> tuple[Cue, ...]:
    """What of the cues falls between two times, counted from the first of them.

    What would stand for less than a blink is left out: files round times.
    """
    kept = (
        Cue(max(cue.start, start), min(cue.end, end), cue.text)
        for cue in cues
        if min(cue.end, end) - max(cue.start, start) > _BLINK
    )
    return shift(kept, -start)


def to_srt(cues: Iterable[Cue]) -> str:
    """The cues as a SubRip file."""
    subtitles = (
        srt.Subtitle(number, _rounded(cue.start), _rounded(cue.end), cue.text)
        for number, cue in enumerate(cues, start=1)
    )
    text: str = srt.compose(subtitles, reindex=False)
    return text.removesuffix("\n")


def from_srt(text: str) -> tuple[Cue, ...]:
    """The cues of a SubRip file of ours."""
    return tuple(
        Cue(one.start.total_seconds(), one.end.total_seconds(), one.content)
        for one in srt.parse(text)
    )


def to_vtt(cues: Iterable[Cue]) -> str:
    """The cues as a WebVTT file."""
    blocks = (
        f"\n{_clock(cue.start)} --> {_clock(cue.end)}\n{html.escape(cue.text, quote=False)}\n"
        for cue in cues
    )
    return "WEBVTT\n" + "".join(blocks)


def _clock(seconds: float) -> str:
    clock: str = srt.timedelta_to_srt_timestamp(_rounded(seconds))
    return clock.replace(",", ".")


def _rounded(seconds: float) -> timedelta:
    """Files tell thousandths of a second."""
    return timedelta(milliseconds=max(0, round(seconds * 1000)))


@dataclass(frozen=True)
class Mark:
    """A chapter: start and end in seconds, and its name.  One inside another is a part of it."""

    start: float
    end: float
    title: str


def to_chapters(marks: Iterable[Mark]) -> str:
    """The chapters as a WebVTT file, each before those inside it."""
    return to_vtt(Cue(mark.start, mark.end, " ".join(mark.title.split())) for mark in marks)


def transcript(title: str, beats: Iterable[tuple[str, float, str]], depth: int = 1) -> str:
    """Markdown of what is said: (beat name, start in seconds, caption text) in order.

    ``depth`` is the level of the title's heading; the beats' are one below.
    """
    return illustrated(title, ((*beat, "", "") for beat in beats), depth)


def illustrated(
    title: str, beats: Iterable[tuple[str, float, str, str, str]], depth: int = 1
) -> str:
    """As :func:`transcript`, with a picture's address and alternative text in each beat."""
    marks = "#" * depth
    parts = [f"{marks} {_markdown(title)}\n"]
    for name, start, text, picture, alt in beats:
        heading = name.replace("_", " ").strip()
        heading = heading[:1].upper() + heading[1:]
        clock = f"{int(start) // 60}:{int(start) % 60:02}"
        shown = f"![{_markdown(alt)}]({picture})\n\n" if picture else ""
        parts.append(f"{marks}# {_markdown(heading)} ({clock})\n\n{shown}{_markdown(text)}\n")
    return "\n".join(parts)


def _markdown(text: str) -> str:
    escaped = re.sub(r"([\\`*_\[\]<>&])", r"\\\1", " ".join(text.split()))
    # At the start of a paragraph these would make a heading or a list of it.
    return re.sub(r"^(\d*)([#+.)-])", r"\1\\\2", escaped)
