"""Products of recorded matrices and vectors; with them Python's operators on recorded arrays are complete, and are installed here."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.array.array import Array, apply, power
from jittape.array.copies import FLOATS
from jittape.array.operators import FOREIGN, UNDERSTOOD, install_operators
from jittape.array.reading import install_counts
from jittape.array.sparse_operands import by_rows, is_matrix_class, is_sparse, on_tape
from jittape.array.state import check
from jittape.array.truths import install as install_truths
from jittape.errors import RecordingError
from jittape.instructions import sparse_matmul
from jittape.instructions.matmul import INSTRUCTION, readable
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import CONSTANT, INACTIVE
from jittape.tape.tape import Tape


def matmul(a: Any, b: Any) -> Any:
    """a @ b: of matrices and vectors at once, of anything else by NumPy's function."""
    tape = a.tape if isinstance(a, Array) else b.tape
    out = tape.operation(matmul, (a, b), matrix_product, (a, b)) if tape.repeats else matrix_product(a, b)
    return np.matmul(a, b) if out is None else out


def matrix_product(a: Any, b: Any) -> Any:
    """a @ b of recorded or plain matrices and vectors that fit together; None for anything else."""
    tape = a.tape if isinstance(a, Array) else b.tape
    if not tape.busy and all(x.constant for x in (a, b) if isinstance(x, Array)):
        return None
    if not (is_matrix(a, tape) and is_matrix(b, tape)):
        return None
    left, right = a.shape, b.shape
    k = left[-1]
    size = math.prod(left[:-1]) * math.prod(right[1:])
    if right[0] != k or not k or not size:
        return None
    check(tape)
    m = left[0] if len(left) > 1 else 1
    base = INSTRUCTION.append_read(tape, (1, m, k, size // m), matrix(tape, a), matrix(tape, b, column=True))
    return Array.of_run(tape, base, left[:-1] + right[1:])


def is_matrix(x: Any, tape: Tape) -> bool:
    """Whether a product takes an operand as it is: a matrix or a vector, recorded on this tape or plain."""
    if type(x) is Array:
        return x.tape is tape and 0 < x.ndim < 3
    return type(x) is np.ndarray and 0 < x.ndim < 3 and x.dtype in FLOATS


def is_run(x: Any, ndim: int) -> bool:
    """Whether a recorded array of so many axes is a run of slots that nobody assigned to, and no constant."""
    if type(x) is not Array or x.slot >= 0 or x.run is None or len(x.run[2]) != ndim:
        return False
    store = x.store
    return store is None or not (store.constant or store.private is not None)


def matrix(tape: Tape, x: Any, column: bool = False) -> tuple[int, int, int, int, int]:
    """How a matrix product reads an operand, a vector as a row or a column: (base, batch stride, row stride, column stride, flags)."""
    shape = x.shape
    vector = len(shape) == 1
    if type(x) is not Array or is_run(x, len(shape)):
        base, flag = (x.run[0], 0) if type(x) is Array else (tape.append_leaf(x, CONSTANT), INACTIVE)
        return (base, 0, 1, shape[0], flag) if vector and column else (base, 0, shape[-1], 1, flag)
    slots = x.slots
    if vector:
        slots = slots[:, None] if column else slots[None]
    return (*readable(tape, slots[None]), INACTIVE if x.constant else 0)


def sparse_product(a: Any, x: Array, flip: bool) -> Any:
    """A @ x of a sparse matrix of SciPy and a recorded array, or x @ A where that is `flip`.

    Raises:
        RecordingError: the matrix is none of real floating-point numbers.
        ValueError: the shapes do not fit together.
    """
    tape, shape = x.tape, x.shape
    check(tape)
    left, right = (shape, a.shape) if flip else (a.shape, shape)
    if not 0 < len(shape) < 3:
        raise ValueError(f"a sparse matrix is multiplied with vectors and matrices, not with an array of shape {shape}")
    if left[-1] != right[0]:
        raise ValueError(f"matmul: the inner lengths {left[-1]} and {right[0]} differ; the shapes are {left} and {right}")
    size, offsets, indices, data, transposed = by_rows(a)
    out = left[:-1] + right[1:]
    if not math.prod(out) or not data.size:
        if out:
            return Array.of(tape, np.full(out, tape.constant(0.0), np.int32))
        return Array(tape, tape.constant(0.0))
    slots = x.slots
    if len(shape) == 1:
        slots = slots[:, None]
    elif flip:
        slots = slots.T
    tape.busy += 1
    try:
        s = on_tape(tape, size, offsets, indices, data)
        transposed ^= flip and len(a.shape) > 1
        base = sparse_matmul.INSTRUCTION.append(tape, s, transposed, slots)
    finally:
        tape.busy -= 1
    if flip and len(out) == 2:
        return Array.of_run(tape, base, out[::-1]).T
    return Array.of_run(tape, base, out) if out else Array(tape, base)


def with_sparse(x: Any, other: Any, flip: bool) -> Any:
    """x @ other, or other @ x, where the other one is a sparse matrix."""
    if not isinstance(x, Array) or x.constant or not is_sparse(other):
        return NotImplemented  # of constants, SciPy makes plain numbers
    return sparse_product(other, x, not flip)


def times_sparse(x: Any, other: Any, flip: bool) -> Any:
    """The same of `*`, which is the matrix product for one of SciPy's two families of classes."""
    return with_sparse(x, other, flip) if is_sparse(other) and is_matrix_class(other) and x.ndim else NotImplemented


def beside_sparse(x: Any, other: Any, flip: bool) -> Any:
    """Sums and differences with sparse matrices, which SciPy's operators refuse without a reason."""
    if not isinstance(x, Array) or x.constant or not is_sparse(other):
        return NotImplemented
    name = type(other).__name__
    raise RecordingError(f"sums and differences of a {name} and recorded values are not recorded; write A.toarray() in place of A")


FOREIGN.update({"matmul": with_sparse, ops.MUL: times_sparse, ops.ADD: beside_sparse, ops.SUB: beside_sparse})
UNDERSTOOD.append(Array)
install_operators(Array, apply, power, matmul, Array.become)
install_counts(Array)
install_truths()
