"""LAPACK as Numba finds it in SciPy. Matrices are column by column; functions return 0 where they succeed."""

import math

import numpy as np
from numba import types

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, blas_letter, void
from jittape.instructions.matmul.native import multiply

_char, _long, _pointer = types.char, types.intp, types.voidptr
syevd = types.ExternalFunction("numba_ez_xxxevd", types.intc(_char, _char, _char, _long, _pointer, _long, _pointer))
"""syevd(kind, jobz, uplo, n, a, lda, w)."""
gesdd = types.ExternalFunction(
    "numba_ez_gesdd", types.intc(_char, _char, _long, _long, _pointer, _long, _pointer, _pointer, _long, _pointer, _long)
)
"""gesdd(kind, jobz, m, n, a, lda, s, u, ldu, vt, ldvt)."""
geqrf = types.ExternalFunction("numba_ez_geqrf", types.intc(_char, _long, _long, _pointer, _long, _pointer))
"""geqrf(kind, m, n, a, lda, tau)."""
orgqr = types.ExternalFunction("numba_ez_xxgqr", types.intc(_char, _long, _long, _long, _pointer, _long, _pointer))
"""orgqr(kind, m, n, k, a, lda, tau)."""
gelsd = types.ExternalFunction(
    "numba_ez_gelsd", types.intc(_char, _long, _long, _long, _pointer, _long, _pointer, _long, _pointer, types.float64, _pointer)
)
"""gelsd(kind, m, n, nrhs, a, lda, b, ldb, s, rcond, rank)."""
SOME = ord("S")
"""Singular vectors: as many as there are singular values."""


@part
def turned(x, m, n, out):
    """Copy m rows of n numbers into columns; False where a number is not finite."""
    acc = x[0] * 0.0
    for i in range(m):
        row = at(x, i * n)
        for j in range(n):
            acc += row[j] * 0.0
            out[j * m + i] = row[j]
    return acc == 0.0


@part
def turn(x, n):
    """Transpose n rows of n numbers in place."""
    for i in range(n):
        for j in range(i):
            a = x[i * n + j]
            x[i * n + j] = x[j * n + i]
            x[j * n + i] = a


@part
def singular(x, m, n, s, u, vt, work):
    """Singular values and vectors, the latter in columns, of m rows of n numbers; False where there are none."""
    if not turned(x, m, n, work):
        return False
    k = min(m, n)
    return gesdd(blas_letter(x[0]), SOME, m, n, void(work), m, void(s), void(u), m, void(vt), k) == 0


@part
def into_rows(kind, a, ar, ac, b, br, bc, c, m, k, n, one):
    """c = a @ b, given by row and column strides; the rows of c follow each other."""
    multiply(kind, a, ar, ac, b, br, bc, c, n, np.int64(1), m, k, n, 0.0, one)


@part
def inverted(x, m, n, cutoff, p, work):
    """The pseudo-inverse p [n, m] by the singular values that are larger than `cutoff` times the largest; False where there is none."""
    k, one = min(m, n), work
    s = at(work, np.int64(2))
    u = at(s, k)
    vt = at(u, m * k)
    if not singular(x, m, n, s, u, vt, at(vt, k * n)):
        return False
    for q in range(k):
        factor = 1.0 / s[q] if s[q] > cutoff * s[0] else 0.0
        for j in range(m):
            u[q * m + j] *= factor
    into_rows(blas_letter(x[0]), vt, k, np.int64(1), u, m, np.int64(1), p, n, k, m, one)
    return True


# What functions/gaps.py is, natively.


@part
def reciprocal(difference, least):
    """NaN of a difference that rounding hides."""
    return math.nan if abs(difference) <= least else 1.0 / difference


@part
def over(m, reciprocal, least):
    """A zero gives zero, and over an unknown difference so does what is zero to within rounding."""
    if m == 0.0 or (reciprocal != reciprocal and abs(m) <= least):
        return 0.0
    return m * reciprocal


@part
def largest(x, n):
    found = 0.0
    for i in range(n):
        found = max(found, abs(x[i]))
    return found
