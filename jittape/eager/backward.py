"""How a backward pass of eager tensors runs: what is reached, swept, accumulated and freed."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from threading import get_ident
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.eager.operands import operand
from jittape.eager.ownership import require_exclusive, share
from jittape.eager.tape import GRAPH_COUNT, EagerTape
from jittape.eager.tensor import Tensor, concrete, recorded
from jittape.eager.threads import cut, tape_for
from jittape.errors import FreedGraphError, TapeMismatchError
from jittape.instructions.references import Slots
from jittape.ops.layout import RUN
from jittape.passes.reverse import ReverseSweep

FREED_MESSAGE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)
NO_GRAD_FN = "element 0 of tensors does not require grad and does not have a grad_fn"


def as_list(x: Any) -> list[Any]:
    if isinstance(x, Tensor):
        return [x]
    try:
        return list(x)
    except TypeError:
        raise TypeError(f"a tensor, or a sequence of tensors, belongs there, not a {type(x).__name__}") from None


def seeds_of(outputs: list[Tensor], gradients: Sequence[Any]) -> list[Any]:
    """The adjoint of every output, ones for scalars that were given none; PyTorch's errors."""
    if len(gradients) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    seeds = []
    for k, (out, gradient) in enumerate(zip(outputs, gradients, strict=True)):
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
        if not out.requires_grad:
            raise RuntimeError(NO_GRAD_FN.replace("0", str(k)))
        seeds.append(gradient)
    return seeds


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
        require_exclusive(t)


def collect(outputs: list[Tensor], seeds: list[Any], wanted: list[Tensor], retain: bool, create: bool) -> list[Tensor | None]:
    """The gradients of `wanted`, None where an input does not matter."""
    total: list[Tensor | None] = [None] * len(wanted)
    for p in passes(outputs, seeds, wanted, retain, create):
        for k, g in enumerate(p.run()):
            known = total[k]
            if g is not None:
                total[k] = g if known is None else known + g
    return total


def passes(outputs: list[Tensor], seeds: list[Any], wanted: list[Tensor] | None, retain: bool, create: bool) -> Iterator[Pass]:
    """A pass for each tape that the outputs stand on."""
    groups: dict[int, Pass] = {}
    for out, seed in zip(outputs, seeds, strict=True):
        tape = on_tape(out)
        if id(tape) not in groups:
            groups[id(tape)] = Pass(tape, wanted, retain, create)
        groups[id(tape)].outputs.append((out, seed))
    yield from groups.values()


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
    if info is not None and info.own is not None:
        return info.own[1].slots  # type: ignore[no-any-return]
    if t.is_leaf or (info is not None and info.source is not None):
        return operand(tape, t).slots  # type: ignore[no-any-return]
    return np.array(t.slot, np.int32) if t.slot >= 0 else t._array.slots  # type: ignore[no-any-return]


def _tape_of(t: Tensor) -> EagerTape:
    """The tape on which a recorded tensor has slots of its own."""
    own = t.info.own
    return t.tape if own is None else own[1].tape  # type: ignore[no-any-return]


