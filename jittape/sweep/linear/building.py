"""From the terms of a recording's derivative to a linear program for some seeds: a list of rows for sweep/linear/rows.py.

A label is a number that is known by earlier ones: t[r] = sum of factor * t[source] over its terms. Labels without terms are the seeds. What no seed reaches, or
no result needs, is left out; a label that is another one, or its negative, is called by that one's name; and one that is read once, by a sum, is added up
there, in the order in which it would have been: no number differs by that.

A factor is a place in the list of factors; those from `minus` on are the negatives of those before it.
"""

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer, i8_pointer, u1_pointer

ONE, MINUS_ONE = 0, 1
"""Places of the factors 1 and -1 among the factors; those after them are read at each point."""
LEFT, ALIAS, KEPT, JOINED = range(4)
"""What became of a label: it is left out or a seed, it is another one, it has a row, or stands in the row of what reads it."""
JOINS = 16
"""Terms up to which a row is copied into that of what reads it."""
STATE, NEEDED, USES, OTHER, SIGN, FIRST, COUNT, LAST, PLACE = range(9)
FIELDS = 9
"""int32 of a label: what became of it, whether seeds reach it and results need it, how often it is read, which one it is and whether its negative, where its terms
stand and how many there are, the row that reads it last, and its place in memory."""
(
    B_LABELS,  # how many there are
    B_FIRST,  # addresses: int64, where the terms of each label begin, and of their end
    B_SOURCE,  # int32, label and factor of each term
    B_FACTOR,
    B_SEEDED,  # a byte a label: whether it is a seed, and whether its value is asked for
    B_WANTED,
    B_MINUS,  # from which place on factors are negatives
    B_OF,  # address of zeros, FIELDS a label
    B_ROOM,  # how many terms there is room for, and where they stand: label and factor side by side
    B_TERMS,
    B_FREE,  # int32 a label: the stack of places that are free
    B_OUT,  # where the rows go: two int32 for each label and for each term that there is room for
    B_UNIT,  # not 0 where the seeds are unit vectors, one a lane, in the order of their labels
    B_LENGTH,  # found: int32 written, and places of memory
    B_PLACES,
) = range(15)
BLOCK = 15
SEEN = -1
"""In place of the number of terms, for a row of all the seeds, unit vectors, whose factors follow each other: it is these factors."""


@part
def negative(factor, minus):
    """The place of the negative of a factor."""
    if factor < 2:
        return 1 - factor
    return factor - minus if factor >= minus else factor + minus


@part
def reach(labels, first, source, seeded, wanted, of):
    """Note which labels seeds reach and results need, and how often each is read."""
    for r in range(labels):
        there = seeded[r] != 0
        j = first[r]
        while j < first[r + 1] and not there:
            there = of[FIELDS * source[j] + NEEDED] != 0
            j += 1
        of[FIELDS * r + NEEDED] = there
    for r in range(labels - 1, -1, -1):
        own = at(of, FIELDS * r)
        if own[NEEDED] == 0:
            continue
        if wanted[r]:
            own[USES] += 2  # it has a place of its own
        if own[USES] == 0:
            own[NEEDED] = 0
            continue
        for j in range(first[r], first[r + 1]):
            if of[FIELDS * source[j] + NEEDED]:
                of[FIELDS * source[j] + USES] += 1


@part
def combine(labels, first, source, factor, wanted, of, room, terms, minus):
    """The terms of the rows that are left; returns how many there are, or -1 where there is no room."""
    fill = 0
    for r in range(labels):
        own = at(of, FIELDS * r)
        if own[NEEDED] == 0 or first[r] == first[r + 1]:
            continue
        start = fill
        for j in range(first[r], first[r + 1]):
            label, f = source[j], factor[j]
            read = at(of, FIELDS * label)
            if read[NEEDED] == 0:
                continue
            if read[STATE] == ALIAS:
                if read[SIGN]:
                    f = negative(f, minus)
                label = read[OTHER]
                read = at(of, FIELDS * label)
            n = read[COUNT]
            if fill + n >= room:
                return -1
            if f < 2 and read[STATE] == KEPT and read[USES] == 1 and (n == 1 or (fill == start and n <= JOINS)):
                for i in range(read[FIRST], read[FIRST] + n):
                    terms[2 * fill] = terms[2 * i]
                    terms[2 * fill + 1] = terms[2 * i + 1] if f == ONE else negative(terms[2 * i + 1], minus)
                    fill += 1
                read[STATE] = JOINED
            else:
                terms[2 * fill], terms[2 * fill + 1] = label, f
                fill += 1
        f = terms[2 * start + 1]
        if fill == start + 1 and (f == ONE or (f == MINUS_ONE and wanted[r] == 0)):
            fill = start
            own[STATE], own[OTHER], own[SIGN] = ALIAS, terms[2 * start], f
            of[FIELDS * terms[2 * start] + USES] += own[USES] - 1
        else:
            own[STATE], own[FIRST], own[COUNT] = KEPT, start, fill - start
    return fill


