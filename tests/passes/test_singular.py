"""Second derivatives at lengths of zero: the limit where there is one, else NaN, never a zero that hides it; by every route."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from scipy.special import xlogy

import jittape as jt

I = np.eye(3)  # noqa: E741
NAN = np.nan
ELSEWHERE = np.array([0.3, 0.4, 0.5])


def routes(f: Callable[[Any], Any], x: np.ndarray) -> dict[str, np.ndarray]:
    """The Hessian by every route; recorded at the point, and elsewhere."""
    here, there = jt.record(f, x.copy()), jt.record(f, ELSEWHERE)
    t = jt.tensor(x, requires_grad=True)
    (g,) = jt.autograd.grad(f(t), t, create_graph=True)
    rows = [jt.autograd.grad(g[i], t, retain_graph=True, allow_unused=True)[0] if g[i].requires_grad else None for i in range(3)]
    return {
        "hessian": jt.hessian(f)(x),
        "jacobian of the gradient": jt.jacobian(jt.grad(f))(x),
        "gradient of gradients": np.array([jt.grad(lambda y, e=e: np.sum(jt.grad(f)(y) * e))(x) for e in I]),
        "hvp": np.array([jt.hvp(f)(x, e) for e in I]),
        "recorded here": here.hessian(x),
        "recorded there": there.hessian(x),
        "products": np.array([there.hvp(x, e) for e in I]),
        "sparse": there.sparse_hessian(x).toarray(),
        "batch": there.batch_hessian(np.stack([ELSEWHERE, x, 2 * x, x]))[3],
        "batch of products": there.batch_hvp(np.stack([ELSEWHERE, x, x, x])[1:], I),
        "tensors": np.array([np.zeros(3) if r is None else r.numpy() for r in rows]),
    }


def scaled(r: Any) -> Any:
    return (1.0 + 1.7 * r) * np.exp(-1.7 * r)


LIMITS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "norm squared": (lambda x: np.linalg.norm(x) ** 2, 2 * I),
    "norm times norm": (lambda x: np.linalg.norm(x) * np.linalg.norm(x), 2 * I),
    "root of a sum of squares": (lambda x: np.sqrt(np.sum(x**2)) ** 2, 2 * I),
    "root of products": (lambda x: np.sqrt(np.sum(x * x)) ** 2, 2 * I),
    "root of a dot product": (lambda x: np.sqrt(x @ x) ** 2, 2 * I),
    "root of scalars": (lambda x: np.sqrt(x[0] ** 2 + x[1] ** 2 + x[2] * x[2]) ** 2, 2 * I),
    "hypot": (lambda x: np.hypot(x[0], x[1]) ** 2 + x[2] ** 2, 2 * I),
    "hypot of hypot": (lambda x: np.hypot(np.hypot(x[0], x[1]), x[2]) ** 2, 2 * I),
    "kernel of a distance": (lambda x: scaled(np.linalg.norm(x)), -(1.7**2) * I),
    "Gaussian of a distance": (lambda x: np.exp(-0.5 * np.linalg.norm(x) ** 2), -I),
    "pseudo Huber": (lambda x: np.sqrt(1.0 + np.linalg.norm(x) ** 2), I),
    "cosh": (lambda x: np.cosh(2.0 * np.linalg.norm(x)), 4 * I),
    "r tanh r": (lambda x: np.linalg.norm(x) * np.tanh(np.linalg.norm(x)), 2 * I),
    "cube": (lambda x: np.linalg.norm(x) ** 3, 0 * I),
    "rows": (lambda x: np.sum(np.linalg.norm(np.stack([x, 2 * x, 0 * x + 1]), axis=1) ** 2), 10 * I),
    "Frobenius": (lambda x: np.linalg.norm(np.stack([x, x])) ** 2, 4 * I),
    "matrix norm": (lambda x: np.linalg.matrix_norm(np.stack([x, x])) ** 2, 4 * I),
    "vector norm": (lambda x: np.linalg.vector_norm(x, axis=0, keepdims=True)[0] ** 2, 2 * I),
    "norm of order three, cubed": (lambda x: np.linalg.norm(x, 3) ** 3, 0 * I),
    "deviation squared": (lambda x: np.std(x) ** 2, 2 / 3 * (I - 1 / 3)),
    "deviation squared, nan": (lambda x: np.nanstd(x) ** 2, 2 / 3 * (I - 1 / 3)),
    "root to the fourth": (lambda x: np.sum(np.sqrt(x) ** 4), 2 * I),
    "roots of multiples and sums to the fourth": (lambda x: np.sqrt(2.0 * x[0]) ** 4 + np.sqrt(x[1] + x[2] + x[1] ** 2) ** 4, [[8, 0, 0], [0, 2, 2], [0, 2, 2]]),
    "cosh of a root of a function": (lambda x: np.sum(np.cosh(np.sqrt(np.sin(3.0 * x)))), 0.75 * I),
    "power of the size of a sum of squares": (lambda x: np.abs(x @ x) ** 1.5 + np.abs(np.sum(x**2)) ** 1.25, 0 * I),
    "powers of larger ones": (lambda x: np.sum(np.maximum(x, 0.0) ** 2.5 + np.maximum(x, -1.0) ** 2 + np.maximum(x + 1.0, 0.0) ** 1.5), 2.75 * I),
    "cosh of a root": (lambda x: np.sum(np.cosh(np.sqrt(x))), I / 12),
    "a length written twice": (lambda x: (1.0 + np.linalg.norm(x)) * np.exp(-np.linalg.norm(x)), -I),
    "a root written twice": (lambda x: (1.0 + np.sqrt(2.0 * (x @ x))) * np.exp(-np.sqrt(2.0 * (x @ x))), -2 * I),
    "roots of scalars written twice": (lambda x: np.hypot(x[0], x[1]) * np.sin(np.hypot(x[0], x[1])) + x[2] ** 2, 2 * I),
    "a factor of second order": (lambda x: x[0] ** 2 * np.linalg.norm(x), 0 * I),
    "norm times norm of the negative": (lambda x: np.linalg.norm(x) * np.linalg.norm(-x), 2 * I),
    "norms of differences": (lambda x: np.linalg.norm(x - x[0] * np.arange(3.0)) * np.linalg.norm(x[0] * np.arange(3.0) - x), [[12, -2, -4], [-2, 2, 0], [-4, 0, 2]]),
    "power of a sum of squares": (lambda x: (x @ x) ** 1.5 + np.sum(x**2) ** 1.25, 0 * I),
    "powers not taken": (lambda x: np.sum(np.where(x > 0, np.abs(x) ** 1.5 + np.abs(x) ** 0.75, x * x)), 2 * I),
    "sizes of squares": (lambda x: np.sum(np.abs(x) ** 2.5 + np.abs(x) * x), 0 * I),
    "root squared": (lambda x: np.sum(np.sqrt(x) ** 2), 0 * I),
    "a choice not taken": (lambda x: np.sum(np.where(x > 0, np.sqrt(x), x * x)), 2 * I),
    "a norm not taken": (lambda x: np.where(x[0] > 0, np.linalg.norm(x), np.sum(x**2)), 2 * I),
    "a length that is zero everywhere": (lambda x: np.linalg.norm(x - x) * np.exp(x[0]) + np.hypot(x[0] - x[0], 0.0 * x[1]) + x @ x, 2 * I),
    "a deviation from itself": (lambda x: x[1] * np.linalg.norm(x[:1] - np.mean(x[:1])) + x @ x, 2 * I),
    "deviations of one number": (lambda x: np.sum(np.nanstd(x[:, None], axis=1) + np.std(x[:, None], axis=1)) * x[2] + np.nanstd(x[0]) + x @ x, 2 * I),
    "deviations of one number three times": (lambda x: np.sum(np.std(np.stack([x, x, x]), axis=0) * x[::-1]) + x @ x, 2 * I),
    "lengths of which some are zero everywhere": (lambda x: np.sum(np.linalg.norm(np.stack([x - x, x]), axis=1) ** 2), 2 * I),
    "a constant factor of zero": (lambda x: np.sum(np.zeros(3) * np.sqrt(x)) + x @ x, 2 * I),
}
NONE: dict[str, Callable[[Any], Any]] = {
    "norm": np.linalg.norm,
    "hypot": lambda x: np.hypot(x[0], x[1]) + np.hypot(x[1], x[2]),
    "arctan2": lambda x: np.arctan2(x[0], x[1]) + np.arctan2(x[1], x[2]),
    "deviation": np.std,
    "two norms": lambda x: np.linalg.norm(x) * np.linalg.norm(x + x[::-1]),
    "sum of norms, squared": lambda x: np.sum(np.linalg.norm(np.stack([x, 2 * x]), axis=1)) ** 2,
    "norm of order three, squared": lambda x: np.linalg.norm(x, 3) ** 2,
    "square under a norm": lambda x: np.linalg.norm(x**2),
    "squares under a length": lambda x: np.hypot(x[0] ** 2, x[1] * x[2]),
    "deviation of squares": lambda x: np.std(x * x),
    "a factor that is zero": lambda x: x[0] * np.linalg.norm(x),
    "a factor that is zero, of a root": lambda x: x[0] * np.sqrt(x @ x),
    "a factor that is zero, of a deviation": lambda x: np.std(x) * np.sum(x),
    "two lengths of parts": lambda x: np.linalg.norm(x[:2]) * np.linalg.norm(x[1:]),
    "a size of a product": lambda x: np.abs(np.linalg.norm(x) * np.std(x)),
    "root of a sum of squares": lambda x: np.sqrt(np.sum(x**2)),
    "power of a length": lambda x: np.linalg.norm(x) ** 1.5,
    "low power of a sum of squares": lambda x: (x @ x) ** 0.75,
    "cube root of a sum of squares": lambda x: np.cbrt(x @ x) + np.cbrt(np.sum(x**2)) ** 2,
    "xlogy of squares": lambda x: xlogy(x @ x, x @ x),
    "lengths of which one is zero everywhere": lambda x: np.sum(np.linalg.norm(np.stack([x - x, x]), axis=1)),
    "sum of roots": lambda x: np.sqrt(x @ x) + np.sqrt(np.sum(x * x)),
}
PARTLY: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "lengths of parts": (lambda x: np.linalg.norm(x[:2]) + x[2] ** 2, [[NAN, NAN, 0], [NAN, NAN, 0], [0, 0, 2]]),
    "a factor": (lambda x: (5.0 + x[2]) * np.sqrt(x[:2] @ x[:2]), [[NAN, NAN, NAN], [NAN, NAN, NAN], [NAN, NAN, 0]]),
    "a factor of another variable": (lambda x: x[2] * np.linalg.norm(x[:1]), [[NAN, 0, NAN], [0, 0, 0], [NAN, 0, 0]]),
    "roots": (lambda x: np.sqrt(x[0]) + np.linalg.norm(x[1:]), [[-np.inf, 0, 0], [0, NAN, NAN], [0, NAN, NAN]]),
    "cube roots": (lambda x: np.cbrt(x[0]) + 2.0 * np.cbrt(x[1]) + np.cbrt(x[2] + 1.0), np.diag([-np.inf, -np.inf, -2 / 9])),
    "power of sizes": (lambda x: np.abs(x[0]) ** 1.5 + np.sqrt(np.abs(x[1])) ** 3 + xlogy(np.abs(x[2]), np.abs(x[2])), np.diag([NAN] * 3)),
    "powers of larger and smaller ones": (lambda x: np.maximum(x[0], -x[0]) ** 1.5 + np.maximum(x[1], 0.0) ** 1.25 * np.exp(x[1]) + (1e-3 - np.minimum(x[2], 0.0)) ** 1.5, [[NAN, 0, 0], [0, NAN, 0], [0, 0, 0.1875 * 1000**0.5]]),
    "power of a size": (lambda x: (2.0 + x[2]) * np.abs(x[0] * x[1]) ** 1.25, [[NAN, NAN, 0], [NAN, NAN, 0], [0, 0, 0]]),
    "low powers": (lambda x: (2.0 * x[0]) ** 0.75 + (x[1] + x[2] ** 2) ** 0.75 + (3.0 * x[0]) ** 1.5, [[NAN, 0, 0], [0, -np.inf, NAN], [0, NAN, NAN]]),
    "products of roots": (lambda x: np.sqrt(x[0]) ** 2 * np.sqrt(x[1]) ** 2, [[NAN, NAN, 0], [NAN, NAN, 0], [0, 0, 0]]),
}  # of the last one, the limit is not found

NOT_COMPARED = ("deviations of one number three times", "products of roots")
"""Rounding decides whether a length is zero; first derivatives are conventions that routes differentiate in two orders."""
OF_POSITIVE = ("low powers",)


MEET = {"hypot": [[0, 1], [1, 2]], "arctan2": [[0], [1], [2]]}
"""Variables of one length."""
INFINITE = ("root of a sum of squares", "cube root of a sum of squares", "sum of roots", "low power of a sum of squares")
"""Whose gradient is NaN: square roots that are not known to be lengths."""


@pytest.mark.parametrize("name", LIMITS)
def test_the_limit(name: str) -> None:
    f, want = LIMITS[name]
    x = np.zeros(3)
    for route, found in routes(f, x).items():
        np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-12, err_msg=route)
    np.testing.assert_allclose(jt.hessian(f)(ELSEWHERE), jt.record(f, x).hessian(ELSEWHERE), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", NONE)
def test_no_limit(name: str) -> None:
    """Every element says so, whatever else is zero, and the gradient of a norm is zero, as PyTorch's."""
    f, x = NONE[name], np.zeros(3)
    for route, found in routes(f, x).items():
        meet = [[0, 1, 2]] if name not in MEET else MEET[name]
        assert all(np.isnan(found[np.ix_(m, m)]).all() for m in meet), route
    if name in INFINITE:
        return
    np.testing.assert_array_equal(jt.grad(f)(x), np.zeros(3))
    np.testing.assert_array_equal(jt.grad(lambda y: np.sum(jt.grad(f)(y) * 0.0) + np.sum(y))(x), np.ones(3))


