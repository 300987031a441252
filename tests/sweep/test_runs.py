"""Kernels of runs as vectors: every length, offset and alias, against one element at a time; powers and polynomials against mpmath."""

from __future__ import annotations

import ctypes
import math
import pickle
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from operations import draw

import jittape as jt
from jittape.ops.layout import K_FORWARD, K_REVERSE, K_STORE, K_TANGENT, KINDS
from jittape.ops.spec import BY_NAME
from jittape.sweep import vectors
from jittape.sweep.elementary import LARGEST_ANGLE, LEAST, LEAST_HALF, MOST, MOST_HALF, POLYNOMIALS
from jittape.sweep.engine import POINTERS, Engine, _engine, engine
from jittape.tape.tape import Tape

FLOATS = [np.dtype(np.float64), np.dtype(np.float32)]
floats = pytest.mark.parametrize("dtype", FLOATS, ids=str)


def kernel(found: Engine, name: str, kind: int) -> Callable[..., None]:
    """A kernel as a function of arrays, all of one length."""
    number = BY_NAME[name].code * KINDS + kind
    found.compile_kernel(number)
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * POINTERS[kind], ctypes.c_int64)(int(found.table[number]))
    return lambda *arrays: function(*(a.ctypes.data for a in arrays), arrays[0].size)


def is_vectors(found: Engine, name: str) -> bool:
    found.compile_kernel(BY_NAME[name].code * KINDS + K_FORWARD)
    library = getattr(found._alive[-1], "library", None)  # none where Numba compiled it
    return library is not None and library.name.startswith(f"jittape.run_{name}_")


@floats
@pytest.mark.parametrize("kind", [K_FORWARD, K_REVERSE, K_STORE, K_TANGENT])
@pytest.mark.parametrize("name", ["mul", "sin", "powc", "clip"])
def test_every_length_at_any_place(name: str, kind: int, dtype: Any) -> None:
    """An element does not depend on its neighbours, and nothing beside the run is written."""
    run, rng = kernel(engine(dtype), name, kind), np.random.default_rng(kind)
    lanes = vectors.vector_bytes() // dtype.itemsize
    operands = [*draw(BY_NAME[name], 6 * lanes), rng.normal(size=6 * lanes), rng.normal(size=6 * lanes)][:3]
    arrays = [np.array(a, dtype) for a in (*operands, *(rng.normal(size=6 * lanes) for _ in range(POINTERS[kind] - 3)))]
    for n in (0, 1, 2, lanes - 1, lanes, lanes + 1, 2 * lanes + 1, 4 * lanes, 5 * lanes + 3):
        together, alone = [a.copy() for a in arrays], [a.copy() for a in arrays]
        run(*(a[1 : n + 1] for a in together))
        for i in range(1, n + 1):
            run(*(a[i : i + 1] for a in alone))
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_array_equal(a, b)


@floats
@pytest.mark.parametrize("name", ["mul", "exp"])
def test_a_result_may_stand_where_an_operand_stood(name: str, dtype: Any) -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 77)).astype(dtype)
    forward, store = kernel(engine(dtype), name, K_FORWARD), kernel(engine(dtype), name, K_STORE)
    want, place = np.empty_like(x), x.copy()
    forward(x, y, x, want)
    forward(place, y, place, place)
    np.testing.assert_array_equal(place, want)
    contribution, r = np.empty_like(x), x.copy()
    store(x, y, x, want, r, contribution)
    store(x, y, x, want, r, r)
    np.testing.assert_array_equal(r, contribution)


@pytest.mark.parametrize("name", ["mod", "lgamma", "polygamma"])
def test_what_has_no_form_in_vectors_stays_a_loop(name: str) -> None:
    assert not is_vectors(Engine(FLOATS[0], True), name)


HALVES = [k + 0.5 for k in range(-4, 5)]

# --- integer powers ---------------------------------------------------------------------------------------------------------


@floats
@pytest.mark.parametrize("n", [*range(LEAST - 1, MOST + 2), *HALVES])
def test_powers_against_mpmath(n: float, dtype: Any) -> None:
    rng = np.random.default_rng(7)
    size = 0.9 * math.log10(float(np.finfo(dtype).max)) / max(abs(n), 1)
    x = (rng.choice([-1.0, 1.0] if n == int(n) else [1.0], 400) * 10.0 ** rng.uniform(-size, size, 400)).astype(dtype)
    z, y = np.empty_like(x), np.full(x.size, n, dtype)
    kernel(engine(dtype), "powc", K_FORWARD)(x, y, x, z)
    bound = max(abs(n) - (n > 0), 0.5) if n in range(LEAST, MOST + 1) else 3 if LEAST_HALF <= n <= MOST_HALF else 4
    for a, got in zip(x.tolist(), z.tolist(), strict=True):
        want = mp.mpf(a) ** n
        assert abs(mp.mpf(got) - want) <= bound * float(np.spacing(abs(dtype.type(want))))


