"""From the terms of a recording's derivative to a linear program for some seeds: a list of rows for sweep/linear/rows.py.

A label is a number that is known by earlier ones: t[r] = sum of factor * t[source] over its terms. Labels without terms are the seeds. What no seed reaches, or
no result needs, is left out; a label that is another one, or its negative, is called by that one's name; and one that is read once, by a sum, is added up
there, in the order in which it would have been: no number differs by that.

A factor is a place in the list of factors; those from `minus` on are the negatives of those before it.
"""

import numpy as np

from jittape.compiler.jit import part

ONE, MINUS_ONE = 0, 1
"""Places of the factors 1 and -1 among the factors; those after them are read at each point."""
LEFT, ALIAS, KEPT, JOINED = range(4)
"""What became of a label: it is left out or a seed, it is another one, it has a row, or stands in the row of what reads it."""
JOINS = 16
"""Terms up to which a row is copied into that of what reads it."""
STATE, USES, OTHER, SIGN, FIRST, COUNT, LAST, PLACE = range(8)
FIELDS = 8
"""Of a label: what became of it, how often it is read, which one it is and whether its negative, where its terms stand and how many there are, the row
that reads it last, and its place in memory."""


@part
def negative(factor, minus):
    """The place of the negative of a factor."""
    if factor < 2:
        return 1 - factor
    return factor - minus if factor >= minus else factor + minus


@part
def reach(first, source, seeded, wanted, needed, of):
    """Note which labels seeds reach and results need, and how often each is read."""
    labels = len(seeded)
    for r in range(labels):
        there = seeded[r]
        j = first[r]
        while j < first[r + 1] and there == 0:
            there = needed[source[j]]
            j += 1
        needed[r] = there
    for r in range(labels - 1, -1, -1):
        if wanted[r] and needed[r]:
            of[r, USES] += 2  # it has a place of its own
        if of[r, USES] == 0:
            needed[r] = 0
            continue
        for j in range(first[r], first[r + 1]):
            if needed[source[j]]:
                of[source[j], USES] += 1


@part
def combine(first, source, factor, wanted, needed, of, terms, factors, minus):
    """The terms of the rows that are left."""
    fill = 0
    for r in range(len(needed)):
        if needed[r] == 0 or first[r] == first[r + 1]:
            continue
        start = fill
        for j in range(first[r], first[r + 1]):
            label, f = np.int64(source[j]), np.int64(factor[j])
            if needed[label] == 0:
                continue
            if of[label, STATE] == ALIAS:
                if of[label, SIGN]:
                    f = negative(f, minus)
                label = of[label, OTHER]
            n = of[label, COUNT]
            if f < 2 and of[label, STATE] == KEPT and of[label, USES] == 1 and (n == 1 or (fill == start and n <= JOINS)) and fill + n < len(terms):
                for i in range(of[label, FIRST], of[label, FIRST] + n):
                    terms[fill] = terms[i]
                    factors[fill] = factors[i] if f == ONE else negative(np.int64(factors[i]), minus)
                    fill += 1
                of[label, STATE] = JOINED
                continue
            if fill >= len(terms):
                return -1
            terms[fill], factors[fill] = label, f
            fill += 1
        if fill == start + 1 and (factors[start] == ONE or (factors[start] == MINUS_ONE and wanted[r] == 0)):
            fill = start
            of[r, STATE], of[r, OTHER], of[r, SIGN] = ALIAS, terms[start], factors[start]
            of[terms[start], USES] += of[r, USES] - 1
        else:
            of[r, STATE], of[r, FIRST], of[r, COUNT] = KEPT, start, fill - start
    return fill


@part
def resolved(of, label):
    """Which label this one is."""
    return of[label, OTHER] if of[label, STATE] == ALIAS else label


@part
def read_last(seeded, wanted, needed, of, terms):
    """Note which row reads each label last: what is wanted is read after all."""
    labels = len(needed)
    for r in range(labels):
        if wanted[r] and needed[r]:
            of[of[r, OTHER] if of[r, STATE] == ALIAS else r, LAST] = labels
    for r in range(labels - 1, -1, -1):
        if of[r, STATE] == KEPT:
            for j in range(of[r, FIRST], of[r, FIRST] + of[r, COUNT]):
                if of[terms[j], LAST] == 0:
                    of[terms[j], LAST] = r


@part
def emit(seeded, of, terms, factors, free, out):
    """Write the rows: how many terms, the place of the result, and place and factor of each term. Returns how many places there are."""
    labels = len(seeded)
    places, depth, at = 1, 0, 0  # place 0 holds zeros
    for r in range(labels):
        if seeded[r]:
            of[r, PLACE] = places
            places += 1
    for r in range(labels):
        if of[r, STATE] != KEPT:
            continue
        n, start = of[r, COUNT], of[r, FIRST]
        row = at
        at += 2
        for j in range(start, start + n):
            out[at], out[at + 1] = of[terms[j], PLACE], factors[j]
            at += 2
        for j in range(start, start + n):
            label = terms[j]
            if of[label, LAST] == r:
                of[label, LAST] = -1
                free[depth] = of[label, PLACE]
                depth += 1
        if depth > 0:
            depth -= 1
            place = np.int64(free[depth])
        else:
            place = np.int64(places)
            places += 1
        of[r, PLACE] = place
        out[row], out[row + 1] = n, place
    return places


def build(first, source, factor, seeded, wanted, minus, of, terms, factors, free, out, found):
    """A linear program.

    Args:
        first: int64 [labels + 1], where the terms of each label begin.
        source, factor: int32, label and factor of each term.
        seeded, wanted: a byte a label, whether it is a seed, and whether its value is asked for.
        minus: from which place on factors are negatives.
        of, terms, factors, free: int32 [labels, FIELDS] of zeros; [room for terms]; [room]; [labels].
        out: int32, twice as many as there are labels and room for terms.
        found: int64 [2]: numbers written, and places of memory. Afterwards of[r, PLACE] is where a label that is wanted stands, place 0 where that is zero.

    Returns:
        Terms, or -1 where there was no room.
    """
    needed = np.zeros(len(seeded), np.uint8)
    reach(first, source, seeded, wanted, needed, of)
    fill = combine(first, source, factor, wanted, needed, of, terms, factors, minus)
    if fill < 0:
        return fill
    read_last(seeded, wanted, needed, of, terms)
    found[1] = emit(seeded, of, terms, factors, free, out)
    rows = 0
    count = np.int64(0)
    for r in range(len(seeded)):
        if of[r, STATE] == KEPT:
            rows += 1
            count += of[r, COUNT]
        elif of[r, STATE] == ALIAS:
            of[r, PLACE] = 0
    found[0] = 2 * (rows + count)
    for r in range(len(seeded)):
        if of[r, STATE] == ALIAS:
            of[r, PLACE] = of[of[r, OTHER], PLACE]
    return count
