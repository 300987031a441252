"""Lagrangians of functions that tell nothing of themselves, and of constraints that depend on x at some points only."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import jittape as jt

Lagrangian = jt.integrate.Lagrangian


class Unnamed:
    """A callable whose parameters cannot be found out, as those of some built-ins."""

    __signature__ = "x, r"

    def __call__(self, x: Any, r: Any = 1.0) -> Any:
        return r * (x @ x)


def test_a_function_without_a_signature_is_handed_every_parameter() -> None:
    L = Lagrangian(Unnamed(), None, np.ones(2), r=3.0)
    assert L(np.array([1.0, 2.0])) == 15.0
    L.bind(r=2.0)
    assert L.grad(np.array([1.0, 2.0])).tolist() == [4.0, 8.0]


def sometimes(x: Any) -> Any:
    return [x[0] * x[1], x[2]] if x[0] > 0 else [1.0, 2.0]


@pytest.mark.parametrize("sparse", [False, True])
def test_constraints_that_are_constant_here(sparse: bool) -> None:
    L = Lagrangian(lambda x: x @ x, sometimes, np.ones(3), sparse=sparse)
    for x, wanted in (([2.0, 3.0, 4.0], [[3.0, 2.0, 0.0], [0.0, 0.0, 1.0]]), ([-2.0, 3.0, 4.0], [[0.0] * 3] * 2)):
        J = L.jacobian(np.array(x))
        assert J.shape == (2, 3) and (J.toarray() if sparse else J).tolist() == wanted


def test_a_function_that_takes_any_keyword_is_handed_every_parameter() -> None:
    L = Lagrangian(lambda x, **given: given["r"] * (x @ x) + given["s"] * x[0], lambda x, s: x[1] - s, np.ones(2), r=3.0, s=1.0)
    assert L(np.array([1.0, 2.0]), [0.0]) == 16.0
    L.bind(s=2.0)
    assert L(np.array([1.0, 2.0]), [1.0]) == 17.0


@pytest.mark.parametrize("sparse", [False, True])
def test_constraints_that_depend_on_nothing(sparse: bool) -> None:
    L = Lagrangian(lambda x: x @ x, lambda x: np.array([1.0, 2.0]), np.ones(3), sparse=sparse)
    J = L.jacobian(np.ones(3))
    assert J.shape == (2, 3) and not (J.toarray() if sparse else J).any()


def test_arguments_in_another_order() -> None:
    """A function where the first guess stands, and the other way round, is told with the order that is meant."""
    from jittape.integrate import batch, fits, ipopt
    from jittape.integrate.residuals import Residuals
    from jittape.integrate.scipy import Objective, constraint, least_squares, minimize, root

    def f(x: Any) -> Any:
        return np.sum(x**2)

    def c(x: Any) -> Any:
        return x[:1]

    x0 = np.ones(2)
    calls: dict[str, list[Any]] = {
        "Problem(f, x0, constraints)": [lambda: ipopt.Problem(f, c, x0), lambda: ipopt.Problem(f, [(c, 0.0, 0.0)], x0), lambda: ipopt.Problem(x0, f)],
        "Lagrangian(f, constraints, x0)": [lambda: Lagrangian(f, x0, c), lambda: Lagrangian(x0, f, c), lambda: Lagrangian(f, x0, [c])],
        "minimize(f, x0)": [lambda: minimize(x0, f), lambda: minimize({"a": 1.0}, f), lambda: minimize(x0, x0)],
        "least_squares(r, x0)": [lambda: least_squares(x0, c)],
        "root(r, x0)": [lambda: root(x0, c)],
        "Objective(f, x0)": [lambda: Objective(x0, f)],
        "Residuals(r, x0)": [lambda: Residuals(x0, c)],
        "constraint(c, x0, lower, upper)": [lambda: constraint(x0, c, 0.0, 0.0)],
        "minimize(F, X0)": [lambda: batch.minimize(np.ones((3, 2)), jt.record(f, x0))],
        "curve_fit(f, xdata, ydata, p0)": [lambda: fits.curve_fit(x0, x0, f)],
        "maximum_likelihood(f, p0)": [lambda: fits.maximum_likelihood(x0, f)],
    }
    for order, wrong in calls.items():
        for call in wrong:
            with pytest.raises(TypeError, match=re.escape(f"the arguments are {order}, in this order")):
                call()
