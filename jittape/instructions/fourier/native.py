"""Fourier transforms of slots, natively: what is read and written, around arrays.py; their flags and what they contribute to sets."""

import numpy as np

from jittape.compiler.jit import part, separate
from jittape.compiler.pointers import (
    address_of,
    allocate,
    at,
    call_point,
    i4_pointer,
    i8_pointer,
    real_pointer,
    real_size,
    release,
    u1_pointer,
    void,
)
from jittape.instructions.factors_native import all_zero
from jittape.instructions.fourier.arrays import (
    A_AXES,
    A_BATCH,
    A_DIRECTION,
    A_INNER,
    A_KIND,
    A_LENGTHS,
    A_POWER,
    A_ROOM,
    A_WEIGHTS,
    work_of,
)
from jittape.instructions.fourier.record import (
    AXES,
    BACKWARD,
    BASE,
    BATCH,
    C2C,
    C2R,
    DIRECTION,
    DOUBLED,
    FLAGS,
    HALVED,
    HEAD,
    INNER,
    INPUTS,
    KIND,
    OUTPUTS,
    PLAIN,
    POWER,
    R2C,
    STRIDES,
    WEIGHTS,
)
from jittape.instructions.fourier.stages import DIRECTORY, MASK, P_ROOM
from jittape.ops.layout import C_ADJOINT, C_KERNELS, C_STATUS, C_TANGENT, C_VALUE, CALLED, INACTIVE, PLANS, WHOLE
from jittape.sweep.point.flags import block
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
    listed,
    reached,
    room_for_lists,
    union,
    use,
)


@part
def plan_of(directory, n, kind):
    """The address of a plan, 0 where there is none yet."""
    if directory == 0:
        return np.int64(0)
    d = i8_pointer(directory)
    key, mask = 4 * n + kind + 1, d[MASK]
    place = key & mask
    while d[DIRECTORY + 2 * place] != 0:
        if d[DIRECTORY + 2 * place] == key:
            return d[DIRECTORY + 2 * place + 1]
        place = (place + 1) & mask
    return np.int64(0)


@part
def adjoint_kind(kind):
    return C2R if kind == R2C else R2C if kind == C2R else C2C


@part
def adjoint_weights(kind, weights):
    return PLAIN if weights != PLAIN or kind == C2C else HALVED if kind == R2C else DOUBLED


@part
def length(meta, m0, i):
    return np.int64(meta[m0 + HEAD + i])


@part
def given(meta, m0, i):
    """Elements of the operand along an axis, and behind the axes."""
    return np.int64(meta[m0 + HEAD + meta[m0 + AXES] + i] if i < meta[m0 + AXES] else meta[m0 + INNER])


@part
def full(meta, m0, i):
    """The same with those that are not given."""
    if i == meta[m0 + AXES]:
        return np.int64(meta[m0 + INNER])
    n = length(meta, m0, i)
    return n // 2 + 1 if meta[m0 + KIND] == C2R and i == meta[m0 + AXES] - 1 else n


@part
def last(meta, m0):
    """The axis along which rows are: what is behind the axes, where there is more than one."""
    return np.int64(meta[m0 + AXES]) - (1 if meta[m0 + INNER] == 1 else 0)


@part
def operand(meta, m0, e):
    """Where part e of the operand is described."""
    axes = np.int64(meta[m0 + AXES])
    return m0 + HEAD + 2 * axes + e * (STRIDES + 2 + axes)


@part
def stride(meta, ref, i):
    return np.int64(meta[ref + STRIDES + 1 + i])


@part
def side(meta, m0, half):
    """Elements of one of a batch, whole or with half the last axis."""
    axes, n = np.int64(meta[m0 + AXES]), np.int64(meta[m0 + INNER])
    for i in range(axes):
        m = length(meta, m0, i)
        n *= m // 2 + 1 if half and i == axes - 1 else m
    return n


@part
def row(meta, m0, e, b, r):
    """(first slot, first element) of a row of what is given."""
    ref, final = operand(meta, m0, e), last(meta, m0)
    slot = np.int64(meta[ref + BASE]) + b * np.int64(meta[ref + STRIDES])
    step, place = full(meta, m0, final), np.int64(0)
    for i in range(final - 1, -1, -1):
        m = given(meta, m0, i)
        k = r % m
        r //= m
        slot += k * stride(meta, ref, i)
        place += k * step
        step *= full(meta, m0, i)
    return slot, b * step + place


@part
def rows(meta, m0):
    n = np.int64(1)
    for i in range(last(meta, m0)):
        n *= given(meta, m0, i)
    return n


@part
def whole(meta, m0, e):
    """Whether the slots of a part follow each other, and nothing has to be filled up."""
    ref, step = operand(meta, m0, e), np.int64(1)
    for i in range(last(meta, m0), -1, -1):
        m = full(meta, m0, i)
        if given(meta, m0, i) != m or (m > 1 and stride(meta, ref, i) != step):
            return False
        step *= m
    return meta[m0 + BATCH] == 1 or meta[ref + STRIDES] == step


