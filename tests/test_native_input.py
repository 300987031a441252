"""Derivatives of Numba functions with unusual arguments: what shares memory, layouts, signatures, decisions by whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numba import int64, njit

import jittape as jt
from jittape.errors import RecordingError

X = np.array([1.0, 2.0, 3.0, 4.0])


def test_recordings_decide_anew_where_int_comes_out_otherwise():
    @njit
    def picked(x):
        return x[int(abs(x[0])) % 3] * x[1] + int(x[2]) * x[0]

    F = jt.record(picked, X)
    for point in (X + 0.1, X[::-1] + 0.2, X + 1.5, X + 0.3):
        value, gradient = jt.value_and_grad(picked)(point)
        assert value == picked(point) == F(point)
        assert F.grad(point).tolist() == gradient.tolist()


def test_in_place_operators_take_elements_in_turn():
    @njit
    def products(x):
        y = x.copy()
        y[1:] *= y[:-1]
        y += y[::-1]
        m = np.ones((2, 4))
        m += y
        m[1:] *= m[:1]
        return np.sum(m * m)

    value, gradient = jt.value_and_grad(products)(X)
    assert value == products(X)
    step = 1e-6
    expected = [(products(X + step * e) - products(X - step * e)) / (2 * step) for e in np.eye(4)]
    np.testing.assert_allclose(gradient, expected, rtol=1e-6)


def test_what_is_read_before_it_is_stored_is_on_no_tape():
    @njit
    def f(x):
        unset = np.empty(1000)
        unset += x[0]
        return x[0] * x[1]

    for _ in range(3):
        assert jt.grad(f)(X).tolist() == [2.0, 1.0, 0.0, 0.0]


def test_signatures_that_round_are_refused():
    @njit("float64(int64)")
    def of_integer(x):
        return x * 1.5

    @njit(["float64(float64)", "float64(int64)"])
    def of_both(x):
        return x * 1.5

    @njit("float64(float64, int64)")
    def counted(x, n):
        return x * n

    @njit
    def outer(x):
        return of_integer(x) + of_both(x)

    @njit(locals={"whole": int64})
    def local(x):
        whole = x * 1.5
        return whole * x

    for f, args in ((of_integer, (2.5,)), (outer, (2.5,)), (counted, (2.5, 3.5))):
        with pytest.raises(RecordingError, match="makes an integer"):
            jt.grad(f)(*args)
    with pytest.raises(RecordingError, match=r"No conversion from jittape\.Var to int64 for 'whole'"):
        jt.grad(local)(2.5)
    assert jt.grad(of_both)(2.5) == 1.5
    assert jt.grad(counted)(2.5, 3) == 3.0
