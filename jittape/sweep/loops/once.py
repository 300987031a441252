"""Sweeps forward and back at once, of recordings that allow of it.

What ends with a sum of runs goes through the chunks of that loop in one pass, with nothing stored on the way; where such a sum is all, from the caller's
argument to the caller's gradient, in pieces if several threads do it. Scalar loops that are all that reads the argument find it where the caller has it,
and leave the gradient there, so that neither is copied.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, call_chunk, call_step, i8_pointer, real_pointer, real_size
from jittape.ops.layout import (
    C_ADJOINT,
    C_COUNT,
    C_INPUT,
    C_INPUTS,
    C_LOOPS,
    C_SCRATCH,
    C_SEED,
    C_SLOTS,
    C_STATUS,
    C_UNPACKED,
    C_VALUE,
    CHUNK,
    DONE,
    ONLY,
    SCRATCH,
    UNFIT,
    UNKNOWN,
    UNPACKING,
    UNSWEPT,
)
from jittape.sweep.loops.driver import (
    DATA,
    END,
    FIELDS,
    FIRST,
    HEAD,
    NUMBER,
    OWN,
    PLAIN_FORWARD,
    PLAIN_REVERSE,
    REACH,
    READ,
    READS,
    SLOPES,
    SLOT,
    SLOTS,
    WHOLE,
    arguments,
    cleared,
    fetch_all,
    forward_rows,
    go_on,
    own_arguments,
    post_all,
    real_stack,
    reverse_rows,
)
from jittape.sweep.loops.elements import E_AGAIN, E_FETCHED, E_SIZE, E_SUM
from jittape.sweep.point import sums
from jittape.sweep.point.operands import total

W_GIVEN, W_OUT, W_SUMS, W_ROOM, W_OVER, W_ONLY = range(6)
"""What a piece of a function that is one sum is told, see `piece`."""


@part
def are_apart(ctl, x, out, like):
    """Whether argument and gradient at these addresses share no memory; the status says so, too."""
    size = ctl[C_INPUTS] * real_size(like)
    ctl[C_STATUS] = UNFIT if x < out + size and out < x + size else DONE
    return ctl[C_STATUS] == DONE


def direct(address, x, out, how, like):
    """Value and gradient of a path of loops that have the argument, and its gradient, where the caller has them.

    The status is UNFIT, and nothing is done, where the two arrays are the same memory, or some of it.

    Args:
        x: address of the argument's numbers.
        out: address of the gradient's.
        how: ONLY where the value is not asked for, and UNSWEPT where adjoints are found without a forward sweep.
    """
    ctl = i8_pointer(address)
    if not are_apart(ctl, x, out, like):
        return
    table, first, end = i8_pointer(ctl[C_LOOPS]), ctl[C_INPUT], ctl[C_INPUT] + ctl[C_INPUTS]
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    given, found = at(real_pointer(x, like), -first), at(real_pointer(out, like), -first)
    arg0, arg1 = own_arguments(ctl, table)
    ctl[C_UNPACKED], slots = UNKNOWN, i8_pointer(table[READS])
    for i in range(table[READ]):
        v[slots[i]] = given[slots[i]]
    if how & UNSWEPT == 0:
        forward_rows(ctl, table, table[NUMBER], address, np.int64(0), ctl[C_COUNT], np.int64(0), like, given)
    k, s, zeroed = ctl[C_COUNT], ctl[C_SLOTS], end
    if ctl[C_STATUS] == DONE:
        g[ctl[C_SEED]] = 1.0
        k, s, zeroed = reverse_rows(ctl, table, address, k, np.int64(0), s, like, given, found, zeroed)
    arguments(ctl, arg0, arg1)
    if ctl[C_UNPACKED] == UNPACKING:
        go_on(ctl, table, address, k, s, np.int64(0), like)
    if ctl[C_STATUS] != DONE:
        return
    if zeroed != OWN:
        cleared(found, first, zeroed)
        return
    for i in range(first, end):
        found[i], g[i] = g[i], 0.0


def whole(address, x, out, how, like):
    """Value and gradient of a function that is one sum of elements of runs, in one pass over its argument.

    The status is UNFIT, and nothing is done, where the two arrays are the same memory, or some of it.

    Args:
        x: address of the argument's numbers.
        out: address of the gradient's.
        how: ONLY where the value is not asked for.
    """
    ctl, only = i8_pointer(address), how & ONLY
    if not are_apart(ctl, x, out, like):
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
def ending_rows(ctl, table, address, only, s, like):
    """The same by loops; returns instruction and slot at which the interpreter is to go on, if it is."""
    last = table[NUMBER] - 1
    row = at(table, HEAD + last * FIELDS)
    k = row[FIRST]
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    forward_rows(ctl, table, last, address, np.int64(0), k, np.int64(0), like, v)
    if ctl[C_STATUS] != DONE:
        return k, s
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
    k, s, _ = reverse_rows(ctl, table, address, k, np.int64(0), row[SLOT], like, v, g, np.int64(OWN))
    return k, s


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
