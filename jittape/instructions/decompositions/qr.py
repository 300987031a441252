"""Q and R of a matrix of as many rows as columns or more."""

import numpy as np

from jittape.compiler.pointers import at, blas_letter, void
from jittape.instructions.decompositions.kinds import BLAS
from jittape.instructions.decompositions.lapack import geqrf, into_rows, orgqr, turned
from jittape.instructions.decompositions.record import COLUMNS, HEAD
from jittape.instructions.factors_native import regular, substitute
from jittape.instructions.matmul.native import multiply, subtract


def forward(x, z, _, __, head, work):
    kind, m, n = blas_letter(x[0]), np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS])
    r, a = at(z, m * n), at(work, BLAS)
    tau = at(a, m * n)
    if not turned(x, m, n, a) or geqrf(kind, m, n, void(a), m, void(tau)) != 0:
        return 0
    for i in range(n):
        for j in range(n):
            r[i * n + j] = a[j * m + i] if i <= j else 0.0
    if orgqr(kind, m, n, n, void(a), m, void(tau)) != 0:
        return 0
    for i in range(m):
        for j in range(n):
            z[i * n + j] = a[j * m + i]
    return 1


def reverse(x, z, g, out, head, work):
    kind, one = blas_letter(x[0]), np.int64(1)
    m, n = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS])
    q, r, gq, gr = z, at(z, m * n), g, at(g, m * n)
    if not regular(r, n):
        return 0
    inner, both = at(work, BLAS), at(work, BLAS + 2 * n * n)
    upper = at(inner, n * n)
    for i in range(n):
        for j in range(n):
            upper[i * n + j] = gr[i * n + j] if i <= j else 0.0
    into_rows(kind, r, n, one, upper, one, n, inner, n, n, n, work)
    subtract(kind, gq, one, n, q, n, one, inner, n, one, n, m, n, work)
    for i in range(n):
        for j in range(i):
            inner[j * n + i] = inner[i * n + j]
    into_rows(kind, q, n, one, inner, n, one, out, m, n, n, work)
    for i in range(m):  # R y = a row of what follows, for all of them
        for j in range(n):
            both[j * m + i] = out[i * n + j] + gq[i * n + j]
    substitute(kind, r, n, one, n, False, False, both, m, work)
    for i in range(m):
        for j in range(n):
            out[i * n + j] = both[j * m + i]
    return 1


def tangent(x, z, t, out, head, work):
    kind, one = blas_letter(x[0]), np.int64(1)
    m, n = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS])
    q, r, tq, tr = z, at(z, m * n), out, at(out, m * n)
    if not regular(r, n):
        return 0
    inner, c = at(work, BLAS), at(work, BLAS + 2 * n * n)
    for i in range(m):
        for j in range(n):
            c[j * m + i] = t[i * n + j]
    substitute(kind, r, one, n, n, True, False, c, m, work)
    into_rows(kind, q, one, n, c, one, m, inner, n, m, n, work)
    for i in range(n):
        for j in range(i + 1, n):
            inner[i * n + j] += inner[j * n + i]
        for j in range(i):
            inner[i * n + j] = 0.0
    for i in range(m):
        for j in range(n):
            tq[i * n + j] = c[j * m + i]
    subtract(kind, q, n, one, inner, n, one, tq, n, one, m, n, n, work)
    multiply(kind, inner, n, one, r, n, one, tr, n, one, n, n, n, 0.0, work)
    for i in range(n):
        for j in range(i):
            tr[i * n + j] = 0.0
    return 1
