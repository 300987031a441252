"""Differences, slopes, integrals, interpolation, convolution, polynomials and covariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy_oracle import agree, instructions, recorded

import jittape as jt


@pytest.fixture
def x(rng):
    return rng.normal(size=(4, 5, 3))


@pytest.mark.parametrize("options", [{}, {"n": 0}, {"n": 3}, {"axis": 0}, {"axis": 1, "n": 2}, {"prepend": 1.0}, {"n": 9}])
def test_diff(options, x):
    agree(lambda x: np.diff(x, **options), x)


def test_diff_with_edges(x):
    agree(lambda x, p: np.diff(x, axis=1, prepend=p, append=p[:, :1] * 2), x, x[:, :2])
    agree(lambda p: np.diff(np.arange(3.0), prepend=p, append=7), 0.3)
    assert recorded(lambda x: np.diff(x > 0), np.array([1.0, -1.0, -2.0]))[0].tolist() == [True, False]
    with pytest.raises(ValueError, match="non-negative but got -1"):
        jt.grad(lambda x: np.sum(np.diff(x, -1)))(x)


def test_ediff1d(x):
    agree(np.ediff1d, x)
    agree(lambda x: np.ediff1d(x, to_end=x[0, 0, 0], to_begin=[1.0, 2.0]), x)
    agree(lambda e: np.ediff1d([1.0, 4.0], to_end=e), np.array([0.5, 0.1]))


@pytest.mark.parametrize("edge_order", [1, 2])
def test_gradient(edge_order, x, rng):
    coordinates = [np.cumsum(rng.random(n) + 0.2) for n in x.shape]
    agree(lambda x: list(np.gradient(x, edge_order=edge_order)), x)
    agree(lambda x: np.gradient(x, 0.3, axis=1, edge_order=edge_order), x)
    agree(lambda x: list(np.gradient(x, 0.3, coordinates[1], 2.0, edge_order=edge_order)), x)
    agree(lambda x: list(np.gradient(x, coordinates[2], 0.7, axis=(2, 0), edge_order=edge_order)), x)
    agree(lambda f, t: np.gradient(f, t, edge_order=edge_order), x[0, :, 0], coordinates[1], order=2)
    agree(lambda t: np.gradient(x, t, axis=1, edge_order=edge_order), coordinates[1])
    agree(lambda h: list(np.gradient(x, h, edge_order=edge_order)), 0.4)
    agree(lambda x: np.gradient(x, np.arange(5), axis=1, edge_order=edge_order), x)


def test_gradient_refuses(x):
    for f, error, message in (
        (lambda x: np.gradient(x, 1.0, 2.0), TypeError, "got 2 for 3 axes"), (lambda x: np.gradient(x[:1], axis=0), ValueError, "too small"),
        (lambda x: np.gradient(x, np.arange(3.0), axis=1), ValueError, "3 and 5"), (lambda x: np.gradient(x, edge_order=3), ValueError, "3"),
    ):  # fmt: skip
        with pytest.raises(error, match=message):
            jt.grad(lambda x, f=f: np.sum(f(x)))(x)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_trapezoid(axis, x, rng):
    t = np.cumsum(rng.random(x.shape[axis]))
    agree(lambda x: np.trapezoid(x, axis=axis, dx=0.1), x)
    agree(lambda x, t: np.trapezoid(x, t, axis=axis), x, t, order=2)
    agree(lambda t: np.trapezoid(x, t, axis=axis), t)
    agree(lambda y, t: np.trapezoid(y, t, axis=axis), x, rng.normal(size=x.shape))


def test_trapezoid_over_places_of_more_axes(rng):
    agree(lambda y, t: np.trapezoid(y, t), rng.normal(size=4), rng.normal(size=(2, 4)), order=2)
    agree(lambda y, t: np.trapezoid(y, t), rng.normal(size=8), rng.normal(size=(3, 2)))
    agree(lambda y, t: np.trapezoid(y, t, axis=-2), rng.normal(size=(3, 2)), rng.normal(size=(2, 3, 2)))


# --- interpolation -------------------------------------------------------------------------------------------------------


def test_interp(rng):
    xp, fp = np.cumsum(rng.random(6) + 0.2), rng.normal(size=6)
    x = rng.uniform(xp[0] - 0.5, xp[-1] + 0.5, size=(4, 5))
    agree(np.interp, x, xp, fp)
    agree(lambda x: np.interp(np.sin(x), xp - 1.5, fp), x, order=2)
    agree(lambda fp: np.interp(x, xp, fp), fp)
    agree(lambda xp: np.interp(x, xp, fp, left=-1.0, right=2.0), xp, order=2)
    agree(lambda x: np.interp(x, xp, fp), float(x[0, 0]))
    agree(lambda x, v: np.interp(x, xp, fp, left=v, right=3 * v), x, 0.7)
    assert instructions(lambda x: np.interp(x, xp, fp), rng.uniform(0, 3, size=3000)) <= 8


def test_interp_is_exact_at_its_nodes(rng):
    xp, fp = np.array([0.0, 1.0, 1.0, 2.0, 2.0]), np.array([1.0, 3.0, 5.0, 6.0, 7.0])
    x = np.array([-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, np.nan])
    np.testing.assert_array_equal(recorded(lambda x: np.interp(x, xp, fp), x)[0], np.interp(x, xp, fp))
    np.testing.assert_array_equal(recorded(lambda f: np.interp(x, [1.0], f), np.array([4.0]))[0], np.interp(x, [1.0], [4.0]))
    slopes = jt.jacobian(lambda x: np.interp(x, xp[:3], fp[:3]))(np.array([-1.0, 0.0, 0.5, 2.0])).diagonal()
    assert slopes.tolist() == [0.0, 2.0, 2.0, 0.0]


def test_interp_as_jax_has_it(rng):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    xp, fp, x = np.cumsum(rng.random(6) + 0.2), rng.normal(size=6), rng.uniform(-1, 5, size=30)
    expected = jax.grad(lambda *a: jax.numpy.sum(jax.numpy.interp(*a) ** 2), (0, 1, 2))(x, xp, fp)
    found = jt.grad(lambda *a: np.sum(np.interp(*a) ** 2), (0, 1, 2))(x, xp, fp)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def test_periodic_interp(rng):
    x = rng.uniform(-500, 500, size=20)
    xp, fp = np.array([190.0, -190.0, 350.0, -350.0]), np.array([5.0, 10.0, 3.0, 4.0])
    agree(lambda x, xp, fp: np.interp(x, xp, fp, period=360), x, xp, fp)
    agree(lambda fp: np.interp(x, xp, fp, period=-360), fp)


def test_interp_refuses():
    x = np.ones(3)
    for f, error, message in (
        (lambda x: np.interp(x, [0.0, 1.0], [1.0]), ValueError, "not of the same length: 1 and 2"), (lambda x: np.interp(x, [], []), ValueError, "empty"),
        (lambda x: np.interp(x, [[0.0]], [1.0]), ValueError, "1-D"), (lambda x: np.interp(x, [0.0], [1.0], period=0), ValueError, "non-zero"),
        (lambda x: np.interp(x, [0.0], [1.0], period=x[0]), TypeError, "plain period"),
    ):  # fmt: skip
        with pytest.raises(error, match=message):
            jt.grad(lambda x, f=f: np.sum(f(x)))(x)
    F = jt.record(lambda x: np.sum(np.interp(x, [0.0, 1.0], [0.0, 1.0])), x / 2, on_branch="raise")
    assert F.grad(x / 4).tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(jt.errors.BranchChanged, match="interval"):
        F(x)
    F = jt.record(lambda fp: np.sum(np.interp([0.25, 0.5], [0.0, 1.0], fp)), np.zeros(2))
    assert F.grad(np.ones(2)).tolist() == [1.25, 0.75]


@pytest.mark.parametrize("period", [2 * np.pi, 3.0])
def test_unwrap(period, rng):
    x = np.cumsum(rng.normal(size=(4, 30)) * 2, axis=1) % period
    agree(lambda x: np.unwrap(x, period=period), x)
    agree(lambda x: np.unwrap(x, axis=0, period=period, discont=2.5), x)
    edge = np.array([0.0, period / 2, 0.0, -period / 2, 4 * period])
    agree(lambda x: np.unwrap(x, period=period), edge, order=0)


# --- convolution and polynomials ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve", "correlate"])
@given(st.integers(1, 8), st.integers(1, 8))
def test_convolution_of_any_lengths(name, mode, n, m):
    rng = np.random.default_rng(n + 10 * m)
    a, v = rng.normal(size=n), rng.normal(size=m)
    agree(lambda a, v: getattr(np, name)(a, v, mode), a, v, order=0)
    by_a, by_v = jt.jacobian(lambda a, v: getattr(np, name)(a, v, mode), (0, 1))(a, v)
    for i in range(n):  # linear in either argument
        np.testing.assert_allclose(by_a[:, i], getattr(np, name)(np.eye(n)[i], v, mode), atol=1e-14)
    for i in range(m):
        np.testing.assert_allclose(by_v[:, i], getattr(np, name)(a, np.eye(m)[i], mode), atol=1e-14)


@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_convolution_to_second_order(name, rng):
    a, v = rng.normal(size=6), rng.normal(size=3)
    agree(lambda a, v: getattr(np, name)(a * v[0], v**2), a, v, order=2)
    agree(lambda a: getattr(np, name)(v, a, "same"), a, order=2)
    agree(lambda v: getattr(np, name)([1, 2, 3], v, "full"), v, order=2)
    assert instructions(lambda a: getattr(np, name)(a, v), rng.normal(size=5000)) == 1
    with pytest.raises(ValueError, match="v cannot be empty"):
        jt.grad(lambda a: np.sum(getattr(np, name)(a, [])))(a)
    with pytest.raises(ValueError, match="'nosuch'"):
        jt.grad(lambda a: np.sum(getattr(np, name)(a, v, "nosuch")))(a)
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        jt.grad(lambda a: np.sum(getattr(np, name)(a.reshape(2, 3), v)))(a)


def test_a_convolution_is_replayed(rng):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    a, v = rng.normal(size=9), rng.normal(size=4)
    F = jt.record(lambda a, v: np.sum(np.convolve(a, v, "same") ** 2), np.zeros(9), np.zeros(4))
    assert F(a, v) == pytest.approx(np.sum(np.convolve(a, v, "same") ** 2), rel=1e-14)
    expected = jax.grad(lambda a, v: jax.numpy.sum(jax.numpy.convolve(a, v, mode="same") ** 2), (0, 1))(a, v)
    for found, e in zip(F.grad(a, v), expected, strict=True):
        np.testing.assert_allclose(found, e, rtol=1e-12)


def test_a_zero_adjoint_stays_zero_in_a_convolution():
    def f(a, v):
        return np.sum(np.where(np.array([True, False, False]), np.convolve(a, v, "full"), 0.0))

    by_a, by_v = jt.grad(f, (0, 1))(np.array([2.0, 3.0]), np.array([4.0, np.inf]))
    assert by_a.tolist() == [4.0, 0.0]
    assert by_v.tolist() == [2.0, 0.0]


def test_polynomials(rng):
    p, x = rng.normal(size=4), rng.normal(size=(2, 3))
    agree(np.polyval, p, x, order=2)
    agree(lambda x: np.polyval([1, 0, 2], x), x)
    agree(lambda p: np.polyval(p, 0.3), p)
    agree(lambda p: np.polyadd(p, [1.0, 2.0]), p)
    agree(lambda p: np.polysub([1.0] * 6, p), p)
    agree(lambda p, q: np.polymul(p, q), p, p[:2], order=2)
    agree(lambda p: np.polyder(p, 2), p)
    agree(np.polyint, p)
    agree(lambda p, k: np.polyint(p, 2, k=k), p, np.array([0.3, 0.7]))
    with pytest.raises(ValueError, match="got 2 constants for 3"):
        jt.grad(lambda p: np.sum(np.polyint(p, 3, k=[1.0, 2.0])))(p)
    for options in ({}, {"N": 3}, {"increasing": True}, {"N": 0}, {"N": 1}):
        agree(lambda x, o=options: np.vander(x, **o), np.array([0.0, -1.3, 0.7]), order=2 if options != {"N": 0} else 0)
    with pytest.raises(TypeError, match=r"np\.vander"):
        jt.grad(lambda x: np.polyfit(x, x, 1)[0])(p)
    with pytest.raises(TypeError, match="complex"):
        jt.grad(lambda x: np.roots(x)[0])(p)


# --- covariance ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [
    {}, {"rowvar": False}, {"bias": True}, {"ddof": 2}, {"fweights": [1, 2, 1, 3, 1]}, {"aweights": [0.5, 1.0, 2.0, 0.1, 1.0]},
    {"fweights": [1, 2, 1, 3, 1], "aweights": [0.5, 1.0, 2.0, 0.1, 1.0]}, {"aweights": [0.5, 1.0, 2.0, 0.1, 1.0], "ddof": 0},
])  # fmt: skip
def test_cov(options, rng):
    m, y = rng.normal(size=(3, 5)), rng.normal(size=(2, 5))
    if options.get("rowvar") is False:
        m, y = m.T, y.T
    agree(lambda m: np.cov(m, **options), m, order=2)
    agree(lambda m, y: np.cov(m, y, **options), m, y)
    agree(lambda y: np.cov(m, y, **options), y)
    agree(lambda m: np.cov(m, **{k: v for k, v in options.items() if k != "rowvar"}), rng.normal(size=5))


def test_cov_of_weights_and_errors(rng):
    m = rng.normal(size=(3, 5))
    agree(lambda w: np.cov(m, aweights=w), rng.random(5) + 0.2, order=2)
    agree(lambda m: np.cov(m, m[0]), m)
    assert instructions(np.cov, rng.normal(size=(20, 400))) <= 6
    for f, error, message in (
        (lambda m: np.cov(m, fweights=[1, 2]), RuntimeError, "fweights"), (lambda m: np.cov(m, fweights=[0.5] * 5), TypeError, "integer"),
        (lambda m: np.cov(m, aweights=[-1.0] * 5), ValueError, "negative"), (lambda m: np.cov(m, ddof=0.5), ValueError, "integer"),
        (lambda m: np.cov(m, fweights=m[0]), TypeError, "aweights"), (lambda m: np.cov(m[None]), ValueError, "2 dimensions"),
    ):  # fmt: skip
        with pytest.raises(error, match=message):
            jt.grad(lambda m, f=f: np.sum(f(m)))(m)
    with pytest.warns(RuntimeWarning, match="Degrees of freedom"):
        jt.grad(lambda m: np.sum(np.cov(m[:, :1])))(m)


@pytest.mark.parametrize("rowvar", [True, False])
def test_corrcoef(rowvar, rng):
    m = rng.normal(size=(4, 4))
    upper = np.triu_indices(4, 1)
    agree(lambda m: np.corrcoef(m, rowvar=rowvar)[upper], m, order=2)
    agree(lambda m, y: np.corrcoef(m, y, rowvar=rowvar)[upper], m, rng.normal(size=(4, 4)))
    agree(lambda v: np.corrcoef(v), rng.normal(size=5), order=0)


# --- functions along axes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_apply_along_axis(axis, x):
    agree(lambda x: np.apply_along_axis(lambda v: v[0] * v[1], axis, x), x)
    agree(lambda x: np.apply_along_axis(np.cumsum, axis, x), x)
    agree(lambda x: np.apply_along_axis(lambda v, k, scale: np.stack([v[:2], k * v[1:3]]) * scale, axis, x, 3.0, scale=2.0), x)
    with pytest.raises(ValueError, match="shapes"):
        lengths = iter(range(1, 100))
        jt.grad(lambda x: np.sum(np.apply_along_axis(lambda v: np.repeat(v[0], next(lengths)), axis, x)))(x)


def test_apply_over_axes(x):
    agree(lambda x: np.apply_over_axes(np.sum, x, [0, 2]), x)
    agree(lambda x: np.apply_over_axes(lambda a, axis: np.cumsum(a, axis), x, 1), x)
