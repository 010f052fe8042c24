"""A film made with a folder of recordings, read by another voice at another pace."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import tempconfig
from numpy.typing import NDArray

from scenes.proof import report
from scenes.proof.examine import Report
from scenes.studio import film
from scenes.studio.narrated import NarratedScene
from scenes.words import forced
from scenes.words.flite import FliteVoice
from scenes.words.hibari import HibariVoice
from scenes.words.recordings import MISSING, STALE, Recordings
from scenes.words.silent import SilentVoice
from scenes.words.voice import Synthesis, Voice, VoiceError
from scenes.words.wav import RATE, resample
from tests.stages import small_frames
from tests.studio.small_film import Small
from tests.words.test_recordings import encode

pytestmark = pytest.mark.skipif(not forced.is_here(), reason="pocketsphinx is not installed")

FPS = 30
FORMS = {
    "show_a_circle": (".mp3", 44_100, 2),
    "move_by_a_field": (".m4a", 48_000, 1),
    "say_goodbye": (".flac", 22_050, 2),
}


@pytest.fixture(scope="module")
def reader() -> Voice:
    """Flite, slowly, where it is; else the default voice, slower than by default."""
    try:
        FliteVoice().check()
    except VoiceError:
        return HibariVoice(112)
    return FliteVoice(112)


@pytest.fixture(autouse=True)
def frames(tmp_path: Path) -> Iterator[None]:
    with small_frames(tmp_path / "media"), tempconfig({"frame_rate": FPS}):
        yield


def play(voice: Voice) -> Any:
    """The film after its last beat; nothing is drawn."""
    scene = Small(skip_animations=True)
    scene.voice = voice
    scene.render()
    return scene


def own(folder: Path) -> Recordings:
    return Recordings(folder, "recordings/", HibariVoice())


@pytest.fixture
def said(tmp_path: Path, reader: Voice) -> dict[str, Synthesis]:
    """A whole folder of recordings, each in a form of its own; and what was read."""
    (tmp_path / "Small").mkdir()
    scene = Small(skip_animations=True)
    scene.voice = SilentVoice()
    scene.load()
    spoken = {script.name: reader.speak(line.spoken) for script, line in scene.beat_lines()}
    for beat, (ending, rate, channels) in FORMS.items():
        sound = resample(spoken[beat].samples, spoken[beat].rate)
        around = np.zeros(RATE // 2, np.float32)
        whole = np.concatenate([around, 0.4 * sound, around])
        encode(tmp_path / "Small" / f"{beat}{ending}", whole, rate, channels)
    return spoken


def begins(track: NDArray[np.float32], sound: NDArray[np.float32]) -> float:
    """When a sound begins in a track, in seconds: where the two agree best."""
    size = len(track) + len(sound)
    product = np.fft.rfft(track, size) * np.conj(np.fft.rfft(sound, size))
    best = int(np.argmax(np.fft.irfft(product, size)))
    return (best - size if best > len(track) else best) / RATE


def test_captions_and_pictures_keep_to_the_words_in_the_sound(
    tmp_path: Path, said: dict[str, Synthesis]
) -> None:
    scene: Any = play(own(tmp_path))
    track, cues, seen = film.narration(scene), film.cues(scene), 0
    assert not scene.not_recorded()
    for record in scene.records:
        first, last = record.voice / FPS, record.end / FPS
        heard = said[record.script.name]
        sound = resample(heard.samples, heard.rate)
        part = track[round(first * RATE) : round(last * RATE)]
        offset = first + begins(part, sound)
        counts = [len(token.spoken) for token in record.line.tokens]
        starts = [heard.words[i].start + offset for i in accumulate([0, *counts[:-1]])]
        number = 0
        for cue in (c for c in cues if first - 0.01 <= c.start < last):
            assert cue.start == pytest.approx(starts[number], abs=0.15)
            number += len(cue.text.split())
            seen += 1
        for token, frame in record.cues:
            at = starts[record.tokens.index(token)]
            assert frame / FPS == pytest.approx(at, abs=2 / FPS)
    assert seen >= len(FORMS)


def test_the_picture_follows_the_reader(tmp_path: Path, said: dict[str, Synthesis]) -> None:
    slow = play(own(tmp_path))
    quick = play(own(tmp_path / "Small"))  # finds the files there, too
    assert slow.timeline.frame == quick.timeline.frame
    for record in slow.records:
        assert (record.end - record.voice) / FPS >= record.utterance.duration


def test_missing_and_changed_lines_are_listed_and_spoken_by_the_stand_in(
    tmp_path: Path, said: dict[str, Synthesis]
) -> None:
    (tmp_path / "Small" / "say_goodbye.flac").unlink()
    (tmp_path / "Small" / "move_by_a_field.txt").write_text("It stands still.\n")
    scene: NarratedScene = play(own(tmp_path))
    lacking = {"move_by_a_field": STALE, "say_goodbye": MISSING}
    assert scene.not_recorded() == lacking
    voices = [scene.voice_of(record.script, record.line).name for record in scene.records]
    assert voices == ["recording", "hibari-heart", "hibari-heart"]
    told = report.notes([Report("Small", "", (), {}, not_recorded=lacking)])
    assert told[1] == "Small say_goodbye: not yet recorded"


def test_a_recording_of_other_words_stops_the_film_in_a_line(
    tmp_path: Path, said: dict[str, Synthesis]
) -> None:
    folder = tmp_path / "Small"
    (folder / "say_goodbye.flac").unlink()
    (folder / "move_by_a_field.m4a").rename(folder / "say_goodbye.m4a")
    with pytest.raises(
        VoiceError, match=r'recordings/Small/say_goodbye\.m4a: at 0\.\d s, "goodbye"'
    ):
        play(own(tmp_path))


def test_a_film_is_out_of_date_when_a_recording_has_changed(
    tmp_path: Path, said: dict[str, Synthesis]
) -> None:
    def fingerprint() -> str:
        scene = Small(skip_animations=True)
        scene.voice = own(tmp_path)
        scene.load()
        return scene.made_by

    before = fingerprint()
    (tmp_path / "another_film.wav").touch()
    assert fingerprint() == before
    (tmp_path / "Small" / "say_goodbye.flac").write_bytes(b"")
    assert fingerprint() != before
