"""The script of a tape's last recording: what was appended, in order, which operations of tensors that were, and the passes that followed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.compiler.ndarrays import address_of
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor
from jittape.ops.layout import CONSTANT, RUN
from jittape.tape.decode import Stretch

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

    def forget_moved(self) -> None:
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
        self.forget_moved()
        for e in self.events:
            for key in [key for key, whole in e.wholes.items() if whole.end > at]:
                del e.wholes[key]
        self.scalars = sum(GATHERED < e.code < RUN for e in self.events)
        self.constants = [(e.slot, e.n) for e in self.events if e.code in CONSTANTS]
