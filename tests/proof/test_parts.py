"""The proof's own instruments: provenance, reading, recomputing, measuring."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from coloraide import Color

from scenes.maths.display.network import Numbers
from scenes.maths.display.number import measured
from scenes.maths.lesson.reader import load_lesson
from scenes.maths.provenance import bare, marked, tracing, unmarked
from scenes.pictures import theme
from scenes.proof import colour, scan
from scenes.proof.algebra import Algebra
from scenes.proof.film import FilmProof, proof_of
from scenes.proof.finding import Findings
from scenes.proof.formulas import UnreadableError, read, sides, without_labels
from scenes.proof.network import NetworkProof, RecomputedNetwork
from scenes.proof.numbers_shown import Figures, as_number, rounded
from scenes.proof.watching import WEIGHTS, linear
from scenes.studio import catalogue
from tests.stages import lesson_file

# -- provenance


def test_text_is_as_it_was_where_nobody_traces() -> None:
    number = measured("a[1][0]", 0.4567, 2)
    assert (number.shown, number.typst, number.read) == ("0.46", "0.46", "0.46")


def test_a_number_tells_where_it_stands_in_a_text_and_what_it_is() -> None:
    number = measured("a[1][0]", -0.4567, 2)
    with tracing():
        text, quotes = unmarked(f"a approx {number.typst}, and more")
    assert text == "a approx -0.46, and more"
    assert [(text[q.start : q.end], q.origin) for q in quotes] == [("-0.46", number)]


def test_marks_nest_and_can_be_taken_off() -> None:
    with tracing():
        text = marked(f"x + {marked('2', 'inner')}", "outer")
        assert bare(text) == "x + 2"
        plain, quotes = unmarked(text)
    assert [(plain[q.start : q.end], q.origin) for q in quotes] == [
        ("x + 2", "outer"),
        ("2", "inner"),
    ]


# -- reading


def _read(source: str, **known: Any) -> Any:
    values = {name.replace("__", "["): value for name, value in known.items()}
    return read(source, values.get)


x = sp.Symbol("x")


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("-x^(2)", -(x**2)),
        ("frac(1, 4) x^(4) - frac(3, 2) x^(2) + 4", x**4 / 4 - 3 * x**2 / 2 + 4),
        ("2 dot 3 x", 6 * x),
        ("x (1 - x)", x * (1 - x)),
        ("frac(1, 1 + e^(-x))", 1 / (1 + sp.exp(-x))),
        ("sigma(x)", 1 / (1 + sp.exp(-x))),
        ("max(0, x)", sp.Max(0, x)),
        ("sqrt(x) + abs(-3)", sp.sqrt(x) + 3),
        ('12","345 - 0.5', sp.Rational("12344.5")),
    ],
)
def test_a_formula_is_read_as_people_read_it(source: str, meant: Any) -> None:
    assert sp.simplify(_read(source, x=x) - meant) == 0


def test_vectors_and_matrices_are_read() -> None:
    assert _read("mat(1, 2; 3, 4) vec(1, -1)") == sp.Matrix([-1, -1])
    assert _read("vec(1, 2) dot.o vec(3, 4)") == sp.Matrix([3, 8])
    assert _read("mat(1, 2)") == sp.Matrix([[1, 2]])
    assert _read('"diag"(vec(1, 2)) mat(1, 2; 3, 4)') == sp.Matrix([[1, 2], [6, 8]])


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("w_(12)^((1))", "w[1][0][1]"),
        ("w_(10,2)^((1))", "w[1][9][1]"),
        ("x_(2)", "x[1]"),
        ("bold(W)^((2))", "W[2]"),
        ("f'(bold(z)^((1)))", "f'(z[1])"),
        ("C'(w)", "cost'(w)"),
        ("alpha", "learning_rate"),
    ],
)
def test_quantities_have_the_engines_names(source: str, name: str) -> None:
    asked: list[str] = []

    def values(name: str) -> Any:
        asked.append(name)
        return sp.Integer(1)

    read(source, values)
    assert asked == [name]


@pytest.mark.parametrize("source", ["dots.c", '"?"', "frac(1, 2", "3 + + 4", "unknown"])
def test_what_has_no_value_is_said_to_have_none(source: str) -> None:
    with pytest.raises(UnreadableError):
        _read(source)


def test_a_source_is_cut_at_its_relations() -> None:
    (chain, named) = sides("0 < alpha lambda < 2 quad lambda = C''")
    assert [(s.sign, s.source) for s in chain] == [("", "0"), ("<", "alpha lambda"), ("<", "2")]
    assert [s.source for s in named] == ["lambda", "C''"]
    assert without_labels("= {{ (a - y) : error_1 }} {{ a : a_1 }}") == "= (a - y) a"


# -- formulas for every network


@pytest.fixture(scope="module", params=["default", "one", "two", "wide"])
def algebra(request: pytest.FixtureRequest) -> Algebra:
    return Algebra(load_lesson(lesson_file(request.param)).network)


def _lettered(algebra: Algebra, source: str) -> Any:
    return read(source, algebra.values, algebra.partial)


TRUE = (
    ("bold(z)^((2))", "bold(W)^((2)) bold(a)^((1)) + bold(b)^((2))"),
    ("bold(delta)^((1))", "((bold(W)^((2)))^upright(T) bold(delta)^((2))) dot.o f'(bold(z)^((1)))"),
    ("frac(partial C, partial bold(W)^((1)))", "bold(delta)^((1)) bold(x)^upright(T)"),
    ("frac(partial C, partial bold(b)^((1)))", "(bold(delta)^((1)))^upright(T)"),
    ("bold(J)^((1))", '"diag"(f\'(bold(z)^((1)))) bold(W)^((1))'),
    ("frac(partial C, partial bold(x))", "(bold(delta)^((1)))^upright(T) bold(W)^((1))"),
    ("frac(partial C, partial a_(1)^((2)))", "a_(1)^((2)) - y_(1)"),
    ("C", "frac(1, 2) norm(bold(a)^((2)) - bold(y))^2"),
)


@pytest.mark.parametrize(("one", "other"), TRUE)
def test_the_rules_hold_for_every_network(algebra: Algebra, one: str, other: str) -> None:
    assert algebra.same(_lettered(algebra, one), _lettered(algebra, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("frac(partial C, partial bold(W)^((1)))", "bold(delta)^((1)) bold(x)^upright(T) x_(1)"),
        ("bold(delta)^((1))", "((bold(W)^((2)))^upright(T) bold(delta)^((2)))"),
        ("frac(partial C, partial a_(1)^((2)))", "y_(1) - a_(1)^((2))"),
        ("C", "norm(bold(a)^((2)) - bold(y))^2"),
    ],
)
def test_what_is_no_rule_holds_for_none(one: str, other: str) -> None:
    algebra = Algebra(load_lesson(None).network)
    assert not algebra.same(_lettered(algebra, one), _lettered(algebra, other))


@pytest.mark.parametrize(
    ("lesson", "slope"),
    [
        ("default", "a_(1)^((1)) (1 - a_(1)^((1)))"),
        ("wide", "1 - (a_(1)^((1)))^(2)"),
        ("two", "cases(1 quad & z_(1)^((1)) > 0, 0 quad & z_(1)^((1)) <= 0)"),
        ("one", "1"),
    ],
)
def test_slopes_are_those_of_each_activation(lesson: str, slope: str) -> None:
    algebra = Algebra(load_lesson(lesson_file(lesson)).network)
    derivative = _lettered(algebra, "frac(partial a_(1)^((1)), partial z_(1)^((1)))")
    assert algebra.same(derivative, _lettered(algebra, slope))


# -- arithmetic


@pytest.mark.parametrize("name", ["default", "one", "two", "wide", "deep", "full"])
def test_steps_by_hand_are_those_of_the_network(name: str) -> None:
    lesson = load_lesson(lesson_file(name))
    proof = NetworkProof(lesson)
    network = proof.network
    seen = set()
    for key in Numbers.of(lesson).all():
        for _, operation, operands in proof.steps(key):
            by_hand = operation([Fraction(str(network[k])) for k in operands])
            assert abs(mpmath.mpmathify(by_hand) - network[key]) < 1e-12, key
            seen.add(key.partition("[")[0])
    assert seen == {
        *("product", "z", "error", "squared_error", "cost", "share", "da", "delta", "dw")
    }


# -- computed anew


@pytest.mark.parametrize("name", ["default", "one", "two", "wide", "deep", "full"])
def test_engine_and_proof_agree_on_every_number_of_a_network(name: str) -> None:
    lesson = load_lesson(lesson_file(name))
    recomputed = RecomputedNetwork(lesson.network)
    for key, number in Numbers.of(lesson).all().items():
        if key != "learning_rate":
            assert rounded(recomputed[key], number.decimals) == number.printed, key


def test_a_number_of_no_known_name_is_found() -> None:
    found = Findings("ForwardPass", "", "")
    proof = proof_of("forward_pass")(load_lesson(None))
    Figures(found, proof)._number(measured("new", 1.0, 2), "", None)
    assert "names no quantity" in found.all[0].text


def test_ties_are_rounded_as_by_hand() -> None:
    assert rounded(mpmath.mpf("0.125"), 2) == Decimal("0.13")
    assert rounded(mpmath.mpf("-0.125"), 2) == Decimal("-0.13")


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("minus zero point four two", "-0.42"),
        ("three hundred and thirty three thousand nine hundred and eighty four", "333984"),
        ("twelve thousand and sixty", "12060"),
        ("one", "1"),
    ],
)
def test_spoken_numbers_are_understood(words: str, number: str) -> None:
    assert as_number(words) == Decimal(number)


# -- sources


@pytest.mark.parametrize(
    "source",
    [
        'Words("0.42")',
        'Words(f"{value:.2f}")',
        'Formula("a approx 3")',
        "Words(str(value))",
        'Words("{} steps".format(3))',
    ],
)
def test_a_typed_or_formatted_number_is_found_in_a_source(source: str) -> None:
    assert list(scan.problems(source, "pictures/new.py"))


@pytest.mark.parametrize(
    "source",
    ['Words("height")', '"""Takes 3 steps."""', 'Formula("0 < x")', 'values["w1"]', 'f"x{k + 1}"'],
)
def test_what_is_no_number_is_left_alone_in_a_source(source: str) -> None:
    assert not list(scan.problems(source, "pictures/new.py"))


def test_nothing_is_found_in_the_sources() -> None:
    found = Findings("", "", "")
    scan.scan(found)
    assert not [f.text for f in found.all]
    assert found.looked["numbers"] > 15


# -- colour


def test_contrast_and_light_are_those_of_wcag() -> None:
    pixels = np.array([[[0, 0, 0], [119, 119, 119], [255, 255, 255]]], np.uint8)
    black, grey, white = (linear(pixels) @ WEIGHTS)[0]
    assert colour.contrast(black, white) == pytest.approx(21)
    assert colour.contrast(grey, white) == pytest.approx(Color("#777").contrast("white"))
    assert Color("#777").contrast("white") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", theme.PALETTES)
def test_every_role_can_be_read_on_the_background(palette: str) -> None:
    # Every role's colour is used for type somewhere, so all have to keep to what type needs.
    hexes = {k: v.to_hex() for k, v in vars(theme.PALETTES[palette]).items()}
    ground = Color(hexes.pop("background"))
    assert min(ground.contrast(role) for role in hexes.values()) >= colour.TYPE


@pytest.mark.parametrize("palette", theme.PALETTES)
def test_the_roles_stay_apart_for_every_eye(palette: str) -> None:
    colours = [getattr(theme.PALETTES[palette], role).to_hex() for role in colour.ROLES]
    pairs = [(a, b) for k, a in enumerate(colours) for b in colours[:k]]
    assert min(colour.nearest(a, b)[0] for a, b in pairs) >= colour.APART


def test_red_and_green_of_one_lightness_are_alike_for_some() -> None:
    distance, eye = colour.nearest("#B06A00", "#7A8000")
    assert distance < 10
    assert eye in ("protan", "deutan")


# -- words


@pytest.mark.parametrize("film", [entry.stem for entry in catalogue.entries() if entry.listed])
def test_every_claim_can_be_put_to_the_test(film: str) -> None:
    claims = proof_of(film)(load_lesson(None)).claims()
    assert {bool(holds()) for holds in claims.values()} == {True, False}


def test_of_a_film_without_a_proof_nothing_is_known() -> None:
    assert {proof_of(name) for name in ("no_such_film", "layout")} == {FilmProof}


# -- findings


def test_what_is_wrong_with_a_line_is_shown_with_the_end_of_its_beat() -> None:
    found = Findings("ForwardPass", "lesson.toml", "16:9 dark")
    found.add("words", "bend_it", "'always': not so")
    found.add("words", "", "of the whole film")
    found.ends["bend_it"] = np.zeros((2, 3, 3), np.uint8)
    assert [f.still is not None for f in found.all] == [True, False]
