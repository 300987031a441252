"""Arithmetic of truth values: of comparisons of Python's floats as of bools, of all others as NumPy's."""

import math

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt


def comparison(draw):
    left, right = draw(st.sampled_from(["x", "y", "x * 2.0", "y - x", "-x", "abs(y)", "1.0", "0", "round(x, 1)", "np.abs(y)"])), draw(st.sampled_from(["0", "x", "y", "1.5"]))
    return f"({left} {draw(st.sampled_from(['<', '>', '<=', '==', '!=']))} {right})"


@st.composite
def expressions(draw):
    found = comparison(draw)
    for _ in range(draw(st.integers(1, 3))):
        other = draw(st.sampled_from(["True", "2", "False"])) if draw(st.integers(0, 4)) == 0 else comparison(draw)
        a, b = (found, other) if draw(st.booleans()) else (other, found)
        found = f"({a} {draw(st.sampled_from('+*-'))} {b})"
    return f"{draw(st.sampled_from(['', '-']))}{found} * x + 0.5 * y"


def outcome(f):
    try:
        return float(f())
    except TypeError as e:
        return "subtract" in str(e) or "negat" in str(e)


@given(expressions(), st.booleans(), st.sampled_from([(1.0, 2.0), (-1.5, 2.0), (2.0, -3.0)]))
@examples(60)
def test_truth_values_add_as_in_the_plain_run(text, numpys, point):
    f = eval(f"lambda x, y: {text}")  # noqa: S307
    args = tuple(map(np.float64, point)) if numpys else point
    expected = outcome(lambda: f(*args))
    assert outcome(lambda: jt.value_and_grad(f)(*args)[0]) == expected
    assert outcome(lambda: jt.record(f, *args)(*args)) == expected
    assert outcome(lambda: jt.value_and_grad(lambda z: jt.value_and_grad(lambda x, y: f(x, y) * z)(*args)[0])(1.0)[0]) == expected


def test_counts_of_comparisons_are_sizes_and_places():
    f = lambda x, y: np.arange(4.0)[(x > 0) + (y > 0)] * x + sum(y for _ in range((x > 0) + (y > 0)))  # noqa: E731
    for point in ((1.0, 2.0), (1.0, -2.0)):
        F = jt.record(f, 1.0, 2.0)
        assert jt.value_and_grad(f)(*point)[0] == F(*point) == f(*point)


NUMBERS = (
    "x + 1", "2 - x", "x / 3", "x // 2", "x % 2", "x**2", "2.0**x", "-x", "abs(x)", "round(x)", "round(x, 1)", "divmod(x, 0.7)[1]", "math.floor(x) * x",
    "math.trunc(x) + x", "max(x, y)", "np.sin(x)", "np.sqrt(x)", "np.float64(2.0) * x", "np.abs(x)", "np.square(x)", "np.add(x, y)",
    "np.negative(x)", "np.round(x, 1)", "np.floor(x)", "np.power(x, 2)", "np.sqrt(x) + x", "np.floor(x) * 2.0",
)  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_are_pythons_or_numpys(number):
    f = eval(f"lambda x, y: (({number}) > -9) + (x > -9) + 0.0 * x", {"np": np, "math": math})  # noqa: S307

    def careful(x, y):
        try:
            return f(x, y)
        except ZeroDivisionError:
            return x

    for g in (f, careful):
        assert jt.record(g, 1.3, 2.1)(1.4, 2.2) == f(1.4, 2.2)


@pytest.mark.parametrize("x", [np.float64(1.0), np.array(1.0)])
def test_numpys_truth_values_are_or(x):
    assert jt.value_and_grad(lambda x: ((x > 0) + (x > -1)) * x + ((x > 0) + True) * x + 1.0 * x)(x)[0] == 3.0


def test_a_plain_array_takes_one_recorded_truth_value_as_an_index():
    np.testing.assert_array_equal(jt.grad(lambda x: np.sum(np.ones(4)[x[0] > 0]) * x[0])(np.ones(2)), [4.0, 0.0])


@st.composite
def near_halves(draw):
    """A number and how many digits it is rounded to: many lie halfway between two decimals but for their last bit, or exactly."""
    digits = draw(st.sampled_from([1, 2, 3, 7, 15, 22, -1, -2, -5, -22]))
    half = float(f"{draw(st.integers(-9999, 9999))}.5e{-digits}")
    x = draw(st.sampled_from([half, np.nextafter(half, np.inf), np.nextafter(half, -np.inf), draw(st.floats(allow_nan=False)), 0.0, -0.0, math.inf, math.nan]))
    return float(x), digits


@given(near_halves())
@examples(200)
def test_pythons_floats_round_by_their_own_value(drawn):
    x, digits = drawn
    F, G = jt.record(lambda x: round(x, digits), 0.3), jt.record(lambda x: np.round(x, digits), 0.3)
    expected = np.array(round(x, digits))
    for found in (F(x), F.batch_value(np.array([x, x]))[1], jt.value_and_grad(lambda y: round(y, digits))(x)[0]):
        assert np.array_equal(found, expected, equal_nan=True) and np.signbit(found) == np.signbit(expected)
    with np.errstate(all="ignore"):
        assert np.array_equal(G(x), np.round(x, digits), equal_nan=True)
    assert jt.value_and_grad(lambda y: round(y, digits))(x)[1] == 0.0 == F.grad(x)


def test_rounding_that_floats_do_not_hold_is_refused():
    with pytest.raises(jt.RecordingError, match=r"round\(x, 23\) of a recorded number: it takes up to 22 digits"):
        jt.grad(lambda x: round(x, 23))(0.5)
    assert jt.value_and_grad(lambda x: round(x, 1))(np.float64(0.05))[0] == round(np.float64(0.05), 1) != round(0.05, 1)
