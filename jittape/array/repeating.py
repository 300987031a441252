"""A tape that is recorded on again as it was the last time: what repeats is not appended anew.

A function that is differentiated at one point after the other is recorded anew at each, and mostly the same is recorded. So the tape of its last recording
is recorded on again: an instruction that is to be appended is compared with the one that stands there, and where it is the same, the tape only counts on;
leaves get their values, as ever. At every moment the tape is the one that would have been recorded, and nobody who looks at it knows.

- A whole operation (a ufunc, a product, a sum) is known by its operands: where these are the arrays, the shapes and the numbers that they were at this place, its
  instructions are those that stand there, and neither shapes nor records are found out again. What a rule appends is decided by these and by what is on the
  tape, which is the same; rules that look at values (powers, orders, searches) are not known whole.
- What is another instruction than the one that stands there ends it: from there on it is a tape like any other.

Eager tapes do the same by scripts of what was appended (eager/following.py): they have leaves that live on, and graphs that are freed. Here the tape itself is the script.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import get_ident
from typing import Any

import numpy as np

from jittape.array.array import Array, Mask
from jittape.instructions.references import is_shared
from jittape.ops.layout import (
    CONSTANT,
    CUMSUM,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    MATMUL,
    MAX,
    MIN,
    OPERATION,
    RUN,
    SEGMENT_SUM,
    SUM,
)
from jittape.tape.tape import Tape

LONGEST, LARGEST, SCALARS = 1 << 8, 1 << 14, 1 << 5
"""Instructions and slots of a tape that is recorded on again, at most; and instructions on scalars, which are appended in less time than they are compared."""
PLAIN = frozenset((SUM, CUMSUM, MATMUL, MAX, MIN, SEGMENT_SUM))
"""Structural instructions that are all in their records: others name what lives elsewhere."""
RECORDED, VIEW, NUMBER_ON_TAPE, NUMBER, VALUES = range(5)
"""What an operand is: a recorded array, of a run or a view of one; a recorded number; a number of Python's; an ndarray, which is copied."""
CLASSES, NUMBERS = frozenset((Array, Mask)), frozenset((int, float, np.float64))


class Whole:
    """An operation.

    Attributes:
        operands: (what it is, what it is known by, the first slot that an array is copied to).
        before: numbers that the tape knows before it, with their slots: an operation refers to these where it needs them.
        constants: those that the tape knows after it, and not before.
        count, extra, meta, index: of the tape after it.
        kind, slot, run: of the result.
    """

    __slots__ = ("before", "constants", "count", "extra", "index", "kind", "meta", "operands", "run", "slot")

    def __init__(self, tape: Repeating, operands: list[Any], before: dict[float, int], constants: list[tuple[float, int]], out: Array) -> None:
        self.operands, self.before, self.constants = operands, before, constants
        self.count, self.extra, self.meta, self.index = tape.count, tape.extra, tape.previous.at_meta, tape.previous.at_index
        self.kind, self.slot, self.run = type(out), out.slot, None if out.slot >= 0 else out.run


class Previous:
    """What the last recording left on its tape.

    Attributes:
        count, slots: how much it is; its records are all that there are.
        at_meta, at_index: where the present recording is, in the records and the gather lists.
        wholes: the operations, by the number of the instruction that they begin with, and what they are.
        answers: what was found out about it, by what was asked.
    """

    __slots__ = ("answers", "at_index", "at_meta", "count", "index", "meta", "slots", "wholes")

    def __init__(self, tape: Tape) -> None:
        self.count, self.slots, self.meta, self.index = tape.count, tape.slots, len(tape.meta), len(tape.index)
        self.at_meta = self.at_index = 0
        self.wholes: dict[tuple[int, Any], Whole] = {}
        self.answers: dict[Any, Any] = {}


