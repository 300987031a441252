"""Pieces of one long loop, for several threads: what each of them sweeps, and what is added up afterwards in the order of one thread.

Contributions to a slot that only one piece reaches are added at once. Where several reach it, the first of them adds its own; those of the others are kept, and
added after all pieces, one piece after the other. So each adjoint gets what it gets from one thread, in that order, wherever pieces begin.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, call_chunk, call_loop, i4_pointer, i8_pointer, real_pointer
from jittape.ops.layout import C_ADJOINT, C_INDEX, C_META, C_TANGENT, C_VALUE, CHUNK, KIND, RUN_REF, SCALAR_REF
from jittape.sweep.loops.body import D_TURNS
from jittape.sweep.loops.driver import fetch_all, onward_chunk, post, real_stack
from jittape.sweep.loops.elements import E_FETCHED, E_POSTED, E_POSTS, E_SIZE, E_SUM
from jittape.sweep.point import sums
from jittape.sweep.point.operands import total

W_DATA, W_KERNEL, W_WHAT, W_SUMS, W_ROOM, W_FETCHED, W_PLACES, W_LIMITS, W_KEPT, W_TOTALS, W_POSTS, W_POSTED = range(12)
"""What a piece is told: addresses of the loop's data and kernel; where the address of what it writes stands in the address block: values, adjoints or
tangents; the address of the sums of chunks (float64), or 0, and of memory to work in; how many operands are fetched; then, by chunk and contribution, where
what is kept of it stands, or -1, and the slot, of turns the turn, that divides what is kept from what is added at once; addresses of what is kept, and of totals
that are (float64); of turns the address of contributions (T_SLOT and following), and how many there are."""
WORDS = 12
T_SLOT, T_STEP, T_BUFFER = range(3)
"""Of a contribution of turns: the slot in the first turn, the step, and the buffer that has it."""
T_FIELDS = 3


@part
def limit_in(limit, base, m):
    """How many of m neighbouring slots from `base` on lie below a limit."""
    return min(max(limit - base, 0), m)


def onward_piece(address, words_address, c, end, like):
    """Values, or tangents, of chunks c to end of a group of runs."""
    ctl, words = i8_pointer(address), i8_pointer(words_address)
    data, tangents = i8_pointer(words[W_DATA]), words[W_WHAT] == C_TANGENT
    v, x = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[words[W_WHAT]], like)
    buffers, sums_of = real_pointer(words[W_ROOM], like), real_pointer(words[W_SUMS], np.float64(0.0))
    while c < end:
        i0 = c * CHUNK
        m = min(CHUNK, data[E_SIZE] - i0)
        onward_chunk(ctl, words[W_KERNEL], data, v, x, buffers, tangents, i0, m)
        if data[E_SUM] >= 0:
            sums_of[c] = total(buffers, m)
        c += 1


def summed(address, words_address, c, end, like):
    """The sum of a group's results, of the sums of `end` chunks."""
    ctl, words = i8_pointer(address), i8_pointer(words_address)
    x = real_pointer(ctl[words[W_WHAT]], like)
    stack, depth, sums_of = real_stack(ctl, real_pointer(ctl[C_VALUE], like)), 0, real_pointer(words[W_SUMS], np.float64(0.0))
    while c < end:
        depth = sums.push(stack, depth, c + 1, sums_of[c])
        c += 1
    x[i8_pointer(words[W_DATA])[E_SUM]] = sums.combine(stack, depth)


def reverse_piece(address, words_address, c, end, like):
    """Adjoints of chunks c to end of a group of runs; sums of chunks, too, where both sweeps go through it at once."""
    ctl, words = i8_pointer(address), i8_pointer(words_address)
    data, posted = i8_pointer(words[W_DATA]), i8_pointer(words[W_DATA])[E_POSTED]
    meta, index, refs = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(data[E_POSTS])
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    buffers, sums_of = real_pointer(words[W_ROOM], like), real_pointer(words[W_SUMS], np.float64(0.0))
    places, limits = i8_pointer(words[W_PLACES]), i8_pointer(words[W_LIMITS])
    kept, totals = real_pointer(words[W_KEPT], like), real_pointer(words[W_TOTALS], np.float64(0.0))
    while c < end:
        i0 = c * CHUNK
        m = min(CHUNK, data[E_SIZE] - i0)
        fetch_all(ctl, data, v, buffers, i0, m, words[W_FETCHED])
        call_chunk(words[W_KERNEL], v, v, g, data, buffers, i0, m)
        if words[W_SUMS] != 0:
            sums_of[c] = total(buffers, m)
        for q in range(posted):
            found, ref, place = at(buffers, (1 + data[E_FETCHED] + q) * CHUNK), refs[q], places[c * posted + q]
            if place < 0:
                post(meta, index, g, ref, i0, m, found)
            elif meta[ref] & KIND == SCALAR_REF:
                totals[place] = total(found, m)
            else:
                to, left = at(kept, place), m
                if meta[ref] & KIND == RUN_REF:
                    base = np.int64(meta[ref + 1]) + i0
                    left = limit_in(limits[c * posted + q], base, m)
                    for i in range(left, m):
                        g[base + i] += found[i]
                for i in range(left):
                    to[i] = found[i]
        c += 1


