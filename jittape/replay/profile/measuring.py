"""Times of a recorded function at a point: of whole calls, of whole sweeps, and of stretches of them, in turns, so that all see the same machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape import tree
from jittape.array.array import Array
from jittape.ops.layout import C_LOOPS, FIRST_OPERATION, NEVER, OPERATION
from jittape.replay.path import Path, Replay
from jittape.replay.paths import Paths, write
from jittape.replay.profile.stretches import Stretch, cut, merged
from jittape.replay.profile.weights import Weights
from jittape.sweep.engine import LOOPS

LEAST = 20e-6
"""Seconds that a short call is repeated for, so that the clock does not matter."""
FEWEST, MOST = 5, 300
"""Rounds of measuring."""
UNUSED = -(1 << 40)
"""Where replays are counted from while they are timed: a profile is no use of the function, by which its loops are to be compiled."""
LOWER = 25
"""The percentile of the rounds that counts: what else a machine does only adds to times."""
FUSED = 0.25
"""Of two sweeps, what one pass takes at least."""
MANY = 4096
"""Stretches that are timed one by one at first."""

Seeds = list[tuple[Any, Any]]


@dataclass
class Measured:
    """What was found.

    Attributes:
        path: that the point takes.
        forward, reverse: seconds of each instruction of its recording.
        whole: seconds of a call.
        spread: half the distance of the quartiles of these, as part of them.
        sweeps: seconds of the whole sweeps of such a call.
        parts: seconds of the stretches by themselves, before they were scaled to that.
        rounds: of measuring.
        fused: whether the last loop or group is swept forward and back in one pass.
        pulled: whether the call is a value and a pullback, as the result is no number.
    """

    path: Path
    forward: NDArray[np.float64]
    reverse: NDArray[np.float64]
    whole: float
    spread: float
    sweeps: float
    parts: float
    rounds: int
    fused: bool
    pulled: bool


def measure(function: Paths, args: tuple[Any, ...], parameters: dict[str, Any], seconds: float) -> Measured:
    """Times at a point; see docs/looking.md for the method.

    Raises:
        ValueError: nothing was recorded.
    """
    leaves = function._leaves(args)
    named = function._given(parameters)
    counts = {id(path): path.hits for path in function.paths}
    use = function._forward_leaves(leaves, named if parameters else None)
    path: Path = use.replay.path
    use.end()
    tape = path.tape
    if not ((tape.opcode[: tape.count] & OPERATION) >= FIRST_OPERATION).any():
        raise ValueError(f"{function.name} computes nothing with its arguments at this point: there are no instructions to be timed")
    with _apart(path, counts.get(id(path), 0)):
        return _measure(function, args, parameters, leaves, named, path, seconds)


@contextmanager
def _apart(path: Path, hits: int) -> Iterator[None]:
    """Replays within are not counted, so that nothing begins to be compiled in the background while others are timed."""
    if path.report is None and path.due != NEVER:
        path.counter[0] = UNUSED
    try:
        yield
    finally:
        path.counter[0] = hits


def _measure(function: Any, args: tuple[Any, ...], parameters: dict[str, Any], leaves: list[Any], named: list[Any], path: Path, seconds: float) -> Measured:
    call, pulled = _call(function, args, parameters, path)
    call()  # what is not compiled yet, is now
    call()
    replay = path.another()
    write(replay.inputs, leaves)
    write(replay.parameters, named)
    values = replay.value
    sweeps = Sweeps(replay, _seeds(path))
    once = _once(call)
    times = max(int(LEAST / max(once, 1e-7)), 1)
    whole: list[float] = []
    together: list[float] = []
    rounds: list[NDArray[np.float64]] = []
    begin = time.perf_counter()
    stretches = sweeps.found()
    while len(whole) < FEWEST or (time.perf_counter() - begin < seconds and len(whole) < MOST):
        whole.append(_repeated(call, times))
        together.append(sweeps.whole())
        rounds.append(sweeps.timed(stretches))
        if len(whole) >= 2 and time.perf_counter() - begin > 20 * max(seconds, 0.05):  # a call of many seconds
            break
    found = np.maximum(np.percentile(rounds, LOWER, axis=0), 0.0)
    total, swept = float(np.percentile(whole, LOWER)), max(float(np.percentile(together, LOWER)), 0.0)
    if sweeps.fused is not None:
        _share_fused(found, stretches, sweeps.fused, swept)
    parts = float(found.sum())
    scale = min(swept, total) / max(float(found.sum()), 1e-12)
    weights = Weights(path, values)
    forward, reverse = _shared(weights, stretches, found * scale)
    quarter = np.subtract(*np.percentile(whole, [75, 25]))
    return Measured(path, forward, reverse, total, float(quarter) / 2 / total, swept, parts, len(whole), sweeps.fused is not None, pulled)


def _call(function: Any, args: tuple[Any, ...], parameters: dict[str, Any], path: Path) -> tuple[Callable[[], Any], bool]:
    """What is timed as a whole, and whether it is no gradient."""
    if path.seed >= 0 or path.constant:
        return lambda: function.value_and_grad(*args, **parameters), False
    value, pull = function.vjp(*args, **parameters)
    given, rebuild = tree.flatten(value)
    ones = rebuild([np.ones_like(x, function._dtype if np.asarray(x).dtype.kind not in "fc" else None)[()] for x in given])
    del pull

    def both() -> Any:
        return function.vjp(*args, **parameters)[1](ones)

    return both, True


def _seeds(path: Path) -> Seeds:
    if path.seed >= 0:
        return [(path.seed, 1.0)]
    return [(o.slots.ravel(), 1.0) for o in path.outputs if isinstance(o, Array) and not o.is_mask]


class Sweeps:
    """Sweeps of a replay that is nobody else's, whole and by stretches.

    Attributes:
        fused: the first instruction of what is swept forward and back in one pass, and so at once with the whole; None where nothing is.
    """

    def __init__(self, replay: Replay, seeds: Seeds) -> None:
        self.replay, self.tape, self.path, self.seeds = replay, replay.tape, replay.path, seeds
        tape = self.tape
        self._tables: dict[tuple[int, int], NDArray[np.int64]] = {}
        tape.replay()
        self._adjoint = tape.adjoints()
        self._seed()
        tape.reverse()
        self._clear()
        replay.prepare()
        tape.bind()
        self._prefix = LOOPS if tape.loops is not None else ""
        self.fused, self._at_once = self._found_fused()

    def _seed(self) -> None:
        for slots, one in self.seeds:
            self._adjoint[slots] = one

    def _clear(self) -> None:
        """What a reverse sweep leaves in the inputs."""
        for start, stop, _ in self.path.inputs:
            self._adjoint[start:stop] = 0.0

    def _back(self) -> None:
        """The whole reverse sweep."""
        self._seed()
        self._go("reverse", self.tape.count, 0, self.tape.slots)

    def _go(self, name: str, k: int, end: int, s: int) -> None:
        if self.tape.plan is not None:
            self.tape.plan.sweep(self.tape, name, k, end, s)
        else:
            self.tape.sweep(self._prefix + name, k, end, s)

    def of_nothing(self) -> float:
        """Seconds of a sweep of no instructions, which are those of being called from here."""
        loops, c = self.tape.loops, self.tape.control
        table = None if loops is None else self._table((0, 0))
        try:
            if table is not None:
                c[C_LOOPS] = table.ctypes.data
            return min(_repeated(partial(self._go, "forward", 0, 0, 0), 20) for _ in range(3))
        finally:
            if loops is not None:
                c[C_LOOPS] = loops.address

    def _found_fused(self) -> tuple[int | None, Callable[[], Any]]:
        """What is swept at once in a call, and the whole of a call's sweeps where something is."""
        tape, path, replay = self.tape, self.path, self.replay
        if tape.plan is not None:
            ending = None if path.expected.size or path.seed < 0 else tape.plan.ending(tape, path.seed)
            if ending is not None:
                return ending.first, lambda: ending.sweep(tape, self._adjoint)
        elif tape.loops is not None and replay.native is not None and path.seed >= 0:
            if tape.loops.whole and replay.quick is not None:
                x, out = np.ascontiguousarray(replay.inputs[0]).copy(), np.empty(replay.inputs[0].shape, tape.dtype)
                self._alive = x, out
                return 0, partial(tape.sweep, LOOPS + "whole", x.ctypes.data, out.ctypes.data, 0)
            if tape.loops.ending:
                return tape.loops.rows[-1].first, partial(tape.sweep, LOOPS + "ending", 0, 0, tape.slots)
        return None, lambda: None

    def whole(self) -> float:
        """Seconds of a call's sweeps."""
        tape, empty = self.tape, self.of_nothing()

        forward = partial(self._go, "forward", 0, tape.count, 0)
        if self.fused is not None:
            begin = time.perf_counter()
            self._at_once()
            once = time.perf_counter() - begin
            found = _repeated(self._at_once, max(int(LEAST / max(once, 1e-7)), 1)) - empty
        else:
            begin = time.perf_counter()
            forward()
            once = time.perf_counter() - begin
            times = max(int(LEAST / max(once, 1e-7)), 1)
            found = _repeated(forward, times) - empty
            if self.seeds:
                found += _repeated(self._back, times) - empty - (_repeated(self._seed, times) if times > 1 else 0.0)
        self._clear()
        return found

    def found(self) -> list[Stretch]:
        """The stretches that are timed, as they turn out to be long enough."""
        stretches = cut(self.tape)
        if len(stretches) > MANY:
            stretches = merged(stretches, np.full(len(stretches), 5e-6 * MANY / len(stretches)))
        first = np.maximum(np.min([self.timed(stretches).sum(axis=1) for _ in range(3)], axis=0), 0.0)
        if self.fused is not None:  # apart from the others
            edge = next(i for i, stretch in enumerate(stretches) if stretch.end > self.fused)
            return merged(stretches[:edge], first[:edge]) + merged(stretches[edge:], first[edge:])
        return merged(stretches, first)

    def _table(self, rows: tuple[int, int]) -> NDArray[np.int64]:
        """The table of the compiled loops of a stretch."""
        if rows not in self._tables:
            assert self.tape.loops is not None
            self._tables[rows] = self.tape.loops.part(*rows)
        return self._tables[rows]

    def timed(self, stretches: Sequence[Stretch]) -> NDArray[np.float64]:
        """Seconds [stretches, 2] of each, forward and in reverse, swept one after the other."""
        tape, go, clock, empty = self.tape, self._go, time.perf_counter, self.of_nothing()
        c, loops = tape.control, tape.loops
        found = np.zeros((len(stretches), 2))
        tables: Any = [None if loops is None else self._table(stretch.rows or (0, 0)) for stretch in stretches]
        single = len(stretches) == 1
        try:
            for i, (stretch, table) in enumerate(zip(stretches, tables, strict=True)):
                if loops is not None:
                    c[C_LOOPS] = table.ctypes.data
                begin = clock()
                go("forward", stretch.k, stretch.end, stretch.slot)
                found[i, 0] = clock() - begin
                if single:
                    times = max(int(LEAST / max(found[i, 0], 1e-7)), 1)
                    found[i, 0] = _repeated(partial(go, "forward", stretch.k, stretch.end, stretch.slot), times)
            if self.seeds:
                self._seed()
            for i in range(len(stretches) - 1, -1, -1) if self.seeds else ():
                stretch = stretches[i]
                if loops is not None:
                    c[C_LOOPS] = tables[i].ctypes.data
                begin = clock()
                go("reverse", stretch.end, stretch.k, stretch.stop)
                found[i, 1] = clock() - begin
                if single:
                    times = max(int(LEAST / max(found[i, 1], 1e-7)), 1)
                    found[i, 1] = _repeated(self._back, times) - _repeated(self._seed, times)
        finally:
            if loops is not None:
                c[C_LOOPS] = loops.address
        self._clear()
        return found - empty  # below zero where the clock says so


