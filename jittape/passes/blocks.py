"""Jacobians of a tape by blocks of seeds: each instruction is gone through once for many seeds, as a matrix (instructions/blocks.py).

A sweep a seed reads every constant matrix once for each; a block multiplies with it once, by BLAS. Seeds are those of the results,
backwards, or those of the inputs, forwards, whichever are fewer (backwards where they are as many).
"""

from __future__ import annotations

import copy
import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.compiler.ndarrays import address_of
from jittape.instructions import of
from jittape.instructions.base import Refused
from jittape.instructions.blocks import ALL, Block, Picked, Way, added, dense, pulled, pushed, times
from jittape.instructions.references import is_shared
from jittape.ops.layout import (
    CONSTANT,
    FIRST_OPERATION,
    K_STORE,
    KERNELS,
    KINDS,
    NO_KERNEL,
    OPERATION,
    RUN,
    UNIT,
)
from jittape.tape.decode import is_structural, lengths, operands

Reals = NDArray[Any]

LONGEST = 2000
"""Instructions beyond which a tape is not looked at."""
STEP, LOOK, SWEEP, SLOT = 8e-6, 40e-6, 4e-6, 1e-9
"""Seconds that an instruction takes for a block and for being looked at, and a sweep for itself and for each slot, roughly."""
MEMORY = 1 << 23
"""Numbers that the blocks of all instructions hold at a time, about: beyond that, seeds go by several blocks."""


@cache
def _kernel(address: int) -> Any:
    """A kernel that stores adjoints, by its address."""
    return ctypes.CFUNCTYPE(None, *(ctypes.c_void_p,) * 6, ctypes.c_int64)(address)


class _Operand:
    """An operand of an instruction that tangents come from and adjoints go to.

    Attributes:
        e: its number.
        size: how many elements it has.
        ways: which slots its elements are.
        kernel: the number of the kernel of its partial derivatives; -1 where they are ones, or of a structural instruction.
    """

    def __init__(self, e: int, size: int, ways: list[Way], kernel: int) -> None:
        self.e, self.size, self.ways, self.kernel = e, size, ways, kernel


class _Step:
    """An instruction on the way from inputs to results.

    Attributes:
        first, n, at: its first slot, how many it has, where its record is.
        rule: of a structural instruction; else None.
        active: the operands that matter.
        slots: those of all its operands, of an elementwise instruction: (first slot, None) where they follow each other.
        fixed: for each operand whether it is an array of constants of the program, and so the same at every call.
    """

    def __init__(self, k: int, first: int, n: int, at: int) -> None:
        self.k, self.first, self.n, self.at = k, first, n, at
        self.rule: Any = None
        self.active: list[_Operand] = []
        self.slots: list[tuple[int, Any]] = []
        self.fixed: list[bool] = []
        self.known: dict[int, bool] = {}
        """Of a structural instruction: what it found out about operands that are fixed."""

    def unknowing(self) -> _Step:
        """The same step, of which nothing was found out yet."""
        new = copy.copy(self)
        new.known = {}
        return new


