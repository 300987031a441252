"""How a backward pass of eager tensors runs: what is reached, swept, accumulated and freed."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from threading import get_ident
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager import again
from jittape.eager.complexes import ComplexTensor, dtype_name, parts_of, resolved_as
from jittape.eager.custom import FREED_MESSAGE, given
from jittape.eager.defaults import defaults
from jittape.eager.hooks import accumulate, endings, hooked
from jittape.eager.naming import operation
from jittape.eager.operands import operand
from jittape.eager.ordinary import descend, suits
from jittape.eager.ownership import require_exclusive, share
from jittape.eager.tape import GRAPH_COUNT, EagerTape, Hooked
from jittape.eager.tensor import Tensor, concrete, recorded, sequence_given, tensor_given
from jittape.eager.threads import cut, tape_for
from jittape.eager.visits import Visit
from jittape.errors import FreedGraphError, TapeMismatchError
from jittape.instructions.references import Slots, add_at, run_slots
from jittape.ops.layout import RUN
from jittape.passes.reverse import ReverseSweep, seed_on
from jittape.tape.decode import Stretch, lengths

ENDED = (
    "a gradient is asked for by a tensor y that is no leaf, whose own graph a backward pass has freed, and which was used since: where is not known any more. "
    "Pass retain_graph=True to that pass, or compute with x = y.detach().requires_grad_() and ask for the gradient by x"
)
NO_GRAD_FN = "element 0 of tensors does not require grad and does not have a grad_fn"


def as_list(x: Any, function: str, argument: str) -> list[Any]:
    """A tensor or a sequence of them as a list."""
    if isinstance(x, Tensor):
        return [x]
    return sequence_given(x, function, argument)


def seeds_of(outputs: list[Tensor], gradients: Sequence[Any]) -> list[Any]:
    """The adjoint of every output, ones for scalars that were given none; PyTorch's errors."""
    if len(gradients) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    seeds = []
    for k, (out, gradient) in enumerate(zip(outputs, gradients, strict=True)):
        if out.has_parts or getattr(gradient, "has_parts", False) or isinstance(gradient, (np.complexfloating, np.ndarray)) and gradient.dtype.kind == "c":
            gradient = complex_seed(k, out, gradient)
            if not out.requires_grad or out.info.ends:
                raise RuntimeError(NO_GRAD_FN.replace("0", str(k)))
            seeds.append(gradient)
            continue
        if gradient is None:
            if out.tape is not None and out.slot >= 0:
                seeds.append(_one(out.tape.dtype))
                continue
            if out.requires_grad and out.numel() != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            gradient = concrete(np.ones(out.shape, out.dtype))
        elif not isinstance(gradient, Tensor):
            if not isinstance(gradient, (np.ndarray, np.generic, float, int)):
                raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
            gradient = concrete(np.asarray(gradient))
        if gradient.shape != out.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{k}] has a shape of {gradient.shape} and output[{k}] has a shape of {out.shape}."
            )
        if not out.requires_grad or out.info.ends:
            raise RuntimeError(NO_GRAD_FN.replace("0", str(k)))
        seeds.append(gradient)
    return seeds


def complex_seed(k: int, out: Any, gradient: Any) -> Any:
    """The adjoint of the parts of a complex output; PyTorch's errors, of a complex one for a real output too."""
    if gradient is None:
        if out.requires_grad and out.numel() != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {dtype_name(out.dtype)}")
    if not isinstance(gradient, Tensor):
        if not isinstance(gradient, (np.ndarray, np.generic, float, int)):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
        gradient = concrete(np.asarray(gradient))
    if gradient.shape != out.shape:
        raise RuntimeError(f"Mismatch in shape: grad_output[{k}] has a shape of {gradient.shape} and output[{k}] has a shape of {out.shape}.")
    if not (isinstance(out, ComplexTensor) and isinstance(gradient, ComplexTensor)):
        raise RuntimeError(
            f"For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: grad_output[{k}] has a dtype of "
            f"{dtype_name(gradient.dtype)} and output[{k}] has a dtype of {dtype_name(out.dtype)}."
        )
    return resolved_as(gradient, out.conjugated)


