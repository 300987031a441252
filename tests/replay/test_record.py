"""`jittape.record`: a replay is the function, recorded anew, at every point."""

from __future__ import annotations

import os
import signal
import threading
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import jittape as jt
from jittape.errors import BranchChanged, TapeMismatchError

Params = namedtuple("Params", "w b")


def model(p: Any, x: Any) -> Any:
    hidden = np.tanh(x @ p.w["in"] + p.b[0])
    out = np.sum(hidden * p.w["out"], axis=1) + p.b[1]
    return np.sum(np.where(out > 0.2, out**2, np.sin(out)) * np.abs(out[::-1])) / out.size


def parameters(rng: np.random.Generator) -> tuple[Params, np.ndarray]:
    w = {"in": rng.normal(size=(3, 4)), "out": rng.normal(size=4)}
    return Params(w, [rng.normal(size=4), float(rng.normal())]), rng.normal(size=(6, 3))


def leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [x for v in tree.values() for x in leaves(v)]
    if isinstance(tree, (tuple, list)):
        return [x for v in tree for x in leaves(v)]
    return [tree]


def assert_same(a: Any, b: Any, **tolerance: Any) -> None:
    assert len(leaves(a)) == len(leaves(b))
    for x, y in zip(leaves(a), leaves(b), strict=True):
        assert np.shape(x) == np.shape(y)
        np.testing.assert_allclose(x, y, **(tolerance or {"rtol": 1e-13, "atol": 1e-14}))


