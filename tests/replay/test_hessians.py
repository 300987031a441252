"""Second and third derivatives against other engines and mpmath: HIPS/autograd and JAX on drawn functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sp
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from naive import function
from operations import DIFFERENTIABLE, draw, exact_partial, free, recorded

import jittape as jt
from jittape.ops.spec import Op

N = 5
M = np.random.default_rng(7).normal(size=(N, N)) / 2
PLACES = np.array([0, 3, 3, 1, 4])


def scalars(np: Any, v: Any, c: float) -> Any:
    """Number by number, in a Python loop."""
    out = []
    for i in range(N):
        a, b = v[i], v[(i + 2) % N]
        out.append(a * b / (1.0 + a * a) + np.sin(c * b))
    return np.stack(out)


STEPS: dict[str, Callable[[Any, Any, float], Any]] = {
    "linear": lambda np, v, c: M @ v - c,
    "neighbours": lambda np, v, c: v * np.roll(v, 1) + c * v,
    "bell": lambda np, v, c: np.exp(-v * v + c),
    "sine": lambda np, v, c: np.sin(v + c) * v,
    "saturation": lambda np, v, c: np.tanh(v) + np.arctan(c * v[::-1]),
    "root": lambda np, v, c: np.sqrt(1.0 + v * v) - c * v,
    "quotient": lambda np, v, c: v / (1.5 + np.cos(v + c)),
    "logarithm": lambda np, v, c: np.log(1.0 + v * v) * (v[::-1] + c),
    "powers": lambda np, v, c: v**3 / (1.0 + np.abs(v) ** 3) + c * v**2,
    "sums": lambda np, v, c: np.cumsum(v) / (2.0 + np.sum(v * v)) + c,
    "gather": lambda np, v, c: v[PLACES] * v + c * v[PLACES],
    "choice": lambda np, v, c: np.where(v > c, v * v, np.sin(v)),
    "larger": lambda np, v, c: np.maximum(v * v, c + v),
    "parts": lambda np, v, c: np.concatenate([v[2:] ** 2, v[:2] * c]),
    "outer": lambda np, v, c: np.outer(v, v + c) @ v / (1.0 + np.dot(v, v)),
    "solve": lambda np, v, c: np.linalg.solve(np.outer(np.tanh(v), np.sin(v)) + 3.0 * np.eye(N), v + c),
    "determinant": lambda np, v, c: v * np.log(np.linalg.det(np.outer(np.tanh(v), np.arctan(v)) + 2.0 * np.eye(N))) + c,
    "soft maximum": lambda np, v, c: np.logaddexp(v, c * v[::-1]),
    "product": lambda np, v, c: v + c * np.prod(np.cos(v)),
    "scalars": scalars,
}
RESULTS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "sum": lambda np, v, x: np.sum(v * x),
    "square": lambda np, v, x: np.sum(v) ** 2,
    "element": lambda np, v, x: v[1] * v[3],
    "log-sum-exp": lambda np, v, x: np.log(np.sum(np.exp(np.arctan(v)))),
}


class Program:
    """A function of five numbers: steps one after the other, and a number of them; with whatever NumPy it is given."""

    def __init__(self, steps: list[tuple[str, float]], result: str) -> None:
        self.steps, self.result = steps, result
        self.__name__ = "program"

    def of(self, np: Any) -> Callable[[Any], Any]:
        def program(x: Any) -> Any:
            v = x
            for name, c in self.steps:
                v = STEPS[name](np, v, c)
            return RESULTS[self.result](np, v, x)

        return program

    def __repr__(self) -> str:
        return f"Program({self.steps}, {self.result!r})"


PROGRAMS = st.builds(Program, st.lists(st.tuples(st.sampled_from(list(STEPS)), st.sampled_from([0.5, -0.25, 1.0])), min_size=1, max_size=4),
                     st.sampled_from(list(RESULTS)))  # fmt: skip
POINTS = st.lists(st.floats(-1.5, 1.5, allow_subnormal=False), min_size=N, max_size=N).map(np.array)


def away_from_kinks(program: Program, x: Any) -> bool:
    """Whether no choice of the program is a near tie, where conventions and rounding decide."""
    v = x
    for name, c in program.steps:
        gap = {"choice": v - c, "larger": v * v - c - v, "powers": v}.get(name)
        if gap is not None and np.min(np.abs(gap)) < 1e-6:
            return False
        v = STEPS[name](np, v, c)
    return True


def close(got: Any, want: Any) -> None:
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-10 * max(1.0, np.max(np.abs(want))))


def hessians(program: Program, x: Any, other: Any) -> dict[str, Any]:
    """The Hessian at x by every way there is; recorded at another point."""
    f = program.of(np)
    F = jt.record(f, other)
    sparse = F.sparse_hessian(other)
    return {
        "record": F.hessian(x),
        "function": jt.hessian(f)(x),
        "products": F.hvp(x, np.eye(N)),
        "sparse": F.sparse_hessian(x).toarray(),
        "sparse, refilled": F.sparse_hessian(x, out=sparse).toarray(),
        "batch": F.batch_hessian(np.stack([other, x]))[1],
    }


@given(PROGRAMS, POINTS, POINTS)
@examples(25)
def test_hessians_of_drawn_functions_are_those_of_autograd(program: Program, x: Any, other: Any) -> None:
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    if not away_from_kinks(program, x):
        return
    want = autograd.hessian(program.of(anp))(x)
    for way, got in hessians(program, x, other).items():
        try:
            close(got, want)
        except AssertionError as e:
            raise AssertionError(f"{way}: {e}") from None


@given(PROGRAMS, POINTS)
@examples(2)  # each compiles for seconds
def test_hessians_of_drawn_functions_are_those_of_jax(program: Program, x: Any) -> None:
    jax = pytest.importorskip("jax")
    import jax.numpy as jnp

    if not away_from_kinks(program, x):
        return
    with jax.enable_x64(True):
        want = np.asarray(jax.hessian(program.of(jnp))(jnp.asarray(x)))
    assert want.dtype == np.float64
    close(jt.record(program.of(np), x).hessian(x), want)


@given(PROGRAMS, POINTS)
@examples(20)
def test_patterns_of_drawn_functions_hold_every_entry(program: Program, x: Any) -> None:
    """A sparse Hessian has a place for every entry that is not zero, and its pattern does not depend on the point."""
    F = jt.record(program.of(np), x)
    first, second = F.sparse_hessian(x), F.sparse_hessian(np.linspace(-1.0, 1.0, N))
    assert (first.indices == second.indices).all() and (first.indptr == second.indptr).all()
    stored = np.zeros((N, N), bool)
    stored[np.repeat(np.arange(N), np.diff(first.indptr)), first.indices] = True
    assert stored[F.hessian(x) != 0].all()


@given(PROGRAMS, POINTS)
@examples(15)
def test_create_graph_twice_is_the_hessian_of_autograd(program: Program, x: Any) -> None:
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    if not away_from_kinks(program, x):
        return
    t = jt.tensor(x, requires_grad=True)
    (g,) = jt.autograd.grad(program.of(np)(t), t, create_graph=True, allow_unused=True)
    v = np.linspace(0.5, 1.5, N)
    (h,) = jt.autograd.grad((g * v).sum(), t, allow_unused=True)
    close(np.zeros(N) if h is None else h.numpy(), autograd.hessian(program.of(anp))(x) @ v)


@pytest.mark.parametrize(("f", "point", "want"), [
    (np.logaddexp, [0.5, 0.5], [[0.25, -0.25], [-0.25, 0.25]]),
    (np.logaddexp2, [3.0, 3.0], np.log(2) * np.array([[0.25, -0.25], [-0.25, 0.25]])),
    (np.logaddexp, [np.inf, np.inf], [[0.0, 0.0], [0.0, 0.0]]),
    (np.power, [2.0, 0.0], [[0.0, 0.5], [0.5, np.log(2) ** 2]]),
    (np.power, [0.0, 2.0], [[2.0, 0.0], [0.0, 0.0]]),
    (sp.xlogy, [0.0, 2.0], [[0.0, 0.5], [0.5, 0.0]]),
    (sp.xlog1py, [0.0, 2.0], [[0.0, 1 / 3], [1 / 3, 0.0]]),
])  # fmt: skip
def test_second_derivatives_where_a_first_one_is_a_special_case(f: Any, point: list[float], want: Any) -> None:
    """At ties, zero exponents and zero factors a first derivative is written down apart; second ones are what they are around."""
    x = np.array(point)
    for g in (lambda x: f(x[0], x[1]), lambda x: np.sum(f(x[:1], x[1:]))):
        np.testing.assert_allclose(jt.hessian(g)(x), want, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(jt.record(g, np.ones(2)).hessian(x), want, rtol=1e-13, atol=1e-13)


# --- third derivatives -----------------------------------------------------------------------------------------------------


def third(y: Any, x: Any) -> float:
    """The third derivative of a sum by create_graph=True three times."""
    for order in range(3):
        if order and not y.requires_grad:  # the derivative of a polynomial, which is constant
            return 0.0
        (y,) = jt.autograd.grad(y.sum(), x, create_graph=True, allow_unused=True)
        if y is None:
            return 0.0
    return float(y.sum().item())


SMOOTH = [op for op in DIFFERENTIABLE if op.name not in ("where", "heaviside", "clip")]
THIRD = {"sincn": 1e-7, "jv": 1e-8, "iv": 1e-9, "polygamma": 1e-9}
"""Tolerance, relative and absolute; 1e-9 where none is given."""
TENSORS = ("erf", "lgamma", "gamma", "digamma", "sigmoid", "i0", "j0", "xlogy")
"""Operations of SciPy whose functions are called with tensors, too."""


@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)
def test_create_graph_three_times_is_the_third_derivative_of_mpmath(op: Op) -> None:
    """By jittape.grad three times; and where tensors take the operation's function, by create_graph=True three times."""
    point = [float(x[0]) for x in draw(op, 1, seed=11)]
    f, xs = recorded(op, point)  # type: ignore[arg-type]
    tolerance = THIRD.get(op.name, 1e-9)
    for i, p in enumerate(free(op)):
        order = tuple(3 if q == p else 0 for q in range(op.arity))
        with mp.workdps(60):
            want = exact_partial(op, point, *order)
        got = jt.grad(jt.grad(jt.grad(f, argnums=i), argnums=i), argnums=i)(*xs)
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance, err_msg=f"{op.name}, operand {p}")
        if op.numpy and not op.numpy.startswith("scipy") or op.name in TENSORS:
            x = jt.tensor(point[p], requires_grad=True)
            y = function(op)(*[x if q == p else z for q, z in enumerate(point)])
            np.testing.assert_allclose(third(y, x), want, rtol=tolerance, atol=tolerance, err_msg=f"{op.name}, operand {p}")


