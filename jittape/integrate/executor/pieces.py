"""Points in chunks: where a chunk's points come from, who reads them, how a chunk is told from others.

Points are given as arrays, of which chunks are slices, or in pieces, each of which is a chunk. What travels to a worker is the points, or a `Part`:
the place of points that the worker reads itself, from files that it sees too.
"""

from __future__ import annotations

import mmap
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.integrate.executor.journal import digest
from jittape.replay import access
from jittape.replay.columns import columns, joined, leaves_of_points
from jittape.replay.function import Function
from jittape.replay.saving import pickled

Reals = NDArray[Any]


@dataclass(frozen=True)
class Part:
    """Points that are read where they are computed."""

    where: Any


# --- arrays --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileArray:
    """An array in a file, C-contiguous, of which rows are read when they are asked for."""

    path: str
    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    def __getitem__(self, rows: slice) -> Reals:
        row = int(np.prod(self.shape[1:], dtype=np.int64))
        count = (rows.stop - rows.start) * row
        found = np.fromfile(self.path, self.dtype, count, offset=self.offset + rows.start * row * self.dtype.itemsize)
        if found.size != count:
            raise ValueError(f"{self.path} ends before row {rows.stop} of an array of shape {self.shape}: it has been cut since it was mapped")
        return found.reshape(rows.stop - rows.start, *self.shape[1:])

    def identity(self) -> bytes:
        """What the file says of itself: one that was written to since is another one."""
        return digest(*of_file(self.path), self.offset, self.dtype.str, self.shape)


def of_file(path: Any) -> tuple[Any, ...]:
    """What a file is told by from another one, and from itself before it was written to."""
    known = os.stat(path)
    return os.path.abspath(path), known.st_size, known.st_mtime_ns


def in_file(x: Any) -> FileArray | None:
    """A memory-mapped array as the part of its file that it is; None of other arrays, and of maps whose changes are not in the file."""
    if not isinstance(x, np.memmap) or x.mode == "c" or not isinstance(x.filename, (str, os.PathLike)):
        return None
    if not x.flags.c_contiguous or x.ndim == 0:
        return None
    whole: Any = getattr(x, "_mmap", None)
    if whole is None:  # a copy, which is in no file
        return None
    into = x.__array_interface__["data"][0] - np.frombuffer(whole, np.uint8).__array_interface__["data"][0]
    if not 0 <= into <= len(whole) - x.nbytes:
        return None
    x.flush()  # for readers on other machines
    page = x.offset - x.offset % mmap.ALLOCATIONGRANULARITY  # where the map begins; a slice keeps the offset of what it is of
    return FileArray(os.path.abspath(x.filename), page + into, x.dtype, x.shape)


class Source:
    """Points in chunks.

    Attributes:
        count: how many chunks; None where that shows in the end.
        reader: what reads a `Part`; None where points travel themselves.
        number: how many points; None where that is not known.
    """

    count: int | None
    reader: Any = None
    number: int | None = None

    def chunks(self) -> Iterator[int]:
        """Numbers of the chunks, in order."""
        assert self.count is not None
        return iter(range(self.count))

    def payload(self, k: int) -> Any:
        """What travels of a chunk."""
        raise NotImplementedError

    def settled(self, k: int) -> None:
        """Chunk k was computed, and is not asked for again."""

    def size(self, k: int) -> int:
        """How far chunk k takes the progress."""
        return 1

    def place(self, k: int, row: int | None) -> tuple[int | None, Any]:
        """(the number among all points, the piece) of a row of a chunk."""
        return None, None

    def words(self, k: int, row: int | None) -> str:
        """The same for a message."""
        raise NotImplementedError

    def identity(self, k: int) -> bytes:
        """Of the points of a chunk."""
        raise NotImplementedError

    def whole(self) -> bytes | None:
        """Of all points; None where these are seen one after the other only."""
        return digest(*map(self.identity, self.chunks()))


