"""A tensor in another dtype, through which derivatives flow.

A tape has one dtype. The result of a cast stands on the tape of the other one as a copy of a hidden leaf, which knows what it was cast from;
its gradient, cast back, begins a backward pass on the tape of the source (`eager/backward.py`).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array, apply
from jittape.array.layout import axes_of, copied_along, in_order
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
    array = _copied(tape_for(dtype), _node(t), t.values().astype(dtype))
    new = recorded(array)
    if t.is_leaf and new.slot < 0:
        new.info.recast = partial(_again, t, array)
    return new


def _copied(tape: Any, source: Tensor, values: NDArray[Any]) -> Array:
    """Values on a tape, as those of a hidden leaf that was cast from `source`."""
    hidden = concrete(values).requires_grad_()
    hidden.info.cast = source
    entry, array = import_leaf(tape, hidden)
    entry.leaf = lambda: hidden  # nobody else holds it
    hidden.info.imported, hidden.tape, hidden.slot = None, None, -1  # nothing of the tape, which holds it
    tape.casts = True
    if not in_order(values):  # the slots of a leaf lie in order
        array = Array.of(tape, copied_along(array.slots, axes_of(values)))
    return apply(ops.POS, array)  # type: ignore[no-any-return]


def _again(leaf: Tensor, array: Array, tape: Any, t: Any) -> Array | None:
    """A cast of a leaf on another tape, as its own has ended: nothing of a cast is freed by a backward pass, so it can be used on and on.

    None where the tensor is not that any more, or has what stays with its slots.
    """
    info = t.info
    if t._array is not array or not leaf.requires_grad or info.family is not None or info.retain or info.hooks or info.hollow:
        return None
    new = _copied(tape, leaf, t.values())
    t.tape, t._array, info.recast = tape, new, partial(_again, leaf, new)
    return new
