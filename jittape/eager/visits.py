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

    __slots__ = ("_addresses", "_varied_at", "adjoint", "flags", "stretches", "touched", "varied", "visited")

    def __init__(self) -> None:
        self.flags = self.visited = self.varied = self.touched = NO_FLAGS
        self._addresses: tuple[int, int, int] | None = None
        """What `_where` returns; None where an array is another one."""
        self._varied_at = 0
        self.adjoint: Slots = NO_ADJOINTS
        self.stretches: list[Stretch] = []

    def find(self, tape: EagerTape, slots: list[Slots], ends: NDArray[np.uint8] | None, whole: bool) -> None:
        """Find what some slots depend on; see `EagerTape.needed`."""
        while True:
            count = tape.count  # up to the next line there is no call
            total = count + tape.extra
            blocks = -(-count // TOGETHER)
            if self.flags.size < total or self.visited.size < count or self.touched.size < blocks:
                self._grow(tape, blocks)
            flags = self.flags
            self.stretches = [Stretch(0, count, 0, total)]  # until it is known better, should this be interrupted
            for s in slots:
                flags[s] = 1
            tape.bind(not whole)  # a compaction may find that it has nothing to do
            begins = tape.begins()
            if tape.count == count:  # else a signal handler has recorded meanwhile
                break
        find_useful(tape, TOGETHER, tape.begins_at, *self._where(), 0 if ends is None else ends.ctypes.data, WHOLE if whole else SET)
        if blocks > 1:
            self.stretches = _joined(self.touched[:blocks].tobytes(), begins, count)

    def _grow(self, tape: EagerTape, blocks: int) -> None:
        """Have room for as many flags as the tape has room for values and instructions."""
        if self.flags.size < tape.slots:
            self.flags = pages(max(tape.slots, tape.value.size), np.uint8)
        if self.visited.size < tape.count:
            self.visited = pages(tape.capacity, np.uint8)
        if self.touched.size < blocks:
            self.touched = np.zeros(2 * blocks, np.uint8)
        self._addresses = None

    def _where(self) -> tuple[int, int, int]:
        """The addresses of `touched`, `flags` and `visited`."""
        found = self._addresses
        if found is None:
            found = self._addresses = (self.touched.ctypes.data, self.flags.ctypes.data, self.visited.ctypes.data)
        return found

    def active(self, tape: EagerTape, slots: list[Slots]) -> NDArray[np.uint8]:
        """Flags of the slots that depend on the given ones, which must be needed; clears `visited` where no operand does."""
        varied = self.varied
        if varied.size < tape.slots:
            varied = self.varied = pages(max(tape.slots, tape.value.size), np.uint8)
            self._varied_at = varied.ctypes.data
        else:
            for st in self.stretches:
                varied[st.slot : st.stop] = 0
        for s in slots:
            varied[s] = 1
        tape.bind()
        visited = self._where()[2]
        for st in reversed(self.stretches):
            find_varied(tape, st.first, st.end, st.slot, self._varied_at, visited)
        return varied

    def hand_over(self) -> NDArray[np.uint8]:
        """The flags of the instructions, which are somebody else's from here on."""
        visited, self.visited, self._addresses = self.visited, NO_FLAGS, None
        return visited

    def take(self, visited: NDArray[np.uint8]) -> None:
        """Use an array of zeros for the flags of the instructions."""
        self.visited, self._addresses = visited, None

    def adjoints(self, slots: int) -> Slots:
        """`adjoint`, of so many slots at least."""
        if self.adjoint.size < slots:
            self.adjoint = np.full(slots + slots // 4, -1, np.int32)
        return self.adjoint

    def places(self, which: NDArray[np.int32]) -> NDArray[np.intp]:
        """Which of some instructions, given in ascending order, are visited."""
        if len(self.stretches) == 1 and self.stretches[0].first == 0:  # of most: nothing later was imported
            return self.visited[which].nonzero()[0]
        edges = which.searchsorted([(st.first, st.end) for st in reversed(self.stretches)]).reshape(-1, 2).tolist()
        found = [self.visited[which[a:b]].nonzero()[0] + a for a, b in edges if a < b]
        return found[0] if len(found) == 1 else np.concatenate(found) if found else np.zeros(0, np.intp)

    def clear(self) -> None:
        """Be ready for the next pass."""
        visited, flags, varied, adjoint = self.visited, self.flags, self.varied, self.adjoint
        for st in self.stretches:
            visited[st.first : st.end] = 0
            flags[st.slot : st.stop] = 0
            varied[st.slot : st.stop] = 0
            if adjoint.size:
                adjoint[st.slot : st.stop] = -1
        self.stretches = []

    def shrink(self) -> None:
        """Give back what is not little."""
        if self.flags.size > SHORT:
            self.flags, self._addresses = NO_FLAGS, None
        if self.varied.size > SHORT:
            self.varied = NO_FLAGS
        if self.adjoint.size > SHORT:
            self.adjoint = NO_ADJOINTS

    @property
    def nbytes(self) -> int:
        return self.flags.nbytes + self.visited.nbytes + self.varied.nbytes + self.touched.nbytes + self.adjoint.nbytes


def _joined(touched: bytes, begins: NDArray[Any], count: int) -> list[Stretch]:
    """The stretches of the blocks that were gone through, from the end."""
    found = []
    end = touched.rfind(1) + 1
    while end:
        first = touched.rfind(0, 0, end) + 1
        found.append(Stretch(first * TOGETHER, min(end * TOGETHER, count), int(begins[first]), int(begins[end])))
        end = touched.rfind(1, 0, first) + 1
    return found
