"""Arrays of Vars: typing of elementwise operations over them, reductions, products, and NumPy functions that Numba types for
numbers only.

Indexing, views, copies, concatenation and iteration are Numba's own. Array expressions are Numba's rewrite, which compiles the
scalar operation for Vars; what it needs from here are the types.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from numba import types
from numba.core.registry import cpu_target
from numba.core.typing import npydecl
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, overload, overload_method

from jittape.native.allocation import var_dtype
from jittape.native.operations import COMPARISONS, OWN, POWERS, functions
from jittape.native.var import NUMBERS, VarArrays, VarType, var
from jittape.ops._generated import opcodes
from jittape.ops.spec import OPS

INPLACE = {operator.iadd: "+", operator.isub: "-", operator.imul: "*", operator.itruediv: "/", operator.ipow: "**"}


def is_var_array(a):
    return isinstance(a, types.Array) and isinstance(a.dtype, VarType)


def _number_array(a):
    return isinstance(a, types.Array) and isinstance(a.dtype, NUMBERS)


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
        return signature(types.Array(self.result, max(a.ndim for a in arrays), "F" if layouts == {"F"} else "C"), *args)


def _typed(f, arity: int, result = var):
    infer_global(f)(type(f"VarArray_{getattr(f, '__name__', 'f')}", (_Elementwise,), {"arity": arity, "result": result, "key": f}))


def _in_place(op, symbol):
    """What stands for a += b and its like in recording versions: Numba's own lowering of them takes numbers only."""
    scope = {"__name__": __name__}  # Numba's cache imports it
    # written as operators: calls of functions of `operator` are no array expressions
    exec(f"def into(a, b):\n    a[...] = a {symbol} b\n    return a\ndef plain(a, b):\n    return a {symbol} b\n", scope)
    into, plain = scope["into"], scope["plain"]

    def assigned(a, b): ...

    @overload(assigned)
    def typed(a, b):
        if is_var_array(a):
            return into
        if isinstance(a, (VarType, *NUMBERS)) and isinstance(b, (VarType, *NUMBERS)):
            return plain
        return lambda a, b: op(a, b)

    return assigned


IN_PLACE = {op: _in_place(op, symbol) for op, symbol in INPLACE.items()}


def register():
    """Make Numba know the operations over arrays of Vars; once a process."""
    for op in OPS:
        if op.arity > 2 or op.constant or op.code not in opcodes.SWITCH or op.name in COMPARISONS.values() or op.name in OWN:
            continue
        for f in functions(op):
            if f not in (max, min):
                _typed(f, op.arity, types.boolean if op.mask else var)
    for f in (operator.truediv, np.divide, np.true_divide, *POWERS):
        _typed(f, 2)
    _typed(operator.pos, 1)
    for f, name in COMPARISONS.items():
        _typed(f, 2, types.boolean)
        _typed(getattr(np, name), 2, types.boolean)
    from jittape.native.patches import apply

    apply()
    _methods_first()


def _methods_first():
    """Numba looks an attribute up by the array's class, and its own templates take any array: ours come before them."""
    context = cpu_target.typing_context
    context.refresh()
    templates = context._attributes[types.Array]

    class Gate:
        """A template that answers for arrays of Vars only."""

        def __init__(self, inner):
            self.inner = inner

        def resolve(self, value, attr: str):
            return self.inner.resolve(value, attr) if isinstance(value, VarArrays) else None

        def __getattr__(self, name: str):
            return getattr(self.inner, name)

    templates[:0] = [Gate(a) for a in context._attributes.pop(VarArrays, [])]


# --- reductions ---------------------------------------------------------------------------------------------------------------


def _reduction(name: str, start, step):
    """Reductions over all elements, or along one axis."""

    def whole(a):
        s = start
        for x in a.flat:
            s = step(s, x)
        return s

    def along(a, axis):
        return None

    def typed(a, axis=None):
        if not is_var_array(a):
            return None
        if axis is None or isinstance(axis, (types.Omitted, types.NoneType)):

            def reduce(a, axis=None):
                s = start
                for x in a.flat:
                    s = step(s, x)
                return s

            return reduce
        if isinstance(axis, types.Integer) and a.ndim == 1:

            def one(a, axis=None):
                s = start
                for x in a.flat:
                    s = step(s, x)
                return s

            return one
        if isinstance(axis, types.Integer) and a.ndim == 2:

            def rows(a, axis=None):
                if axis == 0 or axis == -2:
                    out = np.empty(a.shape[1], var_dtype)
                    for j in range(a.shape[1]):
                        s = start
                        for i in range(a.shape[0]):
                            s = step(s, a[i, j])
                        out[j] = s
                else:
                    out = np.empty(a.shape[0], var_dtype)
                    for i in range(a.shape[0]):
                        s = start
                        for j in range(a.shape[1]):
                            s = step(s, a[i, j])
                        out[i] = s
                return out

            return rows
        return None

    return typed


