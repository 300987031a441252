"""A backward pass over one tape: what is reached, swept, accumulated and freed."""

from __future__ import annotations

from collections.abc import Sequence
from threading import get_ident
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager import again
from jittape.eager.custom import FREED_MESSAGE
from jittape.eager.defaults import defaults
from jittape.eager.hooks import accumulate, hooked
from jittape.eager.naming import operation
from jittape.eager.operands import operand
from jittape.eager.ownership import require_exclusive, share
from jittape.eager.places import own_tape_of, slots_of
from jittape.eager.recorded_sweep import RecordedSweep
from jittape.eager.tape import GRAPH_COUNT, EagerTape, Hooked
from jittape.eager.tensor import Tensor, concrete, recorded
from jittape.eager.threads import cut
from jittape.eager.visits import Visit
from jittape.errors import FreedGraphError, TapeMismatchError
from jittape.instructions.references import Slots, add_at, run_slots
from jittape.passes.reverse import seed_on

ENDED = (
    "a gradient is asked for by a tensor y that is no leaf, whose own graph a backward pass has freed, and which was used since: where is not known any more. "
    "Pass retain_graph=True to that pass, or compute with x = y.detach().requires_grad_() and ask for the gradient by x"
)


class Pass:
    """One backward pass over one tape.

    Attributes:
        cast: what was cast from another dtype and is reached, with its gradient.
        arrived: of a pass that waits, the leaves and their gradients.
        waits: whether the graph is freed by `free` only, since other passes may come by.
        kept: the slots of the wanted inputs.
        asked, first: of a pass that is recorded, what it is asked for, if that is remembered, and the first instruction of its graph.
    """

    cast: Sequence[tuple[Tensor, Tensor]] = ()
    arrived: Sequence[tuple[Tensor, Tensor]] = ()
    waits = False
    kept: Sequence[Slots] = ()
    asked: again.Asked | None = None
    first = 0

    def __init__(self, tape: EagerTape, wanted: list[Tensor] | None, retain: bool, create: bool) -> None:
        self.tape, self.wanted, self.retain, self.create = tape, wanted, retain, create
        self.outputs: list[tuple[Tensor, Tensor]] = []

    def run(self) -> list[Tensor | None]:
        """Sweep; accumulate into the leaves, or return the gradients of the wanted inputs."""
        tape = self.tape
        if tape.thread != get_ident():
            raise TapeMismatchError(
                "a backward pass was asked for in another thread than the one that recorded; call it there, or pass "
                "tensor.detach() between threads"
            )
        if self.create:
            tape.settle()
            tape.call_in()
        tape.busy += 1
        outer, tape.passing = tape.passing, True
        adjoint, visited = tape.adjoint, tape.visited
        if outer:  # what is called in the middle of a pass (a rule in Python, a signal handler) has passes of its own
            tape.adjoint = None
        collecting = tape.outside.stop() if outer and tape.outside is not None else []
        visit = None
        try:
            outputs = [(slots_of(tape, out), seed) for out, seed in self.outputs]
            elements: list[Slots | None] = []
            if self.wanted:
                elements = [None if t.is_leaf or own_tape_of(t) is not tape else slots_of(tape, t) for t in self.wanted]
            if self.create:
                outputs = [(s, seed_on(tape, operand(tape, seed) if isinstance(seed, Tensor) else seed, s.shape)) for s, seed in outputs]
                if self.wanted and self.retain and not (outer or self.waits or defaults.anomaly):
                    self.asked = again.asked(tape, outputs, self.wanted, elements)
                    known = None if self.asked is None else again.found(tape, self.asked, self.wanted)
                    if known is not None:
                        tape.mixed = True
                        return [None if g is None else _result(*g) for g in known]
            visit = self.visit = tape.needed([s for s, _ in outputs])
            if self.asked is not None and visit.stretches:
                self.first = again.first_of(visit)
            else:
                self.asked = None
            casts = self._casts() if tape.casts else []
            targets, used = elements, []
            if self.wanted is not None:
                self.wanted = [*self.wanted, *casts]
                elements += [None] * len(casts)
                targets = self._targets(elements)
                flagged = [None if s is None else self._flagged(s) for s in targets]
                used = [s is not None and (not s.size or bool(f.size)) for s, f in zip(targets, flagged, strict=True)]  # type: ignore[union-attr]
                self.kept = [f for f in flagged if f is not None]
                visit.active(tape, self.kept)  # type: ignore[arg-type]
            self._check_freed(visit)
            tape.evaluate()
            results = self._recorded(outputs, targets, used) if self.create else self._native(outputs, targets, used)
            if casts:
                results = self._came(casts, results)
            if self.waits:
                tape.busy += 1  # the slots that it notes are those of now
            elif not self.retain:
                tape.free(visit)
        except BaseException:
            tape.forget_adjoints()
            raise
        finally:
            if visit is not None:
                tape.leave(visit)
            tape.busy -= 1
            tape.passing = outer
            if collecting and tape.outside is not None:
                tape.outside.go_on(collecting)
            if outer:
                tape.adjoint, tape.visited, tape.bound_count = adjoint, visited, -1
                tape.bind()
            if self.create:
                tape.ceiling = min(tape.ceiling, max(GRAPH_COUNT, 2 * tape.kept))
        if not (self.retain or self.waits):
            cut(tape)
        return results

    def _casts(self) -> list[Tensor]:
        """The hidden leaves of this graph that were cast from another dtype."""
        entries = self.leaves()
        if any(e.released for e in entries):
            raise FreedGraphError(FREED_MESSAGE)
        found = {id(t): t for e in entries if (t := e.leaf()) is not None and t.info.cast is not None}
        self.waits = self.waits or bool(found)
        return list(found.values())

    def _came(self, casts: list[Tensor], results: list[Tensor | None]) -> list[Tensor | None]:
        """Note the gradients of what was cast, in the dtype of the source; the results of the other tensors."""
        gradients: list[Tensor | None] = [t.info.grad for t in casts]
        if self.wanted is not None:
            n = len(self.wanted) - len(casts)
            self.wanted, gradients, results = self.wanted[:n], results[n:], results[:n]
        self.cast = found = []
        for t, g in zip(casts, gradients, strict=True):
            t.info.grad = None
            source = t.info.cast
            if g is not None and source is not None and still_there(source):
                found.append((source, g.to(source.dtype) if self.create else concrete(g.values().astype(source.dtype))))  # type: ignore[attr-defined]
        return results

    def free(self) -> None:
        """Free the graph of a pass that waited."""
        if self.retain:
            return
        tape = self.tape
        visit = tape.needed([slots_of(tape, out) for out, _ in self.outputs])
        try:
            if self.wanted is not None:
                visit.active(tape, list(self.kept))
            tape.free(visit)
        finally:
            tape.leave(visit)

    def _targets(self, elements: list[Slots | None]) -> list[Slots | None]:
        """The slots of the wanted inputs; None for those that the graph does not have. Those of other inputs are given."""
        if self.wanted is not None and self.tape.copies:
            reached = {token for token, slots in self.tape.copies if self.visit.flags[slots].any()}
            if reached and any(s is None and not t.is_leaf and own_tape_of(t).token in reached for t, s in zip(self.wanted, elements, strict=True)):
                raise FreedGraphError(ENDED)
        if self.wanted is None or not any(t.is_leaf for t in self.wanted):
            return elements
        # every copy of a leaf that the graph has: the latest stands for them in gradients
        imports: dict[int, Slots] = {}
        for e in [e for e in self.leaves() if not e.ends]:
            slots, known = run_slots(e.slot, e.size), imports.get(id(e.leaf()))
            imports[id(e.leaf())] = slots if known is None else np.concatenate((known, slots))
        return [imports.get(id(t)) if t.is_leaf else s for t, s in zip(self.wanted, elements, strict=True)]

    def _flagged(self, slots: Slots) -> Slots:
        """Those of some slots that the outputs depend on."""
        hit = self.visit.flags[slots]
        return slots if np.count_nonzero(hit) == hit.size else slots[hit != 0]

    def _retained(self) -> list[Tensor]:
        """The tensors of this graph that keep their gradients, whatever the pass was asked for."""
        tape = self.tape
        if not tape.retained:
            return []
        living = [(ref, t) for ref in tape.retained if (t := ref()) is not None]
        tape.retained = [ref for ref, _ in living]
        found = [t for _, t in living if not t.is_leaf and t.info.retain and own_tape_of(t) is tape and self._reaches(slots_of(tape, t))]
        for t in found:
            require_exclusive(t)
        return found

    def _hooked(self) -> list[Hooked]:
        """The places of this graph that have hooks."""
        return [h for h in self.tape.hooked if h.hooks and self._reaches(h.slots)]

    def _reaches(self, slots: Slots) -> bool:
        """Whether an adjoint of some slots comes by: on the way to the wanted inputs, or, as in PyTorch, as the one that is begun with."""
        if len(self.outputs) == 1 and np.array_equal(slots_of(self.tape, self.outputs[0][0]), slots):
            return True
        flags = self.visit.flags if self.wanted is None else self.visit.varied
        return bool(flags[slots].any())

    def _check_freed(self, visit: Visit) -> None:
        tape = self.tape
        if not tape.marks.size:  # nothing was freed yet
            return
        marks = tape.marked()
        for st in visit.stretches:
            hit = (visit.visited[st.first : st.end] & marks[st.first : st.end]).nonzero()[0]  # the flag of a visit is IS_FREED
            if hit.size and np.count_nonzero(tape.saves(hit + st.first if st.first else hit)):
                raise FreedGraphError(FREED_MESSAGE)

    # --- natively ----------------------------------------------------------------------------------------------------------

    def _native(self, outputs: Any, targets: list[Slots | None], used: list[bool]) -> list[Tensor | None]:
        tape, visit = self.tape, self.visit
        if state.step is not None:
            state.step.swept()
        retained = self._retained()
        adjoints = tape.adjoints()
        for slots, seed in outputs:
            if slots.ndim:
                add_at(adjoints, slots, seed.values())
            else:
                adjoints[slots] += seed.values()
        wanted = self.wanted or ()
        captured: list[NDArray[Any] | None] = []
        watch: list[tuple[Slots, NDArray[Any]]] = []
        if wanted:
            captured = [None if s is None or t.is_leaf else np.zeros(s.shape, tape.dtype) for t, s in zip(wanted, targets, strict=True)]
            watch = [(s, g) for s, g in zip(targets, captured, strict=True) if s is not None and g is not None and s.size]
        gradients: list[NDArray[Any]] = []
        if retained:
            gradients = [np.zeros(t.shape, tape.dtype) for t in retained]
            watch += [(slots_of(tape, t), g) for t, g in zip(retained, gradients, strict=True)]
        self._sweep(watch, self._hooked() if tape.hooked else [])
        assert tape.adjoint is not None
        adjoints = tape.adjoint  # may be another array now, and shorter than the tape: rules of the user's may have recorded
        if self.wanted is None:
            arrived: dict[int, tuple[Tensor, Tensor]] = {}
            for entry in self.leaves():
                part = adjoints[entry.slot : entry.slot + entry.size]
                leaf = entry.leaf()
                if leaf is not None and leaf.info.requires_grad and not entry.ends:
                    add_gradient(arrived, leaf, concrete(part.reshape(leaf._data.shape).copy()))
                part.fill(0.0)
            self._accumulate(arrived)
        results: list[Tensor | None] = []
        for t, slots, g, u in zip(wanted, targets, captured, used, strict=True):
            if g is None and u:  # a sweep leaves the adjoints of leaves where they are
                g = adjoints[slots].reshape(-1, *t.shape).sum(0) if t.numel() else np.zeros(t.shape, tape.dtype)
            results.append(concrete(g) if u else None)
        if self.wanted is not None or tape.mixed:  # other leaves have adjoints too, and what is not on the way to an input kept its own
            for st in visit.stretches:
                adjoints[st.slot : st.stop] = 0.0
        for t, g in zip(retained, gradients, strict=True):
            accumulate(t, concrete(g))
        return results

    def leaves(self) -> list[Any]:
        """The imports that the graph has."""
        tape = self.tape
        if not tape.import_at:
            return []
        return [tape.imports[k] for k in self.visit.places(np.frombuffer(tape.import_at.tobytes(), np.int32)).tolist()] + tape.empty_imports

    def _sweep(self, watch: list[tuple[Slots, NDArray[Any]]], hooks: list[Hooked]) -> None:
        """Reverse sweep that hands the adjoints of slots with hooks to them, and reads those of watched slots, when they are
        complete and before they are zeroed."""
        tape, visit = self.tape, self.visit
        if tape.visited is not visit.visited:
            tape.visited = visit.visited
            tape.bound_count = -1
        if not (watch or hooks or defaults.anomaly):
            for st in visit.stretches:
                tape.reverse_between(st.end, st.stop, st.first)
            return
        stops: dict[int, list[tuple[Slots, NDArray[Any], Any]]] = {}
        for slots, out in watch:
            owner = tape.owners(slots.reshape(-1))
            for k in np.unique(owner).tolist():
                stops.setdefault(k, []).append((slots.reshape(-1), out.reshape(-1), owner == k))
        called: dict[int, list[Hooked]] = {}
        for h in hooks:
            for k in self._owners(h.slots):
                called.setdefault(k, []).append(h)
        left = sorted({*stops, *called})
        for st in visit.stretches:
            k, s = st.end, st.stop
            while left and left[-1] >= k:  # the graph does not have it
                left.pop()
            while left and left[-1] >= st.first:
                stop = left.pop()
                end = tape.start(stop + 1)
                self._between(k, s, stop + 1)
                k, s = stop + 1, end
                assert tape.adjoint is not None
                for h in called.get(stop, ()):
                    tape.adjoint[h.slots] = hooked(h.hooks, concrete(np.array(tape.adjoint[h.slots])), False).values()
                for slots, out, here in stops.get(stop, ()):
                    out[here] = tape.adjoint[slots[here]]
            self._between(k, s, st.first)

    def _between(self, k: int, s: int, stop: int) -> None:
        """As `EagerTape.reverse_between`; where NaN is looked for, an instruction at a time."""
        tape = self.tape
        if not defaults.anomaly:
            tape.reverse_between(k, s, stop)
            return
        for j in (np.flatnonzero(self.visit.visited[stop:k])[::-1] + stop).tolist():
            below = tape.start(j)
            tape.reverse_between(k, s, j)
            k, s = j, below
            assert tape.adjoint is not None
            if np.isnan(tape.adjoint[:s]).any():
                raise RuntimeError(f"Function '{operation(tape, j)}' returned nan values in one of its outputs.")
        tape.reverse_between(k, s, stop)

    def _owners(self, slots: Slots) -> list[int]:
        """The instruction at which the adjoints of a tensor's own slots are complete; none of a tensor without elements."""
        return [int(self.tape.owners(slots.reshape(-1)).max())] if slots.size else []

    # --- recorded ----------------------------------------------------------------------------------------------------------

    def _recorded(self, outputs: Any, targets: list[Slots | None], used: list[bool]) -> list[Tensor | None]:
        tape = self.tape
        if tape.ended:
            raise FreedGraphError(FREED_MESSAGE)
        retained = self._retained()
        tape.mixed = True  # rules of derivatives have constants for operands
        leaves = self.leaves()
        kept = [slots_of(tape, t) for t in retained]
        sources = [run_slots(e.slot, e.size) for e in leaves]
        hooks = self._hooked()
        asked = (*targets, *kept, *(h.slots for h in hooks))
        sweep = RecordedSweep(tape, self.visit, sources + [self._flagged(s) for s in asked if s is not None])
        for h in hooks:
            for k in self._owners(h.slots):
                sweep.hook(k, h)
        for slots, seed in outputs:
            sweep.seed(slots, seed)
        sweep.run()
        try:
            return self._gathered(sweep, targets, used, leaves if self.wanted is None else [], retained, kept)
        finally:
            sweep.close()

    def _gathered(self, sweep: Any, targets: list[Slots | None], used: list[bool], leaves: Any, retained: Any, kept: Any) -> list[Tensor | None]:
        """What a recorded pass gives: added to the leaves, or the gradients of the wanted inputs."""
        tape = self.tape
        found = [(e.leaf(), run_slots(e.slot, e.size)) for e in leaves if not e.ends]
        found = [(t, s.reshape(t._data.shape)) for t, s in found if t is not None and t.info.requires_grad] + list(zip(retained, kept, strict=True))
        arrived: dict[int, tuple[Tensor, Tensor]] = {}
        gradients = [sweep.gradient(slots) for _, slots in found]
        for (t, _), g in zip(found, map(_result, gradients, self._depend(gradients)), strict=True):
            if t.is_leaf:
                add_gradient(arrived, t, g)
            else:
                accumulate(t, g, True)
        self._accumulate(arrived)
        parts: list[Slots] = []
        owners: list[int] = []
        for i, (t, slots, u) in enumerate(zip(self.wanted or (), targets, used, strict=True)):
            if u and slots is not None:
                copies = [s.reshape(t.shape) for s in slots.reshape(-1, max(t.numel(), 1))] or [slots.reshape(t.shape)] if t.is_leaf else [slots]
                parts += copies
                owners += [i] * len(copies)
        total: list[Tensor | None] = [None] * len(targets)
        gradients = [sweep.gradient(slots) for slots in parts]
        depends = self._depend(gradients)
        if self.asked is not None and self.wanted is not None:
            again.remember(tape, self.asked, sweep, self.first, self.wanted, gradients, owners, depends)
        for i, g in zip(owners, map(_result, gradients, depends), strict=True):
            known = total[i]
            total[i] = g if known is None else known + g
        return total

    def _accumulate(self, arrived: dict[int, tuple[Tensor, Tensor]]) -> None:
        """Hand the gradients of leaves to their hooks and add them up; those that other passes may add to, and of casts, are noted."""
        if self.waits:
            self.arrived = [(t, g) for t, g in arrived.values() if t.info.cast is None]
        for t, g in arrived.values():
            if not self.waits or t.info.cast is not None:
                accumulate(t, hooked(t.info.hooks, g, self.create), self.create)

    def _depend(self, gradients: list[Array]) -> list[bool]:
        """Whether recorded gradients depend on a leaf."""
        if not gradients:
            return []
        tape = self.tape
        visit = tape.needed([g.slots for g in gradients])
        try:
            leaves = [tape.imports[k] for k in visit.places(np.frombuffer(tape.import_at.tobytes(), np.int32)).tolist()]
            varied = visit.active(tape, [run_slots(e.slot, e.size) for e in leaves])
            return [bool(varied[g.slots].any()) for g in gradients]
        finally:
            tape.leave(visit)


def _result(g: Array, depends: bool) -> Tensor:
    """A recorded gradient; concrete where it depends on no leaf."""
    if not depends:
        value = g.value()
        return concrete(value if value.flags.writeable else value.copy())  # one number may stand for all elements
    if g.slot < 0 and 0 in g.slots.strides:  # one number stands for several elements, which may be changed one by one
        g = Array.of(g.tape, g.slots.copy())
    new = recorded(g)
    share(g.tape, new, [])  # type: ignore[arg-type]
    return new


def add_gradient(arrived: dict[int, tuple[Tensor, Tensor]], leaf: Tensor, g: Tensor) -> None:
    """Note the gradient of a leaf, which may have come by before: from a copy of it that was made before a change in place, by another dtype."""
    known = arrived.get(id(leaf))
    arrived[id(leaf)] = leaf, g if known is None else known[1] + g


def still_there(source: Tensor) -> bool:
    """Whether what was cast is what it was: a leaf that ceased to require grad and got recorded values since is none any more."""
    return source.is_leaf or source.info.stands or source.info.source is not None
