"""Explanations of NaN: which instruction, which element, which operands, which line; against a walk over the tape by hand."""

from __future__ import annotations

import inspect
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import naive
import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.array.array import Array
from jittape.errors import BranchChanged
from jittape.integrate.scipy import Objective, Residuals, constraint, least_squares, minimize
from jittape.replay.explain.explain import Explanation

nan, inf = np.nan, np.inf


def line_of(f: Callable[..., Any], text: str) -> int:
    """The number of the source line of a function that has this text."""
    lines, first = inspect.getsourcelines(f)
    (found,) = [first + i for i, line in enumerate(lines) if text in line]
    return found


def shifted(x: Any, a: Any) -> Any:
    y = np.log(x - 1.0)
    return np.sum(a * y) + np.sum(np.where(x > 5.0, np.sqrt(x), x))


def test_the_first_nan_of_the_values() -> None:
    F = jt.record(shifted, np.full(3, 2.0), np.ones(3))
    found = F.explain_nan(np.array([2.0, 0.5, 3.0]), np.ones(3))
    first = found.first
    assert found and found.what == "value" and found.reaches and found.origin is None
    assert (first.operation, first.kind, first.index, first.size) == ("log", "NaN", (1,), 3)
    assert first.operands == (("sub", -0.5),) and first.read == 1
    assert (first.filename, first.line) == (__file__, line_of(shifted, "np.log"))
    assert first.code == "y = np.log(x - 1.0)"
    text = str(found)
    for part in ("shifted", "the first NaN", "log", "element [1] of 3", f"{__file__}:{first.line}", first.code, "sub = -0.5"):
        assert part in text


def test_nothing_to_explain() -> None:
    found = jt.record(shifted, np.full(3, 2.0), np.ones(3)).explain_nan(np.array([2.0, 1.5, 3.0]), np.ones(3))
    assert not found and found.first is None and found.what == "" and "no NaN" in str(found)
    assert found == Explanation("shifted")


def test_an_infinity_where_there_is_no_nan() -> None:
    found = jt.record(shifted, np.full(3, 2.0), np.ones(3)).explain_nan(np.array([2.0, 1.0, 3.0]), np.ones(3))
    assert (found.first.operation, found.first.value, found.first.kind) == ("log", -inf, "infinity")


def test_the_infinity_that_a_nan_is_made_from() -> None:
    def softmax(x: Any) -> Any:
        e = np.exp(x)
        return (e / np.sum(e))[2]

    found = jt.record(softmax, np.ones(4)).explain_nan(np.array([1.0, 2.0, 1000.0, 3.0]))
    assert (found.first.operation, found.first.index, found.first.operands) == ("div", (2,), (("exp", inf), ("sum", inf)))
    assert (found.origin.operation, found.origin.index, found.origin.operands) == ("exp", (2,), (("x[2]", 1000.0),))
    assert found.origin.line == line_of(softmax, "np.exp") and "from inf, which is made by exp" in str(found)
    short = jt.record(softmax, np.ones(4)).explain_nan(np.array([1.0, 1000.0, 2.0, 3.0]))
    assert short.first.index == (1,) and not short.reaches  # the result is exp(2) / inf, which is 0


def test_arguments_parameters_and_constants_that_are_nan_themselves() -> None:
    data = np.array([1.0, nan, 3.0])

    def f(p: Any, x: Any, scale: Any = 1.0) -> Any:
        return np.sum(p["a"] * x * data) * scale if False else np.sum(p["a"] * x) * np.sum(scale)

    F = jt.record(f, {"a": np.ones(3)}, np.ones((2, 3)), scale=np.ones(2))
    x = np.ones((2, 3))
    x[1, 2] = nan
    found = F.explain_nan({"a": np.ones(3)}, x)
    assert (found.first.operation, found.first.name) == ("input", "x[1, 2]") and "x[1, 2] is nan itself" in str(found)
    assert F.explain_nan({"a": data}, np.ones((2, 3))).first.name == "p['a'][1]"
    assert F.explain_nan({"a": np.ones(3)}, np.ones((2, 3)), scale=data[:2]).first.name == "scale[1]"
    F.bind(scale=data[:2])
    assert F.explain_nan({"a": np.ones(3)}, np.ones((2, 3))).first.name == "scale[1]"
    assert not F.explain_nan({"a": np.ones(3)}, np.ones((2, 3)), scale=np.ones(2))

    def with_data(x: Any) -> Any:
        return np.sum(x * data)

    found = jt.record(with_data, np.ones(3)).explain_nan(np.ones(3))
    assert found.first.operation == "constant" and found.first.index == (1,) and found.first.line == line_of(with_data, "x * data")


