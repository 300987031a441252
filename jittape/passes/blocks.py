"""Jacobians of a tape by blocks of seeds: each instruction is gone through once for many seeds, as a matrix (instructions/blocks.py).

A sweep a seed reads every constant matrix once for each; a block multiplies with it once, by BLAS. Seeds are those of the results,
backwards, or those of the inputs, forwards, whichever are fewer (backwards where they are as many).

A Hessian is the Jacobian of a recorded gradient, forwards. It is symmetric: seeds of the variables from some on are taken to results
from there on only, so that what later variables do not need (earlier layers, say) is left out.
"""

from __future__ import annotations

import copy
import ctypes
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.compiler.ndarrays import address_of
from jittape.instructions import of
from jittape.instructions.base import Refused
from jittape.instructions.blocks import (
    ALL,
    Block,
    Picked,
    Way,
    added,
    finite,
    flat,
    pulled,
    pushed,
    strided,
    times,
)
from jittape.instructions.references import is_shared
from jittape.ops.layout import (
    CONSTANT,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
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
STEP, LOOK, SWEEP, SLOT, PARTIAL = 8e-6, 40e-6, 4e-6, 1e-9, 2e-9
"""Seconds that an instruction takes for a block and for being looked at, a sweep for itself and for each slot, and an element of an elementwise
instruction for its partial derivatives, roughly. For each seed such an element takes blocks at least as long as a sweep: what blocks save is the rest."""
CALLED, EACH_STEP, RESULT = 1e-5, 1.2e-5, 3e-10
"""Seconds that a Jacobian takes at least: for itself, for each instruction, and for each of its numbers."""
MEMORY = 1 << 23
"""Numbers that the blocks of all instructions hold at a time, about: beyond that, seeds go by several blocks."""
HEAP = (1 << 25) - (1 << 13)
"""Bytes of which glibc will not give the system back what is free, once it has seen them come back; then blocks take no page faults."""
CACHE, FEWEST = 1 << 18, 32
"""Numbers of one block that a cache holds, about, and seeds that are taken at a time however long the instructions are."""


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
        self.done: list[int] = []
        """Instructions whose tangents no later step reads, and no result is."""
        self.known: dict[int, bool] = {}
        """Of a structural instruction: what it found out about operands that are fixed."""

    def unknowing(self) -> _Step:
        """The same step, of which nothing was found out yet."""
        new = copy.copy(self)
        new.known = {}
        return new


class _Point(NamedTuple):
    """Values of all slots, the partial derivatives of each step's operands, and whether these may be infinite."""

    value: Reals
    partials: dict[int, list[Reals | None]]
    careful: bool


class Blocks:
    """How the Jacobian of a tape that does not change any more is found by blocks.

    Args:
        inputs: first slot and end of each input.
        outputs: slots of each result.
        once: the Jacobian is found at one point only.
        symmetric: the results are as many as the inputs, of which they are a gradient.

    Raises:
        Refused: there is an instruction that has no rule, or a sweep a seed is faster.
    """

    def __init__(self, tape: Any, inputs: Sequence[tuple[int, int]], outputs: Sequence[NDArray[Any]], once: bool = False,
                 symmetric: bool = False) -> None:  # fmt: skip
        self.rows, self.columns = sum(s.size for s in outputs), sum(b - a for a, b in inputs)
        self.symmetric = symmetric
        self.backwards = self.rows <= self.columns and not symmetric
        self.seeds = min(self.rows, self.columns)
        if tape.count > LONGEST or self.seeds < 2:
            raise Refused
        opcode = tape.opcode[: tape.count]
        self.size = lengths(opcode, tape.arg1[: tape.count])
        active = opcode & OPERATION >= FIRST_OPERATION
        elements = int(self.size[active & (opcode < RUN + FIRST_STRUCTURAL)].sum())
        if (STEP + once * LOOK) * np.count_nonzero(active) + PARTIAL * elements > self.seeds * (SWEEP + SLOT * (tape.slots - elements)):
            raise Refused
        self.tape, self.dtype, self.engine = tape, tape.dtype, tape.engine
        self.opcode = opcode.tolist()
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
        self.outputs, at = [], 0
        for slots in outputs:
            self.outputs.append(([way for way in self._ways(slots.reshape(-1)) if varied[way.of]], at, slots.size))
            at += slots.size
        self.steps = steps
        self.steps = self._leading_to(0)
        for step in self.steps:
            if step.rule is not None and not step.rule.by_blocks(tape, step.at, not self.backwards):
                raise Refused
        self._tell_last()
        self.width = max(sum(step.n for step in self.steps) + self.columns, 1)
        self.ones = np.ones(max([step.n for step in self.steps], default=0), self.dtype)
        self.ones_at = address_of(self.ones)
        self.seeds_of: dict[tuple[int, int, int], Picked] = {}
        longest = max([step.n for step in self.steps], default=1)
        self.at_a_time = max(min(MEMORY // self.width, max(CACHE // longest, FEWEST), self.seeds), 1)
        self.parts = [(a, min(a + self.at_a_time, self.seeds), self.steps) for a in range(0, self.seeds, self.at_a_time)]
        if symmetric:
            self.parts = self._symmetric_parts()
        np.empty(min(self.at_a_time * self.width * self.dtype.itemsize, HEAP), np.uint8)  # see there
        for step in self.steps:
            for operand in step.active:
                if operand.kernel >= 0:
                    self.engine.compile_kernel(operand.kernel)

    @property
    def cost(self) -> float:
        """At least about how many seconds a Jacobian takes, where products with matrices take no time."""
        return CALLED + EACH_STEP * len(self.steps) + RESULT * self.rows * self.columns

    def on(self, tape: Any) -> Blocks:
        """The same for another tape of the same instructions, with constants of its own (or for none, to be kept)."""
        new = copy.copy(self)
        new.tape = tape
        steps = {step.k: step if step.rule is None else step.unknowing() for step in self.steps}
        new.steps = list(steps.values())
        new.parts = [(a, b, [steps[step.k] for step in some]) for a, b, some in self.parts]
        return new

    def _tell_last(self) -> None:
        """Which blocks each step is the last to read: their memory is used again while it is in cache."""
        last = {way.of: step for step in self.steps for operand in step.active for way in operand.ways}
        results = {way.of for ways, _, _ in self.outputs for way in ways}
        for q, step in last.items():
            if q not in results:
                step.done.append(q)

    def _leading_to(self, low: int) -> list[_Step]:
        """The steps that results from number `low` on depend on."""
        needed = [False] * len(self.opcode)
        for ways, at, n in self.outputs:
            for way in ways:
                if at + way.end(n) > low:
                    needed[way.of] = True
        for step in reversed(self.steps):
            if needed[step.k]:
                for operand in step.active:
                    for way in operand.ways:
                        needed[way.of] = True
        return [step for step in self.steps if needed[step.k]]

    def _symmetric_parts(self) -> list[tuple[int, int, list[_Step]]]:
        """(first, end, steps) of the seeds that are taken at a time: no part goes on where results begin that need fewer steps."""
        ends = {self.seeds}
        for ways, at, n in self.outputs:
            ends.update(at + way.end(n) for way in ways)
        parts, low = [], 0
        for end in sorted(ends):
            if end - low < min(FEWEST, self.seeds - low):
                continue
            steps = self._leading_to(low)
            parts += [(a, min(a + self.at_a_time, end), steps) for a in range(low, end, self.at_a_time)]
            low = end
        return parts

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
        ways = []
        for q in np.unique(owner):
            mine = np.flatnonzero(owner == q)
            first, last = int(mine[0]), int(mine[-1])
            ways.append(self._way(int(q), flat[mine], slice(first, last + 1) if last - first == mine.size - 1 else mine))
        return ways

    def _way(self, q: int, flat: NDArray[Any], mine: Any) -> Way:
        base, width = int(self.start[q]), int(self.size[q])
        if flat.size == width and int(flat[0]) == base and _follow(flat):
            return Way(q, width, mine, ALL, True)
        if flat.size == 1 or (flat == flat[0]).all():
            return Way(q, width, mine, int(flat[0]) - base, flat.size == 1)
        theirs = flat.astype(np.intp) - base
        return Way(q, width, mine, theirs, np.unique(theirs).size == theirs.size, strided(theirs))

    # --- a point -------------------------------------------------------------------------------------------------------------

    def __call__(self, value: Reals) -> list[Reals]:
        """The Jacobian's columns of each input [results, numbers of the input], for the values of all slots.

        Raises:
            NotFinite: a matrix holds infinities or NaN: sweeps of one seed each know what is right.
        """
        if not self.symmetric:
            return self._at(value, self._jacobian)
        (whole,) = self.hessian(value)
        return [whole[:, at : at + n] for _, at, n in self.inputs]

    def hessian(self, value: Reals, out: Reals | None = None) -> list[Reals]:
        """The Jacobian of a gradient, as one matrix that is exactly symmetric, written to `out` where that is given.

        Raises:
            NotFinite: as above.
        """
        return self._at(value, partial(self._hessian, out))

    def products(self, value: Reals, vectors: Reals) -> Reals:
        """The Jacobian times each row of `vectors`, which is as long as all inputs: [rows, numbers of the results].

        Raises:
            NotFinite: as above.
        """
        (found,) = self._at(value, partial(self._products, vectors))
        return found

    def _at(self, value: Reals, find: Callable[[_Point], list[Reals]]) -> list[Reals]:
        """What is found at a point, by arithmetic that looks for zeros that meet infinities where there are any."""
        with np.errstate(all="ignore"):
            partials = {step.k: [self._partial(step, operand, value) for operand in step.active] for step in self.steps}
            if all(p is None or finite(p) for ps in partials.values() for p in ps):
                found = find(_Point(value, partials, False))
                if all(map(finite, found)):
                    return found
            return find(_Point(value, partials, True))

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

    def _jacobian(self, point: _Point) -> list[Reals]:
        parts = [(self._backwards if self.backwards else self._forwards)(point, a, b) for a, b, _ in self.parts]
        if self.backwards:
            return parts[0] if len(parts) == 1 else [np.concatenate(blocks) for blocks in zip(*parts, strict=True)]
        whole = parts[0][0] if len(parts) == 1 else np.concatenate([part for (part,) in parts], axis=1)
        return [whole[:, at : at + n] for _, at, n in self.inputs]

    def _backwards(self, point: _Point, low: int, high: int) -> list[Reals]:
        value, partials, careful = point
        blocks: list[Block | None] = [None] * len(self.opcode)
        count = high - low
        for ways, at, n in self.outputs:
            self._sow(blocks, ways, at - low, n, count)
        for step in reversed(self.steps):
            block = blocks[step.k]
            if block is None:
                continue
            blocks[step.k] = None
            for operand, p in zip(step.active, partials[step.k], strict=True):
                part = times(block, p, False, careful) if step.rule is None else step.rule.pull_block(self.tape, step, operand.e, value, block)
                for way in operand.ways:
                    blocks[way.of] = added(blocks[way.of], pulled(part, way))
        found = []
        for ways, _, n in self.inputs:
            block = pushed(blocks, ways, n, count, self.dtype)
            matrix = np.zeros((count, n), self.dtype) if block is None else flat(block)
            found.append(matrix.copy() if np.may_share_memory(matrix, value) else matrix)
        return found

    def _tangents(self, point: _Point, steps: list[_Step], blocks: list[Block | None], count: int) -> None:
        """Go through steps with blocks of tangents, of which those of the inputs are given."""
        value, partials, careful = point
        for step in steps:
            block: Block | None = None
            parts = {}
            for operand, p in zip(step.active, partials[step.k], strict=True):
                part = pushed(blocks, operand.ways, operand.size, count, self.dtype)
                if part is None:
                    continue
                if step.rule is None:
                    block = added(block, times(part, p, True, careful))
                else:
                    parts[operand.e] = part
            blocks[step.k] = step.rule.push_blocks(self.tape, step, value, parts) if parts else block
            for q in step.done:
                blocks[q] = None

    def _forwards(self, point: _Point, low: int, high: int) -> list[Reals]:
        count = high - low
        full = np.zeros((self.rows, count), self.dtype)
        blocks = self._sown(low, count)
        self._tangents(point, self.steps, blocks, count)
        self._reap(blocks, full.T, 0)
        return [full]

    def _sown(self, low: int, count: int) -> list[Block | None]:
        """Blocks with the seeds low to low + count of the inputs."""
        blocks: list[Block | None] = [None] * len(self.opcode)
        for ways, at, n in self.inputs:
            self._sow(blocks, ways, at - low, n, count)
        return blocks

    def _reap(self, blocks: list[Block | None], rows: Reals, low: int) -> None:
        """Write the tangents of the results from number `low` on to rows of zeros, one a seed."""
        for ways, at, n in self.outputs:
            block = pushed(blocks, ways, n, len(rows), self.dtype) if at + n > low else None
            if block is not None:
                rows[:, max(at - low, 0) : at + n - low] = flat(block)[:, max(low - at, 0) :]

    def _hessian(self, out: Reals | None, point: _Point) -> list[Reals]:
        H = np.empty((self.rows, self.rows), self.dtype) if out is None else out
        for low, high, steps in self.parts:
            blocks, rows = self._sown(low, high - low), H[low:high, low:]
            self._tangents(point, steps, blocks, high - low)
            rows[...] = 0.0
            self._reap(blocks, rows, low)
            H[high:, low:high] = H[low:high, high:].T
            corner = H[low:high, low:high]
            corner[...] = (corner + corner.T) / 2.0
        return [H]

    def _products(self, vectors: Reals, point: _Point) -> list[Reals]:
        out = np.zeros((len(vectors), self.rows), self.dtype)
        for low in range(0, len(vectors), self.at_a_time):
            some, rows = vectors[low : low + self.at_a_time], out[low : low + self.at_a_time]
            blocks: list[Block | None] = [None] * len(self.opcode)
            for ways, at, n in self.inputs:
                for way in ways:
                    blocks[way.of] = added(blocks[way.of], pulled(some[:, at : at + n], way))
            self._tangents(point, self.steps, blocks, len(some))
            self._reap(blocks, rows, 0)
        return [out]


def key_of(tape: Any, inputs: Sequence[tuple[int, int]], outputs: Sequence[NDArray[Any]], symmetric: bool = False) -> Any:
    """What tells tapes of the same instructions, whatever their values; None where a tape is too long for that."""
    if tape.count > LONGEST or len(tape.meta) + len(tape.index) + sum(s.size for s in outputs) > KEPT_LENGTH:
        return None
    arrays = (tape.opcode, tape.arg0, tape.arg1)
    return (tape.dtype, tape.math, tape.slots, *(a[: tape.count].tobytes() for a in arrays), tape.meta.tobytes(), tape.index.tobytes(),
            symmetric, *inputs, *((s.tobytes(), s.shape) for s in outputs))  # fmt: skip


def blocks_once(tape: Any, key: Any, inputs: Sequence[tuple[int, int]], outputs: Sequence[NDArray[Any]], symmetric: bool = False) -> Blocks:
    """`Blocks` of a tape whose Jacobian is found at one point only; how that is done is kept for the next tape of the same instructions.

    Args:
        key: see `key_of`.

    Raises:
        Refused: as `Blocks`.
    """
    if key is None:
        return Blocks(tape, inputs, outputs, once=True, symmetric=symmetric)
    found: Any = _kept.get(key)
    if found is None:
        try:
            found = Blocks(tape, inputs, outputs, once=True, symmetric=symmetric)
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

