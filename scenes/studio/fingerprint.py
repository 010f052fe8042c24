"""What a film depends on, as a digest: one that has not changed is not made again."""

from __future__ import annotations

import ast
import hashlib
import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import Any

from scenes.studio import settings

_FOREIGN = {"manim", "builtins"}
_LIBRARY = ("maths", "words", "pictures", "staging")
_FILM_MAKER = "narrated"
"""What of the studio a film depends on: this module, and what it imports."""
_PACKAGES = ("manim", "numpy", "sympy", "typst", "av", "pycairo", "manimpango")


def digest(*parts: Any) -> str:
    """SHA-256 over the parts' representations, in order."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part if isinstance(part, bytes) else repr(part).encode())
        sha.update(b"\0")
    return sha.hexdigest()


@lru_cache(maxsize=1)
def library_digest() -> str:
    """Our own library's sources, the fonts, and the versions of what draws with them."""
    files = [p for part in _LIBRARY for p in sorted((settings.SCENES / part).rglob("*.py"))]
    files += sorted(film_makers())
    files += sorted(p for p in settings.FONTS.iterdir() if p.suffix in {".ttf", ".otf"})
    contents = [(str(p.relative_to(settings.ROOT)), digest(p.read_bytes())) for p in files]
    return digest(contents, [(name, version(name)) for name in _PACKAGES])


def film_makers() -> set[Path]:
    """The studio's modules that have a part in making a film; the others only use finished ones."""
    folder = settings.SCENES / "studio"
    found: set[Path] = set()
    waiting = [_FILM_MAKER]
    while waiting:
        path = folder / f"{waiting.pop()}.py"
        if path in found or not path.is_file():
            continue
        found.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "scenes.studio":
                waiting += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                package, _, name = node.module.rpartition(".")
                waiting += [name] if package == "scenes.studio" else []
    return found


def _own_bases(scene_class: type) -> list[type]:
    return [c for c in scene_class.__mro__ if c.__module__.split(".")[0] not in _FOREIGN]


def source_files(scene_class: type) -> list[Path]:
    """The files that define a film's class and its bases, Manim left out.

    A class that was written in a notebook has none; see :func:`unfiled`.
    """
    files = (_file_of(base) for base in _own_bases(scene_class))
    return [Path(file) for file in dict.fromkeys(files) if file is not None]


def _file_of(cls: type) -> str | None:
    try:
        return inspect.getsourcefile(cls)
    except (OSError, TypeError):
        return None


def unfiled(scene_class: type) -> list[str]:
    """What the functions of classes without a file do."""
    return [
        source_of(inspect.unwrap(member))
        for base in _own_bases(scene_class)
        if _file_of(base) is None
        for member in vars(base).values()
        if inspect.isfunction(member)
    ]


def source_of(function: Callable[..., Any]) -> str:
    """A function's text or, where that is not to be had, what it was compiled to."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return repr(_compiled(function.__code__))


def _compiled(code: CodeType) -> tuple[Any, ...]:
    constants = [_compiled(c) if isinstance(c, CodeType) else c for c in code.co_consts]
    return code.co_code, constants, code.co_names


def sources_of(scene_class: type, without: Sequence[Callable[..., Any]] = ()) -> str:
    """A digest of all code that a film is made by, but for some of its functions."""
    left_out = [source_of(function) for function in without]
    filed = []
    for path in source_files(scene_class):
        text = path.read_text(encoding="utf-8")
        for source in left_out:
            text = text.replace(source, "")
        filed.append(text)
    others = [source for source in unfiled(scene_class) if source not in left_out]
    attributes = {
        name: repr(value)
        for name, value in vars(scene_class).items()
        if isinstance(value, (str, int, float, bool, tuple))
    }
    return digest(library_digest(), filed, others, attributes)
