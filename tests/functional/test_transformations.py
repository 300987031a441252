"""has_aux, jacfwd, jacrev, elementwise_grad, custom_jvp, custom_vjp; dataclasses and registered classes as containers; tree's functions."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import jittape as jt

X = np.array([0.5, 2.0])


def aux(x: Any) -> Any:
    return np.sum(x**3), {"twice": 2 * x, "name": "kept", "none": None}


def test_has_aux_of_every_driver() -> None:
    """The result is that without it, and what else was returned beside it, as plain values."""
    f = lambda x: aux(x)[0]
    calls = {
        "grad": lambda f, **k: jt.grad(f, **k)(X),
        "jacobian": lambda f, **k: jt.jacobian(f, **k)(X),
        "jacfwd": lambda f, **k: jt.jacfwd(f, **k)(X),
        "jacrev": lambda f, **k: jt.jacrev(f, **k)(X),
        "hessian": lambda f, **k: jt.hessian(f, **k)(X),
        "hvp": lambda f, **k: jt.hvp(f, **k)(X, X),
    }
    for name, call in calls.items():
        found, rest = call(aux, has_aux=True)
        np.testing.assert_array_equal(found, call(f), err_msg=name)
        assert rest["twice"].tolist() == [1.0, 4.0] and rest["name"] == "kept" and rest["none"] is None
    (value, rest), g = jt.value_and_grad(aux, has_aux=True)(X)
    assert value == f(X) and rest["twice"].tolist() == [1.0, 4.0] and g.tolist() == (3 * X**2).tolist()
    out, tangent, rest = jt.jvp(aux, (X,), (X,), has_aux=True)
    assert out == f(X) and tangent == np.sum(3 * X**3) and rest["twice"].tolist() == [1.0, 4.0]
    out, pull, rest = jt.vjp(aux, X, has_aux=True)
    assert out == f(X) and pull(2.0)[0].tolist() == (6 * X**2).tolist() and rest["name"] == "kept"


def test_what_is_returned_beside_is_recorded_in_a_recording() -> None:
    h = lambda x: np.sum(jt.grad(aux, has_aux=True)(x)[1]["twice"] * jt.grad(aux, has_aux=True)(x)[0])
    assert jt.grad(h)(X).tolist() == pytest.approx((18 * X**2).tolist())
    with pytest.raises(TypeError, match="has_aux: .* returns"):
        jt.grad(lambda x: np.sum(x), has_aux=True)(X)


def test_errors_that_the_function_catches_are_still_seen() -> None:
    def f(x: Any) -> Any:
        try:
            y = 1 / x
        except ZeroDivisionError:
            y = 3.0 * x
        return y, 1

    assert jt.grad(f, has_aux=True)(0.0) == (3.0, 1)


def test_elementwise_grad() -> None:
    np.testing.assert_allclose(jt.elementwise_grad(np.sin)(X), np.cos(X))
    assert jt.elementwise_grad(lambda a, b: a * b, 1)(X, 3.0) == 2.5


# --- rules of one's own ------------------------------------------------------------------------------------------------------


@jt.custom_jvp
def scaled(p: Any, x: Any) -> Any:
    return {"r": np.array([p["w"][0] * x[0], p["w"][1] * x[1]], float), "s": float(sum(x))}


@scaled.defjvp
def _scaled(primals: Any, tangents: Any) -> Any:
    (p, x), (dp, dx) = primals, tangents
    return scaled(p, x), {"r": dp["w"] * x + p["w"] * dx, "s": np.sum(dx)}


def test_a_rule_for_tangents_of_containers() -> None:
    """The function itself converts its arguments, so that nothing of it could be recorded."""
    f = lambda w: np.sum(scaled({"w": w}, X)["r"] ** 2) + scaled({"w": w}, w)["s"]
    w = np.array([3.0, 4.0])
    np.testing.assert_allclose(jt.grad(f)(w), 2 * w * X**2 + 1)
    np.testing.assert_allclose(jt.hessian(f)(w), np.diag(2 * X**2))
    np.testing.assert_allclose(jt.jvp(f, (w,), (X,))[1], (2 * w * X**2 + 1) @ X)
    F = jt.record(f, w)
    np.testing.assert_allclose(F.grad(X), 2 * X**3 + 1)
    np.testing.assert_allclose(F.batch_grad(np.stack([w, X])), [2 * w * X**2 + 1, 2 * X**3 + 1])
    assert scaled({"w": w}, X)["s"] == 2.5


def test_one_rule_an_argument() -> None:
    @jt.custom_jvp
    def f(x: Any, y: Any) -> Any:
        return np.sin(x) * y

    f.defjvps(lambda t, out, x, y: np.cos(x) * y * t, None)
    assert jt.grad(f, (0, 1))(0.5, 2.0) == (pytest.approx(2 * np.cos(0.5)), 0.0)


def test_a_rule_for_adjoints() -> None:
    calls = []

    @functools.partial(jt.custom_vjp, nondiff_argnums=(0,))
    def call(f: Any, x: Any) -> Any:
        return f(x)

    def fwd(f: Any, x: Any) -> Any:
        calls.append(1)
        return f(x), x

    call.defvjp(fwd, lambda f, x, g: (g * 10 * x,))
    assert jt.grad(lambda x: call(np.sin, x))(0.5) == 5.0 and calls
    assert jt.grad(jt.grad(lambda x: call(np.sin, x)))(0.5) == 10.0
    assert call(np.sin, 0.5) == np.sin(0.5)
    assert call(f=np.cos, x=0.5) == np.cos(0.5)


def test_methods_have_rules() -> None:
    class Wave:
        k = 3.0

        @functools.partial(jt.custom_vjp, nondiff_argnums=(0,))
        def at(self, x: Any) -> Any:
            return np.sin(self.k * x)

        at.defvjp(lambda self, x: (self.at(x), x), lambda self, x, g: (self.k * g,))

    assert jt.grad(Wave().at)(0.3) == 3.0


def test_rules_of_the_wrong_form() -> None:
    bare = jt.custom_jvp(lambda x: x)
    with pytest.raises(TypeError, match="defjvp"):
        jt.grad(bare)(1.0)
    bare.defjvp(lambda primals, tangents: tangents[0])
    with pytest.raises(TypeError, match=r"returns \(result, its tangent\)"):
        jt.grad(bare)(1.0)
    other = jt.custom_vjp(lambda x: x)
    alone = jt.custom_vjp(lambda x: x)
    alone.defvjp(lambda x: x, lambda kept, g: (g,))
    with pytest.raises(TypeError, match=r"fwd of <lambda> returns \(result, what bwd needs\)"):
        jt.grad(lambda x: np.sum(alone(x)))(X)
    with pytest.raises(TypeError, match=r"defvjp\(fwd, bwd\)"):
        jt.grad(other)(1.0)
    other.defvjp(lambda x: (x, None), lambda kept, g: g)
    with pytest.raises(TypeError, match="a tuple of 1 adjoints"):
        jt.grad(other)(1.0)
    other.defvjp(lambda x: (x, None), lambda kept, g: ({"a": g},))
    with pytest.raises(TypeError, match="the arguments' structure"):
        jt.grad(other)(1.0)


# --- containers --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layer:
    w: Any
    b: Any
    name: str = "first"
    size: int = 2
    table: Any = field(default=None, metadata={"static": True})


class Pair:
    def __init__(self, a: Any, b: Any, unit: str) -> None:
        self.a, self.b, self.unit = a, b, unit


jt.tree.register(Pair, lambda p: ((p.a, p.b), p.unit), lambda unit, parts: Pair(*parts, unit))


def test_dataclasses_and_registered_classes() -> None:
    """Texts, integers and fields that are said to be static are part of the structure."""
    layers = [Layer(np.ones((2, 2)), np.zeros(2), table="t"), Layer(np.eye(2), X)]
    f = lambda layers, x: np.sum((layers[1].w @ np.tanh(layers[0].w @ x + layers[0].b) + layers[1].b) ** 2)
    g = jt.grad(f)(layers, X)
    assert isinstance(g[0], Layer) and g[0].name == "first" and g[0].size == 2 and g[0].table == "t" and g[1].w.shape == (2, 2)
    flat, unravel = jt.tree.ravel_pytree(layers)
    np.testing.assert_allclose(jt.tree.ravel_pytree(g)[0], jt.grad(lambda v: f(unravel(v), X))(flat))
    F = jt.record(f, layers, X, argnums=0)
    np.testing.assert_allclose(F.grad(layers, X)[0].w, g[0].w)
    with pytest.raises(ValueError, match="structure|Layer"):
        F.grad([Layer(np.ones((2, 2)), np.zeros(2), name="other", table="t"), layers[1]], X)
    p = jt.grad(lambda p: p.a * p.b if p.unit == "m" else p.a)(Pair(2.0, 3.0, "m"))
    assert isinstance(p, Pair) and (p.a, p.b, p.unit) == (3.0, 2.0, "m")
    with pytest.raises(TypeError, match="takes a class"):
        jt.tree.register(3, None, None)  # type: ignore[arg-type]


def test_functions_of_trees() -> None:
    tree = {"a": X, "b": (1.0, [Layer(2.0, None)])}
    assert [np.sum(x) for x in jt.tree.leaves(tree)] == [2.5, 1.0, 2.0]
    twice = jt.tree.map(lambda x, y: x + y, tree, tree)
    assert twice["a"].tolist() == [1.0, 4.0] and twice["b"][1][0].w == 4.0
    with pytest.raises(ValueError, match="trees of one structure"):
        jt.tree.map(lambda x, y: x, tree, {"a": X})
    flat, unravel = jt.tree.ravel_pytree(tree)
    assert flat.tolist() == [0.5, 2.0, 1.0, 2.0]
    assert jt.grad(lambda v: unravel(v)["b"][0] * unravel(v)["a"][1])(flat).tolist() == [0.0, 1.0, 2.0, 0.0]
    with pytest.raises(ValueError, match="a vector of 4 numbers"):
        unravel(X)
