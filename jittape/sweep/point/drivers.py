"""The native sweeps: forward, reverse and tangent, over scalar and run instructions of one point.

Each goes through the tape until it is done, or until it needs Python: for a kernel or step that is not compiled yet (MISSING)
or for an operation that is a Python function, or a step that leaves what it has met to Python (CALLED). Then it leaves
instruction and slot in the address block and is started again from there. Nothing here checks an index: only validated tapes get this far.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import (
    at,
    call_forward,
    call_reverse,
    call_step,
    call_tangent,
    i4_pointer,
    i8_pointer,
    real_pointer,
    u1_pointer,
)
from jittape.ops.layout import (
    ADJOINT_SPOT,
    C_ADJOINT,
    C_ARG0,
    C_ARG1,
    C_AT,
    C_AT_SLOT,
    C_GROUP,
    C_INDEX,
    C_KERNELS,
    C_LOCAL,
    C_META,
    C_OPCODE,
    C_PLACE,
    C_SCRATCH,
    C_STATUS,
    C_TANGENT,
    C_VALUE,
    C_VISITED,
    CALLED,
    CHUNK,
    CONSTANT,
    DONE,
    FIRST,
    FIRST_STRUCTURAL,
    FREED,
    GROUP,
    IN_PYTHON,
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
    SPOT,
    STORED,
    SUM,
    SWITCH,
    UNREAD,
    UNREAD_LEAF,
)
from jittape.sweep.point import sums
from jittape.sweep.point.operands import (
    elementwise,
    fetch,
    group_forward,
    group_reverse,
    leaf,
    scatter,
    slots_of,
    total,
)

ARITIES = 2 * KERNELS
"""Offset of the operations' arities in the kernel table."""


@part
def leave(ctl, status, k, s):
    ctl[C_STATUS], ctl[C_AT], ctl[C_AT_SLOT] = status, k, s


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
def zero(x, n):
    for i in range(n):
        x[i] = 0.0


@part
def computed(place):
    """Whether a run's values live in local memory."""
    return place >= 0 and not place & STORED


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
def summand(meta, x, local, ref, i0, part):
    """A chunk of values (part 0) or adjoints (part GROUP) of the run that a plan's sum adds up."""
    if meta[ref] & KIND == LOCAL_REF and (part or not meta[ref + 3]):
        return at(local, (part + np.int64(meta[ref + (4 if part else 2)])) * CHUNK)
    return at(x, np.int64(meta[ref + 1]) + i0)


