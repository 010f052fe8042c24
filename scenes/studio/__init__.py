"""What makes a film of a scene: beats in step with the voice, and the machine set up for it."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    # Not imported before it is asked for: what sets a machine up must run without Manim.
    if name == "show":
        from scenes.studio.notebook import show

        return show
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
