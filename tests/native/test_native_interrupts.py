"""Signals that arrive while native code is at work: their handlers run at the first instruction of the next callback into Python."""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pytest

import jittape as jt
from jittape.native.recording.entering import entered
from jittape.replay import handles

trip = ctypes.CFUNCTYPE(None, ctypes.c_int)(("PyErr_SetInterruptEx", ctypes.pythonapi))
"""As if a signal had come: its handler is due when Python is run next."""
SIGINT, OTHER = int(signal.SIGINT), int(getattr(signal, "SIGUSR1", signal.SIGTERM))
called: list[tuple[int, ...]] = []


def noted(*given: int) -> int:
    called.append(given)
    return sum(given)


PROTOTYPE = ctypes.CFUNCTYPE(ctypes.c_int64, *(ctypes.c_int64,) * 4)


@pytest.fixture(scope="module")
def several() -> Iterator[Any]:
    """Native code that signals come to, and that calls Python by a stub, which is lent to us for a while."""
    call: Any = PROTOTYPE(entered("jittape_handle_make", noted))

    @numba.njit
    def native(number: Any) -> Any:
        trip(number)
        s = call(1, 2, 3, 4)
        s += call(s, 0, 0, 0)
        trip(number)
        return s + call(s, 1, 0, 0)

    native(0)
    yield native
    handles.entries.cache_clear()
    handles.entries()


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals are handled in the main thread")
    before = signal.signal(signal.SIGINT, signal.default_int_handler), signal.getsignal(OTHER)
    called.clear()
    yield
    now = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, before[0])
    signal.signal(OTHER, before[1])
    assert now is signal.default_int_handler


def test_a_callback_is_gone_through_once_and_ctrl_c_comes_afterwards(several: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        several(SIGINT)
    assert called == [(1, 2, 3, 4), (10, 0, 0, 0), (20, 1, 0, 0)]


def test_what_another_handler_raises_comes_out(several: Any) -> None:
    def alarm(number: int, frame: Any) -> None:
        raise TimeoutError("too long")

    signal.signal(OTHER, alarm)
    with pytest.raises(TimeoutError, match="too long"):
        several(OTHER)
    assert called == [(1, 2, 3, 4), (10, 0, 0, 0), (20, 1, 0, 0)]


def test_a_handler_that_raises_nothing_is_called(several: Any) -> None:
    seen: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    several(SIGINT)
    assert seen and len(called) == 3
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_while_a_callback_is_at_work(several: Any) -> None:
    def interrupted(*given: int) -> int:
        signal.raise_signal(signal.SIGINT)
        called.append(given)
        return 5

    call: Any = PROTOTYPE(entered("jittape_handle_drop", interrupted))
    answers = np.zeros(1)

    @numba.njit
    def native(out: Any) -> None:
        out[0] = call(1, 1, 1, 1)

    with pytest.raises(KeyboardInterrupt):
        native(answers)
    assert answers[0] == 5 and len(called) == 1


def test_errors_of_callbacks_are_the_answer_and_threads_need_no_signals(several: Any) -> None:
    def broken(*given: int) -> int:
        raise ValueError

    call: Any = PROTOTYPE(entered("jittape_handle_python", broken))
    assert call(1, 2, 3, 4) == 0
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(several(0)))
    thread.start()
    thread.join()
    assert found == [41]


@numba.njit
def chain(x: Any) -> Any:
    s = 0.0
    for i in range(x.size - 1):
        s += 3.0 * (x[i + 1] - x[i] ** 2) ** 2
    return s


def chain_gradient(x: Any) -> Any:
    d = x[1:] - x[:-1] ** 2
    g = np.zeros_like(x)
    g[:-1] = -12.0 * d * x[:-1]
    g[1:] += 6.0 * d
    return g


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no interval timers here")
@pytest.mark.parametrize(("call", "python"), [(jt.grad(chain), True), (jt.native.grad(chain), False)], ids=["driver", "native"])
def test_gradients_whose_tapes_grow_are_interrupted(call: Any, python: bool) -> None:
    """It crashed: the tape did not grow where a signal's handler raised at the first instruction of the callback."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=8_000)
    np.testing.assert_allclose(call(x), chain_gradient(x), rtol=1e-10)
    before = signal.signal(signal.SIGALRM, lambda number, frame: signal.raise_signal(signal.SIGINT))
    interrupts = 0
    try:
        for _ in range(40):
            jt.clear_memory()
            try:
                try:
                    signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, 2e-3))
                    call(x)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupts += 1
            except SystemError as error:  # Numba makes an array of the result and does not look whether that raises
                assert isinstance(error.__cause__, KeyboardInterrupt) and not python
                interrupts += 1
            np.testing.assert_allclose(call(x[:100]), chain_gradient(x[:100]), rtol=1e-10)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupts > 5
