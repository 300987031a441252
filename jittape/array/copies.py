"""Copies of recorded arrays, and conversions of them to another dtype."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from jittape.array.layout import lies_in
from jittape.array.reading import Readable
from jittape.array.state import complexly
from jittape.array.stores import Store
from jittape.errors import RecordingError
from jittape.instructions.references import is_shared
from jittape.tape.arrays import VIEWED
from jittape.tape.tape import Tape

FLOATS = (np.dtype(np.float64), np.dtype(np.float32))
"""Of what a tape can be."""

class Copied(Readable):
    """The part of `Array` that makes copies."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(self, tape: Tape, slot: int) -> None: ...
        @classmethod
        def of(cls, tape: Tape, slots: Any, store: Store | None = None) -> Self: ...
        @staticmethod
        def _recordable(tape: Tape, made: Any) -> Any: ...

    def astype(self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True) -> Any:
        """A copy for its own dtype (or any real one); a plain array of integers or truth values otherwise."""
        dtype = np.dtype(dtype)
        if self.constant and dtype != self.dtype:
            return self._recordable(self.tape, self.value().astype(dtype, order, casting))
        if dtype.kind == "f":
            if copy:
                return self.copy(order)
            self.tape.layout |= VIEWED
            return self if lies_in(self.slots, order) else self.copy(order)
        if dtype.kind in "iub":
            what = f"astype({dtype})"
            return (self.truth(what) if dtype.kind == "b" else self.whole(what)).astype(dtype)
        if dtype.kind == "c":
            return complexly().of_real(self)
        raise RecordingError(f"a recorded array has no astype({dtype}); it holds real numbers")

    def __copy__(self) -> Self:
        return self.copy("K")

    def __deepcopy__(self, memo: Any) -> Self:
        return self.copy("K")

    def copy(self, order: Any = "C") -> Self:
        """A new array with the same elements; later assignments to one do not reach the other."""
        if self.slot >= 0:
            return type(self)(self.tape, self.slot)
        if self.constant:
            return type(self).of(self.tape, self.slots.copy(order), Store(0, 0, True))
        slots = self.slots
        flags = slots.flags
        kept = is_shared(slots) and (flags.c_contiguous if order in ("C", "c") else flags.c_contiguous or flags.f_contiguous if order in ("K", "k") else False)
        return type(self).of(self.tape, slots if kept else slots.copy(order))
