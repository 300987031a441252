"""`scipy.sparse.linalg` for recorded values: solutions of sparse systems, by matrix and right-hand side.

A matrix is factored once: the reverse sweep solves with the factors that the forward sweep left, and so does whatever else is solved with it.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from jittape.functions.products import as_array, shape_of
from jittape.scipy.declare import declare, falling_through, has_recorded, original, recorded_call
from jittape.scipy.operations import Operation
from jittape.scipy.sparse.iterative import bicg, bicgstab, cg, cgs, gmres, minres
from jittape.scipy.sparse.matrices import SparseRecorded, ends, settled, sparse, summed

__all__ = ["bicg", "bicgstab", "cg", "cgs", "factorized", "gmres", "minres", "splu", "spsolve"]

__getattr__, __dir__ = falling_through("scipy.sparse.linalg")

KEPT = 8
"""Factored matrices that are kept."""
_factors: deque[tuple[tuple[Any, ...], Any]] = deque(maxlen=KEPT)
"""(entries, rows, columns) and their factors, the newest last."""


def _factored(n: int, *matrix: Any) -> Any:
    """SuperLU's factors of a matrix of n rows: those of an equal one that is kept, or new ones."""
    for known, factors in list(_factors):
        if factors.shape[0] == n and all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(known, matrix, strict=True)):
            return factors
    from scipy.sparse import csc_array  # for start-up

    data, row, col = matrix
    factors = original("scipy.sparse.linalg.splu")(csc_array((data, ends(row, col, 0)), shape=(n, n)))
    _factors.append((tuple(x.copy() for x in matrix), factors))
    return factors


def _solve(data: Any, row: Any, col: Any, b: Any, transposed: int) -> Any:
    return (_factored(b.shape[0], data, row, col).solve(np.ascontiguousarray(b), "T" if transposed else "N"),)


def _vjp(g: Any, z: Any, operands: Any, attributes: Any) -> Any:
    data, row, col, _ = operands
    (transposed,) = attributes
    (gb,) = SOLVE(data, row, col, g[0], attributes=(1 - transposed,))
    i, j = ends(row, col, transposed)
    return -np.sum(gb[i] * z[0][j], axis=1), None, None, gb


def _jvp(t: Any, z: Any, operands: Any, attributes: Any) -> Any:
    data, row, col, _ = operands
    (transposed,) = attributes
    i, j = ends(row, col, transposed)
    change = summed(t[0][:, None] * z[0][j], i, z[0].shape[0])
    return SOLVE(data, row, col, t[3] - change, attributes=attributes)


SOLVE = Operation("scipy.sparse.linalg.solve", _solve, _vjp, _jvp, lambda s, _: [s[3]])


def _solution(a: SparseRecorded, b: Any, transposed: bool) -> Any:
    n = a.shape[0]
    if a.shape[0] != a.shape[1]:
        raise ValueError(f"matrix must be square (has shape {a.shape})")
    if isinstance(b, SparseRecorded) or original("scipy.sparse.issparse")(b):
        b = b.toarray()
    b = settled(b)
    if len(shape_of(b)) not in (1, 2) or shape_of(b)[0] != n:
        raise ValueError(f"matrix - rhs dimension mismatch ({a.shape} - {shape_of(b)})")

    def rule(data: Any, b: Any) -> Any:
        b = as_array(b)
        return np.reshape(SOLVE(as_array(data), a.row.astype(float), a.col.astype(float), np.reshape(b, (n, -1)), attributes=(int(transposed),))[0], b.shape)

    return recorded_call(rule, a.data, b)


def spsolve(A: Any, b: Any, permc_spec: Any = None, use_umfpack: Any = True) -> Any:
    """The solution of A @ x = b for a sparse A [n, n], whose entries may be recorded, and b [n] or [n, k].

    Raises:
        RuntimeError: A is singular.
        ValueError: shapes that do not fit.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import sparse
        >>> rows, columns = [0, 1, 1], [0, 0, 1]
        >>> f = lambda d: sparse.linalg.spsolve(sparse.csc_array((d, (rows, columns)), shape=(2, 2)), np.ones(2))[1]
        >>> jt.grad(f)(np.array([2.0, 1.0, 4.0])).tolist()
        [0.0625, -0.125, -0.03125]
    """
    if not (isinstance(A, SparseRecorded) or has_recorded(b)):
        return original("scipy.sparse.linalg.spsolve")(A, b, permc_spec, use_umfpack)
    return _solution(sparse(A), b, False)


class Factors:
    """What `splu` gives of a matrix with recorded entries, or for recorded right-hand sides."""

    def __init__(self, a: SparseRecorded) -> None:
        self._a, self.shape = a, a.shape

    def solve(self, rhs: Any, trans: str = "N") -> Any:
        """The solution for a right-hand side [n] or [n, k]; trans="T" or "H": with the transpose."""
        if trans not in ("N", "T", "H"):
            raise ValueError(f"trans must be N, T, or H, not {trans!r}")
        return _solution(self._a, rhs, trans != "N")


class _OfPlain:
    """SuperLU's factors of a plain matrix, which also solve for recorded right-hand sides."""

    def __init__(self, matrix: Any, factors: Any) -> None:
        self._matrix, self._factors = matrix, factors

    def __getattr__(self, name: str) -> Any:
        return getattr(self._factors, name)

    def solve(self, rhs: Any, trans: str = "N") -> Any:
        return Factors(sparse(self._matrix)).solve(rhs, trans) if has_recorded(rhs) else self._factors.solve(rhs, trans)


def splu(A: Any, permc_spec: Any = None, diag_pivot_thresh: Any = None, relax: Any = None, panel_size: Any = None, options: Any = None) -> Any:
    """The factors of a sparse matrix [n, n], whose entries may be recorded, with a method `solve`."""
    if isinstance(A, SparseRecorded):
        return Factors(A)
    return _OfPlain(A, original("scipy.sparse.linalg.splu")(A, permc_spec, diag_pivot_thresh, relax, panel_size, {} if options is None else options))


def factorized(A: Any) -> Any:
    """A function that solves with a sparse matrix [n, n], whose entries may be recorded."""
    if isinstance(A, SparseRecorded):
        return Factors(A).solve
    plain = original("scipy.sparse.linalg.factorized")(A)
    return lambda b: _solution(sparse(A), b, False) if has_recorded(b) else plain(b)


declare("scipy.sparse.linalg.spsolve", "entries of A, b")
declare("scipy.sparse.linalg.splu", "entries of A, right-hand sides")
declare("scipy.sparse.linalg.factorized", "entries of A, right-hand sides")
