"""Solutions, natively."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, blas_letter, i8_pointer, real_pointer, u1_pointer
from jittape.instructions.factors_native import all_regular, all_zero, factors, flag_factors, solve_factored
from jittape.instructions.matmul.native import subtract
from jittape.instructions.matrices_native import FLAGS, add_to_matrix, copy_matrix, flag_matrix, matrix
from jittape.instructions.solve.record import A_AT, B_AT, LU_AT
from jittape.instructions.systems_native import need_solution, spread_solution
from jittape.ops.layout import C_ADJOINT, C_SCRATCH, C_STATUS, C_TANGENT, C_VALUE, CALLED, INACTIVE
from jittape.sweep.point.steps import record
from jittape.sweep.sets.sets import S_TAPE


@part
def sizes(meta, m0):
    """(batch, rows, columns, whether A is transposed)."""
    return np.int64(meta[m0]), np.int64(meta[m0 + 1]), np.int64(meta[m0 + 2]), meta[m0 + 3] != 0


@part
def refused(ctl, meta, v, m0):
    """Whether a matrix has a pivot of zero; then the instruction is left to Python."""
    batch, n, _, _ = sizes(meta, m0)
    if all_regular(meta, v, m0 + LU_AT, batch, n):
        return False
    ctl[C_STATUS] = CALLED
    return True


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    if refused(ctl, meta, v, m0):
        return
    batch, n, m, transposed = sizes(meta, m0)
    for b in range(batch):
        x = at(v, s + b * n * m)
        copy_matrix(meta, v, m0 + B_AT, b, n, m, x)
        solve_factored(blas_letter(like), factors(meta, v, m0 + LU_AT, b), n, transposed, x, m, scratch)


def reverse(address, k, end, s, like):
    """The adjoint of B is that of X, solved with the transpose, and that of A is minus its product with X'."""
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, g, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like), real_pointer(ctl[C_SCRATCH], like)
    if refused(ctl, meta, v, m0):
        return
    batch, n, m, transposed = sizes(meta, m0)
    kind, one = blas_letter(like), np.int64(1)
    for b in range(batch):
        r, x = at(g, s + b * n * m), at(v, s + b * n * m)
        if all_zero(r, n * m):
            continue
        solve_factored(kind, factors(meta, v, m0 + LU_AT, b), n, not transposed, r, m, scratch)
        if not meta[m0 + B_AT + FLAGS] & INACTIVE:
            add_to_matrix(meta, g, m0 + B_AT, b, n, m, r)
        if not meta[m0 + A_AT + FLAGS] & INACTIVE:
            a, row, col = matrix(meta, g, m0 + A_AT, b)
            if transposed:
                row, col = col, row
            subtract(kind, r, m, one, x, one, m, a, row, col, n, m, n, scratch)


def tangent(address, k, end, s, like):
    """The tangent of X is that of B less that of A times X, solved."""
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, t, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like), real_pointer(ctl[C_SCRATCH], like)
    if refused(ctl, meta, v, m0):
        return
    batch, n, m, transposed = sizes(meta, m0)
    kind, one = blas_letter(like), np.int64(1)
    for b in range(batch):
        x, out = at(v, s + b * n * m), at(t, s + b * n * m)
        copy_matrix(meta, t, m0 + B_AT, b, n, m, out)
        if not meta[m0 + A_AT + FLAGS] & INACTIVE:
            a, row, col = matrix(meta, t, m0 + A_AT, b)
            if transposed:
                row, col = col, row
            subtract(kind, a, row, col, x, m, one, out, m, one, n, n, m, scratch)
        solve_factored(kind, factors(meta, v, m0 + LU_AT, b), n, transposed, out, m, scratch)


def flags(address, k, flags_address, mode):
    meta, _, m0, _ = record(i8_pointer(address), k)
    found = u1_pointer(flags_address)
    batch, n, m, _ = sizes(meta, m0)
    if flag_matrix(meta, found, m0 + A_AT, batch, n, n, mode) or flag_matrix(meta, found, m0 + B_AT, batch, n, m, mode):
        return 1
    return np.int64(flag_factors(meta, found, m0 + LU_AT, batch, n, mode))


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    batch, n, m, _ = sizes(meta, m0)
    need_solution(S, meta, m0 + A_AT, m0 + B_AT, batch, n, m, k, s)
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    batch, n, m, _ = sizes(meta, m0)
    return spread_solution(S, meta, m0 + A_AT, m0 + B_AT, batch, n, m, s)
