"""Decks of clips, one clip a slide, the narration as notes: for the browser and for PowerPoint.

Beside the HTML deck lie presentation files for ``manim-slides present``. Its own converter to HTML
fetches reveal.js from the network, and its own converter to PowerPoint knows neither titles nor
posters nor alternative text nor captions; so the decks are made here, with reveal.js and
python-pptx.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageColor
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Emu, Pt

from scenes.studio import catalogue, settings
from scenes.studio.errors import StudioError
from scenes.studio.manifest import BeatEntry, FilmEntry, as_json
from scenes.studio.outputs import (
    MEDIA,
    TYPES,
    as_it_is,
    deliver,
    made_in,
    playable,
    put,
    refuse_strangers,
    rendered,
    shown,
)

ASSETS = settings.ASSETS / "slides"
REVEAL = settings.ASSETS / "reveal"
PRESENTATIONS = "slides"
"""The folder of the presentation files, where ``manim-slides present`` looks for them."""

_GENERATOR = "Backpropagation, seen: slides"
_LONGER = 12_192_000
"""English Metric Units of a slide's longer side: 13.33 inches, as PowerPoint's own wide slides."""

# PowerPoint's captions, as [MS-PPTX] has them: a part of text/vtt that belongs to the slide, and a
# list of tracks inside the film's own extension.
_TRACK = "http://schemas.microsoft.com/office/2017/04/relationships/track"
_TRACKS = """
<p14:extLst xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main"
    xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">
  <p:ext uri="{{3AFAAA56-56D3-431D-BCD4-E75A35582382}}">
    <p173:tracksInfo xmlns:p173="http://schemas.microsoft.com/office/powerpoint/2017/3/main"
        xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        displayLoc="media">
      <p173:trackLst>
        <p173:track id="{{{number}}}" label="English" lang="en" r:embed="{reference}"/>
      </p173:trackLst>
    </p173:tracksInfo>
  </p:ext>
