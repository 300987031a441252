"""Taylor coefficients as instructions on the tape of an outer recording, so that they can be differentiated: the steps of `passes/series.py`
with recorded arrays. A coefficient that is zero for certain is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array, apply
from jittape.errors import GradientError
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import CONSTANT
from jittape.ops.series import (
    ACCUMULATE,
    ACCUMULATE_CONSTANT,
    ADD,
    COPY,
    DIV,
    DIVIDE,
    EXTREME,
    GATHER,
    MUL,
    NEG,
    NUMBER,
    POWER,
    PRODUCT,
    RUNNING,
    SCALE,
    SELECT,
    STORE,
    STORE_CONSTANT,
    SUB,
    SUMS,
    VALUE,
)
from jittape.ops.spec import by_code
from jittape.passes.series import Series

Coefficient = Any


def _plus(a: Coefficient, b: Coefficient, sign: float = 1.0) -> Coefficient:
    if b is None:
        return a
    if a is None:
        return b if sign > 0 else -b
    return a + b if sign > 0 else a - b


def _times(a: Coefficient, b: Coefficient) -> Coefficient:
    return None if a is None or b is None else a * b


def _product(a: Coefficient, b: Coefficient) -> Coefficient:
    """Zero where either factor is."""
    if a is None or b is None:
        return None
    if isinstance(a, Array) or isinstance(b, Array):
        return apply(ops.PRODUCT, a, b)
    return np.where((np.asarray(a) == 0) | (np.asarray(b) == 0), 0.0, a * b)


class Recorded:
    """Coefficients [directions or 1, n] of every block, recorded.

    Args:
        series: of the recording whose tape the outer one has.
        given: of each input its coefficients, recorded or plain: [directions, numbers] each, or None.
    """

    def __init__(self, series: Series, inputs: Sequence[Any], given: Sequence[Sequence[Coefficient]]) -> None:
        self.series, tape = series, series.tape
        if series.breaks:
            raise GradientError(
                "Taylor coefficients inside of a recorded function are for elementwise operations, sums, extremes and products of matrices: "
                "solve, det, cholesky and their kin have them outside of a recording only"
            )
        self.of_block: dict[int, list[Coefficient]] = {}
        self.slot_of: dict[int, tuple[int, int]] = dict(series.held)
        for first, (s, n) in self.slot_of.items():
            self.of_block[first] = [Array.of_run(tape, s, (n,)).reshape(1, n)] + [None] * series.order
        for slots, coefficients in zip(inputs, given, strict=True):
            flat = np.asarray(slots).reshape(-1)
            if flat.size:
                for k, c in enumerate(coefficients):
                    if k:
                        self.of_block[int(series.first[flat[0]])][k] = c
        for k in range(series.order + 1):
            for step in series.steps:
                if k <= step[6]:
                    self._step(k, *step)

    def _step(self, k: int, what: int, n: int, to: int, a: int, b: int, c: int, top: int, more: int) -> None:
        z = self.of_block.setdefault(to, [None] * (self.series.order + 1))
        if k == 0 and to in self.slot_of:
            return
        x: Any = self.of_block.get(a, ())
        y: Any = self.of_block.get(b, ())
        if what == VALUE:
            read = [self.of_block[i][0] for i in (a, b, c)[: by_code(more).arity]]
            if not any(isinstance(x, Array) for x in read):
                tape = self.series.tape
                read[0] = Array.of_run(tape, tape.append_leaf(np.asarray(read[0], float), CONSTANT), read[0].shape)
            found: Coefficient = apply(more, *read)
        elif what == NUMBER:
            found = np.full((1, n), self.series.numbers[more])
        elif what == COPY:
            found = x[k]
        elif what == NEG:
            found = None if x[k] is None else -x[k]
        elif what in (ADD, SUB):
            found = _plus(x[k], y[k], 1.0 if what == ADD else -1.0)
        elif what == MUL:
            found = None
            for j in range(k + 1):
                found = _plus(found, _times(x[j], y[k - j]))
        elif what == SCALE:
            found = _times(x[k], y[0])
        elif what in (DIV, DIVIDE):
            found = x[k]
            for j in range(1, k + 1 if what == DIV else 1):
                found = _plus(found, _times(y[j], z[k - j]), -1.0)
            found = None if found is None else found / y[0]
        elif what == SELECT:
            yes, no = y[k], self.of_block[c][k]
            found = None if yes is None and no is None else np.where(x[0] != 0, 0.0 if yes is None else yes, 0.0 if no is None else no)
        elif what in (STORE, ACCUMULATE):
            if k == 0:
                return
            found = z[k] if what == ACCUMULATE else None
            for j in range(1, k + 1):
                part = _product(x[j], y[k - j])
                found = _plus(found, None if part is None else part * (j / k))
        elif what in (STORE_CONSTANT, ACCUMULATE_CONSTANT):
            if k == 0:
                return
            found = _plus(z[k] if what == ACCUMULATE_CONSTANT else None, _product(x[k], y[0]))
        elif what == POWER:
            if k == 0:
                return
            found = self._power(k, x, y[0], z)
        else:
            found = self._structural(k, what, n, x, y, c, more)
        z[k] = found

    def _power(self, k: int, x: Any, r: Any, z: Any) -> Coefficient:
        """As the chain of partials, r (r - 1) ... of x**(r - j), which holds where x is zero, too: by partial Bell polynomials."""
        powers = [apply(ops.POWC, x[0], r - float(j)) for j in range(k + 1)]
        found, factor, rest = None, 1.0, self._bell(k, x)
        for j in range(1, k + 1):
            factor = factor * (r - (j - 1.0)) / j
            found = _plus(found, _product(rest[j], apply(ops.PRODUCT, factor, powers[j])))
        return found

    def _bell(self, k: int, x: Any) -> list[Coefficient]:
        """Coefficient k of (x - x_0)**j, for j = 0 to k."""
        order = k
        power: list[Coefficient] = [1.0] + [None] * order
        found: list[Coefficient] = [None]
        for _ in range(k):
            new: list[Coefficient] = [None] * (order + 1)
            for i in range(order + 1):
                for j in range(1, i + 1):
                    new[i] = _plus(new[i], _times(x[j], power[i - j]))
            power = new
            found.append(power[k])
        return found

    def _structural(self, k: int, what: int, n: int, x: Any, y: Any, c: int, more: int) -> Coefficient:
        series = self.series
        if what == GATHER:
            listed = np.concatenate([np.empty(0, np.int64), *series.gathered])[more : more + 3 * n].reshape(-1, 3)
            parts = [self.of_block[int(first)][k] for first in listed[:, 0]]
            if all(p is None for p in parts):
                return None
            if all(p is parts[0] for p in parts):
                return parts[0][:, listed[:, 2]]
            return np.concatenate(np.broadcast_arrays(*[np.zeros((1, 1)) if p is None else p[:, i : i + 1] for p, i in zip(parts, listed[:, 2], strict=True)]), axis=1)
        if what == PRODUCT:
            shape = np.concatenate(series.gathered)[more : more + 8]
            batch, m, inner, columns, sa, sb = (int(i) for i in shape[:6])
            found = None
            for j in range(k + 1):
                if x[j] is not None and y[k - j] is not None:
                    left = x[j].reshape(-1, batch if sa else 1, m, inner)
                    right = y[k - j].reshape(-1, batch if sb else 1, inner, columns)
                    found = _plus(found, np.matmul(left, right))
            return None if found is None else found.reshape(-1, n)
        if x[k] is None:
            return None
        rows = x[k].reshape(len(x[k]), -1, more)
        if what == SUMS:
            return np.sum(rows, axis=2)
        if what == RUNNING:
            return np.cumsum(rows, axis=2).reshape(len(x[k]), -1)
        assert what == EXTREME
        first = x[0].reshape(1, -1, more)
        best = np.max(first, axis=2, keepdims=True) if c > 0 else np.min(first, axis=2, keepdims=True)
        ties = np.where(first == best, 1.0, 0.0)
        return np.sum(apply(ops.PRODUCT, rows, ties), axis=2) / np.sum(ties, axis=2)

    def of(self, slots: Any, directions: int) -> Array:
        """Coefficients [directions, order + 1, *shape of the slots]."""
        series, shape = self.series, np.shape(slots)
        flat = np.asarray(slots).reshape(-1)
        levels = []
        for k in range(series.order + 1):
            parts = []
            for s in flat.tolist():
                c = self.of_block[int(series.first[s])][k]
                parts.append(np.zeros((directions, 1)) if c is None else np.broadcast_to(c[:, series.place[s]].reshape(-1, 1), (directions, 1)))
            levels.append(np.concatenate(parts, axis=1) if parts else np.zeros((directions, 0)))
        return np.stack(levels, axis=1).reshape(directions, series.order + 1, *shape)  # type: ignore[return-value]
