"""Operations of the table whose values are SciPy's: lgamma, ndtri, Bessel functions and their like.

The tape has them as runs, which the Python front end appends; native code calls back for each.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.core.errors import TypingError

from jittape.array import Array, apply
from jittape.functions.dispatch import numpy_function
from jittape.native.allocation import var_dtype
from jittape.native.arrays import is_var_array
from jittape.native.first import overload
from jittape.native.var import VarType
from jittape.native.whole import operation, whole
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


def _of_order(op):
    """A function of an order, which is a plain number, and of x."""

    def own(order, x): ...

    own.__name__ = op.name
    number = operation(op.name, lambda order, x: numpy_function(op.numpy)(order, x))

    @overload(own)
    def typed(order, x):
        if isinstance(order, VarType):
            raise TypingError(f"jittape: {op.name} has no derivative with respect to its order, which is differentiated here")

        def scalar(order, x):
            given, out = np.empty(1, var_dtype), np.empty(1, var_dtype)
            given[0] = x
            if whole(number, (np.full(1, float(order)), given), (out,)) != 0:
                raise FloatingPointError("a special function failed")
            return out[0]

        return scalar if isinstance(x, VarType) else None

    DONE[op.name] = own


def register():
    """Make Numba know them; once a process."""
    for op in OPS:
        if not needs_scipy(op) or DONE.get(op.name):
            continue
        if op.arity == 1:
            found = [numpy_function(path) for path in (op.numpy, *op.aliases) if path and ":" not in path]
            _one(op, dict.fromkeys([*OWN_NAMES.get(op.name, ()), *found]))
        elif op.name in ("iv", "jv"):
            _of_order(op)


def _by_function():
    """Operations of the table by SciPy's function."""
    return {numpy_function(path): op.name for op in OPS for path in (op.numpy, *op.aliases) if path and path.startswith("scipy.special:")}


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
                if name and entry in known and f'"double ({", ".join(["double"] * op.arity)}, int ' in repr(known[entry]):
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
