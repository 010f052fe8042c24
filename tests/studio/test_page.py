"""The lecture page, opened from disk in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from scenes.pictures import theme
from scenes.studio import settings, snippets
from scenes.words import captions
from tests.studio.browser import Watched
from tests.studio.house import FPS, House


@pytest.fixture(scope="module")
def folder(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, carried to another place, the films it was made of gone."""
    house.done("page", "Curtain", "Hill")
    return (house.renders / "page" / "180p15").rename(tmp_path_factory.mktemp("desk") / "a lecture")


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Watched]:
    watched = Watched(browser, (folder / "index.html").as_uri())
    yield watched
    watched.context.close()
    assert not watched.wrong


def state(page: Page, film: str) -> dict[str, Any]:
    told: dict[str, Any] = page.evaluate(
        """(id) => {
          const video = document.querySelector(`#${id} video`);
          const [words] = [...video.textTracks].filter((t) => t.kind === "captions");
          return {
            time: video.currentTime, paused: video.paused, error: video.error?.message,
            length: video.duration, mode: words.mode,
            cues: [...(words.cues ?? [])].map((c) => [c.startTime, c.endTime, c.text]),
            active: [...(words.activeCues ?? [])].map((c) => c.text),
            chapters: [...video.textTracks].filter((t) => t.kind === "chapters")
              .flatMap((t) => [...t.cues].map((c) => c.text)),
            word: document.querySelector(`#${id} .now`)?.textContent,
            chapter: document.querySelector(`#${id} .jump[aria-current] .name`)?.textContent,
          };
        }""",
        film,
    )
    return told


def play_from(page: Page, film: str, time: float) -> None:
    page.evaluate(
        """([id, time]) => {
          const video = document.querySelector(`#${id} video`);
          video.currentTime = time;
          return video.play();
        }""",
        [film, time],
    )


def wait_until(page: Page, film: str, what: str) -> None:
    """Until something is true of ``video``."""
    page.wait_for_function(
        f"(id) => {{ const video = document.querySelector(`#${{id}} video`); return {what}; }}",
        arg=film,
        timeout=10_000,
    )


def test_each_film_plays_to_its_end(opened: Watched, house: House) -> None:
    for film in house.listed():
        name = film["name"].partition("-")[2]
        play_from(opened.page, name, film["seconds"] - 0.4)
        wait_until(opened.page, name, "video.ended")
        told = state(opened.page, name)
        assert told["error"] is None
        assert told["length"] == pytest.approx(film["frames"] / FPS, abs=0.05)


def test_captions_are_those_of_the_film_and_are_shown(opened: Watched, house: House) -> None:
    hill = house.listed()[1]
    play_from(opened.page, "hill", 0)
    wait_until(opened.page, "hill", "video.currentTime > 0.6")
    told = state(opened.page, "hill")
    path = house.clips() / hill["files"]["srt"]
    cues = captions.from_srt(path.read_text("utf-8"))
    assert [text for _, _, text in told["cues"]] == [cue.text for cue in cues]
    assert [start for start, _, _ in told["cues"]] == pytest.approx([cue.start for cue in cues])
    assert told["mode"] == "showing"
    assert told["active"] == [c.text for c in cues if c.start <= told["time"] < c.end]
    assert told["active"]


def test_captions_can_be_switched_off(opened: Watched) -> None:
    opened.page.get_by_label("Captions").uncheck()
    assert state(opened.page, "hill")["mode"] == "hidden"
    opened.page.locator("#hill h2").click()
    opened.page.keyboard.press("c")
    assert state(opened.page, "hill")["mode"] == "showing"


def test_a_chapter_is_jumped_to(opened: Watched, house: House) -> None:
    move = house.listed()[1]["beats"][1]
    opened.page.locator("#hill .jump", has_text="Move").click()
    wait_until(opened.page, "hill", "!video.paused && video.currentTime > 0")
    told = state(opened.page, "hill")
    start = move["first_frame"] / FPS
    assert start <= told["time"] < start + 1.5
    assert told["chapter"] == "Move"
    assert told["chapters"] == ["Begin", "Move"]


def test_a_word_is_jumped_to_and_the_spoken_word_is_marked(opened: Watched, house: House) -> None:
    move = house.listed()[1]["beats"][1]
    word = move["words"][-2]
    opened.page.locator("#hill .words span").nth(-2).click()
    wait_until(opened.page, "hill", "!video.paused")
    opened.page.evaluate("document.querySelector('#hill video').pause()")
    told = state(opened.page, "hill")
    start = move["first_frame"] / FPS + word["start"]
    assert start - 0.01 <= told["time"] < start + 0.5
    spoken = [
        w["word"] for w in move["words"] if w["start"] <= told["time"] - start + word["start"]
    ]
    assert told["word"] in (spoken[-1], word["word"])


