"""Solutions of least squares, of the smallest norm where there are many. Golub and Pereyra (1973), as for pseudo-inverses."""

import numpy as np

from jittape.compiler.pointers import at, blas_letter, void
from jittape.instructions.decompositions.kinds import BLAS
from jittape.instructions.decompositions.lapack import gelsd, into_rows, inverted, turned
from jittape.instructions.decompositions.record import COLUMNS, HEAD, OPERAND
from jittape.instructions.matmul.native import multiply, subtract


def forward(x, z, _, __, head, work):
    m, n, c = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS]), np.int64(head[HEAD + OPERAND + COLUMNS])
    b, high = at(x, m * n), max(m, n)
    a = at(work, BLAS)
    right = at(a, m * n)
    s = at(right, high * c)
    acc = b[0] * 0.0
    for j in range(c):
        for i in range(high):
            right[j * high + i] = b[i * c + j] if i < m else 0.0
            acc += right[j * high + i] * 0.0
    if not turned(x, m, n, a) or acc != 0.0:
        return 0
    if gelsd(blas_letter(x[0]), m, n, c, void(a), m, void(right), high, void(s), np.float64(b[m * c]), void(at(s, min(m, n)))) != 0:
        return 0
    for i in range(n):
        for j in range(c):
            z[i * c + j] = right[j * high + i]
    return 1


def reverse(x, z, g, out, head, work):
    kind, one = blas_letter(x[0]), np.int64(1)
    m, n, c = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS]), np.int64(head[HEAD + OPERAND + COLUMNS])
    b, gb = at(x, m * n), at(out, m * n)
    p = at(work, BLAS)
    residual = at(p, n * m)
    px, back = at(residual, m * c), at(residual, 2 * m * c)
    beyond = at(back, n * c)
    if not inverted(x, m, n, b[m * c], p, at(beyond, n * c)):
        return 0
    into_rows(kind, p, one, m, g, c, one, gb, m, n, c, work)
    for i in range(m * c):
        residual[i] = b[i]
    for i in range(n * c):
        beyond[i] = g[i]
    subtract(kind, x, n, one, z, c, one, residual, c, one, m, n, c, work)
    subtract(kind, x, one, n, gb, c, one, beyond, c, one, n, m, c, work)
    into_rows(kind, p, m, one, gb, c, one, back, n, m, c, work)
    into_rows(kind, p, one, m, z, c, one, px, m, n, c, work)
    into_rows(kind, residual, c, one, back, one, c, out, m, c, n, work)
    subtract(kind, gb, c, one, z, one, c, out, n, one, m, c, n, work)
    multiply(kind, px, c, one, beyond, one, c, out, n, one, m, c, n, 1.0, work)
    gb[m * c] = 0.0
    return 1


def tangent(x, z, t, out, head, work):
    """P (tb - tA x) + y - P A y + P P' tA' (b - A x), where y = tA' P' x."""
    kind, one = blas_letter(x[0]), np.int64(1)
    m, n, c = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS]), np.int64(head[HEAD + OPERAND + COLUMNS])
    b, tb = at(x, m * n), at(t, m * n)
    p = at(work, BLAS)
    first = at(p, n * m)
    second, y = at(first, m * c), at(first, 2 * m * c)
    other = at(y, n * c)
    if not inverted(x, m, n, b[m * c], p, at(other, n * c)):
        return 0
    into_rows(kind, p, one, m, z, c, one, first, m, n, c, work)
    into_rows(kind, t, one, n, first, c, one, y, n, m, c, work)
    for i in range(m * c):
        second[i] = b[i]
        first[i] = tb[i]
    subtract(kind, x, n, one, z, c, one, second, c, one, m, n, c, work)
    into_rows(kind, t, one, n, second, c, one, other, n, m, c, work)
    subtract(kind, t, n, one, z, c, one, first, c, one, m, n, c, work)
    subtract(kind, x, n, one, y, c, one, first, c, one, m, n, c, work)
    multiply(kind, p, one, m, other, c, one, first, c, one, m, n, c, 1.0, work)
    into_rows(kind, p, m, one, first, c, one, out, n, m, c, work)
    for i in range(n * c):
        out[i] += y[i]
    return 1
