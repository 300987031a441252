"""Graphs of patterns: checking them, orders in which vertices are coloured, vertices that get colours of their own.

The loops are compiled: see sweep/sets/colours.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from jittape.compiler.jit import function
from jittape.compiler.locks import compiling
from jittape.sparse.pattern import Ints, Pattern
from jittape.sweep.sets import colours as native

ORDERS = ("natural", "smallest_last", "incidence_degree", "largest_first", "distance_two")
"""Orders of colouring. "distance_two" stands for the natural order and a colouring in which vertices with a common neighbour
differ, too, which is a star colouring and the best one of some bands; columns have no such order."""
WORK = 20_000_000
"""Steps that a star colouring may take, beside so many an edge, before vertices of high degree get colours of their own."""
STEPS_AN_EDGE = 64
MANY = 8_000_000
"""Entries beyond which "best" tries the natural order and smallest last only."""
LONG = 200_000_000
"""Steps of a star colouring beyond which "best" tries the natural order only."""
CORE = 1_000_000
"""Steps of a star colouring that a dense core has to take to get colours of its own."""
_I, _L, _B = types.int32[::1], types.int64[::1], types.uint8[::1]
SIGNATURES = {
    "reduced": (_I, _I, _B, _I, _I),
    "edges": (_I, _I, _I, _I),
    "largest_first": (_I, _I, _I),
    "dynamic": (_I,) * 7 + (types.int64,),
    "star": (_I, _I, _I, _I, _B) + (_I,) * 7,
    "distance_two": (_I, _I, _I, _B, _I, _I),
    "columns": (_I,) * 4 + (_B,) + (_I,) * 3,
    "intersections": (_I,) * 4 + (_B,) + (_I,) * 3 + (types.int64,),
    "transpose": (_I,) * 5,
    "star_source": (_I,) * 5 + (_L,),
    "mirrored_source": (_I,) * 3 + (_L,),
}
_lock = compiling()


@cache
def compiled(name: str) -> Any:
    """A function of sweep/sets/colours.py, compiled."""
    with _lock:
        return function(getattr(native, name), types.int64(*SIGNATURES[name]))


def uncoloured(n: int) -> Ints:
    """No colour yet for so many vertices."""
    return np.full(n, -1, np.int32)


def checked(indptr: Any, indices: Any, columns: int | None) -> Pattern:
    """A pattern as int32 arrays whose indices are in range and ascend; an error where they do not."""
    rows, cols = np.ascontiguousarray(indptr, np.int32), np.ascontiguousarray(indices, np.int32)
    if (
        rows.ndim != 1
        or cols.ndim != 1
        or rows.size < 1
        or rows[0] != 0
        or rows[-1] != cols.size
        or (np.diff(rows) < 0).any()
    ):
        raise ValueError("indptr and indices are no compressed sparse rows: indptr rises from 0 to len(indices)")
    n = rows.size - 1 if columns is None else columns
    if cols.size and (cols.min() < 0 or cols.max() >= n):
        raise ValueError(f"a column index is out of range: the matrix has {n} columns")
    rising = np.diff(cols) > 0
    starts = rows[1:-1]
    rising[starts[(starts > 0) & (starts < cols.size)] - 1] = True
    if not rising.all():
        raise ValueError("the indices of a row do not ascend; sort them (scipy: A.sum_duplicates())")
    return rows, cols


def symmetric(indptr: Ints, indices: Ints) -> bool:
    """Whether a pattern is."""
    by_column, rows, _ = transposed(indptr, indices, indptr.size - 1)
    return np.array_equal(by_column, indptr) and np.array_equal(rows, indices)


def transposed(indptr: Ints, indices: Ints, n: int) -> tuple[Ints, Ints, Ints]:
    """(indptr, rows, places of the entries) of a matrix's columns."""
    by_column, rows, entry = np.zeros(n + 2, np.int32), np.empty_like(indices), np.empty_like(indices)
    compiled("transpose")(indptr, indices, by_column, rows, entry)
    return by_column[: n + 1], rows, entry


