"""Whether arrays that came from outside are a tape that native code may run: every check is made before a sweep sees them.

Sweeps check no index, so a damaged or forged tape must be refused here. What is proved for each instruction: its operation
is known, its record lies inside `meta`, every slot that it reads was written by an earlier instruction, and its sizes and
strides are those that the sweeps assume. All arithmetic is in 64 bits or in Python's integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from jittape.errors import TapeFileError
from jittape.instructions import of
from jittape.ops import table as _table  # noqa: F401  (declares the operations)
from jittape.ops._generated.opcodes import SWITCH
from jittape.ops.layout import (
    ADJOINT,
    BLOCK_REF,
    CONSTANT,
    FIRST_STRUCTURAL,
    GATHER_REF,
    INACTIVE,
    KIND,
    LEAVES,
    MAX_SLOTS,
    OPCODES,
    OPERATION,
    REF,
    RUN,
    RUN_REF,
    SCALAR_REF,
    STRUCTURAL,
)
from jittape.ops.spec import OPS
from jittape.tape import decode
from jittape.tape.decode import ARITIES, ARITY

Longs = NDArray[np.int64]
NAMES: dict[int, str] = {**LEAVES, **{op.code: op.name for op in OPS}, **STRUCTURAL}
"""Operation number -> name; the number of a run instruction is its opcode less RUN."""
READS_PER_SLOT = 64
"""How many elements a loaded tape may read for each slot that it is allowed: a limit of time, as that of memory."""

_known = np.zeros(OPCODES, bool)
_leaf = np.zeros(OPCODES, bool)
for _code in LEAVES:
    _known[_code] = _known[RUN + _code] = _leaf[_code] = _leaf[RUN + _code] = True
for _code in ARITY:
    _known[RUN + _code] = True
    _known[_code] = _code in SWITCH
for _code in STRUCTURAL:
    _known[RUN + _code] = True


@dataclass
class Parts:
    """The arrays of a tape, not to be trusted yet."""

    opcode: NDArray[np.uint16]
    arg0: NDArray[np.int32]
    arg1: NDArray[np.int32]
    meta: NDArray[np.int32]
    index: NDArray[np.int32]


def name(opcode: int) -> str:
    """The name of an instruction's operation."""
    return NAMES.get(opcode & OPERATION, f"opcode {opcode}")


