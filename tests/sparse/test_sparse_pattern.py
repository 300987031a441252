"""Patterns against dense derivatives by the other sweeps, on random programs and on functions whose structure is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from operations import TESTED
from recordings import CASES, scaled_outer

import jittape as jt
from jittape.array.array import Array, apply
from jittape.errors import DensePatternError
from jittape.ops import table  # noqa: F401
from jittape.ops._generated import opcodes as ops
from jittape.ops.dependence import pairs, passes
from jittape.ops.spec import OPS
from jittape.sparse import pattern as module
from jittape.sparse.pattern import hessian_pattern, jacobian_pattern
from jittape.sweep.sets import sets as native


def dense(pattern: Any, n: int) -> np.ndarray:
    indptr, indices = pattern
    assert indptr.dtype == indices.dtype == np.int32
    out = np.zeros((indptr.size - 1, n), bool)
    for i in range(indptr.size - 1):
        row = indices[indptr[i] : indptr[i + 1]]
        assert (np.diff(row) > 0).all()
        out[i, row] = True
    return out


def slots_in(F: Any) -> np.ndarray:
    return np.concatenate([np.arange(first, end) for first, end, _ in F.paths[0].inputs])


def slots_out(F: Any) -> np.ndarray:
    return np.concatenate([np.asarray(o.slots).ravel() for o in F.paths[0].outputs if isinstance(o, Array)])


def jacobian_of(f: Any, x: Any) -> np.ndarray:
    F = jt.record(f, x)
    return dense(jacobian_pattern(F.tape, slots_in(F), slots_out(F)), x.size)


def hessian_of(f: Any, x: Any) -> np.ndarray:
    F = jt.record(f, x)
    H = dense(hessian_pattern(F.tape, slots_in(F), slots_out(F)), x.size)
    assert (H == H.T).all()
    return H


# --- functions whose structure is known ------------------------------------------------------------------------------------

N = 7
RNG = np.random.default_rng(5)
C = RNG.normal(size=(N, N))
POINT = RNG.uniform(0.3, 1.7, N)
EXACT = {
    "rosenbrock": lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
    "products of neighbours": lambda x: np.sum(x[1:] * x[:-1]),
    "linear": lambda x: np.sum(C @ x) + 3 * x[2],
    "quadratic": lambda x: x[:3] @ C[:3, :3] @ x[:3],
    "quotient": lambda x: x[0] / x[1] + 1 / x[2],
    "bilinear": lambda x: np.sum(x[:3]) * np.sum(x[4:]),
    "square of a sum": lambda x: np.sum(x[:4]) ** 2 + x[5],
    "loop": lambda x: sum((np.sin(x[i]) * x[(i + 2) % N] for i in range(N)), 0.0),
    "dead branch": lambda x: (np.exp(x * x[0])[:0].sum()) + x[1] * x[1],
    "steps": lambda x: np.floor(x[0] * x[1]) * x[2] + np.sign(x[3]) * x[4] ** 2,
    "stopped": lambda x: jt.stop_gradient(x[0]) * x[1] * x[2],
    "powers": lambda x: x[0] ** 3 + x[1] ** x[2] + np.hypot(x[3], x[4]),
    "max": lambda x: np.sum(np.max(x[1:].reshape(2, 3) ** 2, axis=0)[:1]) * 0 + np.sum(np.cumsum(x**2)),
    "running sums": lambda x: np.sum(np.cumsum(x)[2:4] ** 2),
    "matrix product": lambda x: np.sum((x[:4].reshape(2, 2) @ x[3:].reshape(2, 2))[0]),
    "three factors": lambda x: x[0] * x[1] * x[2] + np.exp(x[4] * x[5]),
    "differences by a matrix": lambda x: np.sum(((np.eye(N) - np.eye(N, k=1)) @ x) ** 2),
    "masked": lambda x: np.sum(np.exp(x[1:] * x[:-1] * (np.arange(N - 1) % 2))),
    "gather": lambda x: np.sum(x[[0, 3, 3, 5]] * x[[1, 1, 2, 5]]),
    "strided": lambda x: np.sum(x[::2] * x[::-2]) + np.sum(x[:6].reshape(2, 3).T[1:] * x[:2]),
    "constants": lambda x: np.sum(np.exp(np.arange(3.0)) * x[:3]) + x[1] ** 2 / 3.0,
    "where": lambda x: np.sum(np.where(np.arange(N) % 2 == 0, x**2, x)),
    "call": lambda x: np.linalg.slogdet(np.diag(x[:2]) + x[:4].reshape(2, 2))[1],
}
LOOSE = {"max", "where", "matrix product"}
"""Those whose pattern holds more than the Hessian at a point: what is chosen depends on values, rows that are not used."""


@pytest.mark.parametrize("name", EXACT)
def test_hessians_of_known_structure(name: str) -> None:
    f = EXACT[name]
    values = jt.hessian(f)(POINT) != 0
    H = hessian_of(f, POINT)
    assert not (values & ~H).any()
    if name not in LOOSE:
        assert (H == values).all()


@pytest.mark.parametrize("name", EXACT)
def test_jacobians_of_gradients(name: str) -> None:
    """The gradient's pattern holds the Hessian's, found by another way."""
    f = EXACT[name]
    values = jt.hessian(f)(POINT) != 0
    assert not (values & ~jacobian_of(jt.grad(f), POINT)).any()


VECTORS = {
    "stencil": lambda x: x[2:] * x[:-2] - np.sin(x[1:-1]),
    "zeros of matrices": lambda x: np.eye(N, k=1) @ x + x @ np.diag(C[0]) + np.triu(C).T @ x,
    "zeros of stacks": lambda x: np.stack([np.eye(3), C[:3, :3]]) @ x[:6].reshape(2, 3, 1),
    "zeros of factors": lambda x: x * np.array([1, 0, 2, 0, 3, 0, 0.0]) + 0.0 * np.exp(x[1]),
    "running sums": np.cumsum,
    "scans of rows": lambda x: np.cumsum(x[1:].reshape(2, 3), axis=0),
    "segments": lambda x: jt.grad(lambda y: np.sum(y[np.array([0, 0, 3, 1, 0])] ** 2 * y[1]))(x),
    "rows": lambda x: x[:6].reshape(2, 3) @ np.ones((3, 2)),
    "outer": lambda x: np.multiply.outer(x[:3], x[3:]).ravel(),
    "sums": lambda x: np.stack([np.sum(x[:3]), np.sum(x), x[4], x[4]]),
    "matrices": lambda x: x[:4].reshape(2, 2) @ x[3:].reshape(2, 2),
}


@pytest.mark.parametrize("name", VECTORS)
def test_jacobians_of_known_structure(name: str) -> None:
    f = VECTORS[name]
    values = jt.jacobian(f)(POINT).reshape(-1, N) != 0
    assert (jacobian_of(f, POINT) == values).all()


def test_a_call_is_dense_in_its_operands() -> None:
    def f(x: Any) -> Any:
        outer, square = scaled_outer(x[:2], x[3:6], 2)
        return np.stack([outer[0, 0], square, x[2]])

    J = jacobian_of(f, POINT)
    assert J[0].tolist() == J[1].tolist() == [True, True, False, True, True, True, False]
    assert np.flatnonzero(J[2]).tolist() == [2]
    H = hessian_of(lambda x: f(x)[1], POINT)
    assert (H == np.outer(J[0], J[0])).all()


# --- random programs --------------------------------------------------------------------------------------------------------


def program(seed: int) -> Any:
    """A function of one array: arithmetic, slices, gathers, reductions, scalars, matrix products, with generic constants."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    draws = rng.integers(0, 1 << 30, (int(rng.integers(2, 9)), 4))
    noise = rng.uniform(0.5, 1.5, (draws.shape[0], n, n))

    def f(x: Any) -> Any:
        pool, scalars = [x, x[::-1] * 1.5], [x[0]]
        for (kind, i, j, k), c in zip(draws, noise, strict=True):
            a, b = pool[i % len(pool)], pool[j % len(pool)]
            s = scalars[k % len(scalars)]
            match kind % 14:
                case 0:
                    y = a * c[0] + b * c[1]
                case 1:
                    y = a * b
                case 2:
                    y = np.sin(a)
                case 3:
                    y = a[np.arange(n) * (1 + k % 3) % n] * c[2]
                case 4:
                    y = np.concatenate([a[1:] * b[:-1], b[:1]])
                case 5:
                    y = a / (2.5 + b * b)
                case 6:
                    scalars.append(np.sum(a * c[3 % n]))
                    y = b * c[0]
                case 7:
                    y = a * s
                case 8:
                    y = np.cumsum(a * c[1])
                case 9:
                    scalars.append(s * c[0, 0] + a[k % n] * b[j % n])
                    y = a
                case 10:
                    y = np.where(np.arange(n) < k % n, a * c[0], b)
                case 11:
                    y = np.outer(a, b)[k % n] + np.tanh(a) * c[1]
                case 12:
                    m = np.triu(c) @ a
                    y = m + b
                case _:
                    y = np.floor(a) + b * c[2]
            pool.append(y)
        return pool[-1] * pool[-2] if draws[0, 3] % 3 == 0 else pool[-1] + scalars[-1]

    return f, n


