"""Variables in structures: dicts, matrices and dataclasses as first guesses of solvers."""

from __future__ import annotations

import importlib.util
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.integrate.ipopt import Problem
from jittape.integrate.scipy import Objective, Residuals, constraint, least_squares, minimize, root

T = np.linspace(0.0, 2.0, 15)
DATA = 2.0 * np.exp(-1.5 * T) + 0.5


@dataclass
class Model:
    amplitude: Any
    rate: Any
    offset: Any
    name: str = "decay"


def residuals(m: Any, t: Any, y: Any) -> Any:
    return m.amplitude * np.exp(-m.rate * t) + m.offset - y


def squares(m: Any, t: Any, y: Any) -> Any:
    return np.sum(residuals(m, t, y) ** 2)


GUESS = Model(1.0, 1.0, 0.0)
GIVEN = {"t": T, "y": DATA}


def near(m: Model) -> bool:
    return isinstance(m, Model) and m.name == "decay" and np.allclose([m.amplitude, m.rate, m.offset], [2.0, 1.5, 0.5], atol=1e-4)


def test_a_dataclass() -> None:
    seen = []
    found = minimize(squares, GUESS, parameters=GIVEN, callback=lambda m: seen.append(m))
    assert near(found.x) and isinstance(seen[0], Model)
    named = []
    minimize(squares, GUESS, parameters=GIVEN, method="BFGS", callback=lambda intermediate_result: named.append(intermediate_result.x))
    assert isinstance(named[0], Model)
    assert near(least_squares(residuals, GUESS, parameters=GIVEN).x)
    assert near(least_squares(residuals, GUESS, parameters=GIVEN, bounds=(Model(0.0, None, -1.0), Model(9.0, 2.0, None))).x)


def test_a_matrix_and_a_dict() -> None:
    S = np.array([[4.0, 1.0], [1.0, 3.0]])
    found = minimize(lambda X: np.sum((X @ X.T - S) ** 2), np.eye(2), method="BFGS", options={"gtol": 1e-9})
    assert found.x.shape == (2, 2) and np.allclose(found.x @ found.x.T, S, atol=1e-6)
    v = root(lambda p: np.stack([p["a"] + p["b"][0] - 3, p["a"] * p["b"][0] - 2]), {"a": 3.0, "b": np.array([0.5])})
    assert v.success and np.allclose([v.x["a"], v.x["b"][0]], [2.0, 1.0])


def test_bounds_and_constraints() -> None:
    f = lambda p: (p["x"] - 3) ** 2 + np.sum((p["w"] + 1) ** 2)
    x0 = {"x": 0.5, "w": np.ones(2)}
    found = minimize(f, x0, bounds=({"x": None, "w": 0.0}, {"x": 2.0, "w": None}))
    assert np.allclose(found.x["x"], 2.0, atol=1e-5) and np.allclose(found.x["w"], 0.0, atol=1e-5)
    found = minimize(f, x0, constraints=[(lambda p: p["x"] + np.sum(p["w"]), 1.0, 1.0)])
    assert found.x["x"] + found.x["w"].sum() == pytest.approx(1.0, abs=1e-6)
    assert minimize(f, x0, bounds=[(0, 1)] * 3).x["x"] == pytest.approx(1.0)
    two = lambda bounds: minimize(lambda p: (p["a"] - 5) ** 2 + (p["b"] - 5) ** 2, {"a": 1.0, "b": 1.0}, bounds=bounds).x
    for pairs in ([(0, 2), (0, 3)], ((0, 2), (0, 3)), (None, {"a": 2, "b": 3}), (0, np.array([2.0, 3.0]))):
        assert [float(two(pairs)[k]) for k in "ab"] == pytest.approx([2.0, 3.0])
    top = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert np.allclose(minimize(lambda w: np.sum((w - 5) ** 2), np.ones((2, 2)), bounds=(0.0, top)).x, top)
    assert np.allclose(least_squares(lambda w: (w - 5).ravel(), np.full((2, 2), 0.5), bounds=(np.zeros((2, 2)), top)).x, top)
    with pytest.raises(ValueError, match="bounds are a pair"):
        two({"a": (0, 2), "b": (0, 3)})
    with pytest.raises(ValueError, match="lower bounds are a number or a structure"):
        minimize(f, x0, bounds=({"y": 0.0}, {"x": 1.0}))
    with pytest.raises(ValueError, match=r"hold .* for variables of shape \(2,\)"):
        minimize(f, x0, bounds=({"w": np.zeros(3)}, {"x": 1.0}))


def test_ipopts_problem() -> None:
    p = Problem(lambda v: (v["x"] - 3) ** 2 + v["y"] @ v["y"], {"x": 0.0, "y": np.ones(2)}, [(lambda v: v["x"] + v["y"][0], 1, 1)], ub={"x": 0.5})
    assert p.n == 3 and p.ub.tolist() == [0.5, np.inf, np.inf] and p.m == 1
    if importlib.util.find_spec("cyipopt"):
        found = p.solve({"x": 0.1, "y": np.zeros(2)})
        assert found.success and np.allclose([found.x["x"], *found.x["y"]], [0.5, 0.5, 0.0], atol=1e-6)
    with pytest.raises(ValueError, match="the variables are"):
        p.solve({"x": 0.1, "y": np.zeros(3)}) if importlib.util.find_spec("cyipopt") else p._variables.vector({"x": 0.1, "y": np.zeros(3)})


def test_one_way_of_giving_parameters() -> None:
    f = lambda x, a: a * np.sum(x**2)
    for o in (Objective(f, np.ones(2), a=3.0), Objective(f, np.ones(2), parameters={"a": 3.0})):
        assert o.fun(np.ones(2)) == 6.0
    assert Residuals(lambda x, a: a * x, np.ones(2), parameters={"a": 2.0}).residuals(np.ones(2)).tolist() == [2.0, 2.0]
    assert constraint(f, np.ones(2), 0.0, 1.0, parameters={"a": 2.0}).fun(np.ones(2)).tolist() == [4.0]
    assert jt.integrate.Lagrangian(f, None, np.ones(2), parameters={"a": 2.0}).objective(np.ones(2)) == 4.0
    with pytest.raises(TypeError, match="given twice"):
        Objective(f, np.ones(2), a=1.0, parameters={"a": 3.0})


def test_what_is_refused() -> None:
    with pytest.raises(TypeError, match="was recorded; with variables in a structure"):
        minimize(jt.record(lambda x: x @ x, np.ones(2)), {"x": np.ones(2)})
    with pytest.raises(TypeError, match="the first guess holds a str"):
        minimize(lambda p: p["a"], {"a": "text"})
    with pytest.raises(ValueError, match="no variables"):
        minimize(lambda p: p["a"], {"a": np.ones(0)})


def test_functions_of_structures_can_be_pickled() -> None:
    from jittape.integrate.variables import of_structure

    f = of_structure(GUESS).function(squares)
    assert pickle.loads(pickle.dumps(f))(np.ones(3), t=T, y=DATA) == squares(Model(1.0, 1.0, 1.0), T, DATA)
