"""Patterns need memory for what they are of: that of a Jacobian none for pairs, however nonlinear the function is."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

import jittape as jt
from jittape.sparse.colouring import column_plan, row_plan
from jittape.sparse.pattern import hessian_pattern, jacobian_pattern


def test_a_jacobian_has_no_pairs() -> None:
    n = 400
    F = jt.record(lambda x: np.sum(x) ** 2 * x[:2], np.ones(n))
    ((first, end, _),) = F.paths[0].inputs
    indptr, indices = jacobian_pattern(F.tape, np.arange(first, end), F.paths[0].outputs[0].slots, limit=2 * n)
    assert indptr.tolist() == [0, n, 2 * n] and indices.tolist() == [*range(n)] * 2


def test_a_hessian_whose_pairs_fill_their_room() -> None:
    """n (n + 1) / 2 pairs, from below what is there at first to far beyond."""
    for n in (3, 88, 92, 94, 130, 260):
        F = jt.record(lambda x: np.sum(x) ** 2, np.ones(n))
        ((first, end, _),) = F.paths[0].inputs
        indptr, indices = hessian_pattern(F.tape, np.arange(first, end), F.paths[0].seed)
        assert (np.diff(indptr) == n).all() and (indices.reshape(n, n) == np.arange(n)).all()


def test_an_order_that_was_asked_for_is_taken() -> None:
    """Even where the natural one needs as few colours."""
    rng = np.random.default_rng(0)
    A = sp.csr_array(sp.random_array((30, 20), density=0.15, rng=rng))
    A.sort_indices()
    for order in ("natural", "smallest_last", "incidence_degree", "largest_first"):
        assert column_plan(A.indptr, A.indices, 20, order=order, split=False).order == order
        assert row_plan(A.indptr, A.indices, 20, order=order, split=False).order == order
