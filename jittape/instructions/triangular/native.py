"""Triangular systems, natively."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, blas_letter, i8_pointer, real_pointer, u1_pointer
from jittape.instructions.factors_native import BLOCK, all_zero, substitute
from jittape.instructions.matmul.native import subtract
from jittape.instructions.matrices_native import FLAGS, add_to_matrix, copy_matrix, flag_matrix, matrix
from jittape.instructions.systems_native import need_solution, spread_solution
from jittape.instructions.triangular.record import A_AT, B_AT
from jittape.ops.layout import C_ADJOINT, C_SCRATCH, C_STATUS, C_TANGENT, C_VALUE, CALLED, INACTIVE
from jittape.sweep.point.steps import record
from jittape.sweep.sets.sets import S_TAPE


@part
def sizes(meta, m0):
    """(batch, rows, columns, whether lower, whether the diagonal is taken for ones)."""
    return np.int64(meta[m0]), np.int64(meta[m0 + 1]), np.int64(meta[m0 + 2]), meta[m0 + 3] != 0, meta[m0 + 4] != 0


@part
def refused(ctl, meta, v, m0):
    """Whether a diagonal has a zero; then the instruction is left to Python."""
    batch, n, _, _, unit = sizes(meta, m0)
    if unit:
        return False
    for b in range(batch if meta[m0 + A_AT + 1] != 0 else np.int64(1)):
        a, row, col = matrix(meta, v, m0 + A_AT, b)
        for i in range(n):
            if a[i * (row + col)] == 0.0:
                ctl[C_STATUS] = CALLED
                return True
    return False


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    if refused(ctl, meta, v, m0):
        return
    batch, n, m, lower, unit = sizes(meta, m0)
    for b in range(batch):
        x = at(v, s + b * n * m)
        copy_matrix(meta, v, m0 + B_AT, b, n, m, x)
        a, row, col = matrix(meta, v, m0 + A_AT, b)
        substitute(blas_letter(like), a, row, col, n, lower, unit, x, m, scratch)


@part
def subtract_triangle(kind, r, x, n, m, a, row, col, lower, unit, one):
    """A triangle of a -= r @ x', for n rows of m numbers."""
    step = np.int64(1)
    for first in range(0, n, BLOCK):
        size = min(BLOCK, n - first)
        if lower and first:
            subtract(kind, at(r, first * m), m, step, x, step, m, at(a, first * row), row, col, size, m, first, one)
        elif not lower and first + size < n:
            rest = first + size
            subtract(
                kind, at(r, first * m), m, step, at(x, rest * m), step, m, at(a, first * row + rest * col), row, col, size, m, n - rest, one
            )  # fmt: skip
        for i in range(first, first + size):
            low, high = (first, i + 1) if lower else (i, first + size)
            for j in range(low, high):
                if i != j or not unit:
                    acc = r[i * m] * 0.0
                    for c in range(m):
                        acc += r[i * m + c] * x[j * m + c]
                    a[i * row + j * col] -= acc


def reverse(address, k, end, s, like):
    """The adjoint of B is that of X, solved with the transpose, and that of A is a triangle of minus its product with X'."""
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, g, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like), real_pointer(ctl[C_SCRATCH], like)
    batch, n, m, lower, unit = sizes(meta, m0)
    kind = blas_letter(like)
    for b in range(batch):
        r, x = at(g, s + b * n * m), at(v, s + b * n * m)
        if all_zero(r, n * m):
            continue
        a, row, col = matrix(meta, v, m0 + A_AT, b)
        substitute(kind, a, col, row, n, not lower, unit, r, m, scratch)
        if not meta[m0 + B_AT + FLAGS] & INACTIVE:
            add_to_matrix(meta, g, m0 + B_AT, b, n, m, r)
        if not meta[m0 + A_AT + FLAGS] & INACTIVE:
            a, row, col = matrix(meta, g, m0 + A_AT, b)
            subtract_triangle(kind, r, x, n, m, a, row, col, lower, unit, scratch)


def tangent(address, k, end, s, like):
    """The tangent of X is that of B less that of A's triangle times X, solved."""
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, t, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like), real_pointer(ctl[C_SCRATCH], like)
    batch, n, m, lower, unit = sizes(meta, m0)
    for b in range(batch):
        x, out = at(v, s + b * n * m), at(t, s + b * n * m)
        copy_matrix(meta, t, m0 + B_AT, b, n, m, out)
        a, row, col = matrix(meta, t, m0 + A_AT, b)
        if not meta[m0 + A_AT + FLAGS] & INACTIVE:
            for i in range(n):
                for j in range(0 if lower else i, i + 1 if lower else n):
                    if i != j or not unit:
                        for c in range(m):
                            out[i * m + c] -= a[i * row + j * col] * x[j * m + c]
        a, row, col = matrix(meta, v, m0 + A_AT, b)
        substitute(blas_letter(like), a, row, col, n, lower, unit, out, m, scratch)


def flags(address, k, flags_address, mode):
    meta, _, m0, _ = record(i8_pointer(address), k)
    found = u1_pointer(flags_address)
    batch, n, m, _, _ = sizes(meta, m0)
    return np.int64(flag_matrix(meta, found, m0 + A_AT, batch, n, n, mode) or flag_matrix(meta, found, m0 + B_AT, batch, n, m, mode))


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    batch, n, m, _, _ = sizes(meta, m0)
    need_solution(S, meta, m0 + A_AT, m0 + B_AT, batch, n, m, k, s)
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    batch, n, m, _, _ = sizes(meta, m0)
    return spread_solution(S, meta, m0 + A_AT, m0 + B_AT, batch, n, m, s)
