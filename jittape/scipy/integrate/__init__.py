"""`scipy.integrate` for recorded values. The modules declare what they hold and are imported here; every other name is SciPy's own."""

from __future__ import annotations

from jittape.scipy.declare import falling_through
from jittape.scipy.integrate.initial_value import odeint, solve_ivp
from jittape.scipy.integrate.nested import dblquad, tplquad
from jittape.scipy.integrate.quadrature import fixed_quad, quad
from jittape.scipy.integrate.samples import cumulative_simpson, cumulative_trapezoid, romb, simpson, trapezoid

__all__ = [
    "cumulative_simpson", "cumulative_trapezoid", "dblquad", "fixed_quad", "odeint", "quad", "romb", "simpson", "solve_ivp", "tplquad", "trapezoid",
]  # fmt: skip

__getattr__, __dir__ = falling_through("scipy.integrate")