class Blocks:
    """How the Jacobian of a tape that does not change any more is found by blocks.

    Args:
        inputs: first slot and end of each input.
        outputs: slots of each result.
        once: the Jacobian is found at one point only.

    Raises:
        Refused: there is an instruction that has no rule, or a sweep a seed is faster.
    """

    def __init__(self, tape: Any, inputs: Sequence[tuple[int, int]], outputs: Sequence[NDArray[Any]], once: bool = False) -> None:
        self.rows, self.columns = sum(s.size for s in outputs), sum(b - a for a, b in inputs)
        self.backwards = self.rows <= self.columns
        self.seeds = min(self.rows, self.columns)
        if tape.count > LONGEST or self.seeds < 2:
            raise Refused
        steps_at_most = np.count_nonzero(tape.opcode[: tape.count] & OPERATION >= FIRST_OPERATION)
        if (STEP + once * LOOK) * steps_at_most > self.seeds * (SWEEP + SLOT * tape.slots):
            raise Refused
        self.tape, self.dtype, self.engine = tape, tape.dtype, tape.engine
        self.opcode = tape.opcode[: tape.count].tolist()
        self.size = lengths(tape.opcode[: tape.count], tape.arg1[: tape.count])
        self.start = np.zeros(tape.count + 1, np.int64)
        np.cumsum(self.size, out=self.start[1:])
        self.inputs, at = [], 0
        varied = [False] * tape.count
        for a, b in inputs:
            ways = self._ways(np.arange(a, b))
            self.inputs.append((ways, at, b - a))
            at += b - a
            for way in ways:
                varied[way.of] = True
        steps = [step for k in range(tape.count) if (step := self._step(k, varied)) is not None]
        self.outputs, at, needed = [], 0, [False] * tape.count
        for slots in outputs:
            ways = [way for way in self._ways(slots.reshape(-1)) if varied[way.of]]
            self.outputs.append((ways, at, slots.size))
            at += slots.size
            for way in ways:
                needed[way.of] = True
        for step in reversed(steps):
            if needed[step.k]:
                for operand in step.active:
                    for way in operand.ways:
                        needed[way.of] = True
        self.steps = [step for step in steps if needed[step.k]]
        self.width = max(sum(step.n for step in self.steps) + self.columns, 1)
        self.ones = np.ones(max([step.n for step in self.steps], default=0), self.dtype)
        self.ones_at = address_of(self.ones)
        self.seeds_of: dict[tuple[int, int, int], Picked] = {}
        for step in self.steps:
            for operand in step.active:
                if operand.kernel >= 0:
                    self.engine.compile_kernel(operand.kernel)

    def on(self, tape: Any) -> Blocks:
        """The same for another tape of the same instructions, with constants of its own (or for none, to be kept)."""
        new = copy.copy(self)
        new.tape = tape
        new.steps = [step if step.rule is None else step.unknowing() for step in self.steps]
        return new

    # --- what is to be done --------------------------------------------------------------------------------------------------

    def _step(self, k: int, varied: list[bool]) -> _Step | None:
        """What instruction k has to do with the inputs, if anything."""
        op, at = self.opcode[k], int(self.tape.arg0[k])
        if op & OPERATION < FIRST_OPERATION or not self.size[k]:
            return None
        step = _Step(k, int(self.start[k]), int(self.size[k]), at)
        table = self.engine.table
        structural = is_structural(op)
        step.rule = of(op - RUN) if structural else None
        for e, (slots, constant) in enumerate(operands(self.tape, k)):
            if structural:
                step.fixed.append(constant and slots.size > 0 and self._is_constant(slots))
                if constant:
                    continue
            flat = slots.reshape(-1)
            if not structural:
                step.slots.append((int(flat[0]), None) if _follow(flat) else (-1, flat.astype(np.intp)))
            number = (op & OPERATION) * KINDS + K_STORE + e
            if constant or not flat.size or (not structural and table[number] == NO_KERNEL):
                continue
            ways = [way for way in self._ways(flat) if varied[way.of]]
            if ways:
                unit = structural or table[KERNELS + number] & UNIT
                step.active.append(_Operand(e, flat.size, ways, -1 if unit else number))
        if not step.active:
            return None
        if structural and not step.rule.by_blocks(self.tape, at):
            raise Refused
        varied[k] = True
        return step

    def _is_constant(self, slots: NDArray[Any]) -> bool:
        """Whether slots that are constants by their flags are so of the program: what it is called with may be another one next time."""
        first, last = _ends(slots)
        a, b = self._owner(first), self._owner(last)
        return a == b and self.opcode[a] & OPERATION == CONSTANT

    def _owner(self, slot: int) -> int:
        return int(self.start.searchsorted(slot, "right")) - 1

    def _ways(self, flat: NDArray[Any]) -> list[Way]:
        """Which slots of which instructions these are."""
        if not flat.size:
            return []
        low, high = _ends(flat)
        first = self._owner(low)
        if high < self.start[first + 1]:
            return [self._way(first, flat, ALL)]
        owner = self.start.searchsorted(flat, "right") - 1
        return [self._way(int(q), flat[mine], mine) for q in np.unique(owner) if (mine := np.flatnonzero(owner == q)).size]

    def _way(self, q: int, flat: NDArray[Any], mine: Any) -> Way:
        base, width = int(self.start[q]), int(self.size[q])
        if flat.size == width and int(flat[0]) == base and _follow(flat):
            return Way(q, width, mine, ALL, True)
        if flat.size == 1 or (flat == flat[0]).all():
            return Way(q, width, mine, int(flat[0]) - base, flat.size == 1)
        theirs = flat.astype(np.intp) - base
        return Way(q, width, mine, theirs, np.unique(theirs).size == theirs.size)

    # --- a point -------------------------------------------------------------------------------------------------------------

    def __call__(self, value: Reals) -> list[Reals]:
        """The Jacobian's columns of each input [results, numbers of the input], for the values of all slots.

        Raises:
            NotFinite: a matrix holds infinities or NaN: sweeps of one seed each know what is right.
        """
        with np.errstate(all="ignore"):
            return self._columns(value)

    def _columns(self, value: Reals) -> list[Reals]:
        partials = [[self._partial(step, operand, value) for operand in step.active] for step in self.steps]
        at_a_time = max(min(MEMORY // self.width, self.seeds), 1)
        parts = [
            (self._backwards if self.backwards else self._forwards)(value, partials, a, min(a + at_a_time, self.seeds))
            for a in range(0, self.seeds, at_a_time)
        ]
        if self.backwards:
            return parts[0] if len(parts) == 1 else [np.concatenate(blocks) for blocks in zip(*parts, strict=True)]
        whole = parts[0][0] if len(parts) == 1 else np.concatenate([part for (part,) in parts], axis=1)
        return [whole[:, at : at + n] for _, at, n in self.inputs]

    def _partial(self, step: _Step, operand: _Operand, value: Reals) -> Reals | None:
        """The partial derivatives of an elementwise instruction by an operand; None where they are ones."""
        if operand.kernel < 0:
            return None
        address, itemsize = address_of(value), value.itemsize
        held = [None if slots is None else value[slots] for _, slots in step.slots]
        at = [address + itemsize * base if a is None else address_of(a) for (base, _), a in zip(step.slots, held, strict=True)]
        z = address + itemsize * step.first
        out = np.empty(step.n, self.dtype)
        kernel = _kernel(int(self.engine.table[operand.kernel]))
        kernel(*at, *(z,) * (3 - len(at)), z, self.ones_at, address_of(out), step.n)
        return out

    def _sow(self, blocks: list[Block | None], ways: list[Way], first: int, n: int, count: int) -> None:
        """Add the seeds of n elements, from seed `first` on, those of them that are among the `count` of the block."""
        seeds = self.seeds_of.get((first, n, count))
        if seeds is None:
            rows = np.arange(first, first + n)
            inside = 0 <= first and first + n <= count
            if not inside:
                rows[(rows < 0) | (rows >= count)] = -1
            seeds = Picked(rows, (rows >= 0).astype(self.dtype), count, inside)
            if inside:
                self.seeds_of[first, n, count] = seeds
        for way in ways:
            blocks[way.of] = added(blocks[way.of], pulled(seeds, way))

    def _backwards(self, value: Reals, partials: Any, low: int, high: int) -> list[Reals]:
        blocks: list[Block | None] = [None] * len(self.opcode)
        count = high - low
        for ways, at, n in self.outputs:
            self._sow(blocks, ways, at - low, n, count)
        for step, factors in zip(reversed(self.steps), reversed(partials), strict=True):
            block = blocks[step.k]
            if block is None:
                continue
            blocks[step.k] = None
            for operand, p in zip(step.active, factors, strict=True):
                part = times(block, p, False) if step.rule is None else step.rule.pull_block(self.tape, step, operand.e, value, block)
                for way in operand.ways:
                    blocks[way.of] = added(blocks[way.of], pulled(part, way))
        found = []
        for ways, _, n in self.inputs:
            block = pushed(blocks, ways, n, count, self.dtype)
            found.append(np.zeros((count, n), self.dtype) if block is None else dense(block))
        return found

    def _forwards(self, value: Reals, partials: Any, low: int, high: int) -> list[Reals]:
        blocks: list[Block | None] = [None] * len(self.opcode)
        count = high - low
        for ways, at, n in self.inputs:
            self._sow(blocks, ways, at - low, n, count)
        for step, factors in zip(self.steps, partials, strict=True):
            block: Block | None = None
            for operand, p in zip(step.active, factors, strict=True):
                part = pushed(blocks, operand.ways, operand.size, count, self.dtype)
                if part is not None:
                    block = added(block, times(part, p, True) if step.rule is None else step.rule.push_block(self.tape, step, operand.e, value, part))
            blocks[step.k] = block
        full = np.zeros((self.rows, count), self.dtype)
        for ways, at, n in self.outputs:
            block = pushed(blocks, ways, n, count, self.dtype)
            if block is not None:
                full[at : at + n] = dense(block).T
        return [full]


def blocks_once(tape: Any, inputs: Sequence[tuple[int, int]], outputs: Sequence[NDArray[Any]]) -> Blocks:
    """`Blocks` of a tape whose Jacobian is found at one point only; how that is done is kept for the next tape of the same instructions.

    Raises:
        Refused: as `Blocks`.
    """
    if tape.count > LONGEST or len(tape.meta) + len(tape.index) + sum(s.size for s in outputs) > KEPT_LENGTH:
        return Blocks(tape, inputs, outputs, once=True)
    arrays = (tape.opcode, tape.arg0, tape.arg1)
    key = (tape.dtype, tape.math, tape.slots, *(a[: tape.count].tobytes() for a in arrays), tape.meta.tobytes(), tape.index.tobytes(),
           *inputs, *((s.tobytes(), s.shape) for s in outputs))  # fmt: skip
    found: Any = _kept.get(key)
    if found is None:
        try:
            found = Blocks(tape, inputs, outputs, once=True)
        except Refused:
            found = False
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = found.on(None) if found else False
    if not found:
        raise Refused
    return found.on(tape)  # type: ignore[no-any-return]


KEPT, KEPT_LENGTH = 64, 1 << 13
"""Tapes of which it is known how their Jacobians are found by blocks, and how many numbers their records may hold."""
_kept: dict[Any, Any] = {}


def _ends(slots: NDArray[Any]) -> tuple[int, int]:
    """The smallest and the largest of some slots."""
    if is_shared(slots) and min(slots.strides, default=0) >= 0:
        return int(slots.flat[0]), int(slots[(-1,) * slots.ndim])
    return int(slots.min()), int(slots.max())


def _follow(flat: NDArray[Any]) -> bool:
    """Whether slots follow each other."""
    if flat.size == 1 or (is_shared(flat) and flat.strides[0] == flat.itemsize):
        return True
    return int(flat[-1]) - int(flat[0]) == flat.size - 1 and bool((np.diff(flat) == 1).all())

