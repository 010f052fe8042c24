"""Helper process: one line of text in, one WAV and its word times out, by Flite's C library.

``python -m scenes.words.flite_process`` reads a JSON object from standard input:

    {"text": "...", "wav": "out.wav", "stretch": 1.03, "phones": {"jacobian": "jh ax0 ..."},
     "pauses": {",": 0.2, ...}}

``text`` is lower-case words with the marks ``. , ? ;``; ``pauses`` gives the shortest silence
after each mark in seconds. It writes a 16 bit mono WAV and prints
``{"words": [[text, start, end], ...]}`` with times in seconds, one entry for each word of the text.
With ``{"probe": true}`` it only loads the library. It ends with status 3 when the library is
missing, and prints what could not be loaded.

A fresh process for each line, for two reasons: Flite's samples depend on what the process has said
before, and a fault in a C library ends the helper, not the film.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import glob
import json
import os
import re
import sys
import tempfile
import wave
from array import array
from typing import Any

MISSING = 3
_LIBRARIES = ("flite", "flite_usenglish", "flite_cmulex", "flite_cmu_us_rms")
_FOLDERS = ("/opt/homebrew/lib", "/usr/local/lib", "/home/linuxbrew/.linuxbrew/lib")
_EDGE = 0.06  # seconds of Flite's own silence kept around a sentence, so that no sound is cut


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("rate", ctypes.c_int),
        ("length", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class _Voice(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


def _candidates(name: str) -> list[str]:
    """File names under which a system may keep a library, the likeliest first."""
    if sys.platform == "darwin":
        names = [f"lib{name}.1.dylib", f"lib{name}.dylib"]
        for folder in _FOLDERS:
            names += sorted(glob.glob(f"{folder}/lib{name}.*dylib"))
    else:
        names = [f"lib{name}.so.1"]
        for folder in _FOLDERS:
            names += sorted(glob.glob(f"{folder}/lib{name}.so*"))
    found = ctypes.util.find_library(name)
    return [*names, found] if found else names


def _load(name: str) -> ctypes.CDLL:
    for candidate in _candidates(name):
        try:
            return ctypes.CDLL(candidate, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
    raise OSError(f"lib{name} could not be loaded")


class Flite:
    """The C library with the voice ``cmu_us_rms``; raises OSError where it is missing."""

    def __init__(self) -> None:
        """Load and start the library."""
        libraries = [_load(name) for name in _LIBRARIES]
        self._c = libraries[0]
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        voice = ctypes.POINTER(_Voice)
        for function, result, arguments in (
            ("feat_set_float", None, (pointer, text, ctypes.c_float)),
            ("flite_voice_add_lex_addenda", ctypes.c_int, (voice, text)),
            ("flite_synth_text", pointer, (text, voice)),
            ("utt_wave", ctypes.POINTER(_Wave), (pointer,)),
            ("utt_relation", pointer, (pointer, text)),
            ("relation_head", pointer, (pointer,)),
            ("item_next", pointer, (pointer,)),
            ("ffeature_float", ctypes.c_float, (pointer, text)),
            ("delete_utterance", None, (pointer,)),
        ):
            entry = getattr(self._c, function)
            entry.restype, entry.argtypes = result, arguments
        self._c.flite_init()
        register = libraries[-1].register_cmu_us_rms
        register.restype, register.argtypes = voice, (text,)
        self._voice = register(None)

    def stretch(self, factor: float) -> None:
        """Make every sound ``factor`` times as long."""
        features = self._voice.contents.features
        self._c.feat_set_float(features, b"duration_stretch", factor)

    def teach(self, phones: dict[str, str]) -> None:
        """Add pronunciations to the lexicon (Flite reads them from a file only)."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "addenda.txt")
            with open(path, "w", encoding="ascii") as file:
                file.writelines(f"{word} : {sounds}\n" for word, sounds in phones.items())
            self._c.flite_voice_add_lex_addenda(self._voice, os.fsencode(path))

    def sentence(self, text: str) -> tuple[int, array[int], list[tuple[float, float]]]:
        """Rate, samples, and the start and end of every word that white space separates."""
        utterance = self._c.flite_synth_text(text.encode("ascii"), self._voice)
        sound = self._c.utt_wave(utterance).contents
        samples = array("h", sound.samples[: sound.length])
        words: list[tuple[float, float]] = []
        item = self._c.relation_head(self._c.utt_relation(utterance, b"Token"))
        while item:
            first, last = b"daughter1.", b"daughtern."
            start = self._c.ffeature_float(
                item, first + b"R:SylStructure.daughter1.daughter1.R:Segment.p.end"
            )
            end = self._c.ffeature_float(
                item, last + b"R:SylStructure.daughtern.daughtern.R:Segment.end"
            )
            words.append((start, end))
            item = self._c.item_next(item)
        rate = int(sound.rate)
        self._c.delete_utterance(utterance)
        return rate, samples, words


def speak(flite: Flite, request: dict[str, Any]) -> dict[str, Any]:
    """Speak ``request["text"]`` into the WAV file ``request["wav"]``; see the module's text."""
    flite.stretch(float(request["stretch"]))
    flite.teach(request["phones"])
    pauses: dict[str, float] = request["pauses"]
    track, rate = array("h"), 16000
    times: list[list[str | float]] = []
    # One sentence at a time, as Flite itself reads: each gets its own falling tone.
    for sentence in re.findall(r"[^.?]+[.?]?", request["text"]):
        written = sentence.split()
        if not written:
            continue
        rate, samples, words = flite.sentence(sentence.strip())
        if len(words) != len(written):
            raise RuntimeError(f"Flite read {len(words)} words in {sentence.strip()!r}")
        cursor = max(0, round((words[0][0] - _EDGE) * rate))
        for i, (word, (start, end)) in enumerate(zip(written, words, strict=True)):
            offset = (len(track) - cursor) / rate
            times.append([word.rstrip(".,?;"), start + offset, end + offset])
            following = words[i + 1][0] if i + 1 < len(words) else None
            lacking = pauses.get(word[-1], 0.0)
            if following is None:
                stop = round((end + _EDGE) * rate)
                track.extend(samples[cursor:stop])
                track.extend([0] * round((lacking - 2 * _EDGE) * rate))
            elif lacking > following - end:
                stop = round((end + following) / 2 * rate)
                track.extend(samples[cursor:stop])
                track.extend([0] * round((lacking - (following - end)) * rate))
                cursor = stop
    # The last pause belongs to whoever places the line.
    last = float(times[-1][2]) if times else 0.0
    del track[round((last + _EDGE) * rate) :]
    with wave.open(request["wav"], "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(track.tobytes())
    return {"words": times}


def main() -> int:
    """Serve one request from standard input."""
    request = json.load(sys.stdin)
    # Flite prints its complaints on standard output: send them to the other stream, as no answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        flite = Flite()
    except (OSError, AttributeError) as error:  # no library, or one without a function we need
        print(error, file=sys.stderr)
        return MISSING
    answer = {"words": []} if request.get("probe") else speak(flite, request)
    with answers:
        json.dump(answer, answers)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
