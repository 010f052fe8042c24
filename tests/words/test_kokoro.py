"""Kokoro's loading code on a model of the right form that hums: no real one is needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenes.words import kokoro
from scenes.words.kokoro import KokoroVoice
from scenes.words.voice import VoiceError
from scenes.words.voices import voice_named

pytest.importorskip("onnxruntime")

FLOAT, INT32, INT64 = 1, 6, 7


def _field(number: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return bytes([number << 3, content])
    size, length = len(content), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def _value(name: str, kind: int, *sizes: str) -> bytes:
    dimensions = b"".join(_field(1, _field(2, size.encode())) for size in sizes)
    tensor = _field(1, kind) + _field(2, dimensions)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _write_model(path: Path, tokens: str, speed: int) -> None:
    """A model whose sound is the style vector itself."""
    node = _field(1, b"style") + _field(2, b"audio") + _field(4, b"Identity")
    graph = _field(1, node) + _field(2, b"hum")
    graph += _field(11, _value(tokens, INT64, "one", "length"))
    graph += _field(11, _value("style", FLOAT, "one", "width"))
    graph += _field(11, _value("speed", speed, "one"))
    graph += _field(12, _value("audio", FLOAT, "one", "width"))
    model = _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))
    path.write_bytes(model)


@pytest.fixture(params=[("tokens", FLOAT), ("input_ids", INT32)], ids=["old", "new"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "kokoro-v1.0.onnx"
    _write_model(path, *request.param)
    styles = np.arange(510 * 256, dtype=np.float32).reshape(510, 1, 256) / (510 * 256)
    with (tmp_path / "voices-v1.0.bin").open("wb") as file:
        np.savez(file, af_heart=styles, bm_george=-styles)
    return path


def test_a_line_is_read_sentence_by_sentence_in_the_style_of_its_length(model: Path) -> None:
    voice = voice_named(str(model))
    assert isinstance(voice, KokoroVoice)
    said = voice.speak("One. Two, three.")
    assert said.samples.shape == (2 * 256,)
    first, second = said.samples[0] * 510, said.samples[256] * 510
    assert (first, second) == pytest.approx((len("wˈʌn."), len("tˈu, θɹˈi.")), abs=0.01)
    assert [word.text for word in said.words] == ["One", "Two", "three"]


def test_another_speaker_is_named_after_a_colon(model: Path) -> None:
    voice = voice_named(f"{model}:bm_george")
    assert voice.name == "kokoro-bm_george"
    assert voice.speak("One.").samples.max() < 0


def test_what_is_missing_beside_the_model_is_said_in_one_line(model: Path) -> None:
    with pytest.raises(VoiceError, match=r"has no 'hal' \(allowed: af_heart, bm_george"):
        voice_named(f"{model}:hal").check()
    (model.parent / "voices-v1.0.bin").unlink()
    kokoro._engine.cache_clear()
    with pytest.raises(VoiceError, match=r"beside it is no file of voices"):
        voice_named(str(model)).check()
    model.write_bytes(b"no model")
    with pytest.raises(VoiceError, match="is no model of Kokoro"):
        voice_named(str(model)).check()
