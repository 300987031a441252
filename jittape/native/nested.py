"""Native gradients inside functions that are differentiated themselves: the inner reverse sweep is recorded on the outer tape.

In a recording version, a function that is called for its gradient records on the tape that its arguments are on, from copies of them, so that
what it has from outside is constant. Then Python writes the reverse sweep onto the tape (passes/reverse.py), as for nested calls of
`jittape.grad`, and native code goes on with the adjoints as recorded numbers: to any order, and in recordings that are replayed.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic, register_jitable

from jittape.compiler.pointers import i8_pointer
from jittape.errors import GradientError
from jittape.native.compile.source import from_source
from jittape.native.drivers import SWEEP, Arguments
from jittape.native.gradient_steps import is_floats, make_var, refuse, slot_of
from jittape.native.recording import nesting as _nesting  # noqa: F401 (its symbol)
from jittape.native.vars.marks import mark
from jittape.native.vars.overloads import overload, refresh
from jittape.native.vars.types import holds_complex, holds_var, is_var_array, var_dtype
from jittape.native.vars.var import INT, LONG, OPCODE, VarType, constant, own_tape, push, value_of
from jittape.ops._generated.opcodes import POS
from jittape.ops.layout import C_COUNT, C_EXTRA


@intrinsic
def pull(typingctx, tape, start, start_slot, slot, first, n, out):
    """Write the reverse sweep onto a tape, by Python: see native/recording/nesting.py."""

    def codegen(context, b, sig, args):
        f = cgutils.get_or_insert_function(b.module, ir.FunctionType(LONG, [LONG] * 7), "jittape_pull")
        return b.call(f, args)

    return types.int64(*(types.int64,) * 7), codegen


@intrinsic
def constant_slot(typingctx, tape, value):
    """The slot of a constant."""

    def codegen(context, b, sig, args):
        mark(context.active_code_library)
        return b.call(constant(b.module), args)

    return types.int64(types.int64, types.float64), codegen


@intrinsic
def copied_slot(typingctx, tape, slot, value):
    """The slot of a copy of a recorded number."""

    def codegen(context, b, sig, args):
        tape, slot, value = args
        return b.call(push(b.module), [tape, ir.Constant(OPCODE, POS), b.trunc(slot, INT), ir.Constant(INT, 0), value])

    return types.int64(types.int64, types.int64, types.float64), codegen


def tape_of(x): ...
def stripped(x): ...
def recorded(x): ...
def size_of(x): ...
def located(slots, values, first, tape, x): ...
def handed(variables, first, x): ...
def result_slot(x): ...


@overload(tape_of)
def _tape_of(x):
    """The tape that an argument is on."""
    if isinstance(x, VarType):
        return lambda x: own_tape(x)
    if is_var_array(x):

        def array(x):
            found = 0
            for place in np.ndindex(x.shape):
                found |= own_tape(x[place])
            return found

        return array
    if isinstance(x, types.BaseTuple) and holds_var(x):
        text = "def each(x):\n    return " + " | ".join(["0", *(f"tape_of(x[{i}])" for i in range(len(x)))]) + "\n"
        return from_source(text, __name__, {"tape_of": tape_of})["each"]
    return lambda x: 0


@overload(stripped)
def _stripped(x):
    """The values of an argument that is on no tape."""
    if isinstance(x, VarType):
        return lambda x: value_of(x)
    if is_var_array(x):

        def array(x):
            out = np.empty(x.shape)
            for place in np.ndindex(x.shape):
                out[place] = value_of(x[place])
            return out

        return array
    if isinstance(x, types.BaseTuple) and holds_var(x):
        text = "def each(x):\n    return (" + "".join(f"stripped(x[{i}]), " for i in range(len(x))) + ")\n"
        return from_source(text, __name__, {"stripped": stripped})["each"]
    return lambda x: x


@overload(recorded)
def _recorded(x):
    """Numbers as recorded ones, on no tape."""
    if isinstance(x, types.BaseTuple):
        text = "def each(x):\n    return (" + "".join(f"recorded(x[{i}]), " for i in range(len(x))) + ")\n"
        return from_source(text, __name__, {"recorded": recorded})["each"]
    if isinstance(x, types.Array):

        def array(x):
            out = np.empty(x.shape, var_dtype)
            for place in np.ndindex(x.shape):
                out[place] = make_var(x[place], -1, 0)
            return out

        return array
    return lambda x: make_var(x, -1, 0)


@overload(size_of)
def _size_of(x):
    if is_var_array(x) or is_floats(x):
        return lambda x: x.size
    if isinstance(x, (VarType, types.Float)):
        return lambda x: 1
    raise refuse(x)


@register_jitable
def _locate(slots, values, i, tape, x):
    slots[i] = slot_of(x) if own_tape(x) != 0 else constant_slot(tape, value_of(x))
    values[i] = value_of(x)


@overload(located)
def _located(slots, values, first, tape, x):
    """Note slots and values of an argument's elements; those on no tape become constants."""
    if isinstance(x, VarType):
        return lambda slots, values, first, tape, x: _locate(slots, values, first, tape, x)
    if isinstance(x, types.Float):
        return lambda slots, values, first, tape, x: _locate(slots, values, first, tape, make_var(x, -1, 0))
    plain = not is_var_array(x)

    def numbers(slots, values, first, tape, x):
        i = first
        for place in np.ndindex(x.shape):
            _locate(slots, values, i, tape, make_var(x[place], -1, 0))
            i += 1

    def array(slots, values, first, tape, x):
        i = first
        for place in np.ndindex(x.shape):
            _locate(slots, values, i, tape, x[place])
            i += 1

    return numbers if plain else array