class Pass:
    """One backward pass over one tape."""

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
        tape.busy += 1
        try:
            outputs = [(slots_of(tape, out), seed) for out, seed in self.outputs]
            targets = self._targets()
            flags, visited = tape.needed([s for s, _ in outputs])
            if self.wanted is not None:
                found = [s for s in targets if s is not None]
                used = [s is not None and (not s.size or bool(flags[s].any())) for s in targets]
                tape.active(found, visited)
            else:
                used = []
            self._check_freed(visited)
            tape.evaluate()
            results = self._recorded(outputs, targets, used, visited) if self.create else self._native(outputs, targets, used, visited)
            if not self.retain:
                tape.free(visited)
        finally:
            tape.busy -= 1
        if self.create:
            tape.ceiling = min(tape.ceiling, max(GRAPH_COUNT, 2 * tape.kept))
        if not self.retain:
            cut(tape)
        return results

    def _targets(self) -> list[Slots | None]:
        """The slots of the wanted inputs; None for those on other tapes."""
        out: list[Slots | None] = []
        for t in self.wanted or ():
            if t.is_leaf:
                # every copy of the leaf on this tape: the latest stands for them in gradients
                imports = [e for e in self.tape.imports if e.leaf() is t]
                out.append(None if not imports else np.concatenate([np.arange(e.slot, e.slot + e.size, dtype=np.int32) for e in imports]))
            elif _tape_of(t) is self.tape:
                out.append(slots_of(self.tape, t))
            else:
                out.append(None)
        return out

    def _retained(self) -> list[Tensor]:
        """The tensors of this tape that keep their gradients."""
        if self.wanted is not None:
            return []
        found = [t for ref in self.tape.retained if (t := ref()) is not None and _tape_of(t) is self.tape]
        for t in found:
            require_exclusive(t)
        return found

    def _check_freed(self, visited: NDArray[np.uint8]) -> None:
        tape = self.tape
        if not tape.marks.size:  # nothing was freed yet
            return
        hit = visited & tape.marked()  # the flag of a visit is IS_FREED
        if hit.any() and tape.saves(np.flatnonzero(hit)).any():
            raise FreedGraphError(FREED_MESSAGE)

    # --- natively ----------------------------------------------------------------------------------------------------------

    def _native(self, outputs: Any, targets: list[Slots | None], used: list[bool], visited: NDArray[np.uint8]) -> list[Tensor | None]:
        tape = self.tape
        retained = self._retained()
        adjoints = tape.adjoints()
        for slots, seed in outputs:
            if slots.ndim:
                np.add.at(adjoints, slots, seed.values())
            else:
                adjoints[slots] += seed.values()
        captured: list[NDArray[Any]] = [np.zeros(0 if s is None else s.shape, tape.dtype) for s in targets]
        watch = [(s, g) for s, g in zip(targets, captured, strict=True) if s is not None and s.size]
        gradients = [np.zeros(t.shape, tape.dtype) for t in retained]
        watch += [(slots_of(tape, t), g) for t, g in zip(retained, gradients, strict=True)]
        self._sweep(watch)
        adjoints = tape.adjoints()
        if self.wanted is None:
            for entry in self._leaves(visited):
                part = adjoints[entry.slot : entry.slot + entry.size]
                leaf = entry.leaf()
                if leaf is not None and leaf.info.requires_grad:
                    accumulate(leaf, concrete(part.reshape(leaf._data.shape).copy()))
                part.fill(0.0)
            for slot, n in tape.mixed:
                adjoints[slot : slot + n] = 0.0
        else:  # other leaves have adjoints too, and what is not on the way to an input kept its own
            adjoints[: tape.slots] = 0.0
        for t, g in zip(retained, gradients, strict=True):
            if visited[self._instruction(int(slots_of(tape, t).flat[0]))] if g.size else False:
                accumulate(t, concrete(g))
        results: list[Tensor | None] = []
        for t, g, u in zip(self.wanted or (), captured, used, strict=True):
            results.append(concrete(g.reshape(-1, *t.shape).sum(0) if t.is_leaf else g.reshape(t.shape)) if u else None)
        return results

    def _leaves(self, visited: NDArray[np.uint8]) -> list[Any]:
        """The imports that the pass reached."""
        tape = self.tape
        if not tape.import_at:
            return []
        hit = visited[np.frombuffer(tape.import_at, np.int32)]
        return [tape.imports[k] for k in hit.nonzero()[0].tolist()] + tape.empty_imports

    def _instruction(self, slot: int) -> int:
        if not self.tape.extra:
            return slot
        if self._starts is None:
            self._starts = self.tape.starts()
        return int(np.searchsorted(self._starts, slot, "right")) - 1

    _starts: NDArray[np.int32] | None = None

    def _sweep(self, watch: list[tuple[Slots, NDArray[Any]]]) -> None:
        """Reverse sweep that reads the adjoints of watched slots when they are complete, and before they are zeroed."""
        tape = self.tape
        starts = self._starts = tape.starts() if watch else None
        stops: dict[int, list[tuple[Slots, NDArray[Any], Any]]] = {}
        for slots, out in watch:
            assert starts is not None
            owner = np.searchsorted(starts, slots.reshape(-1), "right") - 1
            for k in np.unique(owner):
                stops.setdefault(int(k), []).append((slots.reshape(-1), out.reshape(-1), owner == k))
        k, s = tape.count, tape.slots
        for stop in sorted(stops, reverse=True):
            assert starts is not None
            end = int(starts[stop + 1])
            tape.reverse_between(k, s, stop + 1)
            k, s = stop + 1, end
            for slots, out, here in stops[stop]:
                assert tape.adjoint is not None
                out[here] = tape.adjoint[slots[here]]
        tape.reverse_between(k, s, 0)

    # --- recorded ----------------------------------------------------------------------------------------------------------

    def _recorded(self, outputs: Any, targets: list[Slots | None], used: list[bool], visited: NDArray[np.uint8]) -> list[Tensor | None]:
        tape = self.tape
        if tape.ended:
            raise FreedGraphError(FREED_MESSAGE)
        retained = self._retained()
        leaves = [] if self.wanted is not None else self._leaves(visited)
        kept = [slots_of(tape, t) for t in retained]
        sources = [np.arange(e.slot, e.slot + e.size, dtype=np.int32) for e in tape.imports]
        sweep = _RecordedSweep(tape, visited, sources + [s for s in targets if s is not None] + kept)
        for slots, seed in outputs:
            sweep.seed(slots, operand(tape, seed) if isinstance(seed, Tensor) else seed)
        sweep.run()
        self._starts = None
        try:
            return self._gathered(sweep, targets, used, leaves, retained, kept)
        finally:
            sweep.close()

    def _gathered(self, sweep: Any, targets: list[Slots | None], used: list[bool], leaves: Any, retained: Any, kept: Any) -> list[Tensor | None]:
        """What a recorded pass gives: added to the leaves, or the gradients of the wanted inputs."""
        for e in leaves:
            leaf = e.leaf()
            if leaf is not None:
                shape = leaf._data.shape
                accumulate(leaf, self._result(sweep, np.arange(e.slot, e.slot + e.size, dtype=np.int32).reshape(shape)), True)
        for t, slots in zip(retained, kept, strict=True):
            accumulate(t, self._result(sweep, slots), True)
        results: list[Tensor | None] = []
        for t, slots, u in zip(self.wanted or (), targets, used, strict=True):
            if not u:
                results.append(None)
                continue
            assert slots is not None
            if not t.is_leaf:
                results.append(self._result(sweep, slots))
                continue
            parts = [self._result(sweep, s.reshape(t.shape)) for s in slots.reshape(-1, max(t.numel(), 1))]
            results.append(functools.reduce(lambda a, b: a + b, parts))
        return results

    def _result(self, sweep: ReverseSweep, slots: Slots) -> Tensor:
        """A recorded gradient; concrete where it depends on no leaf."""
        gradient = sweep.gradient(slots)
        if self._variable is None:
            tape = self.tape
            leaves = [np.arange(e.slot, e.slot + e.size, dtype=np.int32) for e in tape.imports]
            self._variable = tape.active(leaves, np.ones(tape.count, np.uint8))
        reached = gradient.slots.reshape(-1)
        if not self._variable[reached[reached < self._variable.size]].any():  # zeros were appended since
            value = gradient.value()
            return concrete(value if value.flags.writeable else value.copy())  # one number may stand for all elements
        new = recorded(gradient)
        share(self.tape, new, [])
        return new

    _variable: NDArray[np.uint8] | None = None


