"""Products with a constant sparse matrix, natively: S is gone through by rows, also where its transpose is meant."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer, i8_pointer, real_pointer, u1_pointer
from jittape.instructions.matrices_native import FLAGS, flag_matrix, matrix_slot
from jittape.instructions.sparse_matmul.record import B_AT
from jittape.ops.layout import ADJOINT, C_ADJOINT, C_TANGENT, C_VALUE, INACTIVE, WHOLE
from jittape.sweep.point.flags import span
from jittape.sweep.point.steps import record
from jittape.sweep.sets.sets import (
    FINISHED,
    NODES,
    POOL,
    S_AT_ELEMENT,
    S_FLAGS,
    S_LAST,
    S_NEED,
    S_NODE_ROOM,
    S_NODES,
    S_SETS,
    S_TAPE,
    WANTED,
    ZERO,
    room_for_lists,
    union,
    use,
)


@part
def parts_of(meta, index, m0):
    """(whether S is transposed, columns of B, rows and columns of S, offsets, columns of the entries, first slot of their values)."""
    return (
        meta[m0] != 0, np.int64(meta[m0 + 1]), np.int64(meta[m0 + 2]), np.int64(meta[m0 + 3]),
        at(index, np.int64(meta[m0 + 4])), at(index, np.int64(meta[m0 + 5])), np.int64(meta[m0 + 6]),
    )  # fmt: skip


@part
def strides(meta, m0):
    """(base, row stride, column stride) of B."""
    return np.int64(meta[m0 + B_AT]), np.int64(meta[m0 + B_AT + 2]), np.int64(meta[m0 + B_AT + 3])


@part
def times(a, x):
    """a x, zero where x is."""
    return a * x if x != 0.0 else x * 0.0


@part
def gathered(offsets, columns, d, rows, width, x, row, col, out, out_row, out_col, zeros, add):
    """out (+)= S @ x; with `zeros`, zeros of x give zero, whatever S has."""
    if width == 1:
        for i in range(rows):
            begin, end = np.int64(offsets[i]), np.int64(offsets[i + 1])
            acc = 0.0
            if row == 1:
                for p in range(begin, end):
                    acc += d[p] * x[np.int64(columns[p])]
            else:
                for p in range(begin, end):
                    acc += d[p] * x[np.int64(columns[p]) * row]
            if zeros and not acc - acc == 0.0:
                acc = 0.0
                for p in range(begin, end):
                    acc += times(d[p], x[np.int64(columns[p]) * row])
            if add:
                out[i * out_row] += acc
            else:
                out[i * out_row] = acc
        return
    for i in range(rows):
        z = at(out, i * out_row)
        if not add:
            for j in range(width):
                z[j * out_col] = 0.0
        for p in range(np.int64(offsets[i]), np.int64(offsets[i + 1])):
            added(d[p], at(x, np.int64(columns[p]) * row), col, z, out_col, width, zeros)


@part
def added(a, x, col, z, out_col, width, zeros):
    """z += a x, likewise."""
    if zeros:
        for j in range(width):
            z[j * out_col] += times(a, x[j * col])
    elif col == 1 and out_col == 1:
        for j in range(width):
            z[j] += a * x[j]
    else:
        for j in range(width):
            z[j * out_col] += a * x[j * col]


@part
def scattered(offsets, columns, d, rows, width, x, row, col, out, out_row, out_col, zeros):
    """out += S' @ x, likewise."""
    for i in range(rows):
        begin, end = np.int64(offsets[i]), np.int64(offsets[i + 1])
        if width > 1:
            for p in range(begin, end):
                added(d[p], at(x, i * row), col, at(out, np.int64(columns[p]) * out_row), out_col, width, zeros)
            continue
        a = x[i * row]
        if zeros and a == 0.0:
            continue
        if out_row == 1:
            for p in range(begin, end):
                out[np.int64(columns[p])] += d[p] * a
        else:
            for p in range(begin, end):
                out[np.int64(columns[p]) * out_row] += d[p] * a


