"""Tangents of eager tensors: a sweep from the leaves to the results, natively."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.eager.operands import import_leaf
from jittape.eager.places import slots_of
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor, concrete


def ready(outputs: Sequence[Any], inputs: Sequence[Any]) -> EagerTape | None:
    """The tape of some leaves and of what was computed from them; None where tangents do not pass from one to the other natively."""
    tapes = {id(t.tape): t.tape for t in outputs if not t.is_leaf and t.tape is not None}
    if len(tapes) != 1 or not all(x.is_leaf and x.requires_grad for x in inputs):
        return None
    (tape,) = tapes.values()
    if tape.casts or tape.ended or any(x.dtype != tape.dtype for x in inputs):
        return None
    return tape  # type: ignore[no-any-return]


def pushed(tape: EagerTape, outputs: Sequence[Any], inputs: Sequence[Any], several: Sequence[Sequence[Any]]) -> list[list[NDArray[Any]]]:
    """The tangents of results, for each of several lists of tangents of leaves.

    Raises:
        NotImplementedError: an operation of the user's has no rule for tangents.
    """
    places = [(import_leaf(tape, x)[0], x) for x in inputs]
    first = min(entry.at for entry, _ in places)
    slots = [None if t.is_leaf else slots_of(tape, t) for t in outputs]
    tape.evaluate()
    tangents = tape.tangents()
    begin = tape.start(first)
    found = []
    tape.busy += 1
    try:
        for given in several:
            tangents[begin:] = 0.0
            for (entry, x), v in zip(places, given, strict=True):
                tangents[entry.slot : entry.slot + entry.size] = np.broadcast_to(v, x.shape).reshape(-1)
            tape.bind()
            tape.sweep("tangent", first, tape.count, begin)
            found.append([_of_leaf(t, inputs, given) if s is None else np.array(tangents[s]) for t, s in zip(outputs, slots, strict=True)])
    finally:
        tape.busy -= 1
    return found


def _of_leaf(t: Tensor, inputs: Sequence[Any], given: Sequence[Any]) -> NDArray[Any]:
    """The tangent of a result that is a leaf."""
    for x, v in zip(inputs, given, strict=True):
        if t is x:
            return np.array(np.broadcast_to(v, x.shape), x.dtype)
    return np.zeros(t.shape, t.dtype)


def as_tensors(found: Sequence[NDArray[Any]]) -> list[Tensor]:
    return [concrete(v) for v in found]
