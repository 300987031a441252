"""Guards: a replay is right where the function decides as it was recorded, and says so where it does not."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jittape as jt
from jittape.errors import BranchChanged
from jittape.tape.files import leaf_values
from jittape.tape.layout import CONSTANT, RUN
from jittape.tape.validate import Parts

NODES = np.array([-1.0, 0.0, 0.5, 2.0])
MATRIX = np.array([[1.0, 2.0, 0.5], [0.25, -1.0, 3.0], [2.0, 0.0, 1.0]])


def newton(x: Any) -> Any:
    y = 1.0 + x[0] * x[0]
    steps = 0
    while abs(y * y - 2.0 - x[1] * x[1]) > 1e-3 and steps < 20:
        steps += 1
        y = 0.5 * (y + (2.0 + x[1] * x[1]) / y)
    return y


def caught(x: Any) -> Any:
    a = MATRIX + MATRIX.T + np.diag(x[:3])
    try:
        return np.sum(np.linalg.cholesky(a))
    except np.linalg.LinAlgError:
        return np.sum(a * x[0])


def bisect(x: Any) -> Any:
    low, high = x[0] * 0.0, x[0] * 0.0 + 4.0
    for _ in range(4):
        middle = 0.5 * (low + high)
        if middle * middle < abs(x[1]):
            low = middle
        else:
            high = middle
    return low + (high - low) * x[0]


def filled(x: Any) -> Any:
    y = x * 2.0
    np.place(y, x > 0, [3.0, 4.0])
    y[x < -1] = x[0]
    return y


def partly(x: Any) -> Any:
    y = x * 1.0
    y.sort()
    return y[:2] * x[y.argmax()] + x[int(np.argmin(y**2))]


def found(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        if x[i] in (0.5, 1.0) or 2.0 in x[i:]:
            total = total + i * x[i]
    return total


TWO = {"axis=0": {"axis": 0}, "axis=1": {"axis": 1}}
DECISIONS: dict[str, Callable[[Any], Any]] = {
    "if": lambda x: x[0] * 2.0 if x[0] > 0 else x[1] ** 2,
    "if not a mask": lambda x: x[0] * 2.0 if x[0] else x[1] ** 2,
    "if equal": lambda x: x[0] * 2.0 if x[0] == x[1] else x[1] ** 2,
    "and, or": lambda x: x[0] if (x[0] > 0 and x[1] > 0) or not x[2] < 1 else x[1] * 2.0,
    "elif": lambda x: x[0] if x[0] > 1 else x[0] * 2.0 if x[0] > 0 else x[0] * 3.0 if x[0] > -1 else x[1],
    "while": newton,
    "bisection": bisect,
    "int": lambda x: sum(x[1] * i for i in range(int(abs(x[0])) + 1)),
    "math.floor": lambda x: x[int(math.floor(x[0])) % 4],
    "round": lambda x: x[int(round(x[0])) % 4] * 2.0,
    "astype int": lambda x: x[x.astype(int) % 4],
    "astype int8": lambda x: x * x.astype(np.int8),
    "astype bool": lambda x: x[x.astype(bool)],
    "floor index": lambda x: x[np.clip(np.floor(x), -4.0, 3.0)],
    "sign index": lambda x: x[np.sign(x)],
    "rint astype": lambda x: np.repeat(x, np.abs(np.rint(x)).astype(int)),
    "mask index": lambda x: x[x > 0] ** 2,
    "mask of two": lambda x: x[(x > 0) & ~(x > 1)] ** 2,
    "tuple index": lambda x: np.outer(x, x)[x > 0, 1],
    "mask assignment": filled,
    "nonzero": lambda x: x[np.nonzero(x)] * 2.0,
    "where": lambda x: x[np.where(x > 0.5)[0]] * 2.0,
    "flatnonzero": lambda x: x[np.flatnonzero(np.outer(x, x)) % 4],
    "argwhere": lambda x: x * np.argwhere(x).shape[0],
    "trim_zeros": lambda x: np.trim_zeros(x) * 2.0,
    "count_nonzero": lambda x: x * np.count_nonzero(x),
    "count_nonzero axis": lambda x: x[:2] * np.count_nonzero(x.reshape(2, 2), axis=1),
    "compress": lambda x: np.compress(x > 0, x) ** 2,
    "compress by numbers": lambda x: np.compress(x, x) ** 2,
    "extract": lambda x: np.extract(x > 0, x) ** 2,
    "choose": lambda x: np.choose((x > 0).astype(int), [x, x**2]),
    "take": lambda x: np.take(x, np.trunc(np.clip(x, 0.0, 3.0))),
    "any": lambda x: x * 2.0 if np.any(x > 1) else x**2,
    "all": lambda x: x * 2.0 if (x > -1).all() else x**2,
    "isnan": lambda x: x * 2.0 if np.isnan(x[0]) else x**2,
    "isfinite": lambda x: x * 2.0 if np.isfinite(x).all() else x[1] ** 2,
    "signbit": lambda x: x * 2.0 if np.signbit(x[0]) else x**2,
    "allclose": lambda x: x * 2.0 if np.allclose(x[0], x[1], atol=0.3) else x**2,
    "isclose": lambda x: x[np.isclose(x, 0.5)] * 2.0,
    "array_equal": lambda x: x * 2.0 if np.array_equal(x[:2], x[2:]) else x**2,
    "array_equal nan": lambda x: x * 2.0 if np.array_equal(x[:2], x[2:], equal_nan=True) else x**2,
    "array_equiv": lambda x: x * 2.0 if np.array_equiv(x, x[0]) else x**2,
    "builtin max": lambda x: max(x[0], x[1]) * 2.0,
    "builtin sorted": lambda x: sorted(x)[1] ** 2,
    "in": found,
    "argmax": lambda x: x[np.argmax(x)] ** 2,
    "argmin": lambda x: x[np.argmin(x)] ** 2,
    "x.argmax()": lambda x: x.reshape(2, 2)[np.arange(2), x.reshape(2, 2).argmax(axis=1)],
    "argmax axis": lambda x: np.take_along_axis(np.outer(x, x[:2]), np.argmax(np.outer(x, x[:2]), axis=0, keepdims=True), 0),
    "nanargmax": lambda x: x[np.nanargmax(x)] ** 2,
    "nanargmin axis": lambda x: x[np.nanargmin(np.outer(x, [1.0, -1.0]), axis=0)] ** 2,
    "sort": lambda x: np.sort(x)[:2] * x[:2],
    "sort axis": lambda x: np.sort(np.outer(x, x[:3]), axis=0, kind="heapsort")[1],
    "sort all": lambda x: np.sort(x.reshape(2, 2), axis=None) * x,
    "sort in place": partly,
    "argsort": lambda x: x[np.argsort(x)] * np.arange(4.0),
    "argsort method": lambda x: x[(-x).argsort(kind="stable")] * np.arange(4.0),
    "partition": lambda x: np.partition(x, 2) * np.arange(4.0),
    "argpartition": lambda x: x[np.argpartition(x, 1)] * np.arange(4.0),
    "lexsort": lambda x: x[np.lexsort((x, np.round(x)))] * np.arange(4.0),
    "lexsort plain": lambda x: x[np.lexsort((np.array([2.0, 1.0, 1.0, 0.0]), x))] * np.arange(4.0),
    "lexsort axis": lambda x: np.take_along_axis(np.outer(x, x), np.lexsort((np.outer(x, x),), axis=0), 0)[:, 1],
    "median": lambda x: np.median(x) ** 2,
    "median odd": lambda x: np.median(x[:3]) ** 2,
    "median axis": lambda x: np.median(np.outer(x, x[1:]), axis=1) ** 2,
    "nanmedian": lambda x: np.nanmedian(x) ** 2,
    "quantile": lambda x: np.quantile(x, [0.1, 0.5, 0.9]) * x[0],
    "quantile lower": lambda x: np.quantile(x, 0.3, method="lower") * x[0],
    "percentile": lambda x: np.percentile(np.outer(x, x[1:]), 30.0, axis=0),
    "nanquantile": lambda x: np.nanquantile(x.reshape(2, 2), 0.3, axis=0),
    "unique": lambda x: np.unique(x) ** 2,
    "unique parts": lambda x: np.unique(x, return_counts=True)[1] * np.unique(x, return_inverse=True)[0],
    "unique rows": lambda x: np.unique(x.reshape(2, 2), axis=0) ** 2,
    "unique columns": lambda x: np.unique(x.reshape(2, 2), axis=1) ** 2,
    "searchsorted": lambda x: x * np.searchsorted(NODES, x),
    "searchsorted right": lambda x: x[1:] * np.searchsorted(NODES, x[0], side="right"),
    "searchsorted among": lambda x: x[0] * np.searchsorted(np.cumsum(np.abs(x)), NODES),
    "searchsorted sorter": lambda x: x[0] * np.searchsorted(x, NODES, sorter=np.argsort(x)),
    "searchsorted unsorted": lambda x: x * np.searchsorted([1.0, 0.0, 0.5], x),
    "digitize": lambda x: x * np.digitize(x, NODES),
    "digitize down": lambda x: x * np.digitize(x, NODES[::-1], right=True),
    "digitize by": lambda x: x[0] * np.digitize(NODES, np.sort(x[:2])),
    "isin": lambda x: x[np.isin(x, [0.5, 1.0])] * 2.0,
    "interp": lambda x: np.interp(x, NODES, NODES**2),
    "interp scalar": lambda x: np.interp(x[0], NODES, x),
    "interp nodes": lambda x: np.interp(NODES, np.cumsum(np.abs(x)), x),
    "interp jump": lambda x: np.interp(x, [0.0, 1.0, 1.0], x[:3]),
    "interp period": lambda x: np.interp(x, NODES, NODES**2, period=3.0),
    "interp period nodes": lambda x: np.interp(0.3, x, x**2, period=3.0),
    "histogram": lambda x: x * np.histogram(x, NODES)[0].sum(),
    "histogram range": lambda x: x[:3] * np.histogram(x, 3, (-1.0, 2.0))[0],
    "histogram of its own range": lambda x: x[:3] * np.histogram(x, 3)[0] * np.histogram(x, 3)[1][1:],
    "histogram weights": lambda x: np.histogram(x, NODES, weights=x**2)[0],
    "histogram edges": lambda x: x[0] * np.histogram(NODES, np.sort(x))[0],
    "matrix_rank": lambda x: x * np.linalg.matrix_rank(np.outer(x, x) + np.diag(x)),
    "matrix_rank of a vector": lambda x: x * np.linalg.matrix_rank(x),
    "lstsq rank": lambda x: x * np.linalg.lstsq(np.outer(x, x[:2]), x, rcond=None)[2],
    "cholesky or not": caught,
    "nested": lambda x: jt.grad(lambda y: y**2 if y > x[1] else -y)(x[0]) * x[1],
    "nested twice": lambda x: jt.grad(jt.grad(lambda y: y**3 * x[2] if y > x[1] else y**2))(x[0]) * x[1],
    "nested constants": lambda x: jt.grad(lambda y: y**2 if x[0] > 0 else y**3)(2.0) * x[1],
    "nested jacobian": lambda x: np.sum(jt.jacobian(lambda y: np.sort(y) ** 2)(x), axis=0),
    "nested jvp": lambda x: jt.jvp(lambda y: y * y if y[0] > 0 else y, (x,), (x,))[1],
}  # fmt: skip
GRID = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0]
points = st.lists(st.sampled_from(GRID) | st.floats(-3, 3, allow_subnormal=False), min_size=4, max_size=4).map(np.array)
near = st.floats(-1e-3, 1e-3)
with_nan = st.lists(st.sampled_from([*GRID, np.nan, np.inf, -np.inf, -0.0]), min_size=4, max_size=4).map(np.array)


def scalar(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: np.sum(f(x) * 1.0)


def content(function: Any) -> tuple[Any, ...]:
    """All that a recording is but the values of inputs: instructions, constants, where the result is."""
    tape = function.tape
    n = tape.count
    inputs = sum(math.prod(shape) for shape in function.shapes)
    parts = Parts(tape._opcode[:n], tape._arg0[:n], tape._arg1[:n], np.empty(0, np.int32), np.empty(0, np.int32))
    assert tape._opcode[0] & (RUN - 1) != CONSTANT
    constants = leaf_values(tape, parts)[inputs:].tobytes()
    return parts.opcode.tobytes(), parts.arg0.tobytes(), parts.arg1.tobytes(), bytes(tape.meta), bytes(tape.index), constants, function._seed


def record(f: Any, x: Any) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return jt.record(scalar(f), x)
        except (ValueError, OverflowError, IndexError, np.linalg.LinAlgError) as error:
            return error


def check(f: Any, x: Any, y: Any) -> bool:
    """A recording at x, called at y, gives what one at y gives, or says that it takes another way; whether it is the first."""
    function = record(f, x)
    if isinstance(function, Exception):
        return False
    again = record(f, y)
    if isinstance(again, Exception):
        with pytest.raises((BranchChanged, type(again))), np.errstate(all="ignore"):
            function(y)
        return False
    with np.errstate(all="ignore"):
        try:
            got = function(y), function.grad(y)
        except BranchChanged as error:
            assert "test_guards.py:" in str(error)
            if again.tape.guards.reusable:
                assert again.tape.guards.outcomes() != function.tape.guards.outcomes()
            return False
        assert content(again) == content(function)
        np.testing.assert_array_equal(got[0], again(y) if again.tape.guards.reusable else got[0])
        np.testing.assert_array_equal(got[1], jt.grad(scalar(f))(y))
    return True


@pytest.mark.parametrize("name", DECISIONS)
@settings(max_examples=12)
@given(points, points, near)
def test_a_replay_decides_as_a_recording(name: str, x: Any, y: Any, step: float) -> None:
    f = DECISIONS[name]
    check(f, x, y)
    check(f, x, x + step * y)


@pytest.mark.parametrize("name", DECISIONS)
@settings(max_examples=8)
@given(with_nan, with_nan)
def test_ties_and_nan(name: str, x: Any, y: Any) -> None:
    check(DECISIONS[name], x, y)


@pytest.mark.parametrize("name", DECISIONS)
def test_guards_are_no_tighter_than_the_decision(name: str) -> None:
    """Near a point that decides by no equality every replay is on the recorded way."""
    x = np.array([0.7, -0.3, 1.6, 0.2])
    if name == "searchsorted unsorted":  # which compares as a bisection goes: guarded by the numbers themselves
        assert check(DECISIONS[name], x, x)
        return
    assert check(DECISIONS[name], x, x + 1e-9 * np.array([1.0, -2.0, 0.5, 3.0])) != (name == "cholesky or not")
