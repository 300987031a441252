"""Integrals of samples and of functions beside SciPy's, and closed forms."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
import scipy.integrate
import scipy.special
from scipy_checks import check

import jittape as jt
from jittape.errors import RecordingError
from jittape.scipy import integrate, special

RNG = np.random.default_rng(5)
SAMPLED = ("trapezoid", "simpson", "cumulative_trapezoid", "cumulative_simpson")


@pytest.mark.parametrize("name", SAMPLED)
@pytest.mark.parametrize("n", [6, 5])
def test_samples_at_places(name: str, n: int) -> None:
    """By values and places along another axis than the last."""
    axis = 0 if n == 6 else -1
    f = lambda S, y, x: getattr(S, name)(y, x=x if n == 6 else np.sort(x)[: y.shape[-1]], axis=axis)
    make = lambda: (RNG.standard_normal((n, 3) if n == 6 else (2, n)), np.cumsum(0.5 + RNG.random(n)))
    check(partial(f, integrate), partial(f, scipy.integrate), [make(), make()])


@pytest.mark.parametrize("name", [*SAMPLED, "romb"])
@pytest.mark.parametrize("n", [2, 3, 9])
def test_samples_at_equal_steps(name: str, n: int) -> None:
    if name == "simpson" and n == 9:
        n = 8
    f = lambda S, y, dx: getattr(S, name)(y, dx=dx)
    make = lambda: (RNG.standard_normal((2, n)), np.array(0.7))
    check(partial(f, integrate), partial(f, scipy.integrate), [make(), make()])


def test_initial_values() -> None:
    y, x = RNG.standard_normal((2, 5)), np.arange(5.0) ** 2
    for f in (
        lambda S, y: S.cumulative_simpson(y, x=x, initial=0.5), lambda S, y: S.cumulative_trapezoid(y, x, initial=0),
        lambda S, y: S.cumulative_simpson(y, x=x, axis=1, initial=y[:, :1]), lambda S, y: S.cumulative_simpson(y.T, dx=2.0, axis=0),
    ):  # fmt: skip
        np.testing.assert_allclose(jt.record(lambda y: f(integrate, y), y)(y), f(scipy.integrate, y), rtol=1e-13)


def test_a_recording_refuses_places_that_no_longer_increase() -> None:
    y, x = RNG.standard_normal(5), np.arange(5.0)
    F = jt.record(lambda x: integrate.cumulative_simpson(y, x=x), x)
    np.testing.assert_allclose(F(x**2), scipy.integrate.cumulative_simpson(y, x=x**2), rtol=1e-12)
    with pytest.raises(ValueError, match="increases strictly"):
        F(x * (4.5 - x))


INTEGRALS = {
    "finite": (lambda S, p: S.quad(lambda x: np.exp(-p[2] * x**2), p[0], p[1])[0], [0.2, 1.5, 0.7]),
    "reversed": (lambda S, p: S.quad(lambda x: np.cos(p[2] * x), p[0], p[1])[0], [1.5, -0.2, 0.7]),
    "one number at a time": (lambda S, p: S.quad(lambda x: p[0] * x if x < 0.5 else p[1] + x, 0.0, 1.0)[0], [0.3, 0.5, 1.0]),
    "of math": (lambda S, p: S.quad(lambda x: p[0] * math.exp(-x) + p[1], 0.0, 2.0)[0], [0.3, 0.5, 1.0]),
    "to infinity": (lambda S, p: S.quad(lambda x: np.exp(-p[2] * x), p[0], np.inf)[0], [0.2, 1.5, 0.7]),
    "from infinity": (lambda S, p: S.quad(lambda x: np.exp(p[2] * x), -np.inf, p[1])[0], [0.2, 1.5, 0.7]),
    "everywhere": (lambda S, p: S.quad(lambda x: np.exp(-p[2] * x**2 + p[0] * x), -np.inf, np.inf)[0], [0.2, 1.5, 0.7]),
    "args": (lambda S, p: S.quad(lambda x, a, b: a * np.sin(b * x), 0, 1, args=(p[0], p[1]))[0], [0.2, 1.5, 0.7]),
    "peak": (lambda S, p: S.quad(lambda x: 1.0 / ((x - p[0]) ** 2 + 1e-3 * p[2]), 0, 1)[0], [0.2, 1.5, 0.7]),
    "fixed": (lambda S, p: S.fixed_quad(lambda x, a: np.exp(-a * x), p[0], p[1], args=(p[2],), n=6)[0], [0.2, 1.5, 0.7]),
}  # fmt: skip


@pytest.mark.parametrize("name", INTEGRALS)
def test_integrals_of_functions(name: str) -> None:
    f, at = INTEGRALS[name]
    points = [(np.array(at),), (np.array(at) * [1.1, 0.9, 1.2],)][: 1 if name == "peak" else 2]  # one point: its own nodes
    check(partial(f, integrate), partial(f, scipy.integrate), points, value=1e-11, first=1e-7, second=1e-5, h=1e-3, float32=name != "peak")


def test_double_integrals_have_moving_limits() -> None:
    f = lambda S, p: S.dblquad(lambda y, x: x * y**2 * p[0], 0.0, p[1], lambda x: 0.5 * x, lambda x: x + p[0])[0]
    p = np.array([0.6, 1.2])
    assert math.isclose(f(integrate, p), f(scipy.integrate, p), rel_tol=1e-13)
    g = jt.grad(lambda p: f(integrate, p))(p)
    for i in range(2):
        h = 1e-5 * np.eye(2)[i]
        assert math.isclose(g[i], (f(scipy.integrate, p + h) - f(scipy.integrate, p - h)) / 2e-5, rel_tol=1e-7)


def test_triple_integrals() -> None:
    """Of t z over the simplex x + y + z < t, whose limits all move."""
    f = lambda t: integrate.tplquad(lambda z, y, x: t * z, 0.0, t, 0.0, lambda x: t - x, 0.0, lambda x, y: t - x - y)[0]  # t^5 / 24
    assert math.isclose(f(1.2), 1.2**5 / 24, rel_tol=1e-12)
    assert math.isclose(jt.grad(f)(1.2), 5 * 1.2**4 / 24, rel_tol=1e-10)


def test_limits_that_meet_and_singular_ends() -> None:
    assert jt.grad(lambda x: integrate.quad(lambda s: s + 2.0, 0.5, x)[0])(0.5) == pytest.approx(2.5, rel=1e-12)
    f = lambda p: integrate.quad(lambda s: p[1] / np.sqrt(s), 0.0, p[0])[0]  # 2 p1 sqrt(p0), which QUADPACK extrapolates
    p = np.array([0.5, 1.5])
    assert jt.record(f, p)(p) == pytest.approx(3.0 * np.sqrt(0.5), rel=3e-8)
    np.testing.assert_allclose(jt.grad(f)(p), [1.5 / np.sqrt(0.5), 2.0 * np.sqrt(0.5)], rtol=3e-8)


def test_kinks_that_move() -> None:
    """The derivative, too, is that of the closed form, t^2 - t + 1/2."""
    f = lambda t: integrate.quad(lambda s: np.abs(s - t), 0.0, 1.0)[0]
    for t in (0.3, 0.71):
        assert math.isclose(f(t), t * t - t + 0.5, rel_tol=1e-8)
        assert math.isclose(jt.grad(f)(t), 2.0 * t - 1.0, rel_tol=1e-6)


def test_nodes_are_found_anew_where_they_are_too_few() -> None:
    """A peak that gets sharper in a replay: the guard of the error estimate records it again."""
    f = lambda S: lambda w: S.quad(lambda x: w / (w**2 + (x - 0.3) ** 2), 0.0, 1.0)[0]
    F = jt.record(f(integrate), 1.0)
    for w in (1.0, 1e-3, 0.5):
        assert math.isclose(F(w), f(scipy.integrate)(w), rel_tol=1e-9), w
        exact = -(0.7 / (w**2 + 0.49) + 0.3 / (w**2 + 0.09))
        assert math.isclose(F.grad(w), exact, rel_tol=1e-6), w


def test_special_functions_as_integrals() -> None:
    """The gradient of an incomplete gamma function that is written as its integral."""
    f = lambda a: integrate.quad(lambda t: t ** (a - 1.0) * np.exp(-t), 0.5, 4.0)[0]
    g = lambda a: special.gamma(a) * (special.gammainc(a, 4.0) - special.gammainc(a, 0.5))
    assert math.isclose(jt.grad(f)(2.5), jt.grad(g)(2.5), rel_tol=1e-10)
    assert math.isclose(jt.grad(jt.grad(f))(2.5), jt.grad(jt.grad(g))(2.5), rel_tol=1e-8)


def test_what_is_refused_and_what_is_plain() -> None:
    with pytest.raises(RecordingError, match="points="):
        jt.grad(lambda t: integrate.quad(lambda x: t * x, 0, 1, points=[0.5])[0])(1.0)
    with pytest.raises(ValueError, match="power of two"):
        jt.grad(lambda y: integrate.romb(y))(np.ones(4))
    assert integrate.quad(lambda x: x, 0, 1) == scipy.integrate.quad(lambda x: x, 0, 1)
    assert jt.grad(lambda t: t * integrate.quad(np.cos, 0, 1)[0])(1.0) == scipy.integrate.quad(np.cos, 0, 1)[0]


def test_tensors_that_an_integrand_refers_to_are_found() -> None:
    """By every function that integrates one; without a derivative where none is asked for."""
    functions = (
        lambda p: integrate.quad(lambda x: p[0] * x if x < 0.5 else p[1] + x, 0.0, 1.0)[0],
        lambda p: integrate.fixed_quad(lambda x: np.exp(-p[1] * x), 0.0, 1.0)[0] * p[0],
        lambda p: integrate.dblquad(lambda y, x: x * y * p[0], 0.0, p[1], 0.0, lambda x: x + p[0])[0],
        lambda p: integrate.quad(partial(lambda x, q: q[0] * x**2, q=p), 0.0, 1.0, full_output=1)[0],
    )
    at = np.array([0.3, 1.2])
    for f in functions:
        p = jt.tensor(at, requires_grad=True)
        out = f(p)
        out.backward()
        assert out.item() == pytest.approx(f(at), rel=1e-12)
        np.testing.assert_allclose(p.grad.numpy(), jt.grad(f)(at), rtol=1e-12)
        with jt.no_grad():
            assert not f(p).requires_grad


def test_integrands_in_single_precision_have_its_digits() -> None:
    for a in np.random.default_rng(0).normal(size=30).astype(np.float32):
        value, gradient = jt.value_and_grad(lambda x: integrate.quad(lambda t: np.exp(-t * x[0] * 0.3), 0.0, 1.0)[0])(np.array([a]))
        exact = -np.expm1(-0.3 * float(a)) / (0.3 * float(a))
        assert value == pytest.approx(exact, rel=1e-5)
        assert gradient[0] == pytest.approx((np.exp(-0.3 * float(a)) - exact) / float(a), rel=1e-3, abs=1e-5)
