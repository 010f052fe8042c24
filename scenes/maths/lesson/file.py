"""A lesson's file and what stands in it, value by value.

What cannot be used is refused in one line, which names the file, the key, the value and what is
allowed.  Nothing in the file is ever run.
"""

from __future__ import annotations

import difflib
import math
import reprlib
import stat
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from scenes.maths.lesson.model import LessonError

LARGEST_FILE = 65_536  # bytes
LARGEST_NUMBER = 1000.0


class LessonFile:
    """One file, by the name its user knows it by."""

    def __init__(self, name: str) -> None:
        self.name = name

    def refuse(self, key: str, problem: str, allowed: str) -> NoReturn:
        """Raise LessonError; an empty key stands for the whole file."""
        where = f"{self.name}: {key}" if key else self.name
        raise LessonError(f"{where}: {problem} (allowed: {allowed})")

    def read(self, path: Path) -> str:
        """The file's text."""
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
            self.refuse("", f"cannot be read: {one_line(reason)}", allowed)
        if len(data) > LARGEST_FILE:
            self.refuse("", "is too large for a lesson", f"at most {LARGEST_FILE:,} bytes")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            byte = f"0x{data[error.start]:02x}"
            self.refuse("", f"line {line} is not text: byte {byte}", "TOML written in UTF-8")

    def parse(self, text: str) -> dict[str, Any]:
        """What the text states, as TOML."""
        try:
            return tomllib.loads(text.replace("\r\n", "\n"))
        except tomllib.TOMLDecodeError as error:
            self.refuse("", f"is not TOML: {one_line(str(error))}", "a lesson in TOML")
        except RecursionError:
            self.refuse("", "is not a lesson: nested too deeply", "a lesson in TOML")
        except ValueError as error:  # such as an integer of thousands of digits
            self.refuse("", f"is not a lesson: {one_line(str(error))}", "a lesson in TOML")

    def table(
        self, value: object, key: str, names: Sequence[str], optional: Sequence[str] = ()
    ) -> Mapping[str, object]:
        """A table with the keys `names`, perhaps some of `optional`, and no others."""
        known_names = (*names, *optional)
        allowed = ", ".join(known_names)
        if not isinstance(value, dict):
            self.refuse(key, f"{short(value)} is not a table", f"a table with {allowed}")
        for name in value:
            if name not in known_names:
                known = nearest(name, known_names)
                self.refuse(_join(key, name), f"unknown key{known}", allowed)
        for name in names:
            if name not in value:
                self.refuse(_join(key, name), "missing", f"all of {allowed}")
        return value

    def items(self, value: object, key: str, count: int, why: str) -> list[object]:
        """A list of exactly `count` items."""
        return self._list(value, key, count, count, f"{count}, {why}")

    def some(
        self, value: object, key: str, fewest: int, most: int, what: str, each: str = "item"
    ) -> list[object]:
        """A list of `fewest` to `most` items, each of which is called `each`."""
        return self._list(value, key, fewest, most, f"{fewest} to {most} {what}", each)

    def _list(
        self, value: object, key: str, fewest: int, most: int, allowed: str, each: str = "item"
    ) -> list[object]:
        if not isinstance(value, list):
            self.refuse(key, f"{short(value)} is not a list", f"a list of {allowed}")
        if not fewest <= len(value) <= most:
            self.refuse(key, f"{short(value)} has {plural(len(value), each)}", allowed)
        return value

    def text(self, value: object, key: str, allowed: str) -> str:
        if not isinstance(value, str):
            self.refuse(key, f"{short(value)} is not a text in quotes", allowed)
        return value

    def within(self, value: object, key: str, low: float, high: float) -> float:
        number = self.number(value, key)
        if not low <= number <= high:
            self.refuse(key, f"{short(value)} is out of range", f"numbers from {low:g} to {high:g}")
        return number

    def numbers(self, value: object, key: str, count: int, why: str) -> tuple[float, ...]:
        """A list of exactly `count` numbers."""
        items = self.items(value, key, count, why)
        return tuple(self.number(item, f"{key}[{i}]") for i, item in enumerate(items))

    def number(self, value: object, key: str) -> float:
        """A number that films can show."""
        allowed = f"finite numbers from -{LARGEST_NUMBER:g} to {LARGEST_NUMBER:g}"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.refuse(key, f"{short(value)} is not a number", allowed)
        if isinstance(value, float) and not math.isfinite(value):
            self.refuse(key, f"{short(value)} is not a finite number", allowed)
        if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            self.refuse(key, f"{short(value)} is out of range", allowed)
        return float(value) + 0.0  # −0.0 becomes 0.0

    def positive(self, value: object, key: str) -> float:
        number = self.number(value, key)
        if number <= 0:
            self.refuse(key, f"{short(value)} is not above 0", "numbers above 0")
        return number

    def integer(self, value: object, key: str, least: int, most: int, what: str = "") -> int:
        """A whole number from `least` to `most`."""
        allowed = f"whole numbers from {least} to {most}" + (f" {what}" if what else "")
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(key, f"{short(value)} is not a whole number", allowed)
        if not least <= value <= most:
            self.refuse(key, f"{short(value)} is out of range", allowed)
        return value


_REPR = reprlib.Repr()
_REPR.maxlevel, _REPR.maxlist, _REPR.maxdict, _REPR.maxstring, _REPR.maxlong = 3, 4, 2, 40, 40


def short(value: object) -> str:
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


def _join(key: str, name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    shown = name if bare and len(name) <= 60 else short(name)
    return f"{key}.{shown}" if key else shown


def nearest(name: object, known: Sequence[str]) -> str:
    """A question after the known name that was perhaps meant; nothing where none is near."""
    # The matcher's time grows with the length; no misspelling is that long.
    text = str(name)[:60].lower() if isinstance(name, str) else ""
    match = difflib.get_close_matches(text, known, n=1)
    return f"; did you mean {match[0]}?" if match else ""


def plural(count: int, noun: str) -> str:
    """A count with its noun: "1 minimum", "2 minima"."""
    if noun.endswith("um"):
        return f"{count} {noun}" if count == 1 else f"{count} {noun[:-2]}a"
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def one_line(text: str) -> str:
    """Text on one line, cut where it is long."""
    text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= 120 else text[:117] + "..."
