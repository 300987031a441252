"""Blocks of adjoints or tangents: of the slots of one instruction for many seeds at once, a row a seed.

A block is a matrix, or `Picked` where each column has one number at most that is not zero: seeds themselves are like that, and
elementwise operations leave it so, which makes a product with a constant matrix a scaling of its rows. Or it is `Scaled`: elementwise
operations multiply the factors of columns only, and the matrix is gone through where a product or a sum reads it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[Any]
Places = NDArray[np.intp]
ALL = slice(None)


class NotFinite(Exception):
    """A matrix has elements that are infinite or NaN, where zeros of a block must give zero."""


class Picked(NamedTuple):
    """A block of `seeds` rows: column j has values[j] in row rows[j], or nothing where that is -1.

    Attributes:
        rows: without a step, where all columns have theirs in one row.
        full: no row is -1.
    """

    rows: Places
    values: Reals
    seeds: int
    full: bool

    @property
    def size(self) -> int:
        return self.rows.size

    @property
    def row(self) -> int | None:
        """The row of all columns; None where there are several, as far as is known."""
        return int(self.rows[0]) if self.size and self.rows.strides == (0,) else None


class Scaled(NamedTuple):
    """A block that is a matrix with its columns multiplied by factors."""

    matrix: Reals
    factors: Reals

    @property
    def size(self) -> int:
        return self.factors.size


Block = Any
"""A matrix [seeds, slots], with the slots on several axes or not, a `Picked` or a `Scaled`. What a block was made of is not written to."""


def dense(block: Block) -> Reals:
    """A block as a matrix."""
    if isinstance(block, Scaled):
        return block.matrix * block.factors
    if not isinstance(block, Picked):
        return block  # type: ignore[no-any-return]
    out = np.zeros((block.seeds, block.size), block.values.dtype)
    columns = np.arange(block.size)
    if block.row is not None:
        if block.full:
            out[block.row] = block.values
    elif block.full:
        out[block.rows, columns] = block.values
    else:
        there = block.rows >= 0
        out[block.rows[there], columns[there]] = block.values[there]
    return out


def flat(block: Block) -> Reals:
    """A block as a matrix of two axes."""
    found = dense(block)
    return found if found.ndim == 2 else found.reshape(len(found), -1)


def times(block: Block, factors: Reals | None, either: bool, careful: bool) -> Block:
    """A block with its columns multiplied by factors; None stands for ones.

    Args:
        either: a zero of the factors makes zero of anything, as in sweeps of tangents; of the block's zeros, that holds always.
        careful: factors or numbers of the block may be infinite or NaN, so that such zeros must be looked for.
    """
    if factors is None:
        return block
    if not careful:
        if isinstance(block, Scaled):
            return Scaled(block.matrix, block.factors * factors)
        return block._replace(values=block.values * factors) if isinstance(block, Picked) else Scaled(flat(block), factors)
    numbers, picked = (block.values, True) if isinstance(block, Picked) else (flat(block), False)
    found = numbers * factors
    if not finite(found):
        nothing = numbers == 0.0
        found[nothing | (factors == 0.0) if either else nothing] = 0.0
    return block._replace(values=found) if picked else found


def added(a: Block | None, b: Block) -> Block:
    """The sum of two blocks."""
    if a is None:
        return b
    if isinstance(b, Picked):
        a, b = b, a
    if isinstance(a, Picked):
        if not isinstance(b, Picked):
            out = np.array(flat(b)) if not isinstance(b, Scaled) else dense(b)
            if a.row is not None:
                if a.full:
                    out[a.row] += a.values
                return out
            there = np.flatnonzero(a.rows >= 0)
            out[a.rows[there], there] += a.values[there]
            return out
        if a.rows is b.rows or np.array_equal(a.rows, b.rows):
            return a._replace(values=a.values + b.values)
        if a.row is not None and b.row is not None and a.full and b.full:
            out = np.zeros((a.seeds, a.size), a.values.dtype)
            out[a.row], out[b.row] = a.values, b.values
            return out
        free = a.rows < 0
        if not (~free & (b.rows >= 0)).any():
            rows = np.where(free, b.rows, a.rows)
            return Picked(rows, np.where(free, b.values, a.values), a.seeds, bool((rows >= 0).all()))
        return dense(a) + dense(b)
    if isinstance(a, Scaled) and isinstance(b, Scaled) and a.matrix is b.matrix:
        return Scaled(a.matrix, a.factors + b.factors)
    if not isinstance(a, Scaled):
        a, b = b, a
    if not isinstance(a, Scaled):
        return flat(a) + flat(b)
    out = dense(a)
    out += flat(b)
    return out


def row_sums(x: Reals, rows: int, row: int) -> Reals:
    """A block's sums over rows of its columns, so many of so many elements each: NumPy takes long for short ones, BLAS does not."""
    if not 1 < row <= SHORT or not x.flags.c_contiguous:
        return x.reshape(len(x), rows, row).sum(axis=2)  # type: ignore[no-any-return]
    found: Reals = x.reshape(-1, row) @ np.ones(row, x.dtype)
    return found.reshape(len(x), rows)


