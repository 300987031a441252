"""A tape as a list of steps over blocks of Taylor coefficients (sweep/series): values and coefficients of whatever the inputs' series are.

A block is the result of one instruction, or of one step of an operation's recipe (ops/series.py). Structural instructions that are no native
steps are rules in Python (passes/series_rules.py), between two stretches of steps.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from jittape.compiler.jit import callback
from jittape.compiler.locks import compiling
from jittape.errors import GradientError, TapeLimitError
from jittape.instructions.base import of
from jittape.instructions.matmul.record import read
from jittape.ops.layout import CUMSUM, FIRST_OPERATION, FREED, K_FORWARD, KINDS, MATMUL, MAX, MIN, OPERATION, RUN, SUM
from jittape.ops.series import EXTREME, GATHER, NUMBER, OPERANDS, PRODUCT, RUNNING, SUMS, VALUE, recipe
from jittape.ops.spec import by_code
from jittape.sweep.engine import engine
from jittape.sweep.series import driver
from jittape.tape.decode import is_structural, operands
from jittape.tape.limits import memory_limit

Slots = NDArray[Any]
Reals = NDArray[np.float64]


class Block(NamedTuple):
    """Elements before it, its length, and whether it depends on the inputs."""

    first: int
    n: int
    active: bool


class Break(NamedTuple):
    """Where a rule in Python goes on: rule(coefficients of the operands up to the last, then those of the result up to k) -> coefficient k."""

    step: int
    rule: Callable[..., Any]
    operands: list[tuple[Block, tuple[int, ...]]]
    result: Block


@cache
def _sweep() -> Any:
    with compiling():
        compiled = callback(driver.sweep, types.int64(types.int64), slow=True)
    return compiled, ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(compiled.address)


class Series:
    """The steps of a tape, from instruction `start` on; slots before that are constants.

    Args:
        tape: a recording, whose leaves have values.
        inputs: the slots of each input.
        order: the highest coefficient.
        start, start_slot: the first instruction and its slot.
    """

    def __init__(self, tape: Any, inputs: Sequence[Slots], order: int, start: int = 0, start_slot: int = 0) -> None:
        self.tape, self.order = tape, order
        self.steps: list[tuple[int, ...]] = []
        self.lists: list[int] = []
        self.gathered: list[Any] = []
        self.numbers: list[float] = []
        self.breaks: list[Break] = []
        self.elements = 0
        self.leaves: list[tuple[int, Block]] = []
        """(first slot, block) of leaves, whose values are taken from the tape's."""
        slots = tape.count + tape.extra
        self.first = np.zeros(slots, np.int64)
        """For each slot its block (elements before it, length), the place there, and whether it depends on the inputs."""
        self.length = np.zeros(slots, np.int64)
        self.place = np.zeros(slots, np.int64)
        self.active = np.zeros(slots, bool)
        self._alone: dict[int, int] = {}
        self.held: dict[int, tuple[int, int]] = {}
        """Of blocks that are results of instructions: (first slot, how many)."""
        self._lists_at = 0
        if start_slot:
            self._leaf(0, start_slot)
        given = np.zeros(slots, bool)
        for x in inputs:
            given[x] = True
        self._given = given
        self._compile(start, start_slot)
        self.inputs = [self._rows(np.asarray(x).reshape(-1)) for x in inputs]
        code = np.array(self.steps, np.int64).reshape(-1, driver.WIDTH)
        self.code = np.ascontiguousarray(code)
        self.list = np.concatenate([np.empty(0, np.int64), *self.gathered]).astype(np.int64)
        self.constants = np.array([*self.numbers, 0.0])
        self.codes = sorted({int(c) for c in code[code[:, 0] == VALUE, 7]})

    # --- blocks --------------------------------------------------------------------------------------------------------------

    def _block(self, n: int, active: bool) -> Block:
        found = Block(self.elements, n, active)
        self.elements += n
        return found

    def _holds(self, s: int, block: Block) -> None:
        """Slots s to s + n are the block's elements."""
        stop = s + block.n
        self.first[s:stop], self.length[s:stop], self.active[s:stop] = block.first, block.n, block.active
        self.place[s:stop] = np.arange(block.n)
        self.held[block.first] = s, block.n

    def _leaf(self, s: int, n: int, active: bool = False) -> None:
        block = self._block(n, active)
        self._holds(s, block)
        self.leaves.append((s, block))

    def _listed(self, numbers: Any) -> int:
        """Numbers for the lists; returns where they begin."""
        found = self._lists_at
        self.gathered.append(np.asarray(numbers, np.int64).reshape(-1))
        self._lists_at += self.gathered[-1].size
        return found

    def _step(self, what: int, n: int, to: int, a: int = 0, b: int = 0, c: int = 0, top: int = 0, more: int = 0) -> None:
        self.steps.append((what, n, to, a, b, c, top, more))

    def read(self, slots: Slots) -> Block:
        """The block of these slots in their order: that of an instruction, or one that they are gathered in."""
        slots = slots.reshape(-1)
        n = slots.size
        if n == 0:
            return Block(0, 0, False)
        s = int(slots[0])
        if n == 1:
            if self.length[s] == 1:
                return Block(int(self.first[s]), 1, bool(self.active[s]))
            known = self._alone.get(s)
            if known is not None:
                return Block(known, 1, bool(self.active[s]))
        elif self.length[s] == n and self.place[s] == 0 and int(slots[-1]) == s + n - 1 and (np.diff(slots) == 1).all():
            return Block(int(self.first[s]), n, bool(self.active[s]))
        block = self._block(n, bool(self.active[slots].any()))
        at = self._listed(np.stack([self.first[slots], self.length[slots], self.place[slots]], -1))
        self._step(GATHER, n, block.first, top=self.order if block.active else 0, more=at)
        if n == 1:
            self._alone[s] = block.first
        return block

    # --- instructions --------------------------------------------------------------------------------------------------------

    def _compile(self, start: int, s: int) -> None:
        tape = self.tape
        opcode, arg0, arg1 = (x[start : tape.count].tolist() for x in (tape.opcode, tape.arg0, tape.arg1))
        for k, (op, a, b) in enumerate(zip(opcode, arg0, arg1, strict=True), start):
            n = b if op >= RUN else 1
            if n and self._given[s]:  # a leaf, or a copy of what an outer recording has
                self._leaf(s, n, True)
            elif op & OPERATION < FIRST_OPERATION:
                if op & OPERATION == FREED:
                    raise GradientError("Taylor coefficients of a recording whose values were freed: record it again")
                self._leaf(s, n)
            elif is_structural(op):
                self._structural(op - RUN, k, s, n)
            elif n:
                self._elementwise(op & OPERATION, [x.slots for x in operands(tape, k)] if op >= RUN else self._scalars(op, a, b), s, n)
            s += n

    def _scalars(self, op: int, a: int, b: int) -> list[Any]:
        return [np.array([a]), np.array([b])][: by_code(op).arity]

    def _elementwise(self, code: int, read: list[Slots], s: int, n: int) -> None:
        blocks = [self.read(x) for x in read]
        active = sum(1 << i for i, x in enumerate(blocks) if x.active)
        try:
            found = recipe(code, active, self.order if active else 0)
        except OverflowError:
            raise GradientError(f"the Taylor coefficients of {by_code(code).name} up to order {self.order} take too many steps: ask for a lower order") from None
        base = self.elements
        self.elements += found.blocks * n
        at = [x.first for x in blocks] + [0] * (OPERANDS - len(blocks)) + [base + i * n for i in range(found.blocks)]
        for x in found.steps:
            more = x.code
            if x.what == NUMBER:
                more = len(self.numbers)
                self.numbers.append(x.number)
            self.steps.append((x.what, n, at[x.to], at[max(x.a, 0)], at[max(x.b, 0)], at[max(x.c, 0)], x.top, more))
        top = max((x.top for x in found.steps if x.to == found.result), default=0)
        self._holds(s, Block(at[found.result], n, bool(active) and top > 0))

    def _structural(self, code: int, k: int, s: int, n: int) -> None:
        tape, at = self.tape, int(self.tape.arg0[k])
        read_ = [x.slots for x in of(code).operands(tape, at, n)]
        if not n:
            return
        if code in (SUM, CUMSUM, MAX, MIN):
            x = self.read(read_[0])
            row = int(tape.meta[at])
            z = self._block(n, x.active)
            top = self.order if x.active else 0
            what = SUMS if code == SUM else RUNNING if code == CUMSUM else EXTREME
            self._step(what, n, z.first, x.first, c=1 if code == MAX else -1, top=top, more=row)
        elif code == MATMUL:
            record = read(tape.meta, at)
            a, b = (self.read(x) for x in read_)
            z = self._block(n, a.active or b.active)
            sizes = record.m * record.inner, record.inner * record.columns
            steps = [size if x.n > size else 0 for x, size in zip((a, b), sizes, strict=True)]
            tops = [self.order if x.active else 0 for x in (a, b)]
            shape = self._listed([record.batch, record.m, record.inner, record.columns, *steps, *tops])
            self._step(PRODUCT, n, z.first, a.first, b.first, top=max(tops), more=shape)
        else:
            from jittape.passes.series_rules import rule_of  # for start-up

            rule = rule_of(tape, code, k, at, n)
            blocks = [(self.read(x), x.shape) for x in read_]
            z = self._block(n, any(x.active for x, _ in blocks))
            self.breaks.append(Break(len(self.steps), rule, blocks, z))
        self._holds(s, z)

    # --- coefficients ----------------------------------------------------------------------------------------------------------

    def _rows(self, slots: Slots) -> NDArray[np.int64]:
        """Of each slot [coefficient, slot]: the row of memory where it stands."""
        if not slots.size:
            return np.empty((self.order + 1, 0), np.int64)
        k = np.arange(self.order + 1)[:, None]
        found: NDArray[np.int64] = self.first[slots] * (self.order + 1) + k * self.length[slots] + self.place[slots]
        return found

    def prepared(self) -> tuple[Any, Any, Any, int, int]:
        """What native code is told, with what it needs compiled: steps, lists, constants, the addresses of the table of kernels and of the sweep."""
        tables = engine(np.dtype(np.float64), self.tape.math)
        for code in self.codes:
            if not tables.table[code * KINDS + K_FORWARD]:
                tables.compile_kernel(code * KINDS + K_FORWARD)
        return self.code, self.list, self.constants, tables.table_address, int(_sweep()[0].address)

    def run(self, values: Any, series: Sequence[Reals]) -> Coefficients:
        """Coefficients of all slots.

        Args:
            values: of the tape's slots, of which leaves are taken.
            series: of each input the coefficients [order + 1, directions, numbers].
        """
        directions, room = series[0].shape[1], self.order + 1
        size = self.elements * room * directions
        limit = memory_limit()
        if limit is not None and 8 * size > limit:
            raise TapeLimitError(f"Taylor coefficients of this recording take {8 * size:,} bytes, more than the limit of {limit:,} that jittape.set_memory_limit set")
        memory = np.zeros((self.elements * room, directions))
        for s, block in self.leaves:
            memory[block.first * room : block.first * room + block.n] = values[s : s + block.n, None]
        for rows, given in zip(self.inputs, series, strict=True):
            memory[rows] = given.transpose(0, 2, 1)
        steps, lists, numbers, kernels, _ = self.prepared()
        control = np.zeros(driver.BLOCK, np.int64)
        control[driver.S_STEPS], control[driver.S_LISTS], control[driver.S_NUMBERS] = steps.ctypes.data, lists.ctypes.data, numbers.ctypes.data
        control[driver.S_MEMORY], control[driver.S_ROOM], control[driver.S_DIRECTIONS] = memory.ctypes.data, room, directions
        control[driver.S_STOP], control[driver.S_KERNELS] = room, kernels
        sweep = _sweep()[1]
        begin = 0
        for end, rule in [*((x.step, x) for x in self.breaks), (len(self.steps), None)]:
            control[driver.S_BEGIN], control[driver.S_END] = begin, end
            missing = sweep(control.ctypes.data)
            assert missing < 0, missing
            if rule is not None:
                self._python(rule, memory, directions)
            begin = end
        return Coefficients(self, memory)

    def _python(self, x: Break, memory: Reals, directions: int) -> None:
        """Coefficients of an instruction that has a rule in Python, direction by direction."""
        room = self.order + 1

        def seen(block: Block, shape: tuple[int, ...], d: int) -> Reals:
            rows = memory[block.first * room : (block.first + block.n) * room, d]
            return rows.reshape(room, *shape)

        with np.errstate(all="ignore"):
            for d in range(directions):
                found = x.rule(*(seen(block, shape, d) if block.active else seen(block, shape, d)[:1] for block, shape in x.operands), room=room)
                seen(x.result, (x.result.n,), d)[...] = found


class Coefficients:
    """What a sweep found."""

    def __init__(self, series: Series, memory: Reals) -> None:
        self.series, self.memory = series, memory

    def of(self, slots: Slots) -> Reals:
        """Coefficients [directions, order + 1, *shape of the slots]."""
        flat = np.asarray(slots).reshape(-1)
        found = np.moveaxis(self.memory[self.series._rows(flat)], 2, 0)  # [directions, coefficient, slot]
        constant = ~self.series.active[flat]
        if constant.any():
            found[:, 1:, constant] = 0.0
        return found.reshape(*found.shape[:2], *np.shape(slots))
