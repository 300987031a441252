"""Colouring: few directions from whose products every entry of a sparse Hessian or Jacobian is read off.

A symmetric matrix gets a star colouring (Coleman and Moré 1984; Gebremedhin, Manne and Pothen 2005), a Jacobian a
distance-2 colouring of its columns or rows (Curtis, Powell and Reid 1974). The compressed matrix holds one product a
colour, and a table says for each nonzero of the pattern where in it it stands, so that data are refilled by one gather.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from jittape.compiler.jit import function
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
_lock = threading.RLock()


@cache
def compiled(name: str) -> Any:
    """A function of sweep/sets/colours.py, compiled."""
    with _lock:
        return function(getattr(native, name), [types.int64(*SIGNATURES[name])])


def _none(n: int) -> Ints:
    return np.full(n, -1, np.int32)


# --- graphs --------------------------------------------------------------------------------------------------------------


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
    out = (left > WORK + STEPS_AN_EDGE * int(degree.sum())) & (degree[order] > 8 * degree.mean() + 8)
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


# --- plans -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class SymmetricPlan:
    """How a symmetric matrix is read off its products with `count` directions.

    Attributes:
        indptr, indices: the pattern, both triangles.
        colour: int32 [n], the direction of each row and column.
        count: number of directions.
        order: the order of colouring that gave it.
        hubs: rows with a direction of their own.
        source: int [entries], where in the compressed matrix [count, n], flat, each entry stands; int64 where int32 is
            too short.
    """

    indptr: Ints
    indices: Ints
    colour: Ints
    count: int
    order: str
    hubs: Ints
    source: NDArray[Any] = field(repr=False)

    @property
    def n(self) -> int:
        return self.colour.size

    def seeds(self) -> NDArray[np.float64]:
        """The directions, [count, n]: row c is 1 at the rows and columns of colour c."""
        return _seeds(self.colour, self.count)

    def lower(self) -> tuple[Ints, Ints, NDArray[Any]]:
        """(rows, columns, source) of the entries of the lower triangle, diagonal included, row by row."""
        rows = np.repeat(np.arange(self.n, dtype=np.int32), np.diff(self.indptr))
        below = self.indices <= rows
        return rows[below], self.indices[below], self.source[below]


@dataclass(frozen=True, eq=False)
class JacobianPlan:
    """How a Jacobian is read off products with directions: on the right (columns), on the left (rows), or both.

    The compressed matrix is one flat array: `columns` products J @ seed of m numbers, then `rows` products seed @ J of n.

    Attributes:
        indptr, indices, shape: the pattern.
        column_colour: int32 [n], the direction of each column, -1 where it has none.
        row_colour: int32 [m], the same of the rows.
        columns, rows: numbers of directions on the right and on the left.
        order: the order of colouring that gave it.
        source: int [entries], where in the compressed matrix each entry stands.
    """

    indptr: Ints
    indices: Ints
    shape: tuple[int, int]
    column_colour: Ints
    row_colour: Ints
    columns: int
    rows: int
    order: str
    source: NDArray[Any] = field(repr=False)

    @property
    def count(self) -> int:
        """Number of directions in all."""
        return self.columns + self.rows

    @property
    def size(self) -> int:
        """Numbers in the compressed matrix."""
        return self.columns * self.shape[0] + self.rows * self.shape[1]

    def column_seeds(self) -> NDArray[np.float64]:
        """The directions on the right, [columns, n]."""
        return _seeds(self.column_colour, self.columns)

    def row_seeds(self) -> NDArray[np.float64]:
        """The directions on the left, [rows, m]."""
        return _seeds(self.row_colour, self.rows)

    def parts(self, compressed: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Views of a flat compressed matrix: products on the right [columns, m], on the left [rows, n]."""
        m, n = self.shape
        cut = self.columns * m
        return compressed[:cut].reshape(self.columns, m), compressed[cut:].reshape(self.rows, n)


Plan = SymmetricPlan | JacobianPlan


def _seeds(colour: Ints, count: int) -> NDArray[np.float64]:
    out = np.zeros((count, colour.size))
    (where,) = np.nonzero(colour >= 0)
    out[colour[where], where] = 1.0
    return out


