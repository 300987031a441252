"""A tape in words and as a drawing."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions import of
from jittape.ops.layout import (
    BLOCK_REF,
    CONSTANT,
    FIRST_STRUCTURAL,
    GATHER_REF,
    INACTIVE,
    KIND,
    LEAVES,
    OPERATION,
    REF,
    RUN,
    RUN_REF,
    SCALAR_REF,
)
from jittape.tape.decode import ARITY, is_structural, operands
from jittape.tape.tape import Tape
from jittape.tape.validate import Parts, lengths, name

SHORT = 40
"""Instructions that `str(tape)` shows of a long tape, half of them from its end."""
LISTED = 4
"""Slots of a gather list, and values of a run, that a line shows."""
MOST_NODES = 1000


class Reader:
    """Where each instruction of a tape writes, and what it reads, for printing.

    Attributes:
        first: the first slot of each instruction.
        n: how many slots it writes.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        count = tape.count
        none: NDArray[np.int32] = np.empty(0, np.int32)
        self.opcode = tape.opcode[:count]
        self.n = lengths(Parts(self.opcode, tape.arg0[:count], tape.arg1[:count], none, none))
        self.first = np.cumsum(self.n) - self.n

    def writer(self, slots: Any) -> Any:
        """The instruction that writes each of these slots."""
        return np.searchsorted(self.first + self.n, slots, side="right")

    def is_constant(self, slot: int) -> bool:
        k = int(self.writer(slot))
        return k < self.tape.count and int(self.opcode[k]) & OPERATION == CONSTANT

    # --- operands ----------------------------------------------------------------------------------------------------------

    def slot(self, slot: int) -> str:
        """A single slot; with its value, where that is a constant."""
        return f"%{slot}={number(self.tape.value[slot])}" if self.is_constant(slot) else f"%{slot}"

    def reference(self, at: int, n: int) -> str:
        """The operand of n elements that the reference at `meta[at]` names."""
        kind, base, s0, s1, n1 = self.tape.meta[at : at + REF]
        const = " const" if kind & INACTIVE else ""
        kind &= KIND
        if kind == SCALAR_REF:
            return self.slot(base)
        if kind == RUN_REF:
            text = f"%{base}:{base + n}"
            if n and n <= LISTED and self.is_constant(base):
                return f"{text}={numbers(self.tape.value[base : base + n])}"
        elif kind == GATHER_REF:
            text = gathered(self.tape.index[base : base + min(n, LISTED)], n)
        else:
            text = block(base, [(n // max(n1, 1), s0), (n1, s1)])
        return text + const

    def rows(self, at: int, m: int) -> str:
        """The operand of a reduction: m rows of r elements."""
        r, kind, base, s0, s1 = self.tape.meta[at : at + REF]
        if kind & KIND == BLOCK_REF:
            text = block(base, [(m, s0), (r, s1)]) + (" const" if kind & INACTIVE else "")
        else:
            text = self.reference(at + 1, m * r)
        return f"{text} in {m} x {r}" if m != 1 else text

    def operands(self, k: int) -> str:
        """What instruction k reads."""
        tape, op, at, n = self.tape, int(self.opcode[k]), int(self.tape.arg0[k]), int(self.n[k])
        if op < RUN:
            return ", ".join(map(self.slot, (at, int(tape.arg1[k]))[: ARITY.get(op, 0)]))
        op -= RUN
        if op in ARITY:
            return ", ".join(self.reference(at + REF * p, n) for p in range(ARITY[op]))
        return of(op).listed(self, at, n) if op >= FIRST_STRUCTURAL else ""

    def gathered(self, slots: Any) -> str:
        """A list of slots, shortened."""
        return gathered(slots[:LISTED].tolist(), len(slots))

    block = staticmethod(lambda base, axes: block(base, axes))

    def matrix(self, x: Any, batch: int, rows: int, columns: int) -> str:
        """A stack of matrices, as instructions/matmul/record.py has it."""
        text = self.block(x.base, [(batch if x.batch_stride else 1, x.batch_stride), (rows, x.row_stride), (columns, x.column_stride)])
        return f"{text} {f'{batch} x ' if batch != 1 else ''}{rows} x {columns}{' const' if x.flags & INACTIVE else ''}"

    times = staticmethod(lambda shape: _times(shape))

    def reads(self, k: int) -> NDArray[Any]:
        """The instructions whose slots instruction k reads."""
        slots = [s.ravel() for s, _ in operands(self.tape, k)]
        found: NDArray[Any] = np.unique(self.writer(np.concatenate(slots))) if slots else np.empty(0, int)
        return found

    # --- lines -------------------------------------------------------------------------------------------------------------

    def operation(self, k: int) -> str:
        op = int(self.opcode[k])
        return of(op - RUN).title(self.tape, int(self.tape.arg0[k])) if is_structural(op) else name(op)

    def place(self, k: int) -> str:
        """The slots that instruction k writes."""
        s, n = int(self.first[k]), int(self.n[k])
        return f"%{s}" if self.opcode[k] < RUN else f"%{s}:{s + n}"

    def value(self, k: int) -> str:
        """Its values, where they are known."""
        s, n = int(self.first[k]), int(self.n[k])
        leaf = int(self.opcode[k]) & OPERATION in LEAVES
        if not leaf and (self.tape.partial or s + n > self.tape.done_slots):
            return ""
        v = self.tape.value
        return number(v[s]) if self.opcode[k] < RUN else numbers(v[s : s + min(n, LISTED)], n)

    def line(self, k: int) -> tuple[str, str, str, str]:
        """(slots, operation and operands, values, source line)."""
        value = self.value(k)
        lines = self.tape.lines
        source = f"{lines[k][0]}:{lines[k][1]}" if lines is not None and k < len(lines) else ""
        return self.place(k), f"{self.operation(k)} {self.operands(k)}".rstrip(), f"-> {value}" if value else "", source


def number(x: Any) -> str:
    return f"{float(x):.6g}"


def numbers(x: NDArray[Any], n: int | None = None) -> str:
    """The first values of a run of n."""
    more = "" if n is None or n <= x.size else f", ... {n - x.size:,} more"
    return f"[{', '.join(map(number, x))}{more}]"


def gathered(first: Any, n: int) -> str:
    """A list of n slots, of which the first are given."""
    more = f", ... {n - len(first):,} more" if n > len(first) else ""
    return f"%[{', '.join(map(str, first))}{more}]"


def block(base: int, axes: list[tuple[int, int]]) -> str:
    """Slots base + i * stride + ... for axes (length, stride): one that steps is written as a slice, more as a grid."""
    axes = [(n, step) for n, step in axes if n != 1]
    if not axes:
        return f"%{base}"
    if math.prod(n for n, _ in axes) and len(axes) > 1 and all(a[1] == b[0] * b[1] for a, b in zip(axes, axes[1:], strict=False)):
        axes = [(math.prod(n for n, _ in axes), axes[-1][1])]
    if len(axes) == 1 and axes[0][1]:
        n, step = axes[0]
        stop = base + n * step
        return f"%{base}:{stop}" if step == 1 else f"%{base}:{stop}:{step}"
    return f"%{base}[{_times([n for n, _ in axes])} by {', '.join(str(step) for _, step in axes)}]"


def _times(shape: Any) -> str:
    return " x ".join(map(str, shape)) if len(shape) else "scalar"


def _range(tape: Tape, first: int, count: int | None) -> range:
    if first < 0 or (count is not None and count < 0):
        raise ValueError(f"a listing begins at an instruction from 0 on and has a count from 0 on, not {first} and {count}")
    return range(min(first, tape.count), tape.count if count is None else min(first + count, tape.count))


def _format(reader: Reader, ks: Any) -> Iterator[str]:
    rows = [reader.line(k) for k in ks]
    if not rows:
        return
    left = max(len(row[0]) for row in rows)
    middle = min(max(len(row[1]) for row in rows), 60)
    right = min(max(len(row[2]) for row in rows), 40)
    for place, what, value, source in rows:
        text = f"{place:<{left}} = {what:<{middle}}  {value:<{right}}"
        yield f"{text}  # {source}" if source else text.rstrip()


def listing(tape: Tape, first: int = 0, count: int | None = None) -> str:
    """The instructions of a tape, one a line: slots, operation, operands, values where they are known, source line.

    `%12` is slot 12, `%10:110` the slots 10 to 109, `%10:40:3` every third, `%10[3 x 4 by 1, 3]` a grid of slots with these
    steps, `%[7, 3, ...]` a list. A constant stands with its value (`%3=2.5`); an operand that no adjoint is passed to is
    marked `const`. Source lines are there after `jittape.record(f, ..., source=True)`. After the last instruction stand the
    guards: what the function decided by values, and where.

    Args:
        tape: the tape.
        first: the instruction to begin with.
        count: how many; None for all.

    Raises:
        ValueError: a negative `first` or `count`.

    Example:
        >>> import jittape as jt
        >>> print(jt.record(lambda x: 2.5 * x, 3.0).tape.listing())
        %0 = input           -> 3
        %1 = constant        -> 2.5
        %2 = mul %1=2.5, %0
    """
    ks = _range(tape, first, count)
    return "\n".join([*_format(Reader(tape), ks), *(_guards(tape) if ks.stop == tape.count else ())])


find_loops: list[Callable[[Tape], Iterator[str]]] = []
"""What tells the loops of a tape in words: jittape/passes/loops.py, which stands above the tape, puts itself here."""


def loops_of(tape: Tape) -> str:
    """The loops of a tape: bodies, turns, operands, and what is left over (docs/loops.md).

    Example:
        >>> import jittape as jt
        >>> def f(x):
        ...     for _ in range(50):
        ...         x = x - 0.5 * (x * x)
        ...     return x
        >>> print(jt.record(f, 1.0).tape.listing(loops=True))
        %5:152 49 turns of 3: stored 1, carried 1
          0 = mul 2 of 1 turn before, 2 of 1 turn before
          1 = mul %2 const, 0
          2 = sub 2 of 1 turn before, 1
        left to the interpreter: 3 of 150 scalar operations, 0 of 0 runs
    """
    if not find_loops:
        importlib.import_module("jittape.passes.loops")
    return "\n".join(find_loops[0](tape))


def _guards(tape: Tape, most: int | None = None) -> Iterator[str]:
    """What the program decided by values, one decision a line, after the instructions."""
    guards = tape.guards
    for i in range(0 if guards is None else len(guards)):
        assert guards is not None
        if i == most:
            yield f"... {len(guards) - i:,} more guards ..."
            return
        start, stop, *_ = guards[i]
        slots = guards.slots[start:stop]
        where = f"%{slots[0]}" if slots.size == 1 else gathered(slots[:LISTED].tolist(), slots.size)
        yield f"guard {where}: {guards.describe(i)}"


def summary(tape: Tape) -> str:
    """What `print(tape)` shows: a heading, and the listing with its middle left out where it is long."""
    reader = Reader(tape)
    if tape.count <= SHORT:
        lines = list(_format(reader, range(tape.count)))
    else:
        half = SHORT // 2
        lines = [*_format(reader, range(half)), f"... {tape.count - 2 * half:,} more ...", *_format(reader, range(tape.count - half, tape.count))]
    return "\n".join([repr(tape), *lines, *_guards(tape, SHORT // 2)])


def to_dot(tape: Tape, first: int = 0, count: int | None = None) -> str:
    """A drawing of a tape as a text for Graphviz (`dot -Tsvg`): a node an instruction, an edge where one reads another.

    Args:
        tape: the tape.
        first: the instruction to begin with; what lies before and is read appears as a dashed node.
        count: how many; None for all that are left.

    Raises:
        ValueError: more than 1000 instructions, which no drawing shows; choose some by `first` and `count`.

    Example:
        >>> import jittape as jt
        >>> print(jt.record(lambda x: -x, 3.0).tape.to_dot())
        digraph tape {
          node [shape=box, fontname=monospace];
          i0 [label="%0 = input", style=filled, fillcolor=lightblue];
          i1 [label="%1 = neg"];
          i0 -> i1;
        }
    """
    ks = _range(tape, first, count)
    if len(ks) > MOST_NODES:
        raise ValueError(f"a drawing of {len(ks):,} instructions shows nothing; choose at most {MOST_NODES:,} by first= and count=")
    reader = Reader(tape)
    colours = {"input": "lightblue", "constant": "lightgrey", "parameter": "lightyellow"}
    nodes, edges = [], []
    outside: set[int] = set()
    for k in ks:
        label = f"{reader.place(k)} = {reader.operation(k)}"
        if reader.operation(k) == "constant":
            label += f" {reader.value(k)}"
        colour = colours.get(reader.operation(k))
        nodes.append(f"  i{k} [label={_quoted(label)}{f', style=filled, fillcolor={colour}' if colour else ''}];")
        for j in reader.reads(k).tolist():
            edges.append(f"  i{j} -> i{k};")
            if j < ks.start:
                outside.add(j)
    dashed = [f"  i{j} [label={_quoted(f'{reader.place(j)} = {reader.operation(j)}')}, style=dashed];" for j in sorted(outside)]
    return "\n".join(["digraph tape {", "  node [shape=box, fontname=monospace];", *dashed, *nodes, *edges, "}"])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


__all__ = ["listing", "summary", "to_dot"]
