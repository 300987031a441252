"""A tape that is recorded on again as it was the last time: what repeats is not appended anew.

Programs that train do the same in each step. A tape of which all was freed begins anew (eager/threads.py), and its arrays still hold the
instructions of the last recording. Its script says what was appended when: an instruction that is to be appended is compared with
the script's next one, and where it is the same, the tape only counts on. So the tape holds at every moment what it would hold
otherwise; but for values, which are written as ever.

- A whole operation of tensors (a linear layer, an activation, a loss) is known by its operands: where these stand in the slots where they stood,
  its instructions are, so that neither shapes nor records are found out again. Leaves and plain operands are copied to their slots.
- A backward pass from the slot where one began at this place knows the graph that it goes through.

What is not the next of the script ends the following, at that place: the script is forgotten from there on, and written anew. It is
written and read by the append methods of the tape's class, which is another one while there is a script, so that tapes without one pay nothing.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.state import state
from jittape.compiler.ndarrays import address_of
from jittape.eager import lending
from jittape.eager.lending import Outside
from jittape.eager.operands import same
from jittape.eager.tape import EagerTape, Import
from jittape.eager.tensor import Tensor
from jittape.ops.layout import CONSTANT, FREED, GATHER_REF, INPUT, KIND, OPERATION, RUN
from jittape.tape.decode import Stretch

LONGEST = 1 << 11
"""Appends that a script remembers; what comes behind is appended as ever."""
SCALARS = 1 << 6
"""Instructions on scalars from which on a tape has no script: they are appended in less time than a script is read."""
FAILURES, REST = 4, 1 << 6
"""Recordings one after the other that leave the script in its first half, after which none is followed for a while, and how many that is."""
CONSTANTS = (CONSTANT, RUN + CONSTANT)
"""Opcodes of constants."""
GATHERED = -1
"""In place of an opcode, for a list of slots."""
LEAF, STANDING, AGAIN, VALUES, RECORDED, SCALAR, NUMBER, NUMBER_STANDING, NUMBER_AGAIN = range(9)
"""What an operand is: a leaf that is copied to the tape for it, one that was before, one that was for an operand before it; a plain tensor that is
copied; a recorded array; a recorded number; a number of Python's, likewise."""


class Event:
    """Something that was appended.

    Attributes:
        code: the opcode as it stands on the tape, or GATHERED.
        n: the number of slots, or of entries of a list.
        record: what describes it, a tuple, or the bytes of a list.
        slot: the first one, or the place of a list.
        count, extra, meta, index: of the tape after it.
        wholes: the operations of tensors that begin here, by their keys.
        within: the slots of the one instruction that all slots of a list are of; none where they are several's.
    """

    __slots__ = ("code", "count", "extra", "index", "meta", "n", "record", "slot", "wholes", "within")

    def __init__(self, tape: EagerTape, code: int, n: int, record: Any, slot: int) -> None:
        self.code, self.n, self.record, self.slot = code, n, record, slot
        self.count, self.extra, self.meta, self.index = tape.count, tape.extra, len(tape.meta), len(tape.index)
        self.wholes: dict[Any, Whole] = {}
        self.within = 0, 0


class Operand:
    """What an operand of an operation of tensors is known by.

    Attributes:
        kind: what it is.
        known: the run of a recorded array, a number, or the place of a leaf that is the same.
        slot: where it stands, the first one.
        shape: of what is copied.
        at: the instruction of a leaf that is copied.
        run: what its Array has.
        lent: whether a leaf's or plain tensor's values may stay where they lie: only products of matrices read them.
        view: the slots to which an array is copied, in its shape; None until they are needed.
    """

    __slots__ = ("at", "kind", "known", "lent", "run", "shape", "slot", "view")

    def __init__(self, kind: int, known: Any, slot: int, shape: Any = None, at: int = -1, run: Any = None) -> None:
        self.kind, self.known, self.slot, self.shape, self.at, self.run = kind, known, slot, shape, at, run
        self.lent = False
        self.view: Any = None


