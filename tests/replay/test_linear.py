"""Linear programs beside sweeps of one direction: the same numbers, forwards and backwards, for unit vectors and for given seeds."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from drawn_arrays import arrays
from drawn_loops import Loop, loops
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.array.array import apply
from jittape.instructions.base import Refused
from jittape.ops.spec import OPS
from jittape.passes import linear, terms
from jittape.passes.linear import Linear
from jittape.passes.terms import length
from jittape.sweep.linear.building import SEEN
from jittape.sweep.scalars import has_partials

N = 6
RNG = np.random.default_rng(0)
X = RNG.normal(size=N)


def both(F: Any, x: Any, *rest: Any) -> tuple[Any, Any]:
    """The Jacobian by the first argument [results, numbers], by sweeps of tangents, and of adjoints."""
    unit = np.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)
    zeros = tuple(np.zeros_like(r) for r in rest)
    columns = [np.ravel(F.jvp((x, *rest), (v, *zeros))[1]) for v in unit]
    value, pull = F.vjp(x, *rest)
    rows = [np.ravel(pull(e.reshape(np.shape(value)))[0]) for e in np.eye(np.size(value), dtype=x.dtype)]
    return np.stack(columns, axis=1), np.stack(rows)


def linearised(F: Any, x: Any, *rest: Any, forwards: bool, seeds: Any = None) -> Any:
    """The same by a linear program: [results, seeds], or transposed."""
    path = F.paths[0]
    F(x, *rest)
    replay = path.pool[0]
    if replay.tape.partial:
        replay.tape.evaluate()
    first, end, _ = path.inputs[0]
    program = Linear(path.tape, [(first, end)], [o.slots for o in path.outputs], forwards, seeds)
    results = sum(o.size for o in path.outputs) if forwards else end - first
    count = len(seeds) if seeds is not None else end - first if forwards else sum(o.size for o in path.outputs)
    out = np.full((results, count), np.nan, x.dtype)
    for _ in range(2):  # memory is used again
        program(replay.value, out)
    return out


def vector(f: Any) -> Any:
    """A function of several results made of one of a number: with what stands for itself, twice, negated, and what is a constant."""
    return lambda x: np.concatenate([np.tanh(x) * f(x), x[1:] * x[:-1], np.stack([f(x[::-1]), x[2], -x[3], x[2], f(x * 0.5) * x[0] / x[0]])])


@examples(40)
@given(st.integers(0, 10**6))
def test_drawn_programs(seed: int) -> None:
    F = jt.record(vector(arrays(seed)), X, compile=False)
    columns, rows = both(F, X)
    if np.isfinite(columns).all():  # what is not is left to sweeps
        np.testing.assert_allclose(linearised(F, X, forwards=True), columns, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(linearised(F, X, forwards=False).T, rows, rtol=1e-12, atol=1e-14)


@examples(25)
@given(loops(), st.integers(0, 1000))
def test_drawn_loops_agree_to_the_last_bit(loop: Loop, seed: int) -> None:
    """Scalar instructions: the same operations in the same order."""
    rng = np.random.default_rng(seed)
    x, data = loop.point(rng), rng.normal(size=loop.turns)

    def several(x: Any, data: Any) -> Any:
        found = loop(x, data)
        return np.stack([*(found if isinstance(found, tuple) else (found,)), x[0] * x[1], -x[0]])

    F = jt.record(several, x, data, compile=False)
    columns, rows = both(F, x, data)
    if np.isfinite(columns).all() and np.isfinite(rows).all():
        np.testing.assert_array_equal(linearised(F, x, data, forwards=True), columns)
        np.testing.assert_array_equal(linearised(F, x, data, forwards=False).T, rows)


def test_every_scalar_operation_is_to_the_last_bit_what_a_sweep_finds() -> None:
    """Of numbers that are recorded one by one, many of an operation and few; to a digit where the interpreter calls a kernel."""
    x = np.array([0.3, 0.7, 0.45])
    for op in OPS:
        if op.arity > 2:
            continue
        for count, same in ((1, False), (terms.TOGETHER + 1, False), (1, True), (terms.TOGETHER + 1, True))[: 2 * op.arity]:

            def f(x: Any, op: Any = op, count: int = count, same: bool = same) -> Any:
                total = x[2]
                for i in range(count):
                    a = x[0] * (1.0 + 0.001 * i)
                    b = a if same else x[1]
                    total = total + apply(op.code, *(a, b)[: op.arity]) * x[2]
                return np.stack([total, total * x[0], x[1], total])

            try:
                F = jt.record(f, x, compile=False)
            except Exception as error:
                pytest.fail(f"{op.name}: {error!r}")
            columns, rows = both(F, x)
            if not (np.isfinite(columns).all() and np.isfinite(rows).all()):
                continue
            tolerance = 1e-13 if same or not has_partials(op, x.dtype) else 0.0
            near = {"rtol": tolerance, "atol": tolerance, "err_msg": f"{op.name}, {count}, {same}"}
            np.testing.assert_allclose(linearised(F, x, forwards=True), columns, **near)
            np.testing.assert_allclose(linearised(F, x, forwards=False).T, rows, **near)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("count", [1, 3, 8, 16, 21])
def test_given_seeds(count: int, dtype: Any) -> None:
    """More and fewer than there are lanes, some of them zero."""
    x = RNG.normal(size=5).astype(dtype)
    F = jt.record(lambda x: np.stack([x[0] * x[1], np.sin(x[2]) / x[3], x[4] - x[0], x[1] * x[1] * x[2]]), x)
    J = F.jacobian(x)
    rtol = 1e-12 if dtype == np.float64 else 1e-5
    seeds = RNG.normal(size=(count, 5)).astype(dtype)
    seeds[:, 1] = 0.0
    seeds[count // 2] = 0.0
    np.testing.assert_allclose(linearised(F, x, forwards=True, seeds=seeds), J @ seeds.T, rtol=rtol, atol=rtol)
    seeds = RNG.normal(size=(count, 4)).astype(dtype)
    np.testing.assert_allclose(linearised(F, x, forwards=False, seeds=seeds), J.T @ seeds.T, rtol=rtol, atol=rtol)


def test_sums_products_and_segments_are_terms() -> None:
    A = RNG.normal(size=(4, N))

    def f(x: Any) -> Any:
        return np.concatenate([A @ x, np.cumsum(x * x), np.outer(x, x) @ x, np.stack([np.sum(x), np.sum(np.exp(x)), np.mean(x[::2] * x[1::2])])])

    F = jt.record(f, X)
    columns, rows = both(F, X)
    np.testing.assert_allclose(linearised(F, X, forwards=True), columns, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(linearised(F, X, forwards=False).T, rows, rtol=1e-13, atol=1e-13)


def test_products_with_sparse_matrices_and_segments() -> None:
    A = sp.random_array((7, N), density=0.4, rng=np.random.default_rng(2), format="csr")

    def f(x: Any) -> Any:
        return np.concatenate([A @ np.sin(x), (A.T @ x[:1].repeat(7)) * x, np.add.reduceat(x * x, [0, 2, 3])])

    F = jt.record(f, X)
    columns, rows = both(F, X)
    np.testing.assert_allclose(linearised(F, X, forwards=True), columns, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(linearised(F, X, forwards=False).T, rows, rtol=1e-13, atol=1e-13)


def test_what_is_no_sum_of_products_is_refused() -> None:
    F = jt.record(lambda x: np.linalg.solve(np.outer(x, x) + 3.0 * np.eye(N), x), X)
    with pytest.raises(Refused):
        length(F.tape)
    columns, _ = both(F, X)
    np.testing.assert_allclose(F.jacobian(X), columns, rtol=1e-12)


def pendulum(x: Any) -> Any:
    """Scalar by scalar, long enough for sweeps first."""
    a, b = x[0], x[1]
    for _ in range(40):
        a, b = a + 0.05 * b, b - 0.05 * x[2] * np.sin(a) - x[3] * b
    return np.stack([a, b, a * b, a - b, b / x[2], x[3]])


def test_jacobians_go_by_programs_from_when_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.array([0.3, 0.1, 2.0, 0.02])
    expected = both(jt.record(pendulum, x, compile=False), x)[0]
    for at_once in (True, False):
        if not at_once:
            monkeypatch.setattr("jittape.replay.jacobians.AT_ONCE", 0.0)
        F = jt.record(pendulum, x, compile=False)
        np.testing.assert_array_equal(F.jacobian(x), expected)
        found = F.paths[0].jacobians
        assert (found.linear is not None) is at_once
        for _ in range(found.due.due):
            np.testing.assert_array_equal(F.jacobian(x), expected)
        assert found.linear is not None
        out = np.empty((6, 4))
        assert F.jacobian(x, out=out) is out
        np.testing.assert_array_equal(out, expected)
        out = np.empty((4, 6)).T
        assert F.jacobian(x, out=out) is out
        np.testing.assert_array_equal(out, expected)


def test_values_are_there_where_loops_are_compiled() -> None:
    x = np.array([0.3, 0.1, 2.0, 0.02])
    F = jt.record(pendulum, x)
    for y in (x, x * 1.5):
        expected = both(jt.record(pendulum, y, compile=False), y)[0]
        np.testing.assert_array_equal(F.jacobian(y), expected)
        F.compile()
        F(y)
        np.testing.assert_array_equal(F.jacobian(y), expected)
        np.testing.assert_array_equal(F.jacobian(y), expected)
        np.testing.assert_array_equal(F(y), pendulum(y))


def test_containers_masks_and_constants() -> None:
    def f(p: Any, q: Any) -> Any:
        return {"a": np.sin(p["x"]) * q, "mask": p["x"] > q, "c": 3.0, "n": np.sum(p["y"]) * q[0]}

    p, q = {"x": np.array([0.1, 2.0]), "y": np.array([[1.0, 2.0], [3.0, 4.0]])}, np.array([0.5, -0.5])
    F = jt.record(f, p, q)
    J = F.jacobian(p, q)
    expected = jt.jacobian(f, argnums=(0, 1))(p, q)
    for key in expected:
        for mine, theirs in zip(J[key], expected[key], strict=True):
            for a, b in zip((mine["x"], mine["y"]) if isinstance(mine, dict) else (mine,), (theirs["x"], theirs["y"]) if isinstance(theirs, dict) else (theirs,), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-14)


def test_zero_times_infinity_is_left_to_sweeps() -> None:
    """A partial derivative is infinite, and what it is multiplied with is zero: sweeps say zero."""

    def f(x: Any) -> Any:
        root = np.sqrt(x[0] * x[0])
        return np.stack([root * 0.0 + x[1], x[1] * x[2], np.where(x[0] > 0.0, np.log(x[0]), x[2]) * x[1], x[0]])

    x = np.array([0.0, 2.0, 3.0])
    F = jt.record(f, np.ones(3))
    columns, _ = both(F, x)
    np.testing.assert_array_equal(F.jacobian(x), columns)
    assert F.paths[0].jacobians.linear is not None
    np.testing.assert_allclose(F.jacobian(np.ones(3)), jt.jacobian(f)(np.ones(3)))


def test_threads_have_memory_of_their_own() -> None:
    x = np.array([0.3, 0.1, 2.0, 0.02])
    F = jt.record(pendulum, x)
    points = [x * (1.0 + 0.01 * i) for i in range(8)]
    expected = [F.jacobian(p) for p in points]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(200):
            if not np.array_equal(F.jacobian(points[i]), expected[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_compressed_jacobians_go_by_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sparse Jacobian by colours: columns, and columns and rows where some are full."""
    monkeypatch.setattr("jittape.replay.sparse.jacobian_entries", lambda _: None)
    monkeypatch.setattr("jittape.passes.costs.SWEEP", 1.0)  # so that they pay
    n = 40
    x = RNG.normal(size=n)

    def band(x: Any) -> Any:
        return np.sin(x[1:]) * x[:-1] - x[1:] / (2.0 + x[:-1] ** 2)

    def arrow(x: Any) -> Any:
        return np.concatenate([x[1:] * x[0], np.sum(x * x)[None]])

    for f, both_sides in ((band, False), (arrow, True)):
        F = jt.record(f, x)
        expected = F.jacobian(x)
        first = F.sparse_jacobian(x)
        plan = F.paths[0].sparse["jacobian"]
        assert (plan.rows > 0 and plan.columns > 0) is both_sides
        assert F.paths[0].sparse["products"].programs
        np.testing.assert_allclose(first.toarray(), expected, rtol=1e-13)
        np.testing.assert_allclose(F.sparse_jacobian(x * 0.5, out=first).toarray(), F.jacobian(x * 0.5), rtol=1e-13)


