"""`scipy.optimize` for recorded values: what its solvers find is differentiated by the equations that it solves.

The modules declare what they hold and are imported here; every other name is SciPy's own.
"""

from __future__ import annotations

from jittape.scipy.declare import falling_through
from jittape.scipy.optimize.roots import bisect as bisect
from jittape.scipy.optimize.roots import brenth as brenth
from jittape.scipy.optimize.roots import brentq as brentq
from jittape.scipy.optimize.roots import newton as newton
from jittape.scipy.optimize.roots import ridder as ridder
from jittape.scipy.optimize.roots import root_scalar as root_scalar
from jittape.scipy.optimize.roots import toms748 as toms748

__getattr__, __dir__ = falling_through("scipy.optimize")
