"""A tensor in another dtype, through which derivatives flow.

A tape has one dtype. The result of a cast stands on the tape of the other one as a copy of a hidden leaf, which knows what it was cast from;
its gradient, cast back, begins a backward pass on the tape of the source (`eager/backward.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.array import Array, apply
from jittape.array.layout import axes_of, in_order, inverse
from jittape.eager.hollow import is_hollow, sources
from jittape.eager.operands import import_leaf
from jittape.eager.places import on_tape, slots_of
from jittape.eager.tensor import Tensor, concrete, recorded
from jittape.eager.threads import tape_for
from jittape.instructions.references import is_shared
from jittape.ops._generated import opcodes as ops


def _node(t: Any) -> Tensor:
    """What gets the gradient of a cast: the tensor as it is now, whatever is stored into it later."""
    info = getattr(t, "_info", None)
    if t.is_leaf or (info is not None and info.source is not None and info.own is None):
        return t  # type: ignore[no-any-return]
    tape = on_tape(t)
    slots = slots_of(tape, t)
    node = recorded(Array.of(tape, slots if is_shared(slots) else slots.copy())) if slots.ndim else Tensor(tape, int(slots))
    node.info.stands = True
    return node


def cast(t: Tensor, dtype: np.dtype[Any]) -> Tensor:
    """A tensor that requires grad in another dtype."""
    if is_hollow(t) and (before := sources((t,))):
        new = recorded(Array.of(tape_for(dtype), np.empty(t.shape, np.int32)))
        new.info.hollow = before  # a witness is in their dtype, and cast itself
        return new
    values = t.values()
    hidden = concrete(values.astype(dtype)).requires_grad_()
    hidden.info.cast = _node(t)
    tape = tape_for(dtype)
    entry, array = import_leaf(tape, hidden)
    entry.leaf = lambda: hidden  # nobody else holds it
    hidden.info.imported, hidden.tape, hidden.slot = None, None, -1  # nothing of the tape, which holds it
    tape.casts = True
    if not in_order(values):  # the slots of a leaf lie in order
        axes = axes_of(values)
        array = Array.of(tape, array.slots.transpose(axes).copy().transpose(inverse(axes)))
    return recorded(apply(ops.POS, array))
