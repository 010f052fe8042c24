"""What a change of the lesson does to a film."""

from __future__ import annotations

from pathlib import Path

from scenes.studio import film as film_making
from scenes.studio.settings import ASSETS
from tests.stages import film, played, small_frames, sources


def changed_lesson(folder: Path) -> Path:
    text = (ASSETS / "lesson.toml").read_text(encoding="utf-8")
    assert "[0.7, -1.0]" in text
    path = folder / "changed.toml"
    path.write_text(text.replace("[0.7, -1.0]", "[0.9, -1.0]", 1), encoding="utf-8")
    return path


def test_one_changed_weight_changes_numbers_speech_captions_and_transcript(
    tmp_path: Path,
) -> None:
    fingerprints = set()
    for lesson, weight, spoken, total, other in (
        (None, "0.7", "Zero point seven times", "-0.85", "-0.75"),
        (changed_lesson(tmp_path), "0.9", "Zero point nine times", "-0.75", "-0.85"),
    ):
        with small_frames(tmp_path):
            run, ends = played(film("forward_pass", "weigh_the_inputs", "add_the_bias"), lesson)
        line, shown = run.scene.records[0].line, sources(ends)
        captions = " ".join(cue.text.replace("\n", " ") for cue in film_making.cues(run.scene))
        for told in (line.shown, captions, film_making.transcript(run.scene)):
            assert f"{weight} times 0.5" in told
        assert weight in shown
        assert total in shown
        assert other not in shown
        assert spoken in line.spoken
        fingerprints.add(run.scene.fingerprint_of(run.scene.reads))
    assert len(fingerprints) == 2