@pytest.mark.parametrize("seed", range(40))
def test_patterns_of_random_programs(seed: int) -> None:
    f, n = program(seed)
    weights = np.random.default_rng(seed + 1000).uniform(0.5, 1.5, n)
    J, H = np.zeros((n, n)), np.zeros((n, n))

    def total(x: Any) -> Any:
        return np.sum(f(x) * weights)

    for k in range(2):
        x = np.random.default_rng(k).uniform(0.2, 1.2, n)
        J += np.abs(jt.jacobian(f)(x))
        H += np.abs(jt.hessian(total)(x))
    assert not ((J != 0) & ~jacobian_of(f, x)).any()
    assert not ((H != 0) & ~hessian_of(total, x)).any()


@pytest.mark.parametrize("name", [k for k in CASES if k not in ("results", "float32")])
def test_patterns_of_every_kind_of_instruction(name: str) -> None:
    f, args = CASES[name]
    F = jt.record(f, *args)
    gradient = jt.grad(f, argnums=range(len(args)))(*args)
    inputs, outputs = slots_in(F), slots_out(F)
    J = dense(jacobian_pattern(F.tape, inputs, outputs), inputs.size)
    values = np.concatenate([np.ravel(g) for g in gradient]) != 0
    assert not (values & ~J[0]).any()
    hessian_pattern(F.tape, inputs, outputs)


