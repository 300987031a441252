"""A tensor in another dtype, through which derivatives flow.

A tape has one dtype. The result of a cast stands on the tape of the other one as a copy of a hidden leaf, which knows what it was cast from;
its gradient, cast back, begins a backward pass on the tape of the source (`eager/backward.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.array import apply
from jittape.eager.operands import import_leaf
from jittape.eager.tensor import Tensor, concrete, recorded
from jittape.eager.threads import tape_for
from jittape.ops._generated import opcodes as ops


def cast(t: Tensor, dtype: np.dtype[Any]) -> Tensor:
    """A tensor that requires grad in another dtype."""
    hidden = concrete(t.values().astype(dtype)).requires_grad_()
    hidden.info.cast = t
    tape = tape_for(dtype)
    entry, array = import_leaf(tape, hidden)
    entry.leaf = lambda: hidden  # nobody else holds it
    hidden.info.imported, hidden.tape, hidden.slot = None, None, -1  # nothing of the tape, which holds it
    tape.casts = True
    return recorded(apply(ops.POS, array))
