"""The native sweeps: forward, reverse and tangent, over scalar and run instructions of one point.

Each goes through the tape by steps (sweep/point/steps.py) until it is done, or until it needs Python: for a kernel or step that is not
compiled yet (MISSING), or for an operation that is a Python function, or a step that leaves what it has met to Python (CALLED). Then it
leaves instruction and slot in the address block and is started again from there. Nothing here checks an index: only validated tapes get
this far.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, call_step, i4_pointer, i8_pointer, real_pointer, u1_pointer, u2_pointer
from jittape.ops.layout import (
    C_ADJOINT,
    C_ARG1,
    C_AT,
    C_AT_SLOT,
    C_KERNELS,
    C_OPCODE,
    C_STATUS,
    C_TANGENT,
    C_VISITED,
    CALLED,
    CHUNK,
    DONE,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    GROUPS,
    IN_PYTHON,
    INPUT,
    K_FORWARD,
    K_REVERSE,
    K_TANGENT,
    KINDS,
    MISSING,
    RUN,
    RUNS,
    SUM,
    SWITCH,
)
from jittape.sweep.point.operands import ends_group
from jittape.sweep.point.steps import leave, zero


@part
def kind_of(opcode, n):
    """Whose step an instruction of n elements needs: SWITCH, RUNS and GROUPS take whole stretches, a structural one is a step of its own."""
    if opcode < RUN:
        return np.int64(SWITCH)
    o = np.int64(opcode) - RUN
    if o >= FIRST_STRUCTURAL and o != SUM:
        return o
    return np.int64(GROUPS if n > CHUNK and o != SUM else RUNS)


@part
def leaves(opcode):
    """Whether it is a run of leaves."""
    return RUN <= opcode < RUN + FIRST_OPERATION


@part
def go(ctl, number, address, k, end, s, like):
    """Take a step; whether it was taken. If not, the address block says why."""
    step = i8_pointer(ctl[C_KERNELS])[number]
    leave(ctl, CALLED if step == IN_PYTHON else DONE, k, s)
    if step != IN_PYTHON:
        call_step(step, address, k, end, s, like)
    return ctl[C_STATUS] == DONE


@part
def onward(address, k, end, s, like, sweep):
    """A sweep from instruction k, which writes slot s, to end: values, or tangents."""
    ctl = i8_pointer(address)
    t = real_pointer(ctl[C_TANGENT], like)
    opcode, arg1, table = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG1]), i8_pointer(ctl[C_KERNELS])
    while k < end:
        n = np.int64(arg1[k])
        if leaves(opcode[k]):
            if sweep == K_TANGENT and opcode[k] != RUN + INPUT:
                zero(at(t, s), n)
            s += n
            k += 1
            continue
        kind = kind_of(opcode[k], n if sweep == K_FORWARD else 0)  # tangents of long runs are not swept in groups
        number = kind * KINDS + sweep
        if table[number] == 0:
            return leave(ctl, MISSING | number << 8, k, s)
        if not go(ctl, number, address, k, end, s, like):
            return
        if kind < FIRST_STRUCTURAL:
            k, s = ctl[C_AT], ctl[C_AT_SLOT]
        else:
            s += n
            k += 1
    return leave(ctl, DONE, k, s)


def forward(address, k, end, s, like):
    """Values of instructions k to end; instruction k writes slot s.

    Args:
        address: of the tape's address block.
        like: a number of the tape's dtype.
    """
    onward(address, k, end, s, like, K_FORWARD)


def reverse(address, k, end, s, like):
    """Adjoints of instructions k - 1 down to end, whose slots end at s; every adjoint but an input's is zeroed when used."""
    ctl = i8_pointer(address)
    g = real_pointer(ctl[C_ADJOINT], like)
    opcode, arg1, table = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG1]), i8_pointer(ctl[C_KERNELS])
    visited = u1_pointer(ctl[C_VISITED])
    while k > end:
        n = np.int64(arg1[k - 1])
        kind = np.int64(GROUPS) if ends_group(ctl, k - 1) else kind_of(opcode[k - 1], n)
        structural = kind >= FIRST_STRUCTURAL
        if leaves(opcode[k - 1]) or (structural and not visited[k - 1]):
            k -= 1
            s -= n
            if visited[k] == 1 and opcode[k] != RUN + INPUT:
                zero(at(g, s), n)
            continue
        number = kind * KINDS + K_REVERSE
        if table[number] == 0:
            return leave(ctl, MISSING | number << 8, k, s)
        if structural:
            k -= 1
            s -= n
        if not go(ctl, number, address, k, end, s, like):
            return
        if structural:
            zero(at(g, s), n)
        else:
            k, s = ctl[C_AT], ctl[C_AT_SLOT]
    return leave(ctl, DONE, k, s)


def tangent(address, k, end, s, like):
    """Tangents of instructions k to end, after a forward sweep; an input's tangent is given, a constant's is zero."""
    onward(address, k, end, s, like, K_TANGENT)
