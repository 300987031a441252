"""`jittape.checkpoint_loop`: a long loop as one instruction, whose step is recorded once and whose states are kept by a schedule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.array.array import Array
from jittape.array.protocols import tape_of
from jittape.errors import GradientError, RecordingError
from jittape.functional.callables import check_callable
from jittape.functional.leaves import common_dtype, real_leaf
from jittape.functions.hooks import CALLERS, name_of, recordable
from jittape.functions.lift import lift
from jittape.native.refused import refuse
from jittape.ops.layout import C_STATUS, DONE
from jittape.replay import sites
from jittape.replay.checkpoint import Called, PartSite, traced
from jittape.replay.closures import opened
from jittape.replay.compiled import compile_path
from jittape.replay.parts import Way
from jittape.replay.path import COMPILED_AFTER, Replay, cost
from jittape.replay.schedule import advances, enough, schedule
from jittape.sweep.engine import stepping
from jittape.sweep.point.stepping import (
    S_ADJOINT,
    S_INPUT_ADJOINTS,
    S_INPUTS,
    S_KEPT,
    S_NOW,
    S_RESULTS,
    S_ROW,
    S_ROWS,
    S_SHARED,
    S_SHARED_ADJOINTS,
    S_SHAREDS,
    S_STATE,
    S_STATES,
    S_TURN,
    STEPPING,
)
from jittape.tape.loops import enabled

STATE, SHARED, ROW = range(3)
"""What an operand of a loop is to its step: the state before the first, the same for all, a row for each."""
REPEATED = 2
"""How often a step is advanced at most besides, where nothing is said of memory."""
AT_ONCE = 10_000
"""Steps between which an interrupt of the keyboard is met."""
MOST_WAYS = 64
"""Ways that a step may take: as many as are kept."""

Reals = NDArray[Any]


class Loop(sites.Site):
    """A site of a loop.

    Attributes:
        step: the site of its step, whose operands are those of the loop (of an array of rows, one) and the number of the step, and
            whose results are the state.
        roles: STATE, SHARED or ROW, of each operand.
        steps: how many.
        room: for how many states there is memory.
    """

    def __init__(self, step: PartSite, roles: Sequence[int], steps: int, room: int, dtype: np.dtype[Any]) -> None:
        super().__init__()
        self.step, self.roles, self.steps, self.room, self.dtype = step, list(roles), steps, room, dtype
        self.inputs, self.shapes = len(self.roles), step.shapes
        self.of = [[j for j, role in enumerate(self.roles) if role == which] for which in (STATE, SHARED, ROW)]

    def make_pushed(self) -> sites.Site:
        step = self.step.pushed()
        assert isinstance(step, PartSite)
        return Loop(step, self.roles * 2, self.steps, self.room, self.dtype)

    def holds(self) -> tuple[int, int]:
        working, once = self.step.holds()
        states = min(self.room, self.steps) + 1
        numbers = sum(int(np.prod(shape, dtype=np.int64)) for shape in self.shapes)
        return working + states * numbers * self.dtype.itemsize, once * (advances(self.steps, self.room) + self.steps)

    def values(self, operands: Sequence[Any]) -> list[Any]:
        with Run(self, operands) as run:
            run.advance(0, self.steps)
            return run.split(run.now, STATE)

    def pull(self, operands: Sequence[Any], adjoints: Sequence[Any]) -> list[Any]:
        with Run(self, operands) as run:
            return run.reverse(adjoints)


class Run:
    """One way through a loop, or back: memory for it, and the replays that are in use."""

    def __init__(self, loop: Loop, operands: Sequence[Any]) -> None:
        self.loop, self.dtype = loop, loop.dtype
        self.operands = [np.asarray(x, loop.dtype) for x in operands]
        self.shapes = [x.shape[1:] if role == ROW else x.shape for x, role in zip(self.operands, loop.roles, strict=True)]
        self.now = self._joined(STATE)
        self.rows = self._joined(ROW)
        self.contexts: dict[tuple[int, int], _Native | None] = {}
        self.stack = ExitStack()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *error: Any) -> None:
        self.contexts.clear()  # which refer to this
        self.stack.close()

    def _joined(self, which: int) -> Reals:
        """The numbers of the operands of a role, one after the other; of rows, a row a step."""
        found = [self.operands[j] for j in self.loop.of[which]]
        if which == ROW:
            return np.ascontiguousarray(np.concatenate([x.reshape(self.loop.steps, int(np.prod(x.shape[1:], dtype=np.int64))) for x in found], axis=1) if found else np.empty((self.loop.steps, 0), self.dtype))
        return np.concatenate([x.ravel() for x in found]) if found else np.empty(0, self.dtype)

    def split(self, flat: Reals, which: int) -> list[Any]:
        """Such numbers as arrays again, of the last axis of `flat`."""
        out, at = [], 0
        for j in self.loop.of[which]:
            size = int(np.prod(self.shapes[j], dtype=np.int64))
            out.append(flat[..., at : at + size].reshape(flat.shape[:-1] + self.shapes[j]))
            at += size
        return out

    def at(self, t: int) -> list[Any]:
        """The operands of step t, for the state under way."""
        given = {STATE: iter(self.split(self.now, STATE)), ROW: iter(self.split(self.rows[t], ROW)) if self.loop.of[ROW] else iter(())}
        found = [x if role == SHARED else next(given[role]) for x, role in zip(self.operands, self.loop.roles, strict=True)]
        return [*found, self.dtype.type(t)]

    def natives(self, t: int) -> list[_Native]:
        """What takes steps natively, by the ways that are known, that taken last first."""
        found = []
        for way in self.loop.step.ways:
            key = id(way.part), id(way.constants)
            if key not in self.contexts:
                self.contexts[key] = _native(self, way, t)
            native = self.contexts[key]
            if native is not None:
                found.append(native)
        return found

    def advance(self, first: int, end: int, kept: Reals | None = None) -> None:
        """The state under way goes from one step to another; the state before each goes to the rows of `kept`."""
        t = first
        while t < end:
            before = t
            for native in self.natives(t):
                t = native.advance(t, min(end, t + AT_ONCE), None if kept is None else kept[t - first :])
                if t > before:
                    break
            if t > before:
                continue
            if kept is not None:
                kept[t - first] = self.now
            self.now[:] = np.concatenate([np.ravel(z) for z in self.loop.step.values(self.at(t))])
            if len(self.loop.step.ways) >= MOST_WAYS:
                raise RecordingError(
                    f"the step of the loop takes more than {MOST_WAYS} ways: it decides anew, by its number or the state, in step after step. Give what differs "
                    "from step to step by inputs=, and decide by np.where"
                )
            t += 1

    def reverse(self, adjoints: Sequence[Any]) -> list[Any]:
        """The adjoints of the loop's operands, for those of its last state."""
        loop = self.loop
        room = max(min(loop.room, loop.steps), 1)
        store = np.empty((room + 1, self.now.size), self.dtype)
        store[0] = self.now
        self.begin_back()
        self.adjoint[:] = np.concatenate([np.ravel(np.asarray(g, self.dtype)) for g in adjoints]) if adjoints else 0.0
        for action in schedule(loop.steps, room):
            first, end, row = action.first, action.end, action.row
            self.now[:] = store[row]
            if action.what == "advance":
                self.advance(first, end)
                store[row + 1] = self.now
            else:
                self.advance(first, end - 1, store[row:])
                store[row + end - 1 - first] = self.now
                self.back(first, end, store[row:])
        return self.found()

    def begin_back(self) -> None:
        """Adjoints of zero: of the state under way, of what all steps share, and of rows."""
        self.adjoint = np.zeros_like(self.now)
        self.of_shared = np.zeros(sum(self.operands[j].size for j in self.loop.of[SHARED]), self.dtype)
        self.of_rows = np.zeros_like(self.rows)

    def found(self) -> list[Any]:
        """The adjoints of the loop's operands, those of the state before the steps that were gone back through."""
        found = {STATE: iter(self.split(self.adjoint, STATE)), SHARED: iter(self.split(self.of_shared, SHARED)), ROW: iter(self.split(self.of_rows, ROW))}
        return [next(found[role]) for role in self.loop.roles]

    def back(self, first: int, end: int, kept: Reals) -> None:
        """Adjoints through steps whose states are kept."""
        t = end
        while t > first:
            before = t
            for native in self.natives(t - 1):
                start = max(first, t - AT_ONCE)
                t = native.reverse(start, t, kept[start - first :])
                if t < before:
                    break
            if t < before:
                continue
            t -= 1
            self.now[:] = kept[t - first]
            found = self.loop.step.pull(self.at(t), self.split(self.adjoint, STATE))
            parts_ = {which: np.concatenate([np.ravel(found[j]) for j in self.loop.of[which]] or [np.empty(0)]) for which in (STATE, SHARED, ROW)}
            self.adjoint[:] = parts_[STATE]
            self.of_shared += parts_[SHARED]
            self.of_rows[t] = parts_[ROW]


