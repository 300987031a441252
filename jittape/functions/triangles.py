"""Triangles of matrices: taken out, put together, and systems of equations of them."""

from __future__ import annotations

import math
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from jittape.functions.lift import select
from jittape.functions.linalg import record, record_call, unbroadcast
from jittape.functions.products import operand_slots, recorded, stack
from jittape.instructions import triangular
from jittape.instructions.calls.operations import register


@lru_cache(maxsize=64)
def _ones_below(m: int, n: int, k: int, diagonal: float, dtype: Any) -> Any:
    """Ones up to diagonal k, `diagonal` instead on the main one, zeros above."""
    mask = np.tri(m, n, k, dtype=dtype)
    if diagonal != 1.0:
        np.fill_diagonal(mask, diagonal)
    mask.flags.writeable = False
    return mask


def lower(x: Any, k: int = 0) -> Any:
    """The lower triangle of matrices, up to diagonal k."""
    return x * _ones_below(x.shape[-2], x.shape[-1], k, 1.0, x.dtype)


@lru_cache(maxsize=64)
def _is_below(n: int) -> Any:
    """Where a matrix is below its diagonal."""
    mask = np.tri(n, k=-1, dtype=bool)
    mask.flags.writeable = False
    return mask


def to_triangle(x: Any, upper: int = 0) -> Any:
    """The adjoint of one triangle, which is read for both, from the adjoint x of the symmetric matrix."""
    below = _is_below(x.shape[-1])
    return select(below if upper else below.T, 0.0, x + select(below | below.T, x.mT, 0.0))


def of_triangle(x: Any, upper: int = 0) -> Any:
    """The symmetric matrix of one triangle of x."""
    below = _is_below(x.shape[-1])
    return select(below if upper else below.T, x.mT, x)


def half(x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    return x * _ones_below(x.shape[-2], x.shape[-1], 0, 0.5, x.dtype)


# --- triangular systems -----------------------------------------------------------------------------------------------------


def _triangular(a: Any, b: Any, is_lower: int, unit: int) -> Any:
    """Solve for one matrix or a stack, by BLAS's trsm; what is stored row by row is passed as a transpose.

    LAPACK's trtrs would look for zeros on the diagonal itself, but OpenBLAS's wakes its threads for systems of three rows.
    """
    from scipy.linalg.blas import get_blas_funcs  # for start-up

    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    one = math.prod(a.shape[:-2]) == 1 < math.prod(batch)
    if one:  # the columns of all right-hand sides, one system: as rows, which BLAS reads as columns
        out = np.array(np.broadcast_to(b, batch + b.shape[-2:]).mT, order="C")
    else:
        out = np.array(np.broadcast_to(b, batch + b.shape[-2:]), order="C")
    if not out.size:
        return out.mT if one else out
    if not unit and not np.diagonal(a, axis1=-2, axis2=-1).all():
        zero = int(np.argwhere(np.diagonal(a, axis1=-2, axis2=-1) == 0)[0, -1])
        raise LinAlgError(f"Singular matrix: element {zero} of the diagonal is zero")
    (trsm,) = get_blas_funcs(("trsm",), (a, out))
    if one:
        a = a.reshape(a.shape[-2:])
        by_columns = a.flags.f_contiguous
        options = {"side": 0, "lower": int(bool(is_lower) == by_columns), "trans_a": int(not by_columns), "diag": int(bool(unit))}
        found = trsm(1.0, a if by_columns else a.T, out.reshape(-1, len(a)).T, overwrite_b=1, **options).T
        return found.reshape(out.shape).astype(out.dtype, copy=False).mT
    a = np.broadcast_to(a, batch + a.shape[-2:])
    for i in np.ndindex(batch):
        by_columns, x = a[i].flags.f_contiguous, out[i]
        # x' a' = b', in place; `factor` is a, or a'
        factor = a[i] if by_columns else a[i].T
        options = {"side": 1, "lower": int(bool(is_lower) == by_columns), "trans_a": int(by_columns), "diag": int(bool(unit))}
        found = trsm(1.0, factor, x.T, overwrite_b=1, **options).T
        if not np.may_share_memory(found, x):  # of another dtype
            x[...] = found
    return out


def _triangular_vjp(g: Any, z: Any, operands: Any, attributes: Any) -> Any:
    a, b = operands
    is_lower, unit = attributes
    gb = triangular_solve(a.mT, g[0], not is_lower, unit)
    ga = -(gb @ z[0].mT)
    ga = lower(ga, -unit) if is_lower else ga - lower(ga, unit - 1)
    return unbroadcast(ga, a), unbroadcast(gb, b)


def _triangular_jvp(t: Any, z: Any, operands: Any, attributes: Any) -> Any:
    is_lower, unit = attributes
    ta = lower(t[0], -unit) if is_lower else t[0] - lower(t[0], unit - 1)
    return (_triangular(operands[0], t[1] - ta @ z[0], is_lower, unit),)


TRIANGULAR = register("solve_triangular", lambda a, b, is_lower, unit: (_triangular(a, b, is_lower, unit),), _triangular_vjp, _triangular_jvp)


def triangular_solve(a: Any, b: Any, is_lower: bool, unit: bool = False) -> Any:
    """The solution of a @ x = b for triangular matrices a [..., n, n] and matrices b [..., n, k], plain or recorded."""
    if not recorded(a, b):
        return _triangular(a, b, int(is_lower), int(unit))
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    shape, attributes = (*batch, *b.shape[-2:]), (int(is_lower), int(unit))
    if not math.prod(shape):
        return record_call(TRIANGULAR, (a, b), [shape], attributes)[0]
    tape, described = operand_slots(a, b)
    (left, a_constant), (right, b_constant) = described
    append = partial(triangular.INSTRUCTION.append, tape, stack(left, batch), stack(right, batch), a_constant, b_constant, *attributes)
    return record(tape, "solve_triangular", described, lambda: [append()], [shape])[0]
