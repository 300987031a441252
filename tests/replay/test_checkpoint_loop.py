"""jt.checkpoint_loop: the derivatives of the loop written out, whatever memory there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt

U = np.array([0.3, -0.7, 1.1, 0.4])
W = np.linspace(-1.0, 1.0, 16).reshape(4, 4)
ROWS = np.cos(np.arange(100.0)).reshape(25, 4)


def step(s: Any, i: Any, x: Any, w: Any) -> Any:
    u, v = s
    return np.tanh(w @ u) + x * 0.1 + np.sin(v), v * 0.9 + 0.001 * i * u[0]


def written(u: Any, v: Any, w: Any, rows: Any) -> Any:
    for i in range(len(rows)):
        u, v = step((u, v), float(i), rows[i], w)
    return np.sum(u * u) + v


def looped(memory: int | None) -> Any:
    def f(u: Any, v: Any, w: Any, rows: Any) -> Any:
        u, v = jt.checkpoint_loop(step, (u, v), len(rows), w, inputs=rows, memory=memory)
        return np.sum(u * u) + v

    return f


@examples(8)
@given(st.integers(1, 25), st.sampled_from([None, 1, 2, 3, 5, 40]))
def test_any_length_and_memory(n: int, memory: int | None) -> None:
    args = (U, 0.5, W, ROWS[:n])
    for a, b in zip(jt.grad(looped(memory), (0, 1, 2, 3))(*args), jt.grad(written, (0, 1, 2, 3))(*args), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)


def test_the_state_is_equal_to_the_bit() -> None:
    args = (U, 0.5, W, ROWS)
    F, G = jt.record(written, *args), jt.record(looped(3), *args)
    assert G(*args) == F(*args)
    assert (G.grad(*args)[0] == F.grad(*args)[0]).all()
    assert looped(3)(*args) == G(*args)


def test_second_order_and_tangents() -> None:
    f, g = (lambda u, w: written(u, 0.5, w, ROWS[:9])), (lambda u, w: looped(3)(u, 0.5, w, ROWS[:9]))
    F, G = jt.record(f, U, W), jt.record(g, U, W)
    for a, b in zip(G.hvp((2 * U, W), (U, W)), F.hvp((2 * U, W), (U, W)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(G.jvp((U, W), (U, W))[1], F.jvp((U, W), (U, W))[1], rtol=1e-12)
    np.testing.assert_allclose(jt.hessian(lambda u: g(u, W))(U), jt.hessian(lambda u: f(u, W))(U), rtol=1e-11, atol=1e-12)
    points = np.stack([U, 2 * U]), np.stack([W, -W])
    for a, b in zip(G.batch_grad(*points), F.batch_grad(*points), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_steps_take_other_ways() -> None:
    def decide(s: Any, i: Any) -> Any:
        return s * 0.9 if np.sum(s * s) > 1.0 else s * 1.3

    def plain(x: Any) -> Any:
        for i in range(60):
            x = decide(x, i)
        return np.sum(x)

    F = jt.record(lambda x: np.sum(jt.checkpoint_loop(decide, x, 60, memory=4)), U)
    for x in (U, 3 * U, 0.01 * U):
        np.testing.assert_allclose(F.grad(x), jt.grad(plain)(x), rtol=1e-12)


def test_parts_inside_of_steps_and_loops_inside_of_loops() -> None:
    part = jt.checkpoint(lambda s, w: np.tanh(w @ s))

    def inner(s: Any, i: Any, w: Any) -> Any:
        return part(s, w) + 0.1 * i

    def outer(s: Any, i: Any, w: Any) -> Any:
        return jt.checkpoint_loop(inner, s, 3, w, memory=2) * 0.9

    def plain(s: Any, w: Any) -> Any:
        for _ in range(4):
            for i in range(3):
                s = np.tanh(w @ s) + 0.1 * i
            s = s * 0.9
        return np.sum(s * s)

    found = jt.grad(lambda s, w: np.sum(jt.checkpoint_loop(outer, s, 4, w, memory=2) ** 2), (0, 1))(U, W)
    for a, b in zip(found, jt.grad(plain, (0, 1))(U, W), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


def test_the_closure_of_a_step_is_differentiated() -> None:
    def f(x: Any, w: Any) -> Any:
        return np.sum(jt.checkpoint_loop(lambda s, i: np.tanh(w @ s), x, 5))

    def plain(x: Any, w: Any) -> Any:
        for _ in range(5):
            x = np.tanh(w @ x)
        return np.sum(x)

    for a, b in zip(jt.grad(f, (0, 1))(U, W), jt.grad(plain, (0, 1))(U, W), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


def test_float32_tensors_and_plain_numbers() -> None:
    def decay(s: Any, i: Any) -> Any:
        return s * 0.5 + i

    assert jt.checkpoint_loop(decay, 1.0, 3) == 2.625
    assert jt.checkpoint_loop(decay, U, 0) is U
    u = jt.tensor(U, requires_grad=True)
    jt.checkpoint_loop(decay, u, 4).sum().backward()
    assert u.grad.tolist() == [0.0625] * 4
    g = jt.grad(lambda x: np.sum(jt.checkpoint_loop(decay, x, 4)))(U.astype(np.float32))
    assert g.dtype == np.float32
    assert g.tolist() == [0.0625] * 4


def test_long_loops_are_compiled_and_hold_little() -> None:
    def logistic(s: Any, i: Any, r: Any) -> Any:
        return s + 1e-4 * r * s * (1.0 - s)

    n = 30_000
    F = jt.record(lambda s, r: np.sum(jt.checkpoint_loop(logistic, s, n, r, memory=20)), U, 1.0)
    held = F.tape.memory()
    assert held.peak < 10_000
    g, gr = F.grad(np.full(4, 0.2), 1.0)
    exact = np.exp(3.0) / (1.0 + 0.2 * np.expm1(3.0)) ** 2
    np.testing.assert_allclose(g, exact, rtol=1e-3)  # of the differential equation
    h = 1e-5
    np.testing.assert_allclose(gr, (F(np.full(4, 0.2), 1.0 + h) - F(np.full(4, 0.2), 1.0 - h)) / (2 * h), rtol=1e-7)


def test_what_is_refused() -> None:
    def loop(step: Any, n: Any = 100, **more: Any) -> Any:
        return jt.grad(lambda x: np.sum(jt.checkpoint_loop(step, x, n, **more)))(U)

    with pytest.raises(jt.RecordingError, match="more than 64 ways"):
        loop(lambda s, i: s * (1.0 + int(i)))
    with pytest.raises(jt.GradientError, match="returned one of shapes"):
        loop(lambda s, i: np.sum(s))
    with pytest.raises(jt.GradientError, match="of the structure"):
        loop(lambda s, i: (s, s))
    with pytest.raises(jt.GradientError, match="a row for each of the 100 steps"):
        loop(lambda s, i, x: s * x, inputs=np.ones((3, 4)))
    with pytest.raises(TypeError, match="a number of steps"):
        loop(lambda s, i: s, 2.5)
    with pytest.raises(TypeError, match="memory is a number of states"):
        loop(lambda s, i: s, memory=0)
