"""What statistics needs of `scipy.linalg`, whose own functions convert their arguments and so cannot be recorded.

The functions take ndarrays, recorded arrays and tensors, and stacks of matrices [..., n, n]. Everything that NumPy has
(solve, inv, det, slogdet, cholesky, eigh, qr, svd, pinv, lstsq, ...) is recorded through `np.linalg` itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from jittape.eager.calls import call
from jittape.eager.nested import tensors_in
from jittape.functions.decompositions import exponential
from jittape.functions.linalg import square
from jittape.functions.products import as_array
from jittape.functions.triangles import triangular_solve

__all__ = ["cho_factor", "cho_solve", "expm", "solve_triangular"]


def __dir__() -> list[str]:
    return list(__all__)


def _of_tensors(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The function for tensors too."""

    @wraps(rule)
    def function(*args: Any, **kwargs: Any) -> Any:
        return call(rule, *args, **kwargs) if tensors_in((args, kwargs), []) else rule(*args, **kwargs)

    return function


def _right_side(name: str, a: Any, b: Any) -> tuple[Any, Any]:
    """(b as an array, b as matrices) of a system."""
    b = as_array(b)
    right = b[:, None] if b.ndim == 1 else b
    if b.ndim == 0 or right.shape[-2] != a.shape[-1]:
        raise ValueError(f"{name}: matrices of shape {a.shape} do not fit a right-hand side of shape {b.shape}")
    return b, right


@_of_tensors
def solve_triangular(a: Any, b: Any, trans: int | str = 0, lower: bool = False, unit_diagonal: bool = False) -> Any:
    """Solve a @ x = b for triangular matrices; the other triangle is not read.

    Args:
        a: matrices (..., n, n).
        b: a vector (n,) or matrices (..., n, k).
        trans: 0 or "N" for a @ x = b; 1, 2, "T" or "C" for a.T @ x = b.
        lower: the lower triangle counts.
        unit_diagonal: the diagonal is taken as ones.

    Returns:
        x, of the shape of b (with the leading axes broadcast).

    Raises:
        LinAlgError: an element of the diagonal is zero.
        ValueError: another `trans`, or shapes that do not fit.

    Example:
        >>> import numpy as np, jittape as jt
        >>> factor = np.array([[2.0, 0.0], [1.0, 1.0]])
        >>> jt.grad(lambda b: np.sum(jt.linalg.solve_triangular(factor, b, lower=True)))(np.ones(2)).tolist()
        [0.0, 1.0]
    """
    a = square("solve_triangular", a)
    b, right = _right_side("solve_triangular", a, b)
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ValueError(f"solve_triangular: trans is 0 ('N'), 1 ('T') or 2 ('C'), not {trans!r}")
    if trans not in (0, "N"):
        a, lower = a.mT, not lower
    x = triangular_solve(a, right, bool(lower), bool(unit_diagonal))
    return x[..., 0] if b.ndim == 1 else x


def cho_factor(a: Any, lower: bool = False) -> tuple[Any, bool]:
    """The Cholesky factor of positive definite matrices (..., n, n), for `cho_solve`; its other triangle is zero.

    Args:
        a: matrices (..., n, n), of which one triangle is read.
        lower: whether the lower factor is wanted, a = L @ L.T, and not the upper one, a = U.T @ U.

    Returns:
        (factor, lower).

    Raises:
        LinAlgError: a matrix is not positive definite.

    Example:
        >>> import numpy as np, jittape as jt
        >>> k = np.array([[4.0, 2.0], [2.0, 5.0]])
        >>> jt.linalg.cho_solve(jt.linalg.cho_factor(k), np.array([8.0, 12.0])).tolist()
        [1.0, 2.0]
    """
    return np.linalg.cholesky(a, upper=not lower), bool(lower)


def cho_solve(c_and_lower: tuple[Any, bool], b: Any) -> Any:
    """Solve a @ x = b from the Cholesky factor of a: `cho_solve(cho_factor(a), b)`.

    Args:
        c_and_lower: what `cho_factor` returned: (factor, lower).
        b: a vector (n,) or matrices (..., n, k).

    Returns:
        x, of the shape of b (with the leading axes broadcast).

    Raises:
        ValueError: shapes that do not fit.
        LinAlgError: an element of the factor's diagonal is zero.

    Example:
        >>> import numpy as np, jittape as jt
        >>> factor = jt.linalg.cho_factor(np.array([[4.0, 0.0], [0.0, 2.0]]))
        >>> jt.grad(lambda b: np.sum(jt.linalg.cho_solve(factor, b)))(np.ones(2)).round(12).tolist()
        [0.25, 0.5]
    """
    return _cho_solve(c_and_lower[0], b, c_and_lower[1])


@_of_tensors
def _cho_solve(factor: Any, b: Any, lower: bool) -> Any:
    factor = square("cho_solve", factor)
    b, right = _right_side("cho_solve", factor, b)
    first, second = (factor, factor.mT) if lower else (factor.mT, factor)
    x = triangular_solve(second, triangular_solve(first, right, True), False)
    return x[..., 0] if b.ndim == 1 else x


@_of_tensors
def expm(a: Any) -> Any:
    """The exponential of matrices (..., n, n).

    Args:
        a: the matrices.

    Raises:
        ValueError: the last two axes differ in length.

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.grad(lambda t: np.sum(jt.linalg.expm(t * np.diag([1.0, 2.0]))))(0.0)
        np.float64(3.0)
    """
    return exponential(square("expm", a))
