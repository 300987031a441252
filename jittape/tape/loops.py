"""The compiled loops of a tape, as its sweeps have them: see sweep/loops/driver.py."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import CHUNK, SCRATCH

SWITCHED = "JITTAPE_LOOPS"
"""The environment variable that switches compiled loops off, as 0."""


def enabled() -> bool:
    return os.environ.get(SWITCHED, "1") != "0"


class Pack(NamedTuple):
    """Copies of operands side by side, for several loops (passes/packing.py).

    Attributes:
        data: what sweeps read: see P_OPERANDS of sweep/loops/driver.py.
        first, last: the first instructions of the first and of the last of these loops.
    """

    data: NDArray[np.int64]
    first: int
    last: int

    @staticmethod
    def of(slot: int, turns: int, base: NDArray[np.int64], step: NDArray[np.int64], active: NDArray[np.bool_], first: int, last: int) -> Pack:
        """Of operands that begin with these slots and move by these steps, and whether they have adjoints; copied to so many slots from `slot` on."""
        return Pack(np.concatenate([[slot, turns, last, base.size], np.stack([base, step, active], axis=1).ravel()]).astype(np.int64), first, last)


class Row(NamedTuple):
    """One loop, as the sweeps read it.

    Attributes:
        first, end: its instructions.
        slot, slots: its first slot, and how many it has.
        elements: whether its turns are elements of runs.
        forward, reverse: addresses of its kernels.
        data: what these are told of it; `lists` are what data has the addresses of.
        buffers: chunks of memory that they work in.
        whole: address of the kernel for both sweeps at once, of a loop that the recording ends with; 0 where there is none. Of scalar loops whether
            the reverse kernel zeroes the caller's gradient on its way.
        slopes: the same of the kernel that finds adjoints only, for those who do not ask for the value.
        alone: whether the loop is all of the recording, and what is read is the argument and constants.
        reach: how far beyond number i of a gradient of zeros it adds in turn i; -1 where it stores what it finds. Of scalar loops the lowest slot
            of the caller's gradient to which they add.
        pack: copies of operands that it reads.
        refs: of elements, the reference of each operand.
    """

    first: int
    end: int
    slot: int
    slots: int
    elements: bool
    forward: int
    reverse: int
    data: NDArray[np.int64]
    lists: tuple[NDArray[np.int64], ...] = ()
    buffers: int = 0
    whole: int = 0
    slopes: int = 0
    alone: bool = False
    reach: int = -1
    pack: Pack | None = None
    refs: tuple[int, ...] = ()

    @property
    def packs(self) -> tuple[int, int]:
        """Addresses of the copies that are made before it, and of those that it is the last to read."""
        if self.pack is None:
            return 0, 0
        address = self.pack.data.ctypes.data
        return address * (self.pack.first == self.first), address * (self.pack.last == self.first)


class Loops:
    """A table of loops, and what has to stay alive for it.

    Args:
        rows: the loops, in order.
        bodies: what each of them computes (sweep/loops/body.py).
        forward, reverse: addresses of the interpreter's sweeps.
        alive: what the kernels live in.
        stretches: slots in which results stand in columns, in order (passes/columns.py).
        args: the operands of what is interpreted by where they stand, if some stand in columns.
        gradient_alone: whether adjoints are found without a forward sweep.
        direct: where loops have the argument and the gradient where the caller has them, the slots of the argument that others read; else None.
        words: each of them in a few words.
    """

    def __init__(self, rows: Sequence[Row], bodies: Sequence[Any], forward: int, reverse: int, alive: Any, stretches: Sequence[Any] = (),
                 args: Sequence[NDArray[np.int32]] = (), gradient_alone: bool = False, direct: NDArray[np.int64] | None = None, words: Sequence[str] = ()) -> None:  # fmt: skip
        self.rows, self.bodies, self.words = list(rows), list(bodies), list(words)
        columns = [np.array(s.columns, np.int64) for s in stretches]
        places = [x for s, a in zip(stretches, columns, strict=True) for x in (s.slot, s.turns, s.size, a.size, a.ctypes.data)]
        self._stretches = np.array(places, np.int64), columns, args
        self._alive = alive
        self.gradient_alone, self.direct = gradient_alone, direct is not None
        self._read = np.empty(0, np.int64) if direct is None else direct
        self.plan: Any = None
        """The plan of replays without the loops."""
        self.recorded: Any = None
        """The instructions that passes have changed, as `Tape.exchange` takes them; None where they have changed none."""
        table = [len(self.rows), forward, reverse, len(columns), self._stretches[0].ctypes.data, *((a.ctypes.data for a in args) if args else (0, 0)), self._read.size, self._read.ctypes.data, 0]
        tangents = [len(table) - 1]
        for row in self.rows:
            table += [row.first, row.end, row.slot, row.slots, row.elements, row.forward, row.reverse, row.data.ctypes.data, row.whole, row.slopes, row.reach, *row.packs, 0]
            tangents.append(len(table) - 1)
        self._table = np.array(table, np.int64)
        self._head = tangents[0] + 1
        self._tangents = tangents
        """Where in it the addresses of the interpreter's tangents and of each loop's kernel for them stand, the last of their fields."""
        self.has_tangents = False
        """Whether these are there."""
        self.shares: Any = None
        """How several threads share the loops (replay/shares.py), where they do."""
        self.address: int = self._table.ctypes.data

    def part(self, first: int, end: int) -> NDArray[np.int64]:
        """The table of some of the loops, for sweeps of a stretch of the tape that has these and no others."""
        fields = (self._table.size - self._head) // max(len(self.rows), 1)
        table = np.concatenate([self._table[: self._head], self._table[self._head + first * fields : self._head + end * fields]])
        table[0] = end - first
        return table

    def give_tangents(self, plain: int, addresses: Sequence[int], alive: Any) -> None:
        """Let sweeps of tangents use these kernels, one a loop, and between them the interpreter's sweep."""
        self._alive = self._alive, alive
        self._table[self._tangents] = [plain, *addresses]
        self.has_tangents = True

    def tangent(self, row: Row) -> int:
        """The address of a loop's kernel for tangents."""
        at = next(i for i, each in enumerate(self.rows) if each is row)
        return int(self._table[self._tangents[1 + at]])

    @property
    def whole(self) -> bool:
        """Whether value and gradient are found in one pass."""
        return bool(self.rows) and self.rows[-1].elements and self.rows[-1].whole != 0 and self.rows[-1].alone

    @property
    def ending(self) -> bool:
        """Whether the last loop is swept forward and back in one pass, after what comes before it and before its adjoints are passed on."""
        return bool(self.rows) and self.rows[-1].elements and self.rows[-1].whole != 0 and not self.rows[-1].alone

    def scratch(self, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Memory that a sweep works in: the interpreter's, and after it buffers."""
        return np.empty(SCRATCH + CHUNK * max((row.buffers for row in self.rows), default=0), dtype)