@functools.cache
def _one(dtype: np.dtype[Any]) -> Tensor:
    """The adjoint of a scalar output."""
    return concrete(np.ones((), dtype))


def require_grad(wanted: list[Tensor]) -> None:
    for t in wanted:
        if not isinstance(t, Tensor):
            raise TypeError(f"inputs are tensors, not {type(t).__name__}")
        if not t.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        require_exclusive(parts_of(t))


def collect(outputs: list[Tensor], seeds: list[Any], wanted: list[Tensor], retain: bool, create: bool) -> list[Tensor | None]:
    """The gradients of `wanted`, None where an input does not matter."""
    asked, wanted = wanted, list(map(parts_of, wanted))
    total: list[Tensor | None] = [None] * len(wanted)
    for found in run_passes(outputs, seeds, wanted, retain, create):
        for k, g in enumerate(found):
            known = total[k]
            if g is not None:
                total[k] = g if known is None else known + g
    found = [hooked(t.info.hooks, g, create) if g is not None and t.is_leaf else g for t, g in zip(wanted, total, strict=True)]
    return [ComplexTensor(g, t.conjugated) if isinstance(t, ComplexTensor) and g is not None else g for t, g in zip(asked, found, strict=True)]


def passes(pairs: Iterable[tuple[Tensor, Any]], wanted: list[Tensor] | None, retain: bool, create: bool) -> list[Pass]:
    """A pass for each tape that the outputs, each with its seed, stand on."""
    groups: dict[int, Pass] = {}
    for out, seed in pairs:
        if isinstance(out, ComplexTensor):
            out, seed = out.parts, resolved_as(seed, out.conjugated) if isinstance(seed, ComplexTensor) else seed
        tape = on_tape(out)
        if id(tape) not in groups:
            groups[id(tape)] = Pass(tape, wanted, retain, create)
        groups[id(tape)].outputs.append((out, seed))
    return list(groups.values())


def run_passes(outputs: list[Tensor], seeds: list[Any], wanted: list[Tensor] | None, retain: bool, create: bool) -> list[list[Tensor | None]]:
    """The passes from some outputs, and those that go on where tensors were cast from another dtype; what each of them found."""
    with endings():
        return _run_passes(outputs, seeds, wanted, retain, create)


def _run_passes(outputs: list[Tensor], seeds: list[Any], wanted: list[Tensor] | None, retain: bool, create: bool) -> list[list[Tensor | None]]:
    work = passes(zip(outputs, seeds, strict=True), wanted, retain, create)
    several = len(work) != 1
    found = []
    if not several:  # as most: nothing was cast
        (p,) = work
        found.append(p.run())
        if not p.waits:
            return found
    waiting: list[Pass] = []
    arrived: dict[int, tuple[Tensor, Tensor]] = {}
    try:
        while work:
            begun: list[tuple[Tensor, Any]] = []
            for p in work:
                if several:
                    p.waits = True
                    found.append(p.run())
                waiting.append(p)
                for leaf, g in p.arrived:
                    _add(arrived, leaf, g)
                for source, g in p.cast:
                    if not source.is_leaf:
                        begun.append((source, g))
                    elif wanted is not None:
                        found.append([g if t is source else None for t in wanted])
                    elif source.info.requires_grad and not source.info.ends:
                        _add(arrived, source, g)
            several = True
            work = passes(begun, wanted, retain, create)
        for p in waiting:
            p.free()
    finally:
        for p in waiting:
            p.tape.busy -= 1
    for leaf, g in arrived.values():
        accumulate(leaf, hooked(leaf.info.hooks, g, create), create)
    if not retain:
        for p in waiting:
            cut(p.tape)
    return found


