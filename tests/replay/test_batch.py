"""Batches of points: in lanes and threads, each point on its own path, the same as one call after the other."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_programs import GRID, POINT, Point, Program, equal, leaves, programs, shapes
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape import tree
from jittape.errors import BranchChanged, GradientError
from jittape.lanes.lanes import Workspace
from jittape.replay import pieces

ROOT = Path(jt.__file__).parents[1]
near = {"rtol": 1e-11, "atol": 1e-11}


def close(a: Any, b: Any, **tolerance: Any) -> None:
    assert len(leaves(a)) == len(leaves(b))
    for x, y in zip(leaves(a), leaves(b), strict=True):
        assert np.shape(x) == np.shape(y) and np.asarray(x).dtype.kind == np.asarray(y).dtype.kind
        np.testing.assert_allclose(x, y, **(tolerance or near))


def loop(call: Any, X: Any) -> Any:
    """What a call gives at each point, with an axis of points before the axes of each leaf."""
    results = [call(x) for x in X]
    columns = zip(*map(leaves, results), strict=True)
    return tree.flatten(results[0])[1]([np.array(column) for column in columns])


def at_ties(found: Any, one: Any, X: Any, f: Program) -> Any:
    """What calls give, with other sides of ties in rows where a fast batch decided otherwise (docs/accuracy.md).

    The other side of a tie is what a call gives at a point beside it, all of it: a mixture of two sides would be none of these.
    """
    (values, gradients), (at, g) = found, (one[0].copy(), one[1].copy())
    for row, x in enumerate(X):
        if not (np.allclose(values[row], at[row], **near) and np.allclose(gradients[row], g[row], **near)):
            beside = [jt.value_and_grad(f)(x + 1e-8 * d) for d in np.random.default_rng(row).normal(size=(30, len(x)))]
            sides = [r for r in beside if np.allclose(r[0], values[row], atol=1e-5) and np.allclose(r[1], gradients[row], atol=1e-5)]
            assert sides, (f, x, values[row], gradients[row], at[row], g[row])
            at[row], g[row] = values[row], gradients[row]
    return at, g


POINTS = st.lists(POINT, min_size=1, max_size=6).map(np.array)


@examples(60)
@given(programs("sum"), POINTS, st.integers(1, 12), st.sampled_from(["fast", "precise"]))
def test_a_batch_is_a_loop(f: Program, X: Any, repeated: int, math: str) -> None:
    F, G = jt.record(f, X[0]), jt.record(f, X[-1])
    X = np.tile(X, (repeated, 1))
    values, gradients = F.batch_value_and_grad(X, math=math)
    one = loop(G.value_and_grad, X)
    if math == "fast":
        one = at_ties((values, gradients), one, X, f)
    close((values, gradients), one)
    for again in (F.batch_grad(X, math=math), F.batch_jacobian(X, math=math)):
        close(again, gradients)
    if math == "precise":  # adjoints may be summed in another order, values may not
        equal(values, one[0])
        equal(F.batch_value(X, math=math), values)
        close(gradients, one[1], rtol=1e-12, atol=1e-13)


def test_a_tie_of_functions_in_a_fast_batch() -> None:
    """Two elements are equal but for rounding there: either order is right, a mixture is not."""
    f, x = Program([("branches", 0.0), ("solve", -0.25), ("argsort", 0.0)], "sum"), np.array([-2.0, 1.0, 0.0, 1.0])
    F, X = jt.record(f, x), np.tile(x, (3, 1))
    found = F.batch_value_and_grad(X)
    close(found, at_ties(found, loop(jt.value_and_grad(f), X), X, f))
    close(F.batch_value_and_grad(X, math="precise"), loop(jt.value_and_grad(f), X))


def test_ties_of_what_no_function_was_applied_to_are_decided_alike() -> None:
    def f(x: Any) -> Any:
        y = x * 0.1 + x / 3.0
        return np.exp(np.sort(y)[0]) * (2.0 if y[0] > y[1] else 3.0) + (np.sin(y[0]) if y[2] >= y[3] else y[1])

    X = np.array([[0.3, 0.3, 0.7, 0.7], [0.1, 0.3, 0.7, 0.7], [0.3, 0.3, -0.0, 0.0]])
    close(jt.record(f, X[0]).batch_value_and_grad(np.tile(X, (20, 1))), loop(jt.value_and_grad(f), np.tile(X, (20, 1))))


@examples(30)
@given(programs("vector", "tree"), POINTS)
def test_a_batch_of_jacobians_is_a_loop(f: Program, X: Any) -> None:
    F, G = jt.record(f, X[0]), jt.record(f, X[-1])
    close(F.batch_jacobian(X, math="precise"), loop(G.jacobian, X))
    equal(F.batch_value(X, math="precise"), loop(G, X))
    X = X + 1e-3 * np.random.default_rng(0).normal(size=X.shape)  # off ties of functions, which a fast batch may decide otherwise
    close(F.batch_jacobian(X), loop(G.jacobian, X))
    close(F.batch_value(X), loop(G, X))


@examples(25)
@given(programs("sum", "vector"), st.lists(POINT, min_size=1, max_size=2).map(np.array), st.integers(0, 3))
def test_threads_give_the_same_bits(f: Program, X: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = X + 1e-3 * rng.normal(size=X.shape)  # an exact tie would be decided by the last bit of a function of lanes
    F = jt.record(f, X[0])
    X = np.concatenate([X] + [X * s for s in rng.uniform(-1, 1, 60)])
    want = F.batch_jacobian(X, threads=1, math="precise"), F.batch_value(X, threads=1, math="precise")
    for threads in (2, 3):
        got = F.batch_jacobian(X, threads=threads, math="precise"), F.batch_value(X, threads=threads, math="precise")
        equal(got[1], want[1])
        close(got[0], want[0])
        close(F.batch_jacobian(X, threads=threads), want[0])
    if len(F.paths) == 1:
        equal(F.batch_jacobian(X, threads=3), F.batch_jacobian(X, threads=1))


def payoff(x: Any) -> Any:
    """An option with a barrier: it is worth nothing once its price was above 1.3."""
    price, worth = 1.0, 0.0
    for i in range(6):
        price = price * np.exp(0.2 * x[i])
        if price > 1.3:
            return price * 0.0
    worth = np.maximum(price - 1.0, 0.0)
    return worth * np.exp(-0.05) if price > 0.5 else worth + x[0]


def newton(x: Any) -> Any:
    y = x[0] * 0.0 + 1.0
    while abs(y * y * y - x[0]) > 1e-9:
        y = y - (y * y * y - x[0]) / (3.0 * y * y)
    return y * x[1]


@pytest.mark.parametrize(("f", "n"), [(payoff, 6), (newton, 2)])
def test_branches_at_many_points(f: Any, n: int) -> None:
    X = np.random.default_rng(5).normal(size=(3000, n))
    if f is newton:
        X = np.abs(X) + 0.1
    F = jt.record(f, X[0])
    for math, tolerance in (("precise", 1e-14), ("fast", 1e-12)):
        values, gradients = F.batch_value_and_grad(X, math=math)
        np.testing.assert_allclose(values, [f(x) for x in X], rtol=1e-12)  # NumPy
        for i in range(0, len(X), 10):
            value, g = jt.value_and_grad(f)(X[i])
            np.testing.assert_allclose(values[i], value, rtol=tolerance, atol=tolerance)
            np.testing.assert_allclose(gradients[i], g, rtol=100 * tolerance, atol=100 * tolerance)
    assert F.statistics["recorded"] == len(F.paths) <= 16
    assert sum(p.hits for p in F.paths) == 2 * len(X)


@pytest.mark.parametrize("points", [0, 1, 2, 15, 16, 17, 63, 64, 65, 129])
def test_any_number_of_points(points: int) -> None:
    F = jt.record(lambda x, y: np.sum(np.sin(x)) * y if y > 0 else np.sum(x) + y, np.ones(3), 1.0)
    rng = np.random.default_rng(points)
    X, y = rng.normal(size=(points, 3)), rng.normal(size=points)
    values, (gx, gy) = F.batch_value_and_grad(X, y)
    assert values.shape == (points,) and gx.shape == (points, 3) and gy.shape == (points,)
    for i in range(points):
        value, (hx, hy) = F.value_and_grad(X[i], y[i])
        np.testing.assert_allclose(values[i], value, **near)
        np.testing.assert_allclose(gx[i], hx, **near)
        np.testing.assert_allclose(gy[i], hy, **near)


def test_no_points_of_any_result() -> None:
    F = jt.record(shapes, ARGUMENTS)
    batch0 = {"a": Point(np.empty(0), np.empty(0)), "rest": [np.empty((0, 2))]}
    out = F.batch_value(batch0)
    assert out.x.shape == (0, 2) and out.y["s"].shape == (0,) and out.y["n"].shape == (0,)
    J = F.batch_jacobian(batch0)
    assert J.x["rest"][0].shape == (0, 2, 2) and J.y["n"]["a"].y.shape == (0,)
    called: list[Any] = []
    G = jt.record(lambda x: x > 0, 1.0)
    assert G.batch_value(np.empty(0), progress=lambda *p: called.append(p)).dtype == bool and not called
    H = jt.record(lambda x: (np.sum(x), np.ones(3)), np.ones((2, 0)))
    assert H.batch_value(np.empty((4, 2, 0)))[0].tolist() == [0.0] * 4
    assert H.batch_jacobian(np.empty((4, 2, 0)))[0].shape == (4, 2, 0)


ARGUMENTS = {"a": Point(1.0, 2.0), "rest": [np.array([1.0, 2.0])]}


def test_containers() -> None:
    F = jt.record(shapes, ARGUMENTS)
    rng = np.random.default_rng(1)
    a, b, rest = rng.normal(size=50), rng.normal(size=50), rng.normal(size=(50, 2))
    out = F.batch_value({"a": Point(a, b), "rest": [rest]})
    J = F.batch_jacobian({"a": Point(a, b), "rest": [rest]})
    assert type(out).__name__ == "Point" and out.y["n"].dtype.kind == "i"
    for i in range(50):
        p = {"a": Point(a[i], b[i]), "rest": [rest[i]]}
        one, jacobian = F(p), F.jacobian(p)
        close([leaf[i] for leaf in leaves(out)], leaves(one))
        close([leaf[i] for leaf in leaves(J)], leaves(jacobian))
    with pytest.raises(ValueError, match=r"(?s)was recorded for arguments .* called with"):
        F.batch_value({"a": (a, b), "rest": [rest]})


# --- what is not recorded ------------------------------------------------------------------------------------------------------


def test_results_that_are_recorded_on_some_paths_only() -> None:
    """A whole number on one path does not make whole numbers of another path's results."""
    X = np.array([-1.0, 0.5, 2.5, -3.0] * 20)
    for first in (-1.0, 0.5):
        F = jt.record(lambda x: 0 if x < 0 else x * 1.5, first)
        got = F.batch_value(X)
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, np.where(X < 0, 0.0, X * 1.5))
        np.testing.assert_array_equal(F.batch_grad(X), np.where(X < 0, 0.0, 1.5))
        out = np.empty(80)
        assert F.batch_value(X, out=out) is out and (out == got).all()


