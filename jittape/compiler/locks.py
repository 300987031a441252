"""Locks around the compilation of native code that a child process finds free.

A child made by os.fork has the forking thread alone. What another thread held at that moment stays held for ever, and
what it was about to compile is half done. So a fork waits until no such lock is held: neither Numba's, nor LLVM's, nor those of modules
that are being imported, which Python leaves held in the child: what is first needed while a function runs is imported then.

Numba compiles under a lock of its own, from which our functions may be asked for (users' functions call them), and which we need to
compile. So all compilation is under that one lock: threads that took two locks in different orders would wait for each other for ever.
"""

from __future__ import annotations

import _imp
import contextlib
import importlib
import os
import time
from threading import get_ident
from typing import Any

from llvmlite.binding import ffi
from numba.core.compiler_lock import global_compiler_lock

_lock = getattr(global_compiler_lock, "_lock", global_compiler_lock)  # without the events that it announces
_llvm = getattr(getattr(ffi.lib, "_lock", None), "_lock", None)
"""What every call of LLVM takes for its duration, with or without the other lock."""


def compiling() -> Any:
    """The lock of compilation, which is free in children."""
    return _lock


PACKAGES = {"jittape", "llvmlite", "numba", "numpy", "scipy"}
"""A fork waits for imports of these: what a function of ours may need first in another thread."""
WAIT, PAUSE = 20.0, 0.002
"""How many seconds it waits at most, and how often it looks."""


def _imported_elsewhere() -> bool:
    """Whether other threads are importing modules of these packages."""
    locks = getattr(getattr(importlib, "_bootstrap", None), "_module_locks", {})
    for name, ref in list(locks.items()):
        if str(name).partition(".")[0] in PACKAGES and getattr(ref(), "owner", None) not in (None, get_ident()):
            return True
    return False


def _before() -> None:
    end = time.monotonic() + WAIT
    while True:
        _lock.acquire()
        _imp.acquire_lock()  # nobody begins an import any more
        if time.monotonic() > end or not _imported_elsewhere():
            break
        _imp.release_lock()
        _lock.release()
        time.sleep(PAUSE)
    if _llvm is not None:
        _llvm.acquire()


def _after() -> None:
    if _llvm is not None:
        _llvm.release()
    with contextlib.suppress(RuntimeError):  # a child may have been given another one
        _imp.release_lock()
    _lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
