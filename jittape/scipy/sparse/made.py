"""How sparse arrays of recorded entries are made: by SciPy's classes and functions, with recorded data."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.products import as_array, shape_of
from jittape.scipy.declare import declare, has_recorded, like, original, recorded_call
from jittape.scipy.sparse.matrices import Index, SparseRecorded, settled


def _coordinates(format: str, given: tuple[Any, ...]) -> tuple[Any, Index, Index]:
    """(entries, rows, columns) of (data, (row, col)) or (data, indices, indptr)."""
    if len(given) == 2:
        data, (row, col) = given
        return data, np.asarray(row, np.intp), np.asarray(col, np.intp)
    data, indices, offsets = given
    inner, offsets = np.asarray(indices, np.intp), np.asarray(offsets, np.intp)
    outer = np.repeat(np.arange(offsets.size - 1), np.diff(offsets))
    if outer.size != inner.size:
        raise ValueError(f"the last element of indptr is {offsets[-1]}, and there are {inner.size} indices")
    return (data, outer, inner) if format == "csr" else (data, inner, outer)


def _made(format: str, arg1: Any, shape: Any = None, dtype: Any = None, copy: Any = False, **_: Any) -> SparseRecorded:
    if isinstance(arg1, SparseRecorded):
        return arg1.asformat(format)
    if not isinstance(arg1, tuple):
        x = settled(arg1)
        if len(shape_of(x)) != 2:
            raise RecordingError(f"sparse arrays of recorded entries have two axes, not shape {shape_of(x)}")
        row, col = np.nonzero(x)
        return SparseRecorded(x[row, col], np.asarray(row), np.asarray(col), (shape_of(x)[0], shape_of(x)[1]), "coo").asformat(format)
    data, row, col = _coordinates(format, arg1)
    data = settled(data)
    if len(shape_of(data)) != 1 or shape_of(data)[0] != row.size or row.size != col.size:
        raise ValueError(f"a sparse array has as many entries as coordinates, not data of shape {shape_of(data)}, {row.size} rows and {col.size} columns")
    if shape is None:
        major, minor = int(row.max(initial=-1)) + 1, int(col.max(initial=-1)) + 1
        if len(arg1) == 3:
            outer = len(arg1[2]) - 1
            major, minor = (outer, minor) if format == "csr" else (major, outer)
        shape = (major, minor)
    if row.size and (min(row.min(), col.min()) < 0 or row.max() >= shape[0] or col.max() >= shape[1]):
        raise ValueError(f"a sparse array of shape {tuple(shape)} has coordinates outside of it")
    made = SparseRecorded(data, row, col, (int(shape[0]), int(shape[1])), "coo")
    return made.asformat(format) if len(arg1) == 2 else SparseRecorded(made.data, row, col, made.shape, format)


class _Sparse(type):
    """Of classes that make SciPy's objects of plain entries, and `SparseRecorded` of recorded ones."""

    base: Any
    kind: str

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        given = [*args, *kwargs.values()]
        if not (has_recorded(*given) or any(isinstance(x, SparseRecorded) for x in given)):
            return cls.base(*args, **kwargs)
        return _made(cls.kind, *args, **kwargs)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, cls.base) or (isinstance(x, SparseRecorded) and x.format == cls.kind)


def _class(name: str) -> Any:
    path = f"scipy.sparse.{name}"
    declare(path, "data", "on a fixed pattern")
    return _Sparse(name, (), {"base": original(path), "kind": name[:3], "__doc__": f"SciPy's {name} of plain entries, and a `SparseRecorded` of the same form of recorded ones.", "__module__": "jittape.scipy.sparse"})


csr_array, csc_array, coo_array = _class("csr_array"), _class("csc_array"), _class("coo_array")
csr_matrix, csc_matrix, coo_matrix = _class("csr_matrix"), _class("csc_matrix"), _class("coo_matrix")


def _length(x: Any) -> int | None:
    """The length of a vector or list, whose numbers may be recorded; None of a number."""
    if isinstance(x, (list, tuple)):
        return len(x)
    return int(shape_of(x)[0]) if len(shape_of(x)) else None


def _diagonals(diagonals: Any, offsets: Any, shape: Any, format: Any) -> SparseRecorded:
    offsets = [int(k) for k in np.atleast_1d(offsets)]
    lone = len(offsets) == 1 and all(_length(x) is None for x in diagonals)  # one diagonal, given by its numbers
    given = [diagonals] if lone else list(diagonals)
    if len(given) != len(offsets):
        raise ValueError(f"scipy.sparse.diags: {len(given)} diagonals for {len(offsets)} offsets")
    if shape is None:
        n = (_length(given[0]) or 1) + abs(offsets[0])
        shape = (n, n)
    rows, columns = [], []
    lengths: list[int] = []
    for x, k in zip(given, offsets, strict=True):
        length = max(min(shape[0] + min(k, 0), shape[1] - max(k, 0)), 0)
        size = 1 if (given_size := _length(x)) is None else given_size
        if size not in (1, length):
            raise ValueError(f"scipy.sparse.diags: diagonal length (index {len(lengths)}: {size} at offset {k}) does not agree with array size ({shape[0]}, {shape[1]})")
        lengths.append(length)
        rows.append(np.arange(length) - min(k, 0))
        columns.append(np.arange(length) + max(k, 0))
    data = recorded_call(lambda *parts: np.concatenate([np.broadcast_to(as_array(x), (m,)) for x, m in zip(parts, lengths, strict=True)]), *given)
    made = SparseRecorded(data, np.concatenate(rows), np.concatenate(columns), tuple(shape), "coo")
    return made if format in (None, "dia") else made.asformat(format)


def _default(name: str) -> Any:
    """What SciPy's releases have as the dtype that is not given."""
    return inspect.signature(original(f"scipy.sparse.{name}")).parameters["dtype"].default


@like("scipy.sparse.diags", by="diagonals", several=("diagonals", "offsets"), note="as coordinates unless another format is asked for", always=True)
def diags(diagonals: Any, offsets: Any = 0, shape: Any = None, format: Any = None, dtype: Any = _default("diags")) -> Any:  # noqa: B008
    """A sparse matrix of its diagonals."""
    return _diagonals(diagonals, offsets, shape, format) if has_recorded(diagonals) else original("scipy.sparse.diags")(diagonals, offsets, shape, format, dtype)


@like("scipy.sparse.diags_array", by="diagonals", several=("diagonals", "offsets"), note="as coordinates unless another format is asked for", always=True)
def diags_array(diagonals: Any, /, *, offsets: Any = 0, shape: Any = None, format: Any = None, dtype: Any = _default("diags_array")) -> Any:  # noqa: B008
    """A sparse array of its diagonals."""
    if has_recorded(diagonals):
        return _diagonals(diagonals, offsets, shape, format)
    return original("scipy.sparse.diags_array")(diagonals, offsets=offsets, shape=shape, format=format, dtype=dtype)


def issparse(x: Any) -> bool:
    """Whether x is a sparse array or matrix, of recorded entries or of SciPy's."""
    return isinstance(x, SparseRecorded) or bool(original("scipy.sparse.issparse")(x))


