"""Taylor coefficients beside mpmath's, nested derivatives, and each other's ways."""

import mpmath
import numpy as np
import operations
import pytest
import scipy.sparse
import scipy.special as sp
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.array.array import Array, apply
from jittape.instructions import fourier
from jittape.ops import series
from jittape.ops.series import recipe
from jittape.ops.spec import BY_NAME, OPS
from jittape.scipy import special

TEN = {
    "exp(sin x)": (lambda x: np.exp(np.sin(x)), lambda x: mpmath.exp(mpmath.sin(x)), 0.7),
    "log1p(x^2)": (lambda x: np.log1p(x**2), lambda x: mpmath.log(1 + x**2), 0.9),
    "tan": (np.tan, mpmath.tan, 0.6),
    "x**x": (lambda x: x**x, lambda x: x**x, 1.3),
    "erf": (sp.erf, mpmath.erf, 0.4),
    "arctan": (lambda x: np.arctan(x * np.sqrt(1 + x)), lambda x: mpmath.atan(x * mpmath.sqrt(1 + x)), 0.5),
    "rational": (lambda x: (1 + x**3) / (2 - x + x**2) / (1 + x), lambda x: (1 + x**3) / (2 - x + x**2) / (1 + x), 0.3),
    "bessel": (lambda x: sp.j0(x) * x**2.5, lambda x: mpmath.besselj(0, x) * x**2.5, 1.7),
    "logistic": (lambda x: sp.expit(x) + np.cbrt(x), lambda x: 1 / (1 + mpmath.exp(-x)) + mpmath.cbrt(x), 0.3),
    "arcsin": (lambda x: np.log(np.arcsin(x)) * np.tanh(x), lambda x: mpmath.log(mpmath.asin(x)) * mpmath.tanh(x), 0.3),
}


@pytest.mark.parametrize("name", TEN)
def test_order_twenty_as_mpmath(name):
    f, g, x = TEN[name]
    with mpmath.workdps(60):
        expected = np.array([float(c) for c in mpmath.taylor(g, mpmath.mpf(x), 20)])
    np.testing.assert_allclose(jt.taylor(f, x, 20), expected, rtol=1e-12)
    np.testing.assert_allclose(jt.record(f, 0.4).taylor(x, 20), expected, rtol=1e-12)


def test_order_twenty_of_gamma_functions():
    x = 2.3
    log = [float(mpmath.loggamma(x)), *(float(mpmath.polygamma(k - 1, x) / mpmath.factorial(k)) for k in range(1, 21))]
    np.testing.assert_allclose(jt.taylor(sp.gammaln, x, 20), log, rtol=1e-12)
    expected = [float(mpmath.gamma(x))]
    for k in range(1, 21):
        expected.append(sum(j * log[j] * expected[k - j] for j in range(1, k + 1)) / k)
    np.testing.assert_allclose(jt.taylor(sp.gamma, x, 20), expected, rtol=1e-12)


def test_order_twenty_of_airy_functions():
    x = 0.3
    expected = [float(mpmath.airyai(x)), float(mpmath.airyai(x, derivative=1)), 0.5 * x * float(mpmath.airyai(x))]
    for k in range(1, 19):
        expected.append((x * expected[k] + expected[k - 1]) / ((k + 2) * (k + 1)))
    np.testing.assert_allclose(jt.taylor(lambda x: sp.airy(x)[0], x, 20), expected, rtol=1e-12)


UNKNOWN = {"sincn", "owens_t", "gammainc", "gammaincc", "gammainc_da", "gammainc_daa", "stdtr", "stdtr_da", "stdtr_daa", "zeta", "zetac", "zeta_ds", "zeta_dss",
           "gammaincinv", "gammainccinv", "stdtrit", "ellipkinc", "ellipkinc_dm", "ellipkinc_dmm", "ellipeinc", "ellipeinc_dm", "ellipeinc_dmm",
           *(op.name for op in OPS if op.name.startswith("betainc"))}  # fmt: skip
"""Operations whose third derivatives by a parameter are not known (NaN), and two whose oracles are slow integrals."""