def _add(arrived: dict[int, tuple[Tensor, Tensor]], leaf: Tensor, g: Tensor) -> None:
    """Note the gradient of a leaf, which may have come by before: from a copy of it that was made before a change in place, by another dtype."""
    known = arrived.get(id(leaf))
    arrived[id(leaf)] = leaf, g if known is None else known[1] + g


def _is_there(source: Tensor) -> bool:
    """Whether what was cast is what it was: a leaf that ceased to require grad and got recorded values since is none any more."""
    return source.is_leaf or source.info.stands or source.info.source is not None


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


def _tape_of(t: Tensor) -> EagerTape:
    """The tape on which a recorded tensor has slots of its own."""
    own = t.info.own
    return t.tape if own is None else own[1].tape  # type: ignore[no-any-return]


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
                elements = [None if t.is_leaf or _tape_of(t) is not tape else slots_of(tape, t) for t in self.wanted]
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
        entries = self._leaves()
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
            if g is not None and source is not None and _is_there(source):
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
            if reached and any(s is None and not t.is_leaf and _tape_of(t).token in reached for t, s in zip(self.wanted, elements, strict=True)):
                raise FreedGraphError(ENDED)
        if self.wanted is None or not any(t.is_leaf for t in self.wanted):
            return elements
        # every copy of a leaf that the graph has: the latest stands for them in gradients
        imports: dict[int, Slots] = {}
        for e in [e for e in self._leaves() if not e.ends]:
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
        found = [t for _, t in living if not t.is_leaf and t.info.retain and _tape_of(t) is tape and self._reaches(slots_of(tape, t))]
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
            for entry in self._leaves():
                part = adjoints[entry.slot : entry.slot + entry.size]
                leaf = entry.leaf()
                if leaf is not None and leaf.info.requires_grad and not entry.ends:
                    _add(arrived, leaf, concrete(part.reshape(leaf._data.shape).copy()))
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

    def _leaves(self) -> list[Any]:
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
        leaves = self._leaves()
        kept = [slots_of(tape, t) for t in retained]
        sources = [run_slots(e.slot, e.size) for e in leaves]
        hooks = self._hooked()
        asked = (*targets, *kept, *(h.slots for h in hooks))
        sweep = _RecordedSweep(tape, self.visit, sources + [self._flagged(s) for s in asked if s is not None])
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
                _add(arrived, t, g)
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


class _RecordedSweep(ReverseSweep):
    """The reverse sweep as instructions, of the instructions that a pass visits."""

    has_numbers_between = True

    def __init__(self, tape: EagerTape, visit: Visit, inputs: Sequence[Slots]) -> None:
        self._visit = visit
        self._hooks: dict[int, list[Hooked]] = {}
        super().__init__(tape, 0, 0, inputs)

    def hook(self, k: int, h: Hooked) -> None:
        """Hand an adjoint, complete at instruction k, to its hooks."""
        self._hooks.setdefault(k, []).append(h)
        self.look[k] = 1

    def _call_hooks(self, k: int) -> None:
        for h in self._hooks.pop(k, ()):
            g = hooked(h.hooks, given(self.tape, self.gradient(h.slots)), True)
            self.adjoint[h.slots] = -1
            self.seed(h.slots, operand(self.tape, g))  # type: ignore[arg-type]

    def run_instruction(self, k: int, slot: int, op: int, n: int) -> None:
        self._call_hooks(k)
        super().run_instruction(k, slot, op, n)

    def _adjoints(self) -> Slots:
        return self._visit.adjoints(self.end_slot)

    def stretches(self) -> list[Stretch]:
        return self._visit.stretches[::-1]

    def _activity(self, inputs: Sequence[Slots]) -> NDArray[np.bool_]:
        return self._visit.active(self.tape, list(inputs)).view(np.bool_)  # type: ignore[arg-type]

    def _run_all(self) -> None:
        """As the sweep of a whole tape, but what lies between the instructions of this graph costs nothing."""
        tape = self.tape
        tape.busy += 1
        try:
            for st in self._visit.stretches:
                self._run_stretch(st)
            for k in sorted(self._hooks, reverse=True):  # where the pass ends
                self._call_hooks(k)
        finally:
            tape.busy -= 1

    def _run_stretch(self, st: Stretch) -> None:
        tape = self.tape
        sizes = lengths(tape.opcode[st.first : st.end], tape.arg1[st.first : st.end])
        starts = st.slot + np.cumsum(sizes)
        starts -= sizes
        visited = np.flatnonzero(self._visit.visited[st.first : st.end])[::-1]
        reached = st.end
        for k, slot, n in zip((visited + st.first).tolist(), starts[visited].tolist(), sizes[visited].tolist(), strict=True):
            if k >= reached:  # swept natively, with a scalar above it
                continue
            op = int(tape.opcode[k])
            if op < RUN and tape.lines is None:
                reached, _ = self._write(k + 1, slot + 1, st.first)
                if reached <= k:
                    continue
            if n and self.active[slot]:
                self.run_instruction(k, slot, op, n)


