"""Decisions by value as comparisons: what must hold for an order, a place or a choice to come out as it did.

A recording that is to be replayed (jt.record) may take the same way for all values that decide alike. So the comparisons
that a decision rests on are recorded, and guarded; nothing is recorded for other tapes. A relation that does not hold for
the values at hand (one of them is NaN) makes a guard that never holds again: such a path is right, and not used again.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array, apply
from jittape.functions.lift import lift
from jittape.instructions.references import Slots
from jittape.ops._generated import opcodes as ops
from jittape.tape.guards import HOLDS, KEY
from jittape.tape.tape import Tape

Places = NDArray[np.intp]
Relation = tuple[int, *tuple[Any, ...]]
"""(opcode of a mask, slots or a number, slots)."""


def guarded(*operands: Any) -> Tape | None:
    """The tape to guard on where a decision by one of these operands needs a guard; None elsewhere."""
    for x in operands:
        if isinstance(x, Array) and x.tape.replayable and not x.constant:
            return x.tape
    return None


def hold(tape: Tape, what: str, relations: Sequence[Relation], chosen: bytes = b"") -> None:
    """Record relations between slots, and guard that all of them hold.

    Args:
        chosen: what was chosen by these values besides; paths that chose differently are different ones.
    """
    masks = []
    key = blake2b(chosen, digest_size=KEY)
    for op, *operands in relations:
        if operands[0].size:
            key.update(b"".join([op.to_bytes(), operands[0].size.to_bytes(4), *(np.asarray(x).tobytes() for x in operands)]))
            masks.append(apply(op, *(Array.of(tape, x.reshape(-1)) if isinstance(x, np.ndarray) else x for x in operands)).slots)
    if masks:
        slots = np.concatenate(masks)
        tape.evaluate()
        found = tape.value[slots]
        key.update((found == 1).tobytes())
        tape.guard(slots, found, what, HOLDS, key.digest())


def held(relation: Any, what: str, chosen: bytes) -> None:
    """The same of a recorded mask: all of it holds, where this was chosen; of a plain one nothing."""
    if isinstance(relation, Array) and relation.size and not relation.constant:
        tape, slots = relation.tape, relation.slots.reshape(-1)
        tape.evaluate()
        found = tape.value[slots]
        key = blake2b(chosen, digest_size=KEY)
        key.update((found == 1).tobytes())
        tape.guard(slots, found, what, HOLDS, key.digest())


def never(tape: Tape, slot: int, what: str) -> None:
    """Note that a way was taken for a reason that no comparison tells; it is never taken again."""
    tape.guard(slot, np.nan, what, HOLDS)


# --- orders ------------------------------------------------------------------------------------------------------------------


def _up(behind: Any, low: Slots, high: Slots) -> list[Relation]:
    """low comes before high in a stable order; where high stands `behind` low in the array, also where they are equal."""
    return [(ops.LESS_EQUAL, low[behind], high[behind]), (ops.LESS, low[~behind], high[~behind])]


def _numbers(nan: NDArray[np.bool_], slots: Slots) -> list[Relation]:
    """Which elements are NaN, where some are; elsewhere comparisons tell that none is."""
    return [(ops.ISNAN, slots[nan]), (ops.EQUAL, slots[~nan], slots[~nan])] if nan.any() else []


def order(x: Any, values: NDArray[Any], found: Places, axis: int, what: str, ties: bool = False) -> None:
    """Guard the stable order that was found along an axis, NaN last; with `ties` also which elements are equal."""
    tape = guarded(x)
    if tape is None:
        return
    slots = np.moveaxis(np.take_along_axis(x.slots, found, axis), axis, 0)
    ordered = np.moveaxis(np.take_along_axis(np.asarray(values, float), found, axis), axis, 0)
    places = np.moveaxis(found, axis, 0)
    relations = _numbers(np.isnan(ordered), slots)
    known = ~np.isnan(ordered[1:])
    low, high = slots[:-1][known], slots[1:][known]
    if ties:
        equal = (ordered[:-1] == ordered[1:])[known]
        relations += [(ops.EQUAL, low[equal], high[equal]), (ops.LESS, low[~equal], high[~equal])]
    else:
        relations += _up((places[:-1] < places[1:])[known], low, high)
    hold(tape, what, relations)


def pivots(x: Any, slots: Slots, ordered: NDArray[Any], places: Places, chosen: NDArray[np.bool_], what: str) -> None:
    """Guard that the chosen elements of a stable order (along the first axis) are those of that rank, whatever the rest.

    Args:
        x: the recorded array that they are of.
        slots, ordered, places: the elements in order: slots, values, indices before.
        chosen: which of them matter.
    """
    tape = guarded(x)
    if tape is None or not slots.size:
        return
    n = len(slots)
    nan = np.isnan(ordered)
    at = np.arange(n).reshape(-1, *[1] * (slots.ndim - 1))
    here = np.where(chosen, at, -1)
    left = np.concatenate([np.full_like(here[:1], -1), np.maximum.accumulate(here, 0)[:-1]])
    right = np.minimum.accumulate(np.where(chosen, at, n)[::-1], 0)[::-1]
    low, high = np.maximum(left, 0), np.minimum(right, n - 1)
    above, below = (left >= 0) & ~nan, (right < n) & ~chosen & ~nan & ~np.take_along_axis(nan, high, 0)
    under, over = (np.take_along_axis(slots, at, 0) for at in (low, high))
    behind, before = np.take_along_axis(places, low, 0) < places, places < np.take_along_axis(places, high, 0)
    back = np.argsort(places, 0)  # as they stand in the array, so that the order of the rest plays no part
    parts = (slots, nan, above, below, under, over, behind, before)
    slots, nan, above, below, under, over, behind, before = (np.take_along_axis(part, back, 0) for part in parts)
    relations = _numbers(nan, slots)
    relations += _up(behind[above], under[above], slots[above])
    relations += _up(before[below], slots[below], over[below])
    hold(tape, what, relations)


def lexicographic(tape: Tape, keys: Slots, found: Places, what: str, ties: bool = False) -> None:
    """Guard the stable order by several keys, the first of which counts most.

    Args:
        tape: a tape that needs guards.
        keys: slots [key, element, ...].
        found: the order of the elements, [element, ...].
        ties: guard which elements are equal in all keys, too.
    """
    tape.evaluate()
    count = len(keys)
    if not count:
        return
    low = np.stack([np.take_along_axis(k, found[:-1], 0) for k in keys])
    high = np.stack([np.take_along_axis(k, found[1:], 0) for k in keys])
    differs = tape.value[low] != tape.value[high]
    first, alike = differs.argmax(0), ~differs.any(0)
    key = np.arange(count).reshape(-1, *[1] * (low.ndim - 1))
    behind = np.zeros_like(alike)
    if ties:
        first[alike] = count
    else:  # in the last key two elements may be equal, or differ, where the order stays
        first[alike] = count - 1
        behind = (found[:-1] < found[1:]) & (first == count - 1)
    equal, decides = key < first, key == first
    ups = _up(np.broadcast_to(behind, low.shape)[decides], low[decides], high[decides])
    hold(tape, what, [(ops.EQUAL, low[equal], high[equal]), *ups])


# --- one of many ---------------------------------------------------------------------------------------------------------------


def extreme(x: Any, found: Any, axis: Any, largest: bool, what: str, skip_nan: bool = False) -> None:
    """Guard what argmax or argmin found: no other element is beyond it, and none before it is equal."""
    tape = guarded(x)
    if tape is None:
        return
    slots = x.slots.reshape(-1) if axis is None else np.moveaxis(x.slots, axis, 0)
    found = np.asarray(found).reshape(slots.shape[1:])
    tape.evaluate()
    nan = np.isnan(tape.value[slots])
    winner = np.broadcast_to(np.take_along_axis(slots, found[None], 0), slots.shape)
    at = np.arange(len(slots)).reshape(-1, *[1] * (slots.ndim - 1))
    before, after = at < found, at > found
    relations: list[Relation] = []
    if skip_nan:
        relations += _numbers(nan, slots) if nan.any() else [(ops.EQUAL, slots, slots)] if len(slots) == 1 else []
        worst = np.asarray(winner[0])[nan.any(0)]  # NumPy takes NaN for the worst value there is
        relations.append((ops.GREATER, worst, -np.inf) if largest else (ops.LESS, worst, np.inf))
        before, after = before & ~nan, after & ~nan
    strict, loose = (ops.GREATER, ops.GREATER_EQUAL) if largest else (ops.LESS, ops.LESS_EQUAL)
    relations += [(strict, winner[before], slots[before]), (loose, winner[after], slots[after])]
    hold(tape, what, relations)


def bracket(nodes: Any, points: Any, place: Any, side: str, what: str, more: Sequence[Relation] = (), chosen: bytes = b"") -> None:
    """Guard the places that np.searchsorted found for points among ordered nodes, and more relations; `chosen` as in `hold`."""
    tape = guarded(nodes, points)
    if tape is None:
        return
    place = np.asarray(place)
    x, at = lift(tape, nodes), lift(tape, points).slots
    own = guarded(nodes) is not None
    if not own and not (np.diff(x.value()) >= 0).all():  # what a search finds there depends on how it goes
        if isinstance(points, Array):
            points.decide(what)
        return
    edges = x.slots
    lower, upper = (ops.LESS, ops.LESS_EQUAL) if side == "left" else (ops.LESS_EQUAL, ops.LESS)
    low, high = place > 0, place < edges.size
    relations = [(lower, edges[place[low] - 1], at[low]), (upper, at[high], edges[place[high]]), *more]
    if own:
        relations.append((ops.LESS_EQUAL, edges[:-1], edges[1:]))
    hold(tape, what, relations, chosen)