def test_every_word_of_the_narration_stands_in_the_transcript(
    opened: Watched, house: House
) -> None:
    for film in house.listed():
        box = opened.page.locator(f"#{film['name'].partition('-')[2]} .words")
        lines = [" ".join(text.split()) for text in box.locator("p").all_inner_texts()]
        assert lines == [beat["line"] for beat in film["beats"]]


def test_the_keyboard_does_what_the_mouse_does(opened: Watched) -> None:
    page = opened.page
    page.locator("#hill .words").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator("#hill .here").inner_text() == "hill"
    page.keyboard.press("Enter")
    wait_until(page, "hill", "!video.paused")
    page.keyboard.press("k")
    assert state(page, "hill")["paused"]
    page.keyboard.press("n")
    wait_until(page, "hill", "!video.seeking")
    assert state(page, "hill")["chapter"] == "Move"
    page.keyboard.press("p")
    wait_until(page, "hill", "!video.seeking")
    assert state(page, "hill")["chapter"] == "Begin"
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    page.locator("#keys").uncheck()
    page.locator("#hill h2").click()
    page.keyboard.press("?")
    assert not page.locator("#help").is_visible()


def test_only_one_film_plays_at_a_time(opened: Watched) -> None:
    play_from(opened.page, "curtain", 0)
    play_from(opened.page, "hill", 0)
    wait_until(opened.page, "curtain", "video.paused")
    assert not state(opened.page, "hill")["paused"]


def shown_after(page: Page, film: str, what: str, argument: Any) -> float:
    """The time that is written on the first frame a film shows after ``what`` was done.

    The film rests before; where it plays after, it plays as slowly as the browser can, so that a
    busy computer shows the first frame, too.
    """
    told: float = page.evaluate(
        f"""async ([id, argument]) => {{
          const video = document.querySelector(`#${{id}} video`);
          video.pause();
          video.playbackRate = 1 / 16;
          for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
          return new Promise((done, fail) => {{
            setTimeout(() => fail(new Error("no frame is shown")), 10_000);
            video.requestVideoFrameCallback((_, frame) => done(frame.mediaTime));
            ({what})(argument);
          }});
        }}""",
        [film, argument],
    )
    return told


@pytest.mark.parametrize(
    "go",
    [
        "([address]) => { location.hash = address; }",
        "([_, buttons, number]) => document.querySelectorAll(buttons)[number].click()",
    ],
    ids=["address", "button"],
)
def test_a_beat_begins_with_its_own_picture(opened: Watched, house: House, go: str) -> None:
    """By its address, and by its chapter's button."""
    for film in house.listed():
        name = film["name"].partition("-")[2]
        wait_until(opened.page, name, "(video.preload = 'auto') && video.readyState >= 2")
        # The film stands at the first one already.
        for number, beat in reversed(list(enumerate(film["beats"]))):
            place = [f"#{name}/{beat['beat']}", f"#{name} .jump", number]
            time = shown_after(opened.page, name, go, place)
            assert time == pytest.approx(beat["first_frame"] / FPS, abs=0.001), place


def test_a_link_from_elsewhere_opens_at_its_moment(
    opened: Watched, folder: Path, house: House
) -> None:
    opened.page.goto((folder / "index.html").as_uri() + "#hill/move")
    first = house.listed()[1]["beats"][1]["first_frame"]
    inside = f"video.currentTime >= {first / FPS} && video.currentTime < {(first + 1) / FPS}"
    wait_until(opened.page, "hill", inside)


def test_a_clip_can_be_taken_along(opened: Watched, folder: Path) -> None:
    page = opened.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#hill .chapters .use").nth(1).click()
    dialog = page.locator("#use")
    assert dialog.get_by_role("heading", name="Move").is_visible()
    names = dialog.locator(".snippet h3").all_inner_texts()
    assert names == ["HTML", "Markdown", "reveal.js", "Quarto", "Beamer", "PowerPoint"]
    links = [link.get_attribute("href") for link in dialog.locator(".downloads a").all()]
    assert links
    assert all((folder / str(link)).is_file() for link in links)
    shown = dialog.locator("code").first.inner_text()
    dialog.locator(".copy").first.click()
    page.wait_for_function("() => document.querySelector('#status').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == shown
    played = page.evaluate(
        """async () => {
          const video = document.querySelector("#use video");
          await video.play();
          await new Promise((done) => video.addEventListener("timeupdate", done, {once: true}));
          return [video.error, video.textTracks[0].cues.length];
        }"""
    )
    assert played == [None, 1]


def test_an_html_snippet_plays_where_it_is_pasted(
    browser: Browser, folder: Path, house: House
) -> None:
    clip = house.listed()[1]["beats"][1]
    text = snippets.of(clip, house.listed()[1]["size"], "clips")[0]["text"]
    page = folder / "mine.html"
    page.write_text(f"<!doctype html><title>Mine</title>{text}", encoding="utf-8")
    watched = Watched(browser, page.as_uri())
    wanted = "() => document.querySelector('video').readyState > 0"
    watched.page.wait_for_function(wanted, timeout=10_000)
    assert watched.page.evaluate("document.querySelector('video').duration") == pytest.approx(
        clip["frames"] / FPS, abs=0.05
    )
    watched.context.close()
    page.unlink()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, folder: Path, colours: Any) -> None:
    watched = Watched(browser, (folder / "index.html").as_uri(), color_scheme=colours)
    assert watched.findings() == []
    watched.page.locator("#hill .chapters .use").nth(1).click()
    assert watched.findings() == []
    watched.page.keyboard.press("Escape")
    watched.page.locator("#help-open").click()
    assert watched.findings() == []
    watched.context.close()