def test_what_a_choice_did_not_take_is_passed_over() -> None:
    def f(x: Any) -> Any:
        safe = np.where(x > 0, np.log(x), 0.0)
        return np.sum(safe) + np.arccos(x[1])

    F = jt.record(f, np.ones(3) / 2)
    found = F.explain_nan(np.array([-1.0, 2.0, 0.5]))
    assert (found.first.operation, found.first.operands) == ("arccos", (("x[1]", 2.0),))
    found = F.explain_nan(np.array([-1.0, 0.5, 0.5]))
    assert (found.first.operation, found.reaches) == ("log", False) and "neither the result nor its gradient" in str(found)


def test_what_a_choice_did_take() -> None:
    for f in (lambda x: np.sum(np.where(x > 0, x, np.log(x))), lambda x: np.sum(np.where(x < 0, np.log(x), x))):
        found = jt.record(f, np.ones(3)).explain_nan(np.array([1.0, 2.0, -1.0]))
        assert (found.first.operation, found.first.index, found.reaches) == ("log", (2,), True)


@pytest.mark.parametrize("source", [False, True])
@pytest.mark.parametrize("on_branch", ["record", "raise"])
def test_a_point_on_another_path_is_explained_there(source: bool, on_branch: str) -> None:
    def f(x: Any) -> Any:
        if x[0] > 0:
            return np.sum(np.sqrt(x))
        return np.sum(np.log(x[1:] ** 2 - 1.0))

    F = jt.record(f, np.ones(3), source=source, on_branch=on_branch)
    found = F.explain_nan(np.array([-1.0, 2.0, 0.5]))
    assert (found.first.operation, found.first.index, found.first.line) == ("log", (1,), line_of(f, "np.log"))
    found = F.explain_nan(np.array([1.0, 2.0, -0.5]))
    assert (found.first.operation, found.first.index, found.first.line) == ("sqrt", (2,), line_of(f, "np.sqrt"))


def test_a_decision_by_a_nan() -> None:
    def f(x: Any) -> Any:
        y = np.log(x[0])
        return y * 2.0 if y > 0 else y * 3.0

    found = jt.record(f, np.full(2, 2.0)).explain_nan(np.array([-1.0, 1.0]))
    assert found.first.operation == "log" and found.first.line == line_of(f, "np.log")


def test_without_source_lines_it_says_so(tmp_path: Any) -> None:
    F = jt.record(lambda x: np.sum(np.log(x)), np.ones(3))
    F.save(tmp_path / "f")
    found = jt.load(tmp_path / "f").explain_nan(np.array([1.0, -1.0, 1.0]))
    assert (found.first.operation, found.first.index, found.first.line, found.first.filename) == ("log", (1,), 0, "")
    assert found.first.operands == (("argument 0[1]", -1.0),) and "without source lines" in str(found) and found.first.code == ""
    G = jt.record(lambda x: np.sum(np.log(x)), np.ones(3), source=True)
    G.save(tmp_path / "g")
    found = jt.load(tmp_path / "g").explain_nan(np.array([1.0, -1.0, 1.0]))
    assert found.first.line > 0 and "without source lines" not in str(found)
    H = jt.record(lambda x: np.log(x[0]) if x[0] < 5 else x[1], np.ones(2))
    H.save(tmp_path / "h")
    with pytest.raises(BranchChanged):
        jt.load(tmp_path / "h").explain_nan(np.array([6.0, nan]))
    assert pickle.loads(pickle.dumps(jt.record(shifted, np.full(3, 2.0), np.ones(3)))).explain_nan(np.zeros(3), np.ones(3)).first.line


def reduced(x: Any) -> Any:
    a = x.reshape(2, 3)
    return np.sum(np.cumsum(np.exp(a), axis=1) @ a.T - np.max(a, axis=0)[:2])


