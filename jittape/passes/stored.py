"""Adjoints of inputs that a single product of matrices makes: it stores them, so that nobody need zero them before, nor read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from jittape.instructions.matmul.record import A_AT, B_AT
from jittape.instructions.matrices_native import FLAGS
from jittape.ops.layout import FIRST, FIRST_OPERATION, MATMUL, OPERATION, RUN
from jittape.tape.decode import ARITIES, operands


def store(tape: Any, places: Sequence[tuple[int, int, Any]]) -> None:
    """Flag the products of a tape, in its records, that alone make the adjoints of one of these inputs (start, stop, ...).

    For reverse sweeps over the whole tape only, that find what they leave: they store, where others would add. What is made of the tape (plans have records
    of their own) must be made afterwards.
    """
    opcode = tape.opcode[: tape.count]
    uses = np.zeros(tape.slots, np.int32)
    scalar = opcode < RUN
    for k, slots in enumerate((tape.arg0[: tape.count], tape.arg1[: tape.count])):
        np.add.at(uses, slots[scalar & (ARITIES[opcode] > k)], 1)
    for k in np.flatnonzero(~scalar & ((opcode & OPERATION) >= FIRST_OPERATION)).tolist():
        for x in operands(tape, k):
            if not x.constant:
                np.add.at(uses, x.slots.ravel(), 1)
    for at, place in _factors(tape, places):
        start, stop, _ = places[place]
        if (uses[start:stop] == 1).all():
            tape.meta[at + FLAGS] |= FIRST


def stored(tape: Any, places: Sequence[tuple[int, int, Any]]) -> list[bool]:
    """Of which inputs the adjoints are stored by products of this tape, so that they need not be zero before a sweep."""
    found = [False] * len(places)
    for at, place in _factors(tape, places):
        found[place] |= bool(tape.meta[at + FLAGS] & FIRST)
    return found


def _factors(tape: Any, places: Sequence[tuple[int, int, Any]]) -> Iterator[tuple[int, int]]:
    """(where a factor of a product stands in the records, which input it is), of factors that are a whole input each."""
    known = {(start, stop): k for k, (start, stop, _) in enumerate(places) if stop > start}
    for k in np.flatnonzero(tape.opcode[: tape.count] == RUN + MATMUL).tolist():
        for x, factor in zip(operands(tape, k), (A_AT, B_AT), strict=True):
            place = None if x.constant or not x.slots.size else known.get((int(x.slots.min()), int(x.slots.max()) + 1))
            if place is not None and x.slots.size == places[place][1] - places[place][0]:
                yield int(tape.arg0[k]) + factor, place
