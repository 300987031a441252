"""Linear algebra of small matrices in Numba functions, by their elements, beside LAPACK's instructions of larger ones."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

import jittape as jt
from jittape.native.numpy.small_matrices import ROWS


@njit
def everything(a, b, c):
    """Of a matrix, a vector and a matrix on the right."""
    s = np.linalg.solve(a, b)[0] + np.sum(np.linalg.solve(a, c) * c) + np.sum(np.linalg.inv(a) * a.T)
    sign, log = np.linalg.slogdet(a)
    return s + np.linalg.det(a) ** 0.5 / np.exp(0.5 * log) * sign + log


@njit
def factor(a):
    low = np.linalg.cholesky(a)
    return np.sum(low * np.arange(a.size).reshape(a.shape))


def matrix(n):
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, n)) + 2.0 * np.eye(n)[::-1]  # pivots are not on the diagonal
    if np.linalg.det(a) < 0:
        a[0] *= -1.0
    return a, rng.normal(size=n), rng.normal(size=(n, 2))


def differences(f, x):
    found = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        h = np.zeros(x.shape)
        h[i] = 1e-4
        found[i] = (8.0 * (f(x + h) - f(x - h)) - f(x + 2 * h) + f(x - 2 * h)) / 12e-4
    return found


@pytest.mark.parametrize("n", [ROWS + 1, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2, 3, 5, ROWS))])
def test_every_operation_by_every_argument(n):
    args, plain = matrix(n), everything.py_func
    value, gradients = jt.value_and_grad(everything, argnums=(0, 1, 2))(*args)
    np.testing.assert_allclose(value, plain(*args), rtol=1e-9)
    for i, g in enumerate(gradients):
        want = differences(lambda x, i=i: plain(*[x if k == i else y for k, y in enumerate(args)]), args[i])
        np.testing.assert_allclose(g, want, rtol=1e-5, atol=1e-6 * np.abs(want).max())
        if n == 2:  # what is compiled is the same for others
            alone = jt.grad(everything, argnums=i)(*args)  # the others are plain
            np.testing.assert_allclose(alone, g, rtol=1e-9, atol=1e-11 * np.abs(want).max())
    recorded = jt.record(everything, *args)  # by the tape's instructions
    for g, r in zip(gradients, recorded.grad(*args), strict=True):
        np.testing.assert_allclose(r, g, rtol=1e-7, atol=1e-9 * np.abs(g).max())


@pytest.mark.parametrize("n", [1, 3, ROWS, ROWS + 1])
def test_factors_of_positive_definite_matrices(n):
    a = matrix(n)[0]
    a = a @ a.T + np.eye(n)
    g = jt.grad(factor)(a)
    want = differences(factor, a)
    np.testing.assert_allclose(g, want, rtol=1e-7, atol=1e-8)
    assert (np.triu(g, 1) == 0).all()  # LAPACK reads the lower triangle


@pytest.mark.parametrize("n", [2, ROWS + 1])
def test_matrices_that_have_no_inverse(n):
    a = np.zeros((n, n))
    for f in (njit(lambda a: np.sum(np.linalg.solve(a, a))), njit(lambda a: np.linalg.inv(a)[0, 0]), njit(lambda a: np.linalg.cholesky(a)[0, 0])):
        for gradient in (jt.grad(f), jt.native.grad(f)):
            with pytest.raises(np.linalg.LinAlgError):
                gradient(a)
    a = np.ones((n, n)) + np.diag(np.arange(n) > 0)
    a[0] = 0.0
    f = njit(lambda a: np.linalg.det(a))
    np.testing.assert_allclose(jt.grad(f)(a), differences(f, a), rtol=1e-6, atol=1e-8)


def test_second_derivatives():
    args = matrix(3)
    h = jt.hessian(lambda a: jt.native.wrap(everything)(a, *args[1:]))(args[0])
    gradient = jt.grad(everything)
    for i in np.ndindex(3, 3):
        e = np.zeros((3, 3))
        e[i] = 1e-5
        want = (gradient(args[0] + e, *args[1:]) - gradient(args[0] - e, *args[1:])) / 2e-5
        np.testing.assert_allclose(h[i], want, rtol=1e-4, atol=1e-4 * np.abs(want).max())
