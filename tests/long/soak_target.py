"""Recorded, replayed and dropped, a thousand times a case, in one process: memory stays as it is.

Functions of one and of several paths, gradients, tensors, pullbacks, batches, loaded functions. Resident memory is looked at after each case: it must not be more than
it was after the first ten by 24 MB, which is 25 bytes for each of a million cycles.
"""

from __future__ import annotations

import gc
from collections import Counter
from typing import Any

import numpy as np
from long_run import Fault, resident
from programs_target import agree

import jittape as jt
from jittape.replay import saving

CYCLES = 1000
QUICK = {"CYCLES": 100}
FIRST, MOST = 10, 24_000_000
begun: list[int] = []
"""Resident memory after each of the first cases of this process."""


def f(x: Any, c: float) -> Any:
    y = np.sin(x) * c + x
    return np.sum(y * y) if x[0] > 0 else np.sum(y[:2] * x[1])


def cycle(k: int, x: Any) -> None:
    c = 1.0 + 0.001 * (k % 1000)
    F = jt.record(lambda y: f(y, c), x)
    g = F.grad(x)
    if k % 10 == 0:
        agree(g, 2.0 * (np.sin(x) * c + x) * (np.cos(x) * c + 1.0), 1e-10, "gradient")
    if k % 4 == 0:
        F.grad(-x)
    if k % 20 == 0:
        y = jt.tensor(x, requires_grad=True)
        (y.sin() * c + y).pow(2).sum().backward()
        agree(y.grad.numpy(), g, 1e-10, "gradient of a tensor")
    if k % 40 == 1:
        agree(jt.grad(lambda y: f(y, c))(x), g, 1e-10, "gradient by a new recording")
    if k % 50 == 2:
        agree(F.vjp(x)[1](1.0)[0], g, 1e-10, "pullback")
    if k % 50 == 3:
        agree(saving.from_bytes(saving.to_bytes(F)).grad(x), g, 1e-12, "a loaded function")
    if k % 100 == 4:
        F.batch_grad(np.stack([x] * 20), threads=1)
    if k % 250 == 5:
        F.hessian(x)


def case(seed: int) -> Counter[str]:
    rng = np.random.default_rng(seed)
    for k in range(CYCLES):
        cycle(k, np.abs(rng.normal(size=3 + k % 5)) + 0.1)
    gc.collect()
    now = resident()
    if len(begun) < FIRST:
        begun.append(now)
    elif now > max(begun) + MOST:
        raise Fault(f"memory grew from {max(begun) / 1e6:.1f} to {now / 1e6:.1f} MB")
    return Counter({"recorded, replayed and dropped": CYCLES, "now: MB in memory": round(now / 1e6), "now: MB after the first cases": round(max(begun) / 1e6)})