@pytest.mark.parametrize("name", PARTLY)
def test_no_limit_for_some(name: str) -> None:
    f, want = PARTLY[name]
    for route, found in routes(f, np.zeros(3)).items():
        np.testing.assert_allclose(found, want, atol=1e-12, err_msg=route)


def test_what_was_found_holds_at_other_points() -> None:
    """Recorded where a length is zero and where it has a limit, called where it has none, and the other way round."""
    def f(x: Any) -> Any:
        return x[0] ** 2 * np.linalg.norm(x[1:])

    none, some = np.array([1.0, 0.0, 0.0]), np.zeros(3)
    for first, second in ((none, some), (some, none)):
        F = jt.record(f, first)
        for x in (first, second, ELSEWHERE):
            want = jt.hessian(f)(x)
            np.testing.assert_allclose(F.hessian(x), want, rtol=1e-10)
            np.testing.assert_allclose(F.hvp(x, I), want, rtol=1e-10)
            assert np.isnan(want).sum() == (8 if x is none else 0)


@pytest.mark.parametrize("name", [name for table in (LIMITS, NONE, PARTLY) for name in table if name not in NOT_COMPARED])
def test_what_was_found_where_a_length_is_zero_holds_nowhere_else(name: str) -> None:
    """Whatever point comes first, each has the Hessian that a recording there has: all places of zeros, in a drawn order, at one point and in a batch."""
    f = (LIMITS.get(name) or PARTLY.get(name) or (NONE.get(name),))[0]
    points = np.array(list(itertools.product((0.0, 0.3), repeat=3)) + [[-0.4, 0.3, 0.0], [-0.4, -0.4, -0.3]] * (name not in OF_POSITIVE))
    points = np.random.default_rng(len(name)).permutation(points)
    want = [jt.hessian(f)(x) for x in points]
    F = jt.record(f, points[-1], max_paths=100)
    found = {"products": [F.hvp(x, I) for x in points], "hessian": [F.hessian(x) for x in points]}
    found["batch"] = jt.record(f, points[-1], max_paths=100).batch_hessian(points)
    for route, hessians in found.items():
        np.testing.assert_allclose(hessians, want, rtol=1e-9, atol=1e-9, err_msg=route)


