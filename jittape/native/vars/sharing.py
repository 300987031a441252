"""Recorded arrays as native code takes them, and its results as recorded arrays: what shares memory here shares memory there.

A recorded array is an array of slot numbers, and two of them that are views of one array are views of one memory of slots. So
arrays of Vars are made with the same offsets and strides in one memory for each memory of slots.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from jittape.array.array import Array
from jittape.array.complexes import ComplexArray
from jittape.errors import GradientError
from jittape.instructions.references import is_shared
from jittape.native.vars.boxing import VarArray
from jittape.native.vars.complex_vars import COMPLEX_RECORD
from jittape.native.vars.var import RECORD
from jittape.tape.tape import Tape


def _bounds(offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, int]:
    """The first element of an array and the one after its last, in elements of its memory."""
    if 0 in shape:
        return offset, offset
    reach = [(n - 1) * st for n, st in zip(shape, strides, strict=True)]
    return offset + sum(r for r in reach if r < 0), offset + 1 + sum(r for r in reach if r > 0)


def _place(x: Array) -> tuple[Any, int]:
    """(which memory the slots of an array stand in, where its first one stands there)."""
    s = x.slots
    owner: Any = s
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if is_shared(s):
        store = x.store
        if store is None:  # nothing else names this run
            return id(x), 0
        return id(store.root), int(s.flat[0]) if s.size else 0
    return id(owner), (s.ctypes.data - owner.ctypes.data) // s.itemsize


STORED = (
    "arguments share memory, and the function stores into one of them, so that the others change: a derivative with respect "
    "to one argument alone is not defined. Pass a copy, x.copy(), or make one in the function"
)


PARTS = (
    "a complex argument of a Numba function shares memory with another argument that is its real or imaginary part, or laid out otherwise: what "
    "is stored into one would have to change the other. Pass a copy, z.real.copy()"
)


def overlap(a: Any, b: Any) -> bool:
    """Whether two arrays share an element."""
    try:
        return np.may_share_memory(a, b) and np.shares_memory(a, b, max_work=1000)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


class Watch:
    """Arguments that share memory: differentiated ones are copies, which do not. It makes no difference until one is stored into.

    Args:
        given: every array among the arguments, with what it is recorded as, or None where it is not differentiated.
    """

    def __init__(self, given: list[tuple[Any, Array | None]]) -> None:
        self.plain: list[tuple[Any, Any]] = []
        self.recorded: list[tuple[Array, Any]] = []
        for k, (a, x) in enumerate(given):
            if any(overlap(a, b) for j, (b, y) in enumerate(given) if j != k and not (x is None and y is None)):
                if x is None:
                    self.plain.append((a, a.copy()))
                else:
                    self.recorded.append((x, x.slots.copy()))

    def check(self) -> None:
        if any((x.slots != slots).any() for x, slots in self.recorded) or any(not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc") for a, b in self.plain):
            raise GradientError(STORED)


def parts_of(x: Any, new: Any) -> tuple[tuple[Array, Any], ...]:
    """Recorded real arrays, each with its array of Vars: both parts of a complex one."""
    return ((x.re, new["re"]), (x.im, new["im"])) if isinstance(x, ComplexArray) else ((x, new),)


def _viewed(x: Array, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """Another view of the memory of an array, so many elements after the first one."""
    s = x.slots
    owner: Any = s
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    flat = owner.ravel(order="K")
    first = (s.ctypes.data - flat.ctypes.data) // s.itemsize + offset
    view = as_strided(flat[first:], shape, tuple(s.itemsize * st for st in strides), writeable=flat.flags.writeable)
    return x.view(view)  # type: ignore[no-any-return]


class Memory:
    """Arrays of Vars for the recorded arrays of one memory."""

    record = RECORD

    def __init__(self) -> None:
        self.arrays: list[tuple[Array, int, tuple[int, ...]]] = []

    def fill(self, tape: int) -> list[tuple[Array, Any]]:
        spans = [_bounds(offset, x.shape, strides) for x, offset, strides in self.arrays]
        self.first = min(low for low, _ in spans)
        self.buffer = np.empty(max(high for _, high in spans) - self.first, self.record)
        made = []
        for x, offset, strides in self.arrays:
            new = as_strided(self.buffer[offset - self.first :], x.shape, tuple(self.record.itemsize * st for st in strides)).view(VarArray)
            for part, own in parts_of(x, new):
                own["value"], own["slot"], own["tape"] = part.value(), part.slots, tape
            made.append((x, new))
        return made

    def find(self, new: Any) -> Array | None:
        """The recorded array that has the elements of an array of Vars in this memory, or that part of a complex one; None of another memory."""
        start, size = self.buffer.ctypes.data, self.record.itemsize
        if not (new.size and new.ndim and start <= new.ctypes.data < start + self.buffer.nbytes):
            return None
        offset, place = divmod(new.ctypes.data - start, size)
        offset += self.first
        strides = tuple(st // size for st in new.strides)
        for x, own, steps in self.arrays:
            if (offset, strides, new.shape) == (own, steps, x.shape):
                return self.part(x, place)
        x, own, _ = self.arrays[0]
        return _viewed(self.part(x, place), offset - own, new.shape, strides)

    def part(self, x: Array, place: int) -> Array:
        """What of an array stands at a place of its records."""
        return x


class ComplexMemory(Memory):
    """Arrays of recorded complex numbers for those of one memory: the records of a real and an imaginary part stand next to each other."""

    record = COMPLEX_RECORD

    def part(self, x: Any, place: int) -> Array:
        return x.im if place else x.re  # type: ignore[no-any-return]


class Packing:
    """The arguments of one call."""

    def __init__(self, tape: int) -> None:
        self.tape = tape
        self.memories: dict[Any, Memory] = {}
        self.made: dict[int, tuple[Array, Any]] = {}
        self.complex_parts: set[Any] = set()
        """Memories of the parts of complex arrays."""

    def see(self, x: Any) -> None:
        """Note the recorded arrays in an argument."""
        if isinstance(x, ComplexArray):
            if x.shape != () and id(x) not in self.made:
                self.made[id(x)] = x, None
                (first, offset), (second, other) = _place(x.re), _place(x.im)
                key = first, second, other - offset, tuple(i - r for r, i in zip(x.re.slots.strides, x.im.slots.strides, strict=True))
                self.complex_parts |= {first, second}
                self.memories.setdefault(key, ComplexMemory()).arrays.append((x, offset, tuple(st // x.re.slots.itemsize for st in x.re.slots.strides)))
        elif isinstance(x, Array):
            if x.shape != () and id(x) not in self.made:
                self.made[id(x)] = x, None
                key, offset = _place(x)
                self.memories.setdefault(key, Memory()).arrays.append((x, offset, tuple(st // x.slots.itemsize for st in x.slots.strides)))
        elif isinstance(x, (tuple, list)):
            for v in x:
                self.see(v)

    def fill(self) -> None:
        parts = [part for key in self.memories if isinstance(key, tuple) for part in key[:2]]
        if len(parts) != len(set(parts)) or self.complex_parts & self.memories.keys():
            raise GradientError(PARTS)
        for memory in self.memories.values():
            for x, new in memory.fill(self.tape):
                self.made[id(x)] = x, new

    def array(self, x: Array) -> Any:
        return self.made[id(x)][1]

    def stored(self, tape: Tape) -> None:
        """What was stored into arguments is stored into the recorded arrays."""
        for x, new in self.made.values():
            for part, own in parts_of(x, new):
                if (own["slot"] != part.slots).any() or (own["tape"] == 0).any():
                    part[...] = Array.of(tape, slots_of(own, tape))


def slots_of(new: Any, tape: Tape) -> Any:
    """The slots of an array of Vars, an array; elements that are on no tape become constants."""
    slots = new["slot"].astype(np.int32)
    for place in np.argwhere(new["tape"] == 0):
        slots[tuple(place)] = tape.constant(float(new["value"][tuple(place)]))
    return slots


class Results:
    """The arrays of Vars that a call returned."""

    def __init__(self, packing: Packing, tape: Tape) -> None:
        self.packing, self.tape = packing, tape
        self.arrays: list[Any] = []
        self.found: dict[int, Any] = {}
        self.complex: dict[int, tuple[Any, Any]] = {}

    def parts(self, x: Any) -> tuple[Any, Any]:
        """The parts of a complex array that was returned."""
        re, im = self.complex[id(x)]
        return self.found[id(re)], self.found[id(im)]

    def see(self, x: Any) -> None:
        if isinstance(x, np.ndarray) and x.dtype == RECORD:
            self.arrays.append(x)
        elif isinstance(x, np.ndarray) and x.dtype == COMPLEX_RECORD:
            self.complex[id(x)] = x["re"], x["im"]
            self.arrays += self.complex[id(x)]
        elif isinstance(x, (tuple, list)):
            for v in x:
                self.see(v)

    def join(self) -> None:
        """Make the recorded arrays: views of arguments, and views of one another where several share memory."""
        own = []
        for new in self.arrays:
            x = next((x for x in (m.find(new) for m in self.packing.memories.values()) if x is not None), None)
            if x is not None:
                self.found[id(new)] = x
            elif (new["tape"] == 0).all():  # np.zeros leaves slot 0
                self.found[id(new)] = np.array(new["value"])
            else:
                own.append(new)
        spans = {id(new): np.lib.array_utils.byte_bounds(new) for new in own}
        own.sort(key=lambda new: spans[id(new)])
        end = 0
        group: list[Any] = []
        for new in [*own, None]:
            if new is None or spans[id(new)][0] >= end:
                self._together(group, end)
                group = []
            if new is not None:
                group.append(new)
                end = max(end, spans[id(new)][1])

    def _together(self, group: list[Any], end: int) -> None:
        if len(group) < 2:
            for new in group:
                slots = slots_of(new, self.tape)
                self.found[id(new)] = Array(self.tape, int(slots)) if slots.shape == () else Array.of(self.tape, slots)
            return
        start = np.lib.array_utils.byte_bounds(group[0])[0]
        memory = np.zeros((end - start) // RECORD.itemsize, np.int32)
        for new in group:
            first = (new.ctypes.data - start) // RECORD.itemsize
            slots = as_strided(memory[first:], new.shape, tuple(st // RECORD.itemsize * memory.itemsize for st in new.strides))
            slots[...] = slots_of(new, self.tape)
            self.found[id(new)] = Array.of(self.tape, slots)