def test_results_that_are_not_recorded_keep_their_dtype() -> None:
    F = jt.record(lambda x: {"x": x, "big": 2**60 + 1, "z": 1 + 2j, "yes": True, "a": np.arange(3, dtype=np.int8), "none": None}, 1.0)
    out = F.batch_value(np.arange(5.0))
    assert out["big"].tolist() == [2**60 + 1] * 5 and out["z"].tolist() == [1 + 2j] * 5
    assert out["yes"].dtype == bool and out["a"].dtype == np.int8 and out["a"].shape == (5, 3) and out["none"] is None
    mixed = jt.record(lambda x: 1 + 2j if x < 0 else x, 1.0).batch_value(np.array([-1.0, 3.0]))
    assert mixed.tolist() == [1 + 2j, 3 + 0j]
    whole = jt.record(lambda x: 2**60 + 1 if x < 0 else 3, 1.0).batch_value(np.array([-1.0, 3.0]))
    assert whole.tolist() == [2**60 + 1, 3]
    masks = jt.record(lambda x: False if x < 0 else x > 2, 1.0).batch_value(np.array([-1.0, 3.0, 1.0]))
    assert masks.dtype == bool and masks.tolist() == [False, True, False]
    single = jt.record(lambda x: 0 if x < 0 else x, np.float32(1.0)).batch_value(np.array([-1.0, 3.0], np.float32))
    assert single.dtype == np.float32
    with pytest.raises(ValueError, match="not of complex"):
        jt.record(lambda x: 1j if x < 0 else x, 1.0).batch_value(np.array([-1.0, 3.0]), out=np.empty(2))


