"""Where things are, and the house's settings for Manim.

Manim reads ``manim.cfg`` from the current folder only; a scene run from elsewhere must come out
the same, so the repository's file is applied to whatever the command line leaves open.
"""

from __future__ import annotations

import configparser
import math
import os
from pathlib import Path
from typing import NamedTuple, NoReturn

import click
from click.core import ParameterSource
from manim import config, logger
from manim._config.utils import ManimConfig, make_config_parser

from scenes.studio.errors import StudioError, fail

ROOT = Path(__file__).resolve().parents[2]
SCENES = ROOT / "scenes"
ASSETS = ROOT / "assets"
FONTS = ASSETS / "fonts"
RENDERS = ROOT / "renders"
MANIM_CFG = ROOT / "manim.cfg"


class Colours(NamedTuple):
    """The ground, and what is written on it."""

    ground: str
    ink: str


COLOURS = {"dark": Colours("#11151f", "#f2f0e8"), "light": Colours("#fbfaf6", "#1b1f2a")}
"""Those of films in each theme, for the pages and slides around them."""
THEMES = tuple(COLOURS)

# A flag of the command line, and the settings that it decides.
_DECIDES = {
    "quality": ("pixel_width", "pixel_height", "frame_rate"),
    "resolution": ("pixel_width", "pixel_height"),
}


def theme_name() -> str:
    """``dark`` or ``light``, from $BACKPROP_THEME; StudioError for anything else."""
    name = os.environ.get("BACKPROP_THEME", "dark")
    if name not in THEMES:
        raise StudioError(f"BACKPROP_THEME: {name!r} is not a theme (allowed: {', '.join(THEMES)})")
    return name


def media_folder() -> Path:
    """Where all goes that is made."""
    return Path(config.get_dir("media_dir"))


def voice_folder() -> Path:
    """Where spoken lines are kept between renders: in the media folder, like all that is made."""
    return media_folder() / "voice"


def leave(problem: Exception) -> NoReturn:
    """On the command line: say what is wrong and exit with code 2; in a program: raise it."""
    if click.get_current_context(silent=True) is None:
        raise problem
    fail(problem)


def is_manims_command() -> bool:
    """Whether this is run by ``manim render``."""
    context = click.get_current_context(silent=True)
    return context is not None and context.command.name == "render"


def _given_on_command_line(context: click.Context) -> set[str]:
    given = {
        name
        for name in context.params
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    return given.union(*(_DECIDES.get(name, ()) for name in given))


def apply_house_settings(given: frozenset[str] | None = None) -> None:
    """Apply the repository's ``manim.cfg`` where Manim, run from another folder, did not read it.

    ``given`` names the settings to leave alone; by default those of Manim's command line.
    """
    elsewhere = Path.cwd() / "manim.cfg"
    if elsewhere.resolve() == MANIM_CFG:
        return
    left_alone = set(given or ())
    if given is None:
        context = click.get_current_context(silent=True)
        if not is_manims_command() or context is None or context.params["config_file"]:
            return
        left_alone = _given_on_command_line(context)
        if elsewhere.is_file():
            left_alone |= set(_keys(elsewhere))
    logger.setLevel("WARNING")  # which files Manim reads is no news to anyone
    house = ManimConfig().digest_parser(make_config_parser(MANIM_CFG))
    for key in _keys(MANIM_CFG):
        if key not in left_alone:
            config[key] = house[key]
    if "media_dir" not in left_alone:
        config.media_dir = RENDERS
    logger.setLevel(config.verbosity)


WIDE = (128 / 9, 8.0)
"""Manim's frame in its own units, 16:9."""


def shape_frame() -> None:
    """Give Manim's frame the shape of the picture; Manim leaves it at 16:9 whatever the pixels.

    All shapes have the same area, so that a film has as much room in each of them.
    """
    aspect = config.pixel_width / config.pixel_height
    width, height = WIDE
    if abs(aspect / (width / height) - 1) > 0.01:  # 854 by 480 is 16:9 as well as may be
        width, height = math.sqrt(width * height * aspect), math.sqrt(width * height / aspect)
    config.frame_width, config.frame_height = width, height


def _keys(path: Path) -> tuple[str, ...]:
    """The settings that a ``manim.cfg`` decides."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(path, encoding="utf-8")
    keys = list(parser["CLI"]) if parser.has_section("CLI") else []
    if parser.has_section("video_encoder.options"):
        keys.append("video_encoder_options")
    return tuple(keys)
