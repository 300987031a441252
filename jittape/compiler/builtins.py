"""Native functions as builtins of Python: called with the objects themselves, without a tuple of arguments or conversions.

Numba's entry takes 0.2 us a call (arguments by way of a tuple, numbers out of and into objects, the interpreter's lock
released and taken); a builtin made here takes 0.02 us. Native code finds the functions of Python and NumPy that it calls, which
make results, in a table of addresses.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
from numpy._core import _multiarray_umath  # type: ignore[attr-defined]

FASTCALL = 0x80
"""Python's METH_FASTCALL: function(self, address of the arguments, their number)."""
NEW, SCALAR = 93, 60
"""Places of PyArray_New and PyArray_Scalar in NumPy's table of functions, which is part of its binary interface."""


class _Definition(ctypes.Structure):
    """Python's PyMethodDef."""

    _fields_ = (("name", ctypes.c_char_p), ("function", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p))


_definitions: dict[tuple[str, int], _Definition] = {}
"""They live as long as the process, as do the functions that they name."""
_make = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)(("PyCFunction_NewEx", ctypes.pythonapi))


def builtin(name: str, address: int, bound: Any) -> Any:
    """A builtin of the native function int64(self, address of the arguments, their number) at an address, bound to an object."""
    found = _definitions.get((name, address))
    if found is None:
        found = _definitions.setdefault((name, address), _Definition(name.encode(), address, FASTCALL, None))
    return _make(ctypes.addressof(found), bound, None)


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


@cache
def functions() -> dict[str, int]:
    """Addresses of the functions that native code calls to make results, by what they do."""
    pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))
    table = (ctypes.c_void_p * (NEW + 1)).from_address(pointer(_multiarray_umath._ARRAY_API, None))
    api = ctypes.pythonapi
    return {
        "array": table[NEW] or 0,
        "number": table[SCALAR] or 0,
        "tuple": _address(api.PyTuple_New),
        "set": _address(api.PyTuple_SetItem),
        "keep": _address(api.Py_IncRef),
        "drop": _address(api.Py_DecRef),
        "release": _address(api.PyEval_SaveThread),
        "take": _address(api.PyEval_RestoreThread),
    }


def work() -> bool:
    """Whether NumPy's functions are where they are looked for: an array and a number are made by them."""
    known = functions()
    new = ctypes.PYFUNCTYPE(
        ctypes.py_object, ctypes.py_object, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, *(ctypes.c_void_p,) * 2, *(ctypes.c_int,) * 2, ctypes.c_void_p
    )(known["array"])
    number = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)(known["number"])
    shape, x = np.array([2, 3], np.int64), np.array([1.5, 2.5])
    made = new(np.ndarray, shape.size, shape.ctypes.data, x.dtype.num, None, None, 0, 0, None)
    found = number(x.ctypes.data + x.itemsize, x.dtype, None)
    return type(made) is np.ndarray and made.shape == (2, 3) and made.dtype is x.dtype and type(found) is np.float64 and found == x[1]
