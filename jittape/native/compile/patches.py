"""What of Numba has to be changed for Vars, each with the reason; tests/native/test_native_patches.py fails when one is needed no more."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import boxing, cgutils, pythonapi  # noqa: F401 (boxing registers what is changed here)
from numba.core import types as core_types
from numba.extending import lower_cast
from numba.np import arrayobj, numpy_support

from jittape.native.vars.complex_vars import COMPLEX_RECORD
from jittape.native.vars.var import RECORD, ComplexVarType, VarType, complex_var, var

_applied: list[bool] = []


def apply() -> None:
    """Apply all of them; once a process."""
    if not _applied:
        _applied.append(True)
        for patch in PATCHES:
            patch()


def array_expressions() -> None:
    """npyimpl._prepare_argument takes scalars of the types in number_domain only."""
    # of numba.core: numba.types is a module of its own with the same names
    core_types.number_domain = core_types.number_domain | {var, complex_var}


def boxing_of_arrays() -> None:
    """Numba boxes arrays whose type has a NumPy dtype only; arrays of Vars are boxed as arrays of records."""
    original = pythonapi._boxers.functions[types.Array]

    def box(typ: Any, value: Any, c: Any) -> Any:
        if not isinstance(typ.dtype, (VarType, ComplexVarType)):
            return original(typ, value, c)
        record = RECORD if isinstance(typ.dtype, VarType) else COMPLEX_RECORD
        plain = types.Array(numpy_support.from_dtype(record), typ.ndim, typ.layout)
        source = arrayobj.make_array(typ)(c.context, c.builder, value)
        target = arrayobj.make_array(plain)(c.context, c.builder)
        for name in source._datamodel._fields:
            x = getattr(source, name)
            setattr(target, name, c.builder.bitcast(x, target.data.type) if name == "data" else x)
        return original(plain, target._getvalue(), c)

    pythonapi._boxers.functions[types.Array] = box


def named_tuples() -> None:
    """Named tuples of one class do not unify where their elements would: results(float64, bool) and results(Var, bool)."""

    def unify(self: Any, context: Any, other: Any) -> Any:
        if isinstance(other, types.BaseNamedTuple) and other.instance_class is self.instance_class:
            parts = [context.unify_pairs(a, b) for a, b in zip(self, other, strict=True)]
            if any(isinstance(p.dtype if isinstance(p, types.Array) else p, (VarType, ComplexVarType)) for p in parts):
                return types.BaseTuple.from_types(parts, self.instance_class)
        return None

    for cls in (types.NamedTuple, types.NamedUniTuple):
        cls.unify = unify

    def cast(context: Any, builder: Any, fromty: Any, toty: Any, value: Any) -> Any:
        items = cgutils.unpack_tuple(builder, value, len(fromty))
        return context.make_tuple(builder, toty, [context.cast(builder, v, f, t) for v, f, t in zip(items, fromty, toty, strict=True)])

    lower_cast(types.BaseNamedTuple, types.BaseNamedTuple)(cast)


PATCHES = [array_expressions, boxing_of_arrays, named_tuples]
