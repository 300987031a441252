"""Batches of one recorded path: lane memory, and native sweeps over many points of a lane program."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import combinations
from typing import Any

import numpy as np
from numba import types

from jittape.compiler.jit import callback, emitted, function
from jittape.compiler.locks import compiling
from jittape.lanes.loops import compiled, looped
from jittape.lanes.program import BY_CODE, Program, Record
from jittape.lanes.reverse import build
from jittape.lanes.scalars import numbered, scalar_program
from jittape.lanes.widths import CACHE, WIDE, WIDTHS
from jittape.ops.expressions import constant
from jittape.ops.layout import K_FORWARD, K_REVERSE, K_STORE, KINDS
from jittape.ops.spec import Op
from jittape.sweep import vectors
from jittape.sweep.engine import DTYPES, Engine, check_math, engine, lane_kernel
from jittape.sweep.lanes import driver
from jittape.sweep.lanes.fields import L_ADJOINTS
from jittape.sweep.lanes.kernels import (
    F_AUX,
    F_LINES,
    F_Z,
    FORWARD,
    HEAD,
    LINE,
    R_ADD,
    R_GX,
    R_GY,
    R_LINES,
    R_R,
    REVERSE,
    forward_kernel,
    reverse_kernel,
    zero_kernel,
)
from jittape.tape.tape import Tape

LARGEST = 32 << 20
"""Bytes of lane memory of 16 points beyond which points are better swept one by one."""
LARGEST_LOOPS = 256 << 20
"""The same where loops are compiled, which use a small part of it."""
ROOM = 24 << 10
"""Bytes that a block's points may have for being copied before they are turned into lanes: some of the first-level cache."""
PAST = 8 << 20
"""Bytes of gradients from which on they are written past the caches, which they would fill."""
LINES = 2
"""Lines of points that a compiled loop goes through together, so that operations of one wait less for those of another."""


class Kernels:
    """Compiled lane kernels of one dtype and one kind of functions."""

    def __init__(self, dtype: np.dtype[Any], fast: bool) -> None:
        self.dtype = dtype
        self.fast = fast
        self._found: dict[Any, Any] = {}
        self._lock = compiling()
        self._what = vectors.kinds(dtype, fast)

    def _emitted(self, name: str, emit: Any) -> int | None:
        """The kernel's address, or None where it has no form in vectors."""
        with self._lock:
            if name not in self._found:
                try:
                    self._found[name] = emitted(f"lanes_{name}", self._what, emit, plain=True)
                except vectors.Unsupported:
                    self._found[name] = None
            found = self._found[name]
            return None if found is None else found.address

    def made(self, name: str, what: str, emit: Any) -> int:
        """The address of a kernel that depends on `what` besides. Raises Unsupported."""
        with self._lock:
            key = name, what
            if key not in self._found:
                self._found[key] = emitted(f"lanes_{name}", f"{self._what} {what}", emit)
            return int(self._found[key].address)

    def forward(self, op: Op) -> int | None:
        return self._emitted(f"{op.name}_forward", partial(forward_kernel, op, self.dtype, self.fast))

    def reverse(self, op: Op, operands: tuple[int, ...]) -> int | None:
        name = f"{op.name}_reverse{''.join(map(str, operands))}"
        return self._emitted(name, partial(reverse_kernel, op, operands, self.dtype, self.fast))

    def everything(self, op: Op) -> None:
        """Compile whatever a program may need of an operation."""
        self.forward(op)
        active = [p for p in range(op.arity) if p not in op.constant and constant(op.partials[p]) != 0.0]
        for n in range(1, len(active) + 1):
            for operands in combinations(active, n):
                self.reverse(op, operands)

    def zero(self) -> int:
        address = self._emitted("zero", partial(zero_kernel, self.dtype))
        assert address is not None
        return address

    def native(self, name: str) -> int:
        """The address of a kernel that is a function of sweep/lanes/driver.py."""
        return self._compiled(name, lambda: getattr(driver, name))

    def structural(self, code: int, name: str) -> int:
        """The address of a kernel of a structural instruction."""
        return self._compiled((code, name), lambda: lane_kernel(code, name))

    def _compiled(self, key: Any, found: Callable[[], Any]) -> int:
        with self._lock:
            if key not in self._found:
                real = types.CPointer(DTYPES[self.dtype])
                self._found[key] = callback(found(), types.void(real, types.CPointer(types.int32)))
            return int(self._found[key].address)

    def joint(self, op: Op, operands: tuple[int, ...]) -> bool:
        return self.reverse(op, operands) is not None