@part
def multiply(ctl, k, s, v, t, zeros):
    """t[s:] = S @ B, or S' @ B, with S of v and B of t."""
    meta, index, m0, n = record(ctl, k)
    transposed, width, rows, _, offsets, columns, data = parts_of(meta, index, m0)
    base, row, col = strides(meta, m0)
    one = np.int64(1)
    if transposed:
        for i in range(s, s + n):
            t[i] = 0.0
        scattered(offsets, columns, at(v, data), rows, width, at(t, base), row, col, at(t, s), width, one, zeros)
    else:
        gathered(offsets, columns, at(v, data), rows, width, at(t, base), row, col, at(t, s), width, one, zeros, False)


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    v = real_pointer(ctl[C_VALUE], like)
    meta, _, m0, _ = record(ctl, k)
    multiply(ctl, k, s, v, v, meta[m0 + B_AT + FLAGS] & ADJOINT != 0)


def reverse(address, k, end, s, like):
    ctl = i8_pointer(address)
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    meta, index, m0, _ = record(ctl, k)
    if meta[m0 + B_AT + FLAGS] & INACTIVE:
        return
    transposed, width, rows, _, offsets, columns, data = parts_of(meta, index, m0)
    base, row, col = strides(meta, m0)
    one = np.int64(1)
    if transposed:
        gathered(offsets, columns, at(v, data), rows, width, at(g, s), width, one, at(g, base), row, col, True, True)
    else:
        scattered(offsets, columns, at(v, data), rows, width, at(g, s), width, one, at(g, base), row, col, True)


def tangent(address, k, end, s, like):
    ctl = i8_pointer(address)
    v, t = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like)
    multiply(ctl, k, s, v, t, True)


def flags(address, k, flags_address, mode):
    meta, index, m0, _ = record(i8_pointer(address), k)
    found = u1_pointer(flags_address)
    transposed, width, rows, inner, offsets, _, data = parts_of(meta, index, m0)
    if mode == WHOLE:
        span(found, data, np.int64(offsets[rows]), mode)
    return np.int64(flag_matrix(meta, found, m0 + B_AT, np.int64(1), rows if transposed else inner, width, mode))


# --- sparsity


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, index, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    found, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    if meta[m0 + B_AT + FLAGS] & INACTIVE:
        return 0
    transposed, width, rows, _, offsets, columns, data = parts_of(meta, index, m0)
    zero = np.int64(0)
    for i in range(rows):
        for p in range(np.int64(offsets[i]), np.int64(offsets[i + 1])):
            if found[data + p] & ZERO:
                continue
            c = np.int64(columns[p])
            to, of = (c, i) if transposed else (i, c)
            for j in range(width):
                what = np.int64(found[s + to * width + j])
                if what:
                    use(found, last, matrix_slot(meta, m0 + B_AT, zero, of, j), what, k)
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, index, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    sets, found = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    if meta[m0 + B_AT + FLAGS] & INACTIVE:
        return FINISHED
    transposed, width, rows, _, offsets, columns, data = parts_of(meta, index, m0)
    zero = np.int64(0)
    for i in range(S[S_AT_ELEMENT], rows):
        S[S_AT_ELEMENT] = i
        begin, end = np.int64(offsets[i]), np.int64(offsets[i + 1])
        if not room_for_lists(S, 3):
            return POOL
        if S[S_NODES] + (end - begin) * width > S[S_NODE_ROOM]:
            S[S_NEED] = (end - begin) * width
            return NODES
        for p in range(begin, end):
            if found[data + p] & ZERO:
                continue
            c = np.int64(columns[p])
            to, of = (c, i) if transposed else (i, c)
            for j in range(width):
                z = s + to * width + j
                if found[z] & WANTED:
                    x = np.int64(sets[matrix_slot(meta, m0 + B_AT, zero, of, j)])
                    sets[z] = union(S, np.int64(sets[z]), x)
    return FINISHED