@given(st.integers(0, 2**32 - 1))
def test_replay_is_recording_anew(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recorded = jt.record(model, *parameters(rng))
    for _ in range(3):
        p, x = parameters(rng)
        value, g = jt.value_and_grad(model, argnums=(0, 1))(p, x)
        np.testing.assert_allclose(recorded(p, x), model(p, x), rtol=1e-12, atol=1e-14)
        assert_same(recorded.value_and_grad(p, x), (value, g))
        assert_same(recorded.grad(p, x), g)
        assert isinstance(recorded.grad(p, x)[0], Params)


@given(arrays(float, 5, elements=st.floats(-1e3, 1e3)))
def test_replay_at_any_point(x: np.ndarray) -> None:
    value, g = RECORDED.value_and_grad(x)
    want = jt.value_and_grad(scalar_loop)(x)
    assert value == want[0] and RECORDED(x) == value
    np.testing.assert_array_equal(g, want[1])


def scalar_loop(x: Any) -> Any:
    total = 0.0
    for i in range(4):
        total = total + np.maximum(x[i], x[i + 1]) * np.cos(x[i]) - abs(x[i + 1]) / (1.0 + x[i] ** 2)
    return total


RECORDED = jt.record(scalar_loop, np.zeros(5))


def test_one_argument_and_several() -> None:
    one = jt.record(lambda x: np.sum(x**2), np.zeros(2))
    assert isinstance(one.grad(np.ones(2)), np.ndarray)
    two = jt.record(lambda x, y: np.sum(x) * y, np.zeros(2), 1.0)
    g = two.grad(np.ones(2), 3.0)
    assert isinstance(g, tuple) and g[1] == 2.0
    np.testing.assert_array_equal(g[0], [3.0, 3.0])
    scalar = jt.record(lambda x: x**3, 1.0)
    assert scalar.value_and_grad(2.0) == (8.0, 12.0)
    assert scalar.grad(np.float64(2.0)) == scalar.grad(np.array(2.0)) == 12.0


def test_results_of_any_structure() -> None:
    def f(x: Any) -> Any:
        return {"y": x * 2.0, "s": (np.sum(x), 1.5), "mask": x > 0, "n": None}

    recorded = jt.record(f, np.zeros(3))
    out = recorded(np.array([1.0, -2.0, 3.0]))
    np.testing.assert_array_equal(out["y"], [2, -4, 6])
    assert out["s"] == (2.0, 1.5) and out["n"] is None
    assert out["mask"].tolist() == [True, False, True]
    with pytest.raises(TypeError, match="does not return one recorded scalar"):
        recorded.grad(np.ones(3))


def test_results_are_not_overwritten_by_the_next_call() -> None:
    recorded = jt.record(lambda x: np.sum(np.exp(x)), np.zeros(3))
    a = np.array([0.0, 1.0, 2.0])
    value, g = recorded.value_and_grad(a)
    recorded.grad(a + 1)
    np.testing.assert_allclose(g, np.exp(a), rtol=1e-15)
    copied = jt.record(lambda x: x, np.zeros(3))
    y = copied(a)
    copied(a + 1)
    np.testing.assert_array_equal(y, a)


def test_float32() -> None:
    recorded = jt.record(scalar_loop, np.zeros(5, np.float32))
    x = np.linspace(-1, 1, 5).astype(np.float32)
    value, g = recorded.value_and_grad(x)
    assert value.dtype == g.dtype == np.float32
    np.testing.assert_allclose(g, RECORDED.grad(x.astype(float)), rtol=1e-5)


def test_layouts_of_arguments() -> None:
    recorded = jt.record(lambda a: np.sum(a[0] * a[1]), np.zeros((2, 3)))
    a = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(recorded.grad(a.T), a.T[::-1])
    np.testing.assert_array_equal(recorded.grad(np.arange(12.0).reshape(2, 6)[:, ::2]), [[6, 8, 10], [0, 2, 4]])
    np.testing.assert_array_equal(recorded.grad(np.broadcast_to(np.arange(3.0), (2, 3))), [[0, 1, 2]] * 2)


def test_stop_gradient_stays_in_the_replay() -> None:
    recorded = jt.record(lambda x: np.sum(x * jt.stop_gradient(x)), np.ones(2))
    value, g = recorded.value_and_grad(np.array([2.0, 3.0]))
    assert value == 13.0
    np.testing.assert_array_equal(g, [2.0, 3.0])


def test_a_derivative_inside_the_recorded_function() -> None:
    """Derivatives at recorded points are recorded, and replayed at other points."""

    def penalty(x: Any) -> Any:
        g = jt.grad(scalar_loop_smooth)(x)
        return np.sum(g**2) + np.sum(jt.hvp(scalar_loop_smooth)(x, x))

    recorded = jt.record(penalty, np.zeros(5))
    for seed in range(3):
        x = np.random.default_rng(seed).normal(size=5)
        np.testing.assert_allclose(recorded(x), float(penalty(x)), rtol=1e-13)
        np.testing.assert_allclose(recorded.grad(x), jt.grad(penalty)(x), rtol=1e-12)


def scalar_loop_smooth(x: Any) -> Any:
    return np.sum(np.sin(x[1:] * x[:-1]) * np.exp(-(x[1:] ** 2)))


def test_choices_without_branches_replay() -> None:
    f = lambda x: np.sum(np.where(x > 0, np.sqrt(x), -x) + np.maximum(x, 0.5))  # noqa: E731
    recorded = jt.record(f, np.array([1.0, 1.0, 1.0]))
    x = np.array([-4.0, 4.0, 0.25])
    assert recorded(x) == f(np.where(x > 0, x, 0.0)) + 4
    np.testing.assert_array_equal(recorded.grad(x), [-1.0, 0.25 + 1.0, 1.0])


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (lambda x: x[0] if x[0] > 0 else x[1], "the truth value"),
        (lambda x: sum(x[i] for i in range(int(x[0]))), r"int\(\)"),
        (lambda x: np.sum(x[x > 0]), "an index"),
        (lambda x: x[0] * (1.0 if np.sum(x) else 2.0), "the truth value"),
        (lambda x: x[0] * max(x[0], x[1]), "the truth value"),
        (lambda x: np.sum(x) * x.astype(int)[0], r"astype\(int64\)"),
        (lambda x: jt.grad(lambda y: y if y > 0 else -y)(x[0]), "the truth value"),
    ],
)
def test_decisions_by_value_are_guarded(f: Any, what: str) -> None:
    x = np.array([2.0, 1.0])
    recorded = jt.record(f, x, on_branch="raise")
    near, far = x + [0.25, 0.125], np.array([-1.0, 1.0])
    np.testing.assert_array_equal(recorded.grad(near), jt.grad(f)(near))
    with pytest.raises(BranchChanged, match=what + ".*test_record.py:1[67].*np.where"):
        recorded(far)
    np.testing.assert_array_equal(recorded.grad(near), jt.grad(f)(near))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda F: F(np.zeros(3)), ValueError, r"recorded for an argument of shape \(2,\), called with shape \(3,\)"),
        (lambda F: F.grad(np.zeros((2, 1))), ValueError, r"shape \(2,\), called with shape \(2, 1\)"),
        (lambda F: F(1.0), ValueError, r"shape \(2,\), called with shape \(\)"),
        (lambda F: F(np.zeros(2, int)), TypeError, r"not int64.*astype\(float\)"),
        (lambda F: F(np.zeros(2, complex)), TypeError, "not complex128: pass real and imaginary part"),
        (lambda F: F.grad(), TypeError, "recorded with 1 argument.*called with 0"),
        (lambda F: F.grad(np.zeros(2), np.zeros(2)), TypeError, "recorded with 1 argument.*called with 2"),
        (lambda F: F([np.zeros(2)]), ValueError, r"was recorded for arguments \(?\[?ndarray\[2\].*called with"),
        (lambda F: F("ab"), (TypeError, ValueError), "shape"),
    ],
)
def test_bad_calls(call: Any, error: Any, message: str) -> None:
    recorded = jt.record(lambda x: np.sum(x), np.zeros(2))
    with pytest.raises(error, match=message):
        call(recorded)
    np.testing.assert_array_equal(recorded.grad(np.ones(2)), np.ones(2))  # and it goes on working


