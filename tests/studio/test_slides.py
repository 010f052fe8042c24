"""Decks of clips, opened in a real browser and in LibreOffice."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import etree
from manim_slides.config import PresentationConfig
from PIL import Image
from playwright.sync_api import Browser
from pptx import Presentation

from scenes.studio.manifest import BeatEntry
from scenes.words import captions
from tests.studio.browser import Watched
from tests.studio.house import House

SPACES = {
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "p14": "http://schemas.microsoft.com/office/powerpoint/2010/main",
    "p173": "http://schemas.microsoft.com/office/powerpoint/2017/3/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}


@pytest.fixture(scope="module")
def folder(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The decks, carried to another place."""
    for kind in ("html", "pptx"):
        house.done("slides", "Curtain", "Hill", "--to", kind)
    made = house.renders / "slides" / "180p15"
    return made.rename(tmp_path_factory.mktemp("desk") / "a lecture")


@pytest.fixture
def deck(browser: Browser, folder: Path) -> Iterator[Watched]:
    watched = Watched(browser, (folder / "index.html").as_uri())
    watched.page.wait_for_function("() => document.documentElement.dataset.ready")
    yield watched
    watched.context.close()
    assert not watched.wrong


def beats(house: House) -> list[BeatEntry]:
    return [beat for film in house.listed() for beat in film["beats"]]


def clip(house: House, beat: BeatEntry, kind: str) -> Path:
    return house.clips() / beat["files"][kind]


# -- for the browser


def here(deck: Watched) -> str:
    return str(deck.page.evaluate("Reveal.getCurrentSlide().id"))


def test_a_click_or_a_key_goes_on_and_the_clip_plays(deck: Watched, house: House) -> None:
    one, two, three = (beat["name"] for beat in beats(house))
    deck.page.mouse.click(300, 300)
    assert here(deck) == one
    deck.page.keyboard.press("ArrowRight")
    assert here(deck) == "01-hill"
    deck.page.keyboard.press("Space")
    assert here(deck) == two
    deck.page.wait_for_function(
        "() => { const v = Reveal.getCurrentSlide().querySelector('video');"
        " return !v.paused && v.currentTime > 0.3; }",
        timeout=10_000,
    )
    deck.page.mouse.click(300, 300)
    assert here(deck) == three
    playing = "[...document.querySelectorAll('video')].filter((v) => !v.paused).length"
    deck.page.wait_for_function(f"() => {playing} === 1")
    deck.page.keyboard.press("ArrowLeft")
    assert here(deck) == two


def test_captions_are_kept_and_can_be_switched_off(deck: Watched, house: House) -> None:
    for beat in beats(house):
        told = deck.page.evaluate(
            """async (id) => {
              Reveal.slide(Reveal.getSlides().findIndex((slide) => slide.id === id));
              const track = document.getElementById(id).querySelector("video").textTracks[0];
              while (!track.cues?.length) await new Promise((done) => setTimeout(done, 20));
              return [track.mode, [...track.cues].map((cue) => cue.text)];
            }""",
            beat["name"],
        )
        wanted = captions.from_srt(clip(house, beat, "srt").read_text("utf-8"))
        assert told == ["showing", [cue.text for cue in wanted]]
    deck.page.keyboard.press("c")
    modes = "[...document.querySelectorAll('video')].map((v) => v.textTracks[0].mode)"
    assert set(deck.page.evaluate(modes)) == {"hidden"}


def test_the_speakers_view_shows_the_clips_picture_and_the_notes(
    deck: Watched, house: House
) -> None:
    deck.page.keyboard.press("ArrowRight")
    with deck.context.expect_page() as opened:
        deck.page.keyboard.press("s")
    view = opened.value
    view.wait_for_function(
        "(line) => document.querySelector('.speaker-controls-notes .value')?.innerText === line",
        arg=beats(house)[0]["line"],
        timeout=10_000,
    )
    current = next(frame for frame in view.frames if "receiver" in frame.url)
    current.wait_for_function("() => document.documentElement.dataset.ready")
    poster = current.evaluate("Reveal.getCurrentSlide().querySelector('video').poster")
    assert poster.endswith(beats(house)[0]["files"]["poster"])


def test_each_clip_has_a_slide_with_title_narration_and_picture_in_words(
    deck: Watched, house: House
) -> None:
    found = deck.page.evaluate(
        """[...document.querySelectorAll("section.clip")].map((slide) => [
          slide.id,
          slide.querySelector("h2").textContent,
          Reveal.getSlideNotes(slide),
          slide.querySelector("video").ariaLabel,
        ])"""
    )
    assert found == [[b["name"], b["title"], b["line"], b["alt"]] for b in beats(house)]


def test_axe_finds_nothing_serious_in_the_deck(deck: Watched) -> None:
    for _ in range(3):
        found = [f for f in deck.findings() if f.startswith(("serious", "critical"))]
        assert not found
        deck.page.keyboard.press("ArrowRight")


