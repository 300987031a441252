"""The backward pass of most steps: from one number, over one tape, to leaves, which is not recorded and frees its graph.

It is what `Pass` of eager/tape_pass.py does where nothing else is asked for: no hooks within the graph, no gradients of tensors that are no leaves,
no other tapes. A tape that follows its last recording (eager/following.py) knows the graph, too.
"""

from __future__ import annotations

from threading import get_ident
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.state import state
from jittape.eager.defaults import defaults
from jittape.eager.hooks import accumulate, endings, hooked
from jittape.eager.lending import Outside, recall
from jittape.eager.script import Plan
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor, concrete
from jittape.eager.threads import cut


def suits(out: Any) -> bool:
    """Whether the pass from a tensor is such a one."""
    if type(out) is not Tensor or out.slot < 0 or hasattr(out, "_data"):
        return False
    info = getattr(out, "_info", None)
    if info is not None and (info.source is not None or info.own is not None or info.node is not None or info.retain or info.unrecorded >= 0):
        return False
    tape = out.tape
    return not (
        tape.thread != get_ident() or tape.passing or tape.ended or tape.casts or tape.hooked or tape.retained or tape.context_at or tape.empty_imports
        or tape.at_work or defaults.anomaly or state.step is not None
    )  # fmt: skip


def descend(out: Any) -> bool:
    """The pass from such a tensor. Returns whether it was made: nothing was done where its graph was freed before."""
    tape: EagerTape = out.tape
    slot = out.slot
    plan = tape.plan_of(slot) if tape.writing else None
    visit = None
    collected: dict[int, tuple[NDArray[Any], Tensor | None]] = {}
    tape.busy += 1
    tape.passing = True
    try:
        with endings():
            if plan is None:
                visit = tape.needed([slot])  # type: ignore[list-item]
                stretches, visited = visit.stretches, visit.visited
                if tape.marks.size and any((visited[st.first : st.end] & tape.marked()[st.first : st.end]).any() for st in stretches):
                    return False  # it may be that what was freed has no values to lose
                places = visit.places(np.frombuffer(tape.import_at.tobytes(), np.int32)).tolist() if tape.import_at else []
                if tape.writing:
                    tape.note_pass(slot, visit)
            else:
                stretches, visited, places = [plan.stretch], plan.visited, plan.leaves
            tape.evaluate()
            adjoints = tape.adjoints()
            if tape.visited is not visited:
                if plan is not None:
                    tape.sweep_by(visited, plan.at)
                else:
                    tape.visited = visited
                    tape.bound_count = -1
            if plan is not None and any(plan.products):
                collected = _collected(tape, plan)
            adjoints[slot] = 1.0
            for st in stretches:
                tape.reverse_between(st.end, st.stop, st.first)
            assert tape.adjoint is not None
            adjoints = tape.adjoint  # may be another array now: rules of the user's may have recorded
            arrived: dict[int, tuple[Tensor, Tensor]] = {}
            for k in places:
                entry = tape.imports[k]
                leaf = entry.leaf()
                if k in collected:
                    data, added = collected[k]
                    written = tape.outside.collected(entry.slot)  # type: ignore[union-attr]
                    if added is not None:
                        added._wrote()  # type: ignore[attr-defined]
                    elif leaf is not None:
                        if not written:
                            data.fill(0.0)
                        known = arrived.get(id(leaf))
                        arrived[id(leaf)] = leaf, concrete(data) if known is None else known[1] + concrete(data)
                    continue
                part = adjoints[entry.slot : entry.slot + entry.size]
                if leaf is not None and leaf._info.requires_grad and not entry.ends:
                    g = concrete(part.reshape(leaf._data.shape).copy())
                    known = arrived.get(id(leaf))
                    arrived[id(leaf)] = leaf, g if known is None else known[1] + g
                part.fill(0.0)
            if tape.mixed:  # what constants stand among has left adjoints there
                for st in stretches:
                    adjoints[st.slot : st.stop] = 0.0
            for leaf, g in arrived.values():
                info = leaf._info
                if info.grad is None and info.hooks is None and not info.accumulated:
                    info.grad = g
                else:
                    accumulate(leaf, hooked(info.hooks, g, False))
            if plan is None:
                tape.free(visit)  # type: ignore[arg-type]
            else:
                tape.marked()[plan.first : st.end] |= visited[plan.first :]
                tape.freed_to = tape.count
    except BaseException:
        tape.forget_adjoints()
        raise
    finally:
        if tape.outside is not None:
            tape.outside.stop()
        if visit is not None:
            tape.leave(visit)
        tape.busy -= 1
        tape.passing = False
    cut(tape, plan is not None and plan.everything and tape.count == plan.stretch.end)
    return True


def _collected(tape: EagerTape, plan: Plan) -> dict[int, tuple[NDArray[Any], Tensor | None]]:
    """Where products are to write gradients.

    Returns:
        Place of a leaf among the imports -> new memory and None, or that of the gradient which the leaf has, and this.
    """
    outside = tape.outside
    if outside is None:
        outside = tape.outside = Outside(tape)
    found: dict[int, tuple[NDArray[Any], Tensor | None]] = {}
    seen = set()
    for k, products in zip(plan.leaves, plan.products, strict=True):
        entry = tape.imports[k]
        leaf = entry.leaf()
        if not products or leaf is None or not leaf._info.requires_grad or entry.ends or id(leaf) in seen:
            continue
        seen.add(id(leaf))
        known = _addable(leaf)
        if known is not None:
            recall(known)
        data = np.empty(leaf._data.shape, tape.dtype) if known is None else known._data
        if outside.collect(entry.slot, data, known is not None):
            found[k] = data, known
    return found


def _addable(leaf: Tensor) -> Tensor | None:
    """The gradient that a leaf has, if products may add to it, as nobody wants to see what they add."""
    info = leaf._info
    known = info.grad
    if type(known) is not Tensor or not known.is_leaf or known.requires_grad or info.hooks is not None or info.accumulated:
        return None
    data, mine = known._data, leaf._data
    return known if data.dtype == mine.dtype and data.shape == mine.shape and data.flags.c_contiguous and data.flags.writeable else None
