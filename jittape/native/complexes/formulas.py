"""The formulas of functions/complexes, of real and imaginary parts, as native code: compiled for Vars.

What they choose by comparisons is no decision of the user's function. On a tape that is not replayed the values choose, and nothing is
recorded for it; on one that is, the comparison and the choice are recorded, so that the replay is right at any point without a guard.
"""

from __future__ import annotations

import math
import operator
from typing import Any

from numba import njit, types
from numba.core import ir, ir_utils
from numba.core.compiler import DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.ir_utils import build_definitions
from numba.core.untyped_passes import IRProcessing
from numba.extending import intrinsic, register_jitable

from jittape.compiler.libraries import PartMixin
from jittape.functions.complexes import analytic, elementwise
from jittape.native.compile.pipeline import Nested
from jittape.native.compile.versions import WITHOUT_WRAPPERS
from jittape.native.complexes import rules
from jittape.native.numpy.operations import lower
from jittape.native.vars.marks import mark
from jittape.native.vars.overloads import overload
from jittape.native.vars.var import NUMBERS, VarType, own_tape, plain, replayed, value_of, var
from jittape.ops.spec import BY_NAME

# --- what stands for the pieces of formulas ------------------------------------------------------------------------------------


@intrinsic
def as_var(typingctx, x):
    """A number as a Var."""
    if not isinstance(x, (VarType, *NUMBERS)):
        return None
    return var(var), lambda context, b, sig, args: args[0]


@intrinsic
def constant(typingctx, value):
    """A number that is on no tape."""
    return var(types.float64), lambda context, b, sig, args: plain(b, args[0])


def _recorded(name: str) -> Any:
    """An operation of the table that is appended, and decides nothing."""

    def f(*args): ...

    f.__name__ = f.__qualname__ = f"recorded_{name}"
    globals()[f.__name__] = f  # where Numba looks for a function that it is told of
    lower(BY_NAME[name], f)
    return f


_mulz = _recorded("mulz")


def _comparison(compare: Any, name: str) -> Any:
    record = _recorded(name)

    def masked(x, y): ...

    @overload(masked)
    def typed(x, y):
        if not isinstance(x, VarType) and not isinstance(y, VarType):
            return lambda x, y: compare(x, y)

        def mask(x, y):
            p, q = as_var(x), as_var(y)
            if replayed(p) or replayed(q):
                return record(p, q)
            return constant(1.0 if compare(value_of(p), value_of(q)) else 0.0)

        return mask

    return masked


_COMPARED = {
    operator.lt: "less", operator.le: "less_equal", operator.gt: "greater", operator.ge: "greater_equal",
    operator.eq: "equal", operator.ne: "not_equal",
}  # fmt: skip
_greater_equal = _comparison(operator.ge, "greater_equal")


def _both(x, y): ...
@overload(_both)
def _both_overload(x, y):
    if not isinstance(x, VarType):
        return lambda x, y: x & y

    def both(x, y):
        if own_tape(x) == 0:
            return y if value_of(x) != 0.0 else x
        if own_tape(y) == 0:
            return x if value_of(y) != 0.0 else y
        return x * y

    return both


def _either(x, y): ...
@overload(_either)
def _either_overload(x, y):
    if not isinstance(x, VarType):
        return lambda x, y: x | y

    def either(x, y):
        if own_tape(x) == 0:
            return x if value_of(x) != 0.0 else y
        if own_tape(y) == 0:
            return y if value_of(y) != 0.0 else x
        return x + y - x * y

    return either


def _choose(condition, x, y): ...
@overload(_choose)
def _choose_overload(condition, x, y):
    def choose(condition, x, y):
        if own_tape(condition) == 0:
            return as_var(x) if value_of(condition) != 0.0 else as_var(y)
        no = 1.0 - condition
        return _mulz(-(no - 1.0), x) + _mulz(-(condition - 1.0), y)  # factors 1 and -0.0, so that zeros keep their signs

    return choose


def _nowhere(condition): ...
@overload(_nowhere)
def _nowhere_overload(condition):
    return lambda condition: own_tape(condition) == 0 and value_of(condition) == 0.0


def _larger(x, y): ...
@overload(_larger)
def _larger_overload(x, y):
    def larger(x, y):
        p, q = as_var(x), as_var(y)
        if replayed(p) or replayed(q):
            return _greater_equal(abs(p), abs(q))
        return constant(1.0 if abs(value_of(p)) >= abs(value_of(q)) else 0.0)

    return larger