def test_steps_stand_still() -> None:
    """What is rounded has no derivative of any order: a length of it, or of its products with zero, is zero everywhere; until it jumps."""
    def f(x: Any) -> Any:
        r = np.round(x)
        return np.linalg.norm(np.ptp(r * x, keepdims=True)) + np.linalg.norm(r - np.floor(x + 0.5)) + np.linalg.norm(np.where(r, x, 0.0)) + x @ x

    small = np.array([-0.09, 0.08, -0.01])
    for route, found in routes(f, small).items():
        np.testing.assert_array_equal(found, 2 * I, err_msg=route)

    def g(x: Any) -> Any:
        return np.linalg.norm((np.round(x[0]) - 2.0) * x[1:])

    F = jt.record(g, np.array([2.1, 0.5, 0.7]))
    for x, zeros in (([2.2, 0.5, 0.7], 9), ([1.0, 0.0, 0.0], 5), ([2.0, 0.0, 0.0], 9), ([0.9, 0.3, 0.4], 5), ([0.9, 0.0, 0.0], 5)):
        for found in (F.hessian(np.array(x)), F.hvp(np.array(x), I)):
            assert np.count_nonzero(found == 0.0) == zeros, x
            np.testing.assert_allclose(found, jt.hessian(g)(np.array(x)), atol=1e-12)


