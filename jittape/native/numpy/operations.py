"""Typing and lowering of the table's operations for Vars: operators, `math` and NumPy functions, of scalars.

An operation's value is the table's expression `z`, compiled by Numba into the caller; then the operation is appended to
the tape. Nothing here is written for one operation but its other names.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.callconv import NumpyErrorModel
from numba.core.compiler import Flags
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from jittape.array.protocols import numpy_function
from jittape.native.compile.source import from_source
from jittape.native.vars.overloads import overload
from jittape.native.vars.var import (
    BIT,
    LONG,
    NUMBERS,
    REAL,
    VAR,
    VarType,
    compiling,
    decide,
    decide_number,
    plain,
    proxy,
    record,
    var,
    written,
)
from jittape.ops import native_math
from jittape.ops._generated import opcodes
from jittape.ops.expressions import native
from jittape.ops.spec import BY_NAME, OPS, Op

OPERATORS: dict[str, tuple[Any, ...]] = {
    "add": (operator.add, operator.iadd),
    "sub": (operator.sub, operator.isub),
    "mul": (operator.mul, operator.imul),
    "floor_divide": (operator.floordiv, operator.ifloordiv),
    "mod": (operator.mod, operator.imod),
    "neg": (operator.neg,),
    "abs": (builtins.abs, math.fabs),
    "first_max": (builtins.max,),
    "first_min": (builtins.min,),
}
DIVISIONS = dict.fromkeys((operator.truediv, operator.itruediv, operator.floordiv, operator.ifloordiv), "division by zero") | dict.fromkeys(
    (operator.mod, operator.imod), "modulo by zero"
)
"""What raises an error of these words where the denominator is zero: NumPy's functions and array expressions do not."""
POWERS = (operator.pow, operator.ipow, math.pow, np.power, np.float_power, builtins.pow)
MATH = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "deg2rad": "radians", "rad2deg": "degrees"}
"""Names in `math` that differ from the operation's."""
OWN = {"div", "pow", "powc", "where", "clip", "mulz", "product", "stop_gradient", "sincn", "polygamma", "iv", "jv", "pos", "conjugate"}
"""Operations that are lowered by hand, or have no name of their own here."""
WHOLE = {int: "trunc", math.trunc: "trunc", math.floor: "floor", math.ceil: "ceil"}
"""Functions whose results are integers, to index by or to count to."""
COMPARISONS = {
    operator.lt: "less", operator.le: "less_equal", operator.gt: "greater", operator.ge: "greater_equal",
    operator.eq: "equal", operator.ne: "not_equal",
}  # fmt: skip


def length(square: Any) -> Any:
    """The root of a sum of squares, whose derivative at zero is zero."""
    return math.sqrt(square)


def corner(length: Any) -> Any:
    """A length that is not Euclidean, at zero."""
    return length


def functions(op: Op) -> list[Any]:
    """The functions that mean an operation."""
    if op.name in ("root", "corner"):
        return [length if op.name == "root" else corner]
    found = list(OPERATORS.get(op.name, ()))
    for path in (op.numpy, *op.aliases):
        if path and ":" not in path:
            f = numpy_function(path)
            if f is not None and path not in ("conjugate", "bitwise_and", "bitwise_or", "bitwise_xor", "invert"):
                found.append(f)
    f = getattr(math, MATH.get(op.name, op.name), None)
    if callable(f) and f not in WHOLE:
        found.append(f)
    return list(dict.fromkeys(found))


@cache
def value_function(name: str) -> Callable[..., float]:
    """The value of an operation as a Python function of numbers that Numba compiles."""
    op = BY_NAME[name]
    scope: dict[str, Any] = {"math": math, "np": np, "inf": math.inf}
    scope.update({k: getattr(native_math, k) for k in dir(native_math) if not k.startswith("_")})
    text = f"def value_{name}({', '.join(op.operands)}):\n    return float({native(op.z)})\n"
    return from_source(text, __name__, scope)[f"value_{name}"]  # type: ignore[no-any-return]


class _Template(AbstractTemplate):  # type: ignore[misc]
    """A function of Vars and numbers, one Var at least, whose arguments become Vars."""

    arity = 1
    result: Any = var

    def generic(self, args: Any, kws: Any) -> Any:
        if kws or len(args) != self.arity:
            return None
        args = [a.type if isinstance(a, types.Optional) else a for a in args]
        if any(isinstance(a, VarType) for a in args) and all(isinstance(a, (VarType, *NUMBERS)) for a in args):
            return signature(self.result, *[var] * self.arity)
        return None


