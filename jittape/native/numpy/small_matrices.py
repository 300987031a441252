"""Linear algebra of small matrices by their elements, where nothing is replayed: a call of LAPACK goes by way of Python, which
takes as long as eliminating a matrix of some twenty rows.

Pivots are chosen by size, as LAPACK chooses them. In a recording that is replayed the choice would have to be guarded, so there the
tape's own instruction stands.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from jittape.native.numpy.allocation import copied
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import var_dtype
from jittape.native.vars.var import VarType, replayed, value_of

ROWS = 16
"""Most rows of a small matrix."""


def noted(a): ...
@overload(noted)
def _noted(a):
    """Whether elements of an array are on a tape that is replayed."""
    if not isinstance(a.dtype, VarType):
        return lambda a: False

    def any_of(a):
        for i in np.ndindex(a.shape):
            if replayed(a[i]):
                return True
        return False

    return any_of


@register_jitable
def small(a):
    """Whether a matrix is taken by its elements."""
    return 0 < a.shape[0] <= ROWS and not noted(a)


def _columns(b): ...
@overload(_columns)
def _columns_overload(b):
    """A copy as a matrix of Vars; a vector is a column."""
    if b.ndim == 2:
        return lambda b: copied(b, var_dtype)

    def column(b):
        out = np.empty((b.shape[0], 1), var_dtype)
        for i in range(b.shape[0]):
            out[i, 0] = b[i]
        return out

    return column


@register_jitable
def _factors(a):
    """L and U of a's rows, in a copy: (factors, order of the rows, sign of the order, 0 where a pivot is zero)."""
    n, lu = a.shape[0], copied(a, var_dtype)
    order, sign = np.arange(n), 1.0
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(value_of(lu[i, k])) > abs(value_of(lu[p, k])):
                p = i
        if value_of(lu[p, k]) == 0.0:
            return lu, order, 0.0
        if p != k:
            sign = -sign
            order[k], order[p] = order[p], order[k]
            for j in range(n):
                x = lu[k, j]
                lu[k, j] = lu[p, j]
                lu[p, j] = x
        for i in range(k + 1, n):
            factor = lu[i, k] / lu[k, k]
            lu[i, k] = factor
            for j in range(k + 1, n):
                lu[i, j] = lu[i, j] - factor * lu[k, j]
    return lu, order, sign


@register_jitable
def _substituted(lu, order, b):
    """The solution for the columns of b."""
    n, m = b.shape
    out = np.empty((n, m), var_dtype)
    for c in range(m):
        for i in range(n):
            s = b[order[i], c]
            for j in range(i):
                s = s - lu[i, j] * out[j, c]
            out[i, c] = s
        for k in range(n):
            i = n - 1 - k
            s = out[i, c]
            for j in range(i + 1, n):
                s = s - lu[i, j] * out[j, c]
            out[i, c] = s / lu[i, i]
    return out


@register_jitable
def small_solve(a, b):
    """The solution for b, a vector or columns, as a matrix; and whether there is one."""
    lu, order, sign = _factors(a)
    columns = _columns(b)
    if sign == 0.0:
        return columns, False
    return _substituted(lu, order, columns), True


@register_jitable
def small_inv(a):
    return small_solve(a, np.eye(a.shape[0]))


@register_jitable
def small_det(a):
    """The determinant, and whether no pivot was zero."""
    lu, _, sign = _factors(a)
    found = lu[0, 0] * sign
    for i in range(1, a.shape[0]):
        found = found * lu[i, i]
    return found, sign != 0.0


@register_jitable
def small_slogdet(a):
    lu, _, sign = _factors(a)
    log = np.empty(1, var_dtype)
    if sign != 0.0:
        log[0] = np.log(abs(lu[0, 0]))
        for i in range(a.shape[0]):
            if i:
                log[0] = log[0] + np.log(abs(lu[i, i]))
            if value_of(lu[i, i]) < 0.0:
                sign = -sign
    return sign, log[0]


@register_jitable
def small_cholesky(a):
    """The factor of the lower triangle, and whether the matrix is positive definite."""
    n, out = a.shape[0], np.zeros(a.shape, var_dtype)
    for j in range(n):
        s = a[j, j]
        for k in range(j):
            s = s - out[j, k] * out[j, k]
        if not value_of(s) > 0.0:
            return out, False
        out[j, j] = np.sqrt(s)
        for i in range(j + 1, n):
            s = a[i, j]
            for k in range(j):
                s = s - out[i, k] * out[j, k]
            out[i, j] = s / out[j, j]
    return out, True