class _RecordedSweep(ReverseSweep):
    """The reverse sweep as instructions, of the instructions that a pass visits."""

    def __init__(self, tape: EagerTape, visited: NDArray[np.uint8], inputs: Sequence[Slots]) -> None:
        self._visited = visited.copy()
        super().__init__(tape, 0, 0, inputs)

    def _activity(self, inputs: Sequence[Slots]) -> NDArray[np.bool_]:
        flags = self.tape.active(list(inputs), self._visited)  # type: ignore[attr-defined]
        return flags.view(np.bool_)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Let go of what the sweep has noted: it refers to itself, and would hold arrays until the collector comes by."""
        self.algebra.__dict__.clear()
        self.__dict__.clear()

    def _run_all(self) -> None:
        """As the sweep of a whole tape, but what lies between the instructions of this graph costs nothing."""
        tape = self.tape
        starts = tape.starts()  # type: ignore[attr-defined]
        reached = self.end
        tape.busy += 1
        try:
            for k in np.flatnonzero(self._visited[: self.end])[::-1].tolist():
                if k >= reached:  # swept natively, with a scalar above it
                    continue
                op = int(tape.opcode[k])
                if op < RUN and tape.lines is None:
                    reached, _ = self._write(k + 1, int(starts[k + 1]))
                    if reached <= k:
                        continue
                slot, n = int(starts[k]), int(tape.arg1[k]) if op >= RUN else 1
                if n and self.active[slot]:
                    self.run_instruction(k, slot, op, n)
        finally:
            tape.busy -= 1


def accumulate(t: Tensor, g: Tensor, create: bool = False) -> None:
    """Add a gradient to a tensor's `.grad`: in place, so that whoever holds it sees the sum, unless the pass is recorded."""
    info = t.info
    known = info.grad
    if known is None:
        info.grad = g
    elif create or g.requires_grad:
        info.grad = known + g
    elif known.requires_grad:  # its values change, and its graph stays
        known._overwrite(known.values() + g.values(), ...)  # type: ignore[attr-defined]
    else:
        np.add(known._data, g._data, out=known._data)
        known._wrote()


def backward(tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False, *, inputs: Any = None) -> None:
    """Add the derivatives of some tensors to the `.grad` of the leaves they were computed from; see `Tensor.backward`."""
    outputs = as_list(tensors)
    gradients = [None] * len(outputs) if grad_tensors is None else as_list(grad_tensors)
    if isinstance(grad_tensors, (np.ndarray, np.generic, float, int)):
        gradients = [grad_tensors]
    seeds = seeds_of(outputs, gradients)
    wanted = None if inputs is None else as_list(inputs)
    if wanted is not None and not wanted:
        raise RuntimeError("'inputs' argument to backward() cannot be empty.")
    if retain_graph is None:
        retain_graph = create_graph
    if wanted is None:
        for p in passes(outputs, seeds, None, retain_graph, create_graph):
            p.run()
        return
    require_grad(wanted)
    for t, g in zip(wanted, collect(outputs, seeds, wanted, retain_graph, create_graph), strict=True):
        if g is not None:
            accumulate(t, g, create_graph)