def _times(x, y): ...
@overload(_times)
def _times_overload(x, y):
    """A product, which is a constant where a factor is a constant zero and no replay may give it another sign."""

    def times(x, y):
        p, q = as_var(x), as_var(y)
        if own_tape(p) == 0:
            if value_of(p) == 1.0:
                return q
            found = value_of(p) * value_of(q)
            if value_of(p) == 0.0 and found == 0.0 and not replayed(q):
                return constant(found)
        elif own_tape(q) == 0:
            if value_of(q) == 1.0:
                return p
            found = value_of(p) * value_of(q)
            if value_of(q) == 0.0 and found == 0.0 and not replayed(p):
                return constant(found)
        return p * q

    return times


@register_jitable
def _same(x, y):
    """Whether these numbers, which are equal or NaN, have one sign where they are zero."""
    return x != 0.0 or math.copysign(1.0, x) == math.copysign(1.0, y)


def _plus(x, y): ...
@overload(_plus)
def _plus_overload(x, y):
    """A sum, which is one of the two where the other is a constant zero, likewise, and changes no zero's sign: cuts are where zeros are."""

    def plus(x, y):
        p, q = as_var(x), as_var(y)
        found = value_of(p) + value_of(q)
        if own_tape(q) == 0 and value_of(q) == 0.0 and not replayed(p) and _same(value_of(p), found):
            return p
        if own_tape(p) == 0 and value_of(p) == 0.0 and not replayed(q) and _same(value_of(q), found):
            return q
        return p + q

    return plus


def _minus(x, y): ...
@overload(_minus)
def _minus_overload(x, y):
    def minus(x, y):
        p, q = as_var(x), as_var(y)
        if own_tape(q) == 0 and value_of(q) == 0.0 and not replayed(p) and _same(value_of(p), value_of(p) - value_of(q)):
            return p
        return p - q

    return minus


PIECES = {
    elementwise.choose: _choose, elementwise.nowhere: _nowhere, elementwise.larger: _larger, elementwise.times: _times,
    elementwise.plus: _plus, elementwise.minus: _minus,
}  # fmt: skip
BINARY = {f: _comparison(f, name) for f, name in _COMPARED.items()} | {operator.and_: _both, operator.or_: _either}
SHARED = {elementwise.__name__, analytic.__name__, rules.__name__}
"""Modules whose functions are formulas."""

# --- compiling formulas ------------------------------------------------------------------------------------------------------


@register_pass(mutates_CFG=False, analysis_only=False)
class Formulas(FunctionPass):  # type: ignore[misc]
    """Put the pieces in their places: comparisons give numbers, and functions of Python are formulas themselves."""

    _name = "jittape_formulas"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        for block in state.func_ir.blocks.values():
            for s in list(block.body):
                value = s.value if isinstance(s, ir.Assign) else None
                if isinstance(value, (ir.Global, ir.FreeVar)) and getattr(value.value, "__module__", None) in SHARED and callable(value.value):
                    new = PIECES.get(value.value) or formula(value.value)
                    s.value = ir.Global(value.name, new, value.loc)
                elif isinstance(value, ir.Expr) and value.op == "binop" and value.fn in BINARY:
                    name = ir.Var(s.target.scope, ir_utils.mk_unique_var("$piece"), value.loc)
                    block.body.insert(block.body.index(s), ir.Assign(ir.Global("piece", BINARY[value.fn], value.loc), name, value.loc))
                    s.value = ir.Expr.call(name, (value.lhs, value.rhs), (), value.loc)
        state.func_ir._definitions = build_definitions(state.func_ir.blocks)
        return True


class _Compiler(PartMixin, Nested):
    apart = True

    def define_pipelines(self) -> list[Any]:
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        pipeline.add_pass_after(Formulas, IRProcessing)
        pipeline.finalize()
        return [pipeline]


_made: dict[Any, Any] = {}


def formula(f: Any) -> Any:
    """A formula as native code calls it, with Vars; the same one every time."""
    if f not in _made:
        _made[f] = njit(pipeline_class=_Compiler, error_model="numpy", **WITHOUT_WRAPPERS)(f)
        _made[f]._jittape_version = True
    return _made[f]


def call(context: Any, b: Any, f: Any, parts: list[Any]) -> tuple[Any, Any]:
    """Code that calls a formula with Vars: (type of the result, result)."""
    kinds = (var,) * len(parts)
    dispatcher = formula(f)
    dispatcher.compile(kinds)
    compiled = dispatcher.overloads[kinds]
    context.active_code_library.add_linking_library(compiled.library)
    mark(context.active_code_library)
    return compiled.signature.return_type, context.call_internal(b, compiled.fndesc, compiled.signature, parts)
