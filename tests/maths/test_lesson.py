"""A lesson is read exactly, or refused with one line that says what to change."""

import dataclasses
import os
import random
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.maths.lesson.model import Lesson, LessonError
from scenes.maths.lesson.reader import DEFAULT_LESSON, load_lesson

GOOD = """
[network]
layers = [2, 2, 1]
activation = "tanh"
weights = [[[0.5, -1], [1.5, 2]], [[-0.25, 0.75]]]
biases = [[0.1, 0.2], [0.3]]
input = [1, 0.5]
target = [1]
learning_rate = 0.5

[display]
decimals = 2
most_decimals = 4
"""


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "my.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(LessonError) as caught:
        load_lesson(path)
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert len(line) < 600
    return line.replace(f"{path}: ", "", 1)


def test_a_lesson_is_read_as_it_is_written(tmp_path: Path) -> None:
    lesson = load_lesson(write(tmp_path, GOOD))
    assert lesson.network.layers == (2, 2, 1)
    assert lesson.network.activation == "tanh"
    assert lesson.network.weights == (((0.5, -1.0), (1.5, 2.0)), ((-0.25, 0.75),))
    assert lesson.network.biases == ((0.1, 0.2), (0.3,))
    assert lesson.network.input == (1.0, 0.5)
    assert lesson.network.target == (1.0,)
    assert lesson.network.learning_rate == 0.5
    assert (lesson.display.decimals, lesson.display.most_decimals) == (2, 4)


def test_the_voice_is_named_and_paced_in_the_lesson(tmp_path: Path) -> None:
    own = load_lesson(write(tmp_path, GOOD + '[voice]\nname = " recordings/ "\npace = 120\n'))
    assert (own.voice.name, own.voice.pace) == ("recordings/", 120)
    assert load_lesson(write(tmp_path, GOOD + "[voice]\npace = 120\n")).voice.name == "hibari"
    # Who speaks decides nothing of what is shown.
    assert own.digest == load_lesson(write(tmp_path, GOOD)).digest


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ('name = ""', "voice.name: '' is no name (allowed: a voice's name, or a file or folder"),
        ("name = 3", "voice.name: 3 is no name"),
        (f'name = "{"v" * 201}"', "voice.name: "),
        ("pace = 20", "voice.pace: 20 is out of range (allowed: numbers from 100 to 200)"),
        ("speed = 1", "voice.speed: unknown key (allowed: name, pace)"),
    ],
)
def test_a_voice_that_nobody_has_is_refused(tmp_path: Path, table: str, line: str) -> None:
    assert refusal(write(tmp_path, f"[voice]\n{table}\n")).startswith(line)


def test_a_table_left_out_is_the_default_lessons(tmp_path: Path) -> None:
    own, default = load_lesson(write(tmp_path, GOOD)), load_lesson(DEFAULT_LESSON)
    assert own.chain == default.chain
    assert own.chain.sizes == (784, 16, 16, 10, 1)
    chain = "[chain]\nsizes = [5, 4, 3, 1]"
    other = load_lesson(write(tmp_path, chain))
    assert other.chain.sizes == (5, 4, 3, 1)
    assert (other.network, other.display) == (default.network, default.display)
    assert digest(tmp_path, GOOD + chain) != digest(tmp_path, GOOD)


def test_a_lesson_cannot_be_changed(tmp_path: Path) -> None:
    lesson = load_lesson(write(tmp_path, GOOD))
    with pytest.raises(dataclasses.FrozenInstanceError):
        lesson.network.learning_rate = 2.0  # type: ignore[misc]
    hash(lesson.network)  # frozen all the way down


def test_windows_line_ends_and_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert load_lesson(write(tmp_path, text)).network == load_lesson(write(tmp_path, GOOD)).network


def test_the_default_lesson_is_the_file_in_assets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BACKPROP_LESSON", raising=False)
    assert load_lesson().source == DEFAULT_LESSON
    monkeypatch.setenv("BACKPROP_LESSON", "")
    assert load_lesson().source == DEFAULT_LESSON


