"""Steps of a sweep: functions that are compiled when a tape first has what they are for, and called by their address.

Stretches of scalar instructions are steps (`sweep/point/switch.py`), stretches of runs (`sweep/point/elementwise.py`), and structural
instructions (jittape/instructions). All take (address block, k, end, s, a number of the tape's dtype): instruction k writes the slots
from s, or in a reverse sweep instruction k - 1 those up to s. A stretch leaves where it ended in the address block.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import i4_pointer
from jittape.ops.layout import C_ARG0, C_ARG1, C_AT, C_AT_SLOT, C_INDEX, C_META, C_STATUS


@part
def record(ctl, k):
    """(run records, gather lists, where instruction k's record begins, slots that it writes)."""
    m0, n = np.int64(i4_pointer(ctl[C_ARG0])[k]), np.int64(i4_pointer(ctl[C_ARG1])[k])
    return i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), m0, n


@part
def leave(ctl, status, k, s):
    """Say in the address block how far a sweep has come, and why it comes back."""
    ctl[C_STATUS], ctl[C_AT], ctl[C_AT_SLOT] = status, k, s


@part
def zero(x, n):
    for i in range(n):
        x[i] = 0.0