class _Native:
    """Steps by native code, on one way."""

    def __init__(self, run: Run, way: Way, replay: Replay) -> None:
        path = way.part.path
        self.run, self.replay, self.going = run, replay, True

        def slots(which: int) -> NDArray[np.int32]:
            found = [np.arange(*path.inputs[j][:2], dtype=np.int32) for j in run.loop.of[which]]
            return np.concatenate(found) if found else np.empty(0, np.int32)

        results = np.concatenate([np.ravel(o.slots) for o in path.outputs]).astype(np.int32)
        self.lists = [slots(STATE), results, slots(ROW), slots(SHARED)]
        d = self.description = np.zeros(STEPPING, np.int64)
        d[S_STATE], d[S_RESULTS], d[S_ROW], d[S_SHARED] = (a.ctypes.data for a in self.lists)
        d[S_STATES], d[S_ROWS], d[S_SHAREDS] = self.lists[0].size, self.lists[2].size, self.lists[3].size
        d[S_TURN] = path.parameters[0][0] if path.parameters else -1
        d[S_NOW], d[S_INPUTS] = run.now.ctypes.data, run.rows.ctypes.data
        self.forward, self.backward = stepping("advance", run.dtype), stepping("reverse", run.dtype)

    def advance(self, first: int, end: int, kept: Reals | None) -> int:
        tape = self.replay.tape
        if not self.going:
            return first
        self.description[S_KEPT] = 0 if kept is None else kept.ctypes.data
        t = int(self.forward(tape.address, self.description.ctypes.data, first, end, tape.typed_zero))
        self._settle(t == end)
        return t

    def reverse(self, first: int, end: int, kept: Reals) -> int:
        run, tape, d = self.run, self.replay.tape, self.description
        if not self.going:
            return end
        d[S_KEPT], d[S_ADJOINT], d[S_SHARED_ADJOINTS], d[S_INPUT_ADJOINTS] = (a.ctypes.data for a in (kept, run.adjoint, run.of_shared, run.of_rows))
        t = int(self.backward(tape.address, d.ctypes.data, first, end, tape.typed_zero))
        self._settle(t == first)
        return t

    def _settle(self, done: bool) -> None:
        """After a stop: a guard that does not hold leaves all as it was, a sweep that wants Python is begun anew."""
        tape = self.replay.tape
        tape.partial = tape.loops is not None
        if not done and tape.control_view[C_STATUS] != DONE:
            self.replay.forget()
            self.going = False


