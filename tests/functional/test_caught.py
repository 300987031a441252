"""Functions that decide by errors of arithmetic go the way of the plain function, and so do their replays."""

from __future__ import annotations

import math
import warnings
from functools import lru_cache, partial

import numpy as np
import pytest

import jittape as jt
from jittape.functional.caught import ANY, ARITHMETIC, NONE, caught


def by_zero(x):
    try:
        return 1.0 / x
    except ZeroDivisionError:
        return x * 3.0


def logarithm(x):
    with np.errstate(all="raise"):
        try:
            return np.log(x)
        except FloatingPointError:
            return x * 3.0


def large_power(x):
    try:
        return x**1000.0 * 2
    except OverflowError:
        return x * 3.0


def warned(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="warn"):
            try:
                return np.divide(1.0, x - 1)
            except RuntimeWarning:
                return x * x


def ratio(a, b):
    try:
        return a / b
    except ZeroDivisionError:
        return 0.0


def by_a_helper(x):
    return ratio(2.0, x) + x


def remainder(x):
    try:
        return 5 % x + x
    except Exception:
        return x * 7


def quotient(x):
    try:
        return 5 // x + x
    except:  # noqa: E722
        return x * 7


def several(x):
    try:
        return x**-1 + (x * 2) / (x * 3)
    except ArithmeticError:
        return x * 7


def exponential(x):
    with np.errstate(all="raise"):
        try:
            return np.exp(x * 1000.0)
        except FloatingPointError as error:
            return x * (2 if "over" in str(error) else 3)


class Model:
    def part(self, x):
        try:
            return 1 / x
        except ZeroDivisionError:
            return x

    def __call__(self, x):
        return self.part(x) * 2


def wrapped(f):
    def wrapper(x):
        return f(x)

    return wrapper


RULES, TABLE = [by_zero], {"a": {"b": (by_zero,)}}


class Holder:
    def __init__(self):
        self.rule, self.rules, self.model = by_zero, {"a": by_zero}, Model()

    def by_attribute(self, x):
        return self.rule(x)

    def by_element(self, x):
        return self.rules["a"](x) + self.model.part(x)


HOLDER = Holder()


def by_default(x, rule=by_zero):
    return rule(x)


def by_name_of_a_default(x, *, rules=(by_zero,)):
    return sum(rule(x) for rule in rules)


REACHED = [lambda x: RULES[0](x), lambda x: TABLE["a"]["b"][0](x), lambda x: HOLDER.by_element(x), lambda x: HOLDER.rules["a"](x), HOLDER.by_attribute,
           by_default, by_name_of_a_default, partial(lambda rule, x: rule(x), by_zero), (lambda rules: lambda x: rules[0](x))([by_zero]),
           lambda x: list(map(by_zero, [x]))[0], lru_cache(lambda x: by_zero(x)).__wrapped__]  # fmt: skip
FUNCTIONS = [*REACHED, by_zero, logarithm, large_power, warned, by_a_helper, remainder, quotient, several, exponential, Model(), Model().part,
             partial(by_zero), wrapped(by_a_helper), wrapped(remainder), lambda x: by_zero(x) * 2]  # fmt: skip


@pytest.mark.parametrize("make", [float, np.float64])
@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: getattr(f, "__name__", type(f).__name__))
def test_the_way_of_the_plain_function(f, make):
    F = jt.record(f, make(0.7))
    for p in (0.0, 1.0, -1.0, 2.0, 0.5, -0.5):
        with np.errstate(all="ignore"):
            expected = f(make(p))
        values = [jt.value_and_grad(f)(make(p))[0], jt.jvp(f, (make(p),), (1.0,))[0], F(make(p)), jt.record(f, make(p))(make(p))]
        assert np.allclose(values, expected, rtol=1e-12, equal_nan=True), (p, values, expected)
        assert np.allclose(F.grad(make(p)), jt.grad(f)(make(p)), rtol=1e-12, equal_nan=True)


def test_arrays_and_batches():
    def f(x):
        with np.errstate(divide="raise"):
            try:
                y = 1.0 / x
            except FloatingPointError:
                y = x * 2
        return np.sum(y)

    F = jt.record(f, np.array([1.0, 2.0]))
    X = np.array([[1.0, 0.0], [1.0, 3.0], [0.0, 0.0]])
    assert np.allclose(F.batch_value(X), [f(x) for x in X]) and len(F.paths) <= 3
    assert np.allclose(F.batch_grad(X), [jt.grad(f)(x) for x in X]) and F.grad(X[0]).tolist() == [2.0, 2.0]


def test_only_functions_that_ask_are_recorded_with_care():
    def plain(x):
        return np.sum(x**2)

    def wide(x):
        try:
            return x
        except Exception:
            return x

    assert [caught(f) for f in (plain, wide, by_zero, by_a_helper, np.sum, jt.grad(by_zero), jt.grad(plain), 3.0)] == [
        NONE, ANY, ARITHMETIC, ARITHMETIC, NONE, ARITHMETIC, NONE, NONE
    ]  # fmt: skip
    assert jt.grad(lambda x: x.tape.careful is None and x * 2.0)(1.0) == 2.0
    with np.errstate(divide="raise"):
        assert jt.grad(lambda x: np.sum(1.0 / x))(np.ones(2)).tolist() == [-1.0, -1.0]


