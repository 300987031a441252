"""Typing and lowering of operators, `cmath` and NumPy's ufuncs for recorded complex numbers, and their typing for arrays of them.

Arrays come down to numbers by Numba's rewriting of array expressions, as for real ones.
"""

from __future__ import annotations

import builtins
import cmath
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import lower_builtin, lower_getattr

from jittape.functions.complexes import analytic, elementwise
from jittape.native.complexes import rules
from jittape.native.complexes.formulas import call
from jittape.native.vars.complex_vars import apart, joined
from jittape.native.vars.var import NUMBERS, REAL, ComplexVarType, VarType, complex_var, proxy, var

NUMERIC = (VarType, ComplexVarType, types.Complex, *NUMBERS)


def due(kinds: Any) -> bool:
    """Whether numbers of these types make a recorded complex one."""
    recorded = any(isinstance(k, VarType) for k in kinds) and any(isinstance(k, types.Complex) for k in kinds)
    return (recorded or any(isinstance(k, ComplexVarType) for k in kinds)) and all(isinstance(k, NUMERIC) for k in kinds)


class _Template(AbstractTemplate):  # type: ignore[misc]
    """A function of numbers that become complex ones."""

    arity = 1
    result: Any = complex_var
    real = False
    """Whether recorded real numbers become complex ones, too, as they do in `cmath`."""

    def generic(self, args: Any, kws: Any) -> Any:
        if kws or len(args) != self.arity:
            return None
        args = [types.unliteral(a.type if isinstance(a, types.Optional) else a) for a in args]
        if due(args) or (self.real and any(isinstance(a, VarType) for a in args) and all(isinstance(a, NUMERIC) for a in args)):
            return signature(self.result, *[complex_var] * self.arity)
        return None


class _Elementwise(AbstractTemplate):  # type: ignore[misc]
    """The same over arrays."""

    arity = 1
    result: Any = complex_var

    def generic(self, args: Any, kws: Any) -> Any:
        if kws or len(args) != self.arity:
            return None
        args = [a.type if isinstance(a, types.Optional) else a for a in args]
        arrays = [a for a in args if isinstance(a, types.Array)]
        if not arrays or not due([a.dtype if isinstance(a, types.Array) else a for a in args]):
            return None
        ndim = max(a.ndim for a in arrays)
        if ndim == 0:  # NumPy's and Numba's result is a scalar
            return signature(self.result, *[complex_var] * self.arity)
        return signature(types.Array(self.result, ndim, "F" if {a.layout for a in arrays} == {"F"} else "C"), *args)


def _parts(context: Any, b: Any, args: Any) -> list[Any]:
    return [x for z in args for x in apart(context, b, z)]


