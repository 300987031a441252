"""`jittape.primitive` in Numba functions: recorded ones call back into Python for it, plain ones call the function itself."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numba import types
from numba.core.errors import TypingError

from jittape.array.array import Array
from jittape.compiler.dispatchers import is_dispatcher
from jittape.errors import GradientError
from jittape.functions.primitive import REGISTERED, Primitive
from jittape.native.compile.replaced import RULES
from jittape.native.compile.source import from_source
from jittape.native.recording.callbacks import DONE, LATER, OPERATIONS, call_operation, operand, operation
from jittape.native.vars.overloads import overload, refresh
from jittape.native.vars.types import is_var_array, var_dtype
from jittape.native.vars.var import VarType, value_of

_made: dict[int, tuple[Primitive, Any]] = {}
"""What stands for a function, by its id(), and the primitive whose rules it has: a function may be given others."""


def _plain(x): ...
@overload(_plain)
def _plain_overload(x):
    """Values without what is recorded."""
    if isinstance(x, VarType):
        return lambda x: value_of(x)
    if is_var_array(x):

        def values(x):
            out = np.empty(x.shape, np.float64)
            for i in np.ndindex(x.shape):
                out[i] = value_of(x[i])
            return out

        return values
    return lambda x: x


def _number_of(primitive: Primitive) -> int:
    """What native code names it by, the same in every process."""
    name = f"primitive {primitive.path}"
    number = zlib.crc32(name.encode())
    if number not in OPERATIONS:
        operation(name, lambda *arrays: primitive(*map(_argument, arrays)))
    return number


def _argument(a: Any) -> Any:
    return a if np.ndim(a) or isinstance(a, Array) else a.item()


def known() -> None:
    """Make operations of all primitives, for native code that another process compiled."""
    for primitive in REGISTERED.values():
        _number_of(primitive)


def _results(primitive: Primitive, args: Any) -> Any:
    """The types of the results, for these types of arguments; None where the function is one of Python."""
    f: Any = primitive.f
    plain = tuple(types.float64 if isinstance(a, VarType) else a.copy(dtype=types.float64, layout="C") if is_var_array(a) else types.unliteral(a) for a in args)
    if not is_dispatcher(f):
        if any(isinstance(a, types.Array) for a in args):
            raise TypingError(
                f"jittape: the primitive {primitive.name} is a function of Python, and is called with arrays in a Numba function: the shape of its "
                "result is not known there. Make it a function of numba.njit, or call it in a Python function"
            )
        return None
    f.compile(plain)  # type: ignore[attr-defined]
    return f.overloads[plain].signature.return_type  # type: ignore[attr-defined]


def stands_for(value: Any) -> Any:
    """What stands for a function that has rules of its own, in recording versions; None of another."""
    primitive = REGISTERED.get(id(value))
    if primitive is None:
        return None
    found = _made.get(id(value))
    if found is None or found[0] is not primitive:
        found = _made[id(value)] = primitive, _stand_in(primitive)
        refresh()
    return found[1]


def _stand_in(primitive: Primitive) -> Any:
    f = primitive.f

    def own(*args): ...

    own.__name__ = primitive.name

    @overload(own)
    def typed(*args):
        if not any(isinstance(a, VarType) or is_var_array(a) for a in args) and is_dispatcher(f):
            return lambda *args: f(*args)
        for i, a in enumerate(args):
            if not isinstance(a, (VarType, types.Float, types.Integer, types.Boolean, types.Array)):
                raise TypingError(f"jittape: argument {i} of the primitive {primitive.name} is {a}; it takes real numbers and arrays, by position")
        result = _results(primitive, args)
        of = result if isinstance(result, types.BaseTuple) else (result,)
        for t in of:
            if t is not None and not (isinstance(t, types.Float) or isinstance(t, types.Array) and isinstance(t.dtype, types.Float)):
                raise TypingError(f"jittape: the primitive {primitive.name} returns {t}; it returns real numbers and arrays")
        return _written(primitive, len(args), [isinstance(t, types.Array) for t in of], isinstance(result, types.BaseTuple))

    return own


def _written(primitive: Any, n: int, arrays: list[bool], tupled: bool) -> Any:
    """The source of a call: results' shapes are those of the plain function."""
    args = [f"args[{i}]" for i in range(n)]
    lines = ["def impl(*args):"]
    if any(arrays):
        lines.append(f"    z = f({', '.join(f'_plain({a})' for a in args)})")
    for k, array in enumerate(arrays):
        shape = f"z{f'[{k}]' if tupled else ''}.shape" if array else "()"
        lines.append(f"    out{k} = np.empty({shape}, var_dtype)")
    outs = ", ".join(f"out{k}" for k in range(len(arrays)))
    lines += [
        f"    if call_operation(number, ({', '.join(f'operand({a})' for a in args)},), ({outs},)) != DONE:",
        "        raise GradientError(FAILED)",
    ]
    found = [f"out{k}" if array else f"out{k}[()]" for k, array in enumerate(arrays)]
    lines.append(f"    return ({', '.join(found)},)" if tupled else f"    return {found[0]}")
    names = {
        "f": primitive.f, "number": _number_of(primitive), "np": np, "var_dtype": var_dtype, "call_operation": call_operation, "DONE": DONE, "_plain": _plain, "operand": operand,
        "FAILED": f"the primitive {primitive.name} failed while it was recorded; the log of jittape says why", "GradientError": GradientError,
    }  # fmt: skip
    return from_source("\n".join(lines) + "\n", __name__, names)["impl"]


LATER.append(known)
RULES.append(stands_for)
