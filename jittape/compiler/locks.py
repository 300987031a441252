"""Locks around the compilation of native code that a child process finds free.

A child made by os.fork has the forking thread alone. What another thread held at that moment stays held for ever, and
what it was about to compile is half done. So a fork waits until no such lock is held.
"""

from __future__ import annotations

import os
import threading
from typing import Any

_locks: list[Any] = []


def compiling() -> Any:
    """A new lock that is free in children. Where one is taken within another one, the inner one is the older of the two."""
    lock = threading.RLock()
    _locks.append(lock)
    return lock


_held: list[Any] = []


def _before() -> None:
    for lock in reversed(_locks[:]):
        lock.acquire()
        _held.append(lock)


def _after() -> None:
    while _held:
        _held.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
