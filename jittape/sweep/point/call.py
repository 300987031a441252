"""Derivatives of one point in one native call: the argument copied in, forward sweep, guards, and then the reverse sweep and
the gradient copied out, or the entries of a Hessian collected (jittape/replay/entries.py)."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.ndarrays import DATA, DTYPE, FLAGS, HEAD, INT32, NDIM, READABLE, SHAPE, WRITABLE
from jittape.compiler.pointers import at, call_step, i4_pointer, i8_pointer, real_pointer, real_size
from jittape.ops.layout import (
    C_ADJOINT,
    C_BUFFER,
    C_COUNT,
    C_DTYPE,
    C_DUE,
    C_ENDING,
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
    C_SCRATCH,
    C_SEED,
    C_SLOTS,
    C_STATUS,
    C_UNPACKED,
    C_VALUE,
    C_WHOLE,
    DONE,
    DUE,
    GUARD,
    INSIDE,
    NEVER,
    ONLY,
    UNFIT,
    UNKNOWN,
    UNSWEPT,
)
from jittape.sweep.point.entries import E_NDIM, collect, multiply


def sweep(function, address, k, end, s, like):
    """One of the sweeps, by its address."""
    call_step(function, address, k, end, s, like)


@part
def fits(ctl, x, flags, wanted):
    """Whether an object is an ndarray of the inputs' dtype, contiguous and with these flags.

    Args:
        wanted: pointer to the number of axes, and beside it the address of the shape.
    """
    words = i8_pointer(x)
    if words[HEAD - 1] != ctl[C_NDARRAY] or words[DTYPE] != ctl[C_DTYPE] or words[NDIM] & INT32 != wanted[0]:
        return False
    if words[FLAGS] & flags != flags:
        return False
    shape, lengths = i8_pointer(words[SHAPE]), i8_pointer(wanted[1])
    for i in range(wanted[0]):
        if shape[i] != lengths[i]:
            return False
    return True


@part
def due(ctl):
    """Whether the path has been replayed as often as was asked; said once."""
    if i8_pointer(ctl[C_HITS])[0] < ctl[C_DUE] or ctl[C_WHOLE] != 0:
        return False
    ctl[C_DUE] = NEVER
    return True


@part
def take(ctl, x, like):
    """The argument copied in from an address, where it does not stand in the values."""
    if x != 0:
        v, given = real_pointer(ctl[C_VALUE], like), real_pointer(x, like)
        first, n = ctl[C_INPUT], ctl[C_INPUTS]
        for i in range(n):
            v[first + i] = given[i]


@part
def numbers(x):
    """The address of an ndarray's numbers; 0 of none."""
    return i8_pointer(x)[DATA] if x != 0 else np.int64(0)


@part
def begin(ctl, address, x, like):
    """The argument copied in, the forward sweep and the guards; returns the status."""
    take(ctl, x, like)
    v = real_pointer(ctl[C_VALUE], like)
    call_step(ctl[C_FORWARD], address, 0, ctl[C_COUNT], 0, like)
    if ctl[C_STATUS] != DONE:
        return ctl[C_STATUS]
    slots, expected = i4_pointer(ctl[C_GUARD_SLOTS]), real_pointer(ctl[C_EXPECTED], np.float64(0.0))
    for i in range(ctl[C_GUARDS]):
        if v[np.int64(slots[i])] != expected[i]:
            ctl[C_FAILED] = i
            return np.int64(GUARD)
    return np.int64(DONE)


@part
def through(ctl, address, x, out, apart, description, like):
    """The argument at address x (0 where it stands in the values) through the path, and its gradient to address `out` (0 for none).

    Args:
        apart: whether both are the caller's own, so that one pass from the one to the other will do.
    """
    hits = i8_pointer(ctl[C_HITS])
    if hits[0] >= ctl[C_DUE]:  # seldom, or always of a path that takes one pass
        if due(ctl):
            return np.int64(DUE)
        if apart:
            call_step(ctl[C_WHOLE], address, x, out, description, like)
            if ctl[C_STATUS] == DONE:
                hits[0] += 1
            if ctl[C_STATUS] != UNFIT:
                return ctl[C_STATUS]
    g = real_pointer(ctl[C_ADJOINT], like)
    if out != 0 and ctl[C_ENDING] != 0:
        take(ctl, x, like)
        call_step(ctl[C_ENDING], address, description & ONLY, 0, ctl[C_SLOTS], like)
    else:
        if out != 0 and description & UNSWEPT:
            take(ctl, x, like)
            ctl[C_UNPACKED] = UNKNOWN
        else:
            status = begin(ctl, address, x, like)
            if status != DONE:
                return status
        if out == 0:
            hits[0] += 1
            return np.int64(DONE)
        g[ctl[C_SEED]] = 1.0
        call_step(ctl[C_REVERSE], address, ctl[C_COUNT], 0, ctl[C_SLOTS], like)
    if ctl[C_STATUS] != DONE:
        return ctl[C_STATUS]
    found = real_pointer(out, like)
    first, n = ctl[C_INPUT], ctl[C_INPUTS]
    for i in range(n):
        found[i] = g[first + i]
        g[first + i] = 0.0
    hits[0] += 1
    return np.int64(DONE)


