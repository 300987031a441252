"""Blocks of adjoints or tangents: of the slots of one instruction for many seeds at once, a row a seed.

A block is a matrix, or `Picked` where each column has one number at most that is not zero: seeds themselves are like that, and
elementwise operations leave it so, which makes a product with a constant matrix a scaling of its rows.
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
        full: no row is -1.
    """

    rows: Places
    values: Reals
    seeds: int
    full: bool

    @property
    def size(self) -> int:
        return self.rows.size


Block = Any
"""A matrix [seeds, slots] or a `Picked`. What a block was made of is not written to."""


def dense(block: Block) -> Reals:
    """A block as a matrix."""
    if not isinstance(block, Picked):
        return block  # type: ignore[no-any-return]
    out = np.zeros((block.seeds, block.size), block.values.dtype)
    columns = np.arange(block.size)
    if block.full:
        out[block.rows, columns] = block.values
    else:
        there = block.rows >= 0
        out[block.rows[there], columns[there]] = block.values[there]
    return out


def times(block: Block, factors: Reals | None, either: bool) -> Block:
    """A block with its columns multiplied by factors; None stands for ones.

    Args:
        either: a zero of the factors makes zero of anything, as in sweeps of tangents; of the block's zeros, that holds always.
    """
    if factors is None:
        return block
    numbers, picked = (block.values, True) if isinstance(block, Picked) else (block, False)
    found = numbers * factors
    if not finite(found):
        nothing = numbers == 0.0
        found[nothing | (factors == 0.0) if either else nothing] = 0.0
    return block._replace(values=found) if picked else found


def added(a: Block | None, b: Block) -> Block:
    """The sum of two blocks."""
    if a is None:
        return b
    if isinstance(a, Picked) and isinstance(b, Picked):
        if a.rows is b.rows or np.array_equal(a.rows, b.rows):
            return a._replace(values=a.values + b.values)
        free = a.rows < 0
        if not (~free & (b.rows >= 0)).any():
            rows = np.where(free, b.rows, a.rows)
            return Picked(rows, np.where(free, b.values, a.values), a.seeds, bool((rows >= 0).all()))
    return dense(a) + dense(b)


def finite(x: Reals) -> bool:
    """Whether all numbers are finite."""
    flat = x.reshape(-1)
    return bool(flat.dot(np.zeros(flat.size, flat.dtype)) == 0.0) if flat.size < SHORT else bool(np.isfinite(flat).all())


SHORT = 256
"""Numbers up to which a product with zeros is the faster test."""


class Way(NamedTuple):
    """Which elements of an operand are which slots of one instruction.

    Attributes:
        of: the instruction.
        width: how many slots it has.
        mine, theirs: elements of the operand (in order), and slots of the instruction; `theirs` is a number where all are one slot.
        unique: no slot occurs twice.
    """

    of: int
    width: int
    mine: Any
    theirs: Any
    unique: bool

    def whole(self) -> bool:
        return self.mine is ALL and self.theirs is ALL


def pulled(block: Block, way: Way) -> Block:
    """The adjoints of an operand's elements as a block of the instruction that they are slots of."""
    part = block
    if way.mine is not ALL:
        part = block._replace(rows=block.rows[way.mine], values=block.values[way.mine]) if isinstance(block, Picked) else block[:, way.mine]
    if way.theirs is ALL:
        return part
    if isinstance(way.theirs, int):
        if isinstance(part, Picked):
            total = np.bincount(part.rows[part.rows >= 0], part.values[part.rows >= 0], part.seeds).astype(part.values.dtype)
        else:
            total = part.sum(axis=1)
        out = np.zeros((total.size, way.width), total.dtype)
        out[:, way.theirs] = total
        return out
    if isinstance(part, Picked) and way.unique:
        rows, values = np.full(way.width, -1, np.intp), np.zeros(way.width, part.values.dtype)
        rows[way.theirs], values[way.theirs] = part.rows, part.values
        return Picked(rows, values, part.seeds, False)
    part = dense(part)
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
    """The tangents of an operand of so many elements, of those of the instructions; None where they are all zero."""
    found = [(way, block) for way in ways if (block := blocks[way.of]) is not None]
    if not found:
        return None
    if len(ways) == 1 and ways[0].mine is ALL:
        way, block = found[0]
        if way.whole():
            return block
        at = np.full(size, way.theirs) if isinstance(way.theirs, int) else way.theirs
        return block._replace(rows=block.rows[at], values=block.values[at]) if isinstance(block, Picked) else block[:, at]
    out = np.zeros((seeds, size), dtype)
    for way, block in found:
        part = dense(block)[:, way.theirs]
        out[:, way.mine] = part[:, None] if isinstance(way.theirs, int) else part
    return out
