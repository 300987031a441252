"""About how long sweeps of one point take, to choose among ways to find Jacobians."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.ops.layout import FIRST_OPERATION, OPERATION, RUN
from jittape.tape.tape import Tape

SWEEP, SCALAR, ELEMENT, COMPILED = 5e-6, 3.3e-9, 9e-10, 1.2e-9
"""Seconds that a sweep of tangents or adjoints takes, for each scalar instruction, and for each element of runs; and an instruction of a compiled loop."""
TERM = 5e-10
"""Seconds that a term takes in some linear program, if most of them matter: where blocks of seeds take less, no program is made."""


def values(tape: Tape) -> float:
    """About how many seconds the values of all slots take."""
    scalars, elements = _sizes(tape)
    return SCALAR * scalars + ELEMENT * elements


def sweep(tape: Tape, report: Any = None) -> float:
    """About how many seconds a sweep takes along a seed, where `report` says what is compiled, if anything is."""
    scalars, elements = _sizes(tape)
    compiled = 0 if report is None else min(report.compiled, scalars)
    return SWEEP + SCALAR * (scalars - compiled) + COMPILED * compiled + ELEMENT * elements


def _sizes(tape: Tape) -> tuple[int, int]:
    """How many scalar instructions there are, and how many elements of runs, without leaves."""
    opcode = tape.opcode[: tape.count]
    active = (opcode & OPERATION) >= FIRST_OPERATION
    runs = active & (opcode >= RUN)
    return int(np.count_nonzero(active & (opcode < RUN))), int(tape.arg1[: tape.count][runs].sum())
