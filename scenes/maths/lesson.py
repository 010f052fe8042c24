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

from scenes.maths.network import ACTIVATION, Network, backward, forward

ACTIVATIONS = tuple(ACTIVATION)  # sigmoid, tanh, relu, identity
DEFAULT_LESSON = Path(__file__).resolve().parents[2] / "assets" / "lesson.toml"
VARIABLE = "BACKPROP_LESSON"

# What the frame can hold and still be read.
FEWEST_LAYERS, MOST_LAYERS = 2, 5
MOST_NEURONS = 6
MOST_SIZES, LARGEST_SIZE = 8, 2000
LARGEST_NUMBER = 1000.0
LARGEST_RESULT = 1e6
MOST_DECIMALS = 6
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
class ChainLesson:
    """Sizes of the vectors that a chain of Jacobians leads through; the last is the cost, 1."""

    sizes: tuple[int, ...]


@dataclass(frozen=True)
class DisplayLesson:
    """Decimals shown for computed numbers: the usual count, and the limit where more are needed."""

    decimals: int
    most_decimals: int


@dataclass(frozen=True)
class Lesson:
    """A checked lesson and the file it came from; a table not given is the default lesson's."""

    source: Path
    network: NetworkLesson
    display: DisplayLesson
    chain: ChainLesson = field(default_factory=lambda: _default("chain"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the lesson says; comments, spacing and the file's place do not count."""
        content = asdict(self)
        del content["source"]
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


def _chain(reader: _Reader, value: object) -> ChainLesson:
    key = "chain.sizes"
    given = reader.table(value, "chain", ("sizes",))["sizes"]
    allowed = f"4 to {MOST_SIZES} sizes, from the input to the cost"
    if not isinstance(given, list):
        reader.refuse(key, f"{_short(given)} is not a list", f"a list of {allowed}")
    if not 4 <= len(given) <= MOST_SIZES:
        reader.refuse(key, f"{_short(given)} has {_plural(len(given), 'item')}", allowed)
    sizes = tuple(reader.integer(n, f"{key}[{i}]", 1, LARGEST_SIZE) for i, n in enumerate(given))
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
    "network": _network,
    "chain": _chain,
    "display": _display,
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
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _one_line(text: str) -> str:
    text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= 120 else text[:117] + "..."