def test_variables_of_inner_sweeps_are_no_constants() -> None:
    """Their values may be those of a constant."""
    x = np.zeros(3)

    def f(y: Any) -> Any:
        return np.linalg.norm(y - np.zeros(3)) * np.linalg.norm(np.zeros(3) - y)

    inner = jt.record(lambda z: np.sum(jt.hessian(f)(x)) + np.sum(z), ELSEWHERE)
    assert inner(x) == pytest.approx(np.sum(jt.hessian(f)(x)), nan_ok=True)
    np.testing.assert_array_equal(np.isnan(jt.grad(lambda z: np.sum(jt.jacobian(jt.grad(np.linalg.norm))(z)))(x)), [True] * 3)


def test_gradients_inside_a_function_that_is_differentiated() -> None:
    """The value of a nested gradient at zero is the convention; recorded elsewhere, too."""
    def penalty(x: Any) -> Any:
        return np.sum(jt.grad(lambda y: np.cosh(np.linalg.norm(y)))(x) ** 2)

    def plain(x: Any) -> Any:
        return np.sum(jt.grad(np.linalg.norm)(x) ** 2) + np.sum(x)

    x = np.zeros(3)
    assert jt.grad(penalty)(x).tolist() == [0.0] * 3 and jt.value_and_grad(plain)(x)[0] == 0.0
    np.testing.assert_allclose(jt.hessian(penalty)(x), 2 * I, atol=1e-12)
    there = jt.record(penalty, ELSEWHERE)
    np.testing.assert_allclose(there.jacobian(x), np.zeros(3), atol=1e-12)
    np.testing.assert_allclose(there.hessian(x), 2 * I, atol=1e-12)
    np.testing.assert_allclose(there.grad(ELSEWHERE), jt.grad(penalty)(ELSEWHERE))


