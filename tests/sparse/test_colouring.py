"""Colourings: valid by brute force on drawn graphs, counts that theory gives, and exact recovery."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.sparse import colouring, graphs
from jittape.sparse.colouring import ORDERS, column_plan, jacobian_plan, recover, row_plan, star_plan
from jittape.sparse.graphs import reduced


def csr(A: Any) -> Any:
    A = sp.csr_array(A)
    A.sort_indices()
    return A


def band(n: int, half: int) -> Any:
    return csr(sp.diags_array([np.ones(n - abs(k)) for k in range(-half, half + 1)], offsets=range(-half, half + 1)))


def grid(*shape: int) -> Any:
    """The pattern of the second differences on a grid: a cell and its neighbours along each axis."""
    total: Any = 0
    for axis in range(len(shape)):
        part: Any = sp.eye_array(1)
        for k, n in enumerate(shape):
            part = sp.kron(part, band(n, 1) if k == axis else sp.eye_array(n))
        total = total + part
    return csr(total)


def arrowhead(n: int, hubs: int = 1) -> Any:
    A = sp.lil_array(sp.eye_array(n))
    A[:hubs, :] = 1
    A[:, :hubs] = 1
    return csr(A)


def is_star(A: Any, colour: Any) -> bool:
    """By the definition: neighbours differ, and no path of four vertices has two colours."""
    n = A.shape[0]
    linked = (A.toarray() != 0) & ~np.eye(n, dtype=bool)
    if any(linked[v, w] and colour[v] == colour[w] for v, w in combinations(range(n), 2)):
        return False
    for b in range(n):
        for c in np.flatnonzero(linked[b]):
            for a in np.flatnonzero(linked[b]):
                for d in np.flatnonzero(linked[c]):
                    if a != c and d != b and a != d and colour[a] == colour[c] and colour[d] == colour[b]:
                        return False
    return True


def star_recovers(A: Any, order: Any = "best") -> Any:
    """The plan, after numbers without any pattern went through it."""
    values = np.random.default_rng(A.nnz).normal(size=A.shape)
    H = (A.toarray() != 0) * (values + values.T)
    plan = star_plan(A.indptr, A.indices, order=order)
    data = recover(plan.seeds() @ H, plan)
    assert (data == H[np.nonzero(H)]).all()
    assert plan.source.dtype == np.int32 and plan.colour.dtype == np.int32
    rows, cols, source = plan.lower()
    assert (H[rows, cols] == (plan.seeds() @ H).ravel()[source]).all() and (cols <= rows).all()
    return plan


def jacobian_recovers(A: Any, plan: Any) -> Any:
    J = (A.toarray() != 0) * np.random.default_rng(A.nnz).normal(size=A.shape)
    compressed = np.full(plan.size, np.nan)
    right, left = plan.parts(compressed)
    right[:], left[:] = plan.column_seeds() @ J.T, plan.row_seeds() @ J
    out = np.empty(A.nnz)
    assert recover(compressed, plan, out=out) is out
    assert (out == J[np.nonzero(A.toarray())]).all()
    return plan


# --- drawn graphs ------------------------------------------------------------------------------------------------------------


@st.composite
def patterns(draw: Any, square: bool) -> Any:
    m = draw(st.integers(0, 9))
    n = m if square else draw(st.integers(0, 9))
    cells = draw(st.lists(st.tuples(st.integers(0, max(m - 1, 0)), st.integers(0, max(n - 1, 0))), max_size=30))
    A = np.zeros((m, n))
    if m and n:
        for i, j in cells:
            A[i, j] = 1
    return csr(A + A.T if square else A)


@examples(250)
@given(patterns(True), st.sampled_from([*ORDERS, "best"]))
def test_drawn_graphs_are_star_coloured(A: Any, order: str) -> None:
    plan = star_recovers(A, order)
    assert is_star(A, plan.colour)
    assert plan.count == (plan.colour.max() + 1 if A.shape[0] else 0)


@examples(60)
@given(patterns(True), st.randoms())
def test_a_given_order(A: Any, random: Any) -> None:
    order = list(range(A.shape[0]))
    random.shuffle(order)
    assert is_star(A, star_recovers(A, order).colour)


@examples(250)
@given(patterns(False), st.sampled_from([*ORDERS[:4], "best"]), st.booleans())
def test_drawn_jacobians(A: Any, order: str, split: bool) -> None:
    for make in (column_plan, row_plan, jacobian_plan):
        plan = jacobian_recovers(A, make(A.indptr, A.indices, A.shape[1], order=order, split=split))
        assert split or not plan.columns or not plan.rows
    plan = column_plan(A.indptr, A.indices, A.shape[1], order=order, split=False)
    for row in A.toarray() != 0:  # distance two: columns that meet in a row differ
        assert len(set(plan.column_colour[row])) == row.sum()


@pytest.mark.parametrize("density", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("order", [*ORDERS, "best"])
def test_larger_random_graphs(density: float, order: str) -> None:
    R = sp.random_array((150, 150), density=density, rng=np.random.default_rng(3))
    plan = star_recovers(csr(R + R.T + sp.eye_array(150)), order)
    assert plan.order == order or order == "best"
    J = csr(R)
    if order != "distance_two":
        jacobian_recovers(J, jacobian_plan(J.indptr, J.indices, 150, order=order))


# --- counts ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("half", range(9))
@pytest.mark.parametrize("order", ["natural", "best"])
def test_bands_take_as_many_colours_as_they_have_diagonals(half: int, order: str) -> None:
    diagonals = 2 * half + 1
    assert star_recovers(band(60, half), order).count == 2 * (diagonals // 2) + 1
    A = band(60, half)
    plan = jacobian_recovers(A, jacobian_plan(A.indptr, A.indices, 60))
    assert plan.count == diagonals


def test_a_band_cannot_do_with_fewer() -> None:
    """Every star colouring of short bands with one colour less, tried out by going back: there is none."""

    def colourable(half: int, colours: int, n: int) -> bool:
        A = band(n, half)
        colour = [-1] * n

        def extend(v: int) -> bool:
            if v == n:
                return True
            for c in range(min(colours, max(colour[:v], default=-1) + 2)):
                colour[v] = c
                if is_star(csr(A[: v + 1, : v + 1]), colour[: v + 1]) and extend(v + 1):
                    return True
            return False

        return extend(0)

    assert colourable(1, 2, 3) and not colourable(1, 2, 4)
    assert colourable(2, 4, 6) and not colourable(2, 4, 7)


def test_arrowheads() -> None:
    assert star_recovers(arrowhead(40)).count == 2
    assert star_recovers(arrowhead(40, 3)).count == 4
    A = arrowhead(40)
    plan = jacobian_recovers(A, jacobian_plan(A.indptr, A.indices, 40))
    assert (plan.columns, plan.rows) == (2, 1)


def test_grids() -> None:
    assert star_recovers(grid(12, 11)).count == 5
    assert star_recovers(grid(6, 5, 4)).count <= 11
    nine = csr(sp.kron(band(12, 1), band(11, 1)))
    assert star_recovers(nine).count == 9


def test_hubs_have_colours_of_their_own() -> None:
    """Where vertices of high degree would make the colouring slow, they are split off, and the rest is coloured."""
    n = 30_000
    A = csr(
        band(n, 1)
        + sp.coo_array((np.ones(n), (np.zeros(n, int), np.arange(n))), (n, n))
        + sp.coo_array((np.ones(n), (np.arange(n), np.zeros(n, int))), (n, n))
    )
    plan = star_plan(A.indptr, A.indices)
    assert plan.hubs.tolist() == [0] and plan.count == 4
    assert (plan.colour == plan.colour[0]).sum() == 1
    A.data[:] = np.random.default_rng(0).normal(size=A.nnz)
    H = csr(A + A.T)
    assert (recover((H @ plan.seeds().T).T.copy(), plan) == H.data).all()


def test_hubs_are_split_off_whatever_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "WORK", 0)
    monkeypatch.setattr(graphs, "STEPS_AN_EDGE", 0)
    for A in (arrowhead(90, 2), grid(9, 8), csr(np.ones((5, 5)))):
        plan = star_recovers(A)
        assert is_star(A, plan.colour) or A.shape[0] > 80
    assert star_recovers(arrowhead(90, 2)).hubs.tolist() == [0, 1]


def test_a_dense_core_gets_colours_of_its_own() -> None:
    """No search where it cannot save much: all rows of a dense matrix, or those that make up most of the work."""
    assert star_recovers(csr(np.ones((150, 150)))).hubs.size == 150
    n, core = 400, 120
    rows = np.random.default_rng(3).permutation(n)[:core]
    A = sp.lil_array(band(n, 1))
    A[np.ix_(rows, rows)] = 1
    plan = star_recovers(csr(A))
    assert np.isin(rows, plan.hubs).all() and plan.hubs.size < 1.1 * core and plan.count <= plan.hubs.size + 5


def test_dense_blocks_share_their_colours() -> None:
    plan = star_recovers(csr(sp.block_diag([sp.csr_array(np.ones((110, 110)))] * 5)))
    assert plan.count == 110 and plan.hubs.size == 0


def test_dense_jacobians_need_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    A = np.ones((130, 121))
    A[:, 7] = 0.0
    A[5] = 0.0
    A[5, 3] = 1.0
    searched: list[str] = []
    monkeypatch.setattr(colouring, "_column_orders", lambda *a: searched.append("") or [])
    J = csr(A)
    plan = jacobian_recovers(J, column_plan(J.indptr, J.indices, 121))
    assert plan.count == 120 and plan.column_colour[7] == -1 and not searched


def test_dense_hessians_need_no_search() -> None:
    """Elimination refuses a root of squares; its dense pattern once took minutes to colour."""
    n = 500
    x = np.linspace(0.5, 1.5, n)
    H = jt.record(lambda x: np.sqrt(np.sum(x**2)), np.ones(n)).sparse_hessian(x)
    r = np.sqrt(x @ x)
    assert H.nnz == n * n
    np.testing.assert_allclose(H.toarray(), np.eye(n) / r - np.outer(x, x) / r**3, rtol=1e-11, atol=1e-13)


def test_the_best_order_is_no_worse_than_any() -> None:
    R = sp.random_array((120, 120), density=0.03, rng=np.random.default_rng(8))
    A = csr(R + R.T)
    counts = [star_plan(A.indptr, A.indices, order=order).count for order in ORDERS]
    assert star_plan(A.indptr, A.indices).count == min(counts) < max(counts)


def test_orders_are_what_they_are_called() -> None:
    R = sp.random_array((60, 60), density=0.06, rng=np.random.default_rng(4))
    A = csr(R + R.T)
    graph = reduced(A.indptr, A.indices, np.empty(0, np.int32))
    linked = (A.toarray() != 0) & ~np.eye(60, dtype=bool)
    degree = linked.sum(0)
    assert (np.diff(graph.indptr) == degree).all()
    assert (np.diff(degree[graph.ordered("largest_first")]) <= 0).all()
    last = graph.ordered("smallest_last")
    for k in range(60):
        within = linked[np.ix_(last[: k + 1], last[: k + 1])].sum(0)
        assert within[-1] == within.min()
    incidence = graph.ordered("incidence_degree")
    for k in range(60):
        back = linked[np.ix_(incidence[:k], incidence[k:])].sum(0)
        assert back[0] == back.max()


# --- bad input -----------------------------------------------------------------------------------------------------------------------


def test_bad_patterns_are_refused() -> None:
    with pytest.raises(ValueError, match="not symmetric"):
        star_plan([0, 1, 1], [1])
    with pytest.raises(ValueError, match="do not ascend"):
        star_plan([0, 2, 4], [1, 0, 0, 1])
    with pytest.raises(ValueError, match="out of range"):
        column_plan([0, 1], [3], 3)
    with pytest.raises(ValueError, match="rises from 0"):
        column_plan([0, 2], [0], 3)
    with pytest.raises(ValueError, match="none of natural"):
        star_plan([0, 1], [0], order="random")
    with pytest.raises(ValueError, match="none of natural"):
        column_plan([0, 1], [0], 1, order="distance_two")
    with pytest.raises(ValueError, match="permutation of 2"):
        star_plan([0, 1, 2], [0, 1], order=[0, 0])
    plan = star_plan([0, 1, 2], [0, 1])
    with pytest.raises(ValueError, match="has 3 numbers, and the plan needs 2"):
        recover(np.ones(3), plan)


def test_empty_rows_between_others() -> None:
    A = csr(np.diag([1.0, 0.0, 0.0, 2.0]))
    assert star_recovers(A).count == 1
    with pytest.raises(ValueError, match="do not ascend"):
        star_plan([0, 0, 2, 2], [1, 1])


def test_the_colours_that_edges_need() -> None:
    """Of all graphs of five vertices, against the fewest colours that any star colouring has; and of complete graphs."""
    pairs = list(combinations(range(5), 2))
    for edges in range(len(pairs) + 1):
        drawn = list(combinations(pairs, edges))[:: 1 + edges * 5]
        for chosen in drawn:
            A = np.eye(5)
            for i, j in chosen:
                A[i, j] = A[j, i] = 1.0
            vertices = int(((A.sum(axis=0)) > 1).sum())
            assert colouring._fewest(vertices, edges) <= star_plan(csr(A).indptr, csr(A).indices).count
    for n in (2, 3, 10, 500):
        assert colouring._fewest(n, n * (n - 1) // 2) == n


def test_a_dense_pattern_is_coloured_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    compiled = colouring.compiled
    monkeypatch.setattr(colouring, "compiled", lambda name: (asked.append(name), compiled(name))[1])
    A = np.random.default_rng(0).normal(size=(40, 40))
    A = csr(A + A.T)
    plan = star_plan(A.indptr, A.indices)
    assert plan.count == 40 and "star" not in asked and "distance_two" not in asked
    np.testing.assert_allclose(recover(plan.seeds() @ A, plan), A.data, rtol=1e-12)
