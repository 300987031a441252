"""Recording a training step: the tape that it is recorded on, and what makes it one that cannot be replayed.

The step runs as always, on a tape of its own. Its batch, the parameters and all other tensors of real numbers that it computes with stand on
the tape as leaves, which a replay fills anew. Whatever would let values play a part that is not on the tape is noted, and the step is not
replayed then: a value that is read, random numbers that are drawn, a tensor that is changed in place. Decisions by a single comparison become
guards; masks of dropout are drawn anew, and numbers of classes become rows of zeros and ones.
"""

from __future__ import annotations

import functools
import weakref
from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager.operands import import_leaf
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor, concrete, recorded
from jittape.instructions import calls, matmul
from jittape.instructions.matmul.record import A_AT, B_AT
from jittape.instructions.references import referenced
from jittape.nn.functional.classes import Classes
from jittape.ops.layout import (
    CALL,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    INACTIVE,
    INPUT,
    MATMUL,
    OPERATION,
    PARAMETER,
    REF,
    RUN,
)
from jittape.sweep.engine import find_varied
from jittape.tape.decode import ARITY, lengths
from jittape.tape.lines import calling_line
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace

Place = tuple[int, int, tuple[int, ...]]
Fill = tuple[Place, Callable[[list[Any]], Any]]
"""Where a leaf stands, and what gives its values, of a call's tensors."""


class StepTape(EagerTape):
    """A tape on which it is noted when the values of what stands there are asked for."""

    __slots__ = ("recorder",)

    at_once = False
    recorder: Any

    def evaluate(self) -> None:
        recorder = self.recorder
        if recorder is not None and recorder.watching and not self.passing:
            recorder.refuse("the value of a tensor is read")
        super().evaluate()


