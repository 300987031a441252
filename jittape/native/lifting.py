"""Variables that hold plain arrays (or lists of numbers) on one way through a function and arrays of Vars on another.

Numba gives a variable one type. Numbers become Vars by a conversion, arrays cannot: a copy would no longer be the array that
other names mean. But a new array, the result of an expression, has no other name yet, and becomes an array of Vars before it
has one. So where types do not unify, the expressions that the variable is made of are lifted, and types are inferred again.
So are arguments that are only read, for which a copy is as good; and functions that make arrays of none but plain arguments
are compiled so that what they allocate holds Vars.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numba import types
from numba.core import ir, ir_utils
from numba.core.compiler_machinery import register_pass
from numba.core.errors import TypingError
from numba.core.ir_utils import build_definitions
from numba.core.typed_passes import NopythonTypeInference
from numba.extending import overload

from jittape.native.allocation import _one, var_dtype
from jittape.native.var import VarType

ALIASES = {
    "reshape", "ravel", "view", "asarray", "ascontiguousarray", "asfortranarray", "transpose", "squeeze", "atleast_1d", "atleast_2d",
    "atleast_3d", "broadcast_to", "expand_dims", "swapaxes", "flip", "fliplr", "flipud", "rot90", "diag", "real", "split", "array_split",
}  # fmt: skip
"""NumPy functions whose results may share memory with their arguments."""
WRITERS = {"fill", "sort", "itemset", "put", "resize", "partition", "append", "extend", "insert"}
"""Methods that write."""
TRIES = 12
MIXED = "jittape: the list"
"""How the error of a list that would hold both begins."""


def lifted(x): ...
@overload(lifted)
def _lifted(x):
    if isinstance(x, types.Array) and isinstance(x.dtype, (types.Float, types.Integer)):

        def lift(x):
            out = np.empty(x.shape, var_dtype)
            for i in np.ndindex(x.shape):
                out[i] = x[i]
            return out

        return lift
    if isinstance(x, types.List) and isinstance(x.dtype, (types.Float, types.Integer)):

        def lift_list(x):
            out = []
            for e in x:
                out.append(_one(e))
            return out

        return lift_list
    return lambda x: x


def lifted_floats(x): ...
@overload(lifted_floats)
def _lifted_floats(x):
    """For arrays and lists that are stored into: one of integers would round, and is refused."""
    if isinstance(x, (types.Array, types.List)) and isinstance(x.dtype, types.Float):
        return lambda x: lifted(x)
    return lambda x: x


def lifted_element(x): ...
@overload(lifted_element)
def _lifted_element(x):
    if isinstance(x, types.Float):
        return lambda x: _one(x)
    return lambda x: lifted_floats(x)


class _Lifter:
    """One attempt to lift variables of a function."""

    def __init__(self, func_ir: Any, types_of: dict[str, Any]) -> None:
        self.ir, self.types_of = func_ir, types_of
        self.done = False
        self.function: Any = lifted

    def definitions(self, name: str) -> list[Any]:
        """Assignments to a variable, whichever version of it."""
        base = name.partition(".")[0] if not name.startswith("$") else name
        return [s for b in self.ir.blocks.values() for s in b.body if isinstance(s, ir.Assign) and (s.target.name == name or s.target.unversioned_name == base)]

    def fresh(self, value: Any) -> bool:
        """Whether a value is a new array or list, if it is one."""
        if isinstance(value, ir.Var):
            found = self.ir._definitions.get(value.name, [])
            return value.name.startswith("$") and len(found) == 1 and self.fresh(found[0])
        if not isinstance(value, ir.Expr):
            return False
        if value.op == "build_list":
            return bool(value.items)  # what an empty one holds is known by what is appended
        if value.op in ("binop", "unary"):
            return True
        if value.op == "call":
            name = self.callee(value)
            return name is not None and name not in ALIASES
        return value.op == "cast" and self.fresh(value.value)

    def callee(self, call: Any) -> str | None:
        """The name of a function of NumPy's that is called; None of users' own, which may return an argument."""
        found = self.ir._definitions.get(call.func.name, [])
        if len(found) != 1:
            return None
        f = found[0]
        if isinstance(f, (ir.Global, ir.FreeVar)):
            module = getattr(f.value, "__module__", "") or ""
            own = hasattr(f.value, "py_func") or not (module.startswith(("numpy", "jittape.native")) or isinstance(f.value, np.ufunc))
            return None if own else getattr(f.value, "__name__", "").strip("_")
        if isinstance(f, ir.Expr) and f.op == "getattr":
            owner = self.ir._definitions.get(f.value.name, [])
            if len(owner) == 1 and isinstance(owner[0], (ir.Global, ir.FreeVar)) and owner[0].value is not np:
                return None
            return str(f.attr)
        return None

    def read_only(self, name: str) -> bool:
        """Whether nothing is written into an argument, by whatever name, and it is handed to none but NumPy's functions."""
        names = {name}
        vector = getattr(self.types_of.get(name), "ndim", 0) == 1
        statements = [s for b in self.ir.blocks.values() for s in b.body]
        grown = True
        while grown:
            grown = False
            for s in statements:
                if isinstance(s, ir.Assign) and s.target.name not in names and isinstance(s.value, (ir.Var, ir.Expr)):
                    uses = {v.name for v in ([s.value] if isinstance(s.value, ir.Var) else s.value.list_vars())}
                    call = isinstance(s.value, ir.Expr) and s.value.op in ("call", "binop", "unary")
                    if vector and isinstance(s.value, ir.Expr) and self.element(s.value):
                        continue
                    if uses & names and not call or (call and uses & names and self.callee_aliases(s.value)):
                        names.add(s.target.name)
                        grown = True
        for s in statements:
            if isinstance(s, (ir.SetItem, ir.StaticSetItem, ir.SetAttr, ir.Return)) and any(v.name in names for v in s.list_vars()):
                if not (isinstance(s, (ir.SetItem, ir.StaticSetItem)) and s.target.name not in names):
                    return False
            value = s.value if isinstance(s, ir.Assign) else None
            if isinstance(value, ir.Expr) and value.op == "getattr" and value.value.name in names and value.attr in WRITERS:
                return False
            if isinstance(value, ir.Expr) and value.op == "call" and any(v.name in names for v in value.args) and self.callee(value) is None:
                return False
        return True

    def element(self, value: Any) -> bool:
        """Whether x[i] of a vector is no view."""
        if value.op == "static_getitem":
            return not isinstance(value.index, (slice, tuple))
        if value.op != "getitem":
            return False
        found = self.ir._definitions.get(value.index.name, [])
        return all(not isinstance(f, ir.Expr) or f.op in ("binop", "unary", "getitem", "static_getitem", "pair_first", "inplace_binop") for f in found)

    def callee_aliases(self, value: Any) -> bool:
        return value.op == "call" and self.callee(value) in (None, *ALIASES)

    def allocating(self, s: Any) -> bool:
        """Whether a user's function is called, which is then compiled for arrays of Vars; its call is changed."""
        from jittape.native.retype import allocating_version

        value = s.value
        while isinstance(value, ir.Var) and value.name.startswith("$"):
            found = self.ir._definitions.get(value.name, [])
            value = found[0] if len(found) == 1 else None
        if not isinstance(value, ir.Expr) or value.op != "call":
            return False
        found = self.ir._definitions.get(value.func.name, [])
        f = found[0] if len(found) == 1 else None
        if not isinstance(f, (ir.Global, ir.FreeVar)) or not getattr(f.value, "_jittape_version", False):
            return False
        new = allocating_version(f.value)
        if new is f.value:
            return False
        f.value = new
        self.done = True
        return True

    def lift(self, name: str) -> None:
        for s in self.definitions(name):
            if getattr(s, "lifted", False) or self.allocating(s):
                continue
            if isinstance(s.value, ir.Arg) and self.read_only(s.target.name):
                self.wrap(s)
            elif isinstance(s.value, (ir.Expr, ir.Var)) and self.fresh(s.value):
                self.wrap(s)

    def wrap(self, s: Any) -> None:
        block = next(b for b in self.ir.blocks.values() if any(x is s for x in b.body))
        at = next(i for i, x in enumerate(block.body) if x is s)
        scope, loc = s.target.scope, s.loc
        function = ir.Var(scope, ir_utils.mk_unique_var("$lifted"), loc)
        extra = [ir.Assign(ir.Global(self.function.__name__, self.function, loc), function, loc)]
        source = s.value
        if not isinstance(source, ir.Var):
            source = ir.Var(scope, ir_utils.mk_unique_var("$plain"), loc)
            extra.append(ir.Assign(s.value, source, loc))
        s.value = ir.Expr.call(function, (source,), (), loc)
        s.lifted = True
        block.body[at:at] = extra
        self.done = True

    def stored(self, line: int) -> None:
        """Lift what a Var is stored into at a line."""
        self.function = lifted_floats
        for b in list(self.ir.blocks.values()):
            for s in list(b.body):
                if isinstance(s, (ir.SetItem, ir.StaticSetItem)) and s.loc.line == line:
                    self.origin(s.target.name)
        self.function = lifted

    def origin(self, name: str, seen: tuple[str, ...] = ()) -> None:
        """Lift a variable, or what it is another name of."""
        for s in self.definitions(name):
            if isinstance(s.value, ir.Arg):
                return  # the caller's: the error is the answer
        before, self.done = self.done, False
        self.lift(name)
        if not self.done:
            for s in self.definitions(name):
                value = s.value
                if isinstance(value, ir.Var) and value.name not in (*seen, name):
                    self.origin(value.name, (*seen, name))
                elif isinstance(value, ir.Expr) and value.op in ("getitem", "static_getitem"):
                    self.elements(value.value.name, set())
                elif isinstance(value, ir.Expr) and value.op == "build_list":
                    self.elements(name, set())
        self.done |= before

    def elements(self, name: str, seen: set[str]) -> None:
        """Lift what a list that the function makes is made of."""
        seen.add(name)
        for s in self.definitions(name):
            value = s.value
            if isinstance(value, ir.Var) and value.name not in seen:
                self.elements(value.name, seen)
            elif isinstance(value, ir.Expr) and value.op == "build_list":
                for item in value.items:
                    self.lift(item.name)
                self.appended({s.target.name})

    def appended(self, names: set[str]) -> None:
        """Lift what is appended to a list."""
        statements = [s for b in self.ir.blocks.values() for s in b.body if isinstance(s, ir.Assign)]
        for _ in statements:  # as many names as there may be
            more = {s.target.name for s in statements if isinstance(s.value, ir.Var) and s.value.name in names}
            if more <= names:
                break
            names |= more
        methods = {s.target.name for s in statements if isinstance(s.value, ir.Expr) and s.value.op == "getattr" and s.value.attr == "append" and s.value.value.name in names}
        for s in statements:
            call = s.value
            if isinstance(call, ir.Expr) and call.op == "call" and call.func.name in methods and not getattr(s, "lifted", False):
                given = ir.Assign(call.args[0], ir.Var(s.target.scope, ir_utils.mk_unique_var("$appended"), s.loc), s.loc)
                block = next(b for b in self.ir.blocks.values() if any(x is s for x in b.body))
                block.body.insert(next(i for i, x in enumerate(block.body) if x is s), given)
                call.args = (given.target,)
                s.lifted = True
                source, self.function = self.function, lifted_element
                self.wrap(given)
                self.function = source

    def passed(self, line: int) -> None:
        """Lift new arrays and lists that are given to a function at a line, which stores Vars into one."""
        self.function = lifted_floats
        for b in list(self.ir.blocks.values()):
            for s in list(b.body):
                if isinstance(s, ir.Assign) and isinstance(s.value, ir.Expr) and s.value.op == "call" and s.loc.line == line:
                    for v in s.value.args:
                        self.origin(v.name)
        self.function = lifted

    def returned(self) -> None:
        """Lift what the function returns."""
        for b in list(self.ir.blocks.values()):
            for s in list(b.body):
                if isinstance(s, ir.Assign) and isinstance(s.value, ir.Expr) and s.value.op == "cast" and not s.value.value.name.startswith("$returned") and self.fresh(s.value.value):
                    source = ir.Var(s.target.scope, ir_utils.mk_unique_var("$returned"), s.loc)
                    new = ir.Assign(s.value.value, source, s.loc)
                    b.body.insert(b.body.index(s), new)
                    s.value.value = source
                    self.wrap(new)


