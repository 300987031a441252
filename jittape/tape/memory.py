"""Memory of tapes' arrays, and the pool in which long ones' memory waits for the next tape.

Memory that the operating system has just given costs a page fault each 4 kB, which takes longer than a sweep over it. So what a
long array leaves behind is kept, and made an array again. It is idle only once nothing refers to the array any more, views of it
included: the array's base is a `_Lease`, whose end is what gives the memory back. Idle memory is the system's to take
(MADV_FREE, where there is that) when it runs short; then it reads as zeros.
"""

from __future__ import annotations

import gc
import itertools
import mmap
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

SHORT = 1 << 16
"""Elements up to which arrays are doubled when they are full, and live in the heap."""
KEPT = 1 << 17
"""Bytes from which memory is kept: up to there the heap has it at hand, from there C libraries ask the system."""
ADVISED = 1 << 20
"""Bytes from which idle memory is offered to the system, and is asked for in large pages: for less that costs more than it is worth."""
LOOSE = 2
"""How many times as long as what is asked for idle memory may be that is given."""
PAGE = 1 << 12
LIMIT = 1 << 30
"""Bytes that are idle at most; or an eighth of the machine's memory, or the limit of `set_memory_limit`, if that is less."""
PATIENCE = 0.01
"""Seconds that the pool is waited for: a signal handler, whose thread is in the pool already, waits in vain."""

_PRIVATE: dict[str, int] = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
"""A forked process has a copy of its own, as of other memory; Windows has no flags and does not fork."""
_LARGE_PAGES = getattr(mmap, "MADV_HUGEPAGE", None)
_FREE = getattr(mmap, "MADV_FREE", None)

_offsets = itertools.cycle(range(0, PAGE, 9 * 64))
"""Where arrays begin in their pages: where all begin at the same place, the processor takes elements of one for those of another."""


class _Block:
    """Memory of the operating system. It goes back there with its last reference.

    Attributes:
        size: bytes from `address` on that an array may have; where it begins in its first page is not always the same.
        zero: it holds nothing but zeros.
    """

    __slots__ = ("address", "bytes", "map", "size", "zero")

    def __init__(self, nbytes: int) -> None:
        self.map = mmap.mmap(-1, nbytes + PAGE, **_PRIVATE)
        self.bytes: Bytes = np.frombuffer(self.map, np.uint8)
        self.address = self.bytes.ctypes.data + next(_offsets)
        self.size = nbytes
        self.zero = True
        self.advise(_LARGE_PAGES)
        np.empty(nbytes, np.uint8)  # glibc keeps results of a size in the heap once it has seen as much come back; it sees nothing of ours

    def advise(self, what: int | None) -> None:
        if what is not None and self.bytes.size >= ADVISED:
            try:
                self.map.madvise(what)
            except OSError:  # an older kernel
                pass


class _Lease:
    """What an array of kept memory has as its base. When nothing refers to it any more, the memory is idle."""

    __slots__ = ("__array_interface__", "block")

    def __init__(self, block: _Block, n: int, dtype: np.dtype[Any]) -> None:
        self.block = block
        self.__array_interface__ = {"version": 3, "shape": (n,), "typestr": dtype.str, "data": (block.address, False)}

    def __del__(self) -> None:
        _pool.give(self.block)


