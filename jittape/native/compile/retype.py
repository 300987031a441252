"""The pass that makes recording versions of users' Numba functions: the same Python functions, compiled for Vars.

It rewrites two things before types are inferred: functions that allocate floats allocate Vars instead, and other Numba
functions that are called are replaced by their recording versions. Where no argument is a Var nothing is rewritten.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from numba import types
from numba.core import ir, ir_utils
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.errors import UnsupportedError
from numba.core.ir_utils import build_definitions
from numpy.lib.stride_tricks import as_strided

from jittape.compiler.dispatchers import is_dispatcher
from jittape.native.compile.declared import rounded
from jittape.native.compile.definitions import definition, forward
from jittape.native.compile.replaced import (
    ATTRIBUTES,
    COMPLEX,
    COMPLEX_NAMES,
    CONTAINERS,
    CONVERSIONS,
    IN_PLACE,
    METHODS,
    REPLACED,
    RULES,
    STAND_INS,
    first,
    is_complex,
    looked_up,
    teach_complex,
)
from jittape.native.compile.versions import recording_version
from jittape.native.recording.recursion import deeper, recursive
from jittape.native.vars.types import holds_complex, holds_var
from jittape.native.vars.var import compiling

LONG = 400
"""Statements of Numba's IR beyond which operations are recorded by calls: see docs/decisions/012-native-var.md."""


def _used_as_values(func_ir: Any) -> set[str]:
    """Names of variables that are read other than to be called."""
    found = set()
    for block in func_ir.blocks.values():
        for statement in block.body:
            called = statement.value.func if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Expr) and statement.value.op == "call" else None
            if isinstance(statement, ir.Del):
                continue
            read = statement.value.list_vars() if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Expr) else statement.list_vars()
            if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Var):
                read = [statement.value]
            found |= {v.name for v in read if v is not called}
    return found


