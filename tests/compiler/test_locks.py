"""Locks around compilation: a child that is forked finds them free, and so does everybody in the parent afterwards."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import pytest

from jittape.compiler.locks import compiling

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]


def free(lock: Any) -> bool:
    """Whether a thread that holds nothing could take a lock."""
    found = []

    def take() -> None:
        found.append(lock.acquire(timeout=0.2))
        if found[0]:
            lock.release()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    return bool(found[0])


def test_a_fork_waits_for_what_is_compiled() -> None:
    locks = [compiling(), compiling()]
    events: list[str] = []
    held = threading.Event()

    def compile() -> None:
        with locks[1], locks[0]:
            held.set()
            time.sleep(0.1)
            events.append("compiled")

    thread = threading.Thread(target=compile)
    thread.start()
    held.wait()
    child = os.fork()
    if not child:
        os._exit(0 if events == ["compiled"] and all(lock.acquire(blocking=False) for lock in locks) else 1)
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert all(map(free, locks))


def test_whoever_forks_while_compiling_goes_on_in_the_parent() -> None:
    lock = compiling()
    with lock:
        child = os.fork()
        if not child:
            os._exit(0 if lock.acquire(blocking=False) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not free(lock)
    assert free(lock)
