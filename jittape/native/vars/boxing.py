"""Vars outside native code: how a number and an array that are recorded are handed over, and come back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.cpython import printimpl
from numba.extending import NativeValue, box, lower_builtin, typeof_impl, unbox

from jittape.native.vars.complex_vars import COMPLEX_RECORD, apart, joined
from jittape.native.vars.var import ComplexVarType, VarType, complex_var, proxy, var


class Scalar:
    """A Var outside native code."""

    __slots__ = ("slot", "tape", "value")

    def __init__(self, value: float, slot: int, tape: int) -> None:
        self.value, self.slot, self.tape = value, slot, tape

    def __repr__(self) -> str:  # what print() in a user's function shows
        return repr(self.value)


class ComplexScalar:
    """A recorded complex number outside native code: its parts, each a `Scalar`."""

    __slots__ = ("im", "re")

    def __init__(self, re: Scalar, im: Scalar) -> None:
        self.re, self.im = re, im

    def __repr__(self) -> str:
        return repr(complex(self.re.value, self.im.value))


class VarArray(np.ndarray):  # type: ignore[type-arg]
    """An ndarray of Vars, or of recorded complex numbers, which Numba takes for an array of them."""


@typeof_impl.register(VarArray)
def _typeof_array(value: Any, context: Any) -> Any:
    layout = "C" if value.flags.c_contiguous else "F" if value.flags.f_contiguous else "A"
    return types.Array(complex_var if value.dtype == COMPLEX_RECORD else var, value.ndim, layout, readonly=not value.flags.writeable)


@typeof_impl.register(Scalar)
def _typeof_scalar(value: Any, context: Any) -> Any:
    return var


@typeof_impl.register(ComplexScalar)
def _typeof_complex(value: Any, context: Any) -> Any:
    return complex_var


@unbox(ComplexVarType)
def _unbox_complex(typ: Any, obj: Any, c: Any) -> Any:
    parts = []
    for name in ("re", "im"):
        field = c.pyapi.object_getattr_string(obj, name)
        parts.append(_unbox(var, field, c).value)
        c.pyapi.decref(field)
    return NativeValue(joined(c.context, c.builder, *parts), is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


@box(ComplexVarType)
def _box_complex(typ: Any, value: Any, c: Any) -> Any:
    parts = [_box(var, x, c) for x in apart(c.context, c.builder, value)]
    cls = c.pyapi.unserialize(c.pyapi.serialize_object(ComplexScalar))
    out = c.pyapi.call_function_objargs(cls, parts)
    for p in (cls, *parts):
        c.pyapi.decref(p)
    return out


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


def _values(x: Any) -> Any:
    """The numbers of an array of Vars, or of recorded complex numbers."""
    return x["re"]["value"] + 1j * x["im"]["value"] if x.dtype == COMPLEX_RECORD else x["value"]


@lower_builtin("print_item", types.Array)
def _print_array(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """`print` of an array in compiled code: of recorded numbers their values, of others as Numba does it."""
    (typ,), (array,) = sig.args, args
    if not isinstance(typ.dtype, (VarType, ComplexVarType)):
        return printimpl.print_item_impl_Any(context, builder, sig, args)
    api = context.get_python_api(builder)
    context.nrt.incref(builder, typ, array)
    boxed = api.from_native_value(typ, array, context.get_env_manager(builder))
    values = api.unserialize(api.serialize_object(_values))
    shown = api.call_function_objargs(values, [boxed])
    api.print_object(shown)
    for x in (values, boxed, shown):
        api.decref(x)
    return context.get_dummy_value()