def _once(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _repeated(call: Callable[[], Any], times: int) -> float:
    begin = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - begin) / times


def _share_fused(found: NDArray[np.float64], stretches: Sequence[Stretch], fused: int, swept: float) -> None:
    """Scale what is swept in one pass to what that takes: the whole without the others, as far as that may be."""
    mine = np.array([stretch.k >= fused for stretch in stretches])
    left, two = swept - found[~mine].sum(), found[mine].sum()
    if two > 0.0:
        found[mine] *= min(max(left / two, FUSED), 1.0)


def _shared(weights: Weights, stretches: Sequence[Stretch], seconds: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds of each instruction of the recording, of those of stretches of slots."""
    out = np.zeros((weights.opcode.size, 2))
    first, end = weights.first, weights.first + weights.n
    for stretch, took in zip(stretches, seconds, strict=True):
        a, b = np.searchsorted(end, stretch.slot, side="right"), np.searchsorted(first, stretch.stop, side="left")
        ks = np.arange(a, b)
        if not ks.size:
            continue
        own = weights.of(ks, stretch)
        part = (np.minimum(end[ks], stretch.stop) - np.maximum(first[ks], stretch.slot)) / np.maximum(weights.n[ks], 1)
        own *= np.maximum(part, 0.0)[:, None]
        total = own.sum(axis=0)
        out[ks] += np.divide(own * took, total, out=np.zeros_like(own), where=total > 0.0)
    return out[:, 0], out[:, 1]
