"""Memory that runs out: the address space of a child is limited by a random size; each thing that does not fit raises, and the next call works.

Children are forked from a process that has compiled what is needed. In a child the limit (RLIMIT_AS) is set to what it has and 0 to 300 MB more, and recordings, replays,
batches, Hessians, tensors, native gradients and files of growing sizes are asked for until one raises a MemoryError (TapeLimitError is one); small ones must work at once
afterwards, under the limit, and everything once it is gone. A child that dies, hangs or gives a wrong number is a fault.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from functools import cache
from typing import Any

import numba
import numpy as np
from long_run import Fault, processor_time
from programs_target import agree

import jittape as jt

CHILDREN = 6
QUICK = {"CHILDREN": 1}
SECONDS = 120.0
"""How long a child may take."""
UNLIMITED = resource.RLIM_INFINITY


@numba.njit
def chain(x: Any) -> Any:
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


def f(x: Any) -> Any:
    return np.sum(np.sin(x) * x + np.exp(-x * x))


def slope(x: Any) -> Any:
    return np.cos(x) * x + np.sin(x) - 2.0 * x * np.exp(-x * x)


@cache
def prepared() -> dict[str, Any]:
    """What is asked for, by names: functions of a size. All that they need is compiled."""
    native, within = jt.grad(chain), jt.native.grad(chain)
    F = jt.record(f, np.ones(7))

    def x_of(n: int) -> Any:
        return np.linspace(-1.0, 1.0, n)

    def gradient(n: int) -> None:
        x = x_of(n)
        agree(jt.grad(f)(x), slope(x), 1e-9, "gradient")

    def recorded(n: int) -> None:
        x = x_of(n)
        G = jt.record(f, x)
        agree(G.grad(0.5 * x), slope(0.5 * x), 1e-9, "replay")

    def batch(n: int) -> None:
        X = x_of(7 * (n // 7 + 1)).reshape(-1, 7)
        agree(F.batch_grad(X, threads=1), slope(X), 1e-9, "batch")

    def hessian(n: int) -> None:
        x = x_of(min(int(n**0.5) + 1, 3000))
        H = jt.record(f, x).hessian(x)
        if np.count_nonzero(H - np.diag(np.diag(H))):
            raise Fault("a Hessian has entries that are none")

    def tensors(n: int) -> None:
        x = jt.tensor(x_of(n), requires_grad=True)
        (x.sin() * x + (-x * x).exp()).sum().backward()
        agree(x.grad.numpy(), slope(x_of(n)), 1e-9, "gradient of a tensor")

    def loops(n: int) -> None:
        x = x_of(n)
        d = x[1:] - x[:-1] ** 2
        g = np.zeros_like(x)
        g[:-1] = -400.0 * d * x[:-1] - 2.0 * (1.0 - x[:-1])
        g[1:] += 200.0 * d
        agree(native(x), g, 1e-9, "native gradient")
        agree(within(x), g, 1e-9, "native gradient")

    def scalars(n: int) -> None:
        m = min(n, 20_000)
        x = x_of(m)
        agree(jt.grad(lambda y: sum(y[i] * y[i] for i in range(m)))(x), 2.0 * x, 1e-9, "gradient of a loop")

    def pickled(n: int) -> None:
        x = x_of(n)
        G = pickle.loads(pickle.dumps(jt.record(f, x)))
        agree(G.grad(x), slope(x), 1e-9, "a pickled function")

    tried = {"gradient": gradient, "recorded": recorded, "batch": batch, "hessian": hessian, "tensors": tensors, "loops": loops, "scalars": scalars, "pickled": pickled}
    for ask in tried.values():
        for n in (50, 5_000, 100_000):
            ask(n)
    gc.collect()
    jt.clear_memory()
    return tried


def address_space() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def child(seed: int) -> dict[str, int]:
    rng = np.random.default_rng(seed)
    tried = prepared()
    counts: Counter[str] = Counter()
    names = list(tried)
    for _ in range(4):
        room = int(np.exp(rng.uniform(np.log(2e5), np.log(3e8))))
        resource.setrlimit(resource.RLIMIT_AS, (address_space() + room, UNLIMITED))
        n = int(rng.integers(1_000, 50_000))
        name = str(rng.choice(names))
        failed = ""
        for _ in range(9):
            try:
                tried[name](n)
            except MemoryError as error:
                failed = type(error).__name__
                del error
                break
            n *= 3
        if failed:
            counts[f"{name}: {failed}"] += 1
            gc.collect()
            resource.setrlimit(resource.RLIMIT_AS, (address_space() + 100_000_000, UNLIMITED))
            for other in names:
                tried[other](50)
            counts["small calls right after it"] += len(names)
        else:
            counts[f"{name}: there was room"] += 1
        resource.setrlimit(resource.RLIMIT_AS, (UNLIMITED, UNLIMITED))
        for other in names:
            tried[other](3_000)
        counts["calls without a limit afterwards"] += len(names)
    return dict(counts)


def case(seed: int) -> Counter[str]:
    prepared()
    counts: Counter[str] = Counter()
    for k in range(CHILDREN):
        found, code, said = forked(lambda k=k: child(CHILDREN * seed + k), SECONDS)
        if code or found is None:
            raise Fault(f"child {CHILDREN * seed + k} ended with {code}: {said}")
        counts.update(found)
    return counts


def forked(f: Any, seconds: float) -> tuple[Any, int, str]:
    """(what f returns in a forked child, its exit code, what it said on stderr)."""
    results, said = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            os.dup2(said[1], 2)
            os.close(results[0])
            with os.fdopen(results[1], "wb") as out:
                out.write(pickle.dumps(f()))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stderr.flush()
            os._exit(code)
    os.close(results[1])
    os.close(said[1])
    code = waited(pid, seconds)
    with os.fdopen(results[0], "rb") as source, os.fdopen(said[0], "rb") as words:
        data, text = source.read(), words.read().decode(errors="replace")[-3000:]
    return (pickle.loads(data) if data and not code else None), code, text


def waited(pid: int, seconds: float) -> int:
    """The exit code of a child, which is killed after so many seconds of processor time, or ten times as many of waiting."""
    end = time.monotonic() + 10 * seconds
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end or processor_time(pid) > seconds:
            os.kill(pid, signal.SIGKILL)
            end = float("inf")
        time.sleep(0.002)