@dataclass(frozen=True)
class Graph:
    """A symmetric graph without a diagonal. Vertices that are not `kept` have no edges and get no colour."""

    indptr: Ints
    indices: Ints
    kept: NDArray[np.uint8]

    @property
    def n(self) -> int:
        return self.kept.size

    def ordered(self, order: str) -> Ints:
        """The vertices in an order of colouring: "natural", "largest_first", "smallest_last" or "incidence_degree"."""
        n = self.n
        vertices = np.arange(n, dtype=np.int32)
        if order == "largest_first":
            compiled("largest_first")(self.indptr, vertices, np.zeros(n + 1, np.int32))
        elif order in ("smallest_last", "incidence_degree"):
            key, after, before = (np.empty(n, np.int32) for _ in range(3))
            head = np.empty(n + 1, np.int32)
            compiled("dynamic")(self.indptr, self.indices, vertices, key, head, after, before, order == "smallest_last")
        return vertices


def steps_allowed(entries: int) -> int:
    """Steps that a colouring of a pattern of so many entries may take."""
    return WORK + STEPS_AN_EDGE * entries


def hubs(indptr: Ints) -> Ints:
    """Vertices of a symmetric pattern whose degree is so high that they get colours of their own.

    A star colouring takes as many steps as the squares of the degrees sum up to: the highest ones are left out, if
    they are eight times the average, until that is within `WORK` + `STEPS_AN_EDGE` an entry.
    """
    degree = np.diff(indptr).astype(np.int64)
    if not degree.size:
        return np.empty(0, np.int32)
    order = np.argsort(-degree, kind="stable")
    steps = degree[order] ** 2
    left = int(steps.sum()) - np.cumsum(steps) + steps  # before each one is taken out
    out = (left > steps_allowed(int(degree.sum()))) & (degree[order] > 8 * degree.mean() + 8)
    return np.sort(order[: int(np.argmin(out)) if not out.all() else out.size]).astype(np.int32)


def dense_core(indptr: Ints, indices: Ints, without: Ints) -> Ints:
    """The largest set of vertices of highest degree among which eight of nine pairs have edges, if it is worth while.

    A graph of k vertices and a share r of all pairs has at least k (1 - sqrt(1 - r)) star colours, as two colours make a forest:
    two thirds of k here. So colours of their own cost the set half as many again at most, and no search; the search takes k^3 steps.
    It is worth while where these are three quarters of all steps: other dense blocks could share the colours.
    """
    degree = np.diff(indptr)
    steps = degree.astype(np.int64) ** 2
    if int(steps.sum()) <= CORE:
        return np.empty(0, np.int32)
    left = np.ones(degree.size, bool)
    left[without] = False
    order = np.flatnonzero(left)[np.argsort(-degree[left], kind="stable")]
    rank = np.full(degree.size, degree.size, np.int32)
    rank[order] = np.arange(order.size, dtype=np.int32)
    joined = np.maximum(np.repeat(rank, degree), rank[indices])  # both ends of an entry are among the first joined + 1
    joined = joined[(joined < order.size) & (np.repeat(np.arange(degree.size), degree) != indices)]
    edges = np.cumsum(np.bincount(joined, minlength=order.size))
    k = np.arange(1, order.size + 1)
    held = np.flatnonzero(9 * edges >= 8 * k * (k - 1))
    size = int(held[-1]) + 1 if held.size else 0
    if size**3 <= CORE or 4 * int(steps[order[size:]].sum()) > int(steps[order].sum()):
        return np.empty(0, np.int32)
    return np.sort(order[:size]).astype(np.int32)


def reduced(indptr: Ints, indices: Ints, without: Ints) -> Graph:
    """The graph of a symmetric pattern, but for some of its vertices."""
    n = indptr.size - 1
    kept = np.ones(n, np.uint8)
    kept[without] = 0
    new_indptr, new_indices = np.empty(n + 1, np.int32), np.empty(indices.size, np.int32)
    size = compiled("reduced")(indptr, indices, kept, new_indptr, new_indices)
    return Graph(new_indptr, new_indices[:size], kept)


def candidates(graph: Graph, order: str | Sequence[int], orders: Sequence[str]) -> Any:
    """(name, vertices in order) of each ordering to try."""
    if not isinstance(order, str):
        vertices = np.ascontiguousarray(order, np.int32)
        if not np.array_equal(np.sort(vertices), np.arange(graph.n)):
            raise ValueError(f"order= is a permutation of {graph.n} vertices or one of {', '.join(orders)}, best")
        yield "given", vertices
    elif order == "best":
        names = orders if graph.indices.size <= MANY else orders[:2]
        if int((np.diff(graph.indptr).astype(np.int64) ** 2).sum()) > LONG:
            names = orders[:1]
        for name in names:
            yield name, graph.ordered(name)
    elif order in orders:
        yield order, graph.ordered(order)
    else:
        raise ValueError(f"order={order!r} is none of {', '.join(orders)}, best")