class _Pool:
    """Idle memory, that used last at the end.

    `give` is called wherever a reference ends, be it in the middle of `take` in the same thread; so it takes no lock: what comes
    back stands in a queue until somebody has the time.
    """

    def __init__(self) -> None:
        self.limit = _default_limit()
        self.idle: list[_Block] = []
        self._back: deque[_Block] = deque()
        self._lock = threading.Lock()

    def take(self, nbytes: int, zero: bool) -> _Block:
        """Memory of so many bytes or some more; all zeros, if so wished."""
        if not self._lock.acquire(timeout=PATIENCE):
            return _Block(nbytes)
        try:
            self._settle()
            idle = self.idle
            fitting = [k for k, b in enumerate(idle) if nbytes <= b.size <= LOOSE * nbytes]
            fitting.sort(key=lambda k: (idle[k].zero != zero, idle[k].size))
            block = idle.pop(fitting[0]) if fitting else None
        finally:
            self._lock.release()
        if block is None:
            try:
                return _Block(nbytes)
            except (MemoryError, OSError):
                self.clear()
                return _Block(nbytes)
        if zero and not block.zero:
            block.bytes.fill(0)
        return block

    def give(self, block: _Block) -> None:
        self._back.append(block)
        self.settle()

    def settle(self) -> None:
        """Take in what came back, unless somebody else is at it."""
        while self._back and self._lock.acquire(blocking=False):
            try:
                self._settle()
            finally:
                self._lock.release()

    def _settle(self) -> None:
        idle = self.idle
        try:
            while True:
                block = self._back.popleft()
                if block.size <= self.limit:
                    block.advise(_FREE)
                    idle.append(block)
        except IndexError:
            pass
        held = sum(b.size for b in idle)
        while held > self.limit:
            held -= idle.pop(0).size

    def clear(self) -> None:
        """Drop all of it. No lock is taken, so that signal handlers may do so: who is at work goes on with the list that was there."""
        self._back.clear()
        self.idle = []

    def limit_to(self, nbytes: int | None) -> None:
        """Hold at most so many bytes, or the default."""
        self.limit = _default_limit() if nbytes is None else min(nbytes, _default_limit())
        if self._lock.acquire(timeout=PATIENCE):  # else who has it, or comes next, keeps to the limit
            try:
                self._settle()
            finally:
                self._lock.release()

    def after_fork(self) -> None:
        self._lock = threading.Lock()  # in a child process nobody holds it


def _default_limit() -> int:
    try:
        return min(LIMIT, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8)
    except (AttributeError, ValueError, OSError):
        return LIMIT


_pool = _Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _pool.after_fork())


def kept(n: int, dtype: Any, zero: bool = False) -> NDArray[Any]:
    """An array of n elements, of idle memory where it is long; all zeros, if so wished.

    Raises:
        MemoryError: there is none.
    """
    dtype = np.dtype(dtype)
    nbytes = n * dtype.itemsize
    if nbytes < KEPT:
        return np.zeros(n, dtype) if zero else np.empty(n, dtype)
    try:
        block = _pool.take(-(-nbytes // PAGE) * PAGE, zero)
    except (OSError, OverflowError, ValueError) as error:
        raise MemoryError(str(error)) from None
    block.zero = False
    return np.asarray(_Lease(block, n, dtype))


def all_zero(a: Any) -> None:
    """Tell the pool that an array of `kept` holds nothing but zeros, and will be written to by nobody."""
    if a is not None and type(a.base) is _Lease:
        a.base.block.zero = True


def not_zero(a: Any) -> None:
    """Tell it that an array may be written to again."""
    if a is not None and type(a.base) is _Lease:
        a.base.block.zero = False


def pages(n: int, dtype: Any) -> NDArray[Any]:
    """Zeroed memory for n elements. That of long arrays is kept by itself, or goes back to the system: in the heap they would leave holes
    that the next ones do not fit in, up to the size of the tape itself."""
    return np.zeros(n, dtype) if n < SHORT else kept(n, dtype, True)


def idle_bytes() -> int:
    """Bytes of idle memory."""
    _pool.settle()
    return sum(b.size for b in list(_pool.idle))


def limit_idle(nbytes: int | None) -> None:
    """At most so many bytes wait for the next tape; None for the default."""
    _pool.limit_to(nbytes)


CLEARED: list[Callable[[], None]] = []
"""Called without arguments when memory is to be given back, by rooms above that keep tapes."""


def clear_memory() -> None:
    """Give back the memory that is kept between calls.

    Derivatives of long arrays leave memory behind in which the next ones are computed: up to 1 GiB, an eighth of the machine's
    memory, or the limit of `set_memory_limit`, whichever is least. On Linux and macOS the system takes it when it runs short;
    this function gives it back at once. Memory in use stays, as does that of recorded functions, which goes with them; of those
    that nothing refers to any more it goes here, as Python's garbage is collected first. Any thread may call it at any time.

    Example:
        >>> import numpy as np, jittape as jt
        >>> g = jt.grad(lambda x: np.sum(x * x))(np.ones(1_000_000))
        >>> jt.clear_memory()
        >>> float(g[0])
        2.0
    """
    gc.collect()
    for told in CLEARED:
        told()
    _pool.clear()