class Recorder:
    """A step while it is recorded.

    Attributes:
        why: what makes it one that cannot be replayed; None while nothing does.
        loss, optimizer: what backward() was called of, and which optimiser made its step after that.
        watching: until backward() is called.
        arguments: the tensors of the call.
        tape: the recording up to backward(), with values of its own.
        parameters: those that are trained, whose places are the first of `inputs`.
        others: leaves that others train, whose places are the next ones; a number is the place of a tensor in the call.
        cleared: identities of tensors whose gradients the step forgets before backward().
        used: of each parameter, whether it has a gradient when the optimiser steps.
        fills: leaves that a replay fills.
        folded: tensors, and their versions, that something was computed of at once, which is not on the tape.
    """

    def __init__(self, dtype: np.dtype[Any], parameters: list[Tensor]) -> None:
        self.why: str | None = None
        self.watching = True
        self.arguments: list[Tensor] = []
        self.loss: Tensor | None = None
        self.optimizer: Any = None
        self.tape: Tape | None = None
        self.parameters = parameters
        self.inputs: list[Place] = []
        self.others: list[Tensor | int] = []
        self.cleared: set[int] = set()
        self.used: list[bool] = []
        self.folded: list[tuple[weakref.ref[Tensor], int]] = []
        self._moving = False
        self.fills: list[Fill] = []
        self._kept: list[Any] = []
        self._known: dict[int, Array] = {}
        self._given: dict[int, int] = {}
        """Tensors of the call that require grad, by identity: which ones they are."""
        self._eager = StepTape(dtype)
        self._eager.recorder = self
        self._eager.replayable = True
        self._before: Any = None
        self._drawing = False

    # --- from the beginning to the end -----------------------------------------------------------------------------------------------

    def __enter__(self) -> Recorder:
        tape = self._eager
        self._before = state.eager.get(tape.dtype)
        state.eager[tape.dtype], state.step = tape, self
        tape.busy += 1  # it keeps its numbers
        for p in self.parameters:
            entry, _ = import_leaf(tape, p)
            self.inputs.append((entry.slot, entry.slot + entry.size, tuple(p.shape)))
        return self

    def __exit__(self, *error: object) -> None:
        tape = self._eager
        state.step = None
        tape.recorder = None
        tape.busy -= 1
        if state.eager.get(tape.dtype) is tape:
            del state.eager[tape.dtype]
            if self._before is not None:
                state.eager[tape.dtype] = self._before
        for p in self.parameters:
            p._forget()  # type: ignore[attr-defined]
        self._known.clear()

    def refuse(self, why: str) -> None:
        """Note what makes the step one that cannot be replayed; the first reason is kept."""
        if self.why is None and not self._drawing:
            filename, line = calling_line()
            self.why = f"{why} ({filename}:{line})"

    def argument(self, k: int, x: Tensor) -> Tensor:
        """A tensor of the batch, argument k, as the step is given it."""
        if x.dtype.kind != "f":
            return Classes(self, k, x)
        if x.dtype != self._eager.dtype:
            self.refuse(f"a batch of {x.dtype} meets parameters of {self._eager.dtype}; convert it before the step")
            return x
        if not x.requires_grad:
            return recorded(self._leaf(x.detach().values(), lambda tensors: tensors[k].values()))
        entry, found = import_leaf(self._eager, x)
        self._given[id(x)] = k
        return recorded(found)

    def constant(self, tape: Any, t: Tensor, data: NDArray[Any]) -> Any:
        """Another tensor that does not require grad, where it is an operand: read anew by replays."""
        if tape is not self._eager or data.dtype != tape.dtype:
            self._fold([t])
            return data
        found = self._known.get(id(t))
        if found is None:
            self._kept.append(t)
            found = self._known[id(t)] = self._leaf(data, lambda _: t.values())
        return found

    def given(self, values: NDArray[Any], make: Callable[[list[Any]], Any]) -> Tensor:
        """A leaf with values that `make` gives anew, of the tensors of a call."""
        return recorded(self._leaf(values, make))

    def drawn(self, draw: Callable[[], Any]) -> Tensor:
        """What is drawn anew at each step."""
        self._drawing = True
        try:
            return self.given(draw(), lambda _: draw())
        finally:
            self._drawing = False

    def _leaf(self, values: NDArray[Any], make: Callable[[list[Any]], Any]) -> Array:
        hidden = concrete(np.array(values, self._eager.dtype)).requires_grad_()
        self._kept.append(hidden)
        entry, found = import_leaf(self._eager, hidden)
        self.fills.append(((entry.slot, entry.slot + entry.size, tuple(hidden.shape)), make))
        return found

    def truth(self, t: Tensor) -> bool:
        """A truth value that the step decides by: a guard."""
        watching, self.watching = self.watching, False
        try:
            mask = t._array if t.slot < 0 else Array(t.tape, t.slot)
            return bool(np.reshape(mask.truth("the truth value"), ()))
        finally:
            self.watching = watching

    # --- what the step does ----------------------------------------------------------------------------------------------------------

    def swept(self) -> None:
        """A backward pass gives plain values: that of the loss, or one whose results are not on the tape."""
        if self.watching:
            self.refuse("a backward pass that is not recorded gives values; take it with create_graph=True")

    def backward(self, loss: Tensor) -> None:
        """backward() is called: what was recorded so far is the step's forward part."""
        if self.loss is not None:
            self.refuse("backward() is called twice")
        elif loss.tape is not self._eager or loss.numel() != 1:
            self.refuse("backward() is called of something else than a number that was computed in the step")
        else:
            self.loss = loss
            self.tape = self._settled()
            if any(p.info.grad is not None for p in self.parameters):
                self.refuse("gradients are added to those of before; call zero_grad() before backward()")
        self.watching = False

    def graded(self, t: Tensor, gradient: Tensor | None) -> None:
        """A gradient is set, or forgotten."""
        if self.loss is None and gradient is None:
            self.cleared.add(id(t))
        elif self.optimizer is None or gradient is not None:
            self.refuse("a gradient is set, or forgotten between backward() and the optimiser's step")

    def stepped(self, optimizer: Any) -> None:
        """An optimiser makes its step."""
        if self.loss is None or self.optimizer is not None:
            self.refuse("an optimiser steps before backward(), or a second time")
        self.optimizer, self._moving = optimizer, True
        self.used = [p.info.grad is not None for p in self.parameters]

    def moved(self) -> None:
        """The optimiser has made its step."""
        self._moving = False

    def changed(self) -> None:
        """A tensor was changed in place: the optimiser does so, in its step, and a backward pass that adds to gradients of before."""
        if not self._moving and not self._eager.passing:
            self.refuse("a tensor is changed in place")

    def computed(self, tensors: list[Tensor]) -> None:
        """Something is computed of these at once, and is not on the tape: no parameter may have a part in it, as its values change."""
        if self.watching and not self._drawing:
            self._fold(tensors)
        for t in tensors:
            info = getattr(t, "_info", None)
            shared = () if info is None or info.storage is None else info.storage.members
            if self.watching and (t.requires_grad or any((other := ref()) is not None and other.requires_grad for ref in shared)):
                self.refuse("values of a tensor that requires grad are computed with outside of the graph")

    def _fold(self, tensors: list[Tensor]) -> None:
        for t in tensors:
            if t.is_leaf and not t.requires_grad:
                t._share()  # type: ignore[attr-defined]  # from here on its changes are counted
                self.folded.append((weakref.ref(t), t.info.storage.version))  # type: ignore[union-attr]

    # --- the recording ---------------------------------------------------------------------------------------------------------------

    def _settled(self) -> Tape:
        """A tape of what was recorded, on which only the parameters are inputs; the other leaves, and what depends on them alone, have no adjoints."""
        watched = self._eager
        if watched.casts or watched.contexts:
            self.refuse("tensors of two dtypes, or functions with a backward pass in Python, take part")
        if watched.hooked or watched.retained or any(p.info.hooks or p.info.accumulated for p in self.parameters):
            self.refuse("functions are called with gradients, or tensors in between keep theirs")
        known = {start for start, _, _ in self.inputs} | {place[0] for place, _ in self.fills}
        for entry in watched.imports:  # leaves that others train
            leaf = entry.leaf()
            if entry.size and entry.slot not in known:
                if leaf is None:
                    self.refuse("a tensor that requires grad is made in the step")
                    break
                place = (entry.slot, entry.slot + entry.size, tuple(leaf.shape))
                if entry.ends:
                    self._kept.append(leaf)
                    self.fills.append((place, functools.partial(_values_of, leaf)))
                else:
                    self.inputs.append(place)
                    self.others.append(self._given.get(id(leaf), leaf))
        tape = workspace(watched)
        count = watched.count
        tape.opcode, tape.arg0, tape.arg1 = watched.opcode[:count].copy(), watched.arg0[:count].copy(), watched.arg1[:count].copy()
        tape.meta, tape.index = array("i", watched.meta), array("i", watched.index)
        tape.capacity, tape.busy, tape.at_work = count, 0, False
        sizes = lengths(tape.opcode, tape.arg1)
        starts = np.cumsum(sizes) - sizes
        varied, visited = np.zeros(tape.slots, np.uint8), np.ones(count, np.uint8)
        for start, stop, _ in self.inputs:
            varied[start:stop] = 1
        inputs = ((tape.opcode & OPERATION) == INPUT) & (sizes > 0)
        others = inputs & (varied[np.minimum(starts, tape.slots - 1)] == 0)
        tape.opcode[others] += tape.opcode.dtype.type(PARAMETER) - tape.opcode.dtype.type(INPUT)
        tape.bind()
        find_varied(tape, 0, count, 0, varied.ctypes.data, visited.ctypes.data)
        tape.bound_count = -1
        for k in np.flatnonzero((tape.opcode >= RUN) & ((tape.opcode & OPERATION) >= FIRST_OPERATION)).tolist():
            _mark(tape, k, varied)
        return tape


def _values_of(leaf: Tensor, _: Any) -> Any:
    return leaf.values()


def _mark(tape: Tape, k: int, varied: NDArray[np.uint8]) -> None:
    """Flag the operands of a run that no parameter has a part in."""
    op, at, n = int(tape.opcode[k]) - RUN, int(tape.arg0[k]), int(tape.arg1[k])
    meta = tape.meta
    if op < FIRST_STRUCTURAL:
        for ref in range(at, at + REF * int(ARITY[op]), REF):
            if not varied[referenced(tape, ref, n)].any():
                meta[ref] |= INACTIVE
    elif op == MATMUL:
        for operand, flags in zip(matmul.INSTRUCTION.operands(tape, at, n), (at + A_AT + 4, at + B_AT + 4), strict=True):
            if not varied[operand.slots].any():
                meta[flags] |= INACTIVE
    elif op == CALL:
        record = calls.operations.read_meta(meta, at)
        for operand, (_, ref) in zip(calls.INSTRUCTION.operands(tape, at, n), record.operands, strict=True):
            if not varied[operand.slots].any():
                meta[ref] |= INACTIVE
