"""XAD's Python bindings: a scalar tape, recorded anew at each call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xad.adj_1st as xadj

from bench.common import Contender
from bench.problems import rosenbrock_loop

DISTRIBUTION = "xad"


def start() -> None:
    pass


def w1(x: Any) -> Iterator[Contender]:
    def make() -> Any:
        def call() -> Any:
            with xadj.Tape() as tape:
                v = [xadj.Real(value) for value in x.tolist()]
                tape.registerInputs(v)
                tape.newRecording()
                out = rosenbrock_loop(v)
                tape.registerOutput(out)
                out.setDerivative(1.0)
                tape.computeAdjoints()
                return np.array([r.getDerivative() for r in v])

        return call

    yield Contender("XAD, Python loop, recorded anew", make)


def chain(count: int, recorded: bool) -> float:
    import time

    with xadj.Tape() as tape:
        y, a, b = xadj.Real(1.0), xadj.Real(0.999), xadj.Real(0.001)
        tape.registerInputs([y, a, b])
        tape.newRecording()
        if not recorded:
            a, b = 0.999, 0.001
        start = time.perf_counter()
        for _ in range(count // 2):
            y = y * a + b
        return time.perf_counter() - start
