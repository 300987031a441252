"""Paths of a recorded function: whatever it decides, a replay is the function recorded anew, with any parameters."""

from __future__ import annotations

import math
import pickle
import threading
from typing import Any

import corruption
import numpy as np
import pytest
from drawn_programs import POINT, Point, Program, equal, programs, shapes
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.errors import BranchChanged, GradientError, TapeFileError
from jittape.replay import saving

# --- programs that Hypothesis draws ---------------------------------------------------------------------------------------


@examples(60)
@given(programs("sum"), st.lists(POINT, min_size=2, max_size=6), st.integers(1, 3))
def test_a_replay_is_recording_anew(f: Program, points: list[Any], max_paths: int) -> None:
    F = jt.record(f, points[0], max_paths=max_paths)
    for x in [*points, *points]:
        anew = jt.record(f, x)
        equal(F.value_and_grad(x), anew.value_and_grad(x))
        equal(F(x), anew(x))
        equal(F.jvp((x,), (points[0],)), anew.jvp((x,), (points[0],)))
        assert len(F.paths) <= max_paths
    np.testing.assert_allclose(F(points[0]), f(points[0]), rtol=1e-12, atol=1e-12)  # NumPy itself
    np.testing.assert_allclose(F.grad(points[0]), jt.grad(f)(points[0]), rtol=1e-12, atol=1e-12)


@examples(40)
@given(programs("vector", "tree"), st.lists(POINT, min_size=2, max_size=4), POINT)
def test_jacobians_of_any_path(f: Program, points: list[Any], v: Any) -> None:
    F = jt.record(f, points[0])
    for x in points:
        anew = jt.record(f, x)
        equal(F(x), anew(x))
        equal(F.jacobian(x), anew.jacobian(x))
        equal(F.jvp((x,), (v,)), anew.jvp((x,), (v,)))
        (y, pull), (_, again) = F.vjp(x), anew.vjp(x)
        equal(pull(y), again(y))
        if f.result == "vector":
            J = jt.jacobian(f)(x)
            np.testing.assert_allclose(F.jacobian(x), J, rtol=1e-10, atol=1e-10)
            np.testing.assert_allclose(pull(y)[0], y @ J, rtol=1e-10, atol=1e-9)
            np.testing.assert_allclose(F.jvp((x,), (v,))[1], J @ v, rtol=1e-10, atol=1e-9)


@examples(30)
@given(programs("sum"), POINT, st.lists(st.tuples(POINT, POINT, POINT), min_size=1, max_size=3))
def test_parameters_are_as_if_recorded_with_them(f: Program, x: Any, cases: list[Any]) -> None:
    F = jt.record(f, x, scale=np.ones(4))
    for x, bound, given_ in cases:
        F.bind(scale=bound)
        want, once = jt.record(f, x, scale=bound), jt.record(f, x, scale=given_)
        equal(F.value_and_grad(x), want.value_and_grad(x))
        equal(F.value_and_grad(x, scale=given_), once.value_and_grad(x))
        equal(F.jacobian(x, scale=given_), once.jacobian(x))
        equal(F.jvp((x,), (x,), scale=given_), once.jvp((x,), (x,)))
        equal(F.vjp(x, scale=given_)[1](1.0), once.vjp(x)[1](1.0))
        equal(F.value_and_grad(x), want.value_and_grad(x))  # that was for one call
        X = np.array([x, -x, 0.5 * x])
        values, gradients = F.batch_value_and_grad(X, scale=given_, math="precise")
        for row, value, g in zip(X, values, gradients, strict=True):
            np.testing.assert_allclose(value, F(row, scale=given_), rtol=1e-13, atol=1e-13)
            np.testing.assert_allclose(g, F.grad(row, scale=given_), rtol=1e-12, atol=1e-12)


# --- parameters -----------------------------------------------------------------------------------------------------------


def two_ways(x: Any, a: Any) -> Any:
    if x > 0:
        return x * a if a > 0 else x - 100.0
    return a + x if a > 0 else -100.0 * x


def test_arrays_of_the_user_may_change_after_recording_and_binding() -> None:
    """New paths are recorded with the values that were bound, not with what stands in the user's array by now."""
    a = np.array(2.0)
    F = jt.record(two_ways, 1.0, a=a)
    a[...] = -1.0
    assert F(-3.0) == -1.0 and F(3.0) == 6.0
    b = np.array(4.0)
    F.bind(a=b)
    b[...] = -1.0
    assert F(3.0) == 12.0 and F(-3.0) == 1.0
    assert len(F.paths) == 2