def test_a_function_of_nothing_recorded() -> None:
    F = jt.record(lambda x: (3, np.ones(2)), np.ones(2))
    a, b = F.batch_value(np.ones((7, 2)))
    assert a.tolist() == [3] * 7 and b.shape == (7, 2)
    assert F.batch_jacobian(np.ones((7, 2)))[1].shape == (7, 2, 2)
    done: list[Any] = []
    assert jt.record(lambda x: 4.0, 1.0).batch_grad(np.ones(5), progress=lambda *p: done.append(p)).tolist() == [0.0] * 5
    assert done == [(5, 5)]


def test_paths_that_return_something_else_are_refused() -> None:
    X = np.array([-1.0, 1.0])
    for f in (
        lambda x: x * np.ones(2) if x < 0 else x,
        lambda x: {"a": x, "b": -x} if x < 0 else {"b": -x, "a": x},
        lambda x: (x, x) if x < 0 else [x, x],
        lambda x: (x, None) if x < 0 else (x, x),
        lambda x: x > 0 if x < 0 else x,
    ):
        F = jt.record(f, 1.0)
        for call in (F.batch_value, F.batch_jacobian):
            with pytest.raises(ValueError, match="at some points of the batch and .* at others; call it point by point"):
                call(X)
        assert np.shape(F(1.0)) == np.shape(f(1.0)) or isinstance(F(1.0), (dict, tuple))
        F.batch_value(X[1:])


