"""Conjugate gradients and their kin: solutions to a tolerance, whose derivatives are those of the solution, found to the same tolerance.

The adjoint of the solution is that of the transposed system (the implicit function theorem), by the same method.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.errors import RecordingError
from jittape.functions.products import as_array, shape_of
from jittape.scipy.declare import declare, has_recorded, original, recorded_call
from jittape.scipy.operations import Operation, integers
from jittape.scipy.sparse.matrices import SparseRecorded, ends, settled, sparse, summed

METHODS = ("cg", "bicg", "bicgstab", "cgs", "gmres", "minres")


def _solve(data: Any, row: Any, col: Any, b: Any, guess: Any, rtol: Any, atol: Any, method: int, transposed: int, maxiter: int) -> Any:
    from scipy.sparse import csr_array  # for start-up

    a = csr_array((data, ends(row, col, transposed)), shape=(b.shape[0], b.shape[0]))
    options = {"rtol": float(rtol), "maxiter": maxiter or None, **({} if METHODS[method] == "minres" else {"atol": float(atol)})}
    x, info = original(f"scipy.sparse.linalg.{METHODS[method]}")(a, b, guess, **options)
    return x, np.asarray(float(info))


def _again(operands: Any, b: Any, attributes: Any, transposed: int) -> Any:
    """The solution for another right-hand side, from a guess of zeros."""
    data, row, col, _, guess, rtol, atol = operands
    return ITERATION(data, row, col, b, np.zeros(shape_of(guess)), rtol, atol, attributes=(attributes[0], transposed, attributes[2]))[0]


def _vjp(g: Any, z: Any, operands: Any, attributes: Any) -> Any:
    gb = _again(operands, g[0], attributes, 1 - attributes[1])
    i, j = ends(operands[1], operands[2], attributes[1])
    return -gb[i] * z[0][j], None, None, gb, None, None, None


def _jvp(t: Any, z: Any, operands: Any, attributes: Any) -> Any:
    i, j = ends(operands[1], operands[2], attributes[1])
    change = summed(t[0] * z[0][j], i, z[0].shape[0])
    return _again(operands, t[3] - change, attributes, attributes[1]), 0.0 * z[1]


ITERATION = Operation("scipy.sparse.iterative.solve", _solve, _vjp, _jvp, lambda s, _: [s[3], ()])


def _iterative(name: str) -> Callable[..., Any]:
    method = METHODS.index(name)
    path = f"scipy.sparse.linalg.{name}"
    declare(path, "entries of A, b", "to the tolerance; without M= and callback=")

    def solve(A: Any, b: Any, x0: Any = None, *, rtol: float = 1e-5, atol: float = 0.0, maxiter: int | None = None, **others: Any) -> Any:
        if not (isinstance(A, SparseRecorded) or has_recorded(b, x0)):
            return original(path)(A, b, x0, rtol=rtol, maxiter=maxiter, **({} if name == "minres" else {"atol": atol}), **others)
        given = [k for k, v in others.items() if not (v is None or (isinstance(v, (int, float)) and not v))]
        if given:
            raise RecordingError(f"{path} of recorded values takes no {', '.join(f'{k}=' for k in given)}")
        if not isinstance(A, SparseRecorded) and not original("scipy.sparse.issparse")(A):
            raise RecordingError(f"{path} of recorded values takes a sparse matrix, not {type(A).__name__}; np.linalg.solve takes dense ones")
        a, b = sparse(A), settled(b)
        n = a.shape[0]
        if a.shape[0] != a.shape[1] or shape_of(b) not in ((n,), (n, 1)):
            raise ValueError(f"{path}: a matrix of shape {a.shape} does not fit a right-hand side of shape {shape_of(b)}")
        guess = np.zeros(n) if x0 is None else np.asarray(x0.value() if isinstance(x0, Array) else x0, float).reshape(n)

        def rule(data: Any, b: Any) -> tuple[Any, Any]:
            b = np.reshape(as_array(b), (n,))
            fixed = (a.row.astype(float), a.col.astype(float))
            x, info = ITERATION(as_array(data), *fixed, b, guess, float(rtol), float(atol), attributes=(method, 0, maxiter or 0))
            return x, int(integers(info, f"whether {path} found the solution"))

        return recorded_call(rule, a.data, b)

    solve.__name__ = solve.__qualname__ = name
    solve.__signature__ = inspect.signature(original(path))  # type: ignore[attr-defined]
    solve.__doc__ = f"(solution of A @ x = b for a sparse A [n, n] and b [n], 0 if it was found) by scipy.sparse.linalg.{name}."
    return solve


cg, bicg, bicgstab, cgs, gmres, minres = map(_iterative, METHODS)