def chain(x: Any) -> Any:
    """A number, by scalars that elimination is not asked about (see the tests below)."""
    a, b = x[0], x[1]
    for _ in range(12):
        a, b = a + 0.1 * b * np.sin(a * x[2]), b - 0.1 * a * x[3] / (1.0 + b * b)
    return a * b + x[4] * a - x[0] * x[2]


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hessians by neither entries nor blocks."""

    def never(*_: Any, **__: Any) -> Any:
        raise Refused

    monkeypatch.setattr("jittape.replay.hessians.Blocks", never)
    monkeypatch.setattr("jittape.replay.hessians._entries_at", lambda *_: None)


def test_hessians_and_products_with_several_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    x = np.array([0.4, -0.3, 0.8, 0.5, 1.2])
    for f in (chain, lambda x: np.sum(np.exp(np.sin(x) * x[::-1])) * x[2]):
        F = jt.record(f, x)
        expected = jt.hessian(f)(x)
        H = F.hessian(x)
        assert type(F._gradients._path.blocks).__name__ == "Symmetric"
        np.testing.assert_allclose(H, expected, rtol=1e-11, atol=1e-13)
        np.testing.assert_array_equal(H, H.T)
        out = np.full((5, 5), np.nan)
        assert F.hessian(x * 0.9, out=out) is out
        np.testing.assert_allclose(out, jt.hessian(f)(x * 0.9), rtol=1e-11, atol=1e-13)
        for count in (2, 8, 19):
            V = RNG.normal(size=(count, 5))
            np.testing.assert_allclose(F.hvp(x, V), V @ expected, rtol=1e-11, atol=1e-13)


def test_hessians_of_several_arguments_on_other_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)

    def f(p: Any, q: Any) -> Any:
        return np.sum(p * p) * q[0] if q[1] > 0.0 else np.sum(np.sin(p)) * q[0] * q[1]

    p, q = np.array([0.3, 0.7, -0.2]), np.array([1.5, 0.5])
    F = jt.record(f, p, q)
    for other in (q, q * [1.0, -1.0], q):
        for mine, theirs in zip(F.hessian(p, other), jt.hessian(f, argnums=(0, 1))(p, other), strict=True):
            for a, b in zip(mine, theirs, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_infinite_second_derivatives_are_left_to_products(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.array([0.0, 2.0])

    def f(x: Any) -> Any:
        return np.sqrt(x[0] * x[0]) * 0.0 + x[0] * x[1] + np.where(x[0] > 0.0, np.log(x[0]), x[1] ** 3)

    expected = jt.record(f, np.ones(2)).hessian(x)
    refuse(monkeypatch)
    np.testing.assert_allclose(jt.record(f, np.ones(2)).hessian(x), expected)


def test_recordings_that_come_again_have_a_program() -> None:
    """`jt.jacobian` of a function: at the second call it is known, whatever the constants are then."""
    A = RNG.normal(size=(7, 5))
    x = RNG.normal(size=5)
    linear._met.clear()

    def f(x: Any) -> Any:
        return np.tanh(A @ x) * 2.0 - x[0]

    for _ in range(4):
        y = A @ x
        expected = 2.0 * (1.0 - np.tanh(y) ** 2)[:, None] * A
        expected[:, 0] -= 1.0
        np.testing.assert_allclose(jt.jacobian(f)(x), expected, rtol=1e-12)
        A, x = A * 0.9, x * 1.1
    (met,) = linear._met.values()
    assert met.program is not None
    (a, b), (c, d) = jt.jacobian(lambda p, q: (p * q[0], q * np.sum(p)), argnums=(0, 1))(x[:3], x[3:])
    for _ in range(2):
        (a2, b2), (c2, d2) = jt.jacobian(lambda p, q: (p * q[0], q * np.sum(p)), argnums=(0, 1))(x[:3], x[3:])
        for first, again in ((a, a2), (b, b2), (c, c2), (d, d2)):
            np.testing.assert_allclose(again, first, rtol=1e-14)


def test_what_is_remembered_is_limited() -> None:
    linear._met.clear()
    for n in range(2, linear.KEPT + 5):
        jt.jacobian(lambda x: x * x[0])(np.ones(n))
    assert len(linear._met) <= linear.KEPT


def steps(x: Any) -> Any:
    a, b = x[0], x[1]
    for _ in range(300):
        a, b = a + 0.01 * a * (1.0 - b * x[2]), b - 0.01 * b * (1.0 - a)
    return a * b


def test_few_columns_of_hessians_go_through_loops_that_were_compiled() -> None:
    x = np.array([1.2, 0.8, 0.9])
    F, G = jt.record(steps, x, compile=False), jt.record(steps, x, compile=False)
    V = RNG.normal(size=(2, 3))
    by_program, along = F.hessian(x), F.hvp(x, V)
    assert F._products is None and F._gradients
    F.compile()
    assert F._products._path.replayed.loops is not None
    for point in (x, 0.9 * x):
        np.testing.assert_allclose(F.hessian(point), G.hessian(point), rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(F.hvp(point, V), G.hvp(point, V), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(F.hessian(x), by_program, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(F.hvp(x, V), along, rtol=1e-11, atol=1e-12)
    before = jt.record(steps, x, compile=False).compile()  # before there is a Hessian
    np.testing.assert_allclose(before.hessian(x), by_program, rtol=1e-11, atol=1e-12)
    assert before._products._path.replayed.loops is not None
    never = jt.record(steps, x, compile=False)
    never.hessian(x)
    assert never._products is None


def test_as_many_columns_as_a_line_of_lanes_holds() -> None:
    def many(x: Any) -> Any:
        return steps(x[:3]) + steps(x[3:6]) * x[6] + np.sin(x[7:]).sum()

    for count, compiled in ((8, True), (9, False)):
        x = RNG.uniform(0.8, 1.2, count)
        F = jt.record(many, x, compile=False)
        wanted = F.hessian(x)
        F.compile()
        np.testing.assert_allclose(F.hessian(x), wanted, rtol=1e-11, atol=1e-12)
        assert (F._products is not None) == compiled


def rows_of(program: Any) -> list[int]:
    """The number of terms of each row of a program."""
    found, at = [], 0
    while at < program.rows.size:
        found.append(int(program.rows[at]))
        at += 2 + 2 * max(found[-1], 1)
    return found


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(3, 2), (8, 8), (9, 9), (40, 17), (33, 33)])
def test_rows_of_all_seeds_are_their_factors(shape: tuple[int, int], dtype: Any) -> None:
    """The rows of a matrix, whatever they hold and whatever reads them, by vectors of seeds that are full, and by the last one."""
    A = np.random.default_rng(5).standard_normal(shape).astype(dtype)
    A[1] = 0.0
    x = np.linspace(0.2, 1.0, shape[1]).astype(dtype)
    F = jt.record(lambda x: A @ x, x)
    J = F.jacobian(x)
    np.testing.assert_array_equal(J, A)
    assert not np.signbit(J[1]).any()
    program = Linear(F.paths[0].tape, [F.paths[0].inputs[0][:2]], [o.slots for o in F.paths[0].outputs], True)
    assert all(set(rows_of(p)) <= {SEEN, 1} for p in program.programs) and SEEN in rows_of(program.programs[0])
    twice = jt.record(lambda x: np.concatenate([np.sin(A @ x) - A @ x, -(A @ x), (A * 2.0) @ x + x[0]]), x)
    c = np.cos(A @ x)[:, None]
    last = 2.0 * A
    last[:, 0] += 1.0
    np.testing.assert_allclose(twice.jacobian(x), np.concatenate([c * A - A, -A, last]), rtol=1e-12 if dtype is np.float64 else 1e-4, atol=1e-5 if dtype is np.float32 else 1e-14)
    B = A.copy()
    B[0, 1] = np.inf
    np.testing.assert_array_equal(jt.record(lambda x: B @ x, x).jacobian(x), B)
