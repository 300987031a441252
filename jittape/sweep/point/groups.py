"""Long runs as steps of a sweep (steps.py): groups of runs of one length, chunk by chunk, with the sums that a plan puts among them."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import (
    at,
    i4_pointer,
    i8_pointer,
    real_pointer,
    u1_pointer,
    u2_pointer,
)
from jittape.ops.layout import (
    ADJOINT_SPOT,
    ARITIES,
    C_ADJOINT,
    C_ARG0,
    C_ARG1,
    C_GROUP,
    C_INDEX,
    C_KERNELS,
    C_LOCAL,
    C_META,
    C_OPCODE,
    C_PLACE,
    C_SCRATCH,
    C_VALUE,
    C_VISITED,
    CHUNK,
    DONE,
    FIRST,
    GROUP,
    INPUT,
    K_FORWARD,
    KIND,
    LOCAL_REF,
    MISSING,
    RUN,
    SPOT,
    STACK,
    STORED,
    SUM,
    UNREAD,
    UNREAD_LEAF,
)
from jittape.sweep.point import sums
from jittape.sweep.point.elementwise import forward_chunk, missing, missing_reverse, reverse_chunk
from jittape.sweep.point.operands import (
    elementwise,
    ends_group,
    group_forward,
    group_reverse,
    leaf,
    slots_of,
    total,
)
from jittape.sweep.point.steps import leave, zero


@part
def computed(place):
    """Whether a run's values live in local memory."""
    return place >= 0 and not place & STORED


@part
def summand(meta, x, local, ref, i0, part):
    """A chunk of values (part 0) or adjoints (part GROUP) of the run that a plan's sum adds up."""
    if meta[ref] & KIND == LOCAL_REF and (part or not meta[ref + 3]):
        return at(local, (part + np.int64(meta[ref + (4 if part else 2)])) * CHUNK)
    return at(x, np.int64(meta[ref + 1]) + i0)


def forward(address, k, end, s, like):
    """Values of long runs k to end, or to the first instruction that is none."""
    ctl = i8_pointer(address)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    local = real_pointer(ctl[C_LOCAL], like)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    arities = at(table, ARITIES)
    planned = ctl[C_GROUP] != 0
    stack = at(scratch, STACK)
    group, place = i4_pointer(ctl[C_GROUP]), i4_pointer(ctl[C_PLACE])
    while k < end and elementwise(opcode[k]) and arg1[k] > CHUNK:
        n = np.int64(arg1[k])
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
    return leave(ctl, DONE, k, s)


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
    """Adjoints of long runs k - 1 down to end, or to the first instruction that is none and ends no planned group."""
    ctl = i8_pointer(address)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    g, local = real_pointer(ctl[C_ADJOINT], like), real_pointer(ctl[C_LOCAL], like)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    arities = at(table, ARITIES)
    visited = u1_pointer(ctl[C_VISITED])
    planned = ctl[C_GROUP] != 0
    group, place = i4_pointer(ctl[C_GROUP]), i4_pointer(ctl[C_PLACE])
    while k > end and ((elementwise(opcode[k - 1]) and arg1[k - 1] > CHUNK) or ends_group(ctl, k - 1)):
        first = k - 1
        if visited[k - 1]:
            if planned:
                first = min(np.int64(group[k - 1]), k - 1)
            else:
                first = group_reverse(opcode, arg0, arg1, meta, arities, visited, k, end, s)
            for q in range(first, k):
                number = missing_reverse(table, opcode, arg0, meta, q)
                if number < 0 and planned:
                    number = missing(table, opcode, q, K_FORWARD)
                if number >= 0:
                    return leave(ctl, MISSING | number << 8, k, s)
            reverse_group(table, opcode, arg0, arg1, meta, index, v, g, scratch, local, place, planned, first, k, s)
        while k > first:
            k -= 1
            size = slots_of(opcode, arg1, k)
            s -= size
            if ((leaf(opcode[k]) and opcode[k] % RUN != INPUT) or opcode[k] == RUN + SUM) and visited[k] != UNREAD_LEAF:
                zero(at(g, s), size)
    return leave(ctl, DONE, k, s)


def together(address, k, end, s, like):
    """Values of the last group of a plan, instructions end to k, whose slots end at s and which ends with a sum, and the adjoints of what it reads.

    The adjoint of the sum is given, and nothing else reads the group: so each chunk is swept forward and back while it is in the cache.
    """
    ctl = i8_pointer(address)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    g, local = real_pointer(ctl[C_ADJOINT], like), real_pointer(ctl[C_LOCAL], like)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    place, stack = i4_pointer(ctl[C_PLACE]), at(scratch, STACK)
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
