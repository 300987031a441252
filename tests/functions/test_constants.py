"""Reductions of recorded arrays that hold constants only, whose elements are numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
import jittape.numpy as jnp

REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "median": np.median, "median, kept": lambda z: np.median(z, axis=0, keepdims=True), "quantile": lambda z: np.quantile(z, 0.3),
    "quantile, kept": lambda z: np.quantile(z, 0.3, keepdims=True), "percentiles": lambda z: np.percentile(z, [30, 60]),
    "nanquantile": lambda z: np.nanquantile(z, 0.2), "nanmedian": lambda z: np.nanmedian(z, keepdims=True), "max": lambda z: np.max(z, keepdims=True),
    "sort": np.sort, "ptp": lambda z: np.ptp(z, keepdims=True), "std": np.std, "norm": np.linalg.norm, "reduce": lambda z: np.hypot.reduce(z, axis=0),
}  # fmt: skip
CONSTANTS: dict[str, Callable[[Any], Any]] = {
    "three": lambda x: np.zeros_like(x) + 0.5, "one": lambda x: np.ones_like(x[:1]), "two rows": lambda x: np.full_like(np.stack([x, x]), 0.6),
    "an order": lambda x: np.zeros_like(x) + np.arange(3.0),
}  # fmt: skip


@pytest.mark.parametrize("made", CONSTANTS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_reductions_of_constants(reduction: str, made: str) -> None:
    def f(x: Any) -> Any:
        return np.sum(REDUCTIONS[reduction](CONSTANTS[made](x)) * x[0])

    x = np.array([0.3, 0.45, 0.5])
    value, gradient = jt.value_and_grad(f)(x)
    np.testing.assert_allclose(value, f(x), rtol=1e-12)
    np.testing.assert_allclose(gradient, [f(x) / x[0], 0.0, 0.0], rtol=1e-12)


def test_a_product_of_polynomials_drops_leading_zeros() -> None:
    def f(x: Any) -> Any:
        product = np.polymul(x, np.array([0.0, 2.0, 0.5]))
        return np.sum(product * np.arange(1.0, product.size + 1.0))

    F = jt.record(f, np.array([1.0, 2.0, 3.0]))
    for x in ([1.0, 2.0, 3.0], [0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]):
        p = np.array(x)
        for value in (jt.value_and_grad(f)(p)[0], F(p)):
            np.testing.assert_allclose(value, f(p), rtol=1e-12)
    np.testing.assert_allclose(jt.grad(f)(np.array([0.0, 2.0, 3.0])), [0.0, 3.0, 5.5], rtol=1e-12)


COMPUTED: dict[str, Callable[[Any, Any], Any]] = {
    "times a difference": lambda x, c: np.sum((x[:1] * (c[1:] - c[:1])) ** 2), "by a difference": lambda x, c: np.sum((x / (c[1:] - c[:1])) ** 2),
    "turned": lambda x, c: np.sum((np.outer(x, x).T * (c[1:] - c[:1]).reshape(1, 1)) ** 2), "power": lambda x, c: np.sum(x ** (c[1:] - c[:1])),
    "among nodes": lambda x, c: np.interp(0.3, np.concatenate([-c, c[:1] + 1.0]), x) ** 2,
}  # fmt: skip


@pytest.mark.parametrize("name", COMPUTED)
def test_second_derivatives_by_constants_that_are_computed(name: str) -> None:
    f, x, v = COMPUTED[name], np.array([0.5, 0.7, 1.1]), np.array([1.0, -2.0, 0.5])
    for second in (3.0, 4.0, 6.0):  # memory that one recording leaves to the next one holds other numbers
        c = np.array([1.0, second])
        H = jt.record(lambda x, c=None: f(x, c), x, c=c).hessian(x)
        found = jt.hessian(lambda x: f(x, jt.numpy.array(c)))(x)  # noqa: B023
        np.testing.assert_allclose(found, H, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(jt.hvp(lambda x: f(x, jt.numpy.array(c)))(x, v), H @ v, rtol=1e-12, atol=1e-12)  # noqa: B023


@pytest.mark.parametrize("method", ["sum()", "mean()", "max()", "std()", "round(1)", "clip(0, 1)", "cumsum()", "argmax()", "flatten()", "repeat(2)", "take(0)", "any()", "ravel()", "byteswap()"])
@pytest.mark.parametrize("made", ["np.zeros(())", "np.full_like(np.sum(x), 0.03)", "np.zeros(3)[0]", "np.zeros(3)"])
def test_methods_of_constants_without_axes(made, method):
    f = lambda np_: eval(f"lambda x: np.sum(({made}).{method}) + x.sum()", {"np": np_})  # noqa: E731, S307
    x = np.array([1.0, 2.0])
    assert jt.value_and_grad(f(jnp))(x)[0] == f(np)(x)


def test_a_module_that_another_thread_is_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    """scipy.sparse stands in sys.modules before its names are there."""
    import sys
    from types import ModuleType

    monkeypatch.setitem(sys.modules, "scipy.sparse", ModuleType("scipy.sparse"))
    x, c = np.array([0.5, 1.5]), np.array([2.0, 3.0])
    assert jt.grad(lambda y: np.sum(np.einsum("i,j->i", y, c) * y))(x).tolist() == [5.0, 15.0]
