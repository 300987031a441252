"""A Numba type for one vector of the lane memory, so that the structural kernels of lanes are ordinary functions."""

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

from jittape.sweep.vectors import vector_bytes


class Vector(types.Type):
    """As many numbers as the processor computes with at once."""

    def __init__(self, real):
        self.real = real
        self.lanes = vector_bytes() * 8 // real.bitwidth
        super().__init__(name=f"Vector({real}, {self.lanes})")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    def __init__(self, dmm, fe_type):
        real = ir.DoubleType() if fe_type.real.bitwidth == 64 else ir.FloatType()
        super().__init__(dmm, fe_type, ir.VectorType(real, fe_type.lanes))


def _splat(context, builder, vector, x):
    kind = context.get_value_type(vector)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), x, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.lanes), [0] * vector.lanes)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), mask)


@intrinsic
def load(typingctx, memory, line, part):
    """The vector number `part` of the line at the given number."""
    vector = Vector(memory.dtype)

    def codegen(context, builder, sig, args):
        x = builder.load(_place(context, builder, vector, *args))
        x.align = vector_bytes()
        return x

    return vector(memory, types.int64, types.int64), codegen


@intrinsic
def store(typingctx, memory, line, part, x):
    """Store a vector there."""
    if not isinstance(x, Vector):
        return None

    def codegen(context, builder, sig, args):
        builder.store(args[3], _place(context, builder, x, *args[:3])).align = vector_bytes()
        return context.get_dummy_value()

    return types.none(memory, types.int64, types.int64, x), codegen


def _place(context, builder, vector, memory, line, part):
    pointer = builder.bitcast(memory, context.get_value_type(vector).as_pointer())
    per_line = ir.Constant(ir.IntType(64), 64 // vector_bytes())
    return builder.gep(pointer, [builder.add(builder.mul(line, per_line), part)])


@intrinsic
def parts(typingctx):
    """Vectors in a line."""

    def codegen(context, builder, sig, args):
        return context.get_constant(types.int64, 64 // vector_bytes())

    return types.int64(), codegen


@intrinsic
def number(typingctx, memory, x):
    """A vector of equal numbers, of the type that the memory holds."""
    vector = Vector(memory.dtype)

    def codegen(context, builder, sig, args):
        return _splat(context, builder, vector, args[1])

    return vector(memory, memory.dtype), codegen


def _binary(method):
    @intrinsic
    def operation(typingctx, x, y):
        def codegen(context, builder, sig, args):
            return getattr(builder, method)(*args)

        return x(x, x), codegen

    return operation


add, mul, div = _binary("fadd"), _binary("fmul"), _binary("fdiv")


def _choice(compare, op):
    @intrinsic
    def operation(typingctx, x, y, a, b):
        def codegen(context, builder, sig, args):
            return builder.select(getattr(builder, compare)(op, args[0], args[1]), args[2], args[3])

        return x(x, x, x, x), codegen

    return operation


where_equal = _choice("fcmp_ordered", "==")
"""where_equal(x, y, a, b): a where x is y, b elsewhere."""
where_greater = _choice("fcmp_ordered", ">")


@intrinsic
def where_nan(typingctx, x, a, b):
    """a where x is NaN, b elsewhere."""

    def codegen(context, builder, sig, args):
        return builder.select(builder.fcmp_unordered("uno", args[0], args[0]), args[1], args[2])

    return x(x, x, x), codegen


def _product(both):
    @intrinsic
    def operation(typingctx, r, p):
        def codegen(context, builder, sig, args):
            zero = ir.Constant(args[0].type, [ir.Constant(args[0].type.element, 0.0)] * r.lanes)
            condition = builder.fcmp_unordered("!=", args[0], zero)
            if both:
                condition = builder.and_(condition, builder.fcmp_unordered("!=", args[1], zero))
            return builder.select(condition, builder.fmul(*args), zero)

        return r(r, r), codegen

    return operation


product = _product(False)
"""product(r, p): r p, zero where r is, whatever p."""
product_of_two = _product(True)
"""The same, zero where either is."""