def test_lists_in_place_of_arrays() -> None:
    """The message says what to do, and is short however long the list is."""
    F = jt.record(lambda x, p: np.sum(x) * np.sum(p["w"]), np.zeros(2000), p={"w": np.ones(2000)})
    long = [1.0] * 2000
    calls = [
        lambda: F(long),
        lambda: F.hessian(long),
        lambda: F.batch_grad([long, long]),
        lambda: F(np.zeros(2000), p={"w": long}),
        lambda: F.bind(p={"w": long}),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"more\].*; give an array instead of a list: np.array\(x, float\)") as raised:
            call()
        assert len(str(raised.value)) < 400
    with pytest.raises(ValueError, match=r"'k7': int, \.\.\. 4 more\}"):
        F({f"k{i}": 1 for i in range(12)})


def test_bad_structures() -> None:
    recorded = jt.record(model, *parameters(np.random.default_rng(0)))
    p, x = parameters(np.random.default_rng(1))
    with pytest.raises(ValueError, match=r"recorded for arguments .*'in': ndarray\[3, 4\].*called with"):
        recorded.grad(Params({"in": p.w["in"]}, p.b), x)
    with pytest.raises(ValueError, match="called with"):
        recorded.grad(tuple(p), x)
    with pytest.raises(ValueError, match=r"shape \(3, 4\), called with shape \(4, 3\)"):
        recorded.grad(Params({"in": p.w["in"].T, "out": p.w["out"]}, p.b), x)


def test_bad_recordings() -> None:
    with pytest.raises(TypeError, match=r"pass 2.0 instead of 2"):
        jt.record(lambda x: x, 2)
    with pytest.raises(TypeError, match="needs an example of the arguments"):
        jt.record(lambda: 1.0)
    with pytest.raises(TypeError, match="inside a function that is being recorded"):
        jt.grad(lambda x: jt.record(lambda y: y * x, 1.0)(2.0))(1.0)


def test_a_recorded_function_inside_a_recording_is_refused() -> None:
    """A replay is native and plain: what goes through it would lose its derivative."""
    recorded = jt.record(lambda x: np.sum(x**2), np.zeros(2))
    with pytest.raises(TypeError, match="derivative"):
        jt.grad(lambda x: recorded(x))(np.ones(2))
    with pytest.raises(TypeError, match="derivative"):
        jt.grad(lambda x: recorded(x * 2.0) * x[0])(np.ones(2))


def test_threads_hammer_one_recording() -> None:
    recorded = jt.record(*([model, *parameters(np.random.default_rng(0))]))
    points = [parameters(np.random.default_rng(k)) for k in range(8)]
    wants = [recorded.value_and_grad(*p) for p in points]
    start = threading.Barrier(4)

    def hammer(k: int) -> None:
        start.wait()
        for i in range(60):
            j = (i * (k + 1) + k) % len(points)
            assert_same(recorded.value_and_grad(*points[j]), wants[j], rtol=0, atol=0)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(hammer, range(4)))


