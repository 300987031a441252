"""A recorded function called by native code: the first of its paths whose guards hold, on memory of its own for each call under way.

A handle is an array of int64: what is below, and then for each path the address of a table of idle replays' address blocks, which are taken
and put back by atomic exchanges (idle.py). Functions of Python make a replay where none is idle, let go of one that ended half way, and
find value and gradient themselves where no path will do; see replay/handles.py, which owns all this.
"""

import numpy as np

from jittape.compiler.pointers import call_four, call_point, i8_pointer, real_pointer
from jittape.ops.layout import C_SEED, C_VALUE, DONE, GUARD, ONLY, UNSWEPT
from jittape.sweep.point.idle import given_back, taken

(
    H_POINT,  # address of `gradient_at` of call.py
    H_MAKE,  # of functions of Python: make(handle, path) gives an address block, or 0
    H_DROP,  # drop(handle, path, address block)
    H_PYTHON,  # value and gradient in Python (handle, x, gradient, value): returns the status
    H_PATHS,  # how many paths there are
    H_FIRST,  # from here on, for each path, the address of its table, and beside it whether its gradient alone needs no forward sweep
) = range(6)


def replayed(handle, x, out, value, like):
    """Value and gradient of a recorded function; returns DONE, or what Python gives where it fails.

    Args:
        x: address of the argument's numbers.
        out: of the gradient's, or 0 where only the value is asked for.
        value: of the value's, or 0 where only the gradient is.
    """
    h = i8_pointer(handle)
    for p in range(h[H_PATHS]):
        table = h[H_FIRST + 2 * p]
        replay = taken(table)
        if replay == 0:
            replay = call_four(h[H_MAKE], handle, p, 0, 0)
            if replay == 0:
                break
        how = np.int64(0) if value != 0 else ONLY | UNSWEPT * h[H_FIRST + 2 * p + 1]
        status = call_point(h[H_POINT], replay, x, 0, out, how, like)
        if status == DONE and value != 0:
            ctl = i8_pointer(replay)
            real_pointer(value, like)[0] = real_pointer(ctl[C_VALUE], like)[ctl[C_SEED]]
        if status != DONE and status != GUARD:
            call_four(h[H_DROP], handle, p, replay, 0)
            break
        if not given_back(table, replay):
            call_four(h[H_DROP], handle, p, replay, 0)
        if status == DONE:
            return np.int64(DONE)
    return call_four(h[H_PYTHON], handle, x, out, value)
