"""The arrays of a tape: what they hold, how they grow, and how instructions are appended to them."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.errors import TapeLimitError
from jittape.ops.layout import CHUNK, CONSTANT, CTL, MAX_SLOTS, RUN
from jittape.tape.guards import NO_KEY, NUMBER, Guards
from jittape.tape.limits import memory_limit
from jittape.tape.lines import calling_line
from jittape.tape.loops import Loops
from jittape.tape.memory import SHORT, kept
from jittape.tape.plan import Plan

Ints = NDArray[np.int32]
Reals = NDArray[Any]

FIRST_CAPACITY = 1 << 10
INSTRUCTION = 10
"""Bytes of an instruction: its opcode, and two numbers of int32."""
_NOTHING = (memoryview(bytearray()), memoryview(bytearray()).cast("i"), memoryview(bytearray()).cast("i"))
CONSTANTS_KEPT = 4096
"""Scalar constants that a tape remembers, so that a literal in a loop is stored once."""
VIEWED, STORED, READ, REBOUND = 1, 2, 4, 8
"""Whether an array was a view or a copy; an array was stored into; elements were read as they lie in memory; an in-place operator
met a number."""


class Arrays:
    """The part of `Tape` that holds what was recorded, and is recorded on.

    Instruction k writes the slots that follow those of instruction k - 1: one for a scalar instruction, `arg1[k]` for a
    run. A tape belongs to the thread that made it.

    Attributes:
        dtype: float64 or float32, of every value.
        math: where sweeps take functions from, "fast" or "precise": see docs/accuracy.md.
        count: number of instructions. The number of slots is `slots`.
        opcode, arg0, arg1: the instructions, arrays of uint16 and int32.
        fast_opcode, fast_arg0, fast_arg1: memoryviews of these, which take an item in a third of the time. They are empty
            while the tape takes no fast appends (closed, paused, or recording source lines), so that an append fails and
            the slow path finds out why.
        value, adjoint, tangent_: of every slot; the latter two are made by the first sweep that needs them.
        control, control_view, address: the block of numbers and addresses that native code gets for the tape (its places
            are in ops/layout.py), a memoryview of it, and where it stands.
        bound_count: for how many instructions the addresses in the block hold, or -1 where an array has moved.
        typed_zero: a zero of the tape's dtype, by which Numba's dispatchers choose a sweep.
        constants: value -> slot of the scalar constants met so far.
        layout: how the layout of arrays in memory may have played a part: `VIEWED`, `STORED`, `READ`, `REBOUND`.
        guards: what the program decided by values, of a recording that is to be replayed; None where nothing was.
        at_work: a sweep or native code is at work on the arrays. What the interpreter calls in the meantime (a signal handler, a
            destructor) finds the tape half way, and may not record on it.
        careful: of a function that catches errors of arithmetic, what computes each operation at once (array/careful.py).
        lost: (message, file, line) of the first conversion that would have dropped a derivative; None where there was none.
    """

    __slots__ = (
        "__weakref__", "_sweeps", "address", "adjoint", "arg0", "arg1", "at_work", "bound_count", "busy", "capacity", "careful", "computed_constants", "constants", "control",
        "control_view", "count", "done", "done_slots", "dtype", "ended", "extra", "factors", "fast_arg0", "fast_arg1", "fast_opcode", "guards", "index",
        "layout", "lines", "loops", "lost", "math", "meta", "opcode", "partial", "parts", "plan", "previous", "pythons", "replayable", "scratch", "sparse", "tangent_", "thread", "typed_zero", "value", "visited",
    )  # fmt: skip

    keeps = True
    """Whether slots keep their numbers and what they hold, so that the tape may remember them."""
    repeats = False
    """Whether it is recorded on again, and so far as it was the last time: array/repeating.py."""
    by_first = False
    """Whether results of elementwise operations are laid out as PyTorch's are, by their first operand, and not as NumPy's."""
    at_once = False
    """Whether calls are computed when they are recorded: a tape that goes on for ever may not keep one that fails."""

    def __init__(self, dtype: Any = np.float64, capacity: int = FIRST_CAPACITY, math: str = "fast") -> None:
        self.dtype = np.dtype(dtype)
        self.math = math
        self.count = 0
        self.extra = 0
        self.done = self.done_slots = 0
        self.thread = threading.get_ident()
        self.constants: dict[float, int] = {}
        self.factors: dict[tuple[int, ...], int] = {}
        """The first slot of the factors of matrices, by where these stand: see instructions/lu."""
        self.sparse: dict[tuple[int, ...], list[Any]] = {}
        """Sparse matrices that the tape has, by their shapes and numbers of entries: see array/sparse_products.py."""
        self.parts: dict[int, Any] = {}
        """What calls on the tape name by a number, and what would be gone without them: checkpointed parts (replay/sites.py)."""
        self.meta = array("i")
        self.index = array("i")
        self.replayable = False
        self.computed_constants = False
        """Whether arrays that are known to be constant may have elements that a sweep computes; those of leaves stand once they are recorded."""
        self.layout = 0
        self.guards: Guards | None = None
        self.ended = False
        self.at_work = False
        self.careful: Any = None
        self.pythons: dict[int, bool] = {}
        """Slot of an argument that is a number -> whether it is a float of Python's; empty where none is."""
        self.lost: tuple[str, str, int] | None = None
        self.busy = 0
        self.lines: list[tuple[str, int]] | None = None
        self.capacity = capacity
        self.opcode: NDArray[np.uint16] = np.empty(capacity, np.uint16)
        self.arg0: Ints = np.empty(capacity, np.int32)
        self.arg1: Ints = np.empty(capacity, np.int32)
        self.value: Reals = np.empty(capacity, self.dtype)
        self.adjoint: Reals | None = None
        self.tangent_: Reals | None = None
        self.visited: NDArray[np.uint8] | None = None
        self.control = np.zeros(CTL, np.int64)
        self.control_view = memoryview(self.control)  # type: ignore[arg-type]
        self.address = self.control.ctypes.data
        self._sweeps: dict[str, Any] = {}
        self.typed_zero = self.dtype.type(0)  # tells a sweep its dtype
        self.scratch: Reals | None = None
        self.bound_count = -1
        self.plan: Plan | None = None
        self.loops: Loops | None = None
        self.partial = False
        self.previous: Any = None
        """What its last recording left, of a tape that is recorded on again."""
        self.resume()

    # --- size ------------------------------------------------------------------------------------------------------------

    @property
    def slots(self) -> int:
        """Number of slots in use."""
        return self.count + self.extra

    @property
    def nbytes(self) -> int:
        """Bytes that the tape's arrays hold, adjoints included where a sweep has made them."""
        held: list[NDArray[Any] | None] = [self.opcode, self.arg0, self.arg1, self.value, self.adjoint, self.tangent_, self.visited]
        lists = self.meta.itemsize * len(self.meta) + self.index.itemsize * len(self.index)
        return sum(a.nbytes for a in held if a is not None) + lists + (0 if self.guards is None else self.guards.nbytes)

    def __len__(self) -> int:
        return self.count

    def pause(self) -> None:
        """Let fast appends fail, so that every operation takes the slow path."""
        self.fast_opcode, self.fast_arg0, self.fast_arg1 = _NOTHING

    def end(self) -> None:
        """Nothing more is recorded here; arrays that outlive the recording raise a clear error."""
        self.ended = True
        self.pause()

    def resume(self) -> None:
        """Take fast appends again, up to the last slot that a tape can have."""
        opcode, arg0, arg1 = self.opcode, self.arg0, self.arg1
        room = max(min(self.capacity, MAX_SLOTS - self.extra), 0)
        views = memoryview(opcode)[:room], memoryview(arg0)[:room], memoryview(arg1)[:room]  # type: ignore[arg-type]
        if self.opcode is not opcode:  # a signal handler has recorded meanwhile
            self.resume()
            return
        self.fast_opcode, self.fast_arg0, self.fast_arg1 = views

    def operation(self, key: Any, operands: Sequence[Any], general: Any, arguments: tuple[Any, ...]) -> Any:
        """What an operation records: `general` does, unless it is known that the same stands here already."""
        return general(*arguments)

    def unfollow(self) -> None:
        """What comes now is not compared with what was recorded the last time: somebody will look at all that the arrays hold, or append by other means."""

    def refusal(self, text: str) -> TapeLimitError:
        """The error to raise where there is no room."""
        return TapeLimitError(text)

    def check_limit(self, what: str, slots: int, nbytes: int) -> None:
        if slots > MAX_SLOTS:
            raise self.refusal(
                f"the tape would need {slots:,} slots for {what}; it holds {self.slots:,} and a tape has at most "
                f"{MAX_SLOTS:,}. Record a smaller part of the computation, or differentiate it in batches"
            )
        limit = memory_limit()
        if limit is not None and nbytes > limit:
            raise self.refusal(
                f"the tape would need {nbytes:,} bytes for {what}, more than the limit of {limit:,} that "
                "jittape.set_memory_limit set. Raise the limit, or record a smaller part of the computation"
            )

    def _grown(self, held: int, need: int, itemsize: int) -> int:
        """How long arrays of `held` elements become: twice as long while they are short and a fifth longer then, so that
        a long tape has at most 32 bytes an operation; or what a memory limit leaves; but `need` at least."""
        size = 2 * held if held < SHORT else held + held // 5
        limit = memory_limit()
        if limit is not None:
            size = min(size, held + (limit - self.nbytes) // itemsize)
        return max(min(size, MAX_SLOTS), need)

    def reserve(self, instructions: int) -> None:
        """Make room for more instructions, doubling the arrays."""
        need = self.count + instructions
        if need <= self.capacity:
            return
        paused, opcode = self.fast_opcode is _NOTHING[0], self.opcode
        self.fast_opcode, self.fast_arg0, self.fast_arg1 = _NOTHING
        before, self.at_work = self.at_work, True
        try:
            while need > self.capacity:
                count = self.count
                capacity = self._grown(self.capacity, need, INSTRUCTION)
                self.check_limit("more instructions", self.slots + instructions, self.nbytes + INSTRUCTION * (capacity - self.capacity))
                try:
                    new = [kept(capacity, a.dtype) for a in (self.opcode, self.arg0, self.arg1)]
                except (MemoryError, OSError):
                    raise self.refusal(f"no memory for a tape of {capacity:,} instructions") from None
                for a, old in zip(new, (self.opcode, self.arg0, self.arg1), strict=True):
                    a[:count] = old[:count]  # type: ignore[index]
                if self.count == count and self.opcode is opcode:
                    self.opcode, self.arg0, self.arg1 = new
                    self.capacity = capacity
                    self.bound_count = -1
                    self.visited = None
                    break
                need, opcode = self.count + instructions, self.opcode  # a signal handler has recorded meanwhile
        finally:
            self.at_work = before
            if not paused:
                self.resume()

    def reserve_slots(self, slots: int) -> None:
        """Make room for the values of so many slots in all."""
        if slots <= self.value.size:
            return
        count, done, value = self.count, self.done, self.value
        size = self._grown(self.value.size, slots, self.dtype.itemsize)
        self.check_limit("more values", slots, self.nbytes + self.dtype.itemsize * (size - self.value.size))
        try:
            new = kept(size, self.dtype)
        except MemoryError:
            raise self.refusal(f"no memory for a tape of {size:,} values") from None
        known = min(self.slots, value.size)
        new[:known] = value[:known]
        if self.count != count or self.done != done or self.value is not value:  # a signal handler has recorded meanwhile
            self.reserve_slots(slots)
            return
        self.value = new
        self.bound_count = -1

    # --- recording -------------------------------------------------------------------------------------------------------

    def append_scalar(self, op: int, a: int, b: int = 0) -> int:
        """Append a scalar instruction; returns its slot."""
        line = [] if self.lines is None else [calling_line()]
        if self.count + self.extra >= MAX_SLOTS:
            self.check_limit("one more operation", self.count + self.extra + 1, 0)
        while self.count >= self.capacity:
            self.reserve(1)
        k = self.count  # from here on there is no call: signal handlers and destructors run at calls, and may record as well
        self.opcode[k] = op
        self.arg0[k] = a
        self.arg1[k] = b
        self.count = k + 1
        if self.lines is not None:
            self.lines += line
        return k + self.extra

    def append_run(self, op: int, n: int, record: Sequence[int]) -> int:
        """Append a run instruction of n slots described by `record`; returns its first slot."""
        line = [] if self.lines is None else [calling_line()]
        s = self.count + self.extra
        if s + n > MAX_SLOTS or (n > CHUNK and memory_limit() is not None):
            self.check_limit(f"a run of {n:,}", s + n, self.nbytes + self.dtype.itemsize * max(s + n - self.value.size, 0))
        at = len(self.meta)
        try:
            while True:
                while self.count >= self.capacity:
                    self.reserve(1)
                k = self.count
                at = len(self.meta)
                self.meta.extend(record)
                if self.count == k:  # else a signal handler, or what the garbage collector calls, has recorded meanwhile
                    break  # from here on there is no call
            self.arg0[k] = at
        except (OverflowError, MemoryError) as error:
            self.bound_count = -1  # the array may have moved
            del self.meta[at:]
            raise TapeLimitError(f"an operation over {n:,} elements cannot be described in 32 bits, or in memory: {error}") from None
        s = k + self.extra
        self.opcode[k] = RUN + op
        self.arg1[k] = n
        self.count = k + 1
        self.extra += n - 1
        if self.lines is not None:
            self.lines += line
        if self.capacity + self.extra > MAX_SLOTS and self.fast_opcode is not _NOTHING[0]:
            self.resume()
        return s

    def append_leaf(self, values: Any, op: int) -> int:
        """Append a leaf (input, constant or parameter) with these values; returns its first slot."""
        values = np.asarray(values)
        n = values.size
        end = self.count + self.extra + n
        if end > self.value.size:
            self.reserve_slots(end)
        s = self.append_run(op, n, ()) if values.ndim else self.append_scalar(op, 0)
        if s + n > self.value.size:  # a signal handler has recorded meanwhile
            self.reserve_slots(s + n)
        if values.ndim:
            self.value[s : s + n] = values.reshape(-1)
        else:
            self.value[s] = values
        return s

    def append_block(self, opcode: NDArray[np.uint16], arg0: Ints, arg1: Ints, slots: int, meta: Ints, index: Ints, where: Ints, values: Reals) -> None:
        """Append instructions that follow each other, which write so many slots in all.

        Args:
            meta, index: their records and gather lists, which follow those that there are.
            where, values: slots of leaves among them, and the values of these.
        """
        n = len(opcode)
        before, self.at_work = self.at_work, True  # what signal handlers record goes elsewhere
        try:
            self.check_limit("more instructions", self.slots + slots, self.nbytes + self.dtype.itemsize * max(self.slots + slots - self.value.size, 0))
            self.reserve(n)
            if where.size:
                self.reserve_slots(self.slots + slots)
                self.value[where] = values
            here = slice(self.count, self.count + n)
            self.opcode[here], self.arg0[here], self.arg1[here] = opcode, arg0, arg1
            self.meta.frombytes(meta.tobytes())
            self.index.frombytes(index.tobytes())
            self.count += n
            self.extra += slots - n
            self.bound_count = -1
        finally:
            self.at_work = before
        if self.capacity + self.extra > MAX_SLOTS and self.fast_opcode is not _NOTHING[0]:
            self.resume()

    def constant(self, x: float) -> int:
        """The slot of a scalar constant; equal ones share a slot (but not 0.0 and -0.0)."""
        x = float(x)
        slot = self.constants.get(x, -1) if x else -1
        if slot < 0:
            slot = self.append_leaf(x, CONSTANT)
            if x:
                if len(self.constants) >= CONSTANTS_KEPT:
                    self.constants.clear()
                self.constants[x] = slot
        return slot

    def gather_list(self, slots: Ints) -> int:
        """Append slot numbers to the index array; returns where they begin."""
        listed = np.ascontiguousarray(slots, np.int32).tobytes()
        first = len(self.index)
        self.check_limit("a gather list", self.slots, self.nbytes + 4 * slots.size)
        if first + slots.size > MAX_SLOTS:
            raise TapeLimitError(
                f"the tape would need {first + slots.size:,} places in its gather lists, and it has at most "
                f"{MAX_SLOTS:,}. Record a smaller part of the computation, or index less irregularly"
            )
        self.bound_count = -1  # the array may move
        try:
            while True:
                first = len(self.index)
                self.index.frombytes(listed)
                if len(self.index) == first + slots.size:  # else a signal handler has recorded meanwhile
                    break
        except MemoryError:
            del self.index[first:]
            raise TapeLimitError(f"no memory for a gather list of {slots.size:,} slots") from None
        return first

    def guard(self, slots: Any, expected: Any, what: str, kind: int = NUMBER, key: bytes = NO_KEY) -> None:
        """The program decided by the values of these slots: see `Guards.add`."""
        if self.guards is None:
            self.guards = Guards()
        before, self.at_work = self.at_work, True
        try:
            self.guards.add(slots, expected, what, kind, key)
        finally:
            self.at_work = before

    def lose(self, message: str) -> None:
        """A derivative is about to be lost. Somebody may catch the error that says so: the recording raises it at its end."""
        if self.lost is None:
            self.lost = message, *calling_line()

    def truncate(self, count: int, slots: int) -> None:
        """Forget the instructions from `count` on (of a nested recording that nothing refers to)."""
        self.count = count
        self.extra = slots - count
        self.bound_count = -1
        if self.done > count:
            self.done, self.done_slots = count, slots
        self.constants = {x: s for x, s in self.constants.copy().items() if s < slots}
        self.factors = {a: s for a, s in self.factors.copy().items() if s < slots}
        self.sparse.clear()
        if self.lines is not None:
            del self.lines[count:]
