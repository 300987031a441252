"""Lane programs of tapes with loops: a record a loop, whose kernel goes through all turns with points as lanes (sweep/loops/wide.py).

Every slot has a place of its own, for its value and for its adjoint, so that loops go by slots and steps as they do at one point. What is
not in loops is carried out by records of its own, as in other programs (lanes/program.py). Adjoints are added up in memory that is zero
before and after a sweep, but for those of leaves.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions import of
from jittape.lanes.program import BY_CODE, ZERO, Allocator, Builder, Ints, Operand, Program, Record
from jittape.lanes.reverse import Reverse
from jittape.ops.layout import CONSTANT, FIRST_OPERATION, OPERATION, PARAMETER, RUN
from jittape.sweep.lanes.kernels import LINE
from jittape.sweep.loops import turnwise
from jittape.sweep.loops.wide import L_DATA, Lanes, of_record
from jittape.sweep.vectors import Unsupported
from jittape.tape.decode import lengths
from jittape.tape.tape import Tape

if TYPE_CHECKING:
    from jittape.lanes.lanes import Kernels

log = logging.getLogger("jittape")
FIRST = 2
"""The place of slot 0, after TRASH and ZERO."""
MOST_LEFT = 4000
"""Instructions outside of loops that such a program may have, and records of all its reverse sweeps."""
SHARE = 0.5
"""The least part of scalar operations that are in loops."""


@dataclass(frozen=True)
class Compiled:
    """A loop and its kernels; `row` is what these are told (tape/loops.py)."""

    row: Any
    forward: int
    reverse: int


def worth(tape: Tape, loops: Sequence[Any]) -> bool:
    """Whether so much of a tape is in these loops that points should go through them together."""
    opcode = tape.opcode[: tape.count]
    inside = np.zeros(tape.count, np.bool_)
    for loop in loops:
        inside[loop.first : loop.end] = True
    real = opcode & OPERATION >= FIRST_OPERATION
    scalar = real & (opcode < RUN)
    return bool(
        np.count_nonzero(real & ~inside) <= MOST_LEFT and np.count_nonzero(scalar & inside) > SHARE * np.count_nonzero(scalar)
    )  # fmt: skip


def compiled(kernels: Kernels, found: Any, width: int, gradients: bool) -> list[Compiled]:
    """The kernels of the loops that were found (`Repeated` of passes/loops.py), for so many points at once; it does without those that cannot
    be compiled."""
    lanes = Lanes(width, kernels.fast)
    known: dict[Any, Any] = {}
    while True:
        for loop in found.loops:
            if loop.body not in known:
                try:
                    known[loop.body] = [_kernel(kernels, loop.body, sweep, lanes) for sweep in ("forward", "reverse")[: 1 + gradients]]
                except Unsupported:
                    known[loop.body] = None
                except Exception as error:  # LLVM's or the disk's
                    log.warning("a loop of %d instructions is left to other lanes: %r", loop.body.size, error)
                    known[loop.body] = None
        refused = [loop for loop in found.loops if known[loop.body] is None]
        if not refused:
            return [Compiled(loop.row(0, 0), *known[loop.body], *[0] * (not gradients)) for loop in found.loops]
        found.leave(refused)


def _kernel(kernels: Kernels, body: Any, sweep: str, lanes: Lanes) -> int:
    def emit(module: Any, name: str) -> None:
        getattr(turnwise, sweep)(body, kernels.dtype, module, f"{name}_body", lanes)
        of_record(module.globals[f"{name}_body"], LINE, name)

    return kernels.made(f"loop_{sweep}", f"{lanes.width} {body.text}", emit)


class _Operands:
    """Operands by instruction, read when they are asked for."""

    def __init__(self, read: Any) -> None:
        self._read, self._known = read, {}  # type: ignore[var-annotated]

    def __getitem__(self, k: int) -> list[Operand]:
        if k not in self._known:
            self._known[k] = self._read(k)
        return self._known[k]  # type: ignore[no-any-return]


class _Rest(Builder):
    """What is outside of loops, by slots."""

    def __init__(self, tape: Tape, joint: Any, found: Any) -> None:
        self.tape, self.joint, self.single = tape, joint, False
        self.count = n = tape.count
        opcode = tape.opcode[:n].astype(np.int64)
        self.run, self.code = opcode >= RUN, opcode & OPERATION  # type: ignore[assignment]
        self.size = lengths(tape.opcode[:n], tape.arg1[:n]).astype(np.int64)  # type: ignore[assignment]
        self.starts = self.start = np.cumsum(self.size) - self.size  # type: ignore[assignment]
        self.owner = np.repeat(np.arange(n, dtype=np.int32), self.size)
        self.place = self._places = FIRST + found.moved(self.starts)
        self.slots: int = found.slots
        self.active = ~np.isin(opcode & OPERATION, (CONSTANT, PARAMETER))  # type: ignore[assignment]
        self.operands = _Operands(self._operands)  # type: ignore[assignment]
        self.passes = _Operands(self.edges)  # type: ignore[assignment]
        self.lists, self.calls = [], {}

    def computed(self, k: int) -> list[Record]:
        return self.elementwise(k, self.pieces(k)) if self.code[k] in BY_CODE else of(int(self.code[k])).lanes_forward(self, k)


class _Adjoints(Reverse):
    """The adjoints of what is outside of loops, by slots: they are always added to."""

    def __init__(self, rest: _Rest) -> None:
        self.p, self.records = rest, []
        self.adjoint = rest.slots + rest._places  # type: ignore[assignment]
        self.allocator = Allocator(FIRST + 2 * rest.slots)
        self.uses = defaultdict(int)  # type: ignore[assignment]

    def open(self, q: int) -> None:
        pass

    def close(self, k: int) -> None:
        pass

    def fill(self, slots: Any) -> None:
        pass

    def contribute(self, q: int, i: int, n: int) -> bool:
        return True

    def targets(self, slots: Any) -> tuple[int, bool]:
        return self.p.keep(self.adjoint_places(slots)), True

    def passed(self, k: int) -> None:
        """Append the records that pass the adjoints of instruction k on, and set them to zero."""
        p = self.p
        if not p.operands[k]:
            return
        if p.code[k] in BY_CODE:
            self.elementwise(k, p.pieces(k), ())
        else:
            of(int(p.code[k])).lanes_reverse(self, k)
        self.zero(k, np.ones(int(p.size[k]), np.bool_))


def _stretches(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def looped(tape: Tape, found: Any, loops: Sequence[Compiled], inputs: Ints, outputs: Ints, guards: Ints, joint: Any, gradients: bool) -> Program | None:
    """The lane program of a tape by its loops, as `reverse.build` makes it of other tapes; None where there is none."""
    b = _Rest(tape, joint, found)
    slots = b.slots
    real: NDArray[np.bool_] = tape.opcode[: tape.count] & OPERATION >= FIRST_OPERATION
    seeds = outputs.tolist() if gradients else []
    owners = [int(b.owner[s]) for s in seeds]
    if any(b.active[k] and not real[k] for k in owners):  # an argument is a result
        return None
    rest = real.copy()
    for loop in loops:
        rest[loop.row.first : loop.row.end] = False
    items: list[Any] = sorted([*np.flatnonzero(rest).tolist(), *loops], key=lambda item: item.row.first if isinstance(item, Compiled) else item)
    if len(items) * max(len(seeds), 1) > MOST_LEFT:
        return None
    places = (FIRST, FIRST + slots if gradients else FIRST)

    def record(loop: Compiled, address: int) -> Record:
        words = np.array([loop.row.data.ctypes.data], np.int64).view(np.int32)
        return Record(("kernel", address), places, 0, fields={L_DATA: int(words[0]), L_DATA + 1: int(words[1])})

    forward: list[Record] = []
    for item in items:
        forward += [record(item, item.forward)] if isinstance(item, Compiled) else b.computed(item)
    given = np.zeros(tape.slots, np.bool_)
    given[inputs] = True
    reverse, into, at, size = [], [], [], FIRST + slots * (1 + gradients)
    for s, k in zip(seeds, owners, strict=True):
        sweep = _Adjoints(b)
        if real[k]:
            sweep.records += [Record(("zero",), (slots + b.at(i), *[0] * 7), j - i) for i, j in _stretches(given)]
            for item in reversed(items):
                if isinstance(item, Compiled):
                    if item.row.first <= k:
                        sweep.records.append(record(item, item.reverse))
                elif item <= k:
                    sweep.passed(item)
        reverse.append(sweep.records)
        size = max(size, sweep.allocator.top)
        at.append(slots + b.at(s) if real[k] else -1)
        into.append(slots + b.places(inputs) if real[k] else np.full(inputs.size, ZERO))
    leaves = np.flatnonzero(np.repeat(~real, b.size))

    def ints(x: Any) -> Ints:
        return np.array(x, np.int32)

    return Program(
        forward, reverse, ints(at), ints(b.places(inputs)), ints(b.places(outputs)), ints(b.places(guards)), ints(into).reshape(len(seeds), inputs.size),
        [(b.places(leaves), leaves)], b.lists, b.calls, size, None, [loop.row for loop in loops],
    )  # fmt: skip
