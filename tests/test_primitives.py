"""Functions with derivative rules of their own."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special as sp
from numba import njit

import jittape as jt
from jittape.errors import GradientError, RecordingError
from jittape.testing import check_grad

X = np.array([0.7, 1.3, 2.1])


def lambert(x):
    return np.real(sp.lambertw(x))


def _lambert_slope(x):
    w = lambert_w(x)
    return w / (x * (1.0 + w))


lambert_w = jt.primitive(lambert, partials=[_lambert_slope])


@jt.primitive(partials=(lambda x, n: n * x ** (n - 1.0), None))
def power(x, n):
    assert isinstance(n, int)
    return x**n


@jt.primitive(vjp=lambda g, out, a, b: (np.outer(g, b), a.T @ g))
def product(a, b):
    return a @ b


@jt.primitive(jvp=lambda t, out, a, b: t[0] @ b + a @ t[1])
def forward_product(a, b):
    return a @ b


@jt.primitive(vjp=lambda g, out, x: (g[0] * np.cos(x) + g[1] * 2.0 * x.sum(),))
def two(x):
    return np.sin(x), x.sum() ** 2


def test_partials_of_an_elementwise_function():
    want = sp.lambertw(X).real / (X * (1 + sp.lambertw(X).real))
    np.testing.assert_allclose(jt.grad(lambda x: np.sum(lambert_w(x)))(X), want, rtol=1e-14)
    assert jt.grad(lambert_w)(1.3) == pytest.approx(want[1], rel=1e-14)
    np.testing.assert_array_equal(lambert_w(X), lambert(X))
    check_grad(lambda x: np.sum(lambert_w(x) ** 2 * x), X, order=2)


def test_operands_are_broadcast():
    hyp = jt.primitive(lambda x, y: np.hypot(x, y), partials=(lambda x, y: x / np.hypot(x, y), lambda x, y: y / np.hypot(x, y)))
    a, b = X[:, None], np.array([0.4, 0.9])
    got = jt.grad(lambda a, b: np.sum(hyp(a, b) ** 3), argnums=(0, 1))(a, b)
    want = jt.grad(lambda a, b: np.sum(np.hypot(a, b) ** 3), argnums=(0, 1))(a, b)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-13)


def test_integers_stay_integers():
    assert jt.grad(lambda x: np.sum(power(x, 3)))(X).tolist() == pytest.approx((3 * X**2).tolist())
    assert jt.hessian(lambda x: np.sum(power(x, 2)))(X).diagonal().tolist() == [2.0] * 3
    with pytest.raises(RecordingError, match="beyond 32 bits"):
        jt.grad(lambda x: power(x, 2**40))(2.0)


@pytest.mark.parametrize("f", [product, forward_product])
def test_matrices_by_either_rule(f):
    a, b = np.arange(6.0).reshape(2, 3), X

    def total(a, b, f=f):
        return np.sum(f(a, b) ** 2)

    def plain(a, b):
        return np.sum((a @ b) ** 2)

    for g, w in zip(jt.grad(total, argnums=(0, 1))(a, b), jt.grad(plain, argnums=(0, 1))(a, b), strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-13)
    np.testing.assert_allclose(jt.hessian(total, argnums=1)(a, b), jt.hessian(plain, argnums=1)(a, b), rtol=1e-12)
    tangent = jt.jvp(total, (a, b), (np.ones((2, 3)), X))[1]
    assert tangent == pytest.approx(jt.jvp(plain, (a, b), (np.ones((2, 3)), X))[1], rel=1e-13)
    np.testing.assert_allclose(jt.jacobian(lambda b: f(a, b))(X), a, rtol=1e-14)


def test_tuples_of_results():
    def total(x):
        s, q = two(x)
        return np.sum(s * x) + q**2

    check_grad(total, X, order=2)


def test_recorded_and_replayed():
    f = jt.record(lambda x: np.sum(lambert_w(x) * product(np.outer(x, x), x)), X)
    plain = jt.grad(lambda x: np.sum(lambert_w(x) * (np.outer(x, x) @ x)))
    rows = np.stack([X, 1.1 * X, X[::-1]])
    for x in rows:
        np.testing.assert_allclose(f.grad(x), plain(x), rtol=1e-13)
    np.testing.assert_allclose(f.batch_grad(rows), [plain(x) for x in rows], rtol=1e-12)
    np.testing.assert_allclose(f.hessian(X), jt.hessian(lambda x: np.sum(lambert_w(x) * (np.outer(x, x) @ x)))(X), rtol=1e-11)


def test_saved_and_loaded(tmp_path):
    f = jt.record(lambda x: np.sum(power(x, 3)), X)
    f.save(tmp_path / "f.jt")
    np.testing.assert_array_equal(jt.load(tmp_path / "f.jt").grad(X), f.grad(X))


def test_tensors():
    x = jt.tensor(X, requires_grad=True)
    lambert_w(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), sp.lambertw(X).real / (X * (1 + sp.lambertw(X).real)), rtol=1e-14)
    np.testing.assert_array_equal(lambert_w(jt.tensor(X)).numpy(), lambert(X))


def test_functions_that_store_into_their_arguments():
    def worse(x):
        y = x * 2.0
        x[...] = 7.0
        return y

    f = jt.primitive(worse, vjp=lambda g, out, x: 2.0 * g)
    assert jt.grad(lambda x: np.sum(f(x) * x))(X).tolist() == (4.0 * X).tolist()


def test_errors():
    with pytest.raises(TypeError, match="needs a rule"):
        jt.primitive(lambert)
    with pytest.raises(TypeError, match="not both"):
        jt.primitive(lambert, vjp=lambda g, out, x: g, partials=[np.cos])
    with pytest.raises(TypeError, match="one function an argument"):
        jt.primitive(lambert, partials=np.cos)
    with pytest.raises(TypeError, match="takes a function"):
        jt.primitive(3.0, partials=[np.cos])
    wrong = jt.primitive(lambda a, b: a * b, vjp=lambda g, out, a, b: g * b)
    with pytest.raises(GradientError, match=r"one adjoint an argument \(2\)"):
        jt.grad(lambda x: np.sum(wrong(x, x)))(X)
    shape = jt.primitive(lambda a: np.sum(a), vjp=lambda g, out, a: g)
    with pytest.raises(GradientError, match=r"shape \(\) for array 0 of shape \(3,\)"):
        jt.grad(shape)(X)
    missing = jt.primitive(lambda a, b: a * b, partials=[lambda a, b: b])
    with pytest.raises(GradientError, match="2 arguments and has 1 partials"):
        jt.grad(lambda x: np.sum(missing(x, x)))(X)
    named = jt.primitive(lambda a, how: a, partials=[lambda a, how: 1.0, None])
    with pytest.raises(RecordingError, match="argument 1 .* is str"):
        jt.grad(lambda x: named(x, "fast"))(1.0)
    assert jt.grad(lambda x: np.sum(lambert_w(x)))(X).shape == (3,)  # nothing is left behind
