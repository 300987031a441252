"""Calling a user's Numba function with recorded arguments, from Python: values in, instructions on the tape, values out."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from numba import typeof
from numba.core.errors import NumbaError
from numba.typed import List

from jittape.array.array import Array
from jittape.array.complexes import ComplexArray, pair
from jittape.array.state import check, lost
from jittape.compiler.dispatchers import is_dispatcher
from jittape.errors import DerivativeLostError, GradientError, JittapeError
from jittape.native.compile.arguments import unknown
from jittape.native.compile.explain import compiled, explained
from jittape.native.compile.versions import recording_version
from jittape.native.prepare import prepare
from jittape.native.recording.recording import Recording
from jittape.native.vars.boxing import ComplexScalar, Scalar
from jittape.native.vars.complex_vars import COMPLEX_RECORD
from jittape.native.vars.sharing import Packing, Results
from jittape.native.vars.var import RECORD
from jittape.tape.tape import Tape


def _recorded(x: Any) -> bool:
    """Whether a list holds what is recorded, at any depth."""
    return any(_recorded(v) if isinstance(v, (list, tuple)) else isinstance(v, (Array, ComplexArray)) for v in x)


def _pack(x: Any, packing: Packing) -> Any:
    """A recorded argument as native code takes it; plain ones stay."""
    if isinstance(x, ComplexArray):
        return ComplexScalar(_pack(x.re, packing), _pack(x.im, packing)) if x.shape == () else packing.array(x)
    if isinstance(x, Array):
        return Scalar(float(x.value()), int(x.slots), packing.tape) if x.shape == () else packing.array(x)
    if isinstance(x, tuple):
        parts = [_pack(v, packing) for v in x]
        return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    if isinstance(x, list) and _recorded(x):
        return List([_pack(v, packing) for v in x])
    if is_dispatcher(x):  # a Numba function that is an argument
        return recording_version(x)
    return x


def _unpack(x: Any, results: Results) -> Any:
    """A result: what is recorded as arrays of slots, the rest as it is."""
    if isinstance(x, Scalar):
        return Array(results.tape, x.slot) if x.tape else x.value
    if isinstance(x, np.ndarray) and x.dtype == RECORD:
        return results.found[id(x)]
    if isinstance(x, ComplexScalar):
        return pair(results.tape, _unpack(x.re, results), _unpack(x.im, results))
    if isinstance(x, np.ndarray) and x.dtype == COMPLEX_RECORD:
        return pair(results.tape, *results.parts(x))
    if isinstance(x, tuple):
        return type(x)(*(_unpack(v, results) for v in x)) if hasattr(x, "_fields") else tuple(_unpack(v, results) for v in x)
    if isinstance(x, list):
        return [_unpack(v, results) for v in x]
    return x


def _kinds(clone: Any, given: list[Any], named: dict[str, Any]) -> tuple[Any, ...]:
    """The types that a version was, or was to be, compiled for.

    Raises:
        TypeError: it takes no such arguments.
        GradientError: Numba has no type for one.
    """
    function = clone.py_func
    signature = inspect.signature(function)
    try:
        signature.bind(*given, **named)
    except TypeError as error:
        raise TypeError(f"{function.__name__}({', '.join(signature.parameters)}) was called with other arguments: {error}") from None
    words = unknown(function.__name__, (*list(signature.parameters)[: len(given)], *named), (*given, *named.values()))
    if words:
        raise GradientError(words)
    return tuple(clone._compiler.fold_argument_types(tuple(map(typeof, given)), {k: typeof(v) for k, v in named.items()})[1])


def call(dispatcher: Any, tape: Tape, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a Numba function on recorded arguments, which records what it does with them."""
    if any(isinstance(x, dict) for x in (*args, *kwargs.values())):
        raise GradientError(f"{dispatcher.py_func.__name__} is a Numba function, which takes no dict; pass an array, a tuple or a named tuple")
    prepare()
    check(tape)
    clone = recording_version(dispatcher)
    recording = Recording(tape)
    failed = True
    try:
        packing = Packing(recording.address)
        for x in (*args, *kwargs.values()):
            packing.see(x)
        packing.fill()
        given = [_pack(x, packing) for x in args]
        named = {k: _pack(x, packing) for k, x in kwargs.items()}
        try:
            if not named and len(given) == dispatcher.py_func.__code__.co_argcount:
                compiled(clone, tuple(map(typeof, given)), dispatcher)
            found = clone(*given, **named)
        except JittapeError:
            raise
        except Exception as error:
            kinds = _kinds(clone, given, named)
            if kinds in clone.overloads and not isinstance(error, NumbaError):  # the function's own
                raise
            found = explained(error, dispatcher, kinds)
            raise lost(tape, str(found)) if isinstance(found, DerivativeLostError) else found from found.__cause__
        failed = False
    finally:
        recording.end(failed)
    packing.stored(tape)
    results = Results(packing, tape)
    results.see(found)
    results.join()
    return _unpack(found, results)
