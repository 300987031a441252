"""Structural patterns of Jacobians and Hessians: which entries can be other than zero, at any point of a recorded path.

A pattern follows the structure of the recording and knows no values but those that guards fix and constants of zero: an
entry that cancels (x - x) is in it, one that no operation makes is not. Cost and method are described in jittape/sweep/sets/sparsity.py and sets.py.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from jittape.compiler.jit import function
from jittape.compiler.locks import compiling
from jittape.errors import DensePatternError
from jittape.ops.dependence import pairs, passes
from jittape.ops.layout import CONSTANT, FIRST_OPERATION, MAX_SLOTS, OPERATION, RUN
from jittape.ops.spec import OPS
from jittape.sweep.sets import sets as native
from jittape.sweep.sets import sparsity
from jittape.tape.decode import lengths
from jittape.tape.tape import Tape

Ints = NDArray[np.int32]
Pattern = tuple[Ints, Ints]
"""(indptr, indices) of a matrix in compressed sparse rows; indices ascend within a row."""

LIMIT = 200_000_000
"""Most entries that a pattern has unless the caller says otherwise (2.4 GB as a matrix of float64)."""
SIGNATURES = {"need": 1, "spread": 1, "gather": 5, "copy": 4, "collect": 2, "unique": 5, "symmetric": 6}
NUMBERS = {(0, 0): 0, (0, 1): 1, (0, 2): 2, (1, 1): 3, (1, 2): 4, (2, 2): 5}
_lock = compiling()


@cache
def compiled(name: str) -> Any:
    """A function of sweep/sets/sparsity.py or sweep/sets/sets.py, compiled."""
    with _lock:
        where = sparsity if name in ("need", "spread") else native
        return function(getattr(where, name), types.int64(*(types.int64,) * SIGNATURES[name]))


@cache
def structure() -> NDArray[np.int64]:
    """For each elementwise operation the operands that it passes on and the pairs that it makes, as bits."""
    table = np.zeros(RUN, np.int64)
    for op in OPS:
        bits = sum(1 << native.PASSES + p for p, active in enumerate(passes(op)) if active)
        bits += native.FACTORS * (op.partials == ("y", "x"))
        table[op.code] = bits + sum(1 << native.PAIRS + NUMBERS[pair] for pair in pairs(op))
    return table


def jacobian_pattern(tape: Tape, inputs: Any, outputs: Any, *, limit: int = LIMIT) -> Pattern:
    """The structural pattern of the Jacobian of recorded outputs with respect to inputs.

    Args:
        tape: the recording.
        inputs: int32 [n], slots of leaves, each once. Column j belongs to inputs[j].
        outputs: int32 [m], slots. Row i belongs to outputs[i].
        limit: most entries.

    Returns:
        (indptr int32 [m + 1], indices int32 [entries]): rows of the pattern, indices ascending.

    Raises:
        ValueError: a slot that is not on the tape, an input that is no leaf or stands twice.
        DensePatternError: more than `limit` entries.

    Example:
        >>> import numpy as np
        >>> import jittape as jt
        >>> from jittape.sparse.pattern import jacobian_pattern
        >>> F = jt.record(lambda x: x[1:] * x[:-1], np.ones(4))
        >>> ((first, end, _),) = F.paths[0].inputs
        >>> indptr, indices = jacobian_pattern(F.tape, np.arange(first, end), F.paths[0].outputs[0].slots)
        >>> indptr.tolist(), indices.tolist()
        ([0, 2, 4, 6], [0, 1, 1, 2, 2, 3])
    """
    inputs, outputs = _slots(tape, inputs, "inputs"), _slots(tape, outputs, "outputs")
    work = _Work(tape, inputs, False, limit)
    work.flags[outputs] = native.WANTED
    work.last[outputs] = MAX_SLOTS
    work.run()
    lengths = np.empty(outputs.size, np.int64)
    row = 0
    while row < outputs.size:
        row = compiled("gather")(work.address, outputs.ctypes.data, outputs.size, row, lengths.ctypes.data)
        if row < outputs.size:
            work.more_pool()
        if int(lengths[:row].sum()) > min(limit, MAX_SLOTS):
            raise _dense(f"{outputs.size} x {inputs.size} Jacobian", limit)
    indptr = np.zeros(outputs.size + 1, np.int64)
    np.cumsum(lengths, out=indptr[1:])
    indices = np.empty(int(indptr[-1]), np.int32)
    compiled("copy")(work.address, outputs.ctypes.data, outputs.size, indices.ctypes.data)
    return indptr.astype(np.int32), indices


def hessian_pattern(tape: Tape, inputs: Any, output: int, *, limit: int = LIMIT) -> Pattern:
    """The structural pattern of the Hessian of a recorded output, from the recording of the function alone.

    An operation that is nonlinear in two operands makes an entry for each input of the one and each of the other; linear
    operations make none.

    Args:
        tape: the recording.
        inputs: int32 [n], slots of leaves, each once. Row and column j belong to inputs[j].
        output: slot of the result; or int32 [m], slots, for the union of their patterns (a Lagrangian's).
        limit: most entries.

    Returns:
        (indptr int32 [n + 1], indices int32 [entries]) of the symmetric pattern, both triangles, indices ascending. A
        diagonal entry is there only where it can be other than zero.

    Raises:
        ValueError: a slot that is not on the tape, an input that is no leaf or stands twice.
        DensePatternError: more than `limit` entries.

    Example:
        >>> import numpy as np
        >>> import jittape as jt
        >>> from jittape.sparse.pattern import hessian_pattern
        >>> F = jt.record(lambda x: np.sum(x[1:] * x[:-1]) + x[0] ** 2, np.ones(3))
        >>> ((first, end, _),) = F.paths[0].inputs
        >>> indptr, indices = hessian_pattern(F.tape, np.arange(first, end), F.paths[0].seed)
        >>> indptr.tolist(), indices.tolist()
        ([0, 2, 4, 5], [0, 1, 0, 2, 1])
    """
    inputs, outputs = _slots(tape, inputs, "inputs"), _slots(tape, output, "the output")
    work = _Work(tape, inputs, True, limit)
    work.flags[outputs] = native.REACHES
    work.last[outputs] = MAX_SLOTS
    work.run()
    count = work.unique()
    n = inputs.size
    diagonal = int(np.count_nonzero(work.pairs[:count] >> 32 == work.pairs[:count] & 0xFFFFFFFF))
    entries = 2 * count - diagonal
    if entries > min(limit, MAX_SLOTS):
        raise _dense(f"{n} x {n} Hessian", limit)
    indptr, indices, place = np.zeros(n + 1, np.int32), np.empty(entries, np.int32), np.empty(n, np.int32)
    compiled("symmetric")(work.pairs.ctypes.data, count, n, indptr.ctypes.data, indices.ctypes.data, place.ctypes.data)
    return indptr, indices


def _dense(what: str, limit: int) -> DensePatternError:
    return DensePatternError(
        f"the pattern of the {what} would have more than {min(limit, MAX_SLOTS):,} entries: it is dense, or nearly. Use a "
        "dense derivative or products with vectors, or raise limit="
    )


def _slots(tape: Tape, slots: Any, what: str) -> Ints:
    given = np.atleast_1d(np.asarray(slots))
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise ValueError(f"{what} are slots, a list of integers, not {given.dtype} of shape {given.shape}")
    if given.size and not (given.min() >= 0 and given.max() < tape.slots):
        raise ValueError(f"{what}: slot {int(given.max())} is not on the tape, which has {tape.slots:,}")
    return np.ascontiguousarray(given, np.int32)


def zero_constants(tape: Tape, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The slots of constants that are zero; `ends` are the ends of the instructions' slots."""
    opcode = tape.opcode[: tape.count]
    scalars = ends[opcode == CONSTANT] - 1
    found = [scalars[tape.value[scalars] == 0.0]]
    for k in np.flatnonzero(opcode == RUN + CONSTANT):
        first = ends[k] - tape.arg1[k]
        found.append(first + np.flatnonzero(tape.value[first : ends[k]] == 0.0))
    return np.concatenate(found)


class _Work:
    """The memory of one pass of sets over a tape (see sweep/sets/sets.py)."""

    def __init__(self, tape: Tape, inputs: Ints, hessian: bool, limit: int) -> None:
        tape.bind(values=False)
        n, slots = inputs.size, tape.slots
        sizes = lengths(tape.opcode[: tape.count], tape.arg1[: tape.count])
        ends = np.cumsum(sizes)
        leaf = tape.opcode[np.searchsorted(ends, inputs, side="right")] & OPERATION < FIRST_OPERATION
        if not leaf.all():
            raise ValueError(f"inputs: slot {int(inputs[~leaf][0])} is the result of an operation, not an input")
        self.tape, self.inputs, self.limit, self.hessian = tape, inputs, limit, hessian
        self.state = np.zeros(native.S_SIZE, np.int64)
        self.address = self.state.ctypes.data
        self.sets, self.flags, self.last = (
            np.zeros(slots, np.int32),
            np.zeros(slots, np.uint8),
            np.zeros(slots, np.int32),
        )
        self.sets[inputs] = np.arange(1, n + 1)
        if np.count_nonzero(self.sets) != n:
            values, counts = np.unique(inputs, return_counts=True)
            raise ValueError(f"inputs: slot {int(values[counts > 1][0])} stands there twice")
        self.flags[zero_constants(tape, ends)] = native.ZERO
        self.mark = np.zeros(n, np.int32)
        self.known, self.met = np.zeros(native.KNOWN, np.int32), np.zeros(native.MET, np.int64)
        self.starts = np.empty(n + 1, np.int64)
        self.pool = np.empty(max(6 * n + 4096, 1 << 16), np.int32)
        self.pool[:n] = np.arange(n)
        self.pairs = np.empty(4 * n + 4096 if hessian else 0, np.int64)
        room = 2 * n + 4096
        self.first, self.second, self.bound, self.weight, self.stamp, self.stack = (
            np.empty(room, np.int32) for _ in range(6)
        )
        nodes = np.arange(n + 1, dtype=np.int32)
        self.first[: n + 1], self.second[: n + 1], self.bound[: n + 1] = nodes - 1, 1, nodes
        self.weight[: n + 1] = self.stamp[: n + 1] = 0
        self.first[0] = self.second[0] = 0
        s = self.state
        s[native.S_TAPE], s[native.S_TABLE], s[native.S_INPUTS] = tape.address, structure().ctypes.data, n
        s[native.S_POOL_USED], s[native.S_NODES] = n, n + 1
        self.addresses()

    def addresses(self) -> None:
        s = self.state
        for place, array in (
            (native.S_POOL, self.pool), (native.S_FIRST, self.first), (native.S_SECOND, self.second),
            (native.S_BOUND, self.bound), (native.S_WEIGHT, self.weight), (native.S_STAMP, self.stamp),
            (native.S_STACK, self.stack), (native.S_MARK, self.mark), (native.S_SETS, self.sets),
            (native.S_FLAGS, self.flags), (native.S_LAST, self.last), (native.S_KNOWN, self.known),
            (native.S_MET, self.met), (native.S_PAIRS, self.pairs),
        ):  # fmt: skip
            s[place] = array.ctypes.data
        if not self.hessian:
            s[native.S_PAIRS] = 0
        s[native.S_POOL_ROOM], s[native.S_PAIRS_ROOM] = self.pool.size, self.pairs.size
        s[native.S_NODE_ROOM] = self.first.size - 2  # the stack is as long, and a walk needs two more

    def run(self) -> None:
        """Send flags back and sets forward over the tape."""
        if not self.inputs.size:
            return
        while compiled("need")(self.address) == native.UNCOMPILED:  # flags are only ever set: it may begin anew
            self.compile_step()
        spread = compiled("spread")
        while True:
            status = spread(self.address)
            if status == native.FINISHED:
                return
            if status == native.UNCOMPILED:
                self.compile_step()
            elif status == native.POOL:
                self.more_pool()
            elif status == native.NODES:
                self.more_nodes()
            else:
                self.more_pairs()

    def compile_step(self) -> None:
        self.tape.engine.compile_kernel(int(self.state[native.S_NEED]))

    def more_pool(self) -> None:
        """Drop the lists that nobody needs any more, and make the pool longer where that gains little."""
        live = int(self.state[native.S_POOL_USED])
        target = np.empty(self.pool.size, np.int32)
        live = compiled("collect")(self.address, target.ctypes.data)
        if 2 * live + 4 * self.inputs.size + 4096 > target.size:
            room = 2 * target.size
            if room > MAX_SLOTS:
                raise _dense(f"derivative with respect to {self.inputs.size} inputs", self.limit)
            target, old = np.empty(room, np.int32), target
            target[:live] = old[:live]
        self.pool = target
        self.addresses()

    def more_nodes(self) -> None:
        room = max(2 * self.first.size, self.first.size + int(self.state[native.S_NEED]) + 2)
        if room > MAX_SLOTS:
            raise MemoryError(f"the pattern would need {room:,} sets")
        used = int(self.state[native.S_NODES])
        for name in ("first", "second", "bound", "weight", "stamp"):
            new = np.empty(room, np.int32)
            new[:used] = getattr(self, name)[:used]
            setattr(self, name, new)
        self.stack = np.empty(room, np.int32)
        self.addresses()

    def more_pairs(self) -> None:
        """Drop repeated pairs, and make room for the next ones."""
        need = int(self.state[native.S_NEED])
        used = self.unique()
        if max(2 * used, need) > 2 * self.limit + self.inputs.size:
            n = self.inputs.size
            raise _dense(f"{n} x {n} Hessian", self.limit)
        if 2 * (used + need) > self.pairs.size:
            new = np.empty(2 * max(self.pairs.size, used + need), np.int64)
            new[:used] = self.pairs[:used]
            self.pairs = new
            self.addresses()

    def unique(self) -> int:
        """Sort the pairs and drop repeated ones; returns how many are left."""
        count = int(self.state[native.S_PAIRS_USED])
        other = np.empty(count, np.int64)
        count = compiled("unique")(
            self.pairs.ctypes.data, other.ctypes.data, self.starts.ctypes.data, count, self.inputs.size
        )
        self.state[native.S_PAIRS_USED] = count
        return int(count)
