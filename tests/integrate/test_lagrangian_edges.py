"""Lagrangians of functions that tell nothing of themselves, and of constraints that depend on x at some points only."""

from __future__ import annotations

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
