"""What tensors without elements come from.

A tensor stands on the tape by its slots, and one without elements has none: nothing there says that it was computed from others. As in PyTorch,
leaves that are reached through it have a gradient nevertheless, zeros. So it remembers the tensors that it comes from, and a result with
elements that is computed from it reads a witness of these: a number that is zero whatever they are, and so is its derivative.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from jittape.array.array import Array, apply
from jittape.eager.operands import operand
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor
from jittape.ops._generated import opcodes as ops


def _parts(t: Any) -> Any:
    """A tensor, or the real one that a complex one is made of."""
    return t.parts if t.has_parts else t


def is_hollow(t: Any) -> bool:
    """Whether a tensor has no elements."""
    data = getattr(t, "_data", None)
    if data is not None:
        return not data.size
    if t.slot >= 0 or t.tape is None:
        return False
    return not t._array.size


def sources(tensors: Iterable[Any]) -> tuple[Tensor, ...]:
    """The tensors with elements that some tensors are, or, of those without, come from."""
    found: dict[int, Tensor] = {}
    for t in tensors:
        if not isinstance(t, Tensor) or not t.requires_grad:
            continue
        t = _parts(t)
        if not is_hollow(t):
            found[id(t)] = t
            continue
        info = getattr(t, "_info", None)
        if info is None:
            continue
        if info.hollow:
            found |= {id(s): s for s in info.hollow}
        elif info.source is not None and not is_hollow(info.parent):
            found[id(info.parent)] = info.parent
    return tuple(found.values())


def witness(tape: EagerTape, tensors: Iterable[Any]) -> Array | None:
    """A recorded zero that reads what some tensors without elements come from; None where that is nothing.

    Args:
        tape: where it is recorded.
        tensors: the tensors, as `sources` gives them.
    """
    firsts = []
    for t in tensors:
        array = operand(tape, t if t.dtype == tape.dtype else t.to(tape.dtype))  # type: ignore[attr-defined]
        if isinstance(array, Array):
            slots = array.slots.reshape(-1)
            firsts.append(slots[np.unique(tape.owners(slots), return_index=True)[1]])
    if not firsts:
        return None
    return np.sum(apply(ops.COPYSIGN, 0.0, Array.of(tape, np.concatenate(firsts))))  # type: ignore[no-any-return, call-overload]


def empties(tensors: Iterable[Any]) -> list[Tensor]:
    """Those of some tensors that have no elements."""
    return [t for t in tensors if isinstance(t, Tensor) and is_hollow(_parts(t))]


def noted(result: Any, tensors: Iterable[Any]) -> Any:
    """A result, which remembers what it comes from if it has no elements."""
    if isinstance(result, (tuple, list)):
        for r in result:
            noted(r, tensors)
    elif isinstance(result, Tensor) and (real := _parts(result)).tape is not None and is_hollow(real):
        real.info.hollow = sources(tensors)
    return result


def witnessed(tape: EagerTape, out: Any, tensors: Iterable[Any]) -> Any:
    """What a function made of tensors, some of them without elements: arrays with elements read a witness of these."""
    arrays = out if type(out) is tuple else (out,)
    if not any(isinstance(a, Array) and a.size and not a.is_mask for a in arrays) or (zero := witness(tape, sources(empties(tensors)))) is None:
        return out
    found = tuple([a - zero if isinstance(a, Array) and a.size and not a.is_mask else a for a in arrays])
    return found if type(out) is tuple else found[0]