def test_gradients_need_one_number() -> None:
    for f in (lambda x: x, lambda x: (np.sum(x), 1.0), lambda x: x[0] > 1, lambda x: None):
        with pytest.raises(GradientError, match="batch_jacobian"):
            jt.record(f, np.ones(2)).batch_grad(np.ones((3, 2)))
    with pytest.raises((GradientError, ValueError)):
        jt.record(lambda x: np.sum(x) if x[0] > 0 else x, np.ones(2)).batch_grad(np.array([[1.0, 1.0], [-1.0, 1.0]]))


# --- arguments -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda F: F.batch_grad(np.ones(3)), ValueError, r"has shape \(points, 3\), not \(3,\)"),
        (lambda F: F.batch_grad(np.ones((4, 2))), ValueError, r"not \(4, 2\)"),
        (lambda F: F.batch_grad(np.ones((4, 3), int)), GradientError, "not int64"),
        (lambda F: F.batch_grad(np.ones((4, 3), complex)), GradientError, "not complex128"),
        (lambda F: F.batch_grad(np.ones((4, 3), np.longdouble)), GradientError, "lose digits"),
        (lambda F: F.batch_grad(np.ma.ones((4, 3))), TypeError, "masked"),
        (lambda F: F.batch_grad(), TypeError, "recorded with 1 argument.*called with 0"),
        (lambda F: F.batch_grad([np.ones(3)]), ValueError, "recorded for arguments"),
        (lambda F: F.batch_grad(np.ones((4, 3)), threads=0), ValueError, "threads is a number"),
        (lambda F: F.batch_grad(np.ones((4, 3)), threads=True), ValueError, "threads is a number"),
        (lambda F: F.batch_grad(np.ones((4, 3)), math="exact"), ValueError, "'exact'"),
        (lambda F: F.batch_grad(np.ones((4, 3)), progress=1), TypeError, "progress is a function"),
        (lambda F: F.batch_grad(np.ones((4, 3)), out=np.empty((4, 2))), ValueError, r"out needs a writable array of float64 and shape \(4, 3\)"),
        (lambda F: F.batch_grad(np.ones((4, 3)), out=np.empty((4, 3), np.float32)), ValueError, "array of float32"),
        (lambda F: F.batch_value(np.ones((4, 3)), out=[1.0]), ValueError, "not list"),
        (lambda F: F.batch_value(np.ones((4, 3)), wrong=1.0), TypeError, "without a parameter 'wrong'"),
    ],
)
def test_wrong_calls(call: Any, error: Any, message: str) -> None:
    F = jt.record(lambda x: np.sum(x * x), np.ones(3))
    with pytest.raises(error, match=message):
        call(F)
    assert F.batch_grad(np.ones((2, 3))).tolist() == [[2.0] * 3] * 2


def test_wrong_batches_of_numbers() -> None:
    F = jt.record(lambda x, y: x * y, 1.0, 2.0)
    with pytest.raises(ValueError, match=r"a batch of arguments of shape \(\) has shape \(points,\), not \(2, 3\)$"):
        F.batch_value(np.ones((2, 3)), np.ones(2))
    with pytest.raises(ValueError, match="different lengths: 2 points, and 3 in leaf 1"):
        F.batch_value(np.ones(2), np.ones(3))


