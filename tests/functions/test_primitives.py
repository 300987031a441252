"""Functions with derivative rules of their own."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.interpolate
import scipy.sparse
import scipy.special as sp
from numba import njit
from numba.extending import get_cython_function_address

import jittape as jt
from jittape.errors import DerivativeLostError, GradientError, RecordingError
from jittape.integrate.scipy import minimize
from jittape.testing import check_grad

X = np.array([0.7, 1.3, 2.1])


def lambert(x):
    return np.real(sp.lambertw(x))


def _lambert_slope(x):
    w = lambert_w(x)
    return w / (x * (1.0 + w))


lambert_w = jt.primitive(lambert, partials=[_lambert_slope])


@jt.primitive(partials=(lambda x, n: n * x ** (n - 1.0), None))
def power(x, n):
    assert isinstance(n, int)
    return x**n


@jt.primitive(vjp=lambda g, out, a, b: (np.outer(g, b), a.T @ g))
def product(a, b):
    return a @ b


@jt.primitive(jvp=lambda t, out, a, b: t[0] @ b + a @ t[1])
def forward_product(a, b):
    return a @ b


@jt.primitive(vjp=lambda g, out, x: (g[0] * np.cos(x) + g[1] * 2.0 * x.sum(),))
def two(x):
    return np.sin(x), x.sum() ** 2


def test_partials_of_an_elementwise_function():
    want = sp.lambertw(X).real / (X * (1 + sp.lambertw(X).real))
    np.testing.assert_allclose(jt.grad(lambda x: np.sum(lambert_w(x)))(X), want, rtol=1e-14)
    assert jt.grad(lambert_w)(1.3) == pytest.approx(want[1], rel=1e-14)
    np.testing.assert_array_equal(lambert_w(X), lambert(X))
    check_grad(lambda x: np.sum(lambert_w(x) ** 2 * x), X, order=2)


def test_operands_are_broadcast():
    hyp = jt.primitive(lambda x, y: np.hypot(x, y), partials=(lambda x, y: x / np.hypot(x, y), lambda x, y: y / np.hypot(x, y)))
    a, b = X[:, None], np.array([0.4, 0.9])
    got = jt.grad(lambda a, b: np.sum(hyp(a, b) ** 3), argnums=(0, 1))(a, b)
    want = jt.grad(lambda a, b: np.sum(np.hypot(a, b) ** 3), argnums=(0, 1))(a, b)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-13)


def test_integers_stay_integers():
    assert jt.grad(lambda x: np.sum(power(x, 3)))(X).tolist() == pytest.approx((3 * X**2).tolist())
    assert jt.hessian(lambda x: np.sum(power(x, 2)))(X).diagonal().tolist() == [2.0] * 3
    with pytest.raises(RecordingError, match="beyond 32 bits"):
        jt.grad(lambda x: power(x, 2**40))(2.0)


@pytest.mark.parametrize("f", [product, forward_product])
def test_matrices_by_either_rule(f):
    a, b = np.arange(6.0).reshape(2, 3), X

    def total(a, b, f=f):
        return np.sum(f(a, b) ** 2)

    def plain(a, b):
        return np.sum((a @ b) ** 2)

    for g, w in zip(jt.grad(total, argnums=(0, 1))(a, b), jt.grad(plain, argnums=(0, 1))(a, b), strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-13)
    np.testing.assert_allclose(jt.hessian(total, argnums=1)(a, b), jt.hessian(plain, argnums=1)(a, b), rtol=1e-12)
    tangent = jt.jvp(total, (a, b), (np.ones((2, 3)), X))[1]
    assert tangent == pytest.approx(jt.jvp(plain, (a, b), (np.ones((2, 3)), X))[1], rel=1e-13)
    np.testing.assert_allclose(jt.jacobian(lambda b: f(a, b))(X), a, rtol=1e-14)


def test_tuples_of_results():
    def total(x):
        s, q = two(x)
        return np.sum(s * x) + q**2

    check_grad(total, X, order=2)


def test_recorded_and_replayed():
    f = jt.record(lambda x: np.sum(lambert_w(x) * product(np.outer(x, x), x)), X)
    plain = jt.grad(lambda x: np.sum(lambert_w(x) * (np.outer(x, x) @ x)))
    rows = np.stack([X, 1.1 * X, X[::-1]])
    for x in rows:
        np.testing.assert_allclose(f.grad(x), plain(x), rtol=1e-13)
    np.testing.assert_allclose(f.batch_grad(rows), [plain(x) for x in rows], rtol=1e-12)
    np.testing.assert_allclose(f.hessian(X), jt.hessian(lambda x: np.sum(lambert_w(x) * (np.outer(x, x) @ x)))(X), rtol=1e-11)


def test_saved_and_loaded(tmp_path):
    f = jt.record(lambda x: np.sum(power(x, 3)), X)
    f.save(tmp_path / "f.jt")
    np.testing.assert_array_equal(jt.load(tmp_path / "f.jt").grad(X), f.grad(X))


def test_tensors():
    x = jt.tensor(X, requires_grad=True)
    lambert_w(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), sp.lambertw(X).real / (X * (1 + sp.lambertw(X).real)), rtol=1e-14)
    np.testing.assert_array_equal(lambert_w(jt.tensor(X)).numpy(), lambert(X))


def test_functions_that_store_into_their_arguments():
    def worse(x):
        y = x * 2.0
        x[...] = 7.0
        return y

    f = jt.primitive(worse, vjp=lambda g, out, x: 2.0 * g)
    with pytest.raises(RecordingError, match="stores into its array 0"):  # called with plain numbers, 7 is what x is afterwards
        jt.grad(lambda x: np.sum(f(x) * x))(X)

    def rule(g, out, x):
        g *= 2.0
        out[...] = x[...] = 7.0
        return g

    f = jt.primitive(lambda x: x * 2.0, vjp=rule)
    assert jt.grad(lambda x: np.sum(f(x) * x))(X).tolist() == (4.0 * X).tolist()


def test_errors():
    with pytest.raises(TypeError, match="needs a rule"):
        jt.primitive(lambert)
    with pytest.raises(TypeError, match="not both"):
        jt.primitive(lambert, vjp=lambda g, out, x: g, partials=[np.cos])
    with pytest.raises(TypeError, match="one function an argument"):
        jt.primitive(lambert, partials=np.cos)
    with pytest.raises(TypeError, match="takes a function"):
        jt.primitive(3.0, partials=[np.cos])
    wrong = jt.primitive(lambda a, b: a * b, vjp=lambda g, out, a, b: g * b)
    with pytest.raises(GradientError, match=r"one adjoint an argument \(2\)"):
        jt.grad(lambda x: np.sum(wrong(x, x)))(X)
    shape = jt.primitive(lambda a: np.sum(a), vjp=lambda g, out, a: g)
    with pytest.raises(GradientError, match=r"shape \(\) for array 0 of shape \(3,\)"):
        jt.grad(shape)(X)
    missing = jt.primitive(lambda a, b: a * b, partials=[lambda a, b: b])
    with pytest.raises(GradientError, match="2 arguments and has 1 partials"):
        jt.grad(lambda x: np.sum(missing(x, x)))(X)
    named = jt.primitive(lambda a, how: a, partials=[lambda a, how: 1.0, None])
    with pytest.raises(RecordingError, match="argument 1 .* is str"):
        jt.grad(lambda x: named(x, "fast"))(1.0)
    assert jt.grad(lambda x: np.sum(lambert_w(x)))(X).shape == (3,)  # nothing is left behind


# --- in Numba functions ----------------------------------------------------------------------------------------------------------


@njit
def bisected(a):
    """The root of x**3 + x = a, whose steps have no derivative."""
    low, high = -10.0, 10.0
    while high - low > 1e-14:
        middle = 0.5 * (low + high)
        if middle**3 + middle < a:
            low = middle
        else:
            high = middle
    return low


root = jt.primitive(bisected, vjp=njit(lambda g, x, a: g / (3.0 * x**2 + 1.0)))


@njit
def smoothed(x, n):
    y = np.zeros_like(x)
    for i in range(x.size):
        y[i] = n * x[i] * x[x.size - 1 - i]
    return y


smooth = jt.primitive(smoothed, vjp=lambda g, out, x, n: (n * (g + g[::-1]) * x[::-1], None))


@njit
def by_function(x):
    return bisected(x[0]) * x[1] + np.sum(smoothed(x, 2) * x) + bisected(2.0)


@njit
def by_primitive(x):
    s = 0.0
    for v in x:
        s += root(v * x[0])
    return s + smooth(x, 3)[0]


python_only = jt.primitive(lambda x, n: float(sp.hyp2f1(1.0, n, 2.0, x)), partials=[lambda x, n: 0.5 * n * sp.hyp2f1(2.0, n + 1.0, 3.0, x), None])


@njit
def with_python(x):
    return python_only(x[0] / 4.0, 2) * x[1]


def differences(f, x, h=1e-5):
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(x.size)])


@pytest.mark.parametrize("f", [by_function, by_primitive])
def test_in_numba_functions(f):
    value, g = jt.value_and_grad(f)(X)
    assert value == pytest.approx(f(X), rel=1e-14)
    want = differences(f, X)
    np.testing.assert_allclose(g, want, rtol=1e-7)
    np.testing.assert_allclose(jt.native.grad(f)(X), want, rtol=1e-7)
    recorded = jt.record(f, X)
    np.testing.assert_allclose(recorded.grad(1.1 * X), differences(f, 1.1 * X), rtol=1e-7)
    h = jt.hessian(f)(X)
    np.testing.assert_allclose(h, differences(jt.grad(f), X), rtol=1e-5, atol=1e-5)


def test_functions_of_python_in_numba_functions():
    want = differences(lambda x: float(sp.hyp2f1(1.0, 2, 2.0, x[0] / 4.0)) * x[1], X)
    np.testing.assert_allclose(jt.grad(with_python)(X), want, rtol=1e-7, atol=1e-9)

    @njit
    def of_array(x):
        return np.sum(lambert_w(x))

    with pytest.raises(RecordingError, match=r"function of Python.*called with arrays"):
        jt.grad(of_array)(X)

    @njit
    def of_text(x):
        return python_only(x[0], "two")

    with pytest.raises(RecordingError, match="argument 1 of the primitive"):
        jt.grad(of_text)(X)


ADDRESS = get_cython_function_address("scipy.special.cython_special", "pdtr")
poisson = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)(ADDRESS)
jt.primitive(poisson, partials=[None, lambda k, m: -(m**k) * np.exp(-m) / sp.gamma(k + 1.0)])


@njit
def by_pointer(x):
    return poisson(2.0, x[1]) * x[0]


def test_pointers_to_compiled_functions():
    np.testing.assert_allclose(jt.grad(by_pointer)(X), differences(by_pointer, X), rtol=1e-8, atol=1e-10)


CACHED = """
import numba, numpy as np, jittape as jt, json

