"""Each film's emblem, found by the film's name."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from manim import VGroup

from scenes.maths.lesson.model import Lesson
from scenes.pictures import theme
from scenes.pictures.equations import Words
from scenes.studio.catalogue import Entry


def emblem_of(film: Entry, lesson: Lesson) -> VGroup:
    """What ``emblem`` in the film's pictures draws; its initial where it has no such function."""
    name = f"scenes.pictures.{film.stem}"
    draw = getattr(importlib.import_module(name), "emblem", None) if find_spec(name) else None
    if draw is None:
        return VGroup(Words(film.title[0], size=theme.SIZE.title))
    drawn: VGroup = draw(lesson)
    return drawn
