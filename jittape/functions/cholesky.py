"""np.linalg.cholesky. Murray (2016), arXiv:1602.07527.

The derivative is that of what is computed: see decompositions.py. Of matrices from LARGE rows on, the adjoint is an operation of its own in
recorded derivatives, as its tangent takes three triangular systems where what it is made of takes twice that and two products.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.protocols import implements
from jittape.functions.lift import fresh
from jittape.functions.linalg import record, record_call, square
from jittape.functions.products import operand_slots, recorded, stack
from jittape.functions.triangles import half, lower, of_triangle, to_triangle, triangular_solve
from jittape.instructions import cholesky as positive
from jittape.instructions.calls.operations import register

LARGE = 96
"""Rows from which a function of Python is worth its call."""


def _diagonal_of(x: Any) -> Any:
    return np.diagonal(x, axis1=-2, axis2=-1)


def _diagonals(x: Any) -> Any:
    """The diagonals of lower triangular matrices that have nothing below them, as of the logarithm of a determinant; else None."""
    below = lower(x, -1)
    return None if recorded(x) or below.any() else _diagonal_of(x)


def _vjp(g: Any, z: Any, _: Any, __: Any) -> Any:
    factor = z[0]
    if recorded(factor, g[0]) and factor.shape[-1] >= LARGE:
        return record_call(ADJOINT, (factor, g[0]), [factor.shape])
    p = half(factor.mT @ lower(g[0]))
    left = triangular_solve(factor.mT, p, False)
    return (to_triangle(triangular_solve(factor.mT, left.mT, False)),)


def _jvp(t: Any, z: Any, _: Any, __: Any) -> Any:
    factor = z[0]
    if not recorded(factor, t[0]) and factor.size and _single(factor):
        return (_tangent(t[0], factor.reshape(factor.shape[-2:])),)
    left = triangular_solve(factor, of_triangle(t[0]), True)
    return (factor @ half(triangular_solve(factor, left.mT, True)),)


def _single(factor: Any) -> bool:
    """Whether this is one matrix, or a stack of one."""
    return bool(factor.ndim == 2 or factor.shape[:-2] == (1,))


def _lapack(name: str, like: Any) -> Any:
    """A routine of LAPACK for matrices like this one."""
    from scipy.linalg import get_lapack_funcs  # for start-up

    return get_lapack_funcs((name,), (like,))[0]


def _blas(name: str, like: Any) -> Any:
    from scipy.linalg import get_blas_funcs  # for start-up

    return get_blas_funcs((name,), (like,))[0]


def _of_rows(get: Callable[[str, Any], Any], name: str, factor: Any) -> tuple[Any, Any]:
    """A routine, and a factor as it reads rows: the upper triangle of what is stored by columns."""
    columns = np.ascontiguousarray(factor).T
    return get(name, columns), columns


def _tangent(t: Any, factor: Any) -> Any:
    """L half(inv(L) t inv(L')) for one factor: LAPACK reads the lower triangles of symmetric t and writes those of inv(L) t inv(L')."""
    out = np.array(t, factor.dtype, order="C")
    sygst, columns = _of_rows(_lapack, "sygst", factor)
    trmm, _ = _of_rows(_blas, "trmm", factor)
    above = ~np.tri(len(factor), dtype=bool)
    for i in np.ndindex(out.shape[:-2]):
        sygst(out[i].T, columns, itype=1, lower=0, overwrite_a=1)
        np.copyto(out[i], 0.0, where=above)  # what stands there may be anything
        np.einsum("ii->i", out[i])[...] *= 0.5
        trmm(1.0, columns, out[i].T, side=1, lower=0, overwrite_b=1)
    return out


CHOLESKY = register("cholesky", lambda a: (np.linalg.cholesky(a),), _vjp, _jvp)


@implements(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """The triangular factor of positive definite matrices, of which the lower (or upper) triangle is read."""
    a = square("cholesky", a)
    if upper:
        return fresh(cholesky(a.mT).mT)
    if not a.size:
        return record_call(CHOLESKY, (a,), [a.shape])[0]
    tape, described = operand_slots(a)
    slots, constant = described[0]
    return record(tape, "cholesky", described, lambda: [positive.INSTRUCTION.append(tape, stack(slots, a.shape[:-2]), constant)], [a.shape])[0]


# --- its adjoint ---------------------------------------------------------------------------------------------------------------
# With p = half(L' g), s = p + p': the symmetric matrix z = inv(L') s inv(L), of which half(z) is the adjoint of the lower triangle.


def _sandwich(factor: Any, s: Any) -> Any:
    """inv(L') s inv(L) for symmetric s."""
    left = triangular_solve(factor.mT, s, False)
    return triangular_solve(factor.mT, left.mT, False)


def _scale(factor: Any, g: Any) -> Any:
    """s."""
    diagonal = _diagonals(g)
    if diagonal is not None:
        return np.eye(factor.shape[-1], dtype=factor.dtype) * (_diagonal_of(factor) * diagonal)[..., None]
    p = half(factor.mT @ lower(g))
    return p + p.mT


def _adjoint(factor: Any, g: Any) -> Any:
    return (half(_sandwich(factor, _scale(factor, g))),)


def _adjoint_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    factor, given = operands
    whole = z[0] + z[0].mT
    left = triangular_solve(factor, of_triangle(g[0]), True)
    q = half(triangular_solve(factor, left.mT, True))
    return lower(lower(given) @ q.mT - whole @ left.mT), lower(factor @ q)


def _adjoint_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    factor, given = operands
    if not recorded(factor, given, *t) and factor.size and _single(factor):
        n = factor.shape[-1]
        return (_adjoint_tangent(np.broadcast_arrays(*t), factor.reshape(n, n), lower(given.reshape(n, n))),)
    turned = triangular_solve(factor, lower(t[0]), True)
    p = half(lower(t[0]).mT @ lower(given) + factor.mT @ lower(t[1])) - _scale(factor, given) @ turned
    return (half(_sandwich(factor, p + p.mT)),)


def _adjoint_tangent(t: Sequence[Any], factor: Any, given: Any) -> Any:
    """The same for one factor, a matrix of tangents after the other in place."""
    trsm, columns = _of_rows(_blas, "trsm", factor)
    diagonal, scale = _diagonals(given), _scale(factor, given)
    out = np.empty(t[0].shape, factor.dtype)
    for i in np.ndindex(out.shape[:-2]):
        moved, pushed, found = lower(t[0][i]), lower(t[1][i]), out[i]
        found[...] = moved
        trsm(1.0, columns, found.T, side=1, overwrite_b=1)  # inv(L) moved
        change = None if diagonal is None else _diagonals(pushed)
        if change is None:
            np.subtract(half(moved.T @ given + factor.T @ pushed), scale @ found, out=moved)
        else:
            np.multiply(found, -_diagonal_of(scale)[:, None], out=moved)
            np.einsum("ii->i", moved)[...] += 0.5 * (_diagonal_of(t[0][i]) * diagonal + _diagonal_of(factor) * change)
        np.add(moved, moved.T, out=found)
        trsm(1.0, columns, found.T, side=1, trans_a=1, overwrite_b=1)  # inv(L') found
        trsm(1.0, columns, found.T, overwrite_b=1)  # found inv(L)
    return half(out)


ADJOINT = register("cholesky_adjoint", _adjoint, _adjoint_vjp, _adjoint_jvp, stacks=True)
