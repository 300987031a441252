"""Lagrangians: against derivatives written by hand, parameters bound anew without recording, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import jittape as jt

Lagrangian = jt.integrate.Lagrangian
X, W = np.array([0.3, -0.8, 1.7]), np.array([2.0, -1.0, 0.5])


def f(x: Any, a: Any) -> Any:
    return a * np.sum(x**3)


def c(x: Any, b: Any) -> Any:
    return [x[0] * x[1], b * np.exp(x[2])]


def d(x: Any) -> Any:
    return np.sin(x[0])


def by_hand(a: float, b: float, sigma: float) -> tuple[float, Any, Any]:
    x, y, z = X
    u, v, w = W
    value = sigma * a * np.sum(X**3) + u * x * y + v * b * np.exp(z) + w * np.sin(x)
    gradient = 3 * sigma * a * X**2 + [u * y + w * np.cos(x), u * x, v * b * np.exp(z)]
    H = np.diag(6 * sigma * a * X + [-w * np.sin(x), 0.0, v * b * np.exp(z)])
    H[0, 1] = H[1, 0] = u
    return value, gradient, H


@pytest.mark.parametrize("sparse", [False, True])
def test_values_and_derivatives(sparse: bool) -> None:
    L = Lagrangian(f, [c, d], np.ones(3), sparse=sparse, a=2.0, b=np.array(3.0))
    assert (L.n, L.m, L.sizes) == (3, 3, [2, 1])
    recorded = L.function.statistics["recorded"]
    for a, b, sigma in ((2.0, 3.0, 1.0), (2.0, 3.0, 0.0), (0.5, 3.0, 0.7), (0.5, -1.0, 1.0)):
        L.bind(a=a)
        L.bind(b=np.array(b))
        value, gradient, H = by_hand(a, b, sigma)
        assert L(X, W, sigma) == pytest.approx(value)
        np.testing.assert_allclose(L.grad(X, W, sigma), gradient)
        found = L.hessian(X, W, sigma=sigma)
        assert scipy.sparse.issparse(found) == sparse
        np.testing.assert_allclose(found.toarray() if sparse else found, H, atol=1e-14)
        np.testing.assert_allclose(L.hvp(X, np.eye(3), W, sigma), H, atol=1e-14)
        J = L.jacobian(X)
        np.testing.assert_allclose(J.toarray() if sparse else J, [[X[1], X[0], 0], [0, 0, b * np.exp(X[2])], [np.cos(X[0]), 0, 0]])
        np.testing.assert_allclose(L.constraints(X), [X[0] * X[1], b * np.exp(X[2]), np.sin(X[0])])
        assert L.objective(X) == pytest.approx(a * np.sum(X**3))
    assert L.function.statistics["recorded"] == recorded


def test_the_pattern_does_not_depend_on_the_multipliers() -> None:
    L = Lagrangian(f, [c, d], np.ones(3), a=2.0, b=3.0)
    H = L.sparse_hessian(X, np.zeros(3), 0.0)
    assert H.nnz == 5 and not H.data.any()
    again = L.sparse_hessian(X, W, out=H)
    assert again is H
    np.testing.assert_allclose(H.toarray(), by_hand(2.0, 3.0, 1.0)[2], atol=1e-14)


def test_recorded_functions_keep_their_parameters() -> None:
    """Two that have a parameter of the same name, of which one is bound anew."""
    F = jt.record(lambda x, a: a * (x @ x), np.ones(2), a=1.0)
    C = jt.record(lambda x, a, power: (a * x) ** power, np.ones(2), a=np.ones(2), power=2)
    L = Lagrangian(F, C, np.ones(2))
    x = np.array([1.0, 2.0])
    assert L.objective is F
    assert L(x, [1.0, 1.0]) == 10.0
    C.bind(a=np.array([0.0, 3.0]))
    assert L(x, [1.0, 1.0]) == 41.0 and L.constraints(x).tolist() == [0.0, 36.0]
    F.bind(a=2.0)
    assert L(x, [1.0, 1.0]) == 46.0
    np.testing.assert_allclose(L.hessian(x, [1.0, 1.0]), [[4.0, 0.0], [0.0, 22.0]])
    with pytest.raises(TypeError, match=r"bound by F\.bind"):
        L.bind(a=1.0)


def test_one_part_alone() -> None:
    L = Lagrangian(lambda x: x[0] ** 2, None, np.ones(2))
    assert L.m == 0 and L.constraints is None and L.jacobian(np.ones(2)).shape == L.sparse_jacobian(np.ones(2)).shape == (0, 2)
    assert L.hessian(np.ones(2), sigma=3.0)[0, 0] == 6.0
    L = Lagrangian(None, lambda x: x[0] * x[1], np.ones(2))
    assert L.objective is None and L.hessian(np.ones(2), 3.0).tolist() == [[0.0, 3.0], [3.0, 0.0]]
    L = Lagrangian(lambda x: 1.0, lambda x: x[0] ** 2, np.ones(2))  # a constant objective
    assert L.hessian(np.ones(2), [1.0]).tolist() == [[2.0, 0.0], [0.0, 0.0]]
    L = Lagrangian(lambda x: 1.0, None, np.ones(2))
    assert L(X[:2]) == 1.0 and not L.grad(X[:2]).any() and L.sparse_hessian(X[:2]).nnz == 0


def test_paths() -> None:
    """Decisions of each part are noticed."""
    L = Lagrangian(lambda x: x[0] ** 2 if x[0] > 0 else x[0] ** 4, lambda x: x[1] ** 2 if x[1] > 0 else x[1] ** 3, np.ones(2))
    for x, y in ((1.0, 1.0), (-1.0, 1.0), (-2.0, -3.0), (1.0, -3.0)):
        expected = [2.0 if x > 0 else 12 * x**2, 2.0 if y > 0 else 6 * y]
        np.testing.assert_allclose(np.diag(L.hessian(np.array([x, y]), [1.0])), expected)
    strict = Lagrangian(jt.record(lambda x: x[0] ** 2 if x[0] > 0 else x[0] ** 4, np.ones(2), on_branch="raise"), lambda x: x[1], np.ones(2))
    with pytest.raises(jt.errors.BranchChanged):
        strict.hessian(-np.ones(2), [1.0])


def test_a_constraint_of_multiplier_zero_adds_nothing() -> None:
    L = Lagrangian(lambda x: x @ x, lambda x: np.sqrt(x), np.ones(2))
    np.testing.assert_allclose(L.hessian(np.array([0.0, 1.0]), [0.0, 0.0]), 2 * np.eye(2))


def test_bad_input() -> None:
    L = Lagrangian(f, c, np.ones(3), a=1.0, b=1.0)
    for wrong in (None, [1.0], np.ones((1, 2)), np.ones(3)):
        with pytest.raises(ValueError, match="array of 2 numbers, one a constraint"):
            L.grad(X, wrong)
    with pytest.raises(ValueError, match="shape"):
        L.grad(np.ones(4), [1.0, 1.0])
    with pytest.raises(TypeError, match="they take a, b"):
        L.bind(e=1.0)
    with pytest.raises(TypeError, match="none of these functions takes a parameter 'e'"):
        Lagrangian(f, c, np.ones(3), a=1.0, b=1.0, e=1.0)
    with pytest.raises(TypeError, match="cannot be called 'sigma'"):
        Lagrangian(lambda x, sigma: sigma * x[0], None, np.ones(3), sigma=1.0)
    with pytest.raises(ValueError, match="an objective or constraints"):
        Lagrangian(None, None, np.ones(3))
    with pytest.raises(ValueError, match="one axis"):
        Lagrangian(f, c, np.ones((3, 3)))
    with pytest.raises(ValueError, match="no variables"):
        Lagrangian(f, c, [])
    with pytest.raises(TypeError, match="a constraint is a function"):
        Lagrangian(f, [c, 3.0], np.ones(3), a=1.0, b=1.0)
    changing = Lagrangian(None, lambda x: x[:2] if x[0] > 0 else x[:1], np.ones(2))
    with pytest.raises(ValueError, match="return 1 numbers at this point, 2"):
        changing(-np.ones(2), [1.0, 1.0])


def test_a_function_that_came_from_a_file_without_its_source(tmp_path: Any) -> None:
    F = jt.record(lambda x: x @ x, np.ones(2))
    F.save(tmp_path / "f.tape")
    with pytest.raises(TypeError, match="loaded without its Python function"):
        Lagrangian(jt.load(tmp_path / "f.tape"), lambda x: x[0], np.ones(2))
