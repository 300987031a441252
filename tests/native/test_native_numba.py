"""Derivatives of Numba functions: decisions by integers, ties, random numbers, and errors, beside the features in lists."""

from __future__ import annotations

import ctypes
import math
import random
import re

import numpy as np
import pytest
from numba import float64, guvectorize, njit, stencil
from numba.core.errors import TypingError
from numba.experimental import jitclass
from numba.extending import get_cython_function_address

import jittape as jt
from jittape.errors import DerivativeLostError, RecordingError

POINT = np.array([1.52, 1.31, 2.23])
ELSEWHERE = np.array([2.41, 1.93, 0.72])
"""Another whole part of each number."""


@njit
def by_whole_numbers(x):
    n = int(x[0]) + round(x[1]) + math.floor(x[2])
    counts = x.astype(np.int64)
    return x[0] ** n * x[1] + counts[0] * x[1] + counts[2] * x[2]


def test_integers_of_recorded_numbers_are_guarded():
    f = by_whole_numbers
    recorded = jt.record(f, POINT)
    for x in (POINT, ELSEWHERE, POINT, POINT[::-1].copy()):
        np.testing.assert_allclose(recorded(x), f.py_func(x), rtol=1e-12)
        np.testing.assert_allclose(recorded.grad(x), jt.grad(f)(x), rtol=1e-12)


@njit
def to_digits(x, digits):
    return round(x, digits) + np.round(x, digits) + np.round(np.array([x, 2.0 * x]), digits).sum() + x


def test_decimals_are_numbas():
    for digits in (0, 1, 2, -1, -2, 25):
        for x in (0.05, 0.15, 2.675, 1150.0, 123456.5, 1e300, 5e-24):
            value, gradient = jt.value_and_grad(lambda x: jt.native.wrap(to_digits)(x, digits))(x)  # noqa: B023
            assert value == to_digits(x, digits) and gradient == 1.0


@njit
def largest(x):
    return x.max() * 2.0


@njit
def smallest(x):
    return np.min(x.reshape(2, 3))


@pytest.mark.parametrize("f", [largest, smallest])
def test_ties_share_evenly(f):
    x = np.array([1.0, 2.0, 2.0, 0.0, 2.0, 0.0])
    expected = jt.grad(lambda y: (y.max() * 2.0 if f is largest else y.min()))(x)
    assert set(expected.round(12)) <= {0.0, 0.5, round(2 / 3, 12)}
    recorded = jt.record(f, np.arange(6.0))  # and where it was recorded without
    for g in (jt.grad(f), jt.native.grad(f), recorded.grad):
        np.testing.assert_allclose(g(x), expected)


@njit
def draws(x):
    np.random.seed(1)
    random.seed(1)
    s = np.random.normal(x[0], x[1]) * x[2] + np.random.uniform(x[0], x[2]) + np.random.exponential(x[0])
    return s + np.sum(np.random.normal(x[0], 1.0, 2)) + random.gauss(x[0], x[1])


def test_random_numbers_are_those_of_the_function():
    value, gradient = jt.value_and_grad(draws)(POINT)
    assert value == pytest.approx(draws(POINT), rel=1e-14)
    d = 1e-6 * np.eye(3)
    np.testing.assert_allclose(gradient, [(draws(POINT + e) - draws(POINT - e)) / 2e-6 for e in d], rtol=1e-7)


@njit
def same_kind(x, w):
    return x[0] * 2.0 if x.dtype == w.dtype else x[0] * 3.0


def test_dtypes_are_those_of_the_function():
    assert jt.value_and_grad(same_kind)(POINT, np.ones(1))[0] == same_kind(POINT, np.ones(1))


# --- errors ---------------------------------------------------------------------------------------------------------------------


@jitclass([("rate", float64)])
class Plain:
    def __init__(self, rate):
        self.rate = rate


@stencil
def neighbours(a):
    return a[-1] + a[1]


@guvectorize([(float64[:], float64[:])], "(n)->()")
def total(a, out):
    out[0] = a.sum()


@njit
def square(x):
    return np.sum(x * x)


@njit
def made_inside(x):
    return jt.native.grad(square)(x)[0]


@njit
def driven_inside(x):
    return jt.hessian(square)(x)[0, 0]


@njit
def into_field(x):
    p = Plain(1.0)
    p.rate = x[0]
    return p.rate


@njit
def fill(values, x):
    values[0] = x[0]


@njit
def into_list(x):
    values = [0.0]
    fill(values, x)
    return values[0]


@njit
def by_stencil(x):
    return neighbours(x)[1]


@njit
def over_axes(x):
    out = np.empty(1)
    total(x, out)
    return out[0]


@njit
def memory(x):
    return np.frombuffer(x)[0]


@njit
def address(x):
    return x.ctypes.data * x[0]


def pointer(name):
    return ctypes.CFUNCTYPE(*[ctypes.c_double] * 3)(get_cython_function_address("scipy.special.cython_special", name))


inverse, bessel = pointer("agm"), pointer("__pyx_fuse_1iv")


@njit
def by_pointer(x):
    return inverse(x[0], 0.3)


@njit
def by_order(x):
    return bessel(x[0], 0.3)


REFUSED = [
    (made_inside, RecordingError, r"jittape.native.grad cannot be called in a compiled function: make g = jittape.native.grad\(f\) outside.*line \d+"),
    (driven_inside, RecordingError, r"jittape.hessian cannot be called in a compiled function: call it from Python.*line \d+"),
    (into_field, DerivativeLostError, r"stored where a plain number is declared in into_field \(.*line \d+\): a field of a record or of a jitclass"),
    (by_stencil, RecordingError, r"numba.stencil is not recorded: write its loop.*line \d+"),
    (over_axes, RecordingError, r"total of numba.guvectorize is recorded with arguments of \[1, 0\] axes only.*line \d+"),
    (memory, RecordingError, r"np.frombuffer reads the bits.*line \d+"),
    (by_pointer, RecordingError, r"a pointer to a compiled function is called with recorded numbers.*jittape.primitive.*line \d+"),
    (by_order, RecordingError, r"iv has no derivative with respect to its order.*pass a number.*line \d+"),
    (address, RecordingError, r"x.ctypes hands out the memory.*line \d+"),
]


@pytest.mark.parametrize(("f", "error", "message"), REFUSED, ids=lambda a: getattr(a, "__name__", ""))
def test_refused(f, error, message):
    with pytest.raises(error, match=re.compile(message, re.DOTALL)):
        jt.grad(f)(POINT)


def test_gradients_are_not_made_in_compiled_code():
    with pytest.raises(TypingError, match=r"make g = jittape.native.grad\(f\) outside of it"):
        made_inside(POINT)


def test_lists_of_plain_numbers_that_another_function_stores_into():
    assert jt.value_and_grad(into_list)(np.array([1.5, 2.0]))[1].tolist() == [1.0, 0.0]
