"""Derivatives of Numba functions: features of the language and of NumPy, and what is refused."""

from __future__ import annotations

import re

import native_features_arrays
import native_features_language
import native_features_numba
import native_features_packages
import numpy as np
import pytest
from native_features import FEATURES
from numba import njit, objmode

import jittape as jt
from jittape.errors import DerivativeLostError, GradientError, RecordingError

POINT = np.array([1.52, 1.31, 2.23])
OTHER = np.array([1.49, 1.33, 2.31])
"""The same branches are taken here."""

assert native_features_arrays and native_features_language and native_features_numba and native_features_packages


def differences(f, x, h=1e-6):
    """Central differences of a Python function."""
    g = np.zeros_like(x)
    for i in range(x.size):
        d = np.zeros_like(x)
        d[i] = h
        g[i] = (f(x + d) - f(x - d)) / (2 * h)
    return g


def one_of(n):
    """All features, one of n of them at every run and the others with the slow tests: each compiles functions for a second or more."""
    return [f if i % n == 0 else pytest.param(f, marks=pytest.mark.slow) for i, f in enumerate(FEATURES)]


@pytest.mark.parametrize("f", one_of(6), ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore::numba.core.errors.NumbaWarning", "ignore::RuntimeWarning")
def test_feature(f):
    # the function is run by Python for the differences; Numba compiles its recording version only
    compiled = njit(f)
    gradient = jt.value_and_grad(compiled)
    for x in (POINT, OTHER, POINT):  # a kept tape is used again
        value, g = gradient(x)
        np.testing.assert_allclose(value, f(x), rtol=1e-10)
        np.testing.assert_allclose(g, differences(f, x), rtol=1e-5, atol=1e-6)


# What is compiled for a recording differs from what is compiled for a gradient in the outermost function only, whose arguments are
# others.
@pytest.mark.parametrize("f", one_of(18), ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore::numba.core.errors.NumbaWarning", "ignore::RuntimeWarning")
def test_feature_recorded(f):
    recorded = jt.record(njit(f), POINT)
    np.testing.assert_allclose(recorded(OTHER), f(OTHER), rtol=1e-10)
    np.testing.assert_allclose(np.broadcast_to(recorded.grad(OTHER), 3) if f.__name__ != "ret_float" else 0.0, differences(f, OTHER), rtol=1e-5, atol=1e-6)


def test_there_are_many_features():
    assert len(FEATURES) >= 150
    assert len({f.__name__ for f in FEATURES}) == len(FEATURES)


# --- what is refused ------------------------------------------------------------------------------------------------------------

OUTSIDE = np.zeros(3)


@njit
def global_store(x):
    OUTSIDE[0] = x[0]
    return x[0]


@njit
def argument_store(x, out):
    out[1:] = x[1:]
    return x[0]


@njit
def argument_add(x, out):
    out += x
    return x[0]


@njit
def complex_order(x):
    return x[0] if x[0] + 1j < 2j else x[1]


@njit
def eigenvalues(x):
    return np.linalg.eigvals(np.outer(x, x))[0]


@njit
def unknown(x):
    return np.kaiser(3, x[0])[0]


@njit
def steps(x):
    s = 0.0
    for _ in range(x[2]):
        s += x[0]
    return s


@njit
def position(x):
    return x[x[0]]


@njit
def bits(x):
    return x.view(np.int64)[0] * x[0]


@njit
def key(x):
    return {x[0]: 1.0}[x[0]]


@njit
def distinct(x):
    return len({x[0], x[1]}) * x[0]


@njit
def python_inside(x):
    with objmode(y="float64"):
        y = 2.0
    return y * x[0]


@njit
def text(x):
    return float(str(x[0]))


@njit
def appended(a, x):
    a.append(x)


@njit
def mixed_list(x):
    a = [1.0]
    appended(a, x[0])
    return a[1]


REFUSED = [
    (global_store, (), DerivativeLostError, r"stored into an array of plain numbers in global_store \(.*line \d+\).*allocate the array inside"),
    (argument_store, (np.zeros(3),), DerivativeLostError, r"in argument_store \(.*: .*argnums"),
    (argument_add, (np.zeros(3),), RecordingError, r"added to an array of plain numbers.*in argument_add \(.*line \d+\)"),
    (complex_order, (), RecordingError, r"lt\(differentiated complex128, complex128\) has no derivative rule in complex_order \(.*line \d+\): .*real and imaginary part"),
    (eigenvalues, (), RecordingError, r"eigvals\(.*line \d+\): use np.linalg.eigvalsh"),
    (unknown, (), RecordingError, r"kaiser\(.*line \d+\): write it with operations that have a rule.*jittape.primitive"),
    (steps, (), RecordingError, r"range\(.*line \d+\): .*range\(int\(n\)\)"),
    (position, (), RecordingError, r"getitem\(.*line \d+\): an index cannot be differentiated"),
    (bits, (), RecordingError, r"x\.view of another type.*line \d+"),
    (key, (), RecordingError, r"in (key|distinct) \(.*: .*; sets of what is differentiated, dicts with such keys"),
    (distinct, (), RecordingError, r"in (key|distinct) \(.*: .*; sets of what is differentiated, dicts with such keys"),
    (python_inside, (), RecordingError, r"Python code, where nothing is recorded.*line \d+"),
    (text, (), RecordingError, "strings of it are not supported"),
    (mixed_list, (), RecordingError, r"the list 'a' holds plain numbers here and recorded ones there.*line \d+"),
]


@pytest.mark.parametrize(("f", "more", "error", "message"), REFUSED, ids=lambda a: getattr(a, "__name__", ""))
def test_refused(f, more, error, message):
    for driver in (jt.grad(f), lambda *args: jt.jacobian(f)(*args)):
        with pytest.raises(error, match=re.compile(message, re.DOTALL)):
            driver(POINT, *more)
    assert not OUTSIDE.any()


@njit
def many(a):
    return np.full(64, a).sum()


@njit
def unwritten(x):
    total = many(x[0])
    a = np.empty(64)
    a[0] = x[1]
    return a.sum() + 0.0 * total


def test_elements_that_are_read_before_they_are_written():
    """Memory that held recorded numbers before is not taken for some."""
    assert jt.grad(unwritten)(POINT).tolist() == [0.0, 1.0, 0.0]


@njit
def doubled(x):
    return x * 2.0


@njit
def two(x):
    return x[0], x[1] * x[2]


@njit
def truth(x):
    return x[0] > 1.0


@njit
def nothing(x):
    x[0] * 2.0


@njit
def generator(x):
    yield x[0]


@pytest.mark.parametrize(("f", "message"), [(doubled, "array of shape"), (two, "returned a tuple"), (truth, "truth value"), (nothing, "returned None"), (generator, "_Generator")])
def test_results_that_have_no_gradient(f, message):
    with pytest.raises(GradientError, match=message):
        jt.grad(f)(POINT)


def test_results_of_other_kinds():
    np.testing.assert_array_equal(jt.jacobian(doubled)(POINT), 2 * np.eye(3))
    first, second = jt.jacobian(two)(POINT)
    np.testing.assert_allclose(first, [1, 0, 0])
    np.testing.assert_allclose(second, [0, POINT[2], POINT[1]])


# --- errors leave the tape clean --------------------------------------------------------------------------------------------------


@njit
def solved(x):
    a = np.outer(x, x) + np.eye(3) * (x[0] - 1.0)
    if x[1] > 100.0:
        raise ValueError("no good")
    return np.sum(np.linalg.solve(a, x)) * x[1]


def test_errors_of_the_function_pass_through():
    g = jt.grad(solved)
    expected = differences(solved.py_func, POINT)
    np.testing.assert_allclose(g(POINT), expected, rtol=1e-5)
    for _ in range(3):
        with pytest.raises(np.linalg.LinAlgError, match="singular"):
            g(np.array([1.0, 0.0, 0.0]) * 1.0)
        with pytest.raises(ValueError, match="no good"):
            g(np.array([1.5, 101.0, 2.0]))
        np.testing.assert_allclose(g(POINT), expected, rtol=1e-5)
    with pytest.raises(ValueError, match="no good"):
        jt.jacobian(solved)(np.array([1.5, 101.0, 2.0]))


@njit
def caught(x):
    try:
        return np.linalg.cholesky(np.outer(x, x) - np.eye(3) * x[0])[0, 0]
    except Exception:
        return x[1] * x[2]


def test_linear_algebra_that_fails_and_is_caught():
    np.testing.assert_allclose(jt.grad(caught)(POINT), [0, POINT[2], POINT[1]])


@njit
def many_solves(x, n):
    y = x.copy()
    for _ in range(n):
        y = np.linalg.solve(np.diag(x) + np.outer(y, y), y) + 0.1 * np.linalg.eigvalsh(np.diag(x))
    return np.sum(y)


def test_tapes_of_whole_operations_do_not_grow():
    g = jt.grad(many_solves)
    expected = differences(lambda x: many_solves.py_func(x, 4), POINT)
    np.testing.assert_allclose(g(POINT, 4), expected, rtol=1e-5)
    g(POINT, 30)
    np.testing.assert_allclose(g(POINT, 4), expected, rtol=1e-5)
    from jittape.native.recording.workspace import _all

    g(POINT, 4)
    sizes = {k: (len(w.tape.meta), len(w.tape.index), w.tape.nbytes) for k, w in _all.items()}
    assert any(meta for meta, _, _ in sizes.values())
    for _ in range(20):
        g(POINT, 4)
    assert {k: (len(w.tape.meta), len(w.tape.index), w.tape.nbytes) for k, w in _all.items()} == sizes


def test_whole_operations_of_higher_order():
    f = solved
    h = jt.hessian(f)(POINT)
    e = 1e-5
    expected = np.array([(jt.grad(f)(POINT + e * d) - jt.grad(f)(POINT - e * d)) / (2 * e) for d in np.eye(3)])
    np.testing.assert_allclose(h, expected, rtol=1e-5, atol=1e-5)


# --- other arguments, and Numba itself ---------------------------------------------------------------------------------------------


@njit
def mixed(x, n, name, weights, flag, pair, f):
    s = 0.0
    for i in range(n):
        s += weights[i] * f(x[i]) * pair[0]
    if name == "twice" and flag:
        s *= pair[1]
    return s


@njit
def cube(a):
    y = np.zeros(1)
    y[0] = a * a * a
    return y[0]


def test_other_arguments_pass_through():
    args = (3, "twice", np.array([1.0, 2.0, 3.0]), True, (2, 0.5), cube)
    np.testing.assert_allclose(jt.grad(mixed)(POINT, *args), 3 * POINT**2 * args[2], rtol=1e-12)
    by_weights = jt.grad(mixed, argnums=3)(POINT, *args)
    np.testing.assert_allclose(by_weights, POINT**3, rtol=1e-12)
    by_pair = jt.grad(mixed, argnums=5)(POINT, *args[:4], (2.0, 0.5), cube)
    np.testing.assert_allclose(by_pair, [mixed.py_func(POINT, *args) / 2, mixed.py_func(POINT, *args) / 0.5], rtol=1e-12)


def test_arrays_of_numbers_stay_numbas():
    jt.grad(doubled_sum)(POINT)

    @njit
    def plain(a):
        return a.sum(), (a > 1.4).sum(), a.max(), a.argmax(), a.mean(), a.cumsum()[1], a.clip(0.0, 2.0)[2], a.astype(np.int64)[2], np.median(a), np.round(a, 1)[0]

    found = plain(POINT)
    np.testing.assert_allclose(found, plain.py_func(POINT), rtol=1e-14)


@njit
def doubled_sum(x):
    return np.sum(x.clip(0.0, 9.0)) * 2.0 + x.max() * 0.0


def test_large_products_are_one_instruction():
    @njit
    def product(a):
        return np.sum(a @ a)

    a = np.linspace(-1, 1, 1600).reshape(40, 40)
    recorded = jt.record(product, a)
    assert recorded.tape.count < 5000
    np.testing.assert_allclose(jt.grad(product)(a), np.ones((40, 40)) @ a.T + a.T @ np.ones((40, 40)), rtol=1e-9, atol=1e-9)


@njit
def first_squared(x):
    x[0] = x[0] * x[0]
    return x.sum()


def test_arguments_that_are_stored_into_begin_anew_at_each_call():
    x = POINT.copy()
    for gradient in (jt.grad(first_squared), jt.native.grad(first_squared)):
        for _ in range(3):
            np.testing.assert_allclose(gradient(x), [2 * x[0], 1.0, 1.0])
    np.testing.assert_array_equal(x, POINT)


@njit
def both(a, b):
    a[0] = b[1] * 3.0
    return (a * b).sum()


def test_stores_into_arguments_are_seen_by_the_caller():
    square, both_ = jt.native.wrap(first_squared), jt.native.wrap(both)

    def f(x):
        y = x * 2.0
        square(y)
        return y.sum()

    np.testing.assert_allclose(jt.grad(f)(POINT), [8.0 * POINT[0], 2.0, 2.0])
    # one array as two arguments is one array
    a, b, c = POINT
    np.testing.assert_allclose(jt.grad(lambda x: both_(x, x))(POINT), [0.0, 20.0 * b, 2.0 * c])


def test_arrays_of_integers_take_no_recorded_numbers():
    @njit
    def rounds(x):
        y = np.zeros(3, np.int64)
        y[0] = x[2]
        return y[0] * x[1]

    with pytest.raises(DerivativeLostError, match="stored into an array"):
        jt.grad(rounds)(POINT)
