"""Native code of Hessians, Jacobians and their products inside native code: what goes between a recording and what a driver returns."""

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import register_jitable

from jittape.native.compile.source import from_source
from jittape.native.gradient_steps import (
    is_complex,
    is_floats,
    refuse,
    rounded,
    second_table,
    slot_of,
    step_at,
)
from jittape.native.recording import second as _second  # noqa: F401 (its symbols)
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import is_complex_array, is_var_array
from jittape.native.vars.var import ComplexVarType, VarType, value_of
from jittape.sweep.point.second import FUNCTIONS, FUNCTIONS_AT

__all__ = ["second_table"]
NUMBER = (types.Float, types.Integer, types.Boolean)
ANY_NUMBER = (*NUMBER, types.Complex)
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
    kinds, kind = (ANY_NUMBER, "numbers") if is_complex(x) else (NUMBER, "real numbers")
    if not isinstance(x, types.Array):
        if not isinstance(x, (types.Float, types.Complex)):
            raise refuse(x)
        if not isinstance(t, kinds):
            raise TypingError(f"jittape: a direction is one of the {kind} where the argument is {x}; this one is {t}")
        return _put_complex if is_complex(x) else _put_number
    if not (is_floats(x) or is_complex(x)):
        raise refuse(x)
    if not isinstance(t.dtype, kinds):
        raise TypingError(f"jittape: a direction of {x} is an array of {kind}, and is not differentiated; this one is {t}")
    step = width(x)
    one = register_jitable(_put_complex if step == PAIR else _put_number)

    def array(v, first, t, x):
        if t.shape != x.shape:
            return False
        i = first
        for place in np.ndindex(t.shape):
            one(v, i, t[place], x)
            i += step
        return True

    return array


def _put_number(v, first, t, x):
    v[first] = t
    return True


def _put_complex(v, first, t, x):
    v[first], v[first + 1] = t.real, t.imag
    return True


def check_primals(primals, tangents, each, chosen): ...


@overload(check_primals)
def _check_primals(primals, tangents, each, chosen):
    """`each` and `chosen` are tuples of as many numbers as there are arguments, and differentiated ones."""
    if not isinstance(primals, types.BaseTuple) or not isinstance(tangents, types.BaseTuple):
        raise TypingError("jittape: jvp takes the primals and the tangents as two tuples: jvp(f)((x,), (v,))")
    if (len(primals), len(tangents)) != (len(each), len(chosen)):
        raise TypingError(
            f"jittape: jvp takes {len(each)} primals here, all arguments of the function, and {len(chosen)} tangents, of those that are differentiated (argnums=), "
            f"not {len(primals)} and {len(tangents)}"
        )
    return lambda primals, tangents, each, chosen: None


# --- results ------------------------------------------------------------------------------------------------------------------

PAIR = 2
"""Numbers of a complex one, which stand next to each other."""


def holds_pairs(x):
    """Whether an argument or a result is complex, recorded or not."""
    return isinstance(x, ComplexVarType) or is_complex_array(x) or is_complex(x)


def width(x):
    """How many real numbers an element has."""
    return PAIR if holds_pairs(x) else 1


def leaves_of(result):
    """The types of a result's parts."""
    if isinstance(result, types.BaseTuple):
        return [leaf for part in result for leaf in leaves_of(part)]
    return [result]


def count(result): ...
def slots_into(slots, first, result): ...
def plain(result): ...
def shaped(out, first, result): ...
def sloped(out, first, x): ...


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
    """How many real numbers a result has."""
    if isinstance(result, types.BaseTuple):
        return _written("of_each(result)", " + ".join(["0", *(f"count(result[{i}])" for i in range(len(result)))]))
    each = width(result)
    if isinstance(result, (VarType, ComplexVarType, *ANY_NUMBER)):
        return lambda result: each
    if is_var_array(result) or is_complex_array(result) or (isinstance(result, types.Array) and isinstance(result.dtype, ANY_NUMBER)):
        return lambda result: each * result.size
    raise _refuse_result(result)


def _write_slots(slots, at, x): ...


@overload(_write_slots)
def _slots_of_number(slots, at, x):
    if isinstance(x, VarType):

        def number(slots, at, x):
            slots[at] = slot_of(x)

        return number
    if isinstance(x, ComplexVarType):

        def pair(slots, at, x):
            slots[at], slots[at + 1] = slot_of(x.real), slot_of(x.imag)

        return pair
    n = width(x)

    def constant(slots, at, x):
        for i in range(n):
            slots[at + i] = -1

    return constant


@overload(slots_into)
def _slots_into(slots, first, result):
    """Write the slots of a result's numbers, -1 for those that are on no tape."""
    if isinstance(result, types.BaseTuple):
        return _written("of_each(slots, first, result)", _each("slots_into(slots, first + {before}, result[{i}])", len(result)))
    if not isinstance(result, types.Array):
        return lambda slots, first, result: _write_slots(slots, first, result)
    step = width(result)

    def array(slots, first, result):
        i = first
        for place in np.ndindex(result.shape):
            _write_slots(slots, i, result[place])
            i += step

    return array