def _native(run: Run, way: Way, t: int) -> _Native | None:
    """A way's steps by native code, with all that they need compiled; None where Python is in them."""
    path = way.part.path
    if path.report is None and enabled() and not path.planned and run.loop.steps * cost(path.tape) > COMPILED_AFTER:
        compile_path(path)
    replay = run.stack.enter_context(way.part.used(way.constants, run.at(t)))
    try:
        replay.forward()
        replay.pull([])
        return _Native(run, way, replay) if replay.ready() else None
    except Exception:  # what this step cannot do is for Python to say
        return None


# --- what users call -------------------------------------------------------------------------------------------------------------


def checkpoint_loop(step: Callable[..., Any], state: Any, n: int, *args: Any, inputs: Any = None, memory: int | None = None) -> Any:
    """`for i in range(n): state = step(state, i, *args)`, differentiated with memory for a few of its states.

    The step is recorded once and goes on natively. In the reverse sweep states are computed again from others that are kept, by the schedule
    that takes the fewest steps (Griewank and Walther's revolve). See docs/checkpoint.md.

    Args:
        step: a function of (state, i, *args), or of (state, i, x, *args) where there are `inputs`, that returns the next state, of the same
            structure and shapes. i is a recorded number.
        state: numbers, arrays, or a container of them: the state before the first step.
        n: how many steps.
        args: what all steps use. Real numbers and arrays among them are differentiated, others handed over as they are.
        inputs: an array, or a container of arrays, with a row for each step: step i is given row i.
        memory: for how many states there is memory in the reverse sweep. By default for so many that no step is computed more than twice
            before it is reversed: about sqrt(2 n).

    Returns:
        The state after the last step.

    Raises:
        TypeError: the step cannot be called, or `n` or `memory` is no number of steps or states.
        GradientError: the step returns a state of another structure or shape, or `inputs` has another number of rows.
        RecordingError: the step decides anew in step after step.

    Example:
        >>> import numpy as np, jittape as jt
        >>> def decay(x, i, rate):
        ...     return x - 0.001 * rate * x
        >>> f = lambda x, rate: np.sum(jt.checkpoint_loop(decay, x, 1000, rate))
        >>> [np.round(g, 4).tolist() for g in jt.grad(f, (0, 1))(np.array([1.0, 2.0]), 1.0)]
        [[0.3677, 0.3677], -1.1042]
    """
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 0:
        raise TypeError(f"checkpoint_loop takes a number of steps, 0 or more, not {n!r}")
    if memory is not None and (not isinstance(memory, (int, np.integer)) or isinstance(memory, bool) or memory < 1):
        raise TypeError(f"memory is a number of states, 1 or more, not {memory!r}")
    if not callable(step):
        raise TypeError(f"checkpoint_loop takes a function, not {type(step).__name__}")
    if not n:
        return state
    leaves, rebuild = tree.flatten((state, args, inputs))
    closed, remake = opened(step)
    every, count = [*leaves, *closed], len(leaves)
    for kind, call in CALLERS:
        if any(isinstance(x, kind) for x in every):
            return call(lambda *given: _loop(step, list(given), count, rebuild, remake, int(n), memory), *every)
    return _loop(step, every, count, rebuild, remake, int(n), memory)


