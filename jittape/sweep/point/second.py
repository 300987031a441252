"""Derivatives along directions, and second ones, of what native code recorded on a tape of gradients (idle.py): compiled once, kept on disk.

The tape is linearized (edges.py), and swept along some directions at a time (directions.py). What these do not take (runs, corners) and what comes
out of them that is not finite is left to Python (native/recording/second.py), by a callback; so the conventions are those of the other drivers.
The functions stand in a table of their own, and nothing of this is compiled before somebody asks for that table.
"""

import functools

from numba import types
from numba.extending import intrinsic

import jittape_numba
from jittape.compiler.jit import callback, emitted, part
from jittape.compiler.pointers import call_step, calling, i8_pointer, real_pointer, returning, u1_pointer
from jittape.ops.layout import (
    C_ADJOINT,
    C_AT,
    C_COUNT,
    C_EDGES,
    C_EXTRA,
    C_FULL,
    C_STATUS,
    DONE,
    MISSING,
)
from jittape.sweep.point import directions, edges
from jittape.sweep.point.directions import WIDTHS
from jittape.sweep.point.edges import B_COUNT, B_CURVATURES, B_EDGES, B_REACHED, B_ROOM, B_TANGENTS, B_VECTORS
from jittape.sweep.point.idle import symbol_call

LINEARIZE, LOOPS = 0, 2
"""Places in the table: of what linearizes, for the orders 2 and 1; of sweeps along directions, forward and back for each width."""
FUNCTIONS_AT = LOOPS + 2 * len(WIDTHS)
"""Where the addresses of this module's functions begin."""
HESSIAN, PRODUCT, JACOBIAN, PUSHED = range(4)
"""What is asked of Python."""
WIDEST = WIDTHS[-1]
BYTE = 0xFF


@intrinsic
def directions_room(typingctx, tape, count, width):
    return symbol_call("jittape_directions", types.none, types.int64, types.int64, types.int64)


@intrinsic
def compile_kernel(typingctx, tape, number):
    return symbol_call("jittape_kernel", types.none, types.int64, types.int64)


@intrinsic
def by_python(typingctx, tape, what, n, slots, m, given, out):
    return symbol_call("jittape_by_python", types.none, *(types.int64,) * 7)


@intrinsic
def call_directions(typingctx, step, list_, count, tangents, curvatures):
    """A sweep along directions, by its address."""
    return types.none(*(types.int64,) * 5), calling


def linearize(table, tape, slots, m, n, order):
    """Make the list of edges, from m results down to the n inputs; returns 1 if there is one. With order 2 there is one result, whose gradient
    the adjoints of the inputs are afterwards. Nothing is left over where there is none, and 0 is returned."""
    ctl = i8_pointer(tape)
    if ctl[C_FULL] != 0 or ctl[C_EXTRA] != 0:
        return 0
    count = ctl[C_COUNT]
    if ctl[C_EDGES] == 0 or i8_pointer(ctl[C_EDGES])[B_ROOM] < count:
        directions_room(tape, count, 0)
        if ctl[C_FULL] != 0:
            return 0
    block, result = i8_pointer(ctl[C_EDGES]), i8_pointer(slots)
    reached, adjoint = u1_pointer(block[B_REACHED]), real_pointer(ctl[C_ADJOINT], 0.0)
    block[B_COUNT] = 0
    for j in range(m):
        if result[j] >= 0:
            reached[result[j]] = 1
            if order == 2:
                adjoint[result[j]] = 1.0
    k = count
    while True:
        call_step(i8_pointer(table)[LINEARIZE + 2 - order], tape, k, n, k, 0.0)
        status = ctl[C_STATUS]
        if status & BYTE != MISSING:
            break
        k = ctl[C_AT]
        compile_kernel(tape, status >> 8)
        if ctl[C_FULL] != 0:
            break
    done = status == DONE and ctl[C_AT] == n and ctl[C_FULL] == 0
    for i in range(n if done else count):
        reached[i] = 0
    if not done and order == 2:
        for i in range(count):
            adjoint[i] = 0.0
    return 1 if done else 0


@intrinsic
def call_linearize(typingctx, step, table, tape, slots, m, n, order):
    """`linearize`, by its address: it is code for all that need it."""
    return types.int64(*(types.int64,) * 7), returning


