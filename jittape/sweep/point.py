"""A gradient of one point in one native call: forward sweep, guards, reverse sweep, and the gradient copied out."""

import numpy as np

from jittape.sweep.pointers import call_step, i4_pointer, i8_pointer, real_pointer
from jittape.tape.layout import (
    C_ADJOINT,
    C_COUNT,
    C_EXPECTED,
    C_FORWARD,
    C_GRADIENT,
    C_GUARD_SLOTS,
    C_GUARDS,
    C_INPUT,
    C_INPUTS,
    C_REVERSE,
    C_SEED,
    C_SLOTS,
    C_STATUS,
    C_VALUE,
    DONE,
    GUARD,
)


def sweep(function, address, k, end, s, like):
    """One of the sweeps, by its address."""
    call_step(function, address, k, end, s, like)


def gradient(address, like):
    """The gradient at the inputs that stand in the values, written to the memory for it; returns the status.

    GUARD comes before the reverse sweep; after MISSING or CALLED adjoints may be left over.
    """
    ctl = i8_pointer(address)
    call_step(ctl[C_FORWARD], address, 0, ctl[C_COUNT], 0, like)
    if ctl[C_STATUS] != DONE:
        return ctl[C_STATUS]
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    slots, expected = i4_pointer(ctl[C_GUARD_SLOTS]), real_pointer(ctl[C_EXPECTED], np.float64(0.0))
    for i in range(ctl[C_GUARDS]):
        if v[np.int64(slots[i])] != expected[i]:
            return np.int64(GUARD)
    g[ctl[C_SEED]] = 1.0
    call_step(ctl[C_REVERSE], address, ctl[C_COUNT], 0, ctl[C_SLOTS], like)
    if ctl[C_STATUS] != DONE:
        return ctl[C_STATUS]
    first, out = ctl[C_INPUT], real_pointer(ctl[C_GRADIENT], like)
    for i in range(ctl[C_INPUTS]):
        out[i] = g[first + i]
        g[first + i] = 0.0
    return np.int64(DONE)
