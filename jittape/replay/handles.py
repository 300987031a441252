"""Handles: what native code finds a recorded function by, and what it asks of Python there.

A handle (sweep/point/replaying.py; of many points, sweep/lanes/replaying.py) is an array that lists the function's paths and memory that waits for the next call. A path
is compiled when it comes into the list, which it does the first time that native code meets it, through a callback into Python. What native
code cannot do (a path of Python operations or of gigabytes, one more branch than there is room for) Python does at every call, with the
same result.
"""

from __future__ import annotations

import logging
import threading
import weakref
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from jittape.errors import BranchChanged
from jittape.native.recording.entering import entered
from jittape.native.recording.symbols import array_at
from jittape.ops.layout import DONE
from jittape.replay.builtins import BOTH
from jittape.replay.compiled import compile_path
from jittape.sweep.engine import engine
from jittape.sweep.point.idle import IDLE
from jittape.sweep.point.replaying import H_DROP, H_FIRST, H_MAKE, H_PATHS, H_POINT, H_PYTHON
from jittape.tape.loops import enabled

if TYPE_CHECKING:
    from jittape.replay.function import Function
    from jittape.replay.path import Path, Replay

log = logging.getLogger("jittape")
MOST = 32
"""Paths that native code takes itself."""
FAILED, CHANGED, SHAPE, OUT, LAYOUT, VALUES = range(100, 106)
"""How a call ends, beside DONE: an error in Python that the log tells of, another branch where that is refused, an argument of another shape, or `out`,
points that lie otherwise in memory, or values of another number."""


class Handle:
    """What native code knows of a recorded function of one array: nothing at first, and each path once Python was asked for a point on it.

    (It is made while Numba compiles, under the lock of compilation, where the function's own lock may not be waited for.)

    Attributes:
        function: the recorded function.
        shape, dtype: of its argument.
        words: the handle.
    """

    def __init__(self, function: Function, size: int) -> None:
        self.function = function
        self.shape: tuple[int, ...] = function._shape  # type: ignore[assignment]
        self.dtype = function._dtype
        self.words = np.zeros(size, np.int64)
        self.address = int(self.words.ctypes.data)
        self._paths: list[Path] = []
        self._refused: list[Path] = []
        self._lock = threading.RLock()
        self._told: Any = None
        _all[self.address] = self

    def learn(self, path: Path) -> None:
        """Have native code take a path, too, if it can."""
        with self._lock:
            if path in self._paths or path in self._refused:
                return
            if len(self._paths) == MOST or not path.reusable or path.seed < 0 or not path.takes_c_order() or not self.taken_in(path):
                self._refused.append(path)

    def taken_in(self, path: Path) -> bool:
        """Put a path at the end of `_paths` and of the handle; returns whether native code can take it."""
        raise NotImplementedError

    def make(self, a: int, b: int) -> int:
        """Memory for a call; its address, or 0."""
        raise NotImplementedError

    def drop(self, a: int, address: int) -> None:
        """Let go of such memory."""
        raise NotImplementedError

    def call(self, a: int, b: int, c: int) -> int:
        """What native code leaves to Python; returns the status."""
        raise NotImplementedError

    def tell(self, words: str, what: str, error: BaseException | None = None) -> None:
        """Tell the log of an error: what is the same as the last one, which a loop of native code may meet a million times, once."""
        key = words, what, repr(error)
        log.log(logging.DEBUG if key == self._told else logging.ERROR, words, what, exc_info=error)
        self._told = key


class Native(Handle):
    """The same for one point at a time."""

    def __init__(self, function: Function) -> None:
        super().__init__(function, H_FIRST + 2 * MOST)
        self._tables: list[Any] = []
        self._replays: dict[int, Replay] = {}
        """By the addresses of their blocks, those that were made; native code holds the addresses."""
        h = self.words
        h[H_POINT] = engine(self.dtype).point("gradient_at")
        h[H_MAKE], h[H_DROP], h[H_PYTHON] = entries()

    def taken_in(self, path: Path) -> bool:
        if self.function._compiles and enabled() and path.report is None:
            compile_path(path)
        self._paths.append(path)
        replay = self._ready(len(self._paths) - 1)
        if replay is None:
            self._paths.pop()
            return False
        table = np.zeros(IDLE, np.int64)
        table[0] = replay.tape.address
        self._tables.append(table)
        n = len(self._paths) - 1
        loops = replay.tape.loops
        self.words[H_FIRST + 2 * n] = table.ctypes.data
        self.words[H_FIRST + 2 * n + 1] = loops is not None and loops.gradient_alone
        self.words[H_PATHS] = n + 1
        return True

    def _ready(self, p: int) -> Replay | None:
        """Another replay of a path, on which everything has been done once, so that nothing is left to be compiled; None where that is
        not enough for native code."""
        path = self._paths[p]
        replay = path.another()
        start, stop, shape = path.inputs[0]
        replay.inputs[0][...] = path.tape.value[start:stop].reshape(shape)
        if replay.forward(BOTH) >= 0:
            return None
        replay.gradient(None)
        replay.prepare(True)
        if replay.native is None:
            return None
        self._replays[replay.tape.address] = replay
        return replay

    def make(self, p: int, _: int) -> int:
        with self._lock:
            replay = self._ready(p)
            return 0 if replay is None else replay.tape.address

    def drop(self, p: int, address: int) -> None:
        with self._lock:
            replay = self._replays.pop(address)
            replay.forget()

    def call(self, x: int, out: int, value: int) -> int:
        """Value and gradient by Python, from and to these addresses."""
        given = array_at(x, self.shape, self.dtype).copy()
        v, g = self.function.value_and_grad(given)
        if out:
            array_at(out, self.shape, self.dtype)[...] = g
        if value:
            array_at(value, (), self.dtype)[...] = v
        self.learn(self.function._path)
        return DONE


_all: weakref.WeakValueDictionary[int, Handle] = weakref.WeakValueDictionary()


# --- callbacks: nothing that they raise may reach native code ---------------------------------------------------------------


def _make(handle: int, a: int, b: int, _3: int) -> int:
    try:
        return _all[handle].make(a, b)
    except BaseException as error:
        log.error("no memory for a recorded function in native code", exc_info=error)
        return 0


def _drop(handle: int, a: int, address: int, _3: int) -> int:
    try:
        _all[handle].drop(a, address)
    except BaseException as error:
        log.error("a recorded function in native code", exc_info=error)
    return 0


def _python(handle: int, a: int, b: int, c: int) -> int:
    own = _all[handle]
    try:
        return own.call(a, b, c)
    except BranchChanged as error:
        own.tell("%s", str(error))
        return CHANGED
    except BaseException as error:
        own.tell("%s failed in native code", own.function.name, error)
        return FAILED


@cache
def entries() -> tuple[int, ...]:
    """The addresses by which native code calls these."""
    return tuple(entered(f"jittape_handle_{name}", f) for name, f in (("make", _make), ("drop", _drop), ("python", _python)))