</p14:extLst>
"""


# -- for the browser


def make_html(films: Sequence[FilmEntry], clips: Path, folder: Path) -> Path:
    """Make the deck of films in a folder: one page with its media and presentation files beside.

    Raises StudioError where a page of somebody else stands in its place.
    """
    target = folder / "index.html"
    refuse_strangers(target, _GENERATOR)
    ground = _ground(films, clips)
    media = {f"{MEDIA}/{name}": clips / name for film in films for name in _media(film)}
    presentations = {
        f"{PRESENTATIONS}/{film['scene']}.json": _presentation(film, ground) for film in films
    }
    deliver(folder, media, presentations | {target.name: _deck(films, clips, ground)})
    return target


def _media(film: FilmEntry) -> list[str]:
    """The files that a deck shows of a film."""
    beats = [beat["files"][kind] for beat in film["beats"] for kind in (*playable(beat), "poster")]
    return [film["files"]["poster"], *beats]


def _presentation(film: FilmEntry, ground: str) -> str:
    """A presentation file; paths in it are relative to the folder above its own."""
    slides = []
    for beat in film["beats"]:
        path = f"{MEDIA}/{beat['files'][playable(beat)[0]]}"
        # Going back, manim-slides plays a reversed film; ours runs forward again.
        slides.append({"file": path, "rev_file": path, "notes": beat["line"]})
    return as_json({"slides": slides, "resolution": film["size"], "background_color": ground})


def _deck(films: Sequence[FilmEntry], clips: Path, ground: str) -> str:
    width, height = films[0]["size"]
    # Slides are as large as the films at 720p, whatever the films are: text keeps its size.
    scale = 720 / min(width, height)
    return rendered(
        ASSETS / "deck.html",
        title=catalogue.TITLE,
        generator=_GENERATOR,
        ground=ground,
        ink=_ink(ground),
        size=[round(width * scale), round(height * scale)],
        reveal_style=as_it_is(REVEAL / "reveal.css"),
        style=as_it_is(ASSETS / "deck.css"),
        reveal_script=as_it_is(REVEAL / "reveal.js"),
        notes_script=as_it_is(REVEAL / "notes.js"),
        script=as_it_is(ASSETS / "deck.js"),
        films=[
            {**shown(film, clips), "clips": [shown(beat, clips) for beat in film["beats"]]}
            for film in films
        ],
    )


def _ground(films: Sequence[FilmEntry], clips: Path) -> str:
    """The colour around the films: that of their own background."""
    with Image.open(clips / films[0]["files"]["poster"]) as poster:
        red, green, blue, alpha = poster.convert("RGBA").getpixel((0, 0))  # type: ignore[misc]
    theme = settings.COLOURS[films[0]["theme"]]
    return f"#{red:02x}{green:02x}{blue:02x}" if alpha else theme.ground


def _ink(ground: str) -> str:
    """Dark on a light ground, light on a dark one."""
    red, green, blue, *_ = ImageColor.getrgb(ground)
    light = 0.299 * red + 0.587 * green + 0.114 * blue > 140
    return settings.COLOURS["light" if light else "dark"].ink


# -- for PowerPoint


def make_pptx(films: Sequence[FilmEntry], clips: Path, folder: Path) -> Path:
    """Make the deck of films as one PowerPoint file in a folder.

    Each clip fills its slide and begins with it; the slide's title lies behind it, for readers of
    outlines. Raises StudioError for clips that PowerPoint cannot play.
    """
    deck = _Deck(films, clips)
    target = folder / "backpropagation.pptx"
    with made_in(folder) as ready:
        deck.save(ready / target.name)
        put([target.name], ready, folder)
    return target


class _Deck:
    """A PowerPoint file, made slide by slide."""

    def __init__(self, films: Sequence[FilmEntry], clips: Path) -> None:
        self._clips = clips
        self._ground = _ground(films, clips)
        self._deck = Presentation()
        longer = max(films[0]["size"])
        self._width, self._height = (round(_LONGER * side / longer) for side in films[0]["size"])
        self._margin = round(0.07 * self._width)
        self._deck.slide_width, self._deck.slide_height = Emu(self._width), Emu(self._height)
        self._deck.core_properties.title = catalogue.TITLE
        self._deck.core_properties.language = "en"
        # A film of one beat, such as the opening, is its own title.
        named = [film for film in films if len(film["beats"]) > 1]
        self._add_title("\n".join(film["title"] for film in named))
        for film in films:
            if film in named:
                self._add_film(film)
            for beat in film["beats"]:
                self._add_clip(beat)

    def save(self, target: Path) -> None:
        self._deck.save(str(target))

    def _new(self, title: str) -> Any:
        """A slide in the films' colour, with a title."""
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[5])
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = _rgb(self._ground)
        shape = slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = self._box(0.07, 0.14)
        self._write(shape.text_frame, title, Pt(40), bold=True)
        return slide

    def _box(self, top: float, height: float) -> tuple[int, int, int, int]:
        """Left, top, width and height of what stands between the margins, by shares."""
        inside = self._width - 2 * self._margin
        return self._margin, round(top * self._height), inside, round(height * self._height)

    def _write(self, frame: Any, text: str, size: Any, *, bold: bool = False) -> None:
        frame.word_wrap = True
        frame.text = text
        for paragraph in frame.paragraphs:
            paragraph.alignment, paragraph.line_spacing = PP_ALIGN.LEFT, 1.3
            paragraph.font.size, paragraph.font.bold = size, bold
            paragraph.font.color.rgb = _rgb(_ink(self._ground))

    def _add_title(self, text: str) -> None:
        """The first slide: the title, and the films."""
        box = self._new(catalogue.TITLE).shapes.add_textbox(*self._box(0.26, 0.6))
        self._write(box.text_frame, text, Pt(24))

    def _add_film(self, film: FilmEntry) -> None:
        """A film's name and its telling picture."""
        slide = self._new(film["title"])
        left, top, most, height = self._box(0.24, 0.66)
        poster = str(self._clips / film["files"]["poster"])
        picture = slide.shapes.add_picture(poster, left, top, height=height)
        if picture.width > most:
            picture.height = round(picture.height * most / picture.width)
            picture.width = most
        _describe(picture, film["alt"])
        slide.notes_slide.notes_text_frame.text = film["alt"]

    def _add_clip(self, beat: BeatEntry) -> None:
        """A beat: its clip, from edge to edge."""
        kind = next((kind for kind in ("mp4", "mov") if kind in beat["files"]), None)
        if kind is None:
            raise StudioError(f"{beat['name']}: PowerPoint plays neither of {playable(beat)}")
        path = {kind: self._clips / name for kind, name in beat["files"].items()}
        slide = self._new(beat["title"])
        movie = slide.shapes.add_movie(
            str(path[kind]),
            *(0, 0, self._width, self._height),
            poster_frame_image=str(path["poster"]),
            mime_type=TYPES[kind],
        )
        _describe(movie, beat["alt"])
        _begin_with_the_slide(slide, movie)
        _add_captions(slide, movie, path["vtt"].read_bytes(), beat["name"])
        slide.notes_slide.notes_text_frame.text = f"{beat['line']}\n\n[{beat['alt']}]"


def _rgb(colour: str) -> Any:
    return RGBColor.from_string(colour.removeprefix("#"))


def _describe(shape: Any, alt: str) -> None:
    shape._element.xpath(".//p:cNvPr")[0].set("descr", alt)


def _begin_with_the_slide(slide: Any, movie: Any) -> None:
    """Let the film start by itself; python-pptx has it wait for a click."""
    (start,) = slide._element.xpath(
        f"./p:timing//p:video[.//p:spTgt[@spid='{movie.shape_id}']]//p:cond"
    )[:1]
    start.set("delay", "0")


def _add_captions(slide: Any, movie: Any, text: bytes, name: str) -> None:
    """Put captions into the package as PowerPoint itself does, so that it shows them."""
    part = Part(PackURI(f"/ppt/media/{name}.vtt"), "text/vtt", slide.part.package, text)
    # Any number does that no other track has; the same deck gets the same one.
    number = str(uuid.uuid5(uuid.NAMESPACE_URL, name)).upper()
    reference = slide.part.relate_to(part, _TRACK)
    (media,) = movie._element.xpath(".//*[local-name()='media']")
    media.append(parse_xml(_TRACKS.format(number=number, reference=reference)))
