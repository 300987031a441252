"""Gradients of Numba functions, recorded anew at each call: the short way for arrays and numbers.

A run keeps its tape, the arrays of Vars that its arguments are handed over in, and the compiled function's entry, so that a
call costs little besides what the function itself records. Runs belong to one shape of arguments and are used by one thread at
a time.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numba import typeof

from jittape.array import Array
from jittape.errors import GradientError
from jittape.native.call import Recording, Scalar, VarArray, _pack, prepare
from jittape.native.explain import compiled
from jittape.native.retype import recording_version
from jittape.recording import state
from jittape.sweep.engine import engine
from jittape.tape.layout import C_ADJOINT, C_COUNT, C_SLOTS, C_STATUS, C_VISITED, DONE, INPUT
from jittape.tape.tape import Tape, memory_limit

REAL = np.dtype(np.float64)
PLAIN = (int, float, bool, np.float64, type(None))
KEPT = 4
"""Idle runs of one shape that are kept."""
LARGEST = 1 << 26
"""Instructions beyond which a tape is not kept."""


class Run:
    """What one call needs, for arguments of one shape."""

    def __init__(self, function: Any, args: tuple[Any, ...], argnums: tuple[int, ...]) -> None:
        self.tape = tape = Tape(np.float64)
        self.argnums = argnums
        self.places: list[tuple[int, int, tuple[int, ...]]] = []
        packed = list(args)
        arrays = []
        for i in argnums:
            a = Array.of_run(tape, tape.leaf(np.asarray(args[i], float), INPUT), np.shape(args[i]))
            arrays.append(a)
            self.places.append((int(a.slots.flat[0]) if a.size else 0, a.size, a.shape))
        tape.evaluate()
        self.count, self.slots = tape.count, tape.slots
        self.extra, self.meta = tape.extra, len(tape.meta)
        self.recording = recording = Recording(tape)
        for i, a in zip(argnums, arrays, strict=True):
            packed[i] = _pack(a, recording)
        self.packed = packed
        self.given = [packed[i].copy() if isinstance(packed[i], VarArray) else None for i in argnums]
        self.variables = [packed[i]["value"] if isinstance(packed[i], VarArray) else None for i in argnums]
        clone = recording_version(function)
        signature = tuple(typeof(x) for x in packed)
        compiled(clone, signature, function)
        self.entry = clone.overloads[signature].entry_point
        self.reverse = engine(REAL).sweep("reverse")
        self.visited = np.ones(0, np.uint8)

    def __call__(self, args: tuple[Any, ...]) -> tuple[Any, list[Any]] | None:
        """Value and gradients; None where the result is no number."""
        recording, tape, packed = self.recording, self.tape, self.packed
        values = tape.value
        for k, i in enumerate(self.argnums):
            place, n, shape = self.places[k]
            view = self.variables[k]
            if view is not None:
                packed[i][...] = self.given[k]  # the function may have stored into it the last time
                view[...] = args[i]
                values[place : place + n] = np.ravel(args[i])
            else:
                packed[i] = Scalar(float(args[i]), place, recording.address)
                values[place] = args[i]
        for i, x in enumerate(args):
            if i not in self.argnums:
                packed[i] = x
        if tape.extra != self.extra or len(tape.meta) != self.meta or tape.constants:  # whole-array operations were recorded the last time
            tape.truncate(self.count, self.slots)
            del tape.meta[self.meta :]
            del tape.index[:]
        tape.count, tape.thread = self.count, threading.get_ident()
        recording.again()
        try:
            found = self.entry(*packed)
        finally:
            recording.finish()
        if isinstance(found, (bool, np.bool_)):
            raise GradientError("grad needs a function that returns a number; this one returned a truth value, whose derivative is zero")
        if type(found) is not Scalar:
            return (found, [np.zeros(shape)[()] for _, _, shape in self.places]) if isinstance(found, (int, float)) else None
        if not found.tape:
            return found.value, [np.zeros(shape)[()] for _, _, shape in self.places]
        self._sweep(found.slot)
        gradients = []
        adjoint = tape.adjoint
        assert adjoint is not None
        for place, n, shape in self.places:
            part = adjoint[place : place + n]
            gradients.append(part.reshape(shape).copy() if shape else part[0])
            part.fill(0.0)
        return found.value, gradients

    def _sweep(self, slot: int) -> None:
        tape = self.tape
        c, words = tape._ctl, tape._words
        count, slots = tape.count, tape.slots
        if tape.adjoint is None or tape.adjoint.size < tape.value.size:
            tape.adjoint = np.zeros(tape.value.size)
        if self.visited.size < tape.capacity:
            self.visited = np.ones(tape.capacity, np.uint8)
        words[C_COUNT], words[C_SLOTS] = count, slots
        words[C_ADJOINT], words[C_VISITED] = tape.adjoint.ctypes.data, self.visited.ctypes.data
        tape.adjoint[slot] = 1.0
        try:
            self.reverse(tape._address, count, 0, slots, tape._like)
            if c[C_STATUS] & 0xFF != DONE:  # a kernel that is compiled now, or an operation of Python
                tape.visited = self.visited
                tape._bound = -1
                tape.bind()
                tape.adjoint.fill(0.0)
                tape.adjoint[slot] = 1.0
                tape.reverse()
        except BaseException:
            tape.adjoint = None
            raise


class Gradient:
    """The gradient of a Numba function by some of its arguments.

    Args:
        function: a dispatcher of numba.njit.
        argnums: positions of the arguments that are differentiated.
    """

    def __init__(self, function: Any, argnums: tuple[int, ...]) -> None:
        self.function, self.argnums = function, argnums
        self._runs: dict[Any, list[Run]] = {}
        self._lock = threading.Lock()
        self.arity = function.py_func.__code__.co_argcount
        self.defaults = function.py_func.__defaults__ or ()

    def _key(self, args: tuple[Any, ...]) -> Any:
        """What tells the shape of arguments, or None where they are none of the short way."""
        key: list[Any] = []
        for i, x in enumerate(args):
            kind = type(x)
            if kind is np.ndarray:
                if i in self.argnums and (x.dtype is not REAL or x.ndim == 0):
                    return None
                key.append((x.dtype, x.shape if i in self.argnums else x.ndim, x.flags.c_contiguous, x.flags.f_contiguous, x.flags.writeable))
            elif kind in PLAIN and not (i in self.argnums and kind in (int, bool, type(None))):
                key.append(kind)
            else:
                return None
        return tuple(key)

    def __call__(self, args: tuple[Any, ...]) -> tuple[Any, list[Any]] | None:
        """Value and gradients in the order of `argnums`; None where the general way is due."""
        if state.tapes or any(i >= len(args) or i < 0 for i in self.argnums):
            return None
        missing = self.arity - len(args)
        if missing > 0:
            if missing > len(self.defaults):
                return None  # Numba's own error
            args = (*args, *self.defaults[-missing:])
        key = self._key(args)
        if key is None:
            return None
        runs = self._runs.get(key)
        if runs is None:
            runs = self._runs.setdefault(key, [])
        try:
            run = runs.pop()
            limit = memory_limit()
            if limit is not None and run.tape.nbytes > limit:
                raise IndexError("none that keeps the limit")
        except IndexError:
            prepare()
            with self._lock:
                run = Run(self.function, args, self.argnums)
        found = run(args)
        if len(runs) < KEPT and run.tape.capacity < LARGEST:
            runs.append(run)
        return found