@pytest.mark.parametrize(("x", "operation", "index"), [
    ([1e308, 1e308, 1.0, 0.0, 0.0, 0.0], "sum", ()),
    ([1.0, 1.0, 1.0, 0.0, 0.0, nan], "input", (5,)),
])  # fmt: skip
def test_sums(x: list[float], operation: str, index: tuple[int, ...]) -> None:
    found = jt.record(lambda x: np.sum(x) * 0.5, np.ones(6)).explain_nan(np.array(x))
    assert (found.first.operation, found.first.index if index else ()) == (operation, index)
    if operation == "sum":
        assert found.first.read == 6 and sorted(o.value for o in found.first.operands)[-2:] == [1e308, 1e308]


def test_matrix_products_and_running_sums() -> None:
    F = jt.record(reduced, np.ones(6))
    found = F.explain_nan(np.array([1.0, 0.0, 800.0, 0.0, -1.0, 0.5]))
    assert (found.first.operation, found.first.kind, found.first.index) == ("exp", "infinity", (2,))
    big = jt.record(lambda a, b: np.sum((a @ b)[1] * 0.0), np.ones((2, 3)), np.ones((3, 4)))
    a, b = np.ones((2, 3)), np.ones((3, 4))
    a[1], b[:, 2] = [1e200, 1.0, -1e200], [1e200, 1.0, 1e200]
    found = big.explain_nan(a, b)
    assert (found.first.kind, found.first.operation) == ("NaN", "matmul") or found.origin is not None
    root = found.first if found.first.operation == "matmul" else found.origin
    assert root.operation == "matmul" and root.index[-1] == 2 and root.read == 6
    assert {o.name for o in root.operands} >= {"a[1, 0]", "a[1, 2]", "b[0, 2]", "b[2, 2]"}


def test_linear_algebra_that_stops() -> None:
    def f(x: Any) -> Any:
        a = np.outer(np.log(x), x) + np.eye(3)
        return np.sum(np.linalg.eigh(a)[0])

    found = jt.record(f, np.ones(3)).explain_nan(np.array([1.0, -1.0, 2.0]))
    assert (found.first.operation, found.first.operands) == ("log", (("x[1]", -1.0),)) and isinstance(found.error, np.linalg.LinAlgError)
    assert "LinAlgError" in str(found) and found.reaches
    found = jt.record(lambda x: np.sum(np.linalg.inv(x)), np.eye(2)).explain_nan(np.ones((2, 2)))
    assert not found and "Singular" in str(found)

    def raising(x: Any) -> Any:
        y = np.log(x)
        if np.sum(y) > 0:
            return y[0]
        raise RuntimeError("the model has no solution here")

    found = jt.record(raising, np.full(2, 2.0)).explain_nan(np.array([2.0, -1.0]))
    assert (found.first.operation, found.first.operands) == ("log", (("x[1]", -1.0),)) and "no solution here" in str(found)


# --- derivatives -------------------------------------------------------------------------------------------------------------


def length(x: Any) -> Any:
    square = x**2
    return np.sqrt(np.sum(square))


def test_derivatives_that_are_not_finite() -> None:
    F = jt.record(length, np.ones(3))
    found = F.explain_nan(np.zeros(3))
    assert np.isnan(F.grad(np.zeros(3))).any() and F(np.zeros(3)) == 0.0
    assert (found.what, found.first.operation, found.first.kind, found.first.line) == ("derivative", "square", "NaN", line_of(length, "x**2"))
    assert (found.origin.operation, found.origin.value, found.origin.line) == ("sqrt", inf, line_of(length, "np.sqrt"))
    assert "values are finite" in str(found) and "adjoint nan" in str(found)
    found = jt.record(lambda x: np.sum(np.sqrt(x[::-1]) * x[0]), np.ones(4)).explain_nan(np.array([2.0, 0.0, 1.0, 1.0]))
    assert (found.first.operation, found.first.value, found.first.index, found.first.operands) == ("sqrt", inf, (2,), (("x[1]", 0.0),))


