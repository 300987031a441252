"""Stretches of scalar instructions as steps of a sweep (steps.py): one function that holds every operation's scalar form."""

from jittape.compiler.jit import part
from jittape.compiler.pointers import i4_pointer, i8_pointer, real_pointer, u1_pointer
from jittape.ops._generated import scalar
from jittape.ops.layout import C_ADJOINT, C_ARG0, C_ARG1, C_AT, C_AT_SLOT, C_OPCODE, C_TANGENT, C_VALUE

forward_scalar = part(scalar.forward)
reverse_scalar = part(scalar.reverse)
tangent_scalar = part(scalar.tangent)


def forward(address, k, end, s, like):
    """Scalar instructions k to end, or to the first run; the instruction and slot reached go to the address block."""
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    ctl[C_AT], ctl[C_AT_SLOT] = forward_scalar(opcode, arg0, arg1, real_pointer(ctl[C_VALUE], like), k, end, s)


def reverse(address, k, end, s, like):
    """Scalar instructions k - 1 down to end, or to the first run."""
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    ctl[C_AT], ctl[C_AT_SLOT] = reverse_scalar(opcode, arg0, arg1, v, g, k, end, s)


def tangent(address, k, end, s, like):
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    v, t = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like)
    ctl[C_AT], ctl[C_AT_SLOT] = tangent_scalar(opcode, arg0, arg1, v, t, k, end, s)