COMPOSITES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "exp(sin x) / (1 + x^2)": (lambda x: np.exp(np.sin(x)) / (1 + x * x), lambda x: mp.exp(mp.sin(x)) / (1 + x * x)),
    "x^x": (lambda x: x**x, lambda x: x**x),
    "log(1 + x^2) tanh x": (lambda x: np.log(1 + x**2) * np.tanh(x), lambda x: mp.log(1 + x**2) * mp.tanh(x)),
    "sqrt(x + sqrt x)": (lambda x: np.sqrt(x + np.sqrt(x)), lambda x: mp.sqrt(x + mp.sqrt(x))),
    "arctan(1/x) cosh x": (lambda x: np.arctan(1 / x) * np.cosh(x), lambda x: mp.atan(1 / x) * mp.cosh(x)),
    "Newton's square root": (lambda x: _newton(x), lambda x: mp.sqrt(x)),
    "a continued fraction": (lambda x: _fraction(x), lambda x: _fraction(x)),
    "1 / (1 + exp(-x^3))": (lambda x: 1 / (1 + np.exp(-(x**3))), lambda x: 1 / (1 + mp.exp(-(x**3)))),
}


def _newton(x: Any) -> Any:
    y = x
    for _ in range(12):
        y = (y + x / y) / 2.0
    return y


