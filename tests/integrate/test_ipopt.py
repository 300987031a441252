"""Problems for Ipopt: callbacks against derivatives written by hand, other paths, points without a number, bad input."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import jittape as jt
from jittape.errors import PatternChanged
from jittape.integrate.ipopt import Problem

inf = np.inf


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def dense(problem: Problem, x: Any, multipliers: Any, factor: float) -> tuple[Any, Any]:
    """Jacobian and Hessian, put together from what Ipopt is told."""
    J = scipy.sparse.coo_array((problem.jacobian(x), problem.jacobianstructure()), shape=(problem.m, problem.n)).toarray()
    rows, columns = problem.hessianstructure()
    assert (rows >= columns).all() and rows.dtype == columns.dtype == np.int32
    lower = scipy.sparse.coo_array((problem.hessian(x, multipliers, factor), (rows, columns)), shape=(problem.n,) * 2).toarray()
    return J, lower + np.tril(lower, -1).T


def test_callbacks() -> None:
    p = Problem(lambda x: x[0] ** 3 * x[2], np.ones(3), [lambda x: [x[0] * x[1], x[2] ** 2], lambda x: np.sin(x[1])], cl=0.0, cu=[1, inf, inf])
    x, w, s = np.array([0.4, -1.2, 2.0]), np.array([3.0, -0.5, 2.0]), 0.7
    assert p.objective(x) == pytest.approx(0.4**3 * 2)
    np.testing.assert_allclose(p.gradient(x), [3 * 0.16 * 2, 0.0, 0.064])
    np.testing.assert_allclose(p.constraints(x), [-0.48, 4.0, np.sin(-1.2)])
    J, H = dense(p, x, w, s)
    np.testing.assert_allclose(J, [[-1.2, 0.4, 0.0], [0.0, 0.0, 4.0], [0.0, np.cos(-1.2), 0.0]])
    np.testing.assert_allclose(H, [[s * 6 * 0.4 * 2, 3.0, s * 0.48], [3.0, -2 * np.sin(-1.2), 0.0], [s * 0.48, 0.0, -1.0]])
    assert len(p.jacobianstructure()[0]) == 4 and len(p.hessianstructure()[0]) == 5
    p.gradient(x)[:] = 0.0  # Ipopt's own memory from then on
    np.testing.assert_allclose(p.gradient(x), [3 * 0.16 * 2, 0.0, 0.064])


def test_no_constraints() -> None:
    p = Problem(rosenbrock, np.zeros(4))
    assert p.constraints(np.zeros(4)).size == p.jacobian(np.zeros(4)).size == p.jacobianstructure()[0].size == 0
    np.testing.assert_allclose(dense(p, np.full(4, 0.5), np.zeros(0), 1.0)[1], jt.hessian(rosenbrock)(np.full(4, 0.5)))


def test_another_path_within_the_structure() -> None:
    """Fewer entries, at their places."""
    p = Problem(lambda x: x[0] * x[1] * x[2] if x[0] > 0 else x[1] * x[2], np.ones(3), lambda x: x if x[0] > 0 else x[:3] * [0.0, 0.0, 2.0], cl=0)
    x = np.array([-1.0, 2.0, 3.0])
    J, H = dense(p, x, np.zeros(3), 2.0)
    np.testing.assert_allclose(J, np.diag([0.0, 0.0, 2.0]))
    np.testing.assert_allclose(H, [[0, 0, 0], [0, 0, 2.0], [0, 2.0, 0]])
    np.testing.assert_allclose(dense(p, -x, np.zeros(3), 1.0)[1], [[0, -3, -2], [-3, 0, 1], [-2, 1, 0]])
    np.testing.assert_allclose(dense(p, x, np.zeros(3), 1.0)[1], [[0, 0, 0], [0, 0, 1.0], [0, 1.0, 0]])


def branching(x: Any) -> Any:
    """Coupled by another term where x_0 is small."""
    far = x[0] > 0.5
    return (x[0] - 0.2) ** 2 + (x[1] - 1) ** 2 + (0.0 if far else (x[0] * x[1] - 0.1) ** 2)


def test_another_path_outside_the_structure() -> None:
    p = Problem(branching, np.array([2.0, 2.0]), lambda x: x[0] if x[0] > 0.5 else x[0] + x[1] ** 2 / 100, cl=-10)
    near = np.array([0.1, 0.9])
    with pytest.raises(PatternChanged, match="Jacobian"):
        p.jacobian(near)
    with pytest.raises(PatternChanged, match=r"Hessian has entries .* Call Problem.cover\(x\)") as caught:
        p.hessian(near, np.zeros(1), 1.0)
    assert caught.value.x.tolist() == near.tolist()
    with pytest.raises(PatternChanged, match="Hessian"):  # cyipopt drops errors of hessian
        p.objective(near)
    assert p.objective(near) == pytest.approx(0.0201)
    p.cover(near)
    J, H = dense(p, near, np.array([100.0]), 1.0)
    np.testing.assert_allclose(J, [[1.0, 0.018]])
    np.testing.assert_allclose(H, [[2 + 2 * 0.81, 4 * 0.09 - 0.2], [4 * 0.09 - 0.2, 2 + 2 * 0.01 + 2.0]])
    np.testing.assert_allclose(dense(p, np.array([2.0, 2.0]), np.zeros(1), 1.0)[1], 2 * np.eye(2))


def test_points_without_a_number() -> None:
    """Refused, and never handed on."""
    try:
        from cyipopt import CyIpoptEvaluationError as Refusal
    except ImportError:
        Refusal = FloatingPointError
    p = Problem(lambda x: np.sum(np.log(x)), np.array([2.0, 1.0]), [lambda x: np.sqrt(x), lambda x: np.linalg.inv(np.reshape(x[[0, 1, 1, 0]], (2, 2)))[0]], cl=0, lb=0)
    out, edge, singular = np.array([-2.0, 1.0]), np.array([0.0, 1.0]), np.array([0.5, 0.5])
    for call, x, what in (
        (p.objective, out, "objective is nan"), (p.objective, edge, "objective is -inf"), (p.gradient, edge, "gradient of the objective is inf"),
        (p.constraints, out, "constraint is nan"), (p.constraints, singular, "LinAlgError"), (p.jacobian, edge, "Jacobian of the constraints is inf"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=what):
            call(x)
    with pytest.raises(Refusal, match="Hessian of the Lagrangian"):
        p.hessian(edge, np.ones(4), 1.0)
    assert p.objective(np.ones(2)) == 0.0


def test_parameters() -> None:
    p = Problem(lambda x, goal: np.sum((x - goal) ** 4), np.zeros(2), lambda x, r: x @ x - r, cl=0, cu=0, parameters={"goal": np.ones(2), "r": 1.0})
    functions = [p.lagrangian.objective, p.lagrangian.constraints, p.lagrangian.function]
    recorded = [F.statistics["recorded"] for F in functions]
    x = np.array([2.0, 3.0])
    assert p.objective(x) == 17.0
    p.bind(goal=np.array([2.0, 2.0]), r=13.0)
    assert p.objective(x) == 1.0 and p.gradient(x).tolist() == [0.0, 4.0] and p.constraints(x).tolist() == [0.0]
    np.testing.assert_allclose(dense(p, x, np.array([0.5]), 1.0)[1], [[1.0, 0.0], [0.0, 13.0]])
    assert [F.statistics["recorded"] for F in functions] == recorded


def test_sizes() -> None:
    f = lambda x: x @ x  # noqa: E731
    with pytest.raises(ValueError, match="lb is a number or an array of 3 numbers"):
        Problem(f, np.ones(3), lb=[0, 0])
    with pytest.raises(ValueError, match=r"lb\[1\] = 2.0 is not at most ub\[1\] = 1.0"):
        Problem(f, np.ones(3), lb=[0, 2, 0], ub=1)
    with pytest.raises(ValueError, match=r"cl\[0\] = nan"):
        Problem(f, np.ones(3), f, cl=np.nan)
    with pytest.raises(ValueError, match="cu is a number or an array of 1"):
        Problem(f, np.ones(3), f, cu=[1.0, 2.0])
    with pytest.raises(ValueError, match="constraints need bounds"):
        Problem(f, np.ones(3), f)
    with pytest.raises(ValueError, match="there are none"):
        Problem(f, np.ones(3), cl=0)
    with pytest.raises(TypeError, match="not both"):
        Problem(f, np.ones(3), [(f, 0, 1)], cl=0)
    with pytest.raises(TypeError, match="tuples \\(c, lower, upper\\) throughout"):
        Problem(f, np.ones(3), [(f, 0, 1), f])
    with pytest.raises(ValueError, match="lower is a number or an array of 1 numbers"):
        Problem(f, np.ones(3), (f, [0, 0], 1))
    with pytest.raises(jt.errors.GradientError, match="one recorded scalar"):
        Problem(lambda x: x, np.ones(3))
    with pytest.raises(TypeError, match="is the tuple \\(c, 0.0, 0.0\\) here"):
        Problem(f, np.ones(3), [{"type": "eq", "fun": f}])  # type: ignore[list-item]
    p = Problem(f, np.ones(3), (f, 0, 1))
    for call in (p.objective, p.gradient, p.constraints, p.jacobian):
        with pytest.raises(ValueError, match="3 variables"):
            call(np.ones(4))
    with pytest.raises(ValueError, match="array of 1 numbers"):
        p.hessian(np.ones(3), np.ones(2), 1.0)
    changing = Problem(f, np.ones(2), lambda x: x[:2] if x[0] > 0 else x[:1], cl=0)
    with pytest.raises(ValueError, match="return 1 numbers at this point, 2"):
        changing.constraints(-np.ones(2))
    with pytest.raises(ValueError, match="Jacobian is of shape"):
        changing.jacobian(-np.ones(2))


def test_without_cyipopt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cyipopt", None)
    p = Problem(lambda x: x @ x, np.ones(2))
    with pytest.raises(ImportError, match="pip install cyipopt-wheels"):
        p.solve()
    with pytest.raises(FloatingPointError, match="objective is nan"):
        Problem(lambda x: np.sum(np.log(x)), np.ones(2)).objective(-np.ones(2))


def test_constraints_that_are_constant_somewhere() -> None:
    p = Problem(lambda x: x @ x, np.ones(2), lambda x: x if x[0] > 0 else np.ones(2), cl=0)
    J, H = dense(p, -np.ones(2), np.ones(2), 1.0)
    assert not J.any() and H.tolist() == [[2, 0], [0, 2]]
    assert dense(p, np.ones(2), np.ones(2), 1.0)[0].tolist() == [[1, 0], [0, 1]]
    nowhere = Problem(lambda x: x @ x, np.ones(2), lambda x: 1.0, cl=0)
    assert nowhere.jacobian(np.ones(2)).size == 0 and nowhere.constraints(np.ones(2)).tolist() == [1.0]


class TestSolve:
    """By Ipopt itself."""

    @pytest.fixture(autouse=True)
    def _cyipopt(self) -> Any:
        self.cyipopt = pytest.importorskip("cyipopt")

    def test_an_infeasible_start_and_the_multipliers(self) -> None:
        """First-order conditions, with derivatives written by hand, of both sides of bounds."""
        goal = np.array([3.0, -2.0, 0.5])
        p = Problem(lambda x: np.sum((x - goal) ** 2), [9.0, 9.0, -9.0], [(lambda x: x @ x, -inf, 4.0), (lambda x: x[2] - x[1], 1.0, 1.0)], lb=-1, ub=[1.5, 5, 5])
        r = p.solve()
        assert r.success and r.status == 0 and "successfully" in r.message
        np.testing.assert_allclose(r.constr, [r.x @ r.x, 1.0], atol=1e-7)
        J = np.array([2 * r.x, [0.0, -1.0, 1.0]])
        stationary = 2 * (r.x - goal) + r.multipliers @ J - r.lower_multipliers + r.upper_multipliers
        np.testing.assert_allclose(stationary, 0.0, atol=1e-6)
        assert r.lower_multipliers[1] > 0.1 and r.upper_multipliers[0] > 0.1 and r.multipliers[0] > -1e-6
        assert r.fun == pytest.approx(np.sum((r.x - goal) ** 2)) and r.nit > 0 < r.nhev

    def test_handed_to_cyipopt(self) -> None:
        p = Problem(rosenbrock, np.zeros(6), (lambda x: np.sum(x), 3.0, 3.0))
        solver = self.cyipopt.Problem(n=p.n, m=p.m, problem_obj=p, lb=p.lb, ub=p.ub, cl=p.cl, cu=p.cu)
        solver.add_option("print_level", 0)
        solver.add_option("sb", "yes")
        x, info = solver.solve(p.x0)
        mine = p.solve()
        np.testing.assert_allclose(mine.x, x, atol=1e-8)
        assert info["status"] == 0 and mine.fun == pytest.approx(info["obj_val"])

    def test_many_variables(self) -> None:
        """Chained Rosenbrock with an equation for each pair of neighbours: a problem of Lukšan and Vlček (1999), 5.1."""
        n = 5000

        def c(x: Any) -> Any:
            a, b, d = x[:-2], x[1:-1], x[2:]
            return 3 * b**3 + 2 * d - 5 + np.sin(b - d) * np.sin(b + d) + 4 * b - a * np.exp(a - b) - 3

        p = Problem(rosenbrock, np.tile([-1.2, 1.0], n // 2), (c, 0, 0))
        assert len(p.jacobianstructure()[0]) == 3 * (n - 2) and len(p.hessianstructure()[0]) < 3 * n
        r = p.solve()
        assert r.success and r.nit < 30 and np.abs(c(r.x)).max() < 1e-6
        limited = p.solve(hessian_approximation="limited-memory", max_iter=3)
        assert limited.nhev == 0 and not limited.success and limited.status == -1 and "iterations" in limited.message

    def test_starts_anew_where_the_pattern_changes(self) -> None:
        p = Problem(branching, np.array([2.0, 2.0]))
        with pytest.warns(RuntimeWarning, match="Hessian has other entries on the path .* started anew"):
            r = p.solve()
        assert r.success and r.restarts == 1
        x = r.x
        np.testing.assert_allclose([2 * (x[0] - 0.2) + 2 * (x[0] * x[1] - 0.1) * x[1], 2 * (x[1] - 1) + 2 * (x[0] * x[1] - 0.1) * x[0]], 0.0, atol=1e-7)
        again = p.solve([2.0, 2.0])
        assert again.restarts == 0
        np.testing.assert_allclose(again.x, x, atol=1e-6)

    def test_patterns_that_change_are_no_silent_error_of_cyipopt(self) -> None:
        p = Problem(branching, np.array([2.0, 2.0]))
        solver = self.cyipopt.Problem(n=2, m=0, problem_obj=p)
        solver.add_option("print_level", 0)
        solver.add_option("sb", "yes")
        with pytest.raises(PatternChanged):
            solver.solve(p.x0)

    def test_steps_are_cut_where_there_is_no_number(self) -> None:
        """The first Newton step of x - log x from 3 leads to -3."""
        r = Problem(lambda x: np.sum(x - np.log(x)), [3.0]).solve()
        assert r.success and r.refused > 0
        np.testing.assert_allclose(r.x, 1.0, atol=1e-6)
        r = Problem(lambda x: np.sum(x - np.log(x)), [3.0]).solve([-1.0])
        assert not r.success and "objective is nan" in r.message
        assert "is made by log" in r.message and "test_ipopt.py" in r.message and "x[0] = -1.0" in r.message

    def test_errors_of_the_function_come_out(self) -> None:
        def f(x: Any) -> Any:
            if x[0] < 1.0:
                raise KeyError("missing")
            return (x[0] + 5) ** 2 + x[0] ** 4

        with pytest.raises(KeyError, match="missing"):
            Problem(f, [3.0]).solve()

        class Broken(Problem):
            def hessian(self, x: Any, lagrange: Any, obj_factor: float) -> Any:
                raise KeyError("in the Hessian")

        with pytest.raises(KeyError, match="in the Hessian"):  # which cyipopt itself drops
            Broken(rosenbrock, np.zeros(3)).solve()

    def test_callback_and_options(self) -> None:
        seen: list[Any] = []
        p = Problem(rosenbrock, np.zeros(4))
        r = p.solve(callback=lambda report: seen.append(report["obj_value"]), tol=1, mu_strategy="adaptive", print_level=np.int64(0))
        assert len(seen) == r.nit + 1 and seen[0] == 3.0
        stopped = p.solve(callback=lambda report: report["iter_count"] < 2)
        assert not stopped.success and stopped.nit == 2
        with pytest.raises(ValueError, match="no option tolerance = 1e-08"):
            p.solve(tolerance=1e-8)
        with pytest.raises(ValueError, match="4 variables"):
            p.solve(np.zeros(3))
        with pytest.raises(ValueError, match="three arrays, of shapes"):
            p.solve(multipliers=(np.zeros(1), np.zeros(4), np.zeros(4)))

    def test_a_warm_start(self) -> None:
        p = Problem(lambda x, a: np.sum((x - a) ** 4), np.full(3, 2.0), (lambda x: x @ x, 1.0, 1.0), lb=0, parameters={"a": np.array([1.0, 2.0, 3.0])})
        cold = p.solve()
        p.bind(a=np.array([1.0, 2.0, 3.01]))
        options = {"warm_start_init_point": "yes", "mu_init": 1e-8, "warm_start_bound_push": 1e-9, "warm_start_mult_bound_push": 1e-9}
        warm = p.solve(cold.x, multipliers=(cold.multipliers, cold.lower_multipliers, cold.upper_multipliers), **options)
        again = p.solve()
        assert warm.success and warm.nit < again.nit
        np.testing.assert_allclose(warm.x, again.x, atol=1e-6)

    def test_recorded_functions(self) -> None:
        """Whose parameters are bound anew between two solves."""
        F = jt.record(lambda x, a: np.sum((x - a) ** 4), np.zeros(3), a=np.ones(3))
        C = jt.record(lambda x, a: a * (x @ x), np.zeros(3), a=1.0)
        p = Problem(F, np.full(3, 0.5), (C, 12.0, 12.0))
        np.testing.assert_allclose(p.solve().x, np.full(3, 2.0), atol=1e-6)
        F.bind(a=-np.ones(3))
        C.bind(a=4.0)
        np.testing.assert_allclose(p.solve(-p.x0).x, -np.ones(3), atol=1e-6)
