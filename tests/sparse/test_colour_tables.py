"""Star colour counts beside theory and beside what papers on colouring print, where the matrices can be made here.

The papers, short:

- [GMP] A. H. Gebremedhin, F. Manne, A. Pothen, What color is your Jacobian? SIAM Review 47 (2005).
- [GTMP] A. H. Gebremedhin, A. Tarafdar, F. Manne, A. Pothen, New acyclic and star coloring algorithms with application to
  computing Hessians, SIAM J. Sci. Comput. 29 (2007).
- [GTPW] A. H. Gebremedhin, A. Tarafdar, A. Pothen, A. Walther, Efficient computation of sparse Hessians using coloring and
  automatic differentiation, INFORMS J. Computing 21 (2009).
- [FRR] G. Fertin, A. Raspaud, B. Reed, Star coloring of graphs, J. Graph Theory 47 (2004).

Their large tables ([GMP] 3.1 to 4.2, ColPack 3, 6 and 7) are of matrices from collections, which no formula makes.
Every colouring is checked by the definition.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from jittape.sparse import graphs
from jittape.sparse.colouring import ORDERS, jacobian_plan, recover, star_plan

Edges = Iterable[tuple[int, int]]


def graph(n: int, edges: Edges) -> Any:
    """The symmetric pattern with these edges and a diagonal."""
    e = np.array(list(edges), np.int64).reshape(-1, 2)
    ends, others = np.concatenate((e[:, 0], e[:, 1], range(n))), np.concatenate((e[:, 1], e[:, 0], range(n)))
    A = sp.csr_array(sp.coo_array((np.ones(ends.size), (ends.astype(np.int32), others.astype(np.int32))), (n, n)))
    A.sum_duplicates()
    A.sort_indices()
    return A


def band(n: int, half: int) -> Any:
    return graph(n, ((i, j) for i in range(n) for j in range(i + 1, min(i + half + 1, n))))


def cycle(n: int) -> Any:
    return graph(n, ((i, (i + 1) % n) for i in range(n)))


def bipartite(a: int, b: int) -> Any:
    return graph(a + b, ((i, a + j) for i in range(a) for j in range(b)))


def grid(*shape: int, corners: bool = False) -> Any:
    """Cells and their neighbours along the axes; with `corners` (two axes) the diagonal ones, too."""
    at = np.arange(np.prod(shape)).reshape(shape)
    edges: list[tuple[int, int]] = []
    for axis in range(len(shape)):
        m = np.moveaxis(at, axis, 0)
        edges += zip(m[:-1].ravel().tolist(), m[1:].ravel().tolist(), strict=True)
    if corners:
        edges += zip(at[:-1, :-1].ravel().tolist(), at[1:, 1:].ravel().tolist(), strict=True)
        edges += zip(at[:-1, 1:].ravel().tolist(), at[1:, :-1].ravel().tolist(), strict=True)
    return graph(at.size, edges)


def tree(n: int, seed: int) -> Any:
    random = np.random.default_rng(seed)
    return graph(n, ((i, int(random.integers(0, i))) for i in range(1, n)))


def cube(d: int) -> Any:
    return graph(2**d, ((i, i ^ (1 << k)) for i in range(2**d) for k in range(d) if i < i ^ (1 << k)))


def geometric(n: int, degree: float, seed: int) -> Any:
    """Points at random in the unit square, joined when they are near: about `degree` neighbours each."""
    from scipy.spatial import cKDTree

    points = np.random.default_rng(seed).random((n, 2))
    return graph(n, cKDTree(points).query_pairs(np.sqrt(degree / (np.pi * n)), output_type="ndarray"))


def triangulation(n: int, seed: int) -> Any:
    """A planar graph: the Delaunay triangulation of points at random."""
    from scipy.spatial import Delaunay

    corners = Delaunay(np.random.default_rng(seed).random((n, 2))).simplices
    return graph(
        n,
        np.unique(
            np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1), axis=0
        ),
    )


FIGURE_4_1 = graph(6, [(0, 1), (1, 2), (1, 4), (1, 5), (2, 3), (3, 5)])
"""The matrix of figure 4.1 of [GMP]."""
FIGURE_1 = graph(10, [(0, 1), (0, 6), (1, 2), (1, 4), (2, 3), (2, 5), (3, 9), (4, 5), (4, 7), (5, 8), (6, 7), (7, 8), (8, 9)])  # fmt: skip
"""The matrix of figure 1 of [GTPW]."""


# --- slow and obvious ---------------------------------------------------------------------------------------------------------


def neighbours(A: Any) -> list[list[int]]:
    return [[int(j) for j in A.indices[A.indptr[i] : A.indptr[i + 1]] if j != i] for i in range(A.shape[0])]


def bicoloured_path(near: list[list[int]], colour: Any) -> tuple[int, ...] | None:
    """An edge with one colour, or a path of four vertices with two; None where there is none: a star colouring."""
    for b, beside in enumerate(near):
        for c in beside:
            if colour[b] == colour[c]:
                return b, c
            for a in beside:
                if a != c and colour[a] == colour[c]:
                    for d in near[c]:
                        if d not in (a, b) and colour[d] == colour[b]:
                            return a, b, c, d
    return None


def fewest(A: Any) -> int:
    """The star chromatic number, by trying out: vertices breadth first, colours in turn, going back."""
    near, n = neighbours(A), A.shape[0]
    order: list[int] = []
    for start in range(n):
        for v in [start]:
            if v not in order:
                order.append(v)
        for v in order:
            order += [w for w in near[v] if w not in order]
    place = {v: t for t, v in enumerate(order)}
    # the graph of the vertices up to each, in their order
    grown = [[[place[w] for w in near[v] if place[w] <= t] for v in order[: t + 1]] for t in range(n)]

    def extend(colour: list[int], colours: int) -> bool:
        t = len(colour)
        if t == n:
            return True
        for c in range(min(colours, max(colour, default=-1) + 2)):
            colour.append(c)
            if bicoloured_path_at(grown[t], colour) and extend(colour, colours):
                return True
            colour.pop()
        return False

    return next(k for k in range(1, n + 1) if extend([], k))


def bicoloured_path_at(near: list[list[int]], colour: list[int]) -> bool:
    """Whether a colouring is a star colouring still after its last vertex was coloured."""
    v = len(colour) - 1
    around = {v, *near[v], *(w for u in near[v] for w in near[u])}
    around |= {w for u in near[v] for x in near[u] for w in near[x]}
    names = sorted(around)
    number = {u: k for k, u in enumerate(names)}
    return (
        bicoloured_path([[number[w] for w in near[u] if w in number] for u in names], [colour[u] for u in names])
        is None
    )


def lower_bound(A: Any) -> int:
    """Colours that a star colouring has at least: two classes make a forest, of fewer edges than vertices.

    Summed over all pairs of k classes, m <= (k - 1) n - k (k - 1) / 2.
    """
    n, m = A.shape[0], (A.nnz - A.shape[0]) // 2
    return next(k for k in range(1, n + 1) if m <= (k - 1) * n - k * (k - 1) // 2)


def coloured(A: Any, order: str = "best") -> int:
    """The number of colours, of a colouring that is valid and gives a matrix back."""
    plan = star_plan(A.indptr, A.indices, order=order)
    assert plan.colour.min() >= 0
    assert plan.count == len(set(plan.colour.tolist()))
    assert bicoloured_path(neighbours(A), plan.colour.tolist()) is None
    B = A.copy()
    B.data = np.random.default_rng(A.nnz).normal(size=A.nnz)
    H = B + B.T
    H.sort_indices()
    np.testing.assert_array_equal(recover((H @ plan.seeds().T).T.copy(), plan), H.data)
    assert lower_bound(A) <= plan.count
    return plan.count


def test_the_check_finds_what_is_wrong() -> None:
    path = neighbours(band(4, 1))
    assert bicoloured_path(path, [0, 1, 0, 1]) == (0, 1, 2, 3)
    assert bicoloured_path(path, [0, 0, 1, 2]) == (0, 1)
    assert bicoloured_path(path, [0, 1, 0, 2]) is None


# --- counts ---------------------------------------------------------------------------------------------------------------------

SMALL = [
    # what, pattern, fewest colours, ours at most
    *(
        (f"cycle of {n}", cycle(n), 4 if n == 5 else 3, 4 if n in (5, 10) else 3) for n in range(3, 12)
    ),  # [FRR] theorem of cycles
    *(
        (f"complete bipartite {a} x {b}", bipartite(a, b), min(a, b) + 1, min(a, b) + 1)
        for a, b in ((2, 3), (3, 3), (3, 5))
    ),  # [FRR]
    ("grid 2 x 2", grid(2, 2), 3, 3),  # [FRR] exact values of two-dimensional grids, from here
    ("grid 2 x 3", grid(2, 3), 4, 4),
    ("grid 2 x 7", grid(2, 7), 4, 4),
    ("grid 3 x 3", grid(3, 3), 4, 4),
    ("grid 3 x 5", grid(3, 5), 4, 5),
    ("grid 4 x 4", grid(4, 4), 5, 5),
    ("grid 4 x 5", grid(4, 5), 5, 5),
    ("grid 2 x 2 x 2, a cube", cube(3), 4, 4),
    ("nine-point grid 3 x 3", grid(3, 3, corners=True), 5, 5),
    ("nine-point grid 3 x 4", grid(3, 4, corners=True), 6, 6),
    ("tree of 12", tree(12, 0), 3, 3),  # [FRR]: 3 for trees with a path of four vertices
    ("tree of 14", tree(14, 1), 3, 3),
    ("band of 3 diagonals", band(9, 1), 3, 3),  # [GTPW]: 2 floor(rho / 2) + 1
    ("band of 5 diagonals", band(9, 2), 5, 5),
    ("band of 7 diagonals", band(11, 3), 7, 7),
    ("figure 4.1 of [GMP], 3 colours there", FIGURE_4_1, 3, 3),
    ("figure 1 of [GTPW], 5 colours there", FIGURE_1, 4, 4),
]


@pytest.mark.parametrize(("A", "known", "ours"), [pytest.param(*case[1:], id=case[0]) for case in SMALL])
def test_small_graphs(A: Any, known: int, ours: int) -> None:
    """What is known is also what trying everything out finds; ours is greedy, and what it reaches is written down."""
    assert fewest(A) == known
    assert known <= coloured(A) <= ours


@pytest.mark.parametrize("n", [5_000, 20_000])
def test_bands_of_the_paper(n: int) -> None:
    """The banded problems of [GTPW], of ten entries a row beside the diagonal: 11 colours, in the natural order, too."""
    A = band(n, 5)
    assert coloured(A) == coloured(A, "natural") == 2 * (10 // 2) + 1
    plan = jacobian_plan(A.indptr, A.indices, n)
    assert plan.count == 11  # a distance-2 colouring does as well here


LARGE = [
    # what, pattern, known to do, ours at most
    ("five-point grid", grid(40, 40), 5, 5),
    ("five-point strip", grid(2, 200), 4, 4),
    ("nine-point grid", grid(40, 40, corners=True), 9, 9),
    ("seven-point grid", grid(10, 10, 10), 7, 10),
    ("hypercube of 7 dimensions", cube(7), 8, 8),
    ("arrowhead", bipartite(1, 1000), 2, 2),
    ("arrowhead, 3 hubs", bipartite(3, 500), 4, 4),
    ("binary tree", graph(1023, ((i, (i - 1) // 2) for i in range(1, 1023))), 3, 3),
    ("random tree", tree(1000, 2), 3, 3),  # the orders give 5 to 13
    ("random tree", tree(3000, 0), 3, 3),
    (
        "two trees and vertices alone",
        sp.csr_array(sp.block_diag((tree(700, 3), sp.eye_array(9), tree(600, 4)), format="csr")),
        3,
        3,
    ),
    ("random geometric graph, 6 neighbours", geometric(2000, 6, 0), None, 14),
    ("random geometric graph, 12 neighbours", geometric(2000, 12, 0), None, 23),
    ("random geometric graph, 20 neighbours", geometric(2000, 20, 0), None, 32),
    ("planar triangulation", triangulation(2000, 0), 20, 11),  # 20: any planar graph (Albertson et al. 2004)
]


def test_a_forest_beside_hubs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vertices of high degree get colours of their own, and what they leave is a forest."""
    monkeypatch.setattr(graphs, "WORK", 0)
    monkeypatch.setattr(graphs, "STEPS_AN_EDGE", 40)
    A = tree(1000, 2) + bipartite(1, 999)
    plan = star_plan(A.indptr, A.indices)
    assert (plan.order, plan.hubs.tolist()) == ("forest", [0])
    assert coloured(A) == 4


