"""ForwardPass as a user gets it: rendered by Manim's command with the real voice, then measured.

Whatever is compared with the picture is taken from the finished MP4 itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from scenes.studio.settings import ROOT, voice_folder
from scenes.words.cache import VoiceCache
from scenes.words.captions import to_srt
from scenes.words.hibari import HibariVoice, NotHere
from scenes.words.sound import measure
from tests.words.listener import word_errors

FPS = 15


@dataclass(frozen=True)
class Rendered:
    """A finished film and what stands beside it."""

    path: Path
    manifest: dict[str, Any]
    sound: NDArray[np.float32]
    rate: int

    @property
    def companions(self) -> dict[str, bytes]:
        """Captions and transcript, byte for byte."""
        return {e: self.path.with_suffix(e).read_bytes() for e in (".srt", ".vtt", ".md")}


def decoded_sound(path: Path) -> tuple[NDArray[np.float32], int]:
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    return np.concatenate([f.to_ndarray()[0] for f in frames]).astype(np.float32), frames[0].rate


@pytest.fixture(scope="module", autouse=True)
def voice_is_there() -> None:
    try:
        HibariVoice().check()
    except NotHere as problem:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(problem))


def render(media: Path, kept: str, *flags: str) -> Rendered:
    """Render into ``media``, and keep a copy that the next render does not write over."""
    manim = Path(sys.executable).with_name("manim")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROP_")}
    subprocess.run(
        [manim, "-ql", "--media_dir", media, *flags, "scenes/forward_pass.py", "ForwardPass"],
        cwd=ROOT,
        env=environment,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    made = media / "videos" / "forward_pass" / "480p15"
    copy = media / kept
    copy.mkdir()
    for file in made.iterdir():
        if file.is_file():
            shutil.copy(file, copy)
    path = copy / "ForwardPass.mp4"
    manifest = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return Rendered(path, manifest, *decoded_sound(path))


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def cold(media: Path) -> Rendered:
    return render(media, "cold")


@pytest.fixture(scope="module")
def warm(media: Path, cold: Rendered) -> Rendered:
    return render(media, "warm")


@pytest.fixture(scope="module")
def uncached(media: Path, cold: Rendered, warm: Rendered) -> Rendered:
    return render(media, "uncached", "--disable_caching")


def streams(path: Path) -> dict[str, Any]:
    with av.open(str(path)) as container:
        found: dict[str, Any] = {}
        for stream in container.streams:
            packets: list[Any] = [p for p in container.demux(stream) if p.size]
            container.seek(0)
            end = max((p.pts + p.duration) * p.time_base for p in packets)
            codec: Any = stream.codec_context
            found[stream.type] = {"codec": codec.name, "packets": len(packets), "end": float(end)}
            if stream.type == "video":
                found["video"] |= {"pixels": codec.pix_fmt, "size": (codec.width, codec.height)}
        return found


def test_film_has_picture_sound_and_captions_of_one_length(cold: Rendered) -> None:
    found = streams(cold.path)
    assert found["video"]["codec"] == "h264"
    assert found["video"]["pixels"] == "yuv420p"
    assert found["video"]["size"] == (854, 480)
    assert found["audio"]["codec"] == "aac"
    assert found["subtitle"]["codec"] == "mov_text"
    seconds = cold.manifest["frames"] / FPS
    assert found["video"]["packets"] == cold.manifest["frames"]
    assert found["audio"]["end"] == pytest.approx(seconds, abs=1024 / 48_000)
    assert cold.sound.size / cold.rate == pytest.approx(seconds, abs=1024 / 48_000)
    assert found["subtitle"]["end"] <= seconds + 1e-3
    assert 60 <= seconds <= 150


def test_film_starts_to_play_before_it_is_loaded(cold: Rendered) -> None:
    data = cold.path.read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


def test_manifest_tells_each_beat_in_turn(cold: Rendered) -> None:
    beats = cold.manifest["beats"]
    assert cold.manifest["complete"] is True
    assert beats[0]["first_frame"] == 0
    assert beats[-1]["last_frame"] == cold.manifest["frames"] - 1
    for before, after in pairwise(beats):
        assert after["first_frame"] == before["last_frame"] + 1
    for beat in beats:
        words = beat["words"]
        assert " ".join(word["word"] for word in words) == beat["line"]
        assert beat["voice_frame"] / FPS <= words[0]["start"]
        assert words[-1]["end"] <= (beat["last_frame"] + 1) / FPS
    assert {value["key"] for beat in beats for value in beat["values"] if "key" in value}


def test_the_companions_lie_beside_the_film_and_nothing_else(cold: Rendered, media: Path) -> None:
    names = {path.name for path in cold.path.parent.iterdir() if path.is_file()}
    assert names == {f"ForwardPass.{end}" for end in ("mp4", "srt", "vtt", "md", "png", "json")}
    made = media / "videos" / "forward_pass" / "480p15"
    assert [path.name for path in made.iterdir() if path.is_dir()] == ["partial_movie_files"]


def test_poster_is_a_telling_frame(cold: Rendered) -> None:
    from PIL import Image

    pixels = np.asarray(Image.open(cold.path.with_suffix(".png")).convert("L"), dtype=float)
    assert pixels.shape == (480, 854)
    drawn = np.abs(pixels - np.median(pixels)) > 60
    assert 0.01 < drawn.mean() < 0.5


def test_cold_warm_and_uncached_are_the_same_film(
    cold: Rendered, warm: Rendered, uncached: Rendered
) -> None:
    for other in (warm, uncached):
        assert streams(other.path)["video"] == streams(cold.path)["video"]
        assert other.companions == cold.companions
        assert other.manifest == cold.manifest


def onset(film: Rendered, beat: dict[str, Any]) -> float:
    """Where in the MP4's sound a beat's line begins, in seconds, found by cross-correlation."""
    line = VoiceCache(voice_folder()).utter(HibariVoice(), beat["spoken"])
    pattern = line.samples()[: 2 * film.rate]
    guess = beat["first_frame"] / FPS
    start = max(0, round((guess - 1.0) * film.rate))
    window = film.sound[start : start + pattern.size + 3 * film.rate]
    size = 1 << (window.size + pattern.size).bit_length()
    spectrum = np.fft.rfft(window, size) * np.conj(np.fft.rfft(pattern, size))
    match = np.fft.irfft(spectrum, size)[: window.size - pattern.size + 1]
    return float((start + int(np.argmax(match))) / film.rate)


def test_sound_starts_with_each_beat_to_within_a_frame(
    cold: Rendered, warm: Rendered, uncached: Rendered
) -> None:
    for film in (cold, warm, uncached):
        for beat in film.manifest["beats"]:
            picture = beat["voice_frame"] / FPS
            assert abs(onset(film, beat) - picture) <= 1 / FPS, beat["name"]


def test_picture_changes_where_a_beat_begins(cold: Rendered) -> None:
    """Seen in the decoded picture: at rest before a beat, changed within three seconds of it."""
    starts = [beat["first_frame"] for beat in cold.manifest["beats"][1:]]
    wanted = {f + d for f in starts for d in (-3, -1, 3 * FPS)}
    seen: dict[int, NDArray[np.float64]] = {}
    with av.open(str(cold.path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                seen[number] = frame.to_ndarray(format="gray8").astype(float)
    for start in starts:
        rest = np.abs(seen[start - 1] - seen[start - 3])
        move = np.abs(seen[start + 3 * FPS] - seen[start - 1])
        assert (rest > 40).sum() < 20, f"the picture still moves before frame {start}"
        assert (move > 40).sum() > 100, f"nothing changes after frame {start}"


def test_captions_inside_the_film_are_those_beside_it(cold: Rendered) -> None:
    from scenes.words.captions import Cue

    cues = []
    with av.open(str(cold.path)) as container:
        stream = container.streams.subtitles[0]
        packets: list[Any] = [p for p in container.demux(stream) if p.size]
        for packet in packets:
            text = bytes(packet)[2:].decode()
            start = float(packet.pts * packet.time_base)
            if text:
                end = start + float(packet.duration * packet.time_base)
                cues.append(Cue(start, end, text))
    assert to_srt(cues).encode() == cold.companions[".srt"]


def test_captions_are_short_enough_to_read(cold: Rendered) -> None:
    blocks = cold.companions[".srt"].decode().strip().split("\n\n")
    assert len(blocks) > 20
    for block in blocks:
        lines = block.splitlines()[2:]
        assert len(lines) <= 2
        assert all(len(line) <= 42 for line in lines)


def test_the_voice_is_as_loud_as_it_should_be(cold: Rendered) -> None:
    loudness = measure(cold.sound)
    assert loudness.integrated == pytest.approx(-16.0, abs=1.0)
    assert loudness.true_peak <= -1.0


def test_an_independent_listener_understands_the_film(cold: Rendered) -> None:
    pytest.importorskip("pocketsphinx", reason="no wheel for this Python yet")

    def heard(beat: dict[str, Any]) -> tuple[str, NDArray[np.float32], int]:
        first = round(beat["voice_frame"] / FPS * cold.rate)
        last = round((beat["last_frame"] + 1) / FPS * cold.rate)
        return beat["spoken"], cold.sound[first:last], cold.rate

    hearing = word_errors([heard(beat) for beat in cold.manifest["beats"]])
    print(f"word error rate {hearing.wer:.1%} of {hearing.words} words; worst: {hearing.worst}")
    assert hearing.wer <= 0.30, hearing.worst
