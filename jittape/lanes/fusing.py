"""Lanes of a path as one compiled kernel, for batches that are swept again and again (sweep/lanes/fused.py)."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from jittape.compiler.jit import emitted
from jittape.lanes.lanes import Lanes
from jittape.sweep.lanes import fused as emitter
from jittape.sweep.lanes.fused import Unfusable
from jittape.sweep.lanes.kernels import F_LINES, FORWARD, HEAD, LINE, REVERSE
from jittape.sweep.vectors import Unsupported

__all__ = ["Unfusable", "fused"]
MOST = 2500
"""Operations that are compiled into one kernel; compiling takes longer than in proportion."""
WIDTH = 32
"""Points that are swept together: values are in registers, so that more are of no use (W3: 8.4, 9.1, 7.8 million gradients a
second with 16, 32, 64)."""


def fused(lanes: Lanes, values: bool = True) -> Lanes:
    """The same lanes, whose program is one kernel.

    Args:
        values: whether values are asked for, not gradients alone: what only they need is left out then.

    Raises:
        Unfusable: the program is too long, or holds an operation that is no function of vectors.
    """
    new = copy.copy(lanes)
    new.settled = True
    program = new.program = copy.copy(lanes.program)
    reverse = program.reverse[0] if program.reverse else []
    records = [*program.forward, *reverse]
    emitter.check(records)
    if sum(record.size for record in records) > MOST:
        raise Unfusable("too long")
    # results are stored where nothing else stands: in the lane memory, adjoints take the places of values
    first = program.size
    wanted = [*program.outputs.tolist(), *program.guards.tolist()]
    results = [(place, first + i) for i, place in enumerate(wanted) if values or i >= len(program.outputs)]
    outputs = len(program.outputs)
    program.outputs = np.arange(first, first + outputs, dtype=np.int32)
    program.guards = np.arange(first + outputs, first + len(wanted), dtype=np.int32)
    first += len(wanted)
    inputs, adjoints = program.inputs.tolist(), program.adjoints[0].tolist() if len(program.adjoints) else []
    uniform = frozenset(_places(program.constants)) - frozenset(inputs)
    program.inputs = np.arange(first, first + len(inputs), dtype=np.int32)
    first += len(inputs)
    program.adjoints = np.arange(first, first + program.adjoints.size, dtype=np.int32).reshape(program.adjoints.shape)
    kept = first + program.adjoints.size
    program.size = kept + -(-len(emitter.once_of(reverse, uniform)) // WIDTH)
    new.width, new.whole = WIDTH, True
    new.nbytes = HEAD * LINE + program.size * new.width * new.dtype.itemsize
    per_slot = new.width * new.dtype.itemsize // LINE
    seed = int(program.seeds[0]) if len(program.seeds) else -1
    parts: list[Any] = [_text(program.forward), _text(reverse), seed, results, inputs, adjoints, sorted(uniform), kept, program.lists, per_slot]
    what = f"{lanes.kernels._what} {hashlib.sha256(repr(parts).encode()).hexdigest()}"

    def emit(module: Any, name: str) -> None:
        emitter.kernel(program.forward, reverse, seed, results, inputs, adjoints, uniform, kept, program.lists, per_slot, new.dtype, lanes.kernels.fast, module, name)

    try:
        kernel = emitted("lanes_fused", what, emit)
    except Unsupported as reason:  # a scalar kernel stands in for it in lanes that are not fused
        raise Unfusable(str(reason)) from None
    new._alive = kernel  # type: ignore[attr-defined]
    new.forward, new.reverse = np.zeros((1, FORWARD), np.int32), np.zeros((1, REVERSE), np.int32)
    new.forward[0][:2] = np.array([kernel.address], np.int64).view(np.int32)
    new.forward[0][F_LINES] = per_slot
    new.starts = np.zeros(len(program.reverse) + 1, np.int64)
    new._inputs, new._outputs, new._guards = new._lines(program.inputs), new._lines(program.outputs), new._lines(program.guards)
    new._adjoints = new._lines(program.adjoints)
    new._seeds = np.full(len(program.seeds), -1, np.int32)
    return new


def _places(constants: Any) -> Iterator[int]:
    """The places of leaves."""
    for place, slots in constants:
        if np.ndim(place):
            yield from np.asarray(place).tolist()
        else:
            yield from range(int(place), int(place) + (slots.stop - slots.start))


def _text(records: list[Any]) -> list[Any]:
    """Records as plain values."""
    return [(*(getattr(w, "name", w) for w in r.what), r.places, r.size, r.number, r.fields) for r in records]
