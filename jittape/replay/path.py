"""A recorded path of a function and its replays: what the code took at one point, and memory to take it again at others.

A path is fixed once it is recorded. Each replay under way has a `Replay` of its own (values, adjoints, buffers), so that
several threads, or a signal handler, may replay one path at once; idle ones wait in the path's pool.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.layout import form
from jittape.compiler.ndarrays import known
from jittape.instructions.references import Slots, add_at, is_shared
from jittape.ops.layout import (
    C_AT_SLOT,
    C_BUFFER,
    C_DTYPE,
    C_DUE,
    C_ENDING,
    C_EXPECTED,
    C_FAILED,
    C_FORWARD,
    C_GUARD_SLOTS,
    C_GUARDS,
    C_HITS,
    C_INPUT,
    C_INPUTS,
    C_NDARRAY,
    C_NDIM,
    C_REVERSE,
    C_SEED,
    C_SHAPE,
    C_WHOLE,
    CALL,
    DUE,
    GUARD,
    NEVER,
    ONLY,
    RUN,
    UNFIT,
    UNSWEPT,
)
from jittape.passes.pieces import pieced
from jittape.passes.split import split
from jittape.passes.stored import stored
from jittape.passes.unroll import unroll
from jittape.replay import divided
from jittape.replay.builtins import BOTH, GRADIENT, VALUE, builtins_of
from jittape.sweep.engine import LOOPS
from jittape.sweep.point.enter import ARRAY, B_DESCRIPTION, B_STATUS, NUMBER, STAND, WORDS
from jittape.tape.guards import HOLDS
from jittape.tape.loops import enabled
from jittape.tape.tape import STATUS, Tape
from jittape.tape.workspace import workspace

COMPILED_AFTER = 0.3
"""Seconds of replays after which a path's loops are compiled: from there on that pays, if the function is used as long again."""
FEWEST = 20
"""Replays before that."""
CALL_COST, SCALAR_COST, ELEMENT_COST = 0.3e-6, 6e-9, 1.5e-9
"""Seconds that a replay takes, and for each scalar instruction, and for each element of runs."""
Place = tuple[int, int, tuple[int, ...]]
"""First slot, end and shape of an input or a parameter."""


