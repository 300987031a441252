"""Gradients of Numba functions, recorded anew at each call: the short way of `jittape.grad` for arrays and numbers.

It is the native gradient of native/native_gradient.py, called from Python: a call costs a microsecond besides what the function itself
records. Whatever that does not take (containers, a recording in Python under way), and whatever it refuses, goes the general way,
which supports more and explains its errors.
"""

from __future__ import annotations

import inspect
import threading
from typing import Any

import numpy as np
from numba import typeof

from jittape.array.state import state
from jittape.errors import GradientError, TapeLimitError
from jittape.functions.primitive import generation
from jittape.native.recording.workspace import quiet
from jittape.tape.limits import memory_limit

REAL = np.dtype(np.float64)
PLAIN = {int, float, bool, str, np.float64, np.int64, np.bool_, type(None)}
"""Types of arguments that are handed over as they are."""


def _taken(x: Any) -> bool:
    """Whether native code takes an argument as it is: numbers, arrays, texts, and tuples of them."""
    kind = type(x)
    return kind is np.ndarray or kind in PLAIN or (isinstance(x, tuple) and all(map(_taken, x)))


class Gradient:
    """The gradient of a Numba function by some of its arguments.

    Args:
        function: a dispatcher of numba.njit.
        argnums: positions of the arguments that are differentiated.
    """

    def __init__(self, function: Any, argnums: tuple[int, ...]) -> None:
        self.function, self.argnums = function, argnums
        self.native: Any = None
        self.possible = min(argnums) >= 0
        self.generation = generation[0]
        self.signature = inspect.signature(function.py_func)
        self.arity = len(self.signature.parameters)
        self._refused: set[Any] = set()
        self._lock = threading.Lock()

    def _prepare(self) -> bool:
        """Make the native gradient; returns whether there is one."""
        from jittape.native import native_gradient  # start-up time: the compiler's part

        with self._lock:
            if self.native is None and self.possible:
                try:
                    self.native = native_gradient.value_and_grad(self.function, self.argnums)
                except GradientError:  # *args, or argnums beyond the arguments
                    self.possible = False
        return self.possible

    def _complete(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
        """The arguments by position, with defaults; None where they are others than numbers and arrays, or do not fit."""
        if kwargs or len(args) != self.arity:
            try:
                bound = self.signature.bind(*args, **kwargs)
            except TypeError:
                return None  # Numba's own error
            bound.apply_defaults()
            args = bound.args
        for i in self.argnums:
            if i >= len(args):
                return None
            x = args[i]
            kind = type(x)
            if kind is np.ndarray:
                if x.dtype is not REAL or x.ndim == 0:
                    return None
            elif kind is not float and kind is not np.float64:
                return None
        return args if all(map(_taken, args)) else None

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, list[Any]] | None:
        """Value and gradients in the order of `argnums`; None where the general way is due."""
        if state.tapes:
            return None
        if self.generation != generation[0]:  # a function that this one calls may have a rule of its own by now
            self.generation, self.native = generation[0], None
            self._refused.clear()
        given = self._complete(args, kwargs)
        if given is None or (self.native is None and not self._prepare()) or (self._refused and self._kinds(given) in self._refused):
            return None
        if len(given) > 1 and self._overlap(given):
            return None
        quiet.on = True
        try:
            value, gradients = self.native(*given)
        except Exception as error:
            if isinstance(error, SystemError) and error.__cause__ is not None:  # a signal came while Numba made the results: its handler's error
                raise error.__cause__ from None
            kinds = self._kinds(given)
            if kinds not in self.native.overloads:  # it was not compiled
                self._refused.add(kinds)
                return None
            if isinstance(error, TapeLimitError) and memory_limit() is None:  # no time to compile another way: LLVM ends the process where it finds no memory
                raise
            if isinstance(error, (TapeLimitError, GradientError)):  # the general way says more
                return None
            raise
        finally:
            quiet.on = False
        return value, [g if type(g) is np.ndarray else np.float64(g) for g in gradients]

    def _overlap(self, args: tuple[Any, ...]) -> bool:
        """Whether a differentiated argument may share memory with another one: the general way sees whether that matters."""
        arrays = [(i, x) for i, x in enumerate(args) if type(x) is np.ndarray]
        return len(arrays) > 1 and any(np.may_share_memory(x, y) for i, x in arrays if i in self.argnums for j, y in arrays if j != i)

    def _kinds(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(map(typeof, args))
