"""Adjoints of inputs that a single product of matrices makes: it stores them, so that nobody need zero them before, nor read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.instructions.matmul.record import A_AT, B_AT
from jittape.instructions.matrices_native import FLAGS
from jittape.ops.layout import FIRST, FIRST_OPERATION, MATMUL, OPERATION, RUN
from jittape.tape.decode import ARITIES, operands


def store(tape: Any, places: Sequence[tuple[int, int, Any]]) -> list[bool]:
    """Flag the products of a tape, in its records, that alone make the adjoints of one of these inputs (start, stop, ...); which inputs these are.

    For reverse sweeps over the whole tape only, that find what they leave: they store, where others would add.
    """
    opcode = tape.opcode[: tape.count]
    uses = np.zeros(tape.slots, np.int32)
    scalar = opcode < RUN
    for k, slots in enumerate((tape.arg0[: tape.count], tape.arg1[: tape.count])):
        np.add.at(uses, slots[scalar & (ARITIES[opcode] > k)], 1)
    runs = np.flatnonzero(~scalar & ((opcode & OPERATION) >= FIRST_OPERATION)).tolist()
    for k in runs:
        for x in operands(tape, k):
            if not x.constant:
                np.add.at(uses, x.slots.ravel(), 1)
    found = [False] * len(places)
    sole = {(start, stop): k for k, (start, stop, _) in enumerate(places) if stop > start and (uses[start:stop] == 1).all()}
    for k in runs:
        if opcode[k] == RUN + MATMUL:
            at = int(tape.arg0[k])
            for x, factor in zip(operands(tape, k), (A_AT, B_AT), strict=True):
                place = None if x.constant or not x.slots.size else sole.get((int(x.slots.min()), int(x.slots.max()) + 1))
                if place is not None and x.slots.size == places[place][1] - places[place][0]:
                    tape.meta[at + factor + FLAGS] |= FIRST
                    found[place] = True
    return found