class Slices(Source):
    """Chunks of n rows of an array of all inputs."""

    number: int

    def __init__(self, X: Reals, n: int) -> None:
        self.X, self.n, self.number, self.count = X, n, len(X), -(-len(X) // n)

    def rows(self, k: int) -> slice:
        return slice(k * self.n, min((k + 1) * self.n, self.number))

    def payload(self, k: int) -> Any:
        return self.X[self.rows(k)]

    def size(self, k: int) -> int:
        return len(range(self.number)[self.rows(k)])

    def place(self, k: int, row: int | None) -> tuple[int | None, Any]:
        return (None if row is None else k * self.n + row), None

    def words(self, k: int, row: int | None) -> str:
        rows = self.rows(k)
        return f"at points {rows.start} to {rows.stop} of the batch" if row is None else f"at point {rows.start + row} of the batch"

    def identity(self, k: int) -> bytes:
        return digest(np.ascontiguousarray(self.X[self.rows(k)]).data.cast("B"))


class Arrays(Slices):
    """Chunks of n points of arrays, which may be in files and longer than memory; each is read when its turn comes.

    Args:
        function: whose arguments, but the first one, they are.
        points: those arguments.
        rows: of (points, bytes of a point), how many points a chunk has.
    """

    def __init__(self, function: Function, points: tuple[Any, ...], rows: Callable[[int, int], int]) -> None:
        self.function = function
        self.leaves, self.shapes, self.number = leaves_of_points(function, points, 1)
        width = sum(int(np.prod(shape, dtype=np.int64)) for shape in self.shapes)
        self.n = rows(self.number, width * access.dtype(function).itemsize)
        self.count = -(-self.number // self.n)
        long = [np.shape(x) != shape for x, shape in zip(self.leaves, self.shapes, strict=True)]
        filed = [in_file(x) if is_long else np.asarray(x) for x, is_long in zip(self.leaves, long, strict=True)]
        if all(x is not None for x in filed):
            self.reader = Rows(filed, self.shapes)

    def payload(self, k: int) -> Any:
        rows = self.rows(k)
        return Rows(self.leaves, self.shapes).read(self.function, (rows.start, rows.stop)) if self.reader is None else Part((rows.start, rows.stop))

    def identity(self, k: int) -> bytes:
        if self.reader is None:
            return digest(self.payload(k).data.cast("B"))
        return digest(*self.reader.identities(), self.rows(k))


class Rows:
    """Reads rows of arrays as one array of all inputs of a point."""

    def __init__(self, leaves: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> None:
        self.leaves, self.shapes = leaves, shapes

    def read(self, function: Function, where: Any) -> Reals:
        start, stop = where
        parts = [x[slice(start, stop)] if np.shape(x) != shape else x for x, shape in zip(self.leaves, self.shapes, strict=True)]
        return joined(function, parts, self.shapes, stop - start)

    def identities(self) -> list[bytes]:
        return [x.identity() if isinstance(x, FileArray) else digest(np.ascontiguousarray(x).tobytes()) for x in self.leaves]


# --- pieces --------------------------------------------------------------------------------------------------------------


class Pieces:
    """Points of a sum that come in pieces: files, tables of a database, what a generator yields.

    Each piece is a chunk, and a tuple of the arguments behind the first one, with an axis of points before those of every leaf; where that is one
    argument, it stands without the tuple. No more than a few pieces are in memory at a time, whatever their number.

    Args:
        pieces: with `load`, what it is called with, one a piece: names of files, say. Else the pieces themselves, which this process sends to
            workers. It is gone through once a sum: a list or another collection, or a function without arguments that returns an iterator, for
            as many sums as are asked for; an iterator serves one sum.
        load: a function that returns a piece, called where the piece is computed, once a sum unless a worker dies. It travels by pickle: a
            function of a module, or another one where cloudpickle is installed.

    Raises:
        TypeError: `pieces` cannot be gone through, or `load` cannot be called.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.integrate.executor import Pieces, sum_value_and_grad
        >>> F = jt.record(lambda w, x, y: (w @ x - y) ** 2, np.ones(2), np.ones(2), 1.0)
        >>> def load(seed):
        ...     rng = np.random.default_rng(seed)
        ...     return rng.normal(size=(1000, 2)), rng.normal(size=1000)
        >>> value, gradient = sum_value_and_grad(F, np.zeros(2), Pieces(range(20), load), executor=None)
        >>> round(value)
        20394
    """

    def __init__(self, pieces: Iterable[Any] | Callable[[], Iterator[Any]], load: Callable[[Any], Any] | None = None) -> None:
        if not callable(pieces) and not isinstance(pieces, Iterable):
            raise TypeError(f"pieces is a collection, an iterator, or a function that returns one, not {pieces!r}")
        if load is not None and not callable(load):
            raise TypeError(f"load is a function of one of the pieces' names that returns the piece, not {load!r}")
        self.pieces, self.load = pieces, load
        self._used = False

    def __iter__(self) -> Iterator[Any]:
        if callable(self.pieces):
            return iter(self.pieces())
        if isinstance(self.pieces, Iterator):
            if self._used:
                raise ValueError("these pieces were an iterator, which serves one sum: give a list, or a function that returns an iterator")
            self._used = True
        return iter(self.pieces)


class Loaded(Source):
    """Pieces that are loaded where they are computed."""

    def __init__(self, pieces: Pieces) -> None:
        assert pieces.load is not None
        self.names = list(pieces)
        self.count = len(self.names)
        self.reader = Loader(pieces.load)

    def payload(self, k: int) -> Any:
        return Part(self.names[k])

    def place(self, k: int, row: int | None) -> tuple[int | None, Any]:
        return None, self.names[k]

    def words(self, k: int, row: int | None) -> str:
        return f"{'' if row is None else f'at row {row} of '}{'in ' if row is None else ''}chunk {k}, piece {self.names[k]!r}"

    def identity(self, k: int) -> bytes:
        name = self.names[k]
        known = of_file(name) if isinstance(name, (str, os.PathLike)) and os.path.exists(name) else ()
        return digest(pickle.dumps(name), known)


class Loader:
    """A user's function that loads pieces, in a form that travels."""

    def __init__(self, load: Callable[[Any], Any]) -> None:
        self.load = load

    def __reduce__(self) -> Any:
        data = pickled(self.load, getattr(self.load, "__module__", None) == "__main__")
        if data is None:
            raise TypeError(
                f"load, {self.load!r}, cannot be pickled, so that no worker could call it: make it a function of a module, or install cloudpickle"
            )
        return _loader, (data,)

    def read(self, function: Function, where: Any) -> Reals:
        return as_rows(function, self.load(where))


def _loader(data: bytes) -> Loader:
    return Loader(pickle.loads(data))


class Arriving(Source):
    """Pieces that this process is given one after the other; those under way are kept, should they be asked for again."""

    def __init__(self, function: Function, pieces: Pieces) -> None:
        self.function, self.pieces, self.count = function, iter(pieces), None
        self.kept: dict[int, Reals] = {}

    def chunks(self) -> Iterator[int]:
        for k, piece in enumerate(self.pieces):
            try:
                self.kept[k] = as_rows(self.function, piece)
            except Exception as error:
                error.add_note(self.words(k, None))
                raise
            yield k

    def payload(self, k: int) -> Any:
        return self.kept[k]

    def settled(self, k: int) -> None:
        self.kept.pop(k, None)

    def words(self, k: int, row: int | None) -> str:
        return f"in chunk {k}" if row is None else f"at row {row} of chunk {k}"

    def identity(self, k: int) -> bytes:
        return digest(np.ascontiguousarray(self.kept[k]).data.cast("B"))

    def whole(self) -> bytes | None:
        return None


def as_rows(function: Function, piece: Any) -> Reals:
    """A piece as one array of all inputs of a point."""
    wanted = len(access.structure(function)) - 1
    args = piece if isinstance(piece, tuple) and (wanted > 1 or len(piece) == 1) else (piece,)
    return columns(function, args, 1)


def source(function: Function, points: tuple[Any, ...], rows: Callable[[int, int], int]) -> Source:
    """Where the points of a sum come from, by what the user gave."""
    if len(points) == 1 and isinstance(points[0], Pieces):
        return Loaded(points[0]) if points[0].load is not None else Arriving(function, points[0])
    if any(isinstance(x, Pieces) for x in points):
        raise TypeError("Pieces stand for all arguments behind the first one: give one of them and nothing beside it")
    return Arrays(function, points, rows)