def test_any_layout_of_arguments_and_results() -> None:
    F = jt.record(lambda a: np.sum(a[0] * np.exp(a[1])) if a[0, 0] > 0 else np.sum(a), np.ones((2, 3)))
    X = np.random.default_rng(0).normal(size=(70, 2, 3))
    want = F.batch_value_and_grad(X)
    for other in (np.asfortranarray(X), X.astype(">f8"), np.repeat(X, 2, 0)[::2], X[::-1][::-1], X.transpose(2, 1, 0).copy().T):
        equal(F.batch_value_and_grad(other), want)
    read_only = X.copy()
    read_only.flags.writeable = False
    equal(F.batch_grad(read_only), want[1])
    strided, fortran = np.full((70, 2, 6), 9.0)[:, :, ::2], np.full((70, 2, 3), 9.0, order="F")
    for out in (strided, fortran, np.full((70, 2, 3), 9.0)):
        assert F.batch_grad(X, out=out) is out
        equal(out, want[1])
    values = np.full((70, 2), 9.0)[:, 0]
    assert F.batch_value(X, out=values) is values
    equal(values, want[0])
    same = X.copy()
    F.batch_grad(same, out=same)  # the points themselves, overwritten by their gradients
    equal(same, want[1])
    J = np.full((70, 2, 3, 2), 9.0).transpose(0, 3, 1, 2)
    G = jt.record(lambda a: a[:, 0] * a[:, 1], np.ones((2, 3)))
    equal(G.batch_jacobian(X, out=J), G.batch_jacobian(X))
    constant = jt.record(lambda x: 5.0 if x[0] > 0 else np.sum(x), np.ones(3))
    out = np.full((4, 3), 9.0)
    constant.batch_grad(np.array([[1.0, 1, 1], [-1, 1, 1], [1, 1, 1], [-1, 1, 1]]), out=out)
    assert out.tolist() == [[0.0] * 3, [1.0] * 3] * 2


def test_out_that_overlaps_the_points() -> None:
    F = jt.record(lambda x: np.sum(x * x) if x[0] > 0 else np.sum(x), np.ones(2))
    memory = np.random.default_rng(3).normal(size=402)
    X = memory[:400].reshape(200, 2).copy()
    want = F.batch_grad(X)
    memory[:400] = X.ravel()
    out = memory[2:].reshape(200, 2)
    F.batch_grad(memory[:400].reshape(200, 2), out=out)
    equal(out, want)


def test_float32() -> None:
    F = jt.record(lambda x: np.sum(np.exp(x)) if x[0] > 0 else np.sum(x), np.ones(3, np.float32))
    X = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    values, g = F.batch_value_and_grad(X)
    assert values.dtype == g.dtype == np.float32
    np.testing.assert_allclose(g, [F.grad(x) for x in X], rtol=1e-6)
    with pytest.raises(GradientError, match="lose digits"):
        F.batch_grad(X.astype(float))


def test_results_do_not_share_memory() -> None:
    F = jt.record(lambda x: x * 2.0, np.ones(2))
    X = np.ones((100, 2))
    y, J = F.batch_value(X), F.batch_jacobian(X)
    F.batch_value(3.0 * X), F.batch_jacobian(3.0 * X)
    assert (y == 2.0).all() and (J == 2.0 * np.eye(2)).all()


# --- kinds of tapes ---------------------------------------------------------------------------------------------------------------


def test_a_huge_batch_of_a_tiny_function() -> None:
    F = jt.record(lambda x: x * x if x > 0 else -x, 1.0)
    X = np.linspace(-1.0, 1.0, 500_000)
    for threads in (None, 2):
        values, g = F.batch_value_and_grad(X, threads=threads)
        np.testing.assert_array_equal(values, np.where(X > 0, X * X, -X))
        np.testing.assert_array_equal(g, np.where(X > 0, 2 * X, -1.0))


