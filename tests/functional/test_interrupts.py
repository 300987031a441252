"""What the interpreter calls in the middle of a recording (signals, destructors, callbacks of the garbage collector) and differentiates."""

from __future__ import annotations

import gc
import signal
import threading
import time
import weakref

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