class Whole:
    """An operation of tensors.

    Attributes:
        operands: what they are known by, and behind them the numbers.
        numbers: those that the operation takes besides its operands.
        leaves: places of operands that are copied as leaves, in the order of the tape.
        standing: operands that were copied as leaves before, whose slots it reads.
        distinct: whether it is asked that these are not one and the same.
        end: the number of events after it.
        count, extra: of the tape after it.
        run, slot: of the result, an array or a number.
        marks: instructions and their marks, where some have any.
        value: the array of values that the views of operands are views of.
    """

    __slots__ = ("count", "distinct", "end", "extra", "leaves", "marks", "numbers", "operands", "run", "slot", "standing", "value")

    def __init__(self, operands: list[Operand], numbers: tuple[float, ...], end: int, tape: EagerTape, out: Tensor) -> None:
        self.operands, self.numbers, self.end = operands, numbers, end
        self.leaves = sorted((k for k, o in enumerate(operands) if o.kind == LEAF), key=lambda k: operands[k].at)
        self.count, self.extra, self.slot = tape.count, tape.extra, out.slot
        self.run = None if out.slot >= 0 else out._array.run
        shapes = [operands[k].shape for k in self.leaves]
        self.distinct = len(set(shapes)) < len(shapes)
        self.standing = [o for o in operands if o.kind == STANDING and not o.lent]
        self.marks: tuple[slice, NDArray[np.uint8]] | None = None
        self.value: Any = None

    def look(self, value: NDArray[Any]) -> None:
        """Copy to these values from now on."""
        for o in self.operands:
            if o.kind in (LEAF, VALUES):
                n = math.prod(o.shape)
                o.view = value[o.slot : o.slot + n].reshape(o.shape)
        self.value = value


class Plan:
    """The graph of a backward pass from one number.

    Attributes:
        slot: the number's.
        stretch: what is swept.
        first: its first instruction.
        visited, at: one byte an instruction from the front of the tape, and where these stand.
        leaves: places of leaves among the tape's imports.
        everything: whether no instruction of the tape but leaves is left when its graph is freed.
        products: for each of them whether only products of matrices contribute to its gradient.
    """

    __slots__ = ("at", "everything", "first", "leaves", "products", "slot", "stretch", "visited")

    def __init__(self, slot: int, stretch: Stretch, visited: NDArray[np.uint8], leaves: list[int], products: list[bool], everything: bool) -> None:
        self.slot, self.stretch, self.visited, self.leaves, self.products = slot, stretch, visited, leaves, products
        self.first = int(visited.argmax())
        self.everything = everything
        self.at = address_of(visited)


class Script:
    """What a recording appended.

    Attributes:
        events: in order.
        constants: first slots and sizes of the constants among them.
        plans: number of events -> the backward pass that was made then.
        scalars: how many instructions on scalars there are.
        sealed: what came behind the events is not known.
        at: how many events the present recording has come by.
        failures: recordings that left the script early, one after the other.
        rest: recordings that are not to be followed.
        moved: the last event of the present recording that is a list of slots of other instructions than before, or -1.
    """

    __slots__ = ("at", "constants", "events", "failures", "moved", "plans", "rest", "scalars", "sealed")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.constants: list[tuple[int, int]] = []
        self.plans: dict[int, Plan] = {}
        self.at = self.scalars = self.failures = self.rest = 0
        self.moved = -1
        self.sealed = False

    def _forget_moved(self) -> None:
        """Forget passes whose graphs may be others since a list of slots was written over."""
        if self.moved >= 0:
            for k in [k for k in self.plans if k > self.moved]:
                del self.plans[k]
            self.moved = -1

    def cut(self) -> None:
        """Forget what comes after the present place."""
        at = self.at
        del self.events[at:]
        for k in [k for k in self.plans if k > at]:
            del self.plans[k]
        self._forget_moved()
        for e in self.events:
            for key in [key for key, whole in e.wholes.items() if whole.end > at]:
                del e.wholes[key]
        self.scalars = sum(GATHERED < e.code < RUN for e in self.events)
        self.constants = [(e.slot, e.n) for e in self.events if e.code in CONSTANTS]


