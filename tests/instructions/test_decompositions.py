"""Decompositions by an instruction of their own: eigh, svd, qr, pinv, lstsq, expm, through every route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import jittape as jt
from jittape.errors import TapeFileError
from jittape.functions.decompositions import EIGH, SVD
from jittape.functions.linalg import record_call
from jittape.instructions.calls import operations
from jittape.ops.layout import CALL, DECOMPOSITION, RUN
from jittape.tape.validate import Parts, validate

B = np.linspace(-1.0, 2.0, 4)
C = np.arange(16.0).reshape(4, 4) - 7.0


def square(x: Any) -> Any:
    return x.reshape(4, 4)


def exponential(a: Any) -> Any:
    if not isinstance(a, np.ndarray):
        return jt.linalg.expm(a)
    from scipy.linalg import expm

    return expm(a)


def projectors(a: Any, uplo: str = "L") -> Any:
    w, v = np.linalg.eigh(a, uplo)
    return np.sum((v * np.sin(w / 3.0)) @ v.T * C) + v[0, 1] ** 2


def singular(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return np.sum((u * s**2) @ vh) + u[0, 0] * vh[0, 1] * s[1]


CASES: dict[str, Callable[..., Any]] = {
    "eigh": lambda x: projectors(square(x)),
    "eigh of the upper triangle": lambda x: projectors(square(x), "U"),
    "eigvalsh": lambda x: np.sum(np.linalg.eigvalsh(square(x)) ** 3 * B),
    "svd": lambda x: singular(square(x)),
    "svd of a tall matrix": lambda x: singular(x.reshape(8, 2)),
    "svd of a wide matrix": lambda x: singular(x.reshape(2, 8)),
    "qr": lambda x: np.sum(np.linalg.qr(square(x))[0] ** 3) + np.sum(np.abs(np.linalg.qr(square(x))[1]) * C),
    "qr of a tall matrix": lambda x: np.sum(np.linalg.qr(x.reshape(8, 2))[0] ** 3) + np.linalg.qr(x.reshape(8, 2))[1][0, 1] ** 2,
    "qr of a wide matrix": lambda x: np.sum(np.linalg.qr(x.reshape(2, 8))[0] ** 3) + np.sum(np.linalg.qr(x.reshape(2, 8))[1] ** 3),
    "pinv": lambda x: np.sum(np.linalg.pinv(x.reshape(8, 2)) ** 3) + np.sum(np.cos(np.linalg.pinv(x.reshape(2, 8)))),
    "lstsq": lambda x: np.sum(np.linalg.lstsq(x[:12].reshape(6, 2), x[4:10], rcond=None)[0] ** 3),
    "lstsq of the smallest norm": lambda x: np.sum(np.sin(np.linalg.lstsq(x[:12].reshape(2, 6), x[4:10].reshape(2, 3), rcond=None)[0])),
    "expm": lambda x: np.sum(np.sin(exponential(square(x) / 4.0))),
    "expm in a direction": lambda x: np.sum(exponential(square(x) / 9.0) @ exponential(square(x).T / 5.0) ** 2),
}  # fmt: skip


def point(rng: np.random.Generator) -> Any:
    return (np.diag([3.0, -1.0, 5.0, 1.5]) + 0.5 * rng.normal(size=(4, 4))).ravel()


def native(F: Any) -> bool:
    opcode = F.tape.opcode[: F.tape.count]
    return bool((opcode == RUN + DECOMPOSITION).any()) and not (opcode == RUN + CALL).any()


@pytest.mark.parametrize("name", CASES)
def test_every_route(name: str, rng: np.random.Generator, tmp_path: Any) -> None:
    f = CASES[name]
    x, v, h = point(rng), rng.normal(size=16), 1e-6
    F = jt.record(f, x)
    assert native(F) and native(jt.record(jt.grad(f), x))
    y = point(rng)
    assert F(y) == pytest.approx(f(y), rel=1e-12)
    g = jt.grad(f)(y)
    np.testing.assert_allclose(g @ v, (f(y + h * v) - f(y - h * v)) / (2 * h), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(F.grad(y), g, rtol=1e-10, atol=1e-12)
    assert jt.jvp(f, (y,), (v,))[1] == pytest.approx(g @ v, rel=1e-9)
    hessian = F.hessian(y)
    np.testing.assert_allclose(hessian @ v, (F.grad(y + h * v) - F.grad(y - h * v)) / (2 * h), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(F.hvp(y, v), hessian @ v, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(jt.hessian(f)(y), hessian, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(F.sparse_hessian(y).toarray(), hessian, rtol=1e-8, atol=1e-10)
    X = np.stack([point(rng) for _ in range(19)])
    np.testing.assert_allclose(F.batch_grad(X), [F.grad(row) for row in X], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(F.batch_value(X), [f(row) for row in X], rtol=1e-10)
    F.save(tmp_path / "f")
    np.testing.assert_array_equal(jt.load(tmp_path / "f").grad(y), F.grad(y))
    assert "= decomposition" not in F.tape.listing()
    single = jt.grad(f)(y.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, g, rtol=5e-3, atol=1e-3 * np.abs(g).max())


OPERANDS: dict[str, Any] = {
    "eigh": lambda m, n, draw: ((draw(n, n),), (1,)),
    "svd": lambda m, n, draw: ((draw(m, n),), ()),
    "qr": lambda m, n, draw: ((draw(max(m, n), n),), ()),
    "pinv": lambda m, n, draw: ((draw(m, n),), ()),
    "lstsq": lambda m, n, draw: ((draw(m, n), draw(m, 3)), ()),
    "expm": lambda m, n, draw: ((draw(n, n) * 3.0,), ()),
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "eigh": lambda a: tuple(np.linalg.eigh(a, "U")),
    "svd": lambda a: tuple(np.linalg.svd(a, full_matrices=False)),
    "qr": lambda a: tuple(np.linalg.qr(a)),
    "pinv": lambda a: np.linalg.pinv(a, 1e-12),
    "lstsq": lambda a, b: np.linalg.lstsq(a, b, 1e-12)[0],
    "expm": jt.linalg.expm,
}
CUTOFF = ("pinv", "lstsq")


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (5, 3), (40, 40), (60, 20), (20, 60)], ids=str)
@pytest.mark.parametrize("call", OPERANDS)
def test_sizes_against_numpy_and_the_rules_in_python(call: str, shape: tuple[int, int], rng: np.random.Generator) -> None:
    rules = operations.named(call)
    assert rules is not None
    xs, attributes = OPERANDS[call](*shape, lambda m, n: rng.normal(size=(m, n)) / max(m, n) ** 0.5)
    operands = (*xs, 1e-12) if call in CUTOFF else xs
    expected = rules.forward(*operands, *attributes)
    out, pull = jt.vjp(FUNCTIONS[call], *xs)
    found = out if isinstance(out, tuple) else (out,)
    for x, z in zip(found, expected, strict=True):
        np.testing.assert_allclose(x, z, rtol=1e-9, atol=1e-11 * np.abs(z).max())
    seeds = tuple(rng.normal(size=np.shape(z)) for z in expected)
    parts = rules.vjp(seeds, expected, operands, attributes)
    for mine, theirs in zip(pull(seeds if isinstance(out, tuple) else seeds[0]), parts, strict=False):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-8 * np.abs(theirs).max())
    tangents = tuple(rng.normal(size=x.shape) for x in xs)
    _, t = jt.jvp(FUNCTIONS[call], xs, tangents)
    expected_tangents = rules.jvp((*tangents, 0.0) if call in CUTOFF else tangents, expected, operands, attributes)
    for mine, theirs in zip(t if isinstance(t, tuple) else (t,), expected_tangents, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-8 * max(np.abs(theirs).max(), 1e-3))


@pytest.mark.parametrize("call", OPERANDS)
def test_rules_take_several_tangents_of_one_matrix(call: str, rng: np.random.Generator) -> None:
    rules = operations.named(call)
    assert rules is not None
    xs, attributes = OPERANDS[call](4, 3, lambda m, n: rng.normal(size=(m, n)))
    operands, more = ((*xs, 1e-12), (0.0,)) if call in CUTOFF else (xs, ())
    results = rules.forward(*operands, *attributes)
    tangents = [rng.normal(size=(5, *x.shape)) for x in xs]
    several = rules.jvp((*tangents, *more), results, operands, attributes)
    for i in range(5):
        for all_, one in zip(several, rules.jvp((*(t[i] for t in tangents), *more), results, operands, attributes), strict=True):
            np.testing.assert_allclose(all_[i], one, rtol=1e-9, atol=1e-11 * np.abs(one).max())


@pytest.mark.parametrize("shape", [(2, 3, 3), (1, 3, 3), (2, 2, 3, 3), (3, 0, 0), (0, 3, 3), (0, 0)], ids=str)
def test_stacks_and_layouts(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    a, h = rng.normal(size=shape) + np.diag(np.arange(3.0) * 3.0)[: shape[-1], : shape[-1]], 1e-6
    v = rng.normal(size=shape)
    cutoff = np.full(shape[:-2], 1e-10)
    seen: dict[str, Callable[..., Any]] = {
        "eigh": lambda a: np.sum(np.linalg.eigh(a)[1] ** 4) + np.sum(np.linalg.eigh(a)[0] ** 3),
        "transposed": lambda a: np.sum(np.linalg.svd(a.swapaxes(-1, -2))[0] ** 4) + np.sum(np.linalg.svd(a * 2.0)[1] ** 3),
        "reversed": lambda a: np.sum(np.linalg.qr(a[..., ::-1, ::-1])[1] ** 4),
        "cutoffs": lambda a: np.sum(np.linalg.pinv(a + 9.0 * np.eye(shape[-1]), cutoff) ** 3),
    }
    for f in seen.values():
        F = jt.record(f, a)
        g = jt.grad(f)(a)
        assert g.shape == shape
        if a.size:
            assert np.sum(g * v) == pytest.approx((f(a + h * v) - f(a - h * v)) / (2 * h), rel=1e-5, abs=1e-7)
            assert np.sum(F.hvp(a, v) * v) == pytest.approx(np.sum((F.grad(a + h * v) - F.grad(a - h * v)) * v) / (2 * h), rel=1e-4, abs=1e-4)
        np.testing.assert_allclose(F.grad(a), g, rtol=1e-10, atol=1e-12)


BAD: dict[str, Callable[[Any], Any]] = {
    "eigh": lambda x: np.linalg.eigh(square(x))[1],
    "svd": lambda x: np.linalg.svd(square(x))[1],
    "qr": lambda x: np.linalg.qr(square(x))[1],
    "pinv": lambda x: np.linalg.pinv(square(x)),
    "lstsq": lambda x: np.linalg.lstsq(square(x), B, rcond=1e-10)[0],
    "expm": lambda x: exponential(square(x)),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_finite_is_as_in_numpy_and_the_next_call_works(name: str, rng: np.random.Generator) -> None:
    f = BAD[name]
    x = point(rng)
    F = jt.record(f, x)
    value, G = F(x), jt.record(lambda x: np.sum(np.sin(f(x))), x)
    gradient = G.grad(x)
    for place, bad in ((5, np.nan), (0, np.inf), (7, -np.inf)):
        y = x.copy()
        y[place] = bad
        X = np.stack([x] * 20)
        X[7] = y
        try:
            if np.isinf(bad) and name in ("svd", "pinv", "lstsq"):
                raise np.linalg.LinAlgError  # NumPy may go on for ever
            with np.errstate(all="ignore"):
                expected = f(y)
        except (np.linalg.LinAlgError, ValueError) as error:
            with pytest.raises(type(error)):
                F(y)
            with pytest.raises(type(error)):
                F.batch_value(X)
        else:
            with np.errstate(all="ignore"):
                np.testing.assert_array_equal(F(y), expected)
                np.testing.assert_array_equal(F.batch_value(X)[7], expected)
        assert np.array_equal(F(x), value) and np.array_equal(G.grad(x), gradient)


def test_singular_triangles_of_qr_raise_in_the_reverse_sweep(rng: np.random.Generator) -> None:
    x = point(rng)
    F = jt.record(lambda x: np.sum(np.linalg.qr(square(x))[1]), x)
    gradient = F.grad(x)
    zero = np.zeros(16)
    X = np.stack([x, zero] * 10)
    with pytest.raises(np.linalg.LinAlgError, match="qr has no derivative where"):
        F.grad(zero)
    with pytest.raises(np.linalg.LinAlgError, match="qr has no derivative where"):
        jt.jvp(lambda x: np.linalg.qr(square(x))[1], (zero,), (x,))
    with pytest.raises(np.linalg.LinAlgError):
        F.batch_grad(X)
    np.testing.assert_array_equal(F.grad(x), gradient)
    np.testing.assert_allclose(F.batch_grad(np.stack([x] * 20))[3], gradient, rtol=1e-12)


def test_equal_eigenvalues_and_singular_values() -> None:
    """First derivatives of what does not depend on the choice of vectors are right; second ones through vectors are no numbers."""
    a = np.diag([2.0, 2.0, 5.0])
    F = jt.record(lambda a: np.sum(np.linalg.eigvalsh((a + a.T) / 2.0) ** 3), a)
    np.testing.assert_allclose(F.grad(a), 3.0 * a @ a, rtol=1e-14)
    S = jt.record(lambda a: np.sum(np.linalg.svd(a)[1] ** 2), a)
    np.testing.assert_allclose(S.grad(a), 2.0 * a, rtol=1e-14)
    for found in (F.hvp(a, np.ones((3, 3))), S.hvp(a, np.arange(9.0).reshape(3, 3))):
        assert not np.isfinite(found).all()
    X = np.stack([a] * 17)
    np.testing.assert_allclose(F.batch_grad(X), 3.0 * X @ X, rtol=1e-14)
    vectors = jt.record(lambda a: np.linalg.eigh(a)[1][0, 1], a)
    assert not np.isfinite(vectors.grad(a)).all()


def test_cutoffs_and_ranks(rng: np.random.Generator) -> None:
    """Where the rank is less than full and stays, pseudo-inverses and solutions have derivatives."""
    u, v = rng.normal(size=(5, 2)), rng.normal(size=(2, 4))

    def f(u: Any) -> Any:
        return np.sum(np.linalg.pinv(u @ v, 1e-10) ** 3) + np.sum(np.linalg.lstsq(u @ v, np.arange(5.0), rcond=1e-10)[0] ** 2)

    t, h = rng.normal(size=u.shape), 1e-6
    F = jt.record(f, u)
    assert np.sum(F.grad(u) * t) == pytest.approx((f(u + h * t) - f(u - h * t)) / (2 * h), rel=1e-5)
    np.testing.assert_allclose(F.batch_grad(np.stack([u] * 9))[4], F.grad(u), rtol=1e-7)


def exact(n: int, h: Any, k: Any) -> Any:
    """sum(exp(A)) of a matrix far from normal, plus h and k times one element each."""
    a = mp.matrix(n, n)
    for i in range(n):
        for j in range(n):
            a[i, j] = mp.mpf((-1) ** i * 20) / (i + 2 * j + 1)
    a[0, 1] += h
    a[n - 1, 0] += k
    e = mp.expm(a, "taylor")
    return sum(e[i, j] for i in range(n) for j in range(n))


def test_exponentials_against_mpmath() -> None:
    n = 3
    a = np.array([[(-1) ** i * 20 / (i + 2 * j + 1) for j in range(n)] for i in range(n)])
    F = jt.record(lambda a: np.sum(jt.linalg.expm(a)), a)
    with mp.workdps(60):
        value = float(exact(n, 0, 0))
        first = float(mp.diff(lambda h: exact(n, h, 0), 0))
        second = float(mp.diff(lambda h, k: exact(n, h, k), (0, 0), (1, 1)))
    assert F(a) == pytest.approx(value, rel=1e-12)
    assert F.grad(a)[0, 1] == pytest.approx(first, rel=1e-11)
    assert F.hessian(a)[0, 1, n - 1, 0] == pytest.approx(second, rel=1e-10)


@pytest.mark.parametrize("size", [0.0, 1e-9, 1e-3, 0.5, 3.0, 40.0, 650.0])
def test_scales_of_exponentials(size: float, rng: np.random.Generator) -> None:
    """Both approximants, no halving and many; a third derivative, too."""
    a = rng.normal(size=(4, 4))
    a = size * (a - a.T) + np.triu(np.ones((4, 4)), 1)
    np.testing.assert_allclose(jt.record(exponential, np.eye(4))(a), exponential(a), rtol=1e-10, atol=1e-12 * max(size, 1.0))
    f = jt.record(lambda t: np.sum(jt.linalg.expm(t * a / max(size, 1.0)) * C), 0.7)
    e, b = exponential(0.7 * a / max(size, 1.0)), a / max(size, 1.0)
    third = jt.grad(jt.grad(jt.grad(lambda t: np.sum(jt.linalg.expm(t * b) * C))))(0.7)
    assert f.grad(0.7) == pytest.approx(np.sum(b @ e * C), rel=1e-11, abs=1e-11)
    assert third == pytest.approx(np.sum(b @ b @ b @ e * C), rel=1e-9, abs=1e-10)


def test_recordings_of_earlier_versions_call_python(rng: np.random.Generator, tmp_path: Any) -> None:
    """As a file of theirs has it, a decomposition is a call."""
    x = point(rng)
    old = jt.record(lambda x: np.sum(record_call(EIGH, (square(x),), [(4,), (4, 4)], (0,))[1] ** 4) + np.sum(record_call(SVD, (square(x),), [(4, 4), (4,), (4, 4)])[1] ** 3), x)
    assert not native(old)
    old.save(tmp_path / "old")
    new = jt.record(lambda x: np.sum(np.linalg.eigh(square(x))[1] ** 4) + np.sum(np.linalg.svd(square(x))[1] ** 3), x)
    np.testing.assert_allclose(jt.load(tmp_path / "old").grad(x), new.grad(x), rtol=1e-10)


def test_damaged_records_are_refused(rng: np.random.Generator) -> None:
    tape = jt.record(lambda x: CASES["eigh"](x) + CASES["lstsq"](x) + CASES["expm"](x), point(rng)).tape
    n = tape.count
    parts = [tape.opcode[:n], tape.arg0[:n], tape.arg1[:n]]
    validate(Parts(*parts, np.array(tape.meta, np.int32), np.array(tape.index, np.int32)), tape.slots, 10**6)
    for k in np.flatnonzero(tape.opcode[:n] == RUN + DECOMPOSITION).tolist():
        at = int(tape.arg0[k])
        for place in (0, 1, 3, 4, 5, 6, 7):
            for number in (-1, 97, 10**8, int(tape.meta[at + place]) + 1):
                meta = np.array(tape.meta, np.int32)
                meta[at + place] = number
                with pytest.raises(TapeFileError):
                    validate(Parts(*parts, meta, np.array(tape.index, np.int32)), tape.slots, 10**6)
