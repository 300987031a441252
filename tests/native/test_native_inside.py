"""Gradients inside native code: values, threads, memory, limits and errors."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from typing import Any

import numba
import numpy as np
import pytest

import jittape as jt
from jittape.errors import GradientError, RecordingError, TapeLimitError

SECONDS = float(os.environ.get("JITTAPE_HAMMER_SECONDS", "1"))


@numba.njit
def kepler(e: Any, M: Any) -> Any:
    """The eccentric anomaly, by Newton's method."""
    E = M
    while True:
        step = (E - e * np.sin(E) - M) / (1.0 - e * np.cos(E))
        E = E - step
        if abs(step) < 1e-13:
            return E


@numba.njit
def chain(x: Any, a: Any) -> Any:
    s = 0.0
    for i in range(x.size - 1):
        if x[i] > 90.0:
            raise ValueError("too large")
        s += a * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


@numba.njit
def table(A: Any, scale: Any = 2.0) -> Any:
    s = 0.0
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            s += scale * (i + 1) * np.exp(A[i, j]) * (j + 2)
    return s


gradient = jt.native.grad(chain)
both = jt.native.value_and_grad(chain)


def chain_gradient(x: Any, a: float) -> Any:
    """By hand."""
    d = x[1:] - x[:-1] ** 2
    g = np.zeros_like(x)
    g[:-1] = -4.0 * a * d * x[:-1] - 2.0 * (1.0 - x[:-1])
    g[1:] += 2.0 * a * d
    return g


def point(n: int = 50, k: int = 0) -> Any:
    return 0.5 + 0.3 * np.sin(1.7 * np.arange(n) + 0.3 + 0.01 * k)


@numba.njit
def descend(x: Any, a: Any, steps: Any) -> Any:
    v = 0.0
    for _ in range(steps):
        v, g = both(x, a)
        x = x - 1e-3 * g
    return v, x


@numba.njit(parallel=True)
def many(X: Any, a: Any) -> Any:
    out = np.empty_like(X)
    for i in numba.prange(X.shape[0]):
        out[i] = gradient(X[i], a)
    return out


def test_value_and_gradient_in_a_native_loop() -> None:
    x = point()
    v, got = descend(x, 3.0, 5)
    for _ in range(5):
        value, x = chain.py_func(x, 3.0), x - 1e-3 * chain_gradient(x, 3.0)
    np.testing.assert_allclose(got, x, rtol=1e-13)
    assert v == pytest.approx(value, rel=1e-13)


def test_scalars_and_several_arguments() -> None:
    e, M = 0.4, 1.3
    E, (de, dM) = jt.native.value_and_grad(kepler, argnums=(0, 1))(e, M)
    assert E - e * np.sin(E) == pytest.approx(M, abs=1e-13)
    assert de == pytest.approx(np.sin(E) / (1.0 - e * np.cos(E)), rel=1e-10)
    assert dM == pytest.approx(1.0 / (1.0 - e * np.cos(E)), rel=1e-10)
    assert jt.native.grad(kepler, argnums=-1)(e, M) == dM


@pytest.mark.parametrize("order", ["C", "F", "strided", "read only"])
def test_arrays_of_two_axes_and_any_layout(order: str) -> None:
    A = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
    expected = 2.0 * np.outer([1.0, 2.0, 3.0], [2.0, 3.0, 4.0, 5.0]) * np.exp(A)
    if order == "F":
        A = np.asfortranarray(A)
    elif order == "strided":
        A = np.repeat(np.repeat(A, 2, 0), 3, 1)[::2, ::3]
    elif order == "read only":
        A.flags.writeable = False
    g = jt.native.grad(table)
    np.testing.assert_allclose(g(A), expected, rtol=1e-14)  # the default of `scale`
    np.testing.assert_allclose(g(A, 1.0), expected / 2.0, rtol=1e-14)


def test_constant_results_have_gradients_of_zeros() -> None:
    @numba.njit
    def constant(x):  # type: ignore[no-untyped-def]
        return 3

    v, g = jt.native.value_and_grad(constant)(np.ones(4))
    assert v == 3.0 and g.tolist() == [0.0] * 4


def test_empty_arrays() -> None:
    assert gradient(np.empty(0), 1.0).shape == (0,)


def test_the_same_gradient_is_made_once() -> None:
    made = jt.native.grad(chain)
    assert jt.native.grad(chain) is made
    assert jt.native.grad(chain, argnums=(0,)) is not gradient


def test_kernels_that_a_sweep_finds_missing_are_compiled() -> None:
    from jittape.ops.layout import K_REVERSE, KINDS, SWITCH
    from jittape.sweep.engine import engine

    x = point()
    gradient(x, 2.0)
    kernels = engine(np.dtype(np.float64)).table
    kernels[SWITCH * KINDS + K_REVERSE] = 0
    np.testing.assert_allclose(gradient(x, 2.0), chain_gradient(x, 2.0), rtol=1e-13)
    assert kernels[SWITCH * KINDS + K_REVERSE] != 0


# --- an address for C -------------------------------------------------------------------------------------------------


