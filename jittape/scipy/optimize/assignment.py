"""Solvers whose solutions jump: they are SciPy's, and their solutions decisions of a recording."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.functions.lift import settle
from jittape.replay.chosen import chosen
from jittape.scipy.declare import like, original


@like("scipy.optimize.linear_sum_assignment", by="", note="the indices are decisions: a replay with another assignment is recorded anew")
def linear_sum_assignment(cost_matrix: Any, maximize: bool = False) -> Any:
    """(rows, columns) of the assignment of the least sum.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy.optimize import linear_sum_assignment
        >>> jt.grad(lambda C: np.sum(C[linear_sum_assignment(C)]))(np.array([[1.0, 3.0], [2.0, 1.0]])).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    own, cost = original("scipy.optimize.linear_sum_assignment"), settle(cost_matrix)
    if not isinstance(cost, Array):
        return own(cost, maximize)
    found = chosen(lambda given: np.stack(own(given[0], maximize)), [cost], (2, min(cost.shape)))
    rows, columns = ([int(x) for x in row] for row in found)
    return np.array(rows, np.intp), np.array(columns, np.intp)
