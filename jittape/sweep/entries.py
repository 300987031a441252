"""What Python calls: each native sweep for each dtype, with four integers (address block, k, end, s)."""

from jittape.sweep import drivers
from jittape.sweep.pointers import f4_pointer, f8_pointer, i8_pointer
from jittape.tape.layout import C_ADJOINT, C_LOCAL, C_SCRATCH, C_TANGENT, C_VALUE

DOUBLE, SINGLE = 100, 115
"""BLAS's letters: ord("d"), ord("s")."""


def forward_float64(address, k, end, s):
    ctl = i8_pointer(address)
    v, scratch, local = f8_pointer(ctl[C_VALUE]), f8_pointer(ctl[C_SCRATCH]), f8_pointer(ctl[C_LOCAL])
    drivers.forward(address, v, scratch, local, DOUBLE, k, end, s)


def forward_float32(address, k, end, s):
    ctl = i8_pointer(address)
    v, scratch, local = f4_pointer(ctl[C_VALUE]), f4_pointer(ctl[C_SCRATCH]), f4_pointer(ctl[C_LOCAL])
    drivers.forward(address, v, scratch, local, SINGLE, k, end, s)


def reverse_float64(address, k, end, s):
    ctl = i8_pointer(address)
    v, g, scratch = f8_pointer(ctl[C_VALUE]), f8_pointer(ctl[C_ADJOINT]), f8_pointer(ctl[C_SCRATCH])
    drivers.reverse(address, v, g, scratch, f8_pointer(ctl[C_LOCAL]), DOUBLE, k, end, s)


def reverse_float32(address, k, end, s):
    ctl = i8_pointer(address)
    v, g, scratch = f4_pointer(ctl[C_VALUE]), f4_pointer(ctl[C_ADJOINT]), f4_pointer(ctl[C_SCRATCH])
    drivers.reverse(address, v, g, scratch, f4_pointer(ctl[C_LOCAL]), SINGLE, k, end, s)


def tangent_float64(address, k, end, s):
    ctl = i8_pointer(address)
    v, t, scratch = f8_pointer(ctl[C_VALUE]), f8_pointer(ctl[C_TANGENT]), f8_pointer(ctl[C_SCRATCH])
    drivers.tangent(address, v, t, scratch, DOUBLE, k, end, s)


def tangent_float32(address, k, end, s):
    ctl = i8_pointer(address)
    v, t, scratch = f4_pointer(ctl[C_VALUE]), f4_pointer(ctl[C_TANGENT]), f4_pointer(ctl[C_SCRATCH])
    drivers.tangent(address, v, t, scratch, SINGLE, k, end, s)