def test_some_rows_are_zero() -> None:
    """Distances between points, of which two are the same one."""
    def f(x: Any) -> Any:
        p = x.reshape(4, 2)
        return np.sum(np.linalg.norm(p[:, None] - p[None], axis=-1) ** 2 * np.arange(1.0, 17.0).reshape(4, 4))

    x = np.array([0.0, 0.0, 1.0, 2.0, 1.0, 2.0, 3.0, -1.0])
    want = jt.hessian(lambda x: np.sum(np.sum((x.reshape(4, 1, 2) - x.reshape(1, 4, 2)) ** 2, -1) * np.arange(1.0, 17.0).reshape(4, 4)))(x)
    F = jt.record(f, np.arange(8.0) ** 2)
    for found in (jt.hessian(f)(x), F.hessian(x), F.hvp(x, np.eye(8)), F.batch_hessian(np.stack([x, x + np.arange(8.0)]))[0]):
        np.testing.assert_allclose(found, want, rtol=1e-10, atol=1e-10)


def test_many_zeros_are_done_together() -> None:
    x = np.zeros((400, 2))
    v = np.random.default_rng(0).normal(size=x.shape)
    np.testing.assert_allclose(jt.hvp(lambda x: np.sum(np.cosh(np.linalg.norm(x, axis=1))))(x, v), v, rtol=1e-12)