class Repeating(Tape):
    """A tape whose appends are those of its last recording so far: its arrays hold the rest of that, too."""

    __slots__ = ()

    repeats = True

    def append_scalar(self, op: int, a: int, b: int = 0) -> int:
        if Repeating._next(self, op, 1, a, b, None):
            return self.count + self.extra - 1
        Repeating.unfollow(self)
        return self.append_scalar(op, a, b)  # of another class now

    def append_run(self, op: int, n: int, record: Sequence[int]) -> int:
        if Repeating._next(self, RUN + op, n, -1, n, record):
            return self.count + self.extra - n
        Repeating.unfollow(self)
        return self.append_run(op, n, record)

    def _next(self, code: int, n: int, a: int, b: int, record: Sequence[int] | None) -> bool:
        """Whether an instruction is the one that stands here, which the tape has then."""
        before, self.at_work = self.at_work, True  # what a signal handler records goes elsewhere
        try:
            k, previous = self.count, self.previous
            if self.__class__ is not Repeating or self.lines is not None or k >= previous.count or int(self.opcode[k]) != code or int(self.arg1[k]) != b:
                return False
            at = end = previous.at_meta
            if record is not None:
                a, end = at, at + len(record)
                if self.meta[at:end].tolist() != list(record):
                    return False
            if int(self.arg0[k]) != a or self.count != k or self.__class__ is not Repeating:
                return False
            self.count, self.extra, previous.at_meta = k + 1, self.extra + n - 1, end  # there is no call since it was looked at
            return True
        finally:
            self.at_work = before

    def gather_list(self, slots: Any) -> int:
        before, self.at_work = self.at_work, True
        try:
            k, previous = self.count, self.previous
            if self.__class__ is Repeating:
                at = previous.at_index
                end = at + slots.size
                same = end <= previous.index and self.index[at:end].tobytes() == np.ascontiguousarray(slots, np.int32).tobytes()
                if same and self.count == k and self.__class__ is Repeating and previous.at_index == at:
                    previous.at_index = end
                    return int(at)
        finally:
            self.at_work = before
        Repeating.unfollow(self)
        return self.gather_list(slots)

    def append_block(self, *args: Any) -> None:
        Repeating.unfollow(self)
        self.append_block(*args)

    def reserve(self, instructions: int) -> None:
        """Whoever makes room appends, and not by the methods here."""
        Repeating.unfollow(self)
        self.reserve(instructions)

    def truncate(self, count: int, slots: int) -> None:
        Repeating.unfollow(self)
        self.truncate(count, slots)

    def resume(self) -> None:
        """No instruction is appended but by the methods here."""

    @property
    def complete(self) -> bool:
        """Whether the recording has come to where the last one ended."""
        previous = self.previous
        return bool(self.count == previous.count and previous.at_meta == previous.meta and previous.at_index == previous.index)

    def unfollow(self) -> None:
        before, self.at_work = self.at_work, True
        try:
            if self.__class__ is not Repeating:  # a signal handler came
                return
            previous = self.previous
            if not self.complete:
                self.previous = None
            del self.meta[previous.at_meta :], self.index[previous.at_index :]
            self.tangent_ = None  # of slots that will be others
            self.bound_count = -1
            self.__class__ = Tape  # type: ignore[assignment]
            if not self.ended and self.lines is None:
                self.resume()
        finally:
            self.at_work = before

    # --- whole operations --------------------------------------------------------------------------------------------------

    def operation(self, key: Any, operands: Sequence[Any], general: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """An operation: the one that stands here, or by its rule.

        Args:
            key: what it is.
            general, arguments: what records it.
        """
        found = Repeating._take(self, key, operands)
        if found is not None:
            return found
        k, known = self.count, dict(self.constants)
        out = general(*arguments)
        if type(out) in CLASSES:
            before, self.at_work = self.at_work, True
            try:
                if self.__class__ is Repeating:
                    self._note(key, operands, k, known, out)
            finally:
                self.at_work = before
        return out

    def _take(self, key: Any, operands: Sequence[Any]) -> Any:
        if self.at_work:
            return None
        self.at_work = True
        try:
            if self.__class__ is not Repeating:  # a signal handler came
                return None
            whole = self.previous.wholes.get((self.count, key))
            if whole is None or self.thread != get_ident() or len(operands) != len(whole.operands) or self.constants != whole.before:
                return None
            for (kind, known, _), x in zip(whole.operands, operands):  # noqa: B905  (as many)
                if kind == RECORDED:
                    if type(x) is not known[0] or x.slot >= 0 or x.run != known[1] or x.tape is not self or not _unwritten(x.store):
                        return None
                elif kind == VALUES:
                    if type(x) is not np.ndarray or x.shape != known or x.dtype is not self.dtype or not x.flags.c_contiguous:
                        return None
                elif kind == NUMBER:
                    if type(x) is not known[0] or x != known[1]:
                        return None
                elif kind == NUMBER_ON_TAPE:
                    if type(x) is not known[0] or x.slot != known[1] or x.tape is not self:
                        return None
                elif type(x) is not known[0] or x.slot >= 0 or x.tape is not self or _view(x) != known[1]:
                    return None
            for (kind, _, slot), x in zip(whole.operands, operands):  # noqa: B905
                if kind == VALUES:
                    self.value[slot : slot + x.size] = x.reshape(-1)
            for number, slot in whole.constants:
                self.value[slot] = number
                self.constants[number] = slot
            previous = self.previous
            self.count, self.extra, previous.at_meta, previous.at_index = whole.count, whole.extra, whole.meta, whole.index
        finally:
            self.at_work = False
        new = whole.kind(self, whole.slot)
        if whole.slot < 0:
            new.run, new.store = whole.run, None
        return new

    def _note(self, key: Any, operands: Sequence[Any], k: int, known: dict[float, int], out: Array) -> None:
        """Remember an operation that has just followed what stands here, if it is known by its operands."""
        if out.tape is not self or (out.slot < 0 and (out.run is None or out.store is not None)):
            return
        first = out.slot if out.slot >= 0 else out.run[0]
        codes, sizes = self.opcode[k : self.count], self.arg1[k : self.count]
        lengths = np.where(codes >= RUN, sizes, 1)
        starts = self.count + self.extra - lengths.sum() + np.cumsum(lengths) - lengths
        if not codes.size or first != starts[-1] or (codes[-1] & OPERATION) < FIRST_OPERATION:  # a signal handler has recorded since
            return
        added = list(self.constants.items())[len(known) :]
        if int((codes == CONSTANT).sum()) != len(added):
            return
        copied = [(int(s), int(n)) for code, s, n in zip(codes, starts, lengths, strict=True) if code == RUN + CONSTANT]
        found: list[Any] = []
        for x in operands:
            of = self._described(x, copied)
            if of is None:
                return
            found.append(of)
        if not copied:
            self.previous.wholes[k, key] = Whole(self, found, known, added, out)

    def _described(self, x: Any, copied: list[tuple[int, int]]) -> Any:
        """What an operand is known by; None where it cannot be told.

        Args:
            copied: first slots and sizes of arrays that were copied for the operation; this one's is taken out.
        """
        if type(x) in CLASSES:
            if x.tape is not self or not x.size:
                return None
            if x.slot >= 0:
                return NUMBER_ON_TAPE, (type(x), x.slot), -1
            if x.run is not None and _unwritten(x.store):
                return RECORDED, (type(x), x.run), -1
            seen = _view(x)
            return None if seen is None else (VIEW, (type(x), seen), -1)
        if type(x) in NUMBERS:
            return (NUMBER, (type(x), x), -1) if x or type(x) is int else None  # a zero has a sign, which == does not see
        if type(x) is not np.ndarray or x.size < 2 or x.dtype is not self.dtype or not x.flags.c_contiguous or 0 in x.strides:
            return None
        flat = x.reshape(-1)
        mine = [at for at in copied if at[1] == x.size and np.array_equal(self.value[at[0] : at[0] + x.size], flat)]
        if len(mine) != 1:  # two arrays of one size and the same numbers: which is which is not seen
            return None
        copied.remove(mine[0])
        return VALUES, x.shape, mine[0][0]


def _unwritten(store: Any) -> bool:
    """Whether nobody has stored into an array, or has made it of constants."""
    return store is None or not (store.constant or store.private is not None)


def _view(x: Array) -> Any:
    """The slots of a view of a run, if it is one: (the first, shape, strides)."""
    if x.run is not None or not _unwritten(x.store):
        return None
    slots = x._slots
    return (int(slots.flat[0]), slots.shape, slots.strides) if slots.size and is_shared(slots) else None


def begin(tape: Tape) -> None:
    """Record on a tape again that `keeps`."""
    previous: Previous = tape.previous
    tape.count = tape.extra = tape.done = tape.done_slots = tape.layout = tape.busy = 0
    tape.constants.clear()
    tape.partial = tape.computed_constants = tape.ended = False
    tape.bound_count = -1  # records may have been cut, and moved, since addresses were noted
    previous.at_meta = previous.at_index = 0
    tape.__class__ = Repeating


def ends_alike(tape: Tape) -> bool:
    """Whether a recording that has come to its end, and to that of the last one before, ends there."""
    return bool(tape.count == tape.previous.count and tape.slots == tape.previous.slots)


def mark(tape: Tape) -> bool:
    """Note that a recording has come to its end, behind which its derivatives may be recorded; returns whether it is such as can be recorded on again."""
    if tape.count > LONGEST or tape.slots > LARGEST or type(tape) is not Tape or tape.lines is not None or tape.careful is not None or tape.pythons:
        return False
    if not _plain(tape.opcode[: tape.count]):
        return False
    tape.previous = Previous(tape)
    return True


def keeps(tape: Tape) -> bool:
    """Whether an ended tape is to be recorded on again, which it is made ready for."""
    previous: Previous | None = tape.previous
    if previous is None or tape.at_work or tape.plan is not None or tape.loops is not None or tape.guards is not None:
        return False
    if type(tape) is not Repeating and tape.count > previous.count:
        tape.truncate(previous.count, previous.slots)
        del tape.meta[previous.meta :], tape.index[previous.index :]
        tape.tangent_ = None
    return not (tape.parts or tape.factors or tape.sparse)


def _plain(codes: Any) -> bool:
    """Whether instructions are all in their records, and few of them on scalars."""
    operations = codes & OPERATION
    if int(((codes < RUN) & (operations >= FIRST_OPERATION)).sum()) > SCALARS:
        return False
    return PLAIN.issuperset(operations[operations >= FIRST_STRUCTURAL].tolist())

