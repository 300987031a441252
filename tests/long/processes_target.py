"""multiprocessing by fork, spawn and forkserver, before, during and after use, while other threads record, replay and compile."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from typing import Any

import numpy as np
from drawn_functions import Drawn, point
from long_run import Fault
from programs_target import agree

import jittape as jt

POOLS = 3
QUICK = {"POOLS": 1}


def asked(F: Any, f: Drawn, x: Any) -> Any:
    """In a child: the value of the recorded function that came, and of a new recording."""
    return F(x), jt.record(f, x)(x), jt.grad(lambda y: np.sum(np.sin(y) * y))(x)


def case(seed: int) -> Counter[str]:
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    f = Drawn(seed)
    f.result = "vector"
    F = jt.record(f, point(rng, f.n))
    stop, faults = threading.Event(), []

    def work(k: int) -> None:
        """Other functions come, are replayed, compiled and go, while the process forks."""
        own = np.random.default_rng([seed, k])
        try:
            while not stop.is_set():
                g = Drawn(int(own.integers(10**6)))
                x = own.normal(size=g.n)
                G = jt.record(g, x)
                G(x)
                if own.random() < 0.1:
                    G.compile()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for t in threads:
        t.start()
    try:
        for turn in range(POOLS):
            way = "fork" if turn or seed % 5 else str(rng.choice(["spawn", "forkserver"]))
            points = [rng.normal(size=f.n) for _ in range(4)]
            with multiprocessing.get_context(way).Pool(2) as pool:
                found = pool.starmap_async(asked, [(F, f, x) for x in points]).get(timeout=900.0)
            for x, (replayed, again, g) in zip(points, found, strict=True):
                agree(replayed, F(x), 1e-12, f"value of {f} in a child ({way})")
                agree(again, F(x), 1e-12, f"value of {f}, recorded in a child ({way})")
                agree(g, np.cos(x) * x + np.sin(x), 1e-12, "gradient in a child")
            counts[f"children by {way}"] += 2
    except multiprocessing.TimeoutError:
        raise Fault("children hang") from None
    finally:
        stop.set()
        for t in threads:
            t.join()
    if faults:
        raise faults[0]
    return counts
