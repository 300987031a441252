"""Factors of matrices, natively: L and U by partial pivoting, and solutions with triangular and with factored matrices.

Matrices of a few rows are eliminated here, as a call of LAPACK takes longer; what rounding may decide (a pivot next to zero) and
what is not finite is LAPACK's, so that it comes out as NumPy has it.
"""

import numpy as np
from numba import types

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer, real_size, void
from jittape.instructions.matmul.native import subtract
from jittape.sweep.point.flags import block

ROWS = 16
"""Most rows of a matrix that is eliminated here."""
BLOCK = 32
"""Rows of a triangular matrix that are substituted at a time; the others are a product."""

getrf = types.ExternalFunction(
    "numba_xxgetrf", types.intc(types.char, types.intp, types.intp, types.voidptr, types.intp, types.voidptr)
)
"""getrf(kind, m, n, a, lda, ipiv): Numba's way to SciPy's LAPACK, column-major, pivots of int32 from 1."""


@part
def rounding(like):
    """The distance from one to the next number of this type."""
    return 2.0**-52 if real_size(like) == 8 else 2.0**-23


@part
def columns(x, row, col, m, n, out):
    """Copy a matrix into columns; returns its largest element, or NaN where one is not finite."""
    largest, acc = abs(x[0]), x[0] * 0.0
    for j in range(n):
        for i in range(m):
            a = x[i * row + j * col]
            acc += a * 0.0
            largest = max(largest, abs(a))
            out[j * m + i] = a
    return largest + acc


@part
def eliminate(lu, pivots, n, tiny):
    """L and U in place of a matrix in columns; returns whether every pivot was larger than `tiny`."""
    for k in range(n):
        column = at(lu, k * n)
        p, best = k, abs(column[k])
        for i in range(k + 1, n):
            if abs(column[i]) > best:
                p, best = i, abs(column[i])
        if not best > tiny:
            return False
        pivots[k] = p
        if p != k:
            for j in range(n):
                a = lu[j * n + k]
                lu[j * n + k] = lu[j * n + p]
                lu[j * n + p] = a
        inverse = 1.0 / column[k]
        for i in range(k + 1, n):
            column[i] *= inverse
        for j in range(k + 1, n):
            other = at(lu, j * n)
            a = other[k]
            for i in range(k + 1, n):
                other[i] -= column[i] * a
    return True


@part
def factor(x, row, col, n, lu, address, kind, eps):
    """L and U of a matrix, in columns, and after them the pivots, from 0; `address` is that of `lu`."""
    largest = columns(x, row, col, n, n, lu)
    pivots = at(lu, n * n)
    if n <= ROWS and eliminate(lu, pivots, n, largest * (n * eps)):
        return
    if n <= ROWS:
        columns(x, row, col, n, n, lu)
    whole = i4_pointer(address + n * n * (4 if eps > 1e-8 else 8))  # where the pivots are to be there is room for integers
    getrf(kind, n, n, void(lu), n, void(whole))
    for i in range(n - 1, -1, -1):
        p = np.int64(whole[i]) - 1
        pivots[i] = p if i <= p < n else i  # whatever LAPACK makes of NaN, rows are exchanged with rows


@part
def regular(lu, n):
    """Whether no pivot is zero."""
    for i in range(n):
        if lu[i * n + i] == 0.0:
            return False
    return True


@part
def factors(meta, v, place, b):
    """The factors of matrix b of a record that names them at a place."""
    return at(v, np.int64(meta[place]) + b * np.int64(meta[place + 1]))


@part
def flag_factors(meta, flags, place, batch, n, mode):
    """Activity of a stack of factors: no operand that adjoints go to, but as useful as what is computed with them."""
    stride = np.int64(meta[place + 1])
    return block(flags, np.int64(meta[place]), batch if stride != 0 else np.int64(1), stride, n * n + n, np.int64(1), mode)


@part
def all_regular(meta, v, place, batch, n):
    """Whether no matrix has a pivot of zero."""
    for b in range(batch if meta[place + 1] != 0 else np.int64(1)):
        if not regular(factors(meta, v, place, b), n):
            return False
    return True


@part
def all_zero(x, n):
    for i in range(n):
        if x[i] != 0.0:
            return False
    return True


@part
def eliminated(t, row, col, first, last, i, x, m):
    """Subtract from row i of x the rows first to last, times those elements of row i of a triangular matrix."""
    if m == 1:
        acc = x[i]
        for j in range(first, last):
            acc -= t[i * row + j * col] * x[j]
        x[i] = acc
        return
    out = at(x, i * m)
    for j in range(first, last):
        a, other = t[i * row + j * col], at(x, j * m)
        for c in range(m):
            out[c] -= a * other[c]


@part
def substitute(kind, t, row, col, n, lower, unit, x, m, one):
    """x, n rows of m numbers, becomes the solution y of t @ y = x for a triangular matrix t."""
    for done in range(0, n, BLOCK):
        size = min(BLOCK, n - done)
        first = done if lower else n - done - size
        known = np.int64(0) if lower else first + size
        if done:
            subtract(
                kind, at(t, first * row + known * col), row, col, at(x, known * m), m, np.int64(1), at(x, first * m), m, np.int64(1), size, done, m, one
            )  # fmt: skip
        for q in range(size):
            i = first + q if lower else first + size - 1 - q
            if lower:
                eliminated(t, row, col, first, i, i, x, m)
            else:
                eliminated(t, row, col, i + 1, first + size, i, x, m)
            if not unit:
                d = t[i * (row + col)]
                for c in range(m):
                    x[i * m + c] /= d


@part
def exchange(x, i, p, m):
    if p != i:
        for c in range(m):
            a = x[i * m + c]
            x[i * m + c] = x[p * m + c]
            x[p * m + c] = a


@part
def exchanged(pivots, i, n):
    """The row that row i was exchanged with; itself where a damaged file has a number that is no row."""
    p = np.int64(pivots[i])
    return p if 0 <= p < n else i


@part
def solve_factored(kind, lu, n, transposed, x, m, one):
    """x, n rows of m numbers, becomes the solution for a factored matrix, or for its transpose."""
    pivots, unit_stride = at(lu, n * n), np.int64(1)
    if not transposed:
        for i in range(n):
            exchange(x, i, exchanged(pivots, i, n), m)
    for second in range(2):
        left = (second == 0) != transposed  # L, or U
        row, col = (n, unit_stride) if transposed else (unit_stride, n)
        substitute(kind, lu, row, col, n, second == 0, left, x, m, one)
    if transposed:
        for i in range(n - 1, -1, -1):
            exchange(x, i, exchanged(pivots, i, n), m)