def forward(address, k, end, s, like):
    """Values of instructions k to end; instruction k writes slot s.

    Args:
        address: of the tape's address block.
        like: a number of the tape's dtype.
    """
    ctl = i8_pointer(address)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    local = real_pointer(ctl[C_LOCAL], like)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    arities = at(table, ARITIES)
    planned = ctl[C_GROUP] != 0
    stack = at(scratch, 6 * CHUNK)
    group, place = i4_pointer(ctl[C_GROUP]), i4_pointer(ctl[C_PLACE])
    while k < end:
        if opcode[k] < RUN:
            number = SWITCH * KINDS + K_FORWARD
            if table[number] == 0:
                return leave(ctl, MISSING | number << 8, k, s)
            call_step(table[number], address, k, end, s, like)
            k, s = ctl[C_AT], ctl[C_AT_SLOT]
            continue
        o, n, m0 = opcode[k] - RUN, np.int64(arg1[k]), np.int64(arg0[k])
        if elementwise(opcode[k]):
            if n <= CHUNK:
                number = missing(table, opcode, k, K_FORWARD)
                if number >= 0:
                    return leave(ctl, MISSING | number << 8, k, s)
                forward_chunk(table, opcode, arg0, meta, index, v, scratch, local, at(v, s), k, np.int64(0), n)
                k += 1
                s += n
                continue
            last = np.int64(group[k]) if planned else group_forward(opcode, arg0, arg1, meta, arities, k, end, s)
            for q in range(k, last):
                number = missing(table, opcode, q, K_FORWARD)
                if number >= 0:
                    return leave(ctl, MISSING | number << 8, k, s)
            depth = 0
            for i0 in range(0, n, CHUNK):
                sq = s
                for q in range(k, last):
                    if opcode[q] == RUN + SUM:  # of a plan: the sum of one of the group's runs
                        x = summand(meta, v, local, np.int64(arg0[q]) + 1, i0, 0)
                        depth = sums.push(stack, depth, i0 // CHUNK + 1, total(x, min(CHUNK, n - i0)))
                    elif not leaf(opcode[q]):
                        z = at(v, sq + i0)
                        if planned and computed(place[q]):
                            z = at(local, np.int64(place[q] & SPOT) * CHUNK)
                        forward_chunk(table, opcode, arg0, meta, index, v, scratch, local, z, q, i0, min(CHUNK, n - i0))
                    sq += slots_of(opcode, arg1, q)
            for q in range(k, last):
                if opcode[q] == RUN + SUM:
                    v[s] = sums.combine(stack, depth)
                s += slots_of(opcode, arg1, q)
            k = last
            continue
        if o == SUM:
            sums.sum_forward(meta, index, v, m0, s, n, scratch)
        elif o >= FIRST_STRUCTURAL:
            number = o * KINDS + K_FORWARD
            if table[number] == 0:
                return leave(ctl, MISSING | number << 8, k, s)
            if table[number] == IN_PYTHON:
                return leave(ctl, CALLED, k, s)
            ctl[C_STATUS] = DONE
            call_step(table[number], address, k, end, s, like)
            if ctl[C_STATUS] != DONE:
                return leave(ctl, CALLED, k, s)
        k += 1
        s += n
    return leave(ctl, DONE, k, s)


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
            part = at(scratch, 3 * CHUNK)
            for i in range(m):
                part[i] = 0.0
            call_reverse(kernel, x, y, w, z, r, part, m)
            scatter(meta, index, g, ref, i0, m, part)
        ref += REF


@part
def reverse_group(table, opcode, arg0, arg1, meta, index, v, g, scratch, local, place, planned, first, last, end):
    """A group of runs, chunk by chunk; its slots end at `end`.

    In a plan, values that were not kept are computed again if they are read, and adjoints that only the group sees live
    in local memory, where the first contribution is stored and the others are added to it.
    """
    n = np.int64(arg1[first])
    for i0 in range(0, n, CHUNK):
        m = min(CHUNK, n - i0)
        if planned:
            for q in range(first, last):
                if computed(place[q]) and not place[q] & UNREAD:
                    z = at(local, np.int64(place[q] & SPOT) * CHUNK)
                    forward_chunk(table, opcode, arg0, meta, index, v, scratch, local, z, q, i0, m)
        reverse_of_chunk(table, opcode, arg0, arg1, meta, index, v, g, scratch, local, place, planned, first, last, end, i0, m)


@part
def reverse_of_chunk(table, opcode, arg0, arg1, meta, index, v, g, scratch, local, place, planned, first, last, end, i0, m):
    """Pass the adjoints of a chunk of a group on, whose values are there."""
    s = end
    for q in range(last - 1, first - 1, -1):
        s -= slots_of(opcode, arg1, q)
        if leaf(opcode[q]):
            continue
        if opcode[q] == RUN + SUM:
            ref = np.int64(arg0[q]) + 1
            x = summand(meta, g, local, ref, i0, GROUP)
            a = g[s]
            if meta[ref] & FIRST:
                for i in range(m):
                    x[i] = a
            else:
                for i in range(m):
                    x[i] += a
            continue
        z, r = at(v, s + i0), at(g, s + i0)
        hidden = planned and place[q] >= 0
        if hidden:
            r = at(local, (GROUP + np.int64(place[q] >> ADJOINT_SPOT)) * CHUNK)
            if computed(place[q]):
                z = at(local, np.int64(place[q] & SPOT) * CHUNK)
        reverse_chunk(table, opcode, arg0, meta, index, v, g, scratch, local, z, r, q, i0, m)
        if not hidden:
            zero(r, m)


def reverse(address, k, end, s, like):
    """Adjoints of instructions k - 1 down to end, whose slots end at s; every adjoint but an input's is zeroed when used."""
    ctl = i8_pointer(address)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    g, local = real_pointer(ctl[C_ADJOINT], like), real_pointer(ctl[C_LOCAL], like)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    arities = at(table, ARITIES)
    visited = u1_pointer(ctl[C_VISITED])
    planned = ctl[C_GROUP] != 0
    group, place = i4_pointer(ctl[C_GROUP]), i4_pointer(ctl[C_PLACE])
    while k > end:
        if opcode[k - 1] < RUN:
            number = SWITCH * KINDS + K_REVERSE
            if table[number] == 0:
                return leave(ctl, MISSING | number << 8, k, s)
            call_step(table[number], address, k, end, s, like)
            k, s = ctl[C_AT], ctl[C_AT_SLOT]
            continue
        o, n, m0 = opcode[k - 1] - RUN, np.int64(arg1[k - 1]), np.int64(arg0[k - 1])
        if n <= CHUNK and elementwise(opcode[k - 1]):
            if visited[k - 1]:
                number = missing_reverse(table, opcode, arg0, meta, k - 1)
                if number >= 0:
                    return leave(ctl, MISSING | number << 8, k, s)
                r = at(g, s - n)
                reverse_chunk(table, opcode, arg0, meta, index, v, g, scratch, local, at(v, s - n), r, k - 1, np.int64(0), n)
                zero(r, n)
            k -= 1
            s -= n
            continue
        if elementwise(opcode[k - 1]) or (o == SUM and planned and group[k - 1] < k - 1):
            first = k - 1
            if visited[k - 1]:
                if o == SUM:
                    n = np.int64(arg1[group[k - 1]])
                if n > CHUNK and planned:
                    first = min(np.int64(group[k - 1]), k - 1)
                elif n > CHUNK:
                    first = group_reverse(opcode, arg0, arg1, meta, arities, visited, k, end, s)
                for q in range(first, k):
                    number = missing_reverse(table, opcode, arg0, meta, q)
                    if number < 0 and planned:
                        number = missing(table, opcode, q, K_FORWARD)
                    if number >= 0:
                        return leave(ctl, MISSING | number << 8, k, s)
                reverse_group(table, opcode, arg0, arg1, meta, index, v, g, scratch, local, place, planned and n > CHUNK, first, k, s)
            while k > first:
                k -= 1
                size = slots_of(opcode, arg1, k)
                s -= size
                if ((leaf(opcode[k]) and opcode[k] % RUN != INPUT) or opcode[k] == RUN + SUM) and visited[k] != UNREAD_LEAF:
                    zero(at(g, s), size)
            continue
        k -= 1
        s -= n
        if not visited[k] or visited[k] == UNREAD_LEAF or o == INPUT:
            continue
        if o == SUM:
            sums.sum_reverse(meta, index, g, m0, s, n)
        elif o >= FIRST_STRUCTURAL:
            number = o * KINDS + K_REVERSE
            if table[number] == 0:
                return leave(ctl, MISSING | number << 8, k + 1, s + n)
            if table[number] == IN_PYTHON:
                return leave(ctl, CALLED, k, s)
            ctl[C_STATUS] = DONE
            call_step(table[number], address, k, end, s, like)
            if ctl[C_STATUS] != DONE:
                return leave(ctl, CALLED, k, s)
        zero(at(g, s), n)
    return leave(ctl, DONE, k, s)


def together(address, k, end, s, like):
    """Values of the last group of a plan, instructions end to k, whose slots end at s and which ends with a sum, and the adjoints of what it reads.

    The adjoint of the sum is given, and nothing else reads the group: so each chunk is swept forward and back while it is in the cache.
    """
    ctl = i8_pointer(address)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    g, local = real_pointer(ctl[C_ADJOINT], like), real_pointer(ctl[C_LOCAL], like)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    place, stack = i4_pointer(ctl[C_PLACE]), at(scratch, 6 * CHUNK)
    begin = s
    for q in range(end, k):
        number = missing(table, opcode, q, K_FORWARD)
        if number < 0:
            number = missing_reverse(table, opcode, arg0, meta, q)
        if number >= 0:
            return leave(ctl, MISSING | number << 8, k, s)
        begin -= slots_of(opcode, arg1, q)
    n = np.int64(arg1[end])
    depth = 0
    for i0 in range(0, n, CHUNK):
        m = min(CHUNK, n - i0)
        sq = begin
        for q in range(end, k - 1):
            if not leaf(opcode[q]):
                z = at(v, sq + i0)
                if computed(place[q]):
                    z = at(local, np.int64(place[q] & SPOT) * CHUNK)
                forward_chunk(table, opcode, arg0, meta, index, v, scratch, local, z, q, i0, m)
            sq += slots_of(opcode, arg1, q)
        x = summand(meta, v, local, np.int64(arg0[k - 1]) + 1, i0, 0)
        depth = sums.push(stack, depth, i0 // CHUNK + 1, total(x, m))
        reverse_of_chunk(table, opcode, arg0, arg1, meta, index, v, g, scratch, local, place, True, end, k, s, i0, m)
    v[s - 1] = sums.combine(stack, depth)
    for q in range(end, k):
        size = slots_of(opcode, arg1, q)
        if (leaf(opcode[q]) and opcode[q] % RUN != INPUT) or q == k - 1:
            zero(at(g, begin), size)
        begin += size
    return leave(ctl, DONE, end, s)


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
    """Tangents of instructions k to end, after a forward sweep; an input's tangent is given, a constant's is zero."""
    ctl = i8_pointer(address)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    t = real_pointer(ctl[C_TANGENT], like)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    while k < end:
        if opcode[k] < RUN:
            number = SWITCH * KINDS + K_TANGENT
            if table[number] == 0:
                return leave(ctl, MISSING | number << 8, k, s)
            call_step(table[number], address, k, end, s, like)
            k, s = ctl[C_AT], ctl[C_AT_SLOT]
            continue
        o, n, m0 = opcode[k] - RUN, np.int64(arg1[k]), np.int64(arg0[k])
        if elementwise(opcode[k]):
            number = missing(table, opcode, k, K_TANGENT)
            if number >= 0:
                return leave(ctl, MISSING | number << 8, k, s)
            for i0 in range(0, n, CHUNK):
                tangent_chunk(table, opcode, arg0, meta, index, v, t, scratch, k, s, i0, min(CHUNK, n - i0))
        elif o == SUM:
            sums.sum_forward(meta, index, t, m0, s, n, scratch)
        elif o >= FIRST_STRUCTURAL:
            number = o * KINDS + K_TANGENT
            if table[number] == 0:
                return leave(ctl, MISSING | number << 8, k, s)
            if table[number] == IN_PYTHON:
                return leave(ctl, CALLED, k, s)
            ctl[C_STATUS] = DONE
            call_step(table[number], address, k, end, s, like)
            if ctl[C_STATUS] != DONE:
                return leave(ctl, CALLED, k, s)
        elif CONSTANT <= o <= FREED:
            zero(at(t, s), n)
        k += 1
        s += n
    return leave(ctl, DONE, k, s)
