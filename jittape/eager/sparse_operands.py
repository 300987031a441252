"""Sparse matrices of SciPy beside tensors: products are recorded as those of arrays are; what is not, says what to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.operators import FOREIGN
from jittape.array.sparse_operands import is_sparse
from jittape.eager.calls import recording_tape
from jittape.eager.operands import operand
from jittape.eager.tensor import Tensor, concrete, recorded
from jittape.errors import RecordingError
from jittape.ops._generated import opcodes as ops

PLAIN: dict[Any, Callable[[Any, Any], Any]] = {
    "matmul": lambda a, b: a @ b,
    ops.MUL: lambda a, b: a * b,
    ops.ADD: lambda a, b: a + b,
    ops.SUB: lambda a, b: a - b,
}
"""What SciPy computes of values, by the key of `FOREIGN`."""


def install(op: Any, of_arrays: Callable[[Any, Any, bool], Any]) -> None:
    """Let an operator of tensors take sparse matrices, by what it does of recorded arrays."""
    of_values = PLAIN[op]

    def operator(x: Any, other: Any, flip: bool) -> Any:
        if not isinstance(x, Tensor) or not is_sparse(other):
            return of_arrays(x, other, flip)
        tape = recording_tape((x,))
        if tape is None:
            values = x.values()
            found = of_values(other, values) if flip else of_values(values, other)
            return found if is_sparse(found) else concrete(np.asarray(found))
        out = of_arrays(operand(tape, x), other, flip)
        if out is NotImplemented:
            name = type(other).__name__
            raise RecordingError(
                f"elementwise products of a {name} and a tensor that requires grad are not recorded; write A.toarray() in place of A, "
                "or A @ x for the matrix product"
            )
        return recorded(out)

    FOREIGN[op] = operator


for _op in PLAIN:
    install(_op, FOREIGN[_op])
