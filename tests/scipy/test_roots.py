"""Roots of one number: values are SciPy's, derivatives those of the implicit function theorem, by every route."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize as theirs
from scipy_checks import check

import jittape as jt
from jittape.scipy import optimize

BRACKETING = ["bisect", "brenth", "brentq", "ridder", "toms748"]


def roots(module: object, name: str) -> object:
    """a, b -> the root of x**3 + a x = b, with b by args and a by the closure."""

    def f(a: object, b: object) -> object:
        return getattr(module, name)(lambda x, b: x**3 + a * x - b, -1.0, 3.0, args=(b,), xtol=1e-14)

    return f


@pytest.mark.parametrize("name", BRACKETING)
def test_roots_between_bounds(name: str) -> None:
    check(roots(optimize, name), roots(theirs, name), [(1.0, 2.0), (0.5, 3.0), (2.0, 4.0)])


@pytest.mark.parametrize(
    "call",
    [
        lambda o, a: o.newton(lambda x: x**3 - a, 1.0 + 0.0 * np.ones(2), tol=1e-13),
        lambda o, a: o.newton(lambda x, a: x**3 - a, np.ones(2), fprime=lambda x, a: 3 * x**2, args=(a,), tol=1e-13),
        lambda o, a: o.newton(lambda x: x**3 - a[1], 1.0, fprime=lambda x: 3 * x**2, fprime2=lambda x: 6 * x, tol=1e-13, full_output=True)[0],
        lambda o, a: o.root_scalar(lambda x: x**3 - a[0] * a[1], bracket=(0.0, 4.0), xtol=1e-14).root,
        lambda o, a: o.root_scalar(lambda x: (x**3 - a[0], 3 * x**2), x0=1.0, fprime=True, xtol=1e-14).root,
        lambda o, a: o.brentq(lambda x: x**3 - a[0], 0.0, 3.0, full_output=True)[1].root,
    ],
)
def test_newton_and_root_scalar(call: object) -> None:
    check(lambda a: call(optimize, a), lambda a: call(theirs, a), [(np.array([2.0, 3.0]),), (np.array([1.5, 2.5]),)], by=[0])


def test_closed_forms_to_second_order() -> None:
    cube = lambda a: optimize.brentq(lambda x: x**3 - a, 0.0, 3.0)
    a = 8.0
    assert abs(jt.grad(cube)(a) * 3 * a ** (2 / 3) - 1) < 1e-8
    assert abs(jt.grad(jt.grad(cube))(a) * -4.5 * a ** (5 / 3) - 1) < 1e-6
    assert abs(jt.grad(jt.grad(jt.grad(cube)))(a) * 2.7 * a ** (8 / 3) - 1) < 1e-4


def test_errors_are_scipys() -> None:
    cube = lambda a: optimize.brentq(lambda x: x**3 - a, 0.0, 3.0)
    F = jt.record(cube, 8.0)
    with pytest.raises(ValueError, match="different signs"):
        F(100.0)
    assert abs(F(8.0) - 2.0) < 1e-12
    with pytest.raises(ValueError, match="different signs"):
        jt.grad(cube)(100.0)
    with pytest.raises(RuntimeError, match="[Cc]onverge"):
        jt.grad(lambda a: optimize.newton(lambda x: x**2 + a, 1.0))(1.0)
    slow = jt.record(lambda a: optimize.root_scalar(lambda x: x**3 - a, bracket=(0.0, 1e6), maxiter=30, method="bisect", xtol=1e-2).root, 8.0)
    assert abs(slow(9.0) - 9 ** (1 / 3)) < 1e-2


def test_what_functions_refer_to_is_found() -> None:
    """In the closures of functions in closures, in objects whose method is solved, bound by partial."""
    import functools

    class Model:
        def __init__(self, a: object) -> None:
            self.a = a

        def residual(self, x: object) -> object:
            return x**3 - self.a

    def inner(a: object) -> object:
        g = lambda x: x**3 - a
        return optimize.brentq(lambda x: 2.0 * g(x), 0.0, 3.0)

    expected = 8.0 ** (-2 / 3) / 3
    for f in (inner, lambda a: optimize.brentq(Model(a).residual, 0.0, 3.0), lambda a: optimize.brentq(functools.partial(lambda a, x: x**3 - a, a), 0.0, 3.0)):
        assert abs(jt.grad(f)(8.0) - expected) < 1e-10
    t = jt.tensor(8.0, requires_grad=True, dtype=jt.float64)
    optimize.brentq(lambda x: x**3 - t, 0.0, 3.0).backward()
    assert abs(t.grad.item() - expected) < 1e-10
    with pytest.raises(jt.TapeMismatchError, match="pass it as an argument"):
        jt.grad(lambda a: optimize.brentq(Holder(Model(a)).residual, 0.0, 3.0))(8.0)


class Holder:
    """Has a recorded value in an object of its own, where it is not looked for."""

    def __init__(self, model: object) -> None:
        self.model = model

    def residual(self, x: object) -> object:
        return self.model.residual(x)


def test_plain_values_are_scipys_own() -> None:
    for name in BRACKETING:
        f = lambda x: np.cos(x) - x
        assert getattr(optimize, name)(f, 0.0, 1.0) == getattr(theirs, name)(f, 0.0, 1.0)
    assert optimize.newton(lambda x: x**2 - 2.0, 1.0) == theirs.newton(lambda x: x**2 - 2.0, 1.0)


def test_batches_solve_for_many_points_at_once() -> None:
    """A batch does not call the solver once a point, but for points that need it: where f decides otherwise."""
    calls = []

    def f(x: object, a: object) -> object:
        calls.append(1)
        return x**3 - a if x > 1.0 else 2.0 * (x - 1.0) + 1.0 - a

    def g(x: object, p: object) -> object:
        calls.append(1)
        return x**3 + p[0] * x - p[1]

    cube = lambda p: optimize.brentq(lambda x: g(x, p), 0.0, 10.0, xtol=1e-13)
    P = np.random.default_rng(3).uniform(0.5, 3.0, (5000, 2))
    F = jt.record(cube, P[0])
    calls.clear()
    x = F.batch_value(P)
    assert len(calls) < 50  # those of one solution at most, which is of some 15
    np.testing.assert_allclose(x**3 + P[:, 0] * x, P[:, 1], rtol=1e-12)
    slope = 3 * x**2 + P[:, 0]
    np.testing.assert_allclose(F.batch_grad(P), np.stack([-x, np.ones_like(x)], 1) / slope[:, None], rtol=1e-11)
    np.testing.assert_allclose(F.batch_value(P[:3]), [cube(p) for p in P[:3]], rtol=1e-12)
    G = jt.record(lambda a: optimize.brentq(f, 0.0, 3.0, args=(a,)), 8.0)
    a = np.linspace(0.5, 20.0, 300)
    calls.clear()
    found = G.batch_value(a)
    assert len(calls) > 300  # f decides otherwise at the lower end, at each point
    np.testing.assert_allclose(found, [theirs.brentq(f, 0.0, 3.0, args=(x,)) for x in a], rtol=1e-10)
    with pytest.raises(ValueError, match="different signs") as error:
        F.batch_value(np.array([[1.0, 1.0], [1.0, 1e9]]))
    assert "at point 1 of the batch" in str(error.value.__notes__)
    small = jt.record(cube, P[0].astype(np.float32)).batch_grad(P.astype(np.float32))
    np.testing.assert_allclose(small, np.stack([-x, np.ones_like(x)], 1) / slope[:, None], rtol=1e-3, atol=1e-4)