def _fraction(x: Any) -> Any:
    y = x
    for k in range(8):
        y = x + (k + 1) / y
    return y


@pytest.mark.parametrize("name", COMPOSITES)
def test_third_derivatives_of_composites(name: str) -> None:
    f, exact = COMPOSITES[name]
    for at in (0.4, 1.3):
        x = jt.tensor(at, requires_grad=True)
        with mp.workdps(60):
            want = float(mp.diff(exact, mp.mpf(at), 3))
        assert third(f(x), x) == pytest.approx(want, rel=1e-9, abs=1e-9)
        assert jt.grad(jt.grad(jt.grad(f)))(at) == pytest.approx(want, rel=1e-9, abs=1e-9)


def test_mixed_third_derivatives() -> None:
    """d3 f / dx dx dy and d3 f / dx dy dy of a function of two variables."""
    exact = lambda x, y: mp.exp(x * y) * mp.sin(x + y * y) / y  # noqa: E731
    x, y = jt.tensor(0.7, requires_grad=True), jt.tensor(1.2, requires_grad=True)
    f = np.exp(x * y) * np.sin(x + y * y) / y
    (fx,) = jt.autograd.grad(f, x, create_graph=True)
    fxx, fxy = jt.autograd.grad(fx, (x, y), create_graph=True)
    for found, order in ((jt.autograd.grad(fxx, y, create_graph=True), (2, 1)), (jt.autograd.grad(fxy, y, create_graph=True), (1, 2))):
        assert found[0].item() == pytest.approx(float(mp.diff(exact, (0.7, 1.2), order)), rel=1e-10)


