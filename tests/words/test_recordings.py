from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from scenes.words import forced, sound
from scenes.words.cache import Utterance, VoiceCache
from scenes.words.flite import FliteVoice
from scenes.words.hibari import HibariVoice
from scenes.words.recordings import LONGEST, MISSING, STALE, Recording, Recordings, StandIn
from scenes.words.silent import SilentVoice
from scenes.words.voice import Synthesis, Voice, VoiceError
from scenes.words.voices import voice_named
from scenes.words.wav import RATE, read_sound, resample, wav_bytes

pytestmark = pytest.mark.skipif(not forced.is_here(), reason="pocketsphinx is not installed")

LINE = "The sigmoid curve squeezes any z into a value, about zero point four."
WRONG = {
    "another word": (LINE.replace("squeezes", "stretches"), "stretches", 1.0),
    "another number": (LINE.replace("four", "nine"), "nine", 3.9),
    "a sentence more": (f"{LINE} Then add the bias.", "then", 4.2),
    "another line": ("Reverse mode multiplies a vector by a matrix.", "reverse", 0.0),
}
FILMS = ("Mine", "ForwardPass")


@pytest.fixture(scope="module")
def reader(voice: HibariVoice) -> Synthesis:
    """Somebody who reads the line: Flite where it is, else another pace of the default voice."""
    other: Voice = FliteVoice(120)
    try:
        other.check()
    except VoiceError:
        other = HibariVoice(115)
    return other.speak(LINE)


def encode(path: Path, samples: NDArray[np.float32], rate: int, channels: int = 1) -> None:
    codec = {".wav": "pcm_s16le", ".flac": "flac", ".mp3": "libmp3lame", ".m4a": "aac"}[path.suffix]
    layout = "mono" if channels == 1 else "stereo"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)
        sounded = np.repeat(resample(samples, RATE, rate)[np.newaxis], channels, axis=0)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sounded), "fltp", layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(stream.format, layout, rate, stream.frame_size or None)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def room(reader: Synthesis) -> NDArray[np.float32]:
    """The reading as a microphone gets it: soft, noise before and after, a breath, a click."""
    said = resample(reader.samples, reader.rate)
    noise = np.random.default_rng(1)
    whole = np.concatenate([np.zeros(2 * RATE), 0.3 * said, np.zeros(RATE)]).astype(np.float32)
    whole += noise.normal(0, 0.0005, len(whole)).astype(np.float32)
    whole[RATE : RATE + RATE // 4] += noise.normal(0, 0.004, RATE // 4).astype(np.float32)
    whole[-RATE // 5 : -RATE // 5 + 200] += 0.3
    return whole


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture(scope="module")
def recorded(folder: Path, room: NDArray[np.float32]) -> Utterance:
    path = folder / "bend_it.wav"
    path.write_bytes(wav_bytes(room))
    return VoiceCache(folder / "cache").utter(Recording(path, "bend_it.wav"), LINE)


def test_the_words_are_found_where_the_reader_says_them(
    recorded: Utterance, reader: Synthesis
) -> None:
    said = reader.words
    assert [w.text for w in recorded.words] == [w.text.lower() for w in said]
    begins = recorded.words[0].start - said[0].start
    off = [w.start - s.start - begins for w, s in zip(recorded.words, said, strict=True)]
    assert np.median(np.abs(off)) < 0.04
    assert np.abs(off).max() < 0.15


def test_silence_breath_and_click_are_cut_off(recorded: Utterance, reader: Synthesis) -> None:
    talking = reader.words[-1].end - reader.words[0].start
    assert talking - 0.05 < recorded.duration < talking + 0.6
    assert recorded.words[0].start <= 0.15


def test_a_line_is_levelled(recorded: Utterance) -> None:
    found = sound.measure(recorded.samples())
    assert found.integrated == pytest.approx(-16, abs=0.3)
    assert found.true_peak <= -1.5


@pytest.mark.parametrize(
    ("ending", "rate", "channels"),
    [(".wav", 22_050, 1), (".flac", 44_100, 2), (".mp3", 44_100, 2), (".m4a", 48_000, 1)],
)
def test_files_of_all_kinds_are_read(
    tmp_path: Path,
    reader: Synthesis,
    ending: str,
    rate: int,
    channels: int,
) -> None:
    path = tmp_path / f"bend_it{ending}"
    said = resample(reader.samples, reader.rate)
    encode(path, said, rate, channels)
    read = read_sound(path, LONGEST)
    assert len(read) / RATE == pytest.approx(len(said) / RATE, abs=0.1)
    assert np.sqrt(np.mean(read**2)) == pytest.approx(np.sqrt(np.mean(said**2)), rel=0.2)


@pytest.mark.parametrize("kind", WRONG)
def test_other_words_are_refused_in_a_line(
    folder: Path, recorded: Utterance, reader: Synthesis, kind: str
) -> None:
    line, word, _ = WRONG[kind]
    with pytest.raises(VoiceError) as refused:
        Recording(folder / "bend_it.wav", "recordings/bend_it.wav").speak(line)
    told = str(refused.value)
    assert told.startswith("recordings/bend_it.wav: at ")
    assert word in told.split('"')[1]
    assert told.endswith("is heard (record it again, or delete the file)")
    assert "\n" not in told


def test_the_line_tells_when_the_words_part(folder: Path, recorded: Utterance) -> None:
    line, _, _ = WRONG["another word"]
    with pytest.raises(VoiceError) as refused:
        Recording(folder / "bend_it.wav", "bend_it.wav").speak(line)
    # Two seconds pass in the file before the first word.
    cut_off = 2.0 - recorded.words[0].start
    said = recorded.words[3].start + cut_off
    assert float(str(refused.value).split()[2]) == pytest.approx(said, abs=0.3)


def silence(path: Path) -> None:
    path.write_bytes(wav_bytes(np.zeros(RATE, np.float32)))


def long(path: Path) -> None:
    # Silence takes next to no room in FLAC, whatever its length.
    encode(path.with_suffix(".flac"), np.zeros(121 * RATE, np.float32), 8000)
    path.with_suffix(".flac").rename(path)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path.write_bytes(b""), "is no sound file"),
        (lambda path: path.write_text("these are words\n" * 40), "is no sound file"),
        (Path.mkdir, "Is a directory"),
        (silence, "is silent"),
        (lambda path: path.write_bytes(wav_bytes(np.zeros(0, np.float32))), "holds no sound"),
        (long, "is longer than 120 s"),
    ],
)
def test_what_is_no_recording_is_refused_in_a_line(
    tmp_path: Path, make: Callable[[Path], object], told: str
) -> None:
    path = tmp_path / "bend_it.wav"
    make(path)
    recordings = Recordings(tmp_path, "mine/", SilentVoice())
    with pytest.raises(VoiceError, match=r"mine/bend_it\.wav: .*delete the file") as refused:
        VoiceCache(tmp_path / "cache").utter(recordings.voice_of(FILMS, "bend_it", LINE), LINE)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_each_beat_has_its_own_recording_or_the_stand_in(tmp_path: Path) -> None:
    (tmp_path / "ForwardPass").mkdir()
    for name in ("ForwardPass/bend_it.FLAC", "bend_it.wav", "add.mp3", "notes.txt"):
        (tmp_path / name).touch()
    recordings = Recordings(tmp_path, "mine/", SilentVoice())
    found = recordings.voice_of(FILMS, "bend_it", LINE)
    assert found == Recording(
        tmp_path / "ForwardPass/bend_it.FLAC", "mine/ForwardPass/bend_it.FLAC"
    )
    assert recordings.voice_of(FILMS, "add", LINE) == Recording(
        tmp_path / "add.mp3", "mine/add.mp3"
    )
    assert recordings.voice_of(FILMS, "notes", LINE) == StandIn(recordings.stand_in)
    assert recordings.lacks(FILMS, "notes", LINE) == MISSING
    assert not recordings.lacks(FILMS, "add", LINE)