for _name, _start, _step in (("sum", 0.0, operator.add), ("prod", 1.0, operator.mul)):
    _f = _reduction(_name, _start, _step)
    overload(getattr(np, _name))(_f)
    overload_method(VarArrays, _name)(_f)


def _extreme(step, name: str):
    def typed(a):
        if not is_var_array(a):
            return None

        def reduce(a):
            if a.size == 0:
                raise ValueError("zero-size array to reduction operation not possible")
            s = a.flat[0]
            for i in range(1, a.size):
                s = step(s, a.flat[i])
            return s

        return reduce

    return typed


for _name, _step in (("max", max), ("min", min)):
    _f = _extreme(_step, _name)
    overload(getattr(np, _name))(_f)
    overload(getattr(np, "a" + _name))(_f)
    overload_method(VarArrays, _name)(_f)


def _place(better):
    def typed(a):
        if not is_var_array(a):
            return None

        def find(a):
            if a.size == 0:
                raise ValueError("attempt to get argmin or argmax of an empty sequence")
            best = 0
            for i in range(1, a.size):
                if better(a.flat[i], a.flat[best]):
                    best = i
            return best

        return find

    return typed


for _name, _better in (("argmax", operator.gt), ("argmin", operator.lt)):
    _f = _place(_better)
    overload(getattr(np, _name))(_f)
    overload_method(VarArrays, _name)(_f)


def _mean(a, axis=None):
    if not is_var_array(a):
        return None
    if axis is None or isinstance(axis, (types.Omitted, types.NoneType)):
        return lambda a, axis=None: np.sum(a) / a.size
    return lambda a, axis=None: np.sum(a, axis) / a.shape[axis]


overload(np.mean)(_mean)
overload_method(VarArrays, "mean")(_mean)


def _var(a):
    if not is_var_array(a):
        return None

    def variance(a):
        m = np.sum(a) / a.size
        s = 0.0
        for x in a.flat:
            s = s + (x - m) ** 2
        return s / a.size

    return variance


def _std(a):
    return (lambda a: np.sqrt(np.var(a))) if is_var_array(a) else None


overload(np.var)(_var)
overload_method(VarArrays, "var")(_var)
overload(np.std)(_std)
overload_method(VarArrays, "std")(_std)


def _cumulative(step):
    def typed(a):
        if not is_var_array(a):
            return None

        def scan(a):
            out = np.empty(a.size, var_dtype)
            if a.size:
                s = a.flat[0]
                out[0] = s
                for i in range(1, a.size):
                    s = step(s, a.flat[i])
                    out[i] = s
            return out

        return scan

    return typed


for _name, _step in (("cumsum", operator.add), ("cumprod", operator.mul)):
    _f = _cumulative(_step)
    overload(getattr(np, _name))(_f)
    overload_method(VarArrays, _name)(_f)


# --- products -----------------------------------------------------------------------------------------------------------------


def _dot(a, b):
    if not (isinstance(a, types.Array) and isinstance(b, types.Array)) or not (is_var_array(a) or is_var_array(b)):
        return None
    if a.ndim == 1 and b.ndim == 1:

        def inner(a, b):
            if a.shape[0] != b.shape[0]:
                raise ValueError("incompatible array sizes for a product of vectors")
            s = 0.0 * a[0] * b[0] if a.shape[0] == 0 else a[0] * b[0]
            for i in range(1, a.shape[0]):
                s = s + a[i] * b[i]
            return s

        return inner
    if a.ndim == 2 and b.ndim == 1:

        def right(a, b):
            if a.shape[1] != b.shape[0]:
                raise ValueError("incompatible array sizes for a product of a matrix and a vector")
            out = np.zeros(a.shape[0], var_dtype)
            for i in range(a.shape[0]):
                out[i] = np.dot(a[i], b)
            return out

        return right
    if a.ndim == 1 and b.ndim == 2:

        def left(a, b):
            if a.shape[0] != b.shape[0]:
                raise ValueError("incompatible array sizes for a product of a vector and a matrix")
            out = np.zeros(b.shape[1], var_dtype)
            for j in range(b.shape[1]):
                out[j] = np.dot(a, b[:, j])
            return out

        return left
    if a.ndim == 2 and b.ndim == 2:

        def both(a, b):
            if a.shape[1] != b.shape[0]:
                raise ValueError("incompatible array sizes for a product of matrices")
            out = np.zeros((a.shape[0], b.shape[1]), var_dtype)
            for i in range(a.shape[0]):
                for j in range(b.shape[1]):
                    out[i, j] = np.dot(a[i], b[:, j])
            return out

        return both
    return None


