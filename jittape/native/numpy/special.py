"""Operations of the table whose values are SciPy's: lgamma, ndtri, Bessel functions and their like.

The tape has them as runs, which the Python front end appends; native code calls back for each.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import get_cython_function_address

from jittape.array.protocols import numpy_function
from jittape.native.compile.source import from_source
from jittape.native.recording.callbacks import DONE, call_operation, operation, real_operand
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import is_var_array, var_dtype
from jittape.native.vars.var import NUMBERS, VarType
from jittape.ops._generated import opcodes
from jittape.ops.spec import BY_NAME, OPS

C_FUNCTIONS: Any = ctypes.CFUNCTYPE(None).__base__
"""What all pointers to functions of ctypes are."""
OWN_NAMES = {"lgamma": (math.lgamma,), "gamma": (math.gamma,), "cbrt": (getattr(math, "cbrt", None), np.cbrt)}
FUNCTIONS: dict[str, Any] = {}
"""Function of an operation by its name: what stands for pointers to SciPy's functions."""


CALL = """
def typed({a}):
    return choose({a})
def scalars({a}):
    out = np.empty((), var_dtype)
    if call_operation(number, ({operands},), (out,)) != DONE:
        raise FloatingPointError("a special function failed")
    return out[()]
def arrays({a}):
    {b}, = {operands},
    out = np.empty({shape}, var_dtype)
    if call_operation(number, ({b},), (out,)) != DONE:
        raise FloatingPointError("a special function failed")
    return out
"""
"""A function of so many operands."""
ARITIES = (1, 2, 3)


def _function(op, functions):
    """A function, of whose operands those in `op.constant` are plain numbers (the order of a Bessel function)."""

    def own(*args): ...

    own.__name__ = op.name
    number = operation(op.name, lambda *arrays: numpy_function(op.numpy)(*arrays))

    def choose(*args):
        recorded = [isinstance(a, VarType) or is_var_array(a) for a in args]
        elements = [a.dtype if isinstance(a, types.Array) else a for a in args]
        if not any(recorded) or not all(isinstance(a, (VarType, *NUMBERS)) for a in elements):
            return None
        if any(recorded[i] for i in op.constant):
            raise TypingError(
                f"jittape: {op.name} has no derivative with respect to its order, which is differentiated here; pass a number"
            )
        return scope["arrays" if any(isinstance(a, types.Array) for a in args) else "scalars"]

    given, made = [f"a{i}" for i in range(op.arity)], [f"b{i}" for i in range(op.arity)]
    shape = f"np.broadcast_shapes({', '.join(f'{b}.shape' for b in made)})" if op.arity > 1 else "b0.shape"
    text = CALL.format(a=", ".join(given), b=", ".join(made), operands=", ".join(f"real_operand({a})" for a in given), shape=shape)
    scope = {"np": np, "var_dtype": var_dtype, "call_operation": call_operation, "real_operand": real_operand, "number": number, "DONE": DONE, "choose": choose}
    scope |= from_source(text, __name__, scope)
    for f in (own, *functions):
        if f is not None:
            overload(f)(scope["typed"])
    FUNCTIONS[op.name] = own


def register():
    """Make Numba know those that NumPy or Python have, too; once a process. The others are made when they are first called."""
    for op in OPS:
        if op.name in OWN_NAMES or any(path and ":" not in path for path in (op.numpy, *op.aliases)):
            function(op.name)


def function(name):
    """The function of an operation that is recorded by calling back; None of another."""
    op = BY_NAME[name]
    if name not in FUNCTIONS and op.code in opcodes.EXTERNALS and op.numpy and op.arity in ARITIES:
        found = [numpy_function(path) for path in (op.numpy, *op.aliases) if ":" not in path]
        _function(op, dict.fromkeys([*OWN_NAMES.get(name, ()), *found]))
    return FUNCTIONS.get(name)


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
    from scipy.special import cython_special  # a dependency that many do without, and that takes long to import

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
    elif isinstance(value, C_FUNCTIONS):
        address = ctypes.cast(value, ctypes.c_void_p).value
    else:
        return None
    if not _known:
        _known.update(_addresses())
    return _known.get(address, "")
