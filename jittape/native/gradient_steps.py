"""Native code of gradients inside native code: a tape is taken, arguments become Vars, the function records, the sweep runs."""

import numpy as np
from llvmlite import ir
from numba import carray, farray, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic, register_jitable

from jittape.compiler.pointers import i8_pointer, real_pointer
from jittape.errors import JittapeError
from jittape.native.compile.arguments import described, instead
from jittape.native.compile.explain import explained
from jittape.native.compile.source import from_source
from jittape.native.recording import workspace as _workspace  # noqa: F401 (its symbols)
from jittape.native.recording.symbols import asked_once
from jittape.native.vars.complex_vars import apart, make_complex
from jittape.native.vars.marks import mark
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import complex_dtype, is_complex_array, var_dtype
from jittape.native.vars.var import LONG, RECORD, ComplexVarType, VarType, complex_var, var
from jittape.ops.layout import C_ADJOINT, C_BUFFER, C_VALUE
from jittape.sweep.point import idle

ITEM = RECORD.itemsize


@intrinsic
def table(typingctx):
    """The address of the table of idle tapes, asked for once a library: a word of its own holds it."""

    def codegen(context, b, sig, args):
        return asked_once(b, "jittape_table")

    return types.int64(), codegen


@intrinsic
def var_pointer(typingctx, address):
    def codegen(context, b, sig, args):
        return b.inttoptr(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(var)(types.int64), codegen


@intrinsic
def complex_pointer(typingctx, address):
    def codegen(context, b, sig, args):
        return b.inttoptr(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(complex_var)(types.int64), codegen


@intrinsic
def make_var(typingctx, value, slot, tape):
    def codegen(context, b, sig, args):
        new = cgutils.create_struct_proxy(var)(context, b)
        new.value, new.slot, new.tape = args
        return new._getvalue()

    return var(types.float64, types.int64, types.int64), codegen


@intrinsic
def second_table(typingctx):
    """The address of the table of sweep/point/second.py, likewise."""

    def codegen(context, b, sig, args):
        return asked_once(b, "jittape_second")

    return types.int64(), codegen


def step_at(place):
    """A function that is called by its address in a table: step(table, arguments)."""

    @intrinsic
    def step(typingctx, table, arguments):
        def codegen(context, b, sig, args):
            kind = ir.FunctionType(LONG, [LONG] * len(arguments))
            address = b.load(b.gep(b.inttoptr(args[0], LONG.as_pointer()), [ir.Constant(LONG, place)]))
            return b.call(b.inttoptr(address, kind.as_pointer()), cgutils.unpack_tuple(b, args[1]))

        return types.int64(types.int64, types.UniTuple(types.int64, len(arguments))), codegen

    return step


begin, load_array, sweep, collect_array, give = (step_at(idle.LIMIT_NUMBER + 1 + idle.FUNCTIONS.index(f)) for f in idle.STEPS)


def refuse(x):
    """The error of an argument that cannot be differentiated."""
    if isinstance(x.dtype if isinstance(x, types.Array) else x, (VarType, ComplexVarType)):
        return TypingError(
            "jittape: a native derivative of another kind than a gradient is called with recorded values, in a function that is differentiated "
            "itself. Nest jittape.native.grad or value_and_grad there, or use jittape.hessian or jittape.hvp of the function"
        )
    if isinstance(x, types.Array):
        return TypingError(f"a native gradient is taken with respect to arrays of float64 or complex128, not {described(x)}: convert it with x.astype(np.float64)")
    way = "float(x)" if isinstance(x, types.Number) else instead(x, "x") or "such"
    return TypingError(
        f"a native gradient is taken with respect to floats, complex numbers and arrays of them, not {described(x)}: pass {way}, or choose other arguments by argnums="
    )


def size(x): ...
def real_size(x): ...
def load(table, tape, first, x): ...
def collect(table, tape, first, x): ...


def is_complex(x):
    """Whether an argument is a complex number, or an array of them."""
    return isinstance(x.dtype if isinstance(x, types.Array) else x, types.Complex)


def is_floats(x):
    return isinstance(x, types.Array) and x.dtype in (types.float64, types.float32)


@overload(size)
def _size(x):
    if is_floats(x):
        return lambda x: x.size
    if isinstance(x, types.Float):
        return lambda x: 1
    if is_complex(x):  # two numbers for each
        return (lambda x: 2 * x.size) if isinstance(x, types.Array) else lambda x: 2
    raise refuse(x)


@overload(real_size)
def _real_size(x):
    """The same where complex numbers are not differentiated by."""
    if is_complex(x):
        raise TypingError(
            f"jittape: this native derivative is taken with respect to real numbers, not {x}: of a real function of complex numbers the second derivatives are no complex "
            "matrix. Take real and imaginary part as two arguments, or jittape.native.hvp; for an analytic function say holomorphic=True (docs/complex.md)"
        )
    return lambda x: size(x)


def _filled(tape, first, x, variables): ...
@overload(_filled)
def _filled_overload(tape, first, x, variables):
    """The elements of an array as inputs from `first` on, one after the other, in `variables`."""

    def numbers(tape, first, x, variables):
        values = real_pointer(i8_pointer(tape)[C_VALUE], 0.0)
        i = first
        for place in np.ndindex(x.shape):
            values[i] = x[place]
            variables[place] = make_var(x[place], i, tape)
            i += 1
        return variables

    def pairs(tape, first, x, variables):
        values = real_pointer(i8_pointer(tape)[C_VALUE], 0.0)
        i = first
        for place in np.ndindex(x.shape):
            z = x[place]
            values[i], values[i + 1] = z.real, z.imag
            variables[place] = make_complex(make_var(z.real, i, tape), make_var(z.imag, i + 1, tape))
            i += 2
        return variables

    return pairs if is_complex(x) else numbers


@overload(load)
def _load(table, tape, first, x):
    if is_complex(x):
        return _load_complex(x)
    if isinstance(x, types.Float):

        def number(table, tape, first, x):
            real_pointer(i8_pointer(tape)[C_VALUE], 0.0)[first] = x
            return make_var(x, first, tape)

        return number

    if not is_floats(x):
        raise refuse(x)
    if x.layout == "F":

        def columns(table, tape, first, x):
            return _filled(tape, first, x, farray(var_pointer(i8_pointer(tape)[C_BUFFER] + ITEM * first), x.shape))

        return columns
    if x.layout == "C" and x.dtype == types.float32:

        def wider(table, tape, first, x):
            y = x.astype(np.float64)
            load_array(table, (tape, first, y.ctypes.data, y.size))
            return carray(var_pointer(i8_pointer(tape)[C_BUFFER] + ITEM * first), y.shape)

        return wider

    def array(table, tape, first, x):
        load_array(table, (tape, first, x.ctypes.data, x.size))
        return carray(var_pointer(i8_pointer(tape)[C_BUFFER] + ITEM * first), x.shape)

    if x.layout != "C":

        def strided(table, tape, first, x):  # not contiguous, as the argument is not: what ravel() copies, say, depends on that
            return _filled(tape, first, x, np.empty(x.shape + (2,), var_dtype)[..., 0])

        return strided
    return array


@overload(collect)
def _collect(table, tape, first, x):
    if isinstance(x, types.Float):

        def number(table, tape, first, x):
            g = real_pointer(i8_pointer(tape)[C_ADJOINT], 0.0)
            found = g[first]
            g[first] = 0.0
            return rounded(found, x)

        return number
    if is_complex(x):
        return _collect_complex(x)
    if not is_floats(x):
        raise refuse(x)

    def array(table, tape, first, x):
        out = np.empty(x.shape)
        collect_array(table, (tape, first, out.ctypes.data, x.size))
        return rounded(out, x)

    return array


def _load_complex(x):
    """Complex numbers as pairs of inputs, which stand next to each other."""
    if not isinstance(x, types.Array):

        def number(table, tape, first, x):
            values = real_pointer(i8_pointer(tape)[C_VALUE], 0.0)
            values[first], values[first + 1] = x.real, x.imag
            return make_complex(make_var(x.real, first, tape), make_var(x.imag, first + 1, tape))

        return number
    ordered = x.layout == "C"

    def array(table, tape, first, x):
        if ordered:
            y = x.astype(np.complex128)
            load_array(table, (tape, first, y.ctypes.data, 2 * y.size))
            return carray(complex_pointer(i8_pointer(tape)[C_BUFFER] + ITEM * first), y.shape)
        return _filled(tape, first, x, np.empty(x.shape + (2,), complex_dtype)[..., 0])

    def columns(table, tape, first, x):
        return _filled(tape, first, x, farray(complex_pointer(i8_pointer(tape)[C_BUFFER] + ITEM * first), x.shape))

    return columns if x.layout == "F" else array


def _collect_complex(x):
    """df/dx - i df/dy of each."""
    single = x.dtype if isinstance(x, types.Array) else x
    kind = np.complex64 if single == types.complex64 else np.complex128
    if not isinstance(x, types.Array):

        def number(table, tape, first, x):
            g = real_pointer(i8_pointer(tape)[C_ADJOINT], 0.0)
            found = complex(g[first], -g[first + 1])
            g[first] = g[first + 1] = 0.0
            return kind(found)

        return number

    def array(table, tape, first, x):
        out = np.empty(x.shape, np.complex128)
        collect_array(table, (tape, first, out.ctypes.data, 2 * x.size))
        return np.conjugate(out).astype(kind)

    return array


def rounded(y, x): ...
def narrowed(y, xs): ...


def is_single(x):
    """Whether an argument is of single precision."""
    return (x.dtype if isinstance(x, types.Array) else x) in (types.float32, types.complex64)


def single_of(y):
    """The dtype of single precision of numbers, real or complex."""
    return np.complex64 if is_complex(y) else np.float32


@overload(rounded)
def _rounded(y, x):
    """Numbers in the precision of what they are derivatives by."""
    if not is_single(x):
        return lambda y, x: y
    kind = single_of(y)
    return (lambda y, x: y.astype(kind)) if isinstance(y, types.Array) else lambda y, x: kind(y)


@overload(narrowed)
def _narrowed(y, xs):
    """A result as float32 where all differentiated arguments are."""
    if isinstance(y, types.BaseTuple):
        text = "def each(y, xs):\n    return (" + "".join(f"narrowed(y[{i}], xs), " for i in range(len(y))) + ")\n"
        return from_source(text, __name__, {"narrowed": narrowed})["each"]
    if not all(map(is_single, xs)):
        return lambda y, xs: y
    kind = single_of(y)
    return (lambda y, xs: y.astype(kind)) if isinstance(y, types.Array) else lambda y, xs: kind(y)


def stored(variables, first): ...


@register_jitable
def _span(a):
    low = high = a.ctypes.data
    for n, step in zip(a.shape, a.strides):  # noqa: B905 (Numba knows no strict=)
        if step < 0:
            low += (n - 1) * step
        else:
            high += (n - 1) * step
    return low, high + a.itemsize


@intrinsic
def shares(typingctx, a, b):
    """Whether the memories of two arguments overlap, from the first element to the last. (An overload would be compiled for lists, too, of which Numba warns.)"""

    def overlap(a, b):
        return a.size > 0 and b.size > 0 and _span(a)[0] < _span(b)[1] and _span(b)[0] < _span(a)[1]

    def codegen(context, b, sig, args):
        if not all(isinstance(t, types.Array) for t in sig.args):
            return ir.Constant(ir.IntType(1), 0)
        return context.compile_internal(b, overlap, sig, args)

    return types.boolean(a, b), codegen


@overload(stored)
def _stored(variables, first):
    """Whether something else stands in an array of inputs."""
    if not isinstance(variables, types.Array):
        return lambda variables, first: False
    if is_complex_array(variables):

        def parts_changed(variables, first):
            i = first
            for place in np.ndindex(variables.shape):
                z = variables[place]
                if slot_of(z.real) != i or slot_of(z.imag) != i + 1:
                    return True
                i += 2
            return False

        return parts_changed

    def changed(variables, first):
        i = first
        for place in np.ndindex(variables.shape):
            x = variables[place]
            if slot_of(x) != i:
                return True
            i += 1
        return False

    return changed


@intrinsic
def slot_of(typingctx, x):
    def codegen(context, b, sig, args):
        return cgutils.create_struct_proxy(var)(context, b, value=args[0]).slot

    return types.int64(var), codegen


def caller(recording, one=True, holomorphic=False):
    """An intrinsic that calls the recording version of a function, and gives the tape back before an exception goes on.

    Returns:
        call(table, tape, arguments) -> (value, slot); or, of a function that need not return `one` number, its result. With `holomorphic` the number is
        complex, and the slot is that of its real part.
    """

    @intrinsic
    def call(typingctx, table, tape, arguments):
        kinds = tuple(types.unliteral(t) for t in arguments)
        try:
            recording.compile(kinds)
        except JittapeError:
            raise
        except Exception as error:
            found = explained(error, recording, kinds)
            raise TypingError(f"jittape: {found}") from found.__cause__
        compiled = recording.overloads[kinds]
        result = compiled.signature.return_type
        if holomorphic and one:
            if not isinstance(result, ComplexVarType):
                raise TypingError(
                    f"jittape: holomorphic=True is for functions of complex numbers to complex numbers; {recording.py_func.__name__} returned {result}"
                )
        elif one and isinstance(result, (types.Complex, ComplexVarType)):
            raise TypingError(
                f"a native derivative is of a real number; {recording.py_func.__name__} returned a complex one. Return a real one (abs(z), z.real, "
                "abs(z) ** 2); of an analytic function, jittape.native.hessian, hvp and jacobian take holomorphic=True, and so does jittape.grad in Python"
            )
        elif one and not isinstance(result, (VarType, types.Float, types.Integer)):
            raise TypingError(
                f"a native gradient needs a function that returns one number; {recording.py_func.__name__} returned {result}. "
                "Reduce the result (np.sum), or write a function that returns one of its elements"
            )

        def codegen(context, b, sig, args):
            context.active_code_library.add_linking_library(compiled.library)
            mark(context.active_code_library)
            values = [b.extract_value(args[2], i) for i in range(len(kinds))]
            status, found = context.call_internal_no_propagate(b, compiled.fndesc, compiled.signature, values)
            with b.if_then(status.is_error, likely=False):
                context.compile_internal(b, lambda table, tape: give(table, (table, tape)), types.int64(types.int64, types.int64), list(args[:2]))
                context.call_conv.return_status_propagate(b, status)
            if not one:
                return found
            if holomorphic:
                re, im = (cgutils.create_struct_proxy(var)(context, b, value=part) for part in apart(context, b, found))
                z = context.make_complex(b, types.complex128)
                z.real, z.imag = re.value, im.value
                parts = [z._getvalue(), re.slot]
                return context.make_tuple(b, sig.return_type, parts)
            if isinstance(result, VarType):
                x = cgutils.create_struct_proxy(var)(context, b, value=found)
                parts = [x.value, x.slot]
            else:
                parts = [context.cast(b, found, result, types.float64), ir.Constant(LONG, -1)]
            return context.make_tuple(b, sig.return_type, parts)

        returned = types.Tuple((types.complex128 if holomorphic else types.float64, types.int64)) if one else result
        return returned(types.int64, types.int64, arguments), codegen

    return call


@intrinsic
def float_pointer(typingctx, address):
    """A pointer to float64 of an untyped one."""

    def codegen(context, b, sig, args):
        return b.bitcast(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(types.float64)(types.voidptr), codegen
