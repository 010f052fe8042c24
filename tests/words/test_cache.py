from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from scenes.words.cache import Utterance, VoiceCache, write_whole
from scenes.words.silent import SilentVoice
from scenes.words.voice import SpokenWord, Synthesis, VoiceError
from scenes.words.wav import RATE


class Restless:
    """A voice that never says a text the same way twice, and counts what it says."""

    name = "restless"
    version = "1"

    def __init__(self, **settings: float) -> None:
        self.settings: Mapping[str, str | float] = settings
        self.said = 0

    def check(self) -> None:
        pass

    def speak(self, text: str) -> Synthesis:
        self.said += 1
        dice = np.random.default_rng()
        samples = dice.uniform(-0.5, 0.5, 1600 + int(dice.integers(800))).astype(np.float32)
        return Synthesis(samples, 16_000, (SpokenWord(text, 0.0, len(samples) / 16_000),))


def test_what_was_said_is_not_said_again(tmp_path: Path) -> None:
    voice = Restless()
    first = VoiceCache(tmp_path).utter(voice, "one")
    second = VoiceCache(tmp_path).utter(voice, "one")
    assert first == second
    assert voice.said == 1
    assert len(second.samples()) / RATE == second.duration


def test_text_voice_settings_and_version_each_make_another_entry(tmp_path: Path) -> None:
    cache = VoiceCache(tmp_path)
    plain, faster, newer, other = Restless(), Restless(rate=2), Restless(), Restless()
    newer.version, other.name = "2", "other"
    uttered = {cache.utter(voice, "one").wav for voice in (plain, faster, newer, other)}
    uttered.add(cache.utter(plain, "two").wav)
    assert len(uttered) == 5


def _spoil_by_cutting(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def _spoil_by_emptying(path: Path) -> None:
    path.write_bytes(b"")


def _spoil_by_removing(path: Path) -> None:
    path.unlink()


def _spoil_by_changing(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"d", b"e"))


def _spoil_by_other_json(path: Path) -> None:
    path.write_bytes(b"[1, 2]")


@pytest.mark.parametrize("kind", [".wav", ".json"])
@pytest.mark.parametrize(
    "spoil",
    [
        _spoil_by_cutting,
        _spoil_by_emptying,
        _spoil_by_removing,
        _spoil_by_changing,
        _spoil_by_other_json,
    ],
)
def test_a_damaged_entry_is_remade(tmp_path: Path, kind: str, spoil: object) -> None:
    voice, cache = SilentVoice(), VoiceCache(tmp_path)
    made = cache.utter(voice, "one two")
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (damaged,) = tmp_path.glob(f"*{kind}")
    assert callable(spoil)
    spoil(damaged)
    assert cache.utter(voice, "one two") == made
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == whole


def test_nothing_half_written_is_left_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "file", b"data")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(VoiceError) as refusal:
        VoiceCache(tmp_path / "file" / "voice").utter(SilentVoice(), "one")
    message = str(refusal.value)
    assert str(tmp_path / "file" / "voice") in message
    assert "Not a directory" in message
    assert len(message.splitlines()) == 1


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write to any folder"
)
def test_a_read_only_folder_serves_what_it_has_and_refuses_the_rest(tmp_path: Path) -> None:
    cache = VoiceCache(tmp_path)
    made = cache.utter(SilentVoice(), "one")
    tmp_path.chmod(0o555)
    try:
        assert cache.utter(SilentVoice(), "one") == made
        with pytest.raises(VoiceError, match="cannot be written"):
            cache.utter(SilentVoice(), "two")
    finally:
        tmp_path.chmod(0o755)


def _utter_all(folder: str, seed: int) -> list[Utterance]:
    cache, texts = VoiceCache(folder), ["one", "two", "three", "four"]
    uttered = []
    for _ in range(5):
        for text in np.random.default_rng(seed).permutation(texts):
            utterance = cache.utter(Restless(), str(text))
            # The sound is whole, and it is the sound that the words belong to.
            assert hashlib.sha256(utterance.wav.read_bytes()).hexdigest() == utterance.wav.stem
            assert len(utterance.samples()) / RATE == utterance.duration
            assert abs(utterance.words[-1].end - utterance.duration) < 1e-4
            uttered.append(utterance)
    return uttered


def test_eight_processes_share_a_folder(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        everything = pool.starmap(_utter_all, [(str(tmp_path), seed) for seed in range(8)])
    assert len(everything) == 8
    # In the end all agree: who asks now gets one answer, and no partial file is left.
    last = {text: VoiceCache(tmp_path).utter(Restless(), text) for text in ("one", "two")}
    assert last == {text: VoiceCache(tmp_path).utter(Restless(), text) for text in last}
    assert not list(tmp_path.glob(".*"))
