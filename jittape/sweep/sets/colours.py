"""Colouring of graphs, natively: orderings, star colouring, distance-2 colouring, and where each entry is read.

A graph is a pair (indptr, indices) of int32 arrays as in compressed sparse rows, symmetric and without a diagonal. A
colour of -1 means "none yet". Every array is made by the caller; see jittape/sparse/graphs.py.
"""

import numpy as np

from jittape.compiler.jit import part


def reduced(indptr, indices, kept, new_indptr, new_indices):
    """The graph of the vertices that are kept, without its diagonal; returns its number of entries."""
    k = 0
    for v in range(kept.size):
        new_indptr[v] = k
        if kept[v]:
            for i in range(indptr[v], indptr[v + 1]):
                w = indices[i]
                if w != v and kept[w]:
                    new_indices[k] = w
                    k += 1
    new_indptr[kept.size] = k
    return k


def edges(indptr, indices, place, edge):
    """Number the edges: both entries of an edge get the number of the edge. `place` is room for one number a vertex."""
    n = place.size
    for v in range(n):
        place[v] = indptr[v]
    count = 0
    for v in range(n):
        for i in range(indptr[v], indptr[v + 1]):
            w = indices[i]
            if w > v:
                edge[i] = count
                edge[place[w]] = count  # the smaller neighbours of w come in ascending order
                place[w] += 1
                count += 1
    return count


# --- orderings ----------------------------------------------------------------------------------------------------------


def largest_first(indptr, order, start):
    """Vertices by falling degree, equal ones as they stand. `start` is room for n + 1 numbers, zero."""
    n = order.size
    for v in range(n):
        start[n - 1 - (indptr[v + 1] - indptr[v]) + 1] += 1
    for d in range(n):
        start[d + 1] += start[d]
    for v in range(n):
        d = n - 1 - (indptr[v + 1] - indptr[v])
        order[start[d]] = v
        start[d] += 1
    return 0


@part
def take_out(v, key, head, after, before):
    if before[v] >= 0:
        after[before[v]] = after[v]
    else:
        head[key[v]] = after[v]
    if after[v] >= 0:
        before[after[v]] = before[v]


@part
def put_in(v, key, head, after, before):
    first = head[key[v]]
    after[v], before[v] = first, -1
    if first >= 0:
        before[first] = v
    head[key[v]] = v


def dynamic(indptr, indices, order, key, head, after, before, smallest):
    """Smallest last (the vertex of least degree among those left goes to the end), or incidence degree (the vertex with
    most neighbours among those taken comes next).

    Args:
        key, after, before: room for one number a vertex; `head` for one more.
        smallest: 1 for smallest last, 0 for incidence degree.
    """
    n = order.size
    for d in range(n + 1):
        head[d] = -1
    for u in range(n):
        v = u if smallest else n - 1 - u
        key[v] = indptr[v + 1] - indptr[v] if smallest else 0
        put_in(v, key, head, after, before)
    d = 0
    for i in range(n):
        if smallest:
            while head[d] < 0:
                d += 1
        else:
            while head[d] < 0:
                d -= 1
        v = head[d]
        take_out(v, key, head, after, before)
        order[n - 1 - i if smallest else i] = v
        key[v] = -1
        for j in range(indptr[v], indptr[v + 1]):
            w = indices[j]
            if key[w] >= 0:
                take_out(w, key, head, after, before)
                key[w] += -1 if smallest else 1
                put_in(w, key, head, after, before)
        d = max(d - 1, 0) if smallest else d + 1
    return 0


# --- star colouring ------------------------------------------------------------------------------------------------------


def star(indptr, indices, edge, order, kept, colour, forbidden, first, first_at, treated, hub, stars):
    """Star colouring by Gebremedhin, Tarafdar, Manne and Pothen (2007), algorithm 4.1; returns the number of colours.

    Neighbours differ, and a path of four vertices has three colours: the edges between two colours form stars, and each
    star is known by its hub, so that a vertex looks at the neighbours of its neighbours only.

    Args:
        edge: number of the edge of each entry.
        order: vertices in the order of colouring. Those that are not `kept` are passed over.
        colour: filled with -1.
        forbidden, first, first_at: filled with -1, one number a colour (n + 1): the last vertex that may not have the colour,
            that has a neighbour of the colour, and the entry of that neighbour.
        treated: filled with -1, one number a vertex.
        hub, stars: one number an edge: the hub of a star, -1 while it has one edge; the star of an edge.
    """
    count = 0
    new = 0
    for v in order:
        if not kept[v]:
            continue
        begin, end = indptr[v], indptr[v + 1]
        for i in range(begin, end):
            c = colour[indices[i]]
            if c >= 0:
                forbidden[c] = v
        for i in range(begin, end):
            w = indices[i]
            c = colour[w]
            if c < 0:
                continue
            if first[c] == v:  # v becomes the hub of a star: its leaves' other neighbours end paths of four
                q = indices[first_at[c]]
                if treated[q] != v:
                    for j in range(indptr[q], indptr[q + 1]):
                        if colour[indices[j]] >= 0:
                            forbidden[colour[indices[j]]] = v
                    treated[q] = v
                for j in range(indptr[w], indptr[w + 1]):
                    if colour[indices[j]] >= 0:
                        forbidden[colour[indices[j]]] = v
                treated[w] = v
            else:
                first[c], first_at[c] = v, i
                for j in range(indptr[w], indptr[w + 1]):
                    x = indices[j]
                    if x != v and colour[x] >= 0 and hub[stars[edge[j]]] == x:
                        forbidden[colour[x]] = v
        c = 0
        while forbidden[c] == v:
            c += 1
        colour[v] = c
        count = max(count, c + 1)
        for i in range(begin, end):
            w = indices[i]
            if colour[w] < 0:
                continue
            found = -1
            for j in range(indptr[w], indptr[w + 1]):
                x = indices[j]
                if x != v and colour[x] == c:
                    found = edge[j]
                    break
            if found >= 0:
                hub[stars[found]] = w
                stars[edge[i]] = stars[found]
            elif first[colour[w]] == v and first_at[colour[w]] != i:
                other = edge[first_at[colour[w]]]
                hub[stars[other]] = v
                stars[edge[i]] = stars[other]
            else:
                stars[edge[i]] = new
                hub[new] = -1
                new += 1
    return count