def test_a_replay_under_way_does_not_bring_old_parameters_back() -> None:
    F = jt.record(lambda x, a: x * a, 1.0, a=1.0)
    _, pull = F.vjp(2.0)
    F.bind(a=3.0)
    assert pull(1.0) == (1.0,)  # as it began
    del pull
    assert F(2.0) == F(2.0) == 6.0 and F.grad(2.0) == 3.0


def test_a_parameter_may_be_bound_by_a_signal_handler_or_callback() -> None:
    F = jt.record(lambda x, a: np.sum(x * a), np.ones(2), a=np.ones(2))

    class Binding:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            F.bind(a=np.full(2, 5.0))
            return np.ones(2)

    F.grad(Binding())
    np.testing.assert_array_equal(F.grad(np.ones(2)), [5.0, 5.0])


def test_two_threads_bind_different_parameters() -> None:
    F = jt.record(lambda x, a, b: x * a + b, 1.0, a=0.0, b=0.0)

    def bind(name: str) -> None:
        for i in range(300):
            F.bind(**{name: float(i)})

    threads = [threading.Thread(target=bind, args=(name,)) for name in "ab"]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert F(1.0) == 598.0


def test_names_of_parameters_that_are_options() -> None:
    for name in ("out", "threads", "progress"):
        with pytest.raises(TypeError, match=f"a parameter cannot be called '{name}'"):
            jt.record(lambda x, **more: x, 1.0, **{name: 2.0})
    with pytest.raises(ValueError, match="math is"):
        jt.record(lambda x, math: x * math, 1.0, math=2.0)


def test_parameters_are_cast_to_the_recording() -> None:
    F = jt.record(lambda x, a, b: np.sum(x * a) * b, np.ones(2, np.float32), a=np.ones(2), b=2.0)
    F.bind(b=3.0)
    g = F.grad(np.ones(2, np.float32))
    assert g.dtype == np.float32 and g.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda F: F.bind(c=1.0), TypeError, "without a parameter 'c'; it has a"),
        (lambda F: F(1.0, c=1.0), TypeError, "without a parameter 'c'"),
        (lambda F: F.grad(1.0, mode="x"), TypeError, "was recorded with mode = 'fast', which holds no real numbers"),
        (lambda F: F.bind(a=[1.0, 2.0]), ValueError, "parameter 'a' was recorded as"),
        (lambda F: F.bind(a={"p": np.ones(3), "q": 1.0}), ValueError, r"a parameter of shape \(2,\), called with shape \(3,\)"),
        (lambda F: F.bind(a={"p": np.ones(2, complex), "q": 1.0}), GradientError, "not complex128"),
        (lambda F: F.batch_grad(np.ones(3), a={"p": np.ones(2)}), ValueError, "parameter 'a' was recorded as"),
        (lambda F: F.batch_grad(np.ones(3), a={"p": np.ones((4, 2)), "q": 1.0}), ValueError, "one value a point is for batches, of as many points"),
    ],
)
def test_wrong_parameters(call: Any, error: Any, message: str) -> None:
    F = jt.record(lambda x, a, mode: x * a["p"][0] * a["q"], 1.0, a={"p": np.full(2, 3.0), "q": 2.0}, mode="fast")
    with pytest.raises(error, match=message):
        call(F)
    assert F.grad(1.0) == 6.0  # nothing was bound


# --- keeping paths --------------------------------------------------------------------------------------------------------


def stairs(x: Any) -> Any:
    return x * (1.0 + int(x))


def test_the_path_that_was_not_used_for_longest_goes_first() -> None:
    F = jt.record(stairs, 0.5, max_paths=3)
    for x in (1.5, 2.5):
        F(x)
    assert [p.hits for p in F.paths] == [1, 1, 0] and F.statistics["recorded"] == 3
    F(0.25)  # used again
    F(3.5)
    assert F.statistics == {"paths": 3, "recorded": 4, "missed": 4, "dropped": 1}
    recorded = F.statistics["recorded"]
    assert [F(x) for x in (0.5, 2.5, 3.5)] == [0.5, 7.5, 14.0]
    assert F.statistics["recorded"] == recorded  # none of these had gone
    assert F(1.5) == 3.0 and F.statistics["recorded"] == recorded + 1
    assert F.statistics["dropped"] == 2 and len(F.paths) == 3


