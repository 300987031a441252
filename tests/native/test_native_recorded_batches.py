"""Many points of a recorded function in one call of native code: jt.native.grad(F) and value_and_grad(F) with an axis of points."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
import pytest
from numba import njit, prange
from numba.core.errors import TypingError

import jittape as jt
from jittape.replay.batch_handles import LARGEST

X = np.array([0.3, -0.7, 1.1])


def model(x: Any) -> Any:
    s = np.sum(np.exp(x) * x / np.array([3.0, 7.0, 0.1]))
    if x[0] > 0.0:
        return s + x[1] ** 2
    if x[1] > 0.0:
        return s * x[2]
    return s - np.sin(x[2])


def points(n: int, seed: int = 4) -> Any:
    return np.random.default_rng(seed).normal(size=(n, 3))


def expected(f: Any, Y: Any) -> tuple[Any, Any]:
    found = [jt.value_and_grad(f)(y) for y in Y]
    return np.array([v for v, _ in found]), np.array([g for _, g in found])


def same(got: Any, want: Any) -> None:
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


# where points lie: rows, columns of a contiguous array, some columns of a larger one
LAYOUTS = {
    "rows": lambda Y: np.ascontiguousarray(Y),
    "side by side": lambda Y: np.asfortranarray(Y),
    "some of many": lambda Y: np.asfortranarray(np.vstack([Y[:1], Y, Y]))[min(1, len(Y)) :][: len(Y)],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("n", [0, 1, 31, 64, 200])
def test_every_branch_is_right(layout: str, n: int) -> None:
    F = jt.record(model, X)
    both, alone = jt.native.value_and_grad(F), jt.native.grad(F)
    Y = LAYOUTS[layout](points(n))
    want = expected(model, Y) if n else (np.empty(0), np.empty((0, 3)))
    for _ in range(2):  # first with branches that are not known yet
        same(both(Y), want)
        np.testing.assert_allclose(alone(Y), want[1], rtol=1e-13, atol=1e-13)
    G, v = np.full(Y.shape[::-1], np.nan).T, np.full(n, np.nan)
    found = both(Y, G, v)
    assert found[0] is v or np.shares_memory(found[0], v) or not n
    same((v, G), want)
    assert n < 64 or F.statistics["paths"] == 3


def test_more_points_than_are_swept_together_and_counters() -> None:
    F = jt.record(model, X)
    both = jt.native.value_and_grad(F)
    Y = points(2 * LARGEST + 77)
    both(Y[:100])
    before = sum(p.hits for p in F.paths)
    v, G = both(np.asfortranarray(Y))
    assert sum(p.hits for p in F.paths) == before + len(Y)
    same((v, G), F.batch_value_and_grad(Y))


def test_in_parallel_loops_and_threads() -> None:
    both = jt.native.value_and_grad(jt.record(model, X))

    @njit(parallel=True)
    def blocks(Y: Any) -> Any:
        v, G = np.empty(Y.shape[:2]), np.empty(Y.shape)
        for k in prange(len(Y)):
            both(Y[k], G[k], v[k])
        return v, G

    Y = points(40 * 50).reshape(40, 50, 3)
    v, G = blocks(Y)
    want = expected(model, Y.reshape(-1, 3))
    same((v.ravel(), G.reshape(-1, 3)), want)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(both(Y.reshape(-1, 3)))) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for got in found:
        same(got, want)
    assert len(found) == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_in_a_child_process() -> None:
    both = jt.native.value_and_grad(jt.record(model, X))
    Y = points(100)
    want = expected(model, Y)
    both(Y[:1])
    child = os.fork()
    if child == 0:
        try:
            same(both(Y), want)  # branches that the parent has not met
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


def test_the_gradient_over_its_argument() -> None:
    both = jt.native.value_and_grad(jt.record(model, X))
    for layout in LAYOUTS.values():
        Y = points(150)
        want = expected(model, Y)
        Z = layout(Y)
        same((both(Z, Z)[0], Z), want)
    memory = np.zeros((151, 3))
    memory[:-1] = points(150)
    both(memory[:-1], memory[1:])  # a row further on
    np.testing.assert_allclose(memory[1:], expected(model, points(150))[1], rtol=1e-13, atol=1e-13)


def test_matrices_float32_and_constants() -> None:
    A = np.random.default_rng(0).uniform(0.2, 1.0, (70, 2, 3)).astype(np.float32)
    F = jt.record(lambda a: (np.tanh(a) * a / a[0, 1]).sum(), A[0])
    v, G = jt.native.value_and_grad(F)(A)
    assert v.dtype == G.dtype == np.float32 and G.shape == A.shape
    want = F.batch_value_and_grad(A)
    np.testing.assert_allclose(v, want[0], rtol=1e-6)
    np.testing.assert_allclose(G, want[1], rtol=2e-5, atol=1e-6)
    v, G = jt.native.value_and_grad(jt.record(lambda x: 3.0, X))(points(5))
    assert (v == 3.0).all() and not G.any()


def solved(x: Any) -> Any:
    a = np.zeros((2, 2)) + x[:1]
    a[0, 1] = x[1]
    if x[2] > 5.0:
        raise ZeroDivisionError("beyond five")
    return np.linalg.solve(a, x[:2]).sum()


def test_what_native_code_leaves_to_python(caplog: pytest.LogCaptureFixture) -> None:
    def spectrum(x: Any) -> Any:
        return np.sum(np.linalg.eigvalsh(np.outer(x, x) + np.diag(x)) ** 3)

    for f in (spectrum, solved):
        F = jt.record(f, X)
        Y = points(90)
        same(jt.native.value_and_grad(F)(Y), expected(f, Y))
    long = jt.record(lambda x: np.sum(np.cumsum(np.repeat(x, 2000)) ** 2 * 1e-6), X)  # better swept point by point
    same(jt.native.value_and_grad(long)(points(3)), long.batch_value_and_grad(points(3)))
    both = jt.native.value_and_grad(jt.record(solved, X))
    Y = points(80)
    Y[33] = 1.0  # a singular matrix
    for _ in range(2):
        with pytest.raises(jt.GradientError, match="solved failed where native code called it"):
            both(Y)
    Y[33] = 0.3, 0.2, 6.0
    with pytest.raises(jt.GradientError, match="solved failed"):
        both(Y)
    assert "Singular" in caplog.text and "beyond five" in caplog.text
    Y[33] = X
    same(both(Y), expected(solved, Y))


def test_a_loop_that_is_compiled() -> None:
    def chaotic(x: Any) -> Any:
        total, y = 0.0, x[0]
        for _ in range(1500):
            y = x[1] * y * (1.0 - y)
            total = total + y * x[2]
        return total

    Y = np.random.default_rng(1).uniform(0.2, 0.8, (100, 3))
    F = jt.record(chaotic, Y[0])
    same(jt.native.value_and_grad(F)(Y), F.batch_value_and_grad(Y))


def test_branches_that_are_refused() -> None:
    both = jt.native.value_and_grad(jt.record(model, X, on_branch="raise"))
    Y = abs(points(70))
    same(both(Y), expected(model, Y))
    Y[40] *= -1.0
    with pytest.raises(jt.BranchChanged, match="on_branch='raise'"):
        both(Y)


def test_arguments_are_checked() -> None:
    F = jt.record(model, X)
    both = jt.native.value_and_grad(F)
    Y = points(4)
    with pytest.raises(jt.ShapeError, match=r"model was recorded for an array of shape \(3,\)"):
        both(np.ones((4, 2)))
    with pytest.raises(jt.ShapeError, match=r"an out of shape \(3,\), after the number of points"):
        both(Y, np.ones((3, 3)))
    with pytest.raises(jt.ShapeError, match="values of model at many points are written to an array of as many numbers"):
        both(Y, np.empty_like(Y), np.empty(3))
    for strided in (points(8)[::2], np.ones((4, 6))[:, ::2], np.asfortranarray(points(8))[::2]):
        with pytest.raises(jt.ShapeError, match="one after the other, or side by side"):
            both(strided)
    for values in (np.empty(4, np.float32), np.empty((4, 1)), np.empty(8)[::2]):
        with pytest.raises(TypingError, match="written to a contiguous array of float64 with one axis"):
            both(Y, np.empty_like(Y), values)
    with pytest.raises(TypingError, match="`values` is for many points"):
        both(X, np.empty(3), np.empty(1))
    for wrong in (np.ones((4, 3), np.float32), np.ones((4, 3, 1))):
        with pytest.raises(TypingError, match="model, a recorded function, takes an array of float64"):
            both(wrong)
    G = np.empty_like(Y)
    G.flags.writeable = False
    with pytest.raises(TypingError, match="may not be written to"):
        both(Y, G)
    cube = jt.native.grad(jt.record(lambda a: (a**2).sum(), np.ones((2, 3))))
    with pytest.raises(TypingError, match="takes contiguous arrays"):
        cube(np.asfortranarray(np.ones((5, 2, 3))))
    np.testing.assert_array_equal(cube(np.ones((5, 2, 3))), np.full((5, 2, 3), 2.0))
