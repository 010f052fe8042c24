"""A film that somebody adds: its own files, and no line changed elsewhere."""

from __future__ import annotations

import pytest

from tests.project import Project


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("house"))


def test_it_is_made(house: Project) -> None:
    made = house.studio("film", "Softmax", "--quality", "l", "--silent")
    assert made.returncode == 0, made.stderr
    assert list((house.root / "renders").rglob("softmax/*/Softmax.mp4"))


def test_it_comes_before_the_credits_and_the_opening_names_and_draws_it(house: Project) -> None:
    told = house.run(
        "from scenes.opening import Opening\n"
        "from scenes.studio.orders import chosen\n"
        "from scenes.words.silent import SilentVoice\n"
        "print(*(cls.__name__ for _, cls in chosen([])))\n"
        "scene = Opening(skip_animations=True)\n"
        "scene.voice = SilentVoice()\n"
        "scene.load()\n"
        "scene.prepare()\n"
        "print(scene.films[-1])\n"
        "print(len(scene.contents.emblems), len(scene.contents.emblems[-1].picture))\n"
    )
    order, named, drawn = told.stdout.splitlines()
    assert order.split()[-3:] == ["ReverseModeCost", "Softmax", "Credits"]
    assert (named, drawn) == ("('softmax', 'Softmax')", "6 2")


@pytest.mark.parametrize("lesson", ["assets/lesson.toml", "one.toml", "full.toml"])
def test_it_is_checked(house: Project, lesson: str) -> None:
    checked = house.studio("check", "Softmax", "--quick", "--lesson", lesson)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("file", "right", "wrong", "finding"),
    [
        ("maths/softmax.py", "np.exp(outputs)", "np.exp2(outputs)", "softmax[0]"),
        ("softmax.py", "if first >= max", "if first < max", "The first of them is"),
    ],
)
def test_what_is_false_in_it_is_found(
    house: Project, file: str, right: str, wrong: str, finding: str
) -> None:
    path = house.root / "scenes" / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    try:
        checked = house.studio("check", "Softmax", "--quick")
    finally:
        path.write_text(text, encoding="utf-8")
    assert checked.returncode == 1
    assert finding in checked.stdout
