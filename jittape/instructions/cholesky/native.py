"""Cholesky factors, natively. The reverse sweep is that of Murray (2016), arXiv:1602.07527, by blocks and in place."""

import math

import numpy as np
from numba import types

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, blas_letter, i8_pointer, real_pointer, u1_pointer, void
from jittape.instructions.factors_native import BLOCK, ROWS, all_zero, substitute
from jittape.instructions.lu.record import MATRIX_AT
from jittape.instructions.matmul.native import multiply, subtract
from jittape.instructions.matrices_native import FLAGS, flag_matrix, matrix, need_whole, spread_whole
from jittape.ops.layout import C_ADJOINT, C_SCRATCH, C_STATUS, C_TANGENT, C_VALUE, CALLED, INACTIVE
from jittape.sweep.point.steps import record
from jittape.sweep.sets.sets import S_TAPE

potrf = types.ExternalFunction("numba_xxpotrf", types.intc(types.char, types.char, types.intp, types.voidptr, types.intp))
"""potrf(kind, uplo, n, a, lda): Numba's way to SciPy's LAPACK, column-major."""
UPPER = ord("U")
HEAD = 2
"""Elements of scratch memory that BLAS is handed numbers in; a block stands behind them."""


@part
def sizes(meta, m0):
    """(batch, rows)."""
    return np.int64(meta[m0]), np.int64(meta[m0 + 1])


@part
def factor(x, n):
    """The factor in place of a lower triangle; False where the matrix is not positive definite."""
    for j in range(n):
        mine = at(x, j * n)
        for i in range(j):  # row j of the factor, element by element
            acc, other = mine[i], at(x, i * n)
            for q in range(i):
                acc -= mine[q] * other[q]
            mine[i] = acc / other[i]
        acc = mine[j]
        for q in range(j):
            acc -= mine[q] * mine[q]
        if not acc > 0.0:
            return False
        mine[j] = math.sqrt(acc)
    return True


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v = real_pointer(ctl[C_VALUE], like)
    batch, n = sizes(meta, m0)
    for b in range(batch):
        a, row, col = matrix(meta, v, m0 + MATRIX_AT, b)
        x = at(v, s + b * n * n)
        for i in range(n):
            for j in range(n):
                x[i * n + j] = a[i * row + j * col] if j <= i else 0.0
        if n <= ROWS:
            good = factor(x, n)
        else:  # what lies row by row below the diagonal lies column by column above it
            good = potrf(blas_letter(like), UPPER, n, void(x), n) == 0
        if not good:
            ctl[C_STATUS] = CALLED
            return


@part
def reverse_block(l, g, n, size):
    """The adjoint of a block of the lower triangle, in place of that of its factor; rows are n apart."""
    for j in range(size - 1, -1, -1):
        d, mine, row = l[j * n + j], at(g, j * n), at(l, j * n)
        acc = mine[j]
        for i in range(j + 1, size):
            acc -= l[i * n + j] * g[i * n + j] / d
            g[i * n + j] /= d
        acc /= d
        for q in range(j):
            mine[q] -= acc * row[q]
        for i in range(j + 1, size):
            c, other, out = g[i * n + j], at(l, i * n), at(g, i * n)
            for q in range(j):
                mine[q] -= c * other[q]
                out[q] -= c * row[q]
        mine[j] = acc * 0.5


@part
def reverse_factor(kind, l, g, n, scratch):
    """The adjoint of the lower triangle, in place of that of the factor: by blocks of rows, from the last."""
    one, block = np.int64(1), at(scratch, HEAD)
    end = n
    while end > 0:
        first = max(end - BLOCK, 0)
        size, below = end - first, n - end
        corner, mine = first * n + first, first * n
        if below:
            c = end * n + first
            for i in range(below):  # the adjoints below the block times the inverse of its factor
                x = at(g, c + i * n)
                for q in range(size - 1, -1, -1):
                    row = at(l, corner + q * n)
                    a = x[q] / row[q]
                    x[q] = a
                    for p in range(q):
                        x[p] -= a * row[p]
            if first:
                subtract(kind, at(g, c), n, one, at(l, mine), n, one, at(g, end * n), n, one, below, size, first, scratch)
            multiply(kind, at(g, c), one, n, at(l, c), n, one, block, size, one, size, below, size, 0.0, scratch)
            for i in range(size):
                for j in range(i + 1):
                    g[corner + i * n + j] -= block[i * size + j]
        reverse_block(at(l, corner), at(g, corner), n, size)
        if first:
            if below:
                subtract(kind, at(g, end * n + first), one, n, at(l, end * n), n, one, at(g, mine), n, one, size, below, first, scratch)
            for i in range(size):
                for j in range(i + 1):
                    block[i * size + j] = block[j * size + i] = g[corner + i * n + j]
                block[i * size + i] *= 2.0
            subtract(kind, block, size, one, at(l, mine), n, one, at(g, mine), n, one, size, size, first, scratch)
        end = first


def reverse(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    if meta[m0 + MATRIX_AT + FLAGS] & INACTIVE:
        return
    v, g, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like), real_pointer(ctl[C_SCRATCH], like)
    batch, n = sizes(meta, m0)
    for b in range(batch):
        r = at(g, s + b * n * n)
        if all_zero(r, n * n):
            continue
        reverse_factor(blas_letter(like), at(v, s + b * n * n), r, n, scratch)
        a, row, col = matrix(meta, g, m0 + MATRIX_AT, b)
        for i in range(n):
            for j in range(i + 1):
                a[i * row + j * col] += r[i * n + j]


@part
def transpose(x, n):
    for i in range(n):
        for j in range(i):
            a = x[i * n + j]
            x[i * n + j] = x[j * n + i]
            x[j * n + i] = a


def tangent(address, k, end, s, like):
    """L times the lower triangle, its diagonal halved, of the tangent of A between the inverses of L and L'."""
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, t, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like), real_pointer(ctl[C_SCRATCH], like)
    batch, n = sizes(meta, m0)
    for b in range(batch):
        a, row, col = matrix(meta, t, m0 + MATRIX_AT, b)
        l, out = at(v, s + b * n * n), at(t, s + b * n * n)
        for i in range(n):
            for j in range(i + 1):
                x = a[i * row + j * col]
                out[i * n + j] = out[j * n + i] = x
        for _ in range(2):
            substitute(blas_letter(like), l, n, np.int64(1), n, True, False, out, n, scratch)
            transpose(out, n)
        for i in range(n - 1, -1, -1):
            out[i * n + i] *= 0.5
            for j in range(i, n):
                if j > i:
                    out[i * n + j] = 0.0
        for i in range(n - 1, -1, -1):
            for j in range(i + 1):
                acc = out[i * n + j] * l[i * n + i]
                for q in range(j, i):
                    acc += l[i * n + q] * out[q * n + j]
                out[i * n + j] = acc


def flags(address, k, flags_address, mode):
    meta, _, m0, _ = record(i8_pointer(address), k)
    batch, n = sizes(meta, m0)
    return np.int64(flag_matrix(meta, u1_pointer(flags_address), m0 + MATRIX_AT, batch, n, n, mode))


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    batch, n = sizes(meta, m0)
    need_whole(S, meta, m0 + MATRIX_AT, batch, n, n * n, k, s)
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    batch, n = sizes(meta, m0)
    return spread_whole(S, meta, m0 + MATRIX_AT, batch, n, n * n, True, s)
