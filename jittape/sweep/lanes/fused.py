"""A whole lane program as one function: values and adjoints stay in registers instead of going through the lane memory.

The records of a program (jittape/lanes/program.py) are written one after the other, for one vector of points at a time; what
a record stores at a place, later ones find in a variable. Only the points are loaded and only results are stored. The
operations are those of the records' own kernels, in the same order, so that results are the same to the last bit.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.expressions import choice, constant, native_tree
from jittape.ops.layout import SUM
from jittape.ops.spec import OPERANDS
from jittape.sweep.lanes.driver import H_IN, H_ONCE, H_OUT
from jittape.sweep.lanes.fields import ADD, INTERLEAVED, L_ROW, L_ROWS, L_VALUES, LEAF, MODE, MODE_BITS
from jittape.sweep.lanes.kernels import F_LINES, HEAD, LINE, _Kernel
from jittape.sweep.vectors import INT, LONG, used, vector_bytes

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


@functools.cache
def costly(text: str) -> bool:
    """Whether an expression takes more time than a few additions."""
    return any(isinstance(node, (ast.Div, ast.Mod, ast.FloorDiv, ast.Pow, ast.Call)) for node in ast.walk(native_tree(text)))


def once_of(reverse: Sequence[Any], uniform: frozenset[int]) -> dict[tuple[int, int, int], tuple[Any, int, int]]:
    """The partial derivatives that are the same for all points and take some time, such as 1 / y for a constant y: they are found once.

    Returns:
        Their records, operands and elements, by the number of the record, the operand and the element.
    """
    found = {}
    for n, record in enumerate(reverse):
        if record.what[0] != "reverse":
            continue
        op, operands = record.what[1:]
        places = dict(zip(("x", "y", "w", "z"), record.places[1:5], strict=True))
        for p in operands:
            text = op.partials[p]
            if constant(text) is None and choice(text) is None and costly(text):
                read = used(op, text)
                found.update({(n, p, e): (record, p, e) for e in range(record.size) if all(places[v] + e in uniform for v in read)})
    return found


def kernel(forward: Sequence[Any], reverse: Sequence[Any], seed: int, results: Sequence[tuple[int, int]], inputs: Sequence[int],
           adjoints: Sequence[int], uniform: frozenset[int], kept: int, lists: Sequence[int], per_slot: int, dtype: np.dtype[Any], fast: bool, module: ir.Module, name: str) -> None:  # fmt: skip
    """Emit forward and reverse records as one kernel.

    Args:
        seed: place of the result's adjoint, or -1.
        results: (place, where it is stored) of values that are wanted after the forward records.
        inputs: places of the points' numbers, which are read from where the memory's head says.
        adjoints: places that are wanted after the reverse records, for where it says.
        uniform: places of numbers that are the same for all points.
        kept: the first of the places where what is found once is kept, see `once_of`.
        lists: places that structural records read.
        per_slot: lines of the lane memory a slot.
    """
    k = _Kernel(module, name, dtype, fast)
    b, emit = k.b, k.emit
    memory = b.inttoptr(k.base, emit.type.as_pointer())
    per_line = LINE // vector_bytes()
    words = b.inttoptr(k.base, LONG.as_pointer())
    input_number = {place: i for i, place in enumerate(inputs)}

    def word(at: int) -> Any:
        return b.load(b.gep(words, [ir.Constant(LONG, at)]))

    def lines(first: int, count: int) -> list[Any]:
        """Pointers to the vectors of lines that the head tells the first of."""
        start, step = word(first), word(first + 1)
        return [b.inttoptr(b.add(start, b.mul(step, ir.Constant(LONG, n))), emit.type.as_pointer()) for n in range(count)]

    given, wanted = lines(H_IN, len(inputs)), lines(H_OUT, len(adjoints))
    numbers = b.bitcast(memory, emit.real.as_pointer())
    slot = per_slot * LINE // dtype.itemsize

    def number(place: int) -> Any:
        """A number that is the same for all points."""
        return emit.splat(b.load(b.gep(numbers, [ir.Constant(LONG, HEAD * LINE // dtype.itemsize + place * slot)])))

    once = once_of(reverse, uniform)
    place_of = {key: b.gep(numbers, [ir.Constant(LONG, HEAD * LINE // dtype.itemsize + kept * slot + j)]) for j, key in enumerate(once)}
    if once:
        done = b.gep(words, [ir.Constant(LONG, H_ONCE)])
        with b.if_then(b.icmp_signed("==", b.load(done), ir.Constant(LONG, 0)), likely=False):
            for (record, p, e), where in zip(once.values(), place_of.values(), strict=True):
                op, places = record.what[1], dict(zip(("x", "y", "w", "z"), record.places[1:5], strict=True))
                found = emit.expression(op.partials[p], {v: number(places[v] + e) for v in used(op, op.partials[p])})
                b.store(b.extract_element(found, ir.Constant(INT, 0)), where)
            b.store(ir.Constant(LONG, 1), done)

    def body(indices: list[Any]) -> None:
        (i,) = indices
        known: dict[int, Any] = {}

        def address(place: int) -> Any:
            return b.add(i, ir.Constant(LONG, (HEAD + place * per_slot) * per_line))

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
                if place in input_number:
                    known[place] = unaligned(b.load(b.gep(given[input_number[place]], [i])))
                else:
                    known[place] = number(place) if place in uniform else k.load(memory, address(place))
            return known[place]

        def unaligned(move: Any) -> Any:
            move.align = dtype.itemsize
            return move

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
        for n, record in enumerate(reverse):
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
            at = {"x": places[0], "y": places[1], "w": places[2], "z": places[3]}
            parts = []
            for e in range(record.size):
                v = {name: value(at[name] + e) for name in needed}
                g = value(r + e)
                found = []
                for p, text in zip(operands, texts, strict=True):
                    where = place_of.get((n, p, e))
                    found.append(emit.contribution(op, text, g, v) if where is None else emit.product(g, emit.splat(b.load(where)), both=op.zeros))
                parts.append(found)
            for q, p in enumerate(operands):
                out = places[4 + p]
                for e in range(record.size):
                    known[out + e] = b.fadd(value(out + e), parts[e][q]) if record.number >> p & 1 else parts[e][q]
        for to, x in stored:
            k.store(x, memory, address(to))
        for n, place in enumerate(adjoints):
            unaligned(b.store(value(place), b.gep(wanted[n], [i])))

    k.loop(k.field(F_LINES), 1, body)
