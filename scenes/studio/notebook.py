"""Films and clips in a notebook."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

from scenes.studio import clips, orders
from scenes.studio.errors import StudioError
from scenes.studio.forms import ASPECTS, QUALITIES, Form
from scenes.studio.manifest import ClipEntry
from scenes.studio.orders import Order
from scenes.studio.outputs import TYPES, inside


@dataclass(frozen=True)
class Shown:
    """A clip that a notebook displays: film, captions and alternative text, all inside."""

    title: str
    alt: str
    film: Path
    captions: Path
    width: int

    def _repr_html_(self) -> str:
        return (
            f'<video controls playsinline style="width: 100%; max-width: {self.width}px" '
            f'aria-label="{html.escape(self.alt)}" title="{html.escape(self.title)}">'
            f'<source src="{inside(self.film)}" type="{TYPES["mp4"]}">'
            f'<track kind="captions" srclang="en" label="English" '
            f'src="{inside(self.captions)}" default>'
            "</video>"
        )


def show(
    film: str,
    beat: str | None = None,
    *,
    quality: str = "",
    aspect: str = "16:9",
    theme: str | None = None,
    silent: bool = False,
) -> Shown:
    """A finished film, or one of its beats, to be displayed in a notebook with its captions.

    ``film`` is the name of its class, such as "ForwardPass"; ``beat`` the name of the beat's
    method, such as "bend_it". The other arguments say which form of the film, as in the command
    ``studio clips``; clips that are missing are cut. Raises StudioError, in one line, for a name
    that is not there and for a film that has not been made.
    """
    if quality not in QUALITIES or aspect not in ASPECTS:
        raise StudioError(
            f"show: {quality!r}, {aspect!r} is no quality and aspect (allowed: "
            f"{', '.join(filter(None, QUALITIES))} or nothing; {', '.join(ASPECTS)})"
        )
    form = Form(quality, aspect, theme=theme, silent=silent)
    ((path, cls),) = orders.chosen([film])
    finished = clips.read(Order.of(path, cls, form))
    folder = clips.folder_of(form)
    (entry,) = clips.entries_or_cut([finished], folder)
    beats = {clip["beat"]: clip for clip in entry["beats"]}
    if beat is not None and beat not in beats:
        raise StudioError(f"{film}: {beat!r} is not a beat (allowed: {', '.join(beats)})")
    clip: ClipEntry = beats[beat] if beat is not None else entry
    files = clip["files"]
    return Shown(
        clip["title"], clip["alt"], folder / files["mp4"], folder / files["vtt"], entry["size"][0]
    )
