"""Operands that several loops read by the same steps, columns of a matrix for each of many rows, say: copied side by side once for all of these loops.

Turns that are swept as vectors would load such numbers, and add to their adjoints, one by one. The copies stand in slots that a loop's columns leave
over (columns.py). They are made before the first of the loops, and in reverse their adjoints are taken out of their slots before the last one is swept and put
back after the first one: nothing else contributes to them in between, so they are added up in the interpreter's order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import FIRST_OPERATION, RUN
from jittape.passes.elements import ADJOINT, Elements, native
from jittape.passes.turns import Loop, mark, mark_spans
from jittape.sweep.loops.body import FIXED, STREAM, TURN, Body, Operand
from jittape.sweep.loops.parts import LEAST, possible
from jittape.tape.loops import Pack

if TYPE_CHECKING:
    from jittape.passes.columns import Layout, Stretch
    from jittape.tape.tape import Tape

Ints = NDArray[np.int64]
LEAST_LOOPS = 4
"""Loops from which copies are worth their while."""


class _Bodies:
    """What bodies have for operands, by the body."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Body, Ints, NDArray[np.bool_], list[Operand]]] = {}

    def _of(self, body: Body) -> tuple[Body, Ints, NDArray[np.bool_], list[Operand]]:
        if id(body) not in self._known:
            operands = {o for row in body.operands for o in row if o.kind != TURN}
            moving = {o.number: o.active for o in operands if o.kind == STREAM} if possible(body) else {}
            numbers = sorted(moving)
            self._known[id(body)] = body, np.array(numbers, np.int64), np.array([moving[n] for n in numbers], np.bool_), sorted(o for o in operands if o.active)
        return self._known[id(body)]

    def moving(self, body: Body) -> tuple[Ints, NDArray[np.bool_]]:
        """The numbers of the operands that move of one whose turns may be vectors, and whether they have adjoints."""
        return self._of(body)[1:3]

    def active(self, body: Body) -> list[Operand]:
        """All operands outside of a turn that have adjoints."""
        return self._of(body)[3]


def pack(tape: Tape, loops: Sequence[Any], rows: Sequence[Loop], layout: Layout) -> None:
    """Give loops copies of such operands: `operands` of these loops is where the copies stand then.

    Args:
        loops: all loops of the tape, in order.
        rows: those of turns, which know where their operands stand.
        layout: where results stand.
    """
    bodies = _Bodies()
    alike: dict[tuple[int, int], list[Loop]] = {}
    for row in rows:
        row.pack = None
        if row.turns >= LEAST:
            alike.setdefault((id(row.body), row.turns), []).append(row)
    free: dict[int, int] = {}
    """For each stretch the first of its slots that is left over."""
    for similar in alike.values():
        numbers, active = bodies.moving(similar[0].body)
        if len(similar) < LEAST_LOOPS or not numbers.size:
            continue
        places = np.stack([row.operands for row in similar if row.operands is not None])[:, numbers]  # [loop, operand, 2]
        shared = _shared(places)
        groups: dict[bytes, list[int]] = {}
        for r, (place, those) in enumerate(zip(places, shared, strict=True)):
            groups.setdefault(np.where(those[:, None], place, -1).tobytes(), []).append(r)
        for members in groups.values():
            those = shared[members[0]]
            if len(members) >= LEAST_LOOPS and those.any():
                _copied(tape, loops, [similar[r] for r in members], numbers[those], active[those], layout, free, bodies)


def _shared(places: Ints) -> NDArray[np.bool_]:
    """For each loop and each of its operands whether so many loops have that operand in the same place, and not side by side turn by turn."""
    found = np.zeros(places.shape[:2], np.bool_)
    for q in range(places.shape[1]):
        if (places[:, q, 1] != 1).any():
            _, which, count = np.unique(places[:, q], axis=0, return_inverse=True, return_counts=True)
            found[:, q] = (count[which.ravel()] >= LEAST_LOOPS) & ~np.isin(places[:, q, 1], (0, 1))
    return found


def _copied(tape: Tape, loops: Sequence[Any], group: Sequence[Loop], numbers: Ints, active: NDArray[np.bool_], layout: Layout, free: dict[int, int],
            bodies: _Bodies) -> None:  # fmt: skip
    """Give some loops copies of these operands, where there is room and nothing else reads them in between."""
    begin, turns = group[0], group[0].turns
    stretch = _stretch(layout, begin)
    assert begin.operands is not None
    if stretch is None:
        return
    first = free.get(stretch.slot, stretch.slot + len(stretch.columns) * stretch.turns)
    recorded = begin.data[numbers[active]]
    slots = recorded[:, :1] + recorded[:, 1:] * np.arange(turns)
    if first + numbers.size * turns > stretch.end or not _alone(tape, loops, group, slots.ravel(), set(numbers.tolist()), bodies):
        return
    free[stretch.slot] = first + numbers.size * turns
    base, step = begin.operands[numbers].T
    found = Pack.of(first, turns, base, step, active, begin.first, group[-1].first)
    for row in group:
        row.pack = found
        assert row.operands is not None
        row.operands[numbers] = np.column_stack((first + np.arange(numbers.size) * turns, np.ones(numbers.size, np.int64)))


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
    left = np.array([o.number for o in bodies.active(group[0].body) if o.kind in (FIXED, STREAM) and o.number not in numbers], np.int64)
    others = [o for o in bodies.active(group[0].body) if o.kind not in (FIXED, STREAM)]
    between: list[Loop] = []
    k, spans = group[0].first, []
    for loop in loops:
        if not group[0].first <= loop.first <= group[-1].first:
            continue
        _mark(tape, k, loop.first, flags)
        k = loop.end
        if isinstance(loop, Elements):
            for some in loop.reads():
                flags[some] |= ADJOINT
        elif id(loop) in inside:
            spans.append(np.column_stack((loop.data[left], np.full(left.size, loop.turns))))
            for o in others:
                flags[loop.earlier(o)] |= ADJOINT
        else:
            between.append(loop)
    mark(between, flags, ADJOINT)
    mark_spans(np.concatenate(spans), flags, ADJOINT)
    return not flags[slots].any()


def _mark(tape: Tape, begin: int, end: int, flags: NDArray[np.uint8]) -> None:
    """Mark what instructions outside of loops read; all, where there are runs among them."""
    if begin < end:
        opcode = tape.opcode[begin:end]
        if (opcode >= RUN + FIRST_OPERATION).any():
            flags[:] = ADJOINT
        native("reading")(tape.address, begin, end, flags.ctypes.data, ADJOINT)