def test_threads_record_at_once() -> None:
    points = [parameters(np.random.default_rng(k)) for k in range(8)]
    wants = [jt.grad(model, argnums=(0, 1))(*p) for p in points]
    replayed = [jt.record(model, *p).grad(*p) for p in points]
    hessian = jt.hessian(scalar_loop_smooth)(np.ones(5))

    def work(k: int) -> None:
        for i in range(10):
            j = (i + k) % len(points)
            assert_same(jt.grad(model, argnums=(0, 1))(*points[j]), wants[j], rtol=0, atol=0)
            np.testing.assert_array_equal(jt.hessian(scalar_loop_smooth)(np.ones(5)), hessian)
            own = jt.record(model, *points[j])
            assert_same(own.grad(*points[j]), replayed[j], rtol=0, atol=0)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def test_a_recording_used_in_another_thread() -> None:
    recorded = jt.record(scalar_loop, np.zeros(5))
    x = np.arange(5.0)
    want = recorded.grad(x)
    with ThreadPoolExecutor(1) as pool:
        np.testing.assert_array_equal(pool.submit(recorded.grad, x).result(), want)
    del recorded
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(jt.record, scalar_loop, np.zeros(5)).result()
    np.testing.assert_array_equal(made.grad(x), want)


def test_source_lines() -> None:
    recorded = jt.record(scalar_loop, np.zeros(5), source=True)
    x = np.arange(5.0)
    np.testing.assert_array_equal(recorded.grad(x), RECORDED.grad(x))
    lines = recorded.tape.lines
    assert lines is not None and len(lines) == recorded.tape.count
    first = scalar_loop.__code__.co_firstlineno
    body = [line for file, line in lines if file == __file__]
    assert first + 3 in body


def test_a_constant_function_has_a_gradient_of_zeros() -> None:
    F = jt.record(lambda x: 3.0, np.ones(2))
    assert F(np.ones(2)) == 3.0
    np.testing.assert_array_equal(F.grad(np.ones(2)), np.zeros(2))


def test_an_interrupted_call_leaves_no_adjoint_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    F = jt.record(lambda x, y: np.sum(x**3 * y), np.ones(4), 1.0)  # one native call, which no Python interrupts, is not taken by Jacobians
    expected = F.grad(np.full(4, 2.0), 1.0)
    sweep = type(F.tape).reverse

    def interrupted(self: Any, *args: Any, **kwargs: Any) -> None:
        sweep(self, *args, **kwargs)
        raise KeyboardInterrupt  # after the sweep, before its results are taken

    with monkeypatch.context() as m:
        m.setattr(type(F.tape), "reverse", interrupted)
        with pytest.raises(KeyboardInterrupt):
            F.jacobian(np.full(4, 5.0), 1.0)
    np.testing.assert_array_equal(F.jacobian(np.full(4, 2.0), 1.0)[0], expected[0])
    np.testing.assert_array_equal(F.grad(np.full(4, 2.0), 1.0)[0], expected[0])


