"""No false digit on screen: what is printed is rounded right, and agrees with what is printed."""

import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Number, counted, integer, measured, stated
from scenes.maths.display.spelling import Phrase, count, spell_decimal, spell_integer
from scenes.maths.key import Key
from scenes.maths.lesson.model import DisplayLesson, Lesson, NetworkLesson
from scenes.maths.lesson.reader import load_lesson
from scenes.maths.network import ACTIVATION


def lesson_of(network: NetworkLesson, display: DisplayLesson) -> Lesson:
    return replace(load_lesson(), network=network, display=display)


def random_lesson(seed: int) -> Lesson:
    """A lesson as a lecturer might write it; every fourth has odd numbers of many digits."""
    chance = random.Random(seed)
    sizes = tuple(chance.randint(1, 4) for _ in range(chance.choice([2, 2, 3, 3, 3, 4])))
    digits = chance.choice([1, 1, 2, 9])

    def some(n: int) -> tuple[float, ...]:
        return tuple(round(chance.uniform(-2, 2), digits) for _ in range(n))

    fed = list(itertools.pairwise(sizes))
    network = NetworkLesson(
        layers=sizes,
        activation=chance.choice(list(ACTIVATION)),
        weights=tuple(tuple(some(m) for _ in range(n)) for m, n in fed),
        biases=tuple(some(n) for _, n in fed),
        input=some(sizes[0]),
        target=tuple(float(chance.randint(0, 1)) for _ in range(sizes[-1])),
        learning_rate=0.5,
    )
    return lesson_of(network, DisplayLesson(2, chance.choice([2, 4, 6])))


@cache
def numbers_of(seed: int) -> Numbers:
    return Numbers.of(random_lesson(seed))


lessons = pytest.mark.parametrize("seed", range(60))


def read(number: Number) -> Decimal:
    """What a viewer reads off the screen."""
    return Decimal(number.shown.replace("\N{MINUS SIGN}", "-").replace(",", ""))


def rounded(value: Decimal, like: Decimal) -> Decimal:
    """As many decimals as `like`, ties away from zero."""
    return value.quantize(like, rounding=ROUND_HALF_UP)


def function(activation: str, z: Decimal) -> Decimal:
    if activation == "sigmoid":
        return 1 / (1 + (-z).exp())
    if activation == "tanh":
        return 1 - 2 / (1 + (2 * z).exp())
    return max(z, Decimal(0)) if activation == "relu" else z


def slope(activation: str, z: Decimal, a: Decimal) -> Decimal:
    if activation == "sigmoid":
        return a * (1 - a)
    if activation == "tanh":
        return 1 - a * a
    return Decimal(1 if z > 0 or activation == "identity" else 0)


def worked_out_by_hand(numbers: Numbers) -> Iterator[tuple[Number, Decimal]]:
    """Every computed number beside what a viewer with a calculator gets from the screen."""
    given_numbers = numbers.lesson.network
    sizes, activation = given_numbers.layers, given_numbers.activation
    last = len(sizes) - 1
    n = numbers
    for layer in range(1, last + 1):
        for j in range(sizes[layer]):
            total = other = read(n.b(layer, j))
            for k in range(sizes[layer - 1]):
                term = read(n.w(layer, j, k)) * read(n.a(layer - 1, k))
                yield n.product(layer, j, k), term
                total, other = total + read(n.product(layer, j, k)), other + term
            yield n.z(layer, j), total
            yield n.z(layer, j), other
            yield n.a(layer, j), function(activation, read(n.z(layer, j)))
    outputs = range(sizes[-1])
    for i in outputs:
        yield n.error(i), read(n.a(last, i)) - read(n.y(i))
        yield n.squared_error(i), read(n.error(i)) ** 2
    yield n.cost(), sum((read(n.squared_error(i)) for i in outputs), Decimal(0)) / 2
    yield n.cost(), sum((read(n.error(i)) ** 2 for i in outputs), Decimal(0)) / 2
    for layer in range(last, 0, -1):
        for j in range(sizes[layer]):
            z, a = read(n.z(layer, j)), read(n.a(layer, j))
            yield n.slope(layer, j), slope(activation, z, a)
            arriving = n.error(j) if layer == last else n.da(layer, j)
            if layer < last:
                shares = products = Decimal(0)
                for i in range(sizes[layer + 1]):
                    share, product = n.share(layer, j, i), read(n.w(layer + 1, i, j))
                    product *= read(n.delta(layer + 1, i))
                    yield share, product
                    shares, products = shares + read(share), products + product
                yield arriving, shares
                yield arriving, products
            delta = read(arriving) * read(n.slope(layer, j))
            yield n.delta(layer, j), delta
            for k in range(sizes[layer - 1]):
                yield n.dw(layer, j, k), read(n.delta(layer, j)) * read(n.a(layer - 1, k))
                yield n.dw(layer, j, k), delta * read(n.a(layer - 1, k))