def test_derivatives_of_derivatives():
    assert jt.grad(jt.grad(by_zero))(2.0) == 0.25 and jt.grad(jt.grad(by_zero))(0.0) == 0.0
    assert jt.hessian(logarithm)(2.0) == -0.25 and jt.hessian(logarithm)(0.0) == 0.0
    F = jt.record(by_zero, 2.0)
    assert F.hessian(2.0) == 0.25 and F.hessian(0.0) == 0.0 and F.hvp(4.0, 1.0) == 0.03125


def test_functions_that_are_handed_over():
    for f, rule in ((lambda x, rule: rule(x), by_zero), (lambda x, rules: rules["a"][0](x), {"a": [by_zero]})):
        assert jt.value_and_grad(f)(0.0, rule) == (0.0, 3.0)
        assert jt.record(f, 1.0, rule, argnums=0).grad(0.0) == 3.0
    assert jt.record(lambda x, rule: rule(x), 1.0, rule=by_zero).grad(0.0) == 3.0


def test_products_of_truth_values_are_floats_of_pythons() -> None:
    def f(x: float, y: float) -> float:
        v = ((y + y) > 0.05) * (y + y)
        try:
            w = v / (0.0 if y > 0.1 else 2.0)
        except ZeroDivisionError:
            w = 3.0
        return w * w + x

    for point in ((1.0, 0.7), (1.0, 0.05), (-1.0, 0.7)):
        assert jt.value_and_grad(f)(*point)[0] == pytest.approx(f(*point))
        assert jt.record(f, 1.0, 0.7)(*point) == pytest.approx(f(*point))


class Proxy:
    """An object that answers for another one, and has none."""

    def __getattr__(self, name):
        raise RuntimeError("outside of its context")


@pytest.mark.parametrize("held", [Proxy(), [Proxy()], {"of": Proxy()}], ids=["itself", "list", "dict"])
def test_attributes_of_proxies_are_not_asked_for(held):
    def f(x, proxy=held):
        return np.sum(x * x)

    assert caught(f) == NONE
    np.testing.assert_array_equal(jt.grad(f)(np.ones(2)), [2.0, 2.0])
    np.testing.assert_array_equal(jt.grad(lambda x, _: np.sum(x * x))(np.ones(2), held), [2.0, 2.0])


def test_numbers_that_python_rounds_stay_python_numbers() -> None:
    def tenths(x, y):
        v = round(abs(x), 1)
        try:
            z = (y + v) / (0.0 if x > 0.5 else 2.0)
        except ZeroDivisionError:
            z = 3.0 * x
        return z * y

    def whole(x):
        try:
            return x / (round(x) - 1)
        except ZeroDivisionError:
            return 7.0 * x

    for f, points in ((tenths, [(0.9, 2.0), (0.2, 2.0)]), (whole, [(1.2,), (2.6,)])):
        F = jt.record(f, *points[0])
        for point in points:
            assert jt.value_and_grad(f)(*point)[0] == F(*point) == f(*point)


@pytest.mark.parametrize("whole", [math.floor, math.ceil, math.trunc, round, lambda x: round(x, 1)])
def test_numbers_that_are_rounded_stay_pythons(whole):
    def f(x, y):
        n = whole(x) * y
        try:
            return y / (n - n)
        except ZeroDivisionError:
            return y * 3.0 + n

    for point in ((1.3, 2.0), (-0.7, 0.5)):
        assert jt.value_and_grad(f)(*point)[0] == jt.record(f, 1.3, 2.0)(*point) == f(*point)


def catching(x):
    try:
        return 1.0 / x
    except ZeroDivisionError:
        return x + 7.0


def behind(x):
    return 2.0 * catching(x - 1.0)


def both_of_them(x):
    return catching(x) + behind(x)


def there(x, n):
    y = catching_itself(x, n - 1) if n else x
    return 2.0 * y


def catching_itself(x, n):
    try:
        y = 1.0 / x
    except ZeroDivisionError:
        y = x + 5.0
    return y + there(x, n)


def rebound(x):
    return x * 3.0


def calling_what_is_rebound(x):
    return rebound(x) + x


@pytest.mark.parametrize("before, f, point", [(both_of_them, behind, (1.0,)), (lambda x: catching_itself(x, 2), lambda x: there(x, 1), (0.0,))])
def test_what_a_function_catches_does_not_depend_on_what_was_asked_before(before, f, point):
    """Functions that another one reached before, by another way or in a circle, are known whole."""
    jt.grad(before)(2.0)
    assert jt.value_and_grad(f)(*point)[0] == f(*point)


def test_names_that_are_given_other_functions(monkeypatch):
    assert jt.value_and_grad(calling_what_is_rebound)(2.0)[0] == 8.0 and caught(calling_what_is_rebound) == NONE
    monkeypatch.setitem(globals(), "rebound", catching)
    assert jt.value_and_grad(calling_what_is_rebound)(0.0)[0] == 7.0 and caught(calling_what_is_rebound) == ARITHMETIC
    monkeypatch.undo()
    assert caught(calling_what_is_rebound) == NONE