def backward(tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False, *, inputs: Any = None) -> None:
    """Add the derivatives of some tensors to the `.grad` of the leaves they were computed from; see `Tensor.backward`.

    Args:
        tensors: a tensor or a sequence of them.
        grad_tensors: adjoints of these, of their shapes; may be left away for scalars.
        retain_graph: keep the graph for another pass; by default as `create_graph`.
        create_graph: record the pass itself, so that gradients can be differentiated.
        inputs: the tensors whose `.grad` is added to, all leaves by default.

    Raises:
        RuntimeError: a tensor does not require grad, or is no scalar and has no adjoint; `inputs` is empty.
        FreedGraphError: an earlier pass freed the graph.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0], requires_grad=True)
        >>> jt.autograd.backward([x.sum(), (x**2).sum()])
        >>> x.grad
        tensor([3., 5.])
    """
    if grad_tensors is inputs is None and not retain_graph and not create_graph and suits(tensors) and descend(tensors):
        return
    outputs = [tensor_given(t, "backward", "tensors") for t in as_list(tensors, "backward", "tensors")]
    if state.step is not None:
        for t in outputs:
            state.step.backward(t)
    if isinstance(grad_tensors, (np.ndarray, np.generic, float, int)):
        gradients: list[Any] = [grad_tensors]
    else:
        gradients = [None] * len(outputs) if grad_tensors is None else as_list(grad_tensors, "backward", "gradient")
    seeds = seeds_of(outputs, gradients)
    wanted = None if inputs is None else as_list(inputs, "backward", "inputs")
    if wanted is not None and not wanted:
        raise RuntimeError("'inputs' argument to backward() cannot be empty.")
    if retain_graph is None:
        retain_graph = create_graph
    if wanted is None:
        run_passes(outputs, seeds, None, retain_graph, create_graph)
        return
    require_grad(wanted)
    for t in wanted:
        t.retain_grad()
    wanted = list(map(parts_of, wanted))
    for t, g in zip(wanted, collect(outputs, seeds, wanted, retain_graph, create_graph), strict=True):
        if g is not None and t.is_leaf:  # others keep theirs by retain_grad()
            accumulate(t, g, create_graph)


def leaves_of(tensors: Sequence[Tensor]) -> list[Tensor]:
    """The leaves that tensors depend on, each once."""
    found: dict[int, Tensor] = {}
    tensors = list(map(parts_of, tensors))
    for p in passes([(t, None) for t in tensors if t.requires_grad], None, True, False):
        tape = p.tape
        visit = p.visit = tape.needed([slots_of(tape, t) for t, _ in p.outputs])
        try:
            found |= {id(t): t for e in p._leaves() if (t := e.leaf()) is not None}
            begun = [t.info.cast for t in found.values() if t.info.cast is not None and _is_there(t.info.cast)]
        finally:
            tape.leave(visit)
        found |= {id(t): t for t in leaves_of(begun)}
    return [t for t in found.values() if t.info.cast is None]
