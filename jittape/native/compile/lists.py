"""Lists of plain numbers that another function, or another way through this one, makes lists of recorded numbers."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import ir

from jittape.native.vars.var import ComplexVarType, VarType

MIXED = "jittape: the list"
"""How the error of a list that would hold both begins."""


def is_var_list(t: Any) -> bool:
    return isinstance(t, types.List) and isinstance(t.dtype, (VarType, ComplexVarType))


def _plain_list(t: Any) -> bool:
    return isinstance(t, types.List) and not is_var_list(t)


def _rows(state: Any, name: str, wanted: Any) -> list[str]:
    """Names of lists of numbers within a list that is written down, which holds lists of Vars elsewhere."""
    given = state.typemap.get(name)
    if not isinstance(given, types.List) or given == wanted:
        return []
    if is_var_list(wanted):
        return [name] if _plain_list(given) else []
    found = []
    for block in state.func_ir.blocks.values():
        for s in block.body:
            if isinstance(s, ir.Assign) and s.target.name == name and isinstance(s.value, ir.Expr) and s.value.op == "build_list":
                found += [n for v in s.value.items for n in _rows(state, v.name, wanted.dtype)]
    return found


def plain_rows(state: Any) -> list[str]:
    """Names of lists of numbers that are put into lists of lists of Vars: rows without any."""
    found = []
    for block in state.func_ir.blocks.values():
        for s in block.body:
            value = s.value if isinstance(s, ir.Assign) else None
            if not isinstance(value, ir.Expr):
                continue
            if value.op == "build_list":
                of = state.typemap.get(s.target.name)
                pairs = [(v.name, of.dtype) for v in value.items] if isinstance(of, types.List) else []
            elif value.op == "call" and value in state.calltypes:
                signature = state.calltypes[value]
                pairs = list(zip((v.name for v in value.args), signature.args, strict=False)) if signature is not None else []
            else:
                continue
            found += [n for name, wanted in pairs if isinstance(wanted, types.List) for n in _rows(state, name, wanted)]
    return found


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


def mixed(target: Any, loc: Any) -> str:
    """The message of the error."""
    what = "a list that is written down" if target.name.startswith("$") else repr(target.unversioned_name)
    return f"{MIXED} {what} holds plain numbers here and recorded ones there; make one for each (line {loc.line})"
