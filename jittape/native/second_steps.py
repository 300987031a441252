"""Native code of Hessians, Jacobians and their products inside native code: what goes between a recording and what a driver returns."""

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import register_jitable

from jittape.native.compile.source import from_source
from jittape.native.gradient_steps import (
    is_floats,
    refuse,
    rounded,
    second_table,
    slot_of,
    step_at,
)
from jittape.native.recording import second as _second  # noqa: F401 (its symbols)
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import is_var_array
from jittape.native.vars.var import VarType, value_of
from jittape.sweep.point.second import FUNCTIONS, FUNCTIONS_AT

__all__ = ["second_table"]
NUMBER = (types.Float, types.Integer, types.Boolean)
_, hessian, product, pushed, jacobian = (step_at(FUNCTIONS_AT + k) for k in range(len(FUNCTIONS)))


# --- what is asked, with the arrays that it stands in, which live as long as the call -----------------------------------------


@register_jitable
def find_hessian(second, tape, slot, n):
    """(failure, gradient and Hessian)."""
    slots, out = np.full(1, slot), np.empty(n + n * n)
    return _hessian(second, tape, slots, n, out), out


@register_jitable
def _hessian(second, tape, slots, n, out):
    return hessian(second, (second, tape, slots.ctypes.data, n, out.ctypes.data))


@register_jitable
def find_product(second, tape, slot, n, v):
    """(failure, gradient and product)."""
    slots, out = np.full(1, slot), np.empty(n + n)
    return _product(second, tape, slots, n, v, out), out


@register_jitable
def _product(second, tape, slots, n, v, out):
    return product(second, (second, tape, slots.ctypes.data, n, v.ctypes.data, out.ctypes.data))


@register_jitable
def find_pushed(second, tape, slots, n, v):
    """(failure, tangents of the results)."""
    out = np.empty(slots.size)
    return _pushed(second, tape, slots, n, v, out), out


@register_jitable
def _pushed(second, tape, slots, n, v, out):
    return pushed(second, (second, tape, slots.ctypes.data, slots.size, n, v.ctypes.data, out.ctypes.data))


@register_jitable
def find_jacobian(second, tape, slots, n):
    """(failure, rows of the Jacobian)."""
    out = np.empty(slots.size * n)
    return _jacobian(second, tape, slots, n, out), out


@register_jitable
def _jacobian(second, tape, slots, n, out):
    return jacobian(second, (second, tape, slots.ctypes.data, slots.size, n, out.ctypes.data))


# --- directions ---------------------------------------------------------------------------------------------------------------


def put(v, first, t, x): ...


@overload(put)
def _put(v, first, t, x):
    """Write the direction of an argument, of its shape, into that of all of them."""
    if isinstance(x, types.Array) != isinstance(t, types.Array) or (isinstance(x, types.Array) and x.ndim != t.ndim):
        raise TypingError(f"jittape: a direction has the form of its argument, {x}; this one is {t}")
    if isinstance(x, types.Float):
        if not isinstance(t, NUMBER):
            raise TypingError(f"jittape: a direction is a number where the argument is one; this one is {t}")

        def number(v, first, t, x):
            v[first] = t
            return True

        return number
    if not is_floats(x):
        raise refuse(x)
    if not isinstance(t.dtype, NUMBER):
        raise TypingError(f"jittape: a direction is an array of numbers, and is not differentiated; this one is {t}")

    def array(v, first, t, x):
        if t.shape != x.shape:
            return False
        i = first
        for place in np.ndindex(t.shape):
            v[i] = t[place]
            i += 1
        return True

    return array


def check_primals(primals, tangents): ...


@overload(check_primals)
def _check_primals(primals, tangents):
    if not isinstance(primals, types.BaseTuple) or not isinstance(tangents, types.BaseTuple):
        raise TypingError("jittape: jvp takes the primals and the tangents as two tuples: jvp(f)((x,), (v,))")
    return lambda primals, tangents: None


# --- results ------------------------------------------------------------------------------------------------------------------


def count(result): ...
def slots_into(slots, first, result): ...
def plain(result): ...
def shaped(out, first, result): ...


def _each(text, elements):
    """What a function makes of the elements of a tuple."""
    parts, before = [], "0"
    for i in range(elements):
        parts.append(text.format(i=i, before=before))
        before += f" + count(result[{i}])"
    return "(" + "".join(f"{p}, " for p in parts) + ")"


def _written(head, body):
    return from_source(f"def {head}:\n    return {body}\n", __name__, globals())[head.partition("(")[0]]