@lessons
def test_what_is_printed_gives_what_is_printed(seed: int) -> None:
    numbers = numbers_of(seed)
    disagreeing = set()
    with localcontext(prec=40):
        for number, by_hand in worked_out_by_hand(numbers):
            if rounded(by_hand, read(number)) != read(number):
                disagreeing.add(number.key)
    assert disagreeing == {key for key, number in numbers.all().items() if not number.agrees}


@lessons
def test_every_printed_number_is_the_engines_rounded_right(seed: int) -> None:
    for number in numbers_of(seed).all().values():
        off = abs(Fraction(read(number)) - Fraction(number.value))
        assert off <= Fraction(1, 2 * 10**number.decimals) + Fraction(1, 10**12)


@lessons
def test_a_number_with_an_equals_sign_is_the_value_itself(seed: int) -> None:
    numbers = numbers_of(seed)
    for number in numbers.all().values():
        if number.exact:
            assert abs(float(read(number)) - number.value) <= 1e-12 * max(1.0, abs(number.value))
            assert number.relation == "="
            assert not number.spoken.startswith("about")
        else:
            assert number.relation == "≈"
            assert number.spoken.startswith("about ")


@lessons
def test_an_equals_sign_is_true_of_what_is_printed(seed: int) -> None:
    with localcontext(prec=40):
        for number, by_hand in worked_out_by_hand(numbers_of(seed)):
            if number.exact:
                assert by_hand == read(number)


@lessons
def test_decimals_stay_within_the_lessons_limits(seed: int) -> None:
    lesson = random_lesson(seed)
    for number in numbers_of(seed).all().values():
        assert 0 <= number.decimals <= lesson.display.most_decimals


@lessons
def test_numbers_of_a_kind_share_their_decimals_within_a_layer(seed: int) -> None:
    groups: dict[str, set[int]] = {}
    for text, number in numbers_of(seed).all().items():
        name, *indices = re.findall(r"\w+", text)
        layer = indices[0] if len(indices) > 1 else ""
        groups.setdefault(name + layer, set()).add(number.decimals)
    assert all(len(decimals) == 1 for decimals in groups.values())


@lessons
def test_minus_zero_is_never_printed(seed: int) -> None:
    for number in numbers_of(seed).all().values():
        assert not re.fullmatch(r"\N{MINUS SIGN}[0.]+", number.shown)
        assert not re.fullmatch(r"-[0.]+", number.typst)
        assert number.spoken.isascii()
        assert re.fullmatch(r"[a-z ]+", number.spoken)


def test_numbers_of_one_decimal_nearly_always_agree() -> None:
    small = [s for s in range(400) if is_a_lecturers(random_lesson(s))]
    agreeing = [s for s in small if all(n.agrees for n in forward_numbers(numbers_of(s)))]
    assert len(small) > 15
    assert len(agreeing) >= 0.95 * len(small)


def is_a_lecturers(lesson: Lesson) -> bool:
    one_decimal = all(round(x, 1) == x for x in lesson.network.input)
    return one_decimal and len(lesson.network.layers) == 3 and lesson.display.most_decimals == 6


def forward_numbers(numbers: Numbers) -> list[Number]:
    back = ("slope", "delta", "dw", "da", "share")
    return [n for key, n in numbers.all().items() if not key.startswith(back)]


