"""A checkpointed part: one recorded path of a function, swept forward anew whenever something is asked of it.

Parts of one tape are equal where nothing but their constants differs (`Way`), so that a loop whose turns call a part keeps its
recording once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.state import state
from jittape.functional.trace import Trace
from jittape.ops.layout import CONSTANT, INPUT, OPERATION
from jittape.passes.renumber import prune
from jittape.passes.reroll import writable
from jittape.passes.reverse import ReverseSweep
from jittape.replay.path import Path, Replay
from jittape.tape.decode import lengths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jittape.replay.path import Place
    from jittape.tape.tape import Tape

PARTS: WeakValueDictionary[bytes, Part] = WeakValueDictionary()
"""By what they record."""


class Part:
    """A path, the constants that it was recorded with, and what was derived of it.

    Attributes:
        path: the recording; its inputs are the differentiated operands, its parameters the others.
        constants: the values of its constants, in the order of `slots`.
        derived: the parts of values and tangents, by the bytes of the constants that they are for.
    """

    def __init__(self, path: Path, slots: NDArray[np.int32], constants: NDArray[Any]) -> None:
        self.path, self.slots, self.constants = path, slots, constants
        self.derived: list[tuple[NDArray[Any], Part]] = []
        self.shapes = [o.shape for o in path.outputs]
        self.several = False
        """Whether there are ways of other constants, so that each use writes its own."""

    @contextmanager
    def used(self, constants: NDArray[Any], operands: Sequence[Any]) -> Iterator[Replay]:
        """A replay with these constants and operands in place, which is given back at the end."""
        pool = self.path.pool
        try:
            replay = pool.pop()
        except IndexError:
            replay = self.path.another()
        try:
            if self.several:
                replay.value[self.slots] = constants
            for view, x in zip((*replay.inputs, *replay.parameters), operands, strict=True):
                view[...] = x
            yield replay
        except BaseException:  # it may be half way
            replay.forget()
            raise
        finally:
            pool.append(replay)


class Way(NamedTuple):
    """A part, and the constants that a call takes it with."""

    part: Part
    constants: NDArray[Any]


def results(replay: Replay) -> list[Any]:
    """The results of a replay that has gone forward, truth values as numbers."""
    value = replay.value
    return [value[o.slots] for o in replay.path.outputs]


def pulled(replay: Replay, adjoints: Sequence[Any]) -> list[Any]:
    """The adjoints of the inputs of such a replay."""
    return replay.pull([(o.slots, g) for o, g in zip(replay.path.outputs, adjoints, strict=True) if not o.is_mask])


def pushed(replay: Replay, tangents: Sequence[Any]) -> list[Any]:
    """The tangents of its results."""
    return replay.push(tangents)


# --- recording -----------------------------------------------------------------------------------------------------------------


def trace_part(f: Callable[..., Any], inputs: Sequence[Any], others: Sequence[Any], math: str) -> tuple[Way, Trace]:
    """Record `f(inputs, others)` on a tape of its own; equal recordings are one part."""
    outer, state.tapes = state.tapes, []
    try:
        trace = Trace(f, [list(inputs)], {}, (0,), replayable=True, parameters={"others": list(others)} if others else None, math=math)
    finally:
        state.tapes = outer
    trace.end()
    tape = trace.tape
    tape.evaluate()
    slots = _constants(tape)
    constants = tape.value[slots]
    outputs = [o for o in trace.outputs if isinstance(o, Array)]
    key = _key(trace, outputs)
    part = PARTS.get(key)
    if part is None:
        places = [[(base := int(s.flat[0]) if s.size else 0, base + s.size, shape) for s, shape in group] for group in (trace.inputs, trace.parameters)]
        part = Part(Path(tape, places[0], places[1], outputs, list, trace.forms), slots, constants)
        PARTS[key] = part
    elif constants.tobytes() == part.constants.tobytes():
        constants = part.constants
    else:
        part.several = True
    return Way(part, constants), trace


def _constants(tape: Tape) -> NDArray[np.int32]:
    """The slots of constants."""
    opcode = tape.opcode[: tape.count]
    sizes = lengths(opcode, tape.arg1[: tape.count])
    found: NDArray[np.int32] = np.flatnonzero(np.repeat((opcode & OPERATION) == CONSTANT, sizes)).astype(np.int32)
    return found


def _key(trace: Trace, outputs: Sequence[Array]) -> bytes:
    """What a recording is, but for the values of its leaves."""
    tape = trace.tape
    n = tape.count
    digest = hashlib.blake2b(digest_size=32)
    described = [(int(s.flat[0]) if s.size else 0, shape) for s, shape in (*trace.inputs, *trace.parameters)]
    guards = tape.guards
    kinds = [] if guards is None else [guards[i][:3:2] for i in range(len(guards))]
    digest.update(repr((tape.dtype.name, tape.math, len(trace.inputs), described, [(o.shape, o.is_mask) for o in outputs], trace.forms, kinds)).encode())
    for a in (tape.opcode[:n], tape.arg0[:n], tape.arg1[:n], np.array(tape.meta, np.int32), np.array(tape.index, np.int32)):
        digest.update(f"{a.size} ".encode())
        digest.update(a.tobytes())
    for o in outputs:
        digest.update(o.slots.tobytes())
    if guards is not None:
        for raw in (guards.slots.tobytes(), guards.expected.tobytes(), guards.outcomes()):
            digest.update(raw)
    return digest.digest()


# --- tangents ------------------------------------------------------------------------------------------------------------------


def with_tangents(part: Part, constants: NDArray[Any], values: NDArray[Any]) -> Part:
    """The part of (inputs, their tangents) -> (results, their tangents).

    The reverse sweep is linear in its seeds u, and its own reverse sweep, seeded by tangents of the inputs, is the forward one. It
    holds where lengths are zero that are so at `values`, those of a replay, and no others are (passes/singular.py).
    """
    path = part.path
    tape, to = writable(path.shown())
    leaves = [to[start:stop] for start, stop, _ in path.inputs]
    for start, stop, _ in (*path.inputs, *path.parameters):
        tape.value[to[start:stop]] = values[start:stop]
    tape.value[to[part.slots]] = constants
    tape.constants.clear()  # it knew them as those of another way
    tape.done = tape.done_slots = 0
    outputs = [Array.of(tape, to[np.atleast_1d(o.slots).reshape(-1)]) for o in path.outputs]
    real = [i for i, o in enumerate(path.outputs) if not o.is_mask and o.size]
    seeds = [Array.of_run(tape, tape.append_leaf(np.zeros(outputs[i].size), CONSTANT), (outputs[i].size,)) for i in real]
    directions = [Array.of_run(tape, tape.append_leaf(np.zeros(stop - start), INPUT), (stop - start,)) for start, stop, _ in path.inputs]
    start, slot = tape.count, tape.slots
    first = ReverseSweep(tape, 0, 0, leaves)
    for i, u in zip(real, seeds, strict=True):
        first.seed(outputs[i].slots, u)
    first.run()
    first.guard()
    gradient = [first.gradient(slots) for slots in leaves]
    first.close()
    second = ReverseSweep(tape, start, slot, [u.slots for u in seeds])
    for g, v in zip(gradient, directions, strict=True):
        second.seed(g.slots, v)
    second.run()
    found = dict(zip(real, [second.gradient(u.slots) for u in seeds], strict=True))
    second.close()
    zero = tape.constant(0.0)
    tangents = [found[i].slots if i in found else np.full(o.size, zero, np.int32) for i, o in enumerate(outputs)]
    return _pruned(path, tape, to, [*(o.slots for o in outputs), *tangents], directions)


def _pruned(path: Path, tape: Tape, to: NDArray[np.int32], roots: list[Any], directions: list[Array]) -> Part:
    """The part of what some slots of such a tape need."""
    tape.evaluate()
    new, by = prune(tape, roots)

    def place(s: int, size: int, shape: Any) -> Place:
        return (s + int(by[s]), s + int(by[s]) + size, shape) if size else (0, 0, shape)

    outputs = []
    for slots, o in zip(roots, (*path.outputs, *path.outputs), strict=True):
        moved = (slots + by[slots]).astype(np.int32)
        a = Array.of(new, moved.reshape(o.shape)) if o.shape or not o.size else Array(new, int(moved[0]))
        outputs.append(a)
    new.end()
    inputs, parameters = ([place(int(to[a]) if b > a else 0, b - a, shape) for a, b, shape in group] for group in (path.inputs, path.parameters))
    along = [place(int(v.slots.flat[0]) if v.size else 0, v.size, shape) for v, (_, _, shape) in zip(directions, path.inputs, strict=True)]
    return Part(Path(new, [*inputs, *along], parameters, outputs, list, path.forms), np.empty(0, np.int32), np.empty(0, new.dtype))