def near(op, seed):
    """(a point of an operation's domain, a direction)."""
    rng = np.random.default_rng(seed)
    point, direction = [], []
    for i, interval in enumerate(op.domain):
        x = rng.uniform(interval.low, interval.high)
        while any(abs(x - a) < max(interval.gap, 0.1) for a in interval.avoid):
            x = rng.uniform(interval.low, interval.high)
        fixed = i in op.constant
        point.append(float(round(x)) if fixed and op.name != "powc" else x)
        direction.append(0.0 if fixed else rng.uniform(0.3, 1.2))
    return point, np.array(direction)


@pytest.mark.parametrize("op", [op for op in operations.DIFFERENTIABLE if op.name not in UNKNOWN], ids=lambda op: op.name)
def test_every_operation_as_mpmath(op):
    point, direction = near(op, 3)

    def f(x):
        return apply(op.code, *[point[i] if i in op.constant else x[i] for i in range(op.arity)])

    def g(t):
        return operations.MP[op.name](*[mpmath.mpf(p) + t * mpmath.mpf(d) if d else mpmath.mpf(p) for p, d in zip(point, direction, strict=True)])

    with mpmath.workdps(50):
        expected = np.array([float(c) for c in mpmath.taylor(g, 0, 5)])
    np.testing.assert_allclose(jt.taylor(f, np.array(point), 5, direction), expected, rtol=1e-11, atol=1e-13)


def test_every_operation_has_a_recipe():
    for op in OPS:
        assert recipe(op.code, (1 << op.arity) - 1, 16).blocks < 1_000, op.name


@pytest.mark.parametrize("name", ["exp", "tan", "sin", "airy_ai", "sigmoid", "erf"])
def test_systems_that_close_are_as_long_for_every_order(name):
    assert recipe(BY_NAME[name].code, 1, 8) is not recipe(BY_NAME[name].code, 1, 30)
    assert len(recipe(BY_NAME[name].code, 1, 8).steps) == len(recipe(BY_NAME[name].code, 1, 30).steps)


A = np.random.default_rng(0).normal(size=(3, 3))
S = A @ A.T + 3 * np.eye(3)
SPARSE = scipy.sparse.random(4, 3, density=0.6, random_state=1, format="csr")
WHOLE = {
    "matmul": (lambda x: (x.reshape(3, 3) @ np.sin(x.reshape(3, 3)).T)[0] @ A, 9),
    "stacks": (lambda x: np.matmul(x.reshape(2, 2, 3), A) + np.matmul(x[:4].reshape(2, 2), np.cos(x).reshape(2, 2, 3)), 12),
    "sums": (lambda x: np.sum(x.reshape(3, 3) ** 2, axis=0) + np.mean(x), 9),
    "cumsum": (lambda x: np.cumsum(np.exp(x).reshape(2, 3), axis=1), 6),
    "max": (lambda x: np.max(x.reshape(3, 3) ** 2, axis=1) - np.min(x), 9),
    "sort": (lambda x: np.sort(x**2)[::2], 5),
    "solve": (lambda x: np.linalg.solve(S + np.outer(x, x), np.sin(x)), 3),
    "inv": (lambda x: np.linalg.inv(S + np.outer(x, np.cos(x))), 3),
    "det": (lambda x: np.linalg.det(S + np.outer(x, np.sin(x))), 3),
    "slogdet": (lambda x: np.linalg.slogdet(S + np.outer(x, np.sin(x)))[1], 3),
    "cholesky": (lambda x: np.linalg.cholesky(S + np.outer(x, x)), 3),
    "sparse": (lambda x: SPARSE @ np.exp(x), 3),
    "choices": (lambda x: np.clip(x, -0.3, 0.4) * np.abs(x) + np.maximum(x, 0.1) * np.where(x > 0, x, x**2), 6),
    "norms": (lambda x: np.linalg.norm(x) + np.hypot(x[0], x[1]), 4),
    "moments": (lambda x: np.var(x) + np.prod(x) + np.std(x), 4),
    "einsum": (lambda x: np.einsum("i,j->ij", x, np.cos(x)).T.sum(0), 4),
    "powers": (lambda x: (x - 1.0) ** 3 + x**-2 + np.abs(x) ** 2.5, 3),
    "quotients": (lambda x: 1 / x[0] + x[1] / x[2] + 2.0 / (1 + x[0] ** 2), 3),
    "moved": (lambda x: np.concatenate([x[::-1], np.diff(x)]) ** 2, 4),
    "both": (lambda x: np.exp(x) ** x, 4),
}


