"""Ctrl-C while LLVM compiles is delivered afterwards, and not lost in a call back from it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import jittape as jt
from jittape.compiler import jit
from jittape.compiler.interrupts import postponed


@pytest.fixture(autouse=True)
def _interrupts() -> Iterator[None]:
    """Python's handler, which a shell takes away from what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_waits() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with postponed():
            signal.raise_signal(signal.SIGINT)
            done.append(1)
        done.append(2)
    assert done == [1] and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_handlers_of_others_are_called_once_and_errors_come_first() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with postponed(), postponed():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            assert not seen
        assert seen == [signal.SIGINT]
        with pytest.raises(OSError, match="full"), postponed():
            raise OSError("full")
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with postponed():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_is_not_lost_where_something_fails() -> None:
    with pytest.raises(KeyboardInterrupt), postponed():
        signal.raise_signal(signal.SIGINT)
        raise OSError("full")


def test_other_threads_have_no_interrupts() -> None:
    found = []

    def work() -> None:
        with postponed():
            found.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [1]


def test_an_interrupt_in_llvm_ends_compile_and_the_function_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: float) -> float:
        for k in range(40):
            x = x - 0.1 * x * x * x / (1.0 + 0.01 * k)
        return x

    def emit(*arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        write(*arguments)

    from jittape.sweep.loops import turnwise

    write = turnwise.forward
    F = jt.record(f, 1.0)
    wanted = F.grad(1.0)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(jit, "_read", lambda path: None)  # nothing comes from the disk
        patched.setattr(turnwise, "forward", emit)
        F.compile()
    assert F.paths[0].replayed.loops is None and F.grad(1.0) == wanted
    assert F.compile().paths[0].replayed.loops is not None and F.grad(1.0) == wanted


@pytest.mark.parametrize("kind", ["callback", "function"])
def test_an_interrupt_waits_until_a_function_is_loaded_or_compiled(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It crashed: LLVM calls Python for code from the cache, where what a handler raised was dropped, and the function had no code."""
    from numba import types

    from jittape.ops._generated import kernels

    read, loaded = jit._read, []

    def interrupted(path: Path) -> bytes | None:
        signal.raise_signal(signal.SIGINT)
        loaded.append(path)
        return read(path)

    monkeypatch.setattr(jit, "_read", interrupted)
    signature = types.void(*(types.CPointer(types.float64),) * 4, types.int64)
    with pytest.raises(KeyboardInterrupt):
        jit.callback(kernels.neg_forward, signature) if kind == "callback" else jit.function(kernels.neg_forward, signature)
    assert len(loaded) == 1
