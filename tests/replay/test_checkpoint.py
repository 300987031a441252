"""jt.checkpoint: the same values and derivatives as without it, by every route, and less memory."""

from __future__ import annotations

import gc
import pickle
from typing import Any

import numba
import numpy as np
import pytest
from drawn_programs import POINT, STEPS, Program, equal, programs
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.errors import TapeFileError
from jittape.replay.parts import PARTS
from jittape.replay.sites import SITES

X = np.array([0.3, -0.7, 1.1, 0.4])
W = np.linspace(-1.0, 1.0, 16).reshape(4, 4)


def layer(x: Any, w: Any) -> Any:
    return np.tanh(w @ x) * 1.5 + np.sin(x)


def chain(part: Any) -> Any:
    def f(x: Any, w: Any) -> Any:
        for _ in range(5):
            x = part(x, w)
        return np.sum(x * x)

    return f


PLAIN, PARTS_OF = chain(layer), chain(jt.checkpoint(layer))


def test_gradients_are_equal_to_the_bit() -> None:
    for a, b in zip(jt.grad(PLAIN, (0, 1))(X, W), jt.grad(PARTS_OF, (0, 1))(X, W), strict=True):
        assert (a == b).all()
    F, G = jt.record(PLAIN, X, W), jt.record(PARTS_OF, X, W)
    for a, b in zip(F.grad(2 * X, W), G.grad(2 * X, W), strict=True):
        assert (a == b).all()
    assert G(2 * X, W) == F(2 * X, W)
    points = np.stack([X, 2 * X, -X]), np.stack([W, W, 2 * W])
    equal(G.batch_grad(*points), F.batch_grad(*points))


