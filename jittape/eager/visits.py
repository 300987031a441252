"""What a pass over an eager tape goes through, so that it costs its own graph and not the tape that the graph stands on.

A tape is looked at in blocks of instructions. Flags go from the results down; a block that has none of them is passed over
when it is met, and all that the pass does happens in the others, which are joined to stretches. The arrays of flags are as long as
the tape, are kept from pass to pass, and are zero outside of the stretches of the pass that is under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.references import Slots
from jittape.ops.layout import SET, WHOLE
from jittape.sweep.engine import find_useful, find_varied
from jittape.tape.decode import Stretch
from jittape.tape.memory import SHORT, pages

if TYPE_CHECKING:
    from jittape.eager.tape import EagerTape

TOGETHER = 1 << 8
"""Instructions of a block."""
NO_FLAGS: NDArray[np.uint8] = np.zeros(0, np.uint8)
NO_ADJOINTS = np.zeros(0, np.int32)


class Visit:
    """The stretches of a tape that some slots depend on.

    Attributes:
        stretches: from the end of the tape to its front.
        flags: one byte a slot: whether it is needed.
        visited: one byte an instruction: whether it is needed, and no constant.
        varied: one byte a slot, as `active` found it.
        adjoint: slot -> slot of its adjoint while a pass is recorded, else -1.
    """

    __slots__ = ("adjoint", "flags", "stretches", "touched", "varied", "visited")

    def __init__(self) -> None:
        self.flags = self.visited = self.varied = self.touched = NO_FLAGS
        self.adjoint: Slots = NO_ADJOINTS
        self.stretches: list[Stretch] = []

    def find(self, tape: EagerTape, slots: list[Slots], ends: NDArray[np.uint8] | None, whole: bool) -> None:
        """Find what some slots depend on; see `EagerTape.needed`."""
        total = tape.slots
        if self.flags.size < total:
            self.flags = pages(2 * total if total < SHORT else total, np.uint8)
        if self.visited.size < tape.count:
            self.visited = pages(tape.capacity, np.uint8)
        begins = tape.begins()
        blocks = -(-tape.count // TOGETHER)
        if self.touched.size < blocks:
            self.touched = np.zeros(2 * blocks, np.uint8)
        for s in slots:
            self.flags[s] = 1
        tape.bind(not whole)  # a compaction may find that it has nothing to do
        self.stretches = [Stretch(0, tape.count, 0, total)]  # until it is known better, should this be interrupted
        addresses = [a.ctypes.data for a in (begins, self.touched, self.flags, self.visited)]
        find_useful(tape, TOGETHER, *addresses, 0 if ends is None else ends.ctypes.data, WHOLE if whole else SET)
        if blocks > 1:
            self.stretches = _joined(self.touched[:blocks], begins, tape.count)

    def active(self, tape: EagerTape, slots: list[Slots]) -> NDArray[np.uint8]:
        """Flags of the slots that depend on the given ones, which must be needed; clears `visited` where an instruction does not."""
        if self.varied.size < tape.slots:
            self.varied = pages(2 * tape.slots if tape.slots < SHORT else tape.slots, np.uint8)
        else:
            self._clear(self.varied)
        for s in slots:
            self.varied[s] = 1
        tape.bind()
        for st in reversed(self.stretches):
            find_varied(tape, st.first, st.end, st.slot, self.varied.ctypes.data, self.visited.ctypes.data)
        return self.varied

    def adjoints(self, slots: int) -> Slots:
        """`adjoint`, of so many slots at least."""
        if self.adjoint.size < slots:
            self.adjoint = np.full(2 * slots if slots < SHORT else slots, -1, np.int32)
        return self.adjoint

    def places(self, which: NDArray[np.int32]) -> NDArray[np.intp]:
        """Which of some instructions, given in ascending order, are visited."""
        found = [np.flatnonzero(self.visited[which[a:b]]) + a for a, b in (np.searchsorted(which, (st.first, st.end)) for st in reversed(self.stretches))]
        return found[0] if len(found) == 1 else np.concatenate(found) if found else np.zeros(0, np.intp)

    def clear(self) -> None:
        """Be ready for the next pass."""
        if self.adjoint.size:
            for st in self.stretches:
                self.adjoint[st.slot : st.stop] = -1
        if self.varied.size:
            self._clear(self.varied)
        self._clear(self.flags)
        for st in self.stretches:
            self.visited[st.first : st.end] = 0
        self.stretches = []

    def _clear(self, flags: NDArray[np.uint8]) -> None:
        for st in self.stretches:
            flags[st.slot : st.stop] = 0

    def shrink(self) -> None:
        """Give back what is not little."""
        if self.flags.size > SHORT:
            self.flags = NO_FLAGS
        if self.varied.size > SHORT:
            self.varied = NO_FLAGS
        if self.adjoint.size > SHORT:
            self.adjoint = NO_ADJOINTS

    @property
    def nbytes(self) -> int:
        return self.flags.nbytes + self.visited.nbytes + self.varied.nbytes + self.touched.nbytes + self.adjoint.nbytes


def _joined(touched: NDArray[np.uint8], begins: NDArray[Any], count: int) -> list[Stretch]:
    """The stretches of the blocks that were gone through, from the end."""
    edges = np.flatnonzero(np.diff(touched, prepend=0, append=0)).tolist()
    return [
        Stretch(a * TOGETHER, min(b * TOGETHER, count), int(begins[a]), int(begins[b]))
        for a, b in zip(edges[-2::-2], edges[::-2], strict=True)
    ]
