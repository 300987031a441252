"""Dense Jacobians of a path: by linear programs, by blocks of seeds, or by a sweep a seed.

Forwards where there are no more variables than results, else backwards. Which of the ways it is follows from what each takes, estimated from the recording:

* **blocks** (passes/blocks.py), where they take less than sweeps;
* **a linear program** (passes/linear.py), where that takes less than these: from the first call on if it is made quickly, else from the call on before
  which the others have taken as long as it takes to make it;
* **sweeps**, a seed each, else. They also find what is not finite: the others do not know that zero times infinity contributes zero.
"""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.functional.complexes import has_parts
from jittape.instructions.base import Refused
from jittape.instructions.blocks import NotFinite, finite
from jittape.passes import costs
from jittape.passes.blocks import Blocks
from jittape.passes.linear import Linear, time_to_make
from jittape.passes.terms import length
from jittape.replay.path import Path, Replay

AT_ONCE = 2e-2
"""Seconds up to which linear programs are made in the first call, so that all calls have the same last digits."""


class _Due:
    """From which call on there are linear programs: when what was done until then took as long as it takes to make them.

    Args:
        seeds: how many there are.
        other: about how many seconds a call takes without.
        blocks: whether blocks of seeds are what is done without.
    """

    def __init__(self, path: Path, seeds: int, other: float, blocks: bool = False) -> None:
        self.other, self.blocks = other, blocks
        self.calls = self.due = 0
        self.made = False
        try:
            terms = length(path.tape) if seeds > 1 else 0
        except Refused:
            return
        if terms and (not blocks or terms * costs.TERM < other):
            takes = time_to_make(terms, seeds, path.tape.dtype)
            self.due = 1 if takes < AT_ONCE else 1 + math.ceil(takes / other)

    def now(self) -> bool:
        """Whether they are to be made in this call, which is counted."""
        self.calls += 1
        if not self.due or self.made or self.calls < self.due:
            return False
        self.made = True
        return True

    def pays(self, path: Path, *programs: Linear) -> bool:
        """Whether these are the faster way."""
        values = costs.values(path.tape) if not self.blocks and (path.replayed.loops is not None or path.planned) else 0.0
        return sum(p.cost for p in programs) + values < self.other


class Jacobians:
    """How the Jacobian of a path is found.

    Args:
        inputs: how many of the path's it is by, from the first one on; None for all.

    Attributes:
        blocks, linear: None where it is not found by them (or not yet).
    """

    def __init__(self, path: Path, inputs: int | None = None) -> None:
        self.inputs = [(a, b) for a, b, _ in path.inputs[:inputs]]
        self.outputs = [np.empty(0, np.int32) if not isinstance(o, Array) or o.is_mask else o.slots.reshape(-1) for o in path.outputs]
        self.rows, self.columns = sum(o.size for o in self.outputs), sum(b - a for a, b in self.inputs)
        self.forwards = self.columns <= self.rows
        self.blocks: Blocks | None = None
        self.linear: Linear | None = None
        with contextlib.suppress(Refused):
            self.blocks = Blocks(path.tape, self.inputs, self.outputs)
        seeds = min(self.rows, self.columns)
        self.due = _Due(path, seeds, self.blocks.cost if self.blocks else seeds * costs.sweep(path.tape, path.report), self.blocks is not None)

    def _make(self, path: Path) -> None:
        """Make the linear program, if it is the faster way."""
        with contextlib.suppress(Refused):
            found = Linear(path.tape, self.inputs, self.outputs, self.forwards)
            if self.due.pays(path, found):
                self.linear = found

    def __call__(self, replay: Replay, out: NDArray[Any] | None = None) -> list[Any] | None:
        if self.due.now():
            self._make(replay.path)
        if self.linear is None and self.blocks is None:
            return None
        replay.evaluate()
        if self.linear is None:
            try:
                return self.blocks(replay.value)  # type: ignore[misc]
            except NotFinite:
                return None
        return self.linear.jacobian(replay.value, self.inputs, out)


class Compressed:
    """Products of a path's Jacobian with the directions of a colouring, by linear programs.

    Args:
        plan: a `JacobianPlan`.
        slots: of the result.
    """

    def __init__(self, path: Path, plan: Any, slots: NDArray[Any]) -> None:
        self.plan, self.slots = plan, slots
        self.programs: list[Linear] = []
        self.due = _Due(path, plan.count, plan.count * costs.sweep(path.tape, path.report))

    def _make(self, path: Path) -> None:
        tape, dtype = path.tape, path.tape.dtype
        inputs = [(a, b) for a, b, _ in path.inputs]
        with contextlib.suppress(Refused):
            found = [
                Linear(tape, inputs, [self.slots], forwards, np.array([*seeds], dtype))
                for seeds, count, forwards in ((self.plan.column_seeds(), self.plan.columns, True), (self.plan.row_seeds(), self.plan.rows, False))
                if count
            ]
            if self.due.pays(path, *found):
                self.programs = found

    def __call__(self, replay: Replay, compressed: NDArray[Any]) -> bool:
        """Write the products to the flat array that the plan takes them from; whether they are there now."""
        if self.due.now():
            self._make(replay.path)
        if not self.programs:
            return False
        replay.evaluate()
        parts = [part for part in self.plan.parts(compressed) if part.size]
        for program, part in zip(self.programs, parts, strict=True):
            program(replay.value, part.T)
        return finite(compressed)