@part
def read_last(labels, wanted, of, terms):
    """Note which row reads each label last: what is wanted is read after all."""
    for r in range(labels):
        own = at(of, FIELDS * r)
        if wanted[r] and own[NEEDED]:
            of[FIELDS * (own[OTHER] if own[STATE] == ALIAS else r) + LAST] = labels
    for r in range(labels - 1, -1, -1):
        own = at(of, FIELDS * r)
        if own[STATE] == KEPT:
            for j in range(own[FIRST], own[FIRST] + own[COUNT]):
                read = at(of, FIELDS * terms[2 * j])
                if read[LAST] == 0:
                    read[LAST] = r


@part
def is_seen(terms, n, seeds, of, seeded):
    """Whether terms are all the seeds in their order, and their factors follow each other."""
    if n != seeds:
        return False
    for j in range(n):
        label, f = terms[2 * j], terms[2 * j + 1]
        if seeded[label] == 0 or of[FIELDS * label + PLACE] != j + 1 or f != terms[1] + j:
            return False
    return True


@part
def emit(block, labels, seeded, of, terms, free, out):
    """Write the rows: how many terms, the place of the result, and place and factor of each term. Returns how many of them there are."""
    places, depth, fill, count, unit = 1, 0, 0, 0, block[B_UNIT]  # place 0 holds zeros
    for r in range(labels):
        if seeded[r]:
            of[FIELDS * r + PLACE] = places
            places += 1
    seeds = places - 1
    for r in range(labels):
        own = at(of, FIELDS * r)
        if own[STATE] != KEPT:
            continue
        n, row, next_ = own[COUNT], at(out, fill), at(terms, 2 * own[FIRST])
        seen = unit != 0 and is_seen(next_, n, seeds, of, seeded)
        if seen:
            row[2], row[3] = 0, next_[1]
        for j in range(0 if seen else n):
            row[2 * j + 2], row[2 * j + 3] = of[FIELDS * next_[2 * j] + PLACE], next_[2 * j + 1]
        for j in range(n):
            read = at(of, FIELDS * next_[2 * j])
            if read[LAST] == r:
                read[LAST] = -1
                free[depth] = read[PLACE]
                depth += 1
        if depth > 0:
            depth -= 1
            own[PLACE] = free[depth]
        else:
            own[PLACE] = places
            places += 1
        row[0], row[1] = SEEN if seen else n, own[PLACE]
        fill += 4 if seen else 2 * n + 2
        count += n
    for r in range(labels):
        own = at(of, FIELDS * r)
        if own[STATE] == ALIAS:
            own[PLACE] = of[FIELDS * own[OTHER] + PLACE]
    block[B_LENGTH], block[B_PLACES] = fill, places
    return count


def build(address):
    """A linear program.

    Args:
        address: of a block, see above. Afterwards the labels have places: a label that is wanted has that of its value, 0 where this is zero.

    Returns:
        How many terms there are, or -1 where there was no room.
    """
    block = i8_pointer(address)
    labels, minus = block[B_LABELS], block[B_MINUS]
    first, source, factor = i8_pointer(block[B_FIRST]), i4_pointer(block[B_SOURCE]), i4_pointer(block[B_FACTOR])
    seeded, wanted = u1_pointer(block[B_SEEDED]), u1_pointer(block[B_WANTED])
    of, terms = i4_pointer(block[B_OF]), i4_pointer(block[B_TERMS])
    reach(labels, first, source, seeded, wanted, of)
    if combine(labels, first, source, factor, wanted, of, block[B_ROOM], terms, minus) < 0:
        return -1
    read_last(labels, wanted, of, terms)
    return emit(block, labels, seeded, of, terms, i4_pointer(block[B_FREE]), i4_pointer(block[B_OUT]))
