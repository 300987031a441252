"""Explanations at the edges: overflow of adjoints in choices, arguments that hold None, rules that raise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape as jt


def test_an_adjoint_that_overflows_in_a_choice() -> None:
    """All three operands of the choice are told, whichever it took."""

    def f(x: Any, y: Any) -> Any:
        return np.sum(1e308 * np.where(x > 0.0, x, y)) + np.sum(1e308 * np.where(x > -1.0, x, y))

    F = jt.record(f, np.ones(3), np.ones(3))
    found = F.explain_nan(np.array([-2.0, -2.0, 1.0]) * 1e-300, np.array([1.0, 2.0, 3.0]) * 1e-300)
    first = found.first
    assert found.what == "derivative" and first.operation == "where" and first.kind == "infinity" and first.index == (2,)
    assert first.read == 3 and [name for name, _ in first.operands][1:] == ["x[2]", "y[2]"]
    assert [value for _, value in first.operands] == [1.0, 1e-300, 3e-300]


def test_arguments_that_hold_nothing() -> None:
    F = jt.record(lambda p: np.sum(np.log(p["a"])) + p["c"], {"a": np.ones(2), "b": None, "c": 1.0})
    found = F.explain_nan({"a": np.array([1.0, -1.0]), "b": None, "c": 1.0})
    assert found.first.operation == "log" and found.first.operands == (("p['a'][1]", -1.0),)


def test_an_error_of_an_operation_is_raised_where_nothing_is_to_be_recorded() -> None:
    calls = []

    def f(A: Any) -> Any:
        calls.append(1)
        return np.sum(np.linalg.inv(A))

    F = jt.record(f, np.eye(2), on_branch="raise")
    calls.clear()
    with pytest.raises(np.linalg.LinAlgError):
        F(np.zeros((2, 2)))
    assert not calls and F(2.0 * np.eye(2)) == 1.0
