"""A step of a recurrent cell by a dozen instructions, for whole leaves and results: loops over cells record one a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.matrices import is_matrix, is_run, matrix
from jittape.eager.calls import recording_tape
from jittape.eager.operands import operand
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor, recorded
from jittape.instructions import matmul
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import BLOCK_REF, CONSTANT, INACTIVE, RUN_REF

Ref = tuple[int, int, int, int, int]


class _Step:
    """Appends the instructions of one step, over rows of width H.

    Attributes:
        n: rows.
        h: width.
    """

    def __init__(self, tape: EagerTape, n: int, h: int) -> None:
        self.tape, self.n, self.h = tape, n, h

    def run(self, op: int, width: int, *refs: Ref) -> int:
        """An operation over n rows of so many columns; its first slot."""
        return self.tape.append_run(op, self.n * width, [word for ref in refs for word in ref])

    def whole(self, base: int, width: int) -> Ref:
        return RUN_REF, base, 1, 1, self.n * width

    def columns(self, base: int, first: int, width: int, of: int) -> Ref:
        """Some columns of a matrix that has more."""
        return BLOCK_REF, base + first, of, 1, width

    def affine(self, x: Any, weight: Array, bias: Array | None) -> int:
        """x @ weight.T + bias."""
        rows, inner = weight.run[2]  # type: ignore[index]
        out = matmul.INSTRUCTION.append_read(self.tape, (1, self.n, inner, rows), matrix(self.tape, x), (weight.run[0], 0, 1, inner, 0))  # type: ignore[index]
        return out if bias is None else self.run(ops.ADD, rows, self.whole(out, rows), self.columns(bias.run[0], 0, rows, 0))  # type: ignore[index]

    def state(self, x: Any) -> Ref:
        """A part of the state as an operand."""
        if type(x) is Array:
            return self.whole(x.run[0], self.h)  # type: ignore[index]
        return RUN_REF | INACTIVE, self.tape.append_leaf(x, CONSTANT), 1, 1, x.size

    def lstm(self, x: int, through: int, h: Any, c: Any) -> tuple[int, ...]:
        w, run, columns, whole = self.h, self.run, self.columns, self.whole
        total = run(ops.ADD, 4 * w, whole(x, 4 * w), whole(through, 4 * w))
        gates = run(ops.SIGMOID, 2 * w, columns(total, 0, 2 * w, 4 * w))
        new = run(ops.TANH, w, columns(total, 2 * w, w, 4 * w))
        out = run(ops.SIGMOID, w, columns(total, 3 * w, w, 4 * w))
        kept = run(ops.MUL, w, columns(gates, w, w, 2 * w), self.state(c))
        added = run(ops.MUL, w, columns(gates, 0, w, 2 * w), whole(new, w))
        cell = run(ops.ADD, w, whole(kept, w), whole(added, w))
        return run(ops.MUL, w, whole(out, w), whole(run(ops.TANH, w, whole(cell, w)), w)), cell

    def gru(self, x: int, through: int, h: Any) -> tuple[int, ...]:
        w, run, columns, whole = self.h, self.run, self.columns, self.whole
        sums = run(ops.ADD, 2 * w, columns(x, 0, 2 * w, 3 * w), columns(through, 0, 2 * w, 3 * w))
        gates = run(ops.SIGMOID, 2 * w, whole(sums, 2 * w))
        reset = run(ops.MUL, w, columns(gates, 0, w, 2 * w), columns(through, 2 * w, w, 3 * w))
        new = run(ops.TANH, w, whole(run(ops.ADD, w, columns(x, 2 * w, w, 3 * w), whole(reset, w)), w))
        away = run(ops.SUB, w, self.state(h), whole(new, w))
        kept = run(ops.MUL, w, columns(gates, w, w, 2 * w), whole(away, w))
        return (run(ops.ADD, w, whole(new, w), whole(kept, w)),)

    def plain(self, op: int, x: int, through: int) -> tuple[int, ...]:
        w = self.h
        return (self.run(op, w, self.whole(self.run(ops.ADD, w, self.whole(x, w), self.whole(through, w)), w)),)


def cell(kind: str, x: Tensor, state: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None, b_hh: Tensor | None) -> tuple[Tensor, ...] | None:
    """The next state of a cell ("LSTM", "GRU", "RNN_TANH" or "RNN_RELU"), for matrices and whole leaves or results; None for anything else."""
    tape = recording_tape((w_ih, w_hh, x, *state))
    if tape is None:
        return None
    weights: list[Any] = [None if t is None else operand(tape, t) for t in (w_ih, w_hh, b_ih, b_hh)]
    given, parts = operand(tape, x), [operand(tape, s) for s in state]
    if not (is_matrix(given, tape) and given.ndim == 2 and all(w is None or is_run(w, ndim) for w, ndim in zip(weights, (2, 2, 1, 1), strict=True))):
        return None
    n, h = given.shape[0], w_hh.shape[1]
    fit = all(is_run(s, 2) or (type(s) is np.ndarray and s.dtype == tape.dtype) for s in parts)
    if not fit or n * h < 2 or h < 2 or any(s.shape != (n, h) for s in parts) or given.shape[1] != w_ih.shape[1]:
        return None
    step = _Step(tape, n, h)
    inputs, through = step.affine(given, weights[0], weights[2]), step.affine(parts[0], weights[1], weights[3])
    if kind == "LSTM":
        found = step.lstm(inputs, through, *parts)
    elif kind == "GRU":
        found = step.gru(inputs, through, *parts)
    else:
        found = step.plain(ops.TANH if kind == "RNN_TANH" else ops.RELU, inputs, through)
    return tuple(recorded(Array.of_run(tape, base, (n, h))) for base in found)
