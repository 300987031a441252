"""What the interpreter calls in the middle of a recording (signals, destructors, callbacks of the garbage collector) and differentiates."""

from __future__ import annotations

import dis
import gc
import signal
import sys
import threading
import time
import weakref
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import jittape as jt
import jittape.numpy as jnp

Y = np.array([0.3, 0.7])


def aside(y):
    return np.sum(np.sin(y) * y) if y[0] > 0 else y[1]


def allocating(y):
    return jnp.sum(jnp.zeros(2) + y * y)


GRADIENT, CURVATURE = jt.grad(aside)(Y), jt.hessian(aside)(Y)


class Intruder:
    """Differentiates whenever it is called, and notes what comes out wrong."""

    def __init__(self):
        self.calls, self.wrong, self.inside = 0, [], False

    def __call__(self, *args):
        if self.inside or args[:1] == ("stop",):  # what it makes itself would set off the next collection at once
            return
        self.inside = True
        try:
            self.calls += 1
            point = jnp.ones(2) * 0.5 + 0.5
            found = [jt.grad(aside)(Y), jt.grad(allocating)(point), *([jt.hessian(aside)(Y)] if self.calls % 5 == 0 else [])]
            for g, expected in zip(found, [GRADIENT, np.full(2, 2.0), CURVATURE], strict=False):
                if not np.allclose(jt.stop_gradient(g) if not isinstance(g, np.ndarray) else g, expected, rtol=1e-12):
                    self.wrong.append((g, expected))
        finally:
            self.inside = False


def flat(x):
    """Within it nothing sets a context variable (np.errstate does): CPython 3.11 crashes where a callback comes in between and sets one."""
    a = x[0]
    for i in range(40):
        a = a * 1.01 + x[1] / (i + 1.5)
        if a > 100:
            break
        if i % 7 == 0:
            a = np.sin(a) * 3 + np.sum(x * i)
    b = np.stack([a, x[0], x[2]])[[2, 0, 1]]
    if np.sort(b)[0] > 1e9:
        return a
    return np.sum(b * x)


def recorded(x):
    b = x * flat(x)
    return np.sum(b * x) + np.sum(jt.grad(lambda y: np.sum(y * y * b))(x)) + np.linalg.norm(b)


X, OTHER = np.array([0.5, 1.5, -0.7]), np.array([0.6, 1.4, -0.8])
FLAT = jt.grad(flat)(X), jt.grad(flat)(OTHER)
EXPECTED = jt.grad(recorded)(X), jt.hessian(recorded)(X), jt.grad(recorded)(OTHER)


def check():
    assert np.allclose(jt.grad(recorded)(X), EXPECTED[0], rtol=1e-12)
    assert np.allclose(jt.hessian(recorded)(X), EXPECTED[1], rtol=1e-11, atol=1e-11)
    assert np.allclose(jt.record(recorded, X).grad(OTHER), EXPECTED[2], rtol=1e-12)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no interval timers here")
def test_signal_handlers():
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals are handled in the main thread")
    intruder = Intruder()
    before = signal.signal(signal.SIGALRM, intruder)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1e-3, 1e-3)
        end = time.monotonic() + 0.6
        while time.monotonic() < end:
            check()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert intruder.calls > 20 and not intruder.wrong


@cache
def _interruptible(code):
    """The instructions at whose end CPython calls signal handlers."""
    return {i.offset for i in dis.get_instructions(code) if i.opname in ("RESUME", "CALL", "CALL_FUNCTION_EX") or "BACKWARD" in i.opname}


class Interrupt:
    """Calls a function at a place of a run, among those in some modules of jittape where a signal handler might be called."""

    def __init__(self, function, modules):
        self._function, self._modules = function, modules
        self._at = self.count = 0
        self._last = {}

    def run(self, f, at):
        """The result of f, interrupted at the place number `at`; `count` is how many there were."""
        self._at, self.count = at, 0
        self._last.clear()
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            return f()
        finally:
            sys.settrace(before)

    def _trace(self, frame, event, argument):
        if not frame.f_code.co_filename.endswith(self._modules):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            last = self._last.get(id(frame))
            self._last[id(frame)] = frame.f_lasti
            if last in _interruptible(frame.f_code):
                if self.count == self._at:
                    self._function()
                self.count += 1
        elif event == "return":
            self._last.pop(id(frame), None)
        return self._trace


