"""Sums of rows across the lanes. Every element of a row is named by its place, so that every reference of a tape is the same here."""

from numba import njit

from jittape.compiler.pointers import at
from jittape.sweep.lanes.fields import ADD, INTERLEAVED, L_RESULT, LEAF, PLAIN
from jittape.sweep.lanes.memory import add, load, number, parts, store
from jittape.sweep.lanes.rows import fields


@njit
def leaf_sum(v, places, line, part, n, interleaved):
    """The sum of n elements: in eight interleaved sums (as `operands.total` takes it), or one by one."""
    zero = number(v, 0)
    rest = zero
    if not interleaved:
        for i in range(n):
            rest = add(rest, load(v, places[i] + line, part))
        return rest
    a = b = c = d = e = f = g = h = zero
    full = n - n % 8
    for i in range(0, full, 8):
        a = add(a, load(v, places[i] + line, part))
        b = add(b, load(v, places[i + 1] + line, part))
        c = add(c, load(v, places[i + 2] + line, part))
        d = add(d, load(v, places[i + 3] + line, part))
        e = add(e, load(v, places[i + 4] + line, part))
        f = add(f, load(v, places[i + 5] + line, part))
        g = add(g, load(v, places[i + 6] + line, part))
        h = add(h, load(v, places[i + 7] + line, part))
    for i in range(full, n):
        rest = add(rest, load(v, places[i] + line, part))
    return add(add(add(add(a, b), add(c, d)), add(add(e, f), add(g, h))), rest)


def forward(v, record):
    places, _, r, rows, mode, lines = fields(v, record)
    for j in range(rows):
        row = at(places, j * r)
        z = record[L_RESULT] + j * lines
        for line in range(lines):
            for part in range(parts()):
                total = leaf_sum(v, row, line, part, r if mode == PLAIN else min(r, LEAF), mode == INTERLEAVED)
                if mode != PLAIN:
                    for i in range(LEAF, r, LEAF):
                        total = add(total, leaf_sum(v, at(row, i), line, part, min(LEAF, r - i), mode == INTERLEAVED))
                store(v, z + line, part, total)


def reverse(v, record):
    places, _, r, rows, mode, lines = fields(v, record)
    for j in range(rows):
        row = at(places, j * r)
        for line in range(lines):
            for part in range(parts()):
                a = load(v, record[L_RESULT] + j * lines + line, part)
                for i in range(r):
                    place = row[i] + line
                    store(v, place, part, add(load(v, place, part), a) if mode & ADD else a)
