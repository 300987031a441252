"""Models after published examples of automatic differentiation in Python: one source over `jittape.numpy` and `jittape.scipy`, and over autograd's."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from published_models import MODELS, draw

import jittape as jt
import jittape.numpy as jnp
import jittape.scipy as jsp

LOOSE = {"ode_network": 1e-5}
"""Of what goes by steps that differ between the libraries."""


@pytest.mark.parametrize("name", MODELS)
def test_a_model_with_the_imports_changed(name: str) -> None:
    f, x = MODELS[name](jnp, jsp)
    g = jt.grad(f)(x)
    v, h = draw(99, x.size), 1e-5
    slope = (float(f(x + h * v)) - float(f(x - h * v))) / (2 * h)  # of plain values: NumPy and SciPy alone
    assert g @ v == pytest.approx(slope, rel=LOOSE.get(name, 1e-6), abs=1e-9)
    F = jt.record(f, x)
    at = x * 0.9 + 0.01
    tolerance = LOOSE.get(name, 1e-9)
    np.testing.assert_allclose(F.grad(at), jt.grad(f)(at), rtol=tolerance, atol=tolerance)
    assert F(at) == pytest.approx(float(f(at)), rel=tolerance)
    np.testing.assert_allclose(F.hvp(x, v), (jt.grad(f)(x + h * v) - jt.grad(f)(x - h * v)) / (2 * h), rtol=1e-4, atol=1e-4 * max(1.0, np.abs(g).max()))


@pytest.mark.parametrize("name", MODELS)
def test_beside_autograd(name: str) -> None:
    if name == "ode_network":
        pytest.skip("autograd's odeint is refused by this SciPy's")
    autograd = pytest.importorskip("autograd")
    rooms: dict[str, Any] = {room: importlib.import_module(f"autograd.scipy.{room}") for room in ("special", "stats", "signal", "integrate")}
    f, x = MODELS[name](importlib.import_module("autograd.numpy"), SimpleNamespace(**rooms))
    ours, _ = MODELS[name](jnp, jsp)
    expected, tolerance = autograd.grad(f)(x), LOOSE.get(name, 1e-9)
    np.testing.assert_allclose(jt.grad(ours)(x), expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())
