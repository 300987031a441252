"""The interpreter ends with live tapes, threads, compilations, pullbacks, graphs and destructors: exit code 0, and not a word.

Children are forked from a process that has compiled what is needed, and end as programs do (SystemExit up to the top, Python's whole finalization). One in
each case is a program of its own.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np
from long_run import Fault
from memory_target import waited

import jittape as jt

CHILDREN = 12
QUICK = {"CHILDREN": 4}
KEPT: list[Any] = []
"""What is alive when the interpreter ends."""


def f(x: Any) -> Any:
    return np.sum(np.sin(x) * x) if x[0] > 0 else np.sum(x * x)


def loop(x: Any) -> Any:
    s = x[0]
    for i in range(300):
        s = s * 0.99 + np.sin(x[i % 3] * s)
    return s


@numba.njit
def native(x: Any) -> Any:
    s = 0.0
    for i in range(x.size):
        s += x[i] ** 3
    return s


def recorded() -> None:
    F = jt.record(f, np.ones(3))
    F.grad(-np.ones(3))
    KEPT.extend([F, F.tape, F.vjp(np.ones(3)), F.batch_grad(np.ones((50, 3)), threads=2)])


def circle() -> None:
    F = jt.record(f, np.ones(3))
    here: dict[str, Any] = {"F": F}
    here["here"] = here
    f.here = here  # type: ignore[attr-defined]


def background() -> None:
    """A loop that is compiled in the background when the interpreter ends."""
    F = jt.record(loop, np.ones(3))
    end = time.monotonic() + 0.7
    while time.monotonic() < end:
        F.grad(np.ones(3))
    KEPT.append(F)


def daemons() -> None:
    """Threads that go on recording and replaying until they are no more."""
    F = jt.record(f, np.ones(3))

    def work() -> None:
        while True:
            F.grad(np.ones(3))
            F.batch_grad(np.ones((200, 3)), threads=2)
            jt.grad(f)(np.ones(3))
            x = jt.tensor([1.0, 2.0], requires_grad=True)
            (x * x).sum().backward()

    for _ in range(2):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.02)


def workers() -> None:
    def work() -> None:
        for _ in range(50):
            jt.grad(f)(np.ones(3))

    KEPT.append(threading.Thread(target=work))
    KEPT[-1].start()


def within() -> None:
    """The program ends in the middle of a recording."""

    def ends(x: Any) -> Any:
        y = np.sin(x) * 2.0
        KEPT.append(y)
        raise SystemExit(0)

    KEPT.append(ends)
    jt.record(ends, np.ones(3))


def tensors() -> None:
    x = jt.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: KEPT.append(g))
    y = (x * x).sum()
    (g,) = jt.autograd.grad(y, x, create_graph=True)
    KEPT.extend([x, y, g, jt.nn.Linear(3, 3), jt.optim.Adam([x])])


def natives() -> None:
    F = jt.record(f, np.ones(3))
    KEPT.extend([jt.grad(native)(np.ones(4)), jt.native.grad(native), jt.native.grad(F), F])


def at_exit() -> None:
    """What is registered with atexit, or finalizes, may differentiate."""
    x = np.ones(3)
    atexit.register(lambda: jt.grad(f)(x))

    class Kept:
        pass

    KEPT.append(Kept())
    weakref.finalize(KEPT[-1], lambda: jt.grad(f)(x))


def destructors() -> None:
    class Last:
        F, x = jt.record(f, np.ones(3)), np.ones(3)

        def __del__(self) -> None:
            try:
                self.F.grad(self.x)
            except Exception:  # Python has taken modules apart by then, NumPy's and ours
                pass

    KEPT.append(Last())


WAYS: list[Callable[[], None]] = [recorded, circle, background, daemons, workers, within, tensors, natives, at_exit, destructors]
UNIQUE = "terminate called without an active exception\n"
"""What is said where a daemon thread is in np.unique when the interpreter ends: NumPy's C++ is unwound, which that code does not allow."""
PROGRAM = """
import sys, threading, numpy as np, jittape as jt
def f(x): return np.sum(np.sin(x) * x) if x[0] > 0 else np.sum(x * x)
F = jt.record(f, np.ones(3)); F.grad(-np.ones(3)); v, pull = F.vjp(np.ones(3))
t = jt.tensor([1.0, 2.0], requires_grad=True); u = (t * t).sum()
def work():
    while True: F.grad(np.ones(3)); jt.grad(f)(np.ones(3))
threading.Thread(target=work, daemon=True).start()
F.batch_grad(np.ones((100, 3)))
"""


@cache
def prepared() -> None:
    for way in (recorded, tensors, natives):
        way()
    jt.record(loop, np.ones(3)).grad(np.ones(3))
    KEPT.clear()


def case(seed: int) -> Counter[str]:
    prepared()
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    for _ in range(CHILDREN):
        ways = [WAYS[int(k)] for k in rng.choice(len(WAYS), size=int(rng.integers(1, 4)), replace=False)]
        ways.sort(key=lambda way: way is within)
        said = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(said[0])
            os.dup2(said[1], 2)
            os.close(said[1])
            for way in ways:
                way()
            raise SystemExit(0)
        os.close(said[1])
        code = waited(pid, 120.0)
        with os.fdopen(said[0], "rb") as words:
            text = words.read().decode(errors="replace")
        if text == UNIQUE and daemons in ways:
            counts["exits, ended by np.unique in a daemon"] += 1
        elif code or text:
            raise Fault(f"an interpreter with {[way.__name__ for way in ways]} ended with {code} and said {text[-3000:]!r}")
        counts["exits"] += 1
        counts.update(f"exits, {way.__name__}" for way in ways)
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=600)
    if done.returncode or done.stderr:
        raise Fault(f"a program ended with {done.returncode} and said {done.stderr[-3000:]!r}")
    counts["exits, a program of its own"] += 1
    return counts