def gradient(address, x, v, out, description, like):
    """Value and gradient of one point; returns the status.

    Args:
        x: id() of the argument, or 0 where it stands in the values already.
        v: for the others, which are called in the same way (sweep/point/enter.py).
        description: ONLY where the value is not asked for, and UNSWEPT where compiled loops find the gradient without a forward sweep.
        out: id() of the array that the gradient is written to, INSIDE for the path's own memory, or 0 for the value only.

    UNFIT says that one of them is no array of the right dtype, shape and layout, DUE that the path has been replayed often; nothing was done
    then. GUARD, with the place of the guard in the address block, comes before the reverse sweep; after MISSING or CALLED adjoints may be
    left over.
    """
    ctl = i8_pointer(address)
    shape = at(ctl, C_NDIM)
    if (out > INSIDE and not fits(ctl, out, WRITABLE, shape)) or (x != 0 and not fits(ctl, x, READABLE, shape)):
        return np.int64(UNFIT)
    to = i8_pointer(out)[DATA] if out > INSIDE else ctl[C_BUFFER] if out != 0 else np.int64(0)
    return through(ctl, address, numbers(x), to, out > INSIDE and x != 0, description, like)


def gradient_at(address, x, v, out, description, like):
    """As `gradient`, by the addresses of the argument's numbers and of the gradient's (0 for the value only), of which nothing is checked."""
    return through(i8_pointer(address), address, x, out, out != 0, description, like)


def entries(address, x, v, out, description, like):
    """The entries of one point's Hessian; returns the status, as `gradient`.

    Args:
        address: of the address block of a tape of entries.
        x: id() of the argument, or 0 where it stands in the values already.
        out: id() of the array that the entries are written to.
        description: address of their description, see sweep/point/entries.py.
    """
    ctl = i8_pointer(address)
    if not fits(ctl, out, WRITABLE, at(i8_pointer(description), E_NDIM)) or (x != 0 and not fits(ctl, x, READABLE, at(ctl, C_NDIM))):
        return np.int64(UNFIT)
    if due(ctl):
        return np.int64(DUE)
    status = begin(ctl, address, numbers(x), like)
    if status != DONE:
        return status
    collect(ctl[C_VALUE], description, i8_pointer(out)[DATA], like)
    i8_pointer(ctl[C_HITS])[0] += 1
    return np.int64(DONE)


def product(address, x, v, out, description, like):
    """A Hessian times a vector at one point; returns the status, as `gradient`.

    Args:
        address: of the address block of a tape of entries.
        x: id() of the argument, which is none in the values.
        v: id() of the vector, of the argument's shape, as is the result.
        out: id() of the array that the product is written to.
        description: address of that of the terms, see sweep/point/entries.py.
    """
    ctl = i8_pointer(address)
    shape = at(ctl, C_NDIM)
    if not fits(ctl, out, WRITABLE, shape) or not fits(ctl, v, READABLE, shape) or not fits(ctl, x, READABLE, shape):
        return np.int64(UNFIT)
    given, result, n = i8_pointer(v)[DATA], i8_pointer(out)[DATA], ctl[C_INPUTS] * real_size(like)
    if given < result + n and result < given + n:  # the same memory, or some of it
        return np.int64(UNFIT)
    if due(ctl):
        return np.int64(DUE)
    status = begin(ctl, address, numbers(x), like)
    if status != DONE:
        return status
    y = real_pointer(result, like)
    for i in range(ctl[C_INPUTS]):
        y[i] = 0.0
    multiply(ctl[C_VALUE], description, given, result, ctl[C_SCRATCH], like)
    i8_pointer(ctl[C_HITS])[0] += 1
    return np.int64(DONE)
