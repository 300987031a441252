"""Lanes: batches equal sweeps of one point, for every operation, every kind of instruction and every number of rows."""

from __future__ import annotations

import functools
import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lane_runs import BINARY, UNARY, in_lanes, of, run
from operations import TESTED, draw
from recordings import CASES, recorded

import jittape as jt
from jittape.array import append as recording
from jittape.instructions.references import run_slots
from jittape.lanes.fusing import fused
from jittape.lanes.lanes import Kernels, Lanes, kernels
from jittape.ops.layout import INPUT
from jittape.ops.spec import BY_NAME, Op
from jittape.sweep import vectors
from jittape.sweep.lanes import driver
from jittape.tape.tape import Tape

EDGES = [-np.inf, -1e30, -710.0, -3.5, -1.0, -0.5, -1e-30, -1e-44, -0.0, 0.0, 1e-44, 1e-30, 0.3, 0.5, 1.0, 2.0, 7.5, 709.0, 1e30, np.inf, np.nan]  # fmt: skip
ORDERS = [0.0, 1.0, 2.0, 3.0]
SMOOTH = [x for x in EDGES if abs(x) < 100.0]
NO_EDGES = ("polygamma", "digamma", "lgamma", "gamma", "sincn", "iv", "jv")
"""Their scalar helpers take long, or for ever, far out."""
OVERFLOWING = ("log_ndtr", "gammainc_da", "stdtr_da", "gammainc_daa", "stdtr_daa")
"""Their steps leave the range of float32 where results do not."""
ULPS = 8.0
"""Allowed in fast kernels: error of a function at most 4 ulp, and what the expression around it makes of that."""


def points(op: Op, n: int = 100) -> np.ndarray:
    """Edges of floating point in every combination, and points of the domain: (points, operands)."""
    if op.name in NO_EDGES:
        edges: list[tuple[float, ...]] = []
    elif op.arity == 3:
        edges = list(itertools.product([-np.inf, -1.0, -0.0, 0.0, 0.5, 1.0, np.inf, np.nan], repeat=3))
    else:
        edges = list(itertools.product(EDGES, repeat=op.arity))
    return np.concatenate([np.array(edges, float).reshape(-1, op.arity), np.stack(draw(op, n), 1)])


def one_point(op: Op, P: np.ndarray, math: str) -> tuple[np.ndarray, np.ndarray]:
    """Values and partials by the sweeps of one point, over the points as a run."""
    n, tape = len(P), Tape(P.dtype, math=math)
    slots = [run_slots(tape.append_leaf(P[:, p], INPUT), n) for p in range(op.arity)]
    z = recording.apply(tape, op.code, [(s, False) for s in slots], (n,))
    tape.evaluate()
    tape.adjoints()[z : z + n] = 1.0
    tape.reverse()
    assert tape.adjoint is not None
    return tape.value[z : z + n], np.stack([tape.adjoint[s] for s in slots], 1)


def close(got: Any, want: Any, ulps: float = ULPS) -> None:
    eps = ulps * np.finfo(want.dtype).eps
    np.testing.assert_allclose(got, want, rtol=eps, atol=eps)


# --- the operation table ---------------------------------------------------------------------------------------------------

each = pytest.mark.parametrize("op", TESTED, ids=lambda op: op.name)


@each
def test_fast_kernels_are_near_the_precise_sweep_of_one_point(op: Op) -> None:
    P = points(op)
    value, partials = one_point(op, P, "precise")
    for got, gradient in (in_lanes(op, P, "fast"), one_point(op, P, "fast")):
        close(got, value)
        close(gradient, partials)
        zero = (value == 0) & (got == 0)
        np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(value[zero]))


@each
def test_fast_kernels_of_lanes_and_of_runs_agree(op: Op) -> None:
    """To the last bit where both are vectors: what an element is does not depend on where it stands."""
    P = points(op)
    (value, _), (got, _), (later, _) = one_point(op, P, "fast"), in_lanes(op, P, "fast"), one_point(op, P[3:], "fast")
    np.testing.assert_array_equal(later, value[3:])
    np.testing.assert_array_equal(got, value)


