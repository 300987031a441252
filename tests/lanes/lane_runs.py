"""Lanes over rows of points, as the tests of this folder run them, and the functions of which they make random programs."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array import append as recording
from jittape.array.array import Array
from jittape.instructions.references import run_slots
from jittape.lanes.lanes import Lanes
from jittape.ops.layout import INPUT
from jittape.ops.spec import Op
from jittape.tape.tape import Tape


def in_lanes(op: Op, P: np.ndarray, math: str) -> tuple[np.ndarray, np.ndarray]:
    tape = Tape(P.dtype)
    slots = [tape.append_leaf(np.full(1, 0.5, P.dtype), INPUT) for _ in range(op.arity)]
    z = recording.apply(tape, op.code, [(run_slots(s, 1), False) for s in slots], (1,))
    tape.evaluate()
    Y, G, _ = run(Lanes(tape, slots, [z], math=math), P)
    return Y[:, 0], G[:, 0]


def run(lanes: Lanes, X: np.ndarray, gradients: bool = True) -> tuple[Any, Any, Any]:
    rows = len(X)
    Y = np.full((rows, len(lanes.program.outputs)), 7.0, lanes.dtype)
    G = np.full((rows, Y.shape[1], len(lanes.program.inputs)), 7.0, lanes.dtype) if gradients else None
    failures = np.full(rows, 9, np.int32)
    lanes.workspace().run(np.ascontiguousarray(X), Y, G, failures)
    return Y, G, failures


def of(F: Any, **options: Any) -> Lanes:
    inputs = [s for start, stop, _ in F._path.inputs for s in range(start, stop)]
    outputs = [int(s) for o in F._path.outputs if isinstance(o, Array) for s in o.slots.ravel()]
    return Lanes(F.tape, inputs, outputs, **options)

UNARY = [np.sin, np.tanh, np.negative, np.square, np.abs, lambda a: np.exp(-a * a), lambda a: np.log(1.5 + a * a), lambda a: a[::-1], np.cumsum, lambda a: np.where(a > 0.1, a, a * a)]  # fmt: skip
BINARY = [np.add, np.subtract, np.multiply, np.maximum, lambda a, b: a / (1.0 + b * b), lambda a, b: a * np.sum(b), lambda a, b: np.sum(np.outer(a, b), axis=0) / 7.0, lambda a, b: np.outer(a, b)[1] * b[0], lambda a, b: (np.outer(a, b) @ a) / 5.0, lambda a, b: a[np.array([1, 1, 0, 2])] - np.max(b), lambda a, b: np.linalg.solve(np.outer(np.tanh(a), np.tanh(a)) + 2.0 * np.eye(4), b)]  # fmt: skip
