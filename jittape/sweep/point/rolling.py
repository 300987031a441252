"""What shape the expression of each scalar instruction has, as a number: instructions of one shape can be rolled into a run."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer, i8_pointer, u2_pointer
from jittape.ops.layout import ARITIES, C_ARG0, C_ARG1, C_KERNELS, C_OPCODE, FIRST_OPERATION, RUN

FIRST, SECOND, MIX = 0x9E3779B97F4A7C1, 0x3C79AC492BA7B653, 0x1C69B3F74AC4AE35


@part
def mixed(a, b, op):
    """A digest of an operation and its operands' digests (they wrap around at 64 bits)."""
    h = (a ^ (a >> 29)) * np.int64(FIRST) + (b ^ (b >> 31)) * np.int64(SECOND) + np.int64(op) * np.int64(MIX)
    return h ^ (h >> 32)


def shapes(address, k, end, s, digest_address, level_address):
    """Digests and levels of scalar operations from instruction k, at slot s, to the next run, or to `end`; returns where.

    Args:
        address: the tape's address block.
        digest_address: int64 a slot; those of leaves are given.
        level_address: int32 a slot: the longest chain of operations from a leaf, whose own is 0.
    """
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    arities = at(i8_pointer(ctl[C_KERNELS]), ARITIES)
    digest, level = i8_pointer(digest_address), i4_pointer(level_address)
    while k < end and opcode[k] < RUN:
        if opcode[k] >= FIRST_OPERATION:
            i = np.int64(arg0[k])
            j = np.int64(arg1[k]) if arities[opcode[k]] > 1 else i
            digest[s] = mixed(digest[i], digest[j], opcode[k])
            level[s] = max(level[i], level[j]) + 1
        k += 1
        s += 1
    return k