def test_adjoints_that_reach_no_variable_are_no_fault() -> None:
    """The derivative of a power in its exponent is NaN for a negative base, and nobody asked for it."""
    F = jt.record(lambda x, k=None: np.sum(x**k), np.ones(3), k=np.full(3, 2.0))
    assert np.isfinite(F.grad(np.array([-1.0, 2.0, -3.0]))).all()
    assert not F.explain_nan(np.array([-1.0, 2.0, -3.0]))
    assert not jt.record(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), np.ones(3)).explain_nan(np.array([0.0, 1.0, 2.0]))


def test_adjoints_that_reach_no_variable_are_passed_over() -> None:
    """Later ones, which the reverse sweep meets first: of a parameter, and of what passes no derivative on."""

    def f(x: Any, k: Any = None) -> Any:
        return np.sqrt(x[0]) + np.sum(x[1:3] ** k) + np.sqrt(np.floor(x[3])) + np.sum(np.sqrt(np.floor(x[3:])))

    x = np.array([0.0, -2.0, -3.0, 0.5, 0.7])
    F = jt.record(f, np.ones(5), k=np.full(2, 2.0))
    found = F.explain_nan(x)
    assert np.isinf(F.grad(x)[0]) and np.isfinite(F.grad(x)[1:]).all()
    assert (found.what, found.first.operation, found.first.operands) == ("derivative", "sqrt", (("x[0]", 0.0),))


def test_a_partial_derivative_that_is_nan_itself() -> None:
    found = jt.record(lambda x: np.arctan2(x[0], x[1]) + x[2], np.ones(3)).explain_nan(np.array([0.0, 0.0, 1.0]))
    assert (found.what, found.first.operation, found.first.kind, found.origin) == ("second derivative", "arctan2", "NaN", None)
    found = jt.record(lambda x: np.linalg.norm(x[:2]) + x[2], np.ones(3)).explain_nan(np.array([0.0, 0.0, 1.0]))
    assert (found.what, found.first.operation, found.first.kind, found.origin) == ("second derivative", "root", "NaN", None)


def test_derivatives_of_several_results() -> None:
    found = jt.record(lambda x: x * np.cbrt(x[::-1]), np.ones(3)).explain_nan(np.array([1.0, 2.0, 0.0]))
    assert (found.what, found.first.operation, found.first.operands) == ("derivative", "cbrt", (("x[2]", 0.0),))


def test_second_derivatives() -> None:
    def powers(x: Any) -> Any:
        return np.sum(x[1:] ** 1.5) + x[0] ** 2 + np.where(x[0] > 5, x[0] ** 1.2, 0.0)

    F = jt.record(powers, np.ones(4))
    x = np.array([0.0, 1.0, 0.0, 2.0])
    assert np.isfinite(F.grad(x)).all() and not np.isfinite(F.hessian(x)).all()
    found = F.explain_nan(x)
    assert (found.what, found.first.operation, found.first.index, found.first.value) == ("second derivative", "powc", (1,), inf)
    assert found.first.operands[0] == ("x[2]", 0.0) and found.first.line == line_of(powers, "x[1:]")
    assert not F.explain_nan(np.array([0.0, 1.0, 3.0, 2.0]))
    found = jt.record(lambda x: x[0] ** 1.5 + x[1] ** 1.2, np.ones(2)).explain_nan(np.zeros(2))
    assert found.first.operands == (("x[1]", 0.0), ("a constant", 1.2))  # that the reverse sweep meets first


# --- drawn programs ----------------------------------------------------------------------------------------------------------

STEPS: dict[str, Callable[[Any], Any]] = {
    "log": lambda v: np.log(v + 0.5),
    "root": lambda v: np.sqrt(v) * v[::-1],
    "exp": lambda v: np.exp(300.0 * v),
    "quotient": lambda v: v / (v[::-1] - v),
    "difference": lambda v: v - np.roll(v, 1),
    "choice": lambda v: np.where(v > 0, v, np.sqrt(-v)),
    "dead choice": lambda v: np.where(v > -100, v, np.log(v)),
    "sum": lambda v: v * np.sum(v),
    "running": lambda v: np.cumsum(v),
    "matrix": lambda v: np.linspace(-1.0, 1.0, 16).reshape(4, 4) @ v,
    "loop": lambda v: np.stack([np.arcsin(v[i]) + v[(i + 1) % 4] for i in range(4)]),
    "part": lambda v: np.concatenate([v[:2], v[:2] * v[2:]]),
}
POINTS = st.lists(st.sampled_from([-2.0, -0.5, 0.0, 0.25, 1.0, 3.0]), min_size=4, max_size=4).map(np.array)