@pytest.mark.parametrize(("A", "known", "ours"), [pytest.param(*case[1:], id=case[0]) for case in LARGE])
def test_large_graphs(A: Any, known: int | None, ours: int) -> None:
    assert coloured(A) <= ours
    # it is worth it: the distance-2 colouring, which takes no notice of symmetry, needs no fewer
    assert coloured(A) <= min(coloured(A, order) for order in ORDERS)


def test_what_is_known_is_so() -> None:
    """The colourings by formula that the table above is held against."""
    x, y, z = np.indices((10, 10, 10))
    assert bicoloured_path(neighbours(grid(10, 10, 10)), ((x + 2 * y + 3 * z) % 7).ravel().tolist()) is None
    x, y = np.indices((40, 40))
    assert bicoloured_path(neighbours(grid(40, 40, corners=True)), ((x % 3) * 3 + y % 3).ravel().tolist()) is None
    assert bicoloured_path(neighbours(grid(40, 40)), ((x + 2 * y) % 5).ravel().tolist()) is None
    A = tree(1000, 2)
    depth = np.zeros(1000, int)
    for v, near in enumerate(neighbours(A)):
        depth[v] = depth[near[0]] + 1 if v else 0
    assert bicoloured_path(neighbours(A), (depth % 3).tolist()) is None
