"""First and second derivatives where formulas that are right elsewhere lose their digits, beside mpmath: as arrays, numbers and points of a batch, and in native code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numba
import numpy as np
import pytest

import jittape as jt
from jittape.scipy import special


def airy_scaled(derivative: int, second: bool) -> Callable[[Any], Any]:
    f, sign = (mp.airybi, -1) if second else (mp.airyai, 1)
    return lambda x: f(x, derivative=derivative) * mp.exp(2 * sign * x * mp.sqrt(x) / 3)


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], list[float], float]] = {
    "expit": (special.expit, lambda x: 1 / (1 + mp.exp(-x)), [-700.0, -40.0, -1.0, -1e-5, 1e-8, 0.3, 5.0, 37.0], 4e-15),
    "log_expit": (special.log_expit, lambda x: -mp.log1p(mp.exp(-x)), [-36.0, -1e-3, 1e-3, 1.0, 36.0, 700.0], 4e-15),
    "erfcx": (special.erfcx, lambda x: mp.exp(x * x) * mp.erfc(x), [-5.0, 1e-3, 3.0, 6.95, 7.05, 12.0, 29.0, 31.0, 1e4], 1e-12),
    "dawsn": (special.dawsn, lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x), [-12.0, 1e-3, 3.0, 7.9, 8.1, 12.0, 19.9, 21.0], 3e-12),
    "airye ai": (lambda x: special.airye(x)[0], airy_scaled(0, False), [0.5, 3.0, 20.1, 60.0, 1e3, 1e5], 1e-13),
    "airye ai'": (lambda x: special.airye(x)[1], airy_scaled(1, False), [0.5, 3.0, 20.1, 60.0, 1e3, 1e5], 1e-13),
    "airye bi": (lambda x: special.airye(x)[2], airy_scaled(0, True), [0.5, 3.0, 20.1, 60.0, 1e3, 1e5], 1e-13),
    "airye bi'": (lambda x: special.airye(x)[3], airy_scaled(1, True), [0.5, 3.0, 20.1, 60.0, 1e3, 1e5], 1e-13),
    "airy bi": (lambda x: special.airy(x)[2], lambda x: mp.airybi(x), [-5.3, 1e-8, 3.0, 20.0, 60.0, 100.0], 1e-13),
    "kv": (lambda x: special.kv(2.5, x), lambda x: mp.besselk(2.5, x), [1e-5, 0.5, 10.0, 100.0, 600.0], 1e-13),
    "iv": (lambda x: special.iv(5, x), lambda x: mp.besseli(5, x), [1e-5, 0.5, 10.0, 100.0, 600.0], 1e-13),
    "jv": (lambda x: special.jv(20, x), lambda x: mp.besselj(20, x), [1e-2, 0.5, 10.0, 33.0], 1e-12),
    "hyp1f1": (lambda x: special.hyp1f1(1.5, 2.5, x), lambda x: mp.hyp1f1(1.5, 2.5, x), [-600.0, -50.0, -3.0, 1e-6, 30.0, 600.0], 1e-12),
    "zeta": (lambda s: special.zeta(s, 1.5), lambda s: mp.zeta(s, 1.5), [1.0001, 1.5, 6.0, 60.0], 1e-12),
    "gammaincc": (lambda x: special.gammaincc(30.0, x), lambda x: mp.gammainc(30, x, regularized=True), [1e-3, 3.0, 30.0, 100.0, 400.0], 1e-12),
    "betainc": (lambda x: special.betainc(30.0, 0.7, x), lambda x: mp.betainc(30, 0.7, 0, x, regularized=True), [1e-3, 0.3, 0.99], 1e-12),
    "ndtri": (special.ndtri, lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1), [1e-9, 0.01, 0.7, 0.999], 1e-12),
}
N = 70
"""Elements: kernels go through them in vectors."""


def wanted(f: Callable[[Any], Any], x: float) -> tuple[float, float]:
    with mp.workdps(220):
        at, step = mp.mpf(x), mp.mpf(x) * mp.mpf(10) ** -25
        below, here, above = f(at - step), f(at), f(at + step)
        return float((above - below) / (2 * step)), float((above - 2 * here + below) / step**2)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_first_and_second_derivatives(name: str) -> None:
    f, exact, places, tolerance = FUNCTIONS[name]
    x = np.resize(np.array(places), N)
    first, second = (np.resize(np.array(side), N) for side in zip(*(wanted(exact, v) for v in places), strict=True))
    ones = np.ones(N)
    F = jt.record(lambda x: np.sum(f(x)), x)
    one = jt.record(lambda x: f(x[0]), x[:1])
    rows = x[:, None]
    found = {
        "arrays": (F.grad(x), F.hvp(x, ones)),
        "a batch": (one.batch_grad(rows)[:, 0], one.batch_hvp(rows, ones[:, None])[:, 0]),
        "numbers": tuple(np.resize(np.array(side), N) for side in zip(*((one.grad(v)[0], one.hessian(v)[0, 0]) for v in rows[: len(places)]), strict=True)),
        "nested": (jt.grad(lambda x: np.sum(f(x)))(x), jt.grad(lambda x: np.sum(jt.grad(lambda y: np.sum(f(y)))(x)))(x)),
    }
    for way, sides in found.items():
        for order, got, want in zip((1, 2), sides, (first, second), strict=True):
            np.testing.assert_allclose(got, want, rtol=tolerance, atol=1e-300, err_msg=f"{name}, {way}, order {order}")


def test_in_native_code() -> None:
    @numba.njit
    def f(x: Any) -> Any:
        return np.tanh(x)

    for v in (1e-5, 0.5, -2.0):
        np.testing.assert_allclose([jt.native.grad(f)(v), jt.native.hessian(f)(v)], wanted(mp.tanh, v), rtol=1e-13)


# --- at the origin, where there is no derivative: docs/operations.md and docs/nan.md say what stands there ---------------------------------------


@numba.njit
def angle(x: Any) -> Any:
    return np.arctan2(x[0], x[1])


@numba.njit
def length(x: Any) -> Any:
    return np.hypot(x[0], x[1])


@numba.njit
def norm(x: Any) -> Any:
    return np.linalg.norm(x)


AT_ORIGIN: dict[str, tuple[Any, Any, Any, Any]] = {
    "arctan2": (lambda x: np.arctan2(x[0], x[1]), angle, lambda x: np.arctan2(x[:, 0], x[:, 1]), lambda t: jt.atan2(t[0], t[1])),
    "hypot": (lambda x: np.hypot(x[0], x[1]), length, lambda x: np.hypot(x[:, 0], x[:, 1]), lambda t: jt.hypot(t[0], t[1])),
    "norm": (np.linalg.norm, norm, lambda x: np.linalg.norm(x, axis=1), lambda t: t.norm()),
}


@pytest.mark.parametrize("origin", [(0.0, 0.0), (-0.0, 0.0), (0.0, -0.0)])
@pytest.mark.parametrize("name", AT_ORIGIN)
def test_the_origin_by_all_routes(name: str, origin: tuple[float, float]) -> None:
    f, native, rows, of_tensors = AT_ORIGIN[name]
    x, away = np.array(origin), np.ones(2)
    X = np.tile(x, (N, 1))
    t = jt.tensor(x, requires_grad=True)
    of_tensors(t).backward()
    firsts = {
        "grad": jt.grad(f)(x),
        "record": jt.record(f, away).grad(x),
        "jvp": [jt.jvp(f, (x,), (v,))[1] for v in np.eye(2)],
        "njit": jt.grad(native)(x),
        "native": jt.native.grad(native)(x),
        "record of njit": jt.record(native, away).grad(x),
        "native of record": jt.native.grad(jt.record(f, away))(x),
        "arrays": jt.grad(lambda X: np.sum(rows(X)))(X)[-1],
        "batch": jt.record(f, away).batch_grad(X)[-1],
        "batch of njit": jt.record(native, away).batch_grad(X)[-1],
        "vmap": jt.vmap(jt.grad(f))(X)[-1],
        "tensor": t.grad.numpy(),
    }
    for way, g in firsts.items():
        np.testing.assert_array_equal(np.abs(g), [0.0, 0.0], err_msg=way)
    seconds = {
        "hessian": jt.hessian(f)(x),
        "record": jt.record(f, away).hessian(x),
        "hvp": jt.record(f, away).hvp(x, away),
        "native": jt.native.hessian(native)(x),
        "batch": jt.record(f, away).batch_hvp(X, np.ones((N, 2)))[-1],
    }
    for way, h in seconds.items():
        assert np.isnan(h).all(), (way, h)
