"""Decompositions, natively: operands are copied, row by row, for the routine of the kind, and what it finds is put where it belongs."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import (
    address_of,
    allocate,
    at,
    call_routine,
    i4_pointer,
    i8_pointer,
    real_pointer,
    real_size,
    release,
    u1_pointer,
)
from jittape.instructions.decompositions.kinds import BLAS
from jittape.instructions.decompositions.record import (
    BATCH,
    COLUMNS,
    HEAD,
    MATRIX,
    OPERAND,
    OPERANDS,
    RESULTS,
    ROWS,
    WHICH,
    WORK,
)
from jittape.instructions.factors_native import all_zero
from jittape.instructions.matrices_native import FLAGS, add_to_matrix, copy_matrix, flag_matrix, united, use_matrix
from jittape.ops.layout import (
    C_ADJOINT,
    C_KERNELS,
    C_STATUS,
    C_TANGENT,
    C_VALUE,
    CALLED,
    INACTIVE,
    ROUTINE_KINDS,
    ROUTINES,
)
from jittape.sweep.point.steps import record
from jittape.sweep.sets.sets import (
    FINISHED,
    NODES,
    PAIRS_ROOM,
    POOL,
    REACHES,
    S_AT_ELEMENT,
    S_FLAGS,
    S_LAST,
    S_NEED,
    S_NODE_ROOM,
    S_NODES,
    S_PAIRS,
    S_SETS,
    S_TAPE,
    WANTED,
    listed,
    note,
    reached,
    room_for_lists,
)

FORWARD, REVERSE, TANGENT = range(3)


@part
def routine(ctl, meta, m0, kind):
    """The address of the routine for a sweep, 0 where it is not compiled."""
    return i8_pointer(ctl[C_KERNELS])[ROUTINES + ROUTINE_KINDS * np.int64(meta[m0 + WHICH]) + kind]


@part
def operand(meta, m0, e):
    """(where the reference to the matrices of operand e stands, their rows, their columns)."""
    place = m0 + HEAD + e * OPERAND
    return place + MATRIX, np.int64(meta[place + ROWS]), np.int64(meta[place + COLUMNS])


@part
def given(meta, m0):
    """Elements of one matrix of each operand, together."""
    size = np.int64(0)
    for e in range(meta[m0 + OPERANDS]):
        _, rows, columns = operand(meta, m0, e)
        size += rows * columns
    return size


@part
def results(meta, m0):
    """Where the sizes of the results stand."""
    return m0 + HEAD + OPERAND * np.int64(meta[m0 + OPERANDS])


@part
def gather(meta, m0, v, b, x):
    """Copy matrix b of each operand, one after another."""
    done = np.int64(0)
    for e in range(meta[m0 + OPERANDS]):
        ref, rows, columns = operand(meta, m0, e)
        copy_matrix(meta, v, ref, b, rows, columns, at(x, done))
        done += rows * columns


@part
def scatter(meta, m0, g, b, x):
    """Add adjoints of matrix b of each operand."""
    done = np.int64(0)
    for e in range(meta[m0 + OPERANDS]):
        ref, rows, columns = operand(meta, m0, e)
        if not meta[ref + FLAGS] & INACTIVE:
            add_to_matrix(meta, g, ref, b, rows, columns, at(x, done))
        done += rows * columns


@part
def move(meta, m0, v, s, b, z, into):
    """Copy the results of matrix b, which stand in slots from s on, to z, or from z."""
    place, batch, done = results(meta, m0), np.int64(meta[m0 + BATCH]), np.int64(0)
    for r in range(meta[m0 + RESULTS]):
        size = np.int64(meta[place + r])
        out, found = at(v, s + batch * done + b * size), at(z, done)
        for i in range(size):
            if into:
                found[i] = out[i]
            else:
                out[i] = found[i]
        done += size


@part
def compute(ctl, meta, m0, n, s, kind, v, t, like):
    """Values, or tangents: v and t are the memory of values and of what is computed."""
    found, batch = routine(ctl, meta, m0, kind), np.int64(meta[m0 + BATCH])
    size, one = given(meta, m0), n // batch
    if found == 0:
        return False
    memory = allocate(real_size(like) * (2 * (size + one) + meta[m0 + WORK] + BLAS))
    if address_of(memory) == 0:
        return False
    x = real_pointer(address_of(memory), like)
    tx, z = at(x, size), at(x, 2 * size)
    tz = at(z, one)
    work, good = at(tz, one), True
    for b in range(batch):
        gather(meta, m0, v, b, x)
        if kind == TANGENT:
            gather(meta, m0, t, b, tx)
            move(meta, m0, v, s, b, z, True)
        if call_routine(found, x, z, tx, tz, at(meta, m0), work) == 0:
            good = False
            break
        move(meta, m0, t, s, b, tz if kind == TANGENT else z, False)
    release(memory)
    return good


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, n = record(ctl, k)
    v = real_pointer(ctl[C_VALUE], like)
    if not compute(ctl, meta, m0, n, s, FORWARD, v, v, like):
        ctl[C_STATUS] = CALLED


def tangent(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, n = record(ctl, k)
    if not compute(ctl, meta, m0, n, s, TANGENT, real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like), like):
        ctl[C_STATUS] = CALLED


def reverse(address, k, end, s, like):
    """Nothing is added before every matrix is done, as Python may have to do it all."""
    ctl = i8_pointer(address)
    meta, _, m0, n = record(ctl, k)
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    if all_zero(at(g, s), n):
        return
    found, batch = routine(ctl, meta, m0, REVERSE), np.int64(meta[m0 + BATCH])
    size, one = given(meta, m0), n // batch
    if found == 0:
        ctl[C_STATUS] = CALLED
        return
    memory = allocate(real_size(like) * ((batch + 1) * size + 2 * one + meta[m0 + WORK] + BLAS))
    if address_of(memory) == 0:
        ctl[C_STATUS] = CALLED
        return
    x = real_pointer(address_of(memory), like)
    z, gz, out = at(x, size), at(x, size + one), at(x, size + 2 * one)
    work, good = at(out, batch * size), True
    for b in range(batch):
        mine = at(out, b * size)
        move(meta, m0, g, s, b, gz, True)
        if all_zero(gz, one):
            for i in range(size):
                mine[i] = 0.0
            continue
        gather(meta, m0, v, b, x)
        move(meta, m0, v, s, b, z, True)
        if call_routine(found, x, z, gz, mine, at(meta, m0), work) == 0:
            good = False
            break
    if good:
        for b in range(batch):
            scatter(meta, m0, g, b, at(out, b * size))
    else:
        ctl[C_STATUS] = CALLED
    release(memory)


def flags(address, k, flags_address, mode):
    meta, _, m0, _ = record(i8_pointer(address), k)
    found, batch = u1_pointer(flags_address), np.int64(meta[m0 + BATCH])
    for e in range(meta[m0 + OPERANDS]):
        ref, rows, columns = operand(meta, m0, e)
        if flag_matrix(meta, found, ref, batch, rows, columns, mode):
            return 1
    return 0


# --- sparsity: every result depends on all of its operands


@part
def reached_by(meta, m0, flags, s, b):
    """What is to be known of any of the results of matrix b."""
    place, batch, done, what = results(meta, m0), np.int64(meta[m0 + BATCH]), np.int64(0), np.int64(0)
    for r in range(meta[m0 + RESULTS]):
        size = np.int64(meta[place + r])
        what |= reached(flags, s + batch * done + b * size, size)
        done += size
    return what


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    for b in range(meta[m0 + BATCH]):
        what = reached_by(meta, m0, flags, s, b)
        if what & REACHES:
            what |= WANTED
        if what:
            for e in range(meta[m0 + OPERANDS]):
                ref, rows, columns = operand(meta, m0, e)
                use_matrix(flags, last, meta, ref, b, rows, columns, what, k)
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    most, batch, zero = given(meta, m0) + 1, np.int64(meta[m0 + BATCH]), np.int64(0)
    for b in range(S[S_AT_ELEMENT], batch):
        S[S_AT_ELEMENT] = b
        what = reached_by(meta, m0, flags, s, b)
        if what == 0:
            continue
        if S[S_NODES] + most > S[S_NODE_ROOM]:
            S[S_NEED] = most
            return NODES
        if not room_for_lists(S, 3):
            return POOL
        x = zero
        for e in range(meta[m0 + OPERANDS]):
            ref, rows, columns = operand(meta, m0, e)
            x = united(S, meta, ref, b, rows, zero, columns, x)
        if x == 0:
            continue
        x = listed(S, x)
        if S[S_PAIRS] and what & REACHES and not note(S, x, x):
            return PAIRS_ROOM
        place, done = results(meta, m0), zero
        for r in range(meta[m0 + RESULTS]):
            size = np.int64(meta[place + r])
            first = s + batch * done + b * size
            for i in range(first, first + size):
                if flags[i] & WANTED:
                    sets[i] = x
            done += size
    return FINISHED