def reverse_kept(address, words_address, c, end, like):
    """What was kept of chunks c to end, after all of them."""
    ctl, words = i8_pointer(address), i8_pointer(words_address)
    data, posted = i8_pointer(words[W_DATA]), i8_pointer(words[W_DATA])[E_POSTED]
    meta, index, refs = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(data[E_POSTS])
    g, kept, totals = real_pointer(ctl[C_ADJOINT], like), real_pointer(words[W_KEPT], like), real_pointer(words[W_TOTALS], np.float64(0.0))
    places, limits = i8_pointer(words[W_PLACES]), i8_pointer(words[W_LIMITS])
    while c < end:
        i0 = c * CHUNK
        m = min(CHUNK, data[E_SIZE] - i0)
        for q in range(posted):
            ref, place = refs[q], places[c * posted + q]
            if place >= 0 and meta[ref] & KIND == SCALAR_REF:
                g[np.int64(meta[ref + 1])] += totals[place]
            elif place >= 0:
                some = limit_in(limits[c * posted + q], np.int64(meta[ref + 1]) + i0, m) if meta[ref] & KIND == RUN_REF else m
                post(meta, index, g, ref, i0, some, at(kept, place))
        c += 1
    if data[E_SUM] >= 0:
        g[data[E_SUM]] = 0.0


def turns_piece(address, words_address, c, end, like):
    """Some turns of a loop of scalar instructions by its kernel, whose data say which."""
    ctl, words = i8_pointer(address), i8_pointer(words_address)
    v, x = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[words[W_WHAT]], like)
    call_loop(words[W_KERNEL], v, x, i8_pointer(words[W_DATA]), real_pointer(words[W_ROOM], like), v, x, -1)


@part
def many_turns(c, turns):
    return min(CHUNK, turns - c * CHUNK)


def reverse_turns_piece(address, words_address, c, end, like):
    """Adjoints of chunks c to end of turns that are vectors, which share slots with turns of the next piece, by the kernel that leaves contributions in buffers."""
    ctl, words = i8_pointer(address), i8_pointer(words_address)
    data, posts, posted = i8_pointer(words[W_DATA]), i8_pointer(words[W_POSTS]), words[W_POSTED]
    v, g = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like)
    room, kept = real_pointer(words[W_ROOM], like), real_pointer(words[W_KEPT], like)
    places, limits = i8_pointer(words[W_PLACES]), i8_pointer(words[W_LIMITS])
    while end > c:
        end -= 1
        t0, m = end * CHUNK, many_turns(end, data[D_TURNS])
        call_loop(words[W_KERNEL], v, g, data, room, v, g, t0)
        for r in range(posted):
            one, place, some = at(posts, r * T_FIELDS), places[end * posted + r], m
            slot, step, found = one[T_SLOT] + one[T_STEP] * t0, one[T_STEP], at(room, one[T_BUFFER] * CHUNK)
            if place >= 0:
                some, to = limit_in(limits[end * posted + r], t0, m), at(kept, place)
                for i in range(some, m):
                    to[i - some] = found[i]
            for i in range(some):
                g[slot + step * i] += found[i]


def reverse_turns_kept(address, words_address, c, end, like):
    """What was kept of chunks c to end of turns, after all of them."""
    ctl, words = i8_pointer(address), i8_pointer(words_address)
    posts, posted, g = i8_pointer(words[W_POSTS]), words[W_POSTED], real_pointer(ctl[C_ADJOINT], like)
    kept, places, limits = real_pointer(words[W_KEPT], like), i8_pointer(words[W_PLACES]), i8_pointer(words[W_LIMITS])
    while end > c:
        end -= 1
        t0, m = end * CHUNK, many_turns(end, i8_pointer(words[W_DATA])[D_TURNS])
        for r in range(posted):
            one, place = at(posts, r * T_FIELDS), places[end * posted + r]
            if place >= 0:
                slot, from_ = one[T_SLOT] + one[T_STEP] * t0, at(kept, place)
                some = limit_in(limits[end * posted + r], t0, m)
                for i in range(some, m):
                    g[slot + one[T_STEP] * i] += from_[i - some]
