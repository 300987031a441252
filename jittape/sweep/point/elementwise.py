"""Short runs, and sums, as steps of a sweep (steps.py), and what the groups of long ones share with them: a chunk's values and adjoints."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import (
    at,
    call_forward,
    call_reverse,
    call_tangent,
    i4_pointer,
    i8_pointer,
    real_pointer,
    u1_pointer,
    u2_pointer,
)
from jittape.ops.layout import (
    ARITIES,
    C_ADJOINT,
    C_ARG0,
    C_ARG1,
    C_INDEX,
    C_KERNELS,
    C_META,
    C_OPCODE,
    C_SCRATCH,
    C_TANGENT,
    C_VALUE,
    C_VISITED,
    CHUNK,
    DONE,
    FIRST,
    GROUP,
    INACTIVE,
    INPUT,
    K_FORWARD,
    K_REVERSE,
    K_STORE,
    K_TANGENT,
    KERNELS,
    KIND,
    KINDS,
    LOCAL_REF,
    MISSING,
    NO_KERNEL,
    REF,
    RUN,
    RUN_REF,
    SAME,
    SUM,
    UNREAD_LEAF,
)
from jittape.sweep.point import sums
from jittape.sweep.point.operands import (
    elementwise,
    ends_group,
    fetch,
    leaf,
    row_of,
    scatter,
)
from jittape.sweep.point.steps import leave, zero


@part
def missing(table, opcode, k, kind):
    """The number of a kernel that an elementwise run needs and that is not compiled, or -1."""
    if not elementwise(opcode[k]):
        return -1
    number = (opcode[k] - RUN) * KINDS + kind
    return number if table[number] == 0 else -1


@part
def reverse_kernel(table, opcode, arg0, meta, k, p):
    """The number of the kernel that passes adjoints on to operand p of an elementwise run, or -1 where none do."""
    ref = np.int64(arg0[k]) + p * REF
    number = (opcode[k] - RUN) * KINDS + K_REVERSE + p
    if table[number] == NO_KERNEL or meta[ref] & (INACTIVE | SAME):
        return -1
    return number + (K_STORE - K_REVERSE) if meta[ref] & FIRST else number


@part
def missing_reverse(table, opcode, arg0, meta, k):
    """The number of a kernel that passing on the adjoints of run k needs and that is not compiled, or -1."""
    if elementwise(opcode[k]):
        for p in range(table[ARITIES + opcode[k] - RUN]):
            number = reverse_kernel(table, opcode, arg0, meta, k, p)
            if number >= 0 and table[number] == 0:
                return number
    return -1


@part
def forward_chunk(table, opcode, arg0, meta, index, v, scratch, local, z, k, i0, m):
    """Values of elements i0 to i0 + m of run k, written to z."""
    code = opcode[k] - RUN
    arity = table[ARITIES + code]
    ref = np.int64(arg0[k])
    x = fetch(meta, index, v, ref, i0, m, scratch, local)
    y = w = x
    if arity > 1:
        y = fetch(meta, index, v, ref + REF, i0, m, at(scratch, CHUNK), local)
    if arity > 2:
        w = fetch(meta, index, v, ref + 2 * REF, i0, m, at(scratch, 2 * CHUNK), local)
    call_forward(table[code * KINDS + K_FORWARD], x, y, w, z, m)


@part
def reverse_chunk(table, opcode, arg0, meta, index, v, g, scratch, local, z, r, k, i0, m):
    """Pass the adjoints r of a chunk of run k, whose values are z, on to its operands."""
    code = opcode[k] - RUN
    arity = table[ARITIES + code]
    needs = np.int64(0)
    for p in range(arity):
        number = reverse_kernel(table, opcode, arg0, meta, k, p)
        if number >= 0:
            needs |= table[KERNELS + number]
    ref = np.int64(arg0[k])
    x = y = w = z
    if needs & 1:
        x = fetch(meta, index, v, ref, i0, m, scratch, local)
    if needs & 2:
        y = fetch(meta, index, v, ref + REF, i0, m, at(scratch, CHUNK), local)
    if needs & 4:
        w = fetch(meta, index, v, ref + 2 * REF, i0, m, at(scratch, 2 * CHUNK), local)
    for p in range(arity):
        number = reverse_kernel(table, opcode, arg0, meta, k, p)
        if number < 0:
            ref += REF
            continue
        kernel, kind = table[number], meta[ref] & KIND
        if kind == RUN_REF:
            call_reverse(kernel, x, y, w, z, r, at(g, np.int64(meta[ref + 1]) + i0), m)
        elif kind == LOCAL_REF:
            call_reverse(kernel, x, y, w, z, r, at(local, (GROUP + np.int64(meta[ref + 4])) * CHUNK), m)
        else:
            row = row_of(meta, ref, i0, m)
            if row >= 0:  # of a bias, say
                call_reverse(kernel, x, y, w, z, r, at(g, row), m)
            else:
                part = at(scratch, 3 * CHUNK)
                for i in range(m):
                    part[i] = 0.0
                call_reverse(kernel, x, y, w, z, r, part, m)
                scatter(meta, index, g, ref, i0, m, part)
        ref += REF


@part
def in_stretch(opcode, n):
    """Whether it is for these steps: a leaf of several slots, an elementwise run of a chunk at most, or a sum."""
    return (elementwise(opcode) and n <= CHUNK) or (leaf(opcode) and opcode >= RUN) or opcode == RUN + SUM


def forward(address, k, end, s, like):
    """Values of instructions k to end, or to the first that is none of these."""
    ctl = i8_pointer(address)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    while k < end and in_stretch(opcode[k], arg1[k]):
        n = np.int64(arg1[k])
        if elementwise(opcode[k]):
            number = missing(table, opcode, k, K_FORWARD)
            if number >= 0:
                return leave(ctl, MISSING | number << 8, k, s)
            forward_chunk(table, opcode, arg0, meta, index, v, scratch, scratch, at(v, s), k, np.int64(0), n)
        elif opcode[k] == RUN + SUM:
            sums.sum_forward(meta, index, v, np.int64(arg0[k]), s, n, scratch)
        k += 1
        s += n
    return leave(ctl, DONE, k, s)


def reverse(address, k, end, s, like):
    """Adjoints of instructions k - 1 down to end, or to the first that is none of these, or the sum of a planned group."""
    ctl = i8_pointer(address)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    g = real_pointer(ctl[C_ADJOINT], like)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    visited = u1_pointer(ctl[C_VISITED])
    while k > end and in_stretch(opcode[k - 1], arg1[k - 1]) and not ends_group(ctl, k - 1):
        number = missing_reverse(table, opcode, arg0, meta, k - 1) if visited[k - 1] else -1
        if number >= 0:
            return leave(ctl, MISSING | number << 8, k, s)
        k -= 1
        n = np.int64(arg1[k])
        s -= n
        if not visited[k] or visited[k] == UNREAD_LEAF or opcode[k] == RUN + INPUT:
            continue
        r = at(g, s)
        if elementwise(opcode[k]):
            reverse_chunk(table, opcode, arg0, meta, index, v, g, scratch, scratch, at(v, s), r, k, np.int64(0), n)
        elif opcode[k] == RUN + SUM:
            sums.sum_reverse(meta, index, g, np.int64(arg0[k]), s, n)
        zero(r, n)
    return leave(ctl, DONE, k, s)


@part
def tangent_chunk(table, opcode, arg0, meta, index, v, t, scratch, k, s, i0, m):
    code = opcode[k] - RUN
    arity = table[ARITIES + code]
    ref = np.int64(arg0[k])
    x = fetch(meta, index, v, ref, i0, m, scratch, scratch)
    tx = fetch(meta, index, t, ref, i0, m, at(scratch, 3 * CHUNK), scratch)
    y = w = x
    ty = tw = tx
    if arity > 1:
        y = fetch(meta, index, v, ref + REF, i0, m, at(scratch, CHUNK), scratch)
        ty = fetch(meta, index, t, ref + REF, i0, m, at(scratch, 4 * CHUNK), scratch)
    if arity > 2:
        w = fetch(meta, index, v, ref + 2 * REF, i0, m, at(scratch, 2 * CHUNK), scratch)
        tw = fetch(meta, index, t, ref + 2 * REF, i0, m, at(scratch, 5 * CHUNK), scratch)
    call_tangent(table[code * KINDS + K_TANGENT], x, y, w, at(v, s + i0), tx, ty, tw, at(t, s + i0), m)


def tangent(address, k, end, s, like):
    """Tangents of runs, long ones too, and of sums, from instruction k to end or to the first that is none of these."""
    ctl = i8_pointer(address)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    t = real_pointer(ctl[C_TANGENT], like)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    while k < end and in_stretch(opcode[k], 0):
        n = np.int64(arg1[k])
        if elementwise(opcode[k]):
            number = missing(table, opcode, k, K_TANGENT)
            if number >= 0:
                return leave(ctl, MISSING | number << 8, k, s)
            for i0 in range(0, n, CHUNK):
                tangent_chunk(table, opcode, arg0, meta, index, v, t, scratch, k, s, i0, min(CHUNK, n - i0))
        elif opcode[k] == RUN + SUM:
            sums.sum_forward(meta, index, t, np.int64(arg0[k]), s, n, scratch)
        elif opcode[k] != RUN + INPUT:
            zero(at(t, s), n)
        k += 1
        s += n
    return leave(ctl, DONE, k, s)
