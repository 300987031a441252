"""What a gradient by a tape holds in memory, and what it computes twice for not holding it: `Tape.memory`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jittape.instructions.calls import operations
from jittape.ops.layout import CALL, RUN
from jittape.tape.arrays import INSTRUCTION

if TYPE_CHECKING:
    from jittape.tape.tape import Tape

ADJOINTS = 2
"""Numbers for each slot: its value and its adjoint."""


@dataclass(frozen=True, repr=False)
class Memory:
    """What one gradient takes, in bytes; `print` it for words.

    Attributes:
        instructions: what the recording itself is.
        stored: values that are kept from the forward sweep for the reverse one, and the adjoints of these.
        working: what the checkpointed part that takes most has for itself while it is gone through.
        recomputed: how many values checkpointed parts compute again for the reverse sweep.
        calls: of checkpointed parts.
    """

    instructions: int
    stored: int
    working: int
    recomputed: int
    calls: int

    @property
    def peak(self) -> int:
        """The most that is held at once."""
        return self.instructions + self.stored + self.working

    def __str__(self) -> str:
        again = f"{self.recomputed:,} values in {self.calls:,} calls of checkpointed parts" if self.calls else "nothing"
        return (
            f"peak {self.peak:,} bytes: instructions {self.instructions:,}, stored {self.stored:,} (values and adjoints), "
            f"at work in a part {self.working:,}\nrecomputed in the reverse sweep: {again}"
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from jittape.tape.display import table  # for start-up

        rows = [("peak", self.peak), ("instructions", self.instructions), ("stored: values and adjoints", self.stored), ("at work in a part", self.working)]
        again = [("values computed again", self.recomputed), ("calls of checkpointed parts", self.calls)] if self.calls else []
        return table(("bytes", "of what"), [(f"{n:,}", what) for what, n in rows], numbers=1) + (table((), [(f"{n:,}", what) for what, n in again], numbers=1) if again else "")


def memory(tape: Tape) -> Memory:
    """What a gradient by a tape takes. Compiled loops hold as much as the interpreter."""
    lists = tape.meta.itemsize * len(tape.meta) + tape.index.itemsize * len(tape.index)
    working = recomputed = calls = 0
    for k in np.flatnonzero(tape.opcode[: tape.count] == RUN + CALL).tolist():
        record = operations.read(tape, k)
        if record.call.holds is not None:
            mine, again = record.call.holds(record.attributes)
            working, recomputed, calls = max(working, mine), recomputed + again, calls + 1
    guards = 0 if tape.guards is None else tape.guards.nbytes
    return Memory(INSTRUCTION * tape.count + lists + guards, ADJOINTS * tape.dtype.itemsize * tape.slots, working, recomputed, calls)