@pytest.mark.parametrize("seed", range(6))
def test_no_other_choice_of_decimals_agrees_more_often(seed: int) -> None:
    chance = random.Random(seed)
    w, x, b = (chance.randint(-20, 20) / 10 for _ in range(3))
    network = NetworkLesson((1, 1), "sigmoid", (((w,),),), ((b,),), (x,), (1.0,), 1.0)
    found = Numbers.of(lesson_of(network, DisplayLesson(1, 3)))
    kinds = ("product[1][0][0]", "z[1][0]", "a[1][0]", "error[0]", "squared_error[0]", "cost")
    exact = {key: Fraction(found.all()[key].value).limit_denominator(10**9) for key in kinds}

    def failing(decimals: dict[str, int]) -> int:
        p, z, a, e, s, c = (
            rounded(
                Decimal(exact[key].numerator) / exact[key].denominator,
                Decimal(1).scaleb(-decimals[key]),
            )
            for key in kinds
        )
        given_w, given_x, given_b = (Decimal(str(v)) for v in (w, x, b))
        steps = [(p, given_w * given_x), (z, p + given_b), (z, given_w * given_x + given_b)]
        steps += [(a, function("sigmoid", z)), (e, a - 1), (s, e * e), (c, s / 2), (c, e * e / 2)]
        return sum(rounded(by_hand, printed) != printed for printed, by_hand in steps)

    least = min(
        failing(dict(zip(kinds, d, strict=True))) for d in itertools.product((1, 2, 3), repeat=6)
    )
    assert failing({key: found.all()[key].decimals for key in kinds}) == least


def test_the_default_lesson_agrees_everywhere_with_two_decimals() -> None:
    numbers = Numbers.of(load_lesson())
    assert all(number.agrees for number in numbers.all().values())
    assert max(number.decimals for number in forward_numbers(numbers)) == 2
    assert max(number.decimals for number in numbers.all().values()) == 3


def test_the_default_lesson_has_an_exact_first_layer() -> None:
    numbers = Numbers.of(load_lesson())
    assert all(numbers.z(1, j).exact for j in range(3))
    assert {numbers.product(1, 0, k).shown.startswith("\N{MINUS SIGN}") for k in (0, 1)} == {
        True,
        False,
    }


def test_chain_rule_product_of_the_default_lesson_is_right_as_printed() -> None:
    numbers = Numbers.of(load_lesson())
    for j, k in itertools.product(range(2), range(3)):
        a, y, before = read(numbers.a(2, j)), read(numbers.y(j)), read(numbers.a(1, k))
        product = (a - y) * a * (1 - a) * before
        assert rounded(product, read(numbers.dw(2, j, k))) == read(numbers.dw(2, j, k))


def test_given_numbers_are_printed_as_the_lesson_has_them() -> None:
    network = NetworkLesson(
        (2, 1), "identity", (((0.25, -1.0),),), ((0.1,),), (1 / 3, 0.5), (1.0,), 0.05
    )
    numbers = Numbers.of(lesson_of(network, DisplayLesson(2, 4)))
    assert [numbers.w(1, 0, k).shown for k in (0, 1)] == ["0.25", "−1.00"]
    assert numbers.y(0).shown == "1"
    assert numbers.learning_rate().shown == "0.05"
    assert numbers.x(0).shown == "0.3333"
    assert not numbers.x(0).exact
    assert numbers.x(1).shown == "0.5000"
    assert numbers.x(1).exact
    assert not numbers.z(1, 0).exact


def test_every_key_leads_to_its_number() -> None:
    numbers = Numbers.of(load_lesson())
    for text, number in numbers.all().items():
        key = Key.parse(text)
        assert number.key == text == str(key)
        assert getattr(numbers, key.name)(*key.at) is number


def test_activation_of_layer_zero_is_the_input() -> None:
    numbers = Numbers.of(load_lesson())
    assert numbers.a(0, 1) is numbers.x(1)