@numba.njit(cache=True)
def inner(x):
    return np.floor(8.0 * x) / 8.0

jt.primitive(inner, partials=[lambda x: 1.0])

@numba.njit(cache=True)
def f(x):
    return inner(x[0]) * x[1]

print(json.dumps(jt.grad(f)(np.array([0.3, 2.0])).tolist()))
"""


def test_code_from_the_disk_calls_primitives(tmp_path):
    (tmp_path / "cached.py").write_text(CACHED)
    env = {**os.environ, "PYTHONPATH": str(Path(jt.__file__).parents[1]), "NUMBA_CACHE_DIR": ""}
    for _ in range(2):
        done = subprocess.run([sys.executable, "cached.py"], env=env, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert json.loads(done.stdout) == [2.0, 0.25]


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x * (1.0 + 2.0j), "returned complex128"),
        (lambda x: None, "returned object"),
    ],
)
def test_functions_that_no_rule_describes_are_refused(f, message):
    p = jt.primitive(f, vjp=lambda g, out, x: g)
    with pytest.raises(RecordingError, match=message):
        jt.grad(lambda x: np.sum(p(x)))(X)


@pytest.mark.parametrize("f", [np.sum, lambda x: (x, x)])
def test_partials_are_for_functions_that_work_element_by_element(f):
    p = jt.primitive(f, partials=[np.ones_like])
    with pytest.raises(GradientError, match="give vjp= instead"):
        jt.grad(lambda x: np.sum(np.stack(p(x)) if isinstance(p(x), tuple) else p(x)))(X)


def test_a_replay_refuses_a_result_of_another_shape():
    p = jt.primitive(lambda x: x[:1] if x[0] < 0.0 else x, vjp=lambda g, out, x: g)
    f = jt.record(lambda x: np.sum(p(x)), X)
    with pytest.raises(RecordingError, match="a recording keeps shapes"):
        f(-X)
    np.testing.assert_array_equal(f.grad(X), np.ones(X.size))


def test_functions_and_rules_may_differentiate_others():
    p = jt.primitive(lambda x: jt.grad(lambda y: np.sum(y**3))(x), vjp=lambda g, out, x: g * jt.grad(lambda y: np.sum(3.0 * y**2))(x))
    np.testing.assert_allclose(jt.grad(lambda x: np.sum(p(x)))(X), 6.0 * X)
    np.testing.assert_allclose(jt.record(lambda x: np.sum(p(x)), X).grad(2.0 * X), 12.0 * X)


def test_hessians_after_a_point_where_the_rule_fails():
    def rule(g, out, x):
        if x[0] < 0.0:
            raise ValueError("no derivative here")
        return 3.0 * g * x * x

    p = jt.primitive(lambda x: x**3, vjp=rule)
    for of in ("hessian", "sparse_hessian"):
        f = jt.record(lambda x: np.sum(p(x)), X)
        f(-X)
        found = getattr(f, of)(X)
        np.testing.assert_allclose(found if of == "hessian" else found.toarray(), np.diag(6.0 * X))
    f = jt.record(lambda x: np.sum(p(x)), X)
    f(-X)
    np.testing.assert_allclose(f.hvp(X, X), 6.0 * X * X)


@njit
def small(a):
    return 2.0 * a


@jt.primitive(partials=[lambda a: 2.0])
def checked(a):
    if a > 5.0:
        raise ValueError("too large")
    return 2.0 * a


@njit
def stores_first(x, s):
    x[0] = s
    return 2.0 * x


jt.primitive(stores_first, vjp=lambda g, out, x, s: (2.0 * g, 2.0 * g[0]))


def test_native_errors_of_primitives_are_those_of_python():
    @njit
    def f(x):
        return checked(x[0]) * x[1]

    g = jt.grad(f)
    for _ in range(2):
        np.testing.assert_array_equal(g(np.array([1.0, 3.0])), [6.0, 2.0])
        with pytest.raises(ValueError, match="too large"):
            g(np.array([6.0, 3.0]))

    @njit
    def stores(x):
        y = 1.0 * x
        z = stores_first(y, x[1])
        return np.sum(z * y)

    with pytest.raises(RecordingError, match="stores into its array 0"):
        jt.grad(stores)(X)


def test_rules_stated_later_are_for_functions_compiled_later():
    def function():
        @njit
        def f(x):
            return small(x[0])

        return f

    jt.primitive(small, partials=[lambda a: 2.0])
    assert jt.grad(function())(X)[0] == 2.0
    jt.primitive(small, partials=[lambda a: 7.0])
    assert jt.grad(function())(X)[0] == 7.0


def test_functions_with_a_rule_are_differentiated_by_it():
    slope = 1.0 / (3.0 * bisected(10.0) ** 2 + 1.0)
    assert jt.grad(bisected)(10.0) == pytest.approx(slope, rel=1e-12)
    assert jt.grad(root)(10.0) == pytest.approx(slope, rel=1e-12)
    assert jt.native.grad(bisected)(10.0) == pytest.approx(slope, rel=1e-12)
    assert jt.native.grad(root)(10.0) == pytest.approx(slope, rel=1e-12)
    assert jt.record(bisected, 9.0).grad(10.0) == pytest.approx(slope, rel=1e-12)
    assert jt.grad(lambda a: jt.native.wrap(bisected)(a))(10.0) == pytest.approx(slope, rel=1e-12)
    assert jt.hessian(bisected)(10.0) == pytest.approx((jt.grad(bisected)(10.0 + 1e-5) - jt.grad(bisected)(10.0 - 1e-5)) / 2e-5, rel=1e-6)


def test_rules_that_are_stated_later():
    inner = njit(lambda x: x * x)
    outer = njit(lambda x: 2.0 * inner(x))
    g = jt.grad(outer)
    assert g(3.0) == jt.native.grad(outer)(3.0) == 12.0
    jt.primitive(inner, partials=[lambda x: 7.0])
    assert g(3.0) == jt.grad(outer)(3.0) == jt.native.grad(outer)(3.0) == jt.record(outer, 3.0).grad(3.0) == 14.0


def test_a_linear_map_and_its_transpose_have_every_order():
    a = scipy.sparse.csr_matrix(np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 1.0]]))
    product = jt.primitive(lambda x: a @ np.asarray(x), vjp=lambda g, out, x: transposed(g))
    transposed = jt.primitive(lambda g: a.T @ np.asarray(g), vjp=lambda h, out, g: product(h))
    f = lambda x: np.sum(product(x) ** 2)  # noqa: E731
    want = 2.0 * a.T @ a.toarray()
    np.testing.assert_allclose(jt.hessian(f)(X), want)
    np.testing.assert_allclose(jt.record(f, X).hessian(X), want)
    check_grad(f, X, order=2)
    assert np.abs(minimize(f, X).fun) < 1e-9


def test_a_spline_as_a_primitive_has_every_order():
    s = scipy.interpolate.CubicSpline(np.arange(4.0), np.arange(4.0) ** 3)
    with pytest.raises(DerivativeLostError, match="from jittape.scipy import interpolate"):
        jt.grad(lambda x: np.sum(s(x)))(X)

    def differentiable(s, orders=3):
        return jt.primitive(s, partials=[differentiable(s.derivative(), orders - 1) if orders else s.derivative()])

    s = differentiable(s)
    f = lambda x: np.sum(s(x))  # noqa: E731
    np.testing.assert_allclose(jt.record(f, X).hessian(X), np.diag(6.0 * X))
    np.testing.assert_allclose(jt.jacobian(jt.hessian(f))(X)[0, 0, 0], 6.0)
    check_grad(f, X, order=2)


def test_a_rule_of_first_order_says_what_a_hessian_asks_for():
    a = scipy.sparse.csr_matrix(np.eye(3))
    product = jt.primitive(lambda x: a @ x, vjp=lambda g, out, x: a.T @ np.asarray(g, float))
    f = lambda x: np.sum(product(x) ** 2)  # noqa: E731
    np.testing.assert_allclose(jt.grad(f)(X), 2.0 * X)
    for second in (lambda: jt.hessian(f)(X), lambda: jt.record(f, X).hessian(X), lambda: minimize(f, X)):
        with pytest.raises(DerivativeLostError, match="its vjp cannot be recorded: call a primitive in it"):
            second()
    s = jt.primitive(lambda x: np.asarray(x, float) ** 2, partials=[lambda x: 2.0 * np.array(x, float)])
    with pytest.raises(DerivativeLostError, match="its partial derivative cannot be recorded"):
        jt.hessian(lambda x: np.sum(s(x)))(X)