@register_jitable
def complex_of(z):
    return complex(value_of(z.real), value_of(z.imag))


@overload(plain)
def _plain(result):
    """The values of a result, in arrays of their own."""
    if isinstance(result, types.BaseTuple):
        return _written("of_each(result)", _each("plain(result[{i}])", len(result)))
    if isinstance(result, VarType):
        return lambda result: value_of(result)
    if isinstance(result, ComplexVarType):
        return lambda result: complex_of(result)
    if isinstance(result, types.Complex):
        return lambda result: complex(result)
    if isinstance(result, NUMBER):
        return lambda result: float(result)
    kind = np.complex128 if holds_pairs(result) else np.float64
    if not (is_var_array(result) or is_complex_array(result)):
        return lambda result: result.astype(kind)
    of = complex_of if holds_pairs(result) else value_of

    def array(result):
        out = np.empty(result.shape, kind)
        for place in np.ndindex(result.shape):
            out[place] = of(result[place])
        return out

    return array


@overload(shaped)
def _shaped(out, first, result):
    """Numbers in the form of a result."""
    if isinstance(result, types.BaseTuple):
        return _written("of_each(out, first, result)", _each("shaped(out, first + {before}, result[{i}])", len(result)))
    if isinstance(result, types.Array):
        if holds_pairs(result):
            return lambda out, first, result: out[first : first + PAIR * result.size].copy().view(np.complex128).reshape(result.shape)
        return lambda out, first, result: out[first : first + result.size].copy().reshape(result.shape)
    if holds_pairs(result):
        return lambda out, first, result: complex(out[first], out[first + 1])
    return lambda out, first, result: out[first]


@overload(sloped)
def _sloped(out, first, x):
    """Derivatives in the form of the argument that they are by: df/dx - i df/dy of a complex one."""
    if holds_pairs(x):
        return lambda out, first, x: rounded(np.conjugate(shaped(out, first, x)), x)
    return lambda out, first, x: rounded(shaped(out, first, x), x)


def check_parts(result, xs): ...
def check_analytic(result, xs): ...


@overload(check_parts)
def _check_parts(result, xs):
    """Refuse a complex result by a complex argument, which has four real derivatives."""
    if any(map(holds_pairs, leaves_of(result))) and any(map(holds_pairs, xs)):
        raise TypingError(
            "jittape: a complex result by a complex argument has four real derivatives. For an analytic function say holomorphic=True; else take "
            "real and imaginary part of the result or of the argument, or jittape.native.jvp (docs/complex.md)"
        )
    return lambda result, xs: None


@overload(check_analytic)
def _check_analytic(result, xs):
    """Refuse a real result, or a real argument, where the function is said to be analytic."""
    for found, what in ((xs, "the argument"), (leaves_of(result), "the result")):
        if not all(map(holds_pairs, found)):
            raise TypingError(f"jittape: holomorphic=True is for functions of complex numbers to complex numbers, and {what} holds real ones")
    return lambda result, xs: None


# --- matrices -----------------------------------------------------------------------------------------------------------------


def block(out, start, n, row, column, x, y): ...
def _entry(out, at, n, x, y): ...


@overload(_entry)
def _entry_of(out, at, n, x, y):
    """An entry of the derivative of x by y, of a matrix of n columns in which a complex number has two rows, or two columns. By a complex y it is du/dx - i du/dy of
    the real part u of x, which is the whole derivative of a real x, and of an analytic function."""
    if holds_pairs(y):
        return lambda out, at, n, x, y: complex(out[at], -out[at + 1])
    if holds_pairs(x):
        return lambda out, at, n, x, y: complex(out[at], out[at + n])
    return lambda out, at, n, x, y: out[at]


@overload(block)
def _block(out, start, n, row, column, x, y):
    """A part of a matrix of n columns that begins at `start`: the rows of x from `row` on, the columns of y from `column` on, in their shapes,
    and in the precision of y."""
    down, across = width(x), width(y)
    kind = np.complex128 if max(down, across) == PAIR else np.float64
    if isinstance(x, types.Array) and isinstance(y, types.Array):

        def both(out, start, n, row, column, x, y):
            found = np.empty(x.shape + y.shape, kind)
            flat = found.reshape(found.size)
            for i in range(x.size):
                for j in range(y.size):
                    flat[i * y.size + j] = _entry(out, start + (row + down * i) * n + column + across * j, n, x, y)
            return rounded(found, y)

        return both
    if isinstance(y, types.Array):

        def columns(out, start, n, row, column, x, y):
            found = np.empty(y.shape, kind)
            flat = found.reshape(found.size)
            for j in range(y.size):
                flat[j] = _entry(out, start + row * n + column + across * j, n, x, y)
            return rounded(found, y)

        return columns
    if isinstance(x, types.Array):

        def rows(out, start, n, row, column, x, y):
            found = np.empty(x.shape, kind)
            flat = found.reshape(found.size)
            for i in range(x.size):
                flat[i] = _entry(out, start + (row + down * i) * n + column, n, x, y)
            return rounded(found, y)

        return rows
    return lambda out, start, n, row, column, x, y: rounded(_entry(out, start + row * n + column, n, x, y), y)


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
