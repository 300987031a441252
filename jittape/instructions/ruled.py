"""Native instructions that have the rules of a call (instructions/calls) besides: for what native code leaves to Python, a matrix that
LAPACK refuses, say, and for derivatives of derivatives, where they are written with recorded arrays."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from jittape.instructions.base import Instruction, Operand
from jittape.instructions.blocks import Block, dense
from jittape.instructions.calls import operations
from jittape.instructions.references import add_at, run_slots

Shape = tuple[int, ...]


class Seen(NamedTuple):
    """An instruction as the call sees it: its name, operands, attributes, and the shapes of its results."""

    call: str
    operands: list[Operand]
    attributes: tuple[int, ...]
    results: list[Shape]

    @property
    def rules(self) -> operations.Call:
        found = operations.named(self.call)
        assert found is not None
        return found


class Ruled(Instruction):
    def seen(self, tape: Any, at: int, n: int) -> Seen:
        raise NotImplementedError

    def _seen(self, tape: Any, k: int) -> tuple[Seen, int]:
        n = int(tape.arg1[k])
        return self.seen(tape, int(tape.arg0[k]), n), n

    def forward(self, tape: Any, k: int, s: int) -> None:
        seen, _ = self._seen(tape, k)
        results = seen.rules.forward(*[tape.value[x.slots] for x in seen.operands], *seen.attributes)
        for out, z in zip(operations.split(tape.value[s:], seen.results), results, strict=True):
            out[...] = z

    def reverse(self, tape: Any, k: int, s: int) -> None:
        seen, n = self._seen(tape, k)
        adjoint = tape.adjoint[s : s + n].copy()
        tape.adjoint[s : s + n] = 0.0
        if not adjoint.any():
            return
        adjoints, results = operations.split(adjoint, seen.results), operations.split(tape.value[s:], seen.results)
        parts = seen.rules.vjp(adjoints, results, [tape.value[x.slots] for x in seen.operands], seen.attributes)
        for x, part in zip(seen.operands, parts, strict=True):
            if part is not None and not x.constant:
                add_at(tape.adjoint, x.slots, part)

    def tangent(self, tape: Any, k: int, s: int) -> None:
        seen, _ = self._seen(tape, k)
        tangents, values = ([source[x.slots] for x in seen.operands] for source in (tape.tangent_, tape.value))
        parts = seen.rules.jvp(tangents, operations.split(tape.value[s:], seen.results), values, seen.attributes)
        for out, t in zip(operations.split(tape.tangent_[s:], seen.results), parts, strict=True):
            out[...] = t

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        return forwards

    def push_blocks(self, tape: Any, step: Any, value: Any, blocks: dict[int, Block]) -> Block:
        """The rule takes stacks: a seed is an axis before those of the operands."""
        seen = self.seen(tape, step.at, step.n)
        values = [value[x.slots] for x in seen.operands]
        tangents = {e: dense(block).reshape(-1, *values[e].shape) for e, block in blocks.items()}
        return seen.rules.push(tangents, values, operations.split(value[step.first :], seen.results), seen.attributes)

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        seen = self.seen(sweep.tape, at, n)
        g = sweep.gradient(run_slots(slot, n))
        results, adjoints = [], []
        for shape in seen.results:
            size = math.prod(shape)
            results.append(sweep.run_array(slot, shape))
            adjoints.append(g[:size].reshape(shape))
            g, slot = g[size:], slot + size
        parts = seen.rules.vjp(adjoints, results, [sweep.array(x.slots) for x in seen.operands], seen.attributes)
        for x, part in zip(seen.operands, parts, strict=True):
            if part is not None and not x.constant and sweep.active[x.slots].any():
                sweep.add_array(x.slots, np.broadcast_to(part, x.slots.shape))
