"""Which of Numba's types hold Vars, and the dtype of arrays of them."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import typeof_impl

from jittape.native.vars.var import VarType, var


class _Dtype:
    """The dtype of arrays of Vars, in native code: np.empty(n, var_dtype)."""


var_dtype: Any = _Dtype()


@typeof_impl.register(_Dtype)
def _typeof(value: Any, context: Any) -> Any:
    return types.DType(var)


def is_var_array(t: Any) -> bool:
    return isinstance(t, types.Array) and isinstance(t.dtype, VarType)


def holds_var(t: Any) -> bool:
    """Whether values of a type hold Vars."""
    if isinstance(t, VarType):
        return True
    if isinstance(t, types.Optional):
        return holds_var(t.type)
    if isinstance(t, (types.Array, types.List, types.ListType, types.UniTuple)):
        return holds_var(t.dtype)
    if isinstance(t, types.DictType):
        return holds_var(t.value_type)
    if isinstance(t, types.BaseTuple):
        return any(holds_var(x) for x in t)
    return False