def walked(tape: Any, v: Any, outputs: list[int], bad: Any) -> int | None:
    """The first slot that is `bad` and that a result is computed from by way of bad slots, by a walk over the equations."""
    reads = {s: (op, xs) for s, op, xs in naive.equations(tape)}
    todo = [s for s in outputs if bad(v[s])]
    seen = set(todo)
    while todo:
        op, xs = reads.get(todo.pop(), ("leaf", []))
        if getattr(op, "name", "") == "where":
            xs = [xs[0], xs[1] if v[xs[0]] != 0 else xs[2]]
        new = {x for x in xs if bad(v[x])} - seen
        seen |= new
        todo += new
    return min(seen) if seen else None


@given(st.lists(st.sampled_from(list(STEPS)), min_size=1, max_size=4), POINTS)
@examples(80)
def test_drawn_programs_against_a_walk(names: list[str], x: Any) -> None:
    def program(x: Any) -> Any:
        v = x
        for name in names:
            v = STEPS[name](v)
        return v[1:]

    F = jt.record(program, np.array([0.1, 0.2, 0.3, 0.4]))
    out = F(x)
    found = F.explain_nan(x)
    tape = F.tape
    v = tape.copy().value
    v[:4] = x
    v = naive.forward(tape, v)
    slots = np.concatenate([np.asarray(o.slots).ravel() for o in F.paths[0].outputs if isinstance(o, Array)]).tolist()
    np.testing.assert_array_equal(np.isnan(v[slots]), np.isnan(out))
    for bad in (np.isnan, lambda y: not np.isfinite(y)):
        want = walked(tape, v, slots, bad)
        if want is not None:
            first = {s: k for k, s, *_ in tape.instructions()}
            k = max(s for s in first if s <= want)
            assert found.what == "value" and found.reaches
            assert found.first.instruction == first[k] and found.first.kind == ("NaN" if bad is np.isnan else "infinity")
            assert (found.first.index or (0,)) == (want - k,)  # no array here has more than one axis longer than one
            if found.first.line:
                assert "lambda v" in found.first.code or "v[(i + 1)" in found.first.code or found.first.operation in ("input", "constant")
            return
    assert found.what != "value" or not found.reaches


# --- optimisers --------------------------------------------------------------------------------------------------------------


def barrier(x: Any) -> Any:
    return np.sum(x * x) - np.sum(np.log(x - 1.0))


def test_optimisers_say_where_a_nan_comes_from() -> None:
    with pytest.raises(ValueError, match=r"(?s)objective is not finite at the first guess.*log.*np\.log"):
        minimize(lambda x: np.sum(np.log(x - 1.0)), np.zeros(3))
    with pytest.raises(ValueError, match=r"(?s)residuals is not finite at the first guess.*log.*operands: sub = -1\.0"):
        least_squares(lambda x: np.log(x - 1.0), np.zeros(3))
    with pytest.warns(RuntimeWarning, match=rf"(?s)objective is NaN at a trial point.*log.*{line_of(barrier, 'np.log')}.*x - 1"):
        found = minimize(barrier, np.full(3, 4.0), method="L-BFGS-B", options={"maxls": 40})
    del found
    o = Objective(barrier, np.full(3, 4.0))
    with pytest.warns(RuntimeWarning) as caught:
        o.fun(np.zeros(3)), o.fun(-np.ones(3))
    assert len(caught) == 1
    c = constraint(lambda x: np.sqrt(x[0]), np.ones(2), 0.0, 1.0)
    with pytest.warns(RuntimeWarning, match="a constraint has a derivative that is not finite"):
        c.fun(np.zeros(2)), c.jac(np.zeros(2))
    R = Residuals(lambda x: np.sqrt(x), np.ones(2))
    with pytest.warns(RuntimeWarning, match="residuals is NaN at a trial point"):
        R.residuals(np.array([1.0, -1.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Objective(lambda x: np.sum(1 / x), np.ones(2)).fun(np.array([0.0, 1.0]))  # an infinity is what a barrier is