def test_one_path_alone() -> None:
    F = jt.record(stairs, 0.5, max_paths=1)
    for x in (0.5, 1.5, 0.5, 1.5, 1.25):
        assert F(x) == stairs(x) and len(F.paths) == 1
    assert F.statistics["recorded"] == 4 and F.statistics["dropped"] == 3
    X = np.array([0.5, 1.5, 2.5, 0.25, 1.25] * 30)
    np.testing.assert_array_equal(F.batch_value(X), X * (1 + np.floor(X)))
    assert len(F.paths) == 1


@pytest.mark.parametrize(("name", "value"), [("max_paths", 0), ("max_paths", True), ("max_paths", 2.0), ("on_branch", "retrace")])
def test_wrong_options(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        jt.record(stairs, 0.5, **{name: value})


def test_hits_and_statistics() -> None:
    F = jt.record(stairs, 0.5)
    for _ in range(5):
        F.grad(0.25)
    F.batch_value(np.full(100, 0.5))
    assert F.paths[0].hits == 105 and F.statistics == {"paths": 1, "recorded": 1, "missed": 0, "dropped": 0}
    F(1.5)
    assert F.statistics == {"paths": 2, "recorded": 2, "missed": 1, "dropped": 0}
    assert [p.hits for p in F.paths] == [1, 105] and "replayed 105 times" in repr(F.paths[1]) and "2 paths" in repr(F)
    G = jt.record(lambda x: np.sum(x * x), np.ones(3))
    for _ in range(7):
        G.value_and_grad(np.ones(3))
    assert G.paths[0].hits == 7


def test_raise_names_the_decision_and_nothing_is_lost() -> None:
    F = jt.record(stairs, 0.5, on_branch="raise")
    for call in (F, F.grad, F.jacobian, F.vjp, lambda x: F.jvp((x,), (x,)), lambda x: F.batch_grad(np.full(70, x))):
        with pytest.raises(BranchChanged, match=r"int\(\) at .*test_paths.py.*was 0 and is 3 here"):
            call(3.5)
        assert F.grad(0.25) == 1.0 and len(F.paths) == 1
    assert F.statistics["recorded"] == 1


def test_float32_arguments_of_a_float64_function_on_a_new_path() -> None:
    F = jt.record(lambda x: np.sum(x) if x[0] < 0 else np.sum(np.exp(x)), -np.ones(2))
    for kind in (np.float32, np.float16, ">f8"):
        value, g = F.value_and_grad(np.ones(2, kind))
        assert value.dtype == g.dtype == np.float64
        np.testing.assert_allclose(g, np.exp([1.0, 1.0]), rtol=1e-15)
        F = jt.record(lambda x: np.sum(x) if x[0] < 0 else np.sum(np.exp(x)), -np.ones(2))
    G = jt.record(lambda x: x * 2.0 if x < 0 else np.exp(x), np.float32(-1.0))
    assert G(1.0).dtype == np.float32  # a Python float takes the recording's dtype
    assert G(np.float32(1.0)).dtype == np.float32


# --- NaN, errors, and what cannot be told --------------------------------------------------------------------------------------


def test_a_decision_by_nan_is_made_anew_each_time() -> None:
    F = jt.record(lambda x: x[np.argmax(x)] * 2.0 if x[0] < 1 or x[0] > 2 else x[1] * 3.0, np.array([0.0, 1.0]))
    with np.errstate(all="ignore"):
        for _ in range(3):
            value, g = F.value_and_grad(np.array([np.nan, 5.0]))
            assert value == 15.0 and g.tolist() == [0.0, 3.0]
            value, g = F.value_and_grad(np.array([0.5, np.nan]))
            assert np.isnan(value) and g.tolist() == [0.0, 2.0]
        assert F(np.array([0.0, 1.0])) == 2.0
        X = np.array([[np.nan, 5.0], [0.5, np.nan], [0.0, 1.0], [1.5, 1.0]] * 20)
        np.testing.assert_array_equal(F.batch_value(X), [15.0, np.nan, 2.0, 3.0] * 20)
        np.testing.assert_array_equal(F.batch_grad(X), [[0.0, 3.0], [0.0, 2.0], [0.0, 2.0], [0.0, 3.0]] * 20)


def test_recorded_at_nan() -> None:
    F = jt.record(lambda x: np.sum(np.sort(x)[:1]) * 2.0, np.array([np.nan, 1.0]))
    assert F(np.array([3.0, 1.0])) == 2.0 and F(np.array([np.nan, 4.0])) == 8.0 and F(np.array([3.0, 5.0])) == 6.0


def inverse_or_not(x: Any) -> Any:
    if x[0] > 10:
        raise ValueError("ten is the most")
    if x[0] > 0:
        return np.sum(np.linalg.inv(x[1] * np.eye(2)))
    return x[0] * 3.0


def test_errors_are_those_of_the_function() -> None:
    F = jt.record(inverse_or_not, np.array([1.0, 2.0]))
    for _ in range(3):
        with pytest.raises(ValueError, match="ten is the most"):
            F.grad(np.array([11.0, 1.0]))
        with pytest.raises(np.linalg.LinAlgError, match="Singular"):
            F.value_and_grad(np.array([1.0, 0.0]))
        value, g = F.value_and_grad(np.array([-2.0, 0.0]))  # singular on the way that is not due
        assert value == -6.0 and g.tolist() == [3.0, 0.0]
        assert F(np.array([1.0, 4.0])) == 0.5
    for rows, error in (([11.0, 1.0], "ten"), ([1.0, 0.0], "Singular")):
        X = np.array([[1.0, 2.0], [-1.0, 0.0]] * 40 + [rows])
        with pytest.raises((ValueError, np.linalg.LinAlgError), match=error):
            F.batch_value(X)
        np.testing.assert_array_equal(F.batch_value(X[:-1]), [1.0, -3.0] * 40)
        np.testing.assert_array_equal(F.batch_grad(X[:-1]), [[0.0, -0.5], [3.0, 0.0]] * 40)
    assert F.statistics["recorded"] == 2 and len(F.paths) == 2
    assert [len(path.pool) for path in F.paths] == [1, 1]  # no memory of a replay was dropped


def test_an_error_while_recording_returns_the_replay() -> None:
    F = jt.record(inverse_or_not, np.array([-1.0, 2.0]))
    replay = F.paths[0].pool[0]
    with pytest.raises(ValueError, match="ten"):
        F.value_and_grad(np.array([11.0, 1.0]))
    assert F.paths[0].pool == [replay]


def test_a_batch_after_a_point_that_failed() -> None:
    F = jt.record(lambda a: np.sum(np.linalg.inv(a)), np.eye(2))
    with pytest.raises(np.linalg.LinAlgError):
        F(np.zeros((2, 2)))
    np.testing.assert_array_equal(F.batch_value(np.array([np.eye(2)] * 3)), [2.0] * 3)
    np.testing.assert_array_equal(F.batch_grad(np.array([np.eye(2)] * 3)), -np.ones((3, 2, 2)))


def test_an_error_that_the_function_catches() -> None:
    def f(x: Any) -> Any:
        try:
            return np.sum(np.linalg.cholesky(np.diag(x)))
        except np.linalg.LinAlgError:
            return x[0] * 5.0

    F = jt.record(f, np.ones(2))
    X = np.array([[4.0, 9.0], [-1.0, 1.0], [1.0, 1.0]] * 15)
    np.testing.assert_allclose(F.batch_value(X), [5.0, -5.0, 2.0] * 15)
    assert F(X[1]) == -5.0 and F(X[0]) == 5.0


def test_a_function_that_is_not_deterministic_ends() -> None:
    """What it decided by chance is no guard: it stays as recorded, until another way is due."""
    rng = np.random.default_rng(0)
    seen = []

    def f(x: Any) -> Any:
        kind = int(rng.integers(3))
        seen.append(kind)
        if kind == 0:
            return x * 2.0 if x > 0 else x * 4.0
        return x * 8.0 if x > kind else x * 16.0

    F = jt.record(f, 0.5, max_paths=4)
    for x in np.linspace(-3.0, 3.0, 60):
        assert F(x) / x in (2.0, 4.0, 8.0, 16.0)
    X = np.linspace(-3.0, 3.0, 200)
    ratio = F.batch_value(X) / X
    assert set(ratio) <= {2.0, 4.0, 8.0, 16.0}
    assert len(F.paths) <= 4 and len(seen) == F.statistics["recorded"] + 1  # and the plain function once


def test_paths_with_results_of_different_shapes() -> None:
    F = jt.record(lambda x: x[x > 0] * 2.0, np.array([1.0, 2.0, 3.0]))
    assert F(np.array([1.0, -1.0, 2.0])).tolist() == [2.0, 4.0] and F(-np.ones(3)).shape == (0,)
    assert F.jacobian(np.array([-1.0, -1.0, 2.0])).tolist() == [[0.0, 0.0, 2.0]]
    assert F.jacobian(-np.ones(3)).shape == (0, 3)
    with pytest.raises(TypeError, match="scalar"):
        F.grad(np.ones(3))


def test_a_path_on_which_the_result_is_constant() -> None:
    F = jt.record(lambda x: np.sum(x**2) if x[0] > 0 else 7.5, np.ones(2))
    low, high = np.array([-1.0, 2.0]), np.array([1.0, 2.0])
    out = np.full(2, 9.0)
    for _ in range(2):
        assert F(low) == 7.5 and F(high) == 5.0
        value, g = F.value_and_grad(low)
        assert value == 7.5 and g.tolist() == [0.0, 0.0]
        assert F.grad(low, out=out) is out and out.tolist() == [0.0, 0.0]
        assert F.grad(high, out=out).tolist() == [2.0, 4.0]
        assert F.jacobian(low).tolist() == [0.0, 0.0]
        assert F.jvp((low,), (high,)) == (7.5, 0.0)
        assert F.vjp(low)[1](1.0)[0].tolist() == [0.0, 0.0]
    values, gradients = F.batch_value_and_grad(np.array([low, high, low] * 9))
    assert values.tolist() == [7.5, 5.0, 7.5] * 9 and gradients.tolist() == [[0.0, 0.0], [2.0, 4.0], [0.0, 0.0]] * 9


# --- containers -----------------------------------------------------------------------------------------------------------------


def test_containers_in_and_out_on_several_paths() -> None:
    here, there = {"a": Point(1.0, 2.0), "rest": [np.array([1.0, 2.0])]}, {"a": Point(-1.0, 2.0), "rest": [np.ones(2)]}
    F = jt.record(shapes, here)
    for p in (here, there, here):
        out = F(p)
        assert type(out) is Point and out.y["n"] == (3 if p is here else 4)
        equal(out, shapes(p))
        J = F.jacobian(p)
        assert type(J) is Point and type(J.x["a"]) is Point and J.y["n"]["a"].x == 0.0
        equal(J.y["s"], jt.grad(lambda q: shapes(q).y["s"])(p))
        equal(J.x, jt.jacobian(lambda q: shapes(q).x)(p))
    assert len(F.paths) == 2


# --- several paths in files and pickles -------------------------------------------------------------------------------------------


def barrier(x: Any, level: Any, kind: str) -> Any:
    path = np.cumsum(x)
    for i in range(x.size):
        if path[i] > level:
            return path[-1] * 0.0 + 1.0 * level if kind == "out" else path[i] * level
    return np.sort(path)[-1] * 2.0


def used() -> tuple[Any, list[Any]]:
    F = jt.record(barrier, np.array([0.1, 0.2, -0.1]), level=0.5, kind="in")
    points = [np.array(p) for p in ([0.1, 0.2, -0.1], [0.6, 0.1, 0.1], [0.3, 0.3, 0.1], [-0.5, 0.3, -0.1], [0.1, 0.1, 0.7])]
    for p in points:
        F.grad(p)
    return F, points


def test_a_pickle_records_other_paths() -> None:
    F, points = used()
    G = pickle.loads(pickle.dumps(F))
    assert len(G.paths) == 1 < len(F.paths) and G.max_paths == F.max_paths
    for p in points:
        equal(F.value_and_grad(p), G.value_and_grad(p))
        equal(F.value_and_grad(p, level=0.25), G.value_and_grad(p, level=0.25))
    G.bind(level=0.25)
    again = pickle.loads(pickle.dumps(G))
    for p in points:
        equal(F.value_and_grad(p, level=0.25), again.value_and_grad(p))
    assert len(G.paths) > 1


def test_a_file_keeps_all_paths(tmp_path: Any) -> None:
    F, points = used()
    F.save(tmp_path / "f")
    G = jt.load(tmp_path / "f")
    assert len(G.paths) == len(F.paths)
    for p in points:
        equal(F.value_and_grad(p), G.value_and_grad(p))
    X = np.array(points * 20)
    equal(F.batch_value_and_grad(X), G.batch_value_and_grad(X))
    with pytest.raises(BranchChanged, match="Python function .* is not at hand"):
        G(np.array([-0.5, 0.3, -5.0]))
    G.bind(level=0.5)
    equal(G(points[1]), F(points[1]))


def test_a_pickled_lambda_or_closure() -> None:
    """It goes with cloudpickle where that is there; else the paths go, and others cannot be recorded."""
    factor = 3.0
    F = jt.record(lambda x: x * factor if x > 0 else x / factor, 1.0)
    F(-1.0)
    data = pickle.dumps(F)
    G = pickle.loads(data)
    assert G(2.0) == 6.0 and G(-3.0) == -1.0
    H = jt.record(lambda x: x * factor if x > 0 else x / factor, 1.0, on_branch="raise")
    with pytest.raises(BranchChanged):
        pickle.loads(pickle.dumps(H))(-1.0)


def test_a_pickle_whose_function_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    F, points = used()
    data = pickle.dumps(F)
    monkeypatch.delattr("test_paths.barrier")
    G = pickle.loads(data)
    equal(G.grad(points[-1]), F.grad(points[-1]))
    with pytest.raises(BranchChanged, match="not at hand"):
        for p in points:
            G.grad(p)


def use(G: Any, shape: tuple[int, ...]) -> None:
    """Everything that runs native code, on a function from a damaged file."""
    for path in G.paths:
        corruption.check_reads(path.tape)
    X = np.linspace(-0.5, 0.7, 20 * math.prod(shape)).reshape(20, *shape)
    for call in (
        lambda: G.value_and_grad(X[3]), lambda: G.value_and_grad(X[7], out=np.empty(shape)), lambda: G(X[0]),
        lambda: G.batch_value(X), lambda: G.batch_jacobian(X, threads=2), lambda: G.batch_grad(X), lambda: G.jacobian(X[1]),
        lambda: pickle.loads(pickle.dumps(G))(X[0]),
    ):  # fmt: skip
        with np.errstate(all="ignore"):
            try:
                call()
            except (BranchChanged, GradientError, np.linalg.LinAlgError):
                pass
            except (ValueError, TypeError) as error:
                assert any(text in str(error) for text in ("at others", "recorded with", "recorded for", "called with", "another structure")), error


def test_damaged_files_of_several_paths_are_refused_or_run() -> None:
    rng = np.random.default_rng(7)
    F, _ = used()
    data = saving.to_bytes(F)
    header, arrays = corruption.take_apart(data)
    ends = np.cumsum([0, *header["others"]])
    outcome = {"refused": 0, "used": 0}
    for i in range(250):
        header, arrays = corruption.take_apart(data)
        if i % 2:  # one of the other paths, with a digest of its own that fits
            j = int(rng.integers(len(ends) - 1))
            inner = corruption.damaged(arrays["others"][ends[j] : ends[j + 1]].tobytes(), rng)
            packed = [arrays["others"][a:b].tobytes() for a, b in zip(ends, ends[1:], strict=False)]
            packed[j] = inner
            header["others"] = [len(p) for p in packed]
            arrays["others"] = np.frombuffer(b"".join(packed), np.uint8)
            bad = corruption.put_together(header, arrays)
        else:
            bad = corruption.damaged(data, rng)
        try:
            G = saving.from_bytes(bad, corruption.LIMIT)
        except TapeFileError:
            outcome["refused"] += 1
            continue
        if G.shapes == [(3,)]:
            use(G, (3,))
        outcome["used"] += 1
    assert min(outcome.values()) > 20, outcome


PLACES = {
    "digitize": lambda x: np.sum(np.digitize(x, [-0.5, 0.1, 0.7]) * x), "searchsorted": lambda x: np.searchsorted([-0.5, 0.1, 0.7], x[0]) * x[1],
    "interp": lambda x: np.sum(np.interp(x, [-1.0, -0.5, 0.1, 0.7, 1.0], [1.0, 2.0, 5.0, 3.0, 4.0]) * x), "sort": lambda x: np.sum(np.sort(x) * np.arange(3.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_every_path_of_a_loaded_function_is_found(name: str, tmp_path: Any) -> None:
    f, points = PLACES[name], np.random.default_rng(1).uniform(-1.6, 1.6, (12, 3))
    F = jt.record(f, points[0])
    for p in points:
        F(p)
    F.save(tmp_path / "f.tape")
    L = jt.load(tmp_path / "f.tape")
    assert [L(p) for p in points] == [f(p) for p in points]
