"""What may import what: mathematics and words know nothing of pictures, and nothing goes round."""

import ast
from pathlib import Path

import pytest

SCENES = Path(__file__).resolve().parents[1] / "scenes"

# For each package: the packages of ours it may import besides itself, and whether manim.
ALLOWED: dict[str, tuple[set[str], bool]] = {
    "setup": (set(), False),
    "maths": (set(), False),
    "words": (set(), False),
    "pictures": ({"maths"}, True),
    "studio": ({"maths", "words"}, True),
    "staging": ({"maths", "pictures", "studio"}, True),
    "proof": ({"maths", "words", "pictures", "studio"}, True),
}
# Where the command begins, its parts are put together.
START = SCENES / "studio" / "entry.py"
SCENE_FILES = {path.stem for path in SCENES.glob("*.py")} - {"__init__"}
FILES = sorted(SCENES.rglob("*.py"))


def test_there_are_files_to_check() -> None:
    assert any(path.parent.name == "maths" for path in FILES)


def imported(path: Path) -> list[tuple[str, int, bool]]:
    """Every module imported anywhere in the file: its name, how relative, and whether by star."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, 0, False) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            star = any(alias.name == "*" for alias in node.names)
            found.append((node.module or "", node.level, star))
            # `from scenes import x` and `from scenes.maths import x` may name modules.
            found += [(f"{node.module}.{alias.name}", node.level, star) for alias in node.names]
    return found


checked = pytest.mark.parametrize(
    "path", FILES, ids=[str(path.relative_to(SCENES)) for path in FILES]
)


@checked
def test_imports_are_absolute_and_by_name(path: Path) -> None:
    for name, level, star in imported(path):
        assert level == 0, f"relative import of {name}"
        assert not star, f"star import of {name}"


@checked
def test_nobody_imports_a_scene_file(path: Path) -> None:
    for name, _, _ in imported(path):
        parts = name.split(".")
        assert not (parts[0] == "scenes" and len(parts) > 1 and parts[1] in SCENE_FILES), name
        assert parts[0] not in ALLOWED, f"{name} is imported without `scenes.`"


@checked
def test_a_package_imports_only_what_it_may(path: Path) -> None:
    package = path.relative_to(SCENES).parts[0]
    if package not in ALLOWED:
        assert path.parent == SCENES, f"{package} is not a package we know"
        return
    others, manim = ALLOWED[package]
    others = others | ({"proof"} if path == START else set())
    for name, _, _ in imported(path):
        parts = name.split(".")
        if parts[0] == "scenes" and len(parts) > 1:
            assert parts[1] in others | {package}, name
        assert manim or parts[0] != "manim", name


def test_no_modules_import_one_another() -> None:
    """Wherever the imports stand: at the top, in a function, or under TYPE_CHECKING."""
    files = {
        ".".join(path.relative_to(SCENES.parent).with_suffix("").parts): path for path in FILES
    }
    imports = {
        module: {name for name, _, _ in imported(path) if name in files}
        for module, path in files.items()
    }

    def reached(module: str) -> set[str]:
        found: set[str] = set()
        todo = [module]
        while todo:
            new = imports[todo.pop()] - found
            found |= new
            todo += new
        return found

    all_reached = {module: reached(module) for module in imports}
    circles = {
        frozenset(other for other in there if module in all_reached[other])
        for module, there in all_reached.items()
        if module in there
    }
    assert not circles


def test_no_scene_file_hides_a_module_of_the_standard_library() -> None:
    # The manim command puts the scene file's folder first on the import path.
    import sys

    assert not SCENE_FILES & set(sys.stdlib_module_names)


def test_no_scene_file_name_begins_another() -> None:
    names = sorted(SCENE_FILES)
    assert not [(a, b) for a in names for b in names if a != b and b.startswith(a)]
