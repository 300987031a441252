"""Colouring: few directions from whose products every entry of a sparse Hessian or Jacobian is read off.

A symmetric matrix gets a star colouring (Coleman and Moré 1984; Gebremedhin, Manne and Pothen 2005), a Jacobian a
distance-2 colouring of its columns or rows (Curtis, Powell and Reid 1974). The compressed matrix holds one product a
colour, and a table says for each nonzero of the pattern where in it it stands, so that data are refilled by one gather.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.sparse.graphs import (
    CORE,
    MANY,
    ORDERS,
    Graph,
    candidates,
    checked,
    compiled,
    dense_core,
    hubs,
    reduced,
    steps_allowed,
    symmetric,
    transposed,
    uncoloured,
)
from jittape.sparse.pattern import Ints
from jittape.sparse.plans import JacobianPlan, Plan, SymmetricPlan, recover

__all__ = ["ORDERS", "JacobianPlan", "Plan", "SymmetricPlan", "column_plan", "jacobian_plan", "recover", "row_plan", "star_plan"]

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
    pattern = checked(indptr, indices, None)
    n = pattern[0].size - 1
    if not symmetric(*pattern):
        raise ValueError("the pattern is not symmetric; use column_plan for a Jacobian")
    own = hubs(pattern[0])
    if order == "best":
        own = np.sort(np.concatenate([own, dense_core(*pattern, own)]))
    graph = reduced(*pattern, own)
    degree = np.diff(graph.indptr)
    least = (
        3 if (np.repeat(degree, degree)[degree[graph.indices] > 1] > 1).any() else 2
    )  # a path of four, or a triangle
    needed = _fewest(int(np.count_nonzero(degree)), graph.indices.size // 2)
    least = max(least, needed)
    best: tuple[int, str, Ints] | None = None
    edge: Ints | None = None
    for name, vertices in candidates(graph, order, ORDERS):
        if needed == graph.n:  # all meet all
            best = (needed, name, np.arange(needed, dtype=np.int32))
            break
        if edge is None:
            edge = np.empty(graph.indices.size, np.int32)
            compiled("edges")(graph.indptr, graph.indices, np.empty(n, np.int32), edge)
        colour = uncoloured(n)
        if name == "distance_two":
            count = compiled("distance_two")(graph.indptr, graph.indices, vertices, graph.kept, colour, uncoloured(n + 1))
        else:
            count = compiled("star")(
                graph.indptr, graph.indices, edge, vertices, graph.kept, colour,
                uncoloured(n + 1), uncoloured(n + 1), uncoloured(n + 1), uncoloured(n), uncoloured(edge.size // 2), uncoloured(edge.size // 2),
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
    compiled("star_source")(*pattern, colour, uncoloured(count + 1), np.zeros(count + 1, np.int32), source)
    missing = compiled("mirrored_source")(*pattern, np.empty(n, np.int32), source)
    if missing:
        raise AssertionError(f"{missing} entries cannot be read off a star colouring")
    return SymmetricPlan(*pattern, colour, int(count), name, own, _narrow(source, count * n))


def _fewest(vertices: int, edges: int) -> int:
    """Colours that so many edges need: two colours' vertices make a forest, so k of them have at most (k - 1) (vertices - k / 2)."""
    k = np.arange(1, vertices + 1, dtype=np.int64)
    return int(np.searchsorted((k - 1) * (2 * vertices - k), 2 * edges)) + 1


def _forest(graph: Graph) -> Ints | None:
    """A star colouring of a forest with three colours, its depth modulo 3 (Fertin, Raspaud and Reed 2004); None of other graphs."""
    if graph.indices.size // 2 >= int(graph.kept.sum()):
        return None
    from scipy.sparse import csr_array  # for start-up, as the next
    from scipy.sparse.csgraph import connected_components, dijkstra

    near = csr_array((np.ones(graph.indices.size), graph.indices, graph.indptr), shape=(graph.n, graph.n))
    trees, tree = connected_components(near, directed=False)
    if graph.indices.size // 2 != graph.n - trees:
        return None
    _, roots = np.unique(tree, return_index=True)
    colour: Ints = (dijkstra(near, indices=roots, unweighted=True, min_only=True) % 3).astype(np.int32)
    colour[graph.kept == 0] = -1
    return colour


def _narrow(source: NDArray[np.int64], size: int) -> NDArray[Any]:
    return source.astype(np.int32) if size < 2**31 else source


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
    return _one_sided(*checked(indptr, indices, n), n, order, split)


def row_plan(
    indptr: Any, indices: Any, n: int, *, order: str | Sequence[int] = "best", split: bool = True
) -> JacobianPlan:
    """Directions on the left: rows that meet in a column have different ones. Dense columns get directions on the right.

    The arguments are those of `column_plan`; `order` is one of rows.
    """
    rows, cols = checked(indptr, indices, n)
    m = rows.size - 1
    by_column, of_column, entry = transposed(rows, cols, n)
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
    by_column, rows, _ = transposed(indptr, indices, n)
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
        colour = uncoloured(n)
        count = compiled("columns")(indptr, indices, by_column, rows, kept, vertices, colour, uncoloured(n + 1))
        if best is None or count < best[0]:
            best = (count, name, colour)
        if count == least:  # there is none better
            break
    assert best is not None
    count, name, colour = best
    row_colour = uncoloured(m)
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
        yield from candidates(Graph(none, none, everything), order, ORDERS[:4])
        return
    if order != "best" and order not in ORDERS[:4]:
        raise ValueError(f"order={order!r} is none of {', '.join(ORDERS[:4])}, best")
    if order == "best":
        yield "natural", np.arange(n, dtype=np.int32)
        length = np.diff(indptr)[kept == 1].astype(np.int64)
        if int((length * length).sum()) > steps_allowed(indices.size) or indices.size > MANY:
            yield "largest_first", np.argsort(-np.diff(by_column), kind="stable").astype(np.int32)
            return
    stamp = uncoloured(n)
    size = compiled("intersections")(indptr, indices, by_column, rows, kept, stamp, none, none, 0)
    if size > 2**31 - 1:
        raise MemoryError(f"the graph of columns that meet has {size:,} entries; use order='natural'")
    graph = Graph(np.empty(n + 1, np.int32), np.empty(size, np.int32), everything)
    stamp[:] = -1
    compiled("intersections")(indptr, indices, by_column, rows, kept, stamp, graph.indptr, graph.indices, 1)
    for name in ORDERS[1:4] if order == "best" else (order,):
        yield name, graph.ordered(name)
