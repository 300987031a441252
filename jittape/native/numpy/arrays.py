"""Arrays of Vars: typing of elementwise operations over them, reductions, products, and NumPy functions that Numba types for
numbers only.

Indexing, views, copies, concatenation and iteration are Numba's own. Array expressions are Numba's rewrite, which compiles the
scalar operation for Vars; what it needs from here are the types.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.core.registry import cpu_target
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from jittape.native.compile import patches
from jittape.native.compile.explain import STORE
from jittape.native.compile.replaced import IN_PLACE
from jittape.native.compile.source import from_source
from jittape.native.numpy.operations import COMPARISONS, OWN, POWERS, functions
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import is_complex_array, is_var_array
from jittape.native.vars.var import NUMBERS, ComplexVarType, VarArrays, VarType, var
from jittape.ops._generated import opcodes
from jittape.ops.spec import OPS

NUMERIC = (VarType, ComplexVarType, types.Complex, *NUMBERS)
INPLACE = {operator.iadd: "+", operator.isub: "-", operator.imul: "*", operator.itruediv: "/", operator.ipow: "**", operator.imod: "%", operator.ifloordiv: "//"}


class _Elementwise(AbstractTemplate):  # type: ignore[misc]
    """An operation over arrays and numbers, one array of Vars, or one array and a Var, at least."""

    arity = 1
    result: Any = var

    def generic(self, args, kws):
        if kws or len(args) != self.arity:
            return None
        args = [a.type if isinstance(a, types.Optional) else a for a in args]
        arrays = [a for a in args if isinstance(a, types.Array)]
        kinds = [a.dtype if isinstance(a, types.Array) else a for a in args]
        if not arrays or not any(isinstance(k, VarType) for k in kinds) or not all(isinstance(k, (VarType, *NUMBERS)) for k in kinds):
            return None
        layouts = {a.layout for a in arrays}
        ndim = max(a.ndim for a in arrays)
        if ndim == 0:  # NumPy's and Numba's result is a scalar
            return signature(self.result, *[var] * self.arity)
        return signature(types.Array(self.result, ndim, "F" if layouts == {"F"} else "C"), *args)


def _typed(f, arity: int, result = var):
    infer_global(f)(type(f"VarArray_{getattr(f, '__name__', 'f')}", (_Elementwise,), {"arity": arity, "result": result, "key": f}))


ELEMENTS = """
def into(a, b):
    a[...] = a {op} b
    return a
def elements(a, b):
    c = np.broadcast_to(b, a.shape)
    for i in np.ndindex(a.shape):
        a[i] = a[i] {op} c[i]
    return a
def vectors(a, b):
    if b.size != a.size and b.size != 1:
        raise ValueError("unable to broadcast argument 1 to output array")
    step = 1 if b.size == a.size else 0
    for i in range(a.size):
        a[i] = a[i] {op} b[step * i]
    return a
def plain(a, b):
    return a {op} b
"""
"""What stands for a += b, written as operators: calls of functions of `operator` are no array expressions. Where b is an array the
elements are taken in turn, as Numba does: of two that share memory (x[1:] *= x[:-1]) the later ones see what became of the earlier.
"""
def _by_element(f):
    """A function of NumPy that is no ufunc, which Numba would have code for, of an array."""

    @overload(f)
    def typed(x):
        if not is_var_array(x):
            return None

        def apply(x):
            out = np.empty(x.shape, x.dtype)
            for i in np.ndindex(x.shape):
                out[i] = f(x[i])
            return out

        return apply


def _in_place(op, symbol):
    """What stands for a += b and its like in recording versions: Numba's own lowering of them takes numbers only."""
    scope = from_source(ELEMENTS.replace("{op}", symbol), __name__, {"np": np})
    into, elements, vectors, plain = (scope[name] for name in ("into", "elements", "vectors", "plain"))

    def assigned(a, b): ...

    @overload(assigned)
    def typed(a, b):
        if is_var_array(a) or is_complex_array(a):
            if isinstance(b, types.Array) and 0 < b.ndim <= a.ndim:
                return vectors if a.ndim == 1 else elements
            return into
        if isinstance(a, types.Array) and isinstance(getattr(b, "dtype", b), (VarType, ComplexVarType)):
            raise TypingError(f"jittape: a differentiated value is added to an array of plain numbers: {STORE}")
        if isinstance(a, NUMERIC) and isinstance(b, NUMERIC):
            return plain
        return lambda a, b: op(a, b)

    return assigned


IN_PLACE |= {op: _in_place(op, symbol) for op, symbol in INPLACE.items()}


def _is_in(module: Any, f: Any) -> bool:
    return getattr(module, f.__name__, None) is f


def register() -> None:
    """Make Numba know the operations over arrays of Vars; once a process."""
    for op in OPS:
        if op.arity > 2 or op.constant or op.code not in opcodes.SWITCH or op.name in COMPARISONS.values() or op.name in OWN:
            continue
        for f in functions(op):
            if isinstance(f, np.ufunc) or _is_in(operator, f):
                _typed(f, op.arity, types.boolean if op.mask else var)
            elif _is_in(np, f):
                _by_element(f)
    for f in (operator.truediv, np.divide, np.true_divide, *POWERS):
        _typed(f, 2)
    for f in (operator.pos, np.positive, np.conjugate):
        _typed(f, 1)
    for f, name in COMPARISONS.items():
        _typed(f, 2, types.boolean)
        _typed(getattr(np, name), 2, types.boolean)
    patches.apply()
    methods_first(VarArrays)


def methods_first(kind) -> None:
    """Numba looks an attribute up by the array's class, and its own templates take any array: those for arrays of a kind come before them."""
    context = cpu_target.typing_context
    context.refresh()
    templates = context._attributes[types.Array]

    class Gate:
        """A template that answers for arrays of that kind only."""

        def __init__(self, inner):
            self.inner = inner

        def resolve(self, value, attr: str):
            return self.inner.resolve(value, attr) if isinstance(value, kind) else None

        def __getattr__(self, name: str):
            return getattr(self.inner, name)

    templates[:0] = [Gate(a) for a in context._attributes.pop(kind, [])]