def nested(f, x, v, order):
    """Coefficients by nested forward derivatives."""
    found, g, factor = [f(x)], lambda t: f(x + t * v), 1.0
    for k in range(1, order + 1):
        g = (lambda h: lambda t: jt.jvp(h, (t,), (1.0,))[1])(g)
        factor *= k
        found.append(g(0.0) / factor)
    return np.array(found)


@pytest.mark.parametrize("name", WHOLE)
def test_functions_of_arrays_by_every_way(name):
    f, n = WHOLE[name]
    rng = np.random.default_rng(5)
    x, v = rng.normal(size=n), rng.normal(size=n)
    expected = nested(f, x, v, 3)
    found = jt.taylor(f, x, 3, v)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)
    F = jt.record(f, np.full(n, 0.3))
    np.testing.assert_array_equal(F.taylor(x, 3, v), found)
    many = jt.taylor(f, x, 3, directions=np.stack([v, 2 * v, 0 * v]))
    factors = (2.0 ** np.arange(4)).reshape(-1, *[1] * (found.ndim - 1))
    np.testing.assert_allclose(many[1], found * factors, rtol=1e-11, atol=1e-12)
    np.testing.assert_array_equal(many[2][1:], 0.0)
    single = jt.taylor(f, x.astype(np.float32), 3, v)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, found, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in WHOLE if name not in ("solve", "inv", "det", "slogdet", "cholesky", "sparse")])
def test_coefficients_are_differentiated(name):
    f, n = WHOLE[name]
    rng = np.random.default_rng(6)
    x, v = rng.normal(size=n), rng.normal(size=n)
    higher = jt.taylor(f, x, 4, v)
    _, found = jt.jvp(lambda x: jt.taylor(f, x, 3, v), (x,), (v,))  # along v, coefficient k + 1 times k + 1
    np.testing.assert_allclose(found, higher[1:] * np.arange(1, 5).reshape(-1, *[1] * (higher.ndim - 1)), rtol=1e-10, atol=1e-11)
    by_v = jt.jacobian(lambda v: jt.taylor(f, x, 2, v)[2])(v) @ v  # of degree two in v
    np.testing.assert_allclose(by_v, 2 * higher[2], rtol=1e-10, atol=1e-11)


def test_transforms_of_fourier():
    def f(x):
        part = np.sin(x).reshape(1, 8, 1)
        first = fourier.INSTRUCTION.append(part.tape, fourier.R2C, fourier.FORWARD, 0, (8,), [(part.slots, False)], 2)
        return [Array.of_run(part.tape, s, (5,)) for s in first]

    x, v = np.linspace(0.1, 1.5, 8), np.linspace(1.0, -2.0, 8)
    re, im = jt.taylor(f, x, 3, v)
    np.testing.assert_allclose(re + 1j * im, np.fft.rfft(jt.taylor(np.sin, x, 3, v), axis=1), atol=1e-13)


def test_systems_of_equations_inside_of_recordings_are_refused():
    with pytest.raises(jt.GradientError, match="outside of a recording only"):
        jt.grad(lambda x: np.sum(jt.taylor(WHOLE["solve"][0], x, 2, np.ones(3))))(np.ones(3))


@given(st.floats(0.2, 2.0), st.floats(-2.0, 2.0), st.integers(0, 7))
@examples(10)
def test_drawn_compositions(x, a, order):
    def f(x, m):
        return m.exp(a * x) / (1 + x * x) - m.sqrt(x) * m.cos(a + x) + x ** (2.0 + a)

    with mpmath.workdps(50):
        expected = [float(c) for c in mpmath.taylor(lambda t: f(t, mpmath), mpmath.mpf(x), order)]
    np.testing.assert_allclose(jt.taylor(lambda t: f(t, np), x, order), expected, rtol=1e-9, atol=1e-10)


