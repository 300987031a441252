"""Whether a tensor's slots are its own, so that their adjoints are its gradient and nobody else's.

The results of operations have slots of their own. Views, and whatever else merely moves elements (stacking, indexing,
storing one tensor into another), name slots of the tensors that they come from, and an adjoint cannot tell the uses of one
name from those of another. The gradient of such a tensor is exact where its source was read by nobody and is gone, as in
`(W @ x).reshape(-1)`, or after `retain_grad()` or `clone()` gave it slots of its own; elsewhere it is refused.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from jittape.array.array import Array, apply
from jittape.array.state import state
from jittape.array.stores import span
from jittape.eager.operands import note, operand
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor
from jittape.eager.threads import tape_for
from jittape.errors import SharedSlotsError
from jittape.instructions.references import Slots, is_shared
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import RUN
from jittape.sweep.engine import find_varied

APART = (
    "a tensor is changed in place while a view of it lives that has elements of its own (after retain_grad()), and would not "
    "see the change. Take a copy instead of the view: v = h[0].clone()"
)
WAY_ROUND = (
    "Take a copy and use that from there on: v = h[0].clone(), v = jittape.stack([a, b]).clone(); or call v.retain_grad() "
    "before v is used"
)

SEVERAL = 2
"""From so many names on, slots are not the only ones' that name them."""


class Fate:
    """What becomes of a tensor that something was made of which names its slots.

    Attributes:
        names: how many such things were made.
        moment: where the tape stood when the tensor died; None while it lives.
    """

    __slots__ = ("_ref", "_tape", "moment", "names")

    def __init__(self, tensor: Tensor) -> None:
        self.names = 0
        self.moment: Any = None
        self._tape: EagerTape = tensor.tape
        self._ref = weakref.ref(tensor, self._died)

    def _died(self, _: Any) -> None:
        self.moment = (self._tape.era, self._tape.count)


class Origin:
    """How a recorded tensor came to slots that are not known to be its own.

    Attributes:
        moment: where the tape stood then.
        fates: of the tensors whose slots it names, if nothing had read these slots then; else None.
    """

    __slots__ = ("fates", "moment")

    def __init__(self, tape: EagerTape, fates: tuple[Fate, ...] | None = None) -> None:
        self.moment = (tape.era, tape.count)
        self.fates = fates


class _Known(Fate):
    """Of a tensor that was named before anybody asked for its fate."""

    __slots__ = ()

    def __init__(self) -> None:
        self.names, self.moment = SEVERAL, None


_KNOWN = _Known()


def name(info: Any) -> None:
    """Note that something was made of a tensor that names its slots."""
    if info.fate is None:
        info.fate = _KNOWN
    else:
        info.fate.names += 1


def origin_of_view(source: Tensor) -> Origin:
    """The origin of a view of a recorded tensor."""
    tape = source.tape
    info = source.info
    known: Origin | None = info.origin
    before: tuple[Fate, ...] = ()
    if known is not None:
        if known.fates is None or known.moment != (tape.era, tape.count):
            name(info)
            return Origin(tape)
        before = known.fates
    elif _last_slot(source) != tape.slots - 1:  # it may have been read
        name(info)
        return Origin(tape)
    if info.fate is None:
        info.fate = Fate(source)
    info.fate.names += 1
    return Origin(tape, (*before, info.fate))


def _last_slot(t: Any) -> int:
    if t.slot >= 0:
        return int(t.slot)
    slots = t._array.slots
    return int(slots.flat[-1]) if slots.size else -1


def share(tape: EagerTape, result: Any, sources: list[Any]) -> None:
    """Note that tensors name slots of others."""
    if isinstance(result, (tuple, list)):
        for r in result:
            share(tape, r, [])
    elif result is not None and getattr(result, "tape", None) is tape and not result.is_leaf:
        result.info.origin = Origin(tape)
    for t in sources:
        if not t.is_leaf and t.tape is tape:
            name(t.info)


def fresh(tape: EagerTape, arrays: Any, count: int) -> bool:
    """Whether results of a call that found `count` instructions are runs of the last one, which nothing has read."""
    if tape.count == count:
        return False
    last = tape.count - 1
    first = tape.slots - (int(tape.arg1[last]) if tape.opcode[last] >= RUN else 1)
    taken: list[tuple[int, int]] = []
    for a in arrays if isinstance(arrays, (tuple, list)) else (arrays,):
        if not isinstance(a, Array):
            continue
        if a.slot >= 0:
            low, n = a.slot, 1
        else:
            slots = a.slots
            if not is_shared(slots):
                return False
            low, n = span(slots)
            if n != slots.size or not (slots.flags.c_contiguous or distinct(slots)):
                return False
        if low < first or any(low < end and begin < low + n for begin, end in taken):
            return False
        taken.append((low, low + n))
    return True