def again():
    """Second derivatives of tensors, whose recorded pass is a copy from the second time on."""
    x = jt.tensor(X.copy(), requires_grad=True)
    (g,) = jt.autograd.grad((x * x.sin()).sum() * x[0], (x,), create_graph=True)
    (g * g).sum().backward()
    return x.grad.numpy().copy()


PLACES = 40
"""Places of a run that are tried, as far from each other as there are."""
BUSY = ("passes/repeated.py", "passes/reverse.py", "passes/writer.py", "functional/trace.py", "functional/nesting.py", "eager/again.py")
"""Modules in which a tape's end is looked at and written behind later."""


@pytest.mark.skipif(sys.gettrace() is not None, reason="something else traces")
@pytest.mark.parametrize("f", [lambda: jt.grad(recorded)(X), lambda: jt.hessian(recorded)(X), lambda: jt.record(recorded, X).grad(OTHER), again])
def test_interrupts_at_places_of_passes(f):
    """What takes microseconds is hit by a timer once in thousands of runs: here the interrupts come there."""
    intruder = Intruder()
    interrupt = Interrupt(intruder, tuple(str(Path(m)) for m in BUSY))
    f()
    expected = f()
    interrupt.run(f, -1)
    interrupt.run(f, -1)
    assert interrupt.count > PLACES
    for at in np.linspace(0, interrupt.count - 1, PLACES).astype(int).tolist():
        np.testing.assert_allclose(interrupt.run(f, at), expected, 1e-11, 1e-11)
    np.testing.assert_allclose(f(), expected, 1e-11, 1e-11)
    assert intruder.calls > PLACES // 2 and not intruder.wrong  # what is known already takes fewer places


def test_callbacks_of_the_garbage_collector():
    intruder = Intruder()
    thresholds = gc.get_threshold()
    gc.callbacks.append(intruder)
    try:
        gc.set_threshold(31, 10**6, 10**6)
        assert np.allclose(jt.grad(flat)(X), FLAT[0], rtol=1e-12)
        assert np.allclose(jt.jvp(flat, (OTHER,), (X,))[1], FLAT[1] @ X, rtol=1e-12)
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(intruder)
    assert intruder.calls and not intruder.wrong


def test_destructors_and_weak_references():
    intruder = Intruder()

    class Finalised:
        def __del__(self):
            intruder()

    def f(x):
        o = Finalised()
        r = weakref.ref(o, intruder)
        weakref.finalize(o, intruder)
        y = recorded(x)
        del o
        return y if r() is None else x[0]

    assert np.allclose(jt.grad(f)(X), EXPECTED[0], rtol=1e-12)
    assert np.allclose(jt.record(f, X).grad(OTHER), EXPECTED[2], rtol=1e-12)
    assert intruder.calls >= 6 and not intruder.wrong


def test_threads_and_generators_within_a_function():
    found = []

    def gradients():
        for k in range(3):
            yield jt.grad(lambda y, k=k: y**2 * k)(3.0)

    def f(x):
        thread = threading.Thread(target=lambda: found.append(jt.grad(aside)(Y)))
        thread.start()
        thread.join()
        return sum(gradients()) * x[0] + sum(jt.grad(lambda y, k=k: y**2 * x[1] * k)(3.0) for k in range(3))

    assert jt.grad(f)(X).tolist() == [18.0, 18.0, 0.0] and np.array_equal(found[0], GRADIENT)


def test_a_constant_of_the_function_is_differentiated_by():
    def f(x):
        a = jnp.array([2.0, 3.0])
        return np.sum(jt.grad(lambda y: np.sum(y**2))(a) * x)

    assert jt.grad(f)(np.ones(2)).tolist() == [4.0, 6.0]
    assert jt.record(f, np.ones(2)).grad(np.zeros(2)).tolist() == [4.0, 6.0]
    assert jt.grad(lambda x: np.sum(jt.grad(allocating)(jnp.ones(2) * 3)) * x)(1.0) == 12.0