def _plain_list(t: Any) -> bool:
    return isinstance(t, types.List) and not is_var_list(t)


def is_var_list(t: Any) -> bool:
    return isinstance(t, types.List) and isinstance(t.dtype, VarType)


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


@register_pass(mutates_CFG=True, analysis_only=False)
class LiftingTypeInference(NopythonTypeInference):  # type: ignore[misc]
    """Numba's inference of types, with variables lifted where it fails for want of it."""

    _name = "jittape_type_inference"

    def run_pass(self, state: Any) -> bool:
        for _ in range(TRIES):
            try:
                changed = bool(super().run_pass(state))
                lists = converted_lists(state)
                if not lists:
                    return changed
                lifter = _Lifter(state.func_ir, dict(zip(state.func_ir.arg_names, state.args, strict=True)))
                for s in lists:
                    lifter.lift(s.target.name)
                    lifter.origin(s.target.name)
                    if isinstance(s.value, ir.Expr) and s.value.op == "phi":
                        for v in s.value.incoming_values:
                            if isinstance(v, ir.Var):
                                lifter.origin(v.name)
                if not lifter.done:
                    raise TypingError(
                        f"{MIXED} {lists[0].target.unversioned_name!r} holds plain numbers here and recorded ones there; make one for each "
                        f"(line {lists[0].loc.line})"
                    )
                state.func_ir._definitions = build_definitions(state.func_ir.blocks)
                continue
            except TypingError as error:
                message = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
                if "jittape.Var" not in message or "jittape: " in message and MIXED not in message:
                    raise
                lifter = _Lifter(state.func_ir, dict(zip(state.func_ir.arg_names, state.args, strict=True)))
                for name in re.findall(r"Cannot unify .*? for '([^']+)', defined at", message):
                    lifter.lift(name)
                if "unify return type" in message:
                    lifter.returned()
                if "setitem" in message:
                    for line in re.findall(r"typing of (?:static)?setitem at .*? \((\d+)\)", message):
                        lifter.stored(int(line))
                if not lifter.done and (MIXED in message or re.search(r"setitem\((?:reflected )?(?:list|array)\((?:float|int)64", message)):
                    for line in re.findall(r"typing of call at .*? \((\d+)\)", message):
                        lifter.passed(int(line))
                if not lifter.done:
                    raise
                state.func_ir._definitions = build_definitions(state.func_ir.blocks)
        return bool(super().run_pass(state))
