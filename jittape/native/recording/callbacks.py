"""Operations on whole arrays of Vars that the tape has as one instruction: native code calls back into Python for them.

The callback takes the addresses and shapes of the operands, applies the operation that the Python front end records, and
writes value and slot of every element of the results. So a factorisation is one instruction, swept by LAPACK, however many
elements it has; and whatever the front end knows of it (rules of any order, errors, guards) holds here too.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import Signature
from numba.extending import intrinsic
from numba.np import arrayobj

from jittape.array.array import Array
from jittape.instructions.appending_native import (
    APPENDED,
    COUNTS,
    FLOAT,
    HEAD,
    INTEGER,
    LEFT_OVER,
    TRUTH,
    VAR,
    compiled_append,
    number_of,
)
from jittape.native.recording.recording import Recording, running
from jittape.native.recording.symbols import array_at, asked_once, symbol
from jittape.native.vars.overloads import overload
from jittape.native.vars.sharing import slots_of
from jittape.native.vars.types import is_var_array, var_dtype
from jittape.native.vars.var import LONG, RECORD, VarType

SYMBOL = "jittape_whole"
"""The symbol of the callback."""
APPEND = "jittape_append"
"""The symbol that native code is asked for by which does the same for the commonest operations."""
DTYPES = {VAR: RECORD, FLOAT: np.dtype("f8"), INTEGER: np.dtype("i8"), TRUTH: np.dtype("u1")}
DONE, SINGULAR, FAILED = range(3)
"""What the callback answers: done; LAPACK refuses the matrix; another error, which is raised when native code has ended."""

OPERATIONS: dict[int, Callable[..., Any]] = {}
LATER: list[Callable[[], None]] = []
"""Called to add operations that are added when code is compiled, where code comes from the disk."""


def operation(name: str, f: Callable[..., Any]) -> int:
    """Add a function of arrays that returns an array or a tuple of them.

    Returns:
        The number that native code names it by, the same in every process, as code is cached on disk.
    """
    number: int = number_of(name)
    if number in OPERATIONS:
        raise ValueError(f"there is an operation {name!r} already, or one of the same number")
    OPERATIONS[number] = f
    return number


# --- in Python ---------------------------------------------------------------------------------------------------------------


def _read(words: Any, at: int) -> tuple[Any, int]:
    """The array that the words from `at` on describe, and where the next begins."""
    shape_at = at + HEAD
    kind, ndim, address = words[at:shape_at]
    end = shape_at + ndim
    shape = tuple(words[shape_at:end])
    return array_at(address, shape, DTYPES[kind]), end


def _recorded(a: Any, recording: Recording | None) -> Any:
    """An operand as the Python front end takes it."""
    if a.dtype != RECORD:
        return a.copy()
    if recording is None or (a["tape"] == 0).all():
        return a["value"].copy()
    tape = recording.tape
    slots = slots_of(a, tape)
    if slots.shape == ():
        return Array(tape, int(slots))
    flat = slots.ravel()
    if (flat == np.arange(flat[0], flat[0] + flat.size, dtype=np.int32)).all():
        return Array.of_run(tape, int(flat[0]), slots.shape)
    return Array.of(tape, slots)


def _write(out: Any, found: Any, recording: Recording | None) -> None:
    if isinstance(found, Array):
        assert recording is not None
        out["value"], out["slot"], out["tape"] = found.value(), found.slots, recording.address
    elif out.dtype == RECORD:
        out["value"], out["slot"], out["tape"] = found, -1, 0
    else:
        out[...] = found


def _apply(number: int, words: Any) -> None:
    given, made, at = words[0], words[1], COUNTS
    arrays = []
    for _ in range(given + made):
        a, at = _read(words, at)
        arrays.append(a)
    operands, results = arrays[:given], arrays[given:]
    address = max((int(a["tape"].max()) for a in operands if a.dtype == RECORD and a.size), default=0)
    recording = running(address) if address else None
    if recording is None:
        _answer(number, operands, results, None)
        return
    if recording.error is not None:  # everything that is recorded now is dropped
        raise recording.error
    recording.leave()
    try:
        _answer(number, operands, results, recording)
    except np.linalg.LinAlgError:
        raise
    except BaseException as error:
        recording.failed_with(error)
        raise
    finally:
        recording.enter()


def _answer(number: int, operands: list[Any], results: list[Any], recording: Recording | None) -> None:
    if number not in OPERATIONS:  # code from the disk calls a primitive that nothing was compiled for in this process
        for add in LATER:
            add()
    found = OPERATIONS[number](*[_recorded(a, recording) for a in operands])
    for out, z in zip(results, found if isinstance(found, tuple) else (found,), strict=True):
        _write(out, z, recording)


@symbol(SYMBOL)
def _callback(number: int, length: int, address: int) -> int:
    try:
        _apply(number, list((ctypes.c_int64 * length).from_address(address)))
    except np.linalg.LinAlgError:
        return SINGULAR
    except BaseException:
        return FAILED
    return DONE


@symbol(APPEND)
def _append() -> int:
    """The address of `append` of instructions/appending_native.py; 0 where it could not be compiled (an interrupt, or no memory)."""
    try:
        return int(compiled_append().address)  # type: ignore[no-untyped-call]
    except BaseException:
        return 0


# --- in native code ------------------------------------------------------------------------------------------------------------


def kind(t: Any) -> int | None:
    """The kind of an array's elements; None of one that is no operand."""
    if isinstance(t, VarType):
        return VAR
    return {types.float64: FLOAT, types.int64: INTEGER, types.boolean: TRUTH}.get(t)


