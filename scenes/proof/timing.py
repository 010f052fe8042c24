"""Time: word and picture in step, as found in the sound itself, and the pace of both.

Where a word is comes from a recogniser's forced alignment on the film's own sound track, so that
the voice's word times, which the films go by, are themselves put to the test.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from scenes.proof.finding import Findings
from scenes.proof.watching import Run
from scenes.studio import film
from scenes.studio.beats import BeatRecord
from scenes.studio.narrated import beats_of
from scenes.words import forced, sound
from scenes.words.captions import Cue
from scenes.words.recordings import Recordings
from scenes.words.silent import SilentVoice
from scenes.words.wav import RATE, peaks

IN_STEP = 2
"""Frames by which a picture may come before or after its word."""
CAPTION = 0.15
"""Seconds by which a caption may come before or after its first word, or leave before its last."""
LINGER = 0.6
"""Seconds that a caption may outstay its last word."""
SILENCE = 2.5
"""Longest silence, in seconds."""
_QUIET = 0.003
"""Level (of full scale) under which a sound counts as silence."""
_LOUD = 0.5
"""LU by which the loudness may be off."""


@dataclass(frozen=True)
class Limits:
    """What a voice's pace allows for; opening and credits may be as short as they are."""

    film: tuple[float, float] = (60, 150)
    """Seconds that a film lasts, from and to."""
    beat: float = 25
    """Seconds that a beat lasts at most."""
    still: float = 6
    """Seconds for which the picture stands still at most."""
    film_pace: tuple[float, float] = (130, 165)
    """Words a minute of a film."""
    line_pace: tuple[float, float] = (100, 210)
    """Words a minute of a single line."""


OWN = Limits((30, 280), 47, 11, (80, 230), (80, 230))
"""For a person's own pace, which may be half as fast, or half as fast again."""


def examine(found: Findings, run: Run) -> None:
    """Check a film that was played at its own frame rate."""
    limits = OWN if isinstance(run.scene._voice, Recordings) else Limits()
    _beats(found, run, limits)
    _stillness(found, run, limits)
    _silence_between(found, run)
    if isinstance(run.scene._voice, SilentVoice):
        _late(found, run)
        return
    track = film.narration(run.scene)
    _loudness(found, track)
    _silence_within(found, run, track)
    _pace(found, run, limits)
    if not forced.is_here():
        found.add("time", "", "not measured: the recogniser, pocketsphinx, is not installed")
        return
    cues = film.cues(run.scene)
    for record in run.scene.records:
        _in_step(found, run, record, track, cues)


def _beats(found: Findings, run: Run, limits: Limits) -> None:
    written = [script.name for script in beats_of(type(run.scene))]
    played = [record.script.name for record in run.scene.records]
    found.count("time", len(written))
    for name in written:
        if name not in played:
            found.add("time", name, "the beat is not played")
    if played != [name for name in written if name in played]:
        found.add("time", "", f"the beats are played in another order than written: {played}")
    low, high = limits.film
    if _lectures(run) and not low <= run.now <= high:
        found.add("time", "", f"the film lasts {run.now:.0f} s (allowed: {low} to {high})")
    for record in run.scene.records:
        seconds = (record.end - record.first) / run.scene.timeline.fps
        if seconds > limits.beat:
            text = f"the beat lasts {seconds:.0f} s (at most {limits.beat})"
            found.add("time", record.script.name, text)
    for name in run.restless:
        found.add("time", name, "the picture still moves when the beat ends")


def _lectures(run: Run) -> bool:
    """Whether it is a lecture, and not a title or the credits of one."""
    return len(run.scene.records) > 2


def _stillness(found: Findings, run: Run, limits: Limits) -> None:
    fps = run.scene.timeline.fps
    for record in run.scene.records:
        for first, end in (s for s in run.stills if record.first <= s[0] < record.end):
            spoken = record.voice + record.utterance.duration * fps
            # The credits may stand a little longer than they are spoken, to be read.
            seconds = ((end if _lectures(run) else min(end, spoken)) - first) / fps
            if seconds > limits.still:
                text = f"the picture stands still for {seconds:.1f} s"
                found.add("time", record.script.name, text)


def _silence_between(found: Findings, run: Run) -> None:
    fps = run.scene.timeline.fps
    for before, after in pairwise(run.scene.records):
        seconds = (after.voice - before.voice) / fps - before.utterance.duration
        if seconds > SILENCE:
            found.add("time", before.script.name, f"{seconds:.1f} s pass before the next line")