def test_the_environment_names_another_lesson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKPROP_LESSON", "my.toml")
    assert load_lesson().network.layers == (2, 2, 1)
    monkeypatch.setenv("BACKPROP_LESSON", "other.toml")
    with pytest.raises(LessonError, match=r"^other\.toml: there is no such file"):
        load_lesson()


def digest(folder: Path, text: str) -> str:
    return load_lesson(write(folder, text)).digest


def test_digest_follows_the_content_and_nothing_else(tmp_path: Path) -> None:
    same = "# a remark\n" + GOOD.replace("[1, 0.5]", "[1.0,   0.50]")
    assert digest(tmp_path, same) == digest(tmp_path, GOOD)
    (tmp_path / "elsewhere").mkdir()
    assert digest(tmp_path / "elsewhere", GOOD) == digest(tmp_path, GOOD)
    for old, new in [("0.75", "0.76"), ("tanh", "relu"), ("decimals = 2", "decimals = 3")]:
        assert digest(tmp_path, GOOD.replace(old, new, 1)) != digest(tmp_path, GOOD)


BAD = [
    # what is replaced, by what, and what the line must contain
    (
        "layers = [2, 2, 1]",
        "layres = [2, 2, 1]",
        "network.layres: unknown key; did you mean layers?",
    ),
    ('activation = "tanh"', "", "network.activation: missing"),
    ("[display]", "[dispaly]", "dispaly: unknown key; did you mean display?"),
    ("learning_rate = 0.5", "learning_rate = 0.5\nmomentum = 1", "network.momentum: unknown key"),
    (
        '"tanh"',
        '"tahn"',
        "network.activation: 'tahn' is not known; did you mean tanh? (allowed: sig",
    ),
    ('"tanh"', "3", "network.activation: 3 is not known"),
    ('"tanh"', '"Tanh"', "did you mean tanh?"),
    ("[2, 2, 1]", "[2]", "network.layers: [2] has 1 layer (allowed: 3 to 5 layers"),
    ("[2, 2, 1]", "[2, 2, 2, 2, 2, 1]", "has 6 layers"),
    (
        "[2, 2, 1]",
        "[2, 0, 1]",
        "network.layers[1]: 0 is out of range (allowed: whole numbers from 1",
    ),
    ("[2, 2, 1]", "[2, 7, 1]", "7 is out of range (allowed: whole numbers from 1 to 6 neurons"),
    ("[2, 2, 1]", "[2, 50, 1]", "network.layers[1]: 50 is out of range"),
    ("[2, 2, 1]", "[2, 2.0, 1]", "network.layers[1]: 2.0 is not a whole number"),
    ("[2, 2, 1]", "[2, true, 1]", "network.layers[1]: true is not a whole number"),
    ("[2, 2, 1]", "3", "network.layers: 3 is not a list"),
    ("[2, 2, 1]", "[2, 3, 1]", "network.weights[0]:"),
    ("[2, 2, 1]", "[2, 2, 2, 1]", "network.weights:"),
    ("[[-0.25, 0.75]]", "[]", "network.weights[1]: [] has 0 items (allowed: 1, one row for each"),
    (
        "[-0.25, 0.75]",
        "[-0.25]",
        "network.weights[1][0]: [-0.25] has 1 item (allowed: 2, one weight",
    ),
    ("[-0.25, 0.75]", "-0.25", "network.weights[1][0]: -0.25 is not a list"),
    ("0.75", "nan", "network.weights[1][0][1]: nan is not a finite number"),
    ("0.75", "-inf", "network.weights[1][0][1]: -inf is not a finite number"),
    ("0.75", "1001", "network.weights[1][0][1]: 1001 is out of range"),
    ("0.75", "-1e300", "is out of range (allowed: finite numbers from -1000 to 1000)"),
    ("0.75", "9" * 400, "is out of range"),
    ("0.75", "9" * 5000, "(allowed: "),
    ("0.75", '"0.75"', "network.weights[1][0][1]: '0.75' is not a number"),
    ("0.75", "false", "network.weights[1][0][1]: false is not a number"),
    ("0.75", "1979-05-27", "network.weights[1][0][1]: 1979-05-27 is not a number"),
    ("0.75", "{a = 1}", "is not a number"),
    ("0.75", '"' + "x" * 5000 + '"', "is not a number"),
    ("0.75", '"a\\nb\\u2028c"', "is not a number"),
    ("[0.3]", "[0.3, 0.4]", "network.biases[1]: [0.3, 0.4] has 2 items (allowed: 1, one bias"),
    (
        "[1, 0.5]",
        "[1]",
        "network.input: [1] has 1 item (allowed: 2, one for each neuron of layer 0",
    ),
    ("target = [1]", "target = [1, 0]", "network.target: [1, 0] has 2 items"),
    ("= 0.5\n", "= 0\n", "network.learning_rate: 0 is not above 0"),
    ("= 0.5\n", "= -0.5\n", "network.learning_rate: -0.5 is not above 0"),
    ("decimals = 2", "decimals = 0", "display.decimals: 0 is out of range (allowed: whole numbers"),
    ("decimals = 2", "decimals = 9", "display.decimals: 9 is out of range"),
    ("most_decimals = 4", "most_decimals = 1", "display.most_decimals: 1 is out of range"),
    ("most_decimals = 4", "most_decimals = 20", "(allowed: whole numbers from 2 to 6)"),
    ("[display]", "[display", "is not TOML"),
    ("decimals = 2", "decimals = 2,5", "line 12"),
    ("decimals = 2", "decimals = 2\ndecimals = 3", "is not TOML"),
    ("decimals = 2", '"de\\ncimals" = 2', "unknown key"),
    ("[network]", "network = 3\n[net]", "unknown key"),
    (GOOD, "network = 3\n[display]\n", "network: 3 is not a table"),
    (GOOD, "", "is empty (allowed: a lesson with one or more of terrain"),
    (GOOD, "[network]", "network.layers: missing (allowed: all of layers, activation"),
    (GOOD, "[chain]", "chain.sizes: missing"),
    (GOOD, "[chain]\nsizes = 3", "chain.sizes: 3 is not a list (allowed: a list of 4 to 8 sizes"),
    (GOOD, "[chain]\nsizes = [5, 1]", "chain.sizes: [5, 1] has 2 items (allowed: 4 to 8 sizes"),
    (GOOD, "[chain]\nsizes = [5, 0, 2, 1]", "chain.sizes[1]: 0 is out of range"),
    (GOOD, "[chain]\nsizes = [9, 2001, 3, 1]", "(allowed: whole numbers from 1 to 2000)"),
    (GOOD, "[chain]\nsizes = [9, 4, 3, 2]", "chain.sizes: ends with 2, but a cost is one number"),
    (GOOD, "[chain]\nsizes = [1, 4, 4, 1]", "makes reverse mode no cheaper than forward mode"),
    (GOOD, "x = " + "[" * 20_000, "(allowed: a lesson in TOML)"),
    (GOOD, "a." * 2_000 + "a = 1", "unknown key"),
]


