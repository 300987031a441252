"""What to write in place of a library's function that takes no recorded arrays, by its name."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

PROVIDERS: list[Callable[[str], str | None]] = []
"""Rooms above that have a function of their own in a library's place: asked by its full name, they say what to write."""

SPECIAL = {
    "agm": "write its iteration, a, b = (a + b) / 2, np.sqrt(a * b)",
}
"""Of ufuncs of scipy.special that have no rule: what to write with those that have one."""
MASKED = "pass the values with np.ma.filled(x, 0.0), or choose the elements by np.where(mask, ..., ...)"
WAYS = {
    "scipy.stats": "Write its formula with NumPy and scipy.special's functions, gammaln and ndtr for example",
    "scipy.special": "Write it with scipy.special's functions that are recorded; `python -m jittape functions` lists them",
    "jittape": "Tensors are for .backward(): in a function that jittape.grad, record and their kin are given, use the array as it is, and NumPy's functions",
    "scipy.integrate": "Write the steps with NumPy, a loop of Runge-Kutta steps say",
    "scipy.optimize": "A solution's derivative follows from its equations, not from the steps of the solver: jittape.implicit(residual, solver) is a solver that is differentiated so",
    "scipy.interpolate": "np.interp is recorded; another interpolation is a sum of the values by weights that depend on the place, which NumPy can write",
    "scipy.linalg": "Write it with the functions of np.linalg and jittape.scipy.linalg",
    "scipy.sparse.linalg": "Write A @ x for products, np.linalg.solve(A.toarray(), b) for solutions by small matrices; those by a large constant one "
    "are two functions of jittape.primitive, with A and with A.T",
    "scipy.sparse": "A @ x, x @ A and A.dot(x) of a plain sparse matrix A are recorded; a matrix with recorded entries is made by jittape.scipy.sparse, "
    "csr_array((A.data * x, A.indices, A.indptr)) for A * x of a number x; where x is an array, write A.toarray() * x",
    "scipy.spatial.distance": "Write the distances with NumPy, np.sqrt(np.sum((a[i] - a[j]) ** 2, axis=-1)) of plain indices i and j",
    "scipy.signal": "Write it with the functions of jittape.scipy.signal, convolve, lfilter and sosfilt among them; a filter's design and a spectrum's transform are products with plain matrices, or formulas of NumPy's functions",
    "scipy.fft": "Import it from jittape: `from jittape.scipy import fft`, or use np.fft",
    "numpy.vectorize": "Write np.stack([f(v) for v in x]), or call f with the array where its operations take one",
    "numpy.polynomial": "Write np.polyval, of the coefficients from the highest, or the recurrence",
    "numpy.ma": f"Its mask would be lost: {MASKED}",
    "numpy.testing": "Compare plain values",
    "numpy.ndenumerate": "Write a loop over np.ndindex(x.shape)",
    "numpy.random": "Draw numbers without recorded parameters, and transform them: mean + deviation * rng.standard_normal(n), low + (high - low) * rng.random(n), scale * rng.standard_exponential(n)",
    "pandas": "Take the values out, s.to_numpy(), and compute with NumPy",
    "xarray": "Take the values out, a.to_numpy(), and compute with NumPy",
    "polars": "Take the values out, s.to_numpy(), and compute with NumPy",
    "math": "The functions of `math` take floats: use NumPy's",
    "statistics": "Write it with NumPy: np.mean, np.var, np.median",
    "torch": "Write it with NumPy's functions, or make the whole function one of jittape's tensors",
    "jax": "Write it with NumPy's functions",
    "matplotlib": "Plot plain values",
}  # fmt: skip
"""By the beginning of the name, the longest first."""


def replacement(name: str) -> str:
    """What to write in place of a function, as a sentence without its full stop."""
    bare = name.rpartition(" of ")[2].removeprefix("jittape.")  # what jittape.scipy has no rule for is SciPy's own
    bare = bare if bare.startswith("scipy.") else name.rpartition(" of ")[2]
    package, _, last = bare.rpartition(".")
    for provider in PROVIDERS:
        if " of " not in name and (said := provider(bare)) is not None:  # an operator is that of an object at hand
            return said
    if package == "math" and hasattr(np, last):
        return f"The functions of `math` take floats: write np.{last}"
    if package == "scipy.linalg" and hasattr(np.linalg, last):
        return f"Write np.linalg.{last}"
    if package == "cmath" and hasattr(math, last):
        return f"Write np.{last}"
    if bare == "complex":
        return "Write x + 1j * y for complex(x, y)"
    if "." not in bare and bare in ("round", "divmod"):
        return "Write np." + bare
    known = max((k for k in WAYS if f"{bare}.".startswith(f"{k}.")), key=len, default=None)
    return WAYS[known] if known else "Write what it computes with NumPy's functions"