@each
def test_precise_kernels_equal_the_precise_sweep_of_one_point(op: Op) -> None:
    P = points(op)
    (value, partials), (got, gradient) = one_point(op, P, "precise"), in_lanes(op, P, "precise")
    np.testing.assert_array_equal(got, value)
    np.testing.assert_array_equal(np.signbit(got[value == 0]), np.signbit(value[value == 0]))
    np.testing.assert_array_equal(gradient, partials)


@each
def test_float32_kernels_are_near_the_precise_sweep_of_one_point(op: Op) -> None:
    """In float64, rounded: kernels that the tests above compile."""
    P = points(op).astype(np.float32)
    with np.errstate(over="ignore"):
        value, partials = (a.astype(np.float32) for a in one_point(op, P if op.name in OVERFLOWING else P.astype(np.float64), "precise"))
    for got, gradient in (in_lanes(op, P, "fast"), one_point(op, P, "fast")):
        assert got.dtype == np.float32
        close(got, value)
        with np.errstate(over="ignore", invalid="ignore"):
            # a partial is computed in float32 here, in float64 and rounded there: its terms may cancel or overflow sooner
            near = np.isclose(gradient, partials, rtol=2e-6, atol=4e-6, equal_nan=True) | (np.abs(partials) > 1e30) | (np.abs(partials) < 1e-30)
            odd = ~np.isfinite(gradient) | ~np.isfinite(partials) | (np.abs(P) > 1e15).any(1, keepdims=True) | (np.abs(P) < 1e-15).any(1, keepdims=True)
        assert (near | odd).all(), P[(~(near | odd)).any(1)][:5]


def test_the_fallback_is_chosen_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    F = jt.record(lambda x: np.sum(np.exp(x) * np.sin(x)), np.ones(3), math="precise")
    X = np.linspace(-2, 2, 60).reshape(20, 3)
    monkeypatch.setenv("JITTAPE_LIBMVEC", "0")
    lanes = of(F)
    assert lanes.kernels is kernels(np.dtype(np.float64), False)
    want = np.array([[F(x)] for x in X]), np.array([F.grad(x) for x in X])
    Y, G, _ = run(lanes, X)
    np.testing.assert_array_equal(Y, want[0])
    np.testing.assert_array_equal(G[:, 0], want[1])


def test_lanes_without_libmvec_are_those_of_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polynomials of lanes, single kernels and fused ones, are near the functions of libm."""
    monkeypatch.setattr(vectors, "libmvec_symbol", lambda name, dtype, size=None: None)
    monkeypatch.setattr(vectors, "available", lambda dtype: "")
    monkeypatch.setattr("jittape.lanes.lanes.kernels", functools.cache(Kernels))
    F = jt.record(lambda x: np.sum(np.tanh(x) * np.log1p(np.exp(x)) + np.sin(x) ** 3), np.ones(3), math="precise")
    X = np.linspace(-9, 9, 120).reshape(40, 3)
    want = np.array([[F(x)] for x in X]), np.array([F.grad(x) for x in X])
    lanes = of(F)
    for one in (lanes, fused(lanes)):
        Y, G, _ = run(one, X)
        np.testing.assert_allclose(Y, want[0], rtol=1e-14, atol=1e-15)
        np.testing.assert_allclose(G[:, 0], want[1], rtol=1e-13, atol=1e-15)


@pytest.mark.skipif(vectors.libmvec_symbol("exp", np.dtype(np.float64)) is None, reason="no libmvec here")
def test_fast_kernels_call_libmvec() -> None:
    assert "_exp" in vectors.available(np.dtype(np.float64))
    fast, precise = (kernels(np.dtype(np.float64), fast).forward(BY_NAME["exp"]) for fast in (True, False))
    assert fast != precise


# --- recorded functions ----------------------------------------------------------------------------------------------------


def swept(lanes: Lanes, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and gradients by the sweep of one point."""
    tape = lanes.tape.copy()
    inputs, outputs = lanes.inputs, lanes.outputs
    Y = np.empty((len(X), len(outputs)), X.dtype)
    G = np.empty((len(X), len(outputs), len(inputs)), X.dtype)
    for i, x in enumerate(X):
        tape.value[inputs] = x
        tape.done = tape.done_slots = 0
        tape.evaluate()
        Y[i] = tape.value[outputs]
        for j, o in enumerate(outputs):
            tape.forget_adjoints()
            tape.adjoints()[o] = 1.0
            tape.reverse()
            assert tape.adjoint is not None
            G[i, j] = tape.adjoint[inputs]
    return Y, G


