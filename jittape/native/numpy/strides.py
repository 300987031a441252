"""The layout in memory of arrays, as user code asks for it: that of the plain function, float64, though a Var takes 24 bytes.

The pass replaces these attributes and functions in users' functions; Numba's own go on with what is there. What would read the
memory as that of floats is refused.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import lower_builtin
from numpy.lib.stride_tricks import as_strided

from jittape.native.compile.replaced import ATTRIBUTES, REPLACED
from jittape.native.compile.source import from_source
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import is_complex_array, is_var_array
from jittape.native.vars.var import RECORD, ComplexVarType, VarType, complex_var, var

WORDS = RECORD.itemsize // np.dtype(np.float64).itemsize
"""How many times longer a Var is than a float64, and a recorded complex number than a complex128."""


def _size(x):
    """Bytes of an element in the plain function; None of arrays that hold nothing recorded."""
    return 8 if is_var_array(x) else 16 if is_complex_array(x) else None


def itemsize_of(x): ...
@overload(itemsize_of)
def _itemsize(x):
    size = _size(x)
    return (lambda x: size) if size else lambda x: x.itemsize


def nbytes_of(x): ...
@overload(nbytes_of)
def _nbytes(x):
    size = _size(x)
    return (lambda x: size * x.size) if size else lambda x: x.nbytes


def strides_of(x): ...
@overload(strides_of)
def _strides(x):
    if not _size(x):
        return lambda x: x.strides
    names = "".join(f"s[{i}] // {WORDS}, " for i in range(x.ndim))
    return from_source(f"def strides(x):\n    s = x.strides\n    return ({names})\n", __name__)["strides"]


def ctypes_of(x): ...
@overload(ctypes_of)
def _ctypes(x):
    if _size(x):
        raise TypingError("jittape: x.ctypes hands out the memory of what is differentiated, which holds no floats; write the function that takes it in Numba, or state its derivative by jittape.primitive")
    return lambda x: x.ctypes


ATTRIBUTES |= {"itemsize": itemsize_of, "nbytes": nbytes_of, "strides": strides_of, "ctypes": ctypes_of}


def _as_strided(x, shape=None, strides=None): ...
@overload(_as_strided)
def _as_strided_overload(x, shape=None, strides=None):
    if _size(x) and isinstance(strides, types.BaseTuple):
        longer = "".join(f"{WORDS} * strides[{i}], " for i in range(len(strides)))
        text = f"def strided(x, shape=None, strides=None):\n    return as_strided(x, shape, ({longer}))\n"
        return from_source(text, __name__, {"as_strided": as_strided})["strided"]
    return lambda x, shape=None, strides=None: as_strided(x, shape, strides)


def _frombuffer(buffer, dtype=float, count=-1, offset=0): ...
@overload(_frombuffer)
def _frombuffer_overload(buffer, dtype=float, count=-1, offset=0):
    if _size(buffer):
        raise TypingError("jittape: np.frombuffer reads the bits of what is differentiated; use the array, or x.astype")
    if dtype is float or isinstance(dtype, (types.Omitted, types.Function)):
        return lambda buffer, dtype=float, count=-1, offset=0: np.frombuffer(buffer, np.float64, count, offset)
    return lambda buffer, dtype=float, count=-1, offset=0: np.frombuffer(buffer, dtype, count, offset)


REPLACED[as_strided] = _as_strided
REPLACED[np.frombuffer] = _frombuffer


class _OfVars(type(types.DType)):  # type: ignore[misc]
    def __instancecheck__(cls, t: Any) -> bool:
        return isinstance(t, types.DType) and isinstance(t.dtype, (VarType, ComplexVarType))


class VarDType(types.DType, metaclass=_OfVars):  # type: ignore[misc]
    """dtypes of arrays of Vars and of recorded complex numbers: to the user's function it is float64, or complex128."""


def _same_dtype(context, b, sig, args):
    plain = {var: types.float64, complex_var: types.complex128}
    first, second = (plain.get(t.dtype, t.dtype) for t in sig.args)
    return context.get_constant(types.boolean, first == second)


for _kinds in ((VarDType, VarDType), (VarDType, types.DType), (types.DType, VarDType)):
    lower_builtin(operator.eq, *_kinds)(_same_dtype)
