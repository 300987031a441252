"""The entries of a Hessian, collected from the coefficients that a sweep left in the values, and products with vectors.

A description is an array of int64: the sizes and addresses below. An entry is the value of one slot, and further
coefficients at the same place are added to it.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer, i8_pointer, real_pointer
from jittape.ops.layout import CHUNK, KIND, REF, RUN_REF
from jittape.ops.native_math import product
from jittape.sweep.point.operands import fetch, scatter

(
    E_NDIM,  # of the result: number of axes, address of its shape, and how many numbers it holds
    E_SHAPE,
    E_LENGTH,
    E_COUNT,  # number of entries, address of their slots, and of their places in the result; no places where it holds just them
    E_SOURCE,
    E_PLACE,
    E_EXTRA,  # the same of further coefficients
    E_EXTRA_SOURCE,
    E_EXTRA_PLACE,
    E_PIECES,  # where slots and places move by equal steps, number and address of pieces of the entries
    E_PIECES_AT,
    E_EXTRA_PIECES,  # and of further coefficients
    E_EXTRA_PIECES_AT,
) = range(13)
ENTRIES = 13
G_SLOT, G_SLOT_STEP, G_PLACE, G_PLACE_STEP, G_SIZE = range(5)
PIECE = 5
"""Of such a piece: its first slot and the step, its first place and the step, and how many there are."""
P_META, P_INDEX, P_COUNT = range(3)
"""Of the terms for products: addresses of their records and of the gather lists, and their number."""
TERM = 3 * REF + 2
"""int32 of a term: the references of a, b and c, the number of its elements, and whether a and b are the same."""


@part
def copy_piece(v, result, piece):
    x, to, step, by = at(v, piece[G_SLOT]), at(result, piece[G_PLACE]), piece[G_SLOT_STEP], piece[G_PLACE_STEP]
    for i in range(piece[G_SIZE]):
        to[i * by] = x[i * step]


@part
def add_piece(v, result, piece):
    x, to, step, by = at(v, piece[G_SLOT]), at(result, piece[G_PLACE]), piece[G_SLOT_STEP], piece[G_PLACE_STEP]
    for i in range(piece[G_SIZE]):
        to[i * by] += x[i * step]


@part
def collect(value, description, out, like):
    """Write entries to memory; all three are addresses."""
    d, v, result = i8_pointer(description), real_pointer(value, like), real_pointer(out, like)
    source, place = i4_pointer(d[E_SOURCE]), i8_pointer(d[E_PLACE])
    if d[E_PLACE] != 0:
        for e in range(d[E_LENGTH]):
            result[e] = 0.0
    if d[E_PIECES] > 0:
        for p in range(d[E_PIECES]):
            copy_piece(v, result, at(i8_pointer(d[E_PIECES_AT]), p * PIECE))
    elif d[E_PLACE] == 0:
        for e in range(d[E_COUNT]):
            result[e] = v[np.int64(source[e])]
    else:
        for e in range(d[E_COUNT]):
            result[place[e]] = v[np.int64(source[e])]
    if d[E_EXTRA_PIECES] > 0:
        for p in range(d[E_EXTRA_PIECES]):
            add_piece(v, result, at(i8_pointer(d[E_EXTRA_PIECES_AT]), p * PIECE))
        return
    source, place = i4_pointer(d[E_EXTRA_SOURCE]), i8_pointer(d[E_EXTRA_PLACE])
    for e in range(d[E_EXTRA]):
        result[place[e]] += v[np.int64(source[e])]


def entries(value, description, out, like):
    """`collect`, for Python."""
    collect(value, description, out, like)


@part
def spread(meta, index, g, ref, i0, m, c, x):
    """Add c * x to m elements of an operand, nothing where either is zero."""
    if meta[ref] & KIND == RUN_REF:
        y = at(g, np.int64(meta[ref + 1]) + i0)
        for i in range(m):
            y[i] += product(c[i], x[i])
        return
    for i in range(m):
        x[i] = product(c[i], x[i])
    scatter(meta, index, g, ref, i0, m, x)


@part
def copied(x, m, room):
    """The same numbers in memory that may be written to."""
    for i in range(m):
        room[i] = x[i]
    return room


@part
def multiply(value, description, x, out, scratch_address, like):
    """Add the Hessian times a vector to `out`: for each term c[i] x[b[i]] at a[i], and c[i] x[a[i]] at b[i] if that is another place.

    Args:
        value: address of the values of the slots.
        description: address of P_META, P_INDEX, P_COUNT.
        x, out, scratch_address: addresses of the vector, the result, and of the sweep's scratch memory.
    """
    d = i8_pointer(description)
    meta_address, index_address, count = d[P_META], d[P_INDEX], d[P_COUNT]
    v, given, result = real_pointer(value, like), real_pointer(x, like), real_pointer(out, like)
    meta, index, scratch = i4_pointer(meta_address), i4_pointer(index_address), real_pointer(scratch_address, like)
    room, more = at(scratch, CHUNK), at(scratch, 2 * CHUNK)
    first = np.int64(0)
    while first < count:  # terms of one length together, chunk by chunk: x and the result stay in the first-level cache
        n = np.int64(meta[TERM * first + 3 * REF])
        last = first + 1
        while last < count and meta[TERM * last + 3 * REF] == n:
            last += 1
        for i0 in range(0, n, CHUNK):
            m = min(np.int64(CHUNK), n - i0)
            for t in range(first, last):
                a = np.int64(TERM) * t
                b, c = a + REF, a + 2 * REF
                k = fetch(meta, index, v, c, i0, m, scratch, scratch)
                y = fetch(meta, index, given, b, i0, m, room, scratch)
                if meta[a] & KIND != RUN_REF:
                    y = copied(y, m, more)
                spread(meta, index, result, a, i0, m, k, y)
                if not meta[a + 3 * REF + 1]:
                    y = fetch(meta, index, given, a, i0, m, room, scratch)
                    if meta[b] & KIND != RUN_REF:
                        y = copied(y, m, more)
                    spread(meta, index, result, b, i0, m, k, y)
        first = last


def products(value, description, x, out, scratch, like):
    """`multiply`, for Python."""
    multiply(value, description, x, out, scratch, like)
