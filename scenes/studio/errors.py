"""What a user did that cannot be carried out, said in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from scenes.maths.lesson.model import LessonError
from scenes.words.script import LineError
from scenes.words.voice import VoiceError


class StudioError(Exception):
    """A request that cannot be carried out; its text is one line that says how to mend it."""


PROBLEMS = (LessonError, LineError, VoiceError, StudioError, OSError)
"""What the user can mend: said in one line, and never with a traceback."""


def fail(problem: Exception | str) -> NoReturn:
    """End the programme with one clear line and exit code 2."""
    line = str(problem)
    if isinstance(problem, OSError):
        line = str(problem.strerror or problem)
        if problem.filename:
            line = f"{problem.filename}: {line}"
    sys.stderr.write(line.replace("\n", " ") + "\n")
    raise SystemExit(2)


@contextmanager
def one_clear_line() -> Iterator[None]:
    """A problem ends the programme in one clear line, and exit code 2."""
    try:
        yield
    except PROBLEMS as problem:
        fail(problem)
