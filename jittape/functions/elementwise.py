"""Elementwise functions that are no ufuncs of the table: choices, rounding, predicates, and assignment through functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array import protocols
from jittape.array.array import Array, apply, plain_key, where
from jittape.array.constants import only_constants, plain_values, resize, set_flags
from jittape.array.conversions import lost_number
from jittape.array.operators import truth_values
from jittape.array.protocols import FUNCTIONS, METHODS, REASONS, implements, tape_of, ufuncs
from jittape.array.state import lost
from jittape.array.truths import are_pythons
from jittape.errors import RecordingError
from jittape.functions.lift import as_zero_d, f_or_c, fresh
from jittape.functions.structural import _property
from jittape.ops._generated import opcodes as ops
from jittape.tape.arrays import READ

for _function, _op in ufuncs().items():
    if not isinstance(_function, np.ufunc):  # sinc, i0, fix: elementwise, but answered by NEP 18
        FUNCTIONS[_function] = lambda x, op=_op: as_zero_d(apply(op, x)) if op == ops.I0 else apply(op, x)

# --- choices ------------------------------------------------------------------------------------------------------------


@implements(np.where)
def where_(condition: Any, *branches: Any) -> Any:
    if not branches:
        return np.nonzero(condition)
    if len(branches) == 1:
        raise ValueError("either both or neither of x and y should be given to np.where")
    x, y = branches
    if tape_of([x, y, condition]) is None:
        return np.where(condition, x, y)
    if isinstance(condition, (list, tuple)) and tape_of(condition) is None:
        condition = np.asarray(condition)
    return as_zero_d(where(condition, x, y))


@implements(np.clip, method=True)
def clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **kwargs: Any
) -> Any:
    low = a_min if a_min is not None else min
    high = a_max if a_max is not None else max
    if low is None and high is None:
        return +a
    return apply(ops.CLIP, a, -math.inf if low is None else low, math.inf if high is None else high)


@implements(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not len(condlist):
        raise ValueError("select with an empty condition list is not possible")
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        truth_values(condition)
        result = np.where(condition, choice, result)
    return fresh(as_zero_d(result))


@implements(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """As np.piecewise, except that a function is called on all of `x` and where() picks its elements."""
    if isinstance(condlist, Array):
        conditions = list(condlist) if condlist.ndim > x.ndim else [condlist]
    elif np.isscalar(condlist) or not isinstance(condlist[0], (list, np.ndarray, Array)) and x.ndim:
        conditions = [condlist]
    else:
        conditions = list(condlist)
    functions = list(funclist)
    if len(functions) == len(conditions) + 1:
        result = functions.pop()
    elif len(functions) == len(conditions):
        result = 0.0
    else:
        raise ValueError(
            f"with {len(conditions)} condition(s), either {len(conditions)} or {len(conditions) + 1} functions are expected"
        )
    point = x if isinstance(x, Array) else np.asarray(x, float)
    result = result(point, *args, **kw) if callable(result) else result
    for condition, function in zip(conditions, functions, strict=True):  # a later condition overrides an earlier one
        value = function(point, *args, **kw) if callable(function) else function
        result = np.where(np.asarray(condition, bool) if isinstance(condition, list) else condition, value, result)
    return result if np.shape(result) == x.shape else np.broadcast_to(result, x.shape)


# --- rounding and parts -------------------------------------------------------------------------------------------------


@implements(np.round, np.around, method="round")
def round_(a: Any, decimals: int = 0, out: Any = None) -> Any:
    if decimals == 0:
        return np.rint(a)
    scale = 10.0 ** abs(decimals)
    out = np.rint(a * scale) / scale if decimals > 0 else np.rint(a / scale) * scale
    return fresh(out, f_or_c(a.slots))


@implements(np.nan_to_num, view=True)
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    largest = float(np.finfo(x.dtype).max)
    clean = where(np.isnan(x), nan, x)
    clean = where(x == math.inf, largest if posinf is None else posinf, clean)
    clean = where(x == -math.inf, -largest if neginf is None else neginf, clean)
    return clean if copy or not x.ndim else x.become(clean)


@implements(np.modf)
def modf(x: Any) -> tuple[Any, Any]:
    whole = np.trunc(x)
    return np.copysign(np.where(np.isinf(x), 0.0, x - whole), x), whole


@implements(np.divmod)
def divmod_(x: Any, y: Any) -> tuple[Any, Any]:
    return np.floor_divide(x, y), np.remainder(x, y)


@implements(np.real, np.real_if_close, view=True)
def real_part(val: Any, tol: float = 100) -> Any:
    return val


@implements(np.imag)
def imag(val: Any) -> Any:
    if val.slot >= 0:
        return val.dtype.type(0.0)
    zeros = np.zeros(val.shape, val.dtype)
    zeros.flags.writeable = False  # as in NumPy
    return zeros


_property("imag", imag)
METHODS["conj"] = METHODS["conjugate"] = implements(view=True)(lambda x: x)


# --- predicates -----------------------------------------------------------------------------------------------------------


def _truth(x: Any, value: bool) -> Any:
    return np.full(x.shape, value) if x.ndim else np.bool_(value)


implements(np.isreal)(lambda x: _truth(x, True))
implements(np.iscomplex)(lambda x: _truth(x, False))
implements(np.isrealobj)(lambda x: True)
implements(np.iscomplexobj)(lambda x: False)
implements(np.isposinf)(lambda x, out=None: x == math.inf)
implements(np.isneginf)(lambda x, out=None: x == -math.inf)


@implements(np.array_equal)
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    if np.shape(a1) != np.shape(a2):
        return False
    same = a1 == a2
    if equal_nan:
        same = same | (np.isnan(a1) & np.isnan(a2))
    return bool(np.all(same))


@implements(np.array_equiv)
def array_equiv(a1: Any, a2: Any) -> bool:
    try:
        np.broadcast_shapes(np.shape(a1), np.shape(a2))
    except ValueError:
        return False
    return bool(np.all(a1 == a2))


@implements(np.shares_memory, np.may_share_memory)
def shares_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    if not isinstance(a, Array) or not isinstance(b, Array) or a.tape is not b.tape:
        return all(isinstance(x, np.ndarray) or (isinstance(x, Array) and x.constant) for x in (a, b))  # the plain array may be the other's value
    a.tape.layout |= READ
    return protocols.shares_memory(a, b)


def _dtypes(args: Any) -> list[Any]:
    return [a.dtype if isinstance(a, Array) else a for a in args]


implements(np.result_type)(lambda *args: np.result_type(*_dtypes(args)))
implements(np.common_type)(lambda *args: np.result_type(*(getattr(a, "dtype", a) for a in args), np.float16))
implements(np.min_scalar_type)(lambda a: a.dtype)
implements(np.can_cast)(lambda from_, to, casting="safe": np.can_cast(*_dtypes((from_, to)), casting))  # type: ignore[call-arg]

# --- what is printed ------------------------------------------------------------------------------------------------------


def _printed(function: Callable[..., Any]) -> None:
    implements(function)(
        lambda a, *args, **kwargs: a.shown(function(a.plain_value(), *args, **kwargs))
    )


for _function in (np.array2string, np.array_repr, np.array_str):
    _printed(_function)
implements(np.savetxt)(lambda fname, X, *args, **kwargs: np.savetxt(fname, X.plain_value(), *args, **kwargs))

# --- assignment through functions -----------------------------------------------------------------------------------------


def target(x: Any, values: Any, name: str) -> tuple[Any, Any]:
    """(writable slots, new slots) for a function that stores `values` in `x`."""
    if isinstance(x, np.ndarray) and only_constants(values):
        return x, plain_values(values)
    if isinstance(x, Array) and x.slot >= 0:
        raise TypeError(f"np.{name}: the first argument must be an array, and is a number; make an array of it: jittape.numpy.array(x)")
    if not isinstance(x, Array):
        raise lost(
            tape_of([values]),
            f"np.{name} cannot store recorded values in a plain ndarray; make the array with `import jittape.numpy as np` "
            "(np.zeros, np.empty, np.array)"
        )
    return x.storing(values)


@implements(np.copyto)
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    if isinstance(dst, Array) and where is True:
        dst[...] = src
    elif isinstance(dst, Array):
        dst[...] = np.where(where, src, dst)
    else:
        np.copyto(*target(dst, src, "copyto"), casting, plain_values(where))  # type: ignore[arg-type]


@implements(np.put, method=True)
def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    if isinstance(a, Array) and a.slot >= 0 and not are_pythons(a.tape, np.array([a.slot])):  # NumPy puts into a copy of its own numbers
        np.put(np.zeros(()), plain_key(ind), 0.0, mode)  # type: ignore[arg-type]
        return
    own, new = target(a, v, "put")
    np.put(own, plain_key(ind), new, mode)  # type: ignore[arg-type]


@implements(np.putmask)
def putmask(a: Any, mask: Any, values: Any) -> None:
    """Element i of `a` gets element i of `values`, repeated to its size, where the mask is true."""
    if np.size(mask) != np.size(a):
        raise ValueError("putmask: mask and data must be the same size")
    given = values if isinstance(values, Array) else np.asarray(values)
    if not given.size:  # as in NumPy, nothing is stored
        return
    new = np.resize(given, np.shape(a))
    target(a, new, "putmask")
    a[...] = np.where(np.reshape(mask, np.shape(a)), new, a)


@implements(np.place)
def place(arr: Any, mask: Any, vals: Any) -> None:
    chosen = mask.truth("the mask of np.place") if isinstance(mask, Array) else np.asarray(mask) != 0
    if chosen.size != np.size(arr):
        raise ValueError("place: mask and data must be the same size")
    own, new = target(arr, vals, "place")
    if isinstance(vals, Array) and isinstance(arr, Array):  # of a view of the array, NumPy reads some elements that it has just stored
        new = vals.slots
    np.place(own, chosen.reshape(own.shape), new)


@implements(np.fill_diagonal)
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    own, new = target(a, val, "fill_diagonal")
    np.fill_diagonal(own, new, wrap)


@implements(np.put_along_axis)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    indices = plain_key(indices)
    own, new = target(arr, values, "put_along_axis")
    if axis is None:
        arr.flat[indices] = values
    else:
        np.put_along_axis(own, indices, new, axis)


def _fill(x: Array, value: Any) -> None:
    x[...] = value


METHODS["fill"] = _fill
METHODS["setflags"] = set_flags
METHODS["resize"] = resize


@implements(method="as_integer_ratio")
def as_integer_ratio(x: Any) -> Any:
    """What `statistics` and `fractions` ask of a number."""
    raise lost(tape_of([x]), lost_number())

# --- refused --------------------------------------------------------------------------------------------------------------


def refuse(reason: str, *functions: Any, methods: tuple[str, ...] = ()) -> None:
    for f in functions:
        if f is not None:
            REASONS[f] = reason

    def refused(name: str) -> Callable[..., Any]:
        def rule(x: Any, *args: Any, **kwargs: Any) -> Any:
            raise RecordingError(f"the method {name} of a recorded array is not supported: {reason}")

        rule.is_refused = True  # type: ignore[attr-defined]
        return rule

    for name in methods:
        METHODS[name] = refused(name)


refuse("its result is no differentiable function; multiply by 2.0**i instead", np.ldexp, np.frexp)
refuse("it depends on how numbers are represented and has no derivative", np.nextafter, np.spacing)
refuse("recorded values are real numbers; convert to integers where an index is needed: x.astype(int)",
       np.left_shift, np.right_shift, np.gcd, np.lcm, np.bitwise_count, np.packbits, np.unpackbits)  # fmt: skip
refuse("its integers are no recorded values; convert first: x.astype(int)", np.unravel_index, np.ravel_multi_index)
refuse("sets are compared by value; take values with jittape.stop_gradient(x) and index the array with what is found",
       np.intersect1d, np.setdiff1d, np.setxor1d, np.union1d)  # fmt: skip
refuse("values would leave the recording; write jittape.stop_gradient(x), which is an ndarray", np.save, np.savez,
       np.savez_compressed, methods=("tobytes", "tofile", "dump", "dumps"))  # fmt: skip
refuse("a recorded array holds real numbers in no memory of its own; write it with NumPy's functions",
       methods=("getfield", "setfield", "byteswap"))  # fmt: skip
