"""Functions of numba.vectorize as functions of numba.njit that call them."""

from __future__ import annotations

import functools
import weakref
from typing import Any

from numba import njit
from numba.np.ufunc.dufunc import DUFunc

from jittape.native.compile.source import from_source

_made: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def as_dispatcher(f: Any) -> Any:
    """A function of njit that calls one of vectorize: the same one every time; None of anything else."""
    if not isinstance(f, DUFunc):
        return None
    found = _made.get(f)
    if found is None:
        names = ", ".join(f"x{i}" for i in range(f.nin))
        call = from_source(f"def call({names}):\n    return ufunc({names})\n", __name__, {"ufunc": f})["call"]
        functools.update_wrapper(call, f._dispatcher.py_func)
        del call.__wrapped__
        found = _made[f] = njit(call)
    return found