def _silence_within(found: Findings, run: Run, track: NDArray[np.float32]) -> None:
    loud = np.nonzero(peaks(track) > _QUIET)[0]
    found.count("time", len(loud))
    fps = run.scene.timeline.fps
    for a, b in pairwise(loud):
        if (b - a) / 100 > SILENCE:
            record = [r for r in run.scene.records if r.first / fps <= a / 100][-1]
            found.add("time", record.script.name, f"{(b - a) / 100:.1f} s of silence")


def _late(found: Findings, run: Run) -> None:
    for record in run.scene.records:
        found.count("time", len(record.cues))
        for word, frames in record.cues_late.items():
            if frames > IN_STEP:
                text = f"the picture comes {frames} frames after the word {word!r}"
                found.add("time", record.script.name, text)


def _loudness(found: Findings, track: NDArray[np.float32]) -> None:
    measured = sound.measure(track)
    found.count("time")
    if abs(measured.integrated - sound.LOUDNESS) > _LOUD:
        found.add("time", "", f"{measured.integrated:.1f} LUFS (wanted: {sound.LOUDNESS})")
    if measured.true_peak > sound.TRUE_PEAK + 0.1:
        found.add("time", "", f"a peak of {measured.true_peak:.1f} dBTP (most: {sound.TRUE_PEAK})")


def _pace(found: Findings, run: Run, limits: Limits) -> None:
    words = spoken = 0.0
    for record in run.scene.records:
        count, seconds = len(record.line.words), record.utterance.duration
        words, spoken = words + count, spoken + seconds
        _in_pace(found, record.script.name, count / seconds, limits.line_pace)
    if _lectures(run):
        _in_pace(found, "", words / spoken, limits.film_pace)


def _in_pace(found: Findings, beat: str, a_second: float, allowed: tuple[float, float]) -> None:
    low, high = allowed
    if not low <= 60 * a_second <= high:
        text = f"{60 * a_second:.0f} words a minute (allowed: {low} to {high})"
        found.add("time", beat, text)


def _in_step(
    found: Findings,
    run: Run,
    record: BeatRecord,
    track: NDArray[np.float32],
    cues: list[Cue],
) -> None:
    fps, beat = run.scene.timeline.fps, record.script.name
    start = record.voice / fps
    end = start + record.utterance.duration
    said = track[round(start * RATE) : round(end * RATE)]
    try:
        spans = forced.find_words(record.line.words, said, RATE)
    except forced.UnknownWord as word:
        found.add("time", beat, f"{str(word)!r} is no word that the recogniser knows")
        return
    except ValueError as problem:
        found.add("time", beat, f"the sound is not that of the line: {problem}")
        return
    times, heard = iter(spans), []
    for token in record.line.tokens:
        words = list(islice(times, len(token.spoken)))
        heard.append((start + words[0][0], start + words[-1][1]))
    found.count("time", len(record.cues))
    for cue, frame in record.cues:
        off = frame - heard[record.tokens.index(cue)][0] * fps
        if abs(off) > IN_STEP:
            when = f"{abs(off):.1f} frames {'after' if off > 0 else 'before'}"
            found.add("time", beat, f"the picture comes {when} the word {cue.token.shown!r}")
    _captions(found, beat, record, heard, [c for c in cues if start - 0.01 <= c.start < end])


def _captions(
    found: Findings,
    beat: str,
    record: BeatRecord,
    heard: list[tuple[float, float]],
    cues: list[Cue],
) -> None:
    found.count("time", len(cues))
    shown = " ".join(cue.text.replace("\n", " ") for cue in cues)
    if shown != record.line.shown:
        found.add("time", beat, f"the captions say {shown!r}, and the line {record.line.shown!r}")
        return
    number = 0
    for cue in cues:
        first, length = number, 0
        while length < len(cue.text):
            length += len(record.line.tokens[number].shown) + 1
            number += 1
        begins, ends = heard[first][0], heard[number - 1][1]
        if abs(cue.start - begins) > CAPTION:
            text = f"{cue.start - begins:+.2f} s off its first word: the caption {cue.text!r}"
            found.add("time", beat, text)
        if not -CAPTION <= cue.end - ends <= LINGER + SILENCE:
            text = f"{cue.end - ends:+.2f} s off its last word: the caption {cue.text!r}"
            found.add("time", beat, text)


def same_when_warm(found: Findings, cold: Run, warm: Run) -> None:
    """The film is the same, frame for frame, whether its voice was cached or not."""
    found.count("time", len(cold.scene.timeline.plays))
    plays = [[(p.first, p.frames) for p in run.scene.timeline.plays] for run in (cold, warm)]
    if plays[0] != plays[1]:
        found.add("time", "", "cold and warm cache do not give the same film")