def test_address_for_c() -> None:
    @numba.njit
    def f(x):  # type: ignore[no-untyped-def]
        if x[0] < 0.0:
            raise ValueError
        return np.sum(x**3)

    c = jt.native.c_gradient(f)
    call = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(c.address)
    x, g, value = np.array([1.0, 2.0, 3.0]), np.empty(3), np.empty(1)
    assert call(x.ctypes.data, 3, g.ctypes.data, value.ctypes.data) == 0
    assert value[0] == 36.0 and g.tolist() == [3.0, 12.0, 27.0]
    x[0] = -1.0
    assert call(x.ctypes.data, 3, g.ctypes.data, value.ctypes.data) == 1
    x[0] = 1.0
    assert call(x.ctypes.data, 3, g.ctypes.data, value.ctypes.data) == 0


# --- threads, memory --------------------------------------------------------------------------------------------------


def test_parallel_loop_over_points() -> None:
    X = np.stack([point(100, k) for k in range(300)])
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(min(4, numba.config.NUMBA_NUM_THREADS))
        got = many(X, 7.0)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_allclose(got, [chain_gradient(x, 7.0) for x in X], rtol=1e-12, atol=1e-12)


def test_four_threads_at_once() -> None:
    """Native gradients and the drivers of Python at the same time, tapes that grow among them."""
    driver = jt.grad(chain)
    points = [point(n, n) for n in (5, 50, 500, 5000)]
    expected = [chain_gradient(x, 2.0) for x in points]
    for x in points[:1]:
        gradient(x, 2.0), driver(x, 2.0)
    problems: list[str] = []
    counts = [0] * 4
    end = time.monotonic() + SECONDS

    def work(k: int) -> None:
        while time.monotonic() < end and not problems:
            i = (counts[k] + k) % 4
            for name, f in (("native", gradient), ("driver", driver)):
                g = f(points[i], 2.0)
                if not np.allclose(g, expected[i], rtol=1e-12, atol=1e-12):
                    problems.append(f"{name}, n = {len(g)}: off by {np.abs(g - expected[i]).max()}")
            counts[k] += 1

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not problems
    assert min(counts) > 10


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="resident memory is read from /proc")
@pytest.mark.parametrize("call", [gradient, jt.grad(chain)], ids=["native", "driver"])
def test_ten_thousand_calls_take_no_memory(call: Any) -> None:
    from jittape.native.recording import workspace

    x = point(400)
    for _ in range(300):
        call(x, 2.0)
    before, tapes = resident(), len(workspace._all)
    for _ in range(10_000):
        call(x, 2.0)
    assert resident() - before < 2_000_000  # one leaked array a call would be 32 MB
    assert len(workspace._all) == tapes


def test_idle_tapes_are_used_again() -> None:
    from jittape.native.recording import workspace

    x = point(3000)
    gradient(x, 2.0)
    known = set(workspace._all)
    lengths = sorted(w.tape.capacity for w in workspace._all.values())
    for _ in range(5):
        gradient(x, 2.0)
    assert set(workspace._all) == known
    assert sorted(w.tape.capacity for w in workspace._all.values()) == lengths  # long enough from the last time


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [gradient, jt.grad(chain)], ids=["native", "driver"])
def test_exceptions_pass_through_and_leave_tapes_clean(call: Any) -> None:
    from jittape.native.recording import workspace

    x, bad = point(300), point(300)
    bad[-2] = 100.0
    call(x, 2.0)
    tapes = len(workspace._all)
    for _ in range(20):
        with pytest.raises(ValueError, match="too large"):
            call(bad, 2.0)
    np.testing.assert_allclose(call(x, 2.0), chain_gradient(x, 2.0), rtol=1e-12)
    assert len(workspace._all) == tapes


@pytest.mark.parametrize("call", [gradient, jt.grad(chain)], ids=["native", "driver"])
def test_memory_limit(call: Any) -> None:
    """The same error whether a tape has to grow or was kept from before the limit; what is within it goes on."""
    small, long = point(100), point(60_000)
    call(small, 2.0)
    try:
        jt.set_memory_limit(2_000_000)
        for _ in range(3):
            with pytest.raises(TapeLimitError, match="set_memory_limit"):
                call(long, 2.0)
            np.testing.assert_allclose(call(small, 2.0), chain_gradient(small, 2.0), rtol=1e-12)
        jt.set_memory_limit(None)
        np.testing.assert_allclose(call(long, 2.0), chain_gradient(long, 2.0), rtol=1e-12)
        jt.set_memory_limit(2_000_000)
        with pytest.raises(TapeLimitError, match="set_memory_limit"):
            call(long, 2.0)
        np.testing.assert_allclose(call(small, 2.0), chain_gradient(small, 2.0), rtol=1e-12)
    finally:
        jt.set_memory_limit(None)


