"""Which of Numba's types hold Vars, and the dtype of arrays of them."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import typeof_impl

from jittape.native.vars.complex_vars import ComplexVarArrays
from jittape.native.vars.var import ComplexVarType, VarType, complex_var, var


class _Dtype:
    """The dtype of arrays of Vars, or of recorded complex numbers, in native code: np.empty(n, var_dtype)."""

    def __init__(self, of: Any) -> None:
        self.of = of


var_dtype: Any = _Dtype(var)
complex_dtype: Any = _Dtype(complex_var)


@typeof_impl.register(_Dtype)
def _typeof(value: Any, context: Any) -> Any:
    return types.DType(value.of)


def is_var_array(t: Any) -> bool:
    return isinstance(t, types.Array) and isinstance(t.dtype, VarType)


def is_complex_array(t: Any) -> bool:
    """Whether a type is that of arrays of recorded complex numbers."""
    return isinstance(t, ComplexVarArrays)


def holds_complex(t: Any) -> bool:
    """Whether values of a type hold recorded complex numbers."""
    return holds_var(t, (ComplexVarType,))


def has_complex(t: Any) -> bool:
    """Whether values of a type hold complex numbers, recorded ones or others."""
    return holds_var(t, (ComplexVarType, types.Complex))


def holds_var(t: Any, kinds: tuple[Any, ...] = (VarType, ComplexVarType)) -> bool:
    """Whether values of a type hold Vars, alone or as parts of complex numbers."""
    if isinstance(t, kinds):
        return True
    if isinstance(t, types.Optional):
        return holds_var(t.type, kinds)
    if isinstance(t, (types.Array, types.List, types.ListType, types.UniTuple)):
        return holds_var(t.dtype, kinds)
    if isinstance(t, types.DictType):
        return holds_var(t.value_type, kinds)
    if isinstance(t, types.BaseTuple):
        return any(holds_var(x, kinds) for x in t)
    return False
