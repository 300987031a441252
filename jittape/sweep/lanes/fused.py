"""A whole lane program as one function: values and adjoints stay in registers instead of going through the lane memory.

The records of a program (jittape/lanes/program.py) are written one after the other, for one vector of points at a time; what
a record stores at a place, later ones find in a variable. Only the points are loaded and only results are stored. The
operations are those of the records' own kernels, in the same order, so that results are the same to the last bit.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.layout import SUM
from jittape.ops.spec import OPERANDS
from jittape.sweep.lanes.fields import ADD, INTERLEAVED, L_ROW, L_ROWS, L_VALUES, LEAF, MODE, MODE_BITS
from jittape.sweep.lanes.kernels import F_LINES, LINE, _Kernel
from jittape.sweep.vectors import LONG, used, vector_bytes

SUMS = ("structural", SUM)
"""What records of sums are named by, the one structural instruction that is written here."""


class Unfusable(ValueError):
    """A program that holds a record which is not written here."""


def check(records: Iterable[Any]) -> None:
    """Raise Unfusable for records without a form here."""
    for record in records:
        short = record.what == (*SUMS, "forward") and record.fields[L_ROW] <= LEAF
        if record.what[0] not in ("forward", "reverse", "zero") and not short and record.what != (*SUMS, "reverse"):
            raise Unfusable(f"{record.what[0]} {record.what[1]}")


def kernel(forward: Sequence[Any], reverse: Sequence[Any], seed: int, results: Sequence[tuple[int, int]], adjoints: Sequence[int],
           lists: Sequence[int], per_slot: int, dtype: np.dtype[Any], fast: bool, module: ir.Module, name: str) -> None:  # fmt: skip
    """Emit forward and reverse records as one kernel.

    Args:
        seed: place of the result's adjoint, or -1.
        results: (place, where it is stored) of values that are wanted after the forward records.
        adjoints: places that are wanted after the reverse records.
        lists: places that structural records read.
        per_slot: lines of the lane memory a slot.
    """
    k = _Kernel(module, name, dtype, fast)
    b, emit = k.b, k.emit
    memory = b.inttoptr(k.base, emit.type.as_pointer())
    per_line = LINE // vector_bytes()

    def body(indices: list[Any]) -> None:
        (i,) = indices
        known: dict[int, Any] = {}

        def address(place: int) -> Any:
            return b.add(i, ir.Constant(LONG, (1 + place * per_slot) * per_line))

        def total(xs: list[Any], interleaved: bool) -> Any:
            """As `leaf_sum` of instructions/sums/lanes.py adds up."""
            zero = emit.number(0.0)
            if not interleaved:
                return functools.reduce(b.fadd, xs, zero)
            full = len(xs) - len(xs) % 8
            lanes = [functools.reduce(b.fadd, xs[q:full:8], zero) for q in range(8)]
            while len(lanes) > 1:
                lanes = [b.fadd(x, y) for x, y in zip(lanes[::2], lanes[1::2], strict=True)]
            return b.fadd(lanes[0], functools.reduce(b.fadd, xs[full:], zero))

        def value(place: int) -> Any:
            if place not in known:
                known[place] = k.load(memory, address(place))
            return known[place]

        for record in forward:
            if record.what[:2] == SUMS:
                first, r, rows, mode = record.fields[L_VALUES], record.fields[L_ROW], record.fields[L_ROWS] >> MODE_BITS, record.fields[L_ROWS] & MODE
                sums = [total([value(lists[first + row * r + e]) for e in range(r)], mode == INTERLEAVED) for row in range(rows)]
                known.update((record.places[0] + row, x) for row, x in enumerate(sums))
                continue
            op = record.what[1]
            z, *xs = record.places[:4]
            needed = used(op, op.z)
            found = []
            for e in range(record.size):
                found.append(emit.expression(op.z, {v: value(xs[OPERANDS.index(v)] + e) for v in needed}))
            for e, new in enumerate(found):
                known[z + e] = new
        stored = [(to, value(place)) for place, to in results]
        if seed >= 0:
            known[seed] = emit.number(1.0)
        for record in reverse:
            r, *places = record.places
            if record.what[0] == "zero":
                for e in range(record.size):
                    known[r + e] = emit.number(0.0)
                continue
            if record.what[:2] == SUMS:
                first, n, rows, mode = record.fields[L_VALUES], record.fields[L_ROW], record.fields[L_ROWS] >> MODE_BITS, record.fields[L_ROWS] & MODE
                for row in range(rows):
                    g = value(r + row)
                    for e in range(n):
                        place = lists[first + row * n + e]
                        known[place] = b.fadd(value(place), g) if mode & ADD else g
                continue
            op, operands = record.what[1:]
            texts = [op.partials[p] for p in operands]
            needed = [v for v in (*op.operands, "z") if any(v in used(op, text) for text in texts)]
            where = {"x": places[0], "y": places[1], "w": places[2], "z": places[3]}
            parts = []
            for e in range(record.size):
                v = {name: value(where[name] + e) for name in needed}
                g = value(r + e)
                parts.append([emit.contribution(op, text, g, v) for text in texts])
            for q, p in enumerate(operands):
                out = places[4 + p]
                for e in range(record.size):
                    known[out + e] = b.fadd(value(out + e), parts[e][q]) if record.number >> p & 1 else parts[e][q]
        stored += [(place, value(place)) for place in dict.fromkeys(adjoints)]
        for to, x in stored:
            k.store(x, memory, address(to))

    k.loop(k.field(F_LINES), 1, body)