@cache
def kernels(dtype: np.dtype[Any], fast: bool) -> Kernels:
    return Kernels(dtype, fast)


@cache
def sweeps(dtype: np.dtype[Any]) -> Any:
    return function(driver.batch, types.int64(types.int64, DTYPES[dtype]))


def loops_fit(slots: int, dtype: np.dtype[Any], gradients: bool, width: int | None) -> bool:
    """Whether the lane memory of so many slots is not too large where loops are gone through with so many points."""
    line = LINES * LINE if width is None else width * dtype.itemsize
    return slots * (1 + gradients) * line <= LARGEST_LOOPS


class Lanes:
    """Batches of one recorded path.

    Args:
        tape: a recording that has ended, and has been evaluated (its constants are read from it).
        inputs: slots of what each point has of its own, in the order of the columns of X.
        wanted: how many of these, the first ones, are differentiated; all of them unless given.
        outputs: slots of the results, in the order of the columns of Y.
        guards: (slots, values that these must have), or None.
        math: "fast" takes functions such as exp from libmvec where it is there (at most 4 ulp), "precise" from libm.
        width: points that are swept together, a multiple of 16, or where there are loops of what a line holds; by default what fits the cache.
        gradients: False for values only, which takes less memory and less time to prepare.
        loops: those of the tape (`Repeated` of passes/loops.py), to go through with kernels of their own.

    Attributes:
        inputs, outputs: slots, as given.
        width: points that are swept together.
        nbytes: bytes of a workspace.
        by_loops: whether kernels of loops are used.
        worthwhile: False where a sweep of so few points would take so much memory that one point at a time is faster.
    """

    def __init__(self, tape: Tape, inputs: Any, outputs: Any, *, guards: tuple[Any, Any] | None = None,
                 math: str = "fast", width: int | None = None, gradients: bool = True, loops: Any = None,
                 wanted: int | None = None) -> None:  # fmt: skip
        check_math(math)
        step = LINE // tape.dtype.itemsize if loops else 16
        if width is not None and (width < step or width % step):
            raise ValueError(f"width is a multiple of {step}, not {width}")
        self.tape = tape
        self.dtype = tape.dtype
        self.math = math
        self.kernels = kernels(tape.dtype, math == "fast" and vectors.libmvec_enabled())
        slots, expected = ([], []) if guards is None else guards
        self._expected = np.array(expected, self.dtype)
        inputs, outputs, slots = (np.array(x, np.int32).reshape(-1) for x in (inputs, outputs, slots))
        self.inputs, self.outputs = inputs, outputs
        self.wanted = len(inputs) if wanted is None else wanted
        itemsize = self.dtype.itemsize
        by_loops = None
        if loops:
            width = width or LINES * LINE // itemsize
            by_loops = looped(tape, loops, compiled(self.kernels, loops, width, gradients), inputs, outputs, slots, self.kernels.joint, gradients)
        self.program = by_loops or self._natively(tape, slots, gradients) or build(tape, inputs, outputs, slots, self.kernels.joint, gradients)
        self.program.adjoints = np.ascontiguousarray(self.program.adjoints[:, : self.wanted])
        self.gradients = gradients
        together = any(call.together for call in self.program.calls.values())
        self.width = width or next((w for w in ((*WIDE, *WIDTHS) if together else WIDTHS) if self.program.size * w * itemsize <= CACHE), WIDTHS[-1])
        self.nbytes = HEAD * LINE + self.program.size * self.width * itemsize
        self.by_loops = by_loops is not None
        self.worthwhile = self.by_loops or self.program.size * 16 * itemsize <= LARGEST
        self.fusable = (not gradients or len(outputs) == 1) and self.program.rows is None and not self.by_loops
        """Whether one kernel may do it all: values, or one gradient; see jittape/lanes/fusing.py."""
        self.whole = False
        """Whether one kernel does it all, which finds points and leaves gradients where it is told."""
        self.settled = self.by_loops
        """Whether nothing faster is made any more."""
        self.seconds = 0.0
        """What batches have taken, about."""
        self._words: list[int] = []
        """Addresses of the scalar kernels that records name by number."""
        self._finish()

    def _natively(self, tape: Tape, guards: Any, gradients: bool) -> Program | None:
        """The program of a long tape of scalar operations that all have kernels of vectors; None for others."""
        found = scalar_program(tape, self.inputs, self.outputs, guards, gradients)
        if found is None or found.rows is None:
            return None
        forward, reverse = found.rows
        codes, used = np.unique(forward[:, 0]), np.unique(reverse[:, 0])
        values = [self.kernels.forward(BY_CODE[code]) for code in codes.tolist()]
        adjoints = [self.kernels.reverse(BY_CODE[code], operands) for code, operands in numbered(used)]
        if None in values or None in adjoints:
            return None
        for rows, known, addresses in ((forward, codes, values), (reverse, used, adjoints)):
            at = np.array(addresses, np.int64).view(np.int32).reshape(-1, 2)
            rows[:, :2] = at[np.searchsorted(known, rows[:, 0])]
        return found

    def _lines(self, places: Any) -> Any:
        """Places in slots as lines of the lane memory; negative ones stay."""
        places = np.asarray(places, np.int64)
        return np.where(places < 0, places, HEAD + places * (self.width * self.dtype.itemsize // LINE)).astype(np.int32)

    def _finish(self) -> None:
        """Write the records as native code reads them."""
        p = self.program
        per_slot = self.width * self.dtype.itemsize // LINE
        self.calls: dict[tuple[bool, int], Any] = {}
        if p.rows is None:
            self._records(p, per_slot)
        else:
            self.forward, self.reverse = p.rows
            self.starts = np.cumsum([0, len(self.reverse)] if p.reverse else [0])
            self.forward[:, F_Z:F_LINES], self.forward[:, F_LINES] = HEAD + per_slot * self.forward[:, F_Z:F_LINES], per_slot
            self.reverse[:, R_R:R_LINES], self.reverse[:, R_LINES] = HEAD + per_slot * self.reverse[:, R_R:R_LINES], per_slot
        self.lists = self._lines(np.array(p.lists, np.int64))
        self.table = np.array(self._words, np.int64)
        self._inputs, self._outputs, self._guards = self._lines(p.inputs), self._lines(p.outputs), self._lines(p.guards)
        self._seeds, self._adjoints = self._lines(p.seeds), self._lines(p.adjoints)

    def _records(self, p: Program, per_slot: int) -> None:
        self.forward = np.zeros((len(p.forward), FORWARD), np.int32)
        for i, record in enumerate(p.forward):
            row = self.forward[i]
            row[F_Z : F_Z + len(record.places)] = self._lines(record.places)
            row[F_LINES] = record.size * per_slot
            self._address(row, record, False, i)
        self.starts = np.cumsum([0, *map(len, p.reverse)])
        self.reverse = np.zeros((int(self.starts[-1]), REVERSE), np.int32)
        for i, record in enumerate(r for part in p.reverse for r in part):
            row = self.reverse[i]
            row[R_R : R_R + len(record.places)] = self._lines(record.places)
            row[R_LINES] = record.size * per_slot
            row[R_ADD] = record.number
            self._address(row, record, True, i)

    def _address(self, row: Any, record: Record, reverse: bool, i: int) -> None:
        """The address of a record's kernel, compiled if it was not yet."""
        what, k = record.what, self.kernels
        if what[0] == "forward":
            address = k.forward(what[1])
            if address is None:
                address = k.native("scalar_forward")
                row[F_AUX] = self._scalar_kernel(what[1], K_FORWARD)
        elif what[0] == "reverse":
            address = k.reverse(what[1], what[2])
            if address is None:
                (p,) = what[2]
                address = k.native("scalar_reverse")
                row[R_GX] = row[R_GX + p]
                row[R_GY] = self._scalar_kernel(what[1], (K_REVERSE if record.number else K_STORE) + p)
        elif what[0] == "zero":
            address = k.zero()
        elif what[0] == "structural":
            address = k.structural(*what[1:3])
        elif what[0] == "kernel":
            address = what[1]
        else:
            address = 0
            (self.calls[reverse, i],) = what[1:]
        for at, x in (record.fields or {}).items():
            row[at] = x
        if what[0] == "structural" and what[3:]:
            row[L_ADJOINTS] = len(self._words)
            self._words.extend(what[3].words(self._engine()))
        row[:2] = np.array([address], np.int64).view(np.int32)

    def _engine(self) -> Engine:
        return engine(self.dtype, "fast" if self.kernels.fast else "precise")

    def _scalar_kernel(self, op: Op, kind: int) -> int:
        number = op.code * KINDS + kind
        found = self._engine()
        found.compile_kernel(number)
        self._words.append(int(found.table[number]))
        return len(self._words) - 1

    def workspace(self) -> Workspace:
        """Memory for a sweep under way: one a thread."""
        return Workspace(self)


class Workspace:
    """Lane memory of its own, and sweeps in it."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        program, dtype, width = lanes.program, lanes.dtype, lanes.width
        raw = np.zeros(lanes.nbytes + 4096, np.uint8)
        start = -raw.ctypes.data % 4096
        self._memory = raw[start : start + lanes.nbytes]
        self.slots = self._memory[HEAD * LINE :].view(dtype).reshape(program.size, width)
        """The lanes of each place."""
        self.parameters: Any = None
        """What `bind` wrote last."""
        self._constants(lanes.tape.value)
        head = self._memory[: HEAD * LINE].view(np.int64)
        head[driver.H_KERNELS] = lanes.table.ctypes.data
        head[driver.H_LISTS] = lanes.lists.ctypes.data
        head[driver.H_LINES] = width * dtype.itemsize // LINE
        self._driver = sweeps(dtype)
        self._like = dtype.type(0)
        self._block = c = np.zeros(driver.BLOCK, np.int64)
        self.address = int(c.ctypes.data)
        for at, array in (
            (driver.D_MEMORY, self._memory), (driver.D_FORWARD, lanes.forward), (driver.D_REVERSE, lanes.reverse),
            (driver.D_STARTS, lanes.starts), (driver.D_SEEDS, lanes._seeds), (driver.D_IN, lanes._inputs),
            (driver.D_IN_ADJOINT, lanes._adjoints), (driver.D_OUT, lanes._outputs), (driver.D_GUARDS, lanes._guards),
            (driver.D_EXPECTED, lanes._expected),
        ):  # fmt: skip
            c[at] = array.ctypes.data
        c[driver.D_FORWARDS] = len(lanes.forward)
        c[driver.D_GUARD_COUNT] = len(lanes._guards)
        c[driver.D_INPUTS], c[driver.D_OUTPUTS], c[driver.D_WIDTH] = len(lanes._inputs), len(lanes._outputs), width
        c[driver.D_WANTED] = lanes.wanted
        c[driver.D_WHOLE] = lanes.whole
        room = max(len(lanes._inputs), lanes.wanted) * width * dtype.itemsize
        if len(lanes._inputs) * dtype.itemsize >= LINE and room <= ROOM:
            self._room = np.zeros(room + LINE, np.uint8)
            c[driver.D_ROOM] = self._room.ctypes.data + -self._room.ctypes.data % LINE

    def _constants(self, value: Any) -> None:
        """Write constants and parameters to all lanes, from the values of the tape's slots."""
        for place, which in self.lanes.program.constants:
            values = value[which]
            self.slots[slice(place, place + values.size) if np.ndim(place) == 0 else place] = values[:, None]
        self._memory[: HEAD * LINE].view(np.int64)[driver.H_ONCE] = 0

    def set_constants(self, value: Any) -> None:
        """Write constants and parameters from values of all slots."""
        self._constants(value)

    def bind(self, places: Any, leaves: Any) -> None:
        """Give parameters other values.

        Args:
            places: (first slot, end, shape) of each.
            leaves: their values, of these shapes.
        """
        if places:
            value = self.lanes.tape.value.copy()  # what each point has of its own is written over it
            for (start, stop, _), x in zip(places, leaves, strict=True):
                value[start:stop] = np.ravel(x)
            self._constants(value)
        self.parameters = leaves

    def run(self, X: Any, Y: Any, G: Any, failures: Any, start: int = 0, stop: int | None = None) -> None:
        """Sweep the points `start` to `stop`.

        Args:
            X: (rows, inputs), C-contiguous, of the tape's dtype.
            Y: (rows, outputs) for values, or None. G: (rows, outputs, wanted) for gradients, or None; both C-contiguous.
            failures: int32 (rows,): the number of the first guard that does not hold at a point, or -1; -2 where an
                operation of Python raised an exception. What Y and G hold of such points is of no use.
        """
        rows, lanes = len(X), self.lanes
        stop = rows if stop is None else stop
        inputs, outputs = len(lanes._inputs), len(lanes._outputs)
        if not 0 <= start <= stop <= rows:
            raise ValueError(f"there are no rows {start} to {stop} among {rows}")
        for name, a, shape, dtype in (
            ("X", X, (rows, inputs), lanes.dtype), ("Y", Y, (rows, outputs), lanes.dtype),
            ("G", G, (rows, outputs, lanes.wanted), lanes.dtype), ("failures", failures, (rows,), np.dtype(np.int32)),
        ):  # fmt: skip
            if a is None and name in "YG":
                continue
            if not isinstance(a, np.ndarray) or a.shape != shape or a.dtype != dtype or not a.flags.c_contiguous:
                raise ValueError(f"{name} must be a C-contiguous {dtype} array of shape {shape}")
            if name != "X" and not a.flags.writeable:
                raise ValueError(f"{name} is read-only")
        if G is not None and not lanes.gradients:
            raise ValueError("these lanes were made with gradients=False; pass None for G")
        if start == stop:
            return
        c = self._block
        c[driver.D_X], c[driver.D_FAILED] = X.ctypes.data, failures.ctypes.data
        c[driver.D_Y] = 0 if Y is None else Y.ctypes.data
        c[driver.D_G] = 0 if G is None or not outputs else G.ctypes.data  # a path may return plain numbers only
        c[driver.D_PAST] = G is not None and G.nbytes > PAST and G.ctypes.data % G.itemsize == 0
        c[driver.D_ROW], c[driver.D_STOP], c[driver.D_PHASE] = start, stop, driver.LOAD
        failures[start:stop] = -1
        while self._driver(self._block.ctypes.data, self._like):
            self._call(failures)

    # --- operations of Python ---------------------------------------------------------------------------------------------

    def _call(self, failures: Any) -> None:
        """Carry out the record of Python that the driver has come to: for all lanes together where it can be, the others one by one."""
        c = self._block
        reverse = bool(c[driver.D_PHASE] == driver.ADJOINTS)
        call = self.lanes.calls[reverse, int(c[driver.D_AT])]
        row = int(c[driver.D_ROW])
        rows = min(self.lanes.width, int(c[driver.D_STOP]) - row)
        try:
            done = (call.reverse_together if reverse else call.forward_together)(self.slots, rows)
        except Exception:  # as below
            done = None
        for lane in range(rows):
            if done is not None and done[lane]:
                continue
            if failures[row + lane] != driver.ERROR:
                try:
                    (call.reverse if reverse else call.forward)(self.slots, lane)
                    continue
                except Exception:  # what it was comes out when this point is computed by itself
                    failures[row + lane] = driver.ERROR
            if not reverse:
                self.slots[call.result, lane] = np.nan
        if not reverse:
            self.slots[call.result, rows:] = self.slots[call.result, rows - 1 : rows]
        c[driver.D_AT] += 1
