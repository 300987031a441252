"""Sparse matrices of SciPy beside recorded arrays: how SciPy's operators hand a product over, and what a tape keeps of a matrix."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.errors import RecordingError
from jittape.instructions.sparse_matmul.record import Sparse
from jittape.ops.layout import CONSTANT
from jittape.tape.tape import Tape

PRODUCTS = ("_matmul_dispatch", "_mul_dispatch")
"""What SciPy's operators call, which make an array of what they do not know: where that is one object, the other operand has its turn."""
DOT = "dot"
"""A method that refuses one object, and asks an operator next."""
CLASSES = "scipy.sparse._"
"""How the names of the modules of these classes begin; linear operators have a `dot`, too, which takes the array for a vector of one number."""
REMEMBERED = 8
"""Matrices of one shape that a tape looks for before it takes another one down."""


def module() -> Any:
    """SciPy's module, if somebody has imported it, and not another thread is still at it: else there are no such matrices."""
    found = sys.modules.get("scipy.sparse")
    return found if hasattr(found, "issparse") and hasattr(found, "isspmatrix") else None


def is_sparse(x: Any) -> bool:
    found = module()
    return found is not None and bool(found.issparse(x))


def is_matrix_class(x: Any) -> bool:
    """Whether `*` of a sparse matrix is the matrix product."""
    return bool(module().isspmatrix(x))


def asked_by_sparse(x: Any) -> NDArray[Any] | None:
    """What stands for a recorded array (or a tensor) of one or two axes where a product with a sparse matrix asks for an ndarray; else None."""
    if module() is None or not 0 < x.ndim < 3:
        return None
    caller = sys._getframe(2)
    name = caller.f_code.co_name
    if (name not in PRODUCTS and name != DOT) or not str(caller.f_globals.get("__name__", "")).startswith(CLASSES):
        return None
    return np.empty(() if name in PRODUCTS else 1, object)


def _checked(a: Any) -> None:
    if a.ndim > 2:
        raise RecordingError(f"a sparse array of {a.ndim} axes times recorded values is not supported; take matrices, of two axes")
    if a.dtype.kind != "f":
        way = "take its real and imaginary parts, A.real and A.imag" if a.dtype.kind == "c" else "write A.astype(float)"
        raise RecordingError(f"a sparse matrix of dtype {a.dtype} times recorded values: its entries must be real floating-point numbers; {way}")


def by_rows(a: Any) -> tuple[tuple[int, int], Any, Any, Any, bool]:
    """(shape, offsets, columns, entries, transposed) of a matrix by rows: of what lies by columns, the transpose is.

    Raises:
        RecordingError: its entries are no real numbers.
        ValueError: it is damaged.
    """
    _checked(a)
    if a.ndim == 1:
        a = a.reshape(1, -1)
    transposed = a.format == "csc"
    if not transposed and a.format != "csr":
        a = a.tocsr()
    rows, columns = a.shape[::-1] if transposed else a.shape
    offsets, count = a.indptr, int(a.indptr[-1])
    indices, data = a.indices[:count], a.data[:count]
    steps = np.diff(offsets)
    if offsets[0] != 0 or offsets.size != rows + 1 or (steps < 0).any() or indices.size != count or data.size != count:
        raise ValueError("the sparse matrix is damaged: its rows do not fit its entries (A.check_format() says more)")
    if count and not (indices.min() >= 0 and indices.max() < columns):
        raise ValueError("the sparse matrix is damaged: it has entries outside its shape (A.check_format() says more)")
    return (rows, columns), offsets, indices, data, transposed


def on_tape(tape: Tape, shape: tuple[int, int], offsets: Any, indices: Any, data: Any) -> Sparse:
    """A matrix by rows as constants of a tape: that which it has already, or appended."""
    offsets, indices = np.ascontiguousarray(offsets, np.int32), np.ascontiguousarray(indices, np.int32)
    data = np.ascontiguousarray(data, tape.dtype)
    known = tape.sparse.setdefault((*shape, data.size), [])
    for s in known:
        if (
            tape.value[s.data : s.data + data.size].tobytes() == data.tobytes()
            and tape.index[s.indices : s.indices + data.size].tobytes() == indices.tobytes()
            and tape.index[s.offsets : s.offsets + offsets.size].tobytes() == offsets.tobytes()
        ):
            return s  # type: ignore[no-any-return]
    s = Sparse(*shape, tape.gather_list(offsets), tape.gather_list(indices), tape.append_leaf(data, CONSTANT))
    if tape.keeps:
        if len(known) == REMEMBERED:
            known.clear()
        known.append(s)
    return s
