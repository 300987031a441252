"""The sweeps of a tape with compiled loops: kernels (body.py, elements.py) where there are any, the interpreter's sweep between them.

The table of loops (jittape/tape/loops.py) has their number, the addresses of the interpreter's sweeps, and then FIELDS numbers a loop.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import (
    at,
    call_chunk,
    call_loop,
    call_step,
    i4_pointer,
    i8_pointer,
    real_pointer,
    real_size,
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
    C_SEED,
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
    UNFIT,
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
that no later loop reads, or 0; the address of the kernel for tangents, once it is there."""
FIELDS = 14
NUMBER, PLAIN_FORWARD, PLAIN_REVERSE, STRETCHES, STRETCH, ARG0, ARG1, PLAIN_TANGENT, HEAD = range(9)
"""Before the loops: how many there are, the addresses of the interpreter's sweeps, the number and address of stretches of slots with columns,
and addresses of operands by where these stand, or 0; the address of the interpreter's tangents, once kernels for them are there."""
W_GIVEN, W_OUT, W_SUMS, W_ROOM, W_OVER, W_ONLY = range(6)
"""What a piece of a function that is one sum is told, see `piece`."""
P_SLOT, P_TURNS, P_LAST, P_COUNT, P_OPERANDS = range(5)
"""Of copies of operands (passes/packing.py): the first slot of the copies, how many turns, the first instruction of the last loop that reads
them, how many operands, and from there on of each its first slot, its step, and whether it has adjoints."""
P_FIELDS = 3
S_SLOT, S_TURNS, S_SIZE, S_COLUMNS, S_NUMBERS, S_FIELDS = range(6)
"""Of such a stretch: its first slot, turns, instructions a turn, how many have a column, and the address of their numbers."""


@part
def fetch_all(ctl, data, v, buffers, i0, m, count):
    """What a chunk's kernel reads from buffers: the first operands that are fetched, so many of them."""
    meta, index, refs = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(data[E_FETCHES])
    for q in range(count):
        buffer = at(buffers, (1 + q) * CHUNK)
        fetch(meta, index, v, refs[q], i0, m, buffer, buffer)


@part
def post_all(ctl, data, g, buffers, i0, m):
    """What a chunk's kernel has left in buffers."""
    meta, index, refs = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(data[E_POSTS])
    for q in range(data[E_POSTED]):
        found, ref = at(buffers, (1 + data[E_FETCHED] + q) * CHUNK), refs[q]
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
def onward_elements(ctl, kernel, data, v, x, buffers, tangents):
    """What a kernel writes to x: values, where x is v, or tangents."""
    n, count, stack, depth = data[E_SIZE], data[E_FETCHED], real_stack(ctl, v), 0
    for i0 in range(0, n, CHUNK):
        m = min(CHUNK, n - i0)
        fetch_all(ctl, data, v, buffers, i0, m, count)
        if tangents:
            fetch_all(ctl, data, x, at(buffers, count * CHUNK), i0, m, count)
        call_chunk(kernel, v, v, x, data, buffers, i0, m)
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


