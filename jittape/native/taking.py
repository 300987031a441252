"""Native code of gradients inside native code: a tape is taken, arguments become Vars, the function records, the sweep runs."""

import numpy as np
from llvmlite import ir
from numba import carray, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic, overload

from jittape.native import workspace as _workspace  # noqa: F401 (its symbols)
from jittape.native.cache import mark
from jittape.native.var import CACHE, LONG, VarType, var
from jittape.native.workspace import IDLE, LARGEST
from jittape.sweep.compile import part
from jittape.sweep.pointers import call_step, i8_pointer, real_pointer, u1_pointer
from jittape.tape.layout import (
    C_ADJOINT,
    C_BUFFER,
    C_BUFFERED,
    C_CACHE,
    C_COUNT,
    C_DECIDED,
    C_EXTRA,
    C_FULL,
    C_INPUTS,
    C_LIMIT,
    C_LIMITED,
    C_OPCODE,
    C_REVERSE,
    C_SEED,
    C_SLOTS,
    C_STATUS,
    C_VALUE,
    DONE,
    INPUT,
)


def _symbol(name, result, *arguments):
    """A callback as a native function."""

    def codegen(context, b, sig, args):
        kind = ir.VoidType() if result == types.none else context.get_value_type(result)
        fn = cgutils.get_or_insert_function(b.module, ir.FunctionType(kind, [LONG] * len(args)), name)
        found = b.call(fn, args)
        return context.get_dummy_value() if result == types.none else found

    return result(*arguments), codegen


@intrinsic
def new(typingctx):
    return _symbol("jittape_new", types.int64)


@intrinsic
def room(typingctx, tape, n):
    return _symbol("jittape_room", types.none, types.int64, types.int64)


@intrinsic
def finish(typingctx, tape):
    return _symbol("jittape_finish", types.none, types.int64)


@intrinsic
def drop(typingctx, tape):
    return _symbol("jittape_drop", types.none, types.int64)


@intrinsic
def table(typingctx):
    """The address of the table of idle tapes, asked for once a library: a word of its own holds it."""

    def codegen(context, b, sig, args):
        kept = b.module.globals.get("jittape_table_address")
        if kept is None:
            kept = ir.GlobalVariable(b.module, LONG, "jittape_table_address")
            kept.linkage = "internal"
            kept.initializer = ir.Constant(LONG, 0)
        known = b.load(kept)
        before = b.block
        with b.if_then(b.icmp_unsigned("==", known, ir.Constant(LONG, 0)), likely=False):
            fn = cgutils.get_or_insert_function(b.module, ir.FunctionType(LONG, []), "jittape_table")
            asked = b.call(fn, [])
            b.store(asked, kept)
            after = b.block
        out = b.phi(LONG)
        out.add_incoming(known, before)
        out.add_incoming(asked, after)
        return out

    return types.int64(), codegen


@intrinsic
def exchange(typingctx, address, value):
    """Atomically store a word; returns what was there."""

    def codegen(context, b, sig, args):
        return b.atomic_rmw("xchg", b.inttoptr(args[0], LONG.as_pointer()), args[1], "acq_rel")

    return types.int64(types.int64, types.int64), codegen


@intrinsic
def replace(typingctx, address, old, value):
    """Atomically store a word where `old` stands; returns whether it did."""

    def codegen(context, b, sig, args):
        found = b.cmpxchg(b.inttoptr(args[0], LONG.as_pointer()), args[1], args[2], "acq_rel", "monotonic")
        return b.extract_value(found, 1)

    return types.boolean(types.int64, types.int64, types.int64), codegen


