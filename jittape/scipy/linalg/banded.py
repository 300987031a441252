"""Systems whose matrix is given by a few diagonals: banded ones, and Toeplitz matrices by Levinson's recursion.

The reverse sweep solves with the transpose, which is given by the same diagonals; so the cost stays that of the solution.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.products import as_array
from jittape.scipy.declare import like
from jittape.scipy.linalg.placing import circulant, column_and_row
from jittape.scipy.linalg.systems import vector_like
from jittape.scipy.operations import Operation


def _right(name: str, n: int, b: Any) -> tuple[Any, Any]:
    """(b as an array, b as a matrix) of a system of n rows."""
    b = as_array(b)
    if b.ndim not in (1, 2) or b.shape[0] != n:
        raise ValueError(f"scipy.linalg.{name}: a matrix of {n} rows does not fit a right-hand side of shape {b.shape}")
    return b, b[:, None] if b.ndim == 1 else b


# --- banded matrices: ab[u + i - j, j] is a[i, j] -------------------------------------------------------------------------------


def _rows(x: Any, shift: int, n: int) -> Any:
    """Row j is row j + shift of x [n, k], zero outside."""
    zeros = np.zeros((min(abs(shift), n), x.shape[1]))
    return np.concatenate([x[shift:], zeros]) if shift >= 0 else np.concatenate([zeros, x[: max(n + shift, 0)]])


def _transposed(lower: int, upper: int, ab: Any) -> Any:
    """The diagonals of the transpose, which has `upper` of them below its main one."""
    n = ab.shape[1]
    return np.concatenate([_rows(ab[upper + d][:, None], -d, n).T for d in range(lower, -upper - 1, -1)])


def _outer(lower: int, upper: int, g: Any, x: Any) -> Any:
    """The diagonals of g @ x.T."""
    n = x.shape[0]
    return np.stack([np.sum(_rows(g, d, n) * x, axis=1) for d in range(-upper, lower + 1)])


def _product(lower: int, upper: int, ab: Any, x: Any) -> Any:
    """A banded matrix times x."""
    total: Any = 0.0
    for d in range(-upper, lower + 1):
        total = total + _rows(ab[upper + d][:, None] * x, -d, x.shape[0])
    return total


def _solve_banded(ab: Any, b: Any, lower: int, upper: int) -> Any:
    from scipy.linalg import solve_banded  # for start-up

    return (solve_banded((lower, upper), ab, b, check_finite=False),)


def _banded_vjp(g: Any, z: Any, operands: Any, attributes: Any) -> Any:
    lower, upper = attributes
    (gb,) = BANDED(_transposed(lower, upper, operands[0]), g[0], attributes=(upper, lower))
    return -_outer(lower, upper, gb, z[0]), gb


def _banded_jvp(t: Any, z: Any, operands: Any, attributes: Any) -> Any:
    lower, upper = attributes
    return BANDED(operands[0], t[1] - _product(lower, upper, t[0], z[0]), attributes=attributes)


BANDED = Operation("scipy.linalg.banded.solve", _solve_banded, _banded_vjp, _banded_jvp, lambda s, _: [s[1]])


def banded_solution(lower: int, upper: int, ab: Any, b: Any) -> Any:
    """The solution x [n, k] for the diagonals ab [lower + upper + 1, n] and b [n, k], plain or recorded."""
    return BANDED(ab, b, attributes=(lower, upper))[0]


@like("scipy.linalg.solve_banded", by="ab, b", several=("l_and_u",))
def solve_banded(l_and_u: Any, ab: Any, b: Any, overwrite_ab: Any = False, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    """The solution of a @ x = b for a banded matrix with ab[u + i - j, j] = a[i, j], and b [n] or [n, k].

    Raises:
        LinAlgError: the matrix is singular.
        ValueError: shapes that do not fit.
    """
    lower, upper = map(int, l_and_u)
    ab = as_array(ab)
    if ab.ndim != 2 or ab.shape[0] != lower + upper + 1:
        raise ValueError(f"scipy.linalg.solve_banded: ab of shape {ab.shape} does not have the {lower + upper + 1} rows that l_and_u=({lower}, {upper}) asks for")
    b, right = _right("solve_banded", ab.shape[1], b)
    return vector_like(b, banded_solution(lower, upper, ab, right))


def _solve_symmetric(ab: Any, b: Any) -> Any:
    from scipy.linalg import solveh_banded  # for start-up

    return (solveh_banded(ab, b, lower=True, check_finite=False),)


def _symmetric_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    ab, x = operands[0], z[0]
    (gb,) = POSITIVE(ab, g[0])
    below = len(ab) - 1
    both = _outer(below, 0, gb, x) + _outer(below, 0, x, gb)
    return np.concatenate([-0.5 * both[:1], -both[1:]]), gb


def _symmetric_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    ta, x = t[0], z[0]
    below = len(ta) - 1
    change = _product(below, 0, ta, x)
    if below:
        change = change + _product(0, below, _transposed(below, 0, np.concatenate([0.0 * ta[:1], ta[1:]])), x)
    return POSITIVE(operands[0], t[1] - change)


POSITIVE = Operation("scipy.linalg.banded.solveh", _solve_symmetric, _symmetric_vjp, _symmetric_jvp, lambda s, _: [s[1]])


@like("scipy.linalg.solveh_banded", by="ab, b")
def solveh_banded(ab: Any, b: Any, overwrite_ab: Any = False, overwrite_b: Any = False, lower: Any = False, check_finite: Any = True) -> Any:
    """The solution of a @ x = b for a positive definite banded matrix, of which the diagonals of one triangle are given.

    Raises:
        LinAlgError: the matrix is not positive definite.
        ValueError: shapes that do not fit.
    """
    ab = as_array(ab)
    if ab.ndim != 2:
        raise ValueError(f"scipy.linalg.solveh_banded: ab has the diagonals as rows [u + 1, n], not shape {ab.shape}")
    b, right = _right("solveh_banded", ab.shape[1], b)
    return vector_like(b, POSITIVE(ab if lower else _transposed(0, len(ab) - 1, ab), right)[0])


# --- Toeplitz matrices -----------------------------------------------------------------------------------------------------------


def _levinson(c: Any, r: Any, b: Any) -> Any:
    from scipy.linalg import solve_toeplitz  # for start-up

    return (solve_toeplitz((c, r), b, check_finite=False),)


def _column_of(g: Any, x: Any) -> Any:
    """The sums of g @ x.T along its diagonals, from the main one down."""
    n = g.shape[0]
    return sum(np.correlate(g[:, k], x[:, k], "full")[n - 1 :] for k in range(x.shape[1]))


def _toeplitz_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    c, r, b = operands
    x = z[0]
    (gb,) = TOEPLITZ(np.concatenate([c[:1], r[1:]]), np.concatenate([r[:1], c[1:]]), g[0])
    above = _column_of(x, gb)
    return -_column_of(gb, x), -np.concatenate([0.0 * above[:1], above[1:]]), gb


def _toeplitz_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    c, r, b = operands
    tc, tr, tb = t
    x, n = z[0], len(c)
    full = np.concatenate([tr[:0:-1], tc])
    change = np.stack([np.convolve(full, x[:, k])[n - 1 : 2 * n - 1] for k in range(x.shape[1])], axis=1)
    return TOEPLITZ(c, r, tb - change)


TOEPLITZ = Operation("scipy.linalg.banded.toeplitz", _levinson, _toeplitz_vjp, _toeplitz_jvp, lambda s, _: [s[2]])


@like("scipy.linalg.solve_toeplitz", by="c_or_cr, b", several=("c_or_cr",))
def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: Any = True) -> Any:
    """The solution of a @ x = b for a Toeplitz matrix, given by its first column or by (column, row).

    Raises:
        LinAlgError: a principal minor is singular.
        ValueError: shapes that do not fit.
    """
    c, r = column_and_row(c_or_cr)
    if c.shape != r.shape:
        raise ValueError(f"scipy.linalg.solve_toeplitz takes square matrices, not a column of {c.size} and a row of {r.size} elements")
    b = as_array(b)
    if b.ndim == 0 or b.shape[0] != c.size:
        raise ValueError(f"scipy.linalg.solve_toeplitz: a matrix of {c.size} rows does not fit a right-hand side of shape {b.shape}")
    return TOEPLITZ(c, r, b.reshape(c.size, -1))[0].reshape(b.shape)


# --- circulant matrices ----------------------------------------------------------------------------------------------------------


def _ring(c: Any, b: Any) -> Any:
    from scipy.linalg import solve_circulant  # for start-up

    return (solve_circulant(c, b),)


def _ring_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    c, x = operands[0], z[0]
    (gb,) = CIRCULANT(np.concatenate([c[:1], c[:0:-1]]), g[0])
    return -sum(circulant(x[:, k]).T @ gb[:, k] for k in range(x.shape[1])), gb


def _ring_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    return CIRCULANT(operands[0], t[1] - circulant(t[0]) @ z[0])


CIRCULANT = Operation("scipy.linalg.banded.circulant", _ring, _ring_vjp, _ring_jvp, lambda s, _: [s[1]])


@like("scipy.linalg.solve_circulant", by="c, b", note="one vector c, along the first axis of b; singular='raise'")
def solve_circulant(c: Any, b: Any, singular: Any = "raise", tol: Any = None, caxis: Any = -1, baxis: Any = 0, outaxis: Any = 0) -> Any:
    """The solution of a @ x = b for the circulant matrix with the first column c, by Fourier transforms.

    Raises:
        LinAlgError: the matrix is singular.
        ValueError: shapes that do not fit.
    """
    c, b = as_array(c), as_array(b)
    if singular != "raise" or tol is not None or c.ndim != 1 or baxis != 0 or outaxis != 0:
        raise RecordingError("scipy.linalg.solve_circulant of recorded values takes a vector c and no singular=, tol=, baxis= and outaxis=: move the axes before")
    if b.ndim == 0 or b.shape[0] != c.shape[0]:
        raise ValueError(f"scipy.linalg.solve_circulant: a matrix of {c.shape[0]} rows does not fit a right-hand side of shape {b.shape}")
    return CIRCULANT(c, b.reshape(c.shape[0], -1))[0].reshape(b.shape)