def test_manim_slides_reads_the_presentation_files(folder: Path, house: House) -> None:
    read = PresentationConfig.from_file(folder / "slides" / "Hill.json")
    assert read.resolution == (320, 180)
    wanted = [beat for beat in beats(house) if beat["name"].startswith("01-hill")]
    assert [slide.notes for slide in read.slides] == [beat["line"] for beat in wanted]
    for slide, beat in zip(read.slides, wanted, strict=True):
        assert slide.file.read_bytes() == clip(house, beat, "mp4").read_bytes()


# -- for PowerPoint


@pytest.fixture(scope="module")
def package(folder: Path) -> Path:
    return folder / "backpropagation.pptx"


def clip_slides(package: Path) -> list[Any]:
    return [s for s in Presentation(str(package)).slides if _films(s)]


def _films(slide: Any) -> list[Any]:
    return list(slide._element.findall(".//p14:media", SPACES))


def test_each_clip_fills_its_slide_and_begins_with_it(package: Path, house: House) -> None:
    deck = Presentation(str(package))
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, abs=0.001)
    for slide, beat in zip(clip_slides(package), beats(house), strict=True):
        (film,) = [shape for shape in slide.shapes if shape.shape_type == 16]
        assert (film.left, film.top) == (0, 0)
        assert (film.width, film.height) == (deck.slide_width, deck.slide_height)
        starts = slide._element.findall(".//p:timing//p:video//p:cond", SPACES)
        assert [start.get("delay") for start in starts] == ["0"]
        assert slide.shapes.title.text_frame.text == beat["title"]
        assert slide.notes_slide.notes_text_frame.text.startswith(beat["line"])
        assert film._element.xpath(".//p:cNvPr")[0].get("descr") == beat["alt"]


def test_clips_and_captions_are_in_the_package_where_powerpoint_looks_for_them(
    package: Path, house: House
) -> None:
    with zipfile.ZipFile(package) as opened:
        types = etree.fromstring(opened.read("[Content_Types].xml"))
    assert "text/vtt" in {kind.get("ContentType") for kind in types}
    numbers = set()
    for slide, beat in zip(clip_slides(package), beats(house), strict=True):
        (media,) = _films(slide)
        (extension,) = media.findall("p14:extLst/p:ext", SPACES)
        assert extension.get("uri") == "{3AFAAA56-56D3-431D-BCD4-E75A35582382}"
        (track,) = extension.findall("p173:tracksInfo/p173:trackLst/p173:track", SPACES)
        numbers.add(track.get("id"))
        for element, kind, content in ((media, "mp4", "video/mp4"), (track, "vtt", "text/vtt")):
            part = slide.part.related_part(element.get(f"{{{SPACES['r']}}}embed"))
            assert part.content_type == content
            assert part.blob == clip(house, beat, kind).read_bytes()
    assert len(numbers) == len(beats(house))


def test_libreoffice_opens_the_deck_and_shows_each_poster(
    package: Path, house: House, tmp_path: Path
) -> None:
    office, painter = shutil.which("soffice"), shutil.which("pdftoppm")
    if office is None or painter is None:
        if os.environ.get("CI"):
            raise RuntimeError("no LibreOffice or no pdftoppm here")
        pytest.skip("no LibreOffice or no pdftoppm here")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(package)], check=True, capture_output=True, timeout=180)
    pages = [painter, "-r", "48", "-png", str(tmp_path / "backpropagation.pdf"), "page"]
    subprocess.run(pages, cwd=tmp_path, check=True, timeout=60)
    found = sorted(tmp_path.glob("page*.png"))
    slides = list(Presentation(str(package)).slides)
    assert len(found) == len(slides)
    shown = [page for page, slide in zip(found, slides, strict=True) if _films(slide)]
    for page, beat in zip(shown, beats(house), strict=True):
        with Image.open(page) as there, Image.open(clip(house, beat, "poster")) as poster:
            one = np.asarray(there.convert("L").resize((64, 36)), float)
            two = np.asarray(poster.convert("L").resize((64, 36)), float)
        assert np.abs(one - two).mean() < 4, beat["name"]
        assert np.corrcoef(one.ravel(), two.ravel())[0, 1] > 0.6


# -- bad input


def test_what_cannot_be_made_is_refused_in_one_line(house: House, tmp_path: Path) -> None:
    for flags, line in (
        (("Hill", "--to", "key"), "--to: 'key' is not known (allowed: html, pptx)"),
        (("Dale", "--to", "html"), "Dale: there is no film yet"),
        (("Valley", "--to", "pptx"), "SCENE: 'Valley' is not a film"),
    ):
        assert house.refused("slides", *flags).startswith(line)
    (tmp_path / "index.html").write_text("my own", "utf-8")
    line = house.refused("slides", "Hill", "--to", "html", "--out", str(tmp_path))
    assert "index.html: is not a page of ours" in line
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_deck_replaces_the_one_before(house: House, tmp_path: Path) -> None:
    for _ in range(2):
        for kind in ("html", "pptx"):
            house.done("slides", "Hill", "--to", kind, "--out", str(tmp_path))
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"index.html", "clips", "slides", "backpropagation.pptx"}