def test_tapes_that_are_swept_point_by_point() -> None:
    """A plan, or too many slots for lanes."""

    def f(x: Any) -> Any:
        y = np.exp(-x * x) * x
        return np.sum(y * np.sin(y)) if x[0] > 0 else np.sum(y) * x[1]

    n = 70_000
    F = jt.record(f, np.linspace(0.1, 1.0, n))
    assert F.tape.plan is not None
    X = np.stack([np.linspace(0.1, 1.0, n) * s for s in (1.0, -0.5, 0.25, -2.0, 1.5)])
    want = loop(F.value_and_grad, X)
    for threads in (1, 2):
        equal(F.batch_value_and_grad(X, threads=threads), want)
    a = np.ones((5, n)) * np.arange(1.0, 6.0)[:, None]
    G = jt.record(lambda x, a: np.sum(x[:300] ** 3) * a + np.linalg.det(np.outer(x[:2], x[:2]) + np.eye(2)), a[0], a=2.0)
    equal(G.batch_grad(a, a=3.0, threads=2), loop(lambda x: G.grad(x, a=3.0), a))
    assert G.grad(a[0])[0] == pytest.approx(G.batch_grad(a)[0, 0], rel=1e-14) != G.batch_grad(a, a=3.0)[0, 0]


def test_linear_algebra_that_fails_at_some_points() -> None:
    F = jt.record(lambda a: np.sum(np.linalg.inv(a)) if a[0, 0] > 0 else a[1, 1], np.eye(2))
    A = np.array([np.eye(2), -np.eye(2), np.zeros((2, 2))] * 11)
    np.testing.assert_array_equal(F.batch_value(A), [2.0, -1.0, 0.0] * 11)
    A[5] = np.ones((2, 2))
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        F.batch_value(A)
    np.testing.assert_array_equal(F.batch_value(A[:5]), [2.0, -1.0, 0.0, 2.0, -1.0])


# --- parameters ------------------------------------------------------------------------------------------------------------------


def test_parameters_of_a_batch() -> None:
    F = jt.record(lambda x, a: np.sum(x * a) if a[0] > x[0] else np.sum(x) / a[1], np.zeros(2), a=np.ones(2))
    X = np.random.default_rng(0).normal(size=(90, 2))
    for a in (np.array([0.5, 2.0]), np.array([-3.0, 4.0])):
        want = loop(lambda x: F.value_and_grad(x, a=a), X)  # noqa: B023
        for threads in (1, 2):
            equal(F.batch_value_and_grad(X, a=a, threads=threads), want)
        before = F.batch_grad(X)
        F.bind(a=a)
        equal(F.batch_value_and_grad(X), want)
        a[:] = 100.0
        equal(F.batch_value_and_grad(X), want)
        F.bind(a=np.ones(2))
        equal(F.batch_grad(X), before)


def test_binding_while_batches_run() -> None:
    """A batch has the parameters that it began with."""
    F = jt.record(lambda x, a: np.sum(np.exp(0.0 * x)) * a if x[0] < 5 else a * 1.0, np.ones(20), a=1.0)
    X, stop, wrong = np.zeros((2000, 20)), threading.Event(), []

    def work() -> None:
        while not stop.is_set():
            values = F.batch_value(X, threads=1)
            if np.unique(values).size != 1 or values[0] % 20:
                wrong.append(values)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for t in threads:
        t.start()
    for i in range(100):
        F.bind(a=float(i))
    stop.set()
    for t in threads:
        t.join()
    assert not wrong and F.batch_value(X[:3]).tolist() == [1980.0] * 3


# --- the functions of lanes -----------------------------------------------------------------------------------------------------------

def smooth(x: Any) -> Any:
    y = np.sum(np.exp(np.sin(x)) * np.log1p(x * x)) + np.sum(np.cos(x[:2] * x[2:]) / (1.0 + np.abs(x[0])))
    return y * np.tanh(x[1]) if y > 2 else y


SCRIPT = f"""
from typing import Any
import numpy as np, jittape as jt
{inspect.getsource(smooth)}
F = jt.record(smooth, np.ones(4))
X = np.random.default_rng(8).normal(size=(100, 4))
values, gradients = F.batch_value_and_grad(X)
np.testing.assert_array_equal(values, [F(x) for x in X])
print(values.tobytes().hex(), gradients.tobytes().hex())
"""


def test_without_libmvec() -> None:
    """In a process of its own, so that nothing is kept from before: the bits of one-point sweeps."""
    env = {**os.environ, "JITTAPE_LIBMVEC": "0", "PYTHONPATH": str(ROOT)}
    found = subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    values, gradients = (np.frombuffer(bytes.fromhex(text)) for text in found.stdout.split())
    F = jt.record(smooth, np.ones(4))
    X = np.random.default_rng(8).normal(size=(100, 4))
    fast, precise = F.batch_value_and_grad(X), F.batch_value_and_grad(X, math="precise")
    np.testing.assert_array_equal(values, precise[0])
    np.testing.assert_array_equal(gradients.reshape(100, 4), precise[1])
    np.testing.assert_allclose(fast[0], precise[0], rtol=20 * np.finfo(float).eps)
    np.testing.assert_allclose(fast[1], precise[1], rtol=1e-13, atol=1e-14)