def near(lanes: Lanes, X: np.ndarray, ulps: float = 50.0) -> None:
    Y, G, failures = run(lanes, X)
    values, gradients = swept(lanes, X)
    eps = ulps * np.finfo(X.dtype).eps
    for got, want in ((Y, values), (G, gradients)):
        np.testing.assert_allclose(got, want, rtol=eps, atol=eps * max(1.0, float(np.abs(want).max(initial=0.0))))
    assert (failures == -1).all()


def around(lanes: Lanes, rows: int, rng: np.random.Generator) -> np.ndarray:
    at = lanes.tape.value[lanes.inputs]
    return (at * rng.uniform(0.8, 1.2, (rows, at.size))).astype(lanes.dtype)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("math", ["fast", "precise"])
def test_every_kind_of_instruction(name: str, math: str, rng: np.random.Generator) -> None:
    lanes = of(recorded(name)[0], math=math, width=16)
    near(lanes, around(lanes, 19, rng))


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 100])
def test_any_number_of_rows(rows: int, rng: np.random.Generator) -> None:
    lanes = of(jt.record(lambda x, y: np.tanh(x * y) - x / y + np.sum(np.sin(x * np.ones(3))), 0.7, 1.3), width=32)
    X = rng.uniform(0.5, 2.0, (rows, 2))
    near(lanes, X, 8.0)
    Y, G, _ = run(lanes, X, gradients=False)
    assert G is None
    close(Y, swept(lanes, X)[0])


def test_pieces_of_a_batch_touch_their_rows_only(rng: np.random.Generator) -> None:
    lanes = of(jt.record(lambda x: np.sum(np.exp(-x) * x[::-1]), np.ones(4)))
    X = rng.uniform(0.0, 1.0, (150, 4))
    want = run(lanes, X)
    Y, G, failures = np.full((150, 1), 7.0), np.full((150, 1, 4), 7.0), np.full(150, 9, np.int32)
    workspace = lanes.workspace()
    workspace.run(X, Y, G, failures, 20, 97)
    for got, all_, untouched in zip((Y, G, failures), want, (7.0, 7.0, 9), strict=True):
        np.testing.assert_array_equal(got[20:97], all_[20:97])
        assert (got[:20] == untouched).all() and (got[97:] == untouched).all()
    workspace.run(X, Y, G, failures, 0, 20)
    workspace.run(X, Y, G, failures, 97, 150)
    np.testing.assert_array_equal(G, want[1])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("past", [False, True])
