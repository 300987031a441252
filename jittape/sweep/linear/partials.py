"""Partial derivatives of scalar instructions, each by the interpreter's own sweep of tangents over that one instruction."""

from jittape.compiler.pointers import call_step, i8_pointer, real_pointer
from jittape.ops.layout import C_STATUS, C_TANGENT, DONE


def partials(address, step, jobs, begin, count, out, like):
    """Partial derivatives number `begin` to `count`; returns how far it came: there may be a kernel that is not compiled yet.

    Args:
        address: of the address block, whose tangents are zeros, and are so afterwards.
        step: address of the sweep.
        jobs: address of three int64 each: the instruction, its slot, and that of the operand.
        out: address of the numbers.
        like: a number of the dtype.
    """
    ctl, words, found = i8_pointer(address), i8_pointer(jobs), real_pointer(out, like)
    t = real_pointer(ctl[C_TANGENT], like)
    for j in range(begin, count):
        k, slot, source = words[3 * j], words[3 * j + 1], words[3 * j + 2]
        t[source] = 1.0
        call_step(step, address, k, k + 1, slot, like)
        t[source] = 0.0
        if ctl[C_STATUS] != DONE:
            return j
        found[j], t[slot] = t[slot], 0.0
    return count
