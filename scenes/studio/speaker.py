"""Who speaks the films of a lesson. Manim is not needed for it."""

from __future__ import annotations

from scenes.maths.lesson.model import Lesson
from scenes.words import voices
from scenes.words.voice import Voice


def speaker_of(lesson: Lesson) -> Voice:
    """The voice that the environment asks for, or else the lesson; raises VoiceError."""
    return voices.chosen(lesson.voice.name, lesson.voice.pace, lesson.source)
