"""Activity: which instructions are useful (a result depends on them), and which are varied (they depend on an input).

The eager front end asks before each backward pass (what is swept, what is freed), and when it compacts a tape (what is
still reached); so do passes that write derivatives or drop instructions. A flag is one byte a slot (flags.py).
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, call_visit, i4_pointer, i8_pointer, u1_pointer, u2_pointer
from jittape.ops.layout import (
    ARITIES,
    C_ARG0,
    C_ARG1,
    C_COUNT,
    C_INDEX,
    C_KERNELS,
    C_META,
    C_OPCODE,
    CONSTANT,
    K_FLAGS,
    KINDS,
    OPERATION,
    REF,
    RUN,
    SET,
    TEST,
    WHOLE,
)
from jittape.sweep.point.flags import marked, operand, span
from jittape.sweep.point.operands import elementwise, leaf

NOTHING = -1
"""No step is missing."""


@part
def missing(opcode, table):
    """The number of the step that tells the operands of a structural instruction, if it is not compiled; else NOTHING."""
    if opcode < RUN or leaf(opcode) or elementwise(opcode):
        return NOTHING
    number = (np.int64(opcode) - RUN) * KINDS + K_FLAGS
    return number if table[number] == 0 else NOTHING


@part
def operands(address, k, opcode, a, n, meta, index, table, flags, flags_address, mode):
    """The operands of one instruction; the answer of TEST."""
    arities = at(table, ARITIES)
    if opcode < RUN:
        arity = arities[opcode]
        if arity > 0 and span(flags, a, 1, mode):
            return True
        return arity > 1 and span(flags, n, 1, mode)
    o = np.int64(opcode) - RUN
    if elementwise(opcode):
        for p in range(arities[o]):
            if operand(meta, index, flags, a + p * REF, n, np.int64(0), mode):
                return True
    elif not leaf(opcode):
        return call_visit(table[o * KINDS + K_FLAGS], address, k, flags_address, np.int64(mode)) != 0
    return False


def useful(address, block, starts_, touched_, useful_, visited_, barrier_, mode):
    """Flags go from results to operands; returns NOTHING, or the number of a step that is to be compiled first.

    Args:
        address: the tape's address block.
        block: instructions that are passed over at once where no flag of their slots is set: nothing is written about them.
        starts_: address of the first slot of every block, and the end, int64.
        touched_: address of one byte a block, which is set to whether it was gone through.
        useful_: address of the flags of the slots, set at the results.
        visited_: address of one byte an instruction, which is set to whether it is useful (never of constants, by SET).
        barrier_: address of one byte an instruction: where it is set, the operands are not useful. 0 for none.
        mode: SET or WHOLE.
    """
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    flags, visited = u1_pointer(useful_), u1_pointer(visited_)
    starts, touched = i8_pointer(starts_), u1_pointer(touched_)
    count = ctl[C_COUNT]
    for b in range((count + block - 1) // block - 1, -1, -1):
        s = starts[b + 1]
        touched[b] = marked(flags, starts[b], s)
        if not touched[b]:
            continue
        for k in range(min((b + 1) * block, count) - 1, b * block - 1, -1):
            n = np.int64(arg1[k]) if opcode[k] >= RUN else np.int64(1)
            s -= n
            visited[k] = 0
            if span(flags, s, n, TEST):
                visited[k] = mode == WHOLE or opcode[k] & OPERATION != CONSTANT
                if barrier_ == 0 or u1_pointer(barrier_)[k] == 0:
                    number = missing(opcode[k], table)
                    if number != NOTHING:
                        return number
                    operands(address, k, opcode[k], np.int64(arg0[k]), np.int64(arg1[k]), meta, index, table, flags, useful_, mode)
    return NOTHING


def varied(address, k, end, s, varied_, visited_):
    """Flags go from operands to results, through those of instructions k to end whose `visited` byte is set; returns as `useful` does.

    Afterwards `visited` is set only where an operand is varied: not of the instructions that the given slots come from, unless
    others of these lie below. Instruction k writes slot s.
    """
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(ctl[C_KERNELS])
    flags, visited = u1_pointer(varied_), u1_pointer(visited_)
    while k < end:
        n = np.int64(arg1[k]) if opcode[k] >= RUN else np.int64(1)
        if visited[k]:
            number = missing(opcode[k], table)
            if number != NOTHING:
                return number
            if operands(address, k, opcode[k], np.int64(arg0[k]), np.int64(arg1[k]), meta, index, table, flags, varied_, TEST):
                span(flags, s, n, SET)
            else:
                visited[k] = 0
        s += n
        k += 1
    return NOTHING