def test_decisions_at_ties_in_lanes() -> None:
    """At points where a comparison is a tie, lanes decide as one point does."""
    F = jt.record(lambda x: x[0] * 2.0 if np.exp(x[0]) > 1.0 else x[1] if np.sum(x) >= x[2] * 3.0 else x[2], np.ones(3))
    X = np.array([[a, b, c] for a in GRID for b in GRID for c in GRID])
    for math in ("fast", "precise"):
        values, g = F.batch_value_and_grad(X, math=math)
        equal((values, g), loop(F.value_and_grad, X))


# --- progress and interruptions ----------------------------------------------------------------------------------------------------


def many(x: Any) -> Any:
    total = 0.0
    for i in range(1, 200):
        total = total + np.sum(np.exp(np.sin(x * i)))
    return total


SLOW = jt.record(many, np.linspace(0, 1, 40))
"""Some tens of microseconds a point."""


class Bar:
    """What tqdm's class is."""

    made: list[Bar] = []

    def __init__(self, total: int = 0, unit: str = "") -> None:
        self.total, self.done, self.closed = total, 0, False
        self.made.append(self)

    def update(self, n: int) -> None:
        self.done += n

    def close(self) -> None:
        self.closed = True


def test_progress_bars() -> None:
    """tqdm's class, or a bar of it, in the place of a function."""
    F, points = jt.record(lambda x: x @ x, np.ones(2)), np.ones((50, 2))
    F.batch_grad(points, progress=Bar)
    F.batch_grad(points, progress=Bar(50))
    jt.integrate.executor.map_grad(F, points, executor=None, progress=Bar)
    assert [(b.total, b.done, b.closed) for b in Bar.made] == [(50, 50, True)] * 3
    assert jt.integrate.executor.map_grad(F, points, executor=None, progress=False).shape == (50, 2)
    with pytest.raises(TypeError, match="or True for a bar of tqdm, or tqdm's class, not 'tqdm'"):
        F.batch_grad(points, progress="tqdm")
    with pytest.raises(TypeError, match=r"jittape.integrate.executor.map_grad\(F, X, executor=...\)"):
        F.batch_grad(points, executor=None)


@pytest.mark.parametrize("threads", [1, 2, None])
def test_progress_is_told(threads: int | None) -> None:
    X = np.random.default_rng(0).normal(size=(3000, 40))
    seen: list[tuple[int, int]] = []
    main = threading.get_ident()

    def tell(done: int, total: int) -> None:
        assert threading.get_ident() == main
        seen.append((done, total))

    got = SLOW.batch_grad(X, progress=tell, threads=threads)
    assert len(seen) > 2 and seen[-1] == (3000, 3000)
    counts = [done for done, _ in seen]
    assert counts == sorted(set(counts))
    np.testing.assert_allclose(got[::500], loop(SLOW.grad, X[::500]), **near)


def test_progress_of_several_paths_ends_at_the_number_of_points() -> None:
    F = jt.record(lambda x: x * (1.0 + int(x)), 0.5)
    seen: list[Any] = []
    F.batch_value(np.linspace(0.0, 4.9, 500), progress=lambda *p: seen.append(p))
    assert seen[-1] == (500, 500)