# --- memory, limits, scale ----------------------------------------------------------------------------------------------------


def counting(counts: dict[str, int], name: str, original: Any) -> Any:
    def counted(self: Any) -> None:
        counts[name] += 1
        original(self)

    return counted


def test_little_memory_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists are collected, nodes and pairs get more room: the same patterns with arrays that are always too short."""
    f, n = program(3)
    cases = [(EXACT["rosenbrock"], POINT), (EXACT["loop"], POINT), (lambda x: np.sum(f(x)), np.ones(n))]

    def deep(x: Any) -> Any:
        for _ in range(30):
            x = np.concatenate([x[:1], x[1:] * x[:-1]]) * 0.5 + np.sin(x)
        return np.sum(x)

    cases.append((deep, np.linspace(0.1, 1, 40)))
    expected = [hessian_of(g, x) for g, x in cases]
    assert expected[-1].any() and not expected[-1].all()
    counts = {"more_pool": 0, "more_nodes": 0, "more_pairs": 0}

    def small(work: Any) -> None:
        n = work.inputs.size
        work.pool = work.pool[: 4 * n + 2 * native.SHORT]
        work.pairs = work.pairs[:4]
        for name in ("first", "second", "bound", "weight", "stamp", "stack"):
            setattr(work, name, getattr(work, name)[: n + 4])
        work.addresses()

    make = module._Work.__init__

    def made(self: Any, *args: Any) -> None:
        make(self, *args)
        small(self)

    monkeypatch.setattr(module._Work, "__init__", made)
    for name in counts:
        monkeypatch.setattr(module._Work, name, counting(counts, name, getattr(module._Work, name)))
    for (g, x), H in zip(cases, expected, strict=True):
        assert (hessian_of(g, x) == H).all()
        assert (jacobian_of(jt.grad(g), x) >= H).all()
    assert min(counts.values()) > 3


def test_a_running_sum_costs_its_terms() -> None:
    """Lists of 1 to n inputs would be 200 million numbers here; what is kept is a node a term."""
    n = 20_000

    def f(x: Any) -> Any:
        s = 0.0
        for i in range(n):
            s = s + x[i]
        return np.stack([s, s * x[3]])

    F = jt.record(f, np.ones(n))
    work = []
    make = module._Work.__init__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._Work, "__init__", lambda self, *a: work.append(self) or make(self, *a))
        indptr, indices = jacobian_pattern(F.tape, slots_in(F), slots_out(F))
    assert indptr.tolist() == [0, n, 2 * n] and (indices.reshape(2, n) == np.arange(n)).all()
    assert work[0].pool.size < 20 * n
    indptr, indices = hessian_pattern(F.tape, slots_in(F), slots_out(F)[1])
    expected = np.zeros((n,), np.int32) + 1
    expected[3] = n
    assert (np.diff(indptr) == expected).all()


def test_arrowhead() -> None:
    n = 50_000
    F = jt.record(lambda x: np.sum(x[1:] ** 2 * x[0]), np.ones(n))
    indptr, indices = hessian_pattern(F.tape, slots_in(F), F.paths[0].seed)
    assert indices.size == 2 * (n - 1) + (n - 1)
    assert (indices[: n - 1] == np.arange(1, n)).all()


def test_dense_patterns_are_refused_by_their_size() -> None:
    n = 3000
    F = jt.record(lambda x: np.exp(np.sum(x)), np.ones(n))
    with pytest.raises(DensePatternError, match="3000 x 3000 Hessian.*dense"):
        hessian_pattern(F.tape, slots_in(F), F.paths[0].seed, limit=1_000_000)
    indptr, _ = hessian_pattern(F.tape, slots_in(F), F.paths[0].seed)
    assert (np.diff(indptr) == n).all()
    G = jt.record(lambda x: np.cumsum(x), np.ones(n))
    with pytest.raises(DensePatternError, match="Jacobian"):
        jacobian_pattern(G.tape, slots_in(G), slots_out(G), limit=1_000_000)


def test_wrong_slots_are_refused() -> None:
    F = jt.record(lambda x: np.sum(x * x), np.ones(3))
    with pytest.raises(ValueError, match="twice"):
        hessian_pattern(F.tape, [0, 1, 1], F.paths[0].seed)
    with pytest.raises(ValueError, match="result of an operation"):
        hessian_pattern(F.tape, [F.paths[0].seed], F.paths[0].seed)
    for op in (lambda x: x + x, lambda x: -x, np.exp):  # whatever the number of the operation
        G = jt.record(lambda x, op=op: np.sum(op(x)), np.ones(3))
        with pytest.raises(ValueError, match="result of an operation"):
            jacobian_pattern(G.tape, [3], [G.paths[0].seed])
    with pytest.raises(ValueError, match="not on the tape"):
        jacobian_pattern(F.tape, [0, 1, 2], [F.tape.slots])
    with pytest.raises(ValueError, match="integers"):
        jacobian_pattern(F.tape, [0.5], [0])


def test_nothing_to_do() -> None:
    F = jt.record(lambda x: np.sum(x * x), np.ones(3))
    assert jacobian_pattern(F.tape, [], slots_out(F))[0].tolist() == [0, 0]
    assert jacobian_pattern(F.tape, slots_in(F), [])[0].tolist() == [0]
    assert jacobian_pattern(F.tape, [2, 0], [0, 1])[1].tolist() == [1]
    assert hessian_pattern(F.tape, [2, 0], F.paths[0].seed)[1].tolist() == [0, 1]


# --- the table ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", TESTED, ids=lambda op: op.name)
def test_linearity_of_the_table(op: Any) -> None:
    """What is called linear has no second derivative, and what is called nonlinear has one somewhere."""
    rng = np.random.default_rng(op.code)
    if not any(passes(op)):
        assert pairs(op) == set()
        return
    active = [p for p in range(op.arity) if passes(op)[p]]
    H = np.zeros((len(active), len(active)))
    for _ in range(30):
        x = []
        for p, where in enumerate(op.domain):
            v = rng.uniform(where.low, where.high)
            while any(abs(v - a) < where.gap for a in where.avoid):
                v = rng.uniform(where.low, where.high)
            x.append(round(v) if p in op.constant and op.name != "powc" else v)

        def f(y: Any, x: Any = x) -> Any:
            full = [y[active.index(p)] if p in active else x[p] for p in range(op.arity)]
            return apply(op.code, *full)

        H += np.abs(jt.hessian(f)(np.array([x[p] for p in active])))
    found = {(active[p], active[q]) for p in range(len(active)) for q in range(p, len(active)) if H[p, q] != 0}
    assert found == pairs(op)


def test_products_of_constants_are_linear() -> None:
    assert pairs(next(op for op in OPS if op.code == ops.MUL)) == {(0, 1)}
    assert not hessian_of(lambda x: np.sum(2.0 * x + x * np.ones(N) / 3.0), POINT).any()
