"""Sparse Hessians of an arrowhead and of an energy on a grid, beside those by hand; bench/growth.py has the same at full size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import jittape as jt


def arrowhead(x: Any) -> Any:
    return np.sum(np.sin(x[0] * x[1:]) + x[1:] ** 4)


def arrowhead_loop(x: Any) -> Any:
    s = 0.0
    for i in range(1, len(x)):
        s = s + np.sin(x[0] * x[i]) + x[i] ** 4
    return s


def arrowhead_by_hand(x: Any) -> Any:
    n, a, y = len(x), x[0], x[1:]
    H = sp.lil_array((n, n))
    H[0, 0] = -np.sum(y**2 * np.sin(a * y))
    H[0, 1:] = np.cos(a * y) - a * y * np.sin(a * y)
    H[1:, 0] = H[0, 1:].toarray().reshape(-1, 1)
    H.setdiag(np.concatenate(([H[0, 0]], 12 * y**2 - a**2 * np.sin(a * y))))
    return H.tocsr()


def energy(u: Any) -> Any:
    """Nonlinear diffusion and a source in every cell: a five-point stencil."""
    return (
        np.sum(np.sqrt(1 + (u[1:] - u[:-1]) ** 2))
        + np.sum(np.sqrt(1 + (u[:, 1:] - u[:, :-1]) ** 2))
        + np.sum(np.exp(0.1 * u))
    )


def energy_by_hand(u: Any) -> Any:
    rows, cols = u.shape
    H = sp.lil_array((u.size, u.size))
    for i in range(rows):
        for j in range(cols):
            k = i * cols + j
            H[k, k] += 0.01 * np.exp(0.1 * u[i, j])
            for a, b in ((i + 1, j), (i, j + 1)):
                if a < rows and b < cols:
                    m, w = a * cols + b, (1 + (u[a, b] - u[i, j]) ** 2) ** -1.5
                    H[k, k] += w
                    H[m, m] += w
                    H[k, m] = H[m, k] = -w
    return H.tocsr()


CASES = [
    pytest.param(arrowhead, arrowhead_by_hand, (2000,), id="arrowhead"),
    pytest.param(arrowhead_loop, arrowhead_by_hand, (300,), id="arrowhead in a loop"),
    pytest.param(energy, energy_by_hand, (40, 40), id="grid"),
    pytest.param(energy, energy_by_hand, (7, 31), id="grid with sides that differ"),
]


@pytest.mark.parametrize(("f", "by_hand", "shape"), CASES)
def test_sparse_hessians_are_those_by_hand(f: Any, by_hand: Any, shape: tuple[int, ...]) -> None:
    points = np.random.default_rng(1).uniform(0.2, 1.5, (3, *shape))
    F = jt.record(f, points[0])
    H = F.sparse_hessian(points[0])
    for x in points:
        want = by_hand(x)
        assert F.sparse_hessian(x, out=H) is H
        np.testing.assert_array_equal(H.indptr, want.indptr)  # no entry too many
        np.testing.assert_array_equal(H.indices, want.indices)
        np.testing.assert_allclose(H.data, want.data, rtol=1e-12, atol=1e-12 * abs(want).max())
        v = np.cos(np.arange(x.size))
        np.testing.assert_allclose(
            np.ravel(F.hvp(x, v.reshape(shape))), want @ v, rtol=1e-10, atol=1e-11 * abs(want).max()
        )
