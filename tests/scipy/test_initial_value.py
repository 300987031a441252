"""solve_ivp and odeint: closed forms to 1e-8 and, of second order, 1e-6; replays, times, events, both adjoints, stiff equations."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.integrate as theirs

import jittape as jt
from jittape.scipy.integrate import odeint, solve_ivp

TIGHT = {"rtol": 1e-11, "atol": 1e-11}
TIMES = np.linspace(0.0, 1.5, 7)


def close(f, exact, p, first=1e-8, second=1e-6):
    """Values, gradients and Hessian products, recorded at p and replayed elsewhere."""
    F = jt.record(f, p)
    for q in (p, 0.9 * p, 1.1 * p):
        np.testing.assert_allclose(F(q), exact(q), rtol=first, atol=first)
        np.testing.assert_allclose(F.grad(q), jt.grad(exact)(q), rtol=first, atol=first)
    if second:
        np.testing.assert_allclose(jt.hessian(f)(p), jt.hessian(exact)(p), rtol=second, atol=second)
        np.testing.assert_allclose(F.hvp(0.9 * p, p), jt.hvp(exact)(0.9 * p, p), rtol=second, atol=second)
        np.testing.assert_allclose(jt.jvp(f, (p,), (p,))[1], jt.grad(exact)(p) @ p, rtol=first, atol=first)


@pytest.mark.parametrize("method", ["RK45", "DOP853", "Radau"])
def test_closed_forms(method: str) -> None:
    """Decay to a moving end, an oscillator at moving times, and a logistic curve at fixed ones."""
    decay = lambda p: solve_ivp(lambda t, y: -p[0] * y, (0.0, p[2]), p[1:2], method=method, **TIGHT).y[0, -1]
    close(decay, lambda p: p[1] * np.exp(-p[0] * p[2]), np.array([1.3, 2.0, 1.5]))

    def oscillator(p):
        swing = lambda t, y, k: np.stack([y[1], -k * y[0]])
        return np.sum(np.sin(solve_ivp(swing, (0.0, 2.0), [p[1], 0.0], method=method, t_eval=TIMES * p[2], args=(p[0],), **TIGHT).y))

    def swung(p):
        w = np.sqrt(p[0])
        return np.sum(np.sin(p[1] * np.cos(w * TIMES * p[2]))) - np.sum(np.sin(p[1] * w * np.sin(w * TIMES * p[2])))

    close(oscillator, swung, np.array([2.0, 1.0, 1.0]))
    logistic = lambda p: np.sum(np.sin(solve_ivp(lambda t, y: p[0] * y * (1 - y / p[1]), (0.0, 2.0), p[2:], method=method, t_eval=TIMES, **TIGHT).y))
    close(logistic, lambda p: np.sum(np.sin(p[1] / (1 + (p[1] / p[2] - 1) * np.exp(-p[0] * TIMES)))), np.array([0.9, 2.0, 0.3]))


def test_values_are_scipys() -> None:
    f = lambda t, y: np.stack([y[1], (1 - y[0] ** 2) * y[1] - y[0]])
    for method in ("RK23", "RK45", "DOP853", "Radau"):
        for more in ({}, {"t_eval": TIMES}):
            kept = []
            jt.grad(lambda y0: kept.append(solve_ivp(f, (0.0, 3.0), y0, method=method, **more)) or kept[0].y[0, -1])(np.array([2.0, 0.0]))
            plain = theirs.solve_ivp(f, (0.0, 3.0), [2.0, 0.0], method=method, **more)
            assert (kept[0].status, kept[0].success, kept[0].message) == (plain.status, plain.success, plain.message)
            shown = jt.record(lambda y0: solve_ivp(f, (0.0, 3.0), y0, method=method, **more).y, np.array([2.0, 0.0]))(np.array([2.0, 0.0]))
            tolerance = 2e-3 if method == "Radau" else 1e-6  # its stages are solved to less than SciPy's tolerance of 1e-3 here
            np.testing.assert_allclose(shown, plain.y, rtol=tolerance, atol=tolerance)


def test_a_long_run_keeps_some_states(monkeypatch: pytest.MonkeyPatch) -> None:
    from jittape.replay import trajectory

    f = lambda p: np.sum(solve_ivp(lambda t, y: np.stack([y[1], -p[0] * y[0]]), (0.0, 30.0), p[1:], t_eval=np.linspace(0.0, 30.0, 11), **TIGHT).y ** 2)
    p = np.array([1.3, 1.0, 0.5])
    g, h = jt.grad(f)(p), jt.hvp(f)(p, p)
    monkeypatch.setattr(trajectory, "KEPT", 40)
    np.testing.assert_allclose(jt.grad(f)(p), g, rtol=1e-12)
    np.testing.assert_allclose(jt.hvp(f)(p, p), h, rtol=1e-12)
    backwards = lambda p: solve_ivp(lambda t, y: -p[0] * y, (1.0, 0.0), p[1:], **TIGHT).y[0, -1]
    close(backwards, lambda p: p[1] * np.exp(p[0]), np.array([1.3, 0.8]))


def test_events_and_dense_output() -> None:
    def thrown(p):
        hit = lambda t, y: y[0]
        hit.terminal = True
        s = solve_ivp(lambda t, y: np.stack([y[1], -p[2] + 0 * y[0]]), (0.0, 10.0), p[:2], events=hit, rtol=1e-10, atol=1e-10)
        return s.t[-1] + 0.3 * s.y[1, -1] + s.t_events[0][0] ** 2

    def landed(p):
        t = (p[1] + np.sqrt(p[1] ** 2 + 2 * p[2] * p[0])) / p[2]
        return t + 0.3 * (p[1] - p[2] * t) + t**2

    close(thrown, landed, np.array([2.0, 3.0, 9.81]))

    def zeros(p):
        swing = lambda t, y, w: np.stack([y[1], -w * w * y[0]])
        s = solve_ivp(swing, (0.0, 5.0), [p[0], 0.0], events=[lambda t, y, w: y[0], lambda t, y, w: y[0] - 100.0], args=(p[1],), dense_output=True, **TIGHT)
        assert s.t_events[1].shape == (0,) and s.y_events[1].shape == (0, 2)
        return np.sum(s.t_events[0]) + s.y_events[0][1, 1] + s.sol(2.5)[0] + np.sum(s.sol(np.array([1.0, 2.0])))

    def known(p):
        at = lambda t: p[0] * np.cos(t * p[1])
        return np.sum((np.arange(3) + 0.5) * np.pi / p[1]) + p[0] * p[1] + at(2.5) + np.sum(at(np.array([1.0, 2.0]))) - p[0] * p[1] * np.sum(np.sin(p[1] * np.array([1.0, 2.0])))

    close(zeros, known, np.array([1.3, 1.9]), first=2e-8)


@pytest.mark.parametrize("times", [None, [], [0.1], [0.9], [0.95, 0.8, 0.1]])
def test_events_backwards(times: list[float] | None) -> None:
    """The terminal event ends the solution whatever other events and times were passed before."""
    low, passed = lambda t, y: y[0] - 0.5, lambda t, y: y[0] - 0.9
    low.terminal = True

    def ends(p):
        s = solve_ivp(lambda t, y: p[0] * y, (1.0, 0.0), p[1:], t_eval=times, events=(low, passed), **TIGHT)
        assert s.t.shape == (len([t for t in times if t > 0.5]),) if times is not None else s.status == 1
        return s.t_events[0][0] + 2.0 * s.t_events[1][0]

    close(ends, lambda p: 3.0 + (np.log(0.5 / p[1]) + 2.0 * np.log(0.9 / p[1])) / p[0], np.array([1.6, 1.0]))


def test_the_continuous_adjoint() -> None:
    grown = lambda p: p[1] / (1 + (p[1] / p[2] - 1) * np.exp(-p[0] * TIMES))
    for method in ("DOP853", "LSODA"):
        f = lambda p: np.sum(np.sin(solve_ivp(lambda t, y: p[0] * y * (1 - y / p[1]), (0.0, 1.5), p[2:], method=method, t_eval=TIMES, adjoint="continuous", **TIGHT).y))
        close(f, lambda p: np.sum(np.sin(grown(p))), np.array([0.9, 2.0, 0.3]), first=1e-7, second=0)
    with pytest.raises(jt.GradientError, match="gradients only"):
        jt.hvp(f)(np.ones(3), np.ones(3))


def test_odeint() -> None:
    f = lambda p: np.sum(odeint(lambda y, t, k: -k * y, p[1:], TIMES, args=(p[0],), rtol=1e-11, atol=1e-11))
    close(f, lambda p: np.sum(p[1] * np.exp(-p[0] * TIMES)), np.array([1.1, 2.0]))
    fast = lambda p: np.sum(odeint(lambda t, y: -p[0] * (y - np.cos(t)), p[1:], np.linspace(0.0, 1.0, 3), tfirst=True, rtol=1e-9, atol=1e-9))
    F = jt.record(fast, np.array([2000.0, 0.0]))
    t, k = np.linspace(0.0, 1.0, 3), 2000.0
    exact = (k * k * np.cos(t) + k * np.sin(t)) / (1 + k * k) + (0.0 - k * k / (1 + k * k)) * np.exp(-k * t)
    np.testing.assert_allclose(F(np.array([2000.0, 0.0])), np.sum(exact), rtol=1e-7)


def test_stiff_equations() -> None:
    """Robertson's kinetics and van der Pol's oscillator, against differences of the solution."""

    def robertson(k):
        f = lambda t, y: np.stack([-k[0] * y[0] + k[1] * y[1] * y[2], k[0] * y[0] - k[1] * y[1] * y[2] - k[2] * y[1] ** 2, k[2] * y[1] ** 2])
        return np.sum(solve_ivp(f, (0.0, 1e4), [1.0, 0.0, 0.0], method="Radau", t_eval=[0.4, 40.0, 1e4], rtol=1e-9, atol=1e-12).y[0])

    k = np.array([0.04, 1e4, 3e7])
    F = jt.record(lambda s: robertson(np.exp(s) * k), np.zeros(3))
    g = F.grad(np.zeros(3))
    for e in np.eye(3):
        np.testing.assert_allclose(g @ e, (F(1e-4 * e) - F(-1e-4 * e)) / 2e-4, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(F.hvp(np.zeros(3), e), (F.grad(1e-4 * e) - F.grad(-1e-4 * e)) / 2e-4, rtol=1e-4, atol=1e-5)

    def pol(mu):
        return solve_ivp(lambda t, y: np.stack([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]), (0.0, 100.0), [2.0, 0.0], method="Radau", rtol=1e-9, atol=1e-9).y[0, -1]

    G = jt.record(pol, 200.0)
    np.testing.assert_allclose(G.grad(200.0), (G(200.1) - G(199.9)) / 0.2, rtol=1e-4)


def test_tensors_and_refusals() -> None:
    k = jt.tensor(1.3, requires_grad=True, dtype=jt.float64)
    solve_ivp(lambda t, y: -k * y, (0.0, 1.0), [2.0], **TIGHT).y[0, -1].backward()
    assert abs(k.grad.item() + 2.0 * np.exp(-1.3)) < 1e-8
    odeint(lambda y, t: -k * y, [2.0], [0.0, 1.0], Dfun=lambda y, t: -k * np.eye(1), rtol=1e-10, atol=1e-10)[-1, 0].backward()
    assert abs(k.grad.item() + 4.0 * np.exp(-1.3)) < 1e-8
    k = k.detach()  # requires no grad: SciPy's own results, as tensors
    hit = lambda t, y: y[0] - k
    hit.terminal = True
    found = solve_ivp(lambda t, y: -k * y, (0.0, 1.0), [2.0], events=hit, **TIGHT)
    assert found.status == 1 and abs(found.t_events[0].item() - np.log(2.0 / 1.3) / 1.3) < 1e-8 and isinstance(found.y, jt.Tensor)
    y, said = odeint(lambda y, t: -k * y, [2.0], [0.0, 1.0], full_output=True)
    assert abs(y[-1, 0].item() - 2.0 * np.exp(-1.3)) < 1e-6 and "successful" in said["message"]
    at_once = lambda p: solve_ivp(lambda t, y: p[0] * y, (0.5, p[1]), [2.0]).y[0, -1]
    value, g = jt.value_and_grad(at_once)(np.array([1.5, 0.5]))
    np.testing.assert_allclose([value, *g], [2.0, 0.0, 3.0])
    solve = lambda p, **more: solve_ivp(lambda t, y: p * y**2, (0.0, 2.0), [1.0], **more).y[0, -1]
    single = lambda k: np.sum(solve_ivp(lambda t, y: -k * y, (0.0, 1.0), [2.0], t_eval=[0.5, 1.0]).y)
    value, g = jt.value_and_grad(single)(np.float32(1.3))
    assert g.dtype == np.float32 and abs(value - 2 * (np.exp(-0.65) + np.exp(-1.3))) < 2e-3 and abs(g + np.exp(-0.65) + 2 * np.exp(-1.3)) < 2e-3
    with pytest.raises(jt.GradientError, match="Radau"):
        jt.grad(lambda p: solve(p, method="BDF"))(1.0)
    with pytest.raises(RuntimeError, match="step size"):
        jt.grad(solve)(1.0)
    with pytest.raises(jt.GradientError, match=r"shape \(2,\) for a state of shape \(1,\)"):
        jt.grad(lambda p: solve_ivp(lambda t, y: np.stack([p, p]), (0.0, 1.0), [1.0]).y[0, -1])(1.0)
    with pytest.raises(ValueError, match="discrete"):
        jt.grad(lambda p: solve(p, adjoint="backwards"))(1.0)


@pytest.mark.parametrize("method", ["BDF", "LSODA"])
def test_methods_without_derivatives_take_tensors_that_ask_for_none(method: str) -> None:
    f = lambda solve, y0: solve(lambda t, y: -y, (0.0, 1.0), y0, method=method).y
    found = f(solve_ivp, jt.tensor([1.0, 2.0]))
    assert isinstance(found, jt.Tensor) and np.array_equal(found.numpy(), f(theirs.solve_ivp, np.array([1.0, 2.0])))
    with pytest.raises(jt.GradientError, match=f"not with '{method}'"):
        f(solve_ivp, jt.tensor([1.0, 2.0], requires_grad=True))


def test_no_time_at_all() -> None:
    """SciPy then finds none of the times that were asked for."""
    f = lambda solve, y0, t1: np.sum(solve(lambda t, y: -y, (1.0, t1), y0, t_eval=[1.0]).y)
    at = np.array([2.0, 3.0])
    F = jt.record(lambda y0, t1: f(solve_ivp, y0, t1), at, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for t1 in (1.0, 1.5, 1.0):
            assert F(at, t1) == f(theirs.solve_ivp, at, t1)
            assert jt.grad(lambda y0: f(solve_ivp, y0, t1))(at).tolist() == [float(t1 > 1)] * 2  # noqa: B023
        assert f(solve_ivp, jt.tensor(at), 1.0).item() == 0.0
