"""Derivatives of Numba functions with unusual arguments: what shares memory, layouts, signatures, decisions by whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numba import int64, njit
from numpy.lib.stride_tricks import as_strided

import jittape as jt
from jittape.errors import DerivativeLostError, GradientError, RecordingError

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


def test_declared_integers_round_as_in_the_plain_function():
    @njit("float64(int64)")
    def of_integer(x):
        return x * 1.5

    @njit(["float64(float64)", "float64(int64)"])
    def of_both(x):
        return x * 1.5

    @njit("float64(float64, int64)")
    def times(x, n):
        return x * n

    @njit
    def outer(x):
        return of_integer(x) + of_both(x)

    @njit(locals={"whole": int64})
    def local(x):
        whole = x * 1.5
        return whole * x

    @njit("int64(float64)")
    def whole_result(x):
        return x * 1.5

    @njit
    def of_result(x):
        return whole_result(x) * x

    for f, args, slope in ((of_integer, (2.5,), 0.0), (outer, (2.5,), 1.5), (times, (2.5, 3.5), 3.0), (local, (2.5,), 3.0), (of_both, (2.5,), 1.5), (times, (2.5, 3), 3.0),
                           (whole_result, (2.5,), 0.0), (of_result, (2.5,), 3.0)):  # fmt: skip
        assert jt.value_and_grad(f)(*args) == (f(*args), slope)
        if type(args[-1]) is float:
            assert jt.record(f, args[0], *args[1:]).grad(*args) == (slope if len(args) == 1 else (slope, 0.0))

    @njit("float64(boolean, float64)")
    def truth(c, x):
        return x if c else 2.0 * x

    with pytest.raises(RecordingError, match="declared with truth values"):
        jt.grad(truth)(0.5, 1.0)
    assert jt.grad(truth, argnums=1)(True, 1.0) == 1.0


@njit
def shifted(out, a):
    for i in range(out.size):
        out[i] = 2.0 * a[i] + out[i]
    return out[1:]


@njit
def doubled(a):
    y = a * 2.0
    return y[1:], y, a


def test_wrapped_functions_take_and_return_views():
    recorded, both = jt.native.wrap(shifted), jt.native.wrap(doubled)

    def program(shifted, doubled, x):
        y = x * 1.0
        tail = shifted(y[1:], y[:-1])
        tail[0] = y[0] * y[2]
        shifted(y[::-1], y)
        shifted(y, y)
        a, b, c = doubled(y)
        a[0] = 3.0 * b[0]
        c[1] = b[1] * y[0]
        return np.sum(b * b) + np.sum(y * y) + tail[0]

    value, gradient = jt.value_and_grad(lambda x: program(recorded, both, x))(X)
    step = 1e-5
    plain = [(program(shifted, doubled, X + step * e) - program(shifted, doubled, X - step * e)) / (2 * step) for e in np.eye(4)]
    assert value == program(shifted, doubled, X)
    np.testing.assert_allclose(gradient, plain, rtol=1e-7)


@njit
def weighted(a, b):
    if a[0] > 0.0:
        a[0] = 3.0 * a[0]
    return a[0] * b[0]


def test_arguments_that_share_memory_are_refused_where_they_are_stored_into():
    x = X.copy()
    for both in ((x, x), (x, x[:2]), (x[::-1], x)):
        for derivative in (jt.grad(weighted), jt.grad(weighted, argnums=1), jt.jacobian(weighted, argnums=(0, 1)), lambda *args: jt.record(weighted, *args), jt.native.grad(weighted)):
            x[:] = X
            with pytest.raises(GradientError, match="share memory"):
                derivative(*both)
    x[:] = -X  # nothing is stored
    assert jt.grad(weighted)(x, x).tolist() == jt.native.grad(weighted)(x, x).tolist() == [-1.0, 0.0, 0.0, 0.0]
    x[:] = X
    assert jt.grad(weighted)(x[::2], x[1::2]).tolist() == [6.0, 0.0]


def test_nothing_beyond_an_array_is_recorded():
    @njit
    def beyond(x, k):
        return x[k] * x[0]

    for gradient in (jt.grad(beyond), jt.native.grad(beyond)):
        for k in (4, 5, 1000):
            with pytest.raises(IndexError):
                gradient(X, k)
        assert gradient(X, -1).tolist() == [4.0, 0.0, 0.0, 1.0]


def test_bytes_are_those_of_floats():
    @njit
    def counted(x):
        return x.nbytes * x[0] + x.itemsize * x[1]

    @njit
    def strided(x):
        return as_strided(x, (2,), (8,))[1] * x[0]

    assert jt.grad(counted)(X).tolist() == [32.0, 8.0, 0.0, 0.0]
    assert jt.grad(strided)(X).tolist() == [X[1], X[0], 0.0, 0.0]


TABLE = np.array([0.5, -0.25, 2.0, 1.0])


@njit
def copied(x):
    y = TABLE.copy()
    z = y
    y += 1.0
    y += x
    z[1] *= x[2]
    return np.sum(y * z)


@njit
def renamed(x, w):
    y = w
    z = y
    y += 1.0  # still the argument, and z
    if x[0] > 100.0:
        y = x * 2.0
    y[0] = 3.0 * x[0]
    return z[0] * x[1]


@njit
def counted(x, w):
    z = w
    w += 1.0
    z[0] = 5.0
    if x[0] > 100.0:
        w = x * 2.0
    return w[0] * x[1] * z[1]


@njit
def popped(x, w):
    kept = [w]
    y = kept.pop()
    if x[0] > 100.0:
        y = x * 2.0
    y[0] = 3.0 * x[0]
    return w[0] * x[1]


def test_names_of_one_array_stay_names_of_one_array():
    value, gradient = jt.value_and_grad(copied)(X)
    assert value == copied(X)
    np.testing.assert_allclose(gradient, [5.0, 2 * 3.0**2 * 2.75, 2 * 6.0 + 2 * 3.0 * 2.75**2, 2 * 6.0], rtol=1e-12)
    for f in (renamed, counted, popped):  # z would be another array
        with pytest.raises((RecordingError, DerivativeLostError)):
            jt.grad(f)(X, np.ones(4))


@njit
def flattened(m):
    flat = m.ravel()  # a copy, where m is not in C order
    flat *= 2.0
    dense = np.ascontiguousarray(m)
    dense += 1.0
    if m[0, 0] > 6.0:
        return np.sum(m)
    return np.sum(m * m) * m[0, 1]


@pytest.mark.parametrize("view", [lambda m: m, lambda m: m.T, lambda m: m[:, 1:], lambda m: m[::-1]], ids=["C", "F", "columns", "reversed"])
def test_layouts_of_arguments_are_kept(view):
    m = np.arange(1.0, 7.0).reshape(2, 3)
    step = 1e-5
    expected = np.zeros((2, 3))
    for place in np.ndindex(2, 3):
        up, down = m.copy(), m.copy()
        up[place] += step
        down[place] -= step
        expected[place] = (flattened(view(up)) - flattened(view(down))) / (2 * step)
    gradients = [jt.grad(flattened), jt.native.grad(flattened), jt.jacobian(flattened), lambda x: jt.vjp(flattened, x)[1](1.0)[0]]
    gradients += [jt.record(flattened, view(m)).grad, jt.record(flattened, view(m + 5.0)).grad]
    for gradient in gradients:
        np.testing.assert_allclose(gradient(view(m.copy())), view(expected), rtol=1e-7)
    wrapped = jt.native.wrap(flattened)
    np.testing.assert_allclose(jt.grad(lambda x: wrapped(view(x * 1.0)))(m), expected, rtol=1e-7)


def test_where_to_pass_what_is_not_differentiated():
    @njit
    def f(x, k):
        return x[k[0]] ** 2

    places = np.array([1])
    with pytest.raises(GradientError, match="pass it by keyword, as data that are not differentiated"):
        jt.record(f, X, places)
    assert jt.record(f, X, k=places).grad(X).tolist() == [0.0, 2.0 * X[1], 0.0, 0.0]
    with pytest.raises(RecordingError, match=r"call jittape\.native\.wrap\(f\) in its place"):
        jt.grad(lambda x: f(x, places))(X)
