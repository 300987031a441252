"""Long loops of a path by several threads: groups of runs, and turns that do not depend on each other.

Sweeps go through the tape as before, in one thread; at a loop that is long enough they stop, threads take pieces of it, and what pieces have in common is
added afterwards (sweep/loops/pieces.py). The numbers are those of one thread, to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence

from jittape.ops.layout import C_UNPACKED, CHUNK, PACKED, UNKNOWN
from jittape.replay import shared_loops
from jittape.replay.pieces import default_threads
from jittape.replay.shared_loops import Runs, Share, Turns, independent_turns, saving
from jittape.sweep.engine import HOMES, LOOPS
from jittape.sweep.loops.body import D_TURNS
from jittape.sweep.loops.elements import E_SIZE
from jittape.tape.loops import Loops
from jittape.tape.tape import Tape

WORTHWHILE = 1e-4
"""Seconds that threads have to save, there and back, for a loop to be shared: what they take to begin and to end is less."""
COPIED = 2.5e-9
"""Seconds that a number of the argument takes to be copied, and its adjoint, which one native call for all of the path need not do."""


class Shares:
    """The loops of a path that threads share, and the sweeps that go by them."""

    def __init__(self, shares: Sequence[Share], table: Loops) -> None:
        self._shares = list(shares)
        last = self._shares[-1]
        self.ends = (table.ending or table.whole) and last.row is table.rows[-1] and "reverse" in last.sweeps
        """Whether the last loop, which threads share, is all that the result depends on, and is swept forward and back in one pass."""

    def sweep(self, tape: Tape, name: str) -> None:
        """One of the sweeps of a bound tape."""
        if name == "reverse":
            self._reverse(tape, tape.count, 0, tape.slots)
        else:
            self._onward(tape, name, 0, tape.count, 0)

    def _onward(self, tape: Tape, name: str, k: int, end: int, s: int) -> None:
        if name == "forward":
            tape.control[C_UNPACKED] = PACKED
        for share in self._shares:
            row = share.row
            if name not in share.sweeps or row.end > end:
                continue
            if k < row.first:
                tape.sweep(LOOPS + name, k, row.first, s)
            share.onward(tape, name)  # type: ignore[attr-defined]
            k, s = row.end, row.slot + row.slots
        if k < end:
            tape.sweep(LOOPS + name, k, end, s)

    def _reverse(self, tape: Tape, k: int, end: int, s: int) -> None:
        for share in reversed(self._shares):
            row = share.row
            if "reverse" not in share.sweeps or row.first >= k:
                continue
            if k > row.end:
                tape.sweep(LOOPS + "reverse", k, row.end, s)
            if tape.control[C_UNPACKED] in (PACKED, UNKNOWN):
                share.reverse(tape)  # type: ignore[attr-defined]
            else:  # the interpreter goes on from a turn that met a NaN
                tape.sweep(LOOPS + "reverse", row.end, row.first, row.slot + row.slots)
            k, s = row.first, row.slot
        if k > end:
            tape.sweep(LOOPS + "reverse", k, end, s)

    def ending(self, tape: Tape, slot: int, valued: bool) -> None:
        """Value and adjoints of a recording that `ends`, as `ending` of sweep/loops/once.py has it."""
        share = self._shares[-1]
        assert isinstance(share, Runs)
        row, g = share.row, tape.adjoint
        self._onward(tape, "forward", 0, row.first, 0)
        g[slot] = 1.0  # type: ignore[index]
        if tape.count > row.end:
            tape.sweep("reverse", tape.count, row.end, tape.slots)
        share.both_ways(tape, valued)
        if valued and tape.count > row.end:
            tape.sweep("forward", row.end, tape.count, row.slot + row.slots)
        self._reverse(tape, row.first, 0, row.slot)


def shares(tape: Tape, threads: int | None, numbers: int) -> Shares | None:
    """How threads share the loops of a tape whose argument has so many numbers; None where they do not, as that would save nothing."""
    table = tape.loops
    count = default_threads() if threads is None else threads
    if table is None or count == 1:
        return None
    tape.bind(values=False)
    found: list[Share] = []
    for row, body in zip(table.rows, table.bodies, strict=True):
        turns = int(row.data[E_SIZE if row.elements else D_TURNS])
        if row.pack is not None or turns * saving(body, count) < WORTHWHILE or turns <= shared_loops.PIECE * CHUNK:
            continue
        ends = (table.ending or table.whole) and row is table.rows[-1]
        share = Runs(tape, row, body, count, ends) if row.elements else Turns(tape, row, body, count) if independent_turns(row, body) else None
        if share is not None and share.saved() >= WORTHWHILE and not (ends and "reverse" not in share.sweeps):
            found.append(share)
    tape.bound_count = -1
    if not found or sum(share.saved() for share in found) < WORTHWHILE + numbers * COPIED:
        return None
    for name, home in HOMES.items():
        if home == "loops.pieces":
            tape.engine.sweep(name)
    return Shares(found, table)