def multiplied(block: Block, right: Reals) -> Reals:
    """A block of vectors, each multiplied with a matrix from the right.

    A scaled block is scaled some columns at a time, while they are in cache.
    """
    if not isinstance(block, Scaled) or block.matrix.size <= CACHED:
        return flat(block) @ right
    matrix, factors = block
    seeds, n = matrix.shape
    some = max(CACHED // seeds, 1)
    by_columns = matrix.strides[0] < matrix.strides[1]
    part = np.empty((seeds, min(some, n)), matrix.dtype, order="F" if by_columns else "C")
    out = np.zeros((seeds, right.shape[1]), matrix.dtype)
    for a in range(0, n, some):
        b = min(a + some, n)
        here = part[:, : b - a]
        np.multiply(matrix[:, a:b], factors[a:b], out=here)
        out += here @ right[a:b]
    return out


CACHED = 1 << 15
"""Numbers of a scaled block that are in memory at a time, where it meets a matrix."""


def finite(x: Reals) -> bool:
    """Whether all numbers are finite."""
    flat = x.reshape(-1)
    return bool(flat.dot(_ZEROS[flat.dtype.itemsize][: flat.size]) == 0.0) if flat.size <= FEW else bool(np.logical_and.reduce(np.isfinite(flat)))


SHORT = 256
"""Elements of a row up to which it is summed by a product."""
FEW = 1 << 12
"""Numbers up to which a product with zeros is the faster test."""
_ZEROS = {dtype.itemsize: np.zeros(FEW, dtype) for dtype in map(np.dtype, (np.float64, np.float32))}


class Way(NamedTuple):
    """Which elements of an operand are which slots of one instruction.

    Attributes:
        of: the instruction.
        width: how many slots it has.
        mine, theirs: elements of the operand (in order; a slice where they follow each other), and slots of the instruction; `theirs` is
            a number where all are one slot.
        unique: no slot occurs twice.
        strided: (first slot, lengths, steps) where `theirs` are equally spaced along one axis or two, like a transposed matrix.
    """

    of: int
    width: int
    mine: Any
    theirs: Any
    unique: bool
    strided: tuple[int, tuple[int, ...], tuple[int, ...]] | None = None

    def whole(self) -> bool:
        return self.mine is ALL and self.theirs is ALL

    def end(self, size: int) -> int:
        """The last of `mine` and one, of an operand of so many elements."""
        return size if self.mine is ALL else self.mine.stop if isinstance(self.mine, slice) else int(self.mine[-1]) + 1

    def read(self, block: Reals) -> Reals:
        """These slots of a block that is a matrix, a view where that can be."""
        if self.theirs is ALL:
            return block
        if isinstance(self.theirs, int):
            return block[:, self.theirs : self.theirs + 1]
        if self.strided is None or block.ndim != 2:
            return flat(block)[:, self.theirs]
        first, shape, steps = self.strided
        row, column = block.strides
        return np.lib.stride_tricks.as_strided(block[:, first:], (len(block), *shape), (row, *(column * step for step in steps)), writeable=False)


def strided(places: Places) -> tuple[int, tuple[int, ...], tuple[int, ...]] | None:
    """How places are spaced along one axis or two, if equally."""
    n = places.size
    if n < 2:
        return None
    step = int(places[1]) - int(places[0])
    breaks = np.flatnonzero(np.diff(places) != step)
    if not breaks.size:
        return int(places[0]), (n,), (step,)
    inner = int(breaks[0]) + 1
    if n % inner:
        return None
    outer = int(places[inner]) - int(places[0])
    lines = n // inner
    if not (places.reshape(lines, inner) == int(places[0]) + outer * np.arange(lines)[:, None] + step * np.arange(inner)).all():
        return None
    return int(places[0]), (lines, inner), (outer, step)


def pulled(block: Block, way: Way) -> Block:
    """The adjoints of an operand's elements as a block of the instruction that they are slots of."""
    part = block
    if way.mine is not ALL:
        part = block._replace(rows=block.rows[way.mine], values=block.values[way.mine]) if isinstance(block, Picked) else flat(block)[:, way.mine]
    if way.theirs is ALL:
        return part
    if isinstance(way.theirs, int):
        if isinstance(part, Picked):
            total = np.bincount(part.rows[part.rows >= 0], part.values[part.rows >= 0], part.seeds).astype(part.values.dtype)
        else:
            total = flat(part).sum(axis=1)
        out = np.zeros((total.size, way.width), total.dtype)
        out[:, way.theirs] = total
        return out
    if isinstance(part, Picked) and way.unique:
        rows, values = np.full(way.width, -1, np.intp), np.zeros(way.width, part.values.dtype)
        rows[way.theirs], values[way.theirs] = part.rows, part.values
        return Picked(rows, values, part.seeds, False)
    part = flat(part)
    out = np.zeros((len(part), way.width), part.dtype)
    if way.unique:
        out[:, way.theirs] = part
    elif way.theirs.size:
        order = np.argsort(way.theirs, kind="stable")
        slots = way.theirs[order]
        first = np.flatnonzero(np.concatenate(([True], slots[1:] != slots[:-1])))
        out[:, slots[first]] = np.add.reduceat(part[:, order], first, axis=1)
    return out


def pushed(blocks: Any, ways: list[Way], size: int, seeds: int, dtype: Any) -> Block | None:
    """The tangents of an operand of so many elements, of those of the instructions; None where they are all zero.

    Blocks that parts are read of are kept as matrices.
    """
    found = [(way, block) for way in ways if (block := blocks[way.of]) is not None]
    if not found:
        return None
    if len(ways) == 1 and ways[0].whole():
        return found[0][1]
    if all(isinstance(block, Picked) for _, block in found):
        if len(ways) == 1 and ways[0].mine is ALL and isinstance(ways[0].theirs, int):
            block, at = found[0][1], ways[0].theirs
            rows, values = (np.broadcast_to(x[at], (size,)) for x in (block.rows, block.values))
            return Picked(rows, values, seeds, bool(block.rows[at] >= 0)) if block.rows[at] >= 0 else None
        rows, values = np.full(size, -1, np.intp), np.zeros(size, dtype)
        for way, block in found:
            rows[way.mine], values[way.mine] = block.rows[way.theirs], block.values[way.theirs]
        return Picked(rows, values, seeds, bool((rows >= 0).all())) if (rows >= 0).any() else None
    for way, block in found:
        if isinstance(block, Scaled) and not way.whole():
            blocks[way.of] = dense(block)
    if len(ways) == 1 and ways[0].mine is ALL:
        part: Reals = ways[0].read(dense(blocks[ways[0].of]))
        return part if part.shape[1] != 1 or part.ndim > 2 else np.broadcast_to(part, (seeds, size))
    out = np.zeros((seeds, size), dtype)
    for way, _ in found:
        part = way.read(dense(blocks[way.of]))
        out[:, way.mine] = part if part.ndim == 2 else part.reshape(seeds, -1)
    return out
