"""The tape that eager tensors of one dtype are recorded on: a tape whose graphs are freed, and which knows its leaves.

A leaf keeps its own ndarray and is copied to the tape as an input where it is used (an `Import`). A backward pass frees the
instructions that it visited; their marks say so until a compaction drops them or the tape ends.
"""

from __future__ import annotations

import weakref
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.state import state
from jittape.eager.lending import Outside
from jittape.eager.visits import TOGETHER, Visit
from jittape.errors import TapeLimitError
from jittape.instructions import BY_CODE
from jittape.instructions.references import Slots
from jittape.ops.expressions import names
from jittape.ops.layout import C_COUNT, C_INDEX, C_META, C_SLOTS, C_VISITED, CONSTANT, FREED, OPCODES, OPERATION, RUN
from jittape.ops.spec import OPS
from jittape.sweep.engine import find_varied
from jittape.tape.memory import SHORT, kept, pages
from jittape.tape.tape import Tape

COMPACT_COUNT, COMPACT_SLOTS = 1 << 16, 1 << 22
"""A tape is compacted when it holds so many instructions or slots, or twice as many as survived the last time."""
GRAPH_COUNT = 1 << 13
"""The same after a backward pass that was recorded, since no later pass frees all that it leaves behind."""
CONTEXTS = 1 << 6
"""So many freed contexts, or half of them, are dropped together."""
BLOCK = 1 << 16
"""Elements of a long array that are worked on at a time, so that no second long array is needed."""
DROPPED, FEW = 1 << 14, 64
"""Up to so many slots, and from so many constants on, all adjoints of a tape are zeroed where those of constants are to be."""
SPARE = 2
"""Passes whose memory is kept: one that is recorded looks at what it wrote in another."""
IS_FREED, IS_LINEAR = 1, 2
"""Marks of instructions, bits of a byte. The flag of an instruction that a backward pass visits is IS_FREED, so that flags
of visits become marks as they are."""


def _released() -> None:
    """What remains of a tensor that was cast."""


class Import:
    """A leaf's values on a tape, as an input.

    Attributes:
        leaf: weak reference to the tensor; of a cast, a function that returns it.
        at: the instruction.
        slot, size: the run of slots.
        version: of the leaf's storage when it was copied.
        token: of the tape.
        ends: whether gradients end here, and the leaf gets none: a view that was taken under no_grad().
    """

    @property
    def released(self) -> bool:
        return self.leaf is _released

    __slots__ = ("at", "ends", "leaf", "size", "slot", "token", "version")

    def __init__(self, leaf: Any, at: int, slot: int, size: int, version: int, tape: EagerTape) -> None:
        self.leaf: Any = weakref.ref(leaf)
        self.at, self.slot, self.size, self.version, self.token = at, slot, size, version, tape.token
        info = leaf.info
        self.ends = info.unrecorded >= 0 and info.ends

    def release(self) -> None:
        """Its graph was freed: let go of what a tensor was cast from, which holds another graph."""
        leaf = self.leaf()
        if leaf is not None and leaf.info.cast is not None and not leaf.info.cast.is_leaf:
            self.leaf = _released


class Hooked:
    """A place in the graph whose gradient is handed to hooks, whatever becomes of the tensor that they were registered on.

    Attributes:
        slots: of the tensor as it was then.
        hooks: handle -> function.
    """

    __slots__ = ("hooks", "slots")

    def __init__(self, slots: Slots, hooks: dict[Any, Any]) -> None:
        self.slots, self.hooks = slots, hooks


