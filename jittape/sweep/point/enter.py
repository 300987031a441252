"""From a builtin of Python to the functions of sweep/point/call.py: arguments taken as objects, results made as objects.

A builtin is bound to an array of int64, a call's description: what is called, of which tape, and what it gives. Builtins and
the functions of Python are those of compiler/builtins.py.
"""

import numpy as np

from jittape.compiler.ndarrays import DATA
from jittape.compiler.pointers import call_four, call_new, call_point, i8_pointer
from jittape.ops.layout import DONE, INSIDE, UNFIT

(
    B_POINT,  # address of the function of call.py, and of the tape's address block
    B_TAPE,
    B_SINGLE,  # whether numbers are float32
    B_WANTED,  # what is asked for, of the flags below
    B_ARGUMENTS,  # number of arguments
    B_DESCRIPTION,  # of entries or terms, for call.py
    B_NDIM,  # of the result: number of axes, and address of its shape
    B_SHAPE,
    B_DTYPE,  # id of the result's dtype, and its number
    B_KIND,
    B_VALUE,  # address of the number that the function returned
    B_STATUS,  # how the last call ended
    B_LOCKED,  # whether the interpreter's lock is kept, as the call is short
    B_NONE,  # ids of None and of the type of arrays
    B_NDARRAY,
    B_NEW,  # addresses of the functions of Python
    B_NUMBER,
    B_TUPLE,
    B_SET,
    B_KEEP,
    B_DROP,
    B_RELEASE,
    B_TAKE,
) = range(23)
WORDS = 23
NUMBER, ARRAY, ALONG, STAND = 1, 2, 4, 8
"""What a call gives: the number that the function returned, an array; both make a tuple. ALONG: it takes a vector, too. STAND: it takes
nothing, as the argument stands in the values, and gives nothing (an array is the path's own memory)."""


def enter(self, arguments, count):
    """A call by Python: (x, out), or (x, v, out); out may be None, and an array is made. Returns the result, None where the call could not be
    done, in B_STATUS the reason, or 0 with an error set."""
    b = i8_pointer(i8_pointer(self)[DATA])
    wanted, nothing = b[B_WANTED], b[B_NONE]
    b[B_STATUS] = UNFIT
    x = v = out = made = np.int64(0)
    if wanted & STAND:
        out = np.int64(INSIDE) if wanted & ARRAY else np.int64(0)
    elif count != b[B_ARGUMENTS]:
        call_four(b[B_KEEP], nothing, 0, 0, 0)
        return nothing
    else:
        given = i8_pointer(arguments)
        x = given[0]
        if wanted & ALONG:
            v = given[1]
        if wanted & ARRAY:
            out = given[count - 1]
            if out == nothing:
                out = made = call_new(b[B_NEW], b[B_NDARRAY], b[B_NDIM], b[B_SHAPE], b[B_KIND], 0, 0, 0, 0, 0)
                if made == 0:
                    return np.int64(0)
    state = np.int64(0) if b[B_LOCKED] else call_four(b[B_RELEASE], 0, 0, 0, 0)
    if b[B_SINGLE]:
        status = call_point(b[B_POINT], b[B_TAPE], x, v, out, b[B_DESCRIPTION], np.float32(0.0))
    else:
        status = call_point(b[B_POINT], b[B_TAPE], x, v, out, b[B_DESCRIPTION], np.float64(0.0))
    if state != 0:
        call_four(b[B_TAKE], state, 0, 0, 0)
    b[B_STATUS] = status
    if status != DONE:
        if made != 0:
            call_four(b[B_DROP], made, 0, 0, 0)
        call_four(b[B_KEEP], nothing, 0, 0, 0)
        return nothing
    if wanted & STAND:
        call_four(b[B_KEEP], self, 0, 0, 0)
        return self
    if wanted & ARRAY and made == 0:
        call_four(b[B_KEEP], out, 0, 0, 0)
    if not wanted & NUMBER:
        return out
    number = call_four(b[B_NUMBER], b[B_VALUE], b[B_DTYPE], 0, 0)
    if not wanted & ARRAY:
        return number
    if number == 0:
        call_four(b[B_DROP], out, 0, 0, 0)
        return number
    both = call_four(b[B_TUPLE], 2, 0, 0, 0)  # nothing of the replay is read any more, whatever Python does while it looks for memory
    if both == 0:
        call_four(b[B_DROP], out, 0, 0, 0)
        call_four(b[B_DROP], number, 0, 0, 0)
        return both
    call_four(b[B_SET], both, 0, number, 0)
    call_four(b[B_SET], both, 1, out, 0)
    return both
