"""Steps of a sweep that are compiled when a tape first has them: stretches of scalar instructions, and reductions.

Each is called by its address in the kernel table, as kernels are, so that a first gradient does not wait for the rest.
All take (address block, k, end, s, a number of the tape's dtype): instruction k writes the slots from s.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import blas_letter, i4_pointer, i8_pointer, real_pointer, u1_pointer
from jittape.ops._generated import scalar
from jittape.ops.layout import (
    C_ADJOINT,
    C_ARG0,
    C_ARG1,
    C_AT,
    C_AT_SLOT,
    C_INDEX,
    C_META,
    C_OPCODE,
    C_SCRATCH,
    C_TANGENT,
    C_VALUE,
    CUMSUM,
    K_FORWARD,
    K_REVERSE,
    K_TANGENT,
    KINDS,
    MATMUL,
    MAX,
    MIN,
    RUN,
    SEGMENT_SUM,
    SWITCH,
)
from jittape.sweep.point import reductions as red

forward_scalar = part(scalar.forward)
reverse_scalar = part(scalar.reverse)
tangent_scalar = part(scalar.tangent)


def forward_switch(address, k, end, s, like):
    """Scalar instructions k to end, or to the first run; the instruction and slot reached go to the address block."""
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    ctl[C_AT], ctl[C_AT_SLOT] = forward_scalar(opcode, arg0, arg1, real_pointer(ctl[C_VALUE], like), k, end, s)


def reverse_switch(address, k, end, s, like):
    """Scalar instructions k - 1 down to end, or to the first run."""
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    ctl[C_AT], ctl[C_AT_SLOT] = reverse_scalar(opcode, arg0, arg1, v, g, k, end, s)


def tangent_switch(address, k, end, s, like):
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    v, t = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like)
    ctl[C_AT], ctl[C_AT_SLOT] = tangent_scalar(opcode, arg0, arg1, v, t, k, end, s)


@part
def record(ctl, k):
    """(run records, gather lists, where instruction k's record begins, slots that it writes)."""
    m0, n = np.int64(i4_pointer(ctl[C_ARG0])[k]), np.int64(i4_pointer(ctl[C_ARG1])[k])
    return i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), m0, n


def forward_extreme(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    sign = 1.0 if u1_pointer(ctl[C_OPCODE])[k] == RUN + MAX else -1.0
    red.extreme_forward(meta, index, real_pointer(ctl[C_VALUE], like), m0, s, n, sign)


def reverse_extreme(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    red.extreme_reverse(meta, index, real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like), m0, s, n)


def tangent_extreme(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    red.extreme_tangent(meta, index, real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like), m0, s, n)


def forward_cumsum(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    red.cumsum_forward(meta, index, real_pointer(ctl[C_VALUE], like), m0, s, n)


def reverse_cumsum(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    red.cumsum_reverse(meta, index, real_pointer(ctl[C_ADJOINT], like), m0, s, n)


def tangent_cumsum(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    red.cumsum_forward(meta, index, real_pointer(ctl[C_TANGENT], like), m0, s, n)


def forward_matmul(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_SCRATCH], like)
    red.matmul_value(meta, v, m0, s, blas_letter(like), scratch)


def reverse_matmul(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, g, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like), real_pointer(ctl[C_SCRATCH], like)
    red.matmul_reverse(meta, v, g, m0, s, blas_letter(like), scratch)


def tangent_matmul(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    v, t, scratch = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like), real_pointer(ctl[C_SCRATCH], like)
    red.matmul_tangent(meta, v, t, m0, s, blas_letter(like), scratch)


def forward_segment(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    red.segment_forward(meta, index, real_pointer(ctl[C_VALUE], like), m0, s, n)


def reverse_segment(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    red.segment_reverse(meta, index, real_pointer(ctl[C_ADJOINT], like), m0, s, n)


def tangent_segment(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    red.segment_forward(meta, index, real_pointer(ctl[C_TANGENT], like), m0, s, n)


_FORWARD = (forward_switch, forward_extreme, forward_extreme, forward_cumsum, forward_matmul, forward_segment)
_REVERSE = (reverse_switch, reverse_extreme, reverse_extreme, reverse_cumsum, reverse_matmul, reverse_segment)
_TANGENT = (tangent_switch, tangent_extreme, tangent_extreme, tangent_cumsum, tangent_matmul, tangent_segment)
_CODES = (SWITCH, MAX, MIN, CUMSUM, MATMUL, SEGMENT_SUM)
STEPS = {
    code * KINDS + kind: step
    for kind, steps in ((K_FORWARD, _FORWARD), (K_REVERSE, _REVERSE), (K_TANGENT, _TANGENT))
    for code, step in zip(_CODES, steps, strict=True)
}
"""Number in the kernel table -> step."""