@pytest.mark.parametrize(
    ("value", "decimals", "exact", "shown", "typst", "spoken"),
    [
        (-0.42, 2, True, "−0.42", "-0.42", "minus zero point four two"),
        (-0.42, 2, False, "−0.42", "-0.42", "about minus zero point four two"),
        (0.5, 1, True, "0.5", "0.5", "zero point five"),
        (1.0, 0, True, "1", "1", "one"),
        (1.0, 2, True, "1.00", "1.00", "one"),
        (100.0, 1, True, "100.0", "100.0", "one hundred"),
        (0.4, 2, True, "0.40", "0.40", "zero point four"),
        (0.4, 2, False, "0.40", "0.40", "about zero point four zero"),
        (-2.0, 0, True, "−2", "-2", "minus two"),
        (-0.001, 2, False, "0.00", "0.00", "about zero point zero zero"),
        (0.125, 2, False, "0.13", "0.13", "about zero point one three"),
        (-0.125, 2, False, "−0.13", "-0.13", "about minus zero point one three"),
        (12.05, 2, True, "12.05", "12.05", "twelve point zero five"),
        (9999.5, 1, True, "9,999.5", '9","999.5', None),
        (333984.0, 0, True, "333,984", '333","984', None),
        (-1234567.5, 1, True, "−1,234,567.5", '-1","234","567.5', None),
        (1e15, 0, True, "1,000,000,000,000,000", None, None),
    ],
)
def test_a_number_is_written_and_said(
    value: float, decimals: int, exact: bool, shown: str, typst: str | None, spoken: str | None
) -> None:
    number = Number("n", value, decimals, exact)
    assert number.shown == shown
    assert typst is None or number.typst == typst
    assert spoken is None or number.spoken == spoken


def test_a_tie_is_rounded_as_by_hand_although_no_float_is_a_tie() -> None:
    network = NetworkLesson((1, 1), "identity", (((0.29,),),), ((0.0,),), (0.5,), (0.0,), 1.0)
    numbers = Numbers.of(lesson_of(network, DisplayLesson(2, 2)))
    assert numbers.product(1, 0, 0).shown == "0.15"  # 0.145; the float product is below it


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (20, "twenty"),
        (42, "forty two"),
        (100, "one hundred"),
        (105, "one hundred and five"),
        (-784, "minus seven hundred and eighty four"),
        (1000, "one thousand"),
        (1001, "one thousand and one"),
        (12_960, "twelve thousand nine hundred and sixty"),
        (333_984, "three hundred and thirty three thousand nine hundred and eighty four"),
        (2_000_000, "two million"),
        (3_000_000_000_001, "three trillion and one"),
    ],
)
def test_whole_numbers_in_words(n: int, words: str) -> None:
    assert spell_integer(n) == words


def test_a_number_too_large_for_words_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        spell_integer(10**15)


@settings(max_examples=100, deadline=None)
@given(st.decimals(-1e12, 1e12, places=3))
def test_any_decimal_can_be_said_in_plain_letters(number: Decimal) -> None:
    words = spell_decimal(number)
    assert re.fullmatch(r"[a-z]+( [a-z]+)*", words)
    assert words.startswith("minus ") == (number < 0)


def test_things_are_counted_in_words() -> None:
    assert count(2, "input") == Phrase("two inputs", "two inputs")
    assert count(1, "input").shown == "one input"
    assert count(3, "bias").shown == "three biases"
    assert count(2, "index", "indices").shown == "two indices"
    assert count(0, "neuron").shown == "zero neurons"


def test_a_stated_number_is_printed_as_it_stands() -> None:
    for value, shown in ((0.5, "0.5"), (-3.0, "−3"), (0.25, "0.25"), (1e-3, "0.001")):
        number = stated("start", value)
        assert (number.shown, number.exact) == (shown, True)
    assert not stated("start", 1 / 3).exact


def test_a_worked_out_number_is_exact_only_where_a_fraction_says_so() -> None:
    assert measured("w", 1.5, 2, Fraction(3, 2)).shown == "1.5"
    assert measured("w", 1.5, 2, Fraction(3, 2)).exact
    assert not measured("w", 1.5, 2).exact
    third = measured("w", 1 / 3, 2, Fraction(1, 3))
    assert (third.shown, third.spoken) == ("0.33", "about zero point three three")


def test_whole_numbers_are_grouped_and_exact() -> None:
    assert integer("count", 333_984).shown == "333,984"
    assert integer("count", 1_728).shown == counted(1_728) == "1,728"
    assert integer("count", 1_728).typst == '1","728'
    assert integer("count", 999).shown == "999"
    assert integer("count", 12).exact


def test_a_float_beside_a_tie_is_rounded_as_the_tie_by_hand() -> None:
    just_below = 0.005 * 4.5835  # 0.0229175, but for its last bits
    assert Fraction(just_below) != Fraction("0.0229175")
    assert measured("move", just_below, 6).printed == Decimal("0.022918")
    assert measured("move", -just_below, 6).printed == Decimal("-0.022918")
    assert measured("move", 0.02291749, 6).printed == Decimal("0.022917")
    assert measured("nothing", 0.0, 6).printed == 0