KINKS = {
    "abs": (np.abs, 0.0), "relu": (lambda x: np.maximum(x, 0.0), 0.0), "maximum": (lambda x: np.maximum(x, 1.0), 1.0), "clip": (lambda x: np.clip(x, 0.0, 1.0), 1.0),
    "square": (lambda x: x**2, 0.0), "cube": (lambda x: x**3, 0.0), "zeroth": (lambda x: x**0, 0.0),
    "power": (lambda x: x**2.5, 0.0), "negative": (lambda x: (x - 3.0) ** 3, 1.0), "sinc": (np.sinc, 0.0), "floor": (lambda x: np.floor(x) * x, 1.5),
    "of zero": (lambda x: 0.0**x, 2.0), "of zero to a square": (lambda x: np.power(0.0, x * x - 1.0), 1.0),
    "stop": (lambda x: jt.stop_gradient(x) * x, 1.5), "infinite": (lambda x: x * 0.0 + np.where(x > 0, x, np.sqrt(x)), 1.0),
}  # fmt: skip


@pytest.mark.parametrize("name", KINKS)
def test_kinks_are_those_of_nested_derivatives(name):
    f, x = KINKS[name]
    found, expected = jt.taylor(f, x, 3), nested(f, x, 1.0, 3)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)


def test_what_a_direction_does_not_move_has_no_part():
    f = jt.record(lambda x: x[0] ** 2 + np.sqrt(x[1]) + 1.0 / x[2], np.ones(3))
    found = f.taylor(np.array([2.0, 0.0, np.inf]), 3, np.array([1.0, 0.0, 0.0]))
    assert found.tolist() == [4.0, 4.0, 1.0, 0.0]


def test_structures_and_constants():
    found = jt.taylor(lambda d: {"a": d["x"] * np.sin(d["y"]), "b": 3.0, "m": d["x"] > 0.5}, {"x": 1.0, "y": np.ones(2)}, 2, {"x": 1.0, "y": np.zeros(2)})
    np.testing.assert_allclose(found["a"], [np.full(2, np.sin(1.0)), np.full(2, np.sin(1.0)), np.zeros(2)])
    assert found["b"].tolist() == [3.0, 0.0, 0.0]
    assert found["m"].tolist() == [1.0, 0.0, 0.0]
    assert jt.taylor(lambda x: x[:0], np.ones(2), 2, np.ones(2)).shape == (3, 0)


def test_recorded_functions_take_the_path_of_the_point():
    F = jt.record(lambda x, y, scale=2.0: scale * (x**2 if x > y else np.exp(x * y)), 2.0, 1.0, scale=2.0)
    assert F.taylor((3.0, 1.0), 2, (1.0, 0.0)).tolist() == [18.0, 12.0, 2.0]
    np.testing.assert_allclose(F.taylor((1.0, 2.0), 2, (1.0, 0.0), scale=3.0), 3.0 * np.exp(2.0) * np.array([1.0, 2.0, 2.0]))
    assert len(F.paths) == 2
    F.bind(scale=1.0)
    assert F.taylor((3.0, 1.0), 2, (1.0, 0.0)).tolist() == [9.0, 6.0, 1.0]


def test_a_loop():
    def f(x):
        y = x[0]
        for _ in range(100):
            y = y + 0.01 * (x[1] - np.sin(y))
        return y

    x, v = np.array([0.3, 1.2]), np.array([1.0, -0.5])
    F = jt.record(f, x)
    before = F.taylor(x, 6, v)
    np.testing.assert_allclose(before[:4], nested(f, x, v, 3), rtol=1e-11)