def test_a_call_from_within_a_call_has_memory_of_its_own() -> None:
    F = jt.record(lambda x: np.sum(x**2), np.ones(2))

    class Sly:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return F.grad(np.ones(2))

    np.testing.assert_array_equal(F.grad(Sly()), [4.0, 4.0])
    np.testing.assert_array_equal(F.grad(np.ones(2)), [2.0, 2.0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_forked_child_does_not_wait_for_a_lock_of_its_parent() -> None:
    F = jt.record(lambda x: np.sum(x**2), np.ones(2))
    F.grad(np.ones(2))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with F._lock:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        F.bind()  # takes the lock
        os._exit(0 if F.grad(np.full(2, 3.0)).tolist() == [6.0, 6.0] else 1)
    status = os.waitpid(pid, 0)[1]
    done.set()
    thread.join()
    assert status == 0


def test_results_that_were_not_recorded_are_copies() -> None:
    F = jt.record(lambda x: (x, np.arange(3.0)), np.ones(3))
    F(np.ones(3))[1][0] = 99.0
    np.testing.assert_array_equal(F(np.ones(3))[1], [0.0, 1.0, 2.0])


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_arguments_that_are_no_plain_arrays_are_refused() -> None:
    F = jt.record(lambda x: np.sum(x * x), np.ones((2, 2)))
    with pytest.raises(TypeError, match=r"np\.matrix"):
        F(np.asmatrix(np.ones((2, 2))))
    with pytest.raises(TypeError, match="masked"):
        F.grad(np.ma.ones((2, 2)))
    with pytest.raises(TypeError, match="no gradient"):
        jt.record(lambda x: x > 0, 1.0).grad(1.0)


def test_a_recorded_array_that_was_kept_is_refused_afterwards() -> None:
    """Nothing more may be appended to the tape of a path."""
    kept = []

    def f(x: Any) -> Any:
        kept.append(x)
        return np.sum(x**2)

    F = jt.record(f, np.ones(3))
    count = F.tape.count
    with pytest.raises(TapeMismatchError, match="ended"):
        kept[0] * 2.0
    assert F.tape.count == count and F.grad(np.ones(3)).tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("after", range(7))
def test_a_bind_that_is_interrupted_leaves_one_value_everywhere(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from jittape.replay import paths

    def f(x: Any, a: Any) -> Any:
        return np.sum(a * x**3) if x[0] > 0 else np.sum(a * x**4)

    points = np.array([0.5, 1.5]), np.array([-0.5, 1.5])
    F = jt.record(f, points[0], a=np.ones(2))
    for x in points:
        F.grad(x), F.hvp(x, np.ones(2)), F.hessian(x), F.sparse_hessian(x)
    write, calls = paths.write, []

    def interrupted(*given: Any) -> None:
        calls.append(given)
        if len(calls) > after:
            raise KeyboardInterrupt
        write(*given)

    with monkeypatch.context() as patch:
        patch.setattr(paths, "write", interrupted)
        try:
            F.bind(a=np.full(2, 3.0))
        except KeyboardInterrupt:
            pass
        else:
            assert len(calls) <= after
    bound = F(points[0]) / f(points[0], 1.0)
    assert bound in (1.0, 3.0)
    for x, power in zip(points, (3, 4), strict=True):
        assert F(x) == pytest.approx(bound * f(x, 1.0), rel=1e-14)
        np.testing.assert_allclose(F.grad(x), bound * power * x ** (power - 1), rtol=1e-13)
        H = np.diag(bound * power * (power - 1) * x ** (power - 2))
        np.testing.assert_allclose(F.hvp(x, np.ones(2)), H.sum(1), rtol=1e-13)
        np.testing.assert_allclose(F.hessian(x), H, rtol=1e-13)
        np.testing.assert_allclose(F.sparse_hessian(x).toarray(), H, rtol=1e-13)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("what", ["hvp", "hessian", "sparse_hessian", "sparse_jacobian", "batch_hessian"])
def test_what_is_derived_after_a_bind_has_the_bound_values(what: str, compiled: bool) -> None:
    """They were those of the recording where replays have memory of their own, as those of compiled loops: wrong in silence."""

    def looped(x: Any, a: Any) -> Any:
        s = x[0]
        for i in range(60):
            s = s * 0.5 + np.sin(x[i % 3] * a)
        return s * x[1] * (x if what == "sparse_jacobian" else 1.0)

    x, v = np.array([0.1, 0.2, 0.3]), np.array([1.0, -2.0, 0.5])
    F = jt.record(looped, x, a=1.0)
    if compiled:
        F.compile()
    F.bind(a=3.0)
    if what == "sparse_jacobian":
        found, wanted = F.sparse_jacobian(x).toarray(), jt.jacobian(lambda y: looped(y, 3.0))(x)
    else:
        H = jt.hessian(lambda y: looped(y, 3.0))(x)
        found = {"hvp": lambda: F.hvp(x, v), "hessian": lambda: F.hessian(x), "sparse_hessian": lambda: F.sparse_hessian(x).toarray(),
                 "batch_hessian": lambda: F.batch_hessian(x[None])[0]}[what]()  # fmt: skip
        wanted = H @ v if what == "hvp" else H
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)
