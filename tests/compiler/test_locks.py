"""Locks around compilation: a child that is forked finds them free, and so does everybody in the parent afterwards."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from numba.core.compiler_lock import global_compiler_lock

from jittape.compiler import locks as module
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


def test_a_fork_waits_for_what_numba_compiles_of_users() -> None:
    held, events = threading.Event(), []

    def compile() -> None:
        with global_compiler_lock:
            held.set()
            time.sleep(0.1)
            events.append("compiled")

    thread = threading.Thread(target=compile)
    thread.start()
    held.wait()
    child = os.fork()
    if not child:
        os._exit(0 if events == ["compiled"] and compiling().acquire(blocking=False) else 1)
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert free(compiling())


def test_a_fork_waits_for_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_import.py").write_text("import time\nbegun = True\ntime.sleep(0.3)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(module, "PACKAGES", {"slow_to_import"})
    thread = threading.Thread(target=__import__, args=("slow_to_import",))
    thread.start()
    while not hasattr(sys.modules.get("slow_to_import"), "begun"):
        time.sleep(0.01)
    child = os.fork()
    if not child:
        signal.alarm(5)
        __import__("slow_to_import")
        os._exit(0)
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