class Writing(EagerTape):
    """A tape whose appends are written into its script."""

    __slots__ = ()

    writing = True

    def append_scalar(self, op: int, a: int, b: int = 0) -> int:
        slot = EagerTape.append_scalar(self, op, a, b)
        Writing._append(self, op, 1, (a, b), slot)
        return slot

    def append_run(self, op: int, n: int, record: Sequence[int]) -> int:
        slot = EagerTape.append_run(self, op, n, record)
        Writing._append(self, RUN + op, n, tuple(record), slot)
        return slot

    def gather_list(self, slots: Any) -> int:
        first = EagerTape.gather_list(self, slots)
        Writing._append(self, GATHERED, slots.size, np.ascontiguousarray(slots, np.int32).tobytes(), first)
        script: Script | None = self.script
        if slots.size and self.__class__ is Writing and script is not None and script.events and script.events[-1].slot == first:
            low, high = self.owners(np.array([slots.min(), slots.max()])).tolist()
            if low == high:
                script.events[-1].within = self.start(low), self.start(low + 1)
        return first

    def append_block(self, *args: Any) -> None:
        self.settle()
        EagerTape.append_block(self, *args)

    def truncate(self, count: int, slots: int) -> None:
        self.forget()
        EagerTape.truncate(self, count, slots)

    def trim(self) -> None:
        self.forget()
        EagerTape.trim(self)

    def end(self) -> None:
        EagerTape.end(self)
        if state.followed is self:
            state.followed = None

    def resume(self) -> None:
        """No instruction is appended but by the methods here."""

    def settle(self) -> None:
        before, self.at_work = self.at_work, True
        try:
            script = self.script
            if self.__class__ is Following:
                self._drop_rest()  # type: ignore[attr-defined]
            script.cut()
            script.sealed = True
            self._be(EagerTape)
        finally:
            self.at_work = before

    def forget(self) -> None:
        self.settle()
        self.script = None

    def _be(self, kind: type[EagerTape]) -> None:
        """Have other methods from now on."""
        self.__class__ = kind  # type: ignore[assignment]
        if state.followed is self:
            state.followed = None
        if kind is EagerTape and state.grad and not self.ended:
            self.resume()

    def _append(self, code: int, n: int, record: Any, slot: int) -> None:
        """Note what was just appended, unless something else was meanwhile, by a signal handler."""
        before, self.at_work = self.at_work, True
        try:
            if self.__class__ is not Writing:
                return
            script: Script = self.script
            events = script.events
            count = events[-1].count if events else 0
            if self.count != count + (code != GATHERED) or len(events) >= LONGEST:
                self.settle()
                return
            if GATHERED < code < RUN:
                script.scalars += 1
                if script.scalars > SCALARS:
                    script.rest, script.at = REST, 0
                    self.settle()
                    return
            events.append(Event(self, code, n, record, slot))
            if code in CONSTANTS:
                script.constants.append((slot, n))
            script.at += 1
        finally:
            self.at_work = before

    # --- whole operations --------------------------------------------------------------------------------------------------

    def note(self, key: Any, operands: Sequence[Any], at: int, out: Any) -> None:
        before, self.at_work = self.at_work, True
        try:
            Writing._note(self, key, operands, at, out)
        finally:
            self.at_work = before

    def _note(self, key: Any, operands: Sequence[Any], at: int, out: Any) -> None:
        script: Script | None = self.script
        if not self.writing or script is None:
            return
        events, end = script.events, script.at
        if at >= end or key in events[at].wholes or type(out) is not Tensor or out.tape is not self or hasattr(out, "_info"):
            return
        if out.slot < 0 and (type(out._array) is not Array or out._array.run is None or out._array.store is not None):
            return
        if events[end - 1].slot != (out.slot if out.slot >= 0 else out._array.run[0]):  # a signal handler has recorded since
            return
        numbers = _numbers(self, events[at:end], [x for x in operands if type(x) in (int, float)])
        found = _described(self, (*operands, *numbers), events[:at], events[at:end])
        if found is None or any(e.code == GATHERED for e in events[at:end]):  # lists may be written over
            return
        first = events[at - 1].count if at else 0
        for o, x in zip(found, operands, strict=False):  # behind them stand numbers
            if o.kind in (LEAF, STANDING, VALUES):
                size = math.prod(x.shape)
                o.lent = size >= lending.LEAST and lending.by_products(self, o.slot, size, range(first, self.count))
        whole = Whole(found, numbers, end, self, out)
        if self.marks.size and self.marks[first : self.count].any():
            whole.marks = slice(first, self.count), self.marks[first : self.count].copy()
        events[at].wholes[key] = whole

    def note_pass(self, slot: int, visit: Any) -> None:
        before, self.at_work = self.at_work, True
        try:
            script: Script | None = self.script
            if not self.writing or script is None or len(visit.stretches) != 1 or script.at in script.plans or not script.at:
                return
            (st,) = visit.stretches
            if script.events[script.at - 1].count != self.count or st.end != self.count:
                return
            flags = visit.visited[: st.end].copy()
            leaves = flags[np.frombuffer(self.import_at.tobytes(), np.int32)].nonzero()[0].tolist() if self.import_at else []
            reached = flags.nonzero()[0].tolist()
            entries = [self.imports[k] for k in leaves]
            products = [e.size >= lending.LEAST and lending.by_products(self, e.slot, e.size, reached, whole=True) for e in entries]
            everything = bool((flags | (self.opcode[: self.count] & OPERATION <= FREED)).all())
            script.plans[script.at] = Plan(slot, st, flags, leaves, products, everything)
        finally:
            self.at_work = before


