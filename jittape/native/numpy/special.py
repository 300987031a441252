"""Operations of the table whose values are SciPy's: lgamma, ndtri, Bessel functions and their like.

The tape has them as runs, which the Python front end appends; native code calls back for each.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types
from numba.core.errors import TypingError

from jittape.array.array import Array, apply
from jittape.array.protocols import numpy_function
from jittape.native.numpy.allocation import var_dtype
from jittape.native.numpy.arrays import is_var_array
from jittape.native.recording.callbacks import operation, whole
from jittape.native.vars.overloads import overload
from jittape.native.vars.var import NUMBERS, VarType
from jittape.ops.expressions import needs_scipy
from jittape.ops.spec import OPS

OWN_NAMES = {"lgamma": (math.lgamma,), "gamma": (math.gamma,), "cbrt": (getattr(math, "cbrt", None), np.cbrt)}
DONE: dict[str, Any] = {}
"""Function of an operation by its name: what stands for pointers to SciPy's functions."""


def _one(op, names):
    def own(x): ...

    own.__name__ = op.name
    number = operation(op.name, lambda x: apply(op.code, x) if isinstance(x, Array) else numpy_function(op.numpy)(x))

    def typed(x):
        if isinstance(x, VarType):

            def scalar(x):
                given, out = np.empty(1, var_dtype), np.empty(1, var_dtype)
                given[0] = x
                if whole(number, (given,), (out,)) != 0:
                    raise FloatingPointError("a special function failed")
                return out[0]

            return scalar
        if is_var_array(x):

            def array(x):
                out = np.empty(x.shape, var_dtype)
                if whole(number, (np.ascontiguousarray(x),), (out,)) != 0:
                    raise FloatingPointError("a special function failed")
                return out

            return array
        return None

    for f in (own, *names):
        if f is not None:
            overload(f)(typed)
    DONE[op.name] = own


def _operand(x): ...
@overload(_operand)
def _typed_operand(x):
    """An operand as `whole` takes it: a contiguous array of recorded numbers or of floats, without axes for a number."""
    if is_var_array(x):
        return lambda x: np.ascontiguousarray(x)
    if isinstance(x, types.Array):
        return lambda x: np.ascontiguousarray(x.astype(np.float64))
    if isinstance(x, VarType):

        def scalar(x):
            given = np.empty((), var_dtype)
            given[()] = x
            return given

        return scalar
    return lambda x: np.array(float(x))


def _two(op, names):
    """A function of two operands, of which those in `op.constant` are plain numbers (the order of a Bessel function)."""

    def own(x, y): ...

    own.__name__ = op.name
    number = operation(op.name, lambda x, y: numpy_function(op.numpy)(x, y))

    def typed(x, y):
        recorded = [isinstance(a, VarType) or is_var_array(a) for a in (x, y)]
        elements = [a.dtype if isinstance(a, types.Array) else a for a in (x, y)]
        if not any(recorded) or not all(isinstance(a, (VarType, *NUMBERS)) for a in elements):
            return None
        if any(recorded[i] for i in op.constant):
            raise TypingError(
                f"jittape: {op.name} has no derivative with respect to its order, which is differentiated here; pass a number"
            )
        if not isinstance(x, types.Array) and not isinstance(y, types.Array):

            def scalars(x, y):
                out = np.empty((), var_dtype)
                if whole(number, (_operand(x), _operand(y)), (out,)) != 0:
                    raise FloatingPointError("a special function failed")
                return out[()]

            return scalars

        def arrays(x, y):
            first, second = _operand(x), _operand(y)
            out = np.empty(np.broadcast_shapes(first.shape, second.shape), var_dtype)
            if whole(number, (first, second), (out,)) != 0:
                raise FloatingPointError("a special function failed")
            return out

        return arrays

    for f in (own, *names):
        if f is not None:
            overload(f)(typed)
    DONE[op.name] = own


MAKERS = {1: _one, 2: _two}


def register():
    """Make Numba know them; once a process."""
    for op in OPS:
        if not needs_scipy(op) or DONE.get(op.name):
            continue
        if op.numpy and op.arity in MAKERS:
            found = [numpy_function(path) for path in (op.numpy, *op.aliases) if ":" not in path]
            MAKERS[op.arity](op, dict.fromkeys([*OWN_NAMES.get(op.name, ()), *found]))


def _by_function():
    """Operations of the table by SciPy's function."""
    return {
        numpy_function(path): op.name
        for op in OPS
        for path in (op.numpy, *op.aliases)
        if path and path.startswith("scipy.special:")
    }


_functions: dict[Any, str] = {}


def scipy_function(value):
    """The operation of a function of SciPy's; None of anything else."""
    if type(value) is not np.ufunc:
        return None
    if not _functions:
        _functions.update(_by_function())
    return _functions.get(value)


# --- pointers to SciPy's functions -----------------------------------------------------------------------------------------


def _addresses():
    """Addresses of the functions of `scipy.special.cython_special` that the table has, with the operations' names."""
    from numba.extending import get_cython_function_address
    from scipy.special import cython_special

    known = cython_special.__pyx_capi__
    found = {}
    for op in OPS:
        for path in (op.numpy, *op.aliases):
            name = path.rpartition(":")[2] if path and path.startswith("scipy.special:") else None
            for entry in (name, f"__pyx_fuse_0{name}", f"__pyx_fuse_1{name}"):
                if (
                    name
                    and entry in known
                    and f'"double ({", ".join(["double"] * op.arity)}, int ' in repr(known[entry])
                ):
                    found[get_cython_function_address("scipy.special.cython_special", entry)] = op.name
    return found


_known: dict[int, str] = {}


def pointer(value):
    """The operation of a pointer to a function of SciPy's; "" of a pointer to another, None of what is no pointer."""
    if hasattr(value, "__wrapper_address__"):
        address = value.__wrapper_address__()
    elif type(value).__name__ == "CFunctionType" or type(type(value)).__name__ == "PyCFuncPtrType":
        import ctypes

        address = ctypes.cast(value, ctypes.c_void_p).value
    else:
        return None
    if not _known:
        _known.update(_addresses())
    return _known.get(address, "")
