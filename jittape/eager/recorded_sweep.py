"""A backward pass as further instructions of its tape, for create_graph=True."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jittape.eager.custom import given
from jittape.eager.hooks import hooked
from jittape.eager.operands import operand
from jittape.eager.tape import EagerTape, Hooked
from jittape.eager.visits import Visit
from jittape.instructions.references import Slots
from jittape.ops.layout import RUN
from jittape.passes.reverse import ReverseSweep
from jittape.tape.decode import Stretch, lengths


class RecordedSweep(ReverseSweep):
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
