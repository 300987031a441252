"""Guards: a replay is right where the function decides as it was recorded, and says so where it does not."""

from __future__ import annotations

import functools
import math
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.errors import BranchChanged, BranchError
from jittape.ops.layout import CONSTANT, RUN
from jittape.tape.files import leaf_values
from jittape.tape.guards import HOLDS, NUMBER, TRUTH, Guards
from jittape.tape.tape import Tape
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
    parts = Parts(tape.opcode[:n], tape.arg0[:n], tape.arg1[:n], np.empty(0, np.int32), np.empty(0, np.int32))
    assert tape.opcode[0] & (RUN - 1) != CONSTANT
    constants = leaf_values(tape, parts)[inputs:].tobytes()
    return parts.opcode.tobytes(), parts.arg0.tobytes(), parts.arg1.tobytes(), bytes(tape.meta), bytes(tape.index), constants, function._path.seed


recording = functools.partial(jt.record, on_branch="raise")


def record(f: Any, x: Any) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return recording(scalar(f), x)
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
        except np.linalg.LinAlgError:  # on a way that fails here, before anything was decided
            assert f is caught
            return False
        except BranchChanged as error:
            assert "test_guards.py:" in str(error)
            other = again.tape.guards
            assert other is None or not other.reusable or other.outcomes() != function.tape.guards.outcomes()
            return False
        assert content(again) == content(function)
        assert f is caught or (again.tape.guards.reusable and again.tape.guards.outcomes() == function.tape.guards.outcomes())
        np.testing.assert_array_equal(got[0], again(y))
        np.testing.assert_allclose(got[1], jt.grad(scalar(f))(y), rtol=1e-14, atol=1e-14)
    return True


@pytest.mark.parametrize("name", DECISIONS)
@examples(12)
@given(points, points, near)
def test_a_replay_decides_as_a_recording(name: str, x: Any, y: Any, step: float) -> None:
    f = DECISIONS[name]
    check(f, x, y)
    check(f, x, x + step * y)


@pytest.mark.parametrize("name", DECISIONS)
@examples(8)
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


# --- what is said ----------------------------------------------------------------------------------------------------------


def two_ways(x: Any) -> Any:
    y = x[1] * 2.0
    if x[0] > 0:  # the first decision
        y = y * x[0]
    for _ in range(int(x[1])):
        y = y + x[0]
    return y


X = np.array([1.0, 2.5])


def line_of(text: str) -> int:
    with open(__file__) as source:
        return next(i for i, line in enumerate(source, 1) if text in line)


def test_a_change_names_the_line_and_both_outcomes() -> None:
    function = recording(two_ways, X)
    first, second = line_of("if x[0] > 0:  # the first"), line_of("for _ in range(int(x[1]))")
    with pytest.raises(BranchChanged, match=rf"two_ways takes another way.*the truth value at .*test_guards.py:{first} \(if x\[0\] > 0.*was True and is False here.*on_branch=\"record\""):
        function(-X)
    with pytest.raises(BranchChanged, match=rf"int\(\) at .*test_guards.py:{second} .*was 2 and is 4 here"):
        function.value_and_grad(np.array([3.0, 4.75]))
    with pytest.raises(BranchError, match="was 2 and is nan here"):
        function.grad(np.array([3.0, np.nan]))
    assert function(np.array([3.0, 2.0])) == 18.0


def test_the_first_decision_that_changes_is_named() -> None:
    function = recording(two_ways, X)
    guards = function.tape.guards
    assert len(guards) == 2
    assert [entry.kind for entry in guards] == [TRUTH, NUMBER]
    assert guards[1].line == line_of("for _ in range(int(x[1]))") and guards[1].filename == __file__


def test_outcomes_tell_the_path() -> None:
    a, b, c = (recording(two_ways, np.array(x)).tape for x in ([1.0, 2.5], [1.0, 3.5], [-1.0, 2.5]))
    assert a.guards.outcomes() != b.guards.outcomes() and a.guards.outcomes(1) == b.guards.outcomes(1)
    assert a.guards.outcomes(1) != c.guards.outcomes(1) and a.guards.outcomes(0) == c.guards.outcomes(0) == b""
    assert a.guards.outcomes(1) + a.guards.outcome(1, b.value) == b.guards.outcomes()
    assert a.guards.outcome(0, c.value) == c.guards.outcomes(1)


def test_outcomes_of_orders() -> None:
    f = lambda x: np.sum(np.sort(x)[:1]) * (x[0] if x[1] > 0 else x[2])  # noqa: E731
    x = np.array([3.0, 1.0, 2.0])
    a, b, c = (recording(f, x) for x in (x, x + 1, -x))
    assert a.tape.guards[0].kind == HOLDS
    assert a.tape.guards.outcomes() == b.tape.guards.outcomes()
    assert a.tape.guards.outcomes(1) != c.tape.guards.outcomes(1)
    assert a.tape.guards.outcome(0, b.tape.value) == b.tape.guards.outcomes(1)
    with pytest.raises(BranchChanged):
        a(-x)
    assert a.tape.guards.outcome(0, a.tape.value) is None
    assert not recording(lambda x: x[np.argmax(x)], np.array([1.0, np.nan])).tape.guards.reusable
    assert a.tape.guards.reusable


