"""Calling a user's Numba function with recorded arguments, from Python: values in, instructions on the tape, values out."""

from __future__ import annotations

import ctypes
import threading
import weakref
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import typeof, types
from numba.core import cgutils
from numba.core.errors import NumbaError
from numba.extending import NativeValue, box, typeof_impl, unbox

from jittape.array.array import Array
from jittape.array.state import check
from jittape.errors import GradientError
from jittape.native.compile.explain import compiled, explained
from jittape.native.numpy import operations
from jittape.native.vars.sharing import Packing, Results, VarArray
from jittape.native.vars.var import GROW, RECORD, VarType, proxy, var
from jittape.ops.layout import (
    C_CACHE,
    C_COUNT,
    C_DECIDED,
    C_DECISION_COUNT,
    C_DECISION_LIMIT,
    C_DECISIONS,
    C_EXTRA,
    C_FULL,
    C_LIMIT,
    RECENT,
)
from jittape.tape.lines import calling_line
from jittape.tape.tape import Tape

ROOM = 64
"""Decisions that there is room for at first."""


class Scalar:
    """A Var outside native code."""

    __slots__ = ("slot", "tape", "value")

    def __init__(self, value: float, slot: int, tape: int) -> None:
        self.value, self.slot, self.tape = value, slot, tape

    def __repr__(self) -> str:  # what print() in a user's function shows
        return repr(self.value)


# --- between Python and native code ----------------------------------------------------------------------------------------


@typeof_impl.register(VarArray)
def _typeof_array(value: Any, context: Any) -> Any:
    layout = "C" if value.flags.c_contiguous else "F" if value.flags.f_contiguous else "A"
    return types.Array(var, value.ndim, layout, readonly=not value.flags.writeable)


@typeof_impl.register(Scalar)
def _typeof_scalar(value: Any, context: Any) -> Any:
    return var


@unbox(VarType)
def _unbox(typ: Any, obj: Any, c: Any) -> Any:
    new = proxy(c.context, c.builder)
    for name, read in (("value", c.pyapi.float_as_double), ("slot", c.pyapi.long_as_longlong), ("tape", c.pyapi.long_as_longlong)):
        field = c.pyapi.object_getattr_string(obj, name)
        setattr(new, name, read(field))
        c.pyapi.decref(field)
    return NativeValue(new._getvalue(), is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


@box(VarType)
def _box(typ: Any, value: Any, c: Any) -> Any:
    x = proxy(c.context, c.builder, value)
    cls = c.pyapi.unserialize(c.pyapi.serialize_object(Scalar))
    parts = [c.pyapi.float_from_double(x.value), c.pyapi.long_from_longlong(x.slot), c.pyapi.long_from_longlong(x.tape)]
    out = c.pyapi.call_function_objargs(cls, parts)
    for p in (cls, *parts):
        c.pyapi.decref(p)
    return out


# --- growing ------------------------------------------------------------------------------------------------------------------

_tapes: weakref.WeakValueDictionary[int, Recording] = weakref.WeakValueDictionary()


class Recording:
    """A tape while native code appends to it."""

    def __init__(self, tape: Tape) -> None:
        if tape.dtype != np.float64:
            raise GradientError(f"native functions are recorded in float64, and this recording is in {tape.dtype}; pass float64 arguments")
        self.tape = tape
        self.error: BaseException | None = None
        tape.evaluate()
        self.start, self.start_slots = tape.count, tape.slots
        self.cache = np.full(2 * RECENT, -1, np.int64)
        self.decisions = np.empty(ROOM if tape.replayable else 0, np.int32)
        self.address = tape.address
        self.room(1 << 8)
        c = tape.control
        c[C_CACHE], c[C_DECIDED], c[C_DECISION_COUNT], c[C_FULL] = self.cache.ctypes.data, tape.replayable, 0, 0
        self._decisions()
        _tapes[self.address] = self

    def room(self, more: int) -> None:
        """Make the tape longer, and tell native code how long it is."""
        tape, c = self.tape, self.tape.control
        tape.reserve(more)
        tape.reserve_slots(min(tape.capacity + tape.extra, 2**31 - 1))
        tape.bound_count = -1
        count = tape.count
        tape.bind()
        c[C_COUNT], c[C_EXTRA] = count, tape.extra
        c[C_LIMIT] = min(tape.capacity, tape.value.size - tape.extra)

    def _decisions(self) -> None:
        c = self.tape.control
        c[C_DECISIONS], c[C_DECISION_LIMIT] = self.decisions.ctypes.data, self.decisions.size

    def again(self) -> None:
        """Begin another recording on the same tape, which was set back to its inputs."""
        words, tape = self.tape.control_view, self.tape
        words[C_COUNT] = tape.count
        if tape.bound_count < 0:  # whole-array operations were recorded the last time
            self.room(1 << 8)
        words[C_DECISION_COUNT] = 0
        self.cache.fill(-1)
        self.error = None
        _tapes[self.address] = self

    def leave(self) -> None:
        """Python records on the tape until `enter`: it takes over what native code appended."""
        tape, c = self.tape, self.tape.control
        tape.count = int(c[C_COUNT])
        tape.done, tape.done_slots = tape.count, tape.slots
        tape.thread = threading.get_ident()
        self._lines()
        self._decided()

    def failed_with(self, error: BaseException) -> None:
        """An error that is raised when native code has ended; what it records until then is dropped."""
        self.error = error

    def enter(self) -> None:
        """Native code goes on appending."""
        self._lines()
        self.room(1 << 8)

    def finish(self) -> None:
        """The same as `end`, of a tape that is set back by who uses it."""
        tape = self.tape
        _tapes.pop(self.address, None)
        if self.error is not None:
            raise self.error
        tape.count = int(tape.control_view[C_COUNT])

    def grow(self) -> None:
        """Called from native code, which cannot be told of an error: then everything that it appends is dropped again."""
        tape, c = self.tape, self.tape.control
        try:
            if self.error is None:
                if c[C_DECISION_COUNT] >= c[C_DECISION_LIMIT] and c[C_DECIDED]:
                    self.decisions = np.resize(self.decisions, 2 * max(self.decisions.size, ROOM))
                    self._decisions()
                if c[C_COUNT] >= c[C_LIMIT]:
                    tape.count = int(c[C_COUNT])
                    tape.done, tape.done_slots = tape.count, tape.slots
                    self.room(max(tape.count, 1024))
                return
        except BaseException as error:
            self.error = error
        c[C_COUNT], c[C_DECISION_COUNT] = self.start, 0

    def end(self, failed: bool) -> None:
        """Take over what was appended; after an exception, nothing."""
        tape, c = self.tape, self.tape.control
        _tapes.pop(self.address, None)
        if failed or self.error is not None:
            tape.count = max(self.start, int(tape.count))
            tape.truncate(self.start, self.start_slots)
            c[C_COUNT] = self.start
            if self.error is not None:
                raise self.error
            return
        self.leave()

    def _lines(self) -> None:
        """The source line of what was appended is the call's."""
        tape = self.tape
        if tape.lines is not None:
            tape.lines.extend([calling_line()] * (tape.count - len(tape.lines)))

    def _decided(self) -> None:
        """Note the decisions of native code as guards."""
        tape, c = self.tape, self.tape.control
        if tape.replayable and c[C_DECISION_COUNT]:
            slots = self.decisions[: int(c[C_DECISION_COUNT])]
            for slot, value in zip(slots.tolist(), tape.value[slots].tolist(), strict=True):
                tape.guard(slot, value, "a comparison in a native function")
            c[C_DECISION_COUNT] = 0


def running(address: int) -> Recording:
    """The recording of a tape, by the address that its Vars hold."""
    return _tapes[address]


@ctypes.CFUNCTYPE(None, ctypes.c_int64)  # type: ignore[misc]
def _grow(address: int) -> None:
    _tapes[address].grow()


llvm.add_symbol(GROW, ctypes.cast(_grow, ctypes.c_void_p).value)
_once = threading.Lock()
_ready = False


def prepare() -> None:
    """Teach Numba about Vars; once a process."""
    global _ready
    with _once:
        if not _ready:
            operations.register()
            from jittape.native import refused as outside
            from jittape.native.numpy import (  # noqa: F401 (they add overloads)
                arrays,
                complex_parts,
                linalg,
                polynomials,
                products,
                random,
                reductions,
                selection,
                shapes,
                sorting,
                special,
            )
            from jittape.native.vars import tuples  # noqa: F401

            special.register()
            outside.register()
            arrays.register()
            _ready = True


def recorded_tape(x: Any) -> Tape | None:
    """The tape of the first recorded array in nested containers; None where there is none."""
    if isinstance(x, Array):
        return x.tape
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, (tuple, list)):
        return next((t for t in map(recorded_tape, x) if t is not None), None)
    return None


