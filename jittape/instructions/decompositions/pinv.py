"""Pseudo-inverses. Golub and Pereyra (1973): their derivatives hold where the rank is locally constant."""

import numpy as np

from jittape.compiler.pointers import at, blas_letter
from jittape.instructions.decompositions.kinds import BLAS
from jittape.instructions.decompositions.lapack import into_rows, inverted
from jittape.instructions.decompositions.record import COLUMNS, HEAD
from jittape.instructions.matmul.native import multiply, subtract


def forward(x, z, _, __, head, work):
    m, n = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS])
    return 1 if inverted(x, m, n, x[m * n], z, work) else 0


def reverse(x, z, g, out, head, work):
    """y - A P y + P' (P G' - G P' - P G' P A), where y = G' P P'."""
    kind, one = blas_letter(x[0]), np.int64(1)
    m, n = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS])
    p = z
    pp = at(work, BLAS)
    py, pg = at(pp, n * n), at(pp, 2 * n * n)
    pa, w = at(pp, 3 * n * n), at(pp, 4 * n * n)
    into_rows(kind, p, m, one, p, one, m, pp, n, m, n, work)
    into_rows(kind, g, one, m, pp, n, one, out, m, n, n, work)
    into_rows(kind, p, m, one, out, n, one, py, n, m, n, work)
    into_rows(kind, p, m, one, g, one, m, pg, n, m, n, work)
    into_rows(kind, p, m, one, x, n, one, pa, n, m, n, work)
    for i in range(n):
        for j in range(n):
            w[i * n + j] = pg[i * n + j] - pg[j * n + i]
    subtract(kind, pg, n, one, pa, n, one, w, n, one, n, n, n, work)
    subtract(kind, x, n, one, py, n, one, out, n, one, m, n, n, work)
    multiply(kind, p, one, m, w, n, one, out, n, one, m, n, n, 1.0, work)
    out[m * n] = 0.0
    return 1


def tangent(x, z, t, out, head, work):
    """y + ((P T)' - P T - y A - P A (P T)') P, where y = P P' T'."""
    kind, one = blas_letter(x[0]), np.int64(1)
    m, n = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS])
    p = z
    pp = at(work, BLAS)
    pt, pa, w = at(pp, n * n), at(pp, 2 * n * n), at(pp, 3 * n * n)
    into_rows(kind, p, m, one, p, one, m, pp, n, m, n, work)
    into_rows(kind, pp, n, one, t, one, n, out, n, n, m, work)
    into_rows(kind, p, m, one, t, n, one, pt, n, m, n, work)
    into_rows(kind, p, m, one, x, n, one, pa, n, m, n, work)
    for i in range(n):
        for j in range(n):
            w[i * n + j] = pt[j * n + i] - pt[i * n + j]
    subtract(kind, out, m, one, x, n, one, w, n, one, n, m, n, work)
    subtract(kind, pa, n, one, pt, one, n, w, n, one, n, n, n, work)
    multiply(kind, w, n, one, p, m, one, out, m, one, n, n, m, 1.0, work)
    return 1