def _loop(step: Callable[..., Any], every: list[Any], count: int, rebuild: Callable[[list[Any]], Any], remake: Callable[[list[Any]], Any], n: int, memory: int | None) -> Any:
    state, _, inputs = rebuild(every[:count])
    name = name_of(check_callable(step))
    rows = len(tree.flatten(inputs)[0])
    own, rebuild_state = tree.flatten(state)
    roles = [STATE] * len(own) + [SHARED] * (count - len(own) - rows) + [ROW] * rows + [SHARED] * (len(every) - count)
    given = [x if role == SHARED else real_leaf(x, WHERE[role]) for x, role in zip(every, roles, strict=True)]
    for x, role in zip(given, roles, strict=True):
        if role == ROW and np.shape(x)[:1] != (n,):
            raise GradientError(f"inputs has a row for each of the {n} steps of {name}; one of its arrays has shape {np.shape(x)}")
    if not own:
        raise GradientError("checkpoint_loop needs a state of real numbers")
    places = [k for k, x in enumerate(given) if _real(x)]
    roles, operands, static = [roles[k] for k in places], [given[k] for k in places], [None if _real(x) else x for x in given]
    tape = tape_of(operands)
    dtype = tape.dtype if tape is not None else common_dtype(operands, operands)
    operands = [x if isinstance(x, Array) else np.asarray(x, dtype) for x in operands]
    shapes = [np.shape(x) for x in own]

    def part(operands: Sequence[Any], others: Sequence[Any]) -> Any:
        full = list(static)
        for k, x in zip(places, operands, strict=True):
            full[k] = x
        before, args, row = rebuild(full[:count])
        after = recordable(remake(full[count:]))(before, *others, *((row,) if rows else ()), *args)
        found = tree.aligned(after, before)
        if found is None:
            raise GradientError(f"{name} was given a state of the structure {tree.describe(before)} and returned {tree.describe(after)}")
        if [np.shape(x) for x in found] != shapes:
            raise GradientError(f"{name} was given a state of shapes {shapes} and returned one of shapes {[np.shape(x) for x in found]}")
        return [lift(tape_of(operands), x) for x in found]

    values = [x.value() if isinstance(x, Array) else x for x in operands]
    first = [v[0] if role == ROW else v for v, role in zip(values, roles, strict=True)]
    math = "fast" if tape is None else tape.math
    way, _ = traced(f"the step {name} of a loop", tape, operands, part, [x if np.ndim(x) else dtype.type(x) for x in first], [dtype.type(0)], math)
    site = Loop(Called(part, None, math, way, len(first)), roles, n, enough(n, REPEATED) if memory is None else int(memory), dtype)
    found = site.values(values) if tape is None else sites.record(site, operands)
    return rebuild_state([x if isinstance(x, Array) or np.ndim(x) else np.asarray(x)[()] for x in found])


WHERE = {STATE: "a leaf of the state", ROW: "a leaf of inputs"}


def _real(x: Any) -> bool:
    return isinstance(x, (Array, float, np.floating)) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")


refuse(checkpoint_loop, "jittape.checkpoint_loop")
