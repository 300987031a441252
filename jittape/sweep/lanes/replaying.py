"""Many points of a recorded function, asked for by native code: swept in lanes on the paths that their guards allow, in the caller's thread.

A handle is an array of int64: what is below, and then for each path the address of its counter. A call takes a context, memory of its own, which it
finds idle in the handle's table and puts back (sweep/point/idle.py): buffers for a chunk of points, and for each path the block of a
workspace of lanes. Functions of Python make contexts and workspaces, and do what no path here does; see replay/batch_handles.py, which owns
all this.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import call_four, i4_pointer, i8_pointer, real_pointer, real_size
from jittape.ops.layout import DONE
from jittape.sweep.lanes.driver import (
    D_ALONG,
    D_FAILED,
    D_G,
    D_G_ALONG,
    D_INPUTS,
    D_PAST,
    D_PHASE,
    D_ROW,
    D_STOP,
    D_WHOLE,
    D_X,
    D_Y,
    LOAD,
    batch,
    whole_blocks,
)
from jittape.sweep.lanes.memory import moved
from jittape.sweep.point.idle import given_back, taken

(
    B_MAKE,  # of functions of Python: make(handle, 0) gives a context, make(handle, context, path) the block of a workspace in it; 0 where that fails
    B_DROP,  # drop(handle, 0, context)
    B_PYTHON,  # python(handle, context): see K_ROWS; returns the status
    B_TABLE,  # address of the table of idle contexts
    B_FAILED,  # the status where there is no memory
    B_CHUNK,  # how many points are swept together at most
    B_INPUTS,  # numbers of a point
    B_PAST,  # bytes of gradients from which on they are written past the caches
    B_FIRST,  # the path that took most points the last time, which is tried first
    B_PATHS,  # how many paths there are
    B_COUNTERS,  # from here on for each path the address of its counter
) = range(11)
(
    K_X,  # buffers for points that have left the path of the others: arguments
    K_G,  # gradients
    K_Y,  # values
    K_PLACES,  # int64: where these points stand in the chunk
    K_FAILED,  # int32 a point: as D_FAILED
    K_GIVEN,  # of what Python is asked to do: the addresses of arguments, in rows,
    K_OUT,  # gradients
    K_VALUES,  # and values (or 0), and
    K_ROWS,  # how many points there are
    K_BLOCKS,  # from here on for each path the address of a block of the driver, or 0
) = range(10)

sweep = part(batch)


@part
def row_between(source, from_along, target, to_along, inputs, like):
    """Move the numbers of a point; `along` as D_ALONG says where those of points are side by side."""
    if from_along == 0 and to_along == 0:
        moved(source, target, inputs * real_size(like), like, 0)
        return
    x, y, a, b = real_pointer(source, like), real_pointer(target, like), max(from_along, 1), max(to_along, 1)
    for i in range(inputs):
        y[i * b] = x[i * a]


@part
def collected(places, count, x, along, to, inputs, like):
    """The arguments of some points of a chunk, one after the other."""
    where, size = i8_pointer(places), real_size(like)
    each = size if along != 0 else inputs * size
    for i in range(count):
        row_between(x + where[i] * each, along, to + i * inputs * size, np.int64(0), inputs, like)


@part
def spread(g, i, out, along, place, inputs, like):
    """The gradient of point i of a buffer, to its place in the chunk."""
    size = real_size(like)
    each = size if along != 0 else inputs * size
    row_between(g + i * inputs * size, np.int64(0), out + place * each, along, inputs, like)


@part
def swept(block, x, along, out, out_along, values, failed, count, past, like):
    """Points through a path; returns False where that is left to Python."""
    c, status = i8_pointer(block), i4_pointer(failed)
    for i in range(count):
        status[i] = -1
    c[D_X], c[D_G], c[D_Y], c[D_FAILED] = x, out, values, failed
    c[D_ROW], c[D_STOP], c[D_PHASE] = 0, count, LOAD
    c[D_ALONG], c[D_G_ALONG], c[D_PAST] = along, out_along, past if out_along == 0 else np.int64(0)
    if c[D_WHOLE] != 0 and along != 0 and out_along != 0 and c[D_INPUTS] > 0:
        c[D_ROW] = whole_blocks(block, count, like)
    return c[D_ROW] == count or sweep(block, like) == 0


@part
def chunk(handle, context, x, along, out, out_along, values, count, past, like):
    """Values and gradients of at most B_CHUNK points; returns the status."""
    h, c = i8_pointer(handle), i8_pointer(context)
    inputs, none = h[B_INPUTS], np.int64(0)
    places, failed = i8_pointer(c[K_PLACES]), i4_pointer(c[K_FAILED])
    some = c[K_Y] if values != 0 else none
    paths, first = h[B_PATHS], h[B_FIRST]
    whole, left, best, most = True, count, first, none
    for turn in range(paths):
        p = first if turn == 0 else turn - 1 if turn <= first else turn
        if c[K_BLOCKS + p] == 0:
            c[K_BLOCKS + p] = call_four(h[B_MAKE], handle, context, p, 0)
            if c[K_BLOCKS + p] == 0:
                continue
        if whole:
            done = swept(c[K_BLOCKS + p], x, along, out, out_along, values, c[K_FAILED], left, past, like)
        else:
            collected(c[K_PLACES], left, x, along, c[K_X], inputs, like)
            done = swept(c[K_BLOCKS + p], c[K_X], none, c[K_G], none, some, c[K_FAILED], left, none, like)
        if not done:
            continue
        rest = none
        for i in range(left):
            rest += failed[i] != -1
        if whole and rest == 0:
            i8_pointer(h[B_COUNTERS + p])[0] += left
            if p != first:
                h[B_FIRST] = p
            return np.int64(DONE)
        rest = none
        for i in range(left):
            place = np.int64(i) if whole else places[i]
            if failed[i] != -1:
                places[rest] = place
                rest += 1
            elif not whole:
                spread(c[K_G], i, out, out_along, place, inputs, like)
                if values != 0:
                    real_pointer(values, like)[place] = real_pointer(some, like)[i]
        i8_pointer(h[B_COUNTERS + p])[0] += left - rest
        if left - rest > most:
            best, most = p, left - rest
        left, whole = rest, False
        if left == 0:
            break
    if best != first:
        h[B_FIRST] = best
    if left == 0:
        return np.int64(DONE)
    if whole:
        for i in range(left):
            places[i] = i
    collected(c[K_PLACES], left, x, along, c[K_X], inputs, like)
    c[K_GIVEN], c[K_OUT], c[K_VALUES], c[K_ROWS] = c[K_X], c[K_G], some, left
    status = call_four(h[B_PYTHON], handle, context, 0, 0)
    if status == DONE:
        for i in range(left):
            spread(c[K_G], i, out, out_along, places[i], inputs, like)
            if values != 0:
                real_pointer(values, like)[places[i]] = real_pointer(some, like)[i]
    return status


def replayed(handle, x, along, out, out_along, values, count, like):
    """Values and gradients of a recorded function at many points; returns DONE, or what Python gives where it fails.

    Args:
        x: address of the arguments' numbers, point after point (`along` is 0) or input after input, `along` numbers apart.
        out: of the gradients', which share no memory with these; `out_along` is as `along`.
        values: of the values', or 0 where only gradients are asked for.
        count: how many points there are.
    """
    h = i8_pointer(handle)
    context = taken(h[B_TABLE])
    if context == 0:
        context = call_four(h[B_MAKE], handle, 0, 0, 0)
        if context == 0:
            return h[B_FAILED]
    number, status, step = real_size(like), np.int64(DONE), h[B_CHUNK]
    size = h[B_INPUTS] * number
    past = np.int64(count * size > h[B_PAST] and out % number == 0)
    each, out_each = (number if along != 0 else size), (number if out_along != 0 else size)
    for start in range(0, count, step):
        y = values + start * number if values != 0 else np.int64(0)
        status = chunk(handle, context, x + start * each, along, out + start * out_each, out_along, y, min(step, count - start), past, like)
        if status != DONE:
            break
    if not given_back(h[B_TABLE], context):
        call_four(h[B_DROP], handle, 0, context, 0)
    return status
