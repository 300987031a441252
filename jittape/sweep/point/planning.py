"""The plan of a replay: which runs are swept together chunk by chunk, and which of them never touch main memory.

A run that only runs of its own group read needs no memory of its own: its adjoints live in a chunk of local memory, and
its values too where it is cheaper to compute them again in the reverse sweep than to store and load them. The plan is a
copy of the run records with such operands marked LOCAL_REF, and for each instruction its group and place.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, call_visit, i4_pointer, i8_pointer, u1_pointer, u2_pointer
from jittape.ops.layout import (
    ADJOINT_SPOT,
    ARITIES,
    BLOCK_REF,
    C_ARG0,
    C_ARG1,
    C_COUNT,
    C_KERNELS,
    C_META,
    C_OPCODE,
    CHUNK,
    FIRST,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    INACTIVE,
    K_FLAGS,
    K_REVERSE,
    KERNELS,
    KIND,
    KINDS,
    LOCAL_REF,
    NO_KERNEL,
    READS_Z,
    REF,
    RUN,
    RUN_REF,
    SAME,
    SPOT,
    STORED,
    SUM,
    UNIT,
    UNREAD,
    WHOLE,
)
from jittape.sweep.point.operands import elementwise, extent, group_forward, slots_of


@part
def instruction_of(owners, slot):
    """The instruction that writes a slot."""
    low, high = np.int64(owners[slot // CHUNK]), np.int64(owners[slot // CHUNK + 1])
    if low == high:
        return low
    starts = at(owners, owners[-1])
    while low < high:
        middle = (low + high + 1) // 2
        if starts[middle] <= slot:
            low = middle
        else:
            high = middle - 1
    return low


@part
def share(owners, shared, low, high):
    """Note that the slots low to high are read from outside their group."""
    for q in range(instruction_of(owners, low), instruction_of(owners, high) + 1):
        shared[q] = 1


@part
def mark(meta, ref, place):
    """Make a reference one to local memory."""
    meta[ref] = (meta[ref] & ~KIND) | LOCAL_REF
    meta[ref + 2] = place & SPOT
    meta[ref + 3] = place & STORED != 0
    meta[ref + 4] = place >> ADJOINT_SPOT


@part
def summed(opcode, arg0, arg1, meta, owners, first, last):
    """Whether instruction `last` is the sum of all elements of a run of the group [first, last)."""
    if opcode[last] != RUN + SUM or arg1[last] != 1:
        return False
    m0 = np.int64(arg0[last])
    base = np.int64(meta[m0 + 2])
    row = meta[m0 + 1] & KIND == RUN_REF or (meta[m0 + 1] & KIND == BLOCK_REF and meta[m0 + 4] == 1)
    if not row or meta[m0] != arg1[first]:
        return False
    q = instruction_of(owners, base)
    return first <= q < last and elementwise(opcode[q]) and instruction_of(owners, base - 1) != q


@part
def members(opcode, table, group, k):
    """How many operands of instruction k may be runs of its own group."""
    if opcode[k] == RUN + SUM:
        return np.int64(group[k] != k)
    return table[ARITIES + opcode[k] - RUN] if elementwise(opcode[k]) else np.int64(0)


@part
def member(opcode, arg0, k, p):
    """Where the reference of such an operand stands."""
    return np.int64(arg0[k]) + (1 if opcode[k] == RUN + SUM else p * REF)


@part
def source(opcode, meta, owners, group, shared, k, ref):
    """The run of the same group that an operand of instruction k is, if nobody outside reads it; else -1."""
    if meta[ref] & KIND != RUN_REF and opcode[k] != RUN + SUM:
        return -1
    q = instruction_of(owners, np.int64(meta[ref + 1]))
    return q if group[q] == group[k] and not shared[q] else -1


@part
def active(opcode, table, marked, k, p, ref):
    """The number of the kernel that passes adjoints on to operand p of run k, or -1 where none do."""
    number = (opcode[k] - RUN) * KINDS + K_REVERSE + p
    return -1 if table[number] == NO_KERNEL or marked[ref] & (INACTIVE | SAME) else number


@part
def contribute(opcode, arg0, meta, table, marked, owners, group, shared, contributions, count):
    """Count the contributions to the adjoints of each run in the order of the reverse sweep, and mark the first.

    A run that gets none keeps its own memory, whose adjoints are zero.
    """
    for k in range(count - 1, -1, -1):
        shared[k] |= contributions[k] == 0
        for p in range(members(opcode, table, group, k)):
            ref = member(opcode, arg0, k, p)
            q = source(opcode, meta, owners, group, shared, k, ref)
            if q >= 0 and (opcode[k] == RUN + SUM or active(opcode, table, marked, k, p, ref) >= 0):
                marked[ref] |= 0 if contributions[q] else FIRST
                contributions[q] += 1


@part
def read(opcode, arg0, meta, table, marked, owners, group, shared, contributions, place, count):
    """Note which values a reverse sweep reads, and give adjoints their spots: their own, or the reader's where they are the same.

    The reader comes later in its group, so that its spot is not 0: a spot of 0 is one that was not given yet.
    """
    for k in range(count - 1, -1, -1):
        if place[k] >= 0 and not place[k] >> ADJOINT_SPOT:
            place[k] |= (place[k] & SPOT) << ADJOINT_SPOT
        if opcode[k] == RUN + SUM:
            continue
        reads = np.int64(0)
        for p in range(members(opcode, table, group, k)):
            ref = member(opcode, arg0, k, p)
            number = active(opcode, table, marked, k, p, ref)
            if number < 0:
                continue
            q = source(opcode, meta, owners, group, shared, k, ref)
            if q >= 0 and place[k] >= 0 and contributions[q] == 1 and table[KERNELS + number] & UNIT:
                marked[ref] |= SAME
                place[q] |= (place[k] >> ADJOINT_SPOT) << ADJOINT_SPOT
            else:
                reads |= table[KERNELS + number]
        if place[k] >= 0 and reads & READS_Z:
            place[k] &= ~UNREAD
        again = place[k] >= 0 and not place[k] & (STORED | UNREAD)
        for p in range(members(opcode, table, group, k)):
            q = source(opcode, meta, owners, group, shared, k, member(opcode, arg0, k, p))
            if q >= 0 and (again or reads >> p & 1):
                place[q] &= ~UNREAD


def plan(address, cheap_address, meta_address, owners_address, shared_address, read_address, contributions_address, group_address, place_address):  # fmt: skip
    """Fill in a plan; returns the number of places of the group that has most, 0 where a plan is of no use, or minus the number of a
    step that is to be compiled before it is called again.

    Args:
        address: the tape's address block.
        cheap_address: one byte an operation, 1 where its value is cheaper computed than loaded.
        meta_address: a copy of the run records, to be marked.
        owners_address: one int32 for each CHUNK of slots and one for the end, the instruction of its first slot, then the first slot of every
            instruction; before them, how many of the former there are.
        shared_address: one byte an instruction, 1 where its values are wanted (an output).
        read_address: one byte a slot, zero: where structural instructions note what they read.
        contributions_address: int32 an instruction, zero.
        group_address, place_address: int32 an instruction, filled here.
    """
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, table = i4_pointer(ctl[C_META]), i8_pointer(ctl[C_KERNELS])
    arities = at(table, ARITIES)
    cheap, shared = u1_pointer(cheap_address), u1_pointer(shared_address)
    marked, owners = i4_pointer(meta_address), i4_pointer(owners_address)
    contributions = i4_pointer(contributions_address)
    group, place = i4_pointer(group_address), i4_pointer(place_address)
    count = ctl[C_COUNT]
    k, s, useful = 0, 0, 0
    while k < count:  # groups
        last = k + 1
        if elementwise(opcode[k]) and arg1[k] > CHUNK:
            last = group_forward(opcode, arg0, arg1, meta, arities, k, count, s)
            if last < count and summed(opcode, arg0, arg1, meta, owners, k, last):
                last += 1
            useful |= last - k > 1
        for q in range(k, last):
            group[q], place[q] = k, -1
            s += slots_of(opcode, arg1, q)
        k = last
    if not useful:
        return 0
    asked = False
    for k in range(count):  # what is read from outside its group
        o, n, m0 = opcode[k], np.int64(arg1[k]), np.int64(arg0[k])
        if o < RUN:
            if o >= FIRST_OPERATION:
                share(owners, shared, m0, m0)
                if arities[o] > 1:
                    share(owners, shared, n, n)
            continue
        o -= RUN
        if n == 0:
            continue
        if 4 <= o < FIRST_STRUCTURAL:
            for p in range(arities[o]):
                ref = m0 + p * REF
                if meta[ref] & KIND == RUN_REF and n > CHUNK:
                    base = np.int64(meta[ref + 1])
                    q = instruction_of(owners, base)
                    if group[q] == group[k] and elementwise(opcode[q]) and (base == 0 or instruction_of(owners, base - 1) != q):
                        continue
                low, high = extent(meta, ref, n)
                share(owners, shared, low, high)
        elif o >= FIRST_STRUCTURAL and not (o == SUM and group[k] != k):  # of a group's own sum, the driver takes the chunks
            number = o * KINDS + K_FLAGS
            if table[number] == 0:
                return -number
            call_visit(table[number], address, k, read_address, np.int64(WHOLE))
            asked = True
    if asked:
        flagged = u1_pointer(read_address)
        s = 0
        for k in range(count):
            n = slots_of(opcode, arg1, k)
            for i in range(n):
                shared[k] |= flagged[s + i]
            s += n
    for k in range(count):
        shared[k] |= not elementwise(opcode[k]) or arg1[k] <= CHUNK
    contribute(opcode, arg0, meta, table, marked, owners, group, shared, contributions, count)
    most = 0
    for k in range(count):  # spots of values
        if not shared[k]:
            spot = 0
            for q in range(group[k], k):
                spot += place[q] >= 0
            place[k] = spot | (0 if cheap[opcode[k] - RUN] else STORED) | UNREAD
            most = max(most, spot + 1)
    read(opcode, arg0, meta, table, marked, owners, group, shared, contributions, place, count)
    for k in range(count):
        for p in range(members(opcode, table, group, k)):
            ref = member(opcode, arg0, k, p)
            q = source(opcode, meta, owners, group, shared, k, ref)
            if q >= 0:
                mark(marked, ref, place[q])
    k = count
    while k > 0:  # group[first] becomes the end of the group, group[last - 1] its first instruction
        first = np.int64(group[k - 1])
        group[first] = k
        if k - 1 > first:
            group[k - 1] = first
        k = first
    return most