@pytest.mark.parametrize("at", [0, 2])
def test_a_matrix_that_is_refused_is_one_of_the_points(at: int) -> None:
    X = np.tile([2.0, 1.0, 2.0], (3, 1))
    X[at] = -1.0
    square = lambda p: np.stack([np.stack([p[0], p[1]]), np.stack([p[1], p[2]])])  # noqa: E731
    for f in (lambda p: np.sum(np.linalg.solve(square(p), np.ones(2)) ** 2), lambda p: np.sum(np.linalg.cholesky(square(p)) ** 3)):
        F = jt.record(f, np.array([2.0, 1.0, 2.0]))
        for call in (lambda: F.batch_hessian(X), lambda: F.batch_hvp(X, X)):
            with pytest.raises(np.linalg.LinAlgError) as caught:
                call()
            assert caught.value.__notes__ == [f"at point {at} of the batch"]
        assert F.batch_hessian(X[[1, 1]]).shape == (2, 3, 3)


def test_a_call_of_a_number_beside_products_of_matrices() -> None:
    cube = jt.primitive(lambda a: a**3, vjp=lambda g, out, a: 3 * a * a * g, jvp=lambda t, out, a: 3 * a * a * t)

    def f(x: Any) -> Any:
        return cube(np.sum(x)) * np.sum((x @ np.outer(x, x)) @ np.ones((3, 3)))

    x = np.array([0.3, -1.1, 0.7])
    s, q = x.sum(), x @ x  # f is 3 q s^4
    exact = 3 * (12 * q * s**2 + 8 * s**3 * np.add.outer(x, x) + 2 * s**4 * np.eye(3))
    np.testing.assert_allclose(jt.record(f, np.ones(3)).hessian(x), exact, rtol=1e-12)
