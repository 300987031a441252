"""Least squares: Jacobians, Gauss-Newton products and solutions, against NumPy by hand and finite differences."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from naive import finite_difference
from scipy.sparse.linalg import cg, lsmr

import jittape as jt
from jittape.errors import GradientError
from jittape.integrate.scipy import Residuals, least_squares, root

N = 6


def chain(x: Any) -> Any:
    """Residuals of the extended Rosenbrock function: 2 N - 2 of them."""
    return np.concatenate([10.0 * (x[1:] - x[:-1] ** 2), 1.0 - x[:-1]])


def chain_jacobian(x: Any) -> Any:
    n = x.size
    J = np.zeros((2 * n - 2, n))
    i = np.arange(n - 1)
    J[i, i], J[i, i + 1], J[n - 1 + i, i] = -20.0 * x[:-1], 10.0, -1.0
    return J


@pytest.mark.parametrize("sparse", [False, True])
def test_everything_is_what_the_jacobian_says(sparse: bool) -> None:
    rng = np.random.default_rng(0)
    R = Residuals(chain, np.ones(N), sparse=sparse)
    assert R.shape == (2 * N - 2, N)
    for _ in range(3):
        x, v, u = rng.normal(size=N), rng.normal(size=N), rng.normal(size=2 * N - 2)
        r, J = chain(x), chain_jacobian(x)
        np.testing.assert_allclose(R.residuals(x), r)
        found = R.jac(x)
        assert scipy.sparse.issparse(found) == sparse
        np.testing.assert_allclose(found.toarray() if sparse else found, J, atol=1e-14)
        G = R.gauss_newton(x)
        if sparse:
            assert isinstance(G, scipy.sparse.csr_array) and G.indices.dtype == np.int32 and G.has_sorted_indices
            assert G.nnz == 3 * N - 2
            G = G.toarray()
        np.testing.assert_array_equal(G, G.T)
        np.testing.assert_allclose(G, J.T @ J, rtol=1e-13, atol=1e-12)
        np.testing.assert_allclose(R.gauss_newton_product(x, v), J.T @ (J @ v), rtol=1e-12, atol=1e-11)
        np.testing.assert_allclose(R.jac_product(x, v), J @ v, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(R.jac_transpose_product(x, u), J.T @ u, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(R.gradient(x), J.T @ r, rtol=1e-12, atol=1e-11)
        assert R.cost(x) == pytest.approx(r @ r / 2)
        np.testing.assert_allclose(R.operator(x) @ v, J @ v, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(R.operator(x).T @ u, J.T @ u, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(R.gauss_newton_operator(x) @ v, J.T @ (J @ v), rtol=1e-12, atol=1e-11)
        np.testing.assert_allclose(R.gradient(x), finite_difference(lambda y: R.cost(y), x), rtol=1e-5, atol=1e-4)


def test_a_point_is_replayed_once() -> None:
    R = Residuals(chain, np.ones(N))
    x = np.linspace(0.0, 1.0, N)
    before = R.function.paths[0].hits
    r, g, p, a = R.residuals(x), R.gradient(x), R.gauss_newton_product(x, x), R.jac_product(x, x)
    assert R.function.paths[0].hits == before + 1
    J = R.jac(x)
    hits = R.function.paths[0].hits
    np.testing.assert_array_equal(R.jac(x), J)
    assert R.function.paths[0].hits == hits
    r[:], J[:] = 0.0, 0.0  # results belong to whoever asked
    np.testing.assert_allclose(R.residuals(x), chain(x))
    np.testing.assert_allclose(R.jac(x), chain_jacobian(x))
    x[0] = 0.5  # in place, as SciPy does
    np.testing.assert_allclose(R.residuals(x), chain(x))
    np.testing.assert_allclose(R.gradient(x), chain_jacobian(x).T @ chain(x))
    assert not np.allclose(R.gradient(x), g) and p.shape == (N,) and a.shape == (2 * N - 2,)


def test_parameters_and_paths() -> None:
    def model(x: Any, data: Any = None) -> Any:
        return np.where(True, x[0] * x - data, 0.0) if x[1] > 0 else x**2 * data

    data = np.arange(3.0)
    R = Residuals(model, np.ones(3), data=data)
    x = np.array([2.0, 1.0, 3.0])
    np.testing.assert_allclose(R.residuals(x), 2.0 * x - data)
    R.function.bind(data=data + 1.0)
    np.testing.assert_allclose(R.residuals(x), 2.0 * x - data - 1.0)
    y = np.array([2.0, -1.0, 3.0])
    J = np.diag(2 * y * (data + 1.0))
    np.testing.assert_allclose(R.jac(y), J)
    np.testing.assert_allclose(R.gauss_newton_product(y, x), J.T @ (J @ x))
    np.testing.assert_allclose(R.jac_product(x, y), np.array([4.0 * y[0], 2 * y[1] + y[0], 2 * y[2] + 3 * y[0]]))


def test_residuals_of_any_shape_long_runs_and_pickles() -> None:
    n = 3000
    R = Residuals(lambda x: (x[:-1] * x[1:]).reshape(-1, 1), np.ones(n))
    x, v = np.random.default_rng(1).normal(size=(2, n))
    J = scipy.sparse.diags_array([x[1:], x[:-1]], offsets=[0, 1], shape=(n - 1, n)).tocsr()
    assert R.residuals(x).shape == (n - 1,) and R.sparse
    assert abs(R.jac(x) - J).max() < 1e-14
    np.testing.assert_allclose(R.gauss_newton_product(x, v), J.T @ (J @ v), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(R.jac_product(x, v), J @ v, rtol=1e-12, atol=1e-13)
    again = pickle.loads(pickle.dumps(Residuals(chain, np.ones(N))))
    np.testing.assert_allclose(again.gradient(x[:N]), chain_jacobian(x[:N]).T @ chain(x[:N]))


def test_gauss_newton_by_products() -> None:
    """Steps by lsmr with J and by cg with J' J are those of the normal equations, and end at the solution."""
    R = Residuals(chain, np.zeros(N))
    x = np.full(N, 0.8)
    for k in range(20):
        J = chain_jacobian(x)
        step = np.linalg.solve(J.T @ J, -J.T @ chain(x))
        A = R.operator(x)
        np.testing.assert_allclose(lsmr(A, -R.residuals(x), atol=1e-13, btol=1e-13)[0], step, rtol=1e-5, atol=1e-8)
        solved, failed = cg(R.gauss_newton_operator(x), -R.gradient(x), rtol=1e-12)
        assert not failed
        np.testing.assert_allclose(solved, step, rtol=1e-5, atol=1e-8)
        x = x + step
    np.testing.assert_allclose(x, np.ones(N), atol=1e-8)


