"""From a lesson's file to the lesson, table by table; a table left out is the default lesson's."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scenes.maths.expression import GRAMMAR
from scenes.maths.lesson import checks
from scenes.maths.lesson.file import LessonFile, nearest, short
from scenes.maths.lesson.model import (
    MAP,
    ChainLesson,
    ConvexLesson,
    CurveLesson,
    DisplayLesson,
    Hill,
    Lesson,
    NetworkLesson,
    NonconvexLesson,
    TerrainLesson,
    VoiceLesson,
)
from scenes.maths.network import ACTIVATION

DEFAULT_LESSON = Path(__file__).resolve().parents[3] / "assets" / "lesson.toml"
VARIABLE = "BACKPROP_LESSON"

# What the frame can hold and still be read.
FEWEST_LAYERS, MOST_LAYERS = 3, 5
MOST_NEURONS = 6
MOST_SIZES, LARGEST_SIZE = 8, 2000
FEWEST_HILLS, MOST_HILLS = 2, 6
MOST_DECIMALS = 6
LONGEST_NAME = 200  # characters of a voice's name or path
PACES = (100, 200)  # words a minute


def load_lesson(path: Path | str | None = None) -> Lesson:
    """Read and check a lesson: `path`, else the file $BACKPROP_LESSON names, else the default.

    Raises LessonError, one line, for anything that is wrong with it.
    """
    if path is None:
        path = os.environ.get(VARIABLE) or DEFAULT_LESSON
    source = Path(path).expanduser() if str(path).startswith("~") else Path(path)
    given = _tables(_name(path), source)
    if not given.keys() >= _TABLES.keys():
        given = {**_default_tables(), **given}
    return Lesson(source, **given)


def _default_tables() -> Mapping[str, Any]:
    return _tables(_name(DEFAULT_LESSON), DEFAULT_LESSON)


def _name(path: Path | str) -> str:
    """The file as the user would name it: the default relative to where they are, if it can be."""
    if path == DEFAULT_LESSON:
        with contextlib.suppress(ValueError, OSError):
            path = DEFAULT_LESSON.relative_to(Path.cwd())
    text = str(path)
    return text if text.isprintable() else repr(text)


def _tables(name: str, source: Path) -> Mapping[str, Any]:
    """The tables that a file has, checked."""
    return _checked(name, LessonFile(name).read(source))


@lru_cache(maxsize=64)
def _checked(name: str, text: str) -> Mapping[str, Any]:
    """The tables that a text states; to check them, every curve is walked down many times."""
    file = LessonFile(name)
    document = file.parse(text)
    file.table(document, "", (), optional=tuple(_TABLES))
    if not document:
        file.refuse("", "is empty", f"a lesson with one or more of {', '.join(_TABLES)}")
    return MappingProxyType({key: _TABLES[key](file, value) for key, value in document.items()})


def _network(file: LessonFile, value: object) -> NetworkLesson:
    keys = ("layers", "activation", "weights", "biases", "input", "target", "learning_rate")
    table = file.table(value, "network", keys)
    layers = _layers(file, table["layers"])
    activation = table["activation"]
    if not isinstance(activation, str) or activation not in ACTIVATION:
        hint = nearest(activation, tuple(ACTIVATION))
        problem = f"{short(activation)} is not known{hint}"
        file.refuse("network.activation", problem, ", ".join(ACTIVATION))
    after, last = len(layers) - 1, "one for each neuron of the last layer"
    weights = file.items(
        table["weights"], "network.weights", after, "one matrix for each layer after the input"
    )
    biases = file.items(
        table["biases"], "network.biases", after, "one list for each layer after the input"
    )
    lesson = NetworkLesson(
        layers=layers,
        activation=activation,
        weights=tuple(
            _matrix(file, matrix, layer, layers) for layer, matrix in enumerate(weights, start=1)
        ),
        biases=tuple(
            file.numbers(
                row,
                f"network.biases[{layer - 1}]",
                layers[layer],
                f"one bias for each neuron of layer {layer}",
            )
            for layer, row in enumerate(biases, start=1)
        ),
        input=file.numbers(
            table["input"], "network.input", layers[0], "one for each neuron of layer 0"
        ),
        target=file.numbers(table["target"], "network.target", layers[-1], last),
        learning_rate=file.positive(table["learning_rate"], "network.learning_rate"),
    )
    checks.results_fit_the_frame(file, lesson)
    return lesson


def _layers(file: LessonFile, value: object) -> tuple[int, ...]:
    key = "network.layers"
    what = f"layers counting the input, 1 to {MOST_NEURONS} neurons each"
    items = file.some(value, key, FEWEST_LAYERS, MOST_LAYERS, what, each="layer")
    room = "neurons, so that the frame can hold them"
    return tuple(file.integer(n, f"{key}[{i}]", 1, MOST_NEURONS, room) for i, n in enumerate(items))


def _matrix(
    file: LessonFile, value: object, layer: int, layers: tuple[int, ...]
) -> tuple[tuple[float, ...], ...]:
    """The weights into a layer, counted from 1."""
    key = f"network.weights[{layer - 1}]"
    rows = file.items(value, key, layers[layer], f"one row for each neuron of layer {layer}")
    why = f"one weight for each neuron of layer {layer - 1}"
    return tuple(
        file.numbers(row, f"{key}[{j}]", layers[layer - 1], why) for j, row in enumerate(rows)
    )


def _terrain(file: LessonFile, value: object) -> TerrainLesson:
    table = file.table(value, "terrain", ("hills", "start", "step_size", "steps"))
    key = "terrain.hills"
    hills = file.some(table["hills"], key, FEWEST_HILLS, MOST_HILLS, "hills")
    lesson = TerrainLesson(
        hills=tuple(_hill(file, hill, f"{key}[{i}]") for i, hill in enumerate(hills)),
        start=_on_map(file, table["start"], "terrain.start"),
        step_size=file.positive(table["step_size"], "terrain.step_size"),
        steps=file.integer(table["steps"], "terrain.steps", 5, 60),
    )
    checks.climb_ends_on_a_lesser_summit(file, lesson)
    return lesson


def _hill(file: LessonFile, value: object, key: str) -> Hill:
    table = file.table(value, key, ("height", "position", "width"))
    return Hill(
        height=file.within(table["height"], f"{key}.height", 0.1, 10),
        position=_on_map(file, table["position"], f"{key}.position"),
        width=file.within(table["width"], f"{key}.width", 0.2, 3),
    )


def _on_map(file: LessonFile, value: object, key: str) -> tuple[float, float]:
    x, y = file.items(value, key, 2, "east and north")
    return file.within(x, f"{key}[0]", *MAP[0]), file.within(y, f"{key}[1]", *MAP[1])


def _curve(file: LessonFile, value: object) -> CurveLesson:
    table = file.table(value, "curve", (), optional=tuple(_CURVES))
    if not table:
        file.refuse("curve", "is empty", "curve.convex, curve.nonconvex, or both")
    given = {name: _CURVES[name](file, curve, f"curve.{name}") for name, curve in table.items()}
    if len(given) < len(_CURVES):
        default = _default_tables()["curve"]
        given = {"convex": default.convex, "nonconvex": default.nonconvex, **given}
    return CurveLesson(**given)


def _convex(file: LessonFile, value: object, key: str) -> ConvexLesson:
    steps = ("too_small", "well_chosen", "zigzag", "divergent")
    table = file.table(value, key, ("expression", "interval", "starts", "step_start", *steps))
    interval = _interval(file, table["interval"], f"{key}.interval")
    lesson = ConvexLesson(
        file.text(table["expression"], f"{key}.expression", GRAMMAR),
        interval,
        _starts(file, table["starts"], f"{key}.starts", interval, most=5),
        file.within(table["step_start"], f"{key}.step_start", *interval),
        *(file.positive(table[step], f"{key}.{step}") for step in steps),
    )
    checks.convex_curve_shows_four_step_sizes(file, key, lesson)
    return lesson


def _nonconvex(file: LessonFile, value: object, key: str) -> NonconvexLesson:
    names = ("expression", "interval", "start", "step_size", "crowd", "momentum", "restarts")
    table = file.table(value, key, names)
    interval = _interval(file, table["interval"], f"{key}.interval")
    lesson = NonconvexLesson(
        file.text(table["expression"], f"{key}.expression", GRAMMAR),
        interval,
        file.within(table["start"], f"{key}.start", *interval),
        file.positive(table["step_size"], f"{key}.step_size"),
        file.integer(table["crowd"], f"{key}.crowd", 8, 40),
        file.within(table["momentum"], f"{key}.momentum", 0.1, 0.99),
        _starts(file, table["restarts"], f"{key}.restarts", interval, most=4),
    )
    checks.nonconvex_curve_shows_two_ways_out(file, key, lesson)
    return lesson


_CURVES: Mapping[str, Callable[[LessonFile, object, str], Any]] = {
    "convex": _convex,
    "nonconvex": _nonconvex,
}


def _interval(file: LessonFile, value: object, key: str) -> tuple[float, float]:
    left, right = file.numbers(value, key, 2, "its left and its right end")
    if not right - left >= 0.1:
        file.refuse(key, f"{short(value)} is too narrow", "a right end 0.1 or more to the right")
    return left, right


def _starts(
    file: LessonFile, value: object, key: str, interval: tuple[float, float], most: int
) -> tuple[float, ...]:
    items = file.some(value, key, 2, most, "starts")
    starts = tuple(file.within(w, f"{key}[{i}]", *interval) for i, w in enumerate(items))
    if len(set(starts)) < len(starts):
        file.refuse(key, f"{short(value)} has the same start twice", "starts that differ")
    return starts


def _chain(file: LessonFile, value: object) -> ChainLesson:
    key = "chain.sizes"
    given = file.table(value, "chain", ("sizes",))["sizes"]
    items = file.some(given, key, 4, MOST_SIZES, "sizes, from the input to the cost")
    sizes = tuple(file.integer(n, f"{key}[{i}]", 1, LARGEST_SIZE) for i, n in enumerate(items))
    checks.reverse_mode_is_cheaper(file, key, sizes)
    return ChainLesson(sizes)


def _display(file: LessonFile, value: object) -> DisplayLesson:
    table = file.table(value, "display", ("decimals", "most_decimals"))
    decimals = file.integer(table["decimals"], "display.decimals", 1, 4)
    most = file.integer(table["most_decimals"], "display.most_decimals", decimals, MOST_DECIMALS)
    return DisplayLesson(decimals, most)


def _voice(file: LessonFile, value: object) -> VoiceLesson:
    table = file.table(value, "voice", (), optional=("name", "pace"))
    name = table.get("name", VoiceLesson.name)
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
        allowed = "a voice's name, or a file or folder beside the lesson, in quotes"
        file.refuse("voice.name", f"{short(name)} is no name", allowed)
    pace = file.within(table.get("pace", VoiceLesson.pace), "voice.pace", *PACES)
    return VoiceLesson(name.strip(), pace)


_TABLES: Mapping[str, Callable[[LessonFile, object], Any]] = {
    "terrain": _terrain,
    "curve": _curve,
    "network": _network,
    "chain": _chain,
    "display": _display,
    "voice": _voice,
}
