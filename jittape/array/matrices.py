"""Products of recorded matrices and vectors; with them Python's operators on recorded arrays are complete, and are installed here."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.array.array import FLOATS, Array, apply, power
from jittape.array.operators import UNDERSTOOD, install_operators
from jittape.array.reading import install_counts
from jittape.array.state import check
from jittape.array.truths import install as install_truths
from jittape.instructions.matmul import INSTRUCTION, readable
from jittape.ops.layout import CONSTANT, INACTIVE
from jittape.tape.tape import Tape


def matmul(a: Any, b: Any) -> Any:
    """a @ b: of matrices and vectors at once, of anything else by NumPy's function."""
    out = matrix_product(a, b)
    return np.matmul(a, b) if out is None else out


def matrix_product(a: Any, b: Any) -> Any:
    """a @ b of recorded or plain matrices and vectors that fit together; None for anything else."""
    tape = a.tape if isinstance(a, Array) else b.tape
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


UNDERSTOOD.append(Array)
install_operators(Array, apply, power, matmul, Array.become)
install_counts(Array)
install_truths()