def whole(address, x, out, only, like):
    """Value and gradient of a function that is one sum of elements of runs, in one pass over its argument.

    The status is UNFIT, and nothing is done, where the two arrays are the same memory, or some of it.

    Args:
        x: address of the argument's numbers.
        out: address of the gradient's.
        only: not 0 where the value is not asked for.
    """
    ctl = i8_pointer(address)
    size = ctl[C_INPUTS] * real_size(like)
    ctl[C_STATUS] = UNFIT if x < out + size and out < x + size else DONE
    if ctl[C_STATUS] != DONE:
        return
    row = at(i8_pointer(ctl[C_LOOPS]), HEAD)
    data, kernel = i8_pointer(row[DATA]), row[SLOPES] if only else row[WHOLE]
    v, buffers = real_pointer(ctl[C_VALUE], like), at(real_pointer(ctl[C_SCRATCH], like), SCRATCH)
    given, g = at(real_pointer(x, like), -ctl[C_INPUT]), at(real_pointer(out, like), -ctl[C_INPUT])
    n, stack, depth = data[E_SIZE], real_stack(ctl, v), 0
    found, zeroed = real_pointer(out, like), 0
    for i0 in range(0, n, CHUNK):
        m = min(CHUNK, n - i0)
        if row[REACH] >= 0:  # what the chunk adds to, while it is on its way into the cache
            zeroed = cleared(found, zeroed, min(i0 + m + row[REACH], ctl[C_INPUTS]))
        call_chunk(kernel, v, given, g, data, buffers, i0, m)
        if not only:
            depth = sums.push(stack, depth, i0 // CHUNK + 1, total(buffers, m))
        post_all(ctl, data, g, buffers, i0, m)
    if row[REACH] >= 0:
        cleared(found, zeroed, ctl[C_INPUTS])
    if not only:
        v[data[E_SUM]] = sums.combine(stack, depth)


@part
def chunk_of(ctl, row, kernel, given, g, v, buffers, c):
    """Chunk c of a function that is one sum, from numbers of its argument to those of its gradient; returns the sum of its elements."""
    data, i0 = i8_pointer(row[DATA]), c * CHUNK
    m = min(CHUNK, data[E_SIZE] - i0)
    call_chunk(kernel, v, given, g, data, buffers, i0, m)
    found = total(buffers, m)
    post_all(ctl, data, g, buffers, i0, m)
    return found


def piece(address, words_address, c, end, like):
    """Chunks c to end of `whole`, for one of several threads.

    What the last of them contributes to elements that belong to the next piece is left in `over`: how far they reach is at most a chunk.

    Args:
        words_address: addresses of the argument's numbers, of the gradient's, of the sums of chunks, of memory to work in, and of `over`; not 0 where
            the value is not asked for.
    """
    ctl, words = i8_pointer(address), i8_pointer(words_address)
    row = at(i8_pointer(ctl[C_LOOPS]), HEAD)
    kernel, v = row[SLOPES] if words[W_ONLY] else row[WHOLE], real_pointer(ctl[C_VALUE], like)
    given, out = real_pointer(words[W_GIVEN], like), real_pointer(words[W_OUT], like)
    sums_of, buffers, over = real_pointer(words[W_SUMS], np.float64(0.0)), real_pointer(words[W_ROOM], like), real_pointer(words[W_OVER], like)
    x, g, n, reach = at(given, -ctl[C_INPUT]), at(out, -ctl[C_INPUT]), i8_pointer(row[DATA])[E_SIZE], row[REACH]
    ends = end * CHUNK >= n
    zeroed, limit = c * CHUNK, ctl[C_INPUTS] if ends else end * CHUNK
    while c < end:
        i0, apart = c * CHUNK, reach > 0 and c == end - 1 and not ends
        if reach >= 0:
            zeroed = cleared(out, zeroed, min(i0 + CHUNK + reach, limit))
        if apart:
            for i in range(CHUNK + reach):
                over[i] = out[i0 + i] if i < CHUNK else 0.0
        found = chunk_of(ctl, row, kernel, x, at(over, -ctl[C_INPUT] - i0) if apart else g, v, buffers, c)
        if apart:
            for i in range(CHUNK):
                out[i0 + i] = over[i]
        if not words[W_ONLY]:
            sums_of[c] = found
        c += 1
    if reach >= 0:
        cleared(out, zeroed, limit)


def joined(address, words_address, length, end, like):
    """After all pieces, each of so many of the `end` chunks: what one leaves over to the next comes first there, and the sums of chunks are added up.

    Args:
        words_address: see `piece`; `over` is that of the first piece, after which those of the others stand.
    """
    ctl, words = i8_pointer(address), i8_pointer(words_address)
    row = at(i8_pointer(ctl[C_LOOPS]), HEAD)
    data, reach, v = i8_pointer(row[DATA]), row[REACH], real_pointer(ctl[C_VALUE], like)
    kernel = row[SLOPES] if words[W_ONLY] else row[WHOLE]
    given, out = real_pointer(words[W_GIVEN], like), real_pointer(words[W_OUT], like)
    buffers, over = real_pointer(words[W_ROOM], like), real_pointer(words[W_OVER], like)
    c = length
    while reach > 0 and c < end:
        i0 = c * CHUNK
        for i in range(CHUNK + reach):
            over[i] = over[CHUNK + i] if i < reach else 0.0
        chunk_of(ctl, row, kernel, at(given, -ctl[C_INPUT]), at(over, -ctl[C_INPUT] - i0), v, buffers, c)
        for i in range(reach):
            out[i0 + i] = over[i]
        c += length
        over = at(over, CHUNK + reach)
    if not words[W_ONLY]:
        stack, depth, sums_of = real_stack(ctl, v), 0, real_pointer(words[W_SUMS], np.float64(0.0))
        for i in range(end):
            depth = sums.push(stack, depth, i + 1, sums_of[i])
        v[data[E_SUM]] = sums.combine(stack, depth)


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
def onward_rows(ctl, table, count, address, k, end, s, like, plain, kernel):
    """Instructions k to end, of which the first loops of the table sweep some, so many of them: values, or tangents, as the interpreter's
    sweep and the loops' kernels in these fields find them."""
    tangents = kernel == TANGENT
    v, buffers = real_pointer(ctl[C_VALUE], like), at(real_pointer(ctl[C_SCRATCH], like), SCRATCH)
    x = real_pointer(ctl[C_TANGENT] if tangents else ctl[C_VALUE], like)
    for i in range(count):
        row = at(table, HEAD + i * FIELDS)
        if row[END] <= k:
            continue
        if k < row[FIRST]:
            call_step(table[plain], address, k, row[FIRST], s, like)
            if ctl[C_STATUS] != DONE:
                return
        if row[ENTERED] != 0:
            copied(i8_pointer(row[ENTERED]), x)
        if row[ELEMENTS]:
            onward_elements(ctl, row[kernel], i8_pointer(row[DATA]), v, x, buffers, tangents)
        else:
            call_loop(row[kernel], v, x, i8_pointer(row[DATA]), buffers)
        k, s = row[END], row[SLOT] + row[SLOTS]
    leave(ctl, DONE, k, s)
    if k < end:
        call_step(table[plain], address, k, end, s, like)


@part
def forward_rows(ctl, table, count, address, k, end, s, like):
    ctl[C_UNPACKED] = PACKED
    onward_rows(ctl, table, count, address, k, end, s, like, PLAIN_FORWARD, FORWARD)


def forward(address, k, end, s, like):
    """Values of instructions k to end: of loops, those that something reads."""
    ctl = i8_pointer(address)
    table = i8_pointer(ctl[C_LOOPS])
    arg0, arg1 = own_arguments(ctl, table)
    forward_rows(ctl, table, table[NUMBER], address, k, end, s, like)
    arguments(ctl, arg0, arg1)


def tangent(address, k, end, s, like):
    """Tangents of instructions k to end, after the forward sweep of this file: of loops, those that something reads."""
    ctl = i8_pointer(address)
    table = i8_pointer(ctl[C_LOOPS])
    arg0, arg1 = own_arguments(ctl, table)
    onward_rows(ctl, table, table[NUMBER], address, k, end, s, like, PLAIN_TANGENT, TANGENT)
    arguments(ctl, arg0, arg1)


@part
def reverse_rows(ctl, table, address, k, end, s, like):
    """The same by loops; returns instruction and slot at which the interpreter is to go on, if it is."""
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    buffers = at(real_pointer(ctl[C_SCRATCH], like), SCRATCH)
    for i in range(table[NUMBER] - 1, -1, -1):
        row = at(table, HEAD + i * FIELDS)
        if row[FIRST] >= k:
            continue
        if k > row[END]:
            call_step(table[PLAIN_REVERSE], address, k, row[END], s, like)
            if ctl[C_STATUS] != DONE:
                return k, s
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
            left = call_loop(row[REVERSE], v, g, data, buffers) * ((row[END] - row[FIRST]) // data[D_TURNS])
            if row[ENTERED] != 0:
                moved(i8_pointer(row[ENTERED]), g, True)
        k, s = row[FIRST], row[SLOT]
        if left > 0 and (table[STRETCHES] > 0 or ctl[C_UNPACKED] == UNKNOWN):
            moved_back(table, g, i)
            unpack(table, v, g, s + left)
            ctl[C_UNPACKED] = UNPACKING
            return k + left, s + left
        if left > 0:  # from values of the whole loop, of which the kernel stored some
            call_step(table[PLAIN_FORWARD], address, k, k + left, s, like)
            if ctl[C_STATUS] == DONE:
                call_step(table[PLAIN_REVERSE], address, k + left, k, s + left, like)
            if ctl[C_STATUS] != DONE:
                ctl[C_AT], ctl[C_AT_SLOT] = k + left, s + left
                return k, s
    leave(ctl, DONE, k, s)
    if k > end:
        call_step(table[PLAIN_REVERSE], address, k, end, s, like)
    return k, s


def reverse(address, k, end, s, like):
    """Adjoints of instructions k - 1 down to end, whose slots end at s. What a kernel leaves over is swept by the interpreter."""
    ctl = i8_pointer(address)
    table = i8_pointer(ctl[C_LOOPS])
    arg0, arg1 = own_arguments(ctl, table)
    if ctl[C_UNPACKED] == PACKED or ctl[C_UNPACKED] == UNKNOWN:
        k, s = reverse_rows(ctl, table, address, k, end, s, like)
    arguments(ctl, arg0, arg1)
    if ctl[C_UNPACKED] == UNPACKING or ctl[C_UNPACKED] == UNPACKED:
        go_on(ctl, table, address, k, s, end, like)


@part
def ending_rows(ctl, table, address, only, s, like):
    """The same by loops; returns instruction and slot at which the interpreter is to go on, if it is."""
    last = table[NUMBER] - 1
    row = at(table, HEAD + last * FIELDS)
    k = row[FIRST]
    forward_rows(ctl, table, last, address, np.int64(0), k, np.int64(0), like)
    if ctl[C_STATUS] != DONE:
        return k, s
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    g[ctl[C_SEED]] = 1.0
    more = ctl[C_COUNT] > row[END]
    if more:
        call_step(table[PLAIN_REVERSE], address, ctl[C_COUNT], row[END], s, like)
        if ctl[C_STATUS] != DONE:
            return k, s
    data, kernel = i8_pointer(row[DATA]), row[SLOPES] if only else row[WHOLE]
    buffers = at(real_pointer(ctl[C_SCRATCH], like), SCRATCH)
    n, stack, depth = data[E_SIZE], real_stack(ctl, v), 0
    for i0 in range(0, n, CHUNK):
        m = min(CHUNK, n - i0)
        fetch_all(ctl, data, v, buffers, i0, m, data[E_AGAIN] if only else data[E_FETCHED])
        call_chunk(kernel, v, v, g, data, buffers, i0, m)
        if not only:
            depth = sums.push(stack, depth, i0 // CHUNK + 1, total(buffers, m))
        post_all(ctl, data, g, buffers, i0, m)
    g[data[E_SUM]] = 0.0
    if not only:
        v[data[E_SUM]] = sums.combine(stack, depth)
        if more:
            call_step(table[PLAIN_FORWARD], address, row[END], ctl[C_COUNT], row[SLOT] + row[SLOTS], like)
            if ctl[C_STATUS] != DONE:
                return k, s
    return reverse_rows(ctl, table, address, k, np.int64(0), row[SLOT], like)


def ending(address, only, end, s, like):
    """Value and adjoints of a recording whose last loop is all that the result depends on, in one pass through that loop.

    What comes after it makes the result of its sum, with partial derivatives that are constants.

    Args:
        only: not 0 where the value is not asked for.
        end: 0.
        s: how many slots there are.
    """
    ctl = i8_pointer(address)
    table = i8_pointer(ctl[C_LOOPS])
    arg0, arg1 = own_arguments(ctl, table)
    k, s = ending_rows(ctl, table, address, only, s, like)
    arguments(ctl, arg0, arg1)
    if ctl[C_UNPACKED] == UNPACKING:
        go_on(ctl, table, address, k, s, np.int64(0), like)
