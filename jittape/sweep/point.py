"""A gradient of one point in one native call: the argument copied in, forward sweep, guards, reverse sweep, the gradient
copied out."""

import numpy as np

from jittape.sweep.compile import part
from jittape.sweep.ndarrays import DATA, DTYPE, FLAGS, HEAD, INT32, NDIM, READABLE, SHAPE, WRITABLE
from jittape.sweep.pointers import call_step, i4_pointer, i8_pointer, real_pointer
from jittape.tape.layout import (
    C_ADJOINT,
    C_BUFFER,
    C_COUNT,
    C_DTYPE,
    C_EXPECTED,
    C_FAILED,
    C_FORWARD,
    C_GUARD_SLOTS,
    C_GUARDS,
    C_HITS,
    C_INPUT,
    C_INPUTS,
    C_NDARRAY,
    C_NDIM,
    C_REVERSE,
    C_SEED,
    C_SHAPE,
    C_SLOTS,
    C_STATUS,
    C_VALUE,
    DONE,
    GUARD,
    INSIDE,
    UNFIT,
)


def sweep(function, address, k, end, s, like):
    """One of the sweeps, by its address."""
    call_step(function, address, k, end, s, like)


@part
def fits(ctl, x, flags):
    """Whether an object is an ndarray of the inputs' dtype and shape, contiguous and with these flags."""
    words = i8_pointer(x)
    if words[HEAD - 1] != ctl[C_NDARRAY] or words[DTYPE] != ctl[C_DTYPE] or words[NDIM] & INT32 != ctl[C_NDIM]:
        return False
    if words[FLAGS] & flags != flags:
        return False
    shape, wanted = i8_pointer(words[SHAPE]), i8_pointer(ctl[C_SHAPE])
    for i in range(ctl[C_NDIM]):
        if shape[i] != wanted[i]:
            return False
    return True


def gradient(address, x, out, like):
    """Value and gradient of one point; returns the status.

    Args:
        x: id() of the argument, or 0 where it stands in the values already.
        out: id() of the array that the gradient is written to, INSIDE for the path's own memory, or 0 for the value only.

    UNFIT says that one of them is no array of the right dtype, shape and layout; GUARD, with the place of the guard in the
    address block, comes before the reverse sweep; after MISSING or CALLED adjoints may be left over.
    """
    ctl = i8_pointer(address)
    if (out > INSIDE and not fits(ctl, out, WRITABLE)) or (x != 0 and not fits(ctl, x, READABLE)):
        return np.int64(UNFIT)
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    first, n = ctl[C_INPUT], ctl[C_INPUTS]
    if x != 0:
        given = real_pointer(i8_pointer(x)[DATA], like)
        for i in range(n):
            v[first + i] = given[i]
    call_step(ctl[C_FORWARD], address, 0, ctl[C_COUNT], 0, like)
    if ctl[C_STATUS] != DONE:
        return ctl[C_STATUS]
    slots, expected = i4_pointer(ctl[C_GUARD_SLOTS]), real_pointer(ctl[C_EXPECTED], np.float64(0.0))
    for i in range(ctl[C_GUARDS]):
        if v[np.int64(slots[i])] != expected[i]:
            ctl[C_FAILED] = i
            return np.int64(GUARD)
    hits = i8_pointer(ctl[C_HITS])
    if out == 0:
        hits[0] += 1
        return np.int64(DONE)
    g[ctl[C_SEED]] = 1.0
    call_step(ctl[C_REVERSE], address, ctl[C_COUNT], 0, ctl[C_SLOTS], like)
    if ctl[C_STATUS] != DONE:
        return ctl[C_STATUS]
    found = real_pointer(i8_pointer(out)[DATA] if out > INSIDE else ctl[C_BUFFER], like)
    for i in range(n):
        found[i] = g[first + i]
        g[first + i] = 0.0
    hits[0] += 1
    return np.int64(DONE)
