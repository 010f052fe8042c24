"""Keys are made and read in one place, and come back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.maths.key import Key, activation_key, key_of


@given(st.from_regex(r"[A-Za-z_ ]+", fullmatch=True), st.lists(st.integers(0, 99), max_size=3))
def test_a_key_is_read_as_it_was_made(name: str, at: list[int]) -> None:
    key = Key.parse(key_of(name, *at))
    assert (key.name, key.at) == (name, tuple(at))
    assert str(key) == key_of(name, *at)


@pytest.mark.parametrize("text", ["", "[1]", "w[1", "w[]", "w[1]x", "w[-1]", "w[a]", "w[1][0]]"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no key"):
        Key.parse(text)


def test_an_activation_of_layer_zero_is_an_input() -> None:
    assert (activation_key(0, 1), activation_key(2, 1)) == ("x[1]", "a[2][1]")


def test_numbers_of_a_layer_are_written_alike() -> None:
    assert Key("w", (1, 0, 1)).group == Key("w", (1, 2, 0)).group == "w[1]"
    assert Key("error", (0,)).group == Key("error", (1,)).group == "error"
