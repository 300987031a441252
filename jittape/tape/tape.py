"""The tape: a recording, and the sweeps over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.compiler.ndarrays import address_of
from jittape.errors import TapeLimitError
from jittape.instructions.base import of
from jittape.ops.layout import (
    C_ADJOINT,
    C_ARG0,
    C_ARG1,
    C_AT,
    C_AT_SLOT,
    C_COUNT,
    C_GROUP,
    C_INDEX,
    C_KERNELS,
    C_LOOPS,
    C_META,
    C_OPCODE,
    C_SCRATCH,
    C_SLOTS,
    C_STATUS,
    C_TANGENT,
    C_UNPACKED,
    C_VALUE,
    C_VISITED,
    CALLED,
    CHUNK,
    CONSTANT,
    DONE,
    FIRST_OPERATION,
    MISSING,
    PACKED,
    PARAMETER,
    RUN,
    UNKNOWN,
    UNREAD_LEAF,
)
from jittape.sweep.engine import LOOPS, Engine, engine
from jittape.tape.arrays import Arrays, Ints, Reals
from jittape.tape.memory import kept, not_zero
from jittape.tape.plan import Plan

if TYPE_CHECKING:
    from jittape.tape.holding import Memory

STATUS = 0xFF
"""The byte of what a sweep comes back with that is its status; above it stands the number of what is missing."""


class Tape(Arrays):
    """A recording: instructions in SSA form, the values of their slots, and sweeps over them."""

    __slots__ = ()

    # --- sweeps ----------------------------------------------------------------------------------------------------------

    @property
    def engine(self) -> Engine:
        """The compiled sweeps and kernels that this tape is swept by."""
        return engine(self.dtype, self.math)

    def bind(self, values: bool = True) -> None:
        """Write the arrays' addresses into the address block that native code receives.

        Args:
            values: make room for the values of every slot; not for native code that looks at the instructions only.
        """
        if self.bound_count == self.count:
            return
        count = self.count  # up to the next line there is no call: signal handlers may record at each
        slots = count + self.extra
        if values:
            self.reserve_slots(slots)
        own = self.engine
        if self.scratch is None:
            self.scratch = own.scratch() if self.loops is None else self.loops.scratch(self.dtype)
        c = self.control_view
        c[C_COUNT], c[C_SLOTS] = count, slots
        c[C_OPCODE], c[C_ARG0], c[C_ARG1] = address_of(self.opcode), address_of(self.arg0), address_of(self.arg1)
        c[C_VALUE] = address_of(self.value)
        c[C_ADJOINT] = 0 if self.adjoint is None else address_of(self.adjoint)
        c[C_TANGENT] = 0 if self.tangent_ is None else address_of(self.tangent_)
        c[C_VISITED] = 0 if self.visited is None else address_of(self.visited)
        c[C_META] = self.meta.buffer_info()[0]
        c[C_INDEX] = self.index.buffer_info()[0]
        c[C_SCRATCH], c[C_KERNELS] = address_of(self.scratch), own.table_address
        c[C_GROUP] = 0
        c[C_LOOPS] = 0 if self.loops is None else self.loops.address
        self.bound_count = count if values else -1

    def sweep(self, name: str, k: int, end: int, s: int) -> None:
        sweep = self._sweeps.get(name)
        if sweep is None:
            sweep = self._sweeps[name] = self.engine.sweep(name)
        words = self.control_view
        before, self.at_work = self.at_work, True
        try:
            if self.bound_count != self.count:  # a signal handler has recorded meanwhile
                self.bind()
            while True:
                sweep(self.address, k, end, s, self.typed_zero)
                status = words[C_STATUS]
                if status == DONE:
                    return
                k, s = words[C_AT], words[C_AT_SLOT]
                if status & STATUS == MISSING:
                    self.engine.compile_kernel(status >> 8)
                elif status == CALLED:
                    direction = name.removeprefix(LOOPS)
                    getattr(of(int(self.opcode[k]) - RUN), direction)(self, k, s)
                    if self.bound_count != self.count:  # a rule of the user's has recorded
                        self.bind()
                    if direction != "reverse":
                        s += int(self.arg1[k])
                        k += 1
        finally:
            self.at_work = before

    def evaluate(self) -> None:
        """Compute the values of every slot that has none yet."""
        if self.done < self.count or self.partial:
            if self.partial:
                self.done = self.done_slots = 0
                self.partial = False
            if self.loops is not None and self.loops.recorded is not None:
                self._evaluate_as(self.loops.recorded)
                return
            self.bind()
            count = self.count
            slots = count + self.extra
            self.sweep("forward", self.done, count, self.done_slots)
            self.done, self.done_slots = count, slots

    def _evaluate_as(self, recorded: Any) -> None:
        """The same where passes have dropped instructions, whose values may be wanted now."""
        mine = self.exchange(recorded)
        try:
            self.bind()
            self.sweep("forward", 0, self.count, 0)
        finally:
            self.exchange(mine)
            self.bind()
        self.done, self.done_slots = self.count, self.slots

    @property
    def columns(self) -> Any:
        """The instructions, as `exchange` takes them."""
        return self.opcode, self.arg0, self.arg1, self.meta, self.count, self.extra

    def exchange(self, instructions: Any) -> Any:
        """Go by other instructions for the same slots from now on; returns those until now."""
        before = self.columns
        self.opcode, self.arg0, self.arg1, self.meta, self.count, self.extra = instructions
        self.capacity, self.bound_count = self.count, -1
        return before

    def replay(self) -> None:
        """Compute values anew after inputs were changed in `value`: all of them, or those that a plan or compiled loops keep."""
        if self.plan is None and self.loops is None:
            self.done = self.done_slots = 0
            self.evaluate()
            return
        self.bind()
        self.done, self.done_slots, self.partial = self.count, self.slots, True
        if self.plan is not None:
            self.plan.sweep(self, "forward", 0, self.count, 0)
        else:
            self._sweep_by_loops("forward", 0, self.count, 0)

    def _sweep_by_loops(self, name: str, k: int, end: int, s: int) -> None:
        """A sweep of all of the tape that goes by compiled loops, which several threads may share."""
        shares = self.loops.shares  # type: ignore[union-attr]
        if shares is None:
            self.sweep(LOOPS + name, k, end, s)
        else:
            shares.sweep(self, name)

    def interpret(self) -> None:
        """Replay without compiled loops from now on."""
        if self.loops is not None:
            plan = self.loops.plan
            if self.loops.recorded is not None:
                self.exchange(self.loops.recorded)
                self.visited = None
            self.loops, self.plan, self.bound_count = None, None if plan is None else plan.copy(), -1

    def replay_with_gradient(self, slot: int, valued: bool = True) -> bool:
        """`replay`, and the gradient of a slot in the adjoints of the inputs, where one pass over the plan's last group, or over a loop that threads share,
        finds both, or the gradient alone; else nothing is done."""
        shares = None if self.loops is None else self.loops.shares
        ending = None if self.plan is None else self.plan.ending(self, slot)
        if ending is None and (shares is None or not shares.ends):
            return False
        with self.sweeping() as adjoint:
            if self.visited is None or self.visited.size < self.count:
                self.visit_all()
            self.bind()
            self.done, self.done_slots, self.partial = self.count, self.slots, True
            if ending is not None:
                ending.sweep(self, adjoint)
            elif shares is not None:
                shares.ending(self, slot, valued)
        return True

    def goes_back_only(self) -> bool:
        """Make ready for a reverse sweep without a forward one, where compiled loops that threads share allow of it; whether that is so."""
        if self.loops is None or self.loops.shares is None or not self.loops.gradient_alone:
            return False
        self.bind()
        self.done, self.done_slots, self.partial = self.count, self.slots, True
        self.control[C_UNPACKED] = UNKNOWN
        return True

    def make_plan(self, keep: Sequence[Ints]) -> None:
        """Plan replays that compute the slots in `keep` and gradients, and nothing else (see sweep/point/planning.py)."""
        if self.guards is not None:
            keep = [*keep, self.guards.slots]
        if self.count and int(self.arg1[: self.count][self.opcode[: self.count] >= RUN + FIRST_OPERATION].max(initial=0)) > CHUNK:
            self.plan = Plan.make(self, keep)

    def adjoints(self) -> Reals:
        """The adjoint of every slot: zero, and to be left zero (sweeps zero what they use, callers what they take)."""
        if self.adjoint is None or self.adjoint.size < self.slots:
            self.adjoint = None
            self.adjoint = self._zeros("adjoints")
        not_zero(self.adjoint)
        return self.adjoint

    def _zeros(self, what: str) -> Reals:
        """A zero for every slot; the address block is written anew."""
        size = self.slots
        self.bound_count = -1
        self.check_limit(what, size, self.nbytes + self.dtype.itemsize * size)
        try:
            return kept(size, self.dtype, zero=True)
        except MemoryError:
            raise TapeLimitError(f"no memory for {what} of {size:,} slots") from None

    @contextmanager
    def sweeping(self) -> Iterator[Reals]:
        """The adjoints, for seeding, a reverse sweep and taking results; should that be interrupted, none are left over."""
        try:
            yield self.adjoints()
        except BaseException:
            self.forget_adjoints()
            raise

    def forget_adjoints(self) -> None:
        """Drop the adjoints of a sweep that was interrupted, so that they do not leak into the next one."""
        self.adjoint = None
        self.bound_count = -1

    def visit_all(self) -> None:
        """Reverse sweeps visit every instruction from now on. Of a recording that is replayed, nobody reads the adjoints of constants."""
        opcode = self.opcode[: self.count]
        self.visited = np.ones(self.count, np.uint8)
        if self.replayable:
            self.visited[(opcode == RUN + CONSTANT) | (opcode == RUN + PARAMETER)] = UNREAD_LEAF
        self.bound_count = -1

    def reverse(self, stop: int = 0, visited: NDArray[np.uint8] | None = None) -> None:
        """Reverse sweep from the end to instruction `stop`, from the seeds in `adjoints()`.

        Afterwards the adjoints of inputs (and of slots before `stop`) stand in `adjoint`, all others are zero.
        """
        if not self.partial or stop or visited is not None:
            self.evaluate()
        self.adjoints()
        if visited is not None:
            self.visited = visited
            self.bound_count = -1
        elif self.visited is None or self.visited.size < self.count:
            self.visit_all()
        try:
            self.bind()
            if self.partial and self.plan is not None:
                self.plan.sweep(self, "reverse", self.count, 0, self.slots)
            elif self.partial and self.loops is not None:
                self._sweep_by_loops("reverse", self.count, 0, self.slots)
            else:
                self.sweep("reverse", self.count, stop, self.slots)
        except BaseException:
            self.forget_adjoints()
            raise
        finally:
            if visited is not None:
                self.visited = None
                self.bound_count = -1

    def tangents(self) -> Reals:
        """The tangent of every slot; a caller sets those of the inputs before a tangent sweep."""
        if self.tangent_ is None or self.tangent_.size < self.slots:
            self.tangent_ = None
            self.tangent_ = self._zeros("tangents")
        return self.tangent_

    def tangent(self) -> None:
        """Tangent sweep from the seeds in `tangents()` at the inputs."""
        by_loops = self.partial and self.loops is not None and self.loops.has_tangents and self.control_view[C_UNPACKED] == PACKED
        if not by_loops:
            self.evaluate()
        self.tangents()
        self.bind()
        if by_loops:
            self._sweep_by_loops("tangent", 0, self.count, 0)
        else:
            self.sweep("tangent", 0, self.count, 0)

    # --- reading ---------------------------------------------------------------------------------------------------------

    def instructions(self) -> Iterator[tuple[int, int, int, int, int]]:
        """(k, first slot, opcode, arg0, arg1) of every instruction."""
        s = 0
        for k in range(self.count):
            op, a, b = int(self.opcode[k]), int(self.arg0[k]), int(self.arg1[k])
            yield k, s, op, a, b
            s += b if op >= RUN else 1

    def __repr__(self) -> str:
        return f"<Tape {self.dtype.name}: {self.count:,} instructions, {self.slots:,} slots, {self.nbytes:,} bytes>"

    __hash__ = None  # type: ignore[assignment]

    if TYPE_CHECKING:  # tape/methods.py gives the class these, which stand above it

        def draw(self, fold: str = "auto") -> Any: ...
        def listing(self, first: int = 0, count: int | None = None, loops: bool = False) -> str: ...
        def to_dot(self, first: int = 0, count: int | None = None) -> str: ...
        def memory(self) -> Memory: ...
        def save(self, path: Any) -> None: ...
        @staticmethod
        def load(path: Any, memory_limit: int | None = None) -> Tape: ...
        def copy(self) -> Tape: ...
        def __copy__(self) -> Tape: ...
        def __deepcopy__(self, memo: Any) -> Tape: ...