# --- the call -------------------------------------------------------------------------------------------------------------------


def _pack(x: Any, packing: Packing) -> Any:
    """A recorded argument as native code takes it; plain ones stay."""
    if isinstance(x, Array):
        return Scalar(float(x.value()), int(x.slots), packing.tape) if x.shape == () else packing.array(x)
    if isinstance(x, tuple):
        parts = [_pack(v, packing) for v in x]
        return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    if isinstance(x, list) and any(isinstance(v, Array) for v in x):
        from numba.typed import List

        return List([_pack(v, packing) for v in x])
    if hasattr(x, "py_func"):  # a Numba function that is an argument
        from jittape.native.compile.retype import recording_version

        return recording_version(x)
    return x


def _unpack(x: Any, results: Results) -> Any:
    """A result: what is recorded as arrays of slots, the rest as it is."""
    if isinstance(x, Scalar):
        return Array(results.tape, x.slot) if x.tape else x.value
    if isinstance(x, np.ndarray) and x.dtype == RECORD:
        return results.found[id(x)]
    if isinstance(x, tuple):
        return type(x)(*(_unpack(v, results) for v in x)) if hasattr(x, "_fields") else tuple(_unpack(v, results) for v in x)
    if isinstance(x, list):
        return [_unpack(v, results) for v in x]
    return x


def call(dispatcher: Any, tape: Tape, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a Numba function on recorded arguments, which records what it does with them."""
    from jittape.native.compile.retype import recording_version

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
        if not named and len(given) == dispatcher.py_func.__code__.co_argcount:
            compiled(clone, tuple(map(typeof, given)), dispatcher)
        try:
            found = clone(*given, **named)
        except NumbaError as error:
            raise explained(error, dispatcher) from error
        failed = False
    finally:
        recording.end(failed)
    packing.stored(tape)
    results = Results(packing, tape)
    results.see(found)
    results.join()
    return _unpack(found, results)