class Following(Writing):
    """A tape whose appends are those of its script so far: its arrays hold the rest of it, too."""

    __slots__ = ()

    follows = True

    def append_scalar(self, op: int, a: int, b: int = 0) -> int:
        if Following._next(self, op, 1, (a, b)):
            return self.count + self.extra - 1
        Following._leave(self)
        return self.append_scalar(op, a, b)  # of another class now

    def append_run(self, op: int, n: int, record: Sequence[int]) -> int:
        if Following._next(self, RUN + op, n, tuple(record)):
            return self.count + self.extra - n
        Following._leave(self)
        return self.append_run(op, n, record)  # of another class now

    def gather_list(self, slots: Any) -> int:
        """The list of the script, with these slots in it: which ones they are, samples' classes say, that are others in each step."""
        before, self.at_work = self.at_work, True
        try:
            script: Script = self.script
            at = script.at
            e = script.events[at] if self.__class__ is Following and at < len(script.events) and self.lines is None else None
            if e is not None and e.code == GATHERED and e.n == slots.size:
                listed = np.ascontiguousarray(slots, np.int32).tobytes()
                if listed != e.record:
                    low, high = e.within
                    if slots.min() < low or slots.max() >= high:
                        script.moved = at
                    self.index[e.slot : e.slot + e.n] = array("i", listed)
                    e.record = listed
                script.at = at + 1
                return e.slot
        finally:
            self.at_work = before
        Following._leave(self)
        return self.gather_list(slots)  # of another class now

    def _next(self, code: int, n: int, record: Any) -> bool:
        """Whether something is the next of the script, which it is then."""
        if self.__class__ is not Following or self.lines is not None:  # from here on there is no call, so that no signal handler records in between
            return False
        script: Script = self.script
        at, events = script.at, script.events
        try:
            e = events[at]
        except IndexError:
            return False
        if e.code != code or e.n != n or (e.record != record and not Following._bounds(self, at, record)):
            return False
        if self.__class__ is not Following or script.at != at:
            return False
        script.at = at + 1
        self.count, self.extra = e.count, e.extra
        return True

    def _bounds(self, at: int, record: tuple[int, ...]) -> bool:
        """Whether a record is that of the script but for the bounds of the list of slots before it, which were written over; they are written, too."""
        before, self.at_work = self.at_work, True
        try:
            events = self.script.events
            e, listed = events[at], events[at - 1]
            if not at or listed.code != GATHERED or len(record) != len(e.record):
                return False
            differ = [k for k, (a, b) in enumerate(zip(record, e.record, strict=True)) if a != b]
            first = differ[0] - 2 if e.record[differ[0] - 1] == listed.slot else differ[0] - 3
            if first < 0 or e.record[first] & KIND != GATHER_REF or e.record[first + 1] != listed.slot or differ[-1] > first + 3:
                return False
            for k in differ:
                self.meta[e.meta - len(record) + k] = record[k]
            e.record = record
            return True
        finally:
            self.at_work = before

    def _leave(self) -> None:
        """What is to be appended is not the next of the script."""
        if self.__class__ is not Following:  # a signal handler came, whose appends were not the next either
            return
        before, self.at_work = self.at_work, True
        try:
            script: Script = self.script
            early = 2 * script.at < len(script.events)
            self._drop_rest()
            if script.at == len(script.events) and script.sealed:
                self._be(EagerTape)
                return
            script.failures = script.failures + 1 if early else 0
            if script.failures >= FAILURES:
                script.failures, script.rest, script.at = 0, REST, 0
            script.cut()
            script.sealed = bool(script.rest)
            self._be(EagerTape if script.rest else Writing)
        finally:
            self.at_work = before

    def _drop_rest(self) -> None:
        """Let the arrays hold no more than was recorded."""
        script: Script = self.script
        last = script.events[script.at - 1] if script.at else None
        del self.meta[last.meta if last is not None else 0 :], self.index[last.index if last is not None else 0 :]
        self.bound_count = -1

    def take(self, key: Any, operands: Sequence[Any]) -> Tensor | None:
        """The result of an operation of tensors, where it is the next of the script; else None, and nothing was done."""
        if self.at_work or self.__class__ is not Following or not self.ceiling:  # a tape that was refused memory is cleared first
            return None
        self.at_work = True  # what a signal handler records from here on goes elsewhere
        try:
            script: Script = self.script
            at, events = script.at, script.events
            whole = events[at].wholes.get(key) if at < len(events) else None
            if whole is None:
                return None
            if whole.numbers:
                operands = (*operands, *whole.numbers)
            if len(operands) != len(whole.operands):
                return None
            if whole.value is not self.value:
                whole.look(self.value)
            for o, x in zip(whole.operands, operands):  # noqa: B905  (as many)
                if not FITS[o.kind](self, o, x) or (o.kind == AGAIN and x is not operands[o.known]):
                    return None
            if whole.distinct and len({id(operands[k]) for k in whole.leaves}) < len(whole.leaves):
                return None  # one leaf that was two the last time
            outside = self.outside
            if outside is not None and outside.loans:
                for o in whole.standing:
                    if o.slot in outside.loans:
                        outside.call_in(o.slot)
            for o, x in zip(whole.operands, operands):  # noqa: B905
                if o.view is not None:
                    if o.lent and type(x) is not np.ndarray and Following._borrow(self, x, o.slot):
                        continue
                    o.view[...] = x if type(x) is np.ndarray else x._data
                elif o.kind == NUMBER:
                    self.value[o.slot] = x
                    self.constants[x] = o.slot
            self.count, self.extra, script.at = whole.count, whole.extra, whole.end
            for k in whole.leaves:
                o, x = whole.operands[k], operands[k]
                info = x._info
                entry = Import(x, o.at, o.slot, o.run[1], info.version if info.storage is None else info.storage.version, self)
                self.imports.append(entry)
                self.import_at.append(o.at)
                array = Array(self, -1)
                array.run, array.store = o.run, None
                info.imported = entry, array
            if whole.marks is not None:
                where, marks = whole.marks
                self.marked()[where] = marks
        finally:
            self.at_work = False
        if whole.run is None:
            return Tensor(self, whole.slot)
        array = Array(self, -1)
        array.run, array.store = whole.run, None
        new = Tensor(self, -1)
        new._array = array
        return new

    def _borrow(self, x: Tensor, slot: int) -> bool:
        """Whether the values of a tensor stay where they lie, instead of in slots."""
        if self.outside is None:
            self.outside = Outside(self)
        return self.outside.borrow(x, slot)

    def plan_of(self, slot: int) -> Plan | None:
        if self.__class__ is not Following:
            return None
        script: Script = self.script
        if script.moved >= 0:
            script._forget_moved()
        plan = script.plans.get(script.at)
        return plan if plan is not None and plan.slot == slot and plan.stretch.end == self.count and plan.first >= self.freed_to else None


