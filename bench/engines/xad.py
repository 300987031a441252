"""XAD's Python bindings: a scalar tape, recorded anew at each call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xad.adj_1st as xadj
import xad.math

from bench.common import Contender, Recorder
from bench.problems import A, B, kepler_loop, rosenbrock_loop

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


def w2(z: Any) -> Iterator[Contender]:
    def make() -> Any:
        def call() -> Any:
            with xadj.Tape() as tape:
                v = [[xadj.Real(value) for value in row] for row in z.tolist()]
                for row in v:
                    tape.registerInputs(row)
                tape.newRecording()
                out = kepler_loop(v, xad.math.sin, xad.math.cos)
                tape.registerOutput(out)
                out.setDerivative(1.0)
                tape.computeAdjoints()
                return np.array([[r.getDerivative() for r in row] for row in v])

        return call

    yield Contender("XAD, Python loop, recorded anew", make)


def w6() -> Iterator[Recorder]:
    def record(run: Any) -> float:
        with xadj.Tape() as tape:
            y, a, b = (xadj.Real(v) for v in (1.0, A, B))
            tape.registerInputs([y, a, b])
            tape.newRecording()
            out = run(y, a, b, xad.math.sin)
            tape.registerOutput(out)
            out.setDerivative(1.0)
            tape.computeAdjoints()
            return float(y.getDerivative())

    yield Recorder("XAD", record)


COLD = {
    "XAD": """
import xad.adj_1st as xadj
with xadj.Tape() as tape:
    v = [xadj.Real(value) for value in X]
    tape.registerInputs(v)
    tape.newRecording()
    s = 0.0
    for i in range(9):
        s = s + 100.0 * (v[i + 1] - v[i] ** 2) ** 2 + (1.0 - v[i]) ** 2
    tape.registerOutput(s)
    s.setDerivative(1.0)
    tape.computeAdjoints()
    g = [r.getDerivative() for r in v]
"""
}
