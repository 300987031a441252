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

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager import lending
from jittape.eager.known_operands import FITS, described, numbers_read
from jittape.eager.lending import Outside
from jittape.eager.script import AGAIN, CONSTANTS, GATHERED, LEAF, NUMBER, STANDING, VALUES, Event, Plan, Script, Whole
from jittape.eager.tape import EagerTape, Import
from jittape.eager.tensor import Tensor
from jittape.ops.layout import FREED, GATHER_REF, KIND, OPERATION, RUN

LONGEST = 1 << 11
"""Appends that a script remembers; what comes behind is appended as ever."""
SCALARS = 1 << 6
"""Instructions on scalars from which on a tape has no script: they are appended in less time than a script is read."""
FAILURES, REST = 4, 1 << 6
"""Recordings one after the other that leave the script in its first half, after which none is followed for a while, and how many that is."""


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
        numbers = numbers_read(self, events[at:end], [x for x in operands if type(x) in (int, float)])
        found = described(self, (*operands, *numbers), events[:at], events[at:end])
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
            script.forget_moved()
        plan = script.plans.get(script.at)
        return plan if plan is not None and plan.slot == slot and plan.stretch.end == self.count and plan.first >= self.freed_to else None


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