def test_a_recorded_function_goes_on_by_elimination() -> None:
    """One point at which a length is zero does not make the others slower."""
    F = jt.record(lambda x: np.cosh(np.linalg.norm(x)), np.zeros(3))
    np.testing.assert_allclose(F.hessian(np.zeros(3)), I)
    np.testing.assert_allclose(F.hessian(ELSEWHERE), jt.hessian(lambda x: np.cosh(np.linalg.norm(x)))(ELSEWHERE))
    assert F._entries and F._entries._path.hits and not F._path.expected.size and len(F.paths) == 1


@numba.njit
def native_norm(x):  # type: ignore[no-untyped-def]
    return np.linalg.norm(x)


@numba.njit
def native_squares(x):  # type: ignore[no-untyped-def]
    return np.linalg.norm(x) ** 2 + np.std(x) ** 2 + np.hypot(x[0], x[1]) ** 2 + np.linalg.norm(x, 3) ** 3 + np.sqrt(x[0] ** 2 + x[1] ** 2) ** 2


@numba.njit
def native_kinks(x):  # type: ignore[no-untyped-def]
    return np.std(x) + np.hypot(x[0], x[1]) + np.arctan2(x[1], x[2]) + np.linalg.norm(x, 3) + np.linalg.norm(x.reshape(1, 3))


def test_numba_functions() -> None:
    x = np.zeros(3)
    for f in (native_norm, native_squares, native_kinks):
        np.testing.assert_array_equal(jt.grad(f)(x), x)
        np.testing.assert_allclose(jt.grad(f)(ELSEWHERE), jt.grad(f.py_func)(ELSEWHERE), rtol=1e-13)
        want = jt.hessian(f.py_func)(x)
        np.testing.assert_allclose(jt.hessian(f)(x), want, atol=1e-12)
        np.testing.assert_allclose(jt.record(f, ELSEWHERE).hessian(x), want, atol=1e-12)
    assert np.isnan(jt.hessian(native_norm)(x)).any(axis=1).all() and np.isfinite(jt.hessian(native_squares)(x)).all()


def test_the_deviation_of_one_number_is_zero_everywhere() -> None:
    f = lambda x: np.sum(np.std(x.reshape(1, -1), axis=0) * x) + np.sum(x**3)  # noqa: E731
    np.testing.assert_array_equal(jt.hessian(f)(np.array([1.0, 2.0])), [[6.0, 0.0], [0.0, 12.0]])


def test_powers_of_nothing() -> None:
    f = lambda x: (np.sum(x**2), np.abs(x[:0]) ** 1.5)[0]  # noqa: E731
    np.testing.assert_allclose(jt.hessian(f)(np.zeros(3)), 2 * I)


def test_a_length_that_is_zero_everywhere_where_some_numbers_are_not_chosen():
    """Whether it is rests on comparisons: a replay where they are others finds it anew."""
    F = jt.record(lambda x: np.nanstd(np.where(x > 0, x, NAN)), np.array([1.0, -1.0, -1.0]))
    for _ in range(2):
        assert not F.hessian(np.array([2.0, -1.0, -3.0])).any() and not F.hvp(np.array([2.0, -1.0, -3.0]), np.ones(3)).any()
        assert np.isnan(F.hessian(np.array([1.0, 1.0, -1.0]))[:2, :2]).all()
        assert np.isfinite(F.hessian(np.array([1.0, 2.0, -1.0]))).all()