@pytest.mark.parametrize("call", [gradient, jt.grad(chain)], ids=["native", "driver"])
def test_the_memory_of_long_tapes_is_kept_and_given_back(call: Any) -> None:
    """A tape that is too long to stand idle is dropped altogether; the next one takes its memory, until that is cleared."""
    from jittape.native.recording import recording, workspace
    from jittape.sweep.point.idle import IDLE, LARGEST
    from jittape.tape.memory import idle_bytes

    x, small = point(LARGEST // 7), point(100)
    expected = chain_gradient(x, 2.0)
    call(small, 2.0)
    for _ in range(3):
        np.testing.assert_allclose(call(x, 2.0), expected, rtol=1e-12)
        assert idle_bytes() > 20 * LARGEST
        assert all(own.tape.capacity <= LARGEST for own in workspace._all.values())
        assert all(not isinstance(own, workspace.Workspace) or address in workspace._all for address, own in recording._tapes.items())
        np.testing.assert_allclose(call(small, 2.0), chain_gradient(small, 2.0), rtol=1e-12)
    jt.clear_memory()
    assert not idle_bytes() and not workspace.table[:IDLE].any()
    np.testing.assert_allclose(call(small, 2.0), chain_gradient(small, 2.0), rtol=1e-12)
    np.testing.assert_allclose(call(x, 2.0), expected, rtol=1e-12)


@pytest.mark.parametrize(("call", "n"), [(gradient, 200_000), (jt.grad(chain), 500_000)], ids=["native", "driver"])
def test_no_memory(call: Any, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system refuses: a clear error, nothing is compiled without memory, and everything works afterwards."""
    from numba.core.dispatcher import Dispatcher

    from jittape.tape import arrays

    def refuse(n: int, dtype: Any) -> Any:
        if n < 3 * len(x):  # there is room for the argument
            return np.empty(n, dtype)
        raise MemoryError

    def compiles(*args: Any) -> Any:
        raise AssertionError("compiled without memory")

    x = point(n)  # longer than what tapes that are kept have room for
    call(x[:100], 2.0)
    with monkeypatch.context() as patch:
        patch.setattr(arrays, "kept", refuse)
        patch.setattr(Dispatcher, "compile", compiles)
        with pytest.raises(TapeLimitError, match="no memory"):
            call(x, 2.0)
    np.testing.assert_allclose(call(x, 2.0), chain_gradient(x, 2.0), rtol=1e-12)


def test_arguments_and_results_that_have_no_gradient() -> None:
    @numba.njit
    def doubled(x):  # type: ignore[no-untyped-def]
        return 2.0 * x

    x = point()
    for call, message in (
        (lambda: gradient(np.arange(5), 1.0), r"x\.astype\(np\.float64\)"),
        (lambda: gradient(3, 1.0), "not int64"),
        (lambda: jt.native.grad(doubled)(x), "returns one number; doubled returned array"),
    ):
        with pytest.raises((numba.TypingError, RecordingError), match=message):
            call()
    with pytest.raises(TypeError, match="numba.njit"):
        jt.native.grad(lambda x: x)
    with pytest.raises(GradientError, match="has 2"):
        jt.native.grad(chain, argnums=2)

    @numba.njit
    def starred(*x):  # type: ignore[no-untyped-def]
        return x[0]

    with pytest.raises(GradientError, match=r"\*args"):
        jt.native.grad(starred)


@pytest.mark.parametrize(("call", "n"), [(gradient, 200_000), (jt.grad(chain), 500_000)], ids=["native", "driver"])
@pytest.mark.parametrize("refused", ["values", "lists"])
def test_native_code_knows_where_arrays_are_though_one_could_not_grow(call: Any, n: int, refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instructions had moved when there was no memory for values: what was appended then went into memory that was given back."""
    from jittape.native.recording.recording import Recording
    from jittape.ops.layout import C_ARG0, C_ARG1, C_META, C_OPCODE, C_VALUE
    from jittape.tape import arrays

    grow, lists, kept, looked = Recording.grow, Recording.lists, arrays.kept, []

    def refuse(size: int, dtype: Any, *more: Any) -> Any:
        if np.dtype(dtype).kind == "f" and size > 3 * n:  # not yet for the arguments
            raise MemoryError
        return kept(size, dtype, *more)

    def no_lists(self: Any) -> None:
        lists(self)
        if self.tape.count > 1000:
            raise MemoryError

    def watched(self: Any) -> None:
        grow(self)
        tape, c = self.tape, self.tape.control
        found = [int(c[k]) for k in (C_OPCODE, C_ARG0, C_ARG1, C_VALUE, C_META)]
        looked.append(found == [*(a.ctypes.data for a in (tape.opcode, tape.arg0, tape.arg1, tape.value)), tape.meta.buffer_info()[0]])

    x = point(n)
    jt.clear_memory()
    with monkeypatch.context() as patch:
        patch.setattr(Recording, "grow", watched)
        if refused == "values":
            patch.setattr(arrays, "kept", refuse)
        else:
            patch.setattr(Recording, "lists", no_lists)
        with pytest.raises((TapeLimitError, MemoryError)):
            call(x, 2.0)
    assert looked and all(looked)
    np.testing.assert_allclose(call(x, 2.0), chain_gradient(x, 2.0), rtol=1e-12)
