"""Recorded functions in native code: their handles in loops, in threads and in prange, while other functions are made and freed.

Each case records functions with branches, compiles native loops over points for them, runs these in four threads at once and by prange, meets branches for
the first time there, and lets go of functions, batches, replays and memory meanwhile. All gradients are compared with those of a new recording, bit by bit
where the path is the same.
"""

from __future__ import annotations

import gc
import threading
from collections import Counter
from typing import Any

import numba
import numpy as np
from drawn_functions import Drawn
from long_run import Fault
from programs_target import agree

import jittape as jt

THREADS, ROUNDS = 4, 6
QUICK = {"ROUNDS": 2}


def loops(g: Any, parallel: bool) -> tuple[Any, Any]:
    """Native loops over points, one after the other and side by side; Numba takes long to compile the second."""
    @numba.njit(nogil=True)
    def one(X: Any) -> Any:
        v, G = np.empty(len(X)), np.empty_like(X)
        for k in range(len(X)):
            v[k], G[k] = g(X[k])
        return v, G

    if not parallel:
        return one, one

    @numba.njit(parallel=True)
    def several(X: Any) -> Any:
        v, G = np.empty(len(X)), np.empty_like(X)
        for k in numba.prange(len(X)):
            v[k], _ = g(X[k], G[k])
        return v, G

    return one, several


def scalar(seed: int) -> Drawn:
    """A drawn function that returns a number and can be recorded in native code's terms."""
    f = Drawn(seed)
    f.result = "sum"
    f.steps = [step for step in f.steps if step[0] != "spread"] or [("branch", 0.0)]  # eigenvalues are called by way of Python
    return f


def case(seed: int) -> Counter[str]:
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    made = []
    for k in range(2):
        f = scalar(1000 * seed + k)
        F = jt.record(f, rng.normal(size=f.n))
        made.append((f, F, *loops(jt.native.value_and_grad(F), parallel=seed % 3 == 0)))
    faults: list[BaseException] = []
    points = [rng.normal(size=(int(rng.integers(1, 60)), f.n)) for f, *_ in made]

    def checked(f: Drawn, X: Any, v: Any, G: Any, F: Any) -> None:
        for k in range(0, len(X), 7):
            try:
                agree(G[k], F.grad(X[k]), 1e-12, f"gradient of {f} at {X[k].tolist()} in native code")
                agree(v[k], F(X[k]), 1e-12, f"value of {f} at {X[k].tolist()} in native code")
                agree(G[k], jt.grad(f)(X[k]), 1e-9, f"gradient of {f} at {X[k].tolist()} in native code, and by a new recording")
            except Fault:
                g = jt.grad(f)(X[k])
                if all(np.allclose(jt.grad(f)(X[k] + 1e-12 * d), g, rtol=1e-6, atol=1e-6) for d in np.random.default_rng(5).normal(size=(8, f.n))):
                    raise
                counts["decided by rounding"] += 1
        counts["gradients in native code"] += len(X)

    def work(k: int) -> None:
        try:
            for turn in range(ROUNDS):
                i = (k + turn) % len(made)
                f, F, one, several = made[i]
                X = points[i] if turn % 2 else np.random.default_rng([seed, k, turn]).normal(size=(20, f.n))
                checked(f, X, *(one(X) if (k + turn) % 3 else several(X) if k == 0 else one(X)), F)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(THREADS)]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):  # meanwhile, others come and go
        f = scalar(int(rng.integers(10**6)))
        F = jt.record(f, rng.normal(size=f.n))
        g = jt.native.grad(F)
        del g, F
        made[0][1].batch_grad(points[0])
        if rng.random() < 0.2:
            jt.clear_memory()
            gc.collect()
        counts["functions freed meanwhile"] += 1
        for t in threads:
            t.join(0.01)
    if faults:
        raise faults[0]
    for i, (f, F, one, several) in enumerate(made):
        X = points[i]
        alone, beside = one(X), several(X)
        agree(alone[1], beside[1], 0.0, f"gradients of {f}, one after the other and side by side")
        checked(f, X, *alone, F)
        counts["paths"] += len(F.paths)
    native = [one for *_, one, _ in made]
    X = points[0].copy()
    before = native[0](X)
    made.clear()  # the compiled loops hold on to what they call
    gc.collect()
    jt.clear_memory()
    agree(native[0](X)[1], before[1], 0.0, "gradients after the recorded functions were let go of")
    counts["functions"] += 2
    return counts