def test_many_gradients_are_written_past_the_caches_to_their_rows_only(dtype: Any, past: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows as long as a line and more, from every place within a line; where numbers are at no multiple of their size, too."""
    monkeypatch.setattr("jittape.lanes.lanes.PAST", 0 if past else 1 << 40)
    rng = np.random.default_rng(3)
    for n in (7, 16, 19, 45):
        lanes = of(jt.record(lambda x: np.sum(np.square(x) * x[::-1]), np.ones(n, dtype)))
        X = rng.uniform(0.5, 2.0, (70, n)).astype(dtype)
        want = 2 * X * X[:, ::-1] + np.square(X[:, ::-1])
        for shift in (0, 4, 8, 24, 60, 3):
            raw = np.full(X.nbytes + 128, 7, np.uint8)
            G = raw[shift : shift + X.nbytes].view(dtype).reshape(70, 1, n)
            lanes.workspace().run(X, None, G, np.zeros(70, np.int32), 1, 66)
            np.testing.assert_allclose(G[1:66, 0], want[1:66], 1e-5)
            raw[shift + n * G.itemsize : shift + 66 * n * G.itemsize] = 7
            assert (raw == 7).all()


@pytest.mark.parametrize("width", [16, 48, 64, 128])
def test_width_does_not_change_results(width: int, rng: np.random.Generator) -> None:
    F = recorded("reductions")[0]
    X = around(of(F), 77, rng)
    for got, want in zip(run(of(F, width=width), X), run(of(F, width=32), X), strict=True):
        np.testing.assert_array_equal(got, want)


def test_wrong_arguments_are_refused(rng: np.random.Generator) -> None:
    F = jt.record(lambda x: np.sum(x * x), np.ones(2))
    with pytest.raises(ValueError, match="or \"precise\", not 'exact'"):
        of(F, math="exact")
    with pytest.raises(ValueError, match="multiple of 16, not 20"):
        of(F, width=20)
    w, X, Y, G, f = of(F).workspace(), np.ones((5, 2)), np.empty((5, 1)), np.empty((5, 1, 2)), np.empty(5, np.int32)
    for args, message in (
        ((X[:, :1], Y, G, f), r"X must be a C-contiguous float64 array of shape \(5, 2\)"),
        ((np.ones((5, 4))[:, ::2], Y, G, f), "X must be a C-contiguous"),
        ((X, Y[:4], G, f), "Y must be"),
        ((X, Y, G.astype(np.float32), f), "G must be"),
        ((X, Y, G, f.astype(np.int64)), "failures must be a C-contiguous int32"),
    ):
        with pytest.raises(ValueError, match=message):
            w.run(*args)
    with pytest.raises(ValueError, match="no rows 2 to 6 among 5"):
        w.run(X, Y, G, f, 2, 6)
    Y.flags.writeable = False
    with pytest.raises(ValueError, match="Y is read-only"):
        w.run(X, Y, G, f)


def test_values_only(rng: np.random.Generator) -> None:
    F = recorded("reductions")[0]
    lanes, whole = of(F, gradients=False), of(F)
    X = around(whole, 40, rng)
    np.testing.assert_array_equal(run(lanes, X, gradients=False)[0], run(whole, X)[0])
    assert lanes.nbytes < whole.nbytes
    with pytest.raises(ValueError, match="gradients=False"):
        run(lanes, X)


def test_workspaces_are_used_by_threads_at_once(rng: np.random.Generator) -> None:
    lanes = of(recorded("linear algebra")[0])
    X = around(lanes, 300, rng)
    want = run(lanes, X)
    Y, G, failures = np.empty((300, 1)), np.empty((300, 1, X.shape[1])), np.empty(300, np.int32)

    def piece(i: int) -> None:
        lanes.workspace().run(X, Y, G, failures, 50 * i, 50 * i + 50)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(piece, range(6)))
    np.testing.assert_array_equal(Y, want[0])
    np.testing.assert_array_equal(G, want[1])


def test_a_recording_of_millions_of_slots_is_not_worthwhile() -> None:
    F = jt.record(lambda x: np.sum(np.sin(x) * x), np.ones(100_000))
    assert not of(F).worthwhile
    assert of(recorded("runs")[0]).worthwhile


# --- guards ------------------------------------------------------------------------------------------------------------------


def test_guards_that_fail_are_reported_in_order() -> None:
    tape = Tape()
    x = tape.append_leaf(np.array([1.0, 1.0]), INPUT)
    zero = tape.constant(0.0)
    first, second = (tape.append_scalar(BY_NAME["greater"].code, x + i, zero) for i in range(2))
    z = tape.append_scalar(BY_NAME["mul"].code, x, x + 1)
    tape.evaluate()
    lanes = Lanes(tape, [x, x + 1], [z], guards=([first, second, first], [1.0, 1.0, 1.0]))
    X = np.array([[1.0, 2.0], [-1.0, 2.0], [1.0, -2.0], [-1.0, -1.0], [np.nan, 1.0]] * 9)
    Y, G, failures = run(lanes, X)
    assert failures.tolist() == [-1, 0, 1, 0, 0] * 9
    assert Y[0, 0] == 2.0 and G[0, 0].tolist() == [2.0, 1.0]
    nothing = Lanes(tape, [x, x + 1], [z], guards=([x], [np.nan]))
    assert (run(nothing, X)[2] == 0).all()  # NaN is never taken for the same


def test_a_value_that_only_a_guard_reads_is_computed_without_gradients() -> None:
    F = jt.record(lambda x: (np.sum(np.exp(x)), np.sin(x[0])), np.ones(2))
    (total, sine) = (int(o.slots) for o in F._path.outputs)
    lanes = Lanes(F.tape, [0, 1], [total], guards=([sine], [np.sin(1.0)]), math="precise")
    _, G, failures = run(lanes, np.array([[1.0, 0.0], [2.0, 0.0]]))
    assert failures.tolist() == [-1, 0]
    close(G[:, 0], np.exp([[1.0, 0.0], [2.0, 0.0]]))


def test_an_exception_of_an_operation_marks_its_row(rng: np.random.Generator) -> None:
    F = jt.record(lambda a: np.sum(np.linalg.cholesky(a)[:, 0]), np.eye(2) * 2.0)
    lanes = of(F, width=16)
    X = np.tile(np.array([2.0, 0.3, 0.3, 1.0]), (20, 1)) * rng.uniform(0.9, 1.1, (20, 1))
    X[[3, 18]] = -1.0
    Y, G, failures = run(lanes, X)
    assert np.flatnonzero(failures).tolist() == list(range(20))
    assert np.flatnonzero(failures == driver.ERROR).tolist() == [3, 18]
    good = failures == -1
    want = swept(lanes, X[good])
    close(Y[good], want[0])
    close(G[good], want[1])


# --- derivatives that need care ----------------------------------------------------------------------------------------------


def test_zero_adjoints_stay_zero() -> None:
    """The arm that np.where did not take never poisons a gradient."""
    F = jt.record(lambda x: np.sum(np.where(x > 0.0, np.log(np.where(x > 0.0, x, 1.0)) * np.sqrt(x), 3.0 * x)), np.ones(3))
    G = run(of(F), np.array([[0.0, -1.0, 4.0]] * 3))[1]
    assert np.isfinite(G).all()
    F = jt.record(lambda x: np.sum(np.where(x > 0.0, np.log(x), x)), np.ones(3))
    G = run(of(F), np.array([[0.0, -1.0, 4.0]] * 3))[1]
    np.testing.assert_array_equal(G[:, 0], [[1.0, 1.0, 0.25]] * 3)


def test_inputs_as_outputs_and_outputs_without_derivative() -> None:
    F = jt.record(lambda x: (x, np.sign(x), x[0] * x[1], x > 1), np.array([0.5, 2.0]))
    X = np.array([[0.5, 2.0], [-3.0, 4.0]])
    Y, G, _ = run(of(F), X)
    np.testing.assert_array_equal(Y, [[0.5, 2, 1, 1, 1, 0, 1], [-3, 4, -1, 1, -12, 0, 1]])
    np.testing.assert_array_equal(G[1], [[1, 0], [0, 1], [0, 0], [0, 0], [4, -3], [0, 0], [0, 0]])


def test_inputs_that_are_not_differentiated_keep_their_values() -> None:
    F = jt.record(lambda x, a: np.sum(x * x * a), np.ones(3), np.array([1.0, 2.0, 3.0]))
    lanes = Lanes(F.tape, [0, 1, 2], [F._path.seed])
    _, G, _ = run(lanes, np.array([[1.0, 1.0, 1.0], [2.0, 3.0, 4.0]]))
    np.testing.assert_array_equal(G[:, 0], [[2, 4, 6], [4, 12, 24]])


OVERLAPS: dict[str, Callable[..., Any]] = {
    "neighbours": lambda x: np.sum(x[1:] * x[:-1]),
    "neighbours the other way": lambda x: np.sum(x[:-1] * x[1:]),
    "the same twice": lambda x: np.sum(x * x + x / x),
    "reversed": lambda x: np.sum(x * x[::-1] - x[::-1] / 2),
    "a chain": lambda x: np.sum(np.cumsum(x[1:] - x[:-1]) * x[1:]),
    "shared sum": lambda x: (lambda s: np.sum(s * x) + s)(np.sum(x)),
    "parts": lambda x: np.sum(np.exp(x[:3]) * x[2:5]) + x[4] * x[0],
    "max of shifted": lambda x: np.max(np.maximum(x[1:], x[:-1]) * x[:-1]),
    "repeated rows": lambda x: np.sum((x[np.array([0, 0, 1, 5, 5])] * x[:5]) @ np.ones((5, 2)) * 0.5),
}


@pytest.mark.parametrize("name", OVERLAPS)
def test_overlapping_operands(name: str, rng: np.random.Generator) -> None:
    lanes = of(jt.record(OVERLAPS[name], np.linspace(0.5, 2.0, 6)), math="precise")
    near(lanes, rng.uniform(0.5, 2.0, (20, 6)), 4.0)


def test_ties_share_and_nan_spreads() -> None:
    F = jt.record(lambda x: np.max(x) + 2.0 * np.min(x[1:]), np.array([1.0, 2.0, 3.0]))
    lanes = of(F)
    X = np.array([[2.0, 2.0, 1.0], [1.0, 1.0, 1.0], [np.nan, 1.0, 2.0], [1.0, 2.0, 2.0]])
    (Y, G, _), want = run(lanes, X), swept(lanes, X)
    np.testing.assert_array_equal(Y, want[0])
    np.testing.assert_array_equal(G, want[1])
    np.testing.assert_array_equal(G[1, 0], [1 / 3, 4 / 3, 4 / 3])


# --- random programs -----------------------------------------------------------------------------------------------------------

steps = st.lists(st.tuples(st.integers(0, len(UNARY) + len(BINARY) - 1), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12)


@given(steps, st.integers(1, 40), st.integers(0, 2**31))
def test_random_programs_of_arrays(program: list[tuple[int, int, int]], rows: int, seed: int) -> None:
    def f(x: Any) -> Any:
        values = [x]
        for op, i, j in program:
            a, b = values[-1 - i % min(len(values), 3)], values[j % len(values)]
            values.append(UNARY[op](a) if op < len(UNARY) else BINARY[op - len(UNARY)](a, b))
        return np.sum(values[-1]), values[-1][0] * 2.0

    lanes = of(jt.record(f, np.array([0.3, -0.4, 0.9, 1.3])), math="precise", width=16)
    near(lanes, np.random.default_rng(seed).uniform(-1.0, 1.0, (rows, 4)), 100.0)


@given(steps, st.integers(0, 2**31))
def test_random_programs_of_slices(program: list[tuple[int, int, int]], seed: int) -> None:
    def f(x: Any) -> Any:
        values = [np.sin(x)]
        for op, i, j in program:
            a, b = [x, *values][-1 - i % min(len(values), 3)], [x, *values][j % (len(values) + 1)]
            m = min(a.size, b.size) - (op % 2 if min(a.size, b.size) > 2 else 0)
            y = a[:m] * b[b.size - m :] if op % 3 else a[a.size - m :] - b[:m] * x[1]
            values.append(y if op % 5 else np.sin(y))
        return np.sum(values[-1]) + sum(y[i % y.size] for y, (i, _, _) in zip(values, [*program, (0, 0, 0)], strict=False)) * 2.0

    lanes = of(jt.record(f, np.array([0.3, -0.4, 0.9, 1.3, 0.2])), math="precise", width=16)
    near(lanes, np.random.default_rng(seed).uniform(-1.0, 1.0, (5, 5)), 100.0)


def test_adjoints_of_a_slice_do_not_take_the_place_of_values_that_are_still_read() -> None:
    def f(x: Any) -> Any:
        y = np.sin(x)
        return np.sum(y[:-1] * x[1:]) + y[0] * 2.0  # the adjoint of x is opened where y's values were, but begins at its second element

    near(of(jt.record(f, np.ones(4)), math="precise"), np.random.default_rng(0).normal(size=(5, 4)), 100.0)


@given(steps, st.integers(0, 2**31))
def test_random_programs_of_scalars(program: list[tuple[int, int, int]], seed: int) -> None:
    def f(x: Any) -> Any:
        values = list(x)
        for op, i, j in program * 2:
            a, b = values[-1 - i % min(len(values), 5)], values[j % len(values)]
            values.append([a + b, a - b, a * b, np.sin(a), np.tanh(a) * b, a / (1.0 + b * b), np.maximum(a, b), +a, -b][op % 9])
        return values[-1] + values[-1 - len(values) // 2]

    lanes = of(jt.record(f, np.array([0.3, -0.4, 0.9])), math="precise")
    X = np.random.default_rng(seed).uniform(-1.0, 1.0, (33, 3))
    (Y, G, _), want = run(lanes, X), swept(lanes, X)
    np.testing.assert_array_equal(Y, want[0])
    scale = max(1.0, float(np.abs(want[1]).max()))
    np.testing.assert_allclose(G, want[1], rtol=1e-13, atol=1e-13 * scale)


# --- the cache on disk ---------------------------------------------------------------------------------------------------------

KERNELS = """
import numpy as np
from jittape.lanes.lanes import kernels
from jittape.ops.spec import BY_NAME
from jittape.compiler.jit import announcer
for fast in (True, False):
    found = kernels(np.dtype(np.float64), fast)
    assert found.forward(BY_NAME["pow"]) and found.reverse(BY_NAME["mul"], (0, 1))
    assert found.forward(BY_NAME["gamma"]) is None
print(announcer.compiled, announcer.loaded)
"""


def test_kernels_are_kept_and_loaded_by_another_process(tmp_path: Path) -> None:
    """Code that names functions of libmvec is linked only after LLVM was told where they are."""
    environment = {**os.environ, "JITTAPE_CACHE_DIR": str(tmp_path), "JITTAPE_CACHE": "1"}
    for counts in ("4 0", "0 4"):
        out = subprocess.run([sys.executable, "-c", KERNELS], env=environment, capture_output=True, text=True, timeout=300)
        assert out.returncode == 0, out.stderr
        assert out.stdout.strip() == counts


@pytest.mark.parametrize("points", [1, 64, 130])
def test_a_path_that_returns_a_plain_number_has_no_gradients_to_sweep(points: int) -> None:
    def f(x: Any) -> Any:
        return 3.0 if x[0] * x[1] > 0.5 else x[0] * x[2]

    F = jt.record(f, np.ones(3))
    X = np.random.default_rng(1).uniform(0.1, 1.4, (points, 3))
    values, gradients = F.batch_value_and_grad(X, threads=1)
    plain = X[:, 0] * X[:, 1] > 0.5
    np.testing.assert_array_equal(values, np.where(plain, 3.0, X[:, 0] * X[:, 2]))
    expected = np.where(plain[:, None], 0.0, np.column_stack((X[:, 2], np.zeros(points), X[:, 0])))
    np.testing.assert_array_equal(gradients, expected)


def test_places_of_values_that_nobody_reads_any_more_are_used_again() -> None:
    """The lanes of a long recording stay in the cache: a chain of values takes a few places, however long it is."""

    def size(steps: int) -> int:
        F = jt.record(lambda x: functools.reduce(lambda y, k: y * x[1] + k, range(steps), x[0]), np.array([0.5, 0.25]))
        path = F.paths[0]
        (first, end, _), seed = path.inputs[0], path.seed
        lanes = Lanes(F.tape, np.arange(first, end), [seed], gradients=False)
        constants = sum(F.tape.value[which].size for _, which in lanes.program.constants)
        return lanes.program.size - constants

    assert size(200) <= size(20) + 4
