"""Vars outside native code: how a number and an array that are recorded are handed over, and come back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import NativeValue, box, typeof_impl, unbox

from jittape.native.vars.var import VarType, proxy, var


class Scalar:
    """A Var outside native code."""

    __slots__ = ("slot", "tape", "value")

    def __init__(self, value: float, slot: int, tape: int) -> None:
        self.value, self.slot, self.tape = value, slot, tape

    def __repr__(self) -> str:  # what print() in a user's function shows
        return repr(self.value)


class VarArray(np.ndarray):  # type: ignore[type-arg]
    """An ndarray of Vars, which Numba takes for an array of them."""


@typeof_impl.register(VarArray)
def _typeof_array(value: Any, context: Any) -> Any:
    layout = "C" if value.flags.c_contiguous else "F" if value.flags.f_contiguous else "A"
    return types.Array(var, value.ndim, layout, readonly=not value.flags.writeable)


@typeof_impl.register(Scalar)
def _typeof_scalar(value: Any, context: Any) -> Any:
    return var


@unbox(VarType)
def _unbox(typ: Any, obj: Any, c: Any) -> Any:
    new = proxy(c.context, c.builder)
    for name, read in (("value", c.pyapi.float_as_double), ("slot", c.pyapi.long_as_longlong), ("tape", c.pyapi.long_as_longlong)):
        field = c.pyapi.object_getattr_string(obj, name)
        setattr(new, name, read(field))
        c.pyapi.decref(field)
    return NativeValue(new._getvalue(), is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


@box(VarType)
def _box(typ: Any, value: Any, c: Any) -> Any:
    x = proxy(c.context, c.builder, value)
    cls = c.pyapi.unserialize(c.pyapi.serialize_object(Scalar))
    parts = [c.pyapi.float_from_double(x.value), c.pyapi.long_from_longlong(x.slot), c.pyapi.long_from_longlong(x.tape)]
    out = c.pyapi.call_function_objargs(cls, parts)
    for p in (cls, *parts):
        c.pyapi.decref(p)
    return out