def test_empty_guards() -> None:
    guards = Guards()
    assert len(guards) == 0 and guards.outcomes() == b"" and guards.reusable
    assert recording(lambda x: x * 2.0, 1.0).tape.guards is None
    assert Tape().guards is None


def test_what_does_not_depend_on_inputs_is_not_guarded() -> None:
    def f(x: Any) -> Any:
        ones = jt.numpy.ones(3)
        return x[0] * 2.0 if ones[0] > 0 and np.argmax(ones) == 0 and int(ones[1]) == 1 else x[1]

    assert recording(f, X).tape.guards is None


def test_a_stale_array_decides_nothing() -> None:
    kept = []
    recording(lambda x: kept.append(x) or x[0] * 2.0, X)  # type: ignore[func-returns-value]
    for decide in (lambda: bool(kept[0][0]), lambda: int(kept[0][0]), lambda: kept[0][kept[0] > 0], lambda: np.sort(kept[0])):
        with pytest.raises(jt.errors.TapeMismatchError, match="has ended"):
            decide()


def test_an_error_on_the_way_that_is_not_taken() -> None:
    """A replay that fails where the function would have gone another way says that."""

    def f(x: Any) -> Any:
        a = np.outer(x, x) + np.eye(2)
        return np.linalg.inv(a - 2.0 * np.eye(2))[0, 0] * x[0] if x[0] > 0.5 else x[0] * 3.0

    function = recording(f, X)
    singular = np.array([0.0, 1.0])
    with pytest.raises(BranchChanged, match="was True and is False"):
        function(singular)
    np.testing.assert_allclose(function(X), f(X))


def test_files_and_copies_keep_guards() -> None:
    function = recording(lambda x: two_ways(np.sort(x)), X)
    loaded = pickle.loads(pickle.dumps(function))
    guards = function.tape.guards
    assert loaded.tape.guards == guards and loaded.tape == function.tape and list(loaded.tape.guards) == list(guards)
    assert loaded.tape.guards.outcomes() == guards.outcomes()
    assert loaded.tape.copy().guards == guards and loaded.tape.copy().guards is not loaded.tape.guards
    assert [loaded.tape.guards.describe(i) for i in range(len(guards))] == [guards.describe(i) for i in range(len(guards))]
    assert loaded.tape != recording(lambda x: two_ways(np.sort(x)), -X).tape
    assert loaded(X + 0.25) == two_ways(X + 0.25)
    with pytest.raises(BranchChanged, match=r"np.sort finds at .*test_guards.py"):
        loaded(X[::-1].copy())


def test_the_listing_ends_with_the_guards() -> None:
    tape = recording(lambda x: two_ways(np.sort(x)), X).tape
    guards = tape.guards
    last = tape.listing().splitlines()[-len(guards) :]
    assert last[0].startswith("guard %") and "np.sort finds" in last[0]
    assert last[1] == f"guard %{guards.slots[1]}: {guards.describe(1)}"
    assert "guard" not in tape.listing(0, 2) and "guard" in str(tape)
    many = recording(lambda x: sum(x if x > -i else -x for i in range(1000)), 1.0).tape
    assert "more guards" in str(many) and len(many.listing().splitlines()) > 2000


def test_long_runs_keep_what_is_guarded() -> None:
    def f(x: Any) -> Any:
        y = np.exp(-x * x) * x
        z = np.sum(y * np.sin(y))
        return z * 2.0 if np.all(y * y < 0.4) and (x > 5.0)[7] == False else z  # noqa: E712

    x = np.linspace(-2.0, 2.0, 70_000)
    function = recording(f, x)
    assert function.tape.plan is not None
    np.testing.assert_allclose(function.grad(0.5 * x), jt.grad(f)(0.5 * x), rtol=1e-12)
    x[7] = 6.0
    with pytest.raises(BranchChanged, match=r"\(x > 5.0\)\[7\]"):
        function(x)


def test_float32() -> None:
    x = np.array([0.1, 0.7, 0.3], np.float32)
    f = lambda x: np.sum(np.sort(x)[:2] ** 2) * (x[0] if x[0] == np.float32(0.1) else x[1]) * int(x[1] * 3)  # noqa: E731
    function = recording(f, x)
    np.testing.assert_allclose(function.grad(x), jt.grad(f)(x), rtol=1e-14, atol=1e-14)
    with pytest.raises(BranchChanged):
        function(x + np.float32(0.001))


def test_decisions_in_a_nested_derivative_are_guarded() -> None:
    f = lambda x: jt.grad(lambda y: y**3 if y > 1 else y**2)(x)  # noqa: E731
    function = recording(f, 2.0)
    assert function(3.0) == 27.0 and function.grad(3.0) == 18.0
    with pytest.raises(BranchChanged, match="the truth value at .*test_guards.py"):
        function(0.5)
    hessian = recording(jt.hessian(lambda x: np.sum(x**3) if x[0] > 0 else np.sum(x**2)), X)
    np.testing.assert_allclose(hessian(2 * X), np.diag(12 * X))
    with pytest.raises(BranchChanged):
        hessian(-X)
