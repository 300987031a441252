"""Blocks of numbers that are turned on their way from memory to memory: rows become columns."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from jittape.sweep.lanes.memory import Vector, splat, transposed


@intrinsic
def turned(typingctx, x, x_pair, x_odd, y, y_pair, y_odd, factor):
    """As many rows as a vector has numbers, y[j] of row i = factor times x[i] of row j.

    Row i of x begins at (i // 2) x_pair + (i % 2) x_odd, and those of y likewise.
    """
    vector = Vector(x.dtype)

    def codegen(context, builder, sig, args):
        source, source_pair, source_odd, target, target_pair, target_odd, by = args
        pointer, number = context.get_value_type(vector).as_pointer(), lambda k: ir.Constant(ir.IntType(64), k)
        size = vector.real.bitwidth // 8
        factors = splat(context, builder, vector, by)

        def row(memory, pair, odd, i):
            place = builder.mul(pair, number(i // 2))
            return builder.bitcast(builder.gep(memory, [builder.add(place, odd) if i % 2 else place]), pointer)

        rows = []
        for i in range(vector.lanes):
            rows.append(builder.load(row(source, source_pair, source_odd, i)))
            rows[-1].align = size
        for i, column in enumerate(transposed(builder, rows)):
            builder.store(builder.fmul(column, factors), row(target, target_pair, target_odd, i)).align = size
        return context.get_dummy_value()

    return types.none(x, types.int64, types.int64, y, types.int64, types.int64, x.dtype), codegen


@intrinsic
def as_in(typingctx, memory, x):
    """A number of the type that the memory holds."""

    def codegen(context, builder, sig, args):
        target = context.get_value_type(memory.dtype)
        if x == memory.dtype:
            return args[1]
        change = builder.sitofp if isinstance(x, types.Integer) else builder.fpext if memory.dtype == types.float64 else builder.fptrunc
        return change(args[1], target)

    return memory.dtype(memory, x), codegen