def jacobian(replay: Replay, out: NDArray[Any] | None = None) -> list[Any] | None:
    """The columns [results, numbers of the input] of each input after `forward`; None where sweeps are due.

    Args:
        out: [results, numbers of the input], which may be written to, and is what is returned then; where there is one input.
    """
    path = replay.path
    if path.jacobians is None:
        path.jacobians = Jacobians(path)
    return path.jacobians(replay, out)  # type: ignore[no-any-return]


def dense(function: Any, args: Any, out: Any, parameters: dict[str, Any]) -> Any:
    """`Function.jacobian`: what the ways above find, else sweeps, in the structure of the result."""
    use = function._forward(args, parameters)
    path, replay = use.replay.path, use.replay
    if function._complex and has_parts(path.rebuild_output(list(range(len(path.outputs))))):
        use.end()
        raise GradientError(
            f"jacobian: {function.name} has a complex result by a complex argument, which has four real derivatives; record "
            "jittape.jacobian(f, holomorphic=True) of an analytic function, or call F.jvp or F.vjp (docs/complex.md)"
        )
    shapes = [o.shape if isinstance(o, Array) else np.shape(o) for o in path.outputs]
    sizes = [math.prod(shape) if isinstance(o, Array) and not o.is_mask else 0 for o, shape in zip(path.outputs, shapes, strict=True)]
    columns = sum(stop - start for start, stop, _ in path.inputs)
    given = None
    if out is not None and function._one_array and len(sizes) == 1:
        function._check_out([out], [shapes[0] + function.shapes[0]])
        given = out.reshape(sizes[0], columns) if out.flags.c_contiguous and sizes[0] and columns else None
    found = jacobian(replay, given)
    if found is not None and given is not None and len(found) == 1 and found[0] is given:
        use.replay.prepare()
        use.end()
        return out
    if found is not None and len(found) == len(sizes) == 1 and out is None:
        use.replay.prepare()
        use.end()
        return path.rebuild_output([function._structured([found[0].reshape(shapes[0] + function.shapes[0])[()]])])
    blocks = [[np.zeros(rows + shape, function._dtype) for shape in function.shapes] for rows in shapes]
    if out is not None:
        if len(blocks) != 1 or not function._one_array:
            raise ValueError("out needs a function of one array with one result; leave it away")
        function._check_out([out], [blocks[0][0].shape])
        if out.flags.c_contiguous:
            out[...] = 0.0
            blocks = [[out]]
    if found is not None:
        ends = np.cumsum([0, *sizes])
        for k, row in enumerate(blocks):
            for block, matrix in zip(row, found, strict=True):
                block[...] = matrix[ends[k] : ends[k + 1]].reshape(block.shape) if sizes[k] else 0.0
    else:
        _by_sweeps(replay, blocks, sizes, function.shapes)
    use.end()
    if out is not None:
        if blocks[0][0] is not out:
            out[...] = blocks[0][0]
        return out
    return path.rebuild_output([function._structured([b[()] for b in row]) for row in blocks])


def _by_sweeps(replay: Replay, blocks: list[list[Any]], sizes: list[int], shapes: list[tuple[int, ...]]) -> None:
    """Fill the blocks of results, of so many elements, by arguments of these shapes: by a sweep a variable or a result, whichever are fewer."""
    path = replay.path
    if sum(stop - start for start, stop, _ in path.inputs) < sum(sizes):
        tangents = [np.zeros(stop - start, blocks[0][0].dtype) for start, stop, _ in path.inputs]
        for j, t in enumerate(tangents):
            for i in range(t.size):
                t[i] = 1.0
                for k, column in enumerate(replay.push(tangents)):
                    if sizes[k]:
                        _flat(blocks[k][j], shapes[j])[..., i] = column
                t[i] = 0.0
        return
    for k, o in enumerate(path.outputs):
        if sizes[k]:
            for place in np.ndindex(o.shape):
                row = [block[place] if block.ndim > len(place) else _element(block, place) for block in blocks[k]]
                replay.pull([(o.slots[place].reshape(1), 1.0)], row)


def _flat(block: Any, shape: tuple[int, ...]) -> Any:
    """A view of a Jacobian block with the argument's axes as one."""
    return block.reshape(*block.shape[: block.ndim - len(shape)], -1)


def _element(block: Any, place: tuple[int, ...]) -> Any:
    """A view of one element, for a derivative by a number."""
    return block[(*(slice(i, i + 1) for i in place), ...)].reshape(())