def test_two_recordings_of_one_beat_are_refused(tmp_path: Path) -> None:
    (tmp_path / "add.mp3").touch()
    (tmp_path / "add.wav").touch()
    with pytest.raises(VoiceError, match=r"mine/add\.mp3 and add\.wav: two"):
        Recordings(tmp_path, "mine/", SilentVoice()).file_of(FILMS, "add")


def test_a_line_that_has_changed_is_not_spoken_with_the_old_words(tmp_path: Path) -> None:
    (tmp_path / "add.wav").touch()
    (tmp_path / "add.txt").write_text("Add the bias; then bend it.\n")
    recordings = Recordings(tmp_path, "mine/", SilentVoice())
    same = "add the bias, then bend it"
    assert isinstance(recordings.voice_of(FILMS, "add", same), Recording)
    assert recordings.voice_of(FILMS, "add", f"{same} twice") == StandIn(recordings.stand_in)
    assert recordings.lacks(FILMS, "add", f"{same} twice") == STALE


def test_the_stand_in_is_as_loud_as_recordings(voice: HibariVoice) -> None:
    said = StandIn(voice).speak(LINE)
    assert sound.measure(said.samples).integrated == pytest.approx(-16, abs=0.3)


def test_a_changed_file_is_looked_at_again_and_an_unchanged_one_is_not(
    tmp_path: Path, room: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, cache = tmp_path / "bend_it.wav", VoiceCache(tmp_path / "cache")
    path.write_bytes(wav_bytes(room))
    first = cache.utter(Recording(path, "x"), LINE)
    with monkeypatch.context() as patch:
        patch.setattr(Recording, "speak", None)
        assert cache.utter(Recording(path, "x"), LINE) == first
    path.write_bytes(wav_bytes(np.zeros(RATE, np.float32)))
    with pytest.raises(VoiceError, match="silent"):
        cache.utter(Recording(path, "x"), LINE)


def test_without_the_recogniser_words_go_by_syllables_and_a_warning_says_so(
    tmp_path: Path,
    room: NDArray[np.float32],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(forced, "is_here", lambda: False)
    path = tmp_path / "bend_it.wav"
    path.write_bytes(wav_bytes(room))
    with caplog.at_level(logging.WARNING):
        said = Recording(path, "mine/bend_it.wav").speak(LINE)
    assert len(said.words) == len(LINE.split())
    assert "mine/bend_it.wav: not compared with its line" in caplog.text


def test_a_folder_is_a_voice(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    named = voice_named("mine/", base=tmp_path)
    assert isinstance(named, Recordings)
    assert named.folder == tmp_path / "mine"
    assert isinstance(voice_named("mine", base=tmp_path), Recordings)
    with pytest.raises(VoiceError, match=r"yours/: there is no such folder.*studio record"):
        voice_named("yours/", base=tmp_path)
