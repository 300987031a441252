"""Linear algebra by instructions of its own: LU, SOLVE, DETERMINANT, TRIANGULAR, CHOLESKY, through every route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import jittape as jt
from jittape.errors import TapeFileError
from jittape.functions.linalg import SOLVE, record_call
from jittape.instructions.calls import operations
from jittape.linalg import cho_solve, solve_triangular
from jittape.ops.layout import CALL, CHOLESKY, DETERMINANT, LU, RUN, TRIANGULAR
from jittape.ops.layout import SOLVE as SOLVED
from jittape.tape.validate import Parts, validate

N = 4
B = np.linspace(-1.0, 2.0, N)


def square(x: Any, n: int = N) -> Any:
    return x.reshape(n, n)


def positive(x: Any) -> Any:
    a = square(x)
    return a @ a.T + np.eye(N)


CASES: dict[str, tuple[int, Callable[..., Any]]] = {
    "solve": (SOLVED, lambda x: np.sum(np.sin(np.linalg.solve(square(x), B)))),
    "solve for a matrix": (SOLVED, lambda x: np.sum(np.linalg.solve(square(x).T, square(x) * x[0])[1:] ** 2)),
    "solve by a constant": (SOLVED, lambda x: np.sum(np.linalg.solve(np.diag(B + 2.0) + 0.3, square(x)) ** 3)),
    "inv": (SOLVED, lambda x: np.sum(np.cos(np.linalg.inv(square(x))))),
    "det": (DETERMINANT, lambda x: np.sin(np.linalg.det(square(x)) / 20.0)),
    "slogdet": (DETERMINANT, lambda x: np.linalg.slogdet(square(x))[1] ** 2),
    "cholesky": (CHOLESKY, lambda x: np.sum(np.linalg.cholesky(positive(x)) ** 3)),
    "cholesky and its solution": (TRIANGULAR, lambda x: np.sum(cho_solve((np.linalg.cholesky(positive(x)), True), B) ** 2) if not isinstance(x, np.ndarray) else np.sum(np.linalg.solve(positive(x), B) ** 2)),
    "triangular": (TRIANGULAR, lambda x: np.sum(solve_triangular(square(x), B, lower=True) ** 2) if not isinstance(x, np.ndarray) else np.sum(np.linalg.solve(np.tril(square(x)), B) ** 2)),
}  # fmt: skip


def point(rng: np.random.Generator) -> Any:
    return (3.0 * np.eye(N) + rng.normal(size=(N, N))).ravel()


def native(F: Any) -> bool:
    opcode = F.tape.opcode[: F.tape.count]
    return not (opcode == RUN + CALL).any()


@pytest.mark.parametrize("name", CASES)
def test_every_route(name: str, rng: np.random.Generator, tmp_path: Any) -> None:
    code, f = CASES[name]
    x, v, h = point(rng), rng.normal(size=N * N), 1e-6
    F = jt.record(f, x)
    assert (F.tape.opcode[: F.tape.count] == RUN + code).any() and native(F)
    y = point(rng)
    assert F(y) == pytest.approx(f(y), rel=1e-12)
    g = jt.grad(f)(y)
    np.testing.assert_allclose(g @ v, (f(y + h * v) - f(y - h * v)) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(F.grad(y), g, rtol=1e-10, atol=1e-13)
    assert jt.jvp(f, (y,), (v,))[1] == pytest.approx(g @ v, rel=1e-9)
    hessian = F.hessian(y)
    np.testing.assert_allclose(hessian @ v, (F.grad(y + h * v) - F.grad(y - h * v)) / (2 * h), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(F.hvp(y, v), hessian @ v, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(jt.hessian(f)(y), hessian, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(F.sparse_hessian(y).toarray(), hessian, rtol=1e-9, atol=1e-12)
    X = np.stack([point(rng) for _ in range(37)])
    for math in ("fast", "precise"):
        np.testing.assert_allclose(F.batch_grad(X, math=math), [F.grad(row) for row in X], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(F.batch_value(X), [f(row) for row in X], rtol=1e-11)
    F.save(tmp_path / "f")
    np.testing.assert_array_equal(jt.load(tmp_path / "f").grad(y), F.grad(y))
    single = jt.grad(f)(y.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, g, rtol=2e-3, atol=2e-4)
    t = jt.tensor(y, requires_grad=True)
    if name in ("solve", "inv", "det", "slogdet", "cholesky"):
        f(t).backward()
        np.testing.assert_allclose(t.grad.numpy(), g, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 16, 17, 40, 90])
def test_sizes_against_numpy_and_the_rules_in_python(n: int, rng: np.random.Generator) -> None:
    """Rows that are eliminated by elements, by LAPACK, and substituted by blocks; the oracle of adjoints is the rule in Python."""
    a, b = rng.normal(size=(n, n)) + 2 * n**0.5 * np.eye(n), rng.normal(size=(n, 3))
    s = a @ a.T
    for call, f, operands, attributes in (
        ("solve", np.linalg.solve, (a, b), ()),
        ("inv", np.linalg.inv, (a,), ()),
        ("slogdet", lambda a: tuple(np.linalg.slogdet(a)), (a,), ()),
        ("cholesky", np.linalg.cholesky, (s,), ()),
        ("solve_triangular", lambda a, b: solve_triangular(a, b), (a, b), (0, 0)),
        ("solve_triangular", lambda a, b: solve_triangular(a, b, lower=True, unit_diagonal=True), (a / (9 * n), b), (1, 1)),
    ):
        rules = operations.named(call)
        assert rules is not None
        expected = rules.forward(*operands, *attributes)
        out, pull = jt.vjp(f, *operands)
        found = out if isinstance(out, tuple) else (out,)
        for x, z in zip(found, expected, strict=True):
            np.testing.assert_allclose(x, z, rtol=1e-10, atol=1e-12 * np.abs(z).max())
        seeds = tuple(rng.normal(size=np.shape(z)) for z in expected)
        parts = rules.vjp(seeds, expected, operands, attributes)
        for mine, theirs in zip(pull(seeds if isinstance(out, tuple) else seeds[0]), parts, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-10 * np.abs(theirs).max())
        tangents = tuple(rng.normal(size=x.shape) for x in operands)
        _, t = jt.jvp(f, operands, tangents)
        for mine, theirs in zip(t if isinstance(t, tuple) else (t,), rules.jvp(tangents, expected, operands, attributes), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-10 * max(np.abs(theirs).max(), 1e-3))


@pytest.mark.parametrize("n", [3, 40])
def test_single_precision(n: int, rng: np.random.Generator) -> None:
    """Pivots of 32 bits stand where numbers of 32 bits are to stand."""
    a = rng.normal(size=(n, n)) + 2 * n**0.5 * np.eye(n)[rng.permutation(n)]
    for f in (lambda a: np.sum(np.linalg.solve(a, a[0]) ** 2), lambda a: np.linalg.slogdet(a)[1], lambda a: np.sum(np.linalg.cholesky(a @ a.T))):
        F = jt.record(f, a.astype(np.float32))
        assert F(a.astype(np.float32)) == pytest.approx(f(a), rel=1e-4)
        exact_gradient = jt.grad(f)(a)
        np.testing.assert_allclose(F.grad(a.astype(np.float32)), exact_gradient, rtol=1e-2, atol=1e-3 * np.abs(exact_gradient).max())


def exact(n: int, h: Any, k: Any) -> Any:
    """sum(A^-1 b) of the Hilbert matrix plus h and k times one element each."""
    a = mp.matrix(n, n)
    for i in range(n):
        for j in range(n):
            a[i, j] = mp.mpf(1) / (i + j + 1)
    a[0, 1] += h
    a[n - 1, 0] += k
    x = mp.lu_solve(a, mp.matrix([1] * n))
    return sum(x[i] for i in range(n))


@pytest.mark.parametrize("n", [2, 5])
def test_ill_conditioned_matrices_against_mpmath(n: int) -> None:
    a = 1.0 / (np.arange(n)[:, None] + np.arange(n) + 1.0)
    f = jt.record(lambda a: np.sum(np.linalg.solve(a, np.ones(n))), a)
    allowed = 20 * np.linalg.cond(a) * np.finfo(float).eps
    with mp.workdps(60):
        first = float(mp.diff(lambda h: exact(n, h, 0), 0))
        second = float(mp.diff(lambda h, k: exact(n, h, k), (0, 0), (1, 1)))
    assert f.grad(a)[0, 1] == pytest.approx(first, rel=allowed)
    assert f.hessian(a)[0, 1, n - 1, 0] == pytest.approx(second, rel=allowed)


@pytest.mark.parametrize("name", ["solve", "inv", "slogdet", "cholesky", "triangular"])
def test_singular_points_raise_and_the_next_call_works(name: str, rng: np.random.Generator) -> None:
    _, f = CASES[name]
    g = (lambda x: np.sum(np.linalg.cholesky(square(x)))) if name == "cholesky" else f
    x = (positive(point(rng)) if name == "cholesky" else square(point(rng))).ravel()
    bad = np.zeros(N * N) if name == "triangular" else np.ones(N * N)
    F = jt.record(g, x)
    value, gradient = F(x), F.grad(x)
    X = np.stack([x] * 20)
    X[7] = bad
    batch = F.batch_grad(np.stack([x] * 20))
    for _ in range(2):
        with pytest.raises(np.linalg.LinAlgError):
            F.grad(bad)
        with pytest.raises(np.linalg.LinAlgError):
            F.batch_grad(X)
        with pytest.raises(np.linalg.LinAlgError):
            F.hvp(bad, x)
        assert F(x) == value
        np.testing.assert_array_equal(F.grad(x), gradient)
        np.testing.assert_array_equal(F.batch_grad(np.stack([x] * 20)), batch)
    if name == "slogdet":
        assert F(bad) == np.inf  # its square; only the derivative does not exist
    else:
        with pytest.raises(np.linalg.LinAlgError):
            F(bad)


def test_determinants_of_singular_matrices_in_replays_and_lanes(rng: np.random.Generator) -> None:
    F = jt.record(lambda x: np.linalg.det(square(x, 3)), rng.normal(size=9))
    X = rng.normal(size=(40, 9))
    X[3, 3:6] = 2.0 * X[3, :3]  # rank two: the cofactors are finite, and not what an inverse would give
    X[9] = 0.0
    cofactors = np.stack([np.stack([np.cross(a[1], a[2]), np.cross(a[2], a[0]), np.cross(a[0], a[1])]).ravel() for a in X.reshape(-1, 3, 3)])
    np.testing.assert_allclose([F.grad(x) for x in X], cofactors, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(F.batch_grad(X), cofactors, rtol=1e-10, atol=1e-13)


def test_what_is_not_finite_is_as_in_numpy(rng: np.random.Generator) -> None:
    F = jt.record(lambda x: np.linalg.solve(square(x), B), point(rng))
    X = np.stack([point(rng) for _ in range(20)])
    X[2, 5], X[4, 0], X[6] = np.nan, np.inf, 1e-320
    expected = []
    for x in X:
        with np.errstate(all="ignore"):
            try:
                expected.append(np.linalg.solve(square(x), B))
            except np.linalg.LinAlgError:
                expected.append(None)
    for x, z in zip(X, expected, strict=True):
        if z is None:
            with pytest.raises(np.linalg.LinAlgError):
                F(x)
        else:
            np.testing.assert_allclose(F(x), z, rtol=1e-9)
    good = [z is not None for z in expected]
    np.testing.assert_allclose(F.batch_value(X[good]), [z for z in expected if z is not None], rtol=1e-9)


def test_an_adjoint_of_zero_asks_for_no_inverse() -> None:
    F = jt.record(lambda x: np.sum(x) + 0.0 * np.linalg.slogdet(square(x, 2) + 5.0 * np.eye(2))[0], np.arange(4.0))
    np.testing.assert_array_equal(F.grad(np.array([-4.0, 1.0, 1.0, -4.0])), np.ones(4))  # the matrix of ones


def test_a_recording_factors_a_matrix_once(rng: np.random.Generator) -> None:
    def f(x: Any) -> Any:
        a = square(x)
        return np.linalg.slogdet(a)[1] + np.sum(np.linalg.solve(a, B)) + np.sum(np.linalg.inv(a)) + np.linalg.det(a + 1.0)

    F = jt.record(f, point(rng))
    assert np.count_nonzero(F.tape.opcode[: F.tape.count] == RUN + LU) == 2
    second = jt.record(jt.grad(f), point(rng)).tape
    assert np.count_nonzero(second.opcode[: second.count] == RUN + LU) == 2  # adjoints are found with the same factors


@pytest.mark.parametrize("n", [3, 30])
def test_a_constant_matrix_is_factored_when_it_is_recorded(n: int, rng: np.random.Generator, tmp_path: Any) -> None:
    a, x, v = rng.normal(size=(n, n)), rng.normal(size=n), rng.normal(size=n)

    def f(x: Any) -> Any:
        return np.sum(np.sin(np.linalg.solve(a, x))) + np.sum(np.linalg.solve(np.stack([a.T, a]), np.outer(x, x)) ** 2)

    F = jt.record(f, x)
    assert not (F.tape.opcode[: F.tape.count] == RUN + LU).any()
    assert F(v) == pytest.approx(f(v), rel=1e-10)
    np.testing.assert_allclose(F.grad(v), jt.grad(f)(v), rtol=1e-9)
    np.testing.assert_allclose(F.hvp(v, x), jt.jvp(jt.grad(f), (v,), (x,))[1], rtol=1e-7, atol=1e-9)
    X = rng.normal(size=(20, n))
    np.testing.assert_allclose(F.batch_grad(X), [F.grad(row) for row in X], rtol=1e-9, atol=1e-12)
    F.save(tmp_path / "f")
    np.testing.assert_array_equal(jt.load(tmp_path / "f").grad(v), F.grad(v))
    with pytest.raises(np.linalg.LinAlgError):
        jt.record(lambda x: np.sum(np.linalg.solve(np.ones((n, n)), x)), x)
    G = jt.record(lambda x, p: np.sum(np.linalg.solve(p, x)), x, p=a)  # a parameter is factored anew
    np.testing.assert_allclose(G.grad(x, p=a + np.eye(n)), np.linalg.solve((a + np.eye(n)).T, np.ones(n)), rtol=1e-9)


STACKS: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((2, 3, 3), (3,)), ((3, 3), (2, 1, 3, 2)), ((2, 1, 3, 3), (4, 3, 1)), ((2, 2, 3, 3), (2, 2, 3, 2)), ((1, 3, 3), (5, 3, 3))]


@pytest.mark.parametrize("shapes", STACKS, ids=str)
def test_stacks_and_layouts(shapes: Any, rng: np.random.Generator) -> None:
    a, b = (rng.normal(size=s) for s in shapes)
    a = a + 4.0 * np.eye(3)
    seen = {
        "as they are": lambda a, b: np.linalg.solve(a, b),
        "transposed": lambda a, b: np.linalg.solve(a.swapaxes(-1, -2), b),
        "reversed": lambda a, b: np.linalg.solve(a[..., ::-1, ::-1], b[..., ::-1] if b.ndim == 1 else b[..., ::-1, :]),
        "computed": lambda a, b: np.linalg.solve(a * 1.5, b * 2.0),
    }
    for f in seen.values():
        F = jt.record(lambda a, b, f=f: np.sum(f(a, b) ** 3), a, b)
        assert F(a, b) == pytest.approx(np.sum(f(a, b) ** 3), rel=1e-12)
        va, vb, h = rng.normal(size=a.shape), rng.normal(size=b.shape), 1e-6
        ga, gb = F.grad(a, b)
        line = (np.sum(f(a + h * va, b + h * vb) ** 3) - np.sum(f(a - h * va, b - h * vb) ** 3)) / (2 * h)
        assert np.sum(ga * va) + np.sum(gb * vb) == pytest.approx(line, rel=1e-6, abs=1e-8)
        mine = jt.grad(lambda a, b, f=f: np.sum(f(a, b) ** 3), argnums=(0, 1))(a, b)
        np.testing.assert_allclose(mine[0], ga, rtol=1e-10, atol=1e-13)


def test_empty_matrices() -> None:
    for shape in ((0, 0), (2, 0, 0), (0, 3, 3)):
        a = np.ones(shape)
        assert jt.grad(lambda a: np.sum(np.linalg.inv(a)))(a).shape == shape
        np.testing.assert_array_equal(jt.grad(lambda a: np.sum(np.linalg.slogdet(a)[1]))(a), np.zeros(shape))
    with pytest.raises(np.linalg.LinAlgError):
        jt.grad(lambda a: np.sum(np.linalg.solve(a, np.zeros((2, 0)))))(np.ones((2, 2)))


def test_recordings_of_earlier_versions_call_python(rng: np.random.Generator, tmp_path: Any) -> None:
    """As a file of theirs has it, the solution is a call."""
    x = point(rng)
    old = jt.record(lambda x: np.sum(np.sin(record_call(SOLVE, (square(x), B[:, None]), [(N, 1)])[0])), x)
    assert not native(old)
    old.save(tmp_path / "old")
    np.testing.assert_allclose(jt.load(tmp_path / "old").grad(x), jt.record(CASES["solve"][1], x).grad(x), rtol=1e-10)


def test_files_whose_factors_are_something_else_are_refused(rng: np.random.Generator) -> None:
    tape = jt.record(lambda x: CASES["solve"][1](x) + CASES["slogdet"][1](x), point(rng)).tape
    n = tape.count
    for k in np.flatnonzero((tape.opcode[:n] == RUN + SOLVED) | (tape.opcode[:n] == RUN + DETERMINANT)).tolist():
        at = int(tape.arg0[k])
        place = at + (4 if tape.opcode[k] == RUN + SOLVED else 3)
        for slot in (0, tape.meta[place] + 1, 10**6, -5):  # an input, whose numbers would be rows; off by one; nowhere
            meta = np.array(tape.meta, np.int32)
            meta[place] = slot
            with pytest.raises(TapeFileError):
                validate(Parts(tape.opcode[:n], tape.arg0[:n], tape.arg1[:n], meta, np.array(tape.index, np.int32)), tape.slots, 10**6)


DRAWN: list[Callable[[Any, Any], Any]] = [
    lambda a, b: np.linalg.solve(a @ a.T + 2.0 * np.eye(3), b),
    lambda a, b: np.linalg.solve(b.T @ b + np.eye(3), a).T,
    lambda a, b: np.linalg.inv(a @ a.T + np.eye(3)) @ b,
    lambda a, b: np.linalg.cholesky(a @ a.T + np.eye(3)) - b,
    lambda a, b: a * np.linalg.det(b * 0.3 + np.eye(3)),
    lambda a, b: b + np.linalg.slogdet(a @ a.T + np.eye(3))[1] * a,
    lambda a, b: np.tanh(a) @ b[::-1],
    lambda a, b: np.linalg.solve(np.linalg.cholesky(b @ b.T + 2.0 * np.eye(3)), a)[:, ::-1],
]


@pytest.mark.parametrize("seed", range(6))
def test_drawn_programs(seed: int) -> None:
    """Operations after each other on matrices that were computed before: every route says the same."""
    draw = np.random.default_rng(seed)
    steps = [(int(draw.integers(len(DRAWN))), int(draw.integers(3)), int(draw.integers(3))) for _ in range(5)]

    def f(x: Any) -> Any:
        known = [x.reshape(3, 3), np.sin(x).reshape(3, 3).T, np.cos(x.reshape(3, 3))]
        for op, i, j in steps:
            z = np.tanh(DRAWN[op](known[-1 - i], known[-1 - j]))
            known.append(z)
        return np.sum(known[-1] * known[-2])

    x, v, h = draw.normal(size=9), draw.normal(size=9), 1e-5
    F = jt.record(f, x)
    y = draw.normal(size=9)
    g = F.grad(y)
    assert g @ v == pytest.approx((f(y + h * v) - f(y - h * v)) / (2 * h), rel=1e-5, abs=1e-7)
    np.testing.assert_allclose(jt.grad(f)(y), g, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(F.hvp(y, v), (F.grad(y + h * v) - F.grad(y - h * v)) / (2 * h), rtol=1e-4, atol=1e-5)
    X = draw.normal(size=(33, 9))
    np.testing.assert_allclose(F.batch_grad(X), [F.grad(row) for row in X], rtol=1e-7, atol=1e-9)
