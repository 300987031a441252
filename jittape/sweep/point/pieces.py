"""Pieces of lists of slots (PIECE of ops/layout.py), written in LLVM's language, as they are called from many places."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from jittape.sweep.point.inner import INT, LONG, call_inner

SINGLE = 4
"""Bytes of a number of single precision: what is loaded as a vector is aligned to nothing more."""


def _called(builder, name, real, arguments, write):
    """Call a function of (array, piece, array)."""

    def body(b, x, piece, y):
        first, slot, size, times = (b.sext(b.load(b.gep(piece, [ir.Constant(INT, k)])), LONG) for k in range(4))
        write(b, b.gep(x, [slot]), b.gep(y, [first]), size, times)

    array = real.as_pointer()
    call_inner(builder, name, [array, INT.as_pointer(), array], arguments, body)


def _fetch(b, x, to, size, times):
    with cgutils.for_range(b, size) as loop:
        b.store(b.load(b.gep(x, [loop.index])), b.gep(to, [loop.index]))
    end = b.mul(size, times)  # twice as many each time
    before, head, body, after = b.block, b.append_basic_block("head"), b.append_basic_block("more"), b.append_basic_block("after")
    b.branch(head)
    b.position_at_end(head)
    done = b.phi(LONG)
    done.add_incoming(size, before)
    b.cbranch(b.icmp_signed("<", done, end), body, after)
    b.position_at_end(body)
    left = b.sub(end, done)
    m = b.select(b.icmp_signed("<", done, left), done, left)
    with cgutils.for_range(b, m) as loop:
        b.store(b.load(b.gep(to, [loop.index])), b.gep(to, [b.add(done, loop.index)]))
    done.add_incoming(b.add(done, m), b.block)
    b.branch(head)
    b.position_at_end(after)


SIDE_BY_SIDE = {8: (8,), 4: (4,), 3: (2, 1), 2: (2,), 1: (1,)}
"""Slots of a repeated piece to whose adjoints contributions are added at once, as each of these sums waits for itself alone -> in which vectors."""


def _scatter(b, to, x, size, times):
    with b.if_else(b.icmp_signed("==", times, ir.Constant(LONG, 1))) as (once, often):
        with once, cgutils.for_range(b, size) as loop:
            place = b.gep(to, [loop.index])
            b.store(b.fadd(b.load(place), b.load(b.gep(x, [loop.index]))), place)
        with often:
            at = cgutils.alloca_once_value(b, ir.Constant(LONG, 0))
            for width, vectors in SIDE_BY_SIDE.items():
                more, body, after = b.append_basic_block("more"), b.append_basic_block("some"), b.append_basic_block("after")
                b.branch(more)
                b.position_at_end(more)
                b.cbranch(b.icmp_signed(">=", b.sub(size, b.load(at)), ir.Constant(LONG, width)), body, after)
                b.position_at_end(body)
                _added(b, to, x, b.load(at), size, times, vectors)
                b.store(b.add(b.load(at), ir.Constant(LONG, width)), at)
                b.branch(more)
                b.position_at_end(after)


def _added(b, to, x, first, size, times, vectors):
    """Add to neighbouring slots from `first` on, as many as these vectors have, what comes for them all the times."""

    def place(array, i, n):
        real = array.type.pointee
        return b.bitcast(b.gep(array, [i]), (real if n == 1 else ir.VectorType(real, n)).as_pointer())

    def load(array, i, n):
        found = b.load(place(array, i, n))
        found.align = SINGLE
        return found

    starts = [b.add(first, ir.Constant(LONG, sum(vectors[:q]))) for q in range(len(vectors))]
    totals = [load(to, start, n) for start, n in zip(starts, vectors, strict=True)]
    before, body, after = b.block, b.append_basic_block("time"), b.append_basic_block("added")
    b.branch(body)
    b.position_at_end(body)
    again = b.phi(LONG)
    again.add_incoming(ir.Constant(LONG, 0), before)
    held = []
    for total in totals:
        held.append(b.phi(total.type))
        held[-1].add_incoming(total, before)
    found = [b.fadd(total, load(x, b.add(start, b.mul(again, size)), n)) for total, start, n in zip(held, starts, vectors, strict=True)]
    following = b.add(again, ir.Constant(LONG, 1))
    again.add_incoming(following, body)
    for phi, total in zip(held, found, strict=True):
        phi.add_incoming(total, body)
    b.cbranch(b.icmp_signed("<", following, times), body, after)
    b.position_at_end(after)
    for total, start, n in zip(found, starts, vectors, strict=True):
        b.store(total, place(to, start, n)).align = SINGLE


def _intrinsic(name, write):
    @intrinsic
    def piece_by_piece(typingctx, x, piece, y):
        def codegen(context, builder, sig, args):
            real = context.get_value_type(sig.args[0].dtype)
            _called(builder, f"jittape_{name}_{real}", real, args, write)
            return context.get_dummy_value()

        return types.none(x, piece, y), codegen

    return piece_by_piece


fetch_piece = _intrinsic("fetch_piece", _fetch)
"""(values, piece, scratch): copy the values of a piece, as often as it is repeated."""
scatter_piece = _intrinsic("scatter_piece", _scatter)
"""(adjoints, piece, contributions): add them to the slots of a piece, time by time."""