@part
def is_linearized(table, tape, slots, m, n, order):
    return call_linearize(i8_pointer(table)[FUNCTIONS_AT], table, tape, slots, m, n, order) != 0


@part
def width_of(n):
    """The place of the narrowest sweep for n directions, or of the widest."""
    place = 0
    while place < len(WIDTHS) - 1 and WIDTHS[place] < n:
        place += 1
    return place


@part
def vectors(tape, width):
    """Room for a vector of each slot; whether there is."""
    ctl = i8_pointer(tape)
    count = ctl[C_COUNT]
    if i8_pointer(ctl[C_EDGES])[B_VECTORS] < count * width:
        directions_room(tape, count, width)
    return ctl[C_FULL] == 0


@part
def sweep(table, tape, place, back):
    block = i8_pointer(i8_pointer(tape)[C_EDGES])
    step = i8_pointer(table)[LOOPS + 2 * place + back]
    call_directions(step, block[B_EDGES], block[B_COUNT], block[B_TANGENTS], block[B_CURVATURES])


@part
def finite(x, n):
    """Whether all of some numbers are."""
    total = 0.0
    for i in range(n):
        total += x[i] * 0.0
    return total == 0.0


@part
def take_gradient(tape, n, out):
    """The adjoints of the inputs, which are zero afterwards."""
    g = real_pointer(i8_pointer(tape)[C_ADJOINT], 0.0)
    for i in range(n):
        out[i] = g[i]
        g[i] = 0.0


@part
def no_derivatives(slots, m, out, size):
    """Zeros, where no result depends on anything; whether it is so."""
    result = i8_pointer(slots)
    for j in range(m):
        if result[j] >= 0:
            return False
    for i in range(size):
        out[i] = 0.0
    return True


def hessian(table, tape, slots, n, out_address):
    """Gradient and Hessian of the result in a slot by n inputs, n + n n numbers; returns 0, or why not (C_FULL)."""
    ctl, out = i8_pointer(tape), real_pointer(out_address, 0.0)
    if no_derivatives(slots, 1, out, n + n * n):
        return ctl[C_FULL]
    fine = is_linearized(table, tape, slots, 1, n, 2)
    if fine:
        take_gradient(tape, n, out)
        fine = columns(table, tape, n, real_pointer(out_address + 8 * n, 0.0)) and finite(out, n + n * n)
    if not fine and ctl[C_FULL] == 0:
        by_python(tape, HESSIAN, n, slots, 1, 0, out_address)
    return ctl[C_FULL]


@part
def columns(table, tape, n, h):
    """The Hessian, some columns at a time; whether there was memory."""
    first = 0
    while first < n:
        place = width_of(n - first)
        width = WIDTHS[place]
        if not vectors(tape, width):
            return False
        block = i8_pointer(i8_pointer(tape)[C_EDGES])
        t, g = real_pointer(block[B_TANGENTS], 0.0), real_pointer(block[B_CURVATURES], 0.0)
        for i in range(n * width):
            t[i] = 0.0
        for l in range(min(width, n - first)):
            t[(first + l) * width + l] = 1.0
        sweep(table, tape, place, 0)
        sweep(table, tape, place, 1)
        for i in range(n):
            for l in range(width):
                if first + l < n:
                    h[i * n + first + l] = g[i * width + l]
                g[i * width + l] = 0.0
        first += width
    for i in range(n):  # as symmetric as it is
        for j in range(i):
            h[i * n + j] = h[j * n + i] = 0.5 * (h[i * n + j] + h[j * n + i])
    return True


def product(table, tape, slots, n, given, out_address):
    """Gradient and product of the Hessian with a vector, n + n numbers; returns 0, or why not."""
    ctl, out, v = i8_pointer(tape), real_pointer(out_address, 0.0), real_pointer(given, 0.0)
    if no_derivatives(slots, 1, out, n + n):
        return ctl[C_FULL]
    fine = is_linearized(table, tape, slots, 1, n, 2)
    if fine:
        take_gradient(tape, n, out)
        fine = vectors(tape, 1)
    if fine:
        block = i8_pointer(ctl[C_EDGES])
        t, g = real_pointer(block[B_TANGENTS], 0.0), real_pointer(block[B_CURVATURES], 0.0)
        for i in range(n):
            t[i] = v[i]
        sweep(table, tape, 0, 0)
        sweep(table, tape, 0, 1)
        for i in range(n):
            out[n + i] = g[i]
            g[i] = 0.0
        fine = finite(out, n + n)
    if not fine and ctl[C_FULL] == 0:
        by_python(tape, PRODUCT, n, slots, 1, given, out_address)
    return ctl[C_FULL]


