"""Recorded complex numbers in native code: a pair of Vars, so that the tape, its sweeps and its guards stay real.

In an ndarray one is two records of Vars, one after the other: `z.real` and `z.imag` are views of arrays of Vars.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, lower_cast, models, register_model
from numba.np import arrayobj

from jittape.native.vars.var import NUMBERS, REAL, RECORD, ArraysOf, ComplexVarType, VarType, complex_var, plain, var

COMPLEX_RECORD = np.dtype([("re", RECORD), ("im", RECORD)])
"""A recorded complex number in an ndarray."""


class ComplexVarArrays(types.Array, metaclass=ArraysOf):  # type: ignore[misc]
    """What methods of arrays of recorded complex numbers are registered for."""

    element = ComplexVarType


@register_model(ComplexVarType)
class ComplexVarModel(models.StructModel):  # type: ignore[misc]
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, [("re", var), ("im", var)])

    def traverse(self, builder: Any) -> list[Any]:
        """What may hold references: none of its fields."""
        return []


def joined(context: Any, b: Any, re: Any, im: Any) -> Any:
    """The complex number of two Vars."""
    new = ir.Constant(context.get_value_type(complex_var), ir.Undefined)
    return b.insert_value(b.insert_value(new, re, 0), im, 1)


def apart(context: Any, b: Any, value: Any) -> tuple[Any, Any]:
    """The two Vars of a complex number."""
    return b.extract_value(value, 0), b.extract_value(value, 1)


def _cast_real(context: Any, b: Any, fromty: Any, toty: Any, value: Any) -> Any:
    return joined(context, b, context.cast(b, value, fromty, var), plain(b, ir.Constant(REAL, 0.0)))


def _cast_complex(context: Any, b: Any, fromty: Any, toty: Any, value: Any) -> Any:
    z = context.make_complex(b, fromty, value=value)
    parts = (plain(b, context.cast(b, x, fromty.underlying_float, types.float64)) for x in (z.real, z.imag))
    return joined(context, b, *parts)


for _kind in (*NUMBERS, VarType):
    lower_cast(_kind, ComplexVarType)(_cast_real)
lower_cast(types.Complex, ComplexVarType)(_cast_complex)


@lower_cast(types.Array, ComplexVarType)  # type: ignore[untyped-decorator]
def _cast_element(context: Any, b: Any, fromty: Any, toty: Any, value: Any) -> Any:
    """The one element of an array without axes."""
    data = arrayobj.make_array(fromty)(context, b, value).data
    return context.cast(b, arrayobj.load_item(context, b, fromty, data), fromty.dtype, complex_var)


@intrinsic  # type: ignore[misc]
def make_complex(typingctx, re, im):  # type: ignore[no-untyped-def]
    """The complex number of two Vars or numbers."""
    if not all(isinstance(x, (VarType, *NUMBERS)) for x in (re, im)):
        return None
    return complex_var(var, var), lambda context, b, sig, args: joined(context, b, *args)
