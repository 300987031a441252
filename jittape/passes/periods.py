"""Where the scalar instructions of a recording repeat: stretches, periods and turns (the search itself is sweep/loops/finding.py)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import GATHER_REF, INPUT, KERNELS, KIND, REF, RUN
from jittape.passes.elements import native
from jittape.sweep.loops.scalars import SINGLE
from jittape.tape.tape import Tape

LEAST_TURNS, LEAST_LOOSE, LEAST = 4, 12, 48
"""Turns, turns where operands do not move by equal steps, and instructions in all of them, that make a loop."""
LONGEST = 1000
"""Instructions of a body: compiling takes longer than in proportion."""
REGISTERS = 4
"""Turns that a result stays in a register for those that read it."""
MOST_LOOPS = 1 << 16
WIDTHS = (8, 64, 512)
"""Numbers of opcodes by whose repetition periods are proposed: short ones are met early, long ones are not taken in by parts of a body."""


@dataclass
class Columns:
    """The instructions of a tape as columns: opcodes and the slots of operands.

    Runs of one element of operations that have no scalar form (`np.where`) stand there as scalar instructions do.
    """

    dtype: np.dtype[Any]
    opcode: NDArray[np.uint16]
    args: list[NDArray[np.int32]]
    addresses: NDArray[np.int64]
    room: tuple[NDArray[np.int64], ...] = ()
    """Memory that searches work in, and `room_at` its addresses."""
    room_at: list[int] = field(default_factory=list)

    @staticmethod
    def of(tape: Tape) -> Columns:
        count = tape.count
        opcode, arg1 = tape.opcode[:count], tape.arg1[:count]
        args = [tape.arg0[:count], arg1, arg1]
        single = np.flatnonzero((arg1 == 1) & np.isin(opcode, [RUN + code for code in SINGLE]))
        if single.size:
            opcode, args = opcode.copy(), [arg.copy() for arg in args]
            meta = np.pad(np.array(tape.meta, np.int32), (0, REF * len(args)))  # the last one may have fewer operands
            at = args[0][single].astype(np.int64)
            for p in range(len(args)):
                ref = at + REF * p
                base = meta[ref + 1]
                listed = (meta[ref] & KIND) == GATHER_REF
                if listed.any():
                    base[listed] = np.array(tape.index, np.int32)[base[listed]]
                args[p][single] = base
            opcode[single] -= np.uint16(RUN)
        arities = tape.engine.table[2 * KERNELS :]
        addresses = np.array([opcode.ctypes.data, *(arg.ctypes.data for arg in args), arities.ctypes.data], np.int64)
        return Columns(tape.dtype, opcode, args, addresses)


def stretches(opcode: NDArray[np.uint16]) -> list[tuple[int, int]]:
    """Stretches of scalar instructions without inputs."""
    plain = np.concatenate(([False], (opcode < RUN) & (opcode != INPUT), [False]))
    cuts = np.flatnonzero(plain[1:] != plain[:-1])
    return list(zip(cuts[::2].tolist(), cuts[1::2].tolist(), strict=True))


def search(columns: Columns, begin: int, end: int, shift: int, loose: bool) -> Iterator[tuple[int, int, int]]:
    """(first instruction, instructions a turn, turns) of the loops in a stretch, whose instruction k writes slot k + shift.

    With `loose`, operands may move otherwise than by equal steps.
    """
    from jittape.sweep.loops.finding import FACTOR, FIELDS, LIMITS, TABLE

    if end - begin < LEAST:
        return
    if not columns.room:  # many stretches are short
        powers = [pow(FACTOR, w, 1 << 64) for w in WIDTHS]
        columns.room = (
            np.empty(columns.opcode.size + 1, np.int64),
            np.array([*WIDTHS, *(p - (1 << 64) if p >= 1 << 63 else p for p in powers)], np.int64),
            np.full(len(WIDTHS) * TABLE, -1, np.int64),
            np.empty((MOST_LOOPS, FIELDS), np.int64),
            np.zeros(LIMITS + 2 * FIELDS + 4 * LONGEST + 2, np.int64),
        )
        columns.room_at = [a.ctypes.data for a in columns.room]
    found, limits = columns.room[-2:]
    limits[:LIMITS] = MOST_LOOPS, LEAST_TURNS, LEAST, LONGEST, LEAST_LOOSE if loose else end, shift, REGISTERS
    n = native("find")(columns.addresses.ctypes.data, begin, end, *columns.room_at)
    rows = found[:n].tolist()
    for (first, period, turns, listed, begin_at), limit in zip(rows, [*(row[0] for row in rows[1:]), end], strict=False):
        start, stop = first + begin_at, first + begin_at + (turns * period - begin_at) // period * period
        if begin_at and stop + period <= limit and native("goes_on")(columns.addresses.ctypes.data, stop, period, listed):  # the rest of a turn was cut off at the end
            stop += period
        yield start, period, (stop - start) // period