def template(f: Any, arity: int, result: Any = var) -> None:
    infer_global(f)(type(f"Var_{getattr(f, '__name__', 'f')}", (_Template,), {"arity": arity, "result": result, "key": f}))


_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv", "neg": "fneg"}


def _called(context: Any, b: Any, f: Callable[..., Any], kinds: Any, args: list[Any], error_model: str) -> tuple[Any, Any]:
    """Call a function that Numba compiles into this one; returns its status and its value."""
    flags = Flags()
    flags.error_model = error_model
    function = context.compile_subroutine(b, f, kinds, flags=flags)
    return context.call_internal_no_propagate(b, function.fndesc, kinds, args)  # type: ignore[no-any-return]


def _value(context: Any, b: Any, op: Op, xs: list[Any]) -> Any:
    """The value of an operation; nothing is raised."""
    if op.name in _ARITHMETIC:
        return getattr(b, _ARITHMETIC[op.name])(*xs)
    return _called(context, b, value_function(op.name), types.float64(*[types.float64] * len(xs)), xs, "numpy")[1]


def _operation(context: Any, b: Any, op: Op, args: Any) -> Any:
    """The Var of an operation, by a function that all its uses in a module share: a long function is a list of calls."""

    def body(b: Any, *args: Any) -> None:
        value = _value(context, b, op, [proxy(context, b, x).value for x in args])
        b.ret(record(context, b, op.code, value, args))

    return b.call(written(b.module, f"jittape_op_{op.name}", VAR, [VAR] * len(args), body, compiling.apart, own=True), args)


def lower(op: Op, f: Any) -> None:
    words = DIVISIONS.get(f)

    def lowered(context: Any, b: Any, sig: Any, args: Any) -> Any:
        if words is not None:
            zero = b.fcmp_ordered("==", proxy(context, b, args[1]).value, ir.Constant(REAL, 0.0))
            with b.if_then(zero, likely=False):
                context.error_model.fp_zero_division(b, (words,))
        return _operation(context, b, op, args)

    template(f, op.arity)
    lower_builtin(f, *[VarType] * op.arity)(lowered)


def _power(context: Any, b: Any, sig: Any, args: Any) -> Any:
    """x ** y where both may be recorded."""
    return _operation(context, b, BY_NAME["pow"], args)


def _number_power(f: Any) -> Callable[..., Any]:
    """The lowering of x ** n of a number n, by cheaper operations where it is one that is known now."""
    by_number = f in (np.power, np.float_power)  # integers are converted, as NumPy and Numba do

    def lowered(context: Any, b: Any, sig: Any, args: Any) -> Any:
        n, kind = args[1], sig.args[1]
        if isinstance(kind, types.IntegerLiteral):
            kind, n = types.int64, ir.Constant(LONG, kind.literal_value)
        number = None
        if isinstance(n, ir.Constant) and isinstance(n.constant, (int, float)):
            number = float(n.constant)
        if number == 1.0:
            return args[0]
        whole = isinstance(kind, types.Integer) and not by_number
        if number in (2.0, 0.5) or (number == -1.0 and not whole):
            return _operation(context, b, BY_NAME[{2.0: "square", 0.5: "sqrt", -1.0: "reciprocal"}[number]], args[:1])
        exponent = context.cast(b, n, kind, types.float64)
        kinds = types.float64(types.float64, kind if whole else types.float64)
        model = "numpy" if isinstance(context.error_model, NumpyErrorModel) else "python"
        status, value = _called(context, b, lambda x, n: x**n, kinds, [proxy(context, b, args[0]).value, n if whole else exponent], model)
        with b.if_then(status.is_error, likely=False):
            context.call_conv.return_status_propagate(b, status)
        return record(context, b, opcodes.POWC, value, [args[0], plain(b, exponent)], compiling.apart)

    return lowered


class _Powers(_Template):
    arity = 2

    def generic(self, args: Any, kws: Any) -> Any:
        if kws or len(args) != 2:
            return None
        x, y = (a.type if isinstance(a, types.Optional) else a for a in args)
        if isinstance(x, VarType) and isinstance(y, types.Integer):
            return signature(var, var, types.int64)
        if isinstance(x, VarType) and isinstance(y, (types.Float, types.Boolean)):
            return signature(var, var, types.float64)
        if isinstance(y, VarType) and isinstance(x, (VarType, *NUMBERS)):
            return signature(var, var, var)
        return None


