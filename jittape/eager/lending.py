"""Memory that tensors lend to a tape: products of matrices read it, and write gradients, where it lies.

A leaf is copied to the tape that it is used on (eager/operands.py). A large one of which products of matrices are all that reads it need not be: its slots stay
empty, and native code is told where its numbers are (`C_OUTSIDE` of ops/layout.py). That is a loan, which is over when the tape begins anew. Before that
it is **called in** as soon as anybody else may see the difference: the numbers are copied to their slots then.

- Whoever writes to the memory of a tensor calls `recall` before, so that a graph keeps the values that it was recorded with.
- Memory that others look at, or may come to look at (a view, a detached tensor, an ndarray), is not lent.
- Whatever reads slots and is no product (other operations of the leaf, passes that are recorded, compactions) has the numbers there first.

So gradients are written to memory of their own, too: where only products contribute to a leaf's, the first one stores, the others add.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from threading import get_ident
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.compiler.ndarrays import address_of
from jittape.ops.layout import (
    C_OUTSIDE,
    CONSTANT,
    INPUT,
    MATMUL,
    O_ADJOINT,
    O_SIZE,
    O_SLOT,
    O_VALUE,
    O_WORDS,
    O_WRITTEN,
    RUN,
)
from jittape.tape.decode import operands

LEAST = 1 << 13
"""Elements from which a tensor's memory is lent: fewer are copied in less time."""
MOST = 1 << 6
"""Loans of a tape: each product looks through all of them."""


class Loan:
    """Memory that was lent.

    Attributes:
        tensor: weak reference to whose it is.
        data: the memory.
        slot: the first of the slots that it stands for.
        row: where native code is told of it.
    """

    __slots__ = ("data", "row", "slot", "tensor")

    def __init__(self, tensor: Any, slot: int, row: int) -> None:
        self.tensor, self.data, self.slot, self.row = weakref.ref(tensor), tensor._data, slot, row


class Outside:
    """What a tape has outside of its arrays.

    Attributes:
        loans: by their first slots.
    """

    __slots__ = ("_collecting", "_rows", "_table", "_tape", "_view", "loans")

    def __init__(self, tape: Any) -> None:
        self._tape: Any = weakref.ref(tape)
        self._table: NDArray[np.int64] = np.zeros(1 + MOST * O_WORDS, np.int64)
        self._view: memoryview = memoryview(self._table)  # type: ignore[arg-type]
        self._rows: dict[int, int] = {}
        self._collecting: list[tuple[int, NDArray[Any]]] = []
        """Rows of the gradients that products write, with their memory."""
        self.loans: dict[int, Loan] = {}
        tape.control_view[C_OUTSIDE] = address_of(self._table)

    def _row(self, slot: int, size: int) -> int:
        """Where the row of a leaf stands; -1 where there is no room."""
        row = self._rows.get(slot)
        if row is None:
            k = len(self._rows)
            if k == MOST:
                return -1
            row = 1 + k * O_WORDS
            view = self._view
            view[row + O_SLOT], view[row + O_SIZE], view[row + O_VALUE], view[row + O_ADJOINT] = slot, size, 0, 0
            self._rows[slot] = row
            view[0] = k + 1
        return row

    def borrow(self, tensor: Any, slot: int) -> bool:
        """Have the values of a leaf where they lie. Returns whether that can be; else nothing was done."""
        data = tensor._data
        if not data.flags.c_contiguous:
            return False
        info = tensor.info
        storage = info.storage
        if storage is not None and not storage.alone(tensor):
            return False
        if info.requires_grad and info.thread != get_ident():  # others may write to it at any time
            return False
        row = self._row(slot, data.size)
        if row < 0:
            return False
        if info.borrower is not None and info.borrower is not self:
            recall(tensor)
        info.borrower = self
        self.loans[slot] = Loan(tensor, slot, row)
        self._view[row + O_VALUE] = address_of(data)
        return True

    def call_in(self, slot: int) -> None:
        """Copy what was lent to its slots."""
        loan = self.loans.pop(slot)
        tape, data = self._tape(), loan.data
        if tape is not None:
            tape.value[slot : slot + data.size] = data.reshape(-1)
        self._view[loan.row + O_VALUE] = 0

    def call_in_of(self, tensor: Any) -> None:
        """The same of all that is a tensor's."""
        for slot in [loan.slot for loan in self.loans.values() if loan.tensor() is tensor]:
            self.call_in(slot)
        tensor.info.borrower = None

    def call_in_all(self) -> None:
        for slot in list(self.loans):
            tensor = self.loans[slot].tensor()
            self.call_in(slot)
            if tensor is not None:
                tensor.info.borrower = None

    def give_back(self) -> None:
        """The recording is over, or nobody asks for values that it has not computed."""
        for loan in self.loans.values():
            tensor = loan.tensor()
            if tensor is not None and tensor.info.borrower is self:
                tensor.info.borrower = None
        self.loans.clear()

    def begin(self) -> None:
        """Forget everything."""
        self.give_back()
        self._rows.clear()
        self._view[0] = 0

    def has_lent(self, slot: int) -> bool:
        """Whether the leaf at a slot was lent in this recording."""
        return slot in self._rows

    # --- gradients ---------------------------------------------------------------------------------------------------------

    def collect(self, slot: int, gradient: NDArray[Any], add: bool) -> bool:
        """Have products write the adjoints of a leaf to an array from now on: the first one stores, or adds as the others do. Returns whether that can be."""
        row = self._row(slot, gradient.size)
        if row < 0:
            return False
        self._collecting.append((row, gradient))
        self._view[row + O_WRITTEN] = add
        self._view[row + O_ADJOINT] = address_of(gradient)
        return True

    def collected(self, slot: int) -> bool:
        """Whether they have written there."""
        return bool(self._view[self._rows[slot] + O_WRITTEN])

    def stop(self) -> list[tuple[int, NDArray[Any]]]:
        """Have them write to slots again; returns what `go_on` takes."""
        before, self._collecting = self._collecting, []
        for row, _ in before:
            self._view[row + O_ADJOINT] = 0
        return before

    def go_on(self, before: list[tuple[int, NDArray[Any]]]) -> None:
        """After another pass in the middle of one, have them write where they did."""
        for row, gradient in before:
            self._view[row + O_ADJOINT] = address_of(gradient)
        self._collecting = before


def recall(tensor: Any) -> None:
    """To be called before a tensor's memory is written to, or shown to somebody else: who has borrowed it has a copy from here on."""
    info = getattr(tensor, "_info", None)
    if info is not None and info.borrower is not None:
        info.borrower.call_in_of(tensor)


def by_products(tape: Any, slot: int, size: int, instructions: Sequence[int], whole: bool = False) -> bool:
    """Whether only products of matrices are among some instructions that read any of these slots.

    Args:
        whole: whether each of them reads all of them.
    """
    for k in instructions:
        code = int(tape.opcode[k])
        if code in (RUN + INPUT, RUN + CONSTANT, INPUT, CONSTANT):
            continue
        for x in operands(tape, k):
            if not x.slots.size:
                continue
            low, high = int(x.slots.min()), int(x.slots.max()) + 1
            if high <= slot or slot + size <= low:
                continue
            if code != RUN + MATMUL or low < slot or high > slot + size or (whole and x.slots.size != size):
                return False
    return True