class Path:
    """One recorded way through a function.

    Attributes:
        tape: the recording.
        inputs, parameters: where the leaves of the arguments and of the parameters stand.
        outputs: the leaves of the result: recorded arrays, or plain values that do not depend on the arguments.
        seed: the slot of the result where it is one recorded number, of whatever axes, else -1.
        forms: layouts of the first leaves of the arguments that the path is for (`array.layout.form`; ... is any); None if for all.
    """

    def __init__(self, tape: Tape, inputs: Sequence[Place], parameters: Sequence[Place], outputs: list[Any],
                 rebuild_output: Callable[[list[Any]], Any], forms: Sequence[Any] | None = None, planned: bool = True) -> None:  # fmt: skip
        self.tape = tape
        self.forms = forms
        self.inputs, self.parameters = list(inputs), list(parameters)
        self.outputs = outputs
        self.rebuild_output = rebuild_output
        one = outputs[0] if len(outputs) == 1 and isinstance(outputs[0], Array) else None
        self.seed = -1 if one is None or one.size != 1 or one.is_mask else int(one.slots.flat[0])
        self.constant = len(outputs) == 1 and not isinstance(outputs[0], Array) and np.size(outputs[0]) == 1
        """Whether the result is one number that does not depend on the arguments."""
        self.results = [_reader(o) if isinstance(o, Array) else None for o in outputs]
        self.counter = np.zeros(1, np.int64)
        self.due = NEVER
        """After how many replays its loops are compiled."""
        self.pushes = 0
        """How often tangents were found."""
        self.tangents_due = NEVER
        """After how many times loops that are compiled have kernels for them."""
        self.threads: int | None = 1
        """How many threads share long loops, once these are compiled; None is one a processor."""
        self.report: Any = None
        """What became of its loops, once they were compiled (replay/compiled.py)."""
        self.sparse: dict[str, Any] = {}
        """Plans of sparse derivatives: see replay/sparse.py."""
        self.blocks: Any = None
        """How the Hessian is found by blocks of seeds (passes/blocks.py), of a path that computes a gradient."""
        self.jacobians: Any = None
        """How Jacobians are found, once one was asked for: see replay/jacobians.py."""
        self.lanes: dict[Any, Any] = {}
        """Programs of lanes, and their idle memory, by what they are for: see replay/batch.py."""
        self.shape = np.array(self.inputs[0][2], np.int64)
        guards = tape.guards
        self.guard_slots = np.empty(0, np.int32) if guards is None else guards.slots
        self.expected = np.empty(0) if guards is None else guards.expected + 0.0
        self.reusable = not np.isnan(self.expected).any()
        """Whether other points may take this path: nothing was decided by a NaN."""
        self._key = self.expected.tobytes()
        tape.reserve_slots(tape.slots)
        swept = tape
        if planned:  # else replays keep the values of all slots
            swept = split(tape) or tape
            swept = pieced(swept) or swept
            swept.make_plan([*(o.slots.ravel() for o in outputs if isinstance(o, Array)), self.guard_slots])
        self.planned = swept.plan is not None
        """Whether replays leave out of main memory what they can: the path is long."""
        self._guards = [] if guards is None else [(e.start, e.stop, e.kind) for e in map(guards.__getitem__, range(len(guards)))]
        self._stops = [stop for _, stop, _ in self._guards]
        self.native = self.quick = False
        """Whether one native call goes through the path: no plan, no Python operation, inputs that follow each other; and whether
        that call may take the argument's array as it is, and has one number as the result."""
        self.settle(swept)
        if enabled() and planned:  # compiled loops do not keep all values either
            self.due = self.tangents_due = max(FEWEST, int(COMPILED_AFTER / cost(tape)))
        self.replayed = (unroll(swept) if self.native else None) or swept
        """The tape that replays sweep: the recording, with runs over pieces split and short runs unrolled."""
        self.pool = [Replay(self, self.replayed)]

    def drop(self) -> None:
        """Let go of idle replays, which refer to the path: its memory is free as soon as nobody uses it."""
        self.pool, self.lanes = [], {}

    def compile_soon(self) -> None:
        """Compile the loops in the background; replays use them from then on."""
        from jittape.replay.compiled import compile_soon  # for start-up

        self.due = NEVER
        compile_soon(self)

    def share(self, threads: int | None) -> None:
        """Let replays use so many threads, from the next one on."""
        if threads != self.threads:
            self.threads = threads
            self.shared()

    def shared(self) -> None:
        """Find out which of its compiled loops threads share."""
        from jittape.replay.shares import shares  # for start-up

        tape = self.replayed
        if tape.loops is not None:
            tape.loops.shares = shares(tape, self.threads, 0 if self.seed < 0 else sum(stop - start for start, stop, _ in self.inputs))
            self.pool = []

    def counted(self) -> None:
        """Note a replay; its loops are compiled once there were enough."""
        self.counter += 1
        if self.counter[0] >= self.due:
            self.compile_soon()

    def pushed(self) -> None:
        """Note a sweep of tangents; once there were enough, its kernels in loops that are compiled are compiled, too."""
        self.pushes += 1
        loops = self.replayed.loops
        if self.pushes >= self.tangents_due and loops is not None and not loops.has_tangents:
            from jittape.replay.compiled import compile_soon, compile_tangents  # for start-up

            self.tangents_due = NEVER
            compile_soon(self, compile_tangents)

    def settle(self, tape: Tape) -> None:
        """Find out how replays that sweep this tape may be called."""
        self.native = tape.plan is None and not (tape.opcode[: tape.count] == RUN + CALL).any() and _one_run(self.inputs)
        one_array = len(self.inputs) == 1 and self.inputs[0][2] != ()
        self.quick = self.native and known() and one_array and _bare(self.outputs, self.rebuild_output) and self.takes_c_order()

    def takes(self, leaves: Sequence[Any]) -> bool:
        """Whether the path is for arguments laid out in memory as these are."""
        return self.forms is None or all(f is ... or f == form(x) for f, x in zip(self.forms, leaves, strict=False))

    def takes_c_order(self) -> bool:
        return self.forms is None or all(f in (..., ()) for f in self.forms)

    def shown(self) -> Tape:
        """The recording, with the values of a replay where there was one."""
        tape, replayed = self.tape, self.replayed
        if replayed is not tape and replayed.done == replayed.count:
            tape.done, tape.done_slots, tape.partial = tape.count, tape.slots, replayed.partial
        return tape

    @property
    def hits(self) -> int:
        """How often the path was replayed, batches counted by point (threads at the same time may be counted as one)."""
        return int(self.counter[0])

    def another(self) -> Replay:
        """One more replay, for use at the same time as the others."""
        return Replay(self, workspace(self.replayed))

    def begins_as(self, other: Path, failed: int, values: NDArray[Any]) -> bool:
        """Whether this path may be due where guard `failed` (a place of `expected`) of another one does not hold.

        The function is deterministic: paths that decide alike up to some guard have the same next guard. So this one has
        the decisions of the other before that guard, and there what came out for these values of the other's slots. A
        guard of an order says only whether the recorded one holds; then every path that begins alike may be due, however
        many comparisons its own order rests on.
        """
        start, stop, kind = other._guards[bisect_right(other._stops, failed)]
        if self._key[: 8 * start] != other._key[: 8 * start]:
            return False
        if kind == HOLDS:
            return True
        return self.expected.size >= stop and bool((self.expected[start:stop] == values[other.guard_slots[start:stop]]).all())

    def decides_as(self, other: Path) -> bool:
        """Whether two paths took the same decisions, orders included; then they are the same."""
        mine, theirs = self.tape.guards, other.tape.guards
        if mine is None or theirs is None:
            return mine is theirs and self.forms == other.forms
        return self.reusable and self.forms == other.forms and self._key == other._key and mine.outcomes() == theirs.outcomes()

    def describe(self, failed: int, values: NDArray[Any]) -> str:
        """What guard `failed` decided, and what it is for these values."""
        guards = self.tape.guards
        return "" if guards is None else guards.describe(guards.entry_of(failed), values)

    def __repr__(self) -> str:
        return f"<path of {self.tape.count:,} instructions and {self.expected.size:,} guards, replayed {self.hits:,} times>"


