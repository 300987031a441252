"""Intrinsics for native sweeps: typed pointers from addresses, and calls of block kernels by address."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LONG = ir.IntType(64)

allocate = types.ExternalFunction("NRT_Allocate", types.voidptr(types.intp))
"""allocate(bytes): Numba's way to the C library's memory; null where there is none."""
release = types.ExternalFunction("NRT_Free", types.none(types.voidptr))


def _pointer(dtype):
    @intrinsic
    def pointer(typingctx, address):
        """Pointer to `dtype` at an integer address."""

        def codegen(context, builder, sig, args):
            return builder.inttoptr(args[0], context.get_value_type(sig.return_type))

        return types.CPointer(dtype)(address), codegen

    return pointer


i8_pointer = _pointer(types.int64)
i4_pointer = _pointer(types.int32)
u2_pointer = _pointer(types.uint16)
u1_pointer = _pointer(types.uint8)


@intrinsic
def real_pointer(typingctx, address, like):
    """Pointer to numbers of the type of `like` at an integer address."""

    def codegen(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(like)(address, like), codegen


@intrinsic
def real_size(typingctx, like):
    """Bytes of a number of the type of `like`."""

    def codegen(context, builder, sig, args):
        return LONG(4 if like == types.float32 else 8)

    return types.int64(like), codegen


@intrinsic
def real(typingctx, number, like):
    """An integer as a number of the type of `like`."""

    def codegen(context, builder, sig, args):
        return builder.sitofp(args[0], context.get_value_type(like))

    return like(types.int64, like), codegen


@intrinsic
def blas_letter(typingctx, like):
    """BLAS's letter for the type of `like`: ord("d") or ord("s")."""

    def codegen(context, builder, sig, args):
        return LONG(ord("s" if like == types.float32 else "d"))

    return types.int64(like), codegen


@intrinsic
def at(typingctx, pointer, k):
    """The pointer k elements further on."""

    def codegen(context, builder, sig, args):
        return builder.gep(args[0], [args[1]])

    return pointer(pointer, types.int64), codegen


@intrinsic
def void(typingctx, pointer):
    """The same pointer without its type, for BLAS."""

    def codegen(context, builder, sig, args):
        return builder.bitcast(args[0], context.get_value_type(types.voidptr))

    return types.voidptr(pointer), codegen


@intrinsic
def address_of(typingctx, pointer):
    """The address that a pointer holds."""

    def codegen(context, builder, sig, args):
        return builder.ptrtoint(args[0], context.get_value_type(sig.return_type))

    return types.int64(pointer), codegen


def calling(context, builder, sig, args):
    """Call the function at the address in the first argument with the others."""
    address, *rest = args
    kinds = [context.get_value_type(t) for t in sig.args[1:]]
    fn = builder.inttoptr(address, ir.FunctionType(ir.VoidType(), kinds).as_pointer())
    builder.call(fn, rest)
    return context.get_dummy_value()


def returning(context, builder, sig, args):
    """The same of a function that gives a number."""
    address, *rest = args
    kinds = [context.get_value_type(t) for t in sig.args[1:]]
    fn = builder.inttoptr(address, ir.FunctionType(context.get_value_type(sig.return_type), kinds).as_pointer())
    return builder.call(fn, rest)


@intrinsic
def call_forward(typingctx, kernel, x, y, w, z, m):
    """z = op(x, y, w) for m elements, by the kernel at an address."""
    return types.none(types.int64, x, y, w, z, types.int64), calling


@intrinsic
def call_reverse(typingctx, kernel, x, y, w, z, r, g, m):
    """g += r * (partial derivative) for m elements."""
    return types.none(types.int64, x, y, w, z, r, g, types.int64), calling


@intrinsic
def call_tangent(typingctx, kernel, x, y, w, z, tx, ty, tw, tz, m):
    """tz = tx * dx + ty * dy + tw * dw for m elements."""
    return types.none(types.int64, x, y, w, z, tx, ty, tw, tz, types.int64), calling


@intrinsic
def call_step(typingctx, step, address, k, end, s, like):
    """One of sweep/point/steps.py, by its address."""
    return types.none(types.int64, types.int64, types.int64, types.int64, types.int64, like), calling


@intrinsic
def call_point(typingctx, point, address, x, v, out, description, like):
    """One of sweep/point/call.py, by its address; it returns a status."""
    return types.int64(*(types.int64,) * 6, like), returning


@intrinsic
def call_loop(typingctx, kernel, v, g, data, buffers, x, out, zeroed):
    """A kernel of sweep/loops/turnwise.py or independent.py, by its address; it returns the turns that it has left over."""
    return types.int64(types.int64, v, g, data, buffers, x, out, types.int64), returning


@intrinsic
def call_chunk(typingctx, kernel, v, x, g, data, buffers, first, m):
    """A kernel of sweep/loops/elements.py, by its address."""
    return types.none(types.int64, v, x, g, data, buffers, types.int64, types.int64), calling


@intrinsic
def call_visit(typingctx, visit, a, b, c, d):
    """A function of four numbers that gives one, by its address: see `offer` of sweep/engine.py."""
    return types.int64(*(types.int64,) * 5), returning


@intrinsic
def call_routine(typingctx, routine, x, z, g, out, record, work):
    """A routine of instructions/decompositions, by its address; it returns whether it was done."""
    return types.int64(types.int64, x, z, g, out, record, work), returning


call_four = call_visit
"""A function of Python of at most four arguments (those that it does not take are passed and not looked at), by its address."""


@intrinsic
def call_new(typingctx, new, a, b, c, d, e, f, g, h, i):
    """NumPy's PyArray_New, by its address."""
    return types.int64(*(types.int64,) * 10), returning


@intrinsic
def call_columns(typingctx, columns, plan, x, xi, cs, js, y, yi, dcs, djs, cols, scale, weight, work):
    """A routine of instructions/fourier, by its address."""
    i8 = types.int64
    return types.none(i8, i8, x, x, i8, i8, x, x, i8, i8, i8, x.dtype, x.dtype, x), calling
