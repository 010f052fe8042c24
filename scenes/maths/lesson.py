"""The lesson: every number the films start from, read from one TOML file, checked and frozen.

A lesson that cannot be used is refused with one line that names the file, the key, the value
and what is allowed.  Reading a lesson never runs anything in it.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import math
import os
import reprlib
import stat
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from scenes.maths.expression import ExpressionError, parse
from scenes.maths.landscape import CostCurve, Descent, Hill, LandscapeError, Terrain
from scenes.maths.network import ACTIVATION, Network, backward, forward

ACTIVATIONS = tuple(ACTIVATION)  # sigmoid, tanh, relu, identity
DEFAULT_LESSON = Path(__file__).resolve().parents[2] / "assets" / "lesson.toml"
VARIABLE = "BACKPROP_LESSON"

# What the frame can hold and still be read.
FEWEST_LAYERS, MOST_LAYERS = 3, 5
MOST_NEURONS = 6
MOST_SIZES, LARGEST_SIZE = 8, 2000
MAP = ((-4.0, 4.0), (-3.0, 3.0))  # the map's extent, west to east and south to north
FEWEST_HILLS, MOST_HILLS = 2, 6
HOPS = 12  # hops that the films show when they compare step sizes
LARGEST_NUMBER = 1000.0
LARGEST_RESULT = 1e6
MOST_DECIMALS = 6
LONGEST_NAME = 200  # characters of a voice's name or path
PACES = (100, 200)  # words a minute
LARGEST_FILE = 65_536  # bytes


class LessonError(ValueError):
    """A lesson that cannot be used; `str(error)` is one line fit for the terminal."""


@dataclass(frozen=True)
class NetworkLesson:
    """The network and its one training example; weights[l][j][k] goes into j and comes from k."""

    layers: tuple[int, ...]
    activation: str
    weights: tuple[tuple[tuple[float, ...], ...], ...]
    biases: tuple[tuple[float, ...], ...]
    input: tuple[float, ...]
    target: tuple[float, ...]
    learning_rate: float


@dataclass(frozen=True)
class TerrainLesson:
    """A terrain of hills on the map, and a climber's steps x ← x + α∇f(x)."""

    hills: tuple[Hill, ...]
    start: tuple[float, float]
    step_size: float
    steps: int


@dataclass(frozen=True)
class ConvexLesson:
    """A convex cost curve; four step sizes to be tried from `step_start`."""

    expression: str
    interval: tuple[float, float]
    starts: tuple[float, ...]
    step_start: float
    too_small: float
    well_chosen: float
    zigzag: float
    divergent: float


@dataclass(frozen=True)
class NonconvexLesson:
    """A cost curve of several minima; `crowd` starts are spread evenly over the interval."""

    expression: str
    interval: tuple[float, float]
    start: float
    step_size: float
    crowd: int
    momentum: float
    restarts: tuple[float, ...]


@dataclass(frozen=True)
class CurveLesson:
    """The two cost curves."""

    convex: ConvexLesson
    nonconvex: NonconvexLesson


@dataclass(frozen=True)
class ChainLesson:
    """Sizes of the vectors that a chain of Jacobians leads through; the last is the cost, 1."""

    sizes: tuple[int, ...]


@dataclass(frozen=True)
class DisplayLesson:
    """Decimals shown for computed numbers: the usual count, and the limit where more are needed."""

    decimals: int
    most_decimals: int


@dataclass(frozen=True)
class VoiceLesson:
    """Who speaks: a voice's name, or a file or folder beside the lesson; and words a minute."""

    name: str = "hibari"
    pace: float = 150.0


