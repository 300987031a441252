"""The backward pass of most steps: from one number, over one tape, to leaves, which is not recorded and frees its graph.

It is what `Pass` of eager/backward.py does where nothing else is asked for: no hooks within the graph, no gradients of tensors that are no leaves,
no other tapes. A tape that follows its last recording (eager/following.py) knows the graph, too.
"""

from __future__ import annotations

from threading import get_ident
from typing import Any

import numpy as np

from jittape.array.state import state
from jittape.eager.defaults import defaults
from jittape.eager.hooks import accumulate, endings, hooked
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
            adjoints[slot] = 1.0
            for st in stretches:
                tape.reverse_between(st.end, st.stop, st.first)
            assert tape.adjoint is not None
            adjoints = tape.adjoint  # may be another array now: rules of the user's may have recorded
            arrived: dict[int, tuple[Tensor, Tensor]] = {}
            for k in places:
                entry = tape.imports[k]
                part = adjoints[entry.slot : entry.slot + entry.size]
                leaf = entry.leaf()
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
        if visit is not None:
            tape.leave(visit)
        tape.busy -= 1
        tape.passing = False
    cut(tape)
    return True