@intrinsic  # type: ignore[misc]
def call_operation(typingctx, number, operands, results):  # type: ignore[no-untyped-def]
    """call_operation(number, (operands), (results)) -> status. All are contiguous arrays."""
    if not isinstance(number, types.IntegerLiteral):
        return None
    arrays = [*operands, *results]

    def codegen(context: Any, b: Any, sig: Signature, args: Any) -> Any:
        words: list[Any] = [ir.Constant(LONG, len(operands)), ir.Constant(LONG, len(results))]
        values = [*cgutils.unpack_tuple(b, args[1], len(operands)), *cgutils.unpack_tuple(b, args[2], len(results))]
        for t, value in zip(arrays, values, strict=True):
            a = arrayobj.make_array(t)(context, b, value)
            words += [ir.Constant(LONG, kind(t.dtype)), ir.Constant(LONG, t.ndim), b.ptrtoint(a.data, LONG)]
            words += cgutils.unpack_tuple(b, a.shape, t.ndim)
        block = cgutils.alloca_once(b, LONG, size=ir.Constant(LONG, len(words)))
        for i, w in enumerate(words):
            b.store(w, b.gep(block, [ir.Constant(LONG, i)]))
        which, length, address = ir.Constant(LONG, number.literal_value), ir.Constant(LONG, len(words)), b.ptrtoint(block, LONG)
        left_over = ir.Constant(LONG, LEFT_OVER)
        answer = cgutils.alloca_once_value(b, left_over)
        if number.literal_value in APPENDED:
            append = asked_once(b, APPEND)
            with b.if_then(b.icmp_unsigned("!=", append, ir.Constant(LONG, 0))):
                f = b.inttoptr(append, ir.FunctionType(LONG, [LONG, LONG]).as_pointer())
                b.store(b.call(f, [which, address]), answer)
        with b.if_then(b.icmp_signed("==", b.load(answer), left_over)):
            f = cgutils.get_or_insert_function(b.module, ir.FunctionType(LONG, [LONG, LONG, LONG]), SYMBOL)
            b.store(b.call(f, [which, length, address]), answer)
        return b.load(answer)

    return types.int64(types.IntegerLiteral(number.literal_value), operands, results), codegen


def operand(x): ...
@overload(operand)
def _operand(x):
    """An argument as an array that the callback can read: of no axes, where it is a number. Integers stay what they are."""
    if isinstance(x, types.Array):
        if kind(x.dtype) is None:
            return lambda x: np.ascontiguousarray(x.astype(np.float64))
        return lambda x: np.ascontiguousarray(x)
    dtype = var_dtype if isinstance(x, VarType) else np.float64 if isinstance(x, types.Float) else np.int64

    def number(x):
        out = np.empty((), dtype)
        out[()] = x
        return out

    return number


def real_operand(x): ...
@overload(real_operand)
def _real_operand(x):
    """The same, with integers as floats."""
    if isinstance(x, types.Array) and not is_var_array(x):
        return lambda x: np.ascontiguousarray(x.astype(np.float64))
    return (lambda x: operand(x)) if isinstance(x, (types.Array, VarType)) else lambda x: operand(float(x))
