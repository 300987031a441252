"""Recorded functions as JAX's: what its own functions of the same formula give under its transformations."""

import numpy as np
import pytest

import jittape as jt
from jittape.errors import GradientError

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

from jittape.integrate.jax import function  # noqa: E402


@pytest.fixture(autouse=True)
def doubles():
    with jax.enable_x64(True):
        yield


def f(p, x):
    return {"v": np.sin(p["w"] @ x) * p["b"], "s": np.sum(x**2) * p["b"] if x[0] > 0 else p["b"] * x[1]}


def of_jax(p, x):
    return {"v": jnp.sin(p["w"] @ x) * p["b"], "s": jnp.where(x[0] > 0, jnp.sum(x**2) * p["b"], p["b"] * x[1])}


rng = np.random.default_rng(0)
P, X = {"w": rng.normal(size=(2, 3)), "b": 1.3}, rng.normal(size=(5, 3))
assert X[0, 0] > 0 > X[1, 0]


@pytest.fixture(scope="module")
def recorded():
    return function(jt.record(f, P, X[0]))


def number(h):
    return lambda p, x: (h(p, x)["v"] ** 2).sum() * h(p, x)["s"]


def close(a, b):
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-12), a, b)


TRANSFORMATIONS = {
    "value": lambda h: h,
    "grad": lambda h: jax.grad(h, (0, 1)),
    "jit of grad": lambda h: jax.jit(jax.grad(h, (0, 1))),
    "hessian": lambda h: jax.hessian(h, (0, 1)),
    "jacrev of jacrev": lambda h: jax.jacrev(jax.jacrev(h), 1),
    "jacfwd of jacfwd of jacrev": lambda h: jax.jacfwd(jax.jacfwd(jax.jacrev(h, 1), 1), 1),
    "jvp": lambda h: lambda p, x: jax.jvp(lambda x: h(p, x), (x,), (jnp.ones(3),)),
}


LONG = {"jacrev of jacrev", "jacfwd of jacfwd of jacrev"}
"""What JAX compiles for seconds."""


@pytest.mark.parametrize("of", [pytest.param(of, marks=pytest.mark.slow) if of in LONG else of for of in TRANSFORMATIONS])
def test_transformations_on_both_branches(recorded, of):
    for x in X[:2]:
        close(*(TRANSFORMATIONS[of](number(h))(P, x) for h in (recorded, of_jax)))


@pytest.mark.parametrize("of", ["value", "jit of grad", pytest.param("jacrev of jacrev", marks=pytest.mark.slow), "jvp"])
def test_maps_over_points(recorded, of):
    close(*(jax.vmap(TRANSFORMATIONS[of](number(h)), (None, 0))(P, X) for h in (recorded, of_jax)))


def test_derivatives_of_maps_and_maps_of_maps(recorded):
    def total(h):
        return lambda p, X: (jax.vmap(lambda x: number(h)(p, x))(X) ** 2).sum()

    close(*(jax.jacfwd(jax.grad(total(h), 1), 1)(P, X) for h in (recorded, of_jax)))
    close(*(jax.vmap(lambda s: jax.vmap(lambda x: h({"w": P["w"] * s, "b": 1.0}, x))(X))(jnp.arange(3.0)) for h in (recorded, of_jax)))
    close(*(jax.lax.scan(lambda c, x: (c + number(h)(P, x), c), 0.0, X) for h in (recorded, of_jax)))


def test_float32_comes_back_as_float32():
    g = function(jt.record(lambda x: np.sum(np.exp(x)), np.ones(3)))
    found = jax.grad(g)(jnp.ones(3, jnp.float32))
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found, np.exp(1.0), rtol=1e-6)


def test_bad_input(recorded):
    with pytest.raises(TypeError, match="takes a recorded function"):
        function(f)
    with pytest.raises(ValueError, match=r"leaf 2 was recorded with shape \(3,\), called with \(4,\); for many points use jax.vmap"):
        recorded(P, jnp.ones(4))
    with pytest.raises(GradientError, match="truth values"):
        function(jt.record(lambda x: x > 0, np.ones(2)))


def test_code_of_the_array_api_is_differentiated():
    def norm(x):
        xp = x.__array_namespace__()
        return xp.sqrt(xp.sum(xp.square(x)))

    for x in (np.array([3.0, 4.0]), jnp.array([3.0, 4.0])):
        np.testing.assert_allclose(jt.grad(norm)(x), [0.6, 0.8], rtol=1e-15)