def recover(compressed: Any, plan: Plan, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """The entries of a matrix from its compressed form.

    Args:
        compressed: [count, n] products of a symmetric matrix with `plan.seeds()`, or flat; of a Jacobian, flat, filled by
            `plan.parts`.
        plan: a SymmetricPlan or a JacobianPlan.
        out: [entries], where to put the result.

    Returns:
        [entries], in the order of the plan's `indices`.

    Example:
        >>> import numpy as np
        >>> from jittape.sparse.colouring import recover, star_plan
        >>> H = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 5.0], [0.0, 5.0, 4.0]])
        >>> plan = star_plan(np.array([0, 2, 5, 7], np.int32), np.array([0, 1, 0, 1, 2, 1, 2], np.int32))
        >>> recover(plan.seeds() @ H, plan).tolist()
        [2.0, 1.0, 1.0, 3.0, 5.0, 5.0, 4.0]
    """
    flat = np.asarray(compressed).reshape(-1)
    size = plan.count * plan.n if isinstance(plan, SymmetricPlan) else plan.size
    if flat.size != size:
        raise ValueError(f"the compressed matrix has {flat.size:,} numbers, and the plan needs {size:,}")
    return np.take(flat, plan.source, out=out, mode="clip")  # "raise" would buffer `out`


# --- symmetric matrices ------------------------------------------------------------------------------------------------------


def star_plan(indptr: Any, indices: Any, *, order: str | Sequence[int] = "best") -> SymmetricPlan:
    """A star colouring of a symmetric pattern and the table to read the matrix from its products.

    Args:
        indptr, indices: rows of the pattern, both triangles, indices ascending (`hessian_pattern` gives it).
        order: of `ORDERS`, or a permutation of the rows, or "best" for the fewest colours that these give (and three for
            a forest, whatever they give).

    Raises:
        ValueError: a pattern that is not symmetric or not sorted, or an unknown order.
    """
    pattern = _checked(indptr, indices, None)
    n = pattern[0].size - 1
    if not _symmetric(*pattern):
        raise ValueError("the pattern is not symmetric; use column_plan for a Jacobian")
    own = hubs(pattern[0])
    if order == "best":
        own = np.sort(np.concatenate([own, dense_core(*pattern, own)]))
    graph = _graph(*pattern, own)
    degree = np.diff(graph.indptr)
    least = (
        3 if (np.repeat(degree, degree)[degree[graph.indices] > 1] > 1).any() else 2
    )  # a path of four, or a triangle
    needed = _fewest(int(np.count_nonzero(degree)), graph.indices.size // 2)
    least = max(least, needed)
    best: tuple[int, str, Ints] | None = None
    edge: Ints | None = None
    for name, vertices in _candidates(graph, order, ORDERS):
        if needed == graph.n:  # all meet all
            best = (needed, name, np.arange(needed, dtype=np.int32))
            break
        if edge is None:
            edge = np.empty(graph.indices.size, np.int32)
            compiled("edges")(graph.indptr, graph.indices, np.empty(n, np.int32), edge)
        colour = _none(n)
        if name == "distance_two":
            count = compiled("distance_two")(graph.indptr, graph.indices, vertices, graph.kept, colour, _none(n + 1))
        else:
            count = compiled("star")(
                graph.indptr, graph.indices, edge, vertices, graph.kept, colour,
                _none(n + 1), _none(n + 1), _none(n + 1), _none(n), _none(edge.size // 2), _none(edge.size // 2),
            )  # fmt: skip
        if best is None or count < best[0]:
            best = (count, name, colour)
        if best[0] <= least:
            break
    assert best is not None
    if order == "best" and best[0] > 3 and (levels := _forest(graph)) is not None:
        best = (3, "forest", levels)
    count, name, colour = best
    colour[own] = np.arange(count, count + own.size)
    count += own.size
    source = np.empty(pattern[1].size, np.int64)
    compiled("star_source")(*pattern, colour, _none(count + 1), np.zeros(count + 1, np.int32), source)
    missing = compiled("mirrored_source")(*pattern, np.empty(n, np.int32), source)
    if missing:
        raise AssertionError(f"{missing} entries cannot be read off a star colouring")
    return SymmetricPlan(*pattern, colour, int(count), name, own, _narrow(source, count * n))


def _fewest(vertices: int, edges: int) -> int:
    """Colours that so many edges need: two colours' vertices make a forest, so k of them have at most (k - 1) (vertices - k / 2)."""
    k = np.arange(1, vertices + 1, dtype=np.int64)
    return int(np.searchsorted((k - 1) * (2 * vertices - k), 2 * edges)) + 1


def _graph(indptr: Ints, indices: Ints, without: Ints) -> Graph:
    n = indptr.size - 1
    kept = np.ones(n, np.uint8)
    kept[without] = 0
    new_indptr, new_indices = np.empty(n + 1, np.int32), np.empty(indices.size, np.int32)
    size = compiled("reduced")(indptr, indices, kept, new_indptr, new_indices)
    return Graph(new_indptr, new_indices[:size], kept)


def _forest(graph: Graph) -> Ints | None:
    """A star colouring of a forest with three colours, its depth modulo 3 (Fertin, Raspaud and Reed 2004); None of other graphs."""
    if graph.indices.size // 2 >= int(graph.kept.sum()):
        return None
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components, dijkstra

    near = csr_array((np.ones(graph.indices.size), graph.indices, graph.indptr), shape=(graph.n, graph.n))
    trees, tree = connected_components(near, directed=False)
    if graph.indices.size // 2 != graph.n - trees:
        return None
    _, roots = np.unique(tree, return_index=True)
    colour: Ints = (dijkstra(near, indices=roots, unweighted=True, min_only=True) % 3).astype(np.int32)
    colour[graph.kept == 0] = -1
    return colour


def _candidates(graph: Graph, order: str | Sequence[int], orders: Sequence[str]) -> Any:
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


def _narrow(source: NDArray[np.int64], size: int) -> NDArray[Any]:
    return source.astype(np.int32) if size < 2**31 else source


def _checked(indptr: Any, indices: Any, columns: int | None) -> Pattern:
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


def _symmetric(indptr: Ints, indices: Ints) -> bool:
    by_column, rows, _ = _transposed(indptr, indices, indptr.size - 1)
    return np.array_equal(by_column, indptr) and np.array_equal(rows, indices)


def _transposed(indptr: Ints, indices: Ints, n: int) -> tuple[Ints, Ints, Ints]:
    """(indptr, rows, places of the entries) of a matrix's columns."""
    by_column, rows, entry = np.zeros(n + 2, np.int32), np.empty_like(indices), np.empty_like(indices)
    compiled("transpose")(indptr, indices, by_column, rows, entry)
    return by_column[: n + 1], rows, entry


# --- Jacobians --------------------------------------------------------------------------------------------------------------


def column_plan(
    indptr: Any, indices: Any, n: int, *, order: str | Sequence[int] = "best", split: bool = True
) -> JacobianPlan:
    """Directions on the right: columns that meet in a row have different ones. Dense rows get directions on the left.

    The row of k entries that is left longest asks for k directions, so the d longest rows are split off for the d that makes
    the sum of d and the next row's length least.

    Args:
        indptr, indices: rows of the pattern, indices ascending (`jacobian_pattern` gives it).
        n: number of columns.
        order: "natural", "smallest_last", "incidence_degree" or "largest_first", by the graph of columns that meet; a
            permutation of the columns; or "best" for the fewest colours that these give (the natural order and the
            columns' numbers of entries alone where that graph is large).
        split: whether to split dense rows off.

    Raises:
        ValueError: a pattern that is not sorted, or an unknown order.
    """
    return _one_sided(*_checked(indptr, indices, n), n, order, split)


def row_plan(
    indptr: Any, indices: Any, n: int, *, order: str | Sequence[int] = "best", split: bool = True
) -> JacobianPlan:
    """Directions on the left: rows that meet in a column have different ones. Dense columns get directions on the right.

    The arguments are those of `column_plan`; `order` is one of rows.
    """
    rows, cols = _checked(indptr, indices, n)
    m = rows.size - 1
    by_column, of_column, entry = _transposed(rows, cols, n)
    mirror = _one_sided(by_column, of_column, m, order, split)
    place = mirror.source.astype(np.int64)  # in the mirror image, products on its right come first
    cut, behind = mirror.columns * n, mirror.rows * m
    source = np.empty(cols.size, np.int64)
    source[entry] = np.where(place < cut, place + behind, place - cut)
    return JacobianPlan(
        rows, cols, (m, n), mirror.row_colour, mirror.column_colour, mirror.rows, mirror.columns, mirror.order,
        _narrow(source, cut + behind),
    )  # fmt: skip


def jacobian_plan(indptr: Any, indices: Any, n: int, *, order: str = "best", split: bool = True) -> JacobianPlan:
    """The one of `column_plan` and `row_plan` that takes fewer directions; on a tie the first.

    Example:
        >>> import numpy as np
        >>> from jittape.sparse.colouring import jacobian_plan, recover
        >>> J = np.diag([1.0, 2.0, 3.0, 4.0]) + np.outer([0, 0, 1, 0], [5.0, 6.0, 7.0, 8.0])
        >>> plan = jacobian_plan([0, 1, 2, 6, 7], [0, 1, 0, 1, 2, 3, 3], 4)
        >>> plan.columns, plan.rows
        (1, 1)
        >>> compressed = np.empty(plan.size)
        >>> right, left = plan.parts(compressed)
        >>> right[:] = plan.column_seeds() @ J.T
        >>> left[:] = plan.row_seeds() @ J
        >>> recover(compressed, plan).tolist()
        [1.0, 2.0, 5.0, 6.0, 10.0, 8.0, 4.0]
    """
    right = column_plan(indptr, indices, n, order=order, split=split)
    if right.count <= 1:
        return right
    left = row_plan(indptr, indices, n, order=order, split=split)
    return left if left.count < right.count else right


def dense_rows(indptr: Ints) -> Ints:
    """The rows that `column_plan` splits off."""
    length = np.diff(indptr)
    order = np.argsort(-length, kind="stable")
    total = np.append(length[order], 0) + np.arange(length.size + 1)
    return np.sort(order[: int(np.argmin(total))]).astype(np.int32)


def _one_sided(indptr: Ints, indices: Ints, n: int, order: str | Sequence[int], split: bool) -> JacobianPlan:
    m = indptr.size - 1
    by_column, rows, _ = _transposed(indptr, indices, n)
    dense = dense_rows(indptr) if split else np.empty(0, np.int32)
    kept = np.ones(m, np.uint8)
    kept[dense] = 0
    best: tuple[int, str, Ints] | None = None
    length = np.diff(indptr)[kept == 1].astype(np.int64)
    least = int(length.max(initial=0))
    if order == "best" and 10 * least >= 9 * n and int((length * length).sum()) > CORE:  # a search saves a tenth at most
        met = np.zeros(n, bool)
        met[indices[np.repeat(kept, np.diff(indptr)) == 1]] = True
        best = (int(met.sum()), "natural", np.where(met, np.cumsum(met) - 1, -1).astype(np.int32))
    for name, vertices in [] if best else _column_orders(indptr, indices, by_column, rows, kept, n, order):
        colour = _none(n)
        count = compiled("columns")(indptr, indices, by_column, rows, kept, vertices, colour, _none(n + 1))
        if best is None or count < best[0]:
            best = (count, name, colour)
        if count == least:  # there is none better
            break
    assert best is not None
    count, name, colour = best
    row_colour = _none(m)
    row_colour[dense] = np.arange(dense.size)
    of_row = np.repeat(np.arange(m, dtype=np.int64), np.diff(indptr))
    source = np.where(
        row_colour[of_row] < 0,
        colour[indices].astype(np.int64) * m + of_row,
        count * m + row_colour[of_row].astype(np.int64) * n + indices,
    )
    size = count * m + dense.size * n
    return JacobianPlan(
        indptr, indices, (m, n), colour, row_colour, int(count), dense.size, name, _narrow(source, size)
    )


def _column_orders(
    indptr: Ints,
    indices: Ints,
    by_column: Ints,
    rows: Ints,
    kept: NDArray[np.uint8],
    n: int,
    order: str | Sequence[int],
) -> Any:
    """(name, columns in order) of each ordering to try."""
    everything = np.ones(n, np.uint8)
    none = np.empty(0, np.int32)
    if not isinstance(order, str) or order == "natural":
        yield from _candidates(Graph(none, none, everything), order, ORDERS[:4])
        return
    if order != "best" and order not in ORDERS[:4]:
        raise ValueError(f"order={order!r} is none of {', '.join(ORDERS[:4])}, best")
    if order == "best":
        yield "natural", np.arange(n, dtype=np.int32)
        length = np.diff(indptr)[kept == 1].astype(np.int64)
        if int((length * length).sum()) > WORK + STEPS_AN_EDGE * indices.size or indices.size > MANY:
            yield "largest_first", np.argsort(-np.diff(by_column), kind="stable").astype(np.int32)
            return
    stamp = _none(n)
    size = compiled("intersections")(indptr, indices, by_column, rows, kept, stamp, none, none, 0)
    if size > 2**31 - 1:
        raise MemoryError(f"the graph of columns that meet has {size:,} entries; use order='natural'")
    graph = Graph(np.empty(n + 1, np.int32), np.empty(size, np.int32), everything)
    stamp[:] = -1
    compiled("intersections")(indptr, indices, by_column, rows, kept, stamp, graph.indptr, graph.indices, 1)
    for name in ORDERS[1:4] if order == "best" else (order,):
        yield name, graph.ordered(name)
