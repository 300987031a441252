"""Gradients of recorded functions, called in native code: jt.native.grad(F) and value_and_grad(F)."""

from __future__ import annotations

import gc
import threading
from typing import Any

import numpy as np
import pytest
from numba import njit, prange
from numba.core.errors import TypingError

import jittape as jt

X = np.array([0.3, -0.7, 1.1])


def model(x: Any) -> Any:
    s = np.sum(np.exp(x) * x)
    if x[0] > 0.0:
        return s + x[1] ** 2
    if x[1] > 0.0:
        return s * x[2]
    return s - np.sin(x[2])


def points(n: int) -> Any:
    return np.random.default_rng(4).normal(size=(n, 3))


@pytest.fixture(scope="module")
def both() -> Any:
    """The recorded function, and its driver in loops, one after the other and side by side."""
    F = jt.record(model, X)
    g = jt.native.value_and_grad(F)

    @njit
    def one(X: Any) -> Any:
        v, G = np.empty(len(X)), np.empty_like(X)
        for k in range(len(X)):
            v[k], G[k] = g(X[k])
        return v, G

    @njit(parallel=True)
    def several(X: Any) -> Any:
        v, G = np.empty(len(X)), np.empty_like(X)
        for k in prange(len(X)):
            v[k], _ = g(X[k], G[k])
        return v, G

    return F, g, one, several


@pytest.mark.parametrize("which", [2, 3])
def test_every_branch_is_right(both: Any, which: int) -> None:
    Y = points(200)
    v, G = both[which](Y)
    again = jt.record(model, X)
    np.testing.assert_array_equal(v, [again(y) for y in Y])
    np.testing.assert_array_equal(G, [again.grad(y) for y in Y])
    np.testing.assert_allclose(G, [jt.grad(model)(y) for y in Y], rtol=1e-12)
    assert both[0].statistics["paths"] == 3


def test_called_by_python_and_by_threads(both: Any) -> None:
    F, g, one, _ = both
    v, d = g(X)
    assert v == F(X) and np.array_equal(d, F.grad(X))
    out = np.empty(3)
    assert g(X, out)[1] is not d and np.array_equal(out, d)
    assert np.array_equal(g(X, X.copy())[1], d)
    x = X.copy()
    g(x, x)  # the gradient over its argument
    assert np.array_equal(x, d)
    found: list[Any] = []
    Y = points(50)
    threads = [threading.Thread(target=lambda: found.append(one(Y)[1])) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 4 and all(np.array_equal(f, found[0]) for f in found)


def test_arguments_are_checked(both: Any) -> None:
    _, g, _, _ = both
    with pytest.raises(jt.ShapeError, match=r"model was recorded for an array of shape \(3,\)"):
        g(np.ones(4))
    with pytest.raises(jt.ShapeError, match=r"written to an out of shape \(3,\)"):
        g(X, np.ones(2))
    for wrong in (np.ones(3, np.float32), np.ones((3, 1, 1)), 1.0):
        with pytest.raises(TypingError, match="model, a recorded function, takes an array of float64 with 1 axes as its argument"):
            g(wrong)
    with pytest.raises(TypingError, match="takes contiguous arrays"):
        g(np.ones(6)[::2])


def test_what_is_refused() -> None:
    with pytest.raises(TypeError, match="one real array of one axis or more"):
        jt.native.grad(jt.record(lambda x, y: x * y, 1.0, 2.0))
    with pytest.raises(TypeError, match="argnums is chosen where a function is recorded"):
        jt.native.grad(jt.record(lambda x: x.sum(), X), argnums=1)
    with pytest.raises(TypeError, match="has parameters, a, and native code would not see"):
        jt.native.grad(jt.record(lambda x, a: (a * x).sum(), X, a=2.0))
    with pytest.raises(jt.GradientError, match="does not return one recorded scalar"):
        jt.native.grad(jt.record(lambda x: x * x, X))
    with pytest.raises(TypeError, match="jittape.native.hessian takes a function of numba.njit.*F.hessian"):
        jt.native.hessian(jt.record(lambda x: (x * x).sum(), X))
    g = jt.native.grad(jt.record(lambda x: (x * x).sum(), X))

    @njit
    def outer(x: Any) -> Any:
        return np.sum(g(x))

    with pytest.raises(jt.GradientError, match="is a recorded function, cannot be differentiated natively"):
        jt.grad(outer)(X)


def test_errors_of_python_come_out(caplog: pytest.LogCaptureFixture) -> None:
    F = jt.record(model, X, on_branch="raise")
    g = jt.native.grad(F)
    with pytest.raises(jt.BranchChanged, match="on_branch='raise'"):
        g(-X)
    assert "model" in caplog.text
    np.testing.assert_array_equal(g(X), F.grad(X))

    def solved(x: Any) -> Any:
        a = np.zeros((2, 2)) + x[:1]
        a[0, 1] = x[1]
        if x[2] > 5.0:
            raise ZeroDivisionError("beyond five")
        return np.linalg.solve(a, x[:2]).sum()

    F = jt.record(solved, X)
    h = jt.native.grad(F)
    np.testing.assert_array_equal(h(X), F.grad(X))
    for _ in range(3):
        with pytest.raises(jt.GradientError, match="solved failed where native code called it"):
            h(np.array([1.0, 1.0, 1.0]))  # a singular matrix
        with pytest.raises(jt.GradientError, match="solved failed"):
            h(np.array([0.3, 0.2, 6.0]))
        np.testing.assert_array_equal(h(X), F.grad(X))
    assert "LinAlgError" in caplog.text and "beyond five" in caplog.text


def test_float32_matrices_and_what_python_does() -> None:
    A = np.arange(6, dtype=np.float32).reshape(2, 3) / 7
    F = jt.record(lambda a: (np.tanh(a) * a).sum(), A)
    v, d = jt.native.value_and_grad(F)(A)
    assert d.dtype == np.float32 and v == F(A) and np.array_equal(d, F.grad(A))
    constant = jt.record(lambda x: 3.0, X)
    v, d = jt.native.value_and_grad(constant)(X)
    assert v == 3.0 and not d.any()


def test_memory_is_given_back() -> None:
    import weakref

    F = jt.record(lambda x: (x**3).sum(), X)
    g = jt.native.grad(F)
    g(X)
    seen = weakref.ref(F)
    del F
    gc.collect()
    np.testing.assert_array_equal(g(X), 3 * X**2)
    assert seen() is not None  # native code goes on