@pytest.mark.parametrize("options", [{}, {"sparse": True}, {"products": True}, {"method": "lm"}, {"method": "dogbox"}, {"loss": "soft_l1", "products": True}])
def test_least_squares(options: dict[str, Any]) -> None:
    found = least_squares(chain, np.full(N, -0.5), xtol=1e-14, ftol=1e-14, gtol=1e-14, **options)
    np.testing.assert_allclose(found.x, np.ones(N), atol=1e-6)
    R = Residuals(chain, np.zeros(N))
    np.testing.assert_allclose(least_squares(R, np.full(N, 0.5)).x, np.ones(N), atol=1e-6)


def test_many_variables_by_method_lm() -> None:
    """MINPACK takes dense Jacobians, so they are not sparse by default there."""
    found = least_squares(lambda x: np.concatenate([x[1:] * x[:-1] - 1.0, x[:1] - 1.0]), np.full(250, 1.1), method="lm")
    np.testing.assert_allclose(found.x, np.ones(250), atol=1e-6)


def test_bad_input() -> None:
    with pytest.raises(GradientError, match="np.concatenate them"):
        Residuals(lambda x: (x, x**2), np.ones(2))
    with pytest.raises(GradientError, match="one recorded array"):
        Residuals(lambda x: np.ones(3), np.ones(2))
    with pytest.raises(GradientError, match="None; a return is missing"):
        Residuals(lambda x: None, np.ones(2))
    with pytest.raises(ValueError, match="one axis"):
        Residuals(chain, np.ones((2, 2)))
    R = Residuals(chain, np.ones(N))
    for call in (R.jac_product, R.gauss_newton_product):
        with pytest.raises(ValueError, match=f"a direction is a vector of {N} numbers"):
            call(np.ones(N), np.ones(N + 1))
    with pytest.raises(ValueError, match=f"an adjoint is a vector of {2 * N - 2} numbers"):
        R.jac_transpose_product(np.ones(N), np.ones(N))
    with pytest.raises(ValueError, match="shape"):
        R.residuals(np.ones(N + 1))
    np.testing.assert_allclose(R.residuals(np.zeros(N)), chain(np.zeros(N)))
    with pytest.raises(TypeError, match="has its own Jacobian"):
        least_squares(chain, np.ones(N), jac="3-point")
    with pytest.raises(TypeError, match="give parameters and sparse to it"):
        least_squares(R, np.ones(N), sparse=True)
    with pytest.raises(TypeError, match="bind them"):
        Residuals(jt.record(chain, np.ones(N)), np.ones(N), a=1.0)


@pytest.mark.parametrize("kind", [list, tuple])
def test_residuals_in_a_list(kind: Any) -> None:
    def r(x: Any, scale: float = 1.0) -> Any:
        return kind([scale * (x[0] - 1.0), x[0] * x[1] - 6.0, 0.5])

    R = Residuals(r, np.ones(2), scale=np.float64(2.0))
    x = np.array([2.0, 5.0])
    assert R.residuals(x).tolist() == [2.0, 4.0, 0.5] and R.jac(x).tolist() == [[2.0, 0.0], [5.0, 2.0], [0.0, 0.0]]
    assert R.function.name == "r"
    np.testing.assert_allclose(least_squares(r, np.ones(2)).x, [1.0, 6.0], rtol=1e-6)
    np.testing.assert_allclose(root(lambda x: kind([x[0] - 1.0, x[0] * x[1] - 6.0]), np.ones(2)).x, [1.0, 6.0], rtol=1e-9)
