"""Problems of Hock and Schittkowski to their published optima, by exact sparse derivatives: trust-constr and Ipopt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.optimize
from hock_schittkowski import CASES, Case

import jittape as jt
from jittape.integrate.scipy import minimize

OTHER = {15}
"""trust-constr ends at another local minimum, of 360.38."""


def check(case: Case, found: Any, tolerance: float) -> None:
    """The optimum, at a feasible point, by the functions as Python has them."""
    x = np.asarray(found.x)
    assert float(case.f(x)) == pytest.approx(case.optimum, rel=tolerance, abs=tolerance)
    assert found.fun == pytest.approx(float(case.f(x)), rel=1e-6, abs=1e-6)
    assert (x >= case.lb - 1e-6).all() and (x <= case.ub + 1e-6 * np.abs(case.ub)).all()
    for c, low, high in case.constraints:
        value = np.asarray(c(x))
        scale = 1e-6 * np.maximum(1.0, np.where(np.isfinite(high), np.abs(high), 1.0))
        assert (value >= low - scale).all() and (value <= high + scale).all()


@pytest.mark.parametrize("number", CASES)
def test_ipopt(number: int) -> None:
    pytest.importorskip("cyipopt")
    case = CASES[number]
    found = jt.integrate.ipopt.Problem(case.f, case.x0, case.constraints, lb=case.lb, ub=case.ub).solve()
    assert found.success and found.restarts == 0
    check(case, found, 2e-5)  # the optimum of 106 was published with five right digits


@pytest.mark.parametrize("number", [k for k in CASES if k not in OTHER])
@pytest.mark.filterwarnings("ignore:delta_grad == 0", "ignore:Singular Jacobian matrix")
def test_trust_constr(number: int) -> None:
    case = CASES[number]
    bounds: Any = None
    if case.bounds is not None:
        within = (case.x0 > case.lb).all() and (case.x0 < case.ub).all()
        bounds = scipy.optimize.Bounds(*np.transpose(case.bounds), keep_feasible=bool(within))
    found = minimize(
        case.f, case.x0, constraints=case.constraints, bounds=bounds, method="trust-constr", sparse=number % 2 == 0,
        options={"maxiter": 1000, "gtol": 1e-12, "xtol": 1e-9},
    )  # fmt: skip
    check(case, found, 5e-5)
