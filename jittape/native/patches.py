"""What of Numba has to be changed for Vars, each with the reason; tests/test_native_patches.py fails when one is needed no more."""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.core.typing import npydecl
from numba.core.typing.templates import signature

from jittape.native.var import VarType, var

_applied: list[bool] = []


def apply() -> None:
    """Apply all of them; once a process."""
    if _applied:
        return
    _applied.append(True)
    _in_place_operators()
    _array_expressions()


def _in_place_operators() -> None:
    """Numba's template of a += b looks for a ufunc's loop and fails with an AttributeError where there is none."""
    template = npydecl.NumpyRulesInplaceArrayOperator
    original = template.generic

    def generic(self: Any, args: Any, kws: Any) -> Any:
        if len(args) == 2 and isinstance(args[0], types.Array) and isinstance(args[0].dtype, VarType):
            return signature(args[0], *args)
        return original(self, args, kws)

    template.generic = generic


def _array_expressions() -> None:
    """npyimpl._prepare_argument takes scalars of the types in number_domain only."""
    types.number_domain = types.number_domain | {var}