class EagerTape(Tape):
    """A tape that eager tensors are recorded on.

    Attributes:
        imports, import_at: every leaf that was copied here, and the instructions.
        empty_imports: those of leaves without elements.
        marks: one byte an instruction: IS_FREED by a backward pass without retain_graph, IS_LINEAR if its backward pass
            needs no values although its operation's does in general.
        retained: weak references to recorded tensors that keep their gradient.
        copies: (token of an ended tape, slots) of values that tensors of such tapes have here.
        hooked: the places that have hooks.
        contexts, context_at: of functions with a backward pass of the user's (eager/custom.py), in order, and their instructions.
        let_go: how many of them a backward pass has freed.
        casts: whether tensors of another dtype were cast to this one.
        token: names this recording; a tape that is used again gets another.
        begins_at: where the array of `begins` stands.
        era: names the present numbers of slots and instructions; another after each compaction.
        ceiling, slot_ceiling: where the tape is compacted.
        kept: how many instructions survived the last compaction.
        passing: whether a pass is under way.
        freed_to: no instruction from there on was freed.
        script: what was appended, of a tape that follows its last recording (eager/following.py), or None.
        outside: what tensors have lent it (eager/lending.py), of a tape that was lent something.
        mixed: whether constants stand among recorded elements, so that adjoints reach them, too.
    """

    __slots__ = ("_begins", "_begun", "_known", "_living", "_visits", "begins_at", "casts", "ceiling", "context_at", "contexts", "copies", "empty_imports", "era", "freed_to", "hooked", "import_at", "imports", "kept", "let_go", "marks", "mixed", "outside", "passing", "retained", "script", "slot_ceiling", "token")

    keeps = False
    by_first = at_once = True
    writing = False
    """Whether what is appended is compared with a script, or written into it."""
    follows = False
    """Whether it is compared."""

    def __init__(self, dtype: Any) -> None:
        super().__init__(dtype)
        self.script: Any = None
        self.outside: Outside | None = None
        self._known: tuple[Any, ...] = ()
        self._visits: list[Visit] = []
        """Memory of passes to come."""
        self._begins: NDArray[np.int64] = np.zeros(2, np.int64)
        self.begins_at = self._begins.ctypes.data
        self.marks: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.begin()

    def begin(self, keep: bool = False) -> None:
        """Forget everything, and be ready to record. Memory is kept; with `keep` the records stand, too, since they are going to be asked for anew."""
        self.drop_adjoints()
        if self.outside is not None:
            self.outside.begin()
        self.count = self.extra = self.done = self.done_slots = 0
        self.bound_count = -1
        self.constants.clear()
        self.parts = {}
        if not keep:
            del self.meta[:], self.index[:]
        self.imports: list[Import] = []
        self.import_at = array("i")
        self.empty_imports: list[Import] = []
        self.contexts: list[Any] = []
        self.let_go = 0
        self.casts = False
        self.context_at = array("i")
        if self.marks.size >= SHORT and self._visits and not self._visits[-1].visited.size:
            self.marks.fill(0)
            self._visits[-1].take(self.marks)  # see `free`
        self.marks = np.zeros(0, np.uint8)
        self.retained: list[weakref.ref[Any]] = []
        self.copies: list[tuple[object, Slots]] = []
        self.hooked: list[Hooked] = []
        self.token = self.era = object()
        self.ceiling, self.slot_ceiling = COMPACT_COUNT, COMPACT_SLOTS
        self.kept = 0
        self.mixed = False
        self.passing = False
        self.renumbered()
        self.ended = False
        if state.grad:
            self.resume()

    def call_in(self) -> None:
        """Have all values in their slots, for whoever looks there."""
        if self.outside is not None:
            self.outside.call_in_all()

    def truncate(self, count: int, slots: int) -> None:
        self.call_in()
        if self.outside is not None:
            self.outside.begin()
        super().truncate(count, slots)

    def settle(self) -> None:
        """Follow no script from here on, so that the arrays hold what was recorded and no more."""

    def forget(self) -> None:
        """The same, and have none."""
        self.script = None

    def note(self, key: Any, operands: Sequence[Any], at: int, out: Any) -> None:
        """Note that the appends from event `at` of the script on were those of an operation of tensors.

        Args:
            key: which one; it and the operands decide what is appended.
            operands: tensors and numbers, as they were given.
            at: what `script.at` was.
            out: the result.
        """

    def note_pass(self, slot: int, visit: Visit) -> None:
        """Note what the backward pass from a slot goes through."""

    def plan_of(self, slot: int) -> Any:
        """The graph of the backward pass from a slot that is to be made now, where one was made the last time; else None."""
        return None

    def refusal(self, text: str) -> TapeLimitError:
        """As of any tape; what no tensor needs is dropped before the next operation, which may fit then."""
        self.ceiling = 0
        return super().refusal(text)

    def note_import(self, entry: Import) -> None:
        """A leaf was copied here. Signal handlers run at calls, and may have imported others since the leaf was appended."""
        at, known = entry.at, self.import_at
        place = array("i", (at,))
        k = len(known) if not known or known[-1] < at else bisect_left(known, at)
        self.imports[k:k] = [entry]  # up to the next line there is no call
        known[k:k] = place
        if not entry.size:
            self.empty_imports.append(entry)

    def note_hooks(self, slots: Slots, hooks: dict[Any, Any]) -> None:
        """Hand the gradient at some slots to hooks, to which more may be added."""
        if not self.has_hooks(slots, hooks):
            self.hooked.append(Hooked(np.array(slots), hooks))

    def has_hooks(self, slots: Slots, hooks: dict[Any, Any] | None) -> bool:
        """Whether these hooks belong to these slots."""
        return any(h.hooks is hooks and np.array_equal(h.slots, slots) for h in self.hooked)

    def note_mixed(self, count: int) -> None:
        """Note whether arrays of constants were recorded since the tape had `count` instructions."""
        self.mixed = self.mixed or bool((self.opcode[count : self.count] == RUN + CONSTANT).any())

    def marked(self) -> NDArray[np.uint8]:
        """`marks` with one byte for each of the present instructions."""
        if self.marks.size < self.count:
            grown = pages(self.capacity, np.uint8)
            grown[: self.marks.size] = self.marks
            self.marks = grown
        return self.marks[: self.count]

    def free(self, visit: Visit) -> None:
        """Mark the instructions that a backward pass visited as freed."""
        if self.context_at:
            over = [self.contexts[k].release() for k in visit.places(np.frombuffer(self.context_at.tobytes(), np.int32)).tolist()]
            self.let_go += sum(over)
            if self.let_go >= CONTEXTS and 2 * self.let_go >= len(self.contexts):
                self.contexts = [c for c in self.contexts if c.context is not None]
                self.context_at = array("i", [c.at for c in self.contexts])
                self.let_go = 0
        if self.casts:
            for k in visit.places(np.frombuffer(self.import_at.tobytes(), np.int32)).tolist():
                self.imports[k].release()
        if not self.marks.size and SHORT <= self.count <= visit.visited.size:
            self.freed_to = self.count
            self.marks = visit.hand_over()  # a long tape's first pass, and mostly its only one: no array more
            self.visited = None
            self.bound_count = -1
            return
        self.freed_to = self.count
        marks = self.marked()
        for st in visit.stretches:
            marks[st.first : st.end] |= visit.visited[st.first : st.end]

    def bind(self, values: bool = True) -> None:
        """As `Tape.bind`; addresses are asked for anew only where an array is another one."""
        if self.bound_count == self.count:
            return
        if not values:
            self._known = ()
            super().bind(False)
            return
        count = self.count  # as there, up to the next line there is no call
        slots = count + self.extra
        self.reserve_slots(slots)
        known = self._known
        if not known or self.value is not known[1] or self.opcode is not known[0] or self.adjoint is not known[2] or self.tangent_ is not known[3] or self.visited is not known[4]:
            self.bound_count = -1
            arrays = (self.opcode, self.value, self.adjoint, self.tangent_, self.visited)
            super().bind()
            self._known = arrays
            return
        c = self.control
        c[C_COUNT], c[C_SLOTS] = count, slots
        c[C_META], c[C_INDEX] = self.meta.buffer_info()[0], self.index.buffer_info()[0]
        self.bound_count = count

    def sweep_by(self, visited: NDArray[np.uint8], address: int) -> None:
        """Have the next sweep visit what these flags say, which stand at an address: no other address is asked for."""
        self.visited = visited
        if self._known:
            self.control_view[C_VISITED] = address
            self._known = (*self._known[:4], visited)
        else:
            self.bound_count = -1

    def adjoints(self) -> Any:
        """As `Tape.adjoints`, with room to grow."""
        if self.adjoint is None or self.adjoint.size < self.slots:
            size = max(self.slots, self.value.size)
            self.check_limit("adjoints", self.slots, self.nbytes + self.dtype.itemsize * size)
            self.adjoint = kept(size, self.dtype, zero=True)
            self.bound_count = -1
        return self.adjoint

    def drop_adjoints(self) -> None:
        """Adjoints that passes have left at constants (a rule may read one among recorded elements), whose slots are about to
        be others'. Elementwise operations leave none, unless constants stand among what they read."""
        if self.adjoint is None or not (self.mixed or self.meta or self.index):
            return
        constants = self._constants() if self.slots > DROPPED else []
        if self.slots <= DROPPED or len(constants) > FEW:
            self.adjoint[: self.slots] = 0.0
            return
        for s, n in constants:
            if self.mixed or self.outside is None or not self.outside.has_lent(s):  # only products read what was lent, which leave nothing at constants
                self.adjoint[s : s + n] = 0.0

    def _constants(self) -> list[tuple[int, int]]:
        """The first slots of constants, and how many these have."""
        script = self.script
        if script is not None and script.events and script.at == len(script.events) and script.events[-1].count == self.count:
            return script.constants  # type: ignore[no-any-return]
        found = np.flatnonzero((self.opcode[: self.count] & OPERATION) == CONSTANT).tolist()
        return [(s := self.start(k), self.start(k + 1) - s) for k in found[: FEW + 1]]

    def renumbered(self) -> None:
        """Instructions have other numbers than before."""
        self._begun = self._living = 0
        self.freed_to = self.count

    def begins(self) -> NDArray[np.int64]:
        """The first slot of each block of instructions, and the end."""
        full, known = self.count // TOGETHER, self._begun
        begins = self._begins
        if full > known:
            if begins.size < full + 2:
                begins = np.concatenate((begins[: known + 1], np.zeros(2 * full + 2 - known, np.int64)))
                self._begins = begins
                self.begins_at = begins.ctypes.data
            sizes = self.sizes(slice(known * TOGETHER, full * TOGETHER)).reshape(-1, TOGETHER)
            begins[known + 1 : full + 1] = begins[known] + np.cumsum(sizes.sum(1, dtype=np.int64))
            self._begun = full
        begins[-(-self.count // TOGETHER)] = self.slots
        return begins

    def starts(self, block: int) -> NDArray[np.int64]:
        """The first slot of each instruction of a block, and the end."""
        sizes = self.sizes(slice(block * TOGETHER, min((block + 1) * TOGETHER, self.count)))
        found: NDArray[np.int64] = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))) + self.begins()[block]
        return found

    def start(self, k: int) -> int:
        """The first slot of an instruction, or the end."""
        return int(self.begins()[k // TOGETHER]) + int(self.sizes(slice(k - k % TOGETHER, k)).sum()) if self.extra else k

    def owners(self, slots: Slots) -> NDArray[Any]:
        """The instructions that write some slots."""
        if not self.extra:  # all are scalars: slots are the instructions' numbers
            return slots
        if self.count <= TOGETHER:
            return np.asarray(np.searchsorted(self.starts(0), slots, "right")) - 1
        block = np.searchsorted(self.begins()[: -(-self.count // TOGETHER) + 1], slots, "right") - 1
        found = np.empty(slots.shape, np.int64)
        for b in np.unique(block).tolist():
            here = block == b
            found[here] = b * TOGETHER + np.searchsorted(self.starts(b), slots[here], "right") - 1
        return found

    def needed(self, slots: list[Slots], *, ends: NDArray[np.uint8] | None = None, whole: bool = False) -> Visit:
        """What the given slots depend on; to be handed back to `leave`.

        Args:
            slots: the slots that are wanted.
            ends: one byte an instruction, set where the operands are not needed.
            whole: flag what lies between the slots of strided operands too, and constants, for a compaction.
        """
        visit = self._visits.pop() if self._visits else Visit()
        try:
            visit.find(self, slots, ends, whole)
        except BaseException:
            self.leave(visit)
            raise
        return visit

    def leave(self, visit: Visit) -> None:
        """A pass is over."""
        visit.clear()
        if len(self._visits) < SPARE:
            self._visits.append(visit)

    def forget_flags(self) -> None:
        """Give back the memory of flags, where that is not little and the tape is about to grow."""
        for visit in self._visits:
            visit.shrink()

    def trim(self) -> None:
        """Give back what memory an ended tape has beyond what it holds."""
        n = self.count
        self.opcode, self.arg0, self.arg1 = self.opcode[:n].copy(), self.arg0[:n].copy(), self.arg1[:n].copy()
        self.capacity = n
        self.value, self.marks = self.value[: self.slots].copy(), self.marks[:n].copy()
        self.adjoint = self.visited = None
        self._visits.clear()
        self.bound_count = -1

    def reverse_between(self, k: int, s: int, stop: int) -> None:
        """Reverse sweep of the instructions before k, whose slots end at s, down to `stop`; runs as `needed` found."""
        try:
            self.bind()
            self.sweep("reverse", k, stop, s)
        except BaseException:
            self.forget_adjoints()
            raise

    def saves(self, k: NDArray[np.intp] | slice) -> NDArray[np.bool_]:
        """Whether a backward pass through these instructions needs values, which freeing takes away."""
        found: NDArray[np.bool_] = saving()[self.opcode[k]] & (self.marks[k] & IS_LINEAR == 0)
        return found

    def sizes(self, k: slice) -> NDArray[np.int32]:
        """How many slots these instructions write."""
        return np.where(self.opcode[k] >= RUN, self.arg1[k], np.int32(1))

    def blocks(self) -> Iterator[slice]:
        """The instructions, some at a time."""
        for k in range(0, self.count, BLOCK):
            yield slice(k, min(k + BLOCK, self.count))

    def all_freed(self) -> bool:
        """Whether no backward pass can be asked for any more: every instruction is a leaf, was freed by a backward pass, or is spoilt."""
        marks = self.marked()
        for k in (slice(self._living, self._living + 1), *self.blocks()):
            over = (marks[k] & IS_FREED) | (self.opcode[k] & OPERATION <= FREED)
            if not over.all():
                self._living = k.start + int(over.argmin())  # asked first when the next pass is over
                return k.stop > k.start + 1 and self._all_spoilt()
        return True

    def _all_spoilt(self) -> bool:
        """Whether all instructions that were not freed are leaves, or computed from what was: a pass that goes through them is an error.

        Recorded passes leave such instructions, which no later pass comes by. What is not spoilt is so until it is freed, so that this is asked
        seldom: when the first of those was.
        """
        if self.count > GRAPH_COUNT:
            return False
        opcode, marks = self.opcode[: self.count], self.marked()
        over = (marks & IS_FREED).view(np.bool_)
        gone = over & self.saves(slice(0, self.count))
        visited, flags = (~gone).view(np.uint8), np.zeros(self.slots, np.uint8)
        sizes = self.sizes(slice(0, self.count))
        ends = np.cumsum(sizes, dtype=np.int64)
        for k in gone.nonzero()[0].tolist():
            end = int(ends[k])
            flags[end - int(sizes[k]) : end] = 1
        self.bind()
        find_varied(self, 0, self.count, 0, flags.ctypes.data, visited.ctypes.data)
        left = ~(over | visited.view(np.bool_) | (opcode & OPERATION <= FREED))
        if not left.any():
            return True
        self._living = int(left.argmax())
        return False


@cache
def saving() -> NDArray[np.bool_]:
    """For each opcode whether its derivative needs the value of an operand or of the result."""
    table = np.zeros(OPCODES, bool)
    for op in OPS:
        needs = any(names(p) & {"x", "y", "w", "z"} for p in op.partials)
        table[op.code] = table[RUN + op.code] = needs
    for code, instruction in BY_CODE.items():
        table[RUN + code] = instruction.saves
    table[FREED] = table[RUN + FREED] = True
    return table
