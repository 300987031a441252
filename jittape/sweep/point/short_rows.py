"""Sums of short rows that stand side by side, points in space, say: written in LLVM's language for each of these lengths, so that nothing is asked
within a row.

They are not made vectors of, which took longer at a first start than all else of a sweep and made little of it: two or three cycles a row are near
what memory takes.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from jittape.sweep.point.inner import LONG, call_inner

SHORTEST, LONGEST = 2, 4
"""Elements of such rows."""


def _by_rows(b, m, r, write):
    """Loops over m rows, one for each length that `r` may be; `write` is called with the length and the row's first element."""
    for length in range(SHORTEST, LONGEST + 1):
        with b.if_then(b.icmp_signed("==", r, ir.Constant(LONG, length))), cgutils.for_range(b, m) as loop:
            write(length, loop.index, b.mul(loop.index, ir.Constant(LONG, length)))


def _forward(b, x, out, m, r):
    double = ir.DoubleType()
    single = x.type.pointee != double  # which is added up in double precision, as other sums are

    def write(length, j, first):
        total = ir.Constant(double, 0.0)
        for i in range(length):
            number = b.load(b.gep(x, [b.add(first, ir.Constant(LONG, i))]))
            total = b.fadd(total, b.fpext(number, double) if single else number)
        b.store(b.fptrunc(total, x.type.pointee) if single else total, b.gep(out, [j]))

    _by_rows(b, m, r, write)


def _reverse(b, x, adjoint, m, r):
    def write(length, j, first):
        a, kind = b.load(b.gep(adjoint, [j])), x.type.pointee
        none = b.fcmp_ordered("==", a, ir.Constant(kind, 0.0))
        a = b.select(none, ir.Constant(kind, -0.0), a)  # zero contributes nothing: this leaves any number what it is
        for i in range(length):
            place = b.gep(x, [b.add(first, ir.Constant(LONG, i))])
            b.store(b.fadd(b.load(place), a), place)

    _by_rows(b, m, r, write)


def _intrinsic(name, write):
    @intrinsic
    def rows(typingctx, x, y, m, r):
        def codegen(context, builder, sig, args):
            real = context.get_value_type(sig.args[0].dtype)
            array = real.as_pointer()
            call_inner(builder, f"jittape_{name}_{real}", [array, array, LONG, LONG], args, write, ("optsize",))
            return context.get_dummy_value()

        return types.none(x, y, types.int64, types.int64), codegen

    return rows


short_forward = _intrinsic("short_forward", _forward)
"""(values, sums, m, r): the sums of m rows of r values."""
short_reverse = _intrinsic("short_reverse", _reverse)
"""(adjoints, adjoints of sums, m, r): add to those of m rows of r elements."""
