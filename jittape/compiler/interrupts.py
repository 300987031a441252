"""Interrupts that wait: where Python is called back by foreign code, an exception of a signal handler would be lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def postponed() -> Iterator[None]:
    """Let Ctrl-C wait until this is over, and have its effect then.

    LLVM calls Python when it has compiled something, which is the first chance for the handler to run; what it raises there is printed and
    forgotten.
    """
    before = signal.getsignal(signal.SIGINT)
    seen: list[Any] = []
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    try:
        signal.signal(signal.SIGINT, lambda *arguments: seen.append(arguments))
    except ValueError:  # a main thread that is not the process's
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if seen:  # in place of what the block raised, too
            before(*seen[0])