def plain(t: Any) -> bool:
    """Whether a recorded tensor is its array and nothing else: no view of a leaf, and no memory that was handed out."""
    info = getattr(t, "_info", None)
    return info is None or (info.source is None and info.family is None)


# --- operands ---------------------------------------------------------------------------------------------------------------------


def _described(tape: EagerTape, operands: Sequence[Any], before: list[Event], events: list[Event]) -> list[Operand] | None:
    """What operands are known by; None where one cannot be told, or something else was copied to the tape.

    Args:
        before, events: what was appended before the operation, and for it.
    """
    count, slots = (before[-1].count, before[-1].count + before[-1].extra) if before else (0, 0)
    copied = {e.slot: e for e in events if e.code in COPIES}
    found: list[Operand] = []
    for x in operands:
        of: Operand | None = None
        if isinstance(x, Tensor):
            of = _of_tensor(tape, x, count, slots, found)
        elif type(x) in (int, float):
            of = _of_number(tape, x, slots, found)
        elif type(x) is np.ndarray:
            of = _of_values(tape, x)
        if of is None or (of.kind in (LEAF, NUMBER) and copied.pop(of.slot, None) is None):
            return None
        found.append(of)
    for of in found:  # they are copied in their order, after the leaves
        if of.kind == VALUES:
            event = copied.pop(min(copied, default=-1), None)
            if event is None or event.code != RUN + CONSTANT or event.n != math.prod(of.shape):
                return None
            of.slot = event.slot
    return None if copied else found


