"""Operands that several loops read by the same steps, columns of a matrix for each of many rows, say: copied side by side once for all of these loops.

Turns that are swept as vectors would load such numbers, and add to their adjoints, one by one. The copies stand in slots that a loop's columns leave
over (columns.py). They are made before the first of the loops, and in reverse their adjoints are taken out of their slots before the last one is swept and put
back after the first one: nothing else contributes to them in between, so they are added up in the interpreter's order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import FIRST_OPERATION, RUN
from jittape.passes.elements import ADJOINT, Elements, native
from jittape.sweep.loops.body import STREAM, TURN, Body, Operand
from jittape.sweep.loops.parts import LEAST, possible
from jittape.tape.loops import Pack

if TYPE_CHECKING:
    from jittape.passes.columns import Layout, Stretch
    from jittape.passes.turns import Loop
    from jittape.tape.tape import Tape

LEAST_LOOPS = 4
"""Loops from which copies are worth their while."""


class _Bodies:
    """What bodies have for operands, by the body."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[list[tuple[int, bool]], list[Operand]]] = {}
        self._alive: list[Body] = []

    def of(self, body: Body) -> tuple[list[tuple[int, bool]], list[Operand]]:
        """The operands that move, number and whether they have adjoints, of one whose turns may be vectors; and all outside of a turn that have adjoints."""
        if id(body) not in self._known:
            self._alive.append(body)
            operands = {o for row in body.operands for o in row if o.kind != TURN}
            active = sorted(o for o in operands if o.active)
            moving = {o.number: o.active for o in operands if o.kind == STREAM} if possible(body) else {}
            self._known[id(body)] = sorted(moving.items()), active
        return self._known[id(body)]


def pack(tape: Tape, loops: Sequence[Any], rows: Sequence[Loop], layout: Layout) -> None:
    """Give loops copies of such operands: `operands` of these loops is where the copies stand then.

    Args:
        loops: all loops of the tape, in order.
        rows: those of turns, which know where their operands stand.
        layout: where results stand.
    """
    bodies = _Bodies()
    for row in rows:
        row.pack = None
    used = Counter(key for row in rows if row.turns >= LEAST for key in _strided(row, bodies))
    if max(used.values(), default=0) < LEAST_LOOPS:
        return
    groups: dict[Any, list[Loop]] = {}
    for row in rows:
        if row.turns >= LEAST:
            shared = tuple((n, active, *key) for (n, active), key in zip(bodies.of(row.body)[0], _strided(row, bodies, False), strict=True)
                           if used[key] >= LEAST_LOOPS)  # fmt: skip
            if shared:
                groups.setdefault((id(row.body), shared), []).append(row)
    free: dict[int, int] = {}
    """For each stretch the first of its slots that is left over."""
    for (_, shared), group in groups.items():
        if len(group) < LEAST_LOOPS:
            continue
        numbers, active = [n for n, *_ in shared], np.array([a for _, a, *_ in shared], np.bool_)
        base, step = (np.array([key[q] for key in shared], np.int64) for q in (2, 3))
        turns = group[0].turns
        stretch = _stretch(layout, group[0])
        if stretch is None:
            continue
        first = free.get(stretch.slot, stretch.slot + len(stretch.columns) * stretch.turns)
        recorded = np.array([group[0].data[n] for n in numbers], np.int64)[active]
        slots = recorded[:, :1] + recorded[:, 1:] * np.arange(turns)
        if first + base.size * turns > stretch.end or not _alone(tape, loops, group, slots.ravel(), set(numbers), bodies):
            continue
        free[stretch.slot] = first + base.size * turns
        found = Pack.of(first, turns, base, step, active, group[0].first, group[-1].first)
        for row in group:
            row.pack = found
            for q, n in enumerate(numbers):
                row.operands[n] = first + q * turns, 1


def _strided(row: Loop, bodies: _Bodies, some: bool = True) -> Iterator[tuple[int, int, int]]:
    """First slot, step and turns of the operands of a loop that move, with `some` of those that do not move by one."""
    for n, _ in bodies.of(row.body)[0]:
        base, step = row.operands[n]
        if not some or step not in (0, 1):
            yield base, step, row.turns


def _stretch(layout: Layout, row: Loop) -> Stretch | None:
    """The stretch that has a loop's results."""
    i, inside = layout.within(np.array([row.slot], np.int64))
    return layout.stretches[int(i[0])] if inside[0] else None


def _alone(tape: Tape, loops: Sequence[Any], group: Sequence[Loop], slots: NDArray[np.int64], numbers: set[int], bodies: _Bodies) -> bool:
    """Whether between the first and the last of some loops nothing but these operands of theirs contributes to the adjoints of slots."""
    if np.unique(slots).size != slots.size:
        return False
    flags = np.zeros(tape.slots, np.uint8)
    inside = {id(row) for row in group}
    k = group[0].first
    for loop in loops:
        if not group[0].first <= loop.first <= group[-1].first:
            continue
        _mark(tape, k, loop.first, flags)
        k = loop.end
        if isinstance(loop, Elements) or id(loop) not in inside:
            for some in loop.reads():
                flags[some] |= ADJOINT
        else:
            for o in bodies.of(loop.body)[1]:
                if o.kind != STREAM or o.number not in numbers:
                    flags[loop.earlier(o)] |= ADJOINT
    return not flags[slots].any()


def _mark(tape: Tape, begin: int, end: int, flags: NDArray[np.uint8]) -> None:
    """Mark what instructions outside of loops read; all, where there are runs among them."""
    if begin < end:
        opcode = tape.opcode[begin:end]
        if (opcode >= RUN + FIRST_OPERATION).any():
            flags[:] = ADJOINT
        native("reading")(tape.address, begin, end, flags.ctypes.data, ADJOINT)
