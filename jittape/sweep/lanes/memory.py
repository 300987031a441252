"""A Numba type for one vector of the lane memory, so that the structural kernels of lanes are ordinary functions."""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, real_pointer, real_size
from jittape.sweep.lanes.kernels import LINE
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


def splat(context, builder, vector, x):
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
        return ir.IntType(64)(64 // vector_bytes())

    return types.int64(), codegen


@intrinsic
def number(typingctx, memory, x):
    """A vector of equal numbers, of the type that the memory holds."""
    vector = Vector(memory.dtype)

    def codegen(context, builder, sig, args):
        return splat(context, builder, vector, args[1])

    return vector(memory, memory.dtype), codegen


def _binary(method):
    @intrinsic
    def operation(typingctx, x, y):
        def codegen(context, builder, sig, args):
            return getattr(builder, method)(*args)

        return x(x, x), codegen

    return operation


add, sub, mul, div = _binary("fadd"), _binary("fsub"), _binary("fmul"), _binary("fdiv")


@intrinsic
def root(typingctx, x):
    """The square root."""

    def codegen(context, builder, sig, args):
        kind = args[0].type
        name = f"llvm.sqrt.v{kind.count}f{x.real.bitwidth}"
        module = builder.module
        fn = module.globals.get(name) or ir.Function(module, ir.FunctionType(kind, [kind]), name)
        return builder.call(fn, args)

    return x(x), codegen


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


# --- rows of an array to lanes and back: blocks of as many rows and columns as a vector has lanes --------------------------


def transposed(builder, rows):
    """The columns of a square block whose rows are vectors: pairs exchange halves, quarters, ... of each other."""
    n = len(rows)
    step = 1
    while step < n:
        first = [k if not k & step else n + k - step for k in range(n)]
        second = [k + step if not k & step else n + k for k in range(n)]
        masks = [ir.Constant(ir.VectorType(ir.IntType(32), n), mask) for mask in (first, second)]
        new = list(rows)
        for i in range(n):
            if not i & step:
                new[i] = builder.shuffle_vector(rows[i], rows[i + step], masks[0])
                new[i + step] = builder.shuffle_vector(rows[i], rows[i + step], masks[1])
        rows = new
        step *= 2
    return rows


def _block(context, builder, vector, array, stride, memory, places, lane):
    """Pointers to the rows of a block in an array, and to its columns in the lane memory, from this lane on."""
    real = context.get_value_type(vector.real)
    pointer = context.get_value_type(vector).as_pointer()
    number, long = (lambda k: ir.Constant(ir.IntType(64), k)), ir.IntType(64)
    per_line = 64 // (vector.real.bitwidth // 8)
    outside, inside = [], []
    for k in range(vector.lanes):
        outside.append(builder.bitcast(builder.gep(array, [builder.mul(stride, number(k))]), pointer))
        line = builder.load(builder.gep(places, [number(k)]))
        at = builder.add(builder.mul(builder.zext(line, long), number(per_line)), lane)
        inside.append(builder.bitcast(builder.gep(memory, [at]), pointer))
    return outside, inside, real


def _exchange(into):
    @intrinsic
    def operation(typingctx, array, stride, memory, places, lane):
        vector = Vector(memory.dtype)
        size = vector.real.bitwidth // 8

        def codegen(context, builder, sig, args):
            outside, inside, _ = _block(context, builder, vector, *args)
            source, target = (outside, inside) if into else (inside, outside)
            rows = []
            for p in source:
                rows.append(builder.load(p))
                rows[-1].align = size if into else vector_bytes()
            for p, x in zip(target, transposed(builder, rows), strict=True):
                builder.store(x, p).align = vector_bytes() if into else size
            return context.get_dummy_value()

        return types.none(array, types.int64, memory, places, types.int64), codegen

    return operation


block_in = _exchange(True)
"""block_in(array, stride, memory, places, lane): rows of an array, `stride` apart, to lanes of the lines in `places`."""
block_out = _exchange(False)
"""The way back."""


@intrinsic
def lanes_of(typingctx, memory):
    """Numbers in a vector."""

    def codegen(context, builder, sig, args):
        return ir.IntType(64)(Vector(memory.dtype).lanes)

    return types.int64(memory), codegen


@part
def rows_in(array, stride, n, memory, places, rows, per_line):
    """Columns 0 to n of `rows` rows of an array, `stride` apart, to the lanes of the lines in `places`."""
    size = lanes_of(memory)
    whole = rows - rows % size if n >= size else 0
    for lane in range(0, whole, size):
        i = 0
        while i < n:
            i = min(i, n - size)
            block_in(at(array, lane * stride + i), stride, memory, at(places, i), lane)
            i += size
    for i in range(n if whole < rows else 0):
        x = at(memory, places[i] * per_line)
        for lane in range(whole, rows):
            x[lane] = array[lane * stride + i]


@part
def rows_out(array, stride, n, memory, places, rows, per_line):
    """The way back."""
    size = lanes_of(memory)
    whole = rows - rows % size if n >= size else 0
    for lane in range(0, whole, size):
        i = 0
        while i < n:
            i = min(i, n - size)
            block_out(at(array, lane * stride + i), stride, memory, at(places, i), lane)
            i += size
    for i in range(n if whole < rows else 0):
        x = at(memory, places[i] * per_line)
        for lane in range(whole, rows):
            array[lane * stride + i] = x[lane]


# --- memory from one place to another, a line of the processor's cache after the other --------------------------------------


def _mover(past):
    @intrinsic
    def move(typingctx, source, target):
        def codegen(context, builder, sig, args):
            kind = ir.VectorType(ir.IntType(64), LINE // 8).as_pointer()
            x = builder.load(builder.inttoptr(args[0], kind))
            x.align = 4
            stored = builder.store(x, builder.inttoptr(args[1], kind))
            stored.align = LINE if past else 4
            if past:
                stored.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
            return context.get_dummy_value()

        return types.none(types.int64, types.int64), codegen

    return move


move_line = _mover(False)
"""move_line(source, target): a line's bytes from an address, to another one."""
move_past = _mover(True)
"""The same past the caches; the target is a multiple of a line."""


@intrinsic
def fence(typingctx):
    """What was stored past the caches comes before what follows, for other threads, too."""

    def codegen(context, builder, sig, args):
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.none(), codegen


@part
def moved(source, target, size, like, past):
    """Move `size` bytes, of numbers of the type of `like`; with `past` past the caches: what is not read again soon need not be read from the memory
    before it is written."""
    number = real_size(like)
    k = np.int64(0)
    while k < size:
        if k + LINE <= size and (past == 0 or (target + k) % LINE == 0):
            if past == 0:
                move_line(source + k, target + k)
            else:
                move_past(source + k, target + k)
            k += LINE
        else:
            real_pointer(target + k, like)[0] = real_pointer(source + k, like)[0]
            k += number


@part
def lines(array, step, memory, places, n, size, into, like):
    """Move `size` bytes from each of n addresses, `step` bytes apart from `array` on, to the line in `places`; the way back without `into`."""
    whole = size // LINE
    for i in range(n):
        line, other = memory + LINE * np.int64(places[i]), array + i * step
        source, target = (other, line) if into else (line, other)
        for k in range(whole):
            move_line(source + LINE * k, target + LINE * k)
        if LINE * whole < size:
            moved(source + LINE * whole, target + LINE * whole, size - LINE * whole, like, 0)