def pushed(table, tape, slots, m, n, given, out_address):
    """Tangents of m results along one direction; returns 0, or why not."""
    ctl, out, v, result = i8_pointer(tape), real_pointer(out_address, 0.0), real_pointer(given, 0.0), i8_pointer(slots)
    if no_derivatives(slots, m, out, m):
        return ctl[C_FULL]
    fine = is_linearized(table, tape, slots, m, n, 1) and vectors(tape, 1)
    if fine:
        t = real_pointer(i8_pointer(ctl[C_EDGES])[B_TANGENTS], 0.0)
        for i in range(n):
            t[i] = v[i]
        sweep(table, tape, 0, 0)
        for j in range(m):
            out[j] = t[result[j]] if result[j] >= 0 else 0.0
        fine = finite(out, m)
    if not fine and ctl[C_FULL] == 0:
        by_python(tape, PUSHED, n, slots, m, given, out_address)
    return ctl[C_FULL]


def jacobian(table, tape, slots, m, n, out_address):
    """Derivatives of m results by n inputs, a row a result; returns 0, or why not."""
    ctl, out = i8_pointer(tape), real_pointer(out_address, 0.0)
    if no_derivatives(slots, m, out, m * n):
        return ctl[C_FULL]
    fine = is_linearized(table, tape, slots, m, n, 1)
    if fine:
        fine = (by_columns(table, tape, slots, m, n, out) if n <= m else by_rows(table, tape, slots, m, n, out)) and finite(out, m * n)
    if not fine and ctl[C_FULL] == 0:
        by_python(tape, JACOBIAN, n, slots, m, 0, out_address)
    return ctl[C_FULL]


@part
def by_columns(table, tape, slots, m, n, out):
    """The columns of a Jacobian, some at a time, going forward; whether there was memory."""
    result = i8_pointer(slots)
    first = 0
    while first < n:
        place = width_of(n - first)
        width = WIDTHS[place]
        if not vectors(tape, width):
            return False
        t = real_pointer(i8_pointer(i8_pointer(tape)[C_EDGES])[B_TANGENTS], 0.0)
        for i in range(n * width):
            t[i] = 0.0
        for l in range(min(width, n - first)):
            t[(first + l) * width + l] = 1.0
        sweep(table, tape, place, 0)
        for j in range(m):
            for l in range(min(width, n - first)):
                out[j * n + first + l] = t[result[j] * width + l] if result[j] >= 0 else 0.0
        first += width
    return True


@part
def by_rows(table, tape, slots, m, n, out):
    """The rows, going back."""
    result = i8_pointer(slots)
    first = 0
    while first < m:
        place = width_of(m - first)
        width = WIDTHS[place]
        if not vectors(tape, width):
            return False
        g = real_pointer(i8_pointer(i8_pointer(tape)[C_EDGES])[B_CURVATURES], 0.0)
        for l in range(min(width, m - first)):
            if result[first + l] >= 0:
                g[result[first + l] * width + l] = 1.0
        sweep(table, tape, place, 1)
        for i in range(n):
            for l in range(width):
                if first + l < m:
                    out[(first + l) * n + i] = g[i * width + l]
                g[i * width + l] = 0.0
        first += width
    return True


FUNCTIONS = (linearize, hessian, product, pushed, jacobian)
"""What is called by address, in the order of the table: each takes addresses and numbers as int64 and returns one."""


def compiled():
    """Everything that stands in the table, in its order."""
    jittape_numba.init()  # the symbols that are called
    found = [emitted(f"linearize{order}", "float64", functools.partial(edges.kernel, order)) for order in (2, 1)]
    for width in WIDTHS:
        for back, name in ((False, "onward"), (True, "back")):
            found.append(emitted(f"directions_{name}{width}", "float64", functools.partial(directions.kernel, width, back)))
    return found + [callback(f, types.int64(*(types.int64,) * f.__code__.co_argcount), slow=True) for f in FUNCTIONS]


SIZE = FUNCTIONS_AT + len(FUNCTIONS)
"""Words of the table."""