@overload(handed)
def _handed(variables, first, x):
    """Recorded numbers in the form of an argument."""
    if isinstance(x, types.Array):
        return lambda variables, first, x: variables[first : first + x.size].copy().reshape(x.shape)
    return lambda variables, first, x: variables[first]


@overload(result_slot)
def _result_slot(x):
    return (lambda x: slot_of(x) if own_tape(x) != 0 else -1) if isinstance(x, VarType) else lambda x: -1


@register_jitable
def copied(tape, slots, values):
    """Copies of recorded numbers: they have consecutive slots."""
    out = np.empty(slots.size, var_dtype)
    for i in range(slots.size):
        out[i] = make_var(values[i], copied_slot(tape, slots[i], values[i]), tape)
    return out


@register_jitable
def position(tape):
    """(instructions, slots) of a tape."""
    ctl = i8_pointer(tape)
    return ctl[C_COUNT], ctl[C_COUNT] + ctl[C_EXTRA]


@register_jitable
def pulled(tape, start, start_slot, slot, variables):
    """The adjoints of what was handed over, as recorded numbers; the tape's own error says why there may be none."""
    out = np.empty(variables.size, var_dtype)
    for i in range(out.size):
        out[i] = make_var(0.0, -1, 0)
    fine = True
    if slot >= 0 and out.size > 0:
        fine = _pull(tape, start, start_slot, slot, slot_of(variables[0]), out) != 0
    return fine, out


@register_jitable
def _pull(tape, start, start_slot, slot, first, out):
    return pull(tape, start, start_slot, slot, first, out.size, out.ctypes.data)


NAMES = {f.__name__: f for f in (tape_of, stripped, recorded, size_of, located, handed, result_slot, copied, position, pulled)}


def stand_in(driver, recording, a: Arguments, value):
    """What stands for a native gradient in recording versions.

    Args:
        driver: the gradient.
        recording: the recording version of the function.
        value: whether its value is asked for, too.
    """
    names = ", ".join(a.names)
    lines = [f"def own({', '.join(a.shown)}): ...", f"def plain({names}):", f"    return driver({names})", f"def nested({names}):"]
    lines += ["    tape = " + " | ".join(f"tape_of({x})" for x in a.names), "    if tape == 0:"]
    lines.append(f"        return recorded(driver({', '.join(f'stripped({x})' for x in a.names)}))")
    total = "0"
    for i in a.numbers:
        lines.append(f"    n{i} = {total} + size_of({a.names[i]})")
        total = f"n{i}"
    lines += [f"    slots, values = np.empty({total}, np.int64), np.empty({total})"]
    lines += [f"    located(slots, values, {a.first(i)}, tape, {a.names[i]})" for i in a.numbers]
    lines += ["    variables = copied(tape, slots, values)", "    start, start_slot = position(tape)"]
    lines += [f"    v{i} = handed(variables, {a.first(i)}, {a.names[i]})" for i in a.numbers]
    lines.append("    value = call(" + ", ".join(f"v{i}" if i in a.numbers else x for i, x in enumerate(a.names)) + ")")
    lines += ["    fine, found = pulled(tape, start, start_slot, result_slot(value), variables)", "    if not fine:", "        raise GradientError(SWEEP)"]
    gradient = a.each(lambda i, x: f"handed(found, {a.first(i)}, {x})")
    lines.append(f"    return value, {gradient}" if value else f"    return {gradient}")
    lines += [f"def typed({', '.join(a.shown)}):", f"    return choose(({names},))"]
    scope = {**NAMES, "driver": driver, "call": recording, "np": np, "GradientError": GradientError, "SWEEP": SWEEP}

    def choose(kinds):
        if any(map(holds_complex, kinds)):
            raise TypingError(
                "jittape: a native gradient is called with recorded complex numbers in a function that is differentiated itself; it is nested for real "
                "arguments only: take real and imaginary part as two of them"
            )
        return scope["nested" if any(map(holds_var, kinds)) else "plain"]

    scope["choose"] = choose
    defaults = driver.py_func.__defaults__ or ()
    scope |= {f"default{i}": d for i, d in enumerate(defaults, len(a.names) - len(defaults))}
    scope |= from_source("\n".join(lines) + "\n", __name__, scope)
    overload(scope["own"])(scope["typed"])
    refresh()
    return scope["own"]
