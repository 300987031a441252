"""Steps of a sweep: functions that are compiled when a tape first has what they are for, and called by their address.

Stretches of scalar instructions are steps (`sweep/point/switch.py`), and so are structural instructions (jittape/instructions). All take
(address block, k, end, s, a number of the tape's dtype): instruction k writes the slots from s.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import i4_pointer
from jittape.ops.layout import C_ARG0, C_ARG1, C_INDEX, C_META


@part
def record(ctl, k):
    """(run records, gather lists, where instruction k's record begins, slots that it writes)."""
    m0, n = np.int64(i4_pointer(ctl[C_ARG0])[k]), np.int64(i4_pointer(ctl[C_ARG1])[k])
    return i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), m0, n
