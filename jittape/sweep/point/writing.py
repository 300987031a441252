"""The reverse sweep of scalar instructions, written onto the tape natively: see jittape/passes/reverse.py."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer, i8_pointer, real_pointer, u1_pointer, u2_pointer
from jittape.ops.layout import ARITIES, C_ARG0, C_ARG1, C_KERNELS, C_OPCODE, C_VALUE, FIRST_OPERATION, RUN

W_AT, W_SLOT, W_COUNT, W_SLOTS = range(4)
"""Of the sweep's state: the end of what is still to be swept and of its slots, instructions and slots of the tape."""
STATE = 4
NONZERO = -3
"""Of a rule in the table: it holds where the second operand, a constant, is not zero."""
STEPS = 32
"""Room for the outcomes of a rule's steps."""


@part
def operand(code, g, x, y, z, outcomes, constants):
    """The slot that an operand of a step stands for: see jittape/sweep/templates.py."""
    if code < 0:
        return constants[-1 - code]
    if code >= FIRST_OPERATION:
        return outcomes[code - 4]
    return g if code == 0 else x if code == 1 else y if code == 2 else z


def write(address, stop, capacity, state_address, adjoint_address, active_address, look_address, codes_address, table_address,
          steps_address, constants_address, one, add, mulz, product, like):  # fmt: skip
    """Write contributions to adjoints of scalar instructions, backwards to instruction `stop`, the next run, or where Python is due.

    Args:
        address: the tape's address block.
        capacity: instructions that the tape has room for.
        state_address: int64[STATE].
        adjoint_address: int32 a slot: the slot of its adjoint, or -1.
        active_address: one byte a slot: whether it depends on an input.
        look_address, codes_address: one byte an instruction, and one an opcode: whether Python is to look at it.
        table_address, steps_address: of `templates()`.
        constants_address: int32, the slots of its constants, and room for STEPS outcomes before them.
        one: the slot of the constant one, or -1.
        add, mulz, product: opcodes.
        like: a number of the tape's dtype.
    """
    ctl, state = i8_pointer(address), i8_pointer(state_address)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    arities = at(i8_pointer(ctl[C_KERNELS]), ARITIES)
    adjoint, active = i4_pointer(adjoint_address), u1_pointer(active_address)
    look, codes = u1_pointer(look_address), u1_pointer(codes_address)
    table, steps, outcomes = i4_pointer(table_address), i4_pointer(steps_address), i4_pointer(constants_address)
    constants, v = at(outcomes, STEPS), real_pointer(ctl[C_VALUE], like)
    k, s, count, slots = state[W_AT], state[W_SLOT], state[W_COUNT], state[W_SLOTS]
    while k > stop and opcode[k - 1] < RUN and count + 2 * STEPS < capacity:
        o = np.int64(opcode[k - 1])
        g = adjoint[s - 1]
        if look[k - 1] or (codes[o] and g >= 0):
            break
        if o >= FIRST_OPERATION and table[8 * o + 3] == NONZERO and v[np.int64(arg1[k - 1])] == 0.0:
            break
        if o >= FIRST_OPERATION and g >= 0 and active[s - 1]:
            x, y = arg0[k - 1], arg1[k - 1]
            z = np.int32(s - 1)
            for p in range(arities[o]):
                target = np.int64(x if p == 0 else y)
                row = at(table, 4 * (2 * o + p))
                if row[0] < 0 or not active[target]:
                    continue
                for i in range(row[0], row[1]):
                    code = steps[3 * i]
                    a = operand(steps[3 * i + 1], g, x, y, z, outcomes, constants)
                    b = operand(steps[3 * i + 2], g, x, y, z, outcomes, constants)
                    if (code == mulz or code == product) and a == one:
                        outcomes[i - row[0]] = b
                        continue
                    opcode[count], arg0[count], arg1[count] = np.uint16(code), a, b
                    outcomes[i - row[0]] = np.int32(slots)
                    count += 1
                    slots += 1
                found = operand(row[2], g, x, y, z, outcomes, constants)
                if adjoint[target] >= 0:
                    opcode[count], arg0[count], arg1[count] = np.uint16(add), adjoint[target], found
                    found = np.int32(slots)
                    count += 1
                    slots += 1
                adjoint[target] = found
        k -= 1
        s -= 1
    state[W_AT], state[W_SLOT], state[W_COUNT], state[W_SLOTS] = k, s, count, slots