@separate
def gather(meta, m0, e, v, x, size):
    """Copy a part of the operand; what is not given is zero."""
    final, ref = last(meta, m0), operand(meta, m0, e)
    n, step = given(meta, m0, final), stride(meta, ref, final)
    if rows(meta, m0) * n * meta[m0 + BATCH] != size:
        for i in range(size):
            x[i] = 0.0
    for b in range(meta[m0 + BATCH]):
        for r in range(rows(meta, m0)):
            slot, place = row(meta, m0, e, b, r)
            source, out = at(v, slot), at(x, place)
            if step == 1:
                for j in range(n):
                    out[j] = source[j]
            else:
                for j in range(n):
                    out[j] = source[j * step]


@separate
def scatter(meta, m0, e, g, x):
    """Add to the adjoints of a part of the operand."""
    final, ref = last(meta, m0), operand(meta, m0, e)
    n, step = given(meta, m0, final), stride(meta, ref, final)
    for b in range(meta[m0 + BATCH]):
        for r in range(rows(meta, m0)):
            slot, place = row(meta, m0, e, b, r)
            out, source = at(g, slot), at(x, place)
            if step == 1:
                for j in range(n):
                    out[j] += source[j]
            else:
                for j in range(n):
                    out[j * step] += source[j]


@separate
def begin(directory, meta, m0, reverse, numbers, size):
    """Memory that begins with what a transform is told, with room for so many numbers behind what it works in; 0 where a plan is missing, or
    memory."""
    axes, kind, weights = np.int64(meta[m0 + AXES]), np.int64(meta[m0 + KIND]), np.int64(meta[m0 + WEIGHTS])
    direction = np.int64(meta[m0 + DIRECTION])
    if reverse:
        kind, weights, direction = np.int64(adjoint_kind(kind)), np.int64(adjoint_weights(kind, weights)), 1 - direction
    room = np.int64(0)
    for i in range(axes):
        plan = plan_of(directory, length(meta, m0, i), kind if i == axes - 1 else np.int64(C2C))
        if plan == 0:
            return np.int64(0)
        room = max(room, i8_pointer(plan)[P_ROOM])
    room = (room + 63) // 64 * 64
    memory = address_of(allocate(8 * (A_LENGTHS + 2 * axes) + 128 + size * (room + numbers)))
    if memory == 0:
        return memory
    a = i8_pointer(memory)
    a[A_KIND], a[A_DIRECTION], a[A_WEIGHTS], a[A_POWER] = kind, direction, weights, np.int64(meta[m0 + POWER])
    a[A_BATCH], a[A_AXES], a[A_INNER], a[A_ROOM] = np.int64(meta[m0 + BATCH]), axes, np.int64(meta[m0 + INNER]), room
    for i in range(axes):
        a[A_LENGTHS + i] = length(meta, m0, i)
        a[A_LENGTHS + axes + i] = plan_of(directory, length(meta, m0, i), kind if i == axes - 1 else np.int64(C2C))
    return memory


@part
def fill(x, n):
    for i in range(n):
        x[i] = 0.0


@part
def release_at(memory):
    release(void(u1_pointer(memory)))


@separate
def compute(ctl, meta, m0, v, s, like):
    """The transform of what stands in v; False where it is to be done by Python."""
    kind, batch = np.int64(meta[m0 + KIND]), np.int64(meta[m0 + BATCH])
    before, after = batch * side(meta, m0, kind == C2R), batch * side(meta, m0, kind == R2C)
    directory = i8_pointer(ctl[C_KERNELS])[PLANS]
    memory = begin(directory, meta, m0, False, 2 * before + after, real_size(like))
    if memory == 0:
        return False
    axes, inputs = np.int64(meta[m0 + AXES]), np.int64(meta[m0 + INPUTS])
    x = at(real_pointer(work_of(memory, axes), like), i8_pointer(memory)[A_ROOM])
    spare = at(x, 2 * before)
    written = kind == C2R and (axes > 1 or meta[m0 + DIRECTION] != BACKWARD)
    xr = xi = address_of(x)
    for e in range(2):
        if e >= inputs:
            if kind == C2C:
                fill(at(x, before), before)
                xi = address_of(at(x, before))
        elif whole(meta, m0, e) and not written:
            found = address_of(at(v, np.int64(meta[operand(meta, m0, e) + BASE])))
            if e:
                xi = found
            else:
                xr = found
        else:
            gather(meta, m0, e, v, at(x, e * before), before)
            if e:
                xi = address_of(at(x, before))
    yr = address_of(at(v, s))
    yi = address_of(at(v, s + after)) if meta[m0 + OUTPUTS] == 2 else address_of(spare)
    call_point(i8_pointer(directory)[0], memory, xr, xi, yr, yi, like)
    release_at(memory)
    return True


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    if not compute(ctl, meta, m0, real_pointer(ctl[C_VALUE], like), s, like):
        ctl[C_STATUS] = CALLED


