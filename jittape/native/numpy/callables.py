"""What stands in recording versions for things that are called but are no functions of njit: types, ufuncs of numba.vectorize,
pointers to compiled functions, functions of scipy.special."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from numba import njit, types
from numba.core.ccallback import CFunc
from numba.core.errors import TypingError
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin
from numba.np.ufunc.dufunc import DUFunc
from numba.np.ufunc.gufunc import GUFunc
from numba.stencils.stencil import StencilFunc

from jittape.native.compile.pipeline import Compiler
from jittape.native.compile.replaced import STAND_INS
from jittape.native.compile.source import from_source
from jittape.native.numpy import special
from jittape.native.numpy.allocation import FLOAT_FUNCTIONS
from jittape.native.numpy.operations import lower
from jittape.native.vars.overloads import overload, refresh
from jittape.native.vars.types import complex_dtype, holds_var, is_var_array, var_dtype
from jittape.native.vars.var import ComplexVarType, VarType
from jittape.ops.expressions import in_switch
from jittape.ops.spec import BY_NAME


def as_float(x): ...
@overload(as_float)
def _as_float(x):
    if isinstance(x, VarType) or is_var_array(x):
        return lambda x: x
    if isinstance(x, types.Array):
        return lambda x: x.astype(np.float64)
    return lambda x: np.float64(x)


FLOAT_FUNCTIONS.add(as_float)


def as_type(x): ...


@infer_global(as_type)
class _AsType(AbstractTemplate):
    """type(x), which is called to convert numbers to the type of x."""

    def generic(self, args, kws):
        if len(args) != 1 or kws:
            return None
        x = types.unliteral(args[0])
        if isinstance(x, VarType):
            return signature(self.context.resolve_value_type(as_float), x)
        found = self.context.resolve_getattr(x, "__class__")
        return None if found is None else signature(found, x)


lower_builtin(as_type, types.Any)(lambda context, b, sig, args: context.get_dummy_value())


_made: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def _source(arity, body):
    """A function of so many arguments by its body, which names them in `{a}`."""
    names = ", ".join(f"a{i}" for i in range(arity))
    return names, body.replace("{a}", names)


def vectorized(ufunc: Any) -> Any:
    """What stands for a ufunc of numba.vectorize: its Python function over the elements."""
    found = _made.get(ufunc)
    if found is None:
        one = njit(pipeline_class=Compiler)(ufunc._dispatcher.py_func)
        one._jittape_version = True
        n = one.__code__.co_argcount if hasattr(one, "__code__") else ufunc._dispatcher.py_func.__code__.co_argcount
        names, text = _source(n, "def own({a}): ...\ndef scalars({a}):\n    return one({a})\ndef plain({a}):\n    return ufunc({a})\n")
        shapes = ", ".join(f"_shape(a{i})" for i in range(n))
        text += f"def arrays({names}):\n    shape = np.broadcast_shapes({shapes})\n    out = np.empty(shape, dtype)\n"
        text += "".join(f"    b{i} = _spread(a{i}, shape)\n" for i in range(n))
        text += "    for i in np.ndindex(shape):\n        out[i] = one(" + ", ".join(f"_element(b{i}, i)" for i in range(n)) + ")\n    return out\n"
        text += f"def typed({names}):\n    return choose(({names},))\n"

        def choose(args):
            if not any(map(holds_var, args)):
                return scope["plain"]
            if not any(isinstance(a, types.Array) for a in args):
                return scope["scalars"]
            kinds = tuple(a.dtype if isinstance(a, types.Array) else types.unliteral(a) for a in args)
            one.compile(kinds)
            return scope["complex_arrays" if isinstance(one.overloads[kinds].signature.return_type, ComplexVarType) else "arrays"]

        text += text[text.index("def arrays") : text.index("def typed")].replace("arrays", "complex_arrays").replace(" dtype)", " complex_dtype)")
        scope: dict[str, Any] = {"one": one, "ufunc": ufunc, "np": np, "dtype": var_dtype, "complex_dtype": complex_dtype, "choose": choose, "_shape": _shape, "_spread": _spread, "_element": _element}
        scope |= from_source(text, __name__, scope)
        found = scope["own"]
        overload(found)(scope["typed"])
        _made[ufunc] = found
        refresh()
    return found


def _shape(a): ...
@overload(_shape)
def _shape_of(a):
    return (lambda a: a.shape) if isinstance(a, types.Array) else (lambda a: (1,))


def _spread(a, shape): ...
@overload(_spread)
def _spread_of(a, shape):
    return (lambda a, shape: np.broadcast_to(a, shape)) if isinstance(a, types.Array) else (lambda a, shape: a)


def _element(a, i): ...
@overload(_element)
def _element_of(a, i):
    return (lambda a, i: a[i]) if isinstance(a, types.Array) else (lambda a, i: a)


def _in_table(name: str) -> Any:
    """An operation of the table as a function that Numba types for Vars and numbers; None of one that native code cannot record."""
    found = special.function(name)
    if found is None and in_switch(BY_NAME[name]):  # the others are runs on the tape, which `special` records

        def found(*args): ...

        found.__name__ = f"table_{name}"
        globals()[found.__name__] = found  # where Numba looks for a function that it is told of
        lower(BY_NAME[name], found)
        special.FUNCTIONS[name] = found
    return found


_pointers: dict[int, Any] = {}


def pointed(value: Any) -> Any:
    """What stands for a pointer to a compiled function: an operation of the table, or an error where it is given Vars."""
    name = special.pointer(value)
    if name is None:
        return None
    found = _pointers.get(id(value))
    if found is None:
        operation = _in_table(name) if name else None

        def own(*args): ...

        @overload(own)
        def typed(*args):
            if not any(isinstance(a, VarType) for a in args):
                return lambda *args: value(*args)
            if operation is None:
                raise TypingError(
                    "jittape: a pointer to a compiled function is called with recorded numbers, and what is behind it cannot be "
                    "differentiated; state its derivative with jittape.primitive"
                )
            return lambda *args: operation(*args)

        found = _pointers[id(value)] = own
        refresh()
        own.value = value  # type: ignore[attr-defined]  # kept, so that the id stays its own
    return found


_compiled: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def _of_python(value: Any, python: Any, refused: Any) -> Any:
    """What stands for a compiled function of another kind: its Python function, where it is given Vars.

    Args:
        python: its source; None where it cannot be differentiated.
        refused: the error for arguments of these types, or None.
    """
    found = _compiled.get(value)
    if found is None:
        version: Any = None
        if python is not None:
            version = njit(pipeline_class=Compiler)(python)
            version._jittape_version = True

        def own(*args): ...

        @overload(own)
        def typed(*args):
            if not any(isinstance(a, VarType) or is_var_array(a) for a in args):
                return lambda *args: value(*args)
            error = refused(args)
            if error is not None:
                raise TypingError(f"jittape: {error}")
            return lambda *args: version(*args)

        found = _compiled[value] = own
        refresh()
    return found


def _general(value: Any) -> Any:
    """What stands for a function of numba.guvectorize, which is called with arrays of the axes that it is declared for."""
    builder = value.gufunc_builder
    axes = [len(dims) for dims in (*builder.sin, *builder.sout)]

    def refused(args):
        if [a.ndim if isinstance(a, types.Array) else 0 for a in args] != axes:
            return f"{builder.py_func.__name__} of numba.guvectorize is recorded with arguments of {axes} axes only: call it in a loop over the others"
        return None

    return _of_python(value, builder.py_func, refused)


_scipy: dict[Any, Any] = {}


def of_scipy(value: Any) -> Any:
    """What stands for a function of scipy.special that the table has: called with plain numbers it is whatever was made known to Numba."""
    name = special.scipy_function(value)
    operation = None if name is None else _in_table(name)
    if operation is None:
        return None
    found = _scipy.get(value)
    if found is None:

        def own(*args): ...

        @overload(own)
        def typed(*args):
            if any(isinstance(a, VarType) or is_var_array(a) for a in args):
                return lambda *args: operation(*args)
            return lambda *args: value(*args)

        own.__name__ = name
        found = _scipy[value] = own
        refresh()
    return found


def _stand_in(value: Any) -> Any:
    """What stands for a value that is called, or None where it stays."""
    if isinstance(value, DUFunc):
        return vectorized(value)
    if isinstance(value, GUFunc):
        return _general(value)
    if isinstance(value, CFunc):
        return _of_python(value, value.__wrapped__, lambda args: None)
    if isinstance(value, StencilFunc):
        return _of_python(value, None, lambda args: "a function of numba.stencil is not recorded: write its loop over the elements")
    if value is type:
        return as_type
    return of_scipy(value) or pointed(value)


STAND_INS.append(_stand_in)