def test_a_power_is_that_of_its_own_exponent() -> None:
    """Whatever exponents stand beside it."""
    rng = np.random.default_rng(3)
    x = rng.choice([-1.7, 0.3, 2.9], 200)
    y = rng.choice([-5.0, -3.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0, 6.0, 0.5, 1.5, -1.5, 2.5, 7.5, np.nan], 200)
    run, z, one = kernel(engine(FLOATS[0]), "pow", K_FORWARD), np.empty_like(x), np.empty(1)
    run(x, y, x, z)
    for i in range(x.size):
        run(x[i : i + 1], y[i : i + 1], x[:1], one)
        np.testing.assert_array_equal(z[i], one[0])


@floats
def test_edges_of_powers_are_libms(dtype: Any) -> None:
    info = np.finfo(dtype)
    special = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, info.tiny, info.smallest_subnormal, -info.smallest_subnormal, info.max, 1e-20, -1e20], dtype)
    x, y = (a.ravel() for a in np.meshgrid(special, np.array([-4, -3, -2, -1, -0.0, 0, 1, 2, 3, 4, 5, *HALVES, np.inf, np.nan], dtype)))
    x, y = x.copy(), y.copy()
    z, want = np.empty_like(x), np.empty_like(x)
    kernel(engine(dtype), "pow", K_FORWARD)(x, y, x, z)
    kernel(engine(dtype, "precise"), "pow", K_FORWARD)(x, y, x, want)
    np.testing.assert_allclose(z, want, rtol=4 * info.eps, atol=float(info.smallest_subnormal))
    np.testing.assert_array_equal(np.signbit(z[z == 0]), np.signbit(want[z == 0]))


# --- where there is no libmvec ------------------------------------------------------------------------------------------------


@pytest.fixture
def without_libmvec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "libmvec_symbol", lambda name, dtype, size=None: None)
    monkeypatch.setattr(vectors, "available", lambda dtype: "")