def test_tensors_of_derivatives():
    def f(x):
        return x[0] ** 2 * x[1] + np.sin(x[2] * x[0]) / x[1]

    x = np.array([1.0, 2.0, 0.5])
    value, gradient, hessian, third, fourth = jt.derivative_tensors(f, x, 4)
    assert value == f(x)
    np.testing.assert_allclose(gradient, jt.grad(f)(x), rtol=1e-12)
    np.testing.assert_allclose(hessian, jt.hessian(f)(x), rtol=1e-11)
    np.testing.assert_allclose(third, jt.jacobian(jt.hessian(f))(x), rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(fourth, jt.jacobian(jt.jacobian(jt.hessian(f)))(x), rtol=1e-9, atol=1e-10)
    found = jt.derivative_tensors(lambda x: np.stack([f(x[0]), x[0, 1] ** 3]), x[None], 3)
    assert [a.shape for a in found] == [(2,), (2, 1, 3), (2, 1, 3, 1, 3), (2, 1, 3, 1, 3, 1, 3)]
    np.testing.assert_allclose(found[3][0, 0, :, 0, :, 0], third, rtol=1e-10, atol=1e-11)
    assert [float(d) for d in jt.derivative_tensors(np.exp, 0.0, 3)] == pytest.approx([1.0] * 4)


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: jt.taylor(np.sum, np.ones(2), 2), ValueError, "needs a direction of the structure of x"),
    (lambda: jt.taylor(np.sum, np.ones(2), 2, np.ones(3)), ValueError, r"the direction of leaf 0 of x must have shape \(2\), not \(3,\)"),
    (lambda: jt.taylor(np.sum, np.ones(2), 2, {"a": np.ones(2)}), ValueError, "structure of x"),
    (lambda: jt.taylor(np.sum, np.ones(2), 2, directions=np.ones(2)), ValueError, r"\(directions, 2\), not \(2,\)"),
    (lambda: jt.taylor(np.sum, np.ones(2), 2, directions=np.ones((0, 2))), ValueError, "at least one"),
    (lambda: jt.taylor(np.sum, np.ones(2), 2, np.ones(2), directions=np.ones((1, 2))), TypeError, "not both"),
    (lambda: jt.taylor(np.sum, np.ones(2), 2, np.ones(2) * 1j), jt.GradientError, "real numbers"),
    (lambda: jt.taylor(np.exp, 1.0, -1), ValueError, "0 or more, not -1"),
    (lambda: jt.taylor(np.exp, 1.0, 2.0), TypeError, "integer"),
    (lambda: jt.taylor(np.exp, 1.0, True), ValueError, "True"),
    (lambda: jt.taylor(lambda x: np.linalg.eigh(x + x.T)[0], np.eye(2), 2, np.eye(2)), jt.GradientError, "no rule for the Taylor coefficients of eigh"),
    (lambda: jt.derivative_tensors(np.sum, [1.0, 2.0], 2), jt.GradientError, "one float or array"),
    (lambda: jt.derivative_tensors(np.sum, np.ones(2), 0), ValueError, "1 or more"),
    (lambda: jt.derivative_tensors(np.sum, np.ones(1000), 4), ValueError, "directions, more than"),
    (lambda: jt.record(np.sum, np.ones(2)).taylor(np.ones(3), 1, np.ones(3)), ValueError, "recorded for an argument of shape"),
])  # fmt: skip
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_orders_that_take_too_many_steps_are_refused(monkeypatch):
    monkeypatch.setattr(series, "MOST_STEPS", 100)
    with pytest.raises(jt.GradientError, match="spherical_jn up to order 9 take too many steps"):
        jt.taylor(lambda x: special.spherical_jn(3, x), 1.0, 9)


def test_the_memory_limit_holds():
    F = jt.record(lambda x: np.exp(x), np.ones(1000))
    jt.set_memory_limit(2_000_000)
    try:
        with pytest.raises(jt.TapeLimitError, match="Taylor coefficients"):
            F.taylor(np.ones(1000), 400, np.ones(1000))
    finally:
        jt.set_memory_limit(None)


def test_nothing_is_a_number_after_a_coefficient_that_is_none():
    """Rules of products with zeros lose a NaN; what follows it is told to be none, by every way."""

    def kinked(x):
        return np.hypot(x, 0.0)

    def root(x):
        return np.cbrt(x) ** 3

    for f, known in ((kinked, 2), (root, 3)):
        ways = [jt.taylor(f, 0.0, 6), jt.record(f, 1.0).taylor(0.0, 6), jt.taylor(f, 0.0, 6, directions=np.array([1.0, 2.0]))[1]]
        curve = np.zeros(7)
        curve[1] = 1.0
        ways.append(jt.native.taylor(f, 0.0, 6)(curve))
        for c in ways:
            assert np.isfinite(c[:known]).all() and not np.isfinite(c[known:]).any(), c
    smooth = jt.taylor(lambda x: np.stack([np.hypot(x, 0.0), np.exp(x)]), 0.0, 4)
    assert np.isnan(smooth[3, 0]) and np.isclose(smooth[3, 1], 1.0 / 6.0)
