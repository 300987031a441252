"""A loop whose step is a tape: its state goes from step to step natively, and adjoints come back through stored states.

A description says where the numbers of a step stand on its tape, and where in memory those of the loop do (`S_...`). Every list of
slots is of int32; a row of inputs is one step's.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, call_step, i4_pointer, i8_pointer, real_pointer
from jittape.ops.layout import (
    C_ADJOINT,
    C_COUNT,
    C_EXPECTED,
    C_FORWARD,
    C_GUARD_SLOTS,
    C_GUARDS,
    C_REVERSE,
    C_SLOTS,
    C_STATUS,
    C_VALUE,
    DONE,
)

(S_STATE, S_STATES, S_RESULTS, S_ROW, S_ROWS, S_SHARED, S_SHAREDS, S_TURN,
 S_NOW, S_KEPT, S_INPUTS, S_ADJOINT, S_INPUT_ADJOINTS, S_SHARED_ADJOINTS, STEPPING) = range(15)  # fmt: skip
"""Addresses of slots and how many they are: of the state before a step (and after it, S_RESULTS), of a row of inputs, of what all steps
share; the slot of the step's number. Then addresses of numbers: the state, states that are kept, all inputs, and the adjoints of state,
inputs and what is shared. A step's number has the slot -1 where no step reads it; S_KEPT may be 0."""


@part
def place(D, v, t, state, like):
    """What step t reads, in the values of its tape."""
    slots = i4_pointer(D[S_STATE])
    for j in range(D[S_STATES]):
        v[np.int64(slots[j])] = state[j]
    n = D[S_ROWS]
    slots, row = i4_pointer(D[S_ROW]), at(real_pointer(D[S_INPUTS], like), t * n)
    for j in range(n):
        v[np.int64(slots[j])] = row[j]
    if D[S_TURN] >= 0:
        v[D[S_TURN]] = t


@part
def forward(ctl, address, v, like):
    """The forward sweep of a step; whether it went as it was recorded."""
    call_step(ctl[C_FORWARD], address, 0, ctl[C_COUNT], 0, like)
    if ctl[C_STATUS] != DONE:
        return False
    slots, expected = i4_pointer(ctl[C_GUARD_SLOTS]), real_pointer(ctl[C_EXPECTED], np.float64(0.0))
    for i in range(ctl[C_GUARDS]):
        if v[np.int64(slots[i])] != expected[i]:
            return False
    return True


def advance(address, description, first, end, like):
    """Steps first to end; returns the step that this could not take, or end.

    The state before step t goes to row t - first of the states that are kept, where there are any.
    """
    ctl, D = i8_pointer(address), i8_pointer(description)
    v, state, m = real_pointer(ctl[C_VALUE], like), real_pointer(D[S_NOW], like), D[S_STATES]
    found = i4_pointer(D[S_RESULTS])
    for t in range(first, end):
        if D[S_KEPT] != 0:
            kept = at(real_pointer(D[S_KEPT], like), (t - first) * m)
            for j in range(m):
                kept[j] = state[j]
        place(D, v, t, state, like)
        if not forward(ctl, address, v, like):
            return np.int64(t)
        for j in range(m):
            state[j] = v[np.int64(found[j])]
    return np.int64(end)


def reverse(address, description, first, end, like):
    """Adjoints through steps end - 1 down to first, whose states are kept; returns the step after that which this could not take, or first."""
    ctl, D = i8_pointer(address), i8_pointer(description)
    v, g, m = real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like), D[S_STATES]
    adjoint, of_shared = real_pointer(D[S_ADJOINT], like), real_pointer(D[S_SHARED_ADJOINTS], like)
    before, after, shared, row, n = i4_pointer(D[S_STATE]), i4_pointer(D[S_RESULTS]), i4_pointer(D[S_SHARED]), i4_pointer(D[S_ROW]), D[S_ROWS]
    t = np.int64(end)
    while t > first:
        t -= 1
        place(D, v, t, at(real_pointer(D[S_KEPT], like), (t - first) * m), like)
        if not forward(ctl, address, v, like):
            return t + 1
        for j in range(m):
            g[np.int64(after[j])] += adjoint[j]
        call_step(ctl[C_REVERSE], address, ctl[C_COUNT], 0, ctl[C_SLOTS], like)
        if ctl[C_STATUS] != DONE:
            return t + 1
        for j in range(m):
            s = np.int64(before[j])
            adjoint[j] = g[s]
            g[s] = 0.0
        for j in range(D[S_SHAREDS]):
            s = np.int64(shared[j])
            of_shared[j] += g[s]
            g[s] = 0.0
        found = at(real_pointer(D[S_INPUT_ADJOINTS], like), t * n)
        for j in range(n):
            s = np.int64(row[j])
            found[j] = g[s]
            g[s] = 0.0
    return np.int64(first)
