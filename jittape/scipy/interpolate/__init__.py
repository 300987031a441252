"""`scipy.interpolate` for recorded values: differentiable by values, nodes and points.

Places of points among nodes are found by value and guarded in recordings, as those of np.interp are. Classes are SciPy's own: objects of
plain data are SciPy's, and take recorded points; those of recorded data have their methods.
"""

from __future__ import annotations

from jittape.scipy.declare import falling_through
from jittape.scipy.interpolate.bsplines import BSpline, make_interp_spline
from jittape.scipy.interpolate.cubic import (
    Akima1DInterpolator,
    CubicHermiteSpline,
    CubicSpline,
    PchipInterpolator,
)
from jittape.scipy.interpolate.fitted import InterpolatedUnivariateSpline, UnivariateSpline, splev, splint, splrep
from jittape.scipy.interpolate.grids import RegularGridInterpolator, interpn
from jittape.scipy.interpolate.piecewise import PPoly
from jittape.scipy.interpolate.polynomials import BarycentricInterpolator, KroghInterpolator, barycentric_interpolate
from jittape.scipy.interpolate.radial import RBFInterpolator
from jittape.scipy.interpolate.tables import interp1d

__all__ = [
    "Akima1DInterpolator", "BSpline", "BarycentricInterpolator", "CubicHermiteSpline", "CubicSpline", "InterpolatedUnivariateSpline", "KroghInterpolator",
    "PPoly", "PchipInterpolator", "RBFInterpolator", "RegularGridInterpolator", "UnivariateSpline", "barycentric_interpolate", "interp1d", "interpn",
    "make_interp_spline", "splev", "splint", "splrep",
]  # fmt: skip

__getattr__, __dir__ = falling_through("scipy.interpolate")
