"""The examples with Fourier transforms and complex matrices beside JAX: values and gradients to 1e-10."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jittape as jt
import jittape.numpy as jnp

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / name), run_name="example")


def cases() -> dict[str, tuple[Any, Any]]:
    """Functions of (argument, module of NumPy's functions), and arguments."""
    waves, films, control, flow = map(load, ("40_deconvolution.py", "41_thin_films.py", "42_quantum_control.py", "43_navier_stokes.py"))
    _, kernel, measured = waves["problem"](128)
    wavelength, thickness = np.linspace(420.0, 680.0, 7), 60.0 + 10.0 * np.sin(np.arange(6))
    state, target = control["ground_state"](-1.0), control["ground_state"](1.0)
    path, vorticity = 0.7 * np.sin(np.arange(6.0)), flow["problem"](16)
    ended = flow["flow"](vorticity, 3, np=np)
    return {
        "deconvolution": (lambda z, np: waves["misfit"](z[:128], z[128:], measured, np), np.concatenate([measured, kernel + 0.1j])),
        "thin films": (lambda h, np: films["loss"](h, wavelength, np), thickness),
        "quantum control": (lambda p, np: control["infidelity"](p, state, target, 0.5, np), path),
        "Navier-Stokes": (lambda w, np: flow["misfit"](w, ended, 3, np), 0.9 * vorticity),
    }


@pytest.mark.parametrize("name", ["deconvolution", "thin films", "quantum control", "Navier-Stokes"])
def test_beside_jax(name: str) -> None:
    jax = pytest.importorskip("jax")
    f, x = cases()[name]
    with jax.enable_x64(True):
        value, gradient = jax.jit(jax.value_and_grad(lambda x: f(x, jax.numpy)))(x)
        assert gradient.dtype == x.dtype
        for found in (jt.value_and_grad(lambda x: f(x, jnp))(x), jt.record(lambda x: f(x, jnp), x).value_and_grad(x)):
            assert abs(float(found[0]) - float(value)) <= 1e-10 * abs(float(value))
            assert np.abs(found[1] - np.asarray(gradient)).max() <= 1e-10 * np.abs(gradient).max()
        assert abs(f(x, np) - float(value)) <= 1e-10 * abs(float(value))
