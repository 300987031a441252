"""Variables that hold plain arrays on one way through a function and arrays of Vars on another.

Numba gives a variable one type. Numbers become Vars by a conversion, arrays cannot: a copy would no longer be the array that
other names mean. But a new array, the result of an expression, has no other name yet, and becomes an array of Vars before it
has one. So where types do not unify, the expressions that the variable is made of are lifted, and types are inferred again.
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

from jittape.native.allocation import var_dtype

ALIASES = {
    "reshape", "ravel", "view", "asarray", "ascontiguousarray", "asfortranarray", "transpose", "squeeze", "atleast_1d", "atleast_2d",
    "atleast_3d", "broadcast_to", "expand_dims", "swapaxes", "flip", "fliplr", "flipud", "rot90", "diag", "real", "split", "array_split",
}  # fmt: skip
"""NumPy functions whose results may share memory with their arguments."""
TRIES = 12


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
    return lambda x: x


class _Lifter:
    """One attempt to lift variables of a function."""

    def __init__(self, func_ir: Any) -> None:
        self.ir = func_ir
        self.done = False

    def definitions(self, name: str) -> list[Any]:
        """Assignments to a variable, whichever version of it."""
        base = name.partition(".")[0] if not name.startswith("$") else name
        return [s for b in self.ir.blocks.values() for s in b.body if isinstance(s, ir.Assign) and (s.target.name == name or s.target.unversioned_name == base)]

    def fresh(self, value: Any) -> bool:
        """Whether a value is a new array, if it is an array."""
        if isinstance(value, ir.Var):
            found = self.ir._definitions.get(value.name, [])
            return value.name.startswith("$") and len(found) == 1 and self.fresh(found[0])
        if not isinstance(value, ir.Expr):
            return False
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

    def lift(self, name: str) -> None:
        for s in self.definitions(name):
            if isinstance(s.value, (ir.Expr, ir.Var)) and self.fresh(s.value) and not getattr(s, "lifted", False):
                self.wrap(s)

    def wrap(self, s: Any) -> None:
        block = next(b for b in self.ir.blocks.values() if any(x is s for x in b.body))
        at = next(i for i, x in enumerate(block.body) if x is s)
        scope, loc = s.target.scope, s.loc
        function = ir.Var(scope, ir_utils.mk_unique_var("$lifted"), loc)
        extra = [ir.Assign(ir.Global("lifted", lifted, loc), function, loc)]
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
        for b in list(self.ir.blocks.values()):
            for s in list(b.body):
                if isinstance(s, (ir.SetItem, ir.StaticSetItem)) and s.loc.line == line:
                    self.origin(s.target.name)

    def origin(self, name: str) -> None:
        for s in self.definitions(name):
            if isinstance(s.value, ir.Arg):
                raise TypingError(
                    f"recorded numbers are stored into the argument {s.value.name!r}, which is a plain array: pass it among the "
                    "differentiated arguments (argnums), or allocate it inside the function",
                    loc=s.loc,
                )
        before = self.done
        self.lift(name)
        if self.done == before:
            for s in self.definitions(name):
                if isinstance(s.value, ir.Var):
                    self.origin(s.value.name)

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
            try:
                return bool(super().run_pass(state))
            except TypingError as error:
                message = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
                if "jittape.Var" not in message:
                    raise
                lifter = _Lifter(state.func_ir)
                for name in re.findall(r"Cannot unify .*? for '([^']+)', defined at", message):
                    lifter.lift(name)
                if "unify return type" in message:
                    lifter.returned()
                if "setitem" in message:
                    for line in re.findall(r"typing of (?:static)?setitem at .*? \((\d+)\)", message):
                        lifter.stored(int(line))
                if not lifter.done:
                    raise
                state.func_ir._definitions = build_definitions(state.func_ir.blocks)
        return bool(super().run_pass(state))
