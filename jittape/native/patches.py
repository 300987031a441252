"""What of Numba has to be changed for Vars, each with the reason; tests/test_native_patches.py fails when one is needed no more."""

from __future__ import annotations

from typing import Any

from numba.core import boxing, pythonapi, types  # noqa: F401 (boxing registers what is changed here)
from numba.core.typing import npydecl
from numba.np import arrayobj, numpy_support

from jittape.native.var import RECORD, VarType, var

_applied: list[bool] = []


def apply() -> None:
    """Apply all of them; once a process."""
    if not _applied:
        _applied.append(True)
        for patch in PATCHES:
            patch()


def array_expressions() -> None:
    """npyimpl._prepare_argument takes scalars of the types in number_domain only."""
    types.number_domain = types.number_domain | {var}


def boxing_of_arrays() -> None:
    """Numba boxes arrays whose type has a NumPy dtype only; arrays of Vars are boxed as arrays of records."""
    original = pythonapi._boxers.functions[types.Array]

    def box(typ: Any, value: Any, c: Any) -> Any:
        if not isinstance(typ.dtype, VarType):
            return original(typ, value, c)
        plain = types.Array(numpy_support.from_dtype(RECORD), typ.ndim, typ.layout)
        source = arrayobj.make_array(typ)(c.context, c.builder, value)
        target = arrayobj.make_array(plain)(c.context, c.builder)
        for name in source._datamodel._fields:
            x = getattr(source, name)
            setattr(target, name, c.builder.bitcast(x, target.data.type) if name == "data" else x)
        return original(plain, target._getvalue(), c)

    pythonapi._boxers.functions[types.Array] = box


def redirected_sum() -> None:
    """Numba 0.66 types np.sum as the method of the same name and then finds no code for it: ours is an overload of np.sum."""
    template = npydecl.Numpy_method_redirection
    original = template.generic

    def generic(self: Any, args: Any, kws: Any) -> Any:
        if self.method_name == "sum" and args and isinstance(args[0], types.Array) and isinstance(args[0].dtype, VarType):
            return None
        return original(self, args, kws)

    template.generic = generic


PATCHES = [array_expressions, boxing_of_arrays, redirected_sum]
