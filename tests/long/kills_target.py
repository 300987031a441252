"""kill -9 while functions are saved and while compiled code is written: a file is the old one or the new one, and the next process is right.

Children are forked from a process that has compiled what is needed. One saves two functions over the same file in turn; one compiles kernels into an empty
cache. Each is killed after 0 to some ten milliseconds. Then the file must be one of both functions, to the last bit of its values, and every file of the cache whole.
"""

from __future__ import annotations

import hashlib
import os
import signal
import tempfile
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from drawn_functions import Drawn, point
from long_run import Fault
from memory_target import forked
from numba import types

import jittape as jt
from jittape.compiler import jit
from jittape.ops._generated import kernels
from jittape.replay import saving

SAVES, WRITES = 40, 10
"""Kills in a case, of each kind."""
QUICK = {"SAVES": 5, "WRITES": 2}
OPERATIONS = ("neg", "abs", "add", "mul", "sub", "div", "maximum", "minimum", "square", "sqrt")


@cache
def compiled() -> None:
    """Numba's own first steps, which children inherit."""
    jt.grad(lambda x: np.sum(x * x))(np.ones(3))
    os.environ["JITTAPE_CACHE"] = "0"
    compile_kernel("pos")
    del os.environ["JITTAPE_CACHE"]


def compile_kernel(name: str) -> Any:
    real = types.float64
    fn = getattr(kernels, f"{name}_forward")
    return jit.callback(fn, types.void(*(types.CPointer(real),) * 4, types.int64))


def killed(work: Any, seconds: float) -> None:
    """A forked child that works until it is killed."""
    pid = os.fork()
    if not pid:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def saves(seed: int, counts: Counter[str]) -> None:
    rng = np.random.default_rng(seed)
    made = []
    for k in range(2):
        f = Drawn(10 * seed + k)
        F = jt.record(f, point(rng, f.n))
        for _ in range(int(rng.integers(0, 8))):
            F(point(rng, f.n))
        made.append(F)
    expected = [saving.to_bytes(F) for F in made]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.tape"
        made[0].save(path)

        def work() -> None:
            for k in range(10_000):
                made[k % 2].save(path)

        for _ in range(SAVES):
            killed(work, float(rng.uniform(0.0, 0.012)))
            content = path.read_bytes()
            if content not in expected:
                raise Fault(f"a file of {len(content)} bytes is none of both, of {[len(e) for e in expected]}")
            jt.load(path)
            counts["killed while a function was saved"] += 1
            counts["of them the new one was there"] += content == expected[1]
        left = [p for p in Path(folder).iterdir() if p != path]
        counts["temporary files left behind"] += len(left)
        made[1].save(path)
        if path.read_bytes() != expected[1]:
            raise Fault("the next save did not work")


def digest_fits(path: Path) -> bool:
    content = path.read_bytes()
    return hashlib.sha256(path.name.encode() + content[32:]).digest() == content[:32]


def writes(seed: int, counts: Counter[str]) -> None:
    rng = np.random.default_rng(seed)
    before = os.environ.get("JITTAPE_CACHE_DIR")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JITTAPE_CACHE_DIR"] = folder
        try:
            for _ in range(WRITES):
                names = [str(name) for name in rng.permutation(OPERATIONS)]

                def work(names: list[str] = names) -> None:
                    for name in names:
                        compile_kernel(name)

                killed(work, float(rng.uniform(0.0, 0.15)))
                files = list(Path(folder).rglob("*.code"))
                torn = [p.name for p in files if not digest_fits(p)]
                if torn:
                    raise Fault(f"files of the cache are torn: {torn}")
                counts["killed while compiled code was written"] += 1
                counts["whole files of compiled code afterwards"] += len(files)
            counts["temporary files of the cache left behind"] += sum(1 for _ in Path(folder).rglob("*.tmp"))

            def used() -> int:
                for name in OPERATIONS:
                    compile_kernel(name)
                return jit.announcer.loaded

            _, code, said = forked(used, 120.0)
            if code:
                raise Fault(f"the next process ended with {code}: {said}")
        finally:
            os.environ.pop("JITTAPE_CACHE_DIR")
            if before is not None:
                os.environ["JITTAPE_CACHE_DIR"] = before


def case(seed: int) -> Counter[str]:
    compiled()
    counts: Counter[str] = Counter()
    saves(seed, counts)
    writes(seed, counts)
    return counts
