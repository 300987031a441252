"""Short sums: an instruction of a body that adds up all its operands, in place of a step of the interpreter between two bodies.

A chain of additions stays the chain that it is: the order of a sum is another one (eight partial sums), and added up in the chain's order it
takes as long as before, four cycles a number.
"""

from __future__ import annotations

import numpy as np

from jittape.ops.layout import BLOCK_REF, KIND, REF, RUN, RUN_REF, SUM
from jittape.passes.switches import SUMS, switched_on
from jittape.tape.tape import Tape

SHORT = 32
"""Numbers that such a sum has at most."""


def short_sums(tape: Tape) -> dict[int, range]:
    """The sums of a few slots that lie one after the other: instruction -> these slots."""
    if not switched_on(SUMS):
        return {}
    found = {}
    for k in np.flatnonzero((tape.opcode[: tape.count] == RUN + SUM) & (tape.arg1[: tape.count] == 1)).tolist():
        at = int(tape.arg0[k])
        n, flags, base, _, step, row = tape.meta[at : at + 1 + REF]
        kind = flags & KIND
        if 0 < n <= SHORT and (kind == RUN_REF or (kind == BLOCK_REF and row >= n and step == 1)):
            found[k] = range(base, base + n)
    return found