@dataclass(frozen=True)
class Lesson:
    """A checked lesson and the file it came from; a table not given is the default lesson's."""

    source: Path
    network: NetworkLesson
    display: DisplayLesson
    terrain: TerrainLesson = field(default_factory=lambda: _default("terrain"))
    curve: CurveLesson = field(default_factory=lambda: _default("curve"))
    chain: ChainLesson = field(default_factory=lambda: _default("chain"))
    voice: VoiceLesson = field(default_factory=lambda: _default("voice"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the lesson says; comments, spacing and the file's place do not count.

        Nor does the voice: it speaks for itself, wherever what it changes is compared.
        """
        content = asdict(self)
        del content["source"], content["voice"]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def load_lesson(path: Path | str | None = None) -> Lesson:
    """Read and check a lesson: `path`, else the file $BACKPROP_LESSON names, else the default.

    A table that the file leaves out is the default lesson's.

    Raises LessonError, one line, for anything that is wrong with it.
    """
    if path is None:
        path = os.environ.get(VARIABLE) or DEFAULT_LESSON
    source = Path(path).expanduser() if str(path).startswith("~") else Path(path)
    given = _tables(_Reader(_name(path)), source)
    if not given.keys() >= _TABLES.keys():
        given = {**_default_tables(), **given}
    return Lesson(source, **given)


@lru_cache(maxsize=1)
def _default_tables() -> Mapping[str, Any]:
    return _tables(_Reader(_name(DEFAULT_LESSON)), DEFAULT_LESSON)


def _default(table: str) -> Any:
    return _default_tables()[table]


def _tables(reader: _Reader, source: Path) -> dict[str, Any]:
    """The tables that a file has, checked."""
    document = reader.parse(reader.read(source))
    reader.table(document, "", (), optional=tuple(_TABLES))
    if not document:
        reader.refuse("", "is empty", f"a lesson with one or more of {', '.join(_TABLES)}")
    return {name: _TABLES[name](reader, value) for name, value in document.items()}


def _network(reader: _Reader, value: object) -> NetworkLesson:
    keys = ("layers", "activation", "weights", "biases", "input", "target", "learning_rate")
    table = reader.table(value, "network", keys)
    layers = _layers(reader, table["layers"])
    activation = table["activation"]
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        hint = _nearest(activation, ACTIVATIONS)
        reader.refuse(
            "network.activation", f"{_short(activation)} is not known{hint}", ", ".join(ACTIVATIONS)
        )
    fed = list(pairwise(layers))
    weights = reader.items(
        table["weights"], "network.weights", len(fed), "one matrix for each layer after the input"
    )
    biases = reader.items(
        table["biases"], "network.biases", len(fed), "one list for each layer after the input"
    )
    matrices = []
    for layer, (given, (sources, neurons)) in enumerate(zip(weights, fed, strict=True)):
        key = f"network.weights[{layer}]"
        rows = reader.items(given, key, neurons, f"one row for each neuron of layer {layer + 1}")
        why = f"one weight for each neuron of layer {layer}"
        matrices.append(
            tuple(reader.numbers(row, f"{key}[{j}]", sources, why) for j, row in enumerate(rows))
        )
    lesson = NetworkLesson(
        layers=layers,
        activation=activation,
        weights=tuple(matrices),
        biases=tuple(
            reader.numbers(
                given,
                f"network.biases[{layer}]",
                n,
                f"one bias for each neuron of layer {layer + 1}",
            )
            for layer, (given, n) in enumerate(zip(biases, layers[1:], strict=True))
        ),
        input=reader.numbers(
            table["input"], "network.input", layers[0], "one for each neuron of layer 0"
        ),
        target=reader.numbers(
            table["target"], "network.target", layers[-1], "one for each neuron of the last layer"
        ),
        learning_rate=_positive(reader, table["learning_rate"], "network.learning_rate"),
    )
    _refuse_unprintable(reader, lesson)
    return lesson


def _layers(reader: _Reader, value: object) -> tuple[int, ...]:
    key = "network.layers"
    allowed = (
        f"{FEWEST_LAYERS} to {MOST_LAYERS} layers counting the input, "
        f"1 to {MOST_NEURONS} neurons each"
    )
    if not isinstance(value, list):
        reader.refuse(key, f"{_short(value)} is not a list", allowed)
    if not FEWEST_LAYERS <= len(value) <= MOST_LAYERS:
        reader.refuse(key, f"{_short(value)} has {_plural(len(value), 'layer')}", allowed)
    return tuple(
        reader.integer(
            n, f"{key}[{i}]", 1, MOST_NEURONS, "neurons, so that the frame can hold them"
        )
        for i, n in enumerate(value)
    )


def _terrain(reader: _Reader, value: object) -> TerrainLesson:
    table = reader.table(value, "terrain", ("hills", "start", "step_size", "steps"))
    key = "terrain.hills"
    hills = reader.some(table["hills"], key, FEWEST_HILLS, MOST_HILLS, "hills")
    lesson = TerrainLesson(
        hills=tuple(_hill(reader, hill, f"{key}[{i}]") for i, hill in enumerate(hills)),
        start=_on_map(reader, table["start"], "terrain.start"),
        step_size=_positive(reader, table["step_size"], "terrain.step_size"),
        steps=reader.integer(table["steps"], "terrain.steps", 5, 60),
    )
    _refuse_misleading_climb(reader, lesson)
    return lesson


def _hill(reader: _Reader, value: object, key: str) -> Hill:
    table = reader.table(value, key, ("height", "position", "width"))
    return Hill(
        height=reader.within(table["height"], f"{key}.height", 0.1, 10),
        position=_on_map(reader, table["position"], f"{key}.position"),
        width=reader.within(table["width"], f"{key}.width", 0.2, 3),
    )


def _on_map(reader: _Reader, value: object, key: str) -> tuple[float, float]:
    x, y = reader.items(value, key, 2, "east and north")
    return reader.within(x, f"{key}[0]", *MAP[0]), reader.within(y, f"{key}[1]", *MAP[1])


def _refuse_misleading_climb(reader: _Reader, lesson: TerrainLesson) -> None:
    """The climber must rise at each step and stop on a summit that is not the highest."""
    terrain = Terrain.from_lesson(lesson)
    try:
        summits = terrain.summits
    except LandscapeError as problem:
        reader.refuse("terrain.hills", f"are {problem}", "hills that stand further apart")
    if len(summits) < 2:
        reader.refuse(
            "terrain.hills",
            "merge into a single summit",
            "hills of which at least two keep a summit of their own",
        )
    path = terrain.ascent(lesson.start, lesson.step_size, lesson.steps)
    heights, slopes = terrain.value(path), np.linalg.norm(terrain.gradient(path), axis=-1)
    # A hill by itself is steepest one width from its middle, by height/width · e^(−1/2).
    steepest = max(hill.height / hill.width for hill in lesson.hills) * math.exp(-0.5)
    if not slopes[0] > 0.01 * steepest:
        reader.refuse("terrain.start", "is on level ground", "a start on a slope")
    if len(path) <= lesson.steps or np.any(np.diff(heights) < -1e-9 * heights[-1]):
        reader.refuse(
            "terrain.step_size",
            f"{lesson.step_size:g} is so large that a step leads down",
            "steps that lead up, each of them",
        )
    reached = terrain.summit_near(path[-1], 0.1)
    if reached is None or slopes[-1] > 0.02 * slopes.max():
        reader.refuse(
            "terrain.steps",
            f"after {lesson.steps} steps the climber is not on a summit",
            "more steps, or a larger step_size",
        )
    if reached.height > 0.95 * summits[0].height:
        reader.refuse(
            "terrain.start",
            "leads to the highest summit, or one nearly as high",
            "a start from which the climber ends on a lesser summit",
        )


def _curve(reader: _Reader, value: object) -> CurveLesson:
    table = reader.table(value, "curve", (), optional=("convex", "nonconvex"))
    if not table:
        reader.refuse("curve", "is empty", "curve.convex, curve.nonconvex, or both")
    given = {name: _CURVES[name](reader, curve, f"curve.{name}") for name, curve in table.items()}
    if len(given) < 2:
        default = _default("curve")
        given = {"convex": default.convex, "nonconvex": default.nonconvex, **given}
    return CurveLesson(**given)


def _convex(reader: _Reader, value: object, key: str) -> ConvexLesson:
    steps = ("too_small", "well_chosen", "zigzag", "divergent")
    table = reader.table(value, key, ("expression", "interval", "starts", "step_start", *steps))
    interval = _interval(reader, table["interval"], f"{key}.interval")
    curve = _cost_curve(reader, table["expression"], key, interval)
    if not curve.convex:
        found = "is not convex" if curve.convex is False else "could not be shown to be convex"
        reader.refuse(
            f"{key}.expression",
            f"{found} on the interval",
            "curves whose second derivative is nowhere below 0, such as w**2",
        )
    (minimum,) = curve.minima or (None,)
    if minimum is None or not minimum.curvature > 1e-6:
        reader.refuse(
            f"{key}.expression",
            "is flat to second order at its minimum",
            "curves with a second derivative above 0 there",
        )
    starts = _starts(reader, table["starts"], f"{key}.starts", interval, 2, 5)
    if not min(starts) < minimum.position < max(starts):
        reader.refuse(
            f"{key}.starts",
            f"are all on one side of the minimum at {minimum.position:.3g}",
            "starts on both sides of it",
        )
    lesson = ConvexLesson(
        str(table["expression"]),
        interval,
        starts,
        reader.within(table["step_start"], f"{key}.step_start", *interval),
        *(_positive(reader, table[step], f"{key}.{step}") for step in steps),
    )
    if abs(lesson.step_start - minimum.position) < 0.02 * (interval[1] - interval[0]):
        reader.refuse(f"{key}.step_start", "is at the minimum", "a start away from it")
    for start in starts:
        if curve.descend(start, lesson.well_chosen).rest != minimum:
            reader.refuse(
                f"{key}.well_chosen",
                f"{lesson.well_chosen:g} does not lead to the minimum from {start:g}",
                "a step size for which every start does",
            )
    _refuse_misleading_steps(reader, key, lesson, curve)
    return lesson


def _refuse_misleading_steps(
    reader: _Reader, key: str, lesson: ConvexLesson, curve: CostCurve
) -> None:
    (minimum,) = curve.minima
    bound = f"; 2/λ is {2 / minimum.curvature:.4g}, with λ the second derivative at the minimum"

    def tried(step_size: float) -> tuple[Descent, np.ndarray[Any, Any]]:
        descent = curve.descend(lesson.step_start, step_size)
        positions = curve.hops(lesson.step_start, step_size, HOPS)
        return descent, positions - minimum.position

    descent, off = tried(lesson.too_small)
    slow = len(off) > HOPS and np.all(off * off[0] > 0) and abs(off[-1]) > 0.5 * abs(off[0])
    if not (slow and descent.rest == minimum):
        reader.refuse(
            f"{key}.too_small",
            f"{lesson.too_small:g} is not too small{bound}",
            f"step sizes that leave more than half of the way after {HOPS} steps",
        )
    descent, off = tried(lesson.well_chosen)
    if descent.rest != minimum or not abs(off[-1]) < 0.01 * abs(off[0]):
        reader.refuse(
            f"{key}.well_chosen",
            f"{lesson.well_chosen:g} is not at the minimum after {HOPS} steps{bound}",
            "step sizes that lead there, such as 0.6/λ",
        )
    descent, off = tried(lesson.zigzag)
    if descent.rest != minimum or not np.all(off[:-1] * off[1:] < 0):
        reader.refuse(
            f"{key}.zigzag",
            f"{lesson.zigzag:g} does not zigzag to the minimum{bound}",
            "step sizes that land on the other side at each step and still converge, such as 1.8/λ",
        )
    descent, off = tried(lesson.divergent)
    grows = np.all(np.abs(off[1:]) > np.abs(off[:-1])) and len(off) > 3
    if not (descent.diverged and grows and lesson.divergent * minimum.curvature > 2):
        reader.refuse(
            f"{key}.divergent",
            f"{lesson.divergent:g} does not diverge{bound}",
            "step sizes for which each step lands further away, such as 2.2/λ",
        )


def _nonconvex(reader: _Reader, value: object, key: str) -> NonconvexLesson:
    names = ("expression", "interval", "start", "step_size", "crowd", "momentum", "restarts")
    table = reader.table(value, key, names)
    interval = _interval(reader, table["interval"], f"{key}.interval")
    curve = _cost_curve(reader, table["expression"], key, interval)
    minima, count = curve.minima, len(curve.minima)
    expression = f"{key}.expression"
    if not 2 <= count <= 4 or curve.convex is not False:
        allowed = "curves with 2 to 4 minima on it"
        reader.refuse(expression, f"has {_plural(count, 'minimum')} on the interval", allowed)
    flat = next((p for p in minima if not p.curvature > 1e-6), None)
    if flat is not None:
        reader.refuse(
            expression,
            f"is flat to second order at its minimum at {flat.position:.3g}",
            "curves with a second derivative above 0 at each minimum",
        )
    heights = curve.value(np.linspace(*interval, 201))
    lowest, second = sorted(p.value for p in minima)[:2]
    if second - lowest < 0.03 * float(np.ptp(heights)):
        reader.refuse(
            expression, "has two minima of nearly the same cost", "curves with one that is lowest"
        )
    lesson = NonconvexLesson(
        str(table["expression"]),
        interval,
        reader.within(table["start"], f"{key}.start", *interval),
        _positive(reader, table["step_size"], f"{key}.step_size"),
        reader.integer(table["crowd"], f"{key}.crowd", 8, 40),
        reader.within(table["momentum"], f"{key}.momentum", 0.1, 0.99),
        _starts(reader, table["restarts"], f"{key}.restarts", interval, 2, 4),
    )
    _refuse_misleading_descents(reader, key, lesson, curve)
    return lesson


def _refuse_misleading_descents(
    reader: _Reader, key: str, lesson: NonconvexLesson, curve: CostCurve
) -> None:
    goal = curve.global_minimum
    sharpest = max(curve.minima, key=lambda p: p.curvature)
    if not lesson.step_size < curve.largest_step(sharpest):
        reader.refuse(
            f"{key}.step_size",
            f"{lesson.step_size:g} does not settle at the minimum at {sharpest.position:.3g}",
            f"step sizes below {curve.largest_step(sharpest):.4g}",
        )
    crowd = [curve.descend(w, lesson.step_size) for w in curve.spread(lesson.crowd)]
    if any(descent.rest is None for descent in crowd):
        reader.refuse(
            f"{key}.step_size",
            f"{lesson.step_size:g} does not bring every start to rest",
            "smaller step sizes",
        )
    plain = curve.descend(lesson.start, lesson.step_size)
    if plain.rest not in curve.minima or plain.rest == goal:
        reader.refuse(
            f"{key}.start",
            f"{lesson.start:g} does not lead to a local minimum that is not the lowest",
            "starts that do",
        )
    heavy = curve.descend(lesson.start, lesson.step_size, lesson.momentum)
    if heavy.rest is None:
        reader.refuse(
            f"{key}.momentum",
            f"{lesson.momentum:g} does not come to rest",
            "smaller values, or a smaller step_size",
        )
    again = curve.restart(lesson.restarts, lesson.step_size)
    ways = (heavy.rest == goal, any(descent.rest == goal for descent in again))
    if ways[0] == ways[1]:
        found = "both reach" if ways[0] else "neither reaches"
        reader.refuse(
            key,
            f"momentum and restarts: {found} the global minimum",
            "values for which one of the two does and the other fails, since the film shows both",
        )


_CURVES: Mapping[str, Callable[[_Reader, object, str], Any]] = {
    "convex": _convex,
    "nonconvex": _nonconvex,
}


def _interval(reader: _Reader, value: object, key: str) -> tuple[float, float]:
    left, right = reader.numbers(value, key, 2, "its left and its right end")
    if not right - left >= 0.1:
        reader.refuse(key, f"{_short(value)} is too narrow", "a right end 0.1 or more to the right")
    return left, right


def _starts(
    reader: _Reader,
    value: object,
    key: str,
    interval: tuple[float, float],
    fewest: int,
    most: int,
) -> tuple[float, ...]:
    items = reader.some(value, key, fewest, most, "starts")
    starts = tuple(reader.within(w, f"{key}[{i}]", *interval) for i, w in enumerate(items))
    if len(set(starts)) < len(starts):
        reader.refuse(key, f"{_short(value)} has the same start twice", "starts that differ")
    return starts


def _cost_curve(
    reader: _Reader, value: object, key: str, interval: tuple[float, float]
) -> CostCurve:
    """A curve that is smooth, finite, and slopes inwards at both ends."""
    key = f"{key}.expression"
    grammar = (
        "an expression in w of numbers, + - * / **, brackets and exp, log, sqrt, sin, cos, tanh"
    )
    if not isinstance(value, str):
        reader.refuse(key, f"{_short(value)} is not a text in quotes", grammar)
    try:
        curve = CostCurve(parse(value), interval)
        curve.stationary_points  # noqa: B018  (found here, so that what is too intricate is refused)
    except ExpressionError as problem:
        reader.refuse(key, f"{_short(value)} {problem}", grammar)
    except LandscapeError as problem:
        reader.refuse(key, f"{_short(value)} {problem}", "smooth curves")
    heights = curve.value(np.linspace(*interval, 201))
    if not 1e-3 <= float(np.ptp(heights)) <= LARGEST_RESULT:
        reader.refuse(
            key,
            f"{_short(value)} is too flat or too steep to be drawn",
            f"curves that rise by 0.001 to {LARGEST_RESULT:,.0f} on the interval",
        )
    if not float(curve.slope(interval[0])) < 0 < float(curve.slope(interval[1])):
        reader.refuse(
            key,
            f"{_short(value)} does not fall at the left end and rise at the right end",
            "curves or intervals with the minima well inside",
        )
    return curve


def _chain(reader: _Reader, value: object) -> ChainLesson:
    key = "chain.sizes"
    given = reader.table(value, "chain", ("sizes",))["sizes"]
    items = reader.some(given, key, 4, MOST_SIZES, "sizes, from the input to the cost")
    sizes = tuple(reader.integer(n, f"{key}[{i}]", 1, LARGEST_SIZE) for i, n in enumerate(items))
    if sizes[-1] != 1:
        reader.refuse(key, f"ends with {sizes[-1]}, but a cost is one number", "1 as the last size")
    # Multiplications, layer by layer: n0·n1·n2 + n0·n2·n3 + … against n(L-2)·n(L-1)·nL + …
    products = [a * b for a, b in pairwise(sizes)]
    if not sizes[-1] * sum(products[:-1]) < sizes[0] * sum(products[1:]):
        reader.refuse(
            key,
            f"{_short(given)} makes reverse mode no cheaper than forward mode",
            "sizes for which it is, such as [784, 16, 16, 10, 1]",
        )
    return ChainLesson(sizes)


def _display(reader: _Reader, value: object) -> DisplayLesson:
    table = reader.table(value, "display", ("decimals", "most_decimals"))
    decimals = reader.integer(table["decimals"], "display.decimals", 1, 4)
    most = reader.integer(table["most_decimals"], "display.most_decimals", decimals, MOST_DECIMALS)
    return DisplayLesson(decimals, most)


def _voice(reader: _Reader, value: object) -> VoiceLesson:
    table = reader.table(value, "voice", (), optional=("name", "pace"))
    name = table.get("name", VoiceLesson.name)
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
        allowed = "a voice's name, or a file or folder beside the lesson, in quotes"
        reader.refuse("voice.name", f"{_short(name)} is no name", allowed)
    pace = reader.within(table.get("pace", VoiceLesson.pace), "voice.pace", *PACES)
    return VoiceLesson(name.strip(), pace)


def _positive(reader: _Reader, value: object, key: str) -> float:
    number = reader.number(value, key)
    if number <= 0:
        reader.refuse(key, f"{_short(value)} is not above 0", "numbers above 0")
    return number


def _refuse_unprintable(reader: _Reader, lesson: NetworkLesson) -> None:
    # Weights that are each sensible can multiply to numbers no frame can hold.
    network = Network.from_lesson(lesson)
    trace = forward(network, lesson.input, lesson.target)
    gradient = backward(network, trace)
    results = {"cost": np.array([trace.cost])}
    for layer, (here, back) in enumerate(zip(trace.layers, gradient.layers, strict=True), start=1):
        results |= {f"sum z in layer {layer}": here.z, f"gradient in layer {layer}": back.dW}
    for name, values in results.items():
        largest = float(np.max(np.abs(values)))
        if not largest <= LARGEST_RESULT:
            reader.refuse(
                "network.weights",
                f"the {name} reaches {largest:.3g}",
                f"weights for which results stay within {LARGEST_RESULT:,.0f}",
            )


_TABLES: Mapping[str, Callable[[_Reader, object], Any]] = {
    "terrain": _terrain,
    "curve": _curve,
    "network": _network,
    "chain": _chain,
    "display": _display,
    "voice": _voice,
}


class _Reader:
    """Reads and checks one file; every refusal names it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def refuse(self, key: str, problem: str, allowed: str) -> NoReturn:
        where = f"{self.name}: {key}" if key else self.name
        raise LessonError(f"{where}: {problem} (allowed: {allowed})")

    def read(self, path: Path) -> str:
        allowed = "a lesson in TOML"
        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                self.refuse("", "is a folder", allowed)
            if not stat.S_ISREG(mode):
                self.refuse("", "is not a file", allowed)
            with path.open("rb") as stream:
                data = stream.read(LARGEST_FILE + 1)
        except FileNotFoundError:
            self.refuse("", "there is no such file", allowed)
        except PermissionError:
            self.refuse("", "may not be read", "a file you have the right to read")
        except (OSError, ValueError) as error:
            if isinstance(error, LessonError):
                raise
            reason = getattr(error, "strerror", None) or str(error)
            self.refuse("", f"cannot be read: {_one_line(reason)}", allowed)
        if len(data) > LARGEST_FILE:
            self.refuse("", "is too large for a lesson", f"at most {LARGEST_FILE:,} bytes")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            byte = f"0x{data[error.start]:02x}"
            self.refuse("", f"line {line} is not text: byte {byte}", "TOML written in UTF-8")

    def parse(self, text: str) -> dict[str, Any]:
        try:
            return tomllib.loads(text.replace("\r\n", "\n"))
        except tomllib.TOMLDecodeError as error:
            self.refuse("", f"is not TOML: {_one_line(str(error))}", "a lesson in TOML")
        except RecursionError:
            self.refuse("", "is not a lesson: nested too deeply", "a lesson in TOML")
        except ValueError as error:  # such as an integer of thousands of digits
            self.refuse("", f"is not a lesson: {_one_line(str(error))}", "a lesson in TOML")

    def table(
        self, value: object, key: str, names: Sequence[str], optional: Sequence[str] = ()
    ) -> Mapping[str, object]:
        """A table with the keys `names`, perhaps some of `optional`, and no others."""
        known_names = (*names, *optional)
        allowed = ", ".join(known_names)
        if not isinstance(value, dict):
            self.refuse(key, f"{_short(value)} is not a table", f"a table with {allowed}")
        for name in value:
            if name not in known_names:
                known = _nearest(name, known_names)
                self.refuse(_join(key, name), f"unknown key{known}", allowed)
        for name in names:
            if name not in value:
                self.refuse(_join(key, name), "missing", f"all of {allowed}")
        return value

    def items(self, value: object, key: str, count: int, why: str) -> list[object]:
        """A list of exactly `count` items."""
        allowed = f"{count}, {why}"
        if not isinstance(value, list):
            self.refuse(key, f"{_short(value)} is not a list", f"a list of {allowed}")
        if len(value) != count:
            self.refuse(key, f"{_short(value)} has {_plural(len(value), 'item')}", allowed)
        return value

    def some(self, value: object, key: str, fewest: int, most: int, what: str) -> list[object]:
        """A list of `fewest` to `most` items."""
        allowed = f"{fewest} to {most} {what}"
        if not isinstance(value, list):
            self.refuse(key, f"{_short(value)} is not a list", f"a list of {allowed}")
        if not fewest <= len(value) <= most:
            self.refuse(key, f"{_short(value)} has {_plural(len(value), 'item')}", allowed)
        return value

    def within(self, value: object, key: str, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        number = self.number(value, key)
        if not low <= number <= high:
            self.refuse(
                key, f"{_short(value)} is out of range", f"numbers from {low:g} to {high:g}"
            )
        return number

    def numbers(self, value: object, key: str, count: int, why: str) -> tuple[float, ...]:
        """A list of exactly `count` numbers."""
        items = self.items(value, key, count, why)
        return tuple(self.number(item, f"{key}[{i}]") for i, item in enumerate(items))

    def number(self, value: object, key: str) -> float:
        allowed = f"finite numbers from -{LARGEST_NUMBER:g} to {LARGEST_NUMBER:g}"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.refuse(key, f"{_short(value)} is not a number", allowed)
        if isinstance(value, float) and not math.isfinite(value):
            self.refuse(key, f"{_short(value)} is not a finite number", allowed)
        if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            self.refuse(key, f"{_short(value)} is out of range", allowed)
        return float(value) + 0.0  # −0.0 becomes 0.0

    def integer(self, value: object, key: str, least: int, most: int, what: str = "") -> int:
        allowed = f"whole numbers from {least} to {most}" + (f" {what}" if what else "")
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(key, f"{_short(value)} is not a whole number", allowed)
        if not least <= value <= most:
            self.refuse(key, f"{_short(value)} is out of range", allowed)
        return value


_REPR = reprlib.Repr()
_REPR.maxlevel, _REPR.maxlist, _REPR.maxdict, _REPR.maxstring, _REPR.maxlong = 3, 4, 2, 40, 40


def _short(value: object) -> str:
    """A value as the reader typed it, more or less, on one line and not long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float, list, dict)):
        try:
            text = _REPR.repr(value)
        except ValueError:  # an integer too long to be written in decimal
            text = "a number of thousands of digits"
    else:
        text = str(value)  # a date or a time
    return text if len(text) <= 80 else text[:77] + "..."


def _name(path: Path | str) -> str:
    """The file as the user would name it: the default relative to where they are, if it can be."""
    if path == DEFAULT_LESSON:
        with contextlib.suppress(ValueError, OSError):
            path = DEFAULT_LESSON.relative_to(Path.cwd())
    text = str(path)
    return text if text.isprintable() else repr(text)


def _join(key: str, name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    shown = name if bare and len(name) <= 60 else _short(name)
    return f"{key}.{shown}" if key else shown


def _nearest(name: object, known: Sequence[str]) -> str:
    # The matcher's time grows with the length; no misspelling is that long.
    text = str(name)[:60].lower() if isinstance(name, str) else ""
    match = difflib.get_close_matches(text, known, n=1)
    return f"; did you mean {match[0]}?" if match else ""


def _plural(count: int, noun: str) -> str:
    if noun.endswith("um"):
        return f"{count} {noun}" if count == 1 else f"{count} {noun[:-2]}a"
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _one_line(text: str) -> str:
    text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= 120 else text[:117] + "..."
