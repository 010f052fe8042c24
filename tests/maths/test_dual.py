"""Dual numbers against SymPy's derivatives."""

import pytest
import sympy as sp

from scenes.maths.derivation import FUNCTIONS, elementary
from scenes.maths.dual import DUAL_ACTIVATION, Dual

POINTS = (-40.0, -3.0, -0.1, 0.1, 3.0, 40.0)


@pytest.mark.parametrize("name", list(DUAL_ACTIVATION))
@pytest.mark.parametrize("point", POINTS)
def test_activations_agree_with_sympy(name: str, point: float) -> None:
    z = sp.Symbol("z", real=True)
    f = elementary(FUNCTIONS[name](z))
    exact = sp.Rational(str(point))
    found = DUAL_ACTIVATION[name](Dual(point, 2.0))
    assert found.value == pytest.approx(float(sp.N(f.subs(z, exact), 40)), rel=1e-14)
    slope = float(sp.N(sp.diff(f, z).subs(z, exact), 40))
    assert found.slope == pytest.approx(2.0 * slope, rel=1e-12, abs=1e-15)


def test_arithmetic_agrees_with_sympy() -> None:
    u = sp.Symbol("u")

    def f(v: object) -> object:
        return (3.0 - v) * v / (v * v + 2.0) - 1.5 * v + v  # type: ignore[operator]

    found = f(Dual(0.7, 1.0))
    assert isinstance(found, Dual)
    assert found.value == pytest.approx(float(sp.sympify(f(u)).subs(u, 0.7)), rel=1e-14)
    assert found.slope == pytest.approx(float(sp.diff(f(u), u).subs(u, 0.7)), rel=1e-13)


def test_relu_has_slope_zero_at_zero_by_convention() -> None:
    assert DUAL_ACTIVATION["relu"](Dual(0.0, 1.0)) == Dual(0.0, 0.0)


@pytest.mark.parametrize("name", list(DUAL_ACTIVATION))
def test_huge_sums_do_not_overflow(name: str) -> None:
    for point in (-1e5, 1e5):
        assert abs(DUAL_ACTIVATION[name](Dual(point, 1.0)).value) <= 1e5