@intrinsic
def var_pointer(typingctx, address):
    def codegen(context, b, sig, args):
        return b.inttoptr(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(var)(types.int64), codegen


@intrinsic
def make_var(typingctx, value, slot, tape):
    def codegen(context, b, sig, args):
        new = cgutils.create_struct_proxy(var)(context, b)
        new.value, new.slot, new.tape = args
        return new._getvalue()

    return var(types.float64, types.int64, types.int64), codegen


@part
def take():
    """The address block of a tape that nobody else uses; 0 where there is no memory for one."""
    first = table()
    idle = i8_pointer(first)
    for k in range(IDLE):
        if idle[k] != 0:
            tape = exchange(first + 8 * k, 0)
            if tape != 0:
                return tape
    return new()


@part
def give(tape):
    """Give a tape back."""
    first = table()
    idle = i8_pointer(first)
    if i8_pointer(tape)[C_LIMIT] <= LARGEST:
        for k in range(IDLE):
            if idle[k] == 0 and replace(first + 8 * k, 0, tape):
                return
    drop(tape)


@part
def start(tape, n):
    """Make a tape ready for a recording of n inputs; returns whether there is memory."""
    ctl = i8_pointer(tape)
    ctl[C_FULL] = 0
    if ctl[C_LIMIT] <= n or ctl[C_BUFFERED] < n or ctl[C_EXTRA] != 0 or ctl[C_LIMITED] != i8_pointer(table())[IDLE]:
        room(tape, n)
        if ctl[C_FULL] != 0:
            return False
    opcode, cache = u1_pointer(ctl[C_OPCODE]), i8_pointer(ctl[C_CACHE])
    for i in range(n):
        opcode[i] = INPUT
    for i in range(2 * CACHE):
        cache[i] = -1
    ctl[C_COUNT], ctl[C_INPUTS], ctl[C_DECIDED] = n, n, 0
    return True


@part
def sweep(tape, slot, n):
    """The reverse sweep from a slot down to the inputs; returns whether all went well."""
    ctl = i8_pointer(tape)
    if ctl[C_FULL] != 0:
        return False
    if slot < 0:
        return True
    ctl[C_SEED] = slot
    if ctl[C_EXTRA] == 0:
        count = ctl[C_COUNT]
        ctl[C_SLOTS] = count
        real_pointer(ctl[C_ADJOINT], 0.0)[slot] = 1.0
        call_step(ctl[C_REVERSE], tape, count, n, count, 0.0)
        if ctl[C_STATUS] == DONE:
            return True
    finish(tape)
    return ctl[C_FULL] == 0


@part
def why(tape):
    return i8_pointer(tape)[C_FULL]


def refuse(x):
    """The error of an argument that cannot be differentiated."""
    if isinstance(x, VarType) or (isinstance(x, types.Array) and isinstance(x.dtype, VarType)):
        return TypingError(
            "jittape: a native gradient is called with recorded values, in a function that is differentiated itself: derivatives of derivatives "
            "are not recorded natively. Use jittape.hessian or jittape.hvp of the function, or finite differences of the native gradient"
        )
    if isinstance(x, types.Array):
        return TypingError(f"a native gradient is taken with respect to float64 arrays, not {x}: convert it with x.astype(np.float64)")
    return TypingError(
        f"a native gradient is taken with respect to floats and arrays of float64, not {x}: pass float(x), or choose other arguments by argnums="
    )


def size(x): ...
def load(tape, first, x): ...
def collect(tape, first, x): ...


def is_floats(x):
    return isinstance(x, types.Array) and x.dtype == types.float64


@overload(size)
def _size(x):
    if is_floats(x):
        return lambda x: x.size
    if isinstance(x, types.Float):
        return lambda x: 1
    raise refuse(x)


@overload(load)
def _load(tape, first, x):
    if isinstance(x, types.Float):

        def number(tape, first, x):
            real_pointer(i8_pointer(tape)[C_VALUE], 0.0)[first] = x
            return make_var(x, first, tape)

        return number

    if not is_floats(x):
        raise refuse(x)
    flat = x.layout == "C"

    def array(tape, first, x):
        ctl = i8_pointer(tape)
        values = real_pointer(ctl[C_VALUE], 0.0)
        variables = var_pointer(ctl[C_BUFFER] + 24 * first)
        if flat:
            y = x.reshape(x.size)
            for i in range(y.size):
                values[first + i] = y[i]
                variables[i] = make_var(y[i], first + i, tape)
        else:
            i = 0
            for v in x.flat:
                values[first + i] = v
                variables[i] = make_var(v, first + i, tape)
                i += 1
        return carray(variables, x.shape)

    return array


@overload(collect)
def _collect(tape, first, x):
    if isinstance(x, types.Float):

        def number(tape, first, x):
            g = real_pointer(i8_pointer(tape)[C_ADJOINT], 0.0)
            found = g[first]
            g[first] = 0.0
            return found

        return number
    if not is_floats(x):
        raise refuse(x)

    def array(tape, first, x):
        g = real_pointer(i8_pointer(tape)[C_ADJOINT], 0.0)
        out = np.empty(x.shape)
        flat = out.reshape(out.size)
        for i in range(flat.size):
            flat[i] = g[first + i]
            g[first + i] = 0.0
        return out

    return array


def caller(recording):
    """An intrinsic that calls the recording version of a function, and gives the tape back before an exception goes on.

    Returns:
        call(tape, arguments) -> (value, slot).
    """

    @intrinsic
    def call(typingctx, tape, arguments):
        kinds = tuple(types.unliteral(t) for t in arguments)
        recording.compile(kinds)
        compiled = recording.overloads[kinds]
        result = compiled.signature.return_type
        if not isinstance(result, (VarType, types.Float, types.Integer, types.Boolean)):
            raise TypingError(
                f"a native gradient needs a function that returns one number; {recording.py_func.__name__} returned {result}. "
                "Reduce the result (np.sum), or write a function that returns one of its elements"
            )

        def codegen(context, b, sig, args):
            context.active_code_library.add_linking_library(compiled.library)
            mark(context.active_code_library)
            values = [b.extract_value(args[1], i) for i in range(len(kinds))]
            status, found = context.call_internal_no_propagate(b, compiled.fndesc, compiled.signature, values)
            with b.if_then(status.is_error, likely=False):
                context.compile_internal(b, lambda tape: give(tape), types.none(types.int64), [args[0]])
                context.call_conv.return_status_propagate(b, status)
            if isinstance(result, VarType):
                x = cgutils.create_struct_proxy(var)(context, b, value=found)
                parts = [x.value, x.slot]
            else:
                parts = [context.cast(b, found, result, types.float64), ir.Constant(LONG, -1)]
            return context.make_tuple(b, sig.return_type, parts)

        return types.Tuple((types.float64, types.int64))(types.int64, arguments), codegen

    return call


@intrinsic
def float_pointer(typingctx, address):
    """A pointer to float64 of an untyped one."""

    def codegen(context, b, sig, args):
        return b.bitcast(args[0], context.get_value_type(sig.return_type))

    return types.CPointer(types.float64)(types.voidptr), codegen
