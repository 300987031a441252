"""Recorded passes that repeat: over a graph that was passed over before, what the pass wrote is copied (passes/repeated.py).

That is asked for before anything else, so that neither the graph is gone through nor its values are computed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager.tape import IS_FREED, EagerTape
from jittape.eager.tensor import Tensor
from jittape.eager.visits import Visit
from jittape.instructions.references import Slots
from jittape.passes import repeated
from jittape.passes.repeated import End, described, end_of
from jittape.passes.reverse import ReverseSweep


class Asked(NamedTuple):
    """What a recorded pass is asked for: its key among others, and where the tape ended."""

    key: Hashable
    end: End


def asked(tape: EagerTape, outputs: Sequence[tuple[Slots, Any]], wanted: Sequence[Tensor], elements: Sequence[Slots | None]) -> Asked | None:
    """What a pass is asked for; None where what it writes depends on more than its graph.

    Args:
        outputs: slots and adjoints, which are recorded arrays or numbers.
        wanted, elements: the tensors whose gradients are wanted, and the slots of those that are no leaves.
    """
    if state.step is not None or tape.hooked or tape.retained or tape.casts or tape.empty_imports or tape.ended or tape.lines is not None:
        return None
    end = end_of(tape)
    key: list[Hashable] = [tape.dtype.char]
    for slots, seed in outputs:
        key += (described(slots, end.slot), described(seed.slots, end.slot) if isinstance(seed, Array) else float(seed))
    for t, own in zip(wanted, elements, strict=True):
        if own is None and t.is_leaf:
            known = t.info.imported
            key += (tuple(t.shape), known[0].slot - end.slot if known is not None and known[0].token is tape.token else None)
        else:
            key.append(None if own is None else described(own, end.slot))
    return Asked(tuple(key), end)


def found(tape: EagerTape, what: Asked, wanted: Sequence[Tensor]) -> list[tuple[Array, bool] | None] | None:
    """The gradients of the wanted tensors, each with whether it depends on a leaf, by a copy of what the pass wrote before; None where there was none."""
    before, tape.at_work = tape.at_work, True  # a signal handler that comes here records elsewhere
    try:
        if end_of(tape) != what.end:  # one that came before has recorded behind the graph
            return None
        match = repeated.find(tape, what.key)
        if match is None or not _plain(tape, match.first, wanted):
            return None
        gradients = match.write()
    finally:
        tape.at_work = before
    return None if gradients is None else [None if place is None else (gradients[place[0]], place[1]) for place in match.known.aside]


def _plain(tape: EagerTape, first: int, wanted: Sequence[Tensor]) -> bool:
    """Whether nothing of a graph that begins there was freed, all of its leaves get gradients, and none of the wanted ones stands there twice."""
    if tape.marks.size and (tape.marks[first : tape.count] & IS_FREED).any():
        return False
    entries = tape.imports[bisect_left(tape.import_at, first) :]
    if any(e.ends or e.released for e in entries):
        return False
    leaves = [e.leaf() for e in entries]
    return not any(t.is_leaf and sum(leaf is t for leaf in leaves) > 1 for t in wanted)


def first_of(visit: Visit) -> int:
    """The lowest instruction that a visit found."""
    st = visit.stretches[-1]
    return st.first + int(visit.visited[st.first : st.end].argmax())


def remember(tape: EagerTape, what: Asked, sweep: ReverseSweep, first: int, wanted: Sequence[Tensor], gradients: Sequence[Array], owners: Sequence[int], depends: Sequence[bool]) -> None:
    """Remember what a pass wrote, and which of the wanted tensors have which of its gradients."""
    if len(set(owners)) < len(owners) or not _plain(tape, first, wanted):
        return
    aside: list[tuple[int, bool] | None] = [None] * len(wanted)
    for place, (owner, depending) in enumerate(zip(owners, depends, strict=True)):
        aside[owner] = place, depending
    repeated.remember(what.key, sweep, first, tape.start(first), what.end, gradients, aside)
