"""Films as Manim alone makes them: its renderer, its cache, its writer and its copies.

For a process of its own, in a copy of the project: what is undone here stays undone.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Any

from manim import CairoRenderer, Mobject, Typst, tempconfig
from manim.utils.exceptions import EndSceneEarlyException

MANIMS_COPY = Mobject.__dict__["__deepcopy__"]  # before a scene is loaded, which replaces it


def undo() -> None:
    """Take from Manim what makes it quicker wherever it is used: copies, and type that is kept."""
    from scenes.pictures import equations
    from scenes.studio import narrated

    setattr(Mobject, "__deepcopy__", MANIMS_COPY)  # noqa: B010  (no method of ours)
    # Nor are beats remembered; Manim looks at every play.
    setattr(narrated.NarratedScene, "_recalling", lambda *_: nullcontext())  # noqa: B010
    setattr(equations._OnBaseline, "set_once", _set)  # noqa: B010


def _set(words: Any, kind: type[Typst], source: str, size: float, **kwargs: Any) -> None:
    # In Manim's own folder of type, which it looks into before it sets any.
    from scenes.pictures.equations import _style

    kind.__init__(words, source, font_size=size, **_style(kwargs))
    words._settle()


def render(film: str, quality: str = "", beat: str = "") -> None:
    """Render a film; with a beat only its last picture, as `manim -s -n` does."""
    undo()
    from scenes.studio.forms import Form
    from scenes.studio.orders import chosen

    def stop(name: str) -> None:
        if name == beat:
            raise EndSceneEarlyException

    ((path, cls),) = chosen([film])
    with Form(quality).applied(path), tempconfig({"save_last_frame": bool(beat)}):
        scene = cls(renderer=CairoRenderer())
        scene.on_beat_end = stop
        scene.render()


if __name__ == "__main__":
    render(*sys.argv[1:])