CURVE = """
[curve.convex]
expression = "w**2"
interval = [-2, 2]
starts = [-1, 1.5]
step_start = 0.5
too_small = 0.02
well_chosen = 0.3
zigzag = 0.9
divergent = 1.1

[curve.nonconvex]
expression = "w**4/4 + w**3/6 - 3*w**2/2 + 4"
interval = [-3, 2.5]
start = 2.3
step_size = 0.1
crowd = 24
momentum = 0.9
restarts = [0.4, 1.1, 1.9]

[terrain]
hills = [
  { height = 2.0, position = [1.9, 0.8], width = 1.0 },
  { height = 1.2, position = [-1.7, -0.5], width = 0.9 },
]
start = [-2.9, -2.0]
step_size = 0.35
steps = 24
"""

BAD_LANDSCAPES = [
    ("[curve.convex]", "[curve.convexx]", "curve.convexx: unknown key; did you mean convex?"),
    ("step_start = 0.5", "", "curve.convex.step_start: missing"),
    ('"w**2"', "3", "curve.convex.expression: 3 is not a text in quotes (allowed: an expression"),
    ('"w**2"', '"w**w"', "has the exponent 'w'; exponents are whole numbers from 0 to 8"),
    ('"w**2"', '"x**2"', "has 'x', which means nothing here"),
    ('"w**2"', '"w**4 - w**2"', "curve.convex.expression: is not convex on the interval"),
    ('"w**2"', '"w**4"', "is flat to second order at its minimum"),
    ('"w**2"', '"w"', "does not fall at the left end and rise at the right end"),
    ('"w**2"', '"1/w**2"', "may not be defined on the whole interval"),
    ('"w**2"', '"5"', "curve.convex.expression: '5' is flat"),
    ('"w**2"', '"w**2/99999"', "is too flat or too steep to be drawn"),
    ("[-2, 2]", "[2, -2]", "curve.convex.interval: [2, -2] is too narrow"),
    ("[-1, 1.5]", "[1, 1.5]", "curve.convex.starts: are all on one side of the minimum"),
    ("[-1, 1.5]", "[1, 1]", "has the same start twice"),
    ("[-1, 1.5]", "[-1, 2.5]", "curve.convex.starts[1]: 2.5 is out of range (allowed: numbers"),
    ("step_start = 0.5", "step_start = 0", "curve.convex.step_start: is at the minimum"),
    ("too_small = 0.02", "too_small = 0.2", "0.2 is not too small; 2/λ is 1, with λ the second"),
    ("well_chosen = 0.3", "well_chosen = 0.05", "well_chosen: 0.05 is not at the minimum after 12"),
    ("well_chosen = 0.3", "well_chosen = 1.3", "well_chosen: 1.3 does not lead to the minimum"),
    ("zigzag = 0.9", "zigzag = 0.4", "zigzag: 0.4 does not zigzag to the minimum"),
    ("zigzag = 0.9", "zigzag = 1.05", "zigzag: 1.05 does not zigzag to the minimum"),
    ("divergent = 1.1", "divergent = 0.99", "divergent: 0.99 does not diverge; 2/λ is 1"),
    ('"w**4/4 + w**3/6 - 3*w**2/2 + 4"', '"w**2"', "has 1 minimum on the interval"),
    ('"w**4/4 + w**3/6 - 3*w**2/2 + 4"', '"w**4 - w**2"', "two minima of nearly the same cost"),
    ("start = 2.3", "start = -1", "nonconvex.start: -1 does not lead to a local minimum that is"),
    ("step_size = 0.1", "step_size = 0.3", "0.3 does not settle at the minimum at -2 (allowed: st"),
    ("momentum = 0.9", "momentum = 0.3", "momentum and restarts: neither reaches the global"),
    ("[0.4, 1.1, 1.9]", "[-1, 1.1]", "momentum and restarts: both reach the global minimum"),
    ("momentum = 0.9", "momentum = 1", "momentum: 1 is out of range (allowed: numbers from 0.1 to"),
    ("crowd = 24", "crowd = 100", "curve.nonconvex.crowd: 100 is out of range"),
    ("width = 1.0", "width = 0", "terrain.hills[0].width: 0 is out of range (allowed: numbers fr"),
    ("[1.9, 0.8]", "[5, 0.8]", "terrain.hills[0].position[0]: 5 is out of range"),
    ("[1.9, 0.8]", "[-1.5, -0.4]", "terrain.hills: merge into a single summit"),
    ("[-2.9, -2.0]", "[2.9, 2.0]", "terrain.start: leads to the highest summit"),
    ("[-2.9, -2.0]", "[1.894, 0.801]", "terrain.start: is on level ground"),
    ("steps = 24", "steps = 6", "after 6 steps the climber is not on a summit"),
    ("step_size = 0.35", "step_size = 3", "3 is so large that a step leads down"),
]


