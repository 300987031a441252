"""A division by zero is an error in a recording version where it is one in the function, and infinite or NaN where it is that."""

import math
import operator

import numba
import numpy as np
import pytest

import jittape as jt

FUNCTIONS = {
    "x / y": lambda x: x[0] / x[1], "x % y": lambda x: x[0] % x[1], "x // y": lambda x: x[0] // x[1], "number / y": lambda x: 2.0 / x[1], "number % y": lambda x: 2.0 % x[1],
    "operator.truediv": lambda x: operator.truediv(x[0], x[1]), "y ** -1": lambda x: x[1] ** -1, "y ** -3": lambda x: x[1] ** -3, "y ** -1.0": lambda x: x[1] ** -1.0,
    "y ** -2.5": lambda x: x[1] ** -2.5, "math.pow": lambda x: math.pow(x[1], -1), "np.power, int": lambda x: np.power(x[1], -1), "np.power": lambda x: np.power(x[1], -1.0),
    "np.mod": lambda x: np.mod(x[0], x[1]), "np.remainder": lambda x: np.remainder(x[0], x[1]), "np.fmod": lambda x: np.fmod(x[0], x[1]),
    "np.floor_divide": lambda x: np.floor_divide(x[0], x[1]), "np.reciprocal": lambda x: np.reciprocal(x[1]), "np.divide": lambda x: np.divide(x[0], x[1]),
    "arrays /": lambda x: np.sum(x[:1] / x[1:]), "arrays %": lambda x: np.sum(x[:1] % x[1:]), "arrays //": lambda x: np.sum(x[:1] // x[1:]),
    "arrays **": lambda x: np.sum(x**-1.0), "arrays ** int": lambda x: np.sum(x**-2), "arrays np.mod": lambda x: np.sum(np.mod(x[:1], x[1:])),
    "arrays np.reciprocal": lambda x: np.sum(np.reciprocal(x)), "complex /": lambda x: ((1.0 + 1j * x[0]) / (x[1] + 0j)).real,
    "complex arrays": lambda x: np.sum(((1.0 + 1j * x) / (x + 0j)).real), "complex np.divide": lambda x: np.divide(1.0 + 1j * x[0], x[1] + 0j).real,
}  # fmt: skip


@pytest.mark.parametrize("error_model", ["python", "numpy"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_division_by_zero_is_an_error_where_it_is_one_in_the_function(name, error_model):
    f = numba.njit(error_model=error_model)(FUNCTIONS[name])
    g = jt.value_and_grad(f)
    x = np.array([1.0, 0.0])
    try:
        expected = f(x)
    except ZeroDivisionError:
        with pytest.raises(ZeroDivisionError):
            g(x)
    else:
        np.testing.assert_equal(float(g(x)[0]), float(expected))
    assert np.isfinite(g(np.array([1.0, 2.0]))[1]).all()