def _numbers(tape: EagerTape, events: list[Event], given: list[float]) -> tuple[float, ...]:
    """The constants that some instructions read, besides those that are given: all that may be slots in their records are taken for such."""
    of = {slot: x for x, slot in tape.constants.items()}
    found = {of[s]: None for e in events for s in ((e.slot,) if e.code == CONSTANT else () if e.code in COPIES or e.code == GATHERED else e.record) if s in of}
    return tuple([x for x in found if x not in given])


def _of_values(tape: EagerTape, data: NDArray[Any]) -> Operand | None:
    return Operand(VALUES, None, -1, data.shape) if data.ndim and data.size > 1 and data.dtype is tape.dtype and data.flags.c_contiguous else None


def _of_number(tape: EagerTape, x: float, slots: int, found: list[Operand]) -> Operand | None:
    slot = tape.constants.get(x, -1) if x else -1  # a zero has a sign, which == does not see
    if slot < 0:
        return None
    if slot < slots:
        return Operand(NUMBER_STANDING, x, slot)
    return Operand(NUMBER_AGAIN if any(o.kind == NUMBER and o.slot == slot for o in found) else NUMBER, x, slot)


def _of_tensor(tape: EagerTape, x: Any, count: int, slots: int, found: list[Operand]) -> Operand | None:
    if x.has_parts:
        return None
    if not x.is_leaf:
        if type(x) is not Tensor or x.tape is not tape or not plain(x):
            return None
        if x.slot >= 0:
            return Operand(SCALAR, None, x.slot) if x.slot < slots else None
        array = x._array
        return Operand(RECORDED, array.run, array.run[0]) if type(array) is Array and array.run is not None and array.store is None else None
    data = x._data
    if data.ndim == 0 or data.dtype is not tape.dtype:
        return None
    if not x.requires_grad:
        return _of_values(tape, data) if type(x) is Tensor else None
    imported = x.info.imported
    if imported is None or imported[0].token is not tape.token or imported[1] is None or imported[1].run is None:
        return None
    entry, array = imported
    if any(o.kind == LEAF and o.slot == entry.slot for o in found):
        return Operand(AGAIN, next(k for k, o in enumerate(found) if o.slot == entry.slot), entry.slot)
    if entry.at < count:
        return Operand(STANDING, None, entry.slot)
    return Operand(LEAF, None, entry.slot, data.shape, entry.at, array.run)


