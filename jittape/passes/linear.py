"""The derivative of a recording as linear programs: for tapes of scalar instructions, and of short runs.

At a point the derivative is linear: the tangent of each slot is a sum of partial derivatives times tangents. So it is written down once, slot by slot
(passes/terms.py), which sums of products these are; partial derivatives are computed once a point; and seeds go through as vectors, eight or sixteen at a time
(sweep/linear/). Backwards it is the same sums, transposed: the terms of an adjoint are what reads its slot, the last instruction first.

What reaches which seeds is known, so that each vector of seeds has its own program, of what is not zero for it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache, cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.compiler.ndarrays import address_of
from jittape.instructions.base import Refused
from jittape.instructions.blocks import NotFinite, finite
from jittape.ops.layout import (
    C_ARG0,
    C_ARG1,
    C_KERNELS,
    C_OPCODE,
    C_STATUS,
    C_TANGENT,
    C_VALUE,
    CTL,
    K_TANGENT,
    KINDS,
    SWITCH,
)
from jittape.passes.terms import Job, Terms, length
from jittape.sweep.engine import linear_builder, linear_partials
from jittape.sweep.linear import building, rows
from jittape.sweep.linear.building import MINUS_ONE, ONE

Ints = NDArray[Any]
Reals = NDArray[Any]

ALONG: Any = object()
"""Instead of seeds: they come with each call."""
WORDS = 1 << 23
"""int32 that all programs hold at most."""
CALL, JOB, ONE_BY_ONE, FACTOR, PROGRAM, TERM = 6e-6, 4e-6, 4e-8, 1e-9, 3e-7, 1e-9
"""Seconds that a call takes, each array of partial derivatives and each that is computed by itself, each factor, each program and each of its terms."""
FIRST, BUILT, BUILT_TERM = 1e-3, 4e-7, 2e-8
"""Seconds that making one takes, for each term, and for each term in each program, roughly."""
PATIENCE = 1.0
"""Seconds that programs for a Hessian may take to be made."""


@cache
def _kernel(address: int) -> Any:
    """A kernel that stores adjoints, by its address."""
    return ctypes.CFUNCTYPE(None, *(ctypes.c_void_p,) * 6, ctypes.c_int64)(address)


def _places(numbers: Ints) -> Ints | slice:
    """Numbers of elements, a slice where they follow each other."""
    follow = numbers.size > 0 and int(numbers[-1]) - int(numbers[0]) == numbers.size - 1
    return slice(int(numbers[0]), int(numbers[-1]) + 1) if follow else numbers


def _taken(numbers: Reals, places: Ints | slice, out: Reals) -> None:
    """Copy the numbers at some places."""
    if isinstance(places, slice):
        out[...] = numbers[places]
    else:
        numbers.take(places, out=out, mode="clip")  # nothing to be looked at, and no buffer


def time_to_make(terms: int, seeds: int, dtype: np.dtype[Any]) -> float:
    """About how many seconds making it takes."""
    return FIRST + terms * (BUILT + BUILT_TERM * -(-seeds // rows.lanes(dtype)))


class _Program(NamedTuple):
    """What takes some seeds through.

    Attributes:
        rows: see sweep/linear/building.py.
        places: of memory.
        seeds: the seeds' numbers at places 1, 2, ... and lanes.
        results: the place of each result.
    """

    rows: NDArray[np.int32]
    places: int
    seeds: Reals
    results: NDArray[np.int32]
    lanes: int


class _Room:
    """What one call works in."""

    def __init__(self, of: Linear) -> None:
        width = rows.lanes(of.dtype)
        raw = np.zeros((of.places + 1) * width, of.dtype)
        shift = -raw.ctypes.data % rows.LINE // of.dtype.itemsize
        self.memory = raw[shift : shift + of.places * width]
        self.factors = np.zeros(2 * of.count + width, of.dtype)  # whole vectors of them are read
        self.partials = np.empty(of.computed, of.dtype)
        self.work = np.array([address_of(self.memory), address_of(self.factors), of.results, 0, 0, 0])
        if of.code:
            self.tangents = np.zeros(of.slots, of.dtype)
            self.one_by_one = np.empty(len(of.scalars), of.dtype)
            self.control = np.zeros(CTL, np.int64)
            words = dict(zip((C_OPCODE, C_ARG0, C_ARG1), map(address_of, of.code), strict=True))
            for number, word in {**words, C_TANGENT: address_of(self.tangents), C_KERNELS: of.engine.table_address}.items():
                self.control[number] = word


class Linear:
    """The derivative of a tape that does not change any more, along fixed seeds.

    Args:
        inputs: first slot and end of each input.
        outputs: slots of each result.
        forwards: whether seeds are of the inputs, and what is found is tangents of the results; else seeds are of the results.
        seeds: [seeds, numbers]; None for all unit vectors; ALONG for those that `along` is given.

    Raises:
        Refused: there is an instruction of which it is not known which sums of products its elements are, or there are too many terms.
    """

    def __init__(self, tape: Any, inputs: Sequence[tuple[int, int]], outputs: Sequence[Ints], forwards: bool, seeds: Reals | None = None) -> None:
        self.dtype, self.engine = tape.dtype, tape.engine
        terms = Terms(tape)
        self.slots, self.forwards = terms.slots, forwards
        ins = np.concatenate([np.arange(a, b) for a, b in inputs])
        outs = np.concatenate([np.reshape(o, -1) for o in outputs]).astype(np.int64)
        slot, source, factor, k = terms.columns()
        sown, found = (ins, outs) if forwards else (outs, ins)
        if forwards:
            order = np.argsort(slot, kind="stable")
            row, read = slot[order], source[order]
        else:
            order = np.lexsort((slot, -k, -source))
            row, read = terms.slots - 1 - source[order], terms.slots - 1 - slot[order]
            sown, found = terms.slots - 1 - sown, terms.slots - 1 - found
        factor = factor[order]
        begin = sown.size  # labels: the seeds, then the slots
        seeds_first = np.argsort(sown, kind="stable")
        where = np.searchsorted(row, sown[seeds_first])
        row = np.insert(row, where, sown[seeds_first])
        read = np.insert(read + begin, where, seeds_first)
        factor = np.insert(factor, where, ONE)
        first = np.zeros(begin + terms.slots + 1, np.int64)
        np.cumsum(np.bincount(row + begin, minlength=begin + terms.slots), out=first[1:])
        used, compact = np.unique(factor, return_inverse=True)
        used = np.union1d([ONE, MINUS_ONE], used)
        compact = np.searchsorted(used, factor)
        if seeds is ALONG:
            seeds = np.ones((1, begin), self.dtype)
        self._build(first, read.astype(np.int32), compact.astype(np.int32), begin, found + begin, seeds, used.size)
        self._tell_factors(terms, used)
        self.code = tuple(a[: tape.count].copy() for a in (tape.opcode, tape.arg0, tape.arg1)) if len(self.scalars) else ()
        self.ones = np.ones(max((job.size for job in self.jobs), default=0), self.dtype)
        self.idle: list[_Room] = []
        for kernel, *_ in self.jobs:
            self.engine.compile_kernel(kernel)
        self.kernels = [_kernel(int(self.engine.table[kernel])) for kernel, *_ in self.jobs]
        self.engine.compile_kernel(SWITCH * KINDS + K_TANGENT)

    def _build(self, first: Ints, source: Ints, factor: Ints, begin: int, found: Ints, seeds: Reals | None, minus: int) -> None:
        width = rows.lanes(self.dtype)
        labels = first.size - 1
        wanted = np.zeros(labels, np.uint8)
        wanted[found] = 1
        count = begin if seeds is None else len(seeds)
        room = 2 * source.size + 1
        self.programs: list[_Program] = []
        words = 0
        build, block = linear_builder(), np.zeros(building.BLOCK, np.int64)
        free, terms, out, state = (np.empty(n, np.int32) for n in (labels, 2 * room, 2 * (labels + room), building.FIELDS * labels))
        seeded = np.empty(labels, np.uint8)
        block[: building.B_LENGTH] = (labels, *(a.ctypes.data for a in (first, source, factor, seeded, wanted)), minus, state.ctypes.data, room,
                                      *(a.ctypes.data for a in (terms, free, out)), seeds is None)  # fmt: skip
        for low in range(0, count, width):
            high = min(low + width, count)
            if seeds is None:
                matrix, there = np.eye(high - low, width, dtype=self.dtype), np.arange(low, high)
            else:
                some = seeds[low:high]
                there = np.flatnonzero(some.any(axis=0))
                matrix = np.zeros((there.size, width), self.dtype)
                matrix[:, : high - low] = some[:, there].T
            seeded[:], state[:] = 0, 0
            seeded[there] = 1
            if build(block.ctypes.data) < 0:
                raise Refused
            length, places = block[building.B_LENGTH :].tolist()
            words += length
            if words > WORDS:
                raise Refused
            results = np.ascontiguousarray(state.reshape(labels, -1)[found, building.PLACE])
            self.programs.append(_Program(out[:length].copy(), places, matrix, results, high - low))
        self.places = max((p.places for p in self.programs), default=1)
        self.results = found.size
        self.table = np.array([[address_of(p.rows), address_of(p.rows) + p.rows.nbytes, address_of(p.seeds), len(p.seeds), address_of(p.results), p.lanes] for p in self.programs], np.int64)

    def _tell_factors(self, terms: Terms, used: Ints) -> None:
        """How the factors are found: 1, -1, values, partial derivatives, and the negatives of all of them."""
        slots = terms.slots
        values = (used[(used >= 2) & (used < 2 + slots)] - 2).astype(np.intp)
        self.size = values.size
        self.values, self.partials = _places(values), _places((used[used >= 2 + slots] - 2 - slots).astype(np.intp))
        self.computed = terms.partials
        self.count = used.size
        self.negatives = any((p.rows >= used.size).any() for p in self.programs)
        self.jobs = terms.jobs
        jobs = [np.stack([k, own, source], axis=1).astype(np.int64) for k, own, source, _ in terms.scalars]
        self.scalars = np.ascontiguousarray(np.concatenate(jobs)) if jobs else np.empty((0, 3), np.int64)
        self.scalar_places = np.concatenate([first + np.arange(k.size) for k, _, _, first in terms.scalars]) if jobs else np.empty(0, np.intp)

    @property
    def cost(self) -> float:
        """About how many seconds a call takes."""
        terms = sum(p.rows.size for p in self.programs) / 2
        return CALL + JOB * len(self.jobs) + ONE_BY_ONE * len(self.scalars) + FACTOR * (self.count + self.computed) + PROGRAM * len(self.programs) + TERM * terms

    def __call__(self, value: Reals, out: Reals) -> Reals:
        """The derivative [results, seeds], written to `out`, for the values of all slots."""
        room = self._room()
        self._read(room, value)
        room.work[rows.A_OUT :] = address_of(out), *out.strides
        rows.runner(self.dtype)[1](address_of(self.table), len(self.table), address_of(room.work))
        self.idle.append(room)
        return out

    def jacobian(self, value: Reals, inputs: Sequence[tuple[int, int]], out: Reals | None = None) -> list[Reals] | None:
        """The columns [results, numbers of the input] of each input, written to `out` if that is given; None where they are not finite.

        Of a program for all unit vectors.
        """
        seeds = sum(p.lanes for p in self.programs)
        J = np.empty((self.results, seeds) if self.forwards else (seeds, self.results), self.dtype) if out is None else out
        self(value, J if self.forwards else J.T)
        if not finite(J):
            return None
        if len(inputs) == 1:
            return [J]
        ends = np.cumsum([0, *(b - a for a, b in inputs)])
        return [J[:, a:b] for a, b in zip(ends, ends[1:], strict=False)]

    def along(self, value: Reals, vectors: Reals, out: Reals) -> Reals:
        """The derivative along each of the rows [seeds, numbers] of `vectors`, written to `out` [seeds, results]."""
        room = self._room()
        self._read(room, value)
        width, table, run = rows.lanes(self.dtype), self.table.copy(), rows.runner(self.dtype)[1]
        seeds = np.zeros((vectors.shape[1], width), self.dtype)
        table[0, rows.R_SEEDS] = address_of(seeds)
        for low in range(0, len(vectors), width):
            some, to = vectors[low : low + width], out[low : low + width]
            seeds[:, : len(some)] = some.T
            table[0, rows.R_LANES] = len(some)
            room.work[rows.A_OUT :] = to.ctypes.data, *to.strides[::-1]
            run(address_of(table), 1, address_of(room.work))
        self.idle.append(room)
        return out

    def _room(self) -> _Room:
        try:
            return self.idle.pop()
        except IndexError:  # as many calls are under way as there ever were
            return _Room(self)

    def _read(self, room: _Room, value: Reals) -> None:
        """The factors at a point."""
        f, n = room.factors, self.count
        f[ONE], f[MINUS_ONE] = 1.0, -1.0
        _taken(value, self.values, f[2 : 2 + self.size])
        if self.computed:
            for kernel, job in zip(self.kernels, self.jobs, strict=True):
                self._together(kernel, job, value, room.partials)
            if self.code:
                self._one_by_one(room, value)
            _taken(room.partials, self.partials, f[2 + self.size : n])
        if self.negatives:
            np.negative(f[:n], out=f[n : 2 * n])

    def _together(self, kernel: Any, job: Job, value: Reals, out: Reals) -> None:
        size, base = self.dtype.itemsize, address_of(value)
        held = [None if type(slots) is int else value.take(slots, mode="clip") for slots in (*job.operands, job.result)]
        *at, z = [base + size * slots if a is None else address_of(a) for slots, a in zip((*job.operands, job.result), held, strict=True)]
        kernel(*at, *(z,) * (3 - len(at)), z, address_of(self.ones), address_of(out) + size * job.first, job.size)

    def _one_by_one(self, room: _Room, value: Reals) -> None:
        room.control[C_VALUE] = address_of(value)
        at, count, compute, zero = 0, len(self.scalars), linear_partials(self.dtype), self.dtype.type(0)
        step, jobs, found = int(self.engine.table[SWITCH * KINDS + K_TANGENT]), address_of(self.scalars), address_of(room.one_by_one)
        while (at := compute(address_of(room.control), step, jobs, at, count, found, zero)) < count:
            self.engine.compile_kernel(int(room.control[C_STATUS]) >> 8)
        room.partials[self.scalar_places] = room.one_by_one


class Symmetric:
    """How the Hessian of a function is found, and its products with vectors, from the tape of its gradient, with the methods of `Blocks` for that.

    Args:
        inputs, outputs: as for `Linear`, as many numbers of one as of the other.

    Raises:
        Refused: as `Linear`; or there would be programs for very many directions.
    """

    def __init__(self, tape: Any, inputs: Sequence[tuple[int, int]], outputs: Sequence[Ints]) -> None:
        self.size = sum(b - a for a, b in inputs)
        if time_to_make(length(tape), self.size, tape.dtype) > PATIENCE:
            raise Refused
        self._make = partial(Linear, tape, inputs, outputs, True)

    @cached_property
    def unit(self) -> Linear | None:
        """For the Hessian; None where the programs would be too long."""
        try:
            return self._make()
        except Refused:
            return None

    @cached_property
    def vectors(self) -> Linear | None:
        """For products, likewise."""
        try:
            return self._make(ALONG)
        except Refused:
            return None

    def hessian(self, value: Reals, out: Reals | None = None) -> list[Reals]:
        """The Hessian, exactly symmetric, written to `out` where that is given.

        Raises:
            NotFinite: sweeps of one seed know what is right.
        """
        H = np.empty((self.size, self.size), value.dtype) if out is None else out
        if self.unit is None or not finite(self.unit(value, H)):
            raise NotFinite
        H += H.T.copy()
        H *= 0.5
        return [H]

    def products(self, value: Reals, vectors: Reals) -> Reals:
        """The Hessian times each row of `vectors`.

        Raises:
            NotFinite: as above.
        """
        found = np.empty((len(vectors), self.size), value.dtype)
        if self.vectors is None or not finite(self.vectors.along(value, vectors, found)):
            raise NotFinite
        return found


class _Met:
    """A recording that may come again: what is known of it.

    Attributes:
        program: None until it has come again, or where there is none.
    """

    def __init__(self) -> None:
        self.before = self.tried = False
        self.program: Linear | None = None


def linear_again(tape: Any, key: Any, inputs: Sequence[tuple[int, int]], outputs: Sequence[Ints], other: Callable[[], float]) -> Linear | None:
    """The linear program of a tape whose Jacobian is found at one point only, where one of the same instructions was met before; None where it does not pay.

    Args:
        key: what tells them: `blocks.key_of`.
        other: about how many seconds other ways take; asked once.
    """
    met: _Met | None = _met.get(key)
    if met is None:
        if len(_met) >= KEPT:
            _met.clear()
        met = _met[key] = _Met()
    if met.before and not met.tried:
        met.tried = True
        count, columns = sum(o.size for o in outputs), sum(b - a for a, b in inputs)
        try:
            if min(count, columns) > 1 and time_to_make(length(tape), min(count, columns), tape.dtype) < AGAIN:
                found = Linear(tape, inputs, outputs, columns <= count)
                met.program = found if found.cost < other() else None
        except Refused:
            pass
    met.before = True
    return met.program


KEPT, AGAIN = 64, 5e-3
"""Recordings that are known, and seconds up to which a program is made for one that comes again."""
_met: dict[Any, _Met] = {}
