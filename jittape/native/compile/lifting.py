"""Variables that hold plain arrays on one way through a function and arrays of Vars on another.

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
from numba.extending import intrinsic
from numba.typed import Dict, List

from jittape.compiler.dispatchers import is_dispatcher
from jittape.native.compile.definitions import definition
from jittape.native.compile.lists import MIXED, converted_lists, mixed, plain_rows
from jittape.native.compile.replaced import complexly
from jittape.native.compile.versions import allocating_version
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import complex_dtype, var_dtype
from jittape.native.vars.var import complex_var, var

ALIASES = {
    "reshape", "ravel", "view", "asarray", "ascontiguousarray", "asfortranarray", "transpose", "squeeze", "atleast_1d", "atleast_2d",
    "atleast_3d", "broadcast_to", "expand_dims", "swapaxes", "flip", "fliplr", "flipud", "rot90", "diag", "real", "split", "array_split",
    "hsplit", "vsplit", "dsplit", "broadcast_arrays", "moveaxis", "rollaxis", "trim_zeros", "as_strided", "sliding_window_view",
    "diagonal", "imag", "nditer", "assigned",
}  # fmt: skip
"""Functions of NumPy and of this package whose results may share memory with their arguments. (`assigned` stands for a += b.)"""
COPYING = {
    "copy", "astype", "flatten", "repeat", "take", "clip", "round", "cumsum", "cumprod", "dot", "sum", "prod", "mean", "std", "var", "min",
    "max", "ptp", "argsort", "nonzero", "argmin", "argmax", "conj", "conjugate", "any", "all", "item",
}  # fmt: skip
"""Methods of arrays whose results are new; of other methods (a list's `pop`) nothing is known."""
WRITING = {"assigned", "fill_diagonal", "copyto", "shuffle", "put", "place", "putmask"}
"""Functions that write into an argument."""
WRITERS = {"fill", "sort", "itemset", "put", "resize", "partition", "append", "extend", "insert"}
"""Methods that write."""
PUSHERS = {"heappush", "heapreplace", "heappushpop"}
"""Functions that write into a list."""
TRIES = 12
ADDED = "added to an array of plain numbers"
LIFTABLE = (MIXED, ADDED)
"""Errors of this package that lifting may cure."""


PACKAGES = (np.__name__, __package__.rpartition(".")[0])
"""NumPy, and the package that this one is in: functions whose results are known."""


def _in_package(module: str | None, packages: tuple[str, ...] = PACKAGES) -> bool:
    """Whether a module, by its name, is in one of some packages."""
    return any(f"{module}.".startswith(f"{package}.") for package in packages)


def lifted(x): ...
@overload(lifted)
def _lifted(x):
    if isinstance(x, types.Array) and isinstance(x.dtype, (types.Float, types.Integer, types.Complex)):
        dtype = complex_dtype if isinstance(x.dtype, types.Complex) else var_dtype

        def lift(x):
            out = np.empty(x.shape, dtype)
            for i in np.ndindex(x.shape):
                out[i] = x[i]
            return out

        return lift
    return lambda x: x


def _element(t):
    """The type that a float, or a tuple with floats, becomes where it holds Vars; None of other types."""
    if isinstance(t, (types.Float, types.Complex)):
        return var if isinstance(t, types.Float) else complex_var
    if isinstance(t, types.BaseAnonymousTuple) and any(map(_element, t)):
        return types.BaseTuple.from_types([_element(x) or x for x in t])
    return None


@intrinsic  # type: ignore[misc]
def _recorded(typingctx, x):
    """A float, or a tuple with floats, with Vars in place of these."""
    target = _element(x)

    def codegen(context, b, sig, args):
        return context.cast(b, args[0], sig.args[0], sig.return_type)

    return target(x), codegen


def lifted_floats(x): ...
@overload(lifted_floats)
def _lifted_floats(x):
    """For what is stored into: arrays, and lists and dicts of floats. One of integers would round, and is refused; so are lists of
    lists, as their rows may have other names."""
    if isinstance(x, types.Array) and isinstance(x.dtype, (types.Float, types.Complex)):
        return lambda x: lifted(x)
    if isinstance(x, types.List) and _element(x.dtype):
        return lambda x: [_recorded(v) for v in x]
    if isinstance(x, types.ListType) and _element(x.dtype):
        element = _element(x.dtype)

        def of_list(x):
            out = List.empty_list(element)
            for v in x:
                out.append(_recorded(v))
            return out

        return of_list
    if isinstance(x, types.DictType) and _element(x.value_type):
        key, value = x.key_type, _element(x.value_type)

        def of_dict(x):
            out = Dict.empty(key, value)
            for k in x:
                out[k] = _recorded(x[k])
            return out

        return of_dict
    return lambda x: x


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
        """Whether a value is a new array, if it is an array."""
        if isinstance(value, ir.Var):
            found = self.ir._definitions.get(value.name, [])
            temporary = value.name.startswith(("$", "closure__"))  # the latter of a list that was a comprehension
            return temporary and len(found) == 1 and self.fresh(found[0])
        if isinstance(value, (ir.Global, ir.FreeVar)):
            return isinstance(value.value, np.ndarray) and self.function is lifted  # a constant, as good as a copy but for stores
        if not isinstance(value, ir.Expr):
            return False
        if value.op in ("binop", "unary", "build_list", "build_map"):
            return True
        if value.op == "call":
            name = self.callee(value)
            return name is not None and name not in ALIASES
        return value.op == "cast" and self.fresh(value.value)

    def callee(self, call: Any) -> str | None:
        """The name of a function of NumPy's that is called; None of users' own, which may return an argument."""
        f = definition(self.ir, call.func.name)
        if isinstance(f, (ir.Global, ir.FreeVar)):
            users = is_dispatcher(f.value) or not (isinstance(f.value, np.ufunc) or _in_package(getattr(f.value, "__module__", None)))
            return None if users else getattr(f.value, "__name__", "").strip("_")
        if isinstance(f, ir.Expr) and f.op == "getattr":
            return str(f.attr) if f.attr in COPYING or self.module(f.value.name) else None
        return None

    def module(self, name: str) -> bool:
        """Whether a variable is NumPy or a module of it."""
        owner = definition(self.ir, name)
        if isinstance(owner, ir.Expr) and owner.op == "getattr":
            return self.module(owner.value.name)
        return isinstance(owner, (ir.Global, ir.FreeVar)) and _in_package(getattr(owner.value, "__name__", None), PACKAGES[:1])

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
            if isinstance(value, ir.Expr) and value.op == "call" and any(v.name in names for v in value.args):
                if self.callee(value) in (None, *WRITING):
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

    def called(self, call: Any) -> str:
        """The name of what is called, whose it may be."""
        f = definition(self.ir, call.func.name)
        return str(f.attr) if isinstance(f, ir.Expr) and f.op == "getattr" else getattr(getattr(f, "value", None), "__name__", "")

    def callee_aliases(self, value: Any) -> bool:
        return value.op == "call" and self.callee(value) in (None, *ALIASES)

    def allocating(self, s: Any) -> bool:
        """Whether a user's function is called, which is then compiled for arrays of Vars; its call is changed."""
        value = s.value
        while isinstance(value, ir.Var) and value.name.startswith("$"):
            found = self.ir._definitions.get(value.name, [])
            value = found[0] if len(found) == 1 else None
        if not isinstance(value, ir.Expr) or value.op != "call":
            return False
        f = definition(self.ir, value.func.name)
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
            elif isinstance(s.value, ir.Expr) and s.value.op == "build_list" and not s.value.items:
                continue  # what it holds is known when it is appended to
            elif isinstance(s.value, (ir.Expr, ir.Var, ir.Global, ir.FreeVar)) and self.fresh(s.value):
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
                if s.loc.line != line:
                    continue
                if isinstance(s, (ir.SetItem, ir.StaticSetItem)):
                    self.origin(s.target.name)
                elif isinstance(s, ir.Assign) and isinstance(s.value, ir.Expr) and s.value.op == "getattr" and s.value.attr in WRITERS:
                    self.origin(s.value.value.name)
                elif (
                    isinstance(s, ir.Assign)
                    and isinstance(s.value, ir.Expr)
                    and s.value.op == "call"
                    and s.value.args
                    and (self.called(s.value) in PUSHERS or self.callee(s.value) == "assigned")
                ):
                    self.origin(s.value.args[0].name)
        self.function = lifted

    def origin(self, name: str, seen: tuple[str, ...] = ()) -> None:
        for s in self.definitions(name):
            if isinstance(s.value, ir.Arg):
                return  # the caller's: the error is the answer
        before = self.done
        self.lift(name)
        if self.done == before:
            for s in self.definitions(name):
                if isinstance(s.value, ir.Var) and s.value.name not in (*seen, name):
                    self.origin(s.value.name, (*seen, name))
                elif isinstance(s.value, ir.Expr) and s.value.op in ("getitem", "static_getitem"):
                    if not self.contents(s.value.value.name):
                        self.origin(s.value.value.name, (*seen, name))  # a row of a matrix

    def contents(self, name: str) -> bool:
        """Lift what was put into a list or a dict; whether it is one. Its rows may have other names, so it is not copied itself."""
        group, statements = {name}, [s for b in self.ir.blocks.values() for s in b.body]
        size = 0
        while size < len(group):
            size = len(group)
            for s in statements:
                if isinstance(s, ir.Assign) and isinstance(s.value, ir.Var) and group & {s.target.name, s.value.name}:
                    group |= {s.target.name, s.value.name}
        inside: list[Any] = []
        repeated = False
        for s in statements:
            value = s.value if isinstance(s, ir.Assign) else None
            if isinstance(s, (ir.SetItem, ir.StaticSetItem)) and s.target.name in group:
                inside.append(s.value)
            elif isinstance(value, ir.Expr) and s.target.name in group and value.op in ("build_list", "build_map"):
                inside += [v[1] for v in value.items] if value.op == "build_map" else value.items
            elif isinstance(value, ir.Expr) and s.target.name in group and value.op == "binop":
                for operand in (value.lhs, value.rhs):
                    repeated |= self.contents(operand.name)
            elif isinstance(value, ir.Expr) and value.op == "call":
                method = definition(self.ir, value.func.name)
                if isinstance(method, ir.Expr) and method.op == "getattr" and method.value.name in group and method.attr in ("append", "insert"):
                    inside.append(value.args[-1])
        for v in inside:
            self.origin(v.name)
        return repeated or bool(inside)

    def place(self, name: str) -> tuple[Any, Any]:
        """A variable, and where it is assigned."""
        s = self.definitions(name)[0]
        return s.target, s.loc

    def lists(self, found: list[Any], rows: list[str]) -> None:
        """Lift lists that are assigned to variables which hold recorded numbers elsewhere, and rows of such lists."""
        self.function = lifted_floats
        for name in dict.fromkeys(rows):
            self.lift(name)
            if not name.startswith("$"):
                self.origin(name)
        for s in found:
            self.lift(s.target.name)
            self.origin(s.target.name)
            if isinstance(s.value, ir.Expr) and s.value.op == "phi":
                for v in s.value.incoming_values:
                    if isinstance(v, ir.Var):
                        self.origin(v.name)
        self.function = lifted

    def passed(self, line: int) -> None:
        """Lift new arrays and lists that are given to a function at a line, which stores recorded numbers into one."""
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


@register_pass(mutates_CFG=True, analysis_only=False)
class LiftingTypeInference(NopythonTypeInference):  # type: ignore[misc]
    """Numba's inference of types, with variables lifted where it fails for want of it."""

    _name = "jittape_type_inference"

    def run_pass(self, state: Any) -> bool:
        for _ in range(TRIES):
            lifter = _Lifter(state.func_ir, dict(zip(state.func_ir.arg_names, state.args, strict=True)))
            try:
                changed = bool(super().run_pass(state))
                lists, rows = converted_lists(state), plain_rows(state)
                if not lists and not rows:
                    return changed
                lifter.lists(lists, rows)
                if not lifter.done:
                    raise TypingError(mixed(lists[0].target, lists[0].loc) if lists else mixed(*lifter.place(rows[0])))
                state.func_ir._definitions = build_definitions(state.func_ir.blocks)
            except TypingError as error:
                message = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
                if complexly(message):  # the rules of complex numbers are there now
                    continue
                refused = "jittape: " in message and not any(known in message for known in LIFTABLE)
                if not re.search(r"jittape\.(?:Complex)?Var", message) or refused:
                    raise
                for name in re.findall(r"Cannot unify .*? for '([^']+)', defined at", message):
                    lifter.lift(name)
                if "unify return type" in message:
                    lifter.returned()
                if any(word in message for word in ("setitem", "BoundFunction", "impl_", *PUSHERS)):
                    for line in re.findall(r"typing of (?:(?:static)?setitem|call|static-setitem) at .*? \((\d+)\)", message):
                        lifter.stored(int(line))
                if ADDED in message:
                    for line in re.findall(r"typing of call at .*? \((\d+)\)", message):
                        lifter.stored(int(line))
                if not lifter.done and (MIXED in message or re.search(r"setitem\((?:reflected )?(?:list|array)\((?:float|int|complex)\d+", message)):
                    for line in re.findall(r"typing of call at .*? \((\d+)\)", message):
                        lifter.passed(int(line))
                if not lifter.done:
                    raise
                state.func_ir._definitions = build_definitions(state.func_ir.blocks)
        return bool(super().run_pass(state))
