"""Compacting an eager tape: instructions that no living tensor reaches are dropped, the others are renumbered.

Who is alive is asked of Python (eager/uses.py): every recorded tensor and array refers to its tape. Whole
instructions are dropped only, and what lies between the slots of a strided view is kept with it, so that a view of a run
stays a view. An instruction that a backward pass freed becomes a leaf: its value is kept, its operands are not.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.complexes import ComplexArray
from jittape.array.stores import Store, span
from jittape.eager.operands import unlink
from jittape.eager.tape import COMPACT_COUNT, COMPACT_SLOTS, IS_FREED, EagerTape
from jittape.eager.tensor import Tensor
from jittape.eager.uses import holders
from jittape.eager.visits import Visit
from jittape.instructions.references import Slots, is_shared, shifted
from jittape.ops.layout import FREED, RUN
from jittape.passes.renumber import Renumbering, shifts, squeeze


def compact(tape: EagerTape, worthwhile: float = 0.0) -> bool:
    """Drop what no living tensor reaches, unless that is less than a share `worthwhile` of the instructions and of the slots.

    Returns:
        Whether it can be told what is reached. No frame may hold slot numbers of the tape.
    """
    found = living([tape])
    if found is not None:
        _Compaction(tape, *found[0]).run(worthwhile)
    tape.kept = tape.count
    tape.ceiling = max(COMPACT_COUNT, 2 * tape.count)
    tape.slot_ceiling = max(COMPACT_SLOTS, 2 * tape.slots)
    return found is not None


def deserted(tape: EagerTape) -> bool:
    """Whether no living tensor needs the tape but leaves, whose values are elsewhere."""
    found = living([tape])
    if found is None:
        return False
    held = _Compaction(tape, *found[0])
    return not held.arrays and all(t.is_leaf for t in held.scalars)


def reduce(tapes: list[EagerTape]) -> None:
    """Compact ended tapes and give their memory back."""
    found = living(tapes)
    for tape, (tensors, arrays) in zip(tapes, found or (), strict=False):
        _Compaction(tape, tensors, arrays).run()
        tape.trim()


def living(tapes: list[EagerTape]) -> list[tuple[list[Tensor], list[Array]]] | None:
    """The recorded tensors and arrays that refer to each of some tapes; None where that cannot be told."""
    alive = holders(tapes, (Tensor, Array))
    if alive is None:
        return None
    place = {id(tape): k for k, tape in enumerate(tapes)}
    found: list[tuple[list[Tensor], list[Array]]] = [([], []) for _ in tapes]
    for r in alive:
        if isinstance(r, ComplexArray):  # its parts are arrays that are found themselves
            continue
        tensors, arrays = found[place[id(r.tape)]]
        if isinstance(r, Tensor):
            tensors.append(r)
        else:
            arrays.append(r)
    return found


class _Compaction:
    def __init__(self, tape: EagerTape, tensors: list[Tensor], arrays: list[Array]) -> None:
        self.tape = tape
        imported = {id(leaf.info.imported[1]) for e in tape.imports if (leaf := e.leaf()) is not None and leaf.info.imported is not None}
        self.leaf_arrays = [a for a in arrays if id(a) in imported]
        self.arrays = [a for a in arrays if id(a) not in imported]
        self.scalars = [t for t in tensors if t.slot >= 0]

    def run(self, worthwhile: float = 0.0) -> None:
        tape = self.tape
        tape.forget()
        tape.call_in()
        if tape.outside is not None:
            tape.outside.begin()
        visit, ends = self._reached()
        visited = visit.visited[: tape.count].copy()
        tape.leave(visit)
        if worthwhile and max(self._dropped(visited)) < worthwhile:
            tape.forget_flags()
            return  # a long chain that is still growing: copying it would take time, and memory beside the tape's own
        tape.evaluate()
        self.kept = visited.view(np.bool_)
        self.kept_slots = self._by_slot(visited).view(np.bool_)
        self.by = shifts(self.kept_slots)
        """For each slot of a kept instruction, what is added to it; zero for others."""
        self._holders()

        tape.drop_adjoints()
        old_meta, old_index = np.array(tape.meta, np.int32), np.array(tape.index, np.int32)
        opcode = tape.opcode[: tape.count]
        if ends is not None:
            over = ends.view(np.bool_)
            opcode[over] = (opcode[over] & RUN) | FREED
        for a in (tape.opcode, tape.arg0, tape.arg1, tape.marked()):
            n = squeeze(a, self.kept)
        slots = squeeze(tape.value, self.kept_slots)
        tape.marks[n : tape.count] = 0
        del tape.meta[:], tape.index[:]
        Renumbering(tape, self.by, old_meta, old_index).instructions(n)
        tape.count, tape.extra = n, slots - n
        tape.done, tape.done_slots = n, slots
        tape.constants = {x: s + int(self.by[s]) for x, s in tape.constants.items() if self.kept_slots[s]}
        tape.tangent_ = None
        tape.era = object()
        tape.renumbered()
        tape.bound_count = -1

    def _dropped(self, visited: NDArray[np.uint8]) -> tuple[float, float]:
        """The shares of the instructions and of the slots that nothing reaches."""
        tape = self.tape
        dropped = visited == 0
        count = int(np.count_nonzero(dropped))
        dropped &= tape.opcode[: tape.count] >= RUN
        sizes = tape.arg1[: tape.count][dropped]
        slots = count + int(sizes.sum(dtype=np.int64)) - sizes.size
        return count / max(tape.count, 1), slots / max(tape.slots, 1)

    def _by_slot(self, flags: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Flags of instructions as flags of the slots that they write."""
        tape = self.tape
        if not tape.extra:
            return flags
        out = np.empty(tape.slots, np.uint8)
        at = 0
        for k in tape.blocks():
            part = np.repeat(flags[k], tape.sizes(k))
            out[at : at + part.size] = part
            at += part.size
        return out

    # --- what is reached -----------------------------------------------------------------------------------------------------

    def _reached(self) -> tuple[Visit, NDArray[np.uint8] | None]:
        """(what is kept, whether each instruction ends here: its operands are not needed; None where none does)."""
        tape = self.tape
        roots: list[Any] = [np.array([t.slot for t in self.scalars if not t.is_leaf], np.int64)]
        for a in self.arrays:
            if a.slot >= 0:
                roots.append(np.array([a.slot]))
                continue
            slots = a.slots  # a view of what was assigned to follows first
            base = _root_store(a)
            if is_shared(slots):
                roots.append(np.arange(*_range(slots)))
            elif slots.size:
                roots.append(_owner(slots).reshape(-1))
            if base is not None and base.size:
                roots.append(np.arange(base.base, base.base + base.size))
        ends: NDArray[np.uint8] | None = None
        if tape.marks.size:  # else no backward pass has freed anything
            ends = tape.marked() & np.uint8(IS_FREED)
            for k in tape.blocks():
                ends[k] &= tape.saves(k)
        return tape.needed(roots, ends=ends, whole=True), ends

    # --- who is renumbered ---------------------------------------------------------------------------------------------------

    def _holders(self) -> None:
        """Renumber every tensor, array and import."""
        tape = self.tape
        imports = []
        for e in tape.imports:
            if e.size and self.kept_slots[e.slot]:
                imports.append(e)
            else:
                unlink(e)
        alive = [t for t in self.scalars if t.slot >= 0]
        for t in alive:
            t.slot += int(self.by[t.slot])
        done: set[int] = set()
        stores: set[int] = set()
        for a in (*self.arrays, *self.leaf_arrays):
            if a.slot >= 0:
                a.slot += int(self.by[a.slot])
                continue
            slots, base = a.slots, _root_store(a)
            if not slots.size:
                pass
            elif is_shared(slots):
                low = _range(slots)[0]
                if self.kept_slots[low]:  # else it is the array of a leaf that was unlinked
                    a.rename(shifted(slots, int(self.by[low])))
            else:
                self._private(_owner(slots), done)
            if base is not None and id(base) not in stores:
                stores.add(id(base))
                if base.size and self.kept_slots[base.base]:
                    base.base += int(self.by[base.base])
        tape.hooked = [h for h in tape.hooked if h.hooks and self.kept_slots[h.slots].all()]
        for h in tape.hooked:
            h.slots = h.slots + self.by[h.slots]
        tape.copies = [(token, s + self.by[s]) for token, s in tape.copies if self.kept_slots[s].all()]
        self._count(imports)
        for e in imports:
            e.slot += int(self.by[e.slot])
        tape.imports = imports
        tape.contexts = [c for c in tape.contexts if self.kept[c.at]]
        self._count(tape.contexts)
        tape.context_at = array("i", [c.at for c in tape.contexts])
        tape.import_at = array("i", [e.at for e in imports])
        tape.empty_imports = [e for e in imports if not e.size]

    def _count(self, entries: list[Any]) -> None:
        """Renumber the instructions of what stands in their order."""
        before = at = 0
        for e in entries:
            before += int(np.count_nonzero(self.kept[at : e.at]))
            at = e.at
            e.at = before

    def _private(self, slots: Slots, done: set[int]) -> None:
        """Renumber slots that arrays hold and no arange does, once for all views of their memory."""
        if id(slots) not in done:
            done.add(id(slots))
            slots[...] = slots + self.by[slots]


def _root_store(a: Array) -> Store | None:
    return None if a.store is None else a.store.root


def _range(slots: Slots) -> tuple[int, int]:
    """The lowest slot of a view of the shared arange, and the one after the highest."""
    low, n = span(slots)
    return low, low + n


def _owner(slots: Slots) -> Slots:
    """The array that owns the memory of a view."""
    owner: Any = slots
    while getattr(owner, "base", None) is not None:
        owner = owner.base
    return owner if isinstance(owner, np.ndarray) else slots
