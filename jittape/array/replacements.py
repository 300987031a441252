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
SPLINE = (
    "Where nodes and values are plain, call differentiable(s) in place of the spline s, where def differentiable(s, orders=3): return "
    "jittape.primitive(s, partials=[differentiable(s.derivative(), orders - 1) if orders else s.derivative()]), made once; where the values are recorded, np.interp, or a plain matrix of the basis at the places times the values"
)
WAYS = {
    "scipy.stats": "Write its formula with NumPy and scipy.special's functions, gammaln and ndtr for example",
    "scipy.special.logsumexp": "Write np.logaddexp.reduce(x) (axis=, keepdims=)",
    "scipy.special.log_softmax": "Write x - np.logaddexp.reduce(x)",
    "scipy.special": "Write it with scipy.special's functions that are recorded; `python -m jittape functions` lists them",
    "jittape": "Tensors are for .backward(): in a function that jittape.grad, record and their kin are given, use the array as it is, and NumPy's functions",
    "scipy.special.comb": "Write np.exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)) with scipy.special's gammaln",
    "scipy.integrate.trapezoid": "Write np.trapezoid(y, x)",
    "scipy.integrate.cumulative_trapezoid": "Write np.cumsum(0.5 * (y[1:] + y[:-1]) * np.diff(x))",
    "scipy.integrate.simpson": "Write h / 3 * (y[0] + 4 * np.sum(y[1:-1:2]) + 2 * np.sum(y[2:-1:2]) + y[-1])",
    "scipy.integrate.quad": "Write a sum over fixed nodes, weights @ f(nodes) of np.polynomial.legendre.leggauss",
    "scipy.integrate": "Write the steps with NumPy, a loop of Runge-Kutta steps say",
    "scipy.optimize": "A solution's derivative follows from its equations, not from the steps of the solver: jittape.implicit(residual, solver) is a solver that is differentiated so",
    "scipy.interpolate.interp1d": "Write np.interp(x, nodes, values)",
    **{f"scipy.interpolate.{name}": SPLINE for name in ("CubicSpline", "PchipInterpolator", "Akima1DInterpolator", "UnivariateSpline", "InterpolatedUnivariateSpline", "BSpline", "PPoly", "make_interp_spline")},
    "scipy.interpolate": "np.interp is recorded; another interpolation is a sum of the values by weights that depend on the place, which NumPy can write",
    "scipy.linalg.solve_triangular": "Write jittape.linalg.solve_triangular, which takes its arguments",
    "scipy.linalg.cho_solve": "Write jittape.linalg.cho_solve, of what jittape.linalg.cho_factor returns",
    "scipy.linalg.cho_factor": "Write jittape.linalg.cho_factor, or np.linalg.cholesky",
    "scipy.linalg.lu_factor": "Write np.linalg.solve(A, b)",
    "scipy.linalg.lu_solve": "Write np.linalg.solve(A, b)",
    "scipy.linalg.toeplitz": "Write c[np.abs(i[:, None] - i)] with i = np.arange(len(c))",
    "scipy.linalg.block_diag": "Write np.block([[A, np.zeros((n, m))], [np.zeros((m, n)), B]])",
    "scipy.linalg.expm": "Write jittape.linalg.expm",
    "scipy.linalg.sqrtm": "Of a symmetric matrix, write w, v = np.linalg.eigh(A); (v * np.sqrt(w)) @ v.T",
    "scipy.linalg.logm": "Of a symmetric matrix, write w, v = np.linalg.eigh(A); (v * np.log(w)) @ v.T",
    "scipy.linalg": "Write it with the functions of np.linalg and jittape.scipy.linalg",
    "scipy.sparse.linalg": "Write A @ x for products, np.linalg.solve(A.toarray(), b) for solutions by small matrices; those by a large constant one "
    "are two functions of jittape.primitive, with A and with A.T",
    "scipy.sparse": "A @ x, x @ A and A.dot(x) of a plain sparse matrix A are recorded; a matrix with recorded entries is made by jittape.scipy.sparse, "
    "csr_array((A.data * x, A.indices, A.indptr)) for A * x of a number x; where x is an array, write A.toarray() * x",
    "scipy.spatial.distance.cdist": "Write np.sqrt(np.sum((a[:, None] - b[None]) ** 2, axis=-1))",
    "scipy.spatial.distance": "Write the distances with NumPy, np.sqrt(np.sum((a[i] - a[j]) ** 2, axis=-1)) of plain indices i and j",
    "scipy.signal": "Write it with the functions of jittape.scipy.signal, convolve, lfilter and sosfilt among them; a filter's design and a spectrum's transform are products with plain matrices, or formulas of NumPy's functions",
    "scipy.fft": "A transform is a matrix product: multiply by its cosines and sines",
    "numpy.vectorize": "Write np.stack([f(v) for v in x]), or call f with the array where its operations take one",
    "numpy.polynomial": "Write np.polyval, of the coefficients from the highest, or the recurrence",
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
    if "." not in bare and bare in ("round", "divmod", "complex"):
        return "Write np." + {"round": "round", "divmod": "divmod", "complex": "cos and np.sin of real and imaginary parts"}[bare]
    known = max((k for k in WAYS if f"{bare}.".startswith(f"{k}.")), key=len, default=None)
    return WAYS[known] if known else "Write what it computes with NumPy's functions"