def test_tqdm_or_a_word_about_it(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    F = jt.record(lambda x: x * 2.0, 1.0)
    assert F.batch_value(np.ones(3), progress=False).tolist() == [2.0] * 3
    for name in ("tqdm", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="pip install tqdm"):
        F.batch_value(np.ones(3), progress=True)

    bars = []

    class Bar:
        def __init__(self, total: int, unit: str) -> None:
            self.total, self.n, self.closed = total, 0, False
            bars.append(self)

        def update(self, n: int) -> None:
            self.n += n

        def close(self) -> None:
            self.closed = True

    fake = type(sys)("tqdm.auto")
    fake.tqdm = Bar  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tqdm", type(sys)("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", fake)
    F.batch_value(np.ones(300), progress=True)
    with pytest.raises(np.linalg.LinAlgError):
        jt.record(lambda x: np.linalg.inv(x)[0, 0], np.eye(2)).batch_value(np.zeros((3, 2, 2)), progress=True)
    assert [(b.total, b.n, b.closed) for b in bars] == [(300, 300, True), (3, 0, True)]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_callback_that_raises_stops_everything(threads: int) -> None:
    X, out = np.random.default_rng(0).normal(size=(3000, 40)), np.full((3000, 40), 7.0)

    def stop(done: int, total: int) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        SLOW.batch_grad(X, progress=stop, threads=threads, out=out)
    unchanged(out)
    assert (out == 7.0).any()
    usable(X)


def unchanged(out: Any) -> None:
    """Nobody writes to it any more."""
    before = out.copy()
    time.sleep(0.06)
    np.testing.assert_array_equal(out, before)


def usable(X: Any) -> None:
    want = loop(SLOW.grad, X[:3])
    for threads in (1, 2):
        np.testing.assert_allclose(SLOW.batch_grad(X[:70], threads=threads)[:3], want, **near)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("presses", [1, 3])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c(threads: int, presses: int) -> None:
    X, out = np.random.default_rng(0).normal(size=(20_000, 40)), np.full((20_000, 40), 7.0)
    SLOW.batch_grad(X[:200], threads=threads)
    pressed = []

    def press(number: int, frame: Any) -> None:
        pressed.append(number)
        if len(pressed) >= presses:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        while frame is not None and frame.f_code.co_name != "batch_grad":
            frame = frame.f_back
        if frame is not None:  # a press that comes late must not interrupt the tests
            raise KeyboardInterrupt

    def interrupted(delay: float) -> bool:
        pressed.clear()
        try:
            signal.setitimer(signal.ITIMER_REAL, delay, 0.01)
            SLOW.batch_grad(X, threads=threads, out=out)
        except KeyboardInterrupt:
            return True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        return False

    old = signal.signal(signal.SIGALRM, press)
    try:
        for delay in (0.0005, 0.03):
            # Python drops an exception of a handler that runs in a finalizer or a callback of the garbage collector
            assert any(interrupted(delay) for _ in range(5))
            unchanged(out)
            usable(X)
    finally:
        signal.signal(signal.SIGALRM, old)
    assert (out == 7.0).any()


def test_an_error_in_a_thread_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(0).normal(size=(500, 40))
    def fail(self: Any, *args: Any) -> None:
        raise MemoryError("none left")

    with monkeypatch.context() as m:
        m.setattr(Workspace, "run", fail)
        for threads in (1, 2):
            with pytest.raises(MemoryError, match="none left"):
                SLOW.batch_grad(X, threads=threads)
    usable(X)


def test_a_thread_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that asks does it all."""

    class Full:
        def submit(self, f: Any) -> Any:
            raise RuntimeError("can't start new thread")

    X = np.random.default_rng(0).normal(size=(500, 40))
    with monkeypatch.context() as m:
        m.setattr(pieces, "executor", lambda threads: Full())
        found = SLOW.batch_grad(X, threads=2)
    np.testing.assert_array_equal(found, SLOW.batch_grad(X, threads=1))
    usable(X)


def test_a_batch_within_a_batch() -> None:
    """From a progress callback, on the same threads."""
    X = np.random.default_rng(0).normal(size=(400, 40))
    want = SLOW.batch_grad(X[:70])
    found = []
    SLOW.batch_grad(X, threads=2, progress=lambda *p: found.append(SLOW.batch_grad(X[:70], threads=2)))
    assert found
    for g in found:
        equal(g, want)


def test_raise_in_a_batch() -> None:
    F = jt.record(lambda x: x * 2.0 if x > 0 else x, 1.0, on_branch="raise")
    X = np.ones(200)
    X[150] = -1.0
    with pytest.raises(BranchChanged, match="was True and is False here"):
        F.batch_value(X)
    assert len(F.paths) == 1 and F.batch_value(X[:150]).tolist() == [2.0] * 150


def test_batches_while_the_interpreter_ends():
    """Then there are no more threads to share the work with: the one that asks does all of it."""
    code = """
import atexit, numpy as np, jittape as jt
F = jt.record(lambda x: np.sum(np.sin(x) * x), np.ones(3))
X = np.linspace(-1.0, 1.0, 30_000).reshape(-1, 3)
G = F.batch_grad(X, threads=2)
atexit.register(lambda: print("same", np.array_equal(F.batch_grad(X, threads=2), G)))
"""
    env = {**os.environ, "PYTHONPATH": str(Path(jt.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "same True"), done.stderr