def test_the_landscapes_used_here_are_good(tmp_path: Path) -> None:
    lesson = load_lesson(write(tmp_path, CURVE))
    assert lesson.curve.convex.starts == (-1.0, 1.5)
    assert lesson.curve.nonconvex.crowd == 24
    assert lesson.terrain.hills[1].position == (-1.7, -0.5)
    nonconvex = CURVE[CURVE.index("[curve.n") : CURVE.index("[terrain]")]
    half = load_lesson(write(tmp_path, nonconvex))
    assert half.curve.convex == load_lesson(DEFAULT_LESSON).curve.convex
    other = CURVE.replace("width = 0.9", "width = 0.8")
    assert digest(tmp_path, other) != digest(tmp_path, CURVE)


@pytest.mark.parametrize(("old", "new", "expected"), BAD_LANDSCAPES)
def test_a_landscape_whose_picture_would_lie_is_refused(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in CURVE
    assert expected in refusal(write(tmp_path, CURVE.replace(old, new, 1)))


@pytest.mark.parametrize(("old", "new", "expected"), BAD)
def test_a_bad_lesson_gets_one_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    assert expected in refusal(write(tmp_path, GOOD.replace(old, new, 1)))


def test_the_line_names_the_file_first(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("0.75", "nan"))
    with pytest.raises(LessonError) as caught:
        load_lesson(path)
    assert str(caught.value) == (
        f"{path}: network.weights[1][0][1]: nan is not a finite number "
        "(allowed: finite numbers from -1000 to 1000)"
    )


def test_weights_whose_results_fill_the_frame_are_refused(tmp_path: Path) -> None:
    text = GOOD.replace("tanh", "identity").replace("2]], [[-0.25", "999]], [[-999")
    text = text.replace("0.75", "999").replace("[1, 0.5]", "[900, 900]")
    assert "network.weights: the " in refusal(write(tmp_path, text))


def test_what_is_not_a_lesson_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("is a folder (allowed: a lesson in TOML)")
    assert "there is no such file" in refusal(tmp_path / "none.toml")
    assert "cannot be read" in refusal(write(tmp_path, GOOD) / "inside.toml")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is not a file" in refusal(pipe)
    assert "is too large" in refusal(write(tmp_path, "#" * 65_537))
    for path in ("a\0b", "x" * 5000):
        with pytest.raises(LessonError, match="cannot be read"):
            load_lesson(path)


def test_text_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    text = GOOD.encode().replace(b"tanh", "tänh".encode("latin-1"))
    assert "line 4 is not text: byte 0xe4 (allowed: TOML written in UTF-8)" in refusal(
        write(tmp_path, text)
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    path.chmod(0)
    assert "may not be read" in refusal(path)


def read_or_refuse(path: Path) -> None:
    """Anything but a lesson or a LessonError of one line fails the test."""
    try:
        assert isinstance(load_lesson(path), Lesson)
    except LessonError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_are_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("fuzz"), data)
    with pytest.raises(LessonError):
        load_lesson(path)


SPLINTERS = [
    "[",
    "]",
    "]]",
    '"',
    ",",
    "=",
    ".",
    "-",
    "nan",
    "inf",
    "true",
    "1e999",
    "0x",
    "\n",
    "#",
]
SPLINTERS += ["[[", "''", "\\", "\0", "é", "9" * 30, "network", "[display]", "{}", "1979-05-27"]


def test_lessons_cut_and_stirred_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    chance = random.Random(5)
    for _ in range(400):
        text = GOOD
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(text))
            stop = start + chance.choice([0, 1, 3, 20])
            text = text[:start] + chance.choice(["", *SPLINTERS]) + text[stop:]
        read_or_refuse(write(tmp_path, text))


def test_a_value_of_the_wrong_kind_anywhere_is_refused(tmp_path: Path) -> None:
    document = tomllib.loads(GOOD)
    names = [(table, key) for table, keys in document.items() for key in keys]
    for table, key in names:
        for value in (
            "true",
            '"text"',
            "[]",
            "{}",
            "nan",
            "[[[]]]",
            "[true]",
            "1979-05-27T07:32:00Z",
        ):
            lines = [
                f"{key} = {value}" if line.startswith(f"{key} =") else line
                for line in GOOD.splitlines()
            ]
            assert refusal(write(tmp_path, "\n".join(lines))).startswith(f"{table}.{key}")
