"""The problems of W18: the functions of the examples with Fourier transforms and complex matrices, for any module with NumPy's names."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from bench.common import ROOT


class Wave(NamedTuple):
    """A function of (argument, module of NumPy's names), the argument, and what the example's file defines."""

    f: Callable[[Any, Any], Any]
    x: Any
    names: dict[str, Any]
    told: tuple[Any, ...] = ()


def in_reals(gradient: Any) -> Any:
    """A gradient as an array of real numbers, complex ones as two."""
    found = np.ascontiguousarray(gradient)
    return found.view(float) if np.iscomplexobj(found) else found


@cache
def example(name: str) -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "examples" / name), run_name="example")


def deconvolution() -> Wave:
    names = example("40_deconvolution.py")
    _, kernel, measured = names["problem"](4096)
    n = measured.size
    return Wave(lambda z, np: names["misfit"](z[:n], z[n:], measured, np), np.concatenate([measured, kernel + 0.1]), names)


def films() -> Wave:
    names, wavelength = example("41_thin_films.py"), np.linspace(420.0, 680.0, 200)
    return Wave(lambda h, np: names["loss"](h, wavelength, np), 60.0 + 10.0 * np.sin(np.arange(40)), names, (wavelength,))


def control() -> Wave:
    names = example("42_quantum_control.py")
    state, target = names["ground_state"](-2.5), names["ground_state"](2.5)
    path = np.linspace(-2.0, 2.0, 100) + 0.3 * np.sin(0.2 * np.arange(100))
    return Wave(lambda p, np: names["infidelity"](p, state, target, 4.0, np), path, names, (state, target, 4.0))


def flow() -> Wave:
    names = example("43_navier_stokes.py")
    vorticity = names["problem"](64)
    measured = names["flow"](vorticity, 10, np=np)
    return Wave(lambda w, np: names["misfit"](w, measured, 10, np), 0.9 * vorticity, names, (measured, 10))


WAVES: dict[str, Callable[[], Wave]] = {
    "deconvolution, 4,096 samples": deconvolution,
    "thin films, 40 layers, 200 wavelengths": films,
    "quantum control, 128 points, 100 steps": control,
    "Navier-Stokes, 64 x 64, 10 steps": flow,
}
