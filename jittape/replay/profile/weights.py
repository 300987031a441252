"""What instructions take by themselves, by which the time of a stretch is shared out among them.

Scalar operations take what is gained where those of a kind are copies instead, among those around them. Other kinds are swept alone, again and again, over operands
of this very point: runs as a piece that stays in the first-level cache, as the sweeps go through them, others, and scalar ones that are few, as they stand.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.references import Slots, progression
from jittape.ops._generated import opcodes
from jittape.ops.layout import (
    CHUNK,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    GATHER_REF,
    INPUT,
    KIND,
    OPERATION,
    REF,
    RUN,
    SCALAR_REF,
    SUM,
)
from jittape.replay.path import Path
from jittape.replay.profile.again import of_slots
from jittape.replay.profile.stretches import Stretch
from jittape.tape.decode import ARITY, lengths, operands
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace

ROW = 256
"""Scalar instructions of one kind that are swept in a row."""
AMONG, OFTEN = 1024, 16
"""Scalar instructions of a stretch that are swept with operations of a kind left out, and how many of these there must be."""
SAMPLES = 3
"""Instructions of a kind that are swept, where they do not all take the same."""
LEAST = 20e-6
"""Seconds of a measurement, about; it is the best of three."""
FLOOR = 1e-10
"""Seconds below which nothing is told apart."""
SHARE = 0.25
"""Of the time of a copy, or of an addition of runs, what it takes in compiled loops, where nothing is decoded and hardly anything stored."""


class Weights:
    """Seconds of each instruction of a path's recording, forward and in reverse, as far as they were asked for.

    Args:
        path: the path.
        values: of a replay at the point, at the leaves.
    """

    def __init__(self, path: Path, values: NDArray[Any]) -> None:
        self.path = path
        tape = self.tape = workspace(path.tape)
        tape.plan = tape.loops = None  # every value is wanted, in its place
        count = tape.count
        self.opcode, self.n = tape.opcode[:count], lengths(tape.opcode[:count], tape.arg1[:count])
        self.first = np.cumsum(self.n) - self.n
        for start, stop, _ in (*path.inputs, *path.parameters):
            tape.value[start:stop] = values[start:stop]
        self._ready = False
        self._known: dict[Any, NDArray[np.float64]] = {}
        self._amid: dict[tuple[int, ...], dict[int, NDArray[np.float64]]] = {}
        self.operation: NDArray[np.int64] = (self.opcode & OPERATION).astype(np.int64)
        opcode, arg1 = path.replayed.opcode[: path.replayed.count], path.replayed.arg1[: path.replayed.count]
        leaf, scalar = (np.repeat(flags, lengths(opcode, arg1)) for flags in ((opcode & OPERATION) < FIRST_OPERATION, opcode < RUN))
        at = np.minimum(self.first, max(leaf.size - 1, 0))
        self.works = (self.operation >= FIRST_OPERATION) & (self.n > 0) & ~leaf[at]
        """Which instructions are carried out: no leaves, and not what passes have dropped."""
        self.unrolled = (self.opcode >= RUN) & scalar[at]
        """Which runs are swept as scalar instructions, one an element."""

    def of(self, ks: NDArray[Any], stretch: Stretch) -> NDArray[np.float64]:
        """Weights [instructions, 2], forward and in reverse, of those of a stretch."""
        found = np.zeros((ks.size, 2))
        works = self.works[ks]
        kinds: dict[Any, Any] = {}
        scalar = works & ((self.opcode[ks] < RUN) | self.unrolled[ks])
        for code in np.unique(self.operation[ks[scalar]]).tolist():
            kinds["scalar", code] = np.flatnonzero(scalar & (self.operation[ks] == code))
        for i in np.flatnonzero(works & ~scalar).tolist():
            kinds.setdefault(self._kind(int(ks[i])), []).append(i)
        if len(kinds) == 1:  # all of them take the same
            found[works] = self.n[ks[works], None]
            return found
        codes = tuple(sorted(kind[1] for kind in kinds if kind[0] == "scalar"))
        for kind, members in kinds.items():
            seconds, least, times = self._seconds(kind, ks[members], codes, stretch)
            if stretch.rows is not None:
                seconds = np.maximum(seconds - least, 0.0) + SHARE * least
            found[members] = np.maximum(seconds, FLOOR) * times
        if stretch.rows is not None:
            assert self.path.replayed.loops is not None
            twice = of_slots(self.path.replayed.loops, stretch.rows, self.first[ks])
            found[twice, 1] += found[twice, 0]
        return found

    def _seconds(self, kind: Any, ks: NDArray[Any], codes: tuple[int, ...], stretch: Stretch) -> tuple[NDArray[np.float64], NDArray[np.float64], Any]:
        """What is swept of instructions of a kind takes, something cheap of the size likewise, and how often they are that."""
        if kind[0] == "scalar":
            among = self._among(codes, stretch)
            if kind[1] in among:
                return among[kind[1]], among[opcodes.POS], self.n[ks][:, None]
            least = self._cached(("scalar", opcodes.POS), partial(self._scalar, opcodes.POS, ks))
            return self._cached(kind, partial(self._scalar, kind[1], ks)), least, self.n[ks][:, None]
        if kind[0] == "run":
            m = min(kind[2], CHUNK)
            return self._cached(kind, partial(self._run, kind[1], ks)), self._cached(("add", m), partial(self._added, m)), kind[2] / m
        if kind[0] == "sum":
            m = min(kind[1], CHUNK)
            return self._cached(kind, partial(self._sum, ks)), self._cached(("add", m), partial(self._added, m)), kind[1] / m
        return self._cached(kind, partial(self._structural, ks)), np.zeros(2), 1.0

    def _kind(self, k: int) -> Any:
        """By what an instruction that is no scalar one takes about the same as others."""
        code, n = int(self.operation[k]), int(self.n[k])
        if code < FIRST_STRUCTURAL:
            at = int(self.tape.arg0[k])
            return "run", code, n, tuple(self.tape.meta[ref] & KIND for ref in range(at, at + REF * ARITY[code], REF))
        if code == SUM and n == 1 and (size := operands(self.tape, k)[0].slots.size):
            return "sum", size
        return "structural", code, n, tuple(o.slots.shape for o in operands(self.tape, k))

    def _cached(self, kind: Any, measure: Callable[[], tuple[float, float]]) -> NDArray[np.float64]:
        if kind not in self._known:
            self._known[kind] = np.array(measure())
        return self._known[kind]

    # --- sweeps ------------------------------------------------------------------------------------------------------------

    def _evaluated(self) -> Tape:
        """The recording, with all values at the point and adjoints of zero."""
        tape = self.tape
        if not self._ready:
            tape.evaluate()
            tape.adjoints()
            tape.visit_all()
            tape.bind()
            self._ready = True
        return tape

    def _among(self, codes: tuple[int, ...], stretch: Stretch) -> dict[int, NDArray[np.float64]]:
        """What scalar operations take among those of a stretch: what is gained where they are copies instead; that of a copy as well."""
        if codes not in self._amid:
            self._amid[codes] = self._without(stretch)
        return self._amid[codes]

    def _without(self, stretch: Stretch) -> dict[int, NDArray[np.float64]]:
        tape, replayed = self._evaluated(), self.path.replayed
        scalar = np.flatnonzero(replayed.opcode[stretch.k : stretch.end] < RUN) + stretch.k
        rows = np.split(scalar, np.flatnonzero(np.diff(scalar) != 1) + 1)
        row = max(rows, key=len)
        row = row[(row.size - min(row.size, AMONG)) // 2 :][:AMONG]
        opcode = replayed.opcode[row]
        kinds, counts = np.unique(opcode[opcode >= FIRST_OPERATION], return_counts=True)
        kinds = kinds[counts >= OFTEN]
        if not kinds.size:
            return {}
        before = lengths(replayed.opcode[: row[0]], replayed.arg1[: row[0]]).sum()
        s, stop = int(before), int(before) + row.size
        new = workspace(tape, own=False)
        new.arg0, new.arg1 = replayed.arg0[row].copy(), replayed.arg1[row].copy()
        new.count = new.capacity = row.size
        new.extra = tape.slots - row.size
        new.adjoint, new.visited = tape.adjoint, np.ones(row.size, np.uint8)
        kept = tape.value[s:stop].copy()

        def took(left_out: NDArray[np.bool_]) -> NDArray[np.float64]:
            new.opcode, new.bound_count = np.where(left_out, opcodes.POS, opcode).astype(np.uint16), -1
            return np.array(_timed(new, 0, row.size, s, stop))

        real = opcode >= FIRST_OPERATION
        whole, copies = took(np.zeros(row.size, np.bool_)), took(real) / np.count_nonzero(real)
        found = {int(code): copies + np.maximum(whole - took(opcode == code), 0.0) / np.count_nonzero(opcode == code) for code in kinds}
        tape.value[s:stop] = kept
        assert tape.adjoint is not None
        for arg in (new.arg0[real], new.arg1[real]):
            tape.adjoint[arg] = 0.0
        return found | {opcodes.POS: copies}

    def _scalar(self, code: int, ks: NDArray[Any]) -> tuple[float, float]:
        """A scalar instruction, as one of many in a row over operands of some of these."""
        tape = self._evaluated()
        chosen = ks[np.linspace(0, ks.size - 1, min(ks.size, 64)).astype(int)].tolist()
        read = [[tape.value[o.slots.ravel()] for o in operands(tape, k)] for k in chosen]
        given = [np.concatenate([r[min(p, len(r) - 1)] for r in read]) for p in range(2)]
        new = workspace(tape, own=False)
        new.count = new.capacity = 3 * ROW
        new.extra = 0
        new.guards = None
        new.opcode = np.repeat([INPUT, code], [2 * ROW, ROW]).astype(np.uint16)
        new.arg0, new.arg1 = np.zeros(3 * ROW, np.int32), np.zeros(3 * ROW, np.int32)
        new.arg0[2 * ROW :], new.arg1[2 * ROW :] = np.arange(ROW), np.arange(ROW, 2 * ROW)
        new.value = np.zeros(3 * ROW, tape.dtype)
        new.value[:ROW], new.value[ROW : 2 * ROW] = (np.resize(g, ROW) for g in given)
        new.adjoints()
        new.visited = np.ones(3 * ROW, np.uint8)
        forward, reverse = _timed(new, 2 * ROW, 3 * ROW, 2 * ROW, 3 * ROW)
        return forward / ROW, reverse / ROW

    def _run(self, code: int, ks: NDArray[Any]) -> tuple[float, float]:
        """A run, by a piece of it that is no longer than a chunk."""
        tape = self._evaluated()
        k = int(ks[ks.size // 2])
        n, s, at = int(self.n[k]), int(self.first[k]), int(tape.arg0[k])
        i = (n - min(n, CHUNK)) // 2
        flags = [tape.meta[ref] & ~KIND for ref in range(at, at + REF * ARITY[code], REF)]
        return self._piece(code, s + i, [o.slots.ravel()[i : i + CHUNK] for o in operands(tape, k)], flags, min(n, CHUNK))

    def _sum(self, ks: NDArray[Any]) -> tuple[float, float]:
        """A sum of one row, by a piece of it likewise."""
        tape = self._evaluated()
        k = int(ks[ks.size // 2])
        slots = operands(tape, k)[0].slots.ravel()[:CHUNK]
        return self._piece(SUM, int(self.first[k]), [slots], [0], 1, (slots.size,))

    def _added(self, m: int) -> tuple[float, float]:
        """An addition of m elements that follow each other."""
        tape = self._evaluated()
        m = min(m, max(tape.slots // 2, 1))
        slots = np.arange(m, dtype=np.int32)
        return self._piece(opcodes.ADD, tape.slots - m, [slots, slots], [0, 0], m)

    def _piece(self, code: int, s: int, read: list[Slots], flags: list[int], n: int, head: tuple[int, ...] = ()) -> tuple[float, float]:
        """An instruction that reads these slots, and writes n from slot s on; its record begins with `head`."""
        tape = self.tape
        new = workspace(tape, own=False)
        new.meta, new.index = array("i", head), array("i")
        new.opcode, new.arg0, new.arg1 = np.array([RUN + code], np.uint16), np.zeros(1, np.int32), np.array([n], np.int32)
        new.count = new.capacity = 1
        new.extra = tape.slots - 1
        for slots, flag in zip(read, flags, strict=True):
            if (slots == slots[0]).all():
                words = SCALAR_REF, int(slots[0]), 0, 0, 1
            else:
                words = progression(slots) or (GATHER_REF, new.gather_list(slots), int(slots.max()), int(slots.min()), slots.size)
            new.meta.extend((words[0] | flag, *words[1:]))
        kept = tape.value[s : s + n].copy()
        new.adjoint, new.visited = tape.adjoint, np.ones(1, np.uint8)
        try:
            return _timed(new, 0, 1, s, s + n)
        finally:
            tape.value[s : s + n] = kept
            for slots in read:
                tape.adjoint[slots] = 0.0  # type: ignore[index]

    def _structural(self, ks: NDArray[Any]) -> tuple[float, float]:
        """Another instruction, as it stands; the mean of some of its kind."""
        tape = self._evaluated()
        found = []
        for k in ks[np.linspace(0, ks.size - 1, min(ks.size, SAMPLES)).astype(int)].tolist():
            s = int(self.first[k])
            found.append(_timed(tape, k, k + 1, s, s + int(self.n[k])))
            for o in operands(tape, k):
                tape.adjoint[o.slots] = 0.0  # type: ignore[index]
        forward, reverse = np.mean(found, axis=0)
        return float(forward), float(reverse)


def _timed(tape: Tape, k: int, end: int, s: int, stop: int) -> tuple[float, float]:
    """Seconds of the sweeps of instructions k to end, forward and in reverse from adjoints of one, without those of an empty sweep."""
    tape.bind()
    adjoint = tape.adjoint
    assert adjoint is not None
    part = adjoint[s:stop]

    def back(first: int) -> None:
        part.fill(1.0)
        tape.sweep("reverse", end, first, stop)

    forward = _best(lambda: tape.sweep("forward", k, end, s)) - _best(lambda: tape.sweep("forward", k, k, s))
    reverse = _best(lambda: back(k)) - _best(lambda: back(end))
    part.fill(0.0)
    return max(forward, 0.0), max(reverse, 0.0)


def _best(call: Callable[[], Any]) -> float:
    call()  # what is not compiled yet, is now
    clock = time.perf_counter
    begin = clock()
    call()
    once = clock() - begin
    times = max(int(LEAST / max(once, 1e-7)), 1)
    found = once
    for _ in range(3):
        begin = clock()
        for _ in range(times):
            call()
        found = min(found, (clock() - begin) / times)
        if once > 1e-3:
            break
    return found