def is_leaf(opcode: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Which instructions are inputs, constants, parameters or freed slots."""
    return _leaf[opcode]


def lengths(parts: Parts) -> Longs:
    """How many slots each instruction writes."""
    return decode.lengths(parts.opcode, parts.arg1)


def validate(parts: Parts, slots: int, room: int) -> Longs:
    """Check every instruction; returns the first slot of each.

    Args:
        parts: the arrays.
        slots: how many slots the tape is said to have.
        room: how many slots it may have; more are refused before anything of that size is allocated.

    Raises:
        TapeFileError: naming the first instruction that is wrong, and how.
    """
    count = parts.opcode.size
    if parts.arg0.size != count or parts.arg1.size != count:
        raise TapeFileError("damaged tape: its instruction arrays differ in length")
    n = lengths(parts)
    _first_bad(parts, n < 0, "has a negative length")
    total = int(n.sum())
    if total != slots:
        raise TapeFileError(f"damaged tape: its instructions write {total:,} slots, but it is said to have {slots:,}")
    if total > MAX_SLOTS:
        raise TapeFileError(f"damaged tape: {total:,} slots, and a tape has at most {MAX_SLOTS:,}")
    if total > room:
        raise TapeFileError(
            f"the tape would need {total:,} slots, and {room:,} are allowed for a file of this size; if you trust the "
            "file, load it with memory_limit= (bytes)"
        )
    first = np.cumsum(n) - n
    _first_bad(parts, ~_known[parts.opcode], "is no operation that this version of jittape knows")
    _scalars(parts, first)
    reader = Reader(parts, room, first)
    _elementwise(parts, first, n, reader)
    ends = parts.arg0.astype(np.int64) + REF * ARITIES[parts.opcode]
    for k in np.flatnonzero(parts.opcode >= RUN + FIRST_STRUCTURAL).tolist():
        ends[k] = of(int(parts.opcode[k]) - RUN).validate(reader, k, int(parts.arg0[k]), int(first[k]), int(n[k]))
    described = np.flatnonzero((parts.opcode >= RUN) & ~_leaf[parts.opcode])
    overlap = np.zeros(count, bool)
    overlap[described[1:]] = parts.arg0[described[1:]] < ends[described[:-1]]
    _first_bad(parts, overlap, "has a record that overlaps the one before")  # a plan marks records, each for itself
    return first


def _first_bad(parts: Parts, bad: Any, what: str) -> None:
    if bad.any():
        k = int(np.flatnonzero(bad)[0])
        _refuse(k, int(parts.opcode[k]), what)


def _refuse(k: int, opcode: int, what: str) -> NoReturn:
    raise TapeFileError(f"damaged tape: instruction {k} ({name(opcode)}) {what}")


def _scalars(parts: Parts, first: Longs) -> None:
    """Operand slots of scalar instructions."""
    arity = np.where(parts.opcode < RUN, ARITIES[parts.opcode], 0)
    for p, arg in enumerate((parts.arg0, parts.arg1)):
        _first_bad(parts, (arity > p) & ((arg < 0) | (arg >= first)), f"reads, as operand {p}, a slot that is not written before it")


def _elementwise(parts: Parts, first: Longs, n: Longs, reader: Reader) -> None:
    """References of elementwise runs, all at once."""
    arity = np.where(parts.opcode >= RUN, ARITIES[parts.opcode], 0)
    bad = np.zeros(parts.opcode.size, bool)
    for p in range(3):
        ks = np.flatnonzero(arity > p)
        if not ks.size:
            return
        at = parts.arg0[ks].astype(np.int64) + REF * p
        bad[ks] = (at < 0) | (at + REF > parts.meta.size)
        _first_bad(parts, bad, "has a record outside the tape's")
        kind, base, s0, s1, n1 = parts.meta[at[:, None] + np.arange(REF)].astype(np.int64).T
        size, own = n[ks], first[ks]
        flags, kind = kind & ~KIND, kind & KIND
        bad[ks] = ((flags != 0) & (flags != INACTIVE)) | (kind > GATHER_REF) | (base < 0)
        block = (kind == BLOCK_REF) & (size > 0)
        bad[ks] |= block & ((n1 < 1) | (size % np.maximum(n1, 1) != 0))
        bad[ks] |= (kind == GATHER_REF) & (n1 < 0)  # which replays read as where the list's pieces stand
        _first_bad(parts, bad, f"has a damaged reference for operand {p}")
        rows, columns = size // np.maximum(n1, 1) - 1, n1 - 1
        low, high = base.copy(), np.where(kind == RUN_REF, base + size - 1, base)
        for span in (rows * s0, columns * s1):
            low += np.where(block, np.minimum(span, 0), 0)
            high += np.where(block, np.maximum(span, 0), 0)
        for i in np.flatnonzero((kind == GATHER_REF) & (size > 0)).tolist():
            low[i], high[i] = reader.gathered(int(ks[i]), int(base[i]), int(size[i]), int(s0[i]), int(s1[i]))
        bad[ks] = (size > 0) & ((low < 0) | (high >= own))
        _first_bad(parts, bad, f"reads, as operand {p}, slots that are not written before it")


class Reader:
    """Checks of the instructions with records of their own.

    Args:
        parts: the arrays.
        room: how many slots the tape may have.
        first: the first slot of each instruction.
    """

    def __init__(self, parts: Parts, room: int, first: Longs) -> None:
        self.parts = parts
        self.room = room
        self.first = first
        self.budget = READS_PER_SLOT * room

    def refuse(self, k: int, what: str) -> NoReturn:
        _refuse(k, int(self.parts.opcode[k]), what)

    def record(self, k: int, at: int, size: int) -> list[int]:
        """`size` numbers of `meta`."""
        if at < 0 or at + size > self.parts.meta.size:
            self.refuse(k, "has a record outside the tape's")
        return self.parts.meta[at : at + size].tolist()  # type: ignore[no-any-return]

    def spend(self, k: int, elements: int) -> None:
        self.budget -= elements
        if self.budget < 0:
            self.refuse(k, f"reads {elements:,} elements, more than is allowed for a file of this size; if you trust the file, load it with memory_limit= (bytes)")

    def inside(self, k: int, low: int, high: int, own: int) -> None:
        if low < 0 or high >= own:
            self.refuse(k, "reads slots that are not written before it")

    def listed(self, k: int, base: int, size: int) -> NDArray[np.int32]:
        """A piece of `index`."""
        if base < 0 or base + size > self.parts.index.size:
            self.refuse(k, "has a gather list outside the tape's")
        return self.parts.index[base : base + size]

    def gathered(self, k: int, base: int, size: int, largest: int, smallest: int) -> tuple[int, int]:
        """(smallest, largest) slot of a gather list, as its reference says and as they are."""
        self.spend(k, size)
        part = self.listed(k, base, size)
        if int(part.min()) < smallest or int(part.max()) > largest:
            self.refuse(k, "has a gather list whose bounds are wrong")
        return smallest, largest

    def reference(self, k: int, ref: list[int], m: int, r: int, own: int, *, rows: bool) -> None:
        """A reference to m * r elements: as rows of r with the strides s0 and s1, or else with its own n1."""
        kind, base, s0, s1, n1 = ref
        if kind & ~(KIND | INACTIVE) or kind & KIND > GATHER_REF or base < 0 or (kind & KIND == GATHER_REF and n1 < 0):
            self.refuse(k, "has a damaged reference")
        kind &= KIND
        size = m * r
        if size == 0:
            return
        self.spend(k, size)
        low = high = base
        if kind == RUN_REF:
            high += size - 1
        elif kind == BLOCK_REF:
            if not rows:
                if n1 < 1 or size % n1:
                    self.refuse(k, "has a damaged reference")
                m, r = size // n1, n1
            low += min((m - 1) * s0, 0) + min((r - 1) * s1, 0)
            high += max((m - 1) * s0, 0) + max((r - 1) * s1, 0)
        elif kind == GATHER_REF:
            low, high = self.gathered(k, base, size, s0, s1)
        else:
            assert kind == SCALAR_REF
        self.inside(k, low, high, own)

    def matrix(self, k: int, x: Any, batch: int, rows: int, columns: int, own: int, *, any_strides: bool = False) -> None:
        """A stack of matrices, as instructions/matmul/record.py has it: with `any_strides`, BLAS need not be able to read them."""
        if x.flags & ~(INACTIVE | ADJOINT) or x.base < 0:
            self.refuse(k, "has a damaged reference")
        if not batch * rows * columns:
            return
        self.spend(k, batch * rows * columns)
        low = high = x.base
        for length, stride in ((batch, x.batch_stride), (rows, x.row_stride), (columns, x.column_stride)):
            span = (length - 1) * stride
            low, high = low + min(span, 0), high + max(span, 0)
        self.inside(k, low, high, own)
        by_rows = x.column_stride == 1 and (x.row_stride >= columns or rows == 1)
        by_columns = x.row_stride == 1 and (x.column_stride >= rows or columns == 1)
        if not any_strides and not by_rows and not by_columns:
            self.refuse(k, "has a matrix that BLAS cannot read")

    def constant(self, slot: int, n: int, own: int) -> bool:
        """Whether n slots from a slot on are those of one run of constants before instruction `own`."""
        j = int(np.searchsorted(self.first, slot, "right")) - 1
        return 0 <= j < own and bool(self.parts.opcode[j] == RUN + CONSTANT) and slot + n <= int(self.first[j]) + int(self.parts.arg1[j])

    def made_by(self, k: int, slot: int, code: int, n: int) -> int:
        """Where the record of the instruction begins that writes slot `slot` first, as this operation, and n slots or more."""
        for j in range(int(np.searchsorted(self.first, slot)), k):  # those that write nothing begin there, too
            if self.first[j] != slot:
                break
            if self.parts.opcode[j] == RUN + code and self.parts.arg1[j] >= n:
                return int(self.parts.arg0[j])
        return self.refuse(k, f"reads slot {slot}, which is not what {STRUCTURAL[code]} makes")

    def few(self, k: int, length: int) -> int:
        if not 0 <= length <= self.parts.meta.size:
            self.refuse(k, "has a damaged record")
        return length
