"""Where generators of random numbers stand, before and after a function is recorded: whether it drew, where, and how they are put back."""

from __future__ import annotations

import ctypes
import dis
import os
import random
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
from numba import _helperlib

from jittape import tree
from jittape.compiler.dispatchers import is_dispatcher, python_function

STATE_BYTES = 2500
"""The state of NumPy's Mersenne twister in memory: 624 words and a place."""
NATIVE_BYTES = 2516
"""The state of one of Numba's: a place, 624 words, whether there is a second normal number, that number, and whether it was begun."""
DRAWN = (np.random.RandomState, random.Random)
_STATES = {"seed", "setstate", "getstate", "set_state", "get_state"}


def _native() -> tuple[int, int]:
    """The addresses of Numba's generators of this thread, that of `np.random` and that of `random`."""
    return _helperlib.rnd_get_np_state_ptr(), _helperlib.rnd_get_py_state_ptr()  # type: ignore[attr-defined]


def _numpy() -> bytes | None:
    """NumPy's global generator as it lies in memory: get_state() makes it in a hundred times as long. None where the user has put another kind of
    generator there."""
    generator = np.random.get_bit_generator()  # type: ignore[attr-defined]
    return ctypes.string_at(generator.ctypes.state_address, STATE_BYTES) if type(generator) is np.random.MT19937 else None


class Generators:
    """How the generators stand that a function may draw from: NumPy's, Python's, Numba's of this thread, and those among its arguments.

    Args:
        given: the arguments.
    """

    def __init__(self, given: Any) -> None:
        self.numpy = _numpy()
        self.python = random.getstate()
        self.native = [ctypes.string_at(address, NATIVE_BYTES) for address in _native()]
        self.passed: list[tuple[np.random.Generator, Any]] = [(x, x.bit_generator.state) for x in tree.flatten(given)[0] if isinstance(x, np.random.Generator)]

    def moved(self, now: Generators) -> bool:
        """Whether one was drawn from, or seeded, between the two times. Of a kind of NumPy's global generator that is unknown, nothing is known."""
        same = self.numpy == now.numpy and self.python == now.python and self.native == now.native
        return not same or any(repr(a) != repr(b) for (_, a), (_, b) in zip(self.passed, now.passed, strict=True))

    def put_back(self, full: dict[str, Any] | None) -> None:
        """Put all of them back.

        Args:
            full: what `np.random.get_state()` said then; None where nothing had been drawn from it since a time when it was as it is here.
                Normal numbers come in pairs: what is to be taken back can be the second of one only, so that none is left.
        """
        random.setstate(self.python)
        if full is not None:
            np.random.set_state(full)
        elif self.numpy is not None and _numpy() != self.numpy:
            words = np.frombuffer(self.numpy, np.uint32)
            np.random.set_state(("MT19937", words[:-1], int(words[-1]), 0, 0.0))
        for address, state in zip(_native(), self.native, strict=True):
            ctypes.memmove(address, state, NATIVE_BYTES)
        for generator, state in self.passed:
            generator.bit_generator.state = state


def _called(function: Any) -> Iterator[tuple[str, Any, str]]:
    """(name, value, place) of whatever a function's text names by way of globals, closures and modules."""
    code = function.__code__
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    value, name = None, ""
    for step in dis.get_instructions(code):
        if step.opname == "LOAD_GLOBAL":
            name, value = step.argval, function.__globals__.get(step.argval)
        elif step.opname == "LOAD_DEREF" and step.argval in cells:
            try:
                name, value = step.argval, cells[step.argval].cell_contents
            except ValueError:  # empty as yet
                value = None
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD") and isinstance(value, ModuleType):
            name, value = f"{name}.{step.argval}", getattr(value, step.argval, None)
        else:
            value = None
        if value is not None and not isinstance(value, ModuleType):
            line = step.positions.lineno if step.positions is not None else None
            yield name, value, f"{os.path.basename(code.co_filename)}, line {line or code.co_firstlineno}"


def where_drawn(f: Any) -> str:
    """The first call in the text of a function, or of those that it calls, that draws a random number, with its line; empty where none is seen."""
    waiting, seen = [python_function(f)], set()
    while waiting:
        function = waiting.pop(0)
        if id(function) in seen or not hasattr(function, "__code__"):
            continue
        seen.add(id(function))
        for name, value, place in _called(function):
            if isinstance(getattr(value, "__self__", None), DRAWN) and name.rpartition(".")[2] not in _STATES:
                return f"{name} in {function.__name__} ({place})"
            if is_dispatcher(value) or hasattr(value, "__code__"):
                waiting.append(python_function(value))
    return ""