def test_every_order() -> None:
    f, g = (lambda x: PLAIN(x, W)), (lambda x: PARTS_OF(x, W))
    np.testing.assert_allclose(jt.hessian(g)(X), jt.hessian(f)(X), rtol=1e-12, atol=1e-12)
    F, G = jt.record(f, X), jt.record(g, X)
    np.testing.assert_allclose(G.hessian(2 * X), F.hessian(2 * X), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(G.jvp((X,), (W[0],))[1], F.jvp((X,), (W[0],))[1], rtol=1e-13)

    def third(h: Any) -> Any:
        return jt.jvp(lambda x: jt.hvp(h)(x, W[1]), (X,), (W[0],))[1]

    np.testing.assert_allclose(third(g), third(f), rtol=1e-11)
    jt.testing.check_grad(g, X, order=2)


@examples(12)
@given(programs("sum"), st.integers(0, 15), st.sampled_from(["arguments", "closure", "nested"]), POINT, POINT)
def test_drawn_programs_in_parts(program: Program, which: int, how: str, first: Any, second: Any) -> None:
    def one(name: str, c: float) -> Any:
        def plain(v: Any) -> Any:
            return np.arctan(STEPS[name](v, c)) * 2.0

        return plain

    def parts(x: Any) -> Any:
        v = x * 1.0
        for k, (name, c) in enumerate(program.steps):
            step = one(name, c)
            if which >> k & 1:
                if how == "arguments":
                    v = jt.checkpoint(lambda v, name, c: one(name, c)(v))(v, name, c)
                elif how == "closure":
                    v = jt.checkpoint(lambda step=step, v=v: step(v))()
                else:
                    v = jt.checkpoint(lambda v, step=step: jt.checkpoint(step)(v) * 1.0)(v)
            else:
                v = step(v)
        return np.sum(v * x)

    F, G = jt.record(program, first), jt.record(parts, first)
    for x in (first, second):
        np.testing.assert_allclose(G.grad(x), F.grad(x), rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(jt.grad(parts)(x), jt.grad(program)(x), rtol=1e-11, atol=1e-11)


def test_a_part_takes_other_ways() -> None:
    part = jt.checkpoint(lambda y: np.sin(y) if y > 0 else y * y * y)

    def f(x: Any) -> Any:
        return sum(part(x[i]) * (i + 1.0) for i in range(3))

    F = jt.record(f, X[:3])
    for signs in np.ndindex(2, 2, 2):
        x = np.where(signs, 1.0, -1.0) * np.abs(X[:3])
        np.testing.assert_allclose(F.grad(x), np.where(x > 0, np.cos(x), 3 * x * x) * [1, 2, 3], rtol=1e-14)
        np.testing.assert_allclose(np.diag(F.hessian(x)), np.where(x > 0, -np.sin(x), 6 * x) * [1, 2, 3], rtol=1e-14)
    assert len(F.paths) == 1


def test_errors_of_a_part_may_be_caught() -> None:
    part = jt.checkpoint(lambda a: np.linalg.solve(a, np.ones(2)))

    def f(a: Any) -> Any:
        try:
            return np.sum(part(a))
        except np.linalg.LinAlgError:
            return a[0, 0] * 7.0

    F = jt.record(f, np.eye(2))
    for _ in range(2):
        assert F.grad(np.ones((2, 2))).tolist() == [[7.0, 0.0], [0.0, 0.0]]
        assert F.grad(2 * np.eye(2)).tolist() == [[-0.25, -0.25], [-0.25, -0.25]]
    assert jt.grad(f)(np.ones((2, 2)))[0, 0] == 7.0


def test_variables_that_are_assigned_later() -> None:
    def f(x: Any, checkpoint: Any) -> Any:
        c = 1.0

        def part(y: Any) -> Any:
            return y * c if y > 0 else -y * c * c

        total = 0.0
        for c in (1.0, 2.0, 3.0):  # noqa: B007
            total = total + checkpoint(part)(x * c)
        return total

    F = jt.record(lambda x: f(x, jt.checkpoint), 1.0)
    assert F.grad(2.0) == 14.0
    assert F.grad(-2.0) == -36.0


def test_recorded_values_of_the_closure() -> None:
    def f(x: Any, w: Any, checkpoint: Any) -> Any:
        for _ in range(3):
            x = checkpoint(lambda y: np.tanh(w @ y) * np.sum(x))(x)  # noqa: B023
        return np.sum(x * x)

    plain = jt.grad(lambda x, w: f(x, w, lambda g: g), (0, 1))(X, W)
    equal(jt.grad(lambda x, w: f(x, w, jt.checkpoint), (0, 1))(X, W), plain)


def test_recorded_values_that_come_another_way() -> None:
    class Held:
        x: Any = None

    def f(x: Any) -> Any:
        Held.x = x
        return np.sum(jt.checkpoint(lambda y: y * Held.x)(x * 2.0))

    with pytest.raises(jt.TapeMismatchError, match="pass it as an argument"):
        jt.grad(f)(X)


def test_constants_differ_from_call_to_call() -> None:
    def f(x: Any, checkpoint: Any) -> Any:
        total = 0.0
        for k in range(40):
            total = total + np.sum(checkpoint(lambda y: np.sin(y) * (0.1 * k) ** 2 + y ** (1 + k / 10))(x * 0.1))  # noqa: B023
        return total

    x = np.abs(X)
    before = len(PARTS)
    F, G = jt.record(lambda x: f(x, lambda g: g), x), jt.record(lambda x: f(x, jt.checkpoint), x)
    assert len(PARTS) - before < 8  # not forty
    for k in (1.0, 2.0):
        np.testing.assert_allclose(G.grad(k * x), F.grad(k * x), rtol=1e-13)
        np.testing.assert_allclose(G.hessian(k * x), F.hessian(k * x), rtol=1e-11, atol=1e-14)


def test_containers_masks_and_what_is_no_array() -> None:
    @jt.checkpoint
    def inner(a: Any) -> Any:
        return {"u": np.sin(a), "k": 3, "m": a > 0}

    @jt.checkpoint
    def outer(d: Any, scale: float = 1.0) -> Any:
        r = inner(d[0] * d[1])
        return r["u"] * scale * r["k"], np.where(r["m"], d[0], 0.0), None

    def f(x: Any, y: Any) -> Any:
        a, b, nothing = outer((x, y), scale=2.0)
        assert nothing is None
        c, d, _ = outer([a, b])
        return np.sum(c * d)

    def plain(x: Any, y: Any) -> Any:
        for s in (2.0, 1.0):
            x, y = np.sin(x * y) * s * 3, np.where(x * y > 0, x, 0.0)
        return np.sum(x * y)

    y = np.arange(1.0, 5.0)
    for dtype in (np.float64, np.float32):
        a, b = X.astype(dtype), y.astype(dtype)
        for g, h in zip(jt.grad(f, (0, 1))(a, b), jt.grad(plain, (0, 1))(a, b), strict=True):
            assert g.dtype == dtype
            np.testing.assert_allclose(g, h, rtol=1e-5 if dtype == np.float32 else 1e-14)
    equal(jt.record(f, X, y).grad(-X, y), jt.record(plain, X, y).grad(-X, y))


def test_parameters_and_data() -> None:
    part = jt.checkpoint(lambda x, a: np.sin(x * a))
    F = jt.record(lambda x, a: np.sum(part(x, a) + part(x, np.ones(4))), X, a=np.full(4, 2.0))
    F.bind(a=np.full(4, 3.0))
    np.testing.assert_allclose(F.grad(X), 3 * np.cos(3 * X) + np.cos(X), rtol=1e-14)


def test_tensors() -> None:
    x, w = jt.tensor(X, requires_grad=True), jt.tensor(W, requires_grad=True)
    PARTS_OF(x, w).backward()
    for t, g in zip((x, w), jt.grad(PLAIN, (0, 1))(X, W), strict=True):
        np.testing.assert_allclose(t.grad.numpy(), g, rtol=1e-13)
    x.grad = None
    y = jt.tensor(X) * 2.0
    jt.checkpoint(lambda v: v * x * y)(jt.tensor(X)).sum().backward()
    assert x.grad.numpy().tolist() == (2.0 * X * X).tolist()


def test_functions_of_numba() -> None:
    @numba.njit
    def steps(y: Any, n: int) -> Any:
        s = y * 1.0
        for _ in range(n):
            s = np.sin(s) + y
        return s

    part = jt.checkpoint(steps)
    expected = jt.grad(numba.njit(lambda x: np.sum(steps(x, 4))))(X)
    np.testing.assert_allclose(jt.grad(lambda x: np.sum(part(x, 4)))(X), expected, rtol=1e-14)

    @numba.njit
    def inside(x: Any) -> Any:
        return np.sum(part(x, 4))

    np.testing.assert_allclose(jt.grad(inside)(X), expected, rtol=1e-14)


def test_methods() -> None:
    class Model:
        scale = 2.0

        @jt.checkpoint
        def part(self, x: Any) -> Any:
            return np.sin(x) * self.scale

    np.testing.assert_allclose(jt.grad(lambda x: np.sum(Model().part(x)))(X), 2 * np.cos(X), rtol=1e-14)


def test_what_is_dropped_is_freed_at_once() -> None:
    def f(x: Any, w: Any) -> Any:
        held = {"w": w}
        for _ in range(2):
            x = jt.checkpoint(lambda y: np.tanh(held["w"] @ y) * np.sum(w))(x)
        return np.sum(jt.checkpoint_loop(lambda s, i: np.tanh(w @ s), x, 3, memory=1))

    gc.collect()
    before, gc_was = {*SITES.keys()}, gc.isenabled()
    gc.disable()
    try:
        jt.grad(f, (0, 1))(X, W)
        jt.hvp(lambda x: f(x, W))(X, X)
        F = jt.record(f, X, W)
        F.grad(X, W)
        assert len({*SITES.keys()} - before) > 0
        del F
        assert {*SITES.keys()} == before
    finally:
        if gc_was:
            gc.enable()


def test_plain_arguments() -> None:
    assert jt.checkpoint(layer)(X, W).tolist() == layer(X, W).tolist()
    assert jt.checkpoint(layer).__name__ == "layer"


def test_what_is_refused() -> None:
    with pytest.raises(jt.RecordingError, match="stores into an argument"):
        jt.grad(lambda x: np.sum(jt.checkpoint(lambda y: y.__setitem__(0, 1.0) or y)(x)))(X)
    with pytest.raises(TypeError, match="checkpoint takes a function"):
        jt.checkpoint(3)  # type: ignore[arg-type]
    F = jt.record(PARTS_OF, X, W)
    with pytest.raises(TapeFileError, match="checkpointed part cannot be saved"):
        pickle.dumps(F)
    wide = jt.checkpoint(lambda v: v[v > 0])
    G = jt.record(lambda x: np.sum(wide(x)), X)
    with pytest.raises(jt.RecordingError, match="has results of shapes"):
        G.grad(-X)


def test_memory_in_numbers_and_words() -> None:
    def long(x: Any) -> Any:
        for _ in range(20):
            x = np.sin(x) * np.cos(x)
        return x

    def f(x: Any, part: Any) -> Any:
        for _ in range(10):
            x = part(x)
        return np.sum(x)

    x = np.linspace(0.0, 1.0, 1000)
    F, G = jt.record(lambda x: f(x, long), x), jt.record(lambda x: f(x, jt.checkpoint(long)), x)
    plain, parts = F.tape.memory(), G.tape.memory()
    assert (plain.calls, plain.recomputed, plain.working) == (0, 0, 0)
    assert (parts.calls, parts.recomputed) == (10, 10 * 61_000)
    assert parts.peak < plain.peak / 5
    assert parts.peak == parts.instructions + parts.stored + parts.working
    assert "610,000 values in 10 calls" in str(parts)
    assert "nothing" in str(plain)