def distinct(slots: Slots) -> bool:
    return np.unique(slots).size == slots.size


def exclusive(t: Any) -> bool:
    """Whether nobody but this recorded tensor, and what was made of it, has read its slots or ever will."""
    info = getattr(t, "_info", None)
    if info is not None:
        if info.source is not None:  # the leaf itself may be used anywhere
            return info.own is not None
        if info.node is not None and info.node.tape is t.tape:
            return True
    slots = t._array.slots if t.slot < 0 else None
    if slots is not None and slots.size and not is_shared(slots):
        return False
    origin = None if info is None else info.origin
    if origin is None:
        return True
    if origin.fates is None or any(f.names >= SEVERAL or f.moment != origin.moment for f in origin.fates):
        return False
    return slots is None or distinct(slots)


def require_exclusive(t: Any) -> None:
    """Refuse a gradient that would count uses of other tensors."""
    if not t.is_leaf and not exclusive(t):
        raise SharedSlotsError(
            "a gradient is asked for of a tensor that is a view of another, was put together from others or was changed in "
            "place: on the tape its elements are theirs, so that its uses cannot be told from their uses. " + WAY_ROUND
        )


def keep_node(t: Any) -> None:
    """Before values of a recorded tensor are overwritten, by copies on the tape: it stays the node of the graph that it was."""
    info = t.info
    if info.source is not None or (info.node is not None and info.node.tape is t.tape):
        return
    info.node = (Array(t.tape, t.slot) if t.slot >= 0 else Array.of(t.tape, t._array.slots)) if exclusive(t) else None
    info.origin = Origin(t.tape)


def separate(t: Any) -> None:
    """Give a tensor slots of its own, by a copy on the tape.

    Raises:
        SharedSlotsError: what names its slots was used since it was made, or cannot be recorded any more.
    """
    info = t.info
    of_leaf = info.source is not None
    tape = tape_for(t.dtype) if of_leaf else t.tape
    array = operand(tape, t)
    viewed = (info.fate is not None and info.fate.names) or (not info.view and any(getattr(other, "_info", info).view for other in related(t)))
    if tape.ended or not state.grad or viewed or read_since(tape, info, array):
        raise SharedSlotsError(
            "retain_grad() of a view (or of a tensor that was put together from others or changed in place) copies its "
            "elements on the tape, and it is too late for that: they were used or viewed since it was made, or nothing is recorded "
            "there any more. Call retain_grad() right after v = h[0], or take v = h[0].clone()"
        )
    new = apply(ops.POS, array)
    if of_leaf:
        info.own = (info.source, new)
    elif info.family is not None:
        if t.slot < 0 and new.slot < 0:
            for m in info.family.mirrors:
                if m.array is t._array:  # memory of the whole of it goes on following
                    m.array = new
        others = related(t)
        if any(getattr(other, "array", None) is not new for other in others):
            info.apart = info.family.apart = True
        elif not others:
            info.family = info.parent = info.key = None
    info.origin = None
    if t.slot < 0 <= new.slot and info.family is not None:  # an element of memory that was handed out
        whole = Array.of(tape, np.array([new.slot], np.int32))
        t._array, t.tape = whole.view(whole.slots[0, ...]), tape
        return
    t.tape, t.slot = tape, new.slot
    if of_leaf and new.slot >= 0:
        note(info.parent.info.storage.elements, t)  # it does not follow a change of the leaf, and is refused then
    if new.slot < 0 and not of_leaf:
        t._array = new


def read_since(tape: EagerTape, info: Any, array: Array) -> bool:
    """Whether an instruction has read the slots of a tensor since the tensor was made, as far as can be told."""
    origin = info.origin
    if origin is None or origin.moment[0] is not tape.era:
        return True
    count = origin.moment[1]
    if info.source is not None and info.source.at >= count:  # the leaf was changed since
        return True
    if tape.count == count:
        return False
    visited, flags = np.ones(tape.count, np.uint8), np.zeros(tape.slots, np.uint8)
    flags[array.slots] = 1
    tape.bind()
    find_varied(tape, count, tape.count, tape.start(count), flags.ctypes.data, visited.ctypes.data)
    return bool(visited[count:].any())


def related(t: Any) -> list[Any]:
    """What else looks at the memory of a recorded tensor."""
    family = t.info.family
    return [] if family is None else [other for other in family.living() if other is not t] + list(family.mirrors)


def check_apart(t: Any) -> None:
    """Refuse to change a tensor in place that a view of it does not follow."""
    info = t.info
    if info.family is not None and info.family.apart:
        others = related(t)
        if any(info.apart or getattr(other, "_info", info).apart for other in others):
            raise SharedSlotsError(APART)
