"""Lane programs of long tapes of scalar operations, made natively: 0.2 us an operation, where lanes/program.py takes 20.

They hold no `Record`s, but the arrays that native code reads, with numbers of kernels where their addresses go.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.lanes.program import BY_CODE, ZERO, Ints, Program, active_operands, copies, reads
from jittape.lanes.widths import LONG
from jittape.ops.layout import FIRST_OPERATION, OPERATION, RUN
from jittape.sweep.engine import lane_builder
from jittape.sweep.lanes import building as b
from jittape.sweep.lanes.kernels import FORWARD, REVERSE
from jittape.tape.decode import is_structural, lengths, operands
from jittape.tape.tape import Tape

FEW = 100
"""How many times as many scalar operations as runs there are at least."""


@cache
def _tables() -> tuple[NDArray[np.uint8], ...]:
    """What building.py is told about each operation: number of operands, which have a partial, of which it is one, what each partial reads."""
    arity, active, copied = (np.zeros(RUN, np.uint8) for _ in range(3))
    read = np.zeros((RUN, 3), np.uint8)
    for code, op in BY_CODE.items():
        arity[code] = op.arity
        for p in active_operands(op):
            active[code] |= 1 << p
            copied[code] |= copies(op, p) << p
            which, result = reads(op, p)
            read[code, p] = sum(1 << q for q in which) | result << 3
    return arity, active, copied, read


def made_natively(tape: Tape, gradient: bool) -> bool:
    """Whether a tape is such that its program is made here, with a gradient or without."""
    opcode = tape.opcode[: tape.count]
    run, operation = opcode >= RUN, opcode & OPERATION >= FIRST_OPERATION
    steps, runs = int(np.count_nonzero(operation & ~run)), (operation & run).nonzero()[0]
    if steps < LONG or (gradient and runs.size):  # elements of a run pass adjoints on in another order
        return False
    return runs.size * FEW <= steps and not any(map(is_structural, opcode[runs].tolist()))


def scalar_program(tape: Tape, inputs: Ints, outputs: Ints, guards: Ints, gradients: bool) -> Program | None:
    """The lane program of a long tape of scalar operations and few short runs, as `reverse.build` makes it; None for other tapes."""
    opcode = tape.opcode[: tape.count]
    run, operation = opcode >= RUN, opcode & OPERATION >= FIRST_OPERATION
    steps, runs = (operation & ~run).nonzero()[0], (operation & run).nonzero()[0]
    if not made_natively(tape, gradients) or (gradients and len(outputs) != 1):
        return None
    leaf = (~operation).nonzero()[0]
    size = lengths(opcode, tape.arg1[: tape.count]).astype(np.int32)
    start = np.cumsum(size, dtype=np.int32) - size
    slots = tape.slots
    code = np.zeros(slots, np.uint16)
    code[start[steps]] = opcode[steps]
    read_slots = np.zeros((slots, 3), np.int32)
    read_slots[start[steps], 0], read_slots[start[steps], 1] = tape.arg0[steps], tape.arg1[steps]
    for k in runs.tolist():  # element by element
        mine = slice(int(start[k]), int(start[k] + size[k]))
        code[mine] = opcode[k] & OPERATION
        for e, operand in enumerate(operands(tape, k)):
            read_slots[mine, e] = operand.slots.reshape(-1)
    operations = int(np.count_nonzero(code))
    leaves = np.stack([start[leaf], size[leaf]], 1)
    place, adjoint, last, following = (np.full(slots, -1, np.int32) for _ in range(4))
    dying = np.full(2 * slots + 1, -1, np.int32)
    flags, passes = np.zeros(slots, np.uint8), np.zeros(slots, np.uint8)
    uses = np.zeros(slots, np.int32)
    free, owners = (np.zeros(2 * slots + 2, np.int32) for _ in range(2))
    forward = np.zeros((operations, FORWARD), np.int32)
    reverse = np.zeros((operations if gradients else 0, REVERSE), np.int32)
    words = np.zeros(b.WORDS, np.int64)
    arity, active, copied, read = _tables()
    for at, array in (
        (b.P_CODE, code), (b.P_OPERANDS, read_slots), (b.P_LEAF, leaves), (b.P_INPUT, inputs), (b.P_OUTPUT, outputs), (b.P_GUARD, guards),
        (b.P_ARITY, arity), (b.P_ACTIVE, active), (b.P_COPIES, copied), (b.P_READS, read), (b.P_PLACE, place), (b.P_ADJOINT, adjoint),
        (b.P_LAST, last), (b.P_NEXT, following), (b.P_DYING, dying), (b.P_FLAGS, flags), (b.P_PASSES, passes), (b.P_USES, uses),
        (b.P_FREE, free), (b.P_OWNERS, owners), (b.P_FORWARD, forward), (b.P_RECORDS, reverse),
    ):  # fmt: skip
        words[at] = array.ctypes.data
    words[b.P_SLOTS], words[b.P_LEAVES] = slots, len(leaves)
    words[b.P_INPUTS], words[b.P_OUTPUTS], words[b.P_GUARDS] = inputs.size, outputs.size, guards.size
    words[b.P_REVERSE], words[b.P_TOP] = gradients, ZERO + 1
    lane_builder()(words.ctypes.data)
    held = [(int(place[s]), slice(int(s), int(s + n))) for s, n in leaves.tolist() if n and place[s] >= 0]
    seeds = [int(adjoint[outputs[0]])] if gradients else []
    into = adjoint[inputs]
    into[into < 0] = ZERO
    into = np.where(seeds[0] < 0, ZERO, into) if gradients else into
    return Program(
        [], [[] for _ in seeds], np.array(seeds, np.int32), place[inputs], place[outputs], place[guards],
        into.reshape(len(seeds), -1).astype(np.int32) if gradients else np.zeros((0, inputs.size), np.int32), held, [], {}, int(words[b.P_TOP]),
        (forward[: words[b.P_FORWARDS]].copy(), reverse[: words[b.P_REVERSES]].copy()),
    )  # fmt: skip


def numbered(codes: Any) -> list[tuple[int, tuple[int, ...]]]:
    """The operations and operands that reverse records name by their numbers, 8 code + bits."""
    return [(int(c) >> 3, tuple(p for p in range(3) if int(c) >> p & 1)) for c in codes]
