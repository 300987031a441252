"""Sets of inputs as nodes of one pool: their unions, and what is met by pairs of them.

A node is a sorted list in one pool, or the union of two earlier nodes that nobody has asked for yet. Node 0 is the empty set
and node i + 1 is {input i}. Short lists are merged at once, a union that is one of its operands is that operand, equal lists
are kept once where that is noticed, and a long union stays a pair of nodes until its elements are wanted, when the nodes
below are walked once. So a sum of n terms costs n steps, however it was written: a loop that adds term after term does not
write n lists. A union with more nodes below than it can have elements is made a list at once, so that a walk is never longer
than the number of elements that the lists below it have together.

All functions take a block of int64 (S_...) that holds the addresses of the arrays, or its address;
jittape/sparse/pattern.py makes them.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import i4_pointer, i8_pointer
from jittape.ops.layout import BLOCK_REF, C_SLOTS, GATHER_REF, KIND, RUN_REF

S_SIZE = 40
(
    S_TAPE,  # the tape's address block
    S_TABLE,  # int64 an operation: PASSES << p where operand p passes, PAIRS << number of a pair that is nonlinear
    S_INPUTS,  # number of inputs
    S_POOL,  # int32: elements of the lists
    S_POOL_USED,
    S_POOL_ROOM,
    S_FIRST,  # int32 a node: a list's place in the pool; of a union, one node
    S_SECOND,  # a list's length; of a union, the other node
    S_BOUND,  # of a union, the most elements that it can have; of a list, the first node with the same list
    S_WEIGHT,  # of a union, the number of unions below and it (a shared one counts each time); of a list, 0
    S_STAMP,  # the last walk that met the node
    S_NODES,  # number of nodes
    S_NODE_ROOM,
    S_STACK,  # int32: room for a walk
    S_MARK,  # int32 an input: the last walk that met it
    S_WALKS,  # number of walks
    S_SETS,  # int32 a slot: its node
    S_FLAGS,  # uint8 a slot
    S_LAST,  # int32 a slot: one more than the last instruction that needs its set
    S_KNOWN,  # int32: node of a list, by a digest of its elements
    S_PAIRS,  # int64: (larger input << 32) + smaller input; 0 where pairs are not wanted
    S_PAIRS_USED,
    S_PAIRS_ROOM,
    S_MET,  # int64: pairs of nodes whose pairs of inputs were noted
    S_NEED,  # how much memory was short
    S_AT,  # instruction, its first slot and its element where `spread` stands
    S_AT_SLOT,
    S_AT_ELEMENT,
    *_,
) = range(S_SIZE)

FINISHED, POOL, NODES, PAIRS_ROOM, UNCOMPILED = range(5)
"""Why `need` or `spread` came back: it is through; memory is short for lists, nodes or pairs; the step whose number stands in
S_NEED is to be compiled first."""
REACHES, WANTED, ZERO = 1, 2, 4
"""Flags of a slot: the result depends on it; its set is needed; it is a constant of zero."""
PASSES = 0
"""First bit of S_TABLE for the operands that the result depends on."""
PAIRS = 3
"""First bit of S_TABLE for the pairs xx, xy, xw, yy, yw, ww that a nonlinear operation makes."""
FACTORS = 1 << 9
"""Bit of S_TABLE for a product of two operands, which depends on nothing where one of them is a constant of zero."""
FIRST, SECOND, THIRD = 0b000111, 0b011010, 0b110100
"""Masks of the pairs in which each operand takes part."""
SHORT = 32
"""Lists of so many elements together are merged at once."""
KNOWN = 1 << 14
"""Lists that are found again by their elements."""
MET = 1 << 14
"""Pairs of nodes that are known to have been noted."""


# --- sets ---------------------------------------------------------------------------------------------------------------


@part
def bound(S, x):
    """The most elements that node x can have."""
    return np.int64(i4_pointer(S[S_BOUND])[x]) if i4_pointer(S[S_WEIGHT])[x] else np.int64(i4_pointer(S[S_SECOND])[x])


@part
def known(S, start, n, x):
    """The node of an equal list that was met before, or x, which is remembered."""
    pool, table = i4_pointer(S[S_POOL]), i4_pointer(S[S_KNOWN])
    digest = np.uint64(n)
    for i in range(n):
        digest = (digest ^ np.uint64(pool[start + i])) * np.uint64(0x9E3779B97F4A7C15)
        digest ^= digest >> np.uint64(29)
    place = np.int64(digest & np.uint64(KNOWN - 1))
    y = np.int64(table[place])
    if y and y != x and i4_pointer(S[S_SECOND])[y] == n:
        other = np.int64(i4_pointer(S[S_FIRST])[y])
        for i in range(n):
            if pool[start + i] != pool[other + i]:
                table[place] = x
                return x
        return y
    table[place] = x
    return x


@part
def keep(S, x, start, n):
    """Node x becomes the list of n elements that stands at the end of the pool; returns the node of that list."""
    first, second = i4_pointer(S[S_FIRST]), i4_pointer(S[S_SECOND])
    same, weight = i4_pointer(S[S_BOUND]), i4_pointer(S[S_WEIGHT])
    y = known(S, start, n, x)
    same[x], second[x], weight[x] = y, n, 0
    if y == x:
        first[x] = start
        S[S_POOL_USED] = start + n
    else:
        first[x] = first[y]
    return y


@part
def new(S):
    x = S[S_NODES]
    S[S_NODES] = x + 1
    i4_pointer(S[S_STAMP])[x] = 0
    return x


@part
def merged(S, a, b):
    """The union of two short lists."""
    pool, first, second = i4_pointer(S[S_POOL]), i4_pointer(S[S_FIRST]), i4_pointer(S[S_SECOND])
    i, j = np.int64(first[a]), np.int64(first[b])
    m, n = i + second[a], j + second[b]
    start = k = S[S_POOL_USED]
    while i < m or j < n:
        if j >= n or (i < m and pool[i] <= pool[j]):
            if j < n and pool[i] == pool[j]:
                j += 1
            pool[k] = pool[i]
            i += 1
        else:
            pool[k] = pool[j]
            j += 1
        k += 1
    if k - start == second[a]:
        return a
    if k - start == second[b]:
        return b
    x = new(S)
    y = keep(S, x, start, k - start)
    if y != x:
        S[S_NODES] = x
    return y


@part
def union(S, a, b):
    """The node of the union of two nodes; it needs room for one node and takes what room there is in the pool."""
    if a == b or b == 0:
        return a
    if a == 0:
        return b
    first, second = i4_pointer(S[S_FIRST]), i4_pointer(S[S_SECOND])
    most, weight = i4_pointer(S[S_BOUND]), i4_pointer(S[S_WEIGHT])
    every = S[S_INPUTS]
    if weight[a] == 0 and second[a] == every:
        return a
    if weight[b] == 0 and second[b] == every:
        return b
    n = bound(S, a) + bound(S, b)
    spare = S[S_POOL_ROOM] - S[S_POOL_USED]
    if weight[a] == 0 and weight[b] == 0 and n <= SHORT and n <= spare:
        return merged(S, a, b)
    x = new(S)
    n = min(n, every)
    first[x], second[x], most[x] = a, b, n
    weight[x] = min(np.int64(weight[a]) + weight[b] + 1, 1 << 30)
    if weight[x] > n and 2 * n <= spare:
        return listed(S, x)
    return x


@part
def sort(p, start, n):
    """Sort pool[start : start + n] by merging ascending pieces; the room after it is used."""
    while True:
        i, out, pieces = start, start + n, 0
        while i < start + n:
            j = i + 1
            while j < start + n and p[j - 1] <= p[j]:
                j += 1
            if j == start + n and pieces == 0:
                return
            k = j
            if k < start + n:
                k += 1
                while k < start + n and p[k - 1] <= p[k]:
                    k += 1
            a, b = i, j
            while a < j or b < k:
                if b >= k or (a < j and p[a] <= p[b]):
                    p[out] = p[a]
                    a += 1
                else:
                    p[out] = p[b]
                    b += 1
                out += 1
            i = k
            pieces += 1
        for i in range(start, start + n):
            p[i] = p[i + n]
        if pieces == 1:
            return


@part
def listed(S, x):
    """Make node x a list; returns the node of that list. The pool needs room for twice `bound` elements."""
    first, second = i4_pointer(S[S_FIRST]), i4_pointer(S[S_SECOND])
    weight, stamp = i4_pointer(S[S_WEIGHT]), i4_pointer(S[S_STAMP])
    if weight[x] == 0:
        return np.int64(i4_pointer(S[S_BOUND])[x])
    pool, mark, stack = i4_pointer(S[S_POOL]), i4_pointer(S[S_MARK]), i4_pointer(S[S_STACK])
    S[S_WALKS] += 1
    walk = np.int32(S[S_WALKS])
    start = S[S_POOL_USED]
    n = np.int64(0)
    stack[0] = x
    depth = 1
    while depth > 0:
        depth -= 1
        y = np.int64(stack[depth])
        if stamp[y] == walk:
            continue
        stamp[y] = walk
        if weight[y]:
            stack[depth] = second[y]
            stack[depth + 1] = first[y]
            depth += 2
            continue
        at = np.int64(first[y])
        for i in range(at, at + second[y]):
            v = np.int64(pool[i])
            if mark[v] != walk:
                mark[v] = walk
                pool[start + n] = v
                n += 1
    every = S[S_INPUTS]
    if n > every // 16:
        n = 0
        for v in range(every):
            if mark[v] == walk:
                pool[start + n] = v
                n += 1
    else:
        sort(pool, start, n)
    return keep(S, x, start, n)


@part
def room_for_lists(S, lists):
    return S[S_POOL_ROOM] - S[S_POOL_USED] >= (lists + 1) * S[S_INPUTS] + 2 * SHORT


@part
def note(S, x, y):
    """Note the pairs of an input of list x with one of list y; False where memory is short."""
    first, second = i4_pointer(S[S_FIRST]), i4_pointer(S[S_SECOND])
    pool, pairs, met = i4_pointer(S[S_POOL]), i8_pointer(S[S_PAIRS]), i8_pointer(S[S_MET])
    if x > y:
        x, y = y, x
    m, n = np.int64(second[x]), np.int64(second[y])
    key = (x << 32) + y
    place = (x * 31 + y) & (MET - 1)
    if met[place] == key:
        return True
    k = S[S_PAIRS_USED]
    S[S_NEED] = m * (m + 1) // 2 if x == y else m * n
    if k + S[S_NEED] > S[S_PAIRS_ROOM]:
        return False
    a, b = np.int64(first[x]), np.int64(first[y])
    for i in range(a, a + m):
        v = np.int64(pool[i])
        end = b + n if x != y else i + 1
        for j in range(b, end):
            w = np.int64(pool[j])
            pairs[k] = (v << 32) + w if v > w else (w << 32) + v
            k += 1
    S[S_PAIRS_USED] = k
    met[place] = key
    return True


def gather(address, slots_, count, row_, lengths_):
    """Make the sets of the slots from number `row_` on lists; returns how many of them are, fewer where memory is short.

    `lengths_` receives the number of elements of each.
    """
    S = i8_pointer(address)
    sets, second, slots, lengths = (
        i4_pointer(S[S_SETS]),
        i4_pointer(S[S_SECOND]),
        i4_pointer(slots_),
        i8_pointer(lengths_),
    )
    for r in range(row_, count):
        if not room_for_lists(S, 1):
            return r
        slot = np.int64(slots[r])
        x = np.int64(sets[slot])
        if x:
            sets[slot] = x = listed(S, x)
        lengths[r] = second[x]
    return count


def copy(address, slots_, count, indices_):
    """Copy the lists of the slots one after the other."""
    S = i8_pointer(address)
    sets, first, second, pool = (
        i4_pointer(S[S_SETS]),
        i4_pointer(S[S_FIRST]),
        i4_pointer(S[S_SECOND]),
        i4_pointer(S[S_POOL]),
    )
    slots, indices = i4_pointer(slots_), i4_pointer(indices_)
    k = np.int64(0)
    for r in range(count):
        x = np.int64(sets[np.int64(slots[r])])
        at = np.int64(first[x])
        for i in range(at, at + second[x]):
            indices[k] = pool[i]
            k += 1
    return 0


def collect(address, pool_):
    """Copy the lists that are still needed to another pool, which becomes the pool; returns how many elements it has."""
    S = i8_pointer(address)
    first, second, same = i4_pointer(S[S_FIRST]), i4_pointer(S[S_SECOND]), i4_pointer(S[S_BOUND])
    weight, stamp, sets, last = (
        i4_pointer(S[S_WEIGHT]),
        i4_pointer(S[S_STAMP]),
        i4_pointer(S[S_SETS]),
        i4_pointer(S[S_LAST]),
    )
    pool, target, table = i4_pointer(S[S_POOL]), i4_pointer(pool_), i4_pointer(S[S_KNOWN])
    n = i8_pointer(S[S_TAPE])[C_SLOTS]
    S[S_WALKS] += 1
    walk = np.int32(S[S_WALKS])
    used = S[S_INPUTS]
    for s in range(n):
        if sets[s] and last[s] > S[S_AT]:
            stamp[np.int64(sets[s])] = walk
    for x in range(S[S_NODES] - 1, 0, -1):
        if stamp[x] == walk and weight[x]:
            stamp[np.int64(first[x])] = walk
            stamp[np.int64(second[x])] = walk
    for x in range(1, S[S_NODES]):
        if stamp[x] == walk and weight[x] == 0:
            stamp[np.int64(same[x])] = walk
    for i in range(S[S_INPUTS]):
        target[i] = i
    for x in range(S[S_INPUTS] + 1, S[S_NODES]):
        if weight[x]:
            continue
        if stamp[x] != walk:
            first[x] = second[x] = 0
            same[x] = x
        elif same[x] == x:
            at = np.int64(first[x])
            for i in range(second[x]):
                target[used + i] = pool[at + i]
            first[x] = used
            used += second[x]
    for x in range(S[S_INPUTS] + 1, S[S_NODES]):
        if weight[x] == 0 and same[x] != x:
            first[x] = first[np.int64(same[x])]
    for i in range(KNOWN):
        table[i] = 0
    S[S_POOL] = pool_
    S[S_POOL_USED] = used
    return used


# --- pairs -----------------------------------------------------------------------------------------------------------------


def unique(pairs_, other_, starts_, count, n):
    """Sort pairs by larger, then smaller input, and drop repetitions; returns how many are left.

    Args:
        other_: address of room for as many pairs.
        starts_: address of room for n + 1 int64.
    """
    pairs, other, starts = i8_pointer(pairs_), i8_pointer(other_), i8_pointer(starts_)
    mask = np.int64(0xFFFFFFFF)
    for digit in range(2):  # by the smaller input first
        for i in range(n + 1):
            starts[i] = 0
        for i in range(count):
            starts[(pairs[i] >> (32 * digit) & mask) + 1] += 1
        for i in range(n):
            starts[i + 1] += starts[i]
        for i in range(count):
            v = pairs[i] >> (32 * digit) & mask
            other[starts[v]] = pairs[i]
            starts[v] += 1
        pairs, other = other, pairs
    kept = np.int64(0)
    before = np.int64(-1)
    for i in range(count):
        if pairs[i] != before:
            before = pairs[i]
            pairs[kept] = before
            kept += 1
    return kept


def symmetric(pairs_, count, n, indptr_, indices_, next_):
    """Rows of a symmetric matrix from the sorted pairs of its lower triangle.

    Args:
        indptr_: address of n + 1 int32, zero.
        indices_: address of room for the indices.
        next_: address of n int32.
    """
    pairs, indptr, indices, place = i8_pointer(pairs_), i4_pointer(indptr_), i4_pointer(indices_), i4_pointer(next_)
    mask = np.int64(0xFFFFFFFF)
    for i in range(count):
        v, w = pairs[i] >> 32, pairs[i] & mask
        indptr[v + 1] += 1
        if v != w:
            indptr[w + 1] += 1
    for v in range(n):
        indptr[v + 1] += indptr[v]
        place[v] = indptr[v]
    # the smaller inputs of a row come from its own pairs, the larger ones from later rows
    for i in range(count):
        v, w = pairs[i] >> 32, pairs[i] & mask
        indices[np.int64(place[v])] = w
        place[v] += 1
        if v != w:
            indices[np.int64(place[w])] = v
            place[w] += 1
    return 0


@part
def element(meta, index, ref, i):
    """The slot of element i of an elementwise operand."""
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if kind == RUN_REF:
        return base + i
    if kind == GATHER_REF:
        return np.int64(index[base + i])
    if kind == BLOCK_REF:
        n1 = np.int64(meta[ref + 4])
        row = i // n1
        return base + row * meta[ref + 2] + (i - row * n1) * meta[ref + 3]
    return base


@part
def reached(flags, s, n):
    """The flags of n slots together."""
    what = np.int64(0)
    for i in range(n):
        what |= np.int64(flags[s + i])
    return what


@part
def use(flags, last, slot, what, k):
    """Note that instruction k hands flags on to an operand."""
    flags[slot] = np.int64(flags[slot]) | what
    if last[slot] == 0:
        last[slot] = k + 1