def tangent(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    if not compute(ctl, meta, m0, real_pointer(ctl[C_TANGENT], like), s, like):
        ctl[C_STATUS] = CALLED


def reverse(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, n = record(ctl, k)
    g = real_pointer(ctl[C_ADJOINT], like)
    if all_zero(at(g, s), n):
        return
    kind, batch = np.int64(meta[m0 + KIND]), np.int64(meta[m0 + BATCH])
    before, after = batch * side(meta, m0, kind == C2R), batch * side(meta, m0, kind == R2C)
    directory = i8_pointer(ctl[C_KERNELS])[PLANS]
    memory = begin(directory, meta, m0, True, 2 * before + 2 * after, real_size(like))
    if memory == 0:
        ctl[C_STATUS] = CALLED
        return
    axes, outputs = np.int64(meta[m0 + AXES]), np.int64(meta[m0 + OUTPUTS])
    y = at(real_pointer(work_of(memory, axes), like), i8_pointer(memory)[A_ROOM])
    x = at(y, 2 * before)
    xr, xi = address_of(at(g, s)), address_of(at(g, s + after))
    if kind == R2C and (axes > 1 or meta[m0 + DIRECTION] == BACKWARD):  # what is transformed to real numbers is written to
        for i in range(2 * after):
            x[i] = g[s + i]
        xr, xi = address_of(x), address_of(at(x, after))
    elif kind == C2C and outputs == 1:
        fill(x, after)
        xi = address_of(x)
    call_point(i8_pointer(directory)[0], memory, xr, xi, address_of(y), address_of(at(y, before)), like)
    for e in range(meta[m0 + INPUTS]):
        if not meta[operand(meta, m0, e) + FLAGS] & INACTIVE:
            scatter(meta, m0, e, g, at(y, e * before))
    release_at(memory)


def flags(address, k, flags_address, mode):
    meta, _, m0, _ = record(i8_pointer(address), k)
    found, final = u1_pointer(flags_address), last(meta, m0)
    for e in range(meta[m0 + INPUTS]):
        ref = operand(meta, m0, e)
        if meta[ref + FLAGS] & INACTIVE and mode != WHOLE:
            continue
        for b in range(meta[m0 + BATCH]):
            for r in range(rows(meta, m0)):
                slot, _ = row(meta, m0, e, b, r)
                if block(found, slot, np.int64(1), np.int64(0), given(meta, m0, final), stride(meta, ref, final), mode):
                    return 1
    return 0


# --- sparsity: every element of a transform depends on all that are transformed together


@part
def reached_by(meta, m0, flags, s, b):
    """What is to be known of any of the results of one of a batch."""
    size, what = side(meta, m0, meta[m0 + KIND] == R2C), np.int64(0)
    for e in range(meta[m0 + OUTPUTS]):
        what |= reached(flags, s + (e * np.int64(meta[m0 + BATCH]) + b) * size, size)
    return what


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    flags, latest, final = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST]), last(meta, m0)
    for b in range(meta[m0 + BATCH]):
        what = reached_by(meta, m0, flags, s, b)
        for e in range(meta[m0 + INPUTS]):
            ref = operand(meta, m0, e)
            if what == 0 or meta[ref + FLAGS] & INACTIVE:
                continue
            for r in range(rows(meta, m0)):
                slot, _ = row(meta, m0, e, b, r)
                for j in range(given(meta, m0, final)):
                    use(flags, latest, slot + j * stride(meta, ref, final), what, k)
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    sets, flags, final = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS]), last(meta, m0)
    size, batch = side(meta, m0, meta[m0 + KIND] == R2C), np.int64(meta[m0 + BATCH])
    most = rows(meta, m0) * given(meta, m0, final) * meta[m0 + INPUTS] + 1
    for b in range(S[S_AT_ELEMENT], batch):
        S[S_AT_ELEMENT] = b
        if reached_by(meta, m0, flags, s, b) == 0:
            continue
        if S[S_NODES] + most > S[S_NODE_ROOM]:
            S[S_NEED] = most
            return NODES
        if not room_for_lists(S, 3):
            return POOL
        x = np.int64(0)
        for e in range(meta[m0 + INPUTS]):
            ref = operand(meta, m0, e)
            if meta[ref + FLAGS] & INACTIVE:
                continue
            for r in range(rows(meta, m0)):
                slot, _ = row(meta, m0, e, b, r)
                for j in range(given(meta, m0, final)):
                    x = union(S, x, np.int64(sets[slot + j * stride(meta, ref, final)]))
        if x == 0:
            continue
        if not room_for_lists(S, 3):
            return POOL
        x = listed(S, x)
        for e in range(meta[m0 + OUTPUTS]):
            first = s + (e * batch + b) * size
            for i in range(first, first + size):
                if flags[i] & WANTED:
                    sets[i] = x
    return FINISHED