def distance_two(indptr, indices, order, kept, colour, forbidden):
    """Vertices with a common neighbour differ, and so do neighbours; returns the number of colours."""
    count = 0
    for v in order:
        if not kept[v]:
            continue
        for i in range(indptr[v], indptr[v + 1]):
            w = indices[i]
            if colour[w] >= 0:
                forbidden[colour[w]] = v
            for j in range(indptr[w], indptr[w + 1]):
                x = indices[j]
                if x != v and colour[x] >= 0:
                    forbidden[colour[x]] = v
        c = 0
        while forbidden[c] == v:
            c += 1
        colour[v] = c
        count = max(count, c + 1)
    return count


def columns(indptr, indices, by_column, rows, kept, order, colour, forbidden):
    """Columns that meet in a row that is kept differ; returns the number of colours.

    Args:
        indptr, indices: the rows of a matrix.
        by_column, rows: its columns.
        kept: one byte a row.
        colour: one number a column, filled with -1. A column without entries in kept rows stays so.
        forbidden: one number a colour, filled with -1.
    """
    count = 0
    for v in order:
        met = False
        for i in range(by_column[v], by_column[v + 1]):
            r = rows[i]
            if kept[r]:
                met = True
                for j in range(indptr[r], indptr[r + 1]):
                    c = colour[indices[j]]
                    if c >= 0:
                        forbidden[c] = v
        if met:
            c = 0
            while forbidden[c] == v:
                c += 1
            colour[v] = c
            count = max(count, c + 1)
    return count


def intersections(indptr, indices, by_column, rows, kept, stamp, new_indptr, new_indices, write):
    """The graph of columns that meet in a row; returns its number of entries, which are written if `write` is not 0.

    `stamp` is room for one number a column, filled with -1.
    """
    k = 0
    for v in range(stamp.size):
        if write:
            new_indptr[v] = k
        stamp[v] = v
        for i in range(by_column[v], by_column[v + 1]):
            r = rows[i]
            if kept[r]:
                for j in range(indptr[r], indptr[r + 1]):
                    w = indices[j]
                    if stamp[w] != v:
                        stamp[w] = v
                        if write:
                            new_indices[k] = w
                        k += 1
    if write:
        new_indptr[stamp.size] = k
    return k


def transpose(indptr, indices, by_column, rows, entry):
    """The columns of a matrix, and for each entry its place by rows. `by_column` is zero, of n + 2 numbers."""
    for i in range(indices.size):
        by_column[indices[i] + 2] += 1
    for v in range(by_column.size - 2):
        by_column[v + 2] += by_column[v + 1]
    for r in range(indptr.size - 1):
        for i in range(indptr[r], indptr[r + 1]):
            k = by_column[indices[i] + 1]
            rows[k] = r
            entry[k] = i
            by_column[indices[i] + 1] += 1
    return 0


# --- recovery ---------------------------------------------------------------------------------------------------------------


def star_source(indptr, indices, colour, seen, often, source):
    """Where each entry of a symmetric matrix is read from the products with the colours.

    Entry (v, w) is in row v of the product with w's colour, unless v has another neighbour of that colour; then it is in row
    w of the product with v's (-1 here; see `mirrored_source`).

    Args:
        seen, often: one number a colour, `seen` filled with -1.
        source: int64 an entry: colour * n + row.
    """
    n = indptr.size - 1
    for k in range(source.size):
        source[k] = -1
    for v in range(n):
        for i in range(indptr[v], indptr[v + 1]):
            c = colour[indices[i]]
            often[c] = often[c] + 1 if seen[c] == v else 1
            seen[c] = v
        for i in range(indptr[v], indptr[v + 1]):
            c = colour[indices[i]]
            if often[c] == 1:
                source[i] = np.int64(c) * n + v
    return 0


def mirrored_source(indptr, indices, place, source):
    """Give both entries of a pair the same source; returns how many pairs have none.

    `place` is room for one number a vertex.
    """
    n = indptr.size - 1
    missing = 0
    for v in range(n):
        place[v] = indptr[v]
    for v in range(n):
        for i in range(indptr[v], indptr[v + 1]):
            w = indices[i]
            if w > v:
                j = place[w]
                place[w] += 1
                if source[i] < 0:
                    source[i] = source[j]
                source[j] = source[i]  # one number for both, so that the matrix is exactly symmetric
                missing += source[i] < 0
            elif w == v:
                missing += source[i] < 0
    return missing
