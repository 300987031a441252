"""Eigenvalues and eigenvectors of a symmetric matrix, of which the lower (attribute 0) or the upper triangle is read.

The adjoint is that of the triangle, and passes vectors of one eigenvalue by where they do not count.
"""

import numpy as np

from jittape.compiler.pointers import at, blas_letter, void
from jittape.instructions.decompositions.kinds import BLAS, MARGIN
from jittape.instructions.decompositions.lapack import into_rows, largest, over, reciprocal, syevd, turn, turned
from jittape.instructions.decompositions.record import ATTRIBUTE, HEAD
from jittape.instructions.factors_native import all_zero, rounding

VECTORS, LOWER, UPPER = ord("V"), ord("L"), ord("U")


def forward(x, z, _, __, head, work):
    n = np.int64(head[HEAD])
    v = at(z, n)
    if not turned(x, n, n, v) or syevd(blas_letter(x[0]), VECTORS, UPPER if head[ATTRIBUTE] else LOWER, n, void(v), n, void(z)) != 0:
        return 0
    turn(v, n)
    return 1


def reverse(x, z, g, out, head, work):
    """V inner V' with the skew part of V' G over the gaps, and adjoints of the eigenvalues on the diagonal."""
    kind, n, one = blas_letter(x[0]), np.int64(head[HEAD]), np.int64(1)
    v, gv, inner = at(z, n), at(g, n), at(work, BLAS)
    room = at(inner, n * n)
    if all_zero(gv, n * n):
        for i in range(n * n):
            inner[i] = 0.0
    else:
        into_rows(kind, v, one, n, gv, n, one, inner, n, n, n, work)
    unit = rounding(x[0]) * n
    hidden, least = MARGIN * unit * largest(z, n), unit * largest(inner, n * n)
    for i in range(n):
        for j in range(i):
            by = reciprocal(z[i] - z[j], hidden)
            inner[i * n + j] = inner[j * n + i] = (over(inner[j * n + i], by, least) - over(inner[i * n + j], by, least)) * 0.5
        inner[i * n + i] = g[i]
    into_rows(kind, v, n, one, inner, n, one, room, n, n, n, work)
    into_rows(kind, room, n, one, v, one, n, out, n, n, n, work)
    upper = head[ATTRIBUTE] != 0
    for i in range(n):
        for j in range(i):
            a = out[i * n + j] + out[j * n + i]
            out[i * n + j] = 0.0 if upper else a
            out[j * n + i] = a if upper else 0.0
    return 1


def tangent(x, z, t, out, head, work):
    kind, n, one = blas_letter(x[0]), np.int64(head[HEAD]), np.int64(1)
    v, tv, inner = at(z, n), at(out, n), at(work, BLAS)
    room, upper = at(inner, n * n), head[ATTRIBUTE] != 0
    for i in range(n):
        for j in range(i + 1):
            a = t[j * n + i] if upper else t[i * n + j]
            tv[i * n + j] = tv[j * n + i] = a
    into_rows(kind, tv, n, one, v, n, one, room, n, n, n, work)
    into_rows(kind, v, one, n, room, n, one, inner, n, n, n, work)
    unit = rounding(x[0]) * n
    hidden, least = MARGIN * unit * largest(z, n), unit * largest(inner, n * n)
    for i in range(n):
        out[i] = inner[i * n + i]
        for j in range(n):
            inner[i * n + j] = 0.0 if i == j else over(inner[i * n + j], reciprocal(z[j] - z[i], hidden), least)
    into_rows(kind, v, n, one, inner, n, one, tv, n, n, n, work)
    return 1
