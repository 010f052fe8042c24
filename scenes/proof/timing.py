"""Time: word and picture in step, as found in the sound itself, and the pace of both.

Where a word is comes from a recogniser's forced alignment on the film's own sound track, so that
the voice's word times, which the films go by, are themselves put to the test.
"""

from __future__ import annotations

from itertools import pairwise

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
FILM, BEAT = (60, 150), 25
"""How long a film lasts, and at most a beat, in seconds."""
STILL, SILENCE = 6.0, 2.5
"""Longest stillness of the picture, and longest silence, in seconds."""
PACE = (100, 210)
"""Words a minute of a single line; a film's are 130 to 165."""
FILM_PACE = (130, 165)
OWN = (80, 230)
"""Words a minute of a person's own voice, of a line as of a film."""
OWN_FILM, OWN_BEAT, OWN_STILL = (30, 280), 47, 11.0
"""The same limits for a person's own pace, which may be half as fast, or half as fast again."""
_QUIET = 0.003
"""Level (of full scale) under which a sound counts as silence."""
_LOUD = 0.5
"""LU by which the loudness may be off."""


def examine(found: Findings, run: Run) -> None:
    """Check a film that was played at its own frame rate."""
    _beats(found, run)
    _stillness(found, run)
    _silence_between(found, run)
    if isinstance(run.scene._voice, SilentVoice):
        return
    track = film.narration(run.scene)
    _loudness(found, track)
    _silence_within(found, run, track)
    _pace(found, run)
    if not forced.is_here():
        found.add("time", "", "not measured: the recogniser, pocketsphinx, is not installed")
        return
    cues = film.cues(run.scene)
    for record in run.scene.records:
        _in_step(found, run, record, track, cues)


def _beats(found: Findings, run: Run) -> None:
    written = [script.name for script in beats_of(type(run.scene))]
    played = [record.script.name for record in run.scene.records]
    found.count("time", len(written))
    for name in written:
        if name not in played:
            found.add("time", name, "the beat is not played")
    if played != [name for name in written if name in played]:
        found.add("time", "", f"the beats are played in another order than written: {played}")
    fps = run.scene.timeline.fps
    seconds = run.scene.timeline.frame / fps
    low, high = OWN_FILM if _is_own(run) else FILM
    if _lectures(run) and not low <= seconds <= high:
        found.add("time", "", f"the film lasts {seconds:.0f} s (allowed: {low} to {high})")
    longest = OWN_BEAT if _is_own(run) else BEAT
    for record in run.scene.records:
        if (record.end - record.first) / fps > longest:
            text = f"the beat lasts {(record.end - record.first) / fps:.0f} s (at most {longest})"
            found.add("time", record.script.name, text)
    for name in run.restless:
        found.add("time", name, "the picture still moves when the beat ends")


def _lectures(run: Run) -> bool:
    """Whether it is a lecture, and not a title or the credits of one."""
    return len(run.scene.records) > 2


def _is_own(run: Run) -> bool:
    """Whether a person speaks, at a pace of their own."""
    return isinstance(run.scene._voice, Recordings)


def _stillness(found: Findings, run: Run) -> None:
    longest = OWN_STILL if _is_own(run) else STILL
    fps = run.scene.timeline.fps
    for first, end in run.stills:
        for record in run.scene.records:
            last = record.voice + record.utterance.duration * fps
            seconds = (min(end, last) - max(first, record.voice)) / fps
            if seconds > longest:
                text = f"the picture stands still for {seconds:.1f} s while the voice speaks"
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


def _loudness(found: Findings, track: NDArray[np.float32]) -> None:
    measured = sound.measure(track)
    found.count("time")
    if abs(measured.integrated - sound.LOUDNESS) > _LOUD:
        found.add("time", "", f"{measured.integrated:.1f} LUFS (wanted: {sound.LOUDNESS})")
    if measured.true_peak > sound.TRUE_PEAK + 0.1:
        found.add("time", "", f"a peak of {measured.true_peak:.1f} dBTP (most: {sound.TRUE_PEAK})")


def _pace(found: Findings, run: Run) -> None:
    words = spoken = 0.0
    for record in run.scene.records:
        count, seconds = len(record.line.words), record.utterance.duration
        words, spoken = words + count, spoken + seconds
        low, high = OWN if _is_own(run) else PACE
        if not low <= 60 * count / seconds <= high:
            text = f"{60 * count / seconds:.0f} words a minute (allowed: {low} to {high})"
            found.add("time", record.script.name, text)
    low, high = OWN if _is_own(run) else FILM_PACE
    if _lectures(run) and not low <= 60 * words / spoken <= high:
        found.add(
            "time", "", f"{60 * words / spoken:.0f} words a minute (allowed: {low} to {high})"
        )


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
    heard: dict[int, tuple[float, float]] = {}
    at = 0
    for number, token in enumerate(record.line.tokens):
        words = spans[at : at + len(token.spoken)]
        heard[number] = (start + words[0][0], start + words[-1][1])
        at += len(token.spoken)
    found.count("time", len(record.cues))
    tokens = list(record.tokens)
    for cue, frame in record.cues:
        off = frame - heard[tokens.index(cue)][0] * fps
        if abs(off) > IN_STEP:
            when = f"{abs(off):.1f} frames {'after' if off > 0 else 'before'}"
            found.add("time", beat, f"the picture comes {when} the word {cue.token.shown!r}")
    _captions(found, beat, record, heard, [c for c in cues if start - 0.01 <= c.start < end])


def _captions(
    found: Findings,
    beat: str,
    record: BeatRecord,
    heard: dict[int, tuple[float, float]],
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