def cost(tape: Tape) -> float:
    """About how many seconds a replay takes, there and back."""
    opcode = tape.opcode[: tape.count]
    scalars = int(np.count_nonzero(opcode < RUN))
    return CALL_COST + SCALAR_COST * scalars + ELEMENT_COST * (tape.slots - scalars)


def _one_run(places: Sequence[Place]) -> bool:
    return all(a[1] == b[0] for a, b in zip(places, places[1:], strict=False))


def _bare(outputs: list[Any], rebuild: Callable[[list[Any]], Any]) -> bool:
    """Whether the result is one recorded number in no container."""
    o = outputs[0] if len(outputs) == 1 else None
    return isinstance(o, Array) and o.shape == () and not o.is_mask and rebuild(outputs) is o


def _reader(out: Array) -> tuple[Any, tuple[int, ...], bool]:
    """(slot, slice or slots of a result, its shape, whether it is a truth value)."""
    slots = out.slots
    if slots.ndim == 0:
        return int(slots), (), out.is_mask
    if slots.size and is_shared(slots) and slots.flags.c_contiguous:
        return slice(int(slots.flat[0]), int(slots.flat[0]) + slots.size), slots.shape, out.is_mask
    return slots.ravel(), slots.shape, out.is_mask


class Replay:
    """Memory of one replay of a path, and its sweeps.

    Attributes:
        tape: a tape of the path's instructions with values of its own.
        inputs, parameters: views of the values, of the leaves' shapes; written before `forward`.
    """

    __slots__ = ("alone", "buffer", "divided", "gradients", "inputs", "left", "native", "parameters", "passed", "path", "quick", "swept", "tape", "value")

    def __init__(self, path: Path, tape: Tape) -> None:
        self.path, self.tape = path, tape
        self.value = tape.value
        self.inputs = [self.value[a:b].reshape(shape) for a, b, shape in path.inputs]
        self.parameters = [self.value[a:b].reshape(shape) for a, b, shape in path.parameters]
        self.native: Any = None
        """Builtins for what stands in `inputs`, once everything that they need is compiled, at VALUE, GRADIENT, BOTH."""
        self.quick: Any = None
        """Builtins (x, out) for the argument as it comes: at VALUE, GRADIENT, BOTH. Each of these stands beside its description."""
        self.buffer = self.value[:0]
        self.gradients: list[Any] = []
        """Where a native call writes the gradient: views of `buffer`, of the leaves' shapes."""
        self.divided: Any = None
        """Value and gradient by several threads (replay/divided.py), where these are wanted."""
        self.alone: list[bool] | None = None
        """Inputs whose adjoints sweeps store, so that they need not be zero before; None until that is asked."""
        self.left: Any = None
        """The adjoints that `leave` left the gradient in."""
        self.swept = False
        """Whether the last `forward` has written the gradient to `gradients`."""
        self.passed = False
        """Whether it has left it in the adjoints, of which `gradient` takes it."""

    def forward(self, wanted: int = VALUE) -> int:
        """Values for what stands in `inputs`; the place of the first guard that does not hold, or -1.

        Where the gradient is wanted, too, and one native call does that of the path, it comes with them (`swept`); where only that is wanted
        (GRADIENT), the result itself may be left out.
        """
        tape, path = self.tape, self.path
        self.swept = False
        if self.left is not None:
            self._wipe()
        if self.passed:  # the gradient of an interrupted call
            self.passed = False
            self.forget()
        if self.divided is not None and wanted != VALUE:
            first, stop = path.inputs[0][0], path.inputs[-1][1]
            self.divided.find(self.value[first:stop], self.buffer, wanted == GRADIENT)
            tape.partial = self.swept = True
            return -1
        if self.native is not None:
            call, words = self.native[wanted if path.seed >= 0 else VALUE]
            found = call()
            if found is None and words[B_STATUS] == DUE:
                path.compile_soon()
                found = call()
            tape.partial = tape.loops is not None
            if found is not None:
                self.swept = wanted != VALUE and path.seed >= 0
                return -1
            if words[B_STATUS] == GUARD:
                return int(tape.control_view[C_FAILED])
            self.forget()
        slots, expected = path.guard_slots, path.expected
        try:
            self.passed = wanted != VALUE and not expected.size and tape.replay_with_gradient(path.seed, wanted == BOTH)
            if not self.passed and not (wanted == GRADIENT and tape.goes_back_only()):
                tape.replay()
        except Exception:  # a singular matrix, say: on a path that is not due, it is no error
            computed = slots < int(tape.control_view[C_AT_SLOT])
            slots, expected = slots[computed], expected[computed]
            wrong = np.flatnonzero(self.value[slots] != expected)
            if wrong.size:
                return int(np.flatnonzero(computed)[wrong[0]])
            raise
        if expected.size:
            wrong = self.value[slots] != expected
            first = int(wrong.argmax())
            if wrong[first]:
                return first
        path.counted()
        return -1

    def evaluate(self) -> None:
        """Compute what `forward` leaves out: the values of all slots."""
        if self.tape.partial:
            self.tape.evaluate()

    def results(self) -> Any:
        """The function's result after `forward`, as NumPy."""
        path, value = self.path, self.value
        out = []
        for plain, reader in zip(path.outputs, path.results, strict=True):
            if reader is None:
                out.append(plain.copy() if isinstance(plain, np.ndarray) else plain)
                continue
            at, shape, mask = reader
            v = value[at]
            if mask:
                v = v != 0
            out.append(
                v if shape == () else v.reshape(shape).copy() if type(at) is slice and not mask else v.reshape(shape)
            )
        return path.rebuild_output(out)

    def pull(self, seeds: Sequence[tuple[Slots, Any]], out: Sequence[Any] | None = None) -> list[Any]:
        """Adjoints of the inputs, for adjoints of slots: copies, or written to the arrays `out`."""
        tape, found = self.tape, []
        try:
            with tape.sweeping() as adjoint:
                if not self.passed:
                    for slots, seed in seeds:
                        add_at(adjoint, slots, seed)
                    tape.reverse()
                self.passed = False
                for k, (start, stop, shape) in enumerate(self.path.inputs):
                    g = adjoint[start:stop]
                    if out is not None:
                        out[k][...] = g.reshape(shape)
                    else:
                        found.append(g.reshape(shape).copy() if shape else g[0])
                    g.fill(0.0)
        except BaseException:  # the native call has the address of adjoints that are dropped
            self.forget()
            raise
        return found

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Tangents of the outputs, for tangents of the inputs."""
        tape = self.tape
        t = tape.tangents()
        for (start, stop, _), v in zip(self.path.inputs, tangents, strict=True):
            t[start:stop] = np.ravel(v)
        tape.tangent()
        self.path.pushed()
        out = []
        for plain, reader in zip(self.path.outputs, self.path.results, strict=True):
            if reader is None:
                out.append(np.zeros(np.shape(plain), tape.dtype)[()])
            else:
                at, shape, mask = reader
                v = np.zeros(shape, tape.dtype) if mask else np.array(t[at]).reshape(shape)
                out.append(v[()] if shape == () else v)
        return out

    def gradient(self, out: Sequence[Any] | None) -> list[Any]:
        """The gradient of the result after `forward`: copies, or written to the arrays `out`."""
        if not self.swept:
            return self.pull([] if self.passed else [(np.array([self.path.seed], np.int32), 1.0)], out)
        if out is None:
            return [g.copy() if g.ndim else g[()] for g in self.gradients]
        for o, g in zip(out, self.gradients, strict=True):
            o[...] = g
        return []

    def leave(self) -> list[Any]:
        """The gradient of the result after `forward`, where it stands: `gradients`, which the next `forward` writes over."""
        if self.swept:
            return self.gradients
        tape, inputs = self.tape, self.path.inputs
        try:
            with tape.sweeping() as adjoint:
                self.left = adjoint
                if not self.passed:
                    adjoint[self.path.seed] = 1.0
                    tape.reverse()
                self.passed = False
                if self.buffer is not adjoint:
                    self.buffer, self.gradients = adjoint, [adjoint[a:b].reshape(shape) for a, b, shape in inputs]
        except BaseException:
            self.left = None
            self.forget()
            raise
        return self.gradients

    def _wipe(self) -> None:
        """Zero the gradient that was left in the adjoints, for the next sweep, unless they are others meanwhile."""
        left, adjoint, self.left = self.left, self.tape.adjoint, None
        if adjoint is not None and adjoint is left:
            if self.alone is None:
                self.alone = stored(self.tape, self.path.inputs)
            for (start, stop, _), alone in zip(self.path.inputs, self.alone, strict=True):
                if not alone:
                    adjoint[start:stop] = 0.0

    def ready(self) -> bool:
        """Make ready for drivers that sweep the path natively in steps (sweep/point/stepping.py); whether that can be done.

        Everything that it needs was compiled by sweeps before.
        """
        tape, path = self.tape, self.path
        if tape.plan is not None or (tape.opcode[: tape.count] == RUN + CALL).any():
            return False
        tape.adjoints()
        if tape.visited is None:
            tape.visit_all()
        tape.bind()
        e, c = tape.engine, tape.control
        compiled = "" if tape.loops is None else LOOPS
        c[C_FORWARD], c[C_REVERSE] = e.address(compiled + "forward"), e.address(compiled + "reverse")
        c[C_GUARD_SLOTS], c[C_EXPECTED], c[C_GUARDS] = path.guard_slots.ctypes.data, path.expected.ctypes.data, path.expected.size
        return True

    def prepare(self, alone: bool = False) -> None:
        """Make ready for one native call: see sweep/point/call.py. Everything that it needs was compiled by sweeps before.

        With `alone` that is in one thread, whatever threads share.
        """
        tape, path = self.tape, self.path
        shared = not alone and tape.loops is not None and tape.loops.shares is not None and not divided.possible(tape)
        if not path.native or self.native is not None or shared or not self.ready():  # sweeps stop at loops that threads share
            return
        first, stop = path.inputs[0][0], path.inputs[-1][1]
        self.buffer = np.empty(stop - first, tape.dtype)
        self.gradients = [self.buffer[a - first : b - first].reshape(shape) for a, b, shape in path.inputs]
        e, c = tape.engine, tape.control
        c[C_SEED], c[C_INPUT], c[C_INPUTS] = path.seed, first, stop - first
        c[C_NDARRAY], c[C_DTYPE], c[C_NDIM] = id(np.ndarray), id(tape.dtype), path.shape.size
        arrays = (path.shape, path.guard_slots, path.expected, path.counter, self.buffer)
        c[C_SHAPE], c[C_GUARD_SLOTS], c[C_EXPECTED], c[C_HITS], c[C_BUFFER] = (a.ctypes.data for a in arrays)
        c[C_GUARDS] = path.expected.size
        if path.threads != 1 and divided.possible(tape) and divided.work(tape) > divided.WORTHWHILE:
            self.divided = divided.Divided(tape, path.counter, path.inputs[0][2], path.seed, path.threads)
        once = None if tape.loops is None else "whole" if tape.loops.whole else "direct" if tape.loops.direct else None
        c[C_WHOLE] = e.address(LOOPS + once) if once else 0
        c[C_ENDING] = e.address(LOOPS + "ending") if tape.loops is not None and tape.loops.ending else 0
        c[C_DUE] = 0 if once else path.due  # what is seldom, or always, is asked for at once
        self.native = builtins_of(tape, "gradient", (STAND, STAND | ARRAY, STAND | ARRAY), path.shape)
        self.native[GRADIENT][1][B_DESCRIPTION] = ONLY
        if path.quick:
            value = int(self.value[path.seed : path.seed + 1].ctypes.data)
            self.quick = builtins_of(tape, "gradient", (NUMBER, ARRAY, NUMBER | ARRAY), path.shape, value)
            self.quick[GRADIENT][1][B_DESCRIPTION] = ONLY
            if tape.loops is not None and tape.loops.gradient_alone:
                self.quick[GRADIENT][1][B_DESCRIPTION] = ONLY | UNSWEPT
            if self.divided is not None:
                unfit = np.full(WORDS, UNFIT, np.int64)
                self.quick[GRADIENT], self.quick[BOTH] = (self.divided.gradient, unfit), (self.divided.both, unfit)

    def stopped(self, words: NDArray[np.int64]) -> None:
        """After a builtin of this description that gave nothing: the replay is as it was before it, ready or to be made ready."""
        if words[B_STATUS] == DUE:
            self.path.compile_soon()
        if words[B_STATUS] & STATUS < GUARD:  # half way; where a guard does not hold, or an argument cannot be read, nothing was begun
            self.forget()

    def forget(self) -> None:
        """Start afresh after a native call that stopped half way."""
        self.tape.forget_adjoints()
        self.native = self.quick = None
