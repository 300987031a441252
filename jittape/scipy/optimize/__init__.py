"""`scipy.optimize` for recorded values: what its solvers find is differentiated by the equations that it solves.

The modules declare what they hold and are imported here; every other name is SciPy's own.
"""

from __future__ import annotations

from jittape.scipy.declare import falling_through
from jittape.scipy.optimize.assignment import linear_sum_assignment as linear_sum_assignment
from jittape.scipy.optimize.fitting import curve_fit as curve_fit
from jittape.scipy.optimize.fitting import least_squares as least_squares
from jittape.scipy.optimize.minima import minimize as minimize
from jittape.scipy.optimize.minima import minimize_scalar as minimize_scalar
from jittape.scipy.optimize.roots import bisect as bisect
from jittape.scipy.optimize.roots import brenth as brenth
from jittape.scipy.optimize.roots import brentq as brentq
from jittape.scipy.optimize.roots import newton as newton
from jittape.scipy.optimize.roots import ridder as ridder
from jittape.scipy.optimize.roots import root_scalar as root_scalar
from jittape.scipy.optimize.roots import toms748 as toms748
from jittape.scipy.optimize.systems import fixed_point as fixed_point
from jittape.scipy.optimize.systems import fsolve as fsolve
from jittape.scipy.optimize.systems import root as root

__getattr__, __dir__ = falling_through("scipy.optimize")