def _compare(f: Any, op: Op) -> None:
    symbol = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!="}[op.name]

    def lowered(context: Any, b: Any, sig: Any, args: Any) -> Any:
        return _decided(context, b, op, symbol, args)

    template(f, 2, types.boolean)
    lower_builtin(f, VarType, VarType)(lowered)


def _decided(context: Any, b: Any, op: Op, symbol: str, args: Any) -> Any:
    """A comparison of Vars, by which the program decides: a bit."""

    def body(b: Any, x: Any, y: Any) -> None:
        values = [proxy(context, b, a).value for a in (x, y)]
        bit = (b.fcmp_unordered if symbol == "!=" else b.fcmp_ordered)(symbol, *values)
        decide(context, b, op.code, b.uitofp(bit, REAL), x, y)
        b.ret(bit)

    return b.call(written(b.module, f"jittape_decided_{op.name}", BIT, [VAR, VAR], body, compiling.apart, own=True), args)


def _truth(context: Any, b: Any, sig: Any, args: Any) -> Any:
    return _decided(context, b, BY_NAME["not_equal"], "!=", [args[0], plain(b, ir.Constant(REAL, 0.0))])


def _test(f: Any, name: str) -> None:
    """isnan and its like: a decision."""
    op = BY_NAME[name]

    def lowered(context: Any, b: Any, sig: Any, args: Any) -> Any:
        return _truth(context, b, sig, [_operation(context, b, op, args)])

    template(f, 1, types.boolean)
    lower_builtin(f, VarType)(lowered)


def _whole(f: Any, name: str) -> None:
    """int(x), math.floor(x) and their like, which are integers: what comes out is a decision."""
    op = BY_NAME[name]

    def lowered(context: Any, b: Any, sig: Any, args: Any) -> Any:
        def body(b: Any, x: Any) -> None:
            value = _value(context, b, op, [proxy(context, b, x).value])
            decide_number(context, b, record(context, b, op.code, value, [x]))
            b.ret(b.fptosi(value, LONG))

        return b.call(written(b.module, f"jittape_whole_{op.name}", LONG, [VAR], body, compiling.apart, own=True), args)

    template(f, 1, types.int64)
    lower_builtin(f, VarType)(lowered)


def _register() -> None:
    """Make Numba know the operations of Vars. Composites of them come later, and are tried later."""
    for op in OPS:
        if op.arity > 2 or op.name in OWN or op.constant or op.code not in opcodes.SWITCH or op.name in COMPARISONS.values():
            continue
        if op.name in ("isnan", "isinf", "isfinite"):
            for f in (getattr(math, op.name), getattr(np, op.name)):
                _test(f, op.name)
            continue
        if op.mask:
            continue
        for f in functions(op):
            lower(op, f)
    for f in (operator.truediv, operator.itruediv, np.divide, np.true_divide):
        lower(BY_NAME["div"], f)
    for f in dict.fromkeys(POWERS):
        infer_global(f)(type("Var_pow", (_Powers,), {"key": f}))
        lower_builtin(f, VarType, VarType)(_power)
        for kind in (types.Integer, types.Float):
            lower_builtin(f, VarType, kind)(_number_power(f))
    template(operator.pos, 1)
    lower_builtin(operator.pos, VarType)(lambda context, b, sig, args: args[0])
    for f in (np.positive, np.conjugate):
        template(f, 1)
        lower_builtin(f, VarType)(lambda context, b, sig, args: args[0])
    template(float, 1)
    lower_builtin(float, VarType)(lambda context, b, sig, args: args[0])
    for f, name in COMPARISONS.items():
        _compare(f, BY_NAME[name])
    for f in (bool, operator.truth):
        template(f, 1, types.boolean)
        lower_builtin(f, VarType)(_truth)
    for f, name in WHOLE.items():
        _whole(f, name)
    template(operator.not_, 1, types.boolean)
    lower_builtin(operator.not_, VarType)(lambda context, b, sig, args: b.not_(_truth(context, b, sig, args)))


@overload(max)
def _max(a, b, *more):  # type: ignore[no-untyped-def]
    if more and any(isinstance(t, VarType) for t in (a, b, *more)):
        return lambda a, b, *more: max(max(a, b), *more)
    return None


@overload(min)
def _min(a, b, *more):  # type: ignore[no-untyped-def]
    if more and any(isinstance(t, VarType) for t in (a, b, *more)):
        return lambda a, b, *more: min(min(a, b), *more)
    return None


_register()
