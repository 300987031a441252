"""Determinants, natively."""

import math

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, blas_letter, i8_pointer, real_pointer, u1_pointer
from jittape.instructions.determinant.record import A_AT, LU_AT
from jittape.instructions.factors_native import factors, flag_factors, regular, rounding, solve_factored
from jittape.instructions.matrices_native import FLAGS, flag_matrix, matrix, need_whole, spread_whole
from jittape.ops.layout import C_ADJOINT, C_SCRATCH, C_STATUS, C_TANGENT, C_VALUE, CALLED, INACTIVE, SCRATCH
from jittape.sweep.point.steps import record
from jittape.sweep.sets.sets import S_TAPE

HEAD = 2
"""Elements of scratch memory that BLAS is handed numbers in."""
ROOM = SCRATCH - HEAD


@part
def sizes(meta, m0):
    """(batch, rows, whether logarithms are wanted)."""
    return np.int64(meta[m0]), np.int64(meta[m0 + 1]), meta[m0 + 2] != 0


@part
def signed_logarithm(lu, n):
    """(sign, logarithm of the magnitude) of the determinant of a factored matrix."""
    sign, total = 1.0, 0.0
    for i in range(n):
        a = lu[i * n + i]
        if a == 0.0:
            return 0.0, -math.inf
        if lu[n * n + i] != i:
            sign = -sign
        if a < 0.0:
            sign, a = -sign, -a
        total += math.log(a)
    return sign, total


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v = real_pointer(ctl[C_VALUE], like)
    batch, n, logarithms = sizes(meta, m0)
    for b in range(batch):
        sign, total = signed_logarithm(factors(meta, v, m0 + LU_AT, b), n)
        if logarithms:
            v[s + b], v[s + batch + b] = sign, total
        else:
            v[s + b] = sign * math.exp(total)


@part
def some_columns(kind, lu, n, first, width, out, one):
    """Columns of the inverse of the transpose, as rows of `width` elements."""
    for i in range(n):
        for j in range(width):
            out[i * width + j] = 1.0 if i == first + j else 0.0
    solve_factored(kind, lu, n, True, out, width, one)


@part
def largest_sum(x, row, col, n):
    """The largest sum of magnitudes of a row; NaN where there is one."""
    largest = abs(x[0]) * 0.0
    for i in range(n):
        acc = abs(x[i * row]) * 0.0
        for j in range(n):
            acc += abs(x[i * row + j * col])
        if acc != acc:
            return acc
        largest = max(largest, acc)
    return largest


@part
def far_from_singular(lu, a, row, col, n, kind, scratch, eps):
    """Whether a determinant times the inverse is as good as cofactors get; the inverse of the transpose stands in `scratch` then."""
    out = at(scratch, HEAD)
    if n * n > ROOM or not regular(lu, n):
        return False
    some_columns(kind, lu, n, np.int64(0), n, out, scratch)
    return largest_sum(a, row, col, n) * largest_sum(out, np.int64(1), n, n) * math.sqrt(math.sqrt(eps)) < 1.0


@part
def refused(ctl):
    ctl[C_STATUS] = CALLED


def reverse(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, g, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like), real_pointer(ctl[C_SCRATCH], like)
    batch, n, logarithms = sizes(meta, m0)
    if meta[m0 + A_AT + FLAGS] & INACTIVE:
        return
    kind, eps, first = blas_letter(like), rounding(like), s + batch if logarithms else s
    for b in range(batch):  # whether to go on is decided before anything is added
        if g[first + b] != 0.0:
            lu = factors(meta, v, m0 + LU_AT, b)
            x, row, col = matrix(meta, v, m0 + A_AT, b)
            if (not regular(lu, n) or n > ROOM) if logarithms else not far_from_singular(lu, x, row, col, n, kind, scratch, eps):
                refused(ctl)
                return
    out = at(scratch, HEAD)
    for b in range(batch):
        if g[first + b] == 0.0:
            continue
        factor = g[first + b] if logarithms else g[first + b] * v[s + b]
        lu = factors(meta, v, m0 + LU_AT, b)
        x, row, col = matrix(meta, g, m0 + A_AT, b)
        width = min(ROOM // n, n)
        for done in range(0, n, width):
            size = min(width, n - done)
            if batch > 1 or logarithms:  # else the inverse stands there
                some_columns(kind, lu, n, done, size, out, scratch)
            for i in range(n):
                for j in range(size):
                    x[i * row + (done + j) * col] += factor * out[i * size + j]


def tangent(address, k, end, s, like):
    """The tangent of a logarithm is the trace of the inverse times that of the matrix."""
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, t, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like), real_pointer(ctl[C_SCRATCH], like)
    batch, n, logarithms = sizes(meta, m0)
    kind, eps = blas_letter(like), rounding(like)
    for b in range(batch):
        total = v[s] * 0.0
        if not meta[m0 + A_AT + FLAGS] & INACTIVE:
            lu = factors(meta, v, m0 + LU_AT, b)
            a, row, col = matrix(meta, v, m0 + A_AT, b)
            if (not regular(lu, n) or n > ROOM) if logarithms else not far_from_singular(lu, a, row, col, n, kind, scratch, eps):
                refused(ctl)
                return
            out, width, total = at(scratch, HEAD), min(ROOM // n, n), 0.0
            x, row, col = matrix(meta, t, m0 + A_AT, b)
            for done in range(0, n, width):
                size = min(width, n - done)
                some_columns(kind, lu, n, done, size, out, scratch)
                for i in range(n):
                    for j in range(size):
                        total += x[i * row + (done + j) * col] * out[i * size + j]
        if logarithms:
            t[s + b], t[s + batch + b] = 0.0, total
        else:
            t[s + b] = total * v[s + b]


def flags(address, k, flags_address, mode):
    meta, _, m0, _ = record(i8_pointer(address), k)
    found = u1_pointer(flags_address)
    batch, n, _ = sizes(meta, m0)
    if flag_matrix(meta, found, m0 + A_AT, batch, n, n, mode):
        return 1
    return np.int64(flag_factors(meta, found, m0 + LU_AT, batch, n, mode))


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    batch, n, logarithms = sizes(meta, m0)
    need_whole(S, meta, m0 + A_AT, batch, n, np.int64(1), k, s + batch if logarithms else s)
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    batch, n, logarithms = sizes(meta, m0)
    return spread_whole(S, meta, m0 + A_AT, batch, n, np.int64(1), False, s + batch if logarithms else s)