@register_pass(mutates_CFG=False, analysis_only=False)
class Retype(FunctionPass):  # type: ignore[misc]
    """Replace allocators and nested functions."""

    _name = "jittape_retype"
    always = False

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        changed = rounded(state.func_ir, state.args)
        if not self.always and not any(holds_var(t) for t in state.args):
            if changed:
                state.func_ir._definitions = build_definitions(state.func_ir.blocks)
            return changed
        if forward(state.func_ir):
            state.func_ir._definitions = build_definitions(state.func_ir.blocks)
            changed = True
        if self._complex(state):
            teach_complex()
        compiling.apart = sum(len(block.body) for block in state.func_ir.blocks.values()) > LONG
        numpy_names: set[str] = set()
        methods: dict[str, Any] = {}
        used = _used_as_values(state.func_ir)
        for block in state.func_ir.blocks.values():
            for statement in list(block.body):
                if isinstance(statement, ir.EnterWith):
                    self._objmode(state.func_ir, statement)
                if not isinstance(statement, ir.Assign):
                    continue
                value = statement.value
                new: Any = None
                if isinstance(value, ir.Expr) and value.op == "inplace_binop" and value.fn in IN_PLACE:
                    statement.value = self._called(block, statement, IN_PLACE[value.fn], (value.lhs, value.rhs))
                    changed = True
                    continue
                if isinstance(value, ir.Expr) and value.op == "getattr" and value.attr in ATTRIBUTES and not self._module(state.func_ir, value):
                    statement.value = self._called(block, statement, ATTRIBUTES[value.attr], (value.value,))
                    changed = True
                    continue
                if isinstance(value, ir.Expr) and value.op == "getattr" and value.attr in METHODS and statement.target.name not in used and not self._module(state.func_ir, value):
                    methods[statement.target.name] = METHODS[value.attr]
                    statement.value = value.value  # the object itself: a bound method has no type where that of the object changes
                    changed = True
                    continue
                if isinstance(value, ir.Expr) and value.op == "call" and value.func.name in methods:
                    statement.value = self._called(block, statement, methods[value.func.name], (value.func, *value.args))
                    changed = True
                    continue
                if isinstance(value, ir.Expr) and value.op == "call":
                    new = self._conversion(state.func_ir, value)
                    if new is not None:
                        name = ir.Var(statement.target.scope, ir_utils.mk_unique_var("$conversion"), value.loc)
                        block.body.insert(block.body.index(statement), ir.Assign(ir.Global(new.__name__, new, value.loc), name, value.loc))
                        value.func = name
                        changed = True
                    continue
                if isinstance(value, (ir.Global, ir.FreeVar)):
                    if value.value is np:
                        numpy_names.add(statement.target.name)
                    new = self._other(value.value, statement.target.name not in used)
                elif isinstance(value, ir.Expr) and value.op == "getattr":
                    if value.attr == "as_strided":
                        new = REPLACED[as_strided]
                    elif value.value.name in numpy_names:
                        new = REPLACED.get(getattr(np, value.attr, None)) if hasattr(np, value.attr) else None
                    else:
                        new = self._member(state.func_ir, value, statement.target.name not in used) or self._container(state.func_ir, value)
                if new is not None:
                    statement.value = ir.Global(getattr(new, "__name__", "f"), new, value.loc)
                    changed = True
        if not self.always and not hasattr(state.func_ir, "checks_stack") and recursive(state.func_id.func):
            state.func_ir.checks_stack = True  # the pass comes twice
            self._depth(state)
            changed = True
        if changed:
            state.func_ir._definitions = build_definitions(state.func_ir.blocks)
            if forward(state.func_ir):  # what was replaced now
                state.func_ir._definitions = build_definitions(state.func_ir.blocks)
        return changed

    def _complex(self, state: Any) -> bool:
        """Whether a function is seen to compute with complex numbers."""
        if not COMPLEX:
            return False
        if any(holds_complex(t) or isinstance(getattr(t, "dtype", t), types.Complex) for t in state.args):
            return True
        for block in state.func_ir.blocks.values():
            for s in block.body:
                value = s.value if isinstance(s, ir.Assign) else None
                if isinstance(value, (ir.Const, ir.Global, ir.FreeVar)) and is_complex(value.value):
                    return True
                if isinstance(value, ir.Expr) and value.op == "getattr" and value.attr in COMPLEX_NAMES:
                    return True
        return False

    def _depth(self, state: Any) -> None:
        """Check the stack where the function begins."""
        block = state.func_ir.blocks[min(state.func_ir.blocks)]
        given = [s for s in block.body if isinstance(s, ir.Assign) and isinstance(s.value, ir.Arg)]
        named = [s.target for s in given if holds_var(state.args[s.value.index])]
        loc, at = given[-1].loc, block.body.index(given[-1]) + 1
        name, done = (ir.Var(block.scope, ir_utils.mk_unique_var(n), loc) for n in ("$deeper", "$depth"))
        call = ir.Expr.call(name, tuple(named), (), loc)
        block.body[at:at] = [ir.Assign(ir.Global("deeper", deeper, loc), name, loc), ir.Assign(call, done, loc)]

    def _called(self, block: Any, statement: Any, function: Any, args: tuple[Any, ...]) -> Any:
        """A call of a function of ours, which is named before the statement."""
        loc = statement.value.loc
        name = ir.Var(statement.target.scope, ir_utils.mk_unique_var(f"${function.__name__}"), loc)
        block.body.insert(block.body.index(statement), ir.Assign(ir.Global(function.__name__, function, loc), name, loc))
        return ir.Expr.call(name, args, (), loc)

    def _module(self, func_ir: Any, value: Any) -> bool:
        """Whether an attribute is one of a module, or of another value that is known."""
        return isinstance(definition(func_ir, value.value.name), (ir.Global, ir.FreeVar))

    def _objmode(self, func_ir: Any, statement: Any) -> None:
        """Refuse Python code, in which nothing is recorded."""
        raise UnsupportedError(
            "jittape: a with block (objmode, or a context) is Python code, where nothing is recorded; write it in a Python function "
            f"that calls Numba functions by jittape.native.wrap, or compute it before (line {statement.loc.line})"
        )

    def _conversion(self, func_ir: Any, call: Any) -> Any:
        """What stands for a number type that is called; as a dtype it stays what it is."""
        value = definition(func_ir, call.func.name)
        if isinstance(value, ir.Expr) and value.op == "getattr":
            owner = definition(func_ir, value.value.name)
            if not isinstance(owner, (ir.Global, ir.FreeVar)):
                return None
            value = getattr(owner.value, value.attr, None)
        elif isinstance(value, (ir.Global, ir.FreeVar)):
            value = value.value
        return looked_up(CONVERSIONS, value)

    def _other(self, value: Any, called: bool = False) -> Any:
        own = first(RULES, value)
        if own is not None:
            return own
        if is_dispatcher(value):
            return recording_version(value, called)
        if isinstance(value, tuple) and any(is_dispatcher(f) for f in value):
            return tuple(recording_version(f) if is_dispatcher(f) else f for f in value)
        return looked_up(REPLACED, value) or first(STAND_INS, value)

    def _container(self, func_ir: Any, value: Any) -> Any:
        """What stands for typed.Dict.empty and typed.List.empty_list."""
        owner = definition(func_ir, value.value.name)
        found = owner.value if isinstance(owner, (ir.Global, ir.FreeVar)) else None
        if isinstance(owner, ir.Expr) and owner.op == "getattr":  # typed.Dict
            module = definition(func_ir, owner.value.name)
            if isinstance(module, (ir.Global, ir.FreeVar)):
                found = getattr(module.value, owner.attr, None)
        return CONTAINERS.get((found, value.attr)) if isinstance(found, type) else None

    def _member(self, func_ir: Any, value: Any, called: bool) -> Any:
        """A Numba function that is an attribute of a module."""
        owner = definition(func_ir, value.value.name)
        if isinstance(owner, (ir.Global, ir.FreeVar)) and isinstance(owner.value, ModuleType):
            member = getattr(owner.value, value.attr, None)
            return self._other(member, called)
        return None


@register_pass(mutates_CFG=False, analysis_only=False)
class RetypeAlways(Retype):
    """Of functions that are given no Vars too."""

    _name = "jittape_retype_always"
    always = True
