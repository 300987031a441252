"""The sweeps of a tape with compiled loops: kernels (turnwise.py, independent.py, elements.py) where there are any, the interpreter's sweep between them.

The table of loops (jittape/tape/loops.py) has their number, the addresses of the interpreter's sweeps, and then FIELDS numbers a loop.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import (
    address_of,
    at,
    call_chunk,
    call_loop,
    call_step,
    i4_pointer,
    i8_pointer,
    real_pointer,
)
from jittape.ops.layout import (
    C_ADJOINT,
    C_ARG0,
    C_ARG1,
    C_AT,
    C_AT_SLOT,
    C_COUNT,
    C_INDEX,
    C_INPUT,
    C_INPUTS,
    C_LOOPS,
    C_META,
    C_SCRATCH,
    C_STATUS,
    C_TANGENT,
    C_UNPACKED,
    C_VALUE,
    CHUNK,
    DONE,
    KIND,
    PACKED,
    RUN_REF,
    SCRATCH,
    STACK,
    UNKNOWN,
    UNPACKED,
    UNPACKING,
)
from jittape.sweep.loops.body import D_TURNS
from jittape.sweep.loops.elements import E_AGAIN, E_FETCHED, E_FETCHES, E_POSTED, E_POSTS, E_SIZE, E_SUM
from jittape.sweep.point import sums
from jittape.sweep.point.operands import fetch, scatter, total
from jittape.sweep.point.steps import leave

FIRST, END, SLOT, SLOTS, ELEMENTS, FORWARD, REVERSE, DATA, WHOLE, SLOPES, REACH, ENTERED, LEFT, TANGENT = range(14)
"""Of a loop in the table: its first instruction, its end, its first slot, how many slots it has, whether its turns are elements of runs,
addresses of its kernels and of their data; addresses of the kernels for both sweeps at once, with values and without, and how far beyond
number i of a gradient of zeros these add in turn i, or -1: they store; addresses of the copies of operands that are made before it, and of those
that no later loop reads, or 0; the address of the kernel for tangents, once it is there. Of scalar loops WHOLE says whether the reverse kernel zeroes the
caller's gradient on its way, and REACH is the lowest slot there to which it adds."""
FIELDS = 14
NUMBER, PLAIN_FORWARD, PLAIN_REVERSE, STRETCHES, STRETCH, ARG0, ARG1, READ, READS, PLAIN_TANGENT, HEAD = range(11)
"""Before the loops: how many there are, the addresses of the interpreter's sweeps, the number and address of stretches of slots with columns,
and addresses of operands by where these stand, or 0; where loops have the argument from the caller, how many of its elements the interpreter reads, and
the address of their slots; the address of the interpreter's tangents, once kernels for them are there."""
P_SLOT, P_TURNS, P_LAST, P_COUNT, P_OPERANDS = range(5)
"""Of copies of operands (passes/packing.py): the first slot of the copies, how many turns, the first instruction of the last loop that reads
them, how many operands, and from there on of each its first slot, its step, and whether it has adjoints."""
P_FIELDS = 3
OWN = -1
"""In place of the slot from which on the caller's gradient is zeroed: adjoints of the argument are in their slots."""
S_SLOT, S_TURNS, S_SIZE, S_COLUMNS, S_NUMBERS, S_FIELDS = range(6)
"""Of such a stretch: its first slot, turns, instructions a turn, how many have a column, and the address of their numbers."""


@part
def fetch_all(ctl, data, v, buffers, i0, m, count):
    """What a chunk's kernel reads from buffers: the first operands that are fetched, so many of them."""
    meta, index, refs = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(data[E_FETCHES])
    for q in range(count):
        buffer = at(buffers, (1 + q) * CHUNK)
        found = fetch(meta, index, v, refs[q], i0, m, buffer, buffer)
        if address_of(found) != address_of(buffer):  # it was left where it is; kernels look into the buffer
            for i in range(m):
                buffer[i] = found[i]


@part
def post_all(ctl, data, g, buffers, i0, m):
    """What a chunk's kernel has left in buffers."""
    meta, index, refs = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(data[E_POSTS])
    for q in range(data[E_POSTED]):
        post(meta, index, g, refs[q], i0, m, at(buffers, (1 + data[E_FETCHED] + q) * CHUNK))