def ranges(name: str) -> np.ndarray:
    r, n = np.random.default_rng(len(name)), 250
    near = [r.uniform(-20, 20, n), r.uniform(-1, 1, n), r.choice([-1, 1], n) * 10.0 ** r.uniform(-320, 0, n)]
    if name in ("exp", "expm1"):
        return np.concatenate([*near, r.uniform(-750, 710, n), (np.arange(-100, 100) + 0.5) * math.log(2)])
    if name in ("sin", "cos"):
        multiples = r.integers(1, 1 << 16, n) * (np.pi / 2)  # where the reductions cancel most
        return np.concatenate([*near, multiples, r.uniform(-1.1, 1.1, n) * LARGEST_ANGLE, 10.0 ** r.uniform(0, 200, n // 5)])
    if name == "log":
        return np.concatenate([np.abs(near[2]), 10.0 ** r.uniform(-1, 308, n), 1 + near[2], r.uniform(0.4, 2, n)])
    if name == "log1p":
        return np.concatenate([near[1], near[2], 10.0 ** r.uniform(-1, 308, n), -1 + 10.0 ** r.uniform(-15, 0, n)])
    return np.concatenate(near)


@floats
@pytest.mark.parametrize("name", sorted(POLYNOMIALS))
@pytest.mark.usefixtures("without_libmvec")
def test_polynomials_against_mpmath(name: str, dtype: Any) -> None:
    found = Engine(dtype, True)
    assert is_vectors(found, name)
    with np.errstate(over="ignore", under="ignore"):
        x = ranges(name).astype(dtype)
    x = x[np.isfinite(x) & ((x > 0 if name == "log" else x > -1) | (name not in ("log", "log1p")))]
    z = np.empty_like(x)
    kernel(found, name, K_FORWARD)(x, x, x, z)
    with mp.workdps(260):
        for a, got in zip(x.tolist(), z, strict=True):
            want = getattr(mp, name)(mp.mpf(a))
            with np.errstate(over="ignore"):
                spacing = np.spacing(max(abs(np.array(float(want), dtype)), np.finfo(dtype).tiny))
            assert not np.isfinite(spacing) or abs(mp.mpf(float(got)) - want) <= 4 * float(spacing), (a, got)


@floats
@pytest.mark.parametrize("name", sorted(POLYNOMIALS))
@pytest.mark.usefixtures("without_libmvec")
def test_edges_of_polynomials_are_libms(name: str, dtype: Any) -> None:
    with np.errstate(over="ignore", under="ignore"):
        x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, -2, 5e-324, -5e-324, 1e-42, -1e-42, 89, -104, 709.8, -745.2, 1e300, -1e300], dtype)
    z, want = np.empty_like(x), np.empty_like(x)
    kernel(Engine(dtype, True), name, K_FORWARD)(x, x, x, z)
    kernel(engine(dtype, "precise"), name, K_FORWARD)(x, x, x, want)
    np.testing.assert_allclose(z, want, rtol=4 * np.finfo(dtype).eps, atol=float(np.finfo(dtype).smallest_subnormal))
    np.testing.assert_array_equal(np.signbit(z[z == 0]), np.signbit(want[z == 0]))


@pytest.mark.usefixtures("without_libmvec")
def test_functions_without_a_polynomial_stay_loops() -> None:
    found = Engine(FLOATS[0], True)
    assert not is_vectors(found, "arctan")
    assert is_vectors(found, "softplus")
    assert is_vectors(found, "pow")


# --- math="precise" -----------------------------------------------------------------------------------------------------------


def f(x: Any) -> Any:
    return np.sum(np.sin(x) * np.exp(x)) if x[0] > 0 else np.sum(np.sin(x))


X = np.random.default_rng(0).normal(size=400)
X[0] = 0.5


def libms(x: np.ndarray) -> np.ndarray:
    return np.array([math.sin(a) for a in x])


def test_precise_functions_are_libms() -> None:
    F = jt.record(np.sin, X, math="precise")
    assert F.math == "precise"
    np.testing.assert_array_equal(F(X), libms(X))
    np.testing.assert_array_equal(F.jvp((X,), (np.ones_like(X),))[1], [math.cos(a) for a in X])


def test_drivers_are_precise_when_asked() -> None:
    np.testing.assert_array_equal(jt.vjp(np.sin, X, math="precise")[0], libms(X))
    np.testing.assert_array_equal(jt.grad(lambda x: np.sum(np.cos(x)), math="precise")(X), -libms(X))
    np.testing.assert_array_equal(jt.value_and_grad(lambda x: np.sin(x)[7], math="precise")(X)[0], libms(X)[7])
    np.testing.assert_array_equal(np.diagonal(jt.hessian(lambda x: np.sum(np.sin(x)), math="precise")(X[:9])), -libms(X[:9]))
    with pytest.raises(ValueError, match="math is"):
        jt.grad(np.sin, math="exact")(1.0)


def test_it_is_kept_by_other_paths_copies_and_files(tmp_path: Any) -> None:
    F = jt.record(f, X, math="precise")
    new = -X
    want = F(new)  # recorded now
    assert {p.tape.math for p in F.paths} == {"precise"}
    F.save(tmp_path / "f.tape")
    for G in (pickle.loads(pickle.dumps(F)), jt.load(tmp_path / "f.tape")):
        assert G.math == "precise"
        assert G(X) == F(X)
    assert F.tape.copy().math == "precise"
    assert want == F(new)


def test_fast_and_precise_are_near() -> None:
    fast, precise = jt.record(f, X), jt.record(f, X, math="precise")
    assert fast.math == "fast"
    np.testing.assert_allclose(fast(X), precise(X), rtol=1e-13)
    np.testing.assert_allclose(fast.grad(X), precise.grad(X), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(fast.hessian(X[:400]), precise.hessian(X[:400]), rtol=1e-13, atol=1e-15)


def test_there_is_one_engine_of_a_kind() -> None:
    assert engine(FLOATS[0]) is engine(FLOATS[0], "fast") is Tape().engine


def test_the_precise_engine_shares_the_sweeps() -> None:
    fast, precise = engine(FLOATS[0]), engine(FLOATS[0], "precise")
    assert fast.address("forward") == precise.address("forward")
    assert fast.table is not precise.table


def test_the_environment_makes_everything_precise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JITTAPE_LIBMVEC", "0")
    monkeypatch.setattr("jittape.sweep.engine._engines", {})
    assert not is_vectors(_engine.__wrapped__(FLOATS[0], "fast"), "exp")


def test_other_words_are_refused() -> None:
    with pytest.raises(ValueError, match='"fast" .* or "precise", not \'exact\''):
        jt.record(np.sin, X, math="exact")


@pytest.mark.parametrize("n", [1, 5, 400])
@pytest.mark.parametrize("math", ["fast", "precise"])
def test_a_decision_on_a_function_is_that_of_its_replays(math: str, n: int) -> None:
    """A comparison with the very number that is computed is decided alike in every replay, however short the arrays are."""
    for x in 0.1 + np.abs(X[: 40 * n].reshape(-1, n)):
        threshold = jt.record(np.sin, x, math=math)(x)[-1]
        G = jt.record(lambda x, t=threshold: np.sum(x * x) if np.sin(x)[-1] > t else np.sum(x), x, on_branch="raise", math=math)
        np.testing.assert_array_equal(G.grad(x), np.ones(n))
        np.testing.assert_array_equal(G.grad(x), np.ones(n))
        assert jt.value_and_grad(lambda x: np.sum(np.sin(x)))(x)[0] == jt.record(lambda x: np.sum(np.sin(x)), x)(x)
