"""Dead code: what no result and no guard depends on is not computed.

An adjoint there is zero and contributes zero, so derivatives are the same to the last bit. What may raise an error, or is a user's function,
stays: a replay raises what the recording would have raised.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.references import Slots
from jittape.ops.layout import CALL, CHOLESKY, DECOMPOSITION, DETERMINANT, LU, RUN, SET, SOLVE, TRIANGULAR
from jittape.passes.leaves import as_leaves, of_slots, operations
from jittape.sweep.engine import find_useful
from jittape.tape.tape import Tape

RAISING = tuple(RUN + code for code in (CALL, CHOLESKY, DECOMPOSITION, DETERMINANT, LU, SOLVE, TRIANGULAR))
"""Linear algebra and Python functions."""


def unread(tape: Tape, roots: Sequence[Slots]) -> NDArray[np.bool_]:
    """The operations that none of these slots depends on."""
    flags, visited = np.zeros(tape.slots, np.uint8), np.zeros(max(tape.count, 1), np.uint8)
    for slots in roots:
        flags[slots] = 1
    opcode = tape.opcode[: tape.count]
    if (opcode >= RUN).any():
        flags[of_slots(tape, np.isin(opcode, RAISING))] = 1
    tape.bind()
    whole, touched = np.array([0, tape.slots]), np.zeros(1, np.uint8)  # one block: all of it
    find_useful(tape, max(tape.count, 1), whole.ctypes.data, touched.ctypes.data, flags.ctypes.data, visited.ctypes.data, 0, SET)
    dead: NDArray[np.bool_] = operations(tape) & (visited[: tape.count] == 0)
    return dead


def drop(tape: Tape, roots: Sequence[Slots]) -> Tape:
    """The tape without what none of these slots depends on; itself where there is nothing of the kind."""
    which = unread(tape, roots)
    return as_leaves(tape, which) if which.any() else tape