@part
def post(meta, index, g, ref, i0, m, found):
    """Add contributions to elements i0 to i0 + m of an operand."""
    if meta[ref] & KIND == RUN_REF:
        to = at(g, np.int64(meta[ref + 1]) + i0)
        for i in range(m):
            to[i] += found[i]
    else:
        scatter(meta, index, g, ref, i0, m, found)


@part
def cleared(x, i, end):
    """Zeros for elements i to end; returns the end."""
    while i < end:
        x[i] = 0.0
        i += 1
    return i


@part
def onward_chunk(ctl, kernel, data, v, x, buffers, tangents, i0, m):
    """Elements i0 to i0 + m, see `onward_elements`; those of what is summed up are left in the first buffer."""
    count = data[E_FETCHED]
    fetch_all(ctl, data, v, buffers, i0, m, count)
    if tangents:
        fetch_all(ctl, data, x, at(buffers, count * CHUNK), i0, m, count)
    call_chunk(kernel, v, v, x, data, buffers, i0, m)


@part
def onward_elements(ctl, kernel, data, v, x, buffers, tangents):
    """What a kernel writes to x: values, where x is v, or tangents."""
    n, stack, depth = data[E_SIZE], real_stack(ctl, v), 0
    for i0 in range(0, n, CHUNK):
        m = min(CHUNK, n - i0)
        onward_chunk(ctl, kernel, data, v, x, buffers, tangents, i0, m)
        if data[E_SUM] >= 0:
            depth = sums.push(stack, depth, i0 // CHUNK + 1, total(buffers, m))
    if data[E_SUM] >= 0:
        x[data[E_SUM]] = sums.combine(stack, depth)


@part
def real_stack(ctl, v):
    """Where the interpreter has partial sums, too."""
    return at(real_pointer(ctl[C_SCRATCH], v[0]), STACK)


@part
def reverse_elements(ctl, kernel, data, v, g, buffers):
    n = data[E_SIZE]
    for i0 in range(0, n, CHUNK):
        m = min(CHUNK, n - i0)
        fetch_all(ctl, data, v, buffers, i0, m, data[E_AGAIN])
        call_chunk(kernel, v, v, g, data, buffers, i0, m)
        post_all(ctl, data, g, buffers, i0, m)
    if data[E_SUM] >= 0:
        g[data[E_SUM]] = 0.0


@part
def unpack(table, v, g, end):
    """Put adjoints from columns into their slots, in stretches that begin before slot `end`; values are lost."""
    for i in range(table[STRETCHES]):
        stretch = at(i8_pointer(table[STRETCH]), i * S_FIELDS)
        slot, turns, size, columns = stretch[S_SLOT], stretch[S_TURNS], stretch[S_SIZE], i8_pointer(stretch[S_NUMBERS])
        if slot >= end:
            return
        for q in range(slot, slot + stretch[S_COLUMNS] * turns):
            v[q], g[q] = g[q], 0.0
        for q in range(stretch[S_COLUMNS]):
            for t in range(turns):
                g[slot + t * size + columns[q]] = v[slot + q * turns + t]


@part
def copied(pack, x):
    """Copy operands side by side."""
    turns, to = pack[P_TURNS], at(x, pack[P_SLOT])
    for q in range(pack[P_COUNT]):
        operand = at(pack, P_OPERANDS + q * P_FIELDS)
        for t in range(turns):
            to[q * turns + t] = x[operand[0] + t * operand[1]]


@part
def moved(pack, g, back):
    """Move adjoints to where the copies stand, or back."""
    turns, to = pack[P_TURNS], at(g, pack[P_SLOT])
    for q in range(pack[P_COUNT]):
        operand = at(pack, P_OPERANDS + q * P_FIELDS)
        for t in range(turns if operand[2] else 0):
            mine, copy = operand[0] + t * operand[1], q * turns + t
            if back:
                g[mine], to[copy] = to[copy], 0.0
            else:
                to[copy], g[mine] = g[mine], 0.0


@part
def moved_back(table, g, number):
    """Move adjoints of copies back that were made before a loop of this number, and are read after it."""
    first = at(table, HEAD + number * FIELDS)[FIRST]
    for i in range(number):
        row = at(table, HEAD + i * FIELDS)
        if row[ENTERED] != 0 and i8_pointer(row[ENTERED])[P_LAST] > first:
            moved(i8_pointer(row[ENTERED]), g, True)


@part
def go_on(ctl, table, address, k, s, end, like):
    """The rest of a reverse sweep, below instruction k, by the interpreter, which has all in their slots."""
    if ctl[C_UNPACKED] == UNPACKING:
        call_step(table[PLAIN_FORWARD], address, 0, ctl[C_COUNT], 0, like)  # all, as another reverse sweep may follow
        if ctl[C_STATUS] != DONE:
            ctl[C_AT], ctl[C_AT_SLOT] = k, s
            return
        ctl[C_UNPACKED] = UNPACKED
    call_step(table[PLAIN_REVERSE], address, k, end, s, like)


@part
def arguments(ctl, arg0, arg1):
    """Let the interpreter have these operands."""
    ctl[C_ARG0], ctl[C_ARG1] = arg0, arg1


@part
def own_arguments(ctl, table):
    """Let the interpreter have the operands of the table, if it has any; returns those from before."""
    arg0, arg1 = ctl[C_ARG0], ctl[C_ARG1]
    if table[ARG0] != 0:
        arguments(ctl, table[ARG0], table[ARG1])
    return arg0, arg1


@part
def onward_rows(ctl, table, count, address, k, end, s, like, plain, kernel, given):
    """Instructions k to end, of which the first loops of the table sweep some, so many of them: values, or tangents, as the interpreter's
    sweep and the loops' kernels in these fields find them.

    Args:
        given: the array that has the argument's values, by their slots.
    """
    tangents = kernel == TANGENT
    v, buffers = real_pointer(ctl[C_VALUE], like), at(real_pointer(ctl[C_SCRATCH], like), SCRATCH)
    x = real_pointer(ctl[C_TANGENT] if tangents else ctl[C_VALUE], like)
    for i in range(count):
        row = at(table, HEAD + i * FIELDS)
        if row[END] <= k:
            continue
        if row[FIRST] >= end:
            break
        if k < row[FIRST]:
            call_step(table[plain], address, k, row[FIRST], s, like)
            if ctl[C_STATUS] != DONE:
                return
        if row[ENTERED] != 0:
            copied(i8_pointer(row[ENTERED]), x)
        if row[ELEMENTS]:
            onward_elements(ctl, row[kernel], i8_pointer(row[DATA]), v, x, buffers, tangents)
        else:
            call_loop(row[kernel], v, x, i8_pointer(row[DATA]), buffers, given, x, 0)
        k, s = row[END], row[SLOT] + row[SLOTS]
    leave(ctl, DONE, k, s)
    if k < end:
        call_step(table[plain], address, k, end, s, like)


@part
def forward_rows(ctl, table, count, address, k, end, s, like, given):
    ctl[C_UNPACKED] = PACKED
    onward_rows(ctl, table, count, address, k, end, s, like, PLAIN_FORWARD, FORWARD, given)


def forward(address, k, end, s, like):
    """Values of instructions k to end: of loops, those that something reads."""
    ctl = i8_pointer(address)
    table = i8_pointer(ctl[C_LOOPS])
    arg0, arg1 = own_arguments(ctl, table)
    forward_rows(ctl, table, table[NUMBER], address, k, end, s, like, real_pointer(ctl[C_VALUE], like))
    arguments(ctl, arg0, arg1)


def tangent(address, k, end, s, like):
    """Tangents of instructions k to end, after the forward sweep of this file: of loops, those that something reads."""
    ctl = i8_pointer(address)
    table = i8_pointer(ctl[C_LOOPS])
    arg0, arg1 = own_arguments(ctl, table)
    onward_rows(ctl, table, table[NUMBER], address, k, end, s, like, PLAIN_TANGENT, TANGENT, real_pointer(ctl[C_VALUE], like))
    arguments(ctl, arg0, arg1)


@part
def taken_over(ctl, given, out, zeroed, v, g):
    """Put the argument and what is found of the gradient into their slots, where the interpreter has them."""
    for i in range(ctl[C_INPUT], ctl[C_INPUT] + ctl[C_INPUTS]):
        v[i] = given[i]
        if i >= zeroed:
            g[i] = out[i]


@part
def plain_reverse(ctl, table, address, k, end, s, like, out, zeroed):
    """The interpreter's part of a reverse sweep, from instruction k down to `end`; returns `zeroed` after it. See `reverse_rows`."""
    if zeroed == OWN or table[READ] == 0:
        call_step(table[PLAIN_REVERSE], address, k, end, s, like)
        return zeroed
    g, slots = real_pointer(ctl[C_ADJOINT], like), i8_pointer(table[READS])
    cleared(out, slots[0], zeroed)
    for i in range(table[READ]):
        g[slots[i]] = out[slots[i]]
    call_step(table[PLAIN_REVERSE], address, k, end, s, like)
    for i in range(table[READ]):
        out[slots[i]], g[slots[i]] = g[slots[i]], 0.0
    return min(zeroed, slots[0])


@part
def reverse_rows(ctl, table, address, k, end, s, like, given, out, zeroed):
    """The same by loops; returns instruction and slot at which the interpreter is to go on, if it is, and `zeroed` after it.

    Args:
        given, out: the arrays that have the argument's values and adjoints, by their slots.
        zeroed: the slot from which on `out` was zeroed, where these are the caller's; OWN where they are those of all slots.

    Where the interpreter has to go on within a loop, all stands there from then on.
    """
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    buffers = at(real_pointer(ctl[C_SCRATCH], like), SCRATCH)
    for i in range(table[NUMBER] - 1, -1, -1):
        row = at(table, HEAD + i * FIELDS)
        if row[FIRST] >= k:
            continue
        if row[END] <= end:
            break
        if k > row[END]:
            zeroed = plain_reverse(ctl, table, address, k, row[END], s, like, out, zeroed)
            if ctl[C_STATUS] != DONE:
                return k, s, zeroed
            k = row[END]
        data = i8_pointer(row[DATA])
        if row[ELEMENTS]:
            reverse_elements(ctl, row[REVERSE], data, v, g, buffers)
            k, s = row[FIRST], row[SLOT]
            continue
        left = k - row[FIRST]
        if k == row[END]:
            if row[LEFT] != 0:
                moved(i8_pointer(row[LEFT]), g, False)
            if zeroed > row[REACH] and row[WHOLE] == 0:
                cleared(out, row[REACH], zeroed)
                zeroed = row[REACH]
            left = call_loop(row[REVERSE], v, g, data, buffers, given, out, zeroed) * ((row[END] - row[FIRST]) // data[D_TURNS])
            if row[ENTERED] != 0:
                moved(i8_pointer(row[ENTERED]), g, True)
            zeroed = min(zeroed, row[REACH])
        k, s = row[FIRST], row[SLOT]
        if left > 0 and zeroed != OWN:
            taken_over(ctl, given, out, zeroed, v, g)
            given, out, zeroed = v, g, np.int64(OWN)
        if left > 0 and (table[STRETCHES] > 0 or ctl[C_UNPACKED] == UNKNOWN):
            moved_back(table, g, i)
            unpack(table, v, g, s + left)
            ctl[C_UNPACKED] = UNPACKING
            return k + left, s + left, zeroed
        if left > 0:  # from values of the whole loop, of which the kernel stored some
            call_step(table[PLAIN_FORWARD], address, k, k + left, s, like)
            if ctl[C_STATUS] == DONE:
                call_step(table[PLAIN_REVERSE], address, k + left, k, s + left, like)
            if ctl[C_STATUS] != DONE:
                ctl[C_AT], ctl[C_AT_SLOT] = k + left, s + left
                return k, s, zeroed
    leave(ctl, DONE, k, s)
    if k > end:
        zeroed = plain_reverse(ctl, table, address, k, end, s, like, out, zeroed)
    return k, s, zeroed


def reverse(address, k, end, s, like):
    """Adjoints of instructions k - 1 down to end, whose slots end at s. What a kernel leaves over is swept by the interpreter."""
    ctl = i8_pointer(address)
    table = i8_pointer(ctl[C_LOOPS])
    arg0, arg1 = own_arguments(ctl, table)
    if ctl[C_UNPACKED] == PACKED or ctl[C_UNPACKED] == UNKNOWN:
        v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
        k, s, _ = reverse_rows(ctl, table, address, k, end, s, like, v, g, np.int64(OWN))
    arguments(ctl, arg0, arg1)
    if ctl[C_UNPACKED] == UNPACKING or ctl[C_UNPACKED] == UNPACKED:
        go_on(ctl, table, address, k, s, end, like)
