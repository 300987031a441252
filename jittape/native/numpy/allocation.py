"""Allocators of the user's code that hold Vars in its recording version, and other functions that make arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import overload_method, register_jitable
from numba.typed import Dict, List

from jittape.native.compile.replaced import CONTAINERS, CONVERSIONS, REPLACED
from jittape.native.compile.source import from_source
from jittape.native.numpy.composite import none
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import complex_dtype, is_complex_array, var_dtype
from jittape.native.vars.var import ComplexVarType, VarArrays, VarType, complex_var, var

NUMERIC = (VarType, ComplexVarType, types.Float, types.Integer, types.Complex)

FLOAT_FUNCTIONS: set[Any] = {float}
"""Functions that mean float64 where a dtype is asked for."""


def is_float(dtype):
    """Whether a dtype argument means float64, which then means Vars."""
    if dtype is None or dtype is float or isinstance(dtype, types.NoneType):
        return True
    if isinstance(dtype, types.Omitted):
        return dtype.value is None or dtype.value is float or dtype.value is np.float64
    if isinstance(dtype, (types.NumberClass, types.DType)):
        return isinstance(dtype.dtype, (types.Float, VarType))
    if isinstance(dtype, types.Function):
        return getattr(dtype, "typing_key", None) in FLOAT_FUNCTIONS
    if isinstance(dtype, types.StringLiteral):
        return dtype.literal_value in ("float64", "f8", "d", "float")
    return False


def is_complex_dtype(dtype):
    """Whether a dtype argument means complex numbers, which are recorded ones then."""
    if isinstance(dtype, types.Omitted):
        return dtype.value is complex or dtype.value is np.complex128
    if isinstance(dtype, (types.NumberClass, types.DType)):
        return isinstance(dtype.dtype, (types.Complex, ComplexVarType))
    if isinstance(dtype, types.StringLiteral):
        return dtype.literal_value in ("complex128", "complex64", "complex", "c16", "c8", "D", "F")
    return dtype is complex or getattr(dtype, "typing_key", None) is complex


def recorded_dtype(dtype):
    """The dtype of recorded numbers that a dtype argument means; None where it means others."""
    return var_dtype if is_float(dtype) else complex_dtype if is_complex_dtype(dtype) else None


def dtype_like(kind, dtype):
    """The same where the dtype may be left out, which means that of arrays of `kind`, of numbers that can be recorded."""
    if not none(dtype):
        return recorded_dtype(dtype)
    return var_dtype if isinstance(kind, (types.Float, VarType)) else complex_dtype if isinstance(kind, (types.Complex, ComplexVarType)) else None


def dtype_of(*operands): ...
@overload(dtype_of)
def _dtype_of(*operands):
    """The dtype of what is made of recorded numbers and others."""
    found = complex_dtype if any(map(_complex_within, operands)) else var_dtype
    return lambda *operands: found


def _zeros(shape, dtype=float): ...
def _ones(shape, dtype=float): ...
def _empty(shape, dtype=float): ...
def _full(shape, fill_value, dtype=None): ...
def _array(object, dtype=None): ...
def _zeros_like(a, dtype=None): ...
def _ones_like(a, dtype=None): ...
def _empty_like(a, dtype=None): ...
def _full_like(a, fill_value, dtype=None): ...
def _eye(N, M=None, k=0, dtype=float): ...
def _identity(n, dtype=float): ...
def _asarray(a, dtype=None): ...


def _allocator(own, plain, of_vars):
    @overload(own)
    def allocate(shape, dtype=float):
        recorded = recorded_dtype(dtype)
        if recorded is not None:
            return lambda shape, dtype=float: of_vars(shape, recorded)
        return lambda shape, dtype=float: plain(shape, dtype)


for _own, _plain, _vars in ((_zeros, np.zeros, np.zeros), (_ones, np.ones, np.ones), (_empty, np.empty, np.zeros)):
    _allocator(_own, _plain, _vars)  # zeros for np.empty: an element that is read before it is written must not lead to a tape


def _like(own, new, numpy):
    @overload(own)
    def allocate(a, dtype=None):
        recorded = dtype_like(getattr(a, "dtype", None), dtype)
        if recorded is not None:
            return lambda a, dtype=None: new(a.shape, recorded)
        if none(dtype):
            return lambda a, dtype=None: numpy(a)
        return lambda a, dtype=None: numpy(a, dtype)


for _own, _new, _numpy in ((_zeros_like, np.zeros, np.zeros_like), (_ones_like, np.ones, np.ones_like), (_empty_like, np.zeros, np.empty_like)):
    _like(_own, _new, _numpy)


@register_jitable
def _filled(shape, fill_value, dtype):
    out = np.empty(shape, dtype)
    for i in np.ndindex(out.shape):
        out[i] = fill_value
    return out


@overload(_full)
def _full_overload(shape, fill_value, dtype=None):
    recorded = dtype_like(fill_value, dtype)
    if recorded is not None and isinstance(fill_value, NUMERIC):
        return lambda shape, fill_value, dtype=None: _filled(shape, fill_value, recorded)
    if none(dtype):
        return lambda shape, fill_value, dtype=None: np.full(shape, fill_value)
    return lambda shape, fill_value, dtype=None: np.full(shape, fill_value, dtype)


@overload(_full_like)
def _full_like_overload(a, fill_value, dtype=None):
    recorded = dtype_like(a.dtype, dtype) if isinstance(a, types.Array) else None
    if recorded is not None:
        return lambda a, fill_value, dtype=None: _filled(a.shape, fill_value, recorded)
    if none(dtype):
        return lambda a, fill_value, dtype=None: np.full_like(a, fill_value)
    return lambda a, fill_value, dtype=None: np.full_like(a, fill_value, dtype)


@overload(_eye)
def _eye_overload(N, M=None, k=0, dtype=float):
    recorded = recorded_dtype(dtype)
    if recorded is not None:

        def eye(N, M=None, k=0, dtype=float):
            plain = np.eye(N, M, k)
            out = np.empty(plain.shape, recorded)
            for i in range(plain.shape[0]):
                for j in range(plain.shape[1]):
                    out[i, j] = plain[i, j]
            return out

        return eye
    return lambda N, M=None, k=0, dtype=float: np.eye(N, M, k, dtype)


@overload(_identity)
def _identity_overload(n, dtype=float):
    if recorded_dtype(dtype) is not None:
        return lambda n, dtype=float: _eye(n, None, 0, dtype)
    return lambda n, dtype=float: np.identity(n, dtype)


def _nested(obj):
    """How many axes a list or tuple that holds Vars has; 0 where it is none."""
    inner = list(obj) if isinstance(obj, types.BaseTuple) else [obj.dtype] if isinstance(obj, (types.List, types.ListType)) else []
    if any(isinstance(t, (VarType, ComplexVarType)) for t in inner):
        return 1 if all(isinstance(t, (VarType, ComplexVarType, types.Number)) for t in inner) else 0
    depth = max(map(_nested, inner), default=0)
    return depth + 1 if depth else 0


def _complex_within(obj):
    """Whether a list or tuple holds complex numbers."""
    if isinstance(obj, types.BaseTuple):
        return any(map(_complex_within, obj))
    inner = getattr(obj, "dtype", None) if isinstance(obj, (types.Array, types.List, types.ListType)) else None
    return isinstance(obj, (types.Complex, ComplexVarType)) if inner is None else _complex_within(inner)


@register_jitable
def _row(out, i, row):
    if row.shape != out.shape[1:]:
        raise ValueError("np.array: the rows are of different lengths")
    out[i] = row


@overload(_array)
def _array_overload(object, dtype=None):
    recorded = dtype_like(types.complex128 if _complex_within(object) else types.float64, dtype)
    single = isinstance(object, (VarType, ComplexVarType))
    if isinstance(object, types.Array) and isinstance(object.dtype, (VarType, ComplexVarType, types.Float, types.Complex)) and recorded is not None:
        if object.dtype == recorded.of:
            return lambda object, dtype=None: object.copy()
        return lambda object, dtype=None: copied(object, recorded)
    depth = _nested(object)
    if recorded is None and (depth or single):
        return lambda object, dtype=None: _array(object).astype(dtype)
    if single:
        return lambda object, dtype=None: _filled((), object, recorded)
    like = np.complex128 if recorded is complex_dtype else np.float64
    if depth == 1 and isinstance(object, types.Tuple):

        def of_tuple(object, dtype=None):
            out = np.empty(len(object), recorded)
            i = 0
            for x in _literal(object, recorded):
                out[i] = x
                i += 1
            return out

        return of_tuple
    if depth == 1:

        def flat(object, dtype=None):
            out = np.empty(len(object), recorded)
            for i in range(len(object)):
                out[i] = object[i]
            return out

        return flat
    if depth > 1 and isinstance(object, types.Tuple):  # its rows are of several types
        lines = [f"    _row(out, {k}, _array(object[{k}], like))" for k in range(1, len(object))]
        head = f"def rows_of_tuple(object, dtype=None):\n    first = _array(object[0], like)\n    out = np.empty(({len(object)},) + first.shape, recorded)\n"
        text = head + "\n".join(["    _row(out, 0, first)", *lines, "    return out\n"])
        return from_source(text, __name__, {"_array": _array, "_row": _row, "np": np, "recorded": recorded, "like": like})["rows_of_tuple"]
    if depth > 1:

        def rows(object, dtype=None):
            first = _array(object[0], like)
            out = np.empty((len(object), *first.shape), recorded)
            for i in range(len(object)):
                _row(out, i, _array(object[i], like))
            return out

        return rows
    if isinstance(object, (types.List, types.UniTuple)) and isinstance(object.dtype, (types.Float, types.Complex)) and recorded is not None:

        def floats(object, dtype=None):
            out = np.empty(len(object), recorded)
            for i in range(len(object)):
                out[i] = object[i]
            return out

        return floats
    if none(dtype):
        return lambda object, dtype=None: np.array(object)
    return lambda object, dtype=None: np.array(object, dtype)


def _literal(x, dtype): ...
@overload(_literal)
def _literal_overload(x, dtype):
    n = len(x)
    if n == 1:
        return lambda x, dtype: (as_recorded(x[0], dtype),)
    return lambda x, dtype: (as_recorded(x[0], dtype), *_literal(x[1:], dtype))


def as_recorded(x, dtype): ...
@overload(as_recorded)
def as_recorded_overload(x, dtype):
    if x == dtype.dtype:
        return lambda x, dtype: x

    def cast(x, dtype):
        out = np.empty(1, dtype)
        out[0] = x
        return out[0]

    return cast


@register_jitable
def as_var(x):
    return as_recorded(x, var_dtype)


def copied(a, dtype): ...
@overload(copied)
def _copied_overload(a, dtype):
    def of_vars(a, dtype):
        out = np.empty(a.shape, dtype)
        for i in np.ndindex(a.shape):
            out[i] = a[i]
        return out

    return of_vars


@overload(_asarray)
def _asarray_overload(a, dtype=None):
    recorded = dtype_like(getattr(a, "dtype", None), dtype)
    if isinstance(a, types.Array) and recorded is not None and a.dtype == recorded.of:
        return lambda a, dtype=None: a
    if isinstance(a, (VarType, ComplexVarType)) or _nested(a) or is_complex_array(a):
        return lambda a, dtype=None: _array(a, dtype)
    if none(dtype):
        return lambda a, dtype=None: np.asarray(a)
    return lambda a, dtype=None: np.asarray(a, dtype)


REPLACED |= {
    np.zeros: _zeros, np.ones: _ones, np.empty: _empty, np.full: _full, np.array: _array, np.zeros_like: _zeros_like,
    np.ones_like: _ones_like, np.empty_like: _empty_like, np.full_like: _full_like, np.eye: _eye, np.identity: _identity,
    np.asarray: _asarray,
}  # fmt: skip


def _var_type(t):
    """The type that is meant by a type of floats, or of arrays of them; of other types these themselves."""
    t = t.instance_type if isinstance(t, (types.TypeRef, types.NumberClass)) else t
    if isinstance(t, (types.Float, types.Complex)):
        return var if isinstance(t, types.Float) else complex_var
    return types.Array(_var_type(t.dtype), t.ndim, t.layout) if isinstance(t, types.Array) else t


def _empty_dict(key_type, value_type): ...
@overload(_empty_dict)
def _empty_dict_overload(key_type, value_type):
    value = _var_type(value_type)
    return lambda key_type, value_type: Dict.empty(key_type, value)


def _empty_list(item_type, allocated=0): ...
@overload(_empty_list)
def _empty_list_overload(item_type, allocated=0):
    item = _var_type(item_type)
    return lambda item_type, allocated=0: List.empty_list(item, allocated)


CONTAINERS |= {(Dict, "empty"): _empty_dict, (List, "empty_list"): _empty_list}


def _float(kind):
    """Numbers are recorded in float64 throughout, as are arrays of float32 that hold them: nothing is rounded."""

    def number(x): ...

    @overload(number)
    def convert(x):
        if isinstance(x, VarType) or isinstance(x, types.Array) and isinstance(x.dtype, VarType):
            return lambda x: x
        return lambda x: kind(x)

    return number


def _integer(kind):
    def whole(x): ...

    @overload(whole)
    def convert(x):
        if isinstance(x, VarType):
            return lambda x: kind(int(x))
        return lambda x: kind(x)

    return whole


_float64, _float32 = _float(np.float64), _float(np.float32)
CONVERSIONS |= {np.float64: _float64, types.float64: _float64, np.float32: _float32, types.float32: _float32}
for _name in ("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "intp"):
    for _module in (np, types):
        CONVERSIONS[getattr(_module, _name)] = _integer(getattr(_module, _name))


@overload_method(VarArrays, "astype")
def _astype(a, dtype):
    if is_float(dtype):
        return lambda a, dtype: a.copy()
    if is_complex_dtype(dtype):
        return lambda a, dtype: copied(a, complex_dtype)

    def astype(a, dtype):
        out = np.empty(a.shape, dtype)
        for i in np.ndindex(a.shape):
            out[i] = int(a[i])
        return out

    def truth(a, dtype):
        return a != 0

    kind = getattr(dtype, "dtype", None)
    return truth if isinstance(kind, types.Boolean) else astype if isinstance(kind, types.Integer) else None


@overload_method(VarArrays, "view")
def _view(a, dtype):
    if is_float(dtype):
        return lambda a, dtype: a[:]
    raise TypingError("jittape: x.view of another type reads the bits of what is differentiated; use x.astype")