COPIES = frozenset((INPUT, CONSTANT, RUN + INPUT, RUN + CONSTANT))
"""Opcodes of what is copied to a tape."""


def _is_leaf(tape: EagerTape, o: Operand, x: Any) -> bool:
    if not isinstance(x, Tensor) or x.has_parts:
        return False
    data = getattr(x, "_data", None)
    if data is None or data.shape != o.shape or data.dtype is not tape.dtype:
        return False
    info = getattr(x, "_info", None)
    if info is None or not info.requires_grad or info.unrecorded >= 0:
        return False
    imported = info.imported
    return imported is None or imported[0].token is not tape.token


def _stands(tape: EagerTape, o: Operand, x: Any) -> bool:
    data, info = getattr(x, "_data", None), getattr(x, "_info", None)
    if data is None or info is None or not info.requires_grad:
        return False
    imported = info.imported
    return imported is not None and imported[0].token is tape.token and imported[0].slot == o.slot and same(tape, imported[0], info, data)


def _is_again(tape: EagerTape, o: Operand, x: Any) -> bool:
    return True  # `take` has asked, which knows the other operands


def _has_values(tape: EagerTape, o: Operand, x: Any) -> bool:
    if type(x) is np.ndarray:
        return bool(x.shape == o.shape and x.dtype is tape.dtype and x.flags.c_contiguous)
    if type(x) is not Tensor or x.tape is not None:
        return False
    data = getattr(x, "_data", None)
    if data is None or data.shape != o.shape or data.dtype is not tape.dtype or not data.flags.c_contiguous:
        return False
    info = getattr(x, "_info", None)
    return info is None or not info.requires_grad


def _is_recorded(tape: EagerTape, o: Operand, x: Any) -> bool:
    if type(x) is not Tensor or x.tape is not tape or x.slot >= 0:
        return False
    info = getattr(x, "_info", None)
    if info is not None and not plain(x):
        return False
    array = x._array
    return type(array) is Array and array.run == o.known and array.store is None


def _is_scalar(tape: EagerTape, o: Operand, x: Any) -> bool:
    return type(x) is Tensor and x.tape is tape and x.slot == o.slot and plain(x)


def _is_number(tape: EagerTape, o: Operand, x: Any) -> bool:
    return type(x) is type(o.known) and x == o.known and x not in tape.constants


def _number_stands(tape: EagerTape, o: Operand, x: Any) -> bool:
    return type(x) is type(o.known) and x == o.known and tape.constants.get(x) == o.slot


def _number_again(tape: EagerTape, o: Operand, x: Any) -> bool:
    return type(x) is type(o.known) and bool(x == o.known)


FITS = (_is_leaf, _stands, _is_again, _has_values, _is_recorded, _is_scalar, _is_number, _number_stands, _number_again)
"""For each kind whether what is given is what is known."""


def begin(tape: EagerTape) -> None:
    """Begin a tape anew that was recorded on before, by its script if it has one."""
    script: Script | None = tape.script
    if script is None:
        script = tape.script = Script()
        kept = False
    else:
        kept = bool(script.events) and not script.rest
    tape.__class__ = EagerTape
    if script.rest:
        script.at = 0
        script.rest -= 1
        tape.begin()
        return
    tape.begin(keep=kept)
    script.at = 0
    if not kept:
        script.cut()
        script.sealed = False
    tape.pause()
    tape.__class__ = Following if kept else Writing
