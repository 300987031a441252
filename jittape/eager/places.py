"""Where tensors that require grad stand: on which tape, in which slots."""

from __future__ import annotations

import numpy as np

from jittape.eager.operands import operand
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor
from jittape.eager.threads import tape_for
from jittape.instructions.references import Slots


def on_tape(t: Tensor) -> EagerTape:
    """The tape of a tensor that requires grad; a leaf (or a view of one) is brought to the present one."""
    info = getattr(t, "_info", None)
    if t.is_leaf or (info is not None and info.source is not None):
        tape = tape_for(t.dtype)
        operand(tape, t)
        return tape
    return t.tape  # type: ignore[no-any-return]


def slots_of(tape: EagerTape, t: Tensor) -> Slots:
    """The slots of a tensor of this tape."""
    info = getattr(t, "_info", None)
    if info is not None:
        if info.own is not None:
            return info.own[1].slots  # type: ignore[no-any-return]
        if info.node is not None and info.node.tape is tape:
            return info.node.slots  # type: ignore[no-any-return]
    if t.is_leaf or (info is not None and info.source is not None):
        return operand(tape, t).slots  # type: ignore[no-any-return]
    return np.array(t.slot, np.int32) if t.slot >= 0 else t._array.slots  # type: ignore[no-any-return]


def own_tape_of(t: Tensor) -> EagerTape:
    """The tape on which a recorded tensor has slots of its own."""
    own = t.info.own
    return t.tape if own is None else own[1].tape  # type: ignore[no-any-return]