def _refuse_result(result):
    return TypingError(f"jittape: what is differentiated returns numbers and arrays of floats, or tuples of these, not {result}")


@overload(count)
def _count(result):
    """How many numbers a result has."""
    if isinstance(result, types.BaseTuple):
        return _written("of_each(result)", " + ".join(["0", *(f"count(result[{i}])" for i in range(len(result)))]))
    if isinstance(result, (VarType, *NUMBER)):
        return lambda result: 1
    if is_var_array(result) or (isinstance(result, types.Array) and isinstance(result.dtype, NUMBER)):
        return lambda result: result.size
    raise _refuse_result(result)


@overload(slots_into)
def _slots_into(slots, first, result):
    """Write the slots of a result's numbers, -1 for those that are on no tape."""
    if isinstance(result, types.BaseTuple):
        return _written("of_each(slots, first, result)", _each("slots_into(slots, first + {before}, result[{i}])", len(result)))
    if isinstance(result, VarType):

        def number(slots, first, result):
            slots[first] = slot_of(result)

        return number
    if isinstance(result, NUMBER):

        def constant(slots, first, result):
            slots[first] = -1

        return constant
    recorded = is_var_array(result)

    def array(slots, first, result):
        i = first
        for place in np.ndindex(result.shape):
            slots[i] = slot_of(result[place]) if recorded else -1
            i += 1

    def constants(slots, first, result):
        for i in range(result.size):
            slots[first + i] = -1

    return array if recorded else constants


@overload(plain)
def _plain(result):
    """The values of a result, in arrays of their own."""
    if isinstance(result, types.BaseTuple):
        return _written("of_each(result)", _each("plain(result[{i}])", len(result)))
    if isinstance(result, VarType):
        return lambda result: value_of(result)
    if isinstance(result, NUMBER):
        return lambda result: float(result)
    if not is_var_array(result):
        return lambda result: result.astype(np.float64)

    def array(result):
        out = np.empty(result.shape)
        for place in np.ndindex(result.shape):
            out[place] = value_of(result[place])
        return out

    return array


@overload(shaped)
def _shaped(out, first, result):
    """Numbers in the form of a result."""
    if isinstance(result, types.BaseTuple):
        return _written("of_each(out, first, result)", _each("shaped(out, first + {before}, result[{i}])", len(result)))
    if isinstance(result, types.Array):
        return lambda out, first, result: out[first : first + result.size].copy().reshape(result.shape)
    return lambda out, first, result: out[first]


# --- matrices -----------------------------------------------------------------------------------------------------------------


def block(out, start, n, row, column, x, y): ...


@overload(block)
def _block(out, start, n, row, column, x, y):
    """A part of a matrix of n columns that begins at `start`: the rows of x from `row` on, the columns of y from `column` on, in their shapes,
    and in the precision of y."""
    if isinstance(x, types.Array) and isinstance(y, types.Array):

        def both(out, start, n, row, column, x, y):
            found = np.empty(x.shape + y.shape)
            flat = found.reshape(found.size)
            for i in range(x.size):
                for j in range(y.size):
                    flat[i * y.size + j] = out[start + (row + i) * n + column + j]
            return rounded(found, y)

        return both
    if isinstance(y, types.Array):

        def columns(out, start, n, row, column, x, y):
            at = start + row * n + column
            return rounded(out[at : at + y.size].copy().reshape(y.shape), y)

        return columns
    if isinstance(x, types.Array):

        def rows(out, start, n, row, column, x, y):
            found = np.empty(x.shape)
            flat = found.reshape(found.size)
            for i in range(x.size):
                flat[i] = out[start + (row + i) * n + column]
            return rounded(found, y)

        return rows
    return lambda out, start, n, row, column, x, y: rounded(out[start + row * n + column], y)


def matrix(out, n, row, result, xs, firsts): ...


@overload(matrix)
def _matrix(out, n, row, result, xs, firsts):
    """The Jacobian in the form of a result, with that of the arguments at each of its leaves."""
    if isinstance(result, types.BaseTuple):
        return _written("of_each(out, n, row, result, xs, firsts)", _each("matrix(out, n, row + {before}, result[{i}], xs, firsts)", len(result)))
    if isinstance(xs, types.BaseTuple):
        parts = "".join(f"block(out, 0, n, row, firsts[{i}], result, xs[{i}]), " for i in range(len(xs)))
        return _written("of_arguments(out, n, row, result, xs, firsts)", f"({parts})")
    return lambda out, n, row, result, xs, firsts: block(out, 0, n, row, firsts, result, xs)