def test_colours_can_be_chosen_and_are_remembered(opened: Watched) -> None:
    def ground() -> str:
        return str(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    for wanted, colour in (("light", "rgb(251, 250, 246)"), ("dark", "rgb(17, 21, 31)")):
        opened.page.locator("#theme").click()
        assert opened.page.locator("#theme-now").inner_text() == wanted
        assert ground() == colour
    opened.page.reload()
    assert ground() == "rgb(17, 21, 31)"


@pytest.mark.parametrize("width", [320, 1400])
def test_nothing_is_wider_than_the_window(browser: Browser, folder: Path, width: int) -> None:
    size = {"width": width, "height": 800}
    watched = Watched(browser, (folder / "index.html").as_uri(), viewport=size)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    watched.context.close()


def test_a_page_of_one_file_plays_with_nothing_beside_it(
    browser: Browser, house: House, tmp_path: Path
) -> None:
    house.done("page", "Hill", "--single-file", "--out", str(tmp_path / "one"))
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["index.html"]
    watched = Watched(browser, (tmp_path / "one" / "index.html").as_uri())
    watched.page.locator("#hill .jump", has_text="Move").click()
    start = house.listed()[1]["beats"][1]["first_frame"] / FPS
    wait_until(watched.page, "hill", f"!video.paused && video.currentTime > {start}")
    assert state(watched.page, "hill")["active"]
    assert watched.findings() == []
    watched.context.close()
    assert not watched.wrong


def test_the_page_needs_nothing_from_elsewhere(folder: Path) -> None:
    text = (folder / "index.html").read_text("utf-8")
    inside = re.sub(r"<template.*?</template>", "", text, flags=re.DOTALL)
    addresses = re.findall(r'(?:src|href|poster)="([^"]*)"', inside)
    assert addresses
    for address in addresses:
        if not address.startswith(("data:", "#")):
            assert (folder / address).is_file(), address
    assert "http" not in re.sub(r'http-equiv="[^"]*"', "", text)


def test_the_page_has_the_colours_of_the_films() -> None:
    for name, palette in theme.PALETTES.items():
        colours = (palette.background.to_hex().lower(), palette.text.to_hex().lower())
        assert settings.COLOURS[name] == colours


# -- bad input


def test_clips_that_are_missing_are_cut_first(house: House, tmp_path: Path) -> None:
    made = House(tmp_path)
    shutil.copytree(house.renders / "videos", made.renders / "videos")
    shutil.copytree(house.renders / "voice", made.renders / "voice")
    made.done("page", "Hill")
    assert len(made.listed()[0]["beats"]) == 2


def test_without_a_film_the_command_that_makes_it_is_named(house: House) -> None:
    assert house.refused("page").startswith("Dale: there is no film yet")


def test_a_page_of_somebody_else_is_left_alone(house: House, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("my own page", encoding="utf-8")
    assert house.refused("page", "Hill", "--out", str(tmp_path)) == (
        f"{tmp_path / 'index.html'}: is not a page of ours (allowed: another folder with --out)"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text("utf-8") == "my own page"


# -- snippets


def clip(**more: Any) -> Any:
    files = {"mp4": "a.mp4", "poster": "a.png", "vtt": "a.vtt"}
    told = {
        "title": "Fish & chips",
        "alt": 'A "50 %" sign',
        "line": "x_1 ≈ 5 %, {so}",
        "files": files,
    }
    return told | more


def snippet(name: str, of: Any) -> str:
    return next(s["text"] for s in snippets.of(of, (16, 9), "clips") if s["name"] == name)


def test_snippets_escape_what_their_tool_would_take_for_its_own() -> None:
    assert 'aria-label="A &quot;50 %&quot; sign"' in snippet("HTML", clip())
    assert "<h2>Fish &amp; chips</h2>" in snippet("reveal.js", clip())
    assert r"\begin{frame}{Fish \& chips}" in snippet("Beamer", clip())
    assert r"\note{x\_1 $\approx$ 5 \%, \{so\}}" in snippet("Beamer", clip())
    assert snippet("Markdown", clip(alt="[1]")).startswith(r"[![\[1\]](clips/a.png)]")


def test_a_gif_is_preferred_for_markdown() -> None:
    with_gif = clip(files={"mp4": "a.mp4", "poster": "a.png", "vtt": "a.vtt", "gif": "a.gif"})
    assert snippet("Markdown", with_gif) == '![A "50 %" sign](clips/a.gif)'