def of_formula(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The lowering of a formula of parts."""

    def lowered(context: Any, b: Any, sig: Any, args: Any) -> Any:
        kind, found = call(context, b, rule, _parts(context, b, args))
        if isinstance(kind, types.BaseTuple):
            return joined(context, b, *(context.cast(b, b.extract_value(found, i), t, var) for i, t in enumerate(kind)))
        return context.cast(b, found, kind, sig.return_type)

    return lowered


def of_decision(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The lowering of a question about parts, whose answer the program decides by."""

    def lowered(context: Any, b: Any, sig: Any, args: Any) -> Any:
        parts = _parts(context, b, args)
        return context.compile_internal(b, rule, types.boolean(*[var] * len(parts)), parts)

    return lowered


def register(f: Any, arity: int, lowered: Callable[..., Any], result: Any = complex_var) -> None:
    """Make Numba know what a function does with recorded complex numbers."""
    real = getattr(f, "__module__", "") == "cmath"
    name = getattr(f, "__name__", "f")
    infer_global(f)(type(f"ComplexVar_{name}", (_Template,), {"arity": arity, "result": result, "real": real, "key": f}))
    lower_builtin(f, *[ComplexVarType] * arity)(lowered)
    if isinstance(f, np.ufunc) or getattr(operator, name, None) is f:
        infer_global(f)(type(f"ComplexVars_{name}", (_Elementwise,), {"arity": arity, "result": result, "key": f}))


# --- what there is ---------------------------------------------------------------------------------------------------------------


def _division(f: Any) -> Callable[..., Any]:
    divide = of_formula(rules.quotient)
    if isinstance(f, np.ufunc):
        return divide

    def lowered(context: Any, b: Any, sig: Any, args: Any) -> Any:
        re, im = (proxy(context, b, x).value for x in apart(context, b, args[1]))
        zero = ir.Constant(REAL, 0.0)
        with b.if_then(b.and_(b.fcmp_ordered("==", re, zero), b.fcmp_ordered("==", im, zero)), likely=False):
            context.call_conv.return_user_exc(b, ZeroDivisionError, ("complex division by zero",))  # as Numba does, in array expressions, too
        return divide(context, b, sig, args)

    return lowered


def _unchanged(context: Any, b: Any, sig: Any, args: Any) -> Any:
    return args[0]


UNARY: dict[Any, Any] = {
    elementwise.exp: (np.exp, cmath.exp), elementwise.log: (np.log, cmath.log), elementwise.square: (np.square,), elementwise.reciprocal: (np.reciprocal,),
    rules.negative: (operator.neg, np.negative), rules.conjugate: (np.conjugate,), rules.sign: (np.sign,),
}  # fmt: skip
NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh"}
"""Names in `cmath` that differ from NumPy's."""
BINARY: dict[Any, Any] = {
    elementwise.add: (operator.add, operator.iadd, np.add), elementwise.subtract: (operator.sub, operator.isub, np.subtract),
    elementwise.multiply: (operator.mul, operator.imul, np.multiply), rules.power: (operator.pow, operator.ipow, builtins.pow, np.power, np.float_power),
    rules.log_base: (cmath.log,),
}  # fmt: skip
DIVISIONS = tuple(dict.fromkeys((operator.truediv, operator.itruediv, np.divide, np.true_divide)))
QUESTIONS: dict[Any, Any] = {
    rules.equal: (operator.eq, np.equal), rules.not_equal: (operator.ne, np.not_equal), rules.truth: (builtins.bool, operator.truth),
    rules.no_truth: (operator.not_, np.logical_not), rules.isnan: (np.isnan, cmath.isnan), rules.isinf: (np.isinf, cmath.isinf),
    rules.isfinite: (np.isfinite, cmath.isfinite),
}  # fmt: skip


def _register() -> None:
    for rule, functions in UNARY.items():
        for f in functions:
            register(f, 1, of_formula(rule))
    for ufunc, rule in analytic.FUNCTIONS.items():
        for f in (ufunc, getattr(cmath, NAMES.get(ufunc.__name__, ufunc.__name__), None)):
            if f is not None:
                register(f, 1, of_formula(rule))
    for rule, functions in BINARY.items():
        for f in functions:
            register(f, 2, of_formula(rule))
    for f in DIVISIONS:
        register(f, 2, _division(f))
    for f in (operator.pos, np.positive):
        register(f, 1, _unchanged)
    for f in (builtins.abs, np.absolute):
        register(f, 1, of_formula(rules.absolute), var)
    register(cmath.phase, 1, of_formula(rules.phase), var)
    for rule, functions in QUESTIONS.items():
        for f in functions:
            register(f, 2 if rule in (rules.equal, rules.not_equal) else 1, of_decision(rule), types.boolean)


@infer_getattr
class _Attributes(AttributeTemplate):  # type: ignore[misc]
    key = ComplexVarType

    def resolve_real(self, z: Any) -> Any:
        return var

    def resolve_imag(self, z: Any) -> Any:
        return var


lower_getattr(ComplexVarType, "real")(lambda context, b, typ, value: apart(context, b, value)[0])
lower_getattr(ComplexVarType, "imag")(lambda context, b, typ, value: apart(context, b, value)[1])
_register()
