"""Lane programs of tapes whose operations are all scalar, made natively: what lanes/program.py and lanes/reverse.py do for every tape.

Everything is by slot: an operation writes one. Time is the number of a slot in the forward sweep, and twice the number of slots less it in
the reverse sweep. Places that were given back lie on a stack.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import i4_pointer, i8_pointer, u1_pointer, u2_pointer
from jittape.sweep.lanes.kernels import F_X, F_Z, FORWARD, R_ADD, R_GX, R_R, R_X, R_Z, REVERSE

(
    P_SLOTS,  # number of slots
    P_CODE,  # addresses: two bytes a slot, the operation that writes it, 0 for leaves
    P_OPERANDS,  # int32, three a slot: the slots that it reads
    P_LEAVES,  # number of leaves; address of their first slots, and numbers of slots (int32, side by side)
    P_LEAF,
    P_INPUTS,  # number and address of the slots that are differentiated, int32, and so on
    P_INPUT,
    P_OUTPUTS,
    P_OUTPUT,
    P_GUARDS,
    P_GUARD,
    P_ARITY,  # bytes an operation: operands; which have a partial; of which it is one; and three more, what each partial reads (bit 3: the result)
    P_ACTIVE,
    P_COPIES,
    P_READS,
    P_REVERSE,  # whether there is to be a reverse program, of the first output
    P_PLACE,  # int32 a slot: the place of its value, and of its adjoint
    P_ADJOINT,
    P_LAST,  # int32 a slot: when its value is read last; the next slot that dies at the same time
    P_NEXT,
    P_DYING,  # int32 a time: the first slot that dies then
    P_FLAGS,  # a byte a slot: the flags below
    P_PASSES,  # a byte a slot: operands that adjoints are passed on to
    P_USES,  # int32 a slot: contributions to its adjoint
    P_FREE,  # int32 a place: the stack of those that are free, and how many adjoints are there
    P_OWNERS,
    P_FORWARD,  # int32 records: forward with the operation, reverse with the operation and the operands (8 code + bits) where the address goes
    P_RECORDS,
    P_TOP,  # found: places of lane memory, number of records of both kinds
    P_FORWARDS,
    P_REVERSES,
) = range(31)
WORDS = 31
VARIES, NEEDED, REACHED, GIVEN = 1, 2, 4, 8
"""Flags: depends on an input; an output or a guard needs it; its adjoint is needed; is an input."""


@part
def marked(flags, slot, flag):
    return flags[slot] & flag != 0


@part
def take(free, words, depth):
    """A free place and how many are left on the stack."""
    if depth > 0:
        return free[depth - 1], depth - 1
    words[P_TOP] += 1
    return words[P_TOP] - 1, depth


@part
def expire(dying, following, place, free, depth, time, but):
    """Give back the places of the values that die at a time."""
    s = dying[time]
    while s >= 0:
        if s != but:
            free[depth] = place[s]
            depth += 1
        s = following[s]
    dying[time] = -1
    return depth


def build(address):
    """Make a program; the description is at an address."""
    w = i8_pointer(address)
    n = w[P_SLOTS]
    code, operands = u2_pointer(w[P_CODE]), i4_pointer(w[P_OPERANDS])
    flags, passes, uses = u1_pointer(w[P_FLAGS]), u1_pointer(w[P_PASSES]), i4_pointer(w[P_USES])
    arity, active, copied, reads = u1_pointer(w[P_ARITY]), u1_pointer(w[P_ACTIVE]), u1_pointer(w[P_COPIES]), u1_pointer(w[P_READS])
    place, adjoint = i4_pointer(w[P_PLACE]), i4_pointer(w[P_ADJOINT])
    last, following, dying = i4_pointer(w[P_LAST]), i4_pointer(w[P_NEXT]), i4_pointer(w[P_DYING])
    free, owners = i4_pointer(w[P_FREE]), i4_pointer(w[P_OWNERS])
    inputs, outputs, guards = i4_pointer(w[P_INPUT]), i4_pointer(w[P_OUTPUT]), i4_pointer(w[P_GUARD])
    # what depends on inputs, what is needed, and when it is read last
    for i in range(w[P_INPUTS]):
        flags[inputs[i]] |= VARIES | GIVEN
    for s in range(n):
        bits = 0
        for p in range(arity[code[s]] if code[s] else 0):
            if active[code[s]] >> p & 1 and marked(flags, operands[3 * s + p], VARIES):
                bits |= 1 << p
        passes[s] = bits
        if bits:
            flags[s] |= VARIES
    for i in range(w[P_OUTPUTS]):
        flags[outputs[i]] |= NEEDED
        last[outputs[i]] = n
    for i in range(w[P_GUARDS]):
        flags[guards[i]] |= NEEDED
        last[guards[i]] = n
    for s in range(n - 1, -1, -1):
        if code[s] and marked(flags, s, NEEDED):
            for p in range(arity[code[s]]):
                x = operands[3 * s + p]
                flags[x] |= NEEDED
                last[x] = max(last[x], s)
    seed = outputs[0] if w[P_REVERSE] else -1
    if seed >= 0 and marked(flags, seed, VARIES):
        flags[seed] |= REACHED
        for s in range(seed, -1, -1):
            if marked(flags, s, REACHED):
                time = 2 * n - s
                for p in range(3):
                    if passes[s] >> p & 1:
                        x = operands[3 * s + p]
                        flags[x] |= REACHED
                        uses[x] += 1
                        used = reads[3 * code[s] + p]
                        for q in range(3):
                            if used >> q & 1:
                                last[operands[3 * s + q]] = max(last[operands[3 * s + q]], time)
                        if used >> 3 & 1:
                            last[s] = max(last[s], time)
    # places of values: leaves keep theirs
    leaves = i4_pointer(w[P_LEAF])
    for i in range(w[P_LEAVES]):
        first, size = leaves[2 * i], leaves[2 * i + 1]
        wanted = False
        for s in range(first, first + size):
            wanted = wanted or marked(flags, s, NEEDED | GIVEN)
        if wanted:
            for s in range(first, first + size):
                place[s] = w[P_TOP] + s - first
            w[P_TOP] += size
    for s in range(n):
        if code[s] and marked(flags, s, NEEDED):
            following[s] = dying[last[s]]
            dying[last[s]] = s
    depth, count = 0, 0
    records = i4_pointer(w[P_FORWARD])
    for s in range(n):
        if not code[s] or not marked(flags, s, NEEDED):
            continue
        depth = expire(dying, following, place, free, depth, s, s)
        place[s], depth = take(free, w, depth)
        r = FORWARD * count
        records[r] = code[s]
        records[r + F_Z] = place[s]
        for p in range(3):
            records[r + F_X + p] = place[operands[3 * s + p]] if p < arity[code[s]] else 0
        count += 1
        if last[s] <= s:
            free[depth] = place[s]
            depth += 1
    depth = expire(dying, following, place, free, depth, n, -1)
    w[P_FORWARDS], count = count, 0
    if seed < 0 or not marked(flags, seed, VARIES):
        return
    # adjoints: the first contribution is stored, the others are added; one that is passed on as it is stays where it is
    records = i4_pointer(w[P_RECORDS])
    adjoint[seed], depth = take(free, w, depth)
    owners[adjoint[seed]] = 1
    uses[seed] += 1
    for s in range(seed, -1, -1):
        time = 2 * n - s
        if not code[s] or not marked(flags, s, REACHED):
            depth = expire(dying, following, place, free, depth, time, -1)
            continue
        bits = np.int64(passes[s])
        here = adjoint[s]
        for p in range(3):
            if bits >> p & 1 and copied[code[s]] >> p & 1 and uses[operands[3 * s + p]] == 1:
                adjoint[operands[3 * s + p]] = here
                owners[here] += 1
                bits &= ~(1 << p)
        depth = expire(dying, following, place, free, depth, time, -1)  # all is loaded before anything is stored
        owners[here] -= 1
        if owners[here] == 0:
            free[depth] = here
            depth += 1
        if bits == 0:
            continue
        r = REVERSE * count
        count += 1
        records[r] = 8 * np.int64(code[s]) + bits
        records[r + R_R] = here
        for p in range(3):
            x = operands[3 * s + p]
            records[r + R_X + p] = max(place[x], 0) if p < arity[code[s]] else 0
            records[r + R_GX + p] = 0
        records[r + R_Z] = max(place[s], 0)
        add = 0
        for p in range(3):
            if bits >> p & 1:
                x = operands[3 * s + p]
                if adjoint[x] < 0:
                    adjoint[x], depth = take(free, w, depth)
                    owners[adjoint[x]] = 1
                else:
                    add |= 1 << p
                records[r + R_GX + p] = adjoint[x]
        records[r + R_ADD] = add
    w[P_REVERSES] = count