overload(np.dot)(_dot)
overload(operator.matmul)(_dot)
overload(np.matmul)(_dot)
overload_method(VarArrays, "dot")(_dot)


@overload(np.vdot)
def _vdot(a, b):
    return (lambda a, b: np.dot(a.ravel(), b.ravel())) if is_var_array(a) or is_var_array(b) else None


@overload(np.outer)
def _outer(a, b):
    if is_var_array(a) or is_var_array(b):
        return lambda a, b: a.ravel().reshape(-1, 1) * b.ravel().reshape(1, -1)
    return None


@overload(np.linalg.norm)
def _norm(x, ord=None):
    if not is_var_array(x):
        return None
    if ord is None or isinstance(ord, (types.Omitted, types.NoneType)):
        return lambda x, ord=None: np.sqrt(np.sum(x * x))
    if isinstance(ord, types.Integer) and x.ndim == 1:

        def norm(x, ord=None):
            if ord == 2:
                return np.sqrt(np.sum(x * x))
            if ord == 1:
                return np.sum(np.abs(x))
            return np.sum(np.abs(x) ** ord) ** (1.0 / ord)

        return norm
    return None


@overload(np.trace)
def _trace(a):
    if not is_var_array(a):
        return None

    def trace(a):
        s = 0.0 * a[0, 0]
        for i in range(min(a.shape[0], a.shape[1])):
            s = s + a[i, i]
        return s

    return trace


# --- choices ------------------------------------------------------------------------------------------------------------------


def _get(x, i): ...
@overload(_get)
def _get_overload(x, i):
    if isinstance(x, types.Array):
        return lambda x, i: x[i]
    return lambda x, i: x


@overload(np.where)
def _where(condition, x, y):
    if not any(isinstance(getattr(t, "dtype", t), VarType) for t in (x, y)):
        return None
    if isinstance(condition, types.Boolean) and isinstance(x, (VarType, *NUMBERS)) and isinstance(y, (VarType, *NUMBERS)):

        def choose(condition, x, y):
            out = np.empty(1, var_dtype)
            if condition:
                out[0] = x
            else:
                out[0] = y
            return out[0]

        return choose
    if isinstance(condition, types.Array):
        dims = {t.ndim for t in (x, y) if isinstance(t, types.Array)}
        if dims <= {condition.ndim}:

            def choose(condition, x, y):
                out = np.empty(condition.shape, var_dtype)
                for i in np.ndindex(condition.shape):
                    if condition[i]:
                        out[i] = _get(x, i)
                    else:
                        out[i] = _get(y, i)
                return out

            return choose
    return None


@overload(np.clip)
def _clip(a, a_min, a_max):
    if is_var_array(a) or isinstance(a, VarType):
        return lambda a, a_min, a_max: np.minimum(np.maximum(a, a_min), a_max)
    return None


@overload(np.interp)
def _interp(x, xp, fp):
    if isinstance(x, VarType) or (isinstance(fp, types.Array) and isinstance(fp.dtype, VarType) and not isinstance(x, types.Array)):

        def interpolate(x, xp, fp):
            n = len(xp)
            out = np.empty(1, var_dtype)
            if x <= xp[0]:
                out[0] = fp[0]
                return out[0]
            if x >= xp[n - 1]:
                out[0] = fp[n - 1]
                return out[0]
            low, high = 0, n - 1
            while high - low > 1:
                middle = (low + high) // 2
                if xp[middle] <= x:
                    low = middle
                else:
                    high = middle
            out[0] = fp[low] + (fp[low + 1] - fp[low]) * ((x - xp[low]) / (xp[low + 1] - xp[low]))
            return out[0]

        return interpolate
    return None


@overload(np.searchsorted)
def _searchsorted(a, v, side="left"):
    if not (is_var_array(a) or isinstance(v, VarType)):
        return None

    def search(a, v, side="left"):
        low, high = 0, len(a)
        while low < high:
            middle = (low + high) // 2
            if a[middle] < v or (side == "right" and a[middle] <= v):
                low = middle + 1
            else:
                high = middle
        return low

    return search


@overload(math.fsum)
def _fsum(seq):
    return (lambda seq: sum(seq)) if is_var_array(seq) else None
