"""Lists of plain numbers that another function, or another way through this one, makes lists of recorded numbers."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import ir

from jittape.native.var import VarType

MIXED = "jittape: the list"
"""How the error of a list that would hold both begins."""


def is_var_list(t: Any) -> bool:
    return isinstance(t, types.List) and isinstance(t.dtype, VarType)


def _plain_list(t: Any) -> bool:
    return isinstance(t, types.List) and not is_var_list(t)


def converted_lists(state: Any) -> list[Any]:
    """Assignments of lists of numbers to variables that hold lists of Vars: Numba types them, and then has no conversion.

    There can be none, as a copy is no longer the list that other names mean.
    """
    found = []
    for block in state.func_ir.blocks.values():
        for s in block.body:
            if not isinstance(s, ir.Assign) or not is_var_list(state.typemap.get(s.target.name)):
                continue
            value, sources = s.value, []
            if isinstance(value, ir.Var):
                sources = [state.typemap.get(value.name)]
            elif isinstance(value, ir.Arg):
                sources = [state.args[value.index]]
            elif isinstance(value, ir.Expr) and value.op == "phi":
                sources = [state.typemap.get(v.name) for v in value.incoming_values if isinstance(v, ir.Var)]
            elif isinstance(value, ir.Expr) and value.op == "cast":
                sources = [state.typemap.get(value.value.name)]
            elif isinstance(value, ir.Expr):
                sources = [getattr(state.calltypes.get(value), "return_type", None)]
            if any(_plain_list(t) for t in sources):
                found.append(s)
    return found


def mixed(found: list[Any]) -> str:
    """The message of the error."""
    s = found[0]
    return f"{MIXED} {s.target.unversioned_name!r} holds plain numbers here and recorded ones there; make one for each (line {s.loc.line})"
