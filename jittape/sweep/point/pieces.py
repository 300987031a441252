"""Pieces of lists of slots (PIECE of ops/layout.py), written in LLVM's language: a function that Numba compiles takes a tenth of a second
at a first start, and these are called from many places."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LONG, INT = ir.IntType(64), ir.IntType(32)


def _called(builder, name, real, arguments, write):
    """Call a function of the module that `write` fills in when it is first asked for: of (array, piece, array)."""
    array = real.as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [array, INT.as_pointer(), array])
    found = builder.module.globals.get(name)
    if found is None:
        found = ir.Function(builder.module, kind, name)
        found.linkage = "linkonce_odr"
        found.attributes.add("nounwind")
        found.attributes.add("noinline")
        b = ir.IRBuilder(found.append_basic_block("entry"))
        x, piece, y = found.args
        first, slot, size, times = (b.sext(b.load(b.gep(piece, [ir.Constant(INT, k)])), LONG) for k in range(4))
        write(b, b.gep(x, [slot]), b.gep(y, [first]), size, times)
        b.ret_void()
    builder.call(found, [builder.bitcast(a, kind_of) for a, kind_of in zip(arguments, kind.args, strict=True)])


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


def _scatter(b, to, x, size, times):
    def add(place, i):
        b.store(b.fadd(b.load(place), b.load(b.gep(x, [i]))), place)

    with b.if_else(b.icmp_signed("==", times, ir.Constant(LONG, 1))) as (once, often):
        with once, cgutils.for_range(b, size) as loop:
            add(b.gep(to, [loop.index]), loop.index)
        with often, cgutils.for_range(b, size) as loop:
            total = cgutils.alloca_once_value(b, b.load(b.gep(to, [loop.index])))
            with cgutils.for_range(b, times) as again:
                add(total, b.add(loop.index, b.mul(again.index, size)))
            b.store(b.load(total), b.gep(to, [loop.index]))


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
